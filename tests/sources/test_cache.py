"""Prepared tables are found again as long as nothing they are made of changes, and nobody can change them."""

import multiprocessing
import os
import stat
import sys
import time

import duckdb
import pytest

from cvclib.sources import cache, open_prepared, prepare

PRICES = {"prices": {"file": "../data/a.csv", "columns": {"brand": "b", "price": "p"}}}


@pytest.fixture
def prices(shop):
    shop.write("a.csv", "b,p\nx,1\n")
    return shop


def test_the_same_files_and_mapping_are_prepared_once(prices):
    first = prices.prepare(PRICES)
    changed = first.stat().st_ino
    assert prices.prepare(PRICES) == first
    assert first.stat().st_ino == changed


def test_a_changed_byte_makes_new_tables_even_within_the_same_size(prices):
    first = prices.prepare(PRICES)
    prices.write("a.csv", "b,p\nx,2\n")
    second = prices.prepare(PRICES)
    assert second != first
    assert open_prepared(second).table("prices").to_pandas()["price"].tolist() == [2]


def test_a_changed_mapping_check_scale_or_zone_makes_new_tables(prices):
    made = {prices.prepare(PRICES), prices.prepare(PRICES, timezone="Europe/Amsterdam"), prices.prepare(PRICES, scales={"csat": [1, 7]})}
    made.add(prices.prepare(PRICES, checks={"prices.price.sign": "reject"}))
    assert len(made) == 4


def test_what_does_not_touch_the_tables_makes_no_new_ones(prices):
    first = prices.prepare(PRICES)
    assert prices.prepare(PRICES, targets={"nps": 40.0}, currency="USD") == first
    os.utime(prices.folder / "data" / "a.csv", ns=(1, 1))
    assert prices.prepare(PRICES) == first


def test_changed_code_makes_new_tables(prices, monkeypatch):
    first = prices.prepare(PRICES)
    monkeypatch.setattr(cache, "code_digest", lambda: "other")
    assert prices.prepare(PRICES) != first


def test_the_code_that_counts_is_that_of_the_tables_and_of_all_modules_here(tmp_path):
    assert len(cache.code_digest()) == 64
    assert {"casting.py", "staging.py", "checking.py"} <= {path.name for path in cache.code_files()}


def test_a_file_that_has_not_changed_is_not_read_again(prices, monkeypatch):
    os.utime(prices.folder / "data" / "a.csv", (1e9, 1e9))
    prices.prepare(PRICES)
    monkeypatch.setattr(cache, "CHUNK_BYTES", "no number: reading would fail")
    prices.prepare(PRICES)


@pytest.mark.parametrize("seconds", [0, 10**6], ids=["now", "ahead, by a clock that was set back"])
def test_a_file_written_within_the_same_moment_is_read_again(prices, seconds):
    """A clock that ticks once in two seconds gives both contents, of one size, the same time."""
    file, moment = prices.folder / "data" / "a.csv", time.time_ns() + seconds * 10**9
    os.utime(file, ns=(moment, moment))
    first = prices.prepare(PRICES)
    file.write_text("b,p\nx,2\n", encoding="utf-8")
    os.utime(file, ns=(moment, moment))
    assert prices.prepare(PRICES) != first


def test_a_file_put_in_the_place_of_another_with_its_size_and_time_is_read(prices):
    file = prices.folder / "data" / "a.csv"
    os.utime(file, (1e9, 1e9))
    first = prices.prepare(PRICES)
    prices.write("b.csv", "b,p\nx,2\n")
    os.utime(prices.folder / "data" / "b.csv", (1e9, 1e9))
    (prices.folder / "data" / "b.csv").replace(file)
    assert prices.prepare(PRICES) != first


def test_a_changed_cell_a_changed_order_and_a_row_more_change_the_digest_of_their_table_only(prices):
    def digests():
        both = {**PRICES, "systems": {"file": "../data/s.csv", "columns": {"system": "s"}}}
        return dict(prices.open(both).meta("digests").to_numpy().tolist())

    prices.write("s.csv", "s\nCRM\n")
    found = []
    for content in ("x,1\ny,2\n", "x,1\ny,3\n", "y,2\nx,1\n", "x,1\ny,2\nz,3\n", "x,1\n", "x,1\nz,2\n"):
        prices.write("a.csv", f"b,p\n{content}")
        found.append(digests())
    assert len({digest["prices"] for digest in found}) == 6
    assert len({digest["systems"] for digest in found}) == 1
    prices.write("a.csv", "b,p,unmapped\nx,1,note\ny,2,\n")
    assert digests() == found[0]


def test_what_was_read_from_a_remote_engine_is_good_for_an_hour(prices):
    params = prices.params({"prices": {"table": "t", "columns": PRICES["prices"]["columns"]}}, engine="postgres://db/erp")
    place = prices.write("prepared.duckdb", "")
    assert cache.still_good(place, params)
    os.utime(place, (time.time() - 4000, time.time() - 4000))
    assert not cache.still_good(place, params)


def test_the_newest_three_versions_are_kept(prices):
    made = []
    for i in range(5):
        prices.write("a.csv", f"b,p\nx,{i}\n")
        made.append(prices.prepare(PRICES))
        time.sleep(0.01)
    assert [path.is_file() for path in made] == [False, False, True, True, True]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such mode")
def test_the_folder_is_for_its_owner_only(prices):
    folder = prices.prepare(PRICES).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_two_client_files_of_one_name_do_not_share_a_folder(prices, tmp_path):
    params = prices.params(PRICES)
    first = prepare(params).parent
    params._path = prices.folder / "data" / "a-client.yaml"
    assert cache.cache_folder(params) != first


def test_nothing_half_made_stays_behind(prices):
    prices.problems({"prices": {**PRICES["prices"], "columns": {"brand": {"value": "x"}, "price": {"value": "y"}}}})
    assert not list(cache.cache_folder(prices.params(PRICES)).glob("*.duckdb"))
    assert not list(cache.cache_folder(prices.params(PRICES)).glob(".preparing-*"))


def _prepare(params, start, results):
    start.wait()
    results.put(str(prepare(params)))


def test_two_processes_may_prepare_the_same_at_once(prices):
    prices.write("a.csv", "b,p\n" + "".join(f"x{i},1\n" for i in range(20_000)))
    context = multiprocessing.get_context("spawn")
    start, results = context.Event(), context.Queue()
    workers = [context.Process(target=_prepare, args=(prices.params(PRICES), start, results)) for _ in range(2)]
    for worker in workers:
        worker.start()
    start.set()
    made = {results.get(timeout=300) for _ in workers}
    for worker in workers:
        worker.join()
    assert len(made) == 1
    assert open_prepared(made.pop()).table("prices").count().to_pandas() == 20_000


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE prices", "INSERT INTO prices VALUES ('y', 2)", "SELECT * FROM read_csv('/etc/passwd')", "COPY prices TO 'x.csv'",
        "ATTACH 'x.duckdb'", "INSTALL httpfs", "LOAD httpfs", "SET enable_external_access = true", "SET autoinstall_known_extensions = true",
    ],
)  # fmt: skip
def test_prepared_tables_can_only_be_read(prices, sql):
    backend = open_prepared(prices.prepare(PRICES))
    with pytest.raises(duckdb.Error):
        backend.raw_sql(sql)
    assert backend.table("prices").count().to_pandas() == 1


def test_the_same_tables_can_be_open_twice_in_one_process(prices):
    path = prices.prepare(PRICES)
    one, two = open_prepared(path), open_prepared(path)
    one.disconnect()
    assert two.table("prices").to_pandas()["brand"].tolist() == ["x"]
