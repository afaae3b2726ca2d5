"""Coming back and staying, drawn: cohorts as a shaded triangle, shares by time since the start, losses by age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cvclib.charts.style import ACCENT, GRID, INK, MUTED, PALETTE, new_figure, styled, wrap

DARK = 0.6  # of the darkest shade, from which figures in it are white
MOST_CURVES = 6
FINE = 0.1  # largest share of a table, below which shares are written with a decimal
LOW = 0.5  # highest end of an interval, below which the axis does not run to 100%
_LINES: tuple[object, ...] = ("-", (0, (5, 2)), ":", "-.", (0, (1, 1)), (0, (3, 1, 1, 1)))


@dataclass(frozen=True)
class Panel:
    """Curves on one pair of axes.

    Parameters
    ----------
    title : str
    curves : mapping of str to pandas.DataFrame
        Name to ``time``, ``share``, ``low``, ``high`` (0 to 1), from time 0.
    """

    title: str
    curves: Mapping[str, pd.DataFrame]


@styled
def cohorts(table: pd.DataFrame, *, xlabel: str, ylabel: str) -> Figure:
    """Share of each cohort that bought again, span by span after the first purchase, as a shaded table.

    Parameters
    ----------
    table : pandas.DataFrame
        Cohort by span since, both as they are to be read; shares from 0 to 1, NaN where not seen yet.
    xlabel, ylabel : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    n_rows, n_columns = table.shape
    figure, axis = new_figure(9, max(1.1 + 0.26 * n_rows, 2.6))
    values = table.to_numpy(float)
    most = (np.nanmax(values) if np.isfinite(values).any() else 1) or 1
    axis.imshow(np.ma.masked_invalid(values), cmap="Blues", vmin=0, vmax=most, aspect="auto")
    for i, j in zip(*np.nonzero(np.isfinite(values)), strict=True):
        colour = "white" if values[i, j] > DARK * most else INK
        axis.text(j, i, f"{100 * values[i, j]:.{0 if most >= FINE else 1}f}%", ha="center", va="center", fontsize=9.5, color=colour)
    axis.set_xticks(range(n_columns), table.columns)
    axis.set_yticks(range(n_rows), table.index)
    axis.set(xlabel=xlabel, ylabel=ylabel)
    axis.tick_params(length=0)
    for spine in axis.spines.values():
        spine.set_visible(False)
    return figure


@styled
def shares_by_time(panels: Sequence[Panel], *, xlabel: str, ylabel: str) -> Figure:
    """Share of customers by time since the start, with 95% bands, a panel beside the other.

    Parameters
    ----------
    panels : sequence of Panel
        One or two, with up to `MOST_CURVES` curves each.
    xlabel, ylabel : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(9, 3.9, n_columns=len(panels), squeeze=False)
    for axis, panel in zip(axes[0], panels, strict=True):
        _curves(axis, panel)
        axis.set(xlabel=xlabel, ylim=(0, _top(panel)))
    axes[0, 0].set_ylabel(ylabel)
    _name_curves(axes[0], panels)
    return figure


@styled
def staying(panel: Panel, losses: pd.DataFrame, *, xlabel: str, ylabel: str, losses_label: str) -> Figure:
    """Share of contracts still running by age, beside the share lost a month at each age.

    Parameters
    ----------
    panel : Panel
    losses : pandas.DataFrame
        ``age`` (as it is to be read), ``value``, ``low``, ``high``; NaN where too few were followed.
    xlabel, ylabel, losses_label : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(9, 3.9, n_columns=2, squeeze=False, width_ratios=(1.5, 1))
    left, right = axes[0]
    _curves(left, panel)
    left.set(xlabel=xlabel, ylabel=ylabel, ylim=(0, 1))
    place = np.arange(len(losses))
    right.vlines(place, losses["low"], losses["high"], color=ACCENT, lw=4, alpha=0.45)
    right.plot(place, losses["value"], "o", color=ACCENT, ms=7)
    right.set_xticks(place, losses["age"])
    right.set(xlim=(-0.6, len(losses) - 0.4), ylim=(0, None), xlabel=xlabel)
    right.set_title(wrap(losses_label, 34), fontsize=10.5)
    right.yaxis.set_major_formatter(lambda y, _: f"{100 * y:.3g}%")
    right.grid(axis="y", color=GRID, lw=0.6)
    _name_curves([left], [panel])
    return figure


def _curves(axis: Axes, panel: Panel) -> None:
    for (_, curve), colour, line in zip(panel.curves.items(), _colours(panel), _LINES, strict=False):
        axis.step(curve["time"], curve["share"], where="post", color=colour, ls=line, lw=2)
        shade = 0.14 if len(panel.curves) < 4 else 0.08
        axis.fill_between(curve["time"], curve["low"], curve["high"], step="post", color=colour, alpha=shade, lw=0)
    axis.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 3, 6, 10], integer=True))
    axis.set_xlim(0, max(curve["time"].max() for curve in panel.curves.values()))
    axis.set_title(wrap(panel.title, 44), fontsize=10.5)
    axis.yaxis.set_major_formatter(lambda y, _: f"{100 * y:.3g}%")
    axis.grid(axis="y", color=GRID, lw=0.6)


def _top(panel: Panel) -> float:
    highest = max(float(curve["high"].max()) for curve in panel.curves.values())
    return 1.0 if highest >= LOW else highest * 1.05


def _colours(panel: Panel) -> Sequence[str]:
    return (ACCENT, MUTED) if len(panel.curves) <= 2 else PALETTE


def _name_curves(axes: Sequence[Axes], panels: Sequence[Panel]) -> None:
    """A key below each panel: curves that cross and end together cannot be named beside their ends."""
    for axis, panel in zip(axes, panels, strict=True):
        if len(panel.curves) > 1:
            handles = [axis.plot([], [], color=colour, ls=line, lw=2)[0] for colour, line in zip(_colours(panel), _LINES, strict=False)][
                : len(panel.curves)
            ]
            names = [wrap(name, 30) for name in panel.curves]
            axis.legend(handles, names, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2 if len(names) > 1 else 1, handlelength=2.4)
