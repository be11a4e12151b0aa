"""Run a learner's function where it can harm nothing and read nothing; its values come back.

Around each call stand, from outside in: a wall clock; namespaces of its own (by bubblewrap, or by
`jail` where that is not installed) with an empty network and a file system that holds Python,
numpy and a small folder for its own use; a uid that owns nothing, where the grader is root; limits
of the kernel on time, memory, files and processes; a filter of system calls. What comes back is
JSON of limited length, read here, compared elsewhere.

All cases of one item run in one fresh process: starting Python costs more than most functions, and
what a function remembers between its own cases can only spoil its own values. Two items never
share a process.
"""

from __future__ import annotations

import base64
import functools
import json
import math
import os
import platform
import shutil
import signal
import site
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from . import seccomp

HERE = Path(__file__).resolve().parent
CHILD = "/child.py"
SCRATCH = "/scratch"  # not below another folder, which Python itself may live in
NOBODY = 65534
MOST_BYTES = 1 << 18  # of values
ENVIRONMENT = {
    "HOME": SCRATCH,
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PATH": "/nowhere",
    "TMPDIR": SCRATCH,
}
if "SYSTEMROOT" in os.environ:  # without it Python does not start on Windows
    ENVIRONMENT["SYSTEMROOT"] = os.environ["SYSTEMROOT"]


class SandboxError(RuntimeError):
    """The sandbox itself could not be set up; says nothing about the learner's code."""


@dataclass(frozen=True)
class Limits:
    """What one function may use, all its cases together."""

    seconds: float = 10.0
    spare: float = 5.0
    memory: int = 1 << 30
    file: int = 4 << 20
    disk: int = 16 << 20

    @property
    def wall(self) -> float:
        """Seconds on the clock: the processor may be shared, and Python has to start."""
        return 2 * self.seconds + self.spare

    def kernel(self) -> dict[str, int]:
        """Limits by their names in `resource`."""
        return {
            "CPU": max(1, round(self.seconds)),
            "AS": self.memory,
            "FSIZE": self.file,
            "NOFILE": 32,
            "NPROC": 1,
            "CORE": 0,
            "MEMLOCK": 0,
            "MSGQUEUE": 0,
        }


@dataclass(frozen=True)
class Values:
    """What a function returned for each case, or, if `fault` is not empty, why there is nothing."""

    values: list[Any] = field(default_factory=list)
    fault: str = ""


@dataclass(frozen=True)
class Isolation:
    """What keeps learner code apart on this machine, as tried out.

    Attributes
    ----------
    name : str
        ``"bubblewrap"``, ``"namespaces"`` or ``"none"``.
    why_not : mapping
        Each kind that is not usable here, and the reason.
    """

    name: str
    why_not: Mapping[str, str]

    def __bool__(self) -> bool:
        return self.name != "none"


def run(
    source: str,
    function: str,
    cases: Sequence[Sequence[Any]],
    *,
    how: str,
    limits: Limits = Limits(),
) -> Values:
    """Call `function` as `source` defines it on each of `cases`.

    Parameters
    ----------
    source : str
        The learner's text.
    function : str
        Name of what it defines.
    cases : sequence of sequences
        Arguments of each call, as JSON can carry them.
    how : str
        ``"bubblewrap"``, ``"namespaces"``, or ``"none"`` for a mere process with limits.
    limits : Limits
        What it may use.

    Raises
    ------
    SandboxError
        If the sandbox cannot be set up.
    """
    root = how != "none" and os.getuid() == 0
    task = {
        "source": source,
        "function": function,
        "cases": cases,
        "uid": _spare_uid() if root else None,
        "limits": limits.kernel(),
        "filter": base64.b64encode(seccomp.program()).decode(),
        "paths": [str(_numpy().parent)],
        "most": MOST_BYTES + 1,
    }
    with tempfile.TemporaryDirectory(prefix="mechanisms-") as folder:
        out, complaint = _start(_command(how, folder, limits), json.dumps(task), limits.wall)
    if out is not None and complaint:
        raise SandboxError(f"{how}: {complaint}")
    # Which of the limits came first, or whether it ended itself, is a matter of chance.
    return _read(out) if out else Values(fault=f"it gave none within {limits.seconds:g} s")


def _start(command: list[str], task: str, seconds: float) -> tuple[bytes | None, str]:
    """Run a command to its end; return its output, None if killed by the clock, and its stderr."""
    output = b""

    def read(pipe: IO[bytes]) -> None:
        nonlocal output
        output = pipe.read(MOST_BYTES + 1)

    # Files, not pipes, wherever one is enough: nothing to wait for, nothing to run full.
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stderr:
        stdin.write(task.encode())
        stdin.seek(0)
        with subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=ENVIRONMENT,
            start_new_session=True,
            cwd=tempfile.gettempdir(),
        ) as process:
            assert process.stdout is not None
            reader = threading.Thread(target=read, args=(process.stdout,), daemon=True)
            reader.start()
            reader.join(seconds)
            late = reader.is_alive()
            if not late and len(output) <= MOST_BYTES:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(1)
            _kill(process)
            reader.join(5)
        stderr.seek(0)
        complaint = stderr.read(500).decode(errors="replace").strip()
    return (None if late else output), complaint


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and its group; the kernel ends the namespace with its first process."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _read(output: bytes) -> Values:
    """Take values from what the process wrote, whatever it wrote."""
    if len(output) > MOST_BYTES:
        return Values(fault="its values are too long")
    try:
        data = json.loads(output)
    except (ValueError, RecursionError):
        return Values(fault="what it handed back cannot be read")
    if isinstance(data, dict) and isinstance(data.get("values"), list):
        return Values([_plain(value) for value in data["values"]])
    if isinstance(data, dict) and isinstance(data.get("error"), str):
        return Values(fault=data["error"][:300])
    return Values(fault="what it handed back cannot be read")


def _plain(value: Any, depth: int = 0) -> Any:
    """Numbers as floats, lists, None; anything else as the text that no number equals."""
    if isinstance(value, list) and depth < 8:
        return [_plain(v, depth + 1) for v in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return math.inf
    return None if value is None else "not a number"


# --- what the child sees ----------------------------------------------------------------------


def _numpy() -> Path:
    spec = find_spec("numpy")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def _steps() -> list[tuple[str, ...]]:
    """Return how to furnish the file system: (link, path, to), (bind, from, to) or (mask, path).

    Python's own folders and the system's libraries, without any installed package; numpy.
    """
    steps: list[tuple[str, ...]] = []
    libraries = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/nix/store", "/gnu/store"]
    libraries += [f"{sys.base_prefix}/lib", f"{sys.base_exec_prefix}/lib64"]
    base = {"base": sys.base_prefix, "installed_base": sys.base_prefix}
    base |= {"platbase": sys.base_exec_prefix, "installed_platbase": sys.base_exec_prefix}
    libraries += [sysconfig.get_path(name, vars=base) for name in ("stdlib", "platstdlib")]
    bound: list[str] = []
    for name in libraries:
        path = Path(name)
        if path.is_symlink() and path.parent == Path("/"):
            steps.append(("link", name, os.readlink(path)))
        elif path.is_dir() and not any(path.is_relative_to(known) for known in bound):
            bound.append(name)
            steps.append(("bind", name, name))
    for name in ("/etc/ld.so.cache", "/etc/alternatives", _python(), "/dev/null"):
        if Path(name).exists():
            steps.append(("bind", name, name))
    packages = {p for name in bound for p in Path(name).glob("python*/*-packages")}
    packages |= {p for name in bound for p in Path(name).glob("*-packages")}
    packages |= {Path(p) for p in site.getsitepackages([sys.base_prefix])}
    for path in sorted(packages):
        if path.is_dir() and any(path.is_relative_to(known) for known in bound):
            steps.append(("mask", str(path)))
    numpy = _numpy()
    for path in (numpy, numpy.with_name("numpy.libs")):
        if path.is_dir():
            steps.append(("bind", str(path), str(path)))
    return [*steps, ("bind", str(HERE / "child.py"), CHILD)]


def _python() -> str:
    """Return the interpreter itself, not the link of a virtual environment."""
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


def _spare_uid() -> int:
    """Return a uid that nothing else has, as far as this process may give one."""
    last = NOBODY
    with suppress(OSError), open("/proc/self/uid_map", encoding="ascii") as file:
        last = max(int(start) + int(count) - 1 for start, _, count in map(str.split, file))
    base = 0x70000000
    process = os.getpid() * 64 + threading.get_native_id() % 64
    return base + process % 0x0F000000 if last > 0x7FFFFFFF else min(last, NOBODY)


def _command(how: str, folder: str, limits: Limits) -> list[str]:
    python = [_python(), "-I", "-S", "-X", "utf8"]
    if how == "none":
        return [*python, str(HERE / "child.py")]
    if how == "namespaces":
        spec = {
            "root": folder,
            "steps": _steps(),
            "disk": limits.disk,
            "command": [*python, CHILD],
            "environment": ENVIRONMENT,
            "parent": os.getpid(),
        }
        return [*python, str(HERE / "jail.py"), json.dumps(spec)]
    if how == "bubblewrap":
        return [*_bubblewrap(limits), *python, CHILD]
    raise ValueError(f"how must be bubblewrap, namespaces or none, got {how!r}")


def _bubblewrap(limits: Limits) -> list[str]:
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxError("bwrap is not installed")
    command = [program, "--die-with-parent", "--new-session", "--clearenv"]
    for name, text in ENVIRONMENT.items():
        command += ["--setenv", name, text]
    if os.getuid() == 0:
        # No user namespace: the child gives up root for a uid of its own.
        command += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
        command += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        command += ["--unshare-all", "--uid", str(NOBODY), "--gid", str(NOBODY)]
    masks = []
    for step, *names in _steps():
        if step != "link":
            # Else made for root alone, where root runs this.
            for parent in reversed(Path(names[-1]).parents[:-1]):
                command += ["--dir", str(parent)]
        if step == "link":
            command += ["--symlink", names[1], names[0]]
        elif step == "mask":
            masks.append(names[0])
            command += ["--perms", "0755", "--tmpfs", names[0]]
        else:
            kind = "--dev-bind" if names[0] == "/dev/null" else "--ro-bind"
            command += [kind, names[0], names[1]]
    command += ["--perms", "1777", "--size", str(limits.disk), "--tmpfs", SCRATCH]
    for name in [*masks, "/"]:
        command += ["--remount-ro", name]
    return [*command, "--chdir", SCRATCH, "--"]


# --- trying it out ----------------------------------------------------------------------------

PROBE = '''
def probe(secret, folder, port, package, parent, known_names):
    """1 for each thing that could be done and should not."""
    import os, socket, sys

    def can(act):
        try:
            return 1.0 if act() else 0.0
        except BaseException:
            return 0.0

    def connect():
        return socket.create_connection(("127.0.0.1", port), timeout=1)

    def write():
        return open(os.path.join(folder, "mark"), "w")

    def spawn():
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        return True

    def known():
        sys.path.append(os.path.dirname(package))
        return __import__("mechanisms")

    return [
        can(lambda: open(secret).read()),
        can(write),
        can(connect),
        can(known),
        can(lambda: os.listdir(package)),
        can(lambda: [k for k in os.environ if k not in known_names]),
        can(lambda: os.listdir("/proc/%d" % parent)),
        can(lambda: os.kill(parent, 0) or True),
        can(spawn),
        can(lambda: os.getuid() == 0 or True in map(os.path.isfile, ["/etc/passwd"])),
    ]
'''
SHOULD_NOT = (
    "read a file of the grader",
    "write outside its folder",
    "reach the network",
    "import mechanisms",
    "read the package",
    "see the environment",
    "see other processes",
    "signal the grader",
    "start a process",
    "see the system's files",
)


def holes(how: str) -> list[str]:
    """Return what code in this kind of sandbox can do and should not, by doing it.

    Raises
    ------
    SandboxError
        If the sandbox cannot be set up, or a harmless function gives no values in it.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(socket.create_server(("127.0.0.1", 0))) as server,
    ):
        os.chmod(folder, 0o777)  # what protects must be the sandbox, not the mode
        secret = Path(folder) / "secret"
        secret.write_text("planted", encoding="ascii")
        port = server.getsockname()[1]
        case = [str(secret), folder, port, str(HERE.parents[1]), os.getpid()]
        case.append([*ENVIRONMENT, "LC_CTYPE", "PWD"])
        found = run(PROBE, "probe", [case], how=how)
    if found.fault or len(found.values) != 1 or len(found.values[0]) != len(SHOULD_NOT):
        raise SandboxError(f"{how}: {found.fault or 'the trial function gave no values'}")
    return [name for name, could in zip(SHOULD_NOT, found.values[0], strict=True) if could]


@functools.cache
def isolation() -> Isolation:
    """Try each kind of isolation, the strongest first, and return the first that holds."""
    why_not = {}
    for how in ("bubblewrap", "namespaces"):
        if platform.system() != "Linux":
            why_not[how] = "needs Linux"
            continue
        try:
            open_ways = holes(how)
        except (SandboxError, OSError) as error:
            why_not[how] = str(error)
            continue
        if not open_ways:
            return Isolation(how, why_not)
        why_not[how] = f"learner code could {', '.join(open_ways)}"
    return Isolation("none", why_not)
