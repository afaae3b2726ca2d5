"""Renaming, computing, filtering, wide to long, overlap, combining."""

LINES = "Invoice;Code;Quantity;Price;Customer;Date\n"
ORDERS = {"order_id": "Invoice", "customer_id": "Customer", "ordered_at": "Date"}


def test_expressions_read_numbers_with_the_decimal_mark_of_the_file(shop):
    shop.write("a.csv", LINES + "1;A;2;1.250,50;c;31-01-2025\n")
    shop.open({"orders": {"file": "../data/a.csv", "columns": {**ORDERS, "revenue": {"sql": "Quantity * Price"}}}})
    assert shop.column("orders", "revenue") == [2501]


def test_an_expression_that_gives_a_text_is_cast_with_the_format_of_the_column(shop):
    shop.write("a.csv", LINES + "C1;A;2;1;c;31-01-2025\n2;A;2;1;c;05-02-2025\n")
    cancelled = {"sql": "CASE WHEN Invoice LIKE 'C%' THEN Date END"}
    shop.open({"orders": {"file": "../data/a.csv", "columns": {**ORDERS, "cancelled_at": cancelled}}})
    assert [str(t)[:10] for t in shop.column("orders", "cancelled_at")] == ["2025-01-31", "None"]
    shop.write("b.csv", "r,d,s\n5,7,9\n")
    columns = {"response_id": {"sql": "'2015-' || r"}, "responded_at": {"sql": "'2015-05-' || lpad(d, 2, '0')", "format": "%Y-%m-%d"}}
    shop.open({"survey": {"file": "../data/b.csv", "columns": {**columns, "metric": {"value": "nps"}, "score": "s"}}})
    assert [(r, str(t)) for r, t in shop.rows("survey", "response_id", "responded_at")] == [("2015-5", "2015-05-07 00:00:00")]


def test_expressions_know_dates_from_how_they_are_used(shop):
    shop.write("a.csv", "o;c;d;days\n1;a;31-01-2025;10\n")
    columns = {
        "order_id": "o",
        "customer_id": "c",
        "ordered_at": "d",
        "promised_at": {"sql": "d + to_days(CAST(days AS INTEGER))"},
        "channel": {"sql": "CASE WHEN d < DATE '2025-02-01' THEN 'early' ELSE 'late' END"},
        "margin": {"sql": "year(d) + try_cast(days AS double) / 4"},
    }
    shop.open({"orders": {"file": "../data/a.csv", "columns": columns}})
    ((promised, channel, margin),) = shop.rows("orders", "promised_at", "channel", "margin")
    assert (str(promised)[:10], channel, margin) == ("2025-02-10", "early", 2027.5)


def test_a_cell_that_an_expression_cannot_read_is_told_of(shop):
    shop.write("a.csv", LINES + "1;A;two;1;c;2025-01-31\n2;A;;1;c;2025-01-31\n3;A;3;1;c;2025-01-31\n")
    shop.open({"orders": {"file": "../data/a.csv", "columns": {**ORDERS, "revenue": {"sql": "Quantity * Price"}}}})
    assert shop.column("orders", "revenue") == [None, None, 3]
    assert shop.rejected[["row", "column", "action"]].values.tolist() == [[2, "Quantity * Price", "cell left blank"]]


def test_where_leaves_rows_out_and_counts_them(shop):
    shop.write("a.csv", LINES + "1;A;1;1;c;2025-01-31\n2;POST;1;1;c;2025-01-31\n3;A;1;1;;2025-01-31\n")
    spec = {"file": "../data/a.csv", "columns": ORDERS, "where": "Code NOT IN ('POST', 'M') AND Customer IS NOT NULL"}
    shop.open({"orders": spec})
    assert shop.column("orders", "order_id") == ["1"]
    assert shop.meta("sources")[["rows_read", "rows_left_out", "rows_kept"]].values.tolist() == [[3, 2, 1]]


def test_wide_surveys_become_long(shop):
    shop.write("a.csv", "id,Art,Food,Group\n1,5,4,x\n2,,3,y\n3,9,0,y\n")
    unpivot = {"columns": {"Art": "Artwork", "Food": "Restaurants"}, "name_to": "attribute", "value_to": "performance"}
    columns = {"response_id": "id", "segment": "Group", "performance": {"from": "performance", "values": {"0": None}}}
    shop.open({"attribute_ratings": {"file": "../data/a.csv", "columns": columns, "unpivot": unpivot}})
    rows = shop.rows("attribute_ratings", "response_id", "attribute", "performance", "segment")
    assert rows == [("1", "Artwork", 5, "x"), ("1", "Restaurants", 4, "x"), ("2", "Restaurants", 3, "y")]
    source = shop.meta("sources").iloc[0]
    assert (source.rows_read, source.rows_left_out, source.rows_rejected, source.rows_kept) == (5, 1, 1, 3)
    assert shop.rejected[["row", "column", "value"]].values.tolist() == [[4, "Art", "9"]]


def test_overlap_drops_what_an_earlier_file_holds_but_no_true_duplicate(shop):
    """Lines a, a, b in the first, a, b, b, c in the second: one b and the c are new."""
    shop.write("1.csv", LINES + "1;a;1;1;c;2025-01-01\n1;a;1;1;c;2025-01-01\n1;b;1;1;c;2025-01-01\n")
    shop.write("2.csv", LINES + "1;a;1;1;c;2025-01-01\n1;b;1;1;c;2025-01-01\n1;b;1;1;c;2025-01-01\n2;c;1;1;c;2025-01-02\n")
    spec = {"file": "../data/?.csv", "columns": {**ORDERS, "revenue": "Quantity"}, "overlap": "drop", "combine": {"revenue": "sum"}}
    shop.open({"orders": spec})
    assert shop.rows("orders", "order_id", "revenue") == [("1", 4), ("2", 1)]
    assert shop.meta("sources")["rows_left_out"].tolist() == [0, 2]


def test_lines_combine_to_orders(shop):
    shop.write(
        "a.csv",
        "o;c;d;r;ch;m\n1;;2025-01-02;10;;1\n1;x;2025-01-01;5;web;3\n2;y;2025-01-03;-3;shop;2\n1;z;2025-01-05;1;app;8\n",
    )
    columns = {"order_id": "o", "customer_id": "c", "ordered_at": "d", "revenue": "r", "channel": "ch", "margin": "m", "discount": "m"}
    combine = {"revenue": "sum", "ordered_at": "min", "channel": "last", "margin": "mean", "discount": "count"}
    shop.open({"orders": {"file": "../data/a.csv", "columns": columns, "combine": combine}})
    (one, two) = shop.rows("orders", "order_id", "customer_id", "ordered_at", "revenue", "channel", "margin", "discount")
    assert (one[0], one[1], str(one[2])[:10], *one[3:]) == ("1", "x", "2025-01-01", 16, "app", 4, 3)
    assert two[0] == "2"
    source = shop.meta("sources").iloc[0]
    assert source.rows_read == source.rows_combined + source.rows_kept == 4
    assert shop.check("orders.revenue.sign") == (1, "keep")


def test_read_equals_left_out_and_rejected_and_combined_and_kept(shop):
    shop.write(
        "a.csv", LINES + "1;A;1;1;c;2025-01-31\n1;B;2;1;c;2025-01-31\n2;POST;1;1;c;2025-01-31\n3;A;1;1;c;never\nx\n\n4;A;1;1;c;2025-02-01\n"
    )
    spec = {"file": "../data/a.csv", "columns": ORDERS, "where": "Code <> 'POST'", "combine": {}}
    s = shop.open({"orders": spec}).meta("sources").iloc[0]
    assert (s.rows_read, s.rows_left_out, s.rows_rejected, s.rows_combined, s.rows_kept) == (6, 1, 2, 1, 2)


def test_a_fixed_value_fills_every_row(shop):
    shop.write("a.csv", "o,c,d\n1,a,2025-01-01\n")
    columns = {"order_id": "o", "customer_id": "c", "ordered_at": "d", "channel": {"value": "web"}, "revenue": {"value": 2.5}}
    assert shop.open({"orders": {"file": "../data/a.csv", "columns": columns}}).rows("orders", "channel", "revenue") == [("web", 2.5)]


def test_the_inventory_says_what_is_mapped_and_what_is_filled(shop):
    shop.write("a.csv", "o,c,d,m\n1,a,2025-01-01,\n")
    shop.open({"orders": {"file": "../data/a.csv", "columns": {"order_id": "o", "customer_id": "c", "ordered_at": "d", "margin": "m"}}})
    inventory = shop.meta("inventory").set_index("column")
    assert inventory.loc["margin", ["mapped", "filled", "n_rows"]].tolist() == [True, 0, 1]
    assert inventory.loc["revenue", ["mapped", "filled", "n_rows"]].tolist() == [False, 0, 1]
