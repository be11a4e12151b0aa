"""What the built book depends on, as one hash."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# A number on a page can change when the package or a pinned version changes.
NUMBERS = ("mechanisms", "requirements.lock")
LAYOUT = ("_config.yml", "_toc.yml")
PAGES = ("book", "notebooks")


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for child in sorted(path.rglob("*")):
        hidden = {"__pycache__", ".ipynb_checkpoints"} & set(child.parts)
        if child.is_file() and not hidden:
            yield child


def digest(names: Iterable[str], root: Path = ROOT) -> str:
    """Hash of the names and contents of everything under `names`."""
    summary = hashlib.sha256()
    for name in names:
        for path in _files(root / name):
            summary.update(path.relative_to(root).as_posix().encode() + b"\0")
            summary.update(hashlib.sha256(path.read_bytes()).digest())
    return summary.hexdigest()[:16]
