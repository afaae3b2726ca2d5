"""The usual tests of differences against published results, by the functions that the product calls."""

import numpy as np
import pytest
from scipy import stats

from cvclib.methods import clustered, groups, kano, shares

SLEEP = (
    [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
    [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
)


def whole(hits, n):
    """A share counted over units that each stand alone."""
    return clustered.Tally(n, hits, n, hits, hits, n)


def test_mann_whitney_as_lead_times_are_compared():
    """19 22 16 29 24 against 20 11 17 12: U 17, normal with correction 0.111347 (scipy's documentation)."""
    found = stats.mannwhitneyu([19, 22, 16, 29, 24], [20, 11, 17, 12], method="asymptotic")
    assert (found.statistic, found.pvalue) == pytest.approx((17, 0.111347), abs=1e-6)


def test_chi_square_as_segments_and_the_silent_are_compared():
    """Agresti 2007: 30.070149 on 2 degrees of freedom, p 2.9536e-07."""
    counts = np.array([[762, 327, 468], [484, 239, 477]])
    found = stats.chi2_contingency(counts, correction=False)
    assert (found.statistic, found.dof) == pytest.approx((30.070149, 2), abs=1e-6)
    assert found.pvalue == pytest.approx(2.9536e-07, rel=1e-4)
    assert kano.answers_differ(counts, rng=np.random.default_rng(1)) == pytest.approx(2.9536e-07, rel=1e-4)


def test_two_shares_are_compared_without_correction():
    """15 of 50 against 25 of 50: χ² 4.166667, p 0.041227 (R prop.test without correction); one unit of each goes for the design effect."""
    found = stats.chi2_contingency([[15, 35], [25, 25]], correction=False)
    assert (found.statistic, found.pvalue) == pytest.approx((4.166667, 0.041227), abs=1e-6)
    by_z = 2 * stats.norm.sf(np.sqrt(4.166667 * 49 / 50))
    assert clustered.p_of_difference(whole(15, 50), whole(25, 50)) == pytest.approx(by_z, abs=1e-6)


def test_four_groups():
    """Fleiss 1981, smokers: 83/86, 90/93, 129/136, 70/82: χ² 12.6004 on 3 degrees of freedom, p 0.005585."""
    hits, n = np.array([83, 90, 129, 70]), np.array([86, 93, 136, 82])
    found = stats.chi2_contingency(np.column_stack([hits, n - hits]), correction=False)
    assert (found.statistic, found.pvalue) == pytest.approx((12.6004, 0.005585), abs=5e-5)


def test_the_mean_of_paired_differences_has_students_interval():
    """Student 1908, extra sleep: the difference is -1.58, from -2.459886 to -0.700114 (R)."""
    found = shares.mean(np.subtract(*SLEEP))
    assert found[:3] == pytest.approx((-1.58, -2.459886, -0.700114), abs=1e-6)


def test_two_unequal_groups_are_compared_as_by_welch():
    """The same sleep unpaired: Welch's t -1.860813, p 0.079394 (R); with two groups his analysis of variance is the same test."""
    assert groups.equal_means_p_value([shares.mean(x) for x in SLEEP]) == pytest.approx(0.079394, abs=1e-6)
