"""Broken and dishonest submissions other than code: each a way to hand something in.

A trick is a function of the course and the learner's code; it hands in what it likes. The table at
the end says what the grader must make of it: the status of the submission and the total.
"""

from __future__ import annotations

import copy
import io
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mechanisms.exercises.grading.private import all_items
from mechanisms.exercises.grading.sources import LARGEST

from .course import EXAM, FULL, ITEMS, SOLUTION, Course, cells_of

Notebook = dict[str, Any]


def _only(course: Course, me: str, item: str, text: str) -> Notebook:
    """One answer, the rest left alone."""
    notebook = course.notebook(me)
    for cell in cells_of(notebook, item):
        cell["source"] = text
    return notebook


def _answer(item: str, text: str) -> Callable[[Course, str], None]:
    def trick(course: Course, me: str) -> None:
        course.hand_in(f"{me}.ipynb", _only(course, me, item, text))

    return trick


def _raw(content: bytes) -> Callable[[Course, str], None]:
    def trick(course: Course, me: str) -> None:
        course.hand_in(f"{me}.ipynb", content)

    return trick


def _change(change: Callable[[Notebook, Course, str], Any]) -> Callable[[Course, str], None]:
    """Hand in a right notebook after `change`."""

    def trick(course: Course, me: str) -> None:
        notebook = course.solved(me)
        course.hand_in(f"{me}.ipynb", change(notebook, course, me) or notebook)

    return trick


# --- cells ------------------------------------------------------------------------------------


def duplicated(notebook: Notebook, course: Course, me: str) -> None:
    for item in ITEMS:
        (cell,) = cells_of(notebook, item)
        other = copy.deepcopy(cell)
        other["id"] = f"again-{item}"
        other["source"] += "\n# another guess" if item == "exam-decay" else "\nanswer = 1"
        notebook["cells"].append(other)


def ten_thousand_cells(course: Course, me: str) -> None:
    notebook = _only(course, me, "exam-dose", course.answers(me)["exam-dose"])
    (cell,) = cells_of(notebook, "exam-dose")
    notebook["cells"] += [
        {**cell, "id": f"try-{i}", "source": f"answer = {i / 10}"} for i in range(10_000)
    ]
    course.hand_in(f"{me}.ipynb", notebook)


def ten_thousand_files(course: Course, me: str) -> None:
    """All but the last are right."""
    right = course.solved(me)
    right["cells"] = [c for item in ITEMS for c in cells_of(right, item)]
    wrong = copy.deepcopy(right)
    for cell in wrong["cells"]:
        cell["source"] = "answer = None"
    path = course.hand_in(f"{me}.zip", b"")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        text = json.dumps(right)
        for i in range(9_999):
            file.writestr(f"try-{i}.ipynb", text)
        file.writestr("try-9999.ipynb", json.dumps(wrong))


def missing(notebook: Notebook, course: Course, me: str) -> None:
    wanted = [id(c) for item in ITEMS for c in cells_of(notebook, item)]
    notebook["cells"] = [c for c in notebook["cells"] if id(c) not in wanted]


def renamed(notebook: Notebook, course: Course, me: str) -> None:
    for item in ITEMS:
        for cell in cells_of(notebook, item):
            cell["metadata"]["mechanisms"]["item"] = f"{item}-renamed"


def swapped(notebook: Notebook, course: Course, me: str) -> None:
    cells = [cells_of(notebook, item)[0] for item in ITEMS]
    for cell, item in zip(cells, [*ITEMS[1:], ITEMS[0]], strict=True):
        cell["metadata"]["mechanisms"]["item"] = item


def reordered(notebook: Notebook, course: Course, me: str) -> None:
    notebook["cells"].reverse()


def without_metadata(notebook: Notebook, course: Course, me: str) -> None:
    for cell in notebook["cells"]:
        cell["metadata"] = {}


def copied_twice(notebook: Notebook, course: Course, me: str) -> None:
    """The same answers twice, and untouched copies: careless, not dishonest."""
    for item in ITEMS:
        (cell,) = cells_of(notebook, item)
        notebook["cells"] += [{**cell, "id": f"same-{item}"}]
        notebook["cells"] += [{**cell, "id": f"none-{item}", "source": "answer = None"}]


def odd_cells(notebook: Notebook, course: Course, me: str) -> None:
    """Right answers among cells of every wrong type."""
    notebook["cells"] += [None, 1, "x", [], {}, {"cell_type": "code"}, {"cell_type": []}]
    notebook["cells"] += [
        {"cell_type": "code", "metadata": {"mechanisms": {"item": "exam-dose"}}, "source": s}
        for s in (None, 1, {}, [None, 1])
    ]
    notebook["cells"] += [
        {"cell_type": "code", "metadata": m} for m in (None, [], {"mechanisms": 1})
    ]


# --- who --------------------------------------------------------------------------------------


def as_somebody_else(notebook: Notebook, course: Course, me: str) -> None:
    notebook["metadata"]["mechanisms"]["learner"] = "honest-1"


def from_somebody_else(course: Course, me: str) -> None:
    course.hand_in(f"{me}/work.ipynb", course.solved("honest-1"))


def answers_of_another(course: Course, me: str) -> None:
    notebook, answers = course.notebook(me), course.answers("honest-1")
    mine = course.answers(me)
    for item in ("exam-dose", "exam-setting"):
        assert answers[item] != mine[item]
        cells_of(notebook, item)[0]["source"] = answers[item]
    course.hand_in(f"{me}.ipynb", notebook)


def published_key(course: Course, me: str) -> None:
    """The answer to the practice variant, as the public page has it."""
    items = all_items(EXAM.read_text(encoding="utf-8"))
    notebook = course.notebook(me)
    for item in ("exam-dose", "exam-setting"):
        key = items[item].for_learner(me).question.key_answer()
        cells_of(notebook, item)[0]["source"] = f"answer = {key!r}"
    course.hand_in(f"{me}.ipynb", notebook)


def _not_in_roster(course: Course, me: str) -> None:
    """Made for a learner who then left the class: the test removes the code `left-1`."""
    course.hand_in(f"{me}.ipynb", course.solved("left-1"))


# --- the seal ---------------------------------------------------------------------------------


def forged_score(course: Course, me: str) -> None:
    notebook = course.notebook(me)
    notebook["metadata"]["score"] = notebook["metadata"]["points"] = FULL
    for item in ITEMS:
        (cell,) = cells_of(notebook, item)
        cell["metadata"] |= {"points": 100, "nbgrader": {"grade": True, "points": 100}}
        cell["metadata"]["mechanisms"] |= {"points": 100, "status": "right", "correct": True}
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "Right. 4 of 4"}]
    course.hand_in(f"{me}.ipynb", notebook)


def _header(**changes: Any) -> Callable[[Course, str], None]:
    def change(notebook: Notebook, course: Course, me: str) -> None:
        notebook["metadata"]["mechanisms"] |= changes

    return _change(change)


def no_header(notebook: Notebook, course: Course, me: str) -> None:
    del notebook["metadata"]["mechanisms"]


def seal_of_another(notebook: Notebook, course: Course, me: str) -> None:
    other = course.notebook("honest-1")["metadata"]["mechanisms"]
    notebook["metadata"]["mechanisms"]["tag"] = other["tag"]


# --- files ------------------------------------------------------------------------------------


def truncated(course: Course, me: str) -> None:
    text = json.dumps(course.solved(me))
    course.hand_in(f"{me}.ipynb", text[: len(text) // 2].encode())


def utf_16(course: Course, me: str) -> None:
    course.hand_in(f"{me}.ipynb", json.dumps(course.solved(me)).encode("utf-16"))


def utf_16_broken(course: Course, me: str) -> None:
    course.hand_in(f"{me}.ipynb", json.dumps(course.solved(me)).encode("utf-16")[:-3])


def byte_order_mark(course: Course, me: str) -> None:
    course.hand_in(f"{me}.ipynb", json.dumps(course.solved(me)).encode("utf-8-sig"))


def link_to_another(course: Course, me: str) -> None:
    target = course.hand_in("honest-2.ipynb", course.solved("honest-2"))
    (course.handed_in / f"{me}.ipynb").symlink_to(target)


def link_to_secret(course: Course, me: str) -> None:
    (course.handed_in / f"{me}.ipynb").symlink_to(course.roster)


def link_to_folder(course: Course, me: str) -> None:
    (course.handed_in / f"{me}.ipynb").symlink_to(course.folder, target_is_directory=True)


def pipe(course: Course, me: str) -> None:
    os.mkfifo(course.handed_in / f"{me}.ipynb")


def too_large(course: Course, me: str) -> None:
    path = course.hand_in(f"{me}.ipynb", b"")
    os.truncate(path, LARGEST + 1)


def _zip(course: Course, me: str, name: str, content: bytes) -> None:
    path = course.hand_in(f"{me}.zip", b"")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, content)


def bomb(course: Course, me: str) -> None:
    _zip(course, me, "work.ipynb", b" " * LARGEST)


def zips_in_zips(course: Course, me: str) -> None:
    content = json.dumps(course.solved(me)).encode()
    for _ in range(3):
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w") as file:
            file.writestr("again.zip" if content[:2] == b"PK" else "work.ipynb", content)
        content = inner.getvalue()
    course.hand_in(f"{me}.zip", content)


def zip_slip(course: Course, me: str) -> None:
    """A name that leads out of the folder; read, never unpacked."""
    _zip(course, me, "../../../slipped.ipynb", json.dumps(course.solved(me)).encode())


def broken_zip(course: Course, me: str) -> None:
    course.hand_in(f"{me}.zip", b"PK\x03\x04" + b"\0" * 100)


# --- result files: practice, never credit ------------------------------------------------------


def _results(course: Course, me: str, learner: str, **record: Any) -> None:
    items = all_items(EXAM.read_text(encoding="utf-8"))
    item = items["exam-dose"]
    variant = item.for_learner(learner)
    from mechanisms.exercises.learner import variant_index

    entry = {
        "item": item.id,
        "version": 1,
        "variant": variant_index(learner, item.id),
        "numbers": variant.numbers,
        "answers": [variant.question.key_answer()],
    }
    data = {"format": "retuning-results", "version": 1, "learner": learner}
    course.hand_in(f"{me}.json", {**data, "items": [{**entry, **record}]})


def practice(course: Course, me: str) -> None:
    _results(course, me, me)


def practice_forged(course: Course, me: str) -> None:
    _results(course, me, me, answers=[1.0], points=1000, solved=True)


def practice_other_variant(course: Course, me: str) -> None:
    _results(course, me, me, numbers={"weight": 41, "clearance": 0.0713})


def practice_many(course: Course, me: str) -> None:
    """The right answer only after all attempts are used."""
    items = all_items(EXAM.read_text(encoding="utf-8"))
    key = items["exam-dose"].for_learner(me).question.key_answer()
    _results(course, me, me, answers=[*[float(i) for i in range(1, 99)], key])


def practice_ten_thousand(course: Course, me: str) -> None:
    _results(course, me, me, answers=[float(i) for i in range(10_000)])


@dataclass(frozen=True)
class Case:
    """A trick and what has to come of it."""

    trick: Callable[[Course, str], None]
    status: str = "refused"
    total: float = 0
    reason: str = ""
    practice: str = ""


def _counts(trick: Callable[[Course, str], None], total: float = 0, reason: str = "") -> Case:
    return Case(trick, "counts", total, reason)


_NESTED = b'{"cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"

CASES: dict[str, Case] = {
    "duplicated": _counts(_change(duplicated), 0, "answered twice"),
    "ten-thousand-cells": _counts(ten_thousand_cells, 0, "answered twice"),
    "ten-thousand-files": _counts(ten_thousand_files, 0, "unanswered"),
    "missing": _counts(_change(missing), 0, "missing"),
    "renamed": _counts(_change(renamed), 0, "missing"),
    "swapped": _counts(_change(swapped), 0, "unclear"),
    "reordered": _counts(_change(reordered), FULL),
    "without-metadata": _counts(_change(without_metadata), FULL),
    "copied-twice": _counts(_change(copied_twice), FULL),
    "odd-cells": _counts(_change(odd_cells), FULL),
    "as-somebody-else": Case(_change(as_somebody_else), reason="seal"),
    "from-somebody-else": Case(from_somebody_else, reason="belongs to honest-1"),
    "answers-of-another": _counts(answers_of_another),
    "published-key": _counts(published_key),
    "not-in-roster": Case(_not_in_roster, reason="not in the roster"),
    "forged-score": _counts(forged_score, 0, "unanswered"),
    "fewer-items": Case(_header(items=[["exam-choice", 1]]), reason="seal"),
    "other-version": Case(_header(items=[[i, 2] for i in ITEMS]), reason="seal"),
    "odd-header": Case(_header(items=None, learner=[], tag={}), reason="seal"),
    "no-header": Case(_change(no_header), reason="no assignment"),
    "seal-of-another": Case(_change(seal_of_another), reason="seal"),
    "truncated": Case(truncated, reason="damaged"),
    "utf-16": _counts(utf_16, FULL),
    "utf-16-broken": Case(utf_16_broken, reason="damaged"),
    "byte-order-mark": _counts(byte_order_mark, FULL),
    "empty": Case(_raw(b""), reason="damaged"),
    "binary": Case(_raw(bytes(range(256)) * 50), reason="damaged"),
    "page": Case(_raw(b"<!DOCTYPE html><script>alert(1)</script>"), reason="damaged"),
    "number": Case(_raw(b"1"), reason="neither"),
    "huge-number": Case(_raw(b'{"cells": ' + b"9" * 100_000 + b"}"), reason="damaged"),
    "not-finite": Case(_raw(b'{"cells": [NaN, Infinity]}'), reason="no assignment"),
    "version-3": Case(_raw(b'{"nbformat": 3, "worksheets": []}'), reason="neither"),
    "nested": Case(_raw(_NESTED), reason="damaged"),
    "link-to-another": Case(link_to_another, reason="symbolic link"),
    "link-to-secret": Case(link_to_secret, reason="symbolic link"),
    "link-to-folder": Case(link_to_folder, reason="symbolic link"),
    "pipe": Case(pipe, reason="regular file"),
    "too-large": Case(too_large, reason="larger"),
    "bomb": Case(bomb, reason="compressed"),
    "zips-in-zips": Case(zips_in_zips, reason="zip file in a zip file"),
    "zip-slip": _counts(zip_slip, FULL),
    "broken-zip": Case(broken_zip, reason="zip file"),
    "answer-runs-code": _counts(
        _answer("exam-dose", 'answer = __import__("os").system("touch stolen-answer")'),
        0,
        "unclear",
    ),
    "answer-nested": _counts(
        _answer("exam-dose", f"answer = {'(' * 9000}1{')' * 9000}"), 0, "unclear"
    ),
    "answer-infinite": _counts(_answer("exam-dose", "answer = 1e999"), 0, "unclear"),
    "answer-huge": _counts(_answer("exam-dose", f"answer = {'9' * 4000}"), 0, "unclear"),
    "answer-complex": _counts(_answer("exam-dose", "answer = 1 + 2j"), 0, "unclear"),
    "answer-list": _counts(_answer("exam-dose", "answer = [1, 2, 3]"), 0, "unclear"),
    "answer-true": _counts(_answer("exam-dose", "answer = True"), 0, "unclear"),
    "answer-name": _counts(_answer("exam-choice", "answer = key"), 0, "unclear"),
    "answer-all-letters": _counts(_answer("exam-choice", 'answer = "ABC"'), 0, "unclear"),
    "answer-long": _counts(_answer("exam-choice", f"answer = 'A' # {'x' * 30_000}"), 0, "unclear"),
    "setting-odd": _counts(
        _answer("exam-setting", 'answer = {"dose_mg": 1e999, "route": "mouth"}')
    ),
    "setting-keyless": _counts(_answer("exam-setting", 'answer = {"Level": 100}'), 0, "unclear"),
    "setting-route": _counts(
        _answer("exam-setting", 'answer = {"dose_mg": 1, "route": "ear"}'), 0, "unclear"
    ),
    "starter": _counts(_answer("exam-decay", SOLUTION.splitlines()[0]), 0, "unclear"),
    "practice": Case(practice, "counts", practice="3"),
    "practice-forged": Case(practice_forged, "counts", practice="0"),
    "practice-other-variant": Case(practice_other_variant, "counts", practice="0"),
    "practice-many": Case(practice_many, "counts", practice="0"),
    "practice-ten-thousand": Case(practice_ten_thousand, reason="result file"),
}
