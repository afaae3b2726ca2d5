"""A change carried through its links: slopes, behaviour, worth, and the simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvclib.methods.estimate import Estimate
from cvclib.methods.what_if import Worth, adjusted_slopes, behaviour_of_counts, carry, margin_multiple, with_tests

BEHAVIOUR = behaviour_of_counts([1, 3], [100, 100], [20, 60])  # 20 percentage points a point, 40% on the whole


@pytest.mark.parametrize(("retention", "multiples"), [(0.6, [1.20, 1.15, 1.11, 1.07]), (0.8, [2.67, 2.50, 2.35, 2.22])])
def test_the_multiple_is_that_of_gupta_and_lehmann(retention, multiples):
    """Gupta and Lehmann 2003, r / (1 + i - r) at 10, 12, 14 and 16%."""
    assert margin_multiple(retention, [0.10, 0.12, 0.14, 0.16]) == pytest.approx(multiples, abs=0.005)


def test_slopes_are_those_of_least_squares_adjusted_for_each_other():
    """y = 1 + x1 + 2 x2 exactly; x1 and x2 go together, so that alone x1 would seem steeper."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(50, 2)) @ [[1, 0.8], [0, 0.6]]
    assert adjusted_slopes(x, 1 + x @ [1, 2]).value == pytest.approx([1, 2])


def test_the_covariance_is_the_hc3_sandwich():
    """By hand for one attribute: sum of (x - mean)² e² / (1 - h)² over the square of the spread."""
    x, y = np.array([1.0, 2, 3, 4, 5, 6]), np.array([1.0, 3, 2, 5, 4, 9])
    c = x - x.mean()
    slope = c @ y / (c @ c)
    e, h = y - y.mean() - slope * c, 1 / 6 + c**2 / (c @ c)
    found = adjusted_slopes(x[:, None], y)
    assert found.covariance[0, 0] == pytest.approx((c**2 * (e / (1 - h)) ** 2).sum() / (c @ c) ** 2)


def test_weights_count_as_so_many_rows_in_the_slopes():
    x, y = np.array([[1.0], [2], [4], [7]]), np.array([1.0, 2, 2, 5])
    twice = adjusted_slopes(np.repeat(x, [1, 2, 1, 3], axis=0), np.repeat(y, [1, 2, 1, 3]))
    assert adjusted_slopes(x, y, [1, 2, 1, 3]).value == pytest.approx(twice.value)


def test_attributes_that_tell_each_other_are_refused():
    with pytest.raises(ValueError, match="tell each other"):
        adjusted_slopes([[1, 2], [2, 4], [3, 6], [5, 10]], [1, 2, 3, 4])


def test_behaviour_is_the_line_through_the_shares():
    """20 of 100 at 1, 60 of 100 at 3: a slope of 0.2, and 0.4 on the whole; its error is that of the difference of two shares, halved."""
    assert (BEHAVIOUR.slope.value, BEHAVIOUR.base.value) == pytest.approx((0.2, 0.4))
    error = np.sqrt(0.2 * 0.8 / 100 + 0.6 * 0.4 / 100) / 2
    assert (BEHAVIOUR.slope.high - BEHAVIOUR.slope.low) / 2 / 1.972 == pytest.approx(error, rel=0.01)


def test_the_links_multiply():
    """+0.1 × slope 0.5 × 0.2 a point = 0.01 of the customers; of 0.4 that is a fortieth, and of 1,000 it is 25."""
    found = carry(
        with_tests([0.5], [[0.01]], 500), 0.1, BEHAVIOUR, Worth(Estimate(1000.0, 900, 1100, 50), "orders"), rng=np.random.default_rng(1)
    )
    assert (found.satisfaction[0, 0], found.share[0, 0], found.worth[0, 0]) == pytest.approx((0.05, 0.01, 25))


def test_contracts_are_worth_by_the_multiple():
    """From 60 to 62% at 10%: 0.62/0.48 over 0.60/0.50 is 1.0764, hence 7.64% of the equity."""
    worth = Worth(Estimate(1000.0, 900, 1100, 50), "contracts", 0.10)
    assert float(worth.change(0.02, 0.6, 1000.0)) == pytest.approx(1000 * ((0.62 / 0.48) / (0.6 / 0.5) - 1))


def test_each_link_alone_leaves_less_open_than_all_together():
    worth = Worth(Estimate(1000.0, 900, 1100, 50), "orders")
    found = carry(with_tests([0.5, 0.1], np.diag([0.01, 0.01]), 500), 0.1, BEHAVIOUR, worth, rng=np.random.default_rng(1))
    width = found.worth[0, 2] - found.worth[0, 1]
    assert set(found.by_link) == {"satisfaction", "behaviour", "worth"}
    assert all(ends[0, 1] - ends[0, 0] < width for ends in found.by_link.values())


def test_without_a_second_link_the_chain_stops_at_satisfaction():
    found = carry(with_tests([0.5], [[0.01]], 500), 0.1, rng=np.random.default_rng(1))
    assert found.share is None
    assert found.worth is None


def test_the_same_seed_gives_the_same_and_order_does_not_matter_to_who_is_largest():
    slopes = with_tests([0.5, 0.5], [[0.01, 0.0099], [0.0099, 0.01]], 500)
    one, other = (carry(slopes, 0.1, BEHAVIOUR, rng=np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(one.share, other.share)
    assert one.largest.sum() == pytest.approx(1)


@given(st.floats(0.01, 0.5), st.floats(0.05, 0.9))
def test_a_larger_change_is_worth_more(change, base):
    worth = Worth(Estimate(1000.0, 900, 1100, 50), "contracts", 0.1)
    assert worth.change(change * 0.1, base, 1000.0) > worth.change(change * 0.05, base, 1000.0) > 0
