"""What a client file may compute, and what it may not."""

import pytest

from cvclib.sources.expressions import ExpressionError, parse

COLUMNS = ("Quantity", "Price", "Order Date", "a.b", "Note")


@pytest.mark.parametrize(
    "text",
    [
        "read_text('/etc/passwd')", "read_csv('x.csv')", "(SELECT 1)", "Quantity IN (SELECT 1)", "EXISTS (SELECT 1)", "SELECT 1",
        "PRAGMA database_list", "ATTACH 'x.db'", "COPY x TO 'y'", "Quantity; DROP TABLE orders", "getenv('HOME')",
        "current_setting('threads')", "sum(Quantity)", "count(*)", "row_number() OVER ()", "first(Quantity)", "random()", "now()",
        "CURRENT_DATE", "nextval('s')", "query('SELECT 1')", "getvariable('x')", "unnest([1, 2])", "list_transform([1], x -> x)", "*",
        "COLUMNS('a')", "$1", "?", "{'a': 1}", "[1, 2]", "CAST(Note AS JSON)", "Note -> 'x'", "Note COLLATE nocase", "main.orders.Quantity",
        "Quantity.read()", "repeat(Note, 1000000000)", "install('httpfs')", "duckdb_settings()", "FROM 'x.csv'", "'x.csv'::regclass",
    ],
)  # fmt: skip
def test_what_is_no_plain_scalar_expression_is_refused(text):
    with pytest.raises(ExpressionError):
        parse(text, COLUMNS)


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("Quantity * Price", {"Quantity": "number", "Price": "number"}),
        ("-Quantity", {"Quantity": "number"}),
        ("Note || '-' || Quantity", {"Note": "text", "Quantity": "text"}),
        ("Quantity > 3", {"Quantity": "number"}),
        ("Quantity IN (1, 2)", {"Quantity": "number"}),
        ("Note IN ('1', '2')", {"Note": "text"}),
        ("coalesce(Quantity, 0) * 2", {"Quantity": "number"}),
        ("CAST(Quantity AS INTEGER)", {"Quantity": "number"}),
        ("Price::DOUBLE / 2", {"Price": "number"}),
        ("\"Order Date\" >= DATE '2025-01-01'", {"Order Date": "time"}),
        ('"Order Date" + INTERVAL 1 DAY', {"Order Date": "time"}),
        ("date_trunc('month', \"Order Date\")", {"Order Date": "time"}),
        ("strftime(\"Order Date\", '%Y')", {"Order Date": "time"}),
        ("strptime(Note, '%Y')", {"Note": "text"}),
        ('"a.b" + 1', {"a.b": "number"}),
        ("CASE WHEN Note LIKE 'C%' THEN Note END", {"Note": "text"}),
        ("round(Price, 2)", {"Price": "number"}),
        ("note", {"Note": "text"}),
    ],
)
def test_columns_are_text_unless_the_expression_takes_them_for_more(text, reads):
    assert dict(parse(text, COLUMNS).reads) == reads


def test_a_name_with_a_full_stop_is_found_without_quotation_marks_too():
    assert dict(parse("a.b", COLUMNS).reads) == {"a.b": "text"}


def test_an_unknown_column_names_the_nearest():
    with pytest.raises(ExpressionError) as error:
        parse("Quantiti * Price", COLUMNS)
    assert error.value.fix == "Did you mean 'Quantity'?"


def test_text_in_double_quotation_marks_is_explained():
    with pytest.raises(ExpressionError) as error:
        parse('Note = "web"', COLUMNS)
    assert "single quotation marks" in error.value.fix


def test_two_columns_cannot_be_ordered_before_it_is_said_what_they_are():
    with pytest.raises(ExpressionError, match="Quantity < Price"):
        parse("Quantity < Price", COLUMNS)
    assert dict(parse("CAST(Quantity AS DOUBLE) < CAST(Price AS DOUBLE)", COLUMNS).reads) == {"Quantity": "number", "Price": "number"}


def test_only_what_is_written_anew_reaches_the_engine():
    """Comments are dropped, names quoted, casts made harmless."""
    sql = parse('Quantity /* */ -- x\n + CAST("Order Date" AS INTEGER)', COLUMNS).sql(lambda name, reading: f"{name}!{reading}")
    assert sql == '"Quantity!number" + TRY_CAST("Order Date!number" AS INT)'


def test_a_client_file_that_tries_is_told_and_nothing_is_read(shop):
    shop.write("secret.txt", "hush")
    shop.write("a.csv", "b,p\nx,1\n")
    columns = {"brand": {"sql": f"read_text('{shop.folder}/data/secret.txt')"}, "price": "p"}
    messages = shop.problems({"prices": {"file": "../data/a.csv", "columns": columns, "where": "EXISTS (SELECT 1)"}})
    assert messages[0].startswith("a-client.yaml, tables.prices.columns.brand: found the function read_text; expected arithmetic")
    assert messages[1].startswith("a-client.yaml, tables.prices.where: found a query")
