"""The same touch in two systems, by hand."""

import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.steps.double_entry import double_entry, double_entry_findings, double_entry_table, read_double_entry

SYSTEMS = pd.DataFrame({"system": ["CRM", "Desk", "ERP"], "records_touchpoint": ["call", "call", "order"]})


def touches(*rows):
    return pd.DataFrame(rows, columns=["customer_id", "at", "touchpoint", "system"])


def client_of(*rows, **frames):
    return Client.from_frames({"interactions": touches(*rows), "systems": SYSTEMS, **frames})


def test_a_call_in_the_crm_and_at_the_desk_within_the_hour_is_one_touch_entered_twice():
    """Four records, of which one repeats another system's: 25%. A second call next day, and one in the same system, do not."""
    client = client_of(
        ("1", "2025-02-01 10:00", "call", "CRM"),
        ("1", "2025-02-01 10:40", "call", "Desk"),
        ("1", "2025-02-02 10:00", "call", "CRM"),
        ("1", "2025-02-02 10:30", "call", "CRM"),
    )
    row = double_entry(client).iloc[0]
    assert row[["n", "n_twice", "n_again", "share", "median_minutes"]].tolist() == [4, 1, 1, 0.25, 40]


def test_another_customer_or_touchpoint_is_another_touch():
    client = client_of(
        ("1", "2025-02-01 10:00", "call", "CRM"), ("2", "2025-02-01 10:00", "call", "Desk"), ("1", "2025-02-01 10:00", "order", "ERP")
    )  # fmt: skip
    assert double_entry(client)["n_twice"].tolist() == [0]


def test_where_a_time_lacks_its_hour_the_same_day_will_do():
    client = client_of(("1", "2025-02-01", "call", "CRM"), ("1", "2025-02-01 16:00", "call", "Desk"), ("1", "2025-02-02", "call", "CRM"))
    assert double_entry(client)["n_twice"].tolist() == [1]


def test_the_window_can_be_set():
    client = client_of(("1", "2025-02-01 10:00", "call", "CRM"), ("1", "2025-02-01 10:40", "call", "Desk"))
    assert double_entry(client, window_minutes=30)["n_twice"].tolist() == [0]


def test_records_outside_the_period_do_not_count():
    client = client_of(("1", "2024-02-01 10:00", "call", "CRM"), ("1", "2024-02-01 10:10", "call", "Desk"))
    assert double_entry(client).empty
    assert "nothing stands twice" in read_double_entry(client).text


def test_a_touchpoint_declared_for_two_systems_stands_in_the_table_though_the_log_has_one():
    shown = double_entry_table(client_of(("1", "2025-02-01", "call", "CRM"))).text()
    assert shown["touchpoint"].tolist() == ["Call"]
    assert shown["systems"].tolist() == ["CRM and Desk"]


def test_a_hundred_touches_of_which_a_fifth_stand_twice_are_a_finding():
    rows = [(str(i), "2025-02-01 10:00", "call", "CRM") for i in range(80)] + [
        (str(i), "2025-02-01 10:05", "call", "Desk") for i in range(20)
    ]
    (found,) = double_entry_findings(client_of(*rows))
    assert found.claim == "20 touches stand in two systems, at Call."


def test_one_repeated_touch_in_a_hundred_is_none():
    rows = [(str(i), "2025-02-01 10:00", "call", "CRM") for i in range(99)] + [("1", "2025-02-01 10:05", "call", "Desk")]
    assert double_entry_findings(client_of(*rows)) == []


def test_without_systems_in_the_log_it_cannot_be_asked():
    client = Client.from_frames({"interactions": touches(("1", "2025-02-01", "call", None))})
    with pytest.raises(MissingDataError):
        double_entry(client)
    assert double_entry_table(client).needs
    assert read_double_entry(client).text
