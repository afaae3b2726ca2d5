"""Keyness: log-likelihood and log ratio by hand and against scipy, noise that gives nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cvclib.methods.keyness import keyness, log_likelihood


def test_log_likelihood_by_hand():
    """5 and 20 of 100: 2 (5 ln 0.4 + 20 ln 1.6 + 95 ln(95/87.5) + 80 ln(80/87.5)) = 10.925."""
    assert log_likelihood([5], [20], 100, 100) == pytest.approx([10.925], abs=5e-4)


@given(st.integers(1, 40), st.integers(1, 60))
def test_log_likelihood_is_that_of_scipy(a, b):
    reference = stats.chi2_contingency([[a, 41 - a], [b, 61 - b]], correction=False, lambda_="log-likelihood").statistic
    assert log_likelihood([a], [b], 41, 61) == pytest.approx([max(reference, 0)], abs=1e-9)


def test_a_word_of_one_side_only_has_a_finite_ratio():
    """(8.5 / 51) / (0.5 / 51) = 17: log₂ 4.09."""
    row = keyness([8], [0], 50, 50).iloc[0]
    assert row["log_ratio"] == pytest.approx(np.log2(17))
    assert row["low"] > 0


def test_p_is_exact():
    """Twice the smaller tail of Fisher's test: symmetric margins give the two-sided p of scipy."""
    assert keyness([12], [4], 50, 50)["p"][0] == pytest.approx(stats.fisher_exact([[12, 38], [4, 46]]).pvalue)


def test_the_sides_mirror_each_other():
    one, other = keyness([12, 3], [4, 9], 50, 80), keyness([4, 9], [12, 3], 80, 50)
    assert one["log_ratio"].tolist() == pytest.approx((-other["log_ratio"]).tolist())
    assert one["p"].tolist() == pytest.approx(other["p"].tolist())


def test_more_speakers_than_there_are_is_refused():
    with pytest.raises(ValueError, match="more speakers"):
        keyness([5], [1], 4, 10)


def test_noise_gives_a_key_word_in_at_most_one_run_of_twenty():
    """300 words said by chance by 200 and 120 speakers, over 100 runs."""
    rng, stated = np.random.default_rng(3), 0
    often = rng.uniform(0.02, 0.3, 300)
    for _ in range(100):
        stated += (keyness(rng.binomial(200, often), rng.binomial(120, often), 200, 120)["p_adjusted"] < 0.05).any()
    assert stated <= 5
