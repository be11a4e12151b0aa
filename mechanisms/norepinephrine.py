"""Norepinephrine: its transporter, the brake on its nucleus, and dual reuptake inhibitors.

Two accounts of what a dual reuptake inhibitor does to norepinephrine stand side by side with one
signature. In the first the alpha2 autoreceptor quiets the locus coeruleus; in the second serotonin
does, before the norepinephrine transporter is blocked at all. All levels are relative to baseline.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike

from mechanisms import drugs
from mechanisms._checks import Floats, fraction, nonnegative, positive
from mechanisms.drugs import Quantity
from mechanisms.feedback import Autoreceptor, LoopState, Release, Reuptake, clearance, loop
from mechanisms.receptors import dose_occupancy, free_concentration

__all__ = [
    "ACCOUNTS",
    "Account",
    "DoseCurve",
    "DualOccupancy",
    "Scan",
    "SelectivityRow",
    "alpha2_account",
    "brake",
    "dose_curve",
    "firing_dose_curve",
    "firing_ed50_ratio",
    "occupancy_for_firing",
    "scan_biphasic",
    "scan_grid",
    "selectivity_ratio",
    "selectivity_table",
    "serotonin_first_account",
    "snri_occupancy",
    "summed_occupancy",
]

_TRANSPORTERS = ("SERT", "NET")


class Account(Protocol):
    """What both accounts accept: occupancies of the two transporters and the other clearance."""

    def __call__(
        self,
        sert: ArrayLike,
        net: ArrayLike,
        *,
        other_soma: ArrayLike | None = None,
        other_terminal: ArrayLike | None = None,
    ) -> LoopState:
        """Return firing, somatic and terminal norepinephrine relative to baseline."""
        ...


class DoseCurve(NamedTuple):
    """Along a dose (mg/day): occupancy of SERT and NET, firing and terminal norepinephrine."""

    dose_mg: Floats
    sert: Floats
    net: Floats
    firing: Floats
    terminal: Floats


class Scan(NamedTuple):
    """How often a parameter grid gives the textbook shape.

    `lowest` and `final` are terminal norepinephrine at its lowest and at the highest occupancy, one
    per set; `dips` and `biphasic` (a dip and a later rise) count sets.
    """

    lowest: Floats
    final: Floats
    total: int
    dips: int
    biphasic: int


class DualOccupancy(NamedTuple):
    """Occupied fractions of both transporters, and free levels (nM) of drug and metabolites."""

    sert: Floats
    net: Floats
    ligands: tuple[str, ...]
    free_nM: Floats


class SelectivityRow(NamedTuple):
    """One way to state how much more drug NET needs than SERT."""

    route: str
    ratio: float
    sert: Quantity
    net: Quantity


def brake(
    gain: ArrayLike | None = None, hill: ArrayLike | None = None, floor: ArrayLike | None = None
) -> Autoreceptor:
    """Alpha2A autoreceptor of the locus coeruleus.

    Parameters
    ----------
    gain, hill, floor : array_like, dimensionless, optional
        As in `feedback.Autoreceptor`; by default the constants ``locus_coeruleus.alpha2_gain``,
        ``.alpha2_hill`` and ``.firing_floor``.

    Returns
    -------
    Autoreceptor
        The brake.

    Raises
    ------
    ValueError
        If a value is out of range.

    Notes
    -----
    The default gain is read off what antagonists do to a resting brain; its steepness is assumed.

    References
    ----------
    fernandez2002
    """
    return Autoreceptor(
        _default("alpha2_gain", gain),
        _default("alpha2_hill", hill),
        _default("firing_floor", floor),
    )


def alpha2_account(
    sert: ArrayLike,
    net: ArrayLike,
    *,
    other_soma: ArrayLike | None = None,
    other_terminal: ArrayLike | None = None,
    somatic_share: ArrayLike | None = None,
    autoreceptor: Autoreceptor | None = None,
    terminal: Autoreceptor | None = None,
    sensitivity: ArrayLike = 1.0,
    agonist: ArrayLike = 0.0,
) -> LoopState:
    r"""Account 1: NET block raises norepinephrine around the cell, alpha2 slows the firing.

    .. math:: f = f(e_S), \qquad e_S = \frac{\varphi + (1 - \varphi) f}{\rho_S(N)}, \qquad
              e_T = \frac{f}{\rho_T(N)}

    Parameters
    ----------
    sert : array_like, dimensionless
        SERT occupancy, 0 to 1; plays no part in this account.
    net : array_like, dimensionless
        NET occupancy, 0 to 1.
    other_soma, other_terminal : array_like, dimensionless, optional
        Clearance by other routes over that of NET; by default
        ``locus_coeruleus.non_net_clearance``.
    somatic_share : array_like, dimensionless, optional
        Somatic release that does not depend on firing, 0 to 1.
    autoreceptor, terminal : Autoreceptor, optional
        Somatic brake (by default `brake()`) and a brake on terminal release (by default none).
    sensitivity : array_like, dimensionless
        Sensitivity of the somatic brake; 0 is a full antagonist.
    agonist : array_like, dimensionless
        Alpha2 agonist such as clonidine, in units of baseline norepinephrine.

    Returns
    -------
    LoopState
        Firing, somatic and terminal norepinephrine relative to baseline.

    Raises
    ------
    ValueError
        If a value is out of range.

    Notes
    -----
    Firing falls monotonically with NET block, as reboxetine shows, and the somatic receptor does
    not adapt. Leaves out the tonic and phasic modes of firing and 5-HT2A input.

    References
    ----------
    szabo2001, parini2005
    """
    blocked = np.broadcast_arrays(fraction("sert", sert), fraction("net", net))[1]
    return loop(
        blocked,
        Release(_default("firing_independent_release", somatic_share), terminal),
        Reuptake(
            _default("non_net_clearance", other_soma), _default("non_net_clearance", other_terminal)
        ),
        brake() if autoreceptor is None else autoreceptor,
        sensitivity=sensitivity,
        agonist=agonist,
    )


def serotonin_first_account(
    sert: ArrayLike,
    net: ArrayLike,
    *,
    other_soma: ArrayLike | None = None,
    other_terminal: ArrayLike | None = None,
    inhibition: ArrayLike | None = None,
) -> LoopState:
    r"""Account 2: serotonin quiets the locus coeruleus early, NET block raises the level later.

    .. math:: f = 1 - i\,S, \qquad e_S = \frac{f}{\rho_S(N)}, \qquad e_T = \frac{f}{\rho_T(N)}

    Parameters
    ----------
    sert : array_like, dimensionless
        SERT occupancy, 0 to 1.
    net : array_like, dimensionless
        NET occupancy, 0 to 1.
    other_soma, other_terminal : array_like, dimensionless, optional
        Clearance by other routes over that of NET; by default
        ``locus_coeruleus.non_net_clearance``.
    inhibition : array_like, dimensionless, optional
        Share of firing lost at full SERT block, 0 to 1; by default
        ``locus_coeruleus.sert_inhibition``.

    Returns
    -------
    LoopState
        Firing, somatic and terminal norepinephrine relative to baseline.

    Raises
    ------
    ValueError
        If a value is out of range.

    Notes
    -----
    A hypothesis: serotonin-only drugs do lower firing, but after weeks and not after two days, and
    the size is not known. Leaves out alpha2 feedback altogether.

    References
    ----------
    blier2011, szabo1999, west2009
    """
    i = fraction("inhibition", _default("sert_inhibition", inhibition))
    firing = 1 - i * fraction("sert", sert)
    rho_s = clearance(net, _default("non_net_clearance", other_soma))
    rho_t = clearance(net, _default("non_net_clearance", other_terminal))
    shape = np.broadcast_shapes(firing.shape, rho_s.shape, rho_t.shape)
    return LoopState(
        *(np.broadcast_to(value, shape) for value in (firing, firing / rho_s, firing / rho_t))
    )


ACCOUNTS: Mapping[str, Account] = MappingProxyType(
    {"alpha2": alpha2_account, "serotonin first": serotonin_first_account}
)
"""The two rival accounts by name."""


def dose_curve(
    dose_mg: ArrayLike,
    sert_ed50_mg: ArrayLike,
    net_ed50_mg: ArrayLike,
    account: str = "alpha2",
    *,
    other_soma: ArrayLike | None = None,
    other_terminal: ArrayLike | None = None,
) -> DoseCurve:
    r"""Follow firing and terminal norepinephrine along the dose of a dual reuptake inhibitor.

    .. math:: S = \frac{D}{D + ED_{50,S}}, \qquad N = \frac{D}{D + ED_{50,N}}

    Parameters
    ----------
    dose_mg : array_like, mg/day
        Daily dose, at least 0.
    sert_ed50_mg, net_ed50_mg : array_like, mg/day
        Dose of half occupancy of each transporter, above 0.
    account : str
        One of `ACCOUNTS`.
    other_soma, other_terminal : array_like, dimensionless, optional
        As in the accounts.

    Returns
    -------
    DoseCurve
        Doses, both occupancies, firing and terminal norepinephrine, in the broadcast shape.

    Raises
    ------
    KeyError
        If the account is unknown.
    ValueError
        If a dose is negative or an ED50 not positive.

    Notes
    -----
    Leaves out the spread of plasma level at one dose, which is larger than any step of it.

    References
    ----------
    sorensen2022, bymaster2001, tatsumi1997
    """
    if account not in ACCOUNTS:
        raise KeyError(f"unknown account {account!r}; known: {', '.join(ACCOUNTS)}")
    sert, net = np.broadcast_arrays(
        dose_occupancy(dose_mg, sert_ed50_mg), dose_occupancy(dose_mg, net_ed50_mg)
    )
    state = ACCOUNTS[account](sert, net, other_soma=other_soma, other_terminal=other_terminal)
    return DoseCurve(nonnegative("dose_mg", dose_mg), sert, net, state.firing, state.terminal)


def firing_dose_curve(dose: ArrayLike, ed50: ArrayLike, hill: ArrayLike = 1.0) -> Floats:
    r"""Describe the firing of raphe or locus coeruleus along the dose of an acute blocker.

    .. math:: f = \frac{1}{1 + (D / ED_{50})^{h}}

    Parameters
    ----------
    dose : array_like, same unit as `ed50`
        Intravenous dose, at least 0.
    ed50 : array_like
        Dose of half firing, above 0.
    hill : array_like, dimensionless
        Steepness, above 0; the abstracts read give ED50 only.

    Returns
    -------
    ndarray, dimensionless
        Firing relative to baseline.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    A description, not a mechanism (`occupancy_for_firing` is that).

    References
    ----------
    beique1999, kasamo1996
    """
    relative = nonnegative("dose", dose) / positive("ed50", ed50)
    return np.asarray(1 / (1 + relative ** positive("hill", hill)))


def occupancy_for_firing(
    firing: ArrayLike, release: Release, reuptake: Reuptake, autoreceptor: Autoreceptor
) -> Floats:
    r"""Transporter occupancy at which a feedback loop has slowed firing to a given level.

    .. math::
        e = \frac1A \left[\frac{1 + A^h}{y} - 1\right]^{1/h}, \quad
        y = \frac{f - r_{min}}{1 - r_{min}}, \quad
        O = 1 + n_s - (1 + n_s)\frac{\varphi + (1 - \varphi) f}{e}

    Parameters
    ----------
    firing : array_like, dimensionless
        Firing relative to baseline, above the floor and at most 1.
    release, reuptake, autoreceptor : Release, Reuptake, Autoreceptor
        The loop (`feedback.loop`); the gain must be above 0.

    Returns
    -------
    ndarray, dimensionless
        Occupancy, 0 to 1; nan where full block does not slow firing that far.

    Raises
    ------
    ValueError
        If the firing or the gain is out of range.

    Notes
    -----
    The loop run backwards, in closed form; leaves out what `feedback.loop` does.

    References
    ----------
    beique1999
    """
    f = fraction("firing", firing)
    floor = fraction("floor", autoreceptor.floor)
    if np.any(f <= floor):
        raise ValueError(f"firing must be above the floor {floor.max()}, got {f.min()}")
    gain, hill = positive("gain", autoreceptor.gain), positive("hill", autoreceptor.hill)
    y = (f - floor) / (1 - floor)
    level = ((1 + gain**hill) / y - 1) ** (1 / hill) / gain
    share = fraction("somatic_share", release.somatic_share)
    other = nonnegative("other_soma", reuptake.other_soma)
    occupied = (1 + other) * (1 - (share + (1 - share) * f) / level)
    return np.asarray(np.where(occupied <= 1, occupied, np.nan))


def firing_ed50_ratio(
    ki_ratio: ArrayLike, raphe_occupancy: ArrayLike, coeruleus_occupancy: ArrayLike
) -> Floats:
    r"""Dose that halves firing of the locus coeruleus over the dose that halves raphe firing.

    .. math:: \frac{ED_{50,LC}}{ED_{50,DRN}} =
        \frac{K_N}{K_S}\,\frac{O_N/(1 - O_N)}{O_S/(1 - O_S)}

    Parameters
    ----------
    ki_ratio : array_like, dimensionless
        NET over SERT inhibition constant, above 0.
    raphe_occupancy, coeruleus_occupancy : array_like, dimensionless
        Occupancy of SERT and of NET at half firing (`occupancy_for_firing`), inside (0, 1).

    Returns
    -------
    ndarray, dimensionless
        Equal to the ratio of constants if both loops are alike.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Assumes mass action and the same free level at both nuclei.

    References
    ----------
    beique1999, kasamo1996
    """
    odds = []
    for name, value in (
        ("coeruleus_occupancy", coeruleus_occupancy),
        ("raphe_occupancy", raphe_occupancy),
    ):
        occupied = fraction(name, value)
        if np.any((occupied <= 0) | (occupied >= 1)):
            raise ValueError(f"{name} must lie inside (0, 1), got {occupied.min()}")
        odds.append(occupied / (1 - occupied))
    return np.asarray(positive("ki_ratio", ki_ratio) * odds[0] / odds[1])


def scan_grid() -> Mapping[str, Floats]:
    """Parameter sets of the biphasic scan: 1,080 combinations over the stated ranges.

    Returns
    -------
    mapping of str to ndarray
        Flat arrays of shape (1080,): `other_soma`, `other_terminal` (six values each from 0.02 to
        2), `gain` (five from 0.1 to 10), `hill` (1, 2, 4) and `floor` (0 and 0.6); logarithmic
        spacing of the first three.

    Notes
    -----
    An earlier scan of the same ranges is known by its counts only, not by its grid.

    References
    ----------
    szabo2001
    """
    other = np.geomspace(0.02, 2.0, 6)
    axes = (other, other, np.geomspace(0.1, 10.0, 5), np.array([1.0, 2.0, 4.0]), np.array([0, 0.6]))
    names = ("other_soma", "other_terminal", "gain", "hill", "floor")
    sets = (axis.ravel() for axis in np.meshgrid(*axes, indexing="ij"))
    return MappingProxyType(dict(zip(names, sets, strict=True)))


def scan_biphasic(
    other_soma: ArrayLike,
    other_terminal: ArrayLike,
    gain: ArrayLike,
    hill: ArrayLike,
    floor: ArrayLike,
    *,
    somatic_share: ArrayLike = 0.0,
    highest_occupancy: float = 0.92,
    dip: float = 0.95,
    rise: float = 1.1,
) -> Scan:
    r"""Count parameter sets in which terminal norepinephrine first falls and later rises.

    .. math:: \min_O e_T(O) < 0.95 \quad\text{and}\quad e_T(0.92) > 1.1

    Parameters
    ----------
    other_soma, other_terminal, gain, hill, floor, somatic_share : array_like, dimensionless
        The loop, as in `alpha2_account` and `brake`; they broadcast to one shape of sets.
    highest_occupancy : float, dimensionless
        NET occupancy up to which the curve is followed, inside (0, 1).
    dip, rise : float, dimensionless
        Levels relative to baseline that count as a dip and as a rise.

    Returns
    -------
    Scan
        Lowest and final level of each set and the counts.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    The share of sets depends on the grid and has no probability meaning; the point is how rare the
    textbook shape is. `feedback.initial_slope` tells in closed form which sets fall at first.

    References
    ----------
    szabo2001
    """
    top = float(fraction("highest_occupancy", highest_occupancy))
    if not 0 < top < 1:
        raise ValueError(f"highest_occupancy must lie inside (0, 1), got {top}")
    low, high = float(positive("dip", dip)), float(positive("rise", rise))
    soma, terminal, a, h, r, phi = (
        np.asarray(value, dtype=np.float64)[..., np.newaxis]
        for value in (other_soma, other_terminal, gain, hill, floor, somatic_share)
    )
    curve = loop(
        np.linspace(0, top, 93), Release(phi), Reuptake(soma, terminal), Autoreceptor(a, h, r)
    ).terminal
    lowest, final = curve.min(axis=-1), curve[..., -1]
    dips = lowest < low
    return Scan(lowest, final, lowest.size, int(dips.sum()), int((dips & (final > high)).sum()))


def summed_occupancy(free_nM: ArrayLike, ki_nM: ArrayLike) -> Floats:
    r"""Occupancy by several ligands of one site together: parent drug and active metabolites.

    .. math:: O = \frac{\sum_i C_i / K_i}{1 + \sum_i C_i / K_i}

    Parameters
    ----------
    free_nM : array_like, nM
        Free levels with the ligands on the last axis, shape (..., m), at least 0.
    ki_nM : array_like, nM
        Inhibition constants, shape (..., m), above 0.

    Returns
    -------
    ndarray, dimensionless
        Occupied fraction without the ligand axis.

    Raises
    ------
    ValueError
        If a level is negative or a constant not positive.

    Notes
    -----
    Leaves out transport into brain; competition with the transmitter is inside the constants.

    References
    ----------
    owens1997
    """
    levels, constants = nonnegative("free_nM", free_nM), positive("ki_nM", ki_nM)
    bound = np.asarray(levels / constants).sum(axis=-1)
    return np.asarray(bound / (1 + bound))


def snri_occupancy(
    drug: str, dose_mg: ArrayLike, *, assay: str | None = None, source: str | None = None
) -> DualOccupancy:
    r"""Occupancy of SERT and NET by a drug and its metabolites at a daily dose.

    .. math:: C_{u,i} = f_{u,i}\,\frac{1000}{M_i}\, s_i D, \qquad
        O_T = \frac{\sum_i C_{u,i}/K_{T,i}}{1 + \sum_i C_{u,i}/K_{T,i}}

    Parameters
    ----------
    drug : str
        A drug with a plasma level per mg in the table, such as ``"venlafaxine"``.
    dose_mg : array_like, mg/day
        Daily dose, at least 0.
    assay, source : str, optional
        Which affinities: ``"binding"``, ``"uptake"``, ``"mixed"``, or one citation key; the default
        rows if neither is given. A metabolite that the choice does not cover keeps its default.

    Returns
    -------
    DualOccupancy
        Occupied fractions, names of the ligands and their free levels (..., m).

    Raises
    ------
    KeyError
        If the drug, its level or its affinity in that assay is not in the tables.
    ValueError
        If a dose is negative.

    Notes
    -----
    Average level of a typical patient. The ratio of NET to SERT moves fourfold with the assay for
    venlafaxine: show a range.

    References
    ----------
    wang2022, tatsumi1997, bymaster2001, owens1997
    """
    dose = nonnegative("dose_mg", dose_mg)
    parent = drugs.get(drug)
    ligands = (
        drug,
        *(
            name
            for name in parent.metabolites
            if "level_per_mg_ng_mL" in drugs.get(name).parameters
        ),
    )
    free = []
    for name in ligands:
        entry = drugs.get(name)
        level = float(entry.parameter("level_per_mg_ng_mL")) * dose
        free.append(free_concentration(level, float(entry.fu), float(entry.molar_mass)))
    levels = np.stack(free, axis=-1)
    sert, net = (
        summed_occupancy(
            levels,
            [
                float(_affinity(name, target, assay, source, fall_back=name != drug))
                for name in ligands
            ],
        )
        for target in _TRANSPORTERS
    )
    return DualOccupancy(sert, net, ligands, levels)


def selectivity_ratio(net: ArrayLike, sert: ArrayLike) -> Floats:
    r"""How many times more drug NET needs than SERT.

    .. math:: s = K_{NET} / K_{SERT}

    Parameters
    ----------
    net, sert : array_like, one common unit
        Inhibition constants, EC50 or ED50 of the two transporters, above 0.

    Returns
    -------
    ndarray, dimensionless
        Above 1 for a drug that prefers SERT.

    Raises
    ------
    ValueError
        If a value is not positive.

    Notes
    -----
    Ratios in vitro and in vivo agree only if both transporters see one free level and one plateau.

    References
    ----------
    bymaster2001, moriguchi2017
    """
    return np.asarray(positive("net", net) / positive("sert", sert))


def selectivity_table(drug: str) -> tuple[SelectivityRow, ...]:
    """Return NET over SERT by every route that the tables hold: each assay, then each scan.

    Parameters
    ----------
    drug : str
        Name of the drug.

    Returns
    -------
    tuple of SelectivityRow
        In vitro rows pair constants of one assay and one source; in vivo rows pair plasma EC50, or
        dose ED50, of every NET scan with every SERT scan.

    Raises
    ------
    KeyError
        If the drug is unknown.

    Notes
    -----
    Values beyond the range of an assay are left out. Scans of different laboratories are paired.

    References
    ----------
    pdsp2020, takano2006, abanades2011, moriguchi2017, nogami2013
    """
    rows = []
    by_target = {
        target: [row for row in drugs.affinities(drug, target) if row.relation == "="]
        for target in _TRANSPORTERS
    }
    for s in by_target["SERT"]:
        for n in by_target["NET"]:
            if (s.assay, s.quantity.sources) == (n.assay, n.quantity.sources):
                rows.append(_row(f"in vitro, {s.assay}", s.quantity, n.quantity))
    for measure in ("ec50", "ed50"):
        for s_fit in drugs.occupancy_fits(drug, target="SERT"):
            for n_fit in drugs.occupancy_fits(drug, target="NET"):
                sert, net = getattr(s_fit, measure), getattr(n_fit, measure)
                if sert is not None and net is not None:
                    rows.append(_row(f"in vivo, {measure.upper()}", sert, net))
    return tuple(rows)


def _row(route: str, sert: Quantity, net: Quantity) -> SelectivityRow:
    return SelectivityRow(route, float(net) / float(sert), sert, net)


def _affinity(
    name: str, target: str, assay: str | None, source: str | None, *, fall_back: bool
) -> Quantity:
    try:
        return drugs.affinity(name, target, assay=assay, source=source)
    except KeyError:
        if not fall_back:
            raise
        return drugs.affinity(name, target)


def _default(name: str, value: ArrayLike | None) -> ArrayLike:
    return float(drugs.constant(f"locus_coeruleus.{name}")) if value is None else value
