"""Sphinx side of the live figures: assets on the pages that need them, names unique in the book."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

_logger = logging.getLogger(__name__)
_NAME = re.compile(r'<figure class="live-figure" id="fig-([a-z0-9-]+)"')


def _collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note which figures a page holds."""
    names = [name for raw in doctree.findall(nodes.raw) for name in _NAME.findall(raw.astext())]
    _figures(app.env)[app.env.docname] = names


def _figures(env: BuildEnvironment) -> dict[str, list[str]]:
    if not hasattr(env, "live_figures"):
        env.live_figures = {}  # type: ignore[attr-defined]
    return env.live_figures  # type: ignore[attr-defined,no-any-return]


def _purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    _figures(env).pop(docname, None)


def _merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    _figures(env).update({d: n for d, n in _figures(other).items() if d in docnames})


def _check(app: Sphinx, env: BuildEnvironment) -> None:
    seen: dict[str, str] = {}
    for docname, names in _figures(env).items():
        for name in names:
            if name in seen:
                _logger.warning("live figure %r is also in %s", name, seen[name], location=docname)
            seen[name] = docname


def _load(
    app: Sphinx, pagename: str, template: str, context: Mapping[str, Any], doctree: Any
) -> None:
    """Load the script on pages with a live figure only."""
    if _NAME.search(context.get("body") or ""):
        app.add_js_file("live.js", loading_method="defer")


def _static(app: Sphinx) -> None:
    app.config.html_static_path.append(str(files("mechanisms.live") / "static"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_css_file("live.css")
    app.connect("builder-inited", _static)
    app.connect("doctree-read", _collect)
    app.connect("env-purge-doc", _purge)
    app.connect("env-merge-info", _merge)
    app.connect("env-check-consistency", _check)
    app.connect("html-page-context", _load)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
