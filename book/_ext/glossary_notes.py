"""Definitions where the words stand: each `{term}` becomes a button that opens its definition.

The definition is a native popover: it opens by click, touch or the Enter key and closes by Escape
or a click elsewhere, without a script. On paper nothing extra shows.
"""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import glossary, pending_xref
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

STATIC = Path(__file__).parent / "glossary_notes_static"

Place = tuple[str, str]
"""Page and anchor of a term."""


class TermButton(nodes.Inline, nodes.TextElement):
    """A word in the text that opens its definition."""


class TermNote(nodes.General, nodes.Element):
    """The definition, at the end of the page until it is opened."""


def _plain(definition: nodes.Element) -> nodes.Element:
    """Return a copy whose references are mere words: a note does not open another note."""
    copied: nodes.Element = definition.deepcopy()
    for kind in (pending_xref, nodes.reference):
        for link in list(copied.findall(kind)):
            words = [nodes.Text(link.astext())]
            link.parent.replace(link, words)
    for node in copied.findall(nodes.Element):
        node["ids"] = []
    return copied


def definitions(env: BuildEnvironment, docname: str) -> dict[str, tuple[str, nodes.Element]]:
    """Return name and definition of every term of a page, by anchor."""
    found: dict[str, tuple[str, nodes.Element]] = {}
    for book in env.get_doctree(docname).findall(glossary):
        for item in book.findall(nodes.definition_list_item):
            body = next(iter(item.findall(nodes.definition)), None)
            for term in item.findall(nodes.term):
                for anchor in term["ids"]:
                    if body is not None:
                        found[anchor] = (term.astext(), body)
    return found


def _target(link: nodes.reference, docname: str, app: Sphinx) -> Place | None:
    """Return page and anchor that a resolved reference leads to."""
    if "refid" in link:
        return docname, link["refid"]
    address, _, anchor = link.get("refuri", "").partition("#")
    for page in app.env.found_docs:
        if app.builder.get_relative_uri(docname, page) == address:
            return page, anchor
    return None


def _is_term(link: nodes.reference) -> bool:
    return any("std-term" in child["classes"] for child in link.findall(nodes.inline))


def _in_running_text(link: nodes.reference) -> bool:
    """Say whether a button may stand here: not in a heading, a caption or the glossary itself."""
    above = link.parent
    while above is not None:
        if isinstance(above, (nodes.title, nodes.caption, nodes.rubric, nodes.term, glossary)):
            return False
        above = above.parent
    return True


def add_notes(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Turn references to terms into buttons and append their notes, once for each term."""
    if app.builder.format != "html":
        return
    pages: dict[str, dict[str, tuple[str, nodes.Element]]] = {}
    notes: dict[str, TermNote] = {}
    for link in list(doctree.findall(nodes.reference)):
        place = _target(link, docname, app) if _is_term(link) and _in_running_text(link) else None
        if place is None:
            continue
        page, anchor = place
        if page not in pages:
            pages[page] = definitions(app.env, page)
        if anchor not in pages[page]:
            continue
        name, body = pages[page][anchor]
        label = f"note-{anchor}"
        if label not in notes:
            notes[label] = TermNote("", *_plain(body).children, label=label, name=name)
            more = link.deepcopy()
            more.children = []
            more += nodes.Text("In the glossary")
            notes[label] += nodes.paragraph("", "", more, classes=["term-more"])
        words = [child.deepcopy() for child in link.children]
        link.parent.replace(link, TermButton("", "", *words, label=label))
    doctree += list(notes.values())


def _enter_button(writer: Any, node: TermButton) -> None:
    label = writer.attval(node["label"])
    writer.body.append(f'<button type="button" class="term-word" popovertarget="{label}">')


def _leave_button(writer: Any, node: TermButton) -> None:
    writer.body.append("</button>")


def _enter_note(writer: Any, node: TermNote) -> None:
    label, name = writer.attval(node["label"]), writer.encode(node["name"])
    writer.body.append(
        f'<div popover id="{label}" class="term-note" role="dialog" tabindex="-1" autofocus '
        f'aria-labelledby="{label}-name"><p class="term-name" id="{label}-name">{name}</p>'
    )


def _leave_note(writer: Any, node: TermNote) -> None:
    writer.body.append("</div>\n")


def _free_the_escape_key(app: Sphinx, config: Config) -> None:
    # Sphinx's shortcuts for searching swallow Escape, which has to close a note.
    config.html_theme_options["enable_search_shortcuts"] = False


def _static(app: Sphinx) -> None:
    app.config.html_static_path.append(str(STATIC))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the step that runs once references are resolved."""
    app.add_node(TermButton, html=(_enter_button, _leave_button))
    app.add_node(TermNote, html=(_enter_note, _leave_note))
    app.connect("doctree-resolved", add_notes)
    app.connect("config-inited", _free_the_escape_key, priority=800)
    app.connect("builder-inited", _static)
    app.add_css_file("glossary_notes.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
