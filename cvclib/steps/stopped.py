"""What journeys did instead of going on to the next stage: skipped it, are still in time, went back, fell silent."""

from __future__ import annotations

from itertools import pairwise

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.methods import event_log as el
from cvclib.methods import shares
from cvclib.steps.journeys import journeys, stage_log, stages_touched
from cvclib.steps.memo import once_per_client
from cvclib.steps.stage_flow import HOURS_PER_DAY, reached_in_order
from cvclib.tables import STAGES

FATES = {
    "went_on": "went on",
    "skipped": "skipped ahead",
    "in_time": "still within their time",
    "back": "went back",
    "silent": "fell silent",
}
USUAL = 0.9  # share of those who go on that has done so within the usual time


@once_per_client
def fates(client: Client, *, horizon_days: float = 90) -> pd.DataFrame:
    """Count what became of the journeys that reached each stage.

    Parameters
    ----------
    client : Client
        With ``interactions`` and ``touchpoints.stage``.
    horizon_days : float
        The usual time where fewer journeys than the minimum group went on.

    Returns
    -------
    pandas.DataFrame
        A row a stage (but the last) and a fate: ``stage``, ``next_stage``, ``usual_days``, ``fate``, ``n``, ``share`` of the
        journeys that reached the stage with ``low`` and ``high`` (Wilson), and ``silent_days``, the median of days
        from the last touch to the period's end (NaN for those that went on).

    Notes
    -----
    Each journey that reached a stage in strict order has one fate, the first that fits: *went on*: touched the
    next stage afterwards; *skipped ahead*: touched a stage beyond the next one instead; *still within its time*: reached the
    stage at most the usual time before the period's end, the time in which nine in ten of those who go
    on have done so; *went back*: its last touch lies in an earlier stage; *fell silent*: none of these.
    """
    client.require("interactions", "touchpoints.stage")
    stages, found = stages_touched(client), reached_in_order(client)
    log = stage_log(client)
    last = journeys(client).group_by("case").aggregate(last_at=lambda t: t["at"].max())
    until = ibis.timestamp(str(client.period.until))
    parts = []
    for i, (stage, following) in enumerate(pairwise(stages)):
        entered = found.filter(found[f"position_{i}"].notnull()).select(
            "case", entered=f"position_{i}", entered_at=f"at_{i}", next_at=f"at_{i + 1}"
        )
        usual = _usual_days(entered, client.params.report.minimum_group, horizon_days)
        after = log.join(entered.select("case", "entered"), "case").filter(lambda t: t.position > t.entered)
        after = after.group_by("case").aggregate(furthest=after.stage_order.max(), last_stage=after.stage_order.argmax(after.position))
        told = entered.left_join(after, "case").drop("case_right").left_join(last, "case").drop("case_right")
        fate = ibis.cases(
            (told.next_at.notnull(), "went_on"),
            (told.furthest > STAGES.index(following), "skipped"),
            (el.hours_between(told.entered_at, until) <= usual * HOURS_PER_DAY, "in_time"),
            (told.last_stage < STAGES.index(stage), "back"),
            else_="silent",
        )
        counted = told.mutate(fate=fate, silent=el.hours_between(told.last_at, until) / HOURS_PER_DAY).group_by("fate")
        frame = counted.aggregate(n=lambda t: t.count(), silent_days=lambda t: t.silent.median()).to_pandas().set_index("fate")
        parts.append(_with_shares(frame.reindex(list(FATES)), stage, following, usual))
    columns = ["stage", "next_stage", "usual_days", "fate", "n", "share", "low", "high", "silent_days"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _usual_days(entered: ir.Table, minimum: int, horizon_days: float) -> float:
    hours = el.hours_between(entered.entered_at, entered.next_at)
    row = entered.aggregate(n=entered.next_at.count(), usual=hours.quantile(USUAL)).to_pandas().iloc[0]
    return float(row["usual"]) / HOURS_PER_DAY if row["n"] >= minimum else float(horizon_days)


def _with_shares(frame: pd.DataFrame, stage: str, following: str, usual: float) -> pd.DataFrame:
    n = frame["n"].fillna(0).astype(int)
    found = [shares.share(int(x), int(n.sum())) for x in n]
    return frame.assign(
        n=n, stage=stage, next_stage=following, usual_days=usual, share=[e.value for e in found], low=[e.low for e in found],
        high=[e.high for e in found], silent_days=frame["silent_days"].where(frame.index != "went_on", np.nan),
    ).reset_index(names="fate")  # fmt: skip
