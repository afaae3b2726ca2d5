from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import survdiff

from cvclib.methods import survival

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
leukaemia = pd.read_csv(REFERENCE / "survival_6mp.csv")


def curve_of(group: str, interval: survival.Interval = "log-log") -> pd.DataFrame:
    rows = leukaemia[leukaemia["group"] == group]
    return survival.kaplan_meier(rows["time"], rows["event"], interval=interval)


def test_groups_never_followed_together_while_anything_happens_cannot_be_compared():
    """All of b is gone before the first event of a: no time at which both are at risk."""
    result = survival.log_rank([1, 1, 5, 6], [False, False, True, True], ["b", "b", "a", "a"])
    assert (result.chi_square, result.p_value) == (0, 1)


def test_kaplan_meier_gives_the_published_curve_of_freireich():
    """Freireich et al. 1963, as R's survival prints it: 6-MP and control arm, tolerance 0.0001."""
    treated, control = curve_of("6-MP"), curve_of("control")

    seen = [survival.survival_at(treated, t).value for t in (6, 7, 10, 13, 16, 22, 23)]
    assert seen == pytest.approx([0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=1e-4)
    assert [survival.survival_at(control, t).value for t in (6, 8, 23)] == pytest.approx([0.5714, 0.3810, 0], abs=1e-4)
    assert survival.time_until(treated).value == 23
    assert survival.time_until(control).value == 8


def test_greenwoods_interval_is_that_of_r_on_the_plain_and_the_log_scale():
    """R survival: plain 95% at 6 months 0.7075 to 1, log 0.7198 to 1."""
    plain = survival.survival_at(curve_of("6-MP", "plain"), 6)
    log = survival.survival_at(curve_of("6-MP", "log"), 6)

    assert (plain.low, plain.high) == pytest.approx((0.7075, 1), abs=1e-4)
    assert (log.low, log.high) == pytest.approx((0.7198, 1), abs=1e-4)


def test_log_rank_gives_the_published_difference_of_the_two_arms():
    """R survival: chi-square 16.792941 on 1 df, p 4.17e-05."""
    test = survival.log_rank(leukaemia["time"], leukaemia["event"], leukaemia["group"])

    assert (test.chi_square, test.degrees) == (pytest.approx(16.792941, abs=1e-4), 1)
    assert test.p_value == pytest.approx(4.17e-05, rel=1e-3)


def test_log_rank_of_counted_rows_is_that_of_the_single_subjects_and_of_statsmodels():
    rng = np.random.default_rng(2)
    rows = pd.DataFrame({"time": rng.integers(0, 9, 90), "event": rng.random(90) < 0.6, "group": rng.choice(list("abc"), 90)})
    counted = rows.groupby(["time", "event", "group"], as_index=False).size()

    single = survival.log_rank(rows["time"], rows["event"], rows["group"])
    together = survival.log_rank(counted["time"], counted["event"], counted["group"], counts=counted["size"])

    assert together == pytest.approx(single)
    assert single.chi_square == pytest.approx(survdiff(rows["time"], rows["event"].astype(int), rows["group"])[0])


def test_a_censored_subject_leaves_without_lowering_the_curve():
    """By hand: 4 at risk, one event at 1 (3/4); one of 3 censored at 2; one event of 2 at 3 (3/4 x 1/2)."""
    curve = survival.kaplan_meier([1, 2, 3, 4], [True, False, True, False])

    assert curve["survival"].tolist() == pytest.approx([1, 0.75, 0.75, 0.375, 0.375])
    assert curve["at_risk"].tolist() == [4, 4, 3, 2, 1]
    assert np.isnan(survival.survival_at(curve, 5).value)


def test_rows_counted_by_duration_give_the_curve_of_the_single_subjects():
    counted = leukaemia.groupby(["time", "event"], as_index=False).size()

    single = survival.kaplan_meier(leukaemia["time"], leukaemia["event"])
    together = survival.kaplan_meier(counted["time"], counted["event"], counts=counted["size"])

    pd.testing.assert_frame_equal(single, together)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=40))
def test_a_curve_never_rises_and_lies_within_its_interval(subjects):
    durations, happened = zip(*subjects, strict=True)
    curve = survival.kaplan_meier(durations, happened)

    assert (curve["survival"].diff().dropna() <= 1e-12).all()
    assert ((curve["low"] <= curve["survival"] + 1e-12) & (curve["survival"] <= curve["high"] + 1e-12)).all()
    assert curve[["low", "high"]].stack().between(0, 1).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=40))
def test_without_censoring_survival_is_the_share_that_lasted_longer(durations):
    curve = survival.kaplan_meier(durations, np.ones(len(durations), dtype=bool))

    for _, row in curve.iterrows():
        assert row["survival"] == pytest.approx(np.mean(np.asarray(durations) > row["time"]), abs=1e-9)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    """Exponential with mean 10, censored uniformly on 0 to 20; S(5) = exp(-0.5); 400 samples of 80."""
    rng = np.random.default_rng(7)
    covered = 0
    for _ in range(400):
        life, cut = rng.exponential(10, 80), rng.uniform(0, 20, 80)
        curve = survival.kaplan_meier(np.minimum(life, cut), life <= cut)
        at_five = survival.survival_at(curve, 5)
        covered += at_five.low <= np.exp(-0.5) <= at_five.high
    assert 0.92 <= covered / 400 <= 0.98


def test_a_negative_duration_is_refused():
    with pytest.raises(ValueError, match=r"must not be negative or blank.*-1"):
        survival.kaplan_meier([1, -1], [True, True])


def test_one_group_alone_cannot_be_compared():
    with pytest.raises(ValueError, match="at least two different groups"):
        survival.log_rank([1, 2], [True, True], ["a", "a"])


def test_greenwoods_standard_errors_are_those_published():
    """R survival, 6-MP: standard errors 0.07636 at 6, 0.09635 at 10, 0.13459 at 23 (tolerance 0.0001)."""
    plain = curve_of("6-MP", "plain").set_index("time")
    error = (plain["survival"] - plain["low"]) / 1.959964
    assert error[[6, 10, 23]].to_numpy() == pytest.approx([0.07636, 0.09635, 0.13459], abs=1e-4)


def test_the_three_scales_share_the_curve_and_part_in_the_interval():
    """Peers disagree: plain is symmetric and may leave 0 to 1 (it is cut there), log and log-log are not."""
    plain, log, log_log = (survival.survival_at(curve_of("6-MP", scale), 23) for scale in ("plain", "log", "log-log"))
    assert plain.value == log.value == log_log.value
    assert plain.value - plain.low == pytest.approx(plain.high - plain.value)
    assert (log.low, log.high) == pytest.approx((0.4482 * np.exp(-1.96 * 0.3003), 0.4482 * np.exp(1.96 * 0.3003)), abs=2e-4)
    assert log_log.low < plain.value < log_log.high < log.high
