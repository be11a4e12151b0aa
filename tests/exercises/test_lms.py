"""Grades in tables that Canvas, Moodle and spreadsheets read, and none of them runs."""

import csv
import io
from pathlib import Path

import pytest

from mechanisms.exercises.grading import lms, report, tables
from mechanisms.exercises.grading.report import Result
from mechanisms.exercises.grading.roster import Learner


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3, "3"),
        (2.6666666667, "2.6667"),
        (0.1 + 0.2, "0.3"),
        (-1.5, "-1.5"),
        (1e6, "1000000"),
        (None, ""),
        ("", ""),
        ("Ana", "Ana"),
        ("-Ana", "'-Ana"),
        ("O'Brien", "O'Brien"),
        ("'quoted'", "'quoted'"),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-5", "'-5"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "' =1"),
        ("\r=1", "' =1"),
        ("  =1", "'  =1"),
        ("\uff1d1", "'\uff1d1"),
        ("a;=1", "a;'=1"),
        ('a; "=1', "a; \"'=1"),
        ("two\nlines", "two lines"),
        ("a-b @ c", "a-b @ c"),
        ("5 = 5", "5 = 5"),
        ("nul\0", "nul "),
        ("\udcff", "?"),
    ],
)
def test_a_cell_shows_what_it_is_and_is_no_formula(value: tables.Cell, shown: str) -> None:
    assert tables.safe_cell(value) == shown


def test_a_table_survives_a_round_trip() -> None:
    rows = [['He said "no", then; left', 1.5], ["Zoë 王 🙂", None]]
    read = list(csv.reader(io.StringIO(tables.table(rows))))
    assert read == [['He said "no", then; left', "1.5"], ["Zoë 王 🙂", ""]]


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "new" / "grades.csv"
    tables.write_whole(path, "first")
    with pytest.raises(UnicodeEncodeError):
        tables.write_whole(path, "half \udcff")
    assert path.read_text(encoding="utf-8") == "first"
    assert [p.name for p in path.parent.iterdir()] == ["grades.csv"]


def _result(status: str, total: float | None, **who: str) -> Result:
    return Result(Learner(**who), status, total, 11.0, {}, [], "exam-dose: unclear")


RESULTS = [
    _result(
        report.GRADED,
        7.3333333,
        learner="ann-1",
        name="Ann Lee",
        email="ann@x.example",
        id_number="S-7",
        canvas_id="4711",
        sis_user_id="S7",
        sis_login_id="annlee",
        section="Tuesday",
    ),
    _result(report.PARTIAL, 0.0, learner="bob-2", name="=Bob"),
    _result(report.NOTHING, 0.0, learner="cy-3"),
    _result(report.OPEN, None, learner="di-4"),
]


def test_canvas_gets_the_columns_that_its_importer_looks_for() -> None:
    text = tables.table(lms.canvas_table(RESULTS, "Week 3 (1234)"))
    heading, possible, *rows = csv.reader(io.StringIO(text))
    # As Canvas checks: the first holds Student, the second ID, then both SIS columns in this
    # order, and Section before the assignments.
    assert heading == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Week 3 (1234)"]
    assert "Points Possible" in possible[0]
    assert possible[1:] == ["", "", "", "", "11"]
    assert rows == [
        ["Ann Lee", "4711", "S7", "annlee", "Tuesday", "7.3333"],
        ["'=Bob", "", "", "", "", "0"],
        ["cy-3", "", "", "", "", ""],
        ["di-4", "", "", "", "", ""],
    ]


def test_moodle_gets_a_way_to_know_the_user_and_grade_with_feedback() -> None:
    text = tables.table(lms.moodle_table(RESULTS, "Week 3"))
    heading, *rows = csv.reader(io.StringIO(text))
    assert heading == [
        "Email address", "ID number", "Full name", "Week 3 (Real)", "Week 3 (Feedback)",
    ]  # fmt: skip
    assert rows[0][:4] == ["ann@x.example", "S-7", "Ann Lee", "7.3333"]
    assert rows[0][4] == "7.33 of 11 points. exam-dose: unclear"
    assert [row[3:] for row in rows[2:]] == [["", ""], ["", ""]]
