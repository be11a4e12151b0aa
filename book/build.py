"""Build the book with Jupyter Book: warnings are errors, missing references too."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from fingerprint import LAYOUT, NUMBERS, PAGES, ROOT, digest
from run_links import repository

BUILD = ROOT / "_build"
HTML = BUILD / "html"
STAMP = BUILD / "fingerprint"
LAYOUT_STAMP = BUILD / "layout"
INPUTS = BUILD / "inputs"
# What Sphinx has in memory it needs until the end: to search it for garbage takes seconds, as does
# to take it apart at a normal end. One of the optional checks of jsonschema, for which nothing asks
# here, compiles 38 grammars.
START = """import atexit, gc, os, sys
gc.disable()
sys.modules["rfc3987_syntax"] = None
from jupyter_book.cli.main import main
try:
    main()
except SystemExit as end:
    if end.code:
        raise
sys.stdout.flush()
sys.stderr.flush()
atexit._run_exitfuncs()
os._exit(0)"""


def _forget_removed_pages() -> None:
    """Start afresh when the table of contents or the configuration changed."""
    if not STAMP.exists():
        # The last build ended early or with warnings; Sphinx would take its pages for finished.
        shutil.rmtree(BUILD / ".doctrees", ignore_errors=True)
    layout = digest(LAYOUT)
    if LAYOUT_STAMP.exists() and LAYOUT_STAMP.read_text() == layout:
        return
    for folder in (HTML, BUILD / ".doctrees", BUILD / "jupyter_execute"):
        shutil.rmtree(folder, ignore_errors=True)
    BUILD.mkdir(exist_ok=True)
    LAYOUT_STAMP.write_text(layout)


def _environment() -> dict[str, str]:
    """Keep the reader's own IPython and Jupyter settings out of the book."""
    profile = BUILD / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    # The kernel warns about its local connection at each start; errors still show.
    settings = "c = get_config()\nc.IPKernelApp.log_level = 40\n"
    (profile / "ipython_kernel_config.py").write_text(settings)
    own = {"IPYTHONDIR": str(profile.parent), "JUPYTER_PREFER_ENV_PATH": "1"}
    return {**os.environ, **own}


def _say_where() -> None:
    print(f"Open {HTML / 'index.html'}")
    print("or run `make serve` and open http://localhost:8000/")


def main() -> int:
    """Build, record what was built, and say where it is."""
    started = time.monotonic()
    before = digest((*LAYOUT, *NUMBERS, *PAGES))
    # The rest of what a page can show: the measurements, and the address of the source.
    inputs = "\n".join((before, digest(("benchmarks",)), sys.version, repository()))
    finished = STAMP.exists() and INPUTS.exists() and (HTML / "index.html").exists()
    if finished and INPUTS.read_text() == inputs:
        print("Nothing has changed since the last build.")
        _say_where()
        return 0
    _forget_removed_pages()
    STAMP.unlink(missing_ok=True)
    command = [sys.executable, "-c", START, "build", str(ROOT), "-W", "-n", "--keep-going", "-q"]
    print("Building the book; notebooks run when they or the models have changed.", flush=True)
    status = subprocess.run(command, cwd=ROOT, env=_environment(), check=False).returncode
    if status:
        print("The book was not built: see the warnings above.", file=sys.stderr)
        return status
    STAMP.write_text(before)
    INPUTS.write_text(inputs)
    print(f"Built in {time.monotonic() - started:.0f} s.")
    _say_where()
    return 0


if __name__ == "__main__":
    sys.exit(main())
