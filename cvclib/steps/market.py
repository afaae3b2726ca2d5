"""Quality against price, the client beside its competitors."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.methods.resampling import bootstrap_means, percentile_interval
from cvclib.steps.answers import fewest
from cvclib.steps.questions import TooFewAnswersError, once_per_client
from cvclib.steps.value_map import MIN_ANSWERS, drivers, importance_basis, value_map

PRICE_WORDS = ("price", "cost")  # an attribute with such a name is the other axis of the map, not quality


@once_per_client
def quality_and_price(client: Client, *, min_answers: int = MIN_ANSWERS, replicates: int = 500, seed: int = 1) -> pd.DataFrame:
    """Relative quality and relative price of each brand.

    Parameters
    ----------
    client : Client
    min_answers : int
        Ratings of an attribute that each brand needs for the attribute to count.
    replicates, seed : int
        Of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        ``brand``, ``quality`` with ``low`` and ``high``, ``price`` (both 100 at the market's average),
        ``value`` (quality less price: points below the line of fair value), ``own``, ``attributes`` (number
        compared), ``n`` (respondents); best value first.

    Raises
    ------
    MissingDataError, TooFewAnswersError
        If prices or ratings of other brands are missing, or fewer than two brands have both.

    Notes
    -----
    Quality is the mean over attributes of the brand's mean rating divided by that of all brands, weighted by
    importance, times 100. Own is the brand that bears the client's name, or none.

    References
    ----------
    .. [1] B. T. Gale, "Managing Customer Value", Free Press, 1994.
    """
    client.require("prices.price", "attribute_ratings.brand", "attribute_ratings.performance")
    own_name, min_answers = client.params.client, fewest(client, min_answers)
    prices = client.tables.prices.select("brand", "price").to_pandas().set_index("brand")["price"]
    prices.index = [own_name if str(b).casefold() == own_name.casefold() else b for b in prices.index]
    table = client.tables.attribute_ratings
    if client.has("attribute_ratings.responded_at"):
        inside = (table.responded_at >= ibis.date(client.period.start)) & (table.responded_at < ibis.date(client.period.until))
        table = table.filter(inside | table.responded_at.isnull())  # a panel's ratings often have no time
    ratings = table.filter(table.performance.notnull()).select("response_id", "attribute", "performance", "brand", "weight").to_pandas()
    brand = ratings["brand"].fillna("").str.strip()
    ratings["brand"] = brand.mask((brand == "") | (brand.str.casefold() == own_name.casefold()), own_name)
    ratings = ratings[ratings["brand"].isin(prices.index)]
    ratings = ratings[~ratings["attribute"].str.lower().str.contains("|".join(PRICE_WORDS))]
    counts = ratings.pivot_table(index="attribute", columns="brand", values="performance", aggfunc="count", fill_value=0)
    attributes = counts.index[(counts >= min_answers).all(axis=1)]
    if counts.shape[1] < 2 or attributes.empty:
        raise TooFewAnswersError(f"Fewer than two priced brands were rated by {min_answers} respondents on the same attribute.")
    return _placed(client, ratings, list(attributes), list(counts.columns), prices, replicates, np.random.default_rng(seed))


def _placed(
    client: Client,
    ratings: pd.DataFrame,
    attributes: list[str],
    brands: list[str],
    prices: pd.Series,
    replicates: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    means, copies, n = [], [], []
    for brand in brands:
        part = ratings[ratings["brand"] == brand]
        wide = part.pivot_table(index="response_id", columns="attribute", values="performance").reindex(columns=attributes).sort_index()
        weights = part.groupby("response_id")["weight"].max().reindex(wide.index).fillna(1.0).to_numpy(float)
        mean, copied = bootstrap_means(wide.to_numpy(float), rng=rng, replicates=replicates, weights=weights)
        means.append(mean)
        copies.append(copied)
        n.append(len(wide))
    weights = _importance(client, attributes)
    quality, again = _quality(np.array(means), weights), _quality(np.array(copies), weights)
    low, high = percentile_interval(again.T)
    price = 100 * prices.reindex(brands).to_numpy(float) / prices.reindex(brands).mean()
    frame = pd.DataFrame({"brand": brands, "quality": quality, "low": low, "high": high, "price": price, "value": quality - price})
    frame = frame.assign(own=frame["brand"] == client.params.client, attributes=len(attributes), n=n)
    return frame.sort_values(["value", "brand"], ascending=[False, True], ignore_index=True)


def _quality(means: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """From means of shape (brands, ..., attributes) to quality of shape (brands, ...)."""
    return 100 * np.average(means / means.mean(axis=0), axis=-1, weights=weights)


def _importance(client: Client, attributes: list[str]) -> np.ndarray:
    """Importance of the attributes: stated, else derived, else all alike."""
    try:
        if importance_basis(client) == "stated":
            known = value_map(client).of().set_index("attribute")["importance"]
        else:
            known = drivers(client).frame.set_index("attribute")["share"]
    except (TooFewAnswersError, MissingDataError):
        return np.ones(len(attributes))
    weights = known.reindex(attributes).fillna(known.mean()).to_numpy(float)
    return weights if weights.sum() > 0 else np.ones(len(attributes))
