"""Kidney, liver, genes and interactions, against the numbers worked out in the dossier."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mechanisms import clearance

share = st.floats(0, 0.99)
strength = st.floats(0, 1e3)


def test_the_seventy_two_year_old():
    clcr = clearance.creatinine_clearance(72, 60, 1.6, True)
    assert clcr == pytest.approx(0.85 * 68 * 60 / (72 * 1.6))
    assert clcr == pytest.approx(30, abs=0.2)
    cl = clearance.renal_clearance(30.0)
    assert cl == pytest.approx(1.01, abs=0.005)
    assert np.log(2) * 37 / cl == pytest.approx(25, abs=0.5)
    assert clearance.renal_dose(300.0, 30.0) == pytest.approx(90)


def test_pregabalin_half_lives():
    half_life = np.log(2) * 37 / clearance.renal_clearance([120, 60, 30, 15])
    np.testing.assert_allclose(half_life, [6.4, 12.7, 25, 51], rtol=0.02)


def test_men_clear_more_creatinine_than_women():
    both = clearance.creatinine_clearance(50, 70, 1.0, [True, False])
    assert both[0] == pytest.approx(0.85 * both[1])


@given(st.floats(0.001, 0.999), st.floats(10, 200))
def test_liver_keeps_flow_and_availability_consistent(f, q):
    intrinsic = clearance.intrinsic_clearance(f, q)
    assert clearance.hepatic_availability(intrinsic, q) == pytest.approx(f)
    cl = clearance.hepatic_clearance(intrinsic, q)
    assert cl == pytest.approx(q * (1 - f), rel=1e-9)
    # oral exposure F/CL of a liver drug is 1/(fu CLint) at any extraction
    assert f / cl == pytest.approx(1 / intrinsic, rel=1e-6)


@given(st.floats(0.01, 1), st.floats(0.01, 0.99), st.floats(0.2, 2))
def test_without_shunt_exposure_follows_intrinsic_clearance_alone(cut, f, flow):
    assert clearance.hepatic_exposure_ratio(cut, f, flow) == pytest.approx(1 / cut, rel=1e-9)


def test_shunt_raises_exposure_of_a_drug_with_large_first_pass():
    ratio = clearance.hepatic_exposure_ratio(1.0, [0.04, 0.95], shunt=0.3)
    assert ratio[0] > 5
    assert ratio[1] < 1.6


def test_escitalopram_alleles():
    fm = clearance.fraction_metabolised(3.3)
    assert fm == pytest.approx(0.70, abs=0.005)
    assert clearance.relative_exposure(0.70, clearance.diplotype_activity(0, 1)) == pytest.approx(
        1.53, abs=0.01
    )
    seventeen = clearance.activity_from_exposure(0.80, 0.70)
    assert seventeen == pytest.approx(1.36, abs=0.005)
    one = clearance.relative_exposure(0.70, clearance.diplotype_activity(1, seventeen))
    assert one == pytest.approx(0.89, abs=0.005)


def test_sertraline_intermediate_metabolisers():
    fm = clearance.fraction_metabolised(2.68)
    assert clearance.relative_exposure(fm, 0.5) == pytest.approx(1.46, abs=0.005)


def test_alprazolam_inhibitors():
    strength = clearance.inhibition_from_ratio([3.98, 2.66, 1.96], 0.80)
    np.testing.assert_allclose(strength, [14.6, 3.5, 1.6], atol=0.05)
    np.testing.assert_allclose(clearance.interaction_ratio(0.80, strength), [3.98, 2.66, 1.96])
    assert clearance.interaction_bound(0.80) == pytest.approx(5)
    assert np.isinf(clearance.interaction_bound(1.0))


def test_an_inhibitor_does_nothing_in_a_poor_metaboliser():
    ratio = clearance.interaction_ratio(0.85, 14.0, [0.0, 0.5, 1.0])
    assert ratio[0] == 1
    assert (np.diff(ratio) > 0).all()


@given(share, strength, st.floats(0, 3))
def test_interaction_stays_within_its_bound(fm, strength, activity):
    ratio = clearance.interaction_ratio(fm, strength, activity)
    assert ratio >= 1 - 1e-12
    left = 1 - fm + fm * activity
    assert ratio <= left / (1 - fm) + 1e-9
    left = 1 - fm + fm * activity / (1 + strength)
    assert clearance.relative_exposure(
        fm, clearance.phenoconverted_activity(activity, strength)
    ) == pytest.approx(1 / left)


@given(st.floats(0.05, 0.99), st.floats(0, 3))
def test_activity_comes_back_from_exposure(fm, activity):
    ratio = clearance.relative_exposure(fm, activity)
    assert clearance.activity_from_exposure(ratio, fm) == pytest.approx(activity, abs=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: clearance.creatinine_clearance(12, 40, 0.5, True), "from 18 to below 140"),
        (lambda: clearance.creatinine_clearance(50, 0, 1, True), "weight_kg must be above 0"),
        (lambda: clearance.renal_dose(-1, 50), "dose_mg must be at least 0, got -1"),
        (lambda: clearance.intrinsic_clearance(0.0, 90), "availability must be above 0"),
        (lambda: clearance.hepatic_exposure_ratio(0.1, 1.0), "availability and shunt must be"),
        (lambda: clearance.fraction_metabolised(0.5), "must be at least 1, got 0.5"),
        (lambda: clearance.relative_exposure(1.0, 0.0), "nothing would clear the drug"),
        (lambda: clearance.relative_exposure(1.2, 1.0), "fm must be between 0 and 1, got 1.2"),
        (lambda: clearance.activity_from_exposure(5.0, 0.7), "ratio must be at most 1/"),
        (lambda: clearance.inhibition_from_ratio(5.0, 0.8), "ratio must be at least 1 and below"),
        (lambda: clearance.interaction_ratio(0.8, -1.0), "inhibitor_over_ki must be at least 0"),
    ],
)
def test_bad_input_names_argument_and_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()
