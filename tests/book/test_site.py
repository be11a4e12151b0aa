"""What can be seen of the built pages without a browser."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag

LOADED = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "embed": "src",
    "object": "data",
    "link": "href",
    "use": "href",
    "image": "href",
}
POINTERS = {"canonical", "next", "prev", "license"}  # `link` elements that load nothing
CSS_URL = re.compile(r"(?:url\(|@import\s+)\s*['\"]?([^'\")\s]+)")


@cache
def _page(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def _pages(site: Path) -> list[Path]:
    pages = [p for p in sorted(site.rglob("*.html")) if "_static" not in p.relative_to(site).parts]
    assert len(pages) > 5, "hardly any page was built"
    return pages


def _tags(soup: BeautifulSoup, *names: str) -> Iterator[Tag]:
    yield from soup.find_all(list(names))


def _is_external(address: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.netloc) or parts.scheme in ("http", "https", "ws", "wss", "ftp")


def test_every_page_has_language_title_description_and_one_heading(site: Path) -> None:
    faults = []
    for path in _pages(site):
        soup = _page(path)
        if soup.html is None or soup.html.get("lang") != "en":
            faults.append(f"{path}: no language")
        if soup.title is None or "Retuning the Anxious Brain" not in soup.title.text:
            faults.append(f"{path}: title")
        if len(soup.find_all("h1")) != 1:
            faults.append(f"{path}: {len(soup.find_all('h1'))} h1")
    assert not faults


def test_titles_are_unique(site: Path) -> None:
    titles = [_page(p).title.text for p in _pages(site) if p.name != "index.html"]  # type: ignore[union-attr]
    assert len(titles) == len(set(titles))


def test_headings_do_not_skip_a_level(site: Path) -> None:
    faults = []
    for path in _pages(site):
        main = _page(path).main
        assert main is not None, path
        levels = [int(h.name[1]) for h in main.find_all(re.compile("^h[1-6]$"))]
        faults += [path for a, b in pairwise(levels) if b > a + 1]
    assert not faults


def test_identifiers_are_unique_on_each_page(site: Path) -> None:
    faults = []
    for path in _pages(site):
        names = [str(tag["id"]) for tag in _page(path).find_all(id=True)]
        faults += [f"{path}: {name}" for name in set(names) if names.count(name) > 1]
    assert not faults


def test_internal_links_lead_somewhere(site: Path) -> None:
    faults = []
    for path in _pages(site):
        for tag in _tags(_page(path), "a", "link", "img", "script", "form"):
            address = str(tag.get("href") or tag.get("src") or tag.get("action") or "")
            if not address or _is_external(address) or urlsplit(address).scheme:
                continue
            where, anchor = urldefrag(address)
            target = path if not where else path.parent / unquote(urlsplit(where).path)
            if not target.exists():
                faults.append(f"{path}: {address} does not exist")
            elif anchor and not _page(target.resolve()).find(id=unquote(anchor)):
                faults.append(f"{path}: no place {address}")
    assert not faults


def test_every_page_can_be_reached_from_the_home_page(site: Path) -> None:
    seen, waiting = set(), [site / "index.html"]
    while waiting:
        path = waiting.pop().resolve()
        if path in seen:
            continue
        seen.add(path)
        for tag in _tags(_page(path), "a", "form"):
            address = str(tag.get("href") or tag.get("action") or "")
            where = urldefrag(address)[0]
            if where and not urlsplit(where).scheme and where.endswith(".html"):
                waiting.append(path.parent / unquote(where))
    assert {p.resolve() for p in _pages(site)} == seen


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    faults = []
    for path in _pages(site):
        for tag in _tags(_page(path), *LOADED):
            if tag.name == "link" and POINTERS & set(tag.get_attribute_list("rel")):
                continue
            addresses = [str(tag.get(LOADED[tag.name]) or ""), str(tag.get("srcset") or "")]
            faults += [f"{path}: {a}" for a in addresses if _is_external(a)]
        styles = [style.text for style in _page(path).find_all("style")]
        styles += [str(tag["style"]) for tag in _page(path).find_all(style=True)]
        faults += [f"{path}: {a}" for s in styles for a in CSS_URL.findall(s) if _is_external(a)]
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        faults += [f"{sheet}: {a}" for a in CSS_URL.findall(text) if _is_external(a)]
    assert not faults


def test_scripts_are_the_books_own(site: Path) -> None:
    inline = [
        f"{path}: {tag.text[:60]!r}"
        for path in _pages(site)
        for tag in _tags(_page(path), "script")
        if not tag.get("src") and tag.get("type") != "application/json"
    ]
    handlers = [
        f"{path}: {tag.name} {name}"
        for path in _pages(site)
        for tag in _page(path).find_all(True)
        for name in tag.attrs
        if name.startswith("on")
    ]
    assert not inline
    assert not handlers


def test_formulas_are_drawn_and_said_and_have_their_letters(site: Path) -> None:
    seen = 0
    for path in _pages(site):
        soup = _page(path)
        for formula in soup.select("span.math, div.math"):
            (drawn,) = formula.select("mjx-container > svg")
            assert len(formula.select("mjx-assistive-mml > math")) == 1, path
            assert drawn.parent is not None
            assert drawn.parent["data-tex"], path
            seen += 1
        wanted = {str(tag["href"])[1:] for tag in soup.select("mjx-container use")}
        assert {str(tag["id"]) for tag in soup.select(".letters path")} == wanted, path
        assert not soup.select("[data-mjx-error], script[src*=mathjax]"), path
    assert seen > 500


def test_no_reference_is_left_unresolved(site: Path) -> None:
    marks = ".problematic, .system-message, .error:not(.admonition)"
    faults = [p for p in _pages(site) if _page(p).select(marks)]
    unresolved = re.compile(r"\{(?:term|ref|doc|cite[:\w]*|math|numref|eq)\}`|\[\?\]|<unknown")
    faults += [p for p in _pages(site) if unresolved.search(_page(p).get_text())]
    assert not faults


def test_notebooks_ran_without_error(site: Path) -> None:
    assert not list((site / "reports").glob("**/*.log"))
    faults = [
        path
        for path in _pages(site)
        if _page(path).select(".output.traceback, .output.stderr, .cell_output .gt")
    ]
    assert not faults


def test_widget_state_stays_out_of_the_pages(site: Path) -> None:
    for path in _pages(site):
        assert "application/vnd.jupyter.widget" not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize("word", ["serotonin", "occupancy", "autoreceptor"])
def test_the_index_for_searching_knows_the_words_of_the_field(site: Path, word: str) -> None:
    assert word[:6] in (site / "searchindex.js").read_text(encoding="utf-8")


def test_notebooks_can_be_downloaded_without_outputs(site: Path) -> None:
    downloads = list((site / "_sources" / "notebooks").rglob("*.ipynb"))
    assert downloads
    for path in downloads:
        assert '"output_type"' not in path.read_text(encoding="utf-8"), path
