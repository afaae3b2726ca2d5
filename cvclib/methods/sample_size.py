"""How many answers it takes to see a change of a given size."""

from __future__ import annotations

from math import sqrt

from scipy import stats

ALPHA = 0.05
POWER = 0.8


def for_shares(before: float, after: float, *, power: float = POWER, alpha: float = ALPHA) -> float:
    """Answers in each of two periods to see a share change.

    Parameters
    ----------
    before, after : float
        Shares from 0 to 1, different from each other.
    power : float
        Chance of seeing it.
    alpha : float
        Chance of seeing a change where there is none, two-sided.

    Returns
    -------
    float
        Answers a period; round up.

    Raises
    ------
    ValueError
        If the shares are equal or outside 0 to 1.

    Notes
    -----
    ``n = (z_a sqrt(2 p(1-p)) + z_b sqrt(p1(1-p1) + p2(1-p2)))² / (p1 - p2)²`` with p the mean of the two.

    References
    ----------
    .. [1] J. L. Fleiss, "Statistical Methods for Rates and Proportions", 1981.

    Examples
    --------
    >>> round(for_shares(0.5, 0.75, power=0.9), 3)
    76.707
    """
    if not (0 <= before <= 1 and 0 <= after <= 1) or before == after:
        raise ValueError(f"before and after must be two different shares from 0 to 1, but are {before} and {after}")
    z_a, z_b = stats.norm.isf(alpha / 2), stats.norm.ppf(power)
    middle = (before + after) / 2
    spread = z_a * sqrt(2 * middle * (1 - middle)) + z_b * sqrt(before * (1 - before) + after * (1 - after))
    return float((spread / (after - before)) ** 2)


def for_means(change: float, deviation: float, *, power: float = POWER, alpha: float = ALPHA) -> float:
    """Answers in each of two periods to see a mean (or a net promoter score) change.

    Parameters
    ----------
    change : float
        The change to be seen, not zero.
    deviation : float
        Standard deviation of one answer, in the unit of `change`. For a net promoter score in points it is
        ``100 sqrt(p + d - (p - d)²)``.
    power, alpha : float

    Returns
    -------
    float
        Answers a period, ``2 (z_a + z_b)² deviation² / change²``; round up.

    Raises
    ------
    ValueError
        If `change` is zero.

    References
    ----------
    .. [1] J. Cohen, "Statistical Power Analysis for the Behavioral Sciences", 1988.

    Examples
    --------
    >>> round(for_means(5, 80), 1)
    4018.6
    """
    if change == 0:
        raise ValueError("change is zero; no number of answers shows that there is none")
    z = stats.norm.isf(alpha / 2) + stats.norm.ppf(power)
    return float(2 * (z * deviation / change) ** 2)


def detectable_change(n: int, deviation: float, *, power: float = POWER, alpha: float = ALPHA) -> float:
    """Smallest change of a mean that `n` answers in each of two periods would show.

    Parameters
    ----------
    n : int
        Answers a period, at least one.
    deviation : float
        Standard deviation of one answer.
    power, alpha : float

    Returns
    -------
    float
        In the unit of `deviation`.

    Examples
    --------
    >>> round(detectable_change(4019, 80), 2)
    5.0
    """
    z = stats.norm.isf(alpha / 2) + stats.norm.ppf(power)
    return float(z * deviation * sqrt(2 / n))
