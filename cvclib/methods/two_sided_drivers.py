"""What makes promoters and what prevents detractors: two regressions side by side, and whether they differ.

An attribute can earn the last points of enthusiasm, or keep a customer from warning others off; where it does both alike
it moves everybody along one line.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from cvclib.methods.shares import benjamini_hochberg

MAKES, PREVENTS, BOTH = "makes promoters", "prevents detractors", "does both"
ONE_SIDE, NO_EFFECT, TOO_FEW = "clear on one side", "no clear effect", "too few answers"
WRONG_WAY = "wrong way round"  # better ratings with fewer promoters or more detractors: ratings that hang together can do that
ALPHA = 0.05
FEWEST_RATINGS = 30  # ratings of an attribute, below which it is left out
FEWEST_PER_ATTRIBUTE = 4  # promoters, detractors and others each, per coefficient; up to about ten the intervals are somewhat too wide
MOST_ROUNDS, SMALL = 100, 1e-8


class TwoSided(NamedTuple):
    """Effects of each attribute on promoting and on detracting.

    Parameters
    ----------
    promoting, promoting_low, promoting_high : ndarray, shape (k,)
        What one more point of the rating does to the probability of being a promoter, the other attributes held:
        average marginal effect with its 95% interval.
    preventing, preventing_low, preventing_high : ndarray, shape (k,)
        What it does to the probability of not being a detractor.
    lean, lean_low, lean_high : ndarray, shape (k,)
        Log odds of promoting less log odds of not detracting, a point of the rating; 0 where the attribute moves
        customers along one line.
    p_promoting, p_preventing, p_lean : ndarray, shape (k,)
        Corrected after Benjamini and Hochberg: the effects on both sides as one family, the leanings as another.
    kind : list of str
        ``makes promoters``, ``prevents detractors``, ``does both``, ``clear on one side``, ``wrong way round``, ``no clear effect``,
        ``too few answers``.
    n, n_promoters, n_detractors, n_customers : int

    Examples
    --------
    >>> TwoSided._fields[0]
    'promoting'
    """

    promoting: NDArray[np.float64]
    promoting_low: NDArray[np.float64]
    promoting_high: NDArray[np.float64]
    preventing: NDArray[np.float64]
    preventing_low: NDArray[np.float64]
    preventing_high: NDArray[np.float64]
    lean: NDArray[np.float64]
    lean_low: NDArray[np.float64]
    lean_high: NDArray[np.float64]
    p_promoting: NDArray[np.float64]
    p_preventing: NDArray[np.float64]
    p_lean: NDArray[np.float64]
    kind: list[str]
    n: int
    n_promoters: int
    n_detractors: int
    n_customers: int


def two_sided_drivers(
    ratings: ArrayLike,
    promoter: ArrayLike,
    detractor: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    customers: ArrayLike | None = None,
) -> TwoSided:
    """Estimate what one point of each rating does to promoting, and to detracting.

    Parameters
    ----------
    ratings : array-like of float, shape (n, k)
        NaN where not answered.
    promoter, detractor : array-like of bool, shape (n,)
        Nobody is both.
    weights : array-like of float, shape (n,), optional
        Sampling weights.
    customers : array-like, shape (n,), optional
        Whose answer it is; answers of one customer may hang together. By default each row is a customer.

    Returns
    -------
    TwoSided

    Raises
    ------
    ValueError
        If promoters, detractors or the rest are fewer than `FEWEST_PER_ATTRIBUTE` a coefficient.

    Notes
    -----
    Two logistic regressions on all attributes, promoter against not, and not detractor against detractor, with Firth's penalty, which
    keeps coefficients finite where an attribute parts the classes. Covariances are those of both together, robust and by customer
    (sandwich with leverages taken out, as HC3). Marginal effects are averaged over the respondents, their intervals by the delta
    method and Student's t on the customers. Were there one line of recommending on which an attribute moves customers, its log odds
    would be the same in both regressions (proportional odds), however large the two marginal effects: the difference of the two is
    Brant's test of it, and shows an attribute that works on one side. An unanswered rating counts as the attribute's mean, and the
    pattern of blanks is held.

    References
    ----------
    .. [1] R. Brant, "Assessing proportionality in the proportional odds model for ordinal logistic regression", Biometrics 46, 1990.
    .. [2] D. Firth, "Bias reduction of maximum likelihood estimates", Biometrika 80, 1993.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> ratings = rng.integers(1, 6, (1500, 2))
    >>> delight = ratings[:, 0] - 3 + rng.logistic(size=1500) > 1
    >>> upset = (3 - ratings[:, 1] + rng.logistic(size=1500) > 1) & ~delight
    >>> two_sided_drivers(ratings, delight, upset).kind
    ['makes promoters', 'prevents detractors']
    """
    ratings = np.asarray(ratings, dtype=float)
    promoter, detractor = np.asarray(promoter, dtype=bool), np.asarray(detractor, dtype=bool)
    weights = np.ones(len(ratings)) if weights is None else np.asarray(weights, dtype=float)
    customers = np.arange(len(ratings)) if customers is None else np.unique(np.asarray(customers), return_inverse=True)[1]
    used = np.isfinite(ratings).any(axis=1) & (weights > 0)
    ratings, promoter, detractor, weights, customers = (part[used] for part in (ratings, promoter, detractor, weights, customers))
    customers = np.unique(customers, return_inverse=True)[1]
    k = ratings.shape[1]
    kept = _worth_keeping(ratings)
    design = _design(ratings[:, kept])
    classes = [int(part.sum()) for part in (promoter, detractor, ~(promoter | detractor))]
    if not kept.any() or min(classes) < FEWEST_PER_ATTRIBUTE * design.shape[1]:
        raise ValueError(
            f"{classes[0]} promoters, {classes[1]} detractors and {classes[2]} others are too few for {int(kept.sum())} attributes: "
            f"of each {FEWEST_PER_ATTRIBUTE * design.shape[1]} are needed"
        )
    weights = weights / weights.mean()
    m, n_customers = int(kept.sum()), int(customers.max()) + 1
    sides = [_side(design, y.astype(float), weights, m) for y in (promoter, ~detractor)]
    lean = sides[0].slope - sides[1].slope
    influences = [sides[0].effect_influence, sides[1].effect_influence, sides[0].slope_influence - sides[1].slope_influence]
    values = [sides[0].effect, sides[1].effect, lean]
    left = max(n_customers - design.shape[1] - 1, 1)
    errors = [_clustered_error(influence, customers, n_customers) for influence in influences]
    half = stats.t.ppf(0.975, left)
    raw = [2 * stats.t.sf(np.abs(v) / e, left) for v, e in zip(values, errors, strict=True)]
    both = benjamini_hochberg(np.r_[raw[0], raw[1]])
    p = [both[:m], both[m:], benjamini_hochberg(raw[2])]

    def whole(part: NDArray[np.float64]) -> NDArray[np.float64]:
        full = np.full(k, np.nan)
        full[kept] = part
        return full

    ends = [whole(x) for v, e in zip(values, errors, strict=True) for x in (v, v - half * e, v + half * e)]
    full_p = [whole(part) for part in p]
    kinds = [_kind(*row) for row in zip(ends[0], ends[3], ends[6], *full_p, strict=True)]
    return TwoSided(*ends, *full_p, kinds, len(ratings), classes[0], classes[1], n_customers)


class _Side(NamedTuple):
    effect: NDArray[np.float64]
    effect_influence: NDArray[np.float64]
    slope: NDArray[np.float64]
    slope_influence: NDArray[np.float64]


def _worth_keeping(ratings: NDArray[np.float64]) -> NDArray[np.bool_]:
    filled = np.isfinite(ratings)
    enough = filled.sum(axis=0) >= FEWEST_RATINGS
    spread = np.array([np.ptp(column[on]) > 0 if on.any() else False for column, on in zip(ratings.T, filled.T, strict=True)], dtype=bool)
    return enough & spread


def _design(ratings: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ratings about their means, the different patterns of blanks, and the constant."""
    filled = np.isfinite(ratings)
    means = np.nanmean(np.where(filled.any(axis=0), ratings, 0.0), axis=0)
    centred = np.where(filled, ratings - means, 0.0)
    patterns = {column.tobytes(): column for column in (~filled).T if FEWEST_RATINGS <= column.sum() <= len(ratings) - FEWEST_RATINGS}
    blanks = [column[:, None].astype(float) for column in patterns.values()]
    full = np.hstack([centred, *blanks, np.ones((len(ratings), 1))])
    independent: list[int] = []  # patterns of blanks may add up to one another
    for j in [*range(centred.shape[1]), full.shape[1] - 1, *range(centred.shape[1], full.shape[1] - 1)]:
        if j < centred.shape[1] or np.linalg.matrix_rank(full[:, [*independent, j]].T @ full[:, [*independent, j]]) == len(independent) + 1:
            independent.append(j)
    return full[:, independent]


def _side(design: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.float64], m: int) -> _Side:
    beta, bread, leverage = _firth(design, y, weights)
    p = 1 / (1 + np.exp(-(design @ beta)))
    spread = p * (1 - p)
    residual = weights * (y - p) / (1 - np.minimum(leverage, 0.999))
    influence = (design * residual[:, None]) @ bread
    total = weights.sum()
    density = float(weights @ spread / total)
    bend = (weights * spread * (1 - 2 * p)) @ design / total  # derivative of the mean density by the coefficients
    slope = beta[:m]
    own = (weights * (spread - density) / total)[:, None] * slope
    effect_influence = density * influence[:, :m] + (influence @ bend)[:, None] * slope + own
    return _Side(density * slope, effect_influence, slope, influence[:, :m])


def _firth(
    design: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients of a logistic regression with Firth's penalty, the inverse information, and the leverages."""
    beta = np.zeros(design.shape[1])
    for _ in range(MOST_ROUNDS):
        p = 1 / (1 + np.exp(-(design @ beta)))
        spread = np.maximum(weights * p * (1 - p), 1e-12)
        bread = np.linalg.pinv((design * spread[:, None]).T @ design, hermitian=True)
        leverage = spread * np.einsum("ij,ij->i", design @ bread, design)
        step = bread @ (design.T @ (weights * (y - p) + leverage * (0.5 - p)))
        beta = beta + step * min(1.0, 3.0 / max(float(np.abs(step).max()), 1e-300))
        if np.abs(step).max() < SMALL:
            break
    return beta, bread, leverage


def _clustered_error(influence: NDArray[np.float64], customers: NDArray[np.int_], n_customers: int) -> NDArray[np.float64]:
    sums = np.zeros((n_customers, influence.shape[1]))
    np.add.at(sums, customers, influence)
    return np.sqrt((sums**2).sum(axis=0) * n_customers / max(n_customers - 1, 1))


def _kind(promoting: float, preventing: float, lean: float, p_promoting: float, p_preventing: float, p_lean: float) -> str:
    if not np.isfinite(promoting):
        return TOO_FEW
    makes, prevents = p_promoting < ALPHA and promoting > 0, p_preventing < ALPHA and preventing > 0
    if (p_promoting < ALPHA and promoting < 0) or (p_preventing < ALPHA and preventing < 0):
        return WRONG_WAY
    if makes and p_lean < ALPHA and lean > 0:
        return MAKES
    if prevents and p_lean < ALPHA and lean < 0:
        return PREVENTS
    if makes and prevents:
        return BOTH
    return ONE_SIDE if makes or prevents else NO_EFFECT
