"""Exercises of the gabapentinoids: absorption that saturates, binding, calcium and release."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from mechanisms import calcium, drugs, nonlinear, pharmacokinetics, receptors

from ..draw import Draw
from ..item import item
from ..questions import Choice, Code, Misconception, Numeric, Setting

PAGE = "hands_on/gabapentinoid"
RELEASE = "principles/gaba#gabapentinoids-less-release-rather-than-more-inhibition"
SPEED = "principles/gaba#how-fast"

_MAXIMUM = float(drugs.constant("gabapentin.absorbed_max_mg"))
_HALF = float(drugs.constant("gabapentin.absorption_ed50_mg"))


def absorbed(dose_mg: float) -> float:
    """Gabapentin absorbed from a daily dose, mg."""
    return float(nonlinear.absorbed_dose(dose_mg, _MAXIMUM, _HALF))


@cache
def pregabalin_clearance() -> float:
    """Oral clearance of pregabalin, L/h, from its volume and half-life."""
    drug = drugs.get("pregabalin")
    half_life = float(drug.parameter("half_life_h"))
    return float(np.log(2) / half_life * float(drug.parameter("oral_volume_L")))


def levels(gabapentin_mg: float, pregabalin_mg: float) -> tuple[float, float]:
    """Average levels (µM) of gabapentin and pregabalin on two daily doses, normal kidneys."""
    first, second = drugs.get("gabapentin"), drugs.get("pregabalin")
    clearance = 0.06 * float(first.parameter("clearance_mL_min"))
    gaba = pharmacokinetics.average_concentration(absorbed(gabapentin_mg), 24.0, clearance)
    pre = pharmacokinetics.average_concentration(pregabalin_mg, 24.0, pregabalin_clearance())
    return float(gaba) / float(first.molar_mass), float(pre) / float(second.molar_mass)


def engaged(gabapentin_mg: float, pregabalin_mg: float) -> Mapping[str, float]:
    """Readouts of the figure `ex-gabapentinoid-doses`."""
    gaba, pre = levels(gabapentin_mg, pregabalin_mg)
    return {
        "Gabapentin absorbed": 100 * absorbed(gabapentin_mg) / gabapentin_mg,
        "Level of gabapentin": gaba,
        "Level of pregabalin": pre,
        "Engaged by gabapentin": float(100 * calcium.alpha2delta_occupancy(gaba)),
        "Engaged by pregabalin": float(100 * calcium.alpha2delta_occupancy(pre)),
    }


@item("gabapentinoid-escalation", "Four times the capsules", page=PAGE, section=RELEASE)
def escalation(draw: Draw) -> Numeric:
    """Ratio of absorbed amounts when a dose of gabapentin is raised."""
    low, high = draw.pick(
        "doses",
        [
            (600, 1800), (600, 2400), (600, 3600), (900, 1800), (900, 2400), (900, 2700),
            (900, 3600), (1200, 2400), (1200, 3600), (1200, 4800), (1800, 3600), (1500, 3000),
        ],
    )  # fmt: skip
    who = draw.pick("person", ["Jonas", "Meret", "Aisha"])
    before, after = absorbed(low), absorbed(high)
    fraction = (after / high) / (before / low)
    return Numeric(
        prompt=f"{who}'s gabapentin is raised from {low} to {high} mg a day, in three doses. The "
        "gut takes it up with a carrier that fills. By what factor does the absorbed amount rise?",
        given={
            "Most that can be absorbed": f"{_MAXIMUM:g} mg a day",
            "Daily dose of which half of that is absorbed": f"{_HALF:g} mg",
        },
        key=after / before,
        unit="times",
        rel_tol=0.025,
        misconceptions=(
            Misconception(
                high / low,
                "That is the factor of the dose. What happens to the share that is absorbed, as "
                "the carrier fills?",
            ),
            Misconception(
                fraction,
                "That is what becomes of the share of the dose. The question is about the amount: "
                "share times dose.",
            ),
            Misconception(
                high / low * (1 - after / high) / (1 - before / low),
                "You followed what stays in the gut. Which part of the dose counts here?",
            ),
        ),
        solution="Absorbed amount = most × dose / (half-dose + dose).\n"
        f"{low} mg: {_MAXIMUM:g} × {low} / ({_HALF:g} + {low}) = {before:.0f} mg, "
        f"{100 * before / low:.0f} % of the dose.\n"
        f"{high} mg: {_MAXIMUM:g} × {high} / ({_HALF:g} + {high}) = {after:.0f} mg, "
        f"{100 * after / high:.0f} % of the dose.\n"
        f"Factor: {after:.0f} / {before:.0f} = {after / before:.2f}, for {high / low:g} times the "
        f"dose. Pregabalin would have risen {high / low:g} times.",
    )


_TARGETS = [62, 63, 64, 65, 66, 67, 68, 69]


@item("gabapentinoid-match", "The same effect from two drugs", page=PAGE, section=RELEASE, points=3)
def match(draw: Draw) -> Setting:
    """Find the doses of both drugs that engage the same share of channels."""
    target = draw.pick("engaged (%)", _TARGETS)
    who = draw.pick("person", ["Jonas", "Meret", "Aisha"])
    low, high = target - 1.0, target + 1.0
    ic50 = float(drugs.constant("calcium.ic50_uM"))
    level = ic50 * target / (100 - target)
    usual = engaged(900, 100)
    per_100_mg = usual["Level of pregabalin"]
    # the absorbed amount that gives this level, and the dose behind it
    wanted = level / usual["Level of gabapentin"] * absorbed(900)
    gabapentin = round(_HALF * wanted / (_MAXIMUM - wanted), -1)
    pregabalin = round(100 * level / per_100_mg / 5) * 5.0
    straight = round(900 * level / usual["Level of gabapentin"], -1)
    by_share = round(900 * target / usual["Engaged by gabapentin"], -1)
    slips = [
        Misconception(
            {"gabapentin_mg": pregabalin, "pregabalin_mg": pregabalin},
            "Milligram for milligram. Which of the two is absorbed almost whole, at any dose?",
            where={"gabapentin_mg": (pregabalin - 10.0, pregabalin + 10.0)},
        ),
        *(
            Misconception(
                {"gabapentin_mg": dose, "pregabalin_mg": pregabalin},
                text,
                where={"gabapentin_mg": (dose - 25.0, dose + 25.0)},
            )
            for dose, text in (
                (
                    straight,
                    "You scaled gabapentin from 900 mg with the level that is needed. What share "
                    "of the added capsules is absorbed?",
                ),
                (
                    by_share,
                    "You scaled gabapentin from 900 mg with the share that is wanted. How does the "
                    "engaged share bend as the level rises, and the level as the dose rises?",
                ),
            )
        ),
    ]
    return Setting(
        prompt=f"{who} changes from gabapentin to pregabalin. Find the daily dose of each that "
        f"engages {target} % of the channels ({low:g} to {high:g} %), with normal kidneys.",
        figure="ex-gabapentinoid-doses",
        model=engaged,
        goal={"Engaged by gabapentin": (low, high), "Engaged by pregabalin": (low, high)},
        example={"gabapentin_mg": gabapentin, "pregabalin_mg": pregabalin},
        misconceptions=tuple(slips),
        solution=f"A share of {target} % needs a level of {ic50:g} × {target} / {100 - target} = "
        f"{level:.0f} µM of either drug.\n"
        f"Pregabalin rises in a straight line, {per_100_mg:.1f} µM for each 100 mg a day: about "
        f"{pregabalin:g} mg.\n"
        f"Gabapentin has to bring {wanted:.0f} mg into the blood; with a carrier that fills, that "
        f"takes about {gabapentin:.0f} mg, of which {100 * wanted / gabapentin:.0f} % is "
        "absorbed.\n"
        "One milligram of pregabalin replaces a different number of milligrams of gabapentin at "
        "each dose. That equal engagement is equal relief is an assumption.",
    )


@item("gabapentinoid-engaged", "Nanomolar binding, micromolar effect", page=PAGE, section=RELEASE)
def engagement(draw: Draw) -> Numeric:
    """Share of channels engaged at the average level of pregabalin."""
    dose = draw.pick("dose, twice a day (mg)", list(range(25, 301, 25)))
    who = draw.pick("person", ["Jonas", "Meret", "Aisha", "Sora"])
    ic50 = float(drugs.constant("calcium.ic50_uM"))
    binding = float(drugs.affinity("pregabalin", "alpha2delta-1")) / 1000
    mass, clearance = float(drugs.get("pregabalin").molar_mass), pregabalin_clearance()
    level = levels(900, 2 * dose)[1]

    def share(uM: float, half: float) -> float:
        return float(100 * receptors.occupancy(uM, half))

    key = float(100 * calcium.alpha2delta_occupancy(level))
    return Numeric(
        prompt=f"{who} takes pregabalin, {dose} mg twice a day. In human nerve endings half of its "
        "effect on calcium needed a far higher level than half of its binding in a test tube. "
        "Going by the effect, what share of the channels is engaged at the average level?",
        given={
            "Clearance (by mouth)": f"{clearance:.2f} L/h",
            "Molar mass": f"{mass:g} g/mol, not bound to protein",
            "Half of the effect on calcium": f"{ic50:g} µM",
            "Half of the binding": f"{1000 * binding:g} nM (textbook value, not re-read)",
        },
        key=key,
        unit="%",
        rel_tol=0.03,
        misconceptions=(
            Misconception(
                share(level, binding),
                "That is how much would be bound in the test tube. Which of the two constants "
                "belongs to the effect?",
            ),
            Misconception(
                share(level / 2, ic50),
                "You counted one of the two daily doses. How much is swallowed in 24 hours?",
            ),
            Misconception(
                share(level * mass / 1000, ic50),
                "You set mg/L equal to µM. How many micromoles are there in a milligram?",
            ),
        ),
        solution=f"Average level: {2 * dose} mg / (24 h × {clearance:.2f} L/h) = "
        f"{level * mass / 1000:.2f} mg/L.\n"
        f"In micromoles: {level * mass / 1000:.2f} × 1000 / {mass:g} = {level:.1f} µM.\n"
        f"Engaged: {level:.1f} / ({level:.1f} + {ic50:g}) = {key:.0f} %.\n"
        "By the binding constant nearly all would be held at any dose. Why function needs so much "
        "more is not settled.",
    )


@item("gabapentinoid-power", "From calcium to release", page=PAGE, section=RELEASE)
def power(draw: Draw) -> Numeric:
    """Fall in release when calcium inflow falls, with an exponent."""
    percent = draw.pick("engaged (%)", [40, 45, 50, 55, 60, 65, 70, 75, 80, 90, 100])
    exponent = draw.pick("exponent", [1.5, 2.0, 3.0, 4.0])
    loss = float(drugs.constant("calcium.max_channel_loss"))
    left = float(calcium.functional_channels(percent / 100, 1e4, efficacy=loss))
    key = 100 * (1 - float(calcium.release(left, exponent)))
    return Numeric(
        prompt=f"A gabapentinoid engages {percent} % of the channels for days. All of them "
        f"engaged would cost {100 * loss:g} % of the calcium inflow. If release goes with the "
        f"power {exponent:g} of the inflow, by how many per cent does it fall?",
        given={
            "Engaged": f"{percent} %",
            "Largest loss of inflow": f"{100 * loss:g} %",
            "Exponent": f"{exponent:g}",
        },
        key=key,
        unit="%",
        rel_tol=0.02,
        misconceptions=(
            Misconception(
                100 * (1 - left),
                "That is the loss of calcium. What does the exponent do to what is left?",
            ),
            Misconception(
                100 * (1 - left) * exponent,
                "You multiplied the loss by the exponent. Try a loss of half and an exponent of 4: "
                "can release fall by 200 %?",
            ),
            Misconception(
                100 * left**exponent,
                "That is the release that is left. How much has gone?",
            ),
        ),
        solution=f"Inflow left: 1 − {loss:g} × {percent / 100:g} = {left:.3f}.\n"
        f"Release left: {left:.3f} to the power {exponent:g} = {left**exponent:.3f}.\n"
        f"Fall: {key:.0f} %.\n"
        + (
            "More than brain tissue shows (11 to 56 %): the calcium seen in the whole ending is "
            "not the calcium at the vesicle."
            if key > 56
            else "Within what was measured in brain tissue, 11 to 56 % by tissue and transmitter. "
            "That does not prove the exponent, which was chosen."
        ),
    )


_STARTER = '''\
def calcium_loss(fall, power):
    """Loss of calcium inflow that a measured fall in release implies.

    fall: fall in release, 0 to 1
    power: exponent from inflow to release
    Returns the loss of inflow, 0 to 1.
    """
    loss = None  # your line
    return loss
'''


@item("gabapentinoid-loss", "Read it backwards", page=PAGE, section=RELEASE, points=3)
def calcium_loss(draw: Draw) -> Code:
    """Turn the power law around."""
    fall = draw.pick("fall", [0.11, 0.16, 0.22, 0.26, 0.31, 0.39, 0.56])
    exponent = draw.pick("exponent", [1.5, 2.0, 3.0, 4.0])
    cases = ((fall, exponent), (0.26, 4.0), (0.75, 2.0), (0.0, 3.0), (0.4, 1.0))

    def reference(y: float, m: float) -> float:
        return float(calcium.calcium_loss_for_inhibition(y, m))

    return Code(
        prompt="In brain tissue gabapentinoids lowered the release of transmitters by 11 to 56 %. "
        "If release goes with a power of the calcium inflow, how large was the loss of inflow? "
        "Write calcium_loss(fall, power), the reverse of fall = 1 − (1 − loss) ** power. A fall "
        f"of {fall:g} with an exponent of {exponent:g} gives {reference(fall, exponent):.3f}.",
        function="calcium_loss",
        starter=_STARTER,
        reference=reference,
        cases=cases,
        misconceptions=(
            Misconception(
                lambda y, m: y / m,
                "You divided by the exponent. That is close for small falls only. Try a fall of "
                "one: is release gone when a part of the inflow is?",
            ),
            Misconception(
                lambda y, m: y ** (1 / m),
                "You took the root of the fall. Which quantity is the power taken of: what is "
                "lost, or what is left?",
            ),
            Misconception(
                lambda y, m: 1 - (1 - y) ** m,
                "This goes from the loss to the fall. Which of the two is known here?",
            ),
        ),
        solution="Release left: 1 − fall.\n"
        "Inflow left: (1 − fall) to the power 1 / power.\n"
        "So: return 1 - (1 - fall) ** (1 / power).\n"
        f"With a fourth power a fall of 11 to 26 % needs only {100 * reference(0.11, 4):.0f} to "
        f"{100 * reference(0.26, 4):.0f} % less calcium.",
    )


_QUESTIONS: dict[str, tuple[str, str, list[tuple[str, str]]]] = {
    "target": (
        "{drug} looks like GABA. Where does it act?",
        "On a helper subunit of calcium channels at the nerve ending.",
        [
            (
                "On the GABA-A receptor, like a weaker benzodiazepine.",
                "It was drawn after GABA and does not bind to GABA's receptor. What does it bind?",
            ),
            (
                "On the pump that clears GABA from the synapse.",
                "Then GABA would rise. In human nerve endings its release fell. Which step of "
                "release does the drug touch?",
            ),
            (
                "In the pore of the calcium channel, which it plugs.",
                "A plug would work at once and could stop all of the inflow. About a third was "
                "lost at most. Which part of the channel is not the pore?",
            ),
        ],
    ),
    "glutamate": (
        "“{drug} calms because it lowers the release of glutamate.” How firm is that in human "
        "nerve endings?",
        "Not firm: in one study glutamate release was unchanged, while that of GABA fell.",
        [
            (
                "Firm: it fell by a third in every human study.",
                "A third is what calcium lost at most, and norepinephrine's release. Was that "
                "glutamate?",
            ),
            (
                "Firm, because release follows calcium with the fourth power.",
                "That law is about calcium at the vesicle. Does a law stand in for a measurement?",
            ),
            (
                "Refuted: no transmitter's release changed.",
                "Several did fall in human tissue. Which one is the sentence about?",
            ),
        ],
    ),
    "speed": (
        "“{drug} works only once channels have been withdrawn from the surface, after days.” What "
        "speaks against that as the whole story?",
        "Some preparations answer within minutes, and in one trial of pregabalin anxiety had "
        "parted from placebo by day 4.",
        [
            (
                "Nothing: without a day of exposure there is no effect in any preparation.",
                "That holds for some cells in a dish. What did a nerve-muscle preparation do?",
            ),
            (
                "The half-life of {lower}: a drug that leaves within hours cannot act by "
                "slow steps.",
                "A short half-life does not forbid a slow answer: the drug is taken again and "
                "again. What was measured early?",
            ),
            (
                "Placebo groups, which improve by day 4 as well.",
                "They do. What was compared with them on that day?",
            ),
        ],
    ),
    "binding": (
        "“A nanomolar constant means that nearly all of the effect of {lower} is there at the "
        "lowest dose.” What speaks against it?",
        "In nerve endings half of the effect needs micromolar levels, hundreds of times more than "
        "half of the binding.",
        [
            (
                "Nothing: what is bound acts.",
                "Binding was measured in one dish and the effect on calcium in another. Did the "
                "two go together?",
            ),
            (
                "The lowest dose does not get into the blood.",
                "Most of a small dose is absorbed. Which level does the effect need, beside the "
                "level that is reached?",
            ),
            (
                "The constant holds for only one of the two drugs.",
                "Both bind tightly. Is tight binding the same as a full effect?",
            ),
        ],
    ),
}


@item("gabapentinoid-claims", "Four sentences about gabapentinoids", page=PAGE, section=SPEED)
def claims(draw: Draw) -> Choice:
    """Site, transmitter, speed and concentration."""
    name = draw.pick("question", list(_QUESTIONS))
    drug = draw.pick("drug", ["gabapentin", "pregabalin"])
    who = draw.pick("person", ["Jonas", "Meret", "Aisha"])
    text, key, wrong = _QUESTIONS[name]
    words = {"drug": drug.capitalize(), "lower": drug}
    return Choice.of(
        draw,
        prompt=f"{who} asks: {text.format(**words)}",
        key=key,
        wrong=[(option.format(**words), feedback) for option, feedback in wrong],
        solution=f"{key}\n"
        "Gabapentin and pregabalin bind α2δ, a helper of calcium channels; mice in which the site "
        "on α2δ-1 is changed lose the relief.\n"
        "They lower the release of several transmitters, by 11 to 56 % in brain tissue, not the "
        "same ones in every study.\n"
        "Part of it is fast, part may need channels to be replaced, and how the two share the "
        "effect is not known.",
    )
