"""Pyodide for the site is put together from files that are what they should be."""

import hashlib
import json
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import distribution
import pytest
from distribution import CORE, LOCK, PyodideError, assemble, source
from wheels import entry

ROOT = Path(__file__).resolve().parents[2]


def _wheel(folder: Path, name: str, requires: tuple[str, ...] = ()) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    stem = name.replace("-", "_")
    path = folder / f"{stem}-1.0-py3-none-any.whl"
    lines = [f"Name: {name}", "Version: 1.0", *(f"Requires-Dist: {r}" for r in requires)]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{stem}/__init__.py", "")
        archive.writestr(f"{stem}/part.py", "")
        archive.writestr(f"{stem}-1.0.dist-info/METADATA", "\n".join(lines) + "\n\nText")
    return path


def _release(folder: Path) -> Path:
    """A small Pyodide: its core, and a package that needs another."""
    folder.mkdir(parents=True)
    for name in CORE:
        (folder / name).write_text(f"core {name}")
    packages = {}
    for name, requires in (("numbers", ()), ("plots", ("numbers>=1",)), ("unused", ())):
        key, described = entry(_wheel(folder, name, requires))
        packages[key] = described
    (folder / LOCK).write_text(json.dumps({"info": {}, "packages": packages}))
    return folder


def _lock_file(folder: Path) -> Path:
    path = folder / "requirements.lock"
    path.write_text("other==2.0\n")
    return path


def _official(monkeypatch: pytest.MonkeyPatch, folder: Path, release: Path) -> Any:
    """Take the official release to be in a folder, and read it as if from the internet."""
    monkeypatch.delenv("PYODIDE_DIST", raising=False)
    hashes = {
        name: hashlib.sha256((release / name).read_bytes()).hexdigest() for name in (*CORE, LOCK)
    }
    address = release.as_uri()
    described = [
        f'version = "1"\ncore = "{address}/"\nwheels = "{address}/"\n[sha256]',
        *(f'"{name}" = "{value}"' for name, value in hashes.items()),
    ]
    folder.mkdir()
    (folder / "pyodide.toml").write_text("\n".join(described))
    monkeypatch.setattr(distribution, "HERE", folder)
    return source(folder / "cache")


def test_a_wheel_describes_itself(tmp_path: Path) -> None:
    requires = (
        "numbers>=1",
        "Plots_more; sys_platform == 'emscripten'",
        "pexpect; sys_platform != 'emscripten'",
        "tests; extra == 'test'",
    )
    name, described = entry(_wheel(tmp_path, "My-Package", requires))
    assert name == "my-package"
    assert described["imports"] == ["My_Package"]
    assert described["depends"] == ["numbers", "plots-more"]
    assert described["file_name"] == "My_Package-1.0-py3-none-any.whl"


def test_what_is_needed_is_taken_and_no_more(tmp_path: Path, monkeypatch: Any) -> None:
    release = _release(tmp_path / "release")
    own = _wheel(tmp_path / "own", "book", ("plots",))
    monkeypatch.setenv("PYODIDE_DIST", str(release))
    target = tmp_path / "target"
    assemble(target, source(tmp_path), [own], ["book"], _lock_file(tmp_path))
    contents = json.loads((target / LOCK).read_text())
    assert list(contents["packages"]) == ["book", "numbers", "plots"]
    wheels = {described["file_name"] for described in contents["packages"].values()}
    assert {path.name for path in target.iterdir()} == {*CORE, LOCK, *wheels}


def test_a_damaged_file_is_refused(tmp_path: Path, monkeypatch: Any) -> None:
    release = _release(tmp_path / "release")
    (release / "numbers-1.0-py3-none-any.whl").write_bytes(b"other")
    monkeypatch.setenv("PYODIDE_DIST", str(release))
    with pytest.raises(PyodideError, match=r"numbers-1\.0"):
        assemble(tmp_path / "t", source(tmp_path), [], ["plots"], _lock_file(tmp_path))


def test_an_unknown_package_is_named(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("PYODIDE_DIST", str(_release(tmp_path / "release")))
    with pytest.raises(
        PyodideError, match=r"absent is neither in Pyodide nor in requirements\.lock"
    ):
        assemble(tmp_path / "t", source(tmp_path), [], ["absent"], _lock_file(tmp_path))


def test_a_folder_without_pyodide_is_named(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("PYODIDE_DIST", str(tmp_path))
    with pytest.raises(PyodideError, match=r"PYODIDE_DIST=.* holds no pyodide\.mjs"):
        source(tmp_path)


def test_the_release_is_downloaded_once(tmp_path: Path, monkeypatch: Any) -> None:
    release = _release(tmp_path / "release")
    fetch = _official(monkeypatch, tmp_path / "lite", release)
    lock = _lock_file(tmp_path)
    assemble(tmp_path / "first", fetch, [], ["plots"], lock)
    for path in release.iterdir():
        path.unlink()
    assemble(tmp_path / "second", fetch, [], ["plots"], lock)
    assert {p.name for p in (tmp_path / "first").iterdir()} == {
        p.name for p in (tmp_path / "second").iterdir()
    }


def test_a_changed_download_is_refused(tmp_path: Path, monkeypatch: Any) -> None:
    release = _release(tmp_path / "release")
    fetch = _official(monkeypatch, tmp_path / "lite", release)
    (release / "pyodide.asm.wasm").write_text("changed")
    with pytest.raises(PyodideError, match=r"pyodide\.asm\.wasm is not the file"):
        assemble(tmp_path / "t", fetch, [], ["plots"], _lock_file(tmp_path))


def test_without_a_connection_the_message_says_what_to_do(tmp_path: Path, monkeypatch: Any) -> None:
    release = _release(tmp_path / "release")
    fetch = _official(monkeypatch, tmp_path / "lite", release)
    (release / "pyodide.mjs").unlink()
    with pytest.raises(PyodideError, match="set PYODIDE_DIST"):
        assemble(tmp_path / "t", fetch, [], ["plots"], _lock_file(tmp_path))


def test_the_pinned_release_names_every_file_of_the_core() -> None:
    release = tomllib.loads((ROOT / "book/lite/pyodide.toml").read_text(encoding="utf-8"))
    assert set(release["sha256"]) == {*CORE, LOCK}
    assert all(len(value) == 64 for value in release["sha256"].values())
    assert release["core"].startswith("https://")
    assert release["wheels"].startswith("https://")
