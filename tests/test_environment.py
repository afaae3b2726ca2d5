"""`environment.yml` gives conda users the same dependencies as `pyproject.toml`."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

# conda-forge's name, where it is another than the Python package index's.
CONDA_NAMES = {
    "duckdb": "python-duckdb",
    "great-tables": "great_tables",
    "ibis-framework[duckdb]": "ibis-duckdb",
    "ibis-framework[postgres]": "ibis-postgres",
    "playwright": "playwright-python",
    "psycopg[binary]": "psycopg",
}


def name_and_bounds(requirement):
    name, bounds = re.fullmatch(r"([\w.\-]+(?:\[\w+\])?)\s*(.*)", requirement).groups()
    return CONDA_NAMES.get(name, name), bounds


def lines_of(environment):
    """What conda installs, and what it has pip install."""
    listed = environment["dependencies"]
    return [line for entry in listed for line in (entry["pip"] if isinstance(entry, dict) else [entry])]


@pytest.fixture(scope="module")
def environment():
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def test_names_and_bounds_are_those_of_the_project(environment):
    wanted = dict(map(name_and_bounds, [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]))
    given = dict(map(name_and_bounds, lines_of(environment)))
    assert given.pop("pip") == ""
    assert given.pop("python").split(",")[0] == PROJECT["requires-python"]
    assert given == wanted


def test_nothing_is_listed_twice_and_one_channel_serves_all(environment):
    names = [name_and_bounds(line)[0] for line in lines_of(environment)]
    assert len(names) == len(set(names))
    assert environment["channels"] == ["conda-forge", "nodefaults"]
