"""Rows that are kept out, cells that are blanked, and the named checks with their policies."""

import csv

import pytest

from cvclib.privacy import MASK
from cvclib.sources import check_names, write_rejected_rows
from cvclib.tables import TABLES

CUSTOMERS = {"file": "../data/c.csv", "columns": {"customer_id": "nr", "email": "mail", "referred_by": "via"}}
COLUMNS = {"order_id": "o", "customer_id": "c", "ordered_at": "d", "delivered_at": "l", "revenue": "r", "cancelled_at": "x"}
ORDERS = {"file": "../data/o.csv", "columns": COLUMNS}
HEADER = "o,c,d,l,r,x\n"


def orders(shop, *lines, **settings):
    shop.write("o.csv", HEADER + "".join(line + "\n" for line in lines))
    return shop.open({"orders": ORDERS}, **settings)


def test_a_thousand_bad_dates_in_a_hundred_thousand_rows_are_kept_and_counted(shop):
    lines = [f"{i},c,2025-01-{i % 28 + 1:02d},,10," if i % 100 else f"{i},c,99-99-2025,,10," for i in range(100_000)]
    orders(shop, *lines)
    assert len(shop.column("orders", "order_id")) == 99_000
    assert shop.check("orders.ordered_at.unreadable") == (1000, "reject")
    assert len(shop.rejected) == 1000
    first = shop.rejected.iloc[0]
    assert (first["file"], first["row"], first["column"], first["value"], first["action"]) == (
        "data/o.csv",
        2,
        "d",
        "99-99-2025",
        "row left out",
    )


def test_a_blank_where_every_row_needs_a_value_costs_the_row(shop):
    orders(shop, "1,c,2025-01-01,,,", ",c,2025-01-01,,,", "3,c,,,,")
    assert shop.column("orders", "order_id") == ["1"]
    assert shop.rejected["reason"].tolist() == ["blank, and every row of orders needs it"] * 2


def test_a_bad_cell_in_a_rejected_row_is_told_once(shop):
    orders(shop, "1,c,never,never,abc,")
    assert shop.rejected["column"].tolist() == ["d"]


def test_an_unreadable_cell_can_cost_the_row_if_the_client_says_so(shop):
    orders(shop, "1,c,2025-01-01,soon,1,", checks={"orders.delivered_at.unreadable": "reject"})
    assert shop.column("orders", "order_id") == []
    assert shop.rejected["action"].tolist() == ["row left out"]


def test_a_key_that_comes_again_is_rejected_or_kept_as_the_client_says(shop):
    lines = ("1,a,2025-01-01,,1,", "1,b,2025-01-02,,2,", "2,c,2025-01-03,,3,", "1,d,2025-01-04,,4,")
    orders(shop, *lines)
    assert shop.rows("orders", "order_id", "revenue") == [("1", 1), ("2", 3)]
    assert shop.check("orders.duplicate_key") == (2, "reject")
    assert shop.rejected[["row", "column", "value"]].values.tolist() == [[3, "o", "1"], [5, "o", "1"]]
    orders(shop, *lines, checks={"orders.duplicate_key": "keep"})
    assert len(shop.column("orders", "order_id")) == 4
    assert shop.check("orders.duplicate_key") == (2, "keep")


def test_orphans_are_kept_and_counted_unless_the_client_rejects_them(shop):
    shop.write("c.csv", "nr,mail,via\na,x@y.nl,\nb,,a\nc,,zz\n")
    shop.write("o.csv", HEADER + "1,a,2025-01-01,,,\n2,q,2025-01-01,,,\n3,,2025-01-01,,,\n")
    tables = {"orders": ORDERS, "customers": CUSTOMERS}
    shop.open(tables)
    assert shop.check("orders.customer_id.orphan") == (1, "keep")
    assert shop.check("customers.referred_by.orphan") == (1, "keep")
    assert len(shop.column("orders", "order_id")) == 3
    shop.open(tables, checks={"orders.customer_id.orphan": "reject"})
    assert shop.column("orders", "order_id") == ["1", "3"]


def test_orders_of_nobody_are_kept_and_counted(shop):
    orders(shop, "1,,2025-01-01,,,", "2,a,2025-01-01,,,")
    assert shop.check("orders.no_customer") == (1, "keep")
    assert shop.column("orders", "order_id") == ["1", "2"]


def test_times_that_run_backwards_are_counted_but_a_day_is_before_nothing_on_itself(shop):
    orders(shop, "1,c,2025-01-02,2025-01-01,,", "2,c,2025-01-02 15:00,2025-01-02,,", "3,c,2025-01-02,2025-01-03,,")
    assert shop.check("orders.time_order") == (1, "keep")


def test_negative_revenue_is_in_order_on_a_cancelled_order_only(shop):
    orders(shop, "1,c,2025-01-01,,-5,2025-01-02", "2,c,2025-01-01,,-5,", "3,c,2025-01-01,,5,")
    assert shop.check("orders.revenue.sign") == (1, "keep")
    assert len(shop.column("orders", "order_id")) == 3
    orders(shop, "1,c,2025-01-01,,-5,2025-01-02", "2,c,2025-01-01,,-5,", checks={"orders.revenue.sign": "reject"})
    assert shop.column("orders", "order_id") == ["1"]


def test_a_check_that_was_made_and_found_nothing_is_told_too(shop):
    assert orders(shop, "1,c,2025-01-01,,5,").check("orders.duplicate_key") == (0, "reject")


def test_a_check_that_does_not_exist_names_the_nearest(shop):
    shop.write("o.csv", HEADER)
    messages = shop.problems({"orders": ORDERS}, checks={"orders.duplicate_keys": "keep"})
    assert messages == [
        "a-client.yaml, checks: found 'orders.duplicate_keys'; expected the name of a check. Did you mean 'orders.duplicate_key'?"
    ]


def test_every_check_name_starts_with_a_table():
    assert {name.split(".")[0] for name in check_names()} == set(TABLES)


def test_personal_values_are_masked_also_where_another_column_reads_them(shop):
    shop.write("c.csv", "nr,mail,geboren\n1,jan@x.nl,gisteren\n1,piet@x.nl,2000-01-01\n")
    columns = {"customer_id": "nr", "email": "mail", "birth_date": "geboren", "acquired_at": {"sql": "mail"}}
    shop.open({"customers": {"file": "../data/c.csv", "columns": columns}})
    personal = shop.rejected[shop.rejected["column"].isin(["geboren", "mail"])]
    assert set(personal["value"]) == {MASK}
    assert "jan" not in str(shop.rejected.to_dict())


def test_a_malformed_row_shows_none_of_its_cells(shop):
    shop.write("c.csv", "nr,mail,via\n1,jan@x.nl,,,,\n2,,\n")
    shop.open({"customers": CUSTOMERS})
    assert shop.rejected[["row", "value"]].isna().values.tolist() == [[False, True]]


@pytest.mark.parametrize(
    ("value", "written"), [("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("+31 6", "'+31 6"), ("-5", "-5"), ("x", "x")]
)
def test_rejected_rows_open_in_a_spreadsheet_without_running_anything(shop, value, written):
    orders(shop, f"1,c,{value},,,")
    path = shop.folder / "rejected_rows.csv"
    assert write_rejected_rows(shop.backend, path) == 1
    with path.open(encoding="utf-8", newline="") as stream:
        assert next(csv.DictReader(stream))["value"] == written
