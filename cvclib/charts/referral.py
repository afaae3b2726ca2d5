"""Trees of referral drawn as generations and sizes, and what customers bring by referral beside what they are worth.

Frames in, matplotlib figures out; knows nothing of who the customers are.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

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


@styled
def two_by_two(frame: pd.DataFrame, *, currency: str) -> Figure:
    """Draw the four types of customers as a square, with how many they are and what they are worth.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``type`` (Champions, Affluents, Advocates, Misers), ``n``, ``worth`` and ``brought`` a customer; blank where too few.
    currency : str

    Returns
    -------
    Figure
    """
    corners = {"Affluents": (0, 1), "Champions": (1, 1), "Misers": (0, 0), "Advocates": (1, 0)}
    by, total = frame.set_index("type"), max(float(frame["n"].astype(float).sum()), 1.0)
    figure, axes = new_figure(9, 3.9)
    for name, (x, y) in corners.items():
        n = float(by.loc[name, "n"]) if pd.notna(by.loc[name, "n"]) else float("nan")
        share = n / total if np.isfinite(n) else 0.0
        axes.add_patch(Rectangle((x + 0.01, y + 0.02), 0.98, 0.96, color=ACCENT, alpha=0.06 + 0.3 * share, linewidth=0))
        axes.text(x + 0.05, y + 0.8, name, fontsize=12, weight="bold", va="center")
        if not np.isfinite(n):
            axes.text(x + 0.05, y + 0.5, "too few to show", fontsize=10, color=MUTED, va="center")
            continue
        axes.text(x + 0.05, y + 0.54, f"{n:,.0f} customers ({share:.0%})", fontsize=11, va="center")
        worth, brought = float(by.loc[name, "worth"]), float(by.loc[name, "brought"])
        told = f"worth {currency} {worth:,.0f} each" + (f",\nreferral value {currency} {brought:,.0f} each" if brought > 0 else "")
        axes.text(x + 0.05, y + 0.27, told.replace("  ", " "), fontsize=9.5, va="center", color=INK)
    axes.set(xlim=(0, 2), ylim=(0, 2), xticks=[0.5, 1.5], yticks=[0.5, 1.5])
    axes.set_xticklabels(["Brought nobody who bought", "Brought somebody who bought"])
    axes.set_yticklabels(["Worth the median\nor less", "Worth more than\nthe median"])
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    return figure
