"""One exercise of each kind, known to the tests alone."""

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt

from mechanisms.exercises import Choice, Code, Item, Misconception, Numeric, Question, Setting
from mechanisms.exercises.draw import Draw
from mechanisms.live import Choice as Options
from mechanisms.live import Knob, LiveFigure, Number, Percent

SECTION = "principles/demo#the-brake"


def item(id: str, title: str, make: Callable[[Draw], Question], **more: Any) -> Item:
    return Item(id, title, "hands_on/demo", SECTION, make, **more)


def _wait(draw: Draw) -> Choice:
    drug = draw.pick("drug", ["sertraline", "paroxetine", "citalopram"])
    return Choice.of(
        draw,
        prompt=f"A patient takes {drug} for three days & says <nothing> happens.\n\nWhat now?",
        given={"Drug": drug, "Day": "3"},
        solution="The pump is blocked within hours.\nThe brake lets go within weeks.",
        key="Wait: the brake needs weeks",
        wrong=[
            ("Double the dose", "How many seats are left to take on day 3?"),
            ("Stop: it does not work", "What has to adapt before anything can be felt?"),
            ("Add a second one", "What would a second blocker block?"),
        ],
    )


def steady(dose_mg: float, clearance_L_h: float) -> float:
    return dose_mg / (24 * clearance_L_h)


def _level(draw: Draw) -> Numeric:
    dose = draw.pick("dose_mg", list(range(110, 350, 10)))
    clearance = draw.pick("clearance_L_h", [2.0, 3.5, 5.0, 8.0])
    level = steady(dose, clearance)
    return Numeric(
        prompt="What is the average level at steady state?",
        given={"Dose": f"{dose} mg a day", "Clearance": f"{clearance:g} L/h"},
        solution="Rate in over clearance.",
        key=level,
        unit="mg/L",
        misconceptions=(
            Misconception(24 * level, "Which unit of time has the clearance?"),
            Misconception(level * clearance**2, "Does more clearance raise a level?"),
        ),
    )


def occupancy(dose: float, assay: str) -> dict[str, float]:
    ed50 = {"binding": 10.0, "uptake": 40.0}[assay]
    return {"Occupancy": 100 * dose / (dose + ed50), "Dose shown": dose}


def figure(name: str = "demo") -> LiveFigure:
    fig, ax = plt.subplots()
    ax.set(xlim=(0, 200), ylim=(0, 1))
    (point,) = ax.plot([], [], "o")

    def update(dose: float, assay: str) -> dict[str, Any]:
        shown = occupancy(dose, assay)
        point.set_data([dose], [shown["Occupancy"] / 100])
        return {"Occupancy": Percent(shown["Occupancy"] / 100), "Dose shown": Number(dose, "mg", 0)}

    return LiveFigure(
        name, fig, update, alt="A point on a curve.",
        dose=Knob(0, 200, 10, step=1, label="Dose", unit="mg"),
        assay=Options({"binding": "Binding", "uptake": "Uptake"}, label="Assay"),
    )  # fmt: skip


def _reach(draw: Draw) -> Setting:
    low = draw.pick("low", [70, 75, 80])
    return Setting(
        prompt="Bring the occupancy into the band, with the uptake assay.",
        solution="D = ED50 times o over 1 - o.",
        figure="demo",
        model=occupancy,
        goal={"Occupancy": (low, low + 4), "dose": (60, 200)},
        example={"dose": {70: 103.0, 75: 134.0, 80: 180.0}[low], "assay": "uptake"},
        misconceptions=(
            Misconception(
                {"dose": {70: 26.0, 75: 33.0, 80: 45.0}[low], "assay": "binding"},
                "Which assay does the task name?",
                where={"Occupancy": (low, low + 4), "dose": (0, 49)},
            ),
            Misconception(
                {"dose": 200.0, "assay": "binding"},
                "More is not always better: where does the curve flatten?",
                where={"Occupancy": (low + 8, 100)},
            ),
        ),
    )


STARTER = '''\
def occupied(c_nM, kd_nM):
    """Fraction of receptors that are occupied, 0 to 1."""
    return ...
'''


def _carried(draw: Draw) -> Code:
    base = draw.pick("base", [3, 4, 5])
    return Code(
        prompt="Write the fraction of receptors that are occupied.",
        given={"Signature": "occupied(c_nM, kd_nM)"},
        solution="return c_nM / (c_nM + kd_nM)",
        function="occupied",
        starter=STARTER,
        reference=lambda c, kd: c / (c + kd),
        cases=((float(base), 10.0), (40.0, float(base)), (1.0, 1.0)),
        misconceptions=(
            Misconception(lambda c, kd: c / kd, "A fraction cannot pass 1. What limits it?"),
            Misconception(lambda c, kd: kd / (c + kd), "Is that the free part or the taken one?"),
        ),
    )


WAIT = item("demo-wait", "Three days in", _wait)
LEVEL = item("demo-level", "Average level", _level)
REACH = item("demo-reach", "Into the band", _reach, points=3)
CARRIED = item("demo-carried", "Occupied", _carried, points=4, attempts=2)
ITEMS = (WAIT, LEVEL, REACH, CARRIED)
