"""Pharmacokinetics: from the dose swallowed to the concentration at the site.

One compartment with first-order absorption, repeated doses by superposition in closed form,
steady state, and the effect compartment that lets an effect outlast the plasma level. Doses are
in mg, times in h, clearances in L/h, volumes in L and concentrations in ng/mL. Parameters
broadcast against each other; time is the last axis of the result.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mechanisms._checks import Floats, finite, fraction, nonnegative, positive, time_grid
from mechanisms._exponentials import chain

NG_PER_ML_PER_MG_PER_L = 1000.0


class Concentration(NamedTuple):
    """A concentration over time: `t_h` (h, 1-D) and `ng_per_mL` (time on the last axis)."""

    t_h: Floats
    ng_per_mL: Floats


class SteadyState(NamedTuple):
    """One dosing interval once every interval is alike."""

    average: Floats
    peak: Floats
    trough: Floats
    time_to_peak_h: Floats
    accumulation: Floats


def half_life(clearance_L_per_h: ArrayLike, volume_L: ArrayLike) -> Floats:
    r"""Elimination half-life from clearance and volume of distribution.

    .. math:: t_{1/2} = \frac{\ln 2 \; V}{CL}

    Parameters
    ----------
    clearance_L_per_h : array_like, L/h
        Clearance, above 0.
    volume_L : array_like, L
        Volume of distribution, above 0.

    Returns
    -------
    ndarray, h
        Half-life in the broadcast shape.

    Raises
    ------
    ValueError
        If an argument is not positive.

    Notes
    -----
    Apparent values CL/F and V/F may be used together, never one of each kind. Leaves out
    distribution phases.

    References
    ----------
    rowland2011
    """
    ratio = positive("volume_L", volume_L) / positive("clearance_L_per_h", clearance_L_per_h)
    return np.asarray(np.log(2.0) * ratio)


def _last_axis(*values: Floats) -> list[Floats]:
    return [np.asarray(value)[..., np.newaxis] for value in values]


def _oral(
    t_h: ArrayLike,
    dose_mg: ArrayLike,
    ka_per_h: ArrayLike,
    clearance_L_per_h: ArrayLike,
    volume_L: ArrayLike,
    bioavailability: ArrayLike,
    ke0_per_h: ArrayLike | None,
) -> tuple[Floats, Floats, list[Floats]]:
    """Return the checked time grid, scale (level per unit of `chain`) and rates of an oral drug."""
    times = time_grid("t_h", t_h)
    volume = positive("volume_L", volume_L)
    ka = positive("ka_per_h", ka_per_h)
    k = positive("clearance_L_per_h", clearance_L_per_h) / volume
    amount = fraction("bioavailability", bioavailability) * nonnegative("dose_mg", dose_mg)
    scale = NG_PER_ML_PER_MG_PER_L * amount / volume * ka
    if ke0_per_h is None:
        scale, ka, k = _last_axis(scale, ka, k)
        return times, scale, [ka, k]
    ke0 = positive("ke0_per_h", ke0_per_h)
    scale, ka, k, ke0 = _last_axis(scale * ke0, ka, k, ke0)
    return times, scale, [ka, k, ke0]


def single_dose(
    t_h: ArrayLike,
    dose_mg: ArrayLike,
    ka_per_h: ArrayLike,
    clearance_L_per_h: ArrayLike,
    volume_L: ArrayLike,
    bioavailability: ArrayLike = 1.0,
    ke0_per_h: ArrayLike | None = None,
) -> Concentration:
    r"""Concentration after one oral dose.

    .. math:: C(t) = \frac{F D}{V} \, \frac{k_a}{k_a - k} \left(e^{-kt} - e^{-k_a t}\right),
              \quad k = \frac{CL}{V}

    With `ke0_per_h` it is the effect-site concentration,
    :math:`dC_e/dt = k_{e0} (C - C_e)`, instead.

    Parameters
    ----------
    t_h : array_like, h, shape (T,)
        Times since the dose: not negative, strictly increasing.
    dose_mg : array_like, mg
        Dose, at least 0.
    ka_per_h : array_like, 1/h
        Absorption rate constant, above 0; may equal the elimination rate constant.
    clearance_L_per_h, volume_L : array_like, L/h and L
        Clearance and volume, above 0.
    bioavailability : array_like, dimensionless
        Fraction of the dose that reaches the circulation, 0 to 1; 1 with CL/F and V/F.
    ke0_per_h : array_like, 1/h, optional
        Equilibration rate constant of the effect site, above 0.

    Returns
    -------
    Concentration
        Time base and concentration, ng/mL, shape (..., T).

    Raises
    ------
    ValueError
        If the time grid or a parameter is out of range.

    Notes
    -----
    Leaves out absorption lag, distribution phases and saturable or self-inhibited clearance.

    References
    ----------
    rowland2011, sheiner1979
    """
    times, scale, rates = _oral(
        t_h, dose_mg, ka_per_h, clearance_L_per_h, volume_L, bioavailability, ke0_per_h
    )
    return Concentration(times, scale * chain(times, rates))


def repeated_doses(
    t_h: ArrayLike,
    dose_mg: ArrayLike,
    interval_h: ArrayLike,
    n_doses: ArrayLike,
    ka_per_h: ArrayLike,
    clearance_L_per_h: ArrayLike,
    volume_L: ArrayLike,
    bioavailability: ArrayLike = 1.0,
    ke0_per_h: ArrayLike | None = None,
) -> Concentration:
    r"""Concentration during and after a course of equal oral doses at equal intervals.

    .. math:: C(t) = \sum_{j=0}^{n-1} C_1(t - j\tau), \qquad
              \sum_{j=0}^{n-1} e^{-r(s + j\tau)} = e^{-rs}\, \frac{1-e^{-rn\tau}}{1-e^{-r\tau}}

    Parameters
    ----------
    t_h : array_like, h, shape (T,)
        Times since the first dose: not negative, strictly increasing.
    dose_mg : array_like, mg
        Each dose, at least 0.
    interval_h : array_like, h
        Dosing interval, above 0.
    n_doses : array_like, whole number or inf
        Doses in the course, at least 0; ``numpy.inf`` for a course without end.
    ka_per_h, clearance_L_per_h, volume_L, bioavailability, ke0_per_h : array_like
        As in `single_dose`.

    Returns
    -------
    Concentration
        Time base and concentration, ng/mL, shape (..., T). At the moment of a dose, that dose
        has been swallowed and not yet absorbed.

    Raises
    ------
    ValueError
        If the time grid or a parameter is out of range.

    Notes
    -----
    The geometric series makes any time as cheap as the first. Leaves out missed or unequal doses
    (`dose_history`) and kinetics that change with dose.

    References
    ----------
    rowland2011
    """
    times, scale, rates = _oral(
        t_h, dose_mg, ka_per_h, clearance_L_per_h, volume_L, bioavailability, ke0_per_h
    )
    interval = positive("interval_h", interval_h)
    course = _count("n_doses", n_doses)
    interval, course = _last_axis(interval, course)
    # A grid made of multiples of the interval must not fall just before its dose by rounding.
    index = np.minimum(np.floor(times / interval * (1 + 4e-16)), course - 1)
    since_last = np.maximum(times - index * interval, 0.0)
    given = index + 1
    ng_per_mL = scale * chain(since_last, rates, interval, given)
    return Concentration(times, np.where(given > 0, ng_per_mL, 0.0))


def _count(name: str, value: ArrayLike) -> Floats:
    """Return whole numbers at or above 0; infinity is allowed."""
    counts = np.asarray(value, dtype=np.float64)
    bad = ~((counts >= 0) & ((counts == np.floor(counts)) | np.isinf(counts)))
    if bad.any():
        raise ValueError(
            f"{name} must be a whole number at least 0 (or inf), got {float(counts[bad].flat[0])}"
        )
    return counts


def dose_history(
    t_h: ArrayLike,
    times_h: ArrayLike,
    doses_mg: ArrayLike,
    ka_per_h: ArrayLike,
    clearance_L_per_h: ArrayLike,
    volume_L: ArrayLike,
    bioavailability: ArrayLike = 1.0,
    ke0_per_h: ArrayLike | None = None,
) -> Concentration:
    r"""Concentration from any record of oral doses: missed, doubled, tapered.

    .. math:: C(t) = \sum_{j:\, t_j \le t} C_1(t - t_j; D_j)

    Parameters
    ----------
    t_h : array_like, h, shape (T,)
        Times of the result: not negative, strictly increasing.
    times_h : array_like, h, shape (N,)
        When each dose is swallowed; any order, may be negative (before the observation).
    doses_mg : array_like, mg, shape (..., N)
        The doses, at least 0; leading axes are patients or schedules and broadcast against
        the parameters.
    ka_per_h, clearance_L_per_h, volume_L, bioavailability, ke0_per_h : array_like
        As in `single_dose`.

    Returns
    -------
    Concentration
        Time base and concentration, ng/mL, shape (..., T).

    Raises
    ------
    ValueError
        If the time grid or a parameter is out of range, or the doses do not match their times.

    Notes
    -----
    Leaves out kinetics that change with dose: superposition holds for linear kinetics only.

    References
    ----------
    rowland2011
    """
    times, scale, rates = _oral(
        t_h, 1.0, ka_per_h, clearance_L_per_h, volume_L, bioavailability, ke0_per_h
    )
    given_at = finite("times_h", times_h)
    doses = nonnegative("doses_mg", doses_mg)
    if given_at.ndim != 1 or given_at.size == 0:
        raise ValueError(f"times_h must be a non-empty 1-D array, got shape {given_at.shape}")
    if doses.ndim == 0 or doses.shape[-1] != given_at.size:
        raise ValueError(
            f"doses_mg must have {given_at.size} doses on its last axis, got shape {doses.shape}"
        )
    total = np.zeros(np.broadcast_shapes(scale.shape, (*doses.shape[:-1], 1), times.shape))
    # One dose at a time keeps the memory of 10,000 patients to one array of results.
    for j, moment in enumerate(given_at):
        since = times - moment
        unit = scale * chain(np.maximum(since, 0.0), rates)
        total += doses[..., j, np.newaxis] * np.where(since > 0, unit, 0.0)
    return Concentration(times, total)


def average_concentration(
    dose_mg: ArrayLike,
    interval_h: ArrayLike,
    clearance_L_per_h: ArrayLike,
    bioavailability: ArrayLike = 1.0,
) -> Floats:
    r"""Average concentration at steady state.

    .. math:: C_{ss,av} = \frac{F D}{CL \, \tau}

    Parameters
    ----------
    dose_mg : array_like, mg
        Each dose, at least 0.
    interval_h : array_like, h
        Dosing interval, above 0.
    clearance_L_per_h : array_like, L/h
        Clearance, above 0.
    bioavailability : array_like, dimensionless
        Fraction absorbed, 0 to 1; 1 with CL/F.

    Returns
    -------
    ndarray, ng/mL
        Average over an interval, in the broadcast shape.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Neither the volume nor the absorption rate enters: they shape the swing, not the average.

    References
    ----------
    rowland2011
    """
    amount = fraction("bioavailability", bioavailability) * nonnegative("dose_mg", dose_mg)
    cleared = positive("clearance_L_per_h", clearance_L_per_h) * positive("interval_h", interval_h)
    return np.asarray(NG_PER_ML_PER_MG_PER_L * amount / cleared)


def accumulation_ratio(half_life_h: ArrayLike, interval_h: ArrayLike) -> Floats:
    r"""How much higher steady state is than the first dose.

    .. math:: R = \frac{1}{1 - e^{-k\tau}} = \frac{1}{1 - 2^{-\tau / t_{1/2}}}

    Parameters
    ----------
    half_life_h : array_like, h
        Elimination half-life, above 0.
    interval_h : array_like, h
        Dosing interval, above 0.

    Returns
    -------
    ndarray, dimensionless
        Ratio, at least 1.

    Raises
    ------
    ValueError
        If an argument is not positive.

    Notes
    -----
    Exact for the area over an interval and for troughs after absorption is complete.

    References
    ----------
    rowland2011
    """
    intervals = positive("interval_h", interval_h) / positive("half_life_h", half_life_h)
    return np.asarray(-1.0 / np.expm1(-np.log(2.0) * intervals))


def fraction_of_steady_state(t_h: ArrayLike, half_life_h: ArrayLike) -> Floats:
    r"""How far the average concentration has climbed towards steady state.

    .. math:: \phi(t) = 1 - 2^{-t / t_{1/2}}

    Parameters
    ----------
    t_h : array_like, h
        Time since the first dose, at least 0.
    half_life_h : array_like, h
        Elimination half-life, above 0.

    Returns
    -------
    ndarray, dimensionless
        Fraction, 0 to 1, in the broadcast shape.

    Raises
    ------
    ValueError
        If an argument is empty or out of range, or the shapes do not match.

    Notes
    -----
    Neither dose nor interval enters. Leaves out active metabolites, which may climb more slowly.

    References
    ----------
    rowland2011
    """
    times, half_life = nonnegative("t_h", t_h), positive("half_life_h", half_life_h)
    for name, values in (("t_h", times), ("half_life_h", half_life)):
        if values.size == 0:
            raise ValueError(f"{name} must hold at least one value, got shape {values.shape}")
    try:
        elapsed = times / half_life
    except ValueError:
        raise ValueError(
            f"t_h must broadcast against half_life_h, got shapes {times.shape} and "
            f"{half_life.shape}"
        ) from None
    return np.asarray(-np.expm1(-np.log(2.0) * elapsed))


def loading_dose(dose_mg: ArrayLike, half_life_h: ArrayLike, interval_h: ArrayLike) -> Floats:
    r"""First dose that starts at steady state: the maintenance dose times the accumulation ratio.

    .. math:: D_L = D \, R = \frac{D}{1 - e^{-k\tau}}

    Parameters
    ----------
    dose_mg : array_like, mg
        Maintenance dose, at least 0.
    half_life_h, interval_h : array_like, h
        Half-life and dosing interval, above 0.

    Returns
    -------
    ndarray, mg
        Loading dose in the broadcast shape.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Leaves out why antidepressants are not loaded: tolerability, and an onset not set by kinetics.

    References
    ----------
    rowland2011
    """
    return nonnegative("dose_mg", dose_mg) * accumulation_ratio(half_life_h, interval_h)


def _log_rate_over_complement(rate: Floats, interval: Floats) -> Floats:
    return np.asarray(np.log(rate) - np.log(-np.expm1(-rate * interval)))


def steady_state(
    dose_mg: ArrayLike,
    interval_h: ArrayLike,
    ka_per_h: ArrayLike,
    clearance_L_per_h: ArrayLike,
    volume_L: ArrayLike,
    bioavailability: ArrayLike = 1.0,
) -> SteadyState:
    r"""Average, peak and trough of an oral drug at steady state.

    .. math:: t_{max} = \frac{1}{k_a - k}
              \ln \frac{k_a (1 - e^{-k\tau})}{k (1 - e^{-k_a\tau})}

    Parameters
    ----------
    dose_mg : array_like, mg
        Each dose, at least 0.
    interval_h : array_like, h
        Dosing interval, above 0.
    ka_per_h, clearance_L_per_h, volume_L, bioavailability : array_like
        As in `single_dose`.

    Returns
    -------
    SteadyState
        `average`, `peak`, `trough` in ng/mL; `time_to_peak_h` in h after a dose;
        `accumulation` of the average, dimensionless. All in the broadcast shape.

    Raises
    ------
    ValueError
        If a parameter is out of range.

    Notes
    -----
    Leaves out metabolites and diurnal clearance. The trough is the level just before a dose.

    References
    ----------
    rowland2011
    """
    tau = positive("interval_h", interval_h)
    ka = positive("ka_per_h", ka_per_h)
    volume = positive("volume_L", volume_L)
    k = positive("clearance_L_per_h", clearance_L_per_h) / volume
    amount = fraction("bioavailability", bioavailability) * nonnegative("dose_mg", dose_mg)
    scale, ka, k, tau = np.broadcast_arrays(
        NG_PER_ML_PER_MG_PER_L * amount / volume * ka, ka, k, tau
    )
    gap = ka - k
    # Where the rates meet the quotient becomes the derivative of ln(r / (1 - exp(-r tau))).
    close = np.abs(gap) < 1e-5 * (ka + k)
    mid = (ka + k) / 2
    slope = 1.0 / mid - tau / np.expm1(np.minimum(mid * tau, 700.0))
    quotient = (_log_rate_over_complement(ka, tau) - _log_rate_over_complement(k, tau)) / np.where(
        close, 1.0, gap
    )
    t_peak = np.where(close, slope, quotient)
    forever = np.asarray(np.inf)
    return SteadyState(
        average=average_concentration(dose_mg, tau, clearance_L_per_h, bioavailability),
        peak=np.asarray(scale * chain(t_peak, [ka, k], tau, forever)),
        trough=np.asarray(scale * chain(tau, [ka, k], tau, forever)),
        time_to_peak_h=t_peak,
        accumulation=np.asarray(-1.0 / np.expm1(-k * tau)),
    )
