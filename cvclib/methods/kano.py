"""Kano's needs and wants: what must be there, what satisfies in proportion, what delights."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats
from statsmodels.stats.proportion import proportion_confint

CATEGORIES = ("M", "O", "A", "I", "R", "Q")
NAMES = {
    "M": "must-be", "O": "one-dimensional", "A": "attractive", "I": "indifferent", "R": "reverse", "Q": "questionable",
}  # fmt: skip
# Berger et al. 1993: functional answer down, dysfunctional across, each like, must-be, neutral, live with, dislike.
EVALUATION = np.array([list("QAAAO"), list("RIIIM"), list("RIIIM"), list("RIIIM"), list("RRRRQ")])
CLOSE_RACE = 0.05  # two largest categories nearer than this: M before O before A before I
FONG_Z = 1.65  # Fong's limit: 90% two-sided
FEW_EXPECTED = 5  # expected answers in a cell below which the chi-square distribution is not trusted


class KanoResult(NamedTuple):
    """What a feature is to the customers.

    Parameters
    ----------
    mode : str
        Most frequent category; of equals the one that comes first in M, O, A, I, R, Q.
    ruled : str
        The mode, or where the two largest lie within 5 points of 100, the earlier in M > O > A > I.
    satisfaction, dissatisfaction : float
        CS+, 0 to 1, and CS-, 0 to -1.
    total_strength, category_strength : float
        Share of M, O and A; largest share less the second.
    chi_square, p_value : float
        Test that M, O, A and I are equally frequent.
    gap, limit : float
        Fong's test: difference of the two largest counts, and what it must exceed.
    clear : bool
        Whether it does.
    p_mode : float
        That the most frequent category is not truly more frequent than the second.
    satisfaction_interval, dissatisfaction_interval : (float, float)
        95% interval of CS+ and of CS-, lower end first.
    n : int
        Answers, R and Q included; of weighted answers as many as they are worth.

    Examples
    --------
    >>> kano_result([50, 10, 5, 5, 0, 0])._fields[0]
    'mode'
    """

    mode: str
    ruled: str
    satisfaction: float
    dissatisfaction: float
    total_strength: float
    category_strength: float
    chi_square: float
    p_value: float
    gap: float
    limit: float
    clear: bool
    p_mode: float
    satisfaction_interval: tuple[float, float]
    dissatisfaction_interval: tuple[float, float]
    n: int


def kano_category(functional: ArrayLike, dysfunctional: ArrayLike) -> np.ndarray:
    """Category of each paired answer, by the evaluation table of Berger et al.

    Parameters
    ----------
    functional, dysfunctional : array-like of int, shape (n,)
        1 like, 2 must-be, 3 neutral, 4 live with, 5 dislike.

    Returns
    -------
    ndarray of str, shape (n,)
        M, O, A, I, R or Q. Liking it both ways is Q, not O.

    Raises
    ------
    ValueError
        If an answer lies outside 1 to 5.

    References
    ----------
    .. [1] C. Berger et al., "Kano's methods for understanding customer-defined quality", Center for Quality
       Management Journal 2, 1993.

    Examples
    --------
    >>> kano_category([1, 1, 2, 3, 5], [5, 3, 5, 3, 1]).tolist()
    ['O', 'A', 'M', 'I', 'R']
    """
    functional, dysfunctional = np.asarray(functional, dtype=int), np.asarray(dysfunctional, dtype=int)
    both = np.concatenate([functional.ravel(), dysfunctional.ravel()])
    if both.size and not ((both >= 1) & (both <= 5)).all():
        raise ValueError(f"answers must lie in 1 to 5, but hold {both[(both < 1) | (both > 5)][:3].tolist()}")
    return EVALUATION[functional - 1, dysfunctional - 1]


def kano_result(counts: ArrayLike, effective_n: float | None = None) -> KanoResult:
    """Sum a feature's answers up.

    Parameters
    ----------
    counts : array-like of float, shape (6,)
        Answers in M, O, A, I, R and Q, in this order, or sums of their weights; percentages will do, the tests
        then take n as 100.
    effective_n : float, optional
        How many unweighted answers weighted ones are worth (Kish); the sum of `counts` by default.

    Returns
    -------
    KanoResult

    Raises
    ------
    ValueError
        If there are no answers.

    Notes
    -----
    ``CS+ = (A + O) / (A + O + M + I)`` and ``CS- = -(O + M) / (A + O + M + I)``, with Wilson's intervals. Fong:
    with m1 and m2 the two largest counts the mode is clear where ``m1 - m2 > 1.65 sqrt((m1 + m2)(2n - m1 - m2) /
    2n)``. ``p_mode`` is the two-sided binomial test of m1 against m2, which is valid although the two were picked
    for being the largest [3]_.

    References
    ----------
    .. [1] K. Matzler, H. H. Hinterhuber, "How to make product development projects more successful by
       integrating Kano's model", Technovation 18, 1998.
    .. [2] D. Fong, "Using the self-stated importance questionnaire to interpret Kano questionnaire results",
       Center for Quality Management Journal 5, 1996.
    .. [3] K. Hung, W. Fithian, "Rank verification for exponential families", Annals of Statistics 47, 2019.

    Examples
    --------
    >>> found = kano_result([95, 123, 45, 33, 0, 0])
    >>> found.mode, round(found.satisfaction, 3), round(found.dissatisfaction, 3), round(found.limit, 1), found.clear
    ('O', 0.568, -0.736, 19.4, True)
    """
    counts = np.asarray(counts, dtype=float)
    total = counts.sum()
    if not total > 0:
        raise ValueError("counts holds no answers")
    n = total if effective_n is None else float(effective_n)
    counts = counts * (n / total)
    must, one, attractive = counts[:3]
    judged = counts[:4].sum()
    order = np.argsort(-counts, kind="stable")
    m1, m2 = counts[order[:2]]
    limit = FONG_Z * np.sqrt((m1 + m2) * (2 * n - m1 - m2) / (2 * n))
    chi, p = stats.chisquare(counts[:4]) if judged > 0 else (np.nan, np.nan)
    plus, plus_interval = _coefficient(attractive + one, judged)
    minus, (least, most) = _coefficient(one + must, judged)
    return KanoResult(
        mode=CATEGORIES[order[0]],
        ruled=CATEGORIES[min(order[:2]) if m1 - m2 <= CLOSE_RACE * n else order[0]],
        satisfaction=plus,
        dissatisfaction=-minus,
        total_strength=float((attractive + must + one) / n),
        category_strength=float((m1 - m2) / n),
        chi_square=float(chi),
        p_value=float(p),
        gap=float(m1 - m2),
        limit=float(limit),
        clear=bool(m1 - m2 > limit),
        p_mode=_first_by_chance(float(m1), float(m2)),
        satisfaction_interval=plus_interval,
        dissatisfaction_interval=(-most, -least),
        n=round(n),
    )


def answers_differ(counts: ArrayLike, *, rng: np.random.Generator, draws: int = 4_999) -> float:
    """Test whether groups spread their answers over the categories in different ways.

    Parameters
    ----------
    counts : array-like of float, shape (groups, categories)
        Answers; where they are weighted, brought to the number they are worth (Kish).
    rng : numpy.random.Generator
    draws : int
        Tables drawn with the same margins where cells are too thin for the chi-square distribution.

    Returns
    -------
    float
        p value of Pearson's test that all groups answer alike; NaN where fewer than two groups or categories
        hold answers.

    Notes
    -----
    Where the expected count of a cell lies below 5, the p value is the share of tables with the same margins, the
    observed one included, whose statistic is as large: a permutation test of who belongs to which group.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> answers_differ([[40, 10], [10, 40]], rng=rng) < 0.001, round(answers_differ([[3, 2], [2, 3]], rng=rng), 1)
    (True, 1.0)
    """
    counts = np.asarray(counts, dtype=float)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if min(counts.shape) < 2:
        return float("nan")
    if stats.contingency.expected_freq(counts).min() >= FEW_EXPECTED:
        return float(stats.chi2_contingency(counts, correction=False).pvalue)
    counts = np.rint(counts)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if min(counts.shape) < 2:
        return float("nan")
    expected = stats.contingency.expected_freq(counts)
    rows, columns = counts.sum(axis=1).astype(int), counts.sum(axis=0).astype(int)
    drawn = stats.random_table(rows, columns).rvs(draws, random_state=rng)
    statistics = ((drawn - expected) ** 2 / expected).sum(axis=(1, 2))
    as_large = (statistics >= ((counts - expected) ** 2 / expected).sum() * (1 - 1e-12)).sum()
    return float((as_large + 1) / (draws + 1))


def _coefficient(count: float, n: float) -> tuple[float, tuple[float, float]]:
    if not n > 0:
        return float("nan"), (float("nan"), float("nan"))
    low, high = proportion_confint(min(count, n), n, method="wilson")
    return float(count / n), (float(max(low, 0.0)), float(min(high, 1.0)))


def _first_by_chance(first: float, second: float) -> float:
    """Two-sided binomial test of two counts, which need not be whole: twice the chance of `first` or more of both."""
    return min(1.0, 2 * float(special.betainc(first, second + 1, 0.5)))
