"""Importance–performance analysis: which corner of the grid an attribute stands in, and how surely."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

QUADRANTS = ("concentrate here", "keep up the good work", "low priority", "possible overkill")

CANNOT_TELL = "cannot tell"
SURE = 0.8  # probability from which a quadrant is named
RADIUS_95 = float(np.sqrt(stats.chi2.ppf(0.95, 2)))  # of the 95% joint region, in standard errors

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


def sure_quadrants(probabilities: ArrayLike, sure: float = SURE) -> list[str]:
    """Name of each attribute's quadrant where it is sure enough, else that it cannot be told.

    Parameters
    ----------
    probabilities : array-like of float, shape (n_attributes, 4)
        From `quadrant_probabilities`.
    sure : float
        Probability from which a quadrant is named.

    Returns
    -------
    list of str
        From `QUADRANTS`, or "cannot tell".

    Examples
    --------
    >>> sure_quadrants([[0.9, 0.1, 0, 0], [0.5, 0.5, 0, 0]])
    ['concentrate here', 'cannot tell']
    """
    probabilities = np.nan_to_num(np.asarray(probabilities, dtype=float))
    return [QUADRANTS[row.argmax()] if row.max() >= sure else CANNOT_TELL for row in probabilities]


def joint_region(first: ArrayLike, second: ArrayLike) -> np.ndarray:
    """Covariance of two estimates of each attribute over the bootstrap draws: the shape of its joint region.

    Parameters
    ----------
    first, second : array-like of float, shape (replicates, n_attributes)
        Estimates from the same draws; a draw without both is left out.

    Returns
    -------
    ndarray of float, shape (n_attributes, 2, 2)
        NaN where fewer than two draws are left.

    Examples
    --------
    >>> joint_region([[0.0], [1.0], [2.0]], [[0.0], [2.0], [4.0]])[0].tolist()
    [[1.0, 2.0], [2.0, 4.0]]
    """
    both = np.stack([np.asarray(first, dtype=float), np.asarray(second, dtype=float)], axis=-1)
    known = np.isfinite(both).all(axis=-1, keepdims=True)
    n = known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        centred = np.where(known, both - np.where(known, both, 0.0).sum(axis=0) / n, 0.0)
        return np.where(n[..., None] > 1, np.einsum("rai,raj->aij", centred, centred) / (n[..., None] - 1), np.nan)


def ellipse(centre: ArrayLike, covariance: ArrayLike, *, radius: float = RADIUS_95, points: int = 73) -> np.ndarray:
    """Outline of the joint region of two estimates that scatter about a centre like a normal distribution.

    Parameters
    ----------
    centre : array-like of float, shape (2,)
    covariance : array-like of float, shape (2, 2)
    radius : float
        In standard errors; by default that of 95%, the root of 5.99.
    points : int
        Points of the outline, the last one being the first.

    Returns
    -------
    ndarray of float, shape (points, 2)

    Examples
    --------
    >>> outline = ellipse([0, 0], [[1, 0], [0, 4]], radius=1)
    >>> outline.max(axis=0).round(6).tolist()
    [1.0, 2.0]
    """
    values, vectors = np.linalg.eigh(np.asarray(covariance, dtype=float))
    angle = np.linspace(0, 2 * np.pi, points)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    return np.asarray(centre, dtype=float) + radius * (vectors @ (np.sqrt(np.maximum(values, 0.0))[:, None] * circle)).T


def spread_p_value(values: ArrayLike, replicates: ArrayLike, n: float) -> float:
    """Test whether estimates lie off their line at all, beyond chance: only then can one of them lie above or below.

    Parameters
    ----------
    values : array-like of float, shape (n_attributes,)
        Estimates less the line, such as their mean.
    replicates : array-like of float, shape (replicates, n_attributes)
        The same in bootstrap draws, the line drawn anew in each.
    n : float
        Effective number of respondents.

    Returns
    -------
    float
        p value of Hotelling's T², its covariance that of the draws; NaN where it cannot be made.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> off = np.array([0.5, -0.5, 0.0])
    >>> spread_p_value(off, off + 0.01 * rng.normal(size=(200, 3)), 100) < 0.001
    True
    """
    values, replicates = np.asarray(values, dtype=float), np.asarray(replicates, dtype=float)
    known = np.isfinite(replicates).all(axis=1)
    if known.sum() <= values.size:
        return float("nan")
    eigen, vectors = np.linalg.eigh(np.atleast_2d(np.cov(replicates[known], rowvar=False)))
    kept = eigen > 1e-9 * eigen.max(initial=0.0)
    rank = int(kept.sum())
    if not rank or n <= rank:
        return float("nan")
    statistic = float(np.sum((vectors[:, kept].T @ values) ** 2 / eigen[kept]))
    return float(stats.f.sf(statistic * (n - rank) / (rank * (n - 1)), rank, n - rank))
