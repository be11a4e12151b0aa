"""Evidence comparisons recomputed with scipy and statsmodels; no verdict is demanded."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects, effectsize_2proportions

from mechanisms.data import network_contrasts, response_counts, targets
from mechanisms.validation import evidence

CHECKS = {check.id: check for check in evidence.checks()}
LENZE = {
    "any-adverse-event": (65, 59),
    "fatigue-or-somnolence": (35, 10),
    "gastrointestinal": (22, 26),
    "headache": (13, 7),
    "sleep": (12, 2),
    "sweating": (11, 5),
    "sexual": (9, 3),
    "urinary": (8, 0),
    "light-headed": (7, 7),
    "adverse-event-withdrawal": (3, 4),
    "tremor": (7, 2),
    "aches": (5, 14),
}


def p(difference, error):
    return 2 * stats.norm.sf(abs(difference) / (error * np.sqrt(2)))


def pooled(y, se):
    with np.errstate(all="ignore"):
        result = combine_effects(np.asarray(y), np.asarray(se) ** 2, method_re="chi2")
    q, df = result.q, len(y) - 1
    # without excess heterogeneity the random-effects pool is the fixed one
    mean, error = (
        (result.mean_effect_re, result.sd_eff_w_re)
        if q > df
        else (result.mean_effect_fe, result.sd_eff_w_fe)
    )
    z = stats.norm.ppf(0.975)
    return mean, mean - z * error, mean + z * error, max(0.0, 100 * (q - df) / q)


def rickels_merged():
    n, mean = np.array([91, 90, 89]), np.array([-12.2, -11.0, -11.8])
    centre = (n * mean).sum() / 270
    variance = ((n - 1) * n * 0.64 + n * (mean - centre) ** 2).sum() / 269
    return centre + 8.4, np.sqrt(variance / 270 + 0.64)


def test_p_values():
    for name, difference, error in (
        ("kasper2009-pregabalin-300-600", -2.8, 0.9),
        ("rickels2005-pregabalin-300", -3.8, 0.8),
        ("rickels2005-pregabalin-450", -2.6, 0.8),
        ("rickels2005-pregabalin-600", -3.4, 0.8),
    ):
        assert CHECKS[f"G-V11-{name}"].predicted == pytest.approx(p(difference, error))


def test_exact_p_values():
    for name, (a, c) in LENZE.items():
        expected = stats.fisher_exact([[a, 85 - a], [c, 92 - c]]).pvalue
        assert CHECKS[f"G-V14-{name}"].predicted == pytest.approx(expected, rel=1e-9)


def test_pools():
    md, se = rickels_merged()
    feltner = 3.90 / stats.t.isf(0.0013 / 2, 252)
    ssri = {"citalopram", "escitalopram", "fluoxetine", "fluvoxamine", "paroxetine", "sertraline"}
    social = [(t.smd, t.se) for t in network_contrasts() if t.drug in ssri and t.arms == 2]
    assert len(social) == 15
    counts = np.array(
        [(t.events_drug, t.n_drug, t.events_placebo, t.n_placebo) for t in response_counts()]
    ).T
    ratio, variance = effectsize_2proportions(*counts, statistic="risk-ratio")
    gad = [(-3.9, 1.20), (-3.5, 1.29), (-3.27, 0.92), (-2.8, 1.27),
           (-3.7, 0.79), (-3.9, 0.86), (-1.6, 0.73), (-3.1, 0.45)]  # fmt: skip
    for target, rows, scale in (
        ("G-V12", pooled([md, -2.8, -3.90], [se, 0.9 * np.sqrt(2), feltner]), float),
        ("G-V19", pooled(*zip(*social, strict=True)), float),
        ("G-V20", pooled(ratio, np.sqrt(variance)), np.exp),
        ("G-V21", pooled(*zip(*gad, strict=True)), float),
    ):
        for name, value in zip(("estimate", "lower limit", "upper limit"), rows, strict=False):
            assert CHECKS[f"{target}-{name}"].predicted == pytest.approx(scale(value), rel=1e-6)
        if f"{target}-I2" in CHECKS:
            assert CHECKS[f"{target}-I2"].predicted == pytest.approx(rows[3], rel=1e-6)


def test_standardised_differences():
    n = np.array([91, 91, 90, 89])
    rickels = np.sqrt(((n - 1) * n * 0.64).sum() / (n - 1).sum())
    n = np.array([128, 121])
    kasper = np.sqrt(((n - 1) * n * 0.81).sum() / (n - 1).sum())
    assert CHECKS["G-V13-rickels2005"].predicted == pytest.approx(2.79 / rickels)
    assert CHECKS["G-V13-kasper2009"].predicted == pytest.approx(2.79 / kasper)


def test_hazard_ratio():
    expected = np.log(1 - 0.109) / np.log(1 - 0.399)
    assert CHECKS["G-V22-paroxetine"].predicted == pytest.approx(expected)
    assert CHECKS["G-V22-paroxetine"].miss == pytest.approx(expected - 0.213)


@pytest.mark.parametrize("id", CHECKS)
def test_verdict_follows_from_the_interval(id):
    check = CHECKS[id]
    inside = check.low <= check.predicted <= check.high
    assert check.verdict == ("met" if inside else "missed")
    assert check.observed.source
    assert check.target in {target.id for target in targets()}


def test_arithmetic_must_hold():
    for target in ("G-V12", "G-V19", "G-V20", "G-V21"):
        rows = [check for check in CHECKS.values() if check.target == target]
        assert len(rows) >= 3
        assert all(check.outside == 0 for check in rows)
