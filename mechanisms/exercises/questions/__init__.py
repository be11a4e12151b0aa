"""The four kinds of question, each with its key, its misconceptions and its marking."""

from .base import Mark, Misconception, Question, UnreadableError
from .choice import Choice
from .code import Code
from .numeric import Numeric
from .setting import Setting

__all__ = [
    "Choice",
    "Code",
    "Mark",
    "Misconception",
    "Numeric",
    "Question",
    "Setting",
    "UnreadableError",
]
