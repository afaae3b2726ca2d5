"""The match of two systems drawn: evidence and threshold, expected accuracy, and what the systems disagree on."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cvclib.charts.style import ACCENT, BAD, GRID, INK, PALETTE, new_figure, styled, wrap

WARM = PALETTE[1]
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


@styled
def weights(bits: pd.DataFrame, threshold_bits: float) -> Figure:
    """How strong the evidence is that pairs are the same: pairs by weight, tied and left apart, with the threshold.

    Parameters
    ----------
    bits : pandas.DataFrame
        ``weight_bits`` and ``tied`` of the pairs compared.
    threshold_bits : float
        Weight from which pairs are taken; NaN where none is.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = new_figure(9, 3.8)
    values = bits["weight_bits"].to_numpy(float)
    edges = np.histogram_bin_edges(values, bins=min(40, max(8, len(values) // 10)))
    groups = [values[bits["tied"].to_numpy(bool)], values[~bits["tied"].to_numpy(bool)]]
    axis.hist(groups, bins=edges, stacked=True, color=[ACCENT, WARM], label=["tied", "left apart"])
    if np.isfinite(threshold_bits):
        axis.axvline(threshold_bits, color=INK, lw=1.6, ls="--")
        axis.annotate("threshold", (threshold_bits, 1.01), xycoords=("data", "axes fraction"), ha="center", va="bottom", fontsize=9.5)
    axis.set_yscale("symlog", linthresh=1)  # few doubtful pairs beside many sure ones
    axis.set_ylim(bottom=0)
    axis.yaxis.set_major_formatter(lambda y, _place: f"{y:,.0f}")
    axis.set_xlabel("Weight of the evidence in bits: one more makes it twice as likely that two records are one")
    axis.set_ylabel("Pairs (log scale)")
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper right", ncols=2)
    return figure


@styled
def thresholds(rows: pd.DataFrame, chosen: float) -> Figure:
    """Expected precision and recall of the match at each threshold, with the one chosen.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``threshold, precision, recall``; shares from 0 to 1.
    chosen : float
        The threshold in force.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = new_figure(9, 3.6)
    ends = []
    for name, colour, mark in (("precision", ACCENT, "o"), ("recall", WARM, "s")):
        axis.plot(rows["threshold"], rows[name], color=colour, marker=mark, ms=5, lw=2, label=f"expected {name}")
        ends.append(float(rows[name].min()))
    axis.axvline(chosen, color=INK, lw=1.6, ls="--")
    axis.annotate(f"chosen: {chosen:g}", (chosen, 1.01), xycoords=("data", "axes fraction"), ha="center", va="bottom", fontsize=9.5)
    low = min([*[x for x in ends if np.isfinite(x)], 0.98])
    axis.set_ylim(low - 0.12 * (1 - low), 1 + 0.04 * (1 - low))
    axis.yaxis.set_major_formatter(lambda y, _place: f"{100 * y:.4g}%")
    axis.set_xlabel("Probability from which two records are taken for one")
    axis.grid(axis="y", color=GRID, lw=0.7)
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper right", ncols=2)
    return figure
