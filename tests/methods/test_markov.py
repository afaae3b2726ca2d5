import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvclib.methods import markov


def test_the_drunkards_walk_is_that_of_the_book():
    """Truths 1.5; Grinstead and Snell, example 11.13: corners 1 to 3, absorbed at 0 and 4, half a chance each way."""
    walk = markov.solve([[0, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0]], [[0.5, 0], [0, 0], [0, 0.5]])

    assert walk.fundamental == pytest.approx(np.array([[1.5, 1, 0.5], [1, 2, 1], [0.5, 1, 1.5]]), abs=1e-12)
    assert walk.steps == pytest.approx([3, 4, 3], abs=1e-12)
    assert walk.absorption[:, 0] == pytest.approx([0.75, 0.5, 0.25], abs=1e-12)


def test_counts_become_shares():
    """By hand. From a: 3 times to b, once to the end x. From b: x once, y once, back to a twice.
    P(x from a) = 1/4 + 3/4 b, b = 1/4 + a/2, so a = 7/16 / (5/8) = 0.7; steps a = 1 + 3/4 b, b = 1 + a/2: a = 2.8."""
    chain = markov.from_counts([[0, 3], [2, 0]], [[1, 0], [1, 1]])

    assert chain.absorption[0] == pytest.approx([0.7, 0.3])
    assert chain.steps == pytest.approx([2.8, 2.4])


def test_a_state_that_no_end_was_seen_from_has_no_answer():
    """c is entered and never left; the move into it is left out: from a all others end in x."""
    chain = markov.from_counts([[0, 0, 4], [1, 0, 0], [0, 0, 0]], [[6], [1], [0]])

    assert chain.absorption[:2, 0] == pytest.approx([1, 1])
    assert np.isnan(chain.absorption[2, 0]) and np.isnan(chain.steps[2])


def test_several_chains_are_solved_at_once_as_one_by_one():
    moves = np.array([[[0, 3], [2, 0]], [[1, 1], [0, 5]]])
    ends = np.array([[[1, 0], [1, 1]], [[2, 2], [1, 3]]])

    together = markov.from_counts(moves, ends).absorption

    assert together[1] == pytest.approx(markov.from_counts(moves[1], ends[1]).absorption)


@pytest.mark.parametrize(
    ("moves", "ends", "said"),
    [
        ([[0.5]], [[0.4]], "sum to 1, but one sums to 0.9"),
        ([[-0.5]], [[1.5]], "negative"),
        ([[0, 1], [1, 0]], [[0], [0]], "no end can be reached"),
    ],
)
def test_what_is_no_absorbing_chain_is_refused(moves, ends, said):
    with pytest.raises(ValueError, match=said):
        markov.solve(moves, ends)


def test_the_spread_holds_the_truth_as_often_as_it_says():
    """95% of 200 samples of 60 journeys through a chain with P(x) = 0.7; binomial limits 90% to 99%."""
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(200):
        counts = np.zeros((2, 4), dtype=int)
        for _ in range(60):
            state = 0
            while state < 2:
                following = rng.choice(4, p=[[0, 0.75, 0.25, 0], [0.5, 0, 0.25, 0.25]][state])
                counts[state, following] += 1
                state = following
        drawn = markov.redrawn(counts[:, :2], counts[:, 2:], rng, draws=200).absorption[:, 0, 0]
        low, high = np.quantile(drawn, [0.025, 0.975])
        held += low <= 0.7 <= high
    assert 180 <= held <= 198


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.integers(1, 3), st.integers(0, 2**32))
def test_where_all_states_reach_an_end_the_shares_of_the_ends_sum_to_one(n_states, n_ends, seed):
    rng = np.random.default_rng(seed)
    chain = markov.from_counts(rng.integers(0, 5, (n_states, n_states)), rng.integers(1, 5, (n_states, n_ends)))

    assert chain.absorption.sum(axis=-1) == pytest.approx(np.ones(n_states))
    assert (chain.steps >= 1 - 1e-9).all()
