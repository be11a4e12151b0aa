"""Self-checks of "For whom?": one at the end of each section."""

from __future__ import annotations

from functools import partial

import numpy as np

from mechanisms import decisions, drugs, receptors, tapering
from mechanisms.evidence import conversions

from ..draw import Draw
from ..item import item
from ..questions import Choice, Misconception, Numeric

PAGE = "applications/patient"
check = partial(item, page=PAGE, points=1, attempts=2)

_STEPS = {
    "first": "The first dose: it takes more transporters than the step up will.",
    "alike": "They are about alike, within five points of 100.",
    "second": "The step up: it takes more transporters than the first dose.",
}


_FULL = {"sertraline": [50, 100], "paroxetine": [20, 40]}


@check(
    "check-patient-starting",
    "Which step is the larger?",
    section=f"{PAGE}#starting-low-when-a-racing-heart-is-the-symptom",
)
def starting(draw: Draw) -> Choice:
    """Compare the first dose with the step up, in transporters."""
    drug = draw.pick("drug", list(_FULL))
    full = draw.pick("full dose (mg)", _FULL[drug])
    part = draw.pick("first dose, of the full one", [0.05, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.5])
    fit = drugs.occupancy_fit(drug)
    assert fit.ed50 is not None
    assert fit.omax is not None
    low, high = (
        100 * float(receptors.dose_occupancy(d, float(fit.ed50), fit.omax.fraction))
        for d in (part * full, full)
    )
    first, second = low, high - low
    key = "alike" if abs(first - second) <= 5 else "first" if first > second else "second"
    ask = {
        "first": "What does the first dose hold, and what is added by the step up?",
        "alike": "Work out both numbers. Are they within five points of each other?",
        "second": "The step up is larger in milligrams. Is the curve as steep up there?",
    }
    return Choice.of(
        draw,
        prompt=f"{drug.capitalize()} holds half of its plateau ({fit.omax.value:g} % of all "
        f"transporters) at {float(fit.ed50):g} mg a day. Somebody starts with {part * full:g} mg "
        f"and steps up to {full} mg. Which of the two steps is larger in transporters held?",
        key=_STEPS[key],
        wrong=[(_STEPS[k], ask[k]) for k in _STEPS if k != key],
        solution=f"At {part * full:g} mg {low:.0f} % are held, at {full} mg {high:.0f} %.\n"
        f"The steps are {first:.0f} and {second:.0f} points. {_STEPS[key]}",
    )


@check("check-patient-risks", "More of a thousand", section=f"{PAGE}#risks-a-person-can-picture")
def risks(draw: Draw) -> Numeric:
    """Additional people from a ratio of risks."""
    base = draw.pick("of 1000 anyway", [2, 4, 5, 8, 12, 20])
    ratio = draw.pick("risk ratio", [1.5, 2, 2.5, 3, 4, 5])
    key = 1000 * float(conversions.risk_from_risk_ratio(ratio, base / 1000)) - base
    return Numeric(
        prompt=f"A harm happens to {base} of 1000 people anyway. With a drug the risk is {ratio:g} "
        "times as high. How many more of 1000 have it?",
        key=key,
        unit="of 1000",
        misconceptions=(
            Misconception(
                base * ratio, "That is everybody who has it. How many had it without the drug?"
            ),
            Misconception(
                10 * ratio,
                "You read the ratio as per cent. What does it multiply?",
            ),
        ),
        solution=f"{base} × {ratio:g} = {base * ratio:g} of 1000 with the drug.\n"
        f"{base * ratio:g} − {base} = {key:g} more.",
    )


@check("check-patient-taper", "The last cuts", section=f"{PAGE}#a-taper-designer")
def taper(draw: Draw) -> Numeric:
    """Cut in per cent of the present dose."""
    drug = draw.pick("drug", ["lorazepam", "diazepam"])
    piece = float(drugs.constant(f"tablets.{drug}_small_mg")) / 2
    start = draw.pick("start, in pieces", [8, 9, 10, 12])
    now = draw.pick("now, in pieces", [2, 3, 4, 5])
    cut = 100 / now
    plan = tapering.Schedule(np.array([0.0, 14.0]), np.array([now / start, (now - 1) / start]))
    key = 100 * float(1 - plan.dose[1] / plan.dose[0])
    return Numeric(
        prompt=f"A taper of {drug} began at {start * piece:g} mg a day and stands at "
        f"{now * piece:g} mg. The smallest piece is half of a tablet of {2 * piece:g} mg. By how "
        "many per cent of the present dose does the next cut of one piece go down?",
        key=key,
        unit="%",
        misconceptions=(
            Misconception(
                100 / start,
                "That is a share of the first dose. What does the person take now?",
            ),
            Misconception(
                100 / (now - 1),
                "You divided by the dose after the cut. From which dose is it taken?",
            ),
        ),
        solution=f"{piece:g} / {now * piece:g} = {cut:.0f} % of the present dose, though only "
        f"{100 / start:.0f} % of the first one.\n"
        "Tablets set the last steps of a taper, whatever the rule says.",
    )


@check(
    "check-patient-combination", "Both, against what?", section=f"{PAGE}#drug-and-therapy-together"
)
def combination(draw: Draw) -> Numeric:
    """Find the number to treat of a combination against the better single treatment."""
    both = draw.pick("both (of 100)", [70, 72, 74, 76, 78, 80, 82])
    therapy = draw.pick("therapy (of 100)", [54, 58, 62])
    placebo = draw.pick("placebo (of 100)", [22, 26, 30])
    key = 100 / (both - therapy)
    return Numeric(
        prompt=f"In an invented trial {both} of 100 were better with drug and therapy, {therapy} "
        f"with therapy alone and {placebo} with a placebo tablet. To how many people in therapy "
        "must the drug be given for one more to be better?",
        key=key,
        unit="people",
        misconceptions=(
            Misconception(
                100 / (both - placebo),
                "That compares with a placebo tablet. What do these people get anyway?",
            ),
            Misconception(
                float(both - therapy),
                "That is how many more of 100. How many people are there to one of them?",
            ),
        ),
        solution=f"{both} − {therapy} = {both - therapy} more of 100; 100 / {both - therapy} = "
        f"{key:.1f} people.\nAgainst placebo it would be {100 / (both - placebo):.1f}: another "
        "question.",
    )


@check(
    "check-patient-decision",
    "From points to weights",
    section=f"{PAGE}#a-decision-with-the-weights-on-the-table",
)
def decision(draw: Draw) -> Numeric:
    """Weight of a criterion from swing points."""
    harm = draw.pick("harm (points)", [20, 40, 60, 80])
    wait = draw.pick("waiting (points)", [10, 25, 50])
    hours = draw.pick("hours (points)", [5, 15, 30])
    key = 100 * float(decisions.swing_weights([100.0, harm, wait, hours])[1])
    return Numeric(
        prompt="Somebody gives 100 points to the swing in response, "
        f"{harm} to harm, {wait} to waiting and {hours} to hours of therapy. What weight does the "
        "harm get, in per cent?",
        key=key,
        unit="%",
        misconceptions=(
            Misconception(float(harm), "These are points. Do all the points together make 100?"),
            Misconception(
                25.0, "That would be the same for all four. Are the swings worth the same?"
            ),
        ),
        solution=f"All points: 100 + {harm} + {wait} + {hours} = {100 + harm + wait + hours}.\n"
        f"{harm} / {100 + harm + wait + hours} = {key:.0f} %.\n"
        "The points are this person's; the division is everybody's.",
    )


@check("check-patient-feedback", "Chasing noise", section=f"{PAGE}#care-that-measures")
def feedback(draw: Draw) -> Numeric:
    """Spread of a difference of two measurements."""
    error = draw.pick("error (points)", [1.5, 2.0, 2.5, 3.0, 3.5])
    score = draw.pick("score", [8, 9, 10, 11, 12, 13, 14, 15])
    key = float(np.hypot(error, error))
    return Numeric(
        prompt=f"A questionnaire is off by {error:g} points (standard deviation) each time, by "
        f"chance. A person stays at {score} points in truth and is measured twice. With which "
        "standard deviation does the difference of the two scores scatter?",
        key=key,
        unit="points",
        misconceptions=(
            Misconception(error, "That is one measurement. How many go into a difference?"),
            Misconception(
                2 * error,
                "You added the two errors. Do they always go the same way?",
            ),
        ),
        solution=f"Squares add: {error:g}² + {error:g}² = {2 * error**2:.2f}; the root is "
        f"{key:.1f} points.\nA “fall” of that size says nothing about the drug.",
    )


_KINDS = {
    "level": "One keeps the other in the body: its level rises.",
    "effect": "Their effects meet, though neither changes the other's level.",
    "induction": "One makes the body clear the other faster: its level falls.",
}
_PAIRS = {
    "fluvoxamine with tizanidine": ("level", "In a study tizanidine rose 33-fold."),
    "fluvoxamine with duloxetine": ("level", "In a study duloxetine rose 5.6-fold."),
    "itraconazole with alprazolam": ("level", "In a study alprazolam rose 2.7-fold."),
    "an SSRI with an MAO inhibitor": ("effect", "Pump and drain of serotonin closed at once."),
    "a benzodiazepine with an opioid": ("effect", "Both make breathing shallower."),
    "rifampicin with alprazolam": ("induction", "In a study alprazolam fell to 0.12."),
    "carbamazepine with alprazolam": ("induction", "In a study alprazolam fell to 0.42."),
}


@check(
    "check-patient-serotonin-syndrome",
    "What meets what?",
    section=f"{PAGE}#too-much-of-it-serotonin-syndrome",
)
def serotonin_syndrome(draw: Draw) -> Choice:
    """Sort an interaction by its kind."""
    pair = draw.pick("pair", list(_PAIRS))
    age = draw.pick("age", [29, 38, 47, 56, 65])
    kind, why = _PAIRS[pair]
    ask = {
        "level": "Does one of them block what clears the other?",
        "effect": "Do both act on the same thing in the body, at unchanged levels?",
        "induction": "Does one of them make the liver build more enzyme?",
    }
    return Choice.of(
        draw,
        prompt=f"Somebody of {age} is to combine {pair}. What is the trouble with this pair?",
        key=_KINDS[kind],
        wrong=[(_KINDS[k], ask[k]) for k in _KINDS if k != kind],
        solution=f"{why}\n{_KINDS[kind]}\n"
        "Where levels change, a dose can answer for it; where effects meet, none can.",
    )
