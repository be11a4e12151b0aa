"""What the teacher and each learner get: tables and feedback pages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ..item import Item
from .batch import REFUSED, Batch, Received
from .marking import NOT_GRADED, RIGHT, WRONG, ItemMark
from .roster import Learner
from .submission import CREDIT, PRACTICE
from .tables import Cell

GRADED, PARTIAL, NOTHING, OPEN = "graded", "partial", "missing", "open"


@dataclass(frozen=True)
class Result:
    """One learner's grade.

    Attributes
    ----------
    status : str
        ``"graded"``; ``"partial"`` if a notebook is missing; ``"missing"`` if all are;
        ``"open"`` if the grader could not judge something, and the total is not known.
    marks : dict
        Item -> its mark, for what was handed in.
    practice : list of ItemMark
        From a result file; not part of the grade.
    """

    learner: Learner
    status: str
    total: float | None
    maximum: float
    marks: dict[str, ItemMark]
    practice: list[ItemMark]
    reason: str

    @property
    def isolation(self) -> str:
        """Where this learner's code ran; empty if none did."""
        used = {mark.isolation for mark in [*self.marks.values(), *self.practice]}
        return ", ".join(sorted(used - {""}))


def results(batch: Batch, roster: Mapping[str, Learner], items: Mapping[str, Item]) -> list[Result]:
    """Return everybody's result, in the order of the roster."""
    maximum = float(sum(items[id].points for id in batch.items if id in items))
    return [_result(learner, batch, maximum) for learner in roster.values()]


def _result(learner: Learner, batch: Batch, maximum: float) -> Result:
    credit = batch.of(learner.learner, CREDIT)
    marks = {m.item: m for one in credit for m in one.marks}
    practice = [m for one in batch.of(learner.learner, PRACTICE) for m in one.marks]
    absent = [id for id in batch.items if id not in marks]
    status, reasons = GRADED, []
    if not credit:
        status = NOTHING
        reasons.append("no notebook for credit counts")
    elif any(m.status == NOT_GRADED for m in marks.values()):
        status = OPEN
    elif absent:
        status = PARTIAL
    if credit and absent:
        reasons.append(f"nothing handed in for {', '.join(absent)}")
    reasons += [f"{m.item}: {m.status}" for m in marks.values() if m.status not in (RIGHT, WRONG)]
    reasons += [
        f"{one.label} {one.reason}"
        for one in batch.received
        if one.status == REFUSED and learner.learner in (one.owner or one.header.learner,)
    ]
    total = None if status == OPEN else math.fsum(m.points for m in marks.values())
    return Result(learner, status, total, maximum, marks, practice, "; ".join(reasons))


def grades_table(found: Iterable[Result], items: Sequence[str]) -> list[list[Cell]]:
    """Return the grades: a row for everybody in the roster, a column for each item."""
    heading = ["learner", "name", "email", "status", "total", "maximum", "percent", *items]
    heading += ["practice", "practice maximum", "code ran in", "reason"]
    rows: list[list[Cell]] = [[*heading]]
    for r in found:
        percent = None if r.total is None or not r.maximum else 100 * r.total / r.maximum
        row: list[Cell] = [r.learner.learner, r.learner.name, r.learner.email, r.status]
        row += [r.total, r.maximum, percent]
        row += [_points(r.marks.get(id)) for id in items]
        row += [_sum(r.practice, "points"), _sum(r.practice, "maximum"), r.isolation, r.reason]
        rows.append(row)
    return rows


def _points(mark: ItemMark | None) -> float | None:
    if mark is None:
        return 0.0
    return None if mark.status == NOT_GRADED else mark.points


def _sum(marks: Sequence[ItemMark], name: str) -> float | None:
    return math.fsum(getattr(mark, name) for mark in marks) if marks else None


def submissions_table(received: Iterable[Received]) -> list[list[Cell]]:
    """Return a row for everything that was handed in."""
    rows: list[list[Cell]] = [["file", "status", "kind", "learner", "notebook", "reason", "sha256"]]
    rows += [
        [r.label, r.status, r.header.kind, r.header.learner, r.header.page, r.reason, r.digest]
        for r in received
    ]
    return rows


def practice_table(found: Iterable[Result]) -> list[list[Cell]]:
    """Return a row for each exercise that somebody practised."""
    rows: list[list[Cell]] = [
        ["learner", "name", "item", "status", "points", "maximum", "feedback"]
    ]
    rows += [
        [r.learner.learner, r.learner.name, m.item, m.status, m.points, m.maximum, m.feedback]
        for r in found
        for m in r.practice
    ]
    return rows


@cache
def _page() -> Any:
    import jinja2

    text = files(__package__).joinpath("feedback.html").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["number"] = lambda value: f"{round(value, 2):g}"
    return environment.from_string(text)


def feedback_page(result: Result, assignment: str, items: Mapping[str, Item]) -> str:
    """Return one learner's page: self-contained HTML, everything in it escaped."""
    absent = [item for id, item in items.items() if id not in result.marks]
    text: str = _page().render(
        result=result, assignment=assignment, absent=absent if result.marks else []
    )
    return text
