"""Bring a live figure to a goal."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from .base import Mark, Question, UnreadableError, is_finite

Bounds = Mapping[str, tuple[float, float]]


def _inside(quantities: Mapping[str, Any], bounds: Bounds, slack: float = 0.0) -> bool:
    return all(
        low - slack * (high - low) <= float(quantities[label]) <= high + slack * (high - low)
        for label, (low, high) in bounds.items()
    )


def _json(bounds: Bounds) -> dict[str, list[float]]:
    """Bounds as JSON can carry them: the largest float stands for no bound."""
    most = sys.float_info.max
    return {label: [max(-most, low), min(most, high)] for label, (low, high) in bounds.items()}


@dataclass(frozen=True, kw_only=True)
class Setting(Question):
    """Knob values of a live figure that meet a goal.

    Attributes
    ----------
    figure : str
        Name of the live figure.
    model : callable
        Called with the knob values by name; returns the figure's numeric readouts by label. It
        is the function that the figure's own `update` calls.
    goal : mapping
        Label of a readout, or name of a knob -> (low, high): what has to hold.
    example : mapping
        Knob values that meet the goal.

    Notes
    -----
    A misconception has as `answer` the knob values it leads to, and in `where` the bounds that
    betray it; the first that fits is named. The page judges the readouts it shows, the regrading
    computes them anew with the model; so that rounding costs nobody a point, the regrading
    widens the goal by `SLACK` of its width at each end.
    """

    kind: ClassVar[str] = "setting"
    SLACK: ClassVar[float] = 0.05
    OTHER: ClassVar[str] = "Compare the readouts with the goal, one by one."

    figure: str
    model: Callable[..., Mapping[str, float]]
    goal: Bounds
    example: Mapping[str, Any]

    def read(self, raw: Any) -> dict[str, Any]:
        """Return the knob values of a mapping that names each knob once."""
        if not isinstance(raw, Mapping) or set(raw) != set(self.example):
            raise UnreadableError(f"Give a value for each of {', '.join(self.example)}.")
        for name, like in self.example.items():
            value = raw[name]
            if isinstance(like, (str, bool)):
                if type(value) is not type(like):
                    raise UnreadableError(f"{name} must be like {like!r}.")
            elif not is_finite(value):
                raise UnreadableError(f"{name} must be a number.")
        return dict(raw)

    def quantities(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Readouts and knob values by name."""
        return {**self.model(**values), **values}

    def mark(self, raw: Any) -> Mark:
        """Judge knob values with the model."""
        values = self.read(raw)
        try:
            quantities = self.quantities(values)
        except (ValueError, KeyError) as error:
            raise UnreadableError(f"The figure cannot stand like this: {error}") from error
        if _inside(quantities, self.goal, self.SLACK):
            return Mark(True, self.RIGHT)
        for i, slip in enumerate(self.misconceptions):
            if _inside(quantities, slip.where):
                return Mark(False, slip.feedback, i)
        return Mark(False, self.OTHER)

    def fault(self) -> str:
        """Check that the example meets the goal and each error its own bounds only."""
        if not all(math.isfinite(low) and math.isfinite(high) for low, high in self.goal.values()):
            return "the bounds of the goal must be finite"
        if not self.goal or not _inside(self.quantities(self.example), self.goal):
            return "the example must meet the goal"
        for i, error in enumerate(self.misconceptions):
            if not error.where:
                return f"misconception {i} needs bounds in `where`"
            if _inside(self.quantities(error.answer), self.goal, 2 * self.SLACK):
                return f"misconception {i} meets the goal"
            if self.mark(error.answer).misconception != i:
                return f"the answer of misconception {i} is not recognised as such"
        return ""

    def key_answer(self) -> dict[str, Any]:
        """Return the example."""
        return dict(self.example)

    def wrong_answers(self) -> list[Any]:
        """Return the knob values of the misconceptions."""
        return [dict(m.answer) for m in self.misconceptions]

    def page(self) -> dict[str, Any]:
        """Return the figure's name and the bounds of goal and misconceptions."""
        return {
            **super().page(),
            "figure": self.figure,
            "goal": _json(self.goal),
            "errors": [[_json(m.where), m.feedback] for m in self.misconceptions],
        }
