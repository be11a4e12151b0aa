"""The loop of release, reuptake and autoreceptor against root finding and the dossier's numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from mechanisms.feedback import (
    Autoreceptor,
    Release,
    Reuptake,
    clearance,
    initial_slope,
    loop,
    loop_course,
    loop_gain,
)

BRAKE = Autoreceptor(0.5, 2.0)
UNIT = st.floats(0, 1)


def firing(x, gain, hill, floor=0.0, sensitivity=1.0, drive=1.0):
    """Return the numbered equation of the dossier, with the resting brake at S = 1."""
    a = sensitivity * (gain * x) ** hill
    a0 = gain**hill / (1 + gain**hill)
    return drive * (floor + (1 - floor) * (1 / (1 + a)) / (1 - a0))


def test_dossier_example():
    uniform = loop(0.8, Release(0.7), Reuptake(0.1, 0.1), BRAKE)
    assert_allclose(uniform.firing, 0.39, atol=0.005)
    assert_allclose(uniform.terminal, 1.42, atol=0.005)
    cortex = loop(0.8, Release(0.7), Reuptake(0.1, 0.5), BRAKE)
    assert_allclose(cortex.firing, uniform.firing)
    assert_allclose(cortex.terminal, 0.83, atol=0.005)


def test_dossier_course_with_a_held_set_point():
    days = np.array([0, 2, 7, 14, 21, 28])
    state = loop(
        0.8, Release(0.7), Reuptake(0.1, 0.1), BRAKE, sensitivity=0.1 + 0.9 * np.exp(-days / 10)
    )
    assert_allclose(state.firing, [0.39, 0.43, 0.53, 0.67, 0.77, 0.85], atol=0.005)
    assert_allclose(state.terminal, [1.4, 1.6, 1.9, 2.4, 2.8, 3.1], atol=0.05)


def test_baseline_is_one():
    state = loop(0.0, Release(0.3, Autoreceptor(0.8, 1.5)), Reuptake(0.2, 0.7), BRAKE)
    assert_allclose(state, 1.0, rtol=1e-12)


@settings(max_examples=200)
@given(
    st.floats(0, 0.99),
    UNIT,
    st.floats(0.01, 2),
    st.floats(0, 10),
    st.floats(0.3, 8),
    st.floats(0, 0.9),
    st.floats(0, 3),
    st.floats(0.1, 10),
    st.floats(0, 20),
)
def test_balance_against_brentq(occ, phi, ns, gain, hill, floor, s, drive, agonist):
    found = loop(
        occ,
        Release(phi),
        Reuptake(ns, ns),
        Autoreceptor(gain, hill, floor),
        sensitivity=s,
        drive=drive,
        agonist=agonist,
    )
    rho = (1 - occ + ns) / (1 + ns)

    def gap(e):
        return rho * e - phi - (1 - phi) * firing(e + agonist, gain, hill, floor, s, drive)

    ceiling = (phi + drive * (1 + gain**hill)) / rho * 2 + 1
    expected = brentq(gap, 0.0, ceiling, xtol=1e-300, rtol=8.9e-16, maxiter=2000)
    assert_allclose(found.soma, expected, rtol=1e-8)
    assert_allclose(
        found.firing, firing(expected + agonist, gain, hill, floor, s, drive), rtol=1e-7
    )
    assert_allclose(found.terminal, found.firing / rho, rtol=1e-12)


def test_terminal_brake_against_brentq():
    local = Autoreceptor(1.2, 1.5)
    found = loop(0.7, Release(0.4, local), Reuptake(0.1, 0.2), BRAKE)
    rho = 0.5 / 1.2
    expected = brentq(lambda e: rho * e - found.firing * firing(e, 1.2, 1.5), 1e-9, 10)
    assert_allclose(found.terminal, expected, rtol=1e-10)
    # A local brake weakens the rise and never turns it round.
    assert 0 < found.terminal - 1 < found.firing / rho - 1


def test_a_terminal_brake_alone_attenuates_and_never_reverses():
    occ = np.linspace(0, 0.95, 200)
    state = loop(occ, Release(1.0, Autoreceptor(3.0, 2.0)), Reuptake(0.1, 0.1), Autoreceptor(0.0))
    assert np.all(np.diff(state.terminal) > 0)
    assert np.all(state.terminal <= 1 / clearance(occ, 0.1) + 1e-12)


@given(st.floats(0, 0.98), st.floats(0.01, 2), st.floats(0.1, 5), st.floats(0.5, 5))
def test_like_compartments_never_dip(occ, ns, gain, hill):
    state = loop(occ, Release(0.0), Reuptake(ns, ns), Autoreceptor(gain, hill))
    assert state.terminal >= 1 - 1e-9


@given(st.floats(0.01, 0.98), UNIT, st.floats(0.01, 2), st.floats(0.01, 2), st.floats(0.1, 5))
def test_sign_rule_firing_against_terminal_clearance(occ, phi, ns_s, ns_t, gain):
    state = loop(occ, Release(phi), Reuptake(ns_s, ns_t), Autoreceptor(gain, 2.0))
    break_even = (1 - occ + ns_t) / (1 + ns_t)
    if abs(state.firing - break_even) > 1e-9:
        assert (state.terminal < 1) == (state.firing < break_even)


@given(UNIT, st.floats(0.01, 2), st.floats(0.01, 2), st.floats(0.1, 5), st.floats(0.5, 5))
def test_initial_slope_is_the_derivative(phi, ns_s, ns_t, gain, hill):
    release, reuptake = Release(phi, Autoreceptor(0.7, 1.5)), Reuptake(ns_s, ns_t)
    brake = Autoreceptor(gain, hill, 0.2)
    d = 1e-4
    up = np.log(loop(d, release, reuptake, brake).terminal)
    up2 = np.log(loop(2 * d, release, reuptake, brake).terminal)
    numeric = (4 * up - up2) / (2 * d)
    assert_allclose(initial_slope(release, reuptake, brake), numeric, atol=2e-4)


@given(st.floats(0.01, 2), st.floats(0.01, 2), st.floats(0.1, 5), st.floats(0.5, 5))
def test_biphasic_rule_of_the_dossier(ns_s, ns_t, gain, hill):
    g = hill * gain**hill / (1 + gain**hill)
    assert_allclose(loop_gain(Autoreceptor(gain, hill)), g)
    margin = g / (1 + g) - (1 + ns_s) / (1 + ns_t)
    slope = initial_slope(Release(0.0), Reuptake(ns_s, ns_t), Autoreceptor(gain, hill))
    if abs(margin) > 1e-9:
        assert (slope < 0) == (margin > 0)


def test_an_agonist_brakes_without_any_reuptake_block():
    state = loop(0.0, Release(0.7), Reuptake(0.1, 0.1), BRAKE, agonist=[0.0, 1.0, 5.0])
    assert state.firing[0] == pytest.approx(1.0)
    assert np.all(np.diff(state.firing) < 0)
    assert np.all(state.soma[1:] < 1)


def test_an_antagonist_lets_firing_rise_above_baseline():
    state = loop(0.8, Release(0.7), Reuptake(0.1, 0.1), BRAKE, sensitivity=0.0)
    assert_allclose(state.firing, 1.25)


def test_course_solves_the_equations_and_ends_in_balance():
    release, reuptake = Release(0.7, Autoreceptor(0.3, 1.0)), Reuptake(0.1, 0.5)
    t = np.array([0.0, 0.2, 1.0, 4.0, 15.0, 100.0])
    found = loop_course(t, [0.8, 0.4], release, reuptake, BRAKE, 1.5)
    for i, occ in enumerate((0.8, 0.4)):
        rho_s, rho_t = (1.1 - occ) / 1.1, (1.5 - occ) / 1.5

        def rhs(_, y, rho_s=rho_s, rho_t=rho_t):
            f = firing(y[0], 0.5, 2)
            return [
                1.5 * (0.7 + 0.3 * f - rho_s * y[0]),
                1.5 * (f * firing(y[1], 0.3, 1.0) - rho_t * y[1]),
            ]

        y = solve_ivp(rhs, (0, 100), [1, 1], t_eval=t, rtol=1e-10, atol=1e-12).y
        assert_allclose(found.soma[i], y[0], rtol=2e-4)
        assert_allclose(found.terminal[i], y[1], rtol=2e-4)
        assert_allclose(found.firing[i], firing(y[0], 0.5, 2), rtol=4e-4)
    settled = loop([0.8, 0.4], release, reuptake, BRAKE)
    assert_allclose(found.terminal[:, -1], settled.terminal, rtol=1e-6)


def test_values_broadcast_over_patients():
    state = loop(np.linspace(0, 0.9, 5), Release(np.full((3, 1), 0.7)), Reuptake(0.1, 0.1), BRAKE)
    assert state.firing.shape == (3, 5)
    assert state.terminal.shape == (3, 5)


def test_a_guess_does_not_change_the_answer():
    plain = loop(0.8, Release(0.7), Reuptake(0.1, 0.1), BRAKE)
    for guess in (1e-6, 1.0, 1e6):
        helped = loop(0.8, Release(0.7), Reuptake(0.1, 0.1), BRAKE, guess=guess)
        assert_allclose(helped.soma, plain.soma, rtol=3e-12)


@given(
    occupancy=st.floats(0, 0.99),
    gain=st.floats(0.05, 20),
    hill=st.floats(0.5, 6),
    agonist=st.sampled_from([0.0, 0.3, 5.0]),
    off=st.floats(0.5, 2),
)
def test_newton_from_a_near_guess_stops_no_earlier_than_promised(
    occupancy, gain, hill, agonist, off
):
    place = Release(0.4), Reuptake(0.1, 0.1), Autoreceptor(gain, hill, 0.05)
    cold = loop(occupancy, *place, agonist=agonist)
    near = loop(occupancy, *place, agonist=agonist, guess=cold.soma * off)
    assert_allclose(near.soma, cold.soma, rtol=3e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Autoreceptor(-1.0), "gain must be at least 0"),
        (lambda: Autoreceptor(1.0, 0.0), "hill must be above 0"),
        (lambda: Autoreceptor(1.0, 1.0, 1.0), "floor must be at least 0 and below 1, got 1"),
        (lambda: Release(1.5), "somatic_share must be between 0 and 1"),
        (lambda: Reuptake(-0.1, 0.1), "other_soma must be at least 0"),
        (lambda: Reuptake(0.1, np.nan), "other_terminal must be finite"),
        (lambda: clearance(1.2, 0.1), "occupancy must be between 0 and 1, got 1.2"),
        (lambda: clearance(1.0, 0.0), "occupancy must be below 1 where other clearance is 0"),
        (lambda: loop(np.nan, Release(), Reuptake(), BRAKE), "occupancy must be finite"),
        (lambda: loop(0.5, Release(), Reuptake(), BRAKE, sensitivity=-1), "sensitivity must be"),
        (lambda: loop(0.5, Release(), Reuptake(), BRAKE, drive=0), "drive must be above 0"),
        (lambda: loop(0.5, Release(), Reuptake(), BRAKE, agonist=-1), "agonist must be at least 0"),
        (
            lambda: loop_course([], 0.5, Release(), Reuptake(), BRAKE, 1),
            "times must be a non-empty",
        ),
        (lambda: loop_course([0.0], 0.5, Release(), Reuptake(), BRAKE, 0), "rate must be above 0"),
    ],
)
def test_bad_input_names_the_argument_and_the_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_very_steep_brake_does_not_overflow():
    state = loop(0.95, Release(0.9), Reuptake(0.1, 0.1), Autoreceptor(2.0, 400.0))
    assert_allclose(state.firing, 0.0, atol=1e-6)
    assert_allclose(state.soma, 0.9 * 1.1 / 0.15, rtol=1e-6)


@pytest.mark.parametrize("hill", [2.0, 3.0, 4.0])
def test_extreme_but_allowed_loops_have_finite_levels(hill):
    brake = Autoreceptor(1e16, hill)
    for agonist in (0.0, 1e80):
        state = loop(0.5, Release(), Reuptake(), brake, agonist=agonist)
        assert np.isfinite(state).all()
    near = loop(
        0.8, Release(0.7), Reuptake(0.1, 0.1), Autoreceptor(1, hill),
        guess=1e17,
    )  # fmt: skip
    far = loop(0.8, Release(0.7), Reuptake(0.1, 0.1), Autoreceptor(1, hill))
    assert_allclose(near, far, rtol=1e-9)
