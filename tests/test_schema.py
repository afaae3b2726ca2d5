"""The JSON Schema of a client file: what an editor completes and underlines."""

import datetime as dt
from pathlib import Path

import jsonschema
import pytest

from cvclib.params import FIRST_LINE
from cvclib.schema import client_file_schema, schema_text
from cvclib.tables import TABLES
from cvclib.yaml_text import read_yaml

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = {"advocacy": {"client_file": "x.yaml", "segment": "", "min_responses": 30}}
MINIMAL = {
    "client": "A",
    "period": {"start": "2025-01-01", "end": "2025-12-31"},
    "tables": {"prices": {"file": "a.csv", "columns": {"brand": "Brand", "price": {"from": "Price", "decimal": ","}}}},
}


@pytest.fixture(scope="module")
def validator():
    return jsonschema.Draft202012Validator(client_file_schema(kpis={"nps": "net promoter score, in points"}, settings=SETTINGS))


def as_an_editor_sees_it(value):
    """YAML tools for JSON Schema hand a date on as its text."""
    if isinstance(value, dict):
        return {key: as_an_editor_sees_it(x) for key, x in value.items()}
    if isinstance(value, list):
        return [as_an_editor_sees_it(x) for x in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def test_the_schema_itself_is_right(validator):
    jsonschema.Draft202012Validator.check_schema(validator.schema)


@pytest.mark.parametrize("path", sorted((ROOT / "params").rglob("*.yaml")), ids=lambda path: path.stem)
def test_the_client_files_of_the_repository_fit_it(path):
    schema = client_file_schema()
    assert not list(jsonschema.Draft202012Validator(schema).iter_errors(as_an_editor_sees_it(read_yaml(path).root.plain())))


def test_every_canonical_table_and_column_is_completed(validator):
    tables = validator.schema["properties"]["tables"]["properties"]
    assert list(tables) == list(TABLES)
    for name, table in TABLES.items():
        columns = validator.schema["$defs"][f"table_{name}"]["properties"]["columns"]["properties"]
        assert list(columns) == list(table.column_names)
        assert all(column["description"] for column in columns.values())


@pytest.mark.parametrize(
    "change",
    [
        {"curency": "EUR"},
        {"tables": {"custmers": MINIMAL["tables"]["prices"]}},
        {"tables": {"prices": {"file": "a.csv", "columns": {"prize": "x"}}}},
        {"tables": {"prices": {"file": "a.csv"}}},
        {"tables": {"prices": {"colums": {}, "file": "a.csv", "columns": {}}}},
        {"targets": {"npss": 40}},
        {"targets": {"nps": "forty"}},
        {"steps": {"advocasy": {}}},
        {"steps": {"advocacy": {"min_response": 3}}},
        {"steps": {"advocacy": {"min_responses": "many"}}},
        {"chapters": ["own/8_supply.ipynb"], "steps": {"supply": {"most": [1, 2]}}},
        {"chapters": "own/8_supply.ipynb"},
        {"report": {"accent": "blue"}},
        {"report": {"minimum_group": 0}},
        {"period": {"start": "2025-01-01"}},
        {"currency": "euro"},
    ],
)
def test_a_mistake_is_underlined(validator, change):
    assert validator.is_valid(MINIMAL)
    assert not validator.is_valid({**MINIMAL, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"targets": {"nps": 40}},
        {"steps": {"advocacy": {"min_responses": 20, "segment": "Hotels"}}},
        {"tables": {"prices": [MINIMAL["tables"]["prices"]] * 2}},
        {"tables": {"prices": {"file": ["a.csv", "b.csv"], "columns": {"brand": 2024, "price": {"value": 3.5}}}}},
        {"compare_with": None},
        {"chapters": ["own/8_supply.ipynb"], "steps": {"supply": {"most": 3}}},
        {"report": {"accent": "#0b5cad"}},
    ],
)
def test_what_is_right_is_not(validator, change):
    assert validator.is_valid({**MINIMAL, **change})


def test_nothing_of_pydantic_is_left_in_it(validator):
    text = schema_text(validator.schema)
    assert '"hint"' not in text
    assert ">>>" not in text
    assert text.endswith("}\n")
    assert text.count('"title"') == 1


def test_the_line_that_files_begin_with_is_the_documented_one():
    assert (ROOT / "params" / "nordic-beds.yaml").read_text(encoding="utf-8").splitlines()[0] == FIRST_LINE
