"""When twice the dose is not twice the level: saturable absorption, self-inhibition, power laws."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mechanisms._checks import Floats, nonnegative, positive
from mechanisms._exponentials import chain
from mechanisms.dosing import absorption_rate
from mechanisms.drugs import constant, get
from mechanisms.pharmacokinetics import NG_PER_ML_PER_MG_PER_L


class SelfInhibitor(NamedTuple):
    """A drug that inactivates the enzyme which clears it; every field broadcasts over patients.

    Apparent clearances (L/h): `inhibitable` by the enzyme at full activity and `other`; apparent
    volume (L); absorption, turnover of the enzyme and its fastest inactivation (1/h); total level
    of half-fastest inactivation (ng/mL).
    """

    inhibitable_L_per_h: ArrayLike
    other_L_per_h: ArrayLike
    volume_L: ArrayLike
    ka_per_h: ArrayLike
    k_deg_per_h: ArrayLike
    k_inact_per_h: ArrayLike
    ki_ng_per_mL: ArrayLike


class SelfInhibition(NamedTuple):
    """Level and remaining enzyme activity over time (h; time on the last axis)."""

    t_h: Floats
    ng_per_mL: Floats
    enzyme: Floats


class SelfInhibitedState(NamedTuple):
    """Average level, enzyme activity and accumulation beyond linear kinetics at steady state."""

    ng_per_mL: Floats
    enzyme: Floats
    exposure_ratio: Floats


def absorbed_dose(dose_mg: ArrayLike, maximum_mg: ArrayLike, ed50_mg: ArrayLike) -> Floats:
    r"""Amount absorbed through a transporter that saturates.

    .. math:: A = \frac{A_{\max} D}{D_{50} + D}, \qquad F = \frac{A}{D}

    Parameters
    ----------
    dose_mg : array_like, mg
        Dose (per day, if the parameters are per day), at least 0.
    maximum_mg, ed50_mg : array_like, mg
        Largest amount absorbed and dose at half of it, above 0, with
        `maximum_mg` at most `ed50_mg` so that never more than the dose is absorbed.

    Returns
    -------
    ndarray, mg

    Raises
    ------
    ValueError
        If an argument is out of range or `maximum_mg` exceeds `ed50_mg`.

    Notes
    -----
    Leaves out splitting the daily dose, which absorbs more than one large dose would.

    References
    ----------
    chew2013
    """
    top, half = positive("maximum_mg", maximum_mg), positive("ed50_mg", ed50_mg)
    if (top > half).any():
        raise ValueError(f"maximum_mg must be at most ed50_mg, got {maximum_mg!r} and {ed50_mg!r}")
    dose = nonnegative("dose_mg", dose_mg)
    return np.asarray(top * dose / (half + dose))


def power_exponent(dose_mg: ArrayLike, exposure: ArrayLike) -> Floats:
    r"""Exponent of a power law through levels at several doses.

    .. math:: \ln C = a + b \ln D

    Parameters
    ----------
    dose_mg : array_like (m,), mg
        Doses, above 0, at least two different ones.
    exposure : array_like (..., m), any unit
        Level or area at each dose, above 0.

    Returns
    -------
    ndarray (...), dimensionless
        b by least squares; 1 is proportional.

    Raises
    ------
    ValueError
        If an argument is not positive, the shapes differ, or all doses are equal.

    Notes
    -----
    Leaves out a mechanism: outside the doses it was fitted to, the law is only a guess.

    References
    ----------
    gough1995
    """
    dose, level = positive("dose_mg", dose_mg), positive("exposure", exposure)
    if dose.ndim != 1 or level.shape[-1:] != dose.shape or np.ptp(dose) == 0:
        raise ValueError(
            "dose_mg must hold at least two different doses and exposure one value for each, got "
            f"shapes {dose.shape} and {level.shape}"
        )
    x = np.log(dose) - np.log(dose).mean()
    return np.asarray((x * np.log(level)).sum(-1) / (x**2).sum())


def power_exposure(
    dose_mg: ArrayLike, reference_dose_mg: ArrayLike, reference: ArrayLike, exponent: ArrayLike
) -> Floats:
    r"""Level at a dose by a power law from one reference level.

    .. math:: C(D) = C_0 \left(\frac{D}{D_0}\right)^{b}

    Parameters
    ----------
    dose_mg : array_like, mg
        Dose, at least 0.
    reference_dose_mg : array_like, mg
        Dose of the reference, above 0.
    reference : array_like, any unit
        Level at the reference dose, above 0.
    exponent : array_like, dimensionless
        b, above 0.

    Returns
    -------
    ndarray, unit of `reference`

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Leaves out the time that a new steady state takes.

    References
    ----------
    gough1995
    """
    ratio = nonnegative("dose_mg", dose_mg) / positive("reference_dose_mg", reference_dose_mg)
    power = ratio ** positive("exponent", exponent)
    return np.asarray(positive("reference", reference) * power)


def paroxetine(cyp2d6_activity: ArrayLike = 1.0) -> SelfInhibitor:
    r"""Paroxetine, which inactivates the CYP2D6 that clears it.

    .. math:: CL_i = a\,f_m\,CL_1, \qquad CL_o = (1 - f_m)\,CL_1

    with :math:`CL_1` the clearance of a first dose.

    Parameters
    ----------
    cyp2d6_activity : array_like, dimensionless
        Activity a by genotype, at least 0: 0 poor, 1 normal metaboliser.

    Returns
    -------
    SelfInhibitor

    Raises
    ------
    ValueError
        If an activity is negative.

    Notes
    -----
    The share of CYP2D6 follows from two read ratios, the inactivation from two published
    steady-state levels: levels at 20 and 40 mg/day and the poor-metaboliser ratio at 20 mg/day are
    inputs, not predictions. Leaves out age and enzymes that take over.

    References
    ----------
    bertelsen2003, kim2015
    """
    activity = nonnegative("cyp2d6_activity", cyp2d6_activity)
    first = float(constant("paroxetine.single_dose_clearance_L_h"))
    share = float(constant("paroxetine.fm_cyp2d6"))
    volume = float(constant("paroxetine.volume_L"))
    k_deg = np.log(2) / float(constant("paroxetine.enzyme_half_life_h"))
    drug = get("paroxetine")
    elimination = np.log(2) / float(drug.parameter("half_life_h"))
    return SelfInhibitor(
        activity * share * first,
        (1 - share) * first,
        volume,
        absorption_rate(float(drug.parameter("tmax_h")), elimination),
        k_deg,
        k_deg * float(constant("paroxetine.k_inact_over_k_deg")),
        float(constant("paroxetine.ki_ng_mL")),
    )


def _checked(drug: SelfInhibitor) -> tuple[Floats, ...]:
    return (
        nonnegative("inhibitable_L_per_h", drug.inhibitable_L_per_h),
        positive("other_L_per_h", drug.other_L_per_h),
        positive("volume_L", drug.volume_L),
        positive("ka_per_h", drug.ka_per_h),
        positive("k_deg_per_h", drug.k_deg_per_h),
        nonnegative("k_inact_per_h", drug.k_inact_per_h),
        positive("ki_ng_per_mL", drug.ki_ng_per_mL),
    )


def self_inhibited_steady_state(
    dose_mg: ArrayLike, drug: SelfInhibitor, interval_h: ArrayLike = 24.0
) -> SelfInhibitedState:
    r"""Average steady state of a drug that inactivates the enzyme which clears it.

    .. math:: 0 = k_{deg}(1 - E) - k_{inact} E \frac{C}{K_I + C}, \qquad
              C\,(CL_o + CL_i E) = D/\tau

    a quadratic in C with one positive root. The exposure ratio is C over the level that one dose
    predicts, :math:`(CL_o + CL_i)/(CL_o + CL_i E)`; it stays below :math:`1/(1 - f_m)` with
    :math:`f_m = CL_i/(CL_i + CL_o)`.

    Parameters
    ----------
    dose_mg : array_like, mg
        Each dose, at least 0.
    drug : SelfInhibitor
        Parameters; they broadcast against the dose.
    interval_h : array_like, h
        Dosing interval, above 0.

    Returns
    -------
    SelfInhibitedState
        Level in ng/mL, activity in [0, 1], ratio of at least 1.

    Raises
    ------
    ValueError
        If a parameter is out of range.

    Notes
    -----
    Treats the intake as a constant rate and one clearance as ruling both first pass and
    elimination.

    References
    ----------
    bertelsen2003, mayhew2000
    """
    rate = NG_PER_ML_PER_MG_PER_L * nonnegative("dose_mg", dose_mg)
    rate = rate / positive("interval_h", interval_h)
    cl_i, cl_o, _, _, deg, inact, ki = _checked(drug)
    a = cl_o * (deg + inact) + cl_i * deg
    b = (cl_o + cl_i) * deg * ki - rate * (deg + inact)
    c = rate * deg * ki
    root = np.sqrt(b**2 + 4 * a * c)
    # each branch avoids subtracting equal numbers; root + |b| is 0 only where b is
    level = np.where(b > 0, 2 * c / np.where(b > 0, root + b, 1.0), (root - b) / (2 * a))
    enzyme = deg * (ki + level) / (deg * ki + (deg + inact) * level)
    ratio = (cl_o + cl_i) / (cl_o + cl_i * enzyme)
    return SelfInhibitedState(*np.broadcast_arrays(level, enzyme, ratio))


def self_inhibited_course(
    dose_mg: ArrayLike,
    n_doses: int,
    drug: SelfInhibitor,
    interval_h: float = 24.0,
    steps_per_interval: int = 96,
) -> SelfInhibition:
    r"""Course of a drug that inactivates the enzyme which clears it.

    .. math:: \dot C = \frac{k_a G}{V} - \frac{CL_o + CL_i E}{V} C, \qquad
              \dot E = k_{deg}(1 - E) - k_{inact} E \frac{C}{K_I + C}

    Each step solves level and enzyme exactly with the other held at its midpoint value.

    Parameters
    ----------
    dose_mg : array_like (...), mg
        Each dose, at least 0.
    n_doses : int
        Doses, at least 1.
    drug : SelfInhibitor
        Parameters; they broadcast against the dose.
    interval_h : float, h
        Dosing interval, above 0.
    steps_per_interval : int
        Steps in each interval, at least 4.

    Returns
    -------
    SelfInhibition
        Time base (n_doses x steps + 1,) in h, level (ng/mL) and activity, time on the last axis.

    Raises
    ------
    ValueError
        If a parameter is out of range.

    Notes
    -----
    The error falls with the square of the step. Leaves out reversible inhibition, and the rise of
    bioavailability apart from clearance.

    References
    ----------
    bertelsen2003, mayhew2000
    """
    if n_doses < 1 or steps_per_interval < 4:
        raise ValueError(
            "n_doses must be at least 1 and steps_per_interval at least 4, got "
            f"{n_doses} and {steps_per_interval}"
        )
    dose = nonnegative("dose_mg", dose_mg)
    cl_i, cl_o, volume, ka, deg, inact, ki = parts = _checked(drug)
    h = float(positive("interval_h", interval_h)) / steps_per_interval
    shape = np.broadcast_shapes(dose.shape, *(p.shape for p in parts))
    ka = np.broadcast_to(ka, shape)
    step = np.full(shape, h)

    def relax(activity: Floats, level: Floats, time: float) -> Floats:
        speed = deg + inact * level / (ki + level)
        aim = deg / speed
        return np.asarray(aim + (activity - aim) * np.exp(-speed * time))

    gut, level, enzyme = np.zeros(shape), np.zeros(shape), np.ones(shape)
    stay_gut = np.exp(-ka * h)
    count = n_doses * steps_per_interval
    levels, activities = np.empty((count + 1, *shape)), np.empty((count + 1, *shape))
    levels[0], activities[0] = level, enzyme
    for i in range(count):
        if i % steps_per_interval == 0:
            gut = gut + NG_PER_ML_PER_MG_PER_L * dose / volume
        half = relax(enzyme, level, h / 2)
        k = np.broadcast_to((cl_o + cl_i * half) / volume, shape)
        level = level * np.exp(-k * h) + gut * ka * chain(step, [ka, k])
        gut = gut * stay_gut
        enzyme = relax(half, level, h / 2)
        levels[i + 1], activities[i + 1] = level, enzyme
    times = np.arange(count + 1, dtype=np.float64) * h
    return SelfInhibition(times, np.moveaxis(levels, 0, -1), np.moveaxis(activities, 0, -1))
