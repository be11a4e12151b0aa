"""Every number has a unit, a source and a grade, and what is derived can be checked."""

import math
import re
from collections import Counter

import pytest
from tables import Row, all_tables, rows, sources, tables_of_numbers

GRADES = {"primary", "secondary", "derived", "recalled", "assumed"}
ATOMS = {"H": 1.008, "C": 12.011, "N": 14.007, "O": 15.999, "F": 18.998, "S": 32.06, "Cl": 35.45}

FORMULA = re.compile(
    r"\d.*[/+*^=]|\d x |\d - \d|\bSum of\b|\bMedian of\b|\bSolves\b|\bln\b|Same fit"
)

IDENTITY = {
    "drugs.csv": ("drug",),
    "observations.csv": ("id",),
    "constants.csv": ("constant",),
    "occupancy_fits.csv": ("fit", "parameter"),
    "trials_continuous.csv": ("id",),
    "trials_events.csv": ("id",),
    "risks.csv": ("id",),
    "targets.csv": ("id",),
    "units.csv": ("unit",),
    "diazepam_equivalents.csv": ("drug", "table"),
    "dose_response.csv": ("drug", "outcome", "dose_mg"),
    "phenotypes.csv": ("drug", "gene", "phenotype", "measure"),
    "interactions.csv": ("victim", "perpetrator", "measure", "conditions"),
    "response_social_anxiety.csv": ("row",),
}


def numbers() -> list[tuple[str, Row]]:
    return [(name, row) for name in tables_of_numbers() for row in rows(name)]


def graded() -> list[tuple[str, Row]]:
    return [(name, row) for name in all_tables() for row in rows(name) if "grade" in row]


def where(name: str, row: Row) -> str:
    return f"{name}: {' '.join(list(row.values())[:4])}"


def number_from(cell: str) -> float | None:
    return float(cell) if cell else None


def test_the_tables_are_all_there_and_not_empty() -> None:
    assert len(tables_of_numbers()) >= 12
    assert sum(len(rows(name)) for name in all_tables()) > 1200


@pytest.mark.parametrize("name", all_tables())
def test_a_table_is_tidy(name: str) -> None:
    for row in rows(name):
        assert None not in row, where(name, row)
        for column, cell in row.items():
            assert cell is not None, where(name, row)
            assert cell == cell.strip(), (where(name, row), column)
            assert "  " not in cell, (where(name, row), column)


def test_every_number_is_finite_and_has_a_listed_unit() -> None:
    units = {row["unit"] for row in rows("units.csv")}
    faults = [
        where(name, row)
        for name, row in numbers()
        if not math.isfinite(float(row["value"])) or row["unit"] not in units
    ]
    assert not faults


def test_every_listed_unit_is_used_and_explained() -> None:
    used = {row["unit"] for _, row in numbers()}
    used |= {row["dose_unit"] for row in rows("observations.csv")}
    used |= {row["time_unit"] for row in rows("observations.csv")}
    assert {row["unit"] for row in rows("units.csv")} <= used
    assert all(row["meaning"] for row in rows("units.csv"))


def test_every_number_has_a_grade_and_a_source() -> None:
    faults = [
        where(name, row)
        for name, row in graded()
        if row["grade"] not in GRADES or (not sources(row) and row["grade"] != "assumed")
    ]
    assert not faults


def test_assumed_numbers_say_why() -> None:
    faults = [
        where(name, row)
        for name, row in graded()
        if row["grade"] == "assumed" and len(row["note"].split()) < 3
    ]
    assert not faults


def test_derived_numbers_say_how() -> None:
    faults = [
        where(name, row)
        for name, row in numbers()
        if row["grade"] == "derived" and not FORMULA.search(row["note"])
    ]
    assert not faults


def test_intervals_hold_their_value_and_say_what_they_are() -> None:
    faults = []
    for name, row in numbers():
        value, low, high = (number_from(row[key]) for key in ("value", "low", "high"))
        spread, kind = number_from(row["spread"]), row["spread_kind"]
        assert value is not None
        if low is not None and high is not None:
            fine = low <= value <= high and kind in {"ci90", "ci95", "cri95", "range"}
        elif spread is not None:
            fine = spread >= 0 and kind in {"sd", "sem"}
        else:
            fine = kind == "" and low is None and high is None
        if not fine or (row["n"] and int(row["n"]) < 1):
            faults.append(where(name, row))
    assert not faults


@pytest.mark.parametrize(("name", "columns"), IDENTITY.items(), ids=str)
def test_identifiers_are_unique(name: str, columns: tuple[str, ...]) -> None:
    counts = Counter(tuple(row[column] for column in columns) for row in rows(name))
    assert [key for key, count in counts.items() if count > 1] == []


@pytest.mark.parametrize(
    ("name", "columns"),
    [("parameters.csv", ("drug", "parameter")), ("affinities.csv", ("drug", "target"))],
)
def test_each_quantity_has_exactly_one_default(name: str, columns: tuple[str, ...]) -> None:
    defaults = Counter(
        tuple(row[column] for column in columns) for row in rows(name) if row["role"] == "default"
    )
    known = {tuple(row[column] for column in columns) for row in rows(name)}
    assert set(defaults.values()) == {1}
    assert known == set(defaults)
    assert {row["role"] for row in rows(name)} == {"default", "alternative"}


def test_drugs_named_elsewhere_are_in_the_table_of_drugs() -> None:
    known = {row["drug"] for row in rows("drugs.csv")}
    for name in ("parameters.csv", "affinities.csv", "occupancy_fits.csv", "observations.csv"):
        assert {row["drug"] for row in rows(name)} - {""} <= known
    listed = {m.strip() for row in rows("drugs.csv") for m in row["metabolites"].split(";")}
    assert listed - {""} <= known


def test_doses_levels_and_fractions_are_possible() -> None:
    for row in rows("parameters.csv"):
        value = float(row["value"])
        if row["unit"] == "1" and row["parameter"] in {"fu", "bioavailability"}:
            assert 0 < value <= 1, row
        elif not row["parameter"].endswith("exponent"):
            assert value > 0, row
    by_drug = {
        (row["drug"], row["parameter"]): float(row["value"]) for row in rows("parameters.csv")
    }
    for drug, parameter in by_drug:
        if parameter == "dose_low_mg":
            assert by_drug[drug, parameter] <= by_drug[drug, "dose_high_mg"]
        if parameter == "reference_low_ng_mL":
            assert by_drug[drug, parameter] < by_drug[drug, "reference_high_ng_mL"]


def test_affinities_are_positive_and_censored_ones_marked() -> None:
    for row in rows("affinities.csv"):
        assert row["unit"] == "nM"
        assert float(row["value"]) > 0
        assert row["relation"] in {"=", ">"}
        # The database codes "no affinity measured" as 10 000 nM.
        assert (float(row["value"]) == 10_000) <= (row["relation"] == ">")


def test_events_agree_with_their_percentages() -> None:
    for row in rows("trials_events.csv"):
        if row["events"]:
            percent = 100 * int(row["events"]) / int(row["total"])
            assert percent == pytest.approx(float(row["value"]), abs=0.6), row
            assert int(row["events"]) <= int(row["total"])


def test_molar_masses_follow_from_the_formula() -> None:
    checked = 0
    for row in rows("parameters.csv"):
        if row["parameter"] != "molar_mass_g_mol":
            continue
        found = re.search(r"for ((?:[A-Z][a-z]?\d*)+)", row["note"])
        assert found, row
        atoms = re.findall(r"([A-Z][a-z]?)(\d*)", found[1])
        mass = sum(ATOMS[symbol] * int(count or 1) for symbol, count in atoms)
        assert float(row["value"]) == pytest.approx(mass, abs=0.06)
        checked += 1
    assert checked >= 30


ARITHMETIC = re.compile(
    r"^(?:Midpoint |Geometric midpoint |Solves .*)?"
    r"((?:sqrt|ln|exp)?[(\d-](?:sqrt|ln|exp|[\d\s.()+/*^-]|e-?\d|\bx\b)*)"
)


def evaluate(note: str) -> float | None:
    """Work out the arithmetic that a note begins with, if it is nothing but arithmetic."""
    found = ARITHMETIC.match(note)
    if not found:
        return None
    text = found[1].strip().rstrip(".").rstrip()
    if not re.search(r"[\d)]\s*(?:[+/*^-]|x)|sqrt|ln", text):
        return None
    text = re.sub(r"\bx\b", "*", text).replace("^", "**")
    while text and text.count("(") < text.count(")"):
        text = text.rstrip()[:-1]
    names = {"sqrt": math.sqrt, "ln": math.log, "exp": math.exp}
    try:
        return float(eval(text, {"__builtins__": {}}, names))
    except SyntaxError:
        return None


def test_the_evaluator_works_out_notes() -> None:
    assert evaluate("Midpoint (3 + 4)/2 of the label range.") == pytest.approx(3.5)
    assert evaluate("Geometric midpoint sqrt(4 x 9) of the entries.") == pytest.approx(6)
    assert evaluate("1 - 1/3.3.") == pytest.approx(0.697, abs=1e-3)
    assert evaluate("Median of the entries.") is None


def test_derived_numbers_follow_from_their_formula() -> None:
    faults, checked = [], 0
    for name, row in numbers():
        if row["grade"] != "derived" or row["spread_kind"] == "sem":
            continue
        result = evaluate(row["note"])
        if result is None:
            continue
        checked += 1
        if not math.isclose(result, float(row["value"]), rel_tol=0.02):
            faults.append((where(name, row), result, row["note"]))
    assert not faults
    assert checked > 100


def test_midpoints_lie_between_the_ends_they_name() -> None:
    checked = 0
    for name, row in numbers():
        if row["grade"] == "derived" and row["note"].startswith("Midpoint") and row["low"]:
            middle = (float(row["low"]) + float(row["high"])) / 2
            assert float(row["value"]) == pytest.approx(middle, rel=0.02), where(name, row)
            checked += 1
    assert checked > 40


def test_the_median_of_the_buspirone_entries() -> None:
    entries = sorted([3.98, 15, 15.1, 19.1, 21.1, 21.4, 77.6, 212, 214])
    found = [
        row
        for row in rows("affinities.csv")
        if (row["drug"], row["target"], row["role"]) == ("buspirone", "5-HT1A", "default")
    ]
    assert [float(row["value"]) for row in found] == [entries[4]]
    assert [(float(row["low"]), float(row["high"])) for row in found] == [(3.98, 214)]


def test_the_differences_of_the_pooled_exercise_follow_from_their_arms() -> None:
    arms = {row["id"]: float(row["value"]) for row in rows("trials_continuous.csv")}
    pairs = {
        "gadpool-pande2003": ("pande2003-pregabalin-600", "pande2003-placebo"),
        "gadpool-rickels2005": ("rickels2005-pregabalin-all-arms", "rickels2005-placebo"),
        "gadpool-kasper2009": ("kasper2009-pregabalin-300-600", "kasper2009-placebo"),
        "gadpool-allgulander2004": (
            "allgulander2004-sertraline-50-150",
            "allgulander2004-placebo",
        ),
        "gadpool-davidson2004": ("davidson2004-escitalopram-10-20", "davidson2004-placebo"),
        "gadpool-merideth2012": ("merideth2012-escitalopram-10", "merideth2012-placebo"),
        "gadpool-duloxetine": (
            "allgulander2007-duloxetine-three-trials",
            "allgulander2007-placebo",
        ),
    }
    for pooled, (active, placebo) in pairs.items():
        assert arms[pooled] == pytest.approx(arms[active] - arms[placebo], abs=0.006), pooled


def test_imputed_standard_errors_use_the_stated_deviation() -> None:
    errors = {row["id"]: float(row["spread"] or 0) for row in rows("trials_continuous.csv")}
    sizes = {
        "gadpool-pande2003": (70, 69),
        "gadpool-allgulander2004": (182, 188),
        "gadpool-davidson2004": (158, 157),
        "gadpool-merideth2012": (213, 215),
        "gadpool-duloxetine": (668, 495),
    }
    for pooled, (active, placebo) in sizes.items():
        expected = 7.6 * math.sqrt(1 / active + 1 / placebo)
        assert errors[pooled] == pytest.approx(expected, abs=0.006), pooled


def test_the_totals_of_the_response_counts() -> None:
    table = rows("response_social_anxiety.csv")
    totals = [
        sum(int(row[key]) for row in table)
        for key in ("events_drug", "n_drug", "events_placebo", "n_placebo")
    ]
    assert totals == [660, 1396, 342, 1258]
    assert len(table) == 20


def test_the_network_has_its_trials() -> None:
    table = rows("network_social_anxiety.csv")
    two = [row for row in table if row["arms"] == "2"]
    three = [row for row in table if row["arms"] == "3"]
    assert (len(two), len(three)) == (26, 10)
    assert all(row["shared_variance"] == "" for row in two)
    assert all(0 < float(row["shared_variance"]) < float(row["se"]) ** 2 for row in three)
    ssri = {"paroxetine", "sertraline", "fluvoxamine", "fluoxetine", "citalopram", "escitalopram"}
    assert sum(row["drug"] in ssri for row in two) == 15


def test_every_validation_target_is_there() -> None:
    found = [row["id"] for row in rows("targets.csv")]
    assert found == [f"S-V{i}" for i in range(1, 13)] + [f"G-V{i}" for i in range(1, 27)]
    for row in rows("targets.csv"):
        assert row["kind"] in {"prediction", "fit", "arithmetic", "ordinal"}
        assert row["statement"]
        assert row["observed"]
        assert row["tolerance"]
