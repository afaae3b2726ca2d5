"""Roles (RACI) as real sheets hold them: several in a cell, look-alike letters, a department a column."""

import pandas as pd

from cvclib.client import Client
from cvclib.steps import collaboration

LONG = {"columns": {"activity": "Task", "touchpoint": "Where", "raci_department": "Who", "raci": "Role"}}


def test_a_cell_with_several_roles_becomes_as_many_rows(shop):
    shop.write(
        "roles.csv",
        'Task,Where,Who,Role\nDrive,Delivery,Logistics,"A,R"\nCall,Delivery,Service,r/a\nBill,Order,Finance,\u0410\nBill,Order,Sales,\n',
    )

    shop.open({"activity_touchpoints": {"file": "../data/roles.csv", **LONG}})

    assert shop.rows("activity_touchpoints", "activity", "raci_department", "raci") == [
        ("Drive", "Logistics", "R"), ("Drive", "Logistics", "A"), ("Call", "Service", "R"), ("Call", "Service", "A"), ("Bill", "Finance", "A"),
        ("Bill", "Sales", None),
    ]  # fmt: skip
    counts = shop.meta("sources").iloc[0]
    assert (counts["rows_read"], counts["rows_rejected"], counts["rows_kept"]) == (6, 0, 6)


def test_a_cell_that_cannot_be_read_is_named_with_file_row_and_what_was_expected(shop):
    shop.write("roles.csv", "Task,Where,Who,Role\nDrive,Delivery,Logistics,A\nCall,Delivery,Service,x\nBill,Order,Finance,\u2013\n")

    shop.open({"activity_touchpoints": {"file": "../data/roles.csv", **LONG}})

    found = shop.rejected.iloc[0]
    assert len(shop.rejected) == 1  # a dash says that there is no part
    assert (found["file"], found["row"], found["column"], found["value"]) == ("data/roles.csv", 3, "Role", "x")
    assert found["reason"] == "not one or more of R, A, C, I, as in 'A/R'"
    assert shop.column("activity_touchpoints", "raci") == ["A", None, None]


def test_a_matrix_with_a_column_a_department_is_read_through_unpivot(shop):
    shop.write("raci.csv", "Task,Sales,Logistics,Finance\nDelivery,I,A/R,-\nInvoice,c,,\uff21\nComplaint,R,x,\n")
    source = {
        "file": "../data/raci.csv",
        "columns": {"activity": "Task", "touchpoint": "Task"},
        "unpivot": {
            "columns": {"Sales": "Sales", "Logistics": "Logistics", "Finance": "Finance"},
            "name_to": "raci_department",
            "value_to": "raci",
        },
    }

    shop.open({"activity_touchpoints": source})

    assert shop.rows("activity_touchpoints", "activity", "raci_department", "raci") == [
        ("Delivery", "Sales", "I"), ("Delivery", "Logistics", "R"), ("Delivery", "Logistics", "A"), ("Invoice", "Sales", "C"),
        ("Invoice", "Finance", "A"), ("Complaint", "Sales", "R"),
    ]  # fmt: skip
    assert shop.rejected[["row", "column", "value"]].values.tolist() == [[4, "Logistics", "x"]]


def test_the_same_role_twice_in_two_rows_counts_once(shop):
    shop.write("roles.csv", "Task,Where,Who,Role\nDrive,Delivery,Logistics,A\nDrive,Delivery,Logistics,A/R\n")

    shop.open({"activity_touchpoints": {"file": "../data/roles.csv", **LONG}})

    assert shop.column("activity_touchpoints", "raci") == ["A", "R"]


def test_a_frame_is_read_in_the_same_way():
    table = pd.DataFrame({"activity": ["a", "b"], "touchpoint": ["t", "t"], "raci_department": ["S", "F"], "raci": ["a, r", "C"]})

    roles = collaboration.raci_roles(Client.from_frames({"activity_touchpoints": table}))

    assert roles["role"].tolist() == ["A", "R", "C"]
