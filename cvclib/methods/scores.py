"""Survey scores: net promoter score, satisfaction and effort, with weights where there are any."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from cvclib.methods import shares
from cvclib.methods.estimate import Z_95, Estimate

PROMOTER_FROM = 9
DETRACTOR_UP_TO = 6


class ScoreCounts(NamedTuple):
    """Answers counted by score: what an engine brings back instead of millions of rows.

    Parameters
    ----------
    score : ndarray of float, shape (n_scores,)
        Scores that occur.
    n : ndarray of int, shape (n_scores,)
        Answers with that score.
    weight, weight_squared : ndarray of float, shape (n_scores,)
        Sum of their sampling weights and of the squares of these; both equal `n` without weights.

    Examples
    --------
    >>> ScoreCounts.of([10, 10, 6]).n.tolist()
    [1, 2]
    """

    score: np.ndarray
    n: np.ndarray
    weight: np.ndarray
    weight_squared: np.ndarray

    @classmethod
    def of(cls, scores: ArrayLike, weights: ArrayLike | None = None) -> ScoreCounts:
        """Count single answers."""
        scores = np.asarray(scores, dtype=float)
        weights = np.ones(scores.size) if weights is None else np.asarray(weights, dtype=float)
        score, place, n = np.unique(scores, return_inverse=True, return_counts=True)
        return cls(score, n, np.bincount(place, weights, score.size), np.bincount(place, weights**2, score.size))

    @property
    def effective(self) -> float:
        """Kish's effective number of answers, ``(Σw)² / Σw²``."""
        return float(self.weight.sum() ** 2 / self.weight_squared.sum())

    def answered_by(self, clusters: CustomerSums) -> ScoreCounts:
        """The same counts with the effective number of answers that a score of customers who answer repeatedly has.

        Notes
        -----
        With the score's ``s = Σy / Σm`` over customers (y weighted promoters less detractors, m weights) and C customers, the
        variance is ``C/(C-1) Σ(y - s m)² / (Σm)²``; the effective number is ``(p + d - s²)`` over it, and never above Kish's.
        Where nobody differs, customers count by Kish's formula on their sums.

        Examples
        --------
        Two customers who say the same three times each tell no more than one answer of each would.

        >>> counts = ScoreCounts.of([10, 10, 10, 0, 0, 0])
        >>> round(counts.answered_by(CustomerSums.of([10, 10, 10, 0, 0, 0], [1, 1, 1, 2, 2, 2])).effective, 6)
        1.0
        """
        if clusters.n_customers >= self.n.sum() or not self.weight.sum() > 0:
            return self  # each answered once
        total = self.weight.sum()
        p, d = self.weight[self.score >= PROMOTER_FROM].sum() / total, self.weight[self.score <= DETRACTOR_UP_TO].sum() / total
        score = p - d
        squares = clusters.yy - 2 * score * clusters.my + score**2 * clusters.mm
        c = clusters.n_customers
        variance = c / (c - 1) * max(squares, 0.0) / total**2 if c > 1 else 0.0
        spread = p + d - score**2
        effective = spread / variance if variance > 1e-15 and spread > 1e-15 else total**2 / clusters.mm
        return self._replace(weight_squared=self.weight_squared * max(self.effective / effective, 1.0))


class CustomerSums(NamedTuple):
    """Sums over customers of what they answered together, from which the error of a score is made.

    Parameters
    ----------
    n_customers : int
    mm, my, yy : float
        Sums over customers of m², m·y and y²: m the weights of a customer's answers, y those of the promoting ones less those of
        the detracting ones.

    Examples
    --------
    >>> CustomerSums.of([10, 9, 0], ["a", "a", "b"])
    CustomerSums(n_customers=2, mm=5.0, my=3.0, yy=5.0)
    """

    n_customers: int
    mm: float
    my: float
    yy: float

    @classmethod
    def of(cls, scores: ArrayLike, customers: ArrayLike, weights: ArrayLike | None = None) -> CustomerSums:
        """Sum single answers by customer."""
        scores = np.asarray(scores, dtype=float)
        weights = np.ones(scores.size) if weights is None else np.asarray(weights, dtype=float)
        names, at = np.unique(np.asarray(customers), return_inverse=True)
        side = np.where(scores >= PROMOTER_FROM, 1.0, np.where(scores <= DETRACTOR_UP_TO, -1.0, 0.0))
        m, y = np.bincount(at, weights, names.size), np.bincount(at, weights * side, names.size)
        return cls(int(names.size), float(m @ m), float(m @ y), float(y @ y))


def net_promoter_score(scores: ArrayLike, weights: ArrayLike | None = None) -> Estimate:
    """Estimate the net promoter score, with the adjusted Wald interval.

    Parameters
    ----------
    scores : array-like of int, shape (n_responses,)
        Answers to "how likely are you to recommend us", 0 to 10, blanks left out.
    weights : array-like of float, shape (n_responses,), optional
        Sampling weights.

    Returns
    -------
    Estimate
        Value, 95% interval and n; in points, -100 (all detractors) to 100 (all promoters).

    Raises
    ------
    ValueError
        If there are no scores, or one lies outside 0 to 10.

    Notes
    -----
    Promoters answer 9 or 10, detractors 0 to 6. With shares ``p`` and ``d`` the score is ``p - d``. For the
    interval ¾ is added to promoters and to detractors and 3 to n, then the variance is
    ``(p + d - (p - d)²) / n``; unlike the plain Wald interval it covers as often as it says in small samples
    and hardly leaves -100 to 100. With weights, n is Kish's effective sample size. The value is the plain
    score, so that it need not lie in the middle of its interval.

    References
    ----------
    .. [1] "The One Number You Need to Grow", Harvard Business Review, December 2003.
    .. [2] B. Rocks, "Interval estimation for the net promoter score", The American Statistician 70, 2016.

    Examples
    --------
    >>> nps = net_promoter_score([10, 10, 9, 9, 9, 8, 7, 7, 6, 0])
    >>> f"{nps.value:.0f} ({nps.low:.0f} to {nps.high:.0f}), n = {nps.n}"
    '30 (-19 to 65), n = 10'
    """
    scores = np.asarray(scores, dtype=float)
    if scores.size == 0:
        raise ValueError("scores is empty; a net promoter score needs at least one answer")
    outside = scores[~((scores >= 0) & (scores <= 10))]  # not-between also catches NaN
    if outside.size:
        raise ValueError(f"scores must lie in 0 to 10, but holds {outside[:3].tolist()}")

    return net_promoter_score_of(ScoreCounts.of(scores, weights))


def net_promoter_score_of(counts: ScoreCounts) -> Estimate:
    """Estimate the net promoter score of answers counted by score; see `net_promoter_score`.

    Examples
    --------
    >>> net_promoter_score_of(ScoreCounts.of([10, 9, 7, 0])) == net_promoter_score([10, 9, 7, 0])
    True
    """
    if counts.n.sum() == 0:
        return Estimate(np.nan, np.nan, np.nan, 0)
    total, effective = counts.weight.sum(), counts.effective
    promoters = counts.weight[counts.score >= PROMOTER_FROM].sum() / total
    detractors = counts.weight[counts.score <= DETRACTOR_UP_TO].sum() / total
    low, high = adjusted_wald(promoters * effective, detractors * effective, effective)
    return Estimate(float(100 * (promoters - detractors)), low, high, int(counts.n.sum()))


def adjusted_wald(promoters: float, detractors: float, n: float) -> tuple[float, float]:
    """The adjusted Wald interval of a net promoter score, from counts.

    Parameters
    ----------
    promoters, detractors, n : float
        Counts; with weights, effective ones.

    Returns
    -------
    (float, float)
        Ends of the 95% interval in points, cut to -100 and 100.

    Examples
    --------
    >>> [round(x, 2) for x in adjusted_wald(15, 11, 36)]
    [-15.9, 36.41]
    """
    p, d = (promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3)
    half = Z_95 * np.sqrt((p + d - (p - d) ** 2) / (n + 3))
    low, high = np.clip([p - d - half, p - d + half], -1, 1) * 100
    return float(low), float(high)


def top_two_box(scores: ArrayLike, highest: float, weights: ArrayLike | None = None) -> Estimate:
    """Estimate the share of answers in the two highest boxes of a scale.

    Parameters
    ----------
    scores : array-like of float, shape (n_responses,)
        Answers, blanks left out.
    highest : float
        Highest answer of the scale; the two boxes are `highest` and `highest` - 1.
    weights : array-like of float, shape (n_responses,), optional
        Sampling weights.

    Returns
    -------
    Estimate
        Share from 0 to 1, with Wilson's 95% interval, and n.

    Examples
    --------
    >>> round(top_two_box([5, 5, 4, 3, 1], highest=5).value, 2)
    0.6
    """
    satisfied = np.asarray(scores, dtype=float) >= highest - 1
    if weights is None:
        return shares.share(int(satisfied.sum()), satisfied.size)
    return shares.weighted_share(satisfied, weights)


def top_two_box_of(counts: ScoreCounts, highest: float) -> Estimate:
    """Estimate the share of the two highest boxes from answers counted by score; see `top_two_box`.

    Examples
    --------
    >>> top_two_box_of(ScoreCounts.of([5, 5, 4, 3, 1]), highest=5) == top_two_box([5, 5, 4, 3, 1], highest=5)
    True
    """
    having = counts.weight[counts.score >= highest - 1].sum()
    return shares.weighted_share_of_sums(having, counts.weight.sum(), counts.weight_squared.sum(), int(counts.n.sum()))


def mean_score_of(counts: ScoreCounts) -> Estimate:
    """Estimate the mean score from answers counted by score, with Student's interval.

    Parameters
    ----------
    counts : ScoreCounts

    Returns
    -------
    Estimate
        Mean, 95% interval and n; with weights the linearised one of `cvclib.methods.shares.mean`.

    Examples
    --------
    >>> mean = mean_score_of(ScoreCounts.of([1, 2, 3, 4]))
    >>> [round(x, 2) for x in mean]
    [2.5, 0.45, 4.55, 4]
    """
    n = int(counts.n.sum())
    if n == 0:
        return Estimate(np.nan, np.nan, np.nan, 0)
    centre = float(np.average(counts.score, weights=counts.weight))
    if n < 2:
        return Estimate(centre, np.nan, np.nan, 1)
    squares = np.sum(counts.weight_squared * (counts.score - centre) ** 2)
    half = stats.t.ppf(0.975, n - 1) * np.sqrt(n / (n - 1) * squares) / counts.weight.sum()
    return Estimate(centre, float(centre - half), float(centre + half), n)
