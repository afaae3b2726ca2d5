"""Figures of value: importance against performance, and what drives satisfaction.

Frames in, matplotlib figures out; knows nothing of where the numbers came from.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cvclib.charts.scatter import columns as _columns
from cvclib.charts.scatter import crosses as _crosses
from cvclib.charts.scatter import labelled as _labelled
from cvclib.charts.scatter import limits as _limits
from cvclib.charts.scatter import scatter_axes as _scatter_axes
from cvclib.charts.style import ACCENT, GRID, MUTED, new_figure, styled, wrap

NAME_WIDTH = 34  # characters of a row's name a line
ROW_INCHES, LINE_INCHES = 0.27, 0.15  # a row of one line, and each further line of its name


@styled
def grid(frame: pd.DataFrame, lines: tuple[float, float], *, importance: str = "Importance", performance: str = "Performance") -> Figure:
    """Draw the importance–performance grid: a cross an attribute, its arms the 95% intervals.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``attribute``, ``importance``, ``importance_low``, ``importance_high``, ``performance``, ``low``, ``high``.
    lines : (float, float)
        Importance and performance at which the cross-hairs stand.
    importance, performance : str
        Titles of the axes.

    Returns
    -------
    Figure
    """
    bars = ("importance", "importance_low", "importance_high"), ("performance", "low", "high")
    figure, axes = _scatter_axes(6.2)
    (x, x_low, x_high), (y, y_low, y_high) = _columns(frame, bars[1]), _columns(frame, bars[0])
    _limits(axes, (x_low, x_high, lines[1]), (y_low, y_high, lines[0]))
    _crosses(axes, x, y, (x_low, x_high), (y_low, y_high), ACCENT)
    axes.axhline(lines[0], color=MUTED, linewidth=1)
    axes.axvline(lines[1], color=MUTED, linewidth=1)
    corners = (("Concentrate here", 0, 1), ("Keep up the good work", 1, 1), ("Low priority", 0, 0), ("Possible overkill", 1, 0))
    for words, right, top in corners:
        axes.text(
            right, 1.015 if top else -0.105, words, transform=axes.transAxes, ha="right" if right else "left", va="bottom" if top else "top",
            color=MUTED, fontsize=10, weight="bold",
        )  # fmt: skip
    axes.set(xlabel=performance, ylabel=importance)
    order = np.argsort(-np.abs(y - lines[0]))
    return _labelled(figure, axes, x[order], y[order], frame["attribute"].to_numpy()[order])


@styled
def ranking(frame: pd.DataFrame, *, title: str, percent: bool = False, line: tuple[float, str] | None = None) -> Figure:
    """Draw an estimate a row with its 95% interval, the first row at the top.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``name``, ``value``, ``low``, ``high``; optionally ``colour``.
    title : str
        Title of the axis.
    percent : bool
        Whether the values are shares, to be read in per cent.
    line : (float, str), optional
        A line to compare with, and its name.

    Returns
    -------
    Figure
    """
    names = [wrap(name, NAME_WIDTH) for name in frame["name"]]
    lines = np.array([name.count("\n") for name in names])
    heights = ROW_INCHES + LINE_INCHES * lines
    places = -(np.cumsum(heights) - heights / 2)
    figure, axes = new_figure(9, max(1.6, heights.sum() + 0.9))
    values, low, high = _columns(frame, ("value", "low", "high"))
    colours = frame["colour"] if "colour" in frame else [ACCENT] * len(frame)
    for place, value, a, b, colour in zip(places, values, low, high, colours, strict=True):
        axes.plot([a, b], [place, place], color=colour, linewidth=2.2, alpha=0.55, solid_capstyle="butt")
        axes.plot([value], [place], "o", color=colour, markersize=6)
        axes.annotate(_share(value) if percent else f"{value:.1f}", (max(b, value) if np.isfinite(b) else value, place),
                      xytext=(6, 0), textcoords="offset points", va="center", fontsize=9)  # fmt: skip
    if line:
        axes.axvline(line[0], color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
        axes.annotate(line[1], (line[0], 1), xycoords=axes.get_xaxis_transform(), xytext=(0, 3), textcoords="offset points",
                      ha="center", va="bottom", fontsize=9, color=MUTED)  # fmt: skip
    axes.set(yticks=places, yticklabels=names, ylim=(-heights.sum() - 0.05, 0.05), xlabel=title)
    top = np.nanmax([*high, *values])
    axes.set_xlim(min(0, np.nanmin([*low, *values])), top * 1.09 if top > 0 else 1)
    if percent:
        axes.xaxis.set_major_formatter(lambda v, _: f"{v:.0%}")
    axes.grid(axis="x", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    return figure


@styled
def stated_and_derived(frame: pd.DataFrame, *, stated: str, derived: str) -> Figure:
    """Draw what customers say matters against what their satisfaction shows to matter.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``attribute``, ``stated``, ``stated_low``, ``stated_high``, ``share``, ``low``, ``high``.
    stated, derived : str
        Titles of the axes.

    Returns
    -------
    Figure
    """
    figure, axes = _scatter_axes(5.6)
    (x, x_low, x_high), (y, y_low, y_high) = (
        _columns(frame, ("stated", "stated_low", "stated_high")),
        _columns(frame, ("share", "low", "high")),
    )
    _limits(axes, (x_low, x_high, np.mean(x)), (y_low, y_high, np.mean(y)))
    _crosses(axes, x, y, (x_low, x_high), (y_low, y_high), ACCENT)
    axes.axvline(np.mean(x), color=MUTED, linewidth=1)
    axes.axhline(np.mean(y), color=MUTED, linewidth=1)
    axes.yaxis.set_major_formatter(lambda v, _: f"{v:.0%}")
    axes.set(xlabel=stated, ylabel=derived)
    order = np.argsort(-y)
    return _labelled(figure, axes, x[order], y[order], frame["attribute"].to_numpy()[order])


def _share(value: float) -> str:
    return "under 1%" if 0 < value < 0.01 else f"{value:.0%}"
