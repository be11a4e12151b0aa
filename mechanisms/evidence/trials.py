"""Trials that were never run: how size, placebo response and drop-out decide what a trial shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from mechanisms._checks import Floats, finite, fraction, nonnegative, positive
from mechanisms.drugs import constant
from mechanisms.evidence.effects import _open_fraction, p_value


@dataclass(frozen=True)
class VirtualTrials:
    """Results of simulated trials; the trials run along the last axis.

    Differences are drug minus placebo in points (negative favours the drug), by last observation
    carried forward and in completers; `response_*` are proportions, `completed_*` patients.
    """

    weeks: float
    estimate: Floats
    se: Floats
    p: Floats
    completer_estimate: Floats
    completer_se: Floats
    response_drug: Floats
    response_placebo: Floats
    completed_drug: NDArray[np.int64]
    completed_placebo: NDArray[np.int64]

    def power(self, alpha: float = 0.05) -> Floats:
        """Return the fraction of trials that favour the drug at two-sided level `alpha`."""
        level = float(_open_fraction("alpha", alpha))
        return np.asarray(((self.p < level) & (self.estimate < 0)).mean(axis=-1))


def _default(name: str, value: ArrayLike | None) -> ArrayLike:
    return float(constant(name)) if value is None else value


def virtual_trials(
    trials: int,
    patients_per_arm: int,
    drug_effect: ArrayLike,
    placebo_change: ArrayLike,
    sd: ArrayLike,
    baseline: ArrayLike | None = None,
    baseline_sd: ArrayLike | None = None,
    dropout_drug: ArrayLike = 0.0,
    dropout_placebo: ArrayLike = 0.0,
    weeks: float = 8.0,
    improvement_weeks: float | None = None,
    seed: int = 0,
) -> VirtualTrials:
    r"""Simulate two-arm trials of a drug against placebo, patient by patient.

    .. math:: \Delta_i(t) = -\left(m_0 + \delta z_i + s\,\varepsilon_i\right)
              \frac{1 - e^{-t/\tau}}{1 - e^{-T/\tau}}

    Patient i (arm :math:`z_i`) leaves at a uniform time with the arm's chance of drop-out and
    then keeps the score of that day. A response is a fall of at least half the baseline.

    Parameters
    ----------
    trials, patients_per_arm : int
        Number of trials (at least 1) and of patients in each arm (at least 2).
    drug_effect, placebo_change : array_like, points
        Gain over placebo and fall under placebo at the end, positive for improvement; these and
        the arguments below broadcast to designs of shape (...).
    sd : array_like, points
        Standard deviation of the change at the end, above 0.
    baseline, baseline_sd : array_like, points, optional
        Mean (above 0) and standard deviation (at least 0) of the score at entry; those of a HAM-A
        trial in GAD if left out.
    dropout_drug, dropout_placebo : array_like, dimensionless
        Chance of leaving before the end, in [0, 1).
    weeks, improvement_weeks : float, weeks
        Length T and time constant :math:`\tau`, above 0; the time constant may be left out.
    seed : int
        Seed; all designs meet the same patients, so that designs differ by design alone.

    Returns
    -------
    VirtualTrials
        Arrays of shape (..., trials).

    Raises
    ------
    ValueError
        If a count, spread, chance or time is out of range.

    Notes
    -----
    Leaves out floor effects, sites, visits, and drop-out that depends on the course (the drop-out
    here is completely at random, so carrying forward only dilutes).

    References
    ----------
    julious2004
    """
    if trials < 1 or patients_per_arm < 2:
        raise ValueError(
            "trials must be at least 1 and patients_per_arm at least 2, got "
            f"{trials} and {patients_per_arm}"
        )
    effect = finite("drug_effect", drug_effect)
    placebo = finite("placebo_change", placebo_change)
    spread = positive("sd", sd)
    entry = positive("baseline", _default("trials.baseline_points", baseline))
    entry_sd = nonnegative("baseline_sd", _default("trials.baseline_sd_points", baseline_sd))
    out_drug = fraction("dropout_drug", dropout_drug)
    out_placebo = fraction("dropout_placebo", dropout_placebo)
    if (out_drug == 1).any() or (out_placebo == 1).any():
        raise ValueError("dropout_drug and dropout_placebo must be below 1, got 1")
    end = float(positive("weeks", weeks))
    tau = positive("improvement_weeks", _default("trials.improvement_weeks", improvement_weeks))

    rng = np.random.default_rng(seed)
    designs = np.broadcast_shapes(
        *(a.shape for a in (effect, placebo, spread, entry, entry_sd, out_drug, out_placebo))
    )

    def arm(gain: Floats, dropout: Floats) -> tuple[Floats, ...]:
        wide = [
            np.broadcast_to(a, designs)[..., np.newaxis, np.newaxis]
            for a in (gain, spread, entry, entry_sd, dropout)
        ]
        mean, deviation, start, start_sd, leave = wide
        shape = (trials, patients_per_arm)
        change = -(mean + deviation * rng.standard_normal(shape))
        score = start + start_sd * rng.standard_normal(shape)
        stays = rng.random(shape) >= leave
        reached = -np.expm1(-end * rng.random(shape) / tau) / -np.expm1(-end / tau)
        last = np.where(stays, change, change * reached)
        response = (-last >= score / 2).mean(axis=-1)
        n = np.asarray(stays.sum(axis=-1))
        # an arm with fewer than two completers has no spread
        with np.errstate(divide="ignore", invalid="ignore"):
            mean_stay = np.where(stays, change, 0.0).sum(axis=-1) / n
            square = np.where(stays, (change - mean_stay[..., np.newaxis]) ** 2, 0.0).sum(axis=-1)
            variance_stay = square / (n - 1) / n
        return (
            last.mean(axis=-1),
            last.var(axis=-1, ddof=1) / patients_per_arm,
            mean_stay,
            variance_stay,
            response,
            n,
        )

    drug, control = arm(placebo + effect, out_drug), arm(placebo, out_placebo)
    estimate, se = drug[0] - control[0], np.sqrt(drug[1] + control[1])
    freedom = (
        (drug[1] + control[1]) ** 2 * (patients_per_arm - 1) / (drug[1] ** 2 + control[1] ** 2)
    )
    return VirtualTrials(
        end,
        estimate,
        se,
        p_value(estimate, se, freedom),
        drug[2] - control[2],
        np.sqrt(drug[3] + control[3]),
        drug[4],
        control[4],
        drug[5].astype(np.int64),
        control[5].astype(np.int64),
    )


def power_two_means(
    difference: ArrayLike, sd: ArrayLike, patients_per_arm: ArrayLike, alpha: float = 0.05
) -> Floats:
    r"""Power of a two-sided t test between two equal arms.

    .. math:: 1 - \beta = \Pr\!\left(|T'_{2n-2}(\lambda)| > t_{1-\alpha/2,\,2n-2}\right), \qquad
              \lambda = \frac{|\delta|}{s}\sqrt{n/2}

    Parameters
    ----------
    difference : array_like, any unit
        True difference of the means.
    sd : array_like, unit of `difference`
        Standard deviation in each arm, above 0.
    patients_per_arm : array_like, patients
        n, at least 2.
    alpha : float, dimensionless
        Two-sided level, strictly between 0 and 1.

    Returns
    -------
    ndarray, dimensionless

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Leaves out drop-out and unequal arms; `virtual_trials` shows them.

    References
    ----------
    julious2004
    """
    n = positive("patients_per_arm", patients_per_arm)
    if (n < 2).any():
        raise ValueError(f"patients_per_arm must be at least 2, got {np.min(n):g}")
    ratio = np.abs(finite("difference", difference)) / positive("sd", sd)
    df = 2 * n - 2
    limit = -special.stdtrit(df, _open_fraction("alpha", alpha) / 2)
    shift = ratio * np.sqrt(n / 2)
    # far above the limit scipy's noncentral t loses its tail to nan; the power there is 1
    right = np.asarray(1 - special.nctdtr(df, shift, limit), dtype=np.float64)
    left = np.asarray(special.nctdtr(df, shift, -limit), dtype=np.float64)
    return np.clip(np.where(shift > limit + 10, 1.0, right + np.nan_to_num(left)), 0.0, 1.0)


def patients_per_arm(
    difference: ArrayLike, sd: ArrayLike, power: ArrayLike = 0.9, alpha: float = 0.05
) -> Floats:
    r"""Patients per arm for a given power.

    .. math:: n = \left\lceil \frac{2 (z_{1-\alpha/2} + z_{1-\beta})^2 s^2}{\delta^2}
              + \frac{z_{1-\alpha/2}^2}{4} \right\rceil

    Parameters
    ----------
    difference : array_like, any unit
        True difference of the means, not 0.
    sd : array_like, unit of `difference`
        Standard deviation in each arm, above 0.
    power : array_like, dimensionless
        Wanted power, strictly between 0 and 1.
    alpha : float, dimensionless
        Two-sided level, strictly between 0 and 1.

    Returns
    -------
    ndarray, patients
        Whole numbers, before any allowance for drop-out.

    Raises
    ------
    ValueError
        If an argument is out of range or a difference is 0.

    Notes
    -----
    Leaves out drop-out, unequal arms and the chance that the assumed difference is wrong.

    References
    ----------
    julious2004
    """
    delta = finite("difference", difference)
    if (delta == 0).any():
        raise ValueError("difference must not be 0: no trial is large enough for a null effect")
    z_alpha = -special.ndtri(_open_fraction("alpha", alpha) / 2)
    z_beta = special.ndtri(_open_fraction("power", power))
    ratio = positive("sd", sd) / delta
    return np.ceil(2 * ((z_alpha + z_beta) * ratio) ** 2 + z_alpha**2 / 4)
