"""Waiting and capacity, as the reader sees it: waits before and after, the reading, the finding."""

from __future__ import annotations

import pandas as pd

from cvclib.charts import what_if as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods.estimate import Estimate
from cvclib.steps.capacity import LATE_SHARE, Queue, queues
from cvclib.steps.questions import Question, exhibit_of, findings_of, reading_of
from cvclib.wording import joined, number, p_words

STEP = "continuous_improvement"
CAPTION = "The wait for an answer, now and with more capacity"
QUESTION = Question(
    "What would more capacity do to the wait?",
    ("tickets.first_response_at",),
    "Tickets with the time of their first answer show how busy the desk is, and how much shorter the wait would be with more hands.",
)
BUSY_FROM = 0.8  # from here on a little more capacity shortens the wait much


@exhibit_of(QUESTION, STEP)
def capacity_chart(client: Client, *, more: float = 0.10, people: int = 1) -> Figure | Gap | Reading:
    """The mean wait of each desk where tickets wait for each other, and what it would be with more capacity."""
    found = queues(client, more=more, people=people)
    shown = [queue for queue in found if queue.queues]
    if not shown:
        return Reading(_no_queue(found))
    rows = pd.DataFrame([_row(queue) for queue in shown])
    days = rows["before"].max() > 72
    scale, unit = (24, "days") if days else (1, "hours")
    timed = [c for c in rows if c.startswith(("before", "after"))]
    rows[timed] /= scale

    def says(value: float) -> str:
        return number(value, unit)

    return Figure(
        charts.before_and_after(
            rows, title="Mean wait until the first answer, with 95% interval", says=says, words=("Now", f"With {_added(more, people)}"),
        ),
        caption=CAPTION,
        alt="; ".join(f"{r['name']}: {says(r['before'])} now, {says(r['after'])} then" for _, r in rows.iterrows()) + ".",
        data=_table(rows, unit, shown),
    )  # fmt: skip


@reading_of(QUESTION)
def capacity_reading(client: Client, *, more: float = 0.10, people: int = 1) -> Reading | None:
    """How busy the desk is, what more capacity would bring, and when not to believe it."""
    shown = [queue for queue in queues(client, more=more, people=people) if queue.queues]
    if not shown:
        return None
    queue = shown[0]
    result = queue.result
    text = (
        f"{queue.group}: {number(result.arrivals.value * 168, 'number', decimals=1)} come in a week and wait {_hours(result.wait)}, so that by Little's law "
        f"{number(result.in_queue.value, 'number', decimals=1)} wait at a moment. That is the wait of a desk {number(result.busy.value, 'share', decimals=0)} busy; "
        f"with {_added(more, people)} it would be {_hours(result.after)}, {_change(result.change)}."
    )
    if any(q.unanswered > LATE_SHARE for q in shown):
        text += f" {number(queue.unanswered, 'share')} were not answered by the period's end, so that waits are longer than shown."
    if not all(q.steady for q in shown):
        names = joined([q.group for q in shown if not q.steady])
        text += f" For {names} the period is short against the queue's memory, so that the intervals are somewhat too narrow."
    return Reading(f"{text} Closed hours count as waiting: where nights and weekends make up most of the wait, expect less.")


@findings_of(QUESTION)
def capacity_findings(client: Client, *, more: float = 0.10, people: int = 1) -> list[Finding]:
    """Desks surely so busy that a little more capacity shortens the wait much."""
    findings = []
    for queue in queues(client, more=more, people=people):
        result = queue.result
        if not (queue.queues and queue.steady and result.busy.low >= BUSY_FROM):
            continue
        claim = f"{queue.group}: {_added(more, people)} would shorten the wait for an answer from {_hours(result.wait, plain=True)} to {_hours(result.after, plain=True)}."
        evidence = (
            f"Change {_change(result.change)}; {number(result.busy.value, 'share', decimals=0)} busy. Tickets that find more others waiting wait longer "
            f"(rank correlation {number(queue.follows)}, corrected {p_words(queue.p_adjusted)}, n = {result.wait.n:,})."
        )
        action = "Add capacity at the hours when most come in, or take work away that need not come in."
        findings.append(Finding(STEP, claim, evidence, action, CAPTION, result.change, kind="chance"))
    return findings


def _row(queue: Queue) -> dict[str, object]:
    row: dict[str, object] = {"name": queue.group}
    for side, estimate in (("before", queue.result.wait), ("after", queue.result.after)):
        row |= {side: estimate.value, f"{side}_low": estimate.low, f"{side}_high": estimate.high}
    return row


def _table(rows: pd.DataFrame, unit: str, shown: list[Queue]) -> Table:
    frame = rows.assign(
        week=[q.result.arrivals.value * 168 for q in shown], queue=[q.result.in_queue.value for q in shown],
        busy=[q.result.busy.value for q in shown], n=[q.result.wait.n for q in shown],
    )  # fmt: skip
    ends = {f"{side}_{end}": words for side in ("before", "after") for end, words in (("low", "95% from"), ("high", "to"))}
    labels = {
        "name": "Desk",
        "week": "Tickets a week",
        "queue": "Waiting at a moment",
        "busy": "Busy",
        "before": "Wait now",
        "after": "Wait then",
        **ends,
    }
    timed = [c for c in rows if c != "name"]
    units = {**dict.fromkeys(timed, unit), "week": "number", "queue": "number", "busy": "share", "n": "count"}
    note = (
        "Mean time until the first answer. How busy the desk is follows from arrivals and waits (G/G/c after Allen and Cunneen, in the order of arrival; service "
        "times as varied as by chance). Only desks are shown where tickets that find more others waiting wait longer. The model misleads where most of "
        "the wait is closed hours, tickets jump the queue, or many give up."
    )
    columns = ["name", "week", *timed, "queue", "busy", "n"]
    return Table(frame[columns], f"{CAPTION}: in numbers", units, labels, note)


def _no_queue(found: list[Queue]) -> str:
    queue = found[0]
    return (
        f"Tickets wait {_hours(queue.result.wait)} for an answer, and {number(queue.result.in_queue.value, 'number', decimals=1)} wait at a moment (Little's law). "
        f"Those that find more others waiting are not seen to wait longer (rank correlation {number(queue.follows)}, n = {queue.result.wait.n:,}), so that "
        "they do not queue for capacity: more of it promises nothing. Look at what else they wait for, such as opening hours or who is asked."
    )


def _hours(estimate: Estimate, *, plain: bool = False) -> str:
    scale, unit = (24, "days") if estimate.value > 72 else (1, "hours")
    value = number(estimate.value / scale, unit)
    if plain:
        return value
    low, high = (number(end / scale, unit) for end in estimate[1:3])
    return f"{value} (95% interval {low.removesuffix(f' {unit}')} to {high})"


def _change(change: Estimate) -> str:
    scale, unit = (24, "days") if -change.value > 72 else (1, "hours")
    low, high = (number(-end / scale, unit) for end in (change.high, change.low))
    return f"{number(-change.value / scale, unit)} less ({low.removesuffix(f' {unit}')} to {high})"


def _added(more: float, people: int) -> str:
    return "one person more" if people > 1 else f"{more:.0%} more capacity"
