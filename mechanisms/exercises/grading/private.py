"""A teacher's own items, from a file that the book does not publish."""

from __future__ import annotations

import functools
import hashlib
from types import ModuleType

from ..item import Item, _items, catalogue


def all_items(private: str = "") -> dict[str, Item]:
    """Return the book's items and those that the text of a Python module defines.

    The text, not the file: a worker on another machine has no file.
    """
    return {**catalogue(), **_defined(private)} if private else catalogue()


@functools.cache
def _defined(private: str) -> dict[str, Item]:
    known = catalogue()
    digest = hashlib.sha256(private.encode()).hexdigest()[:16]
    module = ModuleType(f"mechanisms_private_{digest}")
    try:
        exec(compile(private, "<private items>", "exec"), module.__dict__)
        return {id: item for id, item in catalogue().items() if id not in known}
    finally:
        # They are this course's, not the book's.
        for id in _items.keys() - known.keys():
            del _items[id]
