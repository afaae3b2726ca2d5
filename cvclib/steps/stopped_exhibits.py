"""The exhibit of step 1 on journeys that did not go on: what they did instead."""

from __future__ import annotations

import pandas as pd

from cvclib.charts.fates import draw_fates
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods import shares
from cvclib.privacy import suppress_small
from cvclib.steps.process_questions import CAPTIONS, cannot_show
from cvclib.steps.stage_flow import drop_offs
from cvclib.steps.stopped import FATES, fates
from cvclib.wording import joined, label, number, with_evidence

NOTE = (
    "Each journey has one fate, the first that fits. Skipped ahead: a stage beyond the next one was touched instead. Still within their time: the stage "
    "was reached less than the usual time before the period's end, the time in which nine in ten of those who go on have done so. Went back: the last touch "
    "lies in an earlier stage. Fell silent: none of these."
)


def fate_bars(client: Client, *, horizon_days: float = 90) -> Figure | Gap | Reading:
    """What became of the journeys that reached each stage.

    Parameters
    ----------
    client : Client
    horizon_days : float
        The usual time of a step that too few journeys made.
    """
    if cannot := cannot_show(client, "stages"):
        return cannot
    frame = fates(client, horizon_days=horizon_days)
    if frame.empty:
        return Reading("Fewer than two stages are reached, so no journey could stop between them.")
    alt = "; ".join(f"{label(r.stage)} to {r.next_stage}: {_told(r.rows)}" for r in _steps(frame)) + "."
    return Figure(draw_fates(frame, FATES), CAPTIONS["fates"], alt, _data(client, frame))


def _data(client: Client, frame: pd.DataFrame) -> Table:
    shown = frame[frame["n"] > 0].assign(
        step=lambda t: t["stage"].map(label) + " to " + t["next_stage"], fate=lambda t: t["fate"].map(FATES).map(label)
    )
    shown = suppress_small(
        shown[["step", "fate", "n", "share", "low", "high", "silent_days", "usual_days"]], minimum=client.params.report.minimum_group,
        keep=("step", "fate", "usual_days"),
    )  # fmt: skip
    units = {"n": "count", "share": "share", "low": "share", "high": "share", "silent_days": "days", "usual_days": "days"}
    labels = {
        "fate": "What became of them",
        "n": "Journeys",
        "low": "95% from",
        "high": "to",
        "silent_days": "Last seen, days before the end (median)",
        "usual_days": "Usual time",
    }
    return Table(shown, "What became of journeys in numbers", units, labels, NOTE)


class _Step:
    """A step from one stage to the next, its fates by name."""

    def __init__(self, stage: str, next_stage: str, rows: pd.DataFrame) -> None:
        self.stage, self.next_stage, self.rows = stage, next_stage, rows.set_index("fate")
        self.n = int(rows["n"].sum())
        self.gone = self.n - int(self.rows.loc["went_on", "n"])


def _steps(frame: pd.DataFrame) -> list[_Step]:
    return [_Step(*names, rows) for names, rows in frame.groupby(["stage", "next_stage"], sort=False)]


def _told(rows: pd.DataFrame) -> str:
    return joined([f"{number(r.share, 'share')} {FATES[r.Index]}" for r in rows.itertuples() if r.n])


def read_fate_bars(client: Client, *, horizon_days: float = 90) -> Reading | None:
    """What most of those did that did not go on, at the step that lost most of them."""
    if cannot_show(client, "stages"):
        return None
    steps = [s for s in _steps(fates(client, horizon_days=horizon_days)) if s.gone >= client.params.report.minimum_group]
    sales = [s for s in steps if s.next_stage in ("consideration", "purchase")]
    if not steps:
        return (
            None
            if fates(client, horizon_days=horizon_days).empty
            else Reading("Nearly every journey that reached a stage also reached the next one.")
        )
    step = max(sales or steps, key=lambda s: s.gone)
    rows = step.rows.drop("went_on").sort_values("n", ascending=False, kind="stable")
    first = rows.iloc[0]
    text = (
        f"Of the {step.gone:,} journeys that reached {step.stage} and did not go on to {step.next_stage}, "
        f"{with_evidence(shares.share(int(first.n), step.gone), 'share')} {FATES[rows.index[0]]}"
    )
    if rows.index[0] == "silent":
        text += f"; half of these were last seen {number(first.silent_days, 'days', decimals=0)} or longer before the period's end"
    others = [
        f"{number(r.n / step.gone, 'share')} {FATES[r.Index]}"
        for r in rows.iloc[1:].itertuples()
        if r.n >= client.params.report.minimum_group
    ]
    text += f". The others: {joined(others)}." if others else "."
    last = drop_offs(client)
    last = last[(last["stage"] == step.stage) & (last["next_stage"] == step.next_stage)]
    if len(last):
        top = last.loc[last["n"].idxmax()]
        text += f" Most were last seen at {top.touchpoint} ({number(top.share, 'share')})."
    return Reading(text)
