"""Derived importance: how the explained share of an outcome's variance (R²) falls on its drivers.

Works on correlation matrices, one or many at once, whose last row and column is the outcome.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from cvclib.methods.correlation import Blanks, correlations
from cvclib.methods.estimate import Estimate
from cvclib.methods.resampling import percentile_interval

Method = Literal["LMG", "sampled LMG", "relative weights"]

MOST_DRIVERS_EXACT = 15  # 2^15 regressions a replicate; beyond, Johnson's weights come close at no cost
CHUNK_SUBSETS = 1_000_000  # R² held at once while replicates are worked off: 8 MB, and as much again for each driver left
ORDERS = 200  # of entry, drawn for the sampled LMG; each is used forwards and backwards
SMALLEST_PIVOT = 1e-9  # variance of a driver left by the others, below which it adds nothing


def subsets_r_squared(correlation: ArrayLike) -> np.ndarray:
    """R² of the regression of the outcome on every subset of its drivers.

    Parameters
    ----------
    correlation : array-like of float, shape (..., k + 1, k + 1)
        Correlations of k drivers and, last, the outcome.

    Returns
    -------
    ndarray of float, shape (..., 2**k)
        R² by subset; driver j is in subset s where bit j of s is set.

    Notes
    -----
    One driver after the other is either left out or swept out (Schur complement), so that each step halves
    what is left to do: about 6 · 2^k operations in all, for all matrices at once.

    Examples
    --------
    >>> subsets_r_squared([[1, 0, 0.6], [0, 1, 0.3], [0.6, 0.3, 1]]).round(2).tolist()
    [0.0, 0.36, 0.09, 0.45]
    """
    correlation = np.asarray(correlation, dtype=float)
    k = correlation.shape[-1] - 1
    left = correlation[..., None, :, :]
    for _ in range(k):
        pivot = left[..., 0, 0]
        row = left[..., 0, 1:]
        scale = np.where(pivot > SMALLEST_PIVOT, 1 / np.maximum(pivot, SMALLEST_PIVOT), 0.0)
        without = left[..., 1:, 1:]
        swept = without - (row * scale[..., None])[..., :, None] * row[..., None, :]
        left = np.concatenate([without, swept], axis=-3)
    return np.clip(1 - left[..., 0, 0], 0.0, 1.0)


def lmg(correlation: ArrayLike) -> np.ndarray:
    """Share of R² of each driver, averaged over all orders of entry (LMG, Shapley value, general dominance).

    Parameters
    ----------
    correlation : array-like of float, shape (..., k + 1, k + 1)
        Correlations of k drivers and, last, the outcome; at most 15 drivers.

    Returns
    -------
    ndarray of float, shape (..., k)
        Contributions; they add up to R².

    Raises
    ------
    ValueError
        If there are more than 15 drivers.

    Notes
    -----
    ``LMG_j = Σ over subsets S without j of |S|! (k - |S| - 1)! / k! · (R²(S ∪ j) - R²(S))``.

    References
    ----------
    .. [1] R. Lindeman, P. Merenda, R. Gold, "Introduction to Bivariate and Multivariate Analysis", 1980.
    .. [2] U. Grömping, "Relative importance for linear regression in R: the package relaimpo", Journal of
       Statistical Software 17, 2006.

    Examples
    --------
    >>> lmg([[1, 0.5, 0.6], [0.5, 1, 0.6], [0.6, 0.6, 1]]).round(2).tolist()
    [0.24, 0.24]
    """
    correlation = np.asarray(correlation, dtype=float)
    k = correlation.shape[-1] - 1
    if k > MOST_DRIVERS_EXACT:
        raise ValueError(f"correlation holds {k} drivers; LMG is exact up to {MOST_DRIVERS_EXACT}, use relative_weights")
    coefficients = _shapley_coefficients(k)
    flat = correlation.reshape(-1, k + 1, k + 1)
    step = max(1, CHUNK_SUBSETS // 2**k)
    parts = [subsets_r_squared(flat[i : i + step]) @ coefficients for i in range(0, len(flat), step)]
    return np.concatenate([np.empty((0, k)), *parts]).reshape(*correlation.shape[:-2], k)


def sampled_lmg(correlation: ArrayLike, *, rng: np.random.Generator, orders: int = ORDERS) -> tuple[np.ndarray, np.ndarray]:
    """LMG from orders of entry drawn by lot, for more drivers than all subsets can be tried of, and its error.

    Parameters
    ----------
    correlation : array-like of float, shape (..., k + 1, k + 1)
        Correlations of k drivers and, last, the outcome.
    rng : numpy.random.Generator
    orders : int
        Orders drawn, each used forwards and backwards, the same ones for all matrices.

    Returns
    -------
    (ndarray of shape (..., k), ndarray of shape (..., k))
        Contributions, which add up to R², and the Monte Carlo standard error of each.

    Notes
    -----
    What each driver adds to R² as it enters is the square of its entry in the outcome's row of the Cholesky
    factor of the correlations, taken in that order. An order and its reverse are one draw, which halves the error.

    References
    ----------
    .. [1] J. Castro, D. Gómez, J. Tejada, "Polynomial calculation of the Shapley value based on sampling",
       Computers & Operations Research 36, 2009.

    Examples
    --------
    >>> values, error = sampled_lmg([[1, 0.5, 0.6], [0.5, 1, 0.6], [0.6, 0.6, 1]], rng=np.random.default_rng(1))
    >>> values.round(2).tolist(), error.round(2).tolist()
    ([0.24, 0.24], [0.0, 0.0])
    """
    correlation = np.asarray(correlation, dtype=float)
    k = correlation.shape[-1] - 1
    floored = correlation + SMALLEST_PIVOT * np.eye(k + 1)  # a driver that copies another must not stop the factor
    total, squares = np.zeros((*correlation.shape[:-2], k)), np.zeros((*correlation.shape[:-2], k))
    for _ in range(orders):
        order = rng.permutation(k)
        draw = np.zeros_like(total)
        for way in (order, order[::-1]):
            entry = np.r_[way, k]
            factor = np.linalg.cholesky(floored[..., entry[:, None], entry])
            draw[..., way] += factor[..., -1, :-1] ** 2 / 2
        total, squares = total + draw, squares + draw**2
    variance = np.maximum(squares / orders - (total / orders) ** 2, 0.0) / max(orders - 1, 1)
    return total / orders, np.sqrt(variance)


def rank_ranges(low: ArrayLike, high: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Best and worst rank that each estimate may hold: those whose intervals overlap are not ranked among each other.

    Parameters
    ----------
    low, high : array-like of float, shape (k,)
        95% intervals of estimates, the largest of which ranks first.

    Returns
    -------
    (ndarray of int, ndarray of int)
        Ranks from 1.

    Examples
    --------
    >>> best, worst = rank_ranges([0.5, 0.2, 0.1], [0.6, 0.3, 0.25])
    >>> best.tolist(), worst.tolist()
    ([1, 2, 2], [1, 3, 3])
    """
    low, high = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    return 1 + (low[None, :] > high[:, None]).sum(axis=1), len(low) - (high[None, :] < low[:, None]).sum(axis=1)


def variance_inflation(correlation: ArrayLike) -> np.ndarray:
    """How far each driver is told by the others: 1 not at all, 5 and more much, infinite wholly.

    Parameters
    ----------
    correlation : array-like of float, shape (k, k)
        Correlations of the drivers alone.

    Returns
    -------
    ndarray of float, shape (k,)

    Notes
    -----
    ``VIF = 1 / (1 - R²)`` with R² of the regression of the driver on all others: the diagonal of the inverse.

    Examples
    --------
    >>> variance_inflation([[1, 0.6], [0.6, 1]]).round(4).tolist()
    [1.5625, 1.5625]
    """
    correlation = np.asarray(correlation, dtype=float)
    values, vectors = np.linalg.eigh(correlation)
    with np.errstate(divide="ignore", over="ignore"):
        return np.sum(vectors**2 / np.maximum(values, 1e-15), axis=1)


def relative_weights(correlation: ArrayLike) -> np.ndarray:
    """Share of R² of each driver by Johnson's relative weights: close to LMG, for any number of drivers.

    Parameters
    ----------
    correlation : array-like of float, shape (..., k + 1, k + 1)
        Correlations of k drivers and, last, the outcome.

    Returns
    -------
    ndarray of float, shape (..., k)
        Contributions; they add up to R².

    Notes
    -----
    With ``R = P D P'`` the drivers' correlations, ``L = P D^½ P'`` those of the drivers with the nearest
    orthogonal variables, and ``b = L⁻¹ r``, the weights are ``L² b²``, squares taken cell by cell.

    References
    ----------
    .. [1] J. W. Johnson, "A heuristic method for estimating the relative weight of predictor variables in
       multiple regression", Multivariate Behavioral Research 35, 2000.

    Examples
    --------
    >>> relative_weights([[1, 0.5, 0.6], [0.5, 1, 0.6], [0.6, 0.6, 1]]).round(2).tolist()
    [0.24, 0.24]
    """
    correlation = np.asarray(correlation, dtype=float)
    values, vectors = np.linalg.eigh(correlation[..., :-1, :-1])
    roots = np.sqrt(np.maximum(values, 0.0))
    inverse = np.where(roots > np.sqrt(SMALLEST_PIVOT), 1 / np.maximum(roots, np.sqrt(SMALLEST_PIVOT)), 0.0)
    transposed = np.swapaxes(vectors, -1, -2)
    link = (vectors * roots[..., None, :]) @ transposed
    beta = (vectors * inverse[..., None, :]) @ transposed @ correlation[..., :-1, -1:]
    return ((link**2) @ (beta**2))[..., 0]


@dataclass(frozen=True)
class DerivedImportance:
    """What drives an outcome, how surely, and on what it rests.

    Parameters
    ----------
    contribution : ndarray, shape (k,)
        Part of R² that falls on each driver.
    low, high : ndarray, shape (k,)
        95% bootstrap interval of the contribution.
    share : ndarray, shape (k,)
        Contribution divided by R²; adds up to 1.
    share_low, share_high : ndarray, shape (k,)
        95% bootstrap interval of the share.
    probability_strongest : ndarray, shape (k,)
        Share of the replicates in which the driver ranks first.
    r_squared : Estimate
        Explained share of variance; interval from the bootstrap.
    p_value : float
        F test that no driver matters, with the effective number of answers.
    method : {"LMG", "sampled LMG", "relative weights"}
    sampling_error : ndarray, shape (k,)
        Monte Carlo standard error of the contribution; 0 unless the method samples.
    inflation : ndarray, shape (k,)
        How far each driver is told by the others, as `variance_inflation`.
    blanks : {"complete rows", "pairs"}
    n_effective : float
        Kish's effective number of answers; over pairs, of the smallest pair.
    n_smallest : int
        Rows behind the smallest pair; over complete rows, all that are used.
    lifted : bool
        Whether the pairs contradicted each other and were brought to the nearest valid correlations.
    replicates : ndarray, shape (replicates, k)
        Shares in the bootstrap replicates.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(200, 2))
    >>> found = derived_importance(x, 2 * x[:, 0] + rng.normal(size=200), rng=rng, replicates=50)
    >>> found.method, bool(found.share[0] > 0.9), bool(found.probability_strongest[0] == 1)
    ('LMG', True, True)
    """

    contribution: np.ndarray
    low: np.ndarray
    high: np.ndarray
    share: np.ndarray
    share_low: np.ndarray
    share_high: np.ndarray
    probability_strongest: np.ndarray
    r_squared: Estimate
    p_value: float
    method: Method
    sampling_error: np.ndarray
    inflation: np.ndarray
    blanks: Blanks
    n_effective: float
    n_smallest: int
    lifted: bool
    replicates: np.ndarray


def derived_importance(
    drivers: ArrayLike,
    outcome: ArrayLike,
    *,
    rng: np.random.Generator,
    weights: ArrayLike | None = None,
    replicates: int = 500,
    blanks: Blanks | None = None,
    method: Method | None = None,
) -> DerivedImportance:
    """Derive from answers how much each driver matters for an outcome.

    Parameters
    ----------
    drivers : array-like of float, shape (n, k)
        Ratings, NaN where not answered.
    outcome : array-like of float, shape (n,)
        Satisfaction with the whole; rows without it are left out.
    rng : numpy.random.Generator
        Respondents are drawn as `cvclib.methods.resampling.bootstrap_sums` says: means of the same rows from a
        generator of the same seed belong to the same draws.
    weights : array-like of float, shape (n,), optional
        Sampling weights.
    replicates : int
        Bootstrap replicates of the respondents.
    blanks : {"complete rows", "pairs"}, optional
        As in `correlations`: complete rows where they are at least half, else pairs.
    method : {"LMG", "sampled LMG", "relative weights"}, optional
        LMG up to 15 drivers by default, else Johnson's weights.

    Returns
    -------
    DerivedImportance

    Notes
    -----
    Shares of R² describe what goes together, not what causes what. An LMG share cannot be negative, so that
    the interval of a driver without any effect lies a little above zero; `p_value` tells whether there is
    anything to share out. Resampling raises R² a little, so that with few answers its interval lies high.

    Examples
    --------
    >>> x = np.array([[1, 5], [2, 3], [3, 4], [4, 1], [5, 2.0]])
    >>> found = derived_importance(x, x[:, 0], rng=np.random.default_rng(1), replicates=20)
    >>> round(found.r_squared.value, 6)
    1.0
    """
    drivers, outcome = np.asarray(drivers, dtype=float), np.asarray(outcome, dtype=float)
    known = np.isfinite(outcome) & np.isfinite(drivers).any(axis=1)
    weights = np.where(known, np.ones(len(outcome)) if weights is None else np.asarray(weights, dtype=float), 0.0)
    found = correlations(np.column_stack([drivers, outcome]), rng=rng, replicates=replicates, weights=weights, blanks=blanks)
    k = drivers.shape[1]
    method = method or ("LMG" if k <= MOST_DRIVERS_EXACT else "relative weights")
    both, error = _decomposed(np.concatenate([found.matrix[None], found.replicates]), method, rng)
    contribution, copies = both[0], both[1:]
    r_squared, r_squared_copies = float(contribution.sum()), copies.sum(axis=1)
    shares, share_copies = _divided(contribution, r_squared), _divided(copies, r_squared_copies[:, None])
    first = np.bincount(copies.argmax(axis=1), minlength=k) / max(len(copies), 1) if len(copies) else np.full(k, np.nan)
    ends = [_ends(values) for values in (copies, share_copies, r_squared_copies)]
    return DerivedImportance(
        contribution, *ends[0], shares, *ends[1], first,
        r_squared=Estimate(r_squared, float(ends[2][0]), float(ends[2][1]), found.n),
        p_value=_f_test(r_squared, k, found.n_effective),
        method=method, sampling_error=error[0], inflation=variance_inflation(found.matrix[:-1, :-1]), blanks=found.blanks,
        n_effective=found.n_effective, n_smallest=found.n_smallest, lifted=found.lifted, replicates=share_copies,
    )  # fmt: skip


def _decomposed(matrices: np.ndarray, method: Method, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Contributions by matrix, and the Monte Carlo error of each."""
    if method == "sampled LMG":
        return sampled_lmg(matrices, rng=rng)
    values = lmg(matrices) if method == "LMG" else relative_weights(matrices)
    return values, np.zeros_like(values)


def _ends(copies: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if len(copies):
        return percentile_interval(copies)
    return np.full(copies.shape[1:], np.nan), np.full(copies.shape[1:], np.nan)


def _divided(part: np.ndarray, whole: np.ndarray | float) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.asarray(whole) > 0, part / whole, 1 / part.shape[-1])


def _f_test(r_squared: float, k: int, n: float) -> float:
    left = n - k - 1
    if left <= 0:
        return float("nan")
    if r_squared >= 1:
        return 0.0
    return float(stats.f.sf(r_squared / k / ((1 - r_squared) / left), k, left))


def _shapley_coefficients(k: int) -> np.ndarray:
    """Matrix of shape (2**k, k) that turns R² by subset into Shapley values."""
    subsets = np.arange(2**k)
    member = (subsets[:, None] >> np.arange(k)) & 1
    size = member.sum(axis=1)
    weight = np.array([1 / (k * comb(k - 1, s)) if s < k else 0.0 for s in range(k + 1)])  # |S|!(k-|S|-1)!/k!
    return np.where(member == 1, weight[size - 1][:, None], -weight[size][:, None])
