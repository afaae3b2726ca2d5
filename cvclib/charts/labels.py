"""Names beside the points of a scatter, none over another: tried around each point, else numbered with a key."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from cvclib.charts.style import INK, wrap

# Places tried, nearest first: direction from the point, and how the text stands to it.
PLACES = (
    (0.6, 0.5, "left", "bottom"), (-0.6, 0.5, "right", "bottom"), (0.6, -0.5, "left", "top"), (-0.6, -0.5, "right", "top"),
    (1, 0, "left", "center"), (-1, 0, "right", "center"), (0, 1, "center", "bottom"), (0, -1, "center", "top"),
)  # fmt: skip
DISTANCES = (7, 16, 28)  # points of type; beyond the first a thin line leads to the name
FONT_SIZE = 9


def place_labels(
    axes: Axes, x: Sequence[float], y: Sequence[float], names: Sequence[str], *, width: int = 20, avoid: Sequence[Bbox] = ()
) -> list[str]:
    """Write a name beside each point, so that no two names and no name and point cover each other.

    Parameters
    ----------
    axes : Axes
        Limits and position set: both must not change afterwards.
    x, y : sequence of float
        Points in data units.
    names : sequence of str
        In order of precedence: the first are placed first.
    width : int
        Characters a line.
    avoid : sequence of Bbox
        Further places in pixels that are taken.

    Returns
    -------
    list of str
        Names for which there was no room: their points bear the numbers 1, 2, … in this order.
    """
    renderer = FigureCanvasAgg(axes.figure).get_renderer()
    frame = axes.get_window_extent(renderer)
    points = axes.transData.transform(np.column_stack([x, y]))
    per_point = axes.figure.dpi / 72
    taken = [Bbox.from_bounds(px - 4 * per_point, py - 4 * per_point, 8 * per_point, 8 * per_point) for px, py in points]
    taken = [*taken, *avoid]
    numbered: list[str] = []
    for i, name in enumerate(names):
        others = [box for j, box in enumerate(taken) if j != i]
        if not _placed(axes, (x[i], y[i]), wrap(name, width), others, taken, frame, renderer):
            numbered.append(name)
            if not _placed(axes, (x[i], y[i]), str(len(numbered)), others, taken, frame, renderer):
                axes.annotate(str(len(numbered)), (x[i], y[i]), xytext=(3, 3), textcoords="offset points", fontsize=FONT_SIZE, color=INK)
    return numbered


def _placed(axes: Axes, at: tuple[float, float], text: str, others: list[Bbox], taken: list[Bbox], frame: Bbox, renderer: object) -> bool:
    for distance in DISTANCES:
        for dx, dy, across, up in PLACES:
            note = axes.annotate(
                text, at, xytext=(dx * distance, dy * distance), textcoords="offset points", ha=across, va=up, fontsize=FONT_SIZE,
                color=INK, linespacing=1.05, annotation_clip=False,
                bbox={"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.4},
                arrowprops={"arrowstyle": "-", "color": "#9aa5b1", "linewidth": 0.7, "shrinkA": 0, "shrinkB": 4} if distance > DISTANCES[0] else None,
            )  # fmt: skip
            note.update_positions(renderer)
            box = Text.get_window_extent(note, renderer)  # the words alone, without the line that leads to them
            inside = frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
            if inside and not any(box.overlaps(other) for other in others):
                taken.append(box)
                return True
            note.remove()
    return False


def key_lines(numbered: Sequence[str], width: int = 118) -> list[str]:
    """The numbered names as lines below the figure.

    Examples
    --------
    >>> key_lines(["Parking", "Signs"])
    ['1 Parking · 2 Signs']
    """
    lines: list[str] = []
    for i, name in enumerate(numbered, start=1):
        entry = f"{i} {name}"
        if lines and len(lines[-1]) + len(entry) + 3 <= width:
            lines[-1] += f" · {entry}"
        else:
            lines.append(entry)
    return lines
