"""What one trial says about an event: ratios and differences of proportions, and exact tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln

from mechanisms._checks import Floats, nonnegative, positive
from mechanisms.evidence.effects import Effect, normal_quantile


def _counts(
    events_name: str, events: ArrayLike, n_name: str, n: ArrayLike
) -> tuple[Floats, Floats]:
    total = positive(n_name, n)
    count = nonnegative(events_name, events)
    each, limit = np.broadcast_arrays(count, total)
    if (each > limit).any():
        worst = np.argmax(each > limit)
        raise ValueError(
            f"{events_name} must lie between 0 and {n_name} ({limit.flat[worst]:g}), "
            f"got {each.flat[worst]:g}"
        )
    return count, total


def log_risk_ratio(
    events: ArrayLike,
    n: ArrayLike,
    events_control: ArrayLike,
    n_control: ArrayLike,
    correction: float = 0.5,
) -> Effect:
    r"""Logarithm of the risk ratio of two arms.

    .. math:: \ln \mathrm{RR} = \ln\frac{a / n_1}{c / n_0}, \qquad
              \mathrm{SE}^2 = \frac1a - \frac1{n_1} + \frac1c - \frac1{n_0}

    Parameters
    ----------
    events, events_control : array_like, patients
        Patients with the event in each arm.
    n, n_control : array_like, patients
        Arm sizes.
    correction : float, patients
        Added to all four cells of a table that holds a zero.

    Returns
    -------
    Effect, log units

    Raises
    ------
    ValueError
        If events exceed the arm size or a count is negative.

    Notes
    -----
    Does not refuse tables with no event in either arm: they carry no information on a ratio, and
    should be left out of a pool.

    References
    ----------
    higgins2019
    """
    a, b, c, d = _table(events, n, events_control, n_control, correction)
    estimate = np.log(a / (a + b)) - np.log(c / (c + d))
    return Effect(estimate, np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)))


def log_odds_ratio(
    events: ArrayLike,
    n: ArrayLike,
    events_control: ArrayLike,
    n_control: ArrayLike,
    correction: float = 0.5,
) -> Effect:
    r"""Logarithm of the odds ratio of two arms.

    .. math:: \ln \mathrm{OR} = \ln\frac{a d}{b c}, \qquad
              \mathrm{SE}^2 = \frac1a + \frac1b + \frac1c + \frac1d

    Parameters
    ----------
    events, events_control : array_like, patients
        Patients with the event in each arm.
    n, n_control : array_like, patients
        Arm sizes.
    correction : float, patients
        Added to all four cells of a table that holds a zero.

    Returns
    -------
    Effect, log units

    Raises
    ------
    ValueError
        If events exceed the arm size or a count is negative.

    Notes
    -----
    Leaves out matching and strata: the odds ratio of pooled proportions is not the pooled odds
    ratio.

    References
    ----------
    higgins2019
    """
    a, b, c, d = _table(events, n, events_control, n_control, correction)
    return Effect(np.log(a * d / (b * c)), np.sqrt(1 / a + 1 / b + 1 / c + 1 / d))


def _table(
    events: ArrayLike, n: ArrayLike, events_control: ArrayLike, n_control: ArrayLike, add: float
) -> tuple[Floats, Floats, Floats, Floats]:
    e1, n1 = _counts("events", events, "n", n)
    e0, n0 = _counts("events_control", events_control, "n_control", n_control)
    a, b, c, d = np.broadcast_arrays(e1, n1 - e1, e0, n0 - e0)
    extra = np.where(
        (a == 0) | (b == 0) | (c == 0) | (d == 0), float(positive("correction", add)), 0
    )
    return a + extra, b + extra, c + extra, d + extra


def wilson_interval(events: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    r"""Confidence limits of a proportion that stay inside 0 to 1.

    .. math:: \frac{\hat p + z^2/2n \pm z\sqrt{\hat p(1-\hat p)/n + z^2/4n^2}}{1 + z^2/n}

    Parameters
    ----------
    events, n : array_like, patients
        Patients with the event, and all patients.
    level : float, dimensionless
        Coverage.

    Returns
    -------
    low, high : ndarray, dimensionless

    Raises
    ------
    ValueError
        If events exceed n or a count is negative.

    Notes
    -----
    Leaves out clustering and weights.

    References
    ----------
    newcombe1998
    """
    count, total = _counts("events", events, "n", n)
    z = normal_quantile(level)
    p = count / total
    centre = p + z**2 / (2 * total)
    half = z * np.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    scale = 1 + z**2 / total
    return np.clip((centre - half) / scale, 0, 1), np.clip((centre + half) / scale, 0, 1)


def risk_difference(
    events: ArrayLike,
    n: ArrayLike,
    events_control: ArrayLike,
    n_control: ArrayLike,
    level: float = 0.95,
) -> tuple[Floats, Floats, Floats]:
    r"""Difference of two proportions with Newcombe's hybrid limits.

    .. math:: L = \hat\delta - \sqrt{(\hat p_1 - l_1)^2 + (u_0 - \hat p_0)^2}, \quad
              U = \hat\delta + \sqrt{(u_1 - \hat p_1)^2 + (\hat p_0 - l_0)^2}

    with :math:`l, u` the Wilson limits of each arm.

    Parameters
    ----------
    events, events_control : array_like, patients
        Patients with the event in each arm.
    n, n_control : array_like, patients
        Arm sizes.
    level : float, dimensionless
        Coverage.

    Returns
    -------
    difference, low, high : ndarray, dimensionless

    Raises
    ------
    ValueError
        If events exceed the arm size or a count is negative.

    Notes
    -----
    Leaves out covariates and clustering.

    References
    ----------
    newcombe1998
    """
    e1, n1 = _counts("events", events, "n", n)
    e0, n0 = _counts("events_control", events_control, "n_control", n_control)
    p1, p0 = e1 / n1, e0 / n0
    (l1, u1), (l0, u0) = wilson_interval(e1, n1, level), wilson_interval(e0, n0, level)
    delta = p1 - p0
    low = delta - np.sqrt((p1 - l1) ** 2 + (u0 - p0) ** 2)
    high = delta + np.sqrt((u1 - p1) ** 2 + (p0 - l0) ** 2)
    return delta, low, high


def _hypergeometric(x: Floats, events: Floats, n1: Floats, n0: Floats) -> Floats:
    """Return the chance that `x` of all the events fall to the first of two groups."""

    def log_ways(n: Floats, k: Floats) -> Floats:
        return np.asarray(-np.log1p(n) - betaln(n - k + 1, k + 1))

    possible = (x <= n1) & (x <= events) & (events - x <= n0)
    x = np.where(possible, x, np.maximum(events - n0, 0.0))  # any that is possible
    chance = np.exp(log_ways(n1, x) + log_ways(n0, events - x) - log_ways(n1 + n0, events))
    return np.where(possible, chance, 0.0)


def fisher_p(
    events: ArrayLike, n: ArrayLike, events_control: ArrayLike, n_control: ArrayLike
) -> Floats:
    r"""Two-sided exact p value of a two-by-two table.

    .. math:: p = \sum_{x:\ \Pr(x) \le \Pr(a)} \Pr(x), \qquad
              x \sim \mathrm{Hypergeometric}

    Parameters
    ----------
    events, events_control : array_like, patients
        Patients with the event in each arm (whole numbers).
    n, n_control : array_like, patients
        Arm sizes (whole numbers).

    Returns
    -------
    ndarray, dimensionless

    Raises
    ------
    ValueError
        If a count is not whole, negative, or above its arm size.

    Notes
    -----
    Leaves out the size of the difference; the test is conservative in small samples.

    References
    ----------
    fisher1935
    """
    e1, n1 = _counts("events", events, "n", n)
    e0, n0 = _counts("events_control", events_control, "n_control", n_control)
    for name, value in (("events", e1), ("n", n1), ("events_control", e0), ("n_control", n0)):
        broken = value != np.round(value)
        if broken.any():
            raise ValueError(f"{name} must be a whole number, got {value[broken].flat[0]:g}")
    e1, n1, e0, n0 = (x[..., np.newaxis] for x in np.broadcast_arrays(e1, n1, e0, n0))
    x = np.arange(float((e1 + e0).max()) + 1)
    chance = _hypergeometric(x, e1 + e0, n1, n0)
    seen = _hypergeometric(e1, e1 + e0, n1, n0)
    # ties are equal up to rounding, hence the margin that R and scipy also use
    extreme = np.where(chance <= seen * (1 + 1e-7), chance, 0.0)
    return np.asarray(np.minimum(extreme.sum(axis=-1), 1.0))
