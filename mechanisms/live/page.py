"""The HTML of a figure: drawing, readouts and state, and no code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from .readouts import Number, Readout, Table, Text


def figure_html(
    state: Mapping[str, Any],
    svgs: list[str],
    css: str,
    readouts: Mapping[str, Readout],
    caption: str,
) -> str:
    """Return the figure at its default values, with the state that a script needs to move it."""
    name = state["name"]
    wide, narrow = svgs
    # without a style sheet (e-mail, nbviewer) only the wide drawing shows
    narrow = narrow.replace("<svg ", '<svg style="display:none" ', 1)
    guess = state.get("guess")
    question = f'<p class="lf-question">{escape(guess["question"])}</p>' if guess else ""
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return (
        f'<figure class="live-figure" id="fig-{name}" data-live="{name}">'
        f'<style>{css}</style>{question}<div class="lf-drawing">{wide}{narrow}</div>'
        f"{_outputs(readouts, name)}{below}"
        f"{state_script(state)}</figure>"
    )


def state_script(state: Mapping[str, Any]) -> str:
    """Return a state as a script element that holds data and no code."""
    data = json.dumps(state, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    data = data.replace("<", "\\u003c")
    return f'<script type="application/json">{data}</script>'


def _outputs(readouts: Mapping[str, Readout], name: str) -> str:
    """Numbers and words as a list, then the tables. One quiet status line announces changes."""
    values = "".join(
        f'<li>{escape(label)}: <output aria-live="off">{escape(_text(readout))}</output></li>'
        for label, readout in readouts.items()
        if not isinstance(readout, Table)
    )
    sheets = (
        _sheet(label, readout.cells, name)
        for label, readout in readouts.items()
        if isinstance(readout, Table)
    )
    return (f'<ul class="lf-readouts">{values}</ul>' if values else "") + "".join(sheets)


def _text(readout: Number | Text) -> str:
    return readout.text() if isinstance(readout, Number) else readout.value


def _sheet(label: str, cells: list[list[str]], name: str) -> str:
    """Return a table readout as HTML."""

    def row(values: list[str], tag: str) -> str:
        scope = ' scope="col"' if tag == "th" else ""
        return "<tr>" + "".join(f"<{tag}{scope}>{escape(v)}</{tag}>" for v in values) + "</tr>"

    body = "".join(row(values, "td") for values in cells[1:])
    region = f"{label}, figure {name.replace('-', ' ')}"
    return (
        f'<div class="lf-sheet" role="region" tabindex="0" aria-label="{escape(region)}"><table>'
        f"<caption>{escape(label)}</caption><thead>{row(cells[0], 'th')}</thead>"
        f"<tbody>{body}</tbody></table></div>"
    )
