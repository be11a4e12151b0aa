"""Exercises of Principles: keys and errors recomputed from the equations of the chapters."""

import ast
import json
import math
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

import mechanisms.live
from mechanisms import data, drugs
from mechanisms.exercises import Item, Setting, catalogue
from mechanisms.live import Choice as ChoiceKnob
from mechanisms.live import Knob, Steps
from mechanisms.live.model import Model

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
SCENARIOS = ("first_weeks", "second_transporter", "ceiling", "taper", "gabapentinoid")
CHAPTERS = (
    "principles",
    "principles/serotonin",
    "principles/norepinephrine",
    "principles/gaba",
)
PAGES = {f"hands_on/{name}" for name in SCENARIOS} | set(CHAPTERS)
ITEMS = {id: item for id, item in catalogue().items() if item.page in PAGES}
SETTINGS = [id for id, item in ITEMS.items() if item.variant(0).question.kind == "setting"]
LN2 = math.log(2)


def variants(id: str, count: int = 24) -> list[Any]:
    return [ITEMS[id].variant(i) for i in range(count)]


def fit(drug: str) -> tuple[float, float]:
    """Half-dose and plateau in per cent, straight from the table."""
    row = next(
        r for r in data.occupancy_fits() if r.drug == drug and r.target == "SERT" and r.default
    )
    return row.ed50.value, row.omax.value


def value(drug: str, name: str) -> float:
    rows = [r for r in data.parameters() if (r.drug, r.name) == (drug, name) and r.default]
    return rows[0].quantity.value


def hyperbola(dose: float, half: float, top: float) -> float:
    return top * dose / (half + dose)


@pytest.mark.parametrize("id", list(ITEMS))
def test_every_variant_is_sound_and_says_what_it_needs(id: str) -> None:
    item: Item = ITEMS[id]
    for variant in variants(id):
        question = variant.question
        assert question.fault() == ""
        assert question.misconceptions
        assert question.solution.count("\n") >= 1
        text = " ".join([question.prompt, *question.given.values(), question.solution])
        assert not re.search(r"\bnan\b|\binf\b|\bNone\b|[{}]", text), text
    assert item.section.split("#")[0] in CHAPTERS


def test_the_share_of_kinds() -> None:
    scenario = [ITEMS[id].variant(0).question for id in ITEMS if ITEMS[id].page.startswith("hands")]
    kinds = [question.kind for question in scenario]
    assert len(kinds) >= 22
    assert kinds.count("setting") >= 5
    assert kinds.count("code") >= 4
    computed = [q for q in scenario if q.kind == "numeric" and len(q.misconceptions) >= 2]
    assert len(computed) >= 8


@pytest.mark.parametrize("id", list(ITEMS))
def test_learners_get_different_tasks(id: str) -> None:
    drawn = {json.dumps(v.numbers, sort_keys=True) for v in variants(id)}
    assert len(drawn) >= 8


# The numeric items: key and errors by plain arithmetic ---------------------------------------


def doubling(n: dict[str, Any]) -> tuple[float, list[float]]:
    drug, dose = n["drug and dose"]
    half, top = fit(drug)
    once, twice = hyperbola(dose, half, top), hyperbola(2 * dose, half, top)
    return twice - once, [once, twice, top - once]


def three_ratios(n: dict[str, Any]) -> tuple[float, list[float]]:
    drug, dose = n["drug and dose"]
    half, top = fit(drug)
    held = hyperbola(dose, half, top)
    by = {"plateau": 100 * held / top, "target": 100 * held / 80}
    return by[n["ratio"]], [held, *(v for k, v in by.items() if k != n["ratio"])]


def loop(share: float, other_soma: float) -> float:
    """Firing of the raphe's loop, by bisection (A 0.5, h 2, 70 % of release without impulses)."""
    constants = {k: float(drugs.constant(f"raphe.{k}")) for k in
                 ("autoreceptor_gain", "hill", "firing_independent_release")}  # fmt: skip
    a, h, phi = constants.values()
    left = (1 - share + other_soma) / (1 + other_soma)
    low, high = 0.0, 1.0
    for _ in range(80):
        f = (low + high) / 2
        soma = (phi + (1 - phi) * f) / left
        low, high = (f, high) if (1 + a**h) / (1 + (a * soma) ** h) > f else (low, f)
    return (low + high) / 2


def brake(n: dict[str, Any]) -> tuple[float, list[float]]:
    share = n["occupied (%)"] / 100
    name = "terminal.non_sert_clearance" + ("_cortex" if n["region"] == "frontal cortex" else "")
    other = float(drugs.constant(name))
    f = loop(share, float(drugs.constant("raphe.non_sert_clearance")))
    left = (1 - share + other) / (1 + other)
    return 100 * f / left, [100 * f, 100 / left, 100 * f / (1 - share)]


def balanced(n: dict[str, Any]) -> tuple[float, list[float]]:
    drug, dose = n["drug and dose"]
    half = 7.9 if drug == "duloxetine" else 5.80
    ratio = 7.5 / 0.8 if drug == "duloxetine" else 2480 / 82
    sert = 100 * dose / (dose + half)
    return 100 * dose / (dose + half * ratio), [sert, sert / ratio]


def toy(n: dict[str, Any]) -> tuple[float, list[float]]:
    dose, i = n["dose (mg)"], n["firing lost (%)"] / 100
    ratio = 2480 / 82 if n["laboratory"] == "bymaster2001" else 1060 / 8.9
    sert, net = round(dose / (dose + 5.8), 2), round(dose / (dose + 5.8 * ratio), 2)
    f, left = 1 - i * sert, (1 - net + 0.3) / 1.3
    return 100 * f / left, [100 / left, 100 * f, 100 * f / (1 - net)]


def pressure(n: dict[str, Any]) -> tuple[float, list[float]]:
    risk = {"101-200": 3.5, "201-300": 3.7, "over300": 9.1}[n["band"][0]]
    people = n["people"]
    return people * (risk - 2.2) / 100, [
        people * risk / 100, people * 2.2 / 100, people * (risk / 2.2 - 1) / 100
    ]  # fmt: skip


def buspirone(n: dict[str, Any]) -> tuple[float, list[float]]:
    a, b, e = n["serotonin"], n["buspirone"], n["strength"]
    before = a / (1 + a)
    key = (a + e * b) / (1 + a + b) - before
    slips = [e * b / (1 + b), a / (1 + a + b) - before, (a + b) / (1 + a + b) - before]
    return 100 * key, [100 * s for s in slips]


PULL = {1: 103, 2: 135, 3: 118, 5: 106}


def pull(alpha: int) -> float:
    """Coupling from what diazepam adds at a fifth of the maximum of 0.90."""
    with_drug = 0.18 * (1 + PULL[alpha] / 100)
    return (1 / with_drug - 1) / (1 / 0.18 - 1)


def odds(n: dict[str, Any]) -> tuple[float, list[float]]:
    p, d = 0.9 * n["share of GABA's maximum"], pull(n["subtype"])
    after = 1 / (1 + d * (1 / p - 1))
    slips = [p / d, p * (1 + PULL[n["subtype"]] / 100), p + (1 - p) * (1 - d)]
    return 100 * after, [100 * s for s in slips]


def subtypes(n: dict[str, Any]) -> tuple[float, list[float]]:
    share = n["occupied (%)"]
    efficacy = [0.18, 0.315, 0.45, 0.315]
    weights = {"sedation": [0.85, 0.05, 0.05, 0.05], "anxiolysis": [0.05, 0.55, 0.35, 0.05]}
    total = sum(w * e for w, e in zip(weights[n["effect"][0]], efficacy, strict=True))
    return share * total, [share, share * sum(efficacy) / 4, 100 * total]


def occupancy(n: dict[str, Any]) -> tuple[float, list[float]]:
    dose, k = n["dose (mg)"], n["constant (nM)"]
    ng_mL = 1000 * dose / 24 / value("alprazolam", "oral_clearance_L_h")
    nM = ng_mL * 1000 / 308.8
    return (
        100 * 0.26 * nM / (0.26 * nM + k),
        [100 * nM / (nM + k), 100 * 0.26 * ng_mL / (0.26 * ng_mL + k)],
    )


def worst_day(n: dict[str, Any]) -> tuple[float, list[float]]:
    name, row = n["half-life"]
    half, slow = value(name, row) / 24, n["half-time of adaptation (d)"]
    k, r = LN2 / half, LN2 / slow
    day = math.log(k / r) / (k - r)
    return day, [half, 5 * half, LN2 * day]


def whole(n: dict[str, Any]) -> tuple[float, list[float]]:
    half, (short, long) = n["half-time of adaptation (d)"], n["weeks"]
    return half / LN2, [half / LN2 * short / long, half, 0.0]


def equivalent(n: dict[str, Any]) -> tuple[float, list[float]]:
    name, dose = n["drug and dose"]
    tables = {"lorazepam": (2, 1), "alprazolam": (1, 0.5), "clonazepam": (1, 0.5)}[name]
    mine, other = tables if n["table"] == "VA/DoD 2021" else tables[::-1]
    slips = [10 * dose / other, dose] + ([10 * dose * mine] if mine != 1 else [])
    return 10 * dose / mine, slips


def two_steps(t: float, first: float, second: float) -> float:
    k, q = LN2 / first, LN2 / second
    return 100 * (1 - (k * math.exp(-q * t) - q * math.exp(-k * t)) / (k - q))


def build_up(n: dict[str, Any]) -> tuple[float, list[float]]:
    age, day = n["age and day"]
    halves = {"young": (31, 40), "older": (86, 80)}
    other = halves["older" if age == "young" else "young"]
    own = halves[age]
    alone = 100 * (1 - 2 ** (-24 * day / own[1]))
    return two_steps(24 * day, *own), [alone, two_steps(24 * day, *other)]


def escalation(n: dict[str, Any]) -> tuple[float, list[float]]:
    low, high = n["doses"]
    a, b = (2340 * d / (3080 + d) for d in (low, high))
    return b / a, [high / low, b / high / (a / low), (high - b) / (low - a)]


def engagement(n: dict[str, Any]) -> tuple[float, list[float]]:
    clearance = LN2 / 6.3 * 37
    mg_L = 2 * n["dose, twice a day (mg)"] / 24 / clearance
    uM = 1000 * mg_L / 159.2

    def share(c: float, k: float) -> float:
        return 100 * c / (c + k)

    return share(uM, 17), [share(uM, 0.032), share(uM / 2, 17), share(mg_L, 17)]


def power(n: dict[str, Any]) -> tuple[float, list[float]]:
    lost, m = 0.35 * n["engaged (%)"] / 100, n["exponent"]
    left = (1 - lost) ** m
    return 100 * (1 - left), [100 * lost, 100 * lost * m, 100 * left]


# The self-checks


def clocks(n: dict[str, Any]) -> tuple[float, list[float]]:
    drug, days = n["drug and days"]
    half = value(drug, "half_life_h")
    left = 100 * 2 ** (-24 * days / half)
    return 100 - left, [left, 100 * 24 * days / (5 * half)]


def pump(n: dict[str, Any]) -> tuple[float, list[float]]:
    share = n["held (%)"] / 100
    return 1 / (1 - share), [1 + share, share / (1 - share)]


def free(n: dict[str, Any]) -> tuple[float, list[float]]:
    fu, mass = value(n["drug"], "fu"), value(n["drug"], "molar_mass_g_mol")
    level = n["level (ng/mL)"]
    return 1000 * level * fu / mass, [1000 * level / mass, level * fu]


def onset(n: dict[str, Any]) -> tuple[float, list[float]]:
    drug, placebo = {"sad": (11, 3), "gad": (6, 4)}[n["trials"][0]]
    people = n["people"]
    return people * (drug - placebo) / 100, [people * drug / 100, people * placebo / 100]


def firing(n: dict[str, Any]) -> tuple[float, list[float]]:
    ratio = 7.5 / 0.8 if n["drug"] == "duloxetine" else 2480 / 82
    s, c = n["raphe (%)"], n["coeruleus (%)"]
    return ratio * (c / (100 - c)) / (s / (100 - s)), [ratio, ratio * c / s]


def benefit(n: dict[str, Any]) -> tuple[float, list[float]]:
    dose, (first, second) = n["dose (mg)"], n["weights (%)"]
    sert, net = round(0.9007 * dose / (dose + 5.8), 2), round(dose / (dose + 175), 2)
    a, b = first * sert / 100, second * net / 100
    return 1 + a + b, [1 + (first + second) / 100, a + b, 1 + a]


def shunt(n: dict[str, Any]) -> tuple[float, list[float]]:
    e, leak, cl = n["excitation (nS)"], n["leak (nS)"], n["chloride (nS)"]
    return 70 * e / (e + leak + cl), [70 * e / (e + leak), 0.0]


def tolerance(n: dict[str, Any]) -> tuple[float, list[float]]:
    steps = n["days"] / n["half-time (d)"]
    return 100 / 2**steps, [100 - 100 / 2**steps, 100 * (1 - steps / 2)]


def arms(n: dict[str, Any]) -> tuple[float, list[float]]:
    slow, fast = 1 - 2 ** (-n["hours"] / 24), n["fast share (%)"] / 100
    return 100 * (fast + (1 - fast) * slow), [100 * slow, 100 * (1 - fast) * slow]


ARITHMETIC: dict[str, Callable[[dict[str, Any]], tuple[float, list[float]]]] = {
    "first-weeks-doubling": doubling,
    "first-weeks-three-ratios": three_ratios,
    "first-weeks-brake": brake,
    "second-transporter-balanced": balanced,
    "second-transporter-toy": toy,
    "second-transporter-pressure": pressure,
    "second-transporter-buspirone": buspirone,
    "ceiling-odds": odds,
    "ceiling-subtypes": subtypes,
    "ceiling-occupancy": occupancy,
    "taper-worst-day": worst_day,
    "taper-sum": whole,
    "taper-equivalent": equivalent,
    "taper-build-up": build_up,
    "gabapentinoid-escalation": escalation,
    "gabapentinoid-engaged": engagement,
    "gabapentinoid-power": power,
    "check-clocks": clocks,
    "check-serotonin-pump": pump,
    "check-serotonin-free": free,
    "check-serotonin-onset": onset,
    "check-norepinephrine-firing": firing,
    "check-norepinephrine-benefit": benefit,
    "check-gaba-brake": shunt,
    "check-gaba-tolerance": tolerance,
    "check-gaba-gabapentinoids": arms,
}


@pytest.mark.parametrize("id", list(ARITHMETIC))
def test_key_and_errors_follow_from_the_equations(id: str) -> None:
    for variant in variants(id):
        key, slips = ARITHMETIC[id](variant.numbers)
        question = variant.question
        assert question.key == pytest.approx(key, rel=4e-3, abs=0.02), variant.numbers
        found = [m.answer for m in question.misconceptions]
        assert len(found) == len(slips)
        assert found == pytest.approx(slips, rel=4e-3, abs=0.02), variant.numbers
        assert question.mark(f"{key:.6g}".replace("e", "E")).correct
        for place, slip in enumerate(slips):
            assert question.mark(slip).misconception == place


def scheme(k: dict[str, float], gaba_mM: float) -> tuple[float, float, float]:
    """Open share, openings a second and open time (ms), from the stationary rate equations."""
    two, one = k["k_on"] * gaba_mM, 2 * k["k_on"] * gaba_mM
    links = {
        (0, 1): (one, k["k_off"]), (1, 2): (two, 2 * k["k_off"]),
        (1, 3): (k["beta1"], k["alpha1"]), (2, 4): (k["beta2"], k["alpha2"]),
        (1, 5): (k["d1"], k["r1"]), (2, 6): (k["d2"], k["r2"]),
    }  # fmt: skip
    q = np.zeros((7, 7))
    for (i, j), (there, back) in links.items():
        q[i, j], q[j, i] = there, back
    q -= np.diag(q.sum(axis=1))
    p = np.linalg.lstsq(np.vstack([q.T, np.ones(7)]), np.eye(8)[7], rcond=None)[0]
    often = p[3] * k["alpha1"] + p[4] * k["alpha2"]
    return p[3] + p[4], 1000 * often, (p[3] + p[4]) / often


def rates(cell: str, change: str, fold: float) -> dict[str, float]:
    names = ("k_on", "k_off", "beta1", "alpha1", "beta2", "alpha2", "d1", "r1", "d2", "r2")
    k = {name: float(drugs.constant(f"gaba.{cell}.{name}")) for name in names}
    touched = {
        "faster opening": {"beta1": fold, "beta2": fold},
        "slower unbinding": {"k_off": 1 / fold},
        "slower closing": {"alpha1": 1 / fold, "alpha2": 1 / fold},
        "none": {},
    }[change]
    return {name: rate * touched.get(name, 1.0) for name, rate in k.items()}


def test_the_channel_behind_the_open_time() -> None:
    for variant in variants("check-gaba-gating"):
        n = variant.numbers
        share, often, long = scheme(rates("mozrzymas", n["change"], 2.0), n["GABA (µM)"] / 1000)
        assert variant.question.key == pytest.approx(long, rel=1e-6)
        slips = [m.answer for m in variant.question.misconceptions]
        assert slips == pytest.approx([1000 / often, 100 * share / often], rel=1e-6)


def test_the_rows_of_the_record_single_out_one_change() -> None:
    words = {
        "opens more readily": "faster opening",
        "stays on the receptor": "slower unbinding",
        "closes more slowly": "slower closing",
    }
    for variant in variants("ceiling-record"):
        n = variant.numbers
        fold = 2 ** n["strength"]
        plain, drug = rates(n["rates"], "none", 1), rates(n["rates"], n["change"], fold)
        shown = list(variant.question.given.values())
        for i, level in enumerate((0.001, 1.0)):
            before, after = scheme(plain, level), scheme(drug, level)
            assert shown[2 * i] == f"{before[1]:.2f}, with it {after[1]:.2f}"
            assert shown[2 * i + 1] == f"{before[2]:.2f} ms, with it {after[2]:.2f} ms"
        (kind,) = [name for text, name in words.items() if text in variant.question.key]
        assert kind == n["change"]
        # what the solution tells the reader to look at does tell them apart
        low, top = (
            np.divide(scheme(drug, x)[1:], scheme(plain, x)[1:]) for x in (0.001, 1.0)
        )  # fmt: skip
        seen = (
            "slower closing" if top[1] > 1.2 else "faster opening" if top[0] > 1.2
            else "slower unbinding"
        )  # fmt: skip
        assert seen == n["change"]
        assert low[0] * low[1] > 1.2


def test_the_weighted_decay_is_area_over_peak() -> None:
    for variant in variants("check-gaba-synapse", 2):
        n = variant.numbers
        k = rates(n["rates"], n["change"], 2 ** n["strength"])
        t, states = follow_pulse(k)
        open_ = states[:, 3] + states[:, 4]
        top = open_.argmax()
        area = np.trapezoid(open_[top:], t[top:])
        assert variant.question.key == pytest.approx(area / open_[top], rel=0.02)


def follow_pulse(k: dict[str, float]) -> tuple[Any, Any]:
    """Runge-Kutta through 1 ms of 1 mM GABA and 400 ms without."""

    def slope(p: Any, gaba: float) -> Any:
        one, two = 2 * k["k_on"] * gaba, k["k_on"] * gaba
        r, b1, b2, o1, o2, d1, d2 = p
        flows = (
            (0, 1, one * r - k["k_off"] * b1), (1, 2, two * b1 - 2 * k["k_off"] * b2),
            (1, 3, k["beta1"] * b1 - k["alpha1"] * o1), (2, 4, k["beta2"] * b2 - k["alpha2"] * o2),
            (1, 5, k["d1"] * b1 - k["r1"] * d1), (2, 6, k["d2"] * b2 - k["r2"] * d2),
        )  # fmt: skip
        out = np.zeros(7)
        for i, j, flow in flows:
            out[i] -= flow
            out[j] += flow
        return out

    h = 0.04
    p, times, rows = np.eye(7)[0], [0.0], [np.eye(7)[0]]
    for step in range(round(401 / h)):
        gaba = 1.0 if step * h < 1 - 1e-9 else 0.0
        a = slope(p, gaba)
        b = slope(p + h / 2 * a, gaba)
        c = slope(p + h / 2 * b, gaba)
        d = slope(p + h * c, gaba)
        p = p + h / 6 * (a + 2 * b + 2 * c + d)
        times.append((step + 1) * h)
        rows.append(p)
    return np.array(times), np.array(rows)


# The choices -----------------------------------------------------------------------------------


def test_the_key_of_each_choice() -> None:
    def key(id: str) -> list[tuple[dict[str, Any], str]]:
        return [(v.numbers, v.question.key) for v in variants(id)]

    for n, text in key("first-weeks-onset"):
        part = {"SSRI": "even pace", "SNRI": "opens faster", "benzodiazepine": "first week"}
        assert part[n["drug"][1]] in text
        assert drugs.get(n["drug"][0]).drug_class == n["drug"][1]
    for n, text in key("ceiling-alone"):
        substance, _, level = n["scene"]
        part = (
            "as if GABA" if "etomidate" in substance
            else "Nothing" if level == 0 or "antagonist" in substance
            else "smaller" if "DMCM" in substance
            else "twice" if level == 0.2
            else "less than a fifth"
        )  # fmt: skip
        assert part in text, n
    for n, text in key("taper-depth"):
        short, long = (value(name, "half_life_h") for name in n["pair"])
        assert short < long
        assert ("earlier and goes deeper" in text) == (n["asked"] == "short")
        assert "the same" in text
    for n, text in key("check-serotonin-brake"):
        region = "_cortex" if n["region"] == "frontal cortex" else ""
        other = float(drugs.constant("terminal.non_sert_clearance" + region))
        share = n["held (%)"] / 100
        f = loop(share, float(drugs.constant("raphe.non_sert_clearance")))
        assert text.startswith("Above" if f > (1 - share + other) / (1 + other) else "Below")
    for n, text in key("check-serotonin-buspirone"):
        assert ("raises" in text) == (n["strength (%)"] > n["activation (%)"])
    for n, text in key("check-norepinephrine-brake"):
        sert, net = (x / 100 for x in n["held (%)"])
        above = n["account"] == "alpha2" or (1 - 0.4 * sert) > (1 - net + 0.3) / 1.3
        assert text.startswith("Above" if above else "Below")
    for n, text in key("check-gaba-balance"):
        side = {1.5: "Lower", 42.0: "About", 45.0: "Higher"}[n["moment"][0]]
        assert text.startswith(side), n
    for n, text in key("check-gaba-modulation"):
        p, d = 0.9 * n["level (%)"] / 100, pull((1, 2, 3, 5)[n["subtype"]])
        assert text == f"{100 * (1 / (1 + d * (1 / p - 1)) / p - 1):.0f} %"
    for n, text in key("check-serotonin-dose"):
        part = {"all": "All", "plateau": "plateau", "target": "80 %"}[n["whole"]]
        assert part in text


@pytest.mark.parametrize(
    ("id", "pick", "parts"),
    [
        ("second-transporter-claims", "study",
         {"social": "no better", "depression": "rising slowly", "duloxetine": "less than half",
          "rats": "stayed down"}),
        ("ceiling-paradox", "finding",
         {"alprazolam": "does not say which", "lorazepam": "does not need most",
          "mrk": "one threshold"}),
        ("taper-words", "scene",
         {"relapse": "come back", "withdrawal": "withdrawal", "tolerance": "Tolerance",
          "dependence": "Physical dependence"}),
        ("gabapentinoid-claims", "question",
         {"target": "calcium channels", "glutamate": "unchanged", "speed": "day 4",
          "binding": "micromolar"}),
        ("check-serotonin-plasticity", "scene",
         {"end": "same fear", "week": "come back", "drug": "alone does not do it",
          "people": "went on improving"}),
        ("check-norepinephrine-selectivity", "finding",
         {"silent": "not an empty", "balanced": "less even-handed", "laboratories": "fourfold"}),
        ("check-gaba-subtypes", "compound",
         {"zolpidem": "tightly", "MK-0343": "how hard", "diazepam": "neither"}),
    ],
)  # fmt: skip
def test_the_right_statement_follows_the_scene(id: str, pick: str, parts: dict[str, str]) -> None:
    assert {v.numbers[pick] for v in variants(id)} == set(parts)
    for variant in variants(id):
        assert parts[variant.numbers[pick]] in variant.question.key
    assert len({v.question.key_answer() for v in variants(id)}) >= 3


# The functions ---------------------------------------------------------------------------------


def near(values: Any, targets: Any) -> bool:
    return bool(np.allclose(values, targets, rtol=1e-4, atol=1e-6))


FUNCTIONS: dict[str, list[Callable[..., Any]]] = {
    # the right one first, then the errors in the order of the item
    "first-weeks-dose-for": [
        lambda p, k, top: p * k / (top - p),
        lambda p, k, top: k / (1 / p - 1) if p else 0.0,
        lambda p, k, top: k * p / (top / 2),
        lambda p, k, top: top / (1 + k / p) if p else 0.0,
    ],
    "second-transporter-together": [
        lambda c, k: 1 - 1 / (1 + sum(x / y for x, y in zip(c, k, strict=True))),
        lambda c, k: sum(1 / (1 + y / x) for x, y in zip(c, k, strict=True) if x),
        lambda c, k: sum(c) / (sum(c) + np.mean(k)),
        lambda c, k: 1 - min(y / (x + y) for x, y in zip(c, k, strict=True)),
    ],
    "ceiling-describe": [
        lambda a, b, t: [1000 * len(a) / t, np.mean(np.subtract(b, a))],
        lambda a, b, t: [len(a) / t, np.mean(np.subtract(b, a))],
        lambda a, b, t: [1000 * len(a) / t, np.subtract(b, a).sum() / t],
        lambda a, b, t: [1000 / np.mean(np.subtract(b, a)), np.mean(np.subtract(b, a))],
        lambda a, b, t: [1000 * len(a) / t, (max(b) - min(a)) / len(a)],
    ],
    "taper-equal-steps": [
        lambda n, c: [c / ((1 + c) / (1 - i / n) - 1) if i < n else 0.0 for i in range(1, n + 1)],
        lambda n, c: [1 - i / n for i in range(1, n + 1)],
        lambda n, c: [c * (n - i) / i for i in range(1, n + 1)],
        lambda n, c: [(n - i) / n / (1 + c) for i in range(1, n + 1)],
    ],
    "gabapentinoid-loss": [
        lambda y, m: 1 - math.exp(math.log(1 - y) / m),
        lambda y, m: y / m,
        lambda y, m: y ** (1 / m),
        lambda y, m: 1 - (1 - y) ** m,
    ],
}


@pytest.mark.parametrize("id", list(FUNCTIONS))
def test_functions_and_their_errors(id: str) -> None:
    right, *slips = FUNCTIONS[id]
    for variant in variants(id):
        question = variant.question
        assert len(question.misconceptions) == len(slips)
        for case in question.cases:
            assert near(question.reference(*case), right(*case)), case
            for found, slip in zip(question.misconceptions, slips, strict=True):
                assert near(found.answer(*case), slip(*case)), (case, found.feedback)
    assert {question.starter} == {v.question.starter for v in variants(id)}
    names = {node.name for node in ast.walk(ast.parse(question.starter)) if hasattr(node, "name")}
    assert question.function in names


# The settings ----------------------------------------------------------------------------------


class Drawn(SimpleNamespace):
    """What a cell hands to `LiveFigure`, without the drawing of the page's state."""

    def __init__(self, name: str, fig: Any, update: Any, *, alt: str, caption: str = "",
                 guess: Any = None, simulate: Any = None, **knobs: Any) -> None:  # fmt: skip
        super().__init__(name=name, model=Model(fig, update, knobs, simulate), knobs=knobs)
        if guess is not None:
            labels = list(self.readouts({k: knob.default for k, knob in knobs.items()}))
            guess.spec(knobs, labels)
        assert alt
        assert caption

    def readouts(self, values: dict[str, Any]) -> dict[str, Any]:
        return dict(self.model.sample(values, only=[]).readouts)


@pytest.fixture(scope="module")
def figures() -> dict[str, Drawn]:
    """Figures of the scenario notebooks, as their cells make them."""
    found: dict[str, Drawn] = {}
    real = mechanisms.live.LiveFigure
    mechanisms.live.LiveFigure = Drawn
    try:
        for scenario in SCENARIOS:
            scope: dict[str, Any] = {}
            for cell in code_cells(f"hands_on/{scenario}"):
                tree = ast.parse(cell)
                if not isinstance(tree.body[-1], ast.Expr):
                    exec(cell, scope)
                elif "LiveFigure(" in cell:
                    *body, last = tree.body
                    exec(compile(ast.Module(body, []), scenario, "exec"), scope)
                    made = eval(compile(ast.Expression(last.value), scenario, "eval"), scope)
                    if isinstance(made, Drawn):
                        found[made.name] = made
                elif "style.use()" in cell:
                    exec(cell, scope)
    finally:
        mechanisms.live.LiveFigure = real
    yield found
    plt.close("all")


def code_cells(page: str) -> list[str]:
    cells = json.loads((NOTEBOOKS / f"{page}.ipynb").read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def positions(knob: Any) -> list[Any]:
    """Values that a reader can bring a knob to."""
    if isinstance(knob, (Steps, ChoiceKnob)):
        return knob.states()
    assert isinstance(knob, Knob)
    if knob.scale == "log":
        return [knob.min * (knob.max / knob.min) ** (i / 120) for i in range(121)]
    count = round((knob.max - knob.min) / knob.step)
    return [knob.min + i * knob.step for i in range(count + 1)]


@pytest.mark.parametrize("id", SETTINGS)
def test_the_figure_and_the_exercise_share_their_numbers(
    id: str, figures: dict[str, Drawn]
) -> None:
    question: Setting = ITEMS[id].variant(0).question
    figure = figures[question.figure]
    assert figure.name.startswith("ex-" + ITEMS[id].page.split("/")[1].replace("_", "-"))
    assert set(question.example) == set(figure.knobs)
    rng = np.random.default_rng(8)
    for _ in range(25):
        values = {k: p[rng.integers(len(p))] for k, p in
                  ((k, positions(knob)) for k, knob in figure.knobs.items())}  # fmt: skip
        shown = figure.readouts(values)
        wanted = question.model(**values)
        assert set(shown) == set(wanted)
        for label, readout in shown.items():
            assert readout.shown() == pytest.approx(wanted[label], rel=1e-9, abs=1e-9), values


@pytest.mark.parametrize("id", SETTINGS)
def test_sliders_reach_the_goal_and_each_error(id: str, figures: dict[str, Drawn]) -> None:
    """As the page judges it: by the readouts as they are shown."""
    for variant in variants(id):
        question: Setting = variant.question
        figure = figures[question.figure]

        def shown(values: dict[str, Any], figure: Drawn = figure) -> dict[str, float]:
            readouts = figure.readouts(values)
            return {k: round(r.shown(), r.digits) for k, r in readouts.items()} | values

        def inside(seen: dict[str, float], bounds: Any) -> bool:
            return all(low <= seen[k] <= high for k, (low, high) in bounds.items())

        for values in (question.example, *(m.answer for m in question.misconceptions)):
            for key, one in values.items():
                assert min(abs(p - one) for p in positions(figure.knobs[key])) < 1e-6, (key, one)
        assert inside(shown(question.example), question.goal), variant.numbers
        assert question.mark(question.example).correct
        for place, slip in enumerate(question.misconceptions):
            seen = shown(slip.answer)
            assert not inside(seen, question.goal)
            first = next(i for i, m in enumerate(question.misconceptions) if inside(seen, m.where))
            assert first == place
        start = {k: knob.default for k, knob in figure.knobs.items()}
        assert not inside(shown(start), question.goal), "the figure starts at the goal"


def test_the_models_behind_the_figures() -> None:
    """One setting each, by another road."""
    pumps = ITEMS["second-transporter-dose"].variant(0).question.model(75.0, 30.2)
    assert pumps["SERT held"] == pytest.approx(90.07 * 75 / 80.8, rel=1e-6)
    assert pumps["NET held"] == pytest.approx(100 * 75 / (75 + 5.8 * 30.2), rel=1e-6)

    added = ITEMS["ceiling-level"].variant(0).question.model(20.0, 1e9)
    assert added["Added by the drug"] == pytest.approx(103, rel=1e-3)
    assert added["Open without the drug"] == pytest.approx(18, rel=1e-3)
    assert added["Open with the drug and no GABA"] == pytest.approx(
        100 / (1 + 8000 * pull(1)), rel=1e-3
    )

    doses = ITEMS["gabapentinoid-match"].variant(0).question.model(900.0, 600.0)
    absorbed = 2340 * 900 / 3980
    assert doses["Gabapentin absorbed"] == pytest.approx(100 * absorbed / 900, rel=1e-6)
    level = 1000 * absorbed / (24 * 0.06 * 96) / 171.2
    assert doses["Level of gabapentin"] == pytest.approx(level, rel=1e-6)
    assert doses["Engaged by gabapentin"] == pytest.approx(100 * level / (level + 17), rel=1e-6)
    other = 1000 * 600 / 24 / (LN2 / 6.3 * 37) / 159.2
    assert doses["Level of pregabalin"] == pytest.approx(other, rel=1e-6)


@pytest.mark.parametrize(("cut", "equal_in", "days"), [(20, 0, 14.0), (10, 1, 21.0), (50, 1, 9.0)])
def test_the_taper_by_small_steps(cut: int, equal_in: int, days: float) -> None:
    model = ITEMS["taper-design"].variant(0).question.model
    found = model(cut, equal_in, days)
    steps = round(100 / cut)
    kappa, k, r = 0.5, LN2 / (value("lorazepam", "half_life_h") / 24), 0.107
    full = 1 / (1 + kappa)
    h, level, adapted, deepest, total = 0.01, 1.0, 1.0, 0.0, 0.0
    for i in range(round((steps * days + 80) / h)):
        n = min(int(i * h / days) + 1, steps)
        effect = full * (1 - n / steps)
        dose = 1 - n / steps if equal_in == 0 else kappa * effect / (1 - effect)
        level += (dose - level) * (1 - math.exp(-k * h))
        push = level / (level + kappa) / full
        adapted += (push - adapted) * (1 - math.exp(-r * h))
        deepest, total = max(deepest, adapted - push), total + (adapted - push) * h
    assert found["Largest deficit"] == pytest.approx(100 * deepest, abs=0.3)
    assert found["All deficits added up"] == pytest.approx(total, abs=0.1)
    assert found["Weeks until the last cut"] == pytest.approx(days * (steps - 1) / 7)


def test_the_jolt_by_small_steps() -> None:
    model = ITEMS["first-weeks-start-low"].variant(0).question.model
    found = model(20.0, 10, 15.0)
    half_life, (half, top) = value("sertraline", "half_life_h") / 24, fit("sertraline")
    tau_drive = float(drugs.constant("raphe.drive_time_d"))
    tau_felt = float(drugs.constant("symptoms.worsening_time_d"))
    a, hill, phi = 0.5, 2, 0.7
    h, drive, used_to = 0.02, 0.0, 0.0
    peaks = [0.0, 0.0]
    for i in range(round(42 / h)):
        t = i * h
        level = 20 * (1 - 2 ** (-t / half_life)) + 30 * (1 - 2 ** (-max(t - 10, 0) / half_life))
        left = (1 - hyperbola(level, half, top) / 100 + 0.1) / 1.1
        low, high = 0.0, 3.0
        for _ in range(40):
            f = (low + high) / 2
            soma = (phi + (1 - phi) * f) / left
            gives = math.exp(drive) * (1 + a**hill) / (1 + (a * soma) ** hill)
            low, high = (f, high) if gives > f else (low, f)
        f = (low + high) / 2
        rise = (phi + (1 - phi) * f) / left - 1
        peaks[t > 10] = max(peaks[t > 10], 15 * (rise - used_to))
        drive += h / tau_drive * (drive - math.log(f) - drive)
        used_to += h / tau_felt * (rise - used_to)
    assert found["Before the step up"] == pytest.approx(peaks[0], abs=0.5)
    assert found["After the step up"] == pytest.approx(peaks[1], abs=0.5)


# The notebooks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("page", sorted(PAGES))
def test_each_exercise_stands_in_its_notebook(page: str) -> None:
    cells = json.loads((NOTEBOOKS / f"{page}.ipynb").read_text(encoding="utf-8"))["cells"]
    shown = {}
    for cell, after in pairwise([*cells, {"cell_type": "end"}]):
        if match := re.fullmatch(r'Exercise\("([a-z0-9-]+)"\)', "".join(cell["source"])):
            assert cell["metadata"]["tags"] == ["remove-input"]
            shown[match[1]] = after
    assert set(shown) == {id for id, item in ITEMS.items() if item.page == page}
    for id, after in shown.items():
        question = ITEMS[id].variant(0).question
        if question.kind == "code":
            assert after["metadata"]["tags"] == ["starter"]
            assert "".join(after["source"]).rstrip("\n") == question.starter.rstrip("\n")


def slug(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", heading.lower().replace("'", "")).strip("-")


def headings(page: str, level: str) -> list[str]:
    cells = json.loads((NOTEBOOKS / f"{page}.ipynb").read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return [slug(found) for found in re.findall(rf"^{level} (.+)$", text, re.MULTILINE)]


def test_items_point_to_sections_that_exist_and_all_sections_are_covered() -> None:
    pointed = {item.section for item in ITEMS.values()}
    there = {f"{p}#{h}" for p in CHAPTERS for level in ("##", "###") for h in headings(p, level)}
    assert pointed <= there
    aside = {"what-to-take-along", "how-the-chapter-is-built"}
    needed = {f"{p}#{h}" for p in CHAPTERS for h in headings(p, "##") if h not in aside}
    assert needed <= pointed
