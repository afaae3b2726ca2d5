"""Ulwick's opportunity score."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvclib.methods.opportunity import opportunity_score, rank_probabilities, top_two


@pytest.mark.parametrize(("importance", "satisfaction", "score"), [(9.5, 3.2, 15.8), (8, 4, 12), (5, 8, 5)])
def test_worked_examples(importance, satisfaction, score):
    """Ulwick 2002: importance + max(importance - satisfaction, 0)."""
    assert opportunity_score(importance, satisfaction) == pytest.approx(score)


@given(st.floats(0, 10), st.floats(0, 10))
def test_satisfaction_above_importance_never_lowers_it(importance, satisfaction):
    assert opportunity_score(importance, satisfaction) >= importance


def test_only_the_two_highest_boxes_count_and_blanks_stay_blank():
    assert top_two([5, 4, 3, np.nan]).tolist() == pytest.approx([10, 10, 0, np.nan], nan_ok=True)
    assert top_two([10, 9, 8], highest=10).tolist() == [10, 10, 0]


def test_each_rank_is_held_as_often_as_the_draws_say():
    """Two draws 3 > 2 > 1, one 2 > 3 > 1: the first ranks first in two of three."""
    found = rank_probabilities([[3, 2, 1], [3, 2, 1], [2, 3, 1]])
    assert found[0] == pytest.approx([2 / 3, 1 / 3, 0])
    assert found.sum(axis=0) == pytest.approx([1, 1, 1])
    assert found.sum(axis=1) == pytest.approx([1, 1, 1])
