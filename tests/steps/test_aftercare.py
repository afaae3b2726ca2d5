"""Contact and discount: who is compared with whom, what is planted is recovered, and what cannot be told is said."""

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.exhibits import Figure, Reading
from cvclib.findings import Gap
from cvclib.steps import aftercare_exhibits as exhibits
from cvclib.steps.aftercare import after_sales_touchpoint, cared, contacted, discounted
from cvclib.steps.questions import TooFewAnswersError

DAY = pd.Timedelta(days=1)
TOUCHPOINTS = pd.DataFrame({"touchpoint": ["Call", "Delivery", "Advert"], "stage": ["ownership", "ownership", "awareness"]})


def company(n=1600, effect=0.0, seed=1):
    """Firms are called more often and come back more often; a call adds `effect` to the chance of coming back in 150 days."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"c{i}" for i in range(n)])
    firm = rng.random(n) < 0.5
    called = rng.random(n) < np.where(firm, 0.7, 0.3)
    delivered = pd.Series(pd.Timestamp("2024-02-01") + pd.to_timedelta(rng.uniform(0, 300, n), unit="D"))
    again = rng.random(n) < 0.15 + 0.3 * firm + effect * called
    first = pd.DataFrame({"customer_id": ids, "ordered_at": delivered - 5 * DAY, "delivered_at": delivered, "revenue": 100.0})
    second = pd.DataFrame(
        {"customer_id": ids, "ordered_at": delivered + pd.to_timedelta(rng.uniform(31, 180, n), unit="D"), "revenue": 90.0}
    )
    orders = pd.concat([first, second[again]], ignore_index=True)
    touches = [
        pd.DataFrame({"customer_id": ids, "at": delivered, "touchpoint": "Delivery"}),
        pd.DataFrame({"customer_id": ids[called], "at": (delivered + 7 * DAY)[called], "touchpoint": "Call"}),
    ]
    return {
        "customers": pd.DataFrame({"customer_id": ids, "segment": np.where(firm, "Firm", "Household")}),
        "orders": orders.assign(order_id=orders.index.astype(str)),
        "interactions": pd.concat(touches, ignore_index=True),
        "touchpoints": TOUCHPOINTS,
    }


def orders_on(*days, customer="c", **columns):
    at = pd.to_datetime("2025-01-01") + pd.to_timedelta(days, unit="D")
    return pd.DataFrame({"customer_id": customer, "ordered_at": at, "delivered_at": at, **columns})


def hand_sized():
    """Landmark day 30. early: orders on day 10, out. late: ordered on day 200 first, cannot be followed, out.

    called: called on day 7, orders on day 60. called_late: called on day 40, does not count. away: never again.
    """
    rows = {"early": (0, 10), "late": (200,), "called": (0, 60), "called_late": (0, 250), "away": (0,)}
    orders = pd.concat([orders_on(*days, customer=name) for name, days in rows.items()], ignore_index=True)
    calls = pd.DataFrame({"customer_id": ["early", "called", "called_late"], "at": ["2025-01-08", "2025-01-08", "2025-02-10"]})
    return {
        "orders": orders.assign(order_id=orders.index.astype(str)),
        "interactions": calls.assign(touchpoint="Call"),
        "touchpoints": TOUCHPOINTS,
    }


def test_only_who_has_not_ordered_by_the_landmark_and_can_be_followed_is_compared():
    """Of five: one orders before the landmark, one comes too late; one called in time comes again, one called later and one not do not."""
    frame = contacted(Client.from_frames(hand_sized()), touchpoint="Call", within_days=30, follow_days=180)
    assert sorted(zip(frame["treated"], frame["again"], strict=True)) == [(False, False), (False, False), (True, True)]
    assert "customer" not in frame.columns


def test_a_discount_on_the_second_order_is_set_against_the_third():
    """a: discount, third order in time. b: none, third order too late. c: a discount on the first order only, no third."""
    days = {"a": (0, 20, 60), "b": (0, 20, 300), "c": (0, 20)}
    discounts = {"a": (0, 5, 0), "b": (0, 0, 0), "c": (5, 0)}
    orders = pd.concat([orders_on(*days[k], customer=k, discount=discounts[k], revenue=50.0) for k in days], ignore_index=True)
    frame = discounted(Client.from_frames({"orders": orders.assign(order_id=orders.index.astype(str))}), follow_days=180)
    assert sorted(zip(frame["treated"], frame["again"], strict=True)) == [(False, False), (False, False), (True, True)]


def test_the_contact_is_the_commonest_after_the_delivery_itself():
    assert after_sales_touchpoint(Client.from_frames(company(n=50))) == "Call"


@pytest.mark.parametrize(("effect", "kind"), [(0.0, "no signal"), (0.15, "strength")])
def test_what_a_call_does_is_told_from_whom_it_was_made_to(effect, kind):
    client = Client.from_frames(company(effect=effect))
    found = cared(client)
    assert found.effect.ate.low < effect < found.effect.ate.high
    assert found.effect.raw.low > effect, "as seen, the call does more than it does"
    (finding,) = exhibits.aftercare_findings(client)
    assert finding.kind == kind
    assert "Observed, not tried" in finding.evidence
    assert ("E-value" in finding.evidence) == (kind == "strength")


def test_figures_show_and_say_what_they_rest_on():
    client = Client.from_frames(company(n=600))
    shown = [exhibits.aftercare(client), exhibits.aftercare_overlap(client, "contact")]
    assert all(isinstance(exhibit, Figure) for exhibit in shown)
    assert isinstance(exhibits.aftercare_overlap(client, "discount"), Gap)
    assert "Left out" in shown[1].data.note


def test_too_few_who_come_back_are_not_compared():
    client = Client.from_frames(hand_sized())
    with pytest.raises(TooFewAnswersError, match="it takes 10 who did"):
        cared(client)
    assert isinstance(exhibits.aftercare(client), Reading)
    assert exhibits.aftercare_findings(client) == []


def test_who_is_always_called_cannot_be_compared_and_that_is_said():
    frames = company(n=400)
    firms = set(frames["customers"].query("segment == 'Firm'")["customer_id"])
    calls = pd.DataFrame({"customer_id": sorted(firms), "touchpoint": "Call"})
    delivered = frames["orders"].dropna(subset="delivered_at").set_index("customer_id")["delivered_at"]
    calls["at"] = calls["customer_id"].map(delivered) + 7 * DAY
    client = Client.from_frames(frames | {"interactions": calls})
    assert "No effect is told" in str(exhibits.aftercare(client))
