"""Promises about the files themselves."""

import ast
import json
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

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
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = tuple(ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())
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
        assert not cell.get("attachments"), cell["id"]
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [], cell["id"]
            assert cell["execution_count"] is None, cell["id"]
    assert set(notebook["metadata"]) <= {"kernelspec", "language_info", "mystnb"}
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert set(notebook["metadata"]["language_info"]) == {"name"}


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


def _locked() -> dict[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = {}
    for line in (ROOT / "requirements.lock").read_text().splitlines():
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
    for line in [line for group in ("", "book", "test") for line in _declared()[group]]:
        wanted = Requirement(line)
        pins = locked[wanted.name.lower().replace("_", "-")]
        for pin in pins:
            (version,) = pin.specifier
            assert version.operator == "==", line
            assert wanted.specifier.contains(version.version, prereleases=True), line


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
