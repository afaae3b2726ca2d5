"""`verify`: what has changed since a report was made is found, and nothing else."""

import json

import pytest

from cvclib.errors import InputError
from cvclib.params import load_client_file
from cvclib.render.digests import file_digest
from cvclib.render.verifying import BLANK, all_hold, input_digests, meta_of, name_of_input, sealed, verify


@pytest.fixture
def made(tmp_path):
    """A working folder with a client file, its data, a report and a file beside it."""
    (tmp_path / "params").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "orders & more.csv").write_text("order_id,customer_id,ordered_at\n1,a,2025-02-03\n", encoding="utf-8")
    client_file = tmp_path / "params" / "acme.yaml"
    client_file.write_text(
        "client: Acme\ncurrency: EUR\nperiod: {start: 2025-01-01, end: 2025-12-31}\n"
        "tables:\n  orders: {file: ../data/orders & more.csv, columns: {order_id: order_id, customer_id: customer_id, ordered_at: ordered_at}}\n",
        encoding="utf-8",
    )
    folder = tmp_path / "reports" / "acme"
    folder.mkdir(parents=True)
    (folder / "acme-findings.json").write_text("{}", encoding="utf-8")
    inputs = meta_of(input_digests(load_client_file(client_file))).replace("&", "&amp;").replace('"', "&#34;")
    beside = meta_of({"acme-findings.json": file_digest(folder / "acme-findings.json")}).replace('"', "&#34;")
    page = (
        f'<html><head><meta name="cvc-digest" content="{BLANK}">\n<meta name="cvc-inputs" content="{inputs}">\n'
        f'<meta name="cvc-beside" content="{beside}"></head><body>Text</body></html>'
    )
    (folder / "acme.html").write_text(sealed(page), encoding="utf-8")
    return tmp_path


def verdicts(made, client=True):
    return {one.name: one.verdict for one in verify(made / "reports/acme/acme.html", made / "params/acme.yaml" if client else None)}


def test_what_nobody_touched_is_the_same(made):
    assert verdicts(made) == {"acme.html": "same", "acme-findings.json": "same", "data/orders & more.csv": "same"}


def test_a_letter_changed_in_the_page_is_found(made):
    page = made / "reports/acme/acme.html"
    page.write_text(page.read_text(encoding="utf-8").replace("Text", "Tekst"), encoding="utf-8")
    assert verdicts(made)["acme.html"] == "changed"


def test_a_changed_digest_in_the_page_is_found(made):
    page = made / "reports/acme/acme.html"
    old = file_digest(made / "reports/acme/acme-findings.json")
    page.write_text(page.read_text(encoding="utf-8").replace(old, "0" * 64), encoding="utf-8")
    assert verdicts(made) == {"acme.html": "changed", "acme-findings.json": "changed", "data/orders & more.csv": "same"}


def test_a_changed_a_missing_and_a_further_input_are_found(made):
    data = made / "data" / "orders & more.csv"
    data.write_text(data.read_text(encoding="utf-8") + "2,b,2025-03-04\n", encoding="utf-8")
    assert verdicts(made)["data/orders & more.csv"] == "changed"
    client_file = made / "params/acme.yaml"
    client_file.write_text(client_file.read_text(encoding="utf-8").replace("orders & more", "other"), encoding="utf-8")
    data.rename(made / "data" / "other.csv")
    assert verdicts(made) | {"acme.html": ""} == {
        "acme.html": "", "acme-findings.json": "same", "data/orders & more.csv": "missing", "data/other.csv": "changed",
    }  # fmt: skip


def test_what_lies_beside_it_no_more_is_missing(made):
    (made / "reports/acme/acme-findings.json").unlink()
    assert verdicts(made)["acme-findings.json"] == "missing"


def test_without_the_client_file_inputs_are_named_but_not_looked_at(made):
    assert verdicts(made, client=False)["data/orders & more.csv"] == "not looked at"
    assert all_hold(verify(made / "reports/acme/acme.html"))


@pytest.mark.parametrize("content", [b"<p>a page</p>", b"\xff\xfe\x00", b'<meta name="cvc-digest" content="123">'])
def test_what_is_no_report_is_refused(tmp_path, content):
    path = tmp_path / "x.html"
    path.write_bytes(content)
    with pytest.raises(InputError, match="cvc render"):
        verify(path)


def test_names_of_inputs_never_hold_a_folder_of_the_machine(made, tmp_path_factory):
    params = load_client_file(made / "params/acme.yaml")
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "x.csv"
    assert name_of_input(params, made / "data/orders.csv") == "data/orders.csv"
    assert name_of_input(params, made / "params/x.csv") == "x.csv"
    assert name_of_input(params, elsewhere) == "x.csv"
    assert json.loads(meta_of({"b": "2", "a": "1"})) == {"a": "1", "b": "2"}
