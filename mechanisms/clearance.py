"""What clears a drug in this patient: kidney, liver, genes, and the other drugs on the list."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mechanisms import drugs
from mechanisms._checks import Floats, fraction, nonnegative, positive

L_PER_H_PER_ML_PER_MIN = 0.06


def creatinine_clearance(
    age_years: ArrayLike, weight_kg: ArrayLike, creatinine_mg_dL: ArrayLike, female: ArrayLike
) -> Floats:
    r"""Creatinine clearance by the Cockcroft-Gault formula.

    .. math:: CL_{cr} = \frac{(140 - \text{age})\,W}{72\,S_{cr}} \times
              \begin{cases} 0.85 & \text{women} \\ 1 & \text{men} \end{cases}

    Parameters
    ----------
    age_years : array_like, years
        From 18 up to below 140.
    weight_kg : array_like, kg
        Body weight, above 0.
    creatinine_mg_dL : array_like, mg/dL
        Serum creatinine, above 0 (1 mg/dL is 88.4 umol/L).
    female : array_like of bool
        Whether the patient is a woman.

    Returns
    -------
    ndarray, mL/min

    Raises
    ------
    ValueError
        If an age is outside [18, 140) or another argument is not positive.

    Notes
    -----
    Leaves out unstable creatinine, very low muscle mass and obesity (which weight to use).

    References
    ----------
    cockcroft1976
    """
    age = positive("age_years", age_years)
    if ((age < 18) | (age >= 140)).any():
        raise ValueError(f"age_years must be from 18 to below 140, got {age_years!r}")
    sex = np.where(np.asarray(female, dtype=bool), 0.85, 1.0)
    weight = positive("weight_kg", weight_kg)
    return np.asarray(
        sex * (140 - age) * weight / (72 * positive("creatinine_mg_dL", creatinine_mg_dL))
    )


def renal_clearance(
    creatinine_clearance_mL_min: ArrayLike, ratio: ArrayLike | None = None
) -> Floats:
    r"""Clearance of a drug that leaves by the kidney alone.

    .. math:: CL/F = r\;CL_{cr}

    Parameters
    ----------
    creatinine_clearance_mL_min : array_like, mL/min
        Creatinine clearance, above 0.
    ratio : array_like, dimensionless, optional
        Drug over creatinine clearance, above 0; pregabalin's if left out.

    Returns
    -------
    ndarray, L/h

    Raises
    ------
    ValueError
        If an argument is not positive.

    Notes
    -----
    Leaves out secretion that saturates, dialysis and metabolism.

    References
    ----------
    shoji2011
    """
    if ratio is None:
        ratio = float(drugs.get("pregabalin").parameter("oral_clearance_per_clcr"))
    clcr = positive("creatinine_clearance_mL_min", creatinine_clearance_mL_min)
    return np.asarray(L_PER_H_PER_ML_PER_MIN * positive("ratio", ratio) * clcr)


def renal_dose(
    dose_mg: ArrayLike,
    creatinine_clearance_mL_min: ArrayLike,
    reference_mL_min: ArrayLike | None = None,
    fraction_renal: ArrayLike = 1.0,
) -> Floats:
    r"""Dose that keeps the average level when the kidney is slower.

    .. math:: D' = D\left[1 - f_e + f_e\,\frac{CL_{cr}}{CL_{cr,0}}\right]

    Parameters
    ----------
    dose_mg : array_like, mg
        Dose at the reference clearance, at least 0.
    creatinine_clearance_mL_min, reference_mL_min : array_like, mL/min
        Of the patient and of the reference, above 0; the usual reference if left out.
    fraction_renal : array_like, dimensionless
        Part of the clearance that is renal, 0 to 1.

    Returns
    -------
    ndarray, mg

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Leaves out the interval: half-life grows too, so peaks fall and steady state comes later.

    References
    ----------
    rowland2011
    """
    share = fraction("fraction_renal", fraction_renal)
    clcr = positive("creatinine_clearance_mL_min", creatinine_clearance_mL_min)
    if reference_mL_min is None:
        reference_mL_min = float(drugs.constant("reference.creatinine_clearance_mL_min"))
    relative = clcr / positive("reference_mL_min", reference_mL_min)
    return np.asarray(nonnegative("dose_mg", dose_mg) * (1 - share + share * relative))


def hepatic_availability(unbound_intrinsic_clearance: ArrayLike, liver_flow: ArrayLike) -> Floats:
    r"""Part of a dose that escapes its first pass through a well-stirred liver.

    .. math:: F_H = \frac{Q}{Q + f_u\,CL_{int}}

    Parameters
    ----------
    unbound_intrinsic_clearance : array_like, L/h
        :math:`f_u\,CL_{int}`, at least 0.
    liver_flow : array_like, L/h
        Q, above 0.

    Returns
    -------
    ndarray, dimensionless

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Leaves out the gut wall, portal shunts, and the ratio of blood to plasma.

    References
    ----------
    wilkinson1975
    """
    q = positive("liver_flow", liver_flow)
    return np.asarray(
        q / (q + nonnegative("unbound_intrinsic_clearance", unbound_intrinsic_clearance))
    )


def intrinsic_clearance(availability: ArrayLike, liver_flow: ArrayLike) -> Floats:
    r"""Unbound intrinsic clearance behind a first-pass availability.

    .. math:: f_u\,CL_{int} = Q\,\frac{1 - F_H}{F_H}

    Parameters
    ----------
    availability : array_like, dimensionless
        :math:`F_H`, above 0 and at most 1.
    liver_flow : array_like, L/h
        Q, above 0.

    Returns
    -------
    ndarray, L/h

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Leaves out the gut wall: if it takes its share, the liver needs less.

    References
    ----------
    wilkinson1975
    """
    f = positive("availability", fraction("availability", availability))
    return np.asarray(positive("liver_flow", liver_flow) * (1 - f) / f)


def hepatic_clearance(unbound_intrinsic_clearance: ArrayLike, liver_flow: ArrayLike) -> Floats:
    r"""Clearance by a well-stirred liver.

    .. math:: CL_H = Q\,(1 - F_H) = \frac{Q\,f_u\,CL_{int}}{Q + f_u\,CL_{int}}

    Parameters
    ----------
    unbound_intrinsic_clearance : array_like, L/h
        :math:`f_u\,CL_{int}`, at least 0.
    liver_flow : array_like, L/h
        Q, above 0; the clearance never exceeds it.

    Returns
    -------
    ndarray, L/h

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Leaves out the gut wall, portal shunts, and the ratio of blood to plasma.

    References
    ----------
    wilkinson1975
    """
    escaped = hepatic_availability(unbound_intrinsic_clearance, liver_flow)
    return np.asarray(positive("liver_flow", liver_flow) * (1 - escaped))


def hepatic_exposure_ratio(
    intrinsic_ratio: ArrayLike,
    availability: ArrayLike,
    flow_ratio: ArrayLike = 1.0,
    shunt: ArrayLike = 0.0,
) -> Floats:
    r"""Oral exposure in liver disease over exposure in health.

    .. math:: \frac{AUC'}{AUC} = \frac{F'}{F}\,\frac{CL}{CL'}, \qquad
              F' = s + (1 - s) F_H', \quad CL' = (1 - s)\,Q'\,(1 - F_H')

    Parameters
    ----------
    intrinsic_ratio : array_like, dimensionless
        Intrinsic clearance left, above 0.
    availability : array_like, dimensionless
        First-pass availability in health, strictly between 0 and 1.
    flow_ratio : array_like, dimensionless
        Liver blood flow left (portal and arterial), above 0.
    shunt : array_like, dimensionless
        Part of the portal and hepatic flow that bypasses the liver cells, 0 to below 1.

    Returns
    -------
    ndarray, dimensionless

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Without a shunt the ratio is 1/`intrinsic_ratio` at any extraction. Availability alone can rise
    at most to 1, that is 1/`availability`-fold. Leaves out the gut wall and protein binding.

    References
    ----------
    wilkinson1975
    """
    f = positive("availability", fraction("availability", availability))
    bypass = fraction("shunt", shunt)
    if (f == 1).any() or (bypass == 1).any():
        raise ValueError("availability and shunt must be below 1, got 1")
    flow = positive("flow_ratio", flow_ratio)
    intrinsic = intrinsic_clearance(f, 1.0)
    ill = hepatic_availability(
        intrinsic * positive("intrinsic_ratio", intrinsic_ratio), flow * (1 - bypass)
    )
    escaped = bypass + (1 - bypass) * ill
    cleared = flow * (1 - bypass) * (1 - ill)
    return np.asarray(escaped / f * (1 - f) / cleared)


def fraction_metabolised(poor_metaboliser_ratio: ArrayLike) -> Floats:
    r"""Part of the clearance by an enzyme, from the exposure of those who lack it.

    .. math:: f_m = 1 - \frac{1}{r_{PM}}

    Parameters
    ----------
    poor_metaboliser_ratio : array_like, dimensionless
        Exposure of poor over normal metabolisers, at least 1.

    Returns
    -------
    ndarray, dimensionless

    Raises
    ------
    ValueError
        If a ratio is below 1.

    Notes
    -----
    Leaves out drugs that inhibit their own enzyme: there the steady-state ratio understates f_m.

    References
    ----------
    rowland1973
    """
    ratio = positive("poor_metaboliser_ratio", poor_metaboliser_ratio)
    if (ratio < 1).any():
        raise ValueError(f"poor_metaboliser_ratio must be at least 1, got {float(np.min(ratio)):g}")
    return np.asarray(1 - 1 / ratio)


def diplotype_activity(first: ArrayLike, second: ArrayLike) -> Floats:
    r"""Mean activity of the two alleles of an enzyme.

    .. math:: a = \tfrac12 (a_1 + a_2)

    Parameters
    ----------
    first, second : array_like, dimensionless
        Activity of each allele: 0 null, 1 normal, above 1 increased; at least 0.

    Returns
    -------
    ndarray, dimensionless

    Raises
    ------
    ValueError
        If an activity is negative.

    Notes
    -----
    Leaves out gene copies beyond two and alleles whose activity depends on the drug.

    References
    ----------
    jukic2018
    """
    return np.asarray((nonnegative("first", first) + nonnegative("second", second)) / 2)


def activity_from_exposure(ratio: ArrayLike, fm: ArrayLike) -> Floats:
    r"""Enzyme activity behind an exposure ratio.

    .. math:: a = \frac{1/r - (1 - f_m)}{f_m}

    Parameters
    ----------
    ratio : array_like, dimensionless
        Exposure over that of normal metabolisers, above 0 and at most :math:`1/(1 - f_m)`.
    fm : array_like, dimensionless
        Part of the normal clearance by the enzyme, above 0 and at most 1.

    Returns
    -------
    ndarray, dimensionless

    Raises
    ------
    ValueError
        If a ratio is above what total loss of the enzyme allows.

    Notes
    -----
    Leaves out other routes that change along with the gene.

    References
    ----------
    rowland1973
    """
    share = positive("fm", fraction("fm", fm))
    activity = (1 / positive("ratio", ratio) - (1 - share)) / share
    if (activity < -1e-12).any():
        raise ValueError(f"ratio must be at most 1/(1 - fm), got {ratio!r} with fm {fm!r}")
    return np.asarray(np.maximum(activity, 0.0))


def relative_exposure(fm: ArrayLike, activity: ArrayLike) -> Floats:
    r"""Exposure relative to normal metabolisers.

    .. math:: r = \frac{1}{1 - f_m + f_m\,a}

    Parameters
    ----------
    fm : array_like, dimensionless
        Part of the normal clearance by the enzyme, 0 to 1.
    activity : array_like, dimensionless
        Enzyme activity a, at least 0 (1 normal); above 0 where `fm` is 1.

    Returns
    -------
    ndarray, dimensionless

    Raises
    ------
    ValueError
        If an argument is out of range or no clearance is left.

    Notes
    -----
    Leaves out first pass through the gut and enzymes other than this one.

    References
    ----------
    rowland1973
    """
    share = fraction("fm", fm)
    left = 1 - share + share * nonnegative("activity", activity)
    if (left <= 0).any():
        raise ValueError(
            "activity must be above 0 where fm is 1, got 0: nothing would clear the drug"
        )
    return np.asarray(1 / left)


def phenoconverted_activity(activity: ArrayLike, inhibitor_over_ki: ArrayLike) -> Floats:
    r"""Enzyme activity that an inhibitor leaves of what the genes gave.

    .. math:: a' = \frac{a}{1 + I/K_i}

    Parameters
    ----------
    activity : array_like, dimensionless
        Activity by genotype, at least 0.
    inhibitor_over_ki : array_like, dimensionless
        Inhibitor level over its inhibition constant, at least 0.

    Returns
    -------
    ndarray, dimensionless

    Raises
    ------
    ValueError
        If an argument is negative.

    Notes
    -----
    A model, not a guideline: no agreed way exists to correct phenotypes of this drug class for
    inhibitors. Leaves out inactivation and its slow recovery.

    References
    ----------
    bousman2023
    """
    strength = nonnegative("inhibitor_over_ki", inhibitor_over_ki)
    return np.asarray(nonnegative("activity", activity) / (1 + strength))


def interaction_ratio(
    fm: ArrayLike, inhibitor_over_ki: ArrayLike, activity: ArrayLike = 1.0
) -> Floats:
    r"""Exposure with an inhibitor over exposure without, in a patient of given genotype.

    .. math:: \mathrm{AUCR} = \frac{1 - f_m + f_m a}{1 - f_m + f_m a / (1 + I/K_i)}
              \;\le\; \frac{1}{1 - f_m} \quad (a = 1)

    Parameters
    ----------
    fm : array_like, dimensionless
        Part of the normal clearance by the inhibited enzyme, 0 to 1.
    inhibitor_over_ki : array_like, dimensionless
        Inhibitor level over its inhibition constant, at least 0.
    activity : array_like, dimensionless
        Enzyme activity by genotype, at least 0; with 0 nothing is left to inhibit.

    Returns
    -------
    ndarray, dimensionless
        At least 1.

    Raises
    ------
    ValueError
        If an argument is out of range or no clearance is left.

    Notes
    -----
    Leaves out the gut wall (which raises the bound of triazolam and buspirone), induction, and
    the schedule of the inhibitor.

    References
    ----------
    rowland1973
    """
    with_inhibitor = phenoconverted_activity(activity, inhibitor_over_ki)
    return np.asarray(relative_exposure(fm, with_inhibitor) / relative_exposure(fm, activity))


def interaction_bound(fm: ArrayLike) -> Floats:
    r"""Largest exposure ratio that inhibition of one enzyme can cause.

    .. math:: \mathrm{AUCR}_{\max} = \frac{1}{1 - f_m}

    Parameters
    ----------
    fm : array_like, dimensionless
        Part of the clearance by the enzyme, 0 to 1.

    Returns
    -------
    ndarray, dimensionless
        Infinite where `fm` is 1.

    Raises
    ------
    ValueError
        If `fm` is outside [0, 1].

    Notes
    -----
    Leaves out first pass through the gut wall.

    References
    ----------
    rowland1973
    """
    rest = 1 - fraction("fm", fm)
    return np.asarray(np.where(rest == 0, np.inf, 1 / np.where(rest == 0, 1.0, rest)))


def inhibition_from_ratio(ratio: ArrayLike, fm: ArrayLike) -> Floats:
    r"""Strength of an inhibitor from one exposure ratio.

    .. math:: \frac{I}{K_i} = \frac{f_m}{1/\mathrm{AUCR} - (1 - f_m)} - 1

    Parameters
    ----------
    ratio : array_like, dimensionless
        Exposure with over exposure without, from 1 to below :math:`1/(1 - f_m)`.
    fm : array_like, dimensionless
        Part of the clearance by the inhibited enzyme, above 0 and at most 1.

    Returns
    -------
    ndarray, dimensionless

    Raises
    ------
    ValueError
        If a ratio is below 1 or at or above its bound.

    Notes
    -----
    Leaves out the victim's gut wall: a strength learned on one victim misleads on another there.

    References
    ----------
    rowland1973
    """
    share, aucr = positive("fm", fraction("fm", fm)), positive("ratio", ratio)
    left = 1 / aucr - (1 - share)
    if (aucr < 1).any() or (left <= 1e-12).any():
        raise ValueError(
            f"ratio must be at least 1 and below 1/(1 - fm), got {ratio!r} with fm {fm!r}"
        )
    return np.asarray(share / left - 1)
