"""Two accounts of norepinephrine, the biphasic scan, and selectivity."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import brentq

from mechanisms import drugs, norepinephrine
from mechanisms.feedback import Autoreceptor, Release, Reuptake

OCCUPANCY = st.floats(0.0, 0.99)


def somatic_level(net, other, gain, hill, floor, share):
    """Balance of the loop by root finding, from the written equations."""
    rho = (1 - net + other) / (1 + other)
    resting = gain**hill / (1 + gain**hill)

    def firing(e):
        a = (gain * e) ** hill / (1 + (gain * e) ** hill)
        return floor + (1 - floor) * (1 - a) / (1 - resting)

    level = brentq(lambda e: share + (1 - share) * firing(e) - rho * e, 1e-12, 10 / rho + 10)
    return level, firing(level)


@pytest.mark.parametrize("net", [0.0, 0.2, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("share", [0.0, 0.7])
def test_alpha2_account_balances(net, share):
    got = norepinephrine.alpha2_account(
        0.3, net, other_soma=0.2, other_terminal=0.5, somatic_share=share,
        autoreceptor=Autoreceptor(1.5, 2.0, 0.1),
    )  # fmt: skip
    level, firing = somatic_level(net, 0.2, 1.5, 2.0, 0.1, share)
    assert float(got.soma) == pytest.approx(level, rel=1e-9)
    assert float(got.firing) == pytest.approx(firing, rel=1e-9)
    assert float(got.terminal) == pytest.approx(firing * 1.5 / (1 - net + 0.5), rel=1e-9)


def test_alpha2_account_falls_monotonically_with_net_block_and_ignores_sert():
    net = np.linspace(0, 0.95, 40)
    got = norepinephrine.alpha2_account(0.0, net)
    assert np.all(np.diff(got.firing) < 0)
    assert got.firing[0] == pytest.approx(1.0)
    np.testing.assert_array_equal(got.firing, norepinephrine.alpha2_account(0.8, net).firing)


def test_blocking_the_brake_raises_terminal_norepinephrine_as_measured():
    # the gain was set from this observation: it is a consistency check, not a prediction
    got = float(norepinephrine.alpha2_account(0.0, 0.0, sensitivity=0.0).terminal)
    rise = drugs.observation("fernandez2002-brl44408").quantity
    assert got == pytest.approx(1 + rise.fraction, rel=0.001)


def test_like_compartments_never_dip():
    got = norepinephrine.alpha2_account(0.0, np.linspace(0, 0.95, 50))
    assert got.terminal.min() >= 1 - 1e-12


def test_serotonin_first_reference_numbers():
    curve = norepinephrine.dose_curve([20, 150, 225, 375], 5.8, 175.0, "serotonin first")
    np.testing.assert_allclose(curve.terminal, [0.75, 0.95, 1.08, 1.27], atol=0.006)
    weak = norepinephrine.dose_curve(np.linspace(0, 375, 200), 5.8, 119 * 5.8, "serotonin first")
    assert weak.terminal[1:].max() < 1.0


@given(OCCUPANCY, OCCUPANCY)
def test_accounts_share_one_signature_and_agree_without_drug(sert, net):
    for account in norepinephrine.ACCOUNTS.values():
        none = account(0.0, 0.0, other_soma=0.3, other_terminal=0.3)
        assert [float(v) for v in none] == pytest.approx([1.0, 1.0, 1.0], rel=1e-9)
        some = account(sert, net, other_soma=0.3, other_terminal=0.3)
        assert 0 < float(some.firing) <= 1 + 1e-9


def test_scan_reports_the_counts_of_its_own_grid():
    grid = norepinephrine.scan_grid()
    got = norepinephrine.scan_biphasic(**grid)
    assert got.total == 1080
    for name, low, high in (
        ("other_soma", 0.02, 2), ("other_terminal", 0.02, 2), ("gain", 0.1, 10), ("hill", 1, 4),
        ("floor", 0, 0.6),
    ):  # fmt: skip
        assert grid[name].min() == pytest.approx(low)
        assert grid[name].max() == pytest.approx(high)
    # counted once more by bisection of the written equations, every ninth set
    occupancies = np.linspace(0, 0.92, 47)
    for i in range(0, 1080, 9):
        s, t, a, h, r = (float(grid[k][i]) for k in grid)
        low, high = np.zeros(47), np.full(47, 200.0)
        rho = (1 - occupancies + s) / (1 + s)
        for _ in range(80):
            e = (low + high) / 2
            f = r + (1 - r) * (1 + a**h) / (1 + (a * e) ** h)
            low, high = np.where(f > rho * e, e, low), np.where(f > rho * e, high, e)
        terminal = f * (1 + t) / (1 - occupancies + t)
        assert got.final[i] == pytest.approx(terminal[-1], rel=1e-6)
        assert got.lowest[i] == pytest.approx(terminal.min(), rel=2e-3)
    assert got.dips == int((got.lowest < 0.95).sum())
    assert got.biphasic == int(((got.lowest < 0.95) & (got.final > 1.1)).sum())


def test_the_textbook_shape_is_rare():
    got = norepinephrine.scan_biphasic(**norepinephrine.scan_grid())
    assert 0.05 < got.dips / got.total < 0.30
    assert got.biphasic / got.total < 0.01


@given(
    st.floats(0.02, 2), st.floats(0.02, 2), st.floats(0.1, 10), st.floats(1, 4), st.floats(0, 0.6)
)
def test_biphasic_rule_tells_the_first_direction(soma, terminal, gain, hill, floor):
    steepness = (1 - floor) * hill * gain**hill / (1 + gain**hill)
    ratio = steepness / (1 + steepness) - (1 + soma) / (1 + terminal)
    assume(abs(ratio) >= 0.01)
    trace = norepinephrine.alpha2_account(
        0.0, 1e-4, other_soma=soma, other_terminal=terminal, somatic_share=0.0,
        autoreceptor=Autoreceptor(gain, hill, floor),
    )  # fmt: skip
    assert (float(trace.terminal) < 1) == (ratio > 0)


def test_firing_dose_curves_of_the_observed_ed50():
    venlafaxine = [
        drugs.observation(f"beique1999-venlafaxine-{place}").quantity.value
        for place in ("drn", "lc")
    ]
    np.testing.assert_allclose(norepinephrine.firing_dose_curve(venlafaxine, venlafaxine), 0.5)
    assert venlafaxine[1] / venlafaxine[0] == pytest.approx(3.1, abs=0.05)


@given(st.floats(0.3, 0.95), st.floats(0.3, 3), st.floats(1, 4), st.floats(0.02, 1))
def test_occupancy_for_firing_runs_the_loop_backwards(firing, gain, hill, other):
    brake, reuptake = Autoreceptor(gain, hill), Reuptake(other, other)
    occupied = float(norepinephrine.occupancy_for_firing(firing, Release(0.2), reuptake, brake))
    assume(0 <= occupied < 0.999)
    again = norepinephrine.alpha2_account(
        0.0, occupied, other_soma=other, other_terminal=other, somatic_share=0.2,
        autoreceptor=brake,
    )  # fmt: skip
    assert float(again.firing) == pytest.approx(firing, rel=1e-6)


def test_like_loops_leave_the_affinity_ratio_alone():
    assert float(norepinephrine.firing_ed50_ratio(30.2, 0.6, 0.6)) == pytest.approx(30.2)


def test_parent_and_metabolite_are_summed():
    got = norepinephrine.summed_occupancy([[10.0, 30.0]], [5.0, 10.0])
    assert float(got[0]) == pytest.approx(5 / 6)
    alone = norepinephrine.summed_occupancy([[10.0]], [5.0])
    assert float(alone[0]) == pytest.approx(2 / 3)


def test_venlafaxine_from_dose_to_both_transporters():
    got = norepinephrine.snri_occupancy("venlafaxine", [75.0, 150.0], assay="mixed")
    assert got.ligands == ("venlafaxine", "desvenlafaxine")
    parent, metabolite = 0.73 * 192 / 277.4 * 1000, 0.70 * 269 / 263.4 * 1000
    np.testing.assert_allclose(got.free_nM[1], [parent, metabolite], rtol=0.005)
    bound = parent / 1920 + metabolite / 558
    assert got.net[1] == pytest.approx(bound / (1 + bound), rel=0.005)
    bound = parent / 79 + metabolite / 44
    assert got.sert[1] == pytest.approx(bound / (1 + bound), rel=0.005)


def test_the_assay_moves_the_answer():
    mixed, binding = (
        norepinephrine.snri_occupancy("venlafaxine", 150.0, assay=assay)
        for assay in ("mixed", "binding")
    )
    assert float(mixed.net) > 1.3 * float(binding.net)


def test_selectivity_by_assay_and_in_vivo():
    ratios = {row.ratio for row in norepinephrine.selectivity_table("venlafaxine")}
    assert any(r == pytest.approx(30.2, abs=0.1) for r in ratios)
    assert any(r == pytest.approx(119, abs=0.5) for r in ratios)
    rows = norepinephrine.selectivity_table("duloxetine")
    in_vitro = [r.ratio for r in rows if r.route == "in vitro, binding"]
    assert in_vitro == [pytest.approx(9.4, abs=0.05)]
    in_vivo = [r.ratio for r in rows if r.route == "in vivo, EC50"]
    assert min(in_vivo) == pytest.approx(58 / 3.7)
    by_dose = [
        r.ratio for r in rows if r.route == "in vivo, ED50" and "takano2006" in r.sert.source
    ]
    assert sorted(by_dose) == [pytest.approx(9.7, abs=0.05), pytest.approx(11.7, abs=0.05)]


def test_patients_broadcast():
    out = norepinephrine.dose_curve(np.ones((3, 1)) * 75, [5.8, 6.0], 175.0)
    assert out.terminal.shape == (3, 2)
    assert norepinephrine.snri_occupancy("duloxetine", np.ones((4, 2))).net.shape == (4, 2)


@pytest.mark.parametrize(
    ("call", "error", "name"),
    [
        (lambda: norepinephrine.alpha2_account(0.0, 1.1), ValueError, "net"),
        (lambda: norepinephrine.serotonin_first_account(-0.1, 0.5), ValueError, "sert"),
        (
            lambda: norepinephrine.serotonin_first_account(0.1, 0.5, inhibition=2.0),
            ValueError,
            "inhibition",
        ),
        (lambda: norepinephrine.dose_curve(50, 5.8, 175, "beta"), KeyError, "serotonin first"),
        (lambda: norepinephrine.dose_curve(-50, 5.8, 175), ValueError, "dose_mg"),
        (lambda: norepinephrine.firing_dose_curve(1.0, 0.0), ValueError, "ed50"),
        (
            lambda: norepinephrine.occupancy_for_firing(
                0.1, Release(), Reuptake(), Autoreceptor(1.0, 1.0, 0.2)
            ),
            ValueError,
            "firing",
        ),
        (lambda: norepinephrine.firing_ed50_ratio(1.0, 0.0, 0.5), ValueError, "raphe_occupancy"),
        (lambda: norepinephrine.scan_biphasic(0.1, 0.1, 1, 2, 0, dip=-1), ValueError, "dip"),
        (
            lambda: norepinephrine.scan_biphasic(0.1, 0.1, 1, 2, 0, highest_occupancy=1.0),
            ValueError,
            "highest_occupancy",
        ),
        (lambda: norepinephrine.summed_occupancy([-1.0], [1.0]), ValueError, "free_nM"),
        (lambda: norepinephrine.summed_occupancy([1.0], [0.0]), ValueError, "ki_nM"),
        (lambda: norepinephrine.snri_occupancy("venlafaxin", 75), KeyError, "venlafaxine"),
        (
            lambda: norepinephrine.snri_occupancy("venlafaxine", 75, assay="uptake"),
            KeyError,
            "NET",
        ),
        (lambda: norepinephrine.selectivity_ratio(0.0, 1.0), ValueError, "net"),
    ],
)
def test_bad_input_is_named(call, error, name):
    with pytest.raises(error, match=name):
        call()
