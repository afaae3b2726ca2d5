"""What can be computed for a client, found without a notebook."""

from types import ModuleType

import pandas as pd
import pytest

from cvclib import checking
from cvclib.checking import check_client, step_state
from cvclib.client import Client
from cvclib.errors import InputError, Problem
from cvclib.findings import Gap

ORDERS = pd.DataFrame({"order_id": ["1", "2"], "customer_id": ["a", "b"], "ordered_at": ["2025-03-01", "2025-04-01"]})
GAP = Gap("advocacy", "Do promoters refer?", ("referrals",), "How many bring another customer.")


@pytest.fixture
def steps(monkeypatch):
    """Step modules with the gaps and the basis set in them, whatever the step."""

    def steps(gaps=(), **more):
        module = ModuleType("a_step")
        module.gaps = lambda client: list(gaps)
        vars(module).update(more)
        monkeypatch.setattr(checking, "import_module", lambda name: module)

    return steps


@pytest.fixture
def client():
    return Client.from_frames({"orders": ORDERS})


class TestStepState:
    def test_a_step_without_gaps_is_computed_in_full(self, client, steps):
        steps()
        assert step_state(client, "performance_evaluation").state == "in full"

    def test_a_step_with_gaps_is_computed_in_part(self, client, steps):
        steps([GAP])
        state = step_state(client, "performance_evaluation")
        assert (state.state, state.gaps) == ("in part", (GAP,))

    def test_a_step_that_has_none_of_the_tables_it_reads_is_not_computed(self, client, steps):
        """Value identification reads no orders."""
        steps([GAP])
        assert step_state(client, "value_identification").state == "not at all"

    def test_a_step_may_say_itself_which_tables_it_stands_on(self, client, steps):
        steps([GAP], NEEDS_ANY=("survey",))
        assert step_state(client, "performance_evaluation").state == "not at all"


class TestCheckClient:
    @pytest.fixture
    def files(self, tmp_path, monkeypatch, client, steps):
        """A right client file, one notebook with a parameter, and a client that opens without reading."""
        steps()
        monkeypatch.setattr(Client, "open", lambda path: client)
        notebooks = tmp_path / "notebooks"
        notebooks.mkdir()
        cell = '{"cell_type": "code", "id": "c01", "metadata": {"tags": ["parameters"]}, "source": "min_n: int = 3", "outputs": [], "execution_count": null}'
        (notebooks / "6_advocacy.ipynb").write_text(f'{{"cells": [{cell}], "metadata": {{}}, "nbformat": 4, "nbformat_minor": 5}}')

        def files(lines=""):
            path = tmp_path / "a.yaml"
            path.write_text(
                "client: A\nperiod: {start: 2025-01-01, end: 2025-12-31}\n"
                "tables:\n  prices: {file: '${FOLDER}/a.csv', columns: {brand: B, price: P}}\n" + lines
            )
            return path, notebooks

        monkeypatch.setenv("FOLDER", "/a/secret/place")
        return files

    def test_tells_tables_period_and_steps(self, files):
        found = check_client(*files())
        assert (found.client, found.period, found.previous_period) == ("A", "2025-01-01 to 2025-12-31", "2024-01-01 to 2024-12-31")
        (table,) = found.tables
        assert (table["table"], table["rows_read"], table["rows_kept"], table["columns_filled"]) == ("orders", 2, 2, 3)
        assert (found.checks, found.rejected) == ([], [])
        assert len(found.steps) == 7

    def test_holds_the_steps_parameters_against_the_notebooks(self, files):
        with pytest.raises(InputError, match=r"steps.advocacy: found parameter 'min_m'; expected a parameter\. Did you mean 'min_n'\?"):
            check_client(*files("steps: {advocacy: {min_m: 3}}"))
        with pytest.raises(InputError, match="Did you mean 'advocacy'"):
            check_client(*files("steps: {advocasy: {min_n: 3}}"))
        with pytest.raises(InputError, match=r"found 'three'; expected a whole number"):
            check_client(*files("steps: {advocacy: {min_n: three}}"))

    def test_tells_what_is_wrong_with_the_steps_and_with_the_data_together(self, files, monkeypatch):
        def open_(path):
            raise InputError([Problem("/a/secret/place/a.csv", "no such file", "a file")])

        monkeypatch.setattr(Client, "open", open_)
        with pytest.raises(InputError) as error:
            check_client(*files("steps: {advocacy: {min_m: 3}}"))
        first, second = str(error.value).splitlines()
        assert "min_m" in first
        assert second == "${FOLDER}/a.csv: found no such file; expected a file."

    def test_counts_the_reasons_of_rejected_rows_the_most_frequent_first(self, files, client):
        client.connection.raw_sql(
            "INSERT INTO meta.rejected_rows VALUES "
            "('orders', 'a.csv', NULL, 9, 'ordered_at', 'x', 'not a date', 'row rejected'), "
            "('orders', 'a.csv', NULL, 4, 'ordered_at', 'y', 'not a date', 'row rejected'), "
            "('orders', '/a/secret/place/a.csv', NULL, 5, 'revenue', 'z', 'not a number', 'cell blanked')"
        )
        reasons = [(r["column"], r["reason"], r["action"], r["n"], r["first_row"], r["file"]) for r in check_client(*files()).rejected]
        assert reasons == [
            ("ordered_at", "not a date", "row rejected", 2, 4, "a.csv"),
            ("revenue", "not a number", "cell blanked", 1, 5, "${FOLDER}/a.csv"),
        ]

    def test_tells_of_each_column_what_is_filled_and_valid_and_leads_where_it_should(self, tmp_path):
        (tmp_path / "customers.csv").write_text("id,since,born\n1,2025-02-01,1980-01-01\n2,2024-03-01,\n2,2024-03-01,\n")
        orders = ["1,1,2025-03-01,10", "2,2,2024-03-01,20", "3,9,2023-03-01,30", "4,1,someday,40", "5,1,2025-04-01,?!"]
        (tmp_path / "orders.csv").write_text("\n".join(["no,who,day,amount", *orders, ""]))
        (tmp_path / "a.yaml").write_text(
            "client: A\nperiod: {start: 2025-01-01, end: 2025-12-31}\ntables:\n"
            "  customers: {file: customers.csv, columns: {customer_id: id, acquired_at: since, birth_date: born}}\n"
            "  orders: {file: orders.csv, columns: {order_id: no, customer_id: who, ordered_at: day, revenue: amount}}\n"
        )
        found = check_client(tmp_path / "a.yaml", tmp_path)
        told = {f"{c['table']}.{c['column']}": c for c in found.columns}

        born, at, revenue, who = (told[n] for n in ("customers.birth_date", "orders.ordered_at", "orders.revenue", "orders.customer_id"))
        assert (born["n_filled"], born["share_filled"], born["n_invalid"], born["share_valid"]) == (1, 0.5, 0, 1.0)
        assert (at["n_rows"], at["n_filled"], at["n_invalid"], at["share_valid"]) == (4, 4, 1, 0.8)
        assert (revenue["n_filled"], revenue["n_invalid"], revenue["share_filled"], revenue["share_valid"]) == (3, 1, 0.75, 0.75)
        assert (who["references"], who["n_not_found"], at["n_not_found"]) == ("customers.customer_id", 1, None)
        assert (told["orders.margin"]["mapped"], told["orders.margin"]["share_valid"]) == (False, None)
        assert [tuple(row.values()) for row in found.periods] == [
            ("customers", "acquired_at", "2024-03-01", "2025-02-01", 1, 1),
            ("orders", "ordered_at", "2023-03-01", "2025-04-01", 2, 1),
        ]
        assert [row["n"] for row in found.checks if row["check"] == "customers.duplicate_key"] == [1]
