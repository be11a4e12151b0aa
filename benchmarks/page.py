"""Directives that show the results in the book: a table per comparison, and where it is behind."""

from typing import Any

from data_tables import Cell, DataTable
from docutils import nodes
from sphinx.application import Sphinx

from .table import COMPARISONS, CSV, HEADS, lines, read


class Comparison(DataTable):
    """The rows of one comparison, a table for each measure."""

    required_arguments = 1
    optional_arguments = 0

    def run(self) -> list[nodes.Node]:
        """Build the tables."""
        self.env.note_dependency(str(CSV))
        (name,) = self.arguments
        if name not in COMPARISONS:
            raise self.error(f"comparison must be one of {', '.join(COMPARISONS)}, got {name!r}")
        found = list(lines(read(), name))
        if not found:
            return [nodes.paragraph("", "Not measured yet.")]
        shown: list[nodes.Node] = []
        for measure in dict.fromkeys(line.result.measure for line in found):
            of_it = [line for line in found if line.result.measure == measure]
            caption = f"{measure} ({of_it[0].result.unit})"
            cells = [[self.text(text) for text in line.cells()] for line in of_it]
            shown += self.table(caption, ("What", *HEADS[1:]), cells)
        return [*shown, nodes.paragraph("", f"Measured {found[0].result.run}.")]


class Behind(DataTable):
    """Every row in which something else does better than this book."""

    optional_arguments = 0

    def run(self) -> list[nodes.Node]:
        """Build the table, or say that there is nothing to show."""
        self.env.note_dependency(str(CSV))
        results = read()
        cells: list[list[Cell]] = [
            [self.text(text) for text in (COMPARISONS[name], line.result.measure, *line.cells())]
            for name in COMPARISONS
            for line in lines(results, name)
            if line.is_ahead()
        ]
        if not cells:
            return [nodes.paragraph("", "In no row.")]
        heads = ("Comparison", "Measure", "What", *HEADS[1:])
        return self.table("Where something else is ahead", heads, cells)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("comparison", Comparison)
    app.add_directive("behind", Behind)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
