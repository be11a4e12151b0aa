"""Decisions: numbers people can use, values kept apart from facts, and care that measures."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mechanisms._checks import Floats, finite, fraction, nonnegative, positive, time_grid
from mechanisms.drugs import constant

Counts = NDArray[np.int64]


class OutcomeFrequencies(NamedTuple):
    """People out of `denominator` with the outcome, without and with treatment, and the change."""

    denominator: int
    control: Counts
    treated: Counts
    change: Counts


class ScreeningFrequencies(NamedTuple):
    """People out of `denominator`, by disorder and test result; the four cells add up."""

    denominator: int
    true_positive: Counts
    false_negative: Counts
    false_positive: Counts
    true_negative: Counts


class RankReversal(NamedTuple):
    """Weight of a criterion at which another option takes the lead, and which one does.

    `down` and `up` are the nearest such weights below and above the present one, nan where the
    lead never changes; `down_option` and `up_option` are then -1.
    """

    best: NDArray[np.intp]
    down: Floats
    down_option: NDArray[np.intp]
    up: Floats
    up_option: NDArray[np.intp]


class CareCourse(NamedTuple):
    """A course of care; visits on the last axis. `dose_mg` is the dose taken after each visit."""

    t_weeks: Floats
    severity: Floats
    measured: Floats
    dose_mg: Floats


def outcome_frequencies(
    control_risk: ArrayLike, treated_risk: ArrayLike, denominator: int = 100
) -> OutcomeFrequencies:
    r"""Risks as people out of the same number, with and without treatment.

    .. math:: n_0 = \operatorname{round}(N p_0), \quad n_1 = \operatorname{round}(N p_1), \quad
              \Delta = n_1 - n_0

    Parameters
    ----------
    control_risk, treated_risk : array_like, dimensionless
        Risks in [0, 1]; broadcast.
    denominator : int, people
        N, at least 1.

    Returns
    -------
    OutcomeFrequencies, people
        The change is the difference of the printed numbers, so that a reader can check it.

    Raises
    ------
    ValueError
        If a risk is outside [0, 1] or the denominator is below 1.

    Notes
    -----
    Leaves out the uncertainty of the risks, and their time.

    References
    ----------
    gigerenzer2007
    """
    if denominator < 1:
        raise ValueError(f"denominator must be at least 1, got {denominator}")
    p0, p1 = np.broadcast_arrays(
        fraction("control_risk", control_risk), fraction("treated_risk", treated_risk)
    )
    n0, n1 = (np.rint(denominator * p).astype(np.int64) for p in (p0, p1))
    return OutcomeFrequencies(denominator, n0, n1, n1 - n0)


def screening_frequencies(
    prevalence: ArrayLike, sensitivity: ArrayLike, specificity: ArrayLike, denominator: int = 1000
) -> ScreeningFrequencies:
    r"""Test results as people out of a round number.

    .. math:: N\pi\,\mathrm{sens}, \quad N\pi(1 - \mathrm{sens}), \quad
              N(1-\pi)(1-\mathrm{spec}), \quad N(1-\pi)\,\mathrm{spec}

    rounded by largest remainder, so that the four groups add up to N.

    Parameters
    ----------
    prevalence, sensitivity, specificity : array_like, dimensionless
        In [0, 1]; broadcast.
    denominator : int, people
        N, at least 1.

    Returns
    -------
    ScreeningFrequencies, people

    Raises
    ------
    ValueError
        If a probability is outside [0, 1] or the denominator is below 1.

    Notes
    -----
    Leaves out the uncertainty of all three numbers.

    References
    ----------
    gigerenzer2007
    """
    if denominator < 1:
        raise ValueError(f"denominator must be at least 1, got {denominator}")
    prior = fraction("prevalence", prevalence)
    sens, spec = fraction("sensitivity", sensitivity), fraction("specificity", specificity)
    cells = denominator * np.stack(
        np.broadcast_arrays(
            prior * sens, prior * (1 - sens), (1 - prior) * (1 - spec), (1 - prior) * spec
        ),
        axis=-1,
    )
    whole = np.floor(cells + 1e-9)
    missing = np.rint(denominator - whole.sum(axis=-1, keepdims=True))
    order = np.argsort(np.argsort(whole - cells, axis=-1, kind="stable"), axis=-1, kind="stable")
    people = (whole + (order < missing)).astype(np.int64)
    return ScreeningFrequencies(denominator, *np.moveaxis(people, -1, 0))


def partial_value(amount: ArrayLike, worst: ArrayLike, best: ArrayLike) -> Floats:
    r"""Value of one outcome on a scale from the worst to the best among the options.

    .. math:: v(x) = \frac{x - x_{worst}}{x_{best} - x_{worst}}

    Parameters
    ----------
    amount : array_like, unit of the criterion
        What the option does.
    worst, best : array_like, unit of the criterion
        Ends of the scale, different; `best` may be the smaller number (harms).

    Returns
    -------
    ndarray, dimensionless
        In [0, 1].

    Raises
    ------
    ValueError
        If the ends are equal or an amount lies outside them.

    Notes
    -----
    Leaves out curvature: each further unit counts as much as the first.

    References
    ----------
    keeney1976
    """
    x, low, high = finite("amount", amount), finite("worst", worst), finite("best", best)
    if (low == high).any():
        raise ValueError(f"worst and best must differ, got {worst!r} and {best!r}")
    value = (x - low) / (high - low)
    if ((value < -1e-9) | (value > 1 + 1e-9)).any():
        raise ValueError(f"amount must lie between worst and best, got {amount!r}")
    return np.asarray(np.clip(value, 0.0, 1.0))


def swing_weights(points: ArrayLike) -> Floats:
    r"""Weights from how much each swing from worst to best matters to this person.

    .. math:: w_c = \frac{s_c}{\sum_k s_k}

    Parameters
    ----------
    points : array_like (..., C)
        Points for the swing of each criterion, at least 0, not all 0; usually 100 for the largest.

    Returns
    -------
    ndarray (..., C), dimensionless
        Sums to 1 over the last axis.

    Raises
    ------
    ValueError
        If a number is negative or all are 0.

    Notes
    -----
    Leaves out how the points were asked for. They belong to the swing, not to the criterion: with
    another worst or best option they change.

    References
    ----------
    vonwinterfeldt1986
    """
    given = np.atleast_1d(nonnegative("points", points))
    total = given.sum(axis=-1, keepdims=True)
    if (total == 0).any():
        raise ValueError("points must hold at least one number above 0, got only 0")
    return np.asarray(given / total)


def _weights(weights: ArrayLike, criteria: int) -> Floats:
    w = fraction("weights", weights)
    if w.ndim == 0 or w.shape[-1] != criteria:
        raise ValueError(f"weights must have {criteria} entries on the last axis, got {w.shape}")
    if (np.abs(w.sum(axis=-1) - 1) > 1e-9).any():
        raise ValueError(f"weights must sum to 1 over the last axis, got {w.sum(axis=-1)!r}")
    return w


def additive_value(values: ArrayLike, weights: ArrayLike) -> Floats:
    r"""Overall value of each option.

    .. math:: V_o = \sum_c w_c\, v_{oc}

    Parameters
    ----------
    values : array_like (..., O, C), dimensionless
        Partial values of O options on C criteria, in [0, 1].
    weights : array_like (..., C), dimensionless
        Swing weights, summing to 1; leading axes are people.

    Returns
    -------
    ndarray (..., O), dimensionless

    Raises
    ------
    ValueError
        If a value is outside [0, 1] or the weights do not sum to 1.

    Notes
    -----
    Leaves out interaction: a harm counts the same whatever the benefit. Facts are in the values,
    preferences in the weights; neither can be read off the other.

    References
    ----------
    keeney1976
    """
    v = _values(values)
    w = _weights(weights, v.shape[-1])
    return np.asarray((v * w[..., np.newaxis, :]).sum(axis=-1))


def _values(values: ArrayLike) -> Floats:
    v = fraction("values", values)
    if v.ndim < 2:
        raise ValueError(f"values must have options and criteria as last axes, got shape {v.shape}")
    return v


def _lines(values: ArrayLike, weights: ArrayLike, criterion: int) -> tuple[Floats, Floats, Floats]:
    """Return each option as a line in the weight of one criterion: rest, slope, present weight."""
    v = _values(values)
    w = _weights(weights, v.shape[-1])
    if not -v.shape[-1] <= criterion < v.shape[-1]:
        raise ValueError(f"criterion must be below {v.shape[-1]}, got {criterion}")
    now = w[..., criterion]
    if (now >= 1).any():
        raise ValueError("weights must leave something for the other criteria, got 1 for one")
    others = w.copy()
    others[..., criterion] = 0.0
    others = others / (1 - now)[..., np.newaxis]
    rest = np.asarray((v * others[..., np.newaxis, :]).sum(axis=-1))
    return rest, v[..., criterion] - rest, now


def weight_sensitivity(
    values: ArrayLike, weights: ArrayLike, criterion: int, grid: ArrayLike
) -> Floats:
    r"""Overall values as the weight of one criterion runs over a grid.

    .. math:: V_o(w) = w\,v_{oc} + (1 - w) \sum_{k \ne c} \frac{w_k}{1 - w_c}\, v_{ok}

    Parameters
    ----------
    values : array_like (..., O, C), dimensionless
        Partial values in [0, 1].
    weights : array_like (..., C), dimensionless
        Present weights, summing to 1; the others keep their proportions.
    criterion : int
        Index of the criterion that is varied.
    grid : array_like (G,), dimensionless
        Weights to try, in [0, 1].

    Returns
    -------
    ndarray (..., O, G), dimensionless

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Leaves out several weights moving at once.

    References
    ----------
    keeney1976
    """
    rest, slope, _ = _lines(values, weights, criterion)
    w = np.atleast_1d(fraction("grid", grid))
    return np.asarray(rest[..., np.newaxis] + slope[..., np.newaxis] * w)


def rank_reversal(values: ArrayLike, weights: ArrayLike, criterion: int) -> RankReversal:
    r"""Weights of one criterion at which the leading option changes.

    .. math:: w^* = \frac{r_j - r_i}{(v_{ic} - r_i) - (v_{jc} - r_j)}, \qquad
              r_o = \sum_{k \ne c} \frac{w_k}{1 - w_c}\, v_{ok}

    Parameters
    ----------
    values : array_like (..., O, C), dimensionless
        Partial values in [0, 1] of at least two options.
    weights : array_like (..., C), dimensionless
        Present weights, summing to 1.
    criterion : int
        Index of the criterion that is varied; the others keep their proportions.

    Returns
    -------
    RankReversal
        Leading option, and the nearest weights below and above the present one at which another
        takes over, with that option.

    Raises
    ------
    ValueError
        If an argument is out of range or fewer than two options are given.

    Notes
    -----
    Leaves out uncertain facts: the lead may also change within their intervals.

    References
    ----------
    keeney1976
    """
    rest, slope, now = _lines(values, weights, criterion)
    options = rest.shape[-1]
    if options < 2:
        raise ValueError(f"values must hold at least 2 options, got {options}")
    present = rest + slope * now[..., np.newaxis]
    best = np.argmax(present, axis=-1)
    lead = best[..., np.newaxis]
    gap = np.take_along_axis(rest, lead, -1) - rest
    tilt = np.take_along_axis(slope, lead, -1) - slope
    crossing = np.where(tilt == 0, np.nan, -gap / np.where(tilt == 0, 1.0, tilt))
    rival = (np.arange(options) != lead) & (crossing >= 0) & (crossing <= 1)
    # tilt > 0: the leader gains with the weight, so the rival leads below the crossing
    below = np.where(rival & (tilt > 0), crossing, -np.inf)
    above = np.where(rival & (tilt < 0), crossing, np.inf)
    down, up = below.max(axis=-1), above.min(axis=-1)
    down_option = np.where(np.isfinite(down), np.argmax(below, axis=-1), -1)
    up_option = np.where(np.isfinite(up), np.argmin(above, axis=-1), -1)
    return RankReversal(
        best,
        np.where(np.isfinite(down), down, np.nan),
        down_option,
        np.where(np.isfinite(up), up, np.nan),
        up_option,
    )


def measurement_based_care(
    t_weeks: ArrayLike,
    baseline: ArrayLike,
    doses_mg: ArrayLike,
    drug_benefit: ArrayLike,
    ed50_mg: ArrayLike,
    placebo_benefit: ArrayLike = 0.0,
    improvement_weeks: ArrayLike | None = None,
    noise_sd: ArrayLike = 0.0,
    minimal_fall: ArrayLike | None = None,
    remission_score: ArrayLike | None = None,
    feedback: bool = True,
    seed: int = 0,
) -> CareCourse:
    r"""Care that measures at each visit and steps up the dose if too little has happened.

    .. math:: \frac{dx}{dt} = \frac{x_\infty(D) - x}{\tau}, \qquad
              x_\infty = x_0\left(1 - p - b\,\frac{D}{D + D_{50}}\right)

    A visit measures :math:`y = x + \varepsilon`. The next dose is taken if y is above remission
    and has fallen by less than the minimal fall since the dose was last set.

    Parameters
    ----------
    t_weeks : array_like (T,), weeks
        Visits; the first sets the lowest dose.
    baseline : array_like (...), points
        Severity before treatment, above 0; patients on any axes.
    doses_mg : array_like (L,), mg
        Dose steps, at least 0, rising.
    drug_benefit, placebo_benefit : array_like (...), dimensionless
        Largest relative fall by the drug and the fall without it, each in [0, 1], together at
        most 1.
    ed50_mg : array_like (...), mg
        Dose of half the drug's benefit, above 0.
    improvement_weeks : array_like (...), weeks, optional
        Time constant, above 0; from the constants if left out.
    noise_sd : array_like (...), points
        Standard deviation of one measurement, at least 0.
    minimal_fall, remission_score : array_like (...), points, optional
        Smallest fall that counts, and highest score that needs no change; from the constants if
        left out.
    feedback : bool
        False keeps the first dose whatever is measured: the comparison.
    seed : int
        Seed of the measurement noise.

    Returns
    -------
    CareCourse
        True severity, measured score and dose (..., T).

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    A feedback controller, not a proven protocol: trials of such care in anxiety are few. Leaves out
    side effects, switching, psychotherapy, drop-out and dose reduction.

    References
    ----------
    guo2015, toussaint2020
    """
    times = time_grid("t_weeks", t_weeks)
    start, half = positive("baseline", baseline), positive("ed50_mg", ed50_mg)
    steps = np.atleast_1d(nonnegative("doses_mg", doses_mg))
    if steps.ndim != 1 or (np.diff(steps) <= 0).any():
        raise ValueError(f"doses_mg must be one rising list of doses, got {doses_mg!r}")
    drug = fraction("drug_benefit", drug_benefit)
    placebo = fraction("placebo_benefit", placebo_benefit)
    if (drug + placebo > 1 + 1e-12).any():
        raise ValueError(
            "drug_benefit and placebo_benefit must sum to at most 1, got "
            f"{float(np.max(drug + placebo)):g}"
        )
    tau = positive("improvement_weeks", _default("care.improvement_weeks", improvement_weeks))
    noise = nonnegative("noise_sd", noise_sd)
    least = nonnegative("minimal_fall", _default("care.minimal_fall_points", minimal_fall))
    goal = nonnegative("remission_score", _default("care.remission_score", remission_score))
    shape = np.broadcast_shapes(
        *(a.shape for a in (start, half, drug, placebo, tau, noise, least, goal))
    )
    errors = noise[..., np.newaxis] * np.random.default_rng(seed).standard_normal(
        (*shape, times.size)
    )
    severity, measured = np.empty((*shape, times.size)), np.empty((*shape, times.size))
    dose_taken = np.empty((*shape, times.size))
    level = np.zeros(shape, dtype=np.intp)
    x = np.broadcast_to(start, shape).astype(np.float64)
    reference = x
    for i in range(times.size):
        if i > 0:
            dose = steps[level]
            aim = start * (1 - placebo - drug * dose / (dose + half))
            x = aim + (x - aim) * np.exp(-(times[i] - times[i - 1]) / tau)
        y = np.maximum(x + errors[..., i], 0.0)
        if i == 0:
            reference = y
        elif feedback:
            act = (y > goal) & (reference - y < least) & (level < steps.size - 1)
            level = level + act
            reference = np.where(act, y, reference)
        severity[..., i], measured[..., i], dose_taken[..., i] = x, y, steps[level]
    return CareCourse(times, severity, measured, dose_taken)


def _default(name: str, value: ArrayLike | None) -> ArrayLike:
    return float(constant(name)) if value is None else value
