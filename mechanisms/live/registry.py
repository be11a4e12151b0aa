"""No two figures of one process share a name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

_claims: dict[str, tuple[Any, ...]] = {}


def _place(function: Callable[..., Any]) -> tuple[Any, ...]:
    """Where a figure is made: its notebook cell if that is known, else the code of `update`."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None and hasattr(shell, "get_parent"):
        cell = shell.get_parent().get("metadata", {}).get("cellId")
        if cell:
            return ("cell", cell)
    code = getattr(function, "__code__", None)
    return ("code", getattr(code, "co_filename", ""), getattr(code, "co_firstlineno", 0))


def claim(name: str, function: Callable[..., Any]) -> None:
    """Reserve a figure name for the cell that makes it; running that cell again is fine.

    Raises
    ------
    ValueError
        If another cell, or another `update`, already made a figure of this name.
    """
    place = _place(function)
    taken = _claims.setdefault(name, place)
    if taken != place and taken[0] == place[0]:
        raise ValueError(f"name {name!r} is already used by another figure; names are unique")
    _claims[name] = place


def release(name: str) -> None:
    """Give a name back."""
    _claims.pop(name, None)
