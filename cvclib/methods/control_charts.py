"""Process behaviour charts: which months differ from the ordinary up and down of a figure.

Limits for single values (XmR), for shares of varying n (p, and Laney's p′ where months differ more than their
n explains) and for rates (u). The rules by which points are called signals are in `chart_rules`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

D2 = 1.128  # mean range of two standard normal values
RUN = 8  # points in a row on one side of the centre that chance seldom brings (1 in 128)
NATURAL = 3.0  # standard deviations to the natural limits


class Limits(NamedTuple):
    """Centre and natural limits of a process.

    Parameters
    ----------
    centre : float
    low, high : ndarray of float, shape (n_points,)
        Limits at each point; the same at all of them on a chart of individuals.
    mean_range : float
        Mean moving range; NaN on a chart of shares.

    Examples
    --------
    >>> individuals([1, 2, 1, 2]).centre
    1.5
    """

    centre: float
    low: np.ndarray
    high: np.ndarray
    mean_range: float


def individuals(values: ArrayLike, sizes: ArrayLike | None = None, *, multiple: float = NATURAL) -> Limits:
    """Natural limits of single values in time order (XmR chart).

    Parameters
    ----------
    values : array-like of float, shape (n_points,)
        In time order; NaN for a point not seen, which is passed over.
    sizes : array-like of float, shape (n_points,), optional
        On how many observations each value rests, above 0: a mean of few may move further than a mean of many.
    multiple : float
        Standard deviations from the centre to the limits: three, or that of a `chart_rules.Guard`.

    Returns
    -------
    Limits
        Centre ``mean``, limits ``mean ± 3 · mR / 1.128`` with mR the mean moving range. With sizes n the mean is
        weighted, and mR is that of ``z = (x - mean) sqrt(n)``: limits ``mean ± 3 · mR / 1.128 / sqrt(n)``. With
        equal sizes the two are the same.

    Raises
    ------
    ValueError
        If fewer than two values are there.

    References
    ----------
    .. [1] NIST/SEMATECH e-Handbook of Statistical Methods, section 6.3.2.2.
    .. [2] D. B. Laney, "Improved control charts for attributes", Quality Engineering 14(4), 2002, for sizes.

    Examples
    --------
    >>> limits = individuals([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1])
    >>> round(float(limits.low[0]), 4), round(float(limits.high[0]), 4)
    (45.8159, 55.8041)
    """
    values = np.asarray(values, dtype=float)
    seen = np.isfinite(values)
    if seen.sum() < 2:
        raise ValueError(f"values must hold two points or more, but holds {seen.sum()}")
    sizes = np.ones(values.size) if sizes is None else np.asarray(sizes, dtype=float)
    root = np.sqrt(np.where(seen, sizes, 1.0))
    centre = float(np.average(values[seen], weights=sizes[seen]))
    mean_range = float(np.abs(np.diff(((values - centre) * root)[seen])).mean())
    half = multiple * mean_range / D2 / root
    return Limits(centre, centre - half, centre + half, mean_range)


def shares_chart(counts: ArrayLike, sizes: ArrayLike) -> Limits:
    """Limits of shares in time order (p chart).

    Parameters
    ----------
    counts, sizes : array-like of int, shape (n_points,)
        How many of how many, a point.

    Returns
    -------
    Limits
        Centre the overall share p, limits ``p ± 3 sqrt(p (1 - p) / n)``, cut to 0 and 1.

    References
    ----------
    .. [1] D. C. Montgomery, "Introduction to Statistical Quality Control", chapter 7.

    Examples
    --------
    >>> round(shares_chart([5, 7], [50, 50]).centre, 2)
    0.12
    """
    counts, sizes = np.asarray(counts, dtype=float), np.asarray(sizes, dtype=float)
    centre = float(counts.sum() / sizes.sum())
    half = 3 * np.sqrt(centre * (1 - centre) / sizes)
    return Limits(centre, np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1), np.nan)


def probable_shares(counts: ArrayLike, sizes: ArrayLike, *, point_risk: float) -> Limits:
    """Limits of shares that a point leaves with at most a given risk, whatever its n (p chart, exact).

    Parameters
    ----------
    counts, sizes : array-like of int, shape (n_points,)
        How many of how many, a point; sizes above 0.
    point_risk : float
        Risk of a single point falling outside, on both sides together.

    Returns
    -------
    Limits
        Centre the overall share; limits the binomial quantiles of half the risk each, over n. Three standard
        deviations are no guide where a point expects few cases: these are.

    Examples
    --------
    >>> limits = probable_shares([1, 0, 2], [20, 20, 20], point_risk=0.0027)
    >>> limits.low.tolist(), limits.high.tolist()
    ([0.0, 0.0, 0.0], [0.25, 0.25, 0.25])
    """
    counts, sizes = np.asarray(counts, dtype=float), np.asarray(sizes, dtype=float)
    centre = float(counts.sum() / sizes.sum())
    low, high = (stats.binom.ppf(tail, sizes, centre) / sizes for tail in (point_risk / 2, 1 - point_risk / 2))
    return Limits(centre, low, high, np.nan)


def spread_of_shares(counts: ArrayLike, sizes: ArrayLike) -> float:
    """How far shares move from point to point, in standard deviations of what their n explains.

    Parameters
    ----------
    counts, sizes : array-like of int, shape (n_points,)
        In time order; sizes above 0.

    Returns
    -------
    float
        Laney's σ_z: mean moving range of ``z = (p_i - p) / sqrt(p (1 - p) / n_i)`` over 1.128; about 1 where
        chance alone is at work, 0 where all points are none or all.

    Examples
    --------
    >>> round(spread_of_shares([10, 30, 10, 30], [100] * 4), 2)
    4.43
    """
    counts, sizes = np.asarray(counts, dtype=float), np.asarray(sizes, dtype=float)
    centre = counts.sum() / sizes.sum()
    if not 0 < centre < 1:
        return 0.0
    z = (counts / sizes - centre) / np.sqrt(centre * (1 - centre) / sizes)
    return float(np.abs(np.diff(z)).mean() / D2)


def spread_shares_chart(counts: ArrayLike, sizes: ArrayLike, *, multiple: float = NATURAL) -> Limits:
    """Limits of shares whose points differ more than their n explains (Laney's p′ chart).

    Parameters
    ----------
    counts, sizes : array-like of int, shape (n_points,)
        In time order; sizes above 0.
    multiple : float
        Standard deviations from the centre to the limits.

    Returns
    -------
    Limits
        ``p ± 3 sqrt(p (1 - p) / n) σ_z`` with σ_z from `spread_of_shares`, cut to 0 and 1. With thousands of
        cases a month the p chart's limits are so narrow that every month leaves them; these are not.

    References
    ----------
    .. [1] D. B. Laney, "Improved control charts for attributes", Quality Engineering 14(4), 2002.

    Examples
    --------
    >>> limits = spread_shares_chart([10, 30, 10, 30], [100] * 4)
    >>> round(float(limits.low[0]), 2), round(float(limits.high[0]), 2)
    (0.0, 0.73)
    """
    counts, sizes = np.asarray(counts, dtype=float), np.asarray(sizes, dtype=float)
    centre = float(counts.sum() / sizes.sum())
    half = multiple * np.sqrt(centre * (1 - centre) / sizes) * spread_of_shares(counts, sizes)
    return Limits(centre, np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1), np.nan)


def rates_chart(counts: ArrayLike, exposures: ArrayLike, *, multiple: float = NATURAL) -> Limits:
    """Limits of rates in time order, such as tickets per order (u chart).

    Parameters
    ----------
    counts : array-like of int, shape (n_points,)
        Events a point.
    exposures : array-like of float, shape (n_points,)
        To what they are related, a point; above 0.
    multiple : float
        Standard deviations from the centre to the limits.

    Returns
    -------
    Limits
        Centre the overall rate u, limits ``u ± 3 sqrt(u / exposure)``, not below 0.

    References
    ----------
    .. [1] D. C. Montgomery, "Introduction to Statistical Quality Control", chapter 7.

    Examples
    --------
    >>> limits = rates_chart([4, 6], [10, 10])
    >>> limits.centre, round(float(limits.high[0]), 2)
    (0.5, 1.17)
    """
    counts, exposures = np.asarray(counts, dtype=float), np.asarray(exposures, dtype=float)
    centre = float(counts.sum() / exposures.sum())
    half = multiple * np.sqrt(centre / exposures)
    return Limits(centre, np.maximum(centre - half, 0), centre + half, np.nan)


def signals(values: ArrayLike, limits: Limits) -> np.ndarray:
    """Points that the ordinary up and down does not explain.

    Parameters
    ----------
    values : array-like of float, shape (n_points,)
        In time order; NaN is never a signal.
    limits : Limits

    Returns
    -------
    ndarray of bool, shape (n_points,)
        True for a point outside the limits, and for each point of a run of eight or more on one side of the
        centre.

    References
    ----------
    .. [1] D. J. Wheeler, "Understanding Variation", 2nd edition, 2000.

    Examples
    --------
    >>> points = [1, 2, 1, 2, 1, 2, 9]
    >>> signals(points, individuals(points)).tolist()
    [False, False, False, False, False, False, True]
    """
    values = np.asarray(values, dtype=float)
    with np.errstate(invalid="ignore"):
        outside = (values < limits.low) | (values > limits.high)
        side = np.nan_to_num(np.sign(values - limits.centre))
    starts = np.flatnonzero(np.r_[True, side[1:] != side[:-1]])
    for start, stop in zip(starts, np.r_[starts[1:], side.size], strict=True):
        if stop - start >= RUN and side[start] != 0:
            outside[start:stop] = True
    return outside
