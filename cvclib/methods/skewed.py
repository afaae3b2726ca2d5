"""Means of skewed values, such as costs and revenues of customers, with intervals that heed the skewness.

Student's interval is symmetric. Where a few values are far larger than the rest it lies too low and covers too
seldom; Hall's interval is Student's, bent by the skewness of the sample. It needs moments only, which an engine makes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from cvclib.methods.estimate import Estimate

FEWEST_SKEWED = 200  # values from which the interval covers as it says, also where six in ten are nought (simulated)
_STRAIGHT = 1e-6  # below this skewness the transformation is the identity


def skewed_mean(values: ArrayLike, counts: ArrayLike | None = None) -> Estimate:
    """Estimate the mean of skewed values, with Hall's interval.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        No blanks.
    counts : array-like of int, shape (n,), optional
        How many each value stands for; one each by default.

    Returns
    -------
    Estimate
        As `skewed_mean_of_moments`.

    Examples
    --------
    >>> [round(x, 2) for x in skewed_mean([0, 0, 0, 1, 1, 2, 3, 9])]
    [2.0, 0.25, 11.35, 8]
    """
    values = np.asarray(values, dtype=float)
    counts = np.ones(values.size) if counts is None else np.asarray(counts, dtype=float)
    n = int(counts.sum())
    if n < 2:
        return Estimate(float(values.mean()) if n else np.nan, np.nan, np.nan, n)
    centre = float(counts @ values / n)
    second, third = (float(counts @ (values - centre) ** power / n) for power in (2, 3))
    skewness = third / second**1.5 if second**1.5 > 0 else 0.0  # also of values that differ by next to nothing
    return skewed_mean_of_moments(n, centre, float(np.sqrt(second * n / (n - 1))), skewness)


def skewed_mean_of_moments(n: int, centre: float, spread: float, skewness: float) -> Estimate:
    """Estimate the mean of skewed values from their moments, with Hall's interval.

    Parameters
    ----------
    n : int
        Number of values.
    centre, spread : float
        Their mean and sample standard deviation (divisor n - 1).
    skewness : float
        Third central moment over the 1.5th power of the second, both with divisor n.

    Returns
    -------
    Estimate
        Mean, 95% interval (NaN ends for fewer than two values), n. Covers at least 93.5% from `FEWEST_SKEWED` values
        on where the values are as skewed as log-normal ones with standard deviation 1, or exponential with
        many noughts; Student's needs some 500.

    Notes
    -----
    With t the 97.5% point of Student's distribution and A the skewness, the ends are
    ``mean - s/√n · h(t)`` and ``mean - s/√n · h(-t)``, where
    ``h(x) = 3√n/A · (∛(1 + A(x/√n - A/(6n))) - 1)``; without skewness h is the identity.

    References
    ----------
    .. [1] P. Hall, "On the removal of skewness by transformation", Journal of the Royal Statistical Society B 54, 1992.

    Examples
    --------
    >>> [round(x, 2) for x in skewed_mean_of_moments(100, 10.0, 10.0, 0.0)]
    [10.0, 8.02, 11.98, 100]
    >>> [round(x, 2) for x in skewed_mean_of_moments(100, 10.0, 10.0, 2.0)]
    [10.0, 8.26, 12.37, 100]
    """
    if n < 2:
        return Estimate(float(centre) if n else np.nan, np.nan, np.nan, int(n))
    reach = float(stats.t.ppf(0.975, n - 1))
    error = spread / np.sqrt(n)
    low, high = (float(centre - error * _bent(x, skewness, n)) for x in (reach, -reach))
    return Estimate(float(centre), low, high, int(n))


def clustered_skewed_mean(n: int, clusters: int, centre: float, second: float, third: float) -> Estimate:
    """Estimate the mean of skewed values of which several belong together, such as the orders of a customer.

    Parameters
    ----------
    n : int
        Number of values.
    clusters : int
        How many they belong to; `n` where every value stands alone.
    centre : float
        Mean of the values.
    second, third : float
        Sums over the clusters of the square and the cube of what a cluster's values, less the mean, add up to.

    Returns
    -------
    Estimate
        Mean, 95% interval (NaN ends for fewer than two clusters), and n, the number of values.

    Notes
    -----
    The mean is the ratio of two sums over clusters, of values and of their number. Linearised, cluster i adds
    ``C/n (y_i - m_i mean)`` with m_i values that sum to y_i, C being the number of clusters; Hall's interval is that of the mean of
    these. With every value alone it is `skewed_mean`.

    References
    ----------
    .. [1] W. G. Cochran, "Sampling Techniques", 3rd edition, 1977, section 6.

    Examples
    --------
    Values 1, 3, 5 and 7, of one customer each; then the first two of one and the last two of another.

    >>> [round(x, 2) for x in clustered_skewed_mean(4, 4, 4.0, 20.0, 0.0)]
    [4.0, -0.11, 8.11, 4]
    >>> [round(x, 1) for x in clustered_skewed_mean(4, 2, 4.0, 32.0, 0.0)]
    [4.0, -21.4, 29.4, 4]
    """
    if clusters < 2:
        return Estimate(float(centre) if n else np.nan, np.nan, np.nan, int(n))
    square = second / clusters
    skewness = third / clusters / square**1.5 if square**1.5 > 0 else 0.0
    spread = np.sqrt(second / (clusters - 1)) * clusters / n
    return skewed_mean_of_moments(clusters, centre, float(spread), float(skewness))._replace(n=int(n))


def _bent(x: float, skewness: float, n: int) -> float:
    """Inverse of Hall's transformation."""
    if not abs(skewness) > _STRAIGHT:
        return x
    return float(3 * np.sqrt(n) / skewness * (np.cbrt(1 + skewness * (x / np.sqrt(n) - skewness / (6 * n))) - 1))
