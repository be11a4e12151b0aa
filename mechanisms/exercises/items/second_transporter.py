"""Exercises of the second transporter: SNRIs, the locus coeruleus, blood pressure, buspirone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mechanisms import drugs, norepinephrine, receptors

from ..draw import Draw
from ..item import item
from ..questions import Choice, Code, Misconception, Numeric, Setting

PAGE = "hands_on/second_transporter"
SELECTIVITY = "principles/norepinephrine#how-much-of-net-does-a-dose-block"
ALARM = "principles/norepinephrine#the-alarm-nucleus-and-its-brake"
BENEFIT = "principles/norepinephrine#what-more-norepinephrine-block-buys-and-what-it-costs"
BUSPIRONE = "principles/serotonin#buspirone-pressing-the-brake-with-a-partial-agonist"

LOWEST_MG, HIGHEST_MG = 1.0, 400.0
_LABS = {"bymaster2001": "one laboratory", "tatsumi1997": "another laboratory"}


@cache
def _sert() -> tuple[float, float]:
    """Half-dose (mg/day) and plateau (a fraction) of venlafaxine at SERT, from scans."""
    fit = drugs.occupancy_fit("venlafaxine")
    assert fit.ed50 is not None
    assert fit.omax is not None
    return float(fit.ed50), fit.omax.fraction


def _ratio(drug: str, source: str) -> float:
    """How many times more drug NET needs than SERT, by the constants of one laboratory."""
    net, sert = (float(drugs.affinity(drug, t, source=source)) for t in ("NET", "SERT"))
    return float(norepinephrine.selectivity_ratio(net, sert))


def _on_slider(dose_mg: float) -> float:
    """Position of the figure's logarithmic slider (120 of them) next to a dose."""
    span = math.log(HIGHEST_MG / LOWEST_MG)
    place = round(120 * math.log(dose_mg / LOWEST_MG) / span)
    return LOWEST_MG * math.exp(span * min(max(place, 0), 120) / 120)


def preference(source: str) -> float:
    """Preference of venlafaxine for SERT, as the knob of the figure gives it."""
    return round(_ratio("venlafaxine", source), 1)


def pumps(dose_mg: ArrayLike, ratio: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shares of SERT and NET (%) that daily doses of venlafaxine hold."""
    ed50, top = _sert()
    return (
        100 * receptors.dose_occupancy(dose_mg, ed50, top),
        100 * receptors.dose_occupancy(dose_mg, ed50 * ratio),
    )


def two_pumps(dose_mg: float, ratio: float) -> Mapping[str, float]:
    """Readouts of the figure `ex-second-transporter-pumps`."""
    sert, net = pumps(dose_mg, ratio)
    return {"SERT held": float(sert), "NET held": float(net)}


@item("second-transporter-dose", "A dose for the second pump", page=PAGE, section=SELECTIVITY)
def second_pump(draw: Draw) -> Setting:
    """Find the dose that holds a given share of NET."""
    source, aim = draw.pick(
        "laboratory and aim",
        [
            *(("bymaster2001", aim) for aim in (36, 40, 44, 48, 52, 56, 60, 64)),
            *(("tatsumi1997", aim) for aim in (14, 17, 20, 23, 26, 29, 32)),
        ],
    )
    who = draw.pick("person", ["Tomasz", "Leila", "Grace"])
    ratio = preference(source)
    other = next(preference(s) for s in _LABS if s != source)
    ed50, top = _sert()
    low, high = aim - 1.5, aim + 1.5
    best = float(receptors.dose_for_occupancy(aim / 100, ed50 * ratio))
    elsewhere = float(receptors.dose_for_occupancy(aim / 100, ed50 * other))
    held = two_pumps(75, ratio)["NET held"]
    straight = _on_slider(75 * aim / held)
    reached = two_pumps(straight, ratio)["NET held"]
    wrong_pump = _on_slider(float(receptors.dose_for_occupancy(aim / 100, ed50, top)))
    slips = [
        Misconception(
            {"dose_mg": _on_slider(elsewhere), "ratio": other},
            "That would be the dose if the other laboratory were right. Which preference does the "
            "task name?",
            where={"ratio": (other, other)},
        ),
        Misconception(
            {"dose_mg": wrong_pump, "ratio": ratio},
            "This share is held at the other pump: SERT fills long before NET. Which line does "
            "the task speak of?",
            where={"SERT held": (low, high)},
        ),
    ]
    if abs(reached - aim) > 2.6:
        slips.append(
            Misconception(
                {"dose_mg": straight, "ratio": ratio},
                f"It looks as if you scaled up from 75 mg, where {held:.0f} % are held, in a "
                "straight line. Does the curve go on as it began?",
                where={"NET held": (reached - 1.0, reached + 1.0)},
            )
        )
    return Setting(
        prompt=f"{who} takes venlafaxine, 75 mg a day. Suppose one wanted to hold {aim} % of the "
        f"norepinephrine pumps (between {low:g} and {high:g} %), and the {ratio:g}-fold "
        "preference for SERT were right. Bring the figure there.",
        figure="ex-second-transporter-pumps",
        model=two_pumps,
        goal={"NET held": (low, high), "ratio": (ratio, ratio)},
        example={"dose_mg": _on_slider(best), "ratio": ratio},
        misconceptions=tuple(slips),
        solution=f"NET is half held at {ed50:g} × {ratio:g} = {ed50 * ratio:.0f} mg.\n"
        f"For a share p the dose is that × p / (1 − p): {ed50 * ratio:.0f} × {aim / 100:g} / "
        f"{1 - aim / 100:.2f} = {best:.0f} mg.\n"
        f"At that dose SERT stands at {two_pumps(best, ratio)['SERT held']:.0f} %; at 75 mg it "
        f"was {two_pumps(75, ratio)['SERT held']:.0f} %.\n"
        "With the other laboratory's constants the same share would take "
        f"{elsewhere:.0f} mg: "
        "the answer is only as good as the ratio.",
    )


@item("second-transporter-balanced", "How balanced is balanced?", page=PAGE, section=SELECTIVITY)
def balanced(draw: Draw) -> Numeric:
    """NET occupancy from a SERT half-dose and a ratio of constants."""
    drug, dose = draw.pick(
        "drug and dose",
        [
            *(("duloxetine", d) for d in range(20, 125, 5)),
            *(("venlafaxine", d) for d in (37.5, 50, *range(75, 301, 25), 112.5, 187.5)),
        ],
    )
    ratio = _ratio(drug, "bymaster2001")
    scans = {
        "duloxetine": "takano2006-duloxetine",
        "venlafaxine": "sorensen2022-venlafaxine-striatum",
    }
    fit = next(row for row in drugs.occupancy_fits(drug, target="SERT") if row.id == scans[drug])
    assert fit.ed50 is not None
    half = float(fit.ed50)
    sert = 100 * float(receptors.dose_occupancy(dose, half))
    key = 100 * float(receptors.dose_occupancy(dose, half * ratio))
    constants = [float(drugs.affinity(drug, t, source="bymaster2001")) for t in ("SERT", "NET")]
    return Numeric(
        prompt=f"{drug.capitalize()}, {dose:g} mg a day. Scans give the dose that holds half of "
        "SERT; the test tube gives the two constants. If the ratio of the constants holds in the "
        "brain and both curves go to 100 %, what share of NET is held?",
        given={
            "Half of SERT": f"{half:g} mg a day",
            "Binding constant at SERT": f"{constants[0]:g} nM",
            "Binding constant at NET": f"{constants[1]:g} nM",
        },
        key=key,
        unit="%",
        rel_tol=0.025,
        misconceptions=(
            Misconception(
                sert,
                "That is the share of SERT. A larger constant means a weaker hold: what dose holds "
                "half of NET?",
            ),
            Misconception(
                sert / ratio,
                "You divided the occupancy by the ratio. The ratio belongs to the doses, not to "
                "the shares: how far to the right does the curve move?",
            ),
        ),
        solution=f"Ratio of the constants: {constants[1]:g} / {constants[0]:g} = {ratio:.1f}.\n"
        f"Half of NET is held at {half:g} × {ratio:.1f} = {half * ratio:.0f} mg.\n"
        f"{dose:g} / ({dose:g} + {half * ratio:.0f}) = {key:.0f} %, beside {sert:.0f} % of SERT.\n"
        + (
            "Scans of single doses of 20, 40 and 60 mg read about 30, 31 and 40 % of NET, "
            "in eight men."
            if drug == "duloxetine"
            else "The other laboratory's constants give a ratio of "
            f"{_ratio(drug, 'tatsumi1997'):.0f}, and a much smaller share."
        ),
    )


_STARTER = '''\
def held(levels_nM, constants_nM):
    """Share of one kind of pump that a drug and its metabolites hold together, 0 to 1.

    levels_nM: free levels of drug and metabolites (nM), a list
    constants_nM: their binding constants at this pump (nM), a list of the same length
    """
    share = None  # your lines
    return share
'''


@item(
    "second-transporter-together",
    "Drug and metabolite at one pump",
    page=PAGE,
    section=SELECTIVITY,
    points=3,
)
def together(draw: Draw) -> Code:
    """Occupancy by several ligands of one site."""
    dose = draw.pick("dose (mg)", [75, 150, 225, 300])
    target = draw.pick("pump", ["SERT", "NET"])
    third = draw.pick("third case", [[5.0, 2.0, 9.0], [1.0, 4.0, 3.0], [8.0, 6.0, 0.5]])
    both = norepinephrine.snri_occupancy("venlafaxine", dose)
    levels = [round(float(level), 1) for level in both.free_nM]
    constants = [
        round(float(drugs.affinity(name, target)), 1) for name in ("venlafaxine", "desvenlafaxine")
    ]
    cases = (
        (levels, constants),
        ([20.0], [20.0]),
        (third, [10.0, 4.0, 6.0]),
        ([0.0, 0.0], [3.0, 7.0]),
    )

    def reference(free: Sequence[float], half: Sequence[float]) -> float:
        return float(norepinephrine.summed_occupancy(free, half))

    def apart(free: Sequence[float], half: Sequence[float]) -> float:
        return sum(c / (c + k) for c, k in zip(free, half, strict=True))

    def averaged(free: Sequence[float], half: Sequence[float]) -> float:
        return sum(free) / (sum(free) + sum(half) / len(half))

    def strongest(free: Sequence[float], half: Sequence[float]) -> float:
        return max(c / (c + k) for c, k in zip(free, half, strict=True))

    return Code(
        prompt="Venlafaxine and its metabolite desvenlafaxine compete for the same seats. Write "
        "held(levels_nM, constants_nM): the share of one kind of pump that all of them hold "
        f"together. On {dose} mg a day, free levels of {levels[0]:g} and {levels[1]:g} nM with "
        f"constants of {constants[0]:g} and {constants[1]:g} nM at {target} give "
        f"{reference(levels, constants):.3f}.",
        function="held",
        starter=_STARTER,
        reference=reference,
        cases=cases,
        misconceptions=(
            Misconception(
                apart,
                "You added the shares that each would hold alone. Try two drugs that each would "
                "hold 70 %: can 140 % of the seats be taken?",
            ),
            Misconception(
                averaged,
                "You added the levels and averaged the constants. Does a molecule that holds "
                "weakly then count as much as one that holds tightly?",
            ),
            Misconception(
                strongest,
                "You kept the strongest and let the others go. Do they take no seats at all?",
            ),
        ),
        solution="Put each level in units of its own constant: c / k.\n"
        "Add these numbers up; call the sum s.\n"
        "The share of seats taken is s / (1 + s).\n"
        "In Python: s = sum(c / k for c, k in zip(levels_nM, constants_nM)); "
        "return s / (1 + s).",
    )


@item("second-transporter-toy", "A quiet dose and a loud one?", page=PAGE, section=ALARM)
def toy(draw: Draw) -> Numeric:
    """Norepinephrine at the endings in the serotonin-first account (contested)."""
    dose = draw.pick("dose (mg)", [37.5, 75, 112.5, 150, 187.5, 225, 262.5, 300, 375])
    source = draw.pick("laboratory", ["bymaster2001", "tatsumi1997"])
    percent = draw.pick("firing lost (%)", [25, 30, 35, 40, 45, 50])
    ed50, _ = _sert()
    sert = round(float(receptors.dose_occupancy(dose, ed50)), 2)
    net = round(float(receptors.dose_occupancy(dose, ed50 * _ratio("venlafaxine", source))), 2)
    other = float(drugs.constant("locus_coeruleus.non_net_clearance"))
    state = norepinephrine.serotonin_first_account(
        sert, net, inhibition=percent / 100, other_terminal=other
    )
    firing, key = 100 * float(state.firing), 100 * float(state.terminal)
    left = (1 - net + other) / (1 + other)
    return Numeric(
        prompt="One account of SNRIs says: serotonin slows the locus coeruleus first, and only "
        f"then does the block of NET let norepinephrine rise. On {dose:g} mg of venlafaxine, how "
        "much norepinephrine is there at the endings by this account, relative to rest?",
        given={
            "SERT held": f"{100 * sert:.0f} %",
            "NET held": f"{100 * net:.0f} %",
            "Firing lost when all of SERT is held": f"{percent} % (assumed)",
            "Ways out other than NET": f"{other:g} times what all of NET carries (assumed)",
        },
        key=key,
        unit="%",
        rel_tol=0.02,
        misconceptions=(
            Misconception(
                100 / left,
                "You slowed the clearance and let the nucleus fire as before. What does serotonin "
                "do to it in this account?",
            ),
            Misconception(
                firing,
                "You followed the firing and left the clearance alone. What happens to the "
                "norepinephrine that is still released?",
            ),
            Misconception(
                firing / (1 - net),
                "You took NET for the only way out. What did the list say about the others?",
            ),
        ),
        solution=f"Firing: 1 − {percent / 100:g} × {sert:g} = {firing / 100:.3f}.\n"
        f"Clearance left: (1 − {net:g} + {other:g}) / (1 + {other:g}) = {left:.3f}.\n"
        f"Level: {firing / 100:.3f} / {left:.3f} = {key / 100:.2f}, so {key:.0f} % of rest.\n"
        "Both sizes are assumed, and no study in people that we found shows a calming dose range: "
        "this is arithmetic inside a contested account.",
    )


@item("second-transporter-pressure", "What the upper range costs", page=PAGE, section=BENEFIT)
def pressure(draw: Draw) -> Numeric:
    """Cases of high blood pressure that a dose adds to those on placebo."""
    band, words = draw.pick(
        "band",
        [
            ("101-200", "101 to 200 mg"),
            ("201-300", "201 to 300 mg"),
            ("over300", "more than 300 mg"),
        ],
    )
    people = draw.pick("people", [*range(200, 1001, 50)])
    risk, base = (
        drugs.observation(f"thase1998-dbp-{row}").quantity.fraction for row in (band, "placebo")
    )
    key = people * (risk - base)
    return Numeric(
        prompt=f"In pooled depression trials, lasting high diastolic pressure was counted in "
        f"{100 * risk:g} % of people on {words} of venlafaxine a day and in {100 * base:g} % on "
        f"placebo. Of {people} people treated at this dose, how many have it who would not have "
        "had it on placebo?",
        given={
            f"On {words}": f"{100 * risk:g} %",
            "On placebo": f"{100 * base:g} %",
            "People treated": f"{people}",
        },
        key=key,
        unit="people",
        rel_tol=0.02,
        abs_tol=0.25,
        misconceptions=(
            Misconception(
                people * risk,
                "These are all who have it. Would none of them have had it on placebo?",
            ),
            Misconception(
                people * base,
                "These would have it anyway. How many come on top?",
            ),
            Misconception(
                people * (risk / base - 1) / 100,
                "You used the ratio of the two rates. It says how many times, not how many people: "
                "what is their difference?",
            ),
        ),
        solution=f"Difference of the rates: {100 * risk:g} − {100 * base:g} = "
        f"{100 * (risk - base):.1f} in 100.\n"
        f"Of {people} people: {people} × {risk - base:.3f} = {key:.1f}.\n"
        f"All in all {people * risk:.0f} would have it; {people * base:.0f} of them without the "
        "drug as well.\n"
        + (
            "Only above 300 mg was the difference judged significant."
            if band == "over300"
            else "Below 300 mg the difference was not significant: it may be chance."
        ),
    )


@item("second-transporter-buspirone", "A partial agonist joins in", page=PAGE, section=BUSPIRONE)
def buspirone(draw: Draw) -> Numeric:
    """Change of receptor activation when a partial agonist competes with serotonin."""
    serotonin = draw.pick("serotonin", [0.1, 0.2, 0.4, 2.0, 4.0, 9.0])
    drug = draw.pick("buspirone", [1.0, 2.0, 4.0, 8.0])
    efficacy = draw.pick("strength", [0.3, 0.4, 0.5, 0.6])
    before = 100 * float(receptors.partial_agonist_effect(serotonin, 1.0, 0.0, 1.0, efficacy))
    after = 100 * float(receptors.partial_agonist_effect(serotonin, 1.0, drug, 1.0, efficacy))
    blocked = 100 * float(receptors.partial_agonist_effect(serotonin, 1.0, drug, 1.0, 0.0))
    alone = 100 * float(receptors.partial_agonist_effect(0.0, 1.0, drug, 1.0, efficacy))
    total = serotonin + drug
    full = 100 * total / (1 + total)
    return Numeric(
        prompt="At a synapse serotonin already activates some of its 5-HT1A receptors. A partial "
        "agonist arrives and competes for the seats. By how many points does the activation "
        "change? Enter a fall with a minus sign.",
        given={
            "Serotonin": f"{serotonin:g} times its affinity",
            "Buspirone": f"{drug:g} times its affinity",
            "Strength of buspirone": f"{efficacy:g} of serotonin's (invented for this synapse)",
        },
        key=after - before,
        unit="points",
        rel_tol=0.03,
        abs_tol=0.4,
        misconceptions=(
            Misconception(
                alone,
                "You added what buspirone does alone. Where would it sit, if serotonin keeps all "
                "of its seats?",
            ),
            Misconception(
                blocked - before,
                "You let buspirone take seats and do nothing on them. Is it a blocker, or does it "
                "activate in part?",
            ),
            Misconception(
                full - before,
                "You let buspirone activate as strongly as serotonin does. What does partial mean?",
            ),
        ),
        solution=f"Before: {serotonin:g} / (1 + {serotonin:g}) = {before:.1f} %.\n"
        f"After: ({serotonin:g} + {efficacy:g} × {drug:g}) / (1 + {serotonin:g} + {drug:g}) = "
        f"{after:.1f} %.\n"
        f"Change: {after - before:+.1f} points.\n".replace("-", "\u2212")
        + f"The rule: it adds as long as serotonin's own effect lies below {100 * efficacy:.0f} %, "
        "and takes away above.",
    )


_CLAIMS: dict[str, tuple[str, str, list[tuple[str, str]]]] = {
    "social": (
        "In social anxiety one trial compared 75 mg of venlafaxine a day with 150 to 225 mg, "
        "over 28 weeks.",
        "The higher doses did no better than the lower one.",
        [
            (
                "The higher doses helped more, as the second pump joined in.",
                "A slow rise with the dose is seen in depression. What did the two dose groups of "
                "this trial show?",
            ),
            (
                "The lower dose calmed, and the higher ones made people more anxious.",
                "That is the bedside story, and we found no study in people that shows it. How "
                "did the dose groups compare?",
            ),
            (
                "Neither dose was better than placebo.",
                "Venlafaxine was: 58 against 33 % responded. What about one dose against the "
                "other?",
            ),
        ],
    ),
    "depression": (
        "In depression a dose-response analysis followed the response to venlafaxine from 37.5 "
        "to 375 mg.",
        "The response kept rising slowly with the dose, which fits a second pump and does not "
        "prove it.",
        [
            (
                "It rose to a peak and fell at high doses.",
                "That is the shape found for the SSRIs. Does venlafaxine share it?",
            ),
            (
                "It was flat from 37.5 mg on, because SERT is full by then.",
                "So it would be if SERT were all that counts. Is the published curve flat?",
            ),
            (
                "It kept rising, which proves that blocking NET helps.",
                "The rise is there. What else rises with the dose, and who is given more?",
            ),
        ],
    ),
    "duloxetine": (
        "Duloxetine is called balanced. Scans of NET were made after single doses of 20, 40 and "
        "60 mg.",
        "Even the highest of these doses held less than half of the norepinephrine pumps.",
        [
            (
                "At 60 mg both pumps were held alike.",
                "SERT scans read about 80 % at such doses. What did those of NET read?",
            ),
            (
                "NET was free up to 40 mg and nearly full at 60 mg.",
                "A curve of binding has no such step. What is a third of the pumps at 20 mg?",
            ),
            (
                "A low dose freed the α2 brake, and a high one held it.",
                "The scans see seats on a pump. Can they see a brake let go?",
            ),
        ],
    ),
    "rats": (
        "In rats on reboxetine, which blocks NET only, the firing of the locus coeruleus was "
        "recorded at several doses and over three weeks.",
        "Firing fell with every dose and stayed down: the brake did not let go.",
        [
            (
                "Firing fell at low doses and rose at high ones, as the brake ran out.",
                "That is what the old story needs. Did firing turn around at any dose?",
            ),
            (
                "Firing fell at first and came back within three weeks.",
                "So it is in the raphe under an SSRI. Did this nucleus do the same?",
            ),
            (
                "Firing rose with every dose, because norepinephrine did.",
                "Norepinephrine rises around the cell, too. What does the cell's own receptor do "
                "with that?",
            ),
        ],
    ),
}


@item("second-transporter-claims", "Calming low, activating high?", page=PAGE, section=BENEFIT)
def claims(draw: Draw) -> Choice:
    """Say what one study found, against the usual story of the two doses."""
    study = draw.pick("study", list(_CLAIMS))
    where = draw.pick("place", ["a ward round", "a seminar", "a journal club", "a tutorial"])
    text, key, wrong = _CLAIMS[study]
    return Choice.of(
        draw,
        prompt=f"At {where} somebody says that SNRIs calm at a low dose and activate at a high "
        f"one. {text} What was found?",
        key=key,
        wrong=wrong,
        solution=f"{text}\n{key}\n"
        "The story of a calming and an activating dose is older than these data and is not borne "
        "out by them.\n"
        "What is well founded above 300 mg of venlafaxine is more high blood pressure.",
    )
