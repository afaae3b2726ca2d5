"""Shares, means, differences and corrected families of tests, against printed values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvclib.methods import shares
from cvclib.methods.estimate import Estimate


@pytest.mark.parametrize(("count", "n", "low", "high"), [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)])
def test_the_interval_of_a_share_is_wilsons(count, n, low, high):
    """Newcombe 1998, table I, method 3."""
    assert shares.share(count, n) == pytest.approx((count / n, low, high, n), abs=5e-5)


def test_the_difference_of_two_shares_has_newcombes_hybrid_interval():
    """Newcombe 1998 (differences), method 10: 56/70 - 48/80."""
    change = shares.difference(shares.share(56, 70), shares.share(48, 80))
    assert change[:3] == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_the_p_value_of_a_difference_lies_near_the_chi_square_test():
    """15/50 against 25/50: chi-square 4.1667, p 0.0412 (R, without continuity correction)."""
    change = shares.difference(shares.share(15, 50), shares.share(25, 50))
    assert shares.p_value(change) == pytest.approx(0.0412, abs=0.005)


def test_false_discoveries_are_corrected_as_benjamini_and_hochberg_did():
    """Their fifteen p values of 1995; at 0.05 four are kept."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1]
    expected = [0.0015, 0.0030, 0.0095, 0.035625, 0.0603, 0.06385714, 0.06385714, 0.0645, 0.0765, 0.486, 0.58118182, 0.714875,
                0.75323077, 0.81321429, 1]  # fmt: skip
    adjusted = shares.benjamini_hochberg(p)
    assert adjusted == pytest.approx(expected, abs=1e-8)
    assert (adjusted <= 0.05).sum() == 4


def test_a_test_that_could_not_be_made_does_not_count_in_the_family():
    assert shares.benjamini_hochberg([0.01, np.nan, 0.02]) == pytest.approx([0.02, np.nan, 0.02], nan_ok=True)


@given(st.integers(0, 200), st.integers(1, 200))
def test_a_share_lies_in_its_interval_and_that_between_nought_and_one(count, n):
    estimate = shares.share(min(count, n), n)
    assert 0 <= estimate.low <= estimate.value + 1e-12
    assert estimate.value - 1e-12 <= estimate.high <= 1


def test_the_interval_of_a_share_covers_as_often_as_it_says():
    """10,000 samples of 60 with p = 0.3."""
    counts = np.random.default_rng(1).binomial(60, 0.3, size=10_000)
    estimates = {k: shares.share(int(k), 60) for k in np.unique(counts)}
    covered = np.mean([estimates[k].low <= 0.3 <= estimates[k].high for k in counts])
    assert covered == pytest.approx(0.95, abs=0.015)


def test_a_share_of_nothing_is_not_known():
    assert shares.share(0, 0) == pytest.approx((np.nan, np.nan, np.nan, 0), nan_ok=True)


def test_more_than_all_is_refused():
    with pytest.raises(ValueError, match="count must lie in 0 to n = 3, but is 4"):
        shares.share(4, 3)


def test_moments_give_the_mean_of_the_values():
    values = [1.0, 4.0, 4.0, 9.0]
    made = shares.mean_of_moments(4, np.mean(values), np.std(values, ddof=1))
    assert made == pytest.approx(shares.mean(values))


def test_one_value_has_a_mean_but_no_interval():
    assert shares.mean_of_moments(1, 3.0, np.nan) == pytest.approx((3, np.nan, np.nan, 1), nan_ok=True)


def test_the_mean_covers_as_often_as_it_says():
    """4,000 samples of 12 normal values with mean 5."""
    samples = np.random.default_rng(1).normal(5, 2, size=(4000, 12))
    estimates = [shares.mean_of_moments(12, m, s) for m, s in zip(samples.mean(1), samples.std(1, ddof=1), strict=True)]
    assert np.mean([e.low <= 5 <= e.high for e in estimates]) == pytest.approx(0.95, abs=0.015)


def test_no_weight_at_all_gives_no_share():
    assert np.isnan(shares.weighted_share_of_sums(0, 0, 0, 0).value)


def test_an_interval_of_no_width_is_certain():
    assert shares.p_value(Estimate(1, 1, 1, 9)) == 0
    assert shares.p_value(Estimate(0, 0, 0, 9)) == 1
    assert np.isnan(shares.p_value(Estimate(1, np.nan, np.nan, 9)))
