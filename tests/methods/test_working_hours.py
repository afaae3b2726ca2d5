from datetime import date, time

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvclib.methods.working_hours import WorkingHours

OFFICE = WorkingHours(opens=time(9), closes=time(17, 30), holidays=[date(2025, 4, 18), date(2025, 4, 21), date(2025, 4, 19)])


def hours(calendar: WorkingHours, *spans: tuple[str, str]) -> list[float]:
    table = ibis.memtable(pd.DataFrame([[pd.Timestamp(a), pd.Timestamp(b)] for a, b in spans], columns=["a", "b"]))
    return table.mutate(h=calendar.between(table.a, table.b)).h.to_pandas().tolist()


@pytest.mark.parametrize(
    ("start", "end", "expected", "why"),
    [
        ("2025-03-03 10:00", "2025-03-03 12:30", 2.5, "within one day"),
        ("2025-03-03 10:00", "2025-03-04 10:00", 8.5, "overnight: 7.5 on Monday and 1 on Tuesday"),
        ("2025-03-07 16:30", "2025-03-10 09:30", 1.5, "over a weekend: 1 on Friday and 0.5 on Monday"),
        ("2025-03-08 11:00", "2025-03-09 18:00", 0.0, "all on a weekend"),
        ("2025-03-03 05:00", "2025-03-03 10:00", 1.0, "a start before opening counts from opening"),
        ("2025-03-03 20:00", "2025-03-04 10:00", 1.0, "a start after closing counts from the next opening"),
        ("2025-03-03 16:00", "2025-03-03 23:00", 1.5, "an end after closing counts up to closing"),
        ("2025-04-17 16:30", "2025-04-22 10:00", 2.0, "Good Friday to Easter Monday off: 1 on Thursday and 1 on Tuesday"),
        ("2025-04-18 10:00", "2025-04-18 16:00", 0.0, "on a holiday"),
        ("2025-03-03 00:00", "2025-03-10 00:00", 42.5, "a whole week: five days of 8.5"),
        ("2024-12-30 00:00", "2026-12-28 00:00", 104 * 42.5 - 17, "104 weeks less two holidays (the third is a Saturday)"),
        ("2025-03-10 09:30", "2025-03-07 16:30", -1.5, "backwards"),
        ("2025-03-03 09:00:00", "2025-03-03 09:00:36", 0.01, "seconds count"),
    ],
)
def test_only_the_hours_that_the_company_is_open_count(start, end, expected, why):
    """By hand; Monday to Friday 09:00 to 17:30."""
    assert hours(OFFICE, (start, end)) == pytest.approx([expected]), why


def test_a_shift_that_runs_overnight_belongs_to_the_day_it_begins_on():
    """Monday to Friday 22:00 to 06:00: Friday's shift ends on Saturday at 06:00; Sunday evening has none."""
    night = WorkingHours(opens=time(22), closes=time(6))

    assert night.hours_per_day == 8
    assert hours(
        night,
        ("2025-03-03 23:00", "2025-03-04 05:00"),
        ("2025-03-07 21:00", "2025-03-08 12:00"),
        ("2025-03-09 20:00", "2025-03-10 12:00"),
        ("2025-03-03 07:00", "2025-03-03 21:00"),
    ) == [6, 8, 0, 0]


def test_open_day_and_night_is_the_time_on_the_clock():
    always = WorkingHours(weekdays=range(7), opens=time(0), closes=time(0))

    assert hours(always, ("2025-03-03 10:00", "2025-03-20 11:15")) == [17 * 24 + 1.25]


def test_a_moment_that_is_missing_gives_no_duration():
    table = ibis.memtable(pd.DataFrame({"a": pd.to_datetime(["2025-03-03 10:00"]), "b": pd.to_datetime([None])}))

    assert table.mutate(h=OFFICE.between(table.a, table.b)).h.to_pandas().isna().all()


def test_the_night_the_clocks_change_does_not_touch_the_hours_of_an_office():
    """In Amsterdam 30 March 2025 has 23 hours; Friday 17:00 to Monday 10:00 is 0.5 + 1 working hours all the same."""
    assert hours(OFFICE, ("2025-03-28 17:00", "2025-03-31 10:00")) == [1.5]


moments = st.integers(0, 60 * 24 * 60)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(moments, moments), min_size=1, max_size=20),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 23),
    st.integers(0, 23),
)
def test_it_agrees_with_counting_minute_by_minute(spans, weekdays, opens, closes):
    """A shift of day d holds minute m where d works and m lies from opens up to closes, the next day where that is earlier."""
    calendar = WorkingHours(tuple(weekdays), time(opens), time(closes), [date(2025, 3, 12)])
    first = pd.Timestamp("2025-03-01")
    minutes = pd.date_range(first - pd.Timedelta(days=1), periods=62 * 24 * 60, freq="min")
    began = minutes - pd.Timedelta(hours=opens)
    length = ((closes - opens) % 24 or 24) * 60
    open_ = began.weekday.isin(sorted(weekdays)) & (began.hour * 60 + began.minute < length) & (began.date != date(2025, 3, 12))
    counted = np.concatenate([[0], np.cumsum(open_)])

    found = hours(calendar, *[(str(first + pd.Timedelta(minutes=a)), str(first + pd.Timedelta(minutes=b))) for a, b in spans])

    day = 24 * 60
    assert found == pytest.approx([(counted[b + day] - counted[a + day]) / 60 for a, b in spans])
