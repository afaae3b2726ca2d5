"""Figures of recommendation, the ladder and attribution: one row or forty, long names, blanks."""

import numpy as np
import pandas as pd
import pytest

from cvclib.charts import attribution, ladder, recommendation

LONG = "Signs and directions inside the airport and on all of the roads that lead to it"


def effects(n):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {"attribute": [f"{LONG} {i}" for i in range(n)], "kind": ["does both", "no clear effect"] * (n // 2) + ["does both"] * (n % 2)}
    )
    for side in ("promoting", "preventing"):
        middle = rng.normal(0, 0.05, n)
        frame = frame.assign(**{side: middle, f"{side}_low": middle - 0.03, f"{side}_high": middle + 0.03, f"p_{side}": rng.random(n) / 5})
    return frame


@pytest.mark.parametrize("n", [1, 40])
def test_every_attribute_has_its_name_and_what_it_does(n):
    figure = recommendation.two_sided(effects(n))
    axes = figure.axes[0]
    assert len(axes.get_yticklabels()) == n
    assert sum(text.get_text() in {"does both", "no clear effect"} for text in axes.texts) == n


def test_only_months_outside_the_limits_are_named():
    at = pd.date_range("2025-01-15", periods=6, freq="30D")
    frame = pd.DataFrame(
        {"middle": at, "label": [f"month {i}" for i in range(6)], "nps": [5.0, 8, 40, 6, 7, 5], "limit_low": -10.0, "limit_high": 20.0}
    )
    frame = frame.assign(low=frame["nps"] - 12, high=frame["nps"] + 12, outside=frame["nps"] > 20)
    figure = recommendation.over_time(frame, centre=8.0, divide=pd.Timestamp("2025-03-01"), target=9.0)
    named = {text.get_text() for text in figure.axes[0].texts}
    assert "month 2" in named
    assert not named & {"month 0", "month 1", "month 3"}


def test_groups_too_small_are_named_and_not_drawn():
    frame = pd.DataFrame(
        {
            "kind": ["Segment"] * 2,
            "group": [LONG, "few"],
            "share": [0.4, np.nan],
            "low": [0.3, np.nan],
            "high": [0.5, np.nan],
            "n": [80, np.nan],
        }
    )
    scores = pd.DataFrame(
        {"name": ["As answered", "Were the silent lower"], "value": [10.0, 5.0], "low": [2.0, np.nan], "high": [18.0, np.nan]}
    )
    figure = recommendation.who_answered(frame, scores, whole=0.4)
    assert any("too few" in text.get_text() for text in figure.axes[0].texts)


def test_the_ladder_stands_without_moves():
    frame = pd.DataFrame({"name": ["Repeat customer", "Prospect"], "n_before": [np.nan, 8], "n": [12, np.nan]})
    blank = {f"{move}{end}": np.nan for move in ladder.MOVES for end in ("", "_low", "_high")}
    figure = ladder.ladder(frame.assign(**blank), before="Dec 2024", now="Dec 2025")
    assert any(text.get_text() == "12" for text in figure.axes[0].texts)
    assert any("too few" in text.get_text() for text in figure.axes[0].texts)


@pytest.mark.parametrize("n", [1, 40])
def test_a_touchpoint_on_every_way_is_marked_and_not_numbered(n):
    effect = np.linspace(1, 0.1, n)
    frame = pd.DataFrame(
        {"touchpoint": [f"{LONG} {i}" for i in range(n)], "gate": effect == 1, "effect": effect, "low": effect * 0.9, "high": effect}
    )
    figure = attribution.removal(frame.assign(share=1 / n, first=1 / n, last=1 / n, linear=1 / n))
    said = [text.get_text() for text in figure.axes[0].texts]
    assert said.count("on nearly every way") == 1
    assert "100%" not in said
