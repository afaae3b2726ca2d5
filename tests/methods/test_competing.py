"""Competing ends against statsmodels and by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import CumIncidenceRight

from cvclib.methods import competing, survival
from cvclib.methods.estimate import Z_95

ENDS = np.array(["", "won", "lost"], dtype=object)


def test_the_share_won_is_that_of_all_leads_and_not_of_those_not_lost():
    """By hand: 1 of 4 won at 1; 1 of 3 lost at 2; 1 of 2 won at 3, of the half that is left: 1/4 + 1/2 x 1/2."""
    curves = competing.cumulative_incidence([1, 2, 3, 4], ["won", "lost", "won", ""])
    assert curves["won"]["share"].iloc[-1] == pytest.approx(0.5)
    assert curves["lost"]["share"].iloc[-1] == pytest.approx(0.25)
    naive = competing.happened_by(survival.kaplan_meier([1, 2, 3, 4], [True, False, True, False]), 4)
    assert naive.value == pytest.approx(0.625)  # what would be won were nothing ever lost


def test_shares_and_standard_errors_are_those_of_statsmodels():
    rng = np.random.default_rng(1)
    times, kinds = rng.integers(1, 12, 80).astype(float), rng.choice(3, 80)
    peer = CumIncidenceRight(times, kinds)
    curve = competing.cumulative_incidence(times, ENDS[kinds])["won"].iloc[1:]
    assert curve["share"].to_numpy() == pytest.approx(peer.cinc[0])
    rest = 1 - curve["share"].to_numpy()
    error = np.log(np.log(1 - curve["high"]) / np.log(rest)) / Z_95 * rest * -np.log(rest)
    assert error.to_numpy() == pytest.approx(peer.cinc_se[0])


def test_rows_counted_by_duration_give_the_curves_of_the_single_subjects():
    rng = np.random.default_rng(2)
    rows = pd.DataFrame({"time": rng.integers(0, 9, 60), "end": ENDS[rng.choice(3, 60)]})
    counted = rows.groupby(["time", "end"], as_index=False).size()
    single = competing.cumulative_incidence(rows["time"], rows["end"])
    together = competing.cumulative_incidence(counted["time"], counted["end"], counts=counted["size"])
    for end in ("won", "lost"):
        pd.testing.assert_frame_equal(single[end], together[end])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 15), st.sampled_from(["", "won", "lost"])), min_size=1, max_size=40))
def test_the_ends_and_waiting_add_up_to_one(subjects):
    times, ends = zip(*subjects, strict=True)
    curves = competing.cumulative_incidence(times, ends)
    waiting = survival.kaplan_meier(times, [end != "" for end in ends])["survival"].iloc[-1]
    assert sum(curve["share"].iloc[-1] for curve in curves.values()) + waiting == pytest.approx(1)
    for curve in curves.values():
        assert ((curve["low"] <= curve["share"] + 1e-12) & (curve["share"] <= curve["high"] + 1e-12)).all()


def test_without_losses_it_is_one_less_the_survival_curve():
    rng = np.random.default_rng(4)
    times, won = rng.exponential(5, 50), rng.random(50) < 0.7
    curve = competing.cumulative_incidence(times, np.where(won, "won", ""))["won"]
    survivors = survival.kaplan_meier(times, won)
    assert curve["share"].to_numpy() == pytest.approx(1 - survivors["survival"].to_numpy())
    inside = slice(2, 40)
    assert curve["low"][inside].to_numpy() == pytest.approx(1 - survivors["high"][inside].to_numpy())


def test_where_nobody_has_it_yet_the_interval_is_still_open():
    """1 - 0.025 ** (1 / 20) = 0.168, of the twenty still followed; the same seen from the other side."""
    none = competing.happened_by(survival.kaplan_meier([5] * 20, [False] * 20), 4)
    everyone = competing.happened_by(survival.kaplan_meier([5] * 20, [True] * 20), 5)
    assert (none.low, none.high) == pytest.approx((0, 0.1684), abs=1e-4)
    assert (everyone.low, everyone.high) == pytest.approx((0.8316, 1), abs=1e-4)


def test_beyond_what_was_observed_nothing_is_known():
    assert np.isnan(competing.happened_by(survival.kaplan_meier([5, 6], [True, False]), 9).value)


def test_one_group_against_the_rest_is_the_log_rank_test_less_half_an_event():
    rng = np.random.default_rng(5)
    times, happened, group = rng.exponential(5, 4000), rng.random(4000) < 0.8, rng.random(4000) < 0.3
    ours = competing.difference_from_others(times, happened, group, np.ones(4000))
    plain = survival.log_rank(times, happened, group).p_value
    assert ours >= plain
    assert ours == pytest.approx(plain, abs=0.02)


def test_where_nearly_all_have_it_the_interval_stays_within_its_bounds():
    """Half a million by day, all but some with it: sums of shares come within rounding of 1."""
    days, n = np.arange(60), np.r_[np.full(59, 10_000), 1]
    curve = competing.cumulative_incidence(days, ["won"] * 59 + [""], counts=n)["won"]
    assert curve[["low", "high"]].stack().between(0, 1).all()


def test_ends_of_two_lengths_are_refused():
    with pytest.raises(ValueError, match="of one length above 0"):
        competing.cumulative_incidence([1, 2], ["won"])


def test_a_blank_duration_is_refused():
    with pytest.raises(ValueError, match="must not be negative or blank"):
        competing.cumulative_incidence([1, np.nan], ["won", ""])
