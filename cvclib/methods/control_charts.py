"""Process behaviour charts: which months differ from the ordinary up and down of a figure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

D2 = 1.128  # mean range of two standard normal values
RUN = 8  # points in a row on one side of the centre that chance seldom brings (1 in 128)


class Limits(NamedTuple):
    """Centre and natural limits of a process.

    Parameters
    ----------
    centre : float
    low, high : ndarray of float, shape (n_points,)
        Limits at each point; the same at all of them on a chart of individuals.
    mean_range : float
        Mean moving range; NaN on a chart of shares.

    Examples
    --------
    >>> individuals([1, 2, 1, 2]).centre
    1.5
    """

    centre: float
    low: np.ndarray
    high: np.ndarray
    mean_range: float


def individuals(values: ArrayLike) -> Limits:
    """Natural limits of single values in time order (XmR chart).

    Parameters
    ----------
    values : array-like of float, shape (n_points,)
        In time order; NaN for a point not seen, which is passed over.

    Returns
    -------
    Limits
        Centre ``mean``, limits ``mean ± 3 · mR / 1.128`` with mR the mean moving range.

    Raises
    ------
    ValueError
        If fewer than two values are there.

    References
    ----------
    .. [1] NIST/SEMATECH e-Handbook of Statistical Methods, section 6.3.2.2.

    Examples
    --------
    >>> limits = individuals([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1])
    >>> round(float(limits.low[0]), 4), round(float(limits.high[0]), 4)
    (45.8159, 55.8041)
    """
    values = np.asarray(values, dtype=float)
    seen = values[np.isfinite(values)]
    if seen.size < 2:
        raise ValueError(f"values must hold two points or more, but holds {seen.size}")
    centre, mean_range = float(seen.mean()), float(np.abs(np.diff(seen)).mean())
    half = 3 * mean_range / D2
    return Limits(centre, np.full(values.size, centre - half), np.full(values.size, centre + half), mean_range)


def shares_chart(counts: ArrayLike, sizes: ArrayLike) -> Limits:
    """Limits of shares in time order (p chart).

    Parameters
    ----------
    counts, sizes : array-like of int, shape (n_points,)
        How many of how many, a point.

    Returns
    -------
    Limits
        Centre the overall share p, limits ``p ± 3 sqrt(p (1 - p) / n)``, cut to 0 and 1.

    References
    ----------
    .. [1] D. C. Montgomery, "Introduction to Statistical Quality Control", chapter 7.

    Examples
    --------
    >>> round(shares_chart([5, 7], [50, 50]).centre, 2)
    0.12
    """
    counts, sizes = np.asarray(counts, dtype=float), np.asarray(sizes, dtype=float)
    centre = float(counts.sum() / sizes.sum())
    half = 3 * np.sqrt(centre * (1 - centre) / sizes)
    return Limits(centre, np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1), np.nan)


def signals(values: ArrayLike, limits: Limits) -> np.ndarray:
    """Points that the ordinary up and down does not explain.

    Parameters
    ----------
    values : array-like of float, shape (n_points,)
        In time order; NaN is never a signal.
    limits : Limits

    Returns
    -------
    ndarray of bool, shape (n_points,)
        True for a point outside the limits, and for each point of a run of eight or more on one side of the
        centre.

    References
    ----------
    .. [1] D. J. Wheeler, "Understanding Variation", 2nd edition, 2000.

    Examples
    --------
    >>> points = [1, 2, 1, 2, 1, 2, 9]
    >>> signals(points, individuals(points)).tolist()
    [False, False, False, False, False, False, True]
    """
    values = np.asarray(values, dtype=float)
    with np.errstate(invalid="ignore"):
        outside = (values < limits.low) | (values > limits.high)
        side = np.nan_to_num(np.sign(values - limits.centre))
    starts = np.flatnonzero(np.r_[True, side[1:] != side[:-1]])
    for start, stop in zip(starts, np.r_[starts[1:], side.size], strict=True):
        if stop - start >= RUN and side[start] != 0:
            outside[start:stop] = True
    return outside
