"""How many are under way: Little's law over a window of time."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

import ibis
import ibis.expr.types as ir

MICROSECONDS_PER_DAY = 86_400_000_000


class LittlesLaw(NamedTuple):
    """The three figures of Little's law over a window, and whether they must agree.

    Parameters
    ----------
    in_progress : float
        L: cases in progress, averaged over the window's time.
    arrivals_per_day : float
        λ: cases that start in the window, by its length.
    mean_days : float
        W: mean time of these from start to end, NaN without any; of one still open, up to the window's end.
    window_days : float
    n_cases : int
        Cases in progress at some moment of the window.
    n_arrivals : int
        Those that start in it.
    n_whole : int
        Those that start and end in it.
    """

    in_progress: float
    arrivals_per_day: float
    mean_days: float
    window_days: float
    n_cases: int
    n_arrivals: int
    n_whole: int

    @property
    def expected(self) -> float:
        """λW: the cases in progress that arrivals and times call for."""
        return self.arrivals_per_day * self.mean_days

    @property
    def exact(self) -> bool:
        """Whether every case lies whole in the window, so that ``L = λW`` is an identity there."""
        return self.n_cases == self.n_whole


def littles_law(cases: ir.Table, start: date | datetime | None = None, until: date | datetime | None = None) -> LittlesLaw:
    """Count the cases in progress and set beside it what Little's law expects.

    Parameters
    ----------
    cases : ibis Table
        ``started_at`` and ``ended_at``, a row a case; an empty end is a case still open.
    start, until : date or datetime, optional
        The window, `until` not included; by default from the first start to the last end.

    Returns
    -------
    LittlesLaw

    Raises
    ------
    ValueError
        If the window holds no time.

    Notes
    -----
    In progress is the time that all cases spend inside the window, by its length: the average of a sweep over all starts
    and ends. Over a window that holds every case whole, ``L = λW`` exactly. Over any other, cases that began before it add
    to L alone and those that end after it to W alone: then the two agree only as far as inflow and times are steady.

    References
    ----------
    .. [1] J. D. C. Little and S. C. Graves, "Little's Law", in: Building Intuition, Springer, 2008.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.to_datetime(["2025-01-01", "2025-01-02"]), pd.to_datetime(["2025-01-03", "2025-01-05"])
    >>> law = littles_law(ibis.memtable(pd.DataFrame({"started_at": days[0], "ended_at": days[1]})))
    >>> law.in_progress, law.expected, law.exact
    (1.25, 1.25, True)
    """
    whole_log = until is None  # then the last moment belongs to it
    if start is None or until is None:
        bounds = cases.aggregate(first=cases.started_at.min(), last=ibis.greatest(cases.ended_at.max(), cases.started_at.max()))
        first, last = bounds.to_pandas().iloc[0][["first", "last"]]
        start, until = start or first, until or last
    begin, end = ibis.timestamp(str(start)), ibis.timestamp(str(until))
    begun = cases.started_at <= end if whole_log else cases.started_at < end
    inside = cases.filter(begun, (cases.started_at >= begin) | (ibis.coalesce(cases.ended_at, end) > begin))
    ended = ibis.coalesce(inside.ended_at, end)
    arrives = inside.started_at >= begin
    counted = inside.aggregate(
        window=end.delta(begin, unit="microsecond"),
        spent=_days(ibis.greatest(inside.started_at, begin), ibis.least(ended, end)).sum().fill_null(0),
        whole_time=_days(inside.started_at, ended).mean(where=arrives),
        n_cases=inside.count(),
        n_arrivals=arrives.sum().fill_null(0),
        n_whole=(arrives & inside.ended_at.notnull() & (ended <= end)).sum().fill_null(0),
    ).to_pandas().iloc[0]  # fmt: skip
    window = float(counted["window"]) / MICROSECONDS_PER_DAY
    if window <= 0:
        raise ValueError(f"the window must hold some time, but runs from {start} until {until}")
    n_arrivals = int(counted["n_arrivals"])
    return LittlesLaw(
        float(counted["spent"]) / window, n_arrivals / window, float(counted["whole_time"]), window,
        int(counted["n_cases"]), n_arrivals, int(counted["n_whole"]),
    )  # fmt: skip


def _days(start: ir.TimestampValue, end: ir.TimestampValue) -> ir.FloatingValue:
    return end.delta(start, unit="microsecond") / MICROSECONDS_PER_DAY
