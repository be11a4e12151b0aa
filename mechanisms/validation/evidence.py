"""Evidence targets: what published arms and counts give when pooled again (G-V11 to G-V22)."""

from __future__ import annotations

from math import exp

import numpy as np

from mechanisms import data, drugs, evidence
from mechanisms.drugs import Quantity
from mechanisms.validation.check import Check

_SSRI = ("citalopram", "escitalopram", "fluoxetine", "fluvoxamine", "paroxetine", "sertraline")
_ADVERSE = (
    "any-adverse-event",
    "fatigue-or-somnolence",
    "gastrointestinal",
    "headache",
    "sleep",
    "sweating",
    "sexual",
    "urinary",
    "light-headed",
    "adverse-event-withdrawal",
    "tremor",
    "aches",
)


def _reference(value: float, unit: str, source: str) -> Quantity:
    note = "Worked out independently from the same inputs: arithmetic, not a measurement."
    return Quantity(value, unit, source=source, grade="derived", note=note)


def _mean(id: str) -> Quantity:
    return next(row.quantity for row in data.continuous_arms() if row.id == id)


def _arm(id: str) -> tuple[Quantity, evidence.Arm]:
    quantity = _mean(id)
    assert quantity.n is not None
    assert quantity.spread is not None
    sd = evidence.sd_from_se(quantity.spread, quantity.n)
    return quantity, evidence.Arm(np.asarray(quantity.n), np.asarray(quantity.value), sd)


def _counts(id: str) -> tuple[Quantity, int, int]:
    row = next(row for row in data.event_arms() if row.id == id)
    assert row.events is not None
    assert row.total is not None
    return row.quantity, row.events, row.total


def p_values() -> list[Check]:
    """G-V11: p values of four comparisons from means and errors; 0.001 or the printed rounding."""
    checks = []
    for trial, arm, id, rounding in (
        ("kasper2009", "pregabalin-300-600", "kasper2009-p", 0.001),
        ("rickels2005", "pregabalin-300", "rickels2005-p-300", 0.001),
        ("rickels2005", "pregabalin-450", "rickels2005-p-450", 0.005),
        ("rickels2005", "pregabalin-600", "rickels2005-p-600", 0.001),
    ):
        (treated, drug), (control, placebo) = _arm(f"{trial}-{arm}"), _arm(f"{trial}-placebo")
        seen = drugs.observation(id)
        value = seen.quantity.value
        below = seen.relation == "<"
        checks.append(
            Check(
                f"G-V11-{trial}-{arm}",
                "G-V11",
                f"p value of {arm.replace('-', ' ', 1)} mg against placebo, {trial}",
                "1",
                float(evidence.p_value(*evidence.mean_difference(drug, placebo))),
                seen.quantity,
                0.0 if below else value - rounding,
                value if below else value + rounding,
                (treated, control),
                note="Printed as below this value." if below else "",
                arithmetic=True,
            )
        )
    return checks


def _pooled(
    target: str, words: str, unit: str, rows: dict[str, tuple[float, float, float]],
    inputs: tuple[Quantity, ...], source: str,
) -> list[Check]:  # fmt: skip
    """One row per part of a pool: name -> (computed, reference, tolerance)."""
    return [
        Check(
            f"{target}-{name}",
            target,
            f"{words}: {name}",
            "%" if name == "I2" else unit,
            value,
            _reference(reference, "%" if name == "I2" else unit, source),
            reference - tolerance,
            reference + tolerance,
            inputs,
            arithmetic=True,
        )
        for name, (value, reference, tolerance) in rows.items()
    ]


def pregabalin_pool() -> list[Check]:
    """G-V12: three pregabalin trials, the arms of the first merged; 0.02 points accepted."""
    arms = [_arm(f"rickels2005-pregabalin-{dose}") for dose in (300, 450, 600)]
    merged = evidence.combine_arms(
        evidence.Arm(*(np.stack(part) for part in zip(*(arm for _, arm in arms), strict=True)))
    )
    rickels_placebo, first = _arm("rickels2005-placebo")
    kasper_drug, second = _arm("kasper2009-pregabalin-300-600")
    kasper_placebo, third = _arm("kasper2009-placebo")
    feltner = _mean("feltner2003-pregabalin-600-difference")
    # printed: p 0.0013 on 252 degrees of freedom
    feltner_se = evidence.se_from_p(feltner.value, 0.0013, 252)
    one, two = evidence.mean_difference(merged, first), evidence.mean_difference(second, third)
    result = evidence.pool(
        [float(one.estimate), float(two.estimate), feltner.value],
        [float(one.se), float(two.se), float(feltner_se)],
    )
    inputs = (
        *(quantity for quantity, _ in arms),
        rickels_placebo,
        kasper_drug,
        kasper_placebo,
        feltner,
    )
    rows = {
        "estimate": (float(result.estimate), -3.33, 0.02),
        "lower limit": (float(result.low), -4.57, 0.02),
        "upper limit": (float(result.high), -2.09, 0.02),
    }
    words = "Pregabalin against placebo in GAD, three trials"
    return _pooled("G-V12", words, "points", rows, inputs, "rickels2005; kasper2009; feltner2003")


def standardised() -> list[Check]:
    """G-V13: one difference in points over two spreads; 0.02 is accepted."""
    difference = drugs.observation("slee2019-pregabalin").quantity
    checks = []
    for trial, ids, reference in (
        ("rickels2005", ("placebo", "pregabalin-300", "pregabalin-450", "pregabalin-600"), 0.37),
        ("kasper2009", ("placebo", "pregabalin-300-600"), 0.28),
    ):
        parts = [_arm(f"{trial}-{id}") for id in ids]
        n = np.array([float(arm.n) for _, arm in parts])
        sd = np.array([float(arm.sd) for _, arm in parts])
        pooled = float(np.sqrt(((n - 1) * sd**2).sum() / (n - 1).sum()))
        published = trial == "rickels2005"
        seen = (
            drugs.observation("generoso2017-pregabalin").quantity
            if published
            else _reference(reference, "1", "slee2019; kasper2009")
        )
        checks.append(
            Check(
                f"G-V13-{trial}",
                "G-V13",
                f"Network difference of pregabalin over the spread of {trial}",
                "1",
                -difference.value / pooled,
                seen,
                reference - 0.02,
                reference + 0.02,
                (difference, *(quantity for quantity, _ in parts)),
                note=(
                    "Agrees with a meta-analysis of overlapping trials, partly by luck."
                    if published
                    else "The same difference with another trial's spread."
                ),
                arithmetic=True,
            )
        )
    return checks


def adverse_events() -> list[Check]:
    """G-V14: exact p values of twelve adverse effects from their counts; 0.01 is accepted."""
    checks = []
    for event in _ADVERSE:
        drug, a, n1 = _counts(f"lenze2009-{event}-escitalopram")
        placebo, c, n0 = _counts(f"lenze2009-{event}-placebo")
        seen = drugs.observation(f"lenze2009-p-{event}")
        value = seen.quantity.value
        checks.append(
            Check(
                f"G-V14-{event}",
                "G-V14",
                f"Exact p value in older adults on escitalopram, {event.replace('-', ' ')}",
                "1",
                float(evidence.fisher_p(a, n1, c, n0)),
                seen.quantity,
                0.0 if seen.relation == "<" else max(0.0, round(value - 0.01, 9)),
                value if seen.relation == "<" else round(value + 0.01, 9),
                (drug, placebo),
                note=seen.quantity.note,
                arithmetic=True,
            )
        )
    return checks


def ssri_pool() -> list[Check]:
    """G-V19: fifteen two-arm SSRI trials in social anxiety; 0.01, and 1 point on I2."""
    trials = [row for row in data.network_contrasts() if row.arms == 2 and row.drug in _SSRI]
    result = evidence.pool([t.smd for t in trials], [t.se for t in trials])
    inputs = tuple(
        Quantity(t.smd, "1", spread=t.se, spread_kind="sem", source=t.source, grade=t.grade)
        for t in trials
    )
    rows = {
        "estimate": (float(result.estimate), -0.52, 0.01),
        "lower limit": (float(result.low), -0.65, 0.01),
        "upper limit": (float(result.high), -0.38, 0.01),
        "I2": (100 * float(result.i2), 72.0, 1.0),
    }
    words = f"SSRI against placebo in social anxiety, {len(trials)} trials"
    return _pooled("G-V19", words, "1", rows, inputs, inputs[0].source)


def response_pool() -> list[Check]:
    """G-V20: risk ratio of response in twenty trials; 0.01, and 1 point on I2."""
    trials = data.response_counts()
    effect = evidence.log_risk_ratio(
        [t.events_drug for t in trials],
        [t.n_drug for t in trials],
        [t.events_placebo for t in trials],
        [t.n_placebo for t in trials],
    )
    result = evidence.pool(*effect)
    inputs = tuple(
        Quantity(float(y), "1", spread=float(s), spread_kind="sem", source=t.source, grade=t.grade)
        for t, y, s in zip(trials, *effect, strict=True)
    )
    rows = {
        "estimate": (exp(result.estimate), 1.77, 0.01),
        "lower limit": (exp(result.low), 1.44, 0.01),
        "upper limit": (exp(result.high), 2.16, 0.01),
        "I2": (100 * float(result.i2), 68.0, 1.0),
    }
    words = f"Response in social anxiety, risk ratio, {len(trials)} trials"
    return _pooled("G-V20", words, "1", rows, inputs, inputs[0].source)


def class_pool() -> list[Check]:
    """G-V21: eight differences in GAD as a class average; 0.02 points accepted."""
    rows_in = [row.quantity for row in data.continuous_arms() if row.id.startswith("gadpool-")]
    spreads = [quantity.spread for quantity in rows_in if quantity.spread is not None]
    result = evidence.pool([quantity.value for quantity in rows_in], spreads)
    rows = {
        "estimate": (float(result.estimate), -3.11, 0.02),
        "lower limit": (float(result.low), -3.65, 0.02),
        "upper limit": (float(result.high), -2.56, 0.02),
    }
    words = f"First-line drugs against placebo in GAD, {len(rows_in)} contrasts"
    return _pooled("G-V21", words, "points", rows, tuple(rows_in), "slee2019")


def hazard_ratio() -> list[Check]:
    """G-V22: hazard ratio of a relapse trial from its end points; the printed interval accepted."""
    drug = next(r.quantity for r in data.event_arms() if r.id == "stocchi2003-relapse-paroxetine")
    control = next(r.quantity for r in data.event_arms() if r.id == "stocchi2003-relapse-placebo")
    seen = drugs.observation("stocchi2003-hazard-ratio").quantity
    assert seen.low is not None
    assert seen.high is not None
    ratio = evidence.hazard_ratio_from_proportions(drug.fraction, control.fraction)
    return [
        Check(
            "G-V22-paroxetine",
            "G-V22",
            "Hazard ratio of relapse on paroxetine from the proportions at week 24",
            "1",
            float(ratio),
            seen,
            seen.low,
            seen.high,
            (drug, control),
            note="Both come from the same patients: it tests proportional hazards, not the drug.",
        )
    ]


def checks() -> tuple[Check, ...]:
    """Return all comparisons of this page, in the order of the targets."""
    return tuple(
        check
        for target in (
            p_values,
            pregabalin_pool,
            standardised,
            adverse_events,
            ssri_pool,
            response_pool,
            class_pool,
            hazard_ratio,
        )
        for check in target()
    )
