"""Removal effects against published examples, by hand, and against removing a touchpoint in so many words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvclib.methods import markov
from cvclib.methods.attribution import redrawn_effects, removal_effects, rule_credits, sure_ranks

EXACT = 1e-12


def test_three_channels_of_three_paths_have_the_published_effects():
    """PR, truths 6: C1>C2>C3 converts, C1 and C2>C3 do not: base 1/3; effects 0.5, 1, 1; shares 0.2, 0.4, 0.4."""
    found = removal_effects([["C1", "C2", "C3"], ["C1"], ["C2", "C3"]], [1, 0, 0], [0, 1, 1])

    assert float(found.base) == pytest.approx(1 / 3, abs=EXACT)
    assert found.effect == pytest.approx([0.5, 1, 1], abs=EXACT)
    assert found.share == pytest.approx([0.2, 0.4, 0.4], abs=EXACT)


def test_two_channels_of_five_visitors_have_the_published_credit():
    """PR, truths 6: google 2 conversions, mailing 1, google>mailing 1, google 1 without: base 0.8; effects 0.75, 0.5; credit 2.4, 1.6."""
    found = removal_effects([["google"], ["mailing"], ["google", "mailing"]], [2, 1, 1], [1, 0, 0])

    assert float(found.base) == pytest.approx(0.8, abs=EXACT)
    assert found.effect == pytest.approx([0.75, 0.5], abs=EXACT)
    assert 4 * found.share == pytest.approx([2.4, 1.6], abs=EXACT)


def removed_in_words(paths, converted, lost, name):
    """Probability of conversion in the chain in which every step to the touchpoint goes to the lost."""
    names = sorted({x for path in paths for x in path})
    k = len(names)
    table = np.zeros((k + 1, k + 2))
    for path, bought, left in zip(paths, converted, lost, strict=True):
        at = k
        for x in path:
            table[at, names.index(x)] += bought + left
            at = names.index(x)
        table[at, k] += bought
        table[at, k + 1] += left
    out = names.index(name)
    table[:, k + 1] += table[:, out]
    table[:, out] = 0
    table[out] = 0
    table[out, k + 1] = 1
    chance = table / table.sum(axis=1, keepdims=True)
    order = [*range(k), k]
    moves = np.hstack([chance[:, :k], np.zeros((k + 1, 1))])[order]
    return markov.solve(moves, chance[order][:, k:]).absorption[k, 0]


@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from("ABCD"), min_size=1, max_size=6), st.integers(0, 5), st.integers(1, 5)),
        min_size=1,
        max_size=8,
    )
)
def test_the_formula_gives_what_removing_the_touchpoint_gives(rows):
    """One solution for all touchpoints against a chain of its own for each."""
    paths, converted, lost = (list(part) for part in zip(*rows, strict=True))
    converted[0] += 1
    found = removal_effects(paths, converted, lost)
    for name, effect in zip(found.names, found.effect, strict=True):
        assert effect == pytest.approx(1 - removed_in_words(paths, converted, lost, name) / float(found.base), abs=1e-9)


def test_repeating_a_touch_changes_no_effect():
    """Going round at one touchpoint delays the end without moving it."""
    once = removal_effects([["A", "B"], ["B"]], [3, 2], [5, 4])
    again = removal_effects([["A", "A", "B"], ["B"]], [3, 2], [5, 4])

    assert again.effect == pytest.approx(once.effect, abs=EXACT)


def test_a_touchpoint_that_every_conversion_passes_is_worth_all_of_them():
    assert removal_effects([["Ad", "Shop"], ["Shop"]], [5, 5], [1, 9]).effect[1] == pytest.approx(1, abs=EXACT)


def test_rules_share_conversions_as_counted_by_hand():
    """A>B converts three times, B once: first A 3/4; last B 1; evenly A 3/8."""
    credits = rule_credits([["A", "B"], ["B"]], [3, 1])

    assert (credits.first[0], credits.last[1], credits.linear[0]) == (0.75, 1.0, 0.375)


def test_replicates_scatter_around_the_effects():
    paths, converted, lost = [["A", "B"], ["B"], ["A"]], [300, 200, 100], [500, 600, 400]
    found = removal_effects(paths, converted, lost)
    drawn = redrawn_effects(paths, converted, lost, np.random.default_rng(1), draws=400)

    assert drawn.effect.mean(axis=0) == pytest.approx(found.effect, abs=0.01)


def test_equal_effects_have_no_sure_rank():
    draws = np.random.default_rng(2).normal(0.5, 0.05, (500, 4))
    best, worst = sure_ranks([0.5] * 4, draws)

    assert best.tolist() == [1] * 4
    assert worst.tolist() == [4] * 4


@pytest.mark.parametrize(
    ("paths", "converted", "lost", "told"),
    [
        ([], [], [], "length above 0"),
        ([["A"]], [0], [3], "no conversion"),
        ([["A"], []], [1, 1], [0, 0], "empty"),
        ([["A"]], [-1], [0], "negative"),
    ],
)
def test_what_cannot_be_attributed_is_told(paths, converted, lost, told):
    with pytest.raises(ValueError, match=told):
        removal_effects(paths, converted, lost)
