"""Funnel plots: limits by hand and against scipy, a planted outlier found, luck not flagged."""

import numpy as np
import pytest
from scipy import stats

from cvclib.methods.funnel_plot import funnel_of_estimates, funnel_of_shares, share_limits


def test_limits_of_ten_records_by_hand():
    """Half of 10: P(R <= 1) = 11/1024, P(R <= 2) = 56/1024. 0.025 lies (25.6 - 11) / 45 of the way: (1 + 0.3244) / 10."""
    low, high = share_limits([10], 0.5, 0.95)
    assert low[0] == pytest.approx(0.13244, abs=1e-5)
    assert high[0] == pytest.approx(1 - 0.13244, abs=1e-5)


def test_a_count_lies_outside_exactly_where_its_tail_is_below_the_level():
    n, centre = 25, 0.3
    low, high = share_limits([n], centre, 0.95)
    for count in range(n + 1):
        tail = min(stats.binom.cdf(count, n, centre), stats.binom.sf(count - 1, n, centre))
        assert (count / n < low[0] or count / n > high[0]) == (tail < 0.025)


@pytest.mark.parametrize("n", [5, 20, 137, 1000])
@pytest.mark.parametrize("centre", [0.05, 0.5, 0.9])
def test_limits_lie_within_one_record_of_the_binomial_quantiles(n, centre):
    low, high = share_limits([n], centre, 0.998)
    assert abs(low[0] * n - stats.binom.ppf(0.001, n, centre)) <= 1
    assert abs(high[0] * n - stats.binom.ppf(0.999, n, centre)) <= 1


def test_limits_narrow_with_records():
    low, high = share_limits([10, 100, 1000], 0.3)
    assert (np.diff(high - low) < 0).all()


def test_a_planted_outlier_is_found_among_units_that_are_alike_and_that_are_not():
    rng = np.random.default_rng(2)
    n = rng.integers(50, 800, 30)
    n[0] = 400
    for spread in (0.0, 0.04):
        p = np.clip(rng.normal(0.3, spread, 30), 0.05, 0.95)
        p[0] = 0.6
        made = funnel_of_shares(rng.binomial(n, p), n)
        assert made.side[0] == "above"
        assert made.side.count("within") >= 28


def test_luck_is_not_flagged():
    """600 times 30 alike units: outside 99.8% one in five hundred at most, as the exact limits are wide between counts."""
    rng = np.random.default_rng(3)
    outside = []
    for _ in range(600):
        n = rng.integers(20, 600, 30)
        outside.append(30 - funnel_of_shares(rng.binomial(n, 0.3), n).side.count("within"))
    print(f"outside 99.8% limits, alike | 30 units | {np.mean(outside) / 30:.4f}")
    assert np.mean(outside) / 30 < 0.003


def test_the_best_of_few_records_is_luck_where_a_league_table_would_praise_it():
    """Nine of ten among units of which half succeed: rank 1, and well within the limits of ten records."""
    counts, n = np.array([9, 205, 190, 248, 260, 196, 240, 205]), np.array([10, 400, 400, 500, 500, 400, 500, 400])
    made = funnel_of_shares(counts, n)
    assert np.argmax(counts / n) == 0
    assert made.side == ("within",) * 8


def test_variety_widens_the_limits_and_is_said():
    rng = np.random.default_rng(4)
    n = np.full(30, 400)
    made = funnel_of_shares(rng.binomial(n, rng.normal(0.5, 0.08, 30)), n)
    assert made.tau == pytest.approx(0.08, abs=0.03)
    assert made.dispersion > 2
    assert made.side.count("within") >= 28


def test_estimates_are_weighed_by_how_sure_they_are():
    made = funnel_of_estimates([10.0, 10, 10, 16], [1.0, 1, 1, 3])
    assert made.centre == pytest.approx((30 + 16 / 9) / (3 + 1 / 9))
    assert made.side[-1] == "within"


def test_shares_that_are_all_nothing_have_no_funnel_to_leave():
    assert funnel_of_shares([0, 0, 0], [10, 20, 30]).side == ("within",) * 3


def test_too_few_units_and_empty_ones_are_refused():
    with pytest.raises(ValueError, match="three units"):
        funnel_of_shares([1, 2], [3, 4])
    with pytest.raises(ValueError, match="above 0"):
        funnel_of_estimates([1, 2, 3], [1, 0, 1])
