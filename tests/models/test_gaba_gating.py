"""The seven-state scheme: reference outputs, conservation, and three ways to the same current."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.linalg import expm, null_space

from mechanisms import gaba

JW = {
    "k_on": 3.0, "k_off": 0.15, "beta1": 0.2, "alpha1": 1.111, "beta2": 2.5, "alpha2": 0.142,
    "d1": 0.013, "r1": 0.00013, "d2": 0.875, "r2": 0.020,
}  # fmt: skip
MOZ = {
    "k_on": 6.0, "k_off": 1.0, "beta1": 0.15, "alpha1": 1.5, "beta2": 3.0, "alpha2": 0.4,
    "d1": 0.045, "r1": 0.014, "d2": 12.0, "r2": 0.07,
}  # fmt: skip
TABLE = {"jones_westbrook": JW, "mozrzymas": MOZ}


def matrix(gaba_mM, r):
    """The generator once more, from a list of arrows."""
    names = ["R", "B1", "B2", "O1", "O2", "D1", "D2"]
    arrows = [
        ("R", "B1", 2 * r["k_on"] * gaba_mM), ("B1", "R", r["k_off"]),
        ("B1", "B2", r["k_on"] * gaba_mM), ("B2", "B1", 2 * r["k_off"]),
        ("B1", "O1", r["beta1"]), ("O1", "B1", r["alpha1"]),
        ("B2", "O2", r["beta2"]), ("O2", "B2", r["alpha2"]),
        ("B1", "D1", r["d1"]), ("D1", "B1", r["r1"]),
        ("B2", "D2", r["d2"]), ("D2", "B2", r["r2"]),
    ]  # fmt: skip
    q = np.zeros((7, 7))
    for a, b, rate in arrows:
        q[names.index(a), names.index(b)] += rate
        q[names.index(a), names.index(a)] -= rate
    return q


def open_after(times, start, q):
    return np.array([(start @ expm(q * t))[[3, 4]].sum() for t in times])


@pytest.mark.parametrize("name", TABLE)
def test_rates_and_matrix_are_those_of_the_published_table(name):
    rates = gaba.scheme(name)
    for key, value in TABLE[name].items():
        assert float(getattr(rates, key)) == value
    np.testing.assert_allclose(
        gaba.rate_matrix([0.0, 0.5], rates), [matrix(0.0, TABLE[name]), matrix(0.5, TABLE[name])]
    )


@pytest.mark.parametrize(
    ("name", "peak", "ec50", "slower", "faster"),
    [("jones_westbrook", 0.687, 39.8, 1.26, 2.00), ("mozrzymas", 0.185, 105.0, 1.34, 2.01)],
)
def test_peak_and_ec50_of_the_reference_table(name, peak, ec50, slower, faster):
    rates = gaba.scheme(name)
    assert float(gaba.peak_open(10.0, rates)) == pytest.approx(peak, rel=0.01)
    got = float(gaba.peak_ec50(rates))
    assert got == pytest.approx(ec50, rel=0.03)
    assert got / float(gaba.peak_ec50(rates.scaled(k_off=0.5))) == pytest.approx(slower, rel=0.01)
    assert got / float(gaba.peak_ec50(rates.scaled(k_on=2.0))) == pytest.approx(faster, rel=0.01)


@pytest.mark.parametrize(
    ("name", "control", "slower"), [("jones_westbrook", 74.7, 106.8), ("mozrzymas", 23.5, 39.7)]
)
def test_weighted_decay_of_the_reference_table_in_a_400_ms_window(name, control, slower):
    rates = gaba.scheme(name)
    got = gaba.synaptic_decay(rates.scaled(k_off=np.array([1.0, 0.5])), 1.0, 1.0, 400.0)
    np.testing.assert_allclose(got.weighted_decay_ms, [control, slower], rtol=0.005)


@pytest.mark.parametrize(
    ("name", "frequency", "duration"),
    [("jones_westbrook", 1.77, 1.58), ("mozrzymas", 1.80, 0.77)],
)
def test_single_channel_behaviour_in_low_gaba(name, frequency, duration):
    got = gaba.opening(0.001, gaba.scheme(name))
    assert float(got.opening_frequency_hz) == pytest.approx(frequency, abs=0.005)
    assert float(got.mean_open_ms) == pytest.approx(duration, abs=0.005)


@pytest.mark.parametrize(
    ("change", "low", "high"),
    [
        ("slower unbinding", (1.23, 1.34), (1.07, 1.00)),
        ("faster binding", (1.23, 1.34), (1.07, 1.00)),
        ("faster opening", (1.99, 1.00), (1.61, 1.00)),
        ("slower closing", (1.00, 2.00), (0.80, 2.00)),
    ],
)
def test_four_perturbations_of_the_reference_table(change, low, high):
    control = gaba.scheme("jones_westbrook")
    changed = gaba.perturbed(change, control)
    for gaba_mM, expected in ((0.001, low), (1.0, high)):
        a, b = gaba.opening(gaba_mM, control), gaba.opening(gaba_mM, changed)
        got = (b.opening_frequency_hz / a.opening_frequency_hz, b.mean_open_ms / a.mean_open_ms)
        np.testing.assert_allclose(got, expected, atol=0.0051)


def test_strength_of_a_perturbation_is_smooth_and_starts_at_none():
    control = gaba.scheme()
    none = gaba.perturbed("slower unbinding", control, 0.0)
    assert float(none.k_off) == control.k_off
    many = gaba.perturbed("slower unbinding", control, np.linspace(0, 1, 5))
    np.testing.assert_allclose(many.k_off, 0.15 * 0.5 ** np.linspace(0, 1, 5))


RATE = st.floats(0.01, 5.0)
ANY = st.builds(gaba.Scheme, *(RATE,) * 10)


@given(ANY, st.floats(1e-3, 10.0))
@settings(max_examples=50)
def test_equilibrium_is_stationary_and_in_detailed_balance(rates, gaba_mM):
    p = gaba.steady_state(gaba_mM, rates)
    q = gaba.rate_matrix(gaba_mM, rates)
    assert p.sum() == pytest.approx(1.0, rel=1e-12)
    np.testing.assert_allclose(p @ q, 0.0, atol=1e-10)
    flux = p[:, None] * q
    np.testing.assert_allclose(flux, flux.T, rtol=1e-9, atol=1e-14)
    kernel = null_space(q.T)[:, 0]
    np.testing.assert_allclose(p, kernel / kernel.sum(), rtol=1e-6, atol=1e-10)


@given(ANY, st.floats(0.0, 10.0))
@settings(max_examples=30)
def test_probability_is_conserved(rates, gaba_mM):
    got = gaba.course(np.linspace(0, 50, 26), [gaba_mM, 0.0], rates, starts_ms=[0.0, 7.3])
    np.testing.assert_allclose(got.states.sum(axis=-2), 1.0, atol=1e-10)
    assert got.states.min() > -1e-12
    np.testing.assert_allclose(got.open, got.states[3] + got.states[4])


def test_expm_eigenvalues_and_differential_equations_agree():
    rates = gaba.scheme()
    times = np.array([0.0, 0.3, 1.0, 1.7, 5.0, 20.0, 90.0])
    got = gaba.course(times, [1.0, 0.0], rates, starts_ms=[0.0, 1.0])

    exponents, vectors = np.linalg.eig(matrix(1.0, JW).T)
    weights = np.linalg.solve(vectors, np.eye(7)[0])
    at_end = ((vectors * np.exp(exponents)) @ weights).real
    by_eig = [((vectors * np.exp(exponents * t)) @ weights).real[[3, 4]].sum() for t in times[:3]]
    by_eig += list(open_after(times[3:] - 1.0, at_end, matrix(0.0, JW)))
    np.testing.assert_allclose(got.open, by_eig, atol=1e-10)

    def derivative(t, p):
        return p @ matrix(1.0 if t < 1.0 else 0.0, JW)

    first = solve_ivp(derivative, (0, 1), np.eye(7)[0], method="LSODA", rtol=1e-10, atol=1e-13)
    rest = solve_ivp(
        lambda t, p: p @ matrix(0.0, JW), (1, 90), first.y[:, -1], t_eval=times[3:],
        method="LSODA", rtol=1e-10, atol=1e-13,
    )  # fmt: skip
    np.testing.assert_allclose(got.open[3:], rest.y[[3, 4]].sum(axis=0), atol=1e-8)


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("gaba_mM", [0.002, 0.05, 3.0])
def test_peak_against_a_fine_time_course(name, gaba_mM):
    times = np.concatenate([np.linspace(0, 20, 2001), np.linspace(20, 2000, 1000)[1:]])
    fine = gaba.course(times, [gaba_mM], gaba.scheme(name)).open.max()
    got = float(gaba.peak_open(gaba_mM, gaba.scheme(name)))
    # the grid misses the very top by a little and never exceeds it
    assert fine * (1 - 1e-12) <= got < fine * (1 + 1e-4)


def test_decay_against_direct_quadrature():
    rates = gaba.scheme("mozrzymas")
    dt = 0.001
    times = np.arange(0, 110, dt)
    current = gaba.course(times, [1.0, 0.0], rates, starts_ms=[0.0, 1.0]).open
    top = current.argmax()
    window = int(100 / dt)
    area = np.trapezoid(current[top : top + window + 1], dx=dt)
    got = gaba.synaptic_decay(rates, window_ms=100.0)
    assert float(got.peak_open) == pytest.approx(current[top], rel=3e-5)
    assert float(got.peak_ms) == pytest.approx(times[top], abs=dt)
    assert float(got.weighted_decay_ms) == pytest.approx(area / current[top], rel=1e-4)


def test_an_endless_window_is_the_limit_of_long_ones():
    rates = gaba.scheme()
    endless = gaba.synaptic_decay(rates, window_ms=np.inf).weighted_decay_ms
    long = gaba.synaptic_decay(rates, window_ms=1e6).weighted_decay_ms
    assert float(endless) == pytest.approx(float(long), rel=1e-9)
    assert float(endless) > 74.7


def test_a_slow_grid_and_a_fast_grid_give_the_same_current():
    rates = gaba.scheme()
    fine = gaba.course(np.linspace(0, 40, 401), [1.0, 0.0], rates, starts_ms=[0, 1.0]).open
    coarse = gaba.course([0.0, 10.0, 40.0], [1.0, 0.0], rates, starts_ms=[0, 1.0]).open
    np.testing.assert_allclose(coarse, fine[[0, 100, 400]], rtol=1e-9)


def test_long_steps_end_at_equilibrium():
    rates = gaba.scheme("mozrzymas")
    end = gaba.course([5e4], [0.01], rates).states[:, 0]
    np.testing.assert_allclose(end, gaba.steady_state(0.01, rates), atol=1e-9)


def test_second_pulse_is_smaller_while_receptors_are_desensitised():
    rates = gaba.scheme()
    times = np.linspace(0, 60, 1201)
    got = gaba.course(times, [1.0, 0.0, 1.0, 0.0], rates, starts_ms=[0, 1, 30, 31]).open
    first, second = got[times < 29].max(), got[times >= 30].max() - got[times < 30][-1]
    assert second < first


def test_bursts_follow_from_the_partitioned_matrix():
    rates = gaba.scheme()
    for gaba_mM in (0.001, 0.1):
        theory = gaba.burst_theory(gaba_mM, rates)
        gating = gaba.opening(gaba_mM, rates)
        # openings per second and open time are conserved between the two descriptions
        assert float(theory.openings * theory.frequency_hz) == pytest.approx(
            float(gating.opening_frequency_hz), rel=1e-10
        )
        assert float(theory.open_ms * theory.frequency_hz / 1000) == pytest.approx(
            float(gating.p_open), rel=1e-10
        )
        assert theory.duration_ms > theory.open_ms


def test_burst_means_without_b2_are_those_of_a_simple_chain():
    # almost no second binding: R <-> B1 <-> O1, the textbook three-state burst
    rates = gaba.Scheme(1e-9, 0.5, 2.0, 1.0, 1.0, 1.0, 1e-9, 1.0, 1e-9, 1.0)
    got = gaba.burst_theory(1.0, rates)
    assert float(got.openings) == pytest.approx(1 + 2.0 / 0.5, rel=1e-6)
    expected = (1 + 4) / 1.0 + 4 / 2.5
    assert float(got.duration_ms) == pytest.approx(expected, rel=1e-6)


def test_patients_broadcast_through_every_function():
    rates = gaba.scheme().scaled(k_off=np.linspace(0.5, 1.5, 4)[:, None], k_on=np.ones(3))
    assert gaba.course([0.0, 1.0, 5.0], np.ones((4, 3, 1)), rates).states.shape == (4, 3, 7, 3)
    assert gaba.steady_state(0.1, rates).shape == (4, 3, 7)
    assert gaba.peak_ec50(rates).shape == (4, 3)
    assert gaba.synaptic_decay(rates).weighted_decay_ms.shape == (4, 3)
    assert gaba.burst_theory(0.1, rates).openings.shape == (4, 3)
    assert gaba.opening(0.1, rates).p_open.shape == (4, 3)


@pytest.mark.parametrize(
    ("call", "error", "name"),
    [
        (lambda: gaba.scheme("jones"), KeyError, "jones_westbrook"),
        (lambda: gaba.perturbed("faster", gaba.scheme()), KeyError, "slower unbinding"),
        (lambda: gaba.scheme().scaled(kon=2.0), KeyError, "k_on"),
        (lambda: gaba.scheme().scaled(k_on=-1.0), ValueError, "k_on"),
        (lambda: gaba.rate_matrix(-1.0, gaba.scheme()), ValueError, "gaba_mM"),
        (lambda: gaba.course([], [1.0], gaba.scheme()), ValueError, "t_ms"),
        (lambda: gaba.course([0.0], [1.0, 0.0], gaba.scheme()), ValueError, "gaba_mM"),
        (lambda: gaba.course([0.0], [1.0], gaba.scheme(), starts_ms=[1.0]), ValueError, "starts_"),
        (
            lambda: gaba.course([0.0], [1.0], gaba.scheme(), initial=np.ones(7)),
            ValueError,
            "initial",
        ),
        (lambda: gaba.opening(0.0, gaba.scheme()), ValueError, "gaba_mM"),
        (lambda: gaba.peak_open(np.nan, gaba.scheme()), ValueError, "gaba_mM"),
        (lambda: gaba.peak_ec50(gaba.scheme(), -1.0), ValueError, "reference_mM"),
        (lambda: gaba.synaptic_decay(gaba.scheme(), window_ms=1.0), ValueError, "window_ms"),
    ],
)
def test_bad_input_is_named(call, error, name):
    with pytest.raises(error, match=name):
        call()
