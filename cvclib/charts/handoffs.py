"""Satisfaction beside the number of handoffs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cvclib.charts.style import ACCENT, GRID, MUTED, new_figure, styled


@styled
def draw_by_handoffs(groups: pd.DataFrame, value_label: str) -> Figure:
    """Draw mean satisfaction of customers by how often they were handed over.

    Parameters
    ----------
    groups : pandas.DataFrame
        A row a group in order: ``handoffs`` (its name), ``value``, ``low``, ``high``, ``n``.
    value_label : str
        What is measured, and on which scale.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(9, 3.6)
    x = np.arange(len(groups))
    low, high = groups["low"].fillna(groups["value"]), groups["high"].fillna(groups["value"])
    axes.vlines(x, low, high, color=ACCENT, linewidth=2)
    axes.plot(x, groups["value"], color=ACCENT, linewidth=1, alpha=0.5)
    axes.plot(x, groups["value"], "o", color=ACCENT, markersize=7)
    spread = max(float(high.max() - low.min()), 1e-6)
    for i, row in enumerate(groups.itertuples()):
        axes.text(
            i + 0.07, row.value, f"{row.value:,.2f}", va="center", fontsize=9.5, bbox={"facecolor": "white", "linewidth": 0, "pad": 0.8}
        )
        axes.text(i, low.min() - 0.16 * spread, f"n = {row.n:,}", ha="center", va="center", fontsize=9, color=MUTED)
    axes.set(xlim=(-0.5, len(groups) - 0.3), ylim=(low.min() - 0.25 * spread, high.max() + 0.12 * spread))
    axes.set_xticks(x, groups["handoffs"])
    axes.set_xlabel("Handoffs between departments in the customer's journeys; bars are 95% intervals")
    axes.set_title(value_label, fontsize=10.5)
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    return figure
