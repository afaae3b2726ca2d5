"""Process behaviour charts drawn: a panel a KPI, with centre, limits, target and the signals by their rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cvclib.charts.style import ACCENT, BAD, INK, MUTED, new_figure, styled, wrap
from cvclib.wording import Unit, suffix_of

MOST_TICK_LABELS = 8
NATURAL_COLOUR = "#e8ecf0"


@dataclass(frozen=True)
class Panel:
    """One KPI by month, as a panel draws it.

    Parameters
    ----------
    title : str
    unit : Unit
    frame : pandas.DataFrame
        ``month``, ``value``, ``natural_low``, ``natural_high``, ``action_low``, ``action_high``, ``outside`` (bool),
        ``level`` (mean before and after a change of level, else NaN).
    centre, target : float
        NaN for none.
    """

    title: str
    unit: Unit
    frame: pd.DataFrame
    centre: float
    target: float = np.nan


@styled
def draw_process_charts(panels: Sequence[Panel], *, period_start: pd.Timestamp) -> Figure:
    """Draw KPIs by month, one panel each, with limits and signals, and where the period begins.

    Parameters
    ----------
    panels : sequence of Panel
    period_start : pandas.Timestamp
        First day of the period analysed.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n_columns = 1 if len(panels) == 1 else 2
    n_rows = -(-len(panels) // n_columns)
    figure, axes = new_figure(9, 0.7 + 2.25 * n_rows, n_rows=n_rows, n_columns=n_columns, squeeze=False)
    for axis, panel in zip(axes.flat, panels, strict=False):
        _draw(axis, panel, period_start)
    for axis in axes.flat[len(panels) :]:
        axis.set_axis_off()
    figure.legend(handles=_legend(panels), loc="outside upper center", ncols=3, handlelength=1.8, columnspacing=1.6)
    return figure


def _legend(panels: Sequence[Panel]) -> list[Line2D | Patch]:
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=MUTED, lw=0.9, label="mean"),
        Patch(color=NATURAL_COLOUR, label="three standard deviations"),
        Line2D([], [], color=MUTED, lw=0.9, ls="--", label="action limits"),
    ]
    if any(np.isfinite(panel.target) for panel in panels):
        handles.append(Line2D([], [], color=INK, lw=1.4, label="target"))
    if any(panel.frame["outside"].any() for panel in panels):
        handles.append(Line2D([], [], ls="", marker="o", mfc="none", mec=BAD, mew=1.8, ms=9, label="beyond the limits"))
    if any(panel.frame["level"].notna().any() for panel in panels):
        handles.append(Line2D([], [], color=BAD, lw=2.2, label="before and after a change of level"))
    return handles


def _draw(axis: Axes, panel: Panel, period_start: pd.Timestamp) -> None:
    frame = panel.frame
    at, value = np.arange(len(frame)), frame["value"].to_numpy(float)  # by place, not by date: months stay equally far apart
    natural_low, natural_high = (frame[c].to_numpy(float) for c in ("natural_low", "natural_high"))
    axis.fill_between(at, natural_low, natural_high, step="mid", color=NATURAL_COLOUR, lw=0, zorder=0)
    for side in ("action_low", "action_high"):
        axis.step(at, frame[side].to_numpy(float), where="mid", color=MUTED, lw=0.9, ls="--", zorder=1)
    axis.axhline(panel.centre, color=MUTED, lw=0.9, zorder=1)
    if np.isfinite(panel.target):
        axis.axhline(panel.target, color=INK, lw=1.4, zorder=1)
    axis.plot(at, value, "-o", color=ACCENT, lw=1.5, ms=3.5, zorder=3)
    outside, level = frame["outside"].to_numpy(bool), frame["level"].to_numpy(float)
    for mean in dict.fromkeys(level[np.isfinite(level)]):
        here = at[level == mean]
        axis.plot([here[0] - 0.4, here[-1] + 0.4], [mean, mean], color=BAD, lw=2.2, zorder=2)
    axis.plot(at[outside], value[outside], "o", mfc="none", mec=BAD, mew=1.8, ms=10, zorder=4)
    starts = np.flatnonzero(frame["month"] >= period_start)
    if starts.size and starts[0] > 0:
        axis.axvline(starts[0] - 0.5, color=MUTED, lw=0.9, ls=":")
    _scales(axis, panel, at, value)


def _scales(axis: Axes, panel: Panel, at: np.ndarray, value: np.ndarray) -> None:
    months = panel.frame["month"]
    step = max(1, -(-len(months) // MOST_TICK_LABELS))
    names = [f"{m:%b}\n{m:%Y}" if i == 0 or m.month <= step else f"{m:%b}" for i, m in enumerate(months[::step])]
    axis.set_xticks(at[::step], names)
    usual = [panel.frame["action_low"].median(), panel.frame["action_high"].median()]  # of a month of few the limits may leave the panel
    seen = np.concatenate([value, usual, [panel.target]])
    low, high = np.nanmin(seen), np.nanmax(seen)
    room = 0.08 * (high - low) or max(abs(high), 1) * 0.05
    axis.set_ylim(low - room, high + room)
    axis.yaxis.set_major_locator(MaxNLocator(5))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda y, _: _tick(y, panel.unit)))
    unit = f", {suffix_of(panel.unit).strip()}" if panel.unit != "share" and suffix_of(panel.unit) else ""
    axis.set_title(wrap(panel.title + unit, 44), fontsize=10.5)
    axis.set_xlim(-0.6, len(at) - 0.4)


def _tick(y: float, unit: Unit) -> str:
    """Round numbers; per cent keeps its sign, other units are said in the title."""
    if unit == "share":
        return f"{100 * y:.3g}%".replace("-", "−")
    return (f"{y:,.0f}" if abs(y - round(y)) < 1e-9 else f"{y:,.3g}").replace("-", "−")
