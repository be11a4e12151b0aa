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


class Hosts:
    """What pages hold of one kind: found by its HTML, named once in the book, served its assets.

    Parameters
    ----------
    kind : str
        What to call it in a warning.
    package : str
        Holds the folder ``static``.
    assets : str
        Name of its script and style sheet there, without the endings.
    pattern : str
        Matches its opening tag and captures its name.
    priority : int
        Scripts of a lower number come first.
    """

    def __init__(
        self, kind: str, package: str, assets: str, pattern: str, priority: int = 500
    ) -> None:
        self.kind, self.package, self.assets, self.priority = kind, package, assets, priority
        self.pattern = re.compile(pattern)

    def connect(self, app: Sphinx) -> None:
        """Let Sphinx call on this."""
        app.add_css_file(f"{self.assets}.css", priority=self.priority)
        app.connect("builder-inited", self._static)
        app.connect("doctree-read", self._collect)
        app.connect("env-purge-doc", self._purge)
        app.connect("env-merge-info", self._merge)
        app.connect("env-check-consistency", self._check)
        app.connect("html-page-context", self._load)

    def names(self, env: BuildEnvironment) -> dict[str, list[str]]:
        """Return what each page holds."""
        attribute = f"hosts_{self.assets}"
        if not hasattr(env, attribute):
            setattr(env, attribute, {})
        found: dict[str, list[str]] = getattr(env, attribute)
        return found

    def _static(self, app: Sphinx) -> None:
        app.config.html_static_path.append(str(files(self.package) / "static"))

    def _collect(self, app: Sphinx, doctree: nodes.document) -> None:
        raw = (node.astext() for node in doctree.findall(nodes.raw))
        self.names(app.env)[app.env.docname] = [
            name for text in raw for name in self.pattern.findall(text)
        ]

    def _purge(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        self.names(env).pop(docname, None)

    def _merge(
        self, app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment
    ) -> None:
        self.names(env).update({d: n for d, n in self.names(other).items() if d in docnames})

    def _check(self, app: Sphinx, env: BuildEnvironment) -> None:
        seen: dict[str, str] = {}
        for docname, names in self.names(env).items():
            for name in names:
                if name in seen:
                    _logger.warning(
                        "%s %r is also in %s", self.kind, name, seen[name], location=docname
                    )
                seen[name] = docname

    def _load(
        self, app: Sphinx, page: str, template: str, context: Mapping[str, Any], doctree: Any
    ) -> None:
        """Load the script on pages that hold one only."""
        if self.pattern.search(context.get("body") or ""):
            app.add_js_file(f"{self.assets}.js", priority=self.priority, loading_method="defer")


FIGURES = Hosts(
    "live figure",
    "mechanisms.live",
    "live",
    r'<figure class="live-figure" id="fig-([a-z0-9-]+)"',
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    FIGURES.connect(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
