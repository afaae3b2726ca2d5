"""Figures of who recommends: what moves promoters and detractors, scores over time, and who did not answer.

Frames in, matplotlib figures out; knows nothing of where the numbers came from.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cvclib.charts.style import BAD, GOOD, GRID, INK, MUTED, new_figure, styled, wrap

NAME_WIDTH = 26  # characters of a name a line
ROW_INCHES, LINE_INCHES = 0.46, 0.15  # a row with two marks, and each further line of its name
APART = 0.085  # inches between the two marks of a row


@styled
def two_sided(frame: pd.DataFrame) -> Figure:
    """Draw what each attribute does to promoting and to detracting, on one axis.

    Parameters
    ----------
    frame : pandas.DataFrame
        A row an attribute, in reading order: ``attribute``, ``promoting`` and ``preventing`` with ``_low`` and ``_high``
        (shares), ``p_promoting``, ``p_preventing`` (a mark is filled below 0.05), ``kind``.

    Returns
    -------
    Figure
    """
    names = [wrap(name, NAME_WIDTH) for name in frame["attribute"]]
    heights = np.array([max(ROW_INCHES, ROW_INCHES + LINE_INCHES * (name.count("\n") - 1)) for name in names])
    places = np.cumsum(heights) - heights / 2
    figure, axes = new_figure(9, float(heights.sum()) + 1.15)
    for side, colour, marker, shift in (("promoting", GOOD, "o", -APART), ("preventing", BAD, "s", APART)):
        sure = (frame[f"p_{side}"] < 0.05).to_numpy()
        axes.hlines(places + shift, 100 * frame[f"{side}_low"], 100 * frame[f"{side}_high"], color=colour, linewidth=1.8)
        for filled in (True, False):
            own = sure == filled
            axes.scatter(100 * frame[side][own], (places + shift)[own], s=38, marker=marker, color=colour if filled else "white",
                         edgecolor=colour, linewidth=1.5, zorder=3)  # fmt: skip
    axes.axvline(0, color=MUTED, linewidth=0.8, zorder=0)
    axes.set(yticks=places, yticklabels=names, ylim=(float(heights.sum()), 0))
    axes.set_xlabel("Percentage points a point of the rating, with 95% interval\n(hollow: not beyond chance)")
    low, high = axes.get_xlim()
    axes.set_xlim(low, high)
    for place, kind in zip(places, frame["kind"], strict=True):
        axes.text(1.01, place, kind, transform=axes.get_yaxis_transform(), va="center", fontsize=9, color=_colour_of(kind))
    for x, text, colour, align in ((0, "● More promoters", GOOD, "left"), (1, "■ Fewer detractors", BAD, "right")):
        axes.text(x, 1.0, text, transform=axes.transAxes, ha=align, va="bottom", color=colour, fontsize=9.5, weight="bold")
    _plain(axes)
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    return figure


def _colour_of(kind: str) -> str:
    return {"makes promoters": GOOD, "prevents detractors": BAD, "does both": INK}.get(kind, MUTED)


def _plain(axes: Axes) -> None:
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
