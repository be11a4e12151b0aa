"""One figure in all hosts: from the key press to the changed figure, and a drag of two seconds.

A real key is pressed and a real pointer moved, and the same script (`watch.js`) in every page
notes when the changed figure was painted. Nothing can be faster than an empty handler of a bare
slider on a bare page, so every row is told in display frames beyond it.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Error, Page

from .browsing import (
    DRAG_S,
    FRAME_MS,
    NOTEBOOK,
    PAGE,
    SITE,
    chromium,
    drag,
    notebook,
    opened,
    presses,
    run_notebook,
    serve,
    served,
    watch,
)
from .rivals import BOOK, CANVAS, CHART, INLINE, Rival
from .table import Row

BARE = Rival((), "input", "input", "input")
BARE_HTML = """<!DOCTYPE html><title>Bare</title>
<input type="range" max="120" value="60" style="width: 640px">
<script>document.querySelector("input").addEventListener("input", () => {});</script>"""
PRESSES, PRESSES_IF_SLOW, DRAGS = 60, 30, 3
PAINT = "Key press to painted figure"
DROPPED = f"Frames dropped in a drag of {DRAG_S:g} s"
Result = tuple[list[float], list[float]]


def measure(page: Page, rival: Rival, number: int = PRESSES) -> Result:
    """Return the milliseconds from each key to the paint, and the frames dropped (%) per drag."""
    marks, slider = page.locator(rival.marks).first, page.locator(rival.slider).first
    marks.wait_for(state="attached")
    marks.evaluate("node => node.scrollIntoView({ block: 'center' })")
    page.wait_for_timeout(1000)  # whatever the page still does on its own
    watch(page, rival.marks)
    times = presses(page, slider, number)
    return times, [drag(page, slider, page.locator(rival.track).first) for _ in range(DRAGS)]


def bare_page(browser: Browser) -> Result:
    with opened(browser) as page:
        page.set_content(BARE_HTML)
        return measure(page, BARE)


def static_page(browser: Browser) -> Result:
    with served(SITE) as address, opened(browser) as page:
        page.goto(f"{address}/{PAGE}")
        return measure(page, BOOK)


def jupyterlab(rival: Rival) -> Callable[[Browser], Result]:
    def host(browser: Browser) -> Result:
        with tempfile.TemporaryDirectory() as scratch, serve(Path(scratch)) as address:
            Path(scratch, "figure.ipynb").write_text(notebook(*rival.cells), encoding="utf-8")
            with opened(browser) as page:
                page.goto(f"{address}/lab/tree/figure.ipynb", wait_until="domcontentloaded")
                run_notebook(page)
                return measure(page, rival)

    return host


def jupyterlite(rival: Rival) -> Callable[[Browser], Result]:
    def host(browser: Browser) -> Result:
        with served(SITE) as address, opened(browser) as page:
            # It has the book's notebooks only; the figure's takes the place of one of them.
            page.context.route(
                f"{address}/lite/files/{NOTEBOOK}*",
                lambda route: route.fulfill(body=notebook(*rival.cells)),
            )
            page.goto(f"{address}/lite/notebooks/index.html?path={NOTEBOOK}")
            run_notebook(page)
            return measure(page, rival, PRESSES_IF_SLOW)

    return host


HOSTS: dict[str, Callable[[Browser], Result]] = {
    "this book, static page": static_page,
    "an empty handler on a bare page": bare_page,
    "this book in JupyterLab": jupyterlab(BOOK),
    "Plotly FigureWidget in JupyterLab": jupyterlab(CHART),
    "ipympl in JupyterLab": jupyterlab(CANVAS),
    "interact, matplotlib inline, in JupyterLab": jupyterlab(INLINE),
    "this book in JupyterLite": jupyterlite(BOOK),
    "interact, matplotlib inline, in JupyterLite": jupyterlite(INLINE),
}


def attempt(host: Callable[[Browser], Result]) -> tuple[Result, str]:
    """Measure in a browser of its own; what fails has no times and says why."""
    try:
        with chromium() as browser:
            return host(browser), ""
    except (AssertionError, Error) as problem:
        return ([], []), str(problem).splitlines()[0][:120]


def rows() -> Iterator[Row]:
    """Yield for each host the times from key to paint, and the frames dropped."""
    (empty, _), _ = bare = attempt(bare_page)
    for name, host in HOSTS.items():
        (times, dropped), note = bare if host is bare_page else attempt(host)
        if times and empty and host is not bare_page:
            frames = float(np.median(times) - np.median(empty)) / FRAME_MS
            note = f"{frames:+.1f} frames beyond the empty handler"
        yield Row("slider", PAINT, name, "ms", times, note)
        yield Row("slider", DROPPED, name, "%", dropped)
