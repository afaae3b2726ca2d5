"""How often the intervals of referral, earned growth and treatment effects hold the truth; nominal 95%.

Each line printed is ``name | n | coverage``; see them with ``pytest tests/coverage -rP``.
"""

import numpy as np
import pandas as pd
import pytest

from cvclib.methods import survival
from cvclib.methods.advocacy import ratio_of_sums
from cvclib.methods.estimate import Estimate
from cvclib.methods.referral import FEWEST_K, FEWEST_MATCHED, k_factor, matched_rate_ratio, pace_ratio, rate_of_rare
from cvclib.methods.treatment import FEWEST_COVERING, treatment_effect

DRAWS = 2_000


def chance(x: np.ndarray, treated: np.ndarray | int) -> np.ndarray:
    return 1 / (1 + np.exp(-(-0.8 + 0.7 * x[:, 0] + 0.5 * x[:, 1] + 0.5 * treated)))


def treat(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Two covariates that drive treatment and outcome, a number and a yes or no."""
    x = np.column_stack([rng.normal(size=n), rng.random(n) < 0.5])
    return x, rng.random(n) < 1 / (1 + np.exp(-(-0.3 + 0.5 * x[:, 0] + 0.4 * x[:, 1])))


def test_doubly_robust_and_weighted_effects_cover():
    rng = np.random.default_rng(0)
    x, treated = treat(rng, 1_000_000)
    gain, ratio = chance(x, 1) - chance(x, 0), chance(x, 1).mean() / chance(x, 0).mean()
    truths = {"effect, doubly robust": gain.mean(), "effect on the treated, doubly robust": gain[treated].mean(),
              "effect, inverse propensity weights": gain.mean(), "risk ratio, doubly robust": ratio}  # fmt: skip
    n, hits = FEWEST_COVERING, np.zeros(4)
    for _ in range(DRAWS):
        x, treated = treat(rng, n)
        outcome = rng.random(n) < chance(x, treated)
        found = treatment_effect(pd.DataFrame(x), treated, outcome, overlap=(0, 1))
        estimates = (found.ate, found.att, found.weighted, found.ratio)
        hits += [e.low <= truth <= e.high for e, truth in zip(estimates, truths.values(), strict=True)]
    for name, share in zip(truths, hits / DRAWS, strict=True):
        print(f"{name} | {n} | {share:.3f}")
        assert 0.935 <= share <= 0.965 or pytest.fail(f"{name} covers {share:.3f}")


def covered(name, n, truth, draw, draws=DRAWS):
    rng = np.random.default_rng([6, n])
    found = [draw(rng, n) for _ in range(draws)]
    share = float(np.mean([e.low <= truth <= e.high for e in found]))
    print(f"{name} | {n} | {share:.3f}")
    return share


def eager(rng: np.random.Generator, n: int) -> np.ndarray:
    """Referrals of each customer: 0.2 on average, a few make many."""
    return rng.negative_binomial(0.3, 0.3 / (0.3 + 0.2), n)


@pytest.mark.parametrize("n", [FEWEST_K, 2000])
def test_the_rate_of_referral_covers(n):
    def draw(rng: np.random.Generator, n: int) -> Estimate:
        return rate_of_rare(np.arange(60), np.bincount(eager(rng, n), minlength=60)[:60])

    assert 0.935 <= covered("invitations a customer, Hall", n, 0.2, draw) <= 0.965


def test_the_k_factor_covers_though_the_last_referrals_are_not_followed_to_the_end():
    """34 in 100 convert, after 18 days on average; referrals are made over a year: K = 0.2 · 0.34 · (1 - exp(-90/18))."""

    def draw(rng: np.random.Generator, n: int) -> Estimate:
        made = eager(rng, n)
        of = np.repeat(np.arange(n), made)
        lag, left = np.where(rng.random(of.size) < 0.34, rng.exponential(18, of.size), np.inf), rng.uniform(0, 365, of.size)
        bought = lag < left
        curve = survival.kaplan_meier(np.minimum(lag, left).astype(int), bought)
        away = survival.survival_at(curve, 90)
        converted = np.bincount(of, weights=bought, minlength=n).astype(int)
        seen = [rate_of_rare(np.arange(60), np.bincount(x, minlength=60)[:60]) for x in (made, converted)]
        return k_factor(seen[0], Estimate(1 - away.value, 1 - away.high, 1 - away.low, of.size), seen[1])

    truth = 0.2 * 0.34 * (1 - np.exp(-90 / 18))
    assert 0.935 <= covered("K-factor", 1000, truth, draw) <= 0.965


def test_earned_growth_covers():
    """Revenue of six in ten customers before, log-normal; half of them stay; half of the rest are new and earned."""

    def draw(rng: np.random.Generator, n: int) -> Estimate:
        was = rng.random(n) < 0.6
        before = rng.lognormal(0, 0.8, n) * was
        now = np.where(was, before * rng.lognormal(-0.08, 0.4, n), rng.lognormal(0, 0.8, n)) * (rng.random(n) < 0.5)
        return ratio_of_sums(n=n, y=now.sum(), x=before.sum(), yy=now @ now, xx=before @ before, xy=now @ before)

    assert 0.935 <= covered("earned growth rate, ratio of sums", 1000, (0.6 * 0.5 + 0.4 * 0.5) / 0.6, draw) <= 0.965


def test_the_matched_ratio_covers():
    """One in four referred, 1.5 times as fast, each with a gamma pace of their own; twelve months, of which each has another rate."""

    def draw(rng: np.random.Generator, n: int) -> Estimate:
        treated, month = rng.random(n) < 0.25, rng.integers(0, 12, n)
        t = (12.5 - month) / 12
        y = rng.poisson(rng.gamma(0.9, 1 / 0.9, n) * np.where(treated, 1.5, 1) * (1 + 0.05 * month) * t)
        cell = 2 * month + treated
        parts = {"n": np.ones(n), "y": y, "t": t, "yy": y * y, "tt": t * t, "yt": y * t}
        sums = {name: np.bincount(cell, weights=x, minlength=24) for name, x in parts.items()}
        return matched_rate_ratio(pd.DataFrame({"stratum": np.arange(24) // 2, "treated": np.arange(24) % 2 == 1, **sums}))

    assert 0.935 <= covered("further orders, matched ratio", 4 * FEWEST_MATCHED, 1.5, draw) <= 0.965


def test_the_ratio_of_paces_covers():
    """Gamma paces, the referred twice as fast, followed for 30 to 700 days; 120 of 600 are referred."""

    def draw(rng: np.random.Generator, n: int) -> Estimate:
        treated = rng.random(n) < 0.2
        wait = rng.exponential(1 / (rng.gamma(0.9, 1 / 250, n) * np.where(treated, 2, 1)))
        until = rng.uniform(30, 700, n)
        return pace_ratio(np.minimum(wait, until), wait < until, treated)

    assert 0.935 <= covered("pace to the second order, ratio", 600, 2.0, draw) <= 0.965
