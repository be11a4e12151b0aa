"""Relapse curves and diagnostic tests against closed forms, statsmodels and the printed anchors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mechanisms import evidence


def test_feltner_placebo_points():
    fit = evidence.weibull_through([23, 168], [0.50, 0.35])
    assert fit.shape == pytest.approx(0.21, abs=0.005)
    assert fit.scale == pytest.approx(133, abs=0.5)
    np.testing.assert_allclose(
        evidence.weibull_survival([0, 23, 168], *fit), [1.0, 0.50, 0.35], rtol=1e-12
    )
    rate = evidence.exponential_through(23, 0.5)
    assert evidence.exponential_survival(168, rate) == pytest.approx(0.5 ** (168 / 23))
    assert evidence.exponential_survival(168, rate) == pytest.approx(0.006, abs=5e-4)


def test_hazard_ratios_from_end_points():
    ratio = evidence.hazard_ratio_from_proportions([0.109, 0.137, 0.42], [0.399, 0.418, 0.65])
    np.testing.assert_allclose(ratio, [0.227, 0.27, 1 / 1.93], atol=0.003)


@given(st.floats(0.2, 4), st.floats(1, 300))
def test_weibull_through_points_of_a_weibull_curve_gives_it_back(shape, scale):
    t = scale * np.array([0.2, 0.7, 1.5])
    fit = evidence.weibull_through(t, stats.weibull_min.sf(t, shape, scale=scale))
    assert fit.shape == pytest.approx(shape, rel=1e-6)
    assert fit.scale == pytest.approx(scale, rel=1e-6)


def test_weibull_from_counts_recovers_the_curve_and_is_a_maximum():
    t, n = np.array([5.0, 10, 20, 40, 80]), 100_000
    survival = np.concatenate([[1.0], stats.weibull_min.sf(t, 0.6, scale=30)])
    events = n * -np.diff(survival)
    fit = evidence.weibull_from_counts(t, events, n)
    assert fit.shape == pytest.approx(0.6, rel=1e-4)
    assert fit.scale == pytest.approx(30, rel=1e-4)

    few = np.array([12.0, 7, 3, 9, 2])

    def likelihood(shape, scale):
        s = np.concatenate([[1.0], stats.weibull_min.sf(t, shape, scale=scale)])
        return (few * np.log(-np.diff(s))).sum() + (50 - few.sum()) * np.log(s[-1])

    shape, scale = (float(x) for x in evidence.weibull_from_counts(t, few, 50))
    top = likelihood(shape, scale)
    for a, b in ((1.01, 1), (0.99, 1), (1, 1.01), (1, 0.99)):
        assert likelihood(shape * a, scale * b) < top


def test_exponential_from_counts():
    rate, se = evidence.exponential_from_counts([16, 0], 400.0)
    np.testing.assert_allclose(rate, [0.04, 0])
    np.testing.assert_allclose(se, [0.01, 0])


@given(st.floats(0.01, 0.95), st.floats(0.1, 5))
def test_hazard_ratio_of_proportional_hazards(control, ratio):
    treated = 1 - (1 - control) ** ratio
    if treated < 1 - 1e-9:
        assert evidence.hazard_ratio_from_proportions(treated, control) == pytest.approx(ratio)


def test_gad7_at_ten():
    ratios = evidence.likelihood_ratios(0.89, 0.82)
    assert ratios.positive == pytest.approx(4.94, abs=0.005)
    assert ratios.negative == pytest.approx(0.134, abs=5e-4)
    values = evidence.predictive_values([0.05, 0.076, 0.20], 0.89, 0.82)
    np.testing.assert_allclose(values.positive, [0.21, 0.29, 0.55], atol=0.005)
    assert values.negative[1] == pytest.approx(0.99, abs=0.002)


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_predictive_values_are_shares_of_a_crowd(prior, sens, spec):
    values = evidence.predictive_values(prior, sens, spec)
    positives = prior * sens + (1 - prior) * (1 - spec)
    assert values.positive == pytest.approx(prior * sens / positives)
    assert values.negative == pytest.approx((1 - prior) * spec / (1 - positives))


@given(st.floats(0.01, 0.99), st.floats(0.01, 50))
def test_two_opposite_results_cancel(prior, ratio):
    once = evidence.post_test_probability(prior, ratio)
    assert evidence.post_test_probability(once, 1 / ratio) == pytest.approx(prior, rel=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: evidence.weibull_through([1, 2], [0.4, 0.6]), "survival must fall with time"),
        (lambda: evidence.weibull_through([1.0], [0.4]), "at least two times"),
        (lambda: evidence.weibull_through([0, 2], [0.6, 0.4]), "t must be above 0"),
        (lambda: evidence.weibull_through([], []), "t must be a non-empty 1-D array"),
        (lambda: evidence.weibull_survival(1, -1, 1), "shape must be above 0, got -1"),
        (lambda: evidence.exponential_survival(-1, 1), "t must be at least 0, got -1"),
        (lambda: evidence.weibull_from_counts([1, 2], [3, 3], 5), "n must be at least the sum"),
        (lambda: evidence.weibull_from_counts([1, 2], [0, 0], 5), "events must fall in"),
        (lambda: evidence.hazard_ratio_from_proportions(1.0, 0.5), "events must lie strictly"),
        (lambda: evidence.likelihood_ratios(0.9, 1.0), "specificity must lie strictly"),
        (lambda: evidence.post_test_probability(1.2, 3), "prior must be between 0 and 1, got 1.2"),
        (lambda: evidence.post_test_probability(1.0, 0.0), "certainties contradict"),
    ],
)
def test_bad_input_names_argument_and_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()
