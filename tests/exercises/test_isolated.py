"""Where nothing isolates, no attack is written and none is run; the report says so."""

import os
import subprocess
import sys
from pathlib import Path

import isolated
import pytest
from hostile.course import Course

from mechanisms.exercises.grading import sandbox

HERE = Path(__file__).resolve().parent
# A plugin of pytest that makes this machine one without isolation, under another system's name.
ELSEWHERE = """
import types

def pytest_configure():
    import isolated
    from mechanisms.exercises.grading import sandbox

    isolated.sys = types.SimpleNamespace(platform="darwin")
    sandbox.isolation = lambda: sandbox.Isolation("none", {"namespaces": "needs Linux"})
"""


@pytest.fixture
def nothing_isolates(monkeypatch: pytest.MonkeyPatch) -> None:
    found = sandbox.Isolation("none", {"namespaces": "not permitted"})
    monkeypatch.setattr(sandbox, "isolation", lambda: found)


@pytest.mark.parametrize(
    ("system", "outcome"),
    [("linux", pytest.fail.Exception), ("darwin", pytest.skip.Exception)],
)
def test_a_skip_is_a_failure_on_linux(
    nothing_isolates: None,
    monkeypatch: pytest.MonkeyPatch,
    system: str,
    outcome: type[BaseException],
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    with pytest.raises(outcome, match="no isolation: namespaces: not permitted"):
        isolated.need_isolation()


def test_no_course_takes_attacks_without_isolation(nothing_isolates: None, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="not written where nothing isolates"):
        Course(tmp_path / "hostile", ["ann-1"], hostile=True)
    course = Course(tmp_path / "honest", ["ann-1"])
    assert course.unsafe
    with pytest.raises(RuntimeError, match="only a hostile course"):
        course.attack("ann-1", "def decay(): ...")
    course.hostile = True  # somebody gets round the first two
    with pytest.raises(RuntimeError, match="never run with --unsafe"):
        course.grade()
    assert not list(tmp_path.rglob("hostile")) + list(course.handed_in.iterdir())


def test_without_isolation_every_hostile_test_is_skipped(tmp_path: Path) -> None:
    users = {p.name for p in HERE.glob("test_*.py") if "hostile.attacks" in p.read_text("utf-8")}
    users.discard(Path(__file__).name)
    assert users == {"test_hostile.py", "test_sandbox.py"}
    (tmp_path / "elsewhere.py").write_text(ELSEWHERE, encoding="utf-8")
    made = tmp_path / "made"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "elsewhere", "-p", "no:cacheprovider"]
    ran = subprocess.run(
        [*command, f"--basetemp={made}", *(str(HERE / name) for name in sorted(users))],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    said = ran.stdout + ran.stderr
    assert ran.returncode == 0, said
    assert "no isolation: namespaces: needs Linux" in said
    assert " skipped" in said.splitlines()[-1], said
    assert not any(word in said.splitlines()[-1] for word in (" passed", " failed")), said
    assert not list(made.rglob("*.ipynb"))
