"""Funnel plots: units against limits that narrow as their records grow."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from cvclib.charts.labels import key_lines, place_labels
from cvclib.charts.scatter import LINE_OF_KEY_INCHES, scatter_axes
from cvclib.charts.style import ACCENT, BAD, GOOD, GRID, INK, MUTED, styled


@styled
def funnel(
    units: pd.DataFrame,
    limits: pd.DataFrame,
    *,
    centre: float,
    y_label: str,
    x_label: str,
    show: Callable[[float], str],
    better: str,
    bounds: tuple[float, float] | None = None,
) -> Figure:
    """Each unit by how much is known of it (across) and its figure (up), within the limits of chance.

    Parameters
    ----------
    units : pandas.DataFrame
        ``name``, ``x`` above 0, ``value``, ``side`` ("within", "below" or "above"): those outside are named.
    limits : pandas.DataFrame
        ``x`` in rising order, ``low_95``, ``high_95``, ``low_998``, ``high_998``.
    centre : float
    y_label, x_label : str
    show : callable
        A figure as text.
    better : {"higher", "lower"}
        Colours the units outside.
    bounds : pair of float, optional
        Least and greatest figure there can be.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = scatter_axes(5)
    axes.set_position((0.11, 0.13, 0.8, 0.81))
    axes.set_xscale("log")
    x = limits["x"].to_numpy()
    axes.fill_between(x, limits["low_998"], limits["high_998"], color=GRID, alpha=0.45, lw=0)
    axes.fill_between(x, limits["low_95"], limits["high_95"], color=GRID, alpha=0.8, lw=0)
    for column, style in (("low_95", "--"), ("high_95", "--"), ("low_998", "-"), ("high_998", "-")):
        axes.plot(x, limits[column], color=MUTED, lw=1, ls=style)
    axes.axhline(centre, color=INK, lw=1.2)
    colours = {"within": ACCENT, "above": GOOD if better == "higher" else BAD, "below": BAD if better == "higher" else GOOD}
    for side, marker in (("within", "o"), ("above", "^"), ("below", "v")):
        rows = units[units["side"] == side]
        axes.plot(rows["x"], rows["value"], marker, color=colours[side], ms=7, ls="none", mec="white", mew=0.6)
    seen = np.concatenate([units["value"], limits["low_998"].iloc[-1:], limits["high_998"].iloc[-1:], [centre]])
    spread = np.nanmax(np.abs(limits.loc[limits["x"] >= units["x"].min(), ["low_998", "high_998"]].to_numpy() - centre))
    low, high = min(seen.min(), centre - spread), max(seen.max(), centre + spread)
    floor = max(low - 0.05 * (high - low), limits[["low_998"]].min().iloc[0] - 0.05 * (high - low))
    axes.set_ylim(min(floor, seen.min() - 0.05 * (high - low)), high + 0.05 * (high - low))
    if bounds:
        axes.set_ylim(*np.clip(axes.get_ylim(), *bounds) + np.array([-0.01, 0.01]) * (bounds[1] - bounds[0]))
    axes.set_xlim(x[0], x[-1])
    _name_the_limits(axes, limits, centre)
    outside = units[units["side"] != "within"]
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: show(value)))
    axes.xaxis.set_major_locator(LogLocator(10, subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:,.4g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    if len(outside):
        placed = place_labels(axes, outside["x"].to_numpy(), outside["value"].to_numpy(), [str(name) for name in outside["name"]])
        for i, line in enumerate(key_lines(placed)):
            figure.text(0.02, -0.01 - (i + 1) * LINE_OF_KEY_INCHES / figure.get_size_inches()[1], line, fontsize=9, va="bottom", color=INK)
    return figure


def _name_the_limits(axes, limits: pd.DataFrame, centre: float) -> None:
    """Names at the right end of the lines, apart from one another."""
    last = limits.iloc[-1]
    low, high = axes.get_ylim()
    least = 0.045 * (high - low)
    ends = sorted([(float(last["high_998"]), "99.8%"), (float(last["high_95"]), "95%"), (centre, "all")])
    at = -np.inf
    for place, words in ends:
        at = max(place, at + least)
        axes.annotate(words, (1.005, at), xycoords=("axes fraction", "data"), va="center", fontsize=9, color=MUTED, annotation_clip=False)
