"""Play a course through the commands: roster, assignment, answers, grades."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from isolated import why_not

from mechanisms.exercises.grading import cli

EXAM = Path(__file__).with_name("exam.py")
ITEMS = ("exam-choice", "exam-dose", "exam-setting", "exam-decay")
FULL = 2 + 3 + 2 + 4
SECRET = "a secret of the course that nobody knows"

SOLUTION = """def decay(amount_mg, k_per_h, hours):
    import math

    return [amount_mg * math.exp(-k_per_h * t) for t in hours]
"""

# It harms nothing but its own process, so it may run where nothing isolates.
QUITS = "import sys\nsys.exit(0)\n"


class Course:
    """One folder with everything in it.

    A hostile course may hold attacks. It exists only where the grader isolates, and is never
    graded with ``--unsafe``; other courses are, where nothing isolates, so that the rest of the
    grader is tested there too.
    """

    def __init__(
        self, folder: Path, learners: Iterable[str | Mapping[str, str]], *, hostile: bool = False
    ) -> None:
        without = why_not()
        if hostile and without:
            raise RuntimeError(f"attacks are not written where nothing isolates ({without})")
        self.hostile = hostile
        self.unsafe = bool(without)
        self.folder = folder
        self.roster = folder / "roster.csv"
        self.handed_in = folder / "handed-in"
        self.handed_in.mkdir(parents=True)
        rows = [{"learner": who} if isinstance(who, str) else dict(who) for who in learners]
        self.learners = [row["learner"] for row in rows]
        heading = list(dict.fromkeys(name for row in rows for name in row))
        with self.roster.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, heading)
            writer.writeheader()
            writer.writerows(rows)
        self.assigned = folder / "week-3"
        status = self.run("assign", "--items", ",".join(ITEMS), "--out", str(self.assigned))
        assert status == 0

    def run(self, command: str, *options: str, secret: str = SECRET) -> int:
        """Run a command with the course's secret, roster and items."""
        common = ["--secret", secret, "--roster", str(self.roster), "--private", str(EXAM)]
        return cli.main([command, *options, *common])

    def notebook(self, learner: str) -> dict[str, Any]:
        """Return a learner's assigned notebook."""
        path = self.assigned / learner / f"exercises-{learner}.ipynb"
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def answers(self, learner: str) -> dict[str, str]:
        """Solve a notebook as a learner does: from its text alone."""
        text = {
            cell["id"].removeprefix("task-"): cell["source"]
            for cell in self.notebook(learner)["cells"]
            if cell["id"].startswith("task-")
        }
        letter = re.search(r"\*\*([A-Z])\*\* At the carrier", text["exam-choice"])
        weight = re.search(r"Weight: (\d+) kg", text["exam-dose"])
        clearance = re.search(r"Clearance: ([\d.]+) L/h", text["exam-dose"])
        target = re.search(r"level of (\d+)", text["exam-setting"])
        assert letter
        assert weight
        assert clearance
        assert target
        amount = int(weight[1]) * float(clearance[1]) * 17
        knobs = {"dose_mg": round(int(target[1]) / 0.37, 2), "route": "mouth"}
        return {
            "exam-choice": f'answer = "{letter[1]}"',
            "exam-dose": f"answer = {amount:.3f}",
            "exam-setting": f"answer = {knobs!r}",
            "exam-decay": SOLUTION,
        }

    def solved(self, learner: str, **changed: str) -> dict[str, Any]:
        """Return a notebook with right answers, but for those `changed` (by item)."""
        answers = {**self.answers(learner), **{k.replace("_", "-"): v for k, v in changed.items()}}
        notebook = self.notebook(learner)
        for cell in notebook["cells"]:
            item = cell["metadata"].get("mechanisms", {}).get("item")
            if item:
                cell["source"] = answers[item]
        return notebook

    def attack(self, learner: str, source: str) -> None:
        """Hand in hostile code as the answer to `exam-decay`."""
        if not self.hostile:
            raise RuntimeError("only a hostile course takes attacks")
        notebook = self.notebook(learner)
        (cell,) = cells_of(notebook, "exam-decay")
        cell["source"] = source
        self.hand_in(f"{learner}.ipynb", notebook)

    def hand_in(self, name: str, content: Any) -> Path:
        """Put a file among what was handed in."""
        path = self.handed_in / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    def grade(self, *options: str, out: str = "grades.csv", seconds: float = 5) -> int:
        """Grade everything handed in."""
        unsafe = ["--unsafe"] if self.unsafe else []
        if self.hostile and "--unsafe" in [*unsafe, *options]:
            raise RuntimeError("attacks are never run with --unsafe")
        return self.run(
            "grade",
            str(self.handed_in),
            "--out",
            str(self.folder / out),
            "--seconds",
            str(seconds),
            *unsafe,
            *options,
        )

    def rows(self, name: str = "grades.csv", key: str = "learner") -> dict[str, dict[str, str]]:
        """Return the rows of a table by their first column."""
        with (self.folder / name).open(newline="", encoding="utf-8") as file:
            return {row[key]: row for row in csv.DictReader(file)}

    def submissions(self) -> dict[str, dict[str, str]]:
        """Return the rows of the table of submissions by the name below the folder."""
        rows = self.rows("grades-submissions.csv", "file")
        top = f"{self.handed_in.as_posix()}/"
        return {name.removeprefix(top): row for name, row in rows.items()}


def cells_of(notebook: dict[str, Any], item: str) -> list[dict[str, Any]]:
    """Return the answer cells of an item."""
    return [
        cell
        for cell in notebook["cells"]
        if cell["metadata"].get("mechanisms", {}).get("item") == item
    ]
