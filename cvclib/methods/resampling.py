"""Bootstrap replicates of sums, in chunks of rows, so that a million answers need no more memory than a thousand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

CHUNK_ROWS = 2_000  # rows drawn at once: 500 replicates of them are 8 MB


def bootstrap_sums(
    rows: ArrayLike,
    *,
    rng: np.random.Generator,
    replicates: int = 500,
    weights: ArrayLike | None = None,
    expand: Callable[[np.ndarray], np.ndarray] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Column sums of a matrix, and the same sums in bootstrap replicates of its rows.

    Parameters
    ----------
    rows : array-like of float, shape (n, m)
        One row an independent observation; no blanks unless `expand` takes them out.
    rng : numpy.random.Generator
    replicates : int
        Number of bootstrap replicates; 0 gives the sums alone.
    weights : array-like of float, shape (n,), optional
        Sampling weights by which each row counts.
    expand : callable, optional
        From a chunk of rows to the columns to sum, where these are many: products of pairs.

    Returns
    -------
    (ndarray of shape (m,), ndarray of shape (replicates, m))
        The sums, and their replicates.

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
    """
    rows = np.asarray(rows, dtype=float)
    weights = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=float)
    sums: np.ndarray | float = 0.0
    replicated: np.ndarray | float = 0.0
    for start in range(0, max(len(rows), 1), CHUNK_ROWS):
        chunk = rows[start : start + CHUNK_ROWS]
        columns = (chunk if expand is None else expand(chunk)) * weights[start : start + CHUNK_ROWS, None]
        sums = sums + columns.sum(axis=0)
        replicated = replicated + rng.poisson(1.0, size=(replicates, len(chunk))).astype(float) @ columns
    return np.asarray(sums), np.asarray(replicated)


def bootstrap_means(
    values: ArrayLike, *, rng: np.random.Generator, replicates: int = 500, weights: ArrayLike | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Column means over the filled cells, and their bootstrap replicates.

    Parameters
    ----------
    values : array-like of float, shape (n, k)
        One row a respondent, NaN a blank.
    rng : numpy.random.Generator
    replicates : int
    weights : array-like of float, shape (n,), optional
        Sampling weights.

    Returns
    -------
    (ndarray of shape (k,), ndarray of shape (replicates, k))
        NaN where no cell of a column is filled.

    Examples
    --------
    >>> means, _ = bootstrap_means([[1.0, np.nan], [3.0, 5.0]], rng=np.random.default_rng(1), replicates=10)
    >>> means.tolist()
    [2.0, 5.0]
    """
    values = np.asarray(values, dtype=float)
    k = values.shape[1]
    filled = np.isfinite(values)
    rows = np.hstack([np.where(filled, values, 0.0), filled])
    sums, replicated = bootstrap_sums(rows, rng=rng, replicates=replicates, weights=weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        return sums[:k] / sums[k:], replicated[:, :k] / replicated[:, k:]


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
