"""Waiting drawn: the share that has it by day, days early and late, and the same of several groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cvclib.charts.style import ACCENT, BAD, GRID, INK, MUTED, PALETTE, new_figure, styled, wrap
from cvclib.wording import number

NAME_WIDTH = 20  # characters a line
MOST_NAMED = 4  # curves with a colour and a name of their own; the others are thin and grey


@styled
def draw_wait(
    curve: pd.DataFrame,
    *,
    until: float,
    half: float,
    most: float,
    axis_label: str,
    waiting: str = "",
    promised: pd.DataFrame | None = None,
) -> Figure:
    """Draw the share delivered by day, with its interval, the times by which half and nine in ten are, and the promise.

    Parameters
    ----------
    curve : pandas.DataFrame
        From `cvclib.methods.survival.kaplan_meier`, in days.
    until : float
        Where the axis ends.
    half, most : float
        Days by which half, and nine in ten, have it; NaN where that is not seen.
    axis_label : str
    waiting : str
        Who still waits, as a remark in the corner.
    promised : pandas.DataFrame or None
        ``days``, ``n``: orders by days promised.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(9, 4.2)
    if promised is not None and len(promised):
        days = np.r_[0, promised["days"].to_numpy(float), until]
        share = np.r_[0, promised["n"].cumsum() / promised["n"].sum(), 1.0]
        axes.step(days, share, where="post", color=MUTED, lw=1.4, ls=(0, (4, 2)), label="promised by then")
    _curve(axes, curve, until, ACCENT, "delivered by then, with 95% interval")
    for share, days in ((0.5, half), (0.9, most)):
        if np.isfinite(days) and days <= until:
            axes.plot([0, days, days], [share, share, 0], color=INK, lw=0.8, ls=":")
            axes.annotate(
                f"{days:,.0f}", (days, 0), xytext=(3, 3), textcoords="offset points", fontsize=9.5, fontweight="bold", va="bottom"
            )
    axes.legend(loc="upper left", bbox_to_anchor=(0.0, 1.13), ncols=2)
    _shares(axes, until)
    axes.text(0.99, 0.04, wrap(waiting, 34), transform=axes.transAxes, ha="right", va="bottom", fontsize=9.5, color=MUTED)
    axes.set_xlabel(axis_label)
    return figure


@styled
def draw_lateness(days: Sequence[int], counts: Sequence[int], overdue: int, *, most: int = 14) -> Figure:
    """Draw how many orders came how many days before or after the promised day.

    Parameters
    ----------
    days : sequence of int
        Days from the promised day; negative is early.
    counts : sequence of int
        Orders of each.
    overdue : int
        Orders past the promised day that have not come.
    most : int
        Days beyond which they are gathered in one bar on each side.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(9, 3.8)
    days = np.clip(np.asarray(days, dtype=int), -most - 1, most + 1)
    low, high = (int(days.min()), int(days.max())) if days.size else (0, 1)
    low, high = min(low, 0), max(high, 1)
    place = np.arange(low, high + 1)
    heights = np.bincount(days - low, weights=counts, minlength=place.size)
    axes.bar(place, heights, width=0.86, color=np.where(place > 0, BAD, ACCENT))
    if overdue:
        axes.bar(high + 2, overdue, width=0.86, facecolor="white", edgecolor=BAD, hatch="////")
        place = np.r_[place, high + 2]
    axes.axvline(0.5, color=INK, lw=1)
    top = max(float(heights.max(initial=0)), overdue, 1)
    for text, colour, side, aside in (("in time", ACCENT, "right", -5), ("late", BAD, "left", 5)):
        axes.annotate(
            text, (0.5, top * 1.12), xytext=(aside, 0), textcoords="offset points", ha=side, va="center", color=colour, fontsize=10,
            fontweight="bold",
        )  # fmt: skip
    axes.set_ylim(0, top * 1.2)
    names = {x: _day_name(x, most) for x in place if x % 2 == 0 or abs(x) == most + 1} | ({high + 2: "not\nyet"} if overdue else {})
    names = {x: name for x, name in names.items() if abs(x) != most}
    axes.set_xticks(list(names), list(names.values()))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.grid(axis="y", color=GRID, lw=0.6)
    axes.set_axisbelow(True)
    axes.set_ylabel("Orders")
    axes.set_xlabel("Days from the promised day to delivery")
    return figure


@styled
def draw_sources(
    curves: Sequence[tuple[str, pd.DataFrame]], rows: pd.DataFrame, *, until: float, named: Sequence[str], overall: float, event: str
) -> Figure:
    """Draw the share won by day for each source beside the share won by the horizon with its interval.

    Parameters
    ----------
    curves : sequence of (str, pandas.DataFrame)
        Source and survival curve; the first is that of all.
    rows : pandas.DataFrame
        ``group``, ``value``, ``low``, ``high``, ``n`` at the horizon, in reading order from the top.
    until : float
        The horizon, in days.
    named : sequence of str
        Sources that differ from the others, drawn in a colour of their own; at most four.
    overall : float
        Share of all by the horizon.
    event : str
        What is counted: ``"won"``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    names = [wrap(name, NAME_WIDTH) for name in rows["group"]]
    lines = max(name.count("\n") + 1 for name in names)
    height = max(3.6, 1.4 + max(0.34, 0.19 * lines) * len(rows))
    figure, (left, right) = new_figure(9, height, n_columns=2, width_ratios=[1.15, 1])
    colours = dict(zip(named[:MOST_NAMED], PALETTE[1:], strict=False))
    for name, curve in curves[1:]:
        if name not in colours:
            _line(left, curve, until, "#b8c0c9", 0.9)
    for name, colour in colours.items():
        found = [curve for source, curve in curves[1:] if source == name]
        if found:
            _line(left, found[0], until, colour, 1.8)
    _curve(left, curves[0][1], until, ACCENT, "all")
    top = max([1 - float(c.loc[c["time"] <= until, "low"].iloc[-1]) for c in [curves[0][1]]] + [float(np.nanmax(rows["value"]))])
    left.set_title(f"Share {event}, by days since the lead came in", fontsize=10.5, fontweight="normal", pad=18)
    left.set(xlim=(0, until), ylim=(0, min(1.0, top * 1.15 + 0.01)))
    left.yaxis.set_major_locator(MaxNLocator(5))
    left.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:.3g}%"))
    left.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    left.grid(axis="y", color=GRID, lw=0.6)
    place = np.arange(len(rows))[::-1]
    tint = [colours.get(name, ACCENT if not colours else "#8894a1") for name in rows["group"]]
    right.axvline(overall, color=ACCENT, lw=1.2, ls="--", zorder=0)
    right.annotate("all", (overall, 1.01), xycoords=("data", "axes fraction"), color=ACCENT, fontsize=9.5, ha="center", va="bottom")
    right.hlines(place, rows["low"], rows["high"], color=tint, lw=3.5, alpha=0.5)
    right.scatter(rows["value"], place, color=tint, s=34, zorder=3)
    for y, row in zip(place, rows.itertuples(index=False), strict=True):
        text = f"{number(row.value, 'share')}  (n = {int(row.n):,})" if np.isfinite(row.value) else "too few to show"
        right.annotate(text, (1.02, y), xycoords=("axes fraction", "data"), va="center", fontsize=9, color=MUTED, annotation_clip=False)
    right.set_yticks(place, names, fontsize=9.5)
    right.set_ylim(-0.6, len(rows) - 0.3)
    spread = float(np.nanmax(rows["high"]) - np.nanmin(rows["low"]))
    least = float(np.nanmin([*rows["low"], overall])) - 0.1 * spread
    right.set_xlim(left=0 if least < 2 * spread else least)  # far from nought the intervals need the room
    right.xaxis.set_major_locator(MaxNLocator(4))
    right.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * x:.3g}%"))
    right.tick_params(left=False)
    right.set_title(f"{event.capitalize()} within {until:,.0f} days", fontsize=10.5, fontweight="normal", pad=18)
    return figure


@styled
def draw_service(panels: Sequence[tuple[str, pd.DataFrame, float, str, float, float]]) -> Figure:
    """Draw, side by side, how fast questions are answered and how fast they are solved.

    Parameters
    ----------
    panels : sequence of (title, curve, until, unit, half, most)
        A survival curve with where its axis ends, its unit, and the times by which half and nine in ten are done.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(9, 3.7, n_columns=len(panels), squeeze=False)
    for panel, (title, curve, until, unit, half, most) in zip(axes.flat, panels, strict=True):
        _curve(panel, curve, until, ACCENT, "")
        for share, time in ((0.5, half), (0.9, most)):
            if np.isfinite(time) and time <= until:
                panel.plot([0, time, time], [share, share, 0], color=INK, lw=0.8, ls=":")
                text = f"{time:,.0f}" if time >= 10 else f"{time:,.1f}"
                panel.annotate(text, (time, 0), xytext=(3, 3), textcoords="offset points", fontsize=9.5, fontweight="bold", va="bottom")
        _shares(panel, until)
        panel.set_title(title, fontsize=11)
        panel.set_xlabel(f"{unit.capitalize()} since the ticket was opened")
    return figure


def _day_name(day: int, most: int) -> str:
    if abs(day) == most + 1:
        return f"{most + 1}+\n{'early' if day < 0 else 'late'}"
    return f"{day:+d}".replace("-", "−") if day else "0"


def _shares(axes: Axes, until: float) -> None:
    axes.set(xlim=(0, until), ylim=(0, 1.02), yticks=[0, 0.25, 0.5, 0.75, 0.9, 1])
    axes.set_yticklabels(["0%", "25%", "50%", "75%", "90%", "100%"])
    axes.xaxis.set_major_locator(
        MaxNLocator(10 if axes.get_figure().axes[0] is axes and len(axes.get_figure().axes) == 1 else 6, integer=True)
    )
    axes.grid(axis="y", color=GRID, lw=0.6)


def _steps(curve: pd.DataFrame, until: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Times, shares and both ends up to where the axis or what was observed ends."""
    shown = curve[curve["time"] <= until]
    end = min(until, float(curve["time"].iloc[-1]))
    went, low, high = (np.append(1 - shown[c], 1 - shown[c].iloc[-1]) for c in ("survival", "high", "low"))
    return np.append(shown["time"], end), went, low, high


def _line(axes: Axes, curve: pd.DataFrame, until: float, colour: str, width: float) -> None:
    time, went, _, _ = _steps(curve, until)
    axes.step(time, went, where="post", color=colour, lw=width)


def _curve(axes: Axes, curve: pd.DataFrame, until: float, colour: str, name: str) -> None:
    time, went, low, high = _steps(curve, until)
    axes.fill_between(time, low, high, step="post", color=colour, alpha=0.2, lw=0)
    axes.step(time, went, where="post", color=colour, lw=2, label=name or None)
