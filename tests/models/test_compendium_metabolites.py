"""Parent and metabolite against the differential equations and the balance of mass."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from mechanisms import metabolites

CASE = {
    "ka_per_h": 0.3,
    "clearance_L_per_h": 91.0,
    "volume_L": 525.0,
    "metabolite_clearance_L_per_h": 28.0,
    "metabolite_volume_L": 400.0,
    "fraction_formed": 0.55,
    "molar_mass_ratio": 263.4 / 277.4,
    "bioavailability": 0.45,
    "first_pass_formed": 0.4,
}


def integrate(times, doses, at, ka, cl, v, clm, vm, fm, mass, f, f1):
    state, out, now = np.zeros(4), [], 0.0
    for t in times:
        due = [(m, d) for m, d in zip(at, doses, strict=True) if now <= m < t]
        for moment, dose in [*due, (t, None)]:
            if moment > now:
                state = solve_ivp(
                    lambda _, y: [
                        -ka * y[0],
                        ka * y[0] - cl / v * y[1],
                        mass * fm * cl / v * y[1] + mass * ka * y[3] - clm / vm * y[2],
                        -ka * y[3],
                    ],
                    (now, moment), state, rtol=1e-10, atol=1e-12,
                ).y[:, -1]  # fmt: skip
                now = moment
            if dose is not None:
                state = state + np.array([f * dose, 0, 0, f1 * dose])
        out.append(1000 * state[1:3] / np.array([v, vm]))
    return np.array(out).T


def test_two_uneven_doses_equal_integration():
    t, at, doses = [1.0, 6.0, 30.0, 50.0], [0.0, 26.0], [150.0, 75.0]
    course = metabolites.parent_metabolite(t, at, doses, **CASE)
    expected = integrate(t, doses, at, *CASE.values())
    np.testing.assert_allclose(course.parent_ng_per_mL, expected[0], rtol=1e-7)
    np.testing.assert_allclose(course.metabolite_ng_per_mL, expected[1], rtol=1e-7)


@given(st.floats(0.01, 2), st.floats(0.01, 2), st.floats(0.01, 2), st.floats(0.1, 30))
@settings(max_examples=60, deadline=None)
def test_any_rates_equal_the_matrix_exponential(ka, kp, km, t):
    from scipy.linalg import expm

    course = metabolites.parent_metabolite([t], [0.0], [1.0], ka, kp, 1.0, km, 1.0, 1.0)
    amounts = expm(t * np.array([[-ka, 0, 0], [ka, -kp, 0], [0, kp, -km]]))[:, 0]
    assert course.parent_ng_per_mL[0] == pytest.approx(1000 * amounts[1], rel=1e-6, abs=1e-9)
    assert course.metabolite_ng_per_mL[0] == pytest.approx(1000 * amounts[2], rel=1e-6, abs=1e-9)


def test_meeting_rates_are_no_singularity():
    k = 0.1
    course = metabolites.parent_metabolite([5.0, 20.0], [0.0], [1.0], k, k, 1.0, k, 1.0, 1.0)
    x = k * np.array([5.0, 20.0])
    np.testing.assert_allclose(course.parent_ng_per_mL, 1000 * x * np.exp(-x), rtol=1e-12)
    np.testing.assert_allclose(course.metabolite_ng_per_mL, 500 * x**2 * np.exp(-x), rtol=1e-12)


def test_areas_follow_dose_and_clearance():
    t = np.concatenate([np.linspace(0, 100, 8001), np.linspace(100.1, 400, 3000)])
    course = metabolites.parent_metabolite(t, [0.0], [150.0], **CASE)
    parent = np.trapezoid(course.parent_ng_per_mL, t)
    metabolite = np.trapezoid(course.metabolite_ng_per_mL, t)
    assert parent == pytest.approx(1000 * 0.45 * 150 / 91, rel=1e-5)
    formed = 150 * (0.45 * 0.55 + 0.4) * 263.4 / 277.4
    assert metabolite == pytest.approx(1000 * formed / 28, rel=1e-5)
    ratio = metabolites.metabolite_ratio(
        91, 28, 0.55, 263.4 / 277.4, bioavailability=0.45, first_pass_formed=0.4
    )
    assert ratio == pytest.approx(metabolite / parent, rel=1e-4)


def test_sum_of_venlafaxine_and_metabolite_hardly_depends_on_cyp2d6():
    # clearance by CYP2D6 falls to a tenth; what it no longer turns into ODV stays parent
    cl, formed = np.array([91.0, 91 * 0.45 + 9.1 * 0.55]), np.array([0.55, 0.0])
    formed[1] = 9.1 * 0.55 / cl[1]
    ratio = metabolites.metabolite_ratio(cl, 28.0, formed)
    assert ratio[0] > 1 > ratio[1]


def test_build_up_of_diazepam_in_old_people():
    old = metabolites.chain_build_up([360.0], 86.0, 80.0)
    assert old.parent[0] == pytest.approx(0.95, abs=0.01)
    assert old.metabolite[0] == pytest.approx(0.80, abs=0.01)
    young = metabolites.chain_build_up([360.0], 31.0, 40.0)
    assert young.parent[0] == pytest.approx(1.00, abs=0.01)
    assert young.metabolite[0] == pytest.approx(0.99, abs=0.01)


@given(st.floats(2, 400), st.floats(2, 400))
def test_build_up_equals_the_two_exponentials(half_life, metabolite_half_life):
    if abs(half_life / metabolite_half_life - 1) < 1e-3:
        return
    t = np.array([0.0, 1, 10, 100, 1000])
    a, b = np.log(2) / half_life, np.log(2) / metabolite_half_life
    result = metabolites.chain_build_up(t, half_life, metabolite_half_life)
    expected = 1 - (b * np.exp(-a * t) - a * np.exp(-b * t)) / (b - a)
    np.testing.assert_allclose(result.metabolite, expected, atol=1e-9)
    np.testing.assert_allclose(result.parent, 1 - np.exp(-a * t), atol=1e-12)
    assert (result.metabolite <= result.parent + 1e-12).all()


def test_norfluoxetine_five_weeks_after_the_last_dose():
    # a metabolite left alone falls as 2^(-35/9.3); the parent that still feeds it slows this
    alone = 2 ** (-35 / 9.3)
    assert alone == pytest.approx(0.07, abs=0.005)
    fed = 1 - metabolites.chain_build_up([35 * 24.0], 5 * 24.0, 9.3 * 24).metabolite[0]
    assert fed > alone


def test_patients_broadcast():
    course = metabolites.parent_metabolite(
        np.arange(1.0, 6), [0.0, 24.0], np.ones((7, 2)), np.full(7, 0.5), 5.0, 50.0, 2.0, 40.0, 0.5
    )
    assert course.parent_ng_per_mL.shape == course.metabolite_ng_per_mL.shape == (7, 5)
    assert metabolites.chain_build_up([1.0, 2.0], np.ones((4, 3)), 5.0).metabolite.shape == (
        4,
        3,
        2,
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fraction_formed": 1.2}, "fraction_formed must be between 0 and 1, got 1.2"),
        ({"first_pass_formed": 0.6}, "first_pass_formed must be at most 1 - bioavailability"),
        ({"ka_per_h": 0.0}, "ka_per_h must be above 0"),
        ({"metabolite_volume_L": -3.0}, "metabolite_volume_L must be above 0, got -3"),
    ],
)
def test_bad_input_names_argument_and_range(changes, message):
    with pytest.raises(ValueError, match=message):
        metabolites.parent_metabolite([1.0], [0.0], [1.0], **{**CASE, **changes})


def test_doses_must_match_their_times():
    with pytest.raises(ValueError, match="doses_mg must have 2 doses"):
        metabolites.parent_metabolite([1.0], [0.0, 1.0], [1.0], **CASE)
    with pytest.raises(ValueError, match="t_h must be a non-empty 1-D array"):
        metabolites.parent_metabolite([], [0.0], [1.0], **CASE)
