"""How often the intervals of retention, contracts, cost to serve and concentration hold the truth; nominal 95%.

Each line printed is ``name | n | coverage``; see them with ``pytest tests/coverage -rP``. 8,000 draws each, 2,000 of the
survival curves.
"""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from cvclib.methods import concentration, survival
from cvclib.methods.estimate import Estimate
from cvclib.methods.retention import loss_rate, revenue_kept
from cvclib.methods.shares import mean, share
from cvclib.methods.skewed import FEWEST_SKEWED, skewed_mean

DRAWS = 2_000


def covered(name: str, n: int, truth: float, draw: Callable[[np.random.Generator], Estimate], draws: int = 4 * DRAWS) -> float:
    rng = np.random.default_rng([1, n])
    hits = 0
    for _ in range(draws):
        found = draw(rng)
        hits += found.low <= truth <= found.high
    print(f"{name} | {n} | {hits / draws:.3f}")
    return hits / draws


def cost(rng: np.random.Generator, n: int) -> np.ndarray:
    """Skewed as log-normal values with standard deviation 1; six in ten customers cost nothing."""
    return rng.lognormal(0, 1, n) * (rng.random(n) < 0.4)


COST = 0.4 * np.exp(0.5)
GINI_OF_LOGNORMAL = 2 * stats.norm.cdf(1 / np.sqrt(2)) - 1


@pytest.mark.parametrize("n", [FEWEST_SKEWED, 1000])
def test_halls_interval_of_cost_to_serve_covers(n):
    assert 0.935 <= covered("cost to serve, Hall", n, COST, lambda rng: skewed_mean(cost(rng, n))) <= 0.965


def test_students_interval_of_cost_to_serve_covers_too_seldom_where_halls_does():
    """The reason for Hall's: Student's reaches 93.5% with some 500 customers only."""
    assert covered("cost to serve, Student", 100, COST, lambda rng: mean(cost(rng, 100))) < 0.925


@pytest.mark.parametrize("n", [50, 200])
def test_halls_interval_of_exponential_costs_covers(n):
    assert 0.935 <= covered("exponential cost, Hall", n, 1.0, lambda rng: skewed_mean(rng.exponential(1, n))) <= 0.965


def test_greenwoods_log_log_interval_covers():
    """Exponential with mean 10, followed for 2 to 20: survival at 6 is exp(-0.6); 100 subjects."""

    def draw(rng: np.random.Generator) -> Estimate:
        life, cut = rng.exponential(10, 100).round(1), rng.uniform(2, 20, 100)
        return survival.survival_at(survival.kaplan_meier(np.minimum(life, cut), life <= cut), 6.0)

    truth = float(np.exp(-0.605))  # rounded to tenths, an event at 6 is one before 6.05
    assert 0.935 <= covered("Kaplan–Meier, log-log", 100, truth, draw, DRAWS) <= 0.965


@pytest.mark.parametrize(("interval", "n"), [("plain", 200), ("log", 200)])
def test_greenwoods_other_intervals_cover(interval, n):
    def draw(rng: np.random.Generator) -> Estimate:
        life, cut = np.ceil(rng.exponential(10, n)), np.ceil(rng.uniform(2, 20, n))
        return survival.survival_at(survival.kaplan_meier(np.minimum(life, cut), life <= cut, interval=interval), 6.0)

    assert 0.935 <= covered(f"Kaplan–Meier, {interval}", n, float(np.exp(-0.6)), draw, DRAWS) <= 0.965


@pytest.mark.parametrize("n", [60, 400])
def test_the_share_of_a_cohort_that_comes_back_covers(n):
    assert 0.935 <= covered("cohort share, Wilson", n, 0.23, lambda rng: share(int(rng.binomial(n, 0.23)), n)) <= 0.965


@pytest.mark.parametrize("months", [300, 3000])
def test_the_loss_rate_covers(months):
    found = covered("contracts lost a month", months, 0.03, lambda rng: loss_rate(int(rng.poisson(0.03 * months)), months))
    assert 0.935 <= found <= 0.965


@pytest.mark.parametrize("n", [100, 400])
@pytest.mark.parametrize(("kind", "truth"), [("gross", 0.7), ("net", 0.7 * (0.8 + 0.2 * 1.5))])
def test_revenue_retention_covers(kind, truth, n):
    """Seven in ten stay; of these two in ten pay half as much again; prices are skewed."""

    def draw(rng: np.random.Generator) -> Estimate:
        before = rng.lognormal(3, 0.6, n)
        after = before * (rng.random(n) < 0.7) * np.where(rng.random(n) < 0.2, 1.5, 1.0)
        return revenue_kept(before, after)[kind == "net"]

    assert 0.935 <= covered(f"revenue retention, {kind}", n, truth, draw) <= 0.965


@pytest.mark.parametrize("n", [concentration.FEWEST_FOR_GINI, 500])
def test_the_gini_coefficient_of_exponential_values_covers(n):
    assert 0.935 <= covered("Gini, exponential", n, 0.5, lambda rng: concentration.gini(rng.exponential(1, n))) <= 0.965


def test_the_gini_coefficient_of_values_with_a_long_tail_covers_from_two_thousand_on():
    n = concentration.FEWEST_IF_UNEQUAL
    found = covered("Gini, log-normal", n, GINI_OF_LOGNORMAL, lambda rng: concentration.gini(rng.lognormal(0, 1, n)))
    assert 0.935 <= found <= 0.965
    few = covered("Gini, log-normal", 100, GINI_OF_LOGNORMAL, lambda rng: concentration.gini(rng.lognormal(0, 1, 100)))
    assert few < 0.935  # said in the report: somewhat too narrow


@pytest.mark.parametrize("n", [200, 1000])
def test_the_share_of_the_largest_fifth_covers(n):
    """Exponential values: the largest share q have q - q ln q of the total."""
    truth = 0.2 - 0.2 * np.log(0.2)
    assert 0.935 <= covered("largest 20%, exponential", n, truth, lambda rng: concentration.top_share(rng.exponential(1, n))) <= 0.965


@pytest.mark.parametrize("n", [100, 1000])
def test_the_peak_of_the_whale_curve_covers(n):
    """Normal profits, mean 1 and standard deviation 1: E[x₊] = Φ(1) + φ(1)."""
    truth = float(stats.norm.cdf(1) + stats.norm.pdf(1))
    assert 0.935 <= covered("peak of the whale curve", n, truth, lambda rng: concentration.peak_share(rng.normal(1, 1, n))) <= 0.965
