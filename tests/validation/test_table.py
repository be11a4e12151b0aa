"""The collected comparisons and the table that shows them; no verdict is demanded."""

import csv
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib import import_module
from math import inf
from pathlib import Path

import pytest

import mechanisms.data
from mechanisms import validation
from mechanisms.drugs import Quantity
from mechanisms.validation import table

DATA = Path(mechanisms.data.__file__).parent
WANTED = [f"S-V{i}" for i in range(1, 13)] + [f"G-V{i}" for i in range(1, 27)]
SEEN = Quantity(80.0, "%", spread=4.0, spread_kind="sd", n=7, source="meyer2001", grade="primary")
INPUT = Quantity(1.0, "nM", source="owens2001", grade="secondary")
CHECK = validation.Check("S-V1-x", "S-V1", "A <b>", "%", 90.0, SEEN, 76.0, 84.0, (INPUT,))


class Cells(HTMLParser):
    """Header and data cells of a table, row by row."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.scopes, self.attributes, self._open = [], [], {}, False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.attributes.setdefault(tag, []).append(dict(attrs))
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self._open = True
            self.rows[-1].append("")
            if tag == "th":
                self.scopes.append(dict(attrs).get("scope"))

    def handle_endtag(self, tag):
        if tag in ("th", "td"):
            self._open = False

    def handle_data(self, text):
        if self._open:
            self.rows[-1][-1] += text


def test_every_target_of_the_dossiers_is_compared():
    assert list(dict.fromkeys(check.target for check in validation.checks())) == WANTED


def test_every_comparison_has_its_own_name_and_anchor():
    found = validation.checks()
    assert len({check.id for check in found}) == len(found)
    assert len({table.anchor(check) for check in found}) == len(found)
    assert all(check.id.startswith(check.target + "-") for check in found)


def test_chosen_targets_come_in_the_order_of_the_table():
    chosen = validation.checks("S-V12", "S-V2")
    assert [c.target for c in chosen] == sorted((c.target for c in chosen), key=WANTED.index)
    assert {check.target for check in chosen} == {"S-V2", "S-V12"}


@pytest.mark.parametrize("name", ["S-V99", "s-v1", ""])
def test_an_unknown_target_is_named(name):
    with pytest.raises(KeyError, match=re.escape(repr(name)) + r".*did you mean"):
        validation.checks(name)


@pytest.mark.parametrize("check", validation.checks(), ids=lambda check: check.id)
def test_verdict_miss_and_grade_follow_from_the_numbers(check):
    order = ["primary", "secondary", "derived", "recalled", "assumed"]
    inside = not (check.predicted < check.low or check.predicted > check.high)
    assert check.verdict == ("met" if inside else "missed")
    worst = max(order.index(q.grade) for q in (check.observed, *check.inputs))
    assert check.grade == order[worst]
    if check.observed.spread_kind != "range":
        assert check.miss == pytest.approx(check.predicted - check.observed.value)
    elif check.observed.low <= check.predicted <= check.observed.high:
        assert check.miss == 0
    if table.kind(check) == "counted":
        assert not check.apart
        assert worst <= order.index("derived")
        assert not check.used_in_fitting


def test_a_wrong_tolerance_turns_the_verdict():
    for check in validation.checks():
        if check.verdict == "met":
            beyond = replace(check, low=check.predicted + 1.0, high=inf)
        else:
            beyond = replace(check, low=-inf, high=inf)
        assert beyond.verdict != check.verdict


@pytest.mark.parametrize("check", validation.checks(), ids=lambda check: check.id)
def test_a_miss_has_a_reason(check):
    if check.verdict == "missed":
        assert len(table.reason(check).split()) >= 2


def test_what_is_fitted_remembered_or_arithmetic_stands_apart():
    with (DATA / "targets.csv").open(encoding="utf-8", newline="") as rows:
        kinds = {row["id"]: row["kind"] for row in csv.DictReader(rows)}
    for check in validation.checks():
        kind = table.kind(check)
        if kinds[check.target] == "arithmetic":
            assert kind == "arithmetic"
        if check.used_in_fitting or check.observed.grade in ("recalled", "assumed"):
            assert kind != "counted"
        assert bool(table.why_apart(check)) == (kind != "counted")
    assert {table.kind(check) for check in validation.checks("G-V6")} == {"fitted"}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, "counted"),
        ({"used_in_fitting": True}, "fitted"),
        ({"inputs": (replace(INPUT, grade="assumed"),)}, "weak"),
        ({"observed": replace(SEEN, grade="recalled")}, "weak"),
        ({"arithmetic": True}, "arithmetic"),
        ({"apart": "cannot fail"}, "apart"),
        ({"note": "No arithmetic: a prediction."}, "counted"),
        ({"target": "G-V12"}, "arithmetic"),
    ],
)
def test_the_kind_of_a_comparison(change, kind):
    assert table.kind(replace(CHECK, **change)) == kind


@pytest.mark.parametrize("function", [table.kind, table.reason, table.why_apart])
def test_a_comparison_of_an_unknown_target_is_named(function):
    lost = replace(CHECK, id="S-V99-x", target="S-V99")
    with pytest.raises(KeyError, match="unknown target 'S-V99' of the comparison 'S-V99-x'"):
        function(lost)
    with pytest.raises(KeyError, match="unknown target 'S-V99'"):
        table.Rows([lost])._repr_html_()


def test_what_cannot_fail_or_repeats_stands_apart():
    apart = [check for check in validation.checks() if table.kind(check) == "apart"]
    assert {check.id for check in apart} == {
        "S-V10-net-mixed",
        "S-V10-net-binding",
        "S-V12-order",
        "G-V7-mean",
        "G-V16-desipramine",
    }
    for check in apart:
        assert check.apart in table.why_apart(check)
        assert not check.counts
    # The mean repeats its rows: worked out again from them.
    rows = [c for c in validation.checks("G-V7") if c.id != "G-V7-mean"]
    mean = next(c for c in apart if c.id == "G-V7-mean")
    misses = [abs(c.predicted - c.observed.value) for c in rows]
    assert mean.predicted == pytest.approx(sum(misses) / len(misses))


def test_miss_is_written_in_units_and_spreads():
    assert table.miss(CHECK) == "+10 points; 2.5 SD"
    assert table.miss(replace(CHECK, predicted=74.0)) == "\N{MINUS SIGN}6 points; 1.5 SD"
    bare = replace(CHECK, observed=replace(SEEN, spread=None, spread_kind=""))
    assert table.miss(bare) == "+10 points; no spread published"
    band = replace(bare, observed=replace(bare.observed, low=76.0, high=91.0, spread_kind="range"))
    assert "within the observed range" in table.miss(band)
    assert table.miss(replace(band, predicted=93.0)).startswith("+2 points")


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(76.0, 84.0, "76 to 84 %"), (-inf, 60.0, "at most 60 %"), (90.0, inf, "at least 90 %")],
)
def test_the_accepted_interval_is_written(low, high, words):
    assert table.accepted(replace(CHECK, low=low, high=high)) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.687, "0.687"), (-0.5656, "\N{MINUS SIGN}0.566"), (291.8, "292"), (4.476e-6, "0.00000448")],
)
def test_numbers_have_three_digits_and_no_exponent(value, words):
    assert table.number(value) == words


def test_ratio_of_prediction_to_observation():
    assert table.ratio(CHECK) == pytest.approx(90 / 80)
    band = replace(CHECK, observed=replace(SEEN, low=76.0, high=85.0, spread_kind="range"))
    assert table.ratio(band) == pytest.approx(90 / 85)
    assert table.ratio(replace(band, predicted=80.0)) == 1
    assert table.ratio(replace(CHECK, observed=replace(SEEN, value=0.0))) is None
    assert table.ratio(replace(CHECK, predicted=-1.0)) is None


def test_the_table_is_named_and_scoped():
    html = validation.rows("S-V7", "S-V8")._repr_html_()
    cells = Cells(html)
    found = validation.checks("S-V7", "S-V8")
    heads = cells.rows[0]
    assert cells.rows.count(heads) == 2
    assert len(cells.rows) == 2 + len(found)
    assert cells.scopes.count("row") == len(found)
    assert cells.scopes.count("col") == 2 * len(heads)
    for region, target in zip(cells.attributes["div"], ("S-V7", "S-V8"), strict=True):
        assert (region["role"], region["tabindex"]) == ("region", "0")
        assert region["aria-label"] == f"{target}: observed and predicted"
    assert html.count("<caption>") == 2
    assert "color" not in html
    met = [sum(c.verdict == "met" for c in found if c.target == t) for t in ("S-V7", "S-V8")]
    for count, target in zip(met, ("S-V7", "S-V8"), strict=True):
        total = len(validation.checks(target))
        assert f"<summary><strong>{count} of {total} met</strong>" in html
    rows = [row for row in cells.rows if row != heads]
    for row, check in zip(rows, found, strict=True):
        assert check.verdict in row[4]
        assert row[4].startswith({"met": "✓", "missed": "✗"}[check.verdict])
        assert ("does not count" in row[4]) == (table.kind(check) != "counted")


def test_the_table_escapes():
    observed = replace(SEEN, source="<script>")
    html = table.Rows([replace(CHECK, observed=observed)])._repr_html_()
    assert "<script>" not in html
    assert "<b>" not in html
    assert "A &lt;b&gt;" in html


def test_the_table_is_text_where_there_is_no_html():
    lines = repr(validation.rows("S-V3")).splitlines()
    assert len(lines) == len(validation.checks("S-V3"))
    assert all(check.statement in line for check, line in zip(validation.checks("S-V3"), lines,
                                                              strict=True))  # fmt: skip


def test_every_source_has_a_name_and_an_address():
    known = table.citations()
    assert set(known) == set(re.findall(r"^@\w+\{([^,\s]+),", mechanisms.data.bibliography(), re.M))
    for check in validation.checks():
        for key in check.observed.sources:
            assert re.search(r"\w", known[key].label)
            assert known[key].url.startswith("https://") or not known[key].url
    assert known["beyer2002"].label.endswith("2002")
    assert not any(set("{}\\") & set(citation.label) for citation in known.values())


@pytest.mark.parametrize("target", WANTED)
def test_every_target_names_the_functions_that_compute_it(target):
    models = table.shown()[target].models
    assert models
    for name in models:
        module, function = name.rsplit(".", 1)
        assert callable(getattr(import_module(module), function))


def test_only_known_targets_are_shown():
    assert list(table.shown()) == WANTED
