"""What has been marked already, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

from .marking import NOT_GRADED, ItemMark, Rules, edition
from .secret import fingerprint
from .tables import write_whole


class State:
    """Marks by submission, in a folder next to the grades.

    A mark is found again only for the same bytes, secret, private items, limits and edition of the
    package, items included.
    """

    def __init__(self, folder: Path, rules: Rules, *, fresh: bool = False) -> None:
        self.folder = folder
        parts = [edition(), fingerprint(rules.secret), rules.private, rules.unsafe, rules.limits]
        self._rules = hashlib.sha256(repr(parts).encode()).hexdigest()
        if fresh:
            shutil.rmtree(folder, ignore_errors=True)

    def _path(self, data: bytes) -> Path:
        digest = hashlib.sha256(self._rules.encode() + data).hexdigest()
        return self.folder / f"{digest}.json"

    def get(self, data: bytes) -> list[ItemMark] | None:
        """Return the marks of a submission, or None."""
        try:
            found = json.loads(self._path(data).read_text(encoding="utf-8"))
            return [_mark(entry) for entry in found]
        except (OSError, ValueError, TypeError, KeyError):
            return None  # not there, or cut short: it is marked again

    def put(self, data: bytes, marks: Sequence[ItemMark]) -> None:
        """Keep marks, unless the grader itself failed somewhere and may do better next time."""
        if all(mark.status != NOT_GRADED for mark in marks):
            text = json.dumps([asdict(mark) for mark in marks])
            write_whole(self._path(data), text)


def _mark(entry: dict[str, object]) -> ItemMark:
    values = {f.name: entry[f.name] for f in fields(ItemMark)}
    given, options = values["given"], values["options"]
    assert isinstance(given, list)
    assert isinstance(options, list)
    values["given"] = tuple((label, text) for label, text in given)
    values["options"] = tuple(options)
    return ItemMark(**values)  # type: ignore[arg-type]
