"""A connection to tables that do not change answers the same question once."""

import gc
import weakref

import ibis
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.sources import remembering
from cvclib.sources.remembering import remember_answers


@pytest.fixture
def connection():
    found = ibis.duckdb.connect()
    found.create_table("orders", pd.DataFrame({"revenue": [10.0, 20.0, 30.0]}))
    found.asked = []
    execute = found.execute
    found.execute = lambda expr, **settings: (found.asked.append(expr), execute(expr, **settings))[1]
    return remember_answers(found)


def test_the_same_question_is_put_to_the_engine_once(connection):
    for _ in range(3):
        orders = connection.table("orders")
        assert orders.filter(orders.revenue > 10).count().to_pandas() == 2

    assert len(connection.asked) == 1


def test_questions_that_differ_in_a_number_only_are_different(connection):
    orders = connection.table("orders")

    assert [orders.filter(orders.revenue > least).count().to_pandas() for least in (5, 15, 25)] == [3, 2, 1]


def test_an_answer_that_is_changed_does_not_change_the_next(connection):
    orders = connection.table("orders").order_by("revenue")
    changed = orders.to_pandas()
    changed.loc[0, "revenue"] = -1.0

    assert orders.to_pandas()["revenue"].tolist() == [10, 20, 30]


def test_a_limit_is_part_of_the_question(connection):
    orders = connection.table("orders")

    assert (len(orders.to_pandas(limit=1)), len(orders.to_pandas())) == (1, 3)


def test_a_large_answer_is_not_kept(connection, monkeypatch):
    monkeypatch.setattr(remembering, "MOST_ROWS", 2)
    for _ in range(2):
        connection.table("orders").to_pandas()

    assert len(connection.asked) == 2


def test_a_client_let_go_lets_its_tables_go_too():
    """A notebook that opens its client again and again would hold them all otherwise."""
    client = Client.from_frames({"orders": pd.DataFrame({"order_id": ["1"], "customer_id": "a", "ordered_at": ["2025-03-01"]})})
    cached = client.tables.orders.mutate(twice=ibis._.order_id + ibis._.order_id).cache()
    beside = ibis.memtable({"order_id": ["1"], "weight": [2]})
    assert cached.join(beside, "order_id").count().to_pandas() == 1
    connection = weakref.ref(client.connection)

    del client, cached, beside
    gc.collect()  # the client, then what it held
    gc.collect()

    assert connection() is None
