"""How the figures of the book look: one colour per system, calm axes, readable text.

Import this module once at the top of a notebook and call `use()`.
"""

from __future__ import annotations

from typing import Any, Self

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from . import live

SEROTONIN = "#1d5fbf"
NOREPINEPHRINE = "#b8500a"
GABA = "#0f766e"
CALCIUM = "#7b3fb5"
DRUG = "#a3195b"
NEUTRAL = "#4b5563"
DATA = "#111827"
GRID = "#d7dce3"

_DARK = {
    SEROTONIN: "#7fb2ff", NOREPINEPHRINE: "#f6a04d", GABA: "#4fd1c5", CALCIUM: "#c9a0f5",
    DRUG: "#f48fb8", NEUTRAL: "#b6bfcc", DATA: "#f3f4f6", GRID: "#3b4554",
}  # fmt: skip


def use() -> None:
    """Set matplotlib's defaults and the dark partners of the book's colours."""
    live.pair(_DARK)
    plt.rcParams.update(
        {
            "axes.edgecolor": NEUTRAL,
            "axes.facecolor": "none",
            "axes.labelcolor": DATA,
            "axes.linewidth": 1.0,
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.titlesize": 14,
            "figure.constrained_layout.use": True,
            "figure.facecolor": "none",
            "font.size": 13,
            "grid.color": GRID,
            "lines.linewidth": 2.2,
            "text.color": DATA,
            "xtick.color": NEUTRAL,
            "xtick.labelcolor": DATA,
            "ytick.color": NEUTRAL,
            "ytick.labelcolor": DATA,
        }
    )


def axes(*, height: float = 400, rows: int = 1, **limits: Any) -> tuple[Figure, Any]:
    """Return a figure at page width with `rows` stacked axes; the keywords go to the axes.

    Parameters
    ----------
    height : float, px
        Height of the drawing on a wide page.
    rows : int
        Axes below each other, with a common x axis.
    **limits
        Passed to ``Axes.set`` of every axes: ``xlim``, ``ylim``, ``xlabel``, ``ylabel``, ...

    Returns
    -------
    tuple of Figure and Axes (an array of Axes if `rows` is above 1)
    """
    fig, ax = plt.subplots(rows, figsize=(640 / 72, height / 72), sharex=rows > 1)
    for one in [ax] if isinstance(ax, Axes) else ax:
        one.set(**limits)
        one.grid(axis="y", linewidth=0.8)
        one.set_axisbelow(True)
    return fig, ax


class Published:
    """Published observations of an axes: points with error bars, always in the data colour.

    Parameters
    ----------
    ax : Axes
        Where they are drawn.
    label : str
        What the table of values calls them.
    filled : bool
        Filled circles, or open squares for a second kind of measurement.
    """

    def __init__(self, ax: Axes, label: str = "Published", *, filled: bool = True) -> None:
        face = DATA if filled else "none"
        self.points = ax.plot(
            [], [], "o" if filled else "s", color=DATA, mfc=face, ms=6.5, zorder=5, label=label
        )[0]
        self.bars = LineCollection([], colors=DATA, linewidths=1.4, zorder=4.5)
        ax.add_collection(self.bars, autolim=False)

    def set(self, x: ArrayLike, y: ArrayLike, spread: ArrayLike | None = None) -> Self:
        """Place the points; `spread` is the half length of the bars, 0 where none is known."""
        xs, ys = np.atleast_1d(x).astype(float), np.atleast_1d(y).astype(float)
        half = np.zeros_like(ys) if spread is None else np.atleast_1d(spread).astype(float)
        self.points.set_data(xs, ys)
        self.bars.set_segments(
            [[(a, b - h), (a, b + h)] for a, b, h in zip(xs, ys, half, strict=True) if h]
        )
        return self
