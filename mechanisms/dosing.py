"""Dosing as it happens: titration, missed and late doses, and the days that follow.

A record of doses has one column per dose; patients or schedules lie on the leading axes. Any record
goes into `pharmacokinetics.dose_history`; the regular ones of a large population go into
`interval_course`, which needs one step per dose.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from mechanisms._checks import Floats, finite, fraction, nonnegative, positive
from mechanisms._exponentials import chain
from mechanisms.pharmacokinetics import NG_PER_ML_PER_MG_PER_L


class DoseRecord(NamedTuple):
    """When doses are due (h, 1-D) and what is swallowed (mg, doses on the last axis)."""

    times_h: Floats
    doses_mg: Floats


class IntervalCourse(NamedTuple):
    """Levels of each dosing interval: its end (h), the average in it and the level at its end."""

    t_h: Floats
    average_ng_per_mL: Floats
    trough_ng_per_mL: Floats


def titration(doses_mg: ArrayLike, days: ArrayLike, doses_per_day: int = 1) -> DoseRecord:
    r"""Dose record of a schedule that steps from one daily dose to the next.

    .. math:: D_j = \frac{D^{(s)}}{m}, \qquad t_j = \frac{24\,j}{m}\ \mathrm{h}

    Parameters
    ----------
    doses_mg : array_like (..., S), mg per day
        Daily dose of each step, at least 0; 0 ends a taper.
    days : array_like (S,), days
        Length of each step in whole days, at least 1.
    doses_per_day : int
        m, at least 1; each dose is an equal part of the daily dose.

    Returns
    -------
    DoseRecord
        Times (N,) in h, doses (..., N) in mg.

    Raises
    ------
    ValueError
        If a dose is negative, a length is not a whole number of days, or the steps do not match.

    Notes
    -----
    Leaves out tablet sizes: the schedule may ask for doses that nobody makes.

    References
    ----------
    rowland2011
    """
    dose, length = nonnegative("doses_mg", doses_mg), positive("days", days)
    if (length != np.round(length)).any():
        raise ValueError(f"days must be whole numbers of at least 1, got {days!r}")
    if length.ndim != 1 or dose.shape[-1:] != length.shape:
        raise ValueError(
            f"doses_mg and days must have one entry per step, got shapes {dose.shape} and "
            f"{length.shape}"
        )
    if doses_per_day < 1:
        raise ValueError(f"doses_per_day must be at least 1, got {doses_per_day}")
    doses = np.repeat(dose / doses_per_day, length.astype(int) * doses_per_day, axis=-1)
    return DoseRecord(np.arange(doses.shape[-1]) * 24.0 / doses_per_day, doses)


def taken(record: DoseRecord, fraction_taken: ArrayLike) -> DoseRecord:
    r"""Dose record after missed or partial doses.

    .. math:: D'_j = q_j D_j

    Parameters
    ----------
    record : DoseRecord
        What was prescribed.
    fraction_taken : array_like (..., N), dimensionless
        At least 0 for each dose: 0 missed, 1 taken, 2 doubled; leading axes are patients.

    Returns
    -------
    DoseRecord
        Same times, doses (..., N) in mg.

    Raises
    ------
    ValueError
        If a fraction is negative or the last axis does not match the record.

    Notes
    -----
    Leaves out late doses; shift `times_h` for those.

    References
    ----------
    vrijens2012
    """
    q = nonnegative("fraction_taken", fraction_taken)
    if q.ndim == 0 or q.shape[-1] != record.times_h.size:
        raise ValueError(
            f"fraction_taken must have {record.times_h.size} doses on its last axis, got shape "
            f"{q.shape}"
        )
    return DoseRecord(record.times_h, record.doses_mg * q)


def absorption_rate(tmax_h: ArrayLike, elimination_per_h: ArrayLike) -> Floats:
    r"""Absorption rate constant that puts the peak of one dose at a given time.

    .. math:: t_{\max} = \frac{\ln(k_a/k)}{k_a - k} \quad\Rightarrow\quad
              k_a = -\frac{1}{t_{\max}}\,W_{-1}\!\left(-k\,t_{\max} e^{-k\,t_{\max}}\right)

    Parameters
    ----------
    tmax_h : array_like, h
        Time of the peak after one dose, above 0 and below :math:`1/k`.
    elimination_per_h : array_like, 1/h
        Elimination rate constant k, above 0; broadcasts.

    Returns
    -------
    ndarray, 1/h
        The root with :math:`k_a > k`.

    Raises
    ------
    ValueError
        If the peak is at or after :math:`1/k`, where only flip-flop kinetics would put it.

    Notes
    -----
    Leaves out a lag and the flip-flop root (absorption slower than elimination).

    References
    ----------
    corless1996
    """
    tmax, k = positive("tmax_h", tmax_h), positive("elimination_per_h", elimination_per_h)
    x = k * tmax
    if (x >= 1).any():
        raise ValueError(
            f"tmax_h must be below 1/elimination_per_h, got a product of {float(np.max(x)):.3g}"
        )
    return np.asarray(-np.real(special.lambertw(-x * np.exp(-x), -1)) / tmax)


def interval_course(
    doses_mg: ArrayLike,
    ka_per_h: ArrayLike,
    clearance_L_per_h: ArrayLike,
    volume_L: ArrayLike,
    bioavailability: ArrayLike = 1.0,
    interval_h: float = 24.0,
) -> IntervalCourse:
    r"""Average and trough level of every dosing interval, dose by dose, for a whole population.

    .. math:: G_{j+1} = (G_j + F D_j)\,e^{-k_a\tau}, \qquad
              A_{j+1} = A_j e^{-k\tau} + (G_j + F D_j)\,k_a
              \frac{e^{-k\tau} - e^{-k_a\tau}}{k_a - k}, \qquad
              \bar C_j = \frac{G_j + F D_j + A_j - G_{j+1} - A_{j+1}}{CL\,\tau}

    Parameters
    ----------
    doses_mg : array_like (..., N), mg
        Dose at the start of each interval, at least 0; patients on the leading axes.
    ka_per_h, clearance_L_per_h, volume_L : array_like (...), 1/h, L/h, L
        One-compartment parameters, above 0.
    bioavailability : array_like (...), dimensionless
        Fraction absorbed, 0 to 1; 1 with CL/F and V/F.
    interval_h : float, h
        Dosing interval, above 0.

    Returns
    -------
    IntervalCourse
        Ends of the intervals (N,) in h, average and trough (..., N) in ng/mL.

    Raises
    ------
    ValueError
        If a parameter is out of range or the doses have no last axis.

    Notes
    -----
    The average follows from the balance of mass and so costs nothing. Leaves out late doses and
    nonlinear kinetics.

    References
    ----------
    rowland2011
    """
    dose = nonnegative("doses_mg", doses_mg)
    if dose.ndim == 0 or dose.shape[-1] == 0:
        raise ValueError(f"doses_mg must have doses on a last axis, got shape {dose.shape}")
    ka, cl = positive("ka_per_h", ka_per_h), positive("clearance_L_per_h", clearance_L_per_h)
    volume, f = positive("volume_L", volume_L), fraction("bioavailability", bioavailability)
    tau = float(positive("interval_h", interval_h))
    k = cl / volume
    stay_gut, stay = np.exp(-ka * tau), np.exp(-k * tau)
    passed = ka * chain(np.asarray(tau), [ka, k])
    shape = np.broadcast_shapes(dose.shape[:-1], stay_gut.shape, stay.shape, f.shape)
    gut, body = np.zeros(shape), np.zeros(shape)
    average, trough = np.empty((dose.shape[-1], *shape)), np.empty((dose.shape[-1], *shape))
    for j in range(dose.shape[-1]):
        filled = gut + f * dose[..., j]
        before = filled + body
        body = body * stay + filled * passed
        gut = filled * stay_gut
        average[j] = (before - gut - body) / (cl * tau)
        trough[j] = body / volume
    return IntervalCourse(
        np.arange(1.0, dose.shape[-1] + 1) * tau,
        NG_PER_ML_PER_MG_PER_L * np.moveaxis(average, 0, -1),
        NG_PER_ML_PER_MG_PER_L * np.moveaxis(trough, 0, -1),
    )


def doses_missed(
    adherence: ArrayLike, n_doses: int, seed: int = 0, persistence: ArrayLike = 0.0
) -> Floats:
    r"""Draw which doses each patient takes.

    .. math:: \Pr(\text{taken}_j \mid \text{taken}_{j-1}) = p + r(1 - p), \qquad
              \Pr(\text{taken}_j \mid \text{missed}_{j-1}) = p(1 - r)

    Parameters
    ----------
    adherence : array_like (...), dimensionless
        Long-run fraction of doses taken p, in [0, 1]; patients on any axes.
    n_doses : int
        Doses, at least 1.
    seed : int
        Seed of the random stream.
    persistence : array_like (...), dimensionless
        Correlation r of one dose with the next, in [0, 1): misses come in runs when it is high.

    Returns
    -------
    ndarray (..., n_doses), dimensionless
        1 where a dose is taken, 0 where it is missed.

    Raises
    ------
    ValueError
        If a probability is out of range or `n_doses` is below 1.

    Notes
    -----
    Leaves out stopping for good, weekends, and patients who double the next dose.

    References
    ----------
    vrijens2012
    """
    p, r = fraction("adherence", adherence), fraction("persistence", persistence)
    if (r == 1).any():
        raise ValueError("persistence must be below 1, got 1")
    if n_doses < 1:
        raise ValueError(f"n_doses must be at least 1, got {n_doses}")
    p, r = np.broadcast_arrays(p, r)
    uniform = np.random.default_rng(seed).random((n_doses, *p.shape))
    result = np.empty_like(uniform)
    result[0] = uniform[0] < p
    for j in range(1, n_doses):
        result[j] = uniform[j] < p * (1 - r) + r * result[j - 1]
    return np.moveaxis(result, 0, -1)


def shifted(record: DoseRecord, delay_h: ArrayLike) -> DoseRecord:
    r"""Dose record with doses taken late (or early).

    .. math:: t'_j = t_j + \Delta_j

    Parameters
    ----------
    record : DoseRecord
        What was prescribed.
    delay_h : array_like (N,) or scalar, h
        Delay of each dose; negative is early.

    Returns
    -------
    DoseRecord
        Shifted times in h, same doses.

    Raises
    ------
    ValueError
        If a delay is not finite or does not match the record.

    Notes
    -----
    Leaves out patients with different delays: one record holds one set of times.

    References
    ----------
    vrijens2012
    """
    delay = finite("delay_h", delay_h)
    if delay.ndim > 1 or delay.size not in (1, record.times_h.size):
        raise ValueError(
            f"delay_h must be one number or {record.times_h.size} of them, got shape {delay.shape}"
        )
    return DoseRecord(record.times_h + delay, record.doses_mg)
