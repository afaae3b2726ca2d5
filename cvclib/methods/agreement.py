"""Whether rankings agree: Kendall's W among several, Spearman's correlation between two."""

from __future__ import annotations

from itertools import permutations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from cvclib.methods.estimate import Z_95, Estimate

EXACT_UP_TO = 7  # pairs, whose 5,040 orders are quickly gone through


class Concordance(NamedTuple):
    """Kendall's coefficient of concordance.

    Parameters
    ----------
    w : float
        0 (no agreement at all) to 1 (all rank alike).
    chi_square, p_value : float
        Test of no agreement.
    degrees : int
        Degrees of freedom: items less one.
    n_items, n_raters : int
    """

    w: float
    chi_square: float
    degrees: int
    p_value: float
    n_items: int
    n_raters: int


class Correlation(NamedTuple):
    """A rank correlation with its interval and test.

    Parameters
    ----------
    rho : Estimate
        -1 to 1, 95% interval, number of pairs.
    p_value : float
        Two-sided.
    """

    rho: Estimate
    p_value: float


def kendalls_w(ratings: ArrayLike, *, correct_ties: bool = True) -> Concordance:
    """Estimate how far raters rank the same items alike.

    Parameters
    ----------
    ratings : array-like of float, shape (n_items, n_raters)
        Ranks or scores, no blanks; each column is ranked first, ties sharing their mean rank.
    correct_ties : bool
        Whether W is corrected for ties. Without it, many ties keep W below 1 even where all agree.

    Returns
    -------
    Concordance

    Raises
    ------
    ValueError
        If there are fewer than two items or raters, or a blank.

    Notes
    -----
    With m raters, n items, rank sums Rᵢ, ``S = Σ (Rᵢ - R̄)²`` and ``T = Σ (t³ - t)`` over all groups of t ties:
    ``W = 12 S / (m² (n³ - n) - m T)``; without correction T = 0. The test is ``χ² = m (n - 1) W`` on n - 1
    degrees of freedom, rough below seven items.

    References
    ----------
    .. [1] M. G. Kendall, B. Babington Smith, "The problem of m rankings", Annals of Mathematical Statistics 10, 1939.

    Examples
    --------
    >>> kendalls_w([[1, 1], [2, 2], [3, 3]]).w
    1.0
    """
    ratings = np.asarray(ratings, dtype=float)
    if ratings.ndim != 2 or min(ratings.shape) < 2 or np.isnan(ratings).any():
        raise ValueError(f"ratings must hold at least 2 items by 2 raters and no blank, but has shape {ratings.shape}")
    n, m = ratings.shape
    ranks = stats.rankdata(ratings, axis=0)
    spread = float(np.sum((ranks.sum(axis=1) - m * (n + 1) / 2) ** 2))
    ties = sum(float(np.sum(t**3 - t)) for t in (np.unique(column, return_counts=True)[1] for column in ranks.T))
    possible = m**2 * (n**3 - n) - (m * ties if correct_ties else 0)
    if possible == 0:  # every rater gave all items the same rank
        return Concordance(np.nan, np.nan, n - 1, np.nan, n, m)
    w = 12 * spread / possible
    chi_square = m * (n - 1) * w
    return Concordance(w, chi_square, n - 1, float(stats.chi2.sf(chi_square, n - 1)), n, m)


def concordance_p(ratings: ArrayLike, *, rng: np.random.Generator, shuffles: int = 1999) -> float:
    """Test Kendall's W by shuffling each rater's ranks: for few items, where its χ² is rough.

    Parameters
    ----------
    ratings : array-like of float, shape (n_items, n_raters)
        As in `kendalls_w`.
    rng : numpy.random.Generator
    shuffles : int

    Returns
    -------
    float
        Share of shuffles, the order seen being one of them, in which W is at least as high.

    Examples
    --------
    >>> concordance_p([[1, 1], [2, 2], [3, 3]], rng=np.random.default_rng(1)) > 0.05  # one in six orders agrees by chance
    True
    """
    ranks = stats.rankdata(np.asarray(ratings, dtype=float), axis=0)
    seen = float(np.var(ranks.sum(axis=1)))
    drawn = np.array([np.var(rng.permuted(ranks, axis=0).sum(axis=1)) for _ in range(shuffles)])
    return float((1 + np.sum(drawn >= seen - 1e-9)) / (1 + shuffles))


def spearman(x: ArrayLike, y: ArrayLike, *, given: ArrayLike | None = None) -> Correlation:
    """Estimate the rank correlation of two variables, optionally beside a third one held fixed.

    Parameters
    ----------
    x, y : array-like of float, shape (n,)
        No blanks.
    given : array-like of float, shape (n,), optional
        A third variable whose ranks are taken out of both first (partial correlation).

    Returns
    -------
    Correlation
        NaN where a variable does not vary; the interval and test are NaN below five pairs.

    Notes
    -----
    The interval is made on Fisher's z scale with Bonett and Wright's standard error
    ``sqrt((1 + r²/2) / (n - 3 - k))``, k = 1 if something is held fixed and 0 if not; the test is Student's on
    ``n - 2 - k`` degrees of freedom, or, up to seven pairs with nothing held fixed, exact over all orders.

    References
    ----------
    .. [1] D. G. Bonett, T. A. Wright, "Sample size requirements for estimating Pearson, Kendall and Spearman
       correlations", Psychometrika 65, 2000.

    Examples
    --------
    >>> round(spearman([1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, 5]).rho.value, 3)
    0.829
    """
    x, y = (stats.rankdata(np.asarray(v, dtype=float)) for v in (x, y))
    if x.size != y.size:
        raise ValueError(f"x and y must be of one length, not {x.size} and {y.size}")
    fixed = 0 if given is None else 1
    if given is not None:
        ranks = stats.rankdata(np.asarray(given, dtype=float))
        x, y = _residual(x, ranks), _residual(y, ranks)
    n = x.size
    if n < 3 or np.ptp(x) < 1e-9 or np.ptp(y) < 1e-9:
        return Correlation(Estimate(np.nan, np.nan, np.nan, n), np.nan)
    r = float(np.clip(np.corrcoef(x, y)[0, 1], -1, 1))
    if n < 5:
        return Correlation(Estimate(r, np.nan, np.nan, n), np.nan)
    exact = given is None and n <= EXACT_UP_TO
    if abs(r) > 1 - 1e-12:
        return Correlation(Estimate(r, r, r, n), _exact_p(x, y, r) if exact else 0.0)
    half = Z_95 * np.sqrt((1 + r**2 / 2) / (n - 3 - fixed))
    low, high = np.tanh([np.arctanh(r) - half, np.arctanh(r) + half])
    degrees = n - 2 - fixed
    p = _exact_p(x, y, r) if exact else 2 * stats.t.sf(abs(r) * np.sqrt(degrees / (1 - r**2)), degrees)
    return Correlation(Estimate(r, float(low), float(high), n), float(p))


def _exact_p(x: np.ndarray, y: np.ndarray, r: float) -> float:
    """Share of all orders of one variable that correlate with the other at least as strongly."""
    orders = np.array(list(permutations(range(x.size))))
    centred, other = x - x.mean(), y - y.mean()
    every = other[orders] @ centred / np.sqrt((centred @ centred) * (other @ other))
    return float(np.mean(np.abs(every) >= abs(r) - 1e-9))


def _residual(values: np.ndarray, on: np.ndarray) -> np.ndarray:
    centred = on - on.mean()
    spread = float(centred @ centred)
    return values - values.mean() - (centred * (centred @ values) / spread if spread else 0)
