"""Quality against price, the client beside its competitors."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.methods import shares
from cvclib.methods.price_quality import off_the_line, relative_price, relative_quality, weighted_ratio
from cvclib.methods.resampling import bootstrap_means, percentile_interval
from cvclib.steps.answers import attribute_answers, fewest
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError
from cvclib.steps.value_map import MIN_ANSWERS, drivers, importance_basis
from cvclib.steps.value_questions import ALPHA

PRICE_WORDS = ("price", "cost")  # an attribute with such a name is the other axis of the map, not quality
PRICE = "price"  # the component of a price that is one
SCORE = "score"  # measure of a component that customers scored
ON_THE_LINE = "cannot be told from fair"


@dataclass(frozen=True)
class Market:
    """Brands beside each other.

    Parameters
    ----------
    brands : pandas.DataFrame
        ``brand``, ``quality`` with ``low`` and ``high``, ``price`` (both 100 at the market's average), ``value``
        (quality less price: points below the line of fair value) with ``value_low`` and ``value_high``,
        ``p_adjusted`` (that it stands on the line; corrected over the brands), ``verdict``, ``own``,
        ``attributes`` (number compared), ``n`` (respondents); best value first.
    profile : pandas.DataFrame
        What the own brand's quality is made of: ``attribute``, ``weight`` (share of importance), ``own`` and
        ``others`` (mean rating), ``ratio`` (of the two, 100 where level) with ``low`` and ``high``,
        ``p_adjusted``, ``points`` (weight times ratio less 100); the weightiest first. Empty without an own brand.
    prices : pandas.DataFrame
        ``component``, ``weight`` (share), ``measure``, and a column a brand with its amount or score.
    own_price : float
        Price of the own brand relative to its competitors alone, 100 where level; NaN without an own brand.
    weighed_by : {"stated importance", "derived importance", "all attributes alike"}
    """

    brands: pd.DataFrame
    profile: pd.DataFrame
    prices: pd.DataFrame
    own_price: float
    weighed_by: str


@once_per_client
def market(client: Client, *, min_answers: int = MIN_ANSWERS, replicates: int = 500, seed: int = 1) -> Market:
    """Relative quality and relative price of each brand, and what they are made of.

    Parameters
    ----------
    client : Client
    min_answers : int
        Ratings of an attribute that each brand needs for the attribute to count.
    replicates, seed : int
        Of the bootstrap: respondents are drawn again, with all brands that each of them rated.

    Returns
    -------
    Market
        Importance is what the client's customers state, else what their satisfaction shows; its uncertainty is
        part of the intervals. Sampling weights count. Own is the brand that bears the client's name, or none.

    Raises
    ------
    MissingDataError, TooFewAnswersError
        If prices or ratings of other brands are missing, or fewer than two brands have both.

    References
    ----------
    .. [1] B. T. Gale, "Managing Customer Value", Free Press, 1994.
    """
    client.require("prices.price", "attribute_ratings.brand", "attribute_ratings.performance")
    amounts, weights, scored = _prices(client)
    ratings = _ratings(client, list(amounts.index))
    minimum = fewest(client, min_answers)
    counts = ratings.pivot_table(index="attribute", columns="brand", values="performance", aggfunc="count", fill_value=0)
    brands = [str(name) for name in counts.columns[counts.max(axis=0) >= minimum]]
    attributes = [str(name) for name in counts.index[(counts[brands] >= minimum).all(axis=1)]] if len(brands) > 1 else []
    if not attributes:
        raise TooFewAnswersError(f"Fewer than two priced brands were rated by {minimum} respondents on the same attribute.")
    rng = np.random.default_rng(seed)
    means, copies, n = _means(ratings, brands, attributes, replicates, rng)
    importance, again, weighed_by = _importance(client, attributes, replicates, rng)
    price = relative_price(amounts.loc[brands].to_numpy(float), weights, scored)
    placed = _placed(client, brands, (relative_quality(means, importance), relative_quality(copies, again)), price)
    placed = placed.assign(attributes=len(attributes), n=n).sort_values(["value", "brand"], ascending=[False, True], ignore_index=True)
    profile = _profile(client.params.client, brands, attributes, means, copies, importance)
    shown = (
        amounts.loc[brands]
        .T.assign(weight=weights / weights.sum(), measure=np.where(scored, SCORE, "money"))
        .reset_index(names="component")
    )
    own_price = _against_competitors(amounts.loc[brands], client.params.client, weights, scored)
    return Market(placed, profile, shown[["component", "weight", "measure", *brands]], own_price, weighed_by)


def quality_and_price(client: Client, *, min_answers: int = MIN_ANSWERS) -> pd.DataFrame:
    """Relative quality and relative price of each brand.

    Parameters
    ----------
    client : Client
    min_answers : int
        Ratings of an attribute that each brand needs for the attribute to count.

    Returns
    -------
    pandas.DataFrame
        As `Market.brands`.
    """
    return market(client, min_answers=min_answers).brands


def _prices(client: Client) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Components of each brand's price, their weights, and which are scores; brands that have all of them."""
    own_name = client.params.client
    prices = client.tables.prices.select("brand", "component", "price", "measure", "weight").to_pandas()
    prices = prices[prices["price"] > 0].assign(component=prices["component"].fillna(PRICE))
    prices["brand"] = [own_name if str(b).casefold() == own_name.casefold() else str(b) for b in prices["brand"]]
    amounts = prices.pivot_table(index="brand", columns="component", values="price", aggfunc="mean").dropna()
    if len(amounts) < 2:
        raise TooFewAnswersError("Fewer than two brands have a price for every component.")
    of_component = prices.groupby("component")
    weights = of_component["weight"].mean().reindex(amounts.columns)
    weights = weights.fillna(weights.mean() if weights.notna().any() else 1.0).to_numpy(float)
    scored = (of_component["measure"].first().reindex(amounts.columns) == SCORE).to_numpy(bool)
    return amounts, weights if weights.sum() > 0 else np.ones(len(weights)), scored


def _against_competitors(amounts: pd.DataFrame, own: str, weights: np.ndarray, scored: np.ndarray) -> float:
    """Relative price after Gale's profile: 100 squared over the weighted ratio of the own favour to the competitors' mean."""
    if own not in amounts.index:
        return float("nan")
    ours, theirs = amounts.loc[own].to_numpy(float), amounts.drop(index=own).mean().to_numpy(float)
    return 1e4 / weighted_ratio(weights, np.where(scored, ours, theirs), np.where(scored, theirs, ours))


def _ratings(client: Client, priced: list[str]) -> pd.DataFrame:
    """Ratings of priced brands in the period; of attributes that are not themselves the price."""
    own_name, table = client.params.client, client.tables.attribute_ratings
    if client.has("attribute_ratings.responded_at"):
        inside = (table.responded_at >= ibis.date(client.period.start)) & (table.responded_at < ibis.date(client.period.until))
        table = table.filter(inside | table.responded_at.isnull())  # a panel's ratings often have no time
    ratings = table.filter(table.performance > 0).select("response_id", "attribute", "performance", "brand", "weight").to_pandas()
    brand = ratings["brand"].astype(object).where(ratings["brand"].notna(), "").astype(str).str.strip()
    ratings["brand"] = brand.mask((brand == "") | (brand.str.casefold() == own_name.casefold()), own_name)
    ratings = ratings[ratings["brand"].isin(priced)]
    return ratings[~ratings["attribute"].str.lower().str.contains("|".join(PRICE_WORDS))]


def _means(
    ratings: pd.DataFrame, brands: list[str], attributes: list[str], replicates: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Mean ratings (brands, attributes), the same in replicates (brands, replicates, attributes), and respondents a brand."""
    cells = pd.MultiIndex.from_product([brands, attributes])
    wide = (
        ratings.pivot_table(index="response_id", columns=["brand", "attribute"], values="performance").reindex(columns=cells).sort_index()
    )
    weights = ratings.groupby("response_id")["weight"].max().reindex(wide.index).fillna(1.0).to_numpy(float)
    means, copies = bootstrap_means(wide.to_numpy(float), rng=rng, replicates=replicates, weights=weights)
    shape = (len(brands), len(attributes))
    n = [int(wide[brand].notna().any(axis=1).sum()) for brand in brands]
    return means.reshape(shape), np.moveaxis(copies.reshape(replicates, *shape), 0, 1), n


def _placed(client: Client, brands: list[str], quality: tuple[np.ndarray, np.ndarray], price: np.ndarray) -> pd.DataFrame:
    value, copies = quality
    low, high = percentile_interval(copies.T)
    frame = pd.DataFrame({"brand": brands, "quality": value, "low": low, "high": high, "price": price})
    frame = frame.assign(value=value - price, value_low=low - price, value_high=high - price)
    frame["p_adjusted"] = shares.benjamini_hochberg(off_the_line(value, copies, price))
    sure = frame["p_adjusted"] < ALPHA
    frame["verdict"] = np.where(~sure, ON_THE_LINE, np.where(frame["value"] > 0, "better value", "worse value"))
    return frame.assign(own=frame["brand"] == client.params.client)


def _profile(
    own: str, brands: list[str], attributes: list[str], means: np.ndarray, copies: np.ndarray, importance: np.ndarray
) -> pd.DataFrame:
    """Ratio of the own brand's mean rating to that of the others, attribute by attribute."""
    if own not in brands:
        return pd.DataFrame()
    i = brands.index(own)
    others, others_again = (np.delete(values, i, axis=0).mean(axis=0) for values in (means, copies))
    ratio, again = 100 * means[i] / others, 100 * copies[i] / others_again
    low, high = percentile_interval(again)
    weight = importance / importance.sum()
    frame = pd.DataFrame({"attribute": attributes, "weight": weight, "own": means[i], "others": others, "ratio": ratio})
    frame = frame.assign(low=low, high=high, p_adjusted=shares.benjamini_hochberg(off_the_line(ratio, again.T, np.full(len(ratio), 100.0))))
    frame["points"] = frame["weight"] * (frame["ratio"] - 100)
    return frame.sort_values(["weight", "attribute"], ascending=[False, True], ignore_index=True)


def _importance(client: Client, attributes: list[str], replicates: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, str]:
    """Importance of the attributes and its replicates: stated, else derived, else all alike."""
    alike = np.ones(len(attributes)), np.ones((replicates, len(attributes))), "all attributes alike"
    try:
        if importance_basis(client) == "stated":
            answers = attribute_answers(client)
            means, copies = bootstrap_means(answers.importance, rng=rng, replicates=replicates, weights=answers.weights)
            names, said = list(answers.attributes), "stated importance"
        else:
            found = drivers(client, replicates=replicates)
            means, copies, names, said = found.result.share, found.result.replicates, list(found.attributes), "derived importance"
    except (TooFewAnswersError, MissingDataError):
        return alike
    place = [names.index(name) if name in names else -1 for name in attributes]
    middle, middles = np.nanmean(means), np.nanmean(copies, axis=1)
    weights = np.nan_to_num(np.r_[means, middle][place], nan=middle)
    again = np.column_stack([copies, middles])[:, place]
    again = np.where(np.isfinite(again), again, middles[:, None])
    return (np.maximum(weights, 0), np.maximum(again, 0), said) if weights.sum() > 0 and (again.sum(axis=1) > 0).all() else alike
