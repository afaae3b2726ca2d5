"""Figures of comments: themes by who raises them, and words that part two groups.

Frames in, matplotlib figures out; knows nothing of where the numbers came from.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cvclib.charts.style import ACCENT, BAD, GOOD, GRID, MUTED, new_figure, styled, wrap

ROW_INCHES, LINE_INCHES = 0.42, 0.15
THEME_WIDTH = 34  # characters of a theme's words a line
WORD_INCHES = 0.26
FARTHEST = 8.0  # log₂ of the ratio beyond which an interval is cut


@styled
def themes(frame: pd.DataFrame, sides: tuple[str, str]) -> Figure:
    """Draw themes by the share of all comments in them, and of those of two groups, with 95% intervals.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``theme``, ``share``, ``low``, ``high``; ``here`` and ``there`` with ``_low`` and ``_high``, NaN where no group is known.
    sides : (str, str)
        What the two groups are called.

    Returns
    -------
    Figure
    """
    names = [wrap(name, THEME_WIDTH) for name in frame["theme"]]
    lines = np.array([name.count("\n") for name in names])
    heights = ROW_INCHES + LINE_INCHES * np.maximum(lines - 1, 0)
    places = -(np.cumsum(heights) - heights / 2)
    grouped = bool(frame["here"].notna().any() and frame["there"].notna().any())
    figure, axes = new_figure(
        9, max(2.2, heights.sum() + 1.1), n_columns=2 if grouped else 1, **({"sharey": True, "width_ratios": [2, 3]} if grouped else {})
    )
    whole = axes[0] if grouped else axes
    _bars(whole, frame, ("share", "low", "high"), places, ACCENT)
    whole.set(yticks=places, yticklabels=names, ylim=(-heights.sum() - 0.05, 0.05), xlabel="Share of all comments")
    panels = [whole]
    if grouped:
        shift = 0.085
        for name, colour, up in (("here", GOOD, shift), ("there", BAD, -shift)):
            _bars(axes[1], frame, (name, f"{name}_low", f"{name}_high"), places + up, colour, label=sides[0 if name == "here" else 1])
        axes[1].set_xlabel("Share of the comments of each group")
        axes[1].legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, handletextpad=0.2, columnspacing=1.2)
        panels.append(axes[1])
    for panel in panels:
        panel.xaxis.set_major_formatter(lambda v, _: f"{v:.0%}")
        panel.set_xlim(0, None)
        _rows_only(panel)
    return figure


@styled
def key_words(frame: pd.DataFrame, sides: tuple[str, str]) -> Figure:
    """Draw words by how many times as many of one group use them as of the other, with 95% intervals.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``word``, ``log_ratio``, ``low``, ``high``; the first row at the top.
    sides : (str, str)
        The group of positive and of negative ratios.

    Returns
    -------
    Figure
    """
    n = len(frame)
    places = -(np.arange(n) + 0.5)
    figure, axes = new_figure(9, max(2.2, WORD_INCHES * n + 1.2))
    ratio, low, high = (np.clip(frame[c].to_numpy(float), -FARTHEST, FARTHEST) for c in ("log_ratio", "low", "high"))
    colours = [GOOD if r > 0 else BAD for r in ratio]
    axes.hlines(places, low, high, colors=colours, linewidth=2.2, alpha=0.5)
    axes.scatter(ratio, places, c=colours, s=32, zorder=3)
    axes.axvline(0, color=MUTED, linewidth=1)
    axes.set(yticks=places, yticklabels=[wrap(word, THEME_WIDTH) for word in frame["word"]], ylim=(-n - 0.2, 0.2))
    reach = float(np.ceil(np.abs([*low, *high, 1]).max()))
    marks = [mark for mark in (-6, -4, -2, -1, 0, 1, 2, 4, 6) if abs(mark) <= reach]
    axes.set(xticks=marks, xticklabels=[f"{2 ** abs(mark)}×" if mark else "as many" for mark in marks], xlim=(-reach - 0.3, reach + 0.3))
    for words, x, ha, colour in ((f"← more of {sides[1]}", 0.0, "left", BAD), (f"more of {sides[0]} →", 1.0, "right", GOOD)):
        axes.text(x, 1.01, words, transform=axes.transAxes, ha=ha, va="bottom", color=colour, fontsize=10, weight="bold")
    axes.set_xlabel("How many times as large a share of one group uses the word as of the other")
    _rows_only(axes)
    return figure


def _bars(axes: Axes, frame: pd.DataFrame, columns: tuple[str, str, str], places: np.ndarray, colour: str, *, label: str = "") -> None:
    value, low, high = (frame[column].to_numpy(float) for column in columns)
    axes.hlines(places, low, high, colors=colour, linewidth=2.2, alpha=0.5)
    axes.plot(value, places, "o", color=colour, markersize=6, label=label or None)
    for place, at, end in zip(places, value, high, strict=True):
        if np.isfinite(at):
            shown = f"{at:.0%}" if at >= 0.1 else f"{at:.1%}"
            axes.annotate(shown, (end, place), xytext=(5, 0), textcoords="offset points", va="center", fontsize=9, color=colour)
    axes.margins(x=0.16)


def _rows_only(axes: Axes) -> None:
    axes.grid(axis="x", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
