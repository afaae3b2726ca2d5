"""Shares and means with their intervals, differences between two of them, and corrected families of tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from cvclib.methods.estimate import Z_95, Estimate


def share(count: int, n: int) -> Estimate:
    """Estimate a share from a count, with Wilson's interval.

    Parameters
    ----------
    count : int
        How many of `n` have the property, 0 to `n`.
    n : int
        How many were observed; 0 gives NaN.

    Returns
    -------
    Estimate
        Share from 0 to 1, its 95% interval, and n.

    Raises
    ------
    ValueError
        If `count` lies outside 0 to `n`.

    Notes
    -----
    With z = 1.96: centre ``(p + z²/2n) / (1 + z²/n)``, half width
    ``z/(1 + z²/n) · sqrt(p(1-p)/n + z²/4n²)``.

    References
    ----------
    .. [1] R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in
       Medicine 17, 1998.

    Examples
    --------
    >>> [round(x, 4) for x in share(81, 263)]
    [0.308, 0.2553, 0.3662, 263]
    """
    if not 0 <= count <= n:
        raise ValueError(f"count must lie in 0 to n = {n}, but is {count}")
    if n == 0:
        return Estimate(np.nan, np.nan, np.nan, 0)
    low, high = proportion_confint(count, n, method="wilson")
    return Estimate(count / n, float(max(low, 0.0)), float(min(high, 1.0)), int(n))


def weighted_share(has: ArrayLike, weights: ArrayLike) -> Estimate:
    """Estimate a share from weighted answers: Wilson's interval on the effective sample size.

    Parameters
    ----------
    has : array-like of bool, shape (n,)
        Whether each answer has the property.
    weights : array-like of float, shape (n,)
        Sampling weights, not negative, not all zero.

    Returns
    -------
    Estimate
        Weighted share, its 95% interval, and the number of answers (not the effective one).

    Notes
    -----
    Effective size after Kish: ``(Σw)² / Σw²``.

    References
    ----------
    .. [1] L. Kish, "Survey Sampling", Wiley, 1965.

    Examples
    --------
    >>> round(weighted_share([True, False], [3, 1]).value, 2)
    0.75
    """
    has, weights = np.asarray(has, dtype=bool), _weights(weights)
    return weighted_share_of_sums(weights[has].sum(), weights.sum(), (weights**2).sum(), has.size)


def weighted_share_of_sums(having: float, total: float, total_of_squares: float, n: int) -> Estimate:
    """Estimate a weighted share from sums that an engine made: the same as `weighted_share` of the rows.

    Parameters
    ----------
    having, total : float
        Sum of the weights of those with the property, and of all.
    total_of_squares : float
        Sum of the squared weights of all.
    n : int
        Number of rows.

    Returns
    -------
    Estimate
        As `weighted_share`; NaN where `total` is 0.

    Examples
    --------
    >>> weighted_share_of_sums(3, 4, 10, 2) == weighted_share([True, False], [3, 1])
    True
    """
    if not total > 0:
        return Estimate(np.nan, np.nan, np.nan, 0)
    value, effective = min(float(having / total), 1.0), total**2 / total_of_squares
    low, high = proportion_confint(value * effective, effective, method="wilson")
    return Estimate(value, float(max(low, 0.0)), float(min(high, 1.0)), int(n))


def mean(values: ArrayLike, weights: ArrayLike | None = None) -> Estimate:
    """Estimate a mean, with Student's interval; weighted if `weights` are given.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        No blanks.
    weights : array-like of float, shape (n,), optional
        Sampling weights; then the standard error is that of a weighted mean, linearised.

    Returns
    -------
    Estimate
        Mean, 95% interval (NaN ends for fewer than two values), n.

    Examples
    --------
    >>> [round(x, 2) for x in mean([1, 2, 3, 4])]
    [2.5, 0.45, 4.55, 4]
    """
    values = np.asarray(values, dtype=float)
    if values.size == 0:
        return Estimate(np.nan, np.nan, np.nan, 0)
    weights = np.ones(values.size) if weights is None else _weights(weights)
    centre = float(np.average(values, weights=weights))
    if values.size < 2:
        return Estimate(centre, np.nan, np.nan, 1)
    n = values.size
    error = np.sqrt(n / (n - 1) * np.sum((weights * (values - centre)) ** 2)) / weights.sum()
    half = stats.t.ppf(0.975, n - 1) * error
    return Estimate(centre, float(centre - half), float(centre + half), n)


def mean_of_moments(n: int, centre: float, spread: float) -> Estimate:
    """Estimate a mean from the moments that an engine made, with Student's interval.

    Parameters
    ----------
    n : int
        Number of values.
    centre, spread : float
        Their mean and sample standard deviation (divisor n - 1).

    Returns
    -------
    Estimate
        Mean, 95% interval (NaN ends for fewer than two values), n.

    Examples
    --------
    >>> [round(x, 2) for x in mean_of_moments(4, 2.5, 1.2909944)]
    [2.5, 0.45, 4.55, 4]
    """
    if n == 0:
        return Estimate(np.nan, np.nan, np.nan, 0)
    if n < 2:
        return Estimate(float(centre), np.nan, np.nan, 1)
    half = stats.t.ppf(0.975, n - 1) * spread / np.sqrt(n)
    return Estimate(float(centre), float(centre - half), float(centre + half), int(n))


def difference(after: Estimate, before: Estimate) -> Estimate:
    """Difference of two independent estimates, its interval made from theirs.

    Parameters
    ----------
    after, before : Estimate
        Each with its own 95% interval.

    Returns
    -------
    Estimate
        ``after - before``; n is the smaller of the two.

    Notes
    -----
    Newcombe's method 10 (MOVER): with d the difference, lower end ``d - sqrt((a-l_a)² + (u_b-b)²)``,
    upper end ``d + sqrt((u_a-a)² + (b-l_b)²)``. For two Wilson intervals it is his hybrid score interval.

    References
    ----------
    .. [1] R. G. Newcombe, "Interval estimation for the difference between independent proportions",
       Statistics in Medicine 17, 1998.

    Examples
    --------
    >>> [round(x, 4) for x in difference(share(56, 70), share(48, 80))]
    [0.2, 0.0524, 0.3339, 70]
    """
    d = after.value - before.value
    low = d - np.hypot(after.value - after.low, before.high - before.value)
    high = d + np.hypot(after.high - after.value, before.value - before.low)
    return Estimate(float(d), float(low), float(high), min(after.n, before.n))


def p_value(change: Estimate) -> float:
    """Two-sided p value of a difference from zero, read from its 95% interval.

    Parameters
    ----------
    change : Estimate
        A difference with its interval.

    Returns
    -------
    float
        From the normal distribution, with the half of the interval that reaches towards zero as 1.96
        standard errors; NaN without an interval.

    Examples
    --------
    >>> round(p_value(Estimate(0.2, 0.0, 0.4, 100)), 3)
    0.05
    """
    half = change.value - change.low if change.value >= 0 else change.high - change.value
    if not np.isfinite(half):
        return float("nan")
    if half == 0:
        return 1.0 if change.value == 0 else 0.0
    return float(2 * stats.norm.sf(abs(change.value) / (half / Z_95)))


def benjamini_hochberg(p_values: ArrayLike) -> np.ndarray:
    """Adjust a family of p values for the share of false discoveries.

    Parameters
    ----------
    p_values : array-like of float, shape (n,)
        NaN for a test that could not be made; it stays NaN and does not count.

    Returns
    -------
    ndarray of float, shape (n,)
        Adjusted p values in the same order.

    References
    ----------
    .. [1] Y. Benjamini, Y. Hochberg, "Controlling the false discovery rate", JRSS B 57, 1995.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.02, 0.9]).round(2).tolist()
    [0.03, 0.03, 0.9]
    """
    p_values = np.asarray(p_values, dtype=float)
    adjusted = np.full(p_values.shape, np.nan)
    known = np.isfinite(p_values)
    if known.any():
        adjusted[known] = multipletests(p_values[known], method="fdr_bh")[1]
    return adjusted


def _weights(weights: ArrayLike) -> np.ndarray:
    weights = np.asarray(weights, dtype=float)
    if not (weights >= 0).all() or weights.sum() == 0:
        raise ValueError("weights must not be negative or blank, and not all zero")
    return weights
