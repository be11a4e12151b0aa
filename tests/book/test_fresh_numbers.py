"""A changed model puts its new number on the page; what does not concern a page costs nothing."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import FrameType

import matplotlib
import matplotlib.pyplot as plt
import pytest
from dependencies import Package, code_cells, figure_sources, plain
from fingerprint import digest

from mechanisms.live import Knob, LiveFigure, registry

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    "cells": [
        {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# Page"},
        {
            "cell_type": "code",
            "id": "number",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": (
                "import sys\n"
                "sys.path.insert(0, '.')\n"
                "from mechanisms import model\n"
                "open('runs', 'a').write('x')\n"
                "print('answer', model.answer())"
            ),
        },
    ],
}


def _build(book: Path) -> str:
    settings = {"extensions": "myst_nb,fresh_numbers", "nb_execution_mode": "off"}
    settings["exclude_patterns"] = "_build"
    options = [part for key, value in settings.items() for part in ("-D", f"{key}={value}")]
    command = [sys.executable, "-m", "sphinx", "-q", "-C", *options, ".", "_build/html"]
    environment = {"PYTHONPATH": str(book / "book" / "_ext"), "PATH": "", "HOME": str(book)}
    done = subprocess.run(command, cwd=book, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return (book / "_build" / "html" / "index.html").read_text()


def _book(folder: Path) -> Path:
    shutil.copytree(ROOT / "book" / "_ext", folder / "book" / "_ext")
    (folder / "index.ipynb").write_text(json.dumps(NOTEBOOK))
    (folder / "requirements.lock").write_text("")
    models = folder / "mechanisms"
    models.mkdir()
    (models / "model.py").write_text(
        "from pathlib import Path\n"
        "from . import base\n"
        "def answer():\n"
        "    return base.HALF + int(Path(__file__).with_name('part.csv').read_text())\n"
    )
    (models / "__init__.py").write_text("")
    (models / "base.py").write_text("HALF = 20\n")
    (models / "part.csv").write_text("21")
    (models / "other.py").write_text("")
    return folder


def test_a_page_changes_with_each_file_that_its_numbers_need_and_with_no_other(
    tmp_path: Path,
) -> None:
    book = _book(tmp_path)
    runs = book / "runs"
    assert "answer 41" in _build(book)
    _build(book)
    (book / "mechanisms" / "other.py").write_text("UNUSED = 1\n")
    text = json.dumps(NOTEBOOK).replace("# Page", "# Another title")
    (book / "index.ipynb").write_text(text)
    assert "Another title" in _build(book)
    assert runs.read_text() == "x"
    (book / "mechanisms" / "base.py").write_text("HALF = 21\n")
    assert "answer 42" in _build(book)
    (book / "mechanisms" / "part.csv").write_text("22")
    assert "answer 43" in _build(book)
    assert runs.read_text() == "xxx"
    (book / "index.ipynb").write_text(text.replace("print('answer'", "print('the answer'"))
    assert "the answer 43" in _build(book)
    (book / "requirements.lock").write_text("numpy==99")
    _build(book)
    assert runs.read_text() == "xxxxx"


def test_a_notebook_that_fails_stops_the_build(tmp_path: Path) -> None:
    book = _book(tmp_path)
    (book / "mechanisms" / "base.py").write_text("HALF = 1 / 0\n")
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        _build(book)


def test_a_figure_depends_on_its_cell_and_on_what_that_names() -> None:
    cells = [
        "import numpy as np\nfrom mechanisms import receptors, symptoms\nstyle.use()\n"
        "SCALE = receptors.scale()\ndef helper(x):\n    return x * SCALE\nUNUSED = symptoms.f()",
        "fig = 1\nLiveFigure('one', fig, lambda x: helper(x))",
        "symptoms.table()",
        "fig = 2\ndef update(x):\n    return np.exp(x)\nLiveFigure('two', fig, update)",
    ]
    sources = figure_sources(cells)
    assert set(sources) == {"one", "two"}
    assert "from mechanisms import receptors" in sources["one"]
    assert "SCALE = receptors.scale()" in sources["one"]
    assert "symptoms" not in sources["one"]
    assert "receptors" not in sources["two"]
    assert all("style.use()" in source for source in sources.values())


def test_computed_imports_count_as_everything() -> None:
    package = Package(ROOT / "mechanisms")
    assert package.used_by("import importlib\nimportlib.import_module(name)") == set(
        package.modules
    )


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks").glob("*/*.ipynb")), ids=lambda path: path.stem
)
def test_no_figure_runs_a_model_that_its_key_does_not_cover(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Draw each figure at its default values, note which modules ran, and look for them."""
    package = Package(ROOT / "mechanisms")
    cells = [plain(cell) for cell in code_cells(json.loads(path.read_text()))]
    covered = {
        name: set(package.files(package.used_by(source)))
        for name, source in figure_sources(cells).items()
    }
    ran: dict[str, set[Path]] = {}
    seen: set[str] = set()

    def build(figure: LiveFigure, guess: object) -> str:
        figure.model  # noqa: B018  runs `update`
        ran[figure.name] = {Path(name) for name in seen}
        return ""

    def watch(frame: FrameType, event: str, argument: object) -> None:
        seen.add(frame.f_code.co_filename)

    monkeypatch.setattr(LiveFigure, "_build", build)
    monkeypatch.setattr(registry, "claim", lambda name, function: None)
    namespace: dict[str, object] = {}
    with matplotlib.rc_context():
        for cell in cells:
            if "LiveFigure(" in cell:
                seen.clear()
                sys.setprofile(watch)
            try:
                exec(compile(cell, str(path), "exec"), namespace)
            finally:
                sys.setprofile(None)
    plt.close("all")
    assert ran.keys() == covered.keys()
    package_files = set(package.modules.values())
    for name, files in ran.items():
        assert files & package_files <= covered[name], name


def test_a_stored_figure_is_taken_over_until_its_key_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVE_FIGURES", str(tmp_path))

    def figure(slope: float, key: str) -> LiveFigure:
        (tmp_path / "keys.json").write_text(json.dumps({"stored": key}))
        fig, ax = plt.subplots()
        ax.set(xlim=(0, 1), ylim=(0, 10))
        (line,) = ax.plot([0, 1], [0, 1])

        def update(height: float) -> dict[str, float]:
            line.set_ydata([0, height])
            return {"Slope": slope * height}

        registry.release("stored")
        return LiveFigure("stored", fig, update, alt="A line.", height=Knob(0, 10, 5))

    first = figure(2, "a").to_html()
    taken = figure(3, "a")
    assert taken.to_html() == first
    assert taken.readouts(height=4)["Slope"] == 12
    assert "15" in figure(3, "b").to_html()
    assert [file.name for file in tmp_path.glob("*.html")] == ["stored.b.html"]


def test_the_fingerprint_sees_contents_and_names(tmp_path: Path) -> None:
    folder = tmp_path / "mechanisms"
    folder.mkdir()
    (folder / "a.csv").write_text("1")
    first = digest(["mechanisms"], tmp_path)
    (folder / "a.csv").write_text("2")
    second = digest(["mechanisms"], tmp_path)
    (folder / "a.csv").rename(folder / "b.csv")
    third = digest(["mechanisms"], tmp_path)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "b.pyc").write_text("compiled")
    assert len({first, second, third}) == 3
    assert digest(["mechanisms"], tmp_path) == third
