"""Exercises that diagnose: items, individual variants, feedback and grading."""

from .item import Item, catalogue, get, item
from .questions import Choice, Code, Mark, Misconception, Numeric, Question, Setting
from .widget import Exercise, Scoreboard

__all__ = [
    "Choice",
    "Code",
    "Exercise",
    "Item",
    "Mark",
    "Misconception",
    "Numeric",
    "Question",
    "Scoreboard",
    "Setting",
    "catalogue",
    "get",
    "item",
]
