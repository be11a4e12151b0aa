"""Draw a matplotlib figure in its two layouts and keep what each artist drew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from .recorder import Mark, Recorder
from .twin import Twin

Marks = dict[str, list[Mark]]
"""Marks by the key of the artist that drew them."""

WIDE, NARROW = (640.0, 400.0), (340.0, 330.0)


@dataclass
class Layout:
    """A page width that the figure is drawn for: its size and where its axes lie."""

    name: str
    width: float
    height: float
    places: list[Bbox] = field(default_factory=list)

    def __post_init__(self) -> None:
        # one for all drawings: matplotlib caches the size of texts by renderer
        self.recorder = Recorder(self.width, self.height)
        self.scales: dict[Axis, Marks] = {}
        """What each axis drew last (ticks, their numbers, its label), while it may be reused."""


class Stage:
    """A figure that can be drawn whole, or only some of its artists, in each layout.

    Parameters
    ----------
    fig : Figure
        The author's figure. It is taken over: its dpi becomes 72, so that a point is a pixel.
    """

    def __init__(self, fig: Figure) -> None:
        self.fig = fig
        fig.set_dpi(72)  # a point is a pixel
        fig.patch.set_visible(False)  # the page is the paper, in light and in dark
        wide = tuple(72.0 * fig.get_size_inches())
        self.layouts = [
            Layout("wide", *wide),
            Layout("narrow", NARROW[0], max(NARROW[1], wide[1] * 0.9)),
        ]
        engine = fig.get_layout_engine()
        for layout in self.layouts:
            self._resize(layout)
            layout.recorder.record([fig])  # ticks exist and the layout has run
            layout.places = [ax.get_position().frozen() for ax in fig.axes]
        if engine is not None:
            fig.set_layout_engine("none")
        self.artists: dict[str, Artist] = {}
        self._twins: dict[str, Twin | None] = {}
        """How the narrow layout follows from the wide one by artist, None where it does not."""
        self.mistakes = 0
        """Twins that a later drawing has shown to be none."""
        self._arranged: Layout | None = None
        self._children: list[Artist] = []
        self._limits = self.limits()
        self._scales = [axis for ax in fig.axes for axis in (ax.xaxis, ax.yaxis)]
        for axis in self._scales:
            axis.draw = partial(self._draw_scale, axis, axis.draw)  # type: ignore[method-assign]

    def _resize(self, layout: Layout) -> None:
        if self.fig.get_dpi() != 72:  # closing a figure gives it its first dpi back
            self.fig.set_dpi(72)
        self.fig.set_size_inches(layout.width / 72, layout.height / 72, forward=False)

    def _draw_scale(self, axis: Axis, draw: Callable[[Any], None], renderer: Any) -> None:
        """Draw an axis, or repeat what it drew last: ticks take most of a drawing's time."""
        layout = next((one for one in self.layouts if one.recorder is renderer), None)
        if layout is None:
            draw(renderer)
            return
        before, renderer.marks = renderer.marks, layout.scales.get(axis, {})
        if axis not in layout.scales:
            draw(renderer)
            layout.scales[axis] = renderer.marks
        renderer.marks = {**before, **renderer.marks}

    def _refresh(self) -> None:
        """Forget the drawn axes, and name new artists, if anything but positions changed."""
        parts = [part for axis in self._scales for part in _scale_parts(axis)]
        children = [child for owner in (self.fig, *self.fig.axes) for child in owner.get_children()]
        if children != self._children or any(part.stale for part in parts):
            for layout in self.layouts:
                layout.scales.clear()
            self.name_artists()
            self._children = children

    def name_artists(self) -> None:
        """Give every artist a key of its own, once."""
        for artist in self.fig.findobj():
            self._name(artist, artist)
            arrow = getattr(artist, "arrow_patch", None)
            if arrow is not None:  # an annotation moves its arrow when it is drawn itself
                self._name(arrow, artist)

    def _name(self, artist: Artist, drawn_by: Artist) -> None:
        key = artist.get_gid()
        if key is None or self.artists.get(key) is not drawn_by:
            key = f"a{len(self.artists)}"
            artist.set_gid(key)
            self.artists[key] = drawn_by

    def limits(self) -> list[tuple[Any, ...]]:
        """Limits and scales of all axes, which must not move with the knobs."""
        return [
            (*ax.get_xlim(), *ax.get_ylim(), ax.get_xscale(), ax.get_yscale())
            for ax in self.fig.axes
        ]

    def limits_moved(self) -> bool:
        """Whether `update` has changed the axes since the figure was taken over."""
        return self.limits() != self._limits

    def draw(self) -> list[Marks]:
        """Return the marks of each layout."""
        self._arrange(self.layouts[1])  # a wider axis would have more ticks to name
        self._refresh()
        wide, narrow = (self._record(layout, [self.fig]) for layout in self.layouts)
        for axis in self._scales:
            for part in _scale_parts(axis):
                part.stale = False
        for key in wide | narrow:
            self._compare(key, wide.get(key, []), narrow.get(key, []))
        return [wide, narrow]

    def draw_only(self, keys: Sequence[str]) -> list[Marks]:
        """Return the marks of each layout, of the artists with these keys at least."""
        wide = self._record(self.layouts[0], self._unique(keys))
        twins = {key: twin for key in wide if (twin := self._twins.get(key))}
        others = self._unique(key for key in keys if self._twins.get(key) is None)
        narrow = self._record(self.layouts[1], others) if others else {}
        return [wide, narrow | {key: twin.of(wide[key]) for key, twin in twins.items()}]

    def _unique(self, keys: Iterable[str]) -> list[Artist]:
        return list({id(a): a for a in (self.artists[key] for key in keys)}.values())

    def _record(self, layout: Layout, artists: Iterable[Artist]) -> Marks:
        self._arrange(layout)
        return layout.recorder.record(artists)

    def _arrange(self, layout: Layout) -> None:
        moved = any(
            ax.get_position(original=True).bounds != place.bounds
            for ax, place in zip(self.fig.axes, layout.places, strict=True)
        )
        if moved or self._arranged is not layout or self.fig.get_dpi() != 72:
            self._resize(layout)
            for ax, place in zip(self.fig.axes, layout.places, strict=True):
                ax.set_position(place)
            self._arranged = layout

    def _compare(self, key: str, wide: list[Mark], narrow: list[Mark]) -> None:
        """Learn how the narrow layout follows from the wide one, or that it does not."""
        if key not in self._twins:
            self._twins[key] = Twin.between(wide, narrow, self._scale(key))
        elif (twin := self._twins[key]) and not twin.holds(wide, narrow):
            self._twins[key] = None
            self.mistakes += 1

    def _scale(self, key: str) -> tuple[float, float]:
        """Size of an artist's axes, or else of the figure, in the narrow layout over the wide."""
        ax = getattr(self.artists.get(key), "axes", None)
        wide, narrow = (np.array([layout.width, layout.height]) for layout in self.layouts)
        if ax in self.fig.axes:
            place = self.fig.axes.index(ax)
            wide, narrow = (
                size * layout.places[place].size
                for size, layout in zip((wide, narrow), self.layouts, strict=True)
            )
        return narrow[0] / wide[0], narrow[1] / wide[1]


def _scale_parts(axis: Axis) -> list[Artist]:
    """All that an axis draws; matplotlib marks as stale what was changed since."""
    ticks = [*axis.majorTicks, *axis.minorTicks]
    drawn = [(t, t.gridline, t.tick1line, t.tick2line, t.label1, t.label2) for t in ticks]
    return [axis, axis.label, axis.offsetText, *(part for parts in drawn for part in parts)]


def not_finite(frames: list[Marks]) -> str | None:
    """Key of the first artist that drew a point that is not finite."""
    for frame in frames:
        for key, marks in frame.items():
            if any(not np.isfinite(mark.xy).all() for mark in marks):
                return key
    return None


def describe(artist: Artist | None) -> str:
    """Name an artist for an error message."""
    if artist is None:
        return "the figure"
    label = str(artist.get_label() or "")
    kind = type(artist).__name__
    return f"{kind} {label!r}" if label and not label.startswith("_") else kind


def axis_map(ax: Axes, layout: Layout) -> dict[str, Any]:
    """How pixels of a layout translate to data: two pixel and two data values for each axis."""
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    place = layout.places[ax.figure.axes.index(ax)]
    return {
        "x": [place.x0 * layout.width, place.x1 * layout.width, x0, x1, ax.get_xscale() == "log"],
        "y": [
            (1 - place.y0) * layout.height,
            (1 - place.y1) * layout.height,
            y0,
            y1,
            ax.get_yscale() == "log",
        ],
    }
