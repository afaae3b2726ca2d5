"""Numbers read as a reader wants them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvclib.methods.estimate import Estimate
from cvclib.wording import joined, number, slug, with_evidence


@pytest.mark.parametrize(
    ("value", "unit", "settings", "expected"),
    [
        (0.5, "share", {}, "50.0%"),
        (0.05, "share", {"signed": True}, "+5.0 percentage points"),
        (-0.0001, "share", {}, "0.0%"),
        (1_234_567, "money", {"currency": "EUR"}, "EUR 1,234,567"),
        (12.345, "money", {"currency": "EUR"}, "EUR 12.35"),
        (-12.345, "money", {"currency": "EUR"}, "EUR −12.35"),
        (float("nan"), "share", {}, "–"),
        (None, "days", {}, "–"),
        (float("inf"), "number", {}, "–"),
        (3, "days", {}, "3.0 days"),
        (1234, "count", {}, "1,234"),
        (29.96, "points", {"decimals": 0}, "30 points"),
    ],
)
def test_a_number_reads_with_its_unit(value, unit, settings, expected):
    assert number(value, unit, **settings) == expected


@given(st.floats(-1e12, 1e12))
def test_minus_nought_is_never_printed(value):
    printed = number(value, "number")
    assert not (printed.startswith("−") and set(printed) <= set("−0.,"))


def test_evidence_names_interval_and_n():
    assert with_evidence(Estimate(30, 10, 50, 1200), "points") == "30.0 points (95% interval 10.0 to 50.0 points, n = 1,200)"


@pytest.mark.parametrize(("items", "expected"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_a_list_reads_as_prose(items, expected):
    assert joined(items) == expected


@given(st.text())
def test_a_slug_is_safe_in_a_path_and_an_id(text):
    assert set(slug(text)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
