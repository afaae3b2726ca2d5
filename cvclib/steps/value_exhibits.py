"""Exhibits and readings of needs and wants, cost against value, competitors, and comments."""

from __future__ import annotations

import numpy as np

from cvclib.charts import value as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods.estimate import Estimate
from cvclib.methods.value_index import TOLERANCE, control_zone
from cvclib.steps.comments import shared_comments
from cvclib.steps.market import quality_and_price
from cvclib.steps.needs_and_wants import kano_results
from cvclib.steps.questions import exhibit_of, reading_of
from cvclib.steps.touchpoint_value import cost_and_value, touchpoint_costs, value_to_the_customer
from cvclib.steps.value_map import MIN_ANSWERS
from cvclib.steps.value_questions import ALPHA, QUESTIONS, STEP
from cvclib.wording import interval, joined, number, p_words

MOST_COMMENTS = 10  # of the shared comments; the note counts the rest


@exhibit_of(QUESTIONS["kano"], STEP)
def kano_map(client: Client, *, min_answers: int = MIN_ANSWERS) -> Figure | Gap | Reading:
    """Features by how much they satisfy when there and dissatisfy when missing."""
    frame = kano_results(client, min_answers=min_answers)
    table = frame[["attribute", "category", "ruled", "category_share", "satisfaction", "dissatisfaction", "clear", "n"]]
    needs = frame.loc[frame["category"] == "must-be", "attribute"].tolist()
    return Figure(
        charts.needs_and_wants(frame),
        caption="Needs and wants: what a feature does when it is there, and when it is not",
        alt=f"Must be there: {joined(needs) or 'none of the features'}.",
        data=Table(
            table.assign(clear=np.where(table["clear"], "clear", "close race")),
            caption="Kano category of each feature",
            units={"category_share": "share", "satisfaction": "number", "dissatisfaction": "number", "n": "count"},
            labels={"category": "Most answers", "ruled": "By the rule M > O > A > I", "category_share": "Share of answers",
                    "satisfaction": "CS+", "dissatisfaction": "CS−", "clear": "Fong's test"},
        ),
    )  # fmt: skip


@reading_of(QUESTIONS["kano"])
def kano_reading(client: Client, *, min_answers: int = MIN_ANSWERS) -> Reading:
    """Needs, wants and what leaves cold, where the race between the categories is clear."""
    frame = kano_results(client, min_answers=min_answers)
    clear = frame[frame["clear"]]
    kinds = {
        "must-be": "Must be there",
        "one-dimensional": "The more the better",
        "attractive": "Delight",
        "indifferent": "Leave customers cold",
    }
    words = [
        f"{start}: {joined(names)}."
        for kind, start in kinds.items()
        if (names := clear.loc[clear["category"] == kind, "attribute"].tolist())
    ]
    if unclear := frame.loc[~frame["clear"], "attribute"].tolist():
        words.append(f"Not clear, two categories run close: {joined(unclear)}.")
    return Reading(" ".join(words) + f" From {frame['n'].min():,} or more answers a feature.")


@exhibit_of(QUESTIONS["cost"], STEP)
def cost_value_chart(client: Client, *, tolerance: float = TOLERANCE, min_answers: int = MIN_ANSWERS) -> Figure | Gap | Reading:
    """Share of the cost against share of the value, touchpoint by touchpoint."""
    frame = cost_and_value(client, tolerance=tolerance, min_answers=min_answers)
    costs = touchpoint_costs(client)
    x = np.linspace(0, 1, 201)
    dear = frame.loc[frame["zone"] == "costs more than it brings", "touchpoint"].tolist()
    source = "activity-based" if costs.basis == "activities" else "as booked on the interactions"
    return Figure(
        charts.cost_and_value(frame, (x, *control_zone(x, tolerance))),
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


@exhibit_of(QUESTIONS["market"], STEP)
def brand_map(client: Client, *, min_answers: int = MIN_ANSWERS) -> Figure | Gap | Reading:
    """Brands by relative quality and relative price."""
    frame = quality_and_price(client, min_answers=min_answers)
    return Figure(
        charts.quality_and_price(frame),
        caption="Relative quality against relative price",
        alt=f"Best value: {frame['brand'][0]}; worst value: {frame['brand'].iloc[-1]}.",
        data=Table(
            frame.drop(columns="own"),
            caption="Quality, price and value of each brand",
            units={**dict.fromkeys(["quality", "low", "high", "price", "value"], "points"), "attributes": "count", "n": "count"},
            labels={
                "low": "95% from",
                "high": "to",
                "value": "Quality less price",
                "attributes": "Attributes compared",
                "n": "Respondents",
            },
            note="100 points are the market's average. Each brand is rated by those who know it; who they are may differ.",
        ),
    )


@reading_of(QUESTIONS["market"])
def brand_reading(client: Client, *, min_answers: int = MIN_ANSWERS) -> Reading | None:
    """Where the client's own brand stands against the line of fair value."""
    frame = quality_and_price(client, min_answers=min_answers)
    own = frame[frame["own"]]
    if own.empty:
        return Reading("None of the priced and rated brands bears the client's name.")
    row = own.iloc[0]
    side = (
        "better value than the line"
        if row["low"] > row["price"]
        else "worse value than the line"
        if row["high"] < row["price"]
        else "on the line"
    )
    return Reading(
        f"{row['brand']} has a quality of {row['quality']:.1f} (95% interval {row['low']:.1f} to {row['high']:.1f}, n = {row['n']:,}) at a "
        f"price of {row['price']:.1f}, the market's average being 100: {side} of fair value."
    )


@exhibit_of(QUESTIONS["comments"], STEP)
def comments_table(client: Client) -> Table | Gap | Reading:
    """Comments that several customers gave in the same words, by promoters and detractors."""
    found = shared_comments(client)
    if found.frame.empty:
        return Reading(
            f"{found.commented:,} comments were given, each in words of its own. None is shown: a comment may name a person. "
            "Coding them to common texts would let them be counted here."
        )
    frame, more = found.frame.head(MOST_COMMENTS), max(len(found.frame) - MOST_COMMENTS, 0)
    return Table(
        frame[["comment", "n", "promoters", "detractors", "difference"]].assign(corrected_p=frame["p_adjusted"].map(p_words)),
        caption="Comments that customers share",
        units={"n": "count", **dict.fromkeys(["promoters", "detractors", "difference"], "share")},
        labels={"n": "Comments", "promoters": "Of promoters' comments", "detractors": "Of detractors' comments"},
        note=f"{found.shown:,} of {found.commented:,} comments are given in words that several respondents share; of the rest none is shown."
        + (f" Shown are the {MOST_COMMENTS} most frequent texts; {more:,} more are shared." if more else ""),
    )


@reading_of(QUESTIONS["comments"])
def comments_reading(client: Client) -> Reading | None:
    """What detractors say more often than promoters, and the reverse."""
    frame = shared_comments(client).frame
    clear = frame[frame["p_adjusted"] < ALPHA]
    if frame.empty or frame["p_adjusted"].isna().all():
        return None
    if clear.empty:
        return Reading("No shared comment comes clearly more often from promoters or from detractors.")
    words = []
    for part, who in ((clear[clear["difference"] < 0], "Detractors"), (clear[clear["difference"] > 0], "Promoters")):
        if len(part):
            named = [f"“{comment}”" for comment in part.sort_values("difference", key=abs, ascending=False)["comment"].head(3)]
            words.append(f"{who} say more often: {joined(named)}.")
    return Reading(" ".join(words))
