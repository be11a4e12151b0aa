r"""Chains of exponentials that stay exact when rate constants meet.

A drug that is absorbed, spreads to a further compartment and is eliminated passes a chain of
first-order steps. The last link of the chain is a divided difference of :math:`e^{-rt}` over the
rates, times the product of the rates. The partial-fraction form divides by the differences of
the rates and fails when two are equal; the divided difference itself does not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mechanisms._checks import Floats

_SERIES_BELOW = 0.5
_SERIES_TERMS = 16


def phi1(z: Floats) -> Floats:
    """Mean of exp(-z u) over u in [0, 1], i.e. (1 - exp(-z))/z, for z >= 0."""
    safe = np.where(z == 0, 1.0, z)
    return np.asarray(np.where(z == 0, 1.0, -np.expm1(-safe) / safe))


def _second(x: Floats, y: Floats) -> Floats:
    """Divided difference of exp over (0, -x, -y) for 0 <= x <= y."""
    small = y < _SERIES_BELOW
    safe = np.where(small, 1.0, y)
    direct = (phi1(x) - np.exp(-x) * phi1(np.maximum(y - x, 0.0))) / safe
    # Complete homogeneous polynomials h_n = x h_(n-1) + y^n give the series without cancellation.
    xs, ys = np.where(small, x, 0.0), np.where(small, y, 0.0)
    homogeneous = np.ones_like(ys)
    power = np.ones_like(ys)
    series = np.full_like(ys, 0.5)
    for n in range(1, _SERIES_TERMS):
        power = power * ys
        homogeneous = xs * homogeneous + power
        series = series + (-1) ** n * homogeneous / math.factorial(n + 2)
    return np.asarray(np.where(small, series, direct))


def _table(t: Floats, rates: Sequence[Floats]) -> list[list[Floats]]:
    """Upper triangle of the divided differences of exp(-r t) over at most three rates."""
    table = [[np.exp(-r * t)] for r in rates]
    for i in range(len(rates) - 1):
        low = np.minimum(rates[i], rates[i + 1])
        gap = np.abs(rates[i + 1] - rates[i])
        table[i].append(-t * np.exp(-low * t) * phi1(gap * t))
    if len(rates) == 3:
        low, mid, high = np.sort(np.stack(np.broadcast_arrays(*rates)), axis=0)
        table[0].append(t**2 * np.exp(-low * t) * _second((mid - low) * t, (high - low) * t))
    return table


def _product(f: list[list[Floats]], g: list[list[Floats]]) -> list[list[Floats]]:
    """Leibniz' rule: divided differences of a product."""
    return [
        [
            sum((f[i][m] * g[i + m][j - m] for m in range(j + 1)), np.zeros(()))
            for j in range(len(f[i]))
        ]
        for i in range(len(f))
    ]


def _reciprocal(f: list[list[Floats]]) -> list[list[Floats]]:
    """Divided differences of 1/f, from those of f."""
    inverse: list[list[Floats]] = [[1.0 / row[0]] for row in f]
    for order in range(1, len(f)):
        for i in range(len(f) - order):
            rest = sum(
                (f[i][m] * inverse[i + m][order - m] for m in range(1, order + 1)), np.zeros(())
            )
            inverse[i].append(-rest * inverse[i][0])
    return inverse


def _complement(
    table: list[list[Floats]], rates: Sequence[Floats], t: Floats
) -> list[list[Floats]]:
    """Divided differences of 1 - exp(-r t)."""
    return [
        [-np.expm1(-rates[i] * t), *(-entry for entry in row[1:])] for i, row in enumerate(table)
    ]


def chain(
    since_last: Floats,
    rates: Sequence[Floats],
    interval: Floats | None = None,
    doses: Floats | None = None,
) -> Floats:
    """Response of the last of two or three first-order steps to a train of equal unit doses.

    `since_last` is the time since the latest dose, `doses` how many have been given by then (may
    be infinite), `interval` the time between them. The result is the amount in the last
    compartment divided by the product of all rates but the last.
    """
    sign = (-1) ** (len(rates) - 1)
    last = _table(since_last, rates)
    if interval is None or doses is None:
        return np.asarray(sign * last[0][-1])
    # Geometric series over the doses: sum of exp(-r (s + j tau)), j < n.
    with np.errstate(invalid="ignore"):
        span = np.where(np.isinf(doses), 0.0, doses * interval)
    all_doses = _complement(_table(span, rates), rates, span)
    endless = np.isinf(doses)
    all_doses = [
        [np.where(endless, 1.0 if j == 0 else 0.0, entry) for j, entry in enumerate(row)]
        for row in all_doses
    ]
    one = _complement(_table(interval, rates), rates, interval)
    train = _product(_product(last, all_doses), _reciprocal(one))
    return np.asarray(np.maximum(sign * train[0][-1], 0.0))
