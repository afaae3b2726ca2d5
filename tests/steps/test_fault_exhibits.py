"""The table of faults and the age of records, as they are shown."""

import pandas as pd

from cvclib.client import Client
from cvclib.exhibits import Table
from cvclib.findings import Gap
from cvclib.steps.data_faults import data_faults
from cvclib.steps.fault_exhibits import fault_table, more_faults_table, read_faults, read_timeliness, timeliness, timeliness_table

DAYS = pd.date_range("2025-01-01", "2025-12-31")


def orders(**columns):
    frame = pd.DataFrame({"order_id": [str(i) for i in range(len(DAYS))], "customer_id": "1", "ordered_at": DAYS + pd.Timedelta(hours=10)})
    return Client.from_frames({"orders": frame.assign(**columns)})


def test_the_delay_between_an_order_and_its_entry_is_told():
    """Every order is entered two days later, one of 365 an hour before it was made."""
    entered = pd.Series(DAYS + pd.Timedelta(days=2, hours=10))
    entered[0] = DAYS[0] + pd.Timedelta(hours=9)
    client = orders(recorded_at=entered)
    row = timeliness(client).iloc[0]
    assert row[["n_entered", "delay_median_days", "delay_p90_days", "late_n", "early_n"]].tolist() == [365, 2, 2, 364, 1]
    assert "entered over a day late" in read_timeliness(client).text
    assert "Delay, median" in timeliness_table(client).to_html()


def test_a_day_without_an_hour_is_not_entered_before_the_morning_it_happened():
    client = orders(recorded_at=pd.Series(DAYS))
    assert timeliness(client)["early_n"].tolist() == [0]


def test_records_to_the_end_of_the_period_are_up_to_date():
    client = orders()
    assert timeliness(client)[["first", "last", "days_silent"]].iloc[0].tolist() == ["2025-01-01", "2025-12-31", 0]
    assert "run to the period's end" in read_timeliness(client).text


def test_no_fault_and_no_table_are_said():
    assert read_faults(orders()).text == "No fault was found in the data supplied."
    assert isinstance(fault_table(orders()), Table)
    quotes = Client.from_frames({"quotes": pd.DataFrame({"text": ["x"]})})
    assert isinstance(timeliness_table(quotes), Gap)
    assert read_timeliness(quotes).text


def test_the_worst_of_each_dimension_stand_first_and_the_rest_in_the_appendix(nordic_beds):
    worst, rest = fault_table(nordic_beds).frame, more_faults_table(nordic_beds).frame
    assert worst["dimension"].value_counts().max() == 3
    assert set(rest["dimension"]) <= set(worst["dimension"])
    assert len(worst) + len(rest) == len(data_faults(nordic_beds))
    assert "kinds of fault" in read_faults(nordic_beds).text
