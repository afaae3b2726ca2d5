"""Kano's needs and wants: what must be there, what satisfies in proportion, what delights."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

CATEGORIES = ("M", "O", "A", "I", "R", "Q")
NAMES = {
    "M": "must-be", "O": "one-dimensional", "A": "attractive", "I": "indifferent", "R": "reverse", "Q": "questionable",
}  # fmt: skip
# Berger et al. 1993: functional answer down, dysfunctional across, each like, must-be, neutral, live with, dislike.
EVALUATION = np.array([list("QAAAO"), list("RIIIM"), list("RIIIM"), list("RIIIM"), list("RRRRQ")])
CLOSE_RACE = 0.05  # two largest categories nearer than this: M before O before A before I
FONG_Z = 1.65  # Fong's limit: 90% two-sided


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
    n : int
        Answers, R and Q included.

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


def kano_result(counts: ArrayLike) -> KanoResult:
    """Sum a feature's answers up.

    Parameters
    ----------
    counts : array-like of float, shape (6,)
        Answers in M, O, A, I, R and Q, in this order; percentages will do, the tests then take n as 100.

    Returns
    -------
    KanoResult

    Raises
    ------
    ValueError
        If there are no answers.

    Notes
    -----
    ``CS+ = (A + O) / (A + O + M + I)`` and ``CS- = -(O + M) / (A + O + M + I)``. Fong: with m1 and m2 the two
    largest counts the mode is clear where ``m1 - m2 > 1.65 sqrt((m1 + m2)(2n - m1 - m2) / 2n)``.

    References
    ----------
    .. [1] K. Matzler, H. H. Hinterhuber, "How to make product development projects more successful by
       integrating Kano's model", Technovation 18, 1998.
    .. [2] D. Fong, "Using the self-stated importance questionnaire to interpret Kano questionnaire results",
       Center for Quality Management Journal 5, 1996.

    Examples
    --------
    >>> found = kano_result([95, 123, 45, 33, 0, 0])
    >>> found.mode, round(found.satisfaction, 3), round(found.dissatisfaction, 3), round(found.limit, 1), found.clear
    ('O', 0.568, -0.736, 19.4, True)
    """
    counts = np.asarray(counts, dtype=float)
    n = counts.sum()
    if n <= 0:
        raise ValueError("counts holds no answers")
    must, one, attractive = counts[:3]
    judged = counts[:4].sum()
    order = np.argsort(-counts, kind="stable")
    m1, m2 = counts[order[:2]]
    limit = FONG_Z * np.sqrt((m1 + m2) * (2 * n - m1 - m2) / (2 * n))
    close = m1 - m2 <= CLOSE_RACE * n
    chi, p = stats.chisquare(counts[:4]) if judged > 0 else (np.nan, np.nan)
    return KanoResult(
        mode=CATEGORIES[order[0]],
        ruled=CATEGORIES[min(order[:2]) if close else order[0]],
        satisfaction=float((attractive + one) / judged) if judged else float("nan"),
        dissatisfaction=float(-(one + must) / judged) if judged else float("nan"),
        total_strength=float((attractive + must + one) / n),
        category_strength=float((m1 - m2) / n),
        chi_square=float(chi),
        p_value=float(p),
        gap=float(m1 - m2),
        limit=float(limit),
        clear=bool(m1 - m2 > limit),
        n=round(n),
    )
