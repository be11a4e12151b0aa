"""Measure what "Run this page" costs and write it down for the page to say.

Run by hand on a machine that does nothing else, after `make site`:
``.venv/bin/python tests/browser/measure_jupyterlite.py "a laptop with two cores"``
"""

import statistics
import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "book" / "_ext"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "book" / "lite"))

from chromium import FLAGS, executable
from jupyterlite import click_through, fresh, run_all, served, wait_for_cells
from make_site import SITE
from playwright.sync_api import Browser, sync_playwright
from run_here import COST

NOTEBOOK = "principles/serotonin"
ROUNDS = 3


def once(browser: Browser, address: str) -> tuple[float, float, float]:
    """Seconds from the click to the first result and to the first figure, and megabytes loaded."""
    with fresh(browser, address) as (page, traffic):
        page.goto(f"{address}/notebooks/{NOTEBOOK}.html")
        before, started = traffic.bytes, time.monotonic()
        click_through(page)
        run_all(page)
        wait_for_cells(page, 1)
        result = time.monotonic() - started
        page.locator(".jp-CodeCell figure.live-figure[data-ready]").first.wait_for(timeout=120_000)
        return result, time.monotonic() - started, (traffic.bytes - before) / 1e6


def main() -> None:
    """Measure, take the medians and write them."""
    if len(sys.argv) != 2:
        sys.exit('say on what machine, in words for the reader: "a laptop with two cores"')
    machine = sys.argv[1]
    with served(SITE) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        version = browser.version.split(".")[0]
        rounds = [once(browser, address) for _ in range(ROUNDS)]
        browser.close()
    result, figure, megabytes = map(statistics.median, zip(*rounds, strict=True))
    COST.write_text(
        "# What running a page in the browser costs: from the click, with an empty cache and the\n"
        "# site on the same machine, to the end of the first cell and to the first live figure;\n"
        f"# median of {ROUNDS}. Written by tests/browser/measure_jupyterlite.py.\n"
        f'notebook = "{NOTEBOOK}.ipynb"\n'
        f"download_MB = {megabytes:.0f}\n"
        f"first_result_s = {result:.0f}\n"
        f"first_figure_s = {figure:.0f}\n"
        f'machine = "{machine}"\n'
        f'browser = "Chromium {version}"\n'
        f"date = {date.today()}\n",
        encoding="utf-8",
    )
    print(rounds)


if __name__ == "__main__":
    main()
