"""Exercises on interactions: a second drug, a missing enzyme, a metabolite that stays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mechanisms import clearance, data, drugs, metabolites
from mechanisms.pharmacokinetics import fraction_of_steady_state

from ..draw import Draw
from ..item import item
from ..questions import Choice, Code, Misconception, Numeric, Setting

PAGE = "hands_on/interaction"
BOUND = "applications/pharmacokinetics#interactions-and-the-bound"
GENES = "applications/pharmacokinetics#genes-and-drugs-that-imitate-genes"
WASHOUT = "applications/pharmacokinetics#fluoxetine-five-weeks-before-an-maoi"

# Pairs with alprazolam whose ratio was read in a source: perpetrator -> conditions of the row.
_READ = {
    "itraconazole": "",
    "erythromycin": "",
    "fluvoxamine": "Day 10",
    "ketoconazole": "Schmider",
    "ritonavir": "Four doses of 200 mg",
}


def exposure_ratio(perpetrator: str) -> float:
    """Exposure to alprazolam with another drug over exposure without, as published."""
    return next(
        float(row.quantity)
        for row in data.interactions()
        if (row.victim, row.perpetrator, row.measure, row.conditions)
        == ("alprazolam", perpetrator, "AUC ratio", _READ[perpetrator])
    )


def levels(
    t_days: ArrayLike, ratio: ArrayLike, dose_percent: ArrayLike, wait_days: float
) -> NDArray[np.float64]:
    """Alprazolam, daily average in per cent of the old one, from the first day of an inhibitor.

    The inhibitor multiplies the exposure by `ratio` at once; after `wait_days` the dose falls to
    `dose_percent` of the old one.
    """
    t = np.asarray(t_days, dtype=np.float64)
    times = np.asarray(ratio, dtype=np.float64)
    half_life = float(drugs.get("alprazolam").parameter("half_life_h")) * times
    aim = times * np.asarray(dose_percent, dtype=np.float64) / 100

    def climbed(days: ArrayLike) -> NDArray[np.float64]:
        return fraction_of_steady_state(24 * np.asarray(days), half_life)

    at_cut = 1 + (times - 1) * climbed(wait_days)
    before = 1 + (times - 1) * climbed(np.minimum(t, wait_days))
    after = at_cut + (aim - at_cut) * climbed(np.maximum(t - wait_days, 0))
    return np.asarray(100 * np.where(t <= wait_days, before, after))


def course(ratio: float, dose_percent: float, wait_days: float) -> Mapping[str, float]:
    """Readouts of the figure `ex-interaction-course`."""
    day_3, day_14 = levels([3.0, 14.0], ratio, dose_percent, wait_days)
    half_life = ratio * float(drugs.get("alprazolam").parameter("half_life_h"))
    return {
        "Level on day 3": float(day_3),
        "Level on day 14": float(day_14),
        "Half-life with the inhibitor": half_life,
    }


@item("interaction-bound", "How bad can it get?", page=PAGE, section=BOUND)
def bound(draw: Draw) -> Numeric:
    """Highest level that the loss of one enzyme can cause."""
    spared = draw.pick("other routes (%)", [8, 10, 12.5, 15, 20, 25, 30, 40])
    level = draw.pick("level (ng/mL)", [12, 16, 18, 20, 24, 28, 30, 36, 40, 45])
    fm = 1 - spared / 100
    most = level * float(clearance.interaction_bound(fm))
    return Numeric(
        prompt=f"A tranquilliser leaves the body by one enzyme and by the kidneys: {spared:g} % of "
        f"its clearance is renal. On a steady dose a patient has {level} ng/mL on average. She is "
        "given other drugs that might block the enzyme, nobody knows how strongly. How high can "
        "the settled average get at the very most?",
        given={
            "Clearance by other routes": f"{spared:g} %",
            "Average level now": f"{level} ng/mL",
            "Dose": "unchanged",
        },
        key=most,
        unit="ng/mL",
        misconceptions=(
            Misconception(
                level / fm,
                "You divided by the enzyme's share. If the enzyme is lost altogether, which share "
                "of the clearance is left to divide by?",
            ),
            Misconception(
                level * (1 + fm),
                "You added the enzyme's share to the level. Halve the clearance of a drug: does "
                "its level rise by half, or does it double?",
            ),
            Misconception(
                level * fm / (1 - fm),
                "That is how much the level can rise, not how high it can stand. What was there "
                "before the other drug came?",
            ),
        ),
        solution="The settled average is the dose rate over the clearance.\n"
        f"With the enzyme fully blocked {spared:g} % of the clearance is left: "
        f"fm = {fm:g}, and 1/(1 − fm) = {most / level:.3g}.\n"
        f"{level} × {most / level:.3g} = {most:.0f} ng/mL.\n"
        "No inhibitor of this one enzyme can do more, however strong. The bound says nothing about "
        "drugs with a large first pass, where more may arrive as well.",
    )


@item("interaction-clock", "Not on the first evening", page=PAGE, section=BOUND)
def clock(draw: Draw) -> Numeric:
    """Time until the new steady state after an inhibitor."""
    inhibitor = draw.pick("inhibitor", list(_READ))
    half_life = draw.pick("half-life (h)", [8, 9, 10, 11, 12, 13, 14, 15, 16, 18])
    ratio = exposure_ratio(inhibitor)
    per_day = np.log2(10) / 24
    days = float(per_day * half_life * ratio)
    assert abs(float(fraction_of_steady_state(24 * days, half_life * ratio)) - 0.9) < 1e-6
    return Numeric(
        prompt=f"A patient takes the same dose of alprazolam every day; its half-life in him is "
        f"{half_life} h. Today {inhibitor} is added. In a study this raised the exposure to "
        f"alprazolam {ratio:g}-fold, by slower clearance alone. After how many days has the level "
        "covered 90 % of the way to its new average?",
        given={"Half-life before": f"{half_life} h", "Exposure ratio": f"{ratio:g}"},
        key=days,
        unit="days",
        misconceptions=(
            Misconception(
                float(per_day * half_life),
                "That is the clock of the old half-life. What happens to the half-life when the "
                "volume stays and the clearance falls?",
            ),
            Misconception(
                float(per_day * half_life / ratio),
                "You made the half-life shorter. Is a drug that is cleared more slowly gone sooner "
                "or later?",
            ),
            Misconception(
                24 * days,
                "That number counts hours. What unit does the question ask for?",
            ),
        ),
        solution=f"Clearance falls to 1/{ratio:g}, the volume stays, so the half-life becomes "
        f"{half_life} × {ratio:g} = {half_life * ratio:.1f} h.\n"
        "90 % of the way takes log2(10) = 3.32 half-lives.\n"
        f"3.32 × {half_life * ratio:.1f} h = {24 * days:.0f} h = {days:.1f} days.\n"
        "An interaction that looks harmless on the first evening has not been seen yet.",
    )


@item("interaction-cut", "Enough, and in time", page=PAGE, section=BOUND, points=3)
def cut(draw: Draw) -> Setting:
    """Keep the level of alprazolam when an inhibitor is added."""
    inhibitor = draw.pick(
        "inhibitor", ["itraconazole", "erythromycin", "ketoconazole", "ritonavir"]
    )
    margin = draw.pick("margin (%)", [5, 6, 7, 8])
    ceiling = draw.pick("highest on day 3 (%)", [112, 115, 118, 120, 125])
    ratio = exposure_ratio(inhibitor)
    right = float(round(100 / ratio))
    here = {"ratio": ratio}
    return Setting(
        prompt=f"Use the figure above. The inhibitor is {inhibitor}: set the exposure ratio to the "
        f"{ratio:g} that a study found. Then find a dose of alprazolam, and the day to change it, "
        f"so that the level never runs away: on day 14 within {margin} % of the old average, on "
        f"day 3 at most {ceiling} % of it. This is arithmetic, not a dosing rule.",
        given={"Exposure ratio": f"{ratio:g} ({inhibitor})"},
        figure="ex-interaction-course",
        model=course,
        goal={
            "ratio": (ratio - 0.03, ratio + 0.03),
            "Level on day 14": (100.0 - margin, 100.0 + margin),
            "Level on day 3": (0.0, float(ceiling)),
        },
        example={**here, "dose_percent": right, "wait_days": 0},
        misconceptions=(
            Misconception(
                {**here, "dose_percent": 100.0, "wait_days": 0},
                "The old dose meets a slower clearance. Where does the level settle then?",
                where={"dose_percent": (95.0, 100.0), "Level on day 14": (140.0, 500.0)},
            ),
            Misconception(
                {**here, "dose_percent": right, "wait_days": 5},
                "You waited until the effect would show. By then the level has climbed most of the "
                "way. On which day does the clearance change?",
                where={"wait_days": (1.0, 5.0)},
            ),
            Misconception(
                {**here, "dose_percent": 50.0, "wait_days": 0},
                "Half the dose is a habit. By which factor has the clearance fallen, and which "
                "dose matches that?",
                where={"dose_percent": (48.0, 52.0)},
            ),
            Misconception(
                {**here, "dose_percent": 10.0, "wait_days": 0},
                "Now too little is left: the patient would slip into withdrawal. Which dose rate "
                "balances the clearance that remains?",
                where={"Level on day 14": (0.0, 100.0 - 1.5 * margin)},
            ),
        ),
        solution=f"At steady state the level is dose rate over clearance. Clearance falls to "
        f"1/{ratio:g} of itself, so the dose that keeps the average is 100/{ratio:g} = "
        f"{100 / ratio:.0f} % of the old one.\n"
        "The clearance falls with the first tablets of the inhibitor, so the dose has to change "
        "on day 0.\n"
        f"With {right:.0f} % from day 0 the level on day 14 is "
        f"{course(ratio, right, 0)['Level on day 14']:.0f} % of before.\n"
        f"Five days late, day 3 stands at {course(ratio, right, 5)['Level on day 3']:.0f} %.\n"
        "And when the inhibitor stops, all of this has to be undone.",
    )


@item("interaction-genes", "One copy, one inhibitor", page=PAGE, section=GENES)
def genes(draw: Draw) -> Numeric:
    """Factor by which an inhibitor raises the level of a patient with given genes."""
    drug = draw.pick("drug", ["escitalopram", "sertraline"])
    activity = draw.pick("activity (%)", [25, 30, 35, 40, 45, 50, 60])
    strength = draw.pick("I/Ki", [1.5, 2, 3, 4, 6, 8])
    fm = float(drugs.constant(f"cyp2c19.fm_{drug}"))
    a = activity / 100
    factor = float(clearance.interaction_ratio(fm, strength, a))
    left = float(clearance.phenoconverted_activity(a, strength))
    versus_normal = float(clearance.relative_exposure(fm, left))
    return Numeric(
        prompt=f"CYP2C19 does {100 * fm:.0f} % of the clearance of {drug} in people with two "
        f"normal copies. This patient's genes leave {activity} % of the normal activity. Now an "
        f"inhibitor of CYP2C19 is added, at {strength:g} times its inhibition constant. By what "
        "factor does her own level rise, compared with her level before?",
        given={
            "fm, share of CYP2C19": f"{fm:g}",
            "a, activity by her genes": f"{a:g}",
            "I/Ki of the inhibitor": f"{strength:g}",
        },
        key=factor,
        unit="",
        misconceptions=(
            Misconception(
                float(clearance.interaction_ratio(fm, strength)),
                "That is the factor for somebody with two normal copies. How much of the enzyme "
                "did this patient have to lose?",
            ),
            Misconception(
                versus_normal,
                "You compared her with a normal metaboliser. What was her own level before the "
                "inhibitor came?",
            ),
            Misconception(
                1 + strength,
                "The inhibitor divides the enzyme's activity by that. Is the enzyme her only way "
                "of clearing the drug?",
            ),
        ),
        solution="Clearance relative to normal: 1 − fm + fm × activity.\n"
        f"Before: {1 - fm:.2f} + {fm:g} × {a:g} = {1 - fm + fm * a:.3f}.\n"
        f"The inhibitor leaves {a:g} / (1 + {strength:g}) = {left:.3f} of activity, so after: "
        f"{1 - fm:.2f} + {fm:g} × {left:.3f} = {1 - fm + fm * left:.3f}.\n"
        f"Her level rises by {1 - fm + fm * a:.3f} / {1 - fm + fm * left:.3f} = {factor:.2f}.\n"
        "The less of the enzyme one has, the less an inhibitor can take away.",
    )


_STAYS, _SPARED, _RISES, _FALLS = (
    "It stays where it was: the enzyme that is blocked, or set free, was missing by birth.",
    "It stays where it was: the other drug blocks an enzyme that hardly clears this one.",
    "It rises, towards the level of somebody who lacks the enzyme.",
    "It falls over the next days, to the level that the genes give.",
)
# What happens -> what is right, and why.
_MEETINGS = {
    "a poor metaboliser of CYP2C19 takes escitalopram; omeprazole, which inhibits CYP2C19, is "
    "added": (
        _STAYS,
        "A poor metaboliser has no CYP2C19 to lose.",
    ),
    "a poor metaboliser of CYP2C19 takes escitalopram and omeprazole; omeprazole, an inhibitor of "
    "CYP2C19, is stopped": (_STAYS, "A poor metaboliser has no CYP2C19 to win back."),
    "a normal metaboliser of CYP2C19 takes escitalopram; a strong inhibitor of CYP2C19 is added": (
        _RISES,
        "CYP2C19 does most of the clearance of escitalopram, and it was working.",
    ),
    "a normal metaboliser of CYP2C19 has taken escitalopram and a strong inhibitor of CYP2C19 for "
    "months; the inhibitor is stopped": (_FALLS, "The enzyme works again, as the genes allow."),
    "a patient takes alprazolam, which CYP3A4 clears; paroxetine, which blocks CYP2D6, is added": (
        _SPARED,
        "Measured: the exposure was 0.94 of that without paroxetine.",
    ),
    "a normal metaboliser of CYP2D6 takes desipramine, which CYP2D6 clears; paroxetine, which "
    "blocks CYP2D6, is added": (_RISES, "Measured: 4.6-fold."),
    "a poor metaboliser of CYP2D6 takes desipramine, which CYP2D6 clears; paroxetine, which blocks "
    "CYP2D6, is added": (_STAYS, "Measured: 0.87, no rise at all."),
    "a patient takes pregabalin, which the kidneys remove unchanged; fluvoxamine, which blocks "
    "CYP1A2 and CYP2C19, is added": (_SPARED, "Pregabalin passes no CYP enzyme."),
    "a normal metaboliser of CYP2D6 has taken desipramine, which CYP2D6 clears, and paroxetine, "
    "which blocks it, for months; paroxetine is stopped": (
        _FALLS,
        "The body makes new enzyme, and the clearance comes back within days.",
    ),
}
_ASK = {
    _STAYS: "That holds for somebody born without the enzyme. What do this patient's genes say?",
    _SPARED: "Look again at which enzyme clears the one drug and which the other blocks. Do the "
    "two really not meet?",
    _RISES: "An inhibitor takes away only what is there, and what this drug uses. Is there "
    "activity to lose here, and is it being lost?",
    _FALLS: "A level falls when clearance comes back. Does any come back in this patient?",
}


@item("interaction-phenoconversion", "Drugs that imitate genes", page=PAGE, section=GENES)
def phenoconversion(draw: Draw) -> Choice:
    """Tell what a second drug does to a level, by genes and enzyme."""
    age = draw.pick("age", [27, 34, 41, 48, 55, 62, 66])
    meeting = draw.pick("what happens", list(_MEETINGS))
    key, why = _MEETINGS[meeting]
    first, _, change = meeting.rpartition("; ")
    return Choice.of(
        draw,
        prompt=f"Age {age}: {first}. Now {change}. What happens to the level of the first drug, as "
        "far as this one enzyme goes?",
        key=key,
        wrong=[(text, ask) for text, ask in _ASK.items() if text != key],
        solution=f"Ask three things in turn. Which enzyme clears the drug? Does the other drug "
        f"touch that enzyme? Does the patient have it?\n{why}\n"
        f"So: {key[0].lower()}{key[1:]}\n"
        "The model is a model: no agreed way exists to correct a genotype for inhibitors.",
    )


_REPORTS = {
    "slow": "CYP2D6 works slowly in this patient: the balance has tipped, the sum has not.",
    "fast": "CYP2D6 works very fast in this patient: the balance has tipped, the sum has not.",
    "missed": "Fewer tablets were taken than prescribed: both are low in their usual balance.",
    "both slow": "Both are cleared more slowly, as with weak kidneys: both are high in their "
    "usual balance.",
}


@item("interaction-lab-report", "Reading a level report", page=PAGE, section=GENES)
def lab_report(draw: Draw) -> Choice:
    """Tell a metaboliser from a missed dose by the two levels of venlafaxine."""
    what = draw.pick("what", list(_REPORTS))
    dose = draw.pick("dose (mg/day)", [75, 112.5, 150, 187.5, 225])
    size = draw.pick("size", [0, 1, 2])
    per_mg = [
        float(drugs.get(name).parameter("level_per_mg_ng_mL"))
        for name in ("venlafaxine", "desvenlafaxine")
    ]
    usual = [dose * level for level in per_mg]
    total = sum(usual)
    if what in ("slow", "fast"):
        ratio = {"slow": (2.6, 3.6, 5.0), "fast": (0.2, 0.16, 0.12)}[what][size]
        parent = total * ratio / (1 + ratio)
        seen = [parent, total - parent]
    else:
        factor = {"missed": (0.2, 0.28, 0.35), "both slow": (1.9, 2.2, 2.6)}[what][size]
        seen = [factor * level for level in usual]
    found = [round(level) for level in seen]
    ask = {
        "slow": "A slow enzyme leaves parent drug that should have become metabolite. Is there "
        "more parent than metabolite here?",
        "fast": "A fast enzyme turns parent into metabolite. How does the ratio of the two compare "
        "with the usual one?",
        "missed": "Missed tablets lower both alike. Are both lower than usual?",
        "both slow": "Slower removal raises both alike. Are both higher than usual?",
    }
    return Choice.of(
        draw,
        prompt=f"A patient on venlafaxine {dose:g} mg a day: the laboratory reports the parent "
        "drug and its active metabolite desvenlafaxine, which CYP2D6 makes. What do the two "
        "numbers suggest?",
        given={
            "Venlafaxine": f"{found[0]} ng/mL (usual on this dose: about {usual[0]:.0f})",
            "Desvenlafaxine": f"{found[1]} ng/mL (usual on this dose: about {usual[1]:.0f})",
        },
        key=_REPORTS[what],
        wrong=[(_REPORTS[k], ask[k]) for k in _REPORTS if k != what],
        solution=f"The sum: {found[0]} + {found[1]} = {sum(found)} ng/mL; usual {total:.0f}.\n"
        f"Parent over metabolite: {found[0]} / {found[1]} = {found[0] / found[1]:.2g}; usual about "
        f"{usual[0] / usual[1]:.2g}.\n"
        "A gene moves the balance and leaves the sum; dose and kidneys move the sum and leave the "
        f"balance. {_REPORTS[what]}\n"
        "In patients with one broken copy the ratio of metabolite to parent was halved, and the "
        "sum no different. Side effects can still follow the parent: a sum is not the patient.",
    )


_STARTER = '''\
def norfluoxetine_left(days, fluoxetine_days, norfluoxetine_days):
    """Norfluoxetine that is left after stopping, as a share of the usual level (0 to 1).

    days: days since the last tablet, after months of treatment
    fluoxetine_days: half-life of fluoxetine, which goes on turning into norfluoxetine
    norfluoxetine_days: half-life of norfluoxetine itself
    """
    ...
    return left
'''


def _left(days: float, parent: float, metabolite: float) -> float:
    """Share of the metabolite that is left; half-lives in days."""
    done = metabolites.chain_build_up([24 * days], 24 * parent, 24 * metabolite)
    return 1 - float(done.metabolite[0])


@item("interaction-washout", "The metabolite that stays", page=PAGE, section=WASHOUT, points=3)
def washout(draw: Draw) -> Code:
    """Write the washout of norfluoxetine."""
    weeks = draw.pick("weeks", [3, 4, 5, 6])
    parent = draw.pick("fluoxetine (days)", [4, 4.5, 5, 5.5, 6])
    metabolite = draw.pick("norfluoxetine (days)", [8, 9.3, 12, 16])
    day = draw.pick("day", [7, 10, 17, 24])
    shown = _left(7 * weeks, parent, metabolite)
    return Code(
        prompt="Fluoxetine has to be out of the body before an MAOI. Its active metabolite leaves "
        "last, and the parent goes on making it. Write norfluoxetine_left(days, fluoxetine_days, "
        "norfluoxetine_days) with the washout formula of the book,\n\n"
        "left = (km × exp(−kp × t) − kp × exp(−km × t)) / (km − kp),\n\n"
        "where kp and km are ln 2 over the half-lives of parent and metabolite. The two half-lives "
        f"are never equal. For {7 * weeks} days and half-lives of {parent:g} and {metabolite:g} "
        f"days it returns {shown:.3f}.",
        function="norfluoxetine_left",
        starter=_STARTER,
        reference=_left,
        cases=(
            (7 * weeks, parent, metabolite),
            (day, 5, 9.3),
            (0, parent, 9.3),
            (day + 14, 6, draw.pick("slow (days)", [14, 15, 16])),
        ),
        misconceptions=(
            Misconception(
                lambda days, parent, metabolite: 2 ** (-days / parent),
                "That is fluoxetine alone. Which of the two is still there when fluoxetine is "
                "gone?",
            ),
            Misconception(
                lambda days, parent, metabolite: 2 ** (-days / metabolite),
                "That would hold if no more norfluoxetine were made after the last tablet. What "
                "does the fluoxetine that is left turn into?",
            ),
            Misconception(
                lambda days, parent, metabolite: 1 - _left(days, parent, metabolite),
                "That is what has gone. What is left on day 0?",
            ),
            Misconception(
                lambda days, parent, metabolite: 2 ** (-days / (parent + metabolite)),
                "You put one half-life on top of the other. Each of the two processes has a rate "
                "of its own. How do they enter the formula?",
            ),
        ),
        solution="kp = math.log(2) / fluoxetine_days and km = math.log(2) / norfluoxetine_days.\n"
        "left = (km * math.exp(-kp * days) - kp * math.exp(-km * days)) / (km - kp).\n"
        f"With kp = {np.log(2) / parent:.4f} and km = {np.log(2) / metabolite:.4f} a day, after "
        f"{weeks} weeks {100 * shown:.1f} % is left.\n"
        f"Norfluoxetine alone would give {100 * 2 ** (-7 * weeks / metabolite):.1f} %, fluoxetine "
        f"alone {100 * 2 ** (-7 * weeks / parent):.1f} %.\n"
        "Which level is safe beside an MAOI nobody has measured; the label asks for five weeks.",
    )
