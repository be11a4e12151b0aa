"""Colours in pairs: what an author draws in light mode, and what a reader sees in dark mode."""

from __future__ import annotations

import colorsys
from collections.abc import Iterable, Mapping

_dark: dict[str, str] = {}


def pair(light_to_dark: Mapping[str, str]) -> None:
    """Declare the dark partners of light colours, both as ``#rrggbb``."""
    _dark.update({light.lower(): dark.lower() for light, dark in light_to_dark.items()})


def dark_of(colour: str) -> str:
    """Return the declared partner of a light colour, else the same hue at mirrored lightness."""
    if colour in _dark:
        return _dark[colour]
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    mirrored = colorsys.hls_to_rgb(hue, 1 - 0.88 * lightness, saturation)
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in mirrored)


def variable(colour: str) -> str:
    """CSS value of a colour: a variable that dark mode sets, with the light colour as fallback."""
    return f"var(--lf-{colour[1:]},{colour})" if colour.startswith("#") else colour


def dark_rules(element_id: str, colours: Iterable[str]) -> str:
    """CSS that gives the colours of one figure their dark values, in the book and in Jupyter."""
    body = ";".join(f"--lf-{c[1:]}:{dark_of(c)}" for c in sorted(set(colours)))
    if not body:
        return ""
    hosts = ("html[data-theme=dark]", "body[data-jp-theme-light=false]")
    where = ",".join(f"{host} #{element_id}" for host in hosts)
    return f"@media screen{{{where}{{{body}}}}}"
