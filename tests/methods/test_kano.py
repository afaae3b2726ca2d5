"""Kano categories, coefficients and tests."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvclib.methods.kano import CATEGORIES, EVALUATION, kano_category, kano_result

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
