"""Scores over time and weighed to the silent: by hand, by property."""

import numpy as np
import pytest

from cvclib.methods.score_checks import FEWEST_IN_CELL, over_time, reweight
from cvclib.methods.scores import CustomerSums, ScoreCounts, net_promoter_score, net_promoter_score_of


def counts(promoters, passives, detractors):
    n = np.array([promoters, passives, detractors])
    return ScoreCounts(np.array([10.0, 7.0, 0.0]), n, n.astype(float), n.astype(float))


def test_the_limits_are_those_computed_by_hand():
    """Three periods of 100, 40:40:20 each: s = 0.2, v = 0.6 - 0.04; error sqrt(0.56 (1/100 - 1/300)) = 0.0611; z of 1 in 80 over 3 = 2.8640."""
    found = over_time([counts(40, 40, 20)] * 3, [0, 1, 2])
    assert found.centre == pytest.approx(20)
    assert found.high - 20 == pytest.approx(100 * 0.061101 * 2.8640, abs=0.02)
    assert found.trend.value == pytest.approx(0)
    assert found.p_trend == pytest.approx(1)


def test_a_steady_rise_is_a_trend():
    found = over_time([counts(30 + 4 * i, 40, 30 - 4 * i) for i in range(6)], np.arange(6) / 12)
    assert found.trend.value == pytest.approx(8 * 12)
    assert found.p_trend < 0.0125


def test_two_periods_are_too_few():
    with pytest.raises(ValueError, match="three or more"):
        over_time([counts(1, 1, 1)] * 2, [0, 1])


def test_the_weighed_score_is_the_cells_mean_by_size():
    """Cells of 100 and 300 customers, scores 0.5 and -0.1: (100 * 50 - 300 * 10) / 400 = 5."""
    found = reweight([("a",), ("b",)], [100, 300], [40, 40], [20, -4], [30, 30])
    assert found.reweighted.value == pytest.approx(5)
    assert found.answered.value == pytest.approx(20)
    assert found.difference.value == pytest.approx(-15)
    assert found.lowest == pytest.approx(0.2 * 20 - 80)
    assert found.highest == pytest.approx(0.2 * 20 + 80)


def test_where_all_answered_at_one_rate_nothing_moves():
    found = reweight([("a",), ("b",)], [100, 200], [50, 100], [10, -20], [40, 80])
    assert found.difference.value == pytest.approx(0)
    assert found.p_value == 1


def test_cells_too_small_are_put_with_their_like():
    """Two cells of segment a have five answers each: together they make one, and b stays alone."""
    keys = [("a", "early"), ("a", "late"), ("b", "early")]
    found = reweight(keys, [50, 50, 100], [5, 5, 50], [5, -5, 0], [5, 5, 20])
    assert FEWEST_IN_CELL == 10
    assert found.reweighted.value == pytest.approx(0)


def test_cells_too_small_even_together_still_count():
    found = reweight([("a",), ("b",)], [10, 10], [3, 2], [3, -2], [3, 2])
    assert found.reweighted.value == pytest.approx(20)


def test_nobody_answering_is_told():
    with pytest.raises(ValueError, match="nobody"):
        reweight([("a",)], [10], [0], [0], [0])


def test_one_answer_a_customer_changes_nothing():
    scores = [10, 9, 7, 3, 8, 10]
    assert net_promoter_score_of(ScoreCounts.of(scores).answered_by(CustomerSums.of(scores, range(6)))) == net_promoter_score(scores)


def test_saying_the_same_twice_is_worth_one_answer():
    """Each of 50 customers answers twice alike: the effective number is the 50, but for C / (C - 1)."""
    scores = np.repeat([10, 10, 8, 7, 3] * 10, 2)
    counted = ScoreCounts.of(scores).answered_by(CustomerSums.of(scores, np.repeat(np.arange(50), 2)))
    assert counted.effective == pytest.approx(49)
