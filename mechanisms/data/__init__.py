"""The numbers behind the book, read once from the small tables of this folder.

Each function returns one table as a tuple of frozen rows. ``README.md`` beside the tables says what
each column means and how to add a row.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TypeVar

from mechanisms.data.quantity import GRADES, SPREAD_KINDS, Quantity, weakest

__all__ = [
    "GRADES",
    "SPREAD_KINDS",
    "Affinity",
    "Constant",
    "ContinuousArm",
    "DoseResponse",
    "DrugIdentity",
    "Equivalent",
    "EventArm",
    "Interaction",
    "NetworkContrast",
    "Observation",
    "OccupancyFit",
    "Parameter",
    "Phenotype",
    "Quantity",
    "ResponseCount",
    "Risk",
    "Target",
    "affinities",
    "bibliography",
    "constants",
    "continuous_arms",
    "dose_response",
    "drug_identities",
    "equivalents",
    "event_arms",
    "interactions",
    "network_contrasts",
    "observations",
    "occupancy_fits",
    "parameter_labels",
    "parameters",
    "phenotypes",
    "response_counts",
    "risks",
    "targets",
    "units",
    "weakest",
]

Row = dict[str, str]
Made = TypeVar("Made")


def _text(filename: str) -> str:
    return files(__name__).joinpath(filename).read_text(encoding="utf-8")


def _table(filename: str, make: Callable[[Row], Made]) -> tuple[Made, ...]:
    """Make something of each row; a fault names the file and the line."""
    reader = csv.DictReader(_text(filename).splitlines())
    made = []
    for row in reader:
        try:
            if None in row or None in row.values():
                raise ValueError(f"a row must have {len(reader.fieldnames or ())} cells")
            made.append(make(row))
        except KeyError as error:
            place = f"{filename}, line {reader.line_num}"
            raise ValueError(f"{place}: no column {error.args[0]!r}") from error
        except ValueError as error:
            raise ValueError(f"{filename}, line {reader.line_num}: {error}") from error
    return tuple(made)


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def _count(cell: str) -> int | None:
    return int(cell) if cell else None


def _quantity(row: Row) -> Quantity:
    return Quantity(
        value=float(row["value"]),
        unit=row["unit"],
        low=_number(row["low"]),
        high=_number(row["high"]),
        spread=_number(row["spread"]),
        spread_kind=row["spread_kind"],
        n=_count(row["n"]),
        population=row["population"],
        source=row["source"],
        grade=row["grade"],
        note=row["note"],
    )


@dataclass(frozen=True)
class DrugIdentity:
    """Who a drug is: INN, class and the active metabolites that have rows of their own."""

    name: str
    drug_class: str
    metabolites: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Parameter:
    """One property of one drug, such as a half-life; one row per name is the default."""

    drug: str
    name: str
    default: bool
    quantity: Quantity


@dataclass(frozen=True)
class Affinity:
    """A binding or uptake constant (nM); `relation` is ``>`` where the assay ran out of range."""

    drug: str
    target: str
    assay: str
    relation: str
    default: bool
    quantity: Quantity


@dataclass(frozen=True)
class OccupancyFit:
    """A published fit of occupancy to dose or to total plasma level, region by region."""

    id: str
    drug: str
    target: str
    region: str
    modality: str
    default: bool
    omax: Quantity | None
    ed50: Quantity | None
    ec50: Quantity | None


@dataclass(frozen=True)
class Observation:
    """One measured value with the conditions of the measurement."""

    id: str
    drug: str
    target: str
    measure: str
    region: str
    dose: float | None
    dose_unit: str
    time: float | None
    time_unit: str
    conditions: str
    relation: str
    quantity: Quantity


@dataclass(frozen=True)
class Constant:
    """A model constant, named ``module.symbol``."""

    id: str
    quantity: Quantity


@dataclass(frozen=True)
class ContinuousArm:
    """Mean change on a scale in one arm of one trial, or its difference from placebo."""

    id: str
    trial: str
    disorder: str
    scale: str
    weeks: float
    arm: str
    drug: str
    dose: str
    comparison: str
    quantity: Quantity


@dataclass(frozen=True)
class EventArm:
    """Events in one arm of one trial; `approximate` if counted back from a percentage."""

    id: str
    trial: str
    disorder: str
    outcome: str
    weeks: float | None
    arm: str
    drug: str
    dose: str
    events: int | None
    total: int | None
    approximate: bool
    quantity: Quantity


@dataclass(frozen=True)
class NetworkContrast:
    """A standardised mean difference of one arm against pill placebo in social anxiety."""

    trial: str
    drug: str
    arms: int
    smd: float
    se: float
    shared_variance: float | None
    source: str
    grade: str
    note: str


@dataclass(frozen=True)
class ResponseCount:
    """Responders on drug and placebo in one unlabelled trial of social anxiety."""

    row: int
    n_drug: int
    n_placebo: int
    events_drug: int
    events_placebo: int
    source: str
    grade: str
    note: str


@dataclass(frozen=True)
class DoseResponse:
    """Risk ratio against placebo at one dose, from a published dose-response meta-analysis."""

    drug: str
    outcome: str
    dose_mg: float
    dose_meaning: str
    quantity: Quantity


@dataclass(frozen=True)
class Target:
    """A published result that a model is held against, never fitted to."""

    id: str
    part: str
    statement: str
    observed: str
    tolerance: str
    kind: str
    source: str
    grade: str
    note: str


@dataclass(frozen=True)
class Equivalent:
    """Dose taken as equal to diazepam 10 mg by one of the published tables."""

    drug: str
    table: str
    quantity: Quantity


@dataclass(frozen=True)
class Risk:
    """A harm or its rate, with the comparison that it belongs to."""

    id: str
    topic: str
    exposure: str
    comparator: str
    measure: str
    relation: str
    quantity: Quantity


@dataclass(frozen=True)
class Phenotype:
    """Exposure of a metaboliser group relative to normal metabolisers."""

    drug: str
    gene: str
    phenotype: str
    measure: str
    quantity: Quantity


@dataclass(frozen=True)
class Interaction:
    """Exposure of a victim drug with an interacting drug, relative to without."""

    victim: str
    perpetrator: str
    measure: str
    conditions: str
    quantity: Quantity


def _is_default(row: Row) -> bool:
    return row["role"] == "default"


@cache
def drug_identities() -> tuple[DrugIdentity, ...]:
    """Return the table of drugs, metabolites and tool compounds."""
    return _table(
        "drugs.csv",
        lambda row: DrugIdentity(
            row["drug"],
            row["drug_class"],
            tuple(name.strip() for name in row["metabolites"].split(";") if name.strip()),
            row["note"],
        ),
    )


@cache
def parameters() -> tuple[Parameter, ...]:
    """Return pharmacokinetic and dosing parameters of the drugs."""
    return _table(
        "parameters.csv",
        lambda row: Parameter(row["drug"], row["parameter"], _is_default(row), _quantity(row)),
    )


@cache
def affinities() -> tuple[Affinity, ...]:
    """Return affinities by drug, target, assay and source."""
    return _table(
        "affinities.csv",
        lambda row: Affinity(
            row["drug"],
            row["target"],
            row["assay"],
            row["relation"],
            _is_default(row),
            _quantity(row),
        ),
    )


@cache
def occupancy_fits() -> tuple[OccupancyFit, ...]:
    """Return published dose-occupancy and level-occupancy fits."""
    heads: dict[str, Row] = {}
    parts: dict[str, dict[str, Quantity]] = {}
    for row, quantity in _table("occupancy_fits.csv", lambda row: (row, _quantity(row))):
        heads.setdefault(row["fit"], row)
        parts.setdefault(row["fit"], {})[row["parameter"]] = quantity
    return tuple(
        OccupancyFit(
            fit,
            head["drug"],
            head["target"],
            head["region"],
            head["modality"],
            _is_default(head),
            parts[fit].get("omax"),
            parts[fit].get("ed50"),
            parts[fit].get("ec50"),
        )
        for fit, head in heads.items()
    )


@cache
def observations() -> tuple[Observation, ...]:
    """Return the measured values that models are compared with."""
    return _table(
        "observations.csv",
        lambda row: Observation(
            row["id"],
            row["drug"],
            row["target"],
            row["measure"],
            row["region"],
            _number(row["dose"]),
            row["dose_unit"],
            _number(row["time"]),
            row["time_unit"],
            row["conditions"],
            row["relation"],
            _quantity(row),
        ),
    )


@cache
def constants() -> tuple[Constant, ...]:
    """Return model constants, named ``module.symbol``."""
    return _table("constants.csv", lambda row: Constant(row["constant"], _quantity(row)))


@cache
def continuous_arms() -> tuple[ContinuousArm, ...]:
    """Return mean changes and differences of trials on symptom scales."""
    return _table(
        "trials_continuous.csv",
        lambda row: ContinuousArm(
            row["id"],
            row["trial"],
            row["disorder"],
            row["scale"],
            float(row["weeks"]),
            row["arm"],
            row["drug"],
            row["dose"],
            row["comparison"],
            _quantity(row),
        ),
    )


@cache
def event_arms() -> tuple[EventArm, ...]:
    """Return response, remission, relapse and dropout by trial arm."""
    return _table(
        "trials_events.csv",
        lambda row: EventArm(
            row["id"],
            row["trial"],
            row["disorder"],
            row["outcome"],
            _number(row["weeks"]),
            row["arm"],
            row["drug"],
            row["dose"],
            _count(row["events"]),
            _count(row["total"]),
            row["approximate"] == "yes",
            _quantity(row),
        ),
    )


@cache
def network_contrasts() -> tuple[NetworkContrast, ...]:
    """Return drug-placebo contrasts of the social anxiety network."""
    return _table(
        "network_social_anxiety.csv",
        lambda row: NetworkContrast(
            row["trial"],
            row["drug"],
            int(row["arms"]),
            float(row["smd"]),
            float(row["se"]),
            _number(row["shared_variance"]),
            row["source"],
            row["grade"],
            row["note"],
        ),
    )


@cache
def response_counts() -> tuple[ResponseCount, ...]:
    """Return responder counts of drug and placebo in social anxiety trials."""
    return _table(
        "response_social_anxiety.csv",
        lambda row: ResponseCount(
            int(row["row"]),
            int(row["n_drug"]),
            int(row["n_placebo"]),
            int(row["events_drug"]),
            int(row["events_placebo"]),
            row["source"],
            row["grade"],
            row["note"],
        ),
    )


@cache
def dose_response() -> tuple[DoseResponse, ...]:
    """Return risk ratios by dose from the dose-response meta-analysis in depression."""
    return _table(
        "dose_response.csv",
        lambda row: DoseResponse(
            row["drug"],
            row["outcome"],
            float(row["dose_mg"]),
            row["dose_meaning"],
            _quantity(row),
        ),
    )


@cache
def targets() -> tuple[Target, ...]:
    """Return the validation targets of the book."""
    return _table(
        "targets.csv",
        lambda row: Target(
            row["id"],
            row["part"],
            row["statement"],
            row["observed"],
            row["tolerance"],
            row["kind"],
            row["source"],
            row["grade"],
            row["note"],
        ),
    )


@cache
def equivalents() -> tuple[Equivalent, ...]:
    """Return doses taken as equal to diazepam 10 mg."""
    return _table(
        "diazepam_equivalents.csv",
        lambda row: Equivalent(row["drug"], row["table"], _quantity(row)),
    )


@cache
def risks() -> tuple[Risk, ...]:
    """Return harms with their comparisons."""
    return _table(
        "risks.csv",
        lambda row: Risk(
            row["id"],
            row["topic"],
            row["exposure"],
            row["comparator"],
            row["measure"],
            row["relation"],
            _quantity(row),
        ),
    )


@cache
def phenotypes() -> tuple[Phenotype, ...]:
    """Return exposure by metaboliser phenotype."""
    return _table(
        "phenotypes.csv",
        lambda row: Phenotype(
            row["drug"], row["gene"], row["phenotype"], row["measure"], _quantity(row)
        ),
    )


@cache
def interactions() -> tuple[Interaction, ...]:
    """Return exposure ratios of drug interactions."""
    return _table(
        "interactions.csv",
        lambda row: Interaction(
            row["victim"],
            row["perpetrator"],
            row["measure"],
            row["conditions"],
            _quantity(row),
        ),
    )


@cache
def units() -> dict[str, str]:
    """Return the closed list of units with what each means."""
    return dict(_table("units.csv", lambda row: (row["unit"], row["meaning"])))


@cache
def bibliography() -> str:
    """Return the text of the bibliography shared by the data and the book."""
    return _text("references.bib")


@cache
def parameter_labels() -> dict[str, str]:
    """Return what each parameter name means in plain words, in the order of the book."""
    labels: dict[str, str] = tomllib.loads(_text("labels.toml"))["parameters"]
    return labels
