"""How finely each smooth knob has to be sampled."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .chebyshev import FINEST, basis, coefficients, nodes, refine
from .frames import describe
from .model import Floats, Model, Sample, check_same_shape, scale

TOLERANCE = 0.5
"""Pixels that the page may differ by; a fifth of it for readouts, in units of the last digit."""
_COARSEST = 4

Known = dict[tuple[Any, ...], Floats]
"""Vectors of samples by knob values."""


class OverlookedError(Exception):
    """The scouts had seen artists stand still that move, or taken layouts for alike."""

    def __init__(self, keys: list[str]) -> None:
        self.keys = keys


class Grid:
    """Samples of one discrete combination on the nested nodes, each computed once.

    What is in `known` is not computed again, and what is computed is added to it.
    """

    def __init__(
        self, model: Model, combination: dict[str, Any], moving: list[str], known: Known
    ) -> None:
        self.model, self.combination, self.moving, self.known = model, combination, moving, known
        self._mistakes = model.stage.mistakes
        self._cache: dict[tuple[int, ...], Floats] = {}
        self._finest = nodes(FINEST)
        self.reference = self.at((0.0,) * len(model.smooth))

    def at(self, position: Sequence[float], whole: bool = False) -> Sample:
        """Sample at positions of the smooth knobs, of the moving artists or the whole figure."""
        values = self.model.values(self.combination, position)
        sample = self.model.sample(values, None if whole else self.moving)
        if self.model.stage.mistakes > self._mistakes:
            raise OverlookedError([])
        # drawing an annotation draws its arrow too, whether or not both move
        frames = [{key: f[key] for key in self.moving if key in f} for f in sample.frames]
        moving = Sample(frames, sample.readouts)
        if hasattr(self, "reference"):
            check_same_shape(self.model, self.reference, moving, self.model.where(values))
        return sample if whole else moving

    def prepare(self, positions: Sequence[Sequence[float]]) -> None:
        """Let a model that can simulate many settings at once do so."""
        self.model.prepare([self.model.values(self.combination, x) for x in positions])

    def nodes(self, indices: Iterable[tuple[int, ...]]) -> Floats:
        """Vectors at nodes of the finest grid, one row each."""
        wanted = list(indices)
        new = [index for index in dict.fromkeys(wanted) if index not in self._cache]
        positions = [[float(self._finest[i]) for i in index] for index in new]
        self.prepare(positions)
        for index, position in zip(new, positions, strict=True):
            values = tuple(self.model.values(self.combination, position).values())
            if values not in self.known:
                self.known[values] = self.at(position).vector(self.moving)
            self._cache[index] = self.known[values]
        return np.stack([self._cache[index] for index in wanted])

    def tensor(self, intervals: Sequence[int]) -> Floats:
        """Return the vectors on the grid with so many intervals along each smooth knob."""
        indices = [range(0, FINEST + 1, FINEST // n) for n in intervals]
        flat = self.nodes(itertools.product(*indices))
        return flat.reshape([n + 1 for n in intervals] + [-1])

    def intervals(self, axis: int) -> int:
        """Return how fine a grid one knob needs, on lines through the others' ends and middle.

        A line is fine enough when doubling it changes nothing by half the tolerance.
        """
        others = len(self.model.smooth) - 1
        ends = [(0,) * others, (FINEST // 2,) * others, (FINEST,) * others]
        needed = _COARSEST
        for other in dict.fromkeys(ends):
            while needed < FINEST:
                step = FINEST // (2 * needed)
                line = self.nodes(
                    (*other[:axis], i, *other[axis:]) for i in range(0, FINEST + 1, step)
                )
                if np.abs(line[1::2] - refine(line[::2], 0)).max(initial=0.0) < TOLERANCE / 2:
                    break
                needed *= 2
        return needed


def choose_roots(model: Model, combination: dict[str, Any], moving: list[str]) -> Known:
    """Let positions crowd towards the minimum of those knobs where that needs fewer nodes.

    Returns the samples that this took.
    """
    known: Known = {}
    for axis, key in enumerate(model.smooth):
        costs = {}
        for root in (False, True):
            model.root[key] = root
            costs[root] = Grid(model, combination, moving, known).intervals(axis)
        model.root[key] = costs[True] < costs[False]
    return known


def blame(model: Model, grid: Grid, position: Sequence[float]) -> str:
    """Say which knob the finest interpolation through `position` follows worst, and in what."""
    worst, verdict = TOLERANCE, ""
    for axis, key in enumerate(model.smooth):
        line = np.stack(
            [
                grid.at([*position[:axis], float(x), *position[axis + 1 :]]).vector(grid.moving)
                for x in nodes(FINEST)
            ]
        )
        coefs = coefficients(line, 0)
        there = basis(position[axis], FINEST + 1) @ coefs
        sample = grid.at(position)
        gap = np.abs(there - sample.vector(grid.moving))
        if gap.max() <= worst:
            continue
        worst = float(gap.max())
        owner, number = sample.owner(grid.moving, int(gap.argmax()))
        if number is None:
            what, size = describe(model.stage.artists.get(owner)), f"{worst:.3g} px"
            limit = f"{TOLERANCE} px"
        else:
            units = 10.0**number.digits / scale(number)
            what, size = f"readout {owner!r}", f"{worst * units:.2g} units of its last digit"
            limit = f"{TOLERANCE * units:.2g}"
        verdict = f"{key}: {what} does not follow this knob smoothly, off by {size} (limit {limit})"
    return verdict
