"""What several trials say together: inverse-variance pools, heterogeneity, small-study effects."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from mechanisms._checks import Floats, finite, positive
from mechanisms.evidence.effects import normal_quantile

Method = Literal["fixed", "DL", "REML"]
METHODS: tuple[Method, ...] = ("fixed", "DL", "REML")
REML_GRID = 80
REML_STEPS = 50
GOLDEN = (5**0.5 - 1) / 2


class Pooled(NamedTuple):
    """A pooled effect with limits, and how far the trials disagree."""

    estimate: Floats
    se: Floats
    low: Floats
    high: Floats
    tau2: Floats
    q: Floats
    df: int
    i2: Floats
    p_heterogeneity: Floats
    prediction_low: Floats
    prediction_high: Floats
    weights: Floats


class Egger(NamedTuple):
    """Intercept of the regression of precision-scaled effects on precision, and its test."""

    intercept: Floats
    se: Floats
    t: Floats
    p: Floats
    df: int
    slope: Floats


def _studies(estimate: ArrayLike, se: ArrayLike, least: int) -> tuple[Floats, Floats]:
    y, s = np.broadcast_arrays(finite("estimate", estimate), positive("se", se))
    if y.ndim == 0 or y.shape[-1] < least:
        raise ValueError(
            f"estimate must hold at least {least} studies on its last axis, got shape {y.shape}"
        )
    return y, s


def _mean(y: Floats, w: Floats) -> Floats:
    return np.asarray((w * y).sum(-1, keepdims=True) / w.sum(-1, keepdims=True), dtype=np.float64)


def heterogeneity_variance(estimate: ArrayLike, se: ArrayLike, method: Method = "DL") -> Floats:
    r"""Variance of the true effects between studies.

    DerSimonian-Laird, with :math:`w_i = 1/s_i^2`:

    .. math:: \hat\tau^2 = \max\!\left(0,\
        \frac{Q - (k-1)}{\sum w_i - \sum w_i^2 / \sum w_i}\right), \qquad
        Q = \sum w_i (y_i - \bar y_w)^2

    REML maximises the restricted likelihood, searched over its whole range because small sets of
    trials can give it two maxima.

    Parameters
    ----------
    estimate : array_like (..., k), additive scale
        Study effects, studies on the last axis.
    se : array_like (..., k), unit of `estimate`
        Their standard errors, above 0.
    method : {"fixed", "DL", "REML"}
        "fixed" gives 0.

    Returns
    -------
    ndarray (...), unit squared

    Raises
    ------
    ValueError
        If fewer than two studies are given, a standard error is not positive, or the method is
        unknown.

    Notes
    -----
    Leaves out the uncertainty of the variance itself, which is large below ten studies.

    References
    ----------
    dersimonian1986, viechtbauer2005
    """
    y, s = _studies(estimate, se, 2)
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    v = s**2
    if method == "fixed":
        return np.zeros(y.shape[:-1])
    if method == "REML":
        return _reml(y, v)
    w = 1 / v
    total = w.sum(-1)
    q = (w * (y - _mean(y, w)) ** 2).sum(-1)
    excess = (q - (y.shape[-1] - 1)) / (total - (w**2).sum(-1) / total)
    return np.asarray(np.maximum(0.0, excess))


def _reml(y: Floats, v: Floats) -> Floats:
    """Return the variance of largest restricted likelihood, which may have two maxima."""

    def deviance(tau2: Floats) -> Floats:
        w = 1 / (v + tau2[..., np.newaxis])
        total = w.sum(-1)
        misfit = (w * (y - _mean(y, w)) ** 2).sum(-1)
        return np.asarray(misfit - np.log(w).sum(-1) + np.log(total))

    # the estimate cannot exceed half the squared range of the effects
    grid = np.concatenate([[0.0], np.geomspace(1e-7, 1.0, REML_GRID)])
    reach = np.ptp(y, axis=-1) ** 2
    heights = np.stack([deviance(point * reach) for point in grid])
    best = np.argmin(heights, axis=0)
    low = grid[np.maximum(best - 1, 0)] * reach
    high = grid[np.minimum(best + 1, grid.size - 1)] * reach
    for _ in range(REML_STEPS):
        inner, outer = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        left = deviance(inner) < deviance(outer)
        low, high = np.where(left, low, inner), np.where(left, outer, high)
    middle = (low + high) / 2
    return np.where(deviance(middle) < deviance(np.zeros_like(middle)), middle, 0.0)


def pool(
    estimate: ArrayLike,
    se: ArrayLike,
    method: Method = "DL",
    hartung_knapp: bool = False,
    level: float = 0.95,
) -> Pooled:
    r"""Inverse-variance mean of study effects.

    .. math:: \hat\mu = \frac{\sum w_i y_i}{\sum w_i}, \quad w_i = \frac{1}{s_i^2 + \hat\tau^2},
              \quad \mathrm{SE} = \Big(\sum w_i\Big)^{-1/2}

    Hartung-Knapp replaces the standard error by
    :math:`\sqrt{\sum w_i (y_i - \hat\mu)^2 / ((k-1) \sum w_i)}` and the normal by the t
    distribution with k - 1 degrees of freedom. :math:`I^2 = \max(0, (Q - k + 1)/Q)`; the
    prediction interval for a new study is
    :math:`\hat\mu \pm t_{k-2}\sqrt{\hat\tau^2 + \mathrm{SE}^2}`.

    Parameters
    ----------
    estimate : array_like (..., k), additive scale
        Study effects (log for ratios), studies on the last axis; leading axes are other pools.
    se : array_like (..., k), unit of `estimate`
        Their standard errors, above 0.
    method : {"fixed", "DL", "REML"}
        Estimator of the variance between studies.
    hartung_knapp : bool
        Use the Hartung-Knapp standard error and t limits.
    level : float, dimensionless
        Coverage of the limits.

    Returns
    -------
    Pooled
        `estimate`, `se`, limits and prediction limits in the unit of `estimate`; `tau2` in its
        square; `i2` in [0, 1]; `weights` (..., k) sum to 1. With fewer than three studies the
        prediction limits are infinite.

    Raises
    ------
    ValueError
        If fewer than two studies are given, a standard error is not positive, or the method is
        unknown.

    Notes
    -----
    Leaves out dependence between rows: arms that share a control must be merged first
    (`combine_arms`) or go into `network`. A pool over different drugs estimates a class.

    References
    ----------
    dersimonian1986, hartung2001, higgins2002, higgins2009
    """
    y, s = _studies(estimate, se, 2)
    z = normal_quantile(level)
    k = y.shape[-1]
    tau2 = heterogeneity_variance(y, s, method)
    w0 = 1 / s**2
    q = (w0 * (y - _mean(y, w0)) ** 2).sum(-1)
    w = 1 / (s**2 + tau2[..., np.newaxis])
    mean = _mean(y, w)
    mu, error = mean[..., 0], w.sum(-1) ** -0.5
    if hartung_knapp:
        error = np.sqrt((w * (y - mean) ** 2).sum(-1) / ((k - 1) * w.sum(-1)))
        z = float(special.stdtrit(k - 1, (1 + level) / 2))
    if k > 2:
        reach = float(special.stdtrit(k - 2, (1 + level) / 2)) * np.sqrt(tau2 + error**2)
    else:
        reach = np.full_like(mu, np.inf)
    # q = 0 when all studies agree exactly
    i2 = np.where(q > k - 1, (q - (k - 1)) / np.maximum(q, 1e-300), 0.0)
    return Pooled(
        mu,
        error,
        mu - z * error,
        mu + z * error,
        tau2,
        q,
        k - 1,
        i2,
        np.asarray(special.chdtrc(k - 1, q), dtype=np.float64),
        mu - reach,
        mu + reach,
        w / w.sum(-1, keepdims=True),
    )


def egger(estimate: ArrayLike, se: ArrayLike) -> Egger:
    r"""Egger's regression test for small-study effects.

    .. math:: \frac{y_i}{s_i} = a + b\,\frac{1}{s_i} + \varepsilon_i

    Parameters
    ----------
    estimate : array_like (..., k), additive scale
        Study effects, studies on the last axis, at least three.
    se : array_like (..., k), unit of `estimate`
        Their standard errors, above 0 and not all equal.

    Returns
    -------
    Egger
        Intercept (0 without small-study effects), its standard error, t, two-sided p, degrees of
        freedom, and the slope (effect of a study without sampling error).

    Raises
    ------
    ValueError
        If fewer than three studies are given or all standard errors are equal.

    Notes
    -----
    Leaves out the cause: an asymmetric funnel may show missing trials, poorer small trials or
    other patients. For ratios effect and error are correlated, which inflates the test.

    References
    ----------
    egger1997
    """
    y, s = _studies(estimate, se, 3)
    x, z = 1 / s, y / s
    dx = x - x.mean(-1, keepdims=True)
    spread = (dx**2).sum(-1)
    if (spread <= 1e-12 * (x**2).sum(-1)).any():
        raise ValueError("se must differ between studies, got equal standard errors")
    slope = (dx * z).sum(-1) / spread
    intercept = z.mean(-1) - slope * x.mean(-1)
    rest = z - intercept[..., np.newaxis] - slope[..., np.newaxis] * x
    df = y.shape[-1] - 2
    error = np.sqrt((rest**2).sum(-1) / df * (1 / y.shape[-1] + x.mean(-1) ** 2 / spread))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(error > 0, intercept / error, np.inf * np.sign(intercept))
    t = np.nan_to_num(t, nan=0.0, posinf=np.inf, neginf=-np.inf)
    return Egger(intercept, error, t, np.asarray(2 * special.stdtr(df, -np.abs(t))), df, slope)
