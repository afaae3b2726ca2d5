"""What a treatment seems to have done, and whether treated and untreated can be compared at all.

Frames in, matplotlib figures out; knows nothing of where the numbers came from.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cvclib.charts.style import ACCENT, BAD, GRID, MUTED, PALETTE, new_figure, styled, wrap

ROW_INCHES, HEAD_INCHES = 0.34, 0.42
BINS = np.linspace(0, 1, 26)
TREATED, UNTREATED = PALETTE[0], PALETTE[1]


@styled
def effects(frame: pd.DataFrame, *, xlabel: str) -> Figure:
    """Draw differences with their intervals, under a heading for each treatment.

    Parameters
    ----------
    frame : pandas.DataFrame
        In reading order: ``treatment``, ``way`` (how it was estimated), ``value``, ``low``, ``high`` (0 to 1), ``chief``
        (bool: the one to read).
    xlabel : str

    Returns
    -------
    Figure
    """
    places, heads, at = [], {}, 0.0
    for name, own in frame.groupby("treatment", sort=False):
        heads[str(name)] = at + HEAD_INCHES / 2
        at += HEAD_INCHES
        places += [at + ROW_INCHES * (i + 0.5) for i in range(len(own))]
        at += ROW_INCHES * len(own) + 0.08
    y, value, low, high = np.array(places), *(100 * frame[c].to_numpy(dtype=float) for c in ("value", "low", "high"))
    figure, axes = new_figure(9, at + 0.75)
    colours = np.where(frame["chief"], ACCENT, MUTED)
    axes.axvline(0, color=MUTED, linewidth=1, zorder=0)
    axes.hlines(y, low, high, color=colours, linewidth=2)
    axes.scatter(value, y, s=42, color=colours, zorder=3)
    for place, x, chief in zip(y, value, frame["chief"], strict=True):
        told = f"{x:+.1f}".replace("-", "−")
        axes.text(1.0, place, told, transform=axes.get_yaxis_transform(), ha="right", va="center", fontsize=9.5,
                  color=ACCENT if chief else MUTED, weight="bold" if chief else "normal")  # fmt: skip
    for name, place in heads.items():
        axes.text(0, place, name, transform=axes.get_yaxis_transform(), va="center", fontsize=10.5, weight="bold")
    span = max(high.max(), 0) - min(low.min(), 0) or 1
    axes.set(yticks=y, yticklabels=frame["way"], ylim=(at, 0), xlabel=xlabel)
    axes.set_xlim(min(low.min(), 0) - 0.05 * span, max(high.max(), 0) + 0.15 * span)
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    return figure


@styled
def overlap(
    propensity: np.ndarray, treated: np.ndarray, balance: pd.DataFrame, *, kept: tuple[float, float], names: tuple[str, str]
) -> Figure:
    """Draw the probabilities of treatment of both groups as mirrored histograms, beside the love plot of their balance.

    Parameters
    ----------
    propensity : ndarray of float
        Probability of treatment of each unit, 0 to 1.
    treated : ndarray of bool
    balance : pandas.DataFrame
        ``covariate``, ``before``, ``after``: standardised mean differences.
    kept : (float, float)
        Probabilities between which units were kept.
    names : (str, str)
        What treated and untreated are called.

    Returns
    -------
    Figure
    """
    shown = balance.reindex(balance["before"].abs().sort_values(ascending=False).index)
    labels = [wrap(name, 30) for name in shown["covariate"]]
    lines = sum(0.16 + 0.14 * (label.count("\n") + 1) for label in labels)
    figure, (left, right) = new_figure(9, max(3.6, lines + 1.1), n_columns=2, width_ratios=[1, 0.85])
    up, down = (np.histogram(propensity[group], BINS)[0] / max(group.sum(), 1) * 100 for group in (treated, ~treated))
    middles, width = (BINS[:-1] + BINS[1:]) / 2, BINS[1] - BINS[0]
    left.bar(middles, up, width=0.92 * width, color=TREATED)
    left.bar(middles, -down, width=0.92 * width, color=UNTREATED)
    top = 1.35 * max(up.max(), down.max(), 1)
    left.axhline(0, color=MUTED, linewidth=0.8)
    for edge in kept:
        left.axvline(edge, color=MUTED, linestyle=(0, (4, 3)), linewidth=1)
    left.text(0.13, 0.985, names[0], transform=left.transAxes, va="top", color=TREATED, weight="bold", fontsize=9.5)
    left.text(0.13, 0.015, names[1], transform=left.transAxes, va="bottom", color=BAD, weight="bold", fontsize=9.5)
    left.set(xlim=(0, 1), ylim=(-top, top), xlabel="Probability of being treated,\nas the covariates tell", ylabel="Share of the group")
    left.xaxis.set_major_formatter(lambda x, _: f"{x:.0%}")
    left.yaxis.set_major_formatter(lambda y, _: f"{abs(y):.0f}%")

    places = np.arange(len(shown))
    right.axvspan(-0.1, 0.1, color=GRID, alpha=0.5, linewidth=0)
    right.axvline(0, color=MUTED, linewidth=0.8)
    right.scatter(shown["before"], places, s=40, facecolor="white", edgecolor=MUTED, linewidth=1.5, zorder=3)
    right.scatter(shown["after"], places, s=34, color=ACCENT, zorder=4)
    reach = 1.15 * max(0.2, shown[["before", "after"]].abs().to_numpy().max(initial=0.0))
    right.set(yticks=places, yticklabels=labels, xlim=(-reach, reach), ylim=(len(shown) - 0.4, -0.6))
    right.set_xlabel("Standardised mean difference:\n○ before weighting   ● after")
    right.tick_params(axis="y", length=0)
    right.grid(axis="y", color=GRID, linewidth=0.5)
    return figure
