"""Pharmacokinetic comparisons recomputed from the printed numbers; no verdict is demanded."""

from math import exp, log

import pytest

from mechanisms.data import targets
from mechanisms.validation import compendium

CHECKS = {check.id: check for check in compendium.checks()}


def peak(dose):
    k = log(2) / 11.2
    t = log(2 / k) / (2 - k)
    return 1000 * 0.9 * dose / 60 * 2 / (2 - k) * (exp(-k * t) - exp(-2 * t))


def build_up(parent, metabolite):
    a, b = log(2) / parent, log(2) / metabolite
    return 1 - 2 ** (-360 / parent), 1 - (b * exp(-a * 360) - a * exp(-b * 360)) / (b - a)


def hyperbola(dose):
    return 92.4 * dose / (2.97 + dose)


LABEL = {900: 60, 1200: 47, 2400: 34, 3600: 33, 4800: 27}
BIOAVAILABILITY = {dose: 100 * 2340 / (3080 + dose) for dose in LABEL}
SEVENTEEN = (1 / 0.80 - 1 / 3.3) / (1 - 1 / 3.3)
EXPECTED = {
    **{f"G-V6-{dose:g}mg": hyperbola(dose)
       for dose in (0.37, 0.8, 1.5, 2.3, 3.4, 5.4, 9.1, 20, 40, 60)},
    **{f"G-V7-{dose}mg": value for dose, value in BIOAVAILABILITY.items()},
    "G-V7-mean": sum(abs(BIOAVAILABILITY[d] - LABEL[d]) for d in LABEL) / 5,
    "G-V8-0.5mg": peak(0.5),
    "G-V8-3mg": peak(3.0),
    "G-V9-escitalopram": 1 / (1 - 2 ** (-24 / 30)),
    "G-V9-sertraline": 1 / (1 - 2 ** (-24 / 26)),
    "G-V10-bound": 1 / 0.04,
    "G-V15-old-diazepam": build_up(86, 80)[0],
    "G-V15-old-nordazepam": build_up(86, 80)[1],
    "G-V15-young-diazepam": build_up(31, 40)[0],
    "G-V15-young-nordazepam": build_up(31, 40)[1],
    "G-V16-desipramine": 1.0,
    "G-V16-omeprazole": 1.0,
    "G-V17-null/*1": 1 / (1 / 3.3 + (1 - 1 / 3.3) / 2),
    "G-V17-*1/*17": 1 / (1 / 3.3 + (1 - 1 / 3.3) * (1 + SEVENTEEN) / 2),
    "G-V23-intermediate": 1 / (1 - (1 - 1 / 2.68) / 2),
    "G-V24-clearance": 2.66,
    "G-V24-half-life": 2.66,
    "G-V25-weight": 1000 * 0.9 / 24 / (1.10 * 70 * 0.06),
    "G-V25-slope": 1000 / 24 / 3.79,
    "G-V26-6mg": 6e6 * 0.93 / 1440 / 55,
    "G-V26-10mg": 10e6 * 0.93 / 1440 / 55,
}  # fmt: skip


def test_every_comparison_is_recomputed_here():
    assert set(CHECKS) == set(EXPECTED)


@pytest.mark.parametrize("id", EXPECTED)
def test_prediction_and_verdict(id):
    check = CHECKS[id]
    assert check.predicted == pytest.approx(EXPECTED[id], rel=1e-4)
    inside = check.low <= EXPECTED[id] <= check.high
    assert check.verdict == ("met" if inside else "missed")
    assert check.observed.source
    assert check.target in {target.id for target in targets()}


def test_fitted_and_remembered_rows_do_not_count():
    for id, check in CHECKS.items():
        if id.startswith("G-V6") or id == "G-V25-slope":
            assert check.used_in_fitting
            assert not check.counts
    assert not CHECKS["G-V8-3mg"].counts
    assert not CHECKS["G-V25-weight"].counts


def test_lorazepam_miss_is_reported_and_not_tuned():
    for dose, seen in ((6, 88), (10, 164)):
        check = CHECKS[f"G-V26-{dose}mg"]
        assert check.miss == pytest.approx(dose * 0.93e6 / 1440 / 55 - seen, rel=1e-6)
        assert -0.30 < check.miss / seen < -0.19
