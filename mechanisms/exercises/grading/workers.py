"""Call a function on many submissions, here or on a cluster; nothing stops the batch.

Both kinds of workers are executors of `concurrent.futures`. A call whose worker dies or hangs is
tried once more, alone; if it fails again it is given up, and the others go on.
"""

from __future__ import annotations

import collections
import faulthandler
import importlib
import multiprocessing
import os
import pkgutil
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from .. import items
from .marking import edition

MEMORY = 4 << 30  # of one local worker
DASK_ANSWERS = 15  # seconds that a scheduler has to answer


class WorkersError(RuntimeError):
    """There are no workers to be had; the message says why."""


@dataclass(frozen=True)
class Lost:
    """In place of a result: the worker died or hung twice over this call."""

    reason: str


class Workers(Protocol):
    """Where calls are made."""

    window: int  # calls under way at once
    patience: float  # seconds after which a call that hangs is given up

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Begin a call."""

    def restart(self) -> None:
        """Make ready again after a call has failed."""

    def close(self) -> None:
        """Let the workers go."""


class LocalWorkers:
    """Processes on this machine, each limited in memory and watched by a clock."""

    def __init__(self, jobs: int, patience: float) -> None:
        self.jobs = min(jobs, 61)  # more, Windows cannot wait for
        self.patience, self.window = patience, 4 * self.jobs
        kind = "forkserver" if sys.platform == "linux" else "spawn"
        self._context = multiprocessing.get_context(kind)
        if kind == "forkserver":
            # What takes long to import, and the workers need, once for all of them.
            names = (f"{items.__name__}.{m.name}" for m in pkgutil.iter_modules(items.__path__))
            self._context.set_forkserver_preload([__name__, *names])
        self._pool: Executor | None = None

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Begin a call; a call without an end takes its process with it."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self.jobs, mp_context=self._context, initializer=_prepare
            )
        return self._pool.submit(_watched, self.patience, function, *arguments)

    def restart(self) -> None:
        """Forget a pool that a dead process has broken."""
        self.close()

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


def _prepare() -> None:
    # An interrupt is for the parent, which ends its workers in good order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        import resource
    except ImportError:  # Windows
        return
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, hard))


def _watched(patience: float, function: Callable[..., Any], *arguments: Any) -> Any:
    with open(os.devnull, "w", encoding="ascii") as nowhere:
        faulthandler.dump_traceback_later(patience, exit=True, file=nowhere)
        try:
            return function(*arguments)
        finally:
            faulthandler.cancel_dump_traceback_later()


class DaskWorkers:
    """An existing Dask cluster that has this package in this edition.

    Raises
    ------
    WorkersError
        If distributed is not installed, nobody answers at the address, or a worker has another
        edition of the package.
    """

    def __init__(self, address: str, patience: float) -> None:
        try:
            distributed: Any = importlib.import_module("distributed")
        except ImportError as error:
            raise WorkersError(
                "--dask needs the package distributed: pip install 'mechanisms[dask]'"
            ) from error
        try:
            self._client = distributed.Client(address, timeout=DASK_ANSWERS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise WorkersError(f"no Dask scheduler answers at {address}") from error
        try:
            editions = self._client.run(edition)
        except Exception as error:
            self._client.close()
            raise WorkersError(f"the Dask workers cannot grade: {error}") from error
        if not editions or set(editions.values()) != {edition()}:
            self._client.close()
            raise WorkersError(
                "the Dask workers must have the same edition of mechanisms as this machine"
                if editions
                else f"the Dask cluster at {address} has no workers"
            )
        self.patience, self.window = patience, 4 * len(editions)
        self._executor = self._client.get_executor(pure=False)

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Begin a call on the cluster."""
        future: Future[Any] = self._executor.submit(function, *arguments)
        return future

    def restart(self) -> None:
        """Do nothing: the cluster replaces its own workers."""

    def close(self) -> None:
        """Leave the cluster as it is."""
        self._executor.shutdown(wait=False)
        self._client.close()


def call_each(
    workers: Workers, function: Callable[..., Any], count: int, arguments: Callable[[int], Any]
) -> Iterator[tuple[int, Any]]:
    """Yield (place, result) for each place below `count`, in the order of completion.

    `arguments` returns the arguments for a place, when its turn comes, or an exception, which is
    yielded as it is.
    """
    waiting = collections.deque(range(count))
    running: dict[Future[Any], int] = {}
    suspects: list[int] = []
    while waiting or running:
        while waiting and len(running) < workers.window and not suspects:
            place = waiting.popleft()
            given = arguments(place)
            if isinstance(given, Exception):
                yield place, given
                continue
            try:
                running[workers.submit(function, *given)] = place
            except Exception:
                # A pool that has just broken takes no more calls.
                suspects.append(place)
        done, _ = wait(running, timeout=workers.patience * 1.5, return_when=FIRST_COMPLETED)
        if not done:  # nobody answers: give up on all that is under way
            suspects += running.values()
            for future in running:
                future.cancel()
            running.clear()
        for future in done:
            place = running.pop(future)
            try:
                result = future.result()
            except Exception:
                suspects.append(place)
            else:
                yield place, result
        if suspects and not running:
            for place in sorted(suspects):
                yield place, _alone(workers, function, arguments(place))
            suspects.clear()


def _alone(workers: Workers, function: Callable[..., Any], given: Any) -> Any:
    """Call once more, with no other call to blame."""
    workers.restart()
    if isinstance(given, Exception):
        return given
    try:
        return workers.submit(function, *given).result(timeout=workers.patience * 1.5)
    except Exception as error:
        workers.restart()
        return Lost(type(error).__name__)
