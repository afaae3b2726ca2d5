"""Figures of what a change would bring: the tornado of attributes and links, and waiting before and after.

Frames in, matplotlib figures out; knows nothing of where the numbers came from.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cvclib.charts.style import ACCENT, GOOD, GRID, INK, MUTED, new_figure, styled, wrap

NAME_WIDTH = 36  # characters of a row's name a line
TITLE_WIDTH = 78  # characters of an axis title a line
ROW, LINE, HEAD = 0.29, 0.155, 0.34  # inches a row, each further line of its name, and a heading between rows


@styled
def tornado(
    frame: pd.DataFrame, *, title: str, says: Callable[[float], str], links: pd.DataFrame | None = None, heading: str = ""
) -> Figure:
    """Draw what each change brings as a bar from nought with its 95% interval; below, how far each link alone leaves the first open.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``name``, ``value``, ``low``, ``high``, ``seen`` (False draws it muted), the first row at the top.
    title : str
        Title of the axis.
    says : callable
        A value in words, for the axis and the labels.
    links : pandas.DataFrame, optional
        ``name``, ``low``, ``high``, in the same unit.
    heading : str
        Above the links.

    Returns
    -------
    Figure
    """
    names = [wrap(name, NAME_WIDTH) for name in frame["name"]]
    below = [] if links is None else [wrap(name, NAME_WIDTH) for name in links["name"]]
    heights = np.array([ROW + LINE * name.count("\n") for name in [*names, *below]])
    ends = np.cumsum(heights) + (np.arange(len(heights)) >= len(names)) * HEAD
    places = -(ends - heights / 2)
    figure, axes = new_figure(9, max(1.7, ends[-1] + 0.75))
    for place, value, low, high, seen in zip(places, *(frame[c] for c in ("value", "low", "high", "seen")), strict=False):
        colour = ACCENT if seen else MUTED
        axes.barh(place, value, height=0.17, color=colour, alpha=0.45 if seen else 0.25, linewidth=0)
        axes.hlines(place, low, high, color=colour, linewidth=2)
        axes.plot([value], [place], "o", color=colour, markersize=5)
        axes.annotate(says(value), (max(high, value, 0), place), xytext=(7, 0), textcoords="offset points", va="center", fontsize=9)
    reach = [*frame["low"], *frame["high"], 0.0]
    if links is not None:
        centre = float(frame["value"].iloc[0])
        for place, low, high in zip(places[len(names) :], links["low"], links["high"], strict=True):
            axes.barh(place, high - low, left=low, height=0.17, color=GOOD, alpha=0.45, linewidth=0)
            axes.plot([centre, centre], [place - 0.11, place + 0.11], color=GOOD, linewidth=2)
            axes.annotate(
                f"{says(low)} to {says(high)}", (max(high, 0), place), xytext=(7, 0), textcoords="offset points", va="center", fontsize=9
            )
        at = -(ends[len(names) - 1] + HEAD * 0.62)
        axes.annotate(heading, (0, at), xycoords=axes.get_yaxis_transform(), xytext=(2, 0), textcoords="offset points", va="center", fontsize=9.5,
                      weight="bold", color=INK)  # fmt: skip
        reach += [*links["low"], *links["high"]]
    low, high = np.nanmin(reach), np.nanmax(reach)
    width = (high - low) or 1.0
    axes.axvline(0, color=MUTED, linewidth=1)
    axes.set(
        yticks=places,
        yticklabels=[*names, *below],
        ylim=(-ends[-1] - 0.05, 0.05),
        xlim=(low - 0.03 * width, high + 0.28 * width),
        xlabel=wrap(title, TITLE_WIDTH),
    )
    axes.xaxis.set_major_locator(_few_ticks())
    axes.xaxis.set_major_formatter(lambda v, _: says(v))
    _plain(axes)
    return figure


@styled
def before_and_after(frame: pd.DataFrame, *, title: str, says: Callable[[float], str], words: tuple[str, str]) -> Figure:
    """Draw two estimates a row, one below the other, with their 95% intervals.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``name``, ``before``, ``before_low``, ``before_high``, ``after``, ``after_low``, ``after_high``.
    title : str
        Title of the axis.
    says : callable
        A value in words.
    words : (str, str)
        Name of the first and of the second.

    Returns
    -------
    Figure
    """
    names = [wrap(name, NAME_WIDTH) for name in frame["name"]]
    heights = np.array([0.46 + LINE * max(name.count("\n") - 1, 0) for name in names])
    places = -(np.cumsum(heights) - heights / 2)
    figure, axes = new_figure(9, max(1.8, heights.sum() + 1.0))
    for side, colour, nudge, word in (("before", MUTED, 0.09, words[0]), ("after", GOOD, -0.09, words[1])):
        value, low, high = (frame[c].to_numpy(float) for c in (side, f"{side}_low", f"{side}_high"))
        axes.hlines(places + nudge, low, high, color=colour, linewidth=2, alpha=0.6)
        axes.plot(value, places + nudge, "o", color=colour, markersize=6, linestyle="none", label=word)
        for place, v, h in zip(places + nudge, value, high, strict=True):
            axes.annotate(says(v), (h, place), xytext=(6, 0), textcoords="offset points", va="center", fontsize=9, color=colour)
    axes.set(yticks=places, yticklabels=names, ylim=(-heights.sum() - 0.05, 0.05), xlabel=title)
    axes.set_xlim(0, np.nanmax(frame[["before_high", "after_high"]].to_numpy(float)) * 1.16)
    axes.xaxis.set_major_locator(_few_ticks())
    axes.xaxis.set_major_formatter(lambda v, _: says(v))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
    _plain(axes)
    return figure


def _few_ticks() -> MaxNLocator:
    return MaxNLocator(6)


def _plain(axes: Axes) -> None:
    axes.grid(axis="x", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
