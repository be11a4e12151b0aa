# make book    build the book and say where to open it
# make test    everything: style, types, models, the built book in a real browser
# make site    make the book and JupyterLite, where its notebooks run in the browser, in one folder
# make pdf     print the built book into one file
# make offline pack the built book into a zip that opens from disk
# make serve   read the built book on localhost
# make lab     open the notebooks in JupyterLab
# make format  let ruff lay out the Python files
# make lock    pin the versions of all packages anew (needs uv)
# make clean   remove what was built (the virtual environment stays)
#
# Each target sets up what it needs. Only Python 3.11 or newer and make have to be there.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore
# In a container there is often no other user.
ALLOW_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
READY := $(VENV)/.ready

.PHONY: book site test check browser pdf offline wheel screenshot serve lab format lock clean
.NOTPARALLEL:

book: $(READY)
	$(BIN)/python book/build.py

site: book
	$(BIN)/python book/lite/make_site.py

test: check site browser
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

browser: $(READY)
	$(BIN)/python tests/browser/chromium.py

pdf: book browser
	$(BIN)/python book/pdf.py

offline: book
	$(BIN)/python book/offline.py

wheel: $(READY)
	rm -rf _build/setuptools
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir _build/wheel .

screenshot: book browser
	$(BIN)/python book/screenshot.py

serve: book
	$(BIN)/python book/serve.py

lab: $(READY)
	$(BIN)/jupyter lab notebooks $(ALLOW_ROOT)

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock:
	uv pip compile --universal --python-version 3.11 --all-extras --no-header --no-annotate \
	  --quiet $(UPGRADE) --output-file requirements.lock pyproject.toml

clean:
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned packages into $(VENV); the first time takes a few minutes"
	$(PIP) -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	touch $@
