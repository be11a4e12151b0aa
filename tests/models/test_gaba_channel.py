"""Random records against the analytic scheme, within computed standard errors, fixed seeds."""

from __future__ import annotations

import numpy as np
import pytest

from mechanisms import gaba

CHANNELS = 2000
LIMIT = 4.0


@pytest.fixture(scope="module", params=["jones_westbrook", "mozrzymas"])
def long_record(request):
    rates = gaba.scheme(request.param)
    return rates, gaba.record(0.002, 8000.0, rates, seed=20240, channels=CHANNELS)


def per_channel(events, weights, chosen):
    return np.bincount(events.channel[chosen], weights[chosen], minlength=events.channels)


def z_score(values, expected):
    return (values.mean() - expected) / (values.std(ddof=1) / np.sqrt(values.size))


def test_open_time_and_frequency_match_the_equilibrium(long_record):
    rates, events = long_record
    theory = gaba.opening(0.002, rates)
    is_open = np.isin(events.state, gaba.OPEN)
    fraction = per_channel(events, events.stop_ms - events.start_ms, is_open) / events.duration_ms
    assert abs(z_score(fraction, float(theory.p_open))) < LIMIT
    starts = per_channel(events, np.ones(events.state.size), is_open & (events.start_ms > 0))
    frequency = 1000 * starts / events.duration_ms
    assert abs(z_score(frequency, float(theory.opening_frequency_hz))) < LIMIT
    summary = gaba.record_statistics(events)
    assert summary.p_open == pytest.approx(fraction.mean(), rel=1e-12)
    assert summary.opening_frequency_hz == pytest.approx(frequency.mean(), rel=1e-12)
    error = float(theory.mean_open_ms) / np.sqrt(summary.openings)
    assert abs(summary.mean_open_ms - theory.mean_open_ms) < 10 * error


def test_time_in_each_state_matches_the_equilibrium(long_record):
    rates, events = long_record
    p = gaba.steady_state(0.002, rates)
    for state in range(7):
        share = per_channel(events, events.stop_ms - events.start_ms, events.state == state)
        assert abs(z_score(share / events.duration_ms, p[state])) < LIMIT


def test_sojourns_are_exponential_with_the_leaving_rate(long_record):
    rates, events = long_record
    leaving = -np.diagonal(gaba.rate_matrix(0.002, rates))
    whole = (events.start_ms > 0) & (events.stop_ms < events.duration_ms)
    for state in (1, 2, 3, 4):  # short against the record, so that cutting it biases nothing
        length = (events.stop_ms - events.start_ms)[whole & (events.state == state)]
        expected = 1 / leaving[state]
        assert abs(length.mean() - expected) < LIMIT * expected / np.sqrt(length.size)
        # the median of an exponential is ln 2 of its mean
        below = np.mean(length < np.log(2) * expected)
        assert abs(below - 0.5) < LIMIT * 0.5 / np.sqrt(length.size)


def test_transitions_follow_the_arrows_with_their_shares(long_record):
    rates, events = long_record
    q = gaba.rate_matrix(0.002, rates)
    same = events.channel[1:] == events.channel[:-1]
    before, after = events.state[:-1][same], events.state[1:][same]
    for state in range(7):
        out = after[before == state]
        share = np.bincount(out, minlength=7) / out.size
        expected = np.where(np.arange(7) == state, 0.0, q[state]) / -q[state, state]
        error = np.sqrt(np.maximum(expected * (1 - expected), 1e-12) / out.size)
        assert np.all(np.abs(share - expected) <= LIMIT * error)


def test_bursts_by_state_match_the_theory():
    rates = gaba.scheme("jones_westbrook")
    events = gaba.record(0.002, 8000.0, rates, seed=77, channels=CHANNELS)
    theory = gaba.burst_theory(0.002, rates)
    between = np.isin(events.state, (0, 5, 6))
    # number the runs of bound states; a run cut by the record's ends is left out
    run = np.cumsum(between | np.r_[True, events.channel[1:] != events.channel[:-1]])
    opened = np.isin(events.state, gaba.OPEN)
    cut = np.unique(run[(events.start_ms == 0) | (events.stop_ms == events.duration_ms)])
    keep = opened & ~np.isin(run, cut)
    counts = np.unique(run[keep], return_counts=True)[1]
    assert abs(z_score(counts, float(theory.openings))) < LIMIT
    first = np.unique(run[keep], return_index=True)[1]
    starts, stops = events.start_ms[keep], events.stop_ms[keep]
    length = stops[np.append(first[1:], stops.size) - 1] - starts[first]
    assert abs(z_score(length, float(theory.duration_ms))) < LIMIT


def test_critical_gap_groups_openings():
    rates = gaba.scheme()
    events = gaba.record(0.01, 5000.0, rates, seed=3, channels=20)
    opened = gaba.openings(events)
    none = gaba.bursts(events, 1e-12)
    assert none.openings.max() == 1
    assert none.openings.size == opened.start_ms.size
    everything = gaba.bursts(events, 1e9)
    assert everything.openings.size == np.unique(opened.channel).size
    some = gaba.bursts(events, 5.0)
    assert some.openings.sum() == opened.start_ms.size
    assert some.open_ms.sum() == pytest.approx((opened.stop_ms - opened.start_ms).sum(), rel=1e-12)
    assert np.all(some.stop_ms - some.start_ms >= some.open_ms - 1e-9)


def test_mean_of_channels_is_the_macroscopic_current():
    rates = gaba.scheme()
    times = np.linspace(0, 80, 41)
    many = 4000
    events = gaba.record(
        [1.0, 0.0], 80.0, rates, seed=11, channels=many, starts_ms=[0.0, 1.0], initial="rest"
    )
    mean = gaba.trace(events, times).mean(axis=0)
    exact = gaba.course(times, [1.0, 0.0], rates, starts_ms=[0.0, 1.0]).open
    error = np.sqrt(exact * (1 - exact) / many)
    assert mean[0] == 0.0
    assert np.all(np.abs(mean[1:] - exact[1:]) < LIMIT * error[1:])
    # and their variance is binomial, as noise analysis assumes
    variance = gaba.trace(events, [5.0]).var()
    p = gaba.course([5.0], [1.0, 0.0], rates, starts_ms=[0.0, 1.0]).open[0]
    assert variance == pytest.approx(p * (1 - p), abs=0.03)


def test_records_join_without_gaps_and_repeat_with_the_seed():
    rates = gaba.scheme()
    events = gaba.record([0.01, 0.0], 300.0, rates, seed=5, channels=8, starts_ms=[0.0, 100.0])
    for channel in range(8):
        mine = events.channel == channel
        start, stop = events.start_ms[mine], events.stop_ms[mine]
        assert start[0] == 0.0
        assert stop[-1] == 300.0
        np.testing.assert_array_equal(start[1:], stop[:-1])
        assert np.all(events.state[mine][1:] != events.state[mine][:-1])
        assert np.all(stop > start)
    again = gaba.record([0.01, 0.0], 300.0, rates, seed=5, channels=8, starts_ms=[0.0, 100.0])
    np.testing.assert_array_equal(events.stop_ms, again.stop_ms)
    other = gaba.record([0.01, 0.0], 300.0, rates, seed=6, channels=8, starts_ms=[0.0, 100.0])
    assert not np.array_equal(events.stop_ms, other.stop_ms)


def test_random_numbers_are_the_documented_stable_stream():
    # first uniform of PCG64(seed=1), from its raw 64-bit word
    word = int(np.random.PCG64(1).random_raw())
    uniform = (word >> 11) / 2**53
    events = gaba.record(1.0, 1e-9, gaba.scheme(), seed=1)
    cumulative = np.cumsum(gaba.steady_state(1.0, gaba.scheme()))
    assert events.state[0] == np.searchsorted(cumulative, uniform, side="right")
    assert uniform == 0.5118216247002567  # the generator promises its stream in every version


def test_empty_receptors_stay_empty_without_gaba():
    events = gaba.record(0.0, 1000.0, gaba.scheme(), seed=1, initial="rest", channels=3)
    assert set(events.state) == {0}
    assert gaba.record_statistics(events).p_open == 0.0
    assert np.isnan(gaba.record_statistics(events).mean_open_ms)
    assert gaba.bursts(events, 1.0).openings.size == 0


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"duration_ms": 0.0}, "duration_ms"),
        ({"gaba_mM": -1.0}, "gaba_mM"),
        ({"gaba_mM": [1.0, 2.0]}, "gaba_mM"),
        ({"seed": -1}, "seed"),
        ({"channels": 0}, "channels"),
        ({"initial": "open"}, "initial"),
        ({"rates": gaba.scheme().scaled(k_on=[1.0, 2.0])}, "rates"),
    ],
)
def test_bad_input_is_named(change, name):
    good = {"gaba_mM": 1.0, "duration_ms": 10.0, "rates": gaba.scheme(), "seed": 1}
    with pytest.raises(ValueError, match=name):
        gaba.record(**{**good, **change})


def test_trace_beyond_the_record_is_refused():
    events = gaba.record(1.0, 10.0, gaba.scheme(), seed=1)
    with pytest.raises(ValueError, match="t_ms"):
        gaba.trace(events, [11.0])
    with pytest.raises(ValueError, match="critical_gap_ms"):
        gaba.bursts(events, 0.0)
