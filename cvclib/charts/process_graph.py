"""What follows what, drawn: touchpoints in columns, arrows as wide as they are often taken."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from cvclib.charts.style import ACCENT, INK, MUTED, PALETTE, styled
from cvclib.wording import label

WIDTH, MARGIN = 8.7, 0.15  # inches
LINE, CHARACTER = 0.165, 0.078  # inches a line and a character of 9 point type take
NODE_GAP = 0.5  # inches between two boxes below each other, room for arrows
TOP = 0.85  # inches for the headings and for a loop over the first box
FORWARD, WITHIN, BACK = ACCENT, MUTED, PALETTE[1]
OTHER = 0.4  # inches for the arrow of all that is not drawn one by one
LABELLED = 10  # arrows that bear their number


@dataclass(frozen=True)
class _Box:
    x: float  # centre
    y: float
    width: float
    height: float
    lines: tuple[str, ...]

    def overlaps(self, other: _Box) -> bool:
        return abs(self.x - other.x) < (self.width + other.width) / 2 and abs(self.y - other.y) < (self.height + other.height) / 2


@styled
def draw_process(nodes: pd.DataFrame, edges: pd.DataFrame, other: str = "") -> Figure:
    """Draw a directly-follows graph.

    Parameters
    ----------
    nodes : pandas.DataFrame
        A row a touchpoint, in the order of the journey (it is kept within a column, so that frequent
        transitions are mostly between neighbours): ``touchpoint``, ``column`` (from 0), ``heading`` of the column (may be empty) and
        ``note`` (a short line below the name).
    edges : pandas.DataFrame
        A row a transition between two of the nodes, most frequent first: ``from_activity``, ``to_activity``, ``n``,
        ``text`` (what its label says).
    other : str
        What the transitions not drawn one by one amount to: they are one dashed arrow below the boxes. Empty for none.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n_columns = int(nodes["column"].max()) + 1
    slot = WIDTH / max(n_columns, 2)
    width = min(slot * 0.68, 1.9)
    letters = int((width - 0.14) / CHARACTER)
    lines = {r.touchpoint: (*textwrap.wrap(str(r.touchpoint).replace("_", " "), letters), r.note) for r in nodes.itertuples()}
    boxes, height = _placed(nodes, lines, slot, width)
    height += OTHER if other else 0

    figure = Figure(figsize=(WIDTH + 2 * MARGIN, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-MARGIN, WIDTH + MARGIN), ylim=(height, 0))
    axes.set_axis_off()
    for column, heading in nodes.drop_duplicates("column")[["column", "heading"]].itertuples(index=False):
        if heading:
            axes.text((column + 0.5) * slot, 0.14, label(heading), ha="center", va="center", weight="bold", fontsize=10, color=INK)
    most = edges["n"].max() if len(edges) else 1
    columns = nodes.set_index("touchpoint")["column"]
    taken: list[_Box] = list(boxes.values())
    for rank, edge in enumerate(edges.itertuples()):
        step = int(columns[edge.to_activity] - columns[edge.from_activity])
        colour = FORWARD if step > 0 else BACK if step < 0 or edge.from_activity == edge.to_activity else WITHIN
        curve = _curve(boxes[edge.from_activity], boxes[edge.to_activity], step, same=edge.from_activity == edge.to_activity)
        _arrow(axes, curve, colour, 0.7 + 4.3 * edge.n / most)
        if rank < LABELLED:
            _label(axes, curve, edge.text, colour, taken)
    for box in boxes.values():
        _draw_box(axes, box)
    if other:
        _draw_other(axes, height - 0.55, other)
    _key(axes, height, {FORWARD, WITHIN, BACK})
    return figure


def _placed(nodes: pd.DataFrame, lines: dict[str, tuple[str, ...]], slot: float, width: float) -> tuple[dict[str, _Box], float]:
    """Boxes in their columns, in the order given, and the height that takes."""
    heights = {name: LINE * len(text) + 0.14 for name, text in lines.items()}
    order = {c: group["touchpoint"].tolist() for c, group in nodes.groupby("column", sort=True)}
    tallest = max(sum(heights[n] + NODE_GAP for n in names) for names in order.values())
    centres: dict[str, float] = {}
    for names in order.values():
        y = TOP + (tallest - sum(heights[n] + NODE_GAP for n in names)) / 2
        for name in names:
            centres[name] = y + heights[name] / 2
            y += heights[name] + NODE_GAP
    columns = nodes.set_index("touchpoint")["column"]
    boxes = {n: _Box((columns[n] + 0.5) * slot, centres[n], width, heights[n], lines[n]) for n in lines}
    return boxes, tallest + TOP + 0.3


def _curve(start: _Box, end: _Box, step: int, *, same: bool) -> np.ndarray:
    """Four points of a cubic Bézier curve: forward from right to left side, back along the lower edge."""
    if same:
        x, y = start.x + start.width / 2, start.y - start.height / 2
        return np.array([(x - 0.3, y), (x - 0.25, y - 0.42), (x + 0.3, y - 0.3), (x, y + 0.12)])
    if step > 0:
        a, b = (start.x + start.width / 2, start.y - 0.08), (end.x - end.width / 2, end.y - 0.08)
        bend = max((b[0] - a[0]) * 0.5, 0.25)
        return np.array([a, (a[0] + bend, a[1]), (b[0] - bend, b[1]), b])
    if step < 0:
        a, b = (start.x - start.width / 2, start.y + 0.1), (end.x + end.width / 2, end.y + 0.1)
        bend = max((a[0] - b[0]) * 0.5, 0.25)
        return np.array([a, (a[0] - bend, a[1] + 0.2), (b[0] + bend, b[1] + 0.2), b])
    down = end.y > start.y
    if abs(end.y - start.y) < (start.height + end.height) / 2 + NODE_GAP * 1.2:  # neighbours: straight, a little aside
        shift = 0.28 if down else -0.28
        a = (start.x + shift, start.y + (start.height / 2 if down else -start.height / 2))
        b = (end.x + shift, end.y - (end.height / 2 if down else -end.height / 2))
        a, b = np.array(a), np.array(b)
        return np.array([a, a + (b - a) / 3, a + (b - a) * 2 / 3, b])
    side = 1 if down else -1
    a, b = (start.x + side * start.width / 2, start.y), (end.x + side * end.width / 2, end.y)
    return np.array([a, (a[0] + side * 0.45, a[1]), (b[0] + side * 0.45, b[1]), b])


def _point(curve: np.ndarray, t: float) -> np.ndarray:
    weights = np.array([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    return weights @ curve


def _arrow(axes: Axes, curve: np.ndarray, colour: str, width: float) -> None:
    path = Path(curve, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])
    style = f"-|>,head_length={3.5 + width * 0.9:.2f},head_width={1.6 + width * 0.55:.2f}"
    axes.add_patch(FancyArrowPatch(path=path, arrowstyle=style, color=colour, linewidth=width, alpha=0.72, mutation_scale=1, zorder=1))


def _label(axes: Axes, curve: np.ndarray, text: str, colour: str, taken: list[_Box]) -> None:
    """Set the label where on its curve it covers nothing else; leave it out where it always would."""
    lines = text.split("\n")
    size = (max(map(len, lines)) * CHARACTER + 0.04, LINE * len(lines) + 0.02)
    for t in (0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73, 0.2, 0.8):
        x, y = _point(curve, t)
        place = _Box(float(x), float(y), *size, ())
        if not any(place.overlaps(other) for other in taken) and size[0] / 2 < x < WIDTH - size[0] / 2:
            taken.append(place)
            background = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85}
            axes.text(x, y, text, ha="center", va="center", fontsize=9, color=colour, linespacing=1.05, bbox=background, zorder=4)
            return


def _draw_box(axes: Axes, box: _Box) -> None:
    corner = (box.x - box.width / 2, box.y - box.height / 2)
    shape = "round,pad=0,rounding_size=0.06"
    axes.add_patch(FancyBboxPatch(corner, box.width, box.height, boxstyle=shape, facecolor="white", edgecolor=INK, linewidth=0.9, zorder=3))
    for i, text in enumerate(box.lines):
        last = i == len(box.lines) - 1
        y = corner[1] + 0.07 + LINE * (i + 0.5)
        axes.text(box.x, y, text, ha="center", va="center", fontsize=9, color=MUTED if last else INK, zorder=5)


def _draw_other(axes: Axes, y: float, text: str) -> None:
    arrow = FancyArrowPatch(
        (0.2, y), (1.5, y), arrowstyle="-|>,head_length=5,head_width=2.5", color=MUTED, linewidth=1.5, linestyle=(0, (4, 2))
    )
    arrow.set_mutation_scale(1)
    axes.add_patch(arrow)
    axes.text(1.65, y, text, va="center", fontsize=9, color=INK)


def _key(axes: Axes, height: float, colours: set[str]) -> None:
    entries = ((FORWARD, "on to a later column"), (WITHIN, "within a column"), (BACK, "back, or again"))
    for i, (colour, text) in enumerate(entry for entry in entries if entry[0] in colours):
        x = 0.2 + i * 2.4
        axes.add_line(Line2D([x, x + 0.35], [height - 0.14] * 2, color=colour, linewidth=3, alpha=0.72))
        axes.text(x + 0.45, height - 0.14, text, va="center", fontsize=9, color=MUTED)
