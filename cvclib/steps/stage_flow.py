"""From stage to stage: how many journeys go on, where the others stopped, and how long going on takes."""

from __future__ import annotations

from itertools import pairwise

import ibis
import ibis.expr.types as ir
import pandas as pd

from cvclib.client import Client
from cvclib.methods import event_log as el
from cvclib.methods import shares, survival
from cvclib.methods.estimate import Estimate
from cvclib.steps.journeys import journeys, n_journeys, stage_log, stages_touched
from cvclib.steps.memo import once_per_client

HOURS_PER_DAY = 24
ALPHA = 0.05
NOT_EXPECTED = "advocacy"  # that a customer does not speak for the company is no leak as a lost sale is


@once_per_client
def stage_funnel(client: Client) -> pd.DataFrame:
    """Count the journeys that reach each stage, in strict order and in any.

    Parameters
    ----------
    client : Client
        With ``interactions`` and ``touchpoints.stage``.

    Returns
    -------
    pandas.DataFrame
        A row a stage that is touched at all: ``stage``; ``n`` journeys that reach it after all stages
        before it, ``share`` of those that reach the first, ``low``, ``high``; ``conversion`` from the stage
        before with ``conversion_low``, ``conversion_high``; ``n_any`` journeys that touch it at any place,
        ``share_any`` of all journeys, ``low_any``, ``high_any``. Intervals are Wilson's.

    Raises
    ------
    MissingDataError
        If touches or stages are missing.
    """
    client.require("interactions", "touchpoints.stage")
    stages, log = stages_touched(client), stage_log(client)
    strict = _n_reached(client, len(stages))
    loose = el.funnel(log, stages, strict=False)["n"].tolist()
    total = n_journeys(client)
    rows = []
    for i, stage in enumerate(stages):
        reached, touched = shares.share(strict[i], strict[0]), shares.share(loose[i], total)
        on = shares.share(strict[i], strict[i - 1]) if i else Estimate(*[float("nan")] * 3, n=0)
        rows.append((stage, strict[i], *reached[:3], *on[:3], loose[i], *touched[:3]))
    columns = [
        "stage",
        "n",
        "share",
        "low",
        "high",
        "conversion",
        "conversion_low",
        "conversion_high",
        "n_any",
        "share_any",
        "low_any",
        "high_any",
    ]
    return pd.DataFrame(rows, columns=columns)


@once_per_client
def drop_offs(client: Client) -> pd.DataFrame:
    """The touchpoint at which journeys that did not reach the next stage were seen last.

    Parameters
    ----------
    client : Client
        With ``interactions`` and ``touchpoints.stage``.

    Returns
    -------
    pandas.DataFrame
        ``stage`` (the last reached in strict order), ``next_stage``, ``touchpoint``, ``n`` journeys, ``share`` of
        those that went no further; most frequent first within a stage. Journeys still under way count
        too: `time_to_next_stage` tells them apart.
    """
    client.require("interactions", "touchpoints.stage")
    stages = stages_touched(client)
    found = reached_in_order(client)
    log = journeys(client)
    last = log.filter(log.next_activity.isnull()).select("case", touchpoint=log.activity)
    parts = []
    for i, (stage, following) in enumerate(pairwise(stages)):
        stopped = found.filter(found[f"position_{i}"].notnull(), found[f"position_{i + 1}"].isnull()).select("case")
        at = last.semi_join(stopped, "case").group_by("touchpoint").aggregate(n=lambda t: t.count())
        frame = at.order_by(ibis.desc("n"), "touchpoint").to_pandas()
        parts.append(frame.assign(stage=stage, next_stage=following, share=frame["n"] / max(frame["n"].sum(), 1)))
    columns = ["stage", "next_stage", "touchpoint", "n", "share"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


@once_per_client
def time_to_next_stage(client: Client) -> dict[tuple[str, str], pd.DataFrame]:
    """Kaplan–Meier curves of the time from a stage to the next, in strict order.

    Parameters
    ----------
    client : Client
        With ``interactions`` and ``touchpoints.stage``.

    Returns
    -------
    dict of (stage, next stage) to pandas.DataFrame
        Curves of `cvclib.methods.survival.kaplan_meier`, in days: the share that has *not* gone on. A journey
        that has not by the period's last day is censored there, not dropped.

    Notes
    -----
    Time runs from the first touch of the stage to the first touch of the next one; it is counted in whole
    hours, so that the engine hands out a small table however many journeys there are.
    """
    client.require("interactions", "touchpoints.stage")
    stages = stages_touched(client)
    found = reached_in_order(client)
    until = ibis.timestamp(str(client.period.until))
    curves = {}
    for i, pair in enumerate(pairwise(stages)):
        entered = found.filter(found[f"at_{i}"].notnull())
        end = ibis.coalesce(entered[f"at_{i + 1}"], until)
        timed = entered.select(hours=el.hours_between(entered[f"at_{i}"], end).floor(), happened=entered[f"at_{i + 1}"].notnull())
        counted = timed.group_by("hours", "happened").aggregate(n=timed.count()).order_by("hours", "happened").to_pandas()
        if len(counted):
            curves[pair] = survival.kaplan_meier(counted["hours"] / HOURS_PER_DAY, counted["happened"], counts=counted["n"])
    return curves


@once_per_client
def reached_in_order(client: Client) -> ir.Table:
    """When each journey first reached each stage in strict order: three questions rest on it."""
    return el.reached(stage_log(client), stages_touched(client)).cache()


def _n_reached(client: Client, n_stages: int) -> list[int]:
    if not n_stages:
        return []
    found = reached_in_order(client)
    counts = found.aggregate(**{f"n_{i}": found[f"position_{i}"].count() for i in range(n_stages)}).to_pandas().iloc[0]
    return [int(counts[f"n_{i}"]) for i in range(n_stages)]


def within(curve: pd.DataFrame, days: float) -> Estimate:
    """Share that has gone on within a number of days, the unfinished counted as censored.

    Beyond the last day seen it is the share by that day.
    """
    staying = survival.survival_at(curve, min(days, float(curve["time"].iloc[-1])))
    return Estimate(1 - staying.value, 1 - staying.high, 1 - staying.low, staying.n)


@once_per_client
def leaks(client: Client, *, horizon_days: float = 90) -> pd.DataFrame:
    """Compare each step from stage to stage with the others, to see which one leaks most.

    Parameters
    ----------
    client : Client
        With ``interactions`` and ``touchpoints.stage``.
    horizon_days : float
        Days within which a journey is expected to have gone on.

    Returns
    -------
    pandas.DataFrame
        A row a step: ``stage``, ``next_stage``, ``n`` journeys that reach the stage, ``n_on`` that go on,
        ``conversion``, ``low``, ``high``; ``within`` (share within the horizon, unfinished censored) with
        ``within_low``, ``within_high``; ``others`` (conversion of the other steps together), ``difference``,
        ``p_value`` adjusted for the number of steps. The step into advocacy is not compared: NaN.
    """
    funnel, curves = stage_funnel(client), time_to_next_stage(client)
    rows = []
    for before, after in zip(funnel.itertuples(), funnel.iloc[1:].itertuples(), strict=False):
        if before.n:
            on = within(curves[before.stage, after.stage], horizon_days)
            rows.append((before.stage, after.stage, before.n, after.n, *shares.share(after.n, before.n)[:3], *on[:3]))
    columns = ["stage", "next_stage", "n", "n_on", "conversion", "low", "high", "within", "within_low", "within_high"]
    frame = pd.DataFrame(rows, columns=columns)
    family = frame[frame["next_stage"] != NOT_EXPECTED]
    gaps = {}
    for row in family.itertuples() if len(family) > 1 else ():
        others = shares.share(int(family["n_on"].sum() - row.n_on), int(family["n"].sum() - row.n))
        gaps[row.Index] = (others.value, shares.difference(shares.share(row.n_on, row.n), others))
    compared = pd.DataFrame(
        {i: {"others": others, "difference": gap.value, "p_value": shares.p_value(gap)} for i, (others, gap) in gaps.items()},
        index=["others", "difference", "p_value"], dtype=float,
    ).T  # fmt: skip
    compared["p_value"] = shares.benjamini_hochberg(compared["p_value"].to_numpy())
    return frame.join(compared)


def leakiest(steps: pd.DataFrame) -> pd.Series | None:
    """The step that loses most, if it loses significantly more than the others; else None."""
    worse = steps[(steps["p_value"] < ALPHA) & (steps["difference"] < 0)]
    return None if worse.empty else worse.loc[worse["conversion"].idxmin()]
