"""Exhibits and readings of cost against value, and of what a touchpoint is worth to the customer."""

from __future__ import annotations

import numpy as np

from cvclib.charts import cost_value as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods.estimate import Estimate
from cvclib.methods.value_index import TOLERANCE, control_zone
from cvclib.steps.questions import exhibit_of, reading_of
from cvclib.steps.touchpoint_value import cost_and_value, touchpoint_costs, value_to_the_customer
from cvclib.steps.value_map import MIN_ANSWERS
from cvclib.steps.value_questions import QUESTIONS, STEP
from cvclib.wording import interval, joined, number


@exhibit_of(QUESTIONS["cost"], STEP)
def cost_value_chart(client: Client, *, tolerance: float = TOLERANCE, min_answers: int = MIN_ANSWERS) -> Figure | Gap | Reading:
    """Share of the cost against share of the value, touchpoint by touchpoint."""
    frame = cost_and_value(client, tolerance=tolerance, min_answers=min_answers)
    costs = touchpoint_costs(client)
    dear = frame.loc[frame["zone"] == "costs more than it brings", "touchpoint"].tolist()
    source = "activity-based" if costs.basis == "activities" else "as booked on the interactions"
    return Figure(
        charts.cost_and_value(frame, tolerance),
        caption="Share of the cost against share of the value, by touchpoint",
        alt=f"Of {len(frame)} touchpoints these cost more than they bring, beyond the tolerance: {joined(dear) or 'none'}.",
        data=Table(
            frame.drop(columns=["index_low", "index_high"]),
            caption="Cost and value of each touchpoint",
            units={
                **dict.fromkeys(["reach", "satisfaction", "value_share", "low", "high", "cost_share"], "share"),
                "index": "index",
                "n": "count",
            },
            labels={
                "reach": "Customers reached",
                "satisfaction": "Satisfaction, 0 to 100%",
                "low": "95% from",
                "high": "to",
                "index": "Value index",
            },
            note=f"Value: customers reached times their satisfaction. Cost: {source}. Only touchpoints with both; shares are over these.",
        ),
    )


@reading_of(QUESTIONS["cost"])
def cost_value_reading(client: Client, *, tolerance: float = TOLERANCE, min_answers: int = MIN_ANSWERS) -> Reading:
    """Which touchpoints stand outside the zone of balance, interval and all."""
    frame = cost_and_value(client, tolerance=tolerance, min_answers=min_answers)
    low, high = control_zone(frame["cost_share"], tolerance)
    words = []
    for part, start in (
        (frame[frame["high"] < low], "Costs more than it brings"),
        (frame[frame["low"] > high], "Brings more than it costs"),
    ):
        named = [
            f"{r.touchpoint} ({number(r.cost_share, 'share')} of the cost, {number(r.value_share, 'share')} of the value, "
            f"95% interval {number(r.low, 'share')} to {number(r.high, 'share')})"
            for r in part.itertuples()
        ]
        if named:
            words.append(f"{start}: {joined(named)}.")
    return Reading(
        " ".join(words) or f"All {len(frame)} touchpoints cost about what they bring, within the tolerance and what the answers can tell."
    )


@exhibit_of(QUESTIONS["worth"], STEP)
def worth_chart(client: Client) -> Figure | Gap | Reading:
    """What a touchpoint costs the company against what its next best alternative would cost the customer."""
    frame = value_to_the_customer(client)
    top = frame.iloc[0]
    currency = client.params.currency
    return Figure(
        charts.worth(frame, currency=currency),
        caption="What it costs the company, and what it is worth to the customer",
        alt=f"{top['touchpoint']} costs {number(top['cost'], 'money', currency=currency)} a time; "
            f"the customer would else pay {number(top['alternative'], 'money', currency=currency)}.",
        data=Table(
            frame, caption="Value to the customer against the next best alternative", currency=currency,
            units={**dict.fromkeys(["cost", "low", "high", "full_cost", "alternative", "surplus", "annual_surplus"], "money"),
                   "ratio": "index", "times_a_year": "count"},
            labels={"cost": "Cost a time", "low": "95% from", "high": "to", "full_cost": "Full cost a time", "alternative": "Alternative a time",
                    "ratio": "Alternative ÷ cost", "surplus": "Surplus a time", "annual_surplus": "Surplus a year"},
            note="Cost as booked on the interactions; where nothing is booked, and as full cost, that of the activities behind it. "
                 "What an alternative costs is the most that not having to buy it is worth; it is given, not sampled.",
        ),
    )  # fmt: skip


@reading_of(QUESTIONS["worth"])
def worth_reading(client: Client) -> Reading:
    """Where a small cost is a great value, and where the alternative would be cheaper."""
    frame, currency = value_to_the_customer(client), client.params.currency
    good, dear = frame[frame["surplus"] > 0], frame[frame["surplus"] <= 0]
    words = []
    if len(good):
        top = good.iloc[0]
        booked = Estimate(top["cost"], top["low"], top["high"], 0)
        between = f" (95% interval {interval(booked, 'money', currency=currency)})" if np.isfinite(top["low"]) else ""
        words.append(
            f"{top['touchpoint']} costs {number(top['cost'], 'money', currency=currency)} a time{between} and saves the customer "
            f"{number(top['alternative'], 'money', currency=currency)}: {top['ratio']:.1f} times as much."
        )
        if behind := good.loc[good["full_cost"] > good["alternative"], "touchpoint"].tolist():
            words.append(f"Counting all activities behind them, these cost more than the alternative: {joined(behind)}.")
    if len(dear):
        words.append(f"Dearer than the customer's own alternative: {joined(dear['touchpoint'].tolist())}.")
    return Reading(" ".join(words))
