"""The book and plain Jupyter Book, built cold, warm, and warm after a change in the package.

Both build the same notebooks with the same packages, each in a copy of this checkout. Plain means
Jupyter Book as it comes, with its cache of executed notebooks; the pages that need directives of
ours are left out there, and figures shown as HTML, so that their numbers can be read from the page.
After each change the number on the page is compared with what the change must give. A change is
made and taken back.
"""

import gzip
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import yaml
from jupyter_cache import get_cache

from .checkout import copy_to
from .table import Row

OURS_ALONE = r"\{(brake-map|comparison|[\w-]+-table|(evidence|claim)-[\w-]+)\}|\{\{ api:"
PLAIN = {
    "title": "Plain",
    "author": "",
    "only_build_toc_files": True,
    "execute": {"execute_notebooks": "cache", "timeout": 300},
    "parse": {"myst_enable_extensions": ["amsmath", "attrs_block", "attrs_inline", "colon_fence",
                                         "deflist", "dollarmath", "smartquotes", "substitution"]},
    "bibtex_bibfiles": ["mechanisms/data/references.bib"],
    "sphinx": {"config": {"nb_mime_priority_overrides": [["html", "text/html", 1]]}},
}  # fmt: skip


class Book:
    """The book as `make book` builds it."""

    name = "this book"
    command: tuple[str, ...] = (sys.executable, "book/build.py")

    def __init__(self, folder: Path) -> None:
        self.folder, self.site = copy_to(folder), folder / "_build" / "html"

    def build(self) -> float:
        """Build and return the seconds; the notebooks import the package of this copy."""
        started = time.perf_counter()
        own = {"PYTHONPATH": str(self.folder), "JUPYTER_PREFER_ENV_PATH": "1"}
        done = subprocess.run(self.command, cwd=self.folder, env=os.environ | own, text=True,
                              capture_output=True, check=False)  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{self.name} was not built:\n{done.stdout}\n{done.stderr}")
        return time.perf_counter() - started

    def build_afresh(self) -> float:
        """Forget all builds and notebooks that ran; build and return the seconds."""
        shutil.rmtree(self.folder / "_build", ignore_errors=True)
        return self.build()

    def notebook_seconds(self) -> list[float]:
        """Return how long each notebook ran."""
        kept = (self.folder / "_build" / "executed" / "notebooks").rglob("*.json")
        return [float(yaml.safe_load(file.read_text())["seconds"]) for file in kept]

    def shown(self, page: str, readout: str) -> str:
        """Return a number as the page shows it."""
        html = (self.site / page).read_text(encoding="utf-8")
        found = re.search(re.escape(readout) + r": <output[^>\\]*>([^<]*)<", html)
        return " ".join(found[1].split()) if found else "nothing"


class PlainBook(Book):
    """Jupyter Book as it comes."""

    name = "plain Jupyter Book"
    command = (str(Path(sys.executable).with_name("jupyter-book")), "build", ".", "-q")

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        contents = yaml.safe_load((folder / "_toc.yml").read_text(encoding="utf-8"))
        (folder / "_toc.yml").write_text(yaml.safe_dump(self._kept(contents)), encoding="utf-8")
        (folder / "_config.yml").write_text(yaml.safe_dump(PLAIN), encoding="utf-8")

    def _kept(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Leave out the pages that ask for directives of ours."""

        def stays(below: dict[str, Any]) -> bool:
            pages = (self.folder / f"{below.get('file')}{end}" for end in (".md", ".rst"))
            texts = (page.read_text(encoding="utf-8") for page in pages if page.exists())
            return not any(re.search(OURS_ALONE, text) for text in texts)

        lists = {key: [self._kept(one) for one in value if stays(one)]
                 for key, value in entry.items() if isinstance(value, list)}  # fmt: skip
        return {key: value for key, value in (entry | lists).items() if value}

    def notebook_seconds(self) -> list[float]:
        """Return how long each notebook ran."""
        records = get_cache(self.folder / "_build" / ".jupyter_cache").list_cache_records()
        return [float(record.data["execution_seconds"]) for record in records]


@dataclass(frozen=True)
class Change:
    """An edit of one line, and what it does to a number on a page."""

    what: str
    file: str
    old: str
    new: str
    page: str
    readout: str
    becomes: Callable[[float], float]


CHANGES = (
    Change("a function of one chapter", "mechanisms/evidence/trials.py",
           "return np.clip(np.where(shift", "return 0.9 * np.clip(np.where(shift",
           "applications/evidence.html", "Missed with 60 in each arm",
           lambda percent: 100 - 0.9 * (100 - percent)),
    Change("a function of many chapters", "mechanisms/receptors.py",
           '(fraction("omax", omax) * dose / (', '(fraction("omax", omax) * 0.98 * dose / (',
           "principles/serotonin.html", "PET fit", lambda percent: 0.98 * percent),
    Change("a number of the data", "mechanisms/data/observations.csv",
           "Pill placebo,=,1.29,", "Pill placebo,=,1.39,", "applications/evidence.html",
           "Pill placebo", lambda effect: effect + 0.1),
)  # fmt: skip


COLD = 3  # builds from nothing
TWICE = 2  # times that a change is made and taken back


def _number(text: str) -> float:
    return float(text.split()[0])


def _changed(books: Sequence[Book], change: Change) -> Iterator[Row]:
    """Make a change and take it back, twice, in each book in turn; look at the number each time."""
    page = f"notebooks/{change.page}"
    before = [book.shown(page, change.readout) for book in books]
    builds: list[list[tuple[float, str]]] = [[] for _ in books]
    for old, new in TWICE * ((change.old, change.new), (change.new, change.old)):
        for book, done in zip(books, builds, strict=True):
            file = book.folder / change.file
            text = file.read_text(encoding="utf-8")
            assert text.count(old) == 1, f"{change.file} holds {old!r} {text.count(old)} times"
            file.write_text(text.replace(old, new), encoding="utf-8")
            done.append((book.build(), book.shown(page, change.readout)))
    for book, done, number in zip(books, builds, before, strict=True):
        seconds, seen = zip(*done, strict=True)
        note = _verdict(change, number, seen)
        what = f"Warm build after a change in {change.what}"
        yield Row("book", what, book.name, "s", seconds, note)


def _verdict(change: Change, before: str, seen: Sequence[str]) -> str:
    """Say whether a number is what the change must give, and is back when that is taken back."""
    # The number was rounded before it changed, and is rounded after.
    digits = len(before.split()[0].partition(".")[2])
    half = 0.5 * 10.0**-digits
    low, high = sorted(change.becomes(_number(before) + by) for by in (-half, half))
    verdict = "correct" if low - half <= _number(seen[0]) <= high + half else "wrong"
    if seen[0] == before:
        verdict = "still the old number"
    elif list(seen) != TWICE * [seen[0], before]:
        verdict = f"wrong: {', '.join(seen)} when changed and taken back"
    return f"{verdict}: {before} became {seen[0]}, expected {low:.{digits}f} to {high:.{digits}f}"


def _first_load(book: Book) -> tuple[list[float], int]:
    """Return kB (gzip) of each chapter with its scripts and styles, and requests to others."""
    kilobytes, foreign = [], 0
    for page in sorted((book.site / "notebooks").rglob("*.html")):
        html = page.read_text(encoding="utf-8")
        links = set(re.findall(r'<script[^>]* src="([^"]+)"', html))
        links |= {m[1] for tag in re.findall(r"<link[^>]*stylesheet[^>]*>", html)
                  if (m := re.search(r'href="([^"]+)"', tag))}  # fmt: skip
        files = [page, *(page.parent / urlsplit(link).path for link in links
                         if not urlsplit(link).netloc)]  # fmt: skip
        foreign = max(foreign, sum(bool(urlsplit(link).netloc) for link in links))
        kilobytes.append(sum(len(gzip.compress(f.read_bytes())) for f in files if f.exists()) / 1e3)
    return kilobytes, foreign


def rows() -> Iterator[Row]:
    """Measure: cold, warm, after each change; then the size of what came out."""
    with TemporaryDirectory() as temporary:
        books = [Book(Path(temporary, "ours")), PlainBook(Path(temporary, "plain"))]
        seconds = [[book.build_afresh() for book in books] for _ in range(COLD)]
        for book, cold in zip(books, zip(*seconds, strict=True), strict=True):
            ran = book.notebook_seconds()
            note = f"{len(list(book.site.rglob('*.html')))} pages, {len(ran)} of them notebooks"
            yield Row("book", "Cold build", book.name, "s", cold, note)
            each = [one / len(ran) for one in cold]
            yield Row("book", "Cold build, for each executed notebook", book.name, "s", each)
            note = f"median {median(ran):.1f}, all {sum(ran):.0f}"
            yield Row("book", "Running a notebook", book.name, "s", ran, note)
        for book in books:
            yield Row("book", "Warm build", book.name, "s", [book.build() for _ in range(3)])
        out_of_date = dict.fromkeys(books, 0)
        for change in CHANGES:
            for book, row in zip(books, _changed(books, change), strict=True):
                out_of_date[book] += not row.note.startswith("correct")
                yield row
        for book, count in out_of_date.items():
            measure = f"Of {len(CHANGES)} changes, those after which the page shows a wrong number"
            yield Row("book", measure, book.name, "changes", [count])
        for book in books:
            files = [f for f in book.site.rglob("*") if f.is_file()]
            size = sum(f.stat().st_size for f in files) / 1e6
            packed = sum(len(gzip.compress(f.read_bytes())) for f in files) / 1e6
            yield Row("book", "Size of the site", book.name, "MB", [size], f"gzip {packed:.3g} MB")
        for book in books:
            kilobytes, foreign = _first_load(book)
            note = f"{foreign} scripts and styles from other hosts"
            yield Row("book", "First load of a chapter, gzip", book.name, "kB", kilobytes, note)
