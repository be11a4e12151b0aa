"""Networks of treatments against generalised least squares written out in the test."""

import numpy as np
import pytest

from mechanisms import evidence

TRIALS = [
    ("A", "drug a", "placebo", -0.50, 0.10, 0.0),
    ("B", "drug a", "placebo", -0.30, 0.12, 0.0),
    ("C", "drug b", "placebo", -0.20, 0.15, 0.0),
    ("D", "drug b", "drug a", 0.25, 0.11, 0.0),
    ("E", "drug a", "placebo", -0.40, 0.14, 0.009),
    ("E", "drug c", "placebo", -0.60, 0.13, 0.009),
]


def fit(rows=TRIALS, **options):
    study, treatment, baseline, y, s, v = zip(*rows, strict=True)
    return evidence.network(study, treatment, baseline, y, s, v, **options)


def expected(tau2):
    y = np.array([row[3] for row in TRIALS])
    cov = np.diag([row[4] ** 2 + tau2 for row in TRIALS])
    cov[4, 5] = cov[5, 4] = 0.009 + tau2 / 2
    x = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [-1, 1, 0], [1, 0, 0], [0, 0, 1]], float)
    w = np.linalg.inv(cov)
    inverse = np.linalg.inv(x.T @ w @ x)
    beta = inverse @ x.T @ w @ y
    residual = y - x @ beta
    return beta, inverse, residual @ w @ residual, x, w, cov


def test_fixed_effects_are_generalised_least_squares():
    beta, inverse, q, *_ = expected(0.0)
    result = fit(method="fixed")
    assert result.treatments == ("drug a", "drug b", "drug c", "placebo")
    np.testing.assert_allclose(result.estimate[:3], beta)
    np.testing.assert_allclose(result.covariance[:3, :3], inverse)
    assert result.estimate[3] == 0
    assert result.q == pytest.approx(q)
    assert (result.df, result.studies) == (3, 5)


def test_moment_estimator_matches_its_expectation():
    *_, q, x, w, _ = expected(0.0)
    p = w - w @ x @ np.linalg.inv(x.T @ w @ x) @ x.T @ w
    r = np.eye(6)
    r[4, 5] = r[5, 4] = 0.5
    tau2 = max(0.0, (q - 3) / np.trace(p @ r))
    result = fit(method="DL")
    assert result.tau2 == pytest.approx(tau2)
    np.testing.assert_allclose(result.estimate[:3], expected(tau2)[0])


def test_a_star_of_two_arm_trials_is_a_plain_pool():
    rows = [
        (f"t{i}", "drug", "placebo", y, s, 0.0)
        for i, (y, s) in enumerate([(-0.5, 0.1), (-0.1, 0.2), (-0.9, 0.15), (-0.3, 0.1)])
    ]
    for method in ("fixed", "DL", "REML"):
        plain = evidence.pool([r[3] for r in rows], [r[4] for r in rows], method=method)
        result = fit(rows, method=method)
        assert result.estimate[0] == pytest.approx(float(plain.estimate), rel=1e-5)
        assert result.tau2 == pytest.approx(float(plain.tau2), rel=1e-4, abs=1e-7)
        assert result.covariance[0, 0] == pytest.approx(float(plain.se) ** 2, rel=1e-4)


def test_the_reference_only_moves_the_origin():
    placebo, drug = fit(), fit(reference="drug b")
    np.testing.assert_allclose(placebo.league().estimate, drug.league().estimate, atol=1e-9)
    np.testing.assert_allclose(placebo.league().se, drug.league().se, atol=1e-9)


def test_two_doses_against_one_placebo_arm_are_not_two_trials():
    se, shared = 0.130, 0.00794
    rows = [("Stein", "drug", "placebo", -0.672, se, shared),
            ("Stein", "drug", "placebo", -0.649, se, shared)]  # fmt: skip
    aware = fit(rows, method="fixed").against_reference().se[0]
    assert aware == pytest.approx(np.sqrt((se**2 + shared) / 2))
    naive = fit([("one", *rows[0][1:]), ("two", *rows[1][1:])], method="fixed")
    assert naive.against_reference().se[0] == pytest.approx(se / np.sqrt(2))


def test_p_scores_and_ranks_agree():
    result = fit(method="fixed")
    scores = evidence.p_scores(result)
    assert scores.mean() == pytest.approx(0.5)
    ranks = evidence.ranks(result, draws=100_000, seed=4)
    np.testing.assert_allclose(ranks.probability.sum(axis=0), 1)
    np.testing.assert_allclose(ranks.probability.sum(axis=1), 1)
    # the P-score is the expectation of SUCRA
    np.testing.assert_allclose(ranks.sucra, scores, atol=0.01)
    assert (ranks.low <= ranks.mean).all()
    assert (ranks.mean <= ranks.high).all()
    assert result.treatments[int(np.argmax(scores))] == "drug c"
    np.testing.assert_allclose(evidence.p_scores(result, smaller_is_better=False), 1 - scores)


def test_same_seed_same_ranks():
    result = fit()
    one, two = evidence.ranks(result, seed=1, draws=500), evidence.ranks(result, seed=1, draws=500)
    np.testing.assert_array_equal(one.probability, two.probability)


def test_separate_islands_are_refused():
    rows = [*TRIALS, ("F", "drug x", "drug y", 0.1, 0.1, 0.0)]
    with pytest.raises(ValueError, match="no path from 'drug a' to drug x, drug y"):
        fit(rows)


@pytest.mark.parametrize(
    ("rows", "options", "error", "message"),
    [
        (TRIALS, {"reference": "placbo"}, KeyError, "reference must be one of"),
        (TRIALS, {"method": "PM"}, ValueError, "method must be one of"),
        (
            [*TRIALS, ("E", "drug b", "drug c", 0.1, 0.2, 0.009)],
            {},
            ValueError,
            "one arm per trial",
        ),
        (
            [*TRIALS, ("C", "drug c", "placebo", 0.1, 0.2, 0.0)],
            {},
            ValueError,
            "shared_variance of 'C'",
        ),
        ([("A", "placebo", "placebo", 0.1, 0.2, 0.0)], {}, ValueError, "differ from baseline"),
    ],
)
def test_bad_input_names_argument(rows, options, error, message):
    with pytest.raises(error, match=message):
        fit(rows, **options)


def test_rows_of_different_length_are_refused():
    with pytest.raises(ValueError, match="one entry per contrast"):
        evidence.network(["A"], ["x", "y"], ["placebo"], [0.1], [0.2])
