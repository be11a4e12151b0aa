"""What an author can get wrong, and the error that says so."""

import numpy as np
import pytest
from figures import blank, broken, name

from mechanisms.live import Choice, Guess, Knob, LiveFigure, NotSmoothError, Number, Steps, Text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((5, 1, 3), "min must be below max, got min=5, max=1"),
     ((0, 10, 12), "default must be between min=0 and max=10, got 12"),
     ((0, float("nan"), 1), "max must be finite"),
     ((0, 10, 1, "", "", None, "log"), "min must be above 0 on a log scale, got 0"),
     ((0, 10, 1, "", "", -1), "step must be above 0 and at most 10, got -1"),
     ((0, 10, 1, "", "", None, "cubic"), "scale must be 'linear' or 'log', got 'cubic'")],
)  # fmt: skip
def test_malformed_knobs(arguments, message):
    with pytest.raises(ValueError, match=message):
        Knob(*arguments)


def test_malformed_discrete_knobs():
    with pytest.raises(ValueError, match="at least 2 different states"):
        Choice(["only"])
    with pytest.raises(ValueError, match="default must be one of 'a', 'b', got 'c'"):
        Choice(["a", "b"], default="c")
    with pytest.raises(ValueError, match="increasing"):
        Steps([1, 3, 2])


def test_a_discontinuous_model_names_the_knob():
    def update(line, ax, fine, jumps):
        line.set_data([0, 10], [fine, 3 if jumps < 4.2 else 8])

    with pytest.raises(NotSmoothError, match=r"^jumps: Line2D 'curve' does not .* px"):
        broken(update, fine=Knob(0, 10, 1), jumps=Knob(0, 10, 1))


def test_a_kink_between_the_nodes_is_caught_by_the_probes():
    def update(line, ax, x):
        line.set_data([0, 10], [0, 4 * abs(x - 3.3)])

    with pytest.raises(NotSmoothError, match=r"^x: "):
        broken(update)


def test_a_readout_that_jumps_names_the_knob():
    def update(line, ax, x):
        line.set_data([0, 10], [0, x])
        return {"Day": float(x > 5)}

    with pytest.raises(NotSmoothError, match=r"^x: readout 'Day' does not .* last digit"):
        broken(update)


def readouts(line, ax, x):
    return {"A": 1.0} if x < 5 else {"B": 1.0}


def points(line, ax, x):
    line.set_data(np.arange(2 + int(x > 5)), np.arange(2 + int(x > 5)))


def artists(line, ax, x):
    ax.plot([0, 1], [x, x])


def limits(line, ax, x):
    ax.set_ylim(0, 10 + x)


def nan(line, ax, x):
    line.set_data([0, 1], [x, np.nan if x > 5 else 1])


def nan_readout(line, ax, x):
    return {"A": np.nan if x > 5 else 1.0}


def text(line, ax, x):
    ax.texts[0].set_text(f"{x:.2f}") if ax.texts else ax.text(1, 1, "0")


def colour(line, ax, x):
    line.set_color("red" if x > 5 else "blue")


def words(line, ax, x):
    return {"A": Text("low" if x < 5 else "high")}


def hidden(line, ax, x):
    line.set_visible(x < 5)


@pytest.mark.parametrize(
    ("update", "message"),
    [(readouts, r"update must return the same readouts everywhere, \['A'\]; got \['B'\] at x="),
     (points, "number of points along a smooth knob; Line2D 'curve' went from . to . at x="),
     (artists, "update must not add or replace artists, it did at x="),
     (limits, "update must not change the axes limits or scales, it did at x="),
     (nan, "update must draw finite points only, Line2D 'curve' has not at x="),
     (nan_readout, "readout 'A' must be finite, got nan at x="),
     (text, "update must not rewrite text along a smooth knob"),
     (colour, "update must not restyle an artist along a smooth knob; Line2D 'curve' changed"),
     (words, "readout 'A' is not a number and must depend on discrete knobs only"),
     (hidden, "update must draw the same artists along a smooth knob")],
)  # fmt: skip
def test_an_update_that_breaks_a_rule(update, message):
    with pytest.raises(ValueError, match=message):
        broken(update)


def test_names():
    fig, ax = blank()
    (line,) = ax.plot([0, 1], [0, 1])

    def update(x):
        line.set_data([0, 1], [x, x])

    def other(x):
        line.set_data([0, 1], [x, x])

    taken = name("taken")
    LiveFigure(taken, fig, update, alt="A line.", x=Knob(0, 1, 0.5))
    with pytest.raises(ValueError, match=f"name '{taken}' is already used by another figure"):
        LiveFigure(taken, blank()[0], other, alt="A line.", x=Knob(0, 1, 0.5))
    with pytest.raises(ValueError, match="lower-case words joined by hyphens, got 'No good'"):
        LiveFigure("No good", fig, update, alt="A line.", x=Knob(0, 1, 0.5))
    with pytest.raises(ValueError, match="alt must describe"):
        LiveFigure(name("mute"), fig, update, alt=" ", x=Knob(0, 1, 0.5))


def test_too_many_or_no_knobs():
    knob = Knob(0, 1, 0.5)
    for knobs in ({}, dict.fromkeys("abcd", knob)):
        with pytest.raises(ValueError, match="needs 1 or more knobs, at most 3 of them smooth"):
            LiveFigure(name("knobs"), blank()[0], lambda **k: None, alt="A line.", **knobs)


@pytest.mark.parametrize(
    ("guess", "message"),
    [(Guess("How much?"), "either options or a readout"),
     (Guess("How much?", readout="B"), "readout must be one of"),
     (Guess("How much?", at={"y": 1}, options=["up", "down"]), "at must name knobs"),
     (Guess("How much?", at={"x": 99}, options=["up", "down"]), "x must be between 0 and 10")],
)  # fmt: skip
def test_malformed_guesses(guess, message):
    fig, ax = blank()
    (line,) = ax.plot([0, 1], [0, 1])

    def update(x):
        line.set_data([0, 1], [x, x])
        return {"A": x}

    with pytest.raises(ValueError, match=message):
        LiveFigure(name("guess"), fig, update, alt="A line.", guess=guess, x=Knob(0, 10, 2))


def nothing(line, ax, x):
    return {"A": 1.0}


def several(line, ax, x):
    line.set_data([0, 1], [x, x])
    return (line,)


def huge(line, ax, x):
    return {"A": 1e22 * (1 + x)}


@pytest.mark.parametrize(
    ("update", "message"),
    [(nothing, "x moves nothing"), (several, "update must return a mapping"),
     (huge, "readout 'A' must have at most 12 figures")],
)  # fmt: skip
def test_an_update_without_sense(update, message):
    with pytest.raises(ValueError, match=message):
        broken(update)


def test_a_dead_choice_and_too_many_choices():
    def update(line, ax, x, c):
        line.set_data([0, 1], [x, x])

    with pytest.raises(ValueError, match="c moves nothing"):
        broken(update, x=Knob(0, 10, 2), c=Choice(["a", "b"]))

    def many(line, ax, a, b):
        line.set_data([0, 1], [a / 10, b / 10])

    with pytest.raises(ValueError, match="make 100 combinations, at most 64"):
        broken(many, a=Steps(range(10)), b=Steps(range(10)))


def test_arguments_cannot_be_knobs():
    for word in ("alt", "guess", "caption"):
        arguments = {"alt": "A line.", word: Knob(0, 1, 0.5), "x": Knob(0, 1, 0.5)}
        with pytest.raises(ValueError, match=f"a knob cannot be called '{word}'"):
            LiveFigure(name("words"), blank()[0], lambda x: None, **arguments)


def test_a_name_is_free_again_after_a_failure():
    again = name("again")
    with pytest.raises(ValueError, match="moves nothing"):
        LiveFigure(again, blank()[0], lambda x: None, alt="A line.", x=Knob(0, 1, 0.5))
    fig, ax = blank()
    (line,) = ax.plot([0, 1], [0, 1])
    LiveFigure(
        again, fig, lambda x: line.set_data([0, 1], [x, x]), alt="A line.", x=Knob(0, 1, 0.5)
    )


def test_numbers_from_numpy_and_bad_digits():
    assert Knob(0, 10, np.int64(3)).spec("x")["default"] == 3.0
    assert Steps(np.arange(1, 4)).spec("x")["states"] == [1, 2, 3]
    with pytest.raises(ValueError, match="min must be a number, got 'a'"):
        Knob("a", 1, 1)
    with pytest.raises(ValueError, match="digits must be a whole number from 0 to 6, got -1"):
        Number(1.0, digits=-1)
    with pytest.raises(ValueError, match="value must be text, got 5"):
        Text(5)
    assert Number(-0.0001, "mg", 2).text() == "0.00\u00a0mg"


def test_every_slider_reaches_its_end():
    for low, high in ((0, 365), (0, 200), (12, 97), (0, 0.01), (1, 100), (0.3, 0.7)):
        step = Knob(low, high, low).spec("x")["step"]
        assert (high - low) / step == pytest.approx(round((high - low) / step), abs=1e-6)
        assert (high - low) / step >= 100 - 1e-6
