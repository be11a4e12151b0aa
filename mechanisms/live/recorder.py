"""Catch what matplotlib draws, artist by artist, as plain geometry in pixels."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.colors import to_hex
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Transform
from numpy.typing import NDArray

_ANCHORS = {"left": "start", "center": "middle", "right": "end"}
_RAISED = str.maketrans("0123456789+-−()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-−()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎")
_SYMBOLS = {r"\alpha": "α", r"\beta": "β", r"\gamma": "γ", r"\delta": "δ", r"\mu": "µ",
            r"\tau": "τ", r"\times": "×", r"\infty": "∞", r"\/": "", r"\,": " "}  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """One drawn thing: a path, a set of equal markers, or a line of text.

    `xy` holds what may move (vertices, marker centres or the text anchor), in pixels from the
    upper left corner; everything else is fixed while a continuous knob moves.
    """

    kind: str
    xy: NDArray[np.float64]
    codes: tuple[int, ...] = ()
    shape: str = ""
    text: str = ""
    style: tuple[tuple[str, str], ...] = ()

    @property
    def fixed(self) -> tuple[Any, ...]:
        """What has to stay the same while a continuous knob moves."""
        return (self.kind, self.codes, self.shape, self.text, self.style, self.xy.shape)


def plain_text(s: str) -> str:
    """Turn the little mathtext that tick labels use into Unicode.

    Raises
    ------
    ValueError
        If the text holds mathematics that plain text cannot show.
    """
    if s.count("$") < 2:  # a single one is a dollar
        return s
    text = re.sub(r"\\(mathdefault|mathrm|mathregular|mathit)\b", "", s.replace("$", ""))
    for name, symbol in _SYMBOLS.items():
        text = text.replace(name, symbol)
    text = re.sub(r"\^\{([^{}]*)\}|\^(\w)", lambda m: (m[1] or m[2]).translate(_RAISED), text)
    text = re.sub(r"_\{([^{}]*)\}|_(\w)", lambda m: (m[1] or m[2]).translate(_LOWERED), text)
    text = text.replace("{", "").replace("}", "")
    if "\\" in text or "^" in text or "_" in text:
        raise ValueError(f"text must be plain Unicode, without mathematics, got {s!r}")
    return text


_LETTERS = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C",
            Path.CLOSEPOLY: "Z"}  # fmt: skip
_POINTS = {"M": 1, "L": 1, "Q": 2, "C": 3, "Z": 1}


def runs(codes: tuple[int, ...]) -> list[tuple[str, int]]:
    """Run lengths of path codes, in points: a circle is ``[("M", 1), ("C", 24), ("Z", 1)]``."""
    letters = (_LETTERS[np.uint8(code)] for code in codes)
    return [(letter, len(list(group))) for letter, group in groupby(letters)]


def path_data(codes: tuple[int, ...], xy: NDArray[np.float64]) -> str:
    """SVG path data with two decimals."""
    out, start = [], 0
    for letter, count in runs(codes):
        for i in range(start, start + count, _POINTS[letter]):
            points = xy[i : i + _POINTS[letter]].round(2) + 0.0
            numbers = "" if letter == "Z" else " ".join(f"{x:g} {y:g}" for x, y in points)
            out.append(letter + numbers)
        start += count
    return "".join(out)


class Recorder(RendererBase):
    """A matplotlib renderer that logs marks by the `gid` of the artist that drew them.

    Leaves out images, hatches, gradients and mathematics beyond tick labels: each raises.
    """

    def __init__(self, width: float, height: float) -> None:
        super().__init__()
        self.width, self.height = width, height
        self.marks: dict[str, list[Mark]] = {}
        self._open: list[str | None] = []

    def record(self, artists: Iterable[Artist]) -> dict[str, list[Mark]]:
        """Return the marks that the artists make, by key, in drawing order."""
        self.marks = {}
        for artist in artists:
            artist.draw(self)
        return self.marks

    def get_canvas_width_height(self) -> tuple[float, float]:  # noqa: D102
        return self.width, self.height

    def points_to_pixels(self, points: Any) -> Any:  # noqa: D102
        return points

    def flipy(self) -> bool:  # noqa: D102
        return True

    def option_image_nocomposite(self) -> bool:  # noqa: D102
        return True

    def open_group(self, s: str, gid: str | None = None) -> None:  # noqa: D102
        self._open.append(gid)

    def close_group(self, s: str) -> None:  # noqa: D102
        self._open.pop()

    def draw_image(self, *args: Any, **kwargs: Any) -> None:  # noqa: D102
        raise NotImplementedError("a live figure cannot hold images; draw patches or lines")

    def draw_gouraud_triangles(self, *args: Any, **kwargs: Any) -> None:  # noqa: D102
        raise NotImplementedError("a live figure cannot hold gradients; use flat shading")

    def draw_path(  # noqa: D102
        self, gc: GraphicsContextBase, path: Path, transform: Transform, rgbFace: Any = None
    ) -> None:
        codes, xy = self._geometry(path, transform)
        if len(xy):
            self._log(Mark("path", xy, codes, style=self._style(gc, rgbFace)))

    def draw_markers(  # noqa: D102
        self,
        gc: GraphicsContextBase,
        marker_path: Path,
        marker_trans: Transform,
        path: Path,
        trans: Transform,
        rgbFace: Any = None,
    ) -> None:
        points = trans.transform(path.vertices)
        if path.codes is not None:
            points = points[path.codes != Path.CLOSEPOLY]
        if len(points) == 0:
            return
        vertices = marker_trans.transform(marker_path.vertices) * (1, -1)
        shape = path_data(self._codes(marker_path), vertices)
        xy = points * (1, -1) + (0, self.height)
        self._log(Mark("markers", xy, shape=shape, style=self._style(gc, rgbFace)))

    def draw_text(  # noqa: D102
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Text | None = None,
    ) -> None:
        anchor = "start"
        if mtext is not None and (angle == 0 or mtext.get_rotation_mode() == "anchor"):
            # Anchor at the point the author gave: the reader's font has other widths than ours.
            ax, ay = mtext.get_transform().transform(mtext.get_unitless_position())
            ay = self.height - ay
            across = np.array([np.sin(np.deg2rad(angle)), np.cos(np.deg2rad(angle))])
            x, y = (ax, ay) + np.dot(across, [x - ax, y - ay]) * across
            anchor = _ANCHORS[mtext.get_horizontalalignment()]
        elif mtext is not None and angle != 0:
            # Rotated text comes by its lower left corner; its middle is what should stay put.
            width, _, _ = self.get_text_width_height_descent(s, prop, ismath)
            turn = np.deg2rad(angle)
            x, y = x + np.cos(turn) * width / 2, y - np.sin(turn) * width / 2
            anchor = "middle"
        style = [("fill", to_hex(gc.get_rgb()[:3])), ("font-size", f"{prop.get_size():g}")]
        if anchor != "start":
            style.append(("text-anchor", anchor))
        if prop.get_weight() in ("bold", "semibold", 600, 700):
            style.append(("font-weight", "600"))
        if prop.get_style() == "italic":
            style.append(("font-style", "italic"))
        if gc.get_rgb()[3] < 1:
            style.append(("fill-opacity", f"{gc.get_rgb()[3]:.3g}"))
        if angle:
            style.append(("rotate", f"{-angle:g}"))
        self._log(Mark("text", np.array([[x, y]]), text=plain_text(s), style=tuple(style)))

    def draw_tex(self, *args: Any, **kwargs: Any) -> None:  # noqa: D102
        raise NotImplementedError("a live figure cannot hold TeX; use plain Unicode text")

    @staticmethod
    def _codes(path: Path) -> tuple[int, ...]:
        if path.codes is not None:
            codes: list[int] = np.asarray(path.codes, dtype=int).tolist()
            return tuple(codes)
        points: int = np.asarray(path.vertices).shape[0]
        return (int(Path.MOVETO),) + (int(Path.LINETO),) * (points - 1)

    def _geometry(self, path: Path, transform: Transform) -> tuple[tuple[int, ...], Any]:
        xy = transform.transform(path.vertices) * (1, -1) + (0, self.height)
        codes = self._codes(path)
        closing = np.array([code == Path.CLOSEPOLY for code in codes], dtype=bool)
        if closing.any():  # the point of a CLOSEPOLY has no meaning
            xy = np.where(closing[:, None], 0.0, xy)
        return codes, xy

    def _style(self, gc: GraphicsContextBase, face: Any) -> tuple[tuple[str, str], ...]:
        if gc.get_hatch():
            raise NotImplementedError("a live figure cannot hold hatches; use a label or outline")
        forced = gc.get_alpha() if gc.get_forced_alpha() else None
        style: list[tuple[str, str]] = []
        face_alpha = 0.0 if face is None else forced if forced is not None else (*face, 1.0)[3]
        if face is None or face_alpha == 0:
            style.append(("fill", "none"))
        else:
            style.append(("fill", to_hex(face[:3])))
            if face_alpha < 1:
                style.append(("fill-opacity", f"{face_alpha:.3g}"))
        red, green, blue, alpha = gc.get_rgb()
        alpha = forced if forced is not None else alpha
        if gc.get_linewidth() > 0 and alpha > 0:
            style += [("stroke", to_hex((red, green, blue))),
                      ("stroke-width", f"{gc.get_linewidth():g}")]  # fmt: skip
            if alpha < 1:
                style.append(("stroke-opacity", f"{alpha:.3g}"))
            offset, dashes = gc.get_dashes()
            if dashes is not None:
                dashes = np.asarray(dashes, dtype=float).tolist()
                style.append(("stroke-dasharray", " ".join(f"{d:.3g}" for d in dashes)))
                if offset:
                    style.append(("stroke-dashoffset", f"{offset:.3g}"))
            style += [("stroke-linecap", {"projecting": "square"}.get(cap, cap))
                      for cap in [str(gc.get_capstyle())] if cap != "butt"]  # fmt: skip
            style += [("stroke-linejoin", join)
                      for join in [str(gc.get_joinstyle())] if join != "miter"]  # fmt: skip
        clip = gc.get_clip_rectangle()
        if clip is not None:
            x0, y0, width, height = clip.bounds
            top = self.height - y0 - height
            style.append(("clip", f"{x0:.2f} {top:.2f} {width:.2f} {height:.2f}"))
        return tuple(style)

    def _log(self, mark: Mark) -> None:
        owner = next((gid for gid in reversed(self._open) if gid), "")
        marks = self.marks.setdefault(owner, [])
        if marks and mark.kind == marks[-1].kind == "path" and mark.style == marks[-1].style:
            # One artist, one style: one path. Error bars and bars of a collection stay together.
            last = marks.pop()
            mark = Mark("path", np.vstack([last.xy, mark.xy]), last.codes + mark.codes,
                        style=mark.style)  # fmt: skip
        marks.append(mark)
