"""Exercises on trials: who counts, who is counted twice, and what a result can say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mechanisms import data, drugs, evidence

from ..draw import Draw
from ..item import item
from ..questions import Choice, Code, Misconception, Numeric, Setting

PAGE = "hands_on/trial"
ARMS = "applications/evidence#from-two-arms-to-one-answer"
DOUBLE = "applications/evidence#one-placebo-group-counted-three-times"
PEOPLE = "applications/evidence#from-an-effect-size-to-a-hundred-people"
RELAPSE = "applications/evidence#after-stopping-curves-that-are-not-exponential"
TEST = "applications/evidence#a-test-result-and-what-it-says-about-this-person"
RUN = "applications/evidence#run-a-trial-and-miss-a-drug-that-works"

LAST_DAY = 168.0


def _signed(value: float, digits: int = 2) -> str:
    """Return a number with a proper minus sign."""
    return f"{value:.{digits}f}".replace("-", "−")


@item("trial-completers", "Those who stayed", page=PAGE, section=PEOPLE)
def completers(draw: Draw) -> Numeric:
    """Find the number needed to treat among all who were randomised."""
    n = draw.pick("patients in each arm", [120, 140, 150, 160, 180, 200])
    drug = draw.pick("respond on the drug (%)", [52, 55, 58, 61])
    placebo = draw.pick("respond on placebo (%)", [33, 36, 38, 40])
    left = draw.pick("leave the drug (%)", [18, 22, 25, 28])
    left_placebo = draw.pick("leave placebo (%)", [8, 10, 12, 15])
    events, control = round(n * drug / 100), round(n * placebo / 100)
    stayed, stayed_placebo = (n - round(n * x / 100) for x in (left, left_placebo))
    needed = float(evidence.number_needed_from_counts(events, n, control, n).estimate)
    flattered = float(
        evidence.number_needed_from_counts(events, stayed, control, stayed_placebo).estimate
    )
    return Numeric(
        prompt=f"An invented trial randomised {n} people to a drug and {n} to placebo. On the drug "
        f"{events} responded and stayed to the end, out of {stayed} who stayed; on placebo "
        f"{control}, out of {stayed_placebo} who stayed. Whoever left counts as not having "
        "responded. How many people have to be given the drug for one more responder than placebo "
        "would bring?",
        given={
            "Drug": f"{n} randomised, {stayed} stayed, {events} responded",
            "Placebo": f"{n} randomised, {stayed_placebo} stayed, {control} responded",
        },
        key=needed,
        unit="people",
        misconceptions=(
            Misconception(
                flattered,
                "You counted only those who stayed. Who leaves a trial, and are they like those "
                "who stay?",
            ),
            Misconception(
                n / events,
                "That is how many take the drug for one responder. How many of them would have "
                "responded to placebo?",
            ),
            Misconception(
                100 * (events - control) / n,
                "That is the difference in percentage points: so many more of 100. How many people "
                "does one more take?",
            ),
        ),
        solution=f"On the drug: {events} / {n} = {events / n:.3f}.\n"
        f"On placebo: {control} / {n} = {control / n:.3f}.\n"
        f"Difference: {(events - control) / n:.3f}; 1 over it is {needed:.1f} people.\n"
        f"Counting completers only would have made it {flattered:.1f}.\n"
        "In one real trial of escitalopram the difference was 20 points among all and 27 among "
        "completers.",
    )


def _arm(n: float, sd: float) -> evidence.Arm:
    """Return an arm without any change of its own."""
    return evidence.Arm(*(np.asarray(x, dtype=np.float64) for x in (n, 0.0, sd)))


@item("trial-one-placebo", "One placebo group, several doses", page=PAGE, section=DOUBLE)
def one_placebo(draw: Draw) -> Numeric:
    """Find the error of a drug effect when several dose arms share one placebo group."""
    arms = draw.pick("dose arms", [2, 3, 4])
    n = draw.pick("patients in each arm", [60, 75, 80, 90, 100, 120])
    sd = draw.pick("SD (points)", [7.0, 7.6, 8.2, 9.0, 10.0])
    one = _arm(n, sd)
    merged = float(evidence.mean_difference(_arm(arms * n, sd), one).se)
    single = float(evidence.mean_difference(one, one).se)
    return Numeric(
        prompt=f"A trial gave {arms} doses of one drug, and placebo, to {n} people each. The "
        f"change of the anxiety score has a standard deviation of {sd:g} points in every arm, "
        "and the doses work alike. All drug arms are compared with the placebo group. What is the "
        "standard error of the drug's effect?",
        given={
            "Dose arms": f"{arms}, each with {n} people",
            "Placebo": f"{n} people, one group",
            "Standard deviation": f"{sd:g} points",
        },
        key=merged,
        unit="points",
        rel_tol=0.02,
        misconceptions=(
            Misconception(
                float(single / np.sqrt(arms)),
                f"You let {arms} comparisons count as {arms} trials. How many placebo patients "
                "does that take?",
            ),
            Misconception(
                single,
                "That is one dose against placebo. The other dose arms hold people, too: which "
                "part of the error do they make smaller?",
            ),
            Misconception(
                float(sd / np.sqrt(arms * n) + sd / np.sqrt(n)),
                "You added the two errors. How do independent errors add up?",
            ),
        ),
        solution=f"Drug, {arms * n} people: SD² / n = {sd:g}² / {arms * n} = "
        f"{sd**2 / (arms * n):.3f}.\n"
        f"Placebo, {n} people: {sd:g}² / {n} = {sd**2 / n:.3f}.\n"
        f"√({sd**2 / (arms * n):.3f} + {sd**2 / n:.3f}) = {merged:.2f} points.\n"
        f"As {arms} separate trials it would be {single / np.sqrt(arms):.2f}: surer than one "
        "placebo group can make anybody.",
    )


_STARTER = '''\
def pooled(differences, standard_errors):
    """Average of several trials under one common effect, with its 95 % limits.

    differences: list of the trials' differences from placebo (points)
    standard_errors: list of their standard errors (points)
    Returns a list: [average, lower limit, upper limit]
    """
    ...
    return [average, lower, upper]
'''
_POOLS = {
    "small against large": ([-5.0, -1.5], [2.5, 0.6]),
    "three alike": ([-2.0, -2.6, -3.1], [1.0, 1.1, 0.9]),
    "one that failed": ([-3.4, 0.4, -2.2, -2.9], [1.3, 1.2, 0.8, 1.6]),
    "two pilots": ([-6.1, -4.8, -1.9], [2.8, 3.1, 0.7]),
}


def _pooled(differences: Sequence[float], standard_errors: Sequence[float]) -> list[float]:
    """Average and limits of a common-effect pool."""
    found = evidence.pool(differences, standard_errors, method="fixed")
    return [float(found.estimate), float(found.low), float(found.high)]


def _weighted(differences: Sequence[float], errors: Sequence[float], power: int) -> list[float]:
    y, s = np.asarray(differences), np.asarray(errors)
    w = s**-power / (s**-power).sum()
    mean, se = float((w * y).sum()), float(np.sqrt((w**2 * s**2).sum()))
    return [mean, mean - 1.96 * se, mean + 1.96 * se]


def _unrooted(differences: Sequence[float], errors: Sequence[float]) -> list[float]:
    mean, variance = _pooled(differences, errors)[0], 1 / float((np.asarray(errors) ** -2.0).sum())
    return [mean, mean - 1.96 * variance, mean + 1.96 * variance]


@item("trial-pool", "The weight of a trial", page=PAGE, section=ARMS, points=3)
def pool(draw: Draw) -> Code:
    """Write an inverse-variance average."""
    named = draw.pick("trials", list(_POOLS))
    shift = draw.pick("shift", [-0.8, -0.4, 0.0, 0.4, 0.8])
    factor = draw.pick("errors, times", [0.8, 1.0, 1.25])
    real = [row for row in data.continuous_arms() if row.id.startswith("gadpool-")]
    pregabalin = [row.quantity for row in real if row.drug == "pregabalin"]
    y, s = _POOLS[named]
    mine = ([round(x + shift, 2) for x in y], [round(factor * x, 2) for x in s])
    shown = _pooled(*mine)
    return Code(
        prompt="Several trials of one drug: which should the average listen to most? Write "
        "pooled(differences, standard_errors), the average with weights of one over the squared "
        "standard error, and its 95 % limits (1.96 standard errors to either side). For "
        f"{mine[0]} and {mine[1]} it returns {shown[0]:.3f}, {shown[1]:.3f} and {shown[2]:.3f}.",
        function="pooled",
        starter=_STARTER,
        reference=_pooled,
        cases=(
            mine,
            ([q.value for q in pregabalin], [float(q.spread or 0) for q in pregabalin]),
            (mine[0][::-1], mine[1]),
        ),
        misconceptions=(
            Misconception(
                lambda differences, errors: _weighted(differences, errors, 0),
                "Every trial counts alike in your average. Should a small pilot weigh as much as a "
                "large trial?",
            ),
            Misconception(
                lambda differences, errors: _weighted(differences, errors, 1),
                "Your weights are one over the standard error. Which power of it adds up when "
                "patients are added?",
            ),
            Misconception(
                _unrooted,
                "The average is right. Is one over the sum of the weights a standard error, or its "
                "square?",
            ),
        ),
        solution="weights = [1 / s**2 for s in standard_errors].\n"
        "average = sum of weight × difference, divided by the sum of the weights.\n"
        "standard error = 1 / math.sqrt(sum(weights)).\n"
        "Return the average, and 1.96 standard errors to either side.\n"
        "For the example: "
        f"{_signed(shown[0])} ({_signed(shown[1])} to {_signed(shown[2])}).",
    )


@item("trial-effect-size", "From an effect size to people", page=PAGE, section=PEOPLE)
def effect_size(draw: Draw) -> Numeric:
    """Response on a drug from a standardised mean difference."""
    d = draw.pick("d", [0.22, 0.25, 0.28, 0.3, 0.33, 0.35, 0.37, 0.4, 0.43, 0.46, 0.5, 0.56])
    placebo = draw.pick("respond on placebo (%)", [20, 25, 30, 35, 40, 45])
    p0 = placebo / 100
    more = 1 / float(evidence.number_needed_from_smd(d, p0))
    line = -float(evidence.normal_quantile(1 - 2 * p0))
    return Numeric(
        prompt=f"A drug beats placebo by an effect size of d = {d:g} standard deviations; "
        f"{placebo} of 100 respond on placebo. If the scores follow a normal curve and the drug "
        "shifts all of it, how many of 100 respond on the drug? In Python "
        "statistics.NormalDist() has the curve (cdf) and its inverse (inv_cdf).",
        given={"Effect size d": f"{d:g}", "Respond on placebo": f"{placebo} of 100"},
        key=100 * (p0 + more),
        unit="of 100",
        rel_tol=0.01,
        abs_tol=0.5,
        misconceptions=(
            Misconception(
                100 * (p0 + d),
                "You added d as if standard deviations were a share of the people. How many people "
                "stand in the slice that a shift by d lifts over the line?",
            ),
            Misconception(
                100 * more,
                "That is how many more respond than on placebo. How many respond in all?",
            ),
            Misconception(
                100 * NormalDist().cdf(d),
                "That puts the line where half of the placebo group responds. Where does it stand "
                "here?",
            ),
        ),
        solution=f"The line of response: {placebo} of 100 lie beyond it on placebo, so it stands "
        f"at Φ⁻¹({p0:g}) = {_signed(line)}, counted from the right.\n"
        f"The drug shifts everybody by {d:g}: {_signed(line)} + {d:g} = {_signed(line + d)}.\n"
        f"Φ({_signed(line + d)}) = {p0 + more:.3f}, so {100 * (p0 + more):.0f} of 100.\n"
        f"That is {100 * more:.0f} more than on placebo, one in {1 / more:.1f}.",
    )


def still_well(t_days: ArrayLike, shape: float, scale_days: float) -> NDArray[np.float64]:
    """Share still well after stopping (%)."""
    return np.asarray(100 * evidence.weibull_survival(t_days, shape, scale_days))


def relapse(shape: float, scale_days: float) -> Mapping[str, float]:
    """Readouts of the figure `ex-trial-relapse`."""
    day_14, day_28, week_24 = still_well([14.0, 28.0, LAST_DAY], shape, scale_days)
    return {
        "Still well on day 14": float(day_14),
        "Still well on day 28": float(day_28),
        "Still well after 24 weeks": float(week_24),
    }


@item("trial-relapse", "A curve through two points", page=PAGE, section=RELAPSE, points=3)
def two_points(draw: Draw) -> Setting:
    """Find shape and scale of a relapse curve."""
    day = draw.pick("day", [14, 28])
    early = draw.pick("well early (%)", [55, 56, 58, 59, 60, 61, 63, 64, 65])
    late = draw.pick("well late (%)", [30, 31, 33, 34, 36, 38, 40])
    when = f"Still well on day {day}"
    end = "Still well after 24 weeks"
    times, well = [float(day), LAST_DAY], [early / 100, late / 100]
    fit = evidence.weibull_through(times, well)
    example = {"shape": round(float(fit.shape), 3), "scale_days": round(float(fit.scale), 1)}
    constant = [
        1 / float(evidence.exponential_through(t, s)) for t, s in zip(times, well, strict=True)
    ]
    return Setting(
        prompt=f"In an invented trial people who were well were switched to placebo. On day {day}, "
        f"{early} % were still well, after 24 weeks (day 168), {late} %. Set shape and scale of "
        "the curve so that it meets both, within one and a half points.",
        figure="ex-trial-relapse",
        model=relapse,
        goal={when: (early - 1.5, early + 1.5), end: (late - 1.5, late + 1.5)},
        example=example,
        misconceptions=(
            Misconception(
                {"shape": 1.0, "scale_days": constant[0]},
                "A constant risk through the first point leaves hardly anybody well at the end. "
                "What has to happen to the risk as the weeks pass?",
                where={"shape": (0.9, 1.1), when: (early - 3.0, early + 3.0)},
            ),
            Misconception(
                {"shape": 1.0, "scale_days": constant[1]},
                "A constant risk through the last point misses the early relapses. When did most "
                "of them come?",
                where={"shape": (0.9, 1.1), end: (late - 3.0, late + 3.0)},
            ),
            Misconception(
                {"shape": 1.4, "scale_days": LAST_DAY},
                "Above 1 the risk grows with time. Did the relapses of this trial come late?",
                where={"shape": (1.1, 2.0)},
            ),
        ),
        solution="S = exp(−(t/scale)^shape), so −ln S grows as a power of time.\n"
        f"−ln {early / 100:g} = {-np.log(early / 100):.3f} on day {day}, −ln {late / 100:g} = "
        f"{-np.log(late / 100):.3f} on day 168.\n"
        f"Shape: ln({-np.log(late / 100):.3f} / {-np.log(early / 100):.3f}) / ln(168 / {day}) = "
        f"{float(fit.shape):.2f}.\n"
        f"Scale: 168 / {-np.log(late / 100):.3f}^(1/{float(fit.shape):.2f}) = "
        f"{float(fit.scale):.0f} days.\n"
        "Below 1 the risk falls: people get safer, or there were two kinds of people. The curve "
        "cannot tell which.",
    )


@item("trial-hazard", "Three ratios for one fact", page=PAGE, section=RELAPSE)
def hazard(draw: Draw) -> Numeric:
    """Hazard ratio from the proportions at the end."""
    drug = draw.pick("relapse on the drug (%)", [10, 11, 12, 14, 15, 16, 18, 19, 20, 22, 25])
    placebo = draw.pick("relapse on placebo (%)", [36, 40, 44, 49, 54, 60])
    p1, p0 = drug / 100, placebo / 100
    key = float(evidence.hazard_ratio_from_proportions(p1, p0))
    return Numeric(
        prompt=f"In an invented relapse-prevention trial {drug} % had relapsed by the end on the "
        f"drug, and {placebo} % on placebo. If the two risks keep one and the same ratio all the "
        "time, what is the hazard ratio, drug over placebo?",
        given={"Relapsed on the drug": f"{drug} %", "Relapsed on placebo": f"{placebo} %"},
        key=key,
        unit="",
        rel_tol=0.02,
        misconceptions=(
            Misconception(
                p1 / p0,
                "That is the ratio of how many had relapsed by the end. A hazard is the risk per "
                "day of those still well: which curve knows about it?",
            ),
            Misconception(
                p1 * (1 - p0) / (p0 * (1 - p1)),
                "That is the odds ratio. Does an odds know how long people were at risk?",
            ),
            Misconception(
                (1 - p0) / (1 - p1),
                "You compared those still well. How is the share still well built from the risk of "
                "each day?",
            ),
        ),
        solution="Still well = exp(−summed risk), on either arm.\n"
        f"Drug: −ln(1 − {p1:g}) = {-np.log1p(-p1):.3f}; placebo: −ln(1 − {p0:g}) = "
        f"{-np.log1p(-p0):.3f}.\n"
        f"Their ratio is {key:.3f}.\n"
        f"The risk ratio is {p1 / p0:.2f} and the odds ratio "
        f"{p1 * (1 - p0) / (p0 * (1 - p1)):.2f}: three numbers for one fact.\n"
        "Only people who had done well on the drug were in it; it says nothing about starting.",
    )


_TESTS = {
    "the GAD-7 at a cut of 10": ("gad7-sensitivity-10", "gad7-specificity-10"),
    "the GAD-7 at a cut of 8": ("gad7-sensitivity-8", "gad7-specificity-8"),
    "the two questions of the GAD-2 at a cut of 3": ("gad2-sensitivity-3", "gad2-specificity-3"),
}


@item("trial-positive-test", "A positive test", page=PAGE, section=TEST)
def positive(draw: Draw) -> Numeric:
    """Predictive value of a positive questionnaire."""
    test = draw.pick("test", list(_TESTS))
    before = draw.pick(
        "have it (%)",
        [2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 7.6, 8, 9, 10, 11, 12, 13, 14, 16, 18],
    )
    sens, spec = (float(drugs.observation(id).quantity) for id in _TESTS[test])
    prior = before / 100
    key = 100 * float(evidence.predictive_values(prior, sens, spec).positive)
    tested = 100 * (prior * sens + (1 - prior) * (1 - spec))
    return Numeric(
        prompt=f"In a waiting room {before:g} of 100 people have generalised anxiety disorder. "
        f"Everybody fills in {test}. A woman tests positive. How likely is it that she has the "
        "disorder?",
        given={
            "Have the disorder": f"{before:g} %",
            "Sensitivity": f"{sens:g}",
            "Specificity": f"{spec:g}",
        },
        key=key,
        unit="%",
        misconceptions=(
            Misconception(
                100 * sens,
                "That is the share of people with the disorder who test positive. The question "
                "starts from the positives: who else is among them?",
            ),
            Misconception(
                100 * prior * sens,
                "That is the share of all people who are ill and positive. Out of whom does she "
                "come, now that she has tested positive?",
            ),
            Misconception(
                tested,
                "That is how many test positive. How many of those have the disorder?",
            ),
        ),
        solution=f"Of 1000 people {1000 * prior:.0f} have it; {1000 * prior * sens:.0f} of them "
        "test positive.\n"
        f"Of the {1000 * (1 - prior):.0f} others, {1000 * (1 - prior) * (1 - spec):.0f} test "
        "positive as well.\n"
        f"{1000 * prior * sens:.1f} / {10 * tested:.1f} = {key / 100:.3f}, about {key:.0f} %.\n"
        f"Before the test it was {before:g} %: the result is a reason to talk, not a diagnosis.",
    )


_VERDICTS = {
    "works": "The new drug did better than placebo.",
    "failed": "The trial could not have shown it: the standard drug did not separate either.",
    "negative": "The trial could show a difference, and found none for the new drug.",
    "open": "Both drugs did alike, and nobody can tell whether both worked or neither.",
}
_NOW = {
    "works": "Work out the difference of the new drug from placebo and its standard error. Is it "
    "larger than twice that error, and is there a placebo group at all?",
    "failed": "Look at the standard drug. Did it separate from placebo, and was there a placebo "
    "group to separate from?",
    "negative": "Look at both comparisons with placebo. Which of the two drugs separated?",
    "open": "Equal drugs tell little where nothing else is there to compare them with. Is there "
    "anything else here?",
}


@item("trial-assay", "What a trial without a difference says", page=PAGE, section=RUN)
def assay(draw: Draw) -> Choice:
    """Tell a negative trial from a failed one."""
    kind = draw.pick("kind", list(_VERDICTS))
    placebo = draw.pick("placebo", [-9.6, -10.1, -10.4, -10.8, -11.2, -11.6, -11.9, -12.2, -12.5])
    se = draw.pick("SE", [0.7, 0.8, 0.9])
    gap = {"works": (3.6, 3.3), "failed": (0.6, 0.9), "negative": (0.4, 3.7), "open": (3.2, 3.0)}[
        kind
    ]
    new, standard = (round(placebo - g, 1) for g in gap)
    means = {"New drug": new, "Standard drug": standard, "Placebo": placebo}
    if kind == "open":
        del means["Placebo"]

    def line(drug: str) -> str:
        if kind == "open":
            return f"{drug}: there is no placebo group to take away.\n"
        difference = means[drug] - placebo
        p = float(evidence.p_value(difference, se * np.sqrt(2)))
        return (
            f"{drug} minus placebo: {_signed(difference, 1)} points, standard error "
            f"{se * np.sqrt(2):.2f}, p {p:.3f}.\n"
        )

    return Choice.of(
        draw,
        prompt="An invented trial in generalised anxiety disorder. The standard drug has beaten "
        "placebo in many trials before. Mean change of the Hamilton score (negative is better), "
        "each with its standard error. What does this trial say about the new drug? Take p below "
        "0.05 as a difference.",
        given={arm: f"{_signed(mean, 1)} points (SE {se:g})" for arm, mean in means.items()},
        key=_VERDICTS[kind],
        wrong=[(_VERDICTS[k], _NOW[k]) for k in _VERDICTS if k != kind],
        solution=line("New drug") + line("Standard drug") + f"{_VERDICTS[kind]}\n"
        "A standard drug in a trial is its control lamp: if a drug known to work does not show, "
        "the trial was blind. Without placebo there is no lamp at all. In one real trial "
        "pregabalin separated from placebo and venlafaxine did not.",
    )
