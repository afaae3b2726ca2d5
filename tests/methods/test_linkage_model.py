"""Fellegi-Sunter weights and EM: by hand, on made pairs whose truth is known, and on pairs without any."""

import numpy as np
import pytest

from cvclib.methods import linkage_model as model

PERSON = ["person", "person", "person"]
PRIORS = [np.array([0.1, 0.9])] * 3
BOUND = [0.5] * 3


@pytest.mark.parametrize(("m", "u", "agrees", "differs"), [(0.9, 0.1, 3.169925, -3.169925), (0.95, 0.01, 6.569856, -4.307429)])
def test_weights_are_the_logarithms_of_the_likelihood_ratios(m, u, agrees, differs):
    """Truths 3.1."""
    assert model.weight(m, u) == pytest.approx((agrees, differs), abs=1e-6)


def made_pairs(rng, n_true, n_false, m, u):
    levels = np.vstack([rng.random((n_true, 3)) < m, rng.random((n_false, 3)) < u]).astype(int) + 1
    patterns, counts = np.unique(levels, axis=0, return_counts=True)
    return patterns, counts


def test_em_recovers_the_shares_it_was_made_from():
    """2,000 true pairs among 20,000 of a blocking rule; agreement 0.95, 0.85, 0.7 against 0.05, 0.02, 0.1."""
    m, u = np.array([0.95, 0.85, 0.7]), np.array([0.05, 0.02, 0.1])
    patterns, counts = made_pairs(np.random.default_rng(1), 2_000, 18_000, m, u)
    unrelated = [np.array([1.0, 1 - share, share]) for share in u]

    fitted = model.fit(patterns, [(counts, frozenset())], unrelated, PRIORS, PERSON, BOUND, households=False)

    assert [shares[2] for shares in fitted.m] == pytest.approx(m, abs=0.04)


def test_a_field_that_the_rule_fixes_learns_nothing_from_it():
    patterns, counts = made_pairs(np.random.default_rng(2), 500, 5_000, np.array([1.0, 0.8, 0.8]), np.array([1.0, 0.05, 0.05]))
    unrelated = [np.array([1.0, 0.9, 0.1])] * 3

    fitted = model.fit(patterns, [(counts, frozenset({0}))], unrelated, PRIORS, PERSON, BOUND, households=False)

    assert fitted.m[0][2] == pytest.approx(0.9)


def test_strangers_only_come_out_at_no_true_pair():
    """Weights of pairs drawn as strangers: the expected number of true pairs goes to nought."""
    bits = np.random.default_rng(3).normal(-10, 4, 5_000)
    _, matches, _ = model.probabilities(bits, np.zeros_like(bits), 1e6, households=False)
    assert matches < 0.5


def test_the_number_of_true_pairs_fits_their_own_probabilities():
    """100 pairs of 30 bits among a million possible ones: 2^30 against 10^4 to one, so all are true."""
    bits = np.array([30.0] * 100 + [-5.0] * 10_000)
    probability, matches, _ = model.probabilities(bits, np.zeros_like(bits), 1e6, households=False)
    assert matches == pytest.approx(100, rel=1e-3)
    assert probability[:100].min() > 0.9999
    assert probability[100:].max() < 1e-4


def test_two_of_one_household_are_not_taken_for_one_person():
    """Same address, other birth date: as probable as one person by the address alone, but not for a household."""
    together, household = np.array([25.0, 8.0]), np.array([0.0, 20.0])
    probability, _, homes = model.probabilities(together, household, 1e4, households=True)
    alone, _, _ = model.probabilities(together, household, 1e4, households=False)
    assert probability[1] < 0.05 < probability[0]
    assert homes == pytest.approx(1, abs=0.1)
    assert alone[1] >= probability[1]


def test_three_pairs_do_not_teach_that_strangers_agree():
    assert model.unrelated(np.array([0.0, 2.0, 0.0, 1.0]), None)[3] < 0.02


def test_true_pairs_are_taken_out_of_what_is_held_to_be_unrelated():
    """1,000 pairs, 12 agree, 10 of them true: 2 in 990 agree by chance; by hand 0.012 - 0.01 = 0.002, over 0.99."""
    share = model.unrelated(np.array([0.0, 988.0, 12.0]), 0.012, matches=10, m=np.array([1.0, 0.0, 1.0]), pairs=1000)
    assert share[2] == pytest.approx(0.002 / 0.99, rel=0.01)
