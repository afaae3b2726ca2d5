"""Two shares compared within strata, so that a difference in what the groups are made of is not taken for one of theirs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from cvclib.methods.estimate import Z_95, Estimate


class Stratified(NamedTuple):
    """Difference of two shares over strata, and its test.

    Parameters
    ----------
    difference : Estimate
        First share less second, a weighted mean over the strata; n those of the first group.
    p_value : float
        Cochran–Mantel–Haenszel, without continuity correction; NaN where no stratum holds both groups.

    Examples
    --------
    >>> Stratified._fields
    ('difference', 'p_value')
    """

    difference: Estimate
    p_value: float


def compare_shares(hits: ArrayLike, n: ArrayLike, other_hits: ArrayLike, other_n: ArrayLike) -> Stratified:
    """Compare the share of a group with that of another, stratum by stratum.

    Parameters
    ----------
    hits, n : array-like of int, shape (strata,)
        Of the first group, in each stratum: those with the property, and all.
    other_hits, other_n : array-like of int, shape (strata,)
        Of the second group.

    Returns
    -------
    Stratified

    Notes
    -----
    The Mantel–Haenszel risk difference ``Σ (a m - b n)/N / Σ n m/N`` with the variance of Greenland and Robins
    ``Σ (a (n - a) m³ + b (m - b) n³) / (n m N²) / (Σ n m/N)²``.

    References
    ----------
    .. [1] S. Greenland, J. M. Robins, "Estimation of a common effect parameter from sparse follow-up data", Biometrics 41, 1985.

    Examples
    --------
    One stratum is the plain difference of two shares.

    >>> found = compare_shares([30], [100], [20], [100])
    >>> [round(x, 3) for x in found.difference], round(found.p_value, 3)
    ([0.1, -0.019, 0.219, 100], 0.103)
    """
    a, n, b, m = (np.asarray(part, dtype=float) for part in (hits, n, other_hits, other_n))
    both = (n > 0) & (m > 0)
    a, n, b, m = a[both], n[both], b[both], m[both]
    if not both.any():
        return Stratified(Estimate(np.nan, np.nan, np.nan, 0), float("nan"))
    whole, met = n + m, a + b
    weight = (n * m / whole).sum()
    value = float(((a * m - b * n) / whole).sum() / weight)
    error = float(np.sqrt(((a * (n - a) * m**3 + b * (m - b) * n**3) / (n * m * whole**2)).sum()) / weight)
    spread = (n * m * met * (whole - met) / (whole**2 * np.maximum(whole - 1, 1))).sum()
    p = float(stats.chi2.sf((a - n * met / whole).sum() ** 2 / spread, 1)) if spread > 0 else float("nan")
    return Stratified(Estimate(value, value - Z_95 * error, value + Z_95 * error, int(n.sum())), p)
