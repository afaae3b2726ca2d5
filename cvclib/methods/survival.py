"""How long until something happens, where for some it has not happened yet: right-censored durations.

Kaplan–Meier curves with Greenwood's variance, quantiles, and the log-rank test; each takes rows counted by
duration in an engine as well as single subjects. Durations are in whatever unit the caller works in.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from cvclib.methods.estimate import Z_95, Estimate

Interval = Literal["log-log", "log", "plain"]
WHOLE_UP_TO = 1_000_000  # durations in whole units up to this are counted, not sorted


class LogRank(NamedTuple):
    """Result of a log-rank test.

    Parameters
    ----------
    chi_square : float
    degrees : int
        Degrees of freedom: groups less one.
    p_value : float
    """

    chi_square: float
    degrees: int
    p_value: float


def kaplan_meier(
    durations: ArrayLike, happened: ArrayLike, *, counts: ArrayLike | None = None, interval: Interval = "log-log"
) -> pd.DataFrame:
    """Estimate the share for whom it has not happened yet, by time since the start.

    Parameters
    ----------
    durations : array-like of float, shape (n,)
        Time from the start to the event or, where there was none, to the last moment observed; not negative.
    happened : array-like of bool, shape (n,)
        True for an event, False for a duration cut short (censored).
    counts : array-like of int, shape (n,), optional
        How many subjects each row stands for; one each by default. So a table counted by duration in an
        engine can be handed in as it is.
    interval : {"log-log", "log", "plain"}
        Scale on which the 95% interval is made. Log-log stays within 0 and 1 and is the default.

    Returns
    -------
    pandas.DataFrame
        A row for time 0 and for each time at which something happened or was cut short: ``time``,
        ``at_risk``, ``events``, ``censored``, ``survival``, ``low``, ``high``.

    Raises
    ------
    ValueError
        If there is nothing to estimate from, lengths differ, or a duration is negative or blank.

    Notes
    -----
    ``S(t) = Π (1 - d/n)`` over event times up to t, with d events among n at risk; Greenwood's sum
    ``g = Σ d / (n (n - d))``. Plain: ``S ± z S √g``; log: ``S exp(± z √g)``; log-log:
    ``S ** exp(± z √g / ln S)``. A subject censored at an event's time is still at risk there.

    References
    ----------
    .. [1] E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", JASA 53, 1958.
    .. [2] M. Greenwood, "The errors of sampling of the survivorship tables", Reports on Public Health 33, 1926.

    Examples
    --------
    >>> curve = kaplan_meier([1, 2, 2, 3], [True, True, False, True])
    >>> curve["survival"].tolist()
    [1.0, 0.75, 0.5, 0.0]
    """
    durations, happened, counts = _checked(durations, happened, counts)
    times, events, censored = _ends_by_time(durations, happened, counts)
    left_before = np.concatenate([[0], np.cumsum(events + censored)[:-1]])
    at_risk = int(counts.sum()) - left_before

    survival = np.cumprod(1 - events / at_risk)
    with np.errstate(divide="ignore"):  # at the last event all at risk may go: the variance is then unbounded
        greenwood = np.cumsum(events / (at_risk * (at_risk - events)))
    low, high = _band(survival, np.sqrt(greenwood), interval)
    columns = {"time": times, "at_risk": at_risk, "events": events, "censored": censored, "survival": survival, "low": low, "high": high}
    if times[0] > 0:  # before anything happened
        start = {"time": 0.0, "at_risk": at_risk[0], "events": 0, "censored": 0, "survival": 1.0, "low": 1.0, "high": 1.0}
        columns = {name: np.concatenate([[start[name]], values]) for name, values in columns.items()}
    return pd.DataFrame(columns)


def survival_at(curve: pd.DataFrame, time: float) -> Estimate:
    """Share for whom it has not happened by a time.

    Parameters
    ----------
    curve : pandas.DataFrame
        From `kaplan_meier`.
    time : float
        In the unit of the durations. Beyond the last duration seen nothing is known, unless
        it has happened to all: NaN.

    Returns
    -------
    Estimate
        Share from 0 to 1 with its 95% interval; n is the number at risk at the start.

    Examples
    --------
    >>> curve = kaplan_meier([1, 2, 2, 3], [True, True, False, False])
    >>> survival_at(curve, 2.5).value, survival_at(curve, 9).value
    (0.5, nan)
    """
    n = int(curve["at_risk"].iloc[0])
    last = curve.iloc[-1]
    if time > last["time"] and last["survival"] > 0:
        return Estimate(np.nan, np.nan, np.nan, n)
    row = curve[curve["time"] <= time].iloc[-1]
    return Estimate(float(row["survival"]), float(row["low"]), float(row["high"]), n)


def time_until(curve: pd.DataFrame, share: float = 0.5) -> Estimate:
    """Time by which it has happened to a share of all: the median by default.

    Parameters
    ----------
    curve : pandas.DataFrame
        From `kaplan_meier`.
    share : float
        Above 0 and below 1.

    Returns
    -------
    Estimate
        The first time at which survival is at or below ``1 - share``; NaN where the curve never gets
        there. The interval holds the times at which the curve's own interval crosses that line; its upper
        end is infinite where that is not reached.

    References
    ----------
    .. [1] R. Brookmeyer, J. Crowley, "A confidence interval for the median survival time", Biometrics 38, 1982.

    Examples
    --------
    >>> time_until(kaplan_meier([1, 2, 3, 4, 5], [True] * 5)).value
    3.0
    """
    line = 1 - share + 1e-12  # a product of fractions may miss the line by a rounding error
    n = int(curve["at_risk"].iloc[0])

    def first(column: str, otherwise: float) -> float:
        below = curve.loc[curve[column] <= line, "time"]
        return float(below.iloc[0]) if len(below) else otherwise

    value = first("survival", np.nan)
    if np.isnan(value):
        return Estimate(np.nan, first("low", np.nan), np.inf, n)
    return Estimate(value, first("low", np.nan), first("high", np.inf), n)


def log_rank(durations: ArrayLike, happened: ArrayLike, groups: ArrayLike, *, counts: ArrayLike | None = None) -> LogRank:
    """Test whether two or more groups share one survival curve.

    Parameters
    ----------
    durations, happened : array-like, shape (n,)
        As in `kaplan_meier`.
    groups : array-like, shape (n,)
        The group of each; at least two different ones.
    counts : array-like of int, shape (n,), optional
        How many subjects each row stands for; one each by default.

    Returns
    -------
    LogRank
        χ², its degrees of freedom and the p value. Where nothing happened while both of two groups were
        followed there is nothing to compare: χ² is 0 and p is 1.

    Raises
    ------
    ValueError
        If there are fewer than two groups, or more than two of which one was not followed while anything happened.

    References
    ----------
    .. [1] N. Mantel, "Evaluation of survival data and two new rank order statistics arising in its
       consideration", Cancer Chemotherapy Reports 50, 1966.

    Examples
    --------
    >>> round(log_rank([1, 2, 3, 4, 5, 6], [True] * 6, ["a", "b"] * 3).p_value, 2)
    0.49
    """
    durations, happened, counts = _checked(durations, happened, counts)
    groups = pd.factorize(np.asarray(groups))[0]
    degrees = len(np.unique(groups)) - 1
    if degrees < 1:
        raise ValueError("groups must hold at least two different groups")
    gap, variance = _observed_less_expected(durations, happened, groups, counts)
    if np.linalg.matrix_rank(variance) < degrees:  # a group adds no variance: none of it was at risk at any event
        if degrees > 1:
            raise ValueError("groups holds one that was not followed while anything happened; leave it out")
        return LogRank(0.0, degrees, 1.0)
    chi_square = float(gap @ np.linalg.solve(variance, gap))
    return LogRank(chi_square, degrees, float(stats.chi2.sf(chi_square, degrees)))


def _observed_less_expected(
    durations: np.ndarray, happened: np.ndarray, groups: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Events of each group but the last less those expected if all shared one curve, and their covariance."""
    times, index = np.unique(durations, return_inverse=True)
    cell = index * (groups.max() + 1) + groups
    shape = (times.size, groups.max() + 1)
    events = np.bincount(cell, weights=counts * happened, minlength=shape[0] * shape[1]).reshape(shape)
    all_ends = np.bincount(cell, weights=counts, minlength=shape[0] * shape[1]).reshape(shape)
    at_risk = all_ends[::-1].cumsum(axis=0)[::-1]
    seen = events.sum(axis=1) > 0
    events, at_risk = events[seen], at_risk[seen]
    d, n = events.sum(axis=1), at_risk.sum(axis=1)
    share = at_risk / n[:, None]
    gap = (events - d[:, None] * share).sum(axis=0)
    spread = d * (n - d) / np.maximum(n - 1, 1)
    variance = np.diag((spread[:, None] * share).sum(axis=0)) - np.einsum("t,ti,tj->ij", spread, share, share)
    return gap[:-1], variance[:-1, :-1]


def _ends_by_time(durations: np.ndarray, happened: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each duration once, in rising order, with the events and the cut-off subjects at it; whole numbers need no sorting."""
    n = counts.astype(float)
    if durations.max() <= WHOLE_UP_TO and np.array_equal(whole := durations.astype(np.int64), durations):
        times = np.flatnonzero(np.bincount(whole))
        events, ended = (np.bincount(whole, weights=w)[times] for w in (n * happened, n))
        return times.astype(float), events.astype(int), (ended - events).astype(int)
    order = np.argsort(durations)
    in_order = durations[order]
    begins = np.flatnonzero(np.concatenate([[True], in_order[1:] != in_order[:-1]]))
    events, ended = (np.add.reduceat(w[order], begins) for w in (n * happened, n))
    return in_order[begins], events.astype(int), (ended - events).astype(int)


def _checked(durations: ArrayLike, happened: ArrayLike, counts: ArrayLike | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    durations, happened = np.asarray(durations, dtype=float), np.asarray(happened, dtype=bool)
    counts = np.ones(durations.size, dtype=int) if counts is None else np.asarray(counts, dtype=int)
    if durations.size == 0 or not durations.size == happened.size == counts.size:
        raise ValueError(
            f"durations, happened and counts must be of one length above 0, not {durations.size}, {happened.size}, {counts.size}"
        )
    wrong = durations[~(durations >= 0)]
    if wrong.size:
        raise ValueError(f"durations must not be negative or blank, but hold {wrong[:3].tolist()}")
    return durations, happened, counts


def _band(survival: np.ndarray, error: np.ndarray, interval: Interval) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the pointwise interval; where survival is 1 or 0 none can be given and it is the value itself."""
    inside = (survival > 0) & (survival < 1)
    low, high = survival.copy(), survival.copy()
    s, z = survival[inside], Z_95 * error[inside]
    if interval == "plain":
        low[inside], high[inside] = s - s * z, s + s * z
    elif interval == "log":
        low[inside], high[inside] = s * np.exp(-z), s * np.exp(z)
    else:
        low[inside], high[inside] = s ** np.exp(-z / np.log(s)), s ** np.exp(z / np.log(s))
    return np.clip(low, 0, 1), np.clip(high, 0, 1)
