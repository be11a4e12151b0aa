"""Receptor subtypes: what selectivity was hoped to buy, and what people showed.

Effects are written as a weighted sum over subtypes. The weights are a hypothesis taken from mice;
the refutation needs none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mechanisms import drugs
from mechanisms._checks import Floats, finite, fraction, nonnegative, positive
from mechanisms.gaba.coagonist import (
    Ligand,
    closed_affinity,
    coupling_from_potentiation,
)
from mechanisms.receptors import free_concentration, occupancy

__all__ = [
    "EFFECTS",
    "SUBTYPES",
    "HumanOccupancy",
    "Refutation",
    "benzodiazepine_occupancy",
    "default_weights",
    "diazepam",
    "effect_profile",
    "refute_translation",
    "relative_efficacy",
    "subtype_coupling",
]

SUBTYPES = ("alpha1", "alpha2", "alpha3", "alpha5")
"""The four benzodiazepine-sensitive subtypes, in the order of every last axis here."""

EFFECTS = ("sedation", "anxiolysis", "amnesia")
"""Effects that `default_weights` knows, in the order of its rows."""


_LEVEL = 0.2  # the EC20 of the measurements


class Refutation(NamedTuple):
    """One drug in two species under one rule.

    `effect_silent` where nothing was seen, `effect_seen` where it was, both per unit of full
    efficacy; `sensitivity_ratio` is how many times more sensitive the second species must be, and
    `contradicted` says whether one common threshold is impossible.
    """

    effect_silent: Floats
    effect_seen: Floats
    sensitivity_ratio: Floats
    contradicted: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


class HumanOccupancy(NamedTuple):
    """Predicted occupancy with its steps: total level (ng/mL), free level (nM), occupancy."""

    total_ng_per_mL: Floats
    free_nM: Floats
    occupancy: Floats


def subtype_coupling(drug: str) -> Floats:
    r"""Coupling of a benzodiazepine-site ligand at each subtype, from its measured effect at EC20.

    .. math:: d_\alpha = \frac{1/P'_\alpha - 1}{1/P_{20} - 1}

    Parameters
    ----------
    drug : str
        ``"diazepam"`` (agonist), ``"FG 7142"`` or ``"DMCM"`` (inverse agonists).

    Returns
    -------
    ndarray, dimensionless
        Shape (4,), order of `SUBTYPES`.

    Raises
    ------
    KeyError
        If no potentiation of the drug is in the table.

    Notes
    -----
    One set of gating constants serves all four subtypes; their own GABA curves differ.

    References
    ----------
    dawson2006, forman2011
    """
    measured = _measured(drug, "potentiation at GABA EC20")
    missing = [alpha for alpha in SUBTYPES if alpha not in measured]
    if missing:
        raise KeyError(f"no potentiation of {drug!r} at {', '.join(missing)} in the table")
    return coupling_from_potentiation([measured[alpha] for alpha in SUBTYPES], _LEVEL)


def diazepam(concentration_nM: ArrayLike) -> Ligand:
    """Diazepam at each subtype, ready for `modulation`.

    Parameters
    ----------
    concentration_nM : array_like, nM
        Free diazepam, at least 0.

    Returns
    -------
    Ligand
        Subtypes on the last axis; the concentration gets a new last axis.

    Raises
    ------
    ValueError
        If the concentration is negative.

    Notes
    -----
    Leaves out the second, micromolar site, which is not the therapeutic one.

    References
    ----------
    dawson2006, walters2000
    """
    coupling = subtype_coupling("diazepam")
    half = [
        float(drugs.affinity("diazepam", f"GABA-A {alpha}", assay="function")) for alpha in SUBTYPES
    ]
    kd = closed_affinity(half, coupling, _LEVEL)
    return Ligand(nonnegative("concentration_nM", concentration_nM)[..., np.newaxis], kd, coupling)


def relative_efficacy(drug: str) -> Floats:
    """Efficacy of a drug at each subtype relative to a full agonist of the site.

    Parameters
    ----------
    drug : str
        ``"MK-0343"``, ``"TPA023"`` or ``"full agonist"``.

    Returns
    -------
    ndarray, dimensionless
        Shape (4,), order of `SUBTYPES`.

    Raises
    ------
    KeyError
        If the table has no row for the drug.

    Notes
    -----
    Where a paper's value for a subtype could not be read, the row is graded ``assumed`` or
    ``recalled`` and says so.

    References
    ----------
    atack2011, atack2006
    """
    if drug == "full agonist":
        return np.ones(len(SUBTYPES))
    measured = _measured(drug, "efficacy relative to chlordiazepoxide")
    if not measured:
        raise KeyError(f"no relative efficacy of {drug!r} in the table")
    key = drug.lower().replace("-", "")
    return np.array(
        [
            measured[alpha]
            if alpha in measured
            else float(drugs.constant(f"gaba.{key}_efficacy_{alpha}"))
            for alpha in SUBTYPES
        ]
    )


def default_weights() -> Mapping[str, Floats]:
    """Share of each subtype in each effect, as the mouse mutants suggest.

    Returns
    -------
    mapping of str to ndarray
        One row of shape (4,) per name in `EFFECTS`, summing to 1.

    Raises
    ------
    ValueError
        If a row of the table does not sum to 1.

    Notes
    -----
    Assumed: knock-in mice say which subtype is needed, not how much each contributes, and people
    have contradicted the translation (`refute_translation`).

    References
    ----------
    rudolph1999, low2000
    """
    table = {
        effect: np.array(
            [drugs.constant(f"gaba.weight_{effect}_{alpha}").value for alpha in SUBTYPES]
        )
        for effect in EFFECTS
    }
    for effect, row in table.items():
        if abs(row.sum() - 1) > 1e-9:
            raise ValueError(f"weights of {effect} must sum to 1, got {row.sum()}")
    return table


def effect_profile(occupancy: ArrayLike, efficacy: ArrayLike, weights: ArrayLike) -> Floats:
    r"""Effect of a drug as a weighted sum over receptor subtypes.

    .. math:: E_j = \sum_\alpha w_{j\alpha}\, e_\alpha\, \rho_\alpha

    Parameters
    ----------
    occupancy : array_like, dimensionless
        Occupied fraction, shape (..., 4) or (..., 1), order of `SUBTYPES`.
    efficacy : array_like, dimensionless
        Relative efficacy, shape (..., 4); negative for inverse agonists.
    weights : array_like, dimensionless
        Non-negative shares that sum to 1, shape (..., 4).

    Returns
    -------
    ndarray, dimensionless
        Effect as a fraction of a full agonist at full occupancy, without the subtype axis.

    Raises
    ------
    ValueError
        If an occupancy lies outside 0 to 1, or weights are negative or do not sum to 1.

    Notes
    -----
    Leaves out receptor reserve, thresholds and circuits. The weights are assumptions.

    References
    ----------
    rudolph1999, low2000, atack2011
    """
    rho = fraction("occupancy", occupancy)
    share = nonnegative("weights", weights)
    if np.any(np.abs(share.sum(axis=-1) - 1) > 1e-9):
        raise ValueError(f"weights must sum to 1 on their last axis, got {share.sum(axis=-1)}")
    return np.asarray((share * finite("efficacy", efficacy) * rho).sum(axis=-1))


def refute_translation(
    occupancy_silent: ArrayLike,
    occupancy_seen: ArrayLike,
    efficacy: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Refutation:
    r"""Hold a subtype profile that was silent in one species against an effect in another.

    .. math:: \frac{E_{silent}}{E_{seen}} = \frac{\rho_{silent}}{\rho_{seen}}
        \quad\text{for every } w

    Parameters
    ----------
    occupancy_silent : array_like, dimensionless
        Occupancy at which the first species showed no effect, 0 to 1.
    occupancy_seen : array_like, dimensionless
        Occupancy at which the second showed it, above 0 to 1.
    efficacy : array_like, dimensionless, optional
        Relative efficacies, shape (..., 4), at least 0; by default those of MK-0343 (MRK-409).
    weights : array_like, dimensionless, optional
        Shares of the subtypes, shape (..., 4); by default those of sedation.

    Returns
    -------
    Refutation
        Both effects, their ratio and whether one threshold for both species is impossible.

    Raises
    ------
    ValueError
        If an occupancy is out of range, or an efficacy negative.

    Notes
    -----
    Affinity of the drug is the same at all subtypes, so weights and efficacies cancel: no choice of
    weights saves the rule, only another sensitivity of people can. Leaves out active metabolites
    and the error of the scan.

    References
    ----------
    atack2011
    """
    strength = nonnegative(
        "efficacy", relative_efficacy("MK-0343") if efficacy is None else efficacy
    )
    share = default_weights()["sedation"] if weights is None else weights
    silent = fraction("occupancy_silent", occupancy_silent)
    seen = fraction("occupancy_seen", positive("occupancy_seen", occupancy_seen))
    effect_silent = effect_profile(silent[..., np.newaxis], strength, share)
    effect_seen = effect_profile(seen[..., np.newaxis], strength, share)
    ratio = np.asarray(silent / seen)
    return Refutation(effect_silent, effect_seen, ratio, np.asarray(effect_seen < effect_silent))


def benzodiazepine_occupancy(
    dose_mg_per_day: ArrayLike,
    bioavailability: ArrayLike,
    clearance_L_per_h: ArrayLike,
    fraction_unbound: ArrayLike,
    molar_mass: ArrayLike,
    kd_nM: ArrayLike,
) -> HumanOccupancy:
    r"""Receptor occupancy that test-tube affinity and free plasma level predict in people.

    .. math::
        \bar C = \frac{F D}{24\,CL}, \qquad
        \rho = \frac{f_u \bar C}{f_u \bar C + K_i}

    Parameters
    ----------
    dose_mg_per_day : array_like, mg/day
        Daily dose, at least 0.
    bioavailability, fraction_unbound : array_like, dimensionless
        In 0 to 1.
    clearance_L_per_h : array_like, L/h
        Above 0.
    molar_mass : array_like, g/mol
        Above 0.
    kd_nM : array_like, nM
        Dissociation constant, above 0.

    Returns
    -------
    HumanOccupancy
        Average total level (ng/mL), free level (nM) and occupancy (0 to 1).

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Over-predicts alprazolam about threefold. Leaves out what may explain it: binding that depends
    on GABA, efflux from brain, endogenous ligands, receptor reserve and the error of the scan.

    References
    ----------
    fujita1999, greenblatt1993
    """
    dose = nonnegative("dose_mg_per_day", dose_mg_per_day)
    absorbed = fraction("bioavailability", bioavailability) * dose
    level = 1000 * absorbed / (24 * positive("clearance_L_per_h", clearance_L_per_h))
    free = free_concentration(level, fraction_unbound, molar_mass)
    return HumanOccupancy(np.asarray(level), free, occupancy(free, kd_nM))


def _measured(drug: str, measure: str) -> dict[str, float]:
    """Observed value by subtype, where there is one."""
    return {
        alpha: float(row.quantity)
        for alpha in SUBTYPES
        for row in drugs.observations(drug, target=f"GABA-A {alpha}", measure=measure)
    }
