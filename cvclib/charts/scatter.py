"""What scatters of named points share: axes that stay put, crosses for the intervals, names that do not overlap."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cvclib.charts.labels import key_lines, place_labels
from cvclib.charts.style import INK, MUTED, new_figure

LINE_OF_KEY_INCHES = 0.2


def scatter_axes(height_inches: float) -> tuple[Figure, Axes]:
    """A figure of nine inches' width whose axes do not move when it is drawn: names are placed by the pixel."""
    figure, axes = new_figure(9, height_inches)
    figure.set_layout_engine("none")
    axes.set_position((0.09, 0.13, 0.89, 0.81))
    return figure, axes


def columns(frame: pd.DataFrame, names: tuple[str, ...]) -> list[np.ndarray]:
    """Columns as arrays of float."""
    return [frame[name].to_numpy(dtype=float) for name in names]


def limits(axes: Axes, x: tuple, y: tuple) -> None:
    """Limits that hold all values, with some room around them."""
    for set_limits, values in ((axes.set_xlim, x), (axes.set_ylim, y)):
        flat = np.concatenate([np.ravel(v) for v in values])
        low, high = np.nanmin(flat), np.nanmax(flat)
        room = 0.09 * (high - low) or 0.5
        set_limits(low - room, high + room)


def crosses(axes: Axes, x: np.ndarray, y: np.ndarray, across: tuple, up: tuple, colour: str, *, hollow: bool = False) -> None:
    """Points whose arms are their intervals, across and up."""
    axes.hlines(y, *across, color=colour, alpha=0.35, linewidth=1.4)
    axes.vlines(x, *up, color=colour, alpha=0.35, linewidth=1.4)
    axes.plot(x, y, "o", color=colour, markersize=6, linestyle="none", markerfacecolor="white" if hollow else colour)


def corner_words(axes: Axes, words: str, *, right: bool, top: bool, colour: str = MUTED, below: float = -0.115) -> None:
    """Name a corner of the plot, outside it: above the upper ones, below the lower ones."""
    axes.text(
        float(right), 1.015 if top else below, words, transform=axes.transAxes, ha="right" if right else "left",
        va="bottom" if top else "top", color=colour, fontsize=10, weight="bold",
    )  # fmt: skip


def labelled(figure: Figure, axes: Axes, x: np.ndarray, y: np.ndarray, names: np.ndarray) -> Figure:
    """Name the points; what does not fit is numbered, and told below the figure."""
    key = key_lines(place_labels(axes, x, y, [str(name) for name in names]))
    for i, line in enumerate(key):
        figure.text(0.02, -0.01 - (i + 1) * LINE_OF_KEY_INCHES / figure.get_size_inches()[1], line, fontsize=9, va="bottom", color=INK)
    return figure
