from pathlib import Path

import hypothesis
import pytest
from fingerprint import LAYOUT, NUMBERS, PAGES, digest

# The same examples in every run: a red build always means a change in the code.
hypothesis.settings.register_profile("book", derandomize=True, deadline=None)
hypothesis.settings.load_profile("book")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def site() -> Path:
    """The built book, which `make test` builds before it calls pytest."""
    stamp = ROOT / "_build" / "fingerprint"
    assert stamp.exists(), "the book is not built; run `make book`"
    built_from = stamp.read_text()
    assert built_from == digest((*LAYOUT, *NUMBERS, *PAGES)), (
        "the book was built from other files than these; run `make book`"
    )
    return ROOT / "_build" / "html"
