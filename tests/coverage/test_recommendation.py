"""How often the intervals of step 6's score side cover the truth: nominal 95%, wanted 93.5% to 96.5%, at the sizes stated."""

import numpy as np
import pytest

from cvclib.methods.advocacy import auc
from cvclib.methods.attribution import FEWEST_CONVERTED, interval_of, redrawn_effects, removal_effects
from cvclib.methods.score_checks import over_time, reweight
from cvclib.methods.scores import CustomerSums, ScoreCounts, adjusted_wald, net_promoter_score_of
from cvclib.methods.shares import difference
from cvclib.methods.stratified import compare_shares
from cvclib.methods.two_sided_drivers import two_sided_drivers

DRAWS = 2_000
LOW, HIGH = 0.935, 0.965
PARTS = (0.38, 0.40, 0.22)  # promoters, passives, detractors
SCORE = 100 * (PARTS[0] - PARTS[2])


def told(name, n, covered):
    """Print a line of the coverage table, and give the share that covered."""
    share = float(np.mean(covered))
    print(f"{name} | {n} | {share:.3f}")
    return share


@pytest.mark.parametrize("n", [20, 50, 200, 1000])
def test_adjusted_wald_covers_the_score_from_20_answers_on(n):
    drawn = np.random.default_rng(1).multinomial(n, PARTS, size=10 * DRAWS)
    ends = np.array([adjusted_wald(p, d, n) for p, d in drawn[:, [0, 2]]])
    assert LOW <= told("net promoter score", n, (ends[:, 0] <= SCORE) & (ends[:, 1] >= SCORE)) <= HIGH


@pytest.mark.parametrize("customers", [50, 400])
def test_the_score_of_customers_who_answer_repeatedly_is_covered(customers):
    """Answers of one customer share a mood; on average two answers each. Without the customers' sums 87% would cover."""
    rng = np.random.default_rng(2)
    many = np.clip(np.round(8 + rng.normal(0, 1.2, 10**6)[:, None] + rng.normal(0, 1.2, (10**6, 1))), 0, 10)
    truth = 100 * (np.mean(many >= 9) - np.mean(many <= 6))
    covered = []
    for _ in range(DRAWS):
        who = np.repeat(np.arange(customers), 1 + rng.poisson(1.0, customers))
        scores = np.clip(np.round(8 + rng.normal(0, 1.2, customers)[who] + rng.normal(0, 1.2, who.size)), 0, 10)
        found = net_promoter_score_of(ScoreCounts.of(scores).answered_by(CustomerSums.of(scores, who)))
        covered.append(found.low <= truth <= found.high)
    assert LOW <= told("net promoter score, several answers a customer", f"{customers} customers", covered) <= HIGH


@pytest.mark.parametrize("n", [30, 200])
def test_the_difference_of_two_scores_is_covered(n):
    rng = np.random.default_rng(3)
    one, other = (rng.multinomial(size, PARTS, size=DRAWS) for size in (n, 3 * n))
    covered = []
    for a, b in zip(one, other, strict=True):
        pair = [net_promoter_score_of(ScoreCounts(np.array([10.0, 7.0, 0.0]), x, x.astype(float), x.astype(float))) for x in (a, b)]
        gap = difference(*pair)
        covered.append(gap.low <= 0 <= gap.high)
    assert LOW <= told("difference of two net promoter scores", f"{n} and {3 * n}", covered) <= HIGH


@pytest.mark.parametrize("n", [100, 400])
def test_the_area_under_the_curve_is_covered(n):
    """Scores 0 to 10 with ties; the true area from two million pairs."""
    rng = np.random.default_rng(4)

    def answers(size, shift):
        return np.clip(np.round(7.5 + shift + rng.normal(0, 2, size)), 0, 10)

    did, did_not = answers(2 * 10**6, 0.6), answers(2 * 10**6, 0.0)
    truth = np.mean(did > did_not) + 0.5 * np.mean(did == did_not)
    covered = []
    for _ in range(DRAWS):
        happened = rng.random(n) < 0.4
        found = auc(np.where(happened, answers(n, 0.6), answers(n, 0.0)), happened)
        covered.append(found.low <= truth <= found.high)
    assert LOW <= told("area under the curve", n, covered) <= HIGH


@pytest.mark.parametrize("n", [300, 1500])
def test_removal_effects_are_covered(n):
    """Four touchpoints in two layers; a tenth converts, so that the smaller size holds about as many as the least allowed."""
    assert 0.1 * n >= FEWEST_CONVERTED
    rng = np.random.default_rng(5)
    paths = [["A", "C"], ["A", "D"], ["B", "C"], ["B", "D"], ["A"], ["B"], ["A", "B", "C"]]
    chance = np.array([0.2, 0.1, 0.15, 0.1, 0.2, 0.15, 0.1])
    buys = np.array([0.2, 0.1, 0.1, 0.12, 0.0, 0.0, 0.14])
    cells = np.r_[chance * buys, chance * (1 - buys)]
    truth = removal_effects(paths, cells[:7], cells[7:]).effect
    covered = []
    for drawn in rng.multinomial(n, cells, size=DRAWS):
        low, high = interval_of(redrawn_effects(paths, drawn[:7], drawn[7:], rng, draws=300).effect)
        covered.append((low <= truth) & (truth <= high))
    shares = np.mean(covered, axis=0)
    told("removal effect, mean of four touchpoints", f"{n} journeys", covered)
    assert (shares >= LOW - 0.005).all()
    assert (shares <= HIGH).all()


def test_shares_that_climb_compared_at_equal_rungs_are_covered():
    rng = np.random.default_rng(6)
    n, m = np.array([60, 40, 20]), np.array([150, 90, 80])
    base, more = np.array([0.45, 0.3, 0.15]), 0.1
    covered = []
    for _ in range(DRAWS):
        found = compare_shares(rng.binomial(n, base + more), n, rng.binomial(m, base), m)
        covered.append(found.difference.low <= more <= found.difference.high)
    assert LOW <= told("shares that climb, at equal rungs", "120 and 320", covered) <= HIGH


@pytest.mark.parametrize("n", [400, 1500])
def test_effects_on_promoting_and_preventing_are_covered(n):
    """One line of recommending on which the first of four attributes moves customers: the lean is 0, the effects those of a large sample."""
    rng = np.random.default_rng(7)

    def drawn(size):
        ratings = rng.integers(1, 6, (size, 4)).astype(float)
        line = 0.5 * (ratings[:, 0] - 3) + rng.logistic(size=size)
        return ratings, line > 0.6, line < -0.8

    large = two_sided_drivers(*drawn(400_000))
    covered = []
    for _ in range(DRAWS):
        found = two_sided_drivers(*drawn(n))
        covered.append(
            [
                found.promoting_low[0] <= large.promoting[0] <= found.promoting_high[0],
                found.preventing_low[0] <= large.preventing[0] <= found.preventing_high[0],
                found.lean_low[0] <= 0 <= found.lean_high[0],
            ]
        )
    for name, share in zip(("promoting", "preventing", "lean"), np.mean(covered, axis=0), strict=True):
        assert LOW <= told(f"effect of an attribute, {name}", n, share) <= HIGH


def test_the_trend_and_the_limits_raise_a_false_alarm_in_at_most_one_of_forty():
    rng = np.random.default_rng(8)
    score, alarms, trends = np.array([10.0, 7.0, 0.0]), [], []
    for _ in range(DRAWS):
        months = [ScoreCounts(score, x, x.astype(float), x.astype(float)) for x in rng.multinomial(40, PARTS, size=24)]
        found = over_time(months, np.arange(24) / 12)
        alarms.append(found.outside.any() or found.p_trend < 0.0125)
        trends.append(found.trend.low <= 0 <= found.trend.high)
    assert told("false alarm over 24 months of 40 answers", 960, alarms) <= 0.03
    assert LOW <= told("trend of the score", 960, trends) <= HIGH


def test_the_weighed_score_is_covered_where_the_silent_are_like_the_others_of_their_cell():
    """Two segments of 300 customers answer at 60% and 20%, and differ by 40 points."""
    rng = np.random.default_rng(9)
    size, answering = np.array([300, 300]), np.array([0.6, 0.2])
    parts = np.array([[0.5, 0.3, 0.2], [0.3, 0.3, 0.4]])
    covered, plain = [], []
    for _ in range(DRAWS):
        n = rng.binomial(size, answering)
        drawn = np.array([rng.multinomial(k, p) for k, p in zip(n, parts, strict=True)])
        total, squares = drawn[:, 0] - drawn[:, 2], drawn[:, 0] + drawn[:, 2]
        found = reweight([("a",), ("b",)], size, n, total, squares)
        truth = 100 * float(np.mean(parts[:, 0] - parts[:, 2]))
        covered.append(found.reweighted.low <= truth <= found.reweighted.high)
        plain.append(found.answered.low <= truth <= found.answered.high)
    assert LOW <= told("score weighed to all customers", 240, covered) <= HIGH
    assert told("plain score beside it", 240, plain) < LOW
