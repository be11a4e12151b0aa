"""A class graded on a Dask cluster gets the same grades as here."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import distributed
import pytest
from hostile.course import FULL, QUITS, Course

LEARNERS = ["ann-1", "bob-2", "cy-3", "di-4"]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as found:
        yield found


@pytest.fixture
def course(tmp_path: Path) -> Course:
    found = Course(tmp_path / "course", LEARNERS)
    found.hand_in("ann.ipynb", found.solved("ann-1"))
    found.hand_in("bob.ipynb", found.solved("bob-2", exam_decay=QUITS))
    found.hand_in("cy.ipynb", found.solved("cy-3", exam_dose="answer = 1"))
    found.hand_in("broken.ipynb", b"{")
    return found


def test_two_workers_give_the_bytes_of_this_machine(cluster: Any, course: Course) -> None:
    pages = [str(course.folder / name) for name in ("here", "there")]
    assert course.grade("--feedback", pages[0], "--jobs", "1", out="here/g.csv") == 1
    address = str(cluster.scheduler_address)
    assert course.grade("--feedback", pages[1], "--dask", address, out="there/g.csv") == 1
    assert float(course.rows("there/g.csv")["ann-1"]["total"]) == FULL
    here, there = (
        {
            p.relative_to(course.folder / name): p.read_bytes()
            for p in (course.folder / name).iterdir()
            if p.is_file()
        }
        for name in ("here", "there")
    )
    assert len(here) == 3 + len(LEARNERS)
    assert here == there


def test_nobody_at_the_address(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    # A port that nothing listens on; the real wait is 15 s.
    from mechanisms.exercises.grading import workers

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "DASK_ANSWERS", 1)
        assert course.grade("--dask", "tcp://127.0.0.1:9") == 2
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in capsys.readouterr().err


def test_without_distributed_the_error_says_what_to_install(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert course.grade("--dask", "tcp://127.0.0.1:9") == 2
    assert "pip install 'mechanisms[dask]'" in capsys.readouterr().err


def test_workers_with_another_edition_are_refused(
    cluster: Any, course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    from mechanisms.exercises.grading import workers

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "edition", _other_edition)
        assert course.grade("--dask", str(cluster.scheduler_address)) == 2
    assert "same edition of mechanisms" in capsys.readouterr().err


def _other_edition() -> str:
    import os

    return f"edition of process {os.getpid()}"
