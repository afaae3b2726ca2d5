"""Figures of the market: brands by relative quality and relative price, with the line of fair value.

Frames in, matplotlib figures out; knows nothing of where the numbers came from.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cvclib.charts.scatter import columns, corner_words, crosses, labelled, scatter_axes
from cvclib.charts.style import ACCENT, BAD, GOOD, GRID, INK, MUTED, styled


@styled
def quality_and_price(frame: pd.DataFrame) -> Figure:
    """Draw brands by relative quality and relative price, with the line of fair value.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``brand``, ``quality``, ``low``, ``high``, ``price`` (100 is the market's average), ``own``.

    Returns
    -------
    Figure
        Axes of one scale, so that the diagonal is a price as high as the quality.
    """
    figure, axes = scatter_axes(5.8)
    x, low, high, y = columns(frame, ("quality", "low", "high", "price"))
    reach = 1.25 * max(8.0, np.nanmax(np.abs(np.r_[low, high, y] - 100)))
    axes.set(xlim=(100 - reach, 100 + reach), ylim=(100 - reach, 100 + reach))
    for draw in (axes.axhline, axes.axvline):
        draw(100, color=GRID, linewidth=0.9, zorder=0)
    axes.plot([100 - reach, 100 + reach], [100 - reach, 100 + reach], color=MUTED, linewidth=1, zorder=0)
    own = frame["own"].to_numpy(bool)
    for part, colour in ((own, ACCENT), (~own, INK)):
        crosses(axes, x[part], y[part], (low[part], high[part]), (y[part], y[part]), colour)
    corner_words(axes, "Better value", right=True, top=False, colour=GOOD)
    corner_words(axes, "Worse value", right=False, top=True, colour=BAD)
    axes.text(1, 1.015, "Diagonal: fair value", transform=axes.transAxes, ha="right", va="bottom", fontsize=9, color=MUTED)
    axes.set(xlabel="Relative quality, 100 is the market's average", ylabel="Relative price, 100 is the market's average")
    order = np.argsort(~own, kind="stable")
    return labelled(figure, axes, x[order], y[order], frame["brand"].to_numpy()[order])
