"""A changed model puts its new number on the page; what does not concern a page costs nothing."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import CodeType, FrameType, ModuleType

import fresh_numbers
import matplotlib
import matplotlib.pyplot as plt
import nbformat
import pytest
from dependencies import LOOK_UPS, Package, Reach, code_cells, figure_sources, plain
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


def _build(book: Path, *more: str) -> str:
    settings = {
        "extensions": ",".join(("myst_nb", "fresh_numbers", *more)),
        "nb_execution_mode": "off",
    }
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


def test_a_page_filled_from_the_package_changes_with_its_key(tmp_path: Path) -> None:
    book = _book(tmp_path)
    (book / "book" / "_ext" / "shout.py").write_text(
        "import re\nfrom pathlib import Path\nimport fresh_numbers\n"
        "HALF = Path(__file__).parents[2] / 'mechanisms' / 'base.py'\n"
        "def fill(app, docname, source):\n"
        "    source[0] = source[0].replace('{{ half }}', HALF.read_text())\n"
        "def setup(app):\n"
        "    fresh_numbers.watch(app, '{{ half }}', lambda text: HALF.read_text())\n"
        "    app.connect('source-read', fill)\n"
    )
    (book / "filled.md").write_text("---\norphan: true\n---\n\n# Filled\n\n{{ half }}\n")
    for text in ("HALF = 20", "HALF = 21"):
        (book / "mechanisms" / "base.py").write_text(text)
        _build(book, "shout")
        assert text in (book / "_build" / "html" / "filled.html").read_text()


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
    assert package.reach("import importlib\nimportlib.import_module(name)") == package.whole


def _package(folder: Path, **modules: str) -> Package:
    package = folder / "mechanisms"
    package.mkdir()
    (package / "__init__.py").touch()
    for name, text in modules.items():
        path = package.joinpath(*name.split("__"))
        path.parent.mkdir(exist_ok=True)
        path.parent.joinpath("__init__.py").touch()
        path.with_suffix(".py").write_text(text)
    return Package(package)


def _parts(package: Package, source: str) -> list[str]:
    return list(Package(package.folder).reach(source).parts())


def _changes(package: Package, source: str, file: str, old: str, new: str) -> bool:
    """Whether a change in the package changes what counts for a piece of code."""
    path = package.folder / file
    text, before = path.read_text(), _parts(package, source)
    assert old in text
    path.write_text(text.replace(old, new))
    try:
        return _parts(package, source) != before
    finally:
        path.write_text(text)


def test_code_depends_on_the_functions_that_it_reaches_and_on_no_others(tmp_path: Path) -> None:
    model = (
        "from . import base\nfrom .base import twice as double\n"
        'def used(x):\n    """Say."""\n    return double(x) + base.LEVEL\n'
        "def other(x):\n    return x\n"
    )
    base = "LEVEL = 1\ndef twice(x):\n    return 2 * x\ndef thrice(x):\n    return 3 * x\n"
    package = _package(tmp_path, model=model, base=base)
    source = "from mechanisms import model\nmodel.used(1)"
    for name, old, new in (
        ("model", "Say.", "Tell."),
        ("model", "return x\n", "return -x\n"),
        ("base", "3 * x", "4 * x  # more"),
    ):
        assert not _changes(package, source, f"{name}.py", old, new)
    for name, old, new in (
        ("base", "LEVEL = 1", "LEVEL = 2"),
        ("base", "2 * x", "5 * x"),
        ("base", "def thrice", "def twice"),
        ("base", "LEVEL = 1", "LEVEL = 1\nprint('a side effect')"),
        ("model", "+ base.LEVEL", "- base.LEVEL"),
    ):
        assert _changes(package, source, f"{name}.py", old, new)
    whole = _parts(package, "from mechanisms import model\ngetattr(model, name)(1)")
    assert any("def other" in part for part in whole)


@pytest.mark.parametrize(
    "source",
    [
        "from mechanisms import all\ngetattr(all, name)(1)",
        "from mechanisms.all import *\nf(1)",
        "from mechanisms import all as a\nb = a\nb.f(1)",
        "from mechanisms import all\neval('all.f(1)')",
    ],
)
def test_a_module_that_is_used_as_a_value_counts_with_what_it_imports(
    tmp_path: Path, source: str
) -> None:
    package = _package(tmp_path, all="from .model import f\n", model="def f(x):\n    return x\n")
    assert _changes(package, source, "model.py", "return x", "return -x")


def test_what_happens_at_an_import_counts(tmp_path: Path) -> None:
    package = _package(
        tmp_path,
        model="UNITS = {}\nfor name in ('mg',):\n    UNITS[name] = 1\n"
        "def f():\n    from . import more  # noqa\n    return UNITS\n",
        more="from . import model\nmodel.UNITS['g'] = 1000\n",
    )
    source = "from mechanisms import model\nmodel.f()"
    assert _changes(package, source, "model.py", "= 1", "= 2")
    assert _changes(package, source, "more.py", "1000", "1001")


@pytest.mark.parametrize(
    "read", ["read('../mechanisms/data/part.csv')", "read(name + '.csv')", "read('*.csv')"]
)
def test_a_file_counts_by_a_path_a_pattern_or_an_ending(tmp_path: Path, read: str) -> None:
    package = _package(tmp_path, data__load="def load():\n    return read('part.csv')\n")
    (package.folder / "data" / "part.csv").write_text("1")
    assert _changes(package, read, "data/part.csv", "1", "2")


def test_a_row_that_is_not_found_leaves_the_whole_table_to_count(tmp_path: Path) -> None:
    package = _package(tmp_path, drugs="def constant(name):\n    return read('constants.csv')\n")
    (package.folder / "constants.csv").write_text("constant,value\nhalf,1\n")
    source = "from mechanisms import drugs\ndrugs.constant('Half')"
    assert _changes(package, source, "constants.csv", "half,1", "half,2")


@pytest.mark.parametrize(
    ("earlier", "figure"),
    [
        ("doses['a'] = 1", "doses"),
        ("plt.rcParams['figure.dpi'] = 72", "1"),
        ("SCALE = 2", "0\nif fast:\n    SCALE = 3\nSCALE"),
        ("hours = (\n    x\n    % 24\n)", "hours"),
    ],
)
def test_a_figure_depends_on_what_earlier_cells_changed(earlier: str, figure: str) -> None:
    cells = ["doses = {}", earlier, f"fig = {figure}\nLiveFigure('one', fig, f)"]
    other = [cells[0], earlier.replace("2", "5").replace("1", "6"), cells[2]]
    assert figure_sources(cells) != figure_sources(other)


def test_a_row_sought_by_its_name_is_all_that_counts_of_its_table(tmp_path: Path) -> None:
    package = _package(
        tmp_path,
        drugs="from . import data\n"
        "def constant(name):\n    return data.table()[name]\n"
        "def constants():\n    return data.table()\n"
        "def observations(drug=None, *, target=None):\n    return data.other()\n",
        data="def table():\n    return read('constants.csv')\n"
        "def other():\n    return read('observations.csv')\n",
    )
    table = package.folder / "constants.csv"
    head = "from mechanisms import drugs\n"
    sources = {
        "one": head + "drugs.constant('a.one')",
        "some": head + "drugs.constant(f'a.{x}')",
        "any": head + "drugs.constant(x)",
        "all": head + "drugs.constant('a.one'), drugs.constants()",
        "apart": head + "f = drugs.constant",
    }

    def parts(text: str) -> dict[str, list[str]]:
        table.write_text("constant,value\n" + text)
        return {name: _parts(package, source) for name, source in sources.items()}

    before = parts("a.one,1\na.two,2\nb.one,3\n")

    def changed(text: str) -> set[str]:
        return {name for name, now in parts(text).items() if now != before[name]}

    assert changed("a.one,9\na.two,2\nb.one,3\n") == set(sources)
    assert changed("a.one,1\na.two,9\nb.one,3\n") == {"some", "any", "all", "apart"}
    assert changed("a.one,1\na.two,2\nb.one,9\n") == {"any", "all", "apart"}


def test_rows_sought_by_several_columns_must_fit_all(tmp_path: Path) -> None:
    package = _package(
        tmp_path,
        drugs="from . import data\n"
        "def observations(drug=None, *, target=None):\n    return data.table()\n",
        data="def table():\n    return read('observations.csv')\n",
    )
    head = "from mechanisms import drugs\ndrugs.observations"
    sources = [head + "('a', target='x')", head + "(drug, target='x')", head + "(drug)"]

    def parts(text: str) -> list[list[str]]:
        (package.folder / "observations.csv").write_text("drug,target,value\n" + text)
        return [_parts(package, source) for source in sources]

    before = parts("a,x,1\na,y,1\nb,x,1\n")
    for text, expected in (
        ("a,x,2\na,y,1\nb,x,1\n", [True, True, True]),
        ("a,x,1\na,y,2\nb,x,1\n", [False, False, True]),
        ("a,x,1\na,y,1\nb,x,2\n", [False, True, True]),
    ):
        assert [new != old for new, old in zip(parts(text), before, strict=True)] == expected


def test_looking_up_a_row_reads_the_tables_that_are_known_and_no_others() -> None:
    package = Package(ROOT / "mechanisms")
    always = package.reach("").files
    for (module, function), tables in LOOK_UPS.items():
        found = package.reach(f"from mechanisms import {module}\nf = {module}.{function}").files
        names = {file.name for file in found - always}
        if function == "observations":  # it asks whether there is such a drug
            names -= {"drugs.csv", "parameters.csv"}
        assert names == tables.keys()


def test_a_page_depends_on_the_exercises_that_it_shows() -> None:
    package = Package(ROOT / "mechanisms")
    head = "from mechanisms.exercises import Exercise\n"
    shown = package.reach(head + "Exercise('kidney-dose')").pieces
    items = {piece.item for piece in shown if piece.item}
    assert items == {"kidney-dose"}
    assert package.reach(head + "Exercise(name)") == package.whole
    assert package.reach("from mechanisms import exercises\nexercises.Exercise('kidney-dose')") == (
        package.whole
    )
    assert package.reach(head.strip() + " as Ex\nEx('kidney-dose')") == package.whole
    assert package.reach(head + "Exercise('not there')") == package.whole
    assert package.reach("from mechanisms import exercises\nexercises.get(name)") == package.whole


def test_what_is_quickly_computed_counts_by_its_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "requirements.lock").touch()
    package = _package(tmp_path, validation="def rows(name):\n    return 1\n")
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("from mechanisms import validation"),
            nbformat.v4.new_code_cell('validation.rows("one")'),
        ]
    )

    def key(value: str) -> str:
        monkeypatch.setattr(fresh_numbers, "_value", lambda cell: cell + value)
        return fresh_numbers.Kept(tmp_path, tmp_path / "kept", 1).key(notebook)

    before = key("met")
    (package.folder / "validation.py").write_text("def rows(name):\n    return 2\n")
    assert key("met") == before
    assert key("missed") != before


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program that builds the book, in a folder of its own and without Jupyter Book."""
    spec = importlib.util.spec_from_file_location("book_build", ROOT / "book" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    for name in ("STAMP", "LAYOUT_STAMP", "INPUTS", "HTML"):
        monkeypatch.setattr(program, name, tmp_path / name.lower())
    monkeypatch.setattr(program, "BUILD", tmp_path)
    program.HTML.mkdir()
    (program.HTML / "index.html").touch()
    return program


def test_what_a_build_left_unfinished_is_done_again(build: ModuleType) -> None:
    read = build.BUILD / ".doctrees"
    read.mkdir()
    build.LAYOUT_STAMP.write_text(digest(build.LAYOUT))
    build.STAMP.touch()
    build._forget_removed_pages()
    assert read.exists()
    build.STAMP.unlink()
    build._forget_removed_pages()
    assert not read.exists()


def test_only_a_finished_build_of_the_same_files_is_left_alone(
    build: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, built = 0, []

    def run(command: object, **options: object) -> subprocess.CompletedProcess[str]:
        built.append(command)
        build.HTML.mkdir(exist_ok=True)
        (build.HTML / "index.html").touch()
        return subprocess.CompletedProcess([], status)

    monkeypatch.setattr(build, "repository", lambda: "")
    monkeypatch.setattr(build.subprocess, "run", run)

    def count() -> int:
        built.clear()
        assert build.main() == status
        return len(built)

    assert count() == 1
    assert count() == 0
    monkeypatch.setattr(build, "digest", lambda names, root=ROOT: f"changed {names}")
    assert count() == 1
    assert count() == 0
    (build.HTML / "index.html").unlink()
    status = 1
    assert count() == 1
    assert count() == 1
    status = 0
    assert count() == 1
    assert count() == 0


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks").glob("*/*.ipynb")), ids=lambda path: path.stem
)
def test_no_figure_runs_a_model_that_its_key_does_not_cover(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Draw each figure at its default values, note which modules ran, and look for them."""
    package = Package(ROOT / "mechanisms")
    cells = [plain(cell) for cell in code_cells(json.loads(path.read_text()))]
    covered = {name: package.reach(source) for name, source in figure_sources(cells).items()}
    ran: dict[str, set[CodeType]] = {}
    seen: set[CodeType] = set()

    def build(figure: LiveFigure, guess: object) -> str:
        figure.model  # noqa: B018  runs `update`
        ran[figure.name] = set(seen)
        return ""

    def watch(frame: FrameType, event: str, argument: object) -> None:
        seen.add(frame.f_code)

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
    for name, codes in ran.items():
        assert not _beyond(codes, covered[name], package), name


def _beyond(codes: set[CodeType], reach: Reach, package: Package) -> set[str]:
    """Functions of the package that ran and are in none of the pieces."""
    modules = {str(path): module for module, path in package.modules.items()}
    lines = {(p.module, line) for p in reach.pieces for line in p.lines}
    return {
        f"{code.co_filename}:{code.co_firstlineno} {code.co_name}"
        for code in codes
        if code.co_filename in modules
        and code.co_name != "<module>"
        and (modules[code.co_filename], code.co_firstlineno) not in lines
    }


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
