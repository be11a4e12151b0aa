"""Read a notebook or a result file that somebody handed in, without running or believing it."""

from __future__ import annotations

import ast
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

from ..learner import learner_code
from ..results import Results, ResultsError, read_results
from .assign import EMPTY, FORMAT, answer_cell
from .secret import seal
from .sources import Refused
from .tables import plain_text

LONGEST = 20_000  # characters of one answer
CREDIT, PRACTICE = "credit", "practice"


@dataclass(frozen=True)
class Notebook:
    """An assigned notebook whose seal is the course's.

    Attributes
    ----------
    assignment, learner, page : str
        As sealed.
    items : tuple of (id, version)
        Of this notebook, and of the whole assignment.
    cells : dict
        Item -> the texts of all cells that claim to answer it.
    """

    assignment: str
    learner: str
    page: str
    items: tuple[tuple[str, int], ...]
    every: tuple[str, ...]
    cells: dict[str, list[str]] = field(default_factory=dict)


def read_submission(data: bytes, secret: str) -> Notebook | Results:
    """Read what was handed in.

    UTF-8, UTF-16 and UTF-32 are understood, with and without a byte order mark.

    Raises
    ------
    Refused
        If it is neither a notebook of this course nor a result file.
    """
    try:
        # Decodes as it guesses from the first bytes.
        text = data.decode(json.detect_encoding(data))
        tree = json.loads(text)
    except UnicodeDecodeError as error:
        raise Refused("is damaged: not text in a Unicode encoding") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise Refused("is damaged or of another kind: not a notebook or result file") from error
    if isinstance(tree, dict) and tree.get("format") == "retuning-results":
        try:
            return read_results(text.encode())
        except (ResultsError, UnicodeEncodeError) as error:
            raise Refused(plain_text(f"is a broken result file: {error}")[:300]) from error
    if not isinstance(tree, dict) or not isinstance(tree.get("cells"), list):
        raise Refused("is neither a notebook (version 4) nor a result file")
    return _notebook(tree, secret)


def _notebook(tree: dict[str, Any], secret: str) -> Notebook:
    metadata = tree.get("metadata")
    header = metadata.get("mechanisms") if isinstance(metadata, dict) else None
    if not isinstance(header, dict):
        raise Refused("is not an assigned notebook: it has no assignment in its metadata")
    try:
        found = _header(header, secret)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise Refused("is not an assigned notebook: its assignment is damaged") from error
    if found is None:
        raise Refused("the seal does not fit: made with another secret, or altered")
    # Some editors drop the metadata of cells, and keep the ids.
    by_id = {answer_cell(id): id for id, _ in found.items}
    for cell in tree["cells"]:
        item = _item_of(cell, by_id)
        if item is not None:
            found.cells.setdefault(item, []).append(_source(cell))
    return found


def _header(header: dict[str, Any], secret: str) -> Notebook | None:
    sealed = {name: value for name, value in header.items() if name != "tag"}
    tag = header.get("tag")
    if not isinstance(tag, str) or not hmac.compare_digest(
        tag.encode(), seal(secret, sealed).encode()
    ):
        return None
    if sealed["format"] != FORMAT:
        raise ValueError("format")
    return Notebook(
        str(sealed["assignment"]),
        learner_code(sealed["learner"]),
        str(sealed["page"]),
        tuple((str(id), int(version)) for id, version in sealed["items"]),
        tuple(str(id) for id in sealed["every"]),
    )


def _item_of(cell: Any, by_id: dict[str, str]) -> str | None:
    """Return the item that a code cell answers, by its metadata or else by its id."""
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return None
    metadata = cell.get("metadata")
    own = metadata.get("mechanisms") if isinstance(metadata, dict) else None
    item = own.get("item") if isinstance(own, dict) else None
    if isinstance(item, str):
        return item if answer_cell(item) in by_id else None
    id = cell.get("id")
    return by_id.get(id) if isinstance(id, str) else None


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


class UnclearError(ValueError):
    """A cell that holds no plain answer; the message says what is expected."""


def literal(source: str) -> Any:
    """Return what a cell assigns to ``answer``, without running it; None for nothing yet.

    Raises
    ------
    UnclearError
        If the cell is no Python, or the answer anything but a plain value.
    """
    if source.strip() in ("", EMPTY):
        return None
    if len(source) > LONGEST:
        raise UnclearError(f"The cell is longer than {LONGEST} characters.")
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UnclearError("The cell is not Python that can be read.") from error
    values = [
        statement.value
        for statement in body
        if isinstance(statement, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == "answer" for t in statement.targets)
    ]
    if not values:
        raise UnclearError("The cell does not say `answer = ...`.")
    try:
        # As if run from top to bottom: the last one stands.
        return ast.literal_eval(values[-1])
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError) as error:
        raise UnclearError(
            'The answer must be a plain value, such as "B" or 12.5, not a name or a calculation.'
        ) from error
