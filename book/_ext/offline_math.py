"""Formulas drawn by MathJax while the book is built, so that a page needs no typesetter.

MathJax is 2 MB of script, which costs a phone seconds before it answers its reader. Here it runs in
an engine of its own and leaves what it would leave in the page: an SVG, and MathML for those who do
not see it. The letters are drawn once on each page, and the formulas refer to them.
"""

import atexit
import functools
import importlib.util
import re
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from py_mini_racer import MiniRacer
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

RENDERER = "drawn"
SCRIPT = Path(__file__).with_name("offline_math.js")
PARTS = (
    "startup.js",
    "core.js",
    "adaptors/liteDOM.js",
    "input/tex-base.js",
    "input/tex/extensions/ams.js",
    "output/svg.js",
    "output/svg/fonts/tex.js",
    "a11y/assistive-mml.js",
)
LETTER = re.compile(r'<use[^>]* href="#(MJX-[^"]+)"')
# What only MathJax's own menu, explorer and older browsers would read is a third of a formula.
SPARE = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r' (?:data-mml-node|data-c|xmlns(?::\w+)?|focusable|role|unselectable)="[^"]*"', ""),
        (r'^<mjx-container class="MathJax" jax="SVG"( display="true")?[^>]*', r"<mjx-container\1"),
        (r"xlink:href", "href"),
        (r'<g( transform="[^"]*")?><use( href="[^"]*")></use></g>', r"<use\1\2/>"),
    )
)
ERROR = re.compile(r'data-mjx-error="([^"]*)"')
_logger = logging.getLogger(__name__)


def _packaged_mathjax() -> Path:
    # The package's name has hyphens, so it cannot be imported by statement.
    spec = importlib.util.find_spec("sphinx-mathjax-offline")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package sphinx-mathjax-offline is not installed")
    return Path(spec.origin).parent / "static" / "mathjax"


@functools.cache
def _mathjax() -> MiniRacer:
    engine = MiniRacer()
    # Left to the end of the interpreter, whose threads then stand still, it can wait for ever.
    atexit.register(engine.close)
    engine.eval("var global = globalThis, MathJax = {};")
    for path in (*(_packaged_mathjax() / part for part in PARTS), SCRIPT):
        engine.eval(path.read_text(encoding="utf-8") + "\n;undefined")
    return engine


@functools.cache
def drawn(tex: str, display: bool = False) -> str:
    """Return a formula as HTML; the letters that it refers to come from `letters`."""
    html = str(_mathjax().call("drawn", tex, display))
    for pattern, replacement in SPARE:
        html = pattern.sub(replacement, html)
    return html.replace(">", f' data-tex="{escape(tex)}">', 1)


def letters(html: str) -> str:
    """Return the drawings of the letters to which the formulas of a page refer."""
    names = sorted(set(LETTER.findall(html)))
    if not names:
        return ""
    paths = str(_mathjax().call("letters", names))
    return f'<svg class="letters" aria-hidden="true"><defs>{paths}</defs></svg>'


def _formula(node: nodes.Element, tex: str, display: bool) -> str:
    html = drawn(tex, display)
    for fault in set(ERROR.findall(html)):
        _logger.warning("%s in the formula %s", fault, tex, location=node)
    return html


def _inline(self: HTML5Translator, node: nodes.math) -> None:
    start = self.starttag(node, "span", "", CLASS="math notranslate nohighlight")
    self.body.append(f"{start}{_formula(node, node.astext(), False)}</span>")
    raise nodes.SkipNode


def _display(self: HTML5Translator, node: nodes.math_block) -> None:
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    tex = node.astext().strip()
    if r"\\" in tex and not node["nowrap"]:
        tex = rf"\begin{{split}}{tex}\end{{split}}"
    self.body.append(f"{_formula(node, tex, True)}</div>\n")
    raise nodes.SkipNode


def _add_letters(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    body = context.get("body") or ""
    context["body"] = body + letters(body + str(context.get("toc") or ""))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_html_math_renderer(RENDERER, (_inline, None), (_display, None))
    app.config.html_math_renderer = RENDERER
    app.connect("html-page-context", _add_letters, priority=990)  # the body is complete
    # The engine has threads, which a forked process would not have.
    return {"parallel_read_safe": True, "parallel_write_safe": False}
