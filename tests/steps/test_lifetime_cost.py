"""Lifetime cost beside lifetime value: sums that must agree, and the horizon that was asked for."""

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.exhibits import Reading
from cvclib.findings import Gap
from cvclib.steps import performance_evaluation
from cvclib.steps.lifetime_cost import lifetime_cost_table, lifetime_costs
from cvclib.steps.lifetime_value import lifetime_values


def test_all_is_the_mean_of_the_segments(nordic_beds):
    frame = lifetime_costs(nordic_beds)
    whole, segments = frame.iloc[0], frame.iloc[1:]
    without = whole["n"] - segments["n"].sum()  # customers of no segment, too few to be a row of their own
    assert 0 <= without < nordic_beds.params.report.minimum_group
    for column in ("clv", "cost"):
        assert np.average(segments[column], weights=segments["n"]) == pytest.approx(whole[column], rel=0.01)
    assert frame["share"].to_numpy() == pytest.approx((frame["cost"] / frame["clv"]).to_numpy())
    assert (frame["clv_low"] < frame["clv"]).all() and (frame["clv"] < frame["clv_high"]).all()


def test_a_cost_is_that_of_an_order_times_the_discounted_orders_to_come(nordic_beds):
    """Orders to come, discounted, are a customer's lifetime value over what an order of theirs brings."""
    frame = lifetime_costs(nordic_beds).set_index("segment")
    customers = lifetime_values(nordic_beds).customers
    name = frame.index[1]
    mine = customers[customers["segment"] == name]
    to_come = (mine["clv"] / mine["value_per_order"]).mean()
    assert frame.loc[name, "cost"] == pytest.approx(frame.loc[name, "cost_per_order"] * to_come)


def test_costs_and_findings_look_as_far_ahead_as_the_figures(nordic_beds):
    table = lifetime_cost_table(nordic_beds, horizon_months=12, discount_rate_per_year=0.2)
    assert "over 12 months, discounted at 20% a year" in table.note
    assert (lifetime_costs(nordic_beds, horizon_months=12)["cost"] < lifetime_costs(nordic_beds)["cost"]).all()
    claims = [finding.claim for finding in performance_evaluation.findings(nordic_beds, horizon_months=12)]
    assert not [claim for claim in claims if "over 36 months" in claim]


def test_without_costs_it_is_a_gap_and_without_lifetime_value_it_says_so():
    orders = pd.DataFrame({"order_id": ["1"], "customer_id": ["a"], "ordered_at": ["2025-03-01"], "revenue": [10.0]})
    assert isinstance(lifetime_cost_table(Client.from_frames({"orders": orders})), Gap)
    with_margin = orders.assign(margin=4.0)
    tickets = pd.DataFrame({"ticket_id": ["1"], "customer_id": ["a"], "opened_at": ["2025-03-02"], "cost": [2.0]})
    few = lifetime_cost_table(Client.from_frames({"orders": with_margin, "tickets": tickets}))
    assert isinstance(few, Reading)
    assert few.text.endswith("with fewer than 50 no lifetime value is estimated.")
