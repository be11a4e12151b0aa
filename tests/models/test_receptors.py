"""Binding, competition and the dose hyperbola against arithmetic done by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mechanisms import receptors as r

conc = st.floats(0, 1e6)
pos = st.floats(1e-6, 1e6)
share = st.floats(0, 1)


def test_free_concentration_of_sertraline():
    # 30.5 ng/mL, 1.5 % free, 306.2 g/mol: 0.4575 ng/mL free = 1.494 nM.
    assert_allclose(r.free_concentration(30.5, 0.015, 306.2), 1.49412, rtol=1e-5)


def test_sertraline_occupancy_from_binding_constant():
    # Dossier's check: 0.61 ng/mL per mg, fu 0.015, Ki 0.29 nM.
    free = r.free_concentration(0.61 * np.array([25, 50, 100, 200]), 0.015, 306.2)
    assert_allclose(100 * r.occupancy(free, 0.29), [72, 84, 91, 95], atol=0.6)
    assert_allclose(100 * r.occupancy(free, 2.8), [21, 35, 52, 68], atol=0.6)


def test_occupancy_is_half_at_kd_and_hill_at_ec50():
    assert r.occupancy(3.0, 3.0) == 0.5
    assert_allclose(r.hill(3.0, 3.0, 4.0, 2.7), 2.0)
    assert_allclose(r.hill(2.0, 1.0, 1.0, 2.0), 4 / 5)


def test_hill_survives_extreme_slopes():
    assert_allclose(r.hill(1e6, 1.0, 1.0, 100.0), 1.0)
    assert_allclose(r.hill(0.0, 1.0, 1.0, 0.3), 0.0)


def test_gaddum_shares():
    found = r.competitive_occupancy(2.0, 1.0, 6.0, 2.0)
    assert_allclose([found.agonist, found.drug], [2 / 6, 3 / 6])


@given(conc, pos, conc, pos)
def test_competition_lowers_the_agonist_and_never_exceeds_the_sites(a, ka, b, kb):
    both = r.competitive_occupancy(a, ka, b, kb)
    assert both.agonist <= r.occupancy(a, ka) + 1e-12
    assert 0 <= both.agonist + both.drug <= 1 + 1e-12


@given(st.floats(0, 100), st.floats(0.01, 100), share)
def test_sign_rule_of_the_partial_agonist(a, b, eps):
    before = r.partial_agonist_effect(a, 1.0, 0.0, 1.0, eps)
    after = r.partial_agonist_effect(a, 1.0, b, 1.0, eps)
    gap = eps - a / (1 + a)
    if abs(gap) > 1e-9:
        assert np.sign(after - before) == np.sign(gap)
    assert_allclose(r.critical_efficacy(a, 1.0), a / (1 + a))


@given(st.floats(0.1, 50), st.floats(0.01, 50), share, st.floats(0.1, 300), st.floats(0.5, 3))
def test_sign_rule_holds_with_reserve(a, b, eps, tau, n):
    before = r.operational_effect(a, 1.0, tau, n=n)
    after = r.operational_effect(a, 1.0, tau, b, 1.0, eps * tau, n)
    gap = eps - a / (1 + a)
    if abs(gap) > 1e-3 and 1e-9 < before < 1 - 1e-9:
        assert (after > before) == (gap > 0)


def test_buspirone_brakes_more_at_low_and_less_at_high_serotonin():
    # Efficacy 0.5: the turning point is where serotonin alone gives half its effect (a = 1).
    change = r.partial_agonist_effect([0.1, 1.0, 10.0], 1.0, 5.0, 1.0, 0.5) - np.array(
        [0.1 / 1.1, 0.5, 10 / 11]
    )
    assert change[0] > 0.2
    assert abs(change[1]) < 1e-12
    assert change[2] < -0.1


def test_operational_model_against_the_printed_equation():
    a, b, ta, tb, n = 0.7, 2.5, 20.0, 4.0, 1.6
    top = (ta * a + tb * b) ** n
    expected = 3.0 * top / ((1 + a + b) ** n + top)
    assert_allclose(r.operational_effect(a, 1.0, ta, b, 1.0, tb, n, 3.0), expected)


def test_reserve_makes_a_partial_agonist_look_full():
    drug_alone = r.operational_effect(0.0, 1.0, 1.0, 1e6, 1.0, np.array([0.5, 50.0]))
    assert_allclose(drug_alone, [1 / 3, 50 / 51], rtol=1e-5)


def test_published_hyperbola_of_sertraline():
    # 92.01 % and 7.72 mg: the four values are the dossier's arithmetic.
    seen = 100 * r.dose_occupancy([25, 50, 100, 200], 7.72, 0.9201)
    assert_allclose(seen, [70.3, 79.7, 85.4, 88.6], atol=0.06)


def test_three_ratios_have_three_denominators():
    found = r.occupancy_ratios([25.0, 50.0], 7.72, 0.9201, 0.8)
    assert_allclose(found.absolute, [0.703, 0.797], atol=5e-4)
    assert_allclose(found.of_plateau, [25 / 32.72, 50 / 57.72])
    assert_allclose(found.of_target, [0.879, 0.996], atol=5e-4)


@given(pos, pos, st.floats(0.01, 1))
def test_doubling_gain_is_the_difference_of_two_doses(dose, ed50, omax):
    expected = omax * (2 * dose / (ed50 + 2 * dose) - dose / (ed50 + dose))
    assert_allclose(r.doubling_gain(dose, ed50, omax), expected, rtol=1e-6, atol=1e-12)


def test_doubling_gains_most_at_ed50_over_root_two():
    doses = np.linspace(0.1, 50, 20001)
    assert_allclose(doses[np.argmax(r.doubling_gain(doses, 7.72))], 7.72 / np.sqrt(2), atol=0.01)


@given(st.floats(0, 0.98), pos)
def test_dose_for_occupancy_inverts_the_hyperbola(goal, ed50):
    dose = r.dose_for_occupancy(goal, ed50, 0.99)
    assert_allclose(0.99 * dose / (ed50 + dose), goal, rtol=1e-9, atol=1e-12)


@given(st.lists(conc, min_size=2, max_size=6).map(sorted), pos)
def test_occupancy_is_monotone_and_bounded(levels, kd):
    values = r.occupancy(levels, kd)
    assert np.all(np.diff(values) >= 0)
    assert np.all((values >= 0) & (values <= 1))


def test_broadcasting_keeps_the_common_shape():
    assert r.occupancy(np.ones((3, 1)), np.ones(4)).shape == (3, 4)
    assert r.dose_occupancy(np.ones((3, 1)), np.ones(4)).shape == (3, 4)
    assert r.operational_effect(np.ones((2, 1)), 1.0, np.ones(5)).shape == (2, 5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: r.occupancy(-1.0, 1.0), "concentration must be at least 0, got -1"),
        (lambda: r.occupancy(1.0, 0.0), "kd must be above 0, got 0"),
        (lambda: r.occupancy(np.nan, 1.0), "concentration must be finite, got nan"),
        (lambda: r.hill(1.0, 1.0, 1.0, 0.0), "n must be above 0"),
        (lambda: r.free_concentration(1.0, 1.2, 300), "fraction_unbound must be between 0 and 1"),
        (lambda: r.free_concentration(1.0, 0.2, 0), "molar_mass must be above 0"),
        (lambda: r.competitive_occupancy(1, 1, -2, 1), "drug must be at least 0"),
        (lambda: r.partial_agonist_effect(1, 1, 1, 1, 1.5), "efficacy must be between 0 and 1"),
        (lambda: r.critical_efficacy(-1, 1), "must be at least 0"),
        (lambda: r.operational_effect(1, 1, -1), "tau_agonist must be at least 0"),
        (lambda: r.dose_occupancy(-5.0, 1.0), "dose_mg must be at least 0, got -5.0"),
        (lambda: r.dose_occupancy(5.0, 1.0, 1.068), "omax must be between 0 and 1"),
        (lambda: r.dose_for_occupancy(0.9, 5.0, 0.85), "target must be below omax 0.85, got 0.9"),
        (lambda: r.occupancy_ratios(5.0, 1.0, 0.0), "omax must be above 0"),
        (lambda: r.occupancy_ratios(5.0, 1.0, 0.9, 0.0), "target must be above 0"),
        (lambda: r.doubling_gain(np.inf, 1.0), "dose_mg must be finite"),
        (lambda: r.occupancy("many", 1.0), "concentration must be a number"),
    ],
)
def test_bad_input_names_the_argument_and_the_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()
