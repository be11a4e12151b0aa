"""Predictions and verdicts of the GABA targets, worked out again from the published numbers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.optimize import brentq

from mechanisms import data
from mechanisms.validation import gaba as page

CHECKS = {check.id: check for check in page.checks()}
SUBTYPES = ("alpha1", "alpha2", "alpha3", "alpha5")
PERCENT = (103.0, 135.0, 118.0, 106.0)


def coupling(percent):
    before = 0.2 * 0.9
    after = before * (1 + percent / 100)
    return (1 / after - 1) / (1 / before - 1)


def shift(d):
    c = np.sqrt((1 / 0.9 - 1) / 8000)

    def half(factor):
        target = 0.5 / (1 + 8000 * factor * c**2)
        return brentq(
            lambda u: 1 / (1 + 8000 * factor * ((1 + u) / (1 + u / c)) ** 2) - target, 1e-6, 1e3
        )

    return half(1.0) / half(d)


EXPECTED = {
    **{f"G-V1-{a}": p for a, p in zip(SUBTYPES, PERCENT, strict=True)},
    **{
        f"G-V1-{a}-energy": 8.314462618 / 4184 * 295.15 * np.log(coupling(p))
        for a, p in zip(SUBTYPES, PERCENT, strict=True)
    },
    **{f"G-V2-{a}-arithmetic": shift(coupling(p)) for a, p in zip(SUBTYPES, PERCENT, strict=True)},
    "G-V2-alpha1": shift(coupling(103.0)),
    "G-V18-c-8000": np.sqrt((1 / 0.9 - 1) / 8000),
    "G-V18-c-25000": np.sqrt((1 / 0.9 - 1) / 25000),
}


def peak(gaba_mM):
    q = np.zeros((7, 7))
    for i, j, rate in (
        (0, 1, 6 * gaba_mM), (1, 0, 0.15), (1, 2, 3 * gaba_mM), (2, 1, 0.3), (1, 3, 0.2),
        (3, 1, 1.111), (2, 4, 2.5), (4, 2, 0.142), (1, 5, 0.013), (5, 1, 0.00013),
        (2, 6, 0.875), (6, 2, 0.02),
    ):  # fmt: skip
        q[i, j] += rate
        q[i, i] -= rate
    dt = 0.01 / max(gaba_mM, 0.02)
    step, p, best = expm(q * dt), np.eye(7)[0], 0.0
    for _ in range(6000):
        p = p @ step
        best = max(best, p[3] + p[4])
    return best


EXPECTED["G-V3-peak"] = peak(10.0)
EXPECTED["G-V3-ec50"] = 1000 * brentq(lambda x: peak(x) - peak(10.0) / 2, 0.02, 0.08, xtol=1e-6)


def constant_k(L):
    c = np.sqrt((1 / 0.9 - 1) / L)
    u = brentq(lambda u: 1 / (1 + L * ((1 + u) / (1 + u / c)) ** 2) - 0.45, 1e-6, 1e3)
    return 26.0 / u


EXPECTED["G-V18-K-8000"] = constant_k(8000)
EXPECTED["G-V18-K-25000"] = constant_k(25000)


def peak_day(hours):
    k_short, k = np.log(2) / 0.5, np.log(2) / (hours / 24)
    rate = brentq(lambda r: np.log(k_short / r) / (k_short - r) - 2.0, 1e-3, 1.0)
    return np.log(k / rate) / (k - rate)


EXPECTED["G-V4-40h"] = peak_day(40.0)
EXPECTED["G-V4-80h"] = peak_day(80.0)


def worst_day(hours, dt=0.002):
    k, level, top = np.log(2) / (hours / 24), 1.0, 1 / 1.5
    adapted, worst, day = top, 0.0, 0.0
    for i in range(int(40 / dt)):
        dose = max(0.0, 1 - 0.25 * (1 + int(i * dt + 1e-9) // 7))
        middle = dose + (level - dose) * np.exp(-k * dt / 2)
        level = dose + (level - dose) * np.exp(-k * dt)
        goal = middle / (middle + 0.5)
        adapted = goal + (adapted - goal) * np.exp(-0.107 * dt)
        deficit = adapted - level / (level + 0.5)
        if deficit > worst:
            worst, day = deficit, (i + 1) * dt
    return day


EXPECTED["G-V5-12h"] = worst_day(12.0) / 28
EXPECTED["G-V5-60h"] = worst_day(60.0) / 28

ACCEPTED = {
    "G-V2-alpha1": (2.47, 2.53),
    "G-V3-peak": (0.687 * 0.99, 0.687 * 1.01),
    "G-V3-ec50": (39.8 * 0.97, 39.8 * 1.03),
    "G-V4-40h": (4.0, 7.0),
    "G-V4-80h": (4.0, 7.0),
    "G-V5-12h": (0.5, 1.0),
    "G-V5-60h": (0.5, 1.0),
}


def test_every_check_is_worked_out_again():
    assert set(CHECKS) == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_prediction_and_verdict(name):
    check = CHECKS[name]
    tolerance = 1e-3 if name.startswith("G-V5") else 2e-4
    assert check.predicted == pytest.approx(EXPECTED[name], rel=tolerance)
    if name in ACCEPTED:
        low, high = ACCEPTED[name]
        assert (check.low, check.high) == (pytest.approx(low), pytest.approx(high))
        assert (check.verdict == "met") == (low <= EXPECTED[name] <= high)


def test_checks_belong_to_targets_and_fits_do_not_count():
    known = {target.id: target.kind for target in data.targets()}
    for check in CHECKS.values():
        assert known[check.target]
        if known[check.target] in ("fit", "arithmetic"):
            assert not check.counts


def test_the_arithmetic_targets_hold():
    for name, check in CHECKS.items():
        if name.startswith(("G-V3", "G-V18")) or name.endswith("arithmetic"):
            assert check.low <= EXPECTED[name] <= check.high
