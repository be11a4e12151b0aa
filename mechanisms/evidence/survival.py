"""Time to relapse: constant and changing hazards, and what end-point proportions can tell."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from mechanisms._checks import Floats, nonnegative, positive, time_grid
from mechanisms.evidence.effects import _open_fraction


class Weibull(NamedTuple):
    """Shape (below 1: the hazard falls with time) and scale (time by which 63 % have relapsed)."""

    shape: Floats
    scale: Floats


def exponential_survival(t: ArrayLike, rate: ArrayLike) -> Floats:
    r"""Fraction still well under a constant hazard.

    .. math:: S(t) = e^{-\lambda t}

    Parameters
    ----------
    t : array_like, time
        Time since randomisation, at least 0.
    rate : array_like, 1/time
        Hazard, at least 0; broadcasts against `t`.

    Returns
    -------
    ndarray, dimensionless

    Raises
    ------
    ValueError
        If an argument is negative or not finite.

    Notes
    -----
    Leaves out any change of the hazard with time and any difference between patients.

    References
    ----------
    collett2015
    """
    return np.exp(-nonnegative("rate", rate) * nonnegative("t", t))


def weibull_survival(t: ArrayLike, shape: ArrayLike, scale: ArrayLike) -> Floats:
    r"""Fraction still well when the hazard is a power of time.

    .. math:: S(t) = \exp\!\left[-(t/\lambda)^k\right]

    Parameters
    ----------
    t : array_like, time
        Time since randomisation, at least 0.
    shape : array_like, dimensionless
        k, above 0; 1 is the constant hazard.
    scale : array_like, time
        :math:`\lambda`, above 0.

    Returns
    -------
    ndarray, dimensionless

    Raises
    ------
    ValueError
        If a time is negative or a parameter is not positive.

    Notes
    -----
    Leaves out a fraction that never relapses, and competing causes such as drop-out.

    References
    ----------
    collett2015
    """
    k, scale_ = positive("shape", shape), positive("scale", scale)
    return np.exp(-((nonnegative("t", t) / scale_) ** k))


def exponential_through(t: ArrayLike, survival: ArrayLike) -> Floats:
    r"""Constant hazard that passes through one point of a survival curve.

    .. math:: \lambda = -\ln S(t) / t

    Parameters
    ----------
    t : array_like, time
        Time of the point, above 0.
    survival : array_like, dimensionless
        Fraction still well, strictly between 0 and 1.

    Returns
    -------
    ndarray, 1/time

    Raises
    ------
    ValueError
        If a time is not positive or a fraction is not strictly between 0 and 1.

    Notes
    -----
    Leaves out every other point of the curve; compare them before believing the hazard.

    References
    ----------
    collett2015
    """
    return -np.log(_open_fraction("survival", survival)) / positive("t", t)


def weibull_through(t: ArrayLike, survival: ArrayLike) -> Weibull:
    r"""Weibull curve through points of a survival curve.

    .. math:: \ln(-\ln S) = k \ln t - k \ln \lambda

    exactly for two points, by least squares on this line for more.

    Parameters
    ----------
    t : array_like (m,), time
        Times of the points, strictly increasing and above 0, at least two.
    survival : array_like (..., m), dimensionless
        Fractions still well, strictly between 0 and 1, points on the last axis.

    Returns
    -------
    Weibull

    Raises
    ------
    ValueError
        If fewer than two points are given, shapes differ, or the curve does not fall.

    Notes
    -----
    Leaves out sampling error: two points always fit. Use `weibull_from_counts` for counts.

    References
    ----------
    collett2015
    """
    times = positive("t", time_grid("t", t))
    s = _open_fraction("survival", survival)
    if times.size < 2 or s.shape[-1:] != times.shape:
        raise ValueError(
            f"survival must give a fraction at each of at least two times, got shapes "
            f"{s.shape} and {times.shape}"
        )
    x, y = np.log(times), np.log(-np.log(s))
    dx = x - x.mean()
    shape = (dx * y).sum(-1) / (dx**2).sum()
    if (shape <= 0).any():
        raise ValueError(f"survival must fall with time, got {survival!r}")
    return Weibull(shape, np.exp(x.mean() - y.mean(-1) / shape))


def exponential_from_counts(events: ArrayLike, person_time: ArrayLike) -> tuple[Floats, Floats]:
    r"""Constant hazard from events and time at risk, with its standard error.

    .. math:: \hat\lambda = d / T, \qquad \mathrm{SE} = \sqrt d / T

    Parameters
    ----------
    events : array_like, patients
        Relapses, at least 0.
    person_time : array_like, patients x time
        Time at risk, above 0.

    Returns
    -------
    rate, se : ndarray, 1/time

    Raises
    ------
    ValueError
        If a count is negative or the time at risk is not positive.

    Notes
    -----
    Leaves out any change of the hazard with time.

    References
    ----------
    collett2015
    """
    d, total = nonnegative("events", events), positive("person_time", person_time)
    return d / total, np.sqrt(d) / total


def weibull_from_counts(t: ArrayLike, events: ArrayLike, n: float) -> Weibull:
    r"""Weibull curve fitted by maximum likelihood to counts between visits.

    .. math:: \ell = \sum_i d_i \ln\left[S(t_{i-1}) - S(t_i)\right]
              + \left(n - \sum_i d_i\right) \ln S(t_m), \qquad t_0 = 0

    Parameters
    ----------
    t : array_like (m,), time
        Ends of the intervals, strictly increasing and above 0, at least two.
    events : array_like (m,), patients
        Relapses in each interval, at least 0.
    n : float, patients
        Patients randomised, at least the sum of `events`.

    Returns
    -------
    Weibull

    Raises
    ------
    ValueError
        If counts and times differ in length, counts exceed `n`, or fewer than two intervals hold
        a relapse or a survivor.

    Notes
    -----
    Leaves out drop-out between visits: those lost must be taken out of `n` beforehand.

    References
    ----------
    collett2015
    """
    times = positive("t", time_grid("t", t))
    d = nonnegative("events", events)
    left = float(positive("n", n)) - float(d.sum())
    if d.shape != times.shape or times.size < 2:
        raise ValueError(
            f"events must give a count for each of at least two intervals, got shape {d.shape}"
        )
    if left < 0:
        raise ValueError(f"n must be at least the sum of events {d.sum():g}, got {n:g}")
    if np.count_nonzero(d) + (left > 0) < 2 or d.sum() == 0:
        raise ValueError(f"events must fall in at least two intervals or leave survivors, got {d}")

    def loss(log_parameters: Floats) -> float:
        shape, scale = np.exp(log_parameters)
        cumulative = np.concatenate([[0.0], (times / scale) ** shape])
        # S(a) - S(b) = S(a) (1 - exp(H(a) - H(b))), stable for small steps
        step = -cumulative[:-1] + np.log(-np.expm1(-np.diff(cumulative)) + 1e-300)
        return float(-(d * step).sum() + left * cumulative[-1])

    middle = float(np.median(times))
    best = optimize.minimize(
        loss,
        np.log([1.0, middle]),
        method="Nelder-Mead",
        options={"xatol": 1e-10, "fatol": 1e-10, "maxiter": 4000},
    )
    shape, scale = np.exp(best.x)
    return Weibull(np.asarray(shape), np.asarray(scale))


def hazard_ratio_from_proportions(events: ArrayLike, events_control: ArrayLike) -> Floats:
    r"""Hazard ratio implied by the proportions with the event at the end of a trial.

    .. math:: \mathrm{HR} = \frac{\ln(1 - p_1)}{\ln(1 - p_0)}

    Parameters
    ----------
    events, events_control : array_like, dimensionless
        Proportions with the event under treatment and control, strictly between 0 and 1.

    Returns
    -------
    ndarray, dimensionless

    Raises
    ------
    ValueError
        If a proportion is not strictly between 0 and 1.

    Notes
    -----
    Leaves out everything before the end: right only if the hazards keep their ratio.

    References
    ----------
    tierney2007
    """
    p1 = _open_fraction("events", events)
    return np.log1p(-p1) / np.log1p(-_open_fraction("events_control", events_control))
