"""KPIs of waiting: deliveries, promises, leads and tickets.

Who still waits by the last day seen is censored there, not dropped: those who wait longest would be left out.
"""

from __future__ import annotations

from datetime import timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from cvclib.client import Client
from cvclib.kpi_estimates.rows import (
    BUYER,
    GRACE_DAYS,
    By,
    Estimates,
    Estimator,
    days_between,
    grouped,
    orders_of,
    placed,
    shares_of,
    times_of,
)
from cvclib.methods.quantiles import quantile_of
from cvclib.params import Period
from cvclib.steps.delivery import DELIVERED, ended
from cvclib.steps.waits import last_day, seen_by

NINE_IN_TEN = 0.9
RIPENS = {  # KPI: table, when it begins, when it ends
    "conversion": ("leads", "created_at", "won_at"),
    "delivery_days": ("orders", "ordered_at", "delivered_at"),
    "delivery_p90_days": ("orders", "ordered_at", "delivered_at"),
    "on_time_share": ("orders", "ordered_at", "delivered_at"),
    "on_time_to_the_hour": ("orders", "ordered_at", "delivered_at"),
}


def delivery_days(share: float) -> Estimator:
    """Estimator of the days within which a share of the orders is delivered; cancellation cuts the waiting short."""

    def estimate(client: Client, period: Period, by: By) -> Estimates:
        last = last_day(client, "orders")
        rows = orders_of(client, period, by)
        rows = rows.filter(rows.ordered_at.cast("date") <= ibis.date(last), ~(rows.revenue < 0).fill_null(False))  # no credit notes
        rows = ended(rows, last)
        return times_of(rows, "days", rows.end == DELIVERED, share)

    return estimate


def on_time(client: Client, period: Period, by: By) -> Estimates:
    """Share of deliveries that kept the promise by date: any hour of the promised day is in time."""
    rows = _due_and_delivered(client, period, by)
    return shares_of(rows, rows.delivered_at.cast("date") <= rows.promised_at.cast("date"), BUYER)


def on_time_to_the_hour(client: Client, period: Period, by: By) -> Estimates:
    """Share of deliveries that kept the promise to the hour."""
    rows = _due_and_delivered(client, period, by)
    return shares_of(rows, rows.delivered_at <= rows.promised_at, BUYER)


def _due_and_delivered(client: Client, period: Period, by: By) -> ir.Table:
    """Deliveries whose promised day has come: of those still to come only the early ones are seen, and they are all on time."""
    last = last_day(client, "orders")
    rows = placed(orders_of(client, period, by))
    return rows.filter(seen_by(rows, "delivered_at", last), rows.promised_at.cast("date") <= ibis.date(last))


def promised_to_the_hour(client: Client) -> bool:
    """Whether promises name an hour: where all are at midnight, they are of a day."""
    rows = client.whole("orders")
    named = (rows.promised_at != rows.promised_at.truncate("D")).ifelse(1, 0).sum()
    return bool((rows.aggregate(named=named).to_pandas()["named"].iloc[0] or 0) > 0)


def conversion(client: Client, period: Period, by: By) -> Estimates:
    """Share of the leads that came in and were won by now."""
    if by == "segment" and not leads_have_customers(client):
        return {}
    rows = grouped(client, client.in_period(client.tables.leads, "created_at", period), by, "created_at")
    return shares_of(rows, rows.won_at.notnull())


def ripe_until(client: Client, kpi: str) -> pd.Timestamp | None:
    """Day up to which a month of a KPI can be judged; later on, what takes long has not happened yet.

    Returns
    -------
    pandas.Timestamp or None
        Last event in the data less the days within which nine in ten leads are won, or orders delivered: late
        deliveries come last, so that the newest orders look quicker than they are. None for other KPIs.

    Examples
    --------
    >>> leads = pd.DataFrame({"lead_id": ["1"], "created_at": ["2025-01-01"], "won_at": ["2025-01-31"]})
    >>> str(ripe_until(Client.from_frames({"leads": leads}), "conversion").date())
    '2025-01-01'
    """
    if kpi not in RIPENS:
        return None
    table, begins, ends = RIPENS[kpi]
    rows = client.whole(table)
    rows = rows.filter(rows[ends].notnull())
    counted = rows.group_by(days=days_between(rows[ends], rows[begins])).agg(n=_.count(), last=rows[ends].max()).to_pandas()
    return pd.Timestamp(counted["last"].max()).normalize() - pd.Timedelta(days=quantile_of(counted["days"], counted["n"], 0.9).value)


def recorded_throughout(client: Client, kpi: str, period: Period) -> bool:
    """Whether the ends that a KPI counts could be recorded for all that began in a period.

    Where the first end on record comes later after the period's first beginning than the usual wait, at least a
    month, records of ends begin later than those of beginnings: that so few are seen to end is then no result.

    Examples
    --------
    >>> leads = {"lead_id": ["1", "2"], "created_at": ["2024-02-01", "2025-02-01"], "won_at": [None, "2025-02-11"]}
    >>> client = Client.from_frames({"leads": pd.DataFrame(leads)}, period=("2025-01-01", "2025-12-31"))
    >>> recorded_throughout(client, "conversion", client.previous_period)
    False
    """
    table, begins, ends = RIPENS[kpi]
    rows = client.whole(table)
    begun = client.in_period(rows, begins, period)
    first_begun = begun.aggregate(first=begun[begins].min()).to_pandas()["first"].iloc[0]
    rows = rows.filter(rows[begins].notnull(), rows[ends].notnull())
    counted = rows.group_by(days=days_between(rows[ends], rows[begins])).agg(n=_.count(), first=rows[ends].min()).to_pandas()
    if pd.isna(first_begun) or counted.empty:
        return False
    usual = quantile_of(counted["days"], counted["n"], 0.5).value
    return bool(pd.Timestamp(counted["first"].min()) <= pd.Timestamp(first_begun) + pd.Timedelta(days=max(GRACE_DAYS, usual)))


def leads_have_customers(client: Client) -> bool:
    """Whether lost leads, too, can be told by segment; else only the won would be counted."""
    leads = client.whole("leads")
    n, known = leads.aggregate(n=leads.count(), known=leads.customer_id.count()).to_pandas().iloc[0]
    return bool(known >= 0.95 * n)


def first_response(client: Client, period: Period, by: By) -> Estimates:
    """Median hours until the first answer, to a tenth of an hour; unanswered tickets are censored."""
    return _ticket_hours(client, period, by, "first_response_at", 6)


def resolution(client: Client, period: Period, by: By) -> Estimates:
    """Median hours until a ticket is closed, to the hour; open tickets are censored."""
    return _ticket_hours(client, period, by, "closed_at", 60)


def reopened(client: Client, period: Period, by: By) -> Estimates:
    """Share of the closed tickets that were opened again."""
    rows, last = _opened(client, period, by), last_day(client, "tickets")
    again = seen_by(rows, "reopened_at", last)
    rows = rows.filter(seen_by(rows, "closed_at", last) | again)  # opened again, it may have no closing time any more
    return shares_of(rows, seen_by(rows, "reopened_at", last), "customer_id")


def _opened(client: Client, period: Period, by: By) -> ir.Table:
    return grouped(client, client.in_period(client.tables.tickets, "opened_at", period), by, "opened_at")


def _ticket_hours(client: Client, period: Period, by: By, column: str, tick_minutes: int) -> Estimates:
    last = last_day(client, "tickets")
    rows = _opened(client, period, by)
    rows = rows.filter(rows.opened_at < ibis.date(last + timedelta(days=1)))
    happened, closed = seen_by(rows, column, last), seen_by(rows, "closed_at", last)
    stop = ibis.cases((happened, rows[column]), (closed, rows.closed_at), else_=ibis.timestamp(str(last + timedelta(days=1))))
    minutes = ibis.greatest(stop.delta(rows.opened_at, unit="minute"), 0)
    rows = rows.mutate(hours=((minutes / tick_minutes).round() * tick_minutes / 60).round(1))  # few values to count
    return times_of(rows, "hours", seen_by(rows, column, last))
