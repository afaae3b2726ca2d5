"""Effects in a series that was interrupted: by hand, beside statsmodels, planted, and on nothing but noise."""

import numpy as np
import pytest
from scipy.signal import lfilter
from statsmodels.regression.linear_model import GLS

from cvclib.methods import interrupted_series as its
from cvclib.methods.estimate import Estimate
from cvclib.methods.shares import difference


def autoregressive(rng, correlation, n_draws, n):
    noise = rng.normal(size=(n_draws, n))
    noise[:, 0] /= np.sqrt(1 - correlation**2)
    return lfilter([1], [1, -correlation], noise, axis=1)


def test_a_step_by_hand_is_the_difference_of_the_means():
    """Five fives and five sevens, no noise at all: the level rose by 2, surely."""
    after = np.arange(10) >= 5
    found, p = its.regression_effect(5 + 2.0 * after, np.column_stack([np.ones(10), after]), [0, 1])
    assert found == pytest.approx((2, 2, 2, 10))
    assert p == 0


def test_with_the_correlation_given_the_answer_is_generalised_least_squares(monkeypatch):
    """The peer is statsmodels' GLS with the covariance r^|i - j|; value, interval and p agree."""
    rng = np.random.default_rng(2)
    time = np.arange(30.0)
    design = np.column_stack([np.ones(30), time >= 18, time])
    y = autoregressive(rng, 0.5, 1, 30)[0] + 0.1 * time
    monkeypatch.setattr(its, "CORRELATIONS", np.array([0.5]))
    found, p = its.regression_effect(y, design, [0, 1, 0])
    peer = GLS(y, design, sigma=0.5 ** np.abs(np.subtract.outer(time, time))).fit()
    assert found[:3] == pytest.approx((peer.params[1], *peer.conf_int()[1]), rel=1e-8)
    assert p == pytest.approx(peer.pvalues[1], rel=1e-8)


def test_independent_errors_give_about_the_interval_of_least_squares():
    """200 months without correlation: within a few per cent of ordinary least squares."""
    y = np.random.default_rng(3).normal(size=200)
    design = np.column_stack([np.ones(200), np.arange(200) >= 100])
    found, _ = its.regression_effect(y, design, [0, 1])
    peer = GLS(y, design).fit()
    assert found.high - found.low == pytest.approx(np.ptp(peer.conf_int()[1]), rel=0.15)


def test_a_trend_is_not_taken_for_an_effect():
    """A steady rise and nothing else: the means before and after lie 1.2 apart, beside a trend nothing is left."""
    y = 0.1 * np.arange(24) + np.random.default_rng(5).normal(0, 0.1, 24)
    found = {effect.model: effect for effect in its.effects_at(y, 12)}
    assert y[12:].mean() - y[:12].mean() == pytest.approx(1.2, abs=0.15)
    assert abs(found["level beside trend"].value) < 0.25
    assert found["level beside trend"].low < 0 < found["level beside trend"].high


def test_a_season_is_not_taken_for_an_effect():
    """A yearly wave and nothing else: beside the season no effect is left."""
    time = np.arange(24)
    y = np.sin(2 * np.pi * time / 12) + np.random.default_rng(6).normal(0, 0.05, 24)
    found = {effect.model: effect for effect in its.effects_at(y, 18)}
    assert abs(found["level beside season"].value) < 0.1
    assert abs(found["level"].value) > 0.3


def test_what_moves_elsewhere_too_is_taken_off():
    """Both rise by 1, the one by 2 more: the difference changes by 2."""
    rng = np.random.default_rng(7)
    after = np.arange(24) >= 12
    elsewhere = after + rng.normal(0, 0.1, 24)
    found = its.effects_at(elsewhere + 2.0 * after + rng.normal(0, 0.05, 24), 12, elsewhere=elsewhere)[-1]
    assert found.model == "level of the difference"
    assert found.value == pytest.approx(2, abs=0.1)


def test_too_short_a_series_gives_no_model():
    assert its.effects_at(np.arange(10.0), 3) == []
    assert its.effects_at(np.arange(10.0), 7) == []
    with pytest.raises(ValueError, match="cannot tell"):
        its.regression_effect([1, 2, 3], np.ones((3, 2)), [0, 1])


def test_without_two_years_no_season_is_fitted():
    assert [e.model for e in its.effects_at(np.random.default_rng(8).normal(size=20), 10)] == [
        "level",
        "level beside trend",
        "level and slope",
    ]


def test_all_models_at_once_see_an_effect_in_few_series_of_noise():
    """200 series of 24 autocorrelated months (0.5) without an effect: all models together may reject in at most 5%, and do so in under 3%."""
    series = autoregressive(np.random.default_rng(9), 0.5, 200, 24)
    rejected = [all(effect.p < 0.05 for effect in its.effects_at(y, 15)) for y in series]
    assert np.mean(rejected) <= 0.03


def test_placebo_dates_by_hand():
    """1 1 1 | 1 4 4 4 and 1 1 1 1 | 4 4 4 before the start: 3.25 - 1 = 2.25 and 4 - 1 = 3; an effect of 5 ranks first of three."""
    placebos = its.placebo_effects([1, 1, 1, 1, 4, 4, 4, 9, 9], 7)
    assert placebos.tolist() == [2.25, 3.0]
    assert its.placebo_p_value(5, placebos) == pytest.approx(1 / 3)
    assert its.placebo_p_value(2.5, placebos) == pytest.approx(2 / 3)
    assert np.isnan(its.placebo_p_value(5, []))


def test_the_difference_in_differences_of_card_and_krueger():
    """Employment in New Jersey 20.44 to 21.03, Pennsylvania 23.33 to 21.17: 0.59 + 2.16 = 2.75 (2.76 printed, from unrounded means)."""
    jersey, pennsylvania = (difference(Estimate(after, after, after, 1), Estimate(before, before, before, 1))
                            for before, after in ((20.44, 21.03), (23.33, 21.17)))  # fmt: skip
    assert difference(jersey, pennsylvania).value == pytest.approx(2.75)
