"""Bootstrap of scores against scipy's and by hand."""

import numpy as np
import pytest
from scipy import stats

from cvclib.methods.score_bootstrap import chances_of_lowest, score_intervals
from cvclib.methods.scores import ScoreCounts


def test_intervals_are_those_of_scipys_bootstrap():
    """Percentile intervals of the same 500 answers, 4,000 draws each; they differ by chance only."""
    scores = np.random.default_rng(1).choice([10, 8, 3], 500, p=[0.4, 0.4, 0.2])
    found = score_intervals(scores, np.zeros(500), rng=np.random.default_rng(2), draws=4000)
    side = np.where(scores >= 9, 100.0, np.where(scores <= 6, -100.0, 0.0))
    peer = stats.bootstrap((side,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(3)).confidence_interval
    assert found.value[0] == pytest.approx(side.mean())
    assert (found.low[0], found.high[0]) == pytest.approx(tuple(peer), abs=0.6)


def test_groups_alike_are_as_often_the_lowest():
    chances = chances_of_lowest([ScoreCounts.of([10] * 30 + [7] * 40 + [0] * 30)] * 4, rng=np.random.default_rng(4))
    assert chances.sum() == pytest.approx(1)
    assert chances == pytest.approx([0.25] * 4, abs=0.03)
