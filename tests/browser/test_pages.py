"""Every page in a browser: silent, self-contained, accessible, fitting."""

from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page, expect

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = {"light": {}, "dark": {"dark": True}, "phone": {"width": 360}}


def settle(page: Page) -> None:
    """Wait until the figures are in place."""
    page.wait_for_load_state("load")
    page.wait_for_function(
        "() => [...document.querySelectorAll('figure.live-figure')]"
        ".every((figure) => 'ready' in figure.dataset)"
    )


def frame(page: Page) -> None:
    """Wait until a frame has been drawn: then the page has seen what is too wide now."""
    page.evaluate("() => new Promise(f => requestAnimationFrame(() => requestAnimationFrame(f)))")


def unfold(page: Page) -> None:
    page.evaluate("() => document.querySelectorAll('details').forEach(d => (d.open = true))")
    frame(page)


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate(
        "(tags) => axe.run({runOnly: tags}).then((result) => result.violations)", RULES
    )
    return [f"{v['id']}: {node['html'][:160]}" for v in found for node in v["nodes"]]


def test_pages_are_silent_and_self_contained(visit: Any, page_names: list[str]) -> None:
    """Served; test_offline.py walks a copy on disk."""
    with visit() as (page, url):
        page.goto(url("index.html"))
        page.wait_for_url("**/book/index.html")
        for name in page_names:
            page.goto(url(name))
            settle(page)


@pytest.mark.parametrize("look", LOOKS)
def test_pages_are_accessible(visit: Any, page_names: list[str], look: str) -> None:
    faults = []
    with visit(**LOOKS[look]) as (page, url):
        for name in page_names:
            page.goto(url(name))
            settle(page)
            unfold(page)
            faults += [f"{name}: {fault}" for fault in violations(page)]
    assert not faults


@pytest.mark.parametrize("look", LOOKS)
def test_search_results_are_accessible(visit: Any, look: str) -> None:
    with visit(**LOOKS[look]) as (page, url):
        page.goto(url("search.html?q=serotonin"))
        expect(page.locator(".search-summary")).to_contain_text("found")
        assert not violations(page)


def test_the_colours_of_code_can_be_read(visit: Any) -> None:
    code = """<pre class="sample"><span class="c1"># c</span> <span class="k">def</span>
        <span class="nf">f</span> <span class="s1">'s'</span> <span class="mi">1</span>
        <span class="o">+</span> <span class="gt">Error</span></pre>"""
    for dark in (False, True):
        with visit(dark=dark) as (page, url):
            page.goto(url("book/how_to_use.html"))
            block = page.locator("div.highlight").first
            block.evaluate("(box, code) => box.insertAdjacentHTML('beforeend', code)", code)
            assert not violations(page)


@pytest.mark.parametrize("from_file", [False, True], ids=["server", "file"])
def test_search_finds_a_page(visit: Any, from_file: bool) -> None:
    with visit(from_file=from_file) as (page, url):
        page.goto(url("book/index.html"))
        page.get_by_role("searchbox").fill("buspirone")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html?q=buspirone")
        result = page.locator("ul.search a").first
        expect(result).to_be_visible()
        result.click()
        expect(page.locator("main")).to_contain_text("uspirone")


def test_the_first_tab_skips_to_the_text(visit: Any) -> None:
    with visit() as (page, url):
        page.goto(url("book/how_to_use.html"))
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        assert page.locator(".skip").bounding_box()["y"] >= 0
        page.keyboard.press("Enter")
        expect(page.locator("#content")).to_be_focused()
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_colours_follow_the_system_until_the_reader_chooses(visit: Any) -> None:
    with visit(dark=True) as (page, url):
        page.goto(url("book/index.html"))
        button = page.get_by_role("button", name="Dark colours")
        expect(button).to_have_attribute("aria-pressed", "true")
        button.click()
        expect(page.locator("html")).to_have_attribute("data-theme", "light")
        page.goto(url("book/glossary.html"))
        expect(page.locator("html")).to_have_attribute("data-theme", "light")
        expect(page.get_by_role("button", name="Dark colours")).to_have_attribute(
            "aria-pressed", "false"
        )


def test_contents_open_and_close_on_a_phone(visit: Any) -> None:
    with visit(width=360) as (page, url):
        page.goto(url("book/index.html"))
        contents = page.get_by_role("navigation", name="Contents")
        opener = page.get_by_role("button", name="Contents")
        expect(contents).to_be_hidden()
        opener.click()
        expect(contents).to_be_visible()
        assert not violations(page)
        page.keyboard.press("Escape")
        expect(contents).to_be_hidden()
        expect(opener).to_be_focused()


def test_text_equations_and_figures_are_there_without_javascript(
    visit: Any, page_names: list[str]
) -> None:
    seen = 0
    with visit(java_script_enabled=False, width=360) as (page, url):
        for name in page_names:
            page.goto(url(name))
            expect(page.locator("h1")).to_be_visible()
            expect(page.get_by_role("navigation", name="Contents")).to_be_visible()
            for drawn in ("figure.live-figure", "mjx-container"):
                seen += page.locator(f"{drawn}:visible").count()
                empty = page.locator(f"{drawn}:visible:not(:has(svg:visible))")
                assert empty.count() == 0, f"{name}: {drawn}"
    assert seen > 100


def test_copy_takes_the_commands_without_their_prompt(visit: Any) -> None:
    allowed = ["clipboard-read", "clipboard-write"]
    with visit(permissions=allowed) as (page, url):
        page.goto(url("book/how_to_use.html"))
        block = page.locator("div.highlight", has_text="make serve")
        block.hover()
        block.get_by_role("button", name="Copy").click()
        expect(block.get_by_role("button")).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == "make book\nmake serve"
