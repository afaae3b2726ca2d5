"""How fast questions are answered and solved, and how many come back.

Tickets are counted by time to the first answer and to closing. A ticket without an answer, or still open, by the
last day seen is censored there. One closed without an answer on record leaves the count of answers when it is
closed.
"""

from __future__ import annotations

from datetime import timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.methods import survival
from cvclib.methods.estimate import Estimate
from cvclib.methods.groups import against_the_rest
from cvclib.methods.shares import benjamini_hochberg, p_value, share
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import Question, TooFewAnswersError
from cvclib.steps.waits import NO_GROUP, compared, counted, curve_of, how_many, last_day, seen_by, with_segment

ANSWERED, SOLVED, OPEN = "answered", "solved", ""
SERVICE = Question(
    "How fast are questions answered and solved?",
    ("tickets.first_response_at|tickets.closed_at",),
    "It would tell how long a customer with a question waits, for which topics and departments longest, and how many come back.",
)
FEWEST_TICKETS = 10
DIMENSIONS = ("topic", "department", "segment")
BY_HOURS = 72  # where nine in ten are done within so many hours, hours are shown, else days
HOURS_A_DAY = 24
TICK_MINUTES = 6  # a first answer is counted to a tenth of an hour, a solution to the hour


@once_per_client
def service_waits(client: Client, *, kind: str) -> pd.DataFrame:
    """Tickets opened in the period, counted by hours until answered or solved.

    Parameters
    ----------
    client : Client
        With ``tickets.first_response_at`` for "answered", ``tickets.closed_at`` for "solved".
    kind : {"answered", "solved"}

    Returns
    -------
    pandas.DataFrame
        ``topic``, ``department``, ``segment``, ``hours``, ``end`` (`kind`, or empty where cut short), ``n``.

    Raises
    ------
    MissingDataError
        If the times are missing, or one segment is analysed and tickets do not name their customer.
    TooFewAnswersError
        If fewer than ten tickets were opened, or none was answered or solved.
    """
    column = "first_response_at" if kind == ANSWERED else "closed_at"
    client.require(f"tickets.{column}", *(["tickets.customer_id"] if client.segment else []))
    last = last_day(client, "tickets")
    rows = _opened(client)
    happened, closed = seen_by(rows, column, last), seen_by(rows, "closed_at", last)
    stop = ibis.cases((happened, rows[column]), (closed, rows.closed_at), else_=ibis.timestamp(str(last + timedelta(days=1))))
    minutes = ibis.greatest(stop.delta(rows.opened_at, unit="minute"), 0)
    hours = (minutes / TICK_MINUTES).floor() * TICK_MINUTES / 60 if kind == ANSWERED else (minutes / 60).floor()
    frame = counted(rows.mutate(hours=hours, end=ibis.cases((happened, kind), else_=OPEN)), *DIMENSIONS, "hours", "end")
    frame["hours"] = frame["hours"].astype(float).round(1)
    n = int(frame["n"].sum())
    if n < FEWEST_TICKETS:
        tickets = how_many(client, n, "ticket", "tickets")
        raise TooFewAnswersError(f"The period holds {tickets}: too few to tell how long customers wait.")
    if not (frame["end"] == kind).any():
        raise TooFewAnswersError(f"None of the {n:,} tickets of the period is known to be {kind}.")
    return frame


def _opened(client: Client) -> ir.Table:
    rows = client.in_period(client.tables.tickets, "opened_at")
    rows = rows.filter(rows.opened_at < ibis.date(last_day(client, "tickets") + timedelta(days=1)))
    rows = with_segment(client, rows, "customer_id") if client.has("tickets.customer_id") else rows.mutate(segment=ibis.literal(NO_GROUP))
    return rows.mutate(topic=rows.topic.fill_null(NO_GROUP), department=rows.department.fill_null(NO_GROUP))


@once_per_client
def service_curve(client: Client, *, kind: str) -> pd.DataFrame:
    """Kaplan–Meier curve of the hours until a ticket is answered or solved."""
    return curve_of(service_waits(client, kind=kind), kind, time="hours")


def kinds(client: Client) -> tuple[str, ...]:
    """Which of the two waits can be told for this client."""
    able = []
    for kind in (ANSWERED, SOLVED):
        try:
            service_waits(client, kind=kind)
        except (MissingDataError, TooFewAnswersError):
            continue
        able.append(kind)
    return tuple(able)


@once_per_client
def reopened(client: Client) -> pd.DataFrame:
    """Closed tickets of the period, and how many of them were opened again.

    Returns
    -------
    pandas.DataFrame
        ``topic``, ``department``, ``segment``, ``n`` closed tickets, ``again``.

    Raises
    ------
    MissingDataError
        If the client does not record it.
    """
    client.require("tickets.closed_at", "tickets.reopened_at", *(["tickets.customer_id"] if client.segment else []))
    rows, last = _opened(client), last_day(client, "tickets")
    back = seen_by(rows, "reopened_at", last)
    rows = rows.filter(seen_by(rows, "closed_at", last) | back)  # opened again, it may have no closing time any more
    again = back.ifelse(1, 0)
    return rows.mutate(again=again).group_by(*DIMENSIONS).aggregate(n=lambda t: t.count(), again=lambda t: t.again.sum()).to_pandas()


def reopened_share(client: Client) -> Estimate | None:
    """Share of the closed tickets that were opened again; None where the client does not record it."""
    try:
        frame = reopened(client)
    except MissingDataError:
        return None
    return share(int(frame["again"].sum()), int(frame["n"].sum())) if frame["n"].sum() >= FEWEST_TICKETS else None


@once_per_client
def service_groups(client: Client) -> pd.DataFrame:
    """Waits and reopened share by topic, department and segment, each group against the others.

    Returns
    -------
    pandas.DataFrame
        ``dimension``, ``group``, ``measure`` ("answered", "solved" or "reopened"), ``n``, ``value`` (median hours, or
        share), ``low``, ``high``, ``open`` (tickets not answered or solved yet), ``better`` (whether the group does better
        than the others), ``p``, ``p_adjusted`` over all rows together. Groups below the client's minimum are blank.
    """
    fewest = max(client.params.report.minimum_group, FEWEST_TICKETS)
    parts = [_waits_by(client, kind, d, fewest) for kind in kinds(client) for d in DIMENSIONS]
    parts += [_reopened_by(client, d, fewest) for d in DIMENSIONS]
    parts = [part for part in parts if len(part)]
    columns = ["dimension", "group", "measure", "n", "value", "low", "high", "open", "better", "p"]
    frame = pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
    return frame.assign(p_adjusted=benjamini_hochberg(frame["p"].astype(float)))


def _waits_by(client: Client, kind: str, dimension: str, fewest: int) -> pd.DataFrame:
    frame = service_waits(client, kind=kind)
    folded = frame.groupby([dimension, "hours", "end"], as_index=False)["n"].sum()
    if len(set(folded[dimension]) - {NO_GROUP}) < 2:
        return pd.DataFrame()
    table = compared(folded, dimension, kind, fewest=fewest, time="hours")
    medians = [_median(folded[folded[dimension] == row.group], kind) if row.n >= fewest else (np.nan,) * 4 for row in table.itertuples()]
    table = table.join(pd.DataFrame(medians, columns=["value", "low", "high", "open"], index=table.index))
    return table.rename(columns={"sooner": "better"}).assign(measure=kind)


def _median(mine: pd.DataFrame, kind: str) -> tuple[float, ...]:
    half = survival.time_until(curve_of(mine, kind, time="hours"))
    return (*half[:3], int(mine.loc[mine["end"] != kind, "n"].sum()))


def _reopened_by(client: Client, dimension: str, fewest: int) -> pd.DataFrame:
    try:
        frame = reopened(client).groupby(dimension, as_index=False)[["n", "again"]].sum()
    except MissingDataError:
        return pd.DataFrame()
    frame = frame[frame[dimension] != NO_GROUP].reset_index(drop=True)
    if len(frame) < 2:
        return pd.DataFrame()
    estimates = [share(int(row.again), int(row.n)) for row in frame.itertuples()]
    gaps = against_the_rest(estimates)
    enough = [row.n >= fewest for row in frame.itertuples()]
    blank = Estimate(np.nan, np.nan, np.nan, 0)
    shown = [e if ok else blank for e, ok in zip(estimates, enough, strict=True)]
    return pd.DataFrame({
        "dimension": dimension, "group": frame[dimension], "measure": "reopened", "n": frame["n"],
        "value": [e.value for e in shown], "low": [e.low for e in shown], "high": [e.high for e in shown], "open": np.nan,
        "better": [gap.value < 0 if ok else None for gap, ok in zip(gaps, enough, strict=True)],
        "p": [p_value(gap) if ok else np.nan for gap, ok in zip(gaps, enough, strict=True)],
    })  # fmt: skip
