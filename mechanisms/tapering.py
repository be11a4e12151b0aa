"""Tolerance, dependence, withdrawal and tapers, on the set-point model of `adaptation`.

A drug enhances inhibition by E, the brain adapts by M, and N = E - M is what is left. On a steady
dose N fades (tolerance); when the drug leaves faster than the adaptation does, N turns negative
(withdrawal). Time is in days, levels are relative to the steady level of the starting dose, effects
to the effect at that level.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mechanisms import drugs
from mechanisms._checks import Floats, between, finite, fraction, nonnegative, positive, time_grid
from mechanisms._exponentials import phi1
from mechanisms.adaptation import follow, rebound, rebound_peak_time, relax

__all__ = [
    "Balance",
    "Schedule",
    "TaperCourse",
    "Withdrawal",
    "abrupt",
    "accelerator_and_brake",
    "adaptation_rate_for_peak",
    "after",
    "burden",
    "conserved_area",
    "dependence",
    "drug_level",
    "excitation",
    "linear",
    "occupancy_linear",
    "proportional",
    "severity",
    "switch",
    "taper",
    "tolerance",
    "withdrawal",
    "withdrawal_peak",
]

Rule = Literal["exact", "endpoint"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_LONGEST_PIECE = 2.0
_BLOCK = 4_000_000
_BISECTIONS = 60


class Schedule(NamedTuple):
    """Dose in steps, relative to the starting dose: from `starts_d` (S,) on, `dose` (..., S)."""

    starts_d: Floats
    dose: Floats


class TaperCourse(NamedTuple):
    """A course in time (last axis, days): drug level, effect E, adaptation M and net effect N.

    The level is relative to the steady level of the starting dose; E, M and N to the effect there.
    """

    t_days: Floats
    level: Floats
    effect: Floats
    adaptation: Floats
    net: Floats


class Withdrawal(NamedTuple):
    """The deficit of a course: its peak (at least 0), the day of it, and its area (days)."""

    peak: Floats
    peak_day: Floats
    area_days: Floats


class Balance(NamedTuple):
    """Brake and accelerator in time (days): inhibitory gain, excitatory gain, network activity."""

    t_days: Floats
    brake: Floats
    accelerator: Floats
    activity: Floats


def abrupt() -> Schedule:
    """Stop at once.

    Returns
    -------
    Schedule
        No dose from day 0.

    Notes
    -----
    Not a recommendation: dependent patients must not stop abruptly.

    References
    ----------
    asam2025
    """
    return Schedule(np.zeros(1), np.zeros(1))


def linear(step: float, interval_d: float) -> Schedule:
    r"""Equal cuts of the starting dose.

    .. math:: d_n = \max(0, 1 - n \sigma)

    Parameters
    ----------
    step : float, fraction of the starting dose
        Size of each cut, above 0 to 1.
    interval_d : float, days
        Time between cuts, above 0; the first is on day 0.

    Returns
    -------
    Schedule
        Doses down to 0.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Leaves out tablet sizes.

    References
    ----------
    schweizer1990, asam2025
    """
    return _steps(_equal_cuts(step), interval_d)


def proportional(cut: float, interval_d: float, stop_below: float) -> Schedule:
    r"""Equal cuts of the current dose, with a rule for stopping.

    .. math:: d_n = (1 - \sigma)^n, \text{ and } 0 \text{ once } d_n < d_{stop}

    Parameters
    ----------
    cut : float, fraction of the current dose
        Size of each cut, inside (0, 1).
    interval_d : float, days
        Time between cuts, above 0; the first is on day 0.
    stop_below : float, fraction of the starting dose
        A dose below this is not given, inside (0, 1); without it the taper never ends.

    Returns
    -------
    Schedule
        Doses down to 0.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Leaves out tablet sizes and pausing when symptoms are bad.

    References
    ----------
    ashton2002, asam2025
    """
    for name, value in (("cut", cut), ("stop_below", stop_below)):
        if not 0 < float(fraction(name, value)) < 1:
            raise ValueError(f"{name} must lie inside (0, 1), got {value}")
    last = int(np.ceil(np.log(stop_below) / np.log1p(-cut) - 1e-9))
    doses = (1 - cut) ** np.arange(1, last + 2)
    doses = doses[doses >= stop_below * (1 - 1e-9)]
    return _steps(np.append(doses, 0.0), interval_d)


def occupancy_linear(step: float, interval_d: float, c50_ratio: float | None = None) -> Schedule:
    r"""Equal cuts of receptor occupancy: large dose cuts first, small ones at the end.

    .. math:: \frac{E_n}{E_0} = 1 - n\sigma, \qquad
              d_n = \frac{\kappa E_n}{1 - E_n}, \quad \kappa = C_{50}/C_0

    Parameters
    ----------
    step : float, fraction of the starting occupancy
        Size of each cut, above 0 to 1.
    interval_d : float, days
        Time between cuts, above 0; the first is on day 0.
    c50_ratio : float, dimensionless, optional
        Level of half effect over the starting level, above 0; by default ``tolerance.c50_ratio``.

    Returns
    -------
    Schedule
        Doses down to 0.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    The gain over equal dose cuts needs high occupancy at the start; at the low occupancy that scans
    of people on benzodiazepines show, the two hardly differ.

    References
    ----------
    horowitz2019, fujita1999
    """
    kappa = float(positive("c50_ratio", _default("c50_ratio", c50_ratio)))
    effect = _equal_cuts(step) / (1 + kappa)
    return _steps(kappa * effect / (1 - effect), interval_d)


def after(duration_d: float, schedule: Schedule) -> Schedule:
    """Return the same schedule after a time on the full dose.

    Parameters
    ----------
    duration_d : float, days
        Time on the full dose before the first cut, above 0.
    schedule : Schedule
        What follows.

    Returns
    -------
    Schedule
        Starting at day 0 with dose 1.

    Raises
    ------
    ValueError
        If the duration is not positive.

    Notes
    -----
    Leaves out titration at the start.
    """
    wait = float(positive("duration_d", duration_d))
    full = np.ones((*schedule.dose.shape[:-1], 1))
    return Schedule(
        np.concatenate([[0.0], schedule.starts_d + wait]),
        np.concatenate([full, schedule.dose], axis=-1),
    )


def drug_level(
    t_days: ArrayLike, schedule: Schedule, half_life_h: ArrayLike, start: ArrayLike = 1.0
) -> Floats:
    r"""Drug level under a schedule, relative to the steady level of the starting dose.

    .. math:: \frac{dC}{dt} = k\,(d(t) - C), \qquad k = \frac{\ln 2}{t_{1/2}}

    Parameters
    ----------
    t_days : array_like, days
        Times, shape (T,), strictly increasing.
    schedule : Schedule
        Dose in steps.
    half_life_h : array_like, h
        Elimination half-life, above 0; broadcasts against the leading axes.
    start : array_like, dimensionless
        Level at day 0, at least 0; 1 is steady state on the starting dose, 0 is drug-free.

    Returns
    -------
    ndarray, dimensionless
        Shape (..., T).

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Leaves out the swing between single doses and absorption.

    References
    ----------
    gabrielsson2008
    """
    return _Level(schedule, half_life_h, start)(time_grid("t_days", t_days))


def taper(
    t_days: ArrayLike,
    schedule: Schedule,
    half_life_h: ArrayLike,
    *,
    c50_ratio: ArrayLike | None = None,
    rate_per_d: ArrayLike | None = None,
    gain: ArrayLike = 1.0,
    start_level: ArrayLike = 1.0,
    start_adaptation: ArrayLike | None = None,
    rule: Rule = "exact",
) -> TaperCourse:
    r"""Net effect of a drug while its dose follows a schedule.

    .. math::
        E = \frac{C}{C + \kappa}, \qquad \frac{dM}{dt} = k_{tol}\,(g E - M), \qquad N = E - M

    Parameters
    ----------
    t_days : array_like, days
        Times, shape (T,), strictly increasing from 0 or later.
    schedule : Schedule
        Dose in steps relative to the starting dose.
    half_life_h : array_like, h
        Elimination half-life, above 0.
    c50_ratio : array_like, dimensionless, optional
        Level of half effect over the starting steady level, above 0; ``inf`` makes effect
        proportional to level. By default ``tolerance.c50_ratio``.
    rate_per_d : array_like, 1/day, optional
        Adaptation rate, above 0; by default ``tolerance.k_per_d``.
    gain : array_like, dimensionless
        Completeness of adaptation, 0 (no tolerance) to 1.
    start_level : array_like, dimensionless
        Level at day 0; 1 is steady state on the starting dose, 0 is drug-free.
    start_adaptation : array_like, dimensionless, optional
        Adaptation at day 0, relative to the full effect; by default complete (``gain`` times the
        effect at `start_level`).
    rule : {"exact", "endpoint"}
        How the effect enters between times: integrated (eight-point Gauss), or held at its value at
        the end of each step of the grid, a first-order rule that the worked tables in print use.

    Returns
    -------
    TaperCourse
        Level, effect, adaptation and net effect, shape (..., T).

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    With ``gain=1`` the area of the deficit is the same for every schedule (`conserved_area`).
    Leaves out fast learning about withdrawal, receptor turnover and returning illness.

    References
    ----------
    gabrielsson2008, rickels1990
    """
    level = _Level(schedule, half_life_h, start_level)
    return _course(t_days, level, c50_ratio, rate_per_d, gain, start_adaptation, rule)


def switch(
    t_days: ArrayLike,
    schedule: Schedule,
    half_life_h: ArrayLike,
    new_half_life_h: ArrayLike,
    *,
    equivalence: ArrayLike = 1.0,
    metabolite_half_life_h: ArrayLike | None = None,
    metabolite_share: ArrayLike = 0.0,
    c50_ratio: ArrayLike | None = None,
    rate_per_d: ArrayLike | None = None,
    gain: ArrayLike = 1.0,
    rule: Rule = "exact",
) -> TaperCourse:
    r"""Change at day 0 to a drug with another half-life, and taper that one.

    .. math:: C = e^{-kt} + q\left[(1 - s)\,B(t) + s\,\mathit{Met}(t)\right], \qquad
        \dot B = k_B (d - B), \quad \dot{\mathit{Met}} = k_M (B - \mathit{Met})

    Parameters
    ----------
    t_days : array_like, days
        Times, shape (T,).
    schedule : Schedule
        Doses of the new drug, in equivalents of the starting dose of the old one.
    half_life_h, new_half_life_h : array_like, h
        Half-lives of the old and the new drug, above 0.
    equivalence : array_like, dimensionless
        True over assumed potency of the new drug, above 0: published equivalents differ twofold.
    metabolite_half_life_h : array_like, h, optional
        Half-life of an active metabolite of the new drug (nordazepam of diazepam).
    metabolite_share : array_like, dimensionless
        Share of the new drug's steady effect carried by that metabolite, 0 to 1.
    c50_ratio, rate_per_d, gain, rule : optional
        As in `taper`.

    Returns
    -------
    TaperCourse
        The level is the sum of both drugs in units of the old starting level.

    Raises
    ------
    ValueError
        If an argument is out of range, or a metabolite share has no half-life.

    Notes
    -----
    Both drugs act alike on one receptor. Starts from steady state on the old drug, fully adapted.

    References
    ----------
    asam2025, ashton2002, greenblatt2021
    """
    old = _Level(abrupt(), half_life_h, 1.0)
    share = fraction("metabolite_share", metabolite_share)
    if metabolite_half_life_h is None and np.any(share > 0):
        raise ValueError("metabolite_half_life_h must be given with metabolite_share, got None")
    new = _Level(schedule, new_half_life_h, 0.0, metabolite_half_life_h, share)
    potency = positive("equivalence", equivalence)[..., np.newaxis]

    def level(times: Floats) -> Floats:
        return np.asarray(old(times) + potency * new(times))

    combined = _Sum(level, max(old.fastest, new.fastest), new.starts)
    return _course(t_days, combined, c50_ratio, rate_per_d, gain, None, rule)


def tolerance(
    t_days: ArrayLike, rate_per_d: ArrayLike | None = None, gain: ArrayLike = 1.0
) -> Floats:
    r"""Effect that is left on a constant dose, relative to the first day.

    .. math:: \frac{N(t)}{E_0} = 1 - g\left(1 - e^{-k_{tol} t}\right)

    Parameters
    ----------
    t_days : array_like, days
        Time on the drug, at least 0.
    rate_per_d : array_like, 1/day, optional
        Adaptation rate, above 0; by default ``tolerance.k_per_d``.
    gain : array_like, dimensionless
        Completeness of adaptation, 0 to 1: near 1 for sedation, small for relief of anxiety.

    Returns
    -------
    ndarray, dimensionless
        In the broadcast shape.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    The rate was set from withdrawal, not from tolerance. Leaves out the build-up of drug.

    References
    ----------
    vinkers2012, gabrielsson2008
    """
    return np.asarray(1 - dependence(t_days, rate_per_d, gain))


def dependence(
    duration_d: ArrayLike, rate_per_d: ArrayLike | None = None, gain: ArrayLike = 1.0
) -> Floats:
    r"""Adaptation built up after a time on a constant dose, relative to the full effect.

    .. math:: \frac{M}{E_0} = g\left(1 - e^{-k_{tol} t}\right)

    Parameters
    ----------
    duration_d : array_like, days
        Time on the drug, at least 0.
    rate_per_d : array_like, 1/day, optional
        Adaptation rate, above 0; by default ``tolerance.k_per_d``.
    gain : array_like, dimensionless
        Completeness of adaptation, 0 to 1.

    Returns
    -------
    ndarray, dimensionless
        In the broadcast shape.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    One rate says that three weeks make nine tenths of the dependence; the risk in practice still
    rises over months, so a slower part is missing here.

    References
    ----------
    asam2025, rickels1990
    """
    rate = positive("rate_per_d", _default("k_per_d", rate_per_d))
    return relax(0.0, fraction("gain", gain), rate, duration_d)


def adaptation_rate_for_peak(peak_d: ArrayLike, half_life_h: ArrayLike) -> Floats:
    r"""Adaptation rate that puts the withdrawal peak of a drug on a given day.

    .. math:: \frac{\ln(k / k_{tol})}{k - k_{tol}} = t^{*}

    Parameters
    ----------
    peak_d : array_like, days
        Day of the peak after stopping, above 0.
    half_life_h : array_like, h
        Elimination half-life, above 0.

    Returns
    -------
    ndarray, 1/day
        In the broadcast shape.

    Raises
    ------
    ValueError
        If an argument is out of range, or no rate between 1e-6 and 1e3 per day fits.

    Notes
    -----
    This is the calibration; a peak used here is no longer a prediction. For effects proportional to
    level.

    References
    ----------
    rickels1990
    """
    day = positive("peak_d", peak_d)
    k = np.log(2) / (positive("half_life_h", half_life_h) / 24)
    shape = np.broadcast_shapes(day.shape, k.shape)
    low, high = np.full(shape, np.log(1e-6)), np.full(shape, np.log(1e3))
    ends = rebound_peak_time(k, np.exp(low)), rebound_peak_time(k, np.exp(high))
    if np.any((ends[0] < day) | (ends[1] > day)):
        raise ValueError(f"peak_d must be within reach of the half-life, got {day.max()}")
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        late = rebound_peak_time(k, np.exp(middle)) > day
        low = np.where(late, middle, low)
        high = np.where(late, high, middle)
    return np.asarray(np.exp((low + high) / 2))


def withdrawal_peak(half_life_h: ArrayLike, rate_per_d: ArrayLike | None = None) -> Withdrawal:
    r"""Withdrawal after an abrupt stop, effect proportional to level: day, depth and area.

    .. math:: t^{*} = \frac{\ln(k/k_{tol})}{k - k_{tol}}, \qquad
        -N(t^{*}) = \frac{k}{k - k_{tol}}\left(e^{-k_{tol}t^{*}} - e^{-k t^{*}}\right), \qquad
        \int -N\,dt = \frac{1}{k_{tol}}

    Parameters
    ----------
    half_life_h : array_like, h
        Elimination half-life, above 0.
    rate_per_d : array_like, 1/day, optional
        Adaptation rate, above 0; by default ``tolerance.k_per_d``.

    Returns
    -------
    Withdrawal
        Peak and area relative to the effect before stopping.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Complete adaptation. A long half-life makes the peak late and low, the area stays.

    References
    ----------
    rickels1990, gabrielsson2008
    """
    k = np.log(2) / (positive("half_life_h", half_life_h) / 24)
    rate = positive("rate_per_d", _default("k_per_d", rate_per_d))
    day = rebound_peak_time(k, rate)
    peak = -rebound(day, k, rate)
    return Withdrawal(peak, day, np.broadcast_to(1 / rate, peak.shape))


def withdrawal(course: TaperCourse) -> Withdrawal:
    r"""Peak, day and area of the deficit of a course.

    .. math:: \max_t\,[-N]_+, \qquad \int [-N]_+\,dt

    Parameters
    ----------
    course : TaperCourse
        From `taper` or `switch`, with at least three times.

    Returns
    -------
    Withdrawal
        Shape (...); the peak is refined by a parabola through three times.

    Raises
    ------
    ValueError
        If the course has fewer than three times.

    Notes
    -----
    The area is a trapezoid sum on the grid: use a grid that is fine against the half-life.
    """
    times = course.t_days
    if times.size < 3:
        raise ValueError(f"course must have at least 3 times, got {times.size}")
    deficit = np.maximum(-course.net, 0.0)
    top = np.clip(deficit.argmax(axis=-1), 1, times.size - 2)
    before, at, later = (
        np.take_along_axis(deficit, (top + j)[..., None], axis=-1)[..., 0] for j in (-1, 0, 1)
    )
    h0, h1 = times[top] - times[top - 1], times[top + 1] - times[top]
    s0, s1 = (at - before) / h0, (later - at) / h1
    bend = (s1 - s0) / (h0 + h1)
    slope = (s0 * h1 + s1 * h0) / (h0 + h1)
    move = np.where(bend < 0, -slope / (2 * np.where(bend < 0, bend, -1.0)), 0.0)
    inside = (move >= -h0) & (move <= h1)
    move = np.where(inside, move, 0.0)
    # a peak on the edge of the grid or on a kink is taken as it is
    peak = np.maximum(at + slope * move + bend * move**2, deficit.max(axis=-1))
    day = np.where(inside, times[top] + move, times[deficit.argmax(axis=-1)])
    return Withdrawal(peak, day, np.trapezoid(deficit, times, axis=-1))


def conserved_area(rate_per_d: ArrayLike | None = None, gain: ArrayLike = 1.0) -> Floats:
    r"""Area by which adaptation exceeds its set point, from full adaptation to none.

    .. math:: \int_0^\infty (M - g E)\,dt = \frac{g E_0}{k_{tol}}

    Parameters
    ----------
    rate_per_d : array_like, 1/day, optional
        Adaptation rate, above 0; by default ``tolerance.k_per_d``.
    gain : array_like, dimensionless
        Completeness of adaptation, 0 to 1.

    Returns
    -------
    ndarray, days
        Relative to the effect of the starting dose; with ``gain=1`` it is the area of the deficit.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    No schedule, half-life or receptor curve appears: in a linear model a taper spreads withdrawal
    but does not lessen its sum. A benefit needs a threshold or a convex severity (`severity`).

    References
    ----------
    gabrielsson2008
    """
    rate = positive("rate_per_d", _default("k_per_d", rate_per_d))
    return np.asarray(fraction("gain", gain) / rate)


def severity(
    net: ArrayLike, threshold: ArrayLike | None = None, power: ArrayLike | None = None
) -> Floats:
    r"""Felt severity of a deficit: nothing below a threshold, convex above.

    .. math:: s = \max(0, -N - \theta)^p

    Parameters
    ----------
    net : array_like, dimensionless
        Net effect; negative in withdrawal.
    threshold : array_like, dimensionless, optional
        Deficit that is not felt, at least 0; by default ``tolerance.severity_threshold``.
    power : array_like, dimensionless, optional
        Exponent, above 0; by default ``tolerance.severity_power``.

    Returns
    -------
    ndarray, dimensionless
        At least 0.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Threshold and exponent are assumptions; no human data calibrate them.

    References
    ----------
    schweizer1990
    """
    theta = nonnegative("threshold", _default("severity_threshold", threshold))
    p = positive("power", _default("severity_power", power))
    return np.asarray(np.maximum(0.0, -finite("net", net) - theta) ** p)


def burden(
    course: TaperCourse, threshold: ArrayLike | None = None, power: ArrayLike | None = None
) -> Floats:
    r"""Severity summed over a course.

    .. math:: \int \max(0, -N - \theta)^p\,dt

    Parameters
    ----------
    course : TaperCourse
        From `taper` or `switch`.
    threshold, power : array_like, dimensionless, optional
        As in `severity`; against the leading axes.

    Returns
    -------
    ndarray, days
        Shape (...).

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Trapezoid sum on the grid of the course.
    """
    theta = np.asarray(_default("severity_threshold", threshold))[..., np.newaxis]
    p = np.asarray(_default("severity_power", power))[..., np.newaxis]
    return np.asarray(np.trapezoid(severity(course.net, theta, p), course.t_days, axis=-1))


def excitation(
    brake: ArrayLike,
    accelerator: ArrayLike,
    *,
    w_ee: ArrayLike | None = None,
    w_ei: ArrayLike | None = None,
    w_ie: ArrayLike | None = None,
    drive: ArrayLike | None = None,
) -> Floats:
    r"""Activity of an excitatory population held by an inhibitory one (qualitative).

    .. math:: E = f(w_{EE}\,a\,E - w_{EI}\,b\,I + D), \qquad I = f(w_{IE}\,E), \qquad
        f(x) = \frac{1}{1 + e^{-x}}

    Parameters
    ----------
    brake, accelerator : array_like, dimensionless
        Strength of inhibition `b` and of excitation `a` relative to health, at least 0.
    w_ee, w_ei, w_ie, drive : array_like, dimensionless, optional
        Weights and drive, at least 0 but for the drive; by default ``excitation.*``.

    Returns
    -------
    ndarray, dimensionless
        Activity, 0 to 1, in the broadcast shape.

    Raises
    ------
    ValueError
        If an argument is out of range, or ``w_ee * accelerator`` is 4 or more, where the network
        may have several states.

    Notes
    -----
    Qualitative only: no human numbers exist for any weight. The steady state is unique below the
    bound because the slope of the sigmoid is at most 1/4. Leaves out oscillation and seizures.

    References
    ----------
    wilson1972
    """
    b, a = nonnegative("brake", brake), nonnegative("accelerator", accelerator)
    ee = nonnegative("w_ee", _network("w_ee", w_ee))
    ei = nonnegative("w_ei", _network("w_ei", w_ei))
    ie = nonnegative("w_ie", _network("w_ie", w_ie))
    d = finite("drive", _network("drive", drive))
    recurrent = ee * a
    if np.any(recurrent >= 4):
        raise ValueError(f"w_ee * accelerator must be below 4, got {recurrent.max()}")
    shape = np.broadcast_shapes(b.shape, recurrent.shape, ei.shape, ie.shape, d.shape)
    low, high = np.zeros(shape), np.ones(shape)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        pull = recurrent * middle - ei * b / (1 + np.exp(-ie * middle)) + d
        rising = 1 / (1 + np.exp(-pull)) > middle
        low = np.where(rising, middle, low)
        high = np.where(rising, high, middle)
    return np.asarray((low + high) / 2)


def accelerator_and_brake(
    course: TaperCourse,
    *,
    brake_strength: ArrayLike | None = None,
    accelerator_gain: ArrayLike | None = None,
    accelerator_rate_per_d: ArrayLike | None = None,
    adapted: bool = True,
) -> Balance:
    r"""Inhibition and excitation through a course: weakened brake, strengthened accelerator.

    .. math:: b = 1 + \beta N, \qquad \dot a = k_a\,(1 + \gamma E - a)

    Parameters
    ----------
    course : TaperCourse
        From `taper` or `switch`.
    brake_strength : array_like, dimensionless, optional
        Change of inhibition per unit of net effect, 0 to 1; by default
        ``excitation.brake_strength``.
    accelerator_gain : array_like, dimensionless, optional
        Rise of excitation on a steady dose, at least 0; by default ``excitation.accelerator_gain``.
    accelerator_rate_per_d : array_like, 1/day, optional
        Rate of that rise, above 0; by default ``excitation.accelerator_rate_per_d``.
    adapted : bool
        Whether excitation has already risen at the start of the course.

    Returns
    -------
    Balance
        Brake, accelerator and activity of `excitation`, shape (..., T).

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Qualitative: directions follow animal studies, sizes are chosen. It shows why withdrawal can be
    worse than the loss of the drug: both arms point the same way.

    References
    ----------
    vinkers2012
    """
    beta = fraction("brake_strength", _network("brake_strength", brake_strength))
    gamma = nonnegative("accelerator_gain", _network("accelerator_gain", accelerator_gain))
    rate = positive(
        "accelerator_rate_per_d", _network("accelerator_rate_per_d", accelerator_rate_per_d)
    )
    goal = 1 + gamma[..., np.newaxis] * course.effect
    risen = follow(course.t_days, goal, rate, None if adapted else 1.0)
    held = np.maximum(1 + beta[..., np.newaxis] * course.net, 0.0)
    held, risen = np.broadcast_arrays(held, risen)
    return Balance(course.t_days, held, risen, excitation(held, risen))


class _Level:
    """Level of one drug under a schedule, and of its metabolite, at any times."""

    def __init__(
        self,
        schedule: Schedule,
        half_life_h: ArrayLike,
        start: ArrayLike,
        metabolite_half_life_h: ArrayLike | None = None,
        metabolite_share: ArrayLike = 0.0,
    ) -> None:
        self.starts = time_grid("starts_d", schedule.starts_d)
        if self.starts[0] != 0:
            raise ValueError(f"starts_d must begin at 0, got {self.starts[0]}")
        dose = nonnegative("dose", schedule.dose)
        if dose.shape[-1:] != self.starts.shape:
            raise ValueError(
                f"dose must have {self.starts.size} steps on its last axis, got shape {dose.shape}"
            )
        self.dose = dose
        self.k = np.log(2) / (positive("half_life_h", half_life_h) / 24)
        self.k_met = (
            self.k
            if metabolite_half_life_h is None
            else (np.log(2) / (positive("metabolite_half_life_h", metabolite_half_life_h) / 24))
        )
        self.share = np.asarray(metabolite_share, dtype=np.float64)
        self.fastest = float(max(self.k.max(), self.k_met.max()))
        parent, metabolite = nonnegative("start", start), np.zeros(())
        self.parent, self.metabolite = [parent], [metabolite]
        for i, gap in enumerate(np.diff(self.starts)):
            parent, metabolite = self._move(i, gap, self.k, self.k_met, parent, metabolite)
            self.parent.append(parent)
            self.metabolite.append(metabolite)

    def _move(
        self, i: int, since: Floats, k: Floats, k_met: Floats, parent: Floats, metabolite: Floats
    ) -> tuple[Floats, Floats]:
        dose = self.dose[..., i] if np.ndim(since) == 0 else self.dose[..., i, np.newaxis]
        excess = parent - dose
        fed = since * np.exp(-np.minimum(k, k_met) * since) * phi1(np.abs(k - k_met) * since)
        decay_met = np.exp(-k_met * since)
        return (
            np.asarray(dose + excess * np.exp(-k * since)),
            np.asarray(dose + (metabolite - dose) * decay_met + excess * k_met * fed),
        )

    def __call__(self, times: Floats) -> Floats:
        shape = np.broadcast_shapes(
            self.dose.shape[:-1],
            self.k.shape,
            self.k_met.shape,
            self.share.shape,
            self.parent[0].shape,
        )
        out = np.empty((*shape, times.size))
        step = np.searchsorted(self.starts, times, side="right") - 1
        k, k_met, share = (x[..., np.newaxis] for x in (self.k, self.k_met, self.share))
        for i in np.unique(step):
            here = step == i
            parent, metabolite = self._move(
                int(i),
                times[here] - self.starts[i],
                k,
                k_met,
                np.asarray(self.parent[i])[..., np.newaxis],
                np.asarray(self.metabolite[i])[..., np.newaxis],
            )
            out[..., here] = (1 - share) * parent + share * metabolite
        return out


class _Sum(NamedTuple):
    """Any level function with what the integrator needs to know about it."""

    level: Callable[[Floats], Floats]
    fastest: float
    starts: Floats

    def __call__(self, times: Floats) -> Floats:
        return self.level(times)


def _course(
    t_days: ArrayLike,
    level: _Level | _Sum,
    c50_ratio: ArrayLike | None,
    rate_per_d: ArrayLike | None,
    gain: ArrayLike,
    start_adaptation: ArrayLike | None,
    rule: Rule,
) -> TaperCourse:
    times = time_grid("t_days", t_days)
    kappa = np.asarray(_default("c50_ratio", c50_ratio), dtype=np.float64)
    if np.any(np.isnan(kappa) | (kappa <= 0)):
        raise ValueError(f"c50_ratio must be above 0, got {kappa.min()}")
    rate = positive("rate_per_d", _default("k_per_d", rate_per_d))
    g = between("gain", gain, 0.0, 1.0)
    if rule not in ("exact", "endpoint"):
        raise ValueError(f"rule must be 'exact' or 'endpoint', got {rule!r}")

    def effect(at: Floats) -> Floats:
        concentration = level(at)
        # (1 + 1/kappa) / (1 + C/kappa) keeps its limit as kappa grows: effect = level
        inverse = (1 / kappa)[..., np.newaxis]
        return np.asarray(concentration * (1 + inverse) / (1 + concentration * inverse))

    first = g * effect(np.zeros(1))[..., 0]
    if start_adaptation is not None:
        first = finite("start_adaptation", start_adaptation)
    e = effect(times)
    if rule == "endpoint":
        adapted = _endpoint(times, g[..., np.newaxis] * e, rate, first)
    else:
        speed = max(level.fastest, float(rate.max()))
        adapted = _gauss(times, effect, g, rate, first, _pieces(times, level.starts, speed))
    e, c = np.broadcast_to(e, adapted.shape), np.broadcast_to(level(times), adapted.shape)
    return TaperCourse(times, c, e, adapted, np.asarray(e - adapted))


def _endpoint(times: Floats, goal: Floats, rate: Floats, first: Floats) -> Floats:
    """Adaptation with the set point of each step held at its value at the end of the step."""
    shape = np.broadcast_shapes(goal.shape[:-1], rate.shape, first.shape)
    out = np.empty((*shape, times.size))
    state = np.broadcast_to(first, shape)
    for index, gap in enumerate(np.diff(times, prepend=0.0)):
        state = relax(state, goal[..., index], rate, gap)
        out[..., index] = state
    return out


def _pieces(times: Floats, starts: Floats, speed: float) -> Floats:
    """Edges from 0 through all times and dose steps, close enough for the quadrature."""
    edges = np.unique(np.concatenate([[0.0], times, starts[starts < times[-1]]]))
    counts = np.maximum(1, np.ceil(np.diff(edges) * speed / _LONGEST_PIECE)).astype(int)
    inner = [
        np.linspace(a, b, n + 1)[:-1] for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
    return np.concatenate([*inner, edges[-1:]])


def _gauss(
    times: Floats,
    effect: Callable[[Floats], Floats],
    gain: Floats,
    rate: Floats,
    first: Floats,
    edges: Floats,
) -> Floats:
    """Adaptation at `times`: exact decay, and Gauss quadrature of the effect between `edges`."""
    shape = np.broadcast_shapes(effect(np.zeros(1)).shape[:-1], rate.shape, gain.shape, first.shape)
    out = np.empty((edges.size, *shape))
    out[0] = first
    # a block bounds the memory that thousands of patients need
    block = max(1, int(_BLOCK / (_NODES.size * max(1, int(np.prod(shape))))))
    for begin in range(0, edges.size - 1, block):
        left, right = edges[begin:-1][:block, None], edges[begin + 1 :][:block, None]
        nodes = left + (right - left) * (_NODES + 1) / 2
        weight = _WEIGHTS * (right - left) / 2
        memory = np.exp(-rate[..., None, None] * (right - nodes)) * weight
        drive = effect(nodes.ravel())
        drive = drive.reshape(*drive.shape[:-1], *nodes.shape)
        gathered = (gain * rate)[..., None] * (drive * memory).sum(axis=-1)
        decay = np.exp(-rate[..., None] * (right - left)[:, 0])
        for j in range(left.shape[0]):
            out[begin + j + 1] = out[begin + j] * decay[..., j] + gathered[..., j]
    return np.moveaxis(out[np.searchsorted(edges, times)], 0, -1)


def _equal_cuts(step: float) -> Floats:
    size = float(fraction("step", step))
    if size <= 0:
        raise ValueError(f"step must be above 0, got {step}")
    count = int(np.ceil(1 / size - 1e-9))
    return np.append(1 - size * np.arange(1, count), 0.0)


def _steps(doses: Floats, interval_d: float) -> Schedule:
    gap = float(positive("interval_d", interval_d))
    return Schedule(np.asarray(np.arange(doses.size) * gap, dtype=np.float64), doses)


def _default(name: str, value: ArrayLike | None) -> ArrayLike:
    return float(drugs.constant(f"tolerance.{name}")) if value is None else value


def _network(name: str, value: ArrayLike | None) -> ArrayLike:
    return float(drugs.constant(f"excitation.{name}")) if value is None else value
