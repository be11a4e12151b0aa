"""Constants that are solutions of an equation, solved again here."""

import math

import pytest
from scipy.optimize import brentq

from mechanisms import drugs

EC50_UM, P_MAX = 26.0, 0.90
POTENTIATION = {"alpha1": 1.03, "alpha2": 1.35, "alpha3": 1.18, "alpha5": 1.06}


def open_probability(gaba: float, L: float, k: float, c: float, d: float = 1.0) -> float:
    closed_over_open = L * d * ((1 + gaba / k) / (1 + gaba / (c * k))) ** 2
    return 1 / (1 + closed_over_open)


def forced(L: float) -> tuple[float, float]:
    c = math.sqrt((1 / P_MAX - 1) / L)
    half = (1 / (1 + L) + P_MAX) / 2
    return c, brentq(lambda k: open_probability(EC50_UM, L, k, c) - half, 1, 1000)


def value(name: str) -> float:
    return float(drugs.constant(f"gaba.{name}"))


@pytest.mark.parametrize("suffix", ["", "_alternative"])
def test_the_co_agonist_constants_are_forced_by_two_read_numbers(suffix: str) -> None:
    c, k = forced(value(f"mwc_L{suffix}"))
    assert value(f"mwc_c_gaba{suffix}") == pytest.approx(c, rel=0.002)
    assert value("mwc_k_gaba" + suffix + "_uM") == pytest.approx(k, rel=0.002)


@pytest.mark.parametrize(("subtype", "gain"), POTENTIATION.items())
def test_diazepam_factors_reproduce_the_potentiation(subtype: str, gain: float) -> None:
    L = value("mwc_L")
    c, k = forced(L)
    # EC20 lies a fifth of the way from the resting to the largest open probability.
    resting = 1 / (1 + L)
    fifth = resting + 0.2 * (P_MAX - resting)
    gaba = brentq(lambda x: open_probability(x, L, k, c) - fifth, 0.1, 100)

    def excess(d: float) -> float:
        return open_probability(gaba, L, k, c, d) / fifth - 1 - gain

    assert value(f"mwc_c_diazepam_{subtype}") == pytest.approx(brentq(excess, 0.05, 1), abs=0.002)


def test_the_tolerance_rate_gives_a_peak_on_day_two() -> None:
    k = math.log(2) / 0.5
    rate = brentq(lambda kt: math.log(k / kt) / (k - kt) - 2, 1e-3, 1)
    assert float(drugs.constant("tolerance.k_per_d")) == pytest.approx(rate, abs=0.0006)
    assert float(drugs.constant("tolerance.half_life_d")) == pytest.approx(
        math.log(2) / rate, abs=0.06
    )


def test_the_ultrarapid_allele_follows_from_its_homozygote() -> None:
    fm = 1 - 1 / 3.3
    allele = brentq(lambda a: 1 / (1 - fm + fm * a) - 0.80, 1, 3)
    assert float(drugs.constant("cyp2c19.activity_17")) == pytest.approx(allele, abs=0.01)


@pytest.mark.parametrize(("dose", "level"), [(10, 18), (20, 46), (40, 118)])
def test_paroxetine_levels_follow_from_the_population_model(dose: float, level: float) -> None:
    drug = drugs.get("paroxetine")
    reference, age_power, dose_power = (
        float(drug.parameter(f"oral_clearance_{name}"))
        for name in ("reference_L_h", "age_exponent", "dose_exponent")
    )
    clearance = reference * (50 / 71) ** age_power * (dose / 25) ** dose_power
    assert 1000 * dose / (24 * clearance) == pytest.approx(level, rel=0.01)
    assert float(drugs.observation(f"kim2015-paroxetine-{dose}").quantity) == level
