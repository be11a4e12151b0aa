"""Small figures for the tests of the engine; each shows another thing that can move."""

import itertools
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from mechanisms.live import (
    Choice,
    Knob,
    LiveFigure,
    Number,
    Percent,
    Steps,
    Table,
    Text,
    Toggle,
    end_label,
)

_count = itertools.count()


def name(stem: str) -> str:
    """A figure name that no other test uses."""
    return f"{stem}-{next(_count)}"


def blank(**limits: Any) -> tuple[Any, Any]:
    fig, ax = plt.subplots(figsize=(640 / 72, 380 / 72), layout="constrained")
    ax.set(**{"xlim": (0, 10), "ylim": (0, 10), **limits})
    return fig, ax


def smooth(stem: str = "smooth", **options: Any) -> LiveFigure:
    """Two continuous knobs, one of them logarithmic: lines, a band, a label, two readouts."""
    fig, ax = blank(xlabel="Time (h)", ylabel="Concentration (nM)")
    t = np.linspace(0, 10, 80)
    (line,) = ax.plot([], [], label="Concentration")
    band = ax.fill_between(t, 0 * t, 0 * t, alpha=0.2)
    (point,) = ax.plot([], [], "o", label="Peak")
    end_label(line, "drug")

    def update(dose: float, rate: float) -> dict[str, Any]:
        c = 8 * dose / (dose + 30) * np.exp(-rate * t)
        line.set_data(t, c)
        band.set_data(t, 0.8 * c, 1.2 * c)
        point.set_data([0, 1], [c[0], c[10]])
        return {"Occupancy": Percent(dose / (dose + 30), digits=1), "End": Number(c[-1], "nM", 3)}

    return LiveFigure(
        name(stem), fig, update, alt="A concentration falls.",
        dose=Knob(0, 200, 50, label="Dose", unit="mg"),
        rate=Knob(0.01, 1, 0.1, label="Rate", unit="1/h", scale="log"), **options,
    )  # fmt: skip


def discrete(stem: str = "discrete", **options: Any) -> LiveFigure:
    """A choice, steps and a switch: bars, points whose number changes, a text, a table."""
    fig, ax = blank()
    bars = ax.bar([1, 2, 3], [1, 1, 1], color=["#1d5fbf", "#b8500a", "#0f766e"], label="Bars")
    (cloud,) = ax.plot([], [], "s", label="Points")
    note = ax.text(1, 9, "")

    def update(drug: str, tablets: float, points: bool) -> dict[str, Any]:
        scale = {"a": 1.0, "b": 2.137}[drug]
        for i, bar in enumerate(bars):
            bar.set_height(scale * tablets * (i + 1) / 3)
        n = {"a": 4, "b": 7}[drug] if points else 0
        cloud.set_data(np.linspace(4, 9, n), scale * np.arange(n) / 3)
        note.set_text(f"drug {drug}")
        plan = Table(["Week", "Tablets"], [["1", tablets], ["2", scale * tablets / 2]])
        return {
            "Sum": Number(2 * scale * tablets, "mg", 3),
            "Plan": plan,
            "Drug": Text(drug.upper()),
        }

    return LiveFigure(
        name(stem), fig, update, alt="Three bars.",
        drug=Choice({"a": "Drug A", "b": "Drug B"}, label="Drug"),
        tablets=Steps([0.5, 1, 2, 3], default=1, label="Tablets"),
        points=Toggle(True, label="Show points"), **options,
    )  # fmt: skip


def unveiled(stem: str = "unveiled") -> LiveFigure:
    """A default that is not the first combination, and artists that only the others draw."""
    fig, ax = blank()
    (line,) = ax.plot([], [], label="Line")
    (extra,) = ax.plot([], [], "o", label="Extra")
    cloud = ax.scatter([1, 2], [1, 2], s=[40, 90], label="Cloud")
    ax.plot([1, 2], [3, np.nan], label="Hidden", visible=False)
    ax.errorbar([3, 4], [5, 6], yerr=1, label="Seen")

    def update(x: float, on: bool) -> dict[str, Any]:
        line.set_data([0, 10], [x, 5])
        extra.set_data(*(([], []) if on else ([2, 3], [7, x])))
        cloud.set_offsets([[1, x], [2, 2]])
        return {"X": Number(x, "", 1)}

    return LiveFigure(
        name(stem), fig, update, alt="A line.",
        x=Knob(0, 10, 2, label="X"), on=Toggle(True, label="Plain"),
    )  # fmt: skip


def mixed(stem: str = "mixed", **options: Any) -> LiveFigure:
    """One continuous knob and one choice; a log axis; an annotation with an arrow."""
    fig, ax = blank(xscale="log", xlim=(0.1, 100), xlabel="Dose (mg)")
    dose = np.geomspace(0.1, 100, 60)
    (curve,) = ax.plot([], [], label="Occupancy")
    arrow = ax.annotate("half", (1, 5), (3, 7), arrowprops={"arrowstyle": "->"})

    def update(ed50: float, hill: str) -> dict[str, Any]:
        h = {"1": 1.0, "2": 2.0}[hill]
        curve.set_data(dose, 10 * dose**h / (dose**h + ed50**h))
        arrow.xy = (ed50, 5)
        return {"ED50": Number(ed50, "mg", 1)}

    return LiveFigure(
        name(stem), fig, update, alt="A dose-response curve.",
        ed50=Knob(1, 50, 5, label="ED50", unit="mg"),
        hill=Choice(["1", "2"], label="Slope"), **options,
    )  # fmt: skip


def broken(update: Any, **knobs: Any) -> LiveFigure:
    """A figure whose `update(line, ax, x)` breaks a rule."""
    fig, ax = blank()
    (line,) = ax.plot([0, 1], [0, 1], label="curve")
    return LiveFigure(
        name("broken"), fig, lambda **values: update(line, ax, **values), alt="Broken.",
        **(knobs or {"x": Knob(0, 10, 2, label="X")}),
    )  # fmt: skip
