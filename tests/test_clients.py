"""The clients that a folder holds, also those whose file has a mistake."""

from pathlib import Path

import pytest

from cvclib.client import Client
from cvclib.clients import clients
from cvclib.errors import InputError

PERIOD = "period: {start: 2025-01-01, end: 2025-12-31}\ntables: {prices: {file: prices.csv, columns: {brand: brand, price: price}}}\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "zeta.yaml").write_text(f"client: Zeta\n{PERIOD}", encoding="utf-8")
    (tmp_path / "acme.yml").write_text(f"client: Acme\n{PERIOD}", encoding="utf-8")
    (tmp_path / "prices.csv").write_text("brand,price\nOurs,100\n", encoding="utf-8")
    return tmp_path


def test_each_client_file_is_a_row_in_order_of_its_name(folder):
    assert clients(folder)["client"].tolist() == ["Acme", "Zeta"]


def test_what_is_listed_can_be_opened(folder):
    assert [Client.open(path).params.client for path in clients(folder)["client_file"]] == ["Acme", "Zeta"]


def test_a_file_with_mistakes_is_listed_with_their_number_and_stops_no_other(folder):
    (folder / "broken.yaml").write_text(f"client: Broken\ncurency: EUR\n{PERIOD}", encoding="utf-8")
    listed = clients(folder)
    assert [Path(path).name for path in listed["client_file"]] == ["acme.yml", "broken.yaml", "zeta.yaml"]
    assert listed["problems"].tolist() == [0, 1, 0]


def test_a_value_from_the_environment_is_not_listed(folder, monkeypatch):
    monkeypatch.setenv("WHO", "kept-to-ourselves")
    (folder / "secret.yaml").write_text(f"client: ${{WHO}}\n{PERIOD}", encoding="utf-8")
    assert "kept-to-ourselves" not in clients(folder).to_string()


def test_a_folder_without_clients_gives_no_rows(tmp_path):
    assert clients(tmp_path).empty
    assert clients(tmp_path / "not there").empty


def test_a_client_file_that_is_not_there_names_those_beside_it(folder):
    with pytest.raises(InputError, match=r"no such file.*acme\.yml, zeta\.yaml"):
        Client.open(folder / "zetta.yaml")
