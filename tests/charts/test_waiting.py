"""Waiting drawn: many sources, long names, nobody waiting; names never run into one another."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from cvclib.charts.process_behaviour import Panel, draw_process_charts
from cvclib.charts.waiting import draw_lateness, draw_service, draw_sources, draw_wait
from cvclib.methods.survival import kaplan_meier

CURVE = kaplan_meier([1, 2, 3, 5, 8, 13], [True] * 5 + [False])


def boxes(figure, axis):
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    return [t.get_window_extent(renderer) for t in axis.get_yticklabels() if t.get_text()]


def sources(n):
    names = [f"Recommendation by a physiotherapist or clinic number {i}" for i in range(n)]
    rows = pd.DataFrame({"group": names, "value": np.linspace(0.4, 0.1, n), "low": 0.05, "high": 0.5, "n": 120})
    return draw_sources([("", CURVE), *((name, CURVE) for name in names)], rows, until=13, named=names[:4], overall=0.3, event="won")


@pytest.mark.parametrize("n", [1, 5, 12])
def test_long_names_of_sources_do_not_run_into_one_another(n):
    figure = sources(n)
    found = boxes(figure, figure.axes[1])
    assert len(found) == n
    assert not any(a.overlaps(b) for i, a in enumerate(found) for b in found[:i])


def test_a_wait_without_promise_or_median_is_drawn():
    figure = draw_wait(CURVE, until=13, half=np.nan, most=np.nan, axis_label="Days", waiting="1 of 6 still waits")
    assert len(figure.axes[0].get_lines()) == 1


def test_lateness_gathers_what_is_far_out_and_sets_the_overdue_apart():
    figure = draw_lateness([-40, 0, 3, 90], [5, 10, 2, 1], 4)
    labels = [t.get_text().replace("\n", " ") for t in figure.axes[0].get_xticklabels()]
    assert labels[0] == "15+ early"
    assert labels[-2:] == ["15+ late", "not yet"]


def test_service_stands_with_one_panel_and_with_two():
    panel = ("Answered", CURVE, 13.0, "hours", 3.0, np.nan)
    assert len(draw_service([panel]).axes) == 1
    assert len(draw_service([panel, panel]).axes) == 2


def test_a_chart_of_months_marks_signals_and_levels():
    n = 12
    frame = pd.DataFrame({
        "month": pd.date_range("2025-01-01", periods=n, freq="MS"), "value": 1.0, "natural_low": 0.5, "natural_high": 1.5, "action_low": 0.3,
        "action_high": 1.7, "outside": [True] + [False] * 11, "level": [0.8] * 6 + [1.2] * 6,
    })  # fmt: skip
    figure = draw_process_charts([Panel("Delivered on time (p)", "share", frame, 1.0)], period_start=pd.Timestamp("2025-07-01"))
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "beyond the limits" in names
    assert "before and after a change of level" in names
    assert "target" not in names
