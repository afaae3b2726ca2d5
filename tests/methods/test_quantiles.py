"""The median and its order-statistic interval."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvclib.methods.quantiles import quantile_of


def test_twenty_values_bound_the_median_by_the_sixth_and_the_fifteenth():
    """Binomial (20, 0.5): P(B <= 5) = 0.0207, P(B <= 6) = 0.0577; so ranks 6 and 15 (Conover 1999)."""
    assert quantile_of(range(1, 21), [1] * 20) == pytest.approx((10.5, 6, 15, 20))


def test_five_values_cannot_bound_their_median():
    """P(B = 0) = 1/32 > 0.025 on either side."""
    assert quantile_of(range(5), [1] * 5) == pytest.approx((2, np.nan, np.nan, 5), nan_ok=True)


@given(st.lists(st.integers(0, 30), min_size=1), st.sampled_from([0.5, 0.9]))
def test_the_quantile_is_numpys(values, q):
    found, counts = np.unique(values, return_counts=True)
    assert quantile_of(found, counts, q).value == pytest.approx(np.quantile(values, q))


def test_the_interval_covers_at_least_as_often_as_it_says():
    """4,000 samples of 60 from an exponential distribution, whose median is ln 2."""
    samples = np.random.default_rng(1).exponential(size=(4000, 60))
    estimates = [quantile_of(sample, np.ones(60)) for sample in samples]
    covered = np.mean([e.low <= np.log(2) <= e.high for e in estimates])
    assert 0.945 <= covered <= 0.98


def test_nothing_has_no_median():
    assert quantile_of([], []).n == 0


def test_a_quantile_beyond_the_ends_is_refused():
    with pytest.raises(ValueError, match="q must lie between 0 and 1"):
        quantile_of([1], [1], 1)
