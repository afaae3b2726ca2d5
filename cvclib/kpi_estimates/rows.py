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
from cvclib.methods.estimate import Estimate
from cvclib.methods.quantiles import quantile_of
from cvclib.methods.skewed import skewed_mean_of_moments
from cvclib.params import Period
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.memo import once_per_client

By = Literal["", "segment", "month"]
Estimates = dict[str, Estimate]  # group: estimate; the one group of By "" is ""
Estimator = Callable[[Client, Period, By], Estimates]
NO_SEGMENT = "no segment known"
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


def shares_of(rows: ir.Table, has: ir.BooleanValue) -> Estimates:
    """Share of the rows of each group that have something."""
    counted = rows.group_by("group").agg(n=_.count(), having=has.ifelse(1, 0).sum()).to_pandas()
    return {g: shares.share(int(k), int(n)) for g, n, k in counted[["group", "n", "having"]].itertuples(index=False)}


def means_of(rows: ir.Table, value: str) -> Estimates:
    """Mean of a column in each group, with Hall's interval, which heeds how skewed amounts are; blanks are left out."""
    rows = rows.filter(rows[value].notnull())
    centres = rows.group_by(of="group").agg(centre=rows[value].mean())
    rows = rows.join(centres, rows.group == centres.of)
    apart = rows[value] - rows.centre
    sums = rows.group_by("group").agg(n=_.count(), centre=_.centre.min(), second=(apart**2).sum(), third=(apart**3).sum()).to_pandas()
    return {str(row.group): _mean_of_sums(int(row.n), row.centre, row.second, row.third) for row in sums.itertuples()}


def _mean_of_sums(n: int, centre: float, second: float, third: float) -> Estimate:
    if n < 2:
        return shares.mean_of_moments(n, centre, 0.0)
    skewness = (third / n) / (second / n) ** 1.5 if (second / n) ** 1.5 > 0 else 0.0
    return skewed_mean_of_moments(n, centre, (second / (n - 1)) ** 0.5, skewness)


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
