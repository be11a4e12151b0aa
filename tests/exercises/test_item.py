"""Every item of the book, in every variant; and the rules that items follow."""

import json
import re
from functools import cache
from pathlib import Path

import demo
import pytest
from docutils.nodes import make_id

from mechanisms.exercises import (
    Choice,
    Code,
    Item,
    Misconception,
    Numeric,
    Setting,
    catalogue,
    get,
    item,
)
from mechanisms.exercises.item import _items
from mechanisms.exercises.questions import UnreadableError

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
IDS = sorted(catalogue())
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")


def apart(a, b, question):
    """Whether two numbers are further apart than both their tolerances."""
    room = sum(max(question.rel_tol * abs(t), question.abs_tol) for t in (a, b))
    return abs(a - b) > room


def check(question):
    """Key and misconceptions are told apart, and each is named as what it is."""
    assert question.fault() == ""
    assert question.mark(question.key_answer()).correct
    wrong = question.wrong_answers()
    assert wrong
    assert len(wrong) == len(question.misconceptions)
    for i, answer in enumerate(wrong):
        mark = question.mark(answer)
        assert not mark.correct
        assert mark.misconception == i
        assert mark.feedback == question.misconceptions[i].feedback
    if isinstance(question, Numeric):
        targets = [question.key_answer(), *wrong]
        for i, a in enumerate(targets):
            assert all(apart(a, b, question) for b in targets[i + 1 :]), targets


@cache
def anchors(page):
    """Where a link into a notebook can lead."""
    notebook = json.loads((NOTEBOOKS / f"{page}.ipynb").read_text(encoding="utf-8"))
    cells = ("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown")
    text = "\n".join(cells)
    headings = re.findall(r"^#{1,4} (.+)$", text, re.MULTILINE)
    return {make_id(h) for h in headings} | set(re.findall(r"^\(([\w-]+)\)=$", text, re.MULTILINE))


@pytest.mark.parametrize("made", demo.ITEMS, ids=lambda made: made.id)
def test_the_demonstration_items_are_sound(made):
    for variant in made.published:
        check(variant.question)


@pytest.mark.parametrize("id", IDS)
def test_every_published_variant(id):
    made = get(id)
    assert len(made.published) == 24
    kinds = {type(v.question) for v in made.published}
    assert len(kinds) == 1
    assert kinds <= {Choice, Numeric, Setting, Code}
    for variant in made.published:
        check(variant.question)
        assert variant.numbers == json.loads(json.dumps(variant.numbers, allow_nan=False))
        assert variant.question.prompt.strip()
        assert variant.question.solution.strip()
        json.dumps(variant.question.page(), allow_nan=False)
    assert len({json.dumps(v.numbers) for v in made.published}) >= 6


@pytest.mark.parametrize("id", IDS)
def test_variants_for_credit(id):
    made = get(id)
    codes = [f"learner-{n}" for n in range(200)]
    variants = [made.for_credit("a course secret", code) for code in codes]
    different = {json.dumps(v.numbers): v for v in variants}
    for variant in different.values():
        check(variant.question)
    assert variants[0].numbers == made.for_credit("a course secret", "Learner-0 ").numbers
    assert len(different) > 1
    others = [made.for_credit("another secret", code) for code in codes[:40]]
    assert [v.numbers for v in variants[:40]] != [v.numbers for v in others]


@pytest.mark.parametrize("id", IDS)
def test_feedback_does_not_give_the_key_away(id):
    for variant in get(id).published:
        question = variant.question
        if not isinstance(question, Numeric):
            continue
        known = question.prompt + " ".join(question.given.values())
        shown = {float(n) for n in NUMBER.findall(known.replace("\u2212", "-"))}
        for slip in question.misconceptions:
            for text in NUMBER.findall(slip.feedback.replace("\u2212", "-")):
                value = float(text)
                near = abs(value - question.key) <= question.tolerance(question.key)
                assert not near or value in shown, (variant.numbers, slip.feedback)


@pytest.mark.parametrize("id", IDS)
def test_an_item_stands_on_its_page_and_leads_to_a_section(id):
    made = get(id)
    notebook = json.loads((NOTEBOOKS / f"{made.page}.ipynb").read_text(encoding="utf-8"))
    code = "\n".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code")
    assert len(re.findall(rf'\bExercise\("{id}"\)', code)) == 1
    page, _, anchor = made.section.partition("#")
    assert anchor in anchors(page)
    question = made.variant(0).question
    if isinstance(question, Code):
        starters = [
            "".join(c["source"]) for c in notebook["cells"]
            if "starter" in c["metadata"].get("tags", ())
        ]  # fmt: skip
        assert [s.strip() for s in starters].count(question.starter.strip()) == 1
        assert {v.question.starter for v in made.published} == {question.starter}
    if isinstance(question, Setting):
        assert f'"{question.figure}"' in code


def test_points_by_attempt():
    made = demo.CARRIED  # 4 points, 2 attempts
    assert [made.earned(n, True) for n in (1, 2, 3)] == [4, 2, 0]
    assert made.earned(1, False) == 0
    assert [demo.WAIT.earned(n, True) for n in (1, 2, 3)] == pytest.approx([2, 4 / 3, 2 / 3])


def test_a_learner_gets_the_variant_of_the_code():
    # `printf 'kiwi-4821|demo-level' | gzip | tail -c8` gives 1591425976
    assert (
        demo.LEVEL.for_learner(" KIWI-4821 ").numbers == demo.LEVEL.variant(1591425976 % 24).numbers
    )
    with pytest.raises(ValueError, match="learner code"):
        demo.LEVEL.for_learner("?")
    with pytest.raises(ValueError, match="0 to 23, got 24"):
        demo.LEVEL.variant(24)


def test_numbers_for_credit_are_not_the_published_ones():
    published = [v.numbers for v in demo.LEVEL.published]
    for n in range(50):
        assert demo.LEVEL.for_credit("s", f"learner-{n}").numbers not in published


def test_short_lists_do_not_hand_everybody_the_same():
    made = demo.WAIT  # three drugs
    given = {made.for_credit("s", f"learner-{n}").numbers["drug"] for n in range(50)}
    assert given == {"sertraline", "paroxetine", "citalopram"}


def test_an_item_without_a_sound_variant_says_why():
    def never(draw):
        slips = (Misconception(1.0, ""),)
        return Numeric(prompt="", solution="", key=1.0, misconceptions=slips)

    with pytest.raises(ValueError, match=r"'never' has no sound variant: .*too close"):
        Item("never", "", "p", "p#s", never).variant(0)


@pytest.mark.parametrize("id", ["", "Upper", "two words", "under_score", "-a", "a--b", "1a"])
def test_ids_are_words_joined_by_hyphens(id):
    with pytest.raises(ValueError, match="id must be"):
        item(id, "", page="p", section="p#s")


@pytest.mark.parametrize("change", [{"points": 0}, {"attempts": 1.5}, {"version": "1"}])
def test_points_attempts_and_version_are_whole_numbers(change):
    with pytest.raises(ValueError, match=f"{next(iter(change))} must be a whole number"):
        item("an-id", "", page="p", section="p#s", **change)


def test_an_id_is_given_once(monkeypatch):
    monkeypatch.setitem(_items, "taken", Item("taken", "", "p", "p#s", json.dumps))
    with pytest.raises(ValueError, match="'taken' is taken by json"):
        item("taken", "", page="p", section="p#s")(demo.LEVEL.make)
    with pytest.raises(KeyError, match="no item 'nowhere'"):
        get("nowhere")


def test_unreadable_answers_are_told_from_wrong_ones():
    for made in demo.ITEMS:
        with pytest.raises(UnreadableError):
            made.variant(0).question.mark("")
