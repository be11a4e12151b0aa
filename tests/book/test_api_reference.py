"""The pages of the package hold all of it, with links that work."""

import ast
import importlib
import inspect
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from api_reference import ROOMS, SYSTEMS, _prepare, room, sections
from bs4 import BeautifulSoup, Tag

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "mechanisms"
ROOM_NAMES = (SYSTEMS, *ROOMS)


@cache
def _page(site: Path, name: str) -> BeautifulSoup:
    text = (site / "book" / "api" / f"{name}.html").read_text(encoding="utf-8")
    return BeautifulSoup(text, "html.parser")


def _exports(path: Path) -> set[str] | None:
    """Return what a package says that it offers, read from its source."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return {str(name) for name in ast.literal_eval(node.value)}
    return None


def _public() -> set[str]:
    """Return the names of public functions and classes, found by reading the files."""
    closed = {
        path.parent: names
        for path in PACKAGE.rglob("__init__.py")
        if path.parent != PACKAGE and (names := _exports(path)) is not None
    }
    found = set()
    for folder, names in closed.items():
        # Inside a package that lists what it offers, another list is its own affair.
        if not any(other in folder.parents for other in closed):
            found |= {f"{_dotted(folder)}.{name}" for name in names}
    for path in PACKAGE.rglob("*.py"):
        if path.name.startswith("_") or any(folder in path.parents for folder in closed):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {
            f"{_dotted(path.with_suffix(''))}.{node.name}"
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        }
    return {name for name in found if _is_callable(name)}


def _dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).parts)


def _is_callable(name: str) -> bool:
    module, _, member = name.rpartition(".")
    thing = getattr(importlib.import_module(module), member)
    return inspect.isfunction(thing) or inspect.isclass(thing)


def test_every_public_function_and_class_has_its_place(site: Path) -> None:
    shown = {
        str(term["id"])
        for name in ROOM_NAMES
        for term in _page(site, name).select("dl.function > dt[id], dl.class > dt[id]")
    } | {
        str(term["id"])
        for name in ROOM_NAMES
        for term in _page(site, name).select("dl.exception > dt[id]")
    }
    wanted = _public()
    assert len(wanted) > 300
    assert not wanted - shown


def test_every_section_is_on_one_page() -> None:
    placed = [section.module for name in ROOM_NAMES for section in room(name)]
    assert sorted(placed) == sorted(section.module for section in sections())


@pytest.mark.parametrize("name", ROOM_NAMES)
def test_a_page_is_no_monster(site: Path, name: str) -> None:
    path = site / "book" / "api" / f"{name}.html"
    assert path.stat().st_size < 500_000


def test_equations_and_citations_are_set(site: Path) -> None:
    place = _page(site, SYSTEMS).find(id="mechanisms.receptors.occupancy")
    assert isinstance(place, Tag)
    entry = place.parent
    assert entry is not None
    assert r"\rho" in entry.select_one("div.math mjx-container")["data-tex"]  # type: ignore[index]
    cited = [
        str(a["href"])
        for a in entry.select(".bibtex-citation a, a.reference[href*='references.html']")
    ]
    assert len(cited) == 2
    assert "hill1910" not in entry.get_text()


def test_the_index_of_the_book_keeps_to_its_words(site: Path) -> None:
    text = (site / "genindex.html").read_text(encoding="utf-8")
    assert "mechanisms." not in text
    assert "api/" not in BeautifulSoup(text, "html.parser").main.decode()  # type: ignore[union-attr]


def prepared(docstring: str, module: ModuleType) -> str:
    lines = docstring.splitlines()
    _prepare(None, "function", "f", _Defined(module.__name__), None, lines)  # type: ignore[arg-type]
    return "\n".join(lines)


class _Defined:
    def __init__(self, module: str) -> None:
        self.__module__ = module


def test_names_become_links_and_keys_citations() -> None:
    from mechanisms import receptors

    text = "As `occupancy`, not `nonsense`, with :math:`a` and :math:`b`, ``c`` too."
    assert prepared(text, receptors) == (
        "As :py:obj:`occupancy <mechanisms.receptors.occupancy>`, not ``nonsense``, "
        "with :math:`a` and :math:`b`, ``c`` too."
    )
    ending = "References\n----------\nhill1910,\nkenakin2018"
    assert prepared(ending, receptors) == "References\n----------\n:cite:p:`hill1910,kenakin2018`"
