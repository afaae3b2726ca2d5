"""Shares of journeys where one customer makes several: effective sizes, and a test of two such shares."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from cvclib.methods import shares
from cvclib.methods.estimate import Estimate

LEAST_EXPECTED = 5.0  # a cell of the fourfold table expected smaller makes the test exact


class Tally(NamedTuple):
    """A share counted over clusters, in the sums that its sampling error needs.

    Parameters
    ----------
    n, hits : float
        Units, and those that have the property: sums of the clusters' m and y.
    n_clusters : int
        Clusters with at least one unit.
    hits_squared, cross, n_squared : float
        Sums over clusters of y squared, of y times m, and of m squared.
    """

    n: float
    hits: float
    n_clusters: int
    hits_squared: float
    cross: float
    n_squared: float

    @property
    def effective_n(self) -> float:
        """Units that would be as informative if each stood alone: n over the design effect, at most n.

        Notes
        -----
        With p = Σy / Σm and C clusters, the ratio estimator's variance is ``C/(C-1) Σ(y - pm)² / (Σm)²``; the design effect is
        that over ``p(1-p) / Σm``. For p of 0 or 1, where it is not defined, the number of clusters is taken.

        References
        ----------
        .. [1] W. G. Cochran, "Sampling Techniques", 3rd ed., Wiley, 1977, section 6.
        .. [2] J. N. K. Rao, A. J. Scott, "A simple method for the analysis of clustered binary data", Biometrics 48, 1992.

        Examples
        --------
        Four clusters of two units, each both or neither: worth four minus one units, not eight.

        >>> Tally(8, 4, 4, 8, 8, 16).effective_n
        3.0
        """
        if self.n == 0:
            return 0.0
        p = self.hits / self.n
        if p in (0, 1) or self.n_clusters < 2:
            return float(min(self.n, self.n_clusters))
        squares = self.hits_squared - 2 * p * self.cross + p**2 * self.n_squared
        variance = self.n_clusters / (self.n_clusters - 1) * squares / self.n**2
        return float(min(self.n, p * (1 - p) / variance)) if variance > 0 else float(self.n)

    @property
    def estimate(self) -> Estimate:
        """The share with Wilson's interval on the effective size; n is the number of units."""
        if self.n == 0:
            return Estimate(np.nan, np.nan, np.nan, 0)
        effective = self.effective_n
        found = shares.weighted_share_of_sums(self.hits / self.n * effective, effective, effective, int(self.n))
        return Estimate(float(self.hits / self.n), found.low, found.high, int(self.n))


def p_of_difference(one: Tally, other: Tally) -> float:
    """Two-sided p value of two shares being equal.

    Notes
    -----
    The pooled z test (the chi-square test of the fourfold table) on effective sizes; where a cell is expected below 5,
    Fisher's exact test on the effective counts, rounded down.

    Examples
    --------
    >>> plain = lambda hits, n: Tally(n, hits, n, hits, hits, n)
    >>> round(p_of_difference(plain(56, 70), plain(48, 80)), 4)
    0.0085
    """
    a, b = one.effective_n, other.effective_n
    if min(a, b) < 1:
        return float("nan")
    p, q = one.hits / one.n, other.hits / other.n
    pooled = (p * a + q * b) / (a + b)
    if min(pooled, 1 - pooled) * min(a, b) >= LEAST_EXPECTED:
        error = np.sqrt(pooled * (1 - pooled) * (1 / a + 1 / b))
        return float(2 * stats.norm.sf(abs(p - q) / error))
    cells = [[round(p * a), int(a) - round(p * int(a))], [round(q * b), int(b) - round(q * int(b))]]
    return float(stats.fisher_exact(np.maximum(cells, 0)).pvalue)
