"""The match of two systems drawn: evidence and threshold, expected accuracy, and what the systems disagree on."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cvclib.charts.style import BAD, GRID, new_figure, styled, wrap

ROW_INCHES = 0.42
LABEL_LETTERS = 34


@styled
def disagreement(rows: pd.DataFrame) -> Figure:
    """Share of revenue on which two systems disagree, by field, with its interval.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``field`` (as printed), ``n``, ``share, low, high``; shares from 0 to 1, NaN where too few.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = new_figure(9, 1.1 + ROW_INCHES * max(len(rows), 2))
    place = np.arange(len(rows))[::-1]
    axis.hlines(place, rows["low"], rows["high"], color=BAD, lw=4, alpha=0.45)
    axis.plot(rows["share"], place, "o", color=BAD, ms=8)
    for y, row in zip(place, rows.itertuples(), strict=True):
        words = f"{100 * row.share:.1f}%, n = {row.n:,.0f}" if np.isfinite(row.share) else "too few"
        axis.annotate(words, (1.02, y), xycoords=("axes fraction", "data"), va="center", fontsize=9.5, annotation_clip=False)
    axis.set_yticks(place, [wrap(name[:1].upper() + name[1:], LABEL_LETTERS) for name in rows["field"]])
    axis.set_ylim(-0.6, len(rows) - 0.4)
    top = float(np.nanmax([*rows["high"].fillna(0), 0.1]))
    axis.set_xlim(-0.01 * top, min(1.0, 1.08 * top))
    axis.xaxis.set_major_formatter(lambda x, _place: f"{100 * x:.0f}%")
    axis.set_xlabel("Share of the revenue of customers whose field is filled in both systems, with 95% interval")
    axis.tick_params(left=False)
    axis.grid(axis="x", color=GRID, lw=0.7)
    return figure
