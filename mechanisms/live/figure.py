"""`LiveFigure`: a matplotlib figure with knobs that works with and without Python."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from importlib.resources import files
from typing import Any

import matplotlib.pyplot as plt
import traitlets
from matplotlib.figure import Figure

from . import stored
from .guess import Guess
from .host import Hosted
from .knobs import AnyKnob, Choice, Knob, Steps, Toggle
from .model import Model, Simulate, Update
from .page import figure_html
from .palette import dark_rules
from .readouts import Table
from .registry import claim, release
from .state import build
from .svg import Sheet, drawing_order

_STATIC = files("mechanisms.live") / "static"
_SCRIPT = (_STATIC / "live.js").read_text(encoding="utf-8")
_STYLE = (_STATIC / "live.css").read_text(encoding="utf-8")


class LiveFigure(Hosted):
    """A figure that follows its knobs in Jupyter and in a page without Python.

    Parameters
    ----------
    name : str
        Unique in the book: lower-case letters, digits and hyphens.
    fig : matplotlib Figure
        The figure, with its axes limits set. It is taken over and closed.
    update : callable
        Called with the knob values by name. It moves artists that exist and returns the
        readouts as a mapping of label to `Number`, `Percent`, `Text` or plain number.
    alt : str
        What the figure shows, for readers who cannot see it.
    caption : str, optional
        Stands below the figure.
    guess : Guess, optional
        The question that opens the figure.
    simulate : callable, optional
        For a slow but vectorised model: called with arrays of the smooth knobs (and the discrete
        values as they are), returns a mapping of arrays with one row for each setting. `update`
        then gets one row of it, as a namespace, before the knob values.
    **knobs
        One `Knob`, `Choice`, `Toggle` or `Steps` for each argument of `update`.

    Attributes
    ----------
    values : dict
        Knob values now; read-only, can be observed.

    Raises
    ------
    ValueError
        If a name is malformed or taken, or `update` breaks a rule (see `state.build`).
    NotSmoothError
        If the drawing cannot follow a `Knob`; the message names it.

    Notes
    -----
    Leaves out images, hatches, gradients and mathematical text. At most three `Knob`, and about
    twelve combinations of the discrete knobs.
    """

    _esm = _SCRIPT + "\nexport default { render: liveFigures.render };\n"
    _css = _STYLE
    values = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        name: str,
        fig: Figure,
        update: Update,
        *,
        alt: str,
        caption: str = "",
        guess: Guess | None = None,
        simulate: Simulate | None = None,
        **knobs: AnyKnob,
    ) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
            raise ValueError(f"name must be lower-case words joined by hyphens, got {name!r}")
        for word, value in (("alt", alt), ("caption", caption), ("guess", guess)):
            if isinstance(value, (Knob, Choice, Toggle, Steps)):
                raise ValueError(
                    f"a knob cannot be called {word!r}; that is an argument of its own"
                )
        if not alt.strip():
            raise ValueError("alt must describe the figure in words, got an empty text")
        for key, knob in knobs.items():
            if not isinstance(knob, (Knob, Choice, Toggle, Steps)):
                raise ValueError(f"{key} must be a Knob, Choice, Toggle or Steps, got {knob!r}")
        smooth = [key for key, knob in knobs.items() if isinstance(knob, Knob)]
        if not knobs or len(smooth) > 3:
            raise ValueError(f"a live figure needs 1 or more knobs, at most 3 of them smooth, "
                             f"got {list(knobs)}")  # fmt: skip
        claim(name, update)
        self.name, self.alt, self.caption = name, alt, caption
        self.knobs = knobs
        self._parts = (fig, update, knobs, simulate)
        try:
            page = stored.load(name)
            if page is None:
                page = self._build(guess)
                stored.save(name, page)
        except Exception:
            release(name)
            raise
        plt.close(fig)
        super().__init__(_html=page)
        self.set_trait("values", {key: knob.default for key, knob in knobs.items()})

    def _build(self, guess: Guess | None) -> str:
        """Sample the figure, and return its page."""
        self.state = build(self.name, self.model)
        if guess is not None:
            numbers = [r["label"] for r in self.state["readouts"] if "digits" in r]
            self.state["guess"] = guess.spec(self.knobs, numbers)
        page = self._draw()
        self.model.forget()
        return page

    @cached_property
    def model(self) -> Model:
        """The author's figure as a function of its knobs; a stored page needs it only to move."""
        return Model(*self._parts)

    def set(self, **values: Any) -> None:
        """Move knobs from Python, as in ``figure.set(dose_mg=100)``.

        Raises
        ------
        KeyError
            If there is no such knob.
        ValueError
            If a value lies outside the range of its knob.
        """
        self.set_trait("values", {**self.values, **self._checked(values)})

    def _checked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        for key in values:
            if key not in self.knobs:
                raise KeyError(f"no knob {key!r}; this figure has {', '.join(self.knobs)}")
        return {key: self.knobs[key].check(key, value) for key, value in values.items()}

    def readouts(self, **values: Any) -> dict[str, Any]:
        """Exact readouts at the current knob values, or at those given."""
        sample = self.model.sample({**self.values, **self._checked(values)}, only=[])
        return {
            label: readout.rows if isinstance(readout, Table) else readout.value
            for label, readout in sample.readouts.items()
        }

    def _words(self) -> str:
        return f"{self.name}: {self.alt}"

    def _draw(self) -> str:
        """Draw both layouts at the default values; complete the state with ids and attributes."""
        model, state = self.model, self.state
        combinations = model.combinations()
        start = combinations.index({key: model.defaults[key] for key in model.discrete})
        default = model.sample(model.defaults)
        others = [
            model.sample({**model.defaults, **c}) for i, c in enumerate(combinations) if i != start
        ]
        colours: set[str] = set()
        svgs = []
        for index, layout in enumerate(state["layouts"]):
            sheet = Sheet(f"fig-{self.name}-{layout['name'][0]}", layout["w"], layout["h"])
            moving = {(m["key"], m["i"]): m for m in layout["moving"]}
            frame = default.frames[index]
            for key in drawing_order([frame, *(other.frames[index] for other in others)]):
                here = [number for artist, number in moving if artist == key]
                if not here:
                    for mark in frame[key]:
                        sheet.add(mark)
                for number in here:
                    entry = moving[key, number]
                    entry["id"] = f"{sheet.prefix}-{key}-{number}"
                    marks = [s.frames[index].get(key, []) for s in (default, *others)]
                    first = next(m[number] for m in marks if len(m) > number)
                    sheet.add(first, entry["id"], hidden=entry["parts"][start] < 0)
            for entry in layout["moving"]:
                _finish(entry, sheet)
            colours |= sheet.colours
            svgs.append(sheet.text(f"lf-{layout['name']}", self.alt))
        css = dark_rules(f"fig-{self.name}", colours)
        return figure_html(state, svgs, css, default.readouts, self.caption)


def _finish(entry: dict[str, Any], sheet: Sheet) -> None:
    """Replace the style of a moving mark by the attributes that the page has to set, if any."""
    style = entry.pop("style", {})
    if isinstance(style, list):
        entry["attributes"] = [sheet.attributes(s) for s in style]
        style = style[0]
    if "rotate" in style:
        entry["rotate"] = style["rotate"]
