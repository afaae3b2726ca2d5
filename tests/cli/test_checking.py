"""`cvc check`: the tables, the checks, the steps; and what is wrong with a client file or its data."""

import json
import sys
from types import ModuleType

import pytest

from cvclib.checking import ClientCheck, StepState
from cvclib.errors import InputError, Problem
from cvclib.findings import Gap

GAP = Gap("advocacy", "Do promoters refer?", ("referrals",), "The share of customers who bring another.")
FOUND = ClientCheck(
    client_file="params/a.yaml",
    client="A client",
    currency="EUR",
    period="2025-01-01 to 2025-12-31",
    previous_period="2024-01-01 to 2024-12-31",
    tables=[
        {"table": "orders", "file": "data/orders.xlsx", "sheet": "2025", "rows_read": 12345, "rows_left_out": 5, "rows_rejected": 40,
         "cells_blanked": 3, "rows_kept": 12300, "columns_filled": 7},
        {"table": "survey", "file": "data/survey.csv", "sheet": None, "rows_read": 100, "rows_left_out": 0, "rows_rejected": 0,
         "cells_blanked": 0, "rows_kept": 100, "columns_filled": 4},
    ],
    columns=[
        {"table": "orders", "column": "order_id", "required": True, "mapped": True, "n_rows": 12300, "n_filled": 12300, "share_filled": 1.0,
         "n_invalid": 0, "share_valid": 1.0, "references": None, "n_not_found": None},
        {"table": "orders", "column": "customer_id", "required": False, "mapped": True, "n_rows": 12300, "n_filled": 12299,
         "share_filled": 12299 / 12300, "n_invalid": 0, "share_valid": 1.0, "references": "customers.customer_id", "n_not_found": 7},
        {"table": "orders", "column": "margin", "required": False, "mapped": True, "n_rows": 12300, "n_filled": 0, "share_filled": 0.0,
         "n_invalid": 3, "share_valid": 0.0, "references": None, "n_not_found": None},
        {"table": "orders", "column": "discount", "required": False, "mapped": False, "n_rows": 12300, "n_filled": 0, "share_filled": 0.0,
         "n_invalid": 0, "share_valid": None, "references": None, "n_not_found": None},
    ],
    periods=[{"table": "orders", "column": "ordered_at", "first": "2024-01-02", "last": "2025-12-30", "n_in_period": 6000, "n_in_previous_period": 0}],
    checks=[
        {"check": "orders.duplicate_key", "table": "orders", "column": "order_id", "meaning": "number that came before", "n": 40, "policy": "reject"},
        {"check": "orders.orphan", "table": "orders", "column": "customer_id", "meaning": "customer not known", "n": 0, "policy": "keep"},
    ],
    rejected=[
        {"table": "orders", "file": "data/orders.xlsx", "column": "order_id", "reason": "number that came before", "action": "row rejected",
         "n": 40, "first_row": 1208},
    ],
    steps=[StepState("process_mapping", "in full", ()), StepState("advocacy", "in part", (GAP,)), StepState("collaboration", "not at all", ())],
)  # fmt: skip


@pytest.fixture
def checked(monkeypatch, here):
    """A check that reads nothing: answers with the outcome set for each client file."""
    module = ModuleType("cvclib.checking")
    module.outcomes = {}

    def check_client(path, notebooks):
        outcome = module.outcomes.get(path.stem, FOUND)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    module.check_client = check_client
    monkeypatch.setitem(sys.modules, "cvclib.checking", module)
    monkeypatch.setenv("COLUMNS", "120")
    (here / "notebooks").mkdir()
    (here / "notebooks" / "1_process_mapping.ipynb").touch()
    return module


def test_tables_checks_and_steps_are_printed(cvc, checked):
    result = cvc("check", "params/a.yaml")
    assert result.exit_code == 0
    assert result.stdout == (
        """\
A client  (params/a.yaml)
Period 2025-01-01 to 2025-12-31, compared with 2024-01-01 to 2024-12-31.

Tables
            read  left out  rejected    kept  file
  orders  12,345         5        40  12,300  data/orders.xlsx, sheet 2025
  survey     100         0         0     100  data/survey.csv

Columns
  orders
    covers            2024-01-02 to 2025-12-30 (ordered_at): 6,000 rows in the period, none in the one before
    key               40 rows repeat one
    filled and valid  order_id
    customer_id       99.9% filled, 7 not in customers.customer_id
    margin            empty
    not supplied      discount

Checks that found something
  orders.duplicate_key  40  rejected  number that came before

Why rows or cells were not taken
  orders.order_id  40  row rejected  number that came before  first in row 1,208

Steps
  1 process mapping         in full
  2 advocacy                in part
      supply referrals: The share of customers who bring another.
  3 collaboration           not at all

"""
    )


def test_a_page_is_written_for_each_client(cvc, checked, here):
    result = cvc("check", "params/a.yaml", "--page", "checks")
    html = (here / "checks" / "a.html").read_text(encoding="utf-8")

    assert result.stderr == "checks/a.html\n"
    assert "<h1>The data of A client</h1>" in html
    for said in (
        "It covers 2024-01-02 to 2025-12-30 (ordered_at): 6,000 rows in the period, none in the one before.", "40 rows repeat one",
        "customers.customer_id: 7 not found", "not supplied", "The share of customers who bring another.", "data/orders.xlsx, sheet 2025",
    ):  # fmt: skip
        assert said in html
    assert "<script" not in html


def test_json_holds_the_same_and_more(cvc, checked):
    (said,) = json.loads(cvc("check", "--json").stdout)
    assert said["problems"] == []
    assert said["tables"][0]["cells_blanked"] == 3
    assert said["checks"][1]["n"] == 0
    assert said["columns"][1]["n_not_found"] == 7
    assert said["periods"][0]["n_in_period"] == 6000
    assert said["steps"][1] == {
        "step": "advocacy",
        "state": "in part",
        "gaps": [{"step": "advocacy", "question": "Do promoters refer?", "needs": ["referrals"], "brings": GAP.brings}],
    }


def test_a_wrong_client_does_not_keep_the_others_from_being_checked(cvc, checked, here):
    (here / "params" / "b.yaml").write_text("x", encoding="utf-8")
    checked.outcomes["a"] = InputError([Problem("params/a.yaml, line 1", "no key 'period'", "it in a client file")])
    result = cvc("check")
    assert result.exit_code == 2
    assert "params/a.yaml, line 1: found no key 'period'; expected it in a client file." in result.stderr
    assert "1 of 2 client files cannot be used as they are." in result.stderr
    assert "A client  (params/a.yaml)" in result.stdout


def test_problems_come_as_json_too(cvc, checked):
    checked.outcomes["a"] = InputError([Problem("params/a.yaml, line 1", "x", "y", "z")])
    result = cvc("check", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout) == [
        {"client_file": "params/a.yaml", "problems": [{"where": "params/a.yaml, line 1", "found": "x", "expected": "y", "fix": "z"}]}
    ]
