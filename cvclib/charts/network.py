"""A network of up to some 40 nodes: who passes how much to whom, each name on a line of its own."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from cvclib.charts.style import INK, MUTED, PALETTE, new_figure, styled, wrap

LINE = 0.17  # inches a line of 9 point type takes
ROW = 0.1  # inches of air between two names
MOST_ROW = 1.4  # inches between two nodes where there are few
SHORTEST_NUMBERED = 0.9  # inches: a shorter arrow has no room for its number
WIDEST_ARROW = 6.0  # points, for the largest volume
MOST_ARROWS = 60  # beyond this the weakest are drawn as thin lines only
NUMBERED = 8  # arrows that bear their number: the largest


@styled
def draw_network(nodes: pd.DataFrame, ties: pd.DataFrame, *, note: str = "") -> Figure:
    """Draw a network of nodes on a ring, arrows as wide as what passes.

    Parameters
    ----------
    nodes : pandas.DataFrame
        ``node``, ``size`` (area of its dot), ``group`` (from 1, its colour); names of any length.
    ties : pandas.DataFrame
        ``source``, ``target``, ``weight``; drawn with the strongest on top. The strongest bear their weight as a number.
    note : str
        Below the drawing: what colours and widths mean.

    Returns
    -------
    matplotlib.figure.Figure

    Notes
    -----
    The place of a node depends on nothing but the data: each is put beside the one it shares most with. Nodes stand on two sides of a ring at
    even heights, so that every name has a line of its own.
    """
    order = ring_order(nodes["node"].tolist(), ties)
    names = {name: wrap(name, 24) for name in order}
    lines = max((text.count("\n") + 1 for text in names.values()), default=1)
    left, right = order[(len(order) + 1) // 2 :][::-1], order[: (len(order) + 1) // 2]
    row = max(LINE * lines + ROW, min(4.0 / max(len(right), 1), MOST_ROW))
    height = max(row * len(right), 1.8)
    figure, axes = new_figure(9, height + 0.75)
    across = min(4.6, 9 - 2 * 2.1)
    place: dict[str, tuple[float, float]] = {}
    for side, side_names in ((1, right), (-1, left)):
        for i, name in enumerate(side_names):
            y = height / 2 - row * (i + 0.5) - (height - row * len(side_names)) / 2
            place[name] = (side * across / 2 * np.sqrt(max(1 - (1.7 * y / height) ** 2, 0.05)), y)
    sizes = nodes.set_index("node")["size"].astype(float)
    radius = _radii(sizes, row)
    _draw_arrows(axes, ties, place, radius)
    groups = nodes.set_index("node")["group"]
    for name, (x, y) in place.items():
        colour = PALETTE[(int(groups[name]) - 1) % len(PALETTE)]
        axes.plot([x], [y], "o", markersize=radius[name] * 2, color=colour, markeredgecolor="white", markeredgewidth=1.2, zorder=5)
        side = 1 if name in right else -1
        offset = (side * (radius[name] + 5), 0)
        axes.annotate(names[name], (x, y), xytext=offset, textcoords="offset points", ha="left" if side > 0 else "right", va="center", fontsize=9.5,
                      color=INK, linespacing=1.05, zorder=6, annotation_clip=False)  # fmt: skip
    axes.set(xlim=(-4.5, 4.5), ylim=(-height / 2 - 0.05, height / 2 + 0.05))
    axes.set_aspect("equal", adjustable="box")
    axes.axis("off")
    if note:
        axes.set_title(note, fontsize=9.5, fontweight="normal", color=MUTED, loc="left", wrap=True)
    return figure


def ring_order(names: list[str], ties: pd.DataFrame) -> list[str]:
    """Names in an order in which those that share most stand side by side.

    Examples
    --------
    >>> ring_order(list("abc"), pd.DataFrame({"source": ["a", "c"], "target": ["c", "b"], "weight": [9, 2]}))
    ['c', 'a', 'b']
    """
    shared: dict[tuple[str, str], float] = {}
    for row in ties.itertuples():
        for pair in ((row.source, row.target), (row.target, row.source)):
            shared[pair] = shared.get(pair, 0.0) + float(row.weight)
    left = sorted(names)
    total = {name: sum(w for (a, _), w in shared.items() if a == name) for name in left}
    order: list[str] = []
    while left:
        last = order[-1] if order else None
        best = min(left, key=lambda name: (-shared.get((last, name), 0.0), -total[name] if last is None else total[name], name))
        order.append(best)
        left.remove(best)
    return order


def _radii(sizes: pd.Series, row: float) -> dict[str, float]:
    """Radius of each dot in points; the largest fits its line."""
    largest = min(13.0, row * 72 * 0.42)
    most = max(float(sizes.max()), 1e-9) if len(sizes) else 1.0
    return {name: max(largest * float(np.sqrt(max(size, 0) / most)), 3.0) for name, size in sizes.items()}


def _draw_arrows(axes: Axes, ties: pd.DataFrame, place: dict[str, tuple[float, float]], radius: dict[str, float]) -> None:
    drawn = ties[ties["source"].isin(place) & ties["target"].isin(place) & (ties["source"] != ties["target"])]
    drawn = drawn.sort_values(["weight", "source", "target"], ascending=[False, True, True], ignore_index=True)
    most = float(drawn["weight"].max()) if len(drawn) else 1.0
    for i, tie in reversed(list(enumerate(drawn.itertuples()))):
        a, b = place[tie.source], place[tie.target]
        width = max(WIDEST_ARROW * float(tie.weight) / most, 0.6)
        faint = i >= MOST_ARROWS
        head = "-" if faint else f"-|>,head_length={0.28 + 0.05 * width:.2f},head_width={0.12 + 0.04 * width:.2f}"
        axes.add_patch(FancyArrowPatch(
            a, b, connectionstyle="arc3,rad=0.16", arrowstyle=head, mutation_scale=12, linewidth=0.4 if faint else width, color="#8795a6",
            alpha=0.35 if faint else 0.45 + 0.5 * float(tie.weight) / most, shrinkA=radius[tie.source] + 1, shrinkB=radius[tie.target] + 1, zorder=2,
        ))  # fmt: skip
    _number_arrows(axes, drawn.head(NUMBERED), place)


def _number_arrows(axes: Axes, ties: pd.DataFrame, place: dict[str, tuple[float, float]]) -> None:
    """Write the strongest ties' numbers on their arrows, where they cover neither each other nor a node."""
    taken = [(x, y) for x, y in place.values()]
    for tie in ties.itertuples():
        (ax, ay), (bx, by) = place[tie.source], place[tie.target]
        if np.hypot(bx - ax, by - ay) < SHORTEST_NUMBERED:
            continue
        for t in (0.5, 0.38, 0.62, 0.3, 0.7):
            bend = 0.16 * 2 * t * (1 - t)  # a quadratic curve leaves its chord by this part of the chord's length
            x, y = ax + t * (bx - ax) + bend * (by - ay), ay + t * (by - ay) - bend * (bx - ax)
            if all(abs(x - u) > 0.5 or abs(y - v) > 0.19 for u, v in taken):
                axes.text(x, y, f"{tie.weight:,.0f}", fontsize=9, ha="center", va="center", color=INK, zorder=4,
                          bbox={"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 0.8})  # fmt: skip
                taken.append((x, y))
                break
