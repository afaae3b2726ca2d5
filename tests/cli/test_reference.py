"""`cvc schema` and `cvc template`; and that what is stored of them is current."""

import csv
import io
import json
from pathlib import Path

import pytest

from cvclib.cli.reference import current_schema
from cvclib.schema import schema_text
from cvclib.schema_page import client_file_page
from cvclib.tables import TABLES
from cvclib.templates import tables_page

ROOT = Path(__file__).resolve().parents[2]


class TestTemplate:
    @pytest.mark.parametrize("name", TABLES)
    def test_of_a_table_is_its_header_row(self, cvc, name):
        result = cvc("template", name)
        assert result.exit_code == 0
        assert list(csv.reader(io.StringIO(result.stdout))) == [list(TABLES[name].column_names)]

    def test_list_names_each_table_and_what_a_row_is(self, cvc):
        lines = cvc("template", "--list").stdout.splitlines()
        assert [line.split()[0] for line in lines] == list(TABLES)
        assert lines[0].endswith("a customer in the CRM")

    def test_all_writes_one_file_a_table_and_overwrites_none(self, cvc, here):
        result = cvc("template", "--all", "--out", "new")
        assert result.exit_code == 0
        assert sorted(path.stem for path in (here / "new").iterdir()) == sorted(TABLES)
        again = cvc("template", "--all", "--out", "new")
        assert again.exit_code == 2
        assert "new/orders.csv: found a file that is there already; expected a free place." in again.stderr

    def test_all_needs_a_place(self, cvc):
        result = cvc("template", "--all")
        assert (result.exit_code, "--out DIR" in result.stderr) == (2, True)

    def test_of_a_table_that_is_none_is_told_with_the_nearest(self, cvc):
        result = cvc("template", "custmers")
        assert result.exit_code == 2
        assert result.stderr == "cvc template: found table 'custmers'; expected a canonical table. Did you mean 'customers'?\n"

    @pytest.mark.parametrize("call", [[], ["orders", "--list"], ["--docs", "--all"]])
    def test_takes_one_request_at_a_time(self, cvc, call):
        result = cvc("template", *call)
        assert (result.exit_code, "Name one table, or give one of" in result.stderr) == (2, True)

    def test_can_be_written_to_a_file(self, cvc, here):
        assert cvc("template", "prices", "--out", "prices.csv").exit_code == 0
        assert (here / "prices.csv").read_bytes() == b"brand,component,price,measure,weight\n"


class TestSchema:
    def test_is_printed_or_written(self, cvc, here):
        printed = cvc("schema")
        assert printed.exit_code == 0
        assert json.loads(printed.stdout)["properties"]["client"]
        assert cvc("schema", "--out", "a/b.json").exit_code == 0
        assert (here / "a" / "b.json").read_text(encoding="utf-8") == printed.stdout


def test_the_schema_in_the_repository_is_current():
    stored = (ROOT / "schema" / "client.schema.json").read_text(encoding="utf-8")
    assert stored == schema_text(current_schema()), "run: cvc schema --out schema/client.schema.json"


def test_the_page_of_the_client_file_in_the_repository_is_current(cvc):
    stored = (ROOT / "docs" / "client_file.md").read_text(encoding="utf-8")
    assert stored == client_file_page(current_schema()), "run: cvc schema --docs --out docs/client_file.md"
    assert stored == cvc("schema", "--docs").stdout


def test_the_page_of_the_client_file_names_every_key_of_the_schema():
    schema = current_schema()
    page = client_file_page(schema)
    parts = [schema, *(part for name, part in schema["$defs"].items() if not name.startswith("table_") and "properties" in part)]
    assert not [name for part in parts for name in part["properties"] if f"`{name}`" not in page]


def test_the_page_of_the_tables_in_the_repository_is_current():
    stored = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    assert stored == tables_page(), "run: cvc template --docs --out docs/tables.md"


@pytest.mark.parametrize("path", sorted((ROOT / "params").rglob("*.yaml")), ids=lambda path: path.stem)
def test_every_client_file_points_its_editor_to_the_schema(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    assert (path.parent / first.split("=")[1]).resolve() == ROOT / "schema" / "client.schema.json"
