"""Delivery by hand: undelivered orders are censored, cancelled ones another end, promises judged by date and by hour."""

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.exhibits import Figure, Table
from cvclib.findings import Gap
from cvclib.kpis import KPIS
from cvclib.methods import survival
from cvclib.steps import delivery, performance_evaluation, promise
from cvclib.steps.delivery_exhibits import delivery_findings

PERIOD = ("2025-01-01", "2025-01-31")


def client_of(orders, **settings):
    frame = pd.DataFrame(orders)
    frame = frame.assign(order_id=[str(i) for i in range(len(frame))])
    if "customer_id" not in frame:
        frame["customer_id"] = "a"
    return Client.from_frames({"orders": frame}, period=PERIOD, **settings)


def ten(**columns):
    """Ten orders of 10 January; columns hold a value a row."""
    return client_of({"ordered_at": ["2025-01-10 09:00"] * 10, **columns})


def test_an_order_not_delivered_has_waited_to_the_end_and_is_not_dropped():
    """By hand: 4 of 10 after 5 days, 3 of the 6 left after 10; S = 0.6, then 0.3; the rest wait to 31 January, 21 days."""
    client = ten(delivered_at=["2025-01-15"] * 4 + ["2025-01-20"] * 3 + [None] * 3)
    curve = delivery.delivery_curve(client)
    assert survival.survival_at(curve, 5).value == pytest.approx(0.6)
    assert survival.survival_at(curve, 10).value == pytest.approx(0.3)
    assert delivery.still_waiting(client) == 3


def test_the_data_may_end_before_the_period_does():
    """The last thing recorded is of 20 January: the undelivered have waited 10 days then, not 21."""
    client = ten(delivered_at=["2025-01-20"] * 7 + [None] * 3)
    assert delivery.waits(client).query("end == ''")["days"].tolist() == [10]


def test_a_delivery_after_the_period_is_not_known_yet():
    client = ten(delivered_at=["2025-01-15"] * 6 + ["2025-02-10"] * 4)
    assert delivery.still_waiting(client) == 4


def test_a_cancelled_order_leaves_on_the_day_it_is_cancelled():
    """2 of 10 cancelled after 2 days; 4 of the 8 left delivered after 5: half of those who wait on, 40% of all."""
    client = ten(cancelled_at=["2025-01-12"] * 2 + [None] * 8, delivered_at=[None] * 2 + ["2025-01-15"] * 4 + [None] * 4)
    assert survival.survival_at(delivery.delivery_curve(client), 5).value == pytest.approx(0.5)
    fates = delivery.fates(client, 5)
    assert (fates["delivered"].value, fates["cancelled"].value) == pytest.approx((0.4, 0.2))


def test_an_order_delivered_and_then_taken_back_was_delivered():
    client = ten(delivered_at=["2025-01-15"] * 10, cancelled_at=["2025-01-20"] * 10)
    assert delivery.waits(client)["end"].unique().tolist() == ["delivered"]


def test_promises_are_judged_by_date_and_by_hour_and_overdue_orders_are_late():
    """5 before noon of the promised day, 2 that evening, 1 two days late, 2 not there on 31 January."""
    client = ten(
        promised_at=["2025-01-15 12:00"] * 10,
        delivered_at=["2025-01-15 10:00"] * 5 + ["2025-01-15 20:00"] * 2 + ["2025-01-17 09:00"] + [None] * 2,
    )
    kept = delivery.promises_kept(client)
    assert (kept.by_date.value, kept.by_time.value) == pytest.approx((0.7, 0.5))
    assert (kept.n_late, kept.n_overdue) == (1, 2)
    assert KPIS["on_time_share"].estimate(client)[::3] == pytest.approx((7 / 8, 8))  # of those delivered only, as the scorecard has it
    assert promise.undelivered(client).on_time_share == pytest.approx(0.7)


def test_early_deliveries_do_not_count_before_their_promised_day_has_come():
    """Ten late of ten due; two promised for February came in January: of their like only the early ones can be seen yet."""
    days = {"promised_at": ["2025-01-15"] * 10 + ["2025-02-20"] * 2, "delivered_at": ["2025-01-17"] * 10 + ["2025-01-30"] * 2}
    client = client_of({"ordered_at": ["2025-01-10 09:00"] * 12, **days})
    assert KPIS["on_time_share"].estimate(client)[::3] == (0.0, 10)
    assert (delivery.promises_kept(client).by_date.value, promise.undelivered(client).on_time_share) == (0.0, 0.0)


def test_a_promise_of_a_day_is_not_judged_by_the_hour():
    client = ten(promised_at=["2025-01-15"] * 10, delivered_at=["2025-01-15 20:00"] * 10)
    kept = delivery.promises_kept(client)
    assert kept.by_time is None
    assert kept.by_date.value == 1
    assert "of a day, not of an hour" in performance_evaluation.read_lateness(client).text


def test_a_promise_whose_day_has_not_come_is_neither_kept_nor_broken():
    """8 of 10 kept; two orders promised for February, one of them there already, do not count yet."""
    client = client_of({
        "ordered_at": ["2025-01-10"] * 12,
        "promised_at": ["2025-01-15"] * 10 + ["2025-02-15"] * 2,
        "delivered_at": ["2025-01-14"] * 8 + ["2025-01-20"] * 2 + ["2025-01-31", None],
    })  # fmt: skip
    assert delivery.promises_kept(client).by_date[::3] == (0.8, 10)


def test_how_late_the_late_ones_are_counts_those_still_overdue():
    """Promised for the 10th; 4 came 2 days late, 3 came 12 days late, 3 are 21 days overdue: half within 12 days."""
    client = ten(
        promised_at=["2025-01-10"] * 10, delivered_at=["2025-01-12"] * 4 + ["2025-01-22"] * 3 + [None] * 3, shipped_at=["2025-01-31"] * 10
    )
    kept = delivery.promises_kept(client)
    assert kept.half_late.value == 12
    assert kept.over_a_week.value == pytest.approx(0.6)


def by_channel(days_late, n=60):
    rng = np.random.default_rng(3)
    days = np.r_[rng.integers(2, 9, n), rng.integers(2, 9, n) + days_late]
    ordered = pd.Timestamp("2025-01-02")
    return client_of({
        "ordered_at": [ordered] * (2 * n), "channel": ["shop"] * n + ["web"] * n, "delivered_at": ordered + pd.to_timedelta(days, unit="D"),
    })  # fmt: skip


def test_a_channel_that_waits_longer_is_found():
    claims = [f.claim for f in delivery_findings(by_channel(4))]
    assert any("Channel web gets its orders later" in claim for claim in claims)
    table = performance_evaluation.delivery_table(by_channel(4))
    assert isinstance(table, Table)
    assert table.frame.set_index("group")["verdict"].to_dict() == {"shop": "sooner", "web": "later"}


def test_channels_that_wait_alike_are_not_told_apart():
    assert delivery_findings(by_channel(0)) == []
    assert "clearly longer or shorter" in performance_evaluation.read_delivery(by_channel(0)).text


def test_a_channel_too_small_to_show_is_blank():
    client = client_of({
        "ordered_at": ["2025-01-10"] * 23, "channel": ["shop"] * 20 + ["web"] * 3, "delivered_at": ["2025-01-15"] * 23,
    })  # fmt: skip
    row = performance_evaluation.delivery_table(client).frame.set_index("group").loc["web"]
    assert pd.isna(row["n"])
    assert pd.isna(row["median"])


def test_without_deliveries_the_gap_says_what_to_supply():
    client = client_of({"ordered_at": ["2025-01-10"] * 12})
    assert isinstance(performance_evaluation.delivery_figure(client), Gap)
    assert isinstance(performance_evaluation.lateness_figure(client), Gap)
    assert performance_evaluation.read_delivery(client) is None
    assert delivery_findings(client) == []


def test_too_few_orders_are_said_to_be_too_few():
    client = client_of({"ordered_at": ["2025-01-10"] * 3, "delivered_at": ["2025-01-15"] * 3, "promised_at": ["2025-01-15"] * 3})
    assert "too few" in str(performance_evaluation.delivery_figure(client))
    assert "too few" in str(performance_evaluation.lateness_figure(client))


def test_the_figures_show_who_still_waits():
    client = ten(promised_at=["2025-01-15 12:00"] * 10, delivered_at=["2025-01-15 10:00"] * 8 + [None] * 2)
    figure = performance_evaluation.delivery_figure(client)
    assert isinstance(figure, Figure)
    assert "2 of 10 still waited" in figure.alt
    assert isinstance(performance_evaluation.lateness_figure(client), Figure)


def test_satisfaction_is_told_by_how_late_the_delivery_was():
    """Thirty on time score 5, thirty two days late score 4, thirty ten days late score 1: late ones 2.5 on average."""
    days = np.repeat([0, 2, 10], 30)
    orders = pd.DataFrame({
        "order_id": [str(i) for i in range(90)], "customer_id": "a", "ordered_at": "2025-01-02", "promised_at": "2025-01-10",
        "delivered_at": pd.Timestamp("2025-01-10") + pd.to_timedelta(days, unit="D"),
    })  # fmt: skip
    survey = pd.DataFrame({
        "response_id": orders["order_id"], "order_id": orders["order_id"], "metric": "csat", "score": np.repeat([5, 4, 1], 30),
        "responded_at": "2025-01-25",
    })  # fmt: skip
    result = promise.promise_kept(Client.from_frames({"orders": orders, "survey": survey}, period=PERIOD))
    assert (result.on_time.value, result.late.value) == (5, 2.5)
    assert [(name, e.value, e.n) for name, e in result.by_days if e.n] == [("1 to 3 days late", 4, 30), ("more than a week late", 1, 30)]
    assert result.enough
