"""Parties as boxes, and between them arrows of four kinds, told apart by line, mark and colour."""

from __future__ import annotations

import textwrap

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from cvclib.charts.style import ACCENT, BAD, GOOD, INK, MUTED, styled

WIDTH = 9.0
ROW = 0.47  # inches an arrow takes with the words above it
# Kind: colour, line style, width, mark's shape and letter.
LOOK = {
    "money": (GOOD, "-", 2.6, "circle", "M"),
    "goods": (ACCENT, "-", 1.4, "square", "G"),
    "information": (MUTED, (0, (5, 2)), 1.4, "circle", "I"),
    "complaints": (BAD, (0, (1, 1.4)), 2.2, "square", "C"),
}
LEFT, CENTRE, RIGHT = (0.05, 1.45), (3.55, 4.85), (7.6, 8.95)  # inches: the boxes' edges
ALONE = (0.05, 1.45)  # of the company where there is nobody on its left
CHARACTER = 0.071  # inches a character of 9 point type takes


@styled
def draw_flows(flows: pd.DataFrame, *, company: str, customers: str, suppliers: str, partners: str) -> Figure:
    """Draw what passes between the parties.

    Parameters
    ----------
    flows : pandas.DataFrame
        ``kind`` (a key of `LOOK`), ``source``, ``target`` (two of the parties), ``short`` (what it is) and ``amount``.
    company, customers, suppliers, partners : str
        Names of the parties as they stand in ``source`` and ``target``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    between = flows[flows["source"].isin([company, customers]) & flows["target"].isin([company, customers])]
    outside = {
        party: flows[((flows["source"] == party) | (flows["target"] == party)) & ~(flows["target"] == customers)]
        for party in (suppliers, partners)
    }
    direct = flows[(flows["source"] == partners) & (flows["target"] == customers)]
    parties = [party for party in (suppliers, partners) if len(outside[party]) or (party == partners and len(direct))]
    heights = {party: max(len(outside[party]), 1) * ROW + 0.5 for party in parties}
    tall = max(len(between) * ROW + 0.45, sum(heights.values()) + 0.3 * max(len(parties) - 1, 0), 1.4)
    below = len(direct) * ROW + 0.35 if len(direct) else 0.1
    top = 0.5
    height = top + tall + below
    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    axes.set_axis_off()
    _legend(axes)
    centre = CENTRE if parties else ALONE
    _box(axes, centre, top, tall, company, strong=True)
    _box(axes, RIGHT, top, tall, customers)
    _arrows(axes, between, centre[1], RIGHT[0], top + (tall - len(between) * ROW) / 2, company)
    y = top
    room = tall - sum(heights.values())
    for i, party in enumerate(parties):
        box_height = heights[party] + room / len(parties) - (0.3 if i < len(parties) - 1 else 0)
        _box(axes, LEFT, y, box_height, party)
        mine = outside[party]
        _arrows(axes, mine, LEFT[1], centre[0], y + (box_height - len(mine) * ROW) / 2, party)
        y += box_height + 0.3
    for j, row in enumerate(direct.itertuples()):  # round below the company's box
        level, inset = top + tall + 0.42 + j * ROW, 0.28 + 0.24 * j
        x0, x1 = LEFT[0] + inset, RIGHT[1] - inset
        colour, line, width, _, _ = LOOK[row.kind]
        axes.plot([x0, x0, x1], [top + tall, level, level], color=colour, linestyle=line, linewidth=width, solid_joinstyle="round")
        _head(axes, (x1, level), (x1, top + tall), colour, line, width)
        _words(axes, row, (x0 + x1) / 2, level, x1 - x0 - 0.6)
    return figure


def _box(axes: Axes, edges: tuple[float, float], top: float, height: float, name: str, *, strong: bool = False) -> None:
    left, right = edges
    axes.add_patch(
        FancyBboxPatch(
            (left, top), right - left, height, boxstyle="round,pad=0,rounding_size=0.08", facecolor=ACCENT if strong else "#eef3f8",
            edgecolor=ACCENT, linewidth=1.2,
        )
    )  # fmt: skip
    axes.text(
        (left + right) / 2, top + height / 2, textwrap.fill(name, 14), ha="center", va="center", fontsize=11, weight="bold",
        color="white" if strong else INK,
    )  # fmt: skip


def _arrows(axes: Axes, flows: pd.DataFrame, left: float, right: float, top: float, at_left: str) -> None:
    for i, row in enumerate(flows.itertuples()):
        y = top + (i + 0.72) * ROW
        colour, line, width, _, _ = LOOK[row.kind]
        start, end = (left + 0.04, right - 0.04) if row.source == at_left else (right - 0.04, left + 0.04)
        _head(axes, (start, y), (end, y), colour, line, width)
        _words(axes, row, (left + right) / 2, y, right - left - 0.15)


def _head(axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, line: object, width: float) -> None:
    axes.plot([start[0], end[0]], [start[1], end[1]], color=colour, linestyle=line, linewidth=width)
    # The head alone, so that it is not broken into dashes.
    back = (end[0] - 0.02 * _sign(end[0] - start[0]), end[1] - 0.02 * _sign(end[1] - start[1]))
    axes.add_patch(FancyArrowPatch(back, end, arrowstyle="-|>", mutation_scale=15, color=colour, linewidth=0, shrinkA=0, shrinkB=0))


def _sign(x: float) -> int:
    return (x > 0) - (x < 0)


def _words(axes: Axes, row: object, x: float, y: float, room: float) -> None:
    letters = int((room - 0.3) / CHARACTER) - len(row.amount) - 2  # what it is may be cut, how much never
    text = f"{textwrap.shorten(row.short, max(letters, 6), placeholder=' …')}: {row.amount}"
    half = len(text) * CHARACTER / 2
    _mark(axes, x - half - 0.02, y - 0.14, row.kind)
    axes.text(x - half + 0.14, y - 0.14, text, va="center", fontsize=9, color=INK)


def _mark(axes: Axes, x: float, y: float, kind: str) -> None:
    colour, _, _, shape, letter = LOOK[kind]
    box = {"boxstyle": f"{shape},pad=0.22" if shape == "square" else "circle,pad=0.16", "facecolor": colour, "edgecolor": "none"}
    axes.text(x, y, letter, ha="center", va="center", fontsize=9, weight="bold", color="white", bbox=box)


def _legend(axes: Axes) -> None:
    x = 0.25
    for kind, (colour, line, width, _, _) in LOOK.items():
        _mark(axes, x, 0.2, kind)
        axes.plot([x + 0.2, x + 0.7], [0.2, 0.2], color=colour, linestyle=line, linewidth=width)
        axes.text(x + 0.8, 0.2, kind, va="center", fontsize=9.5)
        x += 1.05 + 0.085 * len(kind) + 0.3
