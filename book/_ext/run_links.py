"""Ways to run a page elsewhere: on Binder, or on the reader's own computer.

Binder is offered only when the source of the book has a public address. The third way, in the
browser, is added to the pages by `book/lite`, which makes the site where it exists.
"""

import os
import re
import subprocess
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]
FOLDER = "notebooks/"
HOSTS = {"github.com": "gh", "gitlab.com": "gl"}

BINDER = (
    "On a public server of mybinder.org, which can take several minutes to start and keeps "
    "nothing when you leave."
)
DOWNLOAD = "For Jupyter on your own computer, together with the source of this book."


def public_repository(address: str) -> str:
    """Return ``https://host/owner/name``, or an empty text if it is not on GitHub or GitLab.

    What stands before the host, such as the token of an automatic build, is left out.
    """
    parts = urlsplit(address.strip())
    path = parts.path.strip("/").removesuffix(".git")
    is_public = parts.scheme == "https" and parts.hostname in HOSTS
    if not is_public or not re.fullmatch(r"[\w.-]+(/[\w.-]+)+", path, re.ASCII):
        return ""
    return f"https://{parts.hostname}/{path}"


def repository() -> str:
    """Public address of the book's source: BOOK_REPOSITORY, or else git's `origin`."""
    given = os.environ.get("BOOK_REPOSITORY")
    if given is None:
        command = ["git", "config", "--get", "remote.origin.url"]
        try:
            asked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        except OSError:  # no git: the source came as an archive
            return ""
        return public_repository(asked.stdout)
    if given and not public_repository(given):
        raise ConfigError(
            "BOOK_REPOSITORY must be empty or the https address of a repository on "
            f"{' or '.join(HOSTS)}, got {given!r}"
        )
    return public_repository(given)


def binder_link(repository: str, docname: str) -> str:
    """Address at which Binder opens the notebook of a page."""
    parts = urlsplit(repository)
    provider, name = HOSTS[parts.netloc], parts.path.strip("/")
    if provider == "gl":
        name = quote(name, safe="")  # Binder takes a project of GitLab as one word
    notebook = quote(f"lab/tree/{docname}.ipynb", safe="")
    return f"https://mybinder.org/v2/{provider}/{name}/HEAD?urlpath={notebook}"


def entry(link: str, label: str, note: str, *, download: bool = False, hidden: bool = False) -> str:
    """One way to run the page, with what it costs."""
    return (
        f'<li{" hidden" if hidden else ""}><a href="{escape(link)}"'
        f"{' download' if download else ''}>{escape(label)}</a> <span>{escape(note)}</span></li>"
    )


def _page_tools(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    if context.get("page_source_suffix") != ".ipynb":
        return
    entries = []
    if app.config.run_links_repository:
        link = binder_link(app.config.run_links_repository, pagename)
        entries.append(entry(link, "Open in Binder", BINDER))
    source = context["pathto"]("_sources/" + context["sourcename"], 1)
    entries.append(entry(source, "Download this page as a notebook", DOWNLOAD, download=True))
    notebook = escape(pagename.removeprefix(FOLDER) + ".ipynb")
    head = f'<ul class="page-tools" aria-label="Run this page" data-notebook="{notebook}">'
    context["page_tools"] = "\n".join([head, *entries, "</ul>"])


def _find_repository(app: Sphinx, config: Config) -> None:
    config.run_links_repository = repository()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    # An "html" value: when the address changes, every page is written again, and none read.
    app.add_config_value("run_links_repository", "", "html")
    app.connect("config-inited", _find_repository)
    app.connect("html-page-context", _page_tools)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
