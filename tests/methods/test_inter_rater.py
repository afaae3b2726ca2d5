from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvclib.methods.inter_rater import cohens_kappa, krippendorffs_alpha

FILE = Path(__file__).resolve().parents[1] / "reference" / "agreement_krippendorff.csv"
observers = pd.read_csv(FILE).drop(columns="observer").T.to_numpy(dtype=float)  # a row a unit


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743421), ("ordinal", 0.815388), ("interval", 0.849107), ("ratio", 0.797403)])
def test_alpha_is_krippendorffs_on_every_level(level, alpha):
    """Krippendorff 2011, section E, to three decimals; R irr and the package krippendorff to six."""
    assert krippendorffs_alpha(observers, level).value == pytest.approx(alpha, abs=1e-6)


def test_a_unit_with_one_value_only_is_left_out():
    """Unit 12 has one observer: 11 units are pairable."""
    assert krippendorffs_alpha(observers, "nominal").n == 11


def test_alpha_by_hand_of_two_raters_and_four_units():
    """Units aa, ab, bb, bb: D_o = 2, n = 8, n_a = 3, n_b = 5; D_e = 2 x 3 x 5 / 7; alpha = 1 - 14 / 30."""
    assert krippendorffs_alpha([[1, 1], [1, 2], [2, 2], [2, 2]], "nominal").value == pytest.approx(1 - 14 / 30)


def test_raters_who_never_differ_or_have_nothing_to_compare_give_no_number():
    assert np.isnan(krippendorffs_alpha([[3, 3], [3, 3]], "interval").value)
    assert np.isnan(krippendorffs_alpha([[1, np.nan], [np.nan, 2]], "nominal").value)
    with pytest.raises(ValueError, match="level must be one of"):
        krippendorffs_alpha([[1, 1]], "cardinal")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.one_of(st.none(), st.integers(1, 4)), min_size=3, max_size=3), min_size=2, max_size=8), st.randoms())
def test_alpha_is_at_most_1_and_does_not_depend_on_who_is_called_first(rows, random):
    ratings = np.array([[np.nan if v is None else v for v in row] for row in rows], dtype=float)
    alpha = krippendorffs_alpha(ratings, "ordinal").value
    order = random.sample(range(3), 3)

    assert np.isnan(alpha) or alpha <= 1 + 1e-12
    assert krippendorffs_alpha(ratings[:, order], "ordinal").value == pytest.approx(alpha, nan_ok=True)


def test_the_interval_of_alpha_covers_the_truth_about_as_often_as_it_says():
    """Two raters, five equal categories; with chance 0.6 the second copies the first: alpha is 0.6. 200 samples of 80 units."""
    rng, covered = np.random.default_rng(5), 0
    for _ in range(200):
        first = rng.integers(1, 6, 80)
        second = np.where(rng.random(80) < 0.6, first, rng.integers(1, 6, 80))
        found = krippendorffs_alpha(np.column_stack([first, second]), "nominal", rng=rng, replicates=200)
        covered += found.low <= 0.6 <= found.high

    assert 0.89 <= covered / 200 <= 0.99


def test_kappa_of_the_textbook_table():
    """p_o = 0.7, p_e = 0.5 x 0.6 + 0.5 x 0.4 = 0.5; kappa = 0.2 / 0.5 exactly."""
    found = cohens_kappa([[20, 5], [10, 15]])

    assert found.value == pytest.approx(0.4, abs=1e-12)
    assert found.n == 50


def test_the_interval_of_kappa_is_that_of_statsmodels():
    from statsmodels.stats.inter_rater import cohens_kappa as peer

    table = np.array([[44, 5, 1], [7, 20, 3], [9, 5, 6]])
    found, expected = cohens_kappa(table), peer(table)

    assert (found.value, found.low, found.high) == pytest.approx((expected.kappa, expected.kappa_low, expected.kappa_upp), abs=1e-6)


def test_a_table_that_is_not_square_or_empty_has_no_kappa():
    assert np.isnan(cohens_kappa([[0, 0], [0, 0]]).value)
    assert np.isnan(cohens_kappa([[5, 0], [0, 0]]).value)
    with pytest.raises(ValueError, match="square"):
        cohens_kappa([[1, 2, 3], [1, 2, 3]])
