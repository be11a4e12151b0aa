"""Every live figure of the built book is alive, served and opened as a file."""

import gzip
import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    path.relative_to(ROOT).with_suffix(".html").as_posix()
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb"))
    if ".ipynb_checkpoints" not in path.parts and "LiveFigure(" in path.read_text(encoding="utf-8")
]

TURN = """
async (figure) => {
    const shown = () => [...figure.querySelectorAll("svg [id]")]
        .map(e => [e.id, e.getAttribute("d"), e.getAttribute("x"), e.getAttribute("y"),
                   e.getAttribute("display"), e.textContent].join()).join("|")
        + [...figure.querySelectorAll("output, .lf-sheet")].map(e => e.textContent).join("|");
    const paint = () => new Promise(f => requestAnimationFrame(() => requestAnimationFrame(f)));
    const dead = [];
    for (const control of figure.querySelectorAll(".lf-knobs :is(input, select)")) {
        [...figure.querySelectorAll("button")].find(b => b.textContent === "Reset").click();
        await paint();
        const before = shown();
        const values = control.type === "checkbox" ? [!control.checked]
            : control.options ? [...control.options].map(o => o.value)
            : [control.min, control.max];
        let alive = false;
        for (const value of values) {
            if (control.type === "checkbox") control.click();
            else {
                control.value = value;
                control.dispatchEvent(new Event("input", {bubbles: true}));
                control.dispatchEvent(new Event("change", {bubbles: true}));
            }
            await paint();
            alive ||= shown() !== before;
        }
        if (!alive) dead.push(control.id);
    }
    return dead;
}
"""

# A label out of the window or of its drawing, or over another one, at the default or with one knob
# at an end or in another state. The boxes are taller than the letters, so they may touch.
LABELS = """
({ outside, across, along }) => {
    const right = document.documentElement.clientWidth, faults = new Set();
    for (const figure of document.querySelectorAll("figure.live-figure")) {
        const { name, knobs } = JSON.parse(figure.querySelector("script").text);
        const standard = Object.fromEntries(
            knobs.map((k) => [k.key, k.kind === "knob" ? k.default : k.states[k.default]]));
        const moves = knobs.flatMap((k) => (k.kind === "knob" ? [k.min, k.max] : k.states)
            .map((value) => ({ [k.key]: value })));
        for (const move of [{}, ...moves]) {
            figure.live.set({ ...standard, ...move });
            const svg = [...figure.querySelectorAll("svg")].find((e) => e.checkVisibility());
            const drawing = svg.getBoundingClientRect();
            const labels = [...svg.querySelectorAll("text")]
                .map((e) => ({ text: e.textContent, box: e.getBoundingClientRect() }))
                .filter(({ text, box }) => text.trim() && box.width);
            const report = (text) => faults.add(`${name} ${JSON.stringify(move)}: ${text}`);
            if (!labels.length) report("no labels");
            labels.forEach(({ text, box }, i) => {
                const beyond = Math.max(
                    -box.left, box.right - right, drawing.left - box.left, drawing.top - box.top,
                    box.right - drawing.right, box.bottom - drawing.bottom);
                if (beyond > outside) report(`"${text}" is ${Math.round(beyond)} px out of sight`);
                for (const other of labels.slice(i + 1)) {
                    const wide = Math.min(box.right, other.box.right)
                        - Math.max(box.left, other.box.left);
                    const high = Math.min(box.bottom, other.box.bottom)
                        - Math.max(box.top, other.box.top);
                    if (wide > across && high > along)
                        report(`"${text}" and "${other.text}" share ${Math.round(wide)} by `
                            + `${Math.round(high)} px`);
                }
            });
        }
        figure.live.set(standard);
    }
    return [...faults];
}
"""

PAINTED = """
async () => {
    await document.fonts.ready;
    await new Promise(f => requestAnimationFrame(() => requestAnimationFrame(f)));
}
"""


@pytest.mark.parametrize("from_file", [False, True], ids=["served", "file"])
@pytest.mark.parametrize("page_name", PAGES)
def test_every_knob_of_every_figure_moves_something(visit, page_name, from_file):
    with visit(from_file=from_file) as (page, url):
        page.goto(url(page_name))
        figures = page.locator("figure.live-figure")
        assert figures.count() > 0
        assert page.locator("figure.live-figure[data-ready]").count() == figures.count()
        for figure in figures.all():
            assert figure.evaluate(TURN) == []


@pytest.mark.parametrize("page_name", PAGES)
def test_labels_keep_apart_and_in_sight(visit: Any, page_name: str) -> None:
    faults: list[str] = []
    with visit() as (page, url):
        page.goto(url(page_name))
        page.wait_for_selector("figure.live-figure[data-ready]")
        for width, drawing in ((1280, "wide"), (320, "narrow")):
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate(PAINTED)  # the figure has taken the layout of this width
            assert page.locator(f"svg.lf-{drawing}").first.is_visible()
            found = page.evaluate(LABELS, {"outside": 1, "across": 2, "along": 4})
            faults += [f"{width} px: {fault}" for fault in found]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("page_name", PAGES)
def test_the_page_is_interactive_within_a_second(visit, page_name):
    with visit() as (page, url):
        took = []
        for _ in range(3):  # the best of three: other tests share the machine
            page.goto(url(page_name))
            page.wait_for_selector("figure.live-figure[data-ready]")
            took.append(
                page.evaluate(
                    "() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
                )
            )
        assert 0 < min(took) < 1000


@pytest.mark.parametrize("page_name", PAGES)
def test_budgets_of_the_page(site: Path, page_name: str):
    html = (site / page_name).read_text(encoding="utf-8")
    texts = re.findall(r'<script type="application/json">(.*?)</script>', html, re.S)
    sizes = [len(gzip.compress(text.encode())) for text in texts]
    figures = 0
    for text, size in zip(texts, sizes, strict=True):
        state = json.loads(unescape(text))
        if "knobs" in state:
            figures += 1
            smooth = sum(knob["kind"] == "knob" for knob in state["knobs"])
            assert size < (60_000 if smooth == 3 else 40_000), state["name"]
    assert figures
    assert sum(sizes) < 250_000


def test_pages_hold_no_widget_state(site: Path):
    for path in site.rglob("*.html"):
        assert "application/vnd.jupyter.widget" not in path.read_text(encoding="utf-8"), path
