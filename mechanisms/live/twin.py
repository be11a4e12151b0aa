"""What an artist draws in one layout, from what it draws in another: drawing takes most time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.path import Path
from numpy.typing import NDArray

from .recorder import Mark

_EXACT = 1e-6  # px
_CLOSE = int(Path.CLOSEPOLY)


@dataclass(frozen=True)
class Twin:
    """How marks differ between two layouts that draw them alike: by scale, shift and clip.

    The scale is that of the axes, or of the figure for what has no axes. That holds for what data
    place, at an offset in pixels or at none. It does not for what the figure places within axes, or
    what pixels measure: an arrow that ends short of its point.
    """

    scale: NDArray[np.float64]
    shift: NDArray[np.float64]
    clip: str

    @classmethod
    def between(
        cls, first: Sequence[Mark], second: Sequence[Mark], scale: tuple[float, float]
    ) -> Twin | None:
        """Return how `second` follows from `first`, or None if it does not."""
        if not first or not second:
            return None
        shift = second[0].xy[0] - np.multiply(scale, first[0].xy[0])
        twin = cls(np.array(scale), shift, dict(second[0].style).get("clip", ""))
        return twin if twin.holds(first, second) else None

    def of(self, marks: Sequence[Mark]) -> list[Mark]:
        """Return the marks of the second layout."""
        return [self._of(mark) for mark in marks]

    def _of(self, mark: Mark) -> Mark:
        xy = mark.xy * self.scale + self.shift
        if _CLOSE in mark.codes:  # a point without a meaning
            xy[np.array(mark.codes) == _CLOSE] = 0.0
        style = tuple(("clip", self.clip) if key == "clip" else (key, v) for key, v in mark.style)
        return Mark(mark.kind, xy, mark.codes, mark.shape, mark.text, style)

    def holds(self, first: Sequence[Mark], second: Sequence[Mark]) -> bool:
        """Whether this tells the marks of the second layout."""
        told = self.of(first)
        return [m.fixed for m in told] == [m.fixed for m in second] and all(
            np.abs(m.xy - n.xy).max(initial=0.0) < _EXACT for m, n in zip(told, second, strict=True)
        )
