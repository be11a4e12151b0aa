"""The table of the comparisons: its arithmetic, what it keeps, and what was committed."""

from math import isnan
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from benchmarks import table
from benchmarks.table import Ratio, Result, Row


def row(what: str, *values: float, comparison: str = "cohort", more: bool = False) -> Row:
    return Row(comparison, "Time", what, "s", values, more_is_better=more)


def line(book: Row, rival: Row) -> table.Line:
    results = [Result.of(each, "now") for each in (book, rival)]
    return list(table.lines(results, "cohort"))[1]


def test_a_result_is_the_median_and_the_middle_half() -> None:
    result = Result.of(row("book", 5, 1, 2, 4, 3), "now")
    assert (result.median, result.low, result.high, result.n) == (3, 2, 4, 5)
    assert isnan(result.p95)
    assert Result.of(row("book", *range(101)), "now").p95 == 95


def test_a_ratio_spans_the_middle_halves() -> None:
    ratio = line(row("book", 1, 2, 3, 4, 5), row("rival", 10, 20, 30, 40, 50)).ratio
    assert (ratio.middle, ratio.low, ratio.high) == (10, 5, 20)
    assert ratio.agrees(Ratio(30, 20, 40))
    assert not ratio.agrees(Ratio(30, 20.1, 40))
    assert ratio.agrees(Ratio(15, 15, 15))
    assert not ratio.agrees(Ratio(30, 30, 30))


def test_ratios_further_apart_than_their_ranges_are_marked() -> None:
    book, rival = row("book", 1, 1.1), row("rival", 10, 11)
    first, second = "1, 2 cores, Linux", "2, 2 cores, Linux"
    earlier = [Result.of(each, first) for each in (book, row("rival", 40, 41))]
    now = [Result.of(each, second) for each in (book, rival)]
    marked = list(table.lines([*earlier, *now], "cohort"))[1].cells()
    assert marked[5] == "40.5"
    assert marked[7].endswith("beyond the ranges")
    assert list(table.lines([*now], "cohort"))[1].cells()[5:8:2] == ("", "")


def test_a_run_on_another_machine_is_no_run_before() -> None:
    book, rival = row("book", 1, 1.1), row("rival", 10, 11)
    results = [
        Result.of(each, f"2026-01-0{day}, commit 1, 2 cores of {model}, Linux")
        for day, model in ((1, "A"), (2, "B"), (3, "B"))
        for each in (book, rival)
    ]
    assert [run[0].run[:10] for run in table.runs(results, "cohort")] == [
        "2026-01-03",
        "2026-01-02",
    ]
    assert "2026-01-02" in table.measured(results, "cohort")
    assert [one.earlier for one in table.lines(results[:4], "cohort")] == [None, None]


@pytest.mark.parametrize(
    ("book", "rival", "more", "ahead"),
    [
        ((10, 11), (1, 2), False, True),
        ((10, 11), (1, 2), True, False),
        ((1, 2), (10, 11), False, False),
        ((1, 2), (10, 11), True, True),
        ((0, 0), (3, 3), False, False),  # undeserved points: none here, some there
        ((3, 3), (0, 0), False, True),
        ((1, 9), (2, 8), False, False),  # too close to tell
        ((1, 2), (), False, False),
    ],
)
def test_ahead_means_better_beyond_the_spread(
    book: tuple[float, ...], rival: tuple[float, ...], more: bool, ahead: bool
) -> None:
    assert line(row("book", *book, more=more), row("rival", *rival, more=more)).is_ahead() == ahead


def test_the_floor_is_no_rival_but_another_way_to_run_the_book_is() -> None:
    book = row("this book, static page", 10, 11)
    assert not line(book, row("an empty handler on a bare page", 1, 2)).is_ahead()
    assert line(book, row("this book in JupyterLab", 1, 2)).is_ahead()


def test_what_was_not_measured_says_so_and_has_no_ratio() -> None:
    cells = line(row("book", 1, 2), row("rival")).cells()
    assert cells[1] == "not measured"
    assert set(cells[2:]) == {""}


def test_two_runs_are_kept_and_the_newest_stands_beside_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tmp_path / "results.csv", tmp_path / "results.md"
    for run, factor in (
        ("2026-01-01, 2 cores, Linux", 2),
        ("2026-01-02, 2 cores, Linux", 3),
        ("2026-01-03, 2 cores, Linux", 4),
    ):
        monkeypatch.setattr(table, "machine", lambda run=run: run)
        table.write([row("book", 1, 1), row("rival", factor, factor)], *files)
    monkeypatch.setattr(table, "machine", lambda: "2026-01-04, 2 cores, Linux")
    table.write([row("other", 7, comparison="book")], *files)
    results = table.read(files[0])
    assert {result.run[:10] for result in results} == {"2026-01-02", "2026-01-03", "2026-01-04"}
    _, rival = table.lines(results, "cohort")
    assert rival.before is not None
    assert (rival.ratio.middle, rival.before.middle) == (4, 3)
    assert files[1].read_text() == table.markdown(results)


def test_the_committed_results_are_whole() -> None:
    results = table.read()
    assert table.MARKDOWN.read_text(encoding="utf-8") == table.markdown(results)
    for comparison in table.COMPARISONS:
        runs = table.runs(results, comparison)
        assert len(runs) == table.KEPT_RUNS, comparison
        newest, before = ([(row.measure, row.what) for row in run] for run in runs)
        assert newest == before, comparison
        for run in runs:
            for measure in {result.measure for result in run}:
                same = [result for result in run if result.measure == measure]
                assert same[0].what.startswith("this book"), measure
                assert same[0].n, f"{measure}: this book was not measured"
                assert any(rival.n for rival in same[1:]), f"{measure}: nothing to compare with"


@pytest.mark.parametrize("newest", [True, False], ids=["newest", "before"])
def test_what_was_promised_of_the_book_holds_in_both_runs(newest: bool) -> None:
    results = table.read()

    def of(comparison: str, measure: str) -> list[table.Line]:
        kept = table.runs(results, comparison)
        run = kept[0] if newest else kept[1]
        found = [line for line in table.lines(run, comparison) if measure in line.result.measure]
        assert found, measure
        return found

    book, floor = of("slider", "painted figure")[:2]
    assert floor.result.what.startswith("an empty handler")
    assert book.result.median - floor.result.median <= 1000 / 60
    rivals = {line.result.what: line.ratio for line in of("cohort", "error no larger")}
    for what in ("solve_ivp loop, RK45", "solve_ivp loop, LSODA"):
        assert rivals[what].low >= 100, what
    assert min(rivals[what].low for what in ("libRoadRunner", "COPASI")) > 1
    for line in of("book", "Warm build after a change"):
        if line.result is line.book:
            assert line.result.high < 30, line.result.measure
            assert line.result.note.startswith("correct"), line.result.measure


def test_the_page_shows_every_row(site: Path) -> None:
    html = (site / "book" / "alternatives.html").read_text(encoding="utf-8")
    page = BeautifulSoup(html, "html.parser")
    shown = [
        {
            " ".join(cell.get_text(" ").replace("’", "'").split())
            for cell in tr.find_all(["th", "td"])
        }
        for tr in page.select("main tbody tr")
    ]
    results = table.read()
    for comparison in table.COMPARISONS:
        found = list(table.lines(results, comparison))
        compared = {each.result.measure for each in found if str(each.before or "")}
        for each in found:
            cells = list(each.cells())
            if each.result.measure in compared:
                cells[table.HEADS.index("Before")] = ""  # the ratios say as much
            said = {" ".join(text.split()) for text in cells if text}
            if each.result.n == 1:
                said.discard("1")  # what was measured once says so by having no spread
            assert any(said <= row for row in shown), said
