"""Turn a figure and its `update` into the state that a page can evaluate without Python."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .chebyshev import FINEST, coefficients
from .encode import Pool, pack, unpack
from .grid import TOLERANCE, Grid, Known, OverlookedError, blame, choose_roots
from .model import Floats, Model, Sample, moving_keys, scale
from .readouts import Number, Table, Text
from .recorder import Mark, runs
from .table import series

Blocks = dict[tuple[int, str, int], dict[str, Any]]
"""Packed marks by layout, key of the artist, and number of the mark."""

PROBES = 200
MOST_COMBINATIONS = 64
_WHOLE_DRAWINGS = 24
_STEPS = (0.15, 0.05, 0.01)


class NotSmoothError(ValueError):
    """The drawing cannot be interpolated in a continuous knob."""


class Part(NamedTuple):
    """One discrete combination: how it looks at mid-range, and its coefficients."""

    sample: Sample
    marks: Blocks
    numbers: dict[str, dict[str, Any]]


def build(name: str, model: Model) -> dict[str, Any]:
    """State of a live figure, checked at 200 random settings of its knobs.

    At a part of these everything is drawn in both layouts; at the others, what follows in the
    narrow layout from the wide one (`twin`) is taken from there.

    Parameters
    ----------
    name : str
        Name of the figure; seeds the probes and prefixes the ids.
    model : Model
        The figure as a function of its knobs.

    Returns
    -------
    dict
        Plain data (numbers, text, lists): knobs, layouts with what stands still and what moves,
        blocks of coefficients, readouts, series for the table.

    Raises
    ------
    NotSmoothError
        If a smooth knob cannot be followed to `TOLERANCE`; the message names it.
    ValueError
        If `update` breaks one of the rules of a live figure.
    """
    combinations = model.combinations()
    if len(combinations) > MOST_COMBINATIONS:
        raise ValueError(
            f"choices, toggles and steps make {len(combinations)} combinations, at most "
            f"{MOST_COMBINATIONS} fit into a page"
        )
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    moving = _scout(model, combinations, rng)
    known = choose_roots(model, combinations[0], moving)
    while True:
        try:
            parts = []
            for combination in combinations:
                parts.append(_follow(model, combination, moving, known, rng))
                known = {}
            break
        except OverlookedError as found:
            moving, known = [*moving, *found.keys], {}
    pool = Pool()
    state = {
        "v": 1,
        "name": name,
        "knobs": [
            {**knob.spec(key), **({"root": True} if model.root.get(key) else {})}
            for key, knob in model.knobs.items()
        ],
        "layouts": [
            {
                "name": layout.name,
                "w": layout.width,
                "h": layout.height,
                "moving": _moving_marks(parts, index, moving, pool),
            }
            for index, layout in enumerate(model.stage.layouts)
        ],
        "readouts": [_readout(label, parts, pool) for label in parts[0].sample.readouts],
        "series": series(model.stage, moving),
        "pool": pool.blocks,
    }
    _refuse_dead_knobs(model, state)
    return state


def _refuse_dead_knobs(model: Model, state: dict[str, Any]) -> None:
    """Raise if a knob changes nothing that a reader could see."""
    for axis, key in enumerate(model.smooth):
        if not any(index[axis] for block in state["pool"] for index in block["k"]):
            raise ValueError(f"{key} moves nothing: neither the drawing nor a readout follows it")
    entries = [entry for layout in state["layouts"] for entry in layout["moving"]]
    columns = [v for e in [*entries, *state["readouts"]] for v in e.values() if isinstance(v, list)]
    counts = [len(knob.states()) for knob in model.discrete.values()]
    for axis, key in enumerate(model.discrete):
        stride = int(np.prod(counts[axis + 1 :]))
        pairs = [
            (i, i + stride)
            for i in range(int(np.prod(counts)))
            if (i // stride) % counts[axis] + 1 < counts[axis]
        ]
        if not any(column[i] != column[j] for column in columns for i, j in pairs):
            raise ValueError(f"{key} moves nothing: neither the drawing nor a readout follows it")


def _readout(label: str, parts: Sequence[Part], pool: Pool) -> dict[str, Any]:
    """Specification of a readout; for each combination its words, or the block it follows."""
    each = [part.sample.readouts[label] for part in parts]
    numbers = [readout for readout in each if isinstance(readout, Number)]
    spec = (numbers or each)[0].spec(label)
    if any(number.spec(label) != spec for number in numbers):
        raise ValueError(f"readout {label!r} must keep its unit and digits in all choices")
    if len({isinstance(readout, Table) for readout in each}) > 1:
        raise ValueError(f"readout {label!r} must be a table in all choices or in none")
    spec["parts"] = [
        _static(readout) if not isinstance(readout, Number) else pool.add(part.numbers[label])
        for readout, part in zip(each, parts, strict=True)
    ]
    return spec


def _static(readout: Text | Table) -> Any:
    return readout.cells if isinstance(readout, Table) else readout.value


def _scout(
    model: Model, combinations: Sequence[dict[str, Any]], rng: np.random.Generator
) -> list[str]:
    """Keys of the artists that move between the corners and some random knob settings."""
    dimensions = len(model.smooth)
    places: list[Sequence[float]] = [()]
    if dimensions:
        places = [*itertools.product((-1.0, 1.0), repeat=dimensions)]
        places += [row.tolist() for row in rng.uniform(-0.9, 0.9, (4, dimensions))]
    if len(combinations) > 4:
        places = places[-3:]
    samples = []
    for combination in combinations:
        settings = [model.values(combination, x) for x in places]
        model.prepare(settings)
        samples += [model.sample(values) for values in settings]
    return moving_keys([model.sample(model.defaults), *samples])


def _moving_marks(
    parts: Sequence[Part], layout: int, moving: Sequence[str], pool: Pool
) -> list[dict[str, Any]]:
    """One entry for each mark that moves: which block it follows in each combination, or -1."""
    entries = []
    for key in moving:
        drawn = [part.sample.frames[layout].get(key, []) for part in parts]
        for i in range(max(map(len, drawn))):
            marks = [marks[i] if i < len(marks) else None for marks in drawn]
            numbers = [
                -1 if mark is None else pool.add(part.marks[layout, key, i])
                for mark, part in zip(marks, parts, strict=True)
            ]
            entries.append({"key": key, "i": i, "parts": numbers, **_fixed(marks)})
    return entries


def _follow(
    model: Model,
    combination: dict[str, Any],
    moving: list[str],
    known: Known,
    rng: np.random.Generator,
) -> Part:
    """Coefficients of one discrete combination, tightened until all probes agree."""
    grid = Grid(model, combination, moving, known)
    axes = range(len(model.smooth))
    intervals = [grid.intervals(axis) for axis in axes]
    choices = len(model.combinations())
    count = max(8, -(-PROBES // choices)) if axes else 1
    whole = max(2, _WHOLE_DRAWINGS // choices)
    probes = []
    still = grid.at((0.0,) * len(model.smooth), whole=True)
    positions = rng.uniform(-1, 1, (count, len(axes))).tolist()
    grid.prepare(positions)
    for i, position in enumerate(positions):
        sample = grid.at(position, whole=i < whole)
        if i < whole:
            overlooked = [key for key in moving_keys([still, sample]) if key not in moving]
            if overlooked:
                raise OverlookedError(overlooked)
        probes.append(sample.vector(moving))
    exact = np.stack(probes)
    while True:
        coefs = grid.tensor(intervals)
        for axis in axes:
            coefs = coefficients(coefs, axis)
        for step in _STEPS:
            blocks, numbers = _encode(coefs, grid.reference, moving, step)
            shown = _decode(blocks, numbers, grid.reference, positions)
            misses = np.abs(shown - exact).max(axis=1, initial=0.0)
            if misses.max() < TOLERANCE:
                return Part(grid.reference, blocks, numbers)
        if all(n == FINEST for n in intervals):
            break
        intervals = [min(2 * n, FINEST) for n in intervals]
    position = positions[int(np.argmax(misses))]
    fault = blame(model, grid, position) or (
        f"{', '.join(model.smooth)}: the drawing changes in a way that its neighbours do not show, "
        f"off by {misses.max():.3g} px (a legend without a fixed place, perhaps)"
    )
    raise NotSmoothError(
        f"{fault} with {FINEST + 1} nodes near "
        f"{model.where(model.values(combination, position))}; smooth the model or use Steps"
    )


def _encode(
    coefs: Floats, sample: Sample, moving: Sequence[str], step: float
) -> tuple[Blocks, dict[str, dict[str, Any]]]:
    """Pack the coefficient tensor of one combination, mark by mark and readout by readout."""
    exact = coefs.ndim == 1
    step = 0.01 if exact else step
    blocks: Blocks = {}
    start = 0
    for layout, frame in enumerate(sample.frames):
        for key in moving:
            for i, mark in enumerate(frame.get(key, [])):
                size = mark.xy.size
                part = coefs[..., start : start + size].reshape(*coefs.shape[:-1], -1, 2)
                blocks[layout, key, i] = pack(np.moveaxis(part, -1, -2), step)
                start += size
    numbers: dict[str, dict[str, Any]] = {}
    for label, readout in sample.readouts.items():
        if isinstance(readout, Number):
            part = coefs[..., start, None, None] / scale(readout)
            numbers[label] = pack(part, (1e-4 if exact else step) / scale(readout))
            start += 1
    return blocks, numbers


def _decode(
    blocks: Blocks,
    numbers: Mapping[str, dict[str, Any]],
    sample: Sample,
    positions: Sequence[Sequence[float]],
) -> Floats:
    """Vectors that the page would show, on the same footing as `Sample.vector`; one row each."""
    rows = len(positions)
    parts = [
        np.moveaxis(unpack(block, positions), -1, -2).reshape(rows, -1) for block in blocks.values()
    ]
    for label, block in numbers.items():
        readout = sample.readouts[label]
        assert isinstance(readout, Number)
        parts.append(unpack(block, positions).reshape(rows, -1) * scale(readout))
    return np.concatenate(parts, axis=1) if parts else np.empty((rows, 0))


def _fixed(marks: Sequence[Mark | None]) -> dict[str, Any]:
    """Attributes of a moving mark; a list over the combinations where they differ."""
    shown = [m for m in marks if m is not None]
    fixed: dict[str, Any] = {"kind": shown[0].kind}
    if any(m.kind != shown[0].kind for m in shown):
        raise ValueError("update must not turn a line into markers or text; use separate artists")
    each: dict[str, list[Any]] = {
        "style": [dict((mark or shown[0]).style) for mark in marks],
        "runs": [_run_text(mark or shown[0]) for mark in marks],
        "shape": [(mark or shown[0]).shape for mark in marks],
        "text": [(mark or shown[0]).text for mark in marks],
    }
    for name, values in each.items():
        if any(values):
            fixed[name] = values[0] if all(v == values[0] for v in values) else values
    return fixed


def _run_text(mark: Mark) -> str:
    return "".join(f"{letter}{count}" for letter, count in runs(mark.codes))
