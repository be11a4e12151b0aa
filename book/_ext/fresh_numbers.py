"""Run a notebook again when something that its numbers depend on has changed, and only then.

What a notebook showed is kept with a key: its code, and the modules and data files that this code
can reach (`dependencies`). Prose is not part of the key. A live figure has a key of its own, so
that a notebook that runs again takes over the figures that the change does not concern. Sphinx
reads every page again after any change in the package; that is cheap, running is not.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from dependencies import Package, code_cells, figure_sources, plain
from fingerprint import NUMBERS, digest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError


def _configure(app: Sphinx, config: Config) -> None:
    # Both are "env" values: when one changes, Sphinx reads every page again.
    config.book_numbers = digest(NUMBERS, Path(app.srcdir))
    config.book_extensions = digest(["book/_ext"], Path(app.srcdir))


class Kept:
    """The outputs of the notebooks, in a folder with one file each."""

    def __init__(self, root: Path, folder: Path, timeout: int) -> None:
        self.root, self.folder, self.timeout = root, folder, timeout
        self.figures = folder / "figures"
        self.package = Package(root / NUMBERS[0])
        self.contents = cache(lambda path: digest([path.relative_to(root).as_posix()], root))

    def _key(self, source: str) -> str:
        """Key of a piece of code: itself, the Python and the files of the package it reaches."""
        files = self.package.files(self.package.used_by(source))
        versions = [self.root / name for name in NUMBERS[1:]]
        parts = [source, sys.version, *map(self.contents, [*files, *versions])]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    def outputs(self, docname: str, notebook: Any) -> dict[str, Any] | None:
        """Return what the notebook showed when it ran, unless that no longer holds."""
        file = self.folder / f"{docname}.json"
        if not file.exists():
            return None
        kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return kept if kept["key"] == self._key(_code(notebook)) else None

    def run(self, notebooks: Iterable[tuple[str, Any]]) -> None:
        """Run notebooks side by side, the longest first."""
        todo = sorted(notebooks, key=lambda pair: -len(_code(pair[1])))
        keys = {
            name: self._key(source)
            for _, notebook in todo
            for name, source in figure_sources(code_cells(notebook)).items()
        }
        self.figures.mkdir(parents=True, exist_ok=True)
        (self.figures / "keys.json").write_text(json.dumps(keys), encoding="utf-8")
        os.environ["LIVE_FIGURES"] = str(self.figures)
        # As many processes as cores already; threads of the linear algebra would only compete.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda pair: self._run(*pair), todo))

    def _run(self, docname: str, notebook: Any) -> None:
        key, started = self._key(_code(notebook)), time.monotonic()
        file = self.folder / f"{docname}.json"
        folder = (self.root / docname).parent
        client = NotebookClient(
            notebook, timeout=self.timeout, resources={"metadata": {"path": str(folder)}}
        )
        try:
            client.execute()
        except CellExecutionError as error:
            raise ExtensionError(f"{docname} does not run:\n{error}") from error
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        kept = {
            "key": key,
            "seconds": round(time.monotonic() - started, 2),
            "outputs": [cell.outputs for cell in cells],
            "counts": [cell.execution_count for cell in cells],
        }
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(kept), encoding="utf-8")


def _code(notebook: Any) -> str:
    return "\n".join(map(plain, code_cells(notebook)))


def _run_changed(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Run the notebooks among the pages that Sphinx is about to read, if they have to."""
    kept = Kept(
        Path(app.srcdir), Path(app.outdir).parent / "executed", app.config.nb_execution_timeout
    )
    app.kept_outputs = kept  # type: ignore[attr-defined]
    paths = {docname: Path(env.doc2path(docname)) for docname in docnames}
    notebooks = {
        docname: nbformat.read(path, as_version=4)
        for docname, path in paths.items()
        if path.suffix == ".ipynb"
    }
    kept.run((d, n) for d, n in notebooks.items() if kept.outputs(d, n) is None)


def _fill_in(app: Sphinx, docname: str, source: list[str]) -> None:
    """Give Sphinx the notebook with its outputs."""
    if Path(app.env.doc2path(docname)).suffix != ".ipynb":
        return
    notebook = nbformat.reads(source[0], as_version=4)
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
    for name in ("book_numbers", "book_extensions"):
        app.add_config_value(name, "", "env")
    app.connect("config-inited", _configure)
    app.connect("env-before-read-docs", _run_changed)
    app.connect("source-read", _fill_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
