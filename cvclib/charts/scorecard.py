"""KPIs drawn: each with its interval against its target, and by segment."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cvclib.charts.style import ACCENT, BAD, GRID, INK, MUTED, new_figure, styled, wrap
from cvclib.wording import Unit, suffix_of

ROW_INCHES = 0.62


@styled
def scorecard(rows: pd.DataFrame) -> Figure:
    """KPIs below each other, each on a scale of its own: now, interval, the period before and the target.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``label``, ``text`` (the value as printed), ``value``, ``low``, ``high``, ``previous``, ``target``,
        ``status``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n = len(rows)
    figure, axes = new_figure(9, 0.75 + ROW_INCHES * n, n_rows=n, squeeze=False)
    for axis, row in zip(axes[:, 0], rows.itertuples(index=False), strict=True):
        _bullet(axis, row)
    handles = [
        axes[0, 0].plot([], [], "o", color=ACCENT, ms=8)[0],
        axes[0, 0].plot([], [], "-", color=ACCENT, lw=3, alpha=0.55)[0],
        axes[0, 0].plot([], [], "o", mfc="white", mec=MUTED, mew=1.4, ms=7)[0],
        axes[0, 0].plot([], [], "|", color=INK, ms=13, mew=2)[0],
    ]
    figure.legend(handles, ["this period", "95% interval", "period before", "target"], loc="outside upper center", ncols=4)
    return figure


def _bullet(axis, row) -> None:
    seen = np.array([x for x in (row.value, row.low, row.high, row.previous, row.target) if np.isfinite(x)])
    room = max(np.ptp(seen) * 0.15, abs(seen).max() * 0.01, 1e-9)
    axis.set_xlim(seen.min() - room, seen.max() + room)
    axis.set_ylim(-1, 1)
    axis.axhline(0, color=GRID, lw=1, zorder=0)
    if np.isfinite(row.low):
        axis.plot([row.low, row.high], [0, 0], color=ACCENT, lw=5, alpha=0.45, solid_capstyle="butt")
    if np.isfinite(row.previous):
        axis.plot(row.previous, 0, "o", mfc="white", mec=MUTED, mew=1.4, ms=7)
    axis.plot(row.value, 0, "o", color=ACCENT, ms=8)
    if np.isfinite(row.target):
        axis.plot([row.target] * 2, [-0.7, 0.7], color=INK, lw=2)
    axis.set_yticks([0], [wrap(row.label, 26)])
    axis.tick_params(left=False, bottom=False, labelbottom=False)
    for spine in axis.spines.values():
        spine.set_visible(False)
    colour = BAD if row.status == "missed" else INK
    axis.text(1.02, 0.5, row.text, transform=axis.transAxes, va="center", fontsize=10, color=colour)


@styled
def by_segment(
    rows: pd.DataFrame, *, axis_label: str, unit: Unit, show: Callable[[float], str], overall: float, target: float = np.nan
) -> Figure:
    """One KPI a segment, with intervals, sorted as the rows come.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``segment``, ``value``, ``low``, ``high``, ``n``; NaN for a group too small to show.
    axis_label : str
    unit : Unit
        For the axis, where it is said once.
    show : callable
        A number as text.
    overall, target : float
        Reference lines; NaN for none.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = new_figure(9, 1.2 + 0.36 * max(len(rows), 2))
    place = np.arange(len(rows))[::-1]
    if np.isfinite(overall):
        axis.axvline(overall, color=MUTED, lw=1.2, ls="--", zorder=0)
        axis.text(overall, len(rows) - 0.4, " all", color=MUTED, fontsize=9.5, va="bottom")
    if np.isfinite(target):
        axis.axvline(target, color=INK, lw=2, zorder=0)
        axis.text(target, len(rows) - 0.4, " target", color=INK, fontsize=9.5, va="bottom")
    axis.hlines(place, rows["low"], rows["high"], color=ACCENT, lw=4, alpha=0.45)
    axis.plot(rows["value"], place, "o", color=ACCENT, ms=7)
    for y, row in zip(place, rows.itertuples(index=False), strict=True):
        words = f"{show(row.value)}  (n = {int(row.n):,})" if np.isfinite(row.value) else "too few to show"
        axis.annotate(words, (1.01, y), xycoords=("axes fraction", "data"), va="center", fontsize=9.5, color=MUTED, annotation_clip=False)
    axis.set_yticks(place, [wrap(name, 30) for name in rows["segment"]])
    axis.set_ylim(-0.6, len(rows) - 0.1)
    axis.set_xlabel(_with_unit(axis_label, unit))
    axis.xaxis.set_major_locator(MaxNLocator(7))
    axis.xaxis.set_major_formatter(_axis_numbers(unit))
    axis.tick_params(left=False)
    return figure


def _axis_numbers(unit: Unit) -> FuncFormatter:
    """Round numbers for ticks; per cent keeps its sign, other units are said in the title."""

    def show(x: float, _place: int) -> str:
        if unit == "share":
            return f"{100 * x:.3g}%".replace("-", "−")
        return f"{x:,.0f}".replace("-", "−") if abs(x - round(x)) < 1e-9 else f"{x:,.3g}".replace("-", "−")

    return FuncFormatter(show)


def _with_unit(text: str, unit: Unit) -> str:
    return f"{text}, {suffix_of(unit).strip()}" if unit != "share" and suffix_of(unit) else text
