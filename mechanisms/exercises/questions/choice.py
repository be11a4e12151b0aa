"""One of several statements is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any, ClassVar

from ..draw import Draw
from .base import Mark, Misconception, Question, UnreadableError


@dataclass(frozen=True, kw_only=True)
class Choice(Question):
    """Statements of which one is right; each wrong one is a misconception.

    Attributes
    ----------
    options : tuple of str
        In the order shown; the raw answer is the letter, ``"A"`` for the first.
    key : str
        The right one.
    """

    kind: ClassVar[str] = "choice"

    options: tuple[str, ...]
    key: str

    @classmethod
    def of(cls, draw: Draw, *, key: str, wrong: Sequence[tuple[str, str]], **rest: Any) -> Choice:
        """Make a choice of `key` and `wrong` (pairs of statement and feedback), shuffled."""
        options = draw.order("options", [key, *(text for text, _ in wrong)])
        errors = tuple(Misconception(text, feedback) for text, feedback in wrong)
        return cls(options=tuple(options), key=key, misconceptions=errors, **rest)

    def read(self, raw: Any) -> str:
        """Return the statement behind a letter."""
        letters = ascii_uppercase[: len(self.options)]
        letter = raw.strip().upper() if isinstance(raw, str) else ""
        if len(letter) != 1 or letter not in letters:
            raise UnreadableError(f"Choose one of {', '.join(letters)}.")
        return self.options[letters.index(letter)]

    def mark(self, raw: Any) -> Mark:
        """Judge a letter."""
        text = self.read(raw)
        if text == self.key:
            return Mark(True, self.RIGHT)
        place = next(i for i, m in enumerate(self.misconceptions) if m.answer == text)
        return Mark(False, self.misconceptions[place].feedback, place)

    def fault(self) -> str:
        """Each option must be there once, and be the key or a misconception."""
        if len(set(self.options)) < len(self.options) or len(self.options) < 3:
            return "a choice needs three or more different options"
        if set(self.options) != {self.key, *(m.answer for m in self.misconceptions)}:
            return "each option must be the key or a misconception"
        return ""

    def _letter(self, text: str) -> str:
        return ascii_uppercase[self.options.index(text)]

    def key_answer(self) -> str:
        """Return the letter of the key."""
        return self._letter(self.key)

    def wrong_answers(self) -> list[Any]:
        """Return the letters of the wrong options."""
        return [self._letter(m.answer) for m in self.misconceptions]

    def page(self) -> dict[str, Any]:
        """Return options, place of the key, and feedback by option."""
        feedback = {m.answer: (i, m.feedback) for i, m in enumerate(self.misconceptions)}
        return {
            **super().page(),
            "options": list(self.options),
            "key": self.key_answer(),
            "errors": [feedback.get(text) for text in self.options],
        }
