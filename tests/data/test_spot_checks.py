"""Numbers typed again from the evidence, not from the tables."""

import pytest

from mechanisms import data, drugs

PARAMETERS = [
    ("sertraline", "half_life_h", 26),
    ("sertraline", "fu", 0.02),
    ("sertraline", "level_per_mg_ng_mL", 0.61),
    ("escitalopram", "fu", 0.44),
    ("escitalopram", "oral_clearance_L_h", 36),
    ("citalopram", "level_per_mg_ng_mL", 2.5),
    ("paroxetine", "oral_clearance_reference_L_h", 13.1),
    ("paroxetine", "oral_clearance_dose_exponent", -0.363),
    ("fluoxetine", "fu", 0.055),
    ("venlafaxine", "fu", 0.73),
    ("desvenlafaxine", "half_life_h", 11),
    ("duloxetine", "oral_clearance_L_h", 114),
    ("duloxetine", "oral_volume_L", 1943),
    ("buspirone", "bioavailability", 0.04),
    ("buspirone", "volume_L_kg", 5.3),
    ("diazepam", "half_life_h", 31),
    ("nordazepam", "half_life_elderly_h", 80),
    ("lorazepam", "bioavailability", 0.93),
    ("pregabalin", "half_life_h", 6.3),
    ("gabapentin", "volume_L", 58),
    ("duloxetine", "molar_mass_g_mol", 297.4),
    ("paroxetine", "reference_high_ng_mL", 65),
]

AFFINITIES = [
    ("sertraline", "SERT", "binding", "tatsumi1997", 0.29),
    ("sertraline", "SERT", "binding", "owens2001", 0.26),
    ("sertraline", "SERT", "uptake", "owens2001", 2.8),
    ("paroxetine", "SERT", "binding", "tatsumi1997", 0.13),
    ("duloxetine", "NET", "binding", "bymaster2001", 7.5),
    ("venlafaxine", "SERT", "binding", "bymaster2001", 82),
    ("venlafaxine", "NET", "binding", "tatsumi1997", 1060),
    ("venlafaxine", "SERT", "uptake", "owens1997", 102),
    ("R-citalopram", "SERT", "binding", "owens2001", 36),
    ("milnacipran", "NET", "mixed", "pdsp2020", 68),
    ("escitalopram", "NET", "binding", "owens2001", 7841),
    ("diazepam", "GABA-A alpha3", "function", "dawson2006", 48),
]

OBSERVATIONS = [
    ("meyer2001-paroxetine-20", 83),
    ("takano2006-duloxetine-single-53h", 44.9),
    ("takano2006-duloxetine-repeat-49h", 71.9),
    ("klein2007-escitalopram-10", 81.5),
    ("nogami2013-milnacipran-net-125", 47.3),
    ("moriguchi2017-duloxetine-net-40", 30.5),
    ("thase1998-dbp-over300", 9.1),
    ("beique1999-venlafaxine-lc", 727),
    ("ceglia2004-escitalopram-d13", 422),
    ("dawson2006-alpha2", 135),
    ("fujita1999-alprazolam", 16),
    ("fink2002-calcium-pregabalin", -35),
    ("citalopram-qtc-60", 18.5),
    ("slee2019-pregabalin", -2.79),
    ("batelaan2017-hr", 3.63),
    ("label-venlafaxine-mdd12-dbp-high", 3.56),
    ("lorazepam-css-10", 164),
]

CONSTANTS = [
    ("effect_site.ke0_per_h", 0.288),
    ("varicosity.sert_km", 0.060),
    ("varicosity.g_protein_basal", 0.8561),
    ("gaba.jones_westbrook.d2", 0.875),
    ("gaba.mozrzymas.d2", 12),
    ("gaba.p_max", 0.90),
    ("tolerance.k_per_d", 0.107),
    ("gabapentin.absorption_ed50_mg", 3080),
]


@pytest.mark.parametrize(("drug", "name", "value"), PARAMETERS)
def test_parameter(drug: str, name: str, value: float) -> None:
    assert float(drugs.get(drug).parameter(name)) == value


@pytest.mark.parametrize(("drug", "target", "assay", "source", "value"), AFFINITIES)
def test_affinity(drug: str, target: str, assay: str, source: str, value: float) -> None:
    assert float(drugs.affinity(drug, target, assay=assay, source=source)) == value


@pytest.mark.parametrize(("name", "value"), OBSERVATIONS)
def test_observation(name: str, value: float) -> None:
    assert float(drugs.observation(name).quantity) == value


@pytest.mark.parametrize(("name", "value"), CONSTANTS)
def test_constant(name: str, value: float) -> None:
    assert float(drugs.constant(name)) == value


def test_occupancy_fits() -> None:
    fit = drugs.occupancy_fit("sertraline")
    assert fit.omax is not None
    assert fit.ed50 is not None
    assert (fit.omax.value, fit.ed50.value) == (92.01, 7.72)
    at_doses = [fit.omax.value * dose / (fit.ed50.value + dose) for dose in (25, 50, 100, 200)]
    assert at_doses == pytest.approx([70.3, 79.7, 85.4, 88.6], abs=0.06)
    takano = {fit.id: fit for fit in drugs.occupancy_fits("duloxetine")}["takano2006-duloxetine"]
    assert takano.ec50 is not None
    assert takano.ec50.value == 3.7
    assert takano.omax is None


def test_plausible_neighbours_agree() -> None:
    level = 60 * float(drugs.get("duloxetine").parameter("level_per_mg_ng_mL"))
    assert level == pytest.approx(21.9, abs=0.05)
    by_hand = 1000 * (600 / 24 / 4.03) / float(drugs.get("pregabalin").molar_mass)
    assert float(drugs.constant("pregabalin.level_600_uM")) == pytest.approx(by_hand, abs=0.1)


def test_trials_and_ratios() -> None:
    events = {row.id: (row.events, row.total) for row in data.event_arms()}
    assert events["walkup2008-response-sertraline-and-cbt"] == (113, 140)
    assert events["gandhi2017-labs-hyponatraemia-admission-30-days-antidepressant"] == (73, 4186)
    assert events["lenze2009-urinary-placebo"] == (0, 92)
    ratios = {
        (row.victim, row.perpetrator, row.measure, row.conditions): row.quantity.value
        for row in data.interactions()
    }
    assert ratios["buspirone", "itraconazole", "AUC ratio", ""] == 19.2
    assert ratios["alprazolam", "paroxetine", "AUC ratio", ""] == 0.94
    genes = {
        (row.drug, row.phenotype, row.measure): row.quantity.value for row in data.phenotypes()
    }
    assert genes["escitalopram", "null/null", "exposure ratio, TDM"] == 3.3
    assert genes["sertraline", "poor", "plasma level at 100 mg/day"] == 277.4
    risk = {row.id: row.quantity for row in data.risks()}
    assert (risk["falls-ssri"].value, risk["falls-ssri"].low) == (2.02, 1.85)
    doses = {
        (row.drug, row.outcome, row.dose_mg): row.quantity.value for row in data.dose_response()
    }
    assert doses["SSRI", "response", 30] == 1.286
    assert doses["venlafaxine", "response", 375] == 1.639
    equal = {(row.drug, row.table): row.quantity.value for row in data.equivalents()}
    assert equal["lorazepam", "VA/DoD 2021"] == 2 * equal["lorazepam", "Ashton 2002"]


def test_answers_of_the_norepinephrine_tests_by_dose() -> None:
    """Dose and answer, 1 for an effect and 0 for none, as the sources give them."""
    tyramine = "tyramine pressor response attenuated"
    for drug, measure, expected in (
        ("duloxetine", tyramine, {(20, 0), (60, 0), (120, 1)}),
        ("venlafaxine", tyramine, {(75, 0), (150, 0), (300, 0), (225, 1)}),
        ("duloxetine", "blood pressure raised", {(80, 1)}),
        ("venlafaxine", "blood pressure raised", {(100, 0), (150, 0), (250, 0), (300, 1)}),
    ):
        rows = drugs.observations(drug, measure=measure)
        assert {(row.dose, row.quantity.value) for row in rows} == expected
    above = drugs.observation("thase1998-venlafaxine-over300-pressure")
    assert above.conditions == "Above 300 mg/day"


@pytest.mark.parametrize(
    ("drug", "low", "high"),
    [("duloxetine", 5, 120), ("venlafaxine", 75, 375), ("milnacipran", 25, 200)],
)
def test_doses_studied_in_people(drug: str, low: float, high: float) -> None:
    studied = drugs.observation(f"{drug}-doses-studied").quantity
    assert (studied.low, studied.high) == (low, high)
