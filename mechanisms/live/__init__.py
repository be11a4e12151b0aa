"""Live figures: matplotlib figures whose knobs move in a page without Python.

The author draws with matplotlib and writes an `update`; the engine samples it on a Chebyshev
grid of the knobs and stores coefficients; one small script evaluates them.
"""

from .figure import LiveFigure
from .guess import Guess
from .knobs import Choice, Knob, Steps, Toggle
from .labels import end_label
from .palette import pair
from .readouts import Number, Percent, Table, Text
from .state import NotSmoothError

__all__ = [
    "Choice",
    "Guess",
    "Knob",
    "LiveFigure",
    "NotSmoothError",
    "Number",
    "Percent",
    "Steps",
    "Table",
    "Text",
    "Toggle",
    "end_label",
    "pair",
]
