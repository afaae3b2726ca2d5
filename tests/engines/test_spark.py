"""The same questions on Spark and on DuckDB, in one session on this machine."""

import datetime as dt

import ibis
import pandas as pd
import pyarrow as pa
import pytest
from asked import Elsewhere, assert_alike, differences

from cvclib.client import Client
from cvclib.errors import InputError
from cvclib.steps import journeys

MOST_OF_A_FUNCTION = 1  # question of a function; its others differ in a column or a day, and each takes a tenth of a second


@pytest.fixture(scope="module")
def on_spark(spark, written):
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CVC_TEST_ENGINE", "pyspark://")
        yield Client.open(written.on_engine("on-spark.yaml", engine_rows="compare"))


def test_questions_of_every_function_of_the_steps_have_the_same_answer(asked, spark):
    assert differences(asked, Elsewhere(spark, asked), most_of_a_function=MOST_OF_A_FUNCTION) == {}


def test_the_same_cells_are_filled(in_files, on_spark):
    pd.testing.assert_frame_equal(on_spark.inventory, in_files.inventory)


def test_a_client_file_can_name_tables_of_spark(in_files, on_spark):
    assert on_spark.tables.interactions.get_backend().name == "pyspark"
    assert_alike(journeys.transitions(on_spark), journeys.transitions(in_files))


def test_moments_are_seen_in_the_clients_zone(spark, written, monkeypatch):
    moment = pa.array([dt.datetime(2025, 7, 1, 22, 30, tzinfo=dt.UTC)], pa.timestamp("us", tz="UTC"))
    rows = pa.table({"id": ["1"], "customer": ["a"], "at": moment})
    spark.session.createDataFrame(rows).createOrReplaceTempView("moments")
    monkeypatch.setenv("CVC_TEST_ENGINE", "pyspark://")
    columns = {"order_id": "id", "customer_id": "customer", "ordered_at": "at"}
    tables = {"orders": {"query": "SELECT * FROM moments", "columns": columns}}
    client = Client.open(written.on_engine("moments.yaml", tables=tables, timezone="Europe/Amsterdam"))
    assert client.tables.orders.ordered_at.to_pandas().tolist() == [pd.Timestamp("2025-07-02 00:30")]


def test_whole_hours_are_counted_where_the_clock_jumps(spark):
    """As on DuckDB: times are those of a clock on the wall, and a clock has no missing hour."""
    table = ibis.memtable({"a": pd.to_datetime(["2025-03-30 01:30"]), "b": pd.to_datetime(["2025-03-30 03:10"])})
    apart = table.b.delta(table.a, unit="hour")
    assert spark.execute(apart).tolist() == apart.to_pandas().tolist() == [2]


def test_a_session_that_cannot_be_had_is_told(monkeypatch):
    spark = pytest.importorskip("cvclib.sources.spark")

    class Refusing:
        def config(self, **settings):
            return self

        def getOrCreate(self):
            raise ConnectionRefusedError

    monkeypatch.setattr(spark.SparkSession, "builder", Refusing())
    with pytest.raises(InputError, match=r"Spark session that could not be had.*Java 17"):
        spark.connect("spark://nowhere:7077")
