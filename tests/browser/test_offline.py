"""The archive for reading without a connection, unpacked and opened from disk as a reader would."""

import runpy
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from test_live_figures import PAGES
from test_pages import settle

OFFLINE = runpy.run_path(str(Path(__file__).parents[2] / "book" / "offline.py"))
NAME, archive_name, pack = OFFLINE["NAME"], OFFLINE["archive_name"], OFFLINE["pack"]

# Turn the first knob of every figure and see which drawings stand still.
DEAD = """
async () => {
    const dead = [], frame = () => new Promise(requestAnimationFrame);
    for (const figure of document.querySelectorAll("figure.live-figure")) {
        const drawn = () => figure.querySelector(".lf-drawing").innerHTML +
            [...figure.querySelectorAll("output, .lf-sheet")].map((e) => e.textContent);
        const knob = figure.querySelector(".lf-knobs :is(input, select)"), before = drawn();
        if (knob.type === "checkbox") knob.click();
        else {
            if (knob.options) knob.selectedIndex = knob.selectedIndex ? 0 : 1;
            else knob.value = knob.value === knob.max ? knob.min : knob.max;
            for (const kind of ["input", "change"])
                knob.dispatchEvent(new Event(kind, {bubbles: true}));
        }
        await frame();
        await frame();
        if (drawn() === before) dead.push(figure.id);
    }
    return dead;
}
"""

# Formulas that are still the text that the author wrote.
UNSET = """
() => [...document.querySelectorAll("span.math, div.math")]
    .filter((e) => !e.querySelector("mjx-container svg")).map((e) => e.textContent)
"""


@pytest.fixture(scope="module")
def unpacked(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the archive into a folder whose name needs escaping in an address."""
    folder = tmp_path_factory.mktemp("reader's downloads #1")
    with zipfile.ZipFile(pack(site, folder)) as archive:
        archive.extractall(folder)
    return folder / NAME


def look(page: Page) -> list[str]:
    """What does not work on an open page."""
    settle(page)
    return page.evaluate(UNSET) + page.evaluate(DEAD)


def test_the_archive_is_one_folder_and_the_same_each_time(site: Path, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    first, second = pack(site, tmp_path), pack(site, tmp_path / "again")
    assert first.name == archive_name() == second.name
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        names = set(archive.namelist())
    assert {name.split("/")[0] for name in names} == {NAME}
    assert f"{NAME}/index.html" in names
    pages = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    assert {f"{NAME}/{page}" for page in pages} <= names


def test_leafing_through_the_unpacked_book_shows_every_page_alive(
    visit: Any, unpacked: Path, page_names: list[str]
) -> None:
    with visit(copy=unpacked) as (page, url):
        page.goto(url("index.html"))
        page.wait_for_url("**/book/index.html")
        root = page.url.removesuffix("book/index.html")
        seen, faults = [], []
        while True:
            seen.append(page.url.removeprefix(root).removesuffix("#"))
            faults += [f"{seen[-1]}: {fault}" for fault in look(page)]
            onward = page.locator("nav.turn a[rel=next]")
            if not onward.count():
                break
            onward.click()
        for name in sorted({*page_names} - {*seen}):
            page.goto(url(name))
            faults += [f"{name}: {fault}" for fault in look(page)]
    assert not faults
    assert {*PAGES} <= {*seen}
    assert {*page_names} - {*seen} == {"genindex.html", "search.html"}


def test_contents_colours_notes_and_search_work_in_the_unpacked_book(
    visit: Any, unpacked: Path
) -> None:
    with visit(copy=unpacked) as (page, url):
        page.goto(url("book/index.html"))
        page.get_by_role("navigation", name="Contents").get_by_role("link").nth(2).click()
        settle(page)
        page.get_by_role("button", name="Dark colours").click()
        page.goto(url("notebooks/principles/serotonin.html"))
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        word = page.locator("button.term-word").first
        word.click()
        expect(page.locator(f"#{word.get_attribute('popovertarget')}")).to_be_visible()
        page.keyboard.press("Escape")
        page.get_by_role("searchbox").fill("buspirone")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html?q=buspirone")
        expect(page.locator(".from-disk")).to_be_visible()
        page.locator("ul.search a").first.click()
        expect(page.locator("main")).to_contain_text("uspirone")


def test_only_a_copy_on_disk_says_that_excerpts_are_missing(visit: Any) -> None:
    with visit() as (page, url):
        page.goto(url("search.html?q=buspirone"))
        expect(page.locator("ul.search p.context").first).to_be_visible()
        expect(page.locator(".from-disk")).to_be_hidden()
