"""Self-checks of the serotonin chapter, one for each section."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mechanisms import drugs, receptors, serotonin

from ..draw import Draw
from ..item import Item, Make, item
from ..questions import Choice, Misconception, Numeric


def _check(id: str, title: str, anchor: str) -> Callable[[Make], Item]:
    page = "principles/serotonin"
    return item(id, title, page=page, section=f"{page}#{anchor}", points=1, attempts=2)


@_check("check-serotonin-pump", "Half the seats", "the-pump-and-what-blocks-it")
def pump(draw: Draw) -> Numeric:
    """Slowing of clearance when part of the pumps is held."""
    percent = draw.pick("held (%)", [*range(40, 80), 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90])
    blocked = percent / (100 - percent)
    tiny, moment = 1e-6, 1e-3
    left = serotonin.pulse_clearance(
        [0.0, moment], tiny, inhibitor_over_ki=[[0.0], [blocked]], other_per_s=0.0
    ).level_uM[..., -1]
    speed = -np.log(left.ravel() / tiny)
    key = float(speed[0] / speed[1])
    return Numeric(
        prompt=f"A blocker holds {percent} % of the serotonin pumps. If the pump were the only way "
        "out, how many times more slowly would a little serotonin be cleared?",
        key=key,
        unit="times",
        rel_tol=0.03,
        misconceptions=(
            Misconception(
                1 + percent / 100,
                "You added the blocked share. What share of the pumps still works?",
            ),
            Misconception(
                blocked,
                "That is held over free. By what is the speed of clearance divided, if only the "
                "free pumps work?",
            ),
        ),
        solution=f"{100 - percent} % of the pumps still work, so the speed is {100 - percent} % "
        f"of what it was.\n1 / {1 - percent / 100:g} = {key:.1f} times more slowly.\n"
        "The second way out, which no SSRI touches, makes it a little less.",
    )


_WHOLES = {
    "all": "All transporters.",
    "plateau": "The plateau: what any dose of this drug can hold.",
    "target": "The 80 % that is seen at usual doses.",
}


@_check(
    "check-serotonin-dose",
    "Per cent of what?",
    "dose-and-occupancy-three-ratios-that-must-not-be-mixed-up",
)
def dose(draw: Draw) -> Choice:
    """Name the whole behind a percentage."""
    drug, mg = draw.pick(
        "drug and dose",
        [
            ("sertraline", 10), ("sertraline", 12.5), ("sertraline", 20), ("sertraline", 25),
            ("paroxetine", 5), ("paroxetine", 7.5), ("paroxetine", 10), ("paroxetine", 15),
            ("fluoxetine", 3), ("fluoxetine", 4), ("fluoxetine", 5), ("escitalopram", 2.5),
            ("escitalopram", 4), ("escitalopram", 5),
        ],
    )  # fmt: skip
    asked = draw.pick("whole", list(_WHOLES))
    fit = drugs.occupancy_fit(drug)
    assert fit.ed50 is not None
    assert fit.omax is not None
    found = receptors.occupancy_ratios(mg, float(fit.ed50), fit.omax.fraction)
    shown = dict(zip(("all", "plateau", "target"), (100 * float(x) for x in found), strict=True))
    return Choice.of(
        draw,
        prompt=f"{mg:g} mg of {drug} a day. Of its plateau of {100 * fit.omax.fraction:.1f} % half "
        f"is held at {float(fit.ed50):g} mg. Somebody writes that this dose “reaches "
        f"{shown[asked]:.0f} %”. What is 100 % here?",
        key=_WHOLES[asked],
        wrong=[
            (
                text,
                f"With that as the whole, would the number be {shown[asked]:.0f}? Reckon it.",
            )
            for name, text in _WHOLES.items()
            if name != asked
        ],
        solution=f"Of all transporters the dose holds {shown['all']:.0f} %.\n"
        f"Divided by the plateau that is {shown['plateau']:.0f} %, divided by 80 % it is "
        f"{shown['target']:.0f} %.\n{_WHOLES[asked]}",
    )


@_check("check-serotonin-free", "What the pump sees", "from-tablet-to-free-drug-to-pump")
def free(draw: Draw) -> Numeric:
    """Free concentration from a total level."""
    name = draw.pick("drug", ["sertraline", "paroxetine", "escitalopram", "fluoxetine"])
    level = draw.pick("level (ng/mL)", [10, 12, 15, 18, 20, 25, 30, 35, 40, 50, 60, 70, 80])
    drug = drugs.get(name)
    fu, mass = float(drug.fu), float(drug.molar_mass)
    key = float(receptors.free_concentration(level, fu, mass))
    return Numeric(
        prompt=f"A patient's blood holds {level} ng/mL of {name}; {100 * fu:g} % of it is not "
        f"bound to protein. Molar mass: {mass:g} g/mol. What is the free concentration in nM?",
        key=key,
        unit="nM",
        rel_tol=0.03,
        misconceptions=(
            Misconception(
                key / fu,
                "That is all of the drug in molar units. Which part of it can reach the pump?",
            ),
            Misconception(
                level * fu,
                "You took nanograms for nanomoles. What does one nanomole of this drug weigh?",
            ),
        ),
        solution=f"Free: {level} × {fu:g} = {level * fu:g} ng/mL.\n"
        f"One nanomole weighs {mass:g} ng, and a litre has 1000 mL: "
        f"{level * fu:g} × 1000 / {mass:g} = {key:.2f} nM.",
    )


_SIDES = {
    "above": "Above its resting level.",
    "below": "Below its resting level.",
    "at": "Exactly at its resting level, because the brake makes up for the pump.",
}


@_check("check-serotonin-brake", "Dip or rise?", "the-brake-and-how-it-lets-go")
def brake(draw: Draw) -> Choice:
    """Use the sign rule on a pair of numbers."""
    percent = draw.pick("held (%)", [50, 52, 55, 58, 60, 63, 65, 68, 70, 72, 75, 78, 80, 82, 85])
    where = serotonin.region(draw.pick("region", ["hippocampus", "frontal cortex"]))
    state = serotonin.balance(percent / 100, where)
    firing, level = float(state.firing), float(state.terminal)
    side = "above" if level > 1 else "below"
    slips = {
        "above": "Slower clearance raises the level only if it has slowed by more than the firing "
        "fell. Compare the two numbers.",
        "below": "Fewer impulses lower the level only if they fell by more than clearance slowed. "
        "Compare the two numbers.",
        "at": "A brake that answers a rise need not cancel it. What is release divided by "
        "clearance?",
    }
    return Choice.of(
        draw,
        prompt=f"On the first day firing is down to {100 * firing:.0f} % and clearance at the "
        f"endings to {100 * firing / level:.0f} % of rest. Where does serotonin at these endings "
        "stand?",
        key=_SIDES[side],
        wrong=[(text, slips[name]) for name, text in _SIDES.items() if name != side],
        solution=f"Level = release / clearance = {firing:.2f} / {firing / level:.2f} = "
        f"{level:.2f} of rest.\n"
        "The endings dip exactly when firing has fallen further than clearance.",
    )


@_check("check-serotonin-onset", "What the drug adds", "when-people-feel-it-and-early-worsening")
def onset(draw: Draw) -> Numeric:
    """Side effects beyond placebo."""
    disorder, words = draw.pick(
        "trials",
        [
            ("sad", "social anxiety disorder"),
            ("gad", "generalised anxiety disorder"),
        ],
    )
    people = draw.pick(
        "people",
        [100, 150, 200, 250, 300, 350, 400, 450, 500, 550, 600, 650, 700, 750, 800, 900, 1000],
    )
    rows = (f"label-nervousness-{disorder}", f"label-nervousness-{disorder}-placebo")
    drug, placebo = (drugs.observation(row).quantity.fraction for row in rows)
    key = people * (drug - placebo)
    return Numeric(
        prompt=f"In trials in {words}, {100 * drug:g} % of people on venlafaxine and "
        f"{100 * placebo:g} % on placebo felt nervous. Of {people} people on the drug, how many "
        "are nervous who would not have been on placebo?",
        key=key,
        unit="people",
        rel_tol=0.02,
        misconceptions=(
            Misconception(
                people * drug, "These are all the nervous ones. Who would be nervous on placebo?"
            ),
            Misconception(people * placebo, "These would be nervous anyway. How many come on top?"),
        ),
        solution=f"{100 * drug:g} − {100 * placebo:g} = {100 * (drug - placebo):g} in 100 come on "
        f"top of placebo.\nOf {people}: {key:g}.\n"
        "Counted without a placebo group, early worsening looks much more frequent than this.",
    )


_SCENES: dict[str, tuple[str, str, list[tuple[str, str]]]] = {
    "end": (
        "Mice that had exposure alone and mice that had exposure and fluoxetine are compared on "
        "the last day of training.",
        "Both groups show the same fear.",
        [
            (
                "Fluoxetine and exposure shows less fear: these mice learned faster.",
                "If the drug only sped learning up, one would see it here. Was anything to be seen "
                "on this day?",
            ),
            (
                "Fluoxetine and exposure shows more fear: the drug disturbs learning.",
                "The drug did not get in the way of training. When did the groups part?",
            ),
        ],
    ),
    "week": (
        "Mice that had exposure alone and mice that had exposure and fluoxetine are compared one "
        "week after training.",
        "Exposure alone shows more fear: some of it has come back.",
        [
            (
                "Both groups show the same fear.",
                "They did on the last day of training. What does a week do to a safety memory that "
                "stands beside the fear?",
            ),
            (
                "Fluoxetine and exposure shows more fear.",
                "Which of the two groups has more of its fear erased rather than covered?",
            ),
        ],
    ),
    "drug": (
        "Mice had fluoxetine and no exposure, and are tested weeks later.",
        "Their fear is not lost for good: the drug alone does not do it.",
        [
            (
                "Their fear is gone: growth signals alone rewire the path.",
                "What would decide which connections grow, if nothing is learned?",
            ),
            (
                "Their fear is gone for as long as BDNF is raised.",
                "Growth without training has nothing to erase with. What was missing here?",
            ),
        ],
    ),
    "people": (
        "Adults with social anxiety had exposure, sertraline, or both. The drug was then stopped, "
        "and they were followed.",
        "Exposure alone went on improving, while the sertraline groups tended to slip.",
        [
            (
                "The combination kept its lead, as in mice.",
                "Mice and people part here. What may a safety memory that was learned on a drug "
                "need to be recalled?",
            ),
            (
                "All groups stayed where they were.",
                "One went on improving. Which of them had nothing taken away?",
            ),
        ],
    ),
}


@_check(
    "check-serotonin-plasticity",
    "When the groups part",
    "growth-exposure-and-a-test-one-week-later",
)
def growth(draw: Draw) -> Choice:
    """When drug plus exposure differs from exposure alone."""
    scene = draw.pick("scene", list(_SCENES))
    asked = draw.pick("asked", ["What was found?", "What did they see?", "What came out?"])
    text, key, wrong = _SCENES[scene]
    return Choice.of(
        draw,
        prompt=f"{text} {asked}",
        key=key,
        wrong=wrong,
        solution=f"{key}\n"
        "In mice the groups were alike at the end of training and parted a week later: what "
        "differs is what is left behind.\n"
        "In people trials of drug and exposure are mixed, and stopping the drug can undo the lead.",
    )


_MOVES = {
    "adds": "It raises the activation.",
    "takes": "It lowers the activation.",
    "none": "It leaves the activation as it is.",
}


@_check(
    "check-serotonin-buspirone",
    "Adds or takes away?",
    "buspirone-pressing-the-brake-with-a-partial-agonist",
)
def buspirone(draw: Draw) -> Choice:
    """Use the sign rule of the partial agonist."""
    active = draw.pick("activation (%)", [10, 15, 20, 30, 35, 40, 60, 65, 70, 80, 85, 90])
    strength = draw.pick("strength (%)", [25, 45, 50, 55, 75])
    level = active / (100 - active)
    limit = float(receptors.critical_efficacy(level, 1.0))
    right = "adds" if strength / 100 > limit else "takes"
    slips = {
        "adds": "Every seat it takes is taken from serotonin or from nobody. Which does more on a "
        "seat: this drug, or what was there on average?",
        "takes": "A partial agonist is no blocker. Was the receptor busier before than the drug "
        "can make it?",
        "none": "That happens only where serotonin's own effect equals the drug's strength. "
        "Are the two numbers equal?",
    }
    return Choice.of(
        draw,
        prompt=f"Serotonin activates {active} % of the receptors at a synapse without spare ones. "
        f"A partial agonist with {strength} % of serotonin's strength joins in. What does it do?",
        key=_MOVES[right],
        wrong=[(text, slips[name]) for name, text in _MOVES.items() if name != right],
        solution=f"The rule compares two numbers: serotonin's own effect, {active} %, and the "
        f"drug's strength, {strength} %.\n{_MOVES[right]} How much depends on the dose, which way "
        "does not.",
    )
