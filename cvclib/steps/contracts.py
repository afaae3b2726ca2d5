"""How long customers under contract stay, how many are lost a month, and how much revenue is kept.

Contracts are counted in the engine. A contract that follows another of the same customer within a month goes on with it:
renewing is not leaving.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _
from scipy import stats

from cvclib.client import Client
from cvclib.methods.estimate import Estimate
from cvclib.methods.retention import loss_rate, revenue_kept
from cvclib.steps.coming_back import with_segment
from cvclib.steps.memo import once_per_client

RENEWED_WITHIN_DAYS = 31  # between two contracts of a customer: no leaving
DAYS_A_MONTH = 30.4375
AGES_MONTHS = (0, 3, 6, 12, 24, 48, np.inf)  # bounds of the ages at which losses are told
EARLY_MONTHS = 3  # set beforehand: the test whether losses fall early does not look for the best place to cut
FAR_FUTURE = "2262-01-01"


class Losses(NamedTuple):
    """Whether more are lost early.

    Parameters
    ----------
    early, later : Estimate
        Contracts lost a month, per contract running, up to and after `EARLY_MONTHS`.
    p : float
        Exact test that both are one rate, given the months run; NaN without losses.
    """

    early: Estimate
    later: Estimate
    p: float


class Kept(NamedTuple):
    """What became in the period of the contracts that ran when it began.

    Parameters
    ----------
    lost : Estimate
        Contracts lost a month, per contract running, of all that ran in the period.
    gross, net : Estimate or None
        Revenue retention over the period; None where no contract with revenue ran when it began.
    """

    lost: Estimate
    gross: Estimate | None
    net: Estimate | None


@once_per_client
def stays(client: Client) -> pd.DataFrame:
    """How long each customer stayed, counted by segment and month.

    Returns
    -------
    pandas.DataFrame
        ``segment``, ``months`` (calendar months, a part of one over 30.4375 days), ``happened`` (False: still running when the
        period ended) and ``n``. All stays that began before the end of the period.

    Raises
    ------
    MissingDataError
        If the client supplies no subscriptions.
    """
    rows = _stays(client)
    until = ibis.date(client.period.until)
    ended = rows.ended.notnull() & (rows.ended < until)
    rows = rows.mutate(happened=ended, months=_months(rows.started, ended.ifelse(_next_day(rows.ended), until)))
    rows = with_segment(client, rows, "customer_id")
    counted = rows.group_by("segment", "months", "happened").agg(n=_.count()).order_by("segment", "months", "happened").to_pandas()
    return counted.astype({"months": float, "happened": bool, "n": int})


def losses_by_age(counted: pd.DataFrame) -> pd.DataFrame:
    """Contracts lost a month, per contract running, by how long they had run.

    Parameters
    ----------
    counted : pandas.DataFrame
        As `stays` returns it.

    Returns
    -------
    pandas.DataFrame
        ``age`` ("1–3", in months), ``value``, ``low``, ``high``, ``lost``, ``contracts`` (that reached the age), ``months`` run.
    """
    rows = []
    for low, high in pairwise(AGES_MONTHS):
        lost, months = _between(counted, low, high)
        reached = int(counted.loc[counted["months"] > low, "n"].sum())
        name = f"{low + 1:.0f}–{high:.0f}" if np.isfinite(high) else f"{low + 1:.0f}+"
        if reached:
            rate = loss_rate(lost, months)
            rows.append((name, rate.value, rate.low, rate.high, lost, reached, months))
    return pd.DataFrame(rows, columns=["age", "value", "low", "high", "lost", "contracts", "months"])


def early_losses(counted: pd.DataFrame) -> Losses:
    """Whether contracts are lost faster in their first months than later.

    Notes
    -----
    Were there one rate, each loss would fall into the early months with the share of all months that are early:
    an exact binomial test.
    """
    early, later = _between(counted, 0, EARLY_MONTHS), _between(counted, EARLY_MONTHS, np.inf)
    lost, months = early[0] + later[0], early[1] + later[1]
    p = float(stats.binomtest(early[0], lost, early[1] / months).pvalue) if lost and later[1] > 0 else np.nan
    return Losses(loss_rate(*early), loss_rate(*later), p)


@once_per_client
def kept_in_period(client: Client) -> Kept:
    """Contracts lost a month in the period, and gross and net revenue retention of those that ran when it began.

    Raises
    ------
    MissingDataError
        If the client supplies no subscriptions.
    """
    start, until = ibis.date(client.period.start), ibis.date(client.period.until)
    rows = _stays(client)
    ends = ibis.coalesce(_next_day(rows.ended), ibis.date(FAR_FUTURE))
    seen = rows.mutate(begins=ibis.greatest(rows.started, start), ends=ibis.least(ends, until), lost=(ends <= until).ifelse(1, 0))
    seen = seen.filter(seen.ends > seen.begins)
    lost, days = seen.aggregate(lost=seen.lost.sum(), days=seen.ends.delta(seen.begins, unit="day").sum()).to_pandas().iloc[0]
    rate = loss_rate(int(lost or 0), float(days or 0) / DAYS_A_MONTH)
    if not client.has("subscriptions.monthly_revenue"):
        return Kept(rate, None, None)
    contracts = client.tables.subscriptions
    own = contracts.mutate(
        before=_running(contracts, start).ifelse(contracts.monthly_revenue, 0.0),
        after=((contracts.started_at < until) & _still(contracts, until)).ifelse(contracts.monthly_revenue, 0.0),
    )
    each = own.group_by("customer_id").agg(before=_.before.sum(), after=_.after.sum()).filter(_.before > 0)
    counted = each.group_by("before", "after").agg(n=_.count()).order_by("before", "after").to_pandas()
    if counted.empty:
        return Kept(rate, None, None)
    return Kept(rate, *revenue_kept(counted["before"].astype(float), counted["after"].astype(float), counted["n"]))


def unseen_before(client: Client) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """First start and first end on record, where contracts seem to have ended unseen before the records begin.

    Returns
    -------
    (Timestamp, Timestamp) or None
        None where ends are recorded from within a year after the first start, or there are none.
    """
    contracts = client.tables.subscriptions
    first = contracts.aggregate(start=contracts.started_at.min(), end=contracts.ended_at.min()).to_pandas().iloc[0]
    if pd.isna(first["end"]) or first["end"] - first["start"] <= timedelta(days=366):
        return None
    return pd.Timestamp(first["start"]), pd.Timestamp(first["end"])


def _stays(client: Client) -> ir.Table:
    """One row a stay: ``customer_id``, ``started``, ``ended`` (last day, NULL while it runs); contracts that follow each other are one."""
    client.require("subscriptions")
    contracts = client.tables.subscriptions.filter(_.started_at < ibis.date(client.period.until))
    contracts = contracts.select(
        "customer_id", started=_.started_at.cast("date"), last=ibis.coalesce(_.ended_at.cast("date"), ibis.date(FAR_FUTURE))
    ).filter(_.last >= _.started)
    running = ibis.cumulative_window(group_by="customer_id", order_by=["started", "last"])
    reach = contracts.mutate(so_far=contracts["last"].max().over(running))
    ordered = ibis.window(group_by="customer_id", order_by=["started", "last"])
    reach = reach.mutate(earlier=reach.so_far.lag().over(ordered))
    opens = reach.earlier.isnull() | (reach.started.delta(reach.earlier, unit="day") > RENEWED_WITHIN_DAYS + 1)
    numbered = reach.mutate(opens=opens.ifelse(1, 0))
    numbered = numbered.mutate(stay=numbered.opens.sum().over(running))
    each = numbered.group_by("customer_id", "stay").agg(started=_.started.min(), last=_["last"].max())
    return each.select("customer_id", "started", ended=(_["last"] < ibis.date(FAR_FUTURE)).ifelse(_["last"], ibis.null("date")))


def _running(contracts: ir.Table, day: ir.DateScalar) -> ir.BooleanColumn:
    return (contracts.started_at < day) & _still(contracts, day)


def _still(contracts: ir.Table, day: ir.DateScalar) -> ir.BooleanColumn:
    return contracts.ended_at.isnull() | (contracts.ended_at >= day)


def _next_day(day: ir.DateColumn) -> ir.DateColumn:
    return day + ibis.interval(days=1)


def _months(start: ir.DateColumn, end: ir.DateColumn) -> ir.NumericColumn:
    whole = (end.year() - start.year()) * 12 + (end.month() - start.month())
    return (whole + (end.day() - start.day()) / DAYS_A_MONTH).round(4)


def _between(counted: pd.DataFrame, low: float, high: float) -> tuple[int, float]:
    """Contracts lost after more than `low` and up to `high` months, and the months that all ran in between."""
    months, n = counted["months"].to_numpy(), counted["n"].to_numpy()
    lost = counted["happened"].to_numpy() & (months > low) & (months <= high)
    return int(n[lost].sum()), float(n @ (np.clip(months, low, high) - low))
