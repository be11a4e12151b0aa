r"""Symptoms: when relief shows, beside the relief that placebo brings.

A read-out, not a mechanism: symptoms turn over, treatment slows their making, and the class of
drug decides how soon. All constants are declared in the table of constants and most are assumed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from mechanisms import adaptation
from mechanisms._checks import Floats, finite, fraction, nonnegative, positive, time_grid
from mechanisms._exponentials import chain
from mechanisms.drugs import constant

CLASSES = ("SSRI", "SNRI", "benzodiazepine")


class Onset(NamedTuple):
    """Severity relative to baseline under drug and placebo, and their difference; time last."""

    t_days: Floats
    drug: Floats
    placebo: Floats
    separation: Floats


def _default(name: str, value: ArrayLike | None) -> ArrayLike:
    return float(constant(f"symptoms.{name}")) if value is None else value


def turnover(
    t_days: ArrayLike, inhibition: ArrayLike, kout_per_day: ArrayLike | None = None
) -> Floats:
    r"""Severity when treatment slows the making of symptoms (indirect response).

    .. math:: \frac{dX}{dt} = k_{in} (1 - I(t)) - k_{out} X, \qquad k_{in} = k_{out}, \; X(0) = 1

    Parameters
    ----------
    t_days : array_like, days, shape (T,)
        Days of treatment.
    inhibition : array_like, dimensionless, shape (..., T)
        I, inhibition of the making, at most 1; below 0 it worsens.
    kout_per_day : array_like, 1/day, optional
        Rate at which symptoms pass, above 0.

    Returns
    -------
    ndarray, dimensionless, shape (..., T)
        Severity relative to baseline.

    Raises
    ------
    ValueError
        If the grid or a value is out of range.

    Notes
    -----
    The set-point model of `adaptation.follow` once more, with set point 1 - I. Leaves out the
    fluctuation of symptoms, regression to the mean and remission.

    References
    ----------
    dayneka1993
    """
    rate = positive("kout_per_day", _default("kout_per_d", kout_per_day))
    production = 1.0 - finite("inhibition", inhibition)
    if (production < 0).any():
        raise ValueError(f"inhibition must be at most 1, got {1.0 - production.min()}")
    return adaptation.follow(t_days, production, rate, 1.0)


def placebo_response(
    t_days: ArrayLike, size: ArrayLike | None = None, tau_days: ArrayLike | None = None
) -> Floats:
    r"""Severity under placebo.

    .. math:: P(t) = 1 - p \left( 1 - e^{-t/\tau_p} \right)

    Parameters
    ----------
    t_days : array_like, days, shape (T,)
        Days of treatment.
    size : array_like, dimensionless, optional
        p, final relief as a share of baseline severity, 0 to 1.
    tau_days : array_like, days, optional
        Time constant, above 0.

    Returns
    -------
    ndarray, dimensionless, shape (..., T)
        Severity relative to baseline.

    Raises
    ------
    ValueError
        If the grid or a value is out of range.

    Notes
    -----
    Placebo is not nothing: expectation, care, time and regression to the mean together.

    References
    ----------
    nct00730691, nct00731120
    """
    grid = time_grid("t_days", t_days)
    share = fraction("size", _default("placebo_size", size))
    tau = positive("tau_days", _default("placebo_time_d", tau_days))
    return np.asarray(1.0 + share[..., np.newaxis] * np.expm1(-grid / tau[..., np.newaxis]))


def onset(
    t_days: ArrayLike,
    drug_class: str,
    relief: ArrayLike | None = None,
    effect_days: ArrayLike | None = None,
    kout_per_day: ArrayLike | None = None,
) -> Onset:
    r"""Severity under one class of drug and under placebo, from the first day on.

    .. math:: I(t) = I_{max} \left( 1 - e^{-t/\tau_I} \right), \qquad
              \frac{dX}{dt} = k_{out} (1 - I - X)

    Parameters
    ----------
    t_days : array_like, days, shape (T,)
        Days of treatment.
    drug_class : str
        One of `CLASSES`; sets the defaults of the other arguments.
    relief : array_like, dimensionless, optional
        Imax, final relief by the drug beyond placebo, 0 to 1.
    effect_days : array_like, days, optional
        tau_I, how slowly the inhibition builds up, above 0.
    kout_per_day : array_like, 1/day, optional
        Rate at which symptoms pass, above 0.

    Returns
    -------
    Onset
        Severity under drug and placebo and the separation, shape (..., T).

    Raises
    ------
    KeyError
        If the class is unknown.
    ValueError
        If the grid or a value is out of range.

    Notes
    -----
    Separation is smooth and positive from the first day: "first significant week" is a property of
    sample size as well. Leaves out dose, titration and tolerance to benzodiazepines.

    References
    ----------
    jakubovski2019, mendez2024, taylor2006
    """
    if drug_class not in CLASSES:
        raise KeyError(f"drug_class must be one of {', '.join(CLASSES)}, got {drug_class!r}")
    prefix = drug_class.lower()
    grid = time_grid("t_days", t_days)
    size = fraction("relief", _default(f"{prefix}_relief", relief))[..., np.newaxis]
    tau = positive("effect_days", _default(f"{prefix}_effect_time_d", effect_days))
    kout = positive("kout_per_day", _default(f"{prefix}_kout_per_d", kout_per_day))
    build, pass_rate = 1.0 / tau[..., np.newaxis], kout[..., np.newaxis]
    # Two first-order steps in series: what has not yet arrived is the sum of both stages.
    waiting = np.exp(-build * grid) + build * chain(grid, [build, pass_rate])
    separation = size * (1.0 - waiting)
    placebo = placebo_response(grid)
    return Onset(grid, placebo - separation, np.broadcast_to(placebo, separation.shape), separation)


def separation_shape(t_weeks: ArrayLike, drug_class: str, weeks: float = 12.0) -> Floats:
    r"""Shape of the drug-placebo separation that fitted published trials best.

    .. math:: \text{SSRI: } \frac{t}{T}, \qquad
              \text{SNRI: } \frac{\ln (1 + t)}{\ln (1 + T)} \quad (t \text{ in weeks})

    Parameters
    ----------
    t_weeks : array_like, weeks
        Time, at least 0.
    drug_class : str
        ``"SSRI"`` or ``"SNRI"``.
    weeks : float, weeks
        T, time at which the shape is 1, above 0.

    Returns
    -------
    ndarray, dimensionless
        Separation relative to that at `weeks`.

    Raises
    ------
    KeyError
        If the class has no published shape.
    ValueError
        If a time is out of range.

    Notes
    -----
    A description of data, not a model; its size differs between disorders and is not given here.

    References
    ----------
    jakubovski2019
    """
    time = nonnegative("t_weeks", t_weeks)
    end = positive("weeks", weeks)
    if drug_class == "SSRI":
        return np.asarray(time / end)
    if drug_class == "SNRI":
        return np.asarray(np.log1p(time) / np.log1p(end))
    raise KeyError(f"drug_class must be 'SSRI' or 'SNRI', got {drug_class!r}")


def early_worsening(
    t_days: ArrayLike,
    raphe: ArrayLike,
    susceptibility: ArrayLike | None = None,
    tau_days: ArrayLike | None = None,
) -> Floats:
    r"""Transient rise in anxiety while raphe serotonin is new to the system.

    .. math:: \frac{dM}{dt} = \frac{E - M}{\tau_w}, \quad E = e_R - 1, \qquad W(t) = w \, (E - M)

    Parameters
    ----------
    t_days : array_like, days, shape (T,)
        Days of treatment.
    raphe : array_like, dimensionless, shape (..., T)
        Raphe serotonin relative to baseline, at least 0 (`serotonin.RapheCourse.raphe`).
    susceptibility : array_like, dimensionless, optional
        w, worsening per unit of unadapted serotonin, at least 0; differs between people.
    tau_days : array_like, days, optional
        Time constant of getting used to it, above 0.

    Returns
    -------
    ndarray, fraction of baseline severity, shape (..., T)
        To be added to the severity of `onset`.

    Raises
    ------
    ValueError
        If the grid or a value is out of range.

    Notes
    -----
    The set-point model again: only change is felt. A hypothesis: human data support a link between
    an acute SSRI, the amygdala and raphe 5-HT1A, not this equation.

    References
    ----------
    selvaraj2018, sinclair2009
    """
    level = nonnegative("raphe", raphe)
    w = nonnegative("susceptibility", _default("worsening_median", susceptibility))
    tau = positive("tau_days", _default("worsening_time_d", tau_days))
    felt = adaptation.adapt(t_days, level - 1.0, 1.0 / tau)
    return np.asarray(w[..., np.newaxis] * felt.net)


def worsening_incidence(
    peak: ArrayLike,
    threshold: ArrayLike | None = None,
    median: ArrayLike | None = None,
    sd_log: ArrayLike | None = None,
) -> Floats:
    r"""Share of people whose early worsening exceeds a threshold.

    .. math:: q = \Phi\!\left( \frac{\ln (m \, N_{max} / \theta)}{s} \right), \qquad
              \ln w \sim \mathcal{N}(\ln m, s^2)

    Parameters
    ----------
    peak : array_like, dimensionless
        Nmax, highest unadapted rise of raphe serotonin, at least 0.
    threshold : array_like, fraction of baseline severity, optional
        theta, worsening that is noticed and reported, above 0.
    median : array_like, dimensionless, optional
        m, median susceptibility, above 0.
    sd_log : array_like, dimensionless, optional
        s, standard deviation of its logarithm between people, above 0.

    Returns
    -------
    ndarray, dimensionless
        Share, 0 to 1, in the broadcast shape.

    Raises
    ------
    ValueError
        If a value is out of range.

    Notes
    -----
    Reported incidence runs from 4 to 65 % because the threshold was never agreed on; moving it
    here moves the answer likewise. Leaves out worsening under placebo.

    References
    ----------
    sinclair2009, harada2014
    """
    highest = nonnegative("peak", peak)
    theta = positive("threshold", _default("worsening_threshold", threshold))
    m = positive("median", _default("worsening_median", median))
    s = positive("sd_log", _default("worsening_sd_log", sd_log))
    with np.errstate(divide="ignore"):
        return np.asarray(ndtr(np.log(m * highest / theta) / s))
