"""Self-checks of the norepinephrine chapter, one for each section."""

from __future__ import annotations

from collections.abc import Callable

from mechanisms import drugs, norepinephrine, receptors

from ..draw import Draw
from ..item import Item, Make, item
from ..questions import Choice, Misconception, Numeric


def _check(id: str, title: str, anchor: str) -> Callable[[Make], Item]:
    page = "principles/norepinephrine"
    return item(id, title, page=page, section=f"{page}#{anchor}", points=1, attempts=2)


_HELD = [
    (60, 5), (65, 6), (70, 8), (75, 9), (80, 10), (82, 12), (84, 14), (85, 15), (87, 17), (90, 20),
    (91, 25), (93, 30), (96, 60), (97, 62), (97, 65), (98, 70), (98, 74), (98, 80),
]  # fmt: skip
_SIDES = {
    "above": "Above the level at rest.",
    "below": "Below the level at rest.",
    "at": "Exactly at the level at rest.",
}


@_check("check-norepinephrine-brake", "Two accounts, two signs", "the-alarm-nucleus-and-its-brake")
def brake(draw: Draw) -> Choice:
    """Side on which norepinephrine at the endings lies, by each account."""
    account = draw.pick("account", ["alpha2", "serotonin first"])
    sert, net = draw.pick("held (%)", _HELD)
    model = (
        norepinephrine.alpha2_account
        if account == "alpha2"
        else norepinephrine.serotonin_first_account
    )
    state = model(sert / 100, net / 100)
    firing, level = float(state.firing), float(state.terminal)
    side = "above" if level > 1 else "below"
    words = (
        "only the α2 brake slows the nucleus, and cell bodies and endings are cleared alike"
        if account == "alpha2"
        else "serotonin slows the nucleus, and NET is blocked besides"
    )
    slips = {
        "above": "Clearance has slowed, and the firing has fallen. Which of the two weighs more in "
        "these numbers?",
        "below": "Firing has fallen, and clearance has slowed. Which of the two weighs more in "
        "these numbers?",
        "at": "Nothing in this account holds the level at rest. What is firing over clearance?",
    }
    return Choice.of(
        draw,
        prompt=f"An SNRI holds {sert} % of SERT and {net} % of NET. By the account in which "
        f"{words}, firing is down to {100 * firing:.0f} % and clearance at the endings to "
        f"{100 * firing / level:.0f} %. Where does norepinephrine at the endings stand?",
        key=_SIDES[side],
        wrong=[(text, slips[name]) for name, text in _SIDES.items() if name != side],
        solution=f"Level = firing / clearance = {firing:.2f} / {firing / level:.2f} = {level:.2f} "
        "of rest.\n"
        "A brake that answers a rise does not undo it: with the α2 brake alone, and equal "
        "clearance, the level is above rest at any block.\n"
        "If serotonin comes first, it lies below at low doses and above at high ones. Which "
        "account is true is contested.",
    )


@_check("check-norepinephrine-firing", "From shares to doses", "two-nuclei-one-drug-two-doses")
def firing(draw: Draw) -> Numeric:
    """Ratio of half-firing doses from a ratio of constants and two shares."""
    drug = draw.pick("drug", ["duloxetine", "venlafaxine"])
    raphe = draw.pick("raphe (%)", [60, 65, 70, 75, 80])
    coeruleus = draw.pick("coeruleus (%)", [20, 25, 30, 40, 45, 50, 90])
    net, sert = (float(drugs.affinity(drug, t, source="bymaster2001")) for t in ("NET", "SERT"))
    ratio = net / sert
    key = float(norepinephrine.firing_ed50_ratio(ratio, raphe / 100, coeruleus / 100))
    return Numeric(
        prompt=f"NET needs {ratio:.1f} times as much {drug} as SERT for the same share. Suppose "
        f"firing halves in the raphe with {raphe} % of SERT held, and in the locus coeruleus with "
        f"{coeruleus} % of NET held (both assumed). How many times the dose does the locus "
        "coeruleus need?",
        key=key,
        unit="times",
        rel_tol=0.03,
        misconceptions=(
            Misconception(
                ratio,
                "That would be so if both nuclei gave in at the same share. Do they here?",
            ),
            Misconception(
                ratio * coeruleus / raphe,
                "You compared the shares. A dose goes with held over free, not with the share. "
                "What is that for each?",
            ),
        ),
        solution=f"Dose over half-dose is held over free: raphe {raphe}/{100 - raphe} = "
        f"{raphe / (100 - raphe):.2f}, locus coeruleus {coeruleus}/{100 - coeruleus} = "
        f"{coeruleus / (100 - coeruleus):.2f}.\n"
        f"{ratio:.1f} × {coeruleus / (100 - coeruleus):.2f} / {raphe / (100 - raphe):.2f} = "
        f"{key:.1f} times.",
    )


_TESTS: dict[str, tuple[str, str, list[tuple[str, str]]]] = {
    "silent": (
        "On 75 mg of venlafaxine a day the tyramine test is unchanged, while scans find NET held "
        "in part over 75 to 300 mg.",
        "The test does not see a small block: silence is not an empty transporter.",
        [
            (
                "NET is free at 75 mg.",
                "Scans see it held in part. Which of the two methods looks at the seats?",
            ),
            (
                "The scans are wrong, because blood pressure is what counts.",
                "The test works outside the brain and needs a fair block to change. Can both "
                "findings be right?",
            ),
        ],
    ),
    "balanced": (
        "Scans find about 40 % of NET held on 60 mg of duloxetine, and about 80 % of SERT.",
        "In the brain the drug is less even-handed than the word “balanced” suggests.",
        [
            (
                "The drug is balanced: both pumps are held.",
                "Both are, in part. Held over free: what is that for each of them?",
            ),
            (
                "At this dose the drug is an SSRI that leaves NET alone.",
                "Is four in ten the same as none?",
            ),
        ],
    ),
    "laboratories": (
        "One laboratory finds that venlafaxine prefers SERT 30-fold, another 119-fold.",
        "The ratio has to be quoted with its assay; the dose at which NET joins in is uncertain "
        "about fourfold.",
        [
            (
                "The true ratio is their mean, about 75.",
                "Two assays under different conditions are not two throws of one die. What does "
                "the spread tell you?",
            ),
            (
                "It does not matter: SERT is full at any dose.",
                "The ratio says where NET joins in. What happens to that dose if the ratio is four "
                "times as large?",
            ),
        ],
    ),
}


@_check(
    "check-norepinephrine-selectivity",
    "What follows from a test?",
    "how-much-of-net-does-a-dose-block",
)
def selectivity(draw: Draw) -> Choice:
    """Conclusion from one finding about NET."""
    name = draw.pick("finding", list(_TESTS))
    where = draw.pick("where", ["In a lecture", "On a slide", "In a review", "In a handbook"])
    text, key, wrong = _TESTS[name]
    return Choice.of(
        draw,
        prompt=f"{where} you find: “{text}” What follows?",
        key=key,
        wrong=wrong,
        solution=f"{key}\n"
        "Scans see seats, functional tests see what the seats do outside the brain, and constants "
        "come from a dish. The three need not agree, and they do not.",
    )


@_check(
    "check-norepinephrine-benefit",
    "Laying on the ruler",
    "what-more-norepinephrine-block-buys-and-what-it-costs",
)
def benefit(draw: Draw) -> Numeric:
    """Response by occupancy alone, with two weights."""
    dose = draw.pick("dose (mg)", [75, 112.5, 150, 187.5, 225, 262.5, 300, 375])
    weights = draw.pick("weights (%)", [(30, 20), (20, 40), (10, 60), (34, 10), (15, 80)])
    fit = drugs.occupancy_fit("venlafaxine")
    assert fit.ed50 is not None
    assert fit.omax is not None
    half = float(drugs.constant("locus_coeruleus.venlafaxine_net_ed50_mg"))
    sert = round(float(receptors.dose_occupancy(dose, float(fit.ed50), fit.omax.fraction)), 2)
    net = round(float(receptors.dose_occupancy(dose, half)), 2)
    first, second = weights[0] * sert / 100, weights[1] * net / 100
    return Numeric(
        prompt=f"On {dose:g} mg of venlafaxine {100 * sert:.0f} % of SERT and {100 * net:.0f} % of "
        f"NET are held. Suppose a full block of SERT added {weights[0]} % to the chance of "
        f"responding on placebo, and a full block of NET {weights[1]} % (invented weights). How "
        "many times the chance on placebo does the ruler of this section give?",
        key=1 + first + second,
        unit="times",
        rel_tol=0.005,
        abs_tol=0.006,
        misconceptions=(
            Misconception(
                1 + sum(weights) / 100,
                "You gave full weight to both pumps. How much of each is held?",
            ),
            Misconception(
                first + second,
                "That is what the drug adds. Where does the ruler start on placebo?",
            ),
            Misconception(1 + first, "You left out the second pump. What does its share add?"),
        ),
        solution=f"SERT adds {weights[0]} % × {sert:g} = {first:.3f}, NET {weights[1]} % × {net:g} "
        f"= {second:.3f}.\n1 + {first:.3f} + {second:.3f} = {1 + first + second:.2f} times.\n"
        "In trials no one pair of weights fits both venlafaxine and the SSRIs.",
    )
