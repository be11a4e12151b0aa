"""Exercises on older people: slow build-up, liver, low sodium, falls."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from mechanisms import clearance, data, drugs, metabolites, pharmacokinetics
from mechanisms.evidence import conversions

from ..draw import Draw
from ..item import item
from ..questions import Choice, Code, Misconception, Numeric, Setting

PAGE = "hands_on/older_person"
AGE = "applications/pharmacokinetics#age-the-drug-that-is-still-rising"
LIVER = "applications/pharmacokinetics#the-liver-lost-enzymes-and-detours"
RISKS = "applications/patient#risks-a-person-can-picture"


def build_up(
    day: ArrayLike, parent_h: ArrayLike, metabolite_h: ArrayLike
) -> metabolites.ChainFractions:
    """Fractions of their own settled level that diazepam and nordazepam have reached."""
    return metabolites.chain_build_up(24 * np.atleast_1d(day), parent_h, metabolite_h)


def reached(day: float, parent_h: float, metabolite_h: float) -> Mapping[str, float]:
    """Readouts of the figure `ex-older-build-up`."""
    parent, metabolite = build_up(day, parent_h, metabolite_h)
    return {
        "Diazepam reached": 100 * float(parent[0]),
        "Nordazepam reached": 100 * float(metabolite[0]),
    }


def _day_of(label: str, parent_h: float, metabolite_h: float, share: float = 0.9) -> float:
    """First half day on which a drug has reached a share of its settled level."""
    days = np.arange(0.5, 60.5, 0.5)
    parent, metabolite = build_up(days, parent_h, metabolite_h)
    reached_by = parent if label.startswith("Diazepam") else metabolite
    return float(days[np.argmax(reached_by >= share)])


@item("older-wait", "When to look again", page=PAGE, section=AGE, points=3)
def wait(draw: Draw) -> Setting:
    """Find the day on which the slower of two drugs is nearly settled."""
    parent = draw.pick("diazepam (h)", [68, 70, 72, 74, 76, 78, 80, 82, 86, 90, 94])
    metabolite = draw.pick("nordazepam (h)", [64, 68, 72, 76, 80, 84, 88])
    hers = {"parent_h": float(parent), "metabolite_h": float(metabolite)}
    day = _day_of("Nordazepam", parent, metabolite)
    sooner = _day_of("Diazepam", parent, metabolite)
    young = {
        "parent_h": float(drugs.get("diazepam").parameter("half_life_h")),
        "metabolite_h": float(drugs.get("nordazepam").parameter("half_life_h")),
    }
    shown = reached(day, parent, metabolite)
    return Setting(
        prompt=f"In an invented patient of 79 diazepam has a half-life of {parent} h, and its "
        f"active metabolite nordazepam one of {metabolite} h. Set both. Somebody should look at "
        "her again once the sedation that one dose plan brings is nearly all there. Find the first "
        "day, within a day, on which both have reached 90 % of their settled levels.",
        given={
            "Half-life of diazepam": f"{parent} h",
            "Half-life of nordazepam": f"{metabolite} h",
        },
        figure="ex-older-build-up",
        model=reached,
        goal={
            "parent_h": (parent - 1.0, parent + 1.0),
            "metabolite_h": (metabolite - 1.0, metabolite + 1.0),
            "day": (day - 1.0, day + 1.0),
        },
        example={**hers, "day": day},
        misconceptions=(
            Misconception(
                {**hers, "day": sooner},
                "On that day diazepam is nearly settled. Which of the two is made from the other, "
                "and so comes later?",
                where={
                    "Diazepam reached": (88.0, 92.5),
                    "parent_h": (parent - 1.0, parent + 1.0),
                },
            ),
            Misconception(
                {**young, "day": _day_of("Nordazepam", *young.values())},
                "These are the half-lives of a young adult. What are hers?",
                where={"parent_h": (20.0, 45.0), "metabolite_h": (30.0, 50.0)},
            ),
            Misconception(
                {**hers, "day": 7.0},
                "After a week she is still on the way up. How many half-lives of the slower one is "
                "a week?",
                where={"day": (0.0, 8.0)},
            ),
        ),
        solution="Each drug climbs with its own half-life, and nordazepam can only build up from "
        "diazepam that is already there, so it comes last.\n"
        f"Set {parent} and {metabolite} h and move the day until nordazepam passes 90 %: day "
        f"{day:g}, at {shown['Nordazepam reached']:.0f} %.\n"
        f"Diazepam alone had reached 90 % on day {sooner:g}.\n"
        "A visit after one week sees a person who has not yet met the dose.",
    )


@item("older-slower", "Slower is not the same as higher", page=PAGE, section=AGE)
def slower(draw: Draw) -> Numeric:
    """Find what a longer half-life and a higher level say about the volume."""
    times = draw.pick("half-life, times", [1.8, 2.0, 2.1, 2.2, 2.4, 2.5, 2.6, 2.8, 3.0])
    percent = draw.pick("level higher (%)", [20, 25, 30, 35, 40, 50])
    level = 1 + percent / 100
    young = pharmacokinetics.half_life(1.0, 1.0)
    volume = times * float(young / pharmacokinetics.half_life(1 / level, 1.0))
    return Numeric(
        prompt="In a study of a tranquilliser, older people and young ones took the same doses for "
        f"weeks. In the older ones the half-life was {times:g} times as long, but the average "
        f"level was only {percent} % higher. Availability was the same. How many times larger "
        "must their volume of distribution be?",
        given={
            "Half-life, older over young": f"{times:g}",
            "Average level, older over young": f"{level:g}",
        },
        key=volume,
        unit="",
        misconceptions=(
            Misconception(
                times,
                "You put the whole longer half-life down to the volume. What does the higher "
                "average level say about clearance?",
            ),
            Misconception(
                times * level,
                "You multiplied. A smaller clearance lengthens the half-life too: how much is left "
                "for the volume to explain?",
            ),
            Misconception(
                level / times,
                "Your quotient is upside down: that body would have shrunk. Which of the two, "
                "volume or clearance, stands on top in the formula of the half-life?",
            ),
        ),
        solution="The average level is dose rate over clearance, so clearance is "
        f"1/{level:g} = {1 / level:.2f} of the young one.\n"
        "Half-life is 0.693 × volume / clearance.\n"
        f"{times:g} = volume ratio / {1 / level:.2f}, so it is {times:g} / {level:g} = "
        f"{volume:.2f}.\n"
        "More body fat in relation to water does that to a drug that likes fat. It makes the drug "
        "slower to come and to go, and leaves the average alone.",
    )


# Shares of the clearance by route, simplified for the exercise and printed with it.
_ROUTES = {
    "alprazolam": {"CYP3A4": 0.8, "kidney": 0.2},
    "diazepam": {"CYP3A4": 0.5, "CYP2C19": 0.5},
    "lorazepam": {"conjugation": 1.0},
    "pregabalin": {"kidney": 1.0},
}
# What is narrower -> routes and what is left of each (None: the drawn percentage), choices.
_LEFT: dict[str, tuple[dict[str, float | None], tuple[int, ...]]] = {
    "cirrhosis: CYP enzymes at {0} %, conjugation and kidneys as before": (
        {"CYP3A4": None, "CYP2C19": None},
        (20, 25, 28, 30, 32, 35, 38, 40, 42, 45, 48, 50),
    ),
    "a strong inhibitor of CYP3A4: {0} % of it is left": (
        {"CYP3A4": None},
        (4, 5, 6, 8, 10, 12, 15, 18),
    ),
    "weak kidneys, at {0} % of normal; the liver is healthy": (
        {"kidney": None},
        (18, 20, 22, 25, 28, 30, 35, 40, 45),
    ),
    "a drug that leaves {0} % of conjugation": (
        {"conjugation": None},
        (35, 40, 45, 50, 52, 55, 60),
    ),
    "CYP2C19 is missing by birth, and an inhibitor leaves {0} % of CYP3A4": (
        {"CYP2C19": 0.0, "CYP3A4": None},
        (45, 50, 55, 58, 60, 65, 70),
    ),
}


def _exposure(drug: str, state: str, percent: int) -> float:
    """Average level relative to the same dose with all routes open."""
    lost = {r: percent / 100 if a is None else a for r, a in _LEFT[state][0].items()}
    shares = {route: share for route, share in _ROUTES[drug].items() if route in lost}
    fm = sum(shares.values())
    if not fm:
        return 1.0
    activity = sum(share * lost[route] for route, share in shares.items()) / fm
    return float(clearance.relative_exposure(fm, activity))


@item("older-routes", "Which way out is blocked?", page=PAGE, section=LIVER)
def routes(draw: Draw) -> Choice:
    """Find the drug whose level rises most when some routes are closed."""
    state = draw.pick("state", list(_LEFT))
    percent = draw.pick("left (%)", _LEFT[state][1])
    rise = {drug: _exposure(drug, state, percent) for drug in _ROUTES}
    top = max(rise, key=lambda drug: rise[drug])

    def ask(drug: str) -> str:
        if rise[drug] < 1.001:
            return (
                f"Go through the routes of {drug} one by one. Is any of them narrower in this "
                "patient?"
            )
        return (
            f"{drug.capitalize()} does rise. Add up what is left of its routes. Is there another "
            "drug in the list that keeps less?"
        )

    return Choice.of(
        draw,
        prompt="In an invented patient some ways out of the body are narrower than usual. Four "
        "drugs are on the table; the shares of their clearance are simplified. Of which one does "
        "the average level rise most, on a fixed dose?",
        given={
            "Narrower": state.format(percent),
            **{
                drug.capitalize(): ", ".join(
                    f"{100 * share:.0f} % {route}" for route, share in parts.items()
                )
                for drug, parts in _ROUTES.items()
            },
        },
        key=top.capitalize(),
        wrong=[(drug.capitalize(), ask(drug)) for drug in _ROUTES if drug != top],
        solution="The level is dose rate over what is left of the clearance.\n"
        + "\n".join(
            f"{drug.capitalize()}: {100 / rise[drug]:.0f} % of its clearance is left, so "
            f"{rise[drug]:.2f} times the level."
            for drug in _ROUTES
        )
        + "\nThat moderate cirrhosis spares conjugation is textbook knowledge, not re-read here; "
        "a brain with liver disease is more sensitive to any of them.",
    )


def _cohort(kind: str) -> tuple[int, int, int]:
    """Admissions with and without an antidepressant, and people in each group."""
    rows = {row.arm: row for row in data.event_arms() if row.trial == kind}
    events = [rows[arm].events for arm in ("antidepressant", "none")]
    total = rows["none"].total
    assert events[0] is not None
    assert events[1] is not None
    assert total is not None
    return events[0], events[1], total


@item("older-sodium", "Fivefold of what?", page=PAGE, section=RISKS)
def sodium(draw: Draw) -> Numeric:
    """Find the number needed to harm from a risk ratio and a person's own risk."""
    kind = draw.pick("cohort", ["gandhi2017-labs", "gandhi2017"])
    own = draw.pick(
        "own risk (per 1000)",
        [1.5, 1.8, 2, 2.2, 2.5, 2.8, 3, 3.2, 5, 5.5, 6, 6.5, 7, 8, 9, 10, 11, 12, 13, 15, 16, 18],
    )
    treated, control, total = _cohort(kind)
    ratio = treated / control
    risk = float(conversions.risk_from_risk_ratio(ratio, own / 1000))
    key = 1 / (risk - own / 1000)
    crude = total / (treated - control)
    return Numeric(
        prompt="In a cohort of older adults "
        + ("with laboratory values " if kind.endswith("labs") else "")
        + f"{treated} of {total} who started an antidepressant were admitted with low sodium "
        f"within 30 days, and {control} of {total} who did not. An invented patient's own "
        f"risk without the drug is {own} in 1000. If the ratio of risks holds for her: how many "
        "people like her start the drug for one more admission?",
        given={
            "With an antidepressant": f"{treated} of {total}",
            "Without": f"{control} of {total}",
            "Her own risk without": f"{own} in 1000 in 30 days",
        },
        key=key,
        unit="people",
        misconceptions=(
            Misconception(
                1 / risk,
                "That counts everybody with low sodium on the drug. Some of them would have had it "
                "anyway: how many?",
            ),
            Misconception(
                crude,
                "That is the number for the people of the cohort. Is her own risk without the drug "
                "the same as theirs?",
            ),
            Misconception(
                100 / ratio,
                "You read the ratio as per cent. A ratio multiplies something: what does it "
                "multiply here?",
            ),
        ),
        solution=f"Ratio of risks: {treated} / {control} = {ratio:.2f}.\n"
        f"Her risk with the drug: {own} × {ratio:.2f} = {own * ratio:.1f} in 1000.\n"
        f"More because of it: {own * ratio:.1f} − {own} = {own * (ratio - 1):.1f} in 1000.\n"
        f"1000 / {own * (ratio - 1):.1f} = {key:.0f} people.\n"
        "The groups were not randomised, so part of the ratio may belong to the people and not to "
        "the drug.",
    )


_FALLS = {
    "an SSRI": "falls-ssri",
    "a benzodiazepine": "falls-bzd",
    "a long-acting benzodiazepine": "falls-bzd-long",
    "an antidepressant of any kind": "falls-antidepressants",
}


def _odds(drug: str) -> float:
    return next(float(row.quantity) for row in data.risks() if row.id == _FALLS[drug])


@item("older-falls", "An odds ratio is not a number of people", page=PAGE, section=RISKS)
def falls(draw: Draw) -> Numeric:
    """Additional falls from an odds ratio and a baseline risk."""
    drug = draw.pick("drug", list(_FALLS))
    baseline = draw.pick(
        "fall anyway (%)", [16, 18, 20, 22, 24, 25, 26, 28, 30, 32, 33, 35, 36, 38, 40, 42, 45]
    )
    ratio = _odds(drug)
    risk = 1000 * float(conversions.risk_from_odds_ratio(ratio, baseline / 100))
    key = risk - 10 * baseline
    return Numeric(
        prompt=f"Of 100 women like an invented patient of 78, {baseline} fall within a year "
        f"anyway. For {drug} the adjusted odds ratio of falling is {ratio:g}. Of 1000 such women "
        "who take it, how many more fall than without, if the odds ratio tells cause?",
        given={"Fall anyway": f"{baseline} of 100", "Odds ratio": f"{ratio:g}"},
        key=key,
        unit="of 1000",
        rel_tol=0.02,
        abs_tol=1.0,
        misconceptions=(
            Misconception(
                10 * baseline * (ratio - 1),
                "You multiplied the risk. The ratio belongs to the odds, those who fall over those "
                "who do not. What are the odds here?",
            ),
            Misconception(
                risk,
                "That is everybody who falls on the drug. How many of them would have fallen "
                "without it?",
            ),
            Misconception(
                1000 * (ratio - 1) / ratio,
                "That is a share of the odds and knows nothing of how often such women fall. "
                "Where does the risk without the drug come in?",
            ),
        ),
        solution=f"Odds without: {baseline} / {100 - baseline} = "
        f"{baseline / (100 - baseline):.3f}.\n"
        f"Odds with: × {ratio:g} = {ratio * baseline / (100 - baseline):.3f}.\n"
        f"Back to a risk: odds / (1 + odds) = {risk / 1000:.3f}, so {risk:.0f} of 1000.\n"
        f"{risk:.0f} − {10 * baseline} = {key:.0f} more.\n"
        "And for somebody who already takes a benzodiazepine the comparison is not with nothing.",
    )


_BINS = {
    "within the first three days": (0.0, 3.0),
    "later in the first week": (3.0, 7.0),
    "in the second week": (7.0, 14.0),
    "in the third week or later": (14.0, 60.0),
}
# Patient and drug -> name of the half-life, and the active metabolite if there is one.
_TAKEN = {
    "A patient": {"lorazepam": ("half_life_h", ""), "clonazepam": ("half_life_h", "")},
    "A young patient": {
        "alprazolam": ("half_life_h", ""),
        "diazepam": ("half_life_h", "nordazepam"),
    },
    "An old patient": {"diazepam": ("half_life_elderly_h", "nordazepam")},
}


@item("older-switch", "The day the dose arrives", page=PAGE, section=AGE)
def switch(draw: Draw) -> Choice:
    """When 90 % of the settled level is reached after a start or a switch."""
    who = draw.pick("patient", ["A patient", "A young patient", "An old patient"])
    drug = draw.pick("drug", list(_TAKEN[who]))
    change = draw.pick("change (%)", [-15, -12, -10, -8, -5, -3, 0, 3, 5, 8, 10, 12, 15])
    name, metabolite = _TAKEN[who][drug]
    half = [
        round((1 + change / 100) * float(drugs.get(d).parameter(name)))
        for d in (drug, *([metabolite] if metabolite else []))
    ]
    day = _day_of("Nordazepam", *half) if metabolite else half[0] * float(np.log2(10)) / 24
    key = next(words for words, (low, high) in _BINS.items() if low < day <= high)

    def ask(words: str) -> str:
        if _BINS[words][1] <= day:
            return (
                "By then less than 90 % is there. Count the half-lives up to that day"
                + (", those of the metabolite too." if metabolite else ".")
                + " How many does it take to cover 90 %?"
            )
        return (
            "By then the level has long settled. How many half-lives does it take to cover 90 %, "
            "and how long is that?"
        )

    return Choice.of(
        draw,
        prompt=f"{who} is switched from another tranquilliser to {drug}, at a dose called "
        "equivalent in a table. Equal doses on paper are not equal effects on the first day. When "
        "has the new level, with its active metabolite if there is one, covered 90 % of its way?",
        given={
            f"Half-life of {d}": f"{hours} h"
            for d, hours in zip((drug, metabolite), half, strict=False)
        },
        key=key.capitalize(),
        wrong=[(words.capitalize(), ask(words)) for words in _BINS if words != key],
        solution=(
            f"The metabolite comes last: with half-lives of {half[0]} and {half[1]} h it passes "
            f"90 % on about day {day:.0f}.\n"
            if metabolite
            else f"90 % takes 3.32 half-lives: 3.32 × {half[0]} h = {24 * day:.0f} h, "
            f"{day:.1f} days.\n"
        )
        + f"That is {key}.\n"
        "Until then sedation is still growing on an unchanged dose. The tables themselves differ: "
        "two columns of one guideline call 10 or 20 mg of diazepam the equal of 2 mg of lorazepam.",
    )


_STARTER = '''\
def more_of_1000(baseline, odds_ratio):
    """People of 1000 who have the harm because of the drug.

    baseline: list of risks without the drug, each from 0 to 1
    odds_ratio: odds with the drug over odds without it
    """
    ...
    return more
'''


def _more(baseline: list[float], odds_ratio: float) -> list[float]:
    """Additional people of 1000, one for each baseline risk."""
    without = np.asarray(baseline, dtype=np.float64)
    return [
        float(x) for x in 1000 * (conversions.risk_from_odds_ratio(odds_ratio, without) - without)
    ]


@item("older-people", "From odds to people, for everybody", page=PAGE, section=RISKS, points=3)
def people(draw: Draw) -> Code:
    """Write the step from an odds ratio to people."""
    ratio = _odds(draw.pick("drug", list(_FALLS)))
    first = draw.pick("first risk", [0.05, 0.08, 0.12, 0.16])
    second = draw.pick("second risk", [0.25, 0.3, 0.35, 0.45])
    return Code(
        prompt="One odds ratio means different numbers of people, depending on the risk one starts "
        "from. Write more_of_1000(baseline, odds_ratio) for a list of baseline risks: it returns a "
        "list with the additional people of 1000 at each. For the risks "
        f"{first:g} and {second:g} and an odds ratio of {ratio:g} it returns "
        + " and ".join(f"{x:.1f}" for x in _more([first, second], ratio))
        + ".",
        function="more_of_1000",
        starter=_STARTER,
        reference=_more,
        cases=(
            ([first, second], ratio),
            ([0.0, 0.5, 0.9], 2.02),
            ([second], draw.pick("second ratio", [0.6, 0.8, 3.0])),
        ),
        misconceptions=(
            Misconception(
                lambda baseline, odds_ratio: [1000 * p * (odds_ratio - 1) for p in baseline],
                "You treated the odds ratio as a risk ratio. Try a baseline of 0.9: can more "
                "people fall than there are?",
            ),
            Misconception(
                lambda baseline, odds_ratio: [
                    1000 * p * odds_ratio / (1 - p + p * odds_ratio) for p in baseline
                ],
                "These are all who have the harm on the drug. How many would have had it without?",
            ),
            Misconception(
                lambda baseline, odds_ratio: [
                    1000 * (odds_ratio - 1) * p / (1 - p) for p in baseline
                ],
                "That is the change of the odds, times 1000. How do odds become a risk again?",
            ),
        ),
        solution="For each p: odds = p / (1 - p), which fails at p = 1; the form below does not.\n"
        "risk = p * odds_ratio / (1 - p + p * odds_ratio).\n"
        "Collect 1000 * (risk - p) for each p of the list and return it.\n"
        "At small risks this is close to 1000 * p * (odds_ratio - 1); at large ones it is not.",
    )
