"""Transporter occupancy and raphe firing against published data (S-V1 to S-V8 and S-V11)."""

from __future__ import annotations

from math import inf

import numpy as np

from mechanisms import drugs, receptors, serotonin
from mechanisms.dosing import absorption_rate
from mechanisms.drugs import Quantity
from mechanisms.pharmacokinetics import repeated_doses, single_dose
from mechanisms.validation.check import Check

PERCENT = 100.0
_ACCOUNTS = {
    "desensitisation": serotonin.desensitisation,
    "homeostatic drive": serotonin.homeostatic_drive,
}
_INPUTS_OF_RAPHE = (
    "raphe.autoreceptor_gain",
    "raphe.hill",
    "raphe.firing_floor",
    "raphe.firing_independent_release",
    "raphe.non_sert_clearance",
    "raphe.treated_occupancy",
)
_INPUTS_OF_ACCOUNT = {
    "desensitisation": (
        "raphe.desensitisation_time_d",
        "raphe.sensitivity_floor",
        "raphe.desensitisation_half_excess",
        "raphe.desensitisation_hill",
    ),
    "homeostatic drive": ("raphe.drive_time_d", "raphe.drive_completeness"),
}


class _Binding:
    """Free drug over its binding constant at the human SERT, with all that this rests on."""

    def __init__(self, drug: str) -> None:
        who = drugs.get(drug)
        ki = drugs.affinity(drug, "SERT", assay="binding")
        self.level_per_mg = who.parameters.get("level_per_mg_ng_mL")
        self.inputs: tuple[Quantity, ...] = (who.fu, who.molar_mass, ki)
        self.per_ng_per_mL = float(
            receptors.free_concentration(1.0, float(who.fu), float(who.molar_mass))
        ) / float(ki)

    @property
    def ec50(self) -> float:
        """Total plasma level of half occupancy, ng/mL."""
        return 1.0 / self.per_ng_per_mL


def _percent(ratio: float) -> float:
    """Occupancy in % at a free concentration relative to the binding constant."""
    return PERCENT * float(receptors.occupancy(ratio, 1.0))


def _observed(id: str) -> Quantity:
    return drugs.observation(id).quantity


def _around(value: float, tolerance: float) -> tuple[float, float]:
    return value - tolerance, value + tolerance


def minimum_dose() -> list[Check]:
    """S-V1: occupancy of five drugs at the minimum therapeutic dose, each from its own binding.

    The observed means of the five drugs lie between 76 and 85 %; 4 points more are accepted.
    """
    low = _observed("meyer2004-minimum-dose-low")
    high = _observed("meyer2004-minimum-dose-high")
    seen = Quantity(
        (low.value + high.value) / 2.0,
        "%",
        low.value,
        high.value,
        spread_kind="range",
        n=low.n,
        source=low.source,
        grade=low.grade,
        note="Midpoint and range of the means of five drugs.",
    )
    checks = []
    for drug in ("citalopram", "fluoxetine", "sertraline", "paroxetine", "venlafaxine"):
        dose = drugs.get(drug).dose_range_mg[0]
        parts = [_Binding(drug)]
        if drug == "venlafaxine":
            # The metabolite is most of what binds; its level is given per mg of venlafaxine.
            parts.append(_Binding("desvenlafaxine"))
        ratio = 0.0
        inputs: list[Quantity] = [dose]
        for part in parts:
            assert part.level_per_mg is not None
            ratio += part.level_per_mg.value * float(dose) * part.per_ng_per_mL
            inputs += [part.level_per_mg, *part.inputs]
        checks.append(
            Check(
                f"S-V1-{drug}",
                "S-V1",
                f"SERT occupancy, {drug} {float(dose):g} mg/day",
                "%",
                _percent(ratio),
                seen,
                low.value - 4.0,
                high.value + 4.0,
                tuple(inputs),
                note="Free level over binding Ki leaves no room for a ceiling below 100 %.",
            )
        )
    return checks


def sertraline_doses() -> list[Check]:
    """S-V2: sertraline at four doses, with patients' plasma levels and with volunteers'.

    The observation is the pooled dose-occupancy fit; 6 points are accepted.
    """
    fit = drugs.occupancy_fit("sertraline")
    assert fit.omax is not None
    assert fit.ed50 is not None
    binding = _Binding("sertraline")
    patients = drugs.get("sertraline").parameter("level_per_mg_ng_mL")
    who = drugs.get("sertraline")
    kinetics = tuple(
        who.parameter(name)
        for name in ("clearance_L_h", "bioavailability_max", "bioavailability_ed50_mg")
    )
    clearance, f_max, f_half = map(float, kinetics)
    checks = []
    for dose in (25.0, 50.0, 100.0, 200.0):
        seen = Quantity(
            PERCENT * float(receptors.dose_occupancy(dose, float(fit.ed50), fit.omax.fraction)),
            "%",
            source=fit.ed50.source,
            grade=fit.ed50.grade,
            note="Pooled fit at this dose.",
        )
        # Saturable bioavailability: twice the dose is more than twice the level.
        volunteers = 1000.0 * f_max * dose / (f_half + dose) / (24.0 * clearance)
        for label, level, inputs, note in (
            (
                "patients",
                patients.value * dose,
                (patients,),
                "Plasma levels of patients; the scans were mostly of volunteers and of striatum.",
            ),
            (
                "volunteers",
                volunteers * dose,
                kinetics,
                "Richer account: kinetics of healthy volunteers, as most of those scanned.",
            ),
        ):
            checks.append(
                Check(
                    f"S-V2-{dose:g}mg-{label}",
                    "S-V2",
                    f"SERT occupancy, sertraline {dose:g} mg/day, levels of {label}",
                    "%",
                    _percent(level * binding.per_ng_per_mL),
                    seen,
                    *_around(seen.value, 6.0),
                    (*inputs, *binding.inputs),
                    note=note,
                )
            )
    return checks


def paroxetine_plateau() -> list[Check]:
    """S-V3: paroxetine 20 mg/day and the plateau above 28 ug/L by PET; 4 points are accepted."""
    binding = _Binding("paroxetine")
    level = drugs.get("paroxetine").parameter("level_per_mg_ng_mL")
    at_20, plateau = _observed("meyer2001-paroxetine-20"), _observed("meyer2001-paroxetine-plateau")
    note = "SPECT reads about 20 points less at the same dose; binding alone saturates near 100 %."
    return [
        Check(
            "S-V3-20mg",
            "S-V3",
            "SERT occupancy by PET, paroxetine 20 mg/day",
            "%",
            _percent(level.value * 20.0 * binding.per_ng_per_mL),
            at_20,
            *_around(at_20.value, 4.0),
            (level, *binding.inputs),
            note=note,
        ),
        Check(
            "S-V3-plateau",
            "S-V3",
            "SERT occupancy by PET, paroxetine at 28 ug/L",
            "%",
            _percent(28.0 * binding.per_ng_per_mL),
            plateau,
            *_around(plateau.value, 4.0),
            binding.inputs,
            note=note,
        ),
    ]


def _duloxetine_level(
    hours: list[float], doses: int, ke0: float | None, dose_mg: float = 60.0
) -> list[float]:
    """Plasma or effect-site level at hours after the last of `doses` daily doses."""
    clearance, volume, ka, lag = (float(q) for q in _duloxetine_kinetics())
    since = np.asarray(hours) - lag
    times = since + 24.0 * (doses - 1)
    course = repeated_doses(times, dose_mg, 24.0, doses, ka, clearance, volume, ke0_per_h=ke0)
    return [float(value) for value in course.ng_per_mL]


def _duloxetine_kinetics() -> tuple[Quantity, Quantity, Quantity, Quantity]:
    who = drugs.get("duloxetine")
    clearance, volume = who.parameter("oral_clearance_L_h"), who.parameter("oral_volume_L")
    tmax, lag = who.parameter("tmax_h"), who.parameter("lag_h")
    elimination = float(clearance) / float(volume)
    ka = Quantity(
        float(absorption_rate(float(tmax) - float(lag), elimination)),
        "1/h",
        source=tmax.source,
        grade="derived",
        note="Solves tmax - lag = ln(ka/k)/(ka - k): the peak is counted from the dose.",
    )
    return clearance, volume, ka, lag


def duloxetine_washout() -> list[Check]:
    """S-V4: duloxetine ED50 and EC50, and occupancy after 60 mg, with and without an effect site.

    A quarter is accepted on the ED50 and EC50, 8 points on an occupancy. The equilibration rate is
    that of another reuptake inhibitor: it was not fitted to these scans.
    """
    binding = _Binding("duloxetine")
    kinetics = _duloxetine_kinetics()
    ke0 = drugs.constant("effect_site.ke0_per_h")
    ed50, ec50 = _observed("takano2006-duloxetine-ed50"), _observed("takano2006-duloxetine-ec50")
    per_mg = _duloxetine_level([6.0], 1, None)[0] / 60.0
    checks = [
        Check(
            "S-V4-ec50",
            "S-V4",
            "EC50 of duloxetine at SERT, total plasma",
            "ng/mL",
            binding.ec50,
            ec50,
            0.75 * ec50.value,
            1.25 * ec50.value,
            binding.inputs,
            note="The unbound fraction is known only as at most 0.10.",
        ),
        Check(
            "S-V4-ed50",
            "S-V4",
            "ED50 of duloxetine at SERT, single dose, 6 h",
            "mg",
            binding.ec50 / per_mg,
            ed50,
            0.75 * ed50.value,
            1.25 * ed50.value,
            (*binding.inputs, *kinetics),
        ),
    ]
    series: tuple[tuple[str, list[float], int], ...] = (
        ("single", [6.0, 25.0, 53.0], 1),
        ("repeat", [6.0, 49.0, 78.0], 7),
    )
    for regimen, hours, doses in series:
        for site, rate, inputs, note in (
            ("plasma", None, (), "Plasma level and binding at once: occupancy falls too early."),
            ("effect-site", float(ke0), (ke0,), "Richer account: effect site, published rate."),
        ):
            levels = _duloxetine_level(hours, doses, rate)
            for hour, level in zip(hours, levels, strict=True):
                seen = _observed(f"takano2006-duloxetine-{regimen}-{hour:g}h")
                checks.append(
                    Check(
                        f"S-V4-{regimen}-{hour:g}h-{site}",
                        "S-V4",
                        f"SERT occupancy, duloxetine 60 mg {regimen}, {hour:g} h, {site}",
                        "%",
                        _percent(level * binding.per_ng_per_mL),
                        seen,
                        *_around(seen.value, 8.0),
                        (*binding.inputs, *kinetics, *inputs),
                        note=note,
                    )
                )
    return checks


def second_laboratory() -> list[Check]:
    """S-V11: duloxetine constants and repeated 20 mg from a second laboratory.

    A factor of 1.6 is accepted on the half-occupancy levels and 8 points on the occupancy. That the
    effect site does better than plasma is put to the six scans of S-V4: the mean miss must fall.
    """
    binding = _Binding("duloxetine")
    kinetics = _duloxetine_kinetics()
    ke0 = drugs.constant("effect_site.ke0_per_h")
    checks = []
    for model in ("direct", "indirect"):
        seen = _observed(f"abanades2011-duloxetine-oc50-{model}")
        checks.append(
            Check(
                f"S-V11-oc50-{model}",
                "S-V11",
                f"Level of half occupancy of duloxetine, total plasma, {model} model",
                "ng/mL",
                binding.ec50,
                seen,
                seen.value / 1.6,
                seen.value * 1.6,
                binding.inputs,
                note="The unbound fraction is known only as at most 0.10.",
            )
        )
    seen = _observed("abanades2011-duloxetine-repeat")
    level = _duloxetine_level([6.0], 4, None, 20.0)[0]
    checks.append(
        Check(
            "S-V11-repeat",
            "S-V11",
            "SERT occupancy, duloxetine 20 mg/day, 6 h after the fourth dose",
            "%",
            _percent(level * binding.per_ng_per_mL),
            seen,
            *_around(seen.value, 8.0),
            (*binding.inputs, *kinetics),
            note="Plasma was 19.7 ng/mL in that study; this clearance gives about half of it.",
        )
    )
    scans = duloxetine_washout()
    misses = {
        site: float(np.mean([abs(c.miss) for c in scans if c.id.endswith(f"h-{site}")]))
        for site in ("plasma", "effect-site")
    }
    checks.append(
        Check(
            "S-V11-effect-site",
            "S-V11",
            "Mean miss over six duloxetine scans, effect site minus plasma",
            "%",
            misses["effect-site"] - misses["plasma"],
            Quantity(
                0.0,
                "%",
                source="abanades2011",
                grade="primary",
                note="The effect-site model predicted repeated dosing better: below 0.",
            ),
            -inf,
            0.0,
            (*binding.inputs, *kinetics, ke0),
            note="With the published rate; nothing fitted.",
        )
    )
    return checks


def escitalopram_single() -> list[Check]:
    """S-V5: escitalopram 5, 10 and 20 mg once, 6 h, by SPECT; 8 points are accepted."""
    who = drugs.get("escitalopram")
    binding = _Binding("escitalopram")
    used = tuple(
        who.parameter(name) for name in ("clearance_L_h", "volume_L", "bioavailability", "tmax_h")
    )
    clearance, volume, available, tmax = map(float, used)
    ka = float(absorption_rate(tmax, clearance / volume))
    checks = []
    for dose in (5.0, 10.0, 20.0):
        level = single_dose([6.0], dose, ka, clearance, volume, available).ng_per_mL[0]
        seen = _observed(f"klein2006-escitalopram-{dose:g}")
        checks.append(
            Check(
                f"S-V5-{dose:g}mg",
                "S-V5",
                f"SERT occupancy by SPECT, escitalopram {dose:g} mg once, 6 h",
                "%",
                _percent(float(level) * binding.per_ng_per_mL),
                seen,
                *_around(seen.value, 8.0),
                (*used, *binding.inputs),
                note="SPECT reads lower than PET; five people per dose.",
            )
        )
    return checks


def _raphe_inputs(account: str, *more: str) -> tuple[Quantity, ...]:
    return tuple(
        drugs.constant(name) for name in (*_INPUTS_OF_RAPHE, *_INPUTS_OF_ACCOUNT[account], *more)
    )


def raphe_firing() -> list[Check]:
    """S-V7: firing at 2, 7, 14 and 21 days and its recovery over a fourfold dose, by both accounts.

    Accepted: at most 60 % at day 2; above day 2 and below 90 % at day 7; at least 90 % at days 14
    and 21; recovery time within 20 % over the doses. Occupancy in the rats is assumed.
    """
    days = np.arange(0.0, 57.0)
    occupied = float(drugs.constant("raphe.treated_occupancy"))
    # Half and twice the dose on the hyperbola through the assumed occupancy.
    odds = occupied / (1.0 - occupied) * np.array([0.5, 1.0, 2.0])
    checks = []
    for name, account in _ACCOUNTS.items():
        firing = PERCENT * account(days, occupied).firing
        inputs = _raphe_inputs(name)
        day2 = _observed("raphe-firing-d2")
        for day, low, high, note in (
            (2, -inf, 60.0, "No percentage in the abstracts; falls of 50 to 80 % are drawn."),
            (7, float(firing[2]), 90.0, "Partial recovery."),
            (14, 90.0, inf, "Complete at day 14 in one study, between 14 and 21 in another."),
            (21, 90.0, inf, "Firing stays braked while somatic serotonin stays high."),
        ):
            seen = day2 if day == 2 else _ordinal(day)
            checks.append(
                Check(
                    f"S-V7-day{day}-{name.replace(' ', '-')}",
                    "S-V7",
                    f"Raphe firing at day {day}, {name}",
                    "%",
                    float(firing[day]),
                    seen,
                    low,
                    high,
                    inputs,
                    used_in_fitting=day != 2,
                    note=note,
                )
            )
        courses = account(days, (odds / (1.0 + odds))[:, np.newaxis])
        times = serotonin.recovery_day(days, courses.firing)
        checks.append(
            Check(
                f"S-V7-dose-{name.replace(' ', '-')}",
                "S-V7",
                f"Change of recovery time over a fourfold dose, {name}",
                "%",
                PERCENT * float((times.max() - times.min()) / times[1]),
                Quantity(0.0, "%", source="czachura2000", grade="primary", note="Not faster."),
                -inf,
                20.0,
                inputs,
                used_in_fitting=name == "desensitisation",
                note="Time to half of the recovery that the course reaches.",
            )
        )
    return checks


def _ordinal(day: int) -> Quantity:
    """State a result that the abstracts give in words: partial at day 7, full at 14 to 21."""
    if day == 7:
        return Quantity(
            75.0,
            "%",
            60.0,
            90.0,
            spread_kind="range",
            source="chaput1986",
            grade="assumed",
            note="Partly recovered; the abstract gives no percentage, the range is ours.",
        )
    source = "chaput1986" if day == 14 else "czachura2000"
    return Quantity(
        100.0, "%", source=source, grade="primary", note="Recovered; no percentage given."
    )


def cortical_serotonin() -> list[Check]:
    """S-V8: prefrontal serotonin at days 2 and 13 of escitalopram, by both accounts.

    A quarter is accepted. The prefrontal cortex rises from the first days in the meta-analysis, so
    the hippocampus-like setting stands for it.
    """
    days = np.arange(0.0, 29.0)
    occupied = float(drugs.constant("raphe.treated_occupancy"))
    day2, day13 = _observed("ceglia2004-escitalopram-d2"), _observed("ceglia2004-escitalopram-d13")
    ratio = Quantity(
        day2.value / day13.value,
        "1",
        source=day2.source,
        grade="derived",
        note="257/422: equals the ratio of firing if clearance does not change.",
    )
    checks = []
    for name, account in _ACCOUNTS.items():
        course = account(days, occupied)
        level = PERCENT * course.terminal
        inputs = _raphe_inputs(name, "terminal.non_sert_clearance")
        for label, predicted, seen, unit in (
            ("day2", float(level[2]), day2, "%"),
            ("day13", float(level[13]), day13, "%"),
            ("ratio", float(course.firing[2] / course.firing[13]), ratio, "1"),
        ):
            checks.append(
                Check(
                    f"S-V8-{label}-{name.replace(' ', '-')}",
                    "S-V8",
                    {
                        "day2": f"Prefrontal serotonin at day 2, {name}",
                        "day13": f"Prefrontal serotonin at day 13, {name}",
                        "ratio": f"Firing at day 2 over day 13, {name}",
                    }[label],
                    unit,
                    predicted,
                    seen,
                    0.75 * seen.value,
                    1.25 * seen.value,
                    inputs,
                    note="Occupancy is assumed; an infusion of 10 mg/kg/day may reach more.",
                )
            )
    return checks


def checks() -> tuple[Check, ...]:
    """Return all comparisons of this page, in the order of the targets."""
    return tuple(
        check
        for target in (
            minimum_dose,
            sertraline_doses,
            paroxetine_plateau,
            duloxetine_washout,
            escitalopram_single,
            raphe_firing,
            cortical_serotonin,
            second_laboratory,
        )
        for check in target()
    )
