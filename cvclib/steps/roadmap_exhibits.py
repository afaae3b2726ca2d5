"""What is to be done, by whom, as the reader sees it: the roadmap and its reading."""

from __future__ import annotations

import pandas as pd

from cvclib.client import Client
from cvclib.exhibits import Reading, Table
from cvclib.findings import Gap
from cvclib.steps.initiative_words import STEP, metric_label, short, status_words, unit_of
from cvclib.steps.initiatives import roadmap
from cvclib.steps.next_look import next_look
from cvclib.steps.questions import Question, exhibit_of, reading_of
from cvclib.steps.value_map import MIN_ANSWERS
from cvclib.wording import joined, number

QUESTION = Question(
    "What is to be done, by whom?",
    ("initiatives",),
    "The list of initiatives, planned and running, shows which opportunities nobody works on.",
)
EITHER = Question(QUESTION.asks, ("initiatives|attribute_ratings.performance",), QUESTION.brings)


@exhibit_of(EITHER, STEP)
def roadmap_table(client: Client, *, min_answers: int = MIN_ANSWERS) -> Table | Gap | Reading:
    """Initiatives with target, owner, cost, expected change and status, and proposals for what none addresses."""
    frame = roadmap(client, min_answers=min_answers)
    shown = frame.assign(
        target=[
            f"{target} ({addresses})" if isinstance(target, str) else addresses
            for target, addresses in zip(frame["target"], frame["addresses"], strict=True)
        ],
        expected_change=[_expected(client, x, m) for x, m in zip(frame["expected_change"].astype(float), frame["metric"], strict=True)],
        cost=frame["cost"].astype(float),
        status=[status_words(status, start) for status, start in zip(frame["status"], frame["started_at"], strict=True)],
    )
    shown["look"] = [_look(client, row) for _, row in frame.iterrows()]
    columns = ["initiative", "status", "target", "expected_change", "cost", "owner", "look"]
    return Table(
        shown[columns], caption="Roadmap", units={"cost": "money"}, currency=client.params.currency,
        labels={"expected_change": "Expected change", "status": "Status, start", "look": "Next look"},
        note="Expected change: of the metric named, percentage points where it is a share. Proposed: opportunities that no initiative names as its target; an initiative at a touchpoint may still serve one. "
             "Next look: the day from which the expected change would be seen four times in five, at the rate of records of this period.",
    )  # fmt: skip


@reading_of(EITHER)
def roadmap_reading(client: Client, *, min_answers: int = MIN_ANSWERS) -> Reading:
    """What lies ahead, what it costs, and what nobody works on."""
    frame = roadmap(client, min_answers=min_answers)
    ahead, proposed = frame[frame["status"].isin(["planned", "running"])], frame[frame["status"] == "proposed"]
    cost = number(float(ahead["cost"].astype(float).sum()), "money", currency=client.params.currency)
    if client.has("initiatives"):
        words = [f"{len(ahead)} initiative{'' if len(ahead) == 1 else 's'} planned or running, at {cost} in all."]
    else:
        words = ["No initiatives are supplied: what stands here is proposed."]
    if unowned := ahead.loc[ahead["owner"].isna(), "initiative"].tolist():
        words.append(f"Without an owner: {joined(unowned)}.")
    if len(proposed):
        words.append(f"No initiative names as its target: {joined(proposed['target'].tolist())}.")
    return Reading(" ".join(words))


def _expected(client: Client, change: float, metric: str | None) -> str | None:
    name = metric_label(client, metric)
    told = None if pd.isna(change) else short(change, unit_of(client, metric))
    return ": ".join(part for part in (name, told) if isinstance(part, str)) or None


def _look(client: Client, row: pd.Series) -> str | None:
    if row["status"] in ("done", "stopped", "proposed"):
        return None
    day, needed = next_look(client, row)
    return day.isoformat() if day else f"not within three years ({needed:,} records)" if needed else None
