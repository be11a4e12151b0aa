"""The typed access to the tables."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mechanisms import data, drugs
from mechanisms.data import GRADES, Quantity, weakest


def test_names_are_sorted_and_filtered_by_class() -> None:
    everything = drugs.names()
    assert list(everything) == sorted(everything)
    assert set(drugs.names("SSRI")) == {
        "citalopram", "escitalopram", "fluoxetine", "fluvoxamine", "paroxetine", "sertraline",
    }  # fmt: skip
    assert set(drugs.names("SNRI")) == {
        "desvenlafaxine", "duloxetine", "milnacipran", "venlafaxine",
    }  # fmt: skip
    with pytest.raises(KeyError, match="SSRI"):
        drugs.names("SSRIs")


@pytest.mark.parametrize("name", drugs.names())
def test_every_drug_opens(name: str) -> None:
    drug = drugs.get(name)
    assert drug.name == name
    for metabolite in drug.metabolites:
        assert drugs.get(metabolite).name == metabolite
    for parameter, quantity in drug.parameters.items():
        assert drug.parameter(parameter) is quantity
        assert quantity not in drug.alternatives(parameter)


@pytest.mark.parametrize("name", [*drugs.names("SSRI"), *drugs.names("SNRI"), "buspirone"])
def test_the_main_drugs_have_a_molar_mass_and_an_affinity(name: str) -> None:
    assert 150 < float(drugs.get(name).molar_mass) < 450
    target = "5-HT1A" if name == "buspirone" else "SERT"
    assert drugs.affinity(name, target).unit == "nM"


def test_a_drug_knows_its_dose_range() -> None:
    low, high = drugs.get("sertraline").dose_range_mg
    assert (float(low), float(high)) == (50, 200)


@pytest.mark.parametrize(
    ("ask", "hint"),
    [
        (lambda: drugs.get("sertralin"), "unknown drug 'sertralin'; did you mean 'sertraline'"),
        (lambda: drugs.get("xyz"), "known: .*alprazolam"),
        (lambda: drugs.get("sertraline").parameter("halflife"), "half_life_h"),
        (lambda: drugs.get("sertraline").alternatives("halflife"), "half_life_h"),
        (lambda: drugs.affinity("sertralin", "SERT"), "did you mean 'sertraline'"),
        (lambda: drugs.affinity("sertraline", "SERTT"), "did you mean 'SERT'"),
        (lambda: drugs.affinity("sertraline", "SERT", assay="uptake"), "several affinities"),
        (lambda: drugs.affinity("sertraline", "SERT", source="nobody1900"), "tatsumi1997"),
        (lambda: drugs.occupancy_fit("sertraline", region="moon"), "striatum"),
        (lambda: drugs.occupancy_fit("alprazolam"), "there are: none"),
        (lambda: drugs.constant("raphe.autoreceptor_gian"), "raphe.autoreceptor_gain"),
        (lambda: drugs.constants("raphee"), "did you mean 'raphe'"),
        (lambda: drugs.observation("meyer2001-paroxetin-20"), "meyer2001-paroxetine-20"),
        (lambda: drugs.get(None), "unknown drug None"),  # type: ignore[arg-type]
        (lambda: drugs.get(["sertraline"]), "unknown drug"),  # type: ignore[arg-type]
        (lambda: drugs.observations("sertralin"), "did you mean 'sertraline'"),
        (lambda: drugs.observations(target="SERTT"), "did you mean 'SERT'"),
        (lambda: drugs.affinities("sertralin"), "did you mean 'sertraline'"),
        (lambda: drugs.affinities(target="SERTT"), "did you mean 'SERT'"),
        (lambda: drugs.occupancy_fits(target="SERTT"), "did you mean 'SERT'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "call",
)
def test_an_unknown_name_is_answered_with_those_that_exist(
    ask: Callable[[], Any], hint: str
) -> None:
    with pytest.raises(KeyError, match=hint):
        ask()


def test_filters_narrow_and_never_invent() -> None:
    everything = drugs.affinities()
    binding = drugs.affinities("venlafaxine", "SERT", assay="binding")
    assert set(binding) < set(drugs.affinities("venlafaxine")) < set(everything)
    assert {row.quantity.value for row in binding} == {8.9, 82, 7.5}
    assert drugs.affinities("venlafaxine", "alpha2delta-1") == ()
    assert drugs.observations("venlafaxine", target="alpha2delta-1") == ()
    assert all(row.drug == "duloxetine" for row in drugs.observations("duloxetine"))
    assert all(row.id.startswith("takano2006") for row in drugs.observations(id="takano2006"))
    assert all(row.measure == "occupancy" for row in drugs.observations(measure="occupancy"))
    assert {fit.drug for fit in drugs.occupancy_fits(target="NET")} >= {"duloxetine", "milnacipran"}


def test_the_default_affinity_is_a_binding_constant_where_there_is_one() -> None:
    assert float(drugs.affinity("sertraline", "SERT")) == 0.29
    assert float(drugs.affinity("duloxetine", "SERT")) == 0.8
    assert float(drugs.affinity("escitalopram", "SERT")) == 1.1


def test_occupancy_fit_by_region_and_target() -> None:
    assert drugs.occupancy_fit("escitalopram").region == "dorsal raphe"
    assert drugs.occupancy_fit("escitalopram", region="putamen").id.endswith("putamen")
    assert drugs.occupancy_fit("milnacipran", target="NET").ed50 is not None
    disputed = drugs.occupancy_fit("citalopram").ed50
    assert disputed is not None
    assert "disputed" in disputed.note.lower()


def test_constants_of_one_module() -> None:
    found = drugs.constants("gaba")
    assert found
    assert all(name.startswith("gaba.") for name in found)
    assert set(found.items()) <= set(drugs.constants().items())


def test_rows_cannot_be_changed() -> None:
    drug = drugs.get("sertraline")
    with pytest.raises(dataclasses.FrozenInstanceError):
        drug.name = "placebo"  # type: ignore[misc]
    with pytest.raises(TypeError):
        drug.parameters["fu"] = drug.fu  # type: ignore[index]
    with pytest.raises(TypeError):
        drugs.constants()["raphe.hill"] = drug.fu  # type: ignore[index]


def test_tables_are_read_once() -> None:
    assert data.observations() is data.observations()
    assert data.parameters() is data.parameters()


@given(st.lists(st.sampled_from(GRADES), min_size=1))
def test_the_weakest_grade_is_the_last_in_order(grades: list[str]) -> None:
    assert GRADES.index(weakest(*grades)) == max(GRADES.index(grade) for grade in grades)


def test_grades_outside_the_list_are_refused() -> None:
    with pytest.raises(ValueError, match="primary"):
        weakest("primary", "certain")
    with pytest.raises(ValueError, match="at least one"):
        weakest()


@given(st.floats(-1e6, 1e6))
def test_a_quantity_is_its_value(value: float) -> None:
    quantity = Quantity(value, "%", source="a1; b2")
    assert float(quantity) == value
    assert quantity.fraction == value / 100
    assert quantity.sources == ("a1", "b2")
    assert Quantity(value, "1").fraction == value
    with pytest.raises(ValueError, match="'mg'"):
        _ = Quantity(value, "mg").fraction


def test_a_quantity_of_no_known_grade_is_refused() -> None:
    with pytest.raises(ValueError, match=r"grade must be one of primary.*'guessed'"):
        Quantity(1.0, "mg", grade="guessed")
    with pytest.raises(ValueError, match=r"spread_kind must be one of .*'iqr'"):
        Quantity(1.0, "mg", spread_kind="iqr")


HEAD = "constant,value,unit,low,high,spread,spread_kind,n,population,source,grade,note"
GOOD = "a.b,1,1,,,,,,,,assumed,Chosen."


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"{HEAD}\n{GOOD}\na.c,one,1,,,,,,,,assumed,Chosen.", "line 3: could not convert .*'one'"),
        (f"{HEAD}\n{GOOD.replace('assumed', 'guessed')}", "line 2: grade must be one of"),
        (f"{HEAD}\n{GOOD}\n\na.d,1,1,,,,,1.5,,,assumed,Chosen.", "line 4: invalid literal"),
        (f"{HEAD}\n{GOOD},more", "line 2: a row must have 12 cells"),
        (f"{HEAD}\na.b,1,1", "line 2: a row must have 12 cells"),
        (f"{HEAD.replace('unit', 'units')}\n{GOOD}", "line 2: no column 'unit'"),
    ],
)
def test_a_fault_in_a_table_names_file_and_line(
    monkeypatch: pytest.MonkeyPatch, text: str, fault: str
) -> None:
    monkeypatch.setattr(data, "_text", lambda filename: text)
    with pytest.raises(ValueError, match=rf"constants\.csv, {fault}"):
        data.constants.__wrapped__()


def test_every_parameter_has_a_plain_label() -> None:
    assert {row.name for row in data.parameters()} == set(data.parameter_labels())
