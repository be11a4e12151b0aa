"""The teacher's guide: its commands, run as printed on a class of three."""

import csv
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from mechanisms.exercises import catalogue

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "book" / "instructors.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)


def _command(line: str, folder: Path) -> None:
    program, *arguments = shlex.split(line)
    assert program == "mechanisms"
    done = subprocess.run(
        [sys.executable, "-m", "mechanisms", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _answer_all(path: Path, secret: str, learner: str) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    items = catalogue()
    for cell in notebook["cells"]:
        known = items.get(cell["metadata"].get("mechanisms", {}).get("item", ""))
        if known is None:
            continue
        question = known.for_credit(secret, learner).question
        if question.kind != "code":
            cell["source"] = f"answer = {question.key_answer()!r}"
    path.write_text(json.dumps(notebook), encoding="utf-8")


def test_the_commands_of_the_guide_lead_to_grades(tmp_path: Path) -> None:
    lines = [line for block in _blocks("sh") for line in block.splitlines()]
    secret, assign, grade = [line for line in lines if line.startswith("mechanisms")]
    course = tmp_path / "course"
    course.mkdir()
    # A copy: Windows lets ordinary users make no symbolic links.
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    (course / "roster.csv").write_text(_blocks("text")[0], encoding="utf-8")

    _command(secret, tmp_path)
    _command(assign, tmp_path)
    handed_in = course / "handed-in"
    handed_in.mkdir()
    for folder in ("anna-7", "ben-4"):
        (course / "unit-3" / folder).rename(handed_in / folder)
    key = (course / "secret.txt").read_text(encoding="utf-8").strip()
    for path in (handed_in / "anna-7").iterdir():
        _answer_all(path, key, "anna-7")
    _command(grade, tmp_path)

    with (course / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["learner"]: row for row in csv.DictReader(file)}
    assert list(rows) == ["anna-7", "ben-4", "chi-9"]
    assigned = [name for name in rows["anna-7"] if name in catalogue()]
    full = sum(catalogue()[id].points for id in assigned)
    code = sum(
        catalogue()[id].points
        for id in assigned
        if catalogue()[id].variant(0).question.kind == "code"
    )
    assert float(rows["anna-7"]["maximum"]) == full
    assert float(rows["anna-7"]["total"]) == full - code > 0
    assert float(rows["ben-4"]["total"]) == 0
    assert rows["chi-9"]["status"] == "missing"
    assert {p.stem for p in (course / "feedback").iterdir()} == set(rows)
    assert (course / "canvas.csv").exists()
    assert (course / "moodle.csv").exists()


def test_the_guide_names_only_exercises_and_options_that_exist() -> None:
    help_text = "".join(
        subprocess.run(
            [sys.executable, "-m", "mechanisms", command, "--help"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for command in ("assign", "grade")
    )
    for option in set(re.findall(r"(?<![\w-])--[a-z]+", GUIDE)):
        assert option in help_text, option
    for id in re.findall(r"--items ([a-z0-9,-]+)", GUIDE)[0].split(","):
        assert id in catalogue()
