"""The transition with most to gain, as the reader sees it: figure, reading, finding."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.charts import what_if as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods.estimate import Estimate
from cvclib.steps.journey_gain import PURCHASE, JourneyGain, journey_gain
from cvclib.steps.questions import Question, exhibit_of, findings_of, reading_of
from cvclib.wording import joined, number

STEP = "continuous_improvement"
CAPTION = "Where a few more going on would bring most purchases"
QUESTION = Question(
    "Where in the journey would more going on bring most purchases?",
    ("interactions", "touchpoints.stage"),
    "A log of touches with the stage of each touchpoint shows how many purchases each step of the journey has to gain.",
)
MOST_SHOWN = 12


@exhibit_of(QUESTION, STEP)
def journey_gain_chart(client: Client, *, by: float = 0.05) -> Figure | Gap | Reading:
    """What each step before the first purchase brings when more take it instead of stopping."""
    found = journey_gain(client, by=by)
    shown = found.frame.head(MOST_SHOWN)
    unit = "money" if found.basis else "sales"
    rows = pd.DataFrame({"name": _names(shown), "value": shown[unit], "low": shown[f"{unit}_low"], "high": shown[f"{unit}_high"]})
    leaders = found.frame["best"] == 1

    def says(value: float) -> str:
        return number(value, "money", currency=client.params.currency, decimals=0) if found.basis else number(value, "count")

    what = f"{found.basis.capitalize()} a year" if found.basis else "Purchases a year"
    return Figure(
        charts.tornado(
            rows.assign(seen=leaders.head(MOST_SHOWN)), says=says,
            title=f"{what} more, with 95% interval (grey: surely not the largest)" if not leaders.all() else f"{what} more, with 95% interval",
        ),
        caption=CAPTION,
        alt=f"{rows['name'][0]} brings most: {says(rows['value'][0])} ({says(rows['low'][0])} to {says(rows['high'][0])}) a year.",
        data=_table(client, found, by),
    )  # fmt: skip


@reading_of(QUESTION)
def journey_gain_reading(client: Client, *, by: float = 0.05) -> Reading:
    """The step with most to gain, what may as well be it, and what the sum rests on."""
    found = journey_gain(client, by=by)
    top, leaders = found.frame.iloc[0], found.frame[found.frame["best"] == 1]
    words = [
        f"{number(found.base.value, 'share')} of the journeys come to a purchase (95% interval {number(found.base.low, 'share')} to "
        f"{number(found.base.high, 'share')}, n = {found.base.n:,}). {_gain_words(client, found, top)}"
    ]
    if len(leaders) > 1:
        words.append(f"Which step has most to gain cannot be told: it may also be {joined(_names(leaders.iloc[1:5]), 'or')}.")
    words.append(
        "That those who are kept then go on like the others is assumed; whoever had to be kept may well buy less often, so take it as the most there is "
        "to gain."
    )
    return Reading(" ".join(words))


@findings_of(QUESTION)
def journey_gain_findings(client: Client, *, by: float = 0.05) -> list[Finding]:
    """The step with most to gain, where it stands alone beyond chance."""
    found = journey_gain(client, by=by)
    top, leaders = found.frame.iloc[0], found.frame[found.frame["best"] == 1]
    if len(leaders) > 1:
        return []
    claim = f"Of all steps before the purchase, {_names(found.frame.head(1))[0]} has most to gain."
    evidence = (
        f"{_gain_words(client, found, top)} Ahead of the others with 95% probability, for all steps together; {top['n']:,} moves seen."
    )
    action = f"Find out why customers stop at {top['source']}, and try there first what keeps them."
    estimate = Estimate(float(top["sales"]), float(top["sales_low"]), float(top["sales_high"]), int(top["n"]))
    stake = float(top["money"]) if np.isfinite(top["money"]) else None
    return [Finding(STEP, claim, evidence, action, CAPTION, estimate, stake, kind="chance")]


def _gain_words(client: Client, found: JourneyGain, row: pd.Series) -> str:
    text = (
        f"Were {number(row['taken'] * 100, 'number', decimals=0)} of 100 at {row['source']} to go on to "
        f"{_target(row['target'])} instead of stopping ({number(row['stops'], 'share')} stop there), {number(row['sales'], 'count')} more "
        f"purchases a year would follow (95% interval {number(row['sales_low'], 'count')} to {number(row['sales_high'], 'count')})"
    )
    if found.basis:
        low, high = (number(row[end], "money", currency=client.params.currency, decimals=0) for end in ("money_low", "money_high"))
        text += f", {number(row['money'], 'money', currency=client.params.currency, decimals=0)} of {found.basis} ({low} to {high})"
    return f"{text}."


def _target(target: str) -> str:
    return "the purchase" if target == PURCHASE else target


def _names(frame: pd.DataFrame) -> list[str]:
    return [f"{source} to {_target(target)}" for source, target in zip(frame["source"], frame["target"], strict=True)]


def _table(client: Client, found: JourneyGain, by: float) -> Table:
    money = ["money", "money_low", "money_high"] if found.basis else []
    frame = found.frame.assign(target=found.frame["target"].map(_target))
    columns = ["source", "target", "now", "stops", "sales", "sales_low", "sales_high", *money, "n"]
    labels = {
        "source": "From", "target": "To", "now": "Go this way", "stops": "Stop", "sales": "Purchases more a year", "sales_low": "95% from",
        "sales_high": "to", "money": f"{found.basis.capitalize()} more a year", "money_low": "95% from", "money_high": "to", "n": "Moves seen",
    }  # fmt: skip
    units = {
        **dict.fromkeys(("now", "stops"), "share"), **dict.fromkeys(("sales", "sales_low", "sales_high", "n"), "count"),
        **dict.fromkeys(money, "money"),
    }  # fmt: skip
    worth = f" A purchase is taken at the mean {found.basis} of an order." if found.basis else ""
    note = (
        f"Up to {by:.0%} of those at the touchpoint go this way instead of stopping; at most as many as stop. First-order Markov chain, solved exactly on "
        f"the journeys that begin in the period.{worth}"
    )
    return Table(frame[columns].head(MOST_SHOWN), f"{CAPTION}: the steps in numbers", units, labels, note, currency=client.params.currency)
