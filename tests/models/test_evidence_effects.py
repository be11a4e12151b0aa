"""One trial: differences, ratios and conversions, against libraries and published p values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats import meta_analysis, proportion

from mechanisms import evidence
from mechanisms.evidence import Arm

counts = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(1, 40), st.integers(1, 40))


def test_rickels_arms_recover_the_printed_p_values():
    n = np.array([91, 90, 89])
    arms = Arm(n, np.array([-12.2, -11.0, -11.8]), evidence.sd_from_se(0.8, n))
    placebo = Arm(91, -8.4, evidence.sd_from_se(0.8, 91))
    difference, se = evidence.mean_difference(arms, placebo)
    np.testing.assert_allclose(difference, [-3.8, -2.6, -3.4])
    np.testing.assert_allclose(se, 0.8 * np.sqrt(2))
    p = evidence.p_value(difference, se)
    np.testing.assert_allclose(p, [0.0008, 0.022, 0.0027], atol=5e-4)
    assert list(np.round(p, 3)) == [0.001, 0.022, 0.003]


def test_kasper_p_value():
    drug = Arm(121, -14.5, evidence.sd_from_se(0.9, 121))
    placebo = Arm(128, -11.7, evidence.sd_from_se(0.9, 128))
    effect = evidence.mean_difference(drug, placebo)
    assert evidence.p_value(*effect) == pytest.approx(0.028, abs=5e-4)


def test_feltner_errors_from_p_values():
    np.testing.assert_allclose(
        evidence.se_from_p([-3.90, -2.35], [0.0013, 0.0483], 252), [1.20, 1.18], atol=0.005
    )


def test_arms_of_one_trial_merge_to_all_patients_thrown_together():
    rng = np.random.default_rng(3)
    groups = [rng.normal(m, s, n) for m, s, n in ((1, 2, 30), (3, 1, 12), (-2, 4, 51))]
    merged = evidence.combine_arms(
        Arm(
            np.array([g.size for g in groups]),
            np.array([g.mean() for g in groups]),
            np.array([g.std(ddof=1) for g in groups]),
        )
    )
    everyone = np.concatenate(groups)
    assert merged.n == everyone.size
    assert merged.mean == pytest.approx(everyone.mean())
    assert merged.sd == pytest.approx(everyone.std(ddof=1))


def test_rickels_pregabalin_arms_merge_to_the_dossier_numbers():
    n = np.array([91, 90, 89])
    merged = evidence.combine_arms(
        Arm(n, np.array([-12.2, -11.0, -11.8]), evidence.sd_from_se(0.8, n))
    )
    assert merged.n == 270
    assert merged.mean == pytest.approx(-11.67, abs=0.005)
    assert merged.sd == pytest.approx(7.58, abs=0.005)
    placebo = Arm(91, -8.4, evidence.sd_from_se(0.8, 91))
    md = evidence.mean_difference(merged, placebo)
    assert md.estimate == pytest.approx(-3.27, abs=0.005)
    assert md.se == pytest.approx(0.92, abs=0.005)
    assert -evidence.hedges_g(merged, placebo).estimate == pytest.approx(0.43, abs=0.005)


def test_hedges_g_equals_statsmodels():
    m1, s1, n1 = np.array([3.0, -2.0]), np.array([2.0, 5.0]), np.array([12.0, 80.0])
    m0, s0, n0 = np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.array([15.0, 40.0])
    expected, variance = meta_analysis.effectsize_smd(m1, s1, n1, m0, s0, n0)
    g, se = evidence.hedges_g(Arm(n1, m1, s1), Arm(n0, m0, s0))
    np.testing.assert_allclose(g, expected)
    np.testing.assert_allclose(se**2, variance)


@pytest.mark.parametrize(
    ("name", "statistic"), [("log_risk_ratio", "risk-ratio"), ("log_odds_ratio", "odds-ratio")]
)
def test_ratios_equal_statsmodels(name, statistic):
    e1, n1 = np.array([31, 90, 4]), np.array([44, 137, 20])
    e0, n0 = np.array([4, 47, 9]), np.array([48, 145, 25])
    expected, variance = meta_analysis.effectsize_2proportions(e1, n1, e0, n0, statistic=statistic)
    estimate, se = getattr(evidence, name)(e1, n1, e0, n0)
    np.testing.assert_allclose(estimate, expected)
    np.testing.assert_allclose(se**2, variance)


def test_zero_cells_are_corrected_only_where_they_are():
    with_zero, without = evidence.log_odds_ratio([0, 5], 20, [3, 3], 20)[0]
    assert with_zero == pytest.approx(np.log((0.5 * 17.5) / (20.5 * 3.5)))
    assert without == pytest.approx(np.log((5 * 17) / (15 * 3)))


@given(counts)
def test_fisher_equals_scipy(cells):
    a, c, b, d = cells
    expected = stats.fisher_exact([[a, b], [c, d]]).pvalue
    assert evidence.fisher_p(a, a + b, c, c + d) == pytest.approx(expected, rel=1e-9)


def test_lenze_table_fisher_p_values():
    # ten of the twelve rows; the printed .80 and .99 of the other two are no exact p values
    p = evidence.fisher_p(
        [65, 35, 22, 13, 12, 11, 9, 8, 7, 5], 85, [59, 10, 26, 7, 2, 5, 3, 0, 2, 14], 92
    )
    printed = [0.10, 0.0005, 0.73, 0.15, 0.004, 0.11, 0.07, 0.002, 0.09, 0.05]
    np.testing.assert_allclose(p, printed, atol=0.01)


def test_wilson_and_newcombe_equal_statsmodels():
    low, high = evidence.wilson_interval([0, 3, 40], 40)
    expected = proportion.proportion_confint([0, 3, 40], 40, method="wilson")
    np.testing.assert_allclose([low, high], expected, atol=1e-12)
    delta, low, high = evidence.risk_difference(92, 158, 60, 157)
    expected = proportion.confint_proportions_2indep(92, 158, 60, 157, method="newcomb")
    np.testing.assert_allclose([low, high], expected)
    assert delta == pytest.approx(92 / 158 - 60 / 157)


@pytest.mark.parametrize(
    ("counts", "number"),
    [
        ((113, 140, 18, 76), 1.8),
        ((83, 139, 18, 76), 2.8),
        ((73, 133, 18, 76), 3.2),
        ((73, 4186, 18, 4186), 76),
        ((450, 138246, 84, 138246), 378),
    ],
)
def test_numbers_needed_of_the_dossier(counts, number):
    result = evidence.number_needed_from_counts(*counts)
    assert result.estimate == pytest.approx(number, abs=0.05 if number < 10 else 0.5)
    assert result.low < result.estimate < result.high
    assert not result.through_infinity


def test_number_needed_runs_through_infinity_when_harm_is_possible():
    result = evidence.number_needed(0.05, -0.02, 0.12)
    assert result.through_infinity
    assert result.estimate == pytest.approx(20)
    assert result.low == pytest.approx(-50)
    assert result.high == pytest.approx(1 / 0.12)
    assert np.isinf(evidence.number_needed(0.0, -0.1, 0.1).estimate)


def test_nice_ratios_become_the_numbers_needed_of_the_dossier():
    ratios = np.array([0.70, 0.75, 0.78, 0.79, 0.80, 0.91])
    risk = evidence.risk_from_risk_ratio(ratios, 1 - 0.428)
    np.testing.assert_allclose(1 / ((1 - 0.428) - risk), [5.8, 7.0, 7.9, 8.3, 8.7, 19], rtol=0.025)


def test_furukawa_number():
    assert evidence.number_needed_from_smd(2.79 / 7.6, 0.40) == pytest.approx(6.9, abs=0.05)
    assert np.isinf(evidence.number_needed_from_smd(0.0, 0.4))
    assert evidence.number_needed_from_smd(-0.3, 0.4) < 0


@given(st.floats(-3, 3))
def test_odds_ratio_and_smd_convert_both_ways(d):
    ratio = np.exp(evidence.smd_to_log_odds_ratio(d))
    assert evidence.odds_ratio_to_smd(ratio) == pytest.approx(d, abs=1e-12)


@given(st.floats(0.01, 0.99), st.floats(0.1, 10))
def test_risk_from_odds_ratio_has_that_odds_ratio(risk, ratio):
    treated = evidence.risk_from_odds_ratio(ratio, risk)
    assert treated / (1 - treated) / (risk / (1 - risk)) == pytest.approx(ratio, rel=1e-9)


@given(st.floats(0.1, 5), st.floats(-3, 3), st.floats(2, 200))
def test_interval_and_p_value_give_the_same_error(se, ratio, df):
    t = stats.t.ppf(0.975, df)
    assert evidence.se_from_ci(-t * se, t * se, df=df) == pytest.approx(se)
    p = evidence.p_value(ratio * se, se, df)
    if 1e-9 < p < 1 - 1e-9:
        assert evidence.se_from_p(ratio * se, p, df) == pytest.approx(se, rel=1e-5)


def test_shared_control_covariance():
    cov = evidence.shared_control_covariance([1.0, 2.0], 0.5)
    np.testing.assert_allclose(cov, [[1.0, 0.5], [0.5, 4.0]])
    wide = evidence.shared_control_covariance(np.ones((5, 3)), np.full(5, 0.2))
    assert wide.shape == (5, 3, 3)
    assert (np.linalg.eigvalsh(wide) > 0).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: evidence.log_risk_ratio(5, 4, 1, 4), "events must lie between 0 and n"),
        (lambda: evidence.se_from_ci(2, 1), "high must be above low"),
        (lambda: evidence.se_from_p(0.0, 0.1), "estimate must not be 0"),
        (lambda: evidence.se_from_p(1.0, 1.0), "p must lie strictly between 0 and 1"),
        (lambda: evidence.p_value(1.0, -1.0), "se must be above 0, got -1"),
        (lambda: evidence.p_value(1.0, 1.0, np.nan), "df must be above 0"),
        (lambda: evidence.fisher_p(1.5, 4, 1, 4), "events must be a whole number"),
        (lambda: evidence.number_needed(0.1, 0.2, 0.3), "must be in order"),
        (lambda: evidence.risk_from_risk_ratio(3, 0.5), "must be at most 1, got 1.5"),
        (
            lambda: evidence.shared_control_covariance([1.0], 2.0),
            "control_variance must be at most",
        ),
        (lambda: evidence.combine_arms(Arm(3, 1, 1)), "arms must have the arms on a last axis"),
        (lambda: evidence.mean_difference(Arm(0, 1, 1), Arm(3, 1, 1)), "treated.n must be above 0"),
        (lambda: evidence.hedges_g(Arm(1, 1, 1), Arm(2, 1, 1)), "at least 4 patients"),
        (lambda: evidence.normal_quantile(1.0), "level must lie strictly between"),
    ],
)
def test_bad_input_names_argument_and_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()
