import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.findings import Gap
from cvclib.methods.work_in_progress import LittlesLaw
from cvclib.steps import time_spent


def client_of(n: int = 6, **settings) -> Client:
    """Each journey: a call of an hour at 9 on Monday, and a visit of two hours at 9 the next day."""
    rows = []
    for i in range(n):
        monday = pd.Timestamp("2025-03-03 09:00") + pd.Timedelta(weeks=i)
        rows += [(f"c{i}", monday, "Call", 60.0), (f"c{i}", monday + pd.Timedelta(days=1), "Visit", 120.0)]
    frame = pd.DataFrame(rows, columns=["customer_id", "at", "touchpoint", "duration_minutes"])
    return Client.from_frames({"interactions": frame}, **settings)


def test_idle_time_stands_at_the_touchpoint_that_ends_it():
    """From 10 on Monday to 9 on Tuesday: 23 hours before each visit."""
    frame = time_spent.touchpoint_times(client_of()).set_index("touchpoint")

    assert frame.loc["Visit", ["median_idle_hours", "median_service_hours", "share_of_idle"]].tolist() == [23, 2, 1]
    assert frame.loc["Call", "idle_hours"] == 0


def test_the_reading_divides_the_lead_time():
    """26 hours from call to the end of the visit: 3 worked, 23 idle, which is 88.5%."""
    text = time_spent.read_time_table(client_of()).text

    assert "A journey lasts 26.0 hours on average" in text
    assert "3.0 hours in which something goes on, and 88.5% of the time idle" in text
    assert "Every journey lies whole in the period, so the two must agree." in text


def test_with_a_calendar_idle_time_is_counted_in_working_hours():
    """Open 9 to 17: from 10 to 17 on Monday, then the visit at opening: 7 hours."""
    client = client_of(calendar={"from": "09:00", "until": "17:00"})

    assert time_spent.touchpoint_times(client).set_index("touchpoint").loc["Visit", "median_idle_hours"] == 7
    assert "working hours" in time_spent.read_time_table(client).text


def test_touchpoints_of_too_few_journeys_show_no_times():
    table = time_spent.time_table(client_of(3))

    assert table.frame["median_idle"].isna().all()


def test_touches_of_one_time_are_said_to_be_so():
    frame = pd.DataFrame({"customer_id": ["a", "a"], "at": ["2025-03-03", "2025-03-05"], "touchpoint": ["Call", "Visit"]})
    client = Client.from_frames({"interactions": frame})

    assert "How long the touches themselves take is not known" in time_spent.read_time_table(client).text
    assert "median_service" not in time_spent.time_table(client).frame


def test_without_touches_there_is_a_gap():
    client = Client.from_frames({"orders": pd.DataFrame({"order_id": ["1"], "ordered_at": ["2025-03-01"]})})

    assert isinstance(time_spent.time_table(client), Gap)
    assert time_spent.read_time_table(client) is None


@pytest.mark.parametrize(
    ("law", "said"),
    [
        (LittlesLaw(10, 1, 10, 100, 100, 100, 100), "must agree"),
        (LittlesLaw(10, 1, 10.1, 100, 105, 100, 95), "agree, as they do where"),
        (LittlesLaw(10, 1, 15, 100, 110, 100, 90), "The law expects more because 20 of 110 journeys reach beyond the period"),
    ],
)
def test_littles_law_is_said_to_be_exact_only_where_it_is(law, said):
    assert said in time_spent._in_progress(law)
