"""Bootstrap replicates of sums, in chunks of rows, so that a million answers need no more memory than a thousand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

CHUNK_ROWS = 2_000  # rows drawn at once: 500 replicates of them are 8 MB
_STEPS = 2**16
_POISSON_TABLE = stats.poisson.ppf((np.arange(_STEPS) + 0.5) / _STEPS, 1.0)


def poisson_counts(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """How often each row enters each replicate: Poisson variables of mean 1.

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : tuple of int

    Returns
    -------
    ndarray of float

    Notes
    -----
    Read from a table of 65,536 steps of the distribution, ten times as fast as drawing it anew; what the table
    leaves out is rarer than 1 in 100,000.

    Examples
    --------
    >>> counts = poisson_counts(np.random.default_rng(1), (1000, 1000))
    >>> round(float(counts.mean()), 2), round(float(counts.var()), 2)
    (1.0, 1.0)
    """
    return _POISSON_TABLE[rng.integers(0, _STEPS, size=shape, dtype=np.uint16)]


def bootstrap_sums(
    rows: ArrayLike,
    *,
    rng: np.random.Generator,
    replicates: int = 500,
    weights: ArrayLike | None = None,
    expand: Callable[[np.ndarray], np.ndarray] | None = None,
    groups: ArrayLike | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Column sums of a matrix, and the same sums in bootstrap replicates of its rows.

    Parameters
    ----------
    rows : array-like of float, shape (n, m)
        One row an independent observation; no blanks unless `expand` takes them out.
    rng : numpy.random.Generator
        From the same state, two calls with as many rows and replicates draw the same rows: give a row that
        does not count the weight 0, rather than leave it out, and both results belong together.
    replicates : int
        Number of bootstrap replicates; 0 gives the sums alone.
    weights : array-like of float, shape (n,), optional
        Sampling weights by which each row counts.
    expand : callable, optional
        From a chunk of rows to the columns to sum, where these are many: products of pairs.
    groups : array-like of int, shape (n,), optional
        Group of each row, from 0; sums are then made group by group, all from the same draws.

    Returns
    -------
    (ndarray of shape (m,), ndarray of shape (replicates, m))
        The sums, and their replicates; with `groups` of shape (g, m) and (replicates, g, m).

    Notes
    -----
    Each row enters a replicate as often as a Poisson variable of mean 1 says. This is the bootstrap of Efron
    without fixing the size of the resample, and needs one pass over the rows.

    References
    ----------
    .. [1] N. Chamandy, O. Muralidharan, A. Najmi, S. Naidu, "Estimating uncertainty for massive data
       streams", Google, 2012.

    Examples
    --------
    >>> sums, replicated = bootstrap_sums([[1.0], [2.0], [3.0]], rng=np.random.default_rng(1), replicates=4000)
    >>> sums.tolist(), replicated.shape, bool(abs(replicated.mean() - 6) < 0.2)
    ([6.0], (4000, 1), True)
    >>> bootstrap_sums([[1.0], [2.0], [3.0]], rng=np.random.default_rng(1), replicates=0, groups=[0, 1, 1])[0].tolist()
    [[1.0], [5.0]]
    """
    rows = np.asarray(rows, dtype=float)
    weights = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=float)
    codes = np.zeros(len(rows), dtype=int) if groups is None else np.asarray(groups, dtype=int)
    n_groups = int(codes.max(initial=0)) + 1
    n_columns = (rows if expand is None else expand(rows[:1])).shape[1]
    sums, replicated = np.zeros((n_groups, n_columns)), np.zeros((n_groups, replicates, n_columns))
    for start in range(0, len(rows), CHUNK_ROWS):
        part = slice(start, start + CHUNK_ROWS)
        chunk = rows[part]
        columns = (chunk if expand is None else expand(chunk)) * weights[part, None]
        counts = poisson_counts(rng, (replicates, len(chunk)))
        for group in np.unique(codes[part]):
            own = slice(None) if n_groups == 1 else np.flatnonzero(codes[part] == group)
            sums[group] += columns[own].sum(axis=0)
            replicated[group] += counts[:, own] @ columns[own]
    return (sums[0], replicated[0]) if groups is None else (sums, replicated.transpose(1, 0, 2))


def bootstrap_means(
    values: ArrayLike,
    *,
    rng: np.random.Generator,
    replicates: int = 500,
    weights: ArrayLike | None = None,
    groups: ArrayLike | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Column means over the filled cells, and their bootstrap replicates.

    Parameters
    ----------
    values : array-like of float, shape (n, k)
        One row a respondent, NaN a blank.
    rng : numpy.random.Generator
        As in `bootstrap_sums`.
    replicates : int
    weights : array-like of float, shape (n,), optional
        Sampling weights.
    groups : array-like of int, shape (n,), optional
        Group of each row, from 0: the result then has one more row, after the groups, for all together.

    Returns
    -------
    (ndarray of shape (k,), ndarray of shape (replicates, k))
        NaN where no cell of a column is filled; with `groups` of shape (g + 1, k) and (replicates, g + 1, k).

    Examples
    --------
    >>> means, _ = bootstrap_means([[1.0, np.nan], [3.0, 5.0]], rng=np.random.default_rng(1), replicates=10)
    >>> means.tolist()
    [2.0, 5.0]
    """
    values = np.asarray(values, dtype=float)
    k = values.shape[1]

    def expand(chunk: np.ndarray) -> np.ndarray:
        filled = np.isfinite(chunk)
        return np.hstack([np.where(filled, chunk, 0.0), filled])

    sums, replicated = bootstrap_sums(values, rng=rng, replicates=replicates, weights=weights, expand=expand, groups=groups)
    if groups is not None:
        sums = np.concatenate([sums, sums.sum(axis=0, keepdims=True)])
        replicated = np.concatenate([replicated, replicated.sum(axis=1, keepdims=True)], axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return sums[..., :k] / sums[..., k:], replicated[..., :k] / replicated[..., k:]


def percentile_interval(replicates: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the 95% percentile interval, along the first axis; a replicate that could not be computed is left out.

    Parameters
    ----------
    replicates : array-like of float, shape (replicates, ...)
        NaN where a replicate could not be computed.

    Returns
    -------
    (ndarray, ndarray)
        Low and high ends; NaN where no replicate could be computed.

    Examples
    --------
    >>> low, high = percentile_interval(np.arange(101.0)[:, None])
    >>> low.tolist(), high.tolist()
    ([2.5], [97.5])
    """
    replicates = np.asarray(replicates, dtype=float)
    known = np.isfinite(replicates).any(axis=0)
    filled = np.where(known, replicates, 0.0)
    low, high = np.nanquantile(filled, [0.025, 0.975], axis=0)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)
