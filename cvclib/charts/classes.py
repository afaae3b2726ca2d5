"""Figure of what to cut, keep and invest in: cost share against value share, and how sure the class is.

Frames in, matplotlib figures out; knows nothing of where the numbers came from.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cvclib.charts.style import GRID, INK, MUTED, new_figure, styled, wrap

NAME_WIDTH = 26  # characters of a row's name a line
ROW, LINE = 0.42, 0.15  # inches a row, and each further line of its name


@styled
def shares_and_classes(frame: pd.DataFrame, *, colours: Mapping[str, str], titles: tuple[str, str]) -> Figure:
    """Draw a row a touchpoint: left its share of the cost against that of the value, right how likely each class is.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``name``, ``cost_share``, ``value_share``, ``value_low``, ``value_high``, ``label``, and a probability for each class, the first
        row at the top.
    colours : mapping of str to str
        Class to colour, in the order drawn.
    titles : (str, str)
        Of the two axes.

    Returns
    -------
    Figure
    """
    names = [wrap(name, NAME_WIDTH) for name in frame["name"]]
    heights = ROW + LINE * np.array([max(name.count("\n") - 1, 0) for name in names])
    places = -(np.cumsum(heights) - heights / 2)
    figure, (left, right) = new_figure(9, max(2.0, heights.sum() + 1.1), n_columns=2, width_ratios=(1.5, 1), sharey=True)
    cost, value, low, high = (frame[c].to_numpy(float) for c in ("cost_share", "value_share", "value_low", "value_high"))
    left.hlines(places, cost, value, color=GRID, linewidth=4, zorder=1)
    left.hlines(places, low, high, color=INK, linewidth=1.6, zorder=2)
    left.plot(value, places, "o", color=INK, markersize=6, linestyle="none", label="of the value, with 95% interval", zorder=3)
    left.plot(cost, places, "s", color=MUTED, markerfacecolor="white", markersize=7, linestyle="none", label="of the cost", zorder=3)
    left.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2, handletextpad=0.2, columnspacing=1.2)
    left.set(yticks=places, yticklabels=names, ylim=(-heights.sum() - 0.05, 0.05), xlabel=titles[0])
    left.set_xlim(0, np.nanmax([*high, *cost]) * 1.06)
    left.xaxis.set_major_formatter(lambda v, _: f"{v:.0%}")
    start = np.zeros(len(frame))
    for name, colour in colours.items():
        width = frame[name].to_numpy(float)
        right.barh(places, width, left=start, height=0.24, color=colour, linewidth=0)
        for place, begin, wide, label in zip(places, start, width, frame["label"], strict=True):
            if wide >= 0.3:
                right.annotate(f"{name} {wide:.0%}", (begin + wide / 2, place), ha="center", va="center", fontsize=9, color="white",
                               weight="bold" if label == name else "normal")  # fmt: skip
        start += width
    right.set(xlim=(0, 1), xlabel=titles[1])
    right.xaxis.set_major_formatter(lambda v, _: f"{v:.0%}")
    for axes in (left, right):
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
    left.grid(axis="x", color=GRID, linewidth=0.7)
    left.set_axisbelow(True)
    return figure
