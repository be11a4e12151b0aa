"""Self-checks of the chapter that opens Principles."""

from __future__ import annotations

from mechanisms import drugs, pharmacokinetics

from ..draw import Draw
from ..item import item
from ..questions import Misconception, Numeric


@item(
    "check-clocks",
    "The first clock",
    page="principles",
    section="principles#four-classes-three-clocks",
    points=1,
    attempts=2,
)
def clocks(draw: Draw) -> Numeric:
    """Arrival of a drug: share of the steady level after some days."""
    name, days = draw.pick(
        "drug and days",
        [
            *(("sertraline", d) for d in (0.5, 1, 1.25, 1.5, 2, 2.5, 3, 3.5)),
            *(("duloxetine", d) for d in (0.25, 0.5, 0.75, 1, 1.25, 1.5)),
            *(("alprazolam", d) for d in (0.25, 0.5, 0.75, 1, 1.25)),
            *(("lorazepam", d) for d in (0.25, 0.5, 0.75, 1, 1.25, 1.5)),
            *(("clonazepam", d) for d in (0.5, 1, 1.5, 2, 2.5, 3, 4)),
            *(("diazepam", d) for d in (0.5, 1, 1.5, 2, 2.5, 3, 3.5)),
            *(("pregabalin", d) for d in (0.25, 0.5)),
        ],
    )
    half_life = float(drugs.get(name).parameter("half_life_h"))
    key = 100 * float(pharmacokinetics.fraction_of_steady_state(24 * days, half_life))
    return Numeric(
        prompt=f"{name.capitalize()} has a half-life of {half_life:g} h. What share of its final "
        f"average level has it reached {24 * days:g} hours after the first of many doses?",
        key=key,
        unit="%",
        rel_tol=0.02,
        abs_tol=0.5,
        misconceptions=(
            Misconception(
                100 - key,
                "That is what is still missing. What has arrived?",
            ),
            Misconception(
                100 * 24 * days / (5 * half_life),
                "You climbed in a straight line to five half-lives. Is the first step as large as "
                "the last?",
            ),
        ),
        solution=f"{24 * days:g} h are {24 * days / half_life:.2f} half-lives.\n"
        f"After that 2 to the power −{24 * days / half_life:.2f} = {1 - key / 100:.2f} of the way "
        f"is still to go, so {key:.0f} % has arrived.\n"
        "This is the clock of arrival. The answer of the cells and the relief run on their own.",
    )
