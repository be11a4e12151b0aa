"""A forked kernel is like one with a command of its own, only sooner there."""

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import kernels
import nbformat
import patience
import psutil
import pytest
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from patience import soon

FOLDERS = [Path(file).parent for file in (kernels.__file__, patience.__file__, __file__)]
LOOK = """import importlib.util, os, sys
import matplotlib.pyplot as plt
found = [name for name in ("mechanisms", "numpy.linalg") if name in sys.modules]
build = [path for path in sys.path if os.path.exists(os.path.join(path, "pyproject.toml"))]
print(os.getcwd(), sorted(globals()), plt.get_backend(), sys.argv[2:], found, build,
      importlib.util.find_spec("fresh_numbers"), __name__,
      os.getsid(0) == os.getpid(), os.environ.get("NEW"))"""


def _run(
    folder: Path, *cells: str, manager: Any = kernels.KernelManager, timeout: int = 60
) -> list[str]:
    """Return what each cell printed."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    kernels.prepare()
    NotebookClient(
        notebook,
        timeout=timeout,
        resources={"metadata": {"path": str(folder)}},
        kernel_manager_class=manager,
        shutdown_kernel="immediate",
    ).execute()
    return ["".join(output.get("text", "") for output in cell.outputs) for cell in notebook.cells]


def test_a_notebook_sees_the_same_as_in_a_kernel_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernels.prepare()
    monkeypatch.setenv("NEW", "since the libraries were imported")
    [forked] = _run(tmp_path, LOOK)
    assert str(tmp_path) in forked
    # The command differs in the name of the file that says how to reach the kernel.
    own = _run(tmp_path, LOOK, manager=AsyncKernelManager)[0]
    assert _without_file(forked) == _without_file(own)


def _without_file(text: str) -> str:
    return " ".join(word for word in text.split() if not word.strip("[],'").endswith(".json"))


def test_without_forks_a_kernel_starts_afresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "_FORKS", False)
    monkeypatch.setattr(kernels, "_CONTEXT", multiprocessing.get_context("spawn"))
    cell = "import sys\nprint('scipy' in sys.modules, 1 + 1)"
    assert _run(tmp_path, cell) == ["False 2\n"]


def test_libraries_are_there_and_nothing_is_left_by_another_notebook(tmp_path: Path) -> None:
    there = "import sys\nprint('scipy.special' in sys.modules, hasattr(sys, 'left'))\nsys.left = 1"
    assert [_run(tmp_path, there)[0] for _ in range(2)] == [f"{kernels._FORKS} False\n"] * 2


def test_two_notebooks_do_not_draw_the_same_numbers(tmp_path: Path) -> None:
    draw = "import numpy as np\nprint(np.random.random())"
    assert _run(tmp_path, draw) != _run(tmp_path, draw)


def test_what_a_notebook_started_ends_with_it(tmp_path: Path) -> None:
    cell = "import subprocess, sys\n"
    cell += "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid)"
    [pid] = _run(tmp_path, cell)
    assert soon(lambda: _has_ended(int(pid)), 30)


def test_a_kernel_that_dies_or_takes_too_long_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(DeadKernelError):
        _run(tmp_path, "import os\nos._exit(1)")
    with pytest.raises(CellTimeoutError):
        _run(tmp_path, "import time\ntime.sleep(60)", timeout=1)


def test_a_kernel_ends_with_the_build_that_made_it(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    (tmp_path / "build.py").write_text(
        "import sys\n"
        f"sys.path[:0] = {[str(folder) for folder in FOLDERS]!r}\n"
        "from pathlib import Path\n"
        "import test_kernels\n"
        "cell = \"import os, time\\nopen('pid', 'w').write(str(os.getpid()))\\ntime.sleep(600)\"\n"
        "if __name__ == '__main__':\n"
        "    test_kernels._run(Path.cwd(), cell)\n"
    )
    # Killed, it leaves its temporary files.
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    build = subprocess.Popen([sys.executable, "build.py"], cwd=tmp_path, env=environment)
    request.addfinalizer(build.kill)
    pid = tmp_path / "pid"
    assert soon(lambda: pid.exists() and pid.read_text(), 30)
    kernel = int(pid.read_text())
    assert not _has_ended(kernel)
    build.kill()
    build.wait()
    assert soon(lambda: _has_ended(kernel), 30)


def _has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
