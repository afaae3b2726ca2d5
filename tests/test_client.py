"""A client in hand: what it has, what it lacks, and how period and segment cut it."""

import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.errors import InputError, MissingDataError

ORDERS = pd.DataFrame(
    {
        "order_id": ["1", "2", "3", "4"],
        "customer_id": ["a", "b", "b", "a"],
        "ordered_at": ["2024-12-31 23:59", "2025-01-01 00:00", "2025-12-31 23:59", "2026-01-01 00:00"],
        "revenue": [10, 20, 30, 40],
        "margin": [None, None, None, None],
    }
)
CUSTOMERS = pd.DataFrame({"customer_id": ["a", "b"], "segment": ["home", "office"]})


def client(**settings):
    return Client.from_frames({"orders": ORDERS, "customers": CUSTOMERS}, **settings)


def test_a_column_without_a_value_is_not_supplied():
    assert client().has("orders.revenue")
    assert not client().has("orders.margin")
    assert not client().has("orders.delivered_at")


def test_missing_names_what_is_not_there():
    assert client().missing("orders", "orders.margin", "tickets") == ("orders.margin", "tickets")


def test_require_tells_what_to_map():
    with pytest.raises(MissingDataError, match=r"supplies no tickets; map it under 'tables:'"):
        client().require("orders", "tickets")


def test_a_table_that_is_not_supplied_cannot_be_read_by_accident():
    with pytest.raises(MissingDataError, match="no tickets"):
        client().tables.tickets  # noqa: B018


def test_a_table_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no canonical table 'order'"):
        client().tables.order  # noqa: B018


def test_every_canonical_column_is_there_even_when_empty():
    assert "delivered_at" in client().tables.orders.columns


def test_the_last_day_of_the_period_is_included_and_the_next_is_not():
    c = client()
    assert sorted(c.in_period(c.tables.orders, "ordered_at").order_id.to_pandas()) == ["2", "3"]


def test_the_previous_period_is_the_calendar_year_before():
    c = client()
    assert list(c.in_period(c.tables.orders, "ordered_at", c.previous_period).order_id.to_pandas()) == ["1"]


def test_a_segment_cuts_the_tables_that_can_be_tied_to_it():
    c = client(segment="office")
    assert sorted(c.tables.orders.order_id.to_pandas()) == ["2", "3"]
    assert list(c.tables.customers.customer_id.to_pandas()) == ["b"]


def test_an_unknown_segment_names_those_there_are():
    with pytest.raises(InputError, match="found 'garden'; expected one of 'home', 'office'"):
        client(segment="garden")


def test_frames_with_unknown_tables_or_columns_are_refused_all_at_once():
    with pytest.raises(InputError) as error:
        Client.from_frames({"order": ORDERS, "customers": pd.DataFrame({"id": ["a"]})})
    assert len(error.value.problems) == 3


def test_settings_of_a_client_file_can_be_given():
    assert client(targets={"nps": 40}).params.targets == {"nps": 40}
