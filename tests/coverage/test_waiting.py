"""How often the intervals of waiting hold the truth: nominal 95%, 2,000 draws each.

Waits are exponential with mean 10 days, orders are followed for 0 to 30 days, another end comes after 20 days on
average. Each test prints ``name | n | coverage``.
"""

import numpy as np
import pytest

from cvclib.methods import chart_rules, competing, control_charts, survival
from cvclib.methods.estimate import Estimate
from cvclib.methods.quantiles import quantile_of

DRAWS = 2_000
MEAN, OTHER, LONGEST = 10.0, 20.0, 30.0


def share_at(rng, n, day):
    life, cut = rng.exponential(MEAN, n), rng.uniform(0, LONGEST, n)
    return competing.happened_by(survival.kaplan_meier(np.minimum(life, cut), life <= cut), day)


def median(rng, n):
    life, cut = rng.exponential(MEAN, n), rng.uniform(0, LONGEST, n)
    return survival.time_until(survival.kaplan_meier(np.minimum(life, cut), life <= cut))


def won_at(rng, n, day):
    life, other, cut = rng.exponential(MEAN, n), rng.exponential(OTHER, n), rng.uniform(0, LONGEST, n)
    first = np.minimum(life, other)
    ends = np.where(first <= cut, np.where(life < other, "won", "lost"), "").astype(object)
    return competing.incidence_at(competing.cumulative_incidence(np.minimum(first, cut), ends)["won"], day, n)


def lost_stay_in(rng, n, day):
    """The share of all leads won, those lost being followed to the end of the data."""
    life, other, cut = rng.exponential(MEAN, n), rng.exponential(OTHER, n), rng.uniform(0, LONGEST, n)
    won = (life <= cut) & (life < other)
    return competing.happened_by(survival.kaplan_meier(np.where(won, life, cut), won), day)


def median_of_won(rng, n):
    values = np.round(rng.exponential(MEAN, n), 3)
    return quantile_of(values, np.ones(n, dtype=int))


ALL_WON = MEAN**-1 / (MEAN**-1 + OTHER**-1)
WON_BY_5 = ALL_WON * (1 - np.exp(-(MEAN**-1 + OTHER**-1) * 5))

CASES = {
    "share delivered by day 5 (Kaplan-Meier)": (50, lambda rng, n: share_at(rng, n, 5), 1 - np.exp(-5 / MEAN)),
    "days until half are delivered (Kaplan-Meier)": (80, median, MEAN * np.log(2)),
    "share won by day 5 (Aalen-Johansen)": (80, lambda rng, n: won_at(rng, n, 5), WON_BY_5),
    "share won by day 5 (lost leads stay in)": (80, lambda rng, n: lost_stay_in(rng, n, 5), WON_BY_5),
    "median days of those won": (200, median_of_won, MEAN * np.log(2)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_interval_holds_the_truth_as_often_as_it_says(name):
    n, estimate, truth = CASES[name]
    rng = np.random.default_rng(11)
    found: list[Estimate] = [estimate(rng, n) for _ in range(DRAWS)]
    covered = float(np.mean([e.low <= truth <= e.high for e in found]))
    print(f"{name} | {n} | {covered:.3f}")
    assert 0.935 <= covered <= 0.965


def test_where_nothing_has_happened_yet_the_interval_is_exact_or_wider():
    """Of 60 followed to day 5 each had a chance of 0.02; in three draws of ten none had happened."""
    rng = np.random.default_rng(3)
    found = []
    for _ in range(DRAWS):
        happened = rng.random(60) < 0.02
        found.append(competing.happened_by(survival.kaplan_meier(np.where(happened, 3.0, 9.0), happened), 5))
    covered = float(np.mean([e.low <= 0.02 <= e.high for e in found]))
    print(f"share by a day on which few have it | 60 | {covered:.3f}")
    assert covered >= 0.935


@pytest.mark.parametrize(
    ("kind", "draw"), [("normal", lambda rng: rng.normal(size=(8, 24))), ("sums of sales", lambda rng: rng.gamma(20, size=(8, 24)))]
)
def test_a_family_of_eight_charts_of_noise_shows_a_signal_as_seldom_as_it_says(kind, draw):
    """At most one in thirty; the mean is weighted by nothing, all months are alike."""
    rng, strict, alarms = np.random.default_rng(5), chart_rules.guard(24, 8, false_alarms=1 / 30), 0
    for _ in range(DRAWS):
        alarms += any(signal(values, strict) for values in draw(rng))
    print(f"eight XmR charts of {kind} | 24 months | {1 - alarms / DRAWS:.3f} without a signal")
    assert alarms / DRAWS <= 0.045


def signal(values, strict):
    limits = control_charts.individuals(values, multiple=strict.multiple)
    outside = ((values < limits.low) | (values > limits.high)).any()
    return outside or chart_rules.level_shift(values, limits.mean_range / control_charts.D2).size >= strict.shift


def test_a_family_of_p_charts_of_noise_shows_a_signal_as_seldom_as_it_says():
    """Eight charts of 24 months with 8 to 60 cases each and a share of 0.9."""
    rng, strict, alarms = np.random.default_rng(6), chart_rules.guard(24, 8, false_alarms=1 / 30), 0
    for _ in range(DRAWS):
        sizes = rng.integers(8, 60, (8, 24))
        alarms += any(p_signal(k, n, strict) for k, n in zip(rng.binomial(sizes, 0.9), sizes, strict=True))
    print(f"eight p charts | 24 months | {1 - alarms / DRAWS:.3f} without a signal")
    assert alarms / DRAWS <= 0.045


def p_signal(counts, sizes, strict):
    between, centre = control_charts.spread_of_shares(counts, sizes), counts.sum() / sizes.sum()
    spread = max(between, 1) * np.sqrt(centre * (1 - centre))
    wide = between > strict.most_spread
    limits = (
        control_charts.spread_shares_chart(counts, sizes, multiple=strict.multiple)
        if wide
        else control_charts.probable_shares(counts, sizes, point_risk=strict.point_risk)
    )
    values = counts / sizes
    return ((values < limits.low) | (values > limits.high)).any() or chart_rules.level_shift(values, spread, sizes).size >= strict.shift


@pytest.mark.parametrize("n_group", [12, 30])
def test_one_group_against_the_others_is_told_apart_by_chance_as_seldom_as_it_says(n_group):
    """Waits of the group and of 150 others from one distribution, half of them cut short: at 5%, not more often."""
    rng, found = np.random.default_rng(9), 0
    in_group = np.arange(150 + n_group) < n_group
    for _ in range(DRAWS):
        life, cut = rng.exponential(MEAN, in_group.size), rng.uniform(0, MEAN, in_group.size)
        found += competing.difference_from_others(np.minimum(life, cut), life <= cut, in_group, np.ones(in_group.size)) <= 0.05
    print(f"log-rank test of {n_group} against 150 | {n_group} | {1 - found / DRAWS:.3f} not told apart")
    assert found / DRAWS <= 0.06
