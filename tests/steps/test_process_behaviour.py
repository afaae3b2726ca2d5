"""Process behaviour charts of a client: which kind, which months, and nothing on noise."""

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.exhibits import Figure
from cvclib.findings import Gap
from cvclib.steps import performance_evaluation
from cvclib.steps.process_behaviour import process_charts
from cvclib.steps.process_exhibits import process_findings

MONTHS = pd.date_range("2024-01-01", periods=24, freq="MS")


def client_of(on_time, *, a_month=80, revenue=None, seed=1):
    """Orders of 24 months, each delivered on time with a chance a month."""
    rng = np.random.default_rng(seed)
    month = np.repeat(np.arange(24), a_month)
    ordered = MONTHS[month] + pd.to_timedelta(rng.integers(0, 20, len(month)), unit="D")
    kept = rng.random(len(month)) < np.broadcast_to(on_time, 24)[month]
    orders = pd.DataFrame({
        "order_id": [str(i) for i in range(len(month))], "customer_id": "a", "ordered_at": ordered,
        "promised_at": ordered + pd.Timedelta(days=5), "delivered_at": ordered + pd.to_timedelta(np.where(kept, 4, 7), unit="D"),
    })  # fmt: skip
    if revenue is not None:
        orders["revenue"] = np.broadcast_to(revenue, 24)[month] * rng.uniform(0.8, 1.2, len(month))
    return Client.from_frames({"orders": orders})


def chart_of(client, kpi):
    return next(chart for chart in process_charts(client) if chart.kpi == kpi)


def test_a_share_of_steady_quality_has_a_p_chart_without_signals():
    chart = chart_of(client_of(0.8), "on_time_share")
    assert chart.kind == "p"
    assert chart.quiet
    assert process_findings(client_of(0.8)) == []


def test_a_lasting_change_is_found_with_both_levels_and_its_month():
    found = process_findings(client_of(np.r_[np.full(14, 0.7), np.full(10, 0.9)]))
    (claim,) = [f for f in found if f.claim.startswith("Delivered on time")]
    assert "changed its level" in claim.claim
    assert "March 2025" in claim.claim
    assert claim.kind == "strength"


def test_a_single_bad_month_is_beyond_the_limits_and_named():
    bad = np.full(24, 0.9)
    bad[17] = 0.4
    found = process_findings(client_of(bad))
    (claim,) = [f for f in found if f.claim.startswith("Delivered on time")]
    assert "beyond the limits in June 2025" in claim.claim
    assert claim.kind == "problem"
    assert "June 2025" in performance_evaluation.read_monthly(client_of(bad)).text


def test_shares_that_move_more_than_their_n_explains_have_a_p_prime_chart():
    """800 orders a month explain a standard deviation of 1.3 points; these months move by ten."""
    restless = 0.8 + 0.1 * np.random.default_rng(4).uniform(-1, 1, 24)
    chart = chart_of(client_of(restless, a_month=800), "on_time_share")
    assert chart.kind == "p′"
    assert chart.signals.empty


def test_a_month_of_few_has_wider_limits():
    frame = chart_of(client_of(0.8, revenue=100.0), "average_order_value").frame
    assert chart_of(client_of(0.8, revenue=100.0), "average_order_value").kind == "XmR"
    width = frame["action_high"] - frame["action_low"]
    assert width.dropna().nunique() >= 1
    assert (width[frame["n"] == frame["n"].min()] >= width.min()).all()


def test_a_month_that_the_data_cut_off_is_no_small_month():
    """The orders end on 8 December 2025: its revenue is left out, its mean order value is not."""
    client = client_of(0.8, revenue=100.0)
    orders = client.tables.orders.to_pandas()
    cut = Client.from_frames({"orders": orders[orders["ordered_at"] < "2025-12-09"]})
    assert np.isnan(chart_of(cut, "revenue").frame["value"].iloc[-1])
    assert chart_of(cut, "average_order_value").frame["value"].notna().iloc[-1]


def test_the_figure_names_the_rule_and_gives_the_numbers():
    figure = performance_evaluation.monthly_figure(client_of(np.r_[np.full(14, 0.7), np.full(10, 0.9)]))
    assert isinstance(figure, Figure)
    assert figure.data.frame["month"].iloc[-1] == "mean (action limits)"
    assert "Western Electric" in figure.data.note


def test_a_few_months_are_too_few_for_limits():
    orders = pd.DataFrame({"order_id": ["1", "2"], "customer_id": "a", "ordered_at": ["2025-01-03", "2025-02-03"], "revenue": 10.0})
    client = Client.from_frames({"orders": orders})
    assert isinstance(performance_evaluation.monthly_figure(client), Gap)
    assert process_findings(client) == []


@pytest.mark.parametrize("seed", range(4))
def test_months_alike_give_no_finding(seed):
    assert process_findings(client_of(0.85, revenue=120.0, seed=seed + 10)) == []
