"""One group against the others."""

import numpy as np
import pytest
from scipy import stats

from cvclib.methods.groups import against_the_rest, equal_means_p_value
from cvclib.methods.shares import difference, mean, p_value, share


def test_of_two_groups_each_is_compared_with_the_other():
    a, b = share(56, 70), share(48, 80)
    assert against_the_rest([a, b])[0] == pytest.approx(difference(a, b))


def test_the_rest_is_the_others_pooled():
    """8/10 against (10 + 5) of 40: 0.8 - 0.375."""
    assert against_the_rest([share(8, 10), share(10, 20), share(5, 20)])[0].value == pytest.approx(0.425)


def test_a_group_alone_is_compared_with_nothing():
    assert np.isnan(against_the_rest([share(1, 2)])[0].value)


def test_equal_groups_seldom_differ():
    """1,000 times four groups of 80 with p = 0.4: about one test in twenty is wrong."""
    rng = np.random.default_rng(1)
    tests = [p_value(d) for k in rng.binomial(80, 0.4, (1000, 4)) for d in against_the_rest([share(int(x), 80) for x in k])]
    assert np.mean(np.array(tests) < 0.05) == pytest.approx(0.05, abs=0.015)


def test_two_means_are_tested_as_welchs_t_test_does():
    rng = np.random.default_rng(2)
    a, b = rng.normal(0, 1, 20), rng.normal(0.7, 3, 35)
    assert equal_means_p_value([mean(a), mean(b)]) == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue)


def test_equal_means_of_unequal_spread_are_rejected_about_one_time_in_twenty():
    rng, rejected = np.random.default_rng(3), 0
    for _ in range(1_000):
        groups = [mean(rng.normal(0, spread, n)) for spread, n in ((1, 15), (3, 40), (2, 25))]
        rejected += equal_means_p_value(groups) < 0.05
    assert rejected / 1_000 == pytest.approx(0.05, abs=0.02)


def test_a_single_group_and_one_that_does_not_vary_are_not_tested():
    assert np.isnan(equal_means_p_value([]))
    assert np.isnan(equal_means_p_value([mean([1, 1, 1]), mean([1, 2, 3])]))
