"""K-factor, matched rate ratio and ratio of paces: sums by hand, Rothman's rate ratio, and planted truths."""

import numpy as np
import pandas as pd
import pytest

from cvclib.methods.estimate import Estimate
from cvclib.methods.referral import k_factor, matched_rate_ratio, pace_ratio, rate_of_rare


def counted(rows):
    """Sums of units of one time each: stratum, treated, units with a count."""
    frame = pd.DataFrame(rows, columns=["stratum", "treated", "y", "t"])
    frame = frame.assign(n=1, yy=frame["y"] ** 2, tt=frame["t"] ** 2, yt=frame["y"] * frame["t"])
    return frame.groupby(["stratum", "treated"], as_index=False).sum()


def test_k_is_invitations_times_conversion():
    """0.5 invitations a customer, 40% convert: K = 0.2; the interval keeps the proportion of what was seen."""
    found = k_factor(Estimate(0.5, 0.4, 0.6, 100), Estimate(0.4, 0.3, 0.5, 50), Estimate(0.16, 0.08, 0.24, 100))
    assert found == pytest.approx((0.2, 0.1, 0.3, 100))


def test_where_nobody_refers_the_rate_may_still_be_above_nought():
    """Nothing seen among 1,000: at most 3.689 in 1,000 (Poisson)."""
    assert rate_of_rare([0], [1000]) == pytest.approx((0, 0, 0.003689, 1000))


def test_without_strata_the_ratio_is_that_of_the_rates():
    """Referred: 6 orders in 4 years; others: 6 in 8: 1.5 against 0.75."""
    sums = counted([(1, True, 2, 1), (1, True, 1, 1), (1, True, 3, 1), (1, True, 0, 1)] + [(1, False, y, 2) for y in (0, 1, 2, 3)])
    assert matched_rate_ratio(sums).value == pytest.approx(2.0)


def test_a_stratum_in_which_all_are_slow_does_not_make_the_referred_slow():
    """Each month the referred are twice as fast; most of them came in the slow one, so that over all they look slower."""
    slow = [(1, True, 2, 1)] * 30 + [(1, False, 1, 1)] * 5
    fast = [(2, True, 20, 1)] * 5 + [(2, False, 10, 1)] * 30
    assert matched_rate_ratio(counted(slow + fast)).value == pytest.approx(2.0)


def test_the_standard_error_of_poisson_counts_is_that_of_greenland_and_robins():
    """One stratum, 40 events in 50 against 40 in 100: their variance of the logarithm is 1/40 + 1/40 where counts are Poisson."""
    rng = np.random.default_rng(2)
    rows = [(1, True, y, 1.0) for y in rng.poisson(0.8, 5000)] + [(1, False, y, 1.0) for y in rng.poisson(0.4, 10000)]
    found = matched_rate_ratio(counted(rows))
    events = [sum(y for _, treated, y, _ in rows if treated is group) for group in (True, False)]
    assert np.log(found.high / found.low) / 3.919928 == pytest.approx(np.sqrt(1 / events[0] + 1 / events[1]), rel=0.03)


def test_a_ratio_of_nothing_is_not_known():
    assert np.isnan(matched_rate_ratio(counted([(1, True, 0, 1), (1, False, 1, 1)])).value)
    assert np.isnan(matched_rate_ratio(counted([(1, True, 1, 1), (2, False, 1, 1)])).value)
    assert np.isnan(pace_ratio([5, 5], [True, False], [True, False]).value)


def test_paces_differ_by_what_is_planted_while_the_ratio_of_hazards_shrinks():
    rng = np.random.default_rng(5)
    treated = rng.random(20_000) < 0.3
    wait = rng.exponential(1 / (rng.gamma(0.9, 1 / 200, 20_000) * np.where(treated, 2.0, 1.0)))
    seen = np.minimum(wait, 600)
    rates = [(wait[group] < 600).sum() / seen[group].sum() for group in (treated, ~treated)]
    found = pace_ratio(seen, wait < 600, treated)
    assert found.low < 2.0 < found.high
    assert rates[0] / rates[1] < found.low


def test_counted_rows_give_the_same_as_single_ones():
    days, happened, treated = (
        np.array([3, 10, 40, 3, 20, 60] * 20),
        np.array([1, 1, 0, 1, 1, 0] * 20, bool),
        np.array([1, 1, 1, 0, 0, 0] * 20, bool),
    )
    one = pace_ratio(days, happened, treated)
    other = pace_ratio(days[:6], happened[:6], treated[:6], counts=[20] * 6)
    assert one == pytest.approx(other, rel=1e-4)
