"""The question that opens a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .knobs import AnyKnob


@dataclass(frozen=True)
class Guess:
    """A question that the reader may answer before touching the figure; never graded.

    With `options` the reader picks one of them; with `readout` the reader types a number, which
    afterwards stands beside what the model gives.

    Parameters
    ----------
    question : str
        The question.
    at : mapping, optional
        Knob values that the figure moves to once the reader has answered.
    options : sequence of str, optional
        Answers to pick from.
    readout : str, optional
        Label of the readout that the number is compared with.
    """

    question: str
    at: Mapping[str, Any] = field(default_factory=dict)
    options: Sequence[str] = ()
    readout: str = ""

    def spec(self, knobs: Mapping[str, AnyKnob], readouts: Sequence[str]) -> dict[str, Any]:
        """Return what the page needs to ask.

        Raises
        ------
        ValueError
            If there is neither `options` nor `readout`, or they name what the figure lacks.
        """
        if bool(self.options) == bool(self.readout):
            raise ValueError("a guess needs either options or a readout, not both or neither")
        if self.readout and self.readout not in readouts:
            raise ValueError(f"readout must be one of {list(readouts)}, got {self.readout!r}")
        unknown = [key for key in self.at if key not in knobs]
        if unknown:
            raise ValueError(f"at must name knobs of the figure {list(knobs)}, got {unknown[0]!r}")
        return {
            "question": self.question,
            "options": list(self.options),
            "readout": self.readout,
            "at": {key: knobs[key].check(key, value) for key, value in self.at.items()},
        }
