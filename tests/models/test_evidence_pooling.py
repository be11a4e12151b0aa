"""Several trials: pools against statsmodels, brute force and the anchors of the evidence tables."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from statsmodels.stats.meta_analysis import combine_effects

from mechanisms import evidence

SSRI = np.array(
    [
        (-1.084, 0.198), (-0.462, 0.104), (-0.626, 0.093), (-0.888, 0.139), (-0.221, 0.236),
        (-0.372, 0.088), (-0.909, 0.127), (-0.232, 0.130), (-0.602, 0.117), (-0.550, 0.190),
        (-0.848, 0.384), (-0.420, 0.107), (0.002, 0.225), (-0.373, 0.348), (-0.253, 0.097),
    ]
).T  # fmt: skip
# patients on drug and placebo, responders on drug and placebo, one trial per line
RESPONSE = np.array(
    [
        (44, 48, 31, 4), (137, 145, 90, 47), (35, 27, 19, 9), (20, 22, 11, 6), (37, 35, 29, 7),
        (39, 36, 20, 11), (36, 39, 28, 9), (192, 194, 32, 16), (30, 30, 12, 9),
        (186, 184, 106, 56), (57, 28, 23, 6), (89, 92, 40, 26), (65, 62, 17, 18), (21, 23, 9, 3),
        (89, 46, 29, 10), (6, 9, 4, 2), (14, 13, 3, 4), (56, 53, 45, 39), (109, 103, 41, 40),
        (134, 69, 71, 20),
    ]
).T  # fmt: skip
pools = st.lists(st.tuples(st.floats(-5, 5), st.floats(0.05, 3)), min_size=2, max_size=12).map(
    lambda rows: np.array(rows).T
)


def test_three_pregabalin_trials():
    result = evidence.pool([-3.2681481, -2.8, -3.90], [0.9234142, 0.9 * np.sqrt(2), 1.199062])
    np.testing.assert_allclose(
        [result.estimate, result.low, result.high], [-3.33, -4.57, -2.09], atol=0.005
    )
    assert result.i2 == 0


def test_entering_three_arms_as_independent_trials_shrinks_the_interval():
    honest = evidence.pool([-3.268, -2.8, -3.9], [0.923, 1.273, 1.199])
    counted_thrice = evidence.pool(
        [-3.8, -2.6, -3.4, -2.8, -3.9], [1.131, 1.131, 1.131, 1.273, 1.199]
    )
    assert counted_thrice.se < 0.9 * honest.se


def test_gad_class_pool():
    estimate = [-3.9, -3.5, -3.27, -2.8, -3.7, -3.9, -1.6, -3.1]
    se = [1.20, 1.29, 0.92, 1.27, 0.79, 0.86, 0.73, 0.45]
    result = evidence.pool(estimate, se)
    np.testing.assert_allclose(
        [result.estimate, result.low, result.high], [-3.11, -3.65, -2.56], atol=0.02
    )
    assert result.i2 == 0


def test_social_anxiety_pools():
    random, fixed = evidence.pool(*SSRI), evidence.pool(*SSRI, method="fixed")
    np.testing.assert_allclose(
        [random.estimate, random.low, random.high], [-0.52, -0.65, -0.38], atol=0.005
    )
    assert random.tau2 == pytest.approx(0.045, abs=0.001)
    assert random.i2 == pytest.approx(0.72, abs=0.01)
    np.testing.assert_allclose(
        [fixed.estimate, fixed.low, fixed.high], [-0.50, -0.57, -0.43], atol=0.006
    )
    paroxetine = evidence.pool(*SSRI[:, :5])
    np.testing.assert_allclose(
        [paroxetine.estimate, paroxetine.low, paroxetine.high], [-0.66, -0.89, -0.43], atol=0.005
    )


def test_response_pool():
    n1, n0, e1, e0 = RESPONSE
    assert (e1.sum(), n1.sum(), e0.sum(), n0.sum()) == (660, 1396, 342, 1258)
    effect = evidence.log_risk_ratio(e1, n1, e0, n0)
    random, fixed = evidence.pool(*effect), evidence.pool(*effect, method="fixed")
    np.testing.assert_allclose(
        np.exp([random.estimate, random.low, random.high]), [1.77, 1.44, 2.16], atol=0.005
    )
    assert random.tau2 == pytest.approx(0.118, abs=5e-4)
    assert random.i2 == pytest.approx(0.68, abs=0.01)
    np.testing.assert_allclose(
        np.exp([fixed.estimate, fixed.low, fixed.high]), [1.58, 1.43, 1.75], atol=0.005
    )
    test = evidence.egger(*effect)
    assert test.intercept == pytest.approx(1.40, abs=0.005)
    assert test.t == pytest.approx(1.80, abs=0.005)


@given(pools)
def test_pools_equal_statsmodels(rows):
    y, s = rows
    # statsmodels lets the DL variance go below 0 (and its weights below 0 with it)
    with np.errstate(all="ignore"):
        expected = combine_effects(y, s**2, method_re="chi2", use_t=True)
    random, fixed = evidence.pool(y, s), evidence.pool(y, s, method="fixed")
    assert fixed.estimate == pytest.approx(expected.mean_effect_fe, rel=1e-7, abs=1e-10)
    assert fixed.se == pytest.approx(expected.sd_eff_w_fe, rel=1e-7)
    assert random.q == pytest.approx(expected.q, rel=1e-6, abs=1e-9)
    assert random.weights.sum() == pytest.approx(1)
    if expected.q <= y.size - 1:
        assert random.tau2 == 0
        assert random.estimate == pytest.approx(float(fixed.estimate))
        return
    knapp = evidence.pool(y, s, hartung_knapp=True)
    assert random.tau2 == pytest.approx(expected.tau2, rel=1e-6, abs=1e-9)
    assert random.estimate == pytest.approx(expected.mean_effect_re, rel=1e-6, abs=1e-9)
    assert random.se == pytest.approx(expected.sd_eff_w_re, rel=1e-6)
    assert random.i2 == pytest.approx(expected.i2, rel=1e-6, abs=1e-9)
    assert knapp.se == pytest.approx(expected.sd_eff_w_re_hksj, rel=1e-6, abs=1e-9)


@given(pools)
@settings(max_examples=40)
def test_reml_maximises_the_restricted_likelihood(rows):
    y, s = rows

    def deviance(tau2):
        w = 1 / (s**2 + tau2)
        mu = (w * y).sum() / w.sum()
        return -np.log(w).sum() + np.log(w.sum()) + (w * (y - mu) ** 2).sum()

    found = float(evidence.heterogeneity_variance(y, s, "REML"))
    grid = np.concatenate([[0.0], np.geomspace(1e-6, 200, 400)])
    rough = grid[np.argmin([deviance(t) for t in grid])]
    best = optimize.minimize_scalar(
        deviance, bounds=(0, max(3 * rough, 1e-4)), method="bounded", options={"xatol": 1e-12}
    )
    assert deviance(found) <= min(best.fun, deviance(0.0)) + 1e-6


def test_reml_finds_the_higher_of_two_maxima():
    y, s = np.array([0.0, 4, 4, 4]), np.array([1.0, 1, 1 / 16, 1 / 16])
    assert evidence.heterogeneity_variance(y, s, "REML") == pytest.approx(2.792, abs=0.001)


def test_reml_of_equal_errors_is_the_sample_variance():
    y = np.array([1.0, 3.0, -2.0, 4.0, 0.5])
    assert evidence.heterogeneity_variance(y, np.full(5, 0.4), "REML") == pytest.approx(
        y.var(ddof=1) - 0.16
    )


@given(pools.filter(lambda rows: rows.shape[1] >= 3))
def test_egger_equals_ordinary_least_squares(rows):
    y, s = rows
    if np.ptp(1 / s) < 1e-3:
        return
    fit = sm.OLS(y / s, sm.add_constant(1 / s)).fit()
    result = evidence.egger(y, s)
    assert result.intercept == pytest.approx(fit.params[0], rel=1e-5, abs=1e-6)
    assert result.slope == pytest.approx(fit.params[1], rel=1e-5, abs=1e-6)
    if fit.ssr > 1e-9:
        assert result.se == pytest.approx(fit.bse[0], rel=1e-5)
        assert result.p == pytest.approx(fit.pvalues[0], rel=1e-4, abs=1e-9)


def test_many_pools_at_once():
    rng = np.random.default_rng(0)
    y, s = rng.normal(size=(50, 2, 7)), rng.uniform(0.1, 1, (7,))
    for method in ("fixed", "DL", "REML"):
        together = evidence.pool(y, s, method=method, hartung_knapp=True)
        alone = evidence.pool(y[13, 1], s, method=method, hartung_knapp=True)
        assert together.estimate.shape == (50, 2)
        assert together.estimate[13, 1] == pytest.approx(float(alone.estimate))
        assert together.tau2[13, 1] == pytest.approx(float(alone.tau2), rel=1e-6, abs=1e-12)


@given(pools, st.floats(-4, 4), st.floats(0.1, 10))
def test_shifting_and_scaling_effects_shifts_and_scales_the_pool(rows, shift, scale):
    y, s = rows
    base, moved = evidence.pool(y, s), evidence.pool(shift + scale * y, scale * s)
    assert moved.estimate == pytest.approx(shift + scale * base.estimate, rel=1e-5, abs=1e-5)
    assert moved.i2 == pytest.approx(base.i2, abs=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: evidence.pool([1.0], [1.0]), "at least 2 studies"),
        (lambda: evidence.pool([1, 2], [1, 0]), "se must be above 0, got 0"),
        (lambda: evidence.pool([1, np.nan], [1, 1]), "estimate must be finite, got nan"),
        (
            lambda: evidence.pool([1, 2], [1, 1], method="PM"),
            "method must be one of fixed, DL, REML",
        ),
        (lambda: evidence.egger([1, 2, 3], [1, 1, 1]), "se must differ between studies"),
        (lambda: evidence.pool([1, 2], [1, 1], level=1.2), "level must be between 0 and 1"),
    ],
)
def test_bad_input_names_argument_and_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()
