"""The importance–performance grid."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvclib.methods.importance_performance import (
    CANNOT_TELL,
    QUADRANTS,
    cross_hairs,
    ellipse,
    joint_region,
    quadrant_probabilities,
    quadrants,
    spread_p_value,
    sure_quadrants,
)
from cvclib.methods.resampling import bootstrap_means

REFERENCE = Path(__file__).resolve().parents[1] / "reference"


def test_the_auto_dealers_attributes_stand_where_martilla_and_james_say():
    """Means of the means: 3.151429 and 2.816429; with the lines there, 1, 2, 9 / 3–8, 10 / 11–13 / 14."""
    dealer = pd.read_csv(REFERENCE / "ipa_auto_dealer.csv")
    lines = cross_hairs(dealer["importance"], dealer["performance"])
    assert [float(x) for x in lines] == pytest.approx([3.151429, 2.816429], abs=1e-6)
    place = quadrants(dealer["importance"], dealer["performance"])
    found = {name: dealer["no"][place == i].tolist() for i, name in enumerate(QUADRANTS)}
    assert found == {
        "concentrate here": [1, 2, 9],
        "keep up the good work": [3, 4, 5, 6, 7, 8, 10],
        "low priority": [11, 12, 13],
        "possible overkill": [14],
    }


def test_where_the_lines_stand_decides():
    """Performance 3 of 4 is below a line at 3.5 and above one at 2.5."""
    assert quadrants([4.0], [3.0], (2.5, 3.5))[0] == QUADRANTS.index("concentrate here")
    assert quadrants([4.0], [3.0], (2.5, 2.5))[0] == QUADRANTS.index("keep up the good work")


def test_an_attribute_without_answers_stands_nowhere():
    assert quadrants([4, 2, np.nan], [3, 5, 4]).tolist()[2] == -1
    assert np.isnan(quadrant_probabilities([[4, 2, np.nan]], [[3, 5, 4]])[2]).all()


@given(st.lists(st.tuples(st.floats(1, 5), st.floats(1, 5)), min_size=2, max_size=8), st.floats(0.5, 2), st.floats(-3, 3))
def test_stretching_a_scale_moves_no_attribute_across_fixed_lines(points, factor, shift):
    importance, performance = (np.array(x) for x in zip(*points, strict=True))
    here = quadrants(importance, performance, (3.0, 3.0))
    # a rating within rounding of the line may fall on either side once stretched
    away = (abs(importance - 3) > 1e-6) & (abs(performance - 3) > 1e-6)
    there = quadrants(importance * factor + shift, performance, (3.0 * factor + shift, 3.0))
    assert (here == there)[away].all()


def test_the_probability_of_a_quadrant_is_half_on_the_line_and_one_far_from_it():
    """Attribute 0 lies on the fixed line of performance, attribute 1 ten standard errors off both lines."""
    rng = np.random.default_rng(1)
    importance = np.array([4.0, 2.0]) + 0.1 * rng.normal(size=(2_000, 2))
    performance = np.array([3.0, 4.0]) + 0.1 * rng.normal(size=(2_000, 2))
    found = quadrant_probabilities(importance, performance, (3.0, 3.0))
    assert found[0, :2] == pytest.approx([0.5, 0.5], abs=0.04)
    assert found[1, QUADRANTS.index("possible overkill")] == 1


def test_a_quadrant_is_named_from_four_fifths_on():
    assert sure_quadrants([[0.8, 0.2, 0, 0], [0.79, 0.21, 0, 0], [np.nan] * 4]) == [QUADRANTS[0], CANNOT_TELL, CANNOT_TELL]


def test_the_ellipse_of_two_estimates_has_the_half_axes_of_the_chi_square():
    """Uncorrelated, standard errors 1 and 2: 95% of the mass within sqrt(5.991) = 2.448 of them."""
    outline = ellipse([3, 1], np.diag([1.0, 4.0]))
    assert (outline.max(axis=0) - [3, 1]) == pytest.approx([2.4477, 4.8955], abs=0.001)


def test_the_joint_region_holds_the_true_means_about_as_often_as_it_says():
    """300 surveys of 120 respondents whose two answers have r = 0.6; 95% within 3 standard errors of 1.3 points."""
    rng, held = np.random.default_rng(1), 0
    for _ in range(300):
        z = rng.normal(size=(120, 2))
        answers = np.column_stack([z[:, 0], 0.6 * z[:, 0] + 0.8 * z[:, 1]])
        means, copies = bootstrap_means(answers, rng=rng, replicates=200)
        covariance = joint_region(copies[:, :1], copies[:, 1:])[0]
        held += means @ np.linalg.solve(covariance, means) <= 5.991
    assert held / 300 == pytest.approx(0.95, abs=0.04)


def test_attributes_that_are_all_alike_are_rarely_said_to_differ():
    """200 surveys of eight attributes answered alike: 5% with a standard error of 1.5 points."""
    rng, rejected = np.random.default_rng(2), 0
    for _ in range(200):
        answers = rng.integers(1, 6, (150, 8)).astype(float)
        means, copies = bootstrap_means(answers, rng=rng, replicates=300)
        off, again = means - means.mean(), copies - copies.mean(axis=1, keepdims=True)
        rejected += spread_p_value(off, again, 150) < 0.05
    assert rejected / 200 <= 0.1
