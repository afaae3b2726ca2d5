"""How long customers wait for an order, who still waits, and how late the late ones are.

Waiting is counted in calendar days from the order. An order not delivered by the last day seen is still waiting:
it is censored there, not dropped. Cancellation is another end: for the time until delivery it cuts the waiting
short (cause-specific); how many were delivered, cancelled or neither by a day is told beside it (Aalen–Johansen).
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.methods import competing, survival
from cvclib.methods.estimate import Estimate
from cvclib.methods.shares import share
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import Question, TooFewAnswersError
from cvclib.steps.waits import (
    NO_GROUP,
    SIGNIFICANT,
    adjusted,
    compared,
    counted,
    curve_of,
    days_between,
    how_many,
    last_day,
    seen_by,
    with_segment,
)

DELIVERED, CANCELLED, WAITING = "delivered", "cancelled", ""
WAIT = Question(
    "How long until delivery, and who still waits?",
    ("orders.delivered_at",),
    "It would tell how long customers wait, those who still do included, and for which segment or channel it takes longer.",
)
LATE = Question(
    "How late are the late ones?",
    ("orders.delivered_at", "orders.promised_at"),
    "It would tell which share of promises is kept, and how long customers wait past the promised day where it is not.",
)
FEWEST_ORDERS = 10


class Kept(NamedTuple):
    """What became of the promises whose day has come.

    Parameters
    ----------
    by_date : Estimate
        Share delivered on or before the promised day, orders past that day and not delivered counted as late.
    by_time : Estimate or None
        Share delivered by the promised moment; None where promises are given as days.
    n_late, n_overdue : int
        Delivered after the promised day; past it and not delivered by the last day seen.
    half_late, most_late : Estimate
        Days after the promised day by which half, and nine in ten, of the late ones were there; those overdue
        are censored.
    over_a_week : Estimate
        Share of the late ones that took more than seven days past the promise.
    """

    by_date: Estimate
    by_time: Estimate | None
    n_late: int
    n_overdue: int
    half_late: Estimate
    most_late: Estimate
    over_a_week: Estimate


@once_per_client
def waits(client: Client) -> pd.DataFrame:
    """Orders of the period, counted by days waited and how the waiting ended.

    Parameters
    ----------
    client : Client
        With ``orders.delivered_at``.

    Returns
    -------
    pandas.DataFrame
        ``segment``, ``channel``, ``days``, ``end`` ("delivered", "cancelled" or empty for still waiting), ``n``.

    Raises
    ------
    MissingDataError
        If there are no delivery dates.
    TooFewAnswersError
        If the period holds fewer than ten orders.
    """
    client.require("orders.delivered_at")
    last = last_day(client, "orders")
    orders = client.in_period(orders_of_customers(client), "ordered_at")
    orders = orders.filter(orders.ordered_at.cast("date") <= ibis.date(last))
    orders = with_segment(client, ended(orders, last), "known_customer_id")
    frame = counted(orders.mutate(channel=orders.channel.fill_null(NO_GROUP)), "segment", "channel", "days", "end")
    if frame["n"].sum() < FEWEST_ORDERS:
        orders_of = how_many(client, int(frame["n"].sum()), "order", "orders")
        raise TooFewAnswersError(f"The period holds {orders_of}: too few to tell how long delivery takes.")
    if not (frame["end"] == DELIVERED).any():
        raise TooFewAnswersError(f"None of the {frame['n'].sum():,} orders of the period was delivered by {last:%-d %B %Y}.")
    return frame


def ended(orders: ir.Table, last: date) -> ir.Table:
    """The orders with ``days`` and ``end``: the first of delivery, cancellation and the last day seen."""
    cancelled = seen_by(orders, "cancelled_at", last)
    delivered = seen_by(orders, "delivered_at", last)
    first = delivered & ~(cancelled & (orders.cancelled_at < orders.delivered_at).fill_null(False))
    days = ibis.cases(
        (first, days_between(orders, "ordered_at", orders.delivered_at)),
        (cancelled, days_between(orders, "ordered_at", orders.cancelled_at)),
        else_=days_between(orders, "ordered_at", last),
    )
    return orders.mutate(days=days, end=ibis.cases((first, DELIVERED), (cancelled, CANCELLED), else_=WAITING))


@once_per_client
def delivery_curve(client: Client) -> pd.DataFrame:
    """Kaplan–Meier curve of the days until delivery: the share that still waits, of those who have not cancelled."""
    return curve_of(waits(client), DELIVERED)


def still_waiting(client: Client) -> int:
    """Orders of the period that were neither delivered nor cancelled by the last day seen."""
    frame = waits(client)
    return int(frame.loc[frame["end"] == WAITING, "n"].sum())


def fates(client: Client, days: float) -> dict[str, Estimate]:
    """Share of all orders delivered, and cancelled, by so many days (Aalen–Johansen); the rest still waited."""
    frame = waits(client)
    curves = competing.cumulative_incidence(frame["days"], frame["end"], counts=frame["n"])
    return {end: competing.incidence_at(curve, days, int(frame["n"].sum())) for end, curve in curves.items()}


@once_per_client
def delivery_groups(client: Client) -> pd.DataFrame:
    """Days until delivery by segment and by channel, each group against the others.

    Returns
    -------
    pandas.DataFrame
        ``dimension``, ``group``, ``n``, ``waiting``, ``median``, ``low``, ``high``, ``nine_in_ten``, ``sooner``,
        ``p``, ``p_adjusted`` over segments and channels together. Groups below the client's minimum are blank.
    """
    frame = waits(client)
    fewest = max(client.params.report.minimum_group, FEWEST_ORDERS)
    usable = [d for d in ("segment", "channel") if len(set(frame[d]) - {NO_GROUP}) > 1]
    table = adjusted([compared(_folded(frame, d), d, DELIVERED, fewest=fewest) for d in usable])
    rows = [_group_times(frame, row, fewest) for row in table.itertuples()]
    return table.join(pd.DataFrame(rows, columns=["waiting", "median", "low", "high", "nine_in_ten"], index=table.index))


def _folded(frame: pd.DataFrame, dimension: str) -> pd.DataFrame:
    return frame.groupby([dimension, "days", "end"], as_index=False)["n"].sum()


def _group_times(frame: pd.DataFrame, row: tuple, fewest: int) -> tuple[float, ...]:
    mine = frame[frame[row.dimension] == row.group]
    if row.n < fewest or not (mine["end"] == DELIVERED).any():
        return (np.nan,) * 5
    curve = curve_of(mine, DELIVERED)
    half, most = survival.time_until(curve), survival.time_until(curve, 0.9)
    return (int(mine.loc[mine["end"] == WAITING, "n"].sum()), *half[:3], most.value)


def clear_groups(client: Client) -> pd.DataFrame:
    """The groups whose time until delivery differs from the others', clearest first."""
    table = delivery_groups(client)
    return table[table["p_adjusted"] <= SIGNIFICANT].sort_values(["p_adjusted", "p", "group"])


# ---- the promise ------------------------------------------------------------------------------------------------


@once_per_client
def lateness(client: Client) -> pd.DataFrame:
    """Orders of the period whose promised day has come, counted by days from it.

    Parameters
    ----------
    client : Client
        With ``orders.delivered_at`` and ``orders.promised_at``.

    Returns
    -------
    pandas.DataFrame
        ``days`` from the promised day to delivery (negative is early) or, where ``delivered`` is False, to the last
        day seen; ``in_time``, by the promised moment; ``n``. Cancelled orders are left out, and so are promises
        for days after the last one seen: whether they are kept cannot be known yet.

    Raises
    ------
    MissingDataError
        If deliveries or promises are not dated.
    TooFewAnswersError
        If there are fewer than ten such orders.
    """
    orders = _due(client)
    last = last_day(client, "orders")
    delivered = seen_by(orders, "delivered_at", last)
    end = ibis.cases((delivered, orders.delivered_at.cast("date")), else_=ibis.date(last))
    days = end.delta(orders.promised_at.cast("date"), unit="day")
    in_time = delivered & (orders.delivered_at <= orders.promised_at).fill_null(False)
    frame = counted(orders.mutate(days=days, delivered=delivered, in_time=in_time), "days", "delivered", "in_time")
    if frame["n"].sum() < FEWEST_ORDERS:
        due = how_many(client, int(frame["n"].sum()), "order", "orders")
        raise TooFewAnswersError(f"The promised day of {due} has come: too few to tell how promises are kept.")
    return frame


def _due(client: Client) -> ir.Table:
    client.require("orders.delivered_at", "orders.promised_at")
    last = last_day(client, "orders")
    orders = client.in_period(orders_of_customers(client), "ordered_at")
    return orders.filter(orders.cancelled_at.isnull(), orders.promised_at.notnull(), orders.promised_at.cast("date") <= ibis.date(last))


@once_per_client
def promised_days(client: Client) -> pd.DataFrame:
    """Orders of the period, not cancelled, counted by the days from order to promised day: ``days``, ``n``."""
    client.require("orders.promised_at")
    orders = client.in_period(orders_of_customers(client), "ordered_at")
    orders = orders.filter(orders.cancelled_at.isnull(), orders.promised_at.notnull())
    return counted(orders.mutate(days=days_between(orders, "ordered_at", orders.promised_at)), "days")


@once_per_client
def promises_kept(client: Client) -> Kept:
    """How many promises were kept, by date and by time, and how late the others were."""
    frame = lateness(client)
    n, arrived = int(frame["n"].sum()), frame["delivered"]
    kept = int(frame.loc[arrived & (frame["days"] <= 0), "n"].sum())
    late = frame[frame["days"] > 0].assign(end=np.where(frame.loc[frame["days"] > 0, "delivered"], DELIVERED, WAITING))
    nothing = Estimate(np.nan, np.nan, np.nan, int(late["n"].sum()))
    half = most = week = nothing
    if (late["end"] == DELIVERED).any():
        curve = curve_of(late, DELIVERED)
        half, most = survival.time_until(curve), survival.time_until(curve, 0.9)
        soon = competing.happened_by(curve, min(7.0, float(curve["time"].iloc[-1])))
        week = Estimate(1 - soon.value, 1 - soon.high, 1 - soon.low, soon.n)
    return Kept(
        by_date=share(kept, n),
        by_time=share(int(frame.loc[frame["in_time"], "n"].sum()), n) if promised_to_the_hour(client) else None,
        n_late=int(late.loc[late["end"] == DELIVERED, "n"].sum()),
        n_overdue=int(late.loc[late["end"] == WAITING, "n"].sum()),
        half_late=half,
        most_late=most,
        over_a_week=week,
    )


@once_per_client
def promised_to_the_hour(client: Client) -> bool:
    """Whether promises name a time of day: else they are promises of a day, and only the date can be judged."""
    orders = _due(client)
    at_midnight = (orders.promised_at == orders.promised_at.truncate("D")).ifelse(1, 0)
    found = orders.aggregate(n=orders.count(), midnight=at_midnight.sum()).to_pandas().iloc[0]
    return bool(found["n"] > 0 and found["midnight"] < found["n"])
