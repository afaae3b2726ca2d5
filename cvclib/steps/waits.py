"""What the questions about waiting share: up to which day is seen, rows counted by days waited, groups compared.

Used for deliveries, leads and tickets. The engine counts rows by duration and end; what has not ended by the
last day seen is still waiting, which is not the same as never.
"""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.methods import competing, survival
from cvclib.methods.shares import benjamini_hochberg
from cvclib.tables import TABLES
from cvclib.wording import Unit, number

SIGNIFICANT = 0.03  # of an adjusted p value: below 5%, because a report holds a dozen such families
FEWEST_EVENTS = 5  # expected ends in a group, below which it is not compared
NOT_YET_DUE = frozenset({"promised_at"})  # times that lie ahead and do not tell how far the data reach
NO_GROUP = "not known"


def last_day(client: Client, table: str) -> date:
    """Last day on which something could be seen to happen: of the period, or of the table where that ends before.

    Examples
    --------
    >>> tickets = pd.DataFrame({"ticket_id": ["1"], "opened_at": "2025-03-01", "closed_at": "2025-03-05"})
    >>> last_day(Client.from_frames({"tickets": tickets}), "tickets")
    datetime.date(2025, 3, 5)
    """
    times = [c.name for c in TABLES[table].columns if c.type == "time" and c.name not in NOT_YET_DUE and client.has(f"{table}.{c.name}")]
    rows = client.whole(table)
    found = rows.aggregate(**{name: rows[name].max().cast("date") for name in times}).to_pandas().iloc[0].dropna()
    latest = max((pd.Timestamp(x).date() for x in found), default=client.period.end)
    return min(client.period.end, latest)


def seen_by(rows: ir.Table, column: str, last: date) -> ir.BooleanValue:
    """Whether a time is known and not after the last day seen."""
    return (rows[column] < ibis.date(last + timedelta(days=1))).fill_null(False)


def days_between(rows: ir.Table, start: str, end: ir.Column | date) -> ir.IntegerColumn:
    """Calendar days from a time to another, or to a day; 0 where the end comes before the start."""
    until = ibis.date(end) if isinstance(end, date) else end.cast("date")
    return ibis.greatest(until.delta(rows[start].cast("date"), unit="day"), 0)


def with_segment(client: Client, rows: ir.Table, customer: str) -> ir.Table:
    """The rows with the segment of their customer, "not known" where there is none."""
    if not client.has("customers.segment"):
        return rows.mutate(segment=ibis.literal(NO_GROUP))
    members = client.whole("customers").group_by(member=ibis._.customer_id).agg(segment=ibis._.segment.min())
    joined = rows.left_join(members, rows[customer] == members.member)
    return joined.mutate(segment=joined.segment.fill_null(NO_GROUP)).drop("member")


def counted(rows: ir.Table, *columns: str) -> pd.DataFrame:
    """How many rows there are of each combination, counted by the engine."""
    return rows.group_by(*columns).aggregate(n=rows.count()).order_by(*columns).to_pandas()


def curve_of(frame: pd.DataFrame, end: str, *, time: str = "days") -> pd.DataFrame:
    """Kaplan–Meier curve of counted rows until one end; every other end cuts the waiting short."""
    return survival.kaplan_meier(frame[time], frame["end"] == end, counts=frame["n"])


def compared(frame: pd.DataFrame, dimension: str, end: str, *, fewest: int, time: str = "days") -> pd.DataFrame:
    """Each group's curve against that of all the others together.

    Parameters
    ----------
    frame : pandas.DataFrame
        Counted rows: ``dimension``, `time`, ``end``, ``n``.
    dimension : str
    end : str
    fewest : int
        Rows below which a group is not shown.

    Returns
    -------
    pandas.DataFrame
        ``dimension``, ``group``, ``n``, ``sooner`` (whether the end comes to more of the group than expected),
        ``p`` of the log-rank test, corrected for continuity; NaN where too few ends are expected. Groups not known
        are left out of the rows, not of the others.
    """
    rows = []
    for group in sorted(set(frame[dimension]) - {NO_GROUP}):
        mine = frame[dimension] == group
        n = int(frame.loc[mine, "n"].sum())
        if n < fewest:
            rows.append((dimension, group, n, None, np.nan))
            continue
        observed, expected = _ends(frame, mine, end, time)
        enough = min(expected, float(frame.loc[frame["end"] == end, "n"].sum()) - expected) >= FEWEST_EVENTS
        p = competing.difference_from_others(frame[time], frame["end"] == end, mine, frame["n"]) if enough else np.nan
        rows.append((dimension, group, n, observed > expected, p))
    return pd.DataFrame(rows, columns=["dimension", "group", "n", "sooner", "p"]).astype({"p": float, "sooner": object})


def adjusted(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """The comparisons of several dimensions as one family, corrected after Benjamini and Hochberg."""
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["dimension", "group", "n", "sooner", "p"])
    return frame.assign(p_adjusted=benjamini_hochberg(frame["p"].astype(float)))


def _ends(frame: pd.DataFrame, mine: pd.Series, end: str, time: str) -> tuple[float, float]:
    """Ends of the group, and those expected were its curve that of all."""
    table = curve_of(frame, end, time=time)
    at_risk = frame[mine].groupby(time)["n"].sum().reindex(table["time"], fill_value=0)[::-1].cumsum()[::-1].to_numpy()
    expected = float((table["events"] / table["at_risk"] * at_risk).sum())
    return float(frame.loc[mine & (frame["end"] == end), "n"].sum()), expected


def how_many(client: Client, n: int, one: str, many: str) -> str:
    """A count as it stands in a sentence; below the client's minimum only that it is below.

    Examples
    --------
    >>> client = Client.from_frames({})
    >>> how_many(client, 7, "order", "orders"), how_many(client, 1, "order", "orders")
    ('7 orders', 'fewer than 5 orders')
    """
    least = client.params.report.minimum_group
    return f"fewer than {least} {many}" if 0 < n < least else f"{n:,} {one if n == 1 else many}"


def until_text(estimate: competing.Estimate, unit: Unit, *, decimals: int = 0) -> str:
    """A time with its interval as it stands in a sentence; "or more" where the data do not bound it.

    Examples
    --------
    >>> until_text(competing.Estimate(9, 8, float("inf"), 40), "days")
    '9 days (95% interval 8 days or more, n = 40)'
    """
    value, low = (number(x, unit, decimals=decimals) for x in (estimate.value, estimate.low))
    if not np.isfinite(estimate.high):
        return f"{value} (95% interval {low} or more, n = {estimate.n:,})"
    high = number(estimate.high, unit, decimals=decimals)
    return f"{value} (95% interval {low.split(' ')[0]} to {high}, n = {estimate.n:,})"
