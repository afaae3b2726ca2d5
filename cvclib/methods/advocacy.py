"""Recommendation and referral in numbers: score groups, referral rates, earned growth, what a score foretells.

Takes counts and arrays, gives estimates; knows nothing of surveys' tables or of who the client is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from cvclib.methods.estimate import Z_95, Estimate
from cvclib.methods.scores import DETRACTOR_UP_TO, PROMOTER_FROM, ScoreCounts, net_promoter_score_of
from cvclib.methods.shares import benjamini_hochberg, difference, p_value, weighted_share_of_sums


class ScoreGroups(NamedTuple):
    """The three groups of the recommendation question, and the score made from them.

    Parameters
    ----------
    promoters, passives, detractors : Estimate
        Shares from 0 to 1 of those who answer 9 or 10, 7 or 8, 0 to 6.
    nps : Estimate
        Net promoter score in points, -100 to 100.

    Examples
    --------
    >>> score_groups(ScoreCounts.of([10, 7, 7, 0])).passives.value
    0.5
    """

    promoters: Estimate
    passives: Estimate
    detractors: Estimate
    nps: Estimate


def score_groups(counts: ScoreCounts) -> ScoreGroups:
    """Estimate the groups of promoters, passives and detractors from answers counted by score.

    Parameters
    ----------
    counts : ScoreCounts
        Answers from 0 to 10, counted by score, with the sums of their sampling weights.

    Returns
    -------
    ScoreGroups
        Wilson's intervals for the shares, the adjusted Wald interval for the score; n is the number of answers.

    Raises
    ------
    ValueError
        If there are no answers, or a score lies outside 0 to 10.

    Notes
    -----
    With weights the intervals rest on Kish's effective number of answers, ``(Σw)² / Σw²``.

    Examples
    --------
    >>> groups = score_groups(ScoreCounts.of([10, 10, 9, 9, 9, 8, 7, 7, 6, 0]))
    >>> groups.promoters.value, round(groups.nps.value, 6), groups.nps.n
    (0.5, 30.0, 10)
    """
    outside = counts.score[~((counts.score >= 0) & (counts.score <= 10))]  # not-between also catches NaN
    if outside.size:
        raise ValueError(f"scores must lie in 0 to 10, but holds {outside[:3].tolist()}")
    if not counts.weight.sum() > 0:
        raise ValueError("scores is empty; a net promoter score needs at least one answer")
    n, total, squares = int(counts.n.sum()), counts.weight.sum(), counts.weight_squared.sum()
    promoters, detractors = counts.score >= PROMOTER_FROM, counts.score <= DETRACTOR_UP_TO
    groups = (promoters, ~(promoters | detractors), detractors)
    return ScoreGroups(
        *(weighted_share_of_sums(counts.weight[group].sum(), total, squares, n) for group in groups), nps=net_promoter_score_of(counts)
    )


class GroupDifference(NamedTuple):
    """How one group's net promoter score differs from that of the groups that do not stand out.

    Parameters
    ----------
    difference : Estimate
        In points.
    p_adjusted : float
        After Benjamini and Hochberg over all groups.

    Examples
    --------
    >>> GroupDifference(Estimate(-20.0, -30.0, -10.0, 80), 0.001).difference.value
    -20.0
    """

    difference: Estimate
    p_adjusted: float


def compare_groups(groups: Mapping[str, ScoreCounts], *, level: float = 0.05) -> dict[str, GroupDifference]:
    """Compare the net promoter score of each group with that of the groups that do not stand out.

    Parameters
    ----------
    groups : mapping of str to ScoreCounts
        Group to its answers, counted by score.
    level : float
        Adjusted p value below which a group stands out.

    Returns
    -------
    dict of str to GroupDifference
        Empty where there are fewer than two groups.

    Notes
    -----
    One group far off makes all others differ from the rest, which holds it. So the group least like the rest is set
    apart, and those left are compared again, until nothing stands out. What is left is what every group is then
    compared with, itself left out. Where no two groups are alike, each is compared with all others.

    Examples
    --------
    >>> scores = {"a": [9, 8, 7] * 50, "b": [9, 7, 8] * 50, "c": [3, 5, 9] * 50}
    >>> compared = compare_groups({name: ScoreCounts.of(x) for name, x in scores.items()})
    >>> [name for name, (_, p) in compared.items() if p < 0.05]
    ['c']
    """
    if len(groups) < 2:
        return {}
    alike = sorted(groups)
    while len(alike) > 2:
        tests = [_difference(groups, name, alike) for name in alike]
        p = np.array([p_value(test) for test in tests])
        if not np.nanmin(benjamini_hochberg(p)) < level:
            break
        alike.pop(np.lexsort((-np.abs([test.value for test in tests]), p))[0])
    if len(alike) == 2 and p_value(_difference(groups, alike[0], alike)) < level:
        alike = sorted(groups)
    gaps = [_difference(groups, name, alike) for name in sorted(groups)]
    adjusted = benjamini_hochberg([p_value(gap) for gap in gaps])
    return {name: GroupDifference(gap, float(p)) for name, gap, p in zip(sorted(groups), gaps, adjusted, strict=True)}


def rate_per_customer(counts: ArrayLike, customers: ArrayLike) -> Estimate:
    """Estimate how many of something there are a customer, from customers counted by how many they have.

    Parameters
    ----------
    counts : array-like of int, shape (n,)
        Numbers that occur: 0, 1, 2, … referrals.
    customers : array-like of int, shape (n,)
        How many customers have that number.

    Returns
    -------
    Estimate
        Mean a customer, with a 95% interval cut at 0; n is the number of customers. Of converted referrals it is
        the viral or K-factor: how many customers a customer brings.

    Notes
    -----
    Customers are independent, their referrals are not: one who refers once refers again. So the variance is taken
    between customers, not Poisson's. ``K = i · c`` with i referrals a customer and c the share that converts; a
    customer's converted referrals hold both.

    Examples
    --------
    >>> [round(x, 3) for x in rate_per_customer([0, 1, 3], [90, 8, 2])]
    [0.14, 0.042, 0.238, 100]
    """
    counts, customers = np.asarray(counts, dtype=float), np.asarray(customers, dtype=float)
    n = int(customers.sum())
    if n == 0:
        return Estimate(np.nan, np.nan, np.nan, 0)
    mean = float((counts * customers).sum() / n)
    if n < 2:
        return Estimate(mean, np.nan, np.nan, n)
    error = np.sqrt((customers * (counts - mean) ** 2).sum() / (n - 1) / n)
    half = float(stats.t.ppf(0.975, n - 1) * error)
    return Estimate(mean, max(mean - half, 0.0), mean + half, n)


class EarnedGrowth(NamedTuple):
    """How much of a firm's growth its customers brought, after Reichheld.

    Parameters
    ----------
    net_revenue_retention : float
        Revenue now of those who were customers before, as a share of all revenue before.
    earned_new : float
        Revenue now of new customers who came by recommendation, as a share of all revenue before.
    bought_new : float
        The same of new customers won by advertising and sales.
    rate : float
        Earned growth rate: ``net_revenue_retention + earned_new - 1``.
    ratio : float
        Earned growth as a share of all growth; NaN where revenue did not grow.

    Examples
    --------
    >>> earned_growth(before=100, retained=85, earned=25, bought=20).net_revenue_retention
    0.85
    """

    net_revenue_retention: float
    earned_new: float
    bought_new: float
    rate: float
    ratio: float


def earned_growth(*, before: float, retained: float, earned: float, bought: float) -> EarnedGrowth:
    """Compute the earned growth rate and ratio from revenue.

    Parameters
    ----------
    before : float
        Revenue of the period before; above 0.
    retained : float
        Revenue of this period from those who were customers in the period before.
    earned, bought : float
        Revenue of this period from new customers who came by recommendation, and from other new ones.

    Returns
    -------
    EarnedGrowth

    Raises
    ------
    ValueError
        If `before` is not above 0.

    Notes
    -----
    Rate ``(retained + earned) / before - 1``; ratio ``rate / ((retained + earned + bought) / before - 1)``.

    References
    ----------
    .. [1] F. Reichheld, D. Darnell, M. Burns, "Winning on Purpose", Harvard Business Review Press, 2021, appendix B.

    Examples
    --------
    >>> growth = earned_growth(before=100, retained=85, earned=25, bought=20)
    >>> round(growth.rate, 2), round(growth.ratio, 2)
    (0.1, 0.33)
    """
    if not before > 0:
        raise ValueError(f"before must be above 0, but is {before}")
    kept, new, paid = retained / before, earned / before, bought / before
    rate, growth = kept + new - 1, kept + new + paid - 1
    return EarnedGrowth(kept, new, paid, rate, rate / growth if growth > 0 else np.nan)


def ratio_of_sums(*, n: int, y: float, x: float, yy: float, xx: float, xy: float) -> Estimate:
    """Estimate the ratio of two sums over customers, such as revenue now to revenue before.

    Parameters
    ----------
    n : int
        Number of customers.
    y, x : float
        Sums of the upper and of the lower quantity; `x` above 0.
    yy, xx, xy : float
        Sums of their squares and of their product.

    Returns
    -------
    Estimate
        ``y / x`` with its 95% interval, NaN ends for fewer than two customers.

    Raises
    ------
    ValueError
        If `x` is not above 0.

    Notes
    -----
    Linearised: with ``r = y/x`` the variance is ``n/(n-1) · Σ(yᵢ - r xᵢ)² / x²``. A few large customers make it
    wide, and rightly so.

    References
    ----------
    .. [1] W. G. Cochran, "Sampling Techniques", 3rd ed., Wiley, 1977, chapter 6.

    Examples
    --------
    >>> [round(v, 3) for v in ratio_of_sums(n=3, y=6, x=5, yy=14, xx=9, xy=11)]
    [1.2, 0.841, 1.559, 3]
    """
    if not x > 0:
        raise ValueError(f"x must be above 0, but is {x}")
    ratio = y / x
    if n < 2:
        return Estimate(ratio, np.nan, np.nan, n)
    squares = max(yy - 2 * ratio * xy + ratio**2 * xx, 0.0)
    half = Z_95 * np.sqrt(n / (n - 1) * squares) / x
    return Estimate(float(ratio), float(ratio - half), float(ratio + half), n)


def auc(scores: ArrayLike, happened: ArrayLike) -> Estimate:
    """Estimate how well a score tells those who will from those who will not: the area under the ROC curve.

    Parameters
    ----------
    scores : array-like of float, shape (n,)
        No blanks.
    happened : array-like of bool, shape (n,)
        Whether it happened afterwards.

    Returns
    -------
    Estimate
        Chance that one for whom it happened has the higher score, ties counting half: 0.5 tells nothing, 1 all.
        All NaN where it happened to all or to none.

    Notes
    -----
    ``U / (m k)`` with Mann and Whitney's U, m who did and k who did not. The interval holds each θ for which
    ``|AUC - θ| ≤ 1.96 √V(θ)``, ``V = θ(1-θ) (1 + N(1-θ)/(2-θ) + Nθ/(1+θ)) / (m k)``, ``N = (m+k)/2 - 1``
    (Newcombe's method 5). It stays within 0 and 1, and with ties it is somewhat too wide.

    References
    ----------
    .. [1] R. G. Newcombe, "Confidence intervals for an effect size measure based on the Mann–Whitney statistic.
       Part 2", Statistics in Medicine 25, 2006.

    Examples
    --------
    >>> [round(x, 2) for x in auc([19, 22, 16, 29, 24, 20, 11, 17, 12], [True] * 5 + [False] * 4)]
    [0.85, 0.45, 0.97, 9]
    """
    scores, happened = np.asarray(scores, dtype=float), np.asarray(happened, dtype=bool)
    m, k = int(happened.sum()), int((~happened).sum())
    if m == 0 or k == 0:
        return Estimate(np.nan, np.nan, np.nan, m + k)
    ranks = stats.rankdata(scores)
    value = float((ranks[happened].sum() - m * (m + 1) / 2) / (m * k))

    def beyond(theta: float) -> float:
        size = (m + k) / 2 - 1
        variance = theta * (1 - theta) * (1 + size * (1 - theta) / (2 - theta) + size * theta / (1 + theta)) / (m * k)
        return (value - theta) ** 2 - Z_95**2 * variance

    inside = 1e-9  # at 0 and 1 the variance is 0, so that an estimate there is a root itself
    low = 0.0 if value == 0 else optimize.brentq(beyond, 0.0, min(value, 1 - inside))
    high = 1.0 if value == 1 else optimize.brentq(beyond, max(value, inside), 1.0)
    return Estimate(value, float(low), float(high), m + k)


def _difference(groups: Mapping[str, ScoreCounts], name: str, among: list[str]) -> Estimate:
    others = ScoreCounts(*(np.concatenate(parts) for parts in zip(*(groups[other] for other in among if other != name), strict=True)))
    return difference(net_promoter_score_of(groups[name]), net_promoter_score_of(others))
