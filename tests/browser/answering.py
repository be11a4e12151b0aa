"""Answer exercises as a reader does who has a keyboard and nothing else."""

import json
from typing import Any

from playwright.sync_api import Locator, Page

from mechanisms.exercises import Item, Question, Setting

KEY = "retuning.progress"
STEPS = 420  # arrow presses that a test may spend on one slider


def section(page: Page, item: Item) -> Locator:
    """The exercise on the page."""
    return page.locator(f"#item-{item.id}")


def become(page: Page, code: str) -> None:
    """Work with this learner code from now on."""
    page.evaluate(
        "([key, learner]) => localStorage.setItem(key, JSON.stringify("
        '{...JSON.parse(localStorage[key] ?? \'{"v":1,"learners":{}}\'), learner}))',
        [KEY, code],
    )
    page.reload()
    page.wait_for_selector(".exercise[data-ready], .scoreboard[data-ready]")


def progress(page: Page) -> dict[str, Any]:
    """What the browser keeps."""
    kept: dict[str, Any] = json.loads(page.evaluate(f"localStorage['{KEY}']"))
    return kept


def record(page: Page, item: Item) -> dict[str, Any] | None:
    """What the browser keeps of one exercise."""
    kept = progress(page)
    found: dict[str, Any] | None = kept["learners"].get(kept["learner"], {}).get(item.id)
    return found


def said(page: Page, item: Item) -> str:
    """What the exercise says now; each blank once."""
    text = section(page, item).locator("[role=status].ex-said").text_content() or ""
    return " ".join(text.replace("\u00a0", " ").split())


def focus_first(page: Page, item: Item) -> None:
    """Press Tab until the focus is on what one fills in, coming from just before."""
    page.evaluate(
        "(id) => { const s = document.getElementById(id); s.tabIndex = -1; s.focus(); }",
        f"item-{item.id}",
    )
    page.keyboard.press("Tab")


def focused(page: Page) -> dict[str, Any]:
    """What has the focus."""
    found: dict[str, Any] = page.evaluate(
        "() => { const e = document.activeElement;"
        "return {tag: e.tagName, type: e.type, value: e.value, text: e.textContent, id: e.id,"
        " checked: e.checked, min: e.min, max: e.max, step: e.step,"
        " item: e.closest('.exercise')?.dataset.item}; }"
    )
    return found


def to_button(page: Page, item: Item, name: str) -> None:
    """Press Tab until the focus is on a button of the exercise."""
    for _ in range(30):
        now = focused(page)
        if now["item"] == item.id and now["text"] == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no {name!r} in reach of {item.id}: {now}")


def _choose(page: Page, letter: str) -> None:
    now = focused(page)
    assert now["type"] == "radio", now
    if not now["checked"]:
        page.keyboard.press("Space")
    there = ord(letter) - ord(now["value"])
    for _ in range(abs(there)):
        page.keyboard.press("ArrowDown" if there > 0 else "ArrowUp")


def _type(page: Page, text: str) -> None:
    assert focused(page)["tag"] == "INPUT"
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)


def _turn(page: Page, figure: str, name: str, value: Any) -> bool:
    """Bring one knob to a value with its own keys, where they reach it."""
    state = json.loads(page.locator(f"#fig-{figure} > script").text_content() or "")
    knob = next(k for k in state["knobs"] if k["key"] == name)
    node = page.locator(f"#fig-{figure}--{name}")
    node.focus()
    if knob["kind"] == "toggle":
        if node.is_checked() != bool(value):
            page.keyboard.press("Space")
        return True
    if knob["kind"] == "knob":
        steps = (value - knob["min"]) / knob["step"] if not knob.get("log") else 0.5
    else:
        steps = knob["states"].index(value)
    if abs(steps - round(steps)) > 1e-6 or steps > STEPS:
        return False
    page.keyboard.press("Home")
    for _ in range(round(steps)):
        page.keyboard.press("ArrowDown" if knob["kind"] == "choice" else "ArrowRight")
    return True


def turn(page: Page, question: Setting, values: dict[str, Any], *, keys: bool) -> None:
    """Set the live figure; with the keyboard where its keys reach the values."""
    reached = [keys and _turn(page, question.figure, n, v) for n, v in values.items()]
    if not all(reached):
        page.evaluate(
            "([id, values]) => document.getElementById(id).live.set(values)",
            [f"fig-{question.figure}", values],
        )
    page.evaluate("() => new Promise(f => requestAnimationFrame(() => requestAnimationFrame(f)))")


def give(page: Page, item: Item, question: Question, answer: Any, *, keys: bool = True) -> None:
    """Give an answer: fill in, go to the button, press Enter."""
    name = "Check the figure" if question.kind == "setting" else "Check my answer"
    if isinstance(question, Setting):
        turn(page, question, answer, keys=keys)
    focus_first(page, item)
    if question.kind == "choice" and answer:
        _choose(page, answer)
    elif question.kind == "numeric":
        _type(page, str(answer))
    to_button(page, item, name)
    page.keyboard.press("Enter")
