"""The recipes of CONTRIBUTING.md, followed to the letter in a copy of the repository."""

import bisect
import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.checkout import copy_to, files

ROOT = Path(__file__).resolve().parents[2]
FENCED = re.compile(r"^( *)(`{3,})\w*\n(.*?)^\1\2$", re.DOTALL | re.MULTILINE)
FIGURE = "notebooks/principles/serotonin.ipynb"
EXERCISE = "notebooks/hands_on/kidney.ipynb"


def blocks(title: str) -> list[str]:
    """The pieces of code under a heading, as one pastes them."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (recipe,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(found[2]) for found in FENCED.findall(recipe)]


class Copy:
    """What git would take of the repository, in another place."""

    def __init__(self, folder: Path) -> None:
        self.folder = copy_to(folder)
        self.before = {name: (ROOT / name).read_bytes() for name in files()}

    def change(self, name: str, edit: Callable[[str], str]) -> None:
        path = self.folder / name
        path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")

    def append(self, name: str, text: str, gap: str = "\n\n") -> None:
        self.change(name, lambda old: old + gap + text)

    def cell(self, name: str, id: str, source: str, tag: str) -> None:
        """Add a code cell to a notebook, as JupyterLab and `make strip` leave it."""
        cell = {"cell_type": "code", "execution_count": None, "id": id, "metadata": {"tags": [tag]}}
        cell |= {"outputs": [], "source": source.rstrip().splitlines(keepends=True)}

        def edit(text: str) -> str:
            notebook = json.loads(text)
            notebook["cells"].insert(-1, cell)
            return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"

        self.change(name, edit)

    def touched(self) -> set[str]:
        """Files that differ, since the last time somebody asked."""
        now = {name: (self.folder / name).read_bytes() for name in self.before}
        changed = {name for name in now if now[name] != self.before[name]}
        self.before = now
        return changed

    def python(self, *arguments: str) -> str:
        ran = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def pytest(self, *arguments: str) -> None:
        said = self.python("-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments)
        assert " passed" in said.splitlines()[-1], said


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def _add_the_model(copy: Copy) -> None:
    function, test = blocks("Add a model")
    copy.append("mechanisms/receptors.py", function)
    copy.append("tests/models/test_receptors.py", test)


def test_a_drug(copy: Copy) -> None:
    who, numbers, source, table = blocks("Add a drug")

    def in_order(text: str) -> str:
        heading, *drugs = text.splitlines(keepends=True)
        bisect.insort(drugs, who)
        return heading + "".join(drugs)

    copy.change("mechanisms/data/drugs.csv", in_order)
    copy.append("mechanisms/data/parameters.csv", numbers, gap="")
    copy.append("mechanisms/data/references.bib", source, gap="\n")
    copy.append("book/parameters.md", table, gap="\n")
    rooms = {name.rpartition("/")[0] for name in copy.touched() - {"book/parameters.md"}}
    assert rooms == {"mechanisms/data"}
    copy.pytest("tests/data")
    asked = 'drugs.get("oxazepam").parameter("half_life_h")'
    assert asked in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    said = copy.python("-c", f"from mechanisms import drugs; print(drugs.__file__, float({asked}))")
    assert said.split() == [str(copy.folder / "mechanisms" / "drugs.py"), "8.0"]


def test_a_model(copy: Copy) -> None:
    _add_the_model(copy)
    changed = copy.touched()
    assert changed == {"mechanisms/receptors.py", "tests/models/test_receptors.py"}
    copy.python("-m", "ruff", "check", "--no-cache", *changed)
    copy.python("-m", "ruff", "format", "--no-cache", "--check", *changed)
    subprocess.run(["git", "init", "--quiet"], cwd=copy.folder, check=True)
    copy.pytest("tests/models/test_receptors.py", "tests/test_repository.py", "-k", "half or rooms")


def test_a_live_figure(copy: Copy) -> None:
    _add_the_model(copy)
    copy.touched()
    (source,) = blocks("Add a live figure")
    copy.cell(FIGURE, "washout", source, "hide-input")
    assert copy.touched() == {FIGURE}
    program = f"""
    import json, re
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    cells = json.load(open({FIGURE!r}, encoding="utf-8"))["cells"]
    ran = [
        shell.run_cell("".join(cell["source"]))
        for cell in cells if cell["id"] in ("setup", "washout")
    ]
    for one in ran:
        one.raise_error()
    figure = ran[-1].result
    state = json.loads(re.search(r"<script[^>]*>(.*?)</script>", figure.to_html(), re.S)[1])
    (told,) = figure.readouts(residence_h=8).values()
    print(json.dumps([state["name"], [k["key"] for k in state["knobs"]], float(told)]))
    """
    said = copy.python("-c", textwrap.dedent(program)).splitlines()[-1]
    name, knobs, told = json.loads(said)
    assert (name, knobs) == ("washout", ["residence_h"])
    assert told == pytest.approx(0.8 * 2.718281828459045**-3)
    copy.pytest("tests/test_repository.py", "-k", "notebooks and serotonin")


def test_an_exercise(copy: Copy) -> None:
    function, check = blocks("Add an exercise")
    copy.append("mechanisms/exercises/items/kidney.py", function)
    copy.cell(EXERCISE, "half-time", 'Exercise("kidney-half-time")', "remove-input")
    tests = "tests/exercises/test_items_applications.py"
    assert copy.touched() == {"mechanisms/exercises/items/kidney.py", EXERCISE}
    mark = '    "kidney-accumulation": accumulation,\n'
    copy.change(tests, lambda old: old.replace(mark, mark + textwrap.indent(check, "    "), 1))
    assert copy.touched() == {tests}
    files = ("mechanisms/exercises/items/kidney.py", tests)
    copy.python("-m", "ruff", "check", "--no-cache", *files)
    copy.python("-m", "ruff", "format", "--no-cache", "--check", *files)
    copy.pytest("tests/exercises/test_item.py", tests, "-k", "kidney")
