"""Checks of a net promoter score: which periods differ from the rest, and what the silent could do to it.

Takes counts and sums, gives estimates; knows nothing of surveys or of who the client is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from cvclib.methods.estimate import Z_95, Estimate
from cvclib.methods.scores import DETRACTOR_UP_TO, PROMOTER_FROM, ScoreCounts

ERROR = 0.0125  # chance of a false alarm of each of the two looks: both together stay within 1 in 40, as a look that every client is given
FEWEST_IN_CELL = 10  # who answered in a cell, below which it is put together with others


class OverTime(NamedTuple):
    """Scores in time order against what chance gives.

    Parameters
    ----------
    centre : float
        Score of all answers, in points.
    low, high : ndarray, shape (k,)
        Limits of each period.
    outside : ndarray of bool, shape (k,)
    trend : Estimate
        Points a unit of time.
    p_trend : float

    Examples
    --------
    >>> OverTime._fields[0]
    'centre'
    """

    centre: float
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    outside: NDArray[np.bool_]
    trend: Estimate
    p_trend: float


def over_time(counts: Sequence[ScoreCounts], times: ArrayLike) -> OverTime:
    """Compare the score of each period with that of all, and test a straight trend.

    Parameters
    ----------
    counts : sequence of ScoreCounts
        Answers of each period.
    times : array-like of float, shape (k,)
        When; the trend is told in this unit.

    Returns
    -------
    OverTime

    Raises
    ------
    ValueError
        If there are fewer than three periods.

    Notes
    -----
    With all answers' ``s`` and ``v = p + d - s²``, a period of n effective answers among N has the error
    ``√(v (1/n - 1/N))``. The limits are so wide that chance alone puts any of the k periods outside in 1 of 80 (Šidák); the trend,
    a regression weighted by n, is tested at 1 in 80. So either is stated falsely in at most 1 of 40.

    Examples
    --------
    >>> steady, bad = ScoreCounts.of([10] * 60 + [7] * 20 + [3] * 20), ScoreCounts.of([10] * 20 + [7] * 20 + [3] * 60)
    >>> over_time([steady] * 5 + [bad], range(6)).outside.tolist()
    [False, False, False, False, False, True]
    """
    times = np.asarray(times, dtype=float)
    if len(counts) < 3 or len(counts) != times.size:
        raise ValueError(f"counts and times must be of one length of three or more, not {len(counts)} and {times.size}")
    parts = np.array([_groups(own) for own in counts])
    n = np.array([own.effective for own in counts])
    score = parts[:, 0] - parts[:, 1]
    p, d = n @ parts / n.sum()
    centre, spread = p - d, p + d - (p - d) ** 2
    error = np.sqrt(spread * np.maximum(1 / n - 1 / n.sum(), 0))
    z = float(stats.norm.isf((1 - (1 - ERROR) ** (1 / len(counts))) / 2))
    low, high = np.clip(centre - z * error, -1, 1), np.clip(centre + z * error, -1, 1)
    apart = times - n @ times / n.sum()
    weight = float(n @ apart**2)
    slope, slope_error = float(n @ (apart * score) / weight), float(np.sqrt(spread / weight))
    p_trend = float(2 * stats.norm.sf(abs(slope) / slope_error)) if slope_error > 0 else 1.0
    trend = Estimate(
        100 * slope, 100 * (slope - Z_95 * slope_error), 100 * (slope + Z_95 * slope_error), int(sum(own.n.sum() for own in counts))
    )
    return OverTime(100 * centre, 100 * low, 100 * high, (score < low - 1e-12) | (score > high + 1e-12), trend, p_trend)


class Reweighted(NamedTuple):
    """A score of those who answered, and that of all customers if the silent of a cell are like those who answered in it.

    Parameters
    ----------
    answered, reweighted, difference : Estimate
        In points; n the customers who answered.
    lowest, highest : float
        If all silent were detractors, or promoters.
    p_value : float
        Of the difference.

    Examples
    --------
    >>> Reweighted._fields[1]
    'reweighted'
    """

    answered: Estimate
    reweighted: Estimate
    difference: Estimate
    lowest: float
    highest: float
    p_value: float


def reweight(
    keys: Sequence[tuple[str, ...]], customers: ArrayLike, answered: ArrayLike, total: ArrayLike, squares: ArrayLike
) -> Reweighted:
    """Weigh the score of those who answered to all customers, cell by cell (post-stratification).

    Parameters
    ----------
    keys : sequence of tuple of str
        What is known of each cell, the most important first: segment, then recency, then value.
    customers, answered : array-like of int, shape (cells,)
        Customers of the cell, and of these who answered.
    total, squares : array-like of float, shape (cells,)
        Over those who answered, the sum of their scores and of the squares; a customer's score is 1, 0 or -1, or the mean of
        several answers.

    Returns
    -------
    Reweighted

    Raises
    ------
    ValueError
        If nobody answered.

    Notes
    -----
    Cells with fewer than `FEWEST_IN_CELL` answers are put together, by all but the last key, then by fewer, at last with the rest.
    With ``W = customers of a cell / all``, ``n`` who answered and ``s²`` their variance there, the score is ``Σ W y`` and its
    variance ``Σ W² s² / n``. Whether the silent are like those who answered in their cell the data cannot tell.

    References
    ----------
    .. [1] W. G. Cochran, "Sampling Techniques", 3rd ed., Wiley, 1977, sections 5A.9 and 13.2.

    Examples
    --------
    Of two segments as large, one answers ten times as often: the score of all lies in the middle.

    >>> found = reweight([("a",), ("b",)], [1000, 1000], [500, 50], [500, 0], [500, 50])
    >>> round(found.answered.value, 1), found.reweighted.value
    (90.9, 50.0)
    """
    customers, answered, total, squares = (np.asarray(part, dtype=float) for part in (customers, answered, total, squares))
    if not answered.sum() > 0:
        raise ValueError("answered holds nobody, so that there is no score to weigh")
    cell = _merged(keys, answered)
    at = np.unique(cell, return_inverse=True)[1]
    size, n, sums, sums2 = (np.bincount(at, part) for part in (customers, answered, total, squares))
    everyone, replied = size.sum(), n.sum()
    mean = sums / n
    variance = np.where(n > 1, np.maximum(sums2 - n * mean**2, 0) / np.maximum(n - 1, 1), 1.0)
    share = size / everyone
    raw, weighted = float(sums.sum() / replied), float(share @ mean)
    whole = max(float(sums2.sum() / replied - raw**2), 0.0) / max(replied - 1, 1)
    silent = 1 - replied / everyone
    n_answered = int(replied)
    moved = float(np.sqrt(((share - n / replied) ** 2 * variance / n).sum()))
    p_value = float(2 * stats.norm.sf(abs(weighted - raw) / moved)) if moved > 0 else 1.0
    return Reweighted(
        _points(raw, np.sqrt(whole), n_answered),
        _points(weighted, float(np.sqrt((share**2 * variance / n).sum())), n_answered),
        _points(weighted - raw, moved, n_answered),
        100 * ((1 - silent) * raw - silent),
        100 * ((1 - silent) * raw + silent),
        p_value,
    )


def _merged(keys: Sequence[tuple[str, ...]], answered: NDArray[np.float64]) -> NDArray[np.int_]:
    """A number for each cell: cells with the same number are taken together."""
    label = np.full(len(keys), -1)
    following = 0
    for depth in range(len(keys[0]), 0, -1):
        open_cells = np.flatnonzero(label < 0)
        groups: dict[tuple[str, ...], list[int]] = {}
        for i in open_cells:
            groups.setdefault(keys[i][:depth], []).append(int(i))
        for members in groups.values():
            if answered[members].sum() >= FEWEST_IN_CELL:
                label[members] = following
                following += 1
    rest = label < 0
    if rest.any() and answered[rest].sum() < FEWEST_IN_CELL:
        nearest = label == max(following - 1, -1)  # too few even together: with the last cell that was made
        label[rest | nearest] = following
    label[label < 0] = following
    return label


def _groups(counts: ScoreCounts) -> tuple[float, float]:
    total = counts.weight.sum()
    return counts.weight[counts.score >= PROMOTER_FROM].sum() / total, counts.weight[counts.score <= DETRACTOR_UP_TO].sum() / total


def _points(value: float, error: float, n: int) -> Estimate:
    return Estimate(100 * value, 100 * (value - Z_95 * error), 100 * (value + Z_95 * error), n)
