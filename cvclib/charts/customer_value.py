"""What customers cost beside what they bring, and on how few of them the value rests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from cvclib.charts.style import ACCENT, BAD, GRID, INK, MUTED, new_figure, styled, wrap

LARGEST_MARK = 900.0  # square points, of the cell with most customers
_LADDER = (1.0, 2.0, 5.0)


class Curve(NamedTuple):
    """A curve of running shares with what is written beside it.

    Parameters
    ----------
    title : str
    xlabel, ylabel : str
    frame : pandas.DataFrame
        ``share_of_customers``, ``share_of_total``.
    marks : sequence of (float, float, str)
        Points of the curve and their text.
    """

    title: str
    xlabel: str
    ylabel: str
    frame: pd.DataFrame
    marks: Sequence[tuple[float, float, str]]


@styled
def cost_beside_value(cells: pd.DataFrame, *, straight: float, show: Callable[[float], str], brings: str) -> Figure:
    """Customers by what they cost and bring; a square's area is the number of customers, the line is where both are equal.

    Parameters
    ----------
    cells : pandas.DataFrame
        ``x``, ``y``: places on the logarithmic scale ``sign · ln(1 + money / straight)``; ``n``.
    straight : float
        Money below which the scale is about straight.
    show : callable
        Money as text.
    brings : str
        What is brought, for the axis.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = new_figure(9, 5.0)
    side = np.sign(cells["y"] - cells["x"])
    colour = np.where(side > 0, ACCENT, np.where(side < 0, BAD, MUTED))
    axis.scatter(cells["x"], cells["y"], s=LARGEST_MARK * cells["n"] / cells["n"].max(), marker="s", color=colour, alpha=0.75, lw=0)
    room = 0.5
    low_x, high_x, low_y, high_y = (float(x) for x in (cells["x"].min(), cells["x"].max(), cells["y"].min(), cells["y"].max()))
    axis.set(xlim=(low_x - room, max(high_x, low_y) + room), ylim=(min(low_y, high_x) - room, high_y + room))
    ends = np.array([max(axis.get_xlim()[0], axis.get_ylim()[0]), min(axis.get_xlim()[1], axis.get_ylim()[1])])
    axis.plot(ends, ends, color=INK, lw=1.4)
    _money_ticks(axis.set_xticks, axis.get_xlim(), straight, show)
    _money_ticks(axis.set_yticks, axis.get_ylim(), straight, show)
    axis.text(0.99, 0.03, "cost more than they bring", transform=axis.transAxes, ha="right", color=BAD, weight="bold")
    axis.text(0.01, 0.96, "bring more than they cost", transform=axis.transAxes, va="top", color=ACCENT, weight="bold")
    axis.set(xlabel="Cost to serve of a customer in the period", ylabel=wrap(f"{brings} of a customer in the period", 48))
    axis.grid(color=GRID, lw=0.5)
    axis.set_axisbelow(True)
    return figure


@styled
def concentration(curves: Sequence[Curve]) -> Figure:
    """Running shares of one or two totals: a Lorenz curve below the line of equality, a whale curve above it.

    Parameters
    ----------
    curves : sequence of Curve

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(9 if len(curves) > 1 else 6, 4.3, n_columns=len(curves), squeeze=False)
    for axis, curve in zip(axes[0], curves, strict=True):
        _running(axis, curve)
    return figure


def _running(axis: Axes, curve: Curve) -> None:
    x, y = curve.frame["share_of_customers"], curve.frame["share_of_total"]
    axis.plot([0, 1], [0, 1], color=MUTED, lw=1.2, ls="--")
    axis.plot(x, y, color=ACCENT, lw=2.2)
    axis.fill_between(x, x, y, color=ACCENT, alpha=0.10, lw=0)
    corner = (0.03, 0.97, "left", "top") if (y <= x + 1e-9).all() else (0.97, 0.03, "right", "bottom")  # where the curve is not
    axis.plot([at for at, _, _ in curve.marks], [share for _, share, _ in curve.marks], "o", color=ACCENT, ms=7)
    words = "\n".join(wrap(f"● {text}", 34) for _, _, text in curve.marks)
    axis.text(corner[0], corner[1], words, transform=axis.transAxes, ha=corner[2], va=corner[3], color=ACCENT, fontsize=9.5)
    if y.max() > 1 + 1e-9:
        axis.axhline(1, color=MUTED, lw=0.9)
    axis.set(xlim=(0, 1), ylim=(min(0.0, float(y.min())), max(1.0, float(y.max())) * 1.04), xlabel=curve.xlabel, ylabel=curve.ylabel)
    axis.set_title(wrap(curve.title, 40), fontsize=10.5)
    axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.yaxis.set_major_locator(MaxNLocator(6))
    axis.grid(color=GRID, lw=0.5)


def _money_ticks(place: Callable[..., object], limits: tuple[float, float], straight: float, show: Callable[[float], str]) -> None:
    """Round sums of money, as many as fit, on the logarithmic scale."""
    most = straight * np.expm1(max(abs(limits[0]), abs(limits[1])))
    powers = 10.0 ** np.arange(np.floor(np.log10(straight)), np.ceil(np.log10(max(most, straight * 2))) + 1)
    sums = [0.0, *(step * power for power in powers for step in _LADDER)]
    every = sorted({*sums, *(-s for s in sums)})
    at = np.array([np.sign(s) * np.log1p(abs(s) / straight) for s in every])
    kept: list[int] = []
    for i in np.flatnonzero((at >= limits[0]) & (at <= limits[1])):
        if not kept or at[i] - at[kept[-1]] > (limits[1] - limits[0]) / 11:
            kept.append(int(i))
    place(at[kept], [show(every[i]) for i in kept])
