"""Coefficients of moving geometry as small integers, and the evaluator that the page mirrors."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .chebyshev import FINEST, basis

Floats = NDArray[np.float64]


def pack(coefs: Floats, step: float) -> dict[str, Any]:
    """Quantise coefficients and delta-code them along the curve.

    Parameters
    ----------
    coefs : ndarray, shape (terms of knob 1, ..., terms of knob n, columns, points)
        Chebyshev coefficients; the columns are x and y, or a single readout.
    step : float
        Quantisation step, in the unit of the values.

    Returns
    -------
    dict
        ``q`` the step, ``k`` the kept multi-indices, ``d`` for each of them and each column the
        differences along the curve, or 0 for a column that is zero throughout.
    """
    whole = np.rint(coefs / step).astype(np.int64)
    knobs = coefs.ndim - 2
    kept = np.argwhere(whole.any(axis=(-2, -1)))
    deltas = [
        [
            np.diff(column, prepend=0).tolist() if column.any() else 0
            for column in whole[tuple(index)]
        ]
        for index in kept
    ]
    return {
        "q": step, "n": coefs.shape[-1], "m": coefs.shape[-2],
        "k": kept.tolist() if knobs else [[]] * len(kept), "d": deltas,
    }  # fmt: skip


def unpack(block: dict[str, Any], positions: ArrayLike) -> Floats:
    """Evaluate a packed block at knob positions in [-1, 1], knobs on the last axis.

    Returns an array of shape (..., columns, points).
    """
    knobs = np.asarray(positions, dtype=np.float64)
    terms, columns, points = len(block["k"]), block["m"], block["n"]
    curves = np.zeros((terms, columns, points))
    for curve, deltas in zip(curves, block["d"], strict=True):
        for row, steps in zip(curve, deltas, strict=True):
            if steps != 0:
                row[:] = np.cumsum(steps)
    weights = np.full((*knobs.shape[:-1], terms), block["q"], dtype=np.float64)
    for axis, index in enumerate(np.reshape(block["k"], (terms, knobs.shape[-1])).astype(int).T):
        weights *= basis(knobs[..., axis], FINEST + 1)[..., index]
    return np.tensordot(weights, curves, axes=1)


@dataclass
class Pool:
    """Blocks by number; equal ones are stored once."""

    blocks: list[dict[str, Any]] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=dict)

    def add(self, block: dict[str, Any]) -> int:
        """Return the number of `block`, storing it if it is new."""
        text = json.dumps(block, sort_keys=True)
        if text not in self._seen:
            self._seen[text] = len(self.blocks)
            self.blocks.append(block)
        return self._seen[text]
