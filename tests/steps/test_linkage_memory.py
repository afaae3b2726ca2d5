"""What linkage is kept beside the prepared tables is what would be worked out anew, and goes when what it is made from changes."""

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from cvclib.client import Client
from cvclib.methods import record_linkage
from cvclib.steps import linkage

FILE = """\
client: C
period: {start: 2025-01-01, end: 2025-12-31}
tables:
  customers: {file: customers.csv, columns: {customer_id: id, name: name, email: email, phone: phone, postcode: postcode, birth_date: born}}
  accounts: {file: accounts.csv, columns: {account_id: id, name: name, email: email, phone: phone, postcode: postcode, birth_date: born}}
"""
PEOPLE = """\
id,name,email,phone,postcode,born
1,Zoë Smit,z@x.nl,06-12345678,1012 AB,1990-05-01
2,Jan Bakker,jan@x.nl,06-22345678,1013 AB,1980-05-01
3,J. Bakker,jan@x.nl,,1013 AB,
4,Eva Visser,e@x.nl,06-32345678,1014 AB,1970-02-03
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CVC_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "c.yaml").write_text(FILE, encoding="utf-8")
    for name in ("customers", "accounts"):
        (tmp_path / f"{name}.csv").write_text(PEOPLE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def asked(monkeypatch):
    """How often exact keys are made."""
    calls, made = [], record_linkage.exact_keys

    def counted(people, id_column):
        calls.append(id_column)
        return made(people, id_column)

    monkeypatch.setattr(record_linkage, "exact_keys", counted)
    return calls


def exact(folder) -> tuple[pd.DataFrame, pd.DataFrame]:
    client = Client.open(folder / "c.yaml")
    return linkage.exact_ties(client), linkage._exact_duplicates(client)


def test_exact_ties_are_worked_out_once_and_read_as_they_were(folder, asked):
    once = exact(folder)
    n_asked = len(asked)
    again = exact(folder)

    assert once[0]["account_id"].tolist() == ["1", "2", "3", "4"]
    assert once[1].to_dict("records") == [{"customer_id": "2", "other_id": "3", "key": record_linkage.KEYS[0]}]
    for before, after in zip(once, again, strict=True):
        assert_frame_equal(before, after)
    assert n_asked == len(asked) == 3


def test_another_address_makes_them_anew(folder, asked):
    exact(folder)
    (folder / "accounts.csv").write_text(PEOPLE.replace("e@x.nl,06-32345678,1014 AB,1970", "nobody@x.nl,,,1971"), encoding="utf-8")

    assert exact(folder)[0]["account_id"].tolist() == ["1", "2", "3"]
    assert len(asked) == 5  # ties of both tables; the customers have not changed


def test_damaged_memory_is_made_anew(folder, asked):
    once = exact(folder)
    for path in (folder / "cache").rglob("exact-*.parquet"):
        path.write_bytes(b"PAR1")

    assert_frame_equal(exact(folder)[0], once[0])
    assert len(asked) == 6


def test_a_client_in_memory_keeps_nothing(folder, asked):
    people = pd.DataFrame({"customer_id": ["1", "2"], "name": ["Jan Bakker", "J. Bakker"], "email": "jan@x.nl", "phone": None})
    people = people.assign(postcode="1013 AB", birth_date=pd.Timestamp("1980-05-01"))
    for _ in range(2):
        client = Client.from_frames({"customers": people})
        assert len(linkage._exact_duplicates(client)) == 1

    assert len(asked) == 2
    assert not list(folder.rglob("exact-*"))
