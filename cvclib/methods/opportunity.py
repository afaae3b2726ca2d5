"""Opportunity scores: what matters much and is met badly."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

UNDERSERVED_FROM = 10.0  # Ulwick's mark of an opportunity worth pursuing, on his scale of 0 to 20


def opportunity_score(importance: ArrayLike, satisfaction: ArrayLike) -> np.ndarray:
    """Ulwick's opportunity score.

    Parameters
    ----------
    importance, satisfaction : array-like of float
        Each 0 to 10: the share of respondents who answer 4 or 5 of 5, times 10.

    Returns
    -------
    ndarray of float
        ``importance + max(importance - satisfaction, 0)``, 0 to 20. Satisfaction above importance never
        lowers it.

    References
    ----------
    .. [1] A. W. Ulwick, "Turn customer input into innovation", Harvard Business Review, January 2002.

    Examples
    --------
    >>> opportunity_score([9.5, 8, 5], [3.2, 4, 8]).round(1).tolist()
    [15.8, 12.0, 5.0]
    """
    importance, satisfaction = np.asarray(importance, dtype=float), np.asarray(satisfaction, dtype=float)
    return importance + np.maximum(importance - satisfaction, 0.0)


def top_two(answers: ArrayLike, highest: float = 5) -> np.ndarray:
    """Whether each answer lies in the two highest boxes, on a scale from 0 to 10: 10, 0, or NaN for a blank.

    Parameters
    ----------
    answers : array-like of float
    highest : float
        Highest answer of the scale.

    Returns
    -------
    ndarray of float

    Examples
    --------
    >>> top_two([5, 4, 3, np.nan]).tolist()
    [10.0, 10.0, 0.0, nan]
    """
    answers = np.asarray(answers, dtype=float)
    return np.where(np.isfinite(answers), 10.0 * (answers >= highest - 1), np.nan)


def rank_probabilities(replicates: ArrayLike) -> np.ndarray:
    """How often each item holds each rank over bootstrap replicates, 1 the highest.

    Parameters
    ----------
    replicates : array-like of float, shape (replicates, k)
        NaN ranks last.

    Returns
    -------
    ndarray of float, shape (k, k)
        A row an item, a column a rank; rows and columns each sum to 1. Equal values share their ranks evenly.

    Examples
    --------
    >>> rank_probabilities([[3, 2, 1], [2, 3, 1], [2, 2, 1]]).tolist()
    [[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]]
    """
    values = np.nan_to_num(np.asarray(replicates, dtype=float), nan=-np.inf)
    above = (values[:, None, :] > values[:, :, None]).sum(axis=2)
    level = (values[:, None, :] == values[:, :, None]).sum(axis=2)  # the item itself among them
    ranks = np.arange(values.shape[1])
    held = (ranks >= above[..., None]) & (ranks < (above + level)[..., None])
    return (held / level[..., None]).mean(axis=0)
