"""Recommendation, referral and earned growth: by hand, against published figures, and by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvclib.methods.advocacy import auc, compare_groups, earned_growth, rate_per_customer, ratio_of_sums, score_groups
from cvclib.methods.scores import ScoreCounts, net_promoter_score


def test_earned_growth_is_that_of_the_authors_example():
    """Reichheld, Darnell, Burns 2021, appendix B: 100, then 130; retention 85%, earned 25%, bought 20%: 10% and 33%."""
    growth = earned_growth(before=100, retained=85, earned=25, bought=20)

    assert growth.net_revenue_retention == pytest.approx(0.85)
    assert growth.rate == pytest.approx(0.10)
    assert growth.ratio == pytest.approx(10 / 30)


def test_where_revenue_does_not_grow_no_share_of_growth_is_earned():
    assert np.isnan(earned_growth(before=100, retained=60, earned=10, bought=10).ratio)


def test_growth_on_no_revenue_is_refused():
    with pytest.raises(ValueError, match="before must be above 0, but is 0"):
        earned_growth(before=0, retained=0, earned=1, bought=1)


@given(st.lists(st.tuples(st.integers(0, 10), st.floats(0.1, 5)), min_size=1, max_size=60))
def test_the_three_groups_are_everybody_and_make_the_score(answers):
    scores, weights = zip(*answers, strict=True)

    groups = score_groups(ScoreCounts.of(scores, weights))

    assert groups.promoters.value + groups.passives.value + groups.detractors.value == pytest.approx(1)
    assert groups.nps.value == pytest.approx(100 * (groups.promoters.value - groups.detractors.value))
    assert groups.nps == pytest.approx(net_promoter_score(scores, weights))


@pytest.mark.parametrize("score", [-1, 11, float("nan")])
def test_a_score_off_the_scale_is_refused(score):
    with pytest.raises(ValueError, match="must lie in 0 to 10"):
        score_groups(ScoreCounts.of([score]))


def test_no_answers_make_no_groups():
    with pytest.raises(ValueError, match="at least one answer"):
        score_groups(ScoreCounts.of([]))


def test_of_groups_alike_one_seldom_stands_out():
    """Four groups alike, 400 surveys: at 5% some 20 false alarms are expected; 32 would be chance once in 200."""
    rng = np.random.default_rng(3)
    surveys = ({name: ScoreCounts.of(rng.integers(0, 11, 60)) for name in "abcd"} for _ in range(400))
    assert sum(any(p < 0.05 for _, p in compare_groups(groups).values()) for groups in surveys) < 32


def test_one_group_far_off_does_not_make_those_alike_stand_out():
    """Care is 1.5 lower in the mean of 150 answers; the other three are alike."""
    rng = np.random.default_rng(5)
    means = {"care": 6.5, "home": 8, "hotel": 8, "shop": 8}
    groups = {name: ScoreCounts.of(np.clip(rng.normal(mean, 1.5, 150).round(), 0, 10)) for name, mean in means.items()}
    assert [name for name, (_, p) in compare_groups(groups).items() if p < 0.05] == ["care"]


def test_where_no_two_groups_are_alike_each_is_compared_with_all_others():
    """a 100, b 0, c -100 points, 60 answers each: against the rest 150, 0, -150."""
    groups = {"a": ScoreCounts.of([10] * 60), "b": ScoreCounts.of([10, 0] * 30), "c": ScoreCounts.of([0] * 60)}
    assert [compare_groups(groups)[name].difference.value for name in "abc"] == pytest.approx([150, 0, -150])


def test_two_groups_are_compared_with_each_other():
    compared = compare_groups({"a": ScoreCounts.of([10, 8, 3] * 20), "b": ScoreCounts.of([10, 10, 9] * 20)})
    assert compared["a"].difference.value == pytest.approx(-compared["b"].difference.value)
    assert compared["a"].difference.value == pytest.approx(-100)


def test_one_group_cannot_be_compared():
    assert compare_groups({"a": ScoreCounts.of([10, 8])}) == {}


def test_referrals_of_eager_referrers_make_the_rate_less_sure():
    """100 customers with 20 referrals: 20 referrers of one, or two of ten."""
    many = rate_per_customer([0, 1], [80, 20])
    few = rate_per_customer([0, 10], [98, 2])

    assert many.value == few.value == pytest.approx(0.2)
    assert few.high - few.low > 2 * (many.high - many.low)
    assert few.low == 0


def test_a_rate_of_nobody_is_not_known():
    assert np.isnan(rate_per_customer([], []).value)


def test_the_area_under_the_curve_is_mann_and_whitneys_u():
    """truths 7: U = 17 for 5 against 4 values, so 17 / 20."""
    assert auc([19, 22, 16, 29, 24, 20, 11, 17, 12], [1, 1, 1, 1, 1, 0, 0, 0, 0]).value == pytest.approx(17 / 20)


def test_a_score_that_is_always_the_same_tells_nothing():
    estimate = auc([5] * 20, [True] * 10 + [False] * 10)
    assert estimate.value == 0.5
    assert estimate.low < 0.5 < estimate.high


def test_a_perfect_score_is_still_not_certain():
    up, down = auc([1, 2, 3, 4], [False, False, True, True]), auc([1, 2, 3, 4], [True, True, False, False])
    assert up.value == up.high == 1 and 0.2 < up.low < 0.9
    assert down.value == down.low == 0 and 0.1 < down.high < 0.8


def test_what_happened_to_all_cannot_be_foretold():
    assert np.isnan(auc([1, 2], [True, True]).value)


@given(st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=2, max_size=40))
def test_turning_the_outcome_around_turns_the_area_around(answers):
    scores, happened = map(np.array, zip(*answers, strict=True))
    one, other = auc(scores, happened), auc(scores, ~happened)
    if happened.any() and not happened.all():
        assert one.value == pytest.approx(1 - other.value)
        assert 0 <= one.low <= one.value <= one.high <= 1


def test_the_interval_of_the_area_covers_as_often_as_it_says():
    """Normal scores one standard deviation apart: true area Φ(1/√2) = 0.7602; 400 samples of 60."""
    rng = np.random.default_rng(7)
    happened = np.arange(60) < 20
    estimates = [auc(rng.normal(happened, 1), happened) for _ in range(400)]
    assert 0.92 <= np.mean([e.low <= 0.7602 <= e.high for e in estimates]) <= 0.99


def test_the_interval_of_a_ratio_covers_as_often_as_it_says():
    """Revenue now is 0.9 times revenue before on average, over 200 customers of very different size."""
    rng = np.random.default_rng(8)
    covered = []
    for _ in range(400):
        x = rng.gamma(1.5, 100, 200)
        y = x * rng.gamma(2, 0.45, 200)
        estimate = ratio_of_sums(n=200, y=y.sum(), x=x.sum(), yy=(y * y).sum(), xx=(x * x).sum(), xy=(x * y).sum())
        covered.append(estimate.low <= 0.9 <= estimate.high)
    assert 0.91 <= np.mean(covered) <= 0.98
