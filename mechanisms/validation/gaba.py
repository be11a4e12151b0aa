"""Benzodiazepine modulation, gating and withdrawal against data (targets G-V1 to G-V5, G-V18)."""

from __future__ import annotations

import numpy as np

from mechanisms import drugs, gaba, tapering
from mechanisms.drugs import Quantity
from mechanisms.validation.check import Check

_HOURS_SHORT = 12.0


def _receptor_inputs() -> tuple[Quantity, ...]:
    return tuple(drugs.constant(f"gaba.{name}") for name in ("p_max", "ec50_uM", "mwc_L"))


def _reference(value: float, unit: str, source: str) -> Quantity:
    note = "Worked out independently from the same inputs: arithmetic, not a measurement."
    return Quantity(value, unit, source=source, grade="derived", note=note)


def potentiation() -> list[Check]:
    """G-V1: diazepam at EC20 after one coupling per subtype was fitted, and its energy.

    Two points are accepted on the potentiation, -0.8 to -0.5 kcal/mol on the energy.
    """
    coupling = gaba.subtype_coupling("diazepam")
    recovered = gaba.potentiation(0.2, coupling)
    energies = gaba.free_energy(coupling)
    bound = drugs.observation("downing2005-energy").quantity
    inputs = (*_receptor_inputs(), drugs.constant("gaba.temperature_C"))
    checks = []
    for alpha, percent, energy in zip(gaba.SUBTYPES, recovered, energies, strict=True):
        seen = drugs.observation(f"dawson2006-{alpha}").quantity
        checks.append(
            Check(
                f"G-V1-{alpha}",
                "G-V1",
                f"Potentiation by diazepam at GABA EC20, {alpha}",
                "%",
                float(percent),
                seen,
                seen.value - 2.0,
                seen.value + 2.0,
                (seen, *inputs),
                used_in_fitting=True,
                note="The coupling was set from this number.",
            )
        )
        checks.append(
            Check(
                f"G-V1-{alpha}-energy",
                "G-V1",
                f"Energy by which diazepam favours opening, {alpha}",
                "kcal/mol",
                float(energy),
                Quantity(
                    -bound.value,
                    "kcal/mol",
                    -bound.value,
                    0.0,
                    spread_kind="range",
                    source=bound.source,
                    grade=bound.grade,
                    note="Less than 1 kcal/mol, from another kind of experiment.",
                ),
                -0.8,
                -0.5,
                (seen, *inputs),
                note="Observed is a bound; the accepted interval is narrower than the bound.",
            )
        )
    return checks


def shift() -> list[Check]:
    """G-V2: left shift of the GABA curve from those couplings, against one measured shift.

    The computed shift must be right within 0.03; the observation is given the same 0.03.
    """
    shifts = gaba.ec50_shift(gaba.subtype_coupling("diazepam"))
    seen = drugs.observation("ghansah1999-shift").quantity
    measured = [drugs.observation(f"dawson2006-{alpha}").quantity for alpha in gaba.SUBTYPES]
    needed = float(gaba.free_energy(gaba.coupling_for_shift(seen.value)))
    checks = [
        Check(
            "G-V2-alpha1",
            "G-V2",
            "Left shift of the GABA EC50 by diazepam, alpha1-beta2-gamma2",
            "1",
            float(shifts[0]),
            seen,
            seen.value - 0.03,
            seen.value + 0.03,
            (measured[0], *_receptor_inputs()),
            note=(
                f"The observed shift would need {needed:.2f} kcal/mol: two experiments on one "
                "drug disagree within the 1 kcal/mol limit."
            ),
        )
    ]
    for alpha, value, reference, quantity in zip(
        gaba.SUBTYPES, shifts, (1.76, 2.03, 1.89, 1.79), measured, strict=True
    ):
        checks.append(
            Check(
                f"G-V2-{alpha}-arithmetic",
                "G-V2",
                f"Left shift computed from the potentiation, {alpha}",
                "1",
                float(value),
                _reference(reference, "1", quantity.source),
                reference - 0.03,
                reference + 0.03,
                (quantity, *_receptor_inputs()),
                used_in_fitting=True,
                note="Reference and model share their inputs.",
                arithmetic=True,
            )
        )
    return checks


def reference_gating() -> list[Check]:
    """G-V3: peak open probability (1 % accepted) and EC50 (3 %) of the published gating scheme."""
    rates = gaba.scheme("jones_westbrook")
    inputs = tuple(drugs.constants("gaba").values())
    inputs = tuple(q for q in inputs if q.source == "jones1995")
    cases = (
        (
            "peak",
            "Peak open probability, 10 mM GABA",
            "1",
            gaba.peak_open(10.0, rates),
            0.687,
            0.01,
        ),
        ("ec50", "GABA EC50 of the peak", "uM", gaba.peak_ec50(rates), 39.8, 0.03),
    )
    return [
        Check(
            f"G-V3-{label}",
            "G-V3",
            statement,
            unit,
            float(value),
            _reference(reference, unit, "jones1995"),
            reference * (1 - tolerance),
            reference * (1 + tolerance),
            inputs,
            used_in_fitting=True,
            note="Reference and model share their rates; it tests the solver.",
            arithmetic=True,
        )
        for label, statement, unit, value, reference, tolerance in cases
    ]


def withdrawal_day() -> list[Check]:
    """G-V4: day of the withdrawal peak for long half-lives, the rate set on short ones.

    The observed days 4 to 7 are accepted.
    """
    seen = drugs.observation("rickels1990-peak-long").quantity
    short = drugs.observation("rickels1990-peak-short").quantity
    nordazepam = drugs.get("nordazepam")
    rate = float(tapering.adaptation_rate_for_peak(short.value, _HOURS_SHORT))
    assert seen.low is not None
    assert seen.high is not None
    return [
        Check(
            f"G-V4-{label}",
            "G-V4",
            f"Day of the withdrawal peak, half-life {float(half_life):g} h",
            "d",
            float(tapering.withdrawal_peak(float(half_life), rate).peak_day),
            seen,
            seen.low,
            seen.high,
            (short, half_life),
            note="Half-lives of nordazepam; 12 h stands for the short drugs in the calibration.",
        )
        for label, half_life in (
            ("40h", nordazepam.parameter("half_life_h")),
            ("80h", nordazepam.parameter("half_life_elderly_h")),
        )
    ]


def taper_timing() -> list[Check]:
    """G-V5: when the deficit is worst in a taper of a quarter a week, as a share of four weeks."""
    quantity = drugs.observation("schweizer1990-failed-short").quantity
    seen = Quantity(
        0.75,
        "1",
        0.5,
        1.0,
        spread_kind="range",
        n=quantity.n,
        population=quantity.population,
        source=quantity.source,
        grade=quantity.grade,
        note="Hardest in the last half.",
    )
    weeks = np.arange(0.0, 60.0, 0.05)
    inputs = (drugs.constant("tolerance.k_per_d"), drugs.constant("tolerance.c50_ratio"))
    checks = []
    for hours in (12.0, 60.0):
        course = tapering.taper(weeks, tapering.linear(0.25, 7.0), hours)
        day = float(tapering.withdrawal(course).peak_day)
        checks.append(
            Check(
                f"G-V5-{hours:g}h",
                "G-V5",
                f"Worst deficit as a share of a four-week taper, half-life {hours:g} h",
                "1",
                day / 28.0,
                seen,
                0.5,
                1.0,
                inputs,
                note=f"Day {day:.0f}; the last cut is on day 21.",
            )
        )
    return checks


def forced_constants() -> list[Check]:
    """G-V18: co-agonist constants forced through a maximum and a half-effect (1 % accepted)."""
    p_max, ec50, _ = _receptor_inputs()
    checks = []
    for name, c, k in (("mwc_L", 0.00373, 61.0), ("mwc_L_alternative", 0.00211, 60.7)):
        gating = drugs.constant(f"gaba.{name}")
        fitted = gaba.fit_receptor(p_max.value, ec50.value, gating.value)
        for symbol, unit, value, reference in (
            ("c", "1", fitted.c_gaba, c),
            ("K", "uM", fitted.k_gaba_uM, k),
        ):
            checks.append(
                Check(
                    f"G-V18-{symbol}-{gating.value:g}",
                    "G-V18",
                    f"Constant {symbol} of GABA with L = {gating.value:g}",
                    unit,
                    float(np.asarray(value)),
                    _reference(reference, unit, p_max.source),
                    0.99 * reference,
                    1.01 * reference,
                    (p_max, ec50, gating),
                    used_in_fitting=True,
                    note="L is remembered and cannot be read off the curve.",
                    arithmetic=True,
                )
            )
    return checks


def checks() -> tuple[Check, ...]:
    """Return all comparisons of this page, in the order of the targets."""
    return tuple(
        check
        for target in (
            potentiation,
            shift,
            reference_gating,
            withdrawal_day,
            taper_timing,
            forced_constants,
        )
        for check in target()
    )
