"""Net promoter scores of many groups redrawn: intervals, and how likely each group is to be the lowest or the highest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvclib.methods.resampling import percentile_interval
from cvclib.methods.scores import DETRACTOR_UP_TO, PROMOTER_FROM, ScoreCounts


class ScoreIntervals(NamedTuple):
    """Scores of groups with bootstrap intervals, in points.

    Parameters
    ----------
    group : ndarray, shape (k,)
        Names, sorted.
    value, low, high : ndarray of float, shape (k,)
    n : ndarray of int, shape (k,)

    Examples
    --------
    >>> ScoreIntervals._fields[:2]
    ('group', 'value')
    """

    group: NDArray[np.generic]
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n: NDArray[np.int_]


def score_intervals(scores: ArrayLike, groups: ArrayLike, *, rng: np.random.Generator, draws: int = 1000) -> ScoreIntervals:
    """Net promoter score of each group with its 95% percentile interval.

    Parameters
    ----------
    scores : array-like of int, shape (n,)
        Answers, 0 to 10.
    groups : array-like, shape (n,)
    rng : numpy.random.Generator
    draws : int

    Returns
    -------
    ScoreIntervals

    Notes
    -----
    A score depends on its answers through the numbers of promoters, passives and detractors alone. Drawing n answers with
    replacement and counting them is drawing these three from a multinomial distribution, so that the bootstrap of a million
    answers costs no more than that of a hundred.

    Examples
    --------
    >>> found = score_intervals([10, 9, 7, 0] * 50, ["a", "b"] * 100, rng=np.random.default_rng(1))
    >>> found.value.tolist(), found.n.tolist()
    ([50.0, 0.0], [100, 100])
    """
    names, at = np.unique(np.asarray(groups), return_inverse=True)
    scores = np.asarray(scores)
    part = np.where(scores >= PROMOTER_FROM, 0, np.where(scores <= DETRACTOR_UP_TO, 2, 1))
    counts = np.bincount(at * 3 + part, minlength=3 * names.size).reshape(-1, 3)
    n = counts.sum(axis=1)
    low, high = percentile_interval(_redrawn(counts, n, rng, draws))
    return ScoreIntervals(names, 100 * (counts[:, 0] - counts[:, 2]) / n, low, high, n)


def chances_of_lowest(counts: Sequence[ScoreCounts], *, rng: np.random.Generator, draws: int = 2000) -> NDArray[np.float64]:
    """How likely each group's score is the lowest of all.

    Parameters
    ----------
    counts : sequence of ScoreCounts
        Answers of each group; their effective numbers count, so that weights and repeated answers are taken in.
    rng : numpy.random.Generator
    draws : int

    Returns
    -------
    ndarray of float, shape (k,)
        Shares of the draws, summing to 1; those that share the lowest place share the draw.

    Examples
    --------
    >>> low, high = ScoreCounts.of([0] * 20 + [10] * 10), ScoreCounts.of([0] * 10 + [10] * 20)
    >>> chances_of_lowest([low, high], rng=np.random.default_rng(1)).round(1).tolist()
    [1.0, 0.0]
    """
    parts = []
    for own in counts:
        promoters, detractors = own.score >= PROMOTER_FROM, own.score <= DETRACTOR_UP_TO
        parts.append([own.weight[which].sum() for which in (promoters, ~(promoters | detractors), detractors)])
    n = np.array([max(round(own.effective), 1) for own in counts])
    drawn = _redrawn(np.array(parts), n, rng, draws)
    lowest = drawn <= drawn.min(axis=1, keepdims=True) + 1e-9
    return (lowest / lowest.sum(axis=1, keepdims=True)).mean(axis=0)


def _redrawn(counts: NDArray[np.generic], n: NDArray[np.int_], rng: np.random.Generator, draws: int) -> NDArray[np.float64]:
    """Scores in points, shape (draws, groups), of n answers drawn with the shares of the counts."""
    shares = counts / counts.sum(axis=1, keepdims=True)
    drawn = rng.multinomial(n, shares, size=(draws, len(n)))
    return 100.0 * (drawn[..., 0] - drawn[..., 2]) / n
