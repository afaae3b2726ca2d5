"""How long until one of several ends, of which each rules out the others: delivered or cancelled, won or lost.

Knows cumulative incidence (Aalen–Johansen), the share that has met each end by a time, and the share by a
time that a survival curve gives, with an interval also where nothing has happened yet.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from cvclib.methods.estimate import Z_95, Estimate

STILL_WAITING = ""  # the end of one whose waiting was cut short
ALPHA = 0.05
ROUNDING = 1e-9  # a sum of shares this close to 0 or 1 is one
MOST_EXPONENT = 500.0  # beyond, the interval reaches to the end anyway


def cumulative_incidence(durations: ArrayLike, ends: ArrayLike, *, counts: ArrayLike | None = None) -> dict[str, pd.DataFrame]:
    """Estimate the share that has met each end, by time since the start.

    Parameters
    ----------
    durations : array-like of float, shape (n,)
        Time from the start to the end or, where there was none yet, to the last moment observed; not negative.
    ends : array-like of str, shape (n,)
        Which end it was; empty for a duration cut short (censored).
    counts : array-like of int, shape (n,), optional
        How many subjects each row stands for; one each by default.

    Returns
    -------
    dict of str to pandas.DataFrame
        For each end, in order of name: ``time``, ``share``, ``low``, ``high``; a row for time 0 and for each
        duration that occurs.

    Raises
    ------
    ValueError
        If there is nothing to estimate from, lengths differ, or a duration is negative or blank.

    Notes
    -----
    With ``S(t-)`` the share that has met no end before t, ``d_k`` ends of kind k among ``n`` at risk:
    ``F_k(t) = Σ S(s-) d_k(s) / n(s)``. The shares of all ends and that of no end add up to 1, which one less
    the Kaplan–Meier curves of the single ends do not. Variance: Aalen's, by the delta method,
    ``Σ (F(t) - F(s))² d / (n (n - d)) + Σ S(s-)² d_k (n - d_k) / n³ - 2 Σ (F(t) - F(s)) S(s-) d_k / n²``;
    the interval is made on the log-log scale, as for a survival curve.

    References
    ----------
    .. [1] O. O. Aalen, S. Johansen, "An empirical transition matrix for non-homogeneous Markov chains based on
       censored observations", Scandinavian Journal of Statistics 5, 1978.
    .. [2] J. D. Kalbfleisch, R. L. Prentice, "The Statistical Analysis of Failure Time Data", 2nd edition,
       2002, section 8.2.

    Examples
    --------
    >>> by_end = cumulative_incidence([1, 2, 3, 4], ["won", "lost", "won", ""])
    >>> by_end["won"]["share"].tolist(), by_end["lost"]["share"].tolist()
    ([0.0, 0.25, 0.25, 0.5, 0.5], [0.0, 0.0, 0.25, 0.25, 0.25])
    """
    durations, ends = np.asarray(durations, dtype=float), np.asarray(ends, dtype=object)
    counts = np.ones(durations.size, dtype=int) if counts is None else np.asarray(counts, dtype=int)
    if durations.size == 0 or not durations.size == ends.size == counts.size:
        raise ValueError(f"durations, ends and counts must be of one length above 0, not {durations.size}, {ends.size}, {counts.size}")
    if not (durations >= 0).all():
        raise ValueError(f"durations must not be negative or blank, but hold {durations[~(durations >= 0)][:3].tolist()}")
    times, index = np.unique(durations, return_inverse=True)
    left = np.bincount(index, weights=counts)
    at_risk = counts.sum() - np.r_[0, left.cumsum()[:-1]]
    happened = ends != STILL_WAITING
    all_events = np.bincount(index, weights=counts * happened, minlength=times.size)
    before = np.r_[1, np.cumprod(1 - all_events / at_risk)[:-1]]  # share that has met no end just before
    return {
        str(end): _curve(times, before, at_risk, all_events, np.bincount(index, weights=counts * (ends == end), minlength=times.size))
        for end in sorted(set(ends[happened]))
    }


def incidence_at(curve: pd.DataFrame, time: float, n: int) -> Estimate:
    """Share that has met an end by a time.

    Parameters
    ----------
    curve : pandas.DataFrame
        One of `cumulative_incidence`.
    time : float
        Beyond the last duration seen it is the share by that.
    n : int
        Subjects, to be carried along.

    Returns
    -------
    Estimate

    Examples
    --------
    >>> curve = cumulative_incidence([1, 2, 3, 4], ["won", "lost", "won", ""])["won"]
    >>> incidence_at(curve, 2.5, 4).value
    0.25
    """
    row = curve[curve["time"] <= time].iloc[-1]
    return Estimate(float(row["share"]), float(row["low"]), float(row["high"]), n)


def happened_by(curve: pd.DataFrame, time: float) -> Estimate:
    """Share for whom it has happened by a time, from a survival curve.

    Parameters
    ----------
    curve : pandas.DataFrame
        From `cvclib.methods.survival.kaplan_meier`.
    time : float
        NaN comes out beyond the last duration seen, unless it has happened to all.

    Returns
    -------
    Estimate
        One less survival. Where it has happened to none, or to all, of those followed, the open end is exact:
        with n still followed at that time, ``1 - 0.025 ** (1 / n)`` away.

    Examples
    --------
    >>> from cvclib.methods.survival import kaplan_meier
    >>> [round(x, 3) for x in happened_by(kaplan_meier([5] * 20, [False] * 20), 4)]
    [0.0, 0.0, 0.168, 20]
    """
    n = int(curve["at_risk"].iloc[0])
    last = curve.iloc[-1]
    if time > last["time"] and last["survival"] > 0:
        return Estimate(np.nan, np.nan, np.nan, n)
    reached = curve[curve["time"] <= time]
    row = reached.iloc[-1]
    gone = 1 - float(row["survival"])
    if 0 < gone < 1:
        return Estimate(gone, 1 - float(row["high"]), 1 - float(row["low"]), n)
    followed = curve.loc[curve["time"] >= time, "at_risk"] if gone == 0 else reached["at_risk"]
    room = 1 - (ALPHA / 2) ** (1 / max(float(followed.iloc[0]), 1))
    return Estimate(0.0, 0.0, float(room), n) if gone == 0 else Estimate(1.0, float(1 - room), 1.0, n)


def difference_from_others(durations: ArrayLike, happened: ArrayLike, in_group: ArrayLike, counts: ArrayLike) -> float:
    """Test one group's curve against all the others', with a p value that also holds for few events.

    Parameters
    ----------
    durations, happened, counts : array-like, shape (n,)
        As in `cvclib.methods.survival.kaplan_meier`.
    in_group : array-like of bool, shape (n,)
        Which rows are of the group.

    Returns
    -------
    float
        Two-sided p value of the log-rank test with a correction for continuity of half an event; 1 where
        nothing can be compared.

    Notes
    -----
    ``(|O - E| - 1/2)² / V`` on one degree of freedom. Without the correction the test is too sure of itself
    where a group expects fewer than about ten events.

    References
    ----------
    .. [1] N. Mantel, "Evaluation of survival data and two new rank order statistics arising in its
       consideration", Cancer Chemotherapy Reports 50, 1966.

    Examples
    --------
    >>> round(difference_from_others([1, 2, 3, 4, 5, 6], [True] * 6, [True, False] * 3, [1] * 6), 2)
    0.81
    """
    durations, happened = np.asarray(durations, dtype=float), np.asarray(happened, dtype=bool)
    in_group, counts = np.asarray(in_group, dtype=bool), np.asarray(counts, dtype=float)
    times, index = np.unique(durations, return_inverse=True)

    def at_risk(weights: np.ndarray) -> np.ndarray:
        return np.bincount(index, weights=weights, minlength=times.size)[::-1].cumsum()[::-1]

    n, mine = at_risk(counts), at_risk(counts * in_group)
    d = np.bincount(index, weights=counts * happened, minlength=times.size)
    observed = float((counts * happened * in_group).sum())
    share = mine / n
    gap = max(abs(observed - float((d * share).sum())) - 0.5, 0.0)
    variance = float((d * share * (1 - share) * (n - d) / np.maximum(n - 1, 1)).sum())
    return float(stats.chi2.sf(gap**2 / variance, 1)) if variance > 0 else 1.0


def _curve(times: np.ndarray, before: np.ndarray, at_risk: np.ndarray, all_events: np.ndarray, events: np.ndarray) -> pd.DataFrame:
    share = np.cumsum(before * events / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        any_end = np.where(at_risk > all_events, all_events / (at_risk * (at_risk - all_events)), 0.0)
    own = before**2 * events * (at_risk - events) / at_risk**3
    both = before * events / at_risk**2
    # Σ (F(t) - F(s))² a(s) and its like, for all t at once: expand the square into running sums.
    a, af, aff = (np.cumsum(any_end * share**k) for k in (0, 1, 2))
    b, bf = np.cumsum(both), np.cumsum(both * share)
    variance = share**2 * a - 2 * share * af + aff + np.cumsum(own) - 2 * (share * b - bf)
    low, high = _log_log(share, np.sqrt(np.maximum(variance, 0)))
    frame = pd.DataFrame({"time": times, "share": share, "low": low, "high": high})
    if times[0] == 0:
        return frame
    return pd.concat([pd.DataFrame({"time": [0.0], "share": [0.0], "low": [0.0], "high": [0.0]}), frame], ignore_index=True)


def _log_log(share: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Interval of a share made on the scale of log(-log(1 - share)), which keeps it within 0 and 1."""
    low, high = share.copy(), share.copy()
    inside = (share > ROUNDING) & (share < 1 - ROUNDING)
    rest = 1 - share[inside]
    factor = np.exp(np.minimum(Z_95 * error[inside] / (rest * -np.log(rest)), MOST_EXPONENT))
    low[inside], high[inside] = 1 - rest ** (1 / factor), 1 - rest**factor
    return low, high
