import gzip
import json
import re

import figures
import numpy as np
import pytest
from exact import page_vector
from figures import discrete, mixed, smooth
from hypothesis import given, settings
from hypothesis import strategies as st

from mechanisms.live import figure as figure_module


@pytest.fixture(scope="module")
def smooth_figure():
    return smooth()


@settings(max_examples=60, deadline=None)
@given(dose=st.floats(0, 200), rate=st.floats(0.01, 1))
def test_coefficients_follow_the_model(smooth_figure, dose, rate):
    values = {"dose": dose, "rate": rate}
    drawn, exact = page_vector(smooth_figure, values)
    assert np.abs(drawn - exact).max() < 1
    readouts = smooth_figure.readouts(**values)
    assert readouts["Occupancy"] == pytest.approx(dose / (dose + 30))


def test_discrete_knobs_are_exact():
    figure = discrete()
    for drug in "ab":
        for tablets in (0.5, 1, 2, 3):
            for points in (True, False):
                values = {"drug": drug, "tablets": tablets, "points": points}
                drawn, exact = page_vector(figure, values)
                assert np.abs(drawn - exact).max() <= 0.01


def test_set_and_observe():
    figure = mixed()
    seen = []
    figure.observe(lambda change: seen.append(change["new"]), "values")
    figure.set(ed50=20, hill="2")
    assert figure.values == {"ed50": 20.0, "hill": "2"}
    assert seen == [{"ed50": 20.0, "hill": "2"}]
    with pytest.raises(ValueError, match="ed50 must be between 1 and 50, got 99"):
        figure.set(ed50=99)
    with pytest.raises(KeyError, match="no knob 'dose'; this figure has ed50, hill"):
        figure.set(dose=1)
    with pytest.raises(ValueError, match="hill must be one of '1', '2', got '3'"):
        figure.set(hill="3")
    with pytest.raises(Exception, match="read-only"):
        figure.values = {}
    assert figure.values == {"ed50": 20.0, "hill": "2"}


def test_static_page_holds_drawing_and_state_but_no_code():
    html = mixed()._repr_mimebundle_()[0]["text/html"]
    assert html.count("<svg") == 2
    scripts = re.findall(r"<script[^>]*>", html)
    assert scripts == ['<script type="application/json">']
    assert not re.search(r"\son[a-z]+=", html)
    state = json.loads(re.search(r"<script[^>]*>(.*)</script>", html)[1])
    assert state["v"] == 1
    assert [knob["key"] for knob in state["knobs"]] == ["ed50", "hill"]


def test_ids_carry_the_name_and_resolve():
    one, two = mixed("left"), mixed("right")
    ids = [set(re.findall(r' id="([^"]+)"', f.to_html())) for f in (one, two)]
    assert not ids[0] & ids[1]
    for figure, own in zip((one, two), ids, strict=True):
        assert all(i == f"fig-{figure.name}" or i.startswith(f"fig-{figure.name}-") for i in own)
        assert set(re.findall(r"url\(#([^)]+)\)", figure.to_html())) <= own


def test_output_is_reproducible(monkeypatch):
    monkeypatch.setattr(figures, "name", str)
    first, second = mixed("again"), mixed("again")
    assert first.to_html() == second.to_html()


def test_budgets():
    assert len(gzip.compress(figure_module._SCRIPT.encode())) < 12_000
    for make in (smooth, discrete, mixed):
        figure = make("budget")
        state = json.dumps(figure.state, separators=(",", ":")).encode()
        assert len(gzip.compress(state)) < 40_000


def test_words_cannot_break_out_of_the_page():
    figure = mixed("escape", caption="</script><img src=x onerror=alert(1)>")
    assert "<img" not in figure.to_html()
