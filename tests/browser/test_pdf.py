"""The book on paper: one page from the browser, and all of it as a PDF."""

import importlib.util
import io
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser
from pypdf import PdfReader
from pypdf.generic import Destination
from test_pages import settle

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = ("notebooks/principles", "notebooks/principles/serotonin", "book/how_to_use")
A4_POINTS = (595.3, 841.9)
PAPER_PX = 643  # the width of A4 without its margins


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("book_pdf", ROOT / "book" / "pdf.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["book_pdf"] = module
    spec.loader.exec_module(module)
    return module


book_pdf = _load()


def plain(text: str) -> str:
    """Letters and digits only: line breaks, hyphens and ligatures differ on paper."""
    return re.sub(r"[\W_]+", "", text.replace("ﬁ", "fi").replace("ﬂ", "fl").replace("ﬀ", "ff"))


@cache
def article(site: Path, name: str) -> BeautifulSoup:
    soup = BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
    for gone in soup.select(".headerlink, .term-note, script, style"):
        gone.decompose()
    assert soup.article is not None
    return soup.article


def title(site: Path, name: str) -> str:
    heading = article(site, name).h1
    assert heading is not None
    return heading.get_text().strip()


@dataclass(frozen=True)
class Printed:
    """The file, and what each of its pages says."""

    too_wide: list[str]
    reader: PdfReader
    texts: list[str]

    @property
    def text(self) -> str:
        return plain(" ".join(self.texts))


@pytest.fixture(scope="module")
def printed(browser: Browser, site: Path, tmp_path_factory: pytest.TempPathFactory) -> Printed:
    """Three chapters, printed as the whole book is."""
    target = tmp_path_factory.mktemp("paper") / "book.pdf"
    wanted = [chapter for chapter in book_pdf.chapters() if chapter.name in CHAPTERS]
    assert len(wanted) == len(CHAPTERS)
    result = book_pdf.make(browser, site, wanted, target)
    reader = PdfReader(io.BytesIO(target.read_bytes()))
    return Printed(result.too_wide, reader, [page.extract_text() for page in reader.pages])


def outline(reader: PdfReader) -> list[tuple[str, int]]:
    """Titles and page numbers of the bookmarks, top to bottom."""

    def walk(entries: list[Any]) -> Iterator[tuple[str, int]]:
        for entry in entries:
            if isinstance(entry, Destination):
                page = reader.get_destination_page_number(entry)
                assert page is not None, entry
                yield str(entry.title), page + 1
            else:
                yield from walk(entry)

    return list(walk(reader.outline))


def test_the_chapters_are_those_of_the_table_of_contents() -> None:
    named = re.findall(r"(?:root|file): (\S+)", (ROOT / "_toc.yml").read_text(encoding="utf-8"))
    assert [chapter.name for chapter in book_pdf.chapters()] == named


def test_every_page_is_a4_and_nothing_is_cut_off(printed: Printed) -> None:
    assert printed.too_wide == []
    for page in printed.reader.pages:
        size = (float(page.mediabox.width), float(page.mediabox.height))
        assert size == pytest.approx(A4_POINTS, abs=1)


def test_what_is_too_wide_is_noticed(browser: Browser, site: Path, tmp_path: Path) -> None:
    name = "book/how_to_use"
    (tmp_path / "site" / "book").mkdir(parents=True)
    shutil.copytree(site / "_static", tmp_path / "site" / "_static")
    text = (site / f"{name}.html").read_text(encoding="utf-8")
    wide = '<p style="width: 2000px">wide</p></article>'
    page = tmp_path / "site" / f"{name}.html"
    page.write_text(text.replace("</article>", wide), encoding="utf-8")
    chapter = book_pdf.Chapter(name, 1)
    result = book_pdf.make(browser, tmp_path / "site", [chapter], tmp_path / "wide.pdf")
    assert len(result.too_wide) == 1


def test_the_outline_follows_the_book(printed: Printed, site: Path) -> None:
    reader = printed.reader
    titles = [name for name, _ in outline(reader)]
    for name in CHAPTERS:
        assert title(site, name) in titles
        headings = [re.sub(r"\s+", " ", h.get_text().strip()) for h in article(site, name)("h2")]
        place = titles.index(title(site, name))
        assert titles[place + 1 : place + 1 + len(headings)] == headings


def test_contents_and_outline_give_the_page_where_a_heading_stands(printed: Printed) -> None:
    reader, texts = printed.reader, printed.texts
    before = min(page for _, page in outline(reader)) - 1
    listed = dict(re.findall(r"^(.+?) (\d+)$", "\n".join(texts[1:before]), re.MULTILINE))
    marks = [(name, page) for name, page in outline(reader) if name in listed]
    assert len(marks) > len(CHAPTERS)
    for name, page in marks:
        assert int(listed[name]) == page, name
        assert plain(name) in plain(texts[page - 1]), name


def test_each_page_but_the_title_carries_its_number(printed: Printed) -> None:
    for number, text in enumerate(printed.texts, 1):
        lines = text.splitlines()
        assert (str(number) in lines[:2]) == (number > 1), number


def test_the_text_is_there_to_its_last_paragraph(printed: Printed, site: Path) -> None:
    text = printed.text
    for name in CHAPTERS:
        paragraphs = [p for p in article(site, name)("p", recursive=True) if not p.find("math")]
        last = [p for p in paragraphs if not p.select(".math") and p.get_text().strip()][-1]
        assert plain(last.get_text())[:200] in text, name


def test_folded_text_is_printed_and_folded_code_is_not(printed: Printed, site: Path) -> None:
    text = printed.text
    serotonin = article(site, "notebooks/principles/serotonin")
    cells = [row.get_text() for row in serotonin.select("details.validation-target tbody th")]
    assert cells
    assert all(plain(cell) in text for cell in cells)
    code = [
        line for block in serotonin.select("details.hide pre") for line in block.text.split("\n")
    ]
    long = [plain(line) for line in code if len(plain(line)) > 40 and '"' not in line]
    assert long
    assert not [line for line in long if line in text]
    assert plain("notebooks/principles/serotonin.ipynb") in text


def test_addresses_of_links_are_printed(printed: Printed, site: Path) -> None:
    text = printed.text
    links = [
        str(a["href"]) for name in CHAPTERS for a in article(site, name).select("a[href^=http]")
    ]
    assert links
    missing = [link for link in links if plain(link.split("://")[1]) not in text]
    assert not missing


def test_links_stay_inside_the_document_or_go_to_the_web(printed: Printed) -> None:
    reader = printed.reader
    places = reader.named_destinations
    inside = outside = 0
    for page in reader.pages:
        for annotation in page.get("/Annots", []):
            link = annotation.get_object()
            action = link.get("/A", {})
            if "/URI" in action:
                assert re.match(r"(https?|mailto):", str(action["/URI"])), action
                outside += 1
            else:
                name = str(link.get("/Dest", action.get("/D"))).removeprefix("/")
                assert name in {known.removeprefix("/") for known in places}, name
                inside += 1
    parts = len(CHAPTERS) - 1  # captions, which lead nowhere in the contents
    assert inside >= len(outline(reader)) - parts
    assert outside > 10


def test_fonts_are_embedded(printed: Printed) -> None:
    reader = printed.reader
    fonts = {
        str(font.get_object().get("/BaseFont")): font.get_object()
        for page in reader.pages
        for font in page["/Resources"].get("/Font", {}).values()
    }
    assert fonts
    for name, font in fonts.items():
        if font["/Subtype"] == "/Type3":  # draws its letters itself
            continue
        full = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
        assert any(key.startswith("/FontFile") for key in full["/FontDescriptor"]), name


def test_readers_and_catalogues_know_what_it_is(printed: Printed) -> None:
    reader = printed.reader
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert str(reader.metadata.title).startswith("Retuning the Anxious Brain")
    assert reader.metadata.author


def test_one_page_prints_as_well_as_the_book(visit: Any, site: Path) -> None:
    name = "notebooks/principles/serotonin"
    with visit(dark=True) as (page, url):
        page.goto(url(f"{name}.html"))
        settle(page)
        reader = PdfReader(io.BytesIO(page.pdf()))
        assert page.locator(".paper-links, .paper-mark, .paper-note").count() == 0
    text = plain(" ".join(sheet.extract_text() for sheet in reader.pages))
    link = article(site, name).select_one("a[href^=http]")
    assert link is not None
    assert plain(str(link["href"]).split("://")[1]) in text
    row = article(site, name).select_one("details.validation-target tbody th")
    assert row is not None
    assert plain(row.get_text()) in text
    assert plain("Shown for") in text
    for control in ("Skip to the text", "Compare with the model", "Show the code", "Copied"):
        assert plain(control) not in text


def test_no_page_is_wider_than_paper(visit: Any, page_names: list[str]) -> None:
    faults = []
    with visit(width=PAPER_PX) as (page, url):
        page.emulate_media(media="print")
        for name in page_names:
            page.goto(url(name))
            settle(page)
            page.evaluate("dispatchEvent(new Event('beforeprint'))")
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > PAPER_PX:
                faults.append(f"{name}: {wide}")
    assert not faults
