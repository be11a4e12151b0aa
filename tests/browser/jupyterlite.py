"""JupyterLite as a learner uses it: open a notebook, run it, read what it says."""

import functools
import http.server
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, Response, Route, expect

PATIENCE_S = 600


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder as any web server would, without special headers."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@dataclass
class Traffic:
    """What the browser asked for, and what went wrong."""

    loaded: list[str] = field(default_factory=list)
    bytes: int = 0
    faults: list[str] = field(default_factory=list)


@contextmanager
def fresh(browser: Browser, address: str) -> Iterator[tuple[Page, Traffic]]:
    """Open a page with an empty cache, for which no other host than `address` exists."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    traffic = Traffic()

    def gate(route: Route) -> None:
        if route.request.url.startswith((f"{address}/", "data:", "blob:")):
            route.continue_()
        else:
            traffic.faults.append(f"asked another host: {route.request.url}")
            route.abort()

    def answered(reply: Response) -> None:
        if not reply.url.startswith(address):
            return
        traffic.loaded.append(reply.url)
        traffic.bytes += int(reply.headers.get("content-length", 0))
        if reply.status >= 400:
            traffic.faults.append(f"{reply.status} {reply.url}")

    context.route("**/*", gate)
    page = context.new_page()
    page.on("response", answered)
    page.on("pageerror", lambda error: traffic.faults.append(f"script error: {error}"))
    page.on(
        "console",
        lambda said: (
            traffic.faults.append(f"console error: {said.text}") if said.type == "error" else None
        ),
    )
    try:
        yield page, traffic
    finally:
        context.close()


def click_through(page: Page) -> None:
    """Follow "Run this page" and wait, as the page says, until the notebook can be run.

    What is run before it has a kernel, JupyterLab forgets without a word.
    """
    page.get_by_role("link", name="Run this page").click()
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=60_000)
    kernel = page.locator(".jp-Toolbar-kernelName")
    expect(kernel).to_have_text("Python (Pyodide)", timeout=60_000)


def run_all(page: Page) -> None:
    """Choose Run, Run All Cells."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def _counts(page: Page) -> list[int]:
    """Execution counts of the cells that have run."""
    prompts = page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
    return [int(found[1]) for text in prompts if (found := re.fullmatch(r"\[(\d+)\]:", text))]


def wait_for_cells(page: Page, number: int) -> None:
    """Wait until so many code cells have run; fail on the first error or complaint."""
    errors = page.locator("[data-mime-type='application/vnd.jupyter.error']")
    complaints = page.locator("[data-mime-type='application/vnd.jupyter.stderr']")
    end = time.monotonic() + PATIENCE_S
    while (done := len(_counts(page))) < number:
        assert not errors.count(), errors.first.inner_text()[-2000:]
        assert time.monotonic() < end, f"{done} of {number} cells ran in {PATIENCE_S} s"
        page.wait_for_timeout(100)
    assert not errors.count(), errors.first.inner_text()[-2000:]
    assert not complaints.count(), complaints.first.inner_text()[-2000:]


def ask(page: Page, code: str) -> str:
    """Run code in a new cell at the end and return what it prints."""
    cells = page.locator(".jp-CodeCell")
    number = cells.count()
    cells.last.locator(".jp-InputPrompt").click()
    expect(cells.last).to_have_class(re.compile("jp-mod-active"))
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    expect(cells).to_have_count(number + 1)
    editor = cells.last.locator(".cm-content")
    editor.click()
    expect(editor).to_be_focused()
    page.keyboard.insert_text(code)
    expect(editor).to_have_text(code)
    before = len(_counts(page))
    page.keyboard.press("Control+Enter")
    wait_for_cells(page, before + 1)
    return cells.last.locator(".jp-OutputArea-output").last.inner_text()
