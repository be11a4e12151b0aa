"""Drawing only what moves, in one layout where the other follows from it."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from exact import page_vector
from figures import smooth

from mechanisms.live import state
from mechanisms.live.frames import Stage
from mechanisms.live.grid import choose_roots
from mechanisms.live.labels import end_label
from mechanisms.live.twin import Twin

X = np.linspace(0.1, 1, 20)


def curve(fig, ax):
    (line,) = ax.plot(X, X, clip_on=True)
    return [line], lambda level: line.set_ydata(level * X)


def logarithmic(fig, ax):
    ax.set(xscale="log", xlim=(0.1, 1), ylim=(0, 1))
    return curve(fig, ax)


def dots(fig, ax):
    (line,) = ax.plot(X, X, "o")
    return [line], lambda level: line.set_ydata(level * X)


def bar(fig, ax):
    (patch,) = ax.bar([0.5], [1], width=0.2)
    return [patch], lambda level: patch.set_height(level)


def label(fig, ax):
    (line,) = ax.plot(X, X)
    return [line, end_label(line, "here", dx=4, dy=3)], lambda level: line.set_ydata(level * X)


def arrow(fig, ax):
    note = ax.annotate("", (0.9, 0.1), (0.1, 0.9), arrowprops={"arrowstyle": "->"})

    def update(level):
        note.xy = (0.9, level)

    return [note], update


def in_the_corner(fig, ax):
    text = fig.text(0.1, 0.9, "here")
    return [text], lambda level: text.set_y(level)


def on_another_scale(fig, ax):
    """A text that the figure places, within axes of another share of the figure's size."""
    text = ax.text(0.1, 0.9, "here", transform=fig.transFigure)
    return [text], lambda level: text.set_y(level)


CASES = {  # and whether the narrow layout follows from the wide one
    curve: True, logarithmic: True, dots: True, bar: True, label: True,
    in_the_corner: True, arrow: False, on_another_scale: False,
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_moves_is_drawn_as_in_the_whole_figure(case, monkeypatch):
    fig, ax = plt.subplots(figsize=(640 / 72, 400 / 72), layout="constrained")
    ax.set(xlim=(0, 1), ylim=(0, 1))
    artists, update = case(fig, ax)
    stage = Stage(fig)
    plt.close(fig)
    for level in (0.2, 0.9, 0.3):
        update(level)
        stage.draw()
    known = {id(artist): key for key, artist in stage.artists.items()}
    keys = [known[id(artist)] for artist in artists]
    drawn = []
    record = stage.layouts[1].recorder.record

    def counted(artists):
        drawn.extend(artists := list(artists))
        return record(artists)

    for level in (0.25, 0.6):
        update(level)
        monkeypatch.setattr(stage.layouts[1].recorder, "record", counted)
        some = stage.draw_only(keys)
        monkeypatch.undo()
        for whole, part in zip(stage.draw(), some, strict=True):
            for key in keys:
                assert [m.fixed for m in part.get(key, [])] == [m.fixed for m in whole.get(key, [])]
                for ours, theirs in zip(part.get(key, []), whole.get(key, []), strict=True):
                    np.testing.assert_allclose(ours.xy, theirs.xy, atol=1e-6)
    assert bool(drawn) is not CASES[case]
    assert stage.mistakes == 0 or not CASES[case]


def test_a_relation_that_fails_later_is_noticed():
    fig, ax = plt.subplots(figsize=(640 / 72, 400 / 72), layout="constrained")
    ax.set_ylabel("takes another share of the figure in each layout")
    text = ax.text(0.1, 0.9, "here", transform=fig.transFigure)
    stage = Stage(fig)
    plt.close(fig)
    stage.draw()
    assert stage.mistakes == 0
    text.set_y(0.2)
    stage.draw()
    assert stage.mistakes == 1


def test_a_figure_is_made_again_where_a_relation_was_wrong(monkeypatch):
    def misled(model, *others):
        known = choose_roots(model, *others)
        wrong = Twin(np.ones(2), np.zeros(2), "")
        model.stage._twins = dict.fromkeys(model.stage._twins, wrong)
        return known

    monkeypatch.setattr(state, "choose_roots", misled)
    figure = smooth("misled")
    stored, exact = page_vector(figure, figure.model.defaults)
    assert figure.model.stage.mistakes > 0
    np.testing.assert_allclose(stored, exact, atol=0.5)
