"""On how few the total rests: Lorenz curve, Gini coefficient, share of the largest, and the whale curve of profits.

Values in, one a customer; what they are worth, and whether a value can be negative, the caller knows.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from cvclib.methods.estimate import Z_95, Estimate
from cvclib.methods.skewed import skewed_mean

FEWEST_FOR_GINI = 100  # values from which the interval covers as it says, where they are no more unequal than exponential ones
FEWEST_IF_UNEQUAL = 2_000  # the same for log-normal values with standard deviation 1 (Gini 0.52, a long tail), simulated


def gini(values: ArrayLike) -> Estimate:
    """Estimate the Gini coefficient: 0 where all have the same, towards 1 where one has all.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Not negative, not all nought.

    Returns
    -------
    Estimate
        Coefficient with the jackknife's 95% interval; NaN ends for fewer than three values. See `FEWEST_FOR_GINI`
        and `FEWEST_IF_UNEQUAL` for the sizes from which it covers.

    Raises
    ------
    ValueError
        If a value is negative or blank, or all are nought.

    Notes
    -----
    With values in rising order ``G = (2 Σ i·x_i / (n Σ x) - (n+1)/n) · n/(n-1)``: half the mean absolute difference
    of two customers over the mean. The factor n/(n-1) takes out the bias of small samples; without it the coefficient
    is that of R's ``ineq``. Leaving out the k-th lowers the ranks above it by one, so that all n jackknife values
    come from one sort and one running sum.

    References
    ----------
    .. [1] S. Yitzhaki, "Calculating jackknife variance estimators for parameters of the Gini method", Journal of
       Business and Economic Statistics 9, 1991.

    Examples
    --------
    >>> gini([1, 1, 1]).value, gini([0, 0, 0, 4]).value
    (0.0, 1.0)
    >>> [round(x, 3) for x in gini([1, 2, 3, 4, 10])]
    [0.5, 0.0, 1.0, 5]
    """
    x = np.sort(np.asarray(values, dtype=float))
    if x.size == 0 or not (x >= 0).all() or not x[-1] > 0:
        raise ValueError("values must not be negative or blank, and not all nought")
    n, total, rank = x.size, x.sum(), np.arange(1, x.size + 1)
    if n < 2:
        return Estimate(np.nan, np.nan, np.nan, n)
    ranked = rank @ x
    value = float((2 * ranked / (n * total) - (n + 1) / n) * n / (n - 1))
    if n < 3:
        return Estimate(value, np.nan, np.nan, n)
    above = total - np.cumsum(x)
    left = np.maximum(total - x, np.finfo(float).tiny)
    without = (2 * (ranked - rank * x - above) / ((n - 1) * left) - n / (n - 1)) * (n - 1) / (n - 2)
    error = np.sqrt((n - 1) ** 2 / n * without.var(ddof=1))
    half = float(stats.t.ppf(0.975, n - 1) * error)
    return Estimate(value, max(value - half, 0.0), min(value + half, 1.0), n)


def top_share(values: ArrayLike, top: float = 0.2) -> Estimate:
    """Estimate which share of the total the largest bring.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        May be negative; their sum must be above nought.
    top : float
        Which part of all are the largest, above 0 and below 1.

    Returns
    -------
    Estimate
        Share of the total, above 1 where the others take away; 95% interval, within `top` and 1 where no value is
        negative; n of all.

    Raises
    ------
    ValueError
        If the values do not sum to more than nought, or `top` lies outside 0 to 1.

    Notes
    -----
    ``1 - L(1 - top)`` on the Lorenz curve, between two customers by a straight line. With ξ the value at which the top begins, θ
    the share and μ the mean, the influence of a value is ``((x - ξ)₊ + top·ξ - θ·x) / μ``; the interval is
    that of their mean, made with its skewness in mind (`cvclib.methods.skewed.skewed_mean`). See `FEWEST_IF_UNEQUAL`.

    References
    ----------
    .. [1] C. M. Beach, R. Davidson, "Distribution-free statistical inference with Lorenz curves and income shares",
       Review of Economic Studies 50, 1983.

    Examples
    --------
    >>> top_share([1, 1, 1, 1, 6], 0.2).value
    0.6
    """
    x = np.sort(_summing_above_nought(values))[::-1]
    if not 0 < top < 1:
        raise ValueError(f"top must lie between 0 and 1, but is {top}")
    n, mean = x.size, x.mean()
    whole = int(top * n + 1e-9)
    value = (x[:whole].sum() + (top * n - whole) * x[min(whole, n - 1)]) / x.sum()
    begins = x[min(whole, n - 1)]
    influence = (np.maximum(x - begins, 0) + top * begins - value * x) / mean
    around = skewed_mean(influence)
    low, high = value + around.low, value + around.high
    if x[-1] >= 0:  # the largest bring at least their part, and no more than all
        low, high = np.clip((low, high), top, 1.0)
    return Estimate(float(value), float(low), float(high), n)


def peak_share(values: ArrayLike) -> Estimate:
    """Estimate how high the whale curve rises: what the profitable bring, over the total that is left.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Profit of each; their sum must be above nought.

    Returns
    -------
    Estimate
        1 where none takes away; 1.5 where the profitable bring half as much again as is left in the end.

    Raises
    ------
    ValueError
        If the values do not sum to more than nought.

    Notes
    -----
    ``θ = Σ x₊ / Σ x``, a ratio of two means; the influence of a value is ``(x₊ - θ·x) / μ``. The interval is normal for
    ``ln(θ - 1)``, so that it stays above 1; covers from some 100 values on.

    References
    ----------
    .. [1] R. S. Kaplan, V. G. Narayanan, "Measuring and managing customer profitability", Journal of Cost Management
       15, 2001.

    Examples
    --------
    >>> peak_share([6, 4, 2, -2]).value
    1.2
    """
    x = _summing_above_nought(values)
    value = float(np.maximum(x, 0).sum() / x.sum())
    if x.size < 2 or not value > 1:
        return Estimate(value, value, value, x.size) if x.size > 1 else Estimate(value, np.nan, np.nan, x.size)
    error = ((np.maximum(x, 0) - value * x) / x.mean()).std(ddof=1) / np.sqrt(x.size)
    factor = float(np.exp(Z_95 * error / (value - 1)))
    return Estimate(value, 1 + (value - 1) / factor, 1 + (value - 1) * factor, x.size)


def lorenz_curve(values: ArrayLike, points: int = 100) -> pd.DataFrame:
    """Share of the total that the smallest bring together, by share of all.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Their sum must be above nought.
    points : int
        Steps of the curve; no step tells of one customer unless there are fewer customers than steps.

    Returns
    -------
    pandas.DataFrame
        ``share_of_customers``, ``share_of_total``, both from 0 to 1.

    Examples
    --------
    >>> lorenz_curve([1, 1, 2, 4], points=2)["share_of_total"].tolist()
    [0.0, 0.25, 1.0]
    """
    return _running_share(np.sort(_summing_above_nought(values)), points)


def whale_curve(values: ArrayLike, points: int = 100) -> pd.DataFrame:
    """Share of the total profit that the most profitable bring together, by share of all.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Profit of each; their sum must be above nought.
    points : int
        As in `lorenz_curve`.

    Returns
    -------
    pandas.DataFrame
        ``share_of_customers`` and ``share_of_total``, which rises above 1 and comes back to it where some take away.

    Examples
    --------
    >>> whale_curve([6, 4, 2, -2], points=4)["share_of_total"].tolist()
    [0.0, 0.6, 1.0, 1.2, 1.0]
    """
    return _running_share(np.sort(_summing_above_nought(values))[::-1], points)


def _running_share(x: np.ndarray, points: int) -> pd.DataFrame:
    running = np.concatenate([[0.0], np.cumsum(x)]) / x.sum()
    part = np.linspace(0, 1, points + 1)
    return pd.DataFrame({"share_of_customers": part, "share_of_total": np.interp(part * x.size, np.arange(x.size + 1), running)})


def _summing_above_nought(values: ArrayLike) -> np.ndarray:
    x = np.asarray(values, dtype=float)
    if not np.isfinite(x).all() or not x.sum() > 0:
        raise ValueError("values must hold no blanks and sum to more than nought")
    return x
