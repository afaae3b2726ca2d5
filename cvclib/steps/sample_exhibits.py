"""How many answers will show the next change, as the reader sees it: table, reading and findings."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from cvclib.client import Client
from cvclib.exhibits import Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods.estimate import Estimate
from cvclib.steps.initiative_words import STEP, metric_label, size
from cvclib.steps.next_change import SHARES, answers_needed
from cvclib.steps.questions import Question, exhibit_of, findings_of, reading_of
from cvclib.steps.value_map import MIN_ANSWERS
from cvclib.wording import interval, number

QUESTION = Question(
    "How many answers will show the next change?",
    ("survey.score",),
    "Survey answers show how much they vary, and so how many it takes to tell a change from chance.",
)


@exhibit_of(QUESTION, STEP)
def sample_table(
    client: Client, *, nps_change: float = 5.0, share_change: float = 0.05, score_change: float = 0.1, min_answers: int = MIN_ANSWERS
) -> Table | Gap | Reading:
    """Answers a period that it takes to see the next change of each survey score."""
    frame = answers_needed(client, nps_change=nps_change, share_change=share_change, score_change=score_change, min_answers=min_answers)
    rows = [
        {
            "score": metric_label(client, r.metric), "now": number(r.now, r.unit), "interval": interval(Estimate(r.now, r.low, r.high, r.answers), r.unit),
            "answers": r.answers, "change": number(r.change, r.unit, signed=True), "needed": r.needed,
            "smallest": size(r.smallest, r.unit), "target": number(r.target, r.unit), "needed_for_target": r.needed_for_target,
        }
        for r in frame.itertuples()
    ]  # fmt: skip
    return Table(
        pd.DataFrame(rows), caption="Answers needed to see the next change",
        units={"answers": "count", "needed": "count", "needed_for_target": "count"},
        labels={"interval": "95% interval", "answers": "Answers now", "change": "Change to see", "needed": "Answers needed",
                "smallest": "Smallest change seen with the answers now", "needed_for_target": "Answers to see the target reached"},
        note="Answers in each of the two periods compared, so that a true change is seen four times in five, at 5 false alarms in 100."
        + _boxes(client, frame["metric"]),
    )  # fmt: skip


def _boxes(client: Client, metrics: Iterable[str]) -> str:
    """Which answers count as satisfied: two questions with scales of their own are no two views of one share."""
    counted = {metric: getattr(client.params.scales, metric) for metric in metrics if metric in SHARES}
    return "".join(
        f" {metric_label(client, metric)}: share of answers {high - 1:g} and {high:g} on the scale from {low:g} to {high:g}."
        for metric, (low, high) in counted.items()
    )


@reading_of(QUESTION)
def sample_reading(
    client: Client, *, nps_change: float = 5.0, share_change: float = 0.05, score_change: float = 0.1, min_answers: int = MIN_ANSWERS
) -> Reading:
    """Which changes the answers there are would show."""
    frame = answers_needed(client, nps_change=nps_change, share_change=share_change, score_change=score_change, min_answers=min_answers)
    words = [
        f"{metric_label(client, r.metric)}: {r.answers:,} answers show a change of {size(r.smallest, r.unit)} or more; "
        f"{size(r.change, r.unit)} takes {r.needed:,.0f} a period."
        for r in frame.itertuples()
    ]
    return Reading(" ".join(words))


@findings_of(QUESTION)
def sample_findings(client: Client, *, min_answers: int) -> list[Finding]:
    """Targets that the answers there are could not show to be reached."""
    frame = answers_needed(client, min_answers=min_answers)
    short = frame[frame["needed_for_target"] > frame["answers"]]
    return [
        Finding(
            STEP,
            f"{r.answers:,} answers a period cannot show that {metric_label(client, r.metric)} has reached its target of {number(r.target, r.unit)}.",
            f"Now {number(r.now, r.unit)} ({number(r.low, r.unit)} to {number(r.high, r.unit)}); it takes {r.needed_for_target:,.0f} answers a period "
            "to see it four times in five.",
            "Ask more customers, or judge by a longer period.",
            "Answers needed to see the next change",
            Estimate(r.now, r.low, r.high, int(r.answers)),
        )
        for r in short.itertuples()
    ]
