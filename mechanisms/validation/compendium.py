"""Pharmacokinetic targets: what absorption, elimination and genes predict (G-V6 to G-V26)."""

from __future__ import annotations

from math import inf, log

from mechanisms import clearance, data, drugs, metabolites, nonlinear, receptors
from mechanisms import pharmacokinetics as pk
from mechanisms.drugs import Quantity
from mechanisms.validation.check import Check

PERCENT = 100.0
HOURS_PER_DAY = 24.0


def _within(value: float, share: float) -> tuple[float, float]:
    return value * (1 - share), value * (1 + share)


def _phenotype(drug: str, phenotype: str, measure: str) -> Quantity:
    for row in data.phenotypes():
        if (row.drug, row.phenotype, row.measure) == (drug, phenotype, measure):
            return row.quantity
    raise KeyError(f"unknown phenotype {phenotype!r} of {drug!r} with measure {measure!r}")


def _interaction(victim: str, perpetrator: str, measure: str, conditions: str = "") -> Quantity:
    for row in data.interactions():
        if (row.victim, row.perpetrator, row.measure) == (victim, perpetrator, measure) and (
            conditions in row.conditions
        ):
            return row.quantity
    raise KeyError(f"unknown interaction of {victim!r} with {perpetrator!r}: {measure!r}")


def tapering_table() -> list[Check]:
    """G-V6: one hyperbola against ten remembered points; fitted, so never a validation."""
    fit = next(f for f in drugs.occupancy_fits("citalopram") if f.id == "horowitz2019-citalopram")
    assert fit.omax is not None
    assert fit.ed50 is not None
    checks = []
    for row in drugs.observations("citalopram"):
        if not row.id.startswith("horowitz2019-citalopram-"):
            continue
        assert row.dose is not None
        occupied = receptors.dose_occupancy(row.dose, float(fit.ed50), fit.omax.fraction)
        value = row.quantity.value
        checks.append(
            Check(
                f"G-V6-{row.dose:g}mg",
                "G-V6",
                f"SERT occupancy in the tapering table, citalopram {row.dose:g} mg/day",
                "%",
                PERCENT * float(occupied),
                row.quantity,
                value - 1.0,
                value + 1.0,
                (fit.omax, fit.ed50),
                used_in_fitting=True,
                note="Both parameters were fitted to these remembered points.",
            )
        )
    return checks


def gabapentin_bioavailability() -> list[Check]:
    """G-V7: five label values from absorption constants of another source; 10 points, mean 5."""
    top = drugs.constant("gabapentin.absorbed_max_mg")
    half = drugs.constant("gabapentin.absorption_ed50_mg")
    checks, misses = [], []
    for dose in (900.0, 1200.0, 2400.0, 3600.0, 4800.0):
        seen = drugs.observation(f"chew-gabapentin-{dose:g}").quantity
        percent = PERCENT * float(nonlinear.absorbed_dose(dose, float(top), float(half))) / dose
        misses.append(abs(percent - seen.value))
        checks.append(
            Check(
                f"G-V7-{dose:g}mg",
                "G-V7",
                f"Bioavailability of gabapentin {dose:g} mg/day in three doses",
                "%",
                percent,
                seen,
                seen.value - 10.0,
                seen.value + 10.0,
                (top, half),
            )
        )
    none = Quantity(
        0.0,
        "%",
        source=seen.source,
        grade=seen.grade,
        note="Perfect agreement; the five label values are the observation.",
    )
    checks.append(
        Check(
            "G-V7-mean",
            "G-V7",
            "Mean error of gabapentin's bioavailability over five doses",
            "%",
            sum(misses) / len(misses),
            none,
            0.0,
            5.0,
            (top, half),
            apart="repeats the five rows of this target as one mean",
        )
    )
    return checks


def alprazolam_peak() -> list[Check]:
    """G-V8: peak after 0.5 and 3 mg from one compartment; 20 % is accepted."""
    drug = drugs.get("alprazolam")
    f, half_life = drug.parameter("bioavailability"), drug.parameter("half_life_h")
    ka, volume = drugs.constant("alprazolam.ka_per_h"), drugs.constant("alprazolam.volume_L")
    k = log(2) / float(half_life)
    checks = []
    for dose, id in ((0.5, "alprazolam-cmax-05"), (3.0, "alprazolam-cmax-3")):
        seen = drugs.observation(id).quantity
        grid = [0.01 * i for i in range(1, 1200)]
        course = pk.single_dose(grid, dose, float(ka), k * float(volume), float(volume), float(f))
        checks.append(
            Check(
                f"G-V8-{dose:g}mg",
                "G-V8",
                f"Peak level of alprazolam after {dose:g} mg",
                "ng/mL",
                float(course.ng_per_mL.max()),
                seen,
                *_within(seen.value, 0.20),
                (f, half_life, ka, volume),
                note="The two label values are not proportional to dose; the model is.",
            )
        )
    return checks


def accumulation() -> list[Check]:
    """G-V9: accumulation of escitalopram and sertraline from half-life alone; 5 % is accepted."""
    checks = []
    for name in ("escitalopram", "sertraline"):
        half_life = drugs.get(name).parameter("half_life_h")
        seen = drugs.observation(f"{name}-accumulation").quantity
        low = seen.value if seen.low is None else seen.low
        high = seen.value if seen.high is None else seen.high
        checks.append(
            Check(
                f"G-V9-{name}",
                "G-V9",
                f"Accumulation ratio of {name} once daily",
                "1",
                float(pk.accumulation_ratio(float(half_life), HOURS_PER_DAY)),
                seen,
                0.95 * low,
                1.05 * high,
                (half_life,),
                note="" if name == "escitalopram" else "The label says only about twofold.",
            )
        )
    return checks


def buspirone_bound() -> list[Check]:
    """G-V10: the most that a lost first pass can do, against cirrhosis; it must not be exceeded."""
    f = drugs.get("buspirone").parameter("bioavailability")
    flow = drugs.constant("liver.blood_flow_L_h")
    seen = drugs.observation("dalhoff1987-ratio").quantity
    cut = clearance.intrinsic_clearance(float(f), float(flow)) / seen.value
    escaped = float(clearance.hepatic_availability(cut, float(flow)))
    return [
        Check(
            "G-V10-bound",
            "G-V10",
            "Largest rise of buspirone's exposure by availability alone, against cirrhosis",
            "1",
            1.0 / float(f),
            seen,
            seen.value,
            inf,
            (f,),
            note=(
                "A bound, not a value: the well-stirred liver needs intrinsic clearance cut to "
                f"{1 / seen.value:.3f}, which would raise availability to {escaped:.2f}."
            ),
        )
    ]


def diazepam_build_up() -> list[Check]:
    """G-V15: parent and nordazepam on day 15, in old and young; 0.01 is accepted."""
    parent, metabolite = drugs.get("diazepam"), drugs.get("nordazepam")
    checks = []
    for label, name, references in (
        ("old", "half_life_elderly_h", (0.95, 0.80)),
        ("young", "half_life_h", (1.00, 0.99)),
    ):
        inputs = (parent.parameter(name), metabolite.parameter(name))
        reached = metabolites.chain_build_up([15 * HOURS_PER_DAY], *map(float, inputs))
        for drug, value, reference in zip(
            ("diazepam", "nordazepam"), reached, references, strict=True
        ):
            checks.append(
                Check(
                    f"G-V15-{label}-{drug}",
                    "G-V15",
                    f"Part of steady state on day 15, {drug} in {label} people",
                    "1",
                    float(value[0]),
                    _reference(reference, "1", inputs[0].source),
                    reference - 0.01,
                    reference + 0.01,
                    inputs,
                    arithmetic=True,
                )
            )
    return checks


def _reference(value: float, unit: str, source: str) -> Quantity:
    note = "Worked out independently from the same inputs: arithmetic, not a measurement."
    return Quantity(value, unit, source=source, grade="derived", note=note)


def phenoconversion() -> list[Check]:
    """G-V16: an inhibitor in people who lack the enzyme; the model must say 0.9 to 1.1.

    The strength is learned from normal metabolisers; any share of the enzyme gives the same.
    """
    checks = []
    for victim, perpetrator, normal, poor in (
        ("desipramine", "paroxetine", "CYP2D6 normal", "CYP2D6 poor"),
        ("omeprazole", "fluvoxamine", "CYP2C19 extensive", "CYP2C19 poor"),
    ):
        learned = _interaction(victim, perpetrator, "AUC ratio", normal)
        seen = _interaction(victim, perpetrator, "AUC ratio", poor)
        share = 0.5 * (1.0 + float(clearance.fraction_metabolised(float(learned))))
        strength = clearance.inhibition_from_ratio(float(learned), share)
        checks.append(
            Check(
                f"G-V16-{victim}",
                "G-V16",
                f"Exposure of {victim} with {perpetrator} in poor metabolisers",
                "1",
                float(clearance.interaction_ratio(share, strength, 0.0)),
                seen,
                *((0.9, 1.1) if victim == "desipramine" else _within(seen.value, 0.10)),
                (learned,),
                note=(
                    "The interval is the target's, set on the model."
                    if victim == "desipramine"
                    else "A second pair, held to 10 % of the observation: fluvoxamine also blocks "
                    "other enzymes than CYP2C19."
                ),
                apart=(
                    "cannot fail: without the enzyme the model gives 1, whatever was learned"
                    if victim == "desipramine"
                    else ""
                ),
            )
        )
    return checks


def allele_model() -> list[Check]:
    """G-V17: two genotypes of escitalopram from the two homozygotes; 10 % is accepted."""
    measure = "exposure ratio, TDM"
    null, ultra = (_phenotype("escitalopram", p, measure) for p in ("null/null", "*17/*17"))
    fm = clearance.fraction_metabolised(float(null))
    seventeen = clearance.activity_from_exposure(float(ultra), fm)
    checks = []
    for label, alleles, inputs in (
        ("null/*1", (0.0, 1.0), (null,)),
        ("*1/*17", (1.0, seventeen), (null, ultra)),
    ):
        seen = _phenotype("escitalopram", label, measure)
        activity = clearance.diplotype_activity(*alleles)
        checks.append(
            Check(
                f"G-V17-{label}",
                "G-V17",
                f"Exposure to escitalopram, CYP2C19 {label} over *1/*1",
                "1",
                float(clearance.relative_exposure(fm, activity)),
                seen,
                *_within(seen.value, 0.10),
                inputs,
            )
        )
    return checks


def sertraline_intermediate() -> list[Check]:
    """G-V23: intermediate metabolisers of sertraline from the poor ones; 10 % is accepted."""
    poor = _phenotype("sertraline", "poor", "exposure ratio")
    seen = _phenotype("sertraline", "intermediate", "exposure ratio")
    fm = clearance.fraction_metabolised(float(poor))
    return [
        Check(
            "G-V23-intermediate",
            "G-V23",
            "Exposure to sertraline, CYP2C19 intermediate over normal metabolisers",
            "1",
            float(clearance.relative_exposure(fm, 0.5)),
            seen,
            *_within(seen.value, 0.10),
            (poor,),
            note="Half activity is the definition of the group, not a measurement.",
        )
    ]


def low_extraction() -> list[Check]:
    """G-V24: with itraconazole the level, clearance and half-life of alprazolam move as one."""
    area = _interaction("alprazolam", "itraconazole", "AUC ratio")
    checks = []
    for label, measure in (
        ("clearance", "clearance ratio, without over with"),
        ("half-life", "half-life ratio"),
    ):
        seen = _interaction("alprazolam", "itraconazole", measure)
        checks.append(
            Check(
                f"G-V24-{label}",
                "G-V24",
                f"Ratio of {label} from the ratio of AUC, alprazolam with itraconazole",
                "1",
                float(area),
                seen,
                *_within(seen.value, 0.10),
                (area,),
                note="Holds for low extraction and an unchanged volume; same ten people.",
            )
        )
    return checks


def alprazolam_steady_state() -> list[Check]:
    """G-V25: level of alprazolam on 1 mg/day; the observed 10 to 12 ng/mL is accepted."""
    drug = drugs.get("alprazolam")
    seen = drugs.observation("alprazolam-css-slope").quantity
    assert seen.low is not None
    assert seen.high is not None
    f, weight = drug.parameter("bioavailability"), drugs.constant("reference.weight_kg")
    per_kg, apparent = drug.parameter("clearance_mL_min_kg"), drug.parameter("oral_clearance_L_h")
    own = clearance.L_PER_H_PER_ML_PER_MIN * float(per_kg) * float(weight)
    return [
        Check(
            f"G-V25-{label}",
            "G-V25",
            f"Average level on alprazolam 1 mg/day, clearance {words}",
            "ng/mL",
            float(pk.average_concentration(1.0, HOURS_PER_DAY, value, available)),
            seen,
            seen.low,
            seen.high,
            inputs,
            used_in_fitting=fitted,
            note=note,
        )
        for label, words, value, available, inputs, fitted, note in (
            (
                "weight",
                "per kilogram at 70 kg",
                own,
                float(f),
                (f, per_kg, weight),
                False,
                "Midpoint of 0.7 to 1.5 mL/min/kg; the range alone gives 6 to 13 ng/mL.",
            ),
            (
                "slope",
                "from the same slope",
                float(apparent),
                1.0,
                (apparent,),
                True,
                "The clearance rests on this observation: a check of units only.",
            ),
        )
    ]


def lorazepam_steady_state() -> list[Check]:
    """G-V26: level of lorazepam after months from its intravenous clearance.

    10 % is accepted, as for other linear kinetics; the dossier expects a miss.
    """
    drug = drugs.get("lorazepam")
    f, cl = drug.parameter("bioavailability"), drug.parameter("clearance_mL_min")
    checks = []
    for dose in (6.0, 10.0):
        seen = drugs.observation(f"lorazepam-css-{dose:g}").quantity
        level = pk.average_concentration(
            dose, HOURS_PER_DAY, clearance.L_PER_H_PER_ML_PER_MIN * float(cl), float(f)
        )
        checks.append(
            Check(
                f"G-V26-{dose:g}mg",
                "G-V26",
                f"Average level on lorazepam {dose:g} mg/day for 26 weeks",
                "ng/mL",
                float(level),
                seen,
                *_within(seen.value, 0.10),
                (f, cl),
                note=(
                    "Volunteers' clearance after one dose; patients in long use reach more. When "
                    "blood was taken, age and selection could each explain it."
                ),
            )
        )
    return checks


def checks() -> tuple[Check, ...]:
    """Return all comparisons of this page, in the order of the targets."""
    return tuple(
        check
        for target in (
            tapering_table,
            gabapentin_bioavailability,
            alprazolam_peak,
            accumulation,
            buspirone_bound,
            diazepam_build_up,
            phenoconversion,
            allele_model,
            sertraline_intermediate,
            low_extraction,
            alprazolam_steady_state,
            lorazepam_steady_state,
        )
        for check in target()
    )
