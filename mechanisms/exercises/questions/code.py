"""Write a function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

from .base import Mark, Question, UnreadableError, is_finite

Function = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Code(Question):
    """A function of numbers, or lists of numbers, that returns a number or a list of numbers.

    Attributes
    ----------
    function : str
        Its name.
    starter : str
        The cell that the learner completes: signature, docstring with units, no solution.
    reference : callable
        Computes the key with the models.
    cases : tuple of tuple
        Arguments of each call, plain numbers, texts or lists; drawn, so nobody can guess them all.
    rel_tol, abs_tol : float
        A value within ``max(rel_tol * |target|, abs_tol)`` counts as the target.

    Notes
    -----
    A misconception has a function as `answer`. The learner's function is called here only by
    `mark`, in the learner's own kernel; a grader calls it elsewhere and hands the values to
    `compare`.
    """

    kind: ClassVar[str] = "code"
    OTHER: ClassVar[str] = "The function runs, but its values are none of the usual slips."

    function: str
    starter: str
    reference: Function
    cases: tuple[tuple[Any, ...], ...]
    rel_tol: float = 1e-3
    abs_tol: float = 1e-9

    def read(self, raw: Any) -> str:
        """Return the learner's source text."""
        if not isinstance(raw, str) or f"def {self.function}" not in raw:
            raise UnreadableError(f"Define a function called {self.function}.")
        return raw

    def values(self, function: Function) -> list[Any]:
        """Call a function of ours on all cases."""
        return [_plain(function(*deepcopy(case))) for case in self.cases]

    def mark(self, raw: Any) -> Mark:
        """Judge a function (not its text) by calling it in this process."""
        return self.compare(self._run(raw))

    def test(self, function: Any) -> Mark:
        """Judge a function; say of a wrong one a call that shows it."""
        values = self._run(function)
        mark = self.compare(values)
        if mark.correct:
            return mark
        targets = self.values(self.reference)
        place = next(i for i, v in enumerate(values) if not self._near(v, targets[i], 1.0))
        shown = (
            f"{self._call(self.cases[place])} returned {_shown(values[place])}; "
            f"expected {_shown(targets[place])}."
        )
        return Mark(False, f"{mark.feedback} {shown}", mark.misconception)

    def _run(self, function: Any) -> list[Any]:
        if not callable(function):
            raise UnreadableError(f"Define a function called {self.function}.")
        values = []
        for case in self.cases:
            try:
                # a copy: a function may change the list that it gets
                values.append(_plain(function(*deepcopy(case))))
            except UnreadableError:
                raise
            except Exception as error:
                text = f"{self._call(case)} raised {type(error).__name__}: {error}"
                raise UnreadableError(text) from error
        return values

    def _call(self, case: tuple[Any, ...]) -> str:
        return f"{self.function}({', '.join(map(_shown, case))})"

    def compare(self, values: Sequence[Any]) -> Mark:
        """Judge the values that a function returned for `cases`, in order."""
        if len(values) != len(self.cases):
            raise UnreadableError(f"{len(self.cases)} values are needed, got {len(values)}.")
        if all(v is None for v in values):
            raise UnreadableError(f"{self.function} returned nothing: does it end with return?")
        if self._same(values, self.values(self.reference)):
            return Mark(True, self.RIGHT)
        for i, error in enumerate(self.misconceptions):
            if self._same(values, self.values(error.answer)):
                return Mark(False, error.feedback, i)
        return Mark(False, self.OTHER)

    def _same(self, values: Sequence[Any], targets: Sequence[Any], spare: float = 1.0) -> bool:
        return all(self._near(v, t, spare) for v, t in zip(values, targets, strict=True))

    def _near(self, value: Any, target: Any, spare: float) -> bool:
        if isinstance(target, list):
            return (
                isinstance(value, list)
                and len(value) == len(target)
                and all(self._near(v, t, spare) for v, t in zip(value, target, strict=True))
            )
        if not is_finite(value):
            return False
        room = spare * max(self.rel_tol * abs(target), self.abs_tol)
        return bool(abs(float(value) - target) <= room)

    def fault(self) -> str:
        """Key and misconceptions must differ in at least one case by more than both tolerances."""
        functions = [self.reference, *(m.answer for m in self.misconceptions)]
        all_values = [self.values(f) for f in functions]
        for i, a in enumerate(all_values):
            for j, b in enumerate(all_values[i + 1 :], start=i + 1):
                if self._same(a, b, spare=2.1):
                    return f"functions {i} and {j} of key and misconceptions give the same values"
        return ""

    def key_answer(self) -> Function:
        """Return the reference function."""
        return self.reference

    def wrong_answers(self) -> list[Any]:
        """Return the functions of the misconceptions."""
        return [m.answer for m in self.misconceptions]

    def page(self) -> dict[str, Any]:
        """Return the function's name and its starter; a page cannot judge code."""
        return {**super().page(), "function": self.function, "starter": self.starter}


def _shown(value: Any) -> str:
    """Return a value as a learner would write it."""
    if isinstance(value, (list, tuple)):
        few = [_shown(v) for v in value[:8]] + ["…"] * (len(value) > 8)
        return f"[{', '.join(few)}]"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


def _plain(value: Any) -> Any:
    """Numbers and nested sequences as JSON would carry them; raise `UnreadableError` else."""
    if value is None or isinstance(value, str):
        return value
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, bool) or not isinstance(value, Real):
        raise UnreadableError(f"the function must return numbers, got {type(value).__name__}")
    return float(value)
