"""Self-checks of the GABA chapter, one for each section."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from mechanisms import calcium, gaba, tapering

from ..draw import Draw
from ..item import Item, Make, item
from ..questions import Choice, Misconception, Numeric


def _check(id: str, title: str, anchor: str) -> Callable[[Make], Item]:
    page = "principles/gaba"
    return item(id, title, page=page, section=f"{page}#{anchor}", points=1, attempts=2)


@_check("check-gaba-brake", "A leaky hose", "what-the-brake-is")
def shunt(draw: Draw) -> Numeric:
    """Excitatory push on a membrane with open chloride channels."""
    push = draw.pick("excitation (nS)", [1.0, 2.0, 3.0, 4.0])
    leak = draw.pick("leak (nS)", [8.0, 10.0, 12.0])
    open_ = draw.pick("chloride (nS)", [5.0, 8.0, 10.0, 15.0, 20.0, 25.0, 30.0])
    rest, excite = -70.0, 0.0

    def settled(chloride: float) -> float:
        total = leak + push + chloride
        return (leak * rest + push * excite + chloride * rest) / total

    key, before = settled(open_) - rest, settled(0.0) - rest
    return Numeric(
        prompt="A cell rests at −70 mV, and its chloride rests there, too. Excitation pulls "
        f"towards 0 mV with {push:g} nS, the leak holds with {leak:g} nS, and GABA opens {open_:g} "
        "nS of chloride channels (an invented cell). By how many millivolts does the excitation "
        "lift the cell?",
        key=key,
        unit="mV",
        rel_tol=0.03,
        abs_tol=0.05,
        misconceptions=(
            Misconception(
                before,
                "That is the lift without GABA. No chloride flows at rest, and yet the open "
                "channels stand in the denominator. What do they do to the push?",
            ),
            Misconception(
                0.0,
                "GABA does not wipe the push out. What share of all open conductance is still "
                "excitatory?",
            ),
        ),
        solution=f"The lift is the excitatory share of all conductance times the distance to 0 mV: "
        f"{push:g} / ({push:g} + {leak:g} + {open_:g}) × 70 = {key:.1f} mV.\n"
        f"Without GABA it would be {before:.1f} mV.\n"
        "Hardly any chloride flows at rest: the hose leaks, and the pressure escapes.",
    )


@_check(
    "check-gaba-modulation",
    "Which GABA level was it?",
    "a-drug-that-cannot-press-the-brake-only-ease-it",
)
def modulation(draw: Draw) -> Choice:
    """Match what diazepam adds to the GABA level."""
    place = draw.pick("subtype", [0, 1, 2, 3])
    level = draw.pick("level (%)", [5, 20, 50, 95])
    d = float(gaba.subtype_coupling("diazepam")[place])
    added = {x: float(gaba.potentiation(x / 100, d)) for x in (5, 20, 50, 95)}

    def text(x: int) -> str:
        return f"{added[x]:.0f} %"

    return Choice.of(
        draw,
        prompt="A saturating amount of diazepam is given to one kind of receptor "
        f"(α{(1, 2, 3, 5)[place]}) at four GABA levels: worth 5, 20, 50 and 95 % of GABA's "
        f"maximum. What did it add at {level} %?",
        key=text(level),
        wrong=[
            (
                text(x),
                "That belongs to a level with "
                + ("less" if x < level else "more")
                + " GABA. Where is more left to add?",
            )
            for x in added
            if x != level
        ],
        solution="The less GABA has opened, the more there is to add: "
        + ", ".join(f"{text(x)} at {x} %" for x in added)
        + ".\nThe drug is the same each time. A percentage without its GABA level means nothing.",
    )


@_check("check-gaba-gating", "Frequency, duration, share", "one-channel-at-a-time")
def gating(draw: Draw) -> Numeric:
    """Mean open time from open probability and frequency."""
    level = draw.pick("GABA (µM)", [1, 2, 3, 5, 8, 10, 15, 20, 30, 50, 100])
    change = draw.pick("change", ["none", "faster opening", "slower closing"])
    rates = gaba.scheme("mozrzymas")
    rates = rates if change == "none" else gaba.perturbed(change, rates)
    found = gaba.opening(level / 1000, rates)
    share, often, key = (
        float(found.p_open),
        float(found.opening_frequency_hz),
        float(found.mean_open_ms),
    )
    return Numeric(
        prompt=f"A channel is open for {100 * share:.3g} % of the time and opens {often:.3g} times "
        "a second. How long does one opening last on average?",
        key=key,
        unit="ms",
        rel_tol=0.03,
        misconceptions=(
            Misconception(
                1000 / often,
                "That is the time from one opening to the next. For how much of it is the channel "
                "open?",
            ),
            Misconception(
                100 * share / often,
                "You divided per cent by openings. How many milliseconds of a second is the "
                "channel open?",
            ),
        ),
        solution=f"In a second it is open for {1000 * share:.3g} ms.\n"
        f"Shared among {often:.3g} openings: {key:.2f} ms each.\n"
        "More openings or longer ones: the same open time can come from either.",
    )


@cache
def _pulse(cell: str, change: str, strength: float) -> tuple[float, float]:
    """Peak (share of channels) and weighted decay (ms) after a pulse of GABA."""
    found = gaba.synaptic_decay(gaba.perturbed(change, gaba.scheme(cell), strength))
    return float(found.peak_open), float(found.weighted_decay_ms)


@_check("check-gaba-synapse", "How long is long?", "at-the-synapse-longer-rather-than-larger")
def synapse(draw: Draw) -> Numeric:
    """Weighted decay: area over peak."""
    cell = draw.pick("rates", ["mozrzymas", "jones_westbrook"])
    change = draw.pick("change", ["slower unbinding", "faster opening", "slower closing"])
    peak, key = _pulse(cell, change, draw.pick("strength", [0.25, 0.5, 0.75, 1.0, 1.25, 1.5]))
    area = peak * key
    return Numeric(
        prompt=f"After a pulse of GABA {100 * peak:.1f} % of the channels are open at the peak. "
        f"The area under the current after the peak is {area:.2f} (share of channels × ms). "
        "What is the weighted decay?",
        key=key,
        unit="ms",
        rel_tol=0.025,
        misconceptions=(
            Misconception(area, "That is the area. How tall was the current it is spread under?"),
            Misconception(
                0.6931 * key,
                "You made a half-time of it. The weighted decay asks how long the current would "
                "last if it stayed at its peak and then stopped.",
            ),
        ),
        solution=f"Area over peak: {area:.2f} / {peak:.3f} = {key:.0f} ms.\n"
        "It says how long the current would last at its full height. A drug can raise the peak, "
        "the decay, or both, and “enhancement” does not say which.",
    )


_COMPOUNDS = {
    "zolpidem": (
        "Zolpidem",
        "In how tightly it binds: it holds α1 at least ten times as well as α2 and α3.",
        "Tightness tells subtypes apart for one drug of this section. Is it this one?",
    ),
    "MK-0343": (
        "MK-0343 (MRK-409)",
        "In how hard it pulls: it binds the subtypes alike and does more than twice as much at α3 "
        "as at α1.",
        "Binding all alike and pulling unequally was the idea of the new compounds. Is this one of "
        "them?",
    ),
    "diazepam": (
        "Diazepam",
        "In neither, to speak of: it binds all of them and pulls at all of them.",
        "Both alike is the classical case. Is this drug a classical one?",
    ),
}


@_check(
    "check-gaba-subtypes",
    "Where is the selectivity?",
    "subtypes-a-beautiful-idea-and-what-people-did-to-it",
)
def subtypes(draw: Draw) -> Choice:
    """Tell selectivity of affinity from that of efficacy."""
    name = draw.pick("compound", list(_COMPOUNDS))
    how = draw.pick("wording", ["tell apart", "distinguish", "separate", "choose between"])
    text, key, _ = _COMPOUNDS[name]
    return Choice.of(
        draw,
        prompt=f"{text}: in what does it {how} the subtypes α1, α2 and α3 of the receptor?",
        key=key,
        wrong=[
            *((row[1], row[2]) for other, row in _COMPOUNDS.items() if other != name),
            (
                "In where it goes: it reaches only the brain regions that carry one subtype.",
                "Drugs reach all of the brain. What happens at the receptor itself?",
            ),
        ],
        solution=f"{text}. {key}\n"
        "The compounds made for calm without sedation were selective in efficacy. In people "
        "MRK-409 sedated all the same.",
    )


@_check("check-gaba-tolerance", "What is left after weeks", "tolerance-dependence-withdrawal")
def tolerance(draw: Draw) -> Numeric:
    """Effect left on a steady dose."""
    days = draw.pick("days", [2, 3, 4, 5, 7, 9, 10, 12, 14, 16, 18, 21])
    half = draw.pick("half-time (d)", [4.0, 5.0, 6.0, 6.5, 7.0, 8.0])
    key = 100 * float(tapering.tolerance(days, np.log(2) / half, 1.0))
    return Numeric(
        prompt="In the model sedation adapts completely, with a half-time of "
        f"{half:g} days. What share of the first sedation is left after {days} days on a steady "
        "dose?",
        key=key,
        unit="%",
        rel_tol=0.03,
        abs_tol=0.4,
        misconceptions=(
            Misconception(
                100 - key, "That is the adaptation that has grown. What is left of the effect?"
            ),
            Misconception(
                100 * (1 - days / (2 * half)),
                "You took away half of the first effect in each half-time. Half of what is gone in "
                "the second one?",
            ),
        ),
        solution=f"{days} days are {days / half:.2f} half-times.\n"
        f"Left: 2 to the power −{days / half:.2f} = {key:.0f} %.\n"
        "For the relief of anxiety the adaptation is taken to be slight: tolerance differs between "
        "effects.",
    )


_LEVELS = {
    "lower": "Lower than before treatment.",
    "alike": "About as before treatment.",
    "higher": "Higher than before treatment.",
}
_DAYS = np.concatenate([np.linspace(0, 42, 169), 42 + 60 * np.linspace(0, 1, 200)[1:] ** 1.5])


@cache
def _course() -> tapering.TaperCourse:
    """Six weeks on a drug with a half-life of 12 h, then none."""
    stop = tapering.after(42.0, tapering.abrupt())
    return tapering.taper(_DAYS, stop, 12.0, start_level=0.0, start_adaptation=0.0)


@cache
def _activity(grip: float, rise: float) -> NDArray[np.float64]:
    """Activity of the network on `_DAYS`, relative to rest."""
    sketch = tapering.accelerator_and_brake(
        _course(), brake_strength=grip, accelerator_gain=rise, adapted=False
    )
    return np.asarray(sketch.activity / tapering.excitation(1.0, 1.0))


@_check("check-gaba-balance", "Brake and accelerator", "brake-and-accelerator")
def balance(draw: Draw) -> Choice:
    """Activity of the sketched network at three times."""
    grip = draw.pick("grip", [0.4, 0.45, 0.5, 0.55, 0.6])
    rise = draw.pick("rise", [0.2, 0.22, 0.25, 0.28, 0.3])
    moment, words = draw.pick(
        "moment",
        [
            (1.5, "on the second day on the drug"),
            (42.0, "on the last day of six weeks on the drug"),
            (45.0, "three days after an abrupt stop"),
        ],
    )
    ratio = float(np.interp(moment, _DAYS, _activity(grip, rise)))
    right = "lower" if ratio < 0.85 else "higher" if ratio > 1.2 else "alike"
    slips = {
        "lower": "The drug presses the brake. Has the cell had time to lean against it, and is the "
        "drug still there?",
        "alike": "Balance needs the drug and the answer together. Are both there at this moment?",
        "higher": "Activity shoots up when the brake is weak and the accelerator down. Which of "
        "the two is balanced by the drug at this moment?",
    }
    return Choice.of(
        draw,
        prompt="In the sketch of this section the brain answers a benzodiazepine by weakening the "
        f"brake and pressing the accelerator (grip {grip:g}, rise {rise:g}; all strengths chosen). "
        f"Where is the activity of the network {words}?",
        key=_LEVELS[right],
        wrong=[(text, slips[name]) for name, text in _LEVELS.items() if name != right],
        solution=f"{_LEVELS[right]} In this setting it is {ratio:.1f} times the resting activity.\n"
        "First the drug calms; then the answer grows until all seems as before; then the drug goes "
        "and the answer stays.\nOnly the directions mean something: no human number exists for "
        "these strengths.",
    )


@_check(
    "check-gaba-gabapentinoids",
    "Two arms",
    "gabapentinoids-less-release-rather-than-more-inhibition",
)
def arms(draw: Draw) -> Numeric:
    """Share of the final loss of calcium that is there after some hours."""
    hours = draw.pick("hours", [4, 6, 8, 12, 16, 18, 20, 24, 30, 36])
    fast = draw.pick("fast share (%)", [20, 25, 30, 40, 50, 60, 70])
    lost = 1 - float(
        calcium.functional_channels(
            1.0, hours, efficacy=0.35, acute_share=fast / 100, half_time_h=24.0
        )
    )
    key = 100 * lost / 0.35
    slow = 100 * (1 - 2 ** (-hours / 24))
    return Numeric(
        prompt=f"Suppose {fast} % of what a gabapentinoid does to calcium comes at once and the "
        "rest as channels leave the surface, with a half-time of 24 hours. What share of the final "
        f"loss of inflow is there {hours} hours after a steady level set in?",
        key=key,
        unit="%",
        rel_tol=0.025,
        misconceptions=(
            Misconception(
                slow, "You let all of it be slow. Which part is there from the first hour?"
            ),
            Misconception(
                (100 - fast) * slow / 100,
                "That is the slow arm alone. What has the fast one added?",
            ),
        ),
        solution=f"The slow arm has come {slow:.0f} % of its way: 1 − 2 to the power "
        f"−{hours / 24:g}.\n{fast} % + {100 - fast} % × {slow / 100:.2f} = {key:.0f} %.\n"
        "How the two arms share the effect is not known; the half-time is a choice.",
    )
