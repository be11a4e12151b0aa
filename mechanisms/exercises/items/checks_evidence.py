"""Self-checks of "Does it work?": one at the end of each section."""

from __future__ import annotations

from functools import partial

import numpy as np

from mechanisms import evidence

from ..draw import Draw
from ..item import item
from ..questions import Choice, Misconception, Numeric

PAGE = "applications/evidence"
check = partial(item, page=PAGE, points=1, attempts=2)


@check(
    "check-evidence-forest", "Errors add as squares", section=f"{PAGE}#from-two-arms-to-one-answer"
)
def forest(draw: Draw) -> Numeric:
    """Find the standard error of a difference of two arms."""
    drug = draw.pick("SE, drug", [0.6, 0.7, 0.8, 0.9, 1.0, 1.2])
    placebo = draw.pick("SE, placebo", [0.8, 1.1, 1.3, 1.4, 1.5, 1.6])
    n = np.asarray(100.0)
    arms = [evidence.Arm(n, np.asarray(0.0), np.asarray(10 * se)) for se in (drug, placebo)]
    key = float(evidence.mean_difference(arms[0], arms[1]).se)
    return Numeric(
        prompt=f"The mean change has a standard error of {drug:g} points on the drug and of "
        f"{placebo:g} on placebo. What is the standard error of the difference?",
        key=key,
        unit="points",
        rel_tol=0.015,
        misconceptions=(
            Misconception(
                drug + placebo,
                "You added them. Do two independent errors always point the same way?",
            ),
            Misconception(
                (drug + placebo) / 2,
                "You took the mean. Can a difference be surer than the less sure of its parts?",
            ),
        ),
        solution=f"{drug:g}² + {placebo:g}² = {drug**2 + placebo**2:.2f}.\n"
        f"Its root is {key:.2f} points.",
    )


@check(
    "check-evidence-double",
    "Sharing out a placebo group",
    section=f"{PAGE}#one-placebo-group-counted-three-times",
)
def double(draw: Draw) -> Numeric:
    """Weight that a trial gets when its placebo group is counted several times."""
    arms = draw.pick("dose arms", [2, 3, 4, 5])
    n = draw.pick("placebo patients", [60, 72, 84, 90, 96, 108, 120, 132, 144])
    return Numeric(
        prompt=f"A trial with {arms} dose arms and one placebo group of {n} is entered into a pool "
        f"as {arms} comparisons. Each may only use its fair share of the placebo group. How many "
        "placebo patients may each comparison count?",
        key=n / arms,
        unit="people",
        misconceptions=(
            Misconception(
                float(n),
                f"Then the pool meets {arms} times as many placebo patients as there were. Where "
                "do they come from?",
            ),
            Misconception(
                float(n * arms),
                "That is how many the naive pool believes in. How many were there?",
            ),
        ),
        solution=f"{n} people exist, and {arms} comparisons share them: {n / arms:g} each.\n"
        "Merging the dose arms, or keeping their covariance, does the same without splitting "
        "anybody.",
    )


@check(
    "check-evidence-nnt",
    "How many for one more",
    section=f"{PAGE}#from-an-effect-size-to-a-hundred-people",
)
def nnt(draw: Draw) -> Numeric:
    """Find the number needed to treat from two percentages."""
    drug = draw.pick("drug (%)", [48, 50, 52, 55, 56, 58, 60, 63, 64])
    placebo = draw.pick("placebo (%)", [30, 34, 38, 42])
    key = float(evidence.number_needed_from_counts(drug, 100, placebo, 100).estimate)
    return Numeric(
        prompt=f"{drug} of 100 respond on a drug and {placebo} of 100 on placebo. How many have to "
        "take it for one more responder?",
        key=key,
        unit="people",
        misconceptions=(
            Misconception(
                100 / drug,
                "That is one responder, not one more. How many would have responded to placebo?",
            ),
            Misconception(
                float(drug - placebo),
                "That is how many more respond of 100. How many people are there to one of them?",
            ),
        ),
        solution=f"{drug} − {placebo} = {drug - placebo} more of 100.\n"
        f"100 / {drug - placebo} = {key:.1f} people.",
    )


_LEADS = {
    "sure": "The lead is more than chance would easily give.",
    "open": "The lead may well be chance: the two cannot be told apart.",
    "none": "The second is the better drug.",
}


@check("check-evidence-ranking", "First place", section=f"{PAGE}#who-comes-first")
def ranking(draw: Draw) -> Choice:
    """Tell a lead from a lead by chance."""
    lead = draw.pick("lead (SD)", [0.15, 0.2, 0.22, 0.25, 0.28, 0.3, 0.35, 0.4])
    ratio = draw.pick("lead over its error", [0.6, 0.9, 1.2, 2.8, 3.4])
    error = round(lead / ratio, 2)
    p = float(evidence.p_value(lead, error))
    key = "sure" if p < 0.05 else "open"
    ask = {
        "sure": "Take two standard errors to either side of the lead. Does the interval hold zero?",
        "open": "Take two standard errors to either side of the lead. Does the interval hold zero?",
        "none": "The estimate favours the first. Could an interval turn that into the opposite?",
    }
    return Choice.of(
        draw,
        prompt=f"In a ranking the first drug is ahead of the second by {lead:g} standard "
        f"deviations, with a standard error of {error:g}. What does first place mean here, at the "
        "usual 5 %?",
        key=_LEADS[key],
        wrong=[(_LEADS[k], ask[k]) for k in _LEADS if k != key],
        solution=f"Interval: {lead:g} ± 1.96 × {error:g}, from {lead - 1.96 * error:.2f} to "
        f"{lead + 1.96 * error:.2f}; p {p:.3f}.".replace("-", "−")
        + f"\n{_LEADS[key]}",
    )


_RISKS = {
    "falls": "The risk falls with time: fewer relapse later than a constant risk would have.",
    "constant": "The risk is about constant.",
    "grows": "The risk grows with time: more relapse later than a constant risk would have.",
}


@check(
    "check-evidence-relapse",
    "Does the risk stay the same?",
    section=f"{PAGE}#after-stopping-curves-that-are-not-exponential",
)
def relapse(draw: Draw) -> Choice:
    """Read the shape of a relapse curve off two points."""
    shape = draw.pick("shape", [0.3, 0.4, 1.0, 1.8, 2.2])
    well = draw.pick("well after 4 weeks (%)", [70, 75, 80, 85])
    weeks = draw.pick("weeks", [8, 12])
    late = round(100 * (well / 100) ** ((weeks / 4) ** shape))
    fit = float(evidence.weibull_through([4.0, weeks], [well / 100, late / 100]).shape)
    expected = 100 * float(
        evidence.exponential_survival(weeks, evidence.exponential_through(4.0, well / 100))
    )
    key = "falls" if fit < 0.8 else "grows" if fit > 1.25 else "constant"
    ask = {
        "falls": "Raise the first share to the power of how many times longer it went on. Are more "
        "still well than that?",
        "constant": "Raise the first share to the power of how many times longer it went on. Is "
        "that what was seen?",
        "grows": "Raise the first share to the power of how many times longer it went on. Are "
        "fewer still well than that?",
    }
    return Choice.of(
        draw,
        prompt=f"After stopping, {well} % are still well at 4 weeks and {late} % at {weeks} weeks. "
        "What does that say about the risk per week of those still well?",
        key=_RISKS[key],
        wrong=[(_RISKS[k], ask[k]) for k in _RISKS if k != key],
        solution=f"A constant risk would leave {well / 100:g}^{weeks / 4:g} = {expected:.0f} % "
        f"well at {weeks} weeks; {late} % were.\n{_RISKS[key]}",
    )


@check(
    "check-evidence-test",
    "Among the positives",
    section=f"{PAGE}#a-test-result-and-what-it-says-about-this-person",
)
def test(draw: Draw) -> Numeric:
    """Predictive value from a table of people."""
    ill = draw.pick("ill, of 1000", [40, 60, 80, 100, 150])
    sens = draw.pick("sensitivity (%)", [80, 85, 90])
    spec = draw.pick("specificity (%)", [75, 80, 85])
    found, false = round(ill * sens / 100), round((1000 - ill) * (100 - spec) / 100)
    key = 100 * float(
        evidence.predictive_values(ill / 1000, found / ill, 1 - false / (1000 - ill)).positive
    )
    return Numeric(
        prompt=f"Of 1000 people {ill} have a disorder; {found} of them test positive. Of the "
        f"others {false} test positive as well. How likely is the disorder in somebody who tests "
        "positive?",
        key=key,
        unit="%",
        misconceptions=(
            Misconception(
                100 * found / ill,
                "That is how many of the ill test positive. Who else is among the positives?",
            ),
            Misconception(
                100 * found / 1000,
                "That is a share of everybody. Out of whom does somebody come who tests positive?",
            ),
        ),
        solution=f"Positives: {found} + {false} = {found + false}.\n"
        f"{found} / {found + false} = {key:.0f} %.",
    )


@check(
    "check-evidence-trial",
    "A smaller effect, a larger trial",
    section=f"{PAGE}#run-a-trial-and-miss-a-drug-that-works",
)
def trial(draw: Draw) -> Numeric:
    """Patients for a given power when the effect or the spread changes."""
    shrink = draw.pick("effect, divided by", [1.5, 2, 2.5, 3])
    spread = draw.pick("spread, times", [1, 1.2, 1.4])
    n = draw.pick("patients before", [60, 100, 150])
    times = (shrink * spread) ** 2
    sizes = evidence.patients_per_arm(np.array([0.3, 0.3 / shrink]), np.array([1.0, spread]))
    assert abs(sizes[1] / sizes[0] / times - 1) < 0.03
    return Numeric(
        prompt=f"A trial was planned with {n} patients in each arm. Now the effect is expected to "
        f"be {shrink:g} times smaller, and the spread of the scores {spread:g} times as large. "
        "About how many patients does each arm need for the same chance of finding it?",
        key=n * times,
        unit="people",
        misconceptions=(
            Misconception(
                n * shrink * spread,
                "You let the size follow the effect. Errors shrink with the root of the size: so "
                "what does a smaller effect cost?",
            ),
            Misconception(
                n / times,
                "You made the trial smaller. Is a smaller effect easier to see?",
            ),
        ),
        solution=f"Effect over spread becomes {shrink:g} × {spread:g} = {shrink * spread:.2g} "
        f"times smaller.\nThe size grows with the square: {shrink * spread:.3g}² = {times:.3g}.\n"
        f"{times:.3g} × {n} = about {n * times:.0f} in each arm.",
    )


@check("check-evidence-prepost", "Two spreads", section=f"{PAGE}#why-before-and-after-misleads")
def prepost(draw: Draw) -> Numeric:
    """Effect against placebo, beside the pre-post effect size."""
    drug = draw.pick("fall on the drug", [11.0, 12.0, 13.0, 14.0])
    gap = draw.pick("gap", [2.4, 2.8, 3.2])
    entry = draw.pick("spread at entry", [4.0, 5.0, 6.0])
    change = draw.pick("spread of the changes", [7.6, 8.4, 9.0])
    placebo = round(drug - gap, 1)
    arms = [evidence.Arm(*map(np.asarray, (5000.0, -fall, change))) for fall in (drug, placebo)]
    key = -float(evidence.hedges_g(arms[0], arms[1]).estimate)
    return Numeric(
        prompt=f"Scores fall by {drug:g} points on a drug and by {placebo:g} on placebo, in large "
        f"groups. The scores at entry have a standard deviation of {entry:g} points, the changes "
        f"one of {change:g}. How large is the effect of the drug against placebo, in standard "
        "deviations of the changes?",
        key=key,
        unit="",
        misconceptions=(
            Misconception(
                drug / entry,
                "That is before and after. What happened to those on placebo in the same weeks?",
            ),
            Misconception(
                gap / entry,
                "The difference is right. Which spread did the question ask for?",
            ),
        ),
        solution=f"{drug:g} − {placebo:g} = {gap:g} points.\n{gap:g} / {change:g} = {key:.2f}.\n"
        f"Before and after it would have looked like {drug / entry:.1f}.",
    )
