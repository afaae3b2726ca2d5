"""The house style of figures: size, palette, type, and how long names are broken."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import matplotlib as mpl
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Drawing = ParamSpec("Drawing")
Drawn = TypeVar("Drawn")

ACCENT = "#0b5cad"
INK = "#1f2933"
MUTED = "#616e7c"
GRID = "#d9dee4"
# Okabe and Ito's colours, the yellow left out: it does not carry thin lines on white.
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
GOOD, BAD, NEUTRAL = "#00735c", "#b4431f", MUTED

STYLE = {
    **sns.axes_style("ticks"),
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "font.family": "sans-serif",
    "font.sans-serif": ["Inter", "Segoe UI", "Helvetica Neue", "Arial", "DejaVu Sans"],
    "font.size": 10.5,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 10.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


def new_figure(
    width_inches: float = 9, height_inches: float = 4.5, *, n_rows: int = 1, n_columns: int = 1, **subplots: object
) -> tuple[Figure, Axes]:
    """A figure and its axes in the house style, tied to no window and no global state.

    Parameters
    ----------
    width_inches, height_inches : float
        Nine inches is the width of the report's text column.
    n_rows, n_columns : int
        Grid of axes; with more than one an array of axes comes back.
    **subplots
        Passed on to `matplotlib.figure.Figure.subplots`.

    Returns
    -------
    (Figure, Axes)

    Notes
    -----
    Font and colours are read when an artist is made, so draw inside ``with mpl.rc_context(STYLE)`` whatever
    is added later, or use `styled` on the drawing function.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width_inches, height_inches), layout="constrained")
        axes = figure.subplots(n_rows, n_columns, **subplots)
    return figure, axes


def styled(draw: Callable[Drawing, Drawn]) -> Callable[Drawing, Drawn]:
    """Decorate a drawing function so that all it draws is in the house style."""

    @wraps(draw)
    def inside(*args: Drawing.args, **kwargs: Drawing.kwargs) -> Drawn:
        with mpl.rc_context(STYLE):
            return draw(*args, **kwargs)

    return inside


def wrap(text: str, width: int = 22) -> str:
    r"""Break a long name over lines so that it does not run into its neighbour.

    Examples
    --------
    >>> wrap("Clean and comfortable waiting rooms", 16)
    'Clean and\ncomfortable\nwaiting rooms'
    """
    return "\n".join(textwrap.wrap(str(text).replace("_", " "), width)) or ""
