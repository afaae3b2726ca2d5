"""Trees of referral drawn as generations and sizes, and what customers bring by referral beside what they are worth.

Frames in, matplotlib figures out; knows nothing of who the customers are.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cvclib.charts.style import ACCENT, GRID, INK, MUTED, PALETTE, new_figure, styled, wrap

ROW_INCHES = 0.5


@styled
def generations(frame: pd.DataFrame, sizes: pd.DataFrame) -> Figure:
    """Draw customers by generation, with those who referred in turn, beside the sizes of the trees.

    Parameters
    ----------
    frame : pandas.DataFrame
        From the first generation on: ``generation`` (its name), ``n``, ``referrers``.
    sizes : pandas.DataFrame
        ``name`` (customers brought), ``n`` (trees).

    Returns
    -------
    Figure
    """
    height = max(2.9, 1.1 + ROW_INCHES * max(len(frame), len(sizes)))
    figure, (left, right) = new_figure(9, height, n_columns=2, width_ratios=[1.5, 1])
    places, n, again = np.arange(len(frame)), frame["n"].to_numpy(dtype=float), frame["referrers"].to_numpy(dtype=float)
    left.barh(places, n, height=0.6, color=PALETTE[4], alpha=0.45, linewidth=0)
    left.barh(places, np.nan_to_num(again), height=0.6, color=ACCENT, linewidth=0)
    for place, count, who in zip(places, n, again, strict=True):
        left.text(
            count + 0.02 * n.max(),
            place,
            f"{count:,.0f}" + (f", {who:,.0f} referred" if np.isfinite(who) else ", few referred"),
            va="center",
            fontsize=9,
        )
    left.set(
        yticks=places, yticklabels=[wrap(name, 18) for name in frame["generation"]], xlim=(0, 1.42 * n.max()), ylim=(len(frame) - 0.4, -0.6)
    )
    left.set_xlabel("Customers (dark: who referred in turn)")
    rows, trees = np.arange(len(sizes)), sizes["n"].to_numpy(dtype=float)
    right.barh(rows, trees, height=0.6, color=MUTED, linewidth=0)
    for place, count in zip(rows, trees, strict=True):
        right.text(count + 0.02 * max(trees.max(), 1), place, f"{count:,.0f}", va="center", fontsize=9)
    right.set(yticks=rows, yticklabels=sizes["name"], xlim=(0, 1.2 * max(trees.max(), 1)), ylim=(len(sizes) - 0.4, -0.6))
    right.set(xlabel="Trees", ylabel="Customers a tree brought")
    for axes in (left, right):
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color=GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.xaxis.set_major_formatter(lambda x, _: f"{x:,.0f}")
        axes.tick_params(colors=INK)
    return figure
