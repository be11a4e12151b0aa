"""Subtype profiles, and the refutation that needs no weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mechanisms import drugs, gaba

SHARES = st.lists(st.floats(0.01, 1.0), min_size=4, max_size=4).map(lambda x: np.array(x) / sum(x))


def test_couplings_of_three_ligands_have_the_right_sign():
    np.testing.assert_allclose(
        gaba.subtype_coupling("diazepam"), [0.381, 0.299, 0.340, 0.372], atol=0.001
    )
    assert np.all(gaba.subtype_coupling("FG 7142") > 1)
    assert np.all(gaba.subtype_coupling("DMCM") > gaba.subtype_coupling("FG 7142"))


def test_diazepam_reaches_half_its_effect_at_the_measured_concentration():
    g = gaba.gaba_for_fraction(0.2)
    for i, alpha in enumerate(gaba.SUBTYPES):
        half = float(drugs.affinity("diazepam", f"GABA-A {alpha}", assay="function"))
        at = gaba.open_probability(g, gaba.modulation(gaba.diazepam([0.0, half, 1e9])))[:, i]
        assert (at[1] - at[0]) / (at[2] - at[0]) == pytest.approx(0.5, rel=1e-6)


@given(SHARES, st.floats(0.3, 1.0), st.floats(0.01, 0.29))
def test_no_weights_save_the_translation(weights, silent, seen):
    got = gaba.refute_translation(silent, seen, weights=weights)
    assert bool(got.contradicted)
    assert float(got.sensitivity_ratio) == pytest.approx(silent / seen, rel=1e-12)
    assert float(got.effect_silent / got.effect_seen) == pytest.approx(silent / seen, rel=1e-9)


def test_a_consistent_drug_is_not_refuted():
    assert not bool(gaba.refute_translation(0.1, 0.9).contradicted)


def test_published_case():
    above_90, below_10 = 0.90, drugs.observation("atack2011-mrk409-human-occupancy").quantity
    got = gaba.refute_translation(above_90, below_10.fraction)
    assert bool(got.contradicted)
    assert float(got.sensitivity_ratio) == pytest.approx(9.0, rel=1e-12)


def test_profile_is_the_weighted_sum():
    weights = np.array([0.85, 0.05, 0.05, 0.05])
    efficacy = np.array([0.18, 0.3, 0.45, 0.2])
    expected = 0.5 * (0.85 * 0.18 + 0.05 * 0.3 + 0.05 * 0.45 + 0.05 * 0.2)
    assert float(gaba.effect_profile(np.array([0.5]), efficacy, weights)) == pytest.approx(expected)
    many = gaba.effect_profile(np.linspace(0, 1, 6)[:, None], efficacy, weights)
    assert many.shape == (6,)
    np.testing.assert_allclose(many, np.linspace(0, 1, 6) * expected / 0.5)


def test_weights_sum_to_one_and_a_full_agonist_has_effect_one():
    for row in gaba.default_weights().values():
        full = gaba.effect_profile(np.array([1.0]), gaba.relative_efficacy("full agonist"), row)
        assert float(full) == pytest.approx(1.0)


def test_alprazolam_discrepancy_of_the_reference_calculation():
    got = gaba.benzodiazepine_occupancy(2.0, 0.9, 3.7, 0.25, 308.77, np.array([20.0, 80.0]))
    assert float(got.total_ng_per_mL) == pytest.approx(20.0, rel=0.02)
    assert float(got.free_nM) == pytest.approx(16.0, rel=0.03)
    np.testing.assert_allclose(got.occupancy, [0.45, 0.17], atol=0.005)
    seen = drugs.observation("fujita1999-alprazolam").quantity.fraction
    assert got.occupancy[0] / seen > 2.5


@pytest.mark.parametrize(
    ("call", "error", "name"),
    [
        (lambda: gaba.subtype_coupling("zolpidem"), KeyError, "zolpidem"),
        (lambda: gaba.relative_efficacy("zolpidem"), KeyError, "zolpidem"),
        (lambda: gaba.effect_profile([1.2], np.ones(4), np.full(4, 0.25)), ValueError, "occupancy"),
        (lambda: gaba.effect_profile([1.0], np.ones(4), np.ones(4)), ValueError, "weights"),
        (lambda: gaba.refute_translation(0.9, 0.0), ValueError, "occupancy_seen"),
        (lambda: gaba.refute_translation(0.9, 0.1, -np.ones(4)), ValueError, "efficacy"),
        (
            lambda: gaba.benzodiazepine_occupancy(-1.0, 0.9, 3.7, 0.25, 300.0, 20.0),
            ValueError,
            "dose_mg_per_day",
        ),
    ],
)
def test_bad_input_is_named(call, error, name):
    with pytest.raises(error, match=name):
        call()
