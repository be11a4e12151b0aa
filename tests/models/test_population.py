"""Virtual patients: who they are, how they take their doses, and how fast that runs."""

import time
import tracemalloc

import numpy as np
import pytest
from scipy import stats

from mechanisms import population, receptors, serotonin
from mechanisms.drugs import constant, get

N = 40_000


@pytest.fixture(scope="module")
def people():
    return population.virtual_patients(N, seed=2)


def test_same_seed_same_people_other_seed_other_people(people):
    again = population.virtual_patients(N, seed=2)
    np.testing.assert_array_equal(people.age_years, again.age_years)
    assert not np.array_equal(people.age_years, population.virtual_patients(N, seed=3).age_years)
    assert len(people) == N


def test_changing_one_spread_keeps_the_rest_of_the_people(people):
    other = population.virtual_patients(N, seed=2, clearance_cv=0.8)
    np.testing.assert_array_equal(other.adherence, people.adherence)
    np.testing.assert_array_equal(other.cyp2c19, people.cyp2c19)
    np.testing.assert_allclose(
        np.log(other.clearance_factor) / np.log(people.clearance_factor),
        np.sqrt(np.log(1.64) / np.log(1.16)),
    )


def test_lognormal_spread(people):
    factor = people.clearance_factor
    assert np.median(factor) == pytest.approx(1, abs=0.01)
    assert factor.std() / factor.mean() == pytest.approx(0.40, abs=0.01)
    assert np.log(factor).std() == pytest.approx(np.sqrt(np.log(1.16)), abs=0.005)


def test_phenotypes_follow_the_counts_of_the_sample(people):
    share = np.bincount(people.cyp2c19, minlength=4) / N
    np.testing.assert_allclose(share, np.array([35, 321, 495, 351]) / 1202, atol=0.008)
    np.testing.assert_array_equal(np.unique(people.cyp2c19_activity[people.cyp2c19 == 0]), [0.0])
    assert population.PHENOTYPES[int(people.cyp2c19.max())] == "ultrarapid"


def test_age_and_adherence_stay_in_range(people):
    assert people.age_years.min() >= 18
    assert people.age_years.max() <= 90
    assert people.adherence.mean() == pytest.approx(0.85, abs=0.01)
    assert ((people.adherence >= 0) & (people.adherence <= 1)).all()
    perfect = population.virtual_patients(50, adherence_mean=1.0)
    assert (perfect.adherence == 1).all()


def test_renal_function_is_cockcroft_gault(people):
    i = np.arange(0, N, 997)
    sex = np.where(people.female[i], 0.85, 1.0)
    expected = (
        sex * (140 - people.age_years[i]) * people.weight_kg[i]
        / (72 * people.creatinine_mg_dL[i])
    )  # fmt: skip
    np.testing.assert_allclose(people.creatinine_clearance_mL_min[i], expected)


def test_relative_clearance_of_poor_metabolisers(people):
    full = people.relative_clearance(fm_cyp2c19=0.63)
    poor = people.cyp2c19 == 0
    np.testing.assert_allclose(full[poor], 0.37 * people.clearance_factor[poor])
    np.testing.assert_allclose(people.relative_clearance(), people.clearance_factor)
    with pytest.raises(ValueError, match="must sum to at most 1"):
        people.relative_clearance(0.7, 0.7)


def test_phenotype_cuts_at_the_cumulative_shares():
    index = population.phenotype([0.0, 0.09, 0.11, 0.39, 0.41, 0.999], [0.1, 0.3, 0.6])
    np.testing.assert_array_equal(index, [0, 0, 1, 1, 2, 2])


def test_a_typical_adherent_patient_settles_at_dose_over_clearance():
    patient = population.virtual_patients(3, clearance_cv=0.0, volume_cv=0.0, adherence_mean=1.0)
    course = population.ssri_course(patient, 50.0, weeks=10, fm_cyp2c19=0.0)
    drug = get("sertraline")
    level = 50 * float(drug.parameter("level_per_mg_ng_mL"))
    np.testing.assert_allclose(course.ng_per_mL[:, -1], level, rtol=1e-6)
    assert (course.ng_per_mL[:, 0] == 0).all()
    free = drug.fu.value * level * 1000 / float(drug.molar_mass)
    np.testing.assert_allclose(course.occupancy[:, -1], free / (free + 0.29), rtol=1e-6)
    alone = serotonin.desensitisation(course.t_days, course.occupancy[0])
    np.testing.assert_allclose(course.raphe.firing[0], alone.firing, rtol=1e-9)


def test_one_dose_per_patient_is_not_a_schedule():
    people = population.virtual_patients(3, seed=2)
    doses = np.array([25.0, 50.0, 200.0])
    course = population.ssri_course(people, doses, weeks=1)
    standing = population.ssri_course(people, doses[:, np.newaxis], weeks=1)
    np.testing.assert_array_equal(course.ng_per_mL, standing.ng_per_mL)
    usual = population.ssri_course(people, 50.0, weeks=1)
    np.testing.assert_allclose(course.ng_per_mL, usual.ng_per_mL * doses[:, np.newaxis] / 50.0)
    week = population.virtual_patients(7, seed=2)
    with pytest.raises(ValueError, match=r"one dose per patient or per day.*\(7, 1\) or \(1, 7\)"):
        population.ssri_course(week, np.full(7, 50.0), weeks=1)
    daily = population.ssri_course(week, np.full((1, 7), 50.0), weeks=1)
    each = population.ssri_course(week, np.full((7, 1), 50.0), weeks=1)
    np.testing.assert_array_equal(daily.ng_per_mL, each.ng_per_mL)


def test_missed_doses_lower_the_level_and_schedules_broadcast():
    people = population.virtual_patients(300, adherence_mean=0.5, seed=1)
    often = population.virtual_patients(300, adherence_mean=0.98, seed=1)
    few, many = (population.ssri_course(p, 50.0, weeks=4) for p in (people, often))
    assert few.ng_per_mL[:, -7:].mean() < 0.7 * many.ng_per_mL[:, -7:].mean()
    schedule = np.repeat([25.0, 50.0], 14)
    titrated = population.ssri_course(often, schedule, weeks=4)
    assert titrated.ng_per_mL[:, 14].mean() == pytest.approx(
        many.ng_per_mL[:, 14].mean() / 2, rel=1e-9
    )


def test_poor_metabolisers_have_the_exposure_ratio_of_the_sample():
    people = population.virtual_patients(20_000, seed=8, adherence_mean=1.0)
    level = population.ssri_course(people, 100.0, weeks=8).ng_per_mL[:, -1]
    median = [np.median(level[people.cyp2c19 == k]) for k in range(4)]
    assert median[0] / median[2] == pytest.approx(2.68, rel=0.1)


def test_homeostatic_account_is_a_drop_in():
    people = population.virtual_patients(20)
    course = population.ssri_course(people, 50, weeks=2, account=serotonin.homeostatic_drive)
    assert course.raphe.drive.shape == (20, 15)
    assert (course.raphe.sensitivity == 1).all()


def test_ten_thousand_patients_for_twelve_weeks_are_quick_and_small():
    people = population.virtual_patients(10_000, seed=1)
    # processor time, so that a busy machine does not fail the test
    start = time.process_time()
    course = population.ssri_course(people, 50.0, weeks=12)
    elapsed = time.process_time() - start
    assert course.raphe.firing.shape == (10_000, 85)
    assert np.isfinite(course.raphe.terminal).all()
    assert elapsed < 2
    tracemalloc.start()
    population.ssri_course(people, 50.0, weeks=12)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1e9


def test_constants_and_occupancy_come_from_the_tables(people):
    assert constant("population.clearance_cv").grade == "assumed"
    assert receptors.occupancy(0.29, 0.29) == pytest.approx(0.5)
    assert (
        stats.kstest(np.log(people.volume_factor), "norm", (0, np.sqrt(np.log1p(0.25**2)))).pvalue
        > 1e-4
    )


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda p: population.virtual_patients(0), ValueError, "n must be at least 1, got 0"),
        (lambda p: population.virtual_patients(5, clearance_cv=-0.1), ValueError, "cv must be"),
        (lambda p: population.ssri_course(p, -5), ValueError, "dose_mg must be at least 0, got -5"),
        (lambda p: population.ssri_course(p, np.ones(6)), ValueError, "84 daily doses"),
        (lambda p: population.ssri_course(p, 5, weeks=0), ValueError, "weeks must be at least 1"),
        (lambda p: population.ssri_course(p, 5, drug="sertralin"), KeyError, "sertraline"),
        (lambda p: population.phenotype([0.5], [0.5, 0.2]), ValueError, "sums to 1"),
        (lambda p: population.phenotype([1.5], [0.5, 0.5]), ValueError, "uniform must be between"),
        (lambda p: population.lognormal_factor(np.nan, 0.3), ValueError, "z must be finite"),
    ],
)
def test_bad_input_names_argument_and_range(call, error, message):
    with pytest.raises(error, match=message):
        call(population.virtual_patients(4))
