"""Which curves, points and bars of a figure its table of values lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.lines import Line2D

from .frames import Stage, axis_map

_MOST_ROWS = 9
_SCALES = ("linear", "log")


def series(stage: Stage, moving: Sequence[str]) -> list[dict[str, Any]]:
    """Labelled lines, points and bars: names, and the data or how to read them off the drawing.

    Left out are artists that are hidden, whose label starts with an underscore (matplotlib's
    default), or on axes that are neither linear nor logarithmic.
    """
    found: list[dict[str, Any]] = []
    for ax in stage.fig.axes:
        if ax.get_xscale() not in _SCALES or ax.get_yscale() not in _SCALES:
            continue
        for label, artist in _labelled(ax):
            entry: dict[str, Any] = {"label": label, "x": _x_label(stage, ax), "y": ax.get_ylabel()}
            entry |= {"axes": axis_map(ax, stage.layouts[0])}
            if artist.get_gid() in moving:
                found.append({**entry, "key": artist.get_gid()})
            elif artist.get_visible():
                found.append({**entry, "data": _data(artist)})
        found += [
            _bars(stage, ax, container, moving)
            for container in ax.containers
            if isinstance(container, BarContainer) and _named(container.get_label())
        ]
    return found


def _named(label: object) -> bool:
    return bool(label) and not str(label).startswith("_")


def _labelled(ax: Axes) -> Iterator[tuple[str, Line2D | PathCollection]]:
    for artist in [*ax.lines, *ax.collections]:
        if isinstance(artist, (Line2D, PathCollection)) and _named(artist.get_label()):
            yield str(artist.get_label()), artist
    for container in ax.containers:
        if isinstance(container, ErrorbarContainer) and _named(container.get_label()):
            yield str(container.get_label()), container.lines[0]


def _x_label(stage: Stage, ax: Axes) -> str:
    """Return the label of the x axis, which stacked axes write only once."""
    labels = [one.get_xlabel() for one in stage.fig.axes if ax.get_shared_x_axes().joined(ax, one)]
    return ax.get_xlabel() or next(filter(None, labels), "")


def _data(artist: Artist) -> list[list[float]]:
    """Finite points of an artist that stands still; of a long curve, a few."""
    points = artist.get_xydata() if isinstance(artist, Line2D) else artist.get_offsets()  # type: ignore[attr-defined]
    data = np.asarray(points, dtype=float)
    data = data[np.isfinite(data).all(axis=1)]
    if len(data) > 3 * _MOST_ROWS:
        data = data[np.linspace(0, len(data) - 1, _MOST_ROWS).round().astype(int)]
    rows: list[list[float]] = data.tolist()
    return rows


def _bars(stage: Stage, ax: Axes, bars: BarContainer, moving: Sequence[str]) -> dict[str, Any]:
    """Entry of a labelled bar chart: the name of each bar, and its length or how to read it."""
    flat = bars.orientation == "horizontal"
    axis = ax.yaxis if flat else ax.xaxis
    ticks = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=False)
    names = {float(place): label.get_text() for place, label in ticks}
    entries = []
    for bar in bars.patches:
        middle = bar.get_y() + bar.get_height() / 2 if flat else bar.get_x() + bar.get_width() / 2
        near = min(names, key=lambda place: abs(place - middle), default=middle)
        entry: dict[str, Any] = {"name": names.get(near) or f"{middle:g}"}
        if bar.get_gid() in moving:
            entry["key"] = bar.get_gid()
        else:
            entry["value"] = float(bar.get_width() if flat else bar.get_height())
        entries.append(entry)
    return {
        "label": str(bars.get_label()),
        "x": axis.get_label_text(),
        "y": ax.get_xlabel() if flat else ax.get_ylabel(),
        "flat": flat,
        "axes": axis_map(ax, stage.layouts[0]),
        "bars": entries,
    }
