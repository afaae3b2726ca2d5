"""The exhibits of step 1 on stages: the funnel, where journeys stopped, how long going on takes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.charts.stage_flow import draw_funnel, draw_time_to_next
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods import shares
from cvclib.methods import survival as sv
from cvclib.methods.estimate import Estimate
from cvclib.steps.journeys import RULE, n_journeys
from cvclib.steps.process_questions import CAPTIONS, cannot_show, p_text
from cvclib.steps.stage_flow import drop_offs, leakiest, leaks, stage_funnel, time_to_next_stage
from cvclib.wording import interval, joined, label, number, with_evidence


def funnel(client: Client, *, horizon_days: float = 90) -> Figure | Gap | Reading:
    """How many journeys reach each stage, in strict order and in any.

    Parameters
    ----------
    client : Client
    horizon_days : float
        Passed on to the comparison that marks the leakiest step.
    """
    if cannot := cannot_show(client, "stages"):
        return cannot
    leak = leakiest(leaks(client, horizon_days=horizon_days))
    frame = stage_funnel(client).assign(marked=lambda t: t["stage"] == (leak.next_stage if leak is not None else ""))
    units = {c: "count" if c in ("n", "n_any") else "share" for c in frame.columns[1:-1]}
    labels = {"n": "In strict order", "share": "of the first stage", "low": "95% from", "high": "to", "conversion": "of the stage before", "conversion_low": "from",
              "conversion_high": "to ", "n_any": "In any order", "share_any": "of all journeys", "low_any": "95% from ", "high_any": "to  "}  # fmt: skip
    data = Table(frame.drop(columns="marked").assign(stage=frame["stage"].map(label)), "The funnel in numbers", units, labels, RULE)
    reached = [f"{label(r.stage)} {r.n:,}" for r in frame.itertuples()]
    marked = f" The step into {leak.next_stage} loses most." if leak is not None else ""
    return Figure(
        draw_funnel(frame), CAPTIONS["funnel"], f"Journeys that reach each stage in strict order: {joined(reached)}.{marked}", data
    )


def read_funnel(client: Client, *, horizon_days: float = 90) -> Reading | None:
    """The leakiest step in words, or that none stands out."""
    if cannot_show(client, "stages"):
        return None
    frame, steps = stage_funnel(client), leaks(client, horizon_days=horizon_days)
    if steps.empty:
        return Reading("Fewer than two stages are reached, so there is no step from stage to stage to compare.")
    leak = leakiest(steps)
    if leak is None:
        text = "No step from stage to stage loses significantly more journeys than the others."
    else:
        on = with_evidence(shares.share(int(leak.n_on), int(leak.n)), "share")
        text = (
            f"Of the journeys that reach {leak.stage}, {on} went on to {leak.next_stage} by the end of the period, against {number(leak.others, 'share')} "
            f"over the other steps up to ownership (p {p_text(leak.p_value)}, adjusted): the leakiest step."
        )
    first = frame.iloc[0]
    skipped = shares.share(n_journeys(client) - int(first.n), n_journeys(client))
    if skipped.value > 0.005:
        text += f" {with_evidence(skipped, 'share')} of journeys never touch {first.stage} and stand outside the strict funnel; the diamonds show them."
    return Reading(text)


def drop_off_table(client: Client, *, most: int = 3) -> Table | Gap | Reading:
    """The touchpoints at which journeys that went no further were seen last.

    Parameters
    ----------
    client : Client
    most : int
        Touchpoints listed for each stage; the rest are gathered.
    """
    if cannot := cannot_show(client, "stages"):
        return cannot
    frame, minimum = drop_offs(client), client.params.report.minimum_group
    rows = []
    for (stage, following), group in frame.groupby(["stage", "next_stage"], sort=False):
        kept = group[group["n"] >= minimum].head(most)
        rows += [(f"{label(stage)}, not {following}", r.touchpoint, r.n, r.share) for r in kept.itertuples()]
        rest = int(group["n"].sum() - kept["n"].sum())
        if rest:
            enough = rest >= minimum
            rows.append(
                (
                    f"{label(stage)}, not {following}",
                    f"other ({len(group) - len(kept)})",
                    rest if enough else None,
                    rest / group["n"].sum() if enough else None,
                )
            )
    if not rows:
        return Reading("Every journey that reached a stage also reached the next one.")
    table = pd.DataFrame(rows, columns=["stage", "touchpoint", "n", "share"])
    labels = {"stage": "Reached", "touchpoint": "Last seen at", "n": "Journeys", "share": "Share of those that went no further"}
    return Table(
        table,
        CAPTIONS["drop_offs"],
        {"n": "count", "share": "share"},
        labels,
        "Journeys still under way at the end of the period count too.",
    )


def read_drop_off_table(client: Client) -> Reading | None:
    """Where most of those who stopped were seen last, in words."""
    if cannot_show(client, "stages"):
        return None
    frame = drop_offs(client)
    before = frame[frame["next_stage"].isin(("consideration", "purchase"))]
    frame = before if len(before) else frame
    if frame.empty:
        return None
    last = frame.loc[frame["n"].idxmax()]
    group = int(frame.loc[frame["stage"] == last.stage, "n"].sum())
    return Reading(
        f"Of the journeys that reached {last.stage} and not {last.next_stage}, {with_evidence(shares.share(int(last.n), group), 'share')} "
        f"were seen last at {last.touchpoint}."
    )


def next_stage_curves(client: Client, *, horizon_days: float = 90) -> Figure | Gap | Reading:
    """How long going on to the next stage takes, the unfinished counted as censored.

    Parameters
    ----------
    client : Client
    horizon_days : float
        Where the axis ends.
    """
    if cannot := cannot_show(client, "stages"):
        return cannot
    curves = time_to_next_stage(client)
    if not curves:
        return Reading("Fewer than two stages are reached, so there is no time to the next stage to estimate.")
    frame = _next_stage_frame(client, horizon_days)
    units = {
        "n": "count",
        "median": "days",
        "low": "days",
        "high": "days",
        "within": "share",
        "within_low": "share",
        "within_high": "share",
    }
    labels = {"n": "Journeys", "median": "Half have gone on after", "low": "95% from", "high": "to", "within": f"gone on within {horizon_days:,.0f} days",
              "within_low": "95% from ", "within_high": "to "}  # fmt: skip
    data = Table(frame, "Time to the next stage in numbers", units, labels, "A dash: fewer than half go on within what was observed.")
    alt = "; ".join(f"{r.step}: {number(r.within, 'share')} within {horizon_days:,.0f} days" for r in frame.itertuples()) + "."
    return Figure(draw_time_to_next(curves, horizon_days), CAPTIONS["times"], alt, data)


def read_next_stage_curves(client: Client, *, horizon_days: float = 90) -> Reading | None:
    """The slowest step in words."""
    if cannot_show(client, "stages"):
        return None
    frame = _next_stage_frame(client, horizon_days).dropna(subset=["median"])
    if frame.empty:
        return Reading("At no step had half of the journeys gone on by the end of the period, so no median time can be given.")
    slow = frame.loc[frame["median"].idxmax()]
    time = Estimate(slow["median"], slow["low"], slow["high"], int(slow["n"]))
    ends = interval(time, "days") if np.isfinite(time.high) else f"{number(time.low, 'days')} or more"
    return Reading(
        f"{slow.step} takes longest: half have gone on after {number(time.value, 'days')} (95% interval {ends}, n = {time.n:,}); "
        f"within {horizon_days:,.0f} days, {number(slow.within, 'share')} have."
    )


def _next_stage_frame(client: Client, horizon_days: float) -> pd.DataFrame:
    rows = []
    steps = leaks(client, horizon_days=horizon_days).set_index(["stage", "next_stage"])
    for pair, curve in time_to_next_stage(client).items():
        half, on = sv.time_until(curve), steps.loc[pair]
        rows.append(
            (f"{label(pair[0])} to {pair[1]}", half.n, half.value, half.low, half.high, on["within"], on["within_low"], on["within_high"])
        )
    return pd.DataFrame(rows, columns=["step", "n", "median", "low", "high", "within", "within_low", "within_high"])
