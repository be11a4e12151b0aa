"""A real Chromium that can reach the built book and nothing else."""

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from chromium import FLAGS, executable
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Where the built book is served while the tests run."""
    handler = functools.partial(_Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def page_names(site: Path) -> list[str]:
    """Every page of the book, as a path below its root."""
    found = (path.relative_to(site) for path in sorted(site.rglob("*.html")))
    return [path.as_posix() for path in found if path.parts[0] not in ("_static", "index.html")]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a worker."""
    with sync_playwright() as playwright:
        path = executable_or_fail()
        launched = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield launched
        launched.close()


def executable_or_fail() -> str:
    path = _found_browser()
    assert path, "no Chromium for the tests; run `make browser`"
    return path


_found_browser = functools.cache(executable)


@dataclass
class Watch:
    """What happened in a context that should not have."""

    external: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def faults(self) -> list[str]:
        """Everything seen, in words."""
        named = (("external", self.external), ("failed", self.failed), ("console", self.console))
        return sorted({f"{kind}: {text}" for kind, texts in named for text in texts})


def _watch(context: BrowserContext, allowed: Callable[[str], bool]) -> Watch:
    watch = Watch()

    def gate(route: Route) -> None:
        url = route.request.url
        if allowed(url):
            route.continue_()
        else:
            watch.external.append(url)
            route.abort()

    def follow(page: Page) -> None:
        page.on("pageerror", lambda error: watch.console.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda said: (
                watch.console.append(f"{page.url}: {said.type}: {said.text}")
                if said.type in ("error", "warning")
                else None
            ),
        )
        page.on(
            "response",
            lambda reply: (
                watch.failed.append(f"{reply.status} {reply.url}") if reply.status >= 400 else None
            ),
        )
        # Leaving a page cancels what it was still loading; that is no fault.
        page.on(
            "requestfailed",
            lambda request: (
                watch.failed.append(request.url) if request.failure != "net::ERR_ABORTED" else None
            ),
        )

    # In words of its own, so that no wording of the browser has to be relied on.
    context.add_init_script(
        "addEventListener('securitypolicyviolation', (event) => console.error("
        "`security policy: ${event.violatedDirective} refused ${event.blockedURI}`))"
    )
    context.route("**/*", gate)
    context.on("page", follow)
    return watch


Opener = Callable[..., Any]


@pytest.fixture
def visit(browser: Browser, address: str, site: Path) -> Opener:
    """Open a context in which only the book answers; leaving it fails on any fault.

    ``with visit(dark=True, width=360, from_file=False) as (page, url):``
    where ``url("book/index.html")`` is the address of a page. `copy` is another folder with the
    book, opened from disk.
    """
    host = urlsplit(address).netloc

    @contextmanager
    def open_context(
        *,
        dark: bool = False,
        width: int = 1280,
        from_file: bool = False,
        copy: Path | None = None,
        **options: Any,
    ) -> Iterator[tuple[Page, Callable[[str], str]]]:
        folder = (copy or site).as_uri()
        from_file = from_file or copy is not None
        context = browser.new_context(
            color_scheme="dark" if dark else "light",
            viewport={"width": width, "height": 900},
            **options,
        )
        base = folder if from_file else address
        watch = _watch(
            context,
            (lambda url: url.startswith((folder, "data:", "blob:")))
            if from_file
            else (lambda url: urlsplit(url).netloc == host or url.startswith(("data:", "blob:"))),
        )
        try:
            yield context.new_page(), lambda name: f"{base}/{name}"
            faults = watch.faults()
            assert not faults
        finally:
            context.close()

    return open_context
