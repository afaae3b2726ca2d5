"""Asymmetric drivers: whether doing badly costs more satisfaction than doing well brings (penalty–reward contrast)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from cvclib.methods.shares import benjamini_hochberg

BASIC, PERFORMANCE, EXCITEMENT = "basic", "performance", "excitement"
NO_EFFECT, UNDECIDED, TOO_FEW = "no clear effect", "cannot tell", "too few answers"
FEWEST_IN_A_CLASS = 10  # answers in the low, middle and high class, below which a contrast is not made
ALPHA = 0.05


class PenaltyReward(NamedTuple):
    """Penalties and rewards of each attribute.

    Parameters
    ----------
    penalty, penalty_low, penalty_high : ndarray, shape (k,)
        What a low rating does to the outcome against a middling one, other attributes held; 95% interval.
    reward, reward_low, reward_high : ndarray, shape (k,)
        What a high rating does.
    asymmetry, asymmetry_low, asymmetry_high : ndarray, shape (k,)
        Reward less penalty (its size), each by point of the rating; 0 where the effect is a straight line.
    p_penalty, p_reward, p_asymmetry : ndarray, shape (k,)
        Corrected after Benjamini and Hochberg, penalties and rewards as one family, asymmetries as another.
    kind : list of str
        ``basic``, ``performance``, ``excitement``, ``no clear effect``, ``cannot tell``, ``too few answers``.
    p_value : float
        Wald test that no penalty or reward differs from 0.
    n : int
        Rows used.
    n_low, n_middle, n_high : ndarray of int, shape (k,)
        Ratings in each class.

    Examples
    --------
    >>> PenaltyReward._fields[0]
    'penalty'
    """

    penalty: np.ndarray
    penalty_low: np.ndarray
    penalty_high: np.ndarray
    reward: np.ndarray
    reward_low: np.ndarray
    reward_high: np.ndarray
    asymmetry: np.ndarray
    asymmetry_low: np.ndarray
    asymmetry_high: np.ndarray
    p_penalty: np.ndarray
    p_reward: np.ndarray
    p_asymmetry: np.ndarray
    kind: list[str]
    p_value: float
    n: int
    n_low: np.ndarray
    n_middle: np.ndarray
    n_high: np.ndarray


def classes_of(scale: tuple[float, float]) -> tuple[float, float]:
    """Where a rating is low, and from where it is high: the lowest and the highest quarter of the scale.

    Parameters
    ----------
    scale : (float, float)
        Lowest and highest answer.

    Returns
    -------
    (float, float)
        Low up to the first, high from the second.

    Examples
    --------
    >>> classes_of((1, 5)), classes_of((1, 10))
    ((2.0, 4.0), (3.25, 7.75))
    """
    quarter = (scale[1] - scale[0]) / 4
    return scale[0] + quarter, scale[1] - quarter


def penalty_reward(
    ratings: ArrayLike, outcome: ArrayLike, *, scale: tuple[float, float], weights: ArrayLike | None = None
) -> PenaltyReward:
    """Contrast what low and high ratings of each attribute do to an outcome.

    Parameters
    ----------
    ratings : array-like of float, shape (n, k)
        NaN where not answered.
    outcome : array-like of float, shape (n,)
        Satisfaction with the whole; rows without it, or without any rating, are left out.
    scale : (float, float)
        Lowest and highest rating.
    weights : array-like of float, shape (n,), optional
        Sampling weights.

    Returns
    -------
    PenaltyReward

    Raises
    ------
    ValueError
        If there are fewer rows than the regression has coefficients.

    Notes
    -----
    One regression of the outcome on two dummies an attribute, low and high (`classes_of`), the middle being the
    reference; an unanswered rating is a class of its own, so that no row is lost. Standard errors are robust to
    unequal variance and small classes (HC3) and take the weights. The classic rule compares penalty and reward as they stand,
    which finds an asymmetry wherever ratings lie off the middle. Here each is divided by the distance of the
    class means on the rating scale, so that a straight line has none. Basic: the asymmetry is negative and the
    penalty is sure; excitement: it is positive and the reward is sure; performance: both are sure and no
    asymmetry is; else it cannot be told, also where a low rating pleases or a high one hurts, as happens where
    ratings hang together so much that they cannot be told apart.

    References
    ----------
    .. [1] D. R. Brandt, "A procedure for identifying value-enhancing service components using customer
       satisfaction survey data", AMA Annual Services Marketing Conference, 1987.
    .. [2] K. Matzler, E. Sauerwein, "The factor structure of customer satisfaction", International Journal of
       Service Industry Management 13, 2002.

    Examples
    --------
    >>> x = np.tile([1, 2, 3, 4, 5], 20)[:, None]
    >>> found = penalty_reward(x, np.minimum(x[:, 0], 3) + 0.1 * np.sin(np.arange(100)), scale=(1, 5))
    >>> found.kind, round(float(found.penalty[0]), 1), abs(round(float(found.reward[0]), 1))
    (['basic'], -1.5, 0.0)
    """
    ratings, outcome = np.asarray(ratings, dtype=float), np.asarray(outcome, dtype=float)
    weights = np.ones(len(outcome)) if weights is None else np.asarray(weights, dtype=float)
    used = np.isfinite(outcome) & np.isfinite(ratings).any(axis=1) & (weights > 0)
    ratings, outcome, weights = ratings[used], outcome[used], weights[used]
    low_to, high_from = classes_of(scale)
    low, high, blank = ratings <= low_to, ratings >= high_from, ~np.isfinite(ratings)
    middle = ~(low | high | blank)
    counts = [c.sum(axis=0) for c in (low, middle, high)]
    enough = np.min(counts, axis=0) >= FEWEST_IN_A_CLASS
    n_kept, k = int(enough.sum()), ratings.shape[1]
    design = np.column_stack([low[:, enough], high[:, enough], *_further(ratings, enough, blank)]).astype(float)
    if len(outcome) <= design.shape[1] + 1:
        raise ValueError(f"{len(outcome)} rows are too few for {design.shape[1] + 1} coefficients")
    beta, covariance = (part[: 2 * n_kept] for part in _regression(design, outcome, weights))
    covariance = covariance[:, : 2 * n_kept]

    def mean_of(members: np.ndarray) -> np.ndarray:
        w = weights[:, None] * members
        return (w * np.where(members, ratings, 0)).sum(axis=0)[enough] / w.sum(axis=0)[enough]

    down, up = mean_of(middle) - mean_of(low), mean_of(high) - mean_of(middle)  # points between the classes' means
    eye = np.eye(2 * n_kept)
    contrasts = np.vstack([eye, np.hstack([np.diag(1 / down), np.diag(1 / up)])])
    value = contrasts @ beta
    error = np.sqrt(np.diag(contrasts @ covariance @ contrasts.T))
    left = len(outcome) - design.shape[1] - 1
    p = 2 * stats.t.sf(np.abs(value) / error, left)
    p = np.r_[benjamini_hochberg(p[: 2 * n_kept]), benjamini_hochberg(p[2 * n_kept :])]
    half = stats.t.ppf(0.975, left) * error

    def whole(part: np.ndarray) -> list[np.ndarray]:
        full = np.full((3, k), np.nan)
        full[:, enough] = part.reshape(3, n_kept)
        return list(full)

    values, lows, highs, ps = (whole(part) for part in (value, value - half, value + half, p))
    kinds = [_kind(*row) if kept else TOO_FEW for *row, kept in zip(*values, *ps, enough, strict=True)]
    interleaved = [ends[i] for i in range(3) for ends in (values, lows, highs)]
    return PenaltyReward(*interleaved, *ps, kinds, _wald(beta, covariance, left), len(outcome), *counts)


def _further(ratings: np.ndarray, enough: np.ndarray, blank: np.ndarray) -> list[np.ndarray]:
    """Columns that are held besides: blanks of each kept attribute, and attributes with too small a class as they are."""
    patterns = {np.packbits(column).tobytes(): column for column in blank[:, enough].T if column.any() and not column.all()}
    varying = np.column_stack(list(patterns.values())) if patterns else np.empty((len(ratings), 0))
    few = ratings[:, ~enough]
    means = np.nanmean(np.where(np.isfinite(few).any(axis=0), few, 0.0), axis=0) if few.size else np.empty(0)
    return [varying, np.where(np.isfinite(few), few, means) - means]


def _regression(design: np.ndarray, outcome: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted least squares: coefficients of the design, without the constant, and their HC3 covariance."""
    full = np.column_stack([design, np.ones(len(design))])
    bread = np.linalg.pinv((full * weights[:, None]).T @ full, hermitian=True)
    beta = bread @ (full.T @ (weights * outcome))
    leverage = np.minimum(weights * np.einsum("ij,ij->i", full @ bread, full), 0.999)
    scores = full * (weights * (outcome - full @ beta) / (1 - leverage))[:, None]
    return beta, bread @ (scores.T @ scores) @ bread


def _wald(beta: np.ndarray, covariance: np.ndarray, left: int) -> float:
    if not beta.size:
        return float("nan")
    rank = np.linalg.matrix_rank(covariance, hermitian=True)
    statistic = beta @ np.linalg.pinv(covariance, hermitian=True) @ beta / max(rank, 1)
    return float(stats.f.sf(statistic, max(rank, 1), left))


def _kind(penalty: float, reward: float, asymmetry: float, p_penalty: float, p_reward: float, p_asymmetry: float) -> str:
    punished, rewarded = p_penalty < ALPHA and penalty < 0, p_reward < ALPHA and reward > 0
    if (p_penalty < ALPHA and penalty > 0) or (p_reward < ALPHA and reward < 0):
        return UNDECIDED  # low ratings that please, or high ones that hurt: another rating shows through
    if p_asymmetry < ALPHA and asymmetry < 0 and punished:
        return BASIC
    if p_asymmetry < ALPHA and asymmetry > 0 and rewarded:
        return EXCITEMENT
    if punished and rewarded and not p_asymmetry < ALPHA:
        return PERFORMANCE
    return UNDECIDED if punished or rewarded else NO_EFFECT
