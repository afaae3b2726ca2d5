"""Shares compared within strata, against statsmodels and by hand."""

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from cvclib.methods.stratified import compare_shares


def test_the_test_is_that_of_cochran_mantel_and_haenszel():
    """Against statsmodels, without correction for continuity."""
    a, n, b, m = (np.array(x) for x in ([20, 8, 3], [50, 40, 25], [30, 30, 9], [120, 150, 60]))
    tables = [np.array([[a[i], n[i] - a[i]], [b[i], m[i] - b[i]]]) for i in range(3)]
    peer = StratifiedTable(tables).test_null_odds(correction=False)
    assert compare_shares(a, n, b, m).p_value == pytest.approx(peer.pvalue, rel=1e-9)


def test_what_strata_explain_is_no_difference():
    """Climbing depends on the rung alone: 50% and 10%; the first group stands mostly on the low rung, where more climb."""
    found = compare_shares([50, 1], [100, 10], [5, 10], [10, 100])
    assert found.difference.value == pytest.approx(0)
    assert found.p_value == pytest.approx(1)


def test_without_a_stratum_of_both_nothing_is_compared():
    assert np.isnan(compare_shares([1], [10], [0], [0]).p_value)
