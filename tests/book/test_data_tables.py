"""How the parameter pages write a number."""

import re
from pathlib import Path

import data_tables
import pytest

from mechanisms import data
from mechanisms.data import Quantity

ROOT = Path(__file__).resolve().parents[2]


def test_every_drug_with_parameters_has_its_table() -> None:
    page = (ROOT / "book" / "parameters.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"^```\{parameter-table\} (.+)$", page, re.MULTILINE))
    # The table of its class shows a molar mass.
    known = {row.drug for row in data.parameters() if row.name != "molar_mass_g_mol"}
    assert known
    assert known <= shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (26.0, "26"),
        (0.288, "0.288"),
        (-12.0, "\N{MINUS SIGN}12"),
        (0.00013, "0.00013"),
        (1e7, "10000000"),
    ],
)
def test_numbers_are_written_out(value: float, text: str) -> None:
    assert data_tables.number(value) == text


@pytest.mark.parametrize(
    ("quantity", "relation", "text"),
    [
        (Quantity(0.29, "nM"), "=", "0.29 nM"),
        (Quantity(10_000, "nM"), ">", "> 10000 nM"),
        (Quantity(0.02, "1"), "=", "0.02"),
        (Quantity(1, "yes=1"), "=", "yes"),
        (Quantity(0, "yes=1"), "=", "no"),
        (Quantity(17, "uM"), "=", "17 µM"),
    ],
)
def test_amounts_carry_their_unit(quantity: Quantity, relation: str, text: str) -> None:
    assert data_tables.amount(quantity, relation) == text


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (Quantity(5, "h"), ""),
        (Quantity(5, "h", spread=2, spread_kind="sd", n=7), "SD 2, n = 7"),
        (Quantity(5, "h", 4, 6, spread_kind="ci95"), "4 to 6 (95 % interval)"),
        (Quantity(5, "h", 4, 6, spread_kind="range"), "4 to 6 (range)"),
    ],
)
def test_spreads_say_what_they_are(quantity: Quantity, text: str) -> None:
    assert data_tables.spread(quantity) == text


def test_a_badge_names_the_grade_in_words() -> None:
    assert data_tables.badge("recalled").astext() == "recalled"


def test_one_scrolling_box_is_left_around_a_table() -> None:
    twice = (
        '<div class="data-table" role="region" tabindex="0" aria-label="A">\n'
        '<div class="scroll-x"><table class="docutils"><tr></tr></table></div></div>'
    )
    once = data_tables.NESTED.sub(r'<div class="data-table scroll-x"\1>\2</div>', twice)
    assert once == (
        '<div class="data-table scroll-x" role="region" tabindex="0" aria-label="A">'
        '<table class="docutils"><tr></tr></table></div>'
    )
