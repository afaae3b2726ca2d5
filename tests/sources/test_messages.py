"""What a client is told when a file or a mapping is wrong: all at once, in their words."""

import xlsxwriter

PRICES = {"file": "../data/prijzen.csv", "columns": {"brand": "merk", "price": "prijs"}}


def test_a_missing_file_names_the_nearest_in_its_folder(shop):
    shop.write("prijzen2025.csv", "merk;prijs\n")
    (message,) = shop.problems({"prices": PRICES})
    assert message == "../data/prijzen.csv: found no such file; expected a file. Did you mean 'prijzen2025.csv'?"


def test_a_missing_folder_is_told(shop):
    (message,) = shop.problems({"prices": {**PRICES, "file": "../daat/prijzen.csv"}})
    assert "There is no folder 'daat' there." in message


def test_a_glob_that_finds_nothing_is_told(shop):
    shop.write("omzet.csv", "a\n")
    (message,) = shop.problems({"prices": {**PRICES, "file": "../data/prijs*.csv"}})
    assert message.startswith("../data/prijs*.csv: found no file; expected at least one that fits the pattern.")


def test_a_missing_column_names_the_nearest(shop):
    shop.write("prijzen.csv", "Merk;Prijs\nA;1\n")
    messages = shop.problems({"prices": PRICES})
    assert messages[0] == "data/prijzen.csv: found no column 'merk'; expected the column mapped to prices.brand. Did you mean 'Merk'?"
    assert len(messages) == 2


def test_a_missing_sheet_names_those_there_are(shop):
    book = xlsxwriter.Workbook(str(shop.folder / "data" / "a.xlsx"))
    for name in ("Prijzen 2024", "Prijzen 2025"):
        book.add_worksheet(name).write_row(0, 0, ["merk", "prijs"])
    book.close()
    (message,) = shop.problems({"prices": {**PRICES, "file": "../data/a.xlsx", "sheet": "Prijs 2025"}})
    assert "found no sheet 'Prijs 2025'; expected one of its sheets: 'Prijzen 2024', 'Prijzen 2025'." in message
    (message,) = shop.problems({"prices": {**PRICES, "file": "../data/a.xlsx", "sheet": 3}})
    assert "found no sheet 3" in message


def test_a_name_that_is_no_canonical_column_names_the_nearest(shop):
    shop.write("prijzen.csv", "merk;prijs\nA;1\n")
    (message, _) = shop.problems({"prices": {**PRICES, "columns": {"brand": "merk", "pryce": "prijs"}}})
    assert message == "a-client.yaml, tables.prices.columns: found 'pryce'; expected a column of prices. Did you mean 'price'?"


def test_a_required_column_that_is_not_mapped_is_told_with_its_meaning(shop):
    shop.write("prijzen.csv", "merk;prijs\nA;1\n")
    (message,) = shop.problems({"prices": {**PRICES, "columns": {"brand": "merk"}}})
    assert message.endswith("found no 'price'; expected every column that a row must have. Map it: price is its price.")


def test_a_table_that_needs_one_of_two_columns_says_so(shop):
    shop.write("o.csv", "o,d\n1,2025-01-01\n")
    (message,) = shop.problems({"orders": {"file": "../data/o.csv", "columns": {"order_id": "o", "ordered_at": "d"}}})
    assert "neither 'customer_id' nor 'account_id'; expected at least one of them" in message


def test_an_empty_file_is_told(shop):
    shop.write("prijzen.csv", "")
    (message,) = shop.problems({"prices": PRICES})
    assert message.startswith("data/prijzen.csv: found an empty file")


def test_a_file_of_column_names_alone_is_an_empty_table(shop):
    shop.write("prijzen.csv", "merk;prijs\n")
    assert shop.open({"prices": PRICES}).column("prices", "brand") == []


def test_a_broken_workbook_and_a_broken_parquet_file_are_told(shop):
    for name in ("a.xlsx", "a.parquet"):
        shop.write(name, "this is neither")
    messages = shop.problems({"prices": [{**PRICES, "file": "../data/a.xlsx"}, {**PRICES, "file": "../data/a.parquet"}]})
    assert messages[0].startswith("data/a.xlsx: found a workbook that cannot be read")
    assert messages[1].startswith("data/a.parquet: found a file that is no Parquet file")


def test_columns_to_unpivot_that_are_not_there_are_told(shop):
    shop.write("s.csv", "id,Arts,Food\n1,2,3\n")
    unpivot = {"columns": {"Art": "Artwork", "Food": "Restaurants"}, "name_to": "attribute", "value_to": "performance"}
    (message,) = shop.problems({"attribute_ratings": {"file": "../data/s.csv", "columns": {"response_id": "id"}, "unpivot": unpivot}})
    assert message == "data/s.csv: found no column 'Art'; expected a column to unpivot into performance. Did you mean 'Arts'?"


def test_a_fixed_value_that_does_not_fit_is_a_mistake_of_the_client_file(shop):
    shop.write("s.csv", "id,score\n1,9\n")
    columns = {"response_id": "id", "metric": {"value": "nsp"}, "score": "score"}
    (message,) = shop.problems({"survey": {"file": "../data/s.csv", "columns": columns}})
    assert message == "a-client.yaml, tables.survey.columns.metric: found value 'nsp'; expected one of nps, csat, ces, overall."


def test_an_encoding_that_does_not_exist_or_does_not_fit_is_told(shop):
    shop.write("prijzen.csv", "merk;prijs\nCafé;1\n", "cp1252")
    (message,) = shop.problems({"prices": {**PRICES, "encoding": "latin-one"}})
    assert "found encoding 'latin-one'; expected the name of an encoding" in message
    (message,) = shop.problems({"prices": {**PRICES, "encoding": "utf-8"}})
    assert "found text that is not utf-8" in message


def test_a_stated_encoding_that_fails_far_down_the_file_is_told(shop):
    shop.write("prijzen.csv", "merk;prijs\n" + "a;1\n" * 200_000 + "Café;1\n", "cp1252")
    (message,) = shop.problems({"prices": {**PRICES, "encoding": "utf-8"}})
    assert "data/prijzen.csv: found text that is not in the encoding stated" in message


def test_an_expression_that_cannot_be_computed_is_told(shop):
    shop.write("prijzen.csv", "merk;prijs\nA;1\n")
    (message,) = shop.problems({"prices": {**PRICES, "columns": {"brand": {"sql": "upper(merk, 3)"}, "price": "prijs"}}})
    assert message.startswith("a-client.yaml, tables.prices.columns.brand: found")
    assert len(message) < 400


def test_a_condition_that_cannot_be_computed_is_told(shop):
    shop.write("prijzen.csv", "merk;prijs\nA;1\n")
    (message,) = shop.problems({"prices": {**PRICES, "where": "substring(merk, 'x')"}})
    assert message.startswith("a-client.yaml, tables.prices.where: found")


def test_everything_that_is_wrong_is_told_at_once(shop):
    shop.write("prijzen.csv", "merk;prijs\nA;1\n")
    tables = {
        "prices": {**PRICES, "columns": {"brand": "mrk", "price": {"sql": "sum(prijs)"}}},
        "orders": {"file": "../data/orders.csv", "columns": {"order_id": "o"}},
        "order": PRICES,
    }
    assert len(shop.problems(tables, checks={"prices.dup": "keep"})) == 7
