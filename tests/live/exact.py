"""What the page shows from the stored coefficients beside what matplotlib draws."""

from typing import Any

import numpy as np

from mechanisms.live import LiveFigure
from mechanisms.live.encode import unpack


def combination(figure: LiveFigure, values: dict[str, Any]) -> int:
    """Number of a discrete combination, the last knob varying fastest."""
    index = 0
    for key, knob in figure.model.discrete.items():
        states = knob.states()
        index = index * len(states) + states.index(values[key])
    return index


def positions(figure: LiveFigure, values: dict[str, Any]) -> list[float]:
    """Knob positions in [-1, 1], from the published specification of the knobs."""
    found = []
    for spec in figure.state["knobs"]:
        if spec["kind"] == "knob":
            value, low, high = values[spec["key"]], spec["min"], spec["max"]
            share = (
                np.log(value / low) / np.log(high / low)
                if spec["log"]
                else (value - low) / (high - low)
            )
            found.append(2 * (np.sqrt(share) if spec.get("root") else share) - 1)
    return found


def page_vector(figure: LiveFigure, values: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """All moving coordinates and readouts (in units of the last digit): stored, and exact."""
    place, at = combination(figure, values), positions(figure, values)
    sample = figure.model.sample(values)
    stored, exact = [np.empty(0)], [np.empty(0)]
    for layout, frame in zip(figure.state["layouts"], sample.frames, strict=True):
        for entry in layout["moving"]:
            marks = frame.get(entry["key"], [])
            block = entry["parts"][place]
            assert (block < 0) == (len(marks) <= entry["i"])
            if block >= 0:
                stored.append(unpack(figure.state["pool"][block], at).T.ravel())
                xy = marks[entry["i"]].xy
                exact.append(xy.ravel())
    for spec in figure.state["readouts"]:
        readout = sample.readouts[spec["label"]]
        part = spec["parts"][place]
        if isinstance(part, str):
            assert part == readout.value
        elif isinstance(part, list):
            assert part == readout.cells
        else:
            scale = 10.0 ** spec["digits"]
            stored.append(unpack(figure.state["pool"][part], at).ravel() * scale)
            exact.append(np.array([readout.shown() * scale]))
    return np.concatenate(stored), np.concatenate(exact)
