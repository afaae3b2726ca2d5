"""Funnel plots: whether an institution stands out from the others by more than chance and common variety explain."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

Side = Literal["within", "below", "above"]

WARNING, ALARM = 0.95, 0.998  # two-sided; about two and three standard errors
WINSORISED = 0.10  # of the z scores at each end, so that outliers do not widen the limits that should show them
OF_WINSORISED = 0.6787  # mean square of standard normal scores winsorised at 10% and 90%: 0.8 - 2 x f(x) + 0.2 x², x = 1.2816


class Funnel(NamedTuple):
    """A funnel: its centre, how far units differ beyond chance, and where each unit stands.

    Parameters
    ----------
    centre : float
        What all have in common: the pooled figure, or its mean over units where they differ beyond chance.
    tau : float
        Standard deviation of the units' own levels beyond chance; 0 where chance alone explains how they differ.
    dispersion : float
        Mean square of the winsorised z scores, made comparable with 1: about 1 where chance explains all.
    low, high : ndarray of shape (n_units, 2)
        Limits of each unit, 95% and 99.8%.
    p : ndarray
        Two-sided p value of each unit.
    side : tuple of str
        Of each unit, against the 99.8% limits.
    """

    centre: float
    tau: float
    dispersion: float
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray
    side: tuple[Side, ...]


def share_limits(n: ArrayLike, centre: float, level: float = ALARM) -> tuple[np.ndarray, np.ndarray]:
    """Control limits of a share for each number of records: exact binomial, interpolated between counts.

    Parameters
    ----------
    n : array-like of int
        Records, at least 1.
    centre : float
        The common share, above 0 and below 1.
    level : float
        Two-sided, such as 0.998.

    Returns
    -------
    (ndarray, ndarray)
        Lower and upper limits, 0 to 1.

    Notes
    -----
    With r the smallest count with ``P(R <= r) >= p`` and ``a = (P(R <= r) - p) / P(R = r)``, the lower limit is ``(r - a) / n``.
    The upper one is that of the records without, seen from above: a count lies outside where its own tail is below p. (The source's
    formula for the upper end calls 9 of 10 at a half outside 99.8%, though 9 or more come up in 1.1% of cases.)

    References
    ----------
    .. [1] D. J. Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics in Medicine 24, 2005,
       appendix A.1.1.

    Examples
    --------
    Ten records at a half: P(R <= 1) = 11/1024 and P(R <= 2) = 56/1024, so that 2.5% lies 32% of the way from 1 to 2.

    >>> low, high = share_limits([10], 0.5, 0.95)
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.1324, 0.8676)
    """
    n = np.asarray(n, dtype=float)

    def lower(share: float) -> np.ndarray:
        p = (1 - level) / 2
        r = stats.binom.ppf(p, n, share)
        reached, at = stats.binom.cdf(r, n, share), stats.binom.pmf(r, n, share)
        return np.clip((r - (reached - p) / at) / n, 0, 1)

    return lower(centre), 1 - lower(1 - centre)


def funnel_of_shares(counts: ArrayLike, n: ArrayLike) -> Funnel:
    """Compare shares of several units, each a count of a number.

    Parameters
    ----------
    counts, n : array-like of int, shape (n_units,)
        How many of how many records have what is counted.

    Returns
    -------
    Funnel
        Exact binomial limits where chance explains how units differ; else normal limits widened by ``tau``.

    Raises
    ------
    ValueError
        If there are fewer than three units, or one has no records.

    Notes
    -----
    ``z = (y - c) / sqrt(c (1 - c) / n)``, winsorised at 10% at either end; their mean square, over the 0.6787 that
    winsorising leaves of a normal variance, is the dispersion d. Where ``I d`` for I units lies above the 95% point of
    chi-squared with I - 1 degrees of freedom, ``tau² = (I d - (I - 1)) / (Σw - Σw² / Σw)`` with w the inverse variances, and limits
    and p values are those of ``c ± z sqrt(c (1 - c) / n + tau²)``. The p value without tau is the exact one, doubled.

    References
    ----------
    .. [1] D. J. Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics in Medicine 24, 2005.
    .. [2] D. J. Spiegelhalter, "Handling over-dispersion of performance indicators", Quality and Safety in Health Care 14, 2005.

    Examples
    --------
    >>> funnel_of_shares([50, 48, 55, 51, 49, 52, 47, 53, 45, 20], [100] * 10).side[-1]
    'below'
    """
    counts, n = np.asarray(counts, dtype=float), np.asarray(n, dtype=float)
    _check(n)
    centre = float(counts.sum() / n.sum())
    if not 0 < centre < 1:
        flat = np.full((n.size, 2), centre)
        return Funnel(centre, 0.0, 0.0, flat, flat, np.ones(n.size), ("within",) * n.size)
    error = np.sqrt(centre * (1 - centre) / n)
    found = _spread(counts / n, error, centre)
    if found.tau > 0:
        return found._replace(low=np.clip(found.low, 0, 1), high=np.clip(found.high, 0, 1))
    ends = [share_limits(n, centre, level) for level in (WARNING, ALARM)]
    low, high = np.column_stack([e[0] for e in ends]), np.column_stack([e[1] for e in ends])
    tails = np.minimum(stats.binom.cdf(counts, n, centre), stats.binom.sf(counts - 1, n, centre))
    return found._replace(low=low, high=high, p=np.minimum(2 * tails, 1.0), side=_sides(counts / n, low[:, 1], high[:, 1]))


def funnel_of_estimates(values: ArrayLike, errors: ArrayLike) -> Funnel:
    """Compare figures of several units, each with its standard error.

    Parameters
    ----------
    values, errors : array-like of float, shape (n_units,)
        In the same unit; errors above 0.

    Returns
    -------
    Funnel
        The centre weighs each unit by its inverse variance; limits are normal, widened as in `funnel_of_shares`.

    Raises
    ------
    ValueError
        If there are fewer than three units, or an error is not above 0.

    Examples
    --------
    >>> funnel_of_estimates([10, 11, 9, 10, 11, 9, 10, 10, 9, 20], [1] * 10).side[-1]
    'above'
    """
    values, errors = np.asarray(values, dtype=float), np.asarray(errors, dtype=float)
    _check(errors)
    return _spread(values, errors, float(np.average(values, weights=errors**-2)))


def _check(positive: np.ndarray) -> None:
    if positive.size < 3:
        raise ValueError(f"a funnel needs three units or more, but there are {positive.size}")
    if not (positive > 0).all():
        raise ValueError(f"numbers and errors must lie above 0, but the smallest is {positive.min()}")


def _spread(values: np.ndarray, errors: np.ndarray, centre: float) -> Funnel:
    """The funnel with normal limits around a centre, widened where units differ beyond chance."""
    tau, dispersion = _tau(values, errors, centre)
    if values.size * dispersion <= stats.chi2.ppf(WARNING, values.size - 1):
        tau = 0.0  # chance alone spreads units so far once in twenty times
    if tau > 0:  # then every unit speaks for the common level, not only those with the most records
        weights = 1 / (errors**2 + tau**2)
        middle = np.clip(values, *np.quantile(values, [WINSORISED, 1 - WINSORISED]))
        centre = float(np.average(middle, weights=weights))
        tau, dispersion = _tau(values, errors, centre)
    whole = np.sqrt(errors**2 + tau**2)
    z = np.array([stats.norm.ppf((1 + level) / 2) for level in (WARNING, ALARM)])
    low, high = centre - np.outer(whole, z), centre + np.outer(whole, z)
    p = 2 * stats.norm.sf(np.abs(values - centre) / whole)
    return Funnel(centre, tau, dispersion, low, high, p, _sides(values, low[:, 1], high[:, 1]))


def _tau(values: np.ndarray, errors: np.ndarray, centre: float) -> tuple[float, float]:
    """Standard deviation beyond chance by moments, from winsorised z scores, and their mean square."""
    z = (values - centre) / errors
    z = np.clip(z, *np.quantile(z, [WINSORISED, 1 - WINSORISED]))
    dispersion, units, weights = float(np.mean(z**2)) / OF_WINSORISED, values.size, errors**-2
    beyond = units * dispersion - (units - 1)
    room = weights.sum() - (weights**2).sum() / weights.sum()
    return (float(np.sqrt(beyond / room)) if beyond > 0 else 0.0), dispersion


def _sides(values: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[Side, ...]:
    return tuple("below" if v < a else "above" if v > b else "within" for v, a, b in zip(values, low, high, strict=True))
