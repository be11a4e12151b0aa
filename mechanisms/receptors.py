"""Receptors and transporters: how much drug binds, and what the binding does.

The dose-occupancy hyperbola of the serotonin transporter, competition of a drug with the
transmitter that is already there, and the partial agonist that may raise or lower the signal.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mechanisms._checks import Floats, fraction, nonnegative, positive


class Competition(NamedTuple):
    """Fractions of one population of sites held by each of two competing ligands."""

    agonist: Floats
    drug: Floats


class OccupancyRatios(NamedTuple):
    """One occupancy under the three denominators that are often confused."""

    absolute: Floats
    of_plateau: Floats
    of_target: Floats


def free_concentration(
    total_ng_per_mL: ArrayLike, fraction_unbound: ArrayLike, molar_mass: ArrayLike
) -> Floats:
    r"""Free drug concentration from a total plasma level.

    .. math:: C_u = f_u \, C \, \frac{1000}{M}

    Parameters
    ----------
    total_ng_per_mL : array_like, ng/mL
        Total (bound and free) plasma concentration, at least 0.
    fraction_unbound : array_like, dimensionless
        Fraction not bound to plasma protein, 0 to 1.
    molar_mass : array_like, g/mol
        Molar mass of the free base, above 0.

    Returns
    -------
    ndarray, nM
        Free concentration in the broadcast shape.

    Raises
    ------
    ValueError
        If a level is negative, a fraction lies outside 0 to 1, or a molar mass is not positive.

    Notes
    -----
    Leaves out transport at the blood-brain barrier: without it, free drug in brain equals free
    drug in plasma at steady state.

    References
    ----------
    smith2010
    """
    level = nonnegative("total_ng_per_mL", total_ng_per_mL)
    unbound = fraction("fraction_unbound", fraction_unbound)
    mass = positive("molar_mass", molar_mass)
    return np.asarray(unbound * level * 1000.0 / mass)


def occupancy(concentration: ArrayLike, kd: ArrayLike) -> Floats:
    r"""Fraction of binding sites occupied at equilibrium.

    .. math:: \rho = \frac{C}{C + K_d}

    Parameters
    ----------
    concentration : array_like, nM
        Free ligand concentration at the site, at least 0.
    kd : array_like, nM
        Equilibrium dissociation constant, above 0; broadcasts against `concentration`.

    Returns
    -------
    ndarray, dimensionless
        Occupied fraction, 0 to 1, in the broadcast shape.

    Raises
    ------
    ValueError
        If a concentration is negative or not finite, or a `kd` is not positive.

    Notes
    -----
    Leaves out ligand depletion, competition (`competitive_occupancy`) and binding kinetics.

    References
    ----------
    hill1910, kenakin2018
    """
    c = nonnegative("concentration", concentration)
    k = positive("kd", kd)
    return np.asarray(c / (c + k))


def hill(
    concentration: ArrayLike, ec50: ArrayLike, emax: ArrayLike = 1.0, n: ArrayLike = 1.0
) -> Floats:
    r"""Effect of a concentration with a maximum, a midpoint and a steepness.

    .. math:: E = E_{max} \frac{C^n}{C^n + EC_{50}^n}

    Parameters
    ----------
    concentration : array_like, unit of `ec50`
        Concentration (or dose), at least 0.
    ec50 : array_like
        Concentration of half the maximal effect, above 0.
    emax : array_like, unit of the effect
        Maximal effect, at least 0.
    n : array_like, dimensionless
        Hill coefficient, above 0.

    Returns
    -------
    ndarray, unit of `emax`
        Effect in the broadcast shape.

    Raises
    ------
    ValueError
        If an argument is not finite or outside its range.

    Notes
    -----
    Leaves out any mechanism: the coefficient describes a slope, not a number of sites.

    References
    ----------
    hill1910
    """
    c = nonnegative("concentration", concentration)
    k = positive("ec50", ec50)
    top = nonnegative("emax", emax)
    slope = positive("n", n)
    # C/(C + EC50) lies in [0, 1], so its powers cannot overflow as C**n could.
    bound = (c / (c + k)) ** slope
    unbound = (k / (c + k)) ** slope
    return np.asarray(top * bound / (bound + unbound))


def competitive_occupancy(
    agonist: ArrayLike, k_agonist: ArrayLike, drug: ArrayLike, k_drug: ArrayLike
) -> Competition:
    r"""Share of the sites held by each of two competing ligands (Gaddum).

    .. math:: \rho_A = \frac{a}{1+a+b}, \quad \rho_B = \frac{b}{1+a+b},
              \quad a = \frac{[A]}{K_A}, \; b = \frac{[B]}{K_B}

    Parameters
    ----------
    agonist, drug : array_like, nM
        Free concentrations of the transmitter and of the drug, at least 0.
    k_agonist, k_drug : array_like, nM
        Their dissociation constants, above 0.

    Returns
    -------
    Competition
        Occupied fractions `agonist` and `drug`, each 0 to 1, together at most 1.

    Raises
    ------
    ValueError
        If a concentration is negative or a dissociation constant is not positive.

    Notes
    -----
    Leaves out receptor states: an agonist's high-affinity and low-affinity sites differ by an
    order of magnitude at most G-protein-coupled receptors. A metabolite that shares the site
    enters as an addition to b.

    References
    ----------
    gaddum1937
    """
    a = nonnegative("agonist", agonist) / positive("k_agonist", k_agonist)
    b = nonnegative("drug", drug) / positive("k_drug", k_drug)
    sites = 1.0 + a + b
    return Competition(agonist=np.asarray(a / sites), drug=np.asarray(b / sites))


def partial_agonist_effect(
    agonist: ArrayLike,
    k_agonist: ArrayLike,
    drug: ArrayLike,
    k_drug: ArrayLike,
    efficacy: ArrayLike,
) -> Floats:
    r"""Receptor signal of a full agonist and a partial agonist that share sites, no reserve.

    .. math:: E = \frac{a + \varepsilon b}{1 + a + b}

    Parameters
    ----------
    agonist, drug : array_like, nM
        Free concentrations of the full agonist and of the drug, at least 0.
    k_agonist, k_drug : array_like, nM
        Dissociation constants, above 0.
    efficacy : array_like, dimensionless
        Intrinsic efficacy of the drug relative to the agonist, 0 (antagonist) to 1 (full).

    Returns
    -------
    ndarray, dimensionless
        Signal as a fraction of the agonist's maximum.

    Raises
    ------
    ValueError
        If a concentration is negative, a constant is not positive or an efficacy is outside 0-1.

    Notes
    -----
    Leaves out receptor reserve (`operational_effect`) and desensitisation. Adding drug raises
    the signal exactly when the efficacy exceeds `critical_efficacy`.

    References
    ----------
    gaddum1937, kenakin2018
    """
    share = competitive_occupancy(agonist, k_agonist, drug, k_drug)
    return np.asarray(share.agonist + fraction("efficacy", efficacy) * share.drug)


def critical_efficacy(agonist: ArrayLike, k_agonist: ArrayLike) -> Floats:
    r"""Intrinsic efficacy above which a partial agonist raises the signal (sign rule).

    .. math:: \varepsilon^{*} = \frac{a}{1 + a}

    Parameters
    ----------
    agonist : array_like, nM
        Free concentration of the transmitter that is already present, at least 0.
    k_agonist : array_like, nM
        Its dissociation constant, above 0.

    Returns
    -------
    ndarray, dimensionless
        The fractional effect that the transmitter already produces.

    Raises
    ------
    ValueError
        If the concentration is negative or the constant is not positive.

    Notes
    -----
    The rule does not depend on the dose of the drug, and holds with receptor reserve as well when
    the efficacy is read as the ratio of the two transducer ratios, tau_drug / tau_agonist.
    Leaves out feedback: the drug may change the transmitter's concentration.

    References
    ----------
    black1983, kenakin2018
    """
    return occupancy(agonist, k_agonist)


def operational_effect(
    agonist: ArrayLike,
    k_agonist: ArrayLike,
    tau_agonist: ArrayLike,
    drug: ArrayLike = 0.0,
    k_drug: ArrayLike = 1.0,
    tau_drug: ArrayLike = 0.0,
    n: ArrayLike = 1.0,
    emax: ArrayLike = 1.0,
) -> Floats:
    r"""Tissue response to two competing agonists with receptor reserve (Black and Leff).

    .. math:: E = E_m \frac{(\tau_A a + \tau_B b)^n}{(1 + a + b)^n + (\tau_A a + \tau_B b)^n}

    Parameters
    ----------
    agonist, drug : array_like, nM
        Free concentrations, at least 0.
    k_agonist, k_drug : array_like, nM
        Dissociation constants, above 0.
    tau_agonist, tau_drug : array_like, dimensionless
        Transducer ratios, at least 0: efficacy times receptor density. Large in a tissue with
        reserve, where a partial agonist looks full.
    n : array_like, dimensionless
        Slope of the transducer, above 0.
    emax : array_like, unit of the effect
        Largest response of the tissue, at least 0.

    Returns
    -------
    ndarray, unit of `emax`
        Response in the broadcast shape.

    Raises
    ------
    ValueError
        If an argument is not finite or outside its range.

    Notes
    -----
    Leaves out spare-receptor loss by desensitisation (lower both tau), and biased signalling.

    References
    ----------
    black1983, leff1990
    """
    a = nonnegative("agonist", agonist) / positive("k_agonist", k_agonist)
    b = nonnegative("drug", drug) / positive("k_drug", k_drug)
    stimulus = nonnegative("tau_agonist", tau_agonist) * a + nonnegative("tau_drug", tau_drug) * b
    return hill(stimulus / (1.0 + a + b), 1.0, emax, n)


def dose_occupancy(dose_mg: ArrayLike, ed50_mg: ArrayLike, omax: ArrayLike = 1.0) -> Floats:
    r"""Occupancy at a daily dose (the hyperbola of the PET studies).

    .. math:: O = O_{max} \frac{D}{ED_{50} + D}

    Parameters
    ----------
    dose_mg : array_like, mg/day
        Daily dose, at least 0.
    ed50_mg : array_like, mg/day
        Dose of half the plateau, above 0.
    omax : array_like, dimensionless
        Plateau, 0 to 1.

    Returns
    -------
    ndarray, dimensionless
        Occupancy, 0 to `omax`, in the broadcast shape.

    Raises
    ------
    ValueError
        If a dose is negative, an `ed50_mg` is not positive or an `omax` is outside 0 to 1.

    Notes
    -----
    Leaves out the spread of plasma levels between patients and the time since the last dose.

    References
    ----------
    sorensen2022
    """
    dose = nonnegative("dose_mg", dose_mg)
    return np.asarray(fraction("omax", omax) * dose / (positive("ed50_mg", ed50_mg) + dose))


def dose_for_occupancy(target: ArrayLike, ed50_mg: ArrayLike, omax: ArrayLike = 1.0) -> Floats:
    r"""Daily dose that reaches an occupancy.

    .. math:: D = ED_{50} \frac{O}{O_{max} - O}

    Parameters
    ----------
    target : array_like, dimensionless
        Wanted occupancy, at least 0 and below `omax`.
    ed50_mg : array_like, mg/day
        Dose of half the plateau, above 0.
    omax : array_like, dimensionless
        Plateau, 0 to 1.

    Returns
    -------
    ndarray, mg/day
        Dose in the broadcast shape.

    Raises
    ------
    ValueError
        If a target is not below the plateau, or an argument is outside its range.

    Notes
    -----
    Near the plateau the dose grows without bound: the last points of occupancy are the dearest.

    References
    ----------
    sorensen2022
    """
    wanted, plateau = np.broadcast_arrays(nonnegative("target", target), fraction("omax", omax))
    beyond = wanted >= plateau
    if beyond.any():
        raise ValueError(
            f"target must be below omax {plateau[beyond].flat[0]:g}, got {wanted[beyond].flat[0]:g}"
        )
    return np.asarray(positive("ed50_mg", ed50_mg) * wanted / (plateau - wanted))


def occupancy_ratios(
    dose_mg: ArrayLike,
    ed50_mg: ArrayLike,
    omax: ArrayLike = 1.0,
    target: ArrayLike = 0.8,
) -> OccupancyRatios:
    r"""Occupancy of a dose: absolute, relative to the plateau and relative to a target.

    .. math:: O, \quad \frac{O}{O_{max}} = \frac{D}{ED_{50} + D}, \quad \frac{O}{O_{target}}

    Parameters
    ----------
    dose_mg : array_like, mg/day
        Daily dose, at least 0.
    ed50_mg : array_like, mg/day
        Dose of half the plateau, above 0.
    omax : array_like, dimensionless
        Plateau, 0 to 1.
    target : array_like, dimensionless
        Occupancy taken as therapeutic, above 0; 0.8 is the mean at usual minimum doses.

    Returns
    -------
    OccupancyRatios
        `absolute`, `of_plateau`, `of_target`; the last may exceed 1.

    Raises
    ------
    ValueError
        If an argument is not finite or outside its range.

    Notes
    -----
    A sentence such as "over 70 % of the target" has a meaning only with its denominator. Leaves
    out whether occupancy predicts benefit, on which the data are mixed.

    References
    ----------
    meyer2004, sorensen2022
    """
    plateau = positive("omax", omax)
    absolute = dose_occupancy(dose_mg, ed50_mg, omax)
    goal = positive("target", fraction("target", target))
    return OccupancyRatios(absolute, np.asarray(absolute / plateau), np.asarray(absolute / goal))


def doubling_gain(dose_mg: ArrayLike, ed50_mg: ArrayLike, omax: ArrayLike = 1.0) -> Floats:
    r"""Occupancy gained when a dose is doubled.

    .. math:: O(2D) - O(D) = O_{max} \frac{ED_{50} D}{(ED_{50} + D)(ED_{50} + 2D)}

    Parameters
    ----------
    dose_mg : array_like, mg/day
        Dose before doubling, at least 0.
    ed50_mg : array_like, mg/day
        Dose of half the plateau, above 0.
    omax : array_like, dimensionless
        Plateau, 0 to 1.

    Returns
    -------
    ndarray, dimensionless
        Gain in the broadcast shape; largest at ``ed50_mg / sqrt(2)``.

    Raises
    ------
    ValueError
        If an argument is not finite or outside its range.

    Notes
    -----
    Leaves out supra-proportional kinetics (paroxetine, fluoxetine), where twice the dose is more
    than twice the level.

    References
    ----------
    sorensen2022
    """
    dose = nonnegative("dose_mg", dose_mg)
    ed50 = positive("ed50_mg", ed50_mg)
    # Two ratios below 1, so that neither a tiny nor a huge dose over- or underflows.
    return np.asarray(fraction("omax", omax) * (ed50 / (ed50 + dose)) * (dose / (ed50 + 2 * dose)))
