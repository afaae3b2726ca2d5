"""Bootstrap sums and means in chunks of rows."""

import numpy as np
import pytest

from cvclib.methods.resampling import CHUNK_ROWS, bootstrap_means, bootstrap_sums, percentile_interval, poisson_counts


def test_replicated_means_spread_as_the_standard_error():
    """Standard deviation 2, n = 400: 0.1. More rows than one chunk would hold make no difference."""
    values = 2 * np.random.default_rng(1).normal(size=(400, 1))
    _, copies = bootstrap_means(values, rng=np.random.default_rng(2), replicates=1_000)
    assert copies.std() == pytest.approx(values.std() / 20, rel=0.1)


def test_chunks_add_up():
    rows = np.ones((CHUNK_ROWS + 5, 1))
    sums, copies = bootstrap_sums(rows, rng=np.random.default_rng(1), replicates=20)
    assert sums.tolist() == [CHUNK_ROWS + 5]
    assert copies.mean() == pytest.approx(CHUNK_ROWS + 5, rel=0.02)


def test_weights_and_blanks_are_taken_into_the_mean():
    """(3·1 + 1·5) / 4 = 2; the second column has one answer."""
    means, _ = bootstrap_means([[1.0, np.nan], [5.0, 4.0]], rng=np.random.default_rng(1), replicates=2, weights=[3, 1])
    assert means.tolist() == [2.0, 4.0]


def test_a_column_without_answers_has_no_mean_and_no_interval():
    means, copies = bootstrap_means([[np.nan], [np.nan]], rng=np.random.default_rng(1), replicates=5)
    low, high = percentile_interval(copies)
    assert np.isnan([means[0], low[0], high[0]]).all()


def test_intervals_of_a_mean_cover_about_as_often_as_they_say():
    """200 samples of 100 around 0: between 90% and 99% of the intervals hold it."""
    rng = np.random.default_rng(3)
    samples = rng.normal(size=(100, 200))
    _, copies = bootstrap_means(samples, rng=rng, replicates=400)
    low, high = percentile_interval(copies)
    assert 0.9 <= np.mean((low <= 0) & (high >= 0)) <= 0.99


def test_a_row_of_weight_nothing_keeps_the_draws_of_the_others():
    """The same seed gives the same draws of the first row, whatever the second one counts."""
    one = bootstrap_sums([[1.0], [9.0]], rng=np.random.default_rng(1), replicates=50, weights=[1, 0])[1]
    both = bootstrap_sums([[1.0], [0.0]], rng=np.random.default_rng(1), replicates=50)[1]
    assert one.tolist() == both.tolist()


def test_groups_are_summed_from_the_same_draws_as_all_together():
    values, groups = np.random.default_rng(1).normal(size=(CHUNK_ROWS + 50, 2)), np.arange(CHUNK_ROWS + 50) % 3
    means, copies = bootstrap_means(values, rng=np.random.default_rng(2), replicates=10, groups=groups)
    alone, alone_copies = bootstrap_means(values, rng=np.random.default_rng(2), replicates=10)
    assert means.shape == (4, 2)
    assert means[-1] == pytest.approx(alone)
    assert copies[:, -1] == pytest.approx(alone_copies)
    assert means[1] == pytest.approx(values[groups == 1].mean(axis=0))


def test_counts_of_rows_are_poisson():
    """P(0) = P(1) = e^-1 = 0.368, P(2) = 0.184."""
    counts = poisson_counts(np.random.default_rng(1), (400_000,))
    assert [np.mean(counts == k) for k in (0, 1, 2)] == pytest.approx([0.368, 0.368, 0.184], abs=0.004)
