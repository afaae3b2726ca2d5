"""Attribution drawn: what would be lost without each touchpoint, beside the credit of the usual rules.

Frames in, a matplotlib figure out; knows nothing of where the numbers came from.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cvclib.charts.style import ACCENT, GRID, INK, MUTED, PALETTE, new_figure, styled, wrap

NAME_WIDTH = 24
ROW_INCHES, LINE_INCHES = 0.36, 0.15
RULES = {
    "share": ("● Removal", ACCENT, "o"),
    "first": ("◀ First", PALETTE[2], "<"),
    "last": ("▶ Last", PALETTE[1], ">"),
    "linear": ("| Evenly", INK, "|"),
}


@styled
def removal(frame: pd.DataFrame) -> Figure:
    """Draw the removal effects, and how four rules share the credit out.

    Parameters
    ----------
    frame : pandas.DataFrame
        In reading order from the top: ``touchpoint``, ``gate`` (bool: on nearly every way to a purchase), ``effect``, ``low``, ``high``, ``share``, ``first``, ``last``, ``linear`` (0 to 1).

    Returns
    -------
    Figure
    """
    names = [wrap(name, NAME_WIDTH) for name in frame["touchpoint"]]
    heights = np.array([ROW_INCHES + LINE_INCHES * name.count("\n") for name in names])
    places = np.cumsum(heights) - heights / 2
    figure, (left, right) = new_figure(9, max(float(heights.sum()), 1.2) + 1.1, n_columns=2, sharey=True, width_ratios=[1, 1])
    effect, low, high = (100 * frame[column].to_numpy(dtype=float) for column in ("effect", "low", "high"))
    gate = frame["gate"].to_numpy(dtype=bool)
    left.hlines(places[~gate], low[~gate], high[~gate], color=ACCENT, linewidth=1.8)
    left.scatter(effect[~gate], places[~gate], s=38, color=ACCENT, zorder=3)
    left.scatter(effect[gate], places[gate], s=38, color="white", edgecolor=MUTED, linewidth=1.5, zorder=3)
    for place, value, start, end, always in zip(places, effect, low, high, gate, strict=True):
        said, at, aside, align = ("on nearly every way", start, -9, "right") if always else (f"{value:.0f}%", end, 6, "left")
        left.annotate(
            said, (at, place), (aside, 0), textcoords="offset points", va="center", ha=align, fontsize=9, color=MUTED if always else INK
        )
    left.set(yticks=places, yticklabels=names, ylim=(float(heights.sum()), 0), xlim=(0, min(float(high.max()) * 1.18 + 1, 116)))
    left.xaxis.set_major_formatter(lambda x, _: f"{x:.0f}%" if x <= 100.5 else "")
    left.set_xlabel("Conversions lost without it, at most,\nwith 95% interval")
    credit = 100 * frame[list(RULES)].to_numpy(dtype=float)
    right.hlines(places, credit.min(axis=1), credit.max(axis=1), color=GRID, linewidth=3, zorder=1)
    for column, (_, colour, marker) in RULES.items():
        right.scatter(
            100 * frame[column],
            places,
            s=90 if marker == "|" else 34,
            color=colour,
            marker=marker,
            linewidth=1.6,
            zorder=3 if marker != "|" else 2,
        )
    right.set_xlim(-0.03 * credit.max(), credit.max() * 1.06)
    right.xaxis.set_major_formatter(lambda x, _: f"{x:.0f}%" if x >= -0.5 else "")
    right.set_xlabel("Share of the credit,\nby four rules")
    for x, (text, colour, _) in zip((0, 0.28, 0.5, 0.74), RULES.values(), strict=True):
        right.text(x, 1.0, text, transform=right.transAxes, ha="left", va="bottom", color=colour, fontsize=9.5, weight="bold")
    right.tick_params(axis="y", labelleft=False)
    for axes in (left, right):
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x", color=GRID, linewidth=0.6)
        axes.axvline(0, color=MUTED, linewidth=0.8)
    return figure
