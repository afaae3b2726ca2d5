"""Referred against other customers: how soon they come back, and how much more they order and bring while they are customers.

Part of step 6; `cvclib.steps.advocacy` is its public face, `referred_exhibits` shows it.
"""

from __future__ import annotations

from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.methods.estimate import Estimate
from cvclib.methods.referral import matched_rate_ratio, pace_ratio
from cvclib.methods.shares import benjamini_hochberg, p_value
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.memo import once_per_client
from cvclib.steps.referral import referred_customers

DAYS_A_YEAR = 365.25
BROUGHT = {"orders": "Further orders", "revenue": "Further revenue", "margin": "Further margin"}


class Following(NamedTuple):
    """Time from a customer's start to the event that is followed, for referred and for other customers.

    Parameters
    ----------
    counted : pandas.DataFrame
        ``referred`` (bool), ``days``, ``happened`` (bool), ``n``.
    event : str
        What is followed, as a verb: ``"ordered again"``.
    start : str
        Since when: ``"first order"``.
    """

    counted: pd.DataFrame
    event: str
    start: str


@once_per_client
def following(client: Client) -> Following:
    """Follow referred and other customers from their start to their next order, or to the end of their contract.

    Parameters
    ----------
    client : Client

    Returns
    -------
    Following
        Customers of all times up to the period's end, counted by days; those to whom nothing has happened yet
        are cut off at the period's end.

    Raises
    ------
    MissingDataError
        If it is not known who was referred, or the client supplies neither orders nor contracts.
    """
    client.require("customers")
    referred = referred_customers(client)
    until = ibis.timestamp(str(client.period.until))
    if client.has("orders"):
        orders = orders_of_customers(client)
        orders = orders.filter(orders.known_customer_id.notnull(), orders.cancelled_at.isnull(), orders.ordered_at < until)
        numbered = orders.mutate(
            place=ibis.row_number().over(group_by=orders.known_customer_id, order_by=[orders.ordered_at, orders.order_id])
        )
        spells = numbered.group_by(customer_id=numbered.known_customer_id).agg(
            start=numbered.ordered_at.min(), end=numbered.ordered_at.min(where=numbered.place == 1)
        )
        words = ("ordered again", "first order")
    else:
        client.require("subscriptions")
        contracts = client.tables.subscriptions
        contracts = contracts.filter(contracts.started_at < until)
        spells = contracts.group_by("customer_id").agg(
            start=contracts.started_at.min(), end=contracts.ended_at.max(where=contracts.ended_at < until)
        )
        words = ("ended their contract", "start of the contract")
    known = spells.semi_join(client.tables.customers, "customer_id")
    marked = known.left_join(referred.mutate(was=True), "customer_id")
    days = (ibis.coalesce(marked.end, until).epoch_seconds() - marked.start.epoch_seconds()) // 86_400
    counted = marked.group_by(referred=marked.was.fill_null(False), days=days, happened=marked.end.notnull()).agg(n=ibis._.count())
    return Following(counted.order_by("referred", "days", "happened").execute(), *words)


class Brought(NamedTuple):
    """What referred customers order or bring after their first order, against others won in the same month.

    Parameters
    ----------
    what : str
        ``"orders"``, ``"revenue"`` or ``"margin"``.
    referred, others : float
        A customer a year at risk, as seen.
    ratio : Estimate
        Among customers who first ordered in the same month; n is how many they are.
    n_referred, n_others : int
        Customers of each.
    """

    what: str
    referred: float
    others: float
    ratio: Estimate
    n_referred: int
    n_others: int


@once_per_client
def brought(client: Client) -> list[Brought]:
    """How much more referred customers order and bring a year after their first order than others won in the same month.

    Parameters
    ----------
    client : Client

    Returns
    -------
    list of Brought
        For orders, and for revenue and margin where they are recorded.

    Raises
    ------
    MissingDataError
        If orders, or who was referred, are not supplied.

    Notes
    -----
    The time at risk is that from the first order to the end of the period, also for customers who have left since: what counts is
    what a customer brings, not what one brings who stays.
    """
    client.require("orders", "customers")
    measured = [what for what in BROUGHT if what == "orders" or client.has(f"orders.{what}")]
    each = _since_first(client)
    rows = []
    for what in measured:
        y, t = each[what].cast("float64"), each.years
        sums = each.group_by(stratum=each.month, treated=each.was).agg(
            n=ibis._.count(), y=y.sum(), t=t.sum(), yy=(y * y).sum(), tt=(t * t).sum(), yt=(y * t).sum()
        )
        frame = sums.order_by("stratum", "treated").execute()
        rates = frame.groupby("treated")[["y", "t", "n"]].sum()
        one, other = (rates.loc[group] if group in rates.index else pd.Series(0.0, index=["y", "t", "n"]) for group in (True, False))
        seen = [float(r["y"] / r["t"]) if r["t"] > 0 else float("nan") for r in (one, other)]
        rows.append(Brought(what, *seen, matched_rate_ratio(frame), int(one["n"]), int(other["n"])))
    return rows


@once_per_client
def pace(client: Client) -> Estimate:
    """How many times as fast referred customers come to their second order as others, each having a pace of their own.

    Raises
    ------
    MissingDataError
        If orders, or who was referred, are not supplied.
    """
    client.require("orders", "customers")
    counted = following(client).counted
    return pace_ratio(counted["days"], counted["happened"], counted["referred"], counts=counted["n"])


def corrected(found: list[Brought]) -> list[float]:
    """Work out the p values of the ratios being 1, corrected for how many there are."""
    return [float(p) for p in benjamini_hochberg([p_of_ratio(one.ratio) for one in found])]


def p_of_ratio(ratio: Estimate) -> float:
    """Two-sided p value of a ratio being 1, from its interval on the log scale."""
    return p_value(Estimate(*(float(np.log(x)) if x > 0 else float("nan") for x in ratio[:3]), ratio.n))


def _since_first(client: Client) -> ir.Table:
    """Customers with what they ordered after the first order, and for how many years they could."""
    until = ibis.timestamp(str(client.period.until))
    orders = orders_of_customers(client)
    stood = orders.filter(orders.known_customer_id.notnull(), orders.cancelled_at.isnull(), orders.ordered_at < until)
    place = ibis.row_number().over(group_by=stood.known_customer_id, order_by=[stood.ordered_at, stood.order_id])
    numbered = stood.mutate(place=place)
    later = numbered.place > 0
    each = numbered.group_by(customer_id="known_customer_id").agg(
        first_at=numbered.ordered_at.min(), orders=later.sum(),
        **{what: numbered[what].sum(where=later).fill_null(0.0) for what in ("revenue", "margin")},
    )  # fmt: skip
    each = each.semi_join(client.tables.customers, "customer_id")
    years = (until.epoch_seconds() - each.first_at.epoch_seconds()) / (DAYS_A_YEAR * 86_400)
    marked = each.mutate(years=years).left_join(referred_customers(client).mutate(was=True), "customer_id")
    return marked.mutate(was=marked.was.fill_null(False), month=marked.first_at.year() * 12 + marked.first_at.month())
