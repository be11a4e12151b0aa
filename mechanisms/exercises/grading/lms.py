"""Grades as Canvas and Moodle import them.

Whoever handed in nothing that counts, or whose grade is open, has an empty cell: the platform
leaves their grade as it is.

References
----------
Canvas, ``lib/gradebook_importer.rb``: the heading begins with Student, ID, SIS User ID, SIS Login
ID, Section; a row whose first cell holds "Points Possible" gives the maximum; a student is found
by ID, then by SIS User ID, SIS Login ID, name. Moodle, *Grade import*: any heading; the teacher
maps a column to the user and one to the grade item; grade and feedback must come together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .report import GRADED, PARTIAL, Result
from .tables import Cell

CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
MOODLE = ("Email address", "ID number", "Full name")


def _grade(result: Result) -> float | None:
    return result.total if result.status in (GRADED, PARTIAL) else None


def canvas_table(results: Sequence[Result], column: str) -> list[list[Cell]]:
    """Return the rows of a Canvas gradebook file.

    `column` is the title of the assignment in Canvas, or its title with the ID behind it in
    parentheses, as Canvas exports it.
    """
    maximum = max((r.maximum for r in results), default=0.0)
    rows: list[list[Cell]] = [[*CANVAS, column], ["    Points Possible", "", "", "", "", maximum]]
    for r in results:
        who = r.learner
        name = who.name or who.learner
        rows.append(
            [name, who.canvas_id, who.sis_user_id, who.sis_login_id, who.section, _grade(r)]
        )
    return rows


def moodle_table(results: Iterable[Result], column: str) -> list[list[Cell]]:
    """Return the rows of a Moodle import file."""
    rows: list[list[Cell]] = [[*MOODLE, f"{column} (Real)", f"{column} (Feedback)"]]
    for r in results:
        grade = _grade(r)
        said = "" if grade is None else f"{grade:.3g} of {r.maximum:g} points. {r.reason}".strip()
        who = r.learner
        rows.append([who.email, who.id_number, who.name or who.learner, grade, said])
    return rows
