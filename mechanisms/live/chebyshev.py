"""Chebyshev interpolation on a tensor grid of nested nodes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

FINEST = 32  # 33 nodes; the coarser grids (5, 9, 17) are subsets of them


def nodes(intervals: int) -> Floats:
    """Chebyshev-Lobatto nodes ``-cos(pi j / intervals)``, from -1 to 1."""
    x = -np.cos(np.pi * np.arange(intervals + 1) / intervals)
    x[intervals // 2] = 0.0
    return x


def basis(position: ArrayLike, terms: int) -> Floats:
    """Return the Chebyshev polynomials ``T_0 ... T_(terms-1)`` at `position` in [-1, 1]."""
    angle = np.arccos(np.clip(position, -1.0, 1.0))
    values: Floats = np.cos(angle[..., np.newaxis] * np.arange(terms))
    return values


def coefficients(values: Floats, axis: int) -> Floats:
    """Chebyshev coefficients along `axis` of values at the Lobatto nodes."""
    intervals = values.shape[axis] - 1
    j = np.arange(intervals + 1)
    half = np.where((j == 0) | (j == intervals), 0.5, 1.0)
    # node j lies at angle pi - pi j / intervals, hence the sign (-1)^k
    cosines = np.cos(np.pi / intervals * np.outer(j, j))
    matrix = 2.0 / intervals * np.outer((-1.0) ** j * half, half) * cosines
    return np.moveaxis(np.tensordot(matrix, values, axes=(1, axis)), 0, axis)


def refine(values: Floats, axis: int) -> Floats:
    """Interpolate from n + 1 nodes along `axis` to the n nodes that double the grid adds."""
    intervals = values.shape[axis] - 1
    new = nodes(2 * intervals)[1::2]
    at_new = np.stack([basis(x, intervals + 1) for x in new])
    coefs = coefficients(values, axis)
    return np.moveaxis(np.tensordot(at_new, coefs, axes=(1, axis)), 0, axis)
