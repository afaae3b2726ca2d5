"""What an event log says: what follows what, how often a case goes round, which ways through there are.

An event log is an Ibis table of case, activity and moment, or of case, activity, start and completion; all counting
happens in its engine. One ordering, by start or by completion, holds for everything that is asked of a log: what
follows what, first and last activity, funnels and variants. Where two events of a case share a moment, the tie columns
that the caller names decide (a row number keeps the order of a file) and then the activity's name, so that
the result never depends on how rows are stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from cvclib.methods.working_hours import Between

MICROSECONDS_PER_HOUR = 3_600_000_000
P90 = 0.9
Order = Literal["start", "completion"]


def hours_between(start: ir.TimestampValue, end: ir.TimestampValue) -> ir.FloatingValue:
    """Hours from one moment to another on the clock, in the engine.

    Examples
    --------
    >>> table = ibis.memtable({"a": pd.to_datetime(["2025-01-01 10:00"]), "b": pd.to_datetime(["2025-01-01 11:30"])})
    >>> table.mutate(h=hours_between(table.a, table.b)).h.to_pandas().item()
    1.5
    """
    return end.delta(start, unit="microsecond") / MICROSECONDS_PER_HOUR


def event_log(
    table: ir.Table,
    *,
    case: str = "case",
    activity: str = "activity",
    at: str = "at",
    completed_at: str = "",
    order: Order = "start",
    ties: Sequence[str] = (),
    between: Between = hours_between,
) -> ir.Table:
    """Put the events of each case in order, each with the one that follows it.

    Parameters
    ----------
    table : ibis Table
        One row an event.
    case, activity, at : str
        Columns that hold the case, what happened, and when (when it started, where it also has a completion).
    completed_at : str
        Column that holds when it was completed; empty where events have one time. An event without it, or with one before
        its start, takes no time.
    order : {"start", "completion"}
        Which of the two times puts events in order.
    ties : sequence of str
        Columns that order events of a case at one and the same moment, ahead of the activity's name: a
        row number keeps the order of a file.
    between : callable
        Hours from one moment to another: those of the clock, or of `WorkingHours.between`.

    Returns
    -------
    ibis Table
        All columns, those named above as ``case``, ``activity``, ``started_at`` and ``completed_at`` (equal where events have
        one time), and with them ``at`` (the moment that orders), ``position`` in the case (from 1), ``next_activity``,
        ``next_at`` and ``hours_to_next``; the last event's are empty.

    Notes
    -----
    Hours to the next are idle time: from the completion of the one to the start of the next, 0 where they overlap.

    Examples
    --------
    >>> table = ibis.memtable({"case": ["x", "x"], "activity": ["b", "a"], "at": pd.to_datetime(["2025-01-02", "2025-01-01"])})
    >>> event_log(table).order_by("position").activity.to_pandas().tolist()
    ['a', 'b']
    """
    if order not in ("start", "completion"):
        raise ValueError(f"order must be 'start' or 'completion', not {order!r}")
    log = table.rename({new: old for new, old in (("case", case), ("activity", activity), ("at", at)) if new != old})
    log = log.filter(log.case.notnull(), log.activity.notnull(), log["at"].notnull())
    if not completed_at:
        in_case = ibis.window(group_by="case", order_by=["at", *ties, "activity"])
        log = log.mutate(
            started_at=log["at"], completed_at=log["at"], position=ibis.row_number().over(in_case) + 1,
            next_activity=log.activity.lead().over(in_case), next_at=log["at"].lead().over(in_case),
        )  # fmt: skip
        return log.mutate(hours_to_next=between(log["at"], log.next_at))
    completed = ibis.greatest(log["at"], ibis.coalesce(log[completed_at], log["at"]))
    log = log.mutate(started_at=log["at"], completed_at=completed)
    log = log.mutate(at=log.started_at if order == "start" else log.completed_at)
    # Of events that are completed together the one that started first comes first, and the other way round.
    second = "completed_at" if order == "start" else "started_at"
    in_case = ibis.window(group_by="case", order_by=["at", *(ties or [second]), "activity"])
    log = log.mutate(
        position=ibis.row_number().over(in_case) + 1,
        next_activity=log.activity.lead().over(in_case),
        next_at=log["at"].lead().over(in_case),
        next_started_at=log.started_at.lead().over(in_case),
    )
    idle = between(log.completed_at, ibis.greatest(log.completed_at, log.next_started_at))
    return log.mutate(hours_to_next=log.next_at.isnull().ifelse(ibis.null(float), idle)).drop("next_started_at")


def directly_follows(log: ir.Table) -> pd.DataFrame:
    """Count how often each activity directly follows each other one, and how long that takes.

    Parameters
    ----------
    log : ibis Table
        From `event_log`.

    Returns
    -------
    pandas.DataFrame
        A row a pair, most frequent first: ``from_activity``, ``to_activity``, ``n``, ``n_cases``,
        ``share_of_cases`` (of all cases, 0 to 1), ``mean_hours``, ``median_hours``, ``p90_hours``.

    Notes
    -----
    Quantiles are linearly interpolated. An activity that follows itself is a pair like any other.

    References
    ----------
    .. [1] W. van der Aalst, "Process Mining: Data Science in Action", 2nd ed., Springer, 2016.

    Examples
    --------
    >>> table = ibis.memtable({"case": ["x", "x"], "activity": ["a", "b"], "at": pd.to_datetime(["2025-01-01", "2025-01-02"])})
    >>> directly_follows(event_log(table))[["from_activity", "to_activity", "n", "mean_hours"]].values.tolist()
    [['a', 'b', 1, 24.0]]
    """
    pairs = log.filter(log.next_activity.notnull()).group_by(from_activity=log.activity, to_activity=log.next_activity)
    return _timed(pairs, log).order_by(ibis.desc("n"), "from_activity", "to_activity").to_pandas()


def rest_of_pairs(log: ir.Table, shown: pd.DataFrame) -> pd.DataFrame:
    """The pairs that a list leaves out, gathered in one row, so that nothing is dropped in silence.

    Parameters
    ----------
    log : ibis Table
        From `event_log`.
    shown : pandas.DataFrame
        The rows of `directly_follows` that are listed one by one.

    Returns
    -------
    pandas.DataFrame
        One row with the columns of `directly_follows` but the two activities, and ``n_pairs``; none where
        all pairs are shown.

    Examples
    --------
    >>> table = ibis.memtable({"case": ["x", "x"], "activity": ["a", "b"], "at": pd.to_datetime(["2025-01-01", "2025-01-02"])})
    >>> log = event_log(table)
    >>> rest_of_pairs(log, directly_follows(log).head(0)).n_pairs.tolist()
    [1]
    """
    pair = log.activity + SEPARATOR + log.next_activity
    listed = (shown["from_activity"] + SEPARATOR + shown["to_activity"]).tolist()
    rest = log.filter(log.next_activity.notnull()).mutate(pair=pair)
    rest = rest.filter(~rest.pair.isin(listed)) if listed else rest
    summed = _timed(rest.group_by(_all=ibis.literal(1)), log, n_pairs=rest.pair.nunique()).drop("_all")
    return summed.to_pandas()


SEPARATOR = "\x1f"  # the unit separator: in no name


def starts_and_ends(log: ir.Table) -> pd.DataFrame:
    """Count the cases that begin and that end with each activity.

    Examples
    --------
    >>> table = ibis.memtable({"case": ["x", "x"], "activity": ["a", "b"], "at": pd.to_datetime(["2025-01-01", "2025-01-02"])})
    >>> starts_and_ends(event_log(table)).values.tolist()
    [['a', 1, 0], ['b', 0, 1]]
    """
    counted = log.group_by("activity").aggregate(n_starts=(log.position == 1).sum(), n_ends=log.next_activity.isnull().sum())
    return counted.order_by("activity").to_pandas()


def repetitions(log: ir.Table) -> pd.DataFrame:
    """Count how often each activity comes again in the same case.

    Parameters
    ----------
    log : ibis Table
        From `event_log`.

    Returns
    -------
    pandas.DataFrame
        A row an activity, most repeated first: ``activity``, ``n_events``, ``n_cases`` with it,
        ``n_cases_repeating`` it, ``n_repeats`` (events beyond the first of a case) and ``n_self_loops``
        (events directly followed by the same activity).

    Examples
    --------
    >>> table = ibis.memtable({"case": ["x"] * 3, "activity": list("aba"), "at": pd.date_range("2025-01-01", periods=3)})
    >>> repetitions(event_log(table)).values.tolist()
    [['a', 2, 1, 1, 1, 0], ['b', 1, 1, 0, 0, 0]]
    """
    by_case = log.group_by("activity", "case").aggregate(
        n=log.count(), self_loops=(log.next_activity == log.activity).fill_null(False).sum()
    )
    counted = by_case.group_by("activity").aggregate(
        n_events=by_case.n.sum(),
        n_cases=by_case.count(),
        n_cases_repeating=(by_case.n > 1).sum(),
        n_repeats=(by_case.n - 1).sum(),
        n_self_loops=by_case.self_loops.sum(),
    )
    return counted.order_by(ibis.desc("n_repeats"), "activity").to_pandas()


def cases(log: ir.Table, between: Between = hours_between) -> ir.Table:
    """One row a case: when it began and ended, how many events, how many of them repeat an activity.

    Parameters
    ----------
    log : ibis Table
        From `event_log`.
    between : callable
        Hours from one moment to another, as in `event_log`.

    Returns
    -------
    ibis Table
        ``case``, ``started_at`` (first start), ``ended_at`` (last completion), ``n_events``, ``n_repeats``, ``n_self_loops`` and
        ``duration_hours`` (lead time); still in the engine, as there may be millions.

    Examples
    --------
    >>> table = ibis.memtable({"case": ["x"] * 3, "activity": list("aba"), "at": pd.date_range("2025-01-01", periods=3)})
    >>> cases(event_log(table)).to_pandas()[["n_events", "n_repeats", "duration_hours"]].values.tolist()
    [[3.0, 1.0, 48.0]]
    """
    by_case = log.group_by("case").aggregate(
        started_at=log.started_at.min(),
        ended_at=log.completed_at.max(),
        n_events=log.count(),
        n_repeats=log.count() - log.activity.nunique(),
        n_self_loops=(log.next_activity == log.activity).fill_null(False).sum(),
    )
    return by_case.mutate(duration_hours=between(by_case.started_at, by_case.ended_at))


def with_idle(log: ir.Table, between: Between = hours_between) -> ir.Table:
    """Tell the time worked on each event from the time the case lay idle before it.

    Parameters
    ----------
    log : ibis Table
        From `event_log`.
    between : callable
        Hours from one moment to another, as in `event_log`.

    Returns
    -------
    ibis Table
        The log with ``service_hours`` (start to completion) and ``idle_hours_before``: from the moment when all that had
        started earlier in the case was completed to the start of this event, 0 where something was still going on, and
        empty for the first to start.

    Notes
    -----
    Idle time goes by starts, whichever ordering the log has. Over a case it adds up to the lead time less the union of the
    events' times: two events at once do not count twice.

    Examples
    --------
    >>> frame = pd.DataFrame({"case": "x", "activity": list("ab"), "at": pd.to_datetime(["2025-01-01 09:00", "2025-01-01 12:00"])})
    >>> frame["done"] = frame["at"] + pd.Timedelta(hours=1)
    >>> with_idle(event_log(ibis.memtable(frame), completed_at="done")).idle_hours_before.to_pandas().dropna().tolist()
    [2.0]
    """
    before = ibis.window(group_by="case", order_by=["started_at", "position"], rows=(None, -1))
    log = log.mutate(busy_until=log.completed_at.max().over(before))
    idle = between(log.busy_until, ibis.greatest(log.busy_until, log.started_at))
    idle = log.busy_until.isnull().ifelse(ibis.null(float), idle)
    return log.mutate(service_hours=between(log.started_at, log.completed_at), idle_hours_before=idle).drop("busy_until")


def times_by_activity(log: ir.Table) -> pd.DataFrame:
    """How long each activity is worked on, and how long a case lies idle before it.

    Parameters
    ----------
    log : ibis Table
        From `with_idle`.

    Returns
    -------
    pandas.DataFrame
        ``activity``, ``n``, ``mean_service_hours``, ``median_service_hours``, ``p90_service_hours``, ``n_after`` (events that are not
        the first of their case), ``median_idle_hours``, ``p90_idle_hours``, ``idle_hours`` (summed); most idle first.

    Examples
    --------
    >>> table = ibis.memtable({"case": ["x", "x"], "activity": ["a", "b"], "at": pd.to_datetime(["2025-01-01", "2025-01-02"])})
    >>> times_by_activity(with_idle(event_log(table)))[["activity", "idle_hours"]].values.tolist()
    [['b', 24.0], ['a', 0.0]]
    """
    counted = log.group_by("activity").aggregate(
        n=log.count(),
        mean_service_hours=log.service_hours.mean(),
        median_service_hours=log.service_hours.median(),
        p90_service_hours=log.service_hours.quantile(P90),
        n_after=log.idle_hours_before.count(),
        median_idle_hours=log.idle_hours_before.median(),
        p90_idle_hours=log.idle_hours_before.quantile(P90),
        idle_hours=log.idle_hours_before.sum().fill_null(0),
    )
    return counted.order_by(ibis.desc("idle_hours"), "activity").to_pandas()


class TimeSpent(NamedTuple):
    """Where the time of cases goes, in hours.

    Parameters
    ----------
    n_cases : int
    lead : float
        Mean time from first start to last completion.
    working : float
        Mean time in which something was worked on, events at once counted once.
    idle : float
        Mean time in which nothing was: the rest.
    median_lead, p90_lead : float
    """

    n_cases: int
    lead: float
    working: float
    idle: float
    median_lead: float
    p90_lead: float


def time_spent(log: ir.Table, between: Between = hours_between) -> TimeSpent:
    """Divide the lead time of cases into working and idle time.

    Parameters
    ----------
    log : ibis Table
        From `with_idle`.
    between : callable
        Hours from one moment to another, as in `event_log`.

    Returns
    -------
    TimeSpent

    Examples
    --------
    >>> table = ibis.memtable({"case": ["x", "x"], "activity": ["a", "b"], "at": pd.to_datetime(["2025-01-01", "2025-01-02"])})
    >>> time_spent(with_idle(event_log(table)))[1:4]
    (24.0, 0.0, 24.0)
    """
    by_case = log.group_by("case").aggregate(
        started_at=log.started_at.min(), ended_at=log.completed_at.max(), idle=log.idle_hours_before.sum().fill_null(0)
    )
    by_case = by_case.mutate(lead=between(by_case.started_at, by_case.ended_at))
    row = by_case.aggregate(
        n_cases=by_case.count(), lead=by_case.lead.mean(), idle=by_case.idle.mean(),
        median_lead=by_case.lead.median(), p90_lead=by_case.lead.quantile(P90),
    ).to_pandas().iloc[0]  # fmt: skip
    lead, idle = float(row["lead"]), float(row["idle"])
    return TimeSpent(int(row["n_cases"]), lead, lead - idle, idle, float(row["median_lead"]), float(row["p90_lead"]))


class Overview(NamedTuple):
    """A log in a few numbers.

    Parameters
    ----------
    n_cases, n_events, n_activities : int
    n_cases_repeating : int
        Cases in which an activity comes more than once.
    n_repeats : int
        Events beyond the first of their activity in a case.
    n_cases_looping : int
        Cases in which an activity directly follows itself.
    mean_hours, median_hours, p90_hours : float
        Lead time of a case, first start to last completion.
    """

    n_cases: int
    n_events: int
    n_activities: int
    n_cases_repeating: int
    n_repeats: int
    n_cases_looping: int
    mean_hours: float
    median_hours: float
    p90_hours: float


def overview(log: ir.Table, between: Between = hours_between) -> Overview:
    """Sum up a log.

    Parameters
    ----------
    log : ibis Table
        From `event_log`.
    between : callable
        Hours from one moment to another, as in `event_log`.

    Returns
    -------
    Overview

    Examples
    --------
    >>> table = ibis.memtable({"case": ["x"] * 3, "activity": list("aba"), "at": pd.date_range("2025-01-01", periods=3)})
    >>> overview(event_log(table)).n_repeats
    1
    """
    by_case = cases(log, between)
    hours = by_case.duration_hours
    row = by_case.aggregate(
        n_cases=by_case.count(),
        n_events=by_case.n_events.sum().fill_null(0),
        n_cases_repeating=(by_case.n_repeats > 0).sum().fill_null(0),
        n_repeats=by_case.n_repeats.sum().fill_null(0),
        n_cases_looping=(by_case.n_self_loops > 0).sum().fill_null(0),
        mean_hours=hours.mean(),
        median_hours=hours.median(),
        p90_hours=hours.quantile(P90),
    ).to_pandas().iloc[0]  # fmt: skip
    n_activities = int(log.activity.nunique().to_pandas())
    counts = {name: int(row[name]) for name in ("n_cases", "n_events", "n_cases_repeating", "n_repeats", "n_cases_looping")}
    times = {name: float(row[name]) for name in ("mean_hours", "median_hours", "p90_hours")}
    return Overview(n_activities=n_activities, **counts, **times)


class Variants(NamedTuple):
    """The ways through a process.

    Parameters
    ----------
    frame : pandas.DataFrame
        Most frequent first: ``path`` (tuple of activities), ``n_cases``, ``share``, ``coverage`` (cumulative).
    n_variants, n_cases : int
        Of the whole log.
    """

    frame: pd.DataFrame
    n_variants: int
    n_cases: int


def variants(log: ir.Table, most: int = 20) -> Variants:
    """List the most frequent ways through, and how many there are in all.

    Parameters
    ----------
    log : ibis Table
        From `event_log`.
    most : int
        How many to list.

    Returns
    -------
    Variants
        Ties in frequency stand in the order of the first case, by name, that takes them.

    Examples
    --------
    >>> table = ibis.memtable({"case": list("xxy"), "activity": list("aba"), "at": pd.date_range("2025-01-01", periods=3)})
    >>> variants(event_log(table)).frame[["path", "share"]].values.tolist()
    [[('a', 'b'), 0.5], [('a',), 0.5]]
    """
    # Ways are told apart by the sum of a 64-bit hash of each activity at its place: no list is built or sorted
    # for any case but one of each way that is listed.
    marked = log.select("case", mark=(log.activity.hash() ^ log.position.hash()).hash())
    by_case = marked.group_by("case").aggregate(way=marked.mark.sum(), n_events=marked.count())
    counted = by_case.group_by("way", "n_events").aggregate(n_cases=by_case.count(), example=by_case.case.min()).drop("way").cache()
    totals = counted.aggregate(n_variants=counted.count(), n_cases=counted.n_cases.sum().fill_null(0)).to_pandas().iloc[0]
    top = counted.order_by(ibis.desc("n_cases"), "example").limit(most).select("n_cases", case=counted.example).to_pandas()
    listed = log.filter(log.case.isin(top["case"].tolist())) if len(top) else log.limit(0)
    steps = listed.select("case", "position", "activity").to_pandas().sort_values(["case", "position"])
    paths = steps.groupby("case")["activity"].agg(tuple)
    frame = pd.DataFrame({"path": [paths[case] for case in top["case"]], "n_cases": top["n_cases"]})
    frame["share"] = frame["n_cases"] / max(int(totals["n_cases"]), 1)
    frame["coverage"] = frame["share"].cumsum()
    return Variants(frame, int(totals["n_variants"]), int(totals["n_cases"]))


def reached(log: ir.Table, steps: Sequence[str], *, strict: bool = True) -> ir.Table:
    """When each case first reached each of a row of activities.

    Parameters
    ----------
    log : ibis Table
        From `event_log`.
    steps : sequence of str
        Activities, in the order of the funnel.
    strict : bool
        Strict: a step counts only after the one before it was reached. Otherwise at any place in the case.

    Returns
    -------
    ibis Table
        ``case``, and for step i (from 0) ``position_i`` and ``at_i``, empty where it was not reached.

    Examples
    --------
    >>> table = ibis.memtable({"case": ["x", "x"], "activity": ["b", "a"], "at": pd.date_range("2025-01-01", periods=2)})
    >>> found = reached(event_log(table), ["a", "b"]).to_pandas()
    >>> bool(found.position_1.isna().item())
    True
    """
    found = log.select("case").distinct()
    for i, step in enumerate(steps):
        events = log.filter(log.activity == step)
        if strict and i:
            before = found.select("case", before=found[f"position_{i - 1}"])
            events = events.join(before, "case").filter(lambda t: t.position > t.before)
        first = events.group_by("case").aggregate(**{f"position_{i}": events.position.min(), f"at_{i}": events["at"].min()})
        found = found.left_join(first.rename(case_again="case"), found.case == first.case).drop("case_again")
    return found


def funnel(log: ir.Table, steps: Sequence[str], *, strict: bool = True) -> pd.DataFrame:
    """Count the cases that reach each of a row of activities.

    Parameters
    ----------
    log : ibis Table
        From `event_log`.
    steps : sequence of str
        Activities, in the order of the funnel.
    strict : bool
        Strict: each step after the one before it. Any order otherwise: cases that contain it at all.

    Returns
    -------
    pandas.DataFrame
        ``step`` and ``n``, in the order given.

    Examples
    --------
    >>> table = ibis.memtable({"case": ["x", "x"], "activity": ["b", "a"], "at": pd.date_range("2025-01-01", periods=2)})
    >>> log = event_log(table)
    >>> funnel(log, ["a", "b"]).n.tolist(), funnel(log, ["a", "b"], strict=False).n.tolist()
    ([1, 0], [1, 1])
    """
    found = reached(log, steps, strict=strict)
    counts = found.aggregate(**{f"n_{i}": found[f"position_{i}"].count() for i in range(len(steps))}).to_pandas().iloc[0]
    return pd.DataFrame({"step": list(steps), "n": [int(counts[f"n_{i}"]) for i in range(len(steps))]})


def _timed(grouped: ir.GroupedTable, log: ir.Table, **more: ir.Value) -> ir.Table:
    counted = grouped.aggregate(
        n=lambda t: t.count(),
        n_cases=lambda t: t.case.nunique(),
        mean_hours=lambda t: t.hours_to_next.mean(),
        median_hours=lambda t: t.hours_to_next.median(),
        p90_hours=lambda t: t.hours_to_next.quantile(P90),
        **more,
    )
    total = log.case.nunique().as_scalar()
    counted = counted.mutate(share_of_cases=counted.n_cases / total)
    named = [c for c in counted.columns if c not in TIMED]
    return counted.select(*named, *TIMED)


TIMED = ("n", "n_cases", "share_of_cases", "mean_hours", "median_hours", "p90_hours")
