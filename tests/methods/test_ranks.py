import numpy as np
import pytest

from cvclib.methods.ranks import rank_ranges


def test_items_far_apart_have_one_rank_each_and_equal_ones_share_theirs():
    """Means 5, 3, 3, 1 with 60 answers of standard deviation 1: the middle two may stand second or third."""
    rng = np.random.default_rng(1)
    found = rank_ranges(np.array([5, 3, 3, 1]) + rng.normal(0, 1, (60, 4)), rng=rng)

    assert found["low"].tolist() == [1, 2, 2, 4]
    assert found["high"].tolist() == [1, 3, 3, 4]


def test_among_equal_items_none_is_told_apart_more_often_than_it_says():
    """150 times 60 answers to eight items of one mean: any item parted from any other in 5% at most, plus the luck of 150 draws."""
    rng, wrong = np.random.default_rng(2), 0
    for _ in range(150):
        found = rank_ranges(rng.integers(1, 6, (60, 8)).astype(float), rng=rng, replicates=300)
        wrong += bool((found["low"] > 1).any() or (found["high"] < 8).any())

    assert wrong / 150 <= 0.10


def test_the_ranges_hold_together_as_often_as_they_say():
    """Five items a quarter apart, two of them equal, 100 answers: all five ranges hold the true ranks."""
    rng, held = np.random.default_rng(3), 0
    low, high = np.array([1, 2, 2, 4, 5]), np.array([1, 3, 3, 4, 5])
    for _ in range(100):
        found = rank_ranges(np.array([4, 3.75, 3.75, 3.5, 3.25]) + rng.normal(0, 1, (100, 5)), rng=rng, replicates=300)
        held += bool((found["low"] <= low).all() and (found["high"] >= high).all())

    assert held >= 90


def test_weights_decide_who_counts():
    """Two kinds of respondents rank the other way round; with the second kind weighted 0 only the first is left."""
    rng = np.random.default_rng(4)
    answers = np.vstack([np.tile([5.0, 1.0], (40, 1)), np.tile([1.0, 5.0], (60, 1))]) + rng.normal(0, 0.3, (100, 2))

    assert rank_ranges(answers, rng=rng)["rank"].tolist() == [2, 1]
    assert rank_ranges(answers, rng=rng, weights=np.repeat([1.0, 0.0], [40, 60]))["rank"].tolist() == [1, 2]


def test_an_item_with_too_few_answers_can_have_any_rank():
    rng = np.random.default_rng(5)
    answers = np.array([5.0, 3.0, 1.0]) + rng.normal(0, 0.1, (30, 3))
    answers[3:, 1] = np.nan
    found = rank_ranges(answers, rng=rng)

    assert found.loc[1, ["low", "high", "n"]].tolist() == [1, 3, 3]
    assert (found.loc[0, "low"], found.loc[2, "high"]) == (1, 3)


def test_a_list_is_refused():
    with pytest.raises(ValueError, match="a row a respondent"):
        rank_ranges([1.0, 2.0], rng=np.random.default_rng(1))
