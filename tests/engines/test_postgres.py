"""The same questions on PostgreSQL and on DuckDB: every answer alike, and no row kept of what lies on the server."""

import duckdb
import ibis
import pandas as pd
import pytest
from asked import Elsewhere, assert_alike, differences
from click.testing import CliRunner

from cvclib.cli import cli
from cvclib.client import Client
from cvclib.errors import InputError
from cvclib.params import load_client_file
from cvclib.sources import prepare
from cvclib.steps import handoffs, journeys, linkage, referral_tree, touchpoint_value

ORDERS = {"order_id": "order_id", "customer_id": "customer_id", "ordered_at": "ordered_at", "revenue": "revenue"}


@pytest.fixture
def connected(loaded, monkeypatch):
    monkeypatch.setenv("CVC_TEST_ENGINE", loaded.address("reader"))
    return loaded


@pytest.fixture(scope="module")
def compared(loaded, written):
    """The client with its rows on the server, personal columns read too."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CVC_TEST_ENGINE", loaded.address("reader"))
        client = Client.open(written.on_engine(engine_rows="compare"))
        yield client
        client.connection.disconnect()


def test_every_question_of_the_steps_has_the_same_answer(asked, loaded):
    """As they are asked: some five hundred, of all steps, whatever is put aside on the way."""
    from cvclib.sources.staying import connect

    backend = connect(loaded.address("reader"))
    try:
        assert len(asked.answers) > 400
        assert differences(asked, Elsewhere(backend, asked)) == {}
    finally:
        backend.disconnect()


def test_the_same_cells_are_filled(in_files, compared):
    pd.testing.assert_frame_equal(compared.inventory, in_files.inventory)


def test_each_table_holds_the_same_rows(in_files, compared):
    for name in in_files.table_names:
        assert_alike(compared.tables[name].to_pandas(), in_files.tables[name].to_pandas())


@pytest.mark.parametrize("role", ["reader", "strict"])
def test_steps_have_the_same_results_in_a_role_that_may_write_nothing(role, loaded, written, in_files, monkeypatch):
    """The second role may not even make temporary tables."""
    monkeypatch.setenv("CVC_TEST_ENGINE", loaded.address(role))
    client = Client.open(written.on_engine(engine_rows="compare"))
    for function in (journeys.transitions, handoffs.handoffs, referral_tree.referral_edges, touchpoint_value.cost_by_kind):
        there, here = function(client), function(in_files)
        assert_alike(*(x if isinstance(x, pd.DataFrame) else x.to_pandas() for x in (there, here)))
    client.connection.disconnect()


def test_records_are_linked_alike(compared, in_files):
    assert_alike(linkage.match_pairs(compared), linkage.match_pairs(in_files))


def test_no_row_is_kept_here(compared):
    with duckdb.connect(str(prepare(compared.params)), read_only=True) as con:
        schemas = con.sql("SELECT DISTINCT schema_name FROM duckdb_tables()").fetchall()
    assert schemas == [("meta",)]


def test_rows_stay_and_personal_columns_are_unread_unless_the_client_file_says_otherwise(connected, written):
    client = Client.open(written.on_engine())
    assert client.tables.orders.get_backend().name == "postgres"
    assert client.has("customers.segment")
    assert not client.has("customers.name") and not client.has("survey.comment")
    assert client.tables.customers.name.count().to_pandas() == 0
    client.connection.disconnect()


def test_rows_can_be_copied_where_the_client_file_says_so(connected, written, in_files):
    client = Client.open(written.on_engine("copied.yaml", engine_rows="copy"))
    assert client.tables.orders.get_backend().name == "duckdb"
    assert_alike(client.tables.orders.to_pandas(), in_files.tables.orders.to_pandas())


def test_what_cannot_be_asked_of_the_server_is_told(connected, written):
    tables = {"orders": {"table": "orders", "where": "revenue > 0", "columns": ORDERS}}
    with pytest.raises(InputError, match=r"'where'.*engine_rows: copy"):
        prepare(load_client_file(written.on_engine("where.yaml", tables=tables)))


def test_repeated_keys_are_left_out_and_counted(connected, written):
    columns = ", ".join(ORDERS)
    query = f"SELECT {columns} FROM orders UNION ALL SELECT {columns} FROM orders"
    client = Client.open(written.on_engine("twice.yaml", tables={"orders": {"query": query, "columns": ORDERS}}))
    n_orders = client.tables.orders.count().to_pandas()
    assert n_orders == client.tables.orders.order_id.nunique().to_pandas()
    assert dict(client.checks.set_index("check")["n"])["orders.duplicate_key"] == n_orders
    client.connection.disconnect()


@pytest.mark.parametrize(
    ("number", "digits", "rounded"), [(26.5, None, 27), (27.5, None, 28), (-26.5, None, -27), (2.25, 1, 2.3), (-0.15, 1, -0.2)]
)
def test_of_two_nearest_numbers_the_one_further_from_zero_is_taken(number, digits, rounded, loaded):
    """As DuckDB does; PostgreSQL itself takes the even one."""
    from cvclib.sources.staying import connect

    value = ibis.memtable({"x": [number]}).x.sum()
    backend = connect(loaded.address("reader"))
    assert backend.execute(value.round() if digits is None else value.round(digits)) == pytest.approx(rounded)
    backend.disconnect()


def test_a_lost_connection_is_told_without_a_traceback_and_ends_with_status_2(connected, written, monkeypatch, tmp_path):
    monkeypatch.setenv("CVC_CACHE_DIR", str(tmp_path))
    client = Client.open(written.on_engine())
    assert client.tables.orders.count().to_pandas() > 0
    connected.stop()
    try:
        with pytest.raises(InputError, match=r"refused or lost.*run again"):
            client.tables.orders.revenue.sum().to_pandas()
        outcome = CliRunner().invoke(cli, ["check", str(written.on_engine("new.yaml", client="Another"))])
        assert outcome.exit_code == 2
        assert "Traceback" not in outcome.output and connected.address("reader") not in outcome.output
    finally:
        connected.start()
        client.connection.disconnect()
