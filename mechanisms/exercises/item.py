"""An item: a task with its variants, and the list of all items."""

from __future__ import annotations

import hashlib
import hmac
import importlib
import json
import pkgutil
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .draw import Draw
from .learner import VARIANTS, learner_code, variant_index
from .questions import Question

Make = Callable[[Draw], Question]
TRIES = 200
ENOUGH = 40  # draws after which published numbers are accepted
FEW = 6  # sets of numbers that are too few to share out to a class


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
    _faults: dict[str, str] = field(default_factory=dict, init=False, repr=False)

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

        Numbers that are published are passed over while others can be found. Not so where the
        lists of an item are short: everybody would be handed the few sets that happen not to be
        published.
        """
        text = f"{self.id}|{self.version}|{learner_code(code)}"
        seed = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        return self._first_sound(seed, avoid=self._avoided)

    @cached_property
    def _avoided(self) -> list[dict[str, Any]]:
        """Published sets of numbers, if there are enough others."""
        published = [variant.numbers for variant in self.published]
        others: list[dict[str, Any]] = []
        for n in range(ENOUGH):
            found = self._first_sound(f"{self.id}|{self.version}|apart|{n}").numbers
            if found not in published and found not in others:
                others.append(found)
        return published if len(others) >= FEW else []

    def _first_sound(self, seed: str, avoid: Sequence[dict[str, Any]] = ()) -> Variant:
        spare, fault = None, ""
        for n in range(TRIES):
            if spare and n >= ENOUGH:
                break
            draw = Draw(f"{seed}|{n}")
            question = self.make(draw)
            published = draw.numbers in avoid
            if published and spare:
                continue
            fault = self._fault(question, draw.numbers)
            if fault:
                continue
            found = Variant(self, question, draw.numbers)
            if not published:
                return found
            spare = found
        if spare is None:
            raise ValueError(f"item {self.id!r} has no sound variant: {fault}")
        return spare

    def _fault(self, question: Question, numbers: dict[str, Any]) -> str:
        """Fault of a question, found once for each set of numbers: the order changes nothing."""
        key = json.dumps(numbers, sort_keys=True)
        if key not in self._faults:
            self._faults[key] = question.fault()
        return self._faults[key]

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
