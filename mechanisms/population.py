"""Populations: virtual patients who differ in size, kidneys, genes, clearance and habits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from mechanisms import clearance, dosing, drugs, receptors, serotonin
from mechanisms._checks import Floats, finite, fraction, nonnegative, positive
from mechanisms.drugs import constant
from mechanisms.serotonin import RapheCourse

PHENOTYPES = ("poor", "intermediate", "normal", "ultrarapid")
HOURS_PER_DAY = 24.0


@dataclass(frozen=True)
class VirtualPatients:
    """Virtual patients, one entry of each array per patient.

    Phenotypes are indices into `PHENOTYPES`, activities relative to normal metabolisers; the
    factors multiply typical clearance (at equal genotype) and volume and have median 1.
    """

    seed: int
    age_years: Floats
    female: NDArray[np.bool_]
    weight_kg: Floats
    creatinine_mg_dL: Floats
    creatinine_clearance_mL_min: Floats
    cyp2c19: NDArray[np.intp]
    cyp2c19_activity: Floats
    cyp2d6: NDArray[np.intp]
    cyp2d6_activity: Floats
    clearance_factor: Floats
    volume_factor: Floats
    adherence: Floats

    def __len__(self) -> int:
        """Return the number of patients."""
        return int(self.age_years.size)

    def relative_clearance(self, fm_cyp2c19: ArrayLike = 0.0, fm_cyp2d6: ArrayLike = 0.0) -> Floats:
        """Return clearance relative to a typical normal metaboliser, given the enzymes' shares."""
        share_c19, share_d6 = fraction("fm_cyp2c19", fm_cyp2c19), fraction("fm_cyp2d6", fm_cyp2d6)
        if (share_c19 + share_d6 > 1).any():
            raise ValueError(
                "fm_cyp2c19 and fm_cyp2d6 must sum to at most 1, got "
                f"{float(np.max(share_c19 + share_d6)):g}"
            )
        left = 1 - share_c19 * (1 - self.cyp2c19_activity) - share_d6 * (1 - self.cyp2d6_activity)
        return np.asarray(self.clearance_factor * left)


@dataclass(frozen=True)
class PopulationCourse:
    """Weeks of treatment in a population: patients first, days last.

    `ng_per_mL` is the average level of each day; day 0 is before the first dose. `raphe` holds the
    feedback loop on the same days.
    """

    t_days: Floats
    ng_per_mL: Floats
    occupancy: Floats
    raphe: RapheCourse


def lognormal_factor(z: ArrayLike, cv: ArrayLike) -> Floats:
    r"""Log-normal multiplier with median 1 from a standard normal deviate.

    .. math:: e^{\omega z}, \qquad \omega = \sqrt{\ln(1 + \mathrm{CV}^2)}

    Parameters
    ----------
    z : array_like, standard deviations
        Standard normal deviates.
    cv : array_like, dimensionless
        Coefficient of variation of the multiplier (0.4 for 40 %), at least 0.

    Returns
    -------
    ndarray, dimensionless

    Raises
    ------
    ValueError
        If a deviate is not finite or a coefficient is negative.

    Notes
    -----
    Median 1, not mean 1: the mean patient clears more than the typical one. Leaves out correlation
    between parameters.

    References
    ----------
    rowland2011
    """
    omega = np.sqrt(np.log1p(nonnegative("cv", cv) ** 2))
    return np.asarray(np.exp(omega * finite("z", z)))


def phenotype(uniform: ArrayLike, frequencies: ArrayLike) -> NDArray[np.intp]:
    r"""Phenotype of each patient from a uniform number and the frequencies.

    .. math:: i = \min\left\{ k : u < \textstyle\sum_{j \le k} f_j \right\}

    Parameters
    ----------
    uniform : array_like, dimensionless
        Numbers in [0, 1].
    frequencies : array_like (K,), dimensionless
        Shares of the phenotypes; they are scaled to sum to 1.

    Returns
    -------
    ndarray of int
        Index of the phenotype.

    Raises
    ------
    ValueError
        If a number is outside [0, 1], a share is negative, or the shares are far from 1 together.

    Notes
    -----
    Leaves out ancestry, on which all frequencies depend.

    References
    ----------
    bousman2023
    """
    share = np.atleast_1d(fraction("frequencies", frequencies))
    if share.ndim != 1 or abs(share.sum() - 1) > 0.02:
        raise ValueError(f"frequencies must be one list that sums to 1, got {share.tolist()}")
    edges = np.cumsum(share / share.sum())[:-1]
    return np.asarray(np.searchsorted(edges, fraction("uniform", uniform), side="right"))


def _list(prefix: str) -> Floats:
    return np.array([float(constant(f"{prefix}_{name}")) for name in PHENOTYPES])


def _share(name: str) -> float:
    return constant(name).fraction


def virtual_patients(
    n: int,
    seed: int = 0,
    clearance_cv: float | None = None,
    volume_cv: float | None = None,
    adherence_mean: float | None = None,
    age_mean_years: float | None = None,
) -> VirtualPatients:
    r"""Draw virtual adult patients.

    .. math:: \ln W, \ln S_{cr}, \ln CL, \ln V \sim \mathcal N, \quad
              \text{age} \sim \mathcal N \text{ truncated}, \quad
              q \sim \mathrm{Beta}(\kappa m, \kappa(1 - m))

    Parameters
    ----------
    n : int, patients
        At least 1.
    seed : int
        Seed. The same seed gives the same people whatever the other arguments are, because every
        property is a function of the same underlying uniform numbers.
    clearance_cv, volume_cv : float, dimensionless, optional
        Between-subject coefficients of variation at equal genotype, at least 0.
    adherence_mean : float, dimensionless, optional
        Mean share of doses taken, in [0, 1].
    age_mean_years : float, years, optional
        Mean age before truncation, above 0.

    Returns
    -------
    VirtualPatients
        Arrays of shape (n,).

    Raises
    ------
    ValueError
        If a number is out of range.

    Notes
    -----
    Most spreads are assumed (see the parameter table); the CYP2C19 groups are those of one
    Norwegian sample. Leaves out correlation between properties other than through sex and age,
    liver disease, smoking and co-medication.

    References
    ----------
    braten2020, cockcroft1976
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}")
    # strictly inside (0, 1), so that every inverse is finite
    u = (np.random.default_rng(seed).integers(0, 2**52, size=(9, n)) + 0.5) / 2.0**52
    z = special.ndtri(u)
    mean = positive("age_mean_years", _given("population.age_mean_y", age_mean_years))
    sd = float(constant("population.age_sd_y"))
    low, high = (
        float(special.ndtr((float(constant(f"population.age_{end}_y")) - mean) / sd))
        for end in ("low", "high")
    )
    age = mean + sd * special.ndtri(low + u[0] * (high - low))
    female = u[1] < _share("population.female_share")
    weight, creatinine = (
        np.where(
            female,
            float(constant(f"population.{name}_women_{unit}")),
            float(constant(f"population.{name}_men_{unit}")),
        )
        * lognormal_factor(deviate, _share(f"population.{name}_cv"))
        for name, unit, deviate in (("weight", "kg", z[2]), ("creatinine", "mg_dL", z[3]))
    )
    c19, d6 = (
        phenotype(u[row], _list(f"population.{gene}"))
        for row, gene in ((4, "cyp2c19"), (5, "cyp2d6"))
    )
    m = fraction("adherence_mean", _given("population.adherence_mean", adherence_mean))
    weight_of_mean = float(constant("population.adherence_concentration"))
    edge = (m == 0) | (m == 1)
    inner = np.where(edge, 0.5, m)
    spread = special.betaincinv(weight_of_mean * inner, weight_of_mean * (1 - inner), u[8])
    return VirtualPatients(
        seed,
        age,
        female,
        weight,
        creatinine,
        clearance.creatinine_clearance(age, weight, creatinine, female),
        c19,
        _list("cyp2c19.activity")[c19],
        d6,
        _list("cyp2d6.activity")[d6],
        lognormal_factor(z[6], _spread("population.clearance_cv", clearance_cv)),
        lognormal_factor(z[7], _spread("population.volume_cv", volume_cv)),
        np.where(edge, m, spread),
    )


def _given(name: str, value: float | None) -> float:
    return float(constant(name)) if value is None else value


def _spread(name: str, value: float | None) -> float:
    return _share(name) if value is None else value


def ssri_course(
    patients: VirtualPatients,
    dose_mg: ArrayLike,
    weeks: int = 12,
    drug: str = "sertraline",
    fm_cyp2c19: float | None = None,
    fm_cyp2d6: float = 0.0,
    account: Callable[..., RapheCourse] = serotonin.desensitisation,
    where: serotonin.Region | None = None,
) -> PopulationCourse:
    r"""Weeks of a daily SSRI in a population, from the doses taken to the raphe.

    .. math:: CL_i = \frac{1000}{24\,\ell}\,c_i, \qquad
              \rho_i(t) = \frac{f_u \bar C_i(t)}{f_u \bar C_i(t) + K_d}

    with :math:`\ell` the typical level per mg/day and :math:`c_i` the relative clearance.

    Parameters
    ----------
    patients : VirtualPatients
        n patients.
    dose_mg : array_like, mg/day
        One dose for all; a schedule for everybody, shape (days,) or (1, days); one dose per
        patient, shape (n,) or (n, 1); or one per patient and day, shape (n, days). Where n equals
        the number of days, a single list could be either and is refused: give it two axes.
    weeks : int, weeks
        At least 1.
    drug : str
        An SSRI with linear kinetics whose level per dose is known.
    fm_cyp2c19, fm_cyp2d6 : float, dimensionless
        Share of the enzymes in its clearance; the CYP2C19 share of sertraline or escitalopram is
        used if left out, 0 for others.
    account : callable
        `serotonin.desensitisation` or `serotonin.homeostatic_drive`.
    where : serotonin.Region, optional
        Terminal region; hippocampus-like if left out.

    Returns
    -------
    PopulationCourse
        Days 0 to 7 x weeks; arrays (n, days + 1).

    Raises
    ------
    ValueError
        If a dose or share is out of range or shapes do not match.
    KeyError
        If the drug is unknown or lacks a parameter.

    Notes
    -----
    Doses are missed at random by each patient's adherence. Occupancy follows the day's average
    level at once. Leaves out nonlinear kinetics (paroxetine, fluvoxamine), active metabolites,
    differences in protein binding and in the transporter.

    References
    ----------
    mauri2002, braten2020
    """
    if weeks < 1:
        raise ValueError(f"weeks must be at least 1, got {weeks}")
    n, days = len(patients), 7 * weeks
    dose = nonnegative("dose_mg", dose_mg)
    if dose.ndim == 1 and dose.size == n != 1:
        if n == days:
            raise ValueError(
                f"dose_mg of shape {dose.shape} could be one dose per patient or per day; give it "
                f"shape ({n}, 1) or (1, {days})"
            )
        dose = dose[:, np.newaxis]
    try:
        planned = np.broadcast_to(dose, (n, days))
    except ValueError:
        raise ValueError(
            f"dose_mg must be one dose, {days} daily doses, one dose for each of {n} patients or "
            f"({n}, {days}), got shape {dose.shape}"
        ) from None
    if fm_cyp2c19 is None:
        name = f"cyp2c19.fm_{drug}"
        fm_cyp2c19 = float(constant(name)) if name in drugs.constants() else 0.0

    about = drugs.get(drug)
    typical = 1000.0 / (HOURS_PER_DAY * float(about.parameter("level_per_mg_ng_mL")))
    elimination = np.log(2) / float(about.parameter("half_life_h"))
    ka = dosing.absorption_rate(float(about.parameter("tmax_h")), elimination)
    took = dosing.doses_missed(
        patients.adherence,
        days,
        patients.seed + 1,
        _share("population.missed_dose_persistence"),
    )
    levels = dosing.interval_course(
        planned * took,
        ka,
        typical * patients.relative_clearance(fm_cyp2c19, fm_cyp2d6),
        typical / elimination * patients.volume_factor,
    ).average_ng_per_mL
    level = np.concatenate([np.zeros((n, 1)), levels], axis=1)
    free = receptors.free_concentration(level, about.fu.fraction, float(about.molar_mass))
    occupied = receptors.occupancy(free, float(drugs.affinity(drug, "SERT")))
    t_days = np.arange(days + 1, dtype=np.float64)
    return PopulationCourse(t_days, level, occupied, account(t_days, occupied, where))
