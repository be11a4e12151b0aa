"""Exercises of the first weeks on an SSRI: dose, brake, early worsening, onset."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mechanisms import drugs, receptors, serotonin, symptoms

from ..draw import Draw
from ..item import item
from ..questions import Choice, Code, Misconception, Numeric, Setting

PAGE = "hands_on/first_weeks"
DOSE = "principles/serotonin#dose-and-occupancy-three-ratios-that-must-not-be-mixed-up"
BRAKE = "principles/serotonin#the-brake-and-how-it-lets-go"
ONSET = "principles/serotonin#when-people-feel-it-and-early-worsening"

DAYS = np.arange(0, 42.5, 0.5)
FULL_MG = 50.0


@cache
def _fit(drug: str) -> tuple[float, float]:
    """Dose of half the plateau (mg/day) and plateau (a fraction) of a published fit."""
    fit = drugs.occupancy_fit(drug)
    assert fit.ed50 is not None
    assert fit.omax is not None
    return float(fit.ed50), fit.omax.fraction


_DOSES = [
    ("sertraline", 12.5), ("sertraline", 25), ("sertraline", 50), ("sertraline", 100),
    ("sertraline", 20),
    ("sertraline", 37.5),
    ("sertraline", 75),
    ("paroxetine", 5), ("paroxetine", 10), ("paroxetine", 20), ("paroxetine", 30),
    ("escitalopram", 2.5), ("escitalopram", 5), ("escitalopram", 10),
    ("fluoxetine", 5), ("fluoxetine", 10),
]  # fmt: skip
_PEOPLE = ["Mara", "Ansel", "Noor", "Ilya"]


def _hyperbola(ed50: float, top: float) -> dict[str, str]:
    return {
        "Plateau of the published fit": f"{100 * top:.1f} % of all transporters",
        "Dose of half the plateau": f"{ed50:g} mg a day",
    }


@item("first-weeks-doubling", "What the second tablet adds", page=PAGE, section=DOSE)
def doubling(draw: Draw) -> Numeric:
    """Gain in occupancy when a dose is doubled."""
    drug, dose = draw.pick("drug and dose", _DOSES)
    who = draw.pick("person", _PEOPLE)
    ed50, top = _fit(drug)
    gain = 100 * float(receptors.doubling_gain(dose, ed50, top))
    now, double = (100 * float(receptors.dose_occupancy(d, ed50, top)) for d in (dose, 2 * dose))
    return Numeric(
        prompt=f"{who} takes {dose:g} mg of {drug} a day and is told to double it. By how many "
        "percentage points does the occupancy of the serotonin transporter rise?",
        given=_hyperbola(ed50, top),
        key=gain,
        unit="points",
        rel_tol=0.01,
        abs_tol=0.3,
        misconceptions=(
            Misconception(
                now,
                "That is as much again as the first dose holds: twice the drug, twice the effect. "
                "But most seats are taken already. How many are left for the second tablet?",
            ),
            Misconception(
                double,
                "That is where the doubled dose arrives. How far is it from where it started?",
            ),
            Misconception(
                100 * top - now,
                "That is all the room up to the plateau. Does one doubling fill it, or does the "
                "curve only come closer?",
            ),
        ),
        solution=f"Occupancy is plateau × dose / (half-dose + dose).\n"
        f"At {dose:g} mg: {100 * top:.1f} × {dose:g} / ({ed50:g} + {dose:g}) = {now:.1f} %.\n"
        f"At {2 * dose:g} mg: {100 * top:.1f} × {2 * dose:g} / ({ed50:g} + {2 * dose:g}) = "
        f"{double:.1f} %.\n"
        f"The difference is {gain:.1f} points: twice the drug, "
        f"{100 * gain / now:.0f} % more occupancy.",
    )


@item("first-weeks-three-ratios", "Which of the three ratios?", page=PAGE, section=DOSE)
def three_ratios(draw: Draw) -> Numeric:
    """One occupancy under the denominator that is asked for."""
    drug, dose = draw.pick("drug and dose", _DOSES)
    asked = draw.pick("ratio", ["plateau", "target"])
    ed50, top = _fit(drug)
    ratios = receptors.occupancy_ratios(dose, ed50, top)
    absolute, plateau, target = (100 * float(r) for r in ratios)
    words = {
        "plateau": "What share of this drug's plateau is that: of the transporters that any dose "
        "of it can reach?",
        "target": "What share of the usual 80 % target is that?",
    }
    slips = {
        "all": Misconception(
            absolute,
            "That counts all transporters. The question names another whole. What is 100 % here?",
        ),
        "plateau": Misconception(
            plateau,
            "That is the share of what this drug can reach at any dose. "
            "Was the plateau the yardstick that was asked for?",
        ),
        "target": Misconception(
            target,
            "That is the share of the 80 % that is seen at usual doses. "
            "Was the target the yardstick that was asked for?",
        ),
    }
    key, whole = (plateau, 100 * top) if asked == "plateau" else (target, 80.0)
    return Numeric(
        prompt=f"Somebody says that {dose:g} mg of {drug} a day “already has most of its "
        f"effect at the transporter”. {words[asked]} It may exceed 100 %.",
        given=_hyperbola(ed50, top),
        key=key,
        unit="%",
        rel_tol=0.0,
        abs_tol=0.6,
        misconceptions=tuple(slip for name, slip in slips.items() if name != asked),
        solution=f"Of all transporters: {100 * top:.1f} × {dose:g} / ({ed50:g} + {dose:g}) = "
        f"{absolute:.1f} %.\n"
        f"The whole that is asked for is {whole:.1f} % of all transporters.\n"
        f"{absolute:.1f} / {whole:.1f} = {key:.1f} %.\n"
        f"The same tablet is {absolute:.0f}, {plateau:.0f} or {target:.0f} %, "
        "depending on the whole.",
    )


_STARTER = '''\
def dose_for(target, ed50_mg, plateau):
    """Daily dose (mg) that reaches an occupancy.

    target: wanted share of all transporters, 0 to 1, below the plateau
    ed50_mg: dose of half the plateau (mg a day)
    plateau: highest share that any dose can reach, 0 to 1
    """
    dose_mg = None  # your line
    return dose_mg
'''


@item("first-weeks-dose-for", "From occupancy back to the dose", page=PAGE, section=DOSE, points=3)
def dose_for(draw: Draw) -> Code:
    """Turn the hyperbola around."""
    drug = draw.pick("drug", ["sertraline", "paroxetine", "escitalopram", "fluoxetine"])
    target = draw.pick("target", [0.5, 0.55, 0.6, 0.65, 0.7, 0.75])
    ed50, top = _fit(drug)
    cases = tuple(
        (share, half, high)
        for share, half, high in (
            (target, ed50, top),
            (0.4, 7.5, 0.8),
            (draw.pick("second target", [0.3, 0.45, 0.62]), 3.0, 0.9),
            (0.0, 5.0, 0.85),
        )
    )

    def reference(share: float, half: float, high: float) -> float:
        return float(receptors.dose_for_occupancy(share, half, high))

    answer = reference(target, ed50, top)
    return Code(
        prompt="The curve tells the occupancy of a dose. A person who wants to come off slowly "
        "needs it the other way round: which dose holds a given share? Write dose_for(target, "
        "ed50_mg, plateau), which turns occupancy = plateau × dose / (ed50 + dose) around. "
        f"For {drug} (half the plateau at {ed50:g} mg, plateau {top:.4g}) and a target of "
        f"{target:g} it returns {answer:.2f} mg.",
        function="dose_for",
        starter=_STARTER,
        reference=reference,
        cases=cases,
        misconceptions=(
            Misconception(
                lambda share, half, high: share * half / (1 - share),
                "This lets the drug reach every transporter. What happens to your dose as the "
                "target comes close to the plateau?",
            ),
            Misconception(
                lambda share, half, high: share * 2 * half / high,
                "This is a straight line through the half-dose. Does the curve still go straight "
                "above and below it?",
            ),
            Misconception(
                lambda share, half, high: high * share / (half + share),
                "This is the curve itself, with the target put in for the dose. Which of the two "
                "is known here, and which is looked for?",
            ),
        ),
        solution="Multiply by the bottom of the fraction: occupancy × (ed50 + dose) = "
        "plateau × dose.\nCollect the dose: dose × (plateau − occupancy) = occupancy × ed50.\n"
        "So: return target * ed50_mg / (plateau - target).\n"
        f"Check: {target:g} × {ed50:g} / ({top:.4g} − {target:g}) = {answer:.2f} mg.",
    )


@item("first-weeks-brake", "Fewer impulses, slower clearance", page=PAGE, section=BRAKE)
def brake(draw: Draw) -> Numeric:
    """Serotonin at the endings on the first day: the race of brake and pump."""
    percent = draw.pick("occupied (%)", [*range(50, 87)])
    region = draw.pick("region", ["hippocampus", "frontal cortex"])
    share = percent / 100
    where = serotonin.region(region)
    other = float(np.asarray(where.reuptake.other_terminal))
    state = serotonin.balance(share, where)
    firing, key = 100 * float(state.firing), 100 * float(state.terminal)
    left = (1 - share + other) / (1 + other)
    return Numeric(
        prompt=f"First day on an SSRI. It holds {percent} % of the serotonin pumps, and the brake "
        f"at the cell body has lowered firing to {firing:.1f} % of its resting rate. How much "
        f"serotonin is there at the endings of a {region}-like region, relative to rest?",
        given={
            "Pumps held": f"{percent} %",
            "Firing": f"{firing:.1f} % of rest",
            "Other ways out at these endings": f"{other:g} times what all pumps carry at rest",
        },
        key=key,
        unit="%",
        rel_tol=0.025,
        misconceptions=(
            Misconception(
                firing,
                "You let the endings follow the firing. What does the blocked pump do to the "
                "serotonin that each impulse sets free?",
            ),
            Misconception(
                100 / left,
                "You slowed the clearance and left the firing as it was. Does the cell still fire "
                "at its old rate?",
            ),
            Misconception(
                firing / (1 - share),
                "You treated the pump as the only way out. What did the list say about the others?",
            ),
        ),
        solution="Level = release / clearance, all relative to rest.\n"
        f"Release follows firing: {firing / 100:.3f}.\n"
        f"Clearance left: (1 − {share:g} + {other:g}) / (1 + {other:g}) = {left:.3f}.\n"
        f"{firing / 100:.3f} / {left:.3f} = {key / 100:.2f}, so {key:.0f} % of rest: "
        + (
            "slower clearance wins, and the level rises."
            if key > 100
            else "the brake wins, and the level dips."
        )
        + "\nThe strength of the brake is assumed; the race is the point.",
    )


def rise(start_mg: ArrayLike, days_low: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Occupancy, and rise in anxiety per unit of sensitivity, on `DAYS` (last axis).

    Sertraline from day 0 in the starting dose, from day `days_low` on in the full dose.
    """
    half_life_d = float(drugs.get("sertraline").parameter("half_life_h")) / 24
    start = np.asarray(start_mg, dtype=np.float64)[..., None]
    arrived = -np.expm1(-np.log(2) * DAYS / half_life_d)
    stepped = -np.expm1(-np.log(2) * np.maximum(DAYS - days_low, 0) / half_life_d)
    first = start if days_low else FULL_MG + 0 * start
    ed50, top = _fit("sertraline")
    occupied = receptors.dose_occupancy(first * arrived + (FULL_MG - first) * stepped, ed50, top)
    raphe = serotonin.homeostatic_drive(DAYS, occupied).raphe
    return occupied, symptoms.early_worsening(DAYS, raphe, 1.0)


_one_rise = lru_cache(maxsize=256)(rise)


def readings(
    occupied: NDArray[np.float64], rising: NDArray[np.float64], days_low: float, sensitivity: float
) -> Mapping[str, float]:
    """Readouts of the figure `ex-first-weeks-start`, of one course."""
    before = rising[days_low >= DAYS].max() if days_low else 0.0
    return {
        "Before the step up": float(sensitivity * before),
        "After the step up": float(sensitivity * rising[days_low <= DAYS].max()),
        "Pumps held on day 14": float(100 * occupied[DAYS == 14][0]),
    }


def start_low(start_mg: float, days_low: float, sensitivity: float) -> Mapping[str, float]:
    """Worst rise in anxiety (points of 100) before and after the step to 50 mg."""
    return readings(*_one_rise(start_mg, days_low), days_low, sensitivity)


@item("first-weeks-start-low", "How low, and for how long?", page=PAGE, section=ONSET, points=3)
def how_low(draw: Draw) -> Setting:
    """Find a starting dose that splits the jolt into two."""
    sensitivity, deadline, limit = draw.pick(
        "sensitivity, deadline and limit",
        [
            (12, 7, 10), (18, 7, 15), (19, 7, 16), (24, 7, 20), (25, 7, 21),
            (12, 10, 10), (15, 10, 12), (18, 10, 14), (22, 10, 17), (25, 10, 19),
            (12, 14, 9), (15, 14, 11), (18, 14, 13), (21, 14, 15), (24, 14, 17),
        ],
    )  # fmt: skip
    best_mg = {7: 22, 10: 19, 14: 17}[deadline]
    who = draw.pick("person", ["Mara", "Ansel", "Noor"])
    within = (0.0, float(limit))
    share_held = float(receptors.dose_occupancy(best_mg, *_fit("sertraline")))
    start = {"sensitivity": float(sensitivity)}
    return Setting(
        prompt=f"{who} has panic attacks and reacts to every change: set the sensitivity to "
        f"{sensitivity}. The full dose of 50 mg is to be reached by day {deadline} at the latest. "
        "Find a starting dose, and the days on it, for which neither rise, before and after the "
        f"step up, goes beyond {limit} points.",
        figure="ex-first-weeks-start",
        model=start_low,
        goal={
            "Before the step up": within,
            "After the step up": within,
            "days_low": (0.0, float(deadline)),
            "sensitivity": (float(sensitivity), float(sensitivity)),
        },
        example={"start_mg": float(best_mg), "days_low": deadline, **start},
        misconceptions=(
            Misconception(
                {"start_mg": 25.0, "days_low": 0, **start},
                "The full dose from the first day is one large jolt. What would two smaller ones "
                "look like?",
                where={"days_low": (0.0, 0.0)},
            ),
            Misconception(
                {"start_mg": 6.0, "days_low": deadline, **start},
                "Very low is not safest: now nearly the whole jolt comes with the step up. "
                "How large should the first of two steps be?",
                where={"After the step up": (1.12 * limit, 100.0), "Before the step up": within},
            ),
            Misconception(
                {"start_mg": 42.0, "days_low": deadline, **start},
                "The first tablets bring the jolt here. The curve is steep at the bottom: what "
                "would less than half of the full dose hold?",
                where={"Before the step up": (1.12 * limit, 100.0)},
            ),
            Misconception(
                {"start_mg": float(best_mg), "days_low": 21, **start},
                "Waiting longer does soften the second rise, but the full dose comes too late. "
                "Can the size of the first step do the work instead?",
                where={"days_low": (deadline + 1.0, 21.0)},
            ),
        ),
        solution="In this model only change is felt, so two equal steps are best.\n"
        "Equal in effect is not equal in milligrams: the curve is steep at the bottom, and "
        f"{best_mg} mg of 50 already hold about {100 * share_held:.0f} % of the "
        "pumps.\n"
        f"With {best_mg} mg for {deadline} days the rises are "
        + " and ".join(
            f"{value:.1f}" for value in list(start_low(best_mg, deadline, sensitivity).values())[:2]
        )
        + " points.\nAll constants behind this figure are assumed: it shows why starting low can "
        "help, not what dose anybody should take.",
    )


_ONSET = {
    "SSRI": "Its lead over placebo is small at first and grows at an even pace over the weeks; "
    "no single day marks the onset.",
    "SNRI": "Its lead over placebo opens faster in the beginning and grows more slowly later.",
    "benzodiazepine": "It is ahead in the first week; by week eight the other classes have caught "
    "up.",
}


@item("first-weeks-onset", "What to say about waiting", page=PAGE, section=ONSET)
def onset(draw: Draw) -> Choice:
    """Time course of one class in trials of anxiety disorders."""
    drug, kind = draw.pick(
        "drug",
        [
            ("escitalopram", "SSRI"), ("paroxetine", "SSRI"), ("sertraline", "SSRI"),
            ("venlafaxine", "SNRI"), ("duloxetine", "SNRI"),
            ("alprazolam", "benzodiazepine"), ("clonazepam", "benzodiazepine"),
        ],
    )  # fmt: skip
    who = draw.pick("person", _PEOPLE)
    feedback = {
        "SSRI": "An even pace is how the gap grows for another class. Does this drug block one "
        "pump, two, or none?",
        "SNRI": "Fast first and slower later fits the drugs that block two pumps. Is this one of "
        "them?",
        "benzodiazepine": "Ahead within the first week: that is the class that turns a receptor up "
        "directly. Does this drug?",
    }
    wrong: list[tuple[str, str]] = [
        (_ONSET[name], feedback[name]) for name in _ONSET if name != kind
    ]
    wrong.append(
        (
            "Nothing happens for four to six weeks; then it begins to work.",
            "So leaflets often say. In trials the drug arms part from placebo earlier, at first by "
            "little. What does a gap look like that starts at zero and has to become large?",
        )
    )
    return Choice.of(
        draw,
        prompt=f"{who} begins {drug} for an anxiety disorder and asks when it will work. Which "
        "answer fits what trials found about this class of drugs, on average?",
        key=_ONSET[kind],
        wrong=wrong,
        solution=f"{drug.capitalize()} is {'an' if kind.startswith('S') else 'a'} {kind}.\n"
        "In 57 trials in anxiety disorders the gap to placebo was best described by a straight "
        "line for SSRIs and by a curve that flattens for SNRIs; benzodiazepines were ahead in "
        "week one and level by week eight.\n"
        "Placebo groups improve early too, so feeling better in week two says little about the "
        "drug.\nThese are averages. They promise nothing to one person.",
    )
