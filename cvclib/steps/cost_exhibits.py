"""Exhibits, readings and findings of cost against value, and of what a touchpoint is worth to the customer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from cvclib.charts import cost_value as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods.estimate import Estimate
from cvclib.methods.value_index import TOLERANCE
from cvclib.steps.questions import exhibit_of, findings_of, reading_of
from cvclib.steps.touchpoint_value import NOT_SURE, cost_and_value, touchpoint_costs, value_to_the_customer
from cvclib.steps.value_map import MIN_ANSWERS
from cvclib.steps.value_questions import ALPHA, QUESTIONS, STEP
from cvclib.wording import interval, joined, number, with_evidence

COST_AND_VALUE = "Share of the cost against share of the value, by touchpoint"
WORTH = "What it costs the company, and what it is worth to the customer"
DEAR, CHEAP = "costs more than it brings", "brings more than it costs"
MOST_FINDINGS = 3
TIMES = (("", "a time"), ("annual_", "a year"), ("customer_", "a customer who met it"))  # prefix of the columns, and words


@exhibit_of(QUESTIONS["cost"], STEP)
def cost_value_chart(client: Client, *, tolerance: float = TOLERANCE, min_answers: int = MIN_ANSWERS) -> Figure | Gap | Reading:
    """Share of the cost against share of the value, touchpoint by touchpoint."""
    frame = cost_and_value(client, tolerance=tolerance, min_answers=min_answers)
    dear = frame.loc[frame["verdict"] == DEAR, "touchpoint"].tolist()
    source = "activity-based" if touchpoint_costs(client).basis == "activities" else "as booked on the interactions"
    table = frame[["touchpoint", "reach", "satisfaction", "cost_share"]].assign(
        value=_with_interval(frame, ("value_share", "low", "high"), lambda x: number(x, "share")),
        index=_with_interval(frame, ("index", "index_low", "index_high"), lambda x: number(x, "index")),
        verdict=frame["verdict"], n=frame["n"],
    )  # fmt: skip
    return Figure(
        charts.cost_and_value(frame, tolerance),
        caption=COST_AND_VALUE,
        alt=f"Of {len(frame)} touchpoints these surely cost more than they bring, beyond the tolerance: {joined(dear) or 'none'}.",
        data=Table(
            table,
            caption="Cost and value of each touchpoint",
            units={**dict.fromkeys(["reach", "satisfaction", "cost_share"], "share"), "n": "count"},
            labels={"reach": "Reached", "satisfaction": "Satisfaction, 0 to 100%", "value": "Value share (95% interval)",
                    "index": "Value index (95% interval)"},
            note=f"Value: customers reached times their satisfaction. Cost: {source}. Only touchpoints with both; shares are over these. In "
                 f"balance with cost share x is a value share between √(x² − q²) and √(x² + q²), q = {number(tolerance, 'share', decimals=0)}; "
                 "a verdict is given where the whole interval agrees, corrected over the touchpoints.",
        ),
    )  # fmt: skip


@reading_of(QUESTIONS["cost"])
def cost_value_reading(client: Client, *, tolerance: float = TOLERANCE, min_answers: int = MIN_ANSWERS) -> Reading:
    """Which touchpoints stand outside the zone of balance, interval and all."""
    frame = cost_and_value(client, tolerance=tolerance, min_answers=min_answers)
    words = []
    for verdict in (DEAR, CHEAP):
        named = [
            f"{r.touchpoint} ({number(r.cost_share, 'share')} of the cost, {number(r.value_share, 'share')} of the value, "
            f"95% interval {number(r.low, 'share')} to {number(r.high, 'share')})"
            for r in frame[frame["verdict"] == verdict].itertuples()
        ]
        if named:
            words.append(f"{verdict.capitalize()}: {joined(named)}.")
    if open_ := frame.loc[frame["verdict"] == NOT_SURE, "touchpoint"].tolist():
        words.append(f"Too near an edge of the zone to tell: {joined(open_)}.")
    return Reading(
        " ".join(words) or f"All {len(frame)} touchpoints cost about what they bring, within the tolerance and what the answers can tell."
    )


@exhibit_of(QUESTIONS["worth"], STEP)
def worth_chart(client: Client) -> Figure | Gap | Reading:
    """What a touchpoint costs the company against what its next best alternative would cost the customer."""
    frame, currency = value_to_the_customer(client), client.params.currency
    top = frame.iloc[0]
    money = _money(currency)
    table = pd.DataFrame(
        {
            "touchpoint": frame["touchpoint"],
            "cost": _with_interval(frame, ("cost", "low", "high"), money),
            "full_cost": _with_interval(frame, ("full_cost", "full_low", "full_high"), money),
            "alternative": frame["alternative"],
            "surplus": _with_interval(frame, ("surplus", "surplus_low", "surplus_high"), money),
            "ratio": frame["ratio"],
        }
    )
    return Figure(
        charts.worth(frame, currency=currency),
        caption=WORTH,
        alt=f"{top['touchpoint']} costs {money(top['cost'])} a time; the customer would else pay {money(top['alternative'])}.",
        data=Table(
            table, caption="Value to the customer against the next best alternative, a time", currency=currency,
            units={"alternative": "money", "ratio": "index"},
            labels={"cost": "Cost (95% interval)", "full_cost": "Full cost (95% interval)", "surplus": "Surplus (95% interval)",
                    "ratio": "Alternative ÷ cost"},
            note="Cost as booked on the interactions, where nothing is booked the full cost. Full cost: all activities behind it over the times it "
                 "was met; its interval is that of the count. What an alternative costs is the most that not having to buy it is worth; it is "
                 "given, not sampled.",
        ),
    )  # fmt: skip


@reading_of(QUESTIONS["worth"])
def worth_reading(client: Client) -> Reading:
    """Where a small cost is a great value, and where the alternative would be cheaper."""
    frame, money = value_to_the_customer(client), _money(client.params.currency)
    words = []
    if frame["surplus_low"].iloc[0] > 0:
        top = frame.iloc[0]
        words.append(
            f"{top['touchpoint']} costs {money(top['cost'])} a time (95% interval {money(top['low'])} to {money(top['high'])}) and saves the "
            f"customer {money(top['alternative'])}: {top['ratio']:.1f} times as much. In a year that is {money(top['annual_surplus'])} more than it "
            f"costs ({money(top['annual_surplus_low'])} to {money(top['annual_surplus_high'])}), {money(top['customer_surplus'])} for each of the "
            f"{top['customers']:,} customers who met it in the period."
        )
    if behind := frame.loc[frame["booked"] & (frame["full_low"] > frame["alternative"]) & (frame["surplus"] > 0), "touchpoint"].tolist():
        words.append(f"Counting all activities behind them, these surely cost more than the alternative: {joined(behind)}.")
    if dear := frame.loc[frame["surplus_high"] < 0, "touchpoint"].tolist():
        words.append(f"Dearer than the customer's own alternative: {joined(dear)}.")
    return Reading(" ".join(words) or "No touchpoint surely costs less, or more, than the customer's own alternative.")


@exhibit_of(QUESTIONS["worth"], STEP)
def worth_table(client: Client) -> Table | Gap | Reading:
    """The same a time, a year and a customer: what it costs the company, what it would cost the customer, and the difference."""
    frame, currency = value_to_the_customer(client), client.params.currency
    money = _money(currency)
    rows = []
    for row in frame.to_dict("records"):
        for (prefix, per), times in zip(TIMES, (1.0, row["times_a_year"], row["times_a_customer"]), strict=True):
            ends = (row[f"{prefix}surplus{end}"] for end in ("", "_low", "_high"))
            rows.append(
                (row["touchpoint"], per, _times(times), row["cost"] * times, row["alternative"] * times, _one_with_interval(*ends, money))
            )
    return Table(
        pd.DataFrame(rows, columns=["touchpoint", "per", "times", "cost", "alternative", "surplus"]),
        caption="What touchpoints cost and save, a time, a year and a customer",
        currency=currency,
        units={"cost": "money", "alternative": "money"},
        labels={
            "per": "Counted",
            "cost": "Costs the company",
            "alternative": "Would cost the customer",
            "surplus": "Difference (95% interval)",
        },
        note="Customers come at random and bring their own number of times: the interval carries that and the spread of the booked cost.",
    )


@findings_of(QUESTIONS["cost"])
def cost_findings(client: Client, *, tolerance: float = TOLERANCE, min_answers: int = MIN_ANSWERS) -> list[Finding]:
    """Touchpoints that surely cost more than they bring, beyond the zone; the lowest value index first."""
    frame = cost_and_value(client, tolerance=tolerance, min_answers=min_answers).rename(columns={"index": "value_index"})
    findings = []
    for row in frame[frame["verdict"] == DEAR].head(MOST_FINDINGS).itertuples():
        estimate = Estimate(row.value_index, row.index_low, row.index_high, int(row.n))
        claim = f"{row.touchpoint} takes {number(row.cost_share, 'share')} of the cost and brings {number(row.value_share, 'share')} of the value."
        evidence = f"Value index {with_evidence(estimate, 'index')}, the whole interval below Tanaka's zone of balance."
        action = f"Make {row.touchpoint} cheaper without letting it get worse, or let it do more for customers."
        findings.append(Finding(STEP, claim, evidence, action, COST_AND_VALUE, estimate))
    return findings


@findings_of(QUESTIONS["worth"])
def worth_findings(client: Client) -> list[Finding]:
    """Where the customer's alternative surely costs more than the touchpoint, and where it surely costs less."""
    frame, money = value_to_the_customer(client), _money(client.params.currency)
    sure = frame[frame["p_adjusted"] < ALPHA]
    findings = []
    for _, row in sure[sure["surplus"] > 0].head(1).iterrows():
        estimate = Estimate(float(row["cost"]), float(row["low"]), float(row["high"]), round(row["times_a_year"]))
        claim = f"{row['touchpoint']} costs {money(row['cost'])} a time and saves the customer {money(row['alternative'])}."
        evidence = (
            f"{_cost_words(row, client.params.currency)}; the alternative is {row['ratio']:.1f} times its cost. In a year customers are spared "
            f"{money(row['annual_surplus'])} more than it costs ({money(row['annual_surplus_low'])} to {money(row['annual_surplus_high'])})."
        )
        action = f"Say what {row['touchpoint']} is worth, and keep it: few things bring the customer more for less."
        findings.append(Finding(STEP, claim, evidence, action, WORTH, estimate, kind="strength"))
    for _, row in sure[sure["surplus"] < 0].sort_values("annual_surplus").head(MOST_FINDINGS).iterrows():
        claim = f"{row['touchpoint']} costs {money(row['cost'])} a time, more than the {money(row['alternative'])} that the customer would pay elsewhere."
        action = f"Buy in or simplify {row['touchpoint']}, unless it earns its cost in another way."
        evidence = f"{_cost_words(row, client.params.currency)}."
        findings.append(Finding(STEP, claim, evidence, action, WORTH, value_at_stake=float(-row["annual_surplus"])))
    return findings


def _cost_words(row: pd.Series, currency: str) -> str:
    between = interval(Estimate(row["cost"], row["low"], row["high"], 0), "money", currency=currency)
    how = f"95% interval {between}" if row["booked"] else f"all activities behind it, 95% interval {between}"
    return f"Cost a time {number(row['cost'], 'money', currency=currency)} ({how}), {row['times_a_year']:,.0f} times a year; the alternative as given"


def _money(currency: str) -> Callable[[float], str]:
    return lambda amount: number(amount, "money", currency=currency)


def _with_interval(frame: pd.DataFrame, columns: tuple[str, str, str], words: Callable[[float], str]) -> list[str]:
    """Values with their intervals, as text."""
    return [_one_with_interval(*row, words) for row in frame[list(columns)].itertuples(index=False)]


def _one_with_interval(value: float, low: float, high: float, words: Callable[[float], str]) -> str:
    return f"{words(value)} ({words(low)} to {words(high)})" if np.isfinite([low, high]).all() else words(value)


def _times(times: float) -> str:
    """How often, with decimals where there are few."""
    return number(times, "number", decimals=0 if times >= 100 or times == 1 else 2)
