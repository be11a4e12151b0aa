"""Kernels that find the libraries imported: the notebooks' first second would go into that.

One process imports them and forks into a kernel for each notebook. It does not import the package
of this book, which its author may just be changing: an error there belongs to a notebook.
"""

import gc
import multiprocessing
import os
import sys
import threading
from typing import Any

from jupyter_client.manager import AsyncKernelManager

# Not the widgets: they want to find a kernel when they are imported.
LIBRARIES = ["ipykernel.kernelapp", "ipykernel.zmqshell", "matplotlib.pyplot", "scipy.optimize",
             "scipy.special"]  # fmt: skip
# Libraries of macOS may not survive a fork, and Windows has none: there, each kernel starts afresh.
_FORKS = sys.platform == "linux"
_POSIX = os.name == "posix"
_CONTEXT: Any = multiprocessing.get_context("forkserver" if _FORKS else "spawn")


def prepare() -> None:
    """Let the libraries be imported, while this process does something else."""
    # As many processes as cores already; threads of the linear algebra would only compete.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if _FORKS:
        from multiprocessing import forkserver

        _CONTEXT.set_forkserver_preload(LIBRARIES)
        forkserver.ensure_running()


def _be_kernel(command: list[str], env: dict[str, str], folder: str) -> None:
    """Be a kernel until it is shut down, as if started by its command."""
    import matplotlib as mpl
    import numpy as np
    from ipykernel.kernelapp import IPKernelApp

    gc.freeze()  # what is there stays: no need to look through it again and again
    np.random.seed()  # noqa: NPY002 - or all notebooks would draw the same numbers
    env.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    mpl.rcParams["backend"] = env["MPLBACKEND"]  # which it read when it was imported
    if _POSIX:
        os.setsid()  # an interrupt from the keyboard is for the build
    # The modules of the build are not there for the reader's kernel.
    own = {os.path.dirname(__file__), multiprocessing.process.ORIGINAL_DIR}  # type: ignore[attr-defined]
    own -= set(env.get("PYTHONPATH", "").split(os.pathsep))
    sys.path[:] = [path for path in sys.path if path not in own]
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    sys.argv = command[command.index("ipykernel_launcher") :]
    threading.Thread(target=_end_with_the_build, daemon=True).start()
    # Without a parent, a kernel explains at length how to end it.
    IPKernelApp.launch_instance(parent_handle=os.getppid() if _POSIX else 0)


def _end_with_the_build() -> None:
    build = multiprocessing.parent_process()
    assert build is not None
    build.join()
    os._exit(1)


class _Process:
    """What the manager asks of a process, which it expects to be a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, *args: Any) -> None:
        self._process = _CONTEXT.Process(target=_be_kernel, args=args, daemon=True)
        self._process.start()
        self.kill, self.terminate = self._process.kill, self._process.terminate
        self.pid: int = self._process.pid

    def poll(self) -> int | None:
        code: int | None = self._process.exitcode
        return code

    def wait(self) -> int | None:
        self._process.join()
        return self.poll()

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


class KernelManager(AsyncKernelManager):
    """Starts a kernel as a fork."""

    async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
        provisioner: Any = self.provisioner
        provisioner.process = _Process(kernel_cmd, dict(kw["env"]), kw["cwd"])
        provisioner.pid = provisioner.process.pid
        provisioner.pgid = provisioner.pid if _POSIX else None  # ends what the notebook started too
        self._reconcile_connection_info(provisioner.connection_info)
