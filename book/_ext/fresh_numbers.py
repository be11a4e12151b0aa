"""Run the notebooks again when the models change, and only then.

jupyter-cache looks at the notebook alone, so a changed model would leave old numbers on
the page. Here each state of `mechanisms/` and the lock file has a cache of its own.
"""

import shutil
from pathlib import Path
from typing import Any

from fingerprint import NUMBERS, digest
from sphinx.application import Sphinx
from sphinx.config import Config


def _choose_cache(app: Sphinx, config: Config) -> None:
    # Both are "env" values: when one changes, Sphinx reads every page again.
    cache = Path(app.outdir).parent / "notebook_cache" / digest(NUMBERS)
    config.nb_execution_cache_path = str(cache)
    config.book_extensions = digest(["book/_ext"])
    if cache.parent.is_dir():
        for other in cache.parent.iterdir():
            if other != cache:
                shutil.rmtree(other)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_config_value("book_extensions", "", "env")
    app.connect("config-inited", _choose_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
