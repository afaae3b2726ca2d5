"""Columns looked up in a second file by a key."""

import pytest

LEADS = {"lead_id": "lead", "created_at": "came", "won_at": "won"}


def leads(lookup, **settings):
    return {"leads": {"file": "../data/leads.csv", "lookup": [lookup], "columns": LEADS, **settings}}


@pytest.fixture
def files(shop):
    shop.write("leads.csv", "lead;came\n1;2025-01-05\n 2 ;2025-01-06\n3;2025-01-07\n;2025-01-08\n")
    shop.write(
        "deals.csv",
        "lead,won,came\n2,2025-02-01,1999-01-01\n3 ,2025-02-02,1999-01-01\n2,2025-03-03,1999-01-01\n9,2025-02-09,\n,2025-02-10,\n",
    )
    return shop


def test_the_first_row_with_the_key_gives_its_columns(files):
    """Spaces do not matter; a key found twice gives the first row; one not found, and none at all, give blanks."""
    files.open(leads({"file": "../data/deals.csv", "by": "lead"}))
    assert [(lead, str(won)[:10]) for lead, won in files.rows("leads", "lead_id", "won_at")] == [
        ("1", "None"),
        ("2", "2025-02-01"),
        ("3", "2025-02-02"),
    ]


def test_of_a_column_that_both_files_have_the_first_files_counts(files):
    files.open(leads({"file": "../data/deals.csv", "by": "lead"}))
    assert {str(came)[:4] for came in files.column("leads", "created_at")} == {"2025"}


def test_the_key_may_be_called_otherwise_and_lookups_follow_one_another(shop):
    shop.write("lines.csv", "order;amount\nA;10\nA;5,5\nB;7\n")
    shop.write("orders.csv", "number;person;day\nA;p1;2025-01-01\nB;p2;2025-01-02\n")
    shop.write("people.csv", "id;customer\np1;c1\np2;c2\n")
    shop.open(
        {
            "orders": {
                "file": "../data/lines.csv",
                "lookup": [
                    {"file": "../data/orders.csv", "by": "order", "key": "number"},
                    {"file": "../data/people.csv", "by": "person", "key": "id"},
                ],
                "columns": {"order_id": "order", "customer_id": "customer", "ordered_at": "day", "revenue": "amount"},
                "combine": {"revenue": "sum"},
            }
        }
    )
    assert sorted(shop.rows("orders", "order_id", "customer_id", "revenue")) == [("A", "c1", 15.5), ("B", "c2", 7.0)]


def test_a_changed_byte_in_the_second_file_makes_the_tables_anew(files):
    tables = leads({"file": "../data/deals.csv", "by": "lead"})
    before = files.prepare(tables)
    files.write("deals.csv", "lead,won\n1,2025-02-01\n")
    assert files.prepare(tables) != before
    assert str(files.open(tables).column("leads", "won_at")[0])[:10] == "2025-02-01"


def test_a_key_that_is_not_there_is_told_with_the_nearest_name(files):
    (problem, *_) = files.problems(leads({"file": "../data/deals.csv", "by": "leed"}))
    assert "no column 'leed'" in str(problem)
    assert "'lead'" in str(problem)


def test_a_second_file_that_is_not_there_is_told(files):
    assert "no such file" in str(files.problems(leads({"file": "../data/deal.csv", "by": "lead"}))[0])
