"""Means of skewed values: Student's where nothing is skewed, and where to Hall's interval is bent."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvclib.methods.shares import mean
from cvclib.methods.skewed import clustered_skewed_mean, skewed_mean, skewed_mean_of_moments


def test_without_skewness_the_interval_is_students():
    values = [1, 2, 3, 4, 5]
    assert skewed_mean(values) == pytest.approx(mean(values))


def test_a_long_tail_to_the_right_moves_both_ends_up():
    values = np.random.default_rng(1).lognormal(0, 1, 100)
    bent, straight = skewed_mean(values), mean(values)
    assert bent.value == pytest.approx(straight.value)
    assert bent.low > straight.low
    assert bent.high > straight.high


def test_halls_interval_by_hand():
    """n 100, mean 10, s 10, skewness 2, t 1.984217: h(t) = 15(∛(1 + 2(0.1984217 - 0.00333)) - 1) = 1.7432: low 10 - 1.7432."""
    h = 15 * (np.cbrt(1 + 2 * (0.1984217 - 2 / 600)) - 1)
    assert skewed_mean_of_moments(100, 10, 10, 2).low == pytest.approx(10 - h, abs=1e-4)


def test_values_counted_are_the_values():
    assert skewed_mean([0, 5, 9], [7, 2, 1]) == pytest.approx(skewed_mean([0] * 7 + [5] * 2 + [9]))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=40))
def test_the_mean_lies_within_and_the_mirror_image_has_the_mirrored_interval(values):
    found, mirrored = skewed_mean(values), skewed_mean([-x for x in values])
    assert found.low <= found.value + 1e-6 and found.value <= found.high + 1e-6
    assert (-mirrored.high, -mirrored.low) == pytest.approx((found.low, found.high), abs=1e-4, rel=1e-6)


def test_one_value_has_no_interval():
    assert np.isnan(skewed_mean([3]).low)


def sums_of(clusters):
    """Number of values, of clusters, mean, and the sums of squares and cubes that an engine makes."""
    values = np.concatenate(clusters)
    apart = np.array([np.sum(np.subtract(cluster, values.mean())) for cluster in clusters])
    return len(values), len(clusters), values.mean(), (apart**2).sum(), (apart**3).sum()


def test_values_that_stand_alone_have_the_plain_interval():
    values = [3.0, 8.0, 1.0, 40.0]
    assert clustered_skewed_mean(*sums_of([[x] for x in values])) == pytest.approx(skewed_mean(values))


def test_values_told_twice_tell_no_more():
    once, twice = [[3.0], [8.0], [1.0], [40.0]], [[3.0, 3.0], [8.0, 8.0], [1.0, 1.0], [40.0, 40.0]]
    assert clustered_skewed_mean(*sums_of(twice))[:3] == pytest.approx(clustered_skewed_mean(*sums_of(once))[:3])


def test_one_customer_gives_a_mean_without_an_interval():
    assert clustered_skewed_mean(*sums_of([[3.0, 5.0]]))[::3] == (4.0, 2)
    assert np.isnan(clustered_skewed_mean(*sums_of([[3.0, 5.0]])).low)
