"""Exercises as HTML and as widgets, and what Sphinx makes of them."""

import gzip
import io
import json
import re
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

import demo
import pytest
from sphinx.application import Sphinx

from mechanisms.exercises import Exercise, Scoreboard, widget
from mechanisms.exercises.questions import UnreadableError

STATE = re.compile(r'<script type="application/json">(.*?)</script>', re.DOTALL)
CODE = "kiwi-4821"


def state(html):
    return json.loads(STATE.search(html)[1])


@pytest.mark.parametrize("made", demo.ITEMS, ids=lambda made: made.id)
def test_the_html_can_be_read_without_a_script(made):
    html = Exercise(made).to_html()
    visible = STATE.sub("", html)
    assert f'<section class="exercise" id="item-{made.id}" data-item="{made.id}"' in visible
    assert "<script" not in visible
    assert " on" not in re.findall(r"<[^>]+>", visible)
    assert 'style="' not in visible
    assert 'href="../principles/demo.html#the-brake"' in visible
    question = made.variant(0).question
    for text in question.prompt.split("\n\n"):
        assert text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in visible
    assert question.solution not in visible


@pytest.mark.parametrize("made", demo.ITEMS, ids=lambda made: made.id)
def test_the_state_holds_every_variant(made):
    found = state(Exercise(made).to_html())
    assert [v["numbers"] for v in found["variants"]] == [v.numbers for v in made.published]
    assert [v["prompt"] for v in found["variants"]] == [v.question.prompt for v in made.published]
    assert (found["item"], found["attempts"]) == (made.id, made.attempts)


def test_a_reference_solution_is_not_in_the_page():
    found = state(Exercise(demo.CARRIED).to_html())["variants"][0]
    assert set(found) == {"numbers", "prompt", "given", "solution", "function", "starter"}


def test_the_script_is_small_and_fetches_nothing():
    script = (files("mechanisms.exercises") / "static" / "exercise.js").read_text(encoding="utf-8")
    assert len(gzip.compress(script.encode())) < 12_000
    assert not re.search(r"\bfetch\(|\bimport\b|XMLHttpRequest|sendBeacon|\beval\(", script)
    assert "insertAdjacentHTML" not in script
    assert script.count("innerHTML") == 1  # the widget's own HTML, made by Python


def test_a_notebook_gets_the_widget_and_the_html():
    bundle = Exercise(demo.LEVEL)._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/html"] == Exercise(demo.LEVEL).to_html()
    assert data["text/plain"] == "Exercise: Average level"
    with pytest.raises(KeyError, match="no item 'nowhere'"):
        Exercise("nowhere")


def test_the_scoreboard_lists_items_by_page():
    html = Scoreboard(demo.ITEMS).to_html()
    assert html.count("<tbody") == 1
    assert 'href="hands_on/demo.html"' in html
    for made in demo.ITEMS:
        assert f'href="hands_on/demo.html#item-{made.id}">{made.title}</a>' in html
    assert sum(i["points"] for i in state(html)["items"]) == 2 + 2 + 3 + 4
    assert 'data-possible="11"' in html


def shell(monkeypatch, **names):
    """Pretend that a notebook holds `names`."""
    ipython = SimpleNamespace(get_ipython=lambda: SimpleNamespace(user_ns=names))
    monkeypatch.setitem(widget.sys.modules, "IPython", ipython)


def occupied(c_nM, kd_nM):
    return c_nM / kd_nM


def test_answers_are_checked_in_python(monkeypatch):
    monkeypatch.setattr(Exercise, "_last_learner", "")
    level = demo.LEVEL.for_learner(CODE).question
    with pytest.raises(ValueError, match="learner must be given"):
        Exercise(demo.LEVEL).check(level.key)
    assert Exercise(demo.LEVEL).check(level.key, learner=CODE).correct
    assert Exercise(demo.LEVEL).check(str(24 * level.key), CODE).misconception == 0
    assert (
        Exercise(demo.WAIT).check(demo.WAIT.for_learner(CODE).question.key_answer(), CODE).correct
    )
    reach = demo.REACH.for_learner(CODE).question
    assert Exercise(demo.REACH).check(reach.example, CODE).correct
    shown = Exercise(demo.CARRIED)
    shown.learner = CODE  # as the page tells it
    assert "returned" in str(shown.check(occupied))
    assert Exercise(demo.CARRIED).check(lambda c, kd: c / (c + kd)).correct  # the same learner


def test_a_function_is_found_in_the_notebook(monkeypatch):
    exercise = Exercise(demo.CARRIED)
    shell(monkeypatch)
    with pytest.raises(UnreadableError, match="no function occupied yet"):
        exercise.check(learner=CODE)
    shell(monkeypatch, occupied=occupied)
    mark = exercise.check(learner=CODE)
    assert str(mark).startswith("Not yet. A fraction cannot pass 1.")


def test_the_kernel_answers_the_page(monkeypatch):
    exercise = Exercise(demo.CARRIED)
    sent = []
    monkeypatch.setattr(exercise, "send", sent.append)
    shell(monkeypatch, occupied=occupied)
    exercise._hear(exercise, {"type": "check", "variant": 3}, [])
    (reply,) = sent
    assert reply["type"] == "mark"
    assert not reply["correct"]
    assert reply["said"].startswith("A fraction cannot pass 1.")
    assert reply["raw"] == "def occupied(c_nM, kd_nM):\n    return c_nM / kd_nM\n"

    for message in (None, {}, {"type": "other"}):
        exercise._hear(exercise, message, [])
    assert len(sent) == 1
    for names in ({}, {"occupied": 3}, {"occupied": len}, {"occupied": lambda c, kd: c}):
        shell(monkeypatch, **names)
        exercise._hear(exercise, {"type": "check", "variant": "x"}, [])
        assert sent[-1]["unreadable"], names


def test_the_whole_cell_is_kept_with_its_imports(monkeypatch):
    cell = "from math import exp\ndef occupied(c, kd):\n    return exp(0) * c / (c + kd)\n"
    name = "<cell of a notebook>"
    monkeypatch.setitem(
        widget.linecache.cache, name, (len(cell), None, cell.splitlines(True), name)
    )
    scope = {}
    exec(compile(cell, name, "exec"), scope)
    shell(monkeypatch, **scope)
    reply = Exercise(demo.CARRIED)._reply(0)
    assert reply["raw"] == cell
    assert reply["correct"]


def build(folder: Path, pages: dict[str, str]) -> tuple[str, Path]:
    """Build a small book of raw HTML; return the warnings and where it stands."""
    source = folder / "source"
    for name, text in pages.items():
        path = source / f"{name}.rst"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    said, out = io.StringIO(), folder / "html"
    app = Sphinx(
        source, None, out, folder / "doctrees", "html", status=None, warning=said,
        confoverrides={"extensions": ["mechanisms.live.sphinx", "mechanisms.exercises.sphinx"]},
    )  # fmt: skip
    app.build()
    return said.getvalue(), out


def raw(html: str) -> str:
    return ".. raw:: html\n\n   " + html.replace("\n", "\n   ") + "\n\n"


def toc(*names: str) -> str:
    return ".. toctree::\n\n" + "".join(f"   {name}\n" for name in names)


def test_sphinx_names_the_links_and_loads_the_script_where_it_is_needed(tmp_path):
    pages = {
        "index": f"Book\n====\n\n{toc('principles/demo', 'hands_on', 'hands_on/demo')}",
        "principles/demo": "Serotonin\n=========\n\nThe brake & how it works\n"
        "------------------------\n\n.. _the-brake:\n\nThe brake\n---------\n\nText\n",
        "hands_on": f"Hands-on\n========\n\n{raw(Scoreboard(demo.ITEMS).to_html())}",
        "hands_on/demo": "A demonstration\n===============\n\n"
        + "".join(raw(Exercise(made).to_html()) for made in demo.ITEMS),
    }
    warnings, out = build(tmp_path, pages)
    assert warnings == ""
    exercise = (out / "hands_on/demo.html").read_text(encoding="utf-8")
    board = (out / "hands_on.html").read_text(encoding="utf-8")
    assert '#the-brake">The brake</a>' in exercise
    assert ">A demonstration</a></th>" in board
    assert ">Three days in</a>" in board
    for page in (exercise, board):
        assert re.search(
            r"<script[^>]*\bdefer\b[^>]*exercise\.js|<script[^>]*exercise\.js[^>]*defer", page
        )
    assert "exercise.js" not in (out / "principles/demo.html").read_text(encoding="utf-8")
    assert (out / "_static/result.schema.json").exists()


def test_sphinx_warns_of_dead_links_and_of_twins(tmp_path):
    twice = raw(Exercise(demo.LEVEL).to_html())
    pages = {
        "index": f"Book\n====\n\n{toc('hands_on', 'hands_on/demo', 'hands_on/more')}",
        "hands_on": f"Hands-on\n========\n\n{raw(Scoreboard(demo.ITEMS).to_html())}",
        "hands_on/demo": f"Demo\n====\n\n{twice}",
        "hands_on/more": f"More\n====\n\n{twice}",
    }
    warnings, _ = build(tmp_path, pages)
    assert "exercise 'item-demo-level' is also in hands_on/demo" in warnings
    assert "leads to principles/demo#the-brake, which is not there" in warnings
    assert "leads to hands_on/demo#item-demo-wait, which is not there" in warnings
    assert "#item-demo-level, which" not in warnings
