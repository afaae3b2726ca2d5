"""Quality and price beside competitors: Gale's relative quality, price profile, and distance from fair value."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


def weighted_ratio(weights: ArrayLike, own: ArrayLike, other: ArrayLike) -> float:
    """Weighted mean of the ratios of one brand's scores to another's, in points of 100 (Gale's profile).

    Parameters
    ----------
    weights : array-like of float, shape (n_attributes,)
        Importance; need not add up to 100.
    own, other : array-like of float, shape (n_attributes,)
        Scores, all above zero.

    Returns
    -------
    float
        100 where the two are level. Ratios are not rounded on the way.

    References
    ----------
    .. [1] B. T. Gale, "Managing Customer Value", Free Press, 1994.

    Examples
    --------
    >>> round(weighted_ratio([60, 20, 10, 10], [9, 6, 9, 7], [7, 6, 8, 7]), 4)
    118.3929
    """
    ratios = np.asarray(own, dtype=float) / np.asarray(other, dtype=float)
    return float(100 * np.average(ratios, weights=np.asarray(weights, dtype=float)))


def relative_quality(ratings: ArrayLike, weights: ArrayLike) -> np.ndarray:
    """Market-perceived quality of each brand, 100 being the market's average.

    Parameters
    ----------
    ratings : array-like of float, shape (n_brands, ..., n_attributes)
        Mean rating of each brand on each attribute, above zero; further axes hold bootstrap replicates.
    weights : array-like of float, shape (..., n_attributes)
        Importance of the attributes; need not add up to one.

    Returns
    -------
    ndarray of float, shape (n_brands, ...)

    Notes
    -----
    The mean over attributes of the brand's rating divided by the mean rating of all brands, weighted by
    importance, times 100. All brands count alike in the market's average, the brand itself included.

    References
    ----------
    .. [1] B. T. Gale, "Managing Customer Value", Free Press, 1994.

    Examples
    --------
    >>> relative_quality([[9, 6], [7, 6]], [3, 1]).round(3).tolist()
    [109.375, 90.625]
    """
    ratings, weights = np.asarray(ratings, dtype=float), np.asarray(weights, dtype=float)
    ratios = ratings / ratings.mean(axis=0)
    return 100 * np.sum(ratios * weights, axis=-1) / np.sum(weights, axis=-1)


def relative_price(components: ArrayLike, weights: ArrayLike, scored: ArrayLike) -> np.ndarray:
    """Price of each brand over the components of what buying there costs, 100 being the market's average.

    Parameters
    ----------
    components : array-like of float, shape (n_brands, n_components)
        Amounts of money, or customers' scores of how favourable a component is; above zero.
    weights : array-like of float, shape (n_components,)
        How much each component weighs; need not add up to one.
    scored : array-like of bool, shape (n_components,)
        Whether a component is a score (more is better for the customer) and no amount.

    Returns
    -------
    ndarray of float, shape (n_brands,)

    Notes
    -----
    Each component gives a ratio of favourableness: score over mean score, or mean amount over amount. The
    relative price is 100 over the weighted mean of these ratios; of a single amount that is amount over mean
    amount.

    References
    ----------
    .. [1] B. T. Gale, "Managing Customer Value", Free Press, 1994; also in K. Yang, "Design for Six Sigma for
       Service", McGraw-Hill, 2005, table 5.4, where one brand is set against another.

    Examples
    --------
    >>> relative_price([[80.0], [120.0]], [1], [False]).round(2).tolist()
    [80.0, 120.0]
    """
    components, scored = np.asarray(components, dtype=float), np.asarray(scored, dtype=bool)
    mean = components.mean(axis=0)
    favour = np.where(scored, components / mean, mean / components)
    return 100 / np.average(favour, axis=1, weights=np.asarray(weights, dtype=float))


def off_the_line(quality: ArrayLike, replicates: ArrayLike, price: ArrayLike) -> np.ndarray:
    """Test of each brand that it stands on the line of fair value, where quality equals price.

    Parameters
    ----------
    quality : array-like of float, shape (n_brands,)
    replicates : array-like of float, shape (n_brands, n_replicates)
        Quality in bootstrap replicates.
    price : array-like of float, shape (n_brands,)

    Returns
    -------
    ndarray of float, shape (n_brands,)
        Two-sided p values, from the normal distribution with the replicates' standard deviation; NaN where
        the replicates do not vary.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> off_the_line([104.0], 104 + 2 * rng.standard_normal((1, 4000)), [100.0]).round(2).tolist()
    [0.05]
    """
    # Replicates that vary by less than rounding do not vary.
    error = np.nanstd(np.asarray(replicates, dtype=float), axis=1, ddof=1)
    distance = np.asarray(quality, dtype=float) - np.asarray(price, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(error > 1e-9, 2 * stats.norm.sf(np.abs(distance) / error), np.nan)
