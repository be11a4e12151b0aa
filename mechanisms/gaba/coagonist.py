"""The GABA-A receptor at equilibrium: GABA and a second ligand share one opening step.

The channel has two global shapes, closed and open. Every ligand that prefers the open shape pushes
the balance towards it, and because the shapes are shared the pushes multiply. A benzodiazepine is a
ligand whose push is weak: alone it opens almost nothing, beside GABA it counts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mechanisms import drugs
from mechanisms._checks import Floats, between, finite, nonnegative, positive

__all__ = [
    "Ligand",
    "Receptor",
    "closed_affinity",
    "coupling_for_shift",
    "coupling_from_free_energy",
    "coupling_from_potentiation",
    "ec50_shift",
    "fit_receptor",
    "free_energy",
    "gaba_for_fraction",
    "maximum_open_probability",
    "modulation",
    "open_probability",
    "potentiation",
    "receptor",
]

_GABA_SITES = 2
_BISECTIONS = 80


class Receptor(NamedTuple):
    """Constants of the two-shape receptor; each a number or an array over patients.

    `L` is closed over open without any ligand (dimensionless), `k_gaba_uM` the dissociation
    constant of GABA from the closed shape, `c_gaba` its ratio open to closed (below 1: GABA holds
    the open shape more tightly).
    """

    L: ArrayLike
    k_gaba_uM: ArrayLike
    c_gaba: ArrayLike


class Ligand(NamedTuple):
    """A ligand of the benzodiazepine site.

    `concentration_nM` is free, `kd_nM` the dissociation constant from the closed shape and
    `coupling` the ratio of the open to the closed dissociation constant: below 1 for agonists, 1
    for an antagonist, above 1 for inverse agonists.
    """

    concentration_nM: ArrayLike
    kd_nM: ArrayLike
    coupling: ArrayLike


def receptor(L: ArrayLike | None = None) -> Receptor:
    r"""Receptor constants forced through the measured maximum and half-effect of GABA.

    Parameters
    ----------
    L : array_like, dimensionless, optional
        Closed over open without ligand; by default the constant ``gaba.mwc_L``.

    Returns
    -------
    Receptor
        The set of `fit_receptor` for ``gaba.p_max`` and ``gaba.ec50_uM``.

    Raises
    ------
    ValueError
        If `L` is too small for the measured maximum.

    Notes
    -----
    Leaves out desensitisation. `L` itself cannot be read off such a curve: only the maximum and the
    half-effect can, which is why two published values of `L` serve equally well.

    References
    ----------
    forman2011
    """
    gating = drugs.constant("gaba.mwc_L").value if L is None else L
    p_max, ec50 = drugs.constant("gaba.p_max").value, drugs.constant("gaba.ec50_uM").value
    return fit_receptor(p_max, ec50, gating)


def fit_receptor(p_max: ArrayLike, ec50_uM: ArrayLike, L: ArrayLike) -> Receptor:
    r"""Constants of the receptor that meet a maximum and a half-effect exactly.

    .. math::
        c = \sqrt{\frac{1/P_{max} - 1}{L}}, \qquad
        K = EC_{50}\,\frac{r/c - 1}{1 - r}, \qquad r = \sqrt{\frac{2/P_{max} - 1}{L}}

    Parameters
    ----------
    p_max : array_like, dimensionless
        Open probability at saturating GABA, between 0 and 1 exclusive.
    ec50_uM : array_like, uM
        GABA concentration of half that maximum, above 0.
    L : array_like, dimensionless
        Closed over open without ligand, above ``2 / p_max - 1``.

    Returns
    -------
    Receptor
        With fields in the broadcast shape.

    Raises
    ------
    ValueError
        If `p_max` is not inside (0, 1), `ec50_uM` or `L` not positive, or `L` so small that the
        resting receptor is already open half as often as the saturated one.

    Notes
    -----
    Leaves out basal activity in the definition of half (at most 1 in 8,000 here).

    References
    ----------
    forman2011, rusch2005
    """
    top = positive("p_max", p_max)
    if np.any(top >= 1):
        raise ValueError(f"p_max must be below 1, got {top.max()}")
    half = positive("ec50_uM", ec50_uM)
    gating = positive("L", L)
    if np.any(gating <= 2 / top - 1):
        raise ValueError(f"L must be above 2 / p_max - 1, got {gating.min()}")
    c = np.sqrt((1 / top - 1) / gating)
    r = np.sqrt((2 / top - 1) / gating)
    return Receptor(*np.broadcast_arrays(gating, half * (r / c - 1) / (1 - r), c))


def modulation(*ligands: Ligand) -> Floats:
    r"""Factor by which ligands that compete for the benzodiazepine site change closed over open.

    .. math:: m = \frac{1 + \sum_i B_i / K_i}{1 + \sum_i B_i / (d_i K_i)}

    Parameters
    ----------
    *ligands : Ligand
        Concentration, closed-state dissociation constant (nM) and coupling of each; they broadcast.

    Returns
    -------
    ndarray, dimensionless
        Below 1 favours opening. Factors of *different* sites multiply (their energies add).

    Raises
    ------
    ValueError
        If a concentration is negative, or a constant or coupling not positive.

    Notes
    -----
    Leaves out the low-affinity (micromolar) diazepam site and binding kinetics.

    References
    ----------
    rusch2005, germann2019
    """
    closed: Floats = np.asarray(1.0)
    opened: Floats = np.asarray(1.0)
    for ligand in ligands:
        bound = nonnegative("concentration_nM", ligand.concentration_nM) / positive(
            "kd_nM", ligand.kd_nM
        )
        closed = closed + bound
        opened = opened + bound / positive("coupling", ligand.coupling)
    return np.asarray(closed / opened)


def open_probability(
    gaba_uM: ArrayLike, modulation: ArrayLike = 1.0, receptor: Receptor | None = None
) -> Floats:
    r"""Fraction of receptors that are open at equilibrium.

    .. math:: P = \frac{1}{1 + L\,m\left(\frac{1 + G/K}{1 + G/(cK)}\right)^2}

    Parameters
    ----------
    gaba_uM : array_like, uM
        Free GABA, at least 0.
    modulation : array_like, dimensionless
        Factor on closed over open from other sites (`modulation`), above 0.
    receptor : Receptor, optional
        Constants; by default `receptor()`.

    Returns
    -------
    ndarray, dimensionless
        Open probability in the broadcast shape.

    Raises
    ------
    ValueError
        If GABA is negative, or a factor or constant not positive.

    Notes
    -----
    Leaves out desensitisation, so a measured peak is lower at high GABA, and all kinetics
    (`course`).

    References
    ----------
    rusch2005, forman2011, monod1965
    """
    gaba = nonnegative("gaba_uM", gaba_uM)
    gating, k, c = _constants(receptor)
    ratio = (1 + gaba / k) / (1 + gaba / (c * k))
    closed = gating * positive("modulation", modulation) * ratio**_GABA_SITES
    return np.asarray(1 / (1 + closed))


def maximum_open_probability(
    modulation: ArrayLike = 1.0, receptor: Receptor | None = None
) -> Floats:
    r"""Open probability at saturating GABA: the ceiling of a positive modulator.

    .. math:: P_{max} = \frac{1}{1 + L\,m\,c^2}

    Parameters
    ----------
    modulation : array_like, dimensionless
        Factor on closed over open from other sites, above 0.
    receptor : Receptor, optional
        Constants; by default `receptor()`.

    Returns
    -------
    ndarray, dimensionless
        In the broadcast shape.

    Raises
    ------
    ValueError
        If a factor or constant is not positive.

    Notes
    -----
    Leaves out desensitisation.

    References
    ----------
    forman2011
    """
    gating, _, c = _constants(receptor)
    return np.asarray(1 / (1 + gating * positive("modulation", modulation) * c**_GABA_SITES))


def gaba_for_fraction(
    fraction: ArrayLike, modulation: ArrayLike = 1.0, receptor: Receptor | None = None
) -> Floats:
    r"""GABA concentration that gives a fraction of the maximum (EC20, EC50, ...).

    .. math::
        G = K\,\frac{1 - r}{r/c - 1}, \qquad
        r = \sqrt{\frac{1/(x P_{max}) - 1}{L\,m}}

    Parameters
    ----------
    fraction : array_like, dimensionless
        Fraction `x` of the maximum reached under the same `modulation`, inside (0, 1).
    modulation : array_like, dimensionless
        Factor on closed over open from other sites, above 0.
    receptor : Receptor, optional
        Constants; by default `receptor()`.

    Returns
    -------
    ndarray, uM
        In the broadcast shape.

    Raises
    ------
    ValueError
        If the fraction is not inside (0, 1) or lies below the basal opening.

    Notes
    -----
    Leaves out the desensitisation that limits a measured peak curve.

    References
    ----------
    forman2011
    """
    x = between("fraction", fraction, 0.0, 1.0)
    if np.any((x <= 0) | (x >= 1)):
        raise ValueError(f"fraction must lie inside (0, 1), got {x.min()} to {x.max()}")
    gating, k, c = _constants(receptor)
    m = positive("modulation", modulation)
    target = x * maximum_open_probability(m, receptor)
    r = np.sqrt((1 / target - 1) / (gating * m))
    if np.any(r >= 1):
        raise ValueError(f"fraction must exceed the opening without GABA, got {x.min()}")
    return np.asarray(k * (1 - r) / (r / c - 1))


def ec50_shift(modulation: ArrayLike, receptor: Receptor | None = None) -> Floats:
    """Left shift of the GABA curve: EC50 without over EC50 with the modulator.

    .. math:: s = EC_{50}(1) / EC_{50}(m)

    Parameters
    ----------
    modulation : array_like, dimensionless
        Factor on closed over open (the coupling, at a saturating modulator), above 0.
    receptor : Receptor, optional
        Constants; by default `receptor()`.

    Returns
    -------
    ndarray, dimensionless
        Above 1 for positive modulators.

    Raises
    ------
    ValueError
        If the factor is not positive or leaves no measurable curve.

    Notes
    -----
    Each EC50 is taken on its own maximum. The often quoted square root of ``1 / m`` is too small.

    References
    ----------
    ghansah1999
    """
    return np.asarray(
        gaba_for_fraction(0.5, 1.0, receptor) / gaba_for_fraction(0.5, modulation, receptor)
    )


def potentiation(
    fraction: ArrayLike, modulation: ArrayLike, receptor: Receptor | None = None
) -> Floats:
    r"""Change of the response by a modulator at a stated GABA level, in percent.

    .. math:: 100\left(\frac{P(G_x, m)}{P(G_x, 1)} - 1\right)

    Parameters
    ----------
    fraction : array_like, dimensionless
        GABA level as a fraction of its maximum (0.2 for EC20), inside (0, 1).
    modulation : array_like, dimensionless
        Factor on closed over open, above 0.
    receptor : Receptor, optional
        Constants; by default `receptor()`.

    Returns
    -------
    ndarray, %
        Positive for agonists of the site, negative for inverse agonists.

    Raises
    ------
    ValueError
        If the fraction is not inside (0, 1) or the factor not positive.

    Notes
    -----
    A percentage without its GABA level means nothing: one and the same drug gives more at EC5 than
    at EC20. Leaves out the subtraction of basal current (below 0.02 % of the maximum).

    References
    ----------
    dawson2006
    """
    gaba = gaba_for_fraction(fraction, 1.0, receptor)
    ratio = open_probability(gaba, modulation, receptor) / open_probability(gaba, 1.0, receptor)
    return np.asarray(100 * (ratio - 1))


def coupling_from_potentiation(
    potentiation_percent: ArrayLike, fraction: ArrayLike = 0.2, receptor: Receptor | None = None
) -> Floats:
    r"""Coupling of a ligand from its largest potentiation at a stated GABA level.

    .. math:: d = \frac{1/P' - 1}{1/P - 1}, \qquad P = x P_{max}, \; P' = P (1 + \Delta/100)

    Parameters
    ----------
    potentiation_percent : array_like, %
        Change of the response at saturating ligand, above -100.
    fraction : array_like, dimensionless
        GABA level as a fraction of its maximum, inside (0, 1).
    receptor : Receptor, optional
        Constants; by default `receptor()`. Only the maximum matters.

    Returns
    -------
    ndarray, dimensionless
        Below 1 for agonists, above 1 for inverse agonists.

    Raises
    ------
    ValueError
        If the potentiated response would leave (0, 1).

    Notes
    -----
    Leaves out an action on binding or on desensitisation: all of the effect is put into opening.

    References
    ----------
    dawson2006, downing2005
    """
    x = between("fraction", fraction, 0.0, 1.0)
    before = x * maximum_open_probability(1.0, receptor)
    change = finite("potentiation_percent", potentiation_percent)
    after = before * (1 + change / 100)
    if np.any((after <= 0) | (after >= 1) | (before <= 0)):
        raise ValueError(
            "potentiation_percent must leave the open probability inside (0, 1), "
            f"got {change.min()} to {change.max()}"
        )
    return np.asarray((1 / after - 1) / (1 / before - 1))


def coupling_for_shift(shift: ArrayLike, receptor: Receptor | None = None) -> Floats:
    """Coupling that a saturating ligand needs for a given left shift of the GABA curve.

    .. math:: s(d) = s^{*}

    solved by bisection of `ec50_shift` in the logarithm of the coupling.

    Parameters
    ----------
    shift : array_like, dimensionless
        EC50 without over EC50 with the ligand, at least 1 and at most 20.
    receptor : Receptor, optional
        Constants; by default `receptor()`.

    Returns
    -------
    ndarray, dimensionless
        In (0, 1].

    Raises
    ------
    ValueError
        If the shift is outside [1, 20].

    Notes
    -----
    Leaves out effects on binding, as `coupling_from_potentiation` does.

    References
    ----------
    ghansah1999
    """
    wanted = between("shift", shift, 1.0, 20.0)
    gating = _constants(receptor)[0]
    low = np.full(np.broadcast_shapes(wanted.shape, gating.shape), np.log(1e-3))
    high = np.zeros_like(low)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        stronger = ec50_shift(np.exp(middle), receptor) > wanted
        low = np.where(stronger, middle, low)
        high = np.where(stronger, high, middle)
    return np.asarray(np.exp((low + high) / 2))


def closed_affinity(
    half_effect_nM: ArrayLike,
    coupling: ArrayLike,
    fraction: ArrayLike = 0.2,
    receptor: Receptor | None = None,
) -> Floats:
    r"""Dissociation constant from the closed shape, from the concentration of half effect.

    .. math::
        K = EC_{50} \frac{m_h/d - 1}{1 - m_h}, \qquad
        m_h = \frac{1/P_h - 1}{1/P - 1}, \; P_h = \tfrac12 (P + P')

    Parameters
    ----------
    half_effect_nM : array_like, nM
        Ligand concentration of half its largest effect at the stated GABA level, above 0.
    coupling : array_like, dimensionless
        Coupling of the ligand, above 0 and not 1.
    fraction : array_like, dimensionless
        GABA level as a fraction of its maximum, inside (0, 1).
    receptor : Receptor, optional
        Constants; by default `receptor()`.

    Returns
    -------
    ndarray, nM
        In the broadcast shape.

    Raises
    ------
    ValueError
        If the coupling is 1 (an antagonist has no half effect) or an argument out of range.

    Notes
    -----
    Leaves out the difference between receptor subtypes in oocytes and in brain.

    References
    ----------
    dawson2006
    """
    half = positive("half_effect_nM", half_effect_nM)
    d = positive("coupling", coupling)
    if np.any(d == 1):
        raise ValueError("coupling must differ from 1 to have a half effect, got 1.0")
    gaba = gaba_for_fraction(fraction, 1.0, receptor)
    before = open_probability(gaba, 1.0, receptor)
    middle = (before + open_probability(gaba, d, receptor)) / 2
    m = (1 / middle - 1) / (1 / before - 1)
    return np.asarray(half * (m / d - 1) / (1 - m))


def free_energy(coupling: ArrayLike, temperature_C: ArrayLike | None = None) -> Floats:
    r"""Energy by which a ligand stabilises the open shape.

    .. math:: \Delta G = R T \ln d

    Parameters
    ----------
    coupling : array_like, dimensionless
        Ratio of open to closed dissociation constant, above 0.
    temperature_C : array_like, degrees Celsius, optional
        By default ``gaba.temperature_C``, at which most oocyte records are taken.

    Returns
    -------
    ndarray, kcal/mol
        Negative for ligands that favour opening.

    Raises
    ------
    ValueError
        If the coupling is not positive.

    Notes
    -----
    Leaves out any temperature dependence of the coupling itself.

    References
    ----------
    downing2005
    """
    return np.asarray(_rt(temperature_C) * np.log(positive("coupling", coupling)))


def coupling_from_free_energy(
    energy_kcal_mol: ArrayLike, temperature_C: ArrayLike | None = None
) -> Floats:
    r"""Coupling of a ligand that stabilises the open shape by a given energy.

    .. math:: d = e^{\Delta G / RT}

    Parameters
    ----------
    energy_kcal_mol : array_like, kcal/mol
        Negative favours opening.
    temperature_C : array_like, degrees Celsius, optional
        By default ``gaba.temperature_C``.

    Returns
    -------
    ndarray, dimensionless
        In the broadcast shape.

    Raises
    ------
    ValueError
        If the energy is not finite.

    Notes
    -----
    Inverse of `free_energy`; leaves out the same things.

    References
    ----------
    downing2005
    """
    return np.asarray(np.exp(finite("energy_kcal_mol", energy_kcal_mol) / _rt(temperature_C)))


def _rt(temperature_C: ArrayLike | None) -> Floats:
    celsius = drugs.constant("gaba.temperature_C").value if temperature_C is None else temperature_C
    kelvin = positive("temperature_C + 273.15", finite("temperature_C", celsius) + 273.15)
    return np.asarray(float(drugs.constant("gaba.gas_constant")) * kelvin)


def _constants(given: Receptor | None) -> tuple[Floats, Floats, Floats]:
    chosen = receptor() if given is None else given
    c = positive("c_gaba", chosen.c_gaba)
    if np.any(c >= 1):
        raise ValueError(f"c_gaba must be below 1 for an agonist, got {c.max()}")
    return positive("L", chosen.L), positive("k_gaba_uM", chosen.k_gaba_uM), c
