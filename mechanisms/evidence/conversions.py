"""From one measure of effect to another, down to the number of patients to treat."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from mechanisms._checks import Floats, between, finite, fraction, positive
from mechanisms.evidence.counts import risk_difference
from mechanisms.evidence.effects import _open_fraction


def smd_to_log_odds_ratio(smd: ArrayLike) -> Floats:
    r"""Log odds ratio with the same separation as a standardised mean difference.

    .. math:: \ln \mathrm{OR} = \frac{\pi}{\sqrt 3}\, d

    Parameters
    ----------
    smd : array_like, standard deviations
        Standardised mean difference; positive means more responders.

    Returns
    -------
    ndarray, log units

    Raises
    ------
    ValueError
        If a value is not finite.

    Notes
    -----
    Leaves out any outcome that is not logistic; exact only if the latent score is.

    References
    ----------
    chinn2000
    """
    return np.asarray(finite("smd", smd) * np.pi / np.sqrt(3))


def odds_ratio_to_smd(odds_ratio: ArrayLike) -> Floats:
    r"""Standardised mean difference with the same separation as an odds ratio.

    .. math:: d = \frac{\sqrt 3}{\pi} \ln \mathrm{OR}

    Parameters
    ----------
    odds_ratio : array_like, dimensionless
        Odds ratio, above 0.

    Returns
    -------
    ndarray, standard deviations

    Raises
    ------
    ValueError
        If an odds ratio is not positive.

    Notes
    -----
    Leaves out any outcome that is not logistic.

    References
    ----------
    chinn2000
    """
    return np.asarray(np.log(positive("odds_ratio", odds_ratio)) * np.sqrt(3) / np.pi)


def risk_from_odds_ratio(odds_ratio: ArrayLike, control_risk: ArrayLike) -> Floats:
    r"""Risk under treatment from an odds ratio and the control risk.

    .. math:: p_1 = \frac{p_0\,\mathrm{OR}}{1 - p_0 + p_0\,\mathrm{OR}}

    Parameters
    ----------
    odds_ratio : array_like, dimensionless
        Odds ratio, above 0.
    control_risk : array_like, dimensionless
        Risk without treatment, in [0, 1].

    Returns
    -------
    ndarray, dimensionless

    Raises
    ------
    ValueError
        If an odds ratio is not positive or a risk is outside [0, 1].

    Notes
    -----
    Leaves out any change of the odds ratio with the control risk.

    References
    ----------
    higgins2019
    """
    ratio, p0 = positive("odds_ratio", odds_ratio), fraction("control_risk", control_risk)
    return np.asarray(p0 * ratio / (1 - p0 + p0 * ratio))


def risk_from_risk_ratio(risk_ratio: ArrayLike, control_risk: ArrayLike) -> Floats:
    r"""Risk under treatment from a risk ratio and the control risk.

    .. math:: p_1 = \mathrm{RR}\; p_0

    Parameters
    ----------
    risk_ratio : array_like, dimensionless
        Risk ratio, above 0.
    control_risk : array_like, dimensionless
        Risk without treatment, in [0, 1].

    Returns
    -------
    ndarray, dimensionless

    Raises
    ------
    ValueError
        If the resulting risk exceeds 1, or an argument is out of range.

    Notes
    -----
    Leaves out any change of the ratio with the control risk. A ratio of non-response is not the
    inverse of the ratio of response.

    References
    ----------
    higgins2019
    """
    risk = positive("risk_ratio", risk_ratio) * fraction("control_risk", control_risk)
    if (risk > 1).any():
        raise ValueError(
            f"risk_ratio times control_risk must be at most 1, got {float(np.max(risk)):g}"
        )
    return risk


class NumberNeeded(NamedTuple):
    """Patients to treat for one more event; negative counts are patients for one event fewer.

    Where `through_infinity` holds, the interval is the two outer branches: up to `low` and from
    `high` on, joined at infinity (no difference).
    """

    estimate: Floats
    low: Floats
    high: Floats
    through_infinity: NDArray[np.bool_]


def number_needed(difference: ArrayLike, low: ArrayLike, high: ArrayLike) -> NumberNeeded:
    r"""Patients to treat for one more event, with limits.

    .. math:: \mathrm{NNT} = \frac{1}{p_1 - p_0}

    Parameters
    ----------
    difference, low, high : array_like, dimensionless
        Risk difference (treated minus control) and its limits, in [-1, 1].

    Returns
    -------
    NumberNeeded, patients
        Limits 1/high and 1/low; if 0 lies between the limits, `through_infinity` is true and the
        interval runs from `high` through infinity to `low`.

    Raises
    ------
    ValueError
        If a limit is outside [-1, 1] or low, difference and high are out of order.

    Notes
    -----
    Leaves out time: the number holds for the horizon and the control risk of the trial only.

    References
    ----------
    altman1998
    """
    rd = between("difference", difference, -1, 1)
    lower, upper = between("low", low, -1, 1), between("high", high, -1, 1)
    if ((lower > rd) | (rd > upper)).any():
        raise ValueError(
            f"low, difference, high must be in order, got {low!r}, {difference!r}, {high!r}"
        )
    with np.errstate(divide="ignore"):
        inverse = [np.where(x == 0, np.inf, 1 / x) for x in (rd, lower, upper)]
    through = (lower < 0) & (upper > 0)
    first = np.where(through, inverse[1], inverse[2])
    second = np.where(through, inverse[2], inverse[1])
    estimate, first, second = np.broadcast_arrays(inverse[0], first, second)
    return NumberNeeded(estimate, first, second, through)


def number_needed_from_counts(
    events: ArrayLike,
    n: ArrayLike,
    events_control: ArrayLike,
    n_control: ArrayLike,
    level: float = 0.95,
) -> NumberNeeded:
    r"""Patients to treat for one more event, from the counts of two arms.

    .. math:: \mathrm{NNT} = \left(\frac{a}{n_1} - \frac{c}{n_0}\right)^{-1}

    Parameters
    ----------
    events, events_control : array_like, patients
        Patients with the event in each arm.
    n, n_control : array_like, patients
        Arm sizes.
    level : float, dimensionless
        Coverage of the limits (`risk_difference`).

    Returns
    -------
    NumberNeeded, patients

    Raises
    ------
    ValueError
        If events exceed the arm size or a count is negative.

    Notes
    -----
    Leaves out time and the value of the event: whether it is a benefit or a harm is the reader's.

    References
    ----------
    altman1998, newcombe1998
    """
    return number_needed(*risk_difference(events, n, events_control, n_control, level))


def number_needed_from_smd(smd: ArrayLike, control_risk: ArrayLike) -> Floats:
    r"""Patients to treat for one more responder, from a standardised mean difference.

    .. math:: \mathrm{NNT} = \frac{1}{\Phi\!\left(d + \Phi^{-1}(p_0)\right) - p_0}

    Parameters
    ----------
    smd : array_like, standard deviations
        Standardised mean difference in the direction of benefit; 0 gives infinity.
    control_risk : array_like, dimensionless
        Response without treatment, strictly between 0 and 1.

    Returns
    -------
    ndarray, patients
        Negative if the effect is harmful.

    Raises
    ------
    ValueError
        If an effect is not finite or a risk is not strictly between 0 and 1.

    Notes
    -----
    Leaves out non-normal outcomes and unequal spread of the two arms.

    References
    ----------
    furukawa2011
    """
    p0 = _open_fraction("control_risk", control_risk)
    gain = ndtr(finite("smd", smd) + ndtri(p0)) - p0
    null = np.broadcast_to(np.asarray(smd) == 0, gain.shape)
    with np.errstate(divide="ignore"):
        return np.where(null, np.inf, 1 / np.where(null, 1.0, gain))
