"""The ratio of two sums."""

import numpy as np
import pytest

from cvclib.methods.ratios import ratio_of_sums
from cvclib.methods.shares import mean


def sums(y, x):
    return len(y), y.sum(), x.sum(), (y * y).sum(), (x * y).sum(), (x * x).sum()


def test_a_ratio_by_hand():
    """y 2, 4 and x 1, 3: R = 6/4; residuals 0.5 and -0.5; variance 2/1 * 0.5 / 16 = 1/16; t(1) = 12.706."""
    found = ratio_of_sums(*sums(np.array([2.0, 4]), np.array([1.0, 3])))
    assert found == pytest.approx((1.5, 1.5 - 12.7062 / 4, 1.5 + 12.7062 / 4, 2), abs=1e-4)


def test_over_ones_it_is_the_mean():
    y = np.array([3.0, 1, 4, 1, 5])
    assert ratio_of_sums(*sums(y, np.ones(5))) == pytest.approx(mean(y))


def test_nothing_below_the_line_gives_nothing():
    assert np.isnan(ratio_of_sums(2, 1, 0, 1, 0, 0).value)


def test_its_interval_covers_as_often_as_it_says():
    """4,000 draws of 60 rows; y half of x with noise."""
    rng = np.random.default_rng(4)
    x = rng.gamma(2, 1, (4000, 60))
    y = 0.5 * x + rng.normal(0, 0.4, x.shape) * np.sqrt(x)
    found = np.array([ratio_of_sums(*sums(a, b))[1:3] for a, b in zip(y, x, strict=True)])
    coverage = np.mean((found[:, 0] <= 0.5) & (found[:, 1] >= 0.5))
    print(f"ratio of sums, linearised | 60 | {coverage:.3f}")
    assert 0.935 <= coverage <= 0.965
