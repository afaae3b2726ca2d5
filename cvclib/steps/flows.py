"""What passes between the company, its customers, its suppliers and those who deliver for it: money, goods, information, complaints."""

from __future__ import annotations

import re

import ibis
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.steps.activity_map import NO_TOUCHPOINT, external_links
from cvclib.steps.memo import once_per_client

COMPANY, CUSTOMERS, SUPPLIERS, PARTNERS = "Company", "Customers", "Suppliers", "Distributors and partners"
# Words by which an outsider's activity tells what it is; else the touchpoints it serves tell.
SUPPLIES = re.compile(r"suppl|manufactur|vendor|leveran|lieferant|fournisseur|proveedor", re.IGNORECASE)
DELIVERS = re.compile(r"carrier|courier|distribut|dealer|retail|partner|transport|deliver|vervoer|spediteur", re.IGNORECASE)


@once_per_client
def flows(client: Client) -> pd.DataFrame:
    """What passes between the parties in the period, from the client's own tables.

    Parameters
    ----------
    client : Client
        Whatever it supplies of ``orders``, ``interactions``, ``tickets``, ``survey``, ``leads``, ``referrals``, ``activities``.

    Returns
    -------
    pandas.DataFrame
        A row a flow: ``kind`` (money, goods, information or complaints), ``source``, ``target``, ``what``, ``value``
        (NaN where the client's tables cannot tell it), ``unit`` (money or count) and ``told_by`` (the columns it comes from).

    Notes
    -----
    All over the analysed period. Revenue is that of orders not cancelled and not negative. External activities are
    the annual cost brought to the period's length. An outsider counts as a supplier where its activity's name says so,
    or where it serves no touchpoint and its name does not say that it delivers; the others count as distributors and partners.
    """
    rows = [*_with_customers(client), *_with_outsiders(client)]
    return pd.DataFrame(rows, columns=["kind", "source", "target", "what", "value", "unit", "told_by"])


def revenue_by_segment(client: Client) -> pd.DataFrame:
    """Revenue of the period by the customers' segment: ``segment``, ``customers``, ``revenue``; empty where they cannot be tied."""
    if not client.has("orders.revenue", "orders.customer_id", "customers.segment"):
        return pd.DataFrame(columns=["segment", "customers", "revenue"])
    orders, customers = _kept_orders(client), client.tables.customers.select("customer_id", "segment")
    found = orders.inner_join(customers, "customer_id").filter(lambda t: t.segment.notnull()).group_by("segment")
    return found.aggregate(customers=lambda t: t.customer_id.nunique(), revenue=lambda t: t.revenue.sum()).order_by("segment").to_pandas()


def _kept_orders(client: Client) -> ibis.Table:
    orders = client.in_period(client.tables.orders, "ordered_at")
    return orders.filter(orders.cancelled_at.isnull(), orders.revenue.isnull() | (orders.revenue >= 0))


def _with_customers(client: Client) -> list[tuple[object, ...]]:
    kept = _kept_orders(client) if client.has("orders") else None
    revenue = _number(kept.revenue.sum()) if client.has("orders.revenue") else np.nan
    sent_back, refunded = _count(client, "orders", "returned_at"), np.nan
    if client.has("orders.revenue", "orders.returned_at"):
        back = client.in_period(client.tables.orders, "returned_at")
        refunded = _number(back.revenue.sum()) if sent_back else 0.0
    return [
        ("money", CUSTOMERS, COMPANY, "revenue", revenue, "money", "orders.revenue"),
        ("money", COMPANY, CUSTOMERS, "returned orders", refunded, "money", "orders.returned_at"),
        ("goods", COMPANY, CUSTOMERS, "deliveries", _count(client, "orders", "delivered_at"), "count", "orders.delivered_at"),
        ("goods", CUSTOMERS, COMPANY, "orders sent back", sent_back, "count", "orders.returned_at"),
        ("information", CUSTOMERS, COMPANY, "orders placed", _count(client, "orders", "ordered_at"), "count", "orders.ordered_at"),
        ("information", CUSTOMERS, COMPANY, "leads", _count(client, "leads", "created_at"), "count", "leads.created_at"),
        ("information", COMPANY, CUSTOMERS, "touches both ways", _count(client, "interactions", "at"), "count", "interactions.at"),
        ("information", CUSTOMERS, COMPANY, "survey answers", _count(client, "survey", "responded_at"), "count", "survey.responded_at"),
        ("complaints", CUSTOMERS, COMPANY, "service cases", _count(client, "tickets", "opened_at"), "count", "tickets.opened_at"),
        ("complaints", COMPANY, CUSTOMERS, "first answers to them", _count(client, "tickets", "first_response_at"), "count", "tickets.first_response_at"),
    ]  # fmt: skip


def _count(client: Client, table: str, moment: str) -> float:
    if not client.has(f"{table}.{moment}"):
        return float("nan")
    return float(client.in_period(client.tables[table], moment).count().to_pandas())


def _number(value: ibis.Value) -> float:
    found = value.to_pandas()
    return float("nan") if pd.isna(found) else float(found)


def _with_outsiders(client: Client) -> list[tuple[object, ...]]:
    if not client.has("activities.category"):
        return []
    links = external_links(client)
    part_of_year = client.period.days / 365.25
    rows: list[tuple[object, ...]] = []
    for party, mine in ((SUPPLIERS, links[_supplies(links)]), (PARTNERS, links[~_supplies(links)])):
        if mine.empty:
            continue
        cost = float(mine["annual_cost"].sum(min_count=1) * part_of_year)
        rows.append(("money", COMPANY, party, f"paid to {party.lower()}", cost, "money", "activities.annual_cost"))
        rows.append(
            (
                "goods",
                party,
                COMPANY if party == SUPPLIERS else CUSTOMERS,
                f"goods of {party.lower()}",
                np.nan,
                "count",
                "no canonical table",
            )
        )
        served = sorted({t for names in mine["touchpoints"].dropna() for t in names.split(", ") if t != NO_TOUCHPOINT})
        if party == PARTNERS and served:
            rows.append(("information", party, CUSTOMERS, f"touches at {', '.join(served[:2])}{' …' if len(served) > 2 else ''}", _touches_at(client, served), "count", "interactions.touchpoint"))  # fmt: skip
    return rows


def _supplies(links: pd.DataFrame) -> pd.Series:
    def supplier(activity: str, touchpoints: object) -> bool:
        if SUPPLIES.search(activity) or DELIVERS.search(activity):
            return bool(SUPPLIES.search(activity))
        return not isinstance(touchpoints, str) or touchpoints == NO_TOUCHPOINT

    return pd.Series([supplier(r.activity, r.touchpoints) for r in links.itertuples()], index=links.index, dtype=bool)


def _touches_at(client: Client, touchpoints: list[str]) -> float:
    if not client.has("interactions"):
        return float("nan")
    touches = client.in_period(client.tables.interactions, "at")
    return float(touches.filter(touches.touchpoint.isin(touchpoints)).count().to_pandas())
