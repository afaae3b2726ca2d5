"""Importance–performance analysis: which corner of the grid an attribute stands in, and how surely."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

QUADRANTS = ("concentrate here", "keep up the good work", "low priority", "possible overkill")

CrossHairs = Literal["means", "medians"] | tuple[float, float]


def cross_hairs(importance: ArrayLike, performance: ArrayLike, where: CrossHairs = "means") -> tuple[np.ndarray, np.ndarray]:
    """Where the two lines stand that cut the grid into four.

    Parameters
    ----------
    importance, performance : array-like of float, shape (..., n_attributes)
        Of each attribute; NaN where not known.
    where : {"means", "medians"} or (float, float)
        Mean or median of the attributes, or a fixed importance and performance.

    Returns
    -------
    (ndarray, ndarray)
        Line of importance and line of performance, each of shape (...).

    Examples
    --------
    >>> [float(x) for x in cross_hairs([4, 2], [3, 5])]
    [3.0, 4.0]
    """
    importance, performance = np.asarray(importance, dtype=float), np.asarray(performance, dtype=float)
    if isinstance(where, tuple):
        shape = importance.shape[:-1]
        return np.full(shape, float(where[0])), np.full(shape, float(where[1]))
    middle = {"means": np.nanmean, "medians": np.nanmedian}[where]
    return middle(importance, axis=-1), middle(performance, axis=-1)


def quadrants(importance: ArrayLike, performance: ArrayLike, where: CrossHairs = "means") -> np.ndarray:
    """Quadrant of each attribute.

    Parameters
    ----------
    importance, performance : array-like of float, shape (..., n_attributes)
    where : {"means", "medians"} or (float, float)
        Where the cross-hairs stand; it is part of the result.

    Returns
    -------
    ndarray of int, shape (..., n_attributes)
        Index into `QUADRANTS`; -1 where importance or performance is not known.

    Notes
    -----
    At or above a line counts as high. High importance and low performance: concentrate here; both high: keep
    up the good work; both low: low priority; low importance and high performance: possible overkill.

    References
    ----------
    .. [1] J. A. Martilla, J. C. James, "Importance-performance analysis", Journal of Marketing 41, 1977.

    Examples
    --------
    >>> [QUADRANTS[i] for i in quadrants([4, 4, 2, 2], [1, 5, 1, 5])]
    ['concentrate here', 'keep up the good work', 'low priority', 'possible overkill']
    """
    importance, performance = np.asarray(importance, dtype=float), np.asarray(performance, dtype=float)
    across, up = cross_hairs(importance, performance, where)
    matters, well = importance >= across[..., None], performance >= up[..., None]
    place = np.where(matters, np.where(well, 1, 0), np.where(well, 3, 2))
    return np.where(np.isfinite(importance) & np.isfinite(performance), place, -1)


def quadrant_probabilities(importance: ArrayLike, performance: ArrayLike, where: CrossHairs = "means") -> np.ndarray:
    """How often each attribute falls into each quadrant when the respondents are drawn again.

    Parameters
    ----------
    importance, performance : array-like of float, shape (replicates, n_attributes)
        Bootstrap replicates.
    where : {"means", "medians"} or (float, float)
        Cross-hairs; means and medians move with each replicate.

    Returns
    -------
    ndarray of float, shape (n_attributes, 4)
        Probabilities, in the order of `QUADRANTS`; each row adds up to 1, or is NaN where nothing is known.

    Examples
    --------
    >>> quadrant_probabilities([[4.0, 2.0], [4.0, 2.0]], [[1.0, 5.0], [3.0, 2.0]]).tolist()
    [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]]
    """
    place = quadrants(importance, performance, where)
    counts = np.stack([(place == i).sum(axis=0) for i in range(4)], axis=1).astype(float)
    known = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, known, out=np.full(counts.shape, np.nan), where=known > 0)
