"""A Content-Security-Policy on every page: the browser refuses what the book did not bring.

GitHub Pages sends no headers of our choice and a `file://` copy none at all, so the policy stands
in the page. It names only what a page needs:

- scripts from the book's own files, and inline ones by the hash of their text. Blocks of type
  `application/json` (the state of a live figure) are data; the browser never runs them.
- `'unsafe-inline'` for styles: MathJax, matplotlib and MyST-NB write `style` attributes.
- `data:` for images: style sheets hold small drawings.
- saving a file through a `blob:` link and reading one that the reader chose need no permission.

One policy serves both ways of reading. For a page opened from disk, whose origin is opaque, the
standard leaves open what `'self'` is; Chromium and Firefox take it to be any file of that disk, so
the book's own scripts, styles and images load there too.
"""

import base64
import hashlib
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

CHARSET = '<meta charset="utf-8">'
JAVASCRIPT = {"", "module", "text/javascript", "application/javascript"}


class _InlineScripts(HTMLParser):
    """Collects the text of every script that the browser would run."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.texts: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        kind = (given.get("type") or "").strip().lower()
        self._inside = tag == "script" and "src" not in given and kind in JAVASCRIPT
        if self._inside:
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts[-1] += data


def policy(html: str) -> str:
    """Return the policy for a finished page."""
    scripts = _InlineScripts()
    scripts.feed(html)
    digests = (hashlib.sha256(text.encode()).digest() for text in scripts.texts)
    hashes = dict.fromkeys(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("script-src 'self'", *hashes)),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
        )
    )


def protected(html: str) -> str:
    """Return the page with its policy, before anything that the policy governs."""
    if html.count(CHARSET) != 1:
        raise ValueError(f"a page must hold {CHARSET} once, this one holds {html.count(CHARSET)}")
    meta = (
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy(html), quote=False)}">'
    )
    return html.replace(CHARSET, f"{CHARSET}\n  {meta}")


def _note_page(app: Sphinx, pagename: str, template: str, context: Any, doctree: Any) -> None:
    _written(app).add(pagename)


def _written(app: Sphinx) -> set[str]:
    if not hasattr(app, "pages_written"):
        app.pages_written = set()  # type: ignore[attr-defined]
    return app.pages_written  # type: ignore[attr-defined,no-any-return]


def _protect(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    for pagename in _written(app):
        page = Path(app.builder.get_outfilename(pagename))  # type: ignore[attr-defined]
        html = protected(page.read_text(encoding="utf-8"))
        page.write_text(html, encoding="utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("html-page-context", _note_page)
    app.connect("build-finished", _protect)
    # The pages written are remembered in this process.
    return {"parallel_read_safe": True, "parallel_write_safe": False}
