"""Build the book with Jupyter Book: warnings are errors, missing references too."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from fingerprint import LAYOUT, NUMBERS, PAGES, ROOT, digest

BUILD = ROOT / "_build"
HTML = BUILD / "html"
STAMP = BUILD / "fingerprint"
LAYOUT_STAMP = BUILD / "layout"


def _forget_removed_pages() -> None:
    """Start afresh when the table of contents or the configuration changed."""
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


def main() -> int:
    """Build, record what was built, and say where it is."""
    started = time.monotonic()
    before = digest((*LAYOUT, *NUMBERS, *PAGES))
    _forget_removed_pages()
    STAMP.unlink(missing_ok=True)
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    command = [jupyter_book, "build", ROOT, "-W", "-n", "--keep-going", "-q"]
    print("Building the book; notebooks run when they or the models have changed.", flush=True)
    status = subprocess.run(command, cwd=ROOT, env=_environment(), check=False).returncode
    if status:
        print("The book was not built: see the warnings above.", file=sys.stderr)
        return status
    STAMP.write_text(before)
    print(f"Built in {time.monotonic() - started:.0f} s.")
    print(f"Open {HTML / 'index.html'}")
    print("or run `make serve` and open http://localhost:8000/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
