"""How often the interval of an interrupted series covers, for months that resemble their neighbours."""

import numpy as np
import pytest
from scipy import stats
from scipy.signal import lfilter

from cvclib.methods import interrupted_series as its

DRAWS = 4000
STARTS = {24: 15, 36: 20, 48: 24}


def shares_below(series, design, contrast):
    """For each series the share of its posterior below nought, as in `regression_effect`, for all series at once."""
    n, k = design.shape
    values, errors, logs = [], [], []
    for r in its.CORRELATIONS:
        first = np.sqrt(1 - r * r)
        ys = np.concatenate([first * series[:, :1], series[:, 1:] - r * series[:, :-1]], axis=1)
        xs = np.concatenate([first * design[:1], design[1:] - r * design[:-1]])
        inner = xs.T @ xs
        inverse = np.linalg.inv(inner)
        betas = ys @ xs @ inverse
        squares = ((ys - betas @ xs.T) ** 2).sum(axis=1)
        values.append(betas @ contrast)
        errors.append(np.sqrt(squares / (n - k) * (contrast @ inverse @ contrast)))
        logs.append(0.5 * np.log(1 - r * r) - 0.5 * np.linalg.slogdet(inner)[1] - (n - k) / 2 * np.log(squares))
    values, errors, logs = map(np.array, (values, errors, logs))
    weights = np.exp(logs - logs.max(axis=0))
    return (weights / weights.sum(axis=0) * stats.t.cdf(-values / errors, n - k)).sum(axis=0)


def drawn(rng, correlation, n):
    noise = rng.normal(size=(DRAWS, n))
    noise[:, 0] /= np.sqrt(1 - correlation**2)
    return lfilter([1], [1, -correlation], noise, axis=1)


def design_of(n):
    time = np.arange(n)
    return np.column_stack([np.ones(n), time >= STARTS[n], (time - time.mean()) / n])


def test_the_fast_form_is_the_estimator_itself():
    design, contrast = design_of(24), np.array([0.0, 1, 0])
    series = drawn(np.random.default_rng(1), 0.4, 24)[:5]
    quick = shares_below(series, design, contrast)
    assert [its.regression_effect(y, design, contrast)[1] for y in series] == pytest.approx(2 * np.minimum(quick, 1 - quick))


@pytest.mark.parametrize("months", [24, 36, 48])
@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.5])
def test_level_beside_trend_covers(months, correlation):
    """4,000 series of months correlated 0, 0.3 and 0.5 with their neighbours; the truth is nought."""
    series = drawn(np.random.default_rng([months, int(10 * correlation)]), correlation, months)
    below = shares_below(series, design_of(months), np.array([0.0, 1, 0]))
    covered = np.mean((below > 0.025) & (below < 0.975))
    print(f"interrupted series, level beside trend, correlation {correlation} | {months} months | {covered:.3f}")
    assert 0.935 <= covered <= 0.965
