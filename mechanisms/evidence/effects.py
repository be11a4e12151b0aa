"""What one trial says about a score: differences and standardised effects, with their errors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from mechanisms._checks import Floats, finite, fraction, positive


class Effect(NamedTuple):
    """An estimate and its standard error, on the additive scale (log for ratios)."""

    estimate: Floats
    se: Floats

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Return the normal confidence limits of the estimate."""
        z = normal_quantile(level)
        return self.estimate - z * self.se, self.estimate + z * self.se


class Arm(NamedTuple):
    """Size, mean and standard deviation of one arm."""

    n: Floats
    mean: Floats
    sd: Floats


def normal_quantile(level: float = 0.95) -> float:
    r"""Half-width of a two-sided normal interval, in standard errors.

    .. math:: z = \Phi^{-1}\!\left(\frac{1 + \text{level}}{2}\right)

    Parameters
    ----------
    level : float, dimensionless
        Coverage, strictly between 0 and 1.

    Returns
    -------
    float, standard errors

    Raises
    ------
    ValueError
        If `level` is not strictly between 0 and 1.

    Notes
    -----
    Leaves out the spread of an estimated standard error; small samples need the t distribution.

    References
    ----------
    borenstein2009
    """
    return float(special.ndtri((1 + float(_open_fraction("level", level))) / 2))


def _open_fraction(name: str, value: ArrayLike) -> Floats:
    values = fraction(name, value)
    if ((values == 0) | (values == 1)).any():
        raise ValueError(f"{name} must lie strictly between 0 and 1, got 0 or 1")
    return values


def _quantile_t(tail: Floats, df: ArrayLike) -> Floats:
    # scipy's functions accept df = inf, where t is the normal distribution
    freedom = np.asarray(df, dtype=np.float64)
    if np.isnan(freedom).any() or (freedom <= 0).any():
        raise ValueError(f"df must be above 0 (inf for the normal distribution), got {df!r}")
    return np.asarray(-special.stdtrit(freedom, tail), dtype=np.float64)


def sd_from_se(se: ArrayLike, n: ArrayLike) -> Floats:
    r"""Recover the standard deviation of an arm from the standard error of its mean.

    .. math:: s = \mathrm{SE}\,\sqrt{n}

    Parameters
    ----------
    se : array_like, any unit
        Standard error of the mean, above 0.
    n : array_like, patients
        Arm size, above 0.

    Returns
    -------
    ndarray, unit of `se`

    Raises
    ------
    ValueError
        If an argument is not positive and finite.

    Notes
    -----
    Leaves out model adjustment: the standard error of a least-squares mean gives an approximate SD.

    References
    ----------
    higgins2019
    """
    return positive("se", se) * np.sqrt(positive("n", n))


def se_from_ci(
    low: ArrayLike, high: ArrayLike, level: float = 0.95, df: ArrayLike = np.inf
) -> Floats:
    r"""Recover the standard error behind a printed confidence interval.

    .. math:: \mathrm{SE} = \frac{U - L}{2\,t_{(1+\text{level})/2,\,\mathrm{df}}}

    Parameters
    ----------
    low, high : array_like, additive scale
        Limits; take logarithms of the limits of a ratio first.
    level : float, dimensionless
        Coverage of the interval.
    df : array_like, dimensionless
        Degrees of freedom; infinite for a normal interval.

    Returns
    -------
    ndarray, unit of the limits

    Raises
    ------
    ValueError
        If `high` is not above `low`, or `level` or `df` is out of range.

    Notes
    -----
    Leaves out rounding: limits printed to one decimal leave several per cent of uncertainty.

    References
    ----------
    higgins2019
    """
    lower, upper = finite("low", low), finite("high", high)
    if (upper <= lower).any():
        raise ValueError(f"high must be above low, got low={low!r}, high={high!r}")
    tail = (1 - _open_fraction("level", level)) / 2
    return (upper - lower) / (2 * _quantile_t(tail, df))


def se_from_p(estimate: ArrayLike, p: ArrayLike, df: ArrayLike = np.inf) -> Floats:
    r"""Recover the standard error behind a two-sided p value.

    .. math:: \mathrm{SE} = \frac{|\hat\theta|}{t_{1-p/2,\,\mathrm{df}}}

    Parameters
    ----------
    estimate : array_like, additive scale
        Difference or log ratio, not 0.
    p : array_like, dimensionless
        Exact two-sided p value, strictly between 0 and 1.
    df : array_like, dimensionless
        Degrees of freedom; infinite for a normal test.

    Returns
    -------
    ndarray, unit of `estimate`

    Raises
    ------
    ValueError
        If an estimate is 0, or `p` or `df` is out of range.

    Notes
    -----
    Leaves out inequalities: from "p < 0.05" only a lower bound of the precision follows.

    References
    ----------
    higgins2019
    """
    value = finite("estimate", estimate)
    if (value == 0).any():
        raise ValueError("estimate must not be 0: a null effect tells nothing about its error")
    return np.abs(value) / _quantile_t(_open_fraction("p", p) / 2, df)


def p_value(estimate: ArrayLike, se: ArrayLike, df: ArrayLike = np.inf) -> Floats:
    r"""Two-sided p value of a null effect.

    .. math:: p = 2\,\Pr\!\left(T_{\mathrm{df}} > |\hat\theta| / \mathrm{SE}\right)

    Parameters
    ----------
    estimate : array_like, additive scale
        Difference or log ratio.
    se : array_like, unit of `estimate`
        Standard error, above 0.
    df : array_like, dimensionless
        Degrees of freedom; infinite for a normal test.

    Returns
    -------
    ndarray, dimensionless

    Raises
    ------
    ValueError
        If `se` or `df` is not positive.

    Notes
    -----
    Leaves out the size of the effect, its direction, and how many tests were made.

    References
    ----------
    higgins2019
    """
    freedom = np.asarray(df, dtype=np.float64)
    if np.isnan(freedom).any() or (freedom <= 0).any():
        raise ValueError(f"df must be above 0 (inf for the normal distribution), got {df!r}")
    ratio = np.abs(finite("estimate", estimate)) / positive("se", se)
    return np.asarray(2 * special.stdtr(freedom, -ratio), dtype=np.float64)


def mean_difference(treated: Arm, control: Arm) -> Effect:
    r"""Difference of two arm means, treated minus control.

    .. math:: \mathrm{MD} = \bar x_1 - \bar x_0, \qquad
              \mathrm{SE} = \sqrt{s_1^2/n_1 + s_0^2/n_0}

    Parameters
    ----------
    treated, control : Arm
        Size (patients), mean and standard deviation (any unit); fields broadcast.

    Returns
    -------
    Effect, unit of the means

    Raises
    ------
    ValueError
        If a size or standard deviation is not positive or a mean is not finite.

    Notes
    -----
    Leaves out baseline adjustment and the correlation of repeated visits.

    References
    ----------
    higgins2019
    """
    n1, m1, s1 = _arm("treated", treated)
    n0, m0, s0 = _arm("control", control)
    return Effect(m1 - m0, np.sqrt(s1**2 / n1 + s0**2 / n0))


def _arm(name: str, arm: Arm) -> Arm:
    return Arm(
        positive(f"{name}.n", arm.n),
        finite(f"{name}.mean", arm.mean),
        positive(f"{name}.sd", arm.sd),
    )


def hedges_g(treated: Arm, control: Arm) -> Effect:
    r"""Standardised mean difference, corrected for small samples.

    .. math:: g = J\,\frac{\bar x_1 - \bar x_0}{s_p}, \quad
              J = 1 - \frac{3}{4N - 9}, \quad
              \mathrm{SE}^2 = \frac{N}{n_1 n_0} + \frac{g^2}{2(N - 3.94)}

    with :math:`N = n_1 + n_0` and :math:`s_p` the pooled standard deviation.

    Parameters
    ----------
    treated, control : Arm
        Size (patients), mean and standard deviation (any unit); fields broadcast.

    Returns
    -------
    Effect, standard deviations

    Raises
    ------
    ValueError
        If a size or standard deviation is not positive, or both arms hold under four patients.

    Notes
    -----
    Leaves out unequal variances. The same difference in points gives another g in a trial with
    another spread, so g compares scales, not drugs.

    References
    ----------
    hedges1985, hartung2008
    """
    n1, m1, s1 = _arm("treated", treated)
    n0, m0, s0 = _arm("control", control)
    total = n1 + n0
    if (total < 4).any():
        raise ValueError(f"the two arms must hold at least 4 patients, got {np.min(total):g}")
    pooled = np.sqrt(((n1 - 1) * s1**2 + (n0 - 1) * s0**2) / (total - 2))
    g = (1 - 3 / (4 * total - 9)) * (m1 - m0) / pooled
    return Effect(g, np.sqrt(total / (n1 * n0) + g**2 / (2 * (total - 3.94))))


def combine_arms(arms: Arm) -> Arm:
    r"""Merge the arms of one trial that get the same drug, so that they count once.

    .. math:: n = \sum n_i, \quad \bar x = \tfrac1n \sum n_i \bar x_i, \quad
              s^2 = \frac{\sum (n_i - 1) s_i^2 + \sum n_i (\bar x_i - \bar x)^2}{n - 1}

    Parameters
    ----------
    arms : Arm
        Size (patients), mean and standard deviation (any unit); the arms on the last axis.

    Returns
    -------
    Arm, the last axis summed away

    Raises
    ------
    ValueError
        If a size or standard deviation is not positive or the fields do not share a last axis.

    Notes
    -----
    Leaves out any dose-response between the merged arms. The result equals the mean and standard
    deviation of all patients thrown together.

    References
    ----------
    higgins2019
    """
    n, mean, sd = np.broadcast_arrays(*_arm("arms", arms))
    if n.ndim == 0:
        raise ValueError("arms must have the arms on a last axis, got single numbers")
    total = n.sum(axis=-1)
    centre = (n * mean).sum(axis=-1) / total
    squares = (n - 1) * sd**2 + n * (mean - centre[..., np.newaxis]) ** 2
    return Arm(total, centre, np.sqrt(squares.sum(axis=-1) / (total - 1)))


def shared_control_covariance(se: ArrayLike, control_variance: ArrayLike) -> Floats:
    r"""Covariance of several comparisons with one control arm.

    .. math:: \Sigma_{ii} = \mathrm{SE}_i^2, \qquad \Sigma_{ij} = s_0^2 / n_0 \quad (i \ne j)

    Parameters
    ----------
    se : array_like (..., k), unit of the effect
        Standard errors of the k comparisons.
    control_variance : array_like (...), unit squared
        Squared standard error of the shared control arm, at most the smallest squared `se`.

    Returns
    -------
    ndarray (..., k, k), unit squared

    Raises
    ------
    ValueError
        If an argument is not positive or the control variance exceeds a squared standard error.

    Notes
    -----
    Leaves out the dependence of standardised effects through a common pooled deviation.

    References
    ----------
    franchini2012
    """
    errors = np.atleast_1d(positive("se", se))
    shared = positive("control_variance", control_variance)[..., np.newaxis, np.newaxis]
    eye = np.eye(errors.shape[-1], dtype=bool)
    if (shared > (errors**2)[..., np.newaxis]).any():
        raise ValueError(
            f"control_variance must be at most the smallest squared se, got {control_variance!r}"
        )
    return np.where(eye, (errors**2)[..., np.newaxis], shared)
