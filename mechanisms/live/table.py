"""Which curves and points of a figure its table of values lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.container import BarContainer
from matplotlib.lines import Line2D

from .frames import Stage, axis_map


def series(stage: Stage, moving: Sequence[str]) -> list[dict[str, Any]]:
    """Labelled lines, points and bars: names, and the data or how to read them off the drawing.

    Labels that start with an underscore (matplotlib's default) are left out of the table.
    """
    found: list[dict[str, Any]] = []
    for ax in stage.fig.axes:
        for artist in [*ax.lines, *ax.collections]:
            label = str(artist.get_label() or "")
            if not isinstance(artist, (Line2D, PathCollection)) or label.startswith("_"):
                continue
            entry: dict[str, Any] = {"label": label, "x": ax.get_xlabel(), "y": ax.get_ylabel()}
            if artist.get_gid() in moving:
                entry |= {"key": artist.get_gid(), "map": axis_map(ax, stage.layouts[0])}
            else:
                data = artist.get_xydata() if isinstance(artist, Line2D) else artist.get_offsets()
                entry["data"] = np.asarray(data, dtype=float).tolist()
            found.append(entry)
        found += [
            _bars(ax, container, stage, moving)
            for container in ax.containers
            if isinstance(container, BarContainer)
            and not str(container.get_label()).startswith("_")
        ]
    return found


def _bars(ax: Axes, bars: BarContainer, stage: Stage, moving: Sequence[str]) -> dict[str, Any]:
    """Entry of a labelled bar chart: the name of each bar, and its length or how to read it."""
    flat = bars.orientation == "horizontal"
    axis, values = (ax.yaxis, "x") if flat else (ax.xaxis, "y")
    names = dict(
        zip(
            axis.get_ticklocs(),
            (label.get_text() for label in axis.get_ticklabels()),
            strict=False,
        )
    )
    entries = []
    for bar in bars.patches:
        middle = bar.get_y() + bar.get_height() / 2 if flat else bar.get_x() + bar.get_width() / 2
        near = min(names, key=lambda at: abs(at - middle), default=middle)
        entry: dict[str, Any] = {"name": names.get(near) or f"{middle:g}"}
        if bar.get_gid() in moving:
            entry["key"] = bar.get_gid()
        else:
            entry["value"] = bar.get_width() if flat else bar.get_height()
        entries.append(entry)
    return {
        "label": str(bars.get_label()),
        "x": axis.get_label_text(),
        "y": ax.get_xlabel() if flat else ax.get_ylabel(),
        "flat": flat,
        "map": axis_map(ax, stage.layouts[0])[values],
        "bars": entries,
    }
