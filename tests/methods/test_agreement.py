from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cvclib.methods import agreement

anxiety = pd.read_csv(Path(__file__).resolve().parents[1] / "reference" / "agreement_anxiety.csv").drop(columns="subject")


def test_kendalls_w_corrected_for_ties_is_that_of_irr():
    """R irr: corrected 0.539657, chi-square(19) = 30.760442, p = 0.042883; uncorrected 0.501921."""
    corrected = agreement.kendalls_w(anxiety)

    assert corrected.w == pytest.approx(0.539657, abs=1e-6)
    assert (corrected.chi_square, corrected.degrees) == (pytest.approx(30.760442, abs=1e-6), 19)
    assert corrected.p_value == pytest.approx(0.042883, abs=1e-6)
    assert agreement.kendalls_w(anxiety, correct_ties=False).w == pytest.approx(0.501921, abs=1e-6)


def test_opposite_rankings_do_not_agree_at_all():
    """By hand: rank sums are 4, 4, 4, so S = 0 and W = 0."""
    assert agreement.kendalls_w([[1, 3], [2, 2], [3, 1]]).w == 0


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(6)), st.permutations(range(6)), st.permutations(range(6)))
def test_w_lies_between_0_and_1_and_does_not_depend_on_the_order_of_raters(a, b, c):
    w = agreement.kendalls_w(np.column_stack([a, b, c])).w

    assert -1e-12 <= w <= 1 + 1e-12
    assert w == pytest.approx(agreement.kendalls_w(np.column_stack([c, a, b])).w)


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(8)), st.permutations(range(8)))
def test_for_two_raters_w_is_a_linear_function_of_spearman(a, b):
    """W = (rho + 1) / 2 for two raters without ties."""
    w, rho = agreement.kendalls_w(np.column_stack([a, b])).w, agreement.spearman(a, b).rho.value

    assert w == pytest.approx((rho + 1) / 2)


def test_spearman_agrees_with_scipy_with_ties():
    x, y = anxiety["rater1"], anxiety["rater2"]
    expected = stats.spearmanr(x, y)

    found = agreement.spearman(x, y)

    assert (found.rho.value, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))


def test_spearmans_interval_covers_the_truth_as_often_as_it_says():
    """Bivariate normal with r = 0.5: rho = 6/pi asin(r/2) = 0.4826; 500 samples of 60."""
    rng = np.random.default_rng(3)
    truth = 6 / np.pi * np.arcsin(0.25)
    covered = 0
    for _ in range(500):
        x, y = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 60).T
        rho = agreement.spearman(x, y).rho
        covered += rho.low <= truth <= rho.high
    assert 0.92 <= covered / 500 <= 0.98


def test_what_a_third_variable_explains_is_gone_once_it_is_held_fixed():
    rng = np.random.default_rng(5)
    third = rng.normal(size=800)
    x, y = third + rng.normal(size=800) / 2, third + rng.normal(size=800) / 2

    assert agreement.spearman(x, y).rho.low > 0.7
    assert abs(agreement.spearman(x, y, given=third).rho.value) < 0.15


def test_a_variable_that_does_not_vary_has_no_correlation():
    assert np.isnan(agreement.spearman([1, 1, 1, 1, 1], [1, 2, 3, 4, 5]).rho.value)


def test_ratings_with_a_blank_are_refused():
    with pytest.raises(ValueError, match="no blank"):
        agreement.kendalls_w([[1, np.nan], [2, 1]])


def test_with_few_pairs_the_test_of_spearman_is_exact():
    """Of the 120 orders of five, two (the same and the reverse) correlate fully: p = 1/60; one swap of neighbours: rho 0.9, 10 orders."""
    assert agreement.spearman([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]).p_value == pytest.approx(2 / 120)
    assert agreement.spearman([1, 2, 3, 4, 5], [2, 1, 3, 4, 5]).p_value == pytest.approx(10 / 120)


def test_shuffling_tests_w_of_few_items_as_all_orders_do():
    """Three raters, three items, all alike: 6 of the 216 orders, 1/36."""
    p = agreement.concordance_p([[1, 1, 1], [2, 2, 2], [3, 3, 3]], rng=np.random.default_rng(1), shuffles=4000)

    assert p == pytest.approx(1 / 36, abs=0.01)


def test_shuffling_is_a_little_surer_than_chi_square_which_is_cautious_with_few_raters():
    """Three raters: chi-square says 0.043, shuffling some 0.02."""
    p = agreement.concordance_p(anxiety, rng=np.random.default_rng(1), shuffles=2000)

    assert 0.005 < p < agreement.kendalls_w(anxiety).p_value


def test_shuffling_errs_as_seldom_as_it_says():
    """200 times four raters who rank five items by chance."""
    rng = np.random.default_rng(7)
    drawn = [np.column_stack([rng.permutation(5) for _ in range(4)]) for _ in range(200)]

    assert sum(agreement.concordance_p(ranks, rng=rng, shuffles=199) <= 0.05 for ranks in drawn) <= 18
