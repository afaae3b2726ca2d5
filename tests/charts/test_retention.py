"""Drawings of coming back, staying and concentration: many and few, long names, nothing outside."""

import numpy as np
import pandas as pd
import pytest

from cvclib.charts import customer_value, retention


def curve(high=0.6):
    time = np.linspace(0, 24, 30)
    share = high * time / 24
    return pd.DataFrame({"time": time, "share": share, "low": share * 0.9, "high": share * 1.1})


@pytest.mark.parametrize("n", [1, retention.MOST_CURVES])
def test_each_curve_is_named_once(n):
    panel = retention.Panel("All", {f"A segment with quite a long name {i}": curve() for i in range(n)})
    figure = retention.shares_by_time([panel, panel], xlabel="Months", ylabel="Share")
    legends = [axis.get_legend() for axis in figure.axes]
    assert [0 if legend is None else len(legend.get_texts()) for legend in legends] == ([0, 0] if n == 1 else [n, n])


def test_rare_events_have_a_scale_of_their_own():
    panels = [retention.Panel("Often", {"a": curve()}), retention.Panel("Rarely", {"a": curve(0.01)})]
    often, rarely = retention.shares_by_time(panels, xlabel="Months", ylabel="Share").axes
    assert often.get_ylim() == (0, 1)
    assert rarely.get_ylim()[1] < 0.02


def test_small_shares_are_written_with_a_decimal():
    table = pd.DataFrame([[0.012, 0.004]], index=["2024-01  (n = 900)"], columns=["1–3", "4–6"])
    texts = [t.get_text() for t in retention.cohorts(table, xlabel="Months", ylabel="Month").axes[0].texts]
    assert texts == ["1.2%", "0.4%"]


def test_what_lies_below_the_line_is_drawn_as_costing_more():
    cells = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [2.0, 2.0, 1.0], "n": [9, 8, 7]})
    figure = customer_value.cost_beside_value(cells, straight=10, show=lambda x: f"{x:.0f}", brings="Margin")
    colours = {tuple(c) for c in figure.axes[0].collections[0].get_facecolors()}
    assert len(colours) == 3


def test_losses_reach_below_nothing_on_the_money_axis():
    cells = pd.DataFrame({"x": [0.0, 2.0], "y": [-2.0, 3.0], "n": [9, 8]})
    axis = customer_value.cost_beside_value(cells, straight=10, show=lambda x: f"{x:.0f}", brings="Margin").axes[0]
    assert any(t.get_text().startswith("-") for t in axis.get_yticklabels())
