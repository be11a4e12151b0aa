"""Gabapentinoids: both arms against closed forms, and the exponent against the measured range."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from mechanisms import calcium, drugs

SHARE = st.floats(0.0, 1.0)


def test_exponents_of_the_reference_table():
    full = calcium.release_inhibition(1e12, efficacy=0.35, cooperativity=np.arange(1, 5))
    np.testing.assert_allclose(full, [0.35, 0.58, 0.73, 0.82], atol=0.005)
    highest = -drugs.observation("brawek2008-release").quantity.low / 100
    assert highest == pytest.approx(0.56)
    # with the fourth power the model overshoots everything that was measured
    assert full[0] < highest < full[2] < full[3]


def test_inversion_of_the_reference_table():
    loss = calcium.calcium_loss_for_inhibition([0.11, 0.26], 4.0)
    np.testing.assert_allclose(loss, [0.03, 0.07], atol=0.005)


@given(SHARE, st.floats(0.5, 4.0))
def test_inversion_undoes_release(loss, m):
    inhibition = 1 - calcium.release(1 - loss, m)
    got = float(calcium.calcium_loss_for_inhibition(np.clip(inhibition, 0, 1), m))
    assert got == pytest.approx(loss, abs=1e-6)


def test_first_instant_and_steady_state_separate_the_two_accounts():
    kwargs = {"efficacy": 0.35, "cooperativity": 1.0}
    acute = calcium.release_inhibition(1e12, [0.0, np.inf], acute_share=1.0, **kwargs)
    slow = calcium.release_inhibition(1e12, [0.0, np.inf], acute_share=0.0, **kwargs)
    np.testing.assert_allclose(acute, 0.35, rtol=1e-9)
    np.testing.assert_allclose(slow, [0.0, 0.35], atol=1e-9)


def test_half_time_of_the_slow_arm():
    x = calcium.functional_channels(1.0, [0.0, 24.0, 48.0], efficacy=0.4, acute_share=0.0,
                                    half_time_h=24.0)  # fmt: skip
    np.testing.assert_allclose(x, [1.0, 0.8, 0.7], rtol=1e-12)


@given(SHARE, SHARE, SHARE, st.floats(0, 500))
def test_influx_stays_between_its_limits(theta, efficacy, share, t_h):
    x = float(calcium.functional_channels(theta, t_h, efficacy=efficacy, acute_share=share))
    assert 1 - efficacy * theta - 1e-12 <= x <= 1 - efficacy * theta * share + 1e-12


def test_course_under_constant_drug_is_the_closed_form():
    t = np.linspace(0, 200, 101)
    got = calcium.channel_course(t, np.full(101, 17.0), acute_share=0.3)
    np.testing.assert_allclose(got.occupancy, 0.5)
    np.testing.assert_allclose(
        got.influx, calcium.functional_channels(0.5, t, acute_share=0.3), rtol=1e-10
    )
    assert got.surface[0] == 1.0


def test_course_under_a_changing_level_against_solve_ivp():
    t = np.linspace(0, 72, 3601)
    level = 40 * np.exp(-t / 9)
    got = calcium.channel_course(
        t, level, k_uM=17.0, efficacy=0.35, acute_share=0.5, half_time_h=24.0
    )

    def derivative(at, x):
        theta = 40 * np.exp(-at / 9) / (40 * np.exp(-at / 9) + 17)
        return np.log(2) / 24 * (1 - 0.5 * 0.35 * theta - x)

    exact = solve_ivp(derivative, (0, 72), [1.0], t_eval=t, rtol=1e-10, atol=1e-12).y[0]
    np.testing.assert_allclose(got.surface, exact, atol=1e-6)
    theta = level / (level + 17)
    np.testing.assert_allclose(got.influx, exact - 0.5 * 0.35 * theta, atol=1e-6)


def test_binding_and_function_differ_by_a_factor_of_hundreds():
    plasma = float(drugs.constant("pregabalin.level_600_uM"))
    binding = float(drugs.affinity("pregabalin", "alpha2delta-1")) / 1000
    assert float(calcium.alpha2delta_occupancy(plasma, binding)) > 0.99
    assert float(calcium.alpha2delta_occupancy(plasma)) == pytest.approx(39 / 56, rel=0.01)


def test_patients_broadcast():
    out = calcium.release_inhibition(
        np.ones((4, 1)) * 30, np.linspace(0, 100, 5), acute_share=np.linspace(0, 1, 4)[:, None]
    )
    assert out.shape == (4, 5)
    course = calcium.channel_course(
        np.linspace(0, 10, 6), np.ones((4, 6)), efficacy=np.linspace(0, 1, 4)
    )
    assert course.influx.shape == (4, 6)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: calcium.alpha2delta_occupancy(-1.0), "concentration"),
        (lambda: calcium.functional_channels(1.1, 1.0), "occupancy"),
        (lambda: calcium.functional_channels(0.5, -1.0), "elapsed|t_h"),
        (lambda: calcium.functional_channels(0.5, 1.0, efficacy=1.5), "efficacy"),
        (lambda: calcium.functional_channels(0.5, 1.0, acute_share=-0.1), "acute_share"),
        (lambda: calcium.functional_channels(0.5, 1.0, half_time_h=0.0), "half_time_h"),
        (lambda: calcium.release(0.5, 0.0), "cooperativity"),
        (lambda: calcium.release(-0.5), "influx"),
        (lambda: calcium.release_inhibition(1.0, np.nan), "t_h"),
        (lambda: calcium.calcium_loss_for_inhibition(1.2, 1.0), "inhibition"),
        (lambda: calcium.channel_course([], []), "t_h"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=name):
        call()
