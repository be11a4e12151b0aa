"""Kinetics of the GABA-A channel: seven states, and the currents they carry.

The scheme is a tree: an empty receptor binds one and then two GABA; from each bound state it can
open or desensitise. Drugs act on its arrows. Concentrations are in mM and times in ms, the scale of
a synapse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import expm

from mechanisms import drugs
from mechanisms._checks import Floats, finite, nonnegative, positive, time_grid

__all__ = [
    "OPEN",
    "PERTURBATIONS",
    "SCHEMES",
    "STATES",
    "Burst",
    "Course",
    "Decay",
    "Gating",
    "Scheme",
    "burst_theory",
    "course",
    "opening",
    "peak_ec50",
    "peak_open",
    "perturbed",
    "rate_matrix",
    "scheme",
    "steady_state",
    "synaptic_decay",
]

STATES = ("R", "B1", "B2", "O1", "O2", "D1", "D2")
"""Empty; one, two GABA bound; open from each; desensitised from each."""

OPEN = (3, 4)
"""Positions of the open states in `STATES`."""

_R, _B1, _B2, _O1, _O2, _D1, _D2 = range(7)
_SHUT_IN_BURST = (_B1, _B2)
_BETWEEN_BURSTS = (_R, _D1, _D2)
_BISECTIONS = 50

SCHEMES = ("jones_westbrook", "mozrzymas")
"""Published sets of rates that `scheme` knows."""

PERTURBATIONS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "slower unbinding": MappingProxyType({"k_off": 0.5}),
        "faster binding": MappingProxyType({"k_on": 2.0}),
        "faster opening": MappingProxyType({"beta1": 2.0, "beta2": 2.0}),
        "slower closing": MappingProxyType({"alpha1": 0.5, "alpha2": 0.5}),
    }
)
"""Four twofold changes. The first three all raise opening frequency at low GABA; the last lengthens
openings, as barbiturates do."""


@dataclass(frozen=True)
class Scheme:
    """Rates of the seven-state scheme, each a number or an array over patients.

    `k_on` is per site in 1/(mM ms); `k_off` per site and all others in 1/ms: `beta` opens, `alpha`
    closes, `d` desensitises, `r` recovers; 1 and 2 count the GABA bound.
    """

    k_on: ArrayLike
    k_off: ArrayLike
    beta1: ArrayLike
    alpha1: ArrayLike
    beta2: ArrayLike
    alpha2: ArrayLike
    d1: ArrayLike
    r1: ArrayLike
    d2: ArrayLike
    r2: ArrayLike

    def __post_init__(self) -> None:
        for item in fields(self):
            positive(item.name, getattr(self, item.name))

    def scaled(self, **factors: ArrayLike) -> Scheme:
        """Return the scheme with the named rates multiplied, such as ``scaled(k_off=0.5)``.

        Raises
        ------
        KeyError
            If a name is not a rate of the scheme.
        ValueError
            If a factor is not positive.
        """
        known = [item.name for item in fields(self)]
        for name in factors:
            if name not in known:
                raise KeyError(f"unknown rate {name!r}; known: {', '.join(known)}")
        return replace(
            self,
            **{
                name: np.asarray(getattr(self, name)) * positive(name, factor)
                for name, factor in factors.items()
            },
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """Broadcast shape of the rates."""
        return np.broadcast_shapes(*(np.shape(getattr(self, f.name)) for f in fields(self)))


class Course(NamedTuple):
    """State probabilities in time: `states` (..., 7, T) and `open` (..., T) at `t_ms` (T,)."""

    t_ms: Floats
    states: Floats
    open: Floats


class Gating(NamedTuple):
    """Steady single-channel behaviour: open probability, openings per second, mean opening (ms)."""

    p_open: Floats
    opening_frequency_hz: Floats
    mean_open_ms: Floats


class Decay(NamedTuple):
    """A synaptic current: peak open probability, its time (ms) and area over peak (ms)."""

    peak_open: Floats
    peak_ms: Floats
    weighted_decay_ms: Floats


class Burst(NamedTuple):
    """Means over bursts: openings in one, its length and the open part (ms), bursts per second."""

    openings: Floats
    duration_ms: Floats
    open_ms: Floats
    frequency_hz: Floats


def scheme(name: str = "jones_westbrook") -> Scheme:
    """Return published rates of the seven-state scheme.

    Parameters
    ----------
    name : str
        ``"jones_westbrook"`` (hippocampal neurones) or ``"mozrzymas"``.

    Returns
    -------
    Scheme
        Rates in 1/ms and 1/(mM ms).

    Raises
    ------
    KeyError
        If the name is not one of `SCHEMES`.

    Notes
    -----
    The first set is after Jones and Westbrook, as coded in public, without the link between the two
    desensitised states.

    References
    ----------
    jones1995, mozrzymas2003
    """
    if name not in SCHEMES:
        raise KeyError(f"unknown scheme {name!r}; known: {', '.join(SCHEMES)}")
    return Scheme(
        **{item.name: drugs.constant(f"gaba.{name}.{item.name}").value for item in fields(Scheme)}
    )


def perturbed(name: str, rates: Scheme, strength: ArrayLike = 1.0) -> Scheme:
    r"""Scheme under one of the named drug-like changes, from none to full strength.

    .. math:: k' = k\,\phi^{s}

    Parameters
    ----------
    name : str
        One of `PERTURBATIONS`.
    rates : Scheme
        The scheme without drug.
    strength : array_like, dimensionless
        0 leaves the rates alone, 1 is the full twofold change; smooth between and beyond.

    Returns
    -------
    Scheme
        Changed rates in the broadcast shape.

    Raises
    ------
    KeyError
        If the name is unknown.
    ValueError
        If the strength is not finite.

    Notes
    -----
    Which of the first three a benzodiazepine does is contested; all three are offered.

    References
    ----------
    bianchi2010, gielen2012
    """
    if name not in PERTURBATIONS:
        raise KeyError(f"unknown perturbation {name!r}; known: {', '.join(PERTURBATIONS)}")
    power = finite("strength", strength)
    return rates.scaled(**{rate: factor**power for rate, factor in PERTURBATIONS[name].items()})


def rate_matrix(gaba_mM: ArrayLike, rates: Scheme) -> Floats:
    r"""Transition rates of the scheme at a fixed GABA concentration.

    .. math:: \dot{\mathbf p} = \mathbf p\,Q, \qquad \sum_j Q_{ij} = 0

    Parameters
    ----------
    gaba_mM : array_like, mM
        Free GABA, at least 0.
    rates : Scheme
        Rates; they broadcast against `gaba_mM`.

    Returns
    -------
    ndarray, 1/ms
        Shape (..., 7, 7), rows are sources, order of `STATES`.

    Raises
    ------
    ValueError
        If GABA is negative.

    Notes
    -----
    Leaves out unliganded opening and the link between the desensitised states, so every step is
    reversible by construction.

    References
    ----------
    jones1995
    """
    gaba = nonnegative("gaba_mM", gaba_mM)
    q = np.zeros((*np.broadcast_shapes(gaba.shape, rates.shape), 7, 7))
    q[..., _R, _B1] = 2 * _array(rates.k_on) * gaba
    q[..., _B1, _B2] = _array(rates.k_on) * gaba
    q[..., _B1, _R] = rates.k_off
    q[..., _B2, _B1] = 2 * _array(rates.k_off)
    q[..., _B1, _O1], q[..., _O1, _B1] = rates.beta1, rates.alpha1
    q[..., _B2, _O2], q[..., _O2, _B2] = rates.beta2, rates.alpha2
    q[..., _B1, _D1], q[..., _D1, _B1] = rates.d1, rates.r1
    q[..., _B2, _D2], q[..., _D2, _B2] = rates.d2, rates.r2
    diagonal = np.arange(7)
    q[..., diagonal, diagonal] = -q.sum(axis=-1)
    return q


def steady_state(gaba_mM: ArrayLike, rates: Scheme) -> Floats:
    r"""State probabilities at equilibrium, in closed form.

    .. math::
        p \propto \left(1,\; 2a,\; a^2,\; 2a\tfrac{\beta_1}{\alpha_1},\;
        a^2\tfrac{\beta_2}{\alpha_2},\; 2a\tfrac{d_1}{r_1},\; a^2\tfrac{d_2}{r_2}\right),
        \qquad a = \frac{k_{on} A}{k_{off}}

    Parameters
    ----------
    gaba_mM : array_like, mM
        Free GABA, at least 0.
    rates : Scheme
        Rates; they broadcast against `gaba_mM`.

    Returns
    -------
    ndarray, dimensionless
        Shape (..., 7), summing to 1, order of `STATES`.

    Raises
    ------
    ValueError
        If GABA is negative.

    Notes
    -----
    Only the ratio of binding to unbinding enters: at equilibrium the two cannot be told apart.

    References
    ----------
    jones1995
    """
    weights = _weights(nonnegative("gaba_mM", gaba_mM), rates)
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def course(
    t_ms: ArrayLike,
    gaba_mM: ArrayLike,
    rates: Scheme,
    *,
    starts_ms: ArrayLike = (0.0,),
    initial: ArrayLike | None = None,
) -> Course:
    r"""State probabilities under GABA that changes in steps: the macroscopic current.

    .. math:: \mathbf p(t + \Delta) = \mathbf p(t)\,e^{Q \Delta}

    Parameters
    ----------
    t_ms : array_like, ms
        Times of the result, shape (T,), strictly increasing from 0 or later.
    gaba_mM : array_like, mM
        One concentration per step on the *last* axis, shape (..., S); a pulse is ``(1, 0)``.
    rates : Scheme
        Rates; they broadcast against the leading axes.
    starts_ms : array_like, ms
        Start of each step, shape (S,), the first 0; ``(0, 1)`` for a pulse of 1 ms.
    initial : array_like, dimensionless, optional
        State probabilities at time 0, shape (..., 7); by default all receptors empty.

    Returns
    -------
    Course
        Times and probabilities (..., 7, T) and (..., T); the current is proportional to `open`.

    Raises
    ------
    ValueError
        If a grid is not increasing, the steps do not match `starts_ms`, GABA is negative, or
        `initial` is not a probability vector.

    Notes
    -----
    Exact for steps. Leaves out diffusion of GABA and the driving force of chloride.

    References
    ----------
    jones1995, mozrzymas2003
    """
    times = time_grid("t_ms", t_ms)
    starts = time_grid("starts_ms", starts_ms)
    if starts[0] != 0:
        raise ValueError(f"starts_ms must begin at 0, got {starts[0]}")
    gaba = np.atleast_1d(nonnegative("gaba_mM", gaba_mM))
    if gaba.shape[-1] != starts.size:
        raise ValueError(
            f"gaba_mM must have {starts.size} steps on its last axis, got shape {gaba.shape}"
        )
    p = _initial(initial)
    lead = np.broadcast_shapes(gaba.shape[:-1], rates.shape, p.shape[:-1])
    p = np.broadcast_to(p, (*lead, 7))[..., None, :]
    out = np.empty((*lead, 7, times.size))
    stops = np.unique(np.concatenate([times, starts[starts < times[-1]], [0.0]]))
    steps = np.searchsorted(starts, stops, side="right") - 1
    propagators: dict[tuple[int, float], Floats] = {}
    where = np.searchsorted(times, stops)
    now = 0.0
    step = 0
    for stop, next_step, index in zip(stops, steps, where, strict=True):
        # equal intervals of a grid differ in the last bits: one propagator serves them all
        interval = float(f"{stop - now:.10g}")
        if interval > 0:
            key = (int(step), interval)
            if key not in propagators:
                propagators[key] = expm(rate_matrix(gaba[..., step], rates) * interval)
            p = p @ propagators[key]
        if index < times.size and times[index] == stop:
            out[..., index] = p[..., 0, :]
        now, step = float(stop), int(next_step)
    return Course(times, out, out[..., OPEN, :].sum(axis=-2))


def opening(gaba_mM: ArrayLike, rates: Scheme) -> Gating:
    r"""Open probability, opening frequency and mean open time in steady GABA.

    .. math::
        P_o = \pi_{O1} + \pi_{O2}, \qquad f = \pi_{O1}\alpha_1 + \pi_{O2}\alpha_2, \qquad
        \tau_o = P_o / f

    Parameters
    ----------
    gaba_mM : array_like, mM
        Free GABA, above 0.
    rates : Scheme
        Rates; they broadcast against `gaba_mM`.

    Returns
    -------
    Gating
        Open probability, openings per second, mean open time in ms.

    Raises
    ------
    ValueError
        If GABA is not positive.

    Notes
    -----
    Leaves out missed brief events, which shorten counts and lengthen openings in a real record.

    References
    ----------
    jones1995, twyman1989
    """
    p = steady_state(positive("gaba_mM", gaba_mM), rates)
    p_open = p[..., _O1] + p[..., _O2]
    per_ms = p[..., _O1] * _array(rates.alpha1) + p[..., _O2] * _array(rates.alpha2)
    return Gating(*map(np.asarray, (p_open, 1000 * per_ms, p_open / per_ms)))


def peak_open(gaba_mM: ArrayLike, rates: Scheme) -> Floats:
    r"""Largest open probability after a step to a constant GABA concentration.

    .. math:: \max_t \sum_k a_k e^{\lambda_k t}

    Parameters
    ----------
    gaba_mM : array_like, mM
        GABA after the step, above 0.
    rates : Scheme
        Rates; they broadcast against `gaba_mM`.

    Returns
    -------
    ndarray, dimensionless
        In the broadcast shape.

    Raises
    ------
    ValueError
        If GABA is not positive.

    Notes
    -----
    Leaves out the finite speed of a real solution change. The exponents come from the symmetric
    form that detailed balance allows, so they are real.

    References
    ----------
    jones1995
    """
    gaba = positive("gaba_mM", gaba_mM)
    root = np.sqrt(_weights(gaba, rates))
    # detailed balance makes D^(1/2) Q D^(-1/2) symmetric
    symmetric = root[..., :, None] * rate_matrix(gaba, rates) / root[..., None, :]
    exponents, modes = np.linalg.eigh((symmetric + np.swapaxes(symmetric, -1, -2)) / 2)
    opened = (modes[..., OPEN, :] * root[..., OPEN, None]).sum(axis=-2)
    amplitudes = modes[..., _R, :] / root[..., _R, None] * opened
    grid = np.geomspace(1e-3, 1e6, 721)
    for _ in range(3):
        grid = np.broadcast_to(grid, (*amplitudes.shape[:-1], grid.shape[-1]))
        values = np.einsum(
            "...k,...kt->...t",
            amplitudes,
            np.exp(np.minimum(exponents[..., :, None] * grid[..., None, :], 0.0)),
        )
        best = np.clip(values.argmax(axis=-1), 1, grid.shape[-1] - 2)[..., None]
        low = np.take_along_axis(grid, best - 1, axis=-1)
        high = np.take_along_axis(grid, best + 1, axis=-1)
        grid = low * (high / low) ** np.linspace(0, 1, 41)
    return np.asarray(values.max(axis=-1))


def peak_ec50(rates: Scheme, reference_mM: float = 10.0) -> Floats:
    r"""GABA concentration of the half-maximal peak, as a dose-response experiment reports it.

    .. math:: \hat P(EC_{50}) = \tfrac12 \hat P(A_{ref})

    Parameters
    ----------
    rates : Scheme
        Rates, possibly arrays.
    reference_mM : float, mM
        Concentration taken as saturating, above 0.

    Returns
    -------
    ndarray, uM
        In the shape of the rates.

    Raises
    ------
    ValueError
        If the reference is not positive.

    Notes
    -----
    Leaves out slow solution exchange, which lets desensitisation cut the peak and moves the curve.

    References
    ----------
    jones1995
    """
    reference = float(positive("reference_mM", reference_mM))
    half = peak_open(reference, rates) / 2
    low = np.full(rates.shape, np.log(1e-6 * reference))
    high = np.full(rates.shape, np.log(reference))
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        below = peak_open(np.exp(middle), rates) < half
        low = np.where(below, middle, low)
        high = np.where(below, high, middle)
    return np.asarray(1000 * np.exp((low + high) / 2))


def synaptic_decay(
    rates: Scheme, gaba_mM: ArrayLike = 1.0, width_ms: float = 1.0, window_ms: float = 400.0
) -> Decay:
    r"""Peak and weighted decay of the response to a brief pulse of GABA.

    .. math:: \tau_w = \frac{1}{P_{peak}} \int_{t_{peak}}^{t_{peak} + T} P_o(t)\,dt

    Parameters
    ----------
    rates : Scheme
        Rates; they broadcast against `gaba_mM`.
    gaba_mM : array_like, mM
        GABA in the cleft during the pulse, above 0.
    width_ms : float, ms
        Length of the pulse, above 0.
    window_ms : float, ms
        Length of record after the peak that is integrated, at least 20; ``inf`` for all of it.

    Returns
    -------
    Decay
        Peak open probability, time of the peak and weighted decay.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    The number depends on the window: the desensitised states re-open for seconds. Leaves out
    asynchronous release and the spread of GABA in the cleft.

    References
    ----------
    jones1995, mozrzymas2003
    """
    width = float(positive("width_ms", width_ms))
    if np.isnan(window_ms) or window_ms < 20:
        raise ValueError(f"window_ms must be at least 20, got {window_ms}")
    gaba = positive("gaba_mM", gaba_mM)
    dt = min(0.01, width / 50)
    # once GABA is gone the open states empty within a few ms unless they were still filling
    times = np.arange(int(np.ceil((width + 12.0) / dt)) + 1) * dt
    pulse = np.stack([gaba, np.zeros_like(gaba)], axis=-1)
    early = course(times, pulse, rates, starts_ms=(0.0, width))
    top = np.clip(early.open.argmax(axis=-1), 1, times.size - 2)
    before, at, after = (
        np.take_along_axis(early.open, (top + k)[..., None], axis=-1)[..., 0] for k in (-1, 0, 1)
    )
    bend = before - 2 * at + after
    offset = np.where(bend < 0, (before - after) / (2 * np.where(bend < 0, bend, -1.0)), 0.0)
    peak = at - (before - after) * offset / 4
    t_peak = (top + offset) * dt

    panels = (early.open[..., 1:] + early.open[..., :-1]) * (dt / 2)
    cumulative = np.concatenate(
        [np.zeros((*panels.shape[:-1], 1)), np.cumsum(panels, axis=-1)], axis=-1
    )
    area = cumulative[..., -1] - np.take_along_axis(cumulative, top[..., None], axis=-1)[..., 0]
    area = area - offset * dt * peak
    rest = np.asarray(t_peak + window_ms - times[-1])
    area = area + _open_time_after(early.states[..., -1], rest, rates)
    return Decay(*map(np.asarray, (peak, t_peak, area / peak)))


def burst_theory(gaba_mM: ArrayLike, rates: Scheme) -> Burst:
    r"""Mean openings, length and open time of a burst, from the partitioned rate matrix.

    .. math::
        G_{AB} = -Q_{AA}^{-1} Q_{AB}, \quad G_{BA} = -Q_{BB}^{-1} Q_{BA}, \quad
        \bar n = \phi_b (I - G_{AB} G_{BA})^{-1} \mathbf 1

    Parameters
    ----------
    gaba_mM : array_like, mM
        Steady GABA, above 0.
    rates : Scheme
        Rates; they broadcast against `gaba_mM`.

    Returns
    -------
    Burst
        Mean openings per burst, mean length and open time in ms, bursts per second.

    Raises
    ------
    ValueError
        If GABA is not positive.

    Notes
    -----
    A burst is a run of openings separated only by visits to the bound shut states (B1, B2); empty
    and desensitised sojourns end it. Leaves out the critical gap that an experimenter must choose
    instead, since states cannot be seen (`bursts`).

    References
    ----------
    colquhoun1982, jones1995
    """
    q = rate_matrix(positive("gaba_mM", gaba_mM), rates)
    p = steady_state(gaba_mM, rates)
    a, b, c = (list(part) for part in (OPEN, _SHUT_IN_BURST, _BETWEEN_BURSTS))

    def block(rows: list[int], columns: list[int]) -> Floats:
        return np.asarray(q[..., rows, :][..., columns])

    g_ab = -np.linalg.solve(block(a, a), block(a, b))
    g_ba = -np.linalg.solve(block(b, b), block(b, a))
    # open states are reached through the bound shut states only
    entries = p[..., None, c] @ block(c, b) @ g_ba
    rate = entries.sum(axis=(-1, -2))
    first = entries / rate[..., None, None]
    eye = np.eye(2)
    visits = np.swapaxes(
        np.linalg.solve(np.swapaxes(eye - g_ab @ g_ba, -1, -2), np.swapaxes(first, -1, -2)), -1, -2
    )
    open_each = -np.linalg.solve(block(a, a), np.ones((2, 1)))
    # time spent shut before a return to the open states: integral of t exp(Q_BB t) Q_BA
    gap = g_ab @ np.linalg.solve(block(b, b), np.linalg.solve(block(b, b), block(b, a)))
    open_ms = (visits @ open_each)[..., 0, 0]
    shut_ms = (visits @ gap).sum(axis=(-1, -2))
    counts = visits.sum(axis=(-1, -2))
    return Burst(*map(np.asarray, (counts, open_ms + shut_ms, open_ms, 1000 * rate)))


def _weights(gaba: Floats, rates: Scheme) -> Floats:
    """Unnormalised equilibrium probabilities, shape (..., 7)."""
    a = gaba * _array(rates.k_on) / _array(rates.k_off)
    single, double = 2 * a, a**2
    parts = (
        np.ones_like(a),
        single,
        double,
        single * _array(rates.beta1) / _array(rates.alpha1),
        double * _array(rates.beta2) / _array(rates.alpha2),
        single * _array(rates.d1) / _array(rates.r1),
        double * _array(rates.d2) / _array(rates.r2),
    )
    return np.stack(np.broadcast_arrays(*parts), axis=-1)


def _array(value: ArrayLike) -> Floats:
    return np.asarray(value, dtype=np.float64)


def _initial(initial: ArrayLike | None) -> Floats:
    if initial is None:
        return np.asarray(np.eye(7)[_R])
    p = nonnegative("initial", initial)
    if p.shape[-1:] != (7,) or np.any(np.abs(p.sum(axis=-1) - 1) > 1e-9):
        raise ValueError(
            f"initial must hold 7 probabilities that sum to 1 on its last axis, got shape {p.shape}"
        )
    return p


def _open_time_after(p: Floats, duration_ms: Floats, rates: Scheme) -> Floats:
    """Time spent open from now on in GABA-free solution, ms; `p` has shape (..., 7)."""
    q = np.broadcast_to(rate_matrix(0.0, rates), (*p.shape[:-1], 7, 7))
    reward = np.zeros(7)
    reward[list(OPEN)] = 1.0
    if np.isinf(duration_ms).all():
        alive = slice(1, 7)  # the empty state is final without GABA
        times = -np.linalg.solve(q[..., alive, alive], reward[alive, None])[..., 0]
        return np.asarray((p[..., alive] * times).sum(axis=-1))
    bigger = np.zeros((*p.shape[:-1], 8, 8))
    bigger[..., :7, :7] = q
    bigger[..., :7, 7] = reward
    grown = expm(bigger * np.asarray(duration_ms)[..., None, None])
    return np.asarray((p * grown[..., :7, 7]).sum(axis=-1))
