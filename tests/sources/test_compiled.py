"""SQL is worked out once for questions that are made alike, and never shared by two that are not."""

import os
import time

import ibis
import pandas as pd
import pytest

from cvclib.sources import compiled
from cvclib.sources.compiled import KEPT_DAYS, keep_compiled, prune_compiled


@pytest.fixture
def connect(monkeypatch, tmp_path):
    """Connections to a table of orders, each as of a new process; what they work out is listed."""
    monkeypatch.setenv("CVC_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(compiled, "_in_memory", {})

    def connect(*, on_disk=True):
        compiled._in_memory.clear()
        found = ibis.duckdb.connect()
        found.create_table("orders", pd.DataFrame({"id": [1, 2, 3], "revenue": [10.0, 20.0, 30.0], "country": ["nl", "de", "nl"]}))
        found.worked_out = []
        compile_ = found.compile
        found.compile = lambda expr, **settings: (found.worked_out.append(expr), compile_(expr, **settings))[1]
        return keep_compiled(found, on_disk=on_disk)

    return connect


def files(tmp_path):
    return sorted(path for path in (tmp_path / "cache" / "sql").glob("*/*"))


def total(connection, least=15):
    orders = connection.table("orders")
    return orders.filter(orders.revenue > least).revenue.sum().to_pandas()


class TestTheSameQuestion:
    def test_is_worked_out_once_in_a_process(self, connect):
        connection = connect(on_disk=False)

        assert [total(connection) for _ in range(3)] == [50.0] * 3
        assert len(connection.worked_out) == 1

    def test_is_not_worked_out_again_by_the_next_process(self, connect):
        assert total(connect()) == 50.0
        second = connect()

        assert total(second) == 50.0
        assert second.worked_out == []

    def test_is_found_again_though_made_up_names_of_tables_differ(self, connect):
        def joined(connection):
            said = ibis.memtable({"country": ["nl"], "name": ["Netherlands"]})
            orders = connection.table("orders").filter(lambda t: t.revenue > 5).cache()
            return orders.join(said, "country").join(orders.view(), "id").order_by("id").select("id", "name").to_pandas()

        joined(connect())
        second = connect()

        assert joined(second).to_dict("list") == {"id": [1, 3], "name": ["Netherlands"] * 2}
        assert len(second.worked_out) == 0

    def test_keeps_line_ends_and_marks_of_its_texts(self, connect):
        question = connect().table("orders").mutate(text=ibis.literal("a\r\nb'\x00"[:-1])).text.max()
        sql = connect().compile(question)

        second = connect()
        assert second.compile(question) == sql
        assert second.worked_out == []


class TestQuestionsThatDiffer:
    @pytest.mark.parametrize(
        "ask",
        [
            lambda t, i: t.filter(t.revenue > (10, 20)[i]).count(),
            lambda t, i: t.revenue.max() + (1, 1.0)[i],
            lambda t, i: t.mutate(x=ibis.literal((1, True)[i])).x.max(),
            lambda t, i: (t.revenue.max(), t.revenue.min())[i],
            lambda t, i: t.order_by((t.id, t.id.desc())[i]).limit(2),
            lambda t, i: t.limit((1, 2)[i]),
            lambda t, i: t.drop(("id", "country")[i]),
            lambda t, i: t.mutate(x=ibis.literal((None, "None")[i], type="string")).x.max(),
            lambda t, i: t.rename(**{("a", "b")[i]: "id"}),
            lambda t, i: t.join(*((t.view(), "id"), (ibis.memtable({"id": [1]}), "id"))[i]),
            lambda t, i: t.revenue.cast(("int64", "int32")[i]).max(),
        ],
    )
    def test_have_sql_of_their_own(self, connect, ask):
        connection = connect()
        questions = [ask(connection.table("orders"), i).as_table() for i in (0, 1)]

        assert [connection.compile(q) for q in questions] == [ibis.to_sql(q, dialect="duckdb", pretty=False) for q in questions]

    def test_two_made_up_tables_are_not_taken_for_one(self, connect):
        connection = connect()
        first, second = (ibis.memtable({"x": [value]}) for value in (1, 2))
        pairs = [(first, second), (second, first), (first, first.view())]

        found = [connection.execute(a.cross_join(b.rename(y="x"))).iloc[0].tolist() for a, b in pairs]
        assert found == [[1, 2], [2, 1], [1, 1]]

    def test_a_limit_of_the_caller_counts(self, connect):
        connection = connect()
        orders = connection.table("orders")

        assert [len(connection.execute(orders, limit=limit)) for limit in (1, 2, None)] == [1, 2, 3]


class TestWhatIsNotKept:
    def test_functions_written_in_python(self, connect, tmp_path):
        @ibis.udf.scalar.python
        def doubled(x: float) -> float:
            return 2 * x

        connection = connect()
        assert connection.execute(doubled(connection.table("orders").revenue).max()) == 60.0
        assert files(tmp_path) == []

    def test_texts_with_the_mark_itself(self, connect, tmp_path):
        connection = connect()
        orders = connection.table("orders")

        assert connection.execute(orders.mutate(x=orders.country + "\x1f0\x1f").x.max()) == "nl\x1f0\x1f"
        assert files(tmp_path) == []


class TestTheFolder:
    def test_a_text_that_was_cut_off_is_worked_out_anew(self, connect, tmp_path):
        total(connect())
        (place,) = files(tmp_path)
        whole = place.read_bytes()
        place.write_bytes(whole[:-9])
        second = connect()

        assert total(second) == 50.0
        assert len(second.worked_out) == 1
        assert place.read_bytes() == whole

    def test_where_it_cannot_be_written_questions_are_answered(self, connect, tmp_path):
        (tmp_path / "cache").write_text("in the way")

        assert total(connect()) == 50.0

    def test_it_is_for_its_owner_only(self, connect, tmp_path):
        total(connect())

        assert (tmp_path / "cache" / "sql").stat().st_mode & 0o077 == 0

    def test_what_nobody_asks_for_goes_and_what_is_asked_for_stays(self, connect, tmp_path):
        connection = connect()
        total(connection, 5)
        (asked,) = files(tmp_path)
        total(connection, 25)
        (unasked,) = set(files(tmp_path)) - {asked}
        long_ago = time.time() - (KEPT_DAYS + 1) * 86_400
        for place in (asked, unasked):
            os.utime(place, (long_ago, long_ago))
        total(connect(), 5)
        prune_compiled()

        assert files(tmp_path) == [asked]

    def test_it_is_looked_through_once_a_day(self, connect, tmp_path):
        total(connect())
        (place,) = files(tmp_path)
        prune_compiled()
        long_ago = time.time() - (KEPT_DAYS + 1) * 86_400
        os.utime(place, (long_ago, long_ago))
        prune_compiled()
        assert files(tmp_path) == [place]
        yesterday = time.time() - 86_401
        os.utime(place.parents[1] / ".pruned", (yesterday, yesterday))
        prune_compiled()
        assert files(tmp_path) == []
