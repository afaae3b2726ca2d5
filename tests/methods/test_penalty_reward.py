"""Penalty–reward contrasts: by hand, on planted bends, and on noise."""

from collections import Counter

import numpy as np
import pytest

from cvclib.methods.penalty_reward import classes_of, penalty_reward


def ratings(rng, n, k, mean=3.8):
    return np.clip(np.round(rng.normal(mean, 1, (n, k)) + 0.5 * rng.normal(size=(n, 1))), 1, 5)


def test_penalty_and_reward_of_one_attribute_are_differences_of_means():
    """Outcome 1, 4 and 6 with low (2), middle (3) and high (4): penalty -3 and reward 2, asymmetry 2/1 - 3/1 = -1."""
    x = np.repeat([2.0, 3.0, 4.0], 12)
    y = np.repeat([1.0, 4.0, 6.0], 12) + np.tile([-0.5, 0.5], 18)
    found = penalty_reward(x[:, None], y, scale=(1, 5))
    assert (found.penalty[0], found.reward[0], found.asymmetry[0]) == pytest.approx((-3, 2, -1))
    assert found.kind == ["basic"]
    assert (found.n, found.n_low[0], found.n_middle[0], found.n_high[0]) == (36, 12, 12, 12)


def test_bends_that_are_planted_are_found_and_a_straight_line_is_not_called_bent():
    """A straight line off the middle of the scale has unequal penalty and reward, yet no asymmetry a point."""
    rng = np.random.default_rng(1)
    kinds = [Counter() for _ in range(4)]
    for _ in range(40):
        x = ratings(rng, 800, 4)
        y = 0.5 * x[:, 0] + 0.8 * np.minimum(x[:, 1], 3) + 0.8 * np.maximum(x[:, 2], 3) + rng.normal(size=800)
        for j, kind in enumerate(penalty_reward(x, y, scale=(1, 5)).kind):
            kinds[j][kind] += 1
    assert kinds[0]["performance"] >= 34
    assert kinds[1]["basic"] >= 38
    assert kinds[2]["excitement"] >= 38
    assert kinds[3]["no clear effect"] >= 32


def test_on_noise_hardly_any_attribute_is_classed():
    """150 companies of eight attributes; a family is wrong at most one time in twenty."""
    rng = np.random.default_rng(2)
    named = 0
    for _ in range(150):
        found = penalty_reward(ratings(rng, 250, 8), rng.normal(size=250), scale=(1, 5), weights=rng.uniform(0.5, 1.5, 250))
        named += any(kind in ("basic", "performance", "excitement") for kind in found.kind)
    assert named / 150 <= 0.05


def test_the_interval_of_a_penalty_covers_it_also_with_weights_and_unequal_variance():
    """Low ratings scatter three times as much; the true penalty is -1."""
    rng, covered = np.random.default_rng(3), 0
    for _ in range(300):
        x = rng.choice([2.0, 3.0, 4.0], 200)
        y = 1.0 * (x >= 3) + rng.normal(size=200) * np.where(x < 3, 3, 1)
        found = penalty_reward(x[:, None], y, scale=(1, 5), weights=rng.uniform(0.5, 2, 200))
        covered += found.penalty_low[0] <= -1 <= found.penalty_high[0]
    assert covered / 300 == pytest.approx(0.95, abs=0.035)


def test_an_unanswered_rating_is_a_class_of_its_own_and_loses_no_row():
    rng = np.random.default_rng(4)
    x = ratings(rng, 600, 2, mean=3.0)
    y = x[:, 0] + rng.normal(size=600)
    x[rng.random(600) < 0.5, 1] = np.nan
    found = penalty_reward(x, y, scale=(1, 5))
    assert found.n == 600
    assert found.kind[0] == "performance"


def test_a_class_with_few_answers_is_not_contrasted():
    rng = np.random.default_rng(5)
    x = np.column_stack([rng.integers(4, 6, 100), ratings(rng, 100, 1, mean=3.0)[:, 0]]).astype(float)
    found = penalty_reward(x, x[:, 1] + rng.normal(size=100), scale=(1, 5))
    assert found.kind[0] == "too few answers"
    assert np.isnan(found.penalty[0])


def test_every_usual_scale_has_a_low_a_middle_and_a_high_class():
    for low, high in ((1, 3), (1, 4), (1, 5), (1, 7), (1, 10), (0, 10)):
        answers = np.arange(low, high + 1)
        below, above = classes_of((low, high))
        assert (answers <= below).any()
        assert (answers >= above).any()
        assert ((answers > below) & (answers < above)).any()


def test_fewer_rows_than_coefficients_are_refused():
    with pytest.raises(ValueError, match="too few"):
        penalty_reward([[1.0], [3.0]], [1.0, 2.0], scale=(1, 5))
