"""Concentration: cases by hand, R's ineq, the jackknife written out, and what must hold of any values."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvclib.methods import concentration as c

INEQ = (541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261)  # the example of R's package ineq
positive = st.lists(st.floats(0.01, 1e6), min_size=5, max_size=60)


def test_the_gini_coefficient_is_that_of_r_but_for_the_correction_of_small_samples():
    """R ineq: ineq(x) = 0.4620911, which is not corrected; times 10/9 it is."""
    assert c.gini(INEQ).value * 9 / 10 == pytest.approx(0.4620911, abs=1e-7)


def test_the_gini_coefficient_is_half_the_mean_difference_over_the_mean():
    """By hand, 1 2 3 4 10: mean |difference| of two is 4, the mean 4: 4 / (2 x 4) = 0.5."""
    values = np.array([1, 2, 3, 4, 10])
    pairs = np.abs(values[:, None] - values[None, :]).sum() / (5 * 4)
    assert pairs == 4
    assert c.gini(values).value == pytest.approx(pairs / (2 * values.mean()))


def test_all_alike_is_nought_and_all_from_one_is_one():
    assert c.gini([3, 3, 3, 3]).value == pytest.approx(0)
    assert c.gini([0, 0, 0, 9]).value == pytest.approx(1)


def test_the_interval_is_that_of_the_jackknife_written_out():
    rng = np.random.default_rng(1)
    values = rng.lognormal(0, 0.7, 60)
    left_out = np.array([c.gini(np.delete(values, i)).value for i in range(60)])
    error = np.sqrt(59 / 60 * np.sum((left_out - left_out.mean()) ** 2))
    found = c.gini(values)
    assert (found.high - found.low) / 2 == pytest.approx(2.000995 * error, rel=1e-5)  # t with 59 df


def test_the_largest_fifth_of_five_is_the_largest():
    assert c.top_share([1, 1, 1, 1, 6], 0.2).value == pytest.approx(0.6)
    assert c.top_share([1, 1, 1, 1, 6], 0.3).value == pytest.approx(0.65)  # and half of the next


def test_the_interval_of_the_largest_agrees_with_the_bootstrap():
    rng = np.random.default_rng(2)
    values = rng.gamma(1.5, 1, 400)
    drawn = [c.top_share(rng.choice(values, 400), 0.2).value for _ in range(600)]
    found = c.top_share(values, 0.2)
    assert (found.high - found.low) / 2 / 1.96 == pytest.approx(np.std(drawn), rel=0.1)


def test_the_whale_curve_rises_above_what_is_left_and_comes_back_to_it():
    """By hand, profits 6 4 2 -2 of 10: 60%, 100%, 120%, 100%."""
    curve = c.whale_curve([2, -2, 6, 4], points=4)
    assert curve["share_of_total"].tolist() == pytest.approx([0, 0.6, 1.0, 1.2, 1.0])
    assert c.peak_share([2, -2, 6, 4]).value == pytest.approx(1.2)


def test_where_nobody_takes_away_the_peak_is_the_end():
    assert c.peak_share([1, 2, 3])[:3] == (1, 1, 1)


def test_the_lorenz_curve_of_equals_is_the_diagonal():
    curve = c.lorenz_curve([2] * 10, points=5)
    assert curve["share_of_total"].to_numpy() == pytest.approx(curve["share_of_customers"].to_numpy())


@settings(max_examples=60, deadline=None)
@given(positive)
def test_the_gini_coefficient_lies_between_nought_and_one_and_knows_no_currency(values):
    found = c.gini(values)
    assert -1e-9 <= found.value <= 1 + 1e-9
    assert c.gini(np.array(values) * 7.5).value == pytest.approx(found.value, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(positive)
def test_the_lorenz_curve_lies_below_the_diagonal_and_its_area_is_the_gini_coefficient(values):
    n = len(values)
    curve = c.lorenz_curve(values, points=n)
    assert (curve["share_of_total"] <= curve["share_of_customers"] + 1e-9).all()
    area = np.trapezoid(curve["share_of_total"], curve["share_of_customers"])
    assert (1 - 2 * area) * n / (n - 1) == pytest.approx(c.gini(values).value, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-100, 1000), min_size=5, max_size=60).filter(lambda x: sum(x) > 1))
def test_the_whale_curve_never_rises_above_its_peak(values):
    curve = c.whale_curve(values, points=len(values))
    assert curve["share_of_total"].max() == pytest.approx(c.peak_share(values).value, abs=1e-6)


@pytest.mark.parametrize("values", [[], [0, 0], [1, -1, 3], [1, np.nan]])
def test_the_gini_coefficient_of_what_has_none_is_refused(values):
    with pytest.raises(ValueError, match="must not be negative or blank"):
        c.gini(values)


def test_profits_that_sum_to_nothing_have_no_curve():
    with pytest.raises(ValueError, match="sum to more than nought"):
        c.whale_curve([1, -1])


def test_a_million_customers_take_no_loop():
    values = np.random.default_rng(3).lognormal(0, 1, 1_000_000)
    assert c.gini(values).value == pytest.approx(0.5205, abs=0.002)  # 2 Φ(1/√2) - 1


def test_a_share_of_what_is_never_negative_stays_within_its_bounds():
    """One customer of 211 brings two thirds: an interval by the normal would run past the whole."""
    values = np.r_[400.0, np.random.default_rng(1).lognormal(0, 0.5, 210)]
    share = c.top_share(values, 0.1)
    assert 0.1 <= share.low <= share.value <= share.high <= 1
