"""Lifetime value, drawn: a forecast beside what came, how worth is spread, and worth by group."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cvclib.charts.style import ACCENT, GRID, INK, MUTED, PALETTE, new_figure, styled, wrap

EXPECTED, CAME = PALETTE[1], INK
WIDEST_NAME = 26


@styled
def forecast(by_time: pd.DataFrame, by_repeats: pd.DataFrame, *, cut: float, xlabel: str, ylabel: str) -> Figure:
    """Purchases summed up, expected and as they came, beside purchases a customer by earlier repeats.

    Parameters
    ----------
    by_time : pandas.DataFrame
        ``time``, ``expected``, ``came``.
    by_repeats : pandas.DataFrame
        ``repeats``, ``expected``, ``low``, ``high``, ``came``; empty where there is nothing to set beside.
    cut : float
        Time from which on the forecast was made.
    xlabel, ylabel : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    if len(by_repeats):
        figure, axes = new_figure(9, 3.9, n_columns=2, squeeze=False, width_ratios=(1.3, 1))
        left = axes[0, 0]
        _by_repeats(axes[0, 1], by_repeats)
    else:
        figure, left = new_figure(9, 3.9)
    left.axvspan(cut, by_time["time"].max(), color=GRID, alpha=0.45, lw=0)
    left.plot(by_time["time"], by_time["came"], color=CAME, lw=2, label="came")
    left.plot(by_time["time"], by_time["expected"], color=EXPECTED, lw=2, ls=(0, (5, 2)), label="forecast")
    falls = by_time["came"].iloc[-1] < by_time["came"].iloc[0]
    left.text(
        cut,
        0.97 if falls else 0.03,
        " held out",
        transform=left.get_xaxis_transform(),
        fontsize=9,
        color=MUTED,
        va="top" if falls else "bottom",
    )
    left.set(xlabel=xlabel, ylabel=ylabel, ylim=(0, None), xlim=(by_time["time"].min(), by_time["time"].max()))
    left.xaxis.set_major_locator(MaxNLocator(integer=True))
    left.yaxis.set_major_formatter(lambda y, _: f"{y:,.0f}")
    left.legend(frameon=False, loc="lower left" if falls else "upper left")
    return figure


def _by_repeats(axis: Axes, rows: pd.DataFrame) -> None:
    place = np.arange(len(rows))
    axis.vlines(place, rows["low"], rows["high"], color=EXPECTED, lw=5, alpha=0.35)
    axis.plot(place, rows["expected"], "o", color=EXPECTED, ms=6, label="forecast")
    axis.plot(place, rows["came"], "D", color=CAME, ms=5.5, mfc="none", mew=1.5, label="came")
    axis.set_xticks(place, rows["repeats"])
    axis.set(xlabel="Repeat purchases before", ylim=(0, None), xlim=(-0.5, len(rows) - 0.5))
    axis.set_title("Purchases a customer, held out", fontsize=10.5)
    axis.legend(frameon=False, loc="upper left")


@styled
def spread(values: np.ndarray, *, xlabel: str) -> Figure:
    """How the worth of customers is spread, the largest hundredth taken together.

    Parameters
    ----------
    values : numpy.ndarray
        Worth of each customer.
    xlabel : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = new_figure(9, 3.2)
    top = float(np.quantile(values, 0.99)) or 1.0
    axis.hist(np.minimum(values, top), bins=30, color=ACCENT, alpha=0.8, edgecolor="white", lw=0.6)
    _, height = axis.get_ylim()
    axis.set_ylim(0, height * 1.2)
    for value, name, side in ((np.median(values), "half are worth less", "right"), (np.mean(values), "mean", "left")):
        axis.axvline(value, color=INK, lw=1, ls=(0, (4, 2)))
        gap = " " if side == "left" else ""
        axis.text(value, height * 1.17, f"{gap}{name}: {value:,.0f}{'' if gap else ' '}", fontsize=9, ha=side, va="top", color=INK)
    axis.set(xlabel=xlabel, ylabel="Customers", xlim=(min(0.0, float(np.min(values))), None))
    axis.xaxis.set_major_formatter(lambda x, _: f"{x:,.0f}")
    axis.yaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


@styled
def by_group(panels: dict[str, pd.DataFrame], *, mean: float, xlabel: str) -> Figure:
    """Mean worth of a customer by group with 95% intervals, a panel a kind of group.

    Parameters
    ----------
    panels : dict of str to pandas.DataFrame
        Title to ``group``, ``value``, ``low``, ``high``, in the order to be read.
    mean : float
        Of all customers, drawn as a line.
    xlabel : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    longest = max(len(rows) for rows in panels.values())
    figure, axes = new_figure(9, max(2.2, 1.2 + 0.34 * longest), n_columns=len(panels), squeeze=False)
    for axis, (title, rows) in zip(axes[0], panels.items(), strict=True):
        place = np.arange(len(rows))[::-1]
        axis.axvline(mean, color=MUTED, lw=1, ls=(0, (4, 2)))
        axis.hlines(place, rows["low"], rows["high"], color=ACCENT, lw=4, alpha=0.4)
        axis.plot(rows["value"], place, "o", color=ACCENT, ms=7)
        axis.set_yticks(place, [wrap(str(name), WIDEST_NAME) for name in rows["group"]])
        axis.set(xlabel=xlabel, ylim=(-0.6, len(rows) - 0.4), xlim=(0, None))
        axis.set_title(title, fontsize=10.5)
        axis.xaxis.set_major_locator(MaxNLocator(5))
        axis.xaxis.set_major_formatter(lambda x, _: f"{x:,.0f}")
    return figure
