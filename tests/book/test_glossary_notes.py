"""Words that open their definition: buttons in the text, notes at the end of the page."""

import subprocess
import sys
from pathlib import Path

import glossary_notes
import pytest
from bs4 import BeautifulSoup

GLOSSARY = """# Glossary

:::{glossary}
brake
  Slows a {term}`cell`, and has *two* words for it.

cell
  What fires.
:::
"""
TEXT = """# About {term}`brakes <brake>`

The {term}`brake` of a {term}`cell`; the same {term}`old brake <brake>` again,
and a [plain link](glossary.md).
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notes")
    source = folder / "source"
    source.mkdir()
    (source / "glossary.md").write_text(GLOSSARY, encoding="utf-8")
    (source / "text.md").write_text(TEXT, encoding="utf-8")
    (source / "index.md").write_text(
        "# Start\n\n```{toctree}\ntext\nglossary\n```\n", encoding="utf-8"
    )
    (source / "conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(glossary_notes.STATIC.parent)!r})\n"
        'extensions = ["myst_parser", "glossary_notes"]\nhtml_theme = "basic"\n'
        'myst_enable_extensions = ["colon_fence"]\n',
        encoding="utf-8",
    )
    for builder in ("html", "text"):
        command = [sys.executable, "-m", "sphinx", "-n", "-W", "-q", "-N", "-b", builder]
        subprocess.run([*command, source, folder / builder], capture_output=True, check=True)
    return folder


def _page(site: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup(
        (site / "html" / f"{name}.html").read_text(encoding="utf-8"), "html.parser"
    )


def test_each_term_is_a_button_that_opens_its_note(site: Path) -> None:
    page = _page(site, "text")
    buttons = page.select("button.term-word")
    assert [button.text for button in buttons] == ["brake", "cell", "old brake"]
    for button in buttons:
        assert button["type"] == "button"
        note = page.find(id=button["popovertarget"])
        assert note is not None
        assert note.has_attr("popover")


def test_a_term_that_is_used_twice_has_one_note(site: Path) -> None:
    notes = _page(site, "text").select(".term-note")
    assert [note["id"] for note in notes] == ["note-term-brake", "note-term-cell"]


def test_a_note_is_named_and_says_the_definition_without_further_buttons(site: Path) -> None:
    page = _page(site, "text")
    note = page.select_one("#note-term-brake")
    assert note is not None
    name = page.find(id=note["aria-labelledby"])
    assert name is not None
    assert name.text == "brake"
    assert "Slows a cell, and has two words for it." in note.text
    assert note.em is not None  # formatting is kept
    assert not note.select("button")
    assert [link["href"] for link in note.select("a")] == ["glossary.html#term-brake"]


def test_headings_links_and_the_glossary_stay_as_they_are(site: Path) -> None:
    page = _page(site, "text")
    assert page.h1 is not None
    assert not page.h1.select("button")
    assert page.h1.select_one('a[href="glossary.html#term-brake"]') is not None
    assert page.find("a", string="plain link") is not None
    glossary = _page(site, "glossary")
    assert not glossary.select("button.term-word, .term-note")
    assert glossary.select_one('dd a[href="#term-cell"]') is not None


def test_identifiers_are_unique(site: Path) -> None:
    for name in ("text", "glossary"):
        names = [tag["id"] for tag in _page(site, name).find_all(id=True)]
        assert len(names) == len(set(names))


def test_other_builders_print_words_only(site: Path) -> None:
    text = (site / "text" / "text.txt").read_text(encoding="utf-8")
    assert "What fires" not in text
    assert "In the glossary" not in text


def test_escape_is_left_to_the_browser(site: Path) -> None:
    options = (site / "html" / "_static" / "documentation_options.js").read_text(encoding="utf-8")
    assert "ENABLE_SEARCH_SHORTCUTS: false" in options


def test_nothing_extra_is_printed_or_shown_by_old_browsers() -> None:
    style = (glossary_notes.STATIC / "glossary_notes.css").read_text(encoding="utf-8")
    for rule in ("@media print", "@supports not selector(:popover-open)"):
        _, _, rest = style.partition(rule)
        assert ".term-note { display: none" in rest.partition("}\n}")[0]
