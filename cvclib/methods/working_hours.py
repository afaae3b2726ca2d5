"""Durations in working hours: how long the company was open between two moments.

Works on local wall-clock times, in the engine and without a loop over rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time

import ibis
import ibis.expr.types as ir

SECONDS_PER_HOUR, SECONDS_PER_DAY = 3_600, 86_400
MICROSECONDS_PER_SECOND = 1_000_000
DAYS_PER_WEEK = 7
FIRST_MONDAY = date(1900, 1, 1)  # a Monday before any log

Between = Callable[[ir.TimestampValue, ir.TimestampValue], ir.FloatingValue]


@dataclass(frozen=True)
class WorkingHours:
    """When the company works: the same hours on each working day, but for holidays.

    Parameters
    ----------
    weekdays : sequence of int
        Working days, Monday 0 to Sunday 6.
    opens, closes : datetime.time
        Local times. Where it closes at or before the time it opens, the shift runs overnight (from 00:00 until
        00:00: all day) and belongs to the day on which it begins.
    holidays : iterable of datetime.date
        Days on which no shift begins.

    Notes
    -----
    Times are those of the wall clock: the hour that a change of daylight saving time adds or takes is not
    counted. It falls in the night, so that only a shift which runs through that night is an hour off.
    """

    weekdays: Sequence[int] = (0, 1, 2, 3, 4)
    opens: time = time(9)
    closes: time = time(17)
    holidays: Iterable[date] = ()

    @property
    def seconds_per_day(self) -> int:
        """Length of one shift."""
        return (_seconds(self.closes) - _seconds(self.opens)) % SECONDS_PER_DAY or SECONDS_PER_DAY

    @property
    def hours_per_day(self) -> float:
        """Length of one shift, in hours."""
        return self.seconds_per_day / SECONDS_PER_HOUR

    def between(self, start: ir.TimestampValue, end: ir.TimestampValue) -> ir.FloatingValue:
        """Working hours from one moment to another, in the engine; negative where they run backwards.

        Notes
        -----
        With ``W(t)`` the working seconds from a fixed Monday up to ``t``, the answer is ``W(end) - W(start)``. Put ``t``
        back by the opening time; then its day ``d`` is the one whose shift it may lie in and its time of day ``s`` the
        seconds since that shift began: ``W = L * (whole shifts before d) + min(s, L) * (d is a working day)`` with ``L``
        the length of a shift. Whole shifts before ``d``: those of full weeks, those of the days before ``d`` in its week,
        less the holidays before it.

        Examples
        --------
        >>> import pandas as pd
        >>> table = ibis.memtable({"a": pd.to_datetime(["2025-01-03 16:00"]), "b": pd.to_datetime(["2025-01-06 10:00"])})
        >>> table.mutate(h=WorkingHours().between(table.a, table.b)).h.to_pandas().item()
        2.0
        """
        return (self._worked(end) - self._worked(start)) / SECONDS_PER_HOUR

    def _worked(self, moment: ir.TimestampValue) -> ir.FloatingValue:
        """Working seconds from the first Monday up to a moment."""
        week = sorted(set(self.weekdays))
        off = sorted({(day - FIRST_MONDAY).days for day in self.holidays if day.weekday() in week})
        zero = ibis.timestamp(f"{FIRST_MONDAY} {self.opens}")
        microseconds = moment.delta(zero, unit="microsecond")
        # Whole-number division: a float could put midnight on the wrong day.
        day = (microseconds - microseconds % _per_day()) // _per_day()
        seconds = (microseconds % _per_day()) / MICROSECONDS_PER_SECOND
        weekday = day % DAYS_PER_WEEK
        shifts = (day // DAYS_PER_WEEK) * len(week)
        works = ibis.literal(0)
        for number in week:
            shifts = shifts + (weekday > number).cast("int64")
            works = works + (weekday == number).cast("int64")
        for holiday in off:
            shifts = shifts - (day > holiday).cast("int64")
            works = works - (day == holiday).cast("int64")
        return shifts * self.seconds_per_day + ibis.least(seconds, self.seconds_per_day) * works


def _per_day() -> int:
    return SECONDS_PER_DAY * MICROSECONDS_PER_SECOND


def _seconds(moment: time) -> int:
    return moment.hour * SECONDS_PER_HOUR + moment.minute * 60 + moment.second
