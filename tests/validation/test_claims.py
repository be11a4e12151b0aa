"""The claims of the source story: complete, sourced, and with numbers that come from the data."""

import json
import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

import mechanisms.data
from mechanisms.drugs import Quantity
from mechanisms.validation import claims

RAW = tomllib.loads((Path(mechanisms.data.__file__).parent / "claims.toml").read_text("utf-8"))
KEYS = set(re.findall(r"^@\w+\{([^,\s]+),", mechanisms.data.bibliography(), re.M))
NUMBERS = {
    "a": Quantity(-37.0, "%", low=-56.0, high=-22.0, n=12),
    "b": Quantity(2.598, "1"),
    "c": Quantity(0.29, "uM"),
}


def test_the_story_is_covered():
    parts = Counter(claim.part for claim in claims.claims())
    assert list(parts) == ["introduction", "serotonin", "norepinephrine", "gaba"]
    assert parts["serotonin"] >= 20
    assert parts["norepinephrine"] >= 10
    assert parts["gaba"] >= 15


# One word of each idea of the story, so that none is lost by an edit.
@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("serotonin", "PET|hyperbola|70 %|four to six weeks|anxious at first|dorsal raphe|"
                      "5-HT1A|falls|less sensitive|fewer|BDNF|amygdala|exposure|buspirone|"
                      "rewiring"),
        ("norepinephrine", "locus coeruleus|alpha-2|low dose|exhausted|palpitations|calms|Ki|"
                           "balanced|venlafaxine|titrated"),
        ("gaba", "chloride|inhibitory|open the channel|frequency|alpha-1|alpha-2|binds|tolerance|"
                 "number of GABA-A|glutamate|set point|seizures|newer|alpha-2-delta|calcium|"
                 "norepinephrine"),
    ],
)  # fmt: skip
def test_each_idea_has_a_claim(part, words):
    text = " ".join(claim.claim for claim in claims.claims() if claim.part == part).lower()
    missing = [word for word in words.split("|") if word.lower() not in text]
    assert not missing


@pytest.mark.parametrize("id", RAW)
def test_a_claim_is_complete(id):
    row = RAW[id]
    assert set(row) <= {"part", "claim", "verdict", "because", "numbers", "sources", "section",
                        "figure"}  # fmt: skip
    assert row["verdict"] in ("supported", "imprecise", "contested", "contradicted")
    assert row["claim"].endswith(".")
    assert row["because"].endswith(".")
    assert row["section"] or row["part"] == "introduction" if "section" in row else True


@pytest.mark.parametrize("claim", claims.claims(), ids=lambda claim: claim.id)
def test_a_claim_has_sources_that_exist(claim):
    assert set(claim.sources) <= KEYS
    assert claim.sources or "not looked up again" in claim.because
    assert not re.search(r"[{}]|nan|None", claim.because)


def chapters():
    """Sources of each notebook, with the sections and the live figures in them."""
    found = {}
    root = Path(__file__).resolve().parents[2] / "notebooks"
    for path in sorted(root.rglob("*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells)
        figures = set(re.findall(r'\bLiveFigure\(\s*"([a-z0-9-]+)"', text))
        found[path.stem] = set(re.findall(r"(?m)^\(([a-z0-9-]+)\)=$", text)), figures
    return found


def test_a_figure_that_is_named_stands_in_the_chapter_of_the_section():
    named = [claim for claim in claims.claims() if claim.figure]
    assert len(named) > 50
    places = chapters().values()
    for claim in named:
        assert claim.section
        assert any(claim.figure in figures for _, figures in places), claim.figure
        assert any(
            claim.section in sections and claim.figure in figures for sections, figures in places
        ), claim.id


def test_a_number_that_is_named_is_not_typed_again():
    # "25 mg" and day numbers are conditions; a measured percentage must come from the data.
    for id, row in RAW.items():
        bare = re.sub(r"\{[^}]*\}", "", row["because"])
        assert not re.search(r"\d\.\d+( %|-fold)", bare), id


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{a}", "\N{MINUS SIGN}37 %"),
        ("{a~}", "37 %"),
        ("{a!~}", "37"),
        ("{a.high!~} to {a.low~}", "22 to 56 %"),
        ("{a.n!}", "12"),
        ("{b:1!}-fold", "2.6-fold"),
        ("{c}", "0.29 µM"),
    ],
)
def test_numbers_are_filled_in(text, filled):
    assert claims.fill(text, NUMBERS) == filled


@pytest.mark.parametrize("text", ["{missing}", "{b.low}"])
def test_a_missing_number_is_an_error(text):
    with pytest.raises(KeyError):
        claims.fill(text, NUMBERS)


@pytest.mark.parametrize(
    ("name", "value", "unit"),
    [
        ("observation klein2006-escitalopram-10", 64.0, "%"),
        ("occupancy sertraline:25", 92.01 * 25 / (7.72 + 25), "%"),
        ("event stein2005-response-placebo", 33.0, "%"),
        ("affinity duloxetine:NET:binding:bymaster2001", 7.5, "nM"),
        (
            "affinity duloxetine:NET:binding:bymaster2001 / "
            "affinity duloxetine:SERT:binding:bymaster2001",
            7.5 / 0.8,
            "1",
        ),
        ("observation label-nervousness-sad - observation label-nervousness-sad-placebo", 8, "%"),
        ("response venlafaxine:response:375", 1.639, "1"),
    ],
)
def test_a_name_leads_to_its_number(name, value, unit):
    quantity = claims.lookup(name)
    assert quantity.value == pytest.approx(value)
    assert quantity.unit == unit


@pytest.mark.parametrize(
    "name",
    [
        "guess 5",
        "observation none-such",
        "event none-such",
        "response SSRI:response:7",
        "predicted S-V0",
        "fit sertraline:ec50",
    ],
)
def test_an_unknown_name_is_an_error(name):
    with pytest.raises(KeyError):
        claims.lookup(name)


def test_a_difference_of_unlike_units_is_an_error():
    with pytest.raises(ValueError, match="equal units"):
        claims.lookup("observation klein2006-escitalopram-10 - constant varicosity.sert_km")
