"""Natural frequencies, multi-criteria values and measured care."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mechanisms import decisions

probability = st.floats(0, 1)
# three options by four criteria, from worst to best
VALUES = np.array([[1.0, 0.2, 0.1, 0.5], [0.4, 1.0, 0.8, 0.6], [0.0, 0.7, 1.0, 0.9]])
WEIGHTS = np.array([0.4, 0.2, 0.25, 0.15])


def test_hyponatraemia_in_words():
    people = decisions.outcome_frequencies(18 / 4186, 73 / 4186, 1000)
    assert (people.control, people.treated, people.change) == (4, 17, 13)


@given(probability, probability, st.integers(1, 10_000))
def test_change_is_the_difference_of_what_is_printed(control, treated, denominator):
    people = decisions.outcome_frequencies(control, treated, denominator)
    assert people.treated - people.control == people.change
    assert abs(people.treated / denominator - treated) <= 0.5 / denominator + 1e-12


@given(probability, probability, probability, st.integers(1, 10_000))
def test_screening_groups_add_up(prior, sens, spec, denominator):
    people = decisions.screening_frequencies(prior, sens, spec, denominator)
    cells = np.array(people[1:])
    assert cells.sum() == denominator
    exact = denominator * np.array(
        [prior * sens, prior * (1 - sens), (1 - prior) * (1 - spec), (1 - prior) * spec]
    )
    assert np.abs(cells - exact).max() < 1 + 1e-6


def test_gad7_in_a_thousand():
    people = decisions.screening_frequencies(0.076, 0.89, 0.82)
    assert people.true_positive == 68
    assert people.false_positive == 166
    assert people.true_positive / (people.true_positive + people.false_positive) == pytest.approx(
        0.29, abs=0.005
    )


def test_many_patients_at_once():
    people = decisions.screening_frequencies(np.linspace(0.01, 0.5, 6)[:, None], [0.7, 0.9], 0.8)
    assert people.true_negative.shape == (6, 2)
    assert (sum(people[1:]) == 1000).all()


def test_values_run_from_worst_to_best_in_either_direction():
    np.testing.assert_allclose(decisions.partial_value([2, 8, 5], 8, 2), [1, 0, 0.5])
    np.testing.assert_allclose(decisions.partial_value([2, 8, 5], 2, 8), [0, 1, 0.5])


def test_swing_weights_sum_to_one():
    np.testing.assert_allclose(decisions.swing_weights([100, 50, 50]), [0.5, 0.25, 0.25])
    many = decisions.swing_weights(np.random.default_rng(0).random((20, 4)))
    np.testing.assert_allclose(many.sum(axis=-1), 1)


def test_additive_value_is_the_weighted_sum():
    expected = [sum(w * v for w, v in zip(WEIGHTS, row, strict=True)) for row in VALUES]
    np.testing.assert_allclose(decisions.additive_value(VALUES, WEIGHTS), expected)
    people = np.tile(WEIGHTS, (5, 1))
    assert decisions.additive_value(VALUES, people).shape == (5, 3)


@pytest.mark.parametrize("criterion", range(4))
def test_lead_changes_exactly_where_reported(criterion):
    result = decisions.rank_reversal(VALUES, WEIGHTS, criterion)

    def leader(weight):
        rest = np.delete(WEIGHTS, criterion)
        w = np.insert(rest / rest.sum() * (1 - weight), criterion, weight)
        return int(np.argmax(VALUES @ w))

    now = leader(WEIGHTS[criterion])
    assert result.best == now
    grid = np.linspace(0, 1, 20_001)
    leaders = np.array([leader(w) for w in grid])
    at = WEIGHTS[criterion]
    for found, option, side in (
        (result.down, result.down_option, grid[(grid < at) & (leaders != now)][-1:]),
        (result.up, result.up_option, grid[(grid > at) & (leaders != now)][:1]),
    ):
        if side.size == 0:
            assert np.isnan(found)
            assert option == -1
        else:
            assert found == pytest.approx(side[0], abs=1e-4)
            assert option == leader(side[0])


def test_sensitivity_lines_pass_through_the_present_value():
    grid = np.array([0.0, WEIGHTS[2], 1.0])
    lines = decisions.weight_sensitivity(VALUES, WEIGHTS, 2, grid)
    assert lines.shape == (3, 3)
    np.testing.assert_allclose(lines[:, 1], VALUES @ WEIGHTS)
    np.testing.assert_allclose(lines[:, 2], VALUES[:, 2])


def test_a_dominated_option_never_leads():
    values = np.array([[0.9, 0.9], [0.2, 0.1]])
    for criterion in (0, 1):
        result = decisions.rank_reversal(values, [0.5, 0.5], criterion)
        assert np.isnan(result.down)
        assert np.isnan(result.up)


CARE = {
    "t_weeks": np.arange(0, 25, 4.0),
    "baseline": 15.0,
    "doses_mg": [50, 100, 150, 200],
    "drug_benefit": 0.7,
    "ed50_mg": 100.0,
}


def test_course_between_visits_is_exponential():
    course = decisions.measurement_based_care(**CARE, feedback=False)
    aim = 15 * (1 - 0.7 * 50 / 150)
    np.testing.assert_allclose(course.severity, aim + (15 - aim) * np.exp(-CARE["t_weeks"] / 2))
    np.testing.assert_array_equal(course.dose_mg, 50)


def test_measuring_helps_those_whom_the_first_dose_does_not_help():
    ed50 = np.array([5.0, 400.0])
    fixed = decisions.measurement_based_care(**{**CARE, "ed50_mg": ed50}, feedback=False)
    measured = decisions.measurement_based_care(**{**CARE, "ed50_mg": ed50})
    assert measured.severity[1, -1] < fixed.severity[1, -1] - 1
    assert measured.dose_mg[1, 1] == 100
    assert (np.diff(measured.dose_mg, axis=-1) >= 0).all()
    assert (measured.dose_mg[0] <= 100).all()


def test_noise_makes_the_rule_act_without_need():
    patients = {**CARE, "baseline": np.full(2000, 15.0), "ed50_mg": 10.0}
    clean = decisions.measurement_based_care(**patients)
    noisy = decisions.measurement_based_care(**patients, noise_sd=3.0, seed=1)
    assert noisy.dose_mg[:, 1].mean() > clean.dose_mg[:, 1].mean()
    again = decisions.measurement_based_care(**patients, noise_sd=3.0, seed=1)
    np.testing.assert_array_equal(noisy.measured, again.measured)
    assert noisy.severity.shape == (2000, 7)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: decisions.outcome_frequencies(1.2, 0.1), "control_risk must be between 0 and 1"),
        (lambda: decisions.outcome_frequencies(0.2, 0.1, 0), "denominator must be at least 1"),
        (lambda: decisions.partial_value(3, 2, 2), "worst and best must differ"),
        (lambda: decisions.partial_value(3, 0, 2), "amount must lie between worst and best"),
        (lambda: decisions.swing_weights([0, 0]), "points must hold at least one number above 0"),
        (lambda: decisions.additive_value(VALUES, [0.5, 0.5]), "weights must have 4 entries"),
        (lambda: decisions.additive_value(VALUES, [0.5] * 4), "weights must sum to 1"),
        (lambda: decisions.additive_value([1.0], [1.0]), "options and criteria as last axes"),
        (lambda: decisions.rank_reversal(VALUES, WEIGHTS, 4), "criterion must be below 4"),
        (lambda: decisions.rank_reversal(VALUES[:1], WEIGHTS, 0), "at least 2 options"),
        (
            lambda: decisions.rank_reversal(VALUES, [1.0, 0, 0, 0], 0),
            "must leave something for the other criteria",
        ),
        (
            lambda: decisions.measurement_based_care(**{**CARE, "doses_mg": [100, 50]}),
            "doses_mg must be one rising list",
        ),
        (
            lambda: decisions.measurement_based_care(**CARE, placebo_benefit=0.5),
            "must sum to at most 1",
        ),
        (
            lambda: decisions.measurement_based_care(**{**CARE, "t_weeks": []}),
            "t_weeks must be a non-empty 1-D array",
        ),
    ],
)
def test_bad_input_names_argument_and_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()
