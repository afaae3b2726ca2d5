"""One group against the others."""

import numpy as np
import pytest

from cvclib.methods.groups import against_the_rest
from cvclib.methods.shares import difference, p_value, share


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
