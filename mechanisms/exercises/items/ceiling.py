"""Exercises of the ceiling: benzodiazepines at the GABA-A receptor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mechanisms import drugs, gaba

from ..draw import Draw
from ..item import item
from ..questions import Choice, Code, Misconception, Numeric, Setting

PAGE = "hands_on/ceiling"
MODULATION = "principles/gaba#a-drug-that-cannot-press-the-brake-only-ease-it"
GATING = "principles/gaba#one-channel-at-a-time"
SUBTYPES = "principles/gaba#subtypes-a-beautiful-idea-and-what-people-did-to-it"

ALPHAS = (1, 2, 3, 5)
_PLACE = {alpha: place for place, alpha in enumerate(ALPHAS)}


@cache
def coupling(alpha: int) -> float:
    """Pull of diazepam at one subtype, from its measured effect at a fifth of GABA's maximum."""
    return float(gaba.subtype_coupling("diazepam")[_PLACE[alpha]])


def opening(
    gaba_level: ArrayLike, amount: ArrayLike, alpha: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the share of open channels without and with diazepam.

    GABA as a share of its own maximum (inside 0 to 1), diazepam relative to its affinity.
    """
    level = gaba.gaba_for_fraction(gaba_level)
    pull = gaba.modulation(gaba.Ligand(amount, 1.0, coupling(alpha)))
    return gaba.open_probability(level), gaba.open_probability(level, pull)


def added(gaba_percent: float, amount: float) -> Mapping[str, float]:
    """Readouts of the figure `ex-ceiling-level`, in per cent, at α1 receptors."""
    before, after = (float(share) for share in opening(gaba_percent / 100, amount))
    pull = gaba.modulation(gaba.Ligand(amount, 1.0, coupling(1)))
    return {
        "Open without the drug": 100 * before,
        "Open with the drug": 100 * after,
        "Added by the drug": 100 * (after / before - 1),
        "Open with the drug and no GABA": float(100 * gaba.open_probability(0.0, pull)),
    }


FULL = 300.0
_WINDOWS = [
    (10, 18), (14, 24), (20, 30), (28, 38), (36, 46), (44, 56), (55, 67), (64, 76), (74, 86),
    (84, 95), (110, 118), (116, 126), (122, 132), (130, 140),
]  # fmt: skip


@item("ceiling-level", "How much GABA is there?", page=PAGE, section=MODULATION, points=3)
def level(draw: Draw) -> Setting:
    """Find the GABA level at which a saturating dose adds a given percentage."""
    low, high = draw.pick("window", _WINDOWS)
    who = draw.pick("person", ["Ilse", "Omar", "Chidi"])
    before = float(gaba.maximum_open_probability())
    goal = 1 + (low + high) / 200
    # from 1/P' - 1 = d (1/P - 1) and P' = goal * P
    open_share = (1 / goal - coupling(1)) / (1 - coupling(1))
    best = round(200 * open_share / before) / 2
    fifth = added(20, FULL)["Added by the drug"]
    more = (low + high) / 2 > fifth
    weak = 0.1 * (FULL / 0.1) ** (10 / 120)
    side = (0.0, low - 2.0) if more else (high + 2.0, 400.0)
    at_fifth = Misconception(
        {"gaba_percent": 20.0, "amount": FULL},
        f"At a fifth of GABA's maximum it adds {fifth:.0f} %. That number belongs to that level "
        "only. What happens to it when more, or less, GABA is there?",
        where={"gaba_percent": (19.0, 21.0), "amount": (100.0, FULL)},
    )
    opposite = Misconception(
        {"gaba_percent": 45.0 if more else 8.0, "amount": FULL},
        "You moved GABA the wrong way. Where is there more room for the drug to add: where few "
        "channels are open, or where most of them are?",
        where={"Added by the drug": side, "amount": (100.0, FULL)},
    )
    less = Misconception(
        {"gaba_percent": 20.0, "amount": weak},
        "You took less drug. The task asks for a dose that fills the site, so the GABA level has "
        "to do it. Which way?",
        where={"amount": (0.0, 90.0)},
    )
    now = added(best, FULL)
    return Setting(
        prompt=f"{who} is given a preparation of α1 receptors. Diazepam is to fill its site (at "
        f"least 100 times its affinity). Find a GABA level at which it adds {low} to {high} % to "
        "what GABA does alone.",
        figure="ex-ceiling-level",
        model=added,
        goal={"Added by the drug": (float(low), float(high)), "amount": (100.0, FULL)},
        example={"gaba_percent": best, "amount": FULL},
        misconceptions=(less, at_fifth, opposite),
        solution=f"The pull of the drug is fixed: d = {coupling(1):.3f}.\n"
        "What it adds depends on how many channels are still shut: much at low GABA, little near "
        "the top.\n"
        f"At {best:g} % of GABA's maximum {now['Open without the drug']:.1f} % are open without "
        f"it and {now['Open with the drug']:.1f} % with it: {now['Added by the drug']:.0f} % "
        "more.\n"
        f"At 20 % it would be {fifth:.0f} %, at 5 % "
        f"{added(5, FULL)['Added by the drug']:.0f} %. A percentage without its GABA level "
        "means nothing.",
    )


@item("ceiling-odds", "From shut to open", page=PAGE, section=MODULATION)
def odds(draw: Draw) -> Numeric:
    """Open probability with a modulator, from that without and its pull."""
    alpha = draw.pick("subtype", ALPHAS)
    share = draw.pick(
        "share of GABA's maximum", [0.03, 0.05, 0.07, 0.1, 0.12, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6]
    )
    before, after = (100 * float(p) for p in opening(share, 1e9, alpha))
    d = coupling(alpha)
    fifth = float(gaba.potentiation(0.2, d))
    return Numeric(
        prompt=f"GABA alone holds {before:.1f} % of α{alpha} receptors open. Diazepam fills its "
        "site and multiplies the ratio of shut to open channels by d. What share is open now?",
        given={
            "Open with GABA alone": f"{before:.1f} %",
            "Pull of diazepam, d": f"{d:.3f}",
            "It adds, at a fifth of GABA's maximum": f"{fifth:.0f} %",
        },
        key=after,
        unit="%",
        rel_tol=0.015,
        abs_tol=0.15,
        misconceptions=(
            Misconception(
                before / d,
                "You divided the share itself by d. Then more than 100 % could be open. What is it "
                "that the drug multiplies?",
            ),
            Misconception(
                before * (1 + fifth / 100),
                f"You added {fifth:.0f} %, which was measured at a fifth of GABA's maximum. "
                "Is this that level?",
            ),
            Misconception(
                before + (100 - before) * (1 - d),
                "You opened a fixed part of the shut channels. Is it their number that d "
                "multiplies, or the ratio of shut to open?",
            ),
        ),
        solution=f"Shut to open without the drug: {100 - before:.1f} / {before:.1f} = "
        f"{(100 - before) / before:.3f}.\n"
        f"With it: {(100 - before) / before:.3f} × {d:.3f} = {(100 - after) / after:.3f}.\n"
        f"Share open: 1 / (1 + {(100 - after) / after:.3f}) = {after:.1f} %.\n"
        f"That is {100 * (after / before - 1):.0f} % more than GABA alone.",
    )


_CHANGES = {
    "nothing": "Nothing that could be measured.",
    "doubles": "It becomes about twice as large, or more.",
    "little": "It grows by less than a fifth.",
    "opens": "A current appears, as if GABA had been added.",
    "falls": "It becomes smaller.",
}
_WHY_NOT = {
    "nothing": "A silent substance has no pull, or nothing to work on. Is that so here?",
    "doubles": "A doubling needs some GABA to strengthen, and room above. Are both there?",
    "little": "Little room is left only near the top of the curve. Is GABA that high, and does "
    "this substance pull towards open at all?",
    "opens": "To open channels without GABA takes a strong pull of its own. Which substance has "
    "that?",
    "falls": "A fall needs a substance that pulls towards shut, and a current to lose. Do you have "
    "both?",
}
_SCENES = [
    ("diazepam", "no GABA", 0.0),
    ("diazepam", "a fifth of GABA's maximum", 0.2),
    ("diazepam", "nearly saturating GABA", 0.95),
    ("DMCM, an inverse agonist,", "no GABA", 0.0),
    ("DMCM, an inverse agonist,", "a fifth of GABA's maximum", 0.2),
    ("an antagonist of the site (d = 1)", "a fifth of GABA's maximum", 0.2),
    ("etomidate, a direct opener,", "no GABA", 0.0),
]


def _change(substance: str, share: float, alpha: int) -> str:
    """Which of `_CHANGES` the model gives."""
    if substance.startswith("etomidate"):
        opened = drugs.observation("forman2011-etomidate-efficacy").quantity.fraction
        return "opens" if opened > 0.01 else "nothing"
    name = "diazepam" if substance == "diazepam" else "DMCM"
    d = float(gaba.subtype_coupling(name)[_PLACE[alpha]])
    d = 1.0 if substance.startswith("an antagonist") else d
    if share == 0:
        return "nothing" if float(gaba.open_probability(0.0, d)) < 0.001 else "opens"
    percent = float(gaba.potentiation(share, d))
    if abs(percent) < 1:
        return "nothing"
    return "falls" if percent < 0 else "little" if percent < 20 else "doubles"


@item("ceiling-alone", "With and without GABA", page=PAGE, section=MODULATION)
def alone(draw: Draw) -> Choice:
    """Change of the current by a substance, given the GABA that is there."""
    substance, where, share = draw.pick("scene", _SCENES)
    alpha = draw.pick("subtype", ALPHAS)
    right = _change(substance, share, alpha)
    return Choice.of(
        draw,
        prompt=f"A cell carries normal α{alpha} GABA-A receptors. The bath holds {where}. A "
        f"saturating amount of {substance} is added. What happens to the current?".replace(
            ",.", "."
        ),
        key=_CHANGES[right],
        wrong=[(text, _WHY_NOT[name]) for name, text in _CHANGES.items() if name != right],
        solution="The receptor flickers between shut and open. A substance multiplies the ratio of "
        "shut to open by its pull d: below 1 for diazepam, above 1 for an inverse agonist, 1 for "
        "an antagonist.\n"
        "Without GABA thousands are shut for each one that is open; a factor of 0.4 or 3 on that "
        "is not seen.\n"
        "With some GABA the same factor counts, and near saturation little is left to add.\n"
        f"Here: {substance.rstrip(',')}, {where}. {_CHANGES[right]}",
    )


_RATES = {
    "faster opening": "The channel opens more readily once GABA is bound.",
    "slower unbinding": "GABA stays on the receptor for longer.",
    "slower closing": "An open channel closes more slowly.",
}
_RATE_SLIPS = {
    "faster opening": "Then openings would be more frequent even when all seats are taken. "
    "Compare the two rows at saturating GABA.",
    "slower unbinding": "A longer stay gives more chances to open only while seats are empty. "
    "What does the record show at saturating GABA?",
    "slower closing": "Slower closing makes each opening longer by the same factor at any GABA "
    "level. Does it here?",
}


@item("ceiling-record", "Read a single channel", page=PAGE, section=GATING)
def record(draw: Draw) -> Choice:
    """Tell a change of one rate from frequency and duration at two GABA levels."""
    change = draw.pick("change", list(_RATES))
    cell = draw.pick("rates", ["mozrzymas", "jones_westbrook"])
    strength = draw.pick("strength", [0.8, 1.0, 1.25, 1.5])
    rates = gaba.scheme(cell)
    rows = {}
    for words, level_mM in (("low GABA (1 µM)", 0.001), ("saturating GABA (1 mM)", 1.0)):
        plain = gaba.opening(level_mM, rates)
        drug = gaba.opening(level_mM, gaba.perturbed(change, rates, strength))
        rows[f"Openings a second, {words}"] = (
            f"{float(plain.opening_frequency_hz):.2f}, with it "
            f"{float(drug.opening_frequency_hz):.2f}"
        )
        rows[f"Mean open time, {words}"] = (
            f"{float(plain.mean_open_ms):.2f} ms, with it {float(drug.mean_open_ms):.2f} ms"
        )
    wrong = [(_RATES[name], _RATE_SLIPS[name]) for name in _RATES if name != change]
    wrong.append(
        (
            "Each open channel lets more current through.",
            "That would change the height of the steps. Is height among the numbers?",
        )
    )
    return Choice.of(
        draw,
        prompt="One channel is recorded in steady GABA, without and with an unknown substance "
        f"(model cell, rates after {'Mozrzymas' if cell == 'mozrzymas' else 'Jones and Westbrook'}"
        "). Which single change explains all four rows?",
        given=rows,
        key=_RATES[change],
        wrong=wrong,
        solution="First the open time: if it grows by the same factor at both GABA levels, closing "
        "has slowed.\n"
        "Then the frequency: if it is raised at low GABA and also at saturating GABA, opening "
        "itself is easier.\n"
        "If it is raised at low GABA only, GABA is held longer: at saturation all seats are taken "
        "anyway.\n"
        f"Here: {_RATES[change][0].lower()}{_RATES[change][1:]}\n"
        "Easier opening and a longer stay are both called benzodiazepine-like, because each gives "
        "more open time at low GABA; which of them is true is disputed.",
    )


_RECORD_MS = 1500.0


@cache
def _sojourns(seed: int, change: str) -> tuple[tuple[float, float], ...]:
    """Begin and end of the first whole openings of a random record, ms."""
    rates = gaba.scheme("mozrzymas")
    rates = gaba.perturbed(change, rates) if change else rates
    found = gaba.openings(gaba.record(0.01, _RECORD_MS, rates, seed=seed))
    whole = (found.start_ms > 0) & (found.stop_ms < _RECORD_MS)
    pairs = zip(found.start_ms[whole].round(2), found.stop_ms[whole].round(2), strict=True)
    return tuple((float(a), float(b)) for a, b in pairs if b > a)[:12]


_STARTER = '''\
def describe(starts_ms, stops_ms, length_ms):
    """What an experimenter reads off a single-channel record.

    starts_ms, stops_ms: lists, when each opening began and ended (ms); none is cut off
    length_ms: length of the record (ms)
    Returns a list of two numbers: openings per second, and mean open time (ms).
    """
    frequency, open_time = None, None  # your lines
    return [frequency, open_time]
'''


@item("ceiling-describe", "Frequency and duration", page=PAGE, section=GATING, points=3)
def describe(draw: Draw) -> Code:
    """Count openings and measure them."""
    seeds = draw.pick(
        "records",
        [(3, 8), (5, 11), (7, 13), (9, 15), (17, 4), (21, 2), (6, 30), (14, 19), (25, 12)],
    )
    change = draw.pick("change", list(_RATES))
    cases: list[tuple[list[float], list[float], float]] = []
    for seed, kind in zip(seeds, ("", change), strict=True):
        rows = _sojourns(seed, kind)
        cases.append(([a for a, _ in rows], [b for _, b in rows], _RECORD_MS))
    cases.append(([10.0, 40.0, 45.0], [12.0, 44.0, 51.0], 100.0))

    def spent(starts: Sequence[float], stops: Sequence[float]) -> float:
        return sum(b - a for a, b in zip(starts, stops, strict=True))

    def reference(starts: Sequence[float], stops: Sequence[float], length: float) -> list[float]:
        sojourns = np.column_stack([starts, stops])
        state = np.full(len(starts), gaba.OPEN[0])
        one = np.zeros(len(starts), dtype=np.int64)
        events = gaba.Record(one, state, sojourns[:, 0], sojourns[:, 1], length, 1)
        counted = gaba.record_statistics(events)
        return [counted.opening_frequency_hz, counted.mean_open_ms]

    sample = reference(*cases[2])
    return Code(
        prompt="Two numbers sum up a record of one channel: how often it opens and how long it "
        "stays open. Write describe(starts_ms, stops_ms, length_ms), which returns both, as "
        "openings per second and as mean open time in milliseconds. Three openings, from 10 to 12, "
        f"40 to 44 and 45 to 51 ms in a record of 100 ms, give [{sample[0]:g}, {sample[1]:g}].",
        function="describe",
        starter=_STARTER,
        reference=reference,
        cases=tuple(cases),
        misconceptions=(
            Misconception(
                lambda starts, stops, length: [
                    len(starts) / length,
                    spent(starts, stops) / len(starts),
                ],
                "Your frequency is per millisecond. How many milliseconds has a second?",
            ),
            Misconception(
                lambda starts, stops, length: [
                    1000 * len(starts) / length,
                    spent(starts, stops) / length,
                ],
                "Your second number is the share of the time that the channel is open. By what "
                "must the open time be divided to get the length of one opening?",
            ),
            Misconception(
                lambda starts, stops, length: [
                    1000 * len(starts) / spent(starts, stops),
                    spent(starts, stops) / len(starts),
                ],
                "You counted openings per second of open time. Over which stretch of time did the "
                "experimenter watch?",
            ),
            Misconception(
                lambda starts, stops, length: [
                    1000 * len(starts) / length,
                    (stops[-1] - starts[0]) / len(starts),
                ],
                "Your open time runs from one opening to the next and takes the shut time with it. "
                "Which stretches belong to an opening?",
            ),
        ),
        solution="Openings per second: 1000 * len(starts_ms) / length_ms.\n"
        "Time open: sum(b - a for a, b in zip(starts_ms, stops_ms)).\n"
        "Mean open time: time open / number of openings.\n"
        f"Check: 3 openings in 100 ms are {sample[0]:g} a second; 2 + 4 + 6 ms over 3 is "
        f"{sample[1]:g} ms.",
    )


@item("ceiling-subtypes", "The rule from mice", page=PAGE, section=SUBTYPES)
def subtypes(draw: Draw) -> Numeric:
    """Effect of a compound by efficacy and weight of each subtype."""
    percent = draw.pick("occupied (%)", [*range(20, 96, 5)])
    effect, word = draw.pick(
        "effect", [("sedation", "sedation"), ("anxiolysis", "relief of anxiety")]
    )
    efficacy = gaba.relative_efficacy("MK-0343")
    weights = gaba.default_weights()[effect]
    key = 100 * float(gaba.effect_profile(percent / 100, efficacy, weights))

    def row(values: Sequence[float]) -> str:
        return ", ".join(f"α{a} {v:g}" for a, v in zip(ALPHAS, values, strict=True))

    return Numeric(
        prompt=f"MK-0343 (also called MRK-409) holds {percent} % of the receptors of every subtype "
        f"alike. What {word} does the rule from mice predict, in per cent of a full agonist that "
        "holds all receptors?",
        given={
            "Efficacy at the subtypes": row(list(efficacy)) + " (α2 and α5 assumed)",
            f"Weight for {word}": row(list(weights)) + " (chosen to follow the mice)",
            "Occupancy": f"{percent} %",
        },
        key=key,
        unit="%",
        rel_tol=0.03,
        misconceptions=(
            Misconception(
                percent,
                "You took occupancy for effect. What does the compound do once it sits?",
            ),
            Misconception(
                percent * float(efficacy.mean()),
                "You averaged the four efficacies. Do all subtypes matter alike for this effect?",
            ),
            Misconception(
                100 * float(gaba.effect_profile(1.0, efficacy, weights)),
                "You let the compound hold every receptor. How many does it hold here?",
            ),
        ),
        solution="Weight times efficacy, summed over the subtypes: "
        + " + ".join(f"{w:g} × {e:g}" for w, e in zip(weights, efficacy, strict=True))
        + f" = {key / percent:.4f}.\n"
        f"Times the occupancy: {key / percent:.4f} × {percent} % = {key:.1f} %.\n"
        "In people it went otherwise: 2 mg sedated, 1 mg was the most they could take, and a scan "
        "put the occupancy below 10 %.",
    )


@item("ceiling-occupancy", "The occupancy paradox", page=PAGE, section=SUBTYPES)
def occupancy(draw: Draw) -> Numeric:
    """Occupancy that a test-tube constant and a free level predict."""
    dose = draw.pick("dose (mg)", [0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0])
    constant = draw.pick("constant (nM)", [8, 10, 12, 15, 18, 20, 22, 25])
    drug = drugs.get("alprazolam")
    clearance = float(drug.parameter("oral_clearance_L_h"))
    fu, mass = float(drug.fu), float(drug.molar_mass)
    found = gaba.benzodiazepine_occupancy(dose, 1.0, clearance, fu, mass, constant)
    total = float(found.total_ng_per_mL)
    total_nM = float(found.free_nM) / fu

    def held(nM: float) -> float:
        return 100 * nM / (nM + constant)

    seen = drugs.observation("fujita1999-alprazolam")
    return Numeric(
        prompt=f"Somebody takes {dose:g} mg of alprazolam a day. From the average free level and a "
        "test-tube constant, what share of the receptors should be held?",
        given={
            "Clearance (by mouth)": f"{clearance:g} L/h",
            "Free in plasma": f"{100 * fu:g} %",
            "Molar mass": f"{mass:g} g/mol",
            "Constant": f"{constant} nM (from the textbook range, not re-read)",
        },
        key=held(total_nM * fu),
        unit="%",
        rel_tol=0.03,
        misconceptions=(
            Misconception(
                held(total_nM),
                "You used all of the drug in plasma. Can what is bound to protein reach the "
                "receptor?",
            ),
            Misconception(
                held(total * fu),
                "You set ng/mL equal to nM. How many nanomoles are there in a nanogram of this "
                "drug?",
            ),
        ),
        solution=f"Average level: {dose:g} mg / (24 h × {clearance:g} L/h) = {total:.1f} ng/mL.\n"
        f"In nanomoles: {total:.1f} × 1000 / {mass:g} = {total_nM:.1f} nM, of which "
        f"{100 * fu:g} % free: {total_nM * fu:.1f} nM.\n"
        f"Share held: {total_nM * fu:.1f} / ({total_nM * fu:.1f} + {constant}) = "
        f"{held(total_nM * fu):.0f} %.\n"
        f"A scan on {seen.dose:g} mg a day read {float(seen.quantity):g} %, far less than this "
        "way of reckoning gives for that dose.",
    )


_FINDINGS = {
    "alprazolam": (
        "On 2 mg of alprazolam a day a scan read 16 % of the receptors of healthy adults as held. "
        "Textbook constants predict about three to five times as much.",
        "At least one link between plasma level, constant and scan is wrong, and this finding does "
        "not say which.",
        "The scan is wrong, because constants from a test tube are exact.",
        "The constant was measured in a dish, without GABA and without a brain around. Which of "
        "the links can be checked by this one finding?",
    ),
    "lorazepam": (
        "Lorazepam into a vein sedated people markedly while a scan read less than 3 % of the "
        "receptors as held.",
        "If the scan is right, a strong effect does not need most of the receptors.",
        "More than 97 % of the receptors are of no use.",
        "They were not held at this dose. Does that say what happens when they are?",
    ),
    "mrk": (
        "MRK-409 showed no overt sedation in rats at more than 90 % occupancy and sedated people "
        "at less than 10 %.",
        "No weights of the subtypes with one threshold for both species can be right.",
        "α1 only has to be weighted more heavily, and the rule fits both species.",
        "The drug binds all subtypes alike, so any weight multiplies both effects. Which of the "
        "two species lies higher on the line, then?",
    ),
}


@item("ceiling-paradox", "What a scan can say", page=PAGE, section=SUBTYPES)
def paradox(draw: Draw) -> Choice:
    """Conclusion that one finding on occupancy supports."""
    name = draw.pick("finding", list(_FINDINGS))
    who = draw.pick("person", ["Ilse", "Omar", "Chidi", "Ewa", "Tam"])
    text, key, slip, question = _FINDINGS[name]
    return Choice.of(
        draw,
        prompt=f"{who} reads: “{text}” Which conclusion does this finding support?",
        key=key,
        wrong=[
            (slip, question),
            (
                "The dose was too low: as with an SSRI, 70 to 80 % should be held.",
                "That share goes with usual doses of another class, at a transporter. What shows "
                "that a dose is enough: a share of receptors, or an effect?",
            ),
            (
                "The drug must act at another receptor.",
                "A low share is still a share, and in mice a change of this receptor takes effects "
                "away. What else could make a small occupancy do much, or the scan read low?",
            ),
        ],
        solution=f"{key}\n"
        "Candidates that could be tested: GABA changes how tightly the site holds a "
        "benzodiazepine; something in the brain competes for it; less drug is free in brain water "
        "than in plasma; the scan has an error of its own; people are more sensitive than rats.\n"
        "Which of them it is, is open.",
    )
