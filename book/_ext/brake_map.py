"""The one-page map of the brakes and accelerators: an SVG whose every box is a link.

The directive writes a nested list of links, which Sphinx resolves like any other reference, so that
an unknown label is a warning. The drawing takes its addresses from that list.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

HERE = Path(__file__).parent
SOURCE = HERE / "brake_map.toml"
STATIC = HERE / "brake_map_static"

CENTRES = (80, 288, 512, 709, 907)
WIDTHS = (152, 192, 172, 168, 178)
HEIGHT = 68
TOP, PITCH = 66, 116  # upper edge of the first band, and distance of the rows
WIDE = 1000

KINDS = ("drug", "target", "brake", "accelerator", "effect")
LINKS = ("blocks", "strengthens", "leads")


class BrakeMap(nodes.General, nodes.Element):
    """The drawing, followed by the list that carries its links."""


@dataclass(frozen=True)
class Box:
    """A box of the map."""

    key: str
    system: str
    kind: str
    column: int
    row: float
    lines: tuple[str, ...]
    section: str
    note: str

    @property
    def name(self) -> str:
        """What the list calls it."""
        return " ".join(self.lines)

    @property
    def x(self) -> float:
        """Horizontal centre."""
        return CENTRES[self.column]

    @property
    def y(self) -> float:
        """Vertical centre."""
        return TOP + PITCH * self.row + 68

    @property
    def width(self) -> float:
        """Width of the outline."""
        return WIDTHS[self.column]


@dataclass(frozen=True)
class Lane:
    """A transmitter system, drawn as a band."""

    system: str
    name: str
    first: int
    last: int


@dataclass(frozen=True)
class Map:
    """What the file says."""

    title: str
    description: str
    columns: tuple[str, ...]
    lanes: tuple[Lane, ...]
    boxes: Mapping[str, Box]
    links: tuple[tuple[str, str, str], ...]


def read(text: str) -> Map:
    """Read the map from TOML.

    Raises
    ------
    ValueError
        If a box or link names a lane, kind, column or box that does not exist.
    """
    raw = tomllib.loads(text)
    lanes = tuple(
        Lane(lane["system"], lane["name"], lane["rows"][0], lane["rows"][1])
        for lane in raw["lanes"]
    )
    known = {lane.system for lane in lanes}
    boxes = {}
    for key, row in raw["nodes"].items():
        box = Box(
            key,
            row["lane"],
            row["kind"],
            row["column"],
            row["row"],
            tuple(row["lines"]),
            row["section"],
            row["note"],
        )
        if box.system not in known:
            raise ValueError(f"box {key!r} lies in unknown lane {box.system!r}")
        if box.kind not in KINDS:
            raise ValueError(f"box {key!r} has unknown kind {box.kind!r}")
        if box.column not in range(len(CENTRES)):
            raise ValueError(f"box {key!r} lies in unknown column {box.column!r}")
        boxes[key] = box
    links = tuple((row["from"], row["to"], row["kind"]) for row in raw["links"])
    for start, end, kind in links:
        for key in (start, end):
            if key not in boxes:
                raise ValueError(f"a link names unknown box {key!r}")
        if kind not in LINKS:
            raise ValueError(f"link {start} to {end} has unknown kind {kind!r}")
    columns = tuple(raw["columns"])
    return Map(raw["title"], " ".join(raw["description"].split()), columns, lanes, boxes, links)


def outline(kind: str, x: float, y: float, width: float, height: float = HEIGHT) -> str:
    """Return the shape of a kind of box: no meaning hangs on colour alone."""
    left, right, top, bottom = x - width / 2, x + width / 2, y - height / 2, y + height / 2
    cut = height * 0.24
    if kind == "target":
        points = [(left + cut, top), (right - cut, top), (right, y), (right - cut, bottom),
                  (left + cut, bottom), (left, y)]  # fmt: skip
    elif kind == "brake":
        points = [(left + cut, top), (right - cut, top), (right, top + cut), (right, bottom - cut),
                  (right - cut, bottom), (left + cut, bottom), (left, bottom - cut),
                  (left, top + cut)]  # fmt: skip
    elif kind == "accelerator":
        points = [(left, top), (right - cut, top), (right, y), (right - cut, bottom),
                  (left, bottom)]  # fmt: skip
    else:
        radius = height / 2 if kind == "drug" else 5
        return (
            f'<rect class="shape" x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" '
            f'rx="{radius:g}"/>'
        )
    return f'<polygon class="shape" points="{" ".join(f"{a:g},{b:g}" for a, b in points)}"/>'


def _arrow(start: Box, end: Box, kind: str) -> str:
    if start.column == end.column:
        x1 = x2 = start.x
        way = 1 if end.y > start.y else -1
        y1, y2 = start.y + way * HEIGHT / 2, end.y - way * (HEIGHT / 2 + 7)
        path = f"M{x1:g} {y1:g}V{y2:g}"
    else:
        x1, x2 = start.x + start.width / 2, end.x - end.width / 2 - 7
        y1, y2 = start.y, end.y
        if y1 == y2:
            path = f"M{x1:g} {y1:g}H{x2:g}"
        else:
            # Flat at both ends, so that the head points into the box.
            bend = min(60, (x2 - x1) / 2)
            path = f"M{x1:g} {y1:g}C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}"
    return f'<path class="link {kind}" d="{path}" marker-end="url(#brake-map-{kind})"/>'


def _markers() -> str:
    return (
        "<defs>"
        '<marker id="brake-map-leads" viewBox="0 0 10 10" refX="7" refY="5" markerWidth="12" '
        'markerHeight="12" markerUnits="userSpaceOnUse" orient="auto">'
        '<path class="head" d="M0 0 10 5 0 10Z"/></marker>'
        '<marker id="brake-map-strengthens" viewBox="0 0 14 10" refX="11" refY="5" '
        'markerWidth="18" markerHeight="13" markerUnits="userSpaceOnUse" orient="auto">'
        '<path class="head" d="M0 0 7 5 0 10ZM7 0 14 5 7 10Z"/></marker>'
        '<marker id="brake-map-blocks" viewBox="0 0 4 18" refX="2" refY="9" markerWidth="4" '
        'markerHeight="18" markerUnits="userSpaceOnUse" orient="auto">'
        '<path class="head" d="M0 0H4V18H0Z"/></marker>'
        "</defs>"
    )


def _legend(y: float) -> Iterator[str]:
    for place, kind in enumerate(KINDS):
        x = 45 + 192 * place
        yield outline(kind, x, y, 46, 24)
        yield f'<text class="key" x="{x + 32}" y="{y}" dominant-baseline="central">{kind}</text>'
    for place, kind in enumerate(LINKS):
        x = 22 + 192 * place
        line = y + 40
        yield f'<path class="link {kind}" d="M{x} {line}h40" marker-end="url(#brake-map-{kind})"/>'
        words = "leads to" if kind == "leads" else kind
        yield f'<text class="key" x="{x + 56}" y="{line}" dominant-baseline="central">{words}'
        yield "</text>"


def draw(chart: Map, addresses: Mapping[str, str]) -> str:
    """Return the SVG; a box without an address is drawn without a link."""
    last = max(lane.last for lane in chart.lanes)
    bottom = TOP + PITCH * (last + 1)
    height = bottom + 92
    parts = [
        f'<svg class="brake-map-drawing" viewBox="0 0 {WIDE} {height}" role="group" '
        'aria-labelledby="brake-map-title" aria-describedby="brake-map-desc" '
        'xmlns="http://www.w3.org/2000/svg">',
        f'<title id="brake-map-title">{escape(chart.title)}</title>',
        f'<desc id="brake-map-desc">{escape(chart.description)}</desc>',
        _markers(),
    ]
    for column, words in enumerate(chart.columns):
        parts.append(f'<text class="column" x="{CENTRES[column]}" y="30">{escape(words)}</text>')
    parts.append(f'<path class="time" d="M196 48H{WIDE - 10}" marker-end="url(#brake-map-leads)"/>')
    for lane in chart.lanes:
        top = TOP + PITCH * lane.first
        tall = PITCH * (lane.last - lane.first + 1) - 8
        parts.append(
            f'<g class="lane {lane.system}"><rect class="band" x="2" y="{top:g}" '
            f'width="{WIDE - 4}" height="{tall:g}" rx="6"/>'
            f'<text class="lane-name" x="14" y="{top + 21:g}">{escape(lane.name)}</text></g>'
        )
    parts += [_arrow(chart.boxes[a], chart.boxes[b], kind) for a, b, kind in chart.links]
    for box in chart.boxes.values():
        step = 19
        first = box.y - step * (len(box.lines) - 1) / 2
        words = " ".join(
            f'<tspan x="{box.x:g}" y="{first + step * n:g}">{escape(line)}</tspan>'
            for n, line in enumerate(box.lines)
        )
        body = (
            f"{outline(box.kind, box.x, box.y, box.width)}"
            f'<text class="name" dominant-baseline="central">{words}</text>'
        )
        if box.key in addresses:
            address = escape(addresses[box.key], quote=True)
            body = f'<a href="{address}">{body}</a>'
        parts.append(f'<g class="box {box.system} kind-{box.kind}">{body}</g>')
    parts += _legend(bottom + 26)
    parts.append("</svg>")
    return "".join(parts)


class BrakeMapDirective(SphinxDirective):
    """Show the map and, below it, the same as a list."""

    def run(self) -> list[nodes.Node]:
        """Build the list of links; the drawing follows when they are resolved."""
        self.env.note_dependency(str(SOURCE))
        chart = read(SOURCE.read_text(encoding="utf-8"))
        whole = BrakeMap()
        outer = nodes.bullet_list(classes=["brake-map-list"])
        for lane in chart.lanes:
            boxes = [box for box in chart.boxes.values() if box.system == lane.system]
            outer += nodes.list_item(
                "",
                nodes.paragraph("", "", nodes.strong(text=lane.name)),
                self.boxes(sorted(boxes, key=lambda box: (box.column, box.row))),
                classes=["lane", lane.system],
            )
        whole += outer
        return [whole]

    def boxes(self, boxes: Sequence[Box]) -> nodes.bullet_list:
        """Return the boxes of one lane as a list."""
        found = nodes.bullet_list()
        for box in boxes:
            link = pending_xref(
                "",
                nodes.inline("", box.name, classes=["std", "std-ref"]),
                refdomain="std",
                reftype="ref",
                reftarget=box.section,
                refexplicit=True,
                refwarn=True,
                refdoc=self.env.docname,
            )
            self.set_source_info(link)
            what = nodes.inline(text=f" ({box.kind}): {box.note}")
            found += nodes.list_item(
                "",
                nodes.paragraph("", "", nodes.inline("", "", link, ids=[f"map-{box.key}"]), what),
                classes=["box", f"kind-{box.kind}"],
            )
        return found


def addresses(whole: BrakeMap) -> dict[str, str]:
    """Return where each box leads, once the references are resolved."""
    found = {}
    for holder in whole.findall(nodes.inline):
        for key in holder["ids"]:
            for link in holder.findall(nodes.reference):
                found[key.removeprefix("map-")] = link.get("refuri") or f"#{link['refid']}"
    return found


def _enter_html(writer: Any, node: BrakeMap) -> None:
    chart = read(SOURCE.read_text(encoding="utf-8"))
    writer.body.append(f'<div class="brake-map">{draw(chart, addresses(node))}\n')


def _leave_html(writer: Any, node: BrakeMap) -> None:
    writer.body.append("</div>\n")


def _pass(writer: Any, node: BrakeMap) -> None:
    """Other builders show the list alone."""


def _static(app: Sphinx) -> None:
    app.config.html_static_path.append(str(STATIC))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_node(
        BrakeMap,
        html=(_enter_html, _leave_html),
        latex=(_pass, _pass),
        text=(_pass, _pass),
        man=(_pass, _pass),
        texinfo=(_pass, _pass),
    )
    app.add_directive("brake-map", BrakeMapDirective)
    app.connect("builder-inited", _static)
    app.add_css_file("brake_map.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
