"""Exhibits and readings of quality and price beside competitors."""

from __future__ import annotations

from cvclib.charts import market as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.steps.market import quality_and_price
from cvclib.steps.questions import exhibit_of, reading_of
from cvclib.steps.value_map import MIN_ANSWERS
from cvclib.steps.value_questions import QUESTIONS, STEP


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
