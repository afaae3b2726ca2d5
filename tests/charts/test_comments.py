"""Figures of comments hold names of any length, and one or no group."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from cvclib.charts.comments import key_words, themes


def theme_frame(n, *, sides=True):
    share = np.linspace(0.3, 0.01, n)
    frame = pd.DataFrame({"theme": [f"word{i}, a rather long one, another word, and more" for i in range(n)]})
    for name in ("share", "here", "there"):
        low, high = ("low", "high") if name == "share" else (f"{name}_low", f"{name}_high")
        value = share if sides or name == "share" else np.full(n, np.nan)
        frame[[name, low, high]] = np.column_stack([value, value * 0.8, value * 1.2])
    return frame


@pytest.mark.parametrize("n", [1, 15])
@pytest.mark.parametrize("sides", [True, False])
def test_themes_have_a_row_each_and_a_panel_for_two_sides(n, sides):
    figure = themes(theme_frame(n, sides=sides), ("promoters", "detractors"))
    assert len(figure.axes) == (2 if sides else 1)
    assert len(figure.axes[0].get_yticks()) == n


def test_names_of_themes_do_not_run_into_each_other():
    figure = themes(theme_frame(15), ("promoters", "detractors"))
    FigureCanvasAgg(figure).draw()
    boxes = [text.get_window_extent() for text in figure.axes[0].get_yticklabels()]
    assert not any(one.overlaps(other) for i, one in enumerate(boxes) for other in boxes[:i])


def test_an_interval_without_end_is_cut_at_the_edge():
    frame = pd.DataFrame({"word": ["late", "soft"], "log_ratio": [9.0, -1.0], "low": [3.0, -2.0], "high": [15.0, -0.2]})
    axes = key_words(frame, ("promoters", "detractors")).axes[0]
    assert axes.get_xlim()[1] < 9
    assert [label.get_text() for label in axes.get_yticklabels()] == ["late", "soft"]
