"""A table drawn as tinted cells, each with what stands in it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from cvclib.charts.style import ACCENT, INK, MUTED, new_figure, styled, wrap

LINE, CHARACTER = 0.165, 0.076  # inches a line and a character of 9 point type take
ROOM = 8.8  # inches across
NAME, LONG_NAME = 24, 44  # characters a line of a row's name; the longer where columns stay wide
ROOMY = 0.85  # inches: a column that holds its heading without breaking words
DARK = 0.82  # of the fullest tint: from here on white type stands out better than black
SLANTED_BELOW = 0.62  # inches: narrower columns bear slanted headings and no text in their cells


@styled
def draw_matrix(
    values: pd.DataFrame, texts: pd.DataFrame, *, row_title: str = "", column_title: str = "", highest: float | None = None
) -> Figure:
    """Draw a matrix, its cells tinted by their values.

    Parameters
    ----------
    values : pandas.DataFrame
        What the tint shows; NaN and 0 stay white.
    texts : pandas.DataFrame
        What stands in each cell, of the same shape; an empty text for nothing.
    row_title, column_title : str
        What rows and columns are.
    highest : float, optional
        Value of the fullest tint; the largest one by default.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n_rows, n_columns = values.shape
    names = _row_names(values)
    left = _name_room(names)
    cell = min((ROOM - left) / max(n_columns, 1), 1.7)
    narrow = cell < SLANTED_BELOW
    headings = [wrap(name, 30 if narrow else max(int(cell / CHARACTER) - 1, 4)) for name in values.columns]
    lines = [max(t.count("\n") + 1 for t in [name, *texts.iloc[i]]) for i, name in enumerate(names)]
    heights = [max(LINE * n + 0.14, 0.32) for n in lines]
    figure, axes = new_figure(9, sum(heights) + 1.2 + (0.9 if narrow else LINE * max((h.count("\n") for h in headings), default=0)))

    edges = np.concatenate([[0], np.cumsum(heights)])
    tint = LinearSegmentedColormap.from_list("tint", ["#ffffff", ACCENT])
    filled = values.to_numpy(dtype=float)
    highest = highest or (np.nanmax(filled) if np.isfinite(filled).any() and np.nanmax(filled) > 0 else 1)
    shade = np.ma.masked_invalid(np.clip(filled / highest, 0, 1))
    axes.pcolormesh(np.arange(n_columns + 1), edges, shade, cmap=tint, vmin=0, vmax=1.15, edgecolors="#e4e8ee", linewidth=0.8)
    for i, j in np.ndindex(n_rows, n_columns):
        if texts.iloc[i, j] and not narrow:
            dark = not np.ma.is_masked(shade[i, j]) and shade[i, j] > DARK
            axes.text(
                j + 0.5, edges[i : i + 2].mean(), texts.iloc[i, j], ha="center", va="center", fontsize=9, color="white" if dark else INK
            )
    axes.set_yticks([edges[i : i + 2].mean() for i in range(n_rows)], names, fontsize=9)
    turn = {"rotation": 55, "ha": "left", "rotation_mode": "anchor"} if narrow else {}
    axes.set_xticks(np.arange(n_columns) + 0.5, headings, fontsize=9, **turn)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_ylim(edges[-1], 0)
    axes.set_xlim(0, max(n_columns, ROOM * 0.62 / cell if n_columns * cell < ROOM * 0.5 else n_columns))
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_ylabel(wrap(row_title, max(int(sum(heights) / CHARACTER), 10)), fontsize=9.5, color=MUTED, labelpad=11)
    at = {"loc": "left"} if axes.get_xlim()[1] > n_columns else {}  # few columns stand at the left, and so does their title
    axes.set_xlabel(column_title, fontsize=9.5, color=MUTED, labelpad=11, **at)  # points: clear of the headings in any type
    return figure


def _row_names(values: pd.DataFrame) -> list[str]:
    """Names of rows on as few lines as the columns leave room for."""
    long = [wrap(name, LONG_NAME) for name in values.index]
    roomy = (ROOM - _name_room(long)) / max(values.shape[1], 1) >= ROOMY
    return long if roomy else [wrap(name, NAME) for name in values.index]


def _name_room(names: list[str]) -> float:
    return max([len(line) for name in names for line in name.split("\n")], default=1) * CHARACTER + 0.3
