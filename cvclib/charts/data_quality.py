"""Data quality and systems drawn: how filled each column is, and which system records which touchpoint."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from cvclib.charts.style import ACCENT, BAD, GRID, INK, MUTED, new_figure, styled, wrap

ROW_INCHES = 0.3


@styled
def completeness(rows: pd.DataFrame) -> Figure:
    """Share of filled cells a column, with its interval, in the order of the rows.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``name`` (as printed), ``complete, complete_low, complete_high``; shares from 0 to 1.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = new_figure(9, 0.9 + ROW_INCHES * max(len(rows), 2))
    place = np.arange(len(rows))[::-1]
    axis.barh(place, rows["complete"], height=0.62, color=ACCENT, alpha=0.75)
    axis.hlines(place, rows["complete_low"], rows["complete_high"], color=INK, lw=1.6)
    for y, share in zip(place, rows["complete"], strict=True):
        axis.annotate(
            f"{100 * share:.1f}%", (1.02, y), xycoords=("axes fraction", "data"), va="center", fontsize=9.5, annotation_clip=False
        )
    axis.set_yticks(place, [wrap(name, 40) for name in rows["name"]])
    axis.set_ylim(-0.6, len(rows) - 0.4)
    axis.set_xlim(0, 1)
    axis.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    axis.set_xlabel("Rows in which the column is filled, with 95% interval")
    axis.tick_params(left=False)
    return figure


@styled
def table_quality(rows: pd.DataFrame) -> Figure:
    """Tables by dimension of quality, each cell with its share.

    Parameters
    ----------
    rows : pandas.DataFrame
        Index: the table's name as printed; columns: the dimensions as printed; shares from 0 to 1 or NaN.

    Returns
    -------
    matplotlib.figure.Figure
    """
    values = rows.to_numpy(float)
    figure, axis = new_figure(9, 1.0 + 0.36 * len(rows))
    faults = 1 - np.ma.masked_invalid(values)
    cmap = LinearSegmentedColormap.from_list("faults", ["#e8f1f8", "#f6e3d4", BAD])
    axis.imshow(np.ma.power(faults, 0.5), cmap=cmap, vmin=0, vmax=1, aspect="auto")  # the root shows small faults, too
    for i, j in np.ndindex(values.shape):
        text = f"{100 * values[i, j]:.1f}%" if np.isfinite(values[i, j]) else "–"
        dark = np.isfinite(values[i, j]) and values[i, j] < 0.35
        axis.text(j, i, text, ha="center", va="center", fontsize=9.5, color="white" if dark else INK)
    axis.set_xticks(range(values.shape[1]), [wrap(name, 18) for name in rows.columns])
    axis.xaxis.tick_top()
    axis.set_yticks(range(len(rows)), rows.index)
    axis.tick_params(length=0)
    for spine in axis.spines.values():
        spine.set_visible(False)
    return figure


@styled
def systems_by_touchpoint(marks: pd.DataFrame) -> Figure:
    """Which system records which touchpoint: as declared, and as seen in the interactions.

    Parameters
    ----------
    marks : pandas.DataFrame
        Index: touchpoints; columns: systems; cells ``"both"``, ``"declared"``, ``"seen"`` or ``""``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n_rows, n_columns = marks.shape
    figure, axis = new_figure(min(9.0, 3.6 + 0.8 * max(n_columns, 3)), 1.8 + 0.32 * n_rows)
    place = np.arange(n_rows)[::-1]
    blind = (marks == "").all(axis=1).to_numpy() if n_columns else np.ones(n_rows, bool)
    for y in place[blind]:
        axis.axhspan(y - 0.5, y + 0.5, color=BAD, alpha=0.14, lw=0)
    looks = {"both": {"mfc": ACCENT}, "declared": {"mfc": "white"}, "seen": {"mfc": BAD, "mec": BAD}}
    for kind, look in looks.items():
        row, column = np.nonzero((marks == kind).to_numpy())
        axis.plot(column, place[row], "o", ms=9, **{"mec": ACCENT, "mew": 1.6, **look})
    axis.set_yticks(place, [wrap(name, 34) for name in marks.index])
    axis.set_xticks(range(n_columns), [wrap(name, 14) for name in marks.columns], rotation=90 if n_columns > 8 else 0)
    axis.xaxis.tick_top()
    axis.set_xlim(-0.5, max(n_columns, 1) - 0.5)
    axis.set_ylim(-0.5, n_rows - 0.5)
    axis.set_axisbelow(True)
    axis.grid(color=GRID, lw=0.7)
    axis.tick_params(length=0)
    for spine in axis.spines.values():
        spine.set_visible(False)
    handles = [Line2D([], [], ls="", marker="o", ms=9, mew=1.6, **{"mec": ACCENT, **look}) for look in looks.values()]
    handles.append(Patch(color=BAD, alpha=0.14))
    names = ["declared and seen", "declared, not seen", "seen, not declared", "blind spot"]
    figure.legend(handles, names, loc="outside lower center", ncols=4 if n_columns > 4 else 2)
    return figure


@styled
def tied(rows: pd.DataFrame) -> Figure:
    """What belongs to a known customer, before and after bringing CRM and ERP together, with intervals.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``what``, and ``before``, ``exact`` and ``after`` each with ``_low`` and ``_high``; shares from 0 to 1.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = new_figure(9, 1.2 + 0.7 * max(len(rows), 2))
    place = np.arange(len(rows))[::-1].astype(float)
    looks = (
        ("before", MUTED, 0.22, "white", "before"),
        ("exact", ACCENT, 0.0, "white", "by exact keys"),
        ("after", ACCENT, -0.22, ACCENT, "by the whole match"),
    )
    for name, colour, shift, fill, words in looks:
        y = place + shift
        axis.hlines(y, rows[f"{name}_low"], rows[f"{name}_high"], color=colour, lw=4, alpha=0.45)
        axis.plot(rows[name], y, "o", color=colour, mfc=fill, mew=1.5, ms=8, label=words, clip_on=False)
    for y, row in zip(place, rows.itertuples(index=False), strict=True):
        words = f"{100 * row.before:.1f}% → {100 * row.exact:.1f}% → {100 * row.after:.1f}%"
        axis.annotate(words, (1.02, y), xycoords=("axes fraction", "data"), va="center", fontsize=9.5, annotation_clip=False)
    axis.set_yticks(place, [wrap(name, 34) for name in rows["what"]])
    axis.set_ylim(-0.6, len(rows) - 0.4)
    axis.set_xlim(-0.01, 1.01)
    axis.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    axis.tick_params(left=False)
    axis.grid(axis="x", color=GRID, lw=0.7)
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure
