"""The same figure as a widget: a real JupyterLab, driven as a learner would."""

import re
from collections.abc import Iterator

import lab
import pytest
from playwright.sync_api import Browser, Page, expect

FIGURE = """\
import numpy as np
from mechanisms import receptors, style
from mechanisms.live import Knob, LiveFigure, Percent
style.use()
dose_mg = np.linspace(0, 200, 60)
fig, ax = style.axes(xlim=(0, 200), ylim=(0, 1))
curve, = ax.plot([], [])
def update(ed50_mg):
    curve.set_data(dose_mg, receptors.dose_occupancy(dose_mg, ed50_mg))
    return {"At 50 mg": Percent(receptors.dose_occupancy(50.0, ed50_mg))}
figure = LiveFigure("lab", fig, update, alt="A hyperbola.", ed50_mg=Knob(1, 100, 50, label="ED50"))
figure"""


@pytest.fixture(scope="module")
def notebook(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("lab")
    cells = (FIGURE, "print('values now:', figure.values)", "figure.set(ed50_mg=12.5)")
    lab.write_notebook(folder / "learner.ipynb", *cells)
    with (
        lab.serve(folder) as address,
        lab.opened(browser, address, "learner.ipynb") as page,
    ):
        yield page


def test_knob_and_python_move_each_other(notebook: Page) -> None:
    lab.run(notebook, 0)
    figure = notebook.locator("figure.live-figure[data-ready]")
    figure.wait_for(timeout=60_000)
    slider = figure.get_by_role("slider", name="ED50")
    curve = figure.locator("svg.lf-wide [id^='fig-lab-w-a'][d]").last
    drawn = curve.get_attribute("d")

    slider.focus()
    for _ in range(5):
        notebook.keyboard.press("ArrowRight")
    notebook.wait_for_timeout(300)
    moved_to = float(slider.input_value())
    assert moved_to > 50
    assert curve.get_attribute("d") != drawn
    assert f"'ed50_mg': {moved_to:g}" in lab.printed(notebook, 1)

    lab.run(notebook, 2)
    expect(slider).to_have_value(re.compile("12|13"), timeout=10_000)
    expect(figure.locator("output").first).to_have_text("80\u00a0%")
    assert "'ed50_mg': 12.5" in lab.printed(notebook, 1)
