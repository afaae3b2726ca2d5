"""KPIs that a client file adds: each kind by hand, and what is refused with its reason."""

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.errors import InputError
from cvclib.kpis import registry
from cvclib.params import load_client_file
from cvclib.steps.performance_evaluation import definitions, indicators, segment_tables
from cvclib.steps.scorecard import scorecard

ORDERS = pd.DataFrame(
    {
        "order_id": list("123456"),
        "customer_id": list("aabbcc"),
        "ordered_at": ["2025-02-01"] * 5 + ["2024-02-01"],
        "revenue": [90.0, 80, 70, 60, 50, 40],
        "discount": [10.0, 20, 30, 0, None, 60],
        "channel": ["web", "web", "shop", "web", "shop", "web"],
    }
)


def kpi(**given):
    house = {
        "label": "Ours",
        "definition": "As we see it.",
        "table": "orders",
        "kind": "mean",
        "sql": "revenue",
        "unit": "money",
        "better": "higher",
    }
    return {**house, **given}


def client_with(frames=None, **given):
    return Client.from_frames(frames or {"orders": ORDERS}, kpis={"ours": kpi(**given)}, report={"minimum_group": 1})


def estimate(**given):
    client = client_with(**given)
    return registry(client)["ours"].estimate(client)


def test_a_mean_over_the_rows_for_which_it_is_told():
    """Web orders of 2025: 90, 80 and 60."""
    assert estimate(where="channel = 'web'")[::3] == (pytest.approx(230 / 3), 3)


def test_a_median():
    assert estimate(kind="median").value == 70


def test_a_share_of_rows_for_which_the_expression_is_true():
    """Three of five orders; Wilson's interval."""
    found = estimate(kind="share", sql="channel = 'web'", unit="share")
    assert found == pytest.approx((0.6, 0.2307, 0.8824, 5), abs=1e-4)


def test_a_total_has_no_interval():
    found = estimate(kind="total")
    assert found.value == 350
    assert np.isnan(found.low)


def test_a_ratio_of_sums_leaves_out_blank_rows():
    """60 given away of 360 listed; the order with a blank discount says nothing."""
    found = estimate(kind="ratio", sql="discount", per="revenue + discount", unit="share")
    assert found[::3] == (pytest.approx(60 / 360), 4)
    assert found.low < found.value < found.high


def test_answers_count_with_their_weights():
    survey = pd.DataFrame({"response_id": list("12"), "metric": "csat", "score": [5, 1], "weight": [3, 1]})
    client = client_with({"survey": survey}, table="survey", sql="score", unit="score", where="metric = 'csat'")
    assert registry(client)["ours"].estimate(client).value == 4


def test_it_is_told_by_segment_and_by_month():
    frames = {"orders": ORDERS, "customers": pd.DataFrame({"customer_id": list("abc"), "segment": ["x", "x", "y"]})}
    client = client_with(frames)
    found = registry(client)["ours"]
    assert {name: e.value for name, e in found.by(client, client.period, "segment").items()} == {"x": 75, "y": 50}
    assert found.by(client, client.period, "month")["2025-02-01"].n == 5


def test_columns_have_their_types_already():
    """Two times are compared as times, without a CAST."""
    frames = {"orders": ORDERS.assign(promised_at="2025-02-05", delivered_at=["2025-02-04"] * 3 + ["2025-02-06"] * 3)}
    client = client_with(frames, kind="share", sql="delivered_at <= promised_at", unit="share")
    assert registry(client)["ours"].estimate(client).value == pytest.approx(3 / 5)


def test_it_stands_on_the_scorecard_with_its_target_and_in_the_definitions():
    client = client_with(target=1000)
    row = scorecard(client).loc["ours"]
    assert (row["label"], row["target"], row["status"]) == ("Ours", 1000, "missed")
    assert "Ours" in definitions(client).frame["kpi"].tolist()
    assert "Ours" in [card.label for card in indicators(client)]
    assert segment_tables(client)


def test_what_it_needs_and_is_not_supplied_is_named():
    client = client_with({"orders": ORDERS.drop(columns="discount")}, sql="discount")
    assert registry(client)["ours"].missing(client) == ("orders.discount",)
    assert "ours" not in scorecard(client).index


CLIENT_FILE = """\
client: A
period: {{start: 2025-01-01, end: 2025-12-31}}
tables: {{orders: {{file: orders.csv, columns: {{order_id: a, customer_id: b, ordered_at: c}}}}}}
kpis:
  {name}:
    label: Ours
    definition: As we see it.
    table: {table}
    kind: {kind}
    sql: "{sql}"
    unit: {unit}
    better: higher
"""


def refused(tmp_path, **given):
    path = tmp_path / "a.yaml"
    path.write_text(CLIENT_FILE.format(**{"name": "ours", "table": "orders", "kind": "mean", "sql": "revenue", "unit": "money", **given}))
    with pytest.raises(InputError) as caught:
        load_client_file(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"sql": "revenu"}, "Did you mean 'revenue'?"),
        ({"sql": "avg(revenue)"}, "which looks at many rows"),
        ({"sql": "(SELECT 1)"}, "a query"),
        ({"sql": "read_text('x')"}, "the function read_text"),
        ({"sql": "revenue; DROP TABLE orders"}, "one expression"),
        ({"table": "order"}, "Did you mean 'orders'?"),
        ({"table": "customers", "sql": "length(email)"}, "a column of customers"),
        ({"kind": "ratio"}, "kind ratio without 'per'"),
        ({"kind": "share", "sql": "revenue > 5"}, "kind share with unit money"),
        ({"name": "nps"}, "another name"),
        ({"name": "Web-Share"}, "small letters"),
        ({"kind": "average"}, "kind"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, given, told):
    message = refused(tmp_path, **given)
    assert told in message
    assert "line " in message


def test_all_that_is_wrong_is_told_at_once(tmp_path):
    message = refused(tmp_path, name="nps", sql="revenu", unit="euro")
    assert "another name" in message
    assert "revenue" in message
    assert "unit" in message
