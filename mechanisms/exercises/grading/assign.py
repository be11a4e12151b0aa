"""Notebooks for credit: the hands-on notebooks with each learner's own variants."""

from __future__ import annotations

import ast
import copy
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from ..item import Item
from ..questions import Choice, Code, Numeric, Question, Setting
from .secret import seal
from .tables import write_whole

FORMAT = 1
EMPTY = "answer = None"
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#$|~&])")

WELCOME = """\
---

**Assignment {name}, for {learner}.** Complete the cells below the tasks, save the notebook and hand
it in. Only these cells are graded; do not rename, copy or remove them.

- Where the cell says `answer = None`, put your answer in the place of `None` as a plain value, such
  as `"B"`, `12.5` or `{{"dose_mg": 50}}`: not as a calculation or a name.
- Where it holds a function, complete it. It is called with other values, in a place that has Python
  and NumPy and nothing else; put whatever it needs into the same cell.

---"""


class AssignError(ValueError):
    """An assignment that cannot be made."""


def _nbformat() -> Any:
    """Import it late: that takes a second, and whoever grades imports this module as well."""
    import nbformat

    return nbformat


@dataclass(frozen=True)
class Template:
    """A notebook with exercises.

    Attributes
    ----------
    page : str
        Its name, unique in the assignment.
    notebook : NotebookNode
        As read.
    places : dict
        Index of a cell -> the items that it shows.
    """

    page: str
    notebook: Any
    places: dict[int, list[Item]]

    @property
    def items(self) -> list[Item]:
        """The items in the order of the notebook."""
        return [item for shown in self.places.values() for item in shown]


def read_template(path: Path, known: dict[str, Item]) -> Template:
    """Read a notebook that shows items by cells such as ``Exercise("kidney-dose")``.

    Raises
    ------
    AssignError
        If it cannot be read, shows no item, or one that is unknown or not alone in its cell.
    """
    try:
        notebook = _nbformat().reads(path.read_text(encoding="utf-8"), as_version=4)
    except (OSError, ValueError, _nbformat().ValidationError) as error:
        raise AssignError(f"notebook {path} cannot be read: {error}") from error
    places = {}
    for i, cell in enumerate(notebook.cells):
        ids = _shown(cell.source, f"{path}, cell {i + 1}") if cell.cell_type == "code" else []
        unknown = [id for id in ids if id not in known]
        if unknown:
            raise AssignError(f"{path}, cell {i + 1}: there is no item {unknown[0]!r}")
        if ids:
            places[i] = [known[id] for id in ids]
    if not places:
        raise AssignError(f"notebook {path} shows no exercise")
    return Template(path.stem, notebook, places)


def plain_template(page: str, items: Sequence[Item]) -> Template:
    """Return a notebook of nothing but these items."""
    notebook = _nbformat().v4.new_notebook(
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        cells=[_nbformat().v4.new_markdown_cell("# Exercises", id="title")],
    )
    notebook.cells += [
        _nbformat().v4.new_code_cell(f"Exercise({item.id!r})", id=f"item-{item.id}"[:64])
        for item in items
    ]
    return Template(page, notebook, {i + 1: [item] for i, item in enumerate(items)})


def _shown(source: str, where: str) -> list[str]:
    """Ids of the items that a code cell shows."""
    if "Exercise(" not in source:
        return []
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise AssignError(f"{where} is not Python: {error}") from error
    ids, others = [], False
    for statement in body:
        call = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] == "Exercise":
            if len(call.args) != 1 or not isinstance(call.args[0], ast.Constant):
                raise AssignError(f'{where}: an exercise is shown as Exercise("its-id")')
            ids.append(str(call.args[0].value))
        else:
            others = True
    if ids and others:
        raise AssignError(f"{where}: Exercise(...) must stand in a cell of its own")
    return ids


def make_notebook(
    template: Template, name: str, learner: str, secret: str, every: Sequence[Item]
) -> str:
    """Return one learner's notebook as text, the same for the same arguments.

    `every` are the items of the whole assignment.
    """
    cells: list[Any] = []
    drop_starter = False
    for i, cell in enumerate(template.notebook.cells):
        if i in template.places:
            cells += [c for it in template.places[i] for c in _task(it, learner, secret)]
            drop_starter = any(
                isinstance(it.for_credit(secret, learner).question, Code)
                for it in template.places[i]
            )
        elif drop_starter and "starter" in cell.metadata.get("tags", ()):
            drop_starter = False
        else:
            cells.append(copy.deepcopy(cell))
    welcome = _nbformat().v4.new_markdown_cell(
        WELCOME.format(name=_escape(name), learner=_escape(learner)), id="assignment"
    )
    cells.insert(1 if cells[0].cell_type == "markdown" else 0, welcome)
    header = {
        "format": FORMAT,
        "assignment": name,
        "learner": learner,
        "page": template.page,
        "items": [[item.id, item.version] for item in template.items],
        "every": [item.id for item in every],
    }
    metadata = {k: v for k, v in template.notebook.metadata.items() if k != "mechanisms"}
    metadata["mechanisms"] = {**header, "tag": seal(secret, header)}
    notebook = _nbformat().v4.new_notebook(metadata=metadata, cells=cells)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    _nbformat().validate(notebook)
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def answer_cell(item: str) -> str:
    """Return the id of the cell that answers an item; notebooks allow 64 characters."""
    return f"answer-{item}"[:64]


def _task(item: Item, learner: str, secret: str) -> list[Any]:
    """Return the task as text and the cell for the answer."""
    question = item.for_credit(secret, learner).question
    source = question.starter if isinstance(question, Code) else EMPTY
    return [
        _nbformat().v4.new_markdown_cell(_statement(item, question), id=f"task-{item.id}"[:64]),
        _nbformat().v4.new_code_cell(
            source, id=answer_cell(item.id), metadata={"mechanisms": {"item": item.id}}
        ),
    ]


def _escape(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)


def _statement(item: Item, question: Question) -> str:
    points = "1 point" if item.points == 1 else f"{item.points} points"
    parts = [f"### {_escape(item.title)}", f"*{points}*", _escape(question.prompt)]
    if question.given:
        parts.append("\n".join(f"- {_escape(k)}: {_escape(v)}" for k, v in question.given.items()))
    parts.append(_how_to_answer(question))
    return "\n\n".join(parts)


def _how_to_answer(question: Question) -> str:
    if isinstance(question, Choice):
        options = zip(ascii_uppercase, question.options, strict=False)
        listed = "\n".join(f"- **{letter}** {_escape(text)}" for letter, text in options)
        return f'{listed}\n\nAnswer with a letter, such as `answer = "A"`.'
    if isinstance(question, Numeric):
        unit = f" in {_escape(question.unit)}" if question.unit else ""
        return f"Answer with a number{unit}, such as `answer = 12.5`."
    if isinstance(question, Setting):
        knobs = ", ".join(f'"{name}": …' for name in question.example)
        return (
            f"Find the knob values on the live figure *{_escape(question.figure)}* and answer with "
            f"them: `answer = {{{knobs}}}`."
        )
    if isinstance(question, Code):
        return f"Complete the function `{question.function}`."
    raise TypeError(f"question of unknown kind {type(question).__name__}")


def assign(
    templates: Sequence[Template], learners: Sequence[str], name: str, secret: str, out: Path
) -> list[Path]:
    """Write a notebook for each learner and template; return the files.

    Raises
    ------
    AssignError
        If a page or an item occurs twice, or a file with other content is in the way; nothing is
        written then.
    """
    every = [item for template in templates for item in template.items]
    for what, names in (
        ("page", [template.page for template in templates]),
        ("item", [item.id for item in every]),
    ):
        twice = next((n for n in names if names.count(n) > 1), None)
        if twice is not None:
            raise AssignError(f"{what} {twice!r} occurs twice in the assignment")
    made = {
        out / learner / f"{template.page}-{learner}.ipynb": make_notebook(
            template, name, learner, secret, every
        )
        for learner in learners
        for template in templates
    }
    for path, text in made.items():
        if path.exists() and path.read_bytes() != text.encode():
            raise AssignError(f"{path} is there with other content; choose another --out")
    for path, text in made.items():
        write_whole(path, text)
    return list(made)
