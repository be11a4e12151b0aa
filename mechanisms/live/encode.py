"""Coefficients of moving geometry as small integers, and the evaluator that the page mirrors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

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


def unpack(block: dict[str, Any], positions: Sequence[float]) -> Floats:
    """Evaluate a packed block at knob positions in [-1, 1]; shape (columns, points)."""
    out = np.zeros((block["m"], block["n"]))
    bases = [basis(x, FINEST + 1) for x in positions]
    for index, columns in zip(block["k"], block["d"], strict=True):
        weight = block["q"] * float(np.prod([b[i] for b, i in zip(bases, index, strict=True)]))
        for row, deltas in zip(out, columns, strict=True):
            if deltas != 0:
                row += weight * np.cumsum(deltas)
    return out


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
