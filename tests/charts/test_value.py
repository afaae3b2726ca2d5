"""Figures of value: no name over another, from one row to forty, with long names."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from cvclib.charts import cost_value, value
from cvclib.charts.labels import key_lines
from cvclib.methods.importance_performance import ellipse

LONG = "Clean, comfortable and well-signed waiting rooms on every floor, number {}"


def attributes(n, *, spread=0.3):
    """Attributes with long names, and the outlines of their joint regions."""
    rng = np.random.default_rng(n)
    frame = pd.DataFrame({"attribute": [LONG.format(i) for i in range(n)]})
    frame["importance"], frame["performance"] = rng.normal(4, spread, n), rng.normal(3.5, spread, n)
    frame["quadrant"] = rng.choice(["concentrate here", "keep up the good work", "low priority", "cannot tell"], n)
    centres = frame[["performance", "importance"]].to_numpy()
    return frame, [ellipse(centre, [[0.0006, 0.0003], [0.0003, 0.0006]]) for centre in centres]


def overlaps(figure):
    """Pairs of names in the plot whose boxes cover each other."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = []
    for note in figure.axes[0].texts:
        if note.get_text():
            note.update_positions(renderer) if hasattr(note, "update_positions") else None
            boxes.append((note.get_text(), Text.get_window_extent(note, renderer).padded(-0.5)))
    return [(a, b) for (a, one), (b, other) in itertools.combinations(boxes, 2) if one.overlaps(other)]


@pytest.mark.parametrize("n", [1, 5, 14])
def test_no_name_on_the_grid_covers_another(n):
    frame, regions = attributes(n)
    figure = value.grid(frame, regions, (frame["importance"].mean(), frame["performance"].mean()))
    assert overlaps(figure) == []


def test_forty_attributes_are_named_in_the_plot_or_in_the_key_below():
    frame, regions = attributes(40)
    figure = value.grid(frame, regions, (4, 3.5))
    in_plot = " ".join(note.get_text().replace("\n", " ") for note in figure.axes[0].texts)
    in_key = " ".join(text.get_text() for text in figure.texts)
    assert all(name in in_plot or name in in_key for name in frame["attribute"])


def test_points_on_one_spot_do_not_hide_each_others_names():
    frame, regions = attributes(8, spread=0.0)
    assert overlaps(value.grid(frame, regions, (4, 3.5))) == []


def test_an_attribute_whose_corner_cannot_be_told_is_hollow():
    frame, regions = attributes(2)
    frame["quadrant"] = ["low priority", "cannot tell"]
    points = [line for line in value.grid(frame, regions, (4, 3.5)).axes[0].lines if line.get_marker() == "o"]
    assert [point.get_markerfacecolor() for point in points] == [value.CORNER_COLOURS["low priority"], "white"]


def test_an_attribute_without_a_region_is_drawn_as_a_point():
    frame, _ = attributes(2)
    assert len(value.grid(frame, [np.full((5, 2), np.nan)] * 2, (4, 3.5)).axes[0].patches) == 0


@pytest.mark.parametrize("n", [1, 40])
def test_rows_of_penalties_and_rewards_do_not_touch(n):
    frame = pd.DataFrame({"attribute": [LONG.format(i) for i in range(n)], "penalty": -0.5, "reward": 0.2, "kind": "basic"})
    for side in ("penalty", "reward"):
        frame[f"{side}_low"], frame[f"{side}_high"] = frame[side] - 0.1, frame[side] + 0.1
    frame.loc[0, ["penalty", "penalty_low", "penalty_high"]] = np.nan
    figure = value.penalties_and_rewards(frame, title="Points", colours={"basic": "#b4431f"})
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()
    boxes = [tick.get_window_extent(renderer) for tick in figure.axes[0].get_yticklabels()]
    assert not any(a.overlaps(b) for a, b in itertools.pairwise(boxes))


@pytest.mark.parametrize("n", [1, 40])
def test_rows_of_a_ranking_do_not_touch(n):
    frame = pd.DataFrame({"name": [LONG.format(i) for i in range(n)], "value": 1 / n, "low": 0.0, "high": 2 / n})
    figure = value.ranking(frame, title="Share", percent=True, line=(1 / n, "alike"))
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()
    boxes = [tick.get_window_extent(renderer) for tick in figure.axes[0].get_yticklabels()]
    assert not any(a.overlaps(b) for a, b in itertools.pairwise(boxes))


@pytest.mark.parametrize("n", [1, 30])
def test_the_chart_of_worth_draws_with_and_without_full_cost_and_interval(n):
    frame = pd.DataFrame(
        {"touchpoint": [LONG.format(i) for i in range(n)], "cost": 30.0, "low": np.nan, "high": np.nan, "full_cost": np.nan}
    )
    figure = cost_value.worth(frame.assign(alternative=95.0), currency="EUR")
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()][-1] == "Customer's next best alternative"
    assert "EUR a time" in figure.axes[0].get_xlabel()


def test_the_key_counts_the_names_and_breaks_its_lines():
    lines = key_lines([LONG.format(i) for i in range(3)])
    assert lines[0].startswith("1 Clean")
    assert len(lines) == 3
