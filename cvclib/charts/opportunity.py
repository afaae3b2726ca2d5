"""Figure of opportunities: each score with its interval, and beside it how likely each rank is.

Frames in, matplotlib figures out; knows nothing of where the numbers came from.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from cvclib.charts.style import ACCENT, GRID, INK, MUTED, new_figure, styled, wrap

NAME_WIDTH = 28  # characters of a row's name a line
ROW, LINE = 0.3, 0.15  # inches a row, and each further line of its name
DARK = 0.6  # probability from which on white type stands out better
SHOWN_FROM = 0.05  # probability from which a cell says its number


@styled
def scores_and_ranks(frame: pd.DataFrame, ranks: np.ndarray, *, title: str, line: tuple[float, str] | None = None) -> Figure:
    """Draw a row an attribute: left its score with the 95% interval, right the probability of each rank.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``name``, ``value``, ``low``, ``high``, ``colour``, the first row at the top.
    ranks : ndarray, shape (rows, ranks)
        Probabilities.
    title : str
        Title of the scores' axis.
    line : (float, str), optional
        A line to compare with, and its name.

    Returns
    -------
    Figure
    """
    names = [wrap(name, NAME_WIDTH) for name in frame["name"]]
    heights = ROW + LINE * np.array([name.count("\n") for name in names])
    edges = np.concatenate([[0], np.cumsum(heights)])
    places = (edges[1:] + edges[:-1]) / 2
    figure, (left, right) = new_figure(9, max(1.9, edges[-1] + 1.2), n_columns=2, width_ratios=(1.15, 1), sharey=True)
    for place, row in zip(places, frame.itertuples(), strict=True):
        left.hlines(place, row.low, row.high, color=row.colour, linewidth=2.2, alpha=0.55)
        left.plot([row.value], [place], "o", color=row.colour, markersize=6)
        left.annotate(
            f"{row.value:.1f}", (max(row.high, row.value), place), xytext=(6, 0), textcoords="offset points", va="center", fontsize=9
        )
    if line:
        left.axvline(line[0], color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
        left.annotate(line[1], (line[0], 1), xycoords=left.get_xaxis_transform(), xytext=(0, 3), textcoords="offset points", ha="center",
                      va="bottom", fontsize=9, color=MUTED)  # fmt: skip
    left.set(yticks=places, yticklabels=names, ylim=(edges[-1], 0), xlabel=title)
    left.set_xlim(min(0, frame["low"].min()), max(frame["high"].max(), frame["value"].max()) * 1.14)
    left.grid(axis="x", color=GRID, linewidth=0.7)
    left.set_axisbelow(True)
    tint = LinearSegmentedColormap.from_list("tint", ["#ffffff", ACCENT])
    n = ranks.shape[1]
    right.pcolormesh(np.arange(n + 1) + 0.5, edges, ranks, cmap=tint, vmin=0, vmax=1.1, edgecolors="#e4e8ee", linewidth=0.6)
    for i, j in np.argwhere((ranks >= SHOWN_FROM) & (n <= 12)):
        right.annotate(f"{100 * ranks[i, j]:.0f}", (j + 1, places[i]), ha="center", va="center", fontsize=9,
                       color="white" if ranks[i, j] > DARK else INK)  # fmt: skip
    step = 1 if n <= 15 else 5
    right.set_xticks(np.arange(1, n + 1, step), [str(r) for r in range(1, n + 1, step)])
    right.set_xlabel("Rank, and how likely it is, in per cent")
    for axes in (left, right):
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
    right.spines["bottom"].set_visible(False)
    right.tick_params(axis="x", length=0)
    return figure
