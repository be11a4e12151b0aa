"""Sphinx side of the exercises: assets, and links to the sections that explain them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from mechanisms.live.sphinx import Hosts

_logger = logging.getLogger(__name__)
EXERCISES = Hosts(
    "exercise",
    "mechanisms.exercises",
    "exercise",
    r'<section class="(?:exercise|scoreboard)" id="([a-z0-9-]+)"',
    priority=600,  # after the figures that `setting` items read
)
_LINK = re.compile(r'(<a class="ex-link" href="([^"#]+)\.html(?:#([^"]*))?">)[^<]*(?=</a>)')
_GROUP = re.compile(r'<tbody data-page="([^"]+)">.*?</tbody>', re.DOTALL)


def _notes(env: BuildEnvironment) -> dict[str, dict[str, Any]]:
    """Headings by anchor, and links of exercises, for each page."""
    if not hasattr(env, "exercise_notes"):
        env.exercise_notes = {}  # type: ignore[attr-defined]
    return env.exercise_notes  # type: ignore[attr-defined,no-any-return]


def _collect(app: Sphinx, doctree: nodes.document) -> None:
    headings = {}
    for section in doctree.findall(nodes.section):
        title = section.next_node(nodes.title)
        for anchor in section["ids"]:
            headings[anchor] = title.astext() if title else ""
    raw = (node.astext() for node in doctree.findall(nodes.raw))
    links = [(path, anchor) for text in raw for _, path, anchor in _LINK.findall(text)]
    _notes(app.env)[app.env.docname] = {"headings": headings, "links": links}


def _purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    _notes(env).pop(docname, None)


def _merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    _notes(env).update({d: n for d, n in _notes(other).items() if d in docnames})


def _target(docname: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(docname), path))


def _title(env: BuildEnvironment, page: str, anchor: str) -> str | None:
    """Heading that a link leads to; an exercise is one by its id."""
    if page not in env.titles:
        return None
    if not anchor:
        return env.titles[page].astext()
    if anchor in EXERCISES.names(env).get(page, []):
        return ""
    heading: str | None = _notes(env).get(page, {}).get("headings", {}).get(anchor)
    return heading


def _check(app: Sphinx, env: BuildEnvironment) -> None:
    for docname, notes in _notes(env).items():
        for path, anchor in notes["links"]:
            page = _target(docname, path)
            if _title(env, page, anchor) is None:
                _logger.warning(
                    "an exercise leads to %s#%s, which is not there", page, anchor, location=docname
                )


def _pages(env: BuildEnvironment, docname: str) -> Iterator[str]:
    """Pages in the order of the table of contents."""
    yield docname
    for child in env.toctree_includes.get(docname, []):
        yield from _pages(env, child)


def _name_links(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Name links by the heading they lead to; order the scoreboard like the book."""
    body = context.get("body") or ""
    if not EXERCISES.pattern.search(body):
        return

    def named(match: re.Match[str]) -> str:
        title = _title(app.env, _target(page, match[2]), match[3] or "")
        return match[1] + escape(title) if title else match[0]

    body = _LINK.sub(named, body)
    groups = {_target(page, match[1]): match[0] for match in _GROUP.finditer(body)}
    if groups:
        order = list(_pages(app.env, str(app.config.root_doc)))
        ranked = sorted(groups, key=lambda name: order.index(name) if name in order else 0)
        inner = iter(groups[name] for name in ranked)
        body = _GROUP.sub(lambda _: next(inner), body)
    context["body"] = body


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    EXERCISES.connect(app)
    app.connect("doctree-read", _collect)
    app.connect("env-purge-doc", _purge)
    app.connect("env-merge-info", _merge)
    app.connect("env-check-consistency", _check)
    app.connect("html-page-context", _name_links)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
