"""One prediction held against one published observation."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from mechanisms.data import weakest
from mechanisms.drugs import Quantity

WEAK = ("recalled", "assumed")


@dataclass(frozen=True)
class Check:
    """A prediction without refit, the observation, and how far they are apart.

    Parameters
    ----------
    id : str
        Unique name of the comparison; begins with `target`.
    target : str
        Id of the validation target in ``data/targets.csv``.
    statement : str
        What is compared, in words.
    unit : str
        Unit of `predicted` and `observed`.
    predicted : float
        What the model says.
    observed : Quantity
        What was measured, with its spread where known.
    low, high : float
        Accepted interval for the prediction; either may be infinite.
    inputs : tuple of Quantity
        Every number that the prediction rests on.
    used_in_fitting : bool
        Whether the observation contributed to the choice of an input: then it is no prediction.
    note : str
        What explains a miss, or what the prediction assumes.
    arithmetic : bool
        Whether a published calculation is done again, so that only the code is tested.
    apart : str
        Why the comparison cannot count although its numbers could: it cannot fail, or repeats
        others. Empty if there is no such reason.
    """

    id: str
    target: str
    statement: str
    unit: str
    predicted: float
    observed: Quantity
    low: float
    high: float
    inputs: tuple[Quantity, ...]
    used_in_fitting: bool = False
    note: str = ""
    arithmetic: bool = False
    apart: str = ""

    def __post_init__(self) -> None:
        """Refuse a comparison that cannot be judged."""
        if not isfinite(self.predicted):
            raise ValueError(f"predicted must be finite, got {self.predicted}")
        if not self.low <= self.high:
            raise ValueError(f"low must be at most high {self.high}, got {self.low}")
        if not self.inputs:
            raise ValueError("inputs must name at least one quantity, got none")

    @property
    def verdict(self) -> str:
        """``"met"`` if the prediction lies in the accepted interval, else ``"missed"``."""
        return "met" if self.low <= self.predicted <= self.high else "missed"

    @property
    def miss(self) -> float:
        """Prediction minus observation, in `unit`; 0 within an observed range of values."""
        low, high = self.observed.value, self.observed.value
        if self.observed.spread_kind == "range":
            low = low if self.observed.low is None else self.observed.low
            high = high if self.observed.high is None else self.observed.high
        return self.predicted - min(max(self.predicted, low), high)

    @property
    def outside(self) -> float:
        """Distance from the accepted interval, in `unit`; 0 when met."""
        return self.predicted - min(max(self.predicted, self.low), self.high)

    @property
    def miss_in_spreads(self) -> float | None:
        """`miss` in units of the published standard deviation or error; None if there is none."""
        if not self.observed.spread:
            return None
        return self.miss / self.observed.spread

    @property
    def grade(self) -> str:
        """Weakest provenance grade among the inputs of the prediction and the observation."""
        return weakest(self.observed.grade, *(quantity.grade for quantity in self.inputs))

    @property
    def counts(self) -> bool:
        """Whether this is a validation (no weak grade, nothing fitted, done again or set apart)."""
        return not (
            self.grade in WEAK or self.used_in_fitting or self.arithmetic or bool(self.apart)
        )
