r"""One feedback loop for two transmitters: release, reuptake, autoreceptor.

A neurone releases transmitter at its terminals and around its own cell body. There, an
autoreceptor senses the transmitter and slows the firing. A reuptake blocker raises the transmitter
at both places, and so brakes the release that it was meant to support. Serotonin (raphe, SERT,
5-HT1A) and norepinephrine (locus coeruleus, NET, alpha2A) are two settings of this loop. All
quantities are relative to the undrugged baseline, which is 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mechanisms import adaptation
from mechanisms._checks import Floats, fraction, nonnegative, positive, time_grid

TOLERANCE = 1e-12
_MAX_ITERATIONS = 200
_NEWTON_STEPS = 6


@dataclass(frozen=True)
class Autoreceptor:
    r"""Brake on release: :math:`a(x) = S (Ax)^h / (1 + S (Ax)^h)` at transmitter level x.

    Parameters
    ----------
    gain : array_like, dimensionless
        A, baseline transmitter relative to the level of half braking; 0 removes the brake.
    hill : array_like, dimensionless
        Steepness h, above 0.
    floor : array_like, dimensionless
        Release that even the full brake leaves, relative to baseline, 0 to below 1.
    """

    gain: ArrayLike
    hill: ArrayLike = 1.0
    floor: ArrayLike = 0.0

    def __post_init__(self) -> None:
        """Refuse values without meaning."""
        nonnegative("gain", self.gain)
        positive("hill", self.hill)
        _below_one("floor", self.floor)


@dataclass(frozen=True)
class Release:
    """Where transmitter comes from.

    Parameters
    ----------
    somatic_share : array_like, dimensionless
        Share (phi) of release at the cell body that does not depend on firing, 0 to 1.
    terminal : Autoreceptor, optional
        Local brake on terminal release; none if omitted.
    """

    somatic_share: ArrayLike = 0.0
    terminal: Autoreceptor | None = None

    def __post_init__(self) -> None:
        """Refuse values without meaning."""
        fraction("somatic_share", self.somatic_share)


@dataclass(frozen=True)
class Reuptake:
    """Clearance that the drug does not block, relative to the transporter's.

    Parameters
    ----------
    other_soma, other_terminal : array_like, dimensionless
        Clearance by other routes (uptake-2, diffusion, enzymes) over that of the transporter at
        the cell body and at the terminal, at least 0.
    """

    other_soma: ArrayLike = 0.0
    other_terminal: ArrayLike = 0.0

    def __post_init__(self) -> None:
        """Refuse values without meaning."""
        nonnegative("other_soma", self.other_soma)
        nonnegative("other_terminal", self.other_terminal)


class LoopState(NamedTuple):
    """Firing and transmitter at the cell body and the terminal, each relative to baseline."""

    firing: Floats
    soma: Floats
    terminal: Floats


class LoopCourse(NamedTuple):
    """The loop over time: time base (last axis) and the three relative quantities."""

    times: Floats
    firing: Floats
    soma: Floats
    terminal: Floats


def _below_one(name: str, value: ArrayLike) -> Floats:
    values = fraction(name, value)
    if (values >= 1).any():
        raise ValueError(f"{name} must be at least 0 and below 1, got {float(values.max())}")
    return values


def clearance(occupancy: ArrayLike, other: ArrayLike) -> Floats:
    r"""Relative clearance that a reuptake blocker leaves.

    .. math:: \rho = \frac{1 - O + n_s}{1 + n_s}

    Parameters
    ----------
    occupancy : array_like, dimensionless
        Occupied fraction of the transporter, 0 to 1.
    other : array_like, dimensionless
        Clearance by other routes relative to the transporter's, at least 0.

    Returns
    -------
    ndarray, dimensionless
        Clearance relative to baseline. It is also the *break-even firing*: terminal transmitter
        falls below baseline exactly when firing is less than the terminal's clearance.

    Raises
    ------
    ValueError
        If an argument is out of range, or nothing is left to clear the transmitter.

    Notes
    -----
    Leaves out saturation of the transporter (`serotonin.pulse_clearance`).

    References
    ----------
    best2010
    """
    blocked = fraction("occupancy", occupancy)
    second = nonnegative("other", other)
    left = (1.0 - blocked + second) / (1.0 + second)
    if (left <= 0).any():
        raise ValueError(
            "occupancy must be below 1 where other clearance is 0: nothing would clear the "
            "transmitter"
        )
    return np.asarray(left)


def loop_gain(autoreceptor: Autoreceptor) -> Floats:
    r"""Steepness of the brake at baseline.

    .. math:: G = -\frac{d \ln f}{d \ln e}\Big|_{1} = (1 - r_{min})\, h \, \frac{A^h}{1 + A^h}

    Parameters
    ----------
    autoreceptor : Autoreceptor
        The brake.

    Returns
    -------
    ndarray, dimensionless
        Percent of firing lost per percent of transmitter gained at the cell body.

    Raises
    ------
    ValueError
        If the autoreceptor's values are out of range.

    Notes
    -----
    A property of the resting loop; with drug on board the slope differs.

    References
    ----------
    astrom2008
    """
    brake = _powered_gain(autoreceptor)
    return np.asarray(
        (1.0 - fraction("floor", autoreceptor.floor))
        * positive("hill", autoreceptor.hill)
        * brake
        / (1.0 + brake)
    )


def initial_slope(release: Release, reuptake: Reuptake, autoreceptor: Autoreceptor) -> Floats:
    r"""First effect of a trace of reuptake blocker on terminal transmitter (biphasic rule).

    .. math:: \frac{d \ln e_T}{dO}\Big|_0 = \left[ \frac{1}{1 + n_{s,T}}
              - \frac{G}{1 + (1-\varphi) G} \, \frac{1}{1 + n_{s,S}} \right] \frac{1}{1 + G_T}

    Parameters
    ----------
    release, reuptake, autoreceptor : Release, Reuptake, Autoreceptor
        The loop.

    Returns
    -------
    ndarray, dimensionless
        Negative exactly when low occupancy lowers terminal transmitter.

    Raises
    ------
    ValueError
        If a value is out of range.

    Notes
    -----
    With phi = 0 the transmitter falls iff G/(1 + G) > (1 + ns_soma)/(1 + ns_terminal): never, if
    both places are cleared alike. Leaves out adaptation of the receptor.

    References
    ----------
    astrom2008
    """
    gain = loop_gain(autoreceptor)
    firing_share = 1.0 - fraction("somatic_share", release.somatic_share)
    soma = 1.0 + nonnegative("other_soma", reuptake.other_soma)
    terminal = 1.0 + nonnegative("other_terminal", reuptake.other_terminal)
    slope = 1.0 / terminal - gain / (1.0 + firing_share * gain) / soma
    local = 0.0 if release.terminal is None else loop_gain(release.terminal)
    return np.asarray(slope / (1.0 + local))


def _powered_gain(receptor: Autoreceptor) -> Floats:
    return np.asarray(
        np.asarray(receptor.gain, dtype=np.float64) ** np.asarray(receptor.hill, dtype=np.float64)
    )


_LARGEST = float(np.exp(300.0))


def power(x: Floats, n: float | Floats) -> Floats:
    """Return x**n for x > 0, unchecked; instead of any number beyond exp(300), that one."""
    if isinstance(n, float) and n in (2.0, 4.0):  # products are faster than logarithms
        square = np.square(np.minimum(x, _LARGEST ** (1 / n)))
        return np.asarray(square if n == 2.0 else np.square(square))
    return np.asarray(np.exp(np.minimum(n * np.log(x), 300.0)))


class Brake:
    """Firing f(x) = D (rmin + (1 - rmin)(1 - a(x))/(1 - a0)) and its slope in ln x, unchecked."""

    def __init__(self, receptor: Autoreceptor, sensitivity: Floats, drive: Floats) -> None:
        """Take the receptor's values once, for many calls."""
        hill = np.asarray(receptor.hill, dtype=np.float64)
        self.hill = float(hill) if hill.ndim == 0 else hill
        resting = _powered_gain(receptor)
        self.floor = drive * np.asarray(receptor.floor)
        self.span = (drive - self.floor) * (1.0 + resting)
        self.strength = sensitivity * resting

    def __call__(self, x: Floats) -> Floats:
        """Return the firing at stimulus `x`."""
        return np.asarray(self.floor + self.span / (1.0 + self.strength * power(x, self.hill)))

    def with_slope(self, level: Floats, extra: Floats | None) -> tuple[Floats, Floats]:
        """Return firing at `level` (+ `extra` agonist) and minus its derivative by ln level."""
        stimulus = level if extra is None else level + extra
        left = 1.0 / (1.0 + self.strength * power(stimulus, self.hill))
        freed = self.span * left
        slope = self.hill * freed * (1.0 - left)
        if extra is not None:
            slope = slope * (level / stimulus)  # the transmitter's share of the stimulus
        return np.asarray(self.floor + freed), np.asarray(slope)


def solve(
    rho: Floats,
    share: Floats,
    brake: Brake,
    extra: Floats | None = None,
    guess: Floats | None = None,
    tolerance: float = TOLERANCE,
) -> Floats:
    """Solve rho e = share + (1 - share) f(e) for the level e, unchecked.

    From a good guess plain Newton is tried first, on ``F(e) = e - (share + (1 - share) f)/rho``.
    As F rises with slope >= 1, ``|e - e*| <= |F(e)|``; as ``e**2 |F''| <= h(h + 1) e``, its step
    from a relative residual r leaves a relative error of about ``h(h + 1) r**2 / 2`` at most.
    Otherwise it is solved in y = ln e, where ``K(y) = ln(rho e) - ln(share + (1 - share) f)`` rises
    with slope >= 1 as well: Newton's step is taken while it stays inside the bracket and halves
    the residual, and bisection where it does not.
    """
    weight = 1.0 - share
    if guess is not None:
        level = guess
        steepest = float(np.max(brake.hill))
        enough = np.sqrt(2.0 * tolerance / (steepest * (steepest + 1.0)))
        for _ in range(_NEWTON_STEPS):
            firing, slope = brake.with_slope(level, extra)
            supply, cleared, pull = share + weight * firing, rho * level, weight * slope
            level = level * ((supply + pull) / (cleared + pull))
            if np.abs(supply / cleared - 1.0).max(initial=0.0) <= enough:
                return np.asarray(level)
    least = np.log((share + weight * brake.floor + 1e-300) / rho)
    most = np.log((share + weight * (brake.floor + brake.span)) / rho)
    shape = np.broadcast_shapes(least.shape, most.shape, () if extra is None else extra.shape)
    low, high = np.broadcast_to(least, shape), np.broadcast_to(most, shape)
    y = high
    previous = np.full(shape, np.inf)
    for _ in range(_MAX_ITERATIONS):
        firing, slope = brake.with_slope(np.exp(y), extra)
        supply = share + weight * firing
        residual = y - np.log(supply / rho)
        size = np.abs(residual)
        if np.max(size, initial=0.0) <= tolerance:
            break
        low = np.where(residual < 0, y, low)
        high = np.where(residual > 0, y, high)
        newton = y - residual / (1.0 + weight * slope / supply)
        unsafe = (newton < low) | (newton > high) | (size > 0.5 * previous)
        y = np.where(unsafe, 0.5 * (low + high), newton)
        previous = size
    return np.asarray(np.exp(y))


def loop(
    occupancy: ArrayLike,
    release: Release,
    reuptake: Reuptake,
    autoreceptor: Autoreceptor,
    *,
    sensitivity: ArrayLike = 1.0,
    drive: ArrayLike = 1.0,
    agonist: ArrayLike = 0.0,
    guess: ArrayLike | None = None,
) -> LoopState:
    r"""Balance of release, reuptake and autoreceptor at a transporter occupancy.

    .. math:: f = D\left[r_{min} + (1 - r_{min}) \frac{1 - a(e_S + x)}{1 - a_0}\right], \quad
              e_S = \frac{\varphi + (1 - \varphi) f}{\rho_S}, \quad
              e_T = \frac{f \, b(e_T)}{\rho_T}

    with :math:`a(x) = S(Ax)^h/(1 + S(Ax)^h)`, :math:`a_0 = a(1)` at S = 1, b the terminal's own
    brake (1 if none) and :math:`\rho` from `clearance`.

    Parameters
    ----------
    occupancy : array_like, dimensionless
        Occupied fraction of the transporter, 0 to 1.
    release, reuptake, autoreceptor : Release, Reuptake, Autoreceptor
        The loop; their values broadcast against `occupancy`.
    sensitivity : array_like, dimensionless
        S of the somatic autoreceptor, at least 0; 1 at baseline, below 1 when desensitised, 0
        under an antagonist.
    drive : array_like, dimensionless
        D, excitability of the neurone, above 0; 1 at baseline.
    agonist : array_like, dimensionless
        x, agonist drug at the somatic autoreceptor in units of baseline transmitter, at least 0.
    guess : array_like, optional
        Somatic level near the solution, above 0: speeds up, does not change the result.

    Returns
    -------
    LoopState
        `firing`, `soma` and `terminal`, relative to baseline, in the broadcast shape. The somatic
        and terminal levels carry a relative error of at most 1e-12.

    Raises
    ------
    ValueError
        If a value is out of range, or nothing is left to clear the transmitter.

    Notes
    -----
    *Sign rule*: the terminal falls below baseline iff ``firing < clearance(occupancy,
    other_terminal)``; with like compartments (phi = 0, equal other clearance) it never does.
    Leaves out bursts, co-transmitters and inputs from other nuclei.

    References
    ----------
    best2020, commons2019
    """
    rho_s = clearance(occupancy, reuptake.other_soma)
    rho_t = clearance(occupancy, reuptake.other_terminal)
    share = fraction("somatic_share", release.somatic_share)
    brake = Brake(autoreceptor, nonnegative("sensitivity", sensitivity), positive("drive", drive))
    x = nonnegative("agonist", agonist)
    extra = x if x.any() else None
    near = None if guess is None else positive("guess", guess)
    soma = solve(rho_s, share, brake, extra, near)
    firing = brake(soma if extra is None else soma + extra)
    if release.terminal is None:
        return LoopState(firing, soma, firing / rho_t)
    local = Brake(release.terminal, np.ones(()), firing)
    return LoopState(firing, soma, solve(rho_t, np.zeros(()), local))


def loop_course(
    times: ArrayLike,
    occupancy: ArrayLike,
    release: Release,
    reuptake: Reuptake,
    autoreceptor: Autoreceptor,
    rate: ArrayLike,
    *,
    sensitivity: ArrayLike = 1.0,
    drive: ArrayLike = 1.0,
    max_step: float = 0.02,
) -> LoopCourse:
    r"""Approach of the loop to its balance after the transporter is blocked.

    .. math:: \frac{de_S}{dt} = k\,[\varphi + (1-\varphi) f(e_S) - \rho_S e_S], \qquad
              \frac{de_T}{dt} = k\,[f\, b(e_T) - \rho_T e_T]

    Parameters
    ----------
    times : array_like, time, shape (T,)
        Time grid; transmitter is at its baseline at the first time.
    occupancy : array_like, dimensionless, shape (...,)
        Constant occupancy from the first time on.
    release, reuptake, autoreceptor : Release, Reuptake, Autoreceptor
        The loop.
    rate : array_like, 1/time
        k, rate constant of clearance at baseline, above 0.
    sensitivity, drive : array_like, dimensionless
        As in `loop`.
    max_step : float, in units of 1/k
        Longest internal step relative to the fastest clearance time.

    Returns
    -------
    LoopCourse
        Times, firing and both transmitter levels, shape (..., T).

    Raises
    ------
    ValueError
        If the grid or a value is out of range.

    Notes
    -----
    Leaves out the delay of the G-protein that couples the receptor to firing.

    References
    ----------
    best2020
    """
    grid = time_grid("times", times)
    rho_s = clearance(occupancy, reuptake.other_soma)
    rho_t = clearance(occupancy, reuptake.other_terminal)
    share = fraction("somatic_share", release.somatic_share)
    brake = Brake(autoreceptor, nonnegative("sensitivity", sensitivity), positive("drive", drive))
    local = None if release.terminal is None else Brake(release.terminal, np.ones(()), np.ones(()))
    k = positive("rate", rate)
    speed = np.stack(np.broadcast_arrays(k * rho_s, k * rho_t))

    def balance(level: Floats, _time: float) -> Floats:
        """Level to which each compartment would settle if the firing stayed as it is."""
        firing = brake(level[0])
        factor = 1.0 if local is None else local(level[1])
        return np.stack(
            np.broadcast_arrays((share + (1.0 - share) * firing) / rho_s, firing * factor / rho_t)
        )

    start = np.ones_like(balance(np.ones_like(speed), 0.0))
    levels = adaptation.settle(
        grid, balance, speed, start, float(positive("max_step", max_step) / np.max(k))
    )
    firing = np.moveaxis(brake(np.moveaxis(levels[0], -1, 0)), 0, -1)
    return LoopCourse(grid, firing, levels[0], levels[1])
