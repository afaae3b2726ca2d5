"""Figures of value: importance against performance, what drives satisfaction, cost against value.

Frames in, matplotlib figures out; knows nothing of where the numbers came from.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cvclib.charts.labels import key_lines, place_labels
from cvclib.charts.style import ACCENT, BAD, GOOD, GRID, INK, MUTED, NEUTRAL, new_figure, styled, wrap

NAME_WIDTH = 34  # characters of a row's name a line
ROW_INCHES, LINE_INCHES = 0.27, 0.15  # a row of one line, and each further line of its name
LINE_OF_KEY_INCHES = 0.2
ZONE_COLOURS = {"in balance": NEUTRAL, "costs more than it brings": BAD, "brings more than it costs": GOOD}


@styled
def grid(frame: pd.DataFrame, lines: tuple[float, float], *, importance: str = "Importance", performance: str = "Performance") -> Figure:
    """Draw the importance–performance grid: a cross an attribute, its arms the 95% intervals.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``attribute``, ``importance``, ``importance_low``, ``importance_high``, ``performance``, ``low``, ``high``.
    lines : (float, float)
        Importance and performance at which the cross-hairs stand.
    importance, performance : str
        Titles of the axes.

    Returns
    -------
    Figure
    """
    bars = ("importance", "importance_low", "importance_high"), ("performance", "low", "high")
    figure, axes = _scatter_axes(6.2)
    (x, x_low, x_high), (y, y_low, y_high) = _columns(frame, bars[1]), _columns(frame, bars[0])
    _limits(axes, (x_low, x_high, lines[1]), (y_low, y_high, lines[0]))
    _crosses(axes, x, y, (x_low, x_high), (y_low, y_high), ACCENT)
    axes.axhline(lines[0], color=MUTED, linewidth=1)
    axes.axvline(lines[1], color=MUTED, linewidth=1)
    corners = (("Concentrate here", 0, 1), ("Keep up the good work", 1, 1), ("Low priority", 0, 0), ("Possible overkill", 1, 0))
    for words, right, top in corners:
        axes.text(
            right, 1.015 if top else -0.105, words, transform=axes.transAxes, ha="right" if right else "left", va="bottom" if top else "top",
            color=MUTED, fontsize=10, weight="bold",
        )  # fmt: skip
    axes.set(xlabel=performance, ylabel=importance)
    order = np.argsort(-np.abs(y - lines[0]))
    return _labelled(figure, axes, x[order], y[order], frame["attribute"].to_numpy()[order])


@styled
def ranking(frame: pd.DataFrame, *, title: str, percent: bool = False, line: tuple[float, str] | None = None) -> Figure:
    """Draw an estimate a row with its 95% interval, the first row at the top.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``name``, ``value``, ``low``, ``high``; optionally ``colour``.
    title : str
        Title of the axis.
    percent : bool
        Whether the values are shares, to be read in per cent.
    line : (float, str), optional
        A line to compare with, and its name.

    Returns
    -------
    Figure
    """
    names = [wrap(name, NAME_WIDTH) for name in frame["name"]]
    lines = np.array([name.count("\n") for name in names])
    heights = ROW_INCHES + LINE_INCHES * lines
    places = -(np.cumsum(heights) - heights / 2)
    figure, axes = new_figure(9, max(1.6, heights.sum() + 0.9))
    values, low, high = _columns(frame, ("value", "low", "high"))
    colours = frame["colour"] if "colour" in frame else [ACCENT] * len(frame)
    for place, value, a, b, colour in zip(places, values, low, high, colours, strict=True):
        axes.plot([a, b], [place, place], color=colour, linewidth=2.2, alpha=0.55, solid_capstyle="butt")
        axes.plot([value], [place], "o", color=colour, markersize=6)
        axes.annotate(_share(value) if percent else f"{value:.1f}", (max(b, value) if np.isfinite(b) else value, place),
                      xytext=(6, 0), textcoords="offset points", va="center", fontsize=9)  # fmt: skip
    if line:
        axes.axvline(line[0], color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
        axes.annotate(line[1], (line[0], 1), xycoords=axes.get_xaxis_transform(), xytext=(0, 3), textcoords="offset points",
                      ha="center", va="bottom", fontsize=9, color=MUTED)  # fmt: skip
    axes.set(yticks=places, yticklabels=names, ylim=(-heights.sum() - 0.05, 0.05), xlabel=title)
    top = np.nanmax([*high, *values])
    axes.set_xlim(min(0, np.nanmin([*low, *values])), top * 1.09 if top > 0 else 1)
    if percent:
        axes.xaxis.set_major_formatter(lambda v, _: f"{v:.0%}")
    axes.grid(axis="x", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    return figure


@styled
def stated_and_derived(frame: pd.DataFrame, *, stated: str, derived: str) -> Figure:
    """Draw what customers say matters against what their satisfaction shows to matter.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``attribute``, ``stated``, ``stated_low``, ``stated_high``, ``share``, ``low``, ``high``.
    stated, derived : str
        Titles of the axes.

    Returns
    -------
    Figure
    """
    figure, axes = _scatter_axes(5.6)
    (x, x_low, x_high), (y, y_low, y_high) = (
        _columns(frame, ("stated", "stated_low", "stated_high")),
        _columns(frame, ("share", "low", "high")),
    )
    _limits(axes, (x_low, x_high, np.mean(x)), (y_low, y_high, np.mean(y)))
    _crosses(axes, x, y, (x_low, x_high), (y_low, y_high), ACCENT)
    axes.axvline(np.mean(x), color=MUTED, linewidth=1)
    axes.axhline(np.mean(y), color=MUTED, linewidth=1)
    axes.yaxis.set_major_formatter(lambda v, _: f"{v:.0%}")
    axes.set(xlabel=stated, ylabel=derived)
    order = np.argsort(-y)
    return _labelled(figure, axes, x[order], y[order], frame["attribute"].to_numpy()[order])


@styled
def cost_and_value(frame: pd.DataFrame, zone: tuple[np.ndarray, np.ndarray, np.ndarray]) -> Figure:
    """Draw Tanaka's value control chart: share of the value against share of the cost.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``touchpoint``, ``cost_share``, ``value_share``, ``low``, ``high``, ``zone``.
    zone : (ndarray, ndarray, ndarray)
        Cost shares, and the lowest and highest value share in balance with each.

    Returns
    -------
    Figure
    """
    figure, axes = _scatter_axes(6)
    x, y, low, high = _columns(frame, ("cost_share", "value_share", "low", "high"))
    top = max(np.max(x), np.nanmax([*high, *y])) * 1.12
    axes.set(xlim=(0, top), ylim=(0, top))
    axes.fill_between(zone[0], zone[1], zone[2], color="#e9edf1", linewidth=0, zorder=0)
    axes.plot([0, top], [0, top], color=MUTED, linewidth=1, zorder=0)
    for name, colour in ZONE_COLOURS.items():
        part = (frame["zone"] == name).to_numpy()
        _crosses(axes, x[part], y[part], (x[part], x[part]), (low[part], high[part]), colour)
    for words, px, py, align in (("Brings more than it costs", 0.0, 1.015, "left"), ("Costs more than it brings", 1.0, -0.115, "right")):
        colour = ZONE_COLOURS[words[0].lower() + words[1:]]
        axes.text(
            px, py, words, transform=axes.transAxes, ha=align, va="bottom" if py > 1 else "top", color=colour, fontsize=10, weight="bold"
        )
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda v, _: f"{v:.0%}")
    axes.set(xlabel="Share of the cost", ylabel="Share of the value")
    order = np.argsort(-np.abs(y - x))
    return _labelled(figure, axes, x[order], y[order], frame["touchpoint"].to_numpy()[order])


@styled
def worth(frame: pd.DataFrame, *, currency: str = "") -> Figure:
    """Draw, a row a touchpoint, what it costs the company and what the customer would pay elsewhere.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``touchpoint``, ``cost``, ``low``, ``high``, ``full_cost`` (NaN where not known), ``alternative``, in
        reading order.
    currency : str
        For the title of the axis.

    Returns
    -------
    Figure
    """
    names = [wrap(name, NAME_WIDTH) for name in frame["touchpoint"]]
    heights = 0.46 + LINE_INCHES * np.array([name.count("\n") for name in names])
    places = -(np.cumsum(heights) - heights / 2)
    figure, axes = new_figure(9, max(1.9, heights.sum() + 1.1))
    cost, low, high, full, alternative = _columns(frame, ("cost", "low", "high", "full_cost", "alternative"))
    for place, a, b in zip(places, cost, alternative, strict=True):
        axes.plot([a, b], [place, place], color=GOOD if b >= a else BAD, linewidth=5, alpha=0.3, solid_capstyle="butt", zorder=1)
        for value in (a, b):
            axes.annotate(f"{value:,.0f}" if value >= 100 else f"{value:,.2f}", (value, place), xytext=(0, 8),
                          textcoords="offset points", ha="center", va="bottom", fontsize=9)  # fmt: skip
    axes.hlines(places, low, high, color=INK, linewidth=2)
    axes.plot(cost, places, "o", color=INK, markersize=7, linestyle="none", label="Cost to the company, 95% interval")
    if np.isfinite(full).any():
        axes.plot(
            full,
            places,
            "o",
            color=INK,
            markerfacecolor="white",
            markersize=7,
            linestyle="none",
            label="Full cost, all activities behind it",
        )
    axes.plot(alternative, places, "D", color=ACCENT, markersize=7, linestyle="none", label="Customer's next best alternative")
    span = np.nanmax([*cost, *alternative, *full]) or 1
    axes.set(yticks=places, yticklabels=names, ylim=(-heights.sum() - 0.05, 0.05), xlim=(0, 1.08 * span))
    axes.set_xlabel(f"{currency} a time".strip())
    axes.legend(loc="lower left", bbox_to_anchor=(-0.1, 1), ncols=3, borderaxespad=0.2)
    axes.grid(axis="x", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    return figure


@styled
def needs_and_wants(frame: pd.DataFrame) -> Figure:
    """Draw the Kano map: how much a feature satisfies when there, against how much it dissatisfies when not.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``attribute``, ``satisfaction`` (0 to 1) and ``dissatisfaction`` (0 to -1) with their
        ``…_low`` and ``…_high``.

    Returns
    -------
    Figure
    """
    figure, axes = _scatter_axes(5.8)
    y, y_low, y_high = _columns(frame, ("satisfaction", "satisfaction_low", "satisfaction_high"))
    x, x_high, x_low = (-c for c in _columns(frame, ("dissatisfaction", "dissatisfaction_low", "dissatisfaction_high")))
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.axhline(0.5, color=MUTED, linewidth=1)
    axes.axvline(0.5, color=MUTED, linewidth=1)
    _crosses(axes, x, y, (x_low, x_high), (y_low, y_high), ACCENT)
    corners = (
        ("Attractive: a want", 0, 1),
        ("One-dimensional: the more the better", 1, 1),
        ("Indifferent", 0, 0),
        ("Must-be: a need", 1, 0),
    )
    for words, right, top in corners:
        axes.text(right, 1.015 if top else -0.115, words, transform=axes.transAxes, ha="right" if right else "left",
                  va="bottom" if top else "top", color=MUTED, fontsize=10, weight="bold")  # fmt: skip
    axes.set(xlabel="Dissatisfies when missing (CS−, without sign)", ylabel="Satisfies when there (CS+)")
    return _labelled(figure, axes, x, y, frame["attribute"].to_numpy())


@styled
def quality_and_price(frame: pd.DataFrame) -> Figure:
    """Draw brands by relative quality and relative price, with the line of fair value.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``brand``, ``quality``, ``low``, ``high``, ``price`` (100 is the market's average), ``own``.

    Returns
    -------
    Figure
    """
    figure, axes = _scatter_axes(5.8)
    x, low, high, y = _columns(frame, ("quality", "low", "high", "price"))
    reach = 1.25 * max(8.0, np.nanmax(np.abs(np.r_[low, high, y] - 100)))
    axes.set(xlim=(100 - reach, 100 + reach), ylim=(100 - reach, 100 + reach))
    axes.plot([100 - reach, 100 + reach], [100 - reach, 100 + reach], color=MUTED, linewidth=1, zorder=0)
    own = frame["own"].to_numpy(bool)
    for part, colour in ((own, ACCENT), (~own, INK)):
        _crosses(axes, x[part], y[part], (low[part], high[part]), (y[part], y[part]), colour)
    axes.text(1, -0.115, "Better value", transform=axes.transAxes, ha="right", va="top", color=GOOD, fontsize=10, weight="bold")
    axes.text(0, 1.015, "Worse value", transform=axes.transAxes, va="bottom", color=BAD, fontsize=10, weight="bold")
    axes.set(xlabel="Relative quality, 100 is the market's average", ylabel="Relative price, 100 is the market's average")
    order = np.argsort(~own, kind="stable")
    return _labelled(figure, axes, x[order], y[order], frame["brand"].to_numpy()[order])


def _share(value: float) -> str:
    return "under 1%" if 0 < value < 0.01 else f"{value:.0%}"


def _scatter_axes(height_inches: float) -> tuple[Figure, Axes]:
    figure, axes = new_figure(9, height_inches)
    figure.set_layout_engine("none")  # names are placed by the pixel: the axes must not move afterwards
    axes.set_position((0.09, 0.13, 0.89, 0.81))
    return figure, axes


def _columns(frame: pd.DataFrame, names: tuple[str, ...]) -> list[np.ndarray]:
    return [frame[name].to_numpy(dtype=float) for name in names]


def _limits(axes: Axes, x: tuple, y: tuple) -> None:
    for set_limits, values in ((axes.set_xlim, x), (axes.set_ylim, y)):
        flat = np.concatenate([np.ravel(v) for v in values])
        low, high = np.nanmin(flat), np.nanmax(flat)
        room = 0.09 * (high - low) or 0.5
        set_limits(low - room, high + room)


def _crosses(axes: Axes, x: np.ndarray, y: np.ndarray, across: tuple, up: tuple, colour: str) -> None:
    axes.hlines(y, *across, color=colour, alpha=0.35, linewidth=1.4)
    axes.vlines(x, *up, color=colour, alpha=0.35, linewidth=1.4)
    axes.plot(x, y, "o", color=colour, markersize=6, linestyle="none")


def _labelled(figure: Figure, axes: Axes, x: np.ndarray, y: np.ndarray, names: np.ndarray) -> Figure:
    """Name the points; what does not fit is numbered, and told below the figure."""
    key = key_lines(place_labels(axes, x, y, [str(name) for name in names]))
    for i, line in enumerate(key):
        figure.text(0.02, -0.01 - (i + 1) * LINE_OF_KEY_INCHES / figure.get_size_inches()[1], line, fontsize=9, va="bottom", color=INK)
    return figure
