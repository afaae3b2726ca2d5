"""Data quality from counts, and when a silence is too long."""

from datetime import date, timedelta

import numpy as np
import pytest

from cvclib.methods import data_quality


def days(*steps):
    made = [date(2025, 1, 1)]
    for step in steps:
        made.append(made[-1] + timedelta(days=step))
    return made


def test_one_bad_cell_in_a_hundred_leaves_ninety_nine_per_cent_valid():
    """99 / (99 + 1), Wilson 0.9455 to 0.9982."""
    assert data_quality.validity(99, 1) == pytest.approx((0.99, 0.9455, 0.9982, 100), abs=5e-5)


def test_nothing_handed_in_is_neither_valid_nor_invalid():
    assert np.isnan(data_quality.validity(0, 0).value)
    assert np.isnan(data_quality.completeness(0, 0).value)


def test_a_silence_longer_than_all_199_gaps_has_rank_one_in_two_hundred():
    daily = days(*[1] * 199)
    assert data_quality.silence_p_value(daily, daily[-1] + timedelta(days=5)) == pytest.approx(1 / 200)


def test_a_month_of_silence_is_ordinary_for_what_happens_monthly():
    monthly = days(*[30] * 24)
    assert data_quality.silence_p_value(monthly, monthly[-1] + timedelta(days=30)) == 1


def test_a_record_of_the_last_day_is_no_silence():
    assert data_quality.silence_p_value(days(1, 1), date(2025, 1, 2)) == 1


def test_few_days_prove_no_silence():
    assert data_quality.silence_p_value(days(1, 1), date(2025, 12, 31)) > 0.3
