# make book    build the book and say where to open it
# make test    everything: style, types, models, the built book in a real browser
# make site    make the book and JupyterLite, where its notebooks run in the browser, in one folder
# make pdf     print the built book into one file
# make epub    pack the built book for e-readers
# make offline pack the built book into a zip that opens from disk
# make serve   read the built book on localhost
# make lab     open the notebooks in JupyterLab
# make format  let ruff lay out the Python files
# make strip   take out of the notebooks what running and saving them in JupyterLab left there
# make bench   compare the book with its peers, side by side (ONLY="slider book" for some of it)
# make lighthouse  let Lighthouse judge five pages (needs Node.js; not a part of the tests)
# make lock    pin the versions of all packages anew (needs uv)
# make clean   remove what was built (the virtual environment stays)
#
# Each target sets up what it needs. Only Python 3.11 or newer and make have to be there.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := _build/peers
PIP := -m pip install --quiet --disable-pip-version-check --root-user-action=ignore
# In a container there is often no other user.
ALLOW_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
READY := $(VENV)/.ready
# What JupyterLab notes about one computer and one window; tests/test_repository.py wants none of it.
# nbstripout takes out more by itself, and would number the cells, whose names the tests use.
LEFT_BY_LAB := $(addprefix metadata.language_info.,codemirror_mode file_extension mimetype \
    nbconvert_exporter pygments_lexer version) \
  $(addprefix cell.metadata.,editable jp-MarkdownHeadingCollapsed jupyter slideshow trusted)

.PHONY: book site test check browser pdf epub offline wheel screenshot bench lighthouse serve lab \
  format strip lock clean
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

epub: book browser
	$(BIN)/python book/epub.py

offline: book
	$(BIN)/python book/offline.py

wheel: $(READY)
	rm -rf _build/setuptools
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir _build/wheel .

screenshot: book browser
	$(BIN)/python book/screenshot.py

# The peers have a place of their own: what they bring along must not get into the book.
bench: site browser $(PEERS)/.ready
	$(PEERS)/bin/python -m benchmarks $(ONLY)

lighthouse: book browser
	$(BIN)/python tests/browser/measure_lighthouse.py

serve: book
	$(BIN)/python book/serve.py

lab: $(READY)
	$(BIN)/jupyter lab notebooks $(ALLOW_ROOT)

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

strip: $(READY)
	find notebooks -name '*.ipynb' -not -path '*/.ipynb_checkpoints/*' \
	  -exec $(BIN)/nbstripout --keep-id --extra-keys '$(LEFT_BY_LAB)' {} +

lock:
	uv pip compile --universal --python-version 3.11 --all-extras --no-header --no-annotate \
	  --quiet $(UPGRADE) --output-file requirements.lock pyproject.toml
	uv pip compile --universal --python-version 3.11 --no-header --no-annotate --quiet $(UPGRADE) \
	  --constraint requirements.lock --output-file benchmarks/requirements.lock benchmarks/requirements.in

clean:
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned packages into $(VENV); the first time takes a few minutes"
	$(BIN)/python $(PIP) -r requirements.lock
	$(BIN)/python $(PIP) --no-deps --no-build-isolation -e .
	touch $@

$(PEERS)/.ready: $(READY) benchmarks/requirements.lock
	$(PYTHON) -m venv $(PEERS)
	@echo "Installing the peers into $(PEERS)"
	$(PEERS)/bin/python $(PIP) -r requirements.lock -r benchmarks/requirements.lock
	$(PEERS)/bin/python $(PIP) --no-deps --no-build-isolation -e .
	touch $@
