"""Claims of the textbook story, each with a verdict and the number that decides it.

The words stand in ``data/claims.toml``; the numbers in them are looked up here, so that a page
cannot say something other than the data.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from mechanisms import data, drugs, receptors
from mechanisms.drugs import Quantity
from mechanisms.validation import table

VERDICTS = ("supported", "imprecise", "contested", "contradicted")
"""Data agree; right in the main but wrong in a way that matters; studies disagree or none decides;
data say otherwise."""

_PLACE = re.compile(r"\{(\w+)(?:\.(low|high|spread|n))?(?::(\d))?(!)?(~)?\}")


@dataclass(frozen=True)
class Claim:
    """One claim, in our words.

    Parameters
    ----------
    id : str
        Stable name of the claim.
    part : str
        Part of the story that it belongs to.
    claim : str
        What is claimed.
    verdict : str
        One of `VERDICTS`.
    because : str
        What decides it, with the numbers filled in.
    sources : tuple of str
        Citation keys, those of the numbers included.
    grade : str
        Weakest provenance grade among the numbers; empty if there is none.
    section : str
        Label of the section that shows it; may be empty.
    figure : str
        Name of the live figure in that section's chapter that shows it; may be empty.
    """

    id: str
    part: str
    claim: str
    verdict: str
    because: str
    sources: tuple[str, ...]
    grade: str
    section: str
    figure: str = ""


def _event(id: str) -> Quantity:
    return _only(id, {row.id: row.quantity for row in data.event_arms()}, "event")


def _arm(id: str) -> Quantity:
    return _only(id, {row.id: row.quantity for row in data.continuous_arms()}, "arm")


def _risk(id: str) -> Quantity:
    return _only(id, {row.id: row.quantity for row in data.risks()}, "risk")


def _only(id: str, rows: Mapping[str, Quantity], what: str) -> Quantity:
    if id not in rows:
        raise KeyError(f"unknown {what} {id!r}")
    return rows[id]


def _affinity(words: str) -> Quantity:
    """One affinity, such as ``sertraline:SERT:uptake:owens2001``."""
    drug, target, assay, source = words.split(":")
    return drugs.affinity(drug, target, assay=assay, source=source)


def _occupancy(words: str) -> Quantity:
    """Occupancy at a dose by the published fit, such as ``sertraline:25``."""
    drug, dose = words.split(":")
    fit = drugs.occupancy_fit(drug)
    assert fit.omax is not None
    assert fit.ed50 is not None
    occupied = receptors.dose_occupancy(float(dose), float(fit.ed50), fit.omax.fraction)
    return Quantity(
        100 * float(occupied), "%", source=fit.ed50.source, grade=fit.ed50.grade, note="Fit."
    )


def _fit(words: str) -> Quantity:
    """One parameter of the published fit, such as ``sertraline:ed50``."""
    drug, name = words.split(":")
    quantity: Quantity | None = getattr(drugs.occupancy_fit(drug), name)
    if quantity is None:
        raise KeyError(f"the occupancy fit of {drug!r} has no {name!r}")
    return quantity


def _response(words: str) -> Quantity:
    """Risk ratio by dose, such as ``SSRI:response:40``."""
    drug, outcome, dose = words.split(":")
    rows = {
        f"{row.drug}:{row.outcome}:{row.dose_mg:g}": row.quantity for row in data.dose_response()
    }
    return _only(f"{drug}:{outcome}:{dose}", rows, "dose response")


def _check(id: str) -> Quantity:
    """Return what a model predicts in one comparison."""
    for check in table.checks():
        if check.id == id:
            return Quantity(check.predicted, check.unit, grade=check.grade, note="Predicted.")
    raise KeyError(f"unknown comparison {id!r}")


_KINDS: dict[str, Callable[[str], Quantity]] = {
    "observation": lambda id: drugs.observation(id).quantity,
    "constant": drugs.constant,
    "event": _event,
    "arm": _arm,
    "risk": _risk,
    "affinity": _affinity,
    "occupancy": _occupancy,
    "fit": _fit,
    "response": _response,
    "predicted": _check,
}


def lookup(name: str) -> Quantity:
    """Return the number that a name in ``claims.toml`` stands for.

    Parameters
    ----------
    name : str
        Kind and id, such as ``"observation klein2006-escitalopram-10"``; two of them joined by
        ``" / "`` or ``" - "`` give their ratio or difference.

    Returns
    -------
    Quantity
        In the unit of the data; a ratio is dimensionless.

    Raises
    ------
    KeyError
        If the kind or the id is unknown.
    ValueError
        If a difference mixes units.
    """
    for sign in (" / ", " - "):
        if sign in name:
            left, right = (lookup(part) for part in name.split(sign))
            if sign == " - " and left.unit != right.unit:
                raise ValueError(
                    f"name must join equal units, got {left.unit!r} and {right.unit!r}"
                )
            return Quantity(
                left.value / right.value if sign == " / " else left.value - right.value,
                "1" if sign == " / " else left.unit,
                source="; ".join(dict.fromkeys((*left.sources, *right.sources))),
                grade=data.weakest("derived", left.grade, right.grade),
                note=name,
            )
    kind, _, id = name.partition(" ")
    if kind not in _KINDS:
        raise KeyError(f"unknown kind of number {kind!r}; known: {', '.join(_KINDS)}")
    return _KINDS[kind](id)


def fill(text: str, numbers: Mapping[str, Quantity]) -> str:
    """Put numbers in the place of ``{name}``.

    ``{name}`` writes value and unit, ``{name!}`` the bare value, ``{name:1}`` one decimal,
    ``{name.low!}`` the lower end, ``{name.n!}`` how many were measured; a ``~`` drops the sign.

    Raises
    ------
    KeyError
        If a name has no number, or the number has no such part.
    """

    def written(match: re.Match[str]) -> str:
        name, part, digits, bare, unsigned = match.groups()
        if name not in numbers:
            raise KeyError(f"no number {name!r} for the text {text!r}")
        quantity = numbers[name]
        value = getattr(quantity, part or "value")
        if value is None:
            raise KeyError(f"the number {name!r} has no {part!r}")
        if unsigned:
            value = abs(value)
        if digits is not None:
            value = round(value, int(digits))
        unit = "" if bare or part == "n" else quantity.unit
        return table.amount(value, unit or "1")

    return _PLACE.sub(written, text)


@cache
def claims() -> tuple[Claim, ...]:
    """Return all claims, in the order of the story.

    Raises
    ------
    KeyError
        If a number that a claim names does not exist.
    ValueError
        If a verdict is not one of `VERDICTS`.
    """
    text = files("mechanisms.data").joinpath("claims.toml").read_text(encoding="utf-8")
    found = []
    for id, row in tomllib.loads(text).items():
        if row["verdict"] not in VERDICTS:
            raise ValueError(f"verdict must be one of {', '.join(VERDICTS)}, got {row['verdict']}")
        numbers = {name: lookup(where) for name, where in row.get("numbers", {}).items()}
        keys = [key for quantity in numbers.values() for key in quantity.sources]
        grades = [quantity.grade for quantity in numbers.values()]
        found.append(
            Claim(
                id=id,
                part=row["part"],
                claim=row["claim"],
                verdict=row["verdict"],
                because=fill(row["because"], numbers),
                sources=tuple(dict.fromkeys((*keys, *row.get("sources", ())))),
                grade=data.weakest(*grades) if grades else "",
                section=row.get("section", ""),
                figure=row.get("figure", ""),
            )
        )
    return tuple(found)
