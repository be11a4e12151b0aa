"""Numbers that stand beside a figure and follow its knobs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_LARGEST = 1e12


@dataclass(frozen=True)
class Number:
    """A number with a unit, shown with a fixed count of decimals.

    Parameters
    ----------
    value : float
        The number; must be finite.
    unit : str, optional
        Shown after the number.
    digits : int
        Decimals shown, 0 to 6. The published page is within one unit of the last digit.
    """

    value: float
    unit: str = ""
    digits: int = 2

    def __post_init__(self) -> None:
        if self.digits not in range(7):
            raise ValueError(f"digits must be a whole number from 0 to 6, got {self.digits!r}")

    def shown(self) -> float:
        """Return the number in the unit that is displayed."""
        return float(self.value)

    def text(self) -> str:
        """Return the number and its unit as the page writes them."""
        number = f"{self.shown():.{self.digits}f}"
        number = number.removeprefix("-") if float(number) == 0 else number.replace("-", "\u2212")
        return f"{number}\u00a0{self.unit}" if self.unit else number

    def spec(self, label: str) -> dict[str, Any]:
        """Return what the page needs to show the number."""
        return {"label": label, "unit": self.unit, "digits": self.digits}


@dataclass(frozen=True)
class Percent(Number):
    """A fraction shown as a percentage: ``Percent(0.8)`` reads 80 %.

    Parameters
    ----------
    value : float
        The fraction; must be finite.
    unit : str
        Shown after the number.
    digits : int
        Decimals shown.
    """

    unit: str = "%"
    digits: int = 0

    def shown(self) -> float:
        """Return the percentage."""
        return 100 * float(self.value)


@dataclass(frozen=True)
class Text:
    """Words that depend on the discrete knobs only; a number may give way to words in a choice.

    Parameters
    ----------
    value : str
        What is shown.
    """

    value: str

    def __post_init__(self) -> None:
        if not isinstance(self.value, str):
            raise ValueError(f"value must be text, got {self.value!r}")

    def spec(self, label: str) -> dict[str, Any]:
        """Return what the page needs to show the words."""
        return {"label": label}


@dataclass(frozen=True)
class Table:
    """A table below the figure that depends on the discrete knobs only; it can be copied.

    Parameters
    ----------
    columns : sequence of str
        Heads of the columns.
    rows : sequence of sequence of str or number
        Cells, as many in each row as there are columns.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str | float]]

    def __post_init__(self) -> None:
        uneven = [row for row in self.rows if len(row) != len(self.columns)]
        if uneven:
            raise ValueError(f"rows must have {len(self.columns)} cells each, got {uneven[0]!r}")

    @property
    def cells(self) -> list[list[str]]:
        """Heads and rows as text."""
        shown = [[c if isinstance(c, str) else f"{c:g}" for c in row] for row in self.rows]
        return [list(self.columns), *shown]

    def spec(self, label: str) -> dict[str, Any]:
        """Return what the page needs to show the table."""
        return {"label": label, "table": True}


Readout = Number | Text | Table


def as_readout(label: str, value: Any, where: str) -> Readout:
    """Return `value` as a readout; plain numbers get two decimals.

    Raises
    ------
    ValueError
        If the value is neither a number, text nor readout, or is not finite.
    """
    if isinstance(value, str):
        return Text(value)
    readout: Readout
    if isinstance(value, (Number, Text, Table)):
        readout = value
    else:
        try:
            readout = Number(float(value))
        except (TypeError, ValueError):
            raise ValueError(
                f"readout {label!r} must be a number, text or table, got {value!r}"
            ) from None
    if isinstance(readout, Number) and not math.isfinite(readout.shown()):
        raise ValueError(f"readout {label!r} must be finite, got {readout.value} at {where}")
    if isinstance(readout, Number) and abs(readout.shown()) * 10.0**readout.digits > _LARGEST:
        raise ValueError(
            f"readout {label!r} must have at most 12 figures, got {readout.shown():g} with "
            f"{readout.digits} decimals at {where}; use another unit"
        )
    return readout
