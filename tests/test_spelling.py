"""The nearest of the names that would have been right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvclib.spelling import did_you_mean, nearest
from cvclib.tables import TABLES


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("custmers", "customers"),
        ("Order", "orders"),
        ("attribute-ratings", "attribute_ratings"),
        ("subscription", "subscriptions"),
        ("xyz", None),
    ],
)
def test_a_slip_finds_the_table_that_was_meant(name, meant):
    assert nearest(name, TABLES) == meant


@given(st.sampled_from(list(TABLES)))
def test_a_right_name_is_its_own_nearest(name):
    assert nearest(name, TABLES) == name


def test_without_a_near_name_all_are_told_and_a_long_list_is_cut():
    assert did_you_mean("?", [f"n{i}" for i in range(30)], "They are").endswith("n23 and 6 more.")
    assert did_you_mean("?", []) == ""
