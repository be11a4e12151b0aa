"""Directives that show the results in the book: a table per comparison, and where it is behind."""

from collections.abc import Collection, Sequence
from typing import Any

from data_tables import Cell, DataTable
from docutils import nodes
from sphinx.application import Sphinx

from .table import COMPARISONS, CSV, HEADS, lines, measured, read, short

WORDS = ("Measure", "What", "Remark")
TO = "\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}"


class Comparison(DataTable):
    """The rows of one comparison, a table for each measure."""

    brief = frozenset({*HEADS[1:], "Measured", "This book"} - {*WORDS})
    required_arguments = 1
    optional_arguments = 0

    def run(self) -> list[nodes.Node]:
        """Build the tables."""
        self.env.note_dependency(str(CSV))
        (name,) = self.arguments
        if name not in COMPARISONS:
            raise self.error(f"comparison must be one of {', '.join(COMPARISONS)}, got {name!r}")
        results = read()
        found = list(lines(results, name))
        if not found:
            return [nodes.paragraph("", "Not measured yet.")]
        shown: list[nodes.Node] = []
        for measure in dict.fromkeys(line.result.measure for line in found):
            of_it = [line for line in found if line.result.measure == measure]
            caption = f"{measure} ({of_it[0].result.unit})"
            rows, heads, without = [line.cells() for line in of_it], ["What", *HEADS[1:]], set()
            if all(line.result.n <= 1 for line in of_it):  # a count has no median
                heads[heads.index("Median")] = "Measured"
                without.add("n")
            if any(str(line.before or "") for line in of_it):  # the ratios say as much
                without.add("Before")
            shown += self._filled(caption, heads, rows, without)
        return [*shown, nodes.paragraph("", measured(results, name))]

    def _filled(
        self,
        caption: str,
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        without: Collection[str] = (),
    ) -> list[nodes.Node]:
        """Build a table of the columns that say something."""
        used = [
            place
            for place, head in enumerate(heads)
            if head not in without and any(row[place] for row in rows)
        ]
        cells: list[list[Cell]] = [
            [
                # a range stays on one line
                self.text(row[place] if heads[place] in WORDS else row[place].replace(" to ", TO))
                for place in used
            ]
            for row in rows
        ]
        return self.table(caption, [heads[place] for place in used], cells)


class Behind(Comparison):
    """Every row in which something else does better than this book."""

    required_arguments = 0

    def run(self) -> list[nodes.Node]:
        """Build the table, or say that there is nothing to show."""
        self.env.note_dependency(str(CSV))
        results = read()
        rows = [
            (
                f"{line.result.measure} ({line.result.unit})",
                line.result.what,
                short(line.result.median),
                short(line.book.median),
                line.result.note,
            )
            for name in COMPARISONS
            for line in lines(results, name)
            if line.is_ahead()
        ]
        if not rows:
            return [nodes.paragraph("", "In no row.")]
        heads = ("Measure", "What", "Median", "This book", "Remark")
        return self._filled("Where something else is ahead", heads, rows)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("comparison", Comparison)
    app.add_directive("behind", Behind)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
