"""Self-checks of "How much?": one at the end of each section."""

from __future__ import annotations

from functools import partial

import numpy as np

from mechanisms import clearance, data, drugs, nonlinear, pharmacokinetics

from ..draw import Draw
from ..item import item
from ..questions import Choice, Misconception, Numeric

PAGE = "applications/pharmacokinetics"
check = partial(item, page=PAGE, points=1, attempts=2)

_HALF_LIVES = ["alprazolam", "clonazepam", "duloxetine", "escitalopram", "fluoxetine", "sertraline"]


def _half_life(drug: str) -> float:
    return round(float(drugs.get(drug).parameter("half_life_h")), 1)


@check(
    "check-pk-course",
    "Double the dose",
    section=f"{PAGE}#building-up-half-life-steady-state-accumulation",
)
def course(draw: Draw) -> Numeric:
    """Time to steady state, which the dose does not change."""
    drug = draw.pick("drug", _HALF_LIVES)
    times = draw.pick("dose, times", [1.5, 2, 2.5, 3, 4])
    half_life = _half_life(drug)
    key = half_life * float(np.log2(10)) / 24
    reached = float(pharmacokinetics.fraction_of_steady_state(24 * key, half_life))
    assert abs(reached - 0.9) < 1e-9
    return Numeric(
        prompt=f"{drug.capitalize()} has a half-life of {half_life:g} h. Somebody starts with "
        f"{times:g} times the usual dose, every day. After how many days has the level covered 90 "
        "% of its way?",
        key=key,
        unit="days",
        misconceptions=(
            Misconception(
                key / times,
                "You let the dose speed it up. It makes the goal higher as well: which of the two "
                "decides how long the way takes?",
            ),
            Misconception(
                half_life / 24,
                "That is one half-life, which covers half of the way. How many cover nine tenths?",
            ),
        ),
        solution="The way is halved with each half-life, whatever the dose.\n"
        f"log2(10) = 3.32 half-lives; 3.32 × {half_life:g} h = {24 * key:.0f} h = {key:.1f} days.",
    )


@check("check-pk-missed", "What a gap leaves", section=f"{PAGE}#missed-doses-and-stopping")
def missed(draw: Draw) -> Numeric:
    """Share of a level that is left after some time without tablets."""
    drug = draw.pick("drug", ["clonazepam", "escitalopram", "fluoxetine", "sertraline"])
    hours = draw.pick("hours", [30, 36, 42, 48, 54, 60, 72])
    half_life = _half_life(drug)
    key = 100 * (1 - float(pharmacokinetics.fraction_of_steady_state(hours, half_life)))
    return Numeric(
        prompt=f"{drug.capitalize()}, half-life {half_life:g} h: how many per cent of the level "
        f"are left after {hours} hours without a tablet?",
        key=key,
        unit="%",
        abs_tol=0.5,
        misconceptions=(
            Misconception(100 - key, "That has gone. How much is left?"),
            Misconception(
                100 * 2.0 ** (-hours / 24),
                "You took half away each day. Is a day the half-life of this drug?",
            ),
        ),
        solution=f"{hours} h are {hours / half_life:.2f} half-lives.\n"
        f"2^(−{hours / half_life:.2f}) = {key / 100:.3f}, so {key:.0f} % is left.",
    )


_USUAL = {"sertraline": [50, 100], "escitalopram": [10, 20], "duloxetine": [60, 90]}


@check(
    "check-pk-population",
    "One patient of a hundred",
    section=f"{PAGE}#a-hundred-people-on-one-dose",
)
def population(draw: Draw) -> Numeric:
    """Level of a patient who clears more or less than the typical one."""
    drug = draw.pick("drug", list(_USUAL))
    dose = draw.pick("dose (mg)", _USUAL[drug])
    factor = draw.pick("clearance, times", [0.5, 0.6, 0.7, 1.5, 1.8, 2.2])
    per_mg = float(drugs.get(drug).parameter("level_per_mg_ng_mL"))
    typical = 1000 / (24 * per_mg)
    key = float(pharmacokinetics.average_concentration(dose, 24, factor * typical))
    return Numeric(
        prompt=f"In a typical person each mg of {drug} a day gives {per_mg:g} ng/mL on average. "
        f"This patient clears {factor:g} times as much per hour as the typical person. What is the "
        f"average level on {dose} mg a day?",
        key=key,
        unit="ng/mL",
        misconceptions=(
            Misconception(
                dose * per_mg * factor,
                "You multiplied. Does somebody who clears more have more left?",
            ),
            Misconception(
                dose * per_mg, "That is the typical person. What does this patient's clearance do?"
            ),
        ),
        solution=f"Typical: {dose} × {per_mg:g} = {dose * per_mg:.1f} ng/mL.\n"
        f"The level is dose rate over clearance: {dose * per_mg:.1f} / {factor:g} = {key:.1f} "
        "ng/mL.",
    )


@check("check-pk-genes", "Half an enzyme", section=f"{PAGE}#genes-and-drugs-that-imitate-genes")
def genes(draw: Draw) -> Numeric:
    """Level of a patient with some of the enzyme."""
    fm = draw.pick("fm", [0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9])
    activity = draw.pick("activity", [0.0, 0.25, 0.3, 0.5])
    key = float(clearance.relative_exposure(fm, activity))
    return Numeric(
        prompt=f"An enzyme does {100 * fm:.0f} % of a drug's clearance in normal metabolisers. "
        f"This patient has {100 * activity:.0f} % of the normal activity. How many times the "
        "normal level results?",
        key=key,
        misconceptions=(
            Misconception(
                1 / (activity if activity else fm),
                "You treated the enzyme as the only way out, or divided by its share. What do the "
                "other routes still clear?",
            ),
            Misconception(
                1 - fm + fm * activity,
                "That is the clearance that is left. What does a level do when clearance falls?",
            ),
        ),
        solution=f"Clearance left: {1 - fm:.2f} + {fm:g} × {activity:g} = "
        f"{1 - fm + fm * activity:.3f} of normal.\nThe level is 1 over it: {key:.2f}.",
    )


_TOLD = {
    "fluvoxamine and tizanidine": ("tizanidine", "fluvoxamine"),
    "fluvoxamine and duloxetine": ("duloxetine", "fluvoxamine"),
    "fluvoxamine and caffeine": ("caffeine", "fluvoxamine"),
    "itraconazole and alprazolam": ("alprazolam", "itraconazole"),
    "erythromycin and alprazolam": ("alprazolam", "erythromycin"),
    "paroxetine and metoprolol": ("metoprolol", "paroxetine"),
    "paroxetine and desipramine": ("desipramine", "paroxetine"),
    "fluvoxamine and omeprazole": ("omeprazole", "fluvoxamine"),
    "cimetidine and alprazolam": ("alprazolam", "cimetidine"),
}


@check(
    "check-pk-interactions", "The bound, backwards", section=f"{PAGE}#interactions-and-the-bound"
)
def interactions(draw: Draw) -> Numeric:
    """Smallest share of the clearance that must depend on a blocked enzyme."""
    pair = draw.pick("pair", list(_TOLD))
    rounded = draw.pick("decimals", [1, 2])
    ratio = next(
        round(float(row.quantity), rounded)
        for row in data.interactions()
        if (row.victim, row.perpetrator) == _TOLD[pair] and row.measure == "AUC ratio"
    )
    key = 100 * float(clearance.fraction_metabolised(ratio))
    blocker, victim = pair.split(" and ")
    return Numeric(
        prompt=f"{blocker.capitalize()} multiplied the exposure to {victim} by {ratio:g}. If "
        f"slower clearance is all of it: how many per cent of the clearance of {victim}, at the "
        f"least, depend on what {blocker} blocks?",
        key=key,
        unit="%",
        rel_tol=0.01,
        misconceptions=(
            Misconception(
                100 / ratio, "That is what is left at the most. What has been taken away?"
            ),
            Misconception(
                100 * (ratio - 1),
                "That is the rise of the level in per cent. Can more than all of a clearance be "
                "lost?",
            ),
        ),
        solution=f"A {ratio:g}-fold level means that 1/{ratio:g} = {1 / ratio:.3f} of the "
        f"clearance is left.\nAt least {key:.0f} % must have depended on the blocked enzyme.",
    )


@check("check-pk-kidney", "In proportion", section=f"{PAGE}#kidneys-and-pregabalin")
def kidney(draw: Draw) -> Numeric:
    """Dose in proportion to creatinine clearance."""
    usual = draw.pick("usual dose (mg/day)", [150, 300, 450, 600])
    clcr = draw.pick("creatinine clearance (mL/min)", [15, 20, 25, 30, 35, 40, 45, 60])
    reference = float(drugs.constant("reference.creatinine_clearance_mL_min"))
    key = float(clearance.renal_dose(usual, clcr))
    return Numeric(
        prompt=f"{usual} mg a day give a certain level at a creatinine clearance of {reference:g} "
        f"mL/min. Which daily dose of pregabalin gives it at {clcr} mL/min, by proportion?",
        key=key,
        unit="mg",
        misconceptions=(
            Misconception(
                usual - key,
                "That is what has to be taken away from the dose. What is left of it?",
            ),
            Misconception(
                usual * reference / clcr,
                "You turned the proportion over. Do weaker kidneys need more of the drug?",
            ),
        ),
        solution=f"{clcr} / {reference:g} = {clcr / reference:g} of the clearance, so the same "
        f"part of the dose: {clcr / reference:g} × {usual} = {key:.0f} mg a day.\n"
        "The label has steps and caps of its own.",
    )


@check(
    "check-pk-gabapentin",
    "A full door",
    section=f"{PAGE}#gabapentin-a-door-that-only-so-many-fit-through",
)
def gabapentin(draw: Draw) -> Numeric:
    """Gain in absorbed gabapentin when a dose is multiplied."""
    dose = draw.pick("dose (mg/day)", [300, 450, 600, 700, 750, 800, 900, 1050, 1200])
    times = draw.pick("times", [2, 3, 4])
    most, half = (
        float(drugs.constant(f"gabapentin.{name}"))
        for name in ("absorbed_max_mg", "absorption_ed50_mg")
    )
    low, high = (float(nonlinear.absorbed_dose(d, most, half)) for d in (dose, times * dose))
    return Numeric(
        prompt=f"Gabapentin goes from {dose} to {times * dose} mg a day. With {most:g} mg as the "
        f"most that can be absorbed and {half:g} mg as the dose of which half of that is absorbed: "
        "how many times more is absorbed?",
        key=high / low,
        misconceptions=(
            Misconception(
                float(times), "That would be so if the door were never full. How full is it?"
            ),
            Misconception(
                high / (times * low),
                "That compares shares of the dose. How do the amounts compare?",
            ),
        ),
        solution=f"Before: {most:g} × {dose} / ({half:g} + {dose}) = {low:.0f} mg.\n"
        f"After: {most:g} × {times * dose} / ({half:g} + {times * dose}) = {high:.0f} mg.\n"
        f"{high:.0f} / {low:.0f} = {high / low:.2f}.",
    )


@check(
    "check-pk-washout",
    "Who leaves last?",
    section=f"{PAGE}#fluoxetine-five-weeks-before-an-maoi",
)
def washout(draw: Draw) -> Choice:
    """Name the half-life that rules the late decline of a metabolite."""
    parent = draw.pick("parent (days)", [2, 4, 5, 8, 12, 14])
    metabolite = draw.pick("metabolite (days)", [1, 3, 6, 7, 10, 16])
    slow = max(parent, metabolite)
    wrong = {
        min(
            parent, metabolite
        ): "The faster process soon waits for the slower one. Which is which?",
        parent + metabolite: "Times do not add up here. Once the faster process has nothing to do, "
        "what is left?",
        (parent + metabolite) / 2: "No average: one of the two steps holds the other up. Which?",
    }
    return Choice.of(
        draw,
        prompt=f"A drug with a half-life of {parent} days turns into a metabolite with a half-life "
        f"of {metabolite} days of its own. Long after the last tablet, in which time does the "
        "metabolite's level halve?",
        key=f"In {slow} days",
        wrong=[(f"In {days:g} days", text) for days, text in wrong.items()],
        solution="Two steps in a row: the drug must turn into metabolite, and the metabolite must "
        f"leave.\nIn the end the slower step sets the pace: {slow} days.\n"
        "A metabolite can outlive its parent, and a slow parent can feed a quick metabolite.",
    )


@check(
    "check-pk-liver",
    "Less enzyme, or a detour",
    section=f"{PAGE}#the-liver-lost-enzymes-and-detours",
)
def liver(draw: Draw) -> Choice:
    """Compare two drugs in a liver with less enzyme or with a detour."""
    what = draw.pick("what", ["enzyme", "detour"])
    percent = draw.pick("per cent", [15, 20, 25, 30])
    low = draw.pick("poor arrival (%)", [4, 5, 8])
    high = draw.pick("good arrival (%)", [75, 80, 90])
    left, shunt = (1 - percent / 100, 0.0) if what == "enzyme" else (1.0, percent / 100)
    rise = [float(clearance.hepatic_exposure_ratio(left, f / 100, 1.0, shunt)) for f in (low, high)]
    same = abs(rise[0] / rise[1] - 1) < 0.01
    options = {
        "alike": "Both rise by the same factor.",
        "poor": f"The drug of which {low} % arrives rises far more.",
        "good": f"The drug of which {high} % arrives rises more.",
    }
    ask = {
        "alike": "That would be so if enzyme were lost. What does a detour do to a drug of which "
        "little gets past the liver?",
        "poor": "That is what a detour does. What does less enzyme do to dose over clearance?",
        "good": "Of a drug that nearly all arrives, how much more could arrive?",
    }
    key = "alike" if same else "poor"
    change = (
        f"has lost {percent} % of its enzyme, and no blood takes a detour"
        if what == "enzyme"
        else f"has all its enzyme, but {percent} % of the blood takes a detour around the cells"
    )
    return Choice.of(
        draw,
        prompt=f"Two drugs by mouth: in health {low} % of the one and {high} % of the other get "
        f"past the liver. A liver {change}. What happens to the exposure?",
        key=options[key],
        wrong=[(options[k], ask[k]) for k in options if k != key],
        solution=f"The well-stirred liver gives {rise[0]:.2f}-fold for the first drug and "
        f"{rise[1]:.2f}-fold for the second.\n"
        + (
            "Lost enzyme divides the clearance of both alike."
            if same
            else "What was held back almost wholly now slips by; what arrived anyway cannot arrive "
            "much more."
        ),
    )


_OLD = {
    "alprazolam": ("alprazolam", "alprazolam-elderly-half-life"),
    "diazepam": ("diazepam", ""),
    "nordazepam, taken as such": ("nordazepam", ""),
}


@check("check-pk-age", "Not there yet", section=f"{PAGE}#age-the-drug-that-is-still-rising")
def age(draw: Draw) -> Numeric:
    """Share of the settled level that an older person has reached."""
    name = draw.pick("drug", list(_OLD))
    day = draw.pick("day", [1, 2, 3, 4, 5, 6, 7, 8, 10, 12])
    drug, observed = _OLD[name]
    half_life = (
        drugs.observation(observed).quantity
        if observed
        else drugs.get(drug).parameter("half_life_elderly_h")
    ).value
    key = 100 * float(pharmacokinetics.fraction_of_steady_state(24 * day, half_life))
    return Numeric(
        prompt=f"In older people {name} has a half-life of {half_life:g} h. What share of the "
        f"settled level has it reached after {day} day{'s' * (day > 1)}, in per cent?",
        key=key,
        unit="%",
        rel_tol=0.02,
        abs_tol=0.6,
        misconceptions=(
            Misconception(100 - key, "That is still to come. What is there already?"),
            Misconception(
                100 * 24 * day / half_life / 2,
                "You let it climb in a straight line to the half. Does each hour add the same?",
            ),
        ),
        solution=f"{24 * day} h are {24 * day / half_life:.2f} half-lives.\n"
        f"1 − 2^(−{24 * day / half_life:.2f}) = {key / 100:.3f}, so {key:.0f} %.",
    )
