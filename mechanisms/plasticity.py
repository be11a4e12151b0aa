r"""Plasticity: a growth signal that rises over weeks, and what exposure therapy makes of it.

Two accounts of the growth signal stand side by side (serotonin, or the drug itself at TrkB), and
a two-trace account of extinction: exposure may *erase* the fear memory or build an *inhibition*
beside it. Both look alike when the exposure ends; they part a week later, or in another context.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mechanisms import adaptation, receptors
from mechanisms._checks import Floats, finite, fraction, nonnegative, positive, time_grid
from mechanisms.drugs import constant


class Growth(NamedTuple):
    """Growth signal relative to baseline: `t_days` (1-D) and `bdnf` (time last)."""

    t_days: Floats
    bdnf: Floats


class Traces(NamedTuple):
    """Fear after each exposure trial; trials on the last axis, trial 0 is before the first.

    `excitatory` is the fear memory, `inhibitory` the safety memory, `response` what is shown.
    """

    trials: Floats
    response: Floats
    excitatory: Floats
    inhibitory: Floats


class Fear(NamedTuple):
    """Fear shown over the days after exposure: `t_days` (1-D) and `response` (time last)."""

    t_days: Floats
    response: Floats


def _default(name: str, value: ArrayLike | None) -> ArrayLike:
    return float(constant(name)) if value is None else value


def _turnover(
    t_days: ArrayLike,
    signal: ArrayLike,
    resting: float,
    tau: Floats,
    emax: Floats,
    half: Floats,
    n: Floats,
) -> Growth:
    grid = time_grid("t_days", t_days)
    drive = nonnegative("signal", signal)
    if drive.ndim == 0:
        drive = drive[np.newaxis]
    emax, half, n = (value[..., np.newaxis] for value in (emax, half, n))
    synthesis = 1.0 + receptors.hill(drive, half, emax, n)
    baseline = 1.0 + receptors.hill(resting, half, emax, n)
    # Before treatment production and loss balance at 1.
    return Growth(grid, adaptation.follow(grid, synthesis / baseline, 1.0 / tau, 1.0))


def bdnf_from_serotonin(
    t_days: ArrayLike,
    signal: ArrayLike,
    tau_days: ArrayLike | None = None,
    emax: ArrayLike | None = None,
    half: ArrayLike | None = None,
    n: ArrayLike | None = None,
) -> Growth:
    r"""Growth signal driven by terminal serotonin (turnover with stimulated production).

    .. math:: \frac{dB}{dt} = k_{out} \left( \frac{1 + E_{max} H(x)}{1 + E_{max} H(1)} - B \right),
              \qquad H(x) = \frac{x^n}{x_{50}^n + x^n}, \quad k_{out} = 1/\tau_B

    Parameters
    ----------
    t_days : array_like, days, shape (T,)
        Days of treatment.
    signal : array_like, dimensionless, shape (..., T) or ()
        x, terminal serotonin relative to baseline (1 = undrugged), at least 0.
    tau_days : array_like, days, optional
        Time constant of turnover, above 0.
    emax : array_like, dimensionless, optional
        Largest stimulation of production, at least 0.
    half : array_like, dimensionless, optional
        Serotonin of half stimulation, above 0.
    n : array_like, dimensionless, optional
        Steepness, above 0.

    Returns
    -------
    Growth
        Time base and BDNF relative to baseline, shape (..., T).

    Raises
    ------
    ValueError
        If the grid or a value is out of range.

    Notes
    -----
    Follows serotonin down as well as up. Leaves out where in the brain BDNF is made, and the
    difference between its message, its protein and what is measured in blood.

    References
    ----------
    dayneka1993, nibuya1995
    """
    return _turnover(
        t_days,
        signal,
        1.0,
        positive("tau_days", _default("plasticity.bdnf_time_d", tau_days)),
        nonnegative("emax", _default("plasticity.serotonin_emax", emax)),
        positive("half", _default("plasticity.serotonin_half", half)),
        positive("n", _default("plasticity.serotonin_hill", n)),
    )


def bdnf_from_trkb(
    t_days: ArrayLike,
    signal: ArrayLike,
    tau_days: ArrayLike | None = None,
    emax: ArrayLike | None = None,
    half: ArrayLike | None = None,
    n: ArrayLike | None = None,
) -> Growth:
    r"""Growth signal driven by the drug at the BDNF receptor TrkB, past serotonin.

    .. math:: \frac{dB}{dt} = k_{out} \left( 1 + E_{max} H(x) - B \right)

    Parameters
    ----------
    t_days : array_like, days, shape (T,)
        Days of treatment.
    signal : array_like, dimensionless, shape (..., T) or ()
        x, drug in brain relative to its level at a usual dose (0 = undrugged), at least 0.
    tau_days, emax, half, n : array_like, optional
        As in `bdnf_from_serotonin`; `half` in units of the usual level.

    Returns
    -------
    Growth
        Time base and signalling relative to baseline, shape (..., T).

    Raises
    ------
    ValueError
        If the grid or a value is out of range.

    Notes
    -----
    The rival account, with the same signature. It predicts growth without SERT and no dip when
    serotonin dips. Leaves out that the affinity for TrkB is low, micromolar, so that the usual
    level may not reach it outside drug-accumulating membranes.

    References
    ----------
    casarotto2021
    """
    return _turnover(
        t_days,
        signal,
        0.0,
        positive("tau_days", _default("plasticity.bdnf_time_d", tau_days)),
        nonnegative("emax", _default("plasticity.trkb_emax", emax)),
        positive("half", _default("plasticity.trkb_half", half)),
        positive("n", _default("plasticity.trkb_hill", n)),
    )


def erasure_fraction(
    growth: ArrayLike, resting: ArrayLike | None = None, steepness: ArrayLike | None = None
) -> Floats:
    r"""Share of extinction learning that erases the fear memory, at a growth signal.

    .. math:: \frac{p}{1 - p} = \frac{p_0}{1 - p_0} B^m

    Parameters
    ----------
    growth : array_like, dimensionless
        B, growth signal relative to baseline, at least 0.
    resting : array_like, dimensionless, optional
        p0, the share in an untreated adult, 0 to 1.
    steepness : array_like, dimensionless, optional
        m, at least 0; 0 makes plasticity irrelevant.

    Returns
    -------
    ndarray, dimensionless
        Share p, 0 to 1, in the broadcast shape.

    Raises
    ------
    ValueError
        If a value is out of range.

    Notes
    -----
    The link from molecule to learning is assumed; only its direction is published.

    References
    ----------
    karpova2011
    """
    base = fraction("resting", _default("plasticity.resting_erasure", resting))
    m = nonnegative("steepness", _default("plasticity.erasure_steepness", steepness))
    weight = base * nonnegative("growth", growth) ** m
    # 0/0 where nothing would be learnt either way: a resting share of 1 stays 1.
    total = weight + (1.0 - base)
    return np.asarray(np.where(total > 0, weight / np.where(total > 0, total, 1.0), 1.0))


def acquire(trials: ArrayLike, rate: ArrayLike | None = None) -> Floats:
    r"""Fear memory after conditioning trials (Rescorla-Wagner).

    .. math:: V_E(n) = 1 - (1 - \alpha)^n

    Parameters
    ----------
    trials : array_like
        Number of pairings, at least 0.
    rate : array_like, dimensionless, optional
        Learning rate, 0 to 1.

    Returns
    -------
    ndarray, fraction of the largest fear
        Strength of the excitatory trace in the broadcast shape.

    Raises
    ------
    ValueError
        If a value is out of range.

    Notes
    -----
    Plasticity does not enter: treated and untreated mice conditioned alike.

    References
    ----------
    rescorla1972, karpova2011
    """
    alpha = fraction("rate", _default("plasticity.learning_rate", rate))
    return np.asarray(1.0 - (1.0 - alpha) ** nonnegative("trials", trials))


def extinguish(
    n_trials: int,
    fear: ArrayLike = 1.0,
    erasure: ArrayLike = 0.0,
    rate: ArrayLike | None = None,
) -> Traces:
    r"""Exposure trials that erase the fear memory and build an inhibition beside it.

    .. math:: R_n = R_0 (1 - \alpha)^n, \quad V_E = V_{E,0} - p (R_0 - R_n), \quad
              V_I = (1 - p)(R_0 - R_n), \quad R = V_E - V_I

    Parameters
    ----------
    n_trials : int
        Number of exposures, at least 0.
    fear : array_like, fraction of the largest fear
        Excitatory trace before the first exposure, at least 0.
    erasure : array_like, dimensionless
        p, share of the learning that erases, 0 to 1 (`erasure_fraction`).
    rate : array_like, dimensionless, optional
        Learning rate, 0 to 1.

    Returns
    -------
    Traces
        Trials 0 to `n_trials` and the three strengths, shape (..., n_trials + 1).

    Raises
    ------
    ValueError
        If a value is out of range or `n_trials` is not a whole number.

    Notes
    -----
    The prediction error is shared out between the traces, so what is *shown* during exposure does
    not depend on p: groups are equal at the end, as observed, and differ in what is left behind.
    Leaves out latent causes, retrieval and reconsolidation.

    References
    ----------
    rescorla1972, bouton2004, karpova2011
    """
    if isinstance(n_trials, bool) or n_trials != int(n_trials) or n_trials < 0:
        raise ValueError(f"n_trials must be a whole number at least 0, got {n_trials}")
    alpha = fraction("rate", _default("plasticity.learning_rate", rate))[..., np.newaxis]
    start = nonnegative("fear", fear)[..., np.newaxis]
    p = fraction("erasure", erasure)[..., np.newaxis]
    trials = np.arange(int(n_trials) + 1, dtype=np.float64)
    response = start * (1.0 - alpha) ** trials
    learned = start - response
    response, excitatory, inhibitory = np.broadcast_arrays(
        response, start - p * learned, (1.0 - p) * learned
    )
    return Traces(trials, response, excitatory, inhibitory)


def retrieve(
    t_days: ArrayLike,
    excitatory: ArrayLike,
    inhibitory: ArrayLike,
    context_match: ArrayLike = 1.0,
    tau_days: ArrayLike | None = None,
    residual: ArrayLike | None = None,
) -> Fear:
    r"""Fear shown days after exposure: the inhibition fades and needs its context.

    .. math:: R(t) = V_E - V_I \, \kappa \left[ c_\infty + (1 - c_\infty) e^{-t/\tau_c} \right]

    Parameters
    ----------
    t_days : array_like, days, shape (T,)
        Days since the last exposure.
    excitatory, inhibitory : array_like, fraction of the largest fear
        Traces at the end of exposure, at least 0.
    context_match : array_like, dimensionless
        kappa, how much of the context of learning is present at the test, 0 to 1: another room
        (renewal), or a body without the drug on board.
    tau_days : array_like, days, optional
        Time constant of the fading, above 0.
    residual : array_like, dimensionless, optional
        c_inf, share of the inhibition that does not fade, 0 to 1.

    Returns
    -------
    Fear
        Time base and response, shape (..., T). At day 0 in the same context it equals the
        response at the end of exposure.

    Raises
    ------
    ValueError
        If the grid or a value is out of range.

    Notes
    -----
    Leaves out reinstatement by a new unpleasant event.

    References
    ----------
    bouton2004
    """
    grid = time_grid("t_days", t_days)
    tau = positive("tau_days", _default("plasticity.context_time_d", tau_days))[..., np.newaxis]
    kept = fraction("residual", _default("plasticity.context_residual", residual))[..., np.newaxis]
    inhibition = nonnegative("inhibitory", inhibitory) * fraction("context_match", context_match)
    fading = kept + (1.0 - kept) * np.exp(-grid / tau)
    fear = nonnegative("excitatory", excitatory)
    return Fear(grid, fear[..., np.newaxis] - inhibition[..., np.newaxis] * fading)


def exposure_outcome(
    t_days: ArrayLike,
    growth: ArrayLike,
    exposures: int,
    drug_during: ArrayLike = 0.0,
    drug_after: ArrayLike = 0.0,
    state_dependence: ArrayLike | None = None,
    relief: ArrayLike | None = None,
) -> Fear:
    r"""Fear after a course of exposure with or without a drug, and with or without it later.

    .. math:: R(t) = \left[ V_E - V_I \, \kappa \, c(t) \right] (1 - r\, d_{after}), \qquad
              \kappa = 1 - \sigma \, |d_{during} - d_{after}|

    Parameters
    ----------
    t_days : array_like, days, shape (T,)
        Days since the last exposure.
    growth : array_like, dimensionless
        Growth signal during exposure relative to baseline, at least 0.
    exposures : int
        Number of exposures, at least 0; without any, fear stays as it was.
    drug_during, drug_after : array_like, dimensionless
        Drug on board while learning and while tested, 0 (none) to 1 (full dose).
    state_dependence : array_like, dimensionless, optional
        sigma, share of the safety memory that belongs to the drugged state, 0 to 1.
    relief : array_like, dimensionless, optional
        r, direct relief while the drug is on board, 0 to 1.

    Returns
    -------
    Fear
        Time base and fear shown, fraction of that before exposure, shape (..., T).

    Raises
    ------
    ValueError
        If the grid or a value is out of range.

    Notes
    -----
    The fading c(t) is that of `retrieve`. With sigma = 0 it reproduces the order seen in mice: the
    gain of drug and exposure together lasts longest. With a large sigma the combination does best
    while the drug is taken and loses its lead when it is stopped, as in several trials. Which sigma
    holds in people is not known; both settings are hypotheses. Leaves out expectation, and relapse
    for other reasons.

    References
    ----------
    karpova2011, haug2003, nordahl2016, bouton2004
    """
    during = fraction("drug_during", drug_during)
    after = fraction("drug_after", drug_after)
    sigma = fraction("state_dependence", _default("plasticity.state_dependence", state_dependence))
    eased = 1.0 - fraction("relief", _default("plasticity.relief", relief)) * after
    traces = extinguish(exposures, 1.0, erasure_fraction(growth))
    match = 1.0 - sigma * np.abs(finite("drug", during - after))
    fear = retrieve(t_days, traces.excitatory[..., -1], traces.inhibitory[..., -1], match)
    return Fear(fear.t_days, fear.response * np.asarray(eased)[..., np.newaxis])
