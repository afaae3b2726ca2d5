"""The engine's memory and where it spills: what does not fit is put down beside the client's prepared tables, and cleared away."""

import os
import subprocess
import sys

import duckdb
import pytest

from cvclib.client import Client
from cvclib.sources import spilling
from cvclib.sources.preparing import open_prepared
from cvclib.sources.spilling import LIMIT_VARIABLE, engine_memory, spill_folder


@pytest.fixture
def numbers(tmp_path):
    """Prepared tables: one of three million long texts."""
    place = tmp_path / "kept" / "numbers.duckdb"
    place.parent.mkdir()
    with duckdb.connect(str(place)) as con:
        con.execute("CREATE TABLE numbers AS SELECT range AS n FROM range(3000000)")
    return place


@pytest.mark.parametrize("given", ["200MB", "1.5 GiB"])
def test_the_environment_says_how_much_memory_an_engine_takes(given, monkeypatch):
    monkeypatch.setenv(LIMIT_VARIABLE, given)
    assert engine_memory() == given


@pytest.mark.parametrize(("machine", "engine"), [(2 * 10**9, 500_000_000), (16 * 10**9, 2_000_000_000), (10**12, 3_000_000_000)])
def test_an_eighth_of_the_machine_within_bounds_is_taken_otherwise(machine, engine, monkeypatch):
    monkeypatch.setenv(LIMIT_VARIABLE, "a lot")
    monkeypatch.setattr(spilling, "_machine_bytes", lambda: machine)
    assert engine_memory() == f"{engine}B"


def test_a_table_larger_than_the_engines_memory_is_put_down_beside_the_prepared_tables_and_cleared_away(numbers, monkeypatch):
    """200 bytes a row: 600 MB, of which 150 MB fit."""
    monkeypatch.setenv(LIMIT_VARIABLE, "150MB")
    connection = open_prepared(numbers)
    table = connection.table("numbers")
    wide = table.mutate(text=table.n.cast("string").lpad(20, "0") + (table.n.cast("string") + "|").repeat(20)).cache()

    assert int(wide.text.length().count().to_pandas()) == 3_000_000
    assert [path.name for path in numbers.parent.iterdir() if path.name.startswith(".spill-")]
    wide.release()
    connection.disconnect()
    assert [path.name for path in numbers.parent.iterdir()] == ["numbers.duckdb"]


def test_what_a_killed_process_left_is_removed_and_what_another_uses_is_not(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    own = spill_folder(tmp_path)
    left = tmp_path / own.name.replace(f"-{os.getpid()}-", f"-{gone.pid}-")
    other_machine = tmp_path / f".spill-another-{gone.pid}-0"
    for folder in (own, left, other_machine):
        folder.mkdir()

    spill_folder(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([own.name, other_machine.name])


def test_a_clients_engine_is_bounded(monkeypatch, tmp_path):
    monkeypatch.setenv("CVC_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv(LIMIT_VARIABLE, "1GiB")
    (tmp_path / "orders.csv").write_text("order_id,customer_id,ordered_at\n1,a,2025-01-02\n")
    (tmp_path / "c.yaml").write_text(
        "client: C\nperiod: {start: 2025-01-01, end: 2025-12-31}\ntables:\n  orders:\n    file: orders.csv\n"
        "    columns: {order_id: order_id, customer_id: customer_id, ordered_at: ordered_at}\n"
    )
    connection = Client.open(tmp_path / "c.yaml").connection

    settings = connection.raw_sql("SELECT current_setting('memory_limit'), current_setting('temp_directory')").fetchone()

    assert settings[0] == "1.0 GiB"
    assert settings[1].startswith(str(tmp_path / "cache"))
