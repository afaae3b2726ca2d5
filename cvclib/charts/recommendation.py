"""Figures of who recommends: what moves promoters and detractors, scores over time, and who did not answer.

Frames in, matplotlib figures out; knows nothing of where the numbers came from.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

from cvclib.charts.style import ACCENT, BAD, GOOD, GRID, INK, MUTED, new_figure, styled, wrap

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


@styled
def over_time(frame: pd.DataFrame, *, centre: float, divide: pd.Timestamp, target: float | None = None) -> Figure:
    """Draw a score by period with its interval, and the limits that chance stays within.

    Parameters
    ----------
    frame : pandas.DataFrame
        In time order: ``middle`` (time), ``nps``, ``low``, ``high``, ``limit_low``, ``limit_high`` (points), ``outside`` (bool).
    centre : float
        Score of all.
    divide : pandas.Timestamp
        Where the analysed period begins; marked if it lies inside.
    target : float, optional

    Returns
    -------
    Figure
    """
    figure, axes = new_figure(9, 3.8)
    at, outside = frame["middle"].to_numpy(), frame["outside"].to_numpy(dtype=bool)
    axes.fill_between(at, frame["limit_low"], frame["limit_high"], color=GRID, alpha=0.6, linewidth=0, zorder=0)
    axes.axhline(centre, color=MUTED, linewidth=1, zorder=1)
    axes.plot(at, frame["nps"], color=ACCENT, linewidth=1, zorder=2)
    axes.vlines(at, frame["low"], frame["high"], color=ACCENT, linewidth=1.6, zorder=2)
    axes.scatter(at[~outside], frame["nps"][~outside], s=34, color=ACCENT, zorder=3)
    axes.scatter(at[outside], frame["nps"][outside], s=64, color=BAD, marker="D", zorder=3)
    for row in frame[outside].itertuples():
        axes.annotate(row.label, (row.middle, row.nps), (7, 7), textcoords="offset points", fontsize=9, color=BAD)
    axes.annotate(f"all {centre:+.0f}".replace("-", "−"), (1.0, centre), (6, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                  va="center", fontsize=9, color=MUTED, annotation_clip=False)  # fmt: skip
    if target is not None:
        axes.axhline(target, color=GOOD, linewidth=1.2, linestyle=(0, (4, 2)), zorder=1)
        near = abs(target - centre) < 0.06 * np.ptp(axes.get_ylim())
        axes.annotate(f"target {target:g}", (1.0, target), (6, (11 if target >= centre else -11) if near else 0), xycoords=("axes fraction", "data"),
                      textcoords="offset points", va="center", fontsize=9, color=GOOD, annotation_clip=False)  # fmt: skip
    if at.min() < np.datetime64(divide) < at.max():
        axes.axvline(divide, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=0)
        axes.annotate("period analysed", (divide, 1.0), (4, 1), xycoords=("data", "axes fraction"), textcoords="offset points", fontsize=9,
                      color=MUTED, va="bottom")  # fmt: skip
    locator = AutoDateLocator(minticks=4, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.set_ylabel("Net promoter score in points,\nwith 95% interval")
    axes.text(0, 1.0, "Grey: what chance stays within", transform=axes.transAxes, fontsize=9, color=MUTED, va="bottom")
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:.0f}".replace("-", "−"))
    return figure


@styled
def who_answered(frame: pd.DataFrame, scores: pd.DataFrame, *, whole: float) -> Figure:
    """Draw the share of each group that answered, beside the score as answered and weighed to all.

    Parameters
    ----------
    frame : pandas.DataFrame
        In reading order: ``kind`` (a heading before its groups), ``group``, ``share``, ``low``, ``high`` (0 to 1), ``n``.
    scores : pandas.DataFrame
        ``name``, ``value``, ``low``, ``high`` (points); without ends a point that is supposed, not estimated.
    whole : float
        Share of all that answered.

    Returns
    -------
    Figure
    """
    rows: list[tuple[str, pd.Series | None]] = []
    for kind, part in frame.groupby("kind", sort=False):
        rows += [(str(kind), None), *((wrap(row["group"], NAME_WIDTH), row) for _, row in part.iterrows())]
    names = [name for name, _ in rows]
    heights = np.array([0.3 + LINE_INCHES * name.count("\n") for name in names])
    places = np.cumsum(heights) - heights / 2
    figure, (left, right) = new_figure(9, max(float(heights.sum()), 2.4) + 0.9, n_columns=2, width_ratios=[1.15, 1])
    for place, (name, row) in zip(places, rows, strict=True):
        if row is None:
            left.text(-0.01, place, name, transform=left.get_yaxis_transform(), ha="right", va="center", fontsize=9.5, weight="bold")
            continue
        left.text(-0.01, place, name, transform=left.get_yaxis_transform(), ha="right", va="center", fontsize=9.5)
        if pd.notna(row["share"]):
            left.hlines(place, 100 * row["low"], 100 * row["high"], color=ACCENT, linewidth=1.8)
            left.scatter([100 * row["share"]], [place], s=36, color=ACCENT, zorder=3)
            left.text(
                1.0,
                place,
                f"{row['share']:.0%} of {int(row['n']):,}",
                transform=left.get_yaxis_transform(),
                ha="right",
                va="center",
                fontsize=9,
            )
        else:
            left.text(0.02, place, "too few to show", transform=left.get_yaxis_transform(), va="center", fontsize=9, color=MUTED)
    left.axvline(100 * whole, color=MUTED, linewidth=1, zorder=0)
    ends = frame[["low", "high"]].to_numpy(dtype=float) * 100
    low, high = np.nanmin([*ends[:, 0], 100 * whole]), np.nanmax([*ends[:, 1], 100 * whole])
    span = max(high - low, 4)
    left.set(yticks=[], ylim=(float(heights.sum()), 0), xlim=(max(low - 0.08 * span, 0 - 0.02 * span), high + 0.5 * span))
    left.xaxis.set_major_formatter(lambda x, _: f"{x:.0f}%" if -0.5 <= x <= 100.5 else "")
    left.set_xlabel("Share that answered, 95% interval\n(grey: all)")
    left.grid(axis="x", color=GRID, linewidth=0.6)
    left.spines["left"].set_visible(False)

    tall = max(float(heights.sum()), 0.62 * len(scores))
    at = (np.arange(len(scores)) + 0.6) * tall / len(scores)
    for place, row in zip(at, scores.itertuples(), strict=True):
        supposed = not np.isfinite(row.low)
        right.text(
            0.0, place - 0.2, row.name, transform=right.get_yaxis_transform(), fontsize=9.5, va="center", color=MUTED if supposed else INK
        )
        if not supposed:
            right.hlines(place, row.low, row.high, color=ACCENT, linewidth=1.8)
        right.scatter(
            [row.value],
            [place],
            s=38,
            color="white" if supposed else ACCENT,
            edgecolor=MUTED if supposed else ACCENT,
            linewidth=1.5,
            zorder=3,
        )
        right.text(
            1.0, place, f"{row.value:+.0f}".replace("-", "−"), transform=right.get_yaxis_transform(), ha="right", va="center", fontsize=9
        )
    spread = np.nanmax(scores[["value", "high"]].to_numpy(dtype=float)) - np.nanmin(scores[["value", "low"]].to_numpy(dtype=float))
    least, most = np.nanmin(scores[["value", "low"]].to_numpy(dtype=float)), np.nanmax(scores[["value", "high"]].to_numpy(dtype=float))
    right.set(
        yticks=[],
        ylim=(tall, 0),
        xlim=(least - 0.1 * max(spread, 5), most + 0.22 * max(spread, 5)),
    )
    right.set_xlabel("Net promoter score in points\n(hollow: supposed, not measured)")
    right.xaxis.set_major_formatter(lambda x, _: f"{x:.0f}".replace("-", "−"))
    right.spines["left"].set_visible(False)
    return figure


def _colour_of(kind: str) -> str:
    return {"makes promoters": GOOD, "prevents detractors": BAD, "does both": INK}.get(kind, MUTED)


def _plain(axes: Axes) -> None:
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
