"""The way from a page of the site into JupyterLite, and what it costs the reader."""

import re
import shutil
import tomllib
from html import unescape
from pathlib import Path
from urllib.parse import quote

from run_links import entry

HERE = Path(__file__).resolve().parent
COST = HERE / "run_cost.toml"
TOOLS = re.compile(r'<ul class="page-tools"[^>]* data-notebook="([^"]+)">')


def lite_link(page: str, notebook: str) -> str:
    """Link from a page of the site to its notebook in JupyterLite."""
    up = "../" * page.count("/")
    return f"{up}lite/notebooks/index.html?path={quote(notebook)}"


def cost_note() -> str:
    """Say what running a page in the browser costs, as it was measured."""
    cost = tomllib.loads(COST.read_text(encoding="utf-8"))
    date = f"{cost['date'].day} {cost['date']:%B %Y}"
    chapter = Path(cost["notebook"]).stem.replace("_", " ")
    return (
        "In this window, as a notebook with Python inside your browser. When it says Python "
        "(Pyodide) at the top right, choose Run, Run All Cells; before that, nothing would run. "
        f"The first time it downloads about {cost['download_MB']} MB; after that, the first "
        f"result took about {cost['first_result_s']} s and the first live figure about "
        f"{cost['first_figure_s']} s (measured on the {chapter} chapter with {cost['browser']}, "
        f"{cost['machine']}, {date})."
    )


def offer_running(site: Path) -> None:
    """Add the entry to every page of a site that JupyterLite has a notebook for.

    It stays hidden until a script has seen that the page comes from a server: JupyterLite needs
    both, and does not work from a file.
    """
    shutil.copy(HERE / "run_here.js", site / "_static")
    note = cost_note()
    lite = site / "lite"
    for path in sorted(site.rglob("*.html")):
        html = path.read_text(encoding="utf-8")
        found = TOOLS.search(html) if lite not in path.parents else None
        if not found:
            continue
        page, notebook = path.relative_to(site).as_posix(), unescape(found[1])
        if not (lite / "files" / notebook).is_file():
            raise RuntimeError(f"{page} shows {notebook}, which JupyterLite does not hold")
        offer = entry(lite_link(page, notebook), "Run this page", note, hidden=True)
        html = f"{html[: found.end()]}\n{offer}{html[found.end() :]}"
        script = f'<script defer src="{"../" * page.count("/")}_static/run_here.js"></script>'
        path.write_text(html.replace("</head>", f"  {script}\n</head>", 1), encoding="utf-8")
