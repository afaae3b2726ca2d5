"""Words that one group of speakers uses and another does not, counted once a speaker."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from scipy.special import xlogy

from cvclib.methods.estimate import Z_95
from cvclib.methods.shares import benjamini_hochberg


def log_likelihood(here: ArrayLike, there: ArrayLike, n_here: float, n_there: float) -> np.ndarray:
    """Dunning's log-likelihood ratio of words in two groups.

    Parameters
    ----------
    here, there : array-like of float, shape (n_words,)
        Speakers of each group who use each word.
    n_here, n_there : float
        Speakers of each group.

    Returns
    -------
    ndarray of float, shape (n_words,)
        G², 0 where both groups use a word alike.

    Notes
    -----
    ``G² = 2 Σ O ln(O/E)`` over the four cells: word or not, by group.

    References
    ----------
    .. [1] T. Dunning, "Accurate methods for the statistics of surprise and coincidence", Computational
       Linguistics 19, 1993.

    Examples
    --------
    >>> log_likelihood([10, 5], [10, 20], 100, 100).round(3).tolist()
    [0.0, 10.925]
    """
    a, b = np.asarray(here, float), np.asarray(there, float)
    both, whole = a + b, n_here + n_there
    parts = 0.0
    for observed, of_word, n in (
        (a, both, n_here),
        (b, both, n_there),
        (n_here - a, whole - both, n_here),
        (n_there - b, whole - both, n_there),
    ):
        expected = of_word * n / whole
        parts = parts + xlogy(observed, np.divide(observed, expected, out=np.ones_like(observed), where=expected > 0))
    return np.maximum(2 * parts, 0.0)


def keyness(here: ArrayLike, there: ArrayLike, n_here: float, n_there: float) -> pd.DataFrame:
    """Compare how many speakers of two groups use each word.

    Parameters
    ----------
    here, there : array-like of float, shape (n_words,)
        Speakers of each group who use each word, each counted once however often it is said; with sampling
        weights, shares times the effective size.
    n_here, n_there : float
        Speakers of each group.

    Returns
    -------
    pandas.DataFrame
        ``share_here``, ``share_there``; ``log_ratio`` with ``low`` and ``high``; ``g2``; ``p`` and ``p_adjusted``
        (Benjamini–Hochberg over the words).

    Raises
    ------
    ValueError
        If a word has more speakers than its group.

    Notes
    -----
    The log ratio is log₂ of the ratio of the two shares: 1 means twice as many. Half a speaker is added to each
    count and one to each group, so that a word that one group never uses has a finite ratio; its interval is
    Wald's. G² is shown as the field's statistic; as many words are rare, p is exact: twice the smaller tail of
    the hypergeometric distribution (Fisher).

    References
    ----------
    .. [1] A. Hardie, "Log Ratio: an informal introduction", Lancaster University, 2014.

    Examples
    --------
    >>> keyness([30, 10], [10, 10], 100, 100)[["log_ratio", "low", "high", "g2"]].round(2).values.tolist()
    [[1.54, 0.61, 2.47, 12.97], [0.0, -1.17, 1.17, 0.0]]
    """
    a, b = np.asarray(here, float), np.asarray(there, float)
    if (a > n_here).any() or (b > n_there).any():
        raise ValueError(f"a word cannot have more speakers than its group of {n_here:g} or {n_there:g}")
    share_here, share_there = (a + 0.5) / (n_here + 1), (b + 0.5) / (n_there + 1)
    ratio = np.log2(share_here / share_there)
    error = np.sqrt(1 / (a + 0.5) - 1 / (n_here + 1) + 1 / (b + 0.5) - 1 / (n_there + 1)) / np.log(2)
    p = _exact(np.rint(a), np.rint(b), round(n_here), round(n_there))
    return pd.DataFrame({
        "share_here": a / max(n_here, 1), "share_there": b / max(n_there, 1), "log_ratio": ratio, "low": ratio - Z_95 * error,
        "high": ratio + Z_95 * error, "g2": log_likelihood(a, b, n_here, n_there), "p": p, "p_adjusted": benjamini_hochberg(p),
    })  # fmt: skip


def _exact(a: np.ndarray, b: np.ndarray, n_a: int, n_b: int) -> np.ndarray:
    drawn = stats.hypergeom(n_a + n_b, a + b, n_a)
    return np.minimum(1.0, 2 * np.minimum(drawn.cdf(a), drawn.sf(a - 1)))
