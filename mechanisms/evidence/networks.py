"""Trials that share treatments: one consistent set of effects from direct and indirect evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg, optimize, special

from mechanisms._checks import Floats, finite, nonnegative, positive
from mechanisms.evidence.effects import Effect
from mechanisms.evidence.pooling import METHODS, Method


@dataclass(frozen=True)
class Network:
    """Effects of all treatments against one reference, with their covariance.

    `estimate` and `covariance` run over `treatments`, the reference included with effect and
    variance 0.
    """

    treatments: tuple[str, ...]
    reference: str
    estimate: Floats
    covariance: Floats
    tau2: float
    q: float
    df: int
    studies: int

    def league(self) -> Effect:
        """Return the effect of each row treatment against each column treatment."""
        variance = np.diag(self.covariance)
        spread = variance[:, None] + variance[None, :] - 2 * self.covariance
        difference = self.estimate[:, None] - self.estimate[None, :]
        return Effect(difference, np.sqrt(np.maximum(spread, 0.0)))

    def against_reference(self) -> Effect:
        """Return the effect of every treatment against the reference."""
        return Effect(self.estimate, np.sqrt(np.diag(self.covariance)))


class Ranks(NamedTuple):
    """Chance of each rank (treatments x ranks, best first), with a summary per treatment."""

    probability: Floats
    mean: Floats
    low: Floats
    high: Floats
    sucra: Floats


def network(
    study: Sequence[str],
    treatment: Sequence[str],
    baseline: Sequence[str],
    estimate: ArrayLike,
    se: ArrayLike,
    shared_variance: ArrayLike = 0.0,
    reference: str = "placebo",
    method: Method = "DL",
) -> Network:
    r"""Contrast-based network meta-analysis with multi-arm trials.

    .. math:: y = X d + \varepsilon, \quad \operatorname{cov}\varepsilon = S + \tau^2 R, \quad
              \hat d = (X^\top W X)^{-1} X^\top W y, \quad W = (S + \tau^2 R)^{-1}

    Within a trial :math:`S_{ij}` is the variance of the shared baseline arm and
    :math:`R_{ij} = 1/2`; :math:`\tau^2` solves :math:`\mathrm E[Q] = \mathrm{df} +
    \tau^2 \operatorname{tr}(P R)` ("DL") or maximises the restricted likelihood ("REML").

    Parameters
    ----------
    study, treatment, baseline : sequences of str (m,)
        One row per contrast: trial, treatment, and the trial's own baseline arm.
    estimate : array_like (m,), additive scale
        Effect of `treatment` against `baseline`.
    se : array_like (m,), unit of `estimate`
        Standard errors, above 0.
    shared_variance : array_like (m,), unit squared
        Variance of the baseline arm; used only in trials with several rows.
    reference : str
        Treatment against which effects are expressed.
    method : {"fixed", "DL", "REML"}
        Estimator of the variance between trials, common to all comparisons.

    Returns
    -------
    Network

    Raises
    ------
    ValueError
        If rows differ in length, a trial has two baselines, the network falls apart, or a shared
        variance is missing or too large.
    KeyError
        If `reference` is in no trial.

    Notes
    -----
    Leaves out tests of consistency between direct and indirect evidence, and covariates. Pill
    placebo and waiting list are different treatments.

    References
    ----------
    lu2004, rucker2012, jackson2014
    """
    y, s = finite("estimate", estimate), positive("se", se)
    v = nonnegative("shared_variance", shared_variance)
    rows = len(study), len(treatment), len(baseline), y.size
    if not y.size or len(set(rows)) > 1 or y.ndim != 1 or s.shape != y.shape:
        raise ValueError(
            "study, treatment, baseline, estimate and se must have one entry per contrast, got "
            f"{', '.join(map(str, rows[:3]))}, {y.shape}, {s.shape}"
        )
    if v.shape not in ((), y.shape):
        raise ValueError(
            f"shared_variance must be one number or one per contrast ({y.size}), got {v.shape}"
        )
    v = np.broadcast_to(v, y.shape)
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    names = tuple(sorted({*treatment, *baseline}))
    if reference not in names:
        raise KeyError(f"reference must be one of {', '.join(names)}, got {reference!r}")
    for trial, name, other in zip(study, treatment, baseline, strict=True):
        if name == other:
            raise ValueError(
                f"treatment must differ from baseline in every contrast, got {name!r} twice in "
                f"study {trial!r}"
            )
    _connected(names, treatment, baseline)

    same = np.array([[a == b for b in study] for a in study])
    within, between = _covariances(study, baseline, same, s, v)
    column = {name: i for i, name in enumerate(n for n in names if n != reference)}
    x = np.zeros((y.size, len(column)))
    for row, (high, low) in enumerate(zip(treatment, baseline, strict=True)):
        if high != reference:
            x[row, column[high]] += 1
        if low != reference:
            x[row, column[low]] -= 1

    p = _residual_maker(within, x)
    df = y.size - len(column)
    q = float(y @ p @ y)
    tau2 = 0.0
    if method == "DL" and df > 0:
        tau2 = max(0.0, (q - df) / float(np.trace(p @ between)))
    elif method == "REML" and df > 0:
        tau2 = _reml(y, x, within, between)
    weight = np.linalg.inv(within + tau2 * between)
    inverse = np.linalg.inv(x.T @ weight @ x)
    effect = inverse @ x.T @ weight @ y

    place = [column[name] if name != reference else -1 for name in names]
    keep = np.array([i >= 0 for i in place])
    full = np.zeros(len(names))
    full[keep] = effect[[i for i in place if i >= 0]]
    covariance = np.zeros((len(names), len(names)))
    order = [i for i in place if i >= 0]
    covariance[np.ix_(keep, keep)] = inverse[np.ix_(order, order)]
    return Network(names, reference, full, covariance, tau2, q, df, len(set(study)))


def _covariances(
    study: Sequence[str], baseline: Sequence[str], same: NDArray[np.bool_], s: Floats, v: Floats
) -> tuple[Floats, Floats]:
    for trial in set(study):
        rows = [i for i, name in enumerate(study) if name == trial]
        if len({baseline[i] for i in rows}) > 1:
            raise ValueError(f"baseline must be one arm per trial, got several in {trial!r}")
        if len(rows) > 1:
            shared = v[rows]
            if (shared <= 0).any() or (shared >= s[rows] ** 2).any() or np.ptp(shared) > 0:
                raise ValueError(
                    f"shared_variance of {trial!r} must be one number above 0 and below the "
                    f"squared standard errors, got {shared.tolist()}"
                )
    eye = np.eye(s.size, dtype=bool)
    within = np.where(eye, s**2, np.where(same, v, 0.0))
    between = np.where(eye, 1.0, np.where(same, 0.5, 0.0))
    return within, between


def _connected(names: tuple[str, ...], treatment: Sequence[str], baseline: Sequence[str]) -> None:
    reached, frontier = {names[0]}, [names[0]]
    links = list(zip(treatment, baseline, strict=True))
    while frontier:
        node = frontier.pop()
        for a, b in links:
            for near, far in ((a, b), (b, a)):
                if near == node and far not in reached:
                    reached.add(far)
                    frontier.append(far)
    if missing := [name for name in names if name not in reached]:
        raise ValueError(
            f"the network must hang together, got no path from {names[0]!r} to {', '.join(missing)}"
        )


def _residual_maker(covariance: Floats, x: Floats) -> Floats:
    w = np.linalg.inv(covariance)
    wx = w @ x
    return np.asarray(w - wx @ np.linalg.solve(x.T @ wx, wx.T), dtype=np.float64)


def _reml(y: Floats, x: Floats, within: Floats, between: Floats) -> float:
    def deviance(tau2: float) -> float:
        total = within + tau2 * between
        w = np.linalg.inv(total)
        information = x.T @ w @ x
        value = np.linalg.slogdet(total)[1] + np.linalg.slogdet(information)[1]
        return float(value + y @ _residual_maker(total, x) @ y)

    # two maxima are possible, so bracket the best point of a grid before refining
    top = float(np.ptp(y)) ** 2 + float(np.mean(np.diag(within)))
    grid = np.concatenate([[0.0], np.geomspace(1e-7, 1.0, 60) * top])
    best = int(np.argmin([deviance(point) for point in grid]))
    bounds = (grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)])
    fine = optimize.minimize_scalar(
        deviance, bounds=bounds, method="bounded", options={"xatol": 1e-8 * top}
    )
    return float(fine.x) if deviance(float(fine.x)) < deviance(0.0) else 0.0


def p_scores(result: Network, smaller_is_better: bool = True) -> Floats:
    r"""Mean certainty that a treatment beats each of the others.

    .. math:: P_i = \frac{1}{T - 1} \sum_{j \ne i}
              \Phi\!\left(\frac{\pm(\hat d_i - \hat d_j)}{s_{ij}}\right)

    Parameters
    ----------
    result : Network
        Fitted network of T treatments.
    smaller_is_better : bool
        Whether a lower value is a benefit (as for symptom scores).

    Returns
    -------
    ndarray (T,), dimensionless
        In [0, 1], in the order of `result.treatments`; the mean is 1/2.

    Raises
    ------
    ValueError
        If the network holds fewer than two treatments.

    Notes
    -----
    Leaves out the size of the differences: a high score may rest on a trifling gain.

    References
    ----------
    rucker2015
    """
    count = len(result.treatments)
    if count < 2:
        raise ValueError(f"result must hold at least 2 treatments, got {count}")
    difference, error = result.league()
    sign = -1.0 if smaller_is_better else 1.0
    eye = np.eye(count, dtype=bool)
    certainty = special.ndtr(sign * difference / np.where(eye, 1.0, np.maximum(error, 1e-300)))
    return np.asarray(np.where(eye, 0.0, certainty).sum(axis=1) / (count - 1), dtype=np.float64)


def ranks(
    result: Network,
    smaller_is_better: bool = True,
    draws: int = 20_000,
    seed: int = 0,
    level: float = 0.95,
) -> Ranks:
    r"""Ranks of the treatments with their uncertainty, by simulation.

    .. math:: d^{(b)} \sim \mathcal N(\hat d, \hat\Sigma), \qquad
              r_i^{(b)} = 1 + \#\{j : d_j^{(b)} \text{ better than } d_i^{(b)}\}

    Parameters
    ----------
    result : Network
        Fitted network of T treatments.
    smaller_is_better : bool
        Whether a lower value is a benefit.
    draws : int
        Simulated networks, at least 1.
    seed : int
        Seed of the random stream.
    level : float, dimensionless
        Coverage of the rank interval.

    Returns
    -------
    Ranks
        Probability (T, T) of each rank, mean rank, its interval (1 is best), and SUCRA in [0, 1].

    Raises
    ------
    ValueError
        If `draws` is below 1 or `level` is outside (0, 1).

    Notes
    -----
    Leaves out the uncertainty of the variance between trials.

    References
    ----------
    salanti2011
    """
    if draws < 1:
        raise ValueError(f"draws must be at least 1, got {draws}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie strictly between 0 and 1, got {level}")
    count = len(result.treatments)
    rng = np.random.default_rng(seed)
    # The symmetric square root: it allows a singular matrix (the reference has no variance), and
    # unlike eigenvectors or a Cholesky factor it does not depend on the library's choice of signs.
    value, vector = linalg.eigh(result.covariance)
    root = (vector * np.sqrt(np.maximum(value, 0.0))) @ vector.T
    sample = result.estimate + rng.standard_normal((draws, count)) @ root
    order = np.argsort(sample if smaller_is_better else -sample, axis=1)
    rank = np.argsort(order, axis=1)
    probability = np.stack([(rank == r).mean(axis=0) for r in range(count)], axis=1)
    mean = 1 + rank.mean(axis=0)
    low, high = 1 + np.quantile(rank, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return Ranks(probability, mean, low, high, (count - mean) / max(count - 1, 1))
