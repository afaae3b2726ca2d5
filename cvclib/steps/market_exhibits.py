"""Exhibits, readings and findings of quality and price beside competitors."""

from __future__ import annotations

import pandas as pd

from cvclib.charts import market as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods.estimate import Estimate
from cvclib.steps.market import ON_THE_LINE, SCORE, Market, market
from cvclib.steps.questions import exhibit_of, findings_of, reading_of
from cvclib.steps.value_map import MIN_ANSWERS
from cvclib.steps.value_questions import ALPHA, QUESTIONS, STEP
from cvclib.wording import joined, number, p_words, with_evidence

MAP = "Relative quality against relative price"


@exhibit_of(QUESTIONS["market"], STEP)
def brand_map(client: Client, *, min_answers: int = MIN_ANSWERS) -> Figure | Gap | Reading:
    """Brands by relative quality and relative price."""
    found = market(client, min_answers=min_answers)
    frame = found.brands
    table = frame[["brand"]].assign(
        price=frame["price"].map(_one_place), quality=_with_interval(frame, "quality", "low", "high"), value=_with_interval(frame, "value", "value_low", "value_high"),
        verdict=frame["verdict"], n=frame["n"],
    )  # fmt: skip
    return Figure(
        charts.quality_and_price(frame),
        caption=MAP,
        alt=" ".join(f"{row.brand}: {row.verdict}." for row in frame.itertuples()),
        data=Table(
            table[["brand", "quality", "price", "value", "verdict", "n"]],
            caption="Quality, price and value of each brand",
            units={"n": "count"},
            labels={"quality": "Quality (95% interval)", "value": "Quality less price (95% interval)", "n": "Respondents"},
            note=f"100 is the market's average, all brands alike. Quality from {frame['attributes'][0]} attributes, weighed by "
            f"{_weighed(found)}. {_priced(found)}Tests against the line of fair value, corrected over the brands. Each brand is rated by those "
            "who know it; who they are may differ.",
        ),
    )


@reading_of(QUESTIONS["market"])
def brand_reading(client: Client, *, min_answers: int = MIN_ANSWERS) -> Reading | None:
    """Where the client's own brand stands against the line of fair value, and what sets it apart."""
    found = market(client, min_answers=min_answers)
    own = found.brands[found.brands["own"]]
    if own.empty:
        return Reading("None of the priced and rated brands bears the client's name.")
    row = own.iloc[0]
    quality = Estimate(row["quality"], row["low"], row["high"], int(row["n"]))
    value = "on the line of fair value, as far as the answers can tell" if row["verdict"] == ON_THE_LINE else f"{row['verdict']} than fair"
    words = [
        f"{row['brand']} has a quality of {with_evidence(quality, 'points')} at a price of {_one_place(row['price'])}, "
        f"the market's average being 100: {value}."
    ]
    for side, part in _apart(found.profile):
        words.append(f"{side} than competitors: {joined(part['attribute'].tolist())}.")
    return Reading(" ".join(words))


@exhibit_of(QUESTIONS["market"], STEP)
def quality_profile(client: Client, *, min_answers: int = MIN_ANSWERS) -> Table | Gap | Reading:
    """What the own brand's quality is made of, attribute by attribute."""
    found = market(client, min_answers=min_answers)
    frame = found.profile
    if frame.empty:
        return Reading("None of the priced and rated brands bears the client's name: there is no quality profile of its own.")
    table = frame[["attribute", "weight", "own", "others"]].assign(
        ratio=_with_interval(frame, "ratio", "low", "high"), p=frame["p_adjusted"].map(p_words), points=frame["points"]
    )
    return Table(
        table,
        caption="Quality profile beside competitors",
        units={"weight": "share", "own": "score", "others": "score", "points": "number"},
        labels={"own": "Own rating", "others": "Competitors", "ratio": "Ratio (95% interval)", "p": "Corrected p", "points": "Weighted points"},
        note=f"Ratio: own rating over the mean of the competitors', 100 where level. Weighed by {_weighed(found)}; weighted points add up to "
             "the lead or lag in quality.",
    )  # fmt: skip


@exhibit_of(QUESTIONS["market"], STEP)
def price_profile(client: Client, *, min_answers: int = MIN_ANSWERS) -> Table | Gap | Reading:
    """What each brand's price is made of."""
    found = market(client, min_answers=min_answers)
    brands = found.brands["brand"].tolist()
    shown = found.prices.assign(measure=found.prices["measure"].map({SCORE: "score, more is better"}).fillna("amount, less is better"))
    return Table(
        shown[["component", "weight", "measure", *brands]],
        caption="Price profile of each brand",
        units={"weight": "share", **dict.fromkeys(brands, "number")},
        labels=dict(zip(brands, brands, strict=True)),
        note="Relative price: 100 over the weighted mean of how much more favourable each component is than the market's average. "
        + (
            ""
            if pd.isna(found.own_price)
            else f"Set against its competitors alone, {client.params.client} stands at {_one_place(found.own_price)}."
        ),
    )


@findings_of(QUESTIONS["market"])
def market_findings(client: Client, *, min_answers: int = MIN_ANSWERS) -> list[Finding]:
    """Whether the own brand is surely better or worse value than fair."""
    found = market(client, min_answers=min_answers)
    own = found.brands[found.brands["own"] & (found.brands["verdict"] != ON_THE_LINE)]
    if own.empty:
        return []
    row = own.iloc[0]
    good = row["value"] > 0
    estimate = Estimate(float(row["value"]), float(row["value_low"]), float(row["value_high"]), int(row["n"]))
    claim = (
        f"{row['brand']} gives {'more' if good else 'less'} quality than its price asks for: relative quality {_one_place(row['quality'])} "
        f"at a relative price of {_one_place(row['price'])}, the market's average being 100."
    )
    apart = " ".join(f"{side} than competitors: {joined(part['attribute'].tolist())}." for side, part in _apart(found.profile))
    evidence = f"Quality less price {with_evidence(estimate, 'points')}; corrected {p_words(row['p_adjusted'])} among {len(found.brands)} brands. {apart}"
    action = (
        "Say so in the market, and see whether the price may rise with it."
        if good
        else "Raise the quality where it is weakest against competitors, or ask less."
    )
    return [Finding(STEP, claim, evidence.strip(), action, MAP, estimate, kind="strength" if good else "problem")]


def _apart(profile: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Attributes on which the own brand is surely better, and surely worse, than competitors."""
    if profile.empty:
        return []
    sure = profile[profile["p_adjusted"] < ALPHA].sort_values("points", key=abs, ascending=False)
    sides = (("Better", sure[sure["ratio"] > 100]), ("Worse", sure[sure["ratio"] < 100]))
    return [(side, part) for side, part in sides if len(part)]


def _weighed(found: Market) -> str:
    return "no importance: all alike" if found.weighed_by == "all attributes alike" else f"{found.weighed_by} of the client's customers"


def _priced(found: Market) -> str:
    n = len(found.prices)
    return f"Price from {n} weighted components. " if n > 1 else ""


def _with_interval(frame: pd.DataFrame, value: str, low: str, high: str) -> list[str]:
    return [f"{_one_place(v)} ({_one_place(a)} to {_one_place(b)})" for v, a, b in zip(frame[value], frame[low], frame[high], strict=True)]


def _one_place(value: float) -> str:
    return number(value, "number", decimals=1)
