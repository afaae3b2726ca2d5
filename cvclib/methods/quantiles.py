"""Medians and other quantiles of counted values, with an interval that assumes no distribution."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from cvclib.methods.estimate import Estimate


def quantile_of(values: ArrayLike, counts: ArrayLike, q: float = 0.5) -> Estimate:
    """Estimate a quantile from values counted by an engine, with the order-statistic interval.

    Parameters
    ----------
    values : array-like of float, shape (n_values,)
        Values that occur, in any order.
    counts : array-like of int, shape (n_values,)
        How often each occurs.
    q : float
        Between 0 and 1; the median by default.

    Returns
    -------
    Estimate
        Quantile (the middle of the two middle values where n is even, for the median), 95% interval and n.
        The ends are NaN where the sample is too small to bound the quantile on both sides.

    Raises
    ------
    ValueError
        If `q` does not lie between 0 and 1.

    Notes
    -----
    The number of observations below the quantile is binomial (n, q). With ranks counted from 1, the interval
    runs from the observation of rank ``l`` to that of rank ``u``, where ``l`` is the largest rank with
    ``P(B < l) <= 0.025`` and ``u`` the smallest with ``P(B >= u) <= 0.025``. It covers at least as often
    as it says, more often where values are tied.

    References
    ----------
    .. [1] W. J. Conover, "Practical Nonparametric Statistics", 3rd edition, 1999, section 3.2.

    Examples
    --------
    >>> quantile_of([1, 2, 3], [5, 10, 5])
    Estimate(value=2.0, low=2.0, high=2.0, n=20)
    """
    if not 0 < q < 1:
        raise ValueError(f"q must lie between 0 and 1, but is {q}")
    values, counts = np.asarray(values, dtype=float), np.asarray(counts, dtype=np.int64)
    n = int(counts.sum())
    if n == 0:
        return Estimate(np.nan, np.nan, np.nan, 0)
    order = np.argsort(values)
    values, reached = values[order], np.cumsum(counts[order])

    def of_rank(rank: int) -> float:
        return float(values[np.searchsorted(reached, rank)])

    place = 1 + q * (n - 1)  # linear between the two nearest ranks, as numpy and pandas do
    below, above = of_rank(int(np.floor(place))), of_rank(int(np.ceil(place)))
    value = float(below + (place - np.floor(place)) * (above - below))
    low_rank = int(stats.binom.ppf(0.025, n, q))
    high_rank = int(stats.binom.ppf(0.975, n, q)) + 1
    low = of_rank(low_rank) if low_rank >= 1 else np.nan
    high = of_rank(high_rank) if high_rank <= n else np.nan
    return Estimate(value, low, high, n)
