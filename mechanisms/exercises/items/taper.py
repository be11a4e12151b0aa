"""Exercises of coming off a benzodiazepine: timing, sum and peak of withdrawal, switching."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache

import numpy as np

from mechanisms import data, drugs, metabolites, tapering

from ..draw import Draw
from ..item import item
from ..questions import Choice, Code, Misconception, Numeric, Setting

PAGE = "hands_on/taper"
SECTION = "principles/gaba#tolerance-dependence-withdrawal"
WHEN = "principles/gaba#when-it-is-worst"
WAYS = "principles/gaba#ways-of-stopping"

_HALF_LIVES = [
    ("alprazolam", "half_life_h"),
    ("lorazepam", "half_life_h"),
    ("clonazepam", "half_life_h"),
    ("diazepam", "half_life_h"),
    ("nordazepam", "half_life_h"),
    ("nordazepam", "half_life_elderly_h"),
    ("diazepam", "half_life_elderly_h"),
]


@item("taper-worst-day", "The worst day", page=PAGE, section=WHEN)
def worst_day(draw: Draw) -> Numeric:
    """Day of the deepest deficit after an abrupt stop."""
    name, row = draw.pick("half-life", _HALF_LIVES)
    half_time = draw.pick("half-time of adaptation (d)", [5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0])
    half_life = float(drugs.get(name).parameter(row))
    k, slow = np.log(2) / (half_life / 24), np.log(2) / half_time
    key = float(tapering.withdrawal_peak(half_life, slow).peak_day)
    whose = " in an older person" if "elderly" in row else ""
    return Numeric(
        prompt=f"In the model, {name}{whose} is stopped at once after long use. The effect is "
        "proportional to the level, and the adaptation is complete. On which day is the deficit "
        "largest?",
        given={
            f"Half-life of {name}{whose}": f"{half_life:g} h",
            "Half-time of the adaptation": f"{half_time:g} days",
            "Largest when": "the two rates k and r give ln(k / r) / (k − r)",
        },
        key=key,
        unit="days",
        rel_tol=0.04,
        misconceptions=(
            Misconception(
                half_life / 24,
                "After one half-life half of the drug is still there. What has to be gone for the "
                "deficit to be largest, and what has to be there still?",
            ),
            Misconception(
                5 * half_life / 24,
                "You waited until the drug is gone. Has the adaptation stood still all that time?",
            ),
            Misconception(
                float(np.log(half_time / (half_life / 24)) / (24 / half_life - 1 / half_time)),
                "You put one over the half-life for the rate. What stands between a half-life and "
                "a rate?",
            ),
        ),
        solution=f"Rates: k = 0.693 / ({half_life:g} / 24) = {k:.3f} a day, "
        f"r = 0.693 / {half_time:g} = {slow:.3f} a day.\n"
        f"ln(k / r) = {np.log(k / slow):.3f}; k − r = {k - slow:.3f}.\n"
        f"Day {np.log(k / slow):.3f} / {k - slow:.3f} = {key:.1f}.\n"
        "The rate of adaptation was set from the second day seen with short half-lives; with long "
        "ones days 4 to 7 were seen.",
    )


@item("taper-depth", "Late and shallow, or early and deep", page=PAGE, section=WHEN)
def depth(draw: Draw) -> Choice:
    """Compare an abrupt stop of two drugs: day, depth and sum."""
    short, long = draw.pick(
        "pair",
        [
            ("alprazolam", "clonazepam"),
            ("alprazolam", "diazepam"),
            ("lorazepam", "clonazepam"),
            ("lorazepam", "diazepam"),
        ],
    )
    asked = draw.pick("asked", ["short", "long"])
    half_time = draw.pick("half-time of adaptation (d)", [5.0, 6.5, 8.0])
    half = {n: float(drugs.get(n).parameter("half_life_h")) for n in (short, long)}
    found = {n: tapering.withdrawal_peak(half[n], np.log(2) / half_time) for n in (short, long)}
    name, other = (short, long) if asked == "short" else (long, short)
    options = {
        "short": "It comes earlier and goes deeper; the sum over all days is the same.",
        "long": "It comes later and stays shallower; the sum over all days is the same.",
    }
    slips = {
        "short": "That is how the drug with the shorter half-life behaves. Which of the two leaves "
        "the body faster here?",
        "long": "That is how the drug with the longer half-life behaves. Which of the two leaves "
        "the body faster here?",
        "none": "A drug that leaves slowly gives the adaptation time to follow. Does it follow "
        "without any gap? People on long half-lives had withdrawal too.",
        "less": "Early and deep, or late and shallow: what has to be taken down is the same "
        "adaptation. What would make its sum smaller?",
    }
    wrong_side = "long" if asked == "short" else "short"
    wrong = [
        (options[wrong_side], slips[wrong_side]),
        (
            "It comes earlier and goes deeper, so the sum is larger."
            if asked == "short"
            else "It comes later and stays shallower, so the sum is smaller.",
            slips["less"],
        ),
        (
            f"There is none with {long}: its long half-life tapers by itself.",
            slips["none"],
        ),
    ]
    return Choice.of(
        draw,
        prompt=f"Two people stop at once after years: one took {name}, the other {other}, at doses "
        f"of equal effect. How does the withdrawal from {name} compare, in the model?",
        given={
            **{f"Half-life of {n}": f"{half[n]:g} h" for n in (name, other)},
            "Half-time of the adaptation, both": f"{half_time:g} days",
        },
        key=options[asked],
        wrong=wrong,
        solution="\n".join(
            f"{n.capitalize()}: worst on day {float(found[n].peak_day):.1f}, "
            f"{100 * float(found[n].peak):.0f} % of the full effect deep."
            for n in (name, other)
        )
        + f"\nSum of the deficit, both: {float(found[name].area_days):.1f} full-effect days.\n"
        "The model has one adaptation for both drugs, so the bill is the same; only the terms "
        "differ.",
    )


@item("taper-sum", "Can a taper make the bill smaller?", page=PAGE, section=WAYS)
def whole(draw: Draw) -> Numeric:
    """Sum of the deficit under a taper: the conserved area."""
    half_time = draw.pick(
        "half-time of adaptation (d)", [4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0, 8.0, 9.0, 10.0]
    )
    weeks = draw.pick("weeks", [(4, 8), (6, 12), (8, 20), (10, 20), (10, 30)])
    rate = np.log(2) / half_time
    key = float(tapering.conserved_area(rate))
    short, long = weeks
    return Numeric(
        prompt="Somebody is fully adapted to a benzodiazepine. Stopped at once, the deficits of "
        f"all days add up to 1 / r full-effect days. A taper of {short} weeks is planned, then "
        f"stretched to {long} weeks. How many full-effect days do the deficits add up to under "
        "the longer taper?",
        given={
            "Half-time of the adaptation": f"{half_time:g} days",
            "Rate r": "0.693 / half-time",
            "Model": "linear, adaptation complete",
        },
        key=key,
        unit="days",
        rel_tol=0.03,
        abs_tol=0.1,
        misconceptions=(
            Misconception(
                key * short / long,
                "You made the sum shrink as the taper grows longer. Each deficit is smaller, but "
                "there are more days of it. What has to be taken down in the end?",
            ),
            Misconception(
                half_time,
                "You took the half-time for one over the rate. What stands between them?",
            ),
            Misconception(
                0.0,
                "A slow taper does not make the deficit vanish, or the adaptation would go down "
                "by itself. What drives it down?",
            ),
        ),
        solution=f"r = 0.693 / {half_time:g} = {rate:.4f} a day, so 1 / r = {key:.1f} days.\n"
        "While the dose comes down, the adaptation falls at the rate r × (adaptation − push).\n"
        "Over the whole taper it has to fall by the same amount, whatever the schedule: so the "
        f"deficits add up to {key:.1f}, in {short} weeks or in {long}.\n"
        "What a taper changes is the height. It helps if small deficits are not felt, or hurt "
        "less than in proportion.",
    )


HALF_LIFE_H = float(drugs.get("lorazepam").parameter("half_life_h"))
CUTS = (10, 20, 50)


def followed(
    cut_percent: float, equal_in: int, interval_d: float
) -> tuple[tapering.TaperCourse, tapering.Schedule]:
    """Lorazepam taken down in equal cuts of milligrams (0) or of effect (1): course, doses.

    The grid is dense after each cut and reaches well beyond the last.
    """
    make = tapering.linear if equal_in == 0 else tapering.occupancy_linear
    schedule = make(cut_percent / 100, interval_d)
    last = interval_d * (schedule.starts_d.size - 1)
    within = interval_d * np.linspace(0, 1, 16)[:-1] ** 1.6
    between = schedule.starts_d[:-1, None] + within
    days = np.concatenate([between.ravel(), last + 60 * np.linspace(0, 1, 60) ** 1.6])
    return tapering.taper(days, schedule, HALF_LIFE_H), schedule


def readings(course: tapering.TaperCourse, schedule: tapering.Schedule) -> Mapping[str, float]:
    """Readouts of the figure `ex-taper-design`, of one course."""
    worst = tapering.withdrawal(course)
    return {
        "Largest deficit": float(100 * worst.peak),
        "Weeks until the last cut": float(schedule.starts_d[-1] / 7),
        "All deficits added up": float(worst.area_days),
    }


@lru_cache(maxsize=1024)
def stopping(cut_percent: float, equal_in: int, interval_d: float) -> Mapping[str, float]:
    """Largest deficit (%), length (weeks) and sum (full-effect days) of one way of stopping."""
    return readings(*followed(cut_percent, equal_in, interval_d))


@cache
def _by_effect() -> dict[tuple[int, float], tuple[float, float]]:
    """Largest deficit and length (weeks) of the ways with equal steps of effect."""
    ways = [(cut, float(days)) for cut in CUTS for days in range(7, 43)]
    return {(c, d): tuple(stopping(c, 1, d).values())[:2] for c, d in ways}  # type: ignore[misc]


@item("taper-design", "Design a taper", page=PAGE, section=WAYS, points=3)
def design(draw: Draw) -> Setting:
    """Keep the largest deficit and the length under given limits."""
    limit, weeks = draw.pick(
        "limits",
        [
            (20, 10), (18, 12), (16, 13), (14, 15), (13, 16), (12, 18), (12, 20), (11, 20),
            (10, 22), (10, 24), (15, 14), (17, 12),
        ],
    )  # fmt: skip
    who = draw.pick("person", ["Ruth", "Benedek", "Amara"])
    cut, every = min(
        (way for way, (_, length) in _by_effect().items() if length <= weeks),
        key=lambda way: _by_effect()[way][0],
    )
    example = {"cut_percent": cut, "equal_in": 1, "interval_d": every}
    reached = stopping(cut, 1, every)
    days = float(np.floor(7 * weeks / 9))
    return Setting(
        prompt=f"{who} has taken lorazepam for years at a dose that gives two thirds of its "
        f"largest effect. Design a way of stopping whose largest deficit stays at or below "
        f"{limit} % of the full effect and whose last cut comes within {weeks} weeks.",
        given={
            "Half-life of lorazepam": f"{HALF_LIFE_H:g} h",
        },
        figure="ex-taper-design",
        model=stopping,
        goal={
            "Largest deficit": (0.0, float(limit)),
            "Weeks until the last cut": (0.0, float(weeks)),
        },
        example=example,
        misconceptions=(
            Misconception(
                {"cut_percent": 10, "equal_in": 0, "interval_d": days},
                "Equal cuts in milligrams are small steps of effect at first and large ones at the "
                "end. Where in this course is the deficit largest?",
                where={
                    "equal_in": (0.0, 0.0),
                    "Largest deficit": (1.1 * limit, 100.0),
                    "Weeks until the last cut": (0.0, float(weeks)),
                },
            ),
            Misconception(
                {"cut_percent": 50, "equal_in": 1, "interval_d": 14.0},
                "Few large cuts leave the adaptation far behind each time. What would more and "
                "smaller ones do?",
                where={"Largest deficit": (1.1 * limit, 100.0)},
            ),
            Misconception(
                {"cut_percent": 10, "equal_in": 1, "interval_d": 42.0},
                "That is gentle, and too long. How much deficit is allowed, and how fast may the "
                "cuts follow each other then?",
                where={"Weeks until the last cut": (1.12 * weeks, 100.0)},
            ),
        ),
        solution="Equal steps of effect spread the deficit evenly; equal milligrams pile it up at "
        "the end, where the receptor curve is steep.\n"
        f"One setting that works: {cut} % of the effect at each cut, every {every:g} days. "
        f"Largest deficit {reached['Largest deficit']:.0f} %, last cut after "
        f"{reached['Weeks until the last cut']:.0f} weeks.\n"
        f"The sum is {reached['All deficits added up']:.1f} full-effect days, here as "
        "under any other way.\nThat the start is two thirds of the largest effect is assumed; at a "
        "low occupancy, as scans suggest, milligrams do almost as well. A teaching curve, no plan "
        "for anybody.",
    )


_STARTER = '''\
def equal_steps(steps, c50_ratio):
    """Doses that take the effect down in equal steps.

    steps: number of cuts; the last one ends at 0
    c50_ratio: dose of half the largest effect, over the starting dose
    Returns a list with the dose after each cut, relative to the starting dose.
    """
    doses = None  # your lines
    return doses
'''


@item("taper-equal-steps", "Doses for equal steps of effect", page=PAGE, section=WAYS, points=3)
def equal_steps(draw: Draw) -> Code:
    """Turn equal steps of effect into doses."""
    first = draw.pick("steps", [4, 5, 6, 8, 10])
    ratio = draw.pick("c50 ratio", [0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8])
    cases = ((first, ratio), (5, 2.0), (3, 0.1), (1, 0.7))

    def reference(steps: float, c50: float) -> list[float]:
        schedule = tapering.occupancy_linear(1 / steps, 14.0, c50)
        return [float(dose) for dose in schedule.dose]

    def linear(steps: float, c50: float) -> list[float]:
        return [float(dose) for dose in tapering.linear(1 / steps, 14.0).dose]

    def whole_curve(steps: float, c50: float) -> list[float]:
        # steps of the largest possible effect, not of the starting one
        left = [1 - (n + 1) / steps for n in range(int(steps))]
        return [c50 * e / (1 - e) for e in left]

    def effects(steps: float, c50: float) -> list[float]:
        left = [(1 - (n + 1) / steps) / (1 + c50) for n in range(int(steps))]
        return left

    example = ", ".join(f"{dose:.3f}" for dose in reference(4, 0.5))
    return Code(
        prompt="The effect of a dose is dose / (dose + c50_ratio), with the dose in units of the "
        "starting dose. Write equal_steps(steps, c50_ratio): the doses after each of a number of "
        "cuts that take the effect of the starting dose down in equal steps, to zero. Four cuts "
        f"with a c50_ratio of 0.5 give [{example}].",
        function="equal_steps",
        starter=_STARTER,
        reference=reference,
        cases=cases,
        misconceptions=(
            Misconception(
                linear,
                "These are equal steps of the dose. Which quantity is to fall evenly?",
            ),
            Misconception(
                whole_curve,
                "You took steps of the largest possible effect. How much of that does the "
                "starting dose give?",
            ),
            Misconception(
                effects,
                "These are the effects that are left. Which dose gives each of them?",
            ),
        ),
        solution="Effect at the start: 1 / (1 + c50_ratio).\n"
        "After n of all cuts it should be that times (1 − n / steps); call it e.\n"
        "Turn the curve around: dose = c50_ratio × e / (1 − e).\n"
        "In Python: [c50_ratio * e / (1 - e) for e in "
        "((1 - n / steps) / (1 + c50_ratio) for n in range(1, steps + 1))].",
    )


@item("taper-equivalent", "What is ten milligrams of diazepam?", page=PAGE, section=WAYS)
def equivalent(draw: Draw) -> Numeric:
    """Convert a daily dose by one of two published tables."""
    name, dose = draw.pick(
        "drug and dose",
        [
            ("lorazepam", 1.5), ("lorazepam", 2), ("lorazepam", 3), ("lorazepam", 4),
            ("alprazolam", 0.75), ("alprazolam", 1), ("alprazolam", 1.5), ("alprazolam", 3),
            ("clonazepam", 0.75), ("clonazepam", 1), ("clonazepam", 1.5), ("clonazepam", 2),
        ],
    )  # fmt: skip
    table = draw.pick("table", ["VA/DoD 2021", "Ashton 2002"])
    rows = {r.table: float(r.quantity) for r in data.equivalents() if r.drug == name}
    other = next(t for t in rows if t != table)
    key = 10 * dose / rows[table]
    slips = [
        Misconception(
            10 * dose / rows[other],
            "That is the answer of the other table. The two differ twofold for this drug. "
            "Which one was asked for?",
        ),
        Misconception(
            dose,
            "That is milligram for milligram. How many milligrams of diazepam does one of "
            f"{name} stand for?",
        ),
    ]
    if rows[table] != 1:
        slips.append(
            Misconception(
                10 * dose * rows[table],
                "You multiplied by the table's entry. Does a drug with a smaller entry need more "
                "or less diazepam for each milligram?",
            )
        )
    return Numeric(
        prompt=f"Somebody takes {dose:g} mg of {name} a day and is to change to diazepam before "
        f"tapering. Two tables are printed side by side in a guideline of 2025. How much diazepam "
        f"a day does the table {table} give?",
        given={
            f"10 mg of diazepam stand for, {t}": f"{rows[t]:g} mg of {name}" for t in sorted(rows)
        },
        key=key,
        unit="mg",
        rel_tol=0.01,
        misconceptions=tuple(slips),
        solution=f"In this table {rows[table]:g} mg of {name} stand for 10 mg of diazepam.\n"
        f"{dose:g} mg are {dose:g} / {rows[table]:g} = {dose / rows[table]:g} times that.\n"
        f"So {key:g} mg of diazepam a day; the other table says {10 * dose / rows[other]:g}.\n"
        "A twofold difference is the difference between withdrawal and sedation: after a switch "
        "the person is watched, not the table.",
    )


@item("taper-build-up", "When is the switch complete?", page=PAGE, section=WAYS)
def build_up(draw: Draw) -> Numeric:
    """Share of its final level that nordazepam has reached after a switch to diazepam."""
    age, day = draw.pick(
        "age and day",
        [
            *(("young", d) for d in (1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5)),
            *(("older", d) for d in (2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14)),
        ],
    )
    column = {"young": "half_life_h", "older": "half_life_elderly_h"}
    parent, metabolite = (
        float(drugs.get(name).parameter(column[age])) for name in ("diazepam", "nordazepam")
    )

    def reached(days: float, first: float, second: float) -> float:
        return 100 * float(metabolites.chain_build_up([24.0 * days], first, second).metabolite[-1])

    key = reached(day, parent, metabolite)
    alone = 100 * (1 - 2 ** (-24 * day / metabolite))
    not_theirs = "half_life_elderly_h" if age == "young" else "half_life_h"
    other_age = reached(
        day, *(float(drugs.get(n).parameter(not_theirs)) for n in ("diazepam", "nordazepam"))
    )
    return Numeric(
        prompt=f"{'A young' if age == 'young' else 'An older'} adult is switched to a steady dose "
        "of diazepam, which the body turns into nordazepam. What share of its final average level "
        f"has nordazepam reached {day:g} days after the switch?",
        given={
            "Half-life of diazepam": f"{parent:g} h",
            "Half-life of nordazepam": f"{metabolite:g} h",
            "Build-up of a metabolite": "1 − (k e^(−qt) − q e^(−kt)) / (k − q), "
            "with the rates k of diazepam and q of nordazepam",
        },
        key=key,
        unit="%",
        rel_tol=0.015,
        abs_tol=0.6,
        misconceptions=(
            Misconception(
                alone,
                "You let nordazepam build up as if it were swallowed. It has to be formed first: "
                "how much diazepam is there in the first days?",
            ),
            Misconception(
                other_age,
                "These are the half-lives of another age. Both grow longer with the years. Whose "
                "are listed here?",
            ),
        ),
        solution=f"Rates: k = 0.693 / {parent:g} = {np.log(2) / parent:.4f} an hour, "
        f"q = 0.693 / {metabolite:g} = {np.log(2) / metabolite:.4f} an hour; "
        f"t = {24 * day:g} h.\n"
        f"Two steps in a row: {key:.0f} % of the final level.\n"
        f"Nordazepam on its own half-life alone would stand at {alone:.0f} %.\n"
        "An equal dose is not an equal effect on the first day: the effect goes on growing for "
        "days to weeks, longest in older people.",
    )


_SCENES = {
    "relapse": (
        "Six months after a finished taper the old worries return, slowly, and stay.",
        "Most likely the anxiety disorder has come back.",
        "A return of the illness comes slowly and stays. Does this?",
    ),
    "withdrawal": (
        "Two days after the last tablet of a drug with a short half-life come restlessness, "
        "sleeplessness and noises that hurt; over the next weeks they fade.",
        "Most likely this is withdrawal: the adaptation stands there without the drug.",
        "Withdrawal follows the drug's leaving within days, and fades. Does this?",
    ),
    "tolerance": (
        "After three weeks on a steady dose the drowsiness is gone. The anxiety is still better.",
        "Tolerance to one effect and not, or hardly, to another.",
        "Tolerance shows on a steady dose, as less effect. Is the dose steady here?",
    ),
    "dependence": (
        "After a year on the prescribed dose, never raised and never sought elsewhere, the first "
        "missed days bring symptoms.",
        "Physical dependence, which says nothing about addiction.",
        "Dependence is what the body does on a drug that has been taken as prescribed. Is the drug "
        "still being taken here, and is it missed?",
    ),
}


@item("taper-words", "Four words that are mixed up", page=PAGE, section=SECTION)
def words(draw: Draw) -> Choice:
    """Tell tolerance, dependence, withdrawal and relapse apart."""
    name = draw.pick("scene", list(_SCENES))
    who = draw.pick("person", ["Ruth", "Benedek", "Amara", "Jon"])
    text, key, _ = _SCENES[name]
    wrong: list[tuple[str, str]] = [
        (row[1], row[2]) for other, row in _SCENES.items() if other != name
    ]
    wrong.append(
        (
            "Addiction: the person cannot do without the drug.",
            "Needing the dose one was prescribed is not addiction. What would have to be there "
            "besides: craving, loss of control, use despite harm?",
        )
    )
    return Choice.of(
        draw,
        prompt=f"{who} takes, or took, a benzodiazepine. {text} What is the best word for it?",
        key=key,
        wrong=wrong,
        solution=f"{key}\n"
        "Tolerance: less effect on the same dose; it differs between effects.\n"
        "Dependence: the adaptation has become part of the balance.\n"
        "Withdrawal: the drug goes faster than the adaptation; it comes within days and fades.\n"
        "Relapse: the illness returns; it comes later and stays. Early on the two cannot always "
        "be told apart.",
    )
