"""A number that carries its unit, its spread and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass

GRADES = ("primary", "secondary", "derived", "recalled", "assumed")
"""Provenance grades, strongest first: read in the source; read in a transcription of it; computed
from such numbers; remembered, not re-read; chosen by the authors of this book."""

SPREAD_KINDS = ("", "sd", "sem", "ci90", "ci95", "cri95", "range")
"""What `spread`, or `low` and `high`, mean: one number for sd and sem, two for the others."""


@dataclass(frozen=True)
class Quantity:
    """A published, derived or chosen number with its unit and provenance.

    Parameters
    ----------
    value : float
        The number, in `unit`.
    unit : str
        One of the units of ``units.csv``; ``"1"`` for a dimensionless number.
    low, high : float or None, in `unit`
        Ends of the interval named by `spread_kind`.
    spread : float or None, in `unit`
        Standard deviation or standard error, as named by `spread_kind`.
    spread_kind : str
        One of `SPREAD_KINDS`; empty if no spread is known.
    n : int or None
        Number of people, animals or measurements behind the value.
    population : str
        Who or what was measured: species, patients, tissue, assay.
    source : str
        Citation keys in ``references.bib``, separated by ``;``.
    grade : str
        One of `GRADES`.
    note : str
        The formula of a derived number, the reason of an assumed one, a caveat.

    Notes
    -----
    ``float(quantity)`` is the bare value: convert units before it crosses a border.
    """

    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    spread: float | None = None
    spread_kind: str = ""
    n: int | None = None
    population: str = ""
    source: str = ""
    grade: str = "assumed"
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse a grade or a kind of spread that nobody could read."""
        if self.grade not in GRADES:
            raise ValueError(f"grade must be one of {', '.join(GRADES)}, got {self.grade!r}")
        if self.spread_kind not in SPREAD_KINDS:
            known = ", ".join(map(repr, SPREAD_KINDS))
            raise ValueError(f"spread_kind must be one of {known}, got {self.spread_kind!r}")

    def __float__(self) -> float:
        return self.value

    @property
    def sources(self) -> tuple[str, ...]:
        """Citation keys, one by one."""
        return tuple(key.strip() for key in self.source.split(";") if key.strip())

    @property
    def fraction(self) -> float:
        """The value as a fraction of one; raises ValueError unless the unit is ``%`` or ``1``."""
        if self.unit == "%":
            return self.value / 100.0
        if self.unit == "1":
            return self.value
        raise ValueError(f"unit must be '%' or '1' for a fraction, got {self.unit!r}")


def weakest(*grades: str) -> str:
    """Return the weakest of the grades, in the order of `GRADES`.

    Raises
    ------
    ValueError
        If there is no grade, or one is not in `GRADES`.
    """
    if not grades:
        raise ValueError("grades must hold at least one grade, got none")
    for grade in grades:
        if grade not in GRADES:
            raise ValueError(f"grade must be one of {', '.join(GRADES)}, got {grade!r}")
    return max(grades, key=GRADES.index)
