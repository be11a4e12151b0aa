"""Gabapentinoids at the alpha2-delta subunit of presynaptic calcium channels.

Binding is nanomolar, the effect on release micromolar, modest, and partly slow. Two arms share it:
an acute one that follows occupancy at once, and fewer channels reaching the terminal, over a day.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mechanisms import drugs
from mechanisms._checks import Floats, fraction, nonnegative, positive, time_grid
from mechanisms.adaptation import follow, relax
from mechanisms.receptors import occupancy

__all__ = [
    "Channels",
    "alpha2delta_occupancy",
    "calcium_loss_for_inhibition",
    "channel_course",
    "functional_channels",
    "release",
    "release_inhibition",
]


class Channels(NamedTuple):
    """Time course at the terminal; time (h) is the last axis of each.

    `occupancy` of alpha2-delta, `surface` channels and calcium `influx` relative to no drug.
    """

    t_h: Floats
    occupancy: Floats
    surface: Floats
    influx: Floats


def alpha2delta_occupancy(concentration_uM: ArrayLike, k_uM: ArrayLike | None = None) -> Floats:
    r"""Fraction of alpha2-delta subunits that count as engaged.

    .. math:: \theta = \frac{C}{C + K_{eff}}

    Parameters
    ----------
    concentration_uM : array_like, uM
        Free drug at the terminal, at least 0.
    k_uM : array_like, uM, optional
        Effective constant; by default ``calcium.ic50_uM``, which is hundreds of times
        the binding constant.

    Returns
    -------
    ndarray, dimensionless
        In [0, 1], in the broadcast shape.

    Raises
    ------
    ValueError
        If a concentration is negative or a constant not positive.

    Notes
    -----
    Leaves out why function needs micromolar drug: competition with leucine, transport into the
    cell and into the brain.

    References
    ----------
    fink2002, dooley2000
    """
    return occupancy(concentration_uM, _default("ic50_uM", k_uM))


def functional_channels(
    occupancy: ArrayLike,
    t_h: ArrayLike,
    *,
    efficacy: ArrayLike | None = None,
    acute_share: ArrayLike | None = None,
    half_time_h: ArrayLike | None = None,
) -> Floats:
    r"""Calcium influx relative to no drug at a time after a constant occupancy set in.

    .. math::
        X(t) = 1 - \varepsilon\theta\left[a + (1 - a)\left(1 - e^{-k_t t}\right)\right],
        \qquad k_t = \frac{\ln 2}{t_{1/2}}

    Parameters
    ----------
    occupancy : array_like, dimensionless
        Engaged fraction, 0 to 1.
    t_h : array_like, h
        Time since it set in, at least 0; broadcasts against the others.
    efficacy : array_like, dimensionless, optional
        Largest loss of influx, 0 to 1; by default ``calcium.max_channel_loss``.
    acute_share : array_like, dimensionless, optional
        Part of the loss that is immediate, 0 to 1; by default ``calcium.acute_share``.
    half_time_h : array_like, h, optional
        Half-time of the slow arm, above 0; by default ``calcium.trafficking_half_time_h``.

    Returns
    -------
    ndarray, dimensionless
        In [1 - efficacy, 1].

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    With ``acute_share=0`` this is the trafficking account, with 1 the acute account: the two rivals
    stand at the ends of one knob. Leaves out nanodomains, NMDA receptors and new synapses.

    References
    ----------
    hendrich2008, joshi2006, fink2002
    """
    loss, acute, rate = _arms(efficacy, acute_share, half_time_h)
    theta = fraction("occupancy", occupancy)
    slow = relax(0.0, 1.0, rate, t_h)
    return np.asarray(1 - loss * theta * (acute + (1 - acute) * slow))


def channel_course(
    t_h: ArrayLike,
    concentration_uM: ArrayLike,
    *,
    k_uM: ArrayLike | None = None,
    efficacy: ArrayLike | None = None,
    acute_share: ArrayLike | None = None,
    half_time_h: ArrayLike | None = None,
) -> Channels:
    r"""Surface channels and calcium influx while the drug level changes.

    .. math::
        \frac{dX}{dt} = k_t\left(1 - (1 - a)\varepsilon\theta(t) - X\right), \qquad
        I = X - a\,\varepsilon\,\theta(t)

    Parameters
    ----------
    t_h : array_like, h
        Time grid, shape (T,), strictly increasing.
    concentration_uM : array_like, uM
        Free drug on that grid, shape (..., T), at least 0; occupancy is joined by straight lines.
    k_uM, efficacy, acute_share, half_time_h : array_like, optional
        As in `functional_channels`, against the leading axes.

    Returns
    -------
    Channels
        Occupancy, surface channels and influx, shape (..., T).

    Raises
    ------
    ValueError
        If the grid or an argument is out of range.

    Notes
    -----
    Starts without drug effect. Leaves out the same things as `functional_channels`.

    References
    ----------
    hendrich2008, bauer2009
    """
    grid = time_grid("t_h", t_h)
    loss, acute, rate = _arms(efficacy, acute_share, half_time_h)
    k = np.asarray(_default("ic50_uM", k_uM))[..., np.newaxis]
    theta = occupancy(concentration_uM, k)
    fall = loss[..., np.newaxis] * theta
    share = acute[..., np.newaxis]
    surface = follow(grid, 1 - (1 - share) * fall, rate, 1.0)
    return Channels(
        grid, np.broadcast_to(theta, surface.shape), surface, np.asarray(surface - share * fall)
    )


def release(influx: ArrayLike, cooperativity: ArrayLike | None = None) -> Floats:
    r"""Transmitter release relative to no drug.

    .. math:: \frac{r}{r_0} = I^m

    Parameters
    ----------
    influx : array_like, dimensionless
        Calcium influx relative to no drug, at least 0.
    cooperativity : array_like, dimensionless, optional
        Effective exponent `m` of release on the *bulk* influx, above 0; by default
        ``calcium.cooperativity``.

    Returns
    -------
    ndarray, dimensionless
        In the broadcast shape.

    Raises
    ------
    ValueError
        If the influx is negative or the exponent not positive.

    Notes
    -----
    Four is the exponent of local calcium at the sensor. Losing whole channels that each serve their
    own vesicle is closer to one: bulk influx is not what the vesicle sees.

    References
    ----------
    reid1998, dodge1967
    """
    m = positive("cooperativity", _default("cooperativity", cooperativity))
    return np.asarray(nonnegative("influx", influx) ** m)


def release_inhibition(
    concentration_uM: ArrayLike,
    t_h: ArrayLike = np.inf,
    *,
    k_uM: ArrayLike | None = None,
    efficacy: ArrayLike | None = None,
    acute_share: ArrayLike | None = None,
    half_time_h: ArrayLike | None = None,
    cooperativity: ArrayLike | None = None,
) -> Floats:
    r"""Fall of release at a drug concentration, from the first minute to steady state.

    .. math:: 1 - X(t)^m

    Parameters
    ----------
    concentration_uM : array_like, uM
        Free drug, at least 0.
    t_h : array_like, h
        Time since exposure began; infinity for the steady state.
    k_uM, efficacy, acute_share, half_time_h, cooperativity : array_like, optional
        As in `functional_channels` and `release`.

    Returns
    -------
    ndarray, dimensionless
        In [0, 1).

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    One number for all transmitters; measured falls run from none (glutamate in one human study) to
    more than half.

    References
    ----------
    dooley2000, brawek2008, brawek2009, fink2002
    """
    elapsed = np.asarray(t_h, dtype=np.float64)
    if np.isnan(elapsed).any() or np.any(elapsed < 0):
        raise ValueError(f"t_h must be at least 0, got {elapsed.min()}")
    _, _, rate = _arms(efficacy, acute_share, half_time_h)
    # two hundred half-times are the steady state to the last bit
    capped = np.minimum(elapsed, 200 * np.log(2) / rate)
    influx = functional_channels(
        alpha2delta_occupancy(concentration_uM, k_uM),
        capped,
        efficacy=efficacy,
        acute_share=acute_share,
        half_time_h=half_time_h,
    )
    return np.asarray(1 - release(influx, cooperativity))


def calcium_loss_for_inhibition(inhibition: ArrayLike, cooperativity: ArrayLike) -> Floats:
    r"""Loss of effective calcium that a measured fall in release implies.

    .. math:: 1 - (1 - y)^{1/m}

    Parameters
    ----------
    inhibition : array_like, dimensionless
        Fall of release, 0 to 1.
    cooperativity : array_like, dimensionless
        Exponent `m`, above 0.

    Returns
    -------
    ndarray, dimensionless
        In [0, 1].

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Inverse of `release`; leaves out the same things.

    References
    ----------
    reid1998
    """
    m = positive("cooperativity", cooperativity)
    return np.asarray(1 - (1 - fraction("inhibition", inhibition)) ** (1 / m))


def _default(name: str, value: ArrayLike | None) -> ArrayLike:
    return float(drugs.constant(f"calcium.{name}")) if value is None else value


def _arms(
    efficacy: ArrayLike | None, acute_share: ArrayLike | None, half_time_h: ArrayLike | None
) -> tuple[Floats, Floats, Floats]:
    loss = fraction("efficacy", _default("max_channel_loss", efficacy))
    acute = fraction("acute_share", _default("acute_share", acute_share))
    half = positive("half_time_h", _default("trafficking_half_time_h", half_time_h))
    return loss, acute, np.asarray(np.log(2) / half)
