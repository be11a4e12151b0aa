"""Call a learner's function and hand its values back; a script for `sandbox`, not to be imported.

It is started with ``python -I -S`` in a process that has nothing to lose, reads the task as JSON
from standard input and writes one JSON object to what was standard output. Nothing it writes is
believed to be more than values: the grader, elsewhere, knows what they should be.
"""

import base64
import ctypes
import json
import math
import os
import sys
from numbers import Real
from typing import Any

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2


def give_up_root(uid: int) -> None:
    """Become a user who owns nothing."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def limit(limits: dict[str, int]) -> None:
    """Set what the kernel enforces; a smaller limit that is there already stays."""
    for name, most in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}", None)
        if kind is not None:
            _, hard = resource.getrlimit(kind)
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            try:
                resource.setrlimit(kind, (most, most))
            except (OSError, ValueError):
                # macOS refuses some; the sandbox does not call that isolation.
                if sys.platform == "linux":
                    raise


def forbid(program: bytes) -> None:
    """Let the kernel refuse the system calls that `program` names."""

    class Filter(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")
    if program:
        filter = Filter(len(program) // 8, program)
        if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filter), 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "seccomp")


def plain(value: Any, depth: int = 0) -> Any:
    """Numbers and nested lists, as `Code` reads them; the twin of `questions.code._plain`."""
    if value is None or isinstance(value, str):
        return value
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)) and depth < 8:
        return [plain(v, depth + 1) for v in value]
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"the function must return numbers, got {type(value).__name__}")
    return float(value)


def answer(task: dict[str, Any]) -> dict[str, Any]:
    """Run the learner's text, then the function it defines, on each case."""
    space: dict[str, Any] = {"__name__": "__main__", "math": math}
    if "np" in task["source"] or "numpy" in task["source"]:
        import numpy

        space["np"] = space["numpy"] = numpy
    name = task["function"]
    try:
        exec(compile(task["source"], "answer", "exec"), space)
        function = space.get(name)
        if not callable(function):
            return {"error": f"the cell defines no function {name}"}
        return {"values": [plain(function(*case)) for case in task["cases"]]}
    except BaseException as error:
        return {"error": f"{type(error).__name__}: {error}"[:300]}


def main() -> None:
    """Prepare the process, call, answer, and leave without looking back."""
    task = json.loads(sys.stdin.buffer.read())
    out = os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    if task["uid"] is not None:
        give_up_root(task["uid"])
    if resource is not None:
        limit(task["limits"])
    if sys.platform == "linux":
        forbid(base64.b64decode(task["filter"]))
    sys.path += task["paths"]
    write, leave, encode = os.write, os._exit, json.dumps
    data = encode(answer(task)).encode()[: task["most"]]
    while data:
        data = data[write(out, data) :]
    leave(0)


if __name__ == "__main__":
    main()
