"""What a reader can turn: `Knob` (continuous), `Choice`, `Toggle` and `Steps` (discrete)."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal


def _decimals(step: float) -> int:
    """Decimals that show every multiple of `step`, at most 6."""
    return next((d for d in range(6) if abs(round(step, d) - step) < 1e-9 * abs(step)), 6)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ValueError(f"{name} must be a number, got {value!r}")
    return float(value)


def _nice_step(span: float) -> float:
    """Return the largest 1, 2 or 5 times a power of ten that cuts `span` evenly, 100 times or more.

    A slider could not reach its end by a step that does not divide its range.
    """
    power = 10.0 ** math.floor(math.log10(span / 100))
    for step in (m * p for p in (power, power / 10) for m in (5, 2, 1)):
        if step <= span / 100 * (1 + 1e-9) and abs(span / step - round(span / step)) < 1e-6:
            return step
    return span / 100


@dataclass(frozen=True)
class Knob:
    """A quantity that the figure follows smoothly.

    Parameters
    ----------
    min, max : float
        Range of the knob, `min` below `max`; both above 0 if `scale` is ``"log"``.
    default : float
        Value at first paint and after a reset, inside the range.
    label : str
        What the quantity is called beside the slider.
    unit : str, optional
        Unit, shown after the value.
    step : float, optional
        Distance between slider positions; by default the range in at least 100 round steps.
        A logarithmic slider has 120 positions, equally spaced in the logarithm.
    scale : {"linear", "log"}
        Whether equal distances on the slider are equal differences or equal ratios.

    Raises
    ------
    ValueError
        If the range is empty or not finite, or the default lies outside it.
    """

    min: float
    max: float
    default: float
    label: str = ""
    unit: str = ""
    step: float | None = None
    scale: Literal["linear", "log"] = "linear"

    def __post_init__(self) -> None:
        for name in ("min", "max", "default"):
            value = _number(name, getattr(self, name))
            if not math.isfinite(value):
                raise ValueError(f"{name} must be finite, got {value}")
            object.__setattr__(self, name, value)
        if not self.min < self.max:
            raise ValueError(f"min must be below max, got min={self.min:g}, max={self.max:g}")
        if not self.min <= self.default <= self.max:
            raise ValueError(
                f"default must be between min={self.min:g} and max={self.max:g}, "
                f"got {self.default:g}"
            )
        if self.scale not in ("linear", "log"):
            raise ValueError(f"scale must be 'linear' or 'log', got {self.scale!r}")
        if self.scale == "log" and self.min <= 0:
            raise ValueError(f"min must be above 0 on a log scale, got {self.min:g}")
        if self.step is not None and not 0 < self.step <= self.max - self.min:
            raise ValueError(
                f"step must be above 0 and at most {self.max - self.min:g}, got {self.step:g}"
            )

    def from_unit(self, position: float, root: bool = False) -> float:
        """Value at `position`, which runs from -1 (min) to 1 (max).

        With `root` the positions crowd towards `min` (as the square of the distance), where
        saturating curves are steepest.
        """
        share = (position + 1) / 2
        share = share**2 if root else share
        if self.scale == "log":
            value = self.min * float((self.max / self.min) ** share)
        else:
            value = self.min + (self.max - self.min) * share
        return min(max(value, self.min), self.max)

    def check(self, name: str, value: Any) -> float:
        """Return `value` as float if it lies in the range, else raise ValueError."""
        number = _number(name, value)
        if not self.min <= number <= self.max:
            raise ValueError(f"{name} must be between {self.min:g} and {self.max:g}, got {value!r}")
        return number

    def spec(self, key: str) -> dict[str, Any]:
        """Return what the page needs to build the control."""
        step = self.step or _nice_step(self.max - self.min)
        return {
            "key": key, "kind": "knob", "label": self.label or key, "unit": self.unit,
            "min": self.min, "max": self.max, "step": step, "default": self.default,
            "log": self.scale == "log",
            "digits": _decimals(step),
        }  # fmt: skip


@dataclass(frozen=True)
class _Discrete(ABC):
    """A knob with a fixed list of states; the figure is exact at each of them."""

    @abstractmethod
    def states(self) -> list[Any]:
        """Return the states handed to `update`."""

    def check(self, name: str, value: Any) -> Any:
        """Return the state equal to `value`, else raise ValueError naming the states."""
        for state in self.states():
            if state == value and isinstance(state, bool) == isinstance(value, bool):
                return state
        allowed = ", ".join(repr(s) for s in self.states())
        raise ValueError(f"{name} must be one of {allowed}, got {value!r}")


@dataclass(frozen=True)
class Choice(_Discrete):
    """One of several named states, as a drop-down list.

    Parameters
    ----------
    options : sequence of str, or mapping of state to text
        The states handed to `update`; a mapping also gives the text that the reader sees.
    default : optional
        State at first paint; the first if not given.
    label : str
        What is chosen.
    """

    options: Sequence[str] | Mapping[Any, str]
    default: Any = None
    label: str = ""

    def __post_init__(self) -> None:
        if len(self.options) < 2 or len(set(self.options)) < len(self.options):
            raise ValueError(f"options must be at least 2 different states, got {self.options!r}")
        if self.default is None:
            object.__setattr__(self, "default", self.states()[0])
        self.check("default", self.default)

    def states(self) -> list[Any]:
        """Return the states handed to `update`."""
        return list(self.options)

    def spec(self, key: str) -> dict[str, Any]:
        """Return what the page needs to build the control."""
        texts = (
            list(self.options.values())
            if isinstance(self.options, Mapping)
            else [str(option) for option in self.options]
        )
        return {
            "key": key, "kind": "choice", "label": self.label or key, "texts": texts,
            "states": self.states(), "default": self.states().index(self.default),
        }  # fmt: skip


@dataclass(frozen=True)
class Toggle(_Discrete):
    """On or off, as a check box.

    Parameters
    ----------
    default : bool
        State at first paint.
    label : str
        What is switched.
    """

    default: bool = False
    label: str = ""

    def __post_init__(self) -> None:
        self.check("default", self.default)

    def states(self) -> list[Any]:
        """Return off and on."""
        return [False, True]

    def spec(self, key: str) -> dict[str, Any]:
        """Return what the page needs to build the control."""
        return {
            "key": key, "kind": "toggle", "label": self.label or key,
            "states": [False, True], "default": int(self.default),
        }  # fmt: skip


@dataclass(frozen=True)
class Steps(_Discrete):
    """A number that moves in steps (tablets, dosing interval), as a slider that snaps.

    Parameters
    ----------
    values : sequence of float
        The values, increasing.
    default : float, optional
        Value at first paint; the first if not given.
    label, unit : str
        Name and unit of the quantity.
    """

    values: Sequence[float]
    default: float | None = None
    label: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        # numpy numbers become plain ones: the states travel to the page as JSON
        plain = tuple(v.item() if hasattr(v, "item") else v for v in self.values)
        object.__setattr__(self, "values", plain)
        if len(self.values) < 2 or any(
            b <= a for a, b in zip(self.values, self.values[1:], strict=False)
        ):
            raise ValueError(f"values must be at least 2 increasing numbers, got {self.values!r}")
        if self.default is None:
            object.__setattr__(self, "default", self.values[0])
        self.check("default", self.default)

    def states(self) -> list[Any]:
        """Return the values."""
        return list(self.values)

    def spec(self, key: str) -> dict[str, Any]:
        """Return what the page needs to build the control."""
        return {
            "key": key, "kind": "steps", "label": self.label or key, "unit": self.unit,
            "states": self.states(), "default": self.states().index(self.default),
        }  # fmt: skip


AnyKnob = Knob | Choice | Toggle | Steps
