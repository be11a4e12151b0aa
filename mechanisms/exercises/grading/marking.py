"""Mark one submission: every answer anew, from the raw text, against the learner's own variants.

`identify` and `mark` are what the workers of a batch call: plain functions of bytes and text, so
that a worker may be a process here or a machine elsewhere.
"""

from __future__ import annotations

import functools
import hashlib
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..item import Item, Variant
from ..learner import variant_index
from ..questions import Choice, Code, Mark, Question, UnreadableError
from ..results import Record, Results
from . import sandbox
from .assign import EMPTY
from .private import all_items
from .sandbox import Limits, SandboxError
from .sources import Refused
from .submission import (
    CREDIT,
    PRACTICE,
    Notebook,
    UnclearError,
    literal,
    read_submission,
)
from .tables import plain_text

# How an item can end. Only RIGHT earns points; NOT_GRADED is the grader's failure, not the
# learner's, and leaves the total open.
RIGHT, WRONG, UNANSWERED, UNCLEAR = "right", "wrong", "unanswered", "unclear"
MISSING, TWICE, REFUSED, NOT_GRADED = "missing", "answered twice", "refused", "not graded"


@dataclass(frozen=True)
class Header:
    """What a submission says it is, its seal checked; or why it is refused.

    Attributes
    ----------
    kind : str
        ``"credit"``, ``"practice"``, or empty if refused.
    """

    kind: str = ""
    reason: str = ""
    learner: str = ""
    assignment: str = ""
    page: str = ""
    items: tuple[str, ...] = ()
    every: tuple[str, ...] = ()


@dataclass(frozen=True)
class ItemMark:
    """How one item ended, with what a feedback page shows of it.

    Attributes
    ----------
    isolation : str
        In what learner code ran, if any did.
    """

    item: str
    status: str
    points: float = 0.0
    maximum: float = 0.0
    feedback: str = ""
    answer: str = ""
    title: str = ""
    prompt: str = ""
    given: tuple[tuple[str, str], ...] = ()
    options: tuple[str, ...] = ()
    solution: str = ""
    isolation: str = ""


@dataclass(frozen=True)
class Rules:
    """What a batch is marked by; goes to each worker.

    Attributes
    ----------
    secret : str
        The course secret.
    private : str
        Text of the teacher's own items module.
    unsafe : bool
        Run code in a mere process where there is no isolation.
    limits : Limits
        For each function.
    """

    secret: str
    private: str = ""
    unsafe: bool = False
    limits: Limits = Limits()  # noqa: RUF009 - frozen

    def __repr__(self) -> str:
        return "Rules(...)"  # a traceback must not show the secret


@functools.cache
def edition() -> str:
    """Return a digest of the whole package: items, models and grader."""
    digest = hashlib.sha256()
    top = Path(__file__).resolve().parents[2]
    for path in sorted(top.rglob("*.py")):
        digest.update(path.relative_to(top).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def identify(data: bytes, rules: Rules) -> Header:
    """Read whose submission this is and to what."""
    try:
        found = read_submission(data, rules.secret)
    except Refused as error:
        return Header(reason=str(error))
    if isinstance(found, Results):
        items = tuple(record.item for record in found.items)
        return Header(PRACTICE, learner=found.learner, items=items)
    return Header(
        CREDIT,
        learner=found.learner,
        assignment=found.assignment,
        page=found.page,
        items=tuple(id for id, _ in found.items),
        every=found.every,
    )


def mark(data: bytes, rules: Rules) -> list[ItemMark]:
    """Mark each item of a submission that `identify` accepted."""
    found = read_submission(data, rules.secret)
    items = all_items(rules.private)
    if isinstance(found, Results):
        return [_practice(record, found.learner, items, rules) for record in found.items]
    return [_credit(id, version, found, items, rules) for id, version in found.items]


def _credit(
    id: str, version: int, found: Notebook, items: dict[str, Item], rules: Rules
) -> ItemMark:
    item = items.get(id)
    if item is None:
        return ItemMark(id, NOT_GRADED, feedback="The grader does not know this exercise.")
    if item.version != version:
        return ItemMark(
            id,
            NOT_GRADED,
            maximum=item.points,
            feedback=f"Assigned in version {version}, the grader has version {item.version}.",
        )
    variant = item.for_credit(rules.secret, found.learner)
    cells = found.cells.get(id, [])
    question = variant.question
    untouched = {"", EMPTY, question.starter.strip() if isinstance(question, Code) else ""}
    answers = {text.strip() for text in cells} - untouched
    if len(answers) > 1:
        return _ended(variant, TWICE, f"There are {len(answers)} different answers; none counts.")
    if not answers:
        return _ended(variant, UNANSWERED) if cells else _ended(variant, MISSING)
    return _judge_cell(variant, answers.pop(), rules)


def _judge_cell(variant: Variant, text: str, rules: Rules) -> ItemMark:
    if isinstance(variant.question, Code):
        return _outcome(variant, text, *_judge_code(variant.question, text, rules))
    try:
        raw = literal(text)
    except UnclearError as error:
        return _ended(variant, UNCLEAR, str(error), answer=text)
    if raw is None:
        return _ended(variant, UNANSWERED)
    return _outcome(variant, raw, _judge(variant.question, raw, rules.limits.seconds), "")


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Interrupt a model that hostile knob values keep busy, where signals can do that."""
    if (
        not hasattr(signal, "setitimer")
        or threading.current_thread() is not threading.main_thread()
    ):
        yield
        return

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _judge(question: Question, raw: Any, seconds: float) -> Mark | str:
    """Return the mark, or why the answer cannot be read."""
    try:
        with _time_limit(seconds), np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return question.mark(raw)
    except UnreadableError as error:
        return str(error)
    except Exception:
        # Numbers beyond all sense end in an error somewhere in a model.
        return "This answer cannot be worked with."


def _judge_code(question: Code, text: Any, rules: Rules) -> tuple[Mark | str | None, str]:
    """Return the mark, or why there is none; None if there is no sandbox; and where it ran."""
    try:
        source = question.read(text)
    except UnreadableError as error:
        return str(error), ""
    if len(source) > 20_000:
        return "The function is longer than 20000 characters.", ""
    how = sandbox.isolation().name
    if how == "none" and not rules.unsafe:
        return None, ""
    where = f"{how} (--unsafe)" if how == "none" else how
    try:
        found = sandbox.run(source, question.function, question.cases, how=how, limits=rules.limits)
    except (SandboxError, OSError):
        return None, ""
    if found.fault:
        return plain_text(f"{question.function} gave no values: {found.fault}"), where
    try:
        return question.compare(found.values), where
    except UnreadableError as error:
        return str(error), where


def _outcome(variant: Variant, answer: Any, mark: Mark | str | None, where: str) -> ItemMark:
    if mark is None:
        reason = "Code is only run in isolation, and there is none on the grading machine."
        return _ended(variant, NOT_GRADED, reason, answer=answer)
    if isinstance(mark, str):
        return _ended(variant, UNCLEAR, mark, answer=answer, isolation=where)
    points = variant.item.earned(1, mark.correct)
    status = RIGHT if mark.correct else WRONG
    return _ended(variant, status, mark.feedback, answer=answer, isolation=where, points=points)


def _ended(
    variant: Variant,
    status: str,
    feedback: str = "",
    *,
    answer: Any = None,
    isolation: str = "",
    points: float = 0.0,
) -> ItemMark:
    question, item = variant.question, variant.item
    return ItemMark(
        item.id,
        status,
        points=points,
        maximum=float(item.points),
        feedback=feedback,
        answer="" if answer is None else _shown(answer),
        title=item.title,
        prompt=question.prompt,
        given=tuple((str(k), str(v)) for k, v in question.given.items()),
        options=question.options if isinstance(question, Choice) else (),
        solution=question.solution,
        isolation=isolation,
    )


def _shown(answer: Any) -> str:
    text = answer if isinstance(answer, str) else repr(answer)
    return text if len(text) <= 4000 else f"{text[:4000]} …"


def _practice(record: Record, learner: str, items: dict[str, Item], rules: Rules) -> ItemMark:
    """Mark the answers to one published variant: the first right one earns its share."""
    item = items.get(record.item)
    if item is None:
        return ItemMark(record.item, REFUSED, feedback="There is no such exercise.")
    variant = item.for_learner(learner)
    maximum = float(item.points)
    if record.version != item.version:
        reason = f"Answered in version {record.version}; this is version {item.version}."
        return ItemMark(item.id, REFUSED, maximum=maximum, feedback=reason)
    if record.variant != variant_index(learner, item.id) or not _same(
        record.numbers, variant.numbers
    ):
        reason = "Not the variant of this learner code."
        return ItemMark(item.id, REFUSED, maximum=maximum, feedback=reason)
    used, status, last, feedback, where = 0, UNANSWERED, None, "", ""
    # Unreadable answers cost no attempt, but there is an end to them as well.
    most = item.attempts if isinstance(variant.question, Code) else 3 * item.attempts
    for raw in record.answers[:most]:
        if isinstance(variant.question, Code):
            result, where = _judge_code(variant.question, raw, rules)
        else:
            result = _judge(variant.question, raw, rules.limits.seconds)
        if result is None:
            return _outcome(variant, raw, None, where)
        last = raw
        if isinstance(result, str):  # unreadable: no attempt used
            status, feedback = UNCLEAR, result
            continue
        used, feedback = used + 1, result.feedback
        status = RIGHT if result.correct else WRONG
        if result.correct or used == item.attempts:
            break
    points = item.earned(used, status == RIGHT)
    return _ended(variant, status, feedback, answer=last, isolation=where, points=points)


def _same(recorded: Any, drawn: Any) -> bool:
    """Whether numbers from JSON are those that were drawn, where a tuple became a list."""
    if isinstance(drawn, (list, tuple)):
        return (
            isinstance(recorded, list)
            and len(recorded) == len(drawn)
            and all(_same(r, d) for r, d in zip(recorded, drawn, strict=True))
        )
    if isinstance(drawn, dict):
        return (
            isinstance(recorded, dict)
            and set(recorded) == {str(k) for k in drawn}
            and all(_same(recorded[str(k)], d) for k, d in drawn.items())
        )
    if isinstance(drawn, bool) or isinstance(recorded, bool):
        return recorded is drawn
    return bool(recorded == drawn)
