"""A way to run a page is offered where it leads somewhere, and nowhere else."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import run_links
from bs4 import BeautifulSoup
from run_here import cost_note, lite_link, offer_running
from run_links import binder_link, entry, public_repository, repository
from sphinx.errors import ConfigError


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://github.com/someone/book", "https://github.com/someone/book"),
        ("https://github.com/someone/book.git\n", "https://github.com/someone/book"),
        ("https://x-access-token:secret@github.com/a/b.git", "https://github.com/a/b"),
        ("https://gitlab.com/group/part/book.git", "https://gitlab.com/group/part/book"),
        ("git@github.com:someone/book.git", ""),
        ("ssh://git@github.com/someone/book.git", ""),
        ("http://github.com/someone/book", ""),
        ("https://github.com.elsewhere.org/someone/book", ""),
        ("https://example.org/someone/book", ""),
        ("https://github.com/someone", ""),
        ('https://github.com/someone/"><script>', ""),
        ("/srv/git/book", ""),
        ("../book", ""),
        ("", ""),
    ],
)
def test_only_a_public_https_address_counts(remote: str, address: str) -> None:
    assert public_repository(remote) == address


def _remote(monkeypatch: pytest.MonkeyPatch, folder: Path, address: str | None) -> None:
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    if address:
        subprocess.run(["git", "remote", "add", "origin", address], cwd=folder, check=True)
    monkeypatch.setattr(run_links, "ROOT", folder)


@pytest.mark.parametrize(
    ("remote", "address"),
    [("https://github.com/a/b.git", "https://github.com/a/b"), ("../b.git", ""), (None, "")],
)
def test_the_address_comes_from_git(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, remote: str | None, address: str
) -> None:
    monkeypatch.delenv("BOOK_REPOSITORY", raising=False)
    _remote(monkeypatch, tmp_path, remote)
    assert repository() == address


@pytest.mark.parametrize("given", ["", "https://gitlab.com/c/d"])
def test_the_environment_goes_before_git(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str
) -> None:
    _remote(monkeypatch, tmp_path, "https://github.com/a/b.git")
    monkeypatch.setenv("BOOK_REPOSITORY", given)
    assert repository() == given


def test_a_wrong_address_in_the_environment_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOK_REPOSITORY", "git@github.com:a/b")
    with pytest.raises(ConfigError, match=r"BOOK_REPOSITORY.*github\.com.*git@github\.com:a/b"):
        repository()


def test_the_launch_link_is_encoded() -> None:
    link = binder_link("https://github.com/a/b", "notebooks/hands on/é&x")
    assert link == (
        "https://mybinder.org/v2/gh/a/b/HEAD"
        "?urlpath=lab%2Ftree%2Fnotebooks%2Fhands%20on%2F%C3%A9%26x.ipynb"
    )


def _tools(address: str, pagename: str, suffix: str = ".ipynb") -> BeautifulSoup:
    class App:
        class config:  # noqa: N801
            run_links_repository = address

    context: dict[str, Any] = {
        "page_source_suffix": suffix,
        "sourcename": pagename + suffix,
        "pathto": lambda target, _: "../" + target,
    }
    run_links._page_tools(App, pagename, "page.html", context, None)  # type: ignore[arg-type]
    return BeautifulSoup(context.get("page_tools", ""), "html.parser")


def test_binder_is_offered_only_with_an_address() -> None:
    with_address = _tools("https://github.com/a/b", "notebooks/gaba")
    labels = [link.text for link in with_address.select("li > a")]
    assert labels == ["Open in Binder", "Download this page as a notebook"]
    assert "mybinder.org/v2/gh/a/b/HEAD" in str(with_address.a)
    without = _tools("", "notebooks/gaba")
    assert [link.text for link in without.select("li > a")] == labels[1:]
    assert without.a is not None
    assert (without.a["href"], without.a.has_attr("download")) == (
        "../_sources/notebooks/gaba.ipynb",
        True,
    )


def test_a_page_that_is_no_notebook_offers_nothing() -> None:
    assert not _tools("https://github.com/a/b", "book/glossary", ".md").find()


def test_what_an_entry_says_is_escaped() -> None:
    parsed = BeautifulSoup(entry('x?a=1&b="', "<b>", "c < d", hidden=True), "html.parser")
    assert parsed.li is not None
    assert parsed.a is not None
    assert parsed.a["href"] == 'x?a=1&b="'
    assert parsed.a.text == "<b>"
    assert parsed.li.has_attr("hidden")
    assert parsed.span is not None
    assert parsed.span.text == "c < d"


@pytest.mark.parametrize(
    ("page", "notebook", "link"),
    [
        ("notebooks/gaba.html", "gaba.ipynb", "../lite/notebooks/index.html?path=gaba.ipynb"),
        (
            "notebooks/a/b c.html",
            "a/b c.ipynb",
            "../../lite/notebooks/index.html?path=a/b%20c.ipynb",
        ),
    ],
)
def test_the_link_into_the_browser(page: str, notebook: str, link: str) -> None:
    assert lite_link(page, notebook) == link


def _site(folder: Path, held: str) -> Path:
    """A site of two pages, one with a notebook, and what JupyterLite holds."""
    tools = '<ul class="page-tools" aria-label="Run this page" data-notebook="x/a.ipynb">'
    pages = {
        "notebooks/x/a.html": f"<head></head><body>{tools}<li>other</li></ul></body>",
        "book/b.html": "<head></head><body></body>",
        "lite/notebooks/index.html": f"<head></head>{tools}",
    }
    for name, text in pages.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "_static").mkdir()
    (folder / "lite/files" / held).parent.mkdir(parents=True)
    (folder / "lite/files" / held).write_text("{}")
    return folder


def test_the_offer_stands_first_on_pages_with_a_notebook(tmp_path: Path) -> None:
    before = {p: p.read_text() for p in _site(tmp_path, "x/a.ipynb").rglob("*.html")}
    offer_running(tmp_path)
    changed = [p for p, text in before.items() if p.read_text() != text]
    assert changed == [tmp_path / "notebooks/x/a.html"]
    page = BeautifulSoup(changed[0].read_text(), "html.parser")
    first, second = page.select(".page-tools > li")
    assert second.text == "other"
    assert first.has_attr("hidden")
    assert first.a is not None
    target = (changed[0].parent / str(first.a["href"]).split("?")[0]).resolve()
    assert target == tmp_path / "lite/notebooks/index.html"
    assert page.script is not None
    script = (changed[0].parent / str(page.script["src"])).resolve()
    assert script.read_text().startswith("// ")


def test_a_page_without_its_notebook_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"x/a\.html.*x/a\.ipynb"):
        offer_running(_site(tmp_path, "x/other.ipynb"))


def test_the_cost_is_said_with_its_source() -> None:
    said = cost_note()
    for part in (
        r"downloads about \d+ MB",
        r"first result took about \d+ s",
        r"figure about \d+ s",
        "measured on the serotonin chapter with Chromium",
    ):
        assert re.search(part, said), part


def test_each_built_page_offers_its_own_notebook(site: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    for path in (root / "notebooks").rglob("*.ipynb"):
        if ".ipynb_checkpoints" in path.parts:
            continue
        name = path.relative_to(root)
        page = BeautifulSoup((site / name).with_suffix(".html").read_text(), "html.parser")
        (tools,) = page.select("ul.page-tools")
        assert tools["data-notebook"] == name.relative_to("notebooks").as_posix()
        download = tools.select_one("a[download]")
        assert download is not None
        source = (site / name).parent / str(download["href"])
        assert source.resolve() == (site / "_sources" / name).resolve()
