"""Self-check of the opening of Applications."""

from __future__ import annotations

from mechanisms import data

from ..draw import Draw
from ..item import item
from ..questions import Misconception, Numeric

PAGE = "applications"


def _outcomes() -> dict[str, tuple[int, int, int, int]]:
    """Events and totals on escitalopram and placebo, by outcome, of one trial in older adults."""
    rows = [row for row in data.event_arms() if row.trial == "lenze2009"]
    found = {}
    for drug in (row for row in rows if row.arm == "escitalopram"):
        other = next(r for r in rows if r.outcome == drug.outcome and r.arm == "placebo")
        numbers = (drug.events, drug.total, other.events, other.total)
        assert None not in numbers
        found[drug.outcome] = tuple(int(x or 0) for x in numbers)
    return {name: (a, n, b, m) for name, (a, n, b, m) in found.items() if a / n > b / m}


@item(
    "check-one-patient",
    "The same ruler",
    page=PAGE,
    section="applications#one-patient-three-questions",
    points=1,
    attempts=2,
)
def one_patient(draw: Draw) -> Numeric:
    """Turn the counts of two arms of different size into people of a thousand."""
    outcomes = _outcomes()
    outcome = draw.pick("outcome", sorted(outcomes))
    whole = draw.pick("out of", [100, 200, 500, 1000])
    a, n, b, m = outcomes[outcome]
    key = whole * (a / n - b / m)
    return Numeric(
        prompt=f"Among people over 60 in one trial, “{outcome.replace('-', ' ')}” was counted in "
        f"{a} of {n} on escitalopram and in {b} of {m} on placebo. How many more of {whole} is "
        "that on escitalopram?",
        key=key,
        unit=f"of {whole}",
        rel_tol=0.01,
        abs_tol=0.006 * whole,
        misconceptions=(
            Misconception(
                a - b,
                "You subtracted the counts. Were the two groups the same size, and as large as the "
                "question's?",
            ),
            Misconception(
                whole * a / n,
                "That is everybody with it on escitalopram. How many had it on placebo?",
            ),
        ),
        solution=f"{a} / {n} = {a / n:.3f}; {b} / {m} = {b / m:.3f}.\n"
        f"The difference, {a / n - b / m:.3f}, times {whole} is {key:.0f}.\n"
        "Counted out of the same number, gains and harms can stand side by side.",
    )
