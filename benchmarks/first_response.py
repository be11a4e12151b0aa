"""From the click to the first response of a figure, in seconds and in bytes to the browser.

The browser's cache is empty and every server is on this machine, so distance costs nothing here:
the bytes say what it would add. They are counted on their way, uncompressed, by the same relay for
all hosts.
"""

import math
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from unittest.mock import patch

from playwright.sync_api import Browser, Error, Page, Route

from .browsing import (
    NOTEBOOK,
    PAGE,
    ROOT,
    SITE,
    chromium,
    click_through,
    metered,
    notebook,
    opened,
    run_notebook,
    serve,
    served,
    settle,
    watch,
)
from .rivals import INLINE
from .table import Row

FIGURE = "figure.live-figure[data-ready]"
SLIDER = f"{FIGURE} input[type=range]"
RUNS = 7
DEAF_AFTER_S = 5
Cost = tuple[float, float]  # s, MB


def respond(page: Page) -> None:
    """Move the first slider as soon as it is there, and wait until its figure has changed."""
    page.locator(FIGURE).first.wait_for()
    watch(page, f"{FIGURE} .lf-drawing")
    page.locator(SLIDER).first.press("ArrowRight")
    settle(page, 0)


def static_page(browser: Browser) -> Cost:
    with served(SITE) as address, metered(address) as meter, opened(browser) as page:
        start = time.monotonic()
        page.goto(f"{meter.address}/{PAGE}", wait_until="commit")
        respond(page)
        return time.monotonic() - start, meter.bytes / 1e6


def jupyterlite(browser: Browser) -> Cost:
    with served(SITE) as address, metered(address) as meter, opened(browser) as page:
        page.goto(f"{meter.address}/{PAGE}")
        before, start = meter.bytes, time.monotonic()
        click_through(page)
        run_notebook(page)
        respond(page)
        return time.monotonic() - start, (meter.bytes - before) / 1e6


def server(browser: Browser) -> Cost:
    """Start JupyterLab in the book's own environment, as Binder does once its image is there."""
    with tempfile.TemporaryDirectory() as scratch:
        # JupyterLab saves what it opens: it gets a copy
        shutil.copytree(ROOT / "notebooks", f"{scratch}/notebooks")
        start = time.monotonic()
        with (
            suppress(subprocess.TimeoutExpired),  # busy with the other figures, it is slow to stop
            patch.object(sys, "executable", str(ROOT / ".venv" / "bin" / "python")),
            serve(Path(scratch)) as address,
            metered(address) as meter,
            opened(browser) as page,
        ):
            page.goto(f"{meter.address}/lab/tree/notebooks/{NOTEBOOK}", wait_until="commit")
            run_notebook(page)
            respond(page)
            cost = time.monotonic() - start, meter.bytes / 1e6
        return cost


def build_embedded(folder: Path) -> Path:
    """Build a plain Jupyter Book of one page with the figure under `interact`."""
    (folder / "_config.yml").write_text("title: Embedded\nonly_build_toc_files: true\n")
    (folder / "_toc.yml").write_text("format: jb-book\nroot: page\n")
    (folder / "page.ipynb").write_text(notebook(*INLINE.cells), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", "--quiet", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    page = folder / "_build" / "html" / "page.html"
    # The fingerprint is that of a minified file which no package has; see `Cdn`.
    page.write_text(re.sub(r' integrity="[^"]*"', "", page.read_text(encoding="utf-8")))
    return page.parent


class Cdn:
    """Stands for the hosts that Jupyter Book's page loads from; the files come from npm."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bytes = folder, 0
        self.missing: set[str] = set()

    def file(self, url: str) -> Path:
        """Return the file behind the address `https://HOST/npm/PACKAGE@VERSION/PATH`."""
        url = url.replace("/ajax/libs/require.js/", "/npm/requirejs@").replace(".min.js", ".js")
        found = re.search(r"/npm/(@?[^@]+@[^/]+)/([^?]+)", url)
        if not found:
            raise FileNotFoundError(url)
        package = self.folder / found[1].replace("/", "-")
        if not package.exists():
            package.mkdir()
            command = ["npm", "pack", "--silent", found[1]]
            subprocess.run(command, cwd=package, check=True, capture_output=True)
            with tarfile.open(next(package.glob("*.tgz"))) as archive:
                archive.extractall(package, filter="data")
        return package / "package" / found[2]

    def answer(self, route: Route) -> None:
        """Send the file and count it, or remember that it could not be had."""
        try:
            file = self.file(route.request.url)
            self.bytes += file.stat().st_size
        except (OSError, subprocess.CalledProcessError):
            self.missing.add(route.request.url)
            route.abort()
        else:
            route.fulfill(path=file, headers={"Access-Control-Allow-Origin": "*"})


def embedded(browser: Browser, site: Path, cdn: Cdn) -> Cost:
    """Open the page and move its slider; the time is infinite if nothing changes."""
    cdn.bytes = 0
    with served(site) as address, metered(address) as meter, opened(browser) as page:
        page.context.route(re.compile("^https:"), cdn.answer)
        start = time.monotonic()
        page.goto(f"{meter.address}/page.html", wait_until="commit")
        page.locator("img").last.wait_for()
        page.locator(INLINE.slider).first.wait_for()
        shown, megabytes = time.monotonic() - start, (meter.bytes + cdn.bytes) / 1e6
        watch(page, "img, svg, canvas")
        page.locator(INLINE.slider).first.press("ArrowRight")
        page.wait_for_timeout(1000 * DEAF_AFTER_S)
        return shown if page.evaluate("seen.answers.length") else math.inf, megabytes


HOSTS: dict[str, Callable[[Browser], Cost]] = {
    "this book, static page": static_page,
    "this book in JupyterLite": jupyterlite,
    "this book in JupyterLab, from the start of the server": server,
}
TIME, BYTES = "Click to first response", "Sent to the browser until then"


def rows() -> Iterator[Row]:
    """Yield time and bytes of each host."""
    with tempfile.TemporaryDirectory() as scratch, chromium() as browser:
        for name, host in HOSTS.items():
            yield from _measured(name, partial(host, browser))
        (book := Path(scratch) / "book").mkdir()
        (packages := Path(scratch) / "npm").mkdir()
        site, cdn = build_embedded(book), Cdn(packages)
        yield from _measured(
            "Jupyter Book's own embedding of interact", partial(embedded, browser, site, cdn), cdn
        )


def _measured(name: str, once: Callable[[], Cost], cdn: Cdn | None = None) -> Iterator[Row]:
    try:
        seconds, megabytes = zip(*(once() for _ in range(RUNS)), strict=True)
    except (AssertionError, Error) as problem:
        yield Row("first_response", TIME, name, "s", note=str(problem).splitlines()[0][:120])
        return
    deaf = math.inf in seconds
    note = f"the slider moves, the figure has not after {DEAF_AFTER_S} s: no kernel" if deaf else ""
    yield Row("first_response", TIME, name, "s", () if deaf else seconds, note)
    note = ""
    if cdn:
        note = f"until slider and figure show; {cdn.bytes / 1e6:.2f} MB of it from other hosts"
        if cdn.missing:
            note += f"; not to be had and not counted: {', '.join(sorted(cdn.missing))}"
    yield Row("first_response", BYTES, name, "MB", megabytes, note)
