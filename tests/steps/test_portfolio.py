"""The planned initiatives that a budget buys, and what is told of lists that contradict themselves."""

import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.exhibits import Reading
from cvclib.findings import Gap
from cvclib.steps import continuous_improvement as step


def client(*rows, **settings):
    columns = ["initiative", "cost", "expected_benefit", "requires", "excludes", "status"]
    frame = pd.DataFrame([(*row, *[None] * (6 - len(row))) for row in rows], columns=columns)
    return Client.from_frames({"initiatives": frame.assign(status=frame["status"].fillna("planned"))}, **settings)


def test_within_the_budget_the_set_that_brings_most_is_chosen():
    """60 for 10, 100 for 20, 120 for 30; within 50 the last two bring 220."""
    found = step.portfolio(client(("A", 10, 60), ("B", 20, 100), ("C", 30, 120)), budget=50.0)
    assert set(found.frame.loc[found.frame["chosen"], "initiative"]) == {"B", "C"}
    assert (found.benefit, found.cost) == (220, 50)


def test_without_a_budget_half_of_all_costs_is_taken():
    assert step.portfolio(client(("A", 10, 60), ("B", 30, 100))).budget == 20


def test_what_is_done_already_need_not_be_bought():
    found = step.portfolio(client(("A", 10, 60, "Base"), ("B", 20, 50), ("Base", 100, None, None, None, "done")), budget=10.0)
    assert found.frame.set_index("initiative").loc["A", "chosen"]


def test_a_circle_of_needs_is_told_and_left_out():
    found = step.portfolio(client(("A", 10, 60, "B"), ("B", 20, 50, "A"), ("C", 5, 10), ("D", 5, 9)), budget=40.0)
    assert set(found.left_out) == {"A", "B"}
    assert "needs what cannot begin without it" in found.left_out["A"]


def test_a_name_that_is_no_initiative_is_told():
    found = client(("A", 10, 60, "Bsae"), ("B", 20, 50))
    assert step.portfolio(found).unknown == ("Bsae",)
    assert "Bsae" in str(step.portfolio_reading(found))


def test_what_both_needs_and_excludes_another_is_left_out():
    found = step.portfolio(client(("A", 10, 60, "B", "B"), ("B", 20, 50), ("C", 5, 10)))
    assert found.left_out == {"A": "it both needs and excludes B"}


def test_what_has_no_benefit_is_told_and_not_compared():
    found = client(("A", 10, 60), ("B", 20, None), ("C", 5, 10))
    assert "no benefit" in step.portfolio(found).left_out["B"]


@pytest.mark.parametrize("rows", [[("A", 10, 60)], [("A", 10, None), ("B", 20, None)]])
def test_fewer_than_two_to_choose_from_is_said(rows):
    assert isinstance(step.portfolio_chart(client(*rows)), Reading | Gap)
