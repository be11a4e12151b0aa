"""Onset by class, placebo and early worsening against their equations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp
from scipy.stats import lognorm

from mechanisms import symptoms as s

DAYS = np.arange(0.0, 85.0)


def test_turnover_solves_its_equation():
    inhibition = 0.5 * (1 - np.exp(-DAYS / 6))

    def rhs(t, x):
        return 0.05 * (1 - np.interp(t, DAYS, inhibition)) - 0.05 * x

    expected = solve_ivp(rhs, (0, 84), [1.0], t_eval=DAYS, rtol=1e-9, max_step=0.5).y[0]
    # The solver steps over the corners of the broken line, which costs it 1e-5.
    assert_allclose(s.turnover(DAYS, inhibition, 0.05), expected, rtol=3e-5)


@pytest.mark.parametrize(("build", "kout"), [(6.0, 0.05), (20.0, 0.05), (0.2, 0.5)])
def test_onset_solves_its_equation(build, kout):
    def rhs(t, x):
        return kout * (1 - 0.3 * (1 - np.exp(-t / build)) - x)

    x = solve_ivp(rhs, (0, 84), [1.0], t_eval=DAYS, rtol=1e-10, atol=1e-12).y[0]
    found = s.onset(DAYS, "SSRI", 0.3, build, kout)
    assert_allclose(found.separation, 1 - x, atol=1e-8)
    assert_allclose(found.placebo - found.drug, found.separation)


def test_placebo_by_hand():
    assert_allclose(s.placebo_response([0.0, 10.0], 0.4, 10.0), [1.0, 1 - 0.4 * (1 - np.exp(-1))])


def test_placebo_time_comes_from_the_registry_trials():
    # Fractions of the week-8 change at the first two visits: 42-51 % and 65-75 %.
    fall = 1 - s.placebo_response([7.0, 14.0, 56.0])
    assert 0.42 <= fall[0] / fall[2] <= 0.51
    assert 0.65 <= fall[1] / fall[2] <= 0.75


def test_published_shapes():
    # Linear: a third at week 4 of 12. Logarithmic: ln 5 over ln 13.
    assert_allclose(s.separation_shape([0, 4, 12], "SSRI"), [0, 1 / 3, 1])
    assert_allclose(s.separation_shape([0, 4, 12], "SNRI"), [0, np.log(5) / np.log(13), 1])


def test_classes_follow_the_order_of_the_trials():
    first, weeks = {}, {}
    for name in s.CLASSES:
        course = s.onset(DAYS, name).separation
        first[name], weeks[name] = course[7], course / course[-1]
        assert np.all(np.diff(course) >= 0)
    assert first["benzodiazepine"] > first["SNRI"] > first["SSRI"] > 0
    # Near-linear for the SSRI, front-loaded for the SNRI: as fitted by others, chosen here.
    assert np.abs(weeks["SSRI"] - DAYS / 84).max() < 0.1
    assert np.abs(weeks["SNRI"] - s.separation_shape(DAYS / 7, "SNRI")).max() < 0.25


def test_early_worsening_passes():
    # A step of raphe serotonin by 2 units is felt as 2 exp(-t/tau) times the susceptibility.
    course = s.early_worsening(DAYS, np.full(DAYS.size, 3.0), 0.1, 5.0)
    assert_allclose(course, 0.2 * np.exp(-DAYS / 5), atol=1e-12)


def test_incidence_against_the_lognormal_distribution():
    found = s.worsening_incidence([1.0, 2.0], 0.15, 0.02, 0.8)
    expected = lognorm.sf(0.15 / np.array([1.0, 2.0]), 0.8, scale=0.02)
    assert_allclose(found, expected)
    assert s.worsening_incidence(0.0) == 0.0


def test_incidence_spans_the_reported_range_with_the_threshold():
    rates = s.worsening_incidence(2.0, [0.03, 0.3])
    assert rates[0] > 0.5
    assert rates[1] < 0.04


@given(st.floats(0, 1), st.floats(0.1, 100), st.floats(0.01, 2))
def test_separation_is_bounded_by_the_relief(relief, build, kout):
    found = s.onset(DAYS, "SNRI", relief, build, kout).separation
    assert np.all((found >= -1e-12) & (found <= relief + 1e-12))


def test_shapes():
    assert s.onset(DAYS, "SSRI", np.full((3, 1), 0.2), np.ones(4)).drug.shape == (3, 4, 85)
    assert s.early_worsening(DAYS, np.ones((5, 85)), np.ones(5)).shape == (5, 85)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: s.turnover(DAYS, np.full(85, 1.5)), ValueError, "inhibition must be at most 1"),
        (lambda: s.turnover(DAYS, np.zeros(85), 0.0), ValueError, "kout_per_day must be above 0"),
        (lambda: s.turnover([], np.zeros(1)), ValueError, "times must be a non-empty"),
        (lambda: s.placebo_response(DAYS, 2.0), ValueError, "size must be between 0 and 1"),
        (lambda: s.placebo_response([], 0.4), ValueError, "t_days must be a non-empty"),
        (lambda: s.onset(DAYS, "MAOI"), KeyError, "drug_class must be one of SSRI"),
        (lambda: s.onset(DAYS, "SSRI", -0.1), ValueError, "relief must be between 0 and 1"),
        (lambda: s.onset(DAYS, "SSRI", 0.1, 0), ValueError, "effect_days must be above 0"),
        (lambda: s.separation_shape(1.0, "MAOI"), KeyError, "drug_class must be 'SSRI' or"),
        (lambda: s.separation_shape(-1.0, "SSRI"), ValueError, "t_weeks must be at least 0"),
        (lambda: s.early_worsening(DAYS, -np.ones(85)), ValueError, "raphe must be at least 0"),
        (lambda: s.early_worsening(DAYS, np.ones(85), -1), ValueError, "susceptibility must be"),
        (lambda: s.worsening_incidence(-1.0), ValueError, "peak must be at least 0"),
        (lambda: s.worsening_incidence(1.0, 0.0), ValueError, "threshold must be above 0"),
    ],
)
def test_bad_input_names_the_argument_and_the_range(call, error, message):
    with pytest.raises(error, match=message):
        call()
