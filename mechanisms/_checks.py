"""Guards of the public functions: each names the argument, the value and the range."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def _first(values: Floats, bad: NDArray[np.bool_]) -> float:
    return float(values[bad].flat[0])


def _array(name: str, value: ArrayLike) -> Floats:
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number or an array of numbers, got {value!r}") from None


def finite(name: str, value: ArrayLike) -> Floats:
    """Return `value` as float64 array if all of it is finite, else raise ValueError."""
    values = _array(name, value)
    bad = ~np.isfinite(values)
    if bad.any():
        raise ValueError(f"{name} must be finite, got {_first(values, bad)}")
    return values


def nonnegative(name: str, value: ArrayLike) -> Floats:
    """Return `value` as float64 array if all of it is finite and at least 0."""
    values = finite(name, value)
    bad = values < 0
    if bad.any():
        raise ValueError(f"{name} must be at least 0, got {_first(values, bad)}")
    return values


def positive(name: str, value: ArrayLike) -> Floats:
    """Return `value` as float64 array if all of it is finite and above 0."""
    values = finite(name, value)
    bad = values <= 0
    if bad.any():
        raise ValueError(f"{name} must be above 0, got {_first(values, bad)}")
    return values


def between(name: str, value: ArrayLike, low: float, high: float) -> Floats:
    """Return `value` as float64 array if all of it lies in [low, high]."""
    values = finite(name, value)
    bad = (values < low) | (values > high)
    if bad.any():
        raise ValueError(f"{name} must be between {low:g} and {high:g}, got {_first(values, bad)}")
    return values


def fraction(name: str, value: ArrayLike) -> Floats:
    """Return `value` as float64 array if all of it lies in [0, 1]."""
    return between(name, value, 0.0, 1.0)


def time_grid(name: str, value: ArrayLike) -> Floats:
    """Return `value` as a non-empty, strictly increasing 1-D array of times at or after 0."""
    times = finite(name, value)
    if times.ndim != 1 or times.size == 0:
        raise ValueError(f"{name} must be a non-empty 1-D array of times, got shape {times.shape}")
    if times[0] < 0:
        raise ValueError(f"{name} must start at 0 or later, got {times[0]}")
    bad = np.diff(times) <= 0
    if bad.any():
        raise ValueError(
            f"{name} must increase strictly, got {times[1:][bad][0]} after {times[:-1][bad][0]}"
        )
    return times
