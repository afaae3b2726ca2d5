from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from cvclib.charts.network import draw_network


def made(n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A network of n departments with long and short names, each tied to some four others."""
    rng = np.random.default_rng(n)
    names = [f"Department of many things number {i}" if i % 3 else f"D{i}" for i in range(n)]
    pairs = [(a, b, int(rng.integers(1, 999))) for a in names for b in names if a != b and rng.random() < 4 / n]
    nodes = pd.DataFrame({"node": names, "size": rng.integers(0, 5000, n), "group": rng.integers(1, 12, n)})
    return nodes, pd.DataFrame(pairs or [(names[0], names[-1], 1)], columns=["source", "target", "weight"])


@pytest.mark.parametrize("n", [2, 3, 7, 20, 40])
def test_no_two_words_overlap_and_all_names_lie_within_the_figure(n):
    nodes, ties = made(n)
    figure = draw_network(nodes, ties, note="Arrows: handoffs, as wide as they are many.")
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    words = [text for text in figure.axes[0].texts if isinstance(text, Text) and text.get_text()]
    boxes = [(text.get_text(), Text.get_window_extent(text, renderer)) for text in words]

    assert len(words) >= n
    assert not [(a, b) for (a, x), (b, y) in combinations(boxes, 2) if x.overlaps(y)]
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.width and box.y0 >= 0 and box.y1 <= figure.bbox.height for _, box in boxes)


def test_the_order_of_rows_changes_nothing():
    nodes, ties = made(9)
    one, other = (draw_network(n, t) for n, t in ((nodes, ties), (nodes.iloc[::-1], ties.iloc[::-1])))

    assert sorted((t.get_text(), t.xy) for t in one.axes[0].texts if hasattr(t, "xy")) == sorted(
        (t.get_text(), t.xy) for t in other.axes[0].texts if hasattr(t, "xy")
    )
