"""Result files: what a learner downloads from the page, read with suspicion."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .learner import learner_code

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

SCHEMA = "static/result.schema.json"
LARGEST = 2_000_000  # bytes, as in exercise.js
DEEPEST = 8


class ResultsError(ValueError):
    """A result file that cannot be read; the message says what is wrong with it."""


@dataclass(frozen=True)
class Record:
    """Raw answers to one exercise, in the order given, and what was drawn for it."""

    item: str
    version: int
    variant: int
    numbers: dict[str, Any]
    answers: tuple[Any, ...]


@dataclass(frozen=True)
class Results:
    """Everything in one result file."""

    learner: str
    items: tuple[Record, ...]


@cache
def _validator() -> Draft202012Validator:
    # Takes a second to import, and most who grade meet no result file.
    from jsonschema import Draft202012Validator

    text = files(__package__).joinpath(SCHEMA).read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def read_results(source: str | PathLike[str] | bytes) -> Results:
    """Read a result file, from its path or its bytes.

    Raises
    ------
    ResultsError
        If it is too large, not JSON in UTF-8, nested too deeply, names anything twice, holds a
        number that is not finite, or breaks the published schema.
    OSError
        If the path cannot be read.
    """
    if isinstance(source, bytes):
        raw = source
    else:
        with Path(source).open("rb") as file:
            raw = file.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise ResultsError(f"a result file holds at most {LARGEST} bytes, this one holds more")
    data = _parse(raw)
    if not isinstance(data, dict) or data.get("format") != "retuning-results":
        raise ResultsError("this is not a result file of the book: its format is not named")
    version = data.get("version")
    if isinstance(version, int) and version > 1:
        raise ResultsError(f"version must be 1, got {version}: a newer edition made this file")
    # The first fault only: a hostile file can hold a million.
    fault = next(iter(_validator().iter_errors(data)), None)
    if fault is not None:
        raise ResultsError(f"{_where(fault.absolute_path)}: {_shorten(fault.message)}")
    twice = _twice(entry["item"] for entry in data["items"])
    if twice is not None:
        raise ResultsError(f"item {twice!r} is recorded twice")
    learner = data["learner"]
    if learner != learner_code(learner):
        raise ResultsError(f"learner must be a learner code and nothing else, got {learner!r}")
    records = tuple(
        Record(e["item"], int(e["version"]), int(e["variant"]), e["numbers"], tuple(e["answers"]))
        for e in data["items"]
    )
    return Results(learner, records)


def _parse(raw: bytes) -> Any:
    try:
        data = json.loads(
            raw.decode("utf-8-sig"),
            object_pairs_hook=_once,
            parse_constant=_refuse,
            parse_float=_finite,
            parse_int=_whole,
        )
        deep = _depth(data) > DEEPEST
    except UnicodeDecodeError as error:
        raise ResultsError("the file is not text in UTF-8") from error
    except RecursionError:
        deep = True
    except ResultsError:
        raise
    except ValueError as error:
        raise ResultsError(f"the file is not JSON: {error}") from error
    if deep:
        raise ResultsError(f"the file is nested more than {DEEPEST} deep")
    return data


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        name = _shorten(repr(_twice(name for name, _ in pairs)))
        raise ResultsError(f"{name} is named twice in one object")
    return found


def _twice(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _refuse(word: str) -> Any:
    raise ResultsError(f"numbers must be finite, got {word}")


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refuse(_shorten(text))


def _whole(text: str) -> int:
    if len(text) > 300:  # beyond the largest float
        _refuse(_shorten(text))
    return int(text)


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max((_depth(v) for v in inner), default=0)


def _where(path: Any) -> str:
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".") or "file"


def _shorten(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:100]} … {text[-15:]}"
