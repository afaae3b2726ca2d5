"""Correlations of answers with blanks: weighted, over complete rows or pair by pair, and their replicates."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cvclib.methods.resampling import bootstrap_sums

Blanks = Literal["complete rows", "pairs"]

COMPLETE_SHARE = 0.5  # complete rows are used where they keep at least this share of the rows
SMALLEST_EIGENVALUE = 1e-4  # what a correlation matrix from pairs is lifted to where it is not one


class Correlations(NamedTuple):
    """Correlations, their bootstrap replicates, and what they rest on.

    Parameters
    ----------
    matrix : ndarray, shape (k, k)
    replicates : ndarray, shape (replicates, k, k)
    blanks : {"complete rows", "pairs"}
        How blanks were met.
    n : int
        Rows used.
    n_effective : float
        Kish's effective number: of the complete rows, or of the smallest pair.
    n_smallest : int
        Rows behind the smallest pair of columns; `n` over complete rows.
    lifted : bool
        Whether the pairs contradicted each other, so that eigenvalues had to be lifted.

    Examples
    --------
    >>> Correlations(np.eye(2), np.empty((0, 2, 2)), "pairs", 10, 10.0, 10, False).n
    10
    """

    matrix: np.ndarray
    replicates: np.ndarray
    blanks: Blanks
    n: int
    n_effective: float
    n_smallest: int
    lifted: bool


def correlations(
    values: ArrayLike,
    *,
    rng: np.random.Generator,
    replicates: int = 500,
    weights: ArrayLike | None = None,
    blanks: Blanks | None = None,
) -> Correlations:
    """Estimate the correlations between columns that hold blanks, with bootstrap replicates.

    Parameters
    ----------
    values : array-like of float, shape (n, k)
        One row a respondent, NaN a blank; every column varies.
    rng : numpy.random.Generator
    replicates : int
        Number of bootstrap replicates; 0 for none.
    weights : array-like of float, shape (n,), optional
        Sampling weights; a row of weight 0 does not count, yet keeps its place among the draws.
    blanks : {"complete rows", "pairs"}, optional
        Only rows without a blank, or for each pair of columns the rows that fill both. By default complete
        rows where they are at least half of the rows, else pairs.

    Returns
    -------
    Correlations

    Raises
    ------
    ValueError
        If fewer than three rows are left.

    Notes
    -----
    Pairs keep every answer, at the price that the matrix need not be one of correlations. Where its
    smallest eigenvalue is below 0.0001, eigenvalues are lifted to that and the diagonal is brought back to 1.

    References
    ----------
    .. [1] R. Rebonato, P. Jäckel, "The most general methodology to create a valid correlation matrix",
       Journal of Risk 2, 2000 (the spectral method).

    Examples
    --------
    >>> found = correlations([[1, 2], [2, 4], [3, 6], [4, np.nan]], rng=np.random.default_rng(1), replicates=0)
    >>> found.blanks, found.n, round(float(found.matrix[0, 1]), 3)
    ('complete rows', 3, 1.0)
    """
    values = np.asarray(values, dtype=float)
    weights = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=float)
    counts = weights > 0
    complete = np.isfinite(values).all(axis=1) & counts
    if blanks is None:
        blanks = "complete rows" if complete.sum() >= COMPLETE_SHARE * counts.sum() else "pairs"
    used = complete if blanks == "complete rows" else counts
    if used.sum() < 3:
        raise ValueError(f"values holds {used.sum()} usable rows; correlations need at least three")

    weights, k = np.where(used, weights, 0.0), values.shape[1]
    centred = values - np.nanmean(values[used], axis=0)  # sums of squares far from zero would lose digits
    if blanks == "complete rows":
        centred[~used] = 0.0
    moments, read = (_row_moments, _from_row_moments) if blanks == "complete rows" else (_pair_moments, _from_moments)
    sums, replicated = bootstrap_sums(centred, rng=rng, replicates=replicates, weights=weights, expand=moments)
    matrix, copies = read(sums[None], k)[0], read(replicated, k)
    lifted = bool(np.linalg.eigvalsh(matrix)[0] < SMALLEST_EIGENVALUE) and blanks == "pairs"
    if blanks == "pairs":
        matrix, copies = _made_valid(matrix), _made_valid(copies)
    return Correlations(matrix, copies, blanks, int(used.sum()), *_effective(values[used], weights[used]), lifted)


def _pairs(k: int) -> tuple[np.ndarray, np.ndarray]:
    return np.triu_indices(k)


def _pair_moments(chunk: np.ndarray) -> np.ndarray:
    """Of each pair of columns, over rows that fill both: count, two sums, product, two sums of squares."""
    left, right = _pairs(chunk.shape[1])
    filled = np.isfinite(chunk)
    both = filled[:, left] & filled[:, right]
    x = np.where(both, chunk[:, left], 0.0)
    y = np.where(both, chunk[:, right], 0.0)
    return np.hstack([both, x, y, x * y, x * x, y * y])


def _row_moments(chunk: np.ndarray) -> np.ndarray:
    """Of rows without a blank: count, sums and products of pairs; a sixth of what pairs with blanks take."""
    left, right = _pairs(chunk.shape[1])
    return np.hstack([np.ones((len(chunk), 1)), chunk, chunk[:, left] * chunk[:, right]])


def _from_row_moments(sums: np.ndarray, k: int) -> np.ndarray:
    left, right = _pairs(k)
    count, means = sums[:, :1], sums[:, 1 : k + 1] / sums[:, :1]
    squares = np.flatnonzero(left == right)
    covariance = sums[:, k + 1 :] / count - means[:, left] * means[:, right]
    variance = covariance[:, squares]
    return _matrix(covariance, variance[:, left] * variance[:, right], k)


def _from_moments(sums: np.ndarray, k: int) -> np.ndarray:
    """From sums of shape (b, 6 pairs) to correlations of shape (b, k, k); 0 where a pair does not vary."""
    count, x, y, xy, xx, yy = np.split(sums, 6, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = xy / count - x * y / count**2
        spread = (xx / count - (x / count) ** 2) * (yy / count - (y / count) ** 2)
    return _matrix(covariance, spread, k)


def _matrix(covariance: np.ndarray, spread: np.ndarray, k: int) -> np.ndarray:
    """Correlations from the covariance of each pair and the product of its two variances."""
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.where(spread > 1e-18, covariance / np.sqrt(np.maximum(spread, 1e-300)), 0.0)
    left, right = _pairs(k)
    matrix = np.empty((len(covariance), k, k))
    matrix[:, left, right] = np.clip(np.nan_to_num(r), -1.0, 1.0)
    matrix[:, right, left] = matrix[:, left, right]
    matrix[:, np.arange(k), np.arange(k)] = 1.0
    return matrix


def _made_valid(matrix: np.ndarray) -> np.ndarray:
    """Lift eigenvalues that are too small, and bring the diagonal back to one."""
    values, vectors = np.linalg.eigh(matrix)
    lifted = (vectors * np.maximum(values, SMALLEST_EIGENVALUE)[..., None, :]) @ np.swapaxes(vectors, -1, -2)
    scale = np.sqrt(np.diagonal(lifted, axis1=-2, axis2=-1))
    rescaled = lifted / (scale[..., :, None] * scale[..., None, :])
    valid = values[..., 0] >= SMALLEST_EIGENVALUE
    return np.where(valid[..., None, None], matrix, rescaled)


def _effective(values: np.ndarray, weights: np.ndarray) -> tuple[float, int]:
    """Kish's effective number and the plain number of rows behind the smallest pair that was filled at all."""
    filled = np.isfinite(values).astype(float)
    w, w2 = weights[:, None] * filled, (weights**2)[:, None] * filled
    with np.errstate(invalid="ignore", divide="ignore"):
        pairs = (w.T @ filled) ** 2 / (w2.T @ filled)
    return float(np.nanmin(pairs)), int((filled.T @ filled).min())
