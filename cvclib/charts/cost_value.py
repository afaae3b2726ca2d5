"""Figures of what things cost: Tanaka's value control chart, and cost against the customer's next best alternative.

Frames in, matplotlib figures out; knows nothing of where the numbers came from.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cvclib.charts.scatter import columns, corner_words, crosses, labelled, scatter_axes
from cvclib.charts.style import ACCENT, BAD, GOOD, GRID, INK, MUTED, NEUTRAL, new_figure, styled, wrap

NAME_WIDTH = 34  # characters of a row's name a line
LINE_INCHES = 0.15  # each further line of a row's name
VERDICT_COLOURS = {"costs more than it brings": BAD, "brings more than it costs": GOOD}
BRANCH = "#9aa5b1"


@styled
def cost_and_value(frame: pd.DataFrame, tolerance: float) -> Figure:
    """Draw Tanaka's value control chart: share of the value against share of the cost.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``touchpoint``, ``cost_share``, ``value_share``, ``low``, ``high``, ``verdict``.
    tolerance : float
        q, as a share: the zone lies between ``sqrt(x² - q²)`` and ``sqrt(x² + q²)``.

    Returns
    -------
    Figure
        Points bear the colour of their verdict, grey where the interval reaches into the zone.
    """
    figure, axes = scatter_axes(6)
    x, y, low, high = columns(frame, ("cost_share", "value_share", "low", "high"))
    top = max(np.max(x), np.nanmax([*high, *y]), 1.15 * tolerance) * 1.12
    axes.set(xlim=(0, top), ylim=(0, top))
    costs = tolerance * np.cosh(np.linspace(0, np.arccosh(max(top / tolerance, 1.0)), 200)) if tolerance > 0 else np.linspace(0, top, 2)
    lower = np.sqrt(np.maximum(costs**2 - tolerance**2, 0))
    across = np.linspace(0, top, 200)
    upper = np.hypot(across, tolerance)
    axes.fill_between(across, np.interp(across, costs, lower, left=0), upper, color="#e9edf1", linewidth=0, zorder=0)
    axes.plot(costs, lower, color=BRANCH, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    axes.plot(across, upper, color=BRANCH, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    axes.plot([0, top], [0, top], color=MUTED, linewidth=1, zorder=0)
    for name in frame["verdict"].unique():
        part = (frame["verdict"] == name).to_numpy()
        crosses(axes, x[part], y[part], (x[part], x[part]), (low[part], high[part]), VERDICT_COLOURS.get(name, NEUTRAL))
    corner_words(axes, "Brings more than it costs", right=False, top=True, colour=GOOD)
    corner_words(axes, "Costs more than it brings", right=True, top=False, colour=BAD)
    axes.text(1, 1.015, f"Zone of balance, q = {tolerance:.0%}", transform=axes.transAxes, ha="right", va="bottom", fontsize=9, color=MUTED)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda v, _: f"{v:.0%}")
    axes.set(xlabel="Share of the cost", ylabel="Share of the value")
    order = np.argsort(-np.abs(y - x))
    return labelled(figure, axes, x[order], y[order], frame["touchpoint"].to_numpy()[order])


@styled
def worth(frame: pd.DataFrame, *, currency: str = "") -> Figure:
    """Draw, a row a touchpoint, what it costs the company and what the customer would pay elsewhere.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``touchpoint``, ``cost``, ``low``, ``high``, ``full_cost`` (NaN where not known), ``alternative``, in
        reading order; optionally ``full_low`` and ``full_high``.
    currency : str
        For the title of the axis.

    Returns
    -------
    Figure
    """
    names = [wrap(name, NAME_WIDTH) for name in frame["touchpoint"]]
    heights = 0.46 + LINE_INCHES * np.array([name.count("\n") for name in names])
    places = -(np.cumsum(heights) - heights / 2)
    figure, axes = new_figure(9, max(1.9, heights.sum() + 1.1))
    cost, low, high, full, alternative = columns(frame, ("cost", "low", "high", "full_cost", "alternative"))
    for place, a, b in zip(places, cost, alternative, strict=True):
        axes.plot([a, b], [place, place], color=GOOD if b >= a else BAD, linewidth=5, alpha=0.3, solid_capstyle="butt", zorder=1)
        for value in (a, b):
            axes.annotate(f"{value:,.0f}" if value >= 100 else f"{value:,.2f}", (value, place), xytext=(0, 8),
                          textcoords="offset points", ha="center", va="bottom", fontsize=9)  # fmt: skip
    axes.hlines(places, low, high, color=INK, linewidth=2)
    axes.plot(cost, places, "o", color=INK, markersize=7, linestyle="none", label="Cost to the company, 95% interval")
    if {"full_low", "full_high"} <= set(frame):
        axes.hlines(places, *columns(frame, ("full_low", "full_high")), color=INK, linewidth=1, alpha=0.6)
    if np.isfinite(full).any():
        axes.plot(
            full,
            places,
            "o",
            color=INK,
            markerfacecolor="white",
            markersize=7,
            linestyle="none",
            label="Full cost, all activities behind it",
        )
    axes.plot(alternative, places, "D", color=ACCENT, markersize=7, linestyle="none", label="Customer's next best alternative")
    span = np.nanmax([*cost, *alternative, *full, *frame.get("full_high", full)]) or 1
    axes.set(yticks=places, yticklabels=names, ylim=(-heights.sum() - 0.05, 0.05), xlim=(0, 1.08 * span))
    axes.set_xlabel(f"{currency} a time".strip())
    axes.legend(loc="lower left", bbox_to_anchor=(-0.1, 1), ncols=3, borderaxespad=0.2)
    axes.grid(axis="x", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    return figure
