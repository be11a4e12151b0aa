"""A number with a unit."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, ClassVar

from .base import Mark, Question, UnreadableError, is_finite

# Twin of `readNumber` in exercise.js. A lone comma is a decimal comma.
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[+-]?\d{1,3})?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3}|\.000)", re.ASCII)
_BLANKS = " \t\r\n\u00a0"
_LONGEST = 100


def read_number(text: str, unit: str = "") -> float:
    """Read a number as people write it, with or without its unit.

    Raises
    ------
    UnreadableError
        If there is no number, more than a number, or a mark that may part thousands.
    """
    plain = text.replace("\u2212", "-").strip(_BLANKS).lower()
    if not plain:
        raise UnreadableError("Enter a number.")
    if unit and plain.endswith(unit.lower()):
        plain = plain[: -len(unit.lower())].rstrip(_BLANKS)
    if len(plain) > _LONGEST or not _NUMBER.fullmatch(plain):
        raise UnreadableError("Enter one number, such as 12.5, and nothing else.")
    if _THOUSANDS.fullmatch(plain):
        raise UnreadableError(
            "Write thousands without a mark between them, such as 2000, and decimals with a point."
        )
    value = float(plain.replace(",", "."))
    if not math.isfinite(value):
        raise UnreadableError("Enter a finite number.")
    return value


@dataclass(frozen=True, kw_only=True)
class Numeric(Question):
    """A number; each misconception is the number that the error gives.

    Attributes
    ----------
    key : float
        Computed with the models.
    unit : str
        Shown behind the field; may be empty.
    rel_tol, abs_tol : float
        An answer within ``max(rel_tol * |target|, abs_tol)`` of a target counts as that target.
    """

    kind: ClassVar[str] = "numeric"

    key: float
    unit: str = ""
    rel_tol: float = 0.03
    abs_tol: float = 0.0

    def tolerance(self, target: float) -> float:
        """How far an answer may lie from `target`."""
        # the last bit of a float must not decide at the edge
        return max(self.rel_tol * abs(target), self.abs_tol) * (1 + 1e-9)

    def read(self, raw: Any) -> float:
        """Return the number in a text or number."""
        if isinstance(raw, str):
            return read_number(raw, self.unit)
        if is_finite(raw):
            return float(raw)
        raise UnreadableError("Enter a number.")

    def mark(self, raw: Any) -> Mark:
        """Judge a number."""
        value = self.read(raw)
        if abs(value - self.key) <= self.tolerance(self.key):
            return Mark(True, self.RIGHT)
        for i, error in enumerate(self.misconceptions):
            if abs(value - error.answer) <= self.tolerance(error.answer):
                return Mark(False, error.feedback, i)
        return Mark(False, self.OTHER)

    def fault(self) -> str:
        """Key and misconceptions must lie further apart than both tolerances together."""
        targets = [float(self.key), *(float(m.answer) for m in self.misconceptions)]
        if not all(math.isfinite(t) for t in targets):
            return "key and misconceptions must be finite"
        for i, a in enumerate(targets):
            for b in targets[i + 1 :]:
                if abs(a - b) <= 1.05 * (self.tolerance(a) + self.tolerance(b)):
                    return f"targets {a:g} and {b:g} are too close"
        return ""

    def key_answer(self) -> float:
        """Return the key."""
        return float(self.key)

    def wrong_answers(self) -> list[Any]:
        """Return the numbers of the misconceptions."""
        return [float(m.answer) for m in self.misconceptions]

    def page(self) -> dict[str, Any]:
        """Return key, tolerances and misconceptions."""
        return {
            **super().page(),
            "unit": self.unit,
            "key": float(self.key),
            "tolerance": self.tolerance(self.key),
            "errors": [
                [float(m.answer), self.tolerance(m.answer), m.feedback] for m in self.misconceptions
            ],
        }
