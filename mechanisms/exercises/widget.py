"""`Exercise` and `Scoreboard`: widgets in Jupyter, plain HTML with a script in the book."""

from __future__ import annotations

import inspect
import linecache
import sys
from collections.abc import Callable, Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar

import traitlets

from mechanisms.live.host import Hosted

from .item import Item, catalogue, get
from .learner import VARIANTS
from .page import exercise_html, scoreboard_html
from .questions import Code, Mark, UnreadableError

_STATIC = files("mechanisms.exercises") / "static"
_SCRIPT = (_STATIC / "exercise.js").read_text(encoding="utf-8")
_STYLE = (_STATIC / "exercise.css").read_text(encoding="utf-8")
_LONGEST = 20_000  # characters of a function, as in the schema of the result file


class _Practice(Hosted):
    """What the page shows, run by one script."""

    _esm = _SCRIPT + "\nexport default { render: exercises.render };\n"
    _css = _STYLE
    _runs = traitlets.Bool(False).tag(sync=True)
    learner = traitlets.Unicode().tag(sync=True)


class Exercise(_Practice):
    """An exercise of the book, with the numbers of the learner who works here.

    Parameters
    ----------
    item : str or Item
        Which one; an item of the book by its id.

    Attributes
    ----------
    learner : str
        The learner code that the page works with; empty until the exercise is shown.

    Raises
    ------
    KeyError
        If there is no such exercise.
    """

    _last_learner: ClassVar[str] = ""

    def __init__(self, item: str | Item) -> None:
        self.item = get(item) if isinstance(item, str) else item
        runs = isinstance(self.item.variant(0).question, Code)
        super().__init__(_html=exercise_html(self.item), _runs=runs)
        self.observe(self._remember, "learner")
        self.on_msg(self._hear)

    def check(self, answer: Any = None, learner: str = "") -> Mark:
        """Judge an answer in Python; nothing is recorded.

        Parameters
        ----------
        answer : object
            A letter, a number, knob values by name, or a function. Without one, the function
            that the exercise asks for is taken from this notebook.
        learner : str
            The learner code; without it, the one that the page works with.

        Raises
        ------
        ValueError
            If no learner is known, or the answer is none.
        """
        code = learner or self.learner or Exercise._last_learner
        if not code:
            raise ValueError("learner must be given: your code, as the scoreboard shows it")
        question = self.item.for_learner(code).question
        if isinstance(question, Code):
            return question.test(_function(question.function) if answer is None else answer)
        return question.mark(answer)

    def _words(self) -> str:
        return f"Exercise: {self.item.title}"

    def _remember(self, change: Any) -> None:
        Exercise._last_learner = change["new"]

    def _hear(self, _: Any, content: Any, buffers: Any) -> None:
        if isinstance(content, dict) and content.get("type") == "check":
            self.send({"type": "mark", **self._reply(content.get("variant"))})

    def _reply(self, variant: Any) -> dict[str, Any]:
        """Find the function in the notebook and mark it for the page."""
        question = self.item.variant(0).question
        if type(variant) is int and 0 <= variant < VARIANTS:
            question = self.item.variant(variant).question
        try:
            if not isinstance(question, Code):
                raise UnreadableError("The page judges this exercise itself.")
            function = _function(question.function)
            source = question.read(_source(function))
            mark = question.test(function)
        except UnreadableError as error:
            return {"unreadable": True, "said": str(error)}
        return {"raw": source, "correct": mark.correct, "said": mark.feedback}


class Scoreboard(_Practice):
    """All exercises of the book, with what this learner has earned.

    Parameters
    ----------
    items : iterable of Item, optional
        Others than those of the book.
    """

    def __init__(self, items: Iterable[Item] | None = None) -> None:
        shown = catalogue().values() if items is None else items
        super().__init__(_html=scoreboard_html(shown))

    def _words(self) -> str:
        return "Scoreboard of the exercises"


def _function(name: str) -> Callable[..., Any]:
    """Return the function of this name that the notebook holds now."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    found = shell.user_ns.get(name) if shell else None
    if not callable(found):
        raise UnreadableError(f"There is no function {name} yet: run the cell that defines it.")
    return found  # type: ignore[no-any-return]


def _source(function: Callable[..., Any]) -> str:
    """Return the text of the cell that defines a function, with the imports it may need."""
    try:
        name = inspect.unwrap(function).__code__.co_filename
        cell = "".join(linecache.getlines(name))
        source = inspect.getsource(function) if Path(name).exists() or not cell else cell
    except (AttributeError, OSError, TypeError) as error:
        raise UnreadableError("Define the function with def in a cell of this notebook.") from error
    if len(source) > _LONGEST:
        raise UnreadableError(f"The cell is too long: at most {_LONGEST} characters are kept.")
    return source
