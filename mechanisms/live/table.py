"""Which curves and points of a figure its table of values lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.lines import Line2D

from .frames import Stage, axis_map


def series(stage: Stage, moving: Sequence[str]) -> list[dict[str, Any]]:
    """Labelled lines and point clouds: names, and the data or how to read them off the drawing.

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
    return found
