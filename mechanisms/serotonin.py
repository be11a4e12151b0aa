r"""Serotonin: reuptake, the raphe's brake, and two accounts of how firing comes back.

Levels are relative to the undrugged baseline (1), because the absolute extracellular level is
disputed eighty-fold between methods. The loop itself is in `feedback`; here it gets the dorsal
raphe, its terminals, and the weeks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mechanisms import adaptation, feedback
from mechanisms._checks import Floats, finite, fraction, nonnegative, positive, time_grid
from mechanisms.drugs import constant
from mechanisms.feedback import Autoreceptor, LoopState, Release, Reuptake

# Longest internal step: in time constants of the adaptation and in occupancy.
MAX_STEP_TAU = 0.15
MAX_STEP_OCCUPANCY = 0.2
MAX_PIECES = 200
_STEP_TOLERANCE = 1e-7
_IN_CACHE = 10_000  # numbers
_PRESETS = {
    "hippocampus": "terminal.non_sert_clearance",
    "frontal cortex": "terminal.non_sert_clearance_cortex",
}


class Pulse(NamedTuple):
    """Extracellular serotonin after a pulse: `t_s` (s, 1-D) and `level_uM` (time last)."""

    t_s: Floats
    level_uM: Floats


@dataclass(frozen=True)
class Region:
    """The raphe's loop as one terminal region sees it."""

    release: Release
    reuptake: Reuptake
    autoreceptor: Autoreceptor


class RapheCourse(NamedTuple):
    """Weeks of treatment; every field but `t_days` has time on the last axis.

    `firing`, `raphe` (somatic 5-HT) and `terminal` (terminal 5-HT) are relative to baseline.
    `sensitivity` (of the autoreceptor) and `drive` (excitability) are what adapts.
    """

    t_days: Floats
    occupancy: Floats
    firing: Floats
    raphe: Floats
    terminal: Floats
    sensitivity: Floats
    drive: Floats


def pulse_clearance(
    t_s: ArrayLike,
    start_uM: ArrayLike,
    vmax_uM_per_s: ArrayLike | None = None,
    km_uM: ArrayLike | None = None,
    inhibitor_over_ki: ArrayLike = 0.0,
    other_per_s: ArrayLike | None = None,
) -> Pulse:
    r"""Serotonin outside the cell after a pulse, cleared by SERT and by a second pathway.

    .. math:: \frac{dc}{dt} = -\frac{V_{max}\, c}{K_m (1 + I/K_i) + c} - k_2 c

    Parameters
    ----------
    t_s : array_like, s, shape (T,)
        Times since the pulse: not negative, strictly increasing.
    start_uM : array_like, uM
        Level just after the pulse, above 0.
    vmax_uM_per_s : array_like, uM/s, optional
        Largest rate of SERT, at least 0; that of a mouse varicosity if omitted.
    km_uM : array_like, uM, optional
        Level of half the largest rate, above 0.
    inhibitor_over_ki : array_like, dimensionless
        Free inhibitor relative to its inhibition constant, at least 0; the occupancy of the empty
        transporter is then x/(1 + x).
    other_per_s : array_like, 1/s, optional
        k2, first-order removal that the drug does not touch, at least 0.

    Returns
    -------
    Pulse
        Time base and level, uM, shape (..., T).

    Raises
    ------
    ValueError
        If the grid or a value is out of range.

    Notes
    -----
    Integrated in closed form, t(c), and inverted by Newton's method in ln c, where t is concave,
    so the iteration cannot diverge. A competitive blocker raises Km and leaves Vmax: a pulse far
    above Km outcompetes it. Leaves out diffusion, ongoing release and the gate of uptake-2.

    References
    ----------
    michaelis1913, best2010
    """
    times = time_grid("t_s", t_s)
    hours = 3600.0
    vmax = nonnegative(
        "vmax_uM_per_s",
        float(constant("varicosity.sert_vmax")) / hours if vmax_uM_per_s is None else vmax_uM_per_s,
    )
    km = positive("km_uM", float(constant("varicosity.sert_km")) if km_uM is None else km_uM)
    other = nonnegative(
        "other_per_s",
        float(constant("varicosity.other_removal")) / hours if other_per_s is None else other_per_s,
    )
    start = positive("start_uM", start_uM)
    apparent_km = km * (1.0 + nonnegative("inhibitor_over_ki", inhibitor_over_ki))
    start, vmax, apparent_km, other = (
        np.asarray(value)[..., np.newaxis]
        for value in np.broadcast_arrays(start, vmax, apparent_km, other)
    )
    # First-order rate constant while SERT is far from saturated, times the apparent Km.
    slow = vmax + other * apparent_km
    if (slow <= 0).any():
        raise ValueError("other_per_s must be above 0 where vmax_uM_per_s is 0, got 0.0")
    log_part, linear_part = apparent_km / slow, vmax / slow

    def elapsed(y: Floats) -> tuple[Floats, Floats]:
        """Time at which the level is start * exp(y), and its slope in y (negative)."""
        level = start * np.exp(y)
        rate = slow + other * level
        fallen = -start * np.expm1(y) / rate
        z = other * fallen
        shape = np.where(z == 0, 1.0, np.log1p(z) / np.where(z == 0, 1.0, z))
        return -log_part * y + linear_part * fallen * shape, -(apparent_km + level) / rate

    y = np.zeros(np.broadcast_shapes(start.shape, times.shape))
    for _ in range(100):
        value, slope = elapsed(y)
        step = (value - times) / slope
        y = np.minimum(y - step, 0.0)
        if np.max(np.abs(step), initial=0.0) < 1e-13 * max(1.0, float(np.max(-y))):
            break
    return Pulse(times, start * np.exp(y))


def regions() -> tuple[str, ...]:
    """Return the names that `region` knows."""
    return tuple(_PRESETS)


def region(name: str = "hippocampus", **changes: ArrayLike) -> Region:
    """Return the loop of the dorsal raphe with the terminals of one region.

    Two settings of one equation: ``"hippocampus"`` clears its terminals as the raphe does, and its
    serotonin rises from the first day; ``"frontal cortex"`` clears more by other routes than SERT,
    and its serotonin first falls.

    Parameters
    ----------
    name : str
        One of `regions`.
    **changes : array_like
        Values to use in place of the constants: `gain`, `hill`, `floor`, `somatic_share`,
        `other_raphe`, `other_terminal`. They broadcast against patients.

    Returns
    -------
    Region
        Release, reuptake and autoreceptor for `feedback.loop`.

    Raises
    ------
    KeyError
        If the region or the name of a change is unknown.
    ValueError
        If a value is out of range.

    Notes
    -----
    All settings are assumed: they were chosen to give the two published signs, not measured.

    References
    ----------
    fritze2017
    """
    if name not in _PRESETS:
        raise KeyError(f"name must be one of {', '.join(map(repr, _PRESETS))}, got {name!r}")
    values: dict[str, ArrayLike] = {
        "gain": float(constant("raphe.autoreceptor_gain")),
        "hill": float(constant("raphe.hill")),
        "floor": float(constant("raphe.firing_floor")),
        "somatic_share": float(constant("raphe.firing_independent_release")),
        "other_raphe": float(constant("raphe.non_sert_clearance")),
        "other_terminal": float(constant(_PRESETS[name])),
    }
    for key in changes:
        if key not in values:
            raise KeyError(f"changes must be among {', '.join(values)}, got {key!r}")
    values |= changes
    return Region(
        Release(values["somatic_share"]),
        Reuptake(values["other_raphe"], values["other_terminal"]),
        Autoreceptor(values["gain"], values["hill"], values["floor"]),
    )


def balance(
    occupancy: ArrayLike,
    where: Region | None = None,
    sensitivity: ArrayLike = 1.0,
    drive: ArrayLike = 1.0,
    agonist: ArrayLike = 0.0,
) -> LoopState:
    r"""Return firing and serotonin once the loop has settled, at a given state of adaptation.

    .. math:: f = D \, \frac{1 + A^h}{1 + S \, (A e_R)^h}, \quad
              e_R = \frac{\varphi + (1 - \varphi) f}{\rho_R}, \quad e_T = \frac{f}{\rho_T}

    (for a brake without floor).

    Parameters
    ----------
    occupancy : array_like, dimensionless
        SERT occupancy, 0 to 1.
    where : Region, optional
        Terminal region; hippocampus-like if omitted.
    sensitivity, drive, agonist : array_like, dimensionless
        Adaptation of the autoreceptor, excitability, and 5-HT1A agonist in units of baseline
        serotonin, as in `feedback.loop`.

    Returns
    -------
    LoopState
        `firing`, `soma` (raphe) and `terminal`, relative to baseline, in the broadcast shape.

    Raises
    ------
    ValueError
        If a value is out of range.

    Notes
    -----
    Leaves out 5-HT1B terminal autoreceptors (`feedback.Release.terminal`) and heteroreceptors.

    References
    ----------
    best2020
    """
    place = region() if where is None else where
    return feedback.loop(
        occupancy,
        place.release,
        place.reuptake,
        place.autoreceptor,
        sensitivity=sensitivity,
        drive=drive,
        agonist=agonist,
    )


def sensitivity_set_point(raphe: ArrayLike, completeness: ArrayLike | None = None) -> Floats:
    r"""Sensitivity at which the autoreceptor would settle at a lasting somatic serotonin.

    .. math:: S_\infty(e_R) = 1 - \frac{c \, x^n}{x_{50}^n + x^n}, \qquad x = \max(e_R - 1, 0)

    Parameters
    ----------
    raphe : array_like, dimensionless
        Stimulus of the autoreceptor relative to baseline (serotonin plus agonist), at least 0.
    completeness : array_like, dimensionless, optional
        c, share of the sensitivity that can be lost, 0 to 1.

    Returns
    -------
    ndarray, dimensionless
        Set point, 1 at baseline and 1 - c far above it.

    Raises
    ------
    ValueError
        If a value is out of range.

    Notes
    -----
    Written in the excess over baseline, so that the undrugged state is one of rest. Leaves out
    sensitisation when serotonin falls.

    References
    ----------
    lepoul1995, hjorth1994
    """
    return _set_point(nonnegative("raphe", raphe), _loss(completeness))


def _loss(completeness: ArrayLike | None) -> Floats:
    floor = float(constant("raphe.sensitivity_floor"))
    return fraction("completeness", 1.0 - floor if completeness is None else completeness)


def _set_point(stimulus: Floats, completeness: Floats) -> Floats:
    n = float(constant("raphe.desensitisation_hill"))
    half = float(constant("raphe.desensitisation_half_excess"))
    pull = feedback.power(np.maximum((stimulus - 1.0) / half, 1e-300), n)
    return np.asarray(1.0 - completeness * (1.0 - 1.0 / (1.0 + pull)))


class _Fast:
    """The fast loop under given inputs, checked once and solved from a warm start."""

    def __init__(
        self, grid: Floats, occupancy: ArrayLike, where: Region | None, agonist: ArrayLike
    ) -> None:
        occupied = np.atleast_1d(fraction("occupancy", occupancy))
        if occupied.shape[-1] not in (1, grid.size):
            # One value per patient must say so: of length T it would be read as a course.
            raise ValueError(
                f"occupancy must have {grid.size} times or 1 on its last axis (one value per "
                f"patient: shape (n, 1)), got shape {occupied.shape}"
            )
        self.grid = grid
        self.on_grid = frozenset(grid.tolist())
        self.where = region() if where is None else where
        self.occupied = occupied
        self.by_time = np.ascontiguousarray(np.moveaxis(occupied, -1, 0))
        self.agonist = nonnegative("agonist", agonist)
        self.share = fraction("somatic_share", self.where.release.somatic_share)
        self.other = nonnegative("other_soma", self.where.reuptake.other_soma)
        self.levels: dict[float, Floats] = {}
        self.release: Floats | None = None
        feedback.clearance(occupied, self.other[..., np.newaxis])

    def __call__(
        self, time: float, sensitivity: Floats, drive: Floats
    ) -> tuple[feedback.Brake, Floats]:
        """Return the brake, which gives the firing, and the stimulus of the autoreceptor."""
        rho = (1.0 - self._at(time) + self.other) / (1.0 + self.other)
        brake = feedback.Brake(self.where.autoreceptor, sensitivity, drive)
        extra = self.agonist if self.agonist.any() else None
        # The best first guess: the neurone still releases what it just did.
        guess = None if self.release is None else self.release / rho
        latest = feedback.solve(rho, self.share, brake, extra, guess, tolerance=_STEP_TOLERANCE)
        self.release = latest * rho
        if time in self.on_grid:
            self.levels[time] = latest
        return brake, latest + self.agonist

    def _at(self, time: float) -> Floats:
        """Return the occupancy at a time, by straight lines between the days given."""
        if len(self.by_time) == 1:
            return np.asarray(self.by_time[0])
        after = min(int(np.searchsorted(self.grid, time, side="right")), self.grid.size - 1)
        weight = (time - self.grid[after - 1]) / (self.grid[after] - self.grid[after - 1])
        weight = min(max(float(weight), 0.0), 1.0)
        return np.asarray((1.0 - weight) * self.by_time[after - 1] + weight * self.by_time[after])

    def steps(self, tau: Floats) -> Floats:
        """Return the longest internal step of each interval, days."""
        span = np.diff(self.grid)
        pieces = span / (MAX_STEP_TAU * tau.min())
        if self.occupied.shape[-1] > 1:
            change = np.abs(np.diff(self.occupied, axis=-1)).reshape(-1, span.size).max(axis=0)
            pieces = np.maximum(pieces, change / MAX_STEP_OCCUPANCY)
        return np.asarray(span / np.clip(np.ceil(pieces), 1, MAX_PIECES))

    def course(self, sensitivity: Floats, drive: Floats) -> RapheCourse:
        """Return all fast quantities on the whole grid, given the slow ones."""
        local = self.where.release.terminal
        terminal = (self.where.reuptake.other_terminal,) if local is None else (
            self.where.reuptake.other_terminal, local.gain, local.hill, local.floor)  # fmt: skip
        given = self.occupied, sensitivity, drive
        patients = np.broadcast_shapes(
            *(level.shape for level in self.levels.values()),
            *(each.shape[:-1] for each in given),
            *map(np.shape, terminal),
        )
        levels = np.stack([np.broadcast_to(self.levels[t], patients) for t in self.grid.tolist()])
        shape = (*patients, self.grid.size)
        occupied, s, d = (np.moveaxis(np.broadcast_to(each, shape), -1, 0) for each in given)
        # so many days at a time that the processor's cache holds the arrays
        days = max(1, _IN_CACHE // max(1, levels[0].size))
        parts = [
            feedback.loop(
                occupied[some],
                self.where.release,
                self.where.reuptake,
                self.where.autoreceptor,
                sensitivity=s[some],
                drive=d[some],
                agonist=self.agonist,
                guess=levels[some],
            )
            for some in (slice(i, i + days) for i in range(0, self.grid.size, days))
        ]
        loop = [np.moveaxis(np.concatenate(each), 0, -1) for each in zip(*parts, strict=True)]
        firing, soma, end = (np.broadcast_to(each, shape) for each in loop)
        occupancy, s, d = (np.broadcast_to(each, shape) for each in given)
        return RapheCourse(self.grid, occupancy, firing, soma, end, s, d)


def desensitisation(
    t_days: ArrayLike,
    occupancy: ArrayLike,
    where: Region | None = None,
    tau_days: ArrayLike | None = None,
    completeness: ArrayLike | None = None,
    agonist: ArrayLike = 0.0,
) -> RapheCourse:
    r"""Weeks of treatment, account one: the autoreceptor grows less sensitive.

    .. math:: \frac{dS}{dt} = \frac{S_\infty(e_R + x) - S}{\tau_S}, \qquad S(0) = 1

    with the set point of `sensitivity_set_point` and the loop of `balance` settled at every moment.

    Parameters
    ----------
    t_days : array_like, days, shape (T,)
        Days of treatment: not negative, strictly increasing.
    occupancy : array_like, dimensionless, shape (), (..., 1) or (..., T)
        SERT occupancy. The last axis is always time: of length T it is a course on the grid,
        joined by straight lines; of length 1 (or a single number) it is constant from the first
        time on. One value for each of n patients has shape (n, 1).
    where : Region, optional
        Terminal region; hippocampus-like if omitted. Its values broadcast against patients.
    tau_days : array_like, days, optional
        Time constant, above 0.
    completeness : array_like, dimensionless, optional
        Share of the sensitivity that can be lost, 0 to 1.
    agonist : array_like, dimensionless
        5-HT1A agonist at the autoreceptor in units of baseline serotonin, at least 0.

    Returns
    -------
    RapheCourse
        Firing, serotonin at raphe and terminal, sensitivity; `drive` stays 1. Shape (..., T).

    Raises
    ------
    ValueError
        If the grid or a value is out of range, or the last axis of `occupancy` is neither 1 nor T.

    Notes
    -----
    The loop settles within hours and is taken as settled; the slow state is integrated with steps
    as short as the time constant and the change of occupancy ask for. The error of relative firing
    stays below 1e-3, even when occupancy climbs within the first days. Firing recovers only in part
    while somatic serotonin stays high; at moderate occupancy it may end above baseline, because the
    resting brake is lost as well. Leaves out loss of receptor number, for which the binding data
    give little support.

    References
    ----------
    chaput1986, lepoul1995, commons2019
    """
    fast = _Fast(time_grid("t_days", t_days), occupancy, where, agonist)
    tau = _tau("raphe.desensitisation_time_d", tau_days)
    lost = _loss(completeness)
    one = np.ones(())

    def set_point(sensitivity: Floats, time: float) -> Floats:
        return _set_point(fast(time, sensitivity, one)[1], lost)

    sensitivity = adaptation.settle(fast.grid, set_point, 1.0 / tau, 1.0, fast.steps(tau))
    return fast.course(sensitivity, one)


def homeostatic_drive(
    t_days: ArrayLike,
    occupancy: ArrayLike,
    where: Region | None = None,
    tau_days: ArrayLike | None = None,
    completeness: ArrayLike | None = None,
    agonist: ArrayLike = 0.0,
) -> RapheCourse:
    r"""Weeks of treatment, account two: the neurone's excitability makes up for the brake.

    .. math:: \frac{dM}{dt} = \frac{gE - M}{\tau_D}, \qquad
              E = -\ln \frac{f}{D}, \quad D = e^{M}, \quad f = e^{-(E - M)}

    E is the inhibition that the autoreceptor exerts, M what the neurone adds against it, and E - M
    the net inhibition: the set-point model of `adaptation.adapt`, with the receptor untouched.

    Parameters
    ----------
    t_days : array_like, days, shape (T,)
        Days of treatment: not negative, strictly increasing.
    occupancy : array_like, dimensionless, shape (), (..., 1) or (..., T)
        SERT occupancy with time last, as in `desensitisation`.
    where : Region, optional
        Terminal region; hippocampus-like if omitted.
    tau_days : array_like, days, optional
        Time constant, above 0.
    completeness : array_like, dimensionless, optional
        g, share of the inhibition that is made up for in the end, 0 to 1.
    agonist : array_like, dimensionless
        5-HT1A agonist at the autoreceptor in units of baseline serotonin, at least 0.

    Returns
    -------
    RapheCourse
        Firing, serotonin at raphe and terminal, drive; `sensitivity` stays 1. Shape (..., T).

    Raises
    ------
    ValueError
        If the grid or a value is out of range, or the last axis of `occupancy` is neither 1 nor T.

    Notes
    -----
    With g = 1 firing returns to baseline although the feedback persists, as reviewed against the
    desensitisation account; `antagonist_challenge` tells the two apart. The same accuracy as
    `desensitisation`. Leaves out which current or input supplies the drive.

    References
    ----------
    commons2019, arborelius1995
    """
    fast = _Fast(time_grid("t_days", t_days), occupancy, where, agonist)
    tau = _tau("raphe.drive_time_d", tau_days)
    g = fraction(
        "completeness",
        float(constant("raphe.drive_completeness")) if completeness is None else completeness,
    )
    one = np.ones(())

    def set_point(extra: Floats, time: float) -> Floats:
        brake, stimulus = fast(time, one, np.exp(extra))
        return np.asarray(g * (extra - np.log(brake(stimulus))))

    extra = adaptation.settle(fast.grid, set_point, 1.0 / tau, 0.0, fast.steps(tau))
    return fast.course(one, np.exp(extra))


def _tau(name: str, value: ArrayLike | None) -> Floats:
    return positive("tau_days", float(constant(name)) if value is None else value)


def antagonist_challenge(course: RapheCourse, where: Region | None = None) -> Floats:
    r"""Return the firing under a sudden block of the autoreceptor, at each day of a course.

    .. math:: f_{block} = D \left[ r_{min} + (1 - r_{min}) (1 + A^h) \right]

    Parameters
    ----------
    course : RapheCourse
        Result of `desensitisation` or `homeostatic_drive`.
    where : Region, optional
        The region that the course was computed with; hippocampus-like if omitted.

    Returns
    -------
    ndarray, dimensionless, shape (..., T)
        Firing relative to baseline under a full antagonist.

    Raises
    ------
    ValueError
        If the region's values are out of range.

    Notes
    -----
    The experiment that separates the two accounts: after weeks, desensitisation predicts the same
    ceiling as in an undrugged animal, the drive account a firing far above it. Leaves out other
    receptors of the antagonist.

    References
    ----------
    arborelius1995
    """
    place = region() if where is None else where
    floor = fraction("floor", place.autoreceptor.floor)
    resting = nonnegative("gain", place.autoreceptor.gain) ** positive(
        "hill", place.autoreceptor.hill
    )
    ceiling = np.asarray(floor + (1.0 - floor) * (1.0 + resting))[..., np.newaxis]
    return np.asarray(finite("drive", course.drive) * ceiling)


def recovery_day(t_days: ArrayLike, firing: ArrayLike, share: ArrayLike = 0.5) -> Floats:
    r"""Day on which a given share of the first fall in firing has been made up.

    .. math:: f(t^{*}) = f(0) + s \, [f(T) - f(0)]

    Parameters
    ----------
    t_days : array_like, days, shape (T,)
        Time grid.
    firing : array_like, shape (..., T)
        Firing on the grid; it must not end below its start.
    share : float, dimensionless
        s, share of the rise from the first to the last day, 0 to 1.

    Returns
    -------
    ndarray, days, shape (...)
        Interpolated day of the first crossing.

    Raises
    ------
    ValueError
        If the grid or a value is out of range, `firing` does not match the grid, or it falls from
        the first to the last day, so that there is no recovery.

    Notes
    -----
    Relative to what the course reaches, so that the time is separate from the extent.

    References
    ----------
    czachura2000
    """
    grid = time_grid("t_days", t_days)
    rate = finite("firing", firing)
    if rate.ndim == 0 or rate.shape[-1] != grid.size:
        raise ValueError(f"firing must have {grid.size} times on its last axis, got {rate.shape}")
    falling = rate[..., -1] < rate[..., 0]
    if falling.any():
        first, last = rate[..., 0][falling].flat[0], rate[..., -1][falling].flat[0]
        raise ValueError(
            f"firing must end at or above its start to have recovered, got {first:g} to {last:g}"
        )
    goal = rate[..., :1] + fraction("share", share) * (rate[..., -1:] - rate[..., :1])
    after = np.clip(np.argmax(rate >= goal, axis=-1), 1, grid.size - 1)[..., np.newaxis]
    low = np.take_along_axis(rate, after - 1, axis=-1)
    high = np.take_along_axis(rate, after, axis=-1)
    climb = np.where(high > low, high - low, 1.0)
    weight = np.clip((goal - low) / climb, 0.0, 1.0)
    day = grid[after - 1] + weight * (grid[after] - grid[after - 1])
    return np.asarray(day[..., 0])
