"""The loyalty ladder drawn: how many stand on each rung, and who climbed, stepped down or left.

Frames in, a matplotlib figure out; knows nothing of where the numbers came from.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cvclib.charts.style import ACCENT, BAD, GOOD, GRID, MUTED, new_figure, styled, wrap

ROW_INCHES, APART = 0.62, 0.16
MOVES = {"up": ("▲ Climbed", GOOD, "^"), "down": ("▼ Stepped down", "#8a5a00", "v"), "out": ("■ Left", BAD, "s")}


@styled
def ladder(frame: pd.DataFrame, *, before: str, now: str) -> Figure:
    """Draw the rungs, the highest at the top, beside the moves of those who stood on them.

    Parameters
    ----------
    frame : pandas.DataFrame
        From the top rung down: ``name``, ``n_before``, ``n``, and ``up``, ``down``, ``out`` with ``_low`` and ``_high`` (shares
        of those who stood there before). Blank where too few to show,
        or where there is nowhere to go.
    before, now : str
        The two dates, in words.

    Returns
    -------
    Figure
    """
    places = np.arange(len(frame)) * ROW_INCHES + ROW_INCHES / 2
    figure, (left, right) = new_figure(9, len(frame) * ROW_INCHES + 1.05, n_columns=2, sharey=True, width_ratios=[1, 1.15])
    n, was = frame["n"].astype(float), frame["n_before"].astype(float)
    left.barh(places, n.fillna(0), height=0.3, color=ACCENT, alpha=0.85, linewidth=0)
    left.vlines(was, places - 0.22, places + 0.22, color=MUTED, linewidth=2.2)
    most = np.nanmax([*n, *was, 1.0])
    for place, count, earlier in zip(places, n, was, strict=True):
        if np.isfinite(count):
            at = max(count, earlier) if np.isfinite(earlier) else count
            left.text(at + 0.02 * most, place, f"{int(count):,}", va="center", fontsize=9.5)
        else:
            left.text(0.02 * most, place, "too few to show", va="center", fontsize=9, color=MUTED)
    left.set(yticks=places, yticklabels=[wrap(name, 18) for name in frame["name"]], xlim=(0, 1.2 * most), ylim=(len(frame) * ROW_INCHES, 0))
    left.set_xlabel(f"Customers, {now} (grey mark: {before})")
    left.xaxis.set_major_formatter(lambda x, _: f"{x:,.0f}")
    for shift, (move, (_, colour, marker)) in zip((-APART, 0, APART), MOVES.items(), strict=True):
        seen = frame[move].notna().to_numpy()
        at, own = places[seen] + shift, frame[seen]
        right.hlines(at, 100 * own[f"{move}_low"].astype(float), 100 * own[f"{move}_high"].astype(float), color=colour, linewidth=1.8)
        right.scatter(100 * own[move].astype(float), at, s=34, marker=marker, color=colour, zorder=3)
        for place, value, high in zip(at, own[move], own[f"{move}_high"], strict=True):
            right.annotate(f"{value:.0%}", (100 * high, place), (6, 0), textcoords="offset points", va="center", fontsize=9, color=colour)
    for i in range(1, len(frame)):
        right.axhline(i * ROW_INCHES, color=GRID, linewidth=0.6, zorder=0)
    ends = frame[[f"{move}_high" for move in MOVES]].to_numpy(dtype=float)
    right.set_xlim(0, min(100 * (np.nanmax(ends) if np.isfinite(ends).any() else 1) * 1.15 + 2, 112))
    right.xaxis.set_major_formatter(lambda x, _: f"{x:.0f}%" if x <= 100.5 else "")
    right.set_xlabel(f"Of those on the rung in {before}, 95% interval")
    for x, align, (text, colour, _) in zip((0, 0.36, 1), ("left", "left", "right"), MOVES.values(), strict=True):
        right.text(x, 1.0, text, transform=right.transAxes, ha=align, va="bottom", color=colour, fontsize=9.5, weight="bold")
    for axes in (left, right):
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
    right.tick_params(axis="y", labelleft=False)
    return figure
