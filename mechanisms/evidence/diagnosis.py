"""What a questionnaire adds: from pre-test to post-test probability."""

from __future__ import annotations

from typing import NamedTuple

from numpy.typing import ArrayLike

from mechanisms._checks import Floats, fraction, nonnegative
from mechanisms.evidence.effects import _open_fraction


class LikelihoodRatios(NamedTuple):
    """How much a positive and a negative result multiply the odds."""

    positive: Floats
    negative: Floats


class PredictiveValues(NamedTuple):
    """Chance of the disorder after a positive, of its absence after a negative result."""

    positive: Floats
    negative: Floats


def likelihood_ratios(sensitivity: ArrayLike, specificity: ArrayLike) -> LikelihoodRatios:
    r"""Likelihood ratios of a positive and a negative test result.

    .. math:: \mathrm{LR}_+ = \frac{\mathrm{sens}}{1 - \mathrm{spec}}, \qquad
              \mathrm{LR}_- = \frac{1 - \mathrm{sens}}{\mathrm{spec}}

    Parameters
    ----------
    sensitivity : array_like, dimensionless
        Chance of a positive result with the disorder, in [0, 1].
    specificity : array_like, dimensionless
        Chance of a negative result without it, strictly between 0 and 1.

    Returns
    -------
    LikelihoodRatios, dimensionless

    Raises
    ------
    ValueError
        If a value is out of range.

    Notes
    -----
    Leaves out the spectrum of patients: both values change with who is tested.

    References
    ----------
    altman1994
    """
    sens, spec = fraction("sensitivity", sensitivity), _open_fraction("specificity", specificity)
    return LikelihoodRatios(sens / (1 - spec), (1 - sens) / spec)


def post_test_probability(prior: ArrayLike, likelihood_ratio: ArrayLike) -> Floats:
    r"""Probability of the disorder after a test result (Bayes in odds).

    .. math:: \frac{p}{1-p} = \mathrm{LR}\,\frac{p_0}{1-p_0}

    Parameters
    ----------
    prior : array_like, dimensionless
        Probability before the test, in [0, 1].
    likelihood_ratio : array_like, dimensionless
        Of the result that was seen, at least 0; broadcasts.

    Returns
    -------
    ndarray, dimensionless

    Raises
    ------
    ValueError
        If a value is out of range.

    Notes
    -----
    Leaves out dependence between tests: ratios of related questionnaires must not be multiplied.

    References
    ----------
    altman1994
    """
    p, ratio = fraction("prior", prior), nonnegative("likelihood_ratio", likelihood_ratio)
    if ((p == 1) & (ratio == 0)).any():
        raise ValueError("prior must be below 1 when likelihood_ratio is 0: certainties contradict")
    return p * ratio / (p * ratio + 1 - p)


def predictive_values(
    prevalence: ArrayLike, sensitivity: ArrayLike, specificity: ArrayLike
) -> PredictiveValues:
    r"""Predictive values of a positive and a negative result.

    .. math:: \mathrm{PPV} = \frac{\mathrm{sens}\,\pi}
              {\mathrm{sens}\,\pi + (1 - \mathrm{spec})(1 - \pi)}, \quad
              \mathrm{NPV} = \frac{\mathrm{spec}\,(1 - \pi)}
              {\mathrm{spec}\,(1 - \pi) + (1 - \mathrm{sens})\,\pi}

    Parameters
    ----------
    prevalence, sensitivity, specificity : array_like, dimensionless
        Prevalence and specificity strictly between 0 and 1, sensitivity in [0, 1]; broadcast.

    Returns
    -------
    PredictiveValues, dimensionless

    Raises
    ------
    ValueError
        If a value is out of range.

    Notes
    -----
    Leaves out the severity behind a positive result.

    References
    ----------
    altman1994
    """
    prior = _open_fraction("prevalence", prevalence)
    ratios = likelihood_ratios(sensitivity, specificity)
    return PredictiveValues(
        post_test_probability(prior, ratios.positive),
        1 - post_test_probability(prior, ratios.negative),
    )
