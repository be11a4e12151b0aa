"""Tolerance, withdrawal and tapers: closed forms, the conserved area, the worked tables."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from mechanisms import tapering

K_TOL = 0.107
HALF_LIFE = st.floats(4.0, 150.0)
RATE = st.floats(0.02, 2.0)
TAPERS = {
    "abrupt": tapering.abrupt(),
    "quarter a week": tapering.linear(0.25, 7),
    "tenth a fortnight": tapering.linear(0.10, 14),
    "occupancy tenths": tapering.occupancy_linear(0.10, 14, 0.5),
    "occupancy twentieths": tapering.occupancy_linear(0.05, 14, 0.5),
}
PRINTED = {
    12.0: (0.77, 0.53, 0.24, 0.10, 0.05),
    60.0: (0.47, 0.38, 0.17, 0.08, 0.04),
}


def stepwise(half_life_h, dose_at, step_d=0.25, days=420.0, c50=0.5):
    """The arithmetic of the printed table: level, effect at the end of the step, adaptation."""
    k = np.log(2) / (half_life_h / 24)
    level = 1.0
    start = adaptation = 1 / (1 + c50)
    worst, day, area = 0.0, 0.0, 0.0
    for i in range(int(days / step_d)):
        dose = dose_at(i * step_d)
        level = dose + (level - dose) * np.exp(-k * step_d)
        effect = level / (level + c50)
        adaptation = effect + (adaptation - effect) * np.exp(-K_TOL * step_d)
        deficit = (adaptation - effect) / start
        area += deficit * step_d
        if deficit > worst:
            worst, day = deficit, i * step_d
    return worst, day, area


def dose_function(schedule):
    return lambda t: schedule.dose[np.searchsorted(schedule.starts_d, t, side="right") - 1]


@pytest.mark.parametrize("half_life_h", PRINTED)
def test_printed_taper_table_by_its_own_arithmetic(half_life_h):
    grid = np.arange(0, 420, 0.25)
    for (name, schedule), printed in zip(TAPERS.items(), PRINTED[half_life_h], strict=True):
        course = tapering.taper(
            grid, schedule, half_life_h, c50_ratio=0.5, rate_per_d=K_TOL, rule="endpoint"
        )
        peak, day, area = stepwise(half_life_h, dose_function(schedule))
        assert -course.net.min() == pytest.approx(peak, rel=1e-9), name
        assert peak == pytest.approx(printed, abs=0.005), name
        assert area == pytest.approx(9.2, abs=0.05)
        if name == "quarter a week" and half_life_h == 12:
            assert round(day) == 23
        if name == "tenth a fortnight" and half_life_h == 12:
            assert round(day) == 128


@pytest.mark.parametrize("half_life_h", PRINTED)
def test_exact_taper_table_is_the_limit_of_small_steps(half_life_h):
    grid = np.arange(0, 420, 0.25)
    for name in ("abrupt", "quarter a week", "tenth a fortnight"):
        schedule = TAPERS[name]
        course = tapering.taper(grid, schedule, half_life_h, c50_ratio=0.5, rate_per_d=K_TOL)
        got = tapering.withdrawal(course)
        coarse, fine = (
            stepwise(half_life_h, dose_function(schedule), step)[0] for step in (0.02, 0.01)
        )
        assert float(got.peak) == pytest.approx(2 * fine - coarse, rel=1e-3)
        # the coarse steps of the table cost about one per cent
        assert float(got.peak) == pytest.approx(
            PRINTED[half_life_h][list(TAPERS).index(name)], abs=0.013
        )


def test_low_occupancy_weakens_the_case_for_occupancy_steps():
    grid = np.arange(0, 420, 0.25)
    peaks = [
        -tapering.taper(
            grid, schedule, 12.0, c50_ratio=2.0, rate_per_d=K_TOL, rule="endpoint"
        ).net.min()
        for schedule in (tapering.linear(0.1, 14), tapering.occupancy_linear(0.1, 14, 2.0))
    ]
    np.testing.assert_allclose(peaks, [0.145, 0.104], atol=0.0007)


def test_calibration_and_half_life_table():
    rate = float(tapering.adaptation_rate_for_peak(2.0, 12.0))
    assert rate == pytest.approx(0.107, abs=0.0005)
    assert np.log(2) / rate == pytest.approx(6.5, abs=0.05)
    for hours, day, depth in (
        (11, 1.9, 0.82), (14, 2.2, 0.79), (40, 4.4, 0.62), (80, 6.6, 0.49), (100, 7.4, 0.45),
    ):  # fmt: skip
        got = tapering.withdrawal_peak(hours, rate)
        assert float(got.peak_day) == pytest.approx(day, abs=0.05)
        assert float(got.peak) == pytest.approx(depth, abs=0.0051)
    assert float(tapering.withdrawal_peak(35.0, rate).peak_day) == pytest.approx(4.0, abs=0.05)


@given(st.floats(0.5, 8.0), HALF_LIFE)
def test_rate_for_peak_solves_the_peak_equation(half_lives, half_life_h):
    day = half_lives * half_life_h / 24
    k = np.log(2) / (half_life_h / 24)
    rate = float(tapering.adaptation_rate_for_peak(day, half_life_h))
    residual = np.log(k / rate) - day * (k - rate)
    assert residual == pytest.approx(0.0, abs=1e-6 * max(1.0, day * k))


@given(HALF_LIFE, RATE)
@settings(max_examples=40)
def test_linear_effect_is_the_closed_form(half_life_h, rate):
    k = np.log(2) / (half_life_h / 24)
    if abs(k - rate) < 1e-3 * rate:
        rate = rate * 1.01
    t = np.linspace(0, 30, 61)
    course = tapering.taper(t, tapering.abrupt(), half_life_h, c50_ratio=np.inf, rate_per_d=rate)
    expected = k / (k - rate) * (np.exp(-k * t) - np.exp(-rate * t))
    np.testing.assert_allclose(course.net, expected, atol=1e-9)


def test_saturable_effect_against_solve_ivp():
    schedule = tapering.linear(0.25, 7)
    t = np.linspace(0, 50, 26)
    course = tapering.taper(t, schedule, 30.0, c50_ratio=0.4, rate_per_d=0.2, gain=0.7)
    k = np.log(2) / (30 / 24)
    dose = dose_function(schedule)
    top = 1 / 1.4

    def derivative(at, y):
        effect = y[0] / (y[0] + 0.4) / top
        return [k * (dose(at) - y[0]), 0.2 * (0.7 * effect - y[1])]

    y = np.array([1.0, 0.7])
    pieces = np.concatenate([schedule.starts_d, [50.0]])
    rows = []
    for a, b in pairwise(pieces):
        inside = t[(t >= a) & (t < b)]
        part = solve_ivp(
            lambda at, y, a=a, b=b: derivative(min(max(at, a), b - 1e-9), y), (a, b), y,
            t_eval=np.append(inside, b), rtol=1e-10, atol=1e-12,
        ).y  # fmt: skip
        rows.append(part[:, :-1])
        y = part[:, -1]
    levels, adapted = np.concatenate([*rows, y[:, None]], axis=1)
    np.testing.assert_allclose(course.level, levels, atol=1e-8)
    np.testing.assert_allclose(course.adaptation, adapted, atol=1e-8)
    np.testing.assert_allclose(course.net, course.effect - course.adaptation)


@given(HALF_LIFE, st.sampled_from(list(TAPERS)), st.floats(0.2, 5.0), st.floats(0.1, 1.0))
@settings(max_examples=40, deadline=None)
def test_area_of_the_deficit_is_conserved(half_life_h, name, c50, rate):
    t = np.linspace(0, 420, 4201)
    course = tapering.taper(t, TAPERS[name], half_life_h, c50_ratio=c50, rate_per_d=rate)
    # by the equation, the area to any time is the adaptation lost until then over the rate
    lost = (course.adaptation[0] - course.adaptation[-1]) / rate
    assert float(tapering.withdrawal(course).area_days) == pytest.approx(lost, rel=5e-3)
    assert lost == pytest.approx(float(tapering.conserved_area(rate)), rel=1e-3)


def test_area_of_the_reference_table():
    assert float(tapering.conserved_area(K_TOL)) == pytest.approx(9.3, abs=0.05)


def test_only_a_threshold_lets_the_schedule_matter():
    t = np.linspace(0, 420, 8401)
    courses = [
        tapering.taper(t, TAPERS[n], 12.0, c50_ratio=0.5, rate_per_d=K_TOL)
        for n in ("abrupt", "tenth a fortnight")
    ]
    plain = [float(tapering.burden(c, 0.0, 1.0)) for c in courses]
    assert plain[0] == pytest.approx(plain[1], rel=1e-3)
    felt = [float(tapering.burden(c, 0.2, 1.0)) for c in courses]
    assert felt[1] < 0.1 * felt[0]
    convex = [float(tapering.burden(c, 0.0, 2.0)) for c in courses]
    assert convex[1] < 0.5 * convex[0]


@given(st.floats(-1, 1), st.floats(0, 0.5), st.floats(0.5, 3))
def test_severity_is_zero_below_the_threshold_and_rises_above(net, threshold, power):
    got = float(tapering.severity(net, threshold, power))
    assert got == pytest.approx(max(0.0, -net - threshold) ** power, rel=1e-9)


def test_proportional_taper_needs_its_stopping_rule():
    schedule = tapering.proportional(0.10, 14.0, 0.05)
    assert schedule.dose[-1] == 0.0
    assert np.all(schedule.dose[:-1] >= 0.05)
    np.testing.assert_allclose(schedule.dose[1:-1] / schedule.dose[:-2], 0.9)
    # falling to a twentieth: 57 weeks at fortnightly cuts, 114 at four-weekly ones
    needed = np.log(0.05) / np.log(0.9)
    assert schedule.dose.size == int(np.ceil(needed))
    assert needed * 2 == pytest.approx(57, abs=0.5)
    assert needed * 4 == pytest.approx(114, abs=0.5)


def test_schedules_step_as_they_say():
    np.testing.assert_allclose(tapering.linear(0.25, 7).dose, [0.75, 0.5, 0.25, 0.0])
    np.testing.assert_allclose(tapering.linear(0.25, 7).starts_d, [0, 7, 14, 21])
    np.testing.assert_allclose(tapering.linear(0.3, 7).dose, [0.7, 0.4, 0.1, 0.0], atol=1e-12)
    hyper = tapering.occupancy_linear(0.1, 14, 0.5)
    effect = hyper.dose / (hyper.dose + 0.5) * 1.5
    np.testing.assert_allclose(effect, np.arange(0.9, -0.05, -0.1), atol=1e-12)
    assert np.all(np.diff(-np.diff(np.r_[1.0, hyper.dose])) < 0)
    later = tapering.after(30, tapering.linear(0.5, 7))
    np.testing.assert_allclose(later.starts_d, [0, 30, 37])
    np.testing.assert_allclose(later.dose, [1, 0.5, 0])


@given(st.floats(0.0, 400), RATE, st.floats(0, 1))
def test_tolerance_is_what_dependence_leaves(t, rate, gain):
    left = float(tapering.tolerance(t, rate, gain))
    built = float(tapering.dependence(t, rate, gain))
    assert left + built == pytest.approx(1.0)
    assert built == pytest.approx(gain * (1 - np.exp(-rate * t)), abs=1e-12)


def test_short_use_leaves_less_to_withdraw_from():
    t = np.linspace(0, 60, 601)
    peaks = []
    for days in (3.0, 10.0, 60.0):
        schedule = tapering.after(days, tapering.abrupt())
        whole = np.linspace(0, days + 60, 1201)
        course = tapering.taper(
            whole, schedule, 12.0, start_level=0.0, start_adaptation=0.0, rate_per_d=K_TOL
        )
        peaks.append(float(tapering.withdrawal(course).peak))
    full = float(tapering.withdrawal(tapering.taper(t, tapering.abrupt(), 12.0)).peak)
    assert peaks[0] < peaks[1] < peaks[2] < full
    assert peaks[2] == pytest.approx(full, rel=0.01)


def test_a_domain_without_tolerance_has_no_withdrawal():
    t = np.linspace(0, 60, 241)
    none = tapering.taper(t, tapering.abrupt(), 12.0, gain=0.0)
    assert none.net.min() >= 0
    assert float(tapering.withdrawal(none).peak) == 0.0


def test_switching_to_a_slow_drug_lowers_the_peak_and_keeps_the_area():
    t = np.linspace(0, 500, 10001)
    direct = tapering.withdrawal(tapering.taper(t, TAPERS["quarter a week"], 12.0))
    taper = tapering.after(14, TAPERS["quarter a week"])
    slow = tapering.switch(t, taper, 12.0, 43.0, metabolite_half_life_h=60.0, metabolite_share=0.5)
    got = tapering.withdrawal(slow)
    assert float(got.peak) < float(direct.peak)
    # accumulation of the new drug first leaves a deficit, later an excess: the net area is what is
    # conserved, not that of the deficit alone
    net = -np.trapezoid(slow.net, t)
    assert net == pytest.approx(float(tapering.conserved_area()), rel=2e-3)


def test_metabolite_follows_its_parent():
    t = np.linspace(0, 40, 401)
    steady = tapering.Schedule(np.zeros(1), np.ones(1))
    course = tapering.switch(
        t, steady, 1e-3, 43.0, metabolite_half_life_h=60.0, metabolite_share=1.0
    )
    k, m = np.log(2) / (43 / 24), np.log(2) / (60 / 24)
    expected = 1 - (k * np.exp(-m * t) - m * np.exp(-k * t)) / (k - m)
    np.testing.assert_allclose(course.level[1:], expected[1:], atol=1e-6)


def test_equivalence_doubles_the_new_drug():
    t = np.linspace(0, 60, 61)
    steady = tapering.Schedule(np.zeros(1), np.ones(1))
    course = tapering.switch(t, steady, 12.0, 43.0, equivalence=np.array([1.0, 2.0]))
    np.testing.assert_allclose(course.level[:, -1], [1.0, 2.0], atol=1e-3)


def test_excitation_solves_its_equation_and_both_arms_point_the_same_way():
    got = tapering.excitation([1.0, 0.5, 1.0, 0.5], [1.0, 1.0, 1.3, 1.3])

    def balance(b, a):
        def f(x):
            return 1 / (1 + np.exp(-x))

        return brentq(lambda e: f(2 * a * e - 6 * b * f(2 * e) + 1) - e, 0, 1)

    expected = [balance(*pair) for pair in ((1, 1), (0.5, 1), (1, 1.3), (0.5, 1.3))]
    np.testing.assert_allclose(got, expected, atol=1e-9)
    assert got[0] < min(got[1], got[2])
    assert got[3] > max(got[1], got[2])


def test_withdrawal_weakens_the_brake_while_the_accelerator_is_still_raised():
    t = np.linspace(0, 90, 901)
    course = tapering.taper(
        t, tapering.after(40, tapering.abrupt()), 12.0, start_level=0.0, start_adaptation=0.0
    )
    got = tapering.accelerator_and_brake(course, adapted=False)
    rest = float(tapering.excitation(1.0, 1.0))
    first_day, withdrawn = t < 2, (t > 41) & (t < 47)
    assert got.activity[first_day].min() < rest
    assert got.activity[withdrawn].max() > 1.5 * rest
    assert got.brake[withdrawn].min() < 1 < got.accelerator[withdrawn].max()
    assert got.accelerator[0] == 1.0


def test_patients_broadcast():
    t = np.linspace(0, 100, 101)
    course = tapering.taper(
        t, tapering.linear(0.25, 7), np.linspace(8, 80, 5)[:, None], gain=np.linspace(0, 1, 3)
    )
    assert course.net.shape == (5, 3, 101)
    assert tapering.withdrawal(course).peak.shape == (5, 3)
    assert tapering.burden(course, np.zeros(3)).shape == (5, 3)
    one = tapering.taper(t, tapering.linear(0.25, 7), 26.0, gain=0.5)
    np.testing.assert_allclose(course.net[1, 1], one.net, atol=1e-12)


@given(HALF_LIFE)
def test_time_grid_does_not_change_the_course(half_life_h):
    fine = tapering.taper(np.linspace(0, 28, 281), tapering.linear(0.25, 7), half_life_h)
    coarse = tapering.taper([0.0, 14.0, 28.0], tapering.linear(0.25, 7), half_life_h)
    np.testing.assert_allclose(coarse.net, fine.net[[0, 140, 280]], atol=1e-7)


def test_every_schedule_starts_from_the_same_full_effect():
    for schedule in TAPERS.values():
        course = tapering.taper([0.0, 1.0], schedule, 12.0)
        assert course.effect[0] == pytest.approx(1.0)
        assert course.net[0] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: tapering.linear(0.0, 7), "step"),
        (lambda: tapering.linear(0.1, 0.0), "interval_d"),
        (lambda: tapering.proportional(1.0, 14, 0.05), "cut"),
        (lambda: tapering.proportional(0.1, 14, 0.0), "stop_below"),
        (lambda: tapering.occupancy_linear(0.1, 14, 0.0), "c50_ratio"),
        (lambda: tapering.after(0.0, tapering.abrupt()), "duration_d"),
        (lambda: tapering.taper([], tapering.abrupt(), 12.0), "t_days"),
        (lambda: tapering.taper([0.0, 1.0], tapering.abrupt(), -12.0), "half_life_h"),
        (lambda: tapering.taper([0.0, 1.0], tapering.abrupt(), 12.0, gain=2.0), "gain"),
        (lambda: tapering.taper([0.0, 1.0], tapering.abrupt(), 12.0, c50_ratio=0.0), "c50_ratio"),
        (lambda: tapering.taper([0.0, 1.0], tapering.abrupt(), 12.0, rate_per_d=0.0), "rate_per_d"),
        (lambda: tapering.taper([0.0, 1.0], tapering.abrupt(), 12.0, start_level=-1.0), "start"),
        (lambda: tapering.taper([0.0, 1.0], tapering.abrupt(), 12.0, rule="euler"), "rule"),
        (
            lambda: tapering.taper(
                [0.0, 1.0], tapering.Schedule(np.array([1.0]), np.array([1.0])), 12.0
            ),
            "starts_d",
        ),
        (
            lambda: tapering.taper([0.0], tapering.Schedule(np.array([0.0]), np.ones(2)), 12.0),
            "dose",
        ),
        (
            lambda: tapering.switch([0.0, 1.0], tapering.abrupt(), 12, 43, metabolite_share=0.5),
            "metabolite_half_life_h",
        ),
        (lambda: tapering.dependence(-1.0), "elapsed"),
        (lambda: tapering.severity(np.nan), "net"),
        (lambda: tapering.severity(-0.5, -0.1), "threshold"),
        (lambda: tapering.excitation(1.0, 2.5), "w_ee"),
        (lambda: tapering.excitation(-1.0, 1.0), "brake"),
        (lambda: tapering.adaptation_rate_for_peak(1e4, 12.0), "peak_d"),
        (
            lambda: tapering.withdrawal(tapering.taper([0.0, 1.0], tapering.abrupt(), 12.0)),
            "course",
        ),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=name):
        call()
