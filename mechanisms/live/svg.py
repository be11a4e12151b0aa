"""Marks as SVG text; colours become CSS variables, ids carry the figure's name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from .palette import variable
from .recorder import Mark, path_data

_PAIR = re.compile(r"(-?[\d.]+) (-?[\d.]+)")


def markers_data(shape: str, xy: Any) -> str:
    """Path data of a marker shape repeated at the points `xy`."""
    return "".join(
        _PAIR.sub(lambda m, x=x, y=y: f"{float(m[1]) + x:.2f} {float(m[2]) + y:.2f}", shape)  # type: ignore[misc]
        for x, y in xy
    )


class Sheet:
    """The SVG of one layout of one figure, and the ids that it needs.

    Parameters
    ----------
    prefix : str
        Starts every id, so that figures on one page cannot clash.
    width, height : float
        Size in pixels.
    """

    def __init__(self, prefix: str, width: float, height: float) -> None:
        self.prefix, self.width, self.height = prefix, width, height
        self.colours: set[str] = set()
        self._clips: dict[str, str] = {}
        self._body: list[str] = []

    def attributes(self, style: Mapping[str, str]) -> dict[str, str]:
        """SVG attributes of a mark's style: colours as variables, clip rectangles as references."""
        attributes = {}
        for name, value in style.items():
            if name == "clip":
                number = self._clips.setdefault(value, f"{self.prefix}-c{len(self._clips)}")
                attributes["clip-path"] = f"url(#{number})"
            elif name in ("fill", "stroke"):
                if value.startswith("#"):
                    self.colours.add(value)
                attributes[name] = variable(value)
            elif name != "rotate":
                attributes[name] = value
        return attributes

    def add(self, mark: Mark, identifier: str | None = None, hidden: bool = False) -> None:
        """Append a mark; with an identifier if it moves, without its shape if it starts hidden."""
        style = dict(mark.style)
        attributes = self.attributes(style)
        if identifier:
            attributes = {"id": identifier, **attributes}
        if hidden:
            attributes["display"] = "none"
        if mark.kind == "text":
            (x, y) = (float(v) for v in mark.xy[0])
            attributes |= {"x": f"{x:.2f}", "y": f"{y:.2f}"}
            if "rotate" in style:
                attributes["transform"] = f"rotate({style['rotate']} {x:.2f} {y:.2f})"
            self._body.append(f"<text{_join(attributes)}>{escape(mark.text)}</text>")
            return
        if not hidden:
            attributes["d"] = (
                path_data(mark.codes, mark.xy)
                if mark.kind == "path"
                else markers_data(mark.shape, mark.xy)
            )
        self._body.append(f"<path{_join(attributes)}/>")

    def text(self, css_class: str, alt: str) -> str:
        """Return the whole SVG element."""
        clips = "".join(
            '<clipPath id="{}"><rect x="{}" y="{}" width="{}" height="{}"/></clipPath>'.format(
                number, *rectangle.split()
            )
            for rectangle, number in self._clips.items()
        )
        return (
            f'<svg class="{css_class}" viewBox="0 0 {self.width:g} {self.height:g}" role="img" '
            f'aria-label="{escape(alt)}"><defs>{clips}</defs>{"".join(self._body)}</svg>'
        )


def _join(attributes: Mapping[str, str]) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())


def drawing_order(frames: Sequence[Mapping[str, Any]]) -> list[str]:
    """Keys of all frames in an order that agrees with each of them."""
    order = list(frames[0])
    for frame in frames[1:]:
        before = -1
        for key in frame:
            if key not in order:
                order.insert(before + 1, key)
            before = order.index(key)
    return order
