"""One channel at a time: exact random records of openings and closures.

A record is a list of sojourns, drawn by the direct method from the same rates that give the
macroscopic current. Random numbers come straight from the raw output of a PCG64 bit generator,
which numpy keeps stable between versions, so a seed means the same record everywhere.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mechanisms._checks import Floats, nonnegative, positive, time_grid
from mechanisms.gaba.gating import OPEN, Scheme, rate_matrix, steady_state

__all__ = [
    "Bursts",
    "Openings",
    "Record",
    "RecordStatistics",
    "bursts",
    "openings",
    "record",
    "record_statistics",
    "trace",
]


Ints = NDArray[np.int64]

_CHUNK = 256


class Record(NamedTuple):
    """Sojourns of one or more channels, sorted by channel and time.

    `channel`, `state` (position in `STATES`), `start_ms` and `stop_ms` have one entry per sojourn;
    those of a channel join without a gap from 0 to `duration_ms`.
    """

    channel: Ints
    state: Ints
    start_ms: Floats
    stop_ms: Floats
    duration_ms: float
    channels: int


class Openings(NamedTuple):
    """Openings: channel, start and stop in ms, one entry each."""

    channel: Ints
    start_ms: Floats
    stop_ms: Floats


class Bursts(NamedTuple):
    """Bursts: channel, start and stop in ms, number of openings, time open in ms."""

    channel: Ints
    start_ms: Floats
    stop_ms: Floats
    openings: Ints
    open_ms: Floats


class RecordStatistics(NamedTuple):
    """What an experimenter reads off a record: time open, openings per second, mean opening."""

    p_open: float
    opening_frequency_hz: float
    mean_open_ms: float
    openings: int


class _Uniforms:
    """Uniform numbers in [0, 1) from the raw words of a bit generator (stable between versions)."""

    def __init__(self, seed: int) -> None:
        self._bits = np.random.PCG64(seed)

    def __call__(self, *shape: int) -> Floats:
        words = np.asarray(self._bits.random_raw(int(np.prod(shape))), dtype=np.uint64)
        return ((words >> np.uint64(11)).astype(np.float64) * 2.0**-53).reshape(shape)


def record(
    gaba_mM: ArrayLike,
    duration_ms: float,
    rates: Scheme,
    *,
    seed: int,
    channels: int = 1,
    starts_ms: ArrayLike = (0.0,),
    initial: str = "steady",
) -> Record:
    r"""Exact random record of single channels under GABA that changes in steps.

    .. math::
        \Pr(\text{stay} > t) = e^{Q_{ii} t}, \qquad \Pr(i \to j) = -Q_{ij} / Q_{ii}

    Parameters
    ----------
    gaba_mM : array_like, mM
        One concentration per step, shape () or (S,).
    duration_ms : float, ms
        Length of the record, above 0.
    rates : Scheme
        Rates; plain numbers.
    seed : int
        At least 0; the same seed gives the same record.
    channels : int
        Number of independent channels, at least 1.
    starts_ms : array_like, ms
        Start of each step, shape (S,), the first 0.
    initial : str
        ``"steady"`` draws the first state from equilibrium at the first concentration,
        ``"rest"`` starts from empty receptors.

    Returns
    -------
    Record
        Every sojourn of every channel, exact to rounding.

    Raises
    ------
    ValueError
        If an argument is out of range, or the rates are arrays.

    Notes
    -----
    Leaves out noise, filtering and sampling: nothing is missed. All channels step together, so a
    thousand cost little more than one.

    References
    ----------
    gillespie1977, jones1995
    """
    length = float(positive("duration_ms", duration_ms))
    starts = time_grid("starts_ms", starts_ms)
    gaba = np.atleast_1d(nonnegative("gaba_mM", gaba_mM))
    if starts[0] != 0 or gaba.shape != starts.shape:
        raise ValueError(
            f"gaba_mM must give one concentration per start from 0, got {gaba.shape} for {starts}"
        )
    if rates.shape != ():
        raise ValueError(f"rates must be plain numbers for a record, got shape {rates.shape}")
    if int(channels) != channels or channels < 1:
        raise ValueError(f"channels must be a whole number of at least 1, got {channels}")
    if int(seed) != seed or seed < 0:
        raise ValueError(f"seed must be a whole number of at least 0, got {seed}")
    if initial not in ("steady", "rest"):
        raise ValueError(f"initial must be 'steady' or 'rest', got {initial!r}")

    uniforms = _Uniforms(int(seed))
    start_p = steady_state(gaba[0], rates) if initial == "steady" else np.eye(7)[0]
    state = _draw(np.broadcast_to(np.cumsum(start_p), (channels, 7)), uniforms(channels))
    ends = np.append(starts[1:], np.inf)
    pieces: list[tuple[Ints, Ints, Floats, Floats]] = []
    for concentration, begin, end in zip(gaba, starts, ends, strict=True):
        if begin >= length:
            break
        piece, state = _segment(
            rate_matrix(concentration, rates), state, begin, min(float(end), length), uniforms
        )
        pieces.append(piece)
    channel, states, t0, t1 = (np.concatenate(column) for column in zip(*pieces, strict=True))
    order = np.lexsort((t0, channel))
    return _joined(channel[order], states[order], t0[order], t1[order], length, channels)


def openings(events: Record) -> Openings:
    """Return the openings of a record.

    Parameters
    ----------
    events : Record
        From `record`.

    Returns
    -------
    Openings
        Channel, start and stop (ms) of each; those cut by an end of the record are kept.

    Raises
    ------
    ValueError
        If the record is empty.

    Notes
    -----
    Leaves out the dead time that hides brief closures in a real record.
    """
    if events.state.size == 0:
        raise ValueError("events must hold at least one sojourn, got none")
    chosen = np.isin(events.state, OPEN)
    return Openings(events.channel[chosen], events.start_ms[chosen], events.stop_ms[chosen])


def bursts(events: Record, critical_gap_ms: float) -> Bursts:
    """Group openings into bursts by a critical shut time.

    Parameters
    ----------
    events : Record
        From `record`.
    critical_gap_ms : float, ms
        Openings separated by less than this belong together; above 0.

    Returns
    -------
    Bursts
        Channel, start, stop (ms), number of openings and time open (ms) of each.

    Raises
    ------
    ValueError
        If the gap is not positive.

    Notes
    -----
    This is what can be done without seeing the states; `burst_theory` is what the states imply.

    References
    ----------
    colquhoun1982
    """
    gap = float(positive("critical_gap_ms", critical_gap_ms))
    opened = openings(events)
    if opened.start_ms.size == 0:
        empty = np.zeros(0)
        return Bursts(opened.channel, empty, empty, opened.channel.copy(), empty)
    new = np.ones(opened.start_ms.size, dtype=bool)
    new[1:] = (opened.start_ms[1:] - opened.stop_ms[:-1] >= gap) | (
        opened.channel[1:] != opened.channel[:-1]
    )
    first = np.flatnonzero(new)
    last = np.append(first[1:], new.size) - 1
    open_ms = np.add.reduceat(opened.stop_ms - opened.start_ms, first)
    return Bursts(
        opened.channel[first],
        opened.start_ms[first],
        opened.stop_ms[last],
        (last - first + 1).astype(np.int64),
        open_ms,
    )


def record_statistics(events: Record) -> RecordStatistics:
    r"""Open probability, opening frequency and mean open time counted from a record.

    .. math:: \hat\tau_o = \frac{\text{time open}}{\text{closings seen}}

    Parameters
    ----------
    events : Record
        From `record`.

    Returns
    -------
    RecordStatistics
        Means over all channels; the mean opening is nan if none closed.

    Raises
    ------
    ValueError
        If the record is empty.

    Notes
    -----
    Frequency counts openings that start inside the record; the mean opening divides by closings, so
    openings cut by the end of the record do not shorten it.
    """
    opened = openings(events)
    total = events.duration_ms * events.channels
    time_open = float((opened.stop_ms - opened.start_ms).sum())
    started = int((opened.start_ms > 0).sum())
    closed = int((opened.stop_ms < events.duration_ms).sum())
    return RecordStatistics(
        time_open / total,
        1000 * started / total,
        time_open / closed if closed else float("nan"),
        started,
    )


def trace(events: Record, t_ms: ArrayLike) -> NDArray[np.bool_]:
    """Whether each channel is open at given times.

    Parameters
    ----------
    events : Record
        From `record`.
    t_ms : array_like, ms
        Times inside the record, shape (T,).

    Returns
    -------
    ndarray of bool
        Shape (channels, T); its mean over channels estimates the macroscopic current.

    Raises
    ------
    ValueError
        If a time lies beyond the end of the record.

    Notes
    -----
    Leaves out filtering: a channel is open or shut at each instant.
    """
    times = time_grid("t_ms", t_ms)
    if times[-1] > events.duration_ms:
        raise ValueError(f"t_ms must be at most {events.duration_ms}, got {times[-1]}")
    # shifting channel i by i record lengths turns all records into one sorted axis
    offset = events.channel * (events.duration_ms + 1.0)
    wanted = np.arange(events.channels)[:, None] * (events.duration_ms + 1.0) + times
    index = np.searchsorted(events.start_ms + offset, wanted, side="right") - 1
    return np.asarray(np.isin(events.state[index], OPEN))


def _draw(cumulative: Floats, uniform: Floats) -> Ints:
    """Index of the first cumulative weight above each uniform number."""
    found = (cumulative <= uniform[:, None] * cumulative[:, -1:]).sum(axis=-1)
    return np.asarray(np.minimum(found, cumulative.shape[-1] - 1), dtype=np.int64)


def _segment(
    q: Floats, state: Ints, begin: float, end: float, uniforms: _Uniforms
) -> tuple[tuple[Ints, Ints, Floats, Floats], Ints]:
    """Run every channel from `begin` to `end` at constant rates."""
    leaving = -np.diagonal(q)
    jumps = np.where(np.eye(7, dtype=bool), 0.0, q)
    cumulative = np.cumsum(jumps, axis=-1)
    state = state.copy()
    now = np.full(state.size, begin)
    active = np.arange(state.size)
    rows: list[tuple[Ints, Ints, Floats, Floats]] = []
    numbers = uniforms(_CHUNK, 2, state.size)
    used = 0
    while active.size:
        if used == _CHUNK:
            numbers = uniforms(_CHUNK, 2, state.size)
            used = 0
        wait, choice = numbers[used][:, active]
        used += 1
        here = state[active]
        rate = leaving[here]
        # an empty receptor without GABA never leaves
        stay = np.full(here.size, np.inf)
        np.divide(-np.log1p(-wait), rate, out=stay, where=rate > 0)
        then = now[active] + stay
        rows.append((active, here, now[active], np.minimum(then, end)))
        moves = then < end
        active = active[moves]
        now[active] = then[moves]
        state[active] = _draw(cumulative[here[moves]], choice[moves])
    channel, states, t0, t1 = (np.concatenate(column) for column in zip(*rows, strict=True))
    return (channel.astype(np.int64), states, t0, t1), state


def _joined(
    channel: Ints, state: Ints, t0: Floats, t1: Floats, length: float, channels: int
) -> Record:
    """Join sojourns that a change of concentration cut in two."""
    new = np.ones(state.size, dtype=bool)
    new[1:] = (state[1:] != state[:-1]) | (channel[1:] != channel[:-1])
    first = np.flatnonzero(new)
    last = np.append(first[1:], new.size) - 1
    return Record(channel[first], state[first], t0[first], t1[last], length, channels)
