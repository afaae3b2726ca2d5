"""Faults in the data found by kind, counted by hand, and shown without the person."""

import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.steps.data_faults import data_faults, shape

N = 40
PEOPLE = pd.DataFrame(
    {
        "customer_id": [f"K{i:03d}" for i in range(N)],
        "name": [f"Person {'abcdefghij'[i % 10]}{'klmn'[i // 10]}" for i in range(N)],
        "email": [f"person{i}@mail.example" for i in range(N)],
        "phone": [f"06-1234{i:04d}" for i in range(N)],
        "postcode": "1012 AB",
        "birth_date": "1980-05-01",
    }
)


def faults(customers=PEOPLE, **frames):
    return data_faults(Client.from_frames({"customers": customers, **frames}))


def changed(column, *values):
    return PEOPLE.assign(**{column: [*values, *PEOPLE[column][len(values) :]]})


def test_clean_data_have_no_fault():
    assert faults().empty


@pytest.mark.parametrize(
    ("column", "value", "fault", "looks_like"),
    [
        ("email", "ann@bakker", "no e-mail address", "aaa@aaaaaa"),
        ("email", "noreply@shop.nl", "a word that stands for a blank", "aaaaaaa@aaaa.aa"),
        ("name", "Onbekend", "a word that stands for a blank", "Aaaaaaaa"),
        ("phone", "0000000000", "too short for a telephone number, or one digit only", "9999999999"),
        ("phone", "1234", "too short for a telephone number, or one digit only", "9999"),
        ("birth_date", "1890-01-01", "in the future, or over 110 years ago", "9999-99-99"),
        ("birth_date", "2031-01-01", "in the future, or over 110 years ago", "9999-99-99"),
        ("postcode", "1012ab", "written otherwise than nearly all: 9999 AA", "9999aa"),
    ],
)
def test_a_cell_that_cannot_be_right_is_found_and_shown_by_its_shape(column, value, fault, looks_like):
    """One of forty is 2.5%."""
    row = faults(changed(column, value)).query("column == @column").iloc[0]
    assert row[["fault", "n_faults", "n_checked", "share"]].tolist() == [fault, 1, N, 1 / N]
    assert row["looks_like"] == looks_like
    assert value not in row.astype(str).str.cat()


def test_one_number_in_eleven_records_is_no_household():
    found = faults(changed("phone", *["0612345678"] * 11))
    assert found["fault"].tolist() == ["the same in more than 10 records"]
    assert found["n_faults"].tolist() == [11]


def test_blanks_are_counted():
    row = faults(changed("phone", None, None)).iloc[0]
    assert row[["dimension", "n_faults", "share"]].tolist() == ["completeness", 2, 0.05]


def test_a_category_in_two_spellings_is_one_thing_with_two_names():
    touches = pd.DataFrame(
        {"customer_id": "K001", "at": pd.date_range("2025-01-01", "2025-12-31"), "touchpoint": ["Show-room"] * 2 + ["Showroom"] * 363}
    )
    assert faults(interactions=touches).empty  # a hyphen parts words; these may be two things
    touches = touches.assign(touchpoint=["SHOWROOM"] * 2 + ["Showroom"] * 363)
    row = faults(interactions=touches).iloc[0]
    assert row[["dimension", "n_faults", "looks_like"]].tolist() == ["consistency", 2, "“SHOWROOM”"]


def test_rows_that_stand_twice_orphans_and_times_backwards_are_found():
    orders = pd.DataFrame(
        {
            "order_id": ["1", "1", "2"],
            "customer_id": ["K001", "K001", "K999"],
            "ordered_at": ["2025-12-30"] * 3,
            "delivered_at": ["2025-12-31"] * 2 + ["2025-12-01"],
        }
    )
    found = faults(orders=orders).set_index("fault")
    assert found.loc["a number used twice", "n_faults"] == 1
    assert found.loc["not found in customers", "n_faults"] == 1
    assert found.loc["is before the time ordered", "n_faults"] == 1


def test_records_that_fall_silent_before_the_end_are_late():
    """Daily records to the end of October leave 61 days."""
    orders = pd.DataFrame({"customer_id": "K001", "ordered_at": pd.date_range("2025-01-01", "2025-10-31")})
    found = faults(orders=orders.assign(order_id=[str(i) for i in range(len(orders))], ordered_at=orders["ordered_at"].astype(str))).iloc[0]
    assert found["dimension"] == "timeliness"
    assert found["n_faults"] == 61


def test_what_reading_left_out_is_told_with_file_column_and_rows(nordic_beds):
    """Planted: three order dates that do not exist, in rows that FAULTS names."""
    row = data_faults(nordic_beds).query("table == 'orders' and column == 'ordered_at'").iloc[0]
    assert row["n_faults"] == 3
    assert row["where"] == "erp_orders.csv, column Order date, rows 467, 1166, 1865"
    assert row["looks_like"] == "31/02/2024 10:15"


def test_a_long_value_is_cut():
    assert len(shape("a" * 100)) == 28
