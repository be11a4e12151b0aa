"""The co-agonist receptor against its own equation, limits and the worked reference numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from mechanisms import gaba

COUPLING = st.floats(0.05, 20.0)
GABA = st.floats(0.0, 1e5)


def equation(gaba_uM, L, k, c, factor=1.0):
    """P_open written out state by state: 3 closed and 3 open GABA states."""
    x = gaba_uM / k
    closed = L * factor * (1 + 2 * x + x**2)
    opened = 1 + 2 * x / c + (x / c) ** 2
    return opened / (opened + closed)


@given(GABA, st.floats(100, 1e5), st.floats(1, 200), st.floats(1e-3, 0.1), COUPLING)
def test_open_probability_is_the_sum_over_states(g, L, k, c, d):
    got = gaba.open_probability(g, d, gaba.Receptor(L, k, c))
    assert float(got) == pytest.approx(equation(g, L, k, c, d), rel=1e-10)


@pytest.mark.parametrize(("L", "c", "k"), [(8000, 0.00373, 61.0), (25000, 0.00211, 60.7)])
def test_forced_constants_of_the_reference_table(L, c, k):
    fitted = gaba.fit_receptor(0.90, 26.0, L)
    assert float(fitted.c_gaba) == pytest.approx(c, rel=0.01)
    assert float(fitted.k_gaba_uM) == pytest.approx(k, rel=0.01)
    top = equation(1e12, L, float(fitted.k_gaba_uM), float(fitted.c_gaba))
    assert top == pytest.approx(0.90, rel=1e-6)
    half = equation(26.0, L, float(fitted.k_gaba_uM), float(fitted.c_gaba))
    assert half == pytest.approx(0.45, rel=1e-9)
    assert equation(0.0, L, 1.0, 0.1) < 0.001


@pytest.mark.parametrize(("L", "tolerance"), [(8000.0, 0.005), (25000.0, 0.03)])
def test_couplings_energies_and_shifts_of_the_reference_table(L, tolerance):
    fitted = gaba.fit_receptor(0.90, 26.0, L)
    coupling = gaba.coupling_from_potentiation([103, 135, 118, 106], 0.2, fitted)
    np.testing.assert_allclose(coupling, [0.381, 0.299, 0.340, 0.372], atol=0.001)
    np.testing.assert_allclose(
        gaba.free_energy(coupling), [-0.57, -0.71, -0.63, -0.58], atol=0.0051
    )
    np.testing.assert_allclose(
        gaba.ec50_shift(coupling, fitted), [1.76, 2.03, 1.89, 1.79], atol=tolerance
    )
    # the shift once more, by root finding on the equation
    k, c = float(fitted.k_gaba_uM), float(fitted.c_gaba)
    for d, shift in zip(coupling, gaba.ec50_shift(coupling, fitted), strict=True):
        half = [
            brentq(lambda g, f=f: equation(g, L, k, c, f) - 0.5 / (1 + L * f * c**2), 1e-3, 1e3)
            for f in (1.0, float(d))
        ]
        assert half[0] / half[1] == pytest.approx(float(shift), rel=1e-8)


def test_sensitivity_table_with_remembered_constants():
    remembered = gaba.Receptor(8000, 70, 0.003)
    d = np.array([0.5, 0.35, 0.25, 0.182, 0.16])
    np.testing.assert_allclose(
        gaba.ec50_shift(d, remembered), [1.50, 1.84, 2.23, 2.67, 2.87], atol=0.005
    )
    at_ec20 = gaba.potentiation(0.2, d, remembered)
    np.testing.assert_allclose(at_ec20[[0, 1, 2, 4]], [69, 112, 156, 216], atol=0.5)
    np.testing.assert_allclose(
        gaba.potentiation([0.05, 0.2, 0.5, 0.9], 0.35, remembered), [163, 112, 53, 12], atol=0.5
    )


def test_the_published_shift_needs_more_energy_than_the_potentiation_gives():
    needed = gaba.coupling_for_shift(2.5)
    assert float(needed) == pytest.approx(0.21, abs=0.005)
    assert float(gaba.free_energy(needed)) == pytest.approx(-0.92, abs=0.005)
    assert float(gaba.ec50_shift(needed)) == pytest.approx(2.5, rel=1e-9)
    one_kcal = gaba.coupling_from_free_energy(-1.0)
    assert float(gaba.ec50_shift(one_kcal)) == pytest.approx(2.7, abs=0.05)


def test_ceiling_of_a_positive_modulator():
    d = gaba.subtype_coupling("diazepam")
    rise = gaba.maximum_open_probability(d) / gaba.maximum_open_probability(1.0) - 1
    assert np.all((rise > 0.065) & (rise < 0.076))
    assert np.all(gaba.open_probability(0.0, d) < 0.0005)


@given(COUPLING)
def test_energy_and_coupling_are_inverse(d):
    assert float(gaba.coupling_from_free_energy(gaba.free_energy(d))) == pytest.approx(d, rel=1e-12)
    assert np.sign(gaba.free_energy(d)) == np.sign(d - 1)


@given(st.floats(-90, 300))
def test_potentiation_round_trip(percent):
    d = gaba.coupling_from_potentiation(percent)
    assert float(gaba.potentiation(0.2, d)) == pytest.approx(percent, abs=1e-9)
    assert abs(percent) < 1e-9 or (float(d) < 1) == (percent > 0)


@given(st.floats(0.02, 0.98), COUPLING)
def test_gaba_for_fraction_inverts_the_curve(x, d):
    g = gaba.gaba_for_fraction(x, d)
    got = gaba.open_probability(g, d) / gaba.maximum_open_probability(d)
    assert float(got) == pytest.approx(x, rel=1e-9)


@given(st.floats(0, 1e4), st.floats(1, 100), COUPLING)
def test_modulation_runs_from_nothing_to_the_coupling(level, kd, d):
    m = float(gaba.modulation(gaba.Ligand(level, kd, d)))
    assert min(1, d) * (1 - 1e-12) <= m <= max(1, d) * (1 + 1e-12)
    assert float(gaba.modulation(gaba.Ligand(1e12, kd, d))) == pytest.approx(d, rel=1e-6)
    assert float(gaba.modulation()) == 1.0


def test_antagonist_does_nothing_alone_and_takes_the_agonist_away():
    agonist = gaba.Ligand(100.0, 20.0, 0.35)
    antagonist = gaba.Ligand(1e5, 1.0, 1.0)
    assert float(gaba.modulation(antagonist)) == 1.0
    both = float(gaba.modulation(agonist, antagonist))
    assert float(gaba.modulation(agonist)) < both < 1.0
    assert both == pytest.approx(1.0, abs=1e-3)


def test_partial_agonist_lowers_a_full_agonist_and_raises_an_inverse_one():
    partial = gaba.Ligand(1e4, 1.0, 0.7)
    full, inverse = gaba.Ligand(200.0, 20.0, 0.3), gaba.Ligand(200.0, 20.0, 2.0)
    assert gaba.modulation(full, partial) > gaba.modulation(full)
    assert gaba.modulation(inverse, partial) < gaba.modulation(inverse)


def test_half_effect_comes_back():
    for half, d in ((27.0, 0.381), (48.0, 0.34), (30.0, 2.5)):
        kd = gaba.closed_affinity(half, d)
        g = gaba.gaba_for_fraction(0.2)
        at = [
            float(gaba.open_probability(g, gaba.modulation(gaba.Ligand(level, kd, d))))
            for level in (0.0, half, 1e12)
        ]
        assert at[1] == pytest.approx((at[0] + at[2]) / 2, rel=1e-6)


def test_patients_broadcast():
    patients = gaba.fit_receptor(np.full((5, 1), 0.9), np.linspace(10, 40, 5)[:, None], 8000)
    out = gaba.open_probability(np.geomspace(1, 1000, 7), np.linspace(0.3, 1, 7), patients)
    assert out.shape == (5, 7)
    assert np.all(np.diff(out[:, 0]) < 0)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: gaba.open_probability(-1.0), "gaba_uM"),
        (lambda: gaba.open_probability(np.nan), "gaba_uM"),
        (lambda: gaba.open_probability(1.0, 0.0), "modulation"),
        (lambda: gaba.open_probability(1.0, 1.0, gaba.Receptor(8000, 60, 1.5)), "c_gaba"),
        (lambda: gaba.fit_receptor(1.0, 26, 8000), "p_max"),
        (lambda: gaba.fit_receptor(0.9, 26, 1.0), "L must"),
        (lambda: gaba.gaba_for_fraction(1.0), "fraction"),
        (lambda: gaba.gaba_for_fraction(1e-7), "fraction"),
        (lambda: gaba.coupling_from_potentiation(500.0), "potentiation_percent"),
        (lambda: gaba.coupling_from_potentiation(-100.0), "potentiation_percent"),
        (lambda: gaba.coupling_for_shift(0.5), "shift"),
        (lambda: gaba.closed_affinity(20.0, 1.0), "coupling"),
        (lambda: gaba.modulation(gaba.Ligand(-1.0, 1.0, 1.0)), "concentration_nM"),
        (lambda: gaba.modulation(gaba.Ligand(1.0, 0.0, 1.0)), "kd_nM"),
        (lambda: gaba.free_energy(-0.1), "coupling"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=name):
        call()
