"""Figures of what improvements did and which to choose: series and models side by side, choices by budget.

Frames in, matplotlib figures out; knows nothing of where the numbers came from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cvclib.charts.style import ACCENT, GRID, INK, MUTED, new_figure, styled, wrap

MOST_TICK_LABELS = 6
NAME_WIDTH = 34  # characters of an initiative's name a line


@dataclass(frozen=True)
class Series:
    """One initiative as its row of the figure draws it.

    Parameters
    ----------
    title, verdict, metric : str
    months : pandas.DataFrame
        ``month, value, elsewhere``; empty where it cannot be followed by month.
    first_after : Timestamp or None
    models : pandas.DataFrame
        ``model, effect, low, high, judges``.
    expected : float
        NaN for none.
    says, says_change : callable
        A value, and a change, in words.
    elsewhere : str
        Name of the comparison group; empty for none.
    without_months : str
        What stands where the months would be, if there are none.
    """

    title: str
    verdict: str
    metric: str
    months: pd.DataFrame
    first_after: pd.Timestamp | None
    models: pd.DataFrame
    expected: float
    says: Callable[[float], str]
    says_change: Callable[[float], str]
    elsewhere: str
    without_months: str


@styled
def series_and_models(rows: Sequence[Series]) -> Figure:
    """Draw each initiative's metric by month, and beside it the effect that every model finds, with 95% intervals.

    Parameters
    ----------
    rows : sequence of Series

    Returns
    -------
    Figure
    """
    heights = [1.35 + 0.25 * max(len(row.models), 3) for row in rows]
    figure, axes = new_figure(
        9, sum(heights) + 0.2, n_rows=len(rows), n_columns=2, squeeze=False, height_ratios=heights, width_ratios=[1, 1]
    )
    for (left, right), row in zip(axes, rows, strict=True):
        _months(left, row)
        _models(right, row)
    return figure


@styled
def choices_by_budget(frame: pd.DataFrame, steps: pd.DataFrame, *, budget: float, says: Callable[[float], str]) -> Figure:
    """Draw the benefit that each budget buys, and below which initiatives are in at which budget.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``name``, ``says`` (text at the right), ``in_now`` (bool), the first row at the top.
    steps : pandas.DataFrame
        ``cost``, ``benefit``, ``chosen`` (array of bool in the order of `frame`), by rising cost; each holds up to the next.
    budget : float
        The budget looked at.
    says : callable
        Money in words.

    Returns
    -------
    Figure
    """
    names = [wrap(name, NAME_WIDTH) for name in frame["name"]]
    heights = np.array([0.3 + 0.155 * name.count("\n") for name in names])
    end = max(float(steps["cost"].iloc[-1]), budget) * 1.06 or 1.0
    figure, (top, bottom) = new_figure(9, 2.3 + heights.sum() + 0.8, n_rows=2, height_ratios=[2.0, heights.sum() + 0.35], sharex=True)
    at = np.append(steps["cost"].to_numpy(float), end)
    benefit = steps["benefit"].to_numpy(float)
    top.step(at, np.append(benefit, benefit[-1]), where="post", color=ACCENT, linewidth=2)
    here = benefit[(steps["cost"] <= budget).to_numpy()][-1]
    top.plot([budget], [here], "o", color=INK, markersize=7)
    left = budget > 0.6 * end
    top.annotate(f"{says(budget)} buys {says(here)} a year", (budget, here), xytext=(-10 if left else 10, -14), textcoords="offset points",
                 ha="right" if left else "left", va="top", fontsize=9.5)  # fmt: skip
    top.set(ylabel="Expected benefit a year", ylim=(0, benefit.max() * 1.12 or 1))
    top.yaxis.set_major_locator(MaxNLocator(5))
    top.yaxis.set_major_formatter(lambda v, _: says(v))
    top.grid(axis="y", color=GRID, linewidth=0.6)
    places = -(np.cumsum(heights) - heights / 2)
    chosen = np.array([np.asarray(row, dtype=bool) for row in steps["chosen"]])
    for i, (place, row) in enumerate(zip(places, frame.itertuples(), strict=True)):
        colour = ACCENT if row.in_now else MUTED
        bottom.hlines(place, 0, end, color=GRID, linewidth=0.8, zorder=1)
        for start, stop, is_in in zip(at[:-1], at[1:], chosen[:, i], strict=True):
            if is_in:
                bottom.barh(place, stop - start, left=start, height=0.17, color=colour, linewidth=0, zorder=2)
        bottom.annotate(
            row.says,
            (1.0, place),
            xycoords=bottom.get_yaxis_transform(),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    for axes in (top, bottom):
        axes.axvline(budget, color=INK, linewidth=1.2, linestyle=":")
    bottom.set(yticks=places, yticklabels=names, ylim=(-heights.sum() - 0.05, 0.05), xlim=(0, end), xlabel="Budget")
    bottom.annotate("chosen in", (1.0, 0.05), xycoords=bottom.get_yaxis_transform(), xytext=(8, 2), textcoords="offset points", va="bottom",
                    fontsize=9, color=MUTED)  # fmt: skip
    bottom.xaxis.set_major_locator(MaxNLocator(6))
    bottom.xaxis.set_major_formatter(lambda v, _: says(v))
    bottom.tick_params(axis="y", length=0)
    bottom.spines["left"].set_visible(False)
    return figure


def _months(axes: Axes, row: Series) -> None:
    axes.set_title(wrap(f"{row.title}: {row.verdict}", 46), fontsize=10.5)
    if row.months.empty or row.first_after is None:
        axes.set_axis_off()
        axes.set_title(wrap(f"{row.title}: {row.verdict}", 46), fontsize=10.5)
        axes.text(0, 0.9, wrap(row.without_months, 50), transform=axes.transAxes, fontsize=9.5, color=MUTED, va="top")
        return
    months = row.months["month"]
    at = np.arange(len(months))
    start = int((months < row.first_after).sum()) - 0.5
    if row.elsewhere:
        axes.plot(at, row.months["elsewhere"], "-", color=MUTED, linewidth=1.2)
        axes.annotate(row.elsewhere, (at[-1], row.months["elsewhere"].iloc[-1]), xytext=(0, -5), textcoords="offset points", ha="right", va="top",
                      fontsize=9, color=MUTED)  # fmt: skip
    axes.plot(at, row.months["value"], "-o", color=ACCENT, linewidth=1.5, markersize=3.5)
    axes.axvline(start, color=INK, linewidth=1.2, linestyle=":")
    for side, part in ((at < start), row.months["value"][at < start]), ((at > start), row.months["value"][at > start]):
        axes.hlines(part.mean(), at[side].min() - 0.3, at[side].max() + 0.3, color=INK, linewidth=1.2)
    step = max(1, -(-len(months) // MOST_TICK_LABELS))
    axes.set_xticks(at[::step], [f"{month:%b}\n{month:%Y}" for month in months[::step]])
    axes.margins(y=0.14)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(lambda v, _: row.says(v))
    axes.set_ylabel(wrap(row.metric, 24))


def _models(axes: Axes, row: Series) -> None:
    places = -np.arange(len(row.models))
    for place, model in zip(places, row.models.itertuples(), strict=True):
        colour = ACCENT if model.judges else MUTED
        axes.hlines(place, model.low, model.high, color=colour, linewidth=2)
        axes.plot([model.effect], [place], "o", color=colour, markersize=5)
        axes.annotate(row.says_change(model.effect), (1.0, place), xycoords=axes.get_yaxis_transform(), xytext=(6, 0), textcoords="offset points",
                      va="center", fontsize=9)  # fmt: skip
    axes.axvline(0, color=MUTED, linewidth=1)
    if np.isfinite(row.expected):
        axes.axvline(row.expected, color=INK, linewidth=1, linestyle="--")
        axes.annotate("expected", (row.expected, 1.0), xycoords=axes.get_xaxis_transform(), xytext=(0, 2), textcoords="offset points", ha="center",
                      va="bottom", fontsize=9)  # fmt: skip
    axes.set(yticks=places, yticklabels=[wrap(name, 26) for name in row.models["model"]], ylim=(places[-1] - 0.6, 0.6))
    axes.set_xlabel("Effect, with 95% interval")
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(lambda v, _: row.says_change(v))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
