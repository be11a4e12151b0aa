"""What all questions share."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, ClassVar


class UnreadableError(ValueError):
    """An answer that is empty or no answer at all; it costs no attempt."""


@dataclass(frozen=True)
class Misconception:
    """A known error: the answer it produces, and what to say to who made it.

    Attributes
    ----------
    answer : object
        Computed as the error computes it: a number, knob values or a function, by kind.
    feedback : str
        Names the error and asks the question that undoes it; does not give the key away.
    where : mapping, for settings
        Label of a knob or readout -> (low, high): the answers that betray this error.
    """

    answer: Any
    feedback: str
    where: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Mark:
    """Verdict on one answer; `misconception` is the place of the error in the list, or None."""

    correct: bool
    feedback: str
    misconception: int | None = None

    def __str__(self) -> str:
        return self.feedback if self.correct else f"Not yet. {self.feedback}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))  # what a notebook shows


@dataclass(frozen=True, kw_only=True)
class Question(ABC):
    """One variant of an item: the task as this learner sees it.

    Attributes
    ----------
    prompt : str
        The task in plain text; an empty line begins a new paragraph.
    solution : str
        The worked solution, shown after success or the last attempt; plain text.
    given : mapping
        What is known, as label -> text with unit; shown as a list below the prompt.
    misconceptions : tuple of Misconception
        At least one.
    """

    kind: ClassVar[str]

    prompt: str
    solution: str
    given: Mapping[str, str] = field(default_factory=dict)
    misconceptions: tuple[Misconception, ...] = ()

    RIGHT: ClassVar[str] = "Right."
    OTHER: ClassVar[str] = "This is none of the usual slips: go through the steps again."

    @abstractmethod
    def read(self, raw: Any) -> Any:
        """Return the answer in a raw record, or raise `UnreadableError`."""

    @abstractmethod
    def mark(self, raw: Any) -> Mark:
        """Judge a raw answer.

        Raises
        ------
        UnreadableError
            If it is empty or cannot be read; the message says what is expected.
        """

    @abstractmethod
    def fault(self) -> str:
        """Why this variant must not be published, or an empty text.

        The key and every misconception must be told apart with both tolerances to spare.
        """

    @abstractmethod
    def key_answer(self) -> Any:
        """Return a raw answer that is right."""

    @abstractmethod
    def wrong_answers(self) -> list[Any]:
        """Return the raw answer that each misconception produces, in order."""

    def page(self) -> dict[str, Any]:
        """Return what the static page needs to show and judge this variant (JSON)."""
        return {"prompt": self.prompt, "given": dict(self.given), "solution": self.solution}


def is_finite(value: Any) -> bool:
    """Whether this is a number, neither true nor false, that a float can hold."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
