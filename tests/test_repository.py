"""Promises about the files themselves."""

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from benchmarks import checkout

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
LARGEST_KB = 400

# Assembled, so that this file does not contain what it forbids.
FORBIDDEN = [
    re.compile(pattern)
    for pattern in (
        r"(?<![\w.])/(?:work|tmp|home|root|Users)" + r"/\w",
        r"[A-Z]:" + r"\\\\?Users",
        r"TO" + r"DO\b",
        r"FIX" + r"ME\b",
        r"pypi\.(?:org|python\.org)" + r"/simple",
        r"-----BEGIN [A-Z ]*PRIVATE" + r" KEY",
    )
]


@cache
def _files() -> tuple[Path, ...]:
    found = tuple(ROOT / name for name in checkout.files())
    assert len(found) > 20
    return found


def test_no_file_is_large() -> None:
    large = {p.name: p.stat().st_size for p in _files() if p.stat().st_size > LARGEST_KB * 1024}
    assert not large


def test_no_file_names_a_machine_or_leaves_a_note_to_self() -> None:
    faults = []
    for path in _files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        faults += [
            f"{path.relative_to(ROOT)}: {match[0]}"
            for pattern in FORBIDDEN
            if (match := pattern.search(text))
        ]
    assert not faults


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_carry_no_outputs_and_stable_cells(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"] >= 5) == (4, True)
    identifiers = [cell["id"] for cell in notebook["cells"]]
    assert len(set(identifiers)) == len(identifiers)
    for cell in notebook["cells"]:
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", cell["id"])
        # nbstripout without --keep-id numbers the cells; `make strip` keeps their names.
        assert not cell["id"].isdigit(), cell["id"]
        assert set(cell["metadata"]) <= {"tags"}, cell["id"]
        assert not cell.get("attachments"), cell["id"]
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [], cell["id"]
            assert cell["execution_count"] is None, cell["id"]
    assert set(notebook["metadata"]) <= {"kernelspec", "language_info", "mystnb"}
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert set(notebook["metadata"]["language_info"]) == {"name"}


def _saved_by_jupyterlab(notebook: dict[str, Any]) -> dict[str, Any]:
    """The same notebook after it ran, with all that the program notes about itself."""
    for number, cell in enumerate(notebook["cells"], 1):
        cell["metadata"] |= {"editable": True, "slideshow": {"slide_type": ""}, "scrolled": True}
        if cell["cell_type"] == "markdown":
            cell["metadata"]["jp-MarkdownHeadingCollapsed"] = True
            continue
        cell["metadata"] |= {"jupyter": {"source_hidden": True}, "trusted": True}
        cell["metadata"]["execution"] = {"iopub.status.busy": "2026-01-01T00:00:00.000000Z"}
        cell["execution_count"] = number
        view = {"application/vnd.jupyter.widget-view+json": {"model_id": "f00", "version_major": 2}}
        cell["outputs"] = [
            {"name": "stdout", "output_type": "stream", "text": ["hello\n"]},
            {"data": view, "execution_count": number, "metadata": {}}
            | {"output_type": "execute_result"},
        ]
    notebook["metadata"]["language_info"] = {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
        "version": "3.11.15",
    }
    notebook["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    return notebook


def test_make_strip_gives_back_what_is_committed(tmp_path: Path) -> None:
    for path in NOTEBOOKS:
        saved = _saved_by_jupyterlab(json.loads(path.read_text(encoding="utf-8")))
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(json.dumps(saved, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    # The packages of this environment, and nothing to install.
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    (tmp_path / ".venv" / ".ready").touch()
    subprocess.run(["make", "strip"], cwd=tmp_path, check=True, capture_output=True)
    for path in NOTEBOOKS:
        stripped = (tmp_path / path.relative_to(ROOT)).read_bytes().decode()
        # JupyterLab sorts the keys of what it saves; hands may have written them otherwise.
        committed = json.loads(path.read_text(encoding="utf-8"))
        committed = json.dumps(committed, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        assert stripped == committed, path.name


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_show_models_and_define_none(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    tree = ast.parse("\n".join("".join(cell["source"]) for cell in cells))
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in imported if name.split(".")[0] in ("scipy", "statsmodels")}
    assert not [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def _imports(path: Path) -> set[str]:
    """Modules of the package that a file imports, as dotted names."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join([*base, *([node.module] if node.module else [])])
            found |= {stem, *(f"{stem}.{alias.name}" for alias in node.names)}
    return {name for name in found if name.split(".")[0] == "mechanisms"}


def _room(module: str) -> str:
    """data, drugs, live, style, exercises, command, checks, or models for the rest."""
    parts = module.split(".")
    name = parts[1] if len(parts) > 1 else ""
    if name in ("data", "drugs", "live", "style", "exercises"):
        return name
    special = {"": "package", "_checks": "checks", "__main__": "command"}
    return special.get(name, "models")


MAY_KNOW = {
    "checks": set(),
    "data": {"checks"},
    "drugs": {"checks", "data"},
    "models": {"checks", "data", "drugs", "models"},
    "live": set(),
    "style": {"live"},
    "exercises": {"checks", "data", "drugs", "models", "live"},
    "command": {"exercises"},
    "package": set(),
}


def test_rooms_know_only_the_rooms_below_them() -> None:
    faults = []
    for path in sorted((ROOT / "mechanisms").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        here = _room(".".join(p for p in parts if p != "__init__"))
        for name in _imports(path):
            there = _room(name)
            # `from mechanisms import x` names the package too, which holds nothing.
            if there not in MAY_KNOW[here] | {here, "package"}:
                faults.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not faults


def _locked(name: str = "requirements.lock") -> dict[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            found.setdefault(requirement.name.lower().replace("_", "-"), []).append(requirement)
    return found


def _declared() -> dict[str, list[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    return {"": project["dependencies"], **extras}


def test_the_lock_satisfies_what_the_package_asks_for() -> None:
    locked = _locked()
    assert {"", "book", "dask", "grade", "site", "test"} <= set(_declared())
    for line in [line for group in _declared().values() for line in group]:
        wanted = Requirement(line)
        pins = locked[wanted.name.lower().replace("_", "-")]
        for pin in pins:
            (version,) = pin.specifier
            assert version.operator == "==", line
            assert wanted.specifier.contains(version.version, prereleases=True), line


def test_both_locks_pin_the_same_versions() -> None:
    book, peers = _locked(), _locked("benchmarks/requirements.lock")
    shared = set(book) & set(peers)
    assert {"jupyter-book", "matplotlib", "numpy"} <= shared
    versions = {
        name: [{str(pin.specifier) for pin in lock[name]} for lock in (book, peers)]
        for name in shared
    }
    # A marker may leave one of several versions out of a lock, never bring another one in.
    assert not {name: pins for name, pins in versions.items() if not pins[1] <= pins[0]}


def test_the_environment_for_binder_is_the_lock() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *conda, pip = environment["dependencies"]
    assert pip == {"pip": ["-r requirements.lock", "-e ."]}
    (python,) = [item for item in conda if item.startswith("python=")]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert SpecifierSet(project["requires-python"]).contains(python.split("=")[1])


def test_the_citation_file_is_complete() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["version"] == project["version"]


def test_the_readme_names_targets_that_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in ("README.md", "CONTRIBUTING.md", "book/how_to_use.md"):
        text = (ROOT / document).read_text()
        named = set(re.findall(r"(?:^\$ |`)make (\w+)", text, re.MULTILINE))
        assert named, document
        assert named <= targets, document
