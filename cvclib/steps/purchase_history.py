"""What each customer bought and when, as models of buying again need it: counted in the engine.

Cancelled orders are left out; all orders of a customer on one day are one purchase.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from cvclib.client import Client
from cvclib.steps.coming_back import with_segment
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError

DAYS_A_WEEK = 7.0
HOLD_OUT_SHARE = 1 / 3  # of the time on record, at its end
FEWEST_WEEKS = 12  # on record, below which nothing can be held out


@dataclass(frozen=True)
class HeldOut:
    """Purchases up to a cut, and what the same customers bought after it.

    Parameters
    ----------
    customers : pandas.DataFrame
        ``frequency``, ``recency_weeks``, ``age_weeks`` at the cut, and ``bought`` after it; customers who had bought by the cut.
    by_week : pandas.DataFrame
        ``week`` since the first purchase of all, ``cut_weeks`` excluded, and ``bought``: repeat purchases of these customers.
    cut, until : datetime.date
        Last day before the cut, last day on record.
    first : datetime.date
    """

    customers: pd.DataFrame
    by_week: pd.DataFrame
    cut: date
    until: date
    first: date

    @property
    def weeks(self) -> float:
        """Time held out."""
        return (self.until - self.cut).days / DAYS_A_WEEK


@once_per_client
def histories(client: Client) -> pd.DataFrame:
    """Purchases of each customer up to the end of the period.

    Returns
    -------
    pandas.DataFrame
        ``customer_id``, ``segment``, ``first`` (day), ``frequency`` (repeat purchases: the first not counted), ``recency_weeks``
        (first purchase to last), ``age_weeks`` (first purchase to the end of the period) and ``mean_repeat_value`` (revenue per repeat
        purchase; 0 without repeats).

    Raises
    ------
    MissingDataError
        If the client supplies no orders.
    TooFewAnswersError
        If no order is of a known customer.
    """
    rows = with_segment(client, summary_of(_purchases(client), client.period.end), "customer_id")
    frame = rows.order_by("customer_id").to_pandas()
    if frame.empty:
        raise TooFewAnswersError("No order up to the end of the period is of a known customer, so that nobody's purchases can be followed.")
    return frame.assign(first=pd.to_datetime(frame["first"]), mean_repeat_value=frame["mean_repeat_value"].astype(float))


@once_per_client
def held_out(client: Client) -> HeldOut:
    """The last third of the time on record set apart, to hold a forecast against.

    Raises
    ------
    MissingDataError
        If the client supplies no orders.
    TooFewAnswersError
        If less than `FEWEST_WEEKS` are on record.
    """
    first = histories(client)["first"].min().date()
    until = client.period.end
    days = (until - first).days
    if days < FEWEST_WEEKS * DAYS_A_WEEK:
        raise TooFewAnswersError(f"The orders span {days} days, too short a time to set part of it apart and hold a forecast against it.")
    cut = until - timedelta(days=round(days * HOLD_OUT_SHARE))
    purchases = _purchases(client)
    known = summary_of(purchases, cut)
    after = purchases.filter(purchases.day > ibis.date(cut)).group_by("customer").agg(bought=_.count())
    joined = known.left_join(after, known.customer_id == after.customer).drop("customer")
    customers = joined.mutate(bought=joined.bought.fill_null(0)).order_by("customer_id").to_pandas()
    repeats = purchases.inner_join(known.select("customer_id", "first"), purchases.customer == known.customer_id)
    repeats = repeats.filter(repeats.day > repeats["first"])
    weeks = repeats.mutate(week=(repeats.day.delta(ibis.date(first), unit="day") / DAYS_A_WEEK).floor().cast("int64"))
    by_week = weeks.group_by("week").agg(bought=_.count()).order_by("week").to_pandas()
    return HeldOut(customers.assign(first=pd.to_datetime(customers["first"])), by_week, cut, until, first)


def _purchases(client: Client) -> ir.Table:
    """One row a customer and day: ``customer``, ``day``, ``value``."""
    client.require("orders")
    orders = orders_of_customers(client)
    stood = orders.filter(
        orders.cancelled_at.isnull(), orders.known_customer_id.notnull(), orders.ordered_at < ibis.date(client.period.until)
    )
    by_day = stood.group_by(customer="known_customer_id", day=_.ordered_at.cast("date"))
    return by_day.agg(value=_.revenue.sum())


def summary_of(purchases: ir.Table, until: date) -> ir.Table:
    """Sum purchases up to one row a customer who had bought by the end of the day `until`.

    Parameters
    ----------
    purchases : ibis.Table
        One row a customer and day: ``customer``, ``day``, ``value``.
    until : datetime.date

    Returns
    -------
    ibis.Table
        ``customer_id``, ``first``, ``frequency``, ``recency_weeks``, ``age_weeks``, ``mean_repeat_value``, as in `histories`.
    """
    seen = purchases.filter(purchases.day <= ibis.date(until))
    seen = seen.mutate(first=seen.day.min().over(ibis.window(group_by="customer")))
    each = seen.group_by(customer_id="customer", first="first").agg(
        days=_.count(), latest=_.day.max(), repeat_value=_.value.mean(where=_.day > _["first"])
    )
    return each.select(
        "customer_id",
        "first",
        frequency=(each.days - 1).cast("float64"),
        recency_weeks=each.latest.delta(each["first"], unit="day") / DAYS_A_WEEK,
        age_weeks=ibis.date(until).delta(each["first"], unit="day") / DAYS_A_WEEK,
        mean_repeat_value=each.repeat_value.fill_null(0.0),
    )
