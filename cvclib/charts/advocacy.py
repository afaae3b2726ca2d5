"""Figures of advocacy: who recommends, what separates promoters from detractors, and what follows from it.

Frames in, matplotlib figures out; knows nothing of where the numbers came from.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cvclib.charts.style import ACCENT, BAD, GOOD, GRID, INK, MUTED, new_figure, styled, wrap

NAME_WIDTH = 26  # characters of a group's name a line
LEAST_LABELLED = 0.075  # a narrower part of a bar has no room for its number
ROW_INCHES, LINE_INCHES = 0.34, 0.15  # a row of one line, and each further line of its name
GROUP_COLOURS = {"detractors": "#d98b6a", "passives": "#d5dae0", "promoters": "#5fae9a"}  # carry dark text at 4.5 to 1


@styled
def recommendation(frame: pd.DataFrame, *, target: float | None = None) -> Figure:
    """Draw the shares of detractors, passives and promoters of each group beside its net promoter score.

    Parameters
    ----------
    frame : pandas.DataFrame
        A row a group, in reading order from the top: ``group``, ``detractors``, ``passives``, ``promoters``
        (0 to 1), ``nps``, ``low``, ``high`` (points), ``n``. A row without numbers is a group too small to show.
    target : float, optional
        A line at this score.

    Returns
    -------
    Figure
    """
    names = [wrap(name, NAME_WIDTH) for name in frame["group"]]
    places, height = _rows(names)
    figure, (left, right) = new_figure(9, height + 1.0, n_columns=2, sharey=True, width_ratios=[1.35, 1])
    shown = frame["nps"].notna().to_numpy()
    start = np.zeros(len(frame))
    for part, colour in GROUP_COLOURS.items():
        widths = frame[part].fillna(0).to_numpy(dtype=float)
        left.barh(places, widths, left=start, height=0.24, color=colour, linewidth=0)
        for place, x, width in zip(places[shown], start[shown], widths[shown], strict=True):
            if width >= LEAST_LABELLED:
                left.text(x + width / 2, place, f"{width:.0%}", ha="center", va="center", fontsize=9)
        start = start + widths
    for place in places[~shown]:
        left.text(0.01, place, "too few answers to show", va="center", fontsize=9, color=MUTED)
    for x, part, align in ((0, "detractors", "left"), (0.5, "passives", "center"), (1, "promoters", "right")):
        left.text(x, 1.0, f"■ {part.capitalize()}", transform=left.get_xaxis_transform(), ha=align, va="bottom",
                  color={"detractors": BAD, "passives": MUTED, "promoters": GOOD}[part], fontsize=9.5, weight="bold")  # fmt: skip
    left.set(yticks=places, yticklabels=names, xlim=(0, 1), xticks=[])
    left.invert_yaxis()
    for side in ("left", "bottom"):
        left.spines[side].set_visible(False)
    left.tick_params(axis="y", length=0)

    _whiskers(right, places, frame.rename(columns={"nps": "value"}), ACCENT)
    right.axvline(0, color=MUTED, linewidth=0.8, zorder=0)
    if target is not None:
        right.axvline(target, color=GOOD, linewidth=1.2, linestyle=(0, (4, 2)), zorder=0)
        right.text(
            target, 1.0, f"target {target:g}", transform=right.get_xaxis_transform(), ha="center", va="bottom", fontsize=9, color=GOOD
        )
    ends = frame[["low", "high"]].to_numpy(dtype=float)
    low, high = np.nanmin([*ends[:, 0], 0.0, target or 0.0]), np.nanmax([*ends[:, 1], 0.0, target or 0.0])
    span = high - low or 1
    right.set_xlim(low - 0.05 * span, high + 0.62 * span)  # room for the numbers at the right
    for place, value, n in zip(places[shown], frame["nps"][shown], frame["n"][shown], strict=True):
        right.text(1.0, place, f"{value:+.0f}".replace("-", "−") + f"  n = {int(n):,}", transform=right.get_yaxis_transform(),
                   ha="right", va="center", fontsize=9)  # fmt: skip
    right.set_xlabel("Net promoter score in points,\nwith 95% interval")
    right.tick_params(axis="y", left=False, labelleft=False)
    right.spines["left"].set_visible(False)
    _limits(left, places)
    return figure


@styled
def separation(frame: pd.DataFrame) -> Figure:
    """Draw how promoters and detractors rate each attribute, and the difference with its interval.

    Parameters
    ----------
    frame : pandas.DataFrame
        A row an attribute, in reading order: ``attribute``, ``promoters``, ``detractors`` (means), ``difference``,
        ``low``, ``high``, ``clear`` (bool: whether it stands after correction). Rows without numbers are left out.

    Returns
    -------
    Figure
    """
    frame = frame[frame["difference"].notna()]
    names = [wrap(name, NAME_WIDTH) for name in frame["attribute"]]
    places, height = _rows(names)
    figure, (left, right) = new_figure(9, height + 1.0, n_columns=2, sharey=True, width_ratios=[1, 1])
    left.hlines(places, frame["detractors"], frame["promoters"], color=GRID, linewidth=3, zorder=1)
    for part, colour, marker in (("detractors", BAD, "s"), ("promoters", GOOD, "o")):
        left.scatter(frame[part], places, color=colour, marker=marker, s=42, zorder=2)
    for x, text, colour in ((0.02, "■ Detractors", BAD), (0.98, "● Promoters", GOOD)):
        left.text(
            x,
            1.0,
            text,
            transform=left.transAxes,
            ha="left" if x < 0.5 else "right",
            va="bottom",
            color=colour,
            fontsize=9.5,
            weight="bold",
        )
    left.margins(x=0.1)
    left.set(yticks=places, yticklabels=names, xlabel="Mean rating of performance")
    left.invert_yaxis()
    left.tick_params(axis="y", length=0)
    left.spines["left"].set_visible(False)
    left.grid(axis="x", color=GRID, linewidth=0.6)

    clear = frame["clear"].to_numpy(dtype=bool)
    renamed = frame.rename(columns={"difference": "value"})
    _whiskers(right, places[clear], renamed[clear], ACCENT)
    _whiskers(right, places[~clear], renamed[~clear], MUTED, hollow=True)
    right.axvline(0, color=MUTED, linewidth=0.8, zorder=0)
    right.set_xlabel("Promoters' mean less detractors',\nwith 95% interval")
    right.tick_params(axis="y", left=False, labelleft=False)
    right.spines["left"].set_visible(False)
    _limits(left, places)
    return figure


@styled
def event_curves(curves: dict[str, pd.DataFrame], *, ylabel: str, xlabel: str, until: float) -> Figure:
    """Draw for two or more groups the share to whom something has happened, by time, with its 95% band.

    Parameters
    ----------
    curves : dict of str to pandas.DataFrame
        Group to ``time``, ``share``, ``low``, ``high`` (0 to 1), from time 0.
    ylabel, xlabel : str
    until : float
        Last time drawn.

    Returns
    -------
    Figure
    """
    figure, axes = new_figure(9, 4.0)
    ends = {}
    for (name, curve), colour, line in zip(curves.items(), (ACCENT, MUTED, BAD, GOOD), ("-", (0, (5, 2)), ":", "-."), strict=False):
        drawn = curve[curve["time"] <= until]
        time = [*drawn["time"], until]
        share, low, high = ([*drawn[c], drawn[c].iloc[-1]] for c in ("share", "low", "high"))
        axes.step(time, share, where="post", color=colour, linestyle=line, linewidth=2)
        axes.fill_between(time, low, high, step="post", color=colour, alpha=0.15, linewidth=0)
        ends[name] = (share[-1], colour)
    gap = 0.06 * max(1e-9, axes.get_ylim()[1])
    place = -np.inf
    for name, (end, colour) in sorted(ends.items(), key=lambda item: item[1][0]):
        place = max(end, place + gap)  # two curves that end together keep their names apart
        axes.annotate(
            name,
            (until, place),
            (6, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=9.5,
            weight="bold",
            annotation_clip=False,
        )
    axes.set(xlim=(0, until), ylim=(0, None), xlabel=xlabel, ylabel=ylabel)
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:.0%}")
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    return figure


def _rows(names: list[str]) -> tuple[np.ndarray, float]:
    """Middle of each row in inches from the top, and the height of all; a longer name gets a higher row."""
    heights = np.array([ROW_INCHES + LINE_INCHES * name.count("\n") for name in names])
    return np.cumsum(heights) - heights / 2, float(heights.sum())


def _limits(axes: Axes, places: np.ndarray) -> None:
    if len(places):
        axes.set_ylim(places[-1] + 0.3, places[0] - 0.3)


def _whiskers(axes: Axes, places: np.ndarray, frame: pd.DataFrame, colour: str, *, hollow: bool = False) -> None:
    low, high, value = (frame[c].to_numpy(dtype=float) for c in ("low", "high", "value"))
    axes.hlines(places, low, high, color=colour, linewidth=1.8)
    axes.scatter(value, places, s=38, color="white" if hollow else colour, edgecolor=colour or INK, linewidth=1.5, zorder=3)
