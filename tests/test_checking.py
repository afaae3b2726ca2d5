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
        with pytest.raises(InputError, match=r"steps.advocacy: found parameter 'min_m'; expected a parameter .*Did you mean 'min_n'\?"):
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
