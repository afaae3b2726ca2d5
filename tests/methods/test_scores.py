"""Survey scores: reference values, coverage, and the counted form that equals the plain one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvclib.methods import scores, shares
from cvclib.methods.scores import ScoreCounts


def answers(promoters, detractors, n):
    return [10] * promoters + [0] * detractors + [8] * (n - promoters - detractors)


@pytest.mark.parametrize(
    ("promoters", "detractors", "n", "expected"),
    [(15, 11, 36, (11.1111, -15.90, 36.41)), (291, 395, 1162, (-8.9501, -13.31, -4.55))],
)
def test_the_net_promoter_score_has_the_adjusted_wald_interval(promoters, detractors, n, expected):
    """Value: R package NPS 1.1; interval: Rocks 2016, ¾ added to promoters and detractors, 3 to n."""
    nps = scores.net_promoter_score(answers(promoters, detractors, n))

    assert nps == pytest.approx((*expected, n), abs=0.01)


def test_five_promoters_and_two_detractors_in_ten_score_thirty():
    """By hand: 50% - 20% = 30."""
    assert scores.net_promoter_score([10, 10, 9, 9, 9, 8, 7, 7, 6, 0]).value == pytest.approx(30)


@given(st.lists(st.integers(0, 10), min_size=1))
def test_one_more_promoter_never_lowers_the_score(given_scores):
    before = scores.net_promoter_score(given_scores).value
    assert scores.net_promoter_score([*given_scores, 10]).value >= before - 1e-9


@given(st.lists(st.integers(0, 10), min_size=1))
def test_the_interval_lies_between_the_lowest_and_the_highest_score(given_scores):
    nps = scores.net_promoter_score(given_scores)
    assert -100 <= nps.low <= nps.high <= 100


@pytest.mark.parametrize("bad", [[11], [-1, 5], [np.nan, 9]])
def test_a_score_outside_nought_to_ten_is_refused(bad):
    with pytest.raises(ValueError, match="must lie in 0 to 10"):
        scores.net_promoter_score(bad)


def test_no_scores_are_refused():
    with pytest.raises(ValueError, match="at least one answer"):
        scores.net_promoter_score([])


def test_the_interval_covers_as_often_as_it_says():
    """3,000 samples of 40 from 50% promoters, 30% passives, 20% detractors: true score 30."""
    rng = np.random.default_rng(1)
    samples = rng.choice([10, 8, 3], p=[0.5, 0.3, 0.2], size=(3000, 40))
    estimates = [scores.net_promoter_score(sample) for sample in samples]
    covered = np.mean([e.low <= 30 <= e.high for e in estimates])
    assert covered == pytest.approx(0.95, abs=0.015)


def test_equal_weights_change_nothing():
    given_scores = [10, 9, 7, 6, 0, 10]
    assert scores.net_promoter_score(given_scores, [2.5] * 6) == pytest.approx(scores.net_promoter_score(given_scores))


def test_a_promoter_of_weight_three_against_a_detractor_of_weight_one_scores_fifty():
    """By hand: 75% - 25% = 50; effective n = 16/10 = 1.6, so the interval is wide."""
    nps = scores.net_promoter_score([10, 0], [3, 1])
    assert nps.value == pytest.approx(50)
    assert nps.n == 2
    assert nps.high - nps.low > 80


@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from([0.5, 1.0, 2.0])), min_size=2))
def test_counted_answers_give_the_mean_and_share_of_the_single_ones(rows):
    given_scores, weights = zip(*rows, strict=True)
    counts = ScoreCounts.of(given_scores, weights)
    assert scores.mean_score_of(counts) == pytest.approx(shares.mean(given_scores, weights), abs=1e-9)
    satisfied = np.asarray(given_scores) >= 4
    assert scores.top_two_box_of(counts, 5) == pytest.approx(shares.weighted_share(satisfied, weights), abs=1e-9)


def test_no_counted_answers_give_no_number():
    empty = ScoreCounts(*(np.array([]) for _ in range(4)))
    assert np.isnan(scores.net_promoter_score_of(empty).value)
    assert np.isnan(scores.mean_score_of(empty).value)
    assert scores.top_two_box_of(empty, 5).n == 0
