"""Notebooks run in the browser from the published files, and say what they say on the desktop.

Two of them by default; ``LITE_NOTEBOOKS=all`` runs every one, and a list of paths below
`notebooks/`, separated by commas, runs those.
"""

import json
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyterlite import ask, click_through, fresh, run_all, served, wait_for_cells
from make_site import SITE, STAMP, state
from playwright.sync_api import Browser, Page, expect
from run_here import COST, cost_note
from test_pages import violations
from test_security import POLICY_TAG

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
ALL = [
    path.relative_to(NOTEBOOKS).as_posix()
    for path in sorted(NOTEBOOKS.rglob("*.ipynb"))
    if ".ipynb_checkpoints" not in path.parts
]
USUAL = "principles/serotonin.ipynb,hands_on/kidney.ipynb"
CHOSEN = os.environ.get("LITE_NOTEBOOKS", USUAL)
TRIED = ALL if CHOSEN == "all" else CHOSEN.split(",")

# Either side draws to half a pixel, on axes of 250 pixels or more.
OF_THE_AXIS = 0.004

# Figures, exercises and scoreboards whose script runs.
LIVE = ":is(.live-figure, .exercise, .scoreboard)[data-ready]"

# Every figure at its default values, and with each knob at its limits or in each of its states:
# what it reads, how far that may differ (interpolated numbers by one unit of the last digit, all
# else by nothing), and its curves as places between the ends of their axes. (The axes themselves
# lie some pixels apart, because the two releases of matplotlib measure letters differently.)
SHOTS = """
() => {
    const share = ([p0, p1], places) => places.map((p) => (p - p0) / (p1 - p0));
    const curve = (figure, all, { key, axes }) => all.filter((m) => m.key === key).map((m) => {
        const element = figure.querySelector("#" + m.id);
        if (element.getAttribute("display") === "none") return [];
        const numbers = (element.getAttribute("d") ?? "").match(/-?\\d[\\d.]*/g)?.map(Number) ?? [];
        return [share(axes.x, numbers.filter((_, i) => i % 2 === 0)),
                share(axes.y, numbers.filter((_, i) => i % 2 === 1))];
    });
    const shots = {};
    for (const figure of document.querySelectorAll("figure.live-figure[data-ready]")) {
        const { name, knobs, series, layouts, readouts } =
            JSON.parse(figure.querySelector("script").text);
        const smooth = knobs.some((k) => k.kind === "knob");
        const standard = Object.fromEntries(
            knobs.map((k) => [k.key, k.kind === "knob" ? k.default : k.states[k.default]]));
        const settings = knobs.flatMap((k) => (k.kind === "knob" ? [k.min, k.max] : k.states)
            .map((value) => ({ ...standard, [k.key]: value })));
        shots[name] = [standard, ...settings].map((setting) => {
            figure.live.set(setting);
            dispatchEvent(new Event("beforeprint")); // draws the hidden layout too
            return {
                setting: JSON.stringify(setting),
                readouts: readouts.map((r) => [
                    figure.live.readout(r.label),
                    smooth && !r.table && typeof r.parts[0] === "number" ? 10 ** -r.digits : 0]),
                ends: series.map(({ axes }) => [axes.x.slice(2), axes.y.slice(2)]),
                curves: series.filter((s) => s.key)
                    .map((s) => [s.label, curve(figure, layouts[0].moving, s)]),
            };
        });
        figure.live.set(standard);
    }
    return shots;
}
"""


@pytest.fixture(scope="module")
def published(site: Path) -> Iterator[str]:
    """Address of the site, which `make test` makes before it calls pytest."""
    assert STAMP.exists(), "there is no site; run `make site`"
    assert STAMP.read_text().split()[0] == state(), (
        "the site was made from other files; run `make site`"
    )
    with served(SITE) as address:
        yield address


def _code_cells(notebook: str) -> list[str]:
    cells = json.loads((NOTEBOOKS / notebook).read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def _flat(nested: Any) -> list[float]:
    return [n for part in nested for n in _flat(part)] if isinstance(nested, list) else [nested]


def _agree(one: str, other: str, unit: float) -> bool:
    """Whether two readouts say the same, each number up to `unit`."""
    number = r"-?\d+(?:\.\d+)?"
    mine, theirs = (text.replace("\u2212", "-") for text in (one, other))
    if not unit or re.split(number, mine) != re.split(number, theirs):
        return one == other
    pairs = zip(re.findall(number, mine), re.findall(number, theirs), strict=True)
    return all(abs(float(a) - float(b)) < 1.01 * unit for a, b in pairs)


def _differences(here: list[dict[str, Any]], there: list[dict[str, Any]]) -> list[str]:
    """What a figure draws and reads differently in Pyodide and on the desktop."""
    faults = []
    for one, other in zip(here, there, strict=True):
        where = one["setting"]
        assert (where, one["ends"]) == (other["setting"], other["ends"])
        for (mine, unit), (theirs, _) in zip(one["readouts"], other["readouts"], strict=True):
            if not _agree(mine, theirs, unit):
                faults.append(f"{where}: {mine!r} here, {theirs!r} there")
        for (label, drawn), (_, expected) in zip(one["curves"], other["curves"], strict=True):
            mine, theirs = _flat(drawn), _flat(expected)
            if len(mine) != len(theirs):
                faults.append(
                    f"{where}: {label} has {len(mine) // 2} points, not {len(theirs) // 2}"
                )
                continue
            gap = max((abs(a - b) for a, b in zip(mine, theirs, strict=True)), default=0.0)
            if gap > OF_THE_AXIS:
                faults.append(f"{where}: {label} differs by {gap:.2%} of the axis")
    return faults


def _turn_a_knob(page: Page) -> tuple[int, str, float]:
    """Press an arrow key on the first slider: number of the cell, name of the knob, new value."""
    slider = page.locator(".jp-CodeCell figure.live-figure input[type=range]").first
    slider.focus()
    before = slider.input_value()
    at_start = before == slider.get_attribute("min")
    page.keyboard.press("ArrowRight" if at_start else "ArrowLeft")
    page.wait_for_timeout(500)
    assert slider.input_value() != before
    figure = slider.locator("xpath=ancestor::figure")
    cell = slider.locator("xpath=ancestor::*[contains(@class, 'jp-CodeCell')]")
    number = re.findall(r"\d+", cell.locator(".jp-InputPrompt").first.inner_text())[0]
    identifier = slider.get_attribute("id") or ""
    key = identifier.split("--")[1]
    value = figure.evaluate("(figure, key) => figure.live.values[key]", key)
    return int(number), key, float(value)


@pytest.mark.parametrize("notebook", TRIED)
def test_a_notebook_runs_in_the_browser_as_on_the_desktop(
    browser: Browser, published: str, notebook: str
) -> None:
    cells = _code_cells(notebook)
    with fresh(browser, published) as (page, traffic):
        page.goto(f"{published}/notebooks/{Path(notebook).with_suffix('.html')}")
        desktop = page.evaluate(SHOTS)
        alive = page.locator(LIVE).count()
        assert len(desktop) == sum(source.count("LiveFigure(") for source in cells)
        before = traffic.bytes
        click_through(page)
        expect(page.locator(".jp-CodeCell")).to_have_count(len(cells))
        run_all(page)
        wait_for_cells(page, len(cells))
        expect(page.locator(f".jp-OutputArea :is({LIVE})")).to_have_count(alive, timeout=10_000)
        here = page.evaluate(SHOTS)
        assert here.keys() == desktop.keys()
        faults = [
            f"{name} {fault}"
            for name, shots in desktop.items()
            for fault in _differences(here[name], shots)
        ]
        assert not faults

        if desktop:
            cell, knob, value = _turn_a_knob(page)
            seen = ask(page, f"print(Out[{cell}].values[{knob!r}])")
            assert float(seen) == pytest.approx(value)

        where = ask(page, "import mechanisms, sys; print(sys.platform, mechanisms.__file__)")
        assert where.startswith("emscripten /lib/python")
        wheels = [url for url in traffic.loaded if "/mechanisms-" in url]
        assert len(wheels) == 1
        assert wheels[0].startswith(f"{published}/lite/static/pyodide/mechanisms-")
        assert not [url for url in traffic.loaded if "all.json?sha256" in url]  # of piplite
        cost = tomllib.loads(COST.read_text(encoding="utf-8"))
        assert (traffic.bytes - before) / 1e6 == pytest.approx(cost["download_MB"], rel=0.1)
        assert not traffic.faults


def test_the_book_says_how_close_the_two_are() -> None:
    page = " ".join((ROOT / "book/how_to_use.md").read_text(encoding="utf-8").split())
    assert f"no curve may lie further off than {100 * OF_THE_AXIS:g} % of the length" in page
    assert len(USUAL.split(",")) == 2
    assert "Two notebooks are compared at each change" in page


def test_the_page_says_what_it_costs_before_the_click(browser: Browser, published: str) -> None:
    with fresh(browser, published) as (page, traffic):
        page.goto(f"{published}/notebooks/principles.html")
        offer = page.locator(".page-tools > li").first
        assert offer.locator("a").inner_text() == "Run this page"
        assert cost_note() in offer.inner_text()
        assert not traffic.faults


def test_the_offer_is_hidden_where_it_would_lead_nowhere(browser: Browser, published: str) -> None:
    page_name = "notebooks/principles.html"
    context = browser.new_context()
    page = context.new_page()
    page.goto((SITE / page_name).as_uri())
    assert page.get_by_role("link", name="Download this page as a notebook").is_visible()
    assert not page.get_by_role("link", name="Run this page").is_visible()
    context.close()


def test_the_offer_leaves_policy_and_accessibility_as_they_are(
    browser: Browser, published: str, site: Path
) -> None:
    for path in site.rglob("*.html"):
        copy = (SITE / path.relative_to(site)).read_text(encoding="utf-8")
        assert POLICY_TAG.findall(copy) == POLICY_TAG.findall(path.read_text(encoding="utf-8"))
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{published}/notebooks/principles.html")
    expect(page.get_by_role("link", name="Run this page")).to_be_visible()
    assert not violations(page)
    context.close()


def test_every_notebook_is_published_and_offered(published: str) -> None:
    for notebook in ALL:
        copy = SITE / "lite" / "files" / notebook
        assert copy.read_bytes() == (NOTEBOOKS / notebook).read_bytes()
        html = (SITE / "notebooks" / notebook).with_suffix(".html").read_text(encoding="utf-8")
        up = "../" * (notebook.count("/") + 1)
        assert f'href="{up}lite/notebooks/index.html?path={notebook}"' in html


def test_the_plain_book_offers_no_browser_run(site: Path) -> None:
    for path in site.rglob("*.html"):
        assert "lite/notebooks" not in path.read_text(encoding="utf-8"), path
