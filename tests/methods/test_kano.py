"""Kano categories, coefficients and tests."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cvclib.methods.kano import CATEGORIES, EVALUATION, answers_differ, kano_category, kano_result

REFERENCE = Path(__file__).resolve().parents[1] / "reference"

# Matzler and Hinterhuber 1998; README of stp4/stp25kano: CS+, CS-, mode.
COEFFICIENTS = {
    "Edge grip": (0.4006, -0.8318, "M"),
    "Ease of turn": (0.5692, -0.7754, "O"),
    "Service": (0.8822, -0.2531, "A"),
    "Service app": (0.568, -0.736, "O"),
    "Excellent service": (0.372, -0.534, "M"),
    "Hotline": (0.511, -0.137, "I"),
    "Loan machine": (0.608, -0.514, "A"),
    "Ready-to-use return": (0.352, -0.094, "I"),
}
# M>O>A>I, total strength, category strength, chi-square, gap, limit, clear
STRENGTHS = {
    "Service app": ("O", 0.8885, 0.0946, 72.49, 28, 19.4, True),
    "Excellent service": ("M", 0.7061, 0.0676, 21.64, 20, 18.5, True),
    "Hotline": ("A", 0.5405, 0.0101, 150.06, 3, 19.8, False),
    "Loan machine": ("O", 0.8277, 0.0203, 15.41, 6, 18.5, False),
    "Ready-to-use return": ("I", 0.3716, 0.3176, 251.30, 94, 19.9, True),
}


def result(feature):
    table = pd.read_csv(REFERENCE / "kano_frequencies.csv").set_index("feature")
    return kano_result(table.loc[feature, list(CATEGORIES)].to_numpy(float))


@pytest.mark.parametrize("feature", COEFFICIENTS)
def test_published_coefficients_and_modes(feature):
    found = result(feature)
    plus, minus, mode = COEFFICIENTS[feature]
    assert (found.satisfaction, found.dissatisfaction) == pytest.approx((plus, minus), abs=5e-4)
    assert found.mode == mode


@pytest.mark.parametrize("feature", STRENGTHS)
def test_published_strengths_and_tests(feature):
    found = result(feature)
    ruled, total, category, chi, gap, limit, clear = STRENGTHS[feature]
    assert (found.ruled, found.clear, found.gap) == (ruled, clear, gap)
    assert (found.total_strength, found.category_strength) == pytest.approx((total, category), abs=5e-5)
    assert found.chi_square == pytest.approx(chi, abs=0.005)
    assert found.limit == pytest.approx(limit, abs=0.05)


def test_the_evaluation_table_is_that_of_berger():
    """Functional down, dysfunctional across: like, must-be, neutral, live with, dislike."""
    assert ["".join(row) for row in EVALUATION] == ["QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"]
    assert kano_category([1, 1, 5], [1, 5, 5]).tolist() == ["Q", "O", "Q"]


def test_an_answer_outside_the_scale_is_an_error():
    with pytest.raises(ValueError, match="1 to 5"):
        kano_category([0], [3])


@given(st.lists(st.integers(0, 200), min_size=6, max_size=6).filter(lambda c: sum(c[:4]) > 0))
def test_reverse_and_questionable_answers_leave_the_coefficients_alone(counts):
    found, without = kano_result(counts), kano_result([*counts[:4], 0, 0])
    assert (found.satisfaction, found.dissatisfaction) == (without.satisfaction, without.dissatisfaction)
    assert 0 <= found.satisfaction <= 1
    assert -1 <= found.dissatisfaction <= 0


def test_no_answers_are_an_error():
    with pytest.raises(ValueError, match="no answers"):
        kano_result(np.zeros(6))


def test_weighted_counts_are_tested_as_what_they_are_worth():
    """Counts twice as large, worth as much as the single ones: the same tests and intervals."""
    once, twice = kano_result([95, 123, 45, 33, 0, 0]), kano_result([190, 246, 90, 66, 0, 0], 296)
    assert twice[:3] == once[:3]
    assert twice.limit == pytest.approx(once.limit)
    assert twice.p_mode == pytest.approx(once.p_mode)


def test_the_first_class_is_tested_against_the_second():
    """8 of 10: two-sided binomial p = 2 (45 + 10 + 1) / 1024 = 0.109375."""
    assert kano_result([8, 2, 0, 0, 0, 0]).p_mode == pytest.approx(0.109375)


def test_the_first_of_equals_is_seldom_called_first():
    """400 draws of four equal classes: the one that happens to lead passes the test in at most 5%."""
    rng = np.random.default_rng(1)
    passed = [kano_result([*rng.multinomial(200, [0.25] * 4), 0, 0]).p_mode < 0.05 for _ in range(400)]
    assert np.mean(passed) <= 0.05


def test_groups_that_answer_apart_are_told_apart_and_those_alike_are_not():
    """Chi-square by hand: 40/10 against 10/40 gives 36, far above 3.84; equal rows give 0."""
    rng = np.random.default_rng(1)
    assert answers_differ([[40, 10], [10, 40]], rng=rng) == pytest.approx(stats.chi2.sf(36, 1))
    assert answers_differ([[40, 10], [40, 10]], rng=rng) == pytest.approx(1)


def test_thin_tables_are_tested_by_drawing_with_the_same_margins():
    """Fisher's exact test of 5/0 against 0/5: 2 / 252 = 0.0079."""
    assert answers_differ([[5, 0], [0, 5]], rng=np.random.default_rng(1)) == pytest.approx(2 / 252, abs=0.004)


def test_thin_tables_hold_their_level():
    """200 tables of 3 groups of 12: about 5% below 0.05."""
    rng = np.random.default_rng(2)
    p = [answers_differ(rng.multinomial(12, [0.4, 0.3, 0.2, 0.1], size=3), rng=rng, draws=499) for _ in range(200)]
    assert np.mean(np.array(p) < 0.05) <= 0.1


def test_one_group_is_not_tested():
    assert np.isnan(answers_differ([[5, 3]], rng=np.random.default_rng(1)))
