"""Figures of needs and wants: from one feature to forty, with long names, nothing over anything."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Annotation, Text

from cvclib.charts import kano

LONG = "Clean, comfortable and well-signed waiting rooms on every floor, number {}"
CLASSES = ["must-be", "one-dimensional", "attractive", "indifferent"]


def features(n, *, spread=0.22, middle=0.5):
    rng = np.random.default_rng(n)
    frame = pd.DataFrame({"attribute": [LONG.format(i) for i in range(n)]})
    for name, sign in (("satisfaction", 1), ("dissatisfaction", -1)):
        frame[name] = sign * np.clip(rng.normal(middle, spread, n), 0.05, 0.95)
        frame[f"{name}_low"], frame[f"{name}_high"] = frame[name] - 0.04, frame[name] + 0.04
    return frame.assign(category=rng.choice(CLASSES, n), clear=rng.random(n) < 0.7)


def boxes(figure, kind):
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()
    texts = [text for text in figure.axes[0].texts if type(text) is kind and text.get_text()]
    return [Text.get_window_extent(text, renderer).padded(-0.5) for text in texts]


@pytest.mark.parametrize("n", [1, 6, 16, 40])
def test_no_name_on_the_map_covers_another(n):
    placed = boxes(kano.needs_and_wants(features(n)), Annotation)
    assert placed
    assert not any(a.overlaps(b) for a, b in itertools.combinations(placed, 2))


def test_features_crowded_in_a_corner_are_enlarged_and_only_their_corner_is_named():
    figure = kano.needs_and_wants(features(12, spread=0.02, middle=0.2))
    words = {text.get_text() for text in figure.axes[0].texts}
    assert figure.axes[0].get_xlim()[1] < 0.5
    assert any("enlarged" in text for text in words)
    assert "Indifferent" in words
    assert "Must-be: a need" not in words


def test_the_whole_map_is_shown_where_features_lie_apart():
    assert kano.needs_and_wants(features(16)).axes[0].get_xlim() == pytest.approx((-0.02, 1.02))


@pytest.mark.parametrize(("n", "segments"), [(1, 2), (6, 4), (16, 12), (40, 30)])
def test_no_cell_of_the_segments_covers_another(n, segments):
    one = features(n).assign(letters=lambda f: np.where(f["clear"], "M", "M/O"), category_share=0.5, differs=False)
    frame = pd.concat([one.assign(segment=f"Segment with a long name {i}") for i in range(segments)])
    placed = boxes(kano.classes_by_segment(frame), Text)
    assert len(placed) == n * segments
    assert not any(a.overlaps(b) for a, b in itertools.pairwise(placed))
