"""Derived importance: published values, properties, planted truth, intervals, speed."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvclib.methods.importance import (
    derived_importance,
    lmg,
    rank_ranges,
    relative_weights,
    sampled_lmg,
    subsets_r_squared,
    variance_inflation,
)
from cvclib.methods.resampling import bootstrap_means

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
DRIVERS = ["Agriculture", "Examination", "Education", "Catholic", "Infant.Mortality"]


def swiss() -> np.ndarray:
    return pd.read_csv(REFERENCE / "swiss.csv")[[*DRIVERS, "Fertility"]].corr().to_numpy()


def made(rng, n, betas, *, common=0.5, noise=1.0):
    """Ratings with a common part, and an outcome they bring about."""
    x = rng.normal(size=(n, len(betas))) + common * rng.normal(size=(n, 1))
    return x, x @ np.asarray(betas) + noise * rng.normal(size=n)


def correlation_of(seed: int, k: int) -> np.ndarray:
    x, y = made(np.random.default_rng(seed), 50, np.linspace(-1, 1, k))
    return np.corrcoef(np.column_stack([x, y]), rowvar=False)


def test_lmg_of_swiss_fertility_is_that_of_relaimpo():
    """Grömping 2006, recomputed with R relaimpo 2.2-7."""
    expected = [0.05709122, 0.17117303, 0.26013468, 0.10557015, 0.11276592]
    assert lmg(swiss()) == pytest.approx(expected, abs=1e-6)
    assert lmg(swiss()).sum() == pytest.approx(0.706735, abs=1e-6)


def test_relative_weights_of_swiss_fertility_are_genizis():
    """R relaimpo 2.2-7, type "genizi", which Johnson's weights equal."""
    expected = [0.04841690, 0.15470825, 0.27196410, 0.11468003, 0.11696572]
    assert relative_weights(swiss()) == pytest.approx(expected, abs=1e-6)


def test_r_squared_of_single_drivers_and_of_all_but_one_are_first_and_last():
    """R relaimpo, types "first" and "last": r², and what a driver adds to all others."""
    r2 = subsets_r_squared(swiss())
    first = [r2[1 << j] for j in range(5)]
    last = [r2[-1] - r2[31 ^ (1 << j)] for j in range(5)]
    assert first == pytest.approx([0.12466491, 0.41716447, 0.44061565, 0.21500350, 0.17351893], abs=1e-6)
    assert last == pytest.approx([0.04286961, 0.00738742, 0.16196269, 0.06237263, 0.05694526], abs=1e-6)


def test_shares_of_r_squared_and_pratts_measure_of_swiss_fertility_are_those_of_relaimpo():
    """LMG over R²; Pratt's β·r, which adds up to R² too but can be negative, and so is not used."""
    matrix = swiss()
    assert lmg(matrix) / lmg(matrix).sum() == pytest.approx([0.0807817, 0.2422026, 0.3680795, 0.1493773, 0.1595590], abs=1e-6)
    beta = np.linalg.solve(matrix[:-1, :-1], matrix[:-1, -1])
    pratt = beta * matrix[:-1, -1]
    assert pratt == pytest.approx([-0.11048599, 0.10642740, 0.44500457, 0.16117682, 0.10461221], abs=1e-6)
    assert pratt.sum() == pytest.approx(lmg(matrix).sum())


def test_the_sampled_lmg_of_swiss_fertility_lies_within_its_error_of_the_exact_one():
    values, error = sampled_lmg(swiss(), rng=np.random.default_rng(1), orders=400)
    assert (np.abs(values - lmg(swiss())) < 4 * error).all()
    assert error.max() < 0.01
    assert values.sum() == pytest.approx(0.706735, abs=1e-6)


def test_the_error_of_the_sampled_lmg_is_as_large_as_it_says():
    """60 samplings: their spread about the exact value against the error given, within a quarter."""
    exact = lmg(swiss())
    found = [sampled_lmg(swiss(), rng=np.random.default_rng(seed), orders=60) for seed in range(60)]
    spread = np.sqrt(np.mean([(values - exact) ** 2 for values, _ in found], axis=0))
    assert spread == pytest.approx(np.mean([error for _, error in found], axis=0), rel=0.3)


def test_twenty_drivers_can_be_sampled_and_a_copy_of_one_breaks_nothing():
    rng = np.random.default_rng(9)
    x, y = made(rng, 300, np.linspace(0, 1, 20))
    x[:, 0] = x[:, 19]
    found = derived_importance(x, y, rng=rng, replicates=5, method="sampled LMG")
    assert found.contribution[0] == pytest.approx(found.contribution[19], abs=4 * found.sampling_error.max())
    assert found.inflation[0] > 1e6
    assert (found.sampling_error > 0).all()


def test_intervals_that_overlap_are_not_ranked():
    best, worst = rank_ranges([0.4, 0.3, 0.1, 0.0], [0.5, 0.45, 0.2, 0.05])
    assert list(zip(best.tolist(), worst.tolist(), strict=True)) == [(1, 2), (1, 2), (3, 3), (4, 4)]


def test_variance_inflation_is_one_over_what_the_others_leave():
    """Two drivers with r = 0.8: 1 / (1 - 0.64) = 2.78; a third apart from both: 1."""
    assert variance_inflation([[1, 0.8, 0], [0.8, 1, 0], [0, 0, 1]]) == pytest.approx([2.7778, 2.7778, 1], abs=1e-4)


def test_shares_and_means_of_the_same_seed_belong_to_the_same_draws():
    """One respondent far out decides on both the mean and the share: they move together in the same draws only."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 2))
    x[100, 0] = 30.0
    y = x[:, 1] + rng.normal(size=200)
    y[100] = 20.0
    y[:50] = np.nan
    shares = derived_importance(x, y, rng=np.random.default_rng(5), replicates=300).replicates[:, 0]
    same, other = (bootstrap_means(x[:, :1], rng=np.random.default_rng(s), replicates=300)[1][:, 0] for s in (5, 6))
    assert abs(np.corrcoef(shares, same)[0, 1]) > 0.5
    assert abs(np.corrcoef(shares, other)[0, 1]) < 0.2


def test_pairs_that_contradict_each_other_are_said_to():
    """Pairs of 1, 1 and 0, which contradict each other, and some pairs from 40 rows alone."""
    z = np.random.default_rng(2).normal(size=40)
    blank = np.full(40, np.nan)
    rows = [np.column_stack(c) for c in ((z, z, z), (z, -z, blank), (blank, z, z))]
    x = np.vstack(rows)
    found = derived_importance(x[:, :2], x[:, 2], rng=np.random.default_rng(1), replicates=3, blanks="pairs")
    assert found.lifted
    assert found.n_smallest == 40


def test_two_drivers_share_what_they_have_in_common_by_halves():
    """By hand: R² = (.36 + .36 - 2·.6·.6·.5)/(1 - .25) = .48; first .36 each, last .12 each, mean .24."""
    assert lmg([[1, 0.5, 0.6], [0.5, 1, 0.6], [0.6, 0.6, 1]]) == pytest.approx([0.24, 0.24])


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.integers(1, 7))
def test_contributions_are_not_negative_and_add_up_to_r_squared(seed, k):
    matrix = correlation_of(seed, k)
    r2 = subsets_r_squared(matrix)[-1]
    for contributions in (lmg(matrix), relative_weights(matrix)):
        assert contributions.sum() == pytest.approx(r2)
        assert (contributions >= -1e-12).all()


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.permutations(range(5)))
def test_the_order_of_the_drivers_does_not_matter(seed, order):
    matrix = correlation_of(seed, 5)
    moved = matrix[np.ix_([*order, 5], [*order, 5])]
    assert lmg(moved) == pytest.approx(lmg(matrix)[list(order)])


def test_many_matrices_at_once_give_what_each_gives_alone():
    matrices = np.stack([correlation_of(seed, 4) for seed in range(6)])
    assert lmg(matrices) == pytest.approx(np.stack([lmg(m) for m in matrices]))
    assert relative_weights(matrices) == pytest.approx(np.stack([relative_weights(m) for m in matrices]))


def test_a_driver_that_is_another_ones_copy_shares_with_it_and_breaks_nothing():
    copied = [[1, 1, 0.6], [1, 1, 0.6], [0.6, 0.6, 1]]
    assert lmg(copied) == pytest.approx([0.18, 0.18])
    assert relative_weights(copied) == pytest.approx([0.18, 0.18])


def test_lmg_declines_more_drivers_than_it_can_take():
    with pytest.raises(ValueError, match="exact up to 15, use relative_weights"):
        lmg(np.eye(17))


def test_planted_weights_come_back_in_their_order_with_blanks_and_sampling_weights():
    """Betas 0.8, 0.5, 0.2 and 0, a third of the ratings blank, so that pairs are used."""
    rng = np.random.default_rng(3)
    x, y = made(rng, 3_000, [0.8, 0.5, 0.2, 0.0], common=0.3)
    x[rng.random(x.shape) < 1 / 3] = np.nan
    found = derived_importance(x, y, rng=rng, weights=rng.uniform(0.5, 1.5, 3_000), replicates=100)
    assert found.blanks == "pairs"
    assert list(np.argsort(-found.share)) == [0, 1, 2, 3]
    assert found.p_value < 1e-6
    assert found.probability_strongest[0] == 1


def test_pairs_without_blanks_give_the_same_as_complete_rows():
    rng = np.random.default_rng(4)
    x, y = made(rng, 200, [1, 0.5, 0])
    pairs = derived_importance(x, y, rng=rng, replicates=0, blanks="pairs")
    rows = derived_importance(x, y, rng=rng, replicates=0, blanks="complete rows")
    assert pairs.contribution == pytest.approx(rows.contribution)


def test_a_weight_of_two_counts_as_two_equal_answers():
    rng = np.random.default_rng(5)
    x, y = made(rng, 60, [1, 0.5])
    twice = np.r_[np.arange(60), np.arange(30)]
    weighted = derived_importance(x, y, rng=rng, replicates=0, weights=np.r_[np.full(30, 2.0), np.ones(30)])
    repeated = derived_importance(x[twice], y[twice], rng=rng, replicates=0)
    assert weighted.contribution == pytest.approx(repeated.contribution)


def test_without_any_effect_the_test_rejects_about_one_time_in_twenty():
    """200 samples: 3 standard errors of 5% are 4.6 points."""
    rng = np.random.default_rng(6)
    p = [derived_importance(rng.normal(size=(120, 5)), rng.normal(size=120), rng=rng, replicates=0).p_value for _ in range(200)]
    assert np.mean(np.array(p) < 0.05) < 0.1


def test_intervals_cover_the_true_share_about_as_often_as_they_say():
    """60 samples of 300; true contributions from the population's correlation matrix. Two drivers with an effect."""
    betas, common, noise = np.array([0.8, 0.5, 0.0]), 0.5, 1.0
    covariance = np.eye(3) + common**2
    outcome = covariance @ betas
    joint = np.block([[covariance, outcome[:, None]], [outcome[None], np.array([[betas @ outcome + noise**2]])]])
    scale = np.sqrt(np.diag(joint))
    truth = lmg(joint / np.outer(scale, scale))
    rng = np.random.default_rng(7)
    covered = []
    for _ in range(60):
        x, y = made(rng, 300, betas, common=common, noise=noise)
        found = derived_importance(x, y, rng=rng, replicates=200)
        covered.append((found.low <= truth) & (truth <= found.high))
    assert (np.mean(covered, axis=0)[:2] >= 0.87).all()


def test_fifteen_drivers_and_five_hundred_replicates_take_seconds():
    rng = np.random.default_rng(8)
    x, y = made(rng, 2_800, np.linspace(0, 1, 15))
    started = time.perf_counter()
    found = derived_importance(x, y, rng=rng, replicates=500)
    assert found.method == "LMG"
    assert time.perf_counter() - started < 20  # about 2 seconds on one free core


def test_forty_drivers_are_met_with_relative_weights():
    rng = np.random.default_rng(9)
    x, y = made(rng, 400, np.linspace(0, 1, 40))
    found = derived_importance(x, y, rng=rng, replicates=20)
    assert found.method == "relative weights"
    assert found.share.sum() == pytest.approx(1)
