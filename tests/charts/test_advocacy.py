"""Figures of step 6: readable with one group and with thirty, with long names and with groups too small to show."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from cvclib.charts import advocacy as charts

LONG = " of small and middle-sized hospitality businesses in the north"


def groups(k):
    promoters, detractors = np.linspace(0.2, 0.6, k), np.linspace(0.3, 0.05, k)
    nps = 100 * (promoters - detractors)
    return pd.DataFrame(
        {
            "group": [f"Segment {i}{LONG if i % 2 else ''}" for i in range(k)],
            "promoters": promoters, "passives": 1 - promoters - detractors, "detractors": detractors,
            "nps": nps, "low": nps - 9, "high": nps + 9, "n": 100.0,
        }
    )  # fmt: skip


def attributes(k):
    gap = np.linspace(1, -0.1, k)
    return pd.DataFrame(
        {
            "attribute": [f"Attribute {i}{LONG if i % 2 else ''}" for i in range(k)],
            "promoters": 3 + gap, "detractors": 3.0, "difference": gap, "low": gap - 0.2, "high": gap + 0.2, "clear": gap > 0.2,
        }
    )  # fmt: skip


def overlapping(figure):
    """Pairs of names at the left that run into each other."""
    figure.canvas.draw()
    boxes = [label.get_window_extent() for label in figure.axes[0].get_yticklabels()]
    ordered = sorted(boxes, key=lambda box: box.y0)
    return [(a, b) for a, b in pairwise(ordered) if a.y1 > b.y0]


def texts(figure):
    return [text for axes in figure.axes for text in [*axes.texts, *axes.get_xticklabels(), *axes.get_yticklabels()] if text.get_text()]


@pytest.mark.parametrize("k", [1, 2, 7, 30])
@pytest.mark.parametrize(
    ("draw", "frame"), [(charts.recommendation, groups), (charts.separation, attributes)], ids=["groups", "attributes"]
)
def test_names_keep_apart_and_type_is_large_enough(draw, frame, k):
    figure = draw(frame(k))
    assert not overlapping(figure)
    assert min(text.get_fontsize() for text in texts(figure)) >= 9


def test_a_group_too_small_is_named_and_said_to_be():
    frame = groups(3)
    frame.loc[1, frame.columns != "group"] = np.nan
    figure = charts.recommendation(frame)
    said = [text.get_text() for text in figure.axes[0].texts]
    assert said.count("too few answers to show") == 1
    assert len(figure.axes[0].get_yticklabels()) == 3


def test_the_target_stands_on_the_scale_of_the_score():
    figure = charts.recommendation(groups(2), target=80)
    low, high = figure.axes[1].get_xlim()
    assert low < 80 < high


def test_two_curves_that_end_together_keep_their_names_apart():
    curve = pd.DataFrame({"time": [0.0, 10.0], "share": [0, 0.5], "low": [0, 0.4], "high": [0, 0.6]})
    figure = charts.event_curves({"Referred": curve, "Others": curve}, ylabel="y", xlabel="x", until=20)
    figure.canvas.draw()
    one, other = (text.get_window_extent() for text in figure.axes[0].texts)
    assert not one.overlaps(other)
