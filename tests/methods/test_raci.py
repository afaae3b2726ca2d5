import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvclib.methods import raci


def roles(*rows: str) -> pd.DataFrame:
    """'bill sales R' is one row; '-' a blank."""
    cells = [[None if word == "-" else word for word in row.split()] for row in rows]
    return pd.DataFrame(cells, columns=["task", "department", "role"])


def test_a_task_with_one_accountable_and_one_responsible_has_no_fault():
    assert raci.faults(roles("bill finance A", "bill sales R", "bill service I")).empty


def test_each_fault_is_named_with_the_task_it_stands_in():
    table = roles("bill finance A", "bill sales A", "bill sales R", "ship sales R", "plan sales A", "open - -")

    found = raci.faults(table)

    assert list(zip(found["fault"], found["where"], strict=True)) == [
        ("no one accountable", "ship"),
        ("no one accountable", "open"),
        ("more than one accountable", "bill"),
        ("no one responsible", "plan"),
        ("no one responsible", "open"),
    ]
    assert found.loc[2, "departments"] == "finance, sales"


def test_a_department_responsible_for_most_tasks_is_overloaded():
    """Sales does 3 of 4 tasks, above half; with the limit at 0.8 it does not count."""
    table = roles(*[f"{task} sales R" for task in "abc"], "d service R", *[f"{task} finance A" for task in "abcd"])

    assert raci.faults(table)[["fault", "where"]].values.tolist() == [["overloaded department", "sales"]]
    assert raci.faults(table, most_responsible=0.8).empty


def test_the_matrix_keeps_the_order_of_tasks_and_joins_the_roles_of_one_department():
    table = raci.matrix(roles("ship sales A", "bill sales R", "ship sales R", "ship depot C"))

    assert table.index.tolist() == ["ship", "bill"]
    assert table.loc["ship"].to_dict() == {"depot": "C", "sales": "R A"}
    assert table.loc["bill", "depot"] == ""


rows = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.sampled_from("RACI")), min_size=1, max_size=20)


@settings(max_examples=50, deadline=None)
@given(rows)
def test_saying_a_thing_twice_or_in_another_order_changes_no_fault(found):
    table = pd.DataFrame(found, columns=["task", "department", "role"])
    other = pd.concat([table, table]).iloc[::-1]

    as_set = [set(raci.faults(t)[["fault", "where"]].itertuples(index=False, name=None)) for t in (table, other)]
    assert as_set[0] == as_set[1]


@pytest.mark.parametrize(
    ("cell", "roles_read"),
    [
        ("R", "R"), ("A,R", "RA"), ("R/A", "RA"), ("AR", "RA"), ("ar", "RA"), (" a / r ", "RA"), ("A/R*", "RA"), ("R, A, C, I", "RACI"),
        ("A+R", "RA"), ("A & R", "RA"), ("A;R", "RA"), ("A\nR", "RA"), ("A and R", "RA"), ("R (lead)", "R"), ("R [until June]", "R"), ("A¹", "A"),
        ("\u0410", "A"), ("\u0421", "C"), ("\u0410/R", "RA"), ("\u0391", "A"), ("\u0399", "I"), ("\u0406", "I"), ("\uff32", "R"), ("\uff21\uff0f\uff32", "RA"),
        ("1", "I"), ("l", "I"), ("|", "I"), ("C/1", "CI"), ("Cl", "CI"), ("Responsible", "R"), ("accountable, responsible", "RA"), ("R-A", "RA"),
        ("AA", "A"), ("", ""), ("-", ""), ("\u2013", ""), ("\u2014", ""), ("  ", ""), ("...", ""), ("\u00a0", ""),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_people_write_it(cell, roles_read):
    assert raci.read_cell(cell) == tuple(roles_read)


@pytest.mark.parametrize("cell", ["x", "\u2713", "yes", "S", "A/S", "R1", "Sales", "RACIR A", "2", "R?S", "R?"])
def test_a_cell_that_could_mean_something_else_is_not_guessed_at(cell):
    assert raci.read_cell(cell) is None


def test_no_cell_is_no_part():
    assert raci.read_cell(None) == ()


def test_a_department_that_does_what_all_do_does_not_carry_more_than_its_share():
    table = roles(
        *[f"{task} {department} R" for task in "abcd" for department in ("sales", "finance")], *[f"{task} sales A" for task in "abcd"]
    )

    assert raci.faults(table).empty


def test_what_is_worth_a_look_is_told_apart_from_faults():
    """Of four departments all have a part in bill, three do it; ship asks three; legal never does nor answers for anything."""
    table = roles(
        "bill a R", "bill b R", "bill c R", "bill a A", "bill legal I", "ship a A", "ship b R", "ship c C", "ship a C", "ship legal C"
    )

    found = raci.remarks(table)

    assert list(zip(found["fault"], found["where"], strict=True)) == [
        ("many responsible", "bill"), ("many consulted", "ship"), ("everyone involved", "bill"), ("everyone involved", "ship"),
        ("never responsible or accountable", "legal"),
    ]  # fmt: skip
    assert raci.faults(table).empty
