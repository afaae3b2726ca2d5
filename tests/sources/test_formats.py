"""Workbooks, Parquet, JSON lines, databases, globs."""

import datetime as dt
import gzip
import sqlite3

import duckdb
import pytest
import xlsxwriter

ORDERS = {"order_id": "Order", "customer_id": "Customer", "ordered_at": "Date", "revenue": "Amount"}


def workbook(path, **sheets):
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "dd/mm/yyyy hh:mm"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if value is not None:
                    sheet.write(r, c, value)
    book.close()


HEADER = ["Order", "Customer", "Date", "Amount"]


def test_a_workbook_keeps_leading_zeros_dates_and_whole_numbers(shop):
    workbook(
        shop.folder / "data" / "a.xlsx",
        Sheet1=[
            HEADER,
            ["00123", 12345.0, dt.datetime(2025, 3, 4, 10, 30), 12.5],
            ["X1", 7, dt.datetime(2025, 3, 5), 1000],
            [2.5, None, "2025-03-06", "3,25"],
        ],
    )
    shop.open({"orders": {"file": "../data/a.xlsx", "columns": ORDERS}})
    assert shop.rows("orders", "order_id", "customer_id") == [("00123", "12345"), ("X1", "7"), ("2.5", None)]
    assert [str(t) for t in shop.column("orders", "ordered_at")] == ["2025-03-04 10:30:00", "2025-03-05 00:00:00", "2025-03-06 00:00:00"]
    assert shop.column("orders", "revenue") == [12.5, 1000, 3.25]


def test_a_real_date_in_a_workbook_needs_no_format_even_if_one_is_stated(shop):
    workbook(shop.folder / "data" / "a.xlsx", S=[HEADER, ["1", "c", dt.datetime(2025, 3, 4), 1], ["2", "c", "31-12-2025", 1]])
    shop.open({"orders": {"file": "../data/a.xlsx", "columns": {**ORDERS, "ordered_at": {"from": "Date", "format": "%d-%m-%Y"}}}})
    assert [str(t.date()) for t in shop.column("orders", "ordered_at")] == ["2025-03-04", "2025-12-31"]


def test_rows_of_a_workbook_are_counted_as_the_spreadsheet_does(shop):
    workbook(shop.folder / "data" / "a.xlsx", S=[["Title"], [], HEADER, ["1", "c", dt.datetime(2025, 3, 4), 1], [], ["2", "c", "never", 1]])
    shop.open({"orders": {"file": "../data/a.xlsx", "header_row": 3, "columns": ORDERS}})
    assert shop.rejected[["sheet", "row", "column", "value"]].values.tolist() == [["S", 6, "Date", "never"]]


@pytest.mark.parametrize(("sheet", "ids"), [(None, ["1"]), ("B", ["2"]), (2, ["2"]), (["A", "B"], ["1", "2"]), ("*", ["1", "2"])])
def test_sheets_are_taken_by_name_number_list_or_all(shop, sheet, ids):
    day = dt.datetime(2025, 3, 4)
    workbook(shop.folder / "data" / "a.xlsx", A=[HEADER, ["1", "c", day, 1]], B=[HEADER, ["2", "c", day, 1]], Empty=[])
    spec = {"file": "../data/a.xlsx", "columns": ORDERS, **({"sheet": sheet} if sheet else {})}
    assert shop.open({"orders": spec}).column("orders", "order_id") == ids


def test_merged_cells_stand_in_each_of_their_rows_and_a_header_of_two_rows_has_its_names_in_the_lower(shop):
    book = xlsxwriter.Workbook(str(shop.folder / "data" / "a.xlsx"))
    sheet = book.add_worksheet()
    sheet.merge_range("A1:D1", "Orders of 2025")
    for place, name in {"A2:A3": "Order", "B2:B3": "Customer"}.items():
        sheet.merge_range(place, name)
    sheet.merge_range("C2:D2", "First quarter")
    for r, row in enumerate([["Date", "Amount"], ["2025-03-04", 1], ["2025-03-05", 2], ["2025-03-06", 3]], start=2):
        sheet.write_row(r, 2, row)
    sheet.write_column(3, 0, ["1", "2", "3"])
    sheet.merge_range("B4:B5", "c1")
    sheet.write(5, 1, "c2")
    book.close()
    shop.open({"orders": {"file": "../data/a.xlsx", "header_row": 3, "columns": ORDERS}})
    assert shop.rows("orders", "order_id", "customer_id", "revenue") == [("1", "c1", 1.0), ("2", "c1", 2.0), ("3", "c2", 3.0)]


def test_parquet_keeps_its_types(shop):
    path = shop.folder / "data" / "a.parquet"
    duckdb.sql(
        'SELECT 123.0::DOUBLE AS "Order", \'007\' AS "Customer", TIMESTAMPTZ \'2025-03-04 10:00:00+00\' AS "Date", 1.234::DOUBLE AS "Amount" '
        "UNION ALL SELECT NULL, '008', NULL, NULL"
    ).write_parquet(str(path))
    shop.open({"orders": {"file": "../data/a.parquet", "columns": ORDERS}}, timezone="Europe/Amsterdam")
    assert shop.rows("orders", "order_id", "customer_id", "revenue") == [("123", "007", 1.234)]
    assert str(shop.column("orders", "ordered_at")[0]) == "2025-03-04 11:00:00"
    assert shop.rejected["row"].unique().tolist() == [3]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.ndjson"])
def test_json_lines_are_read_with_keys_that_come_and_go(shop, name):
    text = '{"Order": "1", "Customer": 7, "Date": "2025-03-04", "Amount": 2.5}\n{"Order": "2", "Date": "2025-03-05", "Amount": null, "Customer": "x"}\nbroken\n'
    shop.write(name, gzip.compress(text.encode()) if name.endswith("gz") else text)
    shop.open({"orders": {"file": f"../data/{name}", "columns": ORDERS}})
    assert shop.rows("orders", "order_id", "customer_id", "revenue") == [("1", "7", 2.5), ("2", "x", None)]
    assert shop.rejected[["row", "reason"]].values.tolist() == [[3, "the line is no JSON object"]]


def test_a_json_list_is_read_too(shop):
    shop.write("a.json", '[{"b": "x", "p": 1}, {"b": "y", "p": 2}]')
    assert shop.open({"prices": {"file": "../data/a.json", "columns": {"brand": "b", "price": "p"}}}).column("prices", "brand") == [
        "x",
        "y",
    ]


def test_globs_and_lists_take_files_in_order(shop):
    for month in (2, 1, 3):
        shop.write(f"orders-{month}.csv", f"Order,Customer,Date,Amount\n{month},c,2025-0{month}-01,1\n")
    assert shop.open({"orders": {"file": "../data/orders-*.csv", "columns": ORDERS}}).column("orders", "order_id") == ["1", "2", "3"]
    files = ["../data/orders-3.csv", "../data/orders-1.csv"]
    assert shop.open({"orders": {"file": files, "columns": ORDERS}}).column("orders", "order_id") == ["3", "1"]
    assert shop.meta("sources")["file"].tolist() == ["data/orders-3.csv", "data/orders-1.csv"]


def test_files_of_one_source_may_order_their_columns_differently(shop):
    shop.write("1.csv", "Order,Customer,Date,Amount\n1,c,2025-01-01,1\n")
    shop.write("2.csv", "Amount,Date,Extra,Customer,Order\n2,2025-01-02,x,d,2\n")
    shop.open({"orders": {"file": "../data/?.csv", "columns": ORDERS}})
    assert shop.rows("orders", "order_id", "customer_id", "revenue") == [("1", "c", 1), ("2", "d", 2)]


def test_several_sources_make_one_table(shop):
    shop.write("web.csv", "nr;klant;dag\n1;a;31-01-2025\n")
    shop.write("shop.csv", "id,customer,day\n1001,b,2025-02-01\n")
    web = {
        "file": "../data/web.csv",
        "columns": {"order_id": "nr", "customer_id": "klant", "ordered_at": "dag", "channel": {"value": "web"}},
    }
    store = {"file": "../data/shop.csv", "columns": {"order_id": "id", "customer_id": "customer", "ordered_at": "day"}}
    shop.open({"orders": [web, store]})
    assert shop.rows("orders", "order_id", "channel") == [("1", "web"), ("1001", None)]
    assert shop.meta("sources")["rows_kept"].tolist() == [1, 1]


@pytest.fixture
def sqlite(shop):
    path = shop.folder / "erp.sqlite"
    con = sqlite3.connect(path)
    con.execute('CREATE TABLE erp_orders ("Order" INTEGER, "Customer" TEXT, "Date" TEXT, "Amount" REAL)')
    con.executemany("INSERT INTO erp_orders VALUES (?, ?, ?, ?)", [(1, "007", "2025-03-04", 1.234), (2, "008", "soon", 5)])
    con.commit()
    con.close()
    return path


def test_a_table_on_an_engine_goes_the_same_way_as_a_file(shop):
    path = shop.folder / "erp.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(
            'CREATE TABLE erp_orders AS SELECT 1::DOUBLE AS "Order", \'007\' AS "Customer", \'2025-03-04\' AS "Date", 1.234::DOUBLE AS "Amount"'
        )
        con.execute("INSERT INTO erp_orders VALUES (2, '008', 'soon', 5)")
    shop.open({"orders": {"table": "erp_orders", "columns": ORDERS}}, engine=f"duckdb://{path}")
    assert shop.rows("orders", "order_id", "customer_id", "revenue") == [("1", "007", 1.234)]
    assert shop.rejected[["file", "column", "value"]].values.tolist() == [["table erp_orders", "Date", "soon"]]
    shop.open({"orders": {"query": 'SELECT * FROM erp_orders WHERE "Amount" < 2', "columns": ORDERS}}, engine=f"duckdb://{path}")
    assert shop.column("orders", "order_id") == ["1"]


def test_sqlite_is_read_through_its_own_engine(shop, sqlite):
    shop.open({"orders": {"table": "erp_orders", "columns": ORDERS}}, engine=f"sqlite://{sqlite}")
    assert shop.rows("orders", "order_id", "customer_id", "revenue") == [("1", "007", 1.234)]


def test_a_database_file_is_sought_beside_the_client_file_and_its_bytes_count(shop, sqlite):
    tables = {"orders": {"table": "erp_orders", "columns": ORDERS}}
    first = shop.prepare(tables, engine="sqlite://../erp.sqlite")
    assert shop.prepare(tables, engine="sqlite://../erp.sqlite") == first
    con = sqlite3.connect(sqlite)
    con.execute("INSERT INTO erp_orders VALUES (3, '009', '2025-03-05', 1)")
    con.commit()
    con.close()
    assert shop.prepare(tables, engine="sqlite://../erp.sqlite") != first
    (message,) = shop.problems(tables, engine="sqlite://../crm.sqlite")
    assert "found no database file 'crm.sqlite'" in message


def test_an_engine_that_does_not_answer_keeps_its_address_to_itself(shop):
    messages = shop.problems({"orders": {"table": "t", "columns": ORDERS}}, engine="postgres://me:hush-hush@127.0.0.1:1/erp")
    assert "hush" not in str(messages)
    assert "engine" in messages[0]


def test_a_table_that_is_not_on_the_engine_names_the_nearest(shop, sqlite):
    messages = shop.problems({"orders": {"table": "erp_order", "columns": ORDERS}}, engine=f"sqlite://{sqlite}")
    assert messages == [
        "a-client.yaml, tables.orders: found no table 'erp_order' on the engine; expected one that is there. Did you mean 'erp_orders'?"
    ]
