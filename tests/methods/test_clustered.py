import numpy as np
import pytest
from scipy import stats

from cvclib.methods.clustered import Tally, p_of_difference


def tally(y: np.ndarray, m: np.ndarray) -> Tally:
    return Tally(m.sum(), y.sum(), len(m), (y**2).sum(), (y * m).sum(), (m**2).sum())


def test_units_that_stand_alone_count_nearly_in_full():
    """With single units the design effect is C / (C - 1): 40 units are worth 39."""
    assert tally(np.array([1] * 10 + [0] * 30), np.ones(40)).effective_n == pytest.approx(39)


def test_clusters_that_agree_within_count_once():
    """Twenty clusters of five alike units: 20 - 1 effective ones."""
    assert tally(np.array([5] * 10 + [0] * 10), np.full(20, 5)).effective_n == pytest.approx(19)


def test_the_test_is_the_chi_square_test_where_cells_are_large_and_fishers_where_they_are_small():
    one, other = tally(np.array([1] * 60 + [0] * 40), np.ones(100)), tally(np.array([1] * 40 + [0] * 60), np.ones(100))
    assert p_of_difference(one, other) == pytest.approx(stats.chi2_contingency([[60, 40], [40, 60]], correction=False).pvalue, rel=0.05)

    few, none = tally(np.array([1] * 3 + [0] * 7), np.ones(10)), tally(np.zeros(10), np.ones(10))
    assert p_of_difference(few, none) == pytest.approx(stats.fisher_exact([[3, 6], [0, 10]]).pvalue, abs=0.12)
    assert np.isnan(p_of_difference(Tally(0, 0, 0, 0, 0, 0), none))


def test_under_clustering_it_rejects_no_more_often_than_it_says():
    """400 draws of two groups of 60 customers with 4 journeys each, whose inclinations differ widely (beta 0.7, 0.7): at most 8% below 0.05."""
    rng = np.random.default_rng(3)
    draws = [[tally(rng.binomial(4, rng.beta(0.7, 0.7, 60)), np.full(60, 4)) for _ in range(2)] for _ in range(400)]

    assert np.mean([p_of_difference(a, b) < 0.05 for a, b in draws]) <= 0.08
