"""Directives that show the tables of `mechanisms.data` with source and provenance grade."""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import fresh_numbers
from docutils import nodes
from docutils.parsers.rst import Directive, directives
from fingerprint import digest
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from mechanisms import data, drugs
from mechanisms.data import Quantity

STATIC = Path(__file__).parent / "data_tables_static"
# All that the tables are made of.
SOURCES = ("mechanisms/data", "mechanisms/drugs.py")
MINUS = "\N{MINUS SIGN}"
UNITS = {"1": "", "yes=1": "", "uM": "µM", "1/uM/h": "1/µM/h", "uM/h": "µM/h", "degC": "°C"}
INTERVALS = {
    "ci95": "95 % interval",
    "ci90": "90 % interval",
    "cri95": "95 % credible interval",
    "range": "range",
}
SPREADS = {"sd": "SD", "sem": "SE"}

Cell = list[nodes.Node]


class Region(nodes.Element):
    """A named box around a wide table that a keyboard can scroll."""


def _enter_region(writer: Any, node: Region) -> None:
    label = writer.attval(node["label"])
    writer.body.append(
        f'<div class="data-table" role="region" tabindex="0" aria-label="{label}">\n'
    )


def _leave_region(writer: Any, node: Region) -> None:
    writer.body.append("</div>\n")


def _pass(writer: Any, node: Region) -> None:
    """Other builders have no use for the box."""


def number(value: float) -> str:
    """Write a number as a reader expects it, with a true minus sign."""
    text = f"{value:.6g}"
    if "e" in text:
        text = f"{value:.10f}".rstrip("0").rstrip(".")
    return text.replace("-", MINUS)


def amount(quantity: Quantity, relation: str = "=") -> str:
    """Write value and unit; a yes-or-no observation as a word."""
    if quantity.unit == "yes=1":
        return "yes" if quantity.value else "no"
    sign = "" if relation == "=" else f"{relation} "
    unit = UNITS.get(quantity.unit, quantity.unit)
    return f"{sign}{number(quantity.value)} {unit}".strip()


def spread(quantity: Quantity) -> str:
    """Write interval or spread, and the number of people or measurements."""
    parts = []
    if quantity.low is not None and quantity.high is not None:
        ends = f"{number(quantity.low)} to {number(quantity.high)}"
        kind = INTERVALS.get(quantity.spread_kind, "")
        parts.append(f"{ends} ({kind})" if kind else ends)
    if quantity.spread is not None:
        parts.append(f"{SPREADS[quantity.spread_kind]} {number(quantity.spread)}")
    if quantity.n is not None:
        parts.append(f"n = {quantity.n}")
    return ", ".join(parts)


def badge(grade: str) -> nodes.inline:
    """Name the grade in words; the frame only repeats it."""
    return nodes.inline("", grade, classes=["grade", f"grade-{grade}"])


class DataTable(SphinxDirective):
    """What the tables share: a caption, a region, cells with citations."""

    has_content = False
    optional_arguments = 1
    final_argument_whitespace = True
    brief: ClassVar[frozenset[str]] = frozenset()
    """Heads of columns that need little room."""

    def text(self, words: str) -> Cell:
        """Return plain words as a cell."""
        return [nodes.Text(words)]

    def cited(self, source: str) -> Cell:
        """Return links to the list of references."""
        keys = [key.strip() for key in source.split(";") if key.strip()]
        if not keys:
            return self.text("this book")
        found, _ = self.state.inline_text("{cite:p}`" + ",".join(keys) + "`", self.lineno)
        return list(found)

    def table(
        self, caption: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]
    ) -> list[nodes.Node]:
        """Build the table inside its region."""
        listed = list(rows)
        if not listed:
            raise self.error(f"no rows for {self.name} {' '.join(self.arguments)}".rstrip())
        body = nodes.tbody("", *(self._row(row, heads) for row in listed))
        head = nodes.thead("", self._row([self.text(word) for word in heads], heads))
        group = nodes.tgroup("", cols=len(heads))
        for position in range(len(heads)):
            column = nodes.colspec(colwidth=1)
            if position == 0:
                column["stub"] = 1
            group += column
        group += [head, body]
        grid = nodes.table("", nodes.title("", caption), group, classes=["colwidths-auto"])
        return [Region("", grid, label=caption)]

    def _row(self, cells: Sequence[Cell], heads: Sequence[str]) -> nodes.row:
        row = nodes.row()
        for cell, head in zip(cells, heads, strict=True):
            classes = ["remark"] if head == "Remark" else ["brief"] if head in self.brief else []
            row += nodes.entry("", nodes.paragraph("", "", *cell), classes=classes)
        return row

    def provenance(self, quantity: Quantity) -> list[Cell]:
        """Return the cells that end every row: source, grade, remark."""
        return [
            self.cited(quantity.source),
            [badge(quantity.grade)],
            self.text(quantity.note),
        ]


class DrugTable(DataTable):
    """Doses and the main numbers of a class of drugs."""

    heads = (
        "Drug",
        "Usual dose in anxiety (mg a day)",
        "Half-life (h)",
        "Unbound fraction",
        "Molar mass (g/mol)",
        "Active metabolites",
    )

    def _value(self, drug: drugs.Drug, name: str) -> Cell:
        if name not in drug.parameters:
            return self.text("not given")
        quantity = drug.parameters[name]
        return [nodes.Text(number(quantity.value) + " "), badge(quantity.grade)]

    def _dose(self, drug: drugs.Drug) -> Cell:
        if "dose_low_mg" not in drug.parameters:
            return self.text("not given")
        low, high = drug.dose_range_mg
        words = f"{number(low.value)} to {number(high.value)} "
        return [nodes.Text(words), badge(data.weakest(low.grade, high.grade))]

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        chosen = self.arguments[0] if self.arguments else None
        listed = [drugs.get(name) for name in drugs.names(chosen)]
        rows = [
            [
                self.text(drug.name),
                self._dose(drug),
                self._value(drug, "half_life_h"),
                self._value(drug, "fu"),
                self._value(drug, "molar_mass_g_mol"),
                self.text(", ".join(drug.metabolites) or "none listed"),
            ]
            for drug in listed
        ]
        return self.table(f"Drugs: {chosen or 'all'}", self.heads, rows)


class ParameterTable(DataTable):
    """Every parameter of one drug, the value in use before the others."""

    required_arguments = 1
    optional_arguments = 0

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        drug = drugs.get(self.arguments[0])
        labels = data.parameter_labels()
        order = list(labels)
        found = [row for row in data.parameters() if row.drug == drug.name]
        found.sort(key=lambda row: (order.index(row.name), not row.default))
        rows = [
            [
                self.text(labels[row.name] + ("" if row.default else " (another value)")),
                self.text(amount(row.quantity)),
                self.text(spread(row.quantity)),
                self.text(row.quantity.population),
                *self.provenance(row.quantity),
            ]
            for row in found
        ]
        heads = ("Parameter", "Value", "Spread", "In whom", "Source", "Grade", "Remark")
        return self.table(f"Parameters of {drug.name}", heads, rows)


class AffinityTable(DataTable):
    """Affinities of one drug, or of every drug at one target."""

    option_spec: ClassVar[dict[str, Callable[[str], Any]]] = {"target": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        drug = self.arguments[0] if self.arguments else None
        target = self.options.get("target")
        rows = [
            [
                self.text(row.drug),
                self.text(row.target),
                self.text(row.assay + (", in use" if row.default else "")),
                self.text(amount(row.quantity, row.relation)),
                self.text(spread(row.quantity)),
                *self.provenance(row.quantity),
            ]
            for row in drugs.affinities(drug, target)
        ]
        words = " at ".join(word for word in (drug or "all drugs", target) if word)
        heads = ("Drug", "Target", "Assay", "Affinity", "Spread", "Source", "Grade", "Remark")
        return self.table(f"Affinities of {words}", heads, rows)


class OccupancyFitTable(DataTable):
    """Published fits of occupancy to dose or plasma level."""

    option_spec: ClassVar[dict[str, Callable[[str], Any]]] = {"target": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        drug = self.arguments[0] if self.arguments else None
        target = self.options.get("target")
        rows: list[list[Cell]] = []
        for fit in drugs.occupancy_fits(drug, target=target):
            parts = [part for part in (fit.omax, fit.ed50, fit.ec50) if part is not None]
            rows.append(
                [
                    self.text(fit.drug + (", in use" if fit.default else "")),
                    self.text(f"{fit.target}, {fit.region}"),
                    self.text(fit.modality),
                    self.text(amount(fit.omax) if fit.omax else ""),
                    self.text(amount(fit.ed50) if fit.ed50 else ""),
                    self.text(amount(fit.ec50) if fit.ec50 else ""),
                    *self.provenance(parts[0]),
                ]
            )
        heads = (
            "Drug", "Target and region", "Method", "Plateau", "ED50", "EC50",
            "Source", "Grade", "Remark",
        )  # fmt: skip
        return self.table(f"Occupancy fits of {drug or 'all drugs'}", heads, rows)


class ObservationTable(DataTable):
    """Measured values, filtered by drug, target, measure or the start of the identifier."""

    option_spec: ClassVar[dict[str, Callable[[str], Any]]] = {
        "target": directives.unchanged,
        "measure": directives.unchanged,
        "id": directives.unchanged,
        "caption": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        drug = self.arguments[0] if self.arguments else None
        found = drugs.observations(
            drug,
            target=self.options.get("target"),
            measure=self.options.get("measure"),
            id=self.options.get("id"),
        )
        rows: list[list[Cell]] = []
        for row in found:
            dose = f"{number(row.dose)} {row.dose_unit}" if row.dose is not None else ""
            time = f"{number(row.time)} {row.time_unit}" if row.time is not None else ""
            where = ", ".join(word for word in (row.region, row.quantity.population) if word)
            rows.append(
                [
                    self.text(", ".join(word for word in (row.drug, row.measure) if word)),
                    self.text(", ".join(word for word in (dose, time) if word)),
                    self.text(amount(row.quantity, row.relation)),
                    self.text(spread(row.quantity)),
                    self.text(". ".join(word for word in (where, row.conditions) if word)),
                    *self.provenance(row.quantity),
                ]
            )
        caption = self.options.get("caption", f"Observations on {drug or 'all drugs'}")
        heads = (
            "What was measured", "Dose, time", "Value", "Spread", "Where and how",
            "Source", "Grade", "Remark",
        )  # fmt: skip
        return self.table(caption, heads, rows)


class ConstantsTable(DataTable):
    """Constants of the models, all or those of one module."""

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        module = self.arguments[0] if self.arguments else None
        rows: list[list[Cell]] = [
            [
                [nodes.literal("", name)],
                self.text(amount(quantity)),
                self.text(spread(quantity)),
                *self.provenance(quantity),
            ]
            for name, quantity in drugs.constants(module).items()
        ]
        heads = ("Constant", "Value", "Spread", "Source", "Grade", "Remark")
        return self.table(f"Constants of {module or 'all models'}", heads, rows)


# The theme puts its own scrolling box around every table; one box is enough.
NESTED = re.compile(
    r'<div class="data-table"([^>]*)>\s*<div class="scroll-x">(<table\b.*?</table>)</div>\s*</div>',
    re.DOTALL,
)


def _one_box(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    body = context.get("body")
    if body:
        context["body"] = NESTED.sub(r'<div class="data-table scroll-x"\1>\2</div>', body)


def _static(app: Sphinx) -> None:
    app.config.html_static_path.append(str(STATIC))


DIRECTIVES: dict[str, type[Directive]] = {
    "drug-table": DrugTable,
    "parameter-table": ParameterTable,
    "affinity-table": AffinityTable,
    "occupancy-fit-table": OccupancyFitTable,
    "observation-table": ObservationTable,
    "constants-table": ConstantsTable,
}


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_node(
        Region,
        html=(_enter_region, _leave_region),
        latex=(_pass, _pass),
        text=(_pass, _pass),
        man=(_pass, _pass),
        texinfo=(_pass, _pass),
    )
    for name, directive in DIRECTIVES.items():
        app.add_directive(name, directive)
    fresh_numbers.watch(app, "{(" + "|".join(DIRECTIVES) + ")}", lambda text: digest(SOURCES))
    app.connect("builder-inited", _static)
    app.connect("html-page-context", _one_box, priority=900)
    app.add_css_file("data_tables.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
