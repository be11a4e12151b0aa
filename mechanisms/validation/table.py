"""All comparisons together, and the table that shows them in a chapter."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from html import escape
from importlib.resources import files
from math import inf, isfinite
from types import MappingProxyType

from mechanisms import data
from mechanisms.drugs import Quantity
from mechanisms.validation import compendium, evidence, gaba, norepinephrine, serotonin
from mechanisms.validation.check import WEAK, Check

KINDS = ("counted", "weak", "apart", "fitted", "arithmetic")
"""What a comparison is: a validation; a prediction that rests on a recalled or assumed number; one
that cannot fail or repeats others; a number that was fitted; a published calculation done again."""

MINUS = "\N{MINUS SIGN}"
_UNITS = {"1": "", "uM": "µM", "ug/kg": "µg/kg", "degC": "°C"}
_INTERVALS = {
    "range": "range",
    "ci90": "90 % interval",
    "ci95": "95 % interval",
    "cri95": "95 % credible interval",
}
_SPREADS = {"sd": "SD", "sem": "SE"}
_SYMBOLS = {"met": "✓", "missed": "✗"}


@dataclass(frozen=True)
class Citation:
    """How a source is named in a line of text, and where it can be read."""

    key: str
    label: str
    url: str


@dataclass(frozen=True)
class Shown:
    """Where a target is computed and told: functions by full name, and the label of a section."""

    models: tuple[str, ...]
    section: str


def _targets() -> dict[str, data.Target]:
    return {target.id: target for target in data.targets()}


def _unknown(target: str, where: str = "") -> KeyError:
    known = list(_targets())
    close = get_close_matches(str(target), known, n=3, cutoff=0.5) or known[:3]
    return KeyError(f"unknown target {target!r}{where}; did you mean {' or '.join(close)}?")


def _target(check: Check) -> data.Target:
    """Return the target of a comparison; a comparison without one cannot be shown or counted."""
    known = _targets()
    if check.target not in known:
        raise _unknown(check.target, f" of the comparison {check.id!r}")
    return known[check.target]


@cache
def _all_checks() -> tuple[Check, ...]:
    order = list(_targets())
    found = [
        check
        for module in (serotonin, norepinephrine, gaba, compendium, evidence)
        for check in module.checks()
    ]
    for check in found:
        _target(check)
    return tuple(sorted(found, key=lambda check: order.index(check.target)))


def checks(*targets: str) -> tuple[Check, ...]:
    """Return the comparisons, all or those of the named targets, in the order of the targets.

    Parameters
    ----------
    *targets : str
        Ids of ``data/targets.csv``, such as ``"S-V1"``; all of them if none is given.

    Returns
    -------
    tuple of Check
        Each with its own unit.

    Raises
    ------
    KeyError
        If a target is not in the table; the message names close matches.
    """
    known = _targets()
    for target in targets:
        if target not in known:
            raise _unknown(target)
    return tuple(c for c in _all_checks() if not targets or c.target in targets)


def kind(check: Check) -> str:
    """Return what the comparison is, one of `KINDS`; only ``"counted"`` is a validation."""
    if check.arithmetic or _target(check).kind == "arithmetic":
        return "arithmetic"
    if check.used_in_fitting:
        return "fitted"
    if check.apart:
        return "apart"
    return "counted" if check.counts else "weak"


def why_apart(check: Check) -> str:
    """Say why a comparison does not count; empty if it does."""
    if kind(check) == "weak":
        grades = {q.grade for q in (check.observed, *check.inputs)} & set(WEAK)
        return f"rests on {' and '.join(sorted(grades))} numbers"
    return {
        "counted": "",
        "apart": check.apart,
        "fitted": "used in fitting",
        "arithmetic": "a calculation done again",
    }[kind(check)]


def reason(check: Check) -> str:
    """Return the remark of a comparison, or that of its target if it has none of its own."""
    return check.note or _target(check).note


def ratio(check: Check) -> float | None:
    """Return prediction over observation, dimensionless; 1 within an observed range of values.

    None where no ratio exists: an observation of zero, or signs that differ.
    """
    observed = check.predicted - check.miss
    if observed == 0 or not isfinite(observed):
        return None
    quotient = check.predicted / observed
    return quotient if quotient > 0 else None


@cache
def shown() -> Mapping[str, Shown]:
    """Return the model functions and the section of each target."""
    text = files("mechanisms.data").joinpath("shown.toml").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            target: Shown(tuple(row["models"]), row.get("section", ""))
            for target, row in tomllib.loads(text).items()
        }
    )


_ENTRY = re.compile(r"^@\w+\{(?P<key>[^,\s]+),(?P<body>.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^\s*(\w+)\s*=\s*\{(.*)\},?\s*$", re.MULTILINE)


@cache
def citations() -> Mapping[str, Citation]:
    """Return author, year and address of every entry of the bibliography, by citation key."""
    found = {}
    for entry in _ENTRY.finditer(data.bibliography()):
        fields = {name.lower(): text for name, text in _FIELD.findall(entry["body"])}
        people = [name.strip() for name in fields.get("author", "").split(" and ")]
        # A body in braces is one name; a person is looked up by what stands before the comma.
        first = people[0] if people[0].startswith("{") else people[0].split(",")[0]
        words = [re.sub(r"[{}]", "", first) or entry["key"]]
        if len(people) == 2 and people[1] != "others":
            words += ["and", re.sub(r"[{}]", "", people[1].split(",")[0])]
        elif len(people) > 1:
            words.append("et al.")
        words.append(fields.get("year", ""))
        doi = fields.get("doi", "")
        url = f"https://doi.org/{doi}" if doi else fields.get("url", "")
        found[entry["key"]] = Citation(entry["key"], " ".join(filter(None, words)), url)
    return MappingProxyType(found)


def number(value: float) -> str:
    """Write a number with three digits and a true minus sign."""
    text = f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    if "e" in text:
        text = f"{float(text):.12f}".rstrip("0").rstrip(".")
    return text.replace("-", MINUS)


def amount(value: float, unit: str) -> str:
    """Write a number with its unit."""
    return f"{number(value)} {_UNITS.get(unit, unit)}".strip()


def spread(quantity: Quantity, unit: str = "") -> str:
    """Write interval or spread, and how many people or animals; empty if nothing is known."""
    parts = []
    if quantity.low is not None and quantity.high is not None:
        words = _INTERVALS.get(quantity.spread_kind, "")
        if quantity.high == inf:
            parts.append(f"at least {amount(quantity.low, unit)}")
        else:
            ends = f"{number(quantity.low)} to {amount(quantity.high, unit)}"
            parts.append(f"{words} {ends}".strip())
    if quantity.spread is not None:
        parts.append(f"{_SPREADS[quantity.spread_kind]} {number(quantity.spread)}")
    if quantity.n is not None:
        parts.append(f"n = {quantity.n}")
    return ", ".join(parts)


def observed(check: Check) -> str:
    """Write what was measured, with unit and spread; a range stands for its made-up midpoint."""
    if check.observed.spread_kind == "range":
        return spread(check.observed, check.unit)
    value, words = amount(check.observed.value, check.unit), spread(check.observed)
    return f"{value} ({words})" if words else value


def accepted(check: Check) -> str:
    """Write the interval in which a prediction is accepted, with its unit."""
    if check.low == -inf:
        return f"at most {amount(check.high, check.unit)}"
    if check.high == inf:
        return f"at least {amount(check.low, check.unit)}"
    return f"{number(check.low)} to {amount(check.high, check.unit)}"


def miss(check: Check) -> str:
    """Write how far prediction and observation are apart, in units and in published spreads."""
    sign = "+" if check.miss > 0 else ""
    unit = "points" if check.unit == "%" else check.unit
    if check.miss == 0 and check.observed.spread_kind == "range":
        return "none: within the observed range"
    words = f"{sign}{amount(check.miss, unit)}"
    if check.miss_in_spreads is None:
        return f"{words}; no spread published"
    return f"{words}; {number(abs(check.miss_in_spreads))} {_SPREADS[check.observed.spread_kind]}"


def anchor(check: Check) -> str:
    """Return the id of the row of a comparison on the evidence page."""
    return re.sub(r"[^a-z0-9]+", "-", check.id.lower()).strip("-")


def symbol(check: Check) -> str:
    """Return the sign that goes with the verdict."""
    return _SYMBOLS[check.verdict]


# Layout only, for JupyterLab, which aligns cells to the right and lets wide tables overflow.
_CELL = 'style="text-align:left;vertical-align:top"'
_HEADS = ("Compared", "Observed", "Predicted, no refit", "Miss", "Verdict", "Grade", "Source")


class Rows:
    """Comparisons that show themselves, target by target, in a notebook and in the book.

    Parameters
    ----------
    found : iterable of Check
        What to show, in this order.
    """

    def __init__(self, found: Iterable[Check]) -> None:
        self.checks = tuple(found)

    def __repr__(self) -> str:
        """Show one line per comparison."""
        return "\n".join(
            f"{symbol(c)} {c.verdict}  {c.statement}: predicted {amount(c.predicted, c.unit)}, "
            f"observed {amount(c.observed.value, c.unit)} ({c.grade})"
            for c in self.checks
        )

    def _repr_html_(self) -> str:
        targets = dict.fromkeys(check.target for check in self.checks)
        return "".join(
            _folded(target, [check for check in self.checks if check.target == target])
            for target in targets
        )


def _folded(target: str, found: Sequence[Check]) -> str:
    """One target as a line that opens: how many of its comparisons were met, and each of them."""
    met = sum(check.verdict == "met" for check in found)
    apart = sum(bool(why_apart(check)) for check in found)
    statement = escape(_target(found[0]).statement)
    note = f"; {apart} do not count" if apart else ""
    heads = "".join(f'<th scope="col" {_CELL}>{head}</th>' for head in _HEADS)
    body = "".join(_row(check) for check in found)
    name = escape(f"{target}: observed and predicted", quote=True)
    return (
        f'<details class="validation-target"><summary><strong>{met} of {len(found)} met</strong>'
        f"{note}. {statement} <small>({escape(target)})</small></summary>"
        f'<div class="data-table" role="region" tabindex="0" aria-label="{name}" '
        'style="overflow-x:auto">'
        f'<table class="validation" style="min-width:44em"><caption>{name}'
        f"</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )


def _row(check: Check) -> str:
    apart = why_apart(check)
    note = f"<br><small>does not count: {escape(apart)}</small>" if apart else ""
    cells = (
        escape(observed(check)),
        f"{escape(amount(check.predicted, check.unit))}"
        f"<br><small>accepted: {escape(accepted(check))}</small>",
        escape(miss(check)),
        f'<span class="verdict verdict-{check.verdict}"><span aria-hidden="true">'
        f"{symbol(check)}</span> {check.verdict}</span>{note}",
        escape(check.grade),
        ", ".join(_link(key) for key in check.observed.sources) or "this book",
    )
    # The book turns the id into a link to the full row.
    name = f'<span data-evidence-row="{anchor(check)}">{escape(check.id)}</span>'
    return (
        f'<tr><th scope="row" {_CELL}>{escape(check.statement)}<br><small>{name}</small></th>'
        + "".join(f"<td {_CELL}>{cell}</td>" for cell in cells)
        + "</tr>"
    )


def _link(key: str) -> str:
    citation = citations().get(key, Citation(key, key, ""))
    label = escape(citation.label)
    if not citation.url:
        return label
    return f'<a href="{escape(citation.url, quote=True)}">{label}</a>'


def rows(*targets: str) -> Rows:
    """Return the comparisons of the named targets as tables that show themselves.

    Parameters
    ----------
    *targets : str
        Ids of ``data/targets.csv``, such as ``"S-V7", "S-V8"``; all if none is given.

    Returns
    -------
    Rows
        With `checks`; displays as HTML where that is possible, as text elsewhere.

    Raises
    ------
    KeyError
        If a target is not in the table.
    """
    return Rows(checks(*targets))
