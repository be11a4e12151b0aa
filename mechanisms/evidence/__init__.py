"""Evidence: what trials measured, what they say together, and what they can hide.

One room per idea: `effects` and `counts` (one trial), `conversions`, `pooling` (several trials),
`networks` (several treatments), `survival` (relapse), `diagnosis` (tests), `trials` (simulated
ones). Everything is reachable as ``evidence.name``.
"""

from mechanisms.evidence.conversions import (
    NumberNeeded,
    number_needed,
    number_needed_from_counts,
    number_needed_from_smd,
    odds_ratio_to_smd,
    risk_from_odds_ratio,
    risk_from_risk_ratio,
    smd_to_log_odds_ratio,
)
from mechanisms.evidence.counts import (
    fisher_p,
    log_odds_ratio,
    log_risk_ratio,
    risk_difference,
    wilson_interval,
)
from mechanisms.evidence.diagnosis import (
    LikelihoodRatios,
    PredictiveValues,
    likelihood_ratios,
    post_test_probability,
    predictive_values,
)
from mechanisms.evidence.effects import (
    Arm,
    Effect,
    combine_arms,
    hedges_g,
    mean_difference,
    normal_quantile,
    p_value,
    sd_from_se,
    se_from_ci,
    se_from_p,
    shared_control_covariance,
)
from mechanisms.evidence.networks import Network, Ranks, network, p_scores, ranks
from mechanisms.evidence.pooling import Egger, Pooled, egger, heterogeneity_variance, pool
from mechanisms.evidence.survival import (
    Weibull,
    exponential_from_counts,
    exponential_survival,
    exponential_through,
    hazard_ratio_from_proportions,
    weibull_from_counts,
    weibull_survival,
    weibull_through,
)
from mechanisms.evidence.trials import (
    VirtualTrials,
    patients_per_arm,
    power_two_means,
    virtual_trials,
)

__all__ = [
    "Arm",
    "Effect",
    "Egger",
    "LikelihoodRatios",
    "Network",
    "NumberNeeded",
    "Pooled",
    "PredictiveValues",
    "Ranks",
    "VirtualTrials",
    "Weibull",
    "combine_arms",
    "egger",
    "exponential_from_counts",
    "exponential_survival",
    "exponential_through",
    "fisher_p",
    "hazard_ratio_from_proportions",
    "hedges_g",
    "heterogeneity_variance",
    "likelihood_ratios",
    "log_odds_ratio",
    "log_risk_ratio",
    "mean_difference",
    "network",
    "normal_quantile",
    "number_needed",
    "number_needed_from_counts",
    "number_needed_from_smd",
    "odds_ratio_to_smd",
    "p_scores",
    "p_value",
    "patients_per_arm",
    "pool",
    "post_test_probability",
    "power_two_means",
    "predictive_values",
    "ranks",
    "risk_difference",
    "risk_from_odds_ratio",
    "risk_from_risk_ratio",
    "sd_from_se",
    "se_from_ci",
    "se_from_p",
    "shared_control_covariance",
    "smd_to_log_odds_ratio",
    "virtual_trials",
    "weibull_from_counts",
    "weibull_survival",
    "weibull_through",
    "wilson_interval",
]
