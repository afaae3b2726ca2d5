"""Sample sizes against R, against statsmodels, and against simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import NormalIndPower

from cvclib.methods.sample_size import detectable_change, for_means, for_shares


def test_two_shares_as_in_r():
    """R power.prop.test(p1 = .50, p2 = .75, power = .90): n = 76.7."""
    assert for_shares(0.5, 0.75, power=0.9) == pytest.approx(76.707, abs=0.001)


def test_two_means_as_in_statsmodels():
    expected = NormalIndPower().solve_power(effect_size=5 / 80, alpha=0.05, power=0.8)
    assert for_means(5, 80) == pytest.approx(expected, rel=1e-4)


@given(st.integers(1, 10_000), st.floats(0.1, 100))
def test_the_detectable_change_needs_just_that_many_answers(n, deviation):
    assert for_means(detectable_change(n, deviation), deviation) == pytest.approx(n)


def test_with_that_many_answers_four_changes_in_five_are_seen():
    """1,000 pairs of samples; standard error of the power 1.3 points."""
    rng = np.random.default_rng(1)
    n = round(for_means(0.5, 1))
    p = stats.ttest_ind(rng.normal(0, 1, (n, 1_000)), rng.normal(0.5, 1, (n, 1_000))).pvalue
    assert np.mean(p < 0.05) == pytest.approx(0.8, abs=0.04)


def test_no_change_cannot_be_seen():
    with pytest.raises(ValueError, match="zero"):
        for_means(0, 1)
    with pytest.raises(ValueError, match="two different shares"):
        for_shares(0.5, 0.5)
