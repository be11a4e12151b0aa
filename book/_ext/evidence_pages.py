"""Directives of the pages *Evidence* and *Claims*: every comparison, every verdict, counted."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from math import log2
from pathlib import Path
from typing import Any

import fresh_numbers
from data_tables import SOURCES, Cell, DataTable, badge
from docutils import nodes
from docutils.parsers.rst import Directive
from fingerprint import digest
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective, SphinxRole

from mechanisms import data
from mechanisms.validation import Check, checks, claims, table

STATIC = Path(__file__).parent / "evidence_static"
KINDS = {
    "counted": "Predictions that count",
    "weak": "Predictions that rest on a remembered or chosen number",
    "apart": "Cannot fail, or repeats others",
    "fitted": "Used in fitting",
    "arithmetic": "Arithmetic",
}
PARTS = {
    "introduction": "Introduction",
    "serotonin": "Serotonin",
    "norepinephrine": "Norepinephrine",
    "GABA": "GABA",
    "gaba": "GABA and gabapentinoids",
    "pharmacokinetics": "Pharmacokinetics",
    "evidence": "Trials and their statistics",
}
LATER = "a later chapter"


def _part(check: Check) -> str:
    return next(target.part for target in data.targets() if target.id == check.target)


def _checks(kind: str, part: str = "") -> list[Check]:
    if kind not in table.KINDS:
        raise ValueError(f"kind must be one of {', '.join(table.KINDS)}, got {kind!r}")
    return [c for c in checks() if table.kind(c) == kind and (not part or _part(c) == part)]


def _where(label: str) -> addnodes.pending_xref:
    """Link to a section under its own title; an unknown label is a warning."""
    return addnodes.pending_xref(
        "",
        nodes.inline("", label),
        refdomain="std",
        reftype="ref",
        reftarget=label.lower(),
        refexplicit=False,
        refwarn=True,
        evidence_section=True,
    )


def _figure(name: str, section: str) -> nodes.raw:
    """Name a live figure; `_finish` makes it a link once the page of its section is known."""
    words = name.replace("-", " ")
    span = f'<span data-claim-figure="{name}" data-claim-section="{section}">{words}</span>'
    return nodes.raw("", span, format="html")


def _jump(words: str, anchor: str) -> nodes.reference:
    return nodes.reference("", words, refid=anchor, internal=True)


def _verdict(check: Check) -> nodes.inline:
    # The sign is repeated in the word; a screen reader hears the word.
    words = f"{table.symbol(check)} {check.verdict}"
    return nodes.inline("", words, classes=["verdict", f"verdict-{check.verdict}"])


class Summary(DataTable):
    """How many comparisons there are of each kind, and how they ended."""

    optional_arguments = 0

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        rows = []
        for kind, words in KINDS.items():
            ended = Counter(check.verdict for check in _checks(kind))
            numbers = (ended["met"], ended["missed"], ended.total())
            rows.append([self.text(words), *(self.text(str(number)) for number in numbers)])
        return self.table("All comparisons", ("Kind", "Met", "Missed", "All"), rows)


class Targets(DataTable):
    """Every target with what was asked and how it ended."""

    optional_arguments = 0

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        rows = []
        for target in data.targets():
            found = checks(target.id)
            if not found:
                raise self.error(f"no comparison for target {target.id}")
            ended: list[nodes.Node] = []
            for kind in KINDS:
                among = [check for check in found if table.kind(check) == kind]
                counts = Counter(check.verdict for check in among)
                if among:
                    words = ", ".join(f"{counts[v]} {v}" for v in ("met", "missed") if counts[v])
                    label = "" if kind == "counted" else f" ({KINDS[kind].lower()})"
                    ended += [
                        nodes.Text("; " if ended else ""),
                        _jump(words, table.anchor(among[0])),
                        nodes.Text(label),
                    ]
            rows.append(
                [
                    self.text(f"{target.id}. {target.statement}"),
                    self.text(target.observed),
                    self.text(target.tolerance),
                    ended,
                ]
            )
        heads = ("Target", "Observed", "Accepted", "Outcome")
        return self.table("The targets, and how each ended", heads, rows)


class EvidenceRows(DataTable):
    """The comparisons of one kind, all or of one part of the book."""

    required_arguments = 1
    optional_arguments = 1
    final_argument_whitespace = False
    heads = (
        "Compared", "Observed", "Predicted, no refit", "Miss", "Verdict", "Remark",
        "Weakest grade", "Source and model",
    )  # fmt: skip

    def _models(self, check: Check) -> Cell:
        shown = table.shown()[check.target]
        cell: Cell = []
        for name in shown.models:
            short = name.removeprefix("mechanisms.")
            cell += [nodes.Text(" ") if cell else nodes.Text("Model: "), nodes.literal("", short)]
        if shown.section:
            cell += [nodes.Text(". Told in: "), _where(shown.section)]
        return cell

    def _cells(self, check: Check) -> list[Cell]:
        source = self.cited(check.observed.source)
        apart = table.why_apart(check)
        remark = table.reason(check)
        if apart and table.kind(check) in ("weak", "apart"):
            remark = f"Does not count: {apart}. {remark}".strip()
        return [
            [nodes.Text(f"{check.statement}. "), nodes.literal("", check.id)],
            self.text(table.observed(check)),
            self.text(
                f"{table.amount(check.predicted, check.unit)}; accepted: {table.accepted(check)}"
            ),
            self.text(table.miss(check)),
            [_verdict(check)],
            self.text(remark),
            [badge(check.grade)],
            [*source, nodes.Text(". "), *self._models(check)],
        ]

    def run(self) -> list[nodes.Node]:
        """Build the table, a row of which can be linked to."""
        kind = self.arguments[0]
        part = self.arguments[1] if len(self.arguments) > 1 else ""
        found = _checks(kind, part)
        caption = KINDS[kind] + (f": {PARTS[part]}" if part else "")
        built = self.table(caption, self.heads, [self._cells(check) for check in found])
        body = next(built[0].findall(nodes.tbody))
        for row, check in zip(body.children, found, strict=True):
            assert isinstance(row, nodes.row)
            row["ids"] = [table.anchor(check)]
            row["classes"] = ["evidence-row"]
        known = _pages(self.env).setdefault(self.env.docname, set())
        known.update(table.anchor(check) for check in found)
        return built


# The plot: one line per target, the ratio of prediction to observation on a logarithmic axis.
WIDTH, LEFT, RIGHT, TOP = 360.0, 52.0, 346.0, 26.0
TICKS = ((0.125, "⅛"), (0.25, "¼"), (0.5, "½"), (1, "equal"), (2, "2×"), (4, "4×"), (8, "8×"))
LANE, GAP, PAD = 24.0, 25.0, 3.0
COLUMNS = 2


def _x(ratio: float) -> float:
    low, high = log2(TICKS[0][0]), log2(TICKS[-1][0])
    share = (min(max(log2(ratio), low), high) - low) / (high - low)
    return LEFT + share * (RIGHT - LEFT)


def _lanes(places: Sequence[float]) -> list[int]:
    """Spread points that would overlap over several lanes, keeping their order."""
    ends: list[float] = []
    lanes = []
    for place in places:
        lane = next((i for i, end in enumerate(ends) if place - end >= GAP), len(ends))
        if lane == len(ends):
            ends.append(place)
        ends[lane] = place
        lanes.append(lane)
    return lanes


def _mark(check: Check, x: float, y: float, ratio: float) -> str:
    words = (
        f"{check.id}, {check.statement}: predicted {table.amount(check.predicted, check.unit)}, "
        f"observed {table.amount(check.predicted - check.miss, check.unit)}, {check.verdict}"
    )
    if not TICKS[0][0] <= ratio <= TICKS[-1][0]:
        words += f"; off the scale at {table.number(ratio)} times"
    shape = (
        f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
        if check.verdict == "met"
        else f'<path class="mark" d="M{x:.1f} {y - 6:.1f}l6 6-6 6-6-6z"/>'
    )
    name = escape(words, quote=True)
    return (
        f'<a href="#{table.anchor(check)}" class="{check.verdict} {table.kind(check)}" '
        f'aria-label="{name}"><title>{escape(words)}</title>'
        f'<circle class="hit" cx="{x:.1f}" cy="{y:.1f}" r="12"/>{shape}</a>'
    )


def parity_svgs(found: Iterable[Check]) -> tuple[list[str], list[Check]]:
    """Draw the comparisons that have a ratio, in columns; return also those that have none."""
    lines: dict[str, list[tuple[float, str, Check]]] = {}
    left_out = []
    for check in found:
        ratio = table.ratio(check)
        if ratio is None:
            left_out.append(check)
        else:
            lines.setdefault(check.target, []).append((ratio, check.id, check))
    heights = {target: _height(line) for target, line in lines.items()}
    columns: list[list[str]] = [[]]
    for target in lines:
        # as many columns as the plot needs, about equally high
        if sum(heights[t] for t in columns[-1]) >= sum(heights.values()) / COLUMNS:
            columns.append([])
        columns[-1].append(target)
    return [_column({t: lines[t] for t in column}) for column in columns if column], left_out


def _height(line: Sequence[tuple[float, str, Check]]) -> float:
    lanes = _lanes(sorted(_x(ratio) for ratio, _, _ in line))
    return (max(lanes) + 1) * LANE + 2 * PAD


def _column(lines: Mapping[str, Sequence[tuple[float, str, Check]]]) -> str:
    bands, marks, y = [], [], TOP
    for place, (target, line) in enumerate(lines.items()):
        here = sorted((_x(ratio), name, ratio, check) for ratio, name, check in line)
        height = _height(line)
        if place % 2 == 0:
            bands.append(
                f'<rect class="band" x="0" y="{y:.1f}" width="{WIDTH:.0f}" height="{height:.1f}"/>'
            )
        marks.append(f'<text x="4" y="{y + PAD + LANE / 2 + 4:.1f}">{escape(target)}</text>')
        for (x, _, ratio, check), lane in zip(here, _lanes([x for x, *_ in here]), strict=True):
            marks.append(_mark(check, x, y + PAD + LANE * (lane + 0.5), ratio))
        y += height
    ticks = [
        f'<line class="{"agreement" if value == 1 else "grid"}" x1="{_x(value):.1f}" '
        f'x2="{_x(value):.1f}" y1="{TOP:.0f}" y2="{y:.1f}"/>'
        f'<text x="{_x(value):.1f}" y="{TOP - 8:.0f}" text-anchor="middle">{label}</text>'
        for value, label in TICKS
    ]
    first, *_, last = [*lines] * 2
    title = escape(f"Prediction divided by observation, targets {first} to {last}", quote=True)
    return (
        f'<svg viewBox="0 0 {WIDTH:.0f} {y + 4:.0f}" role="group" aria-label="{title}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join([*bands, *ticks, *marks])}</svg>'
    )


class Parity(SphinxDirective):
    """The plot of predictions over observations; each point leads to its row."""

    def run(self) -> list[nodes.Node]:
        """Draw the plot and say what it leaves out."""
        found = [check for check in checks() if table.kind(check) in ("counted", "weak")]
        svgs, left_out = parity_svgs(found)
        figure = nodes.raw("", f'<div class="parity">{"".join(svgs)}</div>', format="html")
        words = (
            f"{len(found) - len(left_out)} predictions, by target. To the right of the heavy line "
            "the model says more than was seen, to the left less; each thin line is a factor of "
            "two. A circle was met, a diamond missed; filled marks count, hollow ones rest on a "
            "remembered or chosen number. Points at the edge lie beyond it."
        )
        note: list[nodes.Node] = [nodes.Text(words)]
        if left_out:
            note.append(nodes.Text(" Not drawn, as the observation is zero: "))
            for check in left_out:
                note += [
                    _jump(check.id, table.anchor(check)),
                    nodes.Text("." if check is left_out[-1] else ", "),
                ]
        return [figure, nodes.paragraph("", "", *note, classes=["parity-note"])]


class ClaimSummary(DataTable):
    """How many claims of each part have each verdict."""

    optional_arguments = 0

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        found = claims.claims()
        rows = []
        for part in dict.fromkeys(claim.part for claim in found):
            ended = Counter(claim.verdict for claim in found if claim.part == part)
            cells = [str(ended[verdict]) for verdict in claims.VERDICTS]
            rows.append([self.text(word) for word in (PARTS[part], *cells, str(ended.total()))])
        ended = Counter(claim.verdict for claim in found)
        cells = [str(ended[verdict]) for verdict in claims.VERDICTS]
        rows.append([self.text(word) for word in ("Together", *cells, str(ended.total()))])
        heads = ("Part", *(verdict.capitalize() for verdict in claims.VERDICTS), "All")
        return self.table("Claims by verdict", heads, rows)


class ClaimIndex(SphinxDirective):
    """The claims with one verdict, as links."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Build the list."""
        verdict = self.arguments[0]
        if verdict not in claims.VERDICTS:
            raise self.error(f"verdict must be one of {', '.join(claims.VERDICTS)}")
        items = [
            nodes.list_item("", nodes.paragraph("", "", _jump(claim.claim, f"claim-{claim.id}")))
            for claim in claims.claims()
            if claim.verdict == verdict
        ]
        return [nodes.bullet_list("", *items)]


class ClaimList(DataTable):
    """The claims of one part, each with its verdict and what decides it."""

    required_arguments = 1
    optional_arguments = 0

    def _claim(self, claim: claims.Claim) -> nodes.Node:
        foot: list[nodes.Node] = []
        if claim.sources:
            foot += self.cited("; ".join(claim.sources))
        if claim.grade:
            foot += [nodes.Text(" Numbers: "), badge(claim.grade), nodes.Text(".")]
        if claim.section:
            foot += [nodes.Text(" Shown in: "), _where(claim.section)]
        if claim.figure:
            foot += [nodes.Text(" Figure: "), _figure(claim.figure, claim.section)]
        title = nodes.paragraph("", claim.claim, classes=["claim-title"])
        verdict = nodes.inline("", f"{claim.verdict.capitalize()}. ", classes=["claim-verdict"])
        because = nodes.paragraph("", "", verdict, nodes.Text(claim.because))
        box = nodes.container("", title, because)
        if foot:
            box += nodes.paragraph("", "", *foot, classes=["claim-foot"])
        box["classes"] = ["claim", f"claim-{claim.verdict}"]
        box["ids"] = [f"claim-{claim.id}"]
        return box

    def run(self) -> list[nodes.Node]:
        """Build the list."""
        part = self.arguments[0]
        found = [self._claim(claim) for claim in claims.claims() if claim.part == part]
        if not found:
            raise self.error(f"no claims of part {part!r}")
        for path in Path(data.__file__).parent.glob("*.toml"):
            self.env.note_dependency(str(path))
        return found


class Count(SphinxRole):
    """A number in the prose, such as ``counted missed`` or ``claims contested``."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Count."""
        kind, _, verdict = self.text.partition(" ")
        known = claims.VERDICTS if kind == "claims" else ("met", "missed")
        if verdict and verdict not in known:
            raise ValueError(f"verdict must be one of {', '.join(known)}, got {verdict!r}")
        ended = (
            [claim.verdict for claim in claims.claims()]
            if kind == "claims"
            else [check.verdict for check in (checks() if kind == "all" else _checks(kind))]
        )
        number = sum(1 for one in ended if not verdict or one == verdict)
        return [nodes.Text(str(number))], []


def _pages(env: BuildEnvironment) -> dict[str, set[str]]:
    """Return the rows that each page holds."""
    if not hasattr(env, "evidence_rows"):
        env.evidence_rows = {}  # type: ignore[attr-defined]
    return env.evidence_rows  # type: ignore[attr-defined,no-any-return]


def _purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    _pages(env).pop(docname, None)


def _merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    _pages(env).update({name: ids for name, ids in _pages(other).items() if name in docnames})


def _to_come(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, content: nodes.Element
) -> nodes.Element | None:
    """Let a named section be missing as long as it is announced."""
    if node.get("evidence_section") and node["reftarget"] in app.config.evidence_sections_to_come:
        return nodes.inline("", LATER)
    return None


ROW = re.compile(r'<span data-evidence-row="([a-z0-9-]+)">(.*?)</span>')
FIGURE = re.compile(
    r'<span data-claim-figure="([a-z0-9-]+)" data-claim-section="([a-z0-9-]+)">(.*?)</span>'
)
HEADS = (
    (re.compile(r'<th (class="(?:[^"]* )?head\b)'), r'<th scope="col" \1'),
    (re.compile(r'<th (class="(?:[^"]* )?stub\b)'), r'<th scope="row" \1'),
)


def _finish(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Link rows to the evidence page and claims to figures, and name the scope of header cells."""
    body = context.get("body")
    if not body:
        return

    def link(match: re.Match[str]) -> str:
        for docname, ids in _pages(app.env).items():
            if match[1] in ids:
                address = app.builder.get_relative_uri(pagename, docname)
                return f'<a href="{address}#{match[1]}">{match[2]}</a>'
        return match[0]

    def to_figure(match: re.Match[str]) -> str:
        name, section, words = match.groups()
        found = app.env.get_domain("std").anonlabels.get(section)  # type: ignore[attr-defined]
        if found is None:
            return words
        address = app.builder.get_relative_uri(pagename, found[0])
        return f'<a href="{address}#fig-{name}">{words}</a>'

    body = FIGURE.sub(to_figure, ROW.sub(link, body))
    if pagename in _pages(app.env) or 'id="claim-' in body:
        for pattern, replacement in HEADS:
            body = pattern.sub(replacement, body)
    context["body"] = body


def _static(app: Sphinx) -> None:
    app.config.html_static_path.append(str(STATIC))


DIRECTIVES: dict[str, type[Directive]] = {
    "evidence-summary": Summary,
    "evidence-targets": Targets,
    "evidence-rows": EvidenceRows,
    "evidence-parity": Parity,
    "claim-summary": ClaimSummary,
    "claim-index": ClaimIndex,
    "claim-list": ClaimList,
}


def _key(text: str) -> str:
    """Tell what the pages are made of: of the models only what they predict."""
    return repr((digest([*SOURCES, "mechanisms/validation"]), checks(), claims.claims()))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_config_value("evidence_sections_to_come", [], "env")
    for name, directive in DIRECTIVES.items():
        app.add_directive(name, directive)
    app.add_role("evidence-count", Count())
    fresh_numbers.watch(app, "{(evidence-count|" + "|".join(DIRECTIVES) + ")}", _key)
    handlers: dict[str, Callable[..., Any]] = {
        "builder-inited": _static,
        "env-purge-doc": _purge,
        "env-merge-info": _merge,
        "missing-reference": _to_come,
    }
    for event, handler in handlers.items():
        app.connect(event, handler)
    app.connect("html-page-context", _finish, priority=950)
    app.add_css_file("evidence.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
