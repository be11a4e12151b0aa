"""One-compartment kinetics against a numerical solution of its differential equations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from mechanisms import pharmacokinetics as pk

TIMES = np.array([0.0, 0.5, 3.0, 24.0, 24.5, 60.0, 96.0, 130.0, 400.0])


def integrate(times, moments, doses, ka, clearance, volume, ke0=0.0, f=1.0):
    """Return plasma and effect-site levels (ng/mL) from the ODEs, dose by dose."""
    k = clearance / volume

    def rhs(_, y):
        return [-ka * y[0], ka * y[0] * 1000 / volume - k * y[1], ke0 * (y[1] - y[2])]

    grid = sorted(set(times) | set(moments))
    state, found = np.zeros(3), {}
    for start, end in zip(grid, [*grid[1:], None], strict=True):
        found[start] = state.copy()
        state[0] += sum(f * d for m, d in zip(moments, doses, strict=True) if m == start)
        if end is not None:
            state = solve_ivp(rhs, (start, end), state, method="DOP853", rtol=1e-11, atol=1e-12).y[
                :, -1
            ]
    return np.array([found[t][1:] for t in times]).T


@pytest.mark.parametrize("ke0", [None, 0.288, 0.1, 0.1 + 1e-8, 0.05])
@pytest.mark.parametrize("ka", [0.6, 0.1, 0.1 + 1e-9, 0.05])
def test_repeated_doses_solve_the_equations(ka, ke0):
    found = pk.repeated_doses(TIMES, 50.0, 24.0, 5, ka, 10.0, 100.0, 0.8, ke0).ng_per_mL
    expected = integrate(
        TIMES, [0.0, 24.0, 48.0, 72.0, 96.0], [50.0] * 5, ka, 10.0, 100.0, ke0 or 0.0, 0.8
    )
    assert_allclose(found, expected[0 if ke0 is None else 1], rtol=1e-8, atol=1e-8)


def test_dose_history_solves_the_equations_with_a_missed_and_a_double_dose():
    moments, doses = [0.0, 24.0, 72.0, 96.0], [50.0, 50.0, 100.0, 25.0]
    found = pk.dose_history(TIMES, moments, doses, 0.6, 10.0, 100.0).ng_per_mL
    assert_allclose(
        found, integrate(TIMES, moments, doses, 0.6, 10.0, 100.0)[0], rtol=1e-8, atol=1e-8
    )


def test_one_dose_of_a_course_is_a_single_dose():
    one = pk.repeated_doses(TIMES, 50.0, 24.0, 1, 0.6, 10.0, 100.0)
    single = pk.single_dose(TIMES, 50.0, 0.6, 10.0, 100.0)
    assert_allclose(one.ng_per_mL, single.ng_per_mL, rtol=1e-10, atol=1e-12)
    assert_allclose(one.t_h, TIMES)
    assert not pk.repeated_doses(TIMES, 50.0, 24.0, 0, 0.6, 10.0, 100.0).ng_per_mL.any()


@settings(max_examples=40, deadline=None)
@given(
    st.floats(0.02, 5),
    st.floats(0.5, 200),
    st.floats(5, 3000),
    st.floats(0.1, 1),
    st.floats(1, 500),
)
def test_area_under_the_curve_is_dose_over_clearance(ka, clearance, volume, f, dose):
    # Mass balance: everything absorbed is cleared. Independent quadrature on a stretched grid.
    slowest = min(ka, clearance / volume)
    times = np.linspace(0, 1, 40001) ** 3 * 40 / slowest
    level = pk.single_dose(times, dose, ka, clearance, volume, f).ng_per_mL
    assert_allclose(np.trapezoid(level, times), 1000 * f * dose / clearance, rtol=1e-4)


def test_effect_site_has_the_same_area_as_plasma():
    times = np.linspace(0, 1, 40001) ** 3 * 2000
    plasma = pk.single_dose(times, 60.0, 0.6, 114.0, 1943.0).ng_per_mL
    site = pk.single_dose(times, 60.0, 0.6, 114.0, 1943.0, ke0_per_h=0.288).ng_per_mL
    assert_allclose(np.trapezoid(site, times), np.trapezoid(plasma, times), rtol=1e-6)
    assert times[np.argmax(site)] > times[np.argmax(plasma)] + 2


def test_fast_absorption_becomes_an_intravenous_dose():
    t = np.array([1.0, 10.0, 50.0])
    level = pk.single_dose(t, 100.0, 1e6, 5.0, 50.0).ng_per_mL
    assert_allclose(level, 2000 * np.exp(-0.1 * t), rtol=1e-5)


def test_equal_rates_give_the_gamma_curve():
    t = np.array([0.0, 3.0, 30.0])
    level = pk.single_dose(t, 100.0, 0.1, 5.0, 50.0).ng_per_mL
    assert_allclose(level, 2000 * 0.1 * t * np.exp(-0.1 * t), rtol=1e-13)


def test_fast_equilibration_leaves_no_lag():
    t = np.array([1.0, 10.0, 50.0])
    site = pk.single_dose(t, 100.0, 0.6, 5.0, 50.0, ke0_per_h=1e7).ng_per_mL
    assert_allclose(site, pk.single_dose(t, 100.0, 0.6, 5.0, 50.0).ng_per_mL, rtol=1e-5)


@pytest.mark.parametrize("ka", [0.6, 0.1, 0.1 + 1e-7, 0.03])
def test_steady_state_against_a_long_course(ka):
    grid = np.linspace(0, 24, 48001)
    late = pk.dose_history(
        grid + 24 * 400, 24.0 * np.arange(401), np.full(401, 50.0), ka, 10.0, 100.0
    ).ng_per_mL
    found = pk.steady_state(50.0, 24.0, ka, 10.0, 100.0)
    assert_allclose(found.peak, late.max(), rtol=1e-7)
    assert_allclose(found.trough, late[-1], rtol=1e-8)
    assert_allclose(found.time_to_peak_h, grid[late.argmax()], atol=1e-3)
    assert_allclose(found.average, np.trapezoid(late, grid) / 24, rtol=1e-6)
    assert_allclose(found.average, 50e3 / (10 * 24))


def test_endless_course_is_at_steady_state_late():
    found = pk.repeated_doses([24.0 * 500], 50.0, 24.0, np.inf, 0.6, 10.0, 100.0).ng_per_mL
    assert_allclose(found, pk.steady_state(50.0, 24.0, 0.6, 10.0, 100.0).trough, rtol=1e-12)


def test_average_of_duloxetine():
    # CL/F 114 L/h, 60 mg/day: 21.9 ng/mL.
    assert_allclose(pk.average_concentration(60.0, 24.0, 114.0), 21.93, atol=0.005)


def test_accumulation_ratios_of_labels():
    # Half-lives of 26, 27 and 32 h, once daily.
    assert_allclose(pk.accumulation_ratio([26.0, 27.0, 32.0], 24.0), [2.12, 2.17, 2.47], atol=0.006)


def test_build_up_and_loading():
    assert_allclose(pk.fraction_of_steady_state([0, 30, 60, 150], 30.0), [0, 0.5, 0.75, 31 / 32])
    assert_allclose(pk.loading_dose(10.0, 24.0, 24.0), 20.0)
    assert_allclose(pk.half_life(114.0, 1943.0), 11.81, atol=0.005)


def test_loading_dose_starts_at_steady_state_after_bolus():
    # 20 mg then 10 mg a day with a half-life of 24 h: the level just after each dose is the same.
    k = np.log(2) / 24
    days = np.arange(5) * 24.0
    doses = np.array([20.0, 10.0, 10.0, 10.0, 10.0])
    level = pk.dose_history(days + 1e-6, days, doses, 1e8, k * 100, 100.0).ng_per_mL
    assert_allclose(level, 200.0, rtol=1e-4)


@given(st.floats(0.1, 100), st.floats(0, 10))
def test_levels_scale_with_dose(dose, factor):
    one = pk.repeated_doses(TIMES, dose, 24.0, 3, 0.6, 10.0, 100.0).ng_per_mL
    more = pk.repeated_doses(TIMES, factor * dose, 24.0, 3, 0.6, 10.0, 100.0).ng_per_mL
    assert_allclose(more, factor * one, rtol=1e-12, atol=1e-12)
    assert np.all(one >= 0)


@given(st.floats(0.02, 3), st.floats(0.02, 3), st.floats(0.02, 3))
def test_effect_site_does_not_care_about_the_order_of_its_rates(a, b, c):
    t = np.array([0.3, 2.0, 9.0, 70.0])

    def response(ka, k, ke0):
        return pk.single_dose(t, 1.0, ka, k, 1.0, ke0_per_h=ke0).ng_per_mL / (ka * ke0)

    assert_allclose(response(a, b, c), response(c, a, b), rtol=1e-9, atol=1e-12)


def test_patients_come_first_and_time_last():
    clearance = np.full((4, 1), 10.0)
    course = pk.repeated_doses(TIMES, np.ones(3), 24.0, 5, 0.6, clearance, 100.0)
    assert course.ng_per_mL.shape == (4, 3, TIMES.size)
    history = pk.dose_history(TIMES, [0.0, 24.0], np.ones((7, 2)), 0.6, 10.0, 100.0)
    assert history.ng_per_mL.shape == (7, TIMES.size)


def test_dose_falling_on_its_own_multiple_is_counted():
    # 3 * 0.1 is not 0.3 in binary: the dose at 0.3 h must be given at 0.3 h.
    grid = 0.1 * np.arange(1, 40)
    course = pk.repeated_doses(grid, 1.0, 0.1, np.inf, 50.0, 10.0, 1.0).ng_per_mL
    history = pk.dose_history(grid, grid, np.ones(39), 50.0, 10.0, 1.0).ng_per_mL
    first = pk.single_dose(grid, 1.0, 50.0, 10.0, 1.0).ng_per_mL
    assert_allclose(course, history + first, rtol=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pk.single_dose([1.0], -1, 1, 1, 1), "dose_mg must be at least 0, got -1"),
        (lambda: pk.single_dose([1.0], np.nan, 1, 1, 1), "dose_mg must be finite, got nan"),
        (lambda: pk.single_dose([], 1, 1, 1, 1), "t_h must be a non-empty 1-D array"),
        (lambda: pk.single_dose([2.0, 1.0], 1, 1, 1, 1), "t_h must increase strictly"),
        (lambda: pk.single_dose([-1.0], 1, 1, 1, 1), "t_h must start at 0 or later"),
        (lambda: pk.single_dose([1.0], 1, 0, 1, 1), "ka_per_h must be above 0"),
        (lambda: pk.single_dose([1.0], 1, 1, 0, 1), "clearance_L_per_h must be above 0"),
        (lambda: pk.single_dose([1.0], 1, 1, 1, 0), "volume_L must be above 0"),
        (lambda: pk.single_dose([1.0], 1, 1, 1, 1, 1.1), "bioavailability must be between 0 and 1"),
        (lambda: pk.single_dose([1.0], 1, 1, 1, 1, 1, 0), "ke0_per_h must be above 0"),
        (lambda: pk.repeated_doses([1.0], 1, 0, 1, 1, 1, 1), "interval_h must be above 0"),
        (lambda: pk.repeated_doses([1.0], 1, 24, 2.5, 1, 1, 1), "n_doses must be a whole number"),
        (lambda: pk.repeated_doses([1.0], 1, 24, -1, 1, 1, 1), "n_doses must be a whole number"),
        (lambda: pk.repeated_doses([1.0], 1, 24, np.nan, 1, 1, 1), "n_doses must be a whole"),
        (lambda: pk.dose_history([1.0], [], [], 1, 1, 1), "times_h must be a non-empty 1-D"),
        (lambda: pk.dose_history([1.0], [0.0], [1, 2], 1, 1, 1), "doses_mg must have 1 doses"),
        (lambda: pk.dose_history([1.0], [0.0], [-1], 1, 1, 1), "doses_mg must be at least 0"),
        (lambda: pk.average_concentration(1, 24, 0), "clearance_L_per_h must be above 0"),
        (lambda: pk.accumulation_ratio(0, 24), "half_life_h must be above 0"),
        (lambda: pk.fraction_of_steady_state(-1, 24), "t_h must be at least 0"),
        (lambda: pk.fraction_of_steady_state([], 24), "t_h must hold at least one value"),
        (lambda: pk.fraction_of_steady_state(1, []), "half_life_h must hold at least one value"),
        (lambda: pk.fraction_of_steady_state([1, 2], [1, 2, 3]), "t_h must broadcast against"),
        (lambda: pk.loading_dose(-1, 24, 24), "dose_mg must be at least 0"),
        (lambda: pk.half_life(0, 1), "clearance_L_per_h must be above 0"),
        (lambda: pk.steady_state(1, 24, 1, 1, -1), "volume_L must be above 0"),
    ],
)
def test_bad_input_names_the_argument_and_the_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()
