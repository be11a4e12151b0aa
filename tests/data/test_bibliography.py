"""One bibliography for the data and the book."""

import re
from functools import cache
from typing import Any

import pytest
from pybtex.database import parse_string  # type: ignore[import-untyped]
from tables import DATA, all_tables, rows, sources

ROOT = DATA.parents[1]
KEY = re.compile(r"\b[a-z]{2,}(?:19|20)\d\d[a-z]*\b")


@cache
def entries() -> dict[str, Any]:
    text = (DATA / "references.bib").read_text(encoding="utf-8")
    return dict(parse_string(text, "bibtex").entries)


def cited_by_the_data() -> set[str]:
    return {
        key
        for name in all_tables()
        for row in rows(name)
        if "source" in row
        for key in sources(row)
    }


def cited_in_words() -> set[str]:
    texts = [
        path.read_text(encoding="utf-8")
        for folder, pattern in (
            ("mechanisms", "*.py"), ("mechanisms/data", "*.csv"), ("book", "*.md"),
            ("notebooks", "*.ipynb"),
        )
        for path in (ROOT / folder).rglob(pattern)
    ]  # fmt: skip
    return {key for text in texts for key in KEY.findall(text)}


def test_every_source_has_an_entry() -> None:
    assert cited_by_the_data() <= set(entries())


def test_every_key_in_notes_and_docstrings_has_an_entry() -> None:
    assert cited_in_words() <= set(entries())


def test_every_entry_is_cited_or_offered_as_further_reading() -> None:
    offered = {key for key, entry in entries().items() if entry.fields.get("keywords")}
    unused = set(entries()) - cited_by_the_data() - cited_in_words() - offered
    assert not unused


@pytest.mark.parametrize("key", sorted(entries()))
def test_an_entry_can_be_found_by_a_reader(key: str) -> None:
    entry = entries()[key]
    fields = entry.fields
    assert re.fullmatch(r"[a-z0-9]+", key)
    assert fields.get("doi") or fields.get("url") or fields.get("pmid")
    assert fields.get("title")
    assert re.fullmatch(r"(?:1[89]|20)\d\d|n\.d\.", fields["year"])
    if "doi" in fields:
        assert re.fullmatch(r"10\.\d{4,9}/\S+", fields["doi"])
    if "url" in fields:
        assert re.fullmatch(r"https://[\w.-]+\.\w+(?:/\S*)?", fields["url"])
    if entry.type == "article":
        assert entry.persons.get("author")
        assert fields.get("journal")
    else:
        assert entry.type == "misc"
