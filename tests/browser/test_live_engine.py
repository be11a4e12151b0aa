"""The engine in a real browser, on a page of its own: a file, no server, no kernel."""

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exact import combination
from figures import discrete, mixed, smooth, unveiled
from playwright.sync_api import Browser, Page

from mechanisms.live import Guess, Knob, LiveFigure, Text
from mechanisms.live import figure as figure_module
from mechanisms.live.recorder import path_data
from mechanisms.live.svg import markers_data

VALUES = "id => document.getElementById('fig-' + id).live.values"


@pytest.fixture(scope="module")
def figures() -> dict[str, LiveFigure]:
    guess = Guess("Which occupancy does 100 mg give?", at={"dose": 100}, readout="Occupancy")
    options = Guess("Which way?", options=["Up", "Down"], at={"drug": "b"})
    return {
        "smooth": smooth("page-smooth", guess=guess, caption="A caption."),
        "discrete": discrete("page-discrete", guess=options),
        "mixed": mixed("page-mixed"),
        "unveiled": unveiled("page-unveiled"),
    }


@pytest.fixture(scope="module")
def page_file(figures: dict[str, LiveFigure], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("live")
    (folder / "live.js").write_text(figure_module._SCRIPT, encoding="utf-8")
    (folder / "live.css").write_text(figure_module._STYLE, encoding="utf-8")
    body = "".join(figure.to_html() for figure in figures.values())
    (folder / "index.html").write_text(
        '<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">'
        "<title>Live</title>"
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="live.css">'
        f'<script defer src="live.js"></script><body>{body}',
        encoding="utf-8",
    )
    return folder / "index.html"


@pytest.fixture
def open_page(browser: Browser, page_file: Path) -> Iterator[Callable[..., Page]]:
    contexts, faults = [], []

    def opened(query: str = "", width: int = 1000, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.goto(page_file.as_uri() + query)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not faults, faults


def frame(page: Page) -> None:
    page.evaluate("() => new Promise(f => requestAnimationFrame(() => requestAnimationFrame(f)))")


def turn(page: Page, figure: LiveFigure, key: str, wanted: Any) -> Any:
    """Move a knob through its native control; returns the value it took."""
    control = page.locator(f"#fig-{figure.name}--{key}")
    spec = next(k for k in figure.state["knobs"] if k["key"] == key)
    if spec["kind"] == "choice":
        control.select_option(index=spec["states"].index(wanted))
    elif spec["kind"] == "toggle":
        control.set_checked(wanted)
    else:
        raw = wanted
        if spec["kind"] == "steps":
            raw = spec["states"].index(wanted)
        elif spec["log"]:
            raw = round(120 * np.log(wanted / spec["min"]) / np.log(spec["max"] / spec["min"]))
        control.evaluate(
            "(input, value) => { input.value = value;"
            " input.dispatchEvent(new Event('input', {bubbles: true})); }",
            raw,
        )
    return page.evaluate(VALUES, figure.name)[key]


def numbers(data: str) -> np.ndarray:
    return np.array([float(n) for n in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", data)])


def compare(page: Page, figure: LiveFigure, values: dict[str, Any], layout: int) -> float:
    """Largest distance in pixels between the page and matplotlib; readouts are checked too."""
    sample = figure.model.sample(values)
    place = combination(figure, values)
    worst = 0.0
    for entry in figure.state["layouts"][layout]["moving"]:
        node = page.locator(f"#{entry['id']}")
        marks = sample.frames[layout].get(entry["key"], [])
        if entry["parts"][place] < 0:
            assert node.get_attribute("display") == "none"
            continue
        mark = marks[entry["i"]]
        if mark.kind == "text":
            assert node.text_content() == mark.text
            shown = np.array([float(node.get_attribute(a)) for a in ("x", "y")])
            expected = mark.xy[0]
        else:
            shown = numbers(node.get_attribute("d"))
            data = (
                path_data(mark.codes, mark.xy)
                if mark.kind == "path"
                else markers_data(mark.shape, mark.xy)
            )
            expected = numbers(data)
        worst = max(worst, float(np.abs(shown - expected).max()))
    outputs = page.locator(f"#fig-{figure.name} .lf-readouts output").all_text_contents()
    plain = [spec for spec in figure.state["readouts"] if not spec.get("table")]
    for spec, text in zip(plain, outputs, strict=True):
        readout = sample.readouts[spec["label"]]
        if isinstance(readout, Text):
            assert text == readout.value
        else:
            number = float(text.split("\u00a0")[0].replace("\u2212", "-"))
            assert abs(number - readout.shown()) <= 10.0 ** -spec["digits"]
    return worst


@pytest.mark.parametrize("which", ["smooth", "discrete", "mixed", "unveiled"])
@pytest.mark.parametrize("width", [1000, 360])
def test_the_page_follows_the_model_at_random_knob_values(open_page, figures, which, width):
    page, figure, rng = open_page(width=width), figures[which], random.Random(7)
    layout = 0 if width > 600 else 1
    for _ in range(12):
        values = {}
        for key, knob in figure.model.knobs.items():
            wanted = (
                rng.uniform(knob.min, knob.max)
                if isinstance(knob, Knob)
                else rng.choice(knob.states())
            )
            values[key] = turn(page, figure, key, wanted)
        frame(page)
        limit = 1 if figure.model.smooth else 0.0151  # stored to 0.01 px, printed to 0.01 px
        assert compare(page, figure, values, layout) < limit


def test_two_figures_on_a_page_have_different_ids(open_page):
    page = open_page()
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))


def test_slider_to_paint(open_page, figures):
    """Each input is on screen at the next frame, and the script itself takes under 2 ms."""
    page, figure = open_page(), figures["smooth"]
    took = page.evaluate(
        """async (id) => {
            const slider = document.getElementById("fig-" + id + "--dose");
            const live = document.getElementById("fig-" + id).live, scripts = [];
            for (let i = 0; i < 120; i++) {
                slider.value = 200 * Math.abs(Math.sin(i / 9));
                slider.dispatchEvent(new Event("input", {bubbles: true}));
                const start = performance.now();
                live.redraw();
                scripts.push(performance.now() - start);
                await new Promise(requestAnimationFrame);
            }
            return scripts.sort((a, b) => a - b)[Math.floor(0.95 * scripts.length)];
        }""",
        figure.name,
    )
    assert took < 2
    before = page.locator(f"#fig-{figure.name} svg path").last.get_attribute("d")
    steps = page.evaluate(
        """async (id) => {
            const slider = document.getElementById("fig-" + id + "--dose");
            const path = document.getElementById("fig-" + id).querySelector("svg [id$='-0'][d]");
            let late = 0;
            for (let i = 0; i < 60; i++) {
                const old = path.getAttribute("d");
                slider.value = 10 + 3 * i;
                slider.dispatchEvent(new Event("input", {bubbles: true}));
                await new Promise(requestAnimationFrame);
                if (path.getAttribute("d") === old) late++;
            }
            return late;
        }""",
        figure.name,
    )
    assert steps == 0
    assert before


def test_reset_brings_the_defaults_back(open_page, figures):
    page, figure = open_page(), figures["smooth"]
    turn(page, figure, "dose", 150)
    turn(page, figure, "rate", 0.7)
    page.locator(f"#fig-{figure.name}").get_by_role("button", name="Reset").click()
    frame(page)
    values = page.evaluate(VALUES, figure.name)
    assert values == pytest.approx({"dose": 50, "rate": 0.1})
    assert compare(page, figure, {"dose": 50.0, "rate": 0.1}, 0) < 1


def test_permalink_reopens_the_same_values(open_page, figures):
    page, figure = open_page(), figures["mixed"]
    taken = turn(page, figure, "ed50", 20)
    turn(page, figure, "hill", "2")
    frame(page)
    page.locator(f"#fig-{figure.name}").get_by_role("link", name="Link to these values").click()
    page.wait_for_load_state()
    page.wait_for_selector(f"#fig-{figure.name}[data-ready]")
    values = page.evaluate(VALUES, figure.name)
    assert values == {"ed50": taken, "hill": "2"}
    assert compare(page, figure, values, 0) < 1


@pytest.mark.parametrize(
    ("query", "ed50"),
    [
        ("ed50=rubbish", 5),
        ("ed50=", 5),
        ("ed50=1e9", 50),
        ("ed50=-3", 1),
        ("hill=9", 5),
        ("nothing=1", 5),
    ],
)
def test_rubbish_in_the_address_is_ignored_or_clamped(open_page, figures, query, ed50):
    figure = figures["mixed"]
    page = open_page(f"?{figure.name}.{query}")
    assert page.evaluate(VALUES, figure.name) == {"ed50": ed50, "hill": "1"}


def test_keyboard_alone(open_page, figures):
    page, figure = open_page(), figures["discrete"]
    page.locator(f"#fig-{figure.name}--tablets").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.locator(f"#fig-{figure.name}--drug").focus()
    page.keyboard.press("ArrowDown")
    frame(page)
    values = page.evaluate(VALUES, figure.name)
    assert values == {"drug": "b", "tablets": 2, "points": False}
    assert compare(page, figure, values, 0) < 0.0151


def test_controls_are_native_and_named(open_page, figures):
    page = open_page()
    root = page.locator(f"#fig-{figures['smooth'].name}")
    assert root.get_by_role("slider", name="Dose").get_attribute("aria-valuetext") == "50\u00a0mg"
    root = page.locator(f"#fig-{figures['discrete'].name}")
    assert root.get_by_role("combobox", name="Drug").count() == 1
    assert root.get_by_role("checkbox", name="Show points").is_checked()
    assert page.locator("svg[role=img][aria-label]:visible").count() == 4


def test_changes_are_announced_once_and_politely(open_page, figures):
    page, figure = open_page(), figures["smooth"]
    status = page.locator(f"#fig-{figure.name} [role=status]")
    assert status.text_content() == ""
    turn(page, figure, "dose", 170)
    frame(page)
    assert status.text_content() == ""
    page.wait_for_timeout(800)
    assert status.text_content().startswith("Occupancy: 85.0")


def test_a_guess_stays_beside_the_model(open_page, figures):
    page, figure = open_page(), figures["smooth"]
    root = page.locator(f"#fig-{figure.name}")
    root.get_by_label("Your guess").fill("50")
    root.get_by_role("button", name="Compare").click()
    assert (
        "You guessed 50\u00a0%; the model gives 76.9\u00a0%"
        in root.locator(".lf-guess").inner_text()
    )
    turn(page, figure, "dose", 10)
    frame(page)
    assert "76.9" in root.locator(".lf-guess").inner_text()
    other = page.locator(f"#fig-{figures['discrete'].name}")
    other.get_by_label("Down").check()
    other.get_by_role("button", name="Compare").click()
    assert "You guessed: Down" in other.locator(".lf-guess").inner_text()


def test_an_empty_guess_is_not_accepted_and_skip_works(open_page, figures):
    page, figure = open_page(), figures["smooth"]
    root = page.locator(f"#fig-{figure.name}")
    root.get_by_role("button", name="Compare").click()
    assert root.locator("form.lf-guess").count() == 1
    root.get_by_role("button", name="Skip").click()
    assert root.locator("form.lf-guess").count() == 0


def test_the_table_shows_the_curve_now(open_page, figures):
    page, figure = open_page(), figures["smooth"]
    root = page.locator(f"#fig-{figure.name}")
    root.get_by_text("Table of values").click()

    def first_row() -> list[float]:
        cells = root.locator("table", has_text="Concentration").locator("tbody tr").first
        return [float(c.replace("\u2212", "-")) for c in cells.locator("td").all_text_contents()]

    assert first_row() == pytest.approx([0, 8 * 50 / 80], abs=0.05)
    turn(page, figure, "dose", 150)
    frame(page)
    assert first_row() == pytest.approx([0, 8 * 150 / 180], abs=0.05)


def test_a_table_readout_follows_the_choices(open_page, figures):
    page, figure = open_page(), figures["discrete"]
    sheet = page.locator(f"#fig-{figure.name} .lf-sheet")
    assert sheet.locator("tbody tr").all_inner_texts() == ["1\t1", "2\t0.5"]
    turn(page, figure, "drug", "b")
    turn(page, figure, "tablets", 3)
    frame(page)
    assert sheet.locator("tbody tr").all_inner_texts() == ["1\t3", "2\t3.2055"]
    page.locator(f"#fig-{figure.name}").get_by_role("button", name="Copy the table").click()
    assert "2\t3.2055" in page.evaluate("() => getSelection().toString()")


def test_bars_stand_in_the_table_of_values(open_page, figures):
    page, figure = open_page(), figures["discrete"]
    root = page.locator(f"#fig-{figure.name}")
    turn(page, figure, "tablets", 3)
    root.get_by_text("Table of values").click()
    frame(page)
    bars = root.locator(".lf-tables table", has_text="Bars").locator("tbody tr td:last-child")
    heights = [float(text) for text in bars.all_text_contents()]
    assert heights == pytest.approx([1, 2, 3], abs=0.02)


def test_the_table_lists_what_is_data_and_keeps_the_focus(open_page, figures):
    page, figure = open_page(), figures["unveiled"]
    root = page.locator(f"#fig-{figure.name}")
    root.get_by_text("Table of values").click()
    captions = root.locator(".lf-tables caption").all_inner_texts()
    assert captions == ["Line", "Seen"]  # neither hidden nor empty, nor outlines of discs
    root.locator(".lf-tables").focus()
    turn(page, figure, "on", False)
    root.locator(".lf-tables").focus()
    turn(page, figure, "x", 7)
    frame(page)
    assert page.evaluate("() => document.activeElement.className") == "lf-tables"
    assert root.locator(".lf-tables caption").all_inner_texts() == ["Line", "Extra", "Seen"]
    assert root.locator(".lf-tables td").first.inner_text() == "0.00"


def test_only_the_status_line_is_announced(open_page, figures):
    page = open_page()
    live = page.locator("output:not([aria-live=off])")
    assert live.count() == 0


def test_dark_mode_changes_the_colours(open_page, figures):
    page, figure = open_page(), figures["mixed"]
    entry = figure.state["layouts"][0]["moving"][0]
    stroke = "id => getComputedStyle(document.getElementById(id)).stroke"
    light = page.evaluate(stroke, entry["id"])
    page.evaluate("() => (document.documentElement.dataset.theme = 'dark')")
    assert page.evaluate(stroke, entry["id"]) != light


def test_without_scripts_the_default_state_stands(open_page, figures):
    page = open_page(java_script_enabled=False)
    assert page.locator("svg.lf-wide").count() == 4
    figure = figures["smooth"]
    assert page.locator(f"#fig-{figure.name} output").first.inner_text() == "62.5\u00a0%"
    assert page.locator("input, select, button").count() == 0


def test_print_shows_the_present_state_without_controls(open_page, figures):
    page, figure = open_page(), figures["smooth"]
    turn(page, figure, "dose", 120)
    frame(page)
    page.emulate_media(media="print")
    assert page.locator(f"#fig-{figure.name} .lf-value").first.is_visible()
    assert not page.locator(f"#fig-{figure.name} input[type=range]").first.is_visible()
    assert not page.locator(f"#fig-{figure.name} button").first.is_visible()
    assert compare(page, figure, {"dose": 120.0, "rate": 0.1}, 0) < 1


@pytest.mark.parametrize("width", [1000, 360])
def test_text_keeps_its_size_and_nothing_overflows(open_page, width):
    page = open_page(width=width)
    scale = page.evaluate(
        """() => [...document.querySelectorAll("svg")].filter(s => s.getBoundingClientRect().width)
              .map(s => s.getBoundingClientRect().width / s.viewBox.baseVal.width)"""
    )
    assert min(scale) > 0.9
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
