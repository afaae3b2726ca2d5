"""The funnel of stages and the time it takes to go on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cvclib.charts.style import ACCENT, BAD, GRID, INK, MUTED, new_figure, styled
from cvclib.wording import label, number

CURVE_PANEL = 2.5  # inches


@styled
def draw_funnel(funnel: pd.DataFrame) -> Figure:
    """Draw how many journeys reach each stage, in strict order (bars) and in any (diamonds).

    Parameters
    ----------
    funnel : pandas.DataFrame
        ``stage``, ``n``, ``share``, ``low``, ``high``, ``conversion``, ``share_any``, ``low_any``, ``high_any``,
        ``marked`` (drawn in the colour of a problem).

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(9, 0.75 * len(funnel) + 1.3)
    for i, row in funnel.reset_index(drop=True).iterrows():
        axes.barh(i, row["share"], height=0.42, color=BAD if row["marked"] else ACCENT, alpha=0.9)
        if row["n"]:
            axes.plot([row["low"], row["high"]], [i, i], color=INK, linewidth=1.6)
        text = f"{row['n']:,.0f}  ({number(row['share'], 'share')})"
        if row["conversion"] == row["conversion"]:
            text += f",  {number(row['conversion'], 'share')} of the stage before"
        axes.text(np.nanmax([row["high"], row["high_any"], 0]) + 0.015, i, text, va="center", fontsize=9.5)
        axes.plot([row["low_any"], row["high_any"]], [i + 0.31] * 2, color=MUTED, linewidth=1.2)
        axes.plot(row["share_any"], i + 0.31, marker="D", markersize=4.5, color="white", markeredgecolor=MUTED)
    axes.set_yticks(range(len(funnel)), [label(s) for s in funnel["stage"]], fontsize=10)
    axes.invert_yaxis()
    axes.set(xlim=(0, 1.62), xticks=np.arange(0, 1.01, 0.25))
    axes.set_xticklabels([f"{100 * x:.0f}%" for x in np.arange(0, 1.01, 0.25)])
    axes.spines["bottom"].set_bounds(0, 1)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(
        "Bars: after all stages before it, of journeys that reach the first.\nDiamonds: at any place, of all journeys. Lines: 95% intervals.",
        x=0.31,
        fontsize=9,
    )
    return figure


@styled
def draw_time_to_next(curves: Mapping[tuple[str, str], pd.DataFrame], horizon_days: float) -> Figure:
    """Draw the share of journeys that has gone on to the next stage, by days since reaching this one.

    Parameters
    ----------
    curves : mapping of (stage, next stage) to pandas.DataFrame
        Kaplan–Meier curves in days: ``time``, ``survival``, ``low``, ``high``.
    horizon_days : float
        Where the axis ends.

    Returns
    -------
    matplotlib.figure.Figure
        A panel a step, two abreast, on the same axes.
    """
    n_rows = -(-len(curves) // 2)
    figure, axes = new_figure(9, CURVE_PANEL * n_rows + 0.2, n_rows=n_rows, n_columns=2, sharex=True, sharey=True, squeeze=False)
    for panel, ((stage, following), curve) in zip(axes.flat, curves.items(), strict=False):
        shown = curve[curve["time"] <= horizon_days]
        time = np.append(shown["time"], min(horizon_days, curve["time"].iloc[-1]))
        went, low, high = (np.append(1 - shown[c], 1 - shown[c].iloc[-1]) for c in ("survival", "high", "low"))
        panel.fill_between(time, low, high, step="post", color=ACCENT, alpha=0.2, linewidth=0)
        panel.step(time, went, where="post", color=ACCENT, linewidth=1.8)
        panel.set_title(f"{label(stage)} to {following}", fontsize=10.5)
        panel.text(
            time[-1], min(went[-1] + 0.04, 0.98), number(float(went[-1]), "share"), ha="right", va="bottom", fontsize=9.5, color=ACCENT
        )
        panel.grid(axis="y", color=GRID, linewidth=0.6)
    for panel in list(axes.flat)[len(curves) :]:
        panel.set_axis_off()
    axes[0, 0].set(xlim=(0, horizon_days), ylim=(0, 1.08), yticks=[0, 0.5, 1])
    axes[0, 0].set_yticklabels(["0%", "50%", "100%"])
    figure.supxlabel("Days since the stage was reached; bands are 95% intervals", fontsize=9.5)
    return figure
