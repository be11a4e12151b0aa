"""From a heap of files to a mark for everybody: which submission counts, and what became of each.

Of several notebooks that one learner hands in for the same page the last counts, in the order of
names; of several result files too. Which one that is depends on nothing inside them, so that
handing in more of them wins nothing.
"""

from __future__ import annotations

import collections
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import marking
from .marking import NOT_GRADED, Header, ItemMark, Rules
from .roster import Learner
from .sources import Refused, Source
from .state import State
from .submission import CREDIT
from .workers import Lost, Workers, call_each

COUNTS, SUPERSEDED, REFUSED, SKIPPED = "counts", "superseded", "refused", "skipped"


@dataclass
class Received:
    """One thing handed in and what became of it.

    Attributes
    ----------
    owner : str
        Learner code of whoever uploaded it, if the folders or the file name tell.
    """

    label: str
    status: str = REFUSED
    reason: str = ""
    header: Header = field(default_factory=Header)
    owner: str = ""
    digest: str = ""
    marks: list[ItemMark] = field(default_factory=list)


@dataclass(frozen=True)
class Batch:
    """Everything that was handed in.

    Attributes
    ----------
    assignment : str
        Name of the assignment that was graded; empty if nothing counts.
    items : tuple of str
        All its items, in order.
    received : list of Received
        In the order of names.
    """

    assignment: str
    items: tuple[str, ...]
    received: list[Received]

    def of(self, learner: str, kind: str) -> list[Received]:
        """Return what counts for a learner."""
        return [
            r
            for r in self.received
            if r.status == COUNTS and r.header.kind == kind and r.header.learner == learner
        ]


def grade(
    sources: Sequence[Source],
    roster: Mapping[str, Learner],
    rules: Rules,
    workers: Workers,
    state: State,
    *,
    assignment: str | None = None,
    progress: Callable[[int], Callable[[], Any]] = lambda total: lambda: None,
) -> Batch:
    """Identify everything, choose what counts, and mark that.

    `assignment` is the name to grade; without one it is the name on the notebooks of most
    learners. `progress` takes a number of steps and returns what to call after each.
    """
    received = [Received(s.label, owner=owner_of(s.parts, roster)) for s in sources]
    _identify(sources, received, rules, workers, progress)
    known = roster.keys()
    for one in received:
        _admit(one, known)
    name = assignment if assignment is not None else _usual_name(received)
    items = _choose(received, name)
    _mark(sources, received, rules, workers, state, progress)
    return Batch(name, items, received)


def _bytes(source: Source) -> bytes | Refused:
    try:
        return source.read()
    except Refused as error:
        return error


def _identify(
    sources: Sequence[Source],
    received: list[Received],
    rules: Rules,
    workers: Workers,
    progress: Callable[[int], Callable[[], Any]],
) -> None:
    places = [i for i, source in enumerate(sources) if not source.skipped]
    for one, source in zip(received, sources, strict=True):
        if source.skipped:
            one.status, one.reason = SKIPPED, source.skipped

    def arguments(n: int) -> tuple[bytes, Rules] | Refused:
        data = _bytes(sources[places[n]])
        if isinstance(data, Refused):
            return data
        received[places[n]].digest = hashlib.sha256(data).hexdigest()
        return data, rules

    step = progress(len(places))
    for n, result in call_each(workers, marking.identify, len(places), arguments):
        one = received[places[n]]
        if isinstance(result, Header):
            one.header, one.reason = result, result.reason
        elif isinstance(result, Lost):
            one.reason = f"could not be read: the reader died over it ({result.reason})"
        else:
            one.reason = str(result)
        step()


def _admit(one: Received, known: Iterable[str]) -> None:
    """Let stand what comes from a learner of the roster and was not taken from another."""
    learner = one.header.learner
    if not one.header.kind:
        return
    if learner not in known:
        one.reason = f"{learner} is not in the roster"
    elif one.owner and one.owner != learner:
        one.reason = f"belongs to {learner}, but {one.owner} handed it in"
    else:
        one.status = COUNTS


def _usual_name(received: Iterable[Received]) -> str:
    learners = {
        (r.header.assignment, r.header.learner)
        for r in received
        if r.status == COUNTS and r.header.kind == CREDIT
    }
    counts = collections.Counter(name for name, _ in learners)
    return min(counts, key=lambda name: (-counts[name], name), default="")


def _choose(received: list[Received], name: str) -> tuple[str, ...]:
    """Let the last of each kind count; return the items of the assignment."""
    last: dict[tuple[str, str, str], Received] = {}
    items: dict[str, None] = {}
    for one in received:
        header = one.header
        if one.status != COUNTS:
            continue
        if header.kind == CREDIT and header.assignment != name:
            one.status = REFUSED
            one.reason = f"belongs to the assignment {header.assignment!r}, not to {name!r}"
            continue
        place = (header.kind, header.learner, header.page)
        if place in last:
            last[place].status = SUPERSEDED
        last[place] = one
        items |= dict.fromkeys(header.every)
    for one in received:
        if one.status == SUPERSEDED:
            place = (one.header.kind, one.header.learner, one.header.page)
            one.reason = f"{last[place].label} counts instead"
    return tuple(items)


def _mark(
    sources: Sequence[Source],
    received: list[Received],
    rules: Rules,
    workers: Workers,
    state: State,
    progress: Callable[[int], Callable[[], Any]],
) -> None:
    places = [i for i, one in enumerate(received) if one.status == COUNTS]
    step = progress(len(places))
    ahead = []
    for i in places:
        data = _bytes(sources[i])
        found = None if isinstance(data, Refused) else state.get(data)
        if found is None:
            ahead.append(i)
        else:
            received[i].marks = found
            step()

    def arguments(n: int) -> tuple[bytes, Rules] | Refused:
        data = _bytes(sources[ahead[n]])
        if isinstance(data, Refused):
            return data
        if hashlib.sha256(data).hexdigest() != received[ahead[n]].digest:
            return Refused("was changed while it was graded")
        return data, rules

    for n, result in call_each(workers, marking.mark, len(ahead), arguments):
        one = received[ahead[n]]
        if isinstance(result, list):
            one.marks = result
            data = _bytes(sources[ahead[n]])
            if not isinstance(data, Refused):
                state.put(data, result)
        else:
            died = isinstance(result, Lost)
            reason = f"the grader died over it ({result.reason})" if died else str(result)
            one.reason = f"could not be graded: {reason}"
            one.marks = [ItemMark(id, NOT_GRADED, feedback=one.reason) for id in one.header.items]
        step()


# --- whose upload a file is -------------------------------------------------------------------

_CANVAS = re.compile(r"[^_]+_(?:late_)?(\d+)_(\d+)_", re.IGNORECASE)
_MOODLE = re.compile(r"(.+?)_\d+_assignsubmission_(?:file|onlinetext)", re.DOTALL)


def owner_of(parts: Iterable[str], roster: Mapping[str, Learner]) -> str:
    """Return the learner whose upload a path names, as learning platforms name them, or "".

    A folder or zip file named after a learner code, Canvas's ``name_ID_ID_file`` with the first
    ID in the column ``canvas_id``, and Moodle's ``Name_ID_assignsubmission_file`` with a name
    that occurs once. The outermost one counts: what is inside was named by the learner.
    """
    for part in parts:
        code = part.removesuffix(".zip").lower()
        if code in roster:
            return code
        found = []
        if canvas := _CANVAS.match(part):
            found = [k for k, v in roster.items() if v.canvas_id == canvas[1]]
        elif moodle := _MOODLE.match(part):
            name = _folded(moodle[1])
            found = [k for k, v in roster.items() if _folded(v.name) == name]
        if len(found) == 1:
            return found[0]
    return ""


def _folded(name: str) -> str:
    # Moodle writes spaces for underscores and drops what file names cannot hold.
    text = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(re.sub(r"[_\W]+", " ", text).split())
