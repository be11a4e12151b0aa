"""A reader at a browser: presses keys, drags, and is told what the page showed and what it cost."""

import random
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser, Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "site"
NOTEBOOK = "principles/serotonin.ipynb"
PAGE = "notebooks/principles/serotonin.html"
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from chromium import FLAGS, executable  # noqa: E402
from jupyterlite import click_through as click_through  # noqa: E402
from jupyterlite import run_all  # noqa: E402
from jupyterlite import served as served  # noqa: E402
from lab import serve as serve  # noqa: E402

WATCH = (ROOT / "benchmarks" / "watch.js").read_text(encoding="utf-8")
# Nothing on the way may be slower for one host than for another: other hosts do not exist.
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
FRAME_MS = 1000 / 60
MOVE_S = 0.008  # as often as a mouse reports its place
DRAG_S = 2.0
PATIENCE_S = 30


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser that the tests use."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=[*FLAGS, ALONE])
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser) -> Iterator[Page]:
    """Give an empty page with an empty cache, of the same size for every host."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(180_000)
    yield context.new_page()
    context.close()


def run_notebook(page: Page) -> None:
    """Run the notebook that is open, once its kernel is there: what is run before can get lost."""
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for()
    if "/lab/tree/" in page.url:
        page.get_by_text("| Idle").wait_for()  # there the sign above comes too early
    run_all(page)


def watch(page: Page, figure: str) -> None:
    """From now on, note when what matches `figure` changes."""
    page.evaluate(f"selector => {{ {WATCH}; watch(selector); }}", figure)


def settle(page: Page, still_ms: float = 100) -> None:
    """Wait until the figure has answered the last key and then stood still for a while."""
    end = time.monotonic() + PATIENCE_S
    while page.evaluate("seen.still()") <= still_ms:
        assert time.monotonic() < end, f"the figure did not answer within {PATIENCE_S} s"
        page.wait_for_timeout(10)


def presses(page: Page, slider: Locator, number: int) -> list[float]:
    """Move a slider by its arrow keys; return milliseconds until the changed figure was painted."""
    moments = random.Random(1)
    slider.focus()
    for i in range(-2, number):  # the first two still pay for what all later ones share
        page.wait_for_timeout(moments.uniform(0, 5 * FRAME_MS))  # at any moment of a frame
        page.keyboard.press("ArrowRight" if i // 20 % 2 == 0 else "ArrowLeft")
        settle(page)
    return [float(ms) for ms in page.evaluate("seen.answers")[2:]]


def drag(page: Page, slider: Locator, track: Locator) -> float:
    """Drag to the right and back; return the share of frames (%) that should have changed more.

    In such a frame the pointer had moved on since the last change, and the figure stood still.
    """
    slider.focus()
    for key in ("End", "Home"):
        page.keyboard.press(key)
        settle(page, 500)
    box = track.bounding_box()
    assert box, "the slider is not on the screen"
    y = box["y"] + box["height"] / 2
    # The slider of ipywidgets is not dragged by its track, only by its handle.
    handle = track.locator(".noUi-handle")
    grip = handle.first.bounding_box() if handle.count() else None
    left = grip["x"] + grip["width"] / 2 if grip else box["x"] + 0.02 * box["width"]
    page.mouse.move(left, y)
    page.mouse.down()
    page.evaluate("seen.frames.length = 0")
    start = now = time.monotonic()
    while now - start < DRAG_S:
        share = 1 - abs(2 * (now - start) / DRAG_S - 1)
        page.mouse.move(left + 0.9 * share * box["width"], y)
        time.sleep(MOVE_S)
        now = time.monotonic()
    frames = page.evaluate("seen.frames.slice()")
    page.mouse.up()
    settle(page, 500)
    assert frames, "no frame was painted during the drag"
    slots = (frames[-1]["painted"] - frames[0]["painted"]) / FRAME_MS + 1
    changed = sum(frame["change"] for frame in frames)
    assert changed > 1, "the figure did not follow the drag"
    rested = sum(not frame["due"] and not frame["change"] for frame in frames)
    return float(100 * max(0.0, slots - changed - rested) / slots)


class _Relay(socketserver.BaseRequestHandler):
    server: "Meter"

    def handle(self) -> None:
        with socket.create_connection(self.server.behind) as behind:
            threading.Thread(target=self._ask, args=(behind,), daemon=True).start()
            try:
                while data := behind.recv(1 << 16):
                    self.server.bytes += len(data)
                    self.request.sendall(data)
            except OSError:
                pass  # the browser has closed its end

    def _ask(self, behind: socket.socket) -> None:
        try:
            while data := self.request.recv(1 << 16):
                behind.sendall(data)
            behind.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Meter(socketserver.ThreadingTCPServer):
    """Stands before a server and counts the bytes to the browser: pages, workers and sockets."""

    daemon_threads = True

    def __init__(self, address: str) -> None:
        super().__init__(("127.0.0.1", 0), _Relay)
        parts = urlsplit(address)
        self.behind = (str(parts.hostname), int(parts.port or 80))
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.bytes = 0


@contextmanager
def metered(address: str) -> Iterator[Meter]:
    """Count what a server sends."""
    with Meter(address) as meter:
        threading.Thread(target=meter.serve_forever, daemon=True).start()
        yield meter
        meter.shutdown()


def notebook(*sources: str) -> str:
    """Return a notebook whose code is folded away, so that the figure is on the screen."""
    folded = {"jupyter": {"source_hidden": True}}
    made = new_notebook(cells=[new_code_cell(source, metadata=folded) for source in sources])
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made.metadata.language_info = {"name": "python"}  # by which JupyterLite finds its own Python
    return str(nbformat.writes(made))
