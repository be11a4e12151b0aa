"""Grading a class: what counts, what is remembered, and what a broken machine does to it."""

import json
import os
import shutil
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hostile.course import EXAM, FULL, QUITS, SECRET, SOLUTION, Course, cells_of

from mechanisms.exercises import Choice, Code, Numeric, Setting
from mechanisms.exercises.grading import batch, cli, marking, sandbox, workers
from mechanisms.exercises.grading.marking import NOT_GRADED, RIGHT, Rules
from mechanisms.exercises.grading.private import all_items
from mechanisms.exercises.grading.roster import Learner
from mechanisms.exercises.grading.sandbox import Isolation
from mechanisms.exercises.grading.sources import find, name_order
from mechanisms.exercises.grading.state import State
from mechanisms.exercises.grading.workers import LocalWorkers, Lost, call_each
from mechanisms.exercises.learner import variant_index

ROOT = Path(__file__).resolve().parents[2]
HANDS_ON = sorted((ROOT / "notebooks" / "hands_on").glob("*.ipynb"))


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return Course(
        tmp_path / "course",
        [
            {"learner": "ann-1", "name": "Ann Lee", "email": "ann@x.example", "canvas_id": "4711"},
            {"learner": "bob-2", "name": "Bob O'Brien", "canvas_id": "4712"},
            {"learner": "cy-3", "name": "Cy", "canvas_id": "4713"},
        ],
    )


# --- the plain way ----------------------------------------------------------------------------


def test_right_wrong_and_nothing(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    course.hand_in("ann.ipynb", course.solved("ann-1"))
    target = float(course.answers("bob-2")["exam-dose"].split()[-1])
    weight = next(
        v
        for k, v in all_items(EXAM.read_text(encoding="utf-8"))["exam-dose"]
        .for_credit(SECRET, "bob-2")
        .numbers.items()
        if k == "weight"
    )
    # The slip that the item knows: a dose per kilogram.
    course.hand_in("bob.ipynb", course.solved("bob-2", exam_dose=f"answer = {target / weight}"))
    pages = course.folder / "pages"
    assert course.grade("--feedback", str(pages)) == 0
    rows = course.rows()
    assert [(r["status"], r["total"], r["maximum"]) for r in rows.values()] == [
        ("graded", "11", "11"),
        ("graded", "8", "11"),
        ("missing", "0", "11"),
    ]
    assert rows["bob-2"]["exam-dose"] == "0"
    assert rows["cy-3"]["reason"] == "no notebook for credit counts"
    assert rows["ann-1"]["percent"] == "100"
    bob = (pages / "bob-2.html").read_text(encoding="utf-8")
    assert "Per kilogram: whose kilograms?" in bob
    assert "Bob O&#39;Brien" in bob
    assert "<strong>8</strong> of 11 points" in bob
    said = capsys.readouterr()
    assert "Learners: 3 (2 graded, 1 missing)" in said.out
    assert f"Code ran in: {_where()}" in said.out
    assert said.err == ""  # no progress bar but on a terminal
    assert SECRET not in said.out


def _where() -> str:
    return sandbox.isolation().name if sandbox.isolation() else "none (--unsafe)"


@pytest.mark.parametrize("path", HANDS_ON, ids=lambda p: p.stem)
def test_the_answers_to_the_hands_on_notebooks_earn_their_points(
    tmp_path: Path, path: Path
) -> None:
    """Each choice, number and setting, answered right in the notebook; functions are left out."""
    learner = "kiwi-4821"
    roster = tmp_path / "roster.csv"
    roster.write_text(f"learner\n{learner}\n", encoding="utf-8")
    common = ["--secret", SECRET, "--roster", str(roster)]
    assert cli.main(["assign", str(path), *common, "--out", str(tmp_path / "out")]) == 0
    (made,) = (tmp_path / "out").rglob("*.ipynb")
    notebook = json.loads(made.read_text(encoding="utf-8"))
    items, expected = all_items(), 0
    for id, _ in notebook["metadata"]["mechanisms"]["items"]:
        question = items[id].for_credit(SECRET, learner).question
        if isinstance(question, (Choice, Numeric, Setting)):
            (cell,) = cells_of(notebook, id)
            cell["source"] = f"answer = {question.key_answer()!r}"
            expected += items[id].points
    marks = marking.mark(json.dumps(notebook).encode(), Rules(SECRET))
    assert expected > 0
    assert sum(m.points for m in marks) == expected
    assert {m.status for m in marks} <= {"right", "unanswered"}


# --- which one counts, and whose it is ---------------------------------------------------------


def test_the_last_in_the_order_of_names_counts(course: Course) -> None:
    course.hand_in("work-2.ipynb", course.solved("ann-1"))
    course.hand_in("work-10.ipynb", course.solved("ann-1", exam_dose="answer = 1"))
    course.hand_in("work-11.ipynb", b"broken")
    assert course.grade() == 1
    assert course.rows()["ann-1"]["total"] == "8"
    found = course.submissions()
    assert [found[f"work-{n}.ipynb"]["status"] for n in (2, 10, 11)] == [
        "superseded",
        "counts",
        "refused",
    ]
    assert found["work-2.ipynb"]["reason"].endswith("work-10.ipynb counts instead")


def test_the_order_of_names_is_that_of_people() -> None:
    names = ["b", "a10", "a9", "a-1", "a", "10", "9", "a09b"]
    assert sorted(names, key=name_order) == ["9", "10", "a", "a9", "a09b", "a10", "a-1", "b"]


ROSTER = {
    "ann-1": Learner("ann-1", "Ann Lee", canvas_id="4711"),
    "bob-2": Learner("bob-2", "Bob O'Brien", canvas_id="4712"),
    "cy-3": Learner("cy-3", "Same Name"),
    "di-4": Learner("di-4", "Same Name"),
    "zoe-5": Learner("zoe-5", "Zoë  d'Arc_X"),
}


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("leeann_4711_99_work.ipynb", "ann-1"),
        ("leeann_LATE_4711_99_work-1.ipynb", "ann-1"),
        ("leeann_4711_99_obrien_4712_98_work.ipynb", "ann-1"),
        ("nobody_1_2_work.ipynb", ""),
        ("Ann Lee_55_assignsubmission_file_/work.ipynb", "ann-1"),
        ("Bob O'Brien_55_assignsubmission_file/work.ipynb", "bob-2"),
        ("Ann Lee_55_assignsubmission_file_Bob O'Brien_56_assignsubmission_file_x.ipynb", "ann-1"),
        ("Zoë d'Arc X_55_assignsubmission_file_/work.ipynb", "zoe-5"),
        ("Same Name_55_assignsubmission_file_/work.ipynb", ""),
        ("ann-1/work.ipynb", "ann-1"),
        ("ANN-1.zip/work.ipynb", "ann-1"),
        ("ann-1/bob-2/work.ipynb", "ann-1"),
        ("leeann_4711_99_work.zip/bob-2/work.ipynb", "ann-1"),
        ("work-ann-1.ipynb", ""),
        ("work.ipynb", ""),
    ],
)
def test_platforms_say_whose_upload_it_is(path: str, owner: str) -> None:
    assert batch.owner_of(path.split("/"), ROSTER) == owner


def test_downloads_of_both_platforms_are_graded_as_they_are(course: Course) -> None:
    canvas = course.handed_in / "submissions.zip"
    with zipfile.ZipFile(canvas, "w") as file:
        file.writestr("leeann_4711_99_work.ipynb", json.dumps(course.solved("ann-1")))
        file.writestr("obrien_4712_98_stolen.ipynb", json.dumps(course.solved("ann-1")))
        file.writestr("__MACOSX/._leeann_4711_99_work.ipynb", b"\0")
    folder = "Cy_31_assignsubmission_file_"
    course.hand_in(f"moodle/{folder}/work.ipynb", course.solved("cy-3"))
    course.hand_in(f"moodle/{folder}/.ipynb_checkpoints/work.ipynb", course.solved("cy-3"))
    assert course.grade() == 1
    assert [row["total"] for row in course.rows().values()] == ["11", "0", "11"]
    found = course.submissions()
    stolen = found["submissions.zip/obrien_4712_98_stolen.ipynb"]
    assert (stolen["status"], stolen["reason"]) == (
        "refused",
        "belongs to ann-1, but bob-2 handed it in",
    )
    assert "bob-2 handed it in" in course.rows()["bob-2"]["reason"]
    assert sorted(row["status"] for row in found.values()) == [
        "counts", "counts", "refused", "skipped", "skipped",
    ]  # fmt: skip


def test_work_for_another_assignment_is_left_out(course: Course) -> None:
    items = ["--items", "exam-dose,exam-choice"]
    course.assigned = course.folder / "week-5"
    assert course.run("assign", *items, "--out", str(course.assigned)) == 0
    old = course.notebook("ann-1")
    course.assigned = course.folder / "week-3"
    course.hand_in("a.ipynb", course.solved("ann-1"))
    course.hand_in("b.ipynb", course.solved("bob-2"))
    for i in range(5):
        course.hand_in(f"old-{i}.ipynb", old)
    assert course.grade() == 1
    assert [row["total"] for row in course.rows().values()] == ["11", "11", "0"]
    reason = course.submissions()["old-0.ipynb"]["reason"]
    assert reason == "belongs to the assignment 'week-5', not to 'week-3'"
    assert course.grade("--name", "week-5") == 1
    assert [row["maximum"] for row in course.rows().values()] == ["5", "5", "5"]


def test_one_scenario_of_two_is_a_part(tmp_path: Path, course: Course) -> None:
    for stem, item in (("one", "exam-dose"), ("two", "exam-choice")):
        cell = {
            "cell_type": "code",
            "id": "a",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": f'Exercise("{item}")',
        }
        notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
        (tmp_path / f"{stem}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    templates = [str(tmp_path / f"{stem}.ipynb") for stem in ("one", "two")]
    answer = course.answers("ann-1")["exam-dose"]
    assert course.run("assign", *templates, "--out", str(course.folder / "both")) == 0
    made = course.folder / "both" / "ann-1" / "one-ann-1.ipynb"
    one = json.loads(made.read_text(encoding="utf-8"))
    cells_of(one, "exam-dose")[0]["source"] = answer
    course.hand_in("one.ipynb", one)
    assert course.grade() == 0
    row = course.rows()["ann-1"]
    assert (row["status"], row["total"], row["maximum"]) == ("partial", "3", "5")
    assert row["reason"] == "nothing handed in for exam-choice"


# --- practice ---------------------------------------------------------------------------------


def _record(learner: str, id: str, answers: list[Any], **changes: Any) -> dict[str, Any]:
    item = all_items(EXAM.read_text(encoding="utf-8"))[id]
    return {
        "item": id,
        "version": item.version,
        "variant": variant_index(learner, id),
        "numbers": item.for_learner(learner).numbers,
        "answers": answers,
        **changes,
    }


def _key(learner: str, id: str) -> Any:
    return (
        all_items(EXAM.read_text(encoding="utf-8"))[id].for_learner(learner).question.key_answer()
    )


def test_practice_is_marked_with_its_attempts_and_counts_for_nothing(course: Course) -> None:
    me = "ann-1"
    key = _key(me, "exam-dose")
    items = [
        _record(me, "exam-dose", ["rubbish", 1.0, key]),  # 3 points: the second of three attempts
        _record(me, "exam-choice", [_key(me, "exam-choice")]),
        _record(me, "exam-setting", [_key(me, "exam-setting")], points=999),
        _record(me, "exam-decay", ["x = 1", SOLUTION]),
        {**_record(me, "exam-dose", [1.0]), "item": "no-such-item"},
    ]
    data = {"format": "retuning-results", "version": 1, "learner": me, "items": items}
    course.hand_in("results.json", data)
    assert course.grade() == 0
    row = course.rows()[me]
    assert (row["status"], row["total"]) == ("missing", "0")
    assert (row["practice"], row["practice maximum"]) == ("10", "11")
    practised = course.rows("grades-practice.csv", "item")
    assert {id: r["points"] for id, r in practised.items()} == {
        "exam-dose": "2", "exam-choice": "2", "exam-setting": "2", "exam-decay": "4",
        "no-such-item": "0",
    }  # fmt: skip


def test_the_last_result_file_counts(course: Course) -> None:
    for n, answer in ((1, _key("ann-1", "exam-dose")), (2, 1.0)):
        items = [_record("ann-1", "exam-dose", [answer])]
        data = {"format": "retuning-results", "version": 1, "learner": "ann-1", "items": items}
        course.hand_in(f"results-{n}.json", data)
    assert course.grade() == 0
    assert course.rows()["ann-1"]["practice"] == "0"


# --- without isolation ------------------------------------------------------------------------


def _no_isolation() -> Isolation:
    return Isolation("none", {"namespaces": "not permitted"})


def test_code_is_not_graded_without_isolation_unless_told(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "isolation", _no_isolation)
    data = json.dumps(course.solved("ann-1")).encode()
    rules = Rules(SECRET, EXAM.read_text(encoding="utf-8"))
    marks = {m.item: m for m in marking.mark(data, rules)}
    assert (marks["exam-decay"].status, marks["exam-decay"].points) == (NOT_GRADED, 0)
    assert "no" in marks["exam-decay"].feedback
    assert marks["exam-dose"].status == RIGHT
    unsafe = {m.item: m for m in marking.mark(data, replace(rules, unsafe=True))}
    assert (unsafe["exam-decay"].status, unsafe["exam-decay"].isolation) == (
        RIGHT,
        "none (--unsafe)",
    )


class Here(LocalWorkers):
    """Calls made at once, in this process, where a test can replace things."""

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        from concurrent.futures import Future

        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future


def test_a_grade_that_is_open_has_no_total_and_is_not_remembered(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "LocalWorkers", Here)
    course.hand_in("ann.ipynb", course.solved("ann-1"))
    canvas = course.folder / "canvas.csv"
    with monkeypatch.context() as patch:
        patch.setattr(sandbox, "isolation", _no_isolation)
        patch.setattr(course, "unsafe", False)
        assert course.grade("--canvas", str(canvas)) == 1
    row = course.rows()["ann-1"]
    assert (row["status"], row["total"], row["exam-decay"]) == ("open", "", "")
    assert canvas.read_text(encoding="utf-8").splitlines()[2].endswith(",")
    said = capsys.readouterr().out
    assert "Still open" in said
    assert "no isolation here (namespaces: not permitted)" in said
    assert course.grade() == 0
    assert course.rows()["ann-1"]["total"] == "11"


# --- determinism and resuming -------------------------------------------------------------------


def _tables(course: Course) -> dict[str, bytes]:
    found = [*course.folder.glob("grades*.csv"), *(course.folder / "pages").glob("*")]
    return {p.name: p.read_bytes() for p in found}


def test_the_number_of_workers_changes_no_byte(course: Course) -> None:
    course.hand_in("ann.ipynb", course.solved("ann-1"))
    course.hand_in("bob.ipynb", course.solved("bob-2", exam_decay=QUITS))
    course.hand_in("cy.ipynb", course.solved("cy-3", exam_decay="import os\nos._exit(0)\n"))
    pages = ["--feedback", str(course.folder / "pages")]
    assert course.grade("--jobs", "1", *pages) == 0
    first = _tables(course)
    assert len(first) == 6
    assert course.grade("--jobs", "3", "--fresh", *pages) == 0
    assert _tables(course) == first


def test_an_interrupted_run_goes_on_where_it_stopped(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "LocalWorkers", Here)
    for name, learner in (("a", "ann-1"), ("b", "bob-2"), ("c", "cy-3")):
        course.hand_in(f"{name}.ipynb", course.solved(learner))
    marked: list[str] = []
    mark, put = marking.mark, State.put

    def counted(data: bytes, rules: Rules) -> Any:
        marked.append(json.loads(data)["metadata"]["mechanisms"]["learner"])
        return mark(data, rules)

    def stops(self: State, data: bytes, marks: Any) -> None:
        put(self, data, marks)
        if len(list(self.folder.iterdir())) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(marking, "mark", counted)
    with monkeypatch.context() as patch:
        patch.setattr(State, "put", stops)
        assert course.grade() == 130
    assert "goes on from here" in capsys.readouterr().err
    assert not (course.folder / "grades.csv").exists()
    before = set(marked)
    state = course.folder / "grades.csv.state"
    assert len(list(state.iterdir())) == 2
    marked.clear()
    assert course.grade() == 0
    assert len(marked) == 1
    assert [row["total"] for row in course.rows().values()] == ["11"] * 3
    first = (course.folder / "grades.csv").read_bytes()
    # All of it is remembered; a damaged memory is made anew; --fresh forgets.
    for damage, options, again in (
        (None, [], 0),
        (b"[{", [], 3),
        (b"[{}]", [], 3),
        (None, ["--fresh"], 3),
    ):
        marked.clear()
        for path in state.iterdir() if damage else ():
            path.write_bytes(damage or b"")
        assert course.grade(*options) == 0
        assert len(marked) == again
        assert (course.folder / "grades.csv").read_bytes() == first
    assert before <= {"ann-1", "bob-2", "cy-3"}


def test_what_is_remembered_depends_on_everything_that_matters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = Rules(SECRET, "x = 1")
    mark = marking.ItemMark("i", RIGHT, 2.0, 2.0, given=(("a", "b"),), options=("x", "y"))
    State(tmp_path, rules).put(b"data", [mark])
    assert State(tmp_path, rules).get(b"data") == [mark]
    assert State(tmp_path, rules).get(b"other") is None
    for changed in (
        replace(rules, secret=SECRET[::-1]),
        replace(rules, private=""),
        replace(rules, unsafe=True),
        replace(rules, limits=sandbox.Limits(seconds=3)),
    ):
        assert State(tmp_path, changed).get(b"data") is None
    monkeypatch.setattr("mechanisms.exercises.grading.state.edition", lambda: "newer")
    assert State(tmp_path, rules).get(b"data") is None
    text = "".join(p.name + p.read_text(encoding="utf-8") for p in tmp_path.iterdir())
    assert SECRET not in text


def test_the_graders_own_files_are_not_submissions(course: Course) -> None:
    course.hand_in("ann.ipynb", course.solved("ann-1"))
    here = course.handed_in
    roster = here / "roster.csv"
    shutil.copy(course.roster, roster)
    secret = here / "secret.txt"
    secret.write_text(SECRET, encoding="utf-8")
    own = ["--out", str(here / "grades.csv"), "--feedback", str(here / "pages")]
    own += ["--canvas", str(here / "canvas.csv"), "--moodle", str(here / "moodle.csv")]
    options = ["--secret", f"@{secret}", "--roster", str(roster), "--private", str(EXAM), *own]
    for _ in range(2):
        assert cli.main(["grade", str(here), *options]) in (0, 1)
        text = (here / "grades-submissions.csv").read_text(encoding="utf-8")
        assert len(text.splitlines()) == 2
        assert SECRET not in text


# --- usage ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--jobs", "0"], "--jobs must be at least 1"),
        (["--seconds", "0"], "--seconds 0.1 to 3600"),
    ],
)
def test_what_cannot_run_says_why(
    course: Course, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert course.grade(*options) == 2
    assert said in capsys.readouterr().err
    assert not (course.folder / "grades.csv").exists()


def test_a_folder_that_is_not_there_is_an_error(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    course.handed_in = course.folder / "no-such-folder"
    assert course.grade() == 2
    assert "no-such-folder" in capsys.readouterr().err


def test_an_empty_folder_gives_a_row_for_everybody(course: Course) -> None:
    assert course.grade() == 0
    assert [row["status"] for row in course.rows().values()] == ["missing"] * 3


def test_a_file_that_cannot_be_opened_has_a_row(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = course.hand_in("ann.ipynb", course.solved("ann-1"))
    opened = os.open

    def refuse(name: Any, *rest: Any) -> int:
        if Path(os.fsdecode(name)) == path:
            raise PermissionError(13, "Permission denied")
        return opened(name, *rest)

    (source,) = find([course.handed_in])
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ValueError, match="cannot be opened: Permission denied"):
        source.read()


# --- workers that fail ------------------------------------------------------------------------


def _fragile(place: int) -> int:
    if place == 3:
        os._exit(1)
    if place == 5:
        threading.Event().wait()
    if place == 7:
        raise RuntimeError("odd")
    return 10 * place


def test_a_worker_that_dies_or_hangs_takes_nothing_with_it() -> None:
    pool = LocalWorkers(2, patience=5)
    started = time.monotonic()
    try:
        found = dict(call_each(pool, _fragile, 12, lambda place: (place,)))
    finally:
        pool.close()
    assert time.monotonic() - started < 60
    assert set(found) == set(range(12))
    lost = {place: result for place, result in found.items() if isinstance(result, Lost)}
    assert set(lost) == {3, 5, 7}
    assert lost[7].reason == "RuntimeError"
    assert {p: r for p, r in found.items() if p not in lost} == {
        p: 10 * p for p in range(12) if p not in lost
    }


class Silent(Here):
    """A cluster that takes calls and answers none."""

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        from concurrent.futures import Future

        return Future()


def test_a_cluster_that_falls_silent_is_given_up() -> None:
    found = dict(call_each(Silent(1, patience=0.1), _fragile, 3, lambda place: (place,)))
    assert {type(result) for result in found.values()} == {Lost}
    assert set(found) == {0, 1, 2}


def test_a_submission_that_kills_its_worker_is_open_and_the_others_are_graded(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dies(Here):
        def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
            if function is marking.mark and b'"learner": "bob-2"' in arguments[0]:
                function = _dies
            return super().submit(function, *arguments)

    monkeypatch.setattr(cli, "LocalWorkers", Dies)
    course.hand_in("ann.ipynb", course.solved("ann-1"))
    course.hand_in("bob.ipynb", course.solved("bob-2"))
    assert course.grade() == 1
    rows = course.rows()
    assert (rows["ann-1"]["total"], rows["bob-2"]["total"]) == ("11", "")
    assert rows["bob-2"]["status"] == "open"
    found = course.submissions()["bob.ipynb"]
    assert found["reason"] == "could not be graded: the grader died over it (BrokenExecutor)"


def _dies(*_: Any) -> None:
    from concurrent.futures import BrokenExecutor

    raise BrokenExecutor


def test_a_model_kept_busy_by_an_answer_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    items = all_items(EXAM.read_text(encoding="utf-8"))
    question = items["exam-setting"].for_credit(SECRET, "ann-1").question
    assert isinstance(question, Setting)

    def busy(dose_mg: float, route: str) -> dict[str, float]:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            pass
        return {"Level": 1.0}

    if not hasattr(workers.signal, "setitimer"):
        return  # there the watch over the worker ends it
    started = time.monotonic()
    result = marking._judge(replace(question, model=busy), question.key_answer(), 0.5)
    assert result == "This answer cannot be worked with."
    assert time.monotonic() - started < 10


def test_the_rules_do_not_show_the_secret() -> None:
    assert SECRET not in repr(Rules(SECRET)) + str(Rules(SECRET))


def test_private_items_stay_out_of_the_book() -> None:
    from mechanisms.exercises import catalogue

    assert "exam-dose" in all_items(EXAM.read_text(encoding="utf-8"))
    assert "exam-dose" not in catalogue()


def test_full_marks_are_what_the_items_say() -> None:
    items = all_items(EXAM.read_text(encoding="utf-8"))
    assert sum(i.points for id, i in items.items() if id.startswith("exam-")) == FULL
    question = items["exam-decay"].for_credit(SECRET, "ann-1").question
    assert isinstance(question, Code)
