"""The author's figure as a function of its knobs, and the rules that it has to keep."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .frames import Marks, Stage, describe, not_finite
from .knobs import AnyKnob, Knob
from .readouts import Number, Readout, as_readout
from .recorder import Mark

Floats = NDArray[np.float64]
Update = Callable[..., Mapping[str, Any] | None]
Simulate = Callable[..., Mapping[str, Any]]

_SNAP = 0.01  # px; what moves less stands still


def scale(number: Number) -> float:
    """Weight of a readout beside pixels: a fifth of the tolerance is in units of its last digit."""
    return 5.0 * 10.0**number.digits


@dataclass
class Sample:
    """What the figure shows at one setting of the knobs."""

    frames: list[Marks]
    readouts: dict[str, Readout]

    def vector(self, moving: Sequence[str]) -> Floats:
        """All that moves as one vector, scaled so that `grid.TOLERANCE` is the allowed error."""
        marks = [m for frame in self.frames for key in moving for m in frame.get(key, [])]
        parts = [mark.xy.ravel() for mark in marks]
        numbers = [r for r in self.readouts.values() if isinstance(r, Number)]
        shown = [number.shown() * scale(number) for number in numbers]
        return np.concatenate([*parts, np.asarray(shown, dtype=np.float64)])

    def owner(self, moving: Sequence[str], index: int) -> tuple[str, Number | None]:
        """Key of the artist, or label and readout, behind component `index` of `vector`."""
        for frame in self.frames:
            for key in moving:
                index -= sum(mark.xy.size for mark in frame.get(key, []))
                if index < 0:
                    return key, None
        numbers = [(label, r) for label, r in self.readouts.items() if isinstance(r, Number)]
        return numbers[index]


class Model:
    """The author's figure as a function of its knobs.

    Parameters
    ----------
    fig : Figure
        The figure, with its axes limits set.
    update : callable
        Called with all knob values by name; moves the artists, returns the readouts.
    knobs : mapping of str to knob
        The knobs by argument name of `update`.
    simulate : callable, optional
        Called with many settings of the smooth knobs at once; `update` then gets its result.
    """

    def __init__(
        self,
        fig: Figure,
        update: Update,
        knobs: Mapping[str, AnyKnob],
        simulate: Simulate | None = None,
    ) -> None:
        self.update, self.knobs, self.simulate = update, dict(knobs), simulate
        self._results: dict[tuple[Any, ...], SimpleNamespace] = {}
        self.root: dict[str, bool] = {}
        self.smooth = {key: k for key, k in self.knobs.items() if isinstance(k, Knob)}
        self.discrete = {key: k for key, k in self.knobs.items() if not isinstance(k, Knob)}
        self.defaults = {key: knob.default for key, knob in self.knobs.items()}
        self._labels: list[str] | None = None
        self._call(self.defaults)
        self.stage = Stage(fig)

    def _call(self, values: Mapping[str, Any]) -> dict[str, Readout]:
        where = self.where(values)
        if self.simulate is None:
            returned = self.update(**values)
        else:
            self.prepare([values])
            returned = self.update(self._results[tuple(values.values())], **values)
        if returned is not None and not isinstance(returned, Mapping):
            raise ValueError(
                f"update must return a mapping of label to readout, or nothing; got {returned!r}"
            )
        readouts = {
            label: as_readout(label, value, where) for label, value in (returned or {}).items()
        }
        if self._labels is None:
            self._labels = list(readouts)
        if list(readouts) != self._labels:
            raise ValueError(
                f"update must return the same readouts everywhere, {self._labels}; "
                f"got {list(readouts)} at {where}"
            )
        return readouts

    def prepare(self, settings: Sequence[Mapping[str, Any]]) -> None:
        """Run `simulate` once for all settings that are new; they share the discrete values."""
        if self.simulate is None:
            return
        new = {tuple(s.values()): s for s in settings if tuple(s.values()) not in self._results}
        if not new:
            return
        first = next(iter(new.values()))
        arrays = {
            key: np.array([s[key] for s in new.values()]) if key in self.smooth else first[key]
            for key in self.knobs
        }
        results = {name: np.asarray(array) for name, array in self.simulate(**arrays).items()}
        for name, array in results.items():
            if array.ndim == 0 or array.shape[0] != len(new):
                raise ValueError(
                    f"simulate must return arrays with one row for each of {len(new)} settings, "
                    f"{name!r} has shape {array.shape}"
                )
        for row, key in enumerate(new):
            self._results[key] = SimpleNamespace(**{n: array[row] for n, array in results.items()})

    def forget(self) -> None:
        """Drop the simulated results; a figure that is built needs none of them."""
        self._results.clear()

    @staticmethod
    def where(values: Mapping[str, Any]) -> str:
        """Knob values in words, for error messages."""
        return ", ".join(
            f"{key}={value:g}" if isinstance(value, float) else f"{key}={value!r}"
            for key, value in values.items()
        )

    def combinations(self) -> list[dict[str, Any]]:
        """All settings of the discrete knobs, the last one varying fastest."""
        states = [[(key, s) for s in knob.states()] for key, knob in self.discrete.items()]
        return [dict(combination) for combination in itertools.product(*states)]

    def values(self, combination: Mapping[str, Any], position: Sequence[float]) -> dict[str, Any]:
        """Knob values from a discrete combination and positions of the smooth knobs."""
        smooth = {
            key: knob.from_unit(x, self.root.get(key, False))
            for (key, knob), x in zip(self.smooth.items(), position, strict=True)
        }
        return {key: combination.get(key, smooth.get(key)) for key in self.knobs}

    def sample(self, values: Mapping[str, Any], only: Sequence[str] | None = None) -> Sample:
        """Call `update` and draw, checking all that must not change."""
        readouts = self._call(values)
        where = self.where(values)
        if self.stage.limits_moved():
            raise ValueError(f"update must not change the axes limits or scales, it did at {where}")
        known = len(self.stage.artists)
        frames = self.stage.draw() if only is None else self.stage.draw_only(only)
        if len(self.stage.artists) > known > 0:
            raise ValueError(
                f"update must not add or replace artists, it did at {where}; "
                "make them once and move them"
            )
        broken = not_finite(frames)
        if broken is not None:
            artist = describe(self.stage.artists.get(broken))
            raise ValueError(f"update must draw finite points only, {artist} has not at {where}")
        return Sample(frames, readouts)


def check_same_shape(model: Model, reference: Sample, sample: Sample, where: str) -> None:
    """Raise if a smooth knob changed more than positions."""
    for ours, theirs in zip(reference.frames, sample.frames, strict=True):
        for key in ours.keys() | theirs.keys():
            a, b = ours.get(key, []), theirs.get(key, [])
            if [m.fixed for m in a] == [m.fixed for m in b]:
                continue
            artist = model.stage.artists.get(key)
            raise ValueError(f"{_broken_rule(describe(artist), a, b)} at {where}")
    for label, readout in reference.readouts.items():
        other = sample.readouts[label]
        if not isinstance(readout, Number) and readout != other:
            raise ValueError(
                f"readout {label!r} is not a number and must depend on discrete knobs only; "
                f"it changed at {where}"
            )
        if readout.spec(label) != other.spec(label):
            raise ValueError(f"readout {label!r} must keep its unit and digits, not so at {where}")


def _broken_rule(artist: str, a: Sequence[Mark], b: Sequence[Mark]) -> str:
    """Say what differs between the marks of one artist at two settings of a smooth knob."""
    if len(a) != len(b):
        return (
            f"update must draw the same artists along a smooth knob; {artist} is drawn at some "
            "values and not at others"
        )
    points = [len(mark.xy) for mark in a], [len(mark.xy) for mark in b]
    if points[0] != points[1]:
        return (
            f"update must keep the number of points along a smooth knob; "
            f"{artist} went from {sum(points[0])} to {sum(points[1])}"
        )
    texts = [(m.text, n.text) for m, n in zip(a, b, strict=True) if m.text != n.text]
    if texts:
        return (
            f"update must not rewrite text along a smooth knob, {texts[0][0]!r} became "
            f"{texts[0][1]!r}; return a readout instead"
        )
    return f"update must not restyle an artist along a smooth knob; {artist} changed"


def moving_keys(samples: Sequence[Sample]) -> list[str]:
    """Keys of the artists that are not the same in all samples, in drawing order."""
    first = samples[0]
    order: dict[str, None] = {}
    for sample in samples:
        for frame in sample.frames:
            order.update(dict.fromkeys(frame))

    def same(key: str, other: Sample) -> bool:
        for ours, theirs in zip(first.frames, other.frames, strict=True):
            a, b = ours.get(key, []), theirs.get(key, [])
            if [m.fixed for m in a] != [m.fixed for m in b] or any(
                np.abs(m.xy - n.xy).max() > _SNAP for m, n in zip(a, b, strict=True)
            ):
                return False
        return True

    return [key for key in order if not all(same(key, sample) for sample in samples[1:])]
