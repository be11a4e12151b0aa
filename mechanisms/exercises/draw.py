"""What differs between learners: values picked from explicit lists by a hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, TypeVar

T = TypeVar("T")


class Draw:
    """Picks that depend on a seed and on nothing else.

    A hash, not a random number generator: its values are the same on every machine and in every
    version of every library.

    Parameters
    ----------
    seed : str
        Who and what is drawn for, such as ``"ssri-wait|1|7"``.

    Attributes
    ----------
    numbers : dict
        What was picked, by name; recorded with each answer.
    """

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.numbers: dict[str, Any] = {}

    def pick(self, name: str, options: Sequence[T]) -> T:
        """Pick one of `options` and record it under `name`.

        Raises
        ------
        ValueError
            If `options` is empty or holds what JSON cannot carry, or `name` was picked before.
        """
        if not options:
            raise ValueError(f"options of {name!r} must not be empty")
        if name in self.numbers:
            raise ValueError(f"name {name!r} was picked before; each pick needs its own")
        picked = options[self._number(name) % len(options)]
        try:
            # as a result file gives it back: a tuple becomes a list
            self.numbers[name] = json.loads(json.dumps(picked, allow_nan=False))
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"options of {name!r} must be numbers, texts or lists of them, got {picked!r}"
            ) from error
        return picked

    def order(self, name: str, values: Sequence[T]) -> list[T]:
        """Shuffle `values`; the order is not recorded."""
        ranked = sorted(range(len(values)), key=lambda i: self._number(f"{name}|{i}"))
        return [values[i] for i in ranked]

    def _number(self, name: str) -> int:
        digest = hashlib.sha256(f"{self.seed}|{name}".encode()).digest()
        return int.from_bytes(digest[:8], "big")
