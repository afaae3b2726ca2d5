"""What all KPI estimates share: rows of a period, the group each belongs to, and counts made into estimates.

A group is all customers, a segment or a month. Rows stay in the engine; what leaves it is counts or moments a group.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Literal

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from cvclib.client import Client
from cvclib.methods import shares, survival
from cvclib.methods.clustered import Tally
from cvclib.methods.estimate import Estimate
from cvclib.methods.quantiles import quantile_of
from cvclib.methods.skewed import clustered_skewed_mean
from cvclib.params import Period
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.memo import once_per_client

By = Literal["", "segment", "month"]
Estimates = dict[str, Estimate]  # group: estimate; the one group of By "" is ""
Estimator = Callable[[Client, Period, By], Estimates]
NO_SEGMENT = "no segment known"
BUYER = "buyer"  # column of `orders_of`: who bought
GRACE_DAYS = 31  # a table whose first record lies this late in a period is still taken to cover it
NOTHING = Estimate(float("nan"), float("nan"), float("nan"), 0)


@once_per_client
def covers(client: Client, period: Period, table: str = "orders", column: str = "ordered_at") -> bool:
    """Whether a table's records span a period, so that a total over it is a total.

    Examples
    --------
    >>> orders = pd.DataFrame({"order_id": ["1", "2"], "customer_id": "a", "ordered_at": ["2025-01-03", "2025-12-30"]})
    >>> client = Client.from_frames({"orders": orders})
    >>> covers(client, client.period), covers(client, client.previous_period)
    (True, False)
    """
    rows = client.whole(table)
    first, last = rows.aggregate(first=rows[column].min().cast("date"), last=rows[column].max().cast("date")).to_pandas().iloc[0]
    if pd.isna(first):
        return False
    grace = timedelta(days=min(GRACE_DAYS, period.days // 4))
    return pd.Timestamp(first).date() <= period.start + grace and pd.Timestamp(last).date() >= period.end - grace


# ---- rows of a period, with the group each belongs to ---------------------------------------------------


def grouped(client: Client, rows: ir.Table, by: By, at: str, customer: str = "customer_id") -> ir.Table:
    """Give the rows a column ``group``: empty, the segment, or the first day of the month."""
    if by == "":
        return rows.mutate(group=ibis.literal(""))
    if by == "month":
        return rows.mutate(group=rows[at].strftime("%Y-%m-01"))
    own = rows.segment if "segment" in rows.columns else ibis.null("string")
    if client.has("customers.segment") and customer in rows.columns:
        members = client.whole("customers").select(member="customer_id", member_segment="segment").distinct(on="member", keep="first")
        rows = rows.mutate(own_segment=own)
        rows = rows.left_join(members, rows[customer] == members.member)
        return rows.mutate(group=ibis.coalesce(rows.own_segment, rows.member_segment, ibis.literal(NO_SEGMENT)))
    return rows.mutate(group=ibis.coalesce(own, ibis.literal(NO_SEGMENT)))


@once_per_client
def orders_of(client: Client, period: Period, by: By, at: str = "ordered_at") -> ir.Table:
    """Orders of a period with ``buyer``: the known customer, else the account itself."""
    rows = client.in_period(orders_of_customers(client), at, period)
    rows = rows.mutate(buyer=ibis.coalesce(rows.known_customer_id, "account " + rows.account_id))
    return grouped(client, rows, by, at, "known_customer_id")


def placed(rows: ir.Table) -> ir.Table:
    """Orders that stood: neither cancelled nor a credit note."""
    return rows.filter(rows.cancelled_at.isnull())


def days_between(later: ir.Column, earlier: ir.Column) -> ir.IntegerColumn:
    """Calendar days from one time to another."""
    return later.cast("date").delta(earlier.cast("date"), unit="day")


# ---- from counted rows to estimates -----------------------------------------------------------------------


def shares_of(rows: ir.Table, has: ir.BooleanValue, customer: str = "") -> Estimates:
    """Share of the rows of each group that have something.

    Where the column of the customer is named, the rows of one count for as many as they are unlike each other: nine customers
    with ten orders each tell less than ninety customers. Rows of nobody known stand alone.
    """
    each = _by_customer(rows.mutate(having=has.ifelse(1, 0)), customer, n=_.count(), k=_.having.sum())
    sums = each.group_by("group").agg(
        n=_.n.sum(), k=_.k.sum(), clusters=_.alone.ifelse(_.n, 1).sum(), kk=_.alone.ifelse(_.k, _.k * _.k).sum(),
        kn=_.alone.ifelse(_.k, _.k * _.n).sum(), nn=_.alone.ifelse(_.n, _.n * _.n).sum(),
    ).to_pandas()  # fmt: skip
    return {
        str(r.group): shares.share(int(r.k), int(r.n))
        if r.clusters == r.n
        else Tally(int(r.n), int(r.k), int(r.clusters), float(r.kk), float(r.kn), float(r.nn)).estimate
        for r in sums.itertuples()
    }


def means_of(rows: ir.Table, value: str, customer: str = "") -> Estimates:
    """Mean of a column in each group, with Hall's interval, which heeds how skewed amounts are; blanks are left out.

    Rows of one customer are taken together as in `shares_of`: the mean is a ratio of two sums over customers, linearised.
    """
    rows = rows.filter(rows[value].notnull())
    centres = rows.group_by(of="group").agg(centre=rows[value].mean())
    rows = rows.join(centres, rows.group == centres.of)
    rows = rows.mutate(apart=rows[value] - rows.centre)
    each = _by_customer(
        rows, customer, n=_.count(), centre=_.centre.min(), apart=_.apart.sum(), second=(_.apart**2).sum(), third=(_.apart**3).sum()
    )
    sums = each.group_by("group").agg(
        n=_.n.sum(), centre=_.centre.min(), clusters=_.alone.ifelse(_.n, 1).sum(),
        second=_.alone.ifelse(_.second, _.apart**2).sum(), third=_.alone.ifelse(_.third, _.apart**3).sum(),
    ).to_pandas()  # fmt: skip
    return {
        str(row.group): clustered_skewed_mean(int(row.n), int(row.clusters), row.centre, row.second, row.third) for row in sums.itertuples()
    }


def _by_customer(rows: ir.Table, customer: str, **sums: ir.Value) -> ir.Table:
    """Sums by group and customer; those of rows without one are marked as made of rows that stand `alone`."""
    whose = rows[customer] if customer else ibis.null("string")
    each = rows.mutate(whose=whose).group_by("group", "whose").agg(**sums)
    return each.mutate(alone=each.whose.isnull())


def medians_of(rows: ir.Table, value: str) -> Estimates:
    """Median of a column in each group, from its counted values; blanks are left out."""
    counted = rows.filter(rows[value].notnull()).group_by("group", value).agg(n=_.count()).to_pandas()
    return {str(g): quantile_of(part[value], part["n"]) for g, part in counted.groupby("group", sort=True)}


def times_of(rows: ir.Table, time: str, happened: ir.BooleanValue, share: float = 0.5) -> Estimates:
    """Time until it has happened to a share of each group (Kaplan–Meier); rows to which it has not, are censored.

    The ends are those of the curve's interval (Brookmeyer and Crowley); NaN where the data do not bound them, and the value
    too where the curve does not fall so far.
    """
    rows = rows.mutate(happened=happened)
    counted = rows.filter(rows[time].notnull()).group_by("group", time, "happened").agg(n=_.count())
    counted = counted.order_by("group", time, "happened").to_pandas()
    return {str(g): _time_until(part, time, share) for g, part in counted.groupby("group", sort=True)}


def _time_until(counted: pd.DataFrame, time: str, share: float) -> Estimate:
    n = int(counted["n"].sum())
    if not counted["happened"].any():
        return Estimate(float("nan"), float("nan"), float("nan"), n)
    found = survival.time_until(survival.kaplan_meier(counted[time], counted["happened"], counts=counted["n"]), share)
    return Estimate(*(float(x) if abs(x) < float("inf") else float("nan") for x in found[:3]), n)


def totals_of(totals: ir.Table) -> Estimates:
    """Totals without an interval: counted, not estimated."""
    frame = totals.select("group", "total", "n").to_pandas()
    return {g: Estimate(float(t), float("nan"), float("nan"), int(n)) for g, t, n in frame.itertuples(index=False)}
