"""What a notebook reads of a client is noted, whatever way it reads it."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from cvclib import reads
from cvclib.client import Client
from cvclib.opened_files import only_looking
from cvclib.params import ClientFile
from cvclib.reads import BEYOND_TELLING, FILE_VARIABLE, digest_of, file_state, noted_in, setting_digest
from cvclib.sources import prepare_frames

OPENING = "setting:report.language"  # read by every client as it is opened
HERE = Path(__file__).parents[1]  # modules of the tests, imported before
ORDERS = pd.DataFrame(
    {"order_id": ["1", "2"], "customer_id": ["a", "b"], "ordered_at": ["2024-03-01", "2025-03-01"], "revenue": [10.0, 20.0]}
)
CUSTOMERS = pd.DataFrame({"customer_id": ["a", "b"], "segment": ["home", "office"]})


@pytest.fixture
def notes(tmp_path, monkeypatch):
    """The file of notes, wanted from here on."""
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "reads.jsonl"))
    return tmp_path / "reads.jsonl"


def settings(folder, **more):
    content = {"client": "A", "period": {"start": "2025-01-01", "end": "2025-12-31"}, "tables": {}, "targets": {"nps": 40}, **more}
    params = ClientFile.model_validate(content)
    params._path = folder / "a.yaml"
    return params


@pytest.fixture
def client(tmp_path, notes):
    """A client of a file, as a notebook would have it."""

    def make(segment="", **more):
        return Client(settings(tmp_path, **more), prepare_frames({"orders": ORDERS, "customers": CUSTOMERS}), segment)

    return make


def all_noted(place):
    with only_looking():
        return {name: digest for name, digest in (noted_in(place) or {}).items() if not name.startswith(f"file:{HERE}")}


def noted(place):
    return {name: digest for name, digest in all_noted(place).items() if name != OPENING}


def names(place):
    return sorted(noted(place))


def test_opening_a_client_reads_the_language_of_its_report_and_nothing_else(client, notes):
    client()
    assert list(all_noted(notes)) == [OPENING]


@pytest.mark.parametrize(
    ("read", "found"),
    [
        (lambda c: c.tables.orders, ["table:orders"]),
        (lambda c: c.tables["orders"], ["table:orders"]),
        (lambda c: c.whole("orders"), ["table:orders"]),
        (lambda c: c.numbered("orders"), ["table:orders"]),
        (lambda c: c.has("orders.margin", "tickets"), ["has:orders.margin", "has:tickets"]),
        (lambda c: c.missing("orders.margin"), ["has:orders.margin"]),
        (lambda c: c.require("orders"), ["has:orders"]),
        (lambda c: c.segments, ["has:customers.segment", "table:customers"]),
        (lambda c: c.table_names, ["tables"]),
        (lambda c: c.inventory, ["inventory"]),
        (lambda c: c.inventory_of(["orders"]), ["inventory:orders"]),
        (lambda c: c.sources, ["sources"]),
        (lambda c: c.sources_of(["orders", "tickets"]), ["sources:orders", "sources:tickets"]),
        (lambda c: c.checks, ["checks"]),
        (lambda c: c.rejected, ["rejected"]),
        (lambda c: c.params.currency, ["setting:currency"]),
        (lambda c: c.params.scales.csat, ["setting:scales"]),
        (lambda c: c.params.kpis.items(), ["setting:kpis"]),
        (lambda c: c.params.report.minimum_group, ["setting:report.minimum_group"]),
        (lambda c: c.params.targets.get("nps"), ["setting:targets.nps"]),
        (lambda c: "ces" in c.params.targets, ["setting:targets.ces"]),
        (lambda c: dict(c.params.targets), ["setting:targets", "setting:targets.nps"]),
        (lambda c: c.params.previous_findings, ["setting:previous_findings"]),
        (lambda c: c.params.review_file, ["setting:review_file"]),
        (lambda c: c.params.model_dump(), ["setting:*"]),
        (lambda c: repr(c.params), ["setting:*"]),
        (lambda c: c.params == c.params, ["setting:*"]),
        (lambda c: repr(c.params.report), ["setting:report"]),
        (lambda c: c.params.report.model_dump(), ["setting:report"]),
        (lambda c: c.params.path, []),
        (lambda c: c.period, ["setting:period"]),
        (lambda c: c.previous_period, ["setting:compare_with", "setting:period"]),
    ],
)  # fmt: skip
def test_each_way_of_reading_is_noted_and_nothing_else(client, notes, read, found):
    read(client())
    assert names(notes) == found


def test_who_asks_the_connection_himself_reads_all_tables_and_all_that_is_known_of_them(client, notes):
    client().connection  # noqa: B018
    assert names(notes) == ["checks", "inventory", "rejected", "sources", "table:customers", "table:orders", "tables"]


def test_a_segment_reads_the_customers_that_tell_who_is_in_it(client, notes):
    assert client(segment="office").tables.orders.count().to_pandas() == 1
    assert {"table:customers", "table:orders", "has:customers.segment"} <= set(names(notes))


def test_the_same_client_over_another_period_or_segment_shares_the_record(client, notes):
    c = client()
    before = c.beside(period=c.previous_period)
    assert before.in_period(before.tables.orders, "ordered_at").order_id.to_pandas().tolist() == ["1"]
    assert c.beside(segment="office").params.targets["nps"] == 40
    found = noted_in(notes)
    assert found["setting:period"] == setting_digest(settings(notes.parent), "period")
    assert {"table:orders", "table:customers", "setting:targets.nps"} <= set(found)


def test_a_client_made_otherwise_of_the_same_connection_shares_the_record(client, notes):
    c = client()
    assert Client(c.params, c.connection).params.currency == "EUR"
    assert {"setting:currency", "table:orders"} <= set(names(notes))


def test_two_periods_of_one_notebook_cannot_be_told_apart(client, notes, tmp_path):
    c = client()
    assert c.period != Client(settings(tmp_path).with_period("2025-07-01"), c.connection).period
    assert noted_in(notes)["setting:period"] is None


@pytest.mark.parametrize("other", ["another client file", "frames"])
def test_more_than_one_client_file_cannot_be_told(client, notes, other, tmp_path):
    c = client()
    if other == "frames":
        Client.from_frames({"orders": ORDERS})
    else:
        (tmp_path / "b").mkdir()
        Client(settings(tmp_path / "b"), c.connection)
    assert noted_in(notes)[BEYOND_TELLING] is None


def test_watched_settings_are_those_of_the_client_file(client, tmp_path):
    c, plain = client(), settings(tmp_path)
    assert c.params.targets == {"nps": 40}
    assert c.params == plain
    assert c.params.report == plain.report
    assert c.params.report.minimum_group == plain.report.minimum_group
    assert dict(c.params)["client"] == "A"
    assert c.params.resolve("x.csv") == plain.resolve("x.csv")
    assert c.params.previous_period == plain.previous_period
    assert c.params.model_copy(update={"currency": "USD"}).currency == "USD"
    with pytest.raises(AttributeError):
        c.params.curency  # noqa: B018


def test_a_file_that_is_named_counts_with_its_content(tmp_path):
    params = settings(tmp_path, previous_findings="before.json", linkage={"review": "review.xlsx"})
    found = []
    for content in ("{}", "[]"):
        (tmp_path / "before.json").write_text(content, encoding="utf-8")
        (tmp_path / "review.xlsx").write_text(content, encoding="utf-8")
        found.append({setting_digest(params, name) for name in ("previous_findings", "review_file", "*")})
    (tmp_path / "before.json").unlink()
    (tmp_path / "review.xlsx").unlink()
    found.append({setting_digest(params, name) for name in ("previous_findings", "review_file", "*")})
    assert len(set.union(*found)) == 9


def test_the_order_of_a_mapping_counts_as_it_may_be_shown(tmp_path):
    one, other = ({"nps": 40, "ces": 5}, {"ces": 5, "nps": 40})
    assert setting_digest(settings(tmp_path, targets=one), "targets") != setting_digest(settings(tmp_path, targets=other), "targets")


def test_a_value_from_the_environment_counts_as_what_it_stands_for(tmp_path, monkeypatch):
    from cvclib.params import load_client_file

    path = tmp_path / "a.yaml"
    orders = "{file: a.csv, columns: {order_id: nr, customer_id: k, ordered_at: day, channel: {value: '${REGION}'}}}"
    path.write_text(f"client: A\nperiod: {{start: 2025-01-01, end: 2025-12-31}}\ntables:\n  orders: {orders}\n", encoding="utf-8")
    found = [setting_digest(load_client_file(path, environment={"REGION": region}), "tables") for region in ("north", "south", "south")]
    assert found[0] != found[1] == found[2]


@pytest.mark.parametrize(
    "way", [lambda p: p.read_text(), lambda p: p.open("rb").close(), lambda p: pd.read_csv(p), lambda p: pd.read_csv(str(p))]
)
def test_a_file_that_the_notebook_opens_itself_is_noted_with_its_content(client, notes, tmp_path, monkeypatch, way):
    client()
    path = tmp_path / "prices.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    assert names(notes) == []
    path = tmp_path / "other.csv"
    os.link(tmp_path / "prices.csv", path)  # written by somebody else
    monkeypatch.chdir(tmp_path)
    way(path)
    assert noted(notes) == {f"file:{path}": digest_of(file_state(path))}


def test_a_file_that_is_looked_for_and_not_there_is_noted(client, notes, tmp_path):
    client()
    with pytest.raises(FileNotFoundError):
        (tmp_path / "none.csv").read_text(encoding="utf-8")
    assert noted(notes) == {f"file:{tmp_path / 'none.csv'}": digest_of([str(tmp_path / "none.csv"), None])}


def test_a_module_beside_the_notebook_is_a_file_that_it_reads(client, notes, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("cvc_imported_before", "cvc_imported_later"):
        (tmp_path / f"{name}.py").write_text("x = 1", encoding="utf-8")
        os.utime(tmp_path / f"{name}.py", (1e9, 1e9))
    subprocess.run([sys.executable, "-c", "import cvc_imported_later"], cwd=tmp_path, check=True)  # its bytecode is there
    importlib.import_module("cvc_imported_before")
    client()
    importlib.import_module("cvc_imported_later")
    for name in ("cvc_imported_before", "cvc_imported_later"):
        del sys.modules[name]
    assert {f"file:{tmp_path / name}.py" for name in ("cvc_imported_before", "cvc_imported_later")} <= set(names(notes))


@pytest.mark.parametrize("way", [lambda: subprocess.run([sys.executable, "-c", ""], check=True), lambda: os.system("true")])
def test_another_program_cannot_be_told(client, notes, way):
    client()
    way()
    assert noted_in(notes)[BEYOND_TELLING] is None


def test_libraries_the_system_and_the_cache_are_no_files_that_a_notebook_reads(client, notes, tmp_path, monkeypatch):
    monkeypatch.setenv("CVC_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "linkage").touch()
    client()
    for path in (pd.__file__, reads.__file__, "/proc/self/status", tmp_path / "cache" / "linkage"):
        Path(path).read_bytes()
    assert names(notes) == []


def test_a_record_that_cannot_be_read_is_none(tmp_path, notes):
    assert noted_in(tmp_path / "nowhere") is None
    notes.write_text('["table:orders", "1"]\n["table:', encoding="utf-8")
    assert noted_in(notes) is None
    notes.write_text("", encoding="utf-8")
    assert noted_in(notes) is None


def test_a_record_that_cannot_be_written_is_told(client, notes):
    c = client()
    notes.unlink(missing_ok=True)
    notes.mkdir()
    with pytest.raises(OSError, match="reads"):
        c.has("orders")


def test_the_record_holds_names_and_digests_only(client, notes):
    c = client(segment="office")
    c.tables.orders  # noqa: B018
    for line in notes.read_text(encoding="utf-8").splitlines():
        name, digest = json.loads(line)
        assert ":" in name
        assert "office" not in (digest or "")


def test_without_a_file_for_them_nothing_is_noted(tmp_path, monkeypatch):
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    plain = settings(tmp_path)
    c = Client(plain, prepare_frames({"orders": ORDERS}))
    assert c.params is plain
    assert c.beside(segment="").params is plain
