"""Make the site that is published: the built book, and its notebooks running in the browser."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "_ext"))

from distribution import LOCK, PyodideError, assemble, source
from fingerprint import NUMBERS, ROOT, digest
from run_here import offer_running
from wheels import sha256

HERE = Path(__file__).resolve().parent
BUILD = ROOT / "_build"
HTML = BUILD / "html"
SITE = BUILD / "site"
STAMP = BUILD / "site-fingerprint"
SHARE = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
KERNEL = SHARE / "@jupyterlite" / "pyodide-kernel-extension"
EXTENSIONS = (KERNEL, SHARE / "@jupyter-widgets" / "jupyterlab-manager", SHARE / "anywidget")
# The kernel starts with these; one that is not in Pyodide's lock file would come from elsewhere.
STARTUP = ("micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "jedi", "ipython")


def _own_wheel(folder: Path) -> Path:
    """Build the wheel of the package, away from the checkout, which stays clean."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch)
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, copy)
        hidden = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        shutil.copytree(ROOT / "mechanisms", copy / "mechanisms", ignore=hidden)
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps",
                   "--no-build-isolation", "--disable-pip-version-check",
                   f"--wheel-dir={folder}", str(copy)]  # fmt: skip
        subprocess.run(command, check=True)
    return next(folder.glob("mechanisms-*.whl"))


def _configure(lite: Path) -> None:
    """Tell the kernel what to load while it starts, so that nothing is fetched one by one."""
    for path in HERE.glob("*.json"):
        shutil.copy(path, lite)
    path = lite / "jupyter-lite.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    plugins = settings["jupyter-config-data"]["litePluginSettings"]
    options = plugins["@jupyterlite/pyodide-kernel-extension:kernel"]["loadPyodideOptions"]
    options["packages"] = [*STARTUP, "mechanisms"]
    path.write_text(json.dumps(settings), encoding="utf-8")


def _lite(scratch: Path, output: Path) -> None:
    """Build JupyterLite with every notebook of the book."""
    lite, wheels = scratch / "lite", scratch / "wheels"
    lite.mkdir()
    wheels.mkdir()
    own = [_own_wheel(wheels), *sorted((KERNEL / "static" / "pypi").glob("*.whl"))]
    assemble(
        lite / "static" / "pyodide",
        source(BUILD / "pyodide"),
        own,
        (*STARTUP, "mechanisms"),
        ROOT / "requirements.lock",
    )
    _configure(lite)
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(lite),
               "--output-dir", str(output), "--contents", str(ROOT / "notebooks"),
               *(f"--LiteBuildConfig.federated_extensions={path}" for path in EXTENSIONS),
               ]  # fmt: skip
    done = subprocess.run(command, cwd=lite, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"JupyterLite was not built:\n{done.stdout}{done.stderr}")


def state() -> str:
    """Hash of all in this checkout that the site is made of."""
    return digest(("_build/html", "book/lite", "notebooks", "pyproject.toml", *NUMBERS))


def _pyodide() -> str:
    """Which Pyodide the site is made with."""
    folder = os.environ.get("PYODIDE_DIST")
    return sha256(Path(folder) / LOCK) if folder else "official release"


def main() -> int:
    """Make the site unless it is there, and say how to look at it."""
    started = time.monotonic()
    try:
        now = f"{state()} {_pyodide()}"
        if STAMP.exists() and STAMP.read_text() == now:
            print("The site is up to date.")
            return 0
        STAMP.unlink(missing_ok=True)
        shutil.rmtree(SITE, ignore_errors=True)
        shutil.copytree(HTML, SITE)
        with tempfile.TemporaryDirectory() as scratch:
            _lite(Path(scratch), SITE / "lite")
        offer_running(SITE)
    except (PyodideError, OSError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f"The site was not made: {error}", file=sys.stderr)
        return 1
    STAMP.write_text(now)
    print(f"Site made in {time.monotonic() - started:.0f} s. To look at it:")
    print(f"{Path(sys.executable).name} -m http.server --directory {SITE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
