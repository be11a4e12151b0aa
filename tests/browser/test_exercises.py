"""Exercises and scoreboard in a real browser: on a page of the tests, and on those of the book."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from threading import Thread
from typing import Any

import demo
import lab
import pytest
from answering import KEY, become, focus_first, focused, give, progress, record, said, section
from numbers_table import NUMBERS
from playwright.sync_api import Browser, BrowserContext, Page, expect
from test_pages import violations

from mechanisms.exercises import Exercise, Item, Question, Scoreboard, catalogue
from mechanisms.exercises.learner import learner_code, variant_index
from mechanisms.exercises.results import read_results

CODE = "kiwi-4821"
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; object-src 'none'; base-uri 'self'"
)


def points(item: Item, attempt: int) -> str:
    """Points as the page writes them."""
    return f"{round(item.earned(attempt, True), 2):g}"


# A page of the tests


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One exercise of each kind, their figure, and the scoreboard."""
    folder = tmp_path_factory.mktemp("exercises")
    for package, name in (("exercises", "exercise"), ("live", "live")):
        for ending in ("js", "css"):
            asset = files(f"mechanisms.{package}") / "static" / f"{name}.{ending}"
            (folder / asset.name).write_text(asset.read_text(encoding="utf-8"), encoding="utf-8")
    theme = Path(__file__).resolve().parents[2] / "book/_theme/atlas/static/atlas.css"
    (folder / "atlas.css").write_text(theme.read_text(encoding="utf-8"), encoding="utf-8")
    bodies = {
        "items": demo.figure().to_html() + "".join(Exercise(i).to_html() for i in demo.ITEMS),
        "board": Scoreboard(demo.ITEMS).to_html(),
        "changed": Exercise(replace(demo.LEVEL, version=2)).to_html(),
        "alone": Exercise(demo.REACH).to_html(),
    }  # fmt: skip
    for name, body in bodies.items():
        (folder / f"{name}.html").write_text(
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Exercises</title>'
            '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
            + "".join(
                f'<link rel="stylesheet" href="{n}.css">' for n in ("atlas", "live", "exercise")
            )
            + '<script defer src="live.js"></script><script defer src="exercise.js"></script>'
            f"<body><main><h1>Exercises</h1>{body}</main>",
            encoding="utf-8",
        )
    return folder


@pytest.fixture
def served(folder: Path) -> Iterator[str]:
    """The same pages from a server, for axe: it reads style sheets, which a file may not."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


Opened = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, folder: Path) -> Iterator[Opened]:
    """Open pages of one browser profile, as files; an error on any of them fails the test."""
    contexts: dict[str, BrowserContext] = {}
    faults: list[str] = []

    def open_page(name: str = "items", *, script: str = "", base: str = "", **options: Any) -> Page:
        context = contexts.get(str(options))
        if context is None:
            context = contexts[str(options)] = browser.new_context(**options)
            if script:
                context.add_init_script(script)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
        page.goto(f"{base or folder.as_uri()}/{name}.html")
        page.wait_for_selector(":is(.exercise, .scoreboard)[data-ready]")
        return page

    yield open_page
    for context in contexts.values():
        context.close()
    assert not faults


def test_python_and_page_are_twins(opened: Opened) -> None:
    page = opened()
    codes = [f"{w}-{n}" for w in ("kiwi", "a.b_c", "0") for n in range(200)]
    codes += ["", "|", "ß", "日本", "\U0001f95d", "e\u0301", "x" * 5000, "\u0000"]
    ids = ["demo-level", "kidney-loading-dose", "ö"]
    pairs = [(code, item) for code in codes for item in ids]
    assert page.evaluate(
        "(pairs) => pairs.map(([c, i]) => exercises.variantIndex(c, i))", pairs
    ) == [variant_index(*pair) for pair in pairs]
    texts = [
        "Kiwi-4821", " abc\u00a0", "ab", "a" * 40, "a" * 41, "a\n", "-ab", "ab_", "a b", "İabc",
        "\u212aiwi", "a/b", "abc\x1c", "\ufeffabc", "abc\u0085", "ａｂｃ", "", "<b>",
    ]  # fmt: skip

    def python(text: str) -> str | None:
        try:
            return learner_code(text)
        except ValueError:
            return None

    assert page.evaluate("(texts) => texts.map(exercises.learnerCode)", texts) == [
        python(text) for text in texts
    ]
    read = page.evaluate(
        "(rows) => rows.map(([text, unit]) => {"
        "try { return exercises.readNumber(text, unit); } catch { return null; } })",
        [[text, unit] for text, unit, _ in NUMBERS],
    )
    assert dict(zip([n[:2] for n in NUMBERS], read, strict=True)) == {n[:2]: n[2] for n in NUMBERS}


def test_a_code_is_made_at_first_use_and_kept(opened: Opened) -> None:
    page = opened()
    code = progress(page)["learner"]
    assert learner_code(code) == code
    page.reload()
    assert progress(page)["learner"] == code
    shown = section(page, demo.LEVEL).locator("dd").all_text_contents()
    assert shown == list(demo.LEVEL.for_learner(code).question.given.values())


def test_text_of_a_task_is_text(opened: Opened) -> None:
    page = opened()
    become(page, CODE)
    task = section(page, demo.WAIT).locator(".ex-task p").first
    drug = demo.WAIT.for_learner(CODE).numbers["drug"]
    expect(task).to_have_text(f"A patient takes {drug} for three days & says <nothing> happens.")


def test_partial_credit_feedback_and_solution(opened: Opened) -> None:
    page = opened()
    become(page, CODE)
    question = demo.LEVEL.for_learner(CODE).question
    slips = question.wrong_answers()
    box = section(page, demo.LEVEL)
    for rubbish in ("", "abc", "1,000", "٣", "1 2", "Infinity"):
        give(page, demo.LEVEL, question, rubbish)
        assert said(page, demo.LEVEL).startswith("!No attempt used.")
        assert focused(page)["id"] == "item-demo-level-answer"
        assert record(page, demo.LEVEL) is None

    give(page, demo.LEVEL, question, slips[0])
    assert said(page, demo.LEVEL) == (
        "✗Not yet. Which unit of time has the clearance?"
        "2 attempts left; a right answer now earns 1.33 of 2 points."
    )
    assert focused(page)["text"] == "Check my answer"
    expect(box.locator(".ex-read")).to_have_text("Read again: The brake")
    expect(box.get_by_text("Worked solution")).to_have_count(0)
    give(page, demo.LEVEL, question, slips[0])  # the same once more
    assert "you gave last" in said(page, demo.LEVEL)
    assert len(record(page, demo.LEVEL)["answers"]) == 1

    give(page, demo.LEVEL, question, f"{question.key} mg/L")
    assert said(page, demo.LEVEL) == "✓Right. 1.33 of 2 points, at the second attempt."
    assert focused(page)["id"].endswith("-said")
    expect(box.locator("details")).to_have_attribute("open", "")
    expect(box.locator("details")).to_contain_text(question.solution)
    expect(box.get_by_role("textbox")).to_be_disabled()
    expect(box.get_by_role("button", name="Check my answer")).to_be_hidden()
    page.reload()
    assert said(page, demo.LEVEL) == "✓Right. 1.33 of 2 points, at the second attempt."
    expect(box.get_by_role("textbox")).to_have_value(f"{question.key} mg/L")


def test_the_last_wrong_answer_opens_the_solution(opened: Opened) -> None:
    page = opened()
    become(page, CODE)
    question = demo.WAIT.for_learner(CODE).question
    for i, letter in enumerate(question.wrong_answers()):
        give(page, demo.WAIT, question, letter)
        assert question.misconceptions[i].feedback in said(page, demo.WAIT)
    assert said(page, demo.WAIT).endswith(
        "That was the last attempt: 0 of 2 points. The worked solution stands below."
    )
    box = section(page, demo.WAIT)
    right = box.locator("[data-mark=right]")
    expect(right).to_contain_text("Wait: the brake needs weeks")
    expect(right).to_contain_text("✓ right")
    assert box.locator("[data-mark=wrong]").count() == 3
    expect(box.get_by_role("radio").first).to_be_disabled()


def test_a_figure_is_judged_as_it_stands(opened: Opened) -> None:
    page = opened()
    become(page, CODE)
    question = demo.REACH.for_learner(CODE).question
    low = demo.REACH.for_learner(CODE).numbers["low"]
    box = section(page, demo.REACH)
    # the bound on the dose is not told: it may be what a task asks for
    assert box.locator(".ex-goal li").all_text_contents() == [
        f"Occupancy: {low} to {low + 4}\u00a0%"
    ]
    give(page, demo.REACH, question, question.wrong_answers()[1])
    assert question.misconceptions[1].feedback in said(page, demo.REACH)
    focus_first(page, demo.REACH)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # go to the figure
    assert focused(page)["id"] == "fig-demo--dose"
    give(page, demo.REACH, question, question.example)
    assert "Right. 2 of 3 points" in said(page, demo.REACH)
    kept = record(page, demo.REACH)
    assert kept["answers"] == [question.wrong_answers()[1], question.example]
    assert [question.mark(raw).correct for raw in kept["answers"]] == [False, True]


def test_without_its_figure_a_setting_says_so(opened: Opened) -> None:
    page = opened("alone")
    section(page, demo.REACH).get_by_role("button", name="Check the figure").click()
    assert "No attempt used. The figure of this exercise is not on the page" in said(
        page, demo.REACH
    )


def test_code_has_no_dead_button_in_a_page(opened: Opened) -> None:
    box = section(opened(), demo.CARRIED)
    expect(box.locator("pre")).to_have_text(demo.STARTER)
    expect(box).to_contain_text("This page cannot run Python")
    assert box.get_by_role("button").count() == 0


def test_a_printed_exercise_leaves_room_to_write(opened: Opened) -> None:
    page = opened()
    page.emulate_media(media="print")
    box = section(page, demo.LEVEL)
    expect(box.locator(".ex-line")).to_be_visible()
    expect(box.get_by_role("button")).to_have_count(0)
    expect(section(page, demo.WAIT).locator(".ex-option")).to_have_count(4)


# Progress


def test_two_tabs_see_each_other(opened: Opened) -> None:
    one, two = opened(), opened()
    code = progress(one)["learner"]
    question = demo.LEVEL.for_learner(code).question
    give(one, demo.LEVEL, question, question.wrong_answers()[0])
    expect(section(two, demo.LEVEL).locator("[role=status]").last).to_contain_text(
        "2 attempts left"
    )
    give(two, demo.LEVEL, question, question.wrong_answers()[1])
    expect(section(one, demo.LEVEL).locator("[role=status]").last).to_contain_text("1 attempt left")
    assert len(record(one, demo.LEVEL)["answers"]) == 2


BROKEN = [
    "{", "null", "[]", '"text"', "1e999", '{"v":2,"learner":"abc","learners":{}}',
    '{"v":1,"learner":"../x","learners":{}}', '{"v":1,"learner":"abc","learners":[]}',
    '{"v":1,"learner":"abc","learners":{"abc":{"demo-level":{"answers":["1"]}}}}',
    '{"v":1,"learner":"abc","learners":{"abc":{"demo-level":{"version":1,"variant":0,"numbers":{},'
    '"answers":[null]}}}}',
]  # fmt: skip


def test_broken_storage_is_set_aside_and_nothing_is_lost(opened: Opened) -> None:
    page = opened()
    for n, text in enumerate(BROKEN, start=1):
        page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, text])
        page.reload()
        page.wait_for_selector(".exercise[data-ready]")
        expect(page.locator(".ex-notice")).to_contain_text("It is set aside, not lost")
        assert page.evaluate(f"localStorage['retuning.aside.{n}']") == text
        assert progress(page)["learners"] == {}
    board = opened("board")
    with board.expect_download() as download:
        board.get_by_role("button", name="Download what was set aside").click()
    kept = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert sorted(kept.values()) == sorted(BROKEN)


def test_other_codes_do_not_clash_with_what_objects_inherit(opened: Opened) -> None:
    page = opened()
    become(page, "constructor")
    question = demo.LEVEL.for_learner("constructor").question
    give(page, demo.LEVEL, question, question.key)
    page.reload()
    assert "Right." in said(page, demo.LEVEL)


def test_a_changed_exercise_sets_old_answers_aside(opened: Opened) -> None:
    page = opened()
    question = demo.LEVEL.for_learner(progress(page)["learner"]).question
    give(page, demo.LEVEL, question, question.wrong_answers()[0])
    before = record(page, demo.LEVEL)
    changed = opened("changed")
    assert "This exercise has changed." in said(changed, demo.LEVEL)
    assert record(changed, demo.LEVEL) is None
    assert json.loads(changed.evaluate("localStorage['retuning.aside.1']"))["record"] == before


DENIED = "Object.defineProperty(window, 'localStorage', {get() { throw new Error('denied'); }})"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }"


@pytest.mark.parametrize(("script", "words"), [(DENIED, "does not let"), (FULL, "no room left")])
def test_without_storage_the_page_works_and_says_so(
    opened: Opened, script: str, words: str
) -> None:
    page = opened(script=script, locale="en-GB" if script == DENIED else "en-US")
    expect(page.locator(".ex-notice")).to_contain_text(words)
    box = section(page, demo.LEVEL)
    for n in (1, 2, 3):
        box.get_by_role("textbox").fill(str(n))
        box.get_by_role("textbox").press("Enter")
    expect(box.locator("details")).to_be_visible()
    assert page.locator(".ex-notice").count() == 1


def test_broken_storage_that_cannot_be_set_aside_stays(opened: Opened) -> None:
    page = opened()
    page.evaluate("([key]) => localStorage.setItem(key, 'broken')", [KEY])
    page.add_init_script(
        "const set = Storage.prototype.setItem; Storage.prototype.setItem = function (key, text) {"
        "if (text !== 'broken') throw new Error('full'); set.call(this, key, text); };"
        "const other = set; Object.defineProperty(Storage.prototype, 'setItem', {value(key, text) {"
        "if (key.includes('aside')) throw new Error('full'); other.call(this, key, text); }});"
    )
    page.reload()
    page.wait_for_selector(".exercise[data-ready]")
    expect(page.locator(".ex-notice")).to_contain_text("no room to set it aside")
    box = section(page, demo.LEVEL)
    box.get_by_role("textbox").fill("1")
    box.get_by_role("textbox").press("Enter")
    expect(box).to_contain_text("2 attempts left")
    assert page.evaluate(f"localStorage['{KEY}']") == "broken"


# Scoreboard


def answer_some(page: Page, code: str) -> None:
    """One right at the second attempt, one spent, one begun."""
    become(page, code)
    level = demo.LEVEL.for_learner(code).question
    give(page, demo.LEVEL, level, level.wrong_answers()[0])
    give(page, demo.LEVEL, level, level.key)
    wait = demo.WAIT.for_learner(code).question
    for letter in wait.wrong_answers():
        give(page, demo.WAIT, wait, letter)
    reach = demo.REACH.for_learner(code).question
    give(page, demo.REACH, reach, reach.wrong_answers()[0], keys=False)


def rows(board: Page) -> dict[str, list[str]]:
    """Points and state of each exercise."""
    return {
        row.get_attribute("data-item"): row.locator("td").all_text_contents()[1:]
        for row in board.locator("tr[data-item]").all()
    }


STANDING = {
    "demo-wait": ["0 of 2", "✗ No attempt left"],
    "demo-level": ["1.33 of 2", "✓ Solved at the second attempt"],
    "demo-reach": ["0 of 3", "2 attempts left"],
    "demo-carried": ["0 of 4", "Not started"],
}


def save(board: Page) -> bytes:
    """Download the results."""
    with board.expect_download() as download:
        board.get_by_role("button", name="Download my results").click()
    assert download.value.suggested_filename.startswith("retuning-results-")
    return Path(download.value.path()).read_bytes()


def restore(board: Page, raw: bytes, expected: str) -> None:
    """Restore from a file and wait for what the page says."""
    file = {"name": "results.json", "mimeType": "application/json", "buffer": raw}
    board.locator("input[type=file]").set_input_files(file)
    expect(board.locator(".sb-said")).to_contain_text(expected)


def regrade(raw: bytes, items: dict[str, Item]) -> float:
    """Points of a result file, marked anew in Python."""
    results = read_results(raw)
    total = 0.0
    for entry in results.items:
        item = items[entry.item]
        variant = item.for_learner(results.learner)
        assert entry.variant == variant_index(results.learner, item.id)
        assert entry.numbers == variant.numbers
        for n, answer in enumerate(entry.answers, start=1):
            if variant.question.mark(answer).correct:
                total += item.earned(n, True)
                break
    return total


DEMO = {item.id: item for item in demo.ITEMS}


def test_the_scoreboard_counts_and_its_file_is_marked_alike_in_python(opened: Opened) -> None:
    page = opened()
    answer_some(page, CODE)
    board = opened("board")
    assert rows(board) == STANDING
    expect(board.locator(".sb-total")).to_have_text("1.33 of 11 points, 1 of 4 exercises solved")
    raw = save(board)
    assert regrade(raw, DEMO) == pytest.approx(4 / 3)

    board.get_by_role("button", name="Erase everything").click()
    board.get_by_role("button", name="Yes, erase everything").click()
    restore(board, raw, f"Restored the answers of {CODE} to 3 exercises.")
    assert rows(board) == STANDING
    assert save(board) == raw
    restore(board, raw, "Restored")
    assert save(board) == raw  # once more changes nothing
    page.reload()
    assert "at the second attempt" in said(page, demo.LEVEL)


def test_attempts_never_come_back(opened: Opened) -> None:
    page, board = opened(), opened("board")
    become(page, CODE)
    question = demo.LEVEL.for_learner(CODE).question
    slips = question.wrong_answers()
    give(page, demo.LEVEL, question, slips[0])
    early = save(board)
    give(page, demo.LEVEL, question, slips[1])
    restore(board, early, "Restored")
    assert record(page, demo.LEVEL)["answers"] == [str(slip) for slip in slips]

    # another device: one wrong answer of its own, then the right one; a forged sum of points
    data = json.loads(early)
    data["items"][0].update(answers=[str(slips[0]), str(question.key)], solved=True, points=2)
    restore(board, json.dumps(data).encode(), "Restored")
    assert rows(board)["demo-level"] == ["0.67 of 2", "✓ Solved at the third attempt"]
    data["items"][0].update(answers=["1", "2", "3", "4"], solved=True, points=2)
    restore(board, json.dumps(data).encode(), "Restored")
    assert rows(board)["demo-level"] == ["0.67 of 2", "✓ Solved at the third attempt"]
    page.reload()
    assert "0.67 of 2 points" in said(page, demo.LEVEL)

    become(page, "maple-1234")
    data["learner"] = "maple-1234"
    data["items"][0].update(
        variant=variant_index("maple-1234", "demo-level"), answers=["1", "2"], solved=True,
        numbers=demo.LEVEL.for_learner("maple-1234").numbers,
    )  # fmt: skip
    restore(board, json.dumps(data).encode(), "Restored")
    page.reload()  # a claim to have solved it is marked where the numbers are known
    assert "1 attempt left" in said(page, demo.LEVEL)
    assert rows(board)["demo-level"] == ["0 of 2", "1 attempt left"]


def test_a_file_that_cannot_be_used_changes_nothing(opened: Opened) -> None:
    page, board = opened(), opened("board")
    answer_some(page, CODE)
    good = json.loads(save(board))
    before = progress(page)

    def changed(**more: Any) -> bytes:
        return json.dumps({**good, **more}).encode()

    first = good["items"][0]
    refused = {
        b"{": "not JSON",
        b"\xff\x00\x01": "not JSON",
        b"[]": "not a result file of this book",
        changed(format="other"): "not a result file of this book",
        changed(version=2): "A newer edition",
        changed(version=0): "damaged",
        changed(learner="<b>"): "damaged",
        changed(learner="maple-1234"): "not those of maple-1234",
        changed(items={}): "damaged",
        changed(items=[first, first]): "damaged",
        changed(items=[{**first, "answers": []}]): "damaged",
        changed(items=[{**first, "answers": [None]}]): "damaged",
        changed(items=[{**first, "item": "__proto__"}]): "damaged",
        changed(items=[{**first, "variant": 99}]): "damaged",
        b" " * 2_000_001: "too large",
    }
    for raw, words in refused.items():
        restore(board, raw, words)
        assert progress(page) == before


def test_a_learner_code_can_be_changed_and_nothing_of_another_is_lost(opened: Opened) -> None:
    page, board = opened(), opened("board")
    answer_some(page, CODE)
    box = board.get_by_label("Your learner code")
    expect(box).to_have_value(CODE)
    for wrong in ("", "ab", "a b c", "../etc", "=1+1"):
        box.fill(wrong)
        box.press("Enter")
        expect(board.locator(".sb-said")).to_contain_text("A learner code has 3 to 40")
        assert progress(page)["learner"] == CODE
    box.fill("  Maple-1234 ")
    box.press("Enter")
    expect(board.locator(".sb-said")).to_contain_text(f"Answers given as {CODE} are kept.")
    expect(board.locator(".sb-others")).to_contain_text(CODE)
    assert set(rows(board)) == set(STANDING)
    assert {state for _, state in rows(board).values()} == {"Not started"}
    given = list(demo.LEVEL.for_learner("maple-1234").question.given.values())
    expect(section(page, demo.LEVEL).locator("dd")).to_have_text(given)  # the other tab follows
    box.fill(CODE)
    box.press("Enter")
    assert rows(board) == STANDING


def test_erasing_asks_once_and_removes_everything(opened: Opened) -> None:
    page, board = opened(), opened("board")
    answer_some(page, CODE)
    board.evaluate("localStorage.setItem('retuning.aside.1', 'x'); localStorage.colours = 'dark'")
    erase = board.get_by_role("button", name="Erase everything", exact=True)
    erase.focus()
    board.keyboard.press("Enter")
    assert focused(board)["text"] == "Keep it"
    board.keyboard.press("Escape")
    assert focused(board)["text"] == "Erase everything"
    assert rows(board) == STANDING
    board.keyboard.press("Enter")
    board.keyboard.press("Tab")
    board.keyboard.press("Enter")
    expect(board.locator(".sb-said")).to_contain_text("Everything is erased")
    assert board.evaluate("Object.keys(localStorage)") == ["colours"]
    assert {state for _, state in rows(board).values()} == {"Not started"}
    board.get_by_role("button", name="Download my results").click()
    expect(board.locator(".sb-said")).to_contain_text("no answers to download")


# Looks


@pytest.mark.parametrize(
    "look", [{}, {"dark": True}, {"width": 360}], ids=["light", "dark", "phone"]
)
def test_every_state_is_accessible_and_fits(
    opened: Opened, served: str, look: dict[str, Any]
) -> None:
    width = look.get("width", 1280)
    options = {"viewport": {"width": width, "height": 900}, "base": served}
    page, board = opened(**options), opened("board", **options)
    for tab in (page, board):
        tab.evaluate(
            "(dark) => dark && (document.documentElement.dataset.theme = 'dark')", look.get("dark")
        )
    assert not violations(page)
    code = progress(page)["learner"]
    for item in (demo.LEVEL, demo.WAIT):
        question = item.for_learner(code).question
        give(page, item, question, "")
        assert not violations(page)
        for slip in question.wrong_answers():
            give(page, item, question, slip)
        assert not violations(page)
    reach = demo.REACH.for_learner(code).question
    give(page, demo.REACH, reach, reach.example, keys=False)
    assert not violations(page)
    assert not violations(board)
    board.evaluate("localStorage.setItem('retuning.aside.1', 'x')")
    board.get_by_label("Your learner code").fill("?")
    board.get_by_role("button", name="Use this code").click()
    board.get_by_role("button", name="Erase everything").click()
    assert not violations(board)
    for tab in (page, board):
        assert tab.evaluate("document.documentElement.scrollWidth") <= width


# The book

BOOK = catalogue()
PASSES = {"right": "kiwi-4821", "wrong": "maple-1234", "other": "wren-7070"}


def run_pass(page: Page, item: Item, question: Question, how: str) -> None:
    """Answer one exercise of the book in one way, and see what it says."""
    box = section(page, item)
    if question.kind == "code":
        assert box.get_by_role("button").count() == 0
        expect(box).to_contain_text("This page cannot run Python")
        return
    slips = list(enumerate(question.wrong_answers()))
    if how == "right":
        if question.kind != "setting":
            give(page, item, question, "")
            assert "No attempt used" in said(page, item), item.id
        if question.kind == "numeric":
            give(page, item, question, "about 12 or so")
            assert "No attempt used" in said(page, item), item.id
        give(page, item, question, question.key_answer())
        assert said(page, item).startswith("✓Right."), (item.id, said(page, item))
        assert f"{points(item, 1)} of" in said(page, item)
        expect(box.locator("details")).to_have_attribute("open", "")
        return
    known = [slip.feedback for slip in question.misconceptions]
    if how == "other":
        slips = slips[item.attempts :]
    elif question.kind == "numeric":
        slips += [(len(known), -1e6 * (n + 1) * (1 + abs(question.key))) for n in range(3)]
    elif len(slips) > 1:
        slips += slips  # on to the last attempt
    for n, (place, slip) in enumerate(slips[: item.attempts], start=1):
        give(page, item, question, slip, keys=False)
        words = said(page, item)
        feedback = " ".join([*known, question.OTHER][place].replace("\u00a0", " ").split())
        assert feedback in words, (item.id, slip, words)
        assert len(record(page, item)["answers"]) == n
        if n < item.attempts:
            left = item.attempts - n
            assert f"{left} attempt" in words
            assert f"earns {points(item, n + 1)} of" in words
            assert box.locator("details").count() == 0
        else:
            assert "The worked solution stands below." in words
            expect(box.locator("details")).to_have_attribute("open", "")


@pytest.mark.parametrize("how", PASSES)
def test_every_exercise_of_the_book(visit: Any, how: str) -> None:
    code = PASSES[how]
    with visit() as (page, url):
        page.goto(url("notebooks/hands_on.html"))
        become(page, code)
        for name in sorted({item.page for item in BOOK.values()}):
            page.goto(url(f"notebooks/{name}.html"))
            page.wait_for_selector(".exercise[data-ready]")
            shown = page.locator(".exercise").evaluate_all("all => all.map(e => e.dataset.item)")
            assert sorted(shown) == sorted(i.id for i in BOOK.values() if i.page == name)
            for id in shown:
                run_pass(page, BOOK[id], BOOK[id].for_learner(code).question, how)
        page.goto(url("notebooks/hands_on.html"))
        assert set(rows(page)) == set(BOOK)
        total = page.locator(".sb-total").inner_text()
        if how == "right":
            graded = [i for i in BOOK.values() if i.variant(0).question.kind != "code"]
            assert regrade(save(page), BOOK) == sum(item.points for item in graded)
            assert f"{len(graded)} of {len(BOOK)} exercises solved" in total
        elif how == "wrong":
            assert regrade(save(page), BOOK) == 0
            assert total.startswith("0 of")
        possible = sum(item.points for item in BOOK.values())
        assert f"of {possible} points" in total


def test_the_book_publishes_the_schema(site: Path) -> None:
    published = (site / "_static" / "result.schema.json").read_text(encoding="utf-8")
    ours = files("mechanisms.exercises").joinpath("static/result.schema.json")
    assert published == ours.read_text(encoding="utf-8")


# JupyterLab

SHOW = f"""\
import sys
sys.path.insert(0, {str(Path(demo.__file__).parent)!r})
import demo
from mechanisms.exercises import Exercise
Exercise(demo.CARRIED)"""
CELLS = (
    SHOW,
    "def occupied(c_nM, kd_nM):\n    return c_nM / kd_nM",
    "from math import fsum\n\ndef occupied(c_nM, kd_nM):\n    return c_nM / fsum([c_nM, kd_nM])",
    "Exercise(demo.LEVEL)",
    "print(Exercise(demo.LEVEL).check(demo.LEVEL.for_learner('kiwi-4821').question.key))",
)


def test_the_same_exercises_in_jupyterlab(browser: Browser, tmp_path: Path) -> None:
    lab.write_notebook(tmp_path / "learner.ipynb", *CELLS)
    with (
        lab.serve(tmp_path) as address,
        lab.opened(browser, address, "learner.ipynb") as page,
    ):
        page.evaluate(
            "([key, text]) => localStorage.setItem(key, text)",
            [KEY, json.dumps({"v": 1, "learner": CODE, "learners": {}})],
        )
        lab.run(page, 0)
        box = section(page, demo.CARRIED)
        box.locator("xpath=self::*[@data-ready]").wait_for(timeout=60_000)
        status = box.locator("[role=status].ex-said")
        check = box.get_by_role("button", name="Check my function")
        check.click()
        expect(status).to_contain_text("There is no function occupied yet", timeout=20_000)
        lab.run(page, 1)
        check.focus()
        page.keyboard.press("Enter")
        expect(status).to_contain_text("A fraction cannot pass 1.", timeout=20_000)
        expect(status).to_contain_text("1 attempt left")
        question = demo.CARRIED.for_learner(CODE).question
        assert f"occupied({question.cases[0][0]:g}, 10) returned" in status.inner_text()
        lab.run(page, 2)
        check.focus()
        page.keyboard.press("Space")
        expect(status).to_contain_text("2 of 4 points, at the second attempt", timeout=20_000)
        kept = record(page, demo.CARRIED)
        assert [text.strip() for text in kept["answers"]] == list(CELLS[1:3])

        lab.run(page, 3)
        level = demo.LEVEL.for_learner(CODE)
        shown = section(page, demo.LEVEL)
        expect(shown.locator("dd")).to_have_text(list(level.question.given.values()))
        shown.get_by_role("textbox").fill(str(level.question.wrong_answers()[1]))
        page.keyboard.press("Enter")
        expect(shown.locator(".ex-said")).to_contain_text("Does more clearance raise a level?")
        assert record(page, demo.LEVEL)["numbers"] == level.numbers
        assert lab.printed(page, 4).strip() == "Right."
