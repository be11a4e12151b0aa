"""Saturable absorption, power laws and self-inhibition, against integration and bounds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from mechanisms import nonlinear

DRUG = nonlinear.SelfInhibitor(138.0, 7.3, 550.0, 0.4, 0.0136, 0.435, 80.0)


def test_gabapentin_bioavailability_of_the_dossier():
    dose = np.array([900, 1200, 2400, 3600, 4800])
    absorbed = nonlinear.absorbed_dose(dose, 2340, 3080)
    np.testing.assert_allclose(100 * absorbed / dose, [59, 55, 43, 35, 30], atol=0.55)
    assert absorbed[0] == pytest.approx(529, abs=0.5)
    assert absorbed[3] == pytest.approx(1261, abs=0.5)
    assert absorbed[3] / absorbed[0] == pytest.approx(2.4, abs=0.05)


@given(st.floats(0, 1e5), st.floats(1, 1e4), st.floats(0, 1e4))
def test_absorption_stays_below_dose_and_maximum(dose, top, extra):
    absorbed = nonlinear.absorbed_dose(dose, top, top + extra)
    assert 0 <= absorbed <= min(dose, top) + 1e-9


def test_fluvoxamine_power_law():
    b = float(nonlinear.power_exponent([100, 200, 300], [88, 283, 546]))
    assert b == pytest.approx(np.polyfit(np.log([100, 200, 300]), np.log([88, 283, 546]), 1)[0])
    assert 1.6 < b < 1.75
    level = nonlinear.power_exposure([100, 200, 300], 100, 88, b)
    np.testing.assert_allclose(level, [88, 283, 546], rtol=0.03)
    with pytest.raises(ValueError, match="at least two different doses"):
        nonlinear.power_exponent([100, 100], [1, 2])


def test_steady_state_solves_both_equations():
    dose = np.array([0.0, 1e-6, 5, 20, 40, 500])
    level, enzyme, ratio = nonlinear.self_inhibited_steady_state(dose, DRUG)
    np.testing.assert_allclose(level * (7.3 + 138 * enzyme), 1000 * dose / 24, rtol=1e-9, atol=1e-9)
    balance = 0.0136 * (1 - enzyme) - 0.435 * enzyme * level / (80 + level)
    np.testing.assert_allclose(balance, 0, atol=1e-12)
    assert ratio[0] == pytest.approx(1)
    assert (np.diff(ratio) > 0).all()
    assert ratio[-1] < 1 / (1 - 138 / 145.3)


def test_eightfold_accumulation_needs_at_least_seven_eighths_of_clearance():
    for share in (0.80, 0.86, 0.89, 0.97):
        drug = DRUG._replace(
            inhibitable_L_per_h=145 * share, other_L_per_h=145 * (1 - share), k_inact_per_h=1e4
        )
        _, _, ratio = nonlinear.self_inhibited_steady_state(1e6, drug)
        assert (ratio > 8) == (share > 0.875)


def test_course_equals_integration():
    course = nonlinear.self_inhibited_course(20.0, 3, DRUG, steps_per_interval=192)
    state = np.array([0.0, 0.0, 1.0])

    def rate(_, y):
        gut, level, enzyme = y
        return [
            -0.4 * gut,
            0.4 * gut - (7.3 + 138 * enzyme) / 550 * level,
            0.0136 * (1 - enzyme) - 0.435 * enzyme * level / (80 + level),
        ]

    for day in range(3):
        state[0] += 1000 * 20 / 550
        fine = solve_ivp(rate, (0, 24), state, rtol=1e-10, atol=1e-12, t_eval=[6.0, 12.0, 24.0])
        here = day * 192 + np.array([48, 96, 192])
        np.testing.assert_allclose(course.ng_per_mL[here], fine.y[1], rtol=1e-3)
        np.testing.assert_allclose(course.enzyme[here], fine.y[2], rtol=1e-3)
        state = fine.y[:, -1]


def test_error_falls_with_the_square_of_the_step():
    def last(steps):
        return float(nonlinear.self_inhibited_course(20.0, 2, DRUG, 24.0, steps).ng_per_mL[-1])

    exact = last(1536)
    assert abs(last(96) - exact) < 0.3 * abs(last(48) - exact)


def test_months_of_small_doses_reach_the_average_steady_state():
    course = nonlinear.self_inhibited_course(2.0, 240, DRUG, interval_h=2.4, steps_per_interval=24)
    target = nonlinear.self_inhibited_steady_state(2.0, DRUG, 2.4)
    assert course.ng_per_mL[-24:].mean() == pytest.approx(float(target.ng_per_mL), rel=0.01)
    assert course.enzyme[-1] == pytest.approx(float(target.enzyme), rel=0.01)


def test_without_inactivation_the_kinetics_are_linear():
    plain = DRUG._replace(k_inact_per_h=0.0)
    one, two = nonlinear.self_inhibited_course([10.0, 20.0], 4, plain).ng_per_mL
    np.testing.assert_allclose(two, 2 * one)


def test_paroxetine_meets_the_two_ratios_it_was_built_on():
    normal, poor = nonlinear.paroxetine(), nonlinear.paroxetine(0.0)
    usual = nonlinear.self_inhibited_steady_state(20.0, normal)
    assert usual.exposure_ratio == pytest.approx(8, rel=0.02)
    without = nonlinear.self_inhibited_steady_state(20.0, poor)
    assert without.ng_per_mL / usual.ng_per_mL == pytest.approx(2.5, rel=0.02)
    # one dose tells far more than the steady state about the lost enzyme
    tiny = [
        float(nonlinear.self_inhibited_steady_state(1e-6, drug).ng_per_mL)
        for drug in (normal, poor)
    ]
    assert tiny[1] / tiny[0] > 8


def test_doubling_paroxetine_more_than_doubles_the_trough():
    course = nonlinear.self_inhibited_course([20.0, 40.0], 28, nonlinear.paroxetine())
    trough = course.ng_per_mL[:, -1]
    assert trough[1] > 2.2 * trough[0]


def test_patients_broadcast():
    drug = nonlinear.paroxetine(np.array([0.0, 0.5, 1.0]))
    course = nonlinear.self_inhibited_course(np.array([[20.0], [40.0]]), 2, drug)
    assert course.ng_per_mL.shape == course.enzyme.shape == (2, 3, 193)
    assert nonlinear.self_inhibited_steady_state([[20.0], [40.0]], drug).enzyme.shape == (2, 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nonlinear.absorbed_dose(-1, 10, 20), "dose_mg must be at least 0, got -1"),
        (lambda: nonlinear.absorbed_dose(1, 30, 20), "maximum_mg must be at most ed50_mg"),
        (lambda: nonlinear.self_inhibited_course(20.0, 0, DRUG), "n_doses must be at least 1"),
        (lambda: nonlinear.self_inhibited_course(20.0, 1, DRUG, 24.0, 2), "at least 4"),
        (
            lambda: nonlinear.self_inhibited_steady_state(1, DRUG._replace(ki_ng_per_mL=0)),
            "ki_ng_per_mL must be above 0",
        ),
        (lambda: nonlinear.paroxetine(-1), "cyp2d6_activity must be at least 0, got -1"),
        (lambda: nonlinear.power_exposure(10, 0, 1, 1), "reference_dose_mg must be above 0"),
    ],
)
def test_bad_input_names_argument_and_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()
