"""Whether several questions measure one thing: Cronbach's alpha, with its interval and with each item dropped."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cvclib.methods.estimate import Z_95, Estimate


class Reliability(NamedTuple):
    """How consistently a scale's items are answered.

    Parameters
    ----------
    alpha : Estimate
        Cronbach's alpha with its distribution-free 95% interval; n is the number of complete rows.
    standardised : float
        Alpha of the items brought to the same variance.
    mean_correlation : float
        Mean correlation between two items.
    dropped : ndarray, shape (k,)
        Alpha of the others with each item dropped; NaN for two items.
    item_rest : ndarray, shape (k,)
        Correlation of each item with the sum of the others.

    Examples
    --------
    >>> Reliability(Estimate(0.8, 0.7, 0.9, 50), 0.8, 0.4, np.array([0.7]), np.array([0.5])).alpha.value
    0.8
    """

    alpha: Estimate
    standardised: float
    mean_correlation: float
    dropped: np.ndarray
    item_rest: np.ndarray


def cronbach_alpha(items: ArrayLike, *, weights: ArrayLike | None = None) -> Reliability:
    """Estimate the reliability of the sum of several items.

    Parameters
    ----------
    items : array-like of float, shape (n, k)
        Answers, NaN where not given; rows with a blank are left out.
    weights : array-like of float, shape (n,), optional
        Sampling weights.

    Returns
    -------
    Reliability

    Raises
    ------
    ValueError
        If there are fewer than two items, fewer than three complete rows, or an item does not vary.

    Notes
    -----
    ``α = k/(k-1) · (1 - Σ s_j² / s²)`` with s_j² the items' variances and s² that of their sum. Its standard
    error is that of the mean of each row's influence, which asks for no normal distribution and takes weights;
    the interval is made on the scale of ``ln(1 - α)`` and so stays below 1. Alpha is a lower bound of the
    reliability, grows with the number of items, and does not show that they measure one thing only.

    References
    ----------
    .. [1] L. J. Cronbach, "Coefficient alpha and the internal structure of tests", Psychometrika 16, 1951.
    .. [2] A. Maydeu-Olivares, D. L. Coffman, W. M. Hartmann, "Asymptotically distribution-free interval
       estimation of coefficient alpha", Psychological Methods 12, 2007.

    Examples
    --------
    >>> found = cronbach_alpha([[1, 2, 1], [2, 3, 3], [4, 4, 5], [5, 5, 4]])
    >>> round(found.alpha.value, 3), found.dropped.round(3).tolist()
    (0.95, [0.889, 0.921, 0.966])
    """
    items = np.asarray(items, dtype=float)
    weights = np.ones(len(items)) if weights is None else np.asarray(weights, dtype=float)
    complete = np.isfinite(items).all(axis=1) & (weights > 0)
    items, weights = items[complete], weights[complete]
    n, k = items.shape
    if k < 2 or n < 3:
        raise ValueError(f"items holds {k} columns and {n} complete rows; alpha needs two and three")
    centred = items - np.average(items, axis=0, weights=weights)
    covariance = (centred * weights[:, None]).T @ centred / weights.sum()
    if not (np.diag(covariance) > 0).all():
        raise ValueError(f"item {int(np.argmin(np.diag(covariance)))} does not vary; leave it out")
    spread = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(spread, spread)
    rest = [_alpha(np.delete(np.delete(covariance, j, 0), j, 1)) for j in range(k)]
    return Reliability(
        alpha=_with_interval(centred, weights, covariance),
        standardised=_alpha(correlation),
        mean_correlation=float((correlation.sum() - k) / (k * (k - 1))),
        dropped=np.array(rest),
        item_rest=_item_rest(covariance),
    )


def _alpha(covariance: np.ndarray) -> float:
    k = len(covariance)
    return float(k / (k - 1) * (1 - np.trace(covariance) / covariance.sum())) if k > 1 else float("nan")


def _item_rest(covariance: np.ndarray) -> np.ndarray:
    own, with_all = np.diag(covariance), covariance.sum(axis=1)
    rest = covariance.sum() - 2 * with_all + own
    with np.errstate(invalid="ignore", divide="ignore"):
        return (with_all - own) / np.sqrt(own * rest)


def _with_interval(centred: np.ndarray, weights: np.ndarray, covariance: np.ndarray) -> Estimate:
    n, k = centred.shape
    alpha, trace, total = _alpha(covariance), np.trace(covariance), covariance.sum()
    # The derivative of alpha by each row: through the sum of the items' variances, and through that of their sum.
    squares, square = (centred**2).sum(axis=1) - trace, centred.sum(axis=1) ** 2 - total
    influence = k / (k - 1) * (trace * square / total**2 - squares / total)
    error = np.sqrt(n / (n - 1) * np.sum((weights * influence) ** 2)) / weights.sum()
    if not alpha < 1:
        return Estimate(alpha, alpha, alpha, n)
    half = Z_95 * error / (1 - alpha)
    return Estimate(alpha, float(1 - (1 - alpha) * np.exp(half)), float(1 - (1 - alpha) * np.exp(-half)), n)
