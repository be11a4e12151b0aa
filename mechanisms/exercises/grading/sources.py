"""Find what was handed in: files, folders and zip files, none of them trusted."""

from __future__ import annotations

import functools
import io
import os
import re
import stat
import zipfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from .tables import plain_text

LARGEST = 25_000_000  # bytes of one submission
MOST_MEMBERS = 20_000  # of a zip file
LARGEST_SUM = 2_000_000_000  # bytes in all members of a zip file
TIGHTEST = 200  # bytes that one compressed byte may stand for
DEEPEST = 2  # zip files within zip files
_NOT_HANDED_IN = re.compile(r"\.DS_Store|Thumbs\.db|desktop\.ini|__MACOSX|\.ipynb_checkpoints")


class Refused(ValueError):  # noqa: N818 - a verdict on a submission, not a fault of the program
    """A submission that cannot count; the message is the reason."""


@dataclass(frozen=True)
class Source:
    """One thing handed in.

    Attributes
    ----------
    label : str
        Where it was found, as it is shown.
    parts : tuple of str
        The folders and the file name below the argument, outermost first.
    read : callable
        Returns its bytes; raises `Refused`.
    skipped : str
        Why it is not a submission at all, or an empty text.
    """

    label: str
    parts: tuple[str, ...]
    read: Callable[[], bytes]
    skipped: str = ""


def name_order(label: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key in which ``kidney-2`` comes before ``kidney-10``."""
    pieces = re.split(r"(\d{1,18})", label)
    return tuple((1, int(p), "") if p.isdecimal() else (0, 0, p) for p in pieces)


def find(paths: Collection[Path], leave_out: Collection[Path] = ()) -> list[Source]:
    """Return everything below `paths` in the order of names.

    Parameters
    ----------
    paths : collection of Path
        Files, folders and zip files.
    leave_out : collection of Path
        Files and folders of the grader's own that may lie between the submissions.

    Raises
    ------
    FileNotFoundError
        If one of `paths` is not there.
    """
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"there is no {path}")
    own = {path.resolve() for path in leave_out}
    found = [source for path in paths for source in _below(path, own)]
    return sorted(found, key=lambda source: name_order(source.label))


def _below(top: Path, own: set[Path]) -> Iterator[Source]:
    if not top.is_dir():
        yield from _file(top.resolve(), plain_text(top.as_posix()), (top.name,))
        return
    for folder, folders, names in os.walk(top):
        here = Path(folder)
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(n for n in folders if (here / n).resolve() not in own)
        for name in sorted([*names, *links]):
            path = here / name
            if path.is_symlink() or path.resolve() not in own:
                parts = path.relative_to(top).parts
                yield from _file(path, plain_text(path.as_posix()), parts)


def _file(path: Path, label: str, parts: tuple[str, ...]) -> Iterator[Source]:
    if any(_NOT_HANDED_IN.fullmatch(part) for part in parts):
        yield Source(label, parts, _refuser("left by a program"), "left by a program")
    elif path.suffix.lower() == ".zip" and not path.is_symlink() and path.is_file():
        yield from _members(functools.partial(_zip_file, path), label, parts, depth=1)
    else:
        yield Source(label, parts, functools.partial(_read_file, path))


def _refuser(reason: str) -> Callable[[], bytes]:
    def refuse() -> bytes:
        raise Refused(reason)

    return refuse


def _read_file(path: Path) -> bytes:
    """Read a regular file, never through a link; a pipe or device in its place cannot hang us."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    if path.is_symlink():
        raise Refused("is a symbolic link")
    try:
        handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise Refused(f"cannot be opened: {error.strerror}") from error
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Refused("is not a regular file")
        return _limited(file.read(LARGEST + 1))


def _limited(data: bytes) -> bytes:
    if len(data) > LARGEST:
        raise Refused(f"is larger than {LARGEST // 1_000_000} MB")
    return data


# --- zip files: read in memory, never unpacked -------------------------------------------------

Opener = Callable[[], zipfile.ZipFile]


@functools.lru_cache(maxsize=8)
def _zip_file(path: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)


def _members(opened: Opener, label: str, parts: tuple[str, ...], depth: int) -> Iterator[Source]:
    try:
        members = [info for info in opened().infolist() if not info.is_dir()]
    except Exception as error:
        # The zip reader meets hostile bytes with errors of many types.
        reason = f"is not a zip file that can be read: {type(error).__name__}"
        yield Source(label, parts, _refuser(reason))
        return
    if len(members) > MOST_MEMBERS or sum(m.file_size for m in members) > LARGEST_SUM:
        reason = (
            f"is a zip file with more than {MOST_MEMBERS} files or "
            f"{LARGEST_SUM // 1_000_000_000} GB"
        )
        yield Source(label, parts, _refuser(reason))
        return
    for info in members:
        inner = tuple(part for part in re.split(r"[/\\]", info.filename) if part)
        inner_label = f"{label}/{plain_text(info.filename)}"
        inner_parts = (*parts, *inner)
        read = functools.partial(_read_member, opened, info)
        if any(_NOT_HANDED_IN.fullmatch(part) for part in inner):
            yield Source(inner_label, inner_parts, read, "left by a program")
        elif info.filename.lower().endswith(".zip"):
            if depth >= DEEPEST:
                reason = "is a zip file in a zip file in a zip file"
                yield Source(inner_label, inner_parts, _refuser(reason))
                continue
            again = functools.lru_cache(maxsize=1)(functools.partial(_nested, read))
            yield from _members(again, inner_label, inner_parts, depth + 1)
        else:
            yield Source(inner_label, inner_parts, read)


def _nested(read: Callable[[], bytes]) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(read()))


def _read_member(opened: Opener, info: zipfile.ZipInfo) -> bytes:
    try:
        if info.file_size > 1_000_000 and info.file_size > TIGHTEST * info.compress_size:
            raise Refused("is compressed more tightly than any notebook")
        with opened().open(info) as file:
            return _limited(file.read(LARGEST + 1))
    except Refused:
        raise
    except Exception as error:
        # Encrypted, broken, of an unknown method: each has its own type of error.
        raise Refused(f"cannot be read from its zip file: {type(error).__name__}") from error
