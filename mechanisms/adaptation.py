r"""Adaptation: a system that follows its own stimulus and so cancels part of it.

One set-point model, reused for autoreceptor desensitisation, homeostatic excitability, tolerance
and tapering. A stimulus E acts at once; an adaptation M follows a set point gE slowly; what is
felt is the difference, N = E - M. While the stimulus lasts, N shrinks (tolerance); when it stops,
N turns negative (rebound, withdrawal) until the adaptation has gone as well. The unit of time is
the caller's: a rate in 1/day goes with a time grid in days.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mechanisms._checks import Floats, between, finite, nonnegative, positive, time_grid
from mechanisms._exponentials import phi1


class Adaptation(NamedTuple):
    """Stimulus E, adaptation M and net effect N = E - M, each over `times` on the last axis."""

    times: Floats
    stimulus: Floats
    adaptation: Floats
    net: Floats


def relax(start: ArrayLike, set_point: ArrayLike, rate: ArrayLike, elapsed: ArrayLike) -> Floats:
    r"""State that approaches a constant set point.

    .. math:: \frac{dM}{dt} = k (M_\infty - M) \;\Rightarrow\;
              M(t) = M_\infty + (M_0 - M_\infty) e^{-kt}

    Parameters
    ----------
    start, set_point : array_like
        State at time 0 and the value that it approaches, any unit.
    rate : array_like, 1/time
        Rate constant, at least 0.
    elapsed : array_like, time
        Time since the start, at least 0.

    Returns
    -------
    ndarray, unit of `start`
        State in the broadcast shape.

    Raises
    ------
    ValueError
        If an argument is not finite, or a rate or a time is negative.

    Notes
    -----
    Leaves out limits to how far a system can adapt.

    References
    ----------
    gabrielsson2008
    """
    goal = finite("set_point", set_point)
    decay = np.exp(-nonnegative("rate", rate) * nonnegative("elapsed", elapsed))
    return np.asarray(goal + (finite("start", start) - goal) * decay)


_SHORT = 0.01  # weight of the new set point, a sixth of the step in units of the time constant


def _weights(z: Floats) -> tuple[Floats, Floats, Floats]:
    """Decay, weight of the old and weight of the new set point over a step with z = k dt."""
    decay = np.exp(-z)
    mean = phi1(z)
    # 1 - mean loses digits for a small step; its series does not.
    new = np.where(z < 1e-3, z / 2 - z**2 / 6 + z**3 / 24, 1.0 - mean)
    return decay, np.asarray(1.0 - decay - new), np.asarray(new)


def _parabola_weights(z: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Decay, and weights of the old, middle and new set point on a parabola through the three."""
    decay, old, first = _weights(z)
    # first and second: weighted means of u and u**2, if u runs from 0 to 1 in the step.
    safe = np.where(z == 0, 1.0, z)
    second = np.where(z < 1e-3, z / 3 - z**2 / 12 + z**3 / 60, 1.0 - 2.0 * first / safe)
    middle, new = 4.0 * (first - second), 2.0 * second - first
    return decay, np.asarray(old + first - middle - new), np.asarray(middle), np.asarray(new)


def follow(
    times: ArrayLike, set_point: ArrayLike, rate: ArrayLike, start: ArrayLike | None = None
) -> Floats:
    r"""State that follows a given, changing set point.

    .. math:: \frac{dM}{dt} = k \left( M_\infty(t) - M \right)

    Parameters
    ----------
    times : array_like, time, shape (T,)
        Time grid: not negative, strictly increasing.
    set_point : array_like, shape (..., T)
        Set point on the grid, joined by straight lines; for these the result is exact.
    rate : array_like, 1/time
        Rate constant, at least 0; broadcasts against the leading axes of `set_point`.
    start : array_like, optional
        State at the first time; the first set point if omitted (already adapted).

    Returns
    -------
    ndarray, unit of `set_point`, shape (..., T)
        State on the grid.

    Raises
    ------
    ValueError
        If the grid or a rate is out of range, or `set_point` does not match the grid.

    Notes
    -----
    Leaves out set points that depend on the state itself (`settle`).

    References
    ----------
    gabrielsson2008
    """
    grid = time_grid("times", times)
    goal = finite("set_point", set_point)
    if goal.ndim == 0 or goal.shape[-1] not in (1, grid.size):
        raise ValueError(
            f"set_point must have {grid.size} times on its last axis, got shape {goal.shape}"
        )
    k = nonnegative("rate", rate)
    first = goal[..., 0] if start is None else finite("start", start)
    shape = np.broadcast_shapes(goal.shape[:-1], k.shape, first.shape)
    state = np.empty((grid.size, *shape))
    state[0] = first
    goal = np.broadcast_to(goal, (*goal.shape[:-1], grid.size))
    for i, step in enumerate(np.diff(grid)):
        decay, old, new = _weights(k * step)
        state[i + 1] = state[i] * decay + goal[..., i] * old + goal[..., i + 1] * new
    return np.moveaxis(state, 0, -1)


def settle(
    times: ArrayLike,
    set_point: Callable[[Floats, float], Floats],
    rate: ArrayLike,
    start: ArrayLike,
    max_step: ArrayLike,
) -> Floats:
    r"""State whose set point depends on the state: feedback closed through the set point.

    .. math:: \frac{dM}{dt} = k \left( M_\infty(M, t) - M \right)

    Parameters
    ----------
    times : array_like, time, shape (T,)
        Time grid: not negative, strictly increasing.
    set_point : callable
        Gives the set point for a state (any shape) at a time.
    rate : array_like, 1/time
        Rate constant, at least 0.
    start : array_like
        State at the first time.
    max_step : array_like, time, shape () or (T - 1,)
        Longest internal step, above 0; one for all intervals or one for each.

    Returns
    -------
    ndarray, unit of `start`, shape (..., T)
        State on the grid.

    Raises
    ------
    ValueError
        If the grid, a rate or the step is out of range.

    Notes
    -----
    Each step solves the linear part exactly and lets the set point move along a parabola through
    its values before, halfway and after, the latter two at predicted states. For a set point that
    time alone moves this is Simpson's rule, fourth order; in the feedback of the state on its set
    point it is second order. A very short time constant is no trouble as long as the set point
    changes less than the state that changes it; the state then lands on M = M_inf(M).

    References
    ----------
    cox2002
    """
    grid = time_grid("times", times)
    k = nonnegative("rate", rate)
    longest = np.broadcast_to(positive("max_step", max_step), grid.size - 1)
    state = np.asarray(finite("start", start))
    goal = set_point(state, float(grid[0]))
    shape = np.broadcast_shapes(state.shape, k.shape, goal.shape)
    result = np.empty((grid.size, *shape))
    result[0] = state
    for i, span in enumerate(np.diff(grid)):
        pieces = ceil(span / longest[i] - 1e-9)
        step = span / pieces
        half = np.exp(-k * step / 2)
        decay, old, middle, new = _parabola_weights(k * step)
        for piece in range(pieces):
            before = grid[i] + piece * step
            after = float(grid[i + 1] if piece + 1 == pieces else before + step)
            halfway = set_point(state * half + goal * (1.0 - half), float(before + step / 2))
            ahead = set_point(state * decay + halfway * (1.0 - decay), after)
            state = state * decay + goal * old + halfway * middle + ahead * new
            # A short step moves the state so little from its prediction that one call serves both.
            goal = ahead if np.max(new) < _SHORT else set_point(state, after)
        result[i + 1] = state
    return np.moveaxis(result, 0, -1)


def adapt(
    times: ArrayLike,
    stimulus: ArrayLike,
    rate: ArrayLike,
    gain: ArrayLike = 1.0,
    start: ArrayLike | None = 0.0,
) -> Adaptation:
    r"""Net effect of a stimulus to which the system adapts.

    .. math:: \frac{dM}{dt} = k (gE - M), \qquad N = E - M

    Parameters
    ----------
    times : array_like, time, shape (T,)
        Time grid: not negative, strictly increasing.
    stimulus : array_like, shape (..., T)
        Stimulus E on the grid, joined by straight lines.
    rate : array_like, 1/time
        Adaptation rate constant, at least 0.
    gain : array_like, dimensionless
        Completeness g of the adaptation, 0 (none) to 1 (the effect is lost in the end).
    start : array_like, optional
        Adaptation at the first time; None for one already adapted to the first stimulus.

    Returns
    -------
    Adaptation
        Times, stimulus, adaptation and net effect, shape (..., T).

    Raises
    ------
    ValueError
        If the grid, a rate or a gain is out of range.

    Notes
    -----
    Leaves out anticipation and the memory of earlier doses, which intermittent dosing needs.

    References
    ----------
    gabrielsson2008, peper2004
    """
    drive = finite("stimulus", stimulus)
    completeness = between("gain", gain, 0.0, 1.0)[..., np.newaxis]
    grid = time_grid("times", times)
    state = follow(grid, completeness * drive, rate, start)
    effect = np.broadcast_to(drive, state.shape)
    return Adaptation(grid, effect, state, effect - state)


def rebound(
    elapsed: ArrayLike,
    elimination_rate: ArrayLike,
    adaptation_rate: ArrayLike,
    gain: ArrayLike = 1.0,
) -> Floats:
    r"""Net effect after stopping, from full adaptation, while the stimulus decays exponentially.

    .. math:: \frac{N(t)}{E_0} = e^{-kt} - g e^{-k_{tol}t}
              - \frac{g k_{tol}}{k - k_{tol}} \left( e^{-k_{tol}t} - e^{-kt} \right)

    With g = 1 this is :math:`\frac{k}{k - k_{tol}} (e^{-kt} - e^{-k_{tol}t})`, negative throughout.

    Parameters
    ----------
    elapsed : array_like, time
        Time since the last dose, at least 0.
    elimination_rate : array_like, 1/time
        Rate constant k at which the stimulus fades, above 0.
    adaptation_rate : array_like, 1/time
        Rate constant of adaptation, above 0; may equal `elimination_rate`.
    gain : array_like, dimensionless
        Completeness g of the adaptation, 0 to 1.

    Returns
    -------
    ndarray, fraction of the stimulus before stopping
        Net effect; below 0 is a deficit.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    For g = 1 the area of the deficit is 1/k_tol whatever the elimination: a slower drug makes
    withdrawal later and flatter, not smaller in sum. Leaves out a threshold
    of what is felt, and the saturation of receptors.

    References
    ----------
    gabrielsson2008
    """
    t = nonnegative("elapsed", elapsed)
    k = positive("elimination_rate", elimination_rate)
    k_tol = positive("adaptation_rate", adaptation_rate)
    g = between("gain", gain, 0.0, 1.0)
    # (exp(-k_tol t) - exp(-k t)) / (k - k_tol) in a form that survives k == k_tol.
    difference = t * np.exp(-np.minimum(k, k_tol) * t) * phi1(np.abs(k - k_tol) * t)
    return np.asarray((1 - g) * np.exp(-k * t) - g * k * difference)


def rebound_peak_time(elimination_rate: ArrayLike, adaptation_rate: ArrayLike) -> Floats:
    r"""When the rebound after stopping is deepest, for complete adaptation.

    .. math:: t^{*} = \frac{\ln (k / k_{tol})}{k - k_{tol}}, \qquad
              t^{*} \to \frac{1}{k} \text{ as } k_{tol} \to k

    Parameters
    ----------
    elimination_rate, adaptation_rate : array_like, 1/time
        Rate constants of the fading stimulus and of adaptation, above 0.

    Returns
    -------
    ndarray, time
        Time after the last dose, in the broadcast shape.

    Raises
    ------
    ValueError
        If a rate is not positive.

    Notes
    -----
    Symmetric in the two rates. Leaves out partial adaptation, which delays the deepest point.

    References
    ----------
    gabrielsson2008
    """
    k = positive("elimination_rate", elimination_rate)
    k_tol = positive("adaptation_rate", adaptation_rate)
    excess = (k - k_tol) / k_tol
    safe = np.where(excess == 0, 1.0, excess)
    return np.asarray(np.where(excess == 0, 1.0, np.log1p(safe) / safe) / k_tol)
