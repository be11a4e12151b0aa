"""The one table: rows, their medians and spread, and how they are written down and compared.

Every comparison yields rows with the single measurements. The first row of each measure is this
book; what the others took is given as a ratio to it, measured in the same run on the same machine.
The last two runs on one machine are kept, so that everybody sees how far a ratio can be trusted.
"""

import csv
import os
import platform
import re
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from math import isnan, nan
from pathlib import Path
from typing import get_type_hints

import numpy as np

HERE = Path(__file__).parent
CSV, MARKDOWN = HERE / "results.csv", HERE / "results.md"
COMPARISONS = {
    "slider": "From moving a slider to the changed figure on the screen",
    "first_response": "From the click to the first response of a figure",
    "grading": "Grading a folder of honest and hostile submissions",
    "cohort": "10,000 virtual patients over 12 weeks",
    "book": "Building the book",
}
KEPT_RUNS = 2
FEWEST_FOR_P95 = 20
NO_RIVAL = "an empty handler"


@dataclass(frozen=True)
class Row:
    """One line of the table: `what` was measured, how often, and what it gave."""

    comparison: str
    measure: str
    what: str
    unit: str
    values: Sequence[float] = ()
    note: str = ""
    more_is_better: bool = False


@dataclass(frozen=True)
class Result:
    """A row as it is written down; not a number (nan) what was not measured."""

    comparison: str
    measure: str
    what: str
    unit: str
    better: str
    n: int
    median: float
    low: float
    high: float
    p95: float
    note: str
    run: str

    @classmethod
    def of(cls, row: Row, run: str) -> "Result":
        """Summarise a row: median, middle half, and the slowest twentieth if there are enough."""
        n = len(row.values)
        found = np.percentile(row.values if n else [nan], (50, 25, 75, 95))
        median, low, high, p95 = (float(f"{quantile:.4g}") for quantile in found)
        return cls(
            row.comparison, row.measure, row.what, row.unit,
            "more" if row.more_is_better else "less", n,
            median, low, high, p95 if n >= FEWEST_FOR_P95 else nan, row.note, run,
        )  # fmt: skip


def short(number: float) -> str:
    """Return a number with three digits, or all digits before the point."""
    return f"{number:.0f}" if abs(number) >= 1000 else f"{number:.3g}"


@dataclass(frozen=True)
class Ratio:
    """How many times this book's number: of the medians, and as far apart as the middle halves."""

    middle: float
    low: float
    high: float

    @classmethod
    def between(cls, row: Result, book: Result) -> "Ratio":
        """Return the ratio of two results; nan for shares, what was not measured, and zero."""
        if row is book or row.unit == "%" or 0 in (row.low, book.low):
            return cls(nan, nan, nan)
        return cls(row.median / book.median, row.low / book.high, row.high / book.low)

    def agrees(self, other: "Ratio") -> bool:
        """Tell whether the two overlap; without any range that cannot be told."""
        no_range = self.low == self.high and other.low == other.high
        return no_range or not (self.low > other.high or other.low > self.high)

    def __str__(self) -> str:
        """Return the ratio as a reader sees it."""
        if isnan(self.middle):
            return ""
        if self.low == self.high:
            return short(self.middle)
        return f"{short(self.middle)} ({short(self.low)} to {short(self.high)})"


@dataclass(frozen=True)
class Line:
    """A result beside this book's, and their ratio; and the same of the run before."""

    result: Result
    book: Result
    ratio: Ratio
    earlier: Result | None
    before: Ratio | None

    def cells(self) -> tuple[str, ...]:
        """Return the cells below `HEADS`."""
        row = self.result
        if isnan(row.median):
            return (row.what, "not measured", "", "", "", "", "", "", row.note)
        spread = f"{short(row.low)} to {short(row.high)}" if row.n > 1 else ""
        p95 = "" if isnan(row.p95) else short(row.p95)
        earlier = short(self.earlier.median) if self.earlier and self.earlier.n else ""
        before = str(self.before or "")
        if self.before and not self.ratio.agrees(self.before):
            before += ", beyond the ranges"
        last = (earlier, str(self.ratio), before, row.note)
        return (row.what, short(row.median), spread, p95, str(row.n), *last)

    def is_ahead(self) -> bool:
        """Tell whether this is a rival that does better than the book, beyond the spread."""
        row, book = self.result, self.book
        if row.what.startswith(NO_RIVAL):
            return False
        return row.low > book.high if row.better == "more" else row.high < book.low


HEADS = ("", "Median", "Middle half", "p95", "n", "Before", "Ratio", "Ratio before", "Remark")


def machine() -> str:
    """Date, commit, processor and system of a run."""
    cpus = Path("/proc/cpuinfo")
    named = re.search(r"model name\s*: (.+)", cpus.read_text()) if cpus.exists() else None
    model = named[1] if named else platform.processor() or platform.machine()
    git = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, cwd=HERE, capture_output=True, text=True, check=False).stdout
    when = time.strftime("%Y-%m-%d %H:%M")
    parts = (when, f"commit {commit.strip() or 'unknown'}", f"{os.cpu_count()} cores of {model}")
    return ", ".join((*parts, platform.system()))


def read(path: Path = CSV) -> list[Result]:
    """Return what earlier runs wrote."""
    if not path.exists():
        return []
    types = get_type_hints(Result)
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Result(**{name: types[name](cell) for name, cell in line.items()})
            for line in csv.DictReader(file)
        ]


def runs(results: Iterable[Result], comparison: str) -> list[list[Result]]:
    """Return the runs of a comparison on the machine that ran it last, the newest first."""
    of_it = [result for result in results if result.comparison == comparison]
    names = sorted({result.run for result in of_it}, reverse=True)
    same = [name for name in names if _machine(name) == _machine(names[0])]
    return [[result for result in of_it if result.run == name] for name in same]


def _machine(run: str) -> list[str]:
    """Return the last parts of the name of a run: processor and system."""
    return run.split(", ")[-2:]


def lines(results: Sequence[Result], comparison: str) -> Iterator[Line]:
    """Yield the newest run of a comparison, each row beside this book's and the run before."""
    newest, *older = runs(results, comparison) or [[]]
    for row in newest:
        book = _same(newest, row.measure)[0]
        earlier = _same(older[0], row.measure) if older else []
        again = next((other for other in earlier if other.what == row.what), None)
        before = None if again is None else Ratio.between(again, earlier[0])
        yield Line(row, book, Ratio.between(row, book), again, before)


def measured(results: Sequence[Result], comparison: str) -> str:
    """Say when and where the runs of a comparison were."""
    newest, *older = (run[0].run for run in runs(results, comparison))
    return f"Measured {newest}" + "".join(f"; before: {run}" for run in older[:1]) + "."


def _same(run: Iterable[Result], measure: str) -> list[Result]:
    return [result for result in run if result.measure == measure]


def write(rows: Iterable[Row], csv_path: Path = CSV, markdown_path: Path = MARKDOWN) -> None:
    """Add a run of one comparison, drop the oldest, and write both files."""
    run = machine()
    new = [Result.of(row, run) for row in rows]
    everything = [*read(csv_path), *new]
    kept = [
        result
        for comparison in COMPARISONS
        for run in runs(everything, comparison)[:KEPT_RUNS]
        for result in run
    ]
    with csv_path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Result)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(result) for result in kept)
    markdown_path.write_text(markdown(kept), encoding="utf-8")


def markdown(results: Sequence[Result]) -> str:
    """Return the table as Markdown, a section for each comparison and a table for each measure."""
    parts = []
    for name, title in COMPARISONS.items():
        found = list(lines(results, name))
        if not found:
            continue
        parts.append(f"## {title}\n\n{measured(results, name)}\n")
        for measure in dict.fromkeys(line.result.measure for line in found):
            of_it = [line for line in found if line.result.measure == measure]
            heads = (f"{measure} ({of_it[0].result.unit})", *HEADS[1:])
            parts.append(_row(heads) + "\n" + _row(["---", *["--:"] * 7, "---"]))
            parts.extend(_row(line.cells()) for line in of_it)
            parts.append("")
    return "\n".join(parts)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
