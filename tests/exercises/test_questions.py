"""The four kinds of question: what they accept, and what they say of an error."""

import math

import demo
import pytest
from numbers_table import NUMBERS

from mechanisms.exercises import Choice, Code, Misconception, Numeric, Setting
from mechanisms.exercises.questions import UnreadableError
from mechanisms.exercises.questions.numeric import read_number


@pytest.mark.parametrize(("text", "unit", "value"), NUMBERS)
def test_numbers_as_people_write_them(text, unit, value):
    if value is None:
        with pytest.raises(UnreadableError):
            read_number(text, unit)
    else:
        assert read_number(text, unit) == value


def numeric(key=10.0, wrong=(20.0, 40.0), **more):
    slips = tuple(Misconception(w, f"slip {i}") for i, w in enumerate(wrong))
    return Numeric(prompt="?", solution="!", key=key, misconceptions=slips, **more)


@pytest.mark.parametrize(
    ("raw", "correct", "slip"),
    [
        (10, True, None), ("10.3", True, None), ("9.7", True, None), ("10.31", False, None),
        (20.6, False, 0), ("19.39", False, None), ("40 ", False, 1), ("-10", False, None),
    ],
)  # fmt: skip
def test_a_number_within_three_percent_counts(raw, correct, slip):
    mark = numeric().mark(raw)
    assert (mark.correct, mark.misconception) == (correct, slip)


@pytest.mark.parametrize("raw", [None, True, [], {}, float("inf"), 10**400, "", "ten"])
def test_what_is_no_number_costs_nothing(raw):
    with pytest.raises(UnreadableError):
        numeric().mark(raw)


def test_numbers_too_close_are_a_fault():
    assert numeric().fault() == ""
    # 3 % of 10 and of 10.6 reach 10.3 and 10.282: they overlap
    assert "too close" in numeric(wrong=(10.6,)).fault()
    assert "too close" in numeric(wrong=(20.0, 20.5)).fault()
    assert "too close" in numeric(key=0.0, wrong=(0.1,), abs_tol=0.06).fault()
    assert numeric(key=0.0, wrong=(0.2,), abs_tol=0.06).fault() == ""
    assert "finite" in numeric(wrong=(math.nan,)).fault()


def test_a_choice_is_marked_by_its_letter():
    question = demo.WAIT.variant(0).question
    assert isinstance(question, Choice)
    letters = "ABCD"
    for i, text in enumerate(question.options):
        mark = question.mark(f" {letters[i].lower()} ")
        assert mark.correct == text.startswith("Wait")
        if not mark.correct:
            assert question.misconceptions[mark.misconception].answer == text
    for raw in ("", "E", "AB", None, 1, "Ａ"):
        with pytest.raises(UnreadableError, match="Choose one of A, B, C, D"):
            question.mark(raw)


def test_a_choice_needs_different_options_that_are_all_known():
    def made(options, key="a"):
        slips = (Misconception("b", ""), Misconception("c", ""))
        return Choice(prompt="", solution="", options=options, key=key, misconceptions=slips)

    assert made(("c", "a", "b")).fault() == ""
    assert made(("a", "b")).fault()
    assert made(("a", "b", "b")).fault()
    assert made(("a", "b", "d")).fault()


def test_a_setting_is_judged_by_its_model_with_room_for_rounding():
    question = next(v.question for v in demo.REACH.published if v.numbers["low"] == 80)
    assert isinstance(question, Setting)

    # occupancy = dose / (dose + 40): 80 % needs 160 mg; the goal is 80 to 84, a twentieth is 0.2
    def uptake(dose):
        return question.mark({"dose": dose, "assay": "uptake"})

    assert uptake(160).correct
    assert uptake(158.5).correct  # 79.8 %
    assert not uptake(157).correct  # 79.7 %
    assert question.mark({"dose": 45, "assay": "binding"}).misconception == 0
    assert question.mark({"dose": 200, "assay": "binding"}).misconception == 1
    assert question.mark({"dose": 1, "assay": "uptake"}).misconception is None


@pytest.mark.parametrize(
    "raw",
    [
        None, [], {}, {"dose": 1}, {"dose": 1, "assay": "uptake", "more": 1},
        {"dose": "1", "assay": "uptake"}, {"dose": True, "assay": "uptake"},
        {"dose": float("nan"), "assay": "uptake"}, {"dose": 10**400, "assay": "uptake"},
        {"dose": 1, "assay": 2}, {"dose": 1, "assay": "neither"},
    ],
)  # fmt: skip
def test_what_is_no_setting_costs_nothing(raw):
    with pytest.raises(UnreadableError):
        demo.REACH.variant(0).question.mark(raw)


def test_faults_of_a_setting():
    def made(goal, where):
        return Setting(
            prompt="", solution="", figure="f", model=demo.occupancy, goal=goal,
            example={"dose": 40.0, "assay": "uptake"},
            misconceptions=(Misconception({"dose": 10.0, "assay": "binding"}, "x", where),),
        )  # fmt: skip

    right, betrayed = {"dose": (30, 50)}, {"dose": (0, 20)}
    assert made(right, betrayed).fault() == ""
    assert "example" in made({"dose": (60, 70)}, betrayed).fault()
    assert "finite" in made({"dose": (30, math.inf)}, betrayed).fault()
    assert "where" in made(right, {}).fault()
    assert "meets the goal" in made({"Occupancy": (49, 51)}, betrayed).fault()
    assert "not recognised" in made(right, {"dose": (11, 20)}).fault()


def test_code_is_judged_by_the_values_it_returns():
    question = demo.CARRIED.variant(0).question
    assert isinstance(question, Code)
    assert question.mark(lambda c, kd: c / (kd + c)).correct
    assert question.mark(lambda c, kd: c / kd).misconception == 0
    assert question.mark(lambda c, kd: kd / (kd + c)).misconception == 1
    assert question.mark(lambda c, kd: 0.3).misconception is None
    for slip in (
        lambda: 1,
        lambda c, kd: None,
        lambda c, kd: "x" / 2,
        lambda c, kd: ...,
        lambda c, kd: True,
        "text",
    ):
        with pytest.raises(UnreadableError):
            question.mark(slip)


def test_a_wrong_function_is_shown_a_call_that_fails():
    question = demo.CARRIED.variant(0).question
    base = question.cases[0][0]
    said = question.test(lambda c, kd: c / kd).feedback
    assert said.startswith("A fraction cannot pass 1.")
    assert f"occupied({base:g}, 10) returned {base / 10:g}; expected" in said
    assert "occupied(1, 1) returned 0.25; expected 0.5." in question.test(
        lambda c, kd: c / (c + kd) if (c, kd) != (1, 1) else 0.25
    ).feedback  # fmt: skip
    assert question.test(lambda c, kd: c / (c + kd)).feedback == "Right."


def test_a_function_cannot_change_what_is_asked():
    def total(values):
        return sum(values)

    question = Code(
        prompt="", solution="", function="total", starter="", reference=total,
        cases=(([1.0, 2.0],), ([3.0],)), misconceptions=(Misconception(len, "count"),),
    )  # fmt: skip

    def hostile(values):
        values.clear()
        return 0

    assert not question.mark(hostile).correct
    assert question.cases == (([1.0, 2.0],), ([3.0],))
    assert question.mark(total).correct
    assert "same values" in Code(
        prompt="", solution="", function="total", starter="", reference=total,
        cases=(([1.0],),), misconceptions=(Misconception(len, "count"),),
    ).fault()  # fmt: skip
