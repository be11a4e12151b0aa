"""The pages Evidence and Claims, built by themselves."""

import io
import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import evidence_pages
import pytest
from sphinx.application import Sphinx

from mechanisms.validation import checks, claims, table

ROOT = Path(__file__).resolve().parents[2]
SECTIONS = sorted(
    {shown.section for shown in table.shown().values()}
    | {claim.section for claim in claims.claims()}
)
CONFIG = f"""
extensions = ["myst_parser", "sphinxcontrib.bibtex", "data_tables", "evidence_pages"]
bibtex_bibfiles = [{str(ROOT / "mechanisms/data/references.bib")!r}]
bibtex_reference_style = "author_year"
myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence", "deflist"]
html_theme = "basic"
"""


def build(folder: Path, sections: list[str], to_come: list[str]) -> tuple[dict[str, str], str]:
    """Build the two pages with a chapter that holds the sections; return pages and warnings."""
    source = folder / "source"
    source.mkdir(parents=True)
    (source / "conf.py").write_text(CONFIG + f"evidence_sections_to_come = {to_come!r}\n", "utf-8")
    for name in ("evidence", "claims"):
        text = (ROOT / "book" / f"{name}.md").read_text("utf-8")
        (source / f"{name}.md").write_text(text, "utf-8")
    told = "".join(f"({name})=\n## Told: {name}\n\n" for name in ("provenance", *sections) if name)
    row = '```{raw} html\n<span data-evidence-row="s-v3-20mg">S-V3</span>\n```\n'
    (source / "chapter.md").write_text(f"# Chapter\n\n{told}{row}", "utf-8")
    (source / "index.md").write_text(
        "# Book\n\n```{toctree}\nevidence\nclaims\nchapter\n```\n\n```{bibliography}\n:all:\n```\n",
        "utf-8",
    )
    warnings = io.StringIO()
    out = folder / "out"
    app = Sphinx(
        source, source, out, folder / "trees", "html", status=None, warning=warnings,
        confoverrides={"nitpicky": True},
    )  # fmt: skip
    app.build()
    pages = {path.stem: path.read_text("utf-8") for path in out.glob("*.html")}
    return pages, warnings.getvalue()


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    pages, warnings = build(tmp_path_factory.mktemp("evidence"), SECTIONS, [])
    assert not warnings
    return pages


def test_every_comparison_has_a_row(book):
    ids = re.findall(r'<tr class="evidence-row[^"]*" id="([^"]+)"', book["evidence"])
    assert sorted(ids) == sorted(table.anchor(check) for check in checks())


def test_every_link_within_the_page_arrives(book):
    for name in ("evidence", "claims"):
        ids = re.findall(r'\bid="([^"]+)"', book[name])
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'href="#([^"]+)"', book[name])) <= set(ids)


def test_every_row_leads_to_source_and_model(book):
    body = book["evidence"]
    for check in checks():
        row = re.search(rf'<tr[^>]*id="{table.anchor(check)}".*?</tr>', body, re.S)
        assert row
        for key in check.observed.sources:
            assert 'href="index.html#' in row[0], key
        for model in table.shown()[check.target].models:
            assert model.removeprefix("mechanisms.") in row[0]
        if section := table.shown()[check.target].section:
            assert f'href="chapter.html#{section}"' in row[0]
        assert f"verdict-{check.verdict}" in row[0]


def test_the_counts_are_computed(book):
    counted = [check for check in checks() if table.kind(check) == "counted"]
    missed = [check for check in counted if check.verdict == "missed"]
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", book["evidence"]))
    assert f"{len(counted)} of them count, and the models miss {len(missed)}" in text
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", book["claims"]))
    verdicts = [claim.verdict for claim in claims.claims()]
    assert f"{verdicts.count('contradicted')} contradicted by data" in words
    assert f"{len(verdicts)} claims" in words


def test_header_cells_have_a_scope(book):
    for head in re.findall(r"<th\b[^>]*>", book["evidence"]):
        assert "scope=" in head


def test_every_point_of_the_plot_leads_to_its_row():
    found = [check for check in checks() if table.kind(check) in ("counted", "weak")]
    svgs, left_out = evidence_pages.parity_svgs(found)
    trees = [ElementTree.fromstring(svg) for svg in svgs]
    heights = [float(str(tree.get("viewBox")).split()[3]) for tree in trees]
    assert max(heights) < 1.5 * min(heights)
    links = [node for tree in trees for node in tree.iter() if node.tag.endswith("}a")]
    assert len(links) + len(left_out) == len(found)
    drawn = {node.get("href"): node for node in links}
    assert set(drawn) == {f"#{table.anchor(c)}" for c in found if c not in left_out}
    for check in found:
        if check not in left_out:
            node = drawn[f"#{table.anchor(check)}"]
            assert check.verdict in str(node.get("aria-label"))
            assert node.find("{*}title") is not None
            assert check.verdict in str(node.get("class"))


def test_the_plot_puts_agreement_in_the_middle_and_larger_to_the_right():
    middle = (evidence_pages.LEFT + evidence_pages.RIGHT) / 2
    assert evidence_pages._x(1.0) == pytest.approx(middle)
    assert evidence_pages._x(2.0) - middle == pytest.approx(middle - evidence_pages._x(0.5))
    assert evidence_pages._x(1e6) == pytest.approx(evidence_pages.RIGHT)
    assert evidence_pages._x(1e-6) == pytest.approx(evidence_pages.LEFT)


def test_points_of_a_target_do_not_overlap():
    gap = evidence_pages.GAP
    places = [0.0, 1.0, gap, gap + 1.0, 2 * gap]
    lanes = evidence_pages._lanes(places)
    for lane in set(lanes):
        here = [place for place, own in zip(places, lanes, strict=True) if own == lane]
        assert all(b - a >= gap for a, b in pairwise(here))


def test_every_claim_stands_on_the_page(book):
    ids = re.findall(r'id="claim-([^"]+)"', book["claims"])
    assert ids == [claim.id for claim in claims.claims()]
    for claim in claims.claims():
        if claim.section:
            assert f'href="chapter.html#{claim.section}"' in book["claims"]


def test_a_claim_leads_to_its_figure(book):
    found = re.findall(r'href="(chapter\.html)#fig-([a-z0-9-]+)"', book["claims"])
    assert [name for _, name in found] == [c.figure for c in claims.claims() if c.figure]
    assert "data-claim-figure" not in book["claims"]


def test_a_row_in_a_chapter_leads_to_the_evidence_page(book):
    assert '<a href="evidence.html#s-v3-20mg">S-V3</a>' in book["chapter"]


def test_a_section_may_be_missing_only_if_announced(tmp_path):
    told = [name for name in SECTIONS if name not in ("gaba-gating", "serotonin-dose")]
    pages, warnings = build(tmp_path, told, ["gaba-gating"])
    assert "serotonin-dose" in warnings
    assert "gaba-gating" not in warnings
    assert evidence_pages.LATER in pages["claims"]
