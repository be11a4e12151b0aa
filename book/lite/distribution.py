"""Pyodide with the book's package: what the browser needs to run the notebooks, and no more."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from wheels import BROWSER, entry, sha256

HERE = Path(__file__).resolve().parent
LOCK = "pyodide-lock.json"
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")

Fetch = Callable[[str, Path], None]
Packages = dict[str, dict[str, Any]]


class PyodideError(Exception):
    """There is no usable Pyodide; the message says what to do."""


def _from_folder(folder: Path) -> Fetch:
    """Take files from a distribution on this computer."""
    missing = [name for name in (*CORE, LOCK) if not (folder / name).is_file()]
    if missing:
        raise PyodideError(f"PYODIDE_DIST={folder} holds no {', '.join(missing)}")

    def fetch(name: str, target: Path) -> None:
        if not (folder / name).is_file():
            raise PyodideError(f"PYODIDE_DIST={folder} names {name} in its lock file but lacks it")
        shutil.copyfile(folder / name, target)

    return fetch


def _from_release(release: dict[str, Any], cache: Path) -> Fetch:
    """Take files from the official release, each downloaded once."""
    pinned: dict[str, str] = release["sha256"]

    def fetch(name: str, target: Path) -> None:
        kept = cache / release["version"] / name
        if not kept.is_file():
            folder = release["core" if name in pinned else "wheels"]
            url = folder.format(version=release["version"]) + name
            kept.parent.mkdir(parents=True, exist_ok=True)
            partial = kept.with_name(kept.name + ".partial")
            try:
                with urllib.request.urlopen(url, timeout=60) as reply, partial.open("wb") as file:
                    shutil.copyfileobj(reply, file)
            except (urllib.error.URLError, TimeoutError) as error:
                raise PyodideError(
                    f"{url} cannot be downloaded ({error}); connect to the internet, "
                    "or set PYODIDE_DIST to a folder that holds Pyodide"
                ) from error
            if name in pinned and sha256(partial) != pinned[name]:
                raise PyodideError(f"{url} is not the file that book/lite/pyodide.toml expects")
            partial.rename(kept)
        shutil.copyfile(kept, target)

    return fetch


def source(cache: Path) -> Fetch:
    """Where the files of Pyodide come from: PYODIDE_DIST, or else the official release."""
    folder = os.environ.get("PYODIDE_DIST")
    if folder:
        return _from_folder(Path(folder))
    release = tomllib.loads((HERE / "pyodide.toml").read_text(encoding="utf-8"))
    return _from_release(release, cache)


def _pins(lock: Path) -> dict[str, str]:
    pins = [Requirement(line) for line in lock.read_text(encoding="utf-8").splitlines()]
    return {
        canonicalize_name(pin.name): f"{pin.name}{pin.specifier}"
        for pin in pins
        if pin.marker is None or pin.marker.evaluate(BROWSER)
    }


def _pure_wheel(requirement: str, folder: Path) -> Path:
    """Download a wheel that runs everywhere, in the version of the book's lock file."""
    before = set(folder.iterdir())
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
               "--no-deps", "--only-binary=:all:", "--platform=any",
               f"--python-version={BROWSER['python_version']}", f"--dest={folder}",
               requirement]  # fmt: skip
    if subprocess.run(command, check=False).returncode:
        raise PyodideError(f"no wheel of {requirement} that runs in a browser could be downloaded")
    (wheel,) = set(folder.iterdir()) - before
    return wheel


def assemble(
    target: Path, fetch: Fetch, own: Iterable[Path], roots: Iterable[str], lock: Path
) -> Packages:
    """Fill a folder with Pyodide, the packages `roots` and all that these need.

    `own` wheels go before those of the distribution. A package that neither has is a pure one:
    it is downloaded in the version that `lock`, the book's lock file, names.
    """
    target.mkdir(parents=True)
    for name in (*CORE, LOCK):
        fetch(name, target / name)
    contents = json.loads((target / LOCK).read_text(encoding="utf-8"))
    known: Packages = {canonicalize_name(k): v for k, v in contents["packages"].items()}
    at_hand = {wheel.name: wheel for wheel in own}
    known.update(entry(wheel) for wheel in at_hand.values())
    pins = _pins(lock)
    kept: Packages = {}
    waiting = [canonicalize_name(name) for name in roots]
    while waiting:
        name = waiting.pop()
        if name in kept:
            continue
        if name not in known:
            if name not in pins:
                raise PyodideError(f"{name} is neither in Pyodide nor in {lock.name}")
            known.update([entry(_pure_wheel(pins[name], target))])
        kept[name] = known[name]
        file = target / kept[name]["file_name"]
        if file.name in at_hand:
            shutil.copyfile(at_hand[file.name], file)
        elif not file.exists():
            fetch(file.name, file)
        if sha256(file) != kept[name]["sha256"]:
            raise PyodideError(f"{file.name} differs from the hash in {LOCK}")
        waiting += map(canonicalize_name, kept[name]["depends"])
    contents["packages"] = dict(sorted(kept.items()))
    (target / LOCK).write_text(json.dumps(contents), encoding="utf-8")
    return kept
