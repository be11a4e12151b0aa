"""The set-point model against quadrature, a stiff solver and the dossier's withdrawal table."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from mechanisms import adaptation as ad

GRID = np.array([0.0, 0.5, 1.0, 3.0, 7.0, 20.0])


def test_relax_is_an_exponential():
    assert_allclose(ad.relax(1.0, 0.1, 0.1, [0, 7, 14]), 0.1 + 0.9 * np.exp([0, -0.7, -1.4]))


@pytest.mark.parametrize("rate", [0.0, 1e-6, 0.1, 3.0, 1e4])
def test_follow_is_exact_for_a_broken_line(rate):
    goal = np.array([0.0, 2.0, -1.0, 4.0, 4.0, 1.0])
    found = ad.follow(GRID, goal, rate, 0.3)

    def rhs(t, m):
        return rate * (np.interp(t, GRID, goal) - m)

    state, expected = np.array([0.3]), [0.3]
    for a, b in pairwise(GRID):
        state = solve_ivp(rhs, (a, b), state, method="LSODA", rtol=1e-11, atol=1e-12).y[:, -1]
        expected.append(state[0])
    assert_allclose(found, expected, rtol=1e-7, atol=1e-7)


def test_follow_starts_adapted_unless_told_otherwise():
    assert_allclose(ad.follow(GRID, np.full(6, 3.0), 0.5), 3.0)
    assert ad.follow(GRID, np.ones((4, 6)), np.full((3, 1), 0.1), 0.0).shape == (3, 4, 6)


def test_settle_with_a_fixed_set_point_is_relax():
    found = ad.settle(GRID, lambda m, t: np.full_like(m, 0.1), [0.1, 0.5], np.ones(2), 0.5)
    assert_allclose(found, ad.relax(1.0, 0.1, np.array([[0.1], [0.5]]), GRID), rtol=1e-12)


def test_settle_is_second_order_in_its_step():
    def rhs(t, m):
        return 0.7 * (1 / (1 + m**2) + np.sin(t) - m)

    expected = solve_ivp(rhs, (0, 20), [0.2], t_eval=GRID, rtol=1e-11, atol=1e-12).y[0]
    errors = [
        np.abs(
            ad.settle(GRID, lambda m, t: 1 / (1 + m**2) + np.sin(t), 0.7, 0.2, step) - expected
        ).max()
        for step in (0.2, 0.1, 0.05)
    ]
    assert errors[-1] < 2e-4
    assert 3 < errors[0] / errors[1] < 5
    assert 3 < errors[1] / errors[2] < 5


@pytest.mark.parametrize("k", [0.01, 0.7, 1e3])
def test_settle_is_exact_for_a_set_point_on_a_parabola(k):
    # dm/dt = k (t**2 - m) from 0; the smallest k takes the series for short steps
    expected = GRID**2 - 2 * GRID / k + 2 / k**2 * -np.expm1(-k * GRID)
    found = ad.settle(GRID, lambda m, t: np.asarray(t**2), k, 0.0, 0.05)
    assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


def test_settle_lands_on_the_fixed_point_for_a_stiff_rate():
    # m = 1/(1 + m) is the golden ratio less one.
    found = ad.settle(GRID, lambda m, t: 1 / (1 + m), 1e6, 0.0, 0.25)
    assert_allclose(found[3:], (np.sqrt(5) - 1) / 2, atol=1e-5)


def test_tolerance_and_rebound_are_two_sides_of_one_model():
    t = np.arange(0.0, 61.0, 0.05)
    dose = np.where(t < 30, 1.0, 0.0)
    course = ad.adapt(t, dose, 0.2)
    assert course.net[0] == 1.0
    assert abs(course.net[590]) < 0.01
    assert course.net[605] < -0.9
    assert_allclose(course.net, course.stimulus - course.adaptation)


def test_rebound_solves_the_equation():
    k, k_tol, g = 1.386, 0.107, 0.8

    def rhs(t, m):
        return k_tol * (g * np.exp(-k * t) - m)

    t = np.array([0.5, 2.0, 5.0, 20.0])
    m = solve_ivp(rhs, (0, 20), [g], t_eval=t, rtol=1e-11, atol=1e-13).y[0]
    assert_allclose(ad.rebound(t, k, k_tol, g), np.exp(-k * t) - m, rtol=1e-8)


def test_dossier_table_of_withdrawal_peaks():
    # Adaptation set so that a half-life of 12 h peaks on day 2; the rest follows.
    k_tol = brentq(lambda x: ad.rebound_peak_time(np.log(2) / 0.5, x) - 2.0, 1e-3, 1.0)
    assert_allclose(k_tol, 0.107, atol=5e-4)
    half_lives = np.array([11, 14, 40, 80, 100])
    k = np.log(2) * 24 / half_lives
    peak = ad.rebound_peak_time(k, k_tol)
    assert_allclose(peak, [1.9, 2.2, 4.4, 6.6, 7.4], atol=0.05)
    assert_allclose(-ad.rebound(peak, k, k_tol), [0.82, 0.79, 0.62, 0.49, 0.45], atol=0.006)


@pytest.mark.parametrize("k", [0.05, 0.107, 0.107 + 1e-9, 0.9])
def test_area_of_the_deficit_does_not_depend_on_the_drug(k):
    t = np.linspace(0, 1, 100001) ** 2 * 600
    area = np.trapezoid(-ad.rebound(t, k, 0.107), t)
    assert_allclose(area, 1 / 0.107, rtol=1e-5)


@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_peak_time_is_symmetric_and_stationary(a, b):
    t = ad.rebound_peak_time(a, b)
    assert_allclose(t, ad.rebound_peak_time(b, a), rtol=1e-9)
    # At the peak of exp(-bt) - exp(-at) both slopes agree.
    assert_allclose(a * np.exp(-a * t), b * np.exp(-b * t), rtol=1e-6, atol=1e-300)


def test_peak_time_where_the_rates_meet():
    assert_allclose(ad.rebound_peak_time(0.25, 0.25), 4.0)
    assert_allclose(ad.rebound_peak_time(0.25, 0.25 + 1e-12), 4.0, rtol=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ad.relax(1, 0, -1, 1), "rate must be at least 0"),
        (lambda: ad.relax(1, 0, 1, -1), "elapsed must be at least 0"),
        (lambda: ad.follow([], [1.0], 1), "times must be a non-empty"),
        (lambda: ad.follow(GRID, np.ones(5), 1), "set_point must have 6 times"),
        (lambda: ad.follow(GRID, np.full(6, np.nan), 1), "set_point must be finite"),
        (lambda: ad.settle(GRID, lambda m, t: m, -1, 1, 1), "rate must be at least 0"),
        (lambda: ad.settle(GRID, lambda m, t: m, 1, 1, 0), "max_step must be above 0"),
        (lambda: ad.adapt(GRID, np.ones(6), 1, 1.5), "gain must be between 0 and 1"),
        (lambda: ad.adapt(GRID, np.ones(5), 1), "set_point must have 6 times"),
        (lambda: ad.rebound(-1, 1, 1), "elapsed must be at least 0"),
        (lambda: ad.rebound(1, 0, 1), "elimination_rate must be above 0"),
        (lambda: ad.rebound_peak_time(1, 0), "adaptation_rate must be above 0"),
    ],
)
def test_bad_input_names_the_argument_and_the_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()
