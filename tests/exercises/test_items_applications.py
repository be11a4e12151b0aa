"""Items of the Applications: keys and errors from the numbered equations, worked out apart."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from docutils.nodes import make_id

from mechanisms.exercises import Choice, Code, Numeric, Setting, catalogue, get
from mechanisms.live import LiveFigure

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ("interaction", "kidney", "older_person", "trial", "shared_decision")
CHAPTER = (
    "applications",
    *(f"applications/{n}" for n in ("pharmacokinetics", "evidence", "patient")),
)
MINE = {
    id: found
    for id, found in catalogue().items()
    if found.page in CHAPTER or found.page.removeprefix("hands_on/") in SCENARIOS
}
PHI = NormalDist()

# Read in the sources, and typed here a second time.
RATIO = {"itraconazole": 2.66, "erythromycin": 2.47, "fluvoxamine": 1.96, "ketoconazole": 1.76,
         "ritonavir": 2.4}  # fmt: skip
FM = {"escitalopram": 1 - 1 / 3.3, "sertraline": 1 - 1 / 2.68}
ODDS = {"an SSRI": 2.02, "a benzodiazepine": 1.42, "a long-acting benzodiazepine": 1.81,
        "an antidepressant of any kind": 1.57}  # fmt: skip
COHORT = {"gandhi2017": (450, 84, 138246), "gandhi2017-labs": (73, 18, 4186)}
CAMS = {"sertraline and CBT": (113, 140), "CBT": (83, 139), "sertraline": (73, 133)}
TEST = {"the GAD-7 at a cut of 10": (0.89, 0.82), "the GAD-7 at a cut of 8": (0.83, 0.84),
        "the two questions of the GAD-2 at a cut of 3": (0.76, 0.81)}  # fmt: skip
HALF_DOSE = {"sertraline": 7.72, "paroxetine": 5.6, "escitalopram": 2.72, "fluoxetine": 1.89}
PLATEAU = {"sertraline": 92.01, "paroxetine": 97.14, "escitalopram": 89.57, "fluoxetine": 86.12}

Numbers = dict[str, Any]


def bound(d: Numbers) -> list[float]:
    spared, level = d["other routes (%)"] / 100, d["level (ng/mL)"]
    return [level / spared, level / (1 - spared), level * (2 - spared), level / spared - level]


def clock(d: Numbers) -> list[float]:
    half, ratio = d["half-life (h)"], RATIO[d["inhibitor"]]
    days = half * ratio * math.log(10) / math.log(2) / 24
    return [days, days / ratio, days / ratio**2, 24 * days]


def genes(d: Numbers) -> list[float]:
    fm, a, i = round(FM[d["drug"]], 2), d["activity (%)"] / 100, d["I/Ki"]

    def cleared(activity: float) -> float:
        return 1 - fm + fm * activity

    return [
        cleared(a) / cleared(a / (1 + i)),
        1 / cleared(1 / (1 + i)),
        1 / cleared(a / (1 + i)),
        1 + i,
    ]


def cockcroft(d: Numbers) -> list[float]:
    age, weight, creatinine = (d[k] for k in ("age (years)", "weight (kg)", "creatinine (mg/dL)"))
    man = (140 - age) * weight / (72 * creatinine)
    key, other = (0.85 * man, man) if d["woman"] else (man, 0.85 * man)
    return [key, other, 100 / creatinine, key * creatinine]


def stay(d: Numbers) -> list[float]:
    litres = 0.56 * 0.06 * d["creatinine clearance (mL/min)"]
    mean = d["volume (L)"] / litres
    return [math.log(2) * mean, mean, 0.56 * math.log(2) * mean, 6.3]


def accumulation(d: Numbers) -> list[float]:
    x = d["interval (h)"] / d["half-life (h)"]
    return [1 / (1 - 2**-x), 1 / x, 1 + 2**-x, 1 - 2**-x]


def slower(d: Numbers) -> list[float]:
    times, level = d["half-life, times"], 1 + d["level higher (%)"] / 100
    return [times / level, times, times * level, level / times]


def sodium(d: Numbers) -> list[float]:
    treated, control, total = COHORT[d["cohort"]]
    own, ratio = d["own risk (per 1000)"], treated / control
    return [
        1000 / (own * (ratio - 1)),
        1000 / (own * ratio),
        total / (treated - control),
        100 / ratio,
    ]


def falls(d: Numbers) -> list[float]:
    ratio, p = ODDS[d["drug"]], d["fall anyway (%)"] / 100
    odds = ratio * p / (1 - p)
    risk = odds / (1 + odds)
    return [1000 * (risk - p), 1000 * p * (ratio - 1), 1000 * risk, 1000 * (1 - 1 / ratio)]


def completers(d: Numbers) -> list[float]:
    n = d["patients in each arm"]
    a, c = (round(n * d[f"respond on {arm} (%)"] / 100) for arm in ("the drug", "placebo"))
    x, y = (n - round(n * d[f"leave {arm} (%)"] / 100) for arm in ("the drug", "placebo"))
    return [n / (a - c), 1 / (a / x - c / y), n / a, 100 * (a - c) / n]


def one_placebo(d: Numbers) -> list[float]:
    k, n, s = d["dose arms"], d["patients in each arm"], d["SD (points)"]
    root = s / math.sqrt(n)
    return [
        root * math.sqrt(1 + 1 / k),
        root * math.sqrt(2 / k),
        root * math.sqrt(2),
        root * (1 + 1 / math.sqrt(k)),
    ]


def effect_size(d: Numbers) -> list[float]:
    p, shift = d["respond on placebo (%)"] / 100, d["d"]
    reached = PHI.cdf(PHI.inv_cdf(p) + shift)
    return [100 * reached, 100 * (p + shift), 100 * (reached - p), 100 * PHI.cdf(shift)]


def hazard(d: Numbers) -> list[float]:
    p, q = d["relapse on the drug (%)"] / 100, d["relapse on placebo (%)"] / 100
    return [
        math.log(1 - p) / math.log(1 - q),
        p / q,
        (p / (1 - p)) / (q / (1 - q)),
        (1 - q) / (1 - p),
    ]


def positive(d: Numbers) -> list[float]:
    (sens, spec), prior = TEST[d["test"]], d["have it (%)"] / 100
    all_positive = sens * prior + (1 - spec) * (1 - prior)
    return [100 * sens * prior / all_positive, 100 * sens, 100 * sens * prior, 100 * all_positive]


def adolescent(d: Numbers) -> list[float]:
    n, (a, m) = d["young people"], CAMS[d["treatment"]]
    p, q = a / m, 18 / 76
    with_harm = n * (p - q) - 14 * n / 1000 if "sertraline" in d["treatment"] else n * q
    return [n * (p - q), n * p, with_harm, n * (p / q - 1)]


def value(d: Numbers) -> list[float]:
    v = [
        (d["respond (of 100)"] - 42) / 20,
        (14 - d["leave (of 100)"]) / 10,
        (16 - d["visits"]) / 14,
    ]
    s = [100, d["points for leaving"], d["points for visits"]]
    total = sum(x * y for x, y in zip(s, v, strict=True))
    upside = s[0] * v[0] + s[1] * (1 - v[1]) + s[2] * (1 - v[2])
    return [100 * total / sum(s), 100 * upside / sum(s), 100 * sum(v) / 3, total]


def first_dose(d: Numbers) -> list[float]:
    half, top = HALF_DOSE[d["drug"]], PLATEAU[d["drug"]]
    full, low = d["full dose (mg)"], d["part"] * d["full dose (mg)"]
    share = 100 * (low / (half + low)) / (full / (half + full))
    return [share, 100 * d["part"], top * low / (half + low), 100 - share]


EQUATIONS: dict[str, Callable[[Numbers], list[float]]] = {
    "interaction-bound": bound,
    "interaction-clock": clock,
    "interaction-genes": genes,
    "kidney-cockcroft": cockcroft,
    "kidney-half-life": stay,
    "kidney-accumulation": accumulation,
    "older-slower": slower,
    "older-sodium": sodium,
    "older-falls": falls,
    "trial-completers": completers,
    "trial-one-placebo": one_placebo,
    "trial-effect-size": effect_size,
    "trial-hazard": hazard,
    "trial-positive-test": positive,
    "decision-adolescent": adolescent,
    "decision-value": value,
    "decision-first-dose": first_dose,
}


@pytest.mark.parametrize("id", EQUATIONS)
def test_keys_and_errors_follow_from_the_equation(id: str) -> None:
    for variant in get(id).published:
        question = variant.question
        assert isinstance(question, Numeric)
        found = [question.key, *(m.answer for m in question.misconceptions)]
        # the equations of the test take the printed, rounded parameters
        np.testing.assert_allclose(found, EQUATIONS[id](variant.numbers), rtol=2e-3)


CHECKS: dict[str, Callable[[Numbers], float]] = {
    "check-pk-kidney": lambda d: (
        d["usual dose (mg/day)"] * d["creatinine clearance (mL/min)"] / 100
    ),
    "check-pk-genes": lambda d: 1 / (1 - d["fm"] + d["fm"] * d["activity"]),
    "check-pk-gabapentin": lambda d: (
        d["times"] * (3080 + d["dose (mg/day)"]) / (3080 + d["times"] * d["dose (mg/day)"])
    ),
    "check-evidence-forest": lambda d: math.hypot(d["SE, drug"], d["SE, placebo"]),
    "check-evidence-double": lambda d: d["placebo patients"] / d["dose arms"],
    "check-evidence-nnt": lambda d: 100 / (d["drug (%)"] - d["placebo (%)"]),
    "check-evidence-trial": lambda d: (
        d["patients before"] * (d["effect, divided by"] * d["spread, times"]) ** 2
    ),
    "check-evidence-prepost": lambda d: d["gap"] / d["spread of the changes"],
    "check-patient-risks": lambda d: d["of 1000 anyway"] * (d["risk ratio"] - 1),
    "check-patient-taper": lambda d: 100 / d["now, in pieces"],
    "check-patient-combination": lambda d: 100 / (d["both (of 100)"] - d["therapy (of 100)"]),
    "check-patient-decision": lambda d: (
        100
        * d["harm (points)"]
        / (100 + d["harm (points)"] + d["waiting (points)"] + d["hours (points)"])
    ),
    "check-patient-feedback": lambda d: math.sqrt(2) * d["error (points)"],
}


@pytest.mark.parametrize("id", CHECKS)
def test_keys_of_the_self_checks(id: str) -> None:
    for variant in get(id).published:
        question = variant.question
        assert isinstance(question, Numeric)
        assert question.key == pytest.approx(CHECKS[id](variant.numbers), rel=2e-3)


@pytest.mark.parametrize("id", sorted(MINE))
def test_every_variant_is_sound_and_says_what_it_needs(id: str) -> None:
    found = MINE[id]
    different = len({json.dumps(v.numbers, sort_keys=True) for v in found.published})
    assert different >= 9, (
        f"{id}: at least 9 of the 24 published variants must differ, and only {different} do; "
        "give `draw.pick` longer lists"
    )
    for variant in found.published:
        question = variant.question
        assert question.fault() == ""
        assert len(question.misconceptions) >= 2
        lines = len(question.solution.split("\n"))
        assert 2 <= lines <= 6, f"{id}: a solution takes 2 to 6 lines, this one {lines}"
        assert not re.search(
            r"\bnan\b|\binf\b|\{|\}|e[-+]\d\d", question.prompt + question.solution
        )
        for error in question.misconceptions:
            assert "?" in error.feedback


@pytest.mark.parametrize(
    "id", sorted(id for id, found in MINE.items() if found.variant(0).question.kind == "choice")
)
def test_letter_and_statement_vary(id: str) -> None:
    questions = [v.question for v in get(id).published]
    assert len({q.key_answer() for q in questions}) >= 2
    assert len({q.key for q in questions if isinstance(q, Choice)}) >= 2


def _key(id: str, **drawn: Any) -> set[str]:
    """Right statements of the variants with these numbers."""
    return {
        v.question.key
        for v in get(id).published
        if isinstance(v.question, Choice) and all(v.numbers[k] == x for k, x in drawn.items())
    }


def test_the_patient_with_the_highest_level() -> None:
    pattern = re.compile(r"(\d+) years, (\d+) kg, a (wo)?man, creatinine ([\d.]+) mg/dL: (\d+) mg")
    for variant in get("kidney-which").published:
        question = variant.question
        assert isinstance(question, Choice)
        level = {}
        for option in question.options:
            age, weight, woman, creatinine, dose = pattern.match(option).groups()  # type: ignore[union-attr]
            filtered = (140 - int(age)) * int(weight) / float(creatinine) * (0.85 if woman else 1)
            level[option] = int(dose) / filtered
        assert question.key == max(level, key=lambda o: level[o])
        first, second = sorted(level.values())[-1:-3:-1]
        assert first > 1.1 * second


def test_what_a_second_drug_does() -> None:
    for variant in get("interaction-phenoconversion").published:
        text, question = variant.numbers["what happens"], variant.question
        assert isinstance(question, Choice)
        if "poor metaboliser" in text:
            word = "by birth"
        elif "alprazolam" in text or "pregabalin" in text:
            word = "hardly clears"
        else:
            word = "rises" if text.endswith("added") else "falls"
        assert word in question.key


def test_a_level_report_is_told_by_ratio_and_sum() -> None:
    for variant in get("interaction-lab-report").published:
        question = variant.question
        assert isinstance(question, Choice)
        (parent, usual), (product, usual_product) = (
            (float(re.match(r"(\d+)", text)[1]), float(re.search(r"about (\d+)", text)[1]))  # type: ignore[index]
            for text in question.given.values()
        )
        total = (parent + product) / (usual + usual_product)
        tipped = (parent / product) / (usual / usual_product)
        if 0.9 < total < 1.1:
            word = "slowly in this patient" if tipped > 2 else "very fast"
            assert tipped > 2 or tipped < 0.5
        else:
            assert 0.9 < tipped < 1.1
            word = "Fewer tablets" if total < 1 else "weak kidneys"
        assert word in question.key


def test_the_route_that_is_blocked() -> None:
    shares = {
        "Alprazolam": {"3A4": 0.8, "kidney": 0.2},
        "Diazepam": {"3A4": 0.5, "2C19": 0.5},
        "Lorazepam": {"conjugation": 1.0},
        "Pregabalin": {"kidney": 1.0},
    }
    for variant in get("older-routes").published:
        left, state = variant.numbers["left (%)"] / 100, variant.numbers["state"]
        lost = {
            "cirrhosis": {"3A4": left, "2C19": left},
            "a strong": {"3A4": left},
            "weak kid": {"kidney": left},
            "a drug t": {"conjugation": left},
            "CYP2C19 ": {"3A4": left, "2C19": 0.0},
        }[
            next(
                s
                for s in ("cirrhosis", "a strong", "weak kid", "a drug t", "CYP2C19 ")
                if state.startswith(s)
            )
        ]
        cleared = {
            drug: sum(x * lost.get(route, 1.0) for route, x in parts.items())
            for drug, parts in shares.items()
        }
        question = variant.question
        assert isinstance(question, Choice)
        assert question.key == min(cleared, key=lambda drug: cleared[drug])


def test_the_day_a_switch_arrives() -> None:
    for variant in get("older-switch").published:
        question = variant.question
        assert isinstance(question, Choice)
        half = [float(text.removesuffix(" h")) for text in question.given.values()]
        days = np.arange(0, 60, 0.01)
        k = [24 * math.log(2) / h for h in half]
        if len(k) == 1:
            left = np.exp(-k[0] * days)
        else:
            left = (k[1] * np.exp(-k[0] * days) - k[0] * np.exp(-k[1] * days)) / (k[1] - k[0])
        day = float(days[np.argmax(left <= 0.1)])
        words = ("within the first three", "later in the first", "in the second", "in the third")
        place = sum(day > edge for edge in (3, 7, 14))
        assert question.key.lower().startswith(words[place])


def test_what_a_trial_says() -> None:
    for variant in get("trial-assay").published:
        question = variant.question
        assert isinstance(question, Choice)
        mean = {
            arm: float(text.replace("−", "-").split()[0]) for arm, text in question.given.items()
        }
        if "Placebo" not in mean:
            assert "nobody can tell" in question.key
            continue
        error = math.sqrt(2) * variant.numbers["SE"]
        new, standard = (
            2 * (1 - PHI.cdf(abs(mean[arm] - mean["Placebo"]) / error)) < 0.05
            for arm in ("New drug", "Standard drug")
        )
        word = "did better" if new else "found none" if standard else "could not have shown"
        assert word in question.key


def test_what_the_rule_of_care_says() -> None:
    for variant in get("decision-measure").published:
        _, then, now = map(int, variant.numbers["scores"].split(", "))
        word = "Leave it" if now <= 4 else "Keep" if then - now >= 4 else "Raise"
        assert isinstance(variant.question, Choice)
        assert variant.question.key.startswith(word)


def test_lines_of_the_quoted_rule() -> None:
    lines = {
        "by itself": ("beat on and off", "jerk rhythmically by themselves"),
        "set off": ("drenched", "paces"),
        "brisk reflexes": ("knee reflex is very brisk", "tremor of both hands, brisk"),
        "None": ("calm, dry", "restless and sweats", "feels sick"),
    }
    for variant in get("decision-serotonin-syndrome").published:
        findings, question = variant.numbers["findings"], variant.question
        assert isinstance(question, Choice)
        (word,) = [w for w, starts in lines.items() if any(s in findings for s in starts)]
        assert word in question.key


def test_drug_therapy_or_both() -> None:
    for variant in get("decision-together").published:
        question = variant.question
        assert isinstance(question, Choice)
        share = {k: float(v.split()[0]) for k, v in question.given.items()}
        gap = share["Both together"] - share[f"{variant.numbers['against'].capitalize()} alone"]
        word = "least 10 of 100 more" if gap >= 10 else "fewer" if gap <= -10 else "within 5"
        assert abs(gap) >= 10 or abs(gap) <= 5
        assert word in question.key


def _left(days: float, parent: float, metabolite: float) -> float:
    kp, km = math.log(2) / parent, math.log(2) / metabolite
    return (km * math.exp(-kp * days) - kp * math.exp(-km * days)) / (km - kp)


def _troughs(doses: list[float], half: float, interval: float, volume: float) -> list[float]:
    now, found = 0.0, []
    for dose in doses:
        now = (now + dose / volume) * 2 ** (-interval / half)
        found.append(now)
    return found


def _more(baseline: list[float], ratio: float) -> list[float]:
    return [1000 * (p * ratio / (1 - p + p * ratio) - p) for p in baseline]


def _pooled(y: list[float], s: list[float]) -> list[float]:
    w = [1 / x**2 for x in s]
    mean, se = sum(a * b for a, b in zip(w, y, strict=True)) / sum(w), 1 / math.sqrt(sum(w))
    return [mean, mean - 1.96 * se, mean + 1.96 * se]


def _flip(a: list[float], b: list[float], weights: list[float], c: int) -> float:
    def rest(values: list[float]) -> float:
        others = sum(w * v for k, (w, v) in enumerate(zip(weights, values, strict=True)) if k != c)
        return others / (1 - weights[c])

    return (rest(b) - rest(a)) / ((a[c] - rest(a)) - (b[c] - rest(b)))


SOLUTIONS: dict[str, Callable[..., Any]] = {
    "interaction-washout": _left,
    "kidney-missed": _troughs,
    "older-people": _more,
    "trial-pool": _pooled,
    "decision-flip-code": _flip,
}


@pytest.mark.parametrize("id", SOLUTIONS)
def test_a_solution_by_the_book_passes_and_each_error_is_named(id: str) -> None:
    for variant in get(id).published:
        question = variant.question
        assert isinstance(question, Code)
        assert question.starter == get(id).variant(0).question.starter  # type: ignore[attr-defined]
        assert question.mark(SOLUTIONS[id]).correct
        for place, wrong in enumerate(question.wrong_answers()):
            mark = question.mark(wrong)
            assert (mark.correct, mark.misconception) == (False, place)


ERRORS: dict[str, list[Callable[..., Any]]] = {
    "interaction-washout": [
        lambda t, p, m: 0.5 ** (t / p),
        lambda t, p, m: 0.5 ** (t / m),
        lambda t, p, m: 1 - _left(t, p, m),
        lambda t, p, m: 0.5 ** (t / (p + m)),
    ],
    "kidney-missed": [
        lambda d, h, i, v: [x / v * 0.5 ** (i / h) for x in d],
        lambda d, h, i, v: [x / 0.5 ** (i / h) for x in _troughs(d, h, i, v)],
    ],
    "older-people": [
        lambda b, r: [1000 * p * (r - 1) for p in b],
        lambda b, r: [x + 1000 * p for x, p in zip(_more(b, r), b, strict=True)],
        lambda b, r: [1000 * (r * p / (1 - p) - p / (1 - p)) for p in b],
    ],
    "decision-flip-code": [
        lambda a, b, w, c: (
            sum(w[k] * (b[k] - a[k]) for k in range(len(a)) if k != c) / (a[c] - b[c])
        ),
    ],
}


@pytest.mark.parametrize("id", ERRORS)
def test_errors_written_down_anew_are_recognised(id: str) -> None:
    for variant in get(id).published:
        for place, wrong in enumerate(ERRORS[id]):
            assert variant.question.mark(wrong).misconception == place


FIGURES = {
    "interaction": ("course", "interaction-cut"),
    "kidney": ("course", "kidney-dose"),
    "older_person": ("build-up", "older-wait"),
    "trial": ("relapse", "trial-relapse"),
    "shared_decision": ("weights", "decision-flip"),
}


@pytest.mark.parametrize("scenario", FIGURES)
def test_the_figure_shows_what_the_exercise_computes(scenario: str) -> None:
    cell, id = FIGURES[scenario]
    notebook = json.loads(
        (ROOT / f"notebooks/hands_on/{scenario}.ipynb").read_text(encoding="utf-8")
    )
    source = {c["id"]: "".join(c["source"]) for c in notebook["cells"]}
    room: dict[str, Any] = {}
    exec(source["setup"], room)
    drawing, made, call = source[cell].partition("\nLiveFigure(\n")
    exec(f"{drawing}{made.replace('LiveFigure', 'figure = LiveFigure')}{call}", room)
    figure: LiveFigure = room["figure"]
    question = get(id).variant(0).question
    assert isinstance(question, Setting)
    assert question.figure == figure.name
    assert set(question.example) == set(figure.model.knobs)
    rng = np.random.default_rng(7)
    for _ in range(20):
        values = {
            name: rng.choice(knob.states()).item()
            if hasattr(knob, "states")
            else float(knob.from_unit(rng.uniform(-1, 1)))
            for name, knob in figure.model.knobs.items()
        }
        shown = figure.readouts(**values)
        assert shown == pytest.approx(dict(question.model(**values)))
    for variant in get(id).published:
        asked = variant.question
        assert isinstance(asked, Setting)
        assert set(asked.goal) <= {*figure.model.knobs, *shown}
        # with the positions that the sliders have
        values = {
            name: _nearest(figure.model.knobs[name], value) for name, value in asked.example.items()
        }
        assert _meets(asked, values), (variant.numbers, values, asked.quantities(values))
        for wrong in asked.wrong_answers():
            for name, value in wrong.items():
                figure.model.knobs[name].check(name, value)


def _nearest(knob: Any, value: Any) -> Any:
    if hasattr(knob, "states"):
        return knob.check("", value)
    spec = knob.spec("")
    if spec["log"]:
        positions = np.geomspace(knob.min, knob.max, 121)
    else:
        positions = np.arange(knob.min, knob.max + spec["step"] / 2, spec["step"])
    return float(positions[np.argmin(np.abs(positions - value))])


def _meets(question: Setting, values: dict[str, Any]) -> bool:
    quantities = question.quantities(values)
    return all(low <= quantities[k] <= high for k, (low, high) in question.goal.items())


def test_the_relapse_curve_meets_both_points() -> None:
    for variant in get("trial-relapse").published:
        d, question = variant.numbers, variant.question
        shape = math.log(math.log(d["well late (%)"] / 100) / math.log(d["well early (%)"] / 100))
        shape /= math.log(168 / d["day"])
        assert isinstance(question, Setting)
        assert question.example["shape"] == pytest.approx(shape, abs=1e-3)


def test_the_tie_follows_from_the_counts() -> None:
    lowest, highest = 73 / 133, 113 / 140
    for variant in get("decision-flip").published:
        gain = (83 / 139 - lowest) / (highest - lowest)
        tie = 100 + variant.numbers["waiting (points)"] - 100 * gain
        assert isinstance(variant.question, Setting)
        assert variant.question.example["harm_points"] == pytest.approx(tie, abs=0.51)


@pytest.mark.parametrize("page", CHAPTER)
def test_every_section_of_the_chapter_has_an_exercise_at_its_end(page: str) -> None:
    notebook = json.loads((ROOT / f"notebooks/{page}.ipynb").read_text("utf-8"))
    section, checked = "", {}
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            for heading in re.findall(r"^## (.+)$", text, re.MULTILINE):
                section = f"{page}#{make_id(heading)}"
                checked[section] = False
        elif match := re.fullmatch(r'Exercise\("(.+)"\)', text):
            assert get(match[1]).section == section
            assert get(match[1]).page == page
            assert cell["metadata"]["tags"] == ["remove-input"]
            checked[section] = True
    done = {s for s, yes in checked.items() if yes}
    left = {s.partition("#")[2] for s in checked if s not in done}
    assert left <= {"what-to-take-along", "how-the-chapter-is-built"}
    assert {
        found.section for found in MINE.values() if found.section.startswith(f"{page}#")
    } == done


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_each_scenario_shows_its_items_with_their_starters(scenario: str) -> None:
    notebook = json.loads(
        (ROOT / f"notebooks/hands_on/{scenario}.ipynb").read_text(encoding="utf-8")
    )
    cells = ["".join(cell["source"]) for cell in notebook["cells"]]
    shown = [m[1] for text in cells if (m := re.fullmatch(r'Exercise\("(.+)"\)', text))]
    assert set(shown) == {id for id, found in MINE.items() if found.page == f"hands_on/{scenario}"}
    assert len(shown) >= 5
    for text, after in zip(cells, [*cells[1:], ""], strict=True):
        match = re.fullmatch(r'Exercise\("(.+)"\)', text)
        question = get(match[1]).variant(0).question if match else None
        if isinstance(question, Code):
            assert after == question.starter.strip("\n")
