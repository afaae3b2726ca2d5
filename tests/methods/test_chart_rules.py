"""Rules of control charts by hand, their rates of false alarms by arithmetic and by simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from cvclib.methods import chart_rules, control_charts
from cvclib.methods.chart_rules import RULES, broken_rules, guard, level_shift

FLAT = control_charts.Limits(0.0, np.array(-3.0), np.array(3.0), 1.0)  # standard deviation 1


def marked(values, rule):
    return np.flatnonzero(broken_rules(values, FLAT, rules=(rule,))[rule]).tolist()


def test_the_rates_of_false_alarms_are_those_of_the_normal_distribution():
    q2, q1 = stats.norm.sf(2), stats.norm.sf(1)
    expected = {
        "outside": 2 * stats.norm.sf(3),
        "two of three": 2 * (3 * q2**2 * (1 - q2) + q2**3),
        "four of five": 2 * (5 * q1**4 * (1 - q1) + q1**5),
        "run": 2 / 2**8,
        "trend": 2 / math.factorial(6),
    }
    assert {name: round(rate, 4) for name, rate in expected.items()} == {name: rule.false_alarms for name, rule in RULES.items()}


def test_each_rule_marks_what_it_names_and_no_less_will_do():
    assert marked([0, 3.1, 0], "outside") == [1]
    assert marked([0, 2.1, 0.5, 2.2, 0], "two of three") == [1, 3]
    assert marked([0, 2.1, 0.5, -2.2, 0], "two of three") == []
    assert marked([1.1, 1.2, 0.2, 1.3, 1.4, -1], "four of five") == [0, 1, 3, 4]
    assert marked([-1, *[1] * 8, -1], "run") == list(range(1, 9))
    assert marked([-1, *[1] * 7, -1], "run") == []
    assert marked([0, -1, -0.5, 0, 0.5, 1, 1.5, 1], "trend") == [1, 2, 3, 4, 5, 6]


def test_a_month_not_seen_breaks_no_rule_and_no_run():
    values = [1, 1, 1, 1, np.nan, 1, 1, 1, 1]
    assert marked(values, "run") == [0, 1, 2, 3, 5, 6, 7, 8]


def test_rules_follow_limits_that_change_with_n():
    limits = control_charts.Limits(0.5, np.array([0.2, 0.4]), np.array([0.8, 0.6]), np.nan)
    assert broken_rules([0.7, 0.7], limits)["outside"].tolist() == [False, True]


def test_the_customary_rules_alarm_one_chart_of_24_months_in_eleven():
    """Of pure noise: a point outside three standard deviations on 5.6%, a run of eight on 3.3%."""
    rng, outside, run = np.random.default_rng(8), 0, 0
    for _ in range(3000):
        values = rng.normal(size=24)
        broken = broken_rules(values, control_charts.individuals(values))
        outside += broken["outside"].any()
        run += broken["run"].any()
    assert (outside / 3000, run / 3000) == pytest.approx((0.056, 0.033), abs=0.012)


def test_more_charts_ask_for_stricter_rules():
    one, many = guard(24, 1), guard(24, 8)
    assert many.multiple > one.multiple > 3
    assert many.run > one.run > 8
    assert many.shift > one.shift
    assert many.point_risk < one.point_risk < 0.0027


def test_a_step_is_found_where_it_was_made_with_both_levels():
    """Twelve months at 10, twelve at 13, noise of 1: the sum of deviations is 18 of 1 x sqrt(24) = 3.7."""
    rng = np.random.default_rng(1)
    values = np.r_[np.full(12, 10.0), np.full(12, 13.0)] + rng.normal(size=24) * 0.3
    shift = level_shift(values, spread=1.0)
    assert shift.first_after == 12
    assert (shift.before, shift.after, shift.size) == pytest.approx((10, 13, 18 / np.sqrt(24)), abs=0.3)
    assert shift.size >= guard(24, 8).shift


def test_a_month_of_many_weighs_more_in_the_levels():
    shift = level_shift([1, 1, 1, 5, 5, 8], spread=1.0, sizes=[1, 1, 1, 10, 10, 1])
    assert shift.after == pytest.approx((50 + 50 + 8) / 21)


def test_a_figure_that_never_moves_has_no_change_of_level():
    assert level_shift([2] * 8, spread=0.0).size == 0


def test_too_few_points_have_neither_guard_nor_change_of_level():
    with pytest.raises(ValueError, match="must be 6 or more"):
        guard(5, 1)
    with pytest.raises(ValueError, match="must hold 6 points or more"):
        level_shift([1, 2, 3], 1.0)


def test_the_noise_is_drawn_the_same_each_time():
    chart_rules._noise.cache_clear()
    first = guard(18, 3)
    chart_rules._noise.cache_clear()
    assert guard(18, 3) == first
