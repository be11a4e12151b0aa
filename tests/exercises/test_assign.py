"""Notebooks for credit: each learner's own, with nothing in them that gives an answer away."""

import inspect
import json
import os
import re
import stat
import sys
from pathlib import Path

import nbformat
import pytest
from hostile.course import EXAM, ITEMS, SECRET, Course, cells_of

from mechanisms.exercises import Code, Item, Numeric, Setting
from mechanisms.exercises.grading import cli
from mechanisms.exercises.grading.private import all_items

ROOT = Path(__file__).resolve().parents[2]
HANDS_ON = sorted((ROOT / "notebooks" / "hands_on").glob("*.ipynb"))


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return Course(tmp_path / "course", ["ann-1", "bob-2"])


def _exam() -> dict[str, Item]:
    items = all_items(EXAM.read_text(encoding="utf-8"))
    return {id: items[id] for id in ITEMS}


def _roster(folder: Path, *learners: str) -> Path:
    path = folder / "roster.csv"
    path.write_text("\n".join(["learner", *learners]), encoding="utf-8")
    return path


def _assign(folder: Path, *options: str, out: str = "out", secret: str | None = SECRET) -> int:
    given = [] if secret is None else ["--secret", secret]
    roster = ["--roster", str(_roster(folder, "ann-1"))]
    return cli.main(
        ["assign", *options, *given, *roster, "--private", str(EXAM), "--out", str(folder / out)]
    )


def test_each_learner_gets_a_valid_notebook_with_their_own_numbers(course: Course) -> None:
    for learner in course.learners:
        notebook = course.notebook(learner)
        nbformat.validate(nbformat.from_dict(notebook))
        assert [len(cells_of(notebook, item)) for item in ITEMS] == [1, 1, 1, 1]
        assert cells_of(notebook, "exam-dose")[0]["source"] == "answer = None"
        header = notebook["metadata"]["mechanisms"]
        assert (header["assignment"], header["learner"]) == ("week-3", learner)
        assert header["items"] == [[item, 1] for item in ITEMS]
        assert re.fullmatch("[0-9a-f]{64}", header["tag"])
    assert course.answers("ann-1")["exam-dose"] != course.answers("bob-2")["exam-dose"]


def test_the_variants_come_from_the_secret(course: Course, tmp_path: Path) -> None:
    items = _exam()
    text = json.dumps(course.notebook("ann-1"))
    given = items["exam-dose"].for_credit(SECRET, "ann-1").question.given
    assert all(value in text for value in given.values())
    other = Course(tmp_path / "other", ["ann-1"])
    other.assigned = other.folder / "other-secret"
    ids = ",".join(ITEMS)
    other.run("assign", "--items", ids, "--out", str(other.assigned), secret=SECRET[::-1])
    assert other.answers("ann-1")["exam-dose"] != course.answers("ann-1")["exam-dose"]


def test_no_key_hidden_test_or_solution_is_inside(course: Course) -> None:
    for learner in course.learners:
        text = json.dumps(course.notebook(learner), ensure_ascii=False)
        # The sealed tag is random digits and may hold anything.
        text = re.sub(r'"tag": "[0-9a-f]+"', "", text)
        assert SECRET not in text
        assert "SOLUTION" not in text
        for item in _exam().values():
            question = item.for_credit(SECRET, learner).question
            assert question.solution not in text
            assert not any(m.feedback in text for m in question.misconceptions)
            if isinstance(question, Numeric):
                for target in (question.key, *(m.answer for m in question.misconceptions)):
                    assert f"{target:.6g}"[:6] not in text
            elif isinstance(question, Setting):
                assert f"{question.example['dose_mg']:.6g}" not in text
            elif isinstance(question, Code):
                body = inspect.unwrap(question.reference).__code__
                assert body.co_name not in text
                assert "2.718281828459045" not in text
                for case in question.cases:
                    assert f"{case[0]:.8g}" not in text


def test_the_same_call_writes_the_same_bytes(course: Course, tmp_path: Path) -> None:
    ids = ",".join(ITEMS)
    assert course.run("assign", "--items", ids, "--out", str(tmp_path / "again" / "week-3")) == 0
    files = sorted(p for p in course.assigned.rglob("*") if p.is_file())
    assert len(files) == 2
    for path in files:
        other = tmp_path / "again" / "week-3" / path.relative_to(course.assigned)
        assert other.read_bytes() == path.read_bytes()
    # Once more into the same folder: nothing to do, nothing to complain about.
    assert course.run("assign", "--items", ids, "--out", str(course.assigned)) == 0


def test_other_content_is_never_written_over(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    path = course.assigned / "ann-1" / "exercises-ann-1.ipynb"
    path.write_text("work of hours", encoding="utf-8")
    other = course.assigned / "bob-2" / "exercises-bob-2.ipynb"
    other.unlink()
    assert course.run("assign", "--items", ",".join(ITEMS), "--out", str(course.assigned)) == 2
    assert "other content" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == "work of hours"
    assert not other.exists()  # all or nothing


# --- templates --------------------------------------------------------------------------------


def _template(folder: Path, *cells: tuple[str, str, list[str]]) -> Path:
    notebook = nbformat.v4.new_notebook()
    for i, (kind, source, tags) in enumerate(cells):
        make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
        notebook.cells.append(make(source, id=f"cell-{i}", metadata={"tags": tags} if tags else {}))
    path = folder / "scenario.ipynb"
    nbformat.write(notebook, path)
    return path


def test_a_template_keeps_all_but_its_exercises(tmp_path: Path) -> None:
    template = _template(
        tmp_path,
        ("markdown", "# Scenario", []),
        ("code", "from mechanisms.exercises import Exercise\nx = 1", []),
        ("code", 'Exercise("exam-dose")', ["remove-input"]),
        ("markdown", "In between *x*", []),
        ("code", 'Exercise("exam-decay")', ["remove-input"]),
        ("code", "def decay(): ...", ["starter"]),
        ("code", "LiveFigure(x)", []),
    )
    assert _assign(tmp_path, str(template)) == 0
    found = json.loads((tmp_path / "out/ann-1/scenario-ann-1.ipynb").read_text(encoding="utf-8"))
    ids = [cell["id"] for cell in found["cells"]]
    assert ids == [
        "cell-0", "assignment", "cell-1", "task-exam-dose", "answer-exam-dose", "cell-3",
        "task-exam-decay", "answer-exam-decay", "cell-6",
    ]  # fmt: skip
    assert "".join(found["cells"][7]["source"]).startswith("def decay(amount_mg, k_per_h, hours):")
    assert "\\<b\\>No tags.\\</b\\> \\$x\\_1\\$" in "".join(found["cells"][3]["source"])


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ('Exercise("no-such-item")', "there is no item 'no-such-item'"),
        ('x = 1\nExercise("exam-dose")', "a cell of its own"),
        ("Exercise(which)", "is shown as"),
        ("Exercise(", "is not Python"),
        ("x = 1", "shows no exercise"),
    ],
)
def test_a_template_that_cannot_be_assigned_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], cell: str, said: str
) -> None:
    assert _assign(tmp_path, str(_template(tmp_path, ("code", cell, [])))) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--items", "exam-dose,nothing"], "no item 'nothing'"),
        (["--items", ","], "no item ''"),
        (["--items", "exam-dose,exam-dose"], "'exam-dose' occurs twice"),
        (["scenario.ipynb", "--items", "exam-dose"], "not both"),
        (["no-such-file.ipynb"], "cannot be read"),
    ],
)
def test_wrong_usage_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert _assign(tmp_path, *options) == 2
    assert said in capsys.readouterr().err


def test_private_items_that_do_not_load_are_an_error_not_a_crash(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    private = tmp_path / "mine.py"
    private.write_text("1 / 0", encoding="utf-8")
    roster = str(_roster(tmp_path, "ann-1"))
    options = ["--secret", SECRET, "--roster", roster, "--out", str(tmp_path / "out")]
    assert cli.main(["assign", "--items", "x", "--private", str(private), *options]) == 2
    assert "ZeroDivisionError" in capsys.readouterr().err


@pytest.mark.parametrize("path", HANDS_ON, ids=lambda p: p.stem)
def test_the_hands_on_notebooks_are_templates(tmp_path: Path, path: Path) -> None:
    source = json.loads(path.read_text(encoding="utf-8"))
    shown = re.findall(r'Exercise\("([a-z0-9-]+)"\)', json.dumps(source).replace('\\"', '"'))
    assert shown
    assert _assign(tmp_path, str(path)) == 0
    (made,) = (tmp_path / "out").rglob("*.ipynb")
    notebook = json.loads(made.read_text(encoding="utf-8"))
    assert [id for id, _ in notebook["metadata"]["mechanisms"]["items"]] == shown
    assert [len(cells_of(notebook, id)) for id in shown] == [1] * len(shown)
    text = json.dumps(notebook, ensure_ascii=False)
    items = all_items()
    for id in shown:
        question = items[id].for_credit(SECRET, "ann-1").question
        assert json.dumps(question.solution, ensure_ascii=False)[1:-1] not in text
        for slip in question.misconceptions:
            assert json.dumps(slip.feedback, ensure_ascii=False)[1:-1] not in text
        if isinstance(question, Numeric) and question.key != round(question.key, 4):
            assert repr(question.key) not in text
        if isinstance(question, Code):
            (cell,) = cells_of(notebook, id)
            assert "".join(cell["source"]) == question.starter


# --- the secret -------------------------------------------------------------------------------


def test_a_secret_is_made_once_and_never_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "secret.txt"
    assert cli.main(["secret", str(path)]) == 0
    secret = path.read_text(encoding="ascii").strip()
    assert len(secret) >= 32
    if sys.platform != "win32":
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert cli.main(["secret", str(path)]) == 2
    assert path.read_text(encoding="ascii").strip() == secret
    assert _assign(tmp_path, "--items", "exam-dose", secret=f"@{path}") == 0
    shown = capsys.readouterr()
    assert secret not in shown.out + shown.err
    made = (tmp_path / "out/ann-1/exercises-ann-1.ipynb").read_text(encoding="utf-8")
    assert secret not in made


def test_the_three_ways_to_give_a_secret_are_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret.txt"
    path.write_text(f"{SECRET}\n", encoding="utf-8")
    monkeypatch.setenv("MECHANISMS_SECRET", SECRET)
    for out, secret in (("text", SECRET), ("file", f"@{path}"), ("environment", None)):
        options = ["--items", "exam-dose", "--name", "same"]
        assert _assign(tmp_path, *options, out=out, secret=secret) == 0
    made = {p.read_bytes() for p in tmp_path.rglob("exercises-*.ipynb")}
    assert len(made) == 1


@pytest.mark.parametrize("secret", ["short", " fifteen-letters ", "@no-such-file", None])
def test_a_weak_or_missing_secret_is_refused_unseen(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    secret: str | None,
) -> None:
    monkeypatch.delenv("MECHANISMS_SECRET", raising=False)
    assert _assign(tmp_path, "--items", "exam-dose", secret=secret) == 2
    said = capsys.readouterr().err
    assert "secret" in said
    assert "cannot be read" in said or "mechanisms secret FILE" in said
    if secret and not secret.startswith("@"):
        assert secret.strip() not in said
    assert not (tmp_path / "out").exists()


# --- the roster -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"name\nAnn\n", "one column 'learner'"),
        (b"", "one column 'learner'"),
        (b"learner\n", "names nobody"),
        (b"learner\nann-1\nANN-1\n", "line 3: 'ann-1' is there twice"),
        (b"learner\nann-1\n../../etc\n", "line 3: the learner code must be"),
        (b"learner,name\n=1+1,x\n", "line 2: the learner code must be"),
        ("learner\nann-1\n".encode("utf-16"), "UTF-8"),
        (b"learner\n\xff\xfe\n", "UTF-8"),
    ],
)
def test_a_roster_that_cannot_be_used_is_named_by_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, said: str
) -> None:
    path = tmp_path / "class.csv"
    path.write_bytes(content)
    options = ["--secret", SECRET, "--private", str(EXAM), "--out", str(tmp_path / "out")]
    status = cli.main(["assign", "--items", "exam-dose", "--roster", str(path), *options])
    assert status == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_roster_may_come_from_any_spreadsheet(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "class.csv"
    lines = [["Name", "Learner", "E-mail"], ["Ann", "Ann-1", "a@x.example"], ["", "", ""]]
    text = "\r\n".join(separator.join(line) for line in lines)
    path.write_bytes(text.encode("utf-8-sig"))
    options = ["--secret", SECRET, "--private", str(EXAM), "--out", str(tmp_path / "out")]
    assert cli.main(["assign", "--items", "exam-dose", "--roster", str(path), *options]) == 0
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["ann-1"]
