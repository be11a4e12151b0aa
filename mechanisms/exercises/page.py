"""The HTML of exercises and of the scoreboard: something to read, and a state for the script."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from html import escape
from itertools import groupby
from operator import attrgetter
from typing import Any

from mechanisms.live.page import state_script

from .item import Item, Variant
from .questions import Code, Question

SCOREBOARD = "hands_on"  # the page that holds it
SCENARIOS = "hands_on/"


def exercise_html(item: Item) -> str:
    """Return an exercise: its first variant to read, and all variants for the script."""
    label = f"item-{item.id}-title"
    word = "Exercise" if item.page.startswith(SCENARIOS) else "Check yourself"
    return (
        f'<section class="exercise" id="item-{item.id}" data-item="{item.id}" '
        f'aria-labelledby="{label}">'
        f'<div class="ex-head"><p class="ex-title" id="{label}">'
        f'<span class="ex-label">{word}</span> {escape(item.title)}</p>'
        f'<p class="ex-worth">{_count(item.points, "point")}, '
        f"{_count(item.attempts, 'attempt')}</p></div>"
        f'<div class="ex-task">{_task(item.variant(0).question)}</div>'
        f'<p class="ex-read">Explained in {_link(item.section, item.page)}</p>'
        f"{state_script(_state(item))}</section>"
    )


def _task(question: Question) -> str:
    """Return the task as a reader without a script sees it."""
    text = "".join(f"<p>{escape(p)}</p>" for p in question.prompt.split("\n\n"))
    if question.given:
        pairs = question.given.items()
        rows = (f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in pairs)
        text += f'<dl class="ex-given">{"".join(rows)}</dl>'
    options = question.page().get("options", ())
    if options:
        listed = "".join(f"<li>{escape(option)}</li>" for option in options)
        text += f'<ol type="A">{listed}</ol>'
    if isinstance(question, Code):
        text += f'<pre class="ex-starter"><code>{escape(question.starter)}</code></pre>'
    return text


def _state(item: Item) -> dict[str, Any]:
    question = item.variant(0).question
    return {
        "item": item.id,
        "version": item.version,
        "points": item.points,
        "attempts": item.attempts,
        "kind": question.kind,
        "other": question.OTHER,
        "variants": [_variant(variant) for variant in item.published],
    }


def _variant(variant: Variant) -> dict[str, Any]:
    return {"numbers": variant.numbers, **variant.question.page()}


def scoreboard_html(items: Iterable[Item]) -> str:
    """Return a table of all exercises by page; the script adds what was earned."""
    known = sorted(items, key=attrgetter("page"))
    groups = "".join(_group(page, list(its)) for page, its in groupby(known, attrgetter("page")))
    state = {
        "items": [
            {"item": i.id, "page": i.page, "version": i.version, "points": i.points,
             "attempts": i.attempts}
            for i in known
        ]
    }  # fmt: skip
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Exercise", "Points", "State"))
    return (
        '<section class="scoreboard" id="scoreboard" aria-label="Scoreboard">'
        f'<div class="sb-table"><table><thead><tr>{heads}</tr></thead>{groups}</table></div>'
        f"{state_script(state)}</section>"
    )


def _group(page: str, items: list[Item]) -> str:
    possible = sum(item.points for item in items)
    rows = "".join(
        f'<tr data-item="{item.id}"><td>{_link(f"{page}#item-{item.id}", SCOREBOARD, item.title)}'
        f'</td><td class="sb-points">{item.points}</td><td class="sb-state"></td></tr>'
        for item in items
    )
    return (
        f'<tbody data-page="{page}"><tr class="sb-page"><th scope="rowgroup">'
        f'{_link(page, SCOREBOARD)}</th><td data-page-points="{page}" data-possible="{possible}">'
        f"{possible}</td><td></td></tr>{rows}</tbody>"
    )


def _link(target: str, start: str, text: str = "") -> str:
    """Link from the page `start` to ``"page#anchor"``.

    Without a text it is named by the anchor, until the book puts the real heading in its place.
    """
    page, _, anchor = target.partition("#")
    path = posixpath.relpath(f"{page}.html", posixpath.dirname(start) or ".")
    slug = anchor or page.rpartition("/")[2]
    words = text or slug.replace("-", " ").replace("_", " ").capitalize()
    address = f"{path}#{anchor}" if anchor else path
    return f'<a class="ex-link" href="{escape(address)}">{escape(words)}</a>'


def _count(n: int, word: str) -> str:
    return f"{n} {word}" + "s" * (n != 1)
