"""Correlations with blanks and weights."""

import numpy as np
import pandas as pd
import pytest

from cvclib.methods.correlation import correlations


def table(n=80, k=4, blank=0.0, seed=1):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, k)) + rng.normal(size=(n, 1))
    values[rng.random(values.shape) < blank] = np.nan
    return values


def test_pairs_are_those_of_pandas():
    values = table(blank=0.3)
    found = correlations(values, rng=np.random.default_rng(1), replicates=0, blanks="pairs")
    assert found.matrix == pytest.approx(pd.DataFrame(values).corr().to_numpy())


def test_complete_rows_are_taken_where_they_are_half_of_the_rows_or_more():
    rng = np.random.default_rng(1)
    assert correlations(table(blank=0.05), rng=rng, replicates=0).blanks == "complete rows"
    assert correlations(table(blank=0.4), rng=rng, replicates=0).blanks == "pairs"


def test_a_matrix_that_is_none_is_made_one():
    """r = .9, .9 and -.9 contradict each other; each pair comes from rows of its own."""
    rng = np.random.default_rng(2)
    z = rng.normal(size=(40, 1))
    near, far = np.hstack([z, z]), np.hstack([z, -z])
    blank = np.full((40, 1), np.nan)
    rows = [np.hstack([near, blank]), np.hstack([near[:, :1], blank, near[:, 1:]]), np.hstack([blank, far])]
    matrix = correlations(np.vstack(rows), rng=rng, replicates=3, blanks="pairs").matrix
    assert np.linalg.eigvalsh(matrix)[0] > 0
    assert np.diag(matrix) == pytest.approx(np.ones(3))


def test_a_column_that_does_not_vary_correlates_with_nothing():
    values = np.column_stack([np.arange(5.0), np.full(5, 3.0)])
    assert correlations(values, rng=np.random.default_rng(1), replicates=0).matrix[0, 1] == 0


def test_replicates_spread_as_fishers_z_says():
    """r = 0, n = 400: standard error 1 / sqrt(397) = 0.05."""
    values = np.random.default_rng(3).normal(size=(400, 2))
    copies = correlations(values, rng=np.random.default_rng(4), replicates=400).replicates
    assert copies[:, 0, 1].std() == pytest.approx(0.05, abs=0.008)


def test_too_few_rows_are_an_error_that_says_so():
    with pytest.raises(ValueError, match="2 usable rows"):
        correlations([[1, 2], [2, 1]], rng=np.random.default_rng(1))
