"""Parent and active metabolite: one dose, two drugs, two clocks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mechanisms._checks import Floats, finite, fraction, nonnegative, positive, time_grid
from mechanisms._exponentials import chain
from mechanisms.pharmacokinetics import NG_PER_ML_PER_MG_PER_L


class ParentMetabolite(NamedTuple):
    """Concentrations of parent and metabolite over time (h; time on the last axis)."""

    t_h: Floats
    parent_ng_per_mL: Floats
    metabolite_ng_per_mL: Floats


class ChainFractions(NamedTuple):
    """Fractions of parent and metabolite, each of its own steady state."""

    parent: Floats
    metabolite: Floats


def parent_metabolite(
    t_h: ArrayLike,
    times_h: ArrayLike,
    doses_mg: ArrayLike,
    ka_per_h: ArrayLike,
    clearance_L_per_h: ArrayLike,
    volume_L: ArrayLike,
    metabolite_clearance_L_per_h: ArrayLike,
    metabolite_volume_L: ArrayLike,
    fraction_formed: ArrayLike,
    molar_mass_ratio: ArrayLike = 1.0,
    bioavailability: ArrayLike = 1.0,
    first_pass_formed: ArrayLike = 0.0,
) -> ParentMetabolite:
    r"""Concentrations of a drug and its metabolite after any record of oral doses.

    .. math:: \dot G = -k_a G, \quad \dot P = F k_a G - k_p P, \quad
              \dot M = \mu\,(f_m k_p P + f_1 k_a G) - k_m M

    with :math:`k_p = CL_p/V_p`, :math:`k_m = CL_m/V_m`, :math:`\mu` the ratio of molar masses.

    Parameters
    ----------
    t_h : array_like (T,), h
        Times of the result: not negative, strictly increasing.
    times_h : array_like (N,), h
        When the doses are swallowed; may be negative.
    doses_mg : array_like (..., N), mg
        The doses, at least 0.
    ka_per_h : array_like (...), 1/h
        Absorption rate constant, above 0.
    clearance_L_per_h, volume_L : array_like (...), L/h and L
        Of the parent, above 0.
    metabolite_clearance_L_per_h, metabolite_volume_L : array_like (...), L/h and L
        Of the metabolite, above 0.
    fraction_formed : array_like (...), dimensionless
        Part of the parent's clearance that yields the metabolite, 0 to 1.
    molar_mass_ratio : array_like (...), dimensionless
        Metabolite over parent, above 0.
    bioavailability : array_like (...), dimensionless
        Part of the dose that arrives as parent, 0 to 1.
    first_pass_formed : array_like (...), dimensionless
        Part of the dose that arrives as metabolite; at most 1 - `bioavailability`.

    Returns
    -------
    ParentMetabolite
        Time base in h, concentrations (..., T) in ng/mL.

    Raises
    ------
    ValueError
        If a parameter is out of range, or more than the dose would arrive.

    Notes
    -----
    Rates may coincide. Leaves out metabolites of the metabolite, saturation, and the inhibition of
    the parent's enzyme by either.

    References
    ----------
    rowland2011, houston1986
    """
    times, given_at = time_grid("t_h", t_h), finite("times_h", times_h)
    doses = nonnegative("doses_mg", doses_mg)
    if given_at.ndim != 1 or given_at.size == 0:
        raise ValueError(f"times_h must be a non-empty 1-D array, got shape {given_at.shape}")
    if doses.ndim == 0 or doses.shape[-1] != given_at.size:
        raise ValueError(
            f"doses_mg must have {given_at.size} doses on its last axis, got shape {doses.shape}"
        )
    ka = positive("ka_per_h", ka_per_h)
    vp, vm = positive("volume_L", volume_L), positive("metabolite_volume_L", metabolite_volume_L)
    kp = positive("clearance_L_per_h", clearance_L_per_h) / vp
    km = positive("metabolite_clearance_L_per_h", metabolite_clearance_L_per_h) / vm
    formed, mass = (
        fraction("fraction_formed", fraction_formed),
        positive("molar_mass_ratio", molar_mass_ratio),
    )
    f = fraction("bioavailability", bioavailability)
    first = fraction("first_pass_formed", first_pass_formed)
    if (f + first > 1 + 1e-12).any():
        raise ValueError(
            "first_pass_formed must be at most 1 - bioavailability, got a sum of "
            f"{float(np.max(f + first)):.3g}"
        )
    scale = NG_PER_ML_PER_MG_PER_L * ka
    to_parent = scale * f / vp
    to_metabolite, at_once = scale * f * mass * formed * kp / vm, scale * first * mass / vm
    ka, kp, km, to_parent, to_metabolite, at_once = (
        np.asarray(value)[..., np.newaxis]
        for value in (ka, kp, km, to_parent, to_metabolite, at_once)
    )
    shape = np.broadcast_shapes(
        *(x.shape for x in (ka, kp, km, to_parent, to_metabolite, at_once)),
        (*doses.shape[:-1], 1),
        times.shape,
    )
    parent, metabolite = np.zeros(shape), np.zeros(shape)
    for j, moment in enumerate(given_at):
        since = np.maximum(times - moment, 0.0)
        dose = np.where(times > moment, doses[..., j, np.newaxis], 0.0)
        parent += dose * to_parent * chain(since, [ka, kp])
        metabolite += dose * (
            to_metabolite * chain(since, [ka, kp, km]) + at_once * chain(since, [ka, km])
        )
    return ParentMetabolite(times, parent, metabolite)


def metabolite_ratio(
    clearance_L_per_h: ArrayLike,
    metabolite_clearance_L_per_h: ArrayLike,
    fraction_formed: ArrayLike,
    molar_mass_ratio: ArrayLike = 1.0,
    bioavailability: ArrayLike = 1.0,
    first_pass_formed: ArrayLike = 0.0,
) -> Floats:
    r"""Average level of the metabolite over that of the parent at steady state.

    .. math:: \frac{\bar C_m}{\bar C_p} = \mu\,\frac{CL_p}{CL_m}\left(f_m + \frac{f_1}{F}\right)

    Parameters
    ----------
    clearance_L_per_h, metabolite_clearance_L_per_h : array_like, L/h
        Of parent and metabolite, above 0.
    fraction_formed : array_like, dimensionless
        Part of the parent's clearance that yields the metabolite, 0 to 1.
    molar_mass_ratio : array_like, dimensionless
        Metabolite over parent, above 0.
    bioavailability : array_like, dimensionless
        Part of the dose that arrives as parent, above 0 and at most 1.
    first_pass_formed : array_like, dimensionless
        Part of the dose that arrives as metabolite, 0 to 1.

    Returns
    -------
    ndarray, dimensionless (mass over mass)

    Raises
    ------
    ValueError
        If a parameter is out of range.

    Notes
    -----
    Leaves out potency: a high ratio of a weak metabolite may not matter.

    References
    ----------
    houston1986
    """
    f = positive("bioavailability", fraction("bioavailability", bioavailability))
    first = fraction("first_pass_formed", first_pass_formed)
    if (f + first > 1 + 1e-12).any():
        raise ValueError(
            "first_pass_formed must be at most 1 - bioavailability, got a sum of "
            f"{float(np.max(f + first)):.3g}"
        )
    clearances = positive("clearance_L_per_h", clearance_L_per_h) / positive(
        "metabolite_clearance_L_per_h", metabolite_clearance_L_per_h
    )
    formed = fraction("fraction_formed", fraction_formed) + first / f
    return np.asarray(positive("molar_mass_ratio", molar_mass_ratio) * clearances * formed)


def chain_build_up(
    t_h: ArrayLike, half_life_h: ArrayLike, metabolite_half_life_h: ArrayLike
) -> ChainFractions:
    r"""Fractions of steady state that parent and metabolite have reached.

    .. math:: B_p = 1 - e^{-k_p t}, \qquad
              B_m = 1 - \frac{k_m e^{-k_p t} - k_p e^{-k_m t}}{k_m - k_p}

    Parameters
    ----------
    t_h : array_like (T,), h
        Times since the first dose: not negative, strictly increasing.
    half_life_h, metabolite_half_life_h : array_like (...), h
        Elimination half-lives, above 0; the metabolite's own, not the apparent one.

    Returns
    -------
    ChainFractions
        Each (..., T), dimensionless, in [0, 1].

    Raises
    ------
    ValueError
        If the time grid or a half-life is out of range.

    Notes
    -----
    After stopping, 1 minus these fractions remain. Leaves out the saw-tooth of single doses.

    References
    ----------
    rowland2011
    """
    t = time_grid("t_h", t_h)
    kp = np.log(2) / positive("half_life_h", half_life_h)[..., np.newaxis]
    km = np.log(2) / positive("metabolite_half_life_h", metabolite_half_life_h)[..., np.newaxis]
    parent = -np.expm1(-kp * t)
    metabolite = parent - kp * chain(t, list(np.broadcast_arrays(kp, km)))
    parent, metabolite = np.broadcast_arrays(parent, np.clip(metabolite, 0.0, 1.0))
    return ChainFractions(parent, metabolite)
