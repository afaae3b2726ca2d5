"""Control charts against the NIST handbook and Montgomery, as R's qcc reproduces them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cvclib.methods import control_charts

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
NIST = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]


def test_individuals_have_the_limits_of_the_nist_handbook():
    """Mean 50.81, mean moving range 1.8778, limits 45.8159 and 55.8041 with 3/1.128."""
    limits = control_charts.individuals(NIST)
    assert limits.centre == pytest.approx(50.81)
    assert limits.mean_range == pytest.approx(1.8778, abs=5e-5)
    assert (limits.low[0], limits.high[0]) == pytest.approx((45.8159, 55.8041), abs=5e-5)
    assert not control_charts.signals(NIST, limits).any()


def test_shares_have_montgomerys_limits_and_two_samples_outside():
    """Orange juice cans: centre 0.231333, limits 0.052428 and 0.410239, samples 15 and 23 outside."""
    cans = pd.read_csv(REFERENCE / "pchart_cans.csv")
    limits = control_charts.shares_chart(cans["nonconforming"], cans["size"])
    assert (limits.centre, limits.low[0], limits.high[0]) == pytest.approx((0.231333, 0.052428, 0.410239), abs=5e-7)
    values = cans["nonconforming"] / cans["size"]
    outside = np.flatnonzero((values < limits.low) | (values > limits.high)) + 1
    assert outside.tolist() == [15, 23]


def test_eight_points_on_one_side_are_a_signal_and_seven_are_not():
    limits = control_charts.Limits(0.0, np.array(-9.0), np.array(9.0), 1.0)
    assert control_charts.signals([-1, *[1] * 8, -1], limits).tolist() == [False, *[True] * 8, False]
    assert not control_charts.signals([-1, *[1] * 7, -1], limits).any()


def test_a_month_not_seen_is_neither_a_signal_nor_part_of_the_limits():
    limits = control_charts.individuals([*NIST[:5], np.nan, *NIST[5:]])
    assert limits.centre == pytest.approx(50.81)
    assert not control_charts.signals([np.nan] * 11, limits).any()


def test_one_point_has_no_limits():
    with pytest.raises(ValueError, match="two points or more"):
        control_charts.individuals([1])


def test_single_values_of_equal_n_have_the_limits_of_the_plain_chart():
    plain, sized = control_charts.individuals(NIST), control_charts.individuals(NIST, [25] * 10)
    assert sized.low == pytest.approx(plain.low)
    assert sized.high == pytest.approx(plain.high)


def test_a_month_of_a_quarter_of_the_answers_has_limits_twice_as_wide():
    limits = control_charts.individuals([5, 6, 5, 6, 5, 6], [100, 100, 100, 100, 100, 25])
    wide, usual = limits.high[-1] - limits.centre, limits.high[0] - limits.centre
    assert wide == pytest.approx(2 * usual)


def test_shares_of_many_that_move_more_than_chance_get_laneys_limits():
    """By hand: p 0.2, sigma 0.04; z is -2.5 and 2.5 in turn, moving ranges of 5, sigma_z 5 / 1.128 = 4.433."""
    counts, sizes = [10, 30, 10, 30], [100] * 4
    assert control_charts.spread_of_shares(counts, sizes) == pytest.approx(4.4326, abs=1e-4)
    limits = control_charts.spread_shares_chart(counts, sizes)
    assert limits.high[0] == pytest.approx(0.2 + 3 * 0.04 * 4.4326, abs=1e-4)
    assert limits.low[0] == 0


def test_shares_that_are_all_alike_have_no_spread():
    assert control_charts.spread_of_shares([5, 5, 5], [5, 5, 5]) == 0


def test_exact_limits_of_shares_are_left_no_more_often_than_asked():
    limits = control_charts.probable_shares([1, 0, 2], [20, 20, 20], point_risk=0.0027)
    low, high = round(limits.low[0] * 20), round(limits.high[0] * 20)
    assert stats.binom.sf(high, 20, 0.05) + stats.binom.cdf(low - 1, 20, 0.05) <= 0.0027


def test_rates_have_the_limits_of_the_u_chart():
    """By hand: 10 in 20, u 0.5; 0.5 + 3 sqrt(0.5 / 10) = 1.1708, cut at 0 below."""
    limits = control_charts.rates_chart([4, 6], [10, 10])
    assert (limits.centre, limits.low[0], limits.high[0]) == pytest.approx((0.5, 0, 1.1708), abs=1e-4)
