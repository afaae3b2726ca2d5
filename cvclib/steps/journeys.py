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
from cvclib.steps.questions import once_per_client
from cvclib.tables import STAGES
from cvclib.wording import NOT_KNOWN, number

RULE = (
    "A journey is a case (the customer where no case is given); it belongs to the period in which it starts and is followed to the "
    "period's last day."
)


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
        An event log (see `cvclib.methods.event_log`) with ``case``, ``activity`` (the touchpoint), ``at``, and
        with them ``customer_id``, ``stage``, ``department`` (of the touch, else the touchpoint's owner), ``channel``,
        ``outcome`` and ``cost``.

    Raises
    ------
    MissingDataError
        If the client has no ``interactions``.
    """
    return el.event_log(_touches(client), ties=["stage_order"]).cache()


@once_per_client
def transitions(client: Client) -> pd.DataFrame:
    """What directly follows what in the journeys of the period; see `cvclib.methods.event_log.directly_follows`."""
    return el.directly_follows(journeys(client))


@once_per_client
def with_departments(client: Client) -> ir.Table:
    """The same journeys as a log of departments: who has the customer, touch after touch.

    Touches that no department is known for are left out, so that a handoff may have one in between.

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
    return el.event_log(touches, ties=["stage_order", "touchpoint"]).cache()


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
    return el.event_log(touches, ties=["stage_order", "touchpoint"]).cache()


def duration(hours: float, *, short: bool = False) -> str:
    """A duration in minutes, hours or days, whichever reads best.

    Examples
    --------
    >>> duration(0.25), duration(30), duration(60), duration(60, short=True)
    ('15 minutes', '30.0 hours', '2.5 days', '2.5 d')
    """
    if not math.isfinite(hours):
        return NOT_KNOWN
    value, unit, mark = (
        (hours / 24, "days", "d") if hours >= 48 else (hours, "hours", "h") if hours >= 1 else (hours * 60, "minutes", "min")
    )
    decimals = 0 if unit == "minutes" else None
    return f"{value:,.{0 if unit == 'minutes' else 1}f} {mark}" if short else number(value, unit, decimals=decimals)


def _touches(client: Client) -> ir.Table:
    client.require("interactions")
    touches = client.tables.interactions
    # A customer's number may be the same as some case's: the prefix keeps them apart.
    touches = touches.mutate(case=ibis.coalesce(touches.case_id, ibis.literal("customer ") + touches.customer_id))
    touches = touches.filter(touches["at"] < ibis.date(client.period.until))
    first = touches.group_by("case").aggregate(first_at=touches["at"].min())
    begun = first.filter(first.first_at >= ibis.date(client.period.start)).select("case")
    touches = touches.semi_join(begun, "case")
    touches = touches.select("case", "customer_id", "at", "channel", "department", "outcome", "cost", activity=touches.touchpoint)
    if client.has("touchpoints"):
        known = client.tables.touchpoints
        known = known.select("stage", "owner_department", known_touchpoint=known.touchpoint)
        touches = touches.left_join(known, touches.activity == known.known_touchpoint).drop("known_touchpoint")
        touches = touches.mutate(department=ibis.coalesce(touches.department, touches.owner_department)).drop("owner_department")
    else:
        touches = touches.mutate(stage=ibis.null(str))
    order = ibis.cases(*[(touches.stage == stage, i) for i, stage in enumerate(STAGES)], else_=len(STAGES))
    return touches.mutate(stage_order=order)
