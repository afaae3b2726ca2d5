"""Value index and control zone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvclib.methods.value_index import control_zone, value_index, zone


def test_tanakas_control_zone_at_twenty_with_fifteen():
    """sqrt(400 - 225) = 13.2288, sqrt(400 + 225) = 25."""
    assert [float(x) for x in control_zone(20, 15)] == pytest.approx([13.2288, 25.0], abs=5e-5)


def test_what_costs_less_than_the_tolerance_may_be_worth_nothing():
    low, high = control_zone(10, 15)
    assert (low, high) == (0, pytest.approx(np.sqrt(325)))


def test_the_index_is_the_ratio_of_the_shares():
    assert value_index([0.3, 0.2, 0.0], [0.2, 0.0, 0.0]) == pytest.approx([1.5, np.inf, np.nan], nan_ok=True)


@given(st.floats(0, 1), st.floats(0.01, 0.5))
def test_equal_shares_are_always_in_balance(share, tolerance):
    assert zone([share], [share], tolerance) == ["in balance"]
