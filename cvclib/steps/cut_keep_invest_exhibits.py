"""What to cut, keep and invest in, as the reader sees it: figure, reading, findings."""

from __future__ import annotations

import pandas as pd

from cvclib.charts import classes as charts
from cvclib.charts.style import ACCENT, BAD, MUTED
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods.estimate import Estimate
from cvclib.steps.cut_keep_invest import CUT, INVEST, KEEP, NOT_SURE, cut_keep_invest
from cvclib.steps.questions import Question, exhibit_of, findings_of, reading_of
from cvclib.steps.touchpoint_value import touchpoint_costs
from cvclib.wording import joined, number

STEP = "continuous_improvement"
CAPTION = "What to cut, keep and invest in"
QUESTION = Question(
    "What should we cut, keep and invest in?",
    ("activities.annual_cost|interactions.cost", "interactions.touchpoint", "survey.touchpoint"),
    "The cost of each touchpoint beside how many customers it serves and how well they say it did shows where money is missed and where it is spent in "
    "vain.",
)
COLOURS = {CUT: BAD, KEEP: MUTED, INVEST: ACCENT}


@exhibit_of(QUESTION, STEP)
def cut_keep_invest_chart(client: Client, *, min_answers: int = 30) -> Figure | Gap | Reading:
    """Each touchpoint's share of cost and value, and how likely it is one to cut, keep or invest in."""
    frame = cut_keep_invest(client, min_answers=min_answers)
    words = "; ".join(f"{row.touchpoint}: {row.label}" for row in frame.itertuples())
    return Figure(
        charts.shares_and_classes(
            frame.rename(columns={"touchpoint": "name"}), colours=COLOURS, titles=("Share of the touchpoints together", "Probability of each class")
        ),
        caption=CAPTION, alt=f"{words}.", data=_table(client, frame),
    )  # fmt: skip


@reading_of(QUESTION)
def cut_keep_invest_reading(client: Client, *, min_answers: int = 30) -> Reading:
    """Which touchpoints are in which class, and what that does not say."""
    frame = cut_keep_invest(client, min_answers=min_answers)
    words = [
        f"{verb}: {joined([_with_probability(row, label) for row in frame[frame['label'] == label].itertuples()])}."
        for label, verb in ((CUT, "Cut"), (INVEST, "Invest in"), (KEEP, "Keep"))
        if (frame["label"] == label).any()
    ]
    if (frame["label"] == NOT_SURE).any():
        words.append(f"Cannot be told at 80%: {joined(frame.loc[frame['label'] == NOT_SURE, 'touchpoint'].tolist())}.")
    words.append("Value is what customers see of a touchpoint; before cutting one, make sure that nothing else rests on it.")
    return Reading(" ".join(words))


@findings_of(QUESTION)
def cut_keep_invest_findings(client: Client, *, min_answers: int = 30) -> list[Finding]:
    """What to invest in, and what to do for less, where both hold beyond chance over all touchpoints."""
    frame = cut_keep_invest(client, min_answers=min_answers)
    findings = []
    for label in (INVEST, CUT):
        for row in frame[frame["sure"] & (frame["label"] == label)].itertuples():
            findings.append(_finding(client, row, label))
    return findings


def _finding(client: Client, row: object, label: str) -> Finding:
    cost = number(row.annual_cost, "money", currency=client.params.currency)
    value = Estimate(row.value_share, row.value_low, row.value_high, int(row.n))
    if label == INVEST:
        claim = f"{row.touchpoint} earns more than it gets: {number(row.value_share, 'share', decimals=0)} of the value at {number(row.cost_share, 'share', decimals=0)} of the cost, and customers are less satisfied there."
        action = f"Move money to {row.touchpoint}."
    else:
        claim = f"{row.touchpoint} takes {number(row.cost_share, 'share', decimals=0)} of the cost and gives {number(row.value_share, 'share', decimals=0)} of the value."
        spared = row.surplus_low > 0  # customers would pay more elsewhere: it is not to go
        way = "Look for a cheaper way to do it" if spared else "Look for a cheaper way, or for what would make it needless"
        action = f"{way}: {cost} a year are spent on {row.touchpoint}."
    evidence = (
        f"Value share {number(row.value_share, 'share')} (95% interval {number(row.value_low, 'share')} to {number(row.value_high, 'share')}, n = {row.n:,} answers); "
        f"to {label} with probability {number(getattr(row, label), 'share', decimals=0)}. {row.reason}"
    )
    return Finding(STEP, claim, evidence, action, CAPTION, value, kind="chance" if label == INVEST else "problem")


def _with_probability(row: object, label: str) -> str:
    return f"{row.touchpoint} ({number(getattr(row, label), 'share', decimals=0)})"


def _table(client: Client, frame: pd.DataFrame) -> Table:
    money = ["surplus"] if frame["surplus"].notna().any() else []
    columns = ["touchpoint", "annual_cost", "cost_share", "value_share", "satisfaction", *money, "label", "reason", "n"]
    labels = {
        "annual_cost": "Cost a year", "cost_share": "Of the cost", "value_share": "Of the value", "satisfaction": "Satisfaction, of the scale",
        "surplus": "Alternative dearer by, a time", "label": "Class", "reason": "Why", "n": "Answers",
    }  # fmt: skip
    units = {
        "annual_cost": "money",
        **dict.fromkeys(("cost_share", "value_share", "satisfaction"), "share"),
        "surplus": "money",
        "n": "count",
    }
    basis = "activities" if touchpoint_costs(client).basis == "activities" else "what was booked on interactions"
    note = (
        f"Cost from {basis}; value is reach times satisfaction. Cut: the value share is below 0.8 of the cost share. Invest: it is above 1.25, and customers "
        "are less satisfied than with the others. A class is named from 80% probability on."
    )
    return Table(frame[columns], f"{CAPTION}: the reasons", units, labels, note, currency=client.params.currency)
