"""Labels that stay at a point of their line, so that no figure needs a legend box."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox, offset_copy


class LineLabel(Text):
    """Text that sits at point `index` of a line whenever it is drawn."""

    def __init__(self, line: Line2D, text: str, index: int, **kwargs: Any) -> None:
        super().__init__(0, 0, text, **kwargs)
        self._line, self.index = line, index

    def _follow(self) -> bool:
        x, y = (np.asarray(values, dtype=float) for values in self._line.get_data())
        if x.size:
            self.set_position((x[self.index], y[self.index]))
        return x.size > 0

    def get_window_extent(self, *args: Any, **kwargs: Any) -> Bbox:
        """Extent of the text at its point, or nothing if the line has no points."""
        # without points there is nothing to leave room for
        return super().get_window_extent(*args, **kwargs) if self._follow() else Bbox.null()

    def draw(self, renderer: RendererBase) -> None:
        """Draw the text at its point, if the line has any."""
        if self._follow():
            super().draw(renderer)


def end_label(
    line: Line2D, text: str, *, index: int = -1, dx: float = 6, dy: float = 0, **kwargs: Any
) -> LineLabel:
    """Write `text` beside a point of `line`, in its colour; the label follows the line.

    Parameters
    ----------
    line : Line2D
        A line of an Axes.
    text : str
        The label.
    index : int
        Which point of the line; the last by default. A choice may set another `index` later.
    dx, dy : float
        Offset to the right and upwards, in pixels.
    **kwargs
        Further properties of the text.
    """
    ax = line.axes
    if ax is None:
        raise ValueError("line must belong to an Axes, got a free line")
    place = offset_copy(ax.transData, ax.get_figure(root=True), x=dx / 72, y=dy / 72)
    style = {"color": line.get_color(), "va": "center", "ha": "left", "transform": place}
    label = LineLabel(line, text, index, **{**style, **kwargs})
    ax.add_artist(label)
    label.set_transform(place)
    label.set_clip_on(False)
    return label
