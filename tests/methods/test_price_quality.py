"""Gale's quality and price beside competitors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvclib.methods.price_quality import off_the_line, relative_price, relative_quality, weighted_ratio

# Gale 1994, luxury cars: purchase price, trade-in allowance, resale price, finance rates.
WEIGHTS, OWN, OTHER = [60, 20, 10, 10], [9, 6, 9, 7], [7, 6, 8, 7]


def test_gales_luxury_cars_without_rounding_on_the_way():
    """60 · 9/7 + 20 · 1 + 10 · 9/8 + 10 · 1 = 118.3929 of 100, and 10000 / 118.3929 = 84.4646; rounded, 118.7 and 84.2."""
    ratio = weighted_ratio(WEIGHTS, OWN, OTHER)
    assert (ratio, 1e4 / ratio) == (pytest.approx(118.3929, abs=1e-4), pytest.approx(84.4646, abs=1e-4))
    printed = weighted_ratio(WEIGHTS, [1.29, 1.0, 1.13, 1.0], [1, 1, 1, 1])
    assert (printed, 1e4 / printed) == (pytest.approx(118.7), pytest.approx(84.2, abs=0.05))


def test_a_price_of_one_amount_is_that_amount_over_the_average():
    """80 and 120 about an average of 100."""
    assert relative_price([[80.0], [120.0]], [1], [False]) == pytest.approx([80, 120])


def test_scores_of_components_count_the_other_way_round():
    """Scores 9 and 7 about 8: 100 · 8/9 = 88.9 and 100 · 8/7 = 114.3, weighed 3 to 1 with an equal component."""
    one = relative_price([[9.0], [7.0]], [1], [True])
    assert one == pytest.approx([800 / 9, 800 / 7])
    two = relative_price([[9.0, 5.0], [7.0, 5.0]], [3, 1], [True, True])
    assert two == pytest.approx([100 / (0.75 * 9 / 8 + 0.25), 100 / (0.75 * 7 / 8 + 0.25)])


def test_quality_by_hand():
    """Ratings 9, 6 and 7, 6 weighed 3 to 1: ratios 9/8 and 1, so (3 · 1.125 + 1) / 4 = 1.09375."""
    assert relative_quality([[9, 6], [7, 6]], [3, 1]) == pytest.approx([109.375, 90.625])


@given(st.lists(st.tuples(st.floats(1, 5), st.floats(1, 5), st.floats(0.1, 3)), min_size=1, max_size=8))
def test_the_market_is_a_hundred_whatever_the_weights(rows):
    own, other, weights = (np.array(column) for column in zip(*rows, strict=True))
    assert relative_quality([own, other], weights).mean() == pytest.approx(100)


def test_replicates_go_along():
    """The same ratings in each of three replicates give the same quality in each."""
    ratings = np.array([[9.0, 6.0], [7.0, 6.0]])
    again = relative_quality(np.repeat(ratings[:, None], 3, axis=1), np.repeat([[3, 1]], 3, axis=0))
    assert again == pytest.approx(np.repeat([[109.375], [90.625]], 3, axis=1))


def test_the_test_of_fair_value_holds_its_level():
    """A brand on the line is told off it in about 5 of 100: 2,000 draws, standard error 0.5 points."""
    rng = np.random.default_rng(1)
    truth, error = 100.0, 2.0
    drawn = truth + error * rng.standard_normal(2_000)
    replicates = drawn[:, None] + error * rng.standard_normal((2_000, 200))
    p = off_the_line(drawn, replicates, np.full(2_000, truth))
    assert np.mean(p < 0.05) == pytest.approx(0.05, abs=0.015)


def test_a_brand_without_spread_is_not_tested():
    assert np.isnan(off_the_line([104.0], np.full((1, 10), 104.0), [100.0])).all()
