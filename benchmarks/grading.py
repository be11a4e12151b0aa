"""One class of honest and hostile learners, graded by three graders on the same machine.

All get the same exercises, answers and attacks, and one submission is graded at a time. nbgrader
and Otter run as they do without a container, which both recommend against strangers' code. No
hostile submission deserves a point; it took something if it left a mark outside its own folder.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .attacks import CELLS, CHANGES, REACHES, cell
from .graders import POINTS, WRONG, Grader, Nbgrader, Otter, Ours
from .table import Row

SECONDS = 10.0  # for the code of one cell or function; ``otter run`` has no such limit
PATIENCE = 3  # a submission is given up after so many times what an honest one takes
ITEMS = tuple(POINTS)
HONEST = {  # learner, by name after nearly all who attack: what they get right
    "upright-1": ITEMS,
    "upright-2": ITEMS[1:],
    "upright-3": (),
}
DESERVED = {who: sum(POINTS[id] for id in right) for who, right in HONEST.items()}
HOSTILE = (*CELLS, *CHANGES)


def course(kind: type[Grader], folder: Path, learners: tuple[str, ...]) -> Grader:
    """Return a course in which everybody has handed in."""
    grader = kind(folder, learners)
    for who in learners:
        if who in HONEST:
            right = {id: grader.right(id, who) for id in HONEST[who]}
            grader.hand_in(who, WRONG | right)
        elif who in CELLS:
            text = cell(who, str(grader.folder), str(grader.loot))
            grader.hand_in(who, {**dict.fromkeys(ITEMS, ""), ITEMS[0]: text})
        else:
            grader.hand_in(who, {}, CHANGES[who])
    return grader


def speed(kind: type[Grader], top: Path, jobs: int, repeats: int) -> list[float]:
    """Return the seconds for the honest class.

    Raises
    ------
    RuntimeError
        If it was not graded right.
    """
    seconds = []
    for n in range(repeats):
        grader = course(kind, top / f"{kind.__name__}-{jobs}-{n}", tuple(HONEST))
        seconds.append(grader.grade(SECONDS, 120, jobs=jobs))
        if grader.points() != DESERVED:
            raise RuntimeError(f"the honest class was not graded right: {grader.last_line()}")
    return seconds


def outcomes(kind: type[Grader], top: Path, patience: float) -> Iterator[Row]:
    """Yield what became of the folder with all attacks; the honest come last, as victims."""
    everybody = (*HOSTILE, *HONEST)
    grader = course(kind, top / f"{kind.__name__}-all", everybody)
    # A command for each, as far as there is one: who kills it takes no other with them.
    seconds = grader.grade(SECONDS, patience, each=True)
    points = grader.points()
    paid = [who for who in HOSTILE if points.get(who)]
    lists = {
        "Hostile submissions without a grade": (HOSTILE, [w for w in HOSTILE if w not in points]),
        "Attacks that took what is not theirs": (REACHES, [p.name for p in grader.loot.iterdir()]),
        "Honest learners wronged": (HONEST, [w for w in HONEST if points.get(w) != DESERVED[w]]),
    }

    def row(measure: str, unit: str, value: float, note: str, more: bool = False) -> Row:
        return Row("grading", measure, kind.name, unit, [value], note, more)

    possible = sum(POINTS.values()) * len(HOSTILE)
    undeserved = sum(points[who] for who in paid)
    yield row("Undeserved points", f"of {possible}", undeserved, ", ".join(paid))
    for measure, (all_, some) in lists.items():
        yield row(measure, f"of {len(all_)}", len(some), ", ".join(sorted(some)))
    rate = 60 * len(everybody) / seconds
    note = f"{len(everybody)} notebooks; {grader.ended} commands did not end by themselves"
    yield row("Honest and hostile together", "submissions/min", rate, note, more=True)


def rows(repeats: int = 3) -> Iterator[Row]:
    """Yield the speed on the honest class, then the outcomes of the whole folder."""
    measure, unit, pace = "Honest class", "submissions/min", {}
    every = os.cpu_count() or 1
    with tempfile.TemporaryDirectory(prefix="grading-") as name:
        top = Path(name)
        for kind, jobs in ((Ours, 1), (Ours, every), (Nbgrader, 1), (Otter, 1)):
            try:
                seconds = speed(kind, top, jobs, repeats)
            except (OSError, RuntimeError, ValueError) as problem:
                yield Row("grading", measure, kind.name, unit, note=str(problem)[:200])
                continue
            pace.setdefault(kind, max(seconds) / len(HONEST))
            what = kind.name if jobs == 1 else f"{kind.name}, {jobs} processes"
            rates = [60 * len(HONEST) / s for s in seconds]
            yield Row("grading", measure, what, unit, rates, f"{len(HONEST)} notebooks", True)
        for kind, each in pace.items():
            yield from outcomes(kind, top, 2 * SECONDS + PATIENCE * each)
