"""The same figure as a widget: a real JupyterLab, driven as a learner would."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

ROOT = Path(__file__).resolve().parents[2]

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


def _cell(source: str, identifier: str) -> dict[str, object]:
    return {
        "cell_type": "code", "id": identifier, "metadata": {}, "execution_count": None,
        "outputs": [], "source": source,
    }  # fmt: skip


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a JupyterLab that serves one notebook from an empty folder."""
    folder = tmp_path_factory.mktemp("lab")
    cells = [
        _cell(FIGURE, "figure"),
        _cell("print('values now:', figure.values)", "values"),
        _cell("figure.set(ed50_mg=12.5)", "set"),
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (folder / "learner.ipynb").write_text(json.dumps(notebook))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {name: str(tmp_path_factory.mktemp(name)) for name in ("config", "data", "runtime")}
    environment = {
        **os.environ,
        **{f"JUPYTER_{name.upper()}_DIR": path for name, path in settings.items()},
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
        "--ServerApp.port_retries=0", "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}",
        "--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    server = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            assert server.poll() is None, "JupyterLab did not start"
            try:
                urllib.request.urlopen(f"{address}/api", timeout=1).close()
                break
            except OSError:
                time.sleep(0.5)
        yield address
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="module")
def notebook(browser: Browser, lab: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    page = context.new_page()
    page.goto(f"{lab}/lab/tree/learner.ipynb?reset", wait_until="domcontentloaded")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
    page.get_by_text("| Idle").wait_for(timeout=90_000)  # a cell run earlier is lost
    yield page
    context.close()


def run(page: Page, index: int) -> None:
    cell = page.locator(".jp-Notebook .jp-Cell").nth(index)
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=90_000)


def printed(page: Page) -> str:
    run(page, 1)
    output = page.locator(".jp-Notebook .jp-Cell").nth(1).locator(".jp-OutputArea-output")
    return output.last.inner_text()


def test_knob_and_python_move_each_other(notebook: Page) -> None:
    run(notebook, 0)
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
    assert f"'ed50_mg': {moved_to:g}" in printed(notebook)

    run(notebook, 2)
    expect(slider).to_have_value(re.compile("12|13"), timeout=10_000)
    expect(figure.locator("output").first).to_have_text("80\u00a0%")
    assert "'ed50_mg': 12.5" in printed(notebook)
