import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.path import Path

from mechanisms.live.encode import pack, unpack
from mechanisms.live.recorder import Recorder, path_data, plain_text, runs


def record(draw):
    fig = plt.figure(figsize=(2, 1), dpi=72, layout="none")
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, 144), ylim=(0, 72))
    ax.axis("off")
    artist = draw(ax)
    artist.set_gid("mine")
    return Recorder(144, 72).record([fig])["mine"]


def test_a_line_comes_as_pixels_from_the_upper_left_corner():
    (mark,) = record(lambda ax: ax.plot([0, 100], [0, 70], color="#123456", lw=2)[0])
    np.testing.assert_allclose(mark.xy, [[0, 72], [100, 2]])
    style = dict(mark.style)
    assert style["stroke"] == "#123456"
    assert style["stroke-width"] == "2"
    assert style["fill"] == "none"
    assert path_data(mark.codes, mark.xy) == "M0 72L100 2"


def test_markers_keep_their_shape_and_move_their_centres():
    (mark,) = record(lambda ax: ax.plot([10, 20, 30], [5, 5, 5], "s", ms=4)[0])
    assert mark.kind == "markers"
    np.testing.assert_allclose(mark.xy, [[10, 67], [20, 67], [30, 67]])
    assert mark.shape.startswith("M-2 2")


def test_error_bars_of_one_style_are_one_path():
    def draw(ax):
        return ax.errorbar([10, 20], [30, 40], yerr=5, fmt="none")[2][0]

    (mark,) = record(draw)
    assert path_data(mark.codes, mark.xy) == "M10 47L10 37M20 37L20 27"


def test_bars_close_their_outline():
    (mark,) = record(lambda ax: ax.bar([10], [20], width=10)[0])
    assert path_data(mark.codes, mark.xy) == "M5 72L15 72L15 52L5 52Z"


def test_translucent_fill_keeps_its_opacity():
    (mark,) = record(lambda ax: ax.fill_between([0, 10], [0, 0], [5, 5], color="red", alpha=0.25))
    assert dict(mark.style)["fill-opacity"] == "0.25"


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [("dose", "dose"), (r"$\mathdefault{10^{-2}}$", "10⁻²"), (r"$\mathdefault{10^{3}}$", "10³"),
     (r"$K_1$", "K₁"), (r"$\tau$ (d)", "τ (d)")],
)  # fmt: skip
def test_tick_mathematics_becomes_unicode(given_text, expected):
    assert plain_text(given_text) == expected


def test_real_mathematics_is_refused():
    with pytest.raises(ValueError, match="plain Unicode"):
        plain_text(r"$\frac{a}{b}$")


@pytest.mark.parametrize(
    ("draw", "what"),
    [(lambda ax: ax.imshow([[1, 2]], extent=(0, 9, 0, 9)), "images"),
     (lambda ax: ax.bar([1], [2], hatch="//")[0], "hatches")],
)  # fmt: skip
def test_what_cannot_be_drawn_says_so(draw, what):
    with pytest.raises(NotImplementedError, match=what):
        record(draw)


def test_curves_group_their_control_points():
    circle = Path.unit_circle()
    codes = tuple(int(c) for c in circle.codes)
    assert runs(codes) == [("M", 1), ("C", 24), ("Z", 1)]
    assert path_data(codes, circle.vertices).count("C") == 8


@given(
    st.lists(st.lists(st.floats(-1000, 1000), min_size=6, max_size=6), min_size=5, max_size=5),
    st.floats(-1, 1),
)
def test_packing_is_within_half_a_step_for_each_kept_term(rows, x):
    coefs = np.array(rows).reshape(5, 2, 3)
    step = 0.1
    exact = np.tensordot(np.cos(np.arange(5) * np.arccos(x)), coefs, axes=1)
    assert np.abs(unpack(pack(coefs, step), [x]) - exact).max() <= 5 * step / 2 + 1e-9
