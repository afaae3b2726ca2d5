"""Choosing improvements under a budget: by hand, against a published instance, and against trying every set."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvclib.methods import portfolio


def by_trying_all(benefits, costs, budget, requires=(), excludes=()):
    best = 0.0
    for bits in itertools.product([0, 1], repeat=len(benefits)):
        allowed = all(bits[i] <= bits[j] for i, j in requires) and all(bits[i] + bits[j] <= 1 for i, j in excludes)
        if allowed and np.dot(bits, costs) <= budget + 1e-9:
            best = max(best, float(np.dot(bits, benefits)))
    return best


def test_three_improvements_by_hand():
    """10 + 20 is too little for 30, so of 60 + 100, 60 + 120 and 100 + 120 within 50 the last brings most: 220."""
    best = portfolio.best_choice([60, 100, 120], [10, 20, 30], 50)
    assert best.chosen.tolist() == [False, True, True]
    assert (best.benefit, best.cost) == (220, 50)


def test_the_published_knapsack_of_ten_is_solved():
    """Instance P01 of S. Martello and P. Toth's kind as published with KNAPSACK_01 (Florida State University): optimum 309."""
    weights, profits = [23, 31, 29, 44, 53, 38, 63, 85, 89, 82], [92, 57, 49, 68, 60, 43, 67, 84, 87, 72]
    best = portfolio.best_choice(profits, weights, 165)
    assert best.benefit == 309
    assert best.chosen.astype(int).tolist() == [1, 1, 1, 1, 0, 1, 0, 0, 0, 0]


def test_the_published_knapsack_of_twenty_four_is_solved():
    """Instance P08 of the same collection: capacity 6,404,180, optimum 13,549,094."""
    weights = [382745, 799601, 909247, 729069, 467902, 44328, 34610, 698150, 823460, 903959, 853665, 551830,
               610856, 670702, 488960, 951111, 323046, 446298, 931161, 31385, 496951, 264724, 224916, 169684]  # fmt: skip
    profits = [825594, 1677009, 1676628, 1523970, 943972, 97426, 69666, 1296457, 1679693, 1902996, 1844992, 1049289,
               1252836, 1319836, 953277, 2067538, 675367, 853655, 1826027, 65731, 901489, 577243, 466257, 369261]  # fmt: skip
    assert portfolio.best_choice(profits, weights, 6_404_180).benefit == 13_549_094


def test_what_requires_another_comes_with_it_or_not_at_all():
    """0 brings 100 for 10 but requires 1 (1 for 10): within 10 only 2 (50 for 10) can be had, within 20 both 0 and 1."""
    args = {"requires": [(0, 1)]}
    assert portfolio.best_choice([100, 1, 50], [10, 10, 10], 10, **args).chosen.tolist() == [False, False, True]
    assert portfolio.best_choice([100, 1, 50], [10, 10, 10], 20, **args).chosen.tolist() == [True, True, False]


def test_what_excludes_another_is_never_chosen_beside_it():
    """Both would fit, yet only the better is chosen."""
    assert portfolio.best_choice([5, 4], [1, 1], 10, excludes=[(0, 1)]).chosen.tolist() == [True, False]


def test_what_brings_nothing_is_left_out_however_large_the_budget():
    assert portfolio.best_choice([-5, 0, 3], [1, 1, 1], 100).chosen.tolist() == [False, False, True]


def test_no_budget_buys_only_what_is_free():
    assert portfolio.best_choice([5, 4], [1, 0], 0).chosen.tolist() == [False, True]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_set_brings_more_than_the_one_chosen(data):
    n = data.draw(st.integers(1, 7))
    benefits = data.draw(st.lists(st.integers(-20, 1000), min_size=n, max_size=n))
    costs = data.draw(st.lists(st.integers(0, 500), min_size=n, max_size=n))
    pairs = st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda p: p[0] != p[1]), max_size=3)
    requires, excludes = data.draw(pairs), data.draw(pairs)
    budget = data.draw(st.integers(0, 2000))
    best = portfolio.best_choice(benefits, costs, budget, requires=requires, excludes=excludes)
    assert best.benefit == pytest.approx(by_trying_all(benefits, costs, budget, requires, excludes))
    assert best.cost <= budget


def test_the_frontier_holds_the_best_choice_of_every_budget():
    """Each whole budget from 0 to the sum of the costs, solved anew, finds what the frontier says."""
    rng = np.random.default_rng(4)
    benefits, costs = rng.integers(1, 60, 7), rng.integers(1, 25, 7)
    steps = portfolio.frontier(benefits, costs, requires=[(0, 1)], excludes=[(2, 3)])
    assert all(a.cost < b.cost and a.benefit < b.benefit for a, b in itertools.pairwise(steps))
    for budget in range(costs.sum() + 1):
        expected = by_trying_all(benefits, costs, budget, [(0, 1)], [(2, 3)])
        assert [step.benefit for step in steps if step.cost <= budget][-1] == pytest.approx(expected)


def test_how_often_each_is_chosen_follows_the_draws():
    """Benefits N(10, 1) and N(9, 1) for one place: the first wins with probability Φ(1/√2) = 0.760; 2,000 draws, three standard errors."""
    draws = np.random.default_rng(1).normal([10, 9], 1, (2000, 2))
    assert portfolio.chosen_shares(draws, [1, 1], 1)[0] == pytest.approx(0.760, abs=0.03)


def test_improvements_that_wait_for_one_another_are_a_circle():
    assert portfolio.circles([(0, 1), (1, 0), (2, 0)]) == [[0, 1]]
    assert portfolio.circles([(0, 1), (1, 2)]) == []
    assert portfolio.circles([(3, 3)]) == [[3]]


@pytest.mark.parametrize(("costs", "budget", "message"), [([-1, 2], 5, "0 or more"), ([1], 5, "one length"), ([1, np.nan], 5, "numbers")])
def test_what_cannot_be_chosen_from_is_refused(costs, budget, message):
    with pytest.raises(ValueError, match=message):
        portfolio.best_choice([1, 2], costs, budget)
