"""Which ranks the means of several items can have: a range for each, sure for all of them together."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cvclib.methods.resampling import bootstrap_means

FEWEST = 5  # answers to an item, below which it is told apart from no other


def rank_ranges(
    values: ArrayLike, *, rng: np.random.Generator, weights: ArrayLike | None = None, replicates: int = 1000, level: float = 0.95
) -> pd.DataFrame:
    """Rank items by their mean, 1 the highest, with a range of ranks for each that holds for all of them together.

    Parameters
    ----------
    values : array-like of float, shape (n_respondents, n_items)
        NaN a blank.
    rng : numpy.random.Generator
    weights : array-like of float, shape (n_respondents,), optional
        Sampling weights.
    replicates : int
        Bootstrap replicates of respondents.
    level : float
        Probability with which all ranges hold at once.

    Returns
    -------
    pandas.DataFrame
        A row an item, in the order given: ``mean``, ``rank`` (ties share their mean rank), ``low``, ``high`` (both whole ranks) and ``n`` answers.

    Notes
    -----
    All pairs of means are compared; a pair differs where its difference is further from 0 than ``c`` standard errors, c the quantile
    `level` of the largest such distance over all pairs in bootstrap replicates. The range of an item is then
    ``1 + number surely above it`` to ``n_items - number surely below it``. Ties are no trouble: items that are truly equal stay
    within each other's range, where a bootstrap of the ranks themselves would part them.

    References
    ----------
    .. [1] M. Mogstad, J. P. Romano, A. M. Shaikh, D. Wilhelm, "Inference for ranks with applications to mobility across neighbourhoods and
       academic achievement across countries", Review of Economic Studies 91, 2024.

    Examples
    --------
    >>> answers = np.tile([5.0, 3.0, 1.0], (30, 1)) + np.random.default_rng(1).normal(0, 0.5, (30, 3))
    >>> rank_ranges(answers, rng=np.random.default_rng(1))[["rank", "low", "high"]].astype(int).values.tolist()
    [[1, 1, 1], [2, 2, 2], [3, 3, 3]]
    """
    table = np.asarray(values, dtype=float)
    if table.ndim != 2:
        raise ValueError(f"values must have a row a respondent and a column an item, but has shape {table.shape}")
    n = np.isfinite(table).sum(axis=0)
    means, drawn = bootstrap_means(table, rng=rng, replicates=replicates, weights=weights)
    k = table.shape[1]
    gap, moved = means[:, None] - means[None, :], drawn[:, :, None] - drawn[:, None, :]
    enough = (n[:, None] >= FEWEST) & (n[None, :] >= FEWEST) & ~np.eye(k, dtype=bool)
    error = np.std(np.where(np.isfinite(moved), moved, gap), axis=0, ddof=1) if replicates > 1 else np.full((k, k), np.nan)
    told = enough & (error > 0)
    surely_above = enough & (error == 0) & (gap > 1e-12)  # all respondents give the same difference
    if told.any():
        distance = np.abs(moved - gap)[:, told] / error[told]
        c = float(np.quantile(np.nanmax(distance, axis=1), level))
        surely_above[told] = gap[told] > c * error[told]
    ranks = pd.Series(means).rank(ascending=False).to_numpy()
    return pd.DataFrame({"mean": means, "rank": ranks, "low": 1 + surely_above.sum(axis=0), "high": k - surely_above.sum(axis=1), "n": n})
