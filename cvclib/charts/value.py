"""Figures of value: importance against performance, and what drives satisfaction.

Frames in, matplotlib figures out; knows nothing of where the numbers came from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cvclib.charts.scatter import columns as _columns
from cvclib.charts.scatter import corner_words
from cvclib.charts.scatter import crosses as _crosses
from cvclib.charts.scatter import labelled as _labelled
from cvclib.charts.scatter import limits as _limits
from cvclib.charts.scatter import scatter_axes as _scatter_axes
from cvclib.charts.style import ACCENT, BAD, GOOD, GRID, MUTED, new_figure, styled, wrap

NAME_WIDTH = 34  # characters of a row's name a line
CORNER_COLOURS = {"concentrate here": BAD, "keep up the good work": GOOD, "low priority": "#7a5195", "possible overkill": "#0072b2"}
CORNERS_TOP, CORNERS_RIGHT = ("concentrate here", "keep up the good work"), ("keep up the good work", "possible overkill")
ROW_INCHES, LINE_INCHES = 0.27, 0.15  # a row of one line, and each further line of its name


@styled
def grid(
    frame: pd.DataFrame,
    regions: Sequence[np.ndarray],
    lines: tuple[float, float],
    *,
    importance: str = "Importance",
    performance: str = "Performance",
    percent: bool = False,
) -> Figure:
    """Draw the importance–performance grid: a point an attribute in its 95% joint region, filled where its corner is sure.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``attribute``, ``importance``, ``performance``, ``quadrant`` (a corner's name in small letters, or anything
        else where it is not known).
    regions : sequence of ndarray, shape (points, 2)
        Outline of each attribute's joint region: performance, importance.
    lines : (float, float)
        Importance and performance at which the cross-hairs stand.
    importance, performance : str
        Titles of the axes.
    percent : bool
        Whether importance is a share, to be read in per cent.

    Returns
    -------
    Figure
    """
    figure, axes = _scatter_axes(6.2)
    x, y = _columns(frame, ("performance", "importance"))
    outlines = [outline[np.isfinite(outline).all(axis=1)] for outline in regions]
    if percent:  # a share lies between nothing and all, whatever the ellipse says
        outlines = [np.column_stack([outline[:, 0], outline[:, 1].clip(0, 1)]) for outline in outlines]
    every = np.vstack([np.column_stack([x, y]), *outlines])
    _limits(axes, (every[:, 0], lines[1]), (every[:, 1], lines[0]))
    if percent:
        axes.yaxis.set_major_formatter(lambda v, _: f"{v:.0%}")
    axes.axhline(lines[0], color=MUTED, linewidth=1)
    axes.axvline(lines[1], color=MUTED, linewidth=1)
    for outline, px, py, corner in zip(outlines, x, y, frame["quadrant"], strict=True):
        colour = CORNER_COLOURS.get(corner)
        if len(outline):
            axes.fill(*outline.T, facecolor=colour or "none", alpha=0.13, linewidth=0, zorder=1)
            axes.plot(*outline.T, color=colour or MUTED, linewidth=0.9 if colour else 0.7, alpha=0.8 if colour else 0.5, zorder=1)
        axes.plot([px], [py], "o", markersize=6, color=colour or MUTED, markerfacecolor=colour or "white", zorder=2)
    for corner, colour in CORNER_COLOURS.items():
        right, top = corner in CORNERS_RIGHT, corner in CORNERS_TOP
        corner_words(axes, corner.capitalize(), right=right, top=top, colour=colour, below=-0.105)
    axes.set(xlabel=f"{performance}   (hollow: its corner cannot be told)", ylabel=importance)
    order = np.argsort(-np.abs(y - lines[0]))
    return _labelled(figure, axes, x[order], y[order], frame["attribute"].to_numpy()[order])


@styled
def penalties_and_rewards(frame: pd.DataFrame, *, title: str, colours: Mapping[str, str] | None = None) -> Figure:
    """Draw, a row an attribute, what a low rating costs and what a high rating brings, with 95% intervals.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``attribute``, ``penalty``, ``reward`` with their ``…_low`` and ``…_high`` (NaN where not known), ``kind``,
        the first row at the top.
    title : str
        Title of the axis.
    colours : mapping of str to str, optional
        Kind to the colour of its name; others are muted.

    Returns
    -------
    Figure
    """
    names = [wrap(name, NAME_WIDTH) for name in frame["attribute"]]
    heights = 0.34 + LINE_INCHES * np.array([name.count("\n") for name in names])
    places = -(np.cumsum(heights) - heights / 2)
    figure, axes = new_figure(9, max(1.7, heights.sum() + 1.1))
    ends = []
    for side, colour, nudge, words in (("penalty", BAD, 0.06, "A low rating"), ("reward", GOOD, -0.06, "A high rating")):
        value, low, high = _columns(frame, (side, f"{side}_low", f"{side}_high"))
        axes.barh(places + nudge, value, height=0.11, color=colour, alpha=0.35, linewidth=0)
        axes.hlines(places + nudge, low, high, color=colour, linewidth=1.6)
        axes.plot(value, places + nudge, "o", color=colour, markersize=5, linestyle="none", label=words)
        ends += [low, high]
    reach = np.nanmax(np.abs(np.concatenate(ends))) if np.isfinite(np.concatenate(ends)).any() else 1.0
    axes.axvline(0, color=MUTED, linewidth=1)
    axes.set(yticks=places, yticklabels=names, ylim=(-heights.sum() - 0.05, 0.05), xlim=(-1.08 * reach, 1.08 * reach), xlabel=title)
    for place, kind in zip(places, frame["kind"], strict=True):
        colour = (colours or {}).get(kind, MUTED)
        weight = "bold" if kind in (colours or {}) else "normal"
        axes.annotate(kind, (1, place), xycoords=axes.get_yaxis_transform(), xytext=(6, 0), textcoords="offset points", va="center",
                      fontsize=9, color=colour, weight=weight)  # fmt: skip
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
    axes.grid(axis="x", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    return figure


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
