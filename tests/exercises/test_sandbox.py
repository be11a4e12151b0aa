"""Learner code runs apart, and its values come back as they are."""

import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from pathlib import Path

import pytest
from hostile.attacks import ATTACKS
from hostile.course import SOLUTION
from patience import soon

import mechanisms
from mechanisms.exercises.grading import sandbox, seccomp
from mechanisms.exercises.grading.sandbox import Limits, SandboxError, Values

pytestmark = pytest.mark.usefixtures("isolation")

KINDS = ["namespaces", *(["bubblewrap"] if shutil.which("bwrap") else [])]
CASES = [[50.0, 0.1387, [0.0, 1.5, 7.25]], [80.0, 0.1387, [1.0]]]
SHORT = Limits(seconds=1, spare=2)


@pytest.fixture(params=KINDS)
def how(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_this_machine_isolates() -> None:
    found = sandbox.isolation()
    assert found, found.why_not
    assert found.name == ("bubblewrap" if shutil.which("bwrap") else "namespaces")


def test_nothing_gets_out(how: str) -> None:
    assert sandbox.holes(how) == []


def test_the_trial_notices_when_isolation_is_off() -> None:
    assert {
        "read a file of the grader",
        "write outside its folder",
        "read the package",
        "see other processes",
        "signal the grader",
        "see the system's files",
    } <= set(sandbox.holes("none"))


def test_a_planted_file_is_read_without_isolation_and_not_with_it(how: str, tmp_path: Path) -> None:
    planted = tmp_path / "planted"
    planted.write_text("4321", encoding="ascii")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        os.chmod(folder, 0o755)
    source = f"def spy(): return float(open({str(planted)!r}).read())"
    assert sandbox.run(source, "spy", [[]], how="none").values == [4321.0]
    found = sandbox.run(source, "spy", [[]], how=how)
    assert (found.values, "FileNotFoundError" in found.fault) == ([], True)


def test_values_are_those_of_the_learners_own_kernel(how: str) -> None:
    space: dict[str, object] = {}
    exec(SOLUTION, space)
    here = [space["decay"](*case) for case in CASES]  # type: ignore[operator]
    assert sandbox.run(SOLUTION, "decay", CASES, how=how) == Values(here)


def test_numpy_is_there_and_arrays_come_back_as_lists(how: str) -> None:
    source = """
    import numpy as np
    def decay(amount_mg, k_per_h, hours):
        print("noise on the standard output")
        return amount_mg * np.exp(-k_per_h * np.asarray(hours))
    """
    found = sandbox.run(textwrap.dedent(source), "decay", CASES, how=how)
    assert found.fault == ""
    assert [len(v) for v in found.values] == [3, 1]
    assert found.values[0][0] == 50.0
    assert 18.0 < found.values[0][2] < 18.5  # 50 / e


def test_np_and_math_need_no_import(how: str) -> None:
    source = "def f(x): return np.float64(x) + math.pi"
    assert sandbox.run(source, "f", [[1]], how=how).values == pytest.approx([4.14159265])


def test_only_numpy_is_installed(how: str) -> None:
    source = "def f(name): __import__(name); return 1"
    names = ["numpy", "json", "scipy", "pandas", "matplotlib", "mechanisms", "pip"]
    found = [sandbox.run(source, "f", [[name]], how=how).values == [1.0] for name in names]
    assert found == [True, True, False, False, False, False, False]


def test_cases_share_a_process_and_items_do_not(how: str) -> None:
    source = "seen = []\ndef f(x):\n    seen.append(x)\n    return len(seen)"
    for _ in range(2):
        assert sandbox.run(source, "f", [[1], [1]], how=how).values == [1.0, 2.0]


def test_each_run_has_a_folder_of_its_own_that_starts_empty(how: str) -> None:
    source = """
    import os, tempfile
    def f(x):
        before = len(os.listdir("."))
        open("mine", "w").write("x")
        tempfile.NamedTemporaryFile(delete=False).close()
        return before
    """
    for _ in range(2):
        assert sandbox.run(textwrap.dedent(source), "f", [[1]], how=how).values == [0.0]


def test_root_is_given_up(how: str) -> None:
    found = sandbox.run("import os\ndef f(): return os.getuid()", "f", [[]], how=how)
    assert found.values[0] not in (0.0, float(os.getuid()))


CHOSEN = [
    "steal-planted", "write-outside", "network", "import-by-path", "fork-bomb-quiet",
    "thread-bomb", "two-gigabytes", "shared-memory", "fill-own-folder", "kill-all", "kill-grader",
    "trace-parent", "new-namespace", "root-again", "chmod-device", "endless-frame", "giant-list",
]  # fmt: skip


def test_attacks_leave_no_trace(how: str, tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o777)
    (tmp_path / "planted").write_text("secret", encoding="ascii")
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        fields = {
            "planted": tmp_path / "planted",
            "folder": tmp_path,
            "port": server.getsockname()[1],
            "package": Path(mechanisms.__file__).parent,
            "pid": os.getpid(),
        }
        for name in CHOSEN:
            source = ATTACKS[name].format(**fields)
            found = sandbox.run(source, "decay", CASES, how=how, limits=SHORT)
            honest = [v for v in found.values if v not in ([0.0] * 3, [0.0])]
            assert not honest, name
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert [p.name for p in tmp_path.iterdir()] == ["planted"]


@pytest.mark.parametrize("name", ["sleep", "stop-itself", "ignore-signals"])
def test_the_clock_ends_it_and_nothing_stays_behind(
    how: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = f"sandbox-test-{os.getpid()}-{name}-{how}"
    monkeypatch.setitem(sandbox.ENVIRONMENT, "MARK", mark)
    started = time.monotonic()
    found = sandbox.run(ATTACKS[name], "decay", CASES, how=how, limits=Limits(0.5, 1))
    assert time.monotonic() - started < 10
    assert found == Values(fault="it gave none within 0.5 s")
    assert soon(lambda: not _marked(mark), 5)  # the kernel takes a moment to bury them


def _holds(path: Path, mark: str) -> bool:
    try:
        return mark.encode() in path.read_bytes()
    except OSError:
        return False


def test_the_grader_killed_outright_takes_the_sandbox_along(how: str, tmp_path: Path) -> None:
    mark = f"sandbox-orphan-{os.getpid()}-{how}"
    script = f"""
    from mechanisms.exercises.grading import sandbox
    sandbox.ENVIRONMENT["MARK"] = {mark!r}
    sandbox.run({ATTACKS["sleep"]!r}, "decay", {CASES!r}, how={how!r})
    """
    grader = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)])
    assert soon(lambda: any(_is_the_command(p) for p in _marked(mark)), 60)
    grader.kill()
    grader.wait()
    assert soon(lambda: not _marked(mark), 10)


def test_a_keeper_killed_before_it_was_watched_takes_the_jail_along(tmp_path: Path) -> None:
    mark = f"sandbox-keeper-{os.getpid()}"
    *python, jail, text = sandbox._command("namespaces", str(tmp_path), Limits())
    spec = json.loads(text)
    spec["command"] = [*python, "-c", "import time; time.sleep(60)"]
    spec["environment"] = {"MARK": mark}
    slow = f"""
    import os, sys, time
    sys.path.insert(0, {str(Path(jail).parent)!r})
    import jail

    def slowly(set_it=jail.die_with_parent):
        time.sleep(os.getpid() == 1)
        set_it()

    jail.die_with_parent = slowly
    jail.main()
    """
    command = [*python, "-c", textwrap.dedent(slow), json.dumps(spec)]
    keeper = subprocess.Popen(command, env={"MARK": mark})
    assert soon(lambda: len(_marked(mark)) == 2, 60)
    keeper.kill()
    keeper.wait()
    assert soon(lambda: not _marked(mark), 10)


def _marked(mark: str) -> list[Path]:
    return [p.parent for p in Path("/proc").glob("[0-9]*/environ") if _holds(p, mark)]


def _is_the_command(process: Path) -> bool:
    try:
        return (process / "cmdline").read_bytes().endswith(b"/child.py\0")
    except OSError:
        return False


def test_a_sandbox_that_cannot_be_set_up_is_no_fault_of_the_learner(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps = [*sandbox._steps(), ("bind", "/no/such/place", "/no/such/place")]
    monkeypatch.setattr(sandbox, "_steps", lambda: steps)
    with pytest.raises(SandboxError, match=r"namespaces: .*no/such/place"):
        sandbox.run(SOLUTION, "decay", CASES, how="namespaces")


def test_without_isolation_the_reasons_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(how: str) -> list[str]:
        if how == "bubblewrap":
            raise SandboxError("not permitted")
        return ["reach the network"]

    monkeypatch.setattr(sandbox, "holes", refuse)
    found = sandbox.isolation.__wrapped__()
    assert not found
    assert found.why_not == {
        "bubblewrap": "not permitted",
        "namespaces": "learner code could reach the network",
    }


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"how must be .* got 'chroot'"):
        sandbox.run(SOLUTION, "decay", CASES, how="chroot")


# --- the filter of system calls, read by an interpreter of its own ------------------------------


def _verdict(program: bytes, architecture: int, number: int) -> int:
    steps = [struct.unpack_from("=HBBI", program, i) for i in range(0, len(program), 8)]
    place, value = 0, 0
    while True:
        code, yes, no, k = steps[place]
        place += 1
        if code == 0x20:  # load a word of (number, architecture)
            value = {0: number, 4: architecture}[k]
        elif code == 0x15:  # equal
            place += yes if value == k else no
        elif code == 0x35:  # at least
            place += yes if value >= k else no
        elif code == 0x06:  # return
            return k
        else:
            raise AssertionError(code)


ALLOW, EPERM, ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026
# read, write, mmap, exit_group, openat; from the kernel's tables
NEEDED = {"x86_64": (0, 1, 9, 231, 257), "aarch64": (63, 64, 222, 94, 56)}
# clone, execve, socket, ptrace, mount, unshare
REFUSED = {"x86_64": (56, 59, 41, 101, 165, 272), "aarch64": (220, 221, 198, 117, 40, 97)}
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7, "i386": 0x40000003}


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_refuses_what_it_should(machine: str) -> None:
    program = seccomp.program(machine)
    assert {_verdict(program, AUDIT[machine], n) for n in NEEDED[machine]} == {ALLOW}
    assert {_verdict(program, AUDIT[machine], n) for n in REFUSED[machine]} == {EPERM}
    assert _verdict(program, AUDIT[machine], 435) == ENOSYS  # clone3
    assert _verdict(program, AUDIT["i386"], NEEDED[machine][0]) == EPERM
    assert _verdict(program, AUDIT[machine], 0x40000000 + 1) == EPERM  # x32
    refused = {n for n in range(600) if _verdict(program, AUDIT[machine], n) != ALLOW}
    assert refused == {*seccomp.FORBIDDEN[machine].values(), 435}


def test_an_unknown_machine_has_no_filter() -> None:
    assert seccomp.program("pdp11") == b""


def test_the_package_imports_where_there_is_no_posix() -> None:
    script = """
    import sys
    for name in ("resource", "fcntl", "pwd", "grp", "termios"):
        sys.modules[name] = None
    import pkgutil, importlib, mechanisms.exercises.grading as room
    for module in pkgutil.iter_modules(room.__path__):
        if module.name != "jail":  # a script for Linux alone
            importlib.import_module(f"{room.__name__}.{module.name}")
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, timeout=120)
