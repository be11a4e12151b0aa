"""An item: a task with its variants, and the list of all items."""

from __future__ import annotations

import hashlib
import hmac
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .draw import Draw
from .learner import VARIANTS, learner_code, variant_index
from .questions import Question

Make = Callable[[Draw], Question]
TRIES = 200


@dataclass(frozen=True, eq=False)
class Item:
    """One exercise.

    Attributes
    ----------
    id : str
        Unique in the book: lower-case words joined by hyphens.
    title : str
        A few words, for headings and the scoreboard.
    page : str
        The notebook that shows it, as ``"hands_on/kidney"``.
    section : str
        Where the book explains it, as ``"principles/serotonin#the-brake"``.
    points, attempts : int
        The first right answer earns all points, each further attempt one share less.
    version : int
        Raised when the task, its lists or its key change.
    make : callable
        Makes a question of a draw.
    """

    id: str
    title: str
    page: str
    section: str
    make: Make = field(repr=False)
    points: int = 2
    attempts: int = 3
    version: int = 1

    def variant(self, index: int) -> Variant:
        """Return the published variant `index`, 0 to 23."""
        if not 0 <= index < VARIANTS:
            raise ValueError(f"index must be 0 to {VARIANTS - 1}, got {index}")
        return self.published[index]

    @cached_property
    def published(self) -> tuple[Variant, ...]:
        """All published variants."""
        return tuple(self._first_sound(f"{self.id}|{self.version}|{i}") for i in range(VARIANTS))

    def for_learner(self, code: str) -> Variant:
        """Return the practice variant of a learner."""
        return self.variant(variant_index(learner_code(code), self.id))

    def for_credit(self, secret: str, code: str) -> Variant:
        """Return the variant that a course secret gives a learner.

        Drawn apart from the published ones: a variant whose numbers are published is passed over
        while another can be found.
        """
        text = f"{self.id}|{self.version}|{learner_code(code)}"
        seed = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        known = [v.numbers for v in self.published]
        return self._first_sound(seed, avoid=known)

    def _first_sound(self, seed: str, avoid: Iterable[dict[str, Any]] = ()) -> Variant:
        avoid = list(avoid)
        spare, fault = None, ""
        for n in range(TRIES):
            draw = Draw(f"{seed}|{n}")
            question = self.make(draw)
            fault = question.fault()
            if fault:
                continue
            found = Variant(self, question, draw.numbers)
            if draw.numbers not in avoid:
                return found
            spare = spare or found
        if spare is None:
            raise ValueError(f"item {self.id!r} has no sound variant: {fault}")
        return spare

    def earned(self, attempts_used: int, correct: bool) -> float:
        """Points after `attempts_used` answers, the last of them right or not."""
        if not correct or not 1 <= attempts_used <= self.attempts:
            return 0.0
        return self.points * (self.attempts - attempts_used + 1) / self.attempts


@dataclass(frozen=True, eq=False)
class Variant:
    """A question and what was drawn for it."""

    item: Item
    question: Question
    numbers: dict[str, Any]


_items: dict[str, Item] = {}


def item(
    id: str,
    title: str,
    *,
    page: str,
    section: str,
    points: int = 2,
    attempts: int = 3,
    version: int = 1,
) -> Callable[[Make], Item]:
    """Register a function of a draw as an item; see `Item` for the arguments.

    Raises
    ------
    ValueError
        If the id is malformed or taken, or points or attempts are not positive.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", id):
        raise ValueError(f"id must be lower-case words joined by hyphens, got {id!r}")
    for name, value in (("points", points), ("attempts", attempts), ("version", version)):
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}")

    def register(make: Make) -> Item:
        known = _items.get(id)
        if known is not None and known.make.__module__ != make.__module__:
            raise ValueError(f"id {id!r} is taken by {known.make.__module__}")
        made = Item(id, title, page, section, make, points, attempts, version)
        _items[id] = made
        return made

    return register


def catalogue() -> dict[str, Item]:
    """Return all items by id; each module in `items/` is loaded by being there."""
    from . import items as room

    for module in pkgutil.iter_modules(room.__path__):
        importlib.import_module(f"{room.__name__}.{module.name}")
    return dict(_items)


def get(id: str) -> Item:
    """Return one item.

    Raises
    ------
    KeyError
        If there is none of this id.
    """
    known = catalogue()
    if id not in known:
        raise KeyError(f"no item {id!r}; there are {', '.join(sorted(known))}")
    return known[id]
