"""One assignment for three graders, each in its own usual way.

Each makes what it hands out from a notebook of the teacher's, and grades by its own commands. The
cells for the answers have the ids ``answer-ITEM`` everywhere, so that a learner can write the same
text into all of them.
"""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from mechanisms.exercises.item import get
from mechanisms.exercises.questions import Code, Numeric

SECRET = "a secret of the course that nobody knows"
HEADS = {
    "gabapentinoid-loss": "def calcium_loss(fall, power):\n",
    "first-weeks-dose-for": "def dose_for(target, ed50_mg, plateau):\n",
}
RIGHT = {
    "gabapentinoid-loss": "    return 1 - (1 - fall) ** (1 / power)",
    "first-weeks-dose-for": "    return ed50_mg * target / (plateau - target)",
}
WRONG = {
    "gabapentinoid-loss": HEADS["gabapentinoid-loss"] + "    return fall / power",
    "kidney-half-life": "answer = 1.0",
    "first-weeks-dose-for": HEADS["first-weeks-dose-for"] + "    return target * ed50_mg",
}
POINTS = {id: get(id).points for id in WRONG}


def question(id: str, learner: str) -> Code | Numeric:
    """Return the exercise as a learner of ours has it; the rivals know one variant."""
    found = get(id).for_credit(SECRET, learner).question
    assert isinstance(found, Code | Numeric)
    return found


def checks(id: str) -> list[str]:
    """Return the tests for the rivals: our cases and tolerances, in the form that they teach."""
    one, lines = question(id, "everybody"), ["import math"]
    if isinstance(one, Numeric):
        pairs = [("answer", one.key)]
    else:
        called = [f"{one.function}({', '.join(map(repr, case))})" for case in one.cases]
        pairs = list(zip(called, one.values(one.reference), strict=True))
    for got, value in pairs:
        tolerances = f"rel_tol={one.rel_tol}, abs_tol={one.abs_tol}"
        lines.append(f"assert math.isclose({got}, {value}, {tolerances})")
    return lines


def write(path: Path, cells: list[Any]) -> None:
    """Write a notebook for Python."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    path.write_text(json.dumps(new_notebook(cells=cells, metadata=metadata)), encoding="utf-8")


class Grader:
    """A course in a folder of its own, with what was handed in and what became of it."""

    name: ClassVar[str]
    out: ClassVar[str]  # where the notebook for a learner is
    back: ClassVar[str] = "handed-in/{0}/hw.ipynb"  # where it goes when done
    own_variants: ClassVar[bool] = False

    def __init__(self, folder: Path, learners: Sequence[str]) -> None:
        self.folder, self.learners = folder, learners
        self.loot = folder.with_name(f"{folder.name}-loot")
        self.ended = 0  # commands that did not end by themselves
        for path in (folder / "home", self.loot):
            path.mkdir(parents=True)
        self.prepare()

    def prepare(self) -> None:
        """Make the assignment."""
        raise NotImplementedError

    def commands(self, seconds: float, each: bool) -> list[list[str]]:
        """Return what grades the folder: one command, or one for each learner."""
        raise NotImplementedError

    def points(self) -> dict[str, float]:
        """Return the points of everybody who has a grade."""
        raise NotImplementedError

    def right(self, id: str, learner: str) -> str:
        """Return the right answer to an exercise."""
        one = question(id, learner if self.own_variants else "everybody")
        return f"answer = {one.key!r}" if isinstance(one, Numeric) else HEADS[id] + RIGHT[id]

    def hand_in(
        self, learner: str, cells: dict[str, str], change: Callable[[str], str] = str
    ) -> None:
        """Write texts into the cells for the answers, and hand in the notebook."""
        notebook = json.loads((self.folder / self.out.format(learner)).read_text("utf-8"))
        for cell in notebook["cells"]:
            id = cell.get("id", "").removeprefix("answer-")
            cell["source"] = cells.get(id, cell["source"])
        path = self.folder / self.back.format(learner)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(change(json.dumps(notebook)), encoding="utf-8")

    def grade(self, seconds: float, patience: float, each: bool = False) -> float:
        """Grade everything; return the seconds it took.

        `seconds` are for the code of one cell or function, where the grader has such a limit;
        `patience` for each submission, after which its command is ended.
        """
        start = time.perf_counter()
        commands = self.commands(seconds, each)
        for arguments in commands:
            self.run(*arguments, patience=patience * len(self.learners) / len(commands))
        return time.perf_counter() - start

    def last_line(self) -> str:
        """Return what the commands said last."""
        lines = (self.folder / "log.txt").read_text("utf-8", errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def make(self, *arguments: str) -> None:
        """Run a command that has to succeed."""
        if self.run(*arguments) != 0:
            raise RuntimeError(f"{' '.join(arguments[:2])}: {self.last_line()}")

    def run(self, *arguments: str, patience: float = 600) -> int | None:
        """Run ``python -m ...`` in the folder, with nothing of the user's around it."""
        home, programs = str(self.folder / "home"), Path(sys.executable).parent
        environment = {"PATH": f"{programs}:{os.environ['PATH']}", "LANG": "C.UTF-8"}
        environment |= {"HOME": home, "TMPDIR": home}
        with (self.folder / "log.txt").open("a") as log, subprocess.Popen(
            [sys.executable, "-m", *arguments], cwd=self.folder, env=environment,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        ) as process:  # fmt: skip
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                self.ended += 1
                process.kill()
        # Kernels outlive a grader that died, and so does what learners started.
        for path in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                if f"HOME={home}\0".encode() in path.read_bytes():
                    os.kill(int(path.parent.name), signal.SIGKILL)
        return process.returncode


class Ours(Grader):
    """``mechanisms assign`` and ``mechanisms grade``."""

    name, own_variants = "this book", True
    out = "hw/{0}/exercises-{0}.ipynb"
    common = ("--secret", "@secret.txt", "--roster", "roster.csv")

    def prepare(self) -> None:
        (self.folder / "secret.txt").write_text(SECRET, encoding="ascii")
        roster = "\n".join(["learner", *self.learners])
        (self.folder / "roster.csv").write_text(roster, encoding="ascii")
        self.make("mechanisms", "assign", *self.common, "--items", ",".join(POINTS), "--out", "hw")

    def commands(self, seconds: float, each: bool) -> list[list[str]]:
        options = ["--out", "grades.csv", "--jobs", "1", "--seconds", str(seconds)]
        return [["mechanisms", "grade", "handed-in", *self.common, *options]]

    def points(self) -> dict[str, float]:
        with (self.folder / "grades.csv").open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["status"] == "graded"]
        return {row["learner"]: float(row["total"]) for row in rows}


class Nbgrader(Grader):
    """``nbgrader generate_assignment`` and ``nbgrader autograde``."""

    name = "nbgrader"
    out, back = "release/hw/hw.ipynb", "submitted/{0}/hw/hw.ipynb"

    def prepare(self) -> None:
        def mark(id: str, **kind: Any) -> dict[str, Any]:
            usual = {"grade": False, "solution": False, "locked": False, "task": False}
            return {"nbgrader": {"schema_version": 3, "grade_id": id, **usual, **kind}}

        cells: list[Any] = []
        for id, points in POINTS.items():
            source = "answer = None"
            if id in RIGHT:
                source = f"{HEADS[id]}    ### BEGIN SOLUTION\n{RIGHT[id]}\n    ### END SOLUTION"
            tests = "\n".join(["### BEGIN HIDDEN TESTS", *checks(id), "### END HIDDEN TESTS"])
            cells += [
                new_markdown_cell(question(id, "everybody").prompt),
                new_code_cell(source, id=f"answer-{id}", metadata=mark(id, solution=True)),
                new_code_cell(
                    tests, metadata=mark(f"test-{id}", grade=True, locked=True, points=points)
                ),
            ]
        write(self.folder / "source/hw/hw.ipynb", cells)
        self.make("nbgrader", "generate_assignment", "hw")

    def commands(self, seconds: float, each: bool) -> list[list[str]]:
        one = ["nbgrader", "autograde", "hw", f"--Execute.timeout={seconds:.0f}"]
        return [[*one, f"--student={who}"] for who in self.learners] if each else [one]

    def points(self) -> dict[str, float]:
        from nbgrader.api import Gradebook

        found = {}
        with Gradebook(f"sqlite:///{self.folder}/gradebook.db") as book:
            for one in book.assignment_submissions("hw"):
                grades = [grade for notebook in one.notebooks for grade in notebook.grades]
                if all((g.auto_score, g.manual_score) != (None, None) for g in grades):
                    found[one.student_id] = float(one.score)
        return found


class Otter(Grader):
    """``otter assign`` and ``otter run``."""

    name, out = "otter run", "dist/student/hw.ipynb"

    def prepare(self) -> None:
        config = ["# ASSIGNMENT CONFIG", "name: hw", "run_tests: false"]
        config += ["init_cell: false", "check_all_cell: false", "export_cell: false"]
        cells: list[Any] = [new_raw_cell("\n".join(config))]
        for id, points in POINTS.items():
            source = HEADS[id] + RIGHT[id] if id in RIGHT else "answer = 1"
            cells += [
                new_raw_cell(f"# BEGIN QUESTION\nname: {id}\npoints: {points}"),
                new_markdown_cell(question(id, "everybody").prompt),
                new_raw_cell("# BEGIN SOLUTION"),
                new_code_cell(f"{source}  # SOLUTION", id=f"answer-{id}"),
                new_raw_cell("# END SOLUTION"),
                new_raw_cell("# BEGIN TESTS"),
                new_code_cell("\n".join(["# HIDDEN", *checks(id)])),
                new_raw_cell("# END TESTS"),
                new_raw_cell("# END QUESTION"),
            ]
        write(self.folder / "teacher.ipynb", cells)
        self.make("otter", "assign", "teacher.ipynb", "dist")
        shutil.move(self.folder / "dist/student/teacher.ipynb", self.folder / self.out)

    def commands(self, seconds: float, each: bool) -> list[list[str]]:
        (tests,) = (self.folder / "dist/autograder").glob("*.zip")
        found = []
        for who in self.learners:
            (self.folder / "results" / who).mkdir(parents=True)
            options = ["-a", str(tests), "-o", f"results/{who}", "--no-logo"]
            found.append(["otter", "run", *options, self.back.format(who)])
        return found

    def points(self) -> dict[str, float]:
        found = {}
        for path in self.folder.glob("results/*/results.json"):
            tests = json.loads(path.read_text("utf-8"))["tests"]
            found[path.parent.name] = float(sum(test.get("score", 0) for test in tests))
        return found
