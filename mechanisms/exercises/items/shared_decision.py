"""Exercises on decisions: gain and harm, weights, first dose, measuring, serotonin syndrome."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mechanisms import data, decisions, drugs, receptors

from ..draw import Draw
from ..item import item
from ..questions import Choice, Code, Misconception, Numeric, Setting

PAGE = "hands_on/shared_decision"
START = "applications/patient#starting-low-when-a-racing-heart-is-the-symptom"
RISKS = "applications/patient#risks-a-person-can-picture"
TOGETHER = "applications/patient#drug-and-therapy-together"
WEIGHTS = "applications/patient#a-decision-with-the-weights-on-the-table"
MEASURE = "applications/patient#care-that-measures"
SYNDROME = "applications/patient#too-much-of-it-serotonin-syndrome"

OPTIONS = ("CBT after the wait", "Sertraline now", "Both")
_CAMS = {
    "CBT": "walkup2008-response-cbt",
    "sertraline": "walkup2008-response-sertraline",
    "sertraline and CBT": "walkup2008-response-sertraline-and-cbt",
}


def _counts(arm: str) -> tuple[int, int]:
    """Responders and randomised of one arm of a trial."""
    row = next(row for row in data.event_arms() if row.id == arm)
    assert row.events is not None
    assert row.total is not None
    return row.events, row.total


def _harm() -> float:
    """More young people of 1000 with suicidal thoughts or acts on an antidepressant."""
    return next(float(row.quantity) for row in data.risks() if row.id == "suicidality-under18")


@item("decision-adolescent", "Gain and harm, counted alike", page=PAGE, section=RISKS)
def adolescent(draw: Draw) -> Numeric:
    """Additional responders among young people, and the harm beside them."""
    arm = draw.pick("treatment", list(_CAMS))
    people = draw.pick(
        "young people", [150, 180, 200, 220, 250, 280, 300, 350, 400, 450, 500, 600, 700, 800, 900]
    )
    events, total = _counts(_CAMS[arm])
    control, total_control = _counts("walkup2008-response-placebo")
    p1, p0 = events / total, control / total_control
    both = decisions.outcome_frequencies(p0, p1, people)
    more = people * (p1 - p0)
    harmed = people * _harm() / 1000
    drug = "sertraline" in arm
    return Numeric(
        prompt=f"In a trial in 7- to 17-year-olds with anxiety disorders {events} of {total} "
        f"responded to {arm} within twelve weeks, and {control} of {total_control} to placebo "
        f"tablets. A town gives {arm} to {people} young people like these. How many more respond "
        "than would have on placebo? (Harm is counted apart: under 18, over all disorders, an "
        f"antidepressant means {_harm():g} more of 1000 with suicidal thoughts or acts.)",
        given={
            arm[0].upper() + arm[1:]: f"{events} of {total} responded",
            "Placebo": f"{control} of {total_control} responded",
            "Treated in the town": f"{people}",
        },
        key=more,
        unit="people",
        rel_tol=0.005,
        abs_tol=0.6,
        misconceptions=(
            Misconception(
                people * p1,
                "That is everybody who responds. How many of them would have responded to placebo?",
            ),
            Misconception(
                more - harmed if drug else people * p0,
                "You took the harmed from those who gained. Is one of them worth exactly one of "
                "the others, and who says so?"
                if drug
                else "That is how many respond on placebo. How many more is it with treatment?",
            ),
            Misconception(
                people * (p1 - p0) / p0,
                "You divided by the placebo response. That is a relative gain: the question asks "
                "for people. Of which whole?",
            ),
        ),
        solution=f"Treated: {events} / {total} = {p1:.3f}; placebo: {control} / {total_control} = "
        f"{p0:.3f}.\n"
        f"More: {p1 - p0:.3f} × {people} = {more:.0f} people; one for every {1 / (p1 - p0):.1f} "
        "treated.\n"
        f"As whole people: {int(both.treated)} instead of {int(both.control)}.\n"
        + (
            f"Beside it, not taken off it: {_harm():g} of 1000 is {harmed:.1f} of {people} with "
            "suicidal thoughts or acts, from other trials and all disorders.\n"
            if drug
            else "CBT alone carries no such figure here, because nobody counted it that way.\n"
        )
        + "What one outcome is worth against the other is no sum that a table can do.",
    )


def values() -> NDArray[np.float64]:
    """Partial values of the options on response, harm, waiting and hours of therapy."""
    responded = [
        np.divide(*_counts(_CAMS[arm])) for arm in ("CBT", "sertraline", "sertraline and CBT")
    ]
    wait = float(drugs.constant("decision.wait_weeks"))
    hours = float(drugs.constant("decision.therapy_hours"))
    facts = np.array([responded, [0.0, _harm(), _harm()], [wait, 0.0, 0.0], [hours, 0.0, hours]]).T
    worst = [facts[:, 0].min(), *facts[:, 1:].max(axis=0)]
    best = [facts[:, 0].max(), 0.0, 0.0, 0.0]
    return decisions.partial_value(facts, worst, best)


def overall(harm_points: float, wait_points: float, hour_points: float) -> Mapping[str, float]:
    """Readouts of the figure `ex-decision-weights`; the swing in response has 100 points."""
    weights = decisions.swing_weights([100.0, harm_points, wait_points, hour_points])
    total = 100 * decisions.additive_value(values(), weights)
    readouts = {name: float(v) for name, v in zip(OPTIONS, total, strict=True)}
    return {**readouts, "Both minus CBT": float(total[2] - total[0])}


@item("decision-flip", "Where the ranking turns", page=PAGE, section=WEIGHTS, points=3)
def flip(draw: Draw) -> Setting:
    """Find the points at which two options tie."""
    wait = draw.pick("waiting (points)", [15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65])
    hours = draw.pick("hours (points)", [0, 10, 20, 30])
    said = {"wait_points": float(wait), "hour_points": float(hours)}
    cbt, _, both = values()
    tie = float((100 * (both[0] - cbt[0]) + wait * (both[2] - cbt[2])) / (cbt[1] - both[1]))
    here = {name: (points - 1.0, points + 1.0) for name, points in said.items()}
    by_count = round(100 * _harm() / (1000 * (_rate("sertraline and CBT") - _rate("sertraline"))))
    return Setting(
        prompt="An invented girl of 15 and her mother give 100 points to the swing from the lowest "
        f"to the highest response. No waiting is worth {wait} points to them, no hours of therapy "
        f"{hours}. Set both. How many points must the harm swing (from {_harm():g} more of 1000 "
        "with suicidal thoughts or acts to none) be worth to them, so that CBT after the wait and "
        "both together come out level, within a point? These are their weights, nobody else's.",
        given={
            "No waiting": f"{wait} points",
            "No hours of therapy": f"{hours} points",
        },
        figure="ex-decision-weights",
        model=overall,
        goal={**here, "Both minus CBT": (-1.0, 1.0)},
        example={**said, "harm_points": float(round(tie))},
        misconceptions=(
            Misconception(
                {**said, "harm_points": float(by_count)},
                "That is what the harm weighs if every person counts alike, a response as much as "
                "a suicidal thought. Whose judgement is that?",
                where={"harm_points": (0.0, by_count + 10.0)},
            ),
            Misconception(
                {**said, "harm_points": float(round(tie - wait))},
                "With these points the two tie only if waiting counts nothing. What did they say "
                "about waiting?",
                where={"harm_points": (tie - wait - 4.0, tie - wait + 4.0), **here},
            ),
            Misconception(
                {**said, "harm_points": 150.0},
                "Now CBT leads. How far can you come back before both is ahead?",
                where={"Both minus CBT": (-100.0, -1.2), **here},
            ),
        ),
        solution="Set the two values equal; the sum of the points cancels.\n"
        f"CBT gains 100 × {cbt[0]:.3f} from response and all of the harm swing; both gains 100 "
        "from response and all of the waiting swing; neither gains from the hours.\n"
        f"100 × {cbt[0]:.3f} + harm = 100 + {wait}, so harm = {tie:.0f} points.\n"
        f"Above {tie:.0f} points CBT leads, below it both.\n"
        "The facts did not move. Two people who disagree can now see whether they disagree about "
        "a fact or about a weight.",
    )


def _rate(arm: str) -> float:
    events, total = _counts(_CAMS[arm])
    return events / total


@item("decision-value", "Facts times weights", page=PAGE, section=WEIGHTS)
def value(draw: Draw) -> Numeric:
    """Overall value of an option."""
    respond = draw.pick("respond (of 100)", [46, 49, 52, 55, 58])
    leave = draw.pick("leave (of 100)", [6, 7, 9, 12])
    visits = draw.pick("visits", [3, 6, 9, 12])
    leave_points = draw.pick("points for leaving", [40, 60, 80])
    visit_points = draw.pick("points for visits", [20, 30, 50])
    worst, best = np.array([42.0, 14.0, 16.0]), np.array([62.0, 4.0, 2.0])
    facts = np.array([respond, leave, visits], dtype=np.float64)
    partial = decisions.partial_value(facts, worst, best)
    points = np.array([100.0, leave_points, visit_points])
    weights = decisions.swing_weights(points)
    key = 100 * float(decisions.additive_value(partial[np.newaxis], weights)[0])
    upside = np.array([partial[0], 1 - partial[1], 1 - partial[2]])
    return Numeric(
        prompt="Three invented options are compared. An invented patient gives points to each "
        "swing from the worst to the best among them; these are his weights. What is the overall "
        "value of the option below, from 0 (worst on everything) to 100 (best on everything)?",
        given={
            "Respond": f"{respond} of 100 (worst 42, best 62); 100 points",
            "Leave for side effects": f"{leave} of 100 (worst 14, best 4); {leave_points} points",
            "Visits in three months": f"{visits} (worst 16, best 2); {visit_points} points",
        },
        key=key,
        unit="",
        rel_tol=0.01,
        abs_tol=0.6,
        misconceptions=(
            Misconception(
                100 * float((weights * upside).sum()),
                "You counted more leaving and more visits as better. Which end of these two scales "
                "is the best?",
            ),
            Misconception(
                100 * float(partial.mean()),
                "You gave each criterion the same weight. How did he divide his points?",
            ),
            Misconception(
                float((points * partial).sum()),
                "You added up points. What do the points have to be divided by so that the best on "
                "everything gets 100?",
            ),
        ),
        solution=f"Values: response ({respond} − 42) / 20 = {partial[0]:.2f}; leaving "
        f"(14 − {leave}) / 10 = {partial[1]:.2f}; visits (16 − {visits}) / 14 = {partial[2]:.2f}.\n"
        f"The points sum to {points.sum():g}, so the weights are "
        + ", ".join(f"{w:.3f}" for w in weights)
        + ".\n"
        + " + ".join(f"{w:.3f} × {v:.2f}" for w, v in zip(weights, partial, strict=True))
        + f" = {key / 100:.3f}, so {key:.0f} of 100.\n"
        "With another worst or best option on the table, the same words would need other points.",
    )


_STARTER = '''\
def flip_weight(values_a, values_b, weights, criterion):
    """Weight of one criterion at which two options have the same overall value.

    values_a, values_b: lists of partial values, 0 (worst) to 1 (best), one for each criterion
    weights: list of the present weights; they sum to 1
    criterion: place of the criterion that is varied, counted from 0; the others keep their
        proportions to each other
    """
    ...
    return weight
'''


def _flip(
    a: Sequence[float], b: Sequence[float], weights: Sequence[float], criterion: int
) -> float:
    """Weight at which the lead between two options changes."""
    found = decisions.rank_reversal([list(a), list(b)], weights, criterion)
    return float(np.nansum([found.down, found.up]))


Flip = Callable[[Sequence[float], Sequence[float], Sequence[float], int], float]


def _slip(*, alike: bool = False, moves: bool = True) -> Flip:
    """Make a wrong turning weight: other weights alike, not scaled up, or not moving."""

    def wrong(
        a: Sequence[float], b: Sequence[float], weights: Sequence[float], criterion: int
    ) -> float:
        others = np.array([k != criterion for k in range(len(weights))])
        shares = np.full(others.sum(), 1 / others.sum()) if alike else np.array(weights)[others]
        ra, rb = (float((shares * np.array(values)[others]).sum()) for values in (a, b))
        tilt = a[criterion] - b[criterion] - (ra - rb if moves else 0.0)
        return (rb - ra) / tilt if tilt else 0.0

    return wrong


@item("decision-flip-code", "Find the turning weight", page=PAGE, section=WEIGHTS, points=3)
def flip_code(draw: Draw) -> Code:
    """Write the rank-reversal weight."""
    good = draw.pick("good on the harm", [0.7, 0.8, 0.9, 1.0])
    poor = draw.pick("poor on the response", [0.1, 0.2, 0.3])
    share = draw.pick("weight of the harm", [0.15, 0.2, 0.25, 0.3, 0.35, 0.4])
    rest = round(0.8 - share, 2)
    first = ([poor, good, 0.5], [1.0, 0.1, 0.3], [rest, share, 0.2], 1)
    shown = _flip(*first)
    return Code(
        prompt="Two options, several criteria. How much weight would one criterion need for the "
        "lead to change? Write flip_weight(values_a, values_b, weights, criterion). While the "
        "weight of the criterion moves, the other weights keep their proportions and share what "
        f"is left. For {first[0]} and {first[1]} with weights {first[2]} and criterion 1 it "
        f"returns {shown:.3f}. There is exactly one such weight in every test.",
        function="flip_weight",
        starter=_STARTER,
        reference=_flip,
        cases=(
            first,
            ([1.0, 0.0, 0.2, 0.6], [0.3, 1.0, 0.8, 0.1], [0.4, 0.3, 0.2, 0.1], 1),
            ([poor, 1.0, 0.0], [0.9, 0.0, 0.6], [0.5, 0.2, 0.3], 1),
        ),
        misconceptions=(
            Misconception(
                _slip(moves=False),
                "You left the other weights as they are. If one weight grows, do all still sum to "
                "1?",
            ),
            Misconception(
                _slip(),
                "The other weights have to be shared out anew before anything moves. By what must "
                "they be divided so that they sum to 1 among themselves?",
            ),
            Misconception(
                _slip(alike=True),
                "You gave the other criteria equal weights. What did the person say about them?",
            ),
        ),
        solution="Let r be an option's value on all other criteria, with their weights divided by "
        "(1 - weights[criterion]).\n"
        "Its overall value is w * value + (1 - w) * r.\n"
        "Set both options equal and solve: w = (rb - ra) / ((a - ra) - (b - rb)), where a and b "
        "are the values on the criterion.\n"
        f"In the example this gives {shown:.3f}; the present weight is {share:g}, so the ranking "
        + ("turns if that person comes to care more." if shown > share else "has turned already."),
    )


_FIRST = {
    "sertraline": (50, 100),
    "paroxetine": (20, 40),
    "escitalopram": (10, 20),
    "fluoxetine": (20, 40),
}


@item("decision-first-dose", "Half the dose, half of what?", page=PAGE, section=START)
def first_dose(draw: Draw) -> Numeric:
    """Share of the full dose's occupancy that a low first dose already holds."""
    drug = draw.pick("drug", list(_FIRST))
    full = draw.pick("full dose (mg)", _FIRST[drug])
    part = draw.pick("part", [0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5])
    fit = drugs.occupancy_fit(drug)
    assert fit.ed50 is not None
    assert fit.omax is not None
    half, top = float(fit.ed50), fit.omax.fraction
    low, high = (float(receptors.dose_occupancy(x, half, top)) for x in (part * full, full))
    key = 100 * low / high
    return Numeric(
        prompt=f"An invented man with panic disorder is to reach {full} mg of {drug} a day and "
        f"starts with {part * full:g} mg. How many per cent of the transporters that the full dose "
        "will hold does the first dose hold already?",
        given={
            "Dose of half the plateau": f"{half:g} mg a day",
            "Plateau": f"{100 * top:.1f} % of all transporters",
            "First and full dose": f"{part * full:g} and {full} mg a day",
        },
        key=key,
        unit="%",
        rel_tol=0.02,
        misconceptions=(
            Misconception(
                100 * part,
                "You let the transporters follow the milligrams. Where on this curve do the first "
                "milligrams count most?",
            ),
            Misconception(
                100 * low,
                "That is the share of all transporters. The question asks for a share of what the "
                "full dose holds. How much is that?",
            ),
            Misconception(
                100 - key,
                "That is what the step up to the full dose will add. What is there before it?",
            ),
        ),
        solution="Occupancy is plateau × dose / (half-dose + dose).\n"
        f"First dose: {100 * top:.1f} × {part * full:g} / ({half:g} + {part * full:g}) = "
        f"{100 * low:.1f} %.\n"
        f"Full dose: {100 * top:.1f} × {full} / ({half:g} + {full}) = {100 * high:.1f} %.\n"
        f"{100 * low:.1f} / {100 * high:.1f} = {key:.0f} %; the plateau cancels.\n"
        "Whether a smaller first step feels gentler is an account of this book, with assumed "
        "constants; no trial that we read compared starting doses in panic disorder.",
    )


_ACTS = {
    "raise": "Raise: the score is above remission and has fallen too little since the dose was "
    "last set.",
    "keep": "Keep: the score has fallen enough since the dose was last set.",
    "rest": "Leave it: the score is down in remission.",
    "switch": "Switch: after this many weeks the rule gives the drug up.",
}
# Score at the start, when the dose was last set, and now.
_SCORES = [
    "15, 13, 10", "17, 14, 11", "16, 12, 9", "14, 11, 8", "18, 15, 12", "13, 10, 9",
    "16, 14, 9", "15, 13, 8", "18, 16, 11", "14, 12, 7", "17, 12, 8", "13, 12, 6",
    "12, 7, 4", "14, 6, 3", "11, 7, 4", "15, 8, 4",
]  # fmt: skip


@item("decision-measure", "What the rule says", page=PAGE, section=MEASURE)
def measure(draw: Draw) -> Choice:
    """Apply a rule of measurement-based care to three scores."""
    scores = draw.pick("scores", _SCORES)
    weeks = draw.pick("weeks since the change", [3, 4, 5, 6])
    start, then, now = (int(x) for x in scores.split(", "))
    least = float(drugs.constant("care.minimal_fall_points"))
    goal = float(drugs.constant("care.remission_score"))
    key = "rest" if now <= goal else "keep" if then - now >= least else "raise"
    ask = {
        "raise": f"Is the score above {goal:g}, and has it fallen by less than {least:g} points "
        "since the dose was last set?",
        "keep": "From which score do you count the fall: the very first, or the one when the dose "
        f"was last set? And is it {least:g} points or more, with the score still above {goal:g}?",
        "rest": f"Remission is a score, not a fall. Is it down at {goal:g} or below?",
        "switch": "The rule knows a score, a fall and a dose. Does it say anything about another "
        "drug?",
    }
    return Choice.of(
        draw,
        prompt="The rule of the chapter, at each visit: if the GAD-7 is above "
        f"{goal:g} and has fallen by less than {least:g} points since the dose was last set, take "
        f"the next dose; otherwise leave it. An invented patient had {start} points at the start, "
        f"{then} when the dose was last raised {weeks} weeks ago, and has {now} now. What does the "
        "rule say?",
        given={"At the start": f"{start}", "When last raised": f"{then}", "Now": f"{now}"},
        key=_ACTS[key],
        wrong=[(_ACTS[k], ask[k]) for k in _ACTS if k != key],
        solution=f"Now {now}: {'not ' if now > goal else ''}{goal:g} or below.\n"
        f"Since the dose was last set: {then} − {now} = {then - now} points; the rule wants "
        f"{least:g}. The {start - now} points since the start do not count.\n"
        f"{_ACTS[key]}\n"
        "The four points were estimated in people with chronic depression. A measuring error of "
        "three points can turn the answer; the rule has not been proven in anxiety.",
    )


_LINES = {
    "spontaneous": "It is met: clonus comes by itself.",
    "set off": "It is met: clonus that has to be set off, or of the eyes, with agitation or "
    "sweating.",
    "tremor": "It is met: tremor with brisk reflexes.",
    "none": "None of its lines is met.",
}
_LOOK = {
    "spontaneous": "Is there clonus here that nobody has to set off?",
    "set off": "That line needs two things: clonus that is set off or of the eyes, and agitation "
    "or sweating. Are both here?",
    "tremor": "That line needs tremor and brisk reflexes together. Are both here?",
    "none": "Go through the lines again, one by one. Does none of them fit?",
}
# Findings in words -> what they are.
_FINDINGS = {
    "her feet beat on and off while she lies still; she is restless": {
        "spontaneous clonus",
        "agitation",
    },
    "the calves jerk rhythmically by themselves; temperature 37.9 °C; she is calm": {
        "spontaneous clonus"
    },
    "clonus of the ankles when the foot is bent quickly; she is drenched in sweat": {
        "set-off clonus",
        "sweating",
    },
    "the eyes jerk slowly from side to side; she paces the room": {"eye clonus", "agitation"},
    "clonus of the ankles when the foot is bent quickly; she is calm, dry, her hands are still": {
        "set-off clonus"
    },
    "her hands tremble and the knee reflex is very brisk; no clonus, even when tried for": {
        "tremor",
        "brisk reflexes",
    },
    "tremor of both hands, brisk reflexes, wide pupils; ankles tested, no clonus": {
        "tremor",
        "brisk reflexes",
    },
    "she is restless and sweats; temperature 38.4 °C; reflexes normal, no clonus when tried for": {
        "agitation",
        "sweating",
    },
    "her hands tremble and she feels sick; reflexes normal, no clonus, even when tried for": {
        "tremor"
    },
}
_WHY = [
    "took the first tablets of a second serotonergic drug this morning",
    "had the dose of her antidepressant doubled yesterday",
    "was given an antibiotic that is also an MAO inhibitor, on top of her SSRI",
]


def _hunter(found: set[str]) -> str:
    """Line of the rule, as quoted in the task, that the findings meet first."""
    if "spontaneous clonus" in found:
        return "spontaneous"
    if found & {"set-off clonus", "eye clonus"} and found & {"agitation", "sweating"}:
        return "set off"
    return "tremor" if {"tremor", "brisk reflexes"} <= found else "none"


@item("decision-serotonin-syndrome", "Look for clonus", page=PAGE, section=SYNDROME)
def serotonin_syndrome(draw: Draw) -> Choice:
    """Apply the rule for serotonin syndrome, as quoted, to a patient."""
    findings = draw.pick("findings", list(_FINDINGS))
    why = draw.pick("why", _WHY)
    age = draw.pick("age", [26, 33, 41, 52])
    key = _hunter(_FINDINGS[findings])
    return Choice.of(
        draw,
        prompt=f"An invented woman of {age} {why}. Hours later: {findings}.\n\n"
        "Take the Hunter rule as this book quotes it, from memory and not re-read: somebody on a "
        "serotonergic drug has the syndrome with clonus that comes by itself; or clonus that can "
        "be set off, or of the eyes, with agitation or sweating; or tremor with brisk reflexes; or "
        "stiff muscles, more than 38 °C and clonus. What does the rule, so quoted, say here?",
        key=_LINES[key],
        wrong=[(_LINES[k], _LOOK[k]) for k in _LINES if k != key],
        solution="Write down the findings the rule asks about: "
        + ", ".join(sorted(_FINDINGS[findings]))
        + ".\nGo through the lines in order and stop at the first that fits.\n"
        f"{_LINES[key]}\n"
        "Whatever a rule says: a suspicion after a new serotonergic drug or dose is an emergency. "
        "Restlessness, sweating and fever alone have many causes, and some of them kill as well.",
    )


_TRIALS = {
    "children and adolescents, 12 weeks": (
        "walkup2008-response-",
        {"both": "sertraline-and-cbt", "therapy": "cbt", "drug": "sertraline"},
        "responded",
    ),
    "adults with social anxiety, 14 weeks": (
        "davidson2004fluoxetine-response-",
        {"both": "fluoxetine-and-group-cbt", "therapy": "group-cbt", "drug": "fluoxetine"},
        "responded",
    ),
    "adults with social anxiety, after one year": (
        "nordahl2016-recovery-",
        {
            "both": "paroxetine-and-cognitive-therapy",
            "therapy": "cognitive-therapy",
            "drug": "paroxetine",
        },
        "had recovered",
    ),
}
_SAYS = {
    "more": "Clearly more did well with both: at least 10 of 100 more.",
    "alike": "About as many did well with both: within 5 of 100.",
    "fewer": "Clearly fewer did well with both: at least 10 of 100 fewer.",
    "sum": "With both, the two gains over placebo added up in full.",
}


@item("decision-together", "Drug, therapy, or both?", page=PAGE, section=TOGETHER)
def together(draw: Draw) -> Choice:
    """Read what one trial says about adding a drug or a therapy."""
    trial = draw.pick("trial", list(_TRIALS))
    other = draw.pick("against", ["therapy", "drug"])
    people = draw.pick("people", [50, 60, 80, 90, 120, 150, 180, 200, 240])
    prefix, arms, did = _TRIALS[trial]
    rows = {row.id: row.quantity for row in data.event_arms()}
    found = {who: rows[prefix + arm] for who, arm in {**arms, "placebo": "placebo"}.items()}
    share = {who: quantity.value for who, quantity in found.items()}
    gap = share["both"] - share[other]
    key = "more" if gap >= 10 else "fewer" if gap <= -10 else "alike"
    added = share["therapy"] + share["drug"] - share["placebo"]
    ask = {
        "more": "Subtract the single treatment from the combination. Is the difference ten of 100 "
        "or more, and in which direction?",
        "alike": "Subtract the single treatment from the combination. Does the difference lie "
        "within five of 100?",
        "fewer": "Subtract the single treatment from the combination. Is it negative by ten of 100 "
        "or more?",
        "sum": "Take the placebo arm off each single treatment and add the two gains to it. Is "
        "that what the combination reached?",
    }
    one, added_to = (
        ("therapy", "the drug to therapy")
        if other == "therapy"
        else ("the drug", "therapy to the drug")
    )
    names = {"both": "Both together", "therapy": "Therapy alone", "drug": "Drug alone"}
    return Choice.of(
        draw,
        prompt=f"One trial ({trial}) counted how many {did}. Somebody plans for {people} such "
        f"people and asks what adding {added_to} "
        f"brought, compared with {one} alone. What do this trial's numbers say?",
        given={
            **{name: f"{share[who]:g} of 100" for who, name in names.items()},
            "Placebo tablet": f"{share['placebo']:g} of 100",
        },
        key=_SAYS[key],
        wrong=[(_SAYS[k], ask[k]) for k in _SAYS if k != key],
        solution=f"Both {share['both']:g}, {one} alone {share[other]:g}: a difference of "
        f"{gap:+.1f} of 100".replace("-", "−")
        + f", or {abs(gap) * people / 100:.0f} of {people} people.\n"
        f"If the gains over placebo added up, both would have reached {min(added, 100):.0f} of "
        "100.\n"
        f"{_SAYS[key]}\n"
        "One trial, one outcome, one horizon: children and adults answered differently, and what "
        "helps while the drug is taken need not be what lasts.",
    )
