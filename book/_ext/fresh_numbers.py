"""Run a notebook again when something that its numbers depend on has changed, and only then.

What a notebook showed is kept with a key: its code, and the pieces of the package and the data that
this code can reach (`dependencies`). Prose is not part of the key. A live figure has a key of its
own, so that a notebook that runs again takes over the figures that the change does not concern.

Sphinx reads a page again when its key changes: a notebook's, or one that another extension gives to
the pages it fills from the package (`watch`).
"""

import ast
import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import kernels
import nbformat
from dependencies import Package, code_cells, figure_sources, plain
from fingerprint import NUMBERS, digest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError

from mechanisms.live import stored

# The code's, and those of a kernel that ends or does not start.
FAILURES = (CellExecutionError, CellTimeoutError, DeadKernelError, RuntimeError, OSError, EOFError)
# What these show is quickly computed here, and nearly always as it was: then nothing need run.
BY_VALUE = re.compile(
    r"validation\.rows\([^()]*\)|from mechanisms\.exercises import Scoreboard\s+Scoreboard\(\)"
)
# Of the package, what Sphinx itself runs or cites from: when it changes, every page is read again.
EVERYWHERE = (
    "book/_ext",
    "requirements.lock",
    "mechanisms/data/references.bib",
    "mechanisms/live/sphinx.py",
    "mechanisms/exercises/sphinx.py",
    "benchmarks/page.py",
    "benchmarks/table.py",
)
# Served as they are, under a name with a hash: when they change, every page is written again.
STATIC = ("mechanisms/live/static", "mechanisms/exercises/static")


def _configure(app: Sphinx, config: Config) -> None:
    root = Path(app.srcdir)
    config.book_everywhere = digest([n for n in EVERYWHERE if (root / n).exists()], root)
    config.book_static = digest([n for n in STATIC if (root / n).exists()], root)


def watch(app: Sphinx, pattern: str, key: Callable[[str], str]) -> None:
    """Let Sphinx read the pages that hold `pattern` again when their key changes.

    The key is computed from the text of the page at each build.
    """
    wanted = re.compile(pattern)

    def outdated(app: Sphinx, env: BuildEnvironment, *_: set[str]) -> list[str]:
        before: dict[str, str] = getattr(env, "watched", {}).get(pattern, {})
        now = {}
        for docname in env.found_docs:
            text = Path(env.doc2path(docname)).read_text(encoding="utf-8")
            if wanted.search(text):
                now[docname] = _hash([key(text)])
        # Written down with the pages, if they can be read.
        env.watched = {**getattr(env, "watched", {}), pattern: now}  # type: ignore[attr-defined]
        return [docname for docname, one in now.items() if before.get(docname) != one]

    app.connect("env-get-outdated", outdated)


class Kept:
    """The outputs of the notebooks, in a folder with one file each."""

    def __init__(self, root: Path, folder: Path, timeout: int) -> None:
        self.root, self.folder, self.timeout = root, folder, timeout
        self.figures = folder / "figures"
        self.package = Package(root / NUMBERS[0])
        self._versions = [sys.version, digest(NUMBERS[1:], root)]
        self._key = cache(self._compute_key)
        self._pool = ThreadPoolExecutor(os.cpu_count())
        self._running: dict[str, Future[None]] = {}

    def _compute_key(self, source: str) -> str:
        """Key of a piece of code: itself, the Python and what it reaches in the package."""
        return _hash([source, *self._versions, *self.package.reach(source).parts()])

    def key(self, notebook: Any) -> str:
        """Key of a notebook."""
        raw = code_cells(notebook)
        cells = list(map(plain, raw))
        shown = [cell.strip() for cell in cells if BY_VALUE.fullmatch(cell.strip())]
        rest = "\n".join(cell for cell in cells if cell.strip() not in shown)
        return _hash([self._key(rest), *raw, *map(_value, shown)])

    def outputs(self, docname: str, notebook: Any) -> dict[str, Any] | None:
        """Return what the notebook showed when it ran, unless that no longer holds."""
        file = self.folder / f"{docname}.json"
        if not file.exists():
            return None
        kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return kept if kept["key"] == self.key(notebook) else None

    def start(self, notebooks: Iterable[tuple[str, Any]]) -> list[str]:
        """Start to run notebooks side by side; return their names, those with most to do first."""
        self.figures.mkdir(parents=True, exist_ok=True)
        keys: dict[str, str] = {}
        todo = []
        for docname, notebook in notebooks:
            figures = figure_sources(code_cells(notebook))
            own = {name: self._key(source) for name, source in figures.items()}
            new = sum(not stored.place(self.figures, *pair).exists() for pair in own.items())
            todo.append((new, len(_code(notebook)), docname, notebook))
            keys |= own
        (self.figures / "keys.json").write_text(json.dumps(keys), encoding="utf-8")
        os.environ[stored.FOLDER] = str(self.figures)
        todo.sort(key=lambda one: one[:2], reverse=True)
        self._running = {name: self._pool.submit(self._run, name, nb) for *_, name, nb in todo}
        return list(self._running)

    def wait(self, docname: str) -> None:
        """Wait for a notebook to run, if it was started."""
        if docname in self._running:
            try:
                self._running[docname].result()
            except BaseException:  # Sphinx does not tell its extensions of an interrupt
                self._pool.shutdown(wait=False, cancel_futures=True)
                raise

    def stop(self) -> None:
        """Start no more of them, and wait for those that run."""
        self._pool.shutdown(cancel_futures=True)

    def _run(self, docname: str, notebook: Any) -> None:
        key, started = self.key(notebook), time.monotonic()
        file = self.folder / f"{docname}.json"
        folder = (self.root / docname).parent
        client = NotebookClient(
            notebook,
            timeout=self.timeout,
            resources={"metadata": {"path": str(folder)}},
            kernel_manager_class=kernels.KernelManager,
            shutdown_kernel="immediate",
        )
        try:
            client.execute()
        except FAILURES as error:
            raise ExtensionError(f"{docname} does not run:\n{error}") from error
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        kept = {
            "key": key,
            "seconds": round(time.monotonic() - started, 2),
            "outputs": [cell.outputs for cell in cells],
            "counts": [cell.execution_count for cell in cells],
        }
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(".partial")
        partial.write_text(json.dumps(kept), encoding="utf-8")
        partial.replace(file)


def _hash(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


@cache
def _value(cell: str) -> str:
    """Return what a cell shows."""
    *before, last = ast.parse(cell).body
    names: dict[str, Any] = {}
    exec("from mechanisms import validation", names)
    exec(compile(ast.Module(before, []), "<cell>", "exec"), names)
    shown = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)  # type: ignore[attr-defined]
    data, *_ = shown._repr_mimebundle_() if hasattr(shown, "_repr_mimebundle_") else (shown,)
    return str(data["text/html"] if isinstance(data, dict) else shown._repr_html_())


def _code(notebook: Any) -> str:
    return "\n".join(map(plain, code_cells(notebook)))


def _prepare(app: Sphinx) -> None:
    kernels.prepare()
    app.kept_outputs = Kept(  # type: ignore[attr-defined]
        Path(app.srcdir), Path(app.outdir).parent / "executed", app.config.nb_execution_timeout
    )


def _run_changed(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Let the notebooks run that have to, while Sphinx reads the other pages."""
    kept: Kept = app.kept_outputs  # type: ignore[attr-defined]
    paths = {docname: Path(env.doc2path(docname)) for docname in docnames}
    notebooks = {
        docname: nbformat.read(path, as_version=4)
        for docname, path in paths.items()
        if path.suffix == ".ipynb"
    }
    todo = ((name, nb) for name, nb in notebooks.items() if kept.outputs(name, nb) is None)
    last = kept.start(todo)
    docnames.sort(key=lambda name: last.index(name) if name in last else -1)


def _fill_in(app: Sphinx, docname: str, source: list[str]) -> None:
    """Give Sphinx the notebook with its outputs."""
    if Path(app.env.doc2path(docname)).suffix != ".ipynb":
        return
    notebook = nbformat.reads(source[0], as_version=4)
    app.kept_outputs.wait(docname)  # type: ignore[attr-defined]
    kept = app.kept_outputs.outputs(docname, notebook)  # type: ignore[attr-defined]
    if kept is None:
        raise ExtensionError(f"{docname} changed while the book was built; build it again")
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, outputs, count in zip(cells, kept["outputs"], kept["counts"], strict=True):
        cell.outputs = [nbformat.from_dict(output) for output in outputs]
        cell.execution_count = count
    source[0] = nbformat.writes(notebook)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_config_value("book_everywhere", "", "env")
    app.add_config_value("book_static", "", "html")
    app.connect("config-inited", _configure)
    app.connect("builder-inited", _prepare)
    watch(
        app,
        r'\A\s*{\s*"',
        lambda text: app.kept_outputs.key(nbformat.reads(text, as_version=4)),  # type: ignore[attr-defined]
    )
    app.connect("env-before-read-docs", _run_changed)
    app.connect("source-read", _fill_in)
    app.connect("build-finished", lambda app, _: app.kept_outputs.stop())
    # Another process would wait in vain for the notebooks that this one runs.
    return {"parallel_read_safe": False, "parallel_write_safe": True}
