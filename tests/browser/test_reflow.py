"""Enlarged, narrow, with wider spacing, in the system's colours: every page keeps everything."""

from typing import Any

import pytest
from test_pages import frame, settle, unfold

CHAPTER = "notebooks/principles/serotonin.html"

# Of a window of 1280 px, 200 % zoom leaves 640 and 400 % leaves 320; 360 is a phone.
WIDTHS = (640, 360, 320)

# The text spacing that WCAG 1.4.12 lets a reader set.
SPACING = """
* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important; }
p { margin-bottom: 2em !important; }
"""

LOSSES = """
() => {
    const width = document.documentElement.clientWidth, found = new Set();
    const name = (e) => `${e.tagName} ${e.getAttribute("class") ?? ""} ${e.id}`;
    if (document.documentElement.scrollWidth > width) found.add("the page scrolls sideways");
    const scrolls = new Map([[document.body, false]]);
    const inScroller = (e) => {
        if (!scrolls.has(e))
            scrolls.set(e, /auto|scroll/.test(getComputedStyle(e).overflowX)
                || inScroller(e.parentElement));
        return scrolls.get(e);
    };
    const elements = "body *:not(svg *, pre *, mjx-container, mjx-container *, .lf-sr, .skip)";
    for (const e of document.querySelectorAll(elements)) {
        if (!e.checkVisibility()) continue;
        const box = e.getBoundingClientRect(), style = getComputedStyle(e);
        if (!box.width || style.clipPath !== "none") continue;
        const wide = e.scrollWidth > e.clientWidth + 1 && e.clientWidth;
        const scroller = /auto|scroll/.test(style.overflowX);
        if (wide && scroller && !(e.tabIndex >= 0 && e.getAttribute("aria-label")))
            found.add("scrolls, but not by keyboard: " + name(e));
        const cut = /hidden|clip/;
        if (wide && cut.test(style.overflowX) ||
            e.scrollHeight > e.clientHeight + 1 && cut.test(style.overflowY) && !scroller)
            found.add("cut off: " + name(e));
        if ((box.left < -1 || box.right > width + 1) && !inScroller(e.parentElement))
            found.add("outside the window: " + name(e));
    }
    return [...found].slice(0, 10);
}
"""

# Smaller than 24 px, not within a line of text, and closer than 24 px to another target.
CROWDED = """
() => {
    const targets = [...document.querySelectorAll("a[href], button, input, select, summary")]
        .filter((e) => e.checkVisibility({visibilityProperty: true}) && !e.closest("svg, .skip"))
        .map((e) => {
            const box = e.getBoundingClientRect();
            return {e, box, x: box.left + box.width / 2, y: box.top + box.height / 2,
                small: box.width < 23.9 || box.height < 23.9};
        }).filter(({box}) => box.width);
    const inText = (e) => {
        if (getComputedStyle(e).display !== "inline") return false;
        let block = e.parentElement;
        while (getComputedStyle(block).display === "inline") block = block.parentElement;
        const copy = block.cloneNode(true);
        copy.querySelectorAll("a, button, script").forEach((inner) => inner.remove());
        return /\\S/.test(copy.textContent);
    };
    const away = (x, y, box) => Math.hypot(
        Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));
    const close = (a, b) => a !== b && !a.e.contains(b.e) && !b.e.contains(a.e) &&
        (away(a.x, a.y, b.box) < 11.9 || b.small && Math.hypot(a.x - b.x, a.y - b.y) < 23.9);
    return targets.filter((a) => a.small && !inText(a.e) && targets.some((b) => close(a, b)))
        .map(({e, box}) => `target of ${Math.round(box.width)} by ${Math.round(box.height)}: ` +
            e.outerHTML.slice(0, 100)).slice(0, 10);
}
"""

# Lines and letters of the drawings against the page, at least 3 to 1.
CONTRASTS = """
() => {
    const light = (colour) => {
        const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map((c) => c / 255)
            .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const page = light(getComputedStyle(document.body).backgroundColor);
    const ratio = (c) => (Math.max(light(c), page) + 0.05) / (Math.min(light(c), page) + 0.05);
    const marks = [...document.querySelectorAll(".live-figure [id*='-w-']")];
    if (!marks.length) return ["no marks"];
    return marks.flatMap((e) => {
        const style = getComputedStyle(e);
        const paints = e.tagName === "text" ? [style.fill] : [style.stroke];
        return paints.filter((c) => c.startsWith("rgb") && ratio(c) < 3).map((c) => `${e.id} ${c}`);
    });
}
"""

BORDERED = """
(e) => {
    const style = getComputedStyle(e);
    return style.borderTopStyle !== "none" && parseFloat(style.borderTopWidth) >= 1;
}
"""

# What a wide page offers in its text, a narrow one must offer too.
OFFERS = """
() => [...document.querySelectorAll(
    "main :is(a[href], button, input, select, summary, h1, h2, h3)")]
    .filter((e) => !e.closest("svg") && e.checkVisibility({visibilityProperty: true}))
    .map((e) => `${e.tagName} ${e.id || e.getAttribute("href") || e.textContent.trim()}`)
"""


def test_nothing_is_lost_when_enlarged(visit: Any, page_names: list[str]) -> None:
    faults = []
    with visit() as (page, url):
        for name in page_names:
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto(url(name))
            settle(page)
            unfold(page)
            wide = page.evaluate(OFFERS)
            assert wide, name
            found = []
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 560})
                frame(page)
                losses = page.evaluate(LOSSES) + page.evaluate(CROWDED)
                losses += [f"gone: {offer}" for offer in {*wide} - {*page.evaluate(OFFERS)}]
                found += [f"{width} px: {loss}" for loss in losses]
            page.add_style_tag(content=SPACING)
            frame(page)
            found += [f"spaced: {loss}" for loss in page.evaluate(LOSSES)]
            faults += [f"{name}: {fault}" for fault in found]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_forced_colours_leave_everything_visible(visit: Any, dark: bool) -> None:
    """The curves keep their colours, so they must suit the background that the system forces."""
    with visit(dark=dark, forced_colors="active", reduced_motion="reduce") as (page, url):
        page.goto(url(CHAPTER))
        # A choice made earlier for this site does not count against the system's colours.
        page.evaluate(
            "(name) => localStorage.setItem('colours', name)", "light" if dark else "dark"
        )
        page.reload()
        settle(page)
        assert page.evaluate(CONTRASTS) == []
        for button in page.get_by_role("button").locator("visible=true").all():
            if "term-word" not in (button.get_attribute("class") or ""):
                assert button.evaluate(BORDERED), button.evaluate("(e) => e.outerHTML")
        page.keyboard.press("Tab")
        assert page.locator(".skip").evaluate(BORDERED)
