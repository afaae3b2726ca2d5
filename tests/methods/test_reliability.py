"""Cronbach's alpha: published values, its interval, weights and blanks."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cvclib.methods.reliability import cronbach_alpha

REFERENCE = Path(__file__).resolve().parents[1] / "reference"


def scale(rng, n, k, common):
    return common * rng.normal(size=(n, 1)) + rng.normal(size=(n, k))


def test_alpha_of_the_attitude_items_is_that_of_psych():
    """R psych on all seven columns: raw and standardised alpha, mean correlation, alpha with each item dropped."""
    found = cronbach_alpha(pd.read_csv(REFERENCE / "attitude.csv"))
    assert found.alpha.value == pytest.approx(0.843143, abs=1e-6)
    assert found.standardised == pytest.approx(0.839084, abs=1e-6)
    assert found.mean_correlation == pytest.approx(0.426906, abs=1e-6)
    dropped = [0.809760, 0.796917, 0.827848, 0.803031, 0.795387, 0.863872, 0.840465]
    assert found.dropped == pytest.approx(dropped, abs=1e-6)


def test_two_parallel_items_have_spearman_and_browns_reliability():
    """By hand: both of variance 5/4 and correlation 0.6, so alpha = 2 · 0.6 / 1.6 = 0.75."""
    found = cronbach_alpha([[1, 2], [2, 1], [3, 4], [4, 3]])
    assert found.alpha.value == pytest.approx(0.75)
    assert np.isnan(found.dropped).all()
    assert found.item_rest == pytest.approx([0.6, 0.6])


def test_the_interval_covers_the_true_alpha_about_as_often_as_it_says():
    """Four items, each a common part of variance 0.49 and its own of 1: alpha = 4·0.49/(1 + 4·0.49)."""
    truth, rng = 4 * 0.49 / (1 + 4 * 0.49), np.random.default_rng(1)
    found = [cronbach_alpha(scale(rng, 150, 4, 0.7)).alpha for _ in range(400)]
    assert np.mean([e.low <= truth <= e.high for e in found]) == pytest.approx(0.95, abs=0.03)


def test_a_weight_of_two_counts_as_two_equal_answers_and_a_blank_takes_its_row_out():
    items = scale(np.random.default_rng(2), 40, 3, 1.0)
    holed = np.vstack([items, [np.nan, 1.0, 1.0]])
    weighted = cronbach_alpha(holed, weights=np.r_[np.full(20, 2.0), np.ones(21)])
    assert weighted.alpha.value == pytest.approx(cronbach_alpha(np.vstack([items, items[:20]])).alpha.value)
    assert weighted.alpha.n == 40


def test_unequal_weights_widen_the_interval():
    items, rng = scale(np.random.default_rng(3), 300, 4, 1.0), np.random.default_rng(4)
    even, uneven = (cronbach_alpha(items, weights=w).alpha for w in (np.ones(300), rng.exponential(1, 300) ** 2))
    assert uneven.high - uneven.low > 1.3 * (even.high - even.low)


def test_an_item_that_does_not_vary_and_a_single_item_are_refused():
    with pytest.raises(ValueError, match="item 1 does not vary"):
        cronbach_alpha([[1, 3], [2, 3], [3, 3]])
    with pytest.raises(ValueError, match="1 columns and 3 complete rows"):
        cronbach_alpha([[1], [2], [3]])
