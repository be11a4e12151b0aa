"""Who is in the class."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ..learner import learner_code
from .tables import plain_text

LARGEST = 20_000_000


class RosterError(ValueError):
    """A roster that cannot be used; the message names the line."""


@dataclass(frozen=True)
class Learner:
    """One line of the roster; only the learner code has to be there."""

    learner: str
    name: str = ""
    email: str = ""
    id_number: str = ""
    canvas_id: str = ""
    sis_user_id: str = ""
    sis_login_id: str = ""
    section: str = ""


COLUMNS = tuple(f.name for f in fields(Learner))


def read_roster(path: Path) -> dict[str, Learner]:
    """Read a CSV file with a heading; return its learners by code, in its order.

    Columns are those of `Learner`, in any order and spelling of case; others are left alone.
    Commas, semicolons and tabs are understood.

    Raises
    ------
    RosterError
        If the file cannot be read, lacks the column ``learner``, or holds a malformed code, a
        code twice, or nobody.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise RosterError(f"roster {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RosterError(f"roster {path} must be saved as CSV in UTF-8") from error
    if len(raw) > LARGEST:
        raise RosterError(f"roster {path} must hold at most {LARGEST} bytes")
    heading = text.partition("\n")[0]
    separator = max(",;\t", key=heading.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        return _learners(lines, str(path))
    except csv.Error as error:
        raise RosterError(f"roster {path}, line {lines.line_num}: {error}") from error


def _learners(lines: Any, path: str) -> dict[str, Learner]:
    heading = [name.strip().lower().replace(" ", "_") for name in next(lines, [])]
    if heading.count("learner") != 1:
        raise RosterError(f"roster {path} must have one column 'learner', got {heading[:20]}")
    found: dict[str, Learner] = {}
    for cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        values = dict(zip(heading, (plain_text(cell).strip() for cell in cells), strict=False))
        try:
            code = learner_code(values.get("learner", ""))
        except ValueError as error:
            raise RosterError(f"roster {path}, line {lines.line_num}: {error}") from error
        if code in found:
            raise RosterError(f"roster {path}, line {lines.line_num}: {code!r} is there twice")
        rest = {name: values.get(name, "") for name in COLUMNS[1:]}
        found[code] = Learner(code, **rest)
    if not found:
        raise RosterError(f"roster {path} names nobody")
    return found
