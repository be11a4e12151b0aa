"""``mechanisms secret``, ``mechanisms assign`` and ``mechanisms grade``."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from . import assign as assigning
from . import batch, lms, report, sandbox
from .marking import NOT_GRADED, Rules
from .private import all_items
from .roster import RosterError, read_roster
from .sandbox import Limits
from .secret import VARIABLE, SecretError, fingerprint, make_secret, read_secret
from .sources import find
from .state import State
from .tables import plain_text, table, write_whole
from .workers import DaskWorkers, LocalWorkers, Workers, WorkersError

DONE, SOME_REFUSED, CANNOT_RUN, INTERRUPTED = 0, 1, 2, 130
SHOWN = 20  # refused submissions in the summary; the table has all
HANDS_ON = Path("notebooks/hands_on")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0 if all is done, 1 if something was refused, 2 if it cannot run."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except (
        SecretError,
        RosterError,
        assigning.AssignError,
        WorkersError,
        _UsageError,
        OSError,
    ) as error:
        print(f"mechanisms: {error}", file=sys.stderr)
        return CANNOT_RUN
    except KeyboardInterrupt:
        print("mechanisms: interrupted; the same command goes on from here", file=sys.stderr)
        return INTERRUPTED
    return status


class _UsageError(ValueError):
    """Options that do not fit together."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mechanisms",
        description="Assign the book's exercises for credit, and grade what comes back.",
        epilog="Exit codes: 0 all done; 1 something handed in was refused or is still open; "
        "2 wrong usage or cannot run; 130 interrupted.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    secret = commands.add_parser("secret", help="make a course secret")
    secret.add_argument("file", type=Path, help="new file to write it to")
    secret.set_defaults(run=_secret)

    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--secret",
        metavar="KEY",
        help=f"the course secret: @FILE, or its text; else {VARIABLE} in the environment",
    )
    common.add_argument("--roster", type=Path, required=True, help="CSV with a column learner")
    common.add_argument("--private", type=Path, metavar="FILE", help="your own items, in Python")

    assign = commands.add_parser("assign", parents=[common], help="make notebooks for credit")
    assign.add_argument(
        "notebooks", type=Path, nargs="*", help=f"templates (default: all in {HANDS_ON})"
    )
    assign.add_argument("--items", metavar="ID,ID,...", help="instead: a notebook of these items")
    assign.add_argument("--name", help="of the assignment (default: name of the folder OUT)")
    assign.add_argument("--out", type=Path, required=True, help="folder for the notebooks")
    assign.set_defaults(run=_assign)

    grade = commands.add_parser("grade", parents=[common], help="grade what was handed in")
    grade.add_argument("submissions", type=Path, nargs="+", help="files, folders, zip files")
    grade.add_argument("--name", help="of the assignment (default: that of most learners)")
    grade.add_argument("--out", type=Path, required=True, metavar="CSV", help="the grades")
    grade.add_argument("--feedback", type=Path, metavar="DIR", help="folder for feedback pages")
    grade.add_argument("--canvas", type=Path, metavar="CSV", help="for the Canvas gradebook")
    grade.add_argument("--moodle", type=Path, metavar="CSV", help="for Moodle's grade import")
    grade.add_argument("--column", help="heading of the grade in these (default: the name)")
    grade.add_argument("--dask", metavar="ADDRESS", help="grade on this Dask cluster")
    grade.add_argument(
        "--jobs",
        type=int,
        default=os.cpu_count() or 1,
        help="local processes (default: %(default)s)",
    )
    grade.add_argument(
        "--seconds", type=float, default=10.0, help="for one function (default: %(default)s)"
    )
    grade.add_argument(
        "--unsafe", action="store_true", help="run code even where it cannot be isolated"
    )
    grade.add_argument("--fresh", action="store_true", help="forget what was graded before")
    grade.set_defaults(run=_grade)
    return parser


def _secret(options: argparse.Namespace) -> int:
    make_secret(options.file)
    shown = fingerprint(read_secret(f"@{options.file}"))
    print(f"Wrote a new secret (fingerprint {shown}) to {options.file}.")
    print("Keep it where learners cannot read it, and keep a copy: grading needs the same one.")
    return DONE


def _private(options: argparse.Namespace) -> str:
    if options.private is None:
        return ""
    text: str = options.private.read_text(encoding="utf-8")
    return text


def _items(private: str) -> dict[str, Any]:
    try:
        return all_items(private)
    except Exception as error:
        raise _UsageError(f"--private: {type(error).__name__}: {error}") from error


def _assign(options: argparse.Namespace) -> int:
    secret, roster = read_secret(options.secret), read_roster(options.roster)
    items = _items(_private(options))
    name = plain_text(options.name or options.out.resolve().name)
    if options.items is not None:
        if options.notebooks:
            raise _UsageError("give notebooks or --items, not both")
        ids = [id for id in options.items.replace(",", " ").split() if id]
        unknown = [id for id in ids if id not in items]
        if unknown or not ids:
            raise _UsageError(f"--items: there is no item {unknown[0] if unknown else ''!r}")
        templates = [assigning.plain_template("exercises", [items[id] for id in ids])]
    else:
        paths = options.notebooks or sorted(HANDS_ON.glob("*.ipynb"))
        if not paths:
            raise _UsageError(f"name notebooks, or run this where {HANDS_ON} is")
        templates = [assigning.read_template(path, items) for path in paths]
    made = assigning.assign(templates, list(roster), name, secret, options.out)
    exercises = sum(len(template.items) for template in templates)
    print(
        f"Assignment {name!r}: {exercises} exercises in {len(templates)} notebooks for each of "
        f"{len(roster)} learners: {len(made)} files in {options.out}."
    )
    return DONE


def _grade(options: argparse.Namespace) -> int:
    secret, roster = read_secret(options.secret), read_roster(options.roster)
    if options.jobs < 1 or not 0.1 <= options.seconds <= 3600:
        raise _UsageError("--jobs must be at least 1, --seconds 0.1 to 3600")
    private = _private(options)
    items = _items(private)
    rules = Rules(secret, private, options.unsafe, Limits(seconds=options.seconds))
    out: Path = options.out
    folder = out.with_name(f"{out.name}.state")
    own = [out, _beside(out, "submissions"), _beside(out, "practice"), folder, options.roster]
    own += [p for p in (options.feedback, options.canvas, options.moodle, options.private) if p]
    own += [Path(options.secret[1:])] if (options.secret or "").startswith("@") else []
    sources = find(options.submissions, own)
    # A submission that hangs its worker is given up after this: time for 40 slow functions.
    patience = 60 + 40 * rules.limits.wall
    workers: Workers = (
        DaskWorkers(options.dask, patience)
        if options.dask
        else LocalWorkers(options.jobs, patience)
    )
    with closing(workers):
        found = batch.grade(
            sources,
            roster,
            rules,
            workers,
            State(folder, rules, fresh=options.fresh),
            assignment=options.name,
            progress=_progress,
        )
    results = report.results(found, roster, items)
    written = _write(options, found, results, items)
    return _summary(found, results, written, options.unsafe)


def _beside(out: Path, what: str) -> Path:
    return out.with_name(f"{out.stem}-{what}{out.suffix}")


def _progress(total: int) -> Callable[[], Any]:
    from tqdm import tqdm

    # Nothing where the error output is not a terminal.
    bar = tqdm(total=total, disable=None, file=sys.stderr, unit="file", leave=False)

    def step() -> None:
        bar.update()
        if bar.n >= total:
            bar.close()

    return step


def _write(
    options: argparse.Namespace,
    found: batch.Batch,
    results: list[report.Result],
    items: dict[str, Any],
) -> list[Path]:
    out: Path = options.out
    column = plain_text(options.column or found.assignment or "Exercises")
    texts = {
        out: table(report.grades_table(results, found.items)),
        _beside(out, "submissions"): table(report.submissions_table(found.received)),
        _beside(out, "practice"): table(report.practice_table(results)),
    }
    if options.canvas:
        texts[options.canvas] = table(lms.canvas_table(results, column))
    if options.moodle:
        texts[options.moodle] = table(lms.moodle_table(results, column))
    for path, text in texts.items():
        write_whole(path, text)
    if options.feedback:
        assigned = {id: items[id] for id in found.items if id in items}
        for result in results:
            page = report.feedback_page(result, found.assignment, assigned)
            write_whole(options.feedback / f"{result.learner.learner}.html", page)
        return [*texts, options.feedback]
    return list(texts)


def _summary(
    found: batch.Batch, results: list[report.Result], written: list[Path], unsafe: bool
) -> int:
    statuses = Counter(one.status for one in found.received)
    counted = ", ".join(f"{n} {status}" for status, n in sorted(statuses.items()))
    print(f"Handed in: {len(found.received)} ({counted or 'nothing'}).")
    grades = Counter(result.status for result in results)
    told = ", ".join(f"{n} {status}" for status, n in sorted(grades.items()))
    print(f"Learners: {len(results)} ({told}). Assignment: {found.assignment or 'none'!r}.")
    refused = [one for one in found.received if one.status == batch.REFUSED]
    for one in refused[:SHOWN]:
        print(f"  refused: {one.label} {one.reason}")
    if len(refused) > SHOWN:
        print(f"  and {len(refused) - SHOWN} more, see the table of submissions")
    open_ = sorted({r.learner.learner for r in results if r.status == report.OPEN})
    if open_:
        print(f"Still open, the grader could not judge something: {', '.join(open_)}.")
    used = sorted({i for r in results for i in r.isolation.split(", ") if i})
    if used:
        print(f"Code ran in: {', '.join(used)}.")
    if any(m.status == NOT_GRADED for r in results for m in [*r.marks.values(), *r.practice]):
        found_here = sandbox.isolation()
        if not found_here and not unsafe:
            reasons = "; ".join(f"{how}: {why}" for how, why in found_here.why_not.items())
            print(f"Code was not run: no isolation here ({reasons}). Use Linux, or --unsafe.")
    print(f"Wrote {', '.join(map(str, written))}.")
    return SOME_REFUSED if refused or open_ else DONE
