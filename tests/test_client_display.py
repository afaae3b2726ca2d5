"""A client that is looked at says what was read of it and what is not there, and nothing that it should not."""

import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.reads import FILE_VARIABLE, noted_in

ORDERS = pd.DataFrame(
    {"order_id": ["1", "2"], "customer_id": ["a", "b"], "ordered_at": ["2024-03-01", "2025-03-01"], "margin": [None, None]}
)
CUSTOMERS = pd.DataFrame({"customer_id": ["a", "b"], "segment": ["home", "office"], "name": ["Ada Example", "Bo Example"]})


def client(**settings):
    return Client.from_frames({"orders": ORDERS, "customers": CUSTOMERS}, **settings)


@pytest.mark.parametrize("show", [repr, Client._repr_html_], ids=["text", "html"])
def test_it_says_what_is_there_and_what_is_not(show):
    shown = show(client(client="Acme"))
    for words in ("Acme", "2025-01-01", "2024-01-01", "orders", "3 of 14", "margin", "Not supplied: accounts"):
        assert words in shown


@pytest.mark.parametrize("show", [repr, Client._repr_html_], ids=["text", "html"])
def test_no_row_of_the_client_is_in_it(show):
    assert "Example" not in show(client())


def test_the_segment_is_named_and_the_rows_are_said_to_be_of_all():
    assert "Segment home only; the rows below are those of all segments." in repr(client(segment="home"))
    assert "Segment" not in repr(client())


def test_texts_of_the_client_are_escaped():
    html = client(client="<script>alert(1)</script>")._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_it_has_no_colours_of_its_own_for_a_dark_theme_to_fight_with():
    assert "color" not in client()._repr_html_()
    assert "background" not in client()._repr_html_()


def test_a_value_from_the_environment_is_not_in_it(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPORTS", "kept-to-ourselves")
    folder = tmp_path / "kept-to-ourselves"
    folder.mkdir()
    ORDERS.drop(columns="margin").to_csv(folder / "orders.csv", index=False)
    columns = "{order_id: order_id, customer_id: customer_id, ordered_at: ordered_at}"
    path = tmp_path / "a.yaml"
    text = f"client: A\nperiod: {{start: 2025-01-01, end: 2025-12-31}}\ntables:\n  orders: {{file: '${{EXPORTS}}/orders.csv', columns: {columns}}}\n"
    path.write_text(text, encoding="utf-8")
    opened = Client.open(path)
    for shown in (repr(opened), opened._repr_html_(), opened.tables._repr_html_()):
        assert "orders.csv" in shown
        assert "kept-to-ourselves" not in shown


def test_its_tables_show_themselves_as_a_list():
    assert repr(client().tables) == "Tables(customers, orders)"
    assert "<table>" in client().tables._repr_html_()


def test_a_client_without_tables_shows_itself_too():
    assert "no tables" in repr(Client.from_frames({}))
    assert "no tables" in Client.from_frames({})._repr_html_()


class TestWhatLookingAtItIsNotedAs:
    """A step that shows its client depends on what was shown: counts, name and period; not on the rows, nor on other settings."""

    @pytest.fixture
    def noted(self, tmp_path, monkeypatch):
        monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "reads.jsonl"))

        def look(show):
            opened = client()
            before = set(noted_in(tmp_path / "reads.jsonl") or {})
            show(opened)
            return {name for name in set(noted_in(tmp_path / "reads.jsonl") or {}) - before if not name.startswith("file:")}

        return look

    @pytest.mark.parametrize("show", [repr, Client._repr_html_], ids=["text", "html"])
    def test_what_is_shown_is_noted_and_no_more(self, noted, show):
        tables = {f"{what}:{table}" for what in ("sources", "inventory") for table in ("customers", "orders")}
        assert noted(show) == {"tables", "setting:client", "setting:period", "setting:compare_with", *tables}

    def test_other_rows_of_the_same_number_are_the_same_to_it(self):
        one, other = client(), Client.from_frames({"orders": ORDERS.assign(order_id=["7", "8"]), "customers": CUSTOMERS})
        assert repr(one) == repr(other)
        assert [one.digest_of(f"{what}:orders") == other.digest_of(f"{what}:orders") for what in ("sources", "inventory", "table")] == [
            True,
            True,
            False,
        ]
