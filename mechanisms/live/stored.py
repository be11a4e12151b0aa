"""Figures that an earlier build of the book made, taken over while nothing they need has changed.

Whoever builds the book knows what each figure depends on. It sets the variable `FOLDER` to a
folder whose ``keys.json`` gives each figure a key that changes with those things. Elsewhere, and
for figures without a key, nothing is stored.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

FOLDER = "LIVE_FIGURES"


def place(folder: Path, name: str, key: str) -> Path:
    """Where a figure with this key is stored."""
    return folder / f"{name}.{key}.html"


def _place(name: str) -> Path | None:
    folder = os.environ.get(FOLDER)
    if not folder:
        return None
    key = json.loads(Path(folder, "keys.json").read_text(encoding="utf-8")).get(name)
    return place(Path(folder), name, key) if key else None


def load(name: str) -> str | None:
    """Return the page of a figure if it is stored and still holds."""
    file = _place(name)
    return file.read_text(encoding="utf-8") if file and file.exists() else None


def save(name: str, page: str) -> None:
    """Store the page of a figure in place of its older ones."""
    file = _place(name)
    if file:
        for old in file.parent.glob(f"{name}.*.html"):
            old.unlink(missing_ok=True)
        file.write_text(page, encoding="utf-8")
