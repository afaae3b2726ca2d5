"""What became of the journeys that reached each stage, as bars of a hundred per cent."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from cvclib.charts.style import ACCENT, BAD, INK, new_figure, styled
from cvclib.wording import label, number

# Tints and hatches together, so that the parts are told apart in grey as well.
LOOK = {
    "went_on": (ACCENT, ""),
    "skipped": ("#9fc3e6", "//"),
    "in_time": ("#e3e7ec", ""),
    "back": ("#f0b48a", "\\\\"),
    "silent": (BAD, ""),
}
DARK = ("went_on", "silent")
LEAST_LABELLED = 0.055  # a narrower part has no room for its share


@styled
def draw_fates(fates: pd.DataFrame, names: Mapping[str, str]) -> Figure:
    """Draw what became of the journeys that reached each stage.

    Parameters
    ----------
    fates : pandas.DataFrame
        ``stage``, ``next_stage``, ``fate`` (a key of `LOOK`), ``n``, ``share``, ``low``, ``high``.
    names : mapping of str to str
        Each fate as the reader sees it.

    Returns
    -------
    matplotlib.figure.Figure
        A bar a step; the black line is the 95% interval of the share that went on.
    """
    steps = fates[["stage", "next_stage"]].drop_duplicates()
    figure, axes = new_figure(9, 0.62 * len(steps) + 1.25)
    for i, (stage, following) in enumerate(steps.itertuples(index=False)):
        rows = fates[(fates["stage"] == stage) & (fates["next_stage"] == following)].set_index("fate")
        left = 0.0
        for fate, (colour, hatch) in LOOK.items():
            share = float(rows.loc[fate, "share"]) if fate in rows.index else 0.0
            axes.barh(i, share, left=left, height=0.56, color=colour, hatch=hatch, edgecolor="white", linewidth=0.8)
            if share >= LEAST_LABELLED:
                ink = "white" if fate in DARK else INK
                axes.text(left + share / 2, i + 0.01, number(share, "share", decimals=0), ha="center", va="center", fontsize=9.5, color=ink, weight="bold" if fate in DARK else "normal")  # fmt: skip
            left += share
        if rows["n"].sum():
            axes.plot(rows.loc["went_on", ["low", "high"]], [i + 0.33] * 2, color=INK, linewidth=2, solid_capstyle="butt")
        axes.text(1.012, i, f"n = {int(rows['n'].sum()):,}", va="center", fontsize=9)
    names_of_steps = [f"{label(stage)}\nto {following}" for stage, following in steps.itertuples(index=False)]
    axes.set_yticks(range(len(steps)), names_of_steps, fontsize=9.5)
    axes.invert_yaxis()
    axes.set(xlim=(0, 1.1), xticks=[0, 0.25, 0.5, 0.75, 1])
    axes.set_xticklabels(["0%", "25%", "50%", "75%", "100%"])
    axes.spines["bottom"].set_bounds(0, 1)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    shown = [fate for fate in LOOK if fates.loc[fates["fate"] == fate, "n"].sum()]
    handles = [Patch(facecolor=LOOK[f][0], hatch=LOOK[f][1], edgecolor="white", label=label(names[f])) for f in shown]
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), handlelength=1.2, handleheight=1.0, columnspacing=1.6)
    axes.set_xlabel("Share of the journeys that reached the stage; black line: 95% interval of those that went on", fontsize=9)
    return figure
