"""Cost to serve and concentration: sums by hand, small groups hidden, silence on noise."""

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.exhibits import Figure, Reading
from cvclib.findings import Gap
from cvclib.kpis import KPIS
from cvclib.methods.skewed import skewed_mean
from cvclib.steps import concentration, customer_cost_exhibits
from cvclib.steps import cost_to_serve as step


def small_client():
    """a: two orders, one returned, a ticket; b: one order with a discount, two contacts; c: contacts only."""
    orders = pd.DataFrame(
        [("1", "a", "2025-02-01", 100.0, 60.0, 0.0, None, None), ("2", "a", "2025-03-01", 50.0, 20.0, 0.0, "2025-03-20", None),
         ("3", "b", "2025-04-01", 80.0, 30.0, 10.0, None, None), ("4", "b", "2025-05-01", 99.0, 99.0, 9.0, None, "2025-05-02"),
         ("5", "a", "2024-12-31", 999.0, 999.0, 0.0, None, None)],
        columns=["order_id", "customer_id", "ordered_at", "revenue", "margin", "discount", "returned_at", "cancelled_at"],
    )  # fmt: skip
    tickets = pd.DataFrame({"ticket_id": ["1"], "customer_id": ["a"], "opened_at": ["2025-03-05"], "cost": [15.0]})
    contacts = pd.DataFrame(
        {
            "customer_id": ["b", "b", "c", "c"],
            "at": ["2025-04-02", "2025-04-03", "2025-04-03", "2024-01-01"],
            "touchpoint": "Call",
            "cost": [20.0, 25.0, 7.0, 50.0],
        }
    )
    return {"orders": orders, "tickets": tickets, "interactions": contacts}


def test_each_part_of_the_cost_is_summed_for_the_customer_who_caused_it():
    """a brings 60 + 20 and costs 15 of ticket + 20 of margin given back; b brings 30 + 10 and costs 10 of discount + 45 of contacts."""
    rows = step.customers_with_costs(Client.from_frames(small_client())).to_pandas().set_index("customer")
    assert rows.loc["a", ["brings", "tickets", "interactions", "discounts", "returns", "costs", "remains"]].tolist() == [
        80,
        15,
        0,
        0,
        20,
        35,
        45,
    ]
    assert rows.loc["b", ["brings", "tickets", "interactions", "discounts", "returns", "costs", "remains"]].tolist() == [
        40,
        0,
        45,
        10,
        0,
        55,
        -15,
    ]
    assert "c" not in rows.index


def test_who_cost_more_than_they_brought_and_what_others_cost_is_told():
    told = step.beside(Client.from_frames(small_client(), report={"minimum_group": 2}))
    assert (told.n, told.losing.value, told.lost) == (2, 0.5, 15)
    assert (told.others_n, told.others_cost) == (1, 7)
    assert told.left.value == 15


def test_the_kpi_is_the_same_cost_over_all_who_ordered_or_were_in_touch():
    """a 35, b 55, c 7: 97 / 3."""
    client = Client.from_frames(small_client())
    assert KPIS["cost_to_serve"].estimate(client).value == pytest.approx(97 / 3)


def costly(rng, n, segments=3, dear="", factor=1.0):
    """Customers with an order or more, skewed margins and contacts that depend on nothing, but for the segment `dear`."""
    segment = np.array([f"S{i}" for i in range(segments)])[np.arange(n) % segments]
    times = np.where(segment == dear, factor, 1.0)
    orders = pd.DataFrame(
        {
            "order_id": np.arange(n).astype(str),
            "customer_id": [f"C{i}" for i in range(n)],
            "ordered_at": "2025-05-01",
            "revenue": rng.lognormal(5, 0.8, n),
        }
    )
    orders["margin"] = orders["revenue"] * 0.4
    contacts = pd.DataFrame(
        {
            "customer_id": orders["customer_id"],
            "at": "2025-05-02",
            "touchpoint": "Call",
            "cost": rng.lognormal(2, 1, n) * (rng.random(n) < 0.5) * times,
        }
    )
    return {
        "customers": pd.DataFrame({"customer_id": orders["customer_id"], "segment": segment}),
        "orders": orders,
        "interactions": contacts,
    }


def test_moments_of_the_engine_are_those_of_the_rows():
    client = Client.from_frames(costly(np.random.default_rng(1), 300))
    rows = step.customers_with_costs(client).to_pandas()
    frame = step.by_segment(client).set_index("segment")
    own = skewed_mean(rows.loc[rows["segment"] == "S1", "costs"])
    assert frame.loc["S1", ["costs", "costs_low", "costs_high"]].tolist() == pytest.approx(list(own[:3]))
    assert frame.loc["", "n"] == 300


def test_a_segment_of_which_less_remains_is_named():
    client = Client.from_frames(costly(np.random.default_rng(2), 900, dear="S1", factor=12))
    claims = [f.claim for f in customer_cost_exhibits.cost_findings(client)]
    assert [claim.split(":")[0] for claim in claims] == ["S1"]


def test_segments_that_cost_alike_are_not_named():
    named = [bool(customer_cost_exhibits.cost_findings(Client.from_frames(costly(np.random.default_rng([3, s]), 300)))) for s in range(20)]
    assert sum(named) <= 3  # 5% of 20 is 1; four or more has a probability below 2%


def test_cells_of_few_customers_are_not_drawn_but_counted():
    client = Client.from_frames(costly(np.random.default_rng(4), 400))
    frame, _, hidden = step.cells(client)
    assert frame["n"].min() >= client.params.report.minimum_group
    assert frame["n"].sum() + hidden == 400


def test_no_exhibit_holds_a_customers_number():
    client = Client.from_frames(costly(np.random.default_rng(5), 200))
    for exhibit in (customer_cost_exhibits.cost_figure, customer_cost_exhibits.cost_table, concentration.concentration_figure):
        assert "C17" not in exhibit(client).to_html()


def test_the_concentration_of_revenue_is_that_of_the_customers_sums():
    """Thirty customers with 1, one of them with 31 in two orders of the period: the largest tenth, 3 of 30, bring 33 of 60."""
    rows = [(str(i), f"C{i}", "2025-02-01", 1.0) for i in range(30)] + [("x", "C3", "2025-06-01", 30.0), ("y", "C4", "2024-06-01", 99.0)]
    orders = pd.DataFrame(rows, columns=["order_id", "customer_id", "ordered_at", "revenue"])
    found = concentration.revenue_concentration(Client.from_frames({"orders": orders}))
    assert found.n == 30
    assert found.tops[0.1].value == pytest.approx(33 / 60)
    assert len(found.curve) == 7  # steps of five customers, the smallest group shown


def test_the_whale_rises_by_what_the_unprofitable_take_away():
    client = Client.from_frames(costly(np.random.default_rng(6), 400, dear="S1", factor=20))
    rows = step.customers_with_costs(client).to_pandas()["remains"]
    found = concentration.profit_concentration(client)
    assert found.peak.value == pytest.approx(rows.clip(lower=0).sum() / rows.sum())
    assert "take" in concentration.read_concentration(client).text
    assert isinstance(concentration.concentration_figure(client), Figure)


def test_without_margins_there_is_a_lorenz_curve_and_a_gap():
    frames = costly(np.random.default_rng(7), 100)
    client = Client.from_frames({"orders": frames["orders"].drop(columns="margin")})
    assert isinstance(concentration.concentration_figure(client), Figure)
    assert "cost to serve" not in concentration.read_concentration(client).text
    assert isinstance(customer_cost_exhibits.cost_figure(client), Gap)


def test_a_handful_of_customers_is_said_to_be_too_few():
    frames = small_client()
    client = Client.from_frames(frames)
    assert isinstance(concentration.concentration_figure(client), Reading)
    assert isinstance(customer_cost_exhibits.cost_figure(client), Reading)
