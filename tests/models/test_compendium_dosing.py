"""Doses as they happen, against superposition and integration of the differential equations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from mechanisms import dosing, pharmacokinetics

KA, CL, V, F = 0.42, 68.0, 2560.0, 0.8


def test_titration_steps_and_splits():
    record = dosing.titration([25, 50, 100], [7, 7, 14])
    assert record.doses_mg.shape == (28,)
    np.testing.assert_array_equal(
        record.doses_mg[[0, 6, 7, 13, 14, 27]], [25, 25, 50, 50, 100, 100]
    )
    np.testing.assert_array_equal(np.diff(record.times_h), 24)
    thrice = dosing.titration([1.5], [2], doses_per_day=3)
    np.testing.assert_allclose(thrice.doses_mg, 0.5)
    np.testing.assert_allclose(thrice.times_h, np.arange(6) * 8.0)
    two_schedules = dosing.titration([[10, 20], [5, 0]], [1, 2])
    np.testing.assert_array_equal(two_schedules.doses_mg, [[10, 20, 20], [5, 0, 0]])


def test_interval_course_equals_superposition():
    doses = np.array([[50, 0, 50, 100, 0, 0, 50.0], [25, 25, 25, 25, 25, 25, 25]])
    cl = np.array([CL, 2 * CL])
    course = dosing.interval_course(doses, KA, cl, V, F)
    fine = np.linspace(0, 7 * 24, 7 * 480 + 1)
    exact = pharmacokinetics.dose_history(fine, np.arange(7) * 24.0, doses, KA, cl, V, F).ng_per_mL
    np.testing.assert_allclose(course.trough_ng_per_mL, exact[:, 480::480], rtol=1e-10)
    each = exact[:, :-1].reshape(2, 7, 480)
    nodes = np.concatenate([each, exact[:, 480::480][..., None]], axis=-1)
    np.testing.assert_allclose(
        course.average_ng_per_mL, np.trapezoid(nodes, axis=-1) / 480, rtol=1e-4, atol=1e-6
    )
    np.testing.assert_array_equal(course.t_h, np.arange(1, 8) * 24.0)


def test_interval_course_equals_integration():
    doses = [30.0, 0.0, 60.0]
    gut, body = 0.0, 0.0
    for dose, trough in zip(
        doses, dosing.interval_course(doses, KA, CL, V).trough_ng_per_mL, strict=True
    ):
        gut, body = solve_ivp(
            lambda _, y: [-KA * y[0], KA * y[0] - CL / V * y[1]],
            (0, 24), [gut + dose, body], rtol=1e-10, atol=1e-12,
        ).y[:, -1]  # fmt: skip
        assert trough == pytest.approx(1000 * body / V, rel=1e-7)


def test_a_year_of_equal_doses_averages_dose_over_clearance():
    average = dosing.interval_course(np.full(365, 50.0), KA, CL, V).average_ng_per_mL
    assert average[-1] == pytest.approx(1000 * 50 / 24 / CL, rel=1e-9)


def test_equal_rates_need_no_special_case():
    k = CL / V
    near = dosing.interval_course([50.0, 50.0], k * (1 + 1e-9), CL, V).average_ng_per_mL
    same = dosing.interval_course([50.0, 50.0], k, CL, V).average_ng_per_mL
    np.testing.assert_allclose(same, near, rtol=1e-8)


@given(st.floats(0.5, 8), st.floats(0.005, 0.1))
def test_absorption_rate_puts_the_peak_where_it_is_wanted(tmax, k):
    ka = float(dosing.absorption_rate(tmax, k))
    assert ka > k
    assert np.log(ka / k) / (ka - k) == pytest.approx(tmax, rel=1e-6)


def test_missed_doses_follow_adherence_and_come_in_runs():
    adherence = np.array([0.0, 0.5, 0.9, 1.0])
    taken = dosing.doses_missed(np.repeat(adherence, 500), 200, seed=1, persistence=0.4)
    assert set(np.unique(taken)) <= {0.0, 1.0}
    by_level = taken.reshape(4, 500, 200)
    np.testing.assert_allclose(by_level.mean(axis=(1, 2)), adherence, atol=0.01)
    half = by_level[1] - 0.5
    assert (half[:, 1:] * half[:, :-1]).mean() / 0.25 == pytest.approx(0.4, abs=0.02)
    again = dosing.doses_missed(np.repeat(adherence, 500), 200, seed=1, persistence=0.4)
    np.testing.assert_array_equal(taken, again)


def test_missed_and_late_doses_keep_the_record():
    record = dosing.titration([50], [3])
    np.testing.assert_array_equal(dosing.taken(record, [1, 0, 2]).doses_mg, [50, 0, 100])
    assert dosing.taken(record, np.ones((9, 3))).doses_mg.shape == (9, 3)
    np.testing.assert_array_equal(dosing.shifted(record, [0, 6, 0]).times_h, [0, 30, 48])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dosing.titration([50, 100], [7]), "one entry per step"),
        (lambda: dosing.titration([50], [1.5]), "days must be whole numbers"),
        (lambda: dosing.titration([-5], [1]), "doses_mg must be at least 0, got -5"),
        (lambda: dosing.titration([5], [1], 0), "doses_per_day must be at least 1"),
        (lambda: dosing.taken(dosing.titration([5], [3]), [1, 1]), "must have 3 doses"),
        (lambda: dosing.shifted(dosing.titration([5], [3]), [1, 1]), "delay_h must be one number"),
        (lambda: dosing.absorption_rate(50, 0.03), "tmax_h must be below 1/elimination_per_h"),
        (lambda: dosing.interval_course([], KA, CL, V), "doses_mg must have doses"),
        (lambda: dosing.interval_course([np.nan], KA, CL, V), "doses_mg must be finite, got nan"),
        (lambda: dosing.interval_course([1.0], KA, 0, V), "clearance_L_per_h must be above 0"),
        (lambda: dosing.doses_missed(0.5, 0), "n_doses must be at least 1"),
        (lambda: dosing.doses_missed(0.5, 3, persistence=1.0), "persistence must be below 1"),
    ],
)
def test_bad_input_names_argument_and_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()
