"""The client's touches as an event log: which journeys belong to the period, and in which order touches stand.

A journey is a case: `case_id` where it is given, else all touches of the customer. It belongs to the period in
which it starts and is followed up to the period's last day. Touches at one moment stand in the order of
their stages, then of their names.
"""

from __future__ import annotations

import math

import ibis
import ibis.expr.types as ir
import pandas as pd

from cvclib.client import Client
from cvclib.methods import event_log as el
from cvclib.methods.working_hours import Between, WorkingHours
from cvclib.steps.memo import once_per_client
from cvclib.tables import STAGES
from cvclib.wording import NOT_KNOWN

RULE = (
    "A journey is a case (the customer where no case is given); it belongs to the period in which it starts and is followed to the "
    "period's last day."
)

HOURS_PER_DAY = 24


@once_per_client
def journeys(client: Client) -> ir.Table:
    """Touches of the journeys that start in the period, in order.

    Parameters
    ----------
    client : Client
        With ``interactions``.

    Returns
    -------
    ibis Table
        An event log (see `cvclib.methods.event_log`) with ``case``, ``activity`` (the touchpoint), ``at``, ``started_at``,
        ``completed_at``, and with them ``customer_id``, ``stage``, ``department`` (of the touch, else the touchpoint's owner), ``channel``,
        ``outcome`` and ``cost``.

    Raises
    ------
    MissingDataError
        If the client has no ``interactions``.
    """
    return _in_order(client, _touches(client), between(client)).cache()


@once_per_client
def transitions(client: Client) -> pd.DataFrame:
    """What directly follows what in the journeys of the period; see `cvclib.methods.event_log.directly_follows`."""
    return el.directly_follows(journeys(client))


def calendar(client: Client) -> WorkingHours | None:
    """The client's working hours; None where the client file has no calendar."""
    given = client.params.calendar
    return WorkingHours(given.weekdays, given.from_, given.until, tuple(given.holidays)) if given else None


def between(client: Client) -> Between:
    """Hours from one moment to another: working hours where the client has a calendar, else those of the clock."""
    hours = calendar(client)
    return hours.between if hours else el.hours_between


def how_ordered(client: Client) -> str:
    """The rule that puts touches in order and counts time, as a note below a table says it."""
    order = "completion" if client.params.event_order == "completion" else "start"
    text = f"Touches are ordered by their {order}, " if has_intervals(client) else "Touches are ordered by their time, "
    text += "those at one moment as they stand in the client's files."
    hours = calendar(client)
    if hours:
        text += f" Times are working hours ({hours.hours_per_day:g} a working day, {hours.opens:%H:%M} to {hours.closes:%H:%M})."
    return text


def has_intervals(client: Client) -> bool:
    """Whether touches have a start and a completion, and not one time only."""
    return client.has("interactions.completed_at") or client.has("interactions.duration_minutes")


def _in_order(client: Client, touches: ir.Table, hours: Between = el.hours_between) -> ir.Table:
    completed = "done_at" if has_intervals(client) else ""
    return el.event_log(touches, completed_at=completed, order=client.params.event_order, ties=["row"], between=hours)


@once_per_client
def with_departments(client: Client) -> ir.Table:
    """The same journeys as a log of departments: who has the customer, touch after touch.

    Touches that no department is known for are left out, so that a handoff may have one in between. Times are those of
    the clock, also where the client has a calendar: a customer waits at night, too.

    Parameters
    ----------
    client : Client
        With ``interactions``, and a department there or in ``touchpoints``.

    Returns
    -------
    ibis Table
        An event log whose ``activity`` is the department; ``touchpoint`` holds the touchpoint.
    """
    touches = _touches(client).rename(touchpoint="activity").mutate(activity=ibis._.department)
    return _in_order(client, touches).cache()


@once_per_client
def cases_whenever(client: Client) -> ir.Table:
    """First and last moment of every journey, in the period or not: ``case``, ``started_at``, ``ended_at``."""
    touches = _with_case(client)
    done = ibis.greatest(touches["at"], ibis.coalesce(_done_at(client, touches), touches["at"]))
    touches = touches.mutate(done_at=done)
    return touches.group_by("case").aggregate(started_at=touches["at"].min(), ended_at=touches.done_at.max())


@once_per_client
def n_journeys(client: Client) -> int:
    """How many journeys start in the period; 0 also where the client has no interactions."""
    return int(journeys(client).case.nunique().to_pandas()) if client.has("interactions") else 0


@once_per_client
def volumes(client: Client) -> pd.DataFrame:
    """How much each touchpoint is used, and what is known of it.

    Parameters
    ----------
    client : Client
        With ``interactions``; ``touchpoints`` adds stage, channel, owner, and touchpoints never used.

    Returns
    -------
    pandas.DataFrame
        A row a touchpoint, in the order of the journey (stage, then mean place in the journey):
        ``touchpoint``, ``stage`` (empty where unknown), ``channel``, ``department``, ``n_touches``, ``n_cases``,
        ``share_of_cases``, ``cost_per_touch`` (mean recorded cost), ``place``.
    """
    log = journeys(client)
    frame = log.group_by("activity").aggregate(
        stage=log.stage.max(), n_touches=log.count(), n_cases=log.case.nunique(), cost_per_touch=log.cost.mean(), place=log.position.mean(),
    ).to_pandas().rename(columns={"activity": "touchpoint"})  # fmt: skip
    for column in ("channel", "department"):
        frame[column] = frame["touchpoint"].map(_usual(log, column))
    frame["share_of_cases"] = frame["n_cases"] / max(n_journeys(client), 1)
    if client.has("touchpoints"):
        known = client.tables.touchpoints.to_pandas()[["touchpoint", "stage", "channel", "owner_department"]]
        frame = frame.merge(known, on="touchpoint", how="outer", suffixes=("", "_known"))
        frame = frame.assign(
            stage=frame["stage_known"].fillna(frame["stage"]), channel=frame["channel_known"].fillna(frame["channel"]),
            department=frame["owner_department"].fillna(frame["department"]),
        ).fillna({"n_touches": 0, "n_cases": 0, "share_of_cases": 0.0})  # fmt: skip
    frame = frame.fillna({"stage": "", "channel": "", "department": ""}).astype({"n_touches": int, "n_cases": int})
    order = frame["stage"].map({stage: i for i, stage in enumerate(STAGES)}).fillna(len(STAGES))
    frame = frame.assign(order=order).sort_values(["order", "place", "touchpoint"], na_position="last", ignore_index=True)
    columns = ["touchpoint", "stage", "channel", "department", "n_touches", "n_cases", "share_of_cases", "cost_per_touch", "place"]
    return frame[columns]


def _usual(log: ir.Table, column: str) -> pd.Series:
    """The most frequent value of a column for each touchpoint; of equals the first by name."""
    counted = log.filter(log[column].notnull()).group_by("activity", column).aggregate(n=lambda t: t.count()).to_pandas()
    return counted.sort_values(["n", column], ascending=[False, True]).drop_duplicates("activity").set_index("activity")[column]


@once_per_client
def stages_touched(client: Client) -> list[str]:
    """The stages that journeys of the period touch, in their order."""
    if not client.has("interactions", "touchpoints.stage"):
        return []
    found = set(journeys(client).stage.as_table().distinct().to_pandas()["stage"].dropna())
    return [stage for stage in STAGES if stage in found]


@once_per_client
def stage_log(client: Client) -> ir.Table:
    """The same journeys as a log of stages; touches of touchpoints without a stage are left out."""
    touches = _touches(client).rename(touchpoint="activity").mutate(activity=ibis._.stage)
    return _in_order(client, touches).cache()


def lasting(client: Client, hours: float, *, short: bool = False) -> str:
    """A duration of `journeys` in words: in working hours and days where the client has a calendar."""
    known = calendar(client)
    return duration(hours, short=short, hours_per_working_day=known.hours_per_day if known else None)


def duration(hours: float, *, short: bool = False, hours_per_working_day: float | None = None) -> str:
    """A duration in minutes, hours or days, whichever reads best.

    Parameters
    ----------
    hours : float
        On the clock, or in working hours.
    short : bool
    hours_per_working_day : float, optional
        Given, the hours are working hours and as many make a working day.

    Examples
    --------
    >>> duration(0.25), duration(30), duration(60), duration(60, short=True)
    ('15 minutes', '30.0 hours', '2.5 days', '2.5 d')
    >>> duration(20, hours_per_working_day=8), duration(20, short=True, hours_per_working_day=8)
    ('2.5 working days', '2.5 wd')
    >>> duration(0), duration(0, short=True)
    ('under a minute', '<1 min')
    """
    if not math.isfinite(hours):
        return NOT_KNOWN
    day, working = hours_per_working_day or HOURS_PER_DAY, hours_per_working_day is not None
    if hours >= 2 * day:
        value, unit, mark = hours / day, "working days" if working else "days", "wd" if working else "d"
    elif hours >= 1:
        value, unit, mark = hours, "working hours" if working else "hours", "wh" if working else "h"
    else:
        value, unit, mark = hours * 60, "minutes", "min"
    text = f"{value:,.0f}" if mark == "min" else f"{value:,.1f}"
    if (mark, text) == ("min", "0"):
        return "<1 min" if short else "under a minute"
    unit = "minute" if (unit, text) == ("minutes", "1") else unit
    return f"{text} {mark if short else unit}"


def _touches(client: Client) -> ir.Table:
    touches = _with_case(client)
    touches = touches.filter(touches["at"] < ibis.date(client.period.until))
    first = touches.group_by("case").aggregate(first_at=touches["at"].min())
    begun = first.filter(first.first_at >= ibis.date(client.period.start)).select("case")
    touches = touches.semi_join(begun, "case")
    touches = touches.select(
        "case", "customer_id", "at", "channel", "department", "outcome", "cost", "row",
        activity=touches.touchpoint, done_at=_done_at(client, touches),
    )  # fmt: skip
    if client.has("touchpoints"):
        known = client.tables.touchpoints
        known = known.select("stage", "owner_department", known_touchpoint=known.touchpoint)
        touches = touches.left_join(known, touches.activity == known.known_touchpoint).drop("known_touchpoint")
        touches = touches.mutate(department=ibis.coalesce(touches.department, touches.owner_department)).drop("owner_department")
    else:
        touches = touches.mutate(stage=ibis.null(str))
    order = ibis.cases(*[(touches.stage == stage, i) for i, stage in enumerate(STAGES)], else_=len(STAGES))
    return touches.mutate(stage_order=order)


def _with_case(client: Client) -> ir.Table:
    client.require("interactions")
    touches = client.numbered("interactions")
    # A customer's number may be the same as some case's: the prefix keeps them apart.
    return touches.mutate(case=ibis.coalesce(touches.case_id, ibis.literal("customer ") + touches.customer_id))


def _done_at(client: Client, touches: ir.Table) -> ir.TimestampValue:
    """When a touch was completed: as given, else as long after its start as it took."""
    if not client.has("interactions.duration_minutes"):
        return touches.completed_at
    seconds = (touches.duration_minutes * 60).round().cast("int64")
    return ibis.coalesce(touches.completed_at, touches["at"] + seconds.as_interval("s"))
