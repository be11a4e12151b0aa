"""One figure of the book, the brake on serotonin, as its rivals would show it in a notebook.

All start from the book's own cell, call its model and move its curves. The rivals leave out the
readouts, the table of values and the drawing for phones, which is less work for them.
"""

from dataclasses import dataclass

import nbformat

from .browsing import NOTEBOOK, ROOT

FIGURE, KNOB = "serotonin-brake", "dose_mg"
_CODE = [
    cell.source
    for cell in nbformat.read(ROOT / "notebooks" / NOTEBOOK, as_version=4).cells
    if cell.cell_type == "code"
]
_IMPORTS = _CODE[0]
_CELL = next(source for source in _CODE if f'"{FIGURE}", fig' in source)
_DRAWING = _CELL[: _CELL.index("LiveFigure(")]
# At the book's size on the screen, which is less to draw than matplotlib's own.
_SIZE = """
import matplotlib.pyplot as plt

plt.rcParams["figure.dpi"] = 72
"""
# As many steps over the same range as the book's slider has; the other knobs stay as they are.
_SLIDER = """
from types import SimpleNamespace
import ipywidgets
from IPython.display import display
OTHERS = {"tau_days": 10, "region": "hippocampus", "account": "receptor"}


def move(dose_mg):
    course = simulate(np.array([dose_mg]), **OTHERS)
    update(SimpleNamespace(**{name: rows[0] for name, rows in course.items()}), dose_mg, **OTHERS)


low, high = np.log10([12.5, 200])
dose = ipywidgets.FloatLogSlider(
    50, min=low, max=high, step=(high - low) / 120,
    description="Sertraline", layout={"width": "640px"},
)
"""
# Else the cell shows the figure once more when it ends.
_CLOSED = "\nplt.close(fig)\n"
_INLINE = """
@ipywidgets.interact(dose_mg=dose)
def follow(dose_mg):
    move(dose_mg)
    display(fig)
"""
_CANVAS = """
plt.ioff()  # else each of the three curves is drawn when it moves


@ipywidgets.interact(dose_mg=dose)
def follow(dose_mg):
    move(dose_mg)
    fig.canvas.draw_idle()
"""
_PLOTLY = """
import plotly.graph_objects as go
from plotly.subplots import make_subplots

move(50)
chart = go.FigureWidget(make_subplots(rows=2, shared_xaxes=True, vertical_spacing=0.05))
DASHES, curves = {"-": "solid", "--": "dash", ":": "dot", "None": "solid"}, []
for row, ax in enumerate(fig.axes, 1):
    for line in ax.lines:
        x, y = line.get_data()
        style = line.get_linestyle()
        chart.add_scatter(
            x=ax.get_xlim() if style == ":" else x, y=y, row=row, col=1,
            mode="lines" if line.get_marker() == "None" else "markers",
            line={"color": line.get_color(), "width": line.get_linewidth(), "dash": DASHES[style]},
            marker={"color": line.get_color(), "size": 8},
        )
        if line in (firing, raphe, terminal):
            curves.append((chart.data[-1], line))
    for text in ax.texts:
        if text.get_position() != (0, 0):  # what moves with a curve is left out
            x, y = text.get_position()
            chart.add_annotation(
                x=x, y=y, text=text.get_text(), showarrow=False, xanchor="left", row=row, col=1
            )
    chart.update_yaxes(range=ax.get_ylim(), title=ax.get_ylabel(), row=row, col=1)
    chart.update_xaxes(range=ax.get_xlim(), title=ax.get_xlabel(), row=row, col=1)
chart.update_layout(width=640, height=560, showlegend=False, template="plotly_white")


@ipywidgets.interact(dose_mg=dose)
def follow(dose_mg):
    move(dose_mg)
    with chart.batch_update():
        for trace, line in curves:
            trace.y = line.get_ydata()


display(chart)
"""


@dataclass(frozen=True)
class Rival:
    """A host of the figure: its notebook, and where its marks, its slider and the track are."""

    cells: tuple[str, ...]
    marks: str
    slider: str = ".noUi-handle"
    track: str = ".noUi-base"


OWN = f"#fig-{FIGURE}--{KNOB}"
BOOK = Rival((_IMPORTS, _CELL), f"#fig-{FIGURE} .lf-drawing", OWN, OWN)
INLINE = Rival((_IMPORTS + _SIZE, _DRAWING + _CLOSED + _SLIDER, _INLINE), ".jp-RenderedImage img")
CANVAS = Rival(
    ("%matplotlib widget", _IMPORTS + _SIZE, _DRAWING + _SLIDER, _CANVAS),
    ".jupyter-matplotlib-canvas-div canvas",
)
CHART = Rival(
    (_IMPORTS + _SIZE, _DRAWING + _CLOSED + _SLIDER, _PLOTLY), ".js-plotly-plot .scatterlayer"
)
