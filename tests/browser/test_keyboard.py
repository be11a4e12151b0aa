"""Every page without a mouse and without sight of its drawings.

Tab from the top to the end and back, arrows, Enter, Escape; landmarks, words and tables.
"""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from test_live_figures import PAGES
from test_pages import settle

CHAPTER = "notebooks/principles/serotonin.html"
# A reader who asks for less motion does not wait for the page to glide to the focus.
STILL = {"reduced_motion": "reduce"}
LONG = 300
"""A page with more stops is a table of references; its first and last stops stand for all."""

# What can be reached, in the order of the page; the radio buttons of a question are one stop.
STOPS = """
() => [...document.querySelectorAll(
    "a[href], button, input, select, textarea, summary, [tabindex]")]
    .filter((e) => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true}))
    .filter((e) => e.type !== "radio" || e.checked ||
        [...e.form.elements[e.name]].find((r) => !r.disabled) === e)
"""

# Notes each stop when the next key goes down: by then the browser has scrolled to it.
RECORD = """
() => {
    window.stops = [];
    const ring = (e) => {
        const style = getComputedStyle(e);
        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    };
    document.addEventListener("keydown", ({key}) => {
        const target = document.activeElement;
        if (key !== "Tab" || target === document.body) return;
        const box = target.getBoundingClientRect();
        const masthead = document.querySelector(".masthead").getBoundingClientRect();
        const top = target.closest(".spread") ? Math.max(0, masthead.bottom) : 0;
        const seen = Math.min(box.bottom, innerHeight) - Math.max(box.top, top);
        let [down, along] = [0, 0]; // the contents may scroll by themselves
        for (let e = target.parentElement; e; e = e.parentElement) {
            down += e.scrollTop;
            along += e.scrollLeft;
        }
        stops.push({target, ring: ring(target) || ring(target.parentElement),
            hidden: seen < Math.min(box.height / 2, 24),
            left: box.left + along, right: box.right + along,
            top: box.top + down, bottom: box.bottom + down});
    }, {capture: true});
}
"""

FAULTS = """
([expected, backward]) => {
    if (backward) stops.reverse();
    const name = (e) => e.outerHTML.slice(0, 120);
    const faults = [], seen = stops.map((stop) => stop.target);
    const first = backward ? expected.length - seen.length : 0;
    // A group of radio buttons is entered at its near end.
    const same = (a, b) => a === b ||
        a.type === "radio" && b?.type === "radio" && a.form === b.form && a.name === b.name;
    seen.forEach((e, i) => same(e, expected[first + i]) ||
        faults.push(`stop ${i} is ${name(e)}, not ${name(expected[first + i] ?? document.body)}`));
    const region = (e) => e.closest("header, nav, main, footer");
    stops.forEach((now, i) => {
        const e = now.target, before = stops[i - 1];
        const drawing = e.closest("svg"); // the points of a plot follow its table
        if (now.hidden) faults.push("hidden while it has the focus: " + name(e));
        if (!now.ring && !drawing) faults.push("no mark of focus: " + name(e));
        if (!before || drawing || region(e) !== region(before.target)) return;
        if (now.bottom <= before.top && now.left < before.right)
            faults.push("back up the page: " + name(e));
    });
    return faults.slice(0, 10);
}
"""

# What would move although the reader asked for stillness.
MOVING = """
() => {
    const found = [];
    const look = (rules) => {
        for (const rule of rules) {
            if (rule.media && !matchMedia(rule.media.mediaText).matches) continue;
            const {transitionDuration, animationName, scrollBehavior} = rule.style ?? {};
            if (transitionDuration || animationName || scrollBehavior === "smooth")
                found.push("moves: " + rule.cssText.slice(0, 120));
            if (rule.cssRules) look(rule.cssRules);
        }
    };
    for (const sheet of document.styleSheets) look(sheet.cssRules);
    const inline = document.querySelector("[style*=transition], [style*=animation], animate");
    return inline ? [...found, "moves: " + inline.outerHTML.slice(0, 120)] : found;
}
"""

# Landmarks are named; a drawing has its words and its numbers.
UNTOLD = """
async () => {
    const found = [], all = (selector, e = document) => [...e.querySelectorAll(selector)];
    for (const one of ["body > header", "main", "body > footer"])
        if (all(one).length !== 1) found.push(`${all(one).length} of ${one}`);
    const named = (e) => (e.getAttribute("aria-label") ??
        document.getElementById(e.getAttribute("aria-labelledby"))?.textContent ?? "").trim();
    const names = all("nav").map(named);
    if (!names.every(Boolean) || new Set(names).size < names.length) found.push(`nav: ${names}`);
    for (const figure of all("figure.live-figure")) {
        for (const drawing of all(".lf-drawing > svg", figure))
            if (drawing.getAttribute("role") !== "img" || named(drawing).length < 20)
                found.push(`${figure.id}: no words`);
        const details = figure.querySelector("details.lf-table");
        if (details) {
            details.open = true;
            await new Promise((told) => details.addEventListener("toggle", told, {once: true}));
        }
        if (!all(":is(.lf-tables, .lf-sheet) tbody tr", figure).length)
            found.push(`${figure.id}: no table`);
    }
    return found;
}
"""


def walk(page: Page, most: int | None = None, *, backward: bool = False) -> list[str]:
    """Press Tab through the page, to its end or `most` times; return what was wrong."""
    page.evaluate(RECORD)
    expected = page.evaluate_handle(f"({STOPS})()")
    count: int = expected.evaluate("(stops) => stops.length")
    wanted = count if most is None else min(count, most)
    for _ in range(wanted + 1):  # a stop is noted when the key goes down again
        page.keyboard.press("Shift+Tab" if backward else "Tab")
    faults: list[str] = page.evaluate(FAULTS, [expected, backward])
    got = page.evaluate("stops.length")
    if got != wanted:
        faults.append(f"{wanted} stops expected, {got} seen")
    if page.evaluate("document.querySelector('main').contains(document.activeElement)") and (
        wanted == count
    ):
        faults.append("the last stop leads back into the page")
    return faults


def changes_something(page: Page, selector: str) -> bool:
    """Say whether the first such element looks different while it has the focus."""
    element = page.locator(selector).first
    element.scroll_into_view_if_needed()
    area = element.bounding_box()
    assert area is not None
    clip = {
        "x": area["x"] - 8,
        "y": area["y"] - 8,
        "width": area["width"] + 16,
        "height": area["height"] + 16,
    }
    page.evaluate("() => document.activeElement.blur()")
    before = page.screenshot(clip=clip)
    element.focus()
    return before != page.screenshot(clip=clip)


def examine(page: Page, address: str) -> list[str]:
    """Walk a page from end to end, or a long one from both its ends; look at what it tells."""
    page.goto(address)
    settle(page)
    if page.evaluate(f"({STOPS})().length") <= LONG:
        faults = walk(page)
    else:
        faults = walk(page, LONG // 2)
        page.goto(address)
        settle(page)
        faults += walk(page, LONG // 2, backward=True)
    faults += page.evaluate(MOVING) + page.evaluate(UNTOLD)
    drawing = page.locator("main svg a:visible")
    if drawing.count() and not changes_something(page, "main svg a:visible"):
        faults.append("no mark of focus on the links of a drawing")
    return faults


@pytest.mark.parametrize("chapter", PAGES)
def test_tab_walks_a_chapter_in_order_and_in_sight(visit: Any, chapter: str) -> None:
    with visit(**STILL) as (page, url):
        assert examine(page, url(chapter)) == []


def test_tab_walks_every_other_page(visit: Any, page_names: list[str]) -> None:
    with visit(**STILL) as (page, url):
        found = {name: examine(page, url(name)) for name in page_names if name not in PAGES}
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_pages_glide_for_readers_who_did_not_ask_for_stillness(visit: Any) -> None:
    """So that the search for movement above has something to miss."""
    with visit() as (page, url):
        page.goto(url("book/how_to_use.html"))
        assert page.evaluate(MOVING) != []


def test_shift_tab_walks_a_chapter_back_to_the_top(visit: Any) -> None:
    with visit(**STILL) as (page, url):
        page.goto(url(CHAPTER))
        settle(page)
        assert walk(page, backward=True) == []


def test_arrow_keys_move_every_slider_of_a_chapter(visit: Any) -> None:
    """The first arrow may meet the end of the scale; then the other one moves."""
    with visit(**STILL) as (page, url):
        page.goto(url(CHAPTER))
        settle(page)
        sliders = page.locator("main input[type=range]").all()
        assert sliders
        for slider in sliders:
            slider.focus()
            start = slider.input_value()
            spoken = slider.get_attribute("aria-valuetext")
            for key in ("ArrowRight", "ArrowLeft"):
                page.keyboard.press(key)
                if slider.input_value() != start:
                    break
            assert slider.input_value() != start
            assert slider.get_attribute("aria-valuetext") != spoken


def test_enter_opens_a_note_and_escape_closes_it(visit: Any) -> None:
    with visit(**STILL) as (page, url):
        page.goto(url(CHAPTER))
        settle(page)
        word = page.locator("button.term-word").first
        note = page.locator(f"#{word.get_attribute('popovertarget')}")
        word.focus()
        page.keyboard.press("Enter")
        expect(note).to_be_visible()
        expect(note).to_be_focused()
        page.keyboard.press("Escape")
        expect(note).to_be_hidden()
        expect(word).to_be_focused()


def test_walking_out_of_the_open_contents_closes_them(visit: Any) -> None:
    """They cover a phone's page: a focus behind them could not be seen."""
    with visit(width=360, **STILL) as (page, url):
        page.goto(url("book/how_to_use.html"))
        page.get_by_role("button", name="Contents").click()
        contents = page.get_by_role("navigation", name="Contents")
        contents.get_by_role("link").last.focus()
        expect(contents).to_be_visible()
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
        expect(contents).to_be_hidden()
