"""KPIs of buying, staying and what it costs: orders, revenue, retention, contracts, referrals, cost to serve."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from cvclib.client import Client
from cvclib.kpi_estimates.rows import (
    BUYER,
    NO_SEGMENT,
    By,
    Estimates,
    covers,
    grouped,
    means_of,
    orders_of,
    placed,
    shares_of,
    totals_of,
)
from cvclib.params import Period
from cvclib.steps.customer_view import orders_of_customers


def returned(client: Client, period: Period, by: By) -> Estimates:
    """Share of the delivered orders that came back."""
    rows = placed(orders_of(client, period, by))
    if client.has("orders.delivered_at"):
        rows = rows.filter(rows.delivered_at.notnull())
    return shares_of(rows, rows.returned_at.notnull(), BUYER)


def cancelled(client: Client, period: Period, by: By) -> Estimates:
    """Share of the orders that were cancelled."""
    rows = orders_of(client, period, by)
    return shares_of(rows, rows.cancelled_at.notnull(), BUYER)


def retention(client: Client, period: Period, by: By) -> Estimates:
    """Share of the customers of the period before who bought again."""
    if by == "month":
        return {}  # a month is too short to see a customer come back
    base = _base_period(client, period)
    if not covers(client, base):
        return {}
    before = placed(orders_of(client, base, by)).filter(_.buyer.notnull()).select("group", "buyer").distinct()
    again = placed(orders_of(client, period, "")).select(again="buyer").distinct()
    rows = before.left_join(again, before.buyer == again.again)
    return shares_of(rows, rows.again.notnull())


def contracts_kept(client: Client, period: Period, by: By) -> Estimates:
    """Share of the contracts running on the first day that still ran on the last."""
    contracts = client.tables.subscriptions
    start, until = ibis.date(period.start), ibis.date(period.until)
    running = contracts.filter(contracts.started_at < start, contracts.ended_at.isnull() | (contracts.ended_at >= start))
    if by == "month":
        return {}
    rows = grouped(client, running, by, "started_at")
    return shares_of(rows, rows.ended_at.isnull() | (rows.ended_at >= until))


def repeat(client: Client, period: Period, by: By) -> Estimates:
    """Share of the customers who ordered more than once."""
    rows = _per_buyer(client, period, by)
    return shares_of(rows, rows.n_orders >= 2)


def customers(client: Client, period: Period, by: By) -> Estimates:
    """Number of customers who ordered."""
    return totals_of(_per_buyer(client, period, by).group_by("group").agg(total=_.count(), n=_.count()))


def n_orders(client: Client, period: Period, by: By) -> Estimates:
    """Number of orders that stood."""
    return totals_of(placed(orders_of(client, period, by)).group_by("group").agg(total=_.count(), n=_.count()))


def revenue(client: Client, period: Period, by: By) -> Estimates:
    """Revenue of the orders that stood, less credit notes."""
    rows = orders_of(client, period, by)
    counted = (rows.cancelled_at.isnull() | (rows.revenue < 0)).ifelse(rows.revenue, 0)
    return totals_of(rows.group_by("group").agg(total=counted.sum(), n=_.cancelled_at.isnull().ifelse(1, 0).sum()))


def order_value(client: Client, period: Period, by: By) -> Estimates:
    """Mean revenue of an order that stood."""
    return means_of(placed(orders_of(client, period, by)), "revenue", BUYER)


def revenue_per_customer(client: Client, period: Period, by: By) -> Estimates:
    """Mean revenue of a customer who ordered."""
    return means_of(_per_buyer(client, period, by), "revenue")


def cost_to_serve(client: Client, period: Period, by: By) -> Estimates:
    """Mean cost of service, contact and discount of a customer."""
    parts = []
    for table, at in (("tickets", "opened_at"), ("interactions", "at")):
        if client.has(f"{table}.cost", f"{table}.customer_id"):
            rows = client.in_period(client.tables[table], at, period)
            parts.append(rows.select(customer="customer_id", at=at, cost=rows.cost.fill_null(0.0)))
    if client.has("orders"):
        rows = placed(client.in_period(orders_of_customers(client), "ordered_at", period))
        given_back = rows.returned_at.notnull().ifelse(rows.margin.fill_null(0.0), 0.0)
        parts.append(rows.select(customer="known_customer_id", at="ordered_at", cost=rows.discount.fill_null(0.0) + given_back))
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    rows = grouped(client, rows.filter(rows.customer.notnull()), by, "at", "customer")
    return means_of(rows.group_by("group", "customer").agg(cost=_.cost.sum()), "cost")


def referring(client: Client, period: Period, by: By) -> Estimates:
    """Share of the customers, won before the period's end, who referred somebody in it."""
    if by == "month":
        return {}
    made = client.in_period(client.whole("referrals"), "referred_at", period).select(referrer="referrer_id").distinct()
    rows = client.tables.customers
    rows = rows.filter(rows.acquired_at.isnull() | (rows.acquired_at < ibis.date(period.until)))
    rows = rows.mutate(group=rows.segment.fill_null(NO_SEGMENT) if by == "segment" else ibis.literal(""))
    rows = rows.left_join(made, rows.customer_id == made.referrer)
    return shares_of(rows, rows.referrer.notnull())


def _base_period(client: Client, period: Period) -> Period:
    return client.previous_period if period == client.period else period.previous


def _per_buyer(client: Client, period: Period, by: By) -> ir.Table:
    rows = placed(orders_of(client, period, by))
    return rows.filter(rows.buyer.notnull()).group_by("group", "buyer").agg(n_orders=_.count(), revenue=_.revenue.sum())
