"""CSV files that a spreadsheet shows and never runs, written whole or not at all."""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

Cell = str | float | int | None

# What a spreadsheet takes for the beginning of a formula, in the wide forms of East Asia too.
_FORMULA = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_AT_START = re.compile(rf"\s*[{_FORMULA}]")
# Where a spreadsheet with another separator would see a cell begin.
_AFTER_SEPARATOR = re.compile(rf"([;|][\s\"']*)(?=[{_FORMULA}])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def plain_text(text: str) -> str:
    """Return one line of text without control characters or marks that turn its direction."""
    shown = _TURNING.sub("", _CONTROL.sub(" ", text))
    return shown.encode("utf-8", "replace").decode()


def safe_cell(value: Cell) -> str:
    """Return a cell as text: numbers stay numbers; a text like a formula gets an apostrophe.

    The apostrophe is how spreadsheets themselves mark text, so that a name such as ``-Ana``
    stays readable.
    """
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return f"{round(value, 4):.10g}"
    text = _AFTER_SEPARATOR.sub(r"\1'", plain_text(value))
    return f"'{text}" if _AT_START.match(text) else text


def table(rows: Iterable[Sequence[Cell]]) -> str:
    """Return rows as CSV, each cell made safe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue()


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that at every moment the old or the new one is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _umask() -> int:
    # The only way to read it is to set it.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
