"""The canonical tables hang together."""

import pytest

from cvclib.tables import SQL_TYPES, TABLES

COLUMNS = [(table, column) for table in TABLES.values() for column in table.columns]
IDS = [f"{table.name}.{column.name}" for table, column in COLUMNS]


def test_there_are_the_nineteen_tables_of_the_method():
    assert len(TABLES) == 19


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_keys_and_orders_of_time_name_columns_of_the_table(table):
    named = {*table.key, *table.one_of, *table.in_time_order}
    assert named <= set(table.column_names)
    assert len(set(table.column_names)) == len(table.columns)


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=IDS)
def test_a_reference_points_at_a_column_of_the_same_type(table, column):
    if column.references:
        name, target = column.references.split(".")
        assert TABLES[name][target].sql_type == column.sql_type


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=IDS)
def test_a_column_has_a_meaning_and_a_known_type(table, column):
    assert column.meaning
    assert column.type in SQL_TYPES


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=IDS)
def test_a_time_ends_in_at(table, column):
    assert (column.type == "time") == (column.name == "at" or column.name.endswith("_at"))


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=IDS)
def test_what_could_name_a_person_is_marked_personal(table, column):
    names = {"name", "email", "phone", "address", "postcode", "city", "birth_date", "comment"}
    assert column.personal == (column.name in names)


def test_money_has_the_currency_in_its_unit():
    assert all("currency" in column.unit for _, column in COLUMNS if column.type == "money")
