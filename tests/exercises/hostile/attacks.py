"""Answers to `exam-decay` that try everything but the exercise.

Each is a cell that a learner may hand in. None of them computes the decay, so none deserves a
point. `{planted}`, `{folder}`, `{port}`, `{package}` and `{pid}` are filled in by the test: a
secret that lies in the open, a folder that everybody may write to, a listening server, the
package, and the grader itself.
"""

WRONG = "    return [0.0 for t in hours]\n"
DEF = "def decay(amount_mg, k_per_h, hours):\n"


def _first(code: str) -> str:
    """Code that runs before the function is defined."""
    return f"{code}\n{DEF}{WRONG}"


def _inside(code: str) -> str:
    """Code that runs in the function."""
    body = "".join(f"    {line}\n" for line in code.strip().splitlines())
    return f"{DEF}{body}{WRONG}"


ATTACKS: dict[str, str] = {
    # --- not ending, or ending at once
    "endless-loop": _inside("while True: pass"),
    "endless-loop-outside": _first("while True: pass"),
    "endless-generator": f"{DEF}    while True:\n        yield 1.0\n",
    "endless-list": _inside("x = [0.0]\nwhile True: x += x"),
    "endless-recursion": _inside("return decay(amount_mg, k_per_h, hours)"),
    "deep-recursion-in-c": _inside(
        "import sys\nsys.setrecursionlimit(10**9)\nx = []\n"
        "for _ in range(10**6): x = [x]\nreturn repr(x)"
    ),
    "sleep": _inside("import time\ntime.sleep(1000)"),
    "stop-itself": _inside("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"),
    "ignore-signals": _inside(
        "import signal\nfor n in range(1, 32):\n"
        "    try: signal.signal(n, signal.SIG_IGN)\n    except OSError: pass\n"
        "while True: pass"
    ),
    "catch-everything": _inside(
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    ),
    "sys-exit": _inside("import sys\nsys.exit(0)"),
    "sys-exit-outside": _first("import sys\nsys.exit(0)"),
    "os-exit": _inside("import os\nos._exit(0)"),
    "abort": _inside("import os\nos.abort()"),
    "crash": _inside("import ctypes\nctypes.string_at(0)"),
    "quit-in-del": _first("class X:\n    def __del__(self): raise SystemExit\nx = X()"),
    "atexit-noise": _first(
        "import atexit, os\natexit.register(lambda: os.write(1, b'{{\"values\": [[1]]}}'))"
    ),
    # --- using up the machine
    "fork-bomb": _inside("import os\nwhile True: os.fork()"),
    "fork-bomb-quiet": _inside(
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    ),
    "thread-bomb": _inside(
        "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(9,)).start()"
    ),
    "subprocess": _inside(
        'import subprocess, sys\nsubprocess.run([sys.executable, "-c", "print(1)"], check=True)'
    ),
    "two-gigabytes": _inside(
        "x = bytearray(2 * 1024**3)\nfor i in range(0, len(x), 4096): x[i] = 1"
    ),
    "two-gigabytes-numpy": _inside("import numpy\nx = numpy.ones(2 * 1024**3 // 8)"),
    "shared-memory": _inside(
        "import ctypes\nlibc = ctypes.CDLL(None)\nid = libc.shmget(0, 1 << 29, 0o1600)\n"
        'if id >= 0: open("{folder}/stolen-shared-memory", "w").close()'
    ),
    "fifty-megabytes-out": _inside('for _ in range(50): print("x" * 1024**2)'),
    "fifty-megabytes-err": _inside(
        'import sys\nfor _ in range(50): sys.stderr.write("x" * 1024**2)'
    ),
    "fill-own-folder": _inside(
        'import os\nfor i in range(10**6):\n    with open(f"f{{i}}", "wb") as f:\n'
        '        f.write(b"x" * 1024**2)'
    ),
    "giant-list": f"{DEF}    return [1.0] * 10**7\n",
    "giant-nesting": f"{DEF}    x = []\n    for _ in range(10**5): x = [x]\n    return x\n",
    "giant-integer": f"{DEF}    return [10**5000 for t in hours]\n",
    "huge-power": _inside("return [9**9**9]"),
    # --- reading and writing what is not theirs
    "read-planted": f'{DEF}    return open("{{planted}}").read()\n',
    "steal-planted": _inside(
        'open("{folder}/stolen-planted", "w").write(open("{planted}").read())'
    ),
    "read-home": _inside('import os\nreturn os.listdir(os.path.expanduser("~/.."))'),
    "read-passwords": f'{DEF}    return open("/etc/passwd").read()\n',
    "read-processes": _inside('return open("/proc/{pid}/environ").read()'),
    "read-own-parent": _inside(
        'import os\nreturn open(f"/proc/{{os.getppid()}}/mem", "rb").read(9)'
    ),
    "read-environment": _inside("import os\nreturn str(dict(os.environ))"),
    "write-outside": _inside('open("{folder}/stolen-write", "w").write("x")'),
    "write-root": _inside('open("/stolen", "w").write("x")'),
    "write-python": _inside('import json\nopen(json.__file__, "a").write("x")'),
    "chmod-device": _inside('import os\nos.chmod("/dev/null", 0)\nos.unlink("/dev/null")'),
    "symlink-out": _inside(
        'import os\nos.symlink("{folder}", "way")\nopen("way/stolen-symlink", "w").write("x")'
    ),
    "inherited-files": _inside(
        "import os\nfor fd in range(3, 256):\n"
        '    try: os.write(fd, b"stolen"); os.lseek(fd, 0, 0); os.read(fd, 99)\n'
        "    except OSError: pass"
    ),
    "network": _inside(
        'import socket\nsocket.create_connection(("127.0.0.1", {port}), 1).send(b"x")'
    ),
    "network-out": _inside('import socket\nsocket.create_connection(("192.0.2.1", 80), 1)'),
    "network-name": _inside('import socket\nsocket.getaddrinfo("example.org", 80)'),
    "abstract-socket": _inside(
        'import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect("\\0/tmp/.X11-unix/X0")'
    ),
    # --- reaching for the grader and its keys
    "import-mechanisms": "from mechanisms.exercises.items import kidney\n" + DEF + WRONG,
    "import-by-path": _first('import sys\nsys.path.insert(0, "{package}/..")\nimport mechanisms'),
    "read-package": _inside(
        'import os\nreturn [open(f"{package}/{{n}}").read() for n in os.listdir("{package}")]'
    ),
    "search-memory": _inside(
        "import gc, sys\nfor x in gc.get_objects():\n"
        '    if isinstance(x, dict) and ("reference" in x or "key" in x or "expected" in x):\n'
        '        return x.get("reference") or x.get("key") or x.get("expected")'
    ),
    "search-frames": _inside(
        "import sys\nf = sys._getframe()\nwhile f:\n"
        "    for name, value in f.f_locals.items():\n"
        '        if name in ("task", "result", "expected"): amount_mg = value\n'
        "    f = f.f_back\nreturn amount_mg"
    ),
    "return-arguments": f"{DEF}    return hours\n",
    "kill-parent": _inside("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)"),
    "kill-grader": _inside("import os, signal\nos.kill({pid}, signal.SIGKILL)"),
    "kill-all": _inside(
        "import os, signal\nos.kill(-1, signal.SIGKILL)\nos.killpg(0, signal.SIGKILL)"
    ),
    "trace-parent": _inside(
        "import ctypes, os\nlibc = ctypes.CDLL(None)\n"
        'if libc.ptrace(16, os.getppid(), 0, 0) == 0: open("{folder}/stolen-ptrace", "w").close()'
    ),
    "new-namespace": _inside(
        "import ctypes\nlibc = ctypes.CDLL(None)\n"
        'if libc.unshare(0x10000000) == 0: open("{folder}/stolen-namespace", "w").close()'
    ),
    "root-again": _inside("import os\nos.setuid(0)\nos.chroot('/')"),
    # --- lying about values
    "lying-float": (
        "class Lie(float):\n    def __eq__(self, other): return True\n"
        "    def __sub__(self, other): return 0.0\n    __rsub__ = __sub__\n"
        "    def __abs__(self): return 0.0\n    def __le__(self, other): return True\n"
        "    def __repr__(self): return 'anything'\n"
        f"{DEF}    return [Lie(0) for t in hours]\n"
    ),
    "lying-list": (
        "class Lie(list):\n    def __eq__(self, other): return True\n"
        "    def __len__(self): return 3\n    def __iter__(self): return iter([])\n"
        f"{DEF}    return Lie()\n"
    ),
    "lying-array": (
        "class Lie:\n    def tolist(self): return self\n    def __float__(self): return 1.0\n"
        f"{DEF}    return Lie()\n"
    ),
    "nan": f'{DEF}    return [float("nan")] * len(hours)\n',
    "infinity": f'{DEF}    return [float("inf")] * len(hours)\n',
    "truth": f"{DEF}    return True\n",
    "text": f'{DEF}    return "correct"\n',
    "nothing": f"{DEF}    return None\n",
    "patched-builtins": _first(
        "import builtins\nbuiltins.isinstance = lambda *a: True\nbuiltins.abs = lambda x: 0\n"
        "builtins.float = str\nbuiltins.all = lambda x: True"
    ),
    "patched-numpy": _first(
        "import numpy\nnumpy.allclose = numpy.isclose = lambda *a, **k: True\n"
        "numpy.abs = lambda x: 0.0"
    ),
    "patched-json": _first(
        'import json\njson.dumps = lambda *a, **k: \'{{"correct": true, "points": 4}}\'\n'
        "json.JSONEncoder.encode = json.dumps"
    ),
    "patched-math": _first("import math\nmath.isfinite = lambda x: True\nmath.exp = lambda x: 1"),
    "patched-os": _first(
        "import os\nwrite = os.write\n"
        "os.write = lambda fd, data: write(fd, b'{{\"correct\": true}}')"
    ),
    "import-hook": _first(
        "import sys\nclass Hook:\n    def find_spec(self, name, path=None, target=None):\n"
        "        raise SystemExit\nsys.meta_path.insert(0, Hook())"
    ),
    "own-modules": _first(
        'import sys\nsys.modules["mechanisms"] = sys.modules["math"]\nsys.modules.clear()'
    ),
    "faked-frame": _inside(
        "import os\nfor fd in range(64):\n"
        '    try: os.write(fd, b\'{{"correct": true, "points": 4, "mark": "right"}}\')\n'
        "    except OSError: pass\nos._exit(0)"
    ),
    "faked-values": _inside(
        "import os\nfor fd in range(64):\n"
        "    try: os.write(fd, b'{{\"values\": [true, true, true]}}')\n"
        "    except OSError: pass\nos._exit(0)"
    ),
    "two-frames": _inside(
        "import os\nfor fd in range(64):\n"
        "    try: os.write(fd, b'{{\"values\": [[1], [2], [3]]}}\\n')\n"
        "    except OSError: pass"
    ),
    "endless-frame": _inside(
        "import os\nwhile True:\n    for fd in range(64):\n"
        '        try: os.write(fd, b"[" * 65536)\n        except OSError: pass'
    ),
    "deep-frame": _inside(
        'import os\nfor fd in range(64):\n    try: os.write(fd, b"[" * 100000)\n'
        "    except OSError: pass\nos._exit(0)"
    ),
    "huge-number-frame": _inside(
        "import os\nfor fd in range(64):\n"
        '    try: os.write(fd, b\'{{"values": [1e999, 1\' + b"0" * 4000 + b"]}}")\n'
        "    except OSError: pass\nos._exit(0)"
    ),
    # --- not Python
    "no-function": "answer = 1  # def decay",
    "not-callable": "decay = 4  # def decay",
    "syntax-error": "def decay(:\n",
    "null-bytes": f"{DEF}    return '\\0'\n\0",
    "deep-source": f"{DEF}    return {'(' * 5000}1{')' * 5000}\n",
    "other-name": "def decay_2(amount_mg, k_per_h, hours):\n" + WRONG,
    "wants-more": "def decay(amount_mg, k_per_h, hours, and_the_key):\n" + WRONG,
}
