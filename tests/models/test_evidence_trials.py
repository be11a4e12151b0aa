"""Virtual trials against power formulae, and what drop-out does to them."""

import time

import numpy as np
import pytest
from statsmodels.stats.power import TTestIndPower

from mechanisms import evidence

DESIGN = {"drug_effect": 2.8, "placebo_change": 9.0, "sd": 7.6}


def test_power_equals_statsmodels():
    for d, n, alpha in ((0.37, 90, 0.05), (0.2, 30, 0.01), (0.9, 40, 0.05)):
        expected = TTestIndPower().power(d, n, alpha)
        assert evidence.power_two_means(d * 7.6, 7.6, n, alpha) == pytest.approx(expected, abs=1e-6)
    assert evidence.power_two_means(0.0, 7.6, 50) == pytest.approx(0.05)
    # far out the noncentral t distribution gives nan
    assert evidence.power_two_means(1.5, 1.0, 200) == 1.0


def test_size_reaches_the_power_and_no_more():
    for power in (0.8, 0.9):
        n = evidence.patients_per_arm(2.8, 7.6, power)
        assert evidence.power_two_means(2.8, 7.6, n) >= power - 0.002
        assert evidence.power_two_means(2.8, 7.6, n - 2) < power


def test_virtual_trials_have_the_power_of_the_formula():
    result = evidence.virtual_trials(4000, 90, **DESIGN, seed=5)
    assert result.estimate.mean() == pytest.approx(-2.8, abs=0.06)
    assert result.power() == pytest.approx(float(evidence.power_two_means(2.8, 7.6, 90)), abs=0.025)
    np.testing.assert_allclose(result.se.mean(), 7.6 * np.sqrt(2 / 90), rtol=0.01)


def test_a_null_drug_is_found_effective_at_half_the_level():
    result = evidence.virtual_trials(6000, 60, 0.0, 9.0, 7.6, seed=2)
    assert result.power() == pytest.approx(0.025, abs=0.007)


def test_dropout_dilutes_the_carried_forward_difference_not_the_completers():
    whole = evidence.virtual_trials(3000, 90, **DESIGN, seed=1)
    left = evidence.virtual_trials(
        3000, 90, **DESIGN, seed=1, dropout_drug=0.3, dropout_placebo=0.3
    )
    assert abs(left.estimate.mean()) < 0.93 * abs(whole.estimate.mean())
    assert left.completer_estimate.mean() == pytest.approx(whole.estimate.mean(), rel=0.06)
    assert left.completed_drug.mean() == pytest.approx(63, abs=0.5)
    assert left.power() < whole.power()
    np.testing.assert_allclose(whole.completer_estimate, whole.estimate)


def test_response_rises_with_placebo_change_in_both_arms():
    result = evidence.virtual_trials(500, 100, 2.8, [6.0, 12.0], 7.6, seed=3)
    assert result.estimate.shape == (2, 500)
    assert result.response_placebo[1].mean() > result.response_placebo[0].mean() + 0.2
    assert (result.response_drug.mean(-1) > result.response_placebo.mean(-1)).all()
    # the same patients meet both designs
    np.testing.assert_allclose(result.estimate[0], result.estimate[1], atol=1e-9)


def test_same_seed_same_trials():
    one = evidence.virtual_trials(20, 30, **DESIGN, seed=9)
    np.testing.assert_array_equal(
        one.estimate, evidence.virtual_trials(20, 30, **DESIGN, seed=9).estimate
    )
    other = evidence.virtual_trials(20, 30, **DESIGN, seed=10)
    assert not np.array_equal(one.estimate, other.estimate)


def test_thousands_of_trials_are_quick():
    start = time.process_time()
    evidence.virtual_trials(5000, 100, **DESIGN, dropout_drug=0.2, dropout_placebo=0.1)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"trials": 0}, "trials must be at least 1"),
        ({"patients_per_arm": 1}, "patients_per_arm at least 2"),
        ({"sd": -1.0}, "sd must be above 0, got -1"),
        ({"dropout_drug": 1.0}, "must be below 1"),
        ({"weeks": 0.0}, "weeks must be above 0"),
        ({"baseline": np.nan}, "baseline must be finite, got nan"),
    ],
)
def test_bad_input_names_argument_and_range(changes, message):
    arguments = {"trials": 5, "patients_per_arm": 10, **DESIGN, **changes}
    with pytest.raises(ValueError, match=message):
        evidence.virtual_trials(**arguments)


def test_no_size_for_a_null_effect():
    with pytest.raises(ValueError, match="difference must not be 0"):
        evidence.patients_per_arm(0.0, 7.6)
    with pytest.raises(ValueError, match="patients_per_arm must be at least 2"):
        evidence.power_two_means(1.0, 7.6, 1)
