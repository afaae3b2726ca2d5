"""Differences between two sets as points with their intervals about zero."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from cvclib.charts.style import ACCENT, BAD, GRID, INK, MUTED, new_figure, styled, wrap
from cvclib.wording import number

ROW = 0.36  # inches
LINE = 0.16


@styled
def draw_differences(differences: pd.DataFrame, names: tuple[str, str]) -> Figure:
    """Draw differences of shares between two sets.

    Parameters
    ----------
    differences : pandas.DataFrame
        In drawing order: ``heading`` (equal in neighbouring rows), ``name``, ``here``, ``there``, ``difference``, ``low``,
        ``high`` and ``sure`` (whether it is beyond chance: drawn full, the others hollow).
    names : tuple of str
        The two sets.

    Returns
    -------
    matplotlib.figure.Figure
    """
    labels, places, headings, y = [], [], [], 0.0
    for i, row in enumerate(differences.itertuples()):
        if not i or row.heading != differences["heading"].iloc[i - 1]:
            headings.append((y + 0.2, row.heading))
            y += 0.75
        text = wrap(row.name, 44)
        y += 0.2 * text.count("\n")
        labels.append(text)
        places.append(y)
        y += 1 + 0.2 * text.count("\n")
    figure, axes = new_figure(9, ROW * y + 1.1)
    reach = max(float(differences[["low", "high"]].abs().max().max()), 0.01) * 1.08
    axes.set(xlim=(-reach, reach), ylim=(y - 0.4, -0.5))
    axes.axvline(0, color=MUTED, linewidth=1)
    across = axes.get_yaxis_transform()
    for place, heading in headings:
        axes.text(0, place, heading, transform=across, fontsize=9.5, weight="bold", color=MUTED, va="center")
        axes.axhline(place + 0.32, color=GRID, linewidth=0.6)
    for place, row in zip(places, differences.itertuples(), strict=True):
        colour = (ACCENT if row.difference > 0 else BAD) if row.sure else MUTED
        axes.plot([row.low, row.high], [place] * 2, color=colour, linewidth=2.2 if row.sure else 1.3, solid_capstyle="butt")
        axes.plot(row.difference, place, marker="o", markersize=6.5, color=colour if row.sure else "white", markeredgecolor=colour)
        told = f"{number(row.here, 'share')} against {number(row.there, 'share')}"
        axes.text(1.02, place, told, transform=across, fontsize=9, va="center", color=INK if row.sure else MUTED)
    axes.set_yticks(places, labels, fontsize=9)
    ticks = [t for t in axes.get_xticks() if -reach <= t <= reach]
    axes.set_xticks(ticks, [number(t, "share", decimals=1 if reach < 0.03 else 0) for t in ticks])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(f"{names[0]} less {names[1]}, percentage points, with 95% intervals; hollow: within chance", fontsize=9)
    return figure
