import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from cvclib.client import Client
from cvclib.exhibits import Figure, Reading
from cvclib.findings import Gap
from cvclib.steps import flows, process_mapping


def orders() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "order_id": list("abcd"), "customer_id": ["1", "1", "2", "3"], "ordered_at": ["2025-02-01", "2025-03-01", "2025-04-01", "2024-04-01"],
            "revenue": [100.0, 50.0, 30.0, 999.0], "delivered_at": ["2025-02-03", "2025-03-05", None, "2025-01-02"],
            "returned_at": ["2025-02-20", None, None, None], "cancelled_at": [None, None, "2025-04-02", None],
        }
    )  # fmt: skip


def value(client: Client, what: str) -> float:
    return flows.flows(client).set_index("what").loc[what, "value"]


def test_each_flow_is_counted_in_the_period_in_which_it_happens():
    """Orders a and b hold 150, c is cancelled, d was ordered the year before but delivered in this one."""
    client = Client.from_frames({"orders": orders()})

    assert value(client, "revenue") == 150
    assert value(client, "returned orders") == 100
    assert value(client, "deliveries") == 3
    assert value(client, "orders sent back") == 1
    assert np.isnan(value(client, "service cases"))


def test_an_outsider_is_a_supplier_by_its_name_or_by_serving_no_touchpoint():
    activities = pd.DataFrame(
        {
            "activity": ["Make it (supplier)", "Carrier round", "Store", "Advise"],
            "category": "external",
            "annual_cost": [365.25, 730.5, 100, 100],
        }
    )
    served = pd.DataFrame(
        {"activity": ["Make it (supplier)", "Carrier round", "Advise"], "touchpoint": ["Delivery", "Delivery", "Delivery"]}
    )
    frames = {"orders": orders(), "activities": activities, "activity_touchpoints": served}
    client = Client.from_frames(frames, period=("2025-01-01", "2025-12-31"))

    assert value(client, "paid to suppliers") == pytest.approx(465.25 * 365 / 365.25)
    assert value(client, "paid to distributors and partners") == pytest.approx(830.5 * 365 / 365.25)


def test_no_words_on_the_page_cover_each_other_and_no_amount_is_cut():
    activities = pd.DataFrame({"activity": ["Make (supplier)", "Carry"], "category": "external", "annual_cost": [123_456_789.0, 1.0]})
    served = pd.DataFrame({"activity": ["Carry"], "touchpoint": ["A very long name of a delivery to the bedroom of the customer"]})
    shown = process_mapping.flow_page(
        Client.from_frames({"orders": orders(), "activities": activities, "activity_touchpoints": served}, currency="EUR")
    )

    found = [t for t in shown.figure.findobj(Text) if t.get_text().strip()]
    shown.figure.canvas.draw()
    boxes = [t.get_window_extent() for t in found]
    assert not any(
        min(a.x1, b.x1) - max(a.x0, b.x0) > 2 and min(a.y1, b.y1) - max(a.y0, b.y0) > 2 for a, b in itertools.combinations(boxes, 2)
    )
    assert any("EUR 123,3" in t.get_text() for t in found)
    assert all(t.get_fontsize() >= 9 for t in found)


def test_without_any_table_of_flows_the_page_is_a_gap():
    client = Client.from_frames({"prices": pd.DataFrame({"brand": ["a"], "price": [1.0]})})

    assert isinstance(process_mapping.flow_page(client), Gap)
    assert process_mapping.read_flow_page(client) is None


def test_revenue_is_split_by_segment_where_orders_can_be_tied():
    customers = pd.DataFrame({"customer_id": ["1", "2"], "segment": ["x", "y"]})
    frame = flows.revenue_by_segment(Client.from_frames({"orders": orders(), "customers": customers}))

    assert frame.values.tolist() == [["x", 1, 150.0]]


def test_the_page_of_the_demonstration_names_what_nobody_knows(nordic_beds):
    assert isinstance(process_mapping.flow_page(nordic_beds), Figure)
    reading = process_mapping.read_flow_page(nordic_beds)
    assert isinstance(reading, Reading)
    assert "paid to suppliers" in reading.text
