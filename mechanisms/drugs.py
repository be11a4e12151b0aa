"""Typed access to the sourced numbers: drugs, affinities, occupancy fits, observations, constants.

Every number that comes out is a `Quantity`: value, unit, spread, source and provenance grade.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType

from mechanisms import data
from mechanisms.data import Affinity, Observation, OccupancyFit, Quantity

__all__ = [
    "Affinity",
    "Drug",
    "Observation",
    "OccupancyFit",
    "Quantity",
    "affinities",
    "affinity",
    "constant",
    "constants",
    "get",
    "names",
    "observation",
    "observations",
    "occupancy_fit",
    "occupancy_fits",
]


_LISTED = 60
"""Names that an error message spells out; beyond this it gives a few."""


def _unknown(what: str, name: object, known: Iterable[str]) -> KeyError:
    """Build the error for a name that is not there, with the closest names that are."""
    choices = sorted(set(known))
    close = get_close_matches(str(name), choices, n=3, cutoff=0.7)
    if close:
        hint = "did you mean " + " or ".join(repr(match) for match in close) + "?"
    elif not choices:
        hint = "there are none"
    elif len(choices) <= _LISTED:
        hint = "known: " + ", ".join(choices)
    else:
        hint = f"{len(choices)} are known, such as " + ", ".join(choices[:5])
    return KeyError(f"unknown {what} {name!r}; {hint}")


@dataclass(frozen=True)
class Drug:
    """A drug, active metabolite or tool compound with its sourced parameters.

    Parameters
    ----------
    name : str
        International nonproprietary name in lower case.
    drug_class : str
        Such as ``"SSRI"``, ``"SNRI"``, ``"benzodiazepine"``.
    metabolites : tuple of str
        Active metabolites, each a name that `get` knows.
    parameters : mapping of str to Quantity
        The default value of each parameter.
    note : str
        What a reader should know before using the drug in a model.
    """

    name: str
    drug_class: str
    metabolites: tuple[str, ...]
    parameters: Mapping[str, Quantity] = field(repr=False)
    note: str = ""

    def parameter(self, name: str) -> Quantity:
        """Return one parameter by name, such as ``"half_life_h"``.

        Raises
        ------
        KeyError
            If the drug has no such parameter; the message names those it has.
        """
        if name in self.parameters:
            return self.parameters[name]
        known = ", ".join(self.parameters) or "none"
        raise KeyError(f"{self.name} has no parameter {name!r}; it has: {known}")

    def alternatives(self, name: str) -> tuple[Quantity, ...]:
        """Return the other published values of a parameter, beside the default one."""
        self.parameter(name)
        return tuple(
            row.quantity
            for row in data.parameters()
            if row.drug == self.name and row.name == name and not row.default
        )

    @property
    def molar_mass(self) -> Quantity:
        """Molar mass of the free base, g/mol."""
        return self.parameter("molar_mass_g_mol")

    @property
    def fu(self) -> Quantity:
        """Unbound fraction in plasma, dimensionless."""
        return self.parameter("fu")

    @property
    def dose_range_mg(self) -> tuple[Quantity, Quantity]:
        """Lowest and highest usual daily dose in anxiety disorders, mg."""
        return self.parameter("dose_low_mg"), self.parameter("dose_high_mg")


@cache
def _drugs() -> Mapping[str, Drug]:
    defaults: dict[str, dict[str, Quantity]] = {}
    for row in data.parameters():
        if row.default:
            defaults.setdefault(row.drug, {})[row.name] = row.quantity
    return MappingProxyType(
        {
            who.name: Drug(
                who.name,
                who.drug_class,
                who.metabolites,
                MappingProxyType(defaults.get(who.name, {})),
                who.note,
            )
            for who in data.drug_identities()
        }
    )


def names(drug_class: str | None = None) -> tuple[str, ...]:
    """Return the names that `get` knows, sorted; of one class if `drug_class` is given.

    Raises
    ------
    KeyError
        If no drug has that class.
    """
    if drug_class is None:
        return tuple(sorted(_drugs()))
    found = tuple(sorted(d.name for d in _drugs().values() if d.drug_class == drug_class))
    if not found:
        raise _unknown("drug class", drug_class, {d.drug_class for d in _drugs().values()})
    return found


# `book/_ext/dependencies.py` (LOOK_UPS) takes `get`, `observations`, `observation` and `constant`
# to read only the rows that equal their arguments; change both together.
def get(name: str) -> Drug:
    """Return a drug by its name.

    Raises
    ------
    KeyError
        If the name is not in the table; the message names close matches.
    """
    if not isinstance(name, str) or name not in _drugs():
        raise _unknown("drug", name, _drugs())
    return _drugs()[name]


def _check_filters(
    drug: str | None, target: str | None, rows: Iterable[Affinity | OccupancyFit | Observation]
) -> None:
    """Refuse a drug or a target that no row of the table could have."""
    if drug is not None:
        get(drug)
    targets = {row.target for row in rows} - {""}
    if target is not None and target not in targets:
        raise _unknown("target", target, targets)


def affinities(
    drug: str | None = None,
    target: str | None = None,
    *,
    assay: str | None = None,
    source: str | None = None,
) -> tuple[Affinity, ...]:
    """Return the affinities that match all given filters, in the order of the table.

    Parameters
    ----------
    drug, target : str, optional
        Such as ``"sertraline"`` and ``"SERT"``.
    assay : str, optional
        ``"binding"``, ``"uptake"``, ``"function"`` or ``"mixed"`` (a median over a database).
    source : str, optional
        Citation key.

    Returns
    -------
    tuple of Affinity
        Each with a `quantity` in nM; `relation` is ``>`` for a value beyond the range of the assay.

    Raises
    ------
    KeyError
        If the drug is unknown, or the target is in no row of the table.
    """
    _check_filters(drug, target, data.affinities())
    return tuple(
        row
        for row in data.affinities()
        if (drug is None or row.drug == drug)
        and (target is None or row.target == target)
        and (assay is None or row.assay == assay)
        and (source is None or source in row.quantity.sources)
    )


def affinity(
    drug: str, target: str, *, assay: str | None = None, source: str | None = None
) -> Quantity:
    """Return one affinity, nM: the default one, or the one that the filters single out.

    Raises
    ------
    KeyError
        If the drug is unknown, nothing matches, or several rows match and none is the default.
    """
    found = affinities(drug, target, assay=assay, source=source)
    if not found:
        if not affinities(drug, target):
            raise _unknown(f"target of {drug}", target, {row.target for row in affinities(drug)})
        filters = ", ".join(
            f"{key}={value!r}" for key, value in (("assay", assay), ("source", source)) if value
        )
        raise KeyError(
            f"no affinity of {drug} at {target} with {filters}; {_choices(drug, target)}"
        )
    chosen = [row for row in found if row.default] or list(found)
    if len(chosen) > 1:
        raise KeyError(f"several affinities of {drug} at {target}; {_choices(drug, target)}")
    return chosen[0].quantity


def _choices(drug: str, target: str) -> str:
    rows = affinities(drug, target)
    return "there are: " + ", ".join(f"{row.assay}/{row.quantity.source}" for row in rows)


def occupancy_fits(
    drug: str | None = None, *, target: str | None = None, region: str | None = None
) -> tuple[OccupancyFit, ...]:
    """Return the published occupancy fits that match all given filters.

    Raises
    ------
    KeyError
        If the drug is unknown, or the target is in no row of the table.
    """
    _check_filters(drug, target, data.occupancy_fits())
    return tuple(
        row
        for row in data.occupancy_fits()
        if (drug is None or row.drug == drug)
        and (target is None or row.target == target)
        and (region is None or row.region == region)
    )


def occupancy_fit(drug: str, *, target: str = "SERT", region: str | None = None) -> OccupancyFit:
    """Return one published occupancy fit: the default one, or that of the named region.

    Returns
    -------
    OccupancyFit
        With `omax` (%), `ed50` (mg/day) and `ec50` (ng/mL of total plasma), None where not given.

    Raises
    ------
    KeyError
        If the drug is unknown, or no fit or no default fit matches.
    """
    found = occupancy_fits(drug, target=target, region=region)
    chosen = [row for row in found if row.default] or list(found)
    if len(chosen) == 1:
        return chosen[0]
    there = ", ".join(f"{row.target} in {row.region} ({row.id})" for row in occupancy_fits(drug))
    where = f" in {region!r}" if region else ""
    problem = "several occupancy fits" if chosen else "no occupancy fit"
    raise KeyError(f"{problem} of {drug} at {target}{where}; there are: {there or 'none'}")


def observations(
    drug: str | None = None,
    *,
    target: str | None = None,
    measure: str | None = None,
    id: str | None = None,
) -> tuple[Observation, ...]:
    """Return the observations that match all given filters.

    Parameters
    ----------
    drug, target, measure : str, optional
        Matched exactly.
    id : str, optional
        Matched from the start: ``"takano2006"`` finds every row whose id begins so.

    Returns
    -------
    tuple of Observation
        In the order of the table; may be empty.

    Raises
    ------
    KeyError
        If the drug is unknown, or the target is in no row of the table.
    """
    _check_filters(drug, target, data.observations())
    return tuple(
        row
        for row in data.observations()
        if (drug is None or row.drug == drug)
        and (target is None or row.target == target)
        and (measure is None or row.measure == measure)
        and (id is None or row.id.startswith(id))
    )


def observation(id: str) -> Observation:
    """Return one observation by its full id.

    Raises
    ------
    KeyError
        If there is none; the message names close matches.
    """
    for row in data.observations():
        if row.id == id:
            return row
    raise _unknown("observation", id, (row.id for row in data.observations()))


@cache
def _constants() -> Mapping[str, Quantity]:
    return MappingProxyType({row.id: row.quantity for row in data.constants()})


def constants(module: str | None = None) -> Mapping[str, Quantity]:
    """Return the model constants by id, of one module if given.

    Raises
    ------
    KeyError
        If no constant belongs to that module.
    """
    if module is None:
        return _constants()
    found = {key: q for key, q in _constants().items() if key.split(".")[0] == module}
    if not found:
        raise _unknown("module", module, {key.split(".")[0] for key in _constants()})
    return MappingProxyType(found)


def constant(id: str) -> Quantity:
    """Return one model constant, such as ``"raphe.autoreceptor_gain"``.

    Raises
    ------
    KeyError
        If there is none; the message names close matches.
    """
    try:
        return _constants()[id]
    except KeyError:
        raise _unknown("constant", id, _constants()) from None
