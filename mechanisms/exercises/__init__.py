"""Exercises that diagnose: items, individual variants, feedback and grading."""

from .item import Item, catalogue, get, item
from .questions import Choice, Code, Mark, Misconception, Numeric, Question, Setting

__all__ = [
    "Choice",
    "Code",
    "Item",
    "Mark",
    "Misconception",
    "Numeric",
    "Question",
    "Setting",
    "catalogue",
    "get",
    "item",
]
