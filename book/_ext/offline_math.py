"""MathJax from the book's own pages, on the pages that have mathematics."""

import importlib.util
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

SCRIPT = "mathjax/tex-svg.js"
LOADER = "mathjax-settings.js"
"""The theme's script that sets MathJax up and fetches it."""


def _packaged_script() -> Path:
    # The package's name has hyphens, so it cannot be imported by statement.
    spec = importlib.util.find_spec("sphinx-mathjax-offline")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package sphinx-mathjax-offline is not installed")
    return Path(spec.origin).parent / "static" / SCRIPT


def _configure_page(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    if 'class="math ' not in (context.get("body") or ""):
        # Sphinx also loads it on a page when only a page below it has formulas.
        context["script_files"] = [
            script for script in context["script_files"] if LOADER not in str(script.filename)
        ]


def _copy_script(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html":
        target = Path(app.outdir) / "_static" / SCRIPT
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_packaged_script(), target)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.config.mathjax_path = LOADER
    app.config.mathjax_options = {"defer": "defer"}
    app.connect("html-page-context", _configure_page, priority=900)
    app.connect("build-finished", _copy_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
