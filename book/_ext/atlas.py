"""The book's own theme: its navigation, and repairs to what Sphinx and MyST-NB emit."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

THEME = Path(__file__).resolve().parents[1] / "_theme" / "atlas"
ACCENTS = ("serotonin", "norepinephrine", "gaba")


@dataclass(frozen=True)
class Entry:
    """A page in the navigation, with the pages below it."""

    docname: str
    title: str
    children: tuple["Entry", ...]


@dataclass(frozen=True)
class Part:
    """A captioned group of pages."""

    caption: str
    entries: tuple[Entry, ...]


def _entry(app: Sphinx, docname: str) -> Entry:
    below = app.env.toctree_includes.get(docname, [])
    title = app.env.titles[docname].astext()
    return Entry(docname, title, tuple(_entry(app, child) for child in below))


def _parts(app: Sphinx) -> list[Part]:
    trees = app.config.external_site_map.root.subtrees
    return [
        Part(tree.caption or "", tuple(_entry(app, Path(name).as_posix()) for name in tree.files()))
        for tree in trees
    ]


def _description(doctree: nodes.document | None) -> str:
    """Say what the page is about: its first paragraph without formulas, cut at a word."""
    if doctree is None:
        return ""
    plain = (p for p in doctree.findall(nodes.paragraph) if not any(p.findall(nodes.math)))
    text = " ".join(next((p.astext() for p in plain), "").split())
    return text if len(text) <= 160 else text[:157].rsplit(" ", 1)[0] + " …"


REPAIRS = (
    # A wide table scrolls by itself instead of widening the page.
    (re.compile(r"<table\b.*?</table>", re.DOTALL), r'<div class="scroll-x">\g<0></div>'),
    # Deprecated in ARIA 1.3, and not what belongs in a list.
    (re.compile(r' role="doc-biblioentry"'), ' role="listitem"'),
    (re.compile(r' role="doc-endnote"'), ""),
    # This label hides the visible words "Show code cell source" from speech input.
    (re.compile(r'<summary aria-label="Toggle hidden content">'), "<summary>"),
    (
        re.compile(r'(<summary>\s*)<p class="(\w+) admonition-title">(.*?)</p>', re.DOTALL),
        r'\1<span class="\2">\3</span>',
    ),
)


LIVE_FIGURE = re.compile(r'(<figure class="live-figure".*?</figure>)', re.DOTALL)


def _repair(body: str) -> str:
    """Repair what Sphinx and MyST-NB wrote; a live figure knows what it does."""
    pieces = LIVE_FIGURE.split(body)
    for place in range(0, len(pieces), 2):
        for pattern, replacement in REPAIRS:
            pieces[place] = pattern.sub(replacement, pieces[place])
    return "".join(pieces)


def _page_context(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    # The state of the widgets is for a script that the book does not load.
    metadata = getattr(app.env, "nb_metadata", {}).get(pagename, {})
    metadata.get("js_files", {}).pop("ipywidgets_state", None)
    context["css_files"] = [
        sheet for sheet in context["css_files"] if "mystnb" not in str(sheet.filename)
    ]
    for script in context["script_files"]:
        if script.filename and "colours.js" not in script.filename:
            script.attributes["defer"] = "defer"
    context["body"] = _repair(context.get("body") or "")
    context["parts"] = _parts(app)
    context["description"] = _description(doctree)
    name = pagename.rsplit("/", 1)[-1]
    context["accent"] = name if name in ACCENTS else ""


def _drop_theme_options(app: Sphinx, config: Config) -> None:
    # Jupyter Book derives them for another theme.
    config.html_theme_options = {}


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the theme."""
    app.add_html_theme("atlas", str(THEME))
    # Jupyter Book sets this for an extension that the book leaves out.
    app.add_config_value("comments_config", {}, "html")
    app.add_js_file("colours.js", priority=50)
    app.add_js_file("atlas.js", priority=900)
    app.add_js_file("paper.js", priority=900)
    app.add_css_file("print.css", media="print", priority=900)
    app.config.html_additional_pages["index"] = "entrance.html"
    app.connect("config-inited", _drop_theme_options)
    app.connect("html-page-context", _page_context, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
