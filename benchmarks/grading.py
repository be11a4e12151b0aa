"""One class of honest and hostile learners, graded by three graders on the same machine.

All get the same exercises, answers and attacks, and one submission is graded at a time. nbgrader
and Otter run as they do without a container, which both recommend against strangers' code. No
hostile submission deserves a point; it took something if it left a mark outside its own folder.
"""

import tempfile
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from .attacks import CELLS, CHANGES, REACHES, cell
from .graders import POINTS, WRONG, Grader, Nbgrader, Otter, Ours
from .table import Row

SECONDS = 10.0  # for the code of one cell or function; ``otter run`` has no such limit
PATIENCE = 3  # a submission is given up after so many times what an honest one takes
ITEMS = tuple(POINTS)
HOSTILE = (*CELLS, *CHANGES)
VICTIMS = 3
# ``otter run`` starts anew for each notebook, so that a small class measures its pace as well.
CLASSES: dict[type[Grader], int] = {Ours: 12, Nbgrader: 12, Otter: 3}


def honest(number: int) -> dict[str, tuple[str, ...]]:
    """Return learners, by name after nearly all who attack, and what each gets right."""
    return {f"upright-{i + 1}": (ITEMS, ITEMS[1:], ())[i % 3] for i in range(number)}


def deserved(number: int) -> dict[str, int]:
    """Return the points of the honest learners."""
    return {who: sum(POINTS[id] for id in right) for who, right in honest(number).items()}


def course(kind: type[Grader], folder: Path, number: int, hostile: tuple[str, ...] = ()) -> Grader:
    """Return a course in which everybody has handed in: those who attack, then the honest."""
    upright = honest(number)
    grader = kind(folder, (*hostile, *upright))
    for who, items in upright.items():
        grader.hand_in(who, WRONG | {id: grader.right(id, who) for id in items})
    for who in hostile:
        if who in CELLS:
            text = cell(who, str(grader.folder), str(grader.loot))
            grader.hand_in(who, {**dict.fromkeys(ITEMS, ""), ITEMS[0]: text})
        else:
            grader.hand_in(who, {}, CHANGES[who])
    return grader


def speed(kind: type[Grader], top: Path, number: int, repeats: int) -> list[float]:
    """Return the seconds for a class of so many honest learners.

    Raises
    ------
    RuntimeError
        If it was not graded right.
    """
    seconds = []
    for n in range(repeats):
        grader = course(kind, top / f"{kind.__name__}-{n}", number)
        seconds.append(grader.grade(SECONDS, 120))
        if grader.points() != deserved(number):
            raise RuntimeError(f"the honest class was not graded right: {grader.last_line()}")
    return seconds


def outcomes(kind: type[Grader], top: Path, patience: float) -> Iterator[Row]:
    """Yield what became of the folder with all attacks; the honest come last, as victims."""
    grader = course(kind, top / f"{kind.__name__}-all", VICTIMS, HOSTILE)
    # A command for each, as far as there is one: who kills it takes no other with them.
    grader.grade(SECONDS, patience, each=True)
    points, right = grader.points(), deserved(VICTIMS)
    paid = [who for who in HOSTILE if points.get(who)]
    ungraded = [who for who in HOSTILE if who not in points]
    lists: dict[str, tuple[Collection[str], list[str]]] = {
        "Hostile submissions left to a person, without a grade": (HOSTILE, ungraded),
        "Attacks that took what is not theirs": (REACHES, [p.name for p in grader.loot.iterdir()]),
        "Honest learners wronged": (right, [w for w in right if points.get(w) != right[w]]),
    }
    possible = sum(POINTS.values()) * len(HOSTILE)
    undeserved = sum(points[who] for who in paid)
    yield Row("grading", "Undeserved points", kind.name, f"of {possible}", [undeserved],
              _words(paid))  # fmt: skip
    for measure, (all_, some) in lists.items():
        yield Row("grading", measure, kind.name, f"of {len(all_)}", [len(some)], _words(some))


def _words(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)).replace("-", " ")


def rows(repeats: int = 3) -> Iterator[Row]:
    """Yield the speed on the honest class, then the outcomes of the whole folder."""
    measure, unit, pace = "Honest class", "submissions/min", {}
    with tempfile.TemporaryDirectory(prefix="grading-") as name:
        top = Path(name)
        for kind, number in CLASSES.items():
            try:
                seconds = speed(kind, top, number, repeats)
            except (OSError, RuntimeError, ValueError) as problem:
                yield Row("grading", measure, kind.name, unit, note=str(problem)[:200])
                continue
            pace[kind] = max(seconds) / number
            rates = [60 * number / s for s in seconds]
            yield Row("grading", measure, kind.name, unit, rates, f"{number} notebooks", True)
        for kind, each in pace.items():
            yield from outcomes(kind, top, 2 * SECONDS + PATIENCE * each)
