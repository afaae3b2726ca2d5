"""Which value survives, by hand, and that every field of every customer has exactly one."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvclib.methods.survivorship import RULES, kept_names, surviving

CELLS = pd.DataFrame(
    {
        "person": "P",
        "field": "name",
        "source": ["CRM", "CRM", "ERP"],
        "record": ["2", "1", "A"],
        "value": ["Ann", "Ann", "Anne-Marie"],
        "comparable": ["ann", "ann", "anne marie"],
        "used_at": pd.to_datetime(["2024-01-01", "2023-01-01", "2025-01-01"]),
    }
)


@pytest.mark.parametrize(
    ("rule", "record"), [("most_recent", "A"), ("most_frequent", "2"), ("most_complete", "A"), ("crm_first", "2"), ("erp_first", "A")]
)
def test_each_rule_chooses_its_record(rule, record):
    made = surviving(CELLS, {"name": rule})
    assert made.loc[made["chosen"], "record"].tolist() == [record]


def test_what_nothing_tells_apart_goes_to_the_crm_and_the_smaller_number():
    cells = CELLS.assign(used_at=pd.NaT, value="x", comparable="x")
    made = surviving(cells, {"name": "most_recent"})
    assert made.loc[made["chosen"], "record"].tolist() == ["1"]


def test_a_field_without_a_rule_is_refused():
    with pytest.raises(ValueError, match="name"):
        surviving(CELLS, {})


cells = st.lists(
    st.tuples(st.sampled_from("PQ"), st.sampled_from("fg"), st.sampled_from(["CRM", "ERP"]), st.sampled_from("abc"), st.integers(0, 3)),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(cells, st.sampled_from(RULES))
def test_every_field_of_every_customer_has_exactly_one_value(rows, rule):
    frame = pd.DataFrame(rows, columns=["person", "field", "source", "value", "year"])
    frame = frame.assign(
        record=[str(i) for i in range(len(frame))], comparable=frame["value"], used_at=pd.to_datetime(2020 + frame["year"], format="%Y")
    )
    made = surviving(frame, {"f": rule, "g": rule})
    assert (made.groupby(["person", "field"])["chosen"].sum() == 1).all()
    assert made.loc[made["chosen"], "agrees"].all()


def test_of_a_customer_that_is_split_the_larger_part_keeps_the_name():
    now = pd.DataFrame({"person": ["N1", "N1", "N2"], "source": "CRM", "record": ["1", "2", "3"]})
    before = pd.DataFrame({"person": "OLD", "source": "CRM", "record": ["1", "2", "3"]})
    assert kept_names(now, before).set_index("person")["name"].to_dict() == {"N1": "OLD", "N2": "N2"}


def test_a_new_customer_never_takes_a_name_that_was_given_before():
    now = pd.DataFrame({"person": ["P1", "P2"], "source": "CRM", "record": ["1", "2"]})
    before = pd.DataFrame({"person": ["P2"], "source": "CRM", "record": ["1"]})
    assert kept_names(now, before).set_index("person")["name"].to_dict() == {"P1": "P2", "P2": "P2x"}
