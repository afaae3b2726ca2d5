"""Referral value beside worth, and referred customers beside others: sums by hand, and what is planted."""

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.exhibits import Figure, Reading
from cvclib.findings import Gap
from cvclib.steps import advocacy


def bought(n_each=6):
    """Two of each type, six times. Champions buy 100 and bring an affluent of 100; advocates buy 10 and bring a miser of 10."""
    rows = []
    for i in range(n_each):
        rows += [
            (f"champion{i}", None, 100),
            (f"affluent{i}", f"champion{i}", 100),
            (f"advocate{i}", None, 10),
            (f"miser{i}", f"advocate{i}", 10),
        ]
    frame = pd.DataFrame(rows, columns=["customer_id", "referred_by", "revenue"])
    orders = frame[["customer_id", "revenue"]].assign(ordered_at="2025-03-01", order_id=frame.index.astype(str))
    return {"customers": frame[["customer_id", "referred_by"]].assign(acquired_at="2025-02-01"), "orders": orders}


def test_the_four_types_are_those_counted_by_hand():
    """Median worth 55: champions and affluents above it; the 12 who brought somebody are champions and advocates.

    Worth in all 6 · 220 = 1320; brought 6 · 110 = 660: half, if nobody had come otherwise.
    """
    found = advocacy.referral_values(Client.from_frames(bought()))
    assert found.types.set_index("type")["n"].to_dict() == {"Champions": 6, "Affluents": 6, "Advocates": 6, "Misers": 6}
    assert found.types.set_index("type")["brought"].to_dict() == {"Champions": 100, "Affluents": 0, "Advocates": 10, "Misers": 0}
    assert found.ratio.value == pytest.approx(0.5)


def test_the_share_assumed_scales_what_referral_brings_and_is_said():
    client = Client.from_frames(bought())
    reading = str(advocacy.referral_value_reading(client, brought_share=0.4))
    assert "If 40% of those brought" in reading
    assert "20.0%" in reading
    assert "12.5% if a quarter, 50.0% if all" in reading
    assert isinstance(advocacy.referral_value(client), Figure)


def test_nobody_who_brings_or_nothing_recorded_is_said():
    frames = bought(n_each=1)
    assert isinstance(advocacy.referral_value(Client.from_frames(frames)), Reading)
    assert isinstance(advocacy.referral_value(Client.from_frames({"orders": frames["orders"]})), Gap)


def test_what_referred_customers_bring_is_compared_within_the_month():
    """Won in January 2025 (1 year): 20 referred with 2 further orders, 20 others with 1. In July: 20 others only, left out of the ratio."""
    rows = []
    for i in range(20):
        rows += [(f"r{i}", "2025-01-01")] + [(f"r{i}", "2025-05-01")] * 2 + [(f"o{i}", "2025-01-01"), (f"o{i}", "2025-06-01")]
        rows += [(f"j{i}", "2025-07-01")] + [(f"j{i}", "2025-08-01")] * 9
    orders = pd.DataFrame(rows, columns=["customer_id", "ordered_at"])
    ids = orders["customer_id"].unique()
    customers = pd.DataFrame({"customer_id": ids, "referred_by": [f"o{i[1:]}" if i[0] == "r" else None for i in ids]})
    client = Client.from_frames({"customers": customers, "orders": orders.assign(order_id=orders.index.astype(str), revenue=10.0)})
    found = {one.what: one for one in advocacy.brought(client)}
    assert found["orders"].ratio.value == pytest.approx(2.0)
    assert found["orders"].ratio.n == 40
    assert found["revenue"].referred == pytest.approx(20, rel=0.01)


def test_a_referral_made_too_lately_is_not_counted_as_lost():
    """Of ten made in January four convert after 20 days; ten of the last day cannot have: 40% within 90 days, not 20%."""
    made = ["2025-01-10"] * 10 + ["2025-12-31"] * 10
    referrals = pd.DataFrame(
        {"referrer_id": [f"c{i}" for i in range(20)], "referred_at": made, "converted_at": ["2025-01-30"] * 4 + [None] * 16}
    )
    customers = pd.DataFrame({"customer_id": [f"c{i}" for i in range(20)]})
    row = advocacy.referral_rates(Client.from_frames({"customers": customers, "referrals": referrals})).iloc[0]
    assert row["conversion"] == pytest.approx(0.2)
    assert row["within"] == pytest.approx(0.4)
    assert row["k_factor"] == pytest.approx(1.0 * 0.4)
    assert np.isfinite(row["k_high"])
