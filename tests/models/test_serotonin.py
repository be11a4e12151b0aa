"""Serotonin over seconds and weeks against the full differential equations."""

import inspect
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp
from scipy.special import lambertw

from mechanisms import serotonin as s

DAYS = np.arange(0.0, 57.0)
FAST_PER_DAY = 24.0 * 20.0


def firing(x, sens, drive, gain=0.5, hill=2.0):
    return drive * (1 + gain**hill) / (1 + sens * (gain * x) ** hill)


def full_equations(account, occupancy, ns_t=0.1, tau=None, complete=None):
    """Integrate raphe, terminal and slow state together; occupancy is a function of the day."""
    if account is s.desensitisation:
        tau, complete = tau or 10.0, 0.9 if complete is None else complete
    else:
        tau, complete = tau or 7.0, 1.0 if complete is None else complete

    def rhs(t, y):
        e_r, e_t, slow = y
        occ = occupancy(t)
        sens, drive = (slow, 1.0) if account is s.desensitisation else (1.0, np.exp(slow))
        f = firing(e_r, sens, drive)
        if account is s.desensitisation:
            x4 = (max(e_r - 1, 0) / 0.5) ** 4
            goal = 1 - complete * x4 / (1 + x4)
        else:
            goal = complete * -np.log(f / drive)
        return [
            FAST_PER_DAY * (0.7 + 0.3 * f - (1.1 - occ) / 1.1 * e_r),
            FAST_PER_DAY * (f - (1 + ns_t - occ) / (1 + ns_t) * e_t),
            (goal - slow) / tau,
        ]

    start = [1.0, 1.0, 1.0 if account is s.desensitisation else 0.0]
    y = solve_ivp(
        rhs, (0, DAYS[-1]), start, t_eval=DAYS, method="LSODA", rtol=1e-9, atol=1e-11, max_step=0.5
    ).y
    slow = y[2]
    sens, drive = (slow, 1.0) if account is s.desensitisation else (1.0, np.exp(slow))
    return firing(y[0], sens, drive), y[0], y[1], slow


@pytest.mark.parametrize("account", [s.desensitisation, s.homeostatic_drive])
@pytest.mark.parametrize(("place", "ns_t"), [("hippocampus", 0.1), ("frontal cortex", 0.5)])
def test_settled_loop_matches_the_full_equations(account, place, ns_t):
    found = account(DAYS, 0.8, s.region(place))
    f, e_r, e_t, _ = full_equations(account, lambda t: 0.8, ns_t)
    # From the first day on; on day 0 the full system is still at its old balance.
    assert_allclose(found.firing[1:], f[1:], rtol=2e-3)
    assert_allclose(found.raphe[1:], e_r[1:], rtol=2e-3)
    assert_allclose(found.terminal[1:], e_t[1:], rtol=2e-3)


@pytest.mark.parametrize("account", [s.desensitisation, s.homeostatic_drive])
@pytest.mark.parametrize("tau", [2.0, 40.0])
def test_changing_occupancy_matches_the_full_equations(account, tau):
    course = 0.85 * (1 - np.exp(-DAYS / 3)) * np.where(DAYS > 30, np.exp(-(DAYS - 30) / 4), 1.0)
    found = account(DAYS, course, tau_days=tau)
    f, _, e_t, _ = full_equations(account, lambda t: np.interp(t, DAYS, course), tau=tau)
    assert_allclose(found.firing, f, atol=6e-3)
    assert_allclose(found.terminal, e_t, rtol=1e-2)


@pytest.mark.parametrize("account", [s.desensitisation, s.homeostatic_drive])
def test_documented_accuracy_of_the_daily_result(account, monkeypatch):
    courses = np.linspace(0.3, 0.9, 7)[:, np.newaxis] * (1 - np.exp(-DAYS / 2))
    coarse = account(DAYS, courses, tau_days=2.0).firing
    monkeypatch.setattr(s, "MAX_STEP_TAU", 0.01)
    monkeypatch.setattr(s, "MAX_STEP_OCCUPANCY", 0.003)
    fine = account(DAYS, courses, tau_days=2.0).firing
    assert np.abs(coarse - fine).max() < 1e-3


def test_default_course_reproduces_the_dossier_example():
    # There the set point is held at 0.1; here it is 0.104 to 0.102, two digits agree.
    days = np.array([0.0, 2, 7, 14, 21, 28])
    course = s.desensitisation(days, 0.8)
    assert_allclose(course.firing, [0.39, 0.43, 0.53, 0.67, 0.77, 0.85], atol=0.006)
    assert_allclose(course.terminal, [1.4, 1.6, 1.9, 2.4, 2.8, 3.1], atol=0.06)


def test_regions_have_opposite_first_days_and_the_same_firing():
    hippocampus = s.desensitisation(DAYS, 0.8, s.region("hippocampus"))
    cortex = s.desensitisation(DAYS, 0.8, s.region("frontal cortex"))
    assert np.all(hippocampus.terminal >= 1)
    assert cortex.terminal[0] < 0.9
    assert cortex.terminal[3] < 1 < cortex.terminal[-1]
    assert_allclose(cortex.firing, hippocampus.firing)


def test_balance_of_a_region_is_the_dossier_example():
    assert_allclose(s.balance(0.8).terminal, 1.42, atol=0.005)
    assert_allclose(s.balance(0.8, s.region("frontal cortex")).terminal, 0.83, atol=0.005)


def test_accounts_share_one_signature():
    first, second = (inspect.signature(f) for f in (s.desensitisation, s.homeostatic_drive))
    assert first == second


def test_drive_restores_firing_while_the_feedback_persists():
    days = np.array([0.0, 300.0])
    course = s.homeostatic_drive(days, 0.8)
    assert_allclose(course.firing[-1], 1.0, atol=1e-6)
    # Fully made up: e_R = 1/rho = 1.1/0.3 and the drive undoes the brake at that level.
    assert_allclose(course.raphe[-1], 1.1 / 0.3, rtol=1e-6)
    assert_allclose(course.drive[-1], (1 + (0.5 * 1.1 / 0.3) ** 2) / 1.25, rtol=1e-6)
    half = s.homeostatic_drive(days, 0.8, completeness=0.5)
    assert_allclose(np.log(half.firing[-1]), -np.log(half.drive[-1]), atol=1e-6)


def test_desensitisation_alone_leaves_firing_low():
    course = s.desensitisation(np.array([0.0, 300.0]), 0.8)
    assert 0.9 < course.firing[-1] < 0.99


def test_antagonist_tells_the_accounts_apart():
    receptor = s.antagonist_challenge(s.desensitisation(DAYS, 0.8))
    drive = s.antagonist_challenge(s.homeostatic_drive(DAYS, 0.8))
    assert_allclose(receptor, 1.25)
    assert drive[0] == pytest.approx(1.25)
    assert drive[21] > 3


def test_an_agonist_has_the_same_course_without_reuptake_block():
    course = s.desensitisation(DAYS, 0.0, agonist=3.0)
    assert course.firing[0] < 0.3
    assert course.firing[2] < course.firing[14] < 1
    assert_allclose(course.terminal, course.firing)


def test_no_drug_no_change():
    for account in (s.desensitisation, s.homeostatic_drive):
        course = account(DAYS, 0.0)
        for field in course[2:]:
            assert_allclose(field, 1.0, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.01, 0.95), st.floats(1, 60), st.floats(0, 1))
def test_firing_falls_at_once_then_climbs_within_its_bounds(occ, tau, complete):
    # A receptor that is gone also lifts its resting brake: 1/(1 - a0) = 1.25. The drive stops at 1.
    for account, ceiling in ((s.desensitisation, 1.25), (s.homeostatic_drive, 1.0)):
        course = account(DAYS, occ, None, tau, complete)
        assert course.firing[0] < 1
        assert np.all(np.diff(course.firing) >= -1e-7)
        assert np.all(course.firing <= ceiling + 1e-7)
        assert np.all((course.sensitivity > 0) & (course.sensitivity <= 1))
        assert np.all(course.drive >= 1 - 1e-9)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.05, 0.9), st.floats(2, 30))
def test_courses_are_smooth_in_their_knobs(occ, tau):
    h = 1e-3
    for account in (s.desensitisation, s.homeostatic_drive):
        mid = account(DAYS, occ, tau_days=tau).terminal
        sides = [account(DAYS, occ + d, tau_days=tau).terminal for d in (-h, h)]
        assert np.abs(sides[0] + sides[1] - 2 * mid).max() < 1e-3
        sides = [account(DAYS, occ, tau_days=tau + d).terminal for d in (-h, h)]
        assert np.abs(sides[0] + sides[1] - 2 * mid).max() < 1e-4


def test_very_fast_adaptation_sits_on_its_set_point():
    course = s.desensitisation(DAYS, 0.8, tau_days=1e-3)
    assert_allclose(course.sensitivity[5:], s.sensitivity_set_point(course.raphe[5:]), atol=1e-6)


def test_set_point_by_hand():
    # Excess 0.5 halves what can be lost; far above, the floor is left; below baseline nothing.
    assert_allclose(s.sensitivity_set_point([0.2, 1.0, 1.5, 1e4]), [1.0, 1.0, 0.55, 0.1])
    assert_allclose(s.sensitivity_set_point(1.5, 0.4), 0.8)


def test_recovery_day_by_hand():
    t = np.array([0.0, 10.0, 20.0])
    assert_allclose(s.recovery_day(t, [0.4, 0.6, 0.8]), 10.0)
    assert_allclose(s.recovery_day(t, [[0.4, 0.5, 0.8], [0.4, 0.8, 0.8]]), [40 / 3, 5.0])
    assert_allclose(s.recovery_day(t, [0.4, 0.6, 0.8], 0.25), 5.0)


def test_ten_thousand_patients_for_twelve_weeks():
    rng = np.random.default_rng(20240501)
    n, days = 10_000, np.arange(84.0)
    occupied = rng.uniform(0.4, 0.9, (n, 1)) * (1 - np.exp(-days / 2))
    place = s.region(gain=rng.uniform(0.3, 0.8, n), hill=rng.uniform(1.2, 3, n))
    for account in (s.desensitisation, s.homeostatic_drive):
        began = time.perf_counter()
        course = account(days, occupied, place, rng.uniform(5, 20, n))
        # About a third of a second here; the bound leaves room for a busy machine.
        assert time.perf_counter() - began < 5
        assert course.firing.shape == (n, 84)
        assert np.isfinite(course.terminal).all()
    if sys.platform == "linux":  # macOS counts in other units, Windows not at all
        import resource

        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 1_500_000


def test_one_patient_alone_equals_the_same_patient_in_a_crowd():
    occupied = np.linspace(0.2, 0.9, 6)[:, np.newaxis] * (1 - np.exp(-DAYS / 2))
    gains = np.linspace(0.3, 0.9, 6)
    crowd = s.desensitisation(DAYS, occupied, s.region(gain=gains), np.linspace(3, 20, 6))
    alone = s.desensitisation(DAYS, occupied[4], s.region(gain=gains[4]), np.linspace(3, 20, 6)[4])
    assert_allclose(crowd.terminal[4], alone.terminal, rtol=1e-3)


@pytest.mark.parametrize("account", [s.desensitisation, s.homeostatic_drive])
def test_one_value_per_patient_and_one_per_day_are_told_apart(account):
    days = np.array([0.0, 1.0, 7.0])
    values = np.array([0.5, 0.7, 0.9])
    patients = account(days, values[:, np.newaxis])
    assert patients.firing.shape == (3, 3)
    for occupied, firing in zip(values, patients.firing, strict=True):
        assert_allclose(firing, account(days, occupied).firing, rtol=1e-3)
    course = account(days, values)
    assert course.firing.shape == (3,)
    assert_allclose(course.occupancy, values)


def test_pulse_solves_its_equation():
    t = np.array([0.0, 0.1, 1.0, 3.0, 10.0, 60.0])
    start, vmax, km, other, x = 2.0, 0.4, 0.1, 0.02, 4.0

    def rhs(_, c):
        return -vmax * c / (km * (1 + x) + c) - other * c

    expected = solve_ivp(rhs, (0, 60), [start], t_eval=t, rtol=1e-11, atol=1e-16).y[0]
    found = s.pulse_clearance(t, start, vmax, km, x, other).level_uM
    assert_allclose(found, expected, rtol=1e-7, atol=1e-13)


def test_pulse_without_second_pathway_is_the_lambert_function():
    t = np.array([0.0, 0.5, 2.0, 8.0])
    z = 10.0 * np.exp((1.0 - 0.4 * t) / 0.1)
    found = s.pulse_clearance(t, 1.0, 0.4, 0.1, 0.0, 0.0).level_uM
    assert_allclose(found, 0.1 * lambertw(z).real, rtol=1e-10)


def test_pulse_limits():
    t = np.array([0.0, 1.0, 5.0])
    # Nothing but the second pathway, SERT absent or fully blocked: exponential decay.
    only_other = s.pulse_clearance(t, 1.0, 0.0, 0.1, 0.0, 0.3).level_uM
    assert_allclose(only_other, np.exp(-0.3 * t))
    blocked = s.pulse_clearance(t, 1.0, 0.4, 0.1, 1e12, 0.3).level_uM
    assert_allclose(blocked, np.exp(-0.3 * t), rtol=1e-9)
    # Far below Km: first order with Vmax/Km.
    low = s.pulse_clearance(t, 1e-7, 0.4, 0.1, 1.0, 0.0).level_uM
    assert_allclose(low, 1e-7 * np.exp(-2.0 * t), rtol=1e-5)


@settings(max_examples=50)
@given(st.floats(1e-3, 100), st.floats(0, 50))
def test_a_blocker_slows_clearance_and_mass_only_falls(start, x):
    t = np.linspace(0, 30, 40)
    free = s.pulse_clearance(t, start).level_uM
    slow = s.pulse_clearance(t, start, inhibitor_over_ki=x).level_uM
    assert np.all(np.diff(free) <= 0)
    assert np.all(slow >= free * (1 - 1e-9))
    assert slow[0] == start


def test_a_large_pulse_outcompetes_the_blocker():
    # Half-times with and without block: large ratio for a small pulse, near 1 for a huge one.
    t = np.linspace(0, 4000, 200001)
    for start, low, high in ((0.01, 2.5, 5.1), (1000.0, 1.0, 1.05)):
        times = [
            t[np.argmax(s.pulse_clearance(t, start, 0.4, 0.1, x, 0.0).level_uM < start / 2)]
            for x in (0.0, 4.0)
        ]
        assert low < times[1] / times[0] < high


def test_shapes():
    assert s.pulse_clearance([0.0, 1.0], np.ones((3, 1)), np.ones(4), 0.1).level_uM.shape == (
        3,
        4,
        2,
    )
    assert s.desensitisation(DAYS, np.full((3, 2, 1), 0.5)).firing.shape == (3, 2, DAYS.size)
    assert s.desensitisation(DAYS, np.full((3, DAYS.size), 0.5)).firing.shape == (3, DAYS.size)
    assert s.desensitisation(DAYS, [0.5]).firing.shape == DAYS.shape
    assert s.desensitisation(DAYS, 0.5).firing.shape == DAYS.shape
    assert s.homeostatic_drive([3.0], 0.5).firing.shape == (1,)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: s.region("cerebellum"), KeyError, "hippocampus"),
        (lambda: s.region(speed=1.0), KeyError, "changes must be among"),
        (lambda: s.region(gain=-1.0), ValueError, "gain must be at least 0"),
        (lambda: s.balance(1.1), ValueError, "occupancy must be between 0 and 1, got 1.1"),
        (lambda: s.sensitivity_set_point(-1.0), ValueError, "raphe must be at least 0"),
        (lambda: s.desensitisation([], 0.5), ValueError, "t_days must be a non-empty"),
        (lambda: s.desensitisation(DAYS, np.nan), ValueError, "occupancy must be finite"),
        (lambda: s.desensitisation(DAYS, 0.5, None, 0.0), ValueError, "tau_days must be above 0"),
        (lambda: s.desensitisation(DAYS, 0.5, None, 1, 2), ValueError, "completeness must be"),
        (
            lambda: s.desensitisation(DAYS, [0.4, 0.5, 0.6]),
            ValueError,
            r"occupancy must have 57 times or 1 on its last axis .*\(n, 1\)\), got shape \(3,\)",
        ),
        (
            lambda: s.homeostatic_drive(DAYS, np.full((57, 2), 0.5)),
            ValueError,
            r"occupancy must have 57 times or 1 .*got shape \(57, 2\)",
        ),
        (
            lambda: s.recovery_day([0.0, 1.0], [[0.4, 0.9], [1.0, 0.4]]),
            ValueError,
            "firing must end at or above its start to have recovered, got 1 to 0.4",
        ),
        (lambda: s.homeostatic_drive(DAYS, 0.5, None, -1), ValueError, "tau_days must be above 0"),
        (lambda: s.homeostatic_drive(DAYS, 0.5, agonist=-1), ValueError, "agonist must be"),
        (lambda: s.recovery_day(DAYS, [1.0, 2.0]), ValueError, "firing must have 57 times"),
        (lambda: s.recovery_day(DAYS, DAYS, 2.0), ValueError, "share must be between 0 and 1"),
        (lambda: s.pulse_clearance([0.0], 0.0), ValueError, "start_uM must be above 0"),
        (lambda: s.pulse_clearance([0.0], 1, -1), ValueError, "vmax_uM_per_s must be at least 0"),
        (lambda: s.pulse_clearance([0.0], 1, 0, 1, 0, 0), ValueError, "other_per_s must be above"),
        (lambda: s.pulse_clearance([0.0], 1, 1, 1, -1), ValueError, "inhibitor_over_ki must be"),
    ],
)
def test_bad_input_names_the_argument_and_the_range(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("account", [s.desensitisation, s.homeostatic_drive])
@pytest.mark.parametrize("occupancy", [0.8, [[0.8]], np.linspace(0, 0.8, 5)])
def test_terminals_that_differ_by_patient_are_not_taken_for_days(account, occupancy):
    t, other = np.arange(5.0), [0.1, 1.0, 2.0, 3.0, 4.0]
    course = account(t, occupancy, s.region(other_terminal=other))
    for field in course._fields[1:]:
        assert getattr(course, field).shape == (5, 5)
    for row, value in enumerate(other):
        alone = account(t, occupancy, s.region(other_terminal=value))
        np.testing.assert_allclose(course.terminal[row], np.ravel(alone.terminal), rtol=1e-9)
