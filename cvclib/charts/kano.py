"""Figures of needs and wants: Kano's map of features, and their classes by segment.

Frames in, matplotlib figures out; knows nothing of where the numbers came from.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from cvclib.charts.scatter import columns, corner_words, crosses, labelled, scatter_axes
from cvclib.charts.style import ACCENT, BAD, GOOD, INK, MUTED, new_figure, styled, wrap

CLASS_COLOURS = {
    "must-be": BAD, "one-dimensional": ACCENT, "attractive": GOOD, "indifferent": MUTED, "reverse": "#8a4b84", "questionable": INK,
}  # fmt: skip
CORNERS = (
    ("Attractive: a want", "attractive", False, True),
    ("One-dimensional: the more the better", "one-dimensional", True, True),
    ("Indifferent", "indifferent", False, False),
    ("Must-be: a need", "must-be", True, False),
)
MIDDLE, EDGE = 0.5, 0.02  # where the lines cross; room beyond 0 and 1
SMALL_PART, ROOM = 0.45, 0.04  # side of the part of the map that is enlarged, at most; room around the points
ROW_INCHES, LINE_INCHES, CHARACTER_INCHES = 0.3, 0.15, 0.076  # a row of one line, each further line, a character of 9 point type
NAME_WIDTH = 34  # characters of a feature's name a line
WIDE = 0.75  # inches: a cell that has room for the share beside the letter
NARROW = 0.4  # inches: below it two letters stand one above the other
SLANTED_BELOW = 0.95  # inches: narrower columns bear slanted headings
LIGHTEST, FULLEST = 0.12, 0.75  # how much of the class's colour the smallest and the largest share show


@styled
def needs_and_wants(frame: pd.DataFrame) -> Figure:
    """Draw the Kano map: how much a feature satisfies when there, against how much it dissatisfies when not.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``attribute``, ``category``, ``clear`` (whether the category is), ``satisfaction`` (0 to 1) and
        ``dissatisfaction`` (0 to -1) with their ``…_low`` and ``…_high``.

    Returns
    -------
    Figure
        Points bear the colour of the most frequent class; hollow where a second class runs close.
    """
    figure, axes = scatter_axes(6.2)
    y, y_low, y_high = columns(frame, ("satisfaction", "satisfaction_low", "satisfaction_high"))
    x, x_high, x_low = (-c for c in columns(frame, ("dissatisfaction", "dissatisfaction_low", "dissatisfaction_high")))
    (left, right), (bottom, top) = _part_shown(x_low, x_high, y_low, y_high)
    axes.set(xlim=(left, right), ylim=(bottom, top))
    axes.axhline(MIDDLE, color=MUTED, linewidth=1)
    axes.axvline(MIDDLE, color=MUTED, linewidth=1)
    clear = frame["clear"].to_numpy(bool)
    for name, colour in CLASS_COLOURS.items():
        for part in ((frame["category"] == name).to_numpy() & clear, (frame["category"] == name).to_numpy() & ~clear):
            hollow = bool((part & ~clear).any())
            crosses(axes, x[part], y[part], (x_low[part], x_high[part]), (y_low[part], y_high[part]), colour, hollow=hollow)
    for words, name, at_right, at_top in CORNERS:
        if (right > MIDDLE if at_right else left < MIDDLE) and (top > MIDDLE if at_top else bottom < MIDDLE):
            corner_words(axes, words, right=at_right, top=at_top, colour=CLASS_COLOURS[name])
    axes.set(xlabel="Dissatisfies when missing (CS−, without sign)", ylabel="Satisfies when there (CS+)")
    enlarged = "Part of the map, enlarged" if right - left < 1 else ""
    remark = " · ".join(words for words in (enlarged, "" if clear.all() else "○ two classes run close") if words)
    axes.text(0.5, -0.115, remark, transform=axes.transAxes, ha="center", va="top", fontsize=9, color=MUTED)
    return labelled(figure, axes, x, y, frame["attribute"].to_numpy())


def _part_shown(x_low: np.ndarray, x_high: np.ndarray, y_low: np.ndarray, y_high: np.ndarray) -> tuple[tuple[float, float], ...]:
    """The whole map, or where all features crowd in a small part of it, that part."""
    ends = [(float(np.nanmin(low)), float(np.nanmax(high))) for low, high in ((x_low, x_high), (y_low, y_high))]
    side = max(high - low for low, high in ends) + 2 * ROOM
    if side > SMALL_PART:
        return (-EDGE, 1 + EDGE), (-EDGE, 1 + EDGE)
    starts = [min(max((low + high - side) / 2, -EDGE), 1 + EDGE - side) for low, high in ends]
    return tuple((start, start + side) for start in starts)


@styled
def classes_by_segment(frame: pd.DataFrame) -> Figure:
    """Draw the class of each feature in each segment: a cell tinted in the colour of the class, by how many share it.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``attribute``, ``segment``, ``category``, ``letters`` (class as a letter, two where they run close),
        ``category_share``, ``differs`` (whether the segments differ on this feature); attributes and
        segments in reading order.

    Returns
    -------
    Figure
    """
    features, segments = list(dict.fromkeys(frame["attribute"])), list(dict.fromkeys(frame["segment"]))
    names = [wrap(name, NAME_WIDTH) for name in features]
    left = max(len(line) for name in names for line in name.split("\n")) * CHARACTER_INCHES + 0.25
    cell = min((9 - left - 0.8) / len(segments), 1.5)
    slanted = cell < SLANTED_BELOW
    headings = [wrap(name, 30 if slanted else max(int(cell / CHARACTER_INCHES) - 1, 6)) for name in segments]
    heights = ROW_INCHES + LINE_INCHES * np.array([name.count("\n") for name in names])
    longest = max(len(line) for heading in headings for line in heading.split("\n"))
    head = longest * CHARACTER_INCHES * 0.85 if slanted else LINE_INCHES * max(heading.count("\n") + 1 for heading in headings)
    figure, axes = new_figure(9, heights.sum() + head + 0.75)
    edges = np.r_[0, np.cumsum(heights)]
    cells = frame.set_index(["attribute", "segment"])
    for i, feature in enumerate(features):
        for j, segment in enumerate(segments):
            if (feature, segment) in cells.index:
                _cell(axes, cells.loc[(feature, segment)], (j, edges[i], heights[i]), cell)
        if cells.loc[feature]["differs"].any():
            axes.text(len(segments) + 0.12, edges[i : i + 2].mean(), "differs", va="center", fontsize=9, color=INK, weight="bold")
    axes.set(xlim=(0, len(segments) + 0.8 / cell), ylim=(edges[-1], 0))
    axes.set_yticks((edges[1:] + edges[:-1]) / 2, names, fontsize=9)
    turn = {"rotation": 55, "ha": "left", "rotation_mode": "anchor"} if slanted else {}
    axes.set_xticks(np.arange(len(segments)) + 0.5, headings, fontsize=9, **turn)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    shown = [name for name in CLASS_COLOURS if (frame["category"] == name).any()]
    patches = [Patch(color=_tint(CLASS_COLOURS[name], FULLEST), label=f"{name[0].upper()} {name}") for name in shown]
    figure.legend(handles=patches, loc="outside lower center", ncols=len(patches), handlelength=1, fontsize=9)
    return figure


def _cell(axes: Axes, row: pd.Series, place: tuple[float, float, float], width: float) -> None:
    x, y, height = place
    full = LIGHTEST + (FULLEST - LIGHTEST) * float(row["category_share"])
    axes.add_patch(Rectangle((x, y), 1, height, facecolor=_tint(CLASS_COLOURS[row["category"]], full), edgecolor="white", linewidth=1.5))
    letters = row["letters"] if width >= NARROW else row["letters"].replace("/", "\n")
    words = f"{letters} {row['category_share']:.0%}" if width >= WIDE else letters
    axes.text(x + 0.5, y + height / 2, words, ha="center", va="center", fontsize=9, color=INK, linespacing=0.9)


def _tint(colour: str, full: float) -> tuple[float, ...]:
    """A colour mixed with white, so that text on it stays readable."""
    return tuple(1 - full * (1 - part) for part in to_rgb(colour))
