"""The journey as designed (stage, owner and channel of each touchpoint) against the journey in the log."""

from __future__ import annotations

import ibis
import pandas as pd

from cvclib.client import Client
from cvclib.methods import shares
from cvclib.steps.journeys import n_journeys, stage_log, stages_touched
from cvclib.steps.memo import once_per_client
from cvclib.tables import STAGES


@once_per_client
def touchpoints_against_design(client: Client) -> pd.DataFrame:
    """Hold each touchpoint against its design.

    Parameters
    ----------
    client : Client
        With ``interactions`` and ``touchpoints``.

    Returns
    -------
    pandas.DataFrame
        A row a touchpoint: ``touchpoint``, ``stage``, ``owner_department``, ``designed_channel``, ``designed`` (whether it is in the
        design), ``n_touches`` of the period; for the department, the channel and the stage (``department``, ``channel``, ``late``)
        ``<what>_n`` touches that can be judged, ``<what>_off`` that depart from the design, ``<what>_share`` with
        ``<what>_low`` and ``<what>_high`` (Wilson).

    Notes
    -----
    A touch departs in department or channel where its own is recorded and differs from the designed one, regardless of case and of
    spaces at the ends. It is *late* where its journey had already touched a later stage.
    """
    client.require("interactions", "touchpoints")
    touches = client.in_period(client.tables.interactions, "at")
    design = client.tables.touchpoints.select("stage", "owner_department", designed_touchpoint="touchpoint", designed_channel="channel")
    both = touches.left_join(design, touches.touchpoint == design.designed_touchpoint)
    measures = {"n_touches": both.count()}
    for what, designed in (("department", both.owner_department), ("channel", both.designed_channel)):
        judged = both[what].notnull() & designed.notnull()
        measures[f"{what}_n"] = judged.sum()
        measures[f"{what}_off"] = (judged & (both[what].strip().lower() != designed.strip().lower())).sum()
    counted = both.group_by("touchpoint").aggregate(**measures).to_pandas()
    known = design.to_pandas().rename(columns={"designed_touchpoint": "touchpoint"}).assign(designed=True)
    frame = known.merge(counted, on="touchpoint", how="outer").merge(_late(client), on="touchpoint", how="left")
    frame["designed"] = frame["designed"].eq(True)
    counts = ["n_touches", *(f"{what}_{kind}" for what in WHAT for kind in ("n", "off"))]
    frame[counts] = frame[counts].fillna(0).astype(int)
    for what in WHAT:
        found = [shares.share(int(off), int(n)) for off, n in zip(frame[f"{what}_off"], frame[f"{what}_n"], strict=True)]
        for i, part in enumerate(("share", "low", "high")):
            frame[f"{what}_{part}"] = [e[i] for e in found]
    order = frame["stage"].map({stage: i for i, stage in enumerate(STAGES)}).fillna(len(STAGES))
    return frame.assign(order=order).sort_values(["order", "touchpoint"], ignore_index=True).drop(columns="order")


WHAT = ("department", "channel", "late")


def _late(client: Client) -> pd.DataFrame:
    if not client.has("touchpoints.stage"):
        return pd.DataFrame({"touchpoint": pd.Series(dtype=object), "late_n": [], "late_off": []})
    log = _with_furthest(client)
    counted = log.group_by("touchpoint").aggregate(late_n=log.count(), late_off=(log.furthest > log.stage_order).fill_null(False).sum())
    return counted.to_pandas()


def _with_furthest(client: Client) -> ibis.Table:
    """Touches in order, each with the furthest stage that its journey had touched by then."""
    log = stage_log(client)
    return log.mutate(furthest=log.stage_order.max().over(ibis.cumulative_window(group_by="case", order_by="position")))


@once_per_client
def stages_against_design(client: Client) -> pd.DataFrame:
    """How often each stage is skipped, and how often journeys go back to it.

    Parameters
    ----------
    client : Client
        With ``interactions`` and ``touchpoints.stage``.

    Returns
    -------
    pandas.DataFrame
        A row a stage: ``stage``; ``n_beyond`` journeys that touch a later stage, ``n_skipped`` of them that never touch this
        one, ``skipped`` (share) with ``skipped_low``, ``skipped_high``; ``n_touching`` journeys that touch it, ``n_back`` of them that do so after a
        later stage, ``back`` with ``back_low``, ``back_high``. Intervals are Wilson's.
    """
    client.require("interactions", "touchpoints.stage")
    if not n_journeys(client):
        return pd.DataFrame(columns=_COLUMNS)
    log = _with_furthest(client)
    stages = stages_touched(client)
    by_case = log.group_by("case").aggregate(
        last=log.stage_order.max(),
        **{f"touches_{i}": (log.activity == stage).any() for i, stage in enumerate(stages)},
        **{f"back_{i}": ((log.activity == stage) & (log.furthest > log.stage_order)).any() for i, stage in enumerate(stages)},
    )
    measures = {}
    for i, stage in enumerate(stages):
        beyond, touches = by_case["last"] > STAGES.index(stage), by_case[f"touches_{i}"]
        measures |= {
            f"beyond_{i}": beyond.sum(),
            f"skipped_{i}": (beyond & ~touches).sum(),
            f"touching_{i}": touches.sum(),
            f"went_back_{i}": by_case[f"back_{i}"].sum(),
        }
    row = by_case.aggregate(**measures).to_pandas().iloc[0].fillna(0).astype(int)
    rows = []
    for i, stage in enumerate(stages):
        skipped, back = shares.share(row[f"skipped_{i}"], row[f"beyond_{i}"]), shares.share(row[f"went_back_{i}"], row[f"touching_{i}"])
        rows.append((stage, row[f"beyond_{i}"], row[f"skipped_{i}"], *skipped[:3], row[f"touching_{i}"], row[f"went_back_{i}"], *back[:3]))
    return pd.DataFrame(rows, columns=_COLUMNS)


_COLUMNS = [
    "stage", "n_beyond", "n_skipped", "skipped", "skipped_low", "skipped_high", "n_touching", "n_back", "back", "back_low", "back_high",
]  # fmt: skip
