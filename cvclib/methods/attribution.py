"""What a touchpoint contributes to conversion: removal effects in a first-order chain of the paths, beside simpler rules.

A path is the order of touches of one journey. Removing a touchpoint sends whoever would have come to it to the lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from cvclib.methods.resampling import percentile_interval

FEWEST_CONVERTED = 30  # journeys that convert, from which on the intervals hold (see the coverage tests)
DRAWS_AT_ONCE = 50  # replicates solved together: 50 chains of 100 touchpoints are 4 MB


class Removal(NamedTuple):
    """Removal effects of all touchpoints.

    Parameters
    ----------
    names : tuple of str
        Touchpoints, sorted; the last axis of the arrays.
    base : float or array
        Probability of conversion from the start.
    effect : array, shape (..., k)
        Share of the conversions that would be lost without the touchpoint, 0 to 1.
    visited : array, shape (..., k)
        Probability that a journey comes to the touchpoint.

    Examples
    --------
    >>> removal_effects([["C1"]], [1], [1]).names
    ('C1',)
    """

    names: tuple[str, ...]
    base: NDArray[np.float64]
    effect: NDArray[np.float64]
    visited: NDArray[np.float64]

    @property
    def share(self) -> NDArray[np.float64]:
        """Each touchpoint's part of all removal effects: the credit it gets, summing to 1."""
        total = self.effect.sum(axis=-1, keepdims=True)
        return np.divide(self.effect, total, out=np.zeros_like(self.effect), where=total > 0)


def removal_effects(paths: Sequence[Sequence[str]], converted: ArrayLike, lost: ArrayLike) -> Removal:
    """Removal effect of each touchpoint, solved exactly.

    Parameters
    ----------
    paths : sequence of sequence of str
        Different orders of touches, each not empty.
    converted, lost : array-like of float, shape (n_paths,)
        How many journeys of each order ended in a conversion, and without.

    Returns
    -------
    Removal

    Raises
    ------
    ValueError
        If there is no path, a path is empty, counts are negative, or nothing converted.

    Notes
    -----
    First order: where a journey goes next depends on where it is alone. With ``B`` the probability of conversion from each
    touchpoint, ``N`` the fundamental matrix of the chain and ``s`` the start, a journey ever comes to ``c`` with
    ``F = N[s, c] / N[c, c]``, so that without ``c`` there remain ``B[s] - F B[c]`` of the conversions: the removal effect
    is ``F B[c] / B[s]``. One solution of the chain gives the effects of all touchpoints, without simulation and without
    cutting long paths.

    References
    ----------
    .. [1] E. Anderl, I. Becker, F. von Wangenheim, J. H. Schumann, "Mapping the customer journey: lessons learned from graph-based
       online attribution modeling", International Journal of Research in Marketing 33, 2016.
    .. [2] C. M. Grinstead and J. L. Snell, "Introduction to Probability", 2nd ed., AMS, 1997, section 11.2.

    Examples
    --------
    >>> found = removal_effects([["C1", "C2", "C3"], ["C1"], ["C2", "C3"]], [1, 0, 0], [0, 1, 1])
    >>> round(float(found.base), 9), found.effect.round(9).tolist(), found.share.round(9).tolist()
    (0.333333333, [0.5, 1.0, 1.0], [0.2, 0.4, 0.4])
    """
    converted, lost = np.asarray(converted, dtype=float), np.asarray(lost, dtype=float)
    if not len(paths) or not len(paths) == len(converted) == len(lost):
        raise ValueError(f"paths, converted and lost must be of one length above 0, not {len(paths)}, {len(converted)}, {len(lost)}")
    if (converted < 0).any() or (lost < 0).any():
        raise ValueError("converted and lost must not be negative")
    if not converted.sum() > 0:
        raise ValueError("converted holds no conversion, so that none can be lost by removing a touchpoint")
    names, cells = _cells(paths)
    found = _solved(np.concatenate([converted, lost])[None, :] @ cells, len(names))
    return Removal(names, *(part[0] for part in found))


def redrawn_effects(
    paths: Sequence[Sequence[str]], converted: ArrayLike, lost: ArrayLike, rng: np.random.Generator, *, draws: int = 500
) -> Removal:
    """Removal effects in bootstrap replicates of the journeys.

    Parameters
    ----------
    paths, converted, lost
        As in `removal_effects`.
    rng : numpy.random.Generator
    draws : int

    Returns
    -------
    Removal
        The draws are the first axis.

    Notes
    -----
    Each journey enters a replicate as often as a Poisson variable of mean 1 says; over the journeys of one order that is a Poisson
    variable of their number.

    Examples
    --------
    >>> drawn = redrawn_effects([["A", "B"], ["B"]], [30, 20], [50, 60], np.random.default_rng(1), draws=200)
    >>> low, high = interval_of(drawn.effect)
    >>> drawn.effect.shape, bool(low[0] < 0.5 < high[0])
    ((200, 2), True)
    """
    counts = np.concatenate([np.asarray(converted, dtype=float), np.asarray(lost, dtype=float)])
    names, cells = _cells(paths)
    parts = []
    for start in range(0, draws, DRAWS_AT_ONCE):
        drawn = rng.poisson(counts, size=(min(DRAWS_AT_ONCE, draws - start), counts.size))
        parts.append(_solved(drawn @ cells, len(names)))
    return Removal(names, *(np.concatenate(part) for part in zip(*parts, strict=True)))


def interval_of(draws: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ends of the 95% percentile interval over the draws, the first axis.

    Examples
    --------
    >>> interval_of(np.linspace(0, 1, 101)[:, None])[0].tolist()
    [0.025]
    """
    return percentile_interval(draws)


def sure_ranks(effect: ArrayLike, draws: ArrayLike, *, level: float = 0.95) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Range of ranks of each effect, 1 the largest, that holds for all of them together.

    Parameters
    ----------
    effect : array-like of float, shape (k,)
    draws : array-like of float, shape (draws, k)
    level : float
        Probability with which all ranges hold at once.

    Returns
    -------
    (ndarray of int, ndarray of int)
        Highest and lowest rank each can have.

    Notes
    -----
    As `cvclib.methods.ranks.rank_ranges`: a pair differs where its difference is further from 0 than ``c`` standard errors, c the
    quantile of the largest such distance over all pairs in the replicates.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> best, worst = sure_ranks([0.9, 0.2, 0.2], [0.9, 0.2, 0.2] + rng.normal(0, 0.05, (500, 3)))
    >>> best.tolist(), worst.tolist()
    ([1, 2, 2], [1, 3, 3])
    """
    effect, draws = np.asarray(effect, dtype=float), np.asarray(draws, dtype=float)
    k = effect.size
    gap, moved = effect[:, None] - effect[None, :], draws[:, :, None] - draws[:, None, :]
    error = moved.std(axis=0, ddof=1)
    told = (error > 1e-12) & ~np.eye(k, dtype=bool)
    above = (error <= 1e-12) & (gap > 1e-9)
    if told.any():
        distance = np.abs(moved - gap)[:, told] / error[told]
        limit = float(np.quantile(distance.max(axis=1), level))
        above[told] = gap[told] > limit * error[told]
    return 1 + above.sum(axis=0), k - above.sum(axis=1)


class Credits(NamedTuple):
    """Shares of the conversions that the usual rules give to each touchpoint, each summing to 1.

    Parameters
    ----------
    names : tuple of str
    first, last, linear : ndarray, shape (k,)
        All to the first touch, all to the last, or evenly over the touches of the path.

    Examples
    --------
    >>> Credits._fields
    ('names', 'first', 'last', 'linear')
    """

    names: tuple[str, ...]
    first: NDArray[np.float64]
    last: NDArray[np.float64]
    linear: NDArray[np.float64]


def rule_credits(paths: Sequence[Sequence[str]], converted: ArrayLike) -> Credits:
    """Credit by first touch, last touch and evenly.

    Parameters
    ----------
    paths : sequence of sequence of str
    converted : array-like of float, shape (n_paths,)
        Conversions of each path.

    Returns
    -------
    Credits

    Examples
    --------
    >>> credits = rule_credits([["A", "B"], ["B", "B"]], [1, 1])
    >>> credits.first.tolist(), credits.last.tolist(), credits.linear.tolist()
    ([0.5, 0.5], [0.0, 1.0], [0.25, 0.75])
    """
    converted = np.asarray(converted, dtype=float)
    names, at, touches = _touches(paths)
    lengths = np.array([len(path) for path in paths])
    ends = np.cumsum(lengths)
    total = max(converted.sum(), 1e-300)
    first, last = (np.bincount(touches[i], converted, len(names)) / total for i in (ends - lengths, ends - 1))
    return Credits(names, first, last, np.bincount(touches, converted[at] / lengths[at], len(names)) / total)


def _touches(paths: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], NDArray[np.int_], NDArray[np.int_]]:
    """Names, and for each touch of all paths one after the other: which path, which name."""
    if any(len(path) == 0 for path in paths):
        raise ValueError("paths holds an empty one; a journey that touches nothing tells nothing of any touchpoint")
    names = tuple(sorted({name for path in paths for name in path}))
    place = {name: i for i, name in enumerate(names)}
    at = np.repeat(np.arange(len(paths)), [len(path) for path in paths])
    return names, at, np.array([place[name] for path in paths for name in path])


def _cells(paths: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], sparse.csr_matrix]:
    """From journeys counted by path and end to the chain's counts: rows are paths that convert, then paths that are lost.

    The columns are the cells of a table of k + 1 rows (touchpoints, then the start) and k + 2 columns (touchpoints, then
    conversion and loss).
    """
    names, at, touches = _touches(paths)
    k, n = len(names), len(paths)
    first = np.r_[True, at[1:] != at[:-1]]
    last = np.r_[first[1:], True]
    before = np.where(first, k, np.r_[0, touches[:-1]])
    moves = before * (k + 2) + touches
    rows, cells = [], []
    for end, offset in ((k, 0), (k + 1, n)):
        rows += [at + offset, at[last] + offset]
        cells += [moves, touches[last] * (k + 2) + end]
    rows, cells = np.concatenate(rows), np.concatenate(cells)
    return names, sparse.csr_matrix((np.ones(rows.size), (rows, cells)), shape=(2 * n, (k + 1) * (k + 2)))


def _solved(counts: ArrayLike, k: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Base, removal effects and visits of several chains from their counts, shape (chains, (k + 1) * (k + 2))."""
    table = np.asarray(counts, dtype=float).reshape(-1, k + 1, k + 2)
    total = table.sum(axis=-1, keepdims=True)
    # A touchpoint without journeys in a replicate leads nowhere; every other reaches an end, as all its paths do.
    chance = np.divide(table, total, out=np.zeros_like(table), where=total > 0)
    moves, start = chance[:, :k, :k], chance[:, k, :k]
    fundamental = np.linalg.inv(np.eye(k) - moves)
    reach = np.einsum("dk,dkj->dj", start, fundamental)  # expected visits from the start
    visited = reach / np.diagonal(fundamental, axis1=1, axis2=2)
    bought = np.einsum("dkj,dj->dk", fundamental, chance[:, :k, k])
    base = np.einsum("dk,dk->d", start, bought)
    effect = np.divide(visited * bought, base[:, None], out=np.zeros_like(visited), where=base[:, None] > 0)
    return base, np.clip(effect, 0.0, 1.0), visited
