"""How often the intervals of step 7's forecasts hold the truth: nominal 95%, 2,000 draws each where one draw is cheap.

Each test prints ``name | n | coverage``.
"""

import numpy as np
import pytest

from cvclib.methods.estimate import Estimate
from cvclib.methods.opportunity import opportunity_score
from cvclib.methods.queueing import BATCHES, STEADY_FROM, mean_wait, more_capacity
from cvclib.methods.resampling import bootstrap_means, percentile_interval
from cvclib.methods.transition_gains import FEWEST_LEAVING, redrawn_gains, transition_gains
from cvclib.methods.what_if import Worth, adjusted_slopes, behaviour_of_counts, carry

DRAWS = 2_000
SLOPES = np.array([0.7, 0.4, 0.0])
STEP, EACH, EQUITY, ERROR = 0.1, 0.05, 1_000.0, 50.0  # change of the attribute; share a point; equity and its standard error


def told(name, n, covered, low=0.935, high=0.965):
    coverage = float(np.mean(covered))
    print(f"{name} | {n} | {coverage:.3f}")
    assert low <= coverage <= high


@pytest.mark.parametrize("n", [100, 300])
def test_the_opportunity_score(n):
    """Importance 4 in 5, satisfaction 2 in 5 of the same respondents: 8 + 4 = 12."""
    rng, covered = np.random.default_rng(1), []
    for _ in range(DRAWS):
        answers = 10.0 * (rng.random((n, 2)) < [0.4, 0.8])
        copies = bootstrap_means(answers, rng=rng, replicates=300)[1]
        low, high = percentile_interval(opportunity_score(copies[:, 1], copies[:, 0]))
        covered.append(low <= 12 <= high)
    told("opportunity score", n, covered)


def test_the_what_if_chain_from_end_to_end():
    """Ratings move satisfaction by 0.7 a point, a point moves buying again by 5 percentage points from 35%, equity is told within 5%."""
    rng, covered = np.random.default_rng(2), []
    n, m = 200, 400
    for _ in range(DRAWS):
        ratings = rng.integers(1, 6, (n, 3))
        slopes = adjusted_slopes(ratings, 2 + ratings @ SLOPES + rng.normal(0, 1, n))
        score = rng.integers(1, 11, m)
        did = rng.random(m) < 0.35 + EACH * (score - 5.5)
        counts = np.bincount(score, minlength=11)[1:], np.bincount(score, did, minlength=11)[1:]
        behaviour = behaviour_of_counts(np.arange(1, 11), *counts)
        equity = rng.normal(EQUITY, ERROR)
        worth = Worth(Estimate(equity, equity - 1.96 * ERROR, equity + 1.96 * ERROR, m), "orders")
        found = carry(slopes, STEP, behaviour, worth, rng=rng, draws=600)
        truth = np.array([0.7 * STEP, 0.7 * STEP * EACH, 0.7 * STEP * EACH / 0.35 * EQUITY])
        ends = np.array([found.satisfaction[0], found.share[0], found.worth[0]])
        covered.append((ends[:, 1] <= truth) & (truth <= ends[:, 2]))
    for name, part in zip(("satisfaction", "customers", "equity"), np.transpose(covered), strict=True):
        told(f"what if, to {name}", f"{n}, {m}", part)


@pytest.mark.parametrize("journeys", [100, 300])
def test_the_gain_of_a_transition(journeys):
    """Three touchpoints with loops; the gains of two moves and one purchase, from 40 moves a state on."""
    chances = np.array([[0, 0.6, 0, 0, 0.4], [0.2, 0, 0.5, 0, 0.3], [0, 0.1, 0, 0.6, 0.3]])
    truth = _three(transition_gains([2, 1, 0], chances[:, :3], chances[:, 3], chances[:, 4]))
    rng, covered, least = np.random.default_rng(3), [], []
    for _ in range(1_000):
        start = rng.multinomial(journeys, [2 / 3, 1 / 3, 0])
        counts = _walked(rng, start, chances)
        drawn = redrawn_gains(start, counts[:, :3], counts[:, 3], counts[:, 4], rng, draws=250)
        low, high = percentile_interval(_three(drawn))
        covered.append((low <= truth) & (truth <= high))
        least.append(counts.sum(axis=1).min())
    assert np.mean(least) >= FEWEST_LEAVING
    told("gain of a transition", f"{journeys} journeys", covered)


def test_the_change_of_a_wait():
    """One server, a period 500 times as long as its memory: 20 arrivals a week, capacity 50, M/M/1 exactly; 1,000 runs."""
    rng, runs, covered = np.random.default_rng(4), 1_000, []
    arrivals, served, weeks = 20.0, 50.0, 78
    opened, waited = _queue(rng, runs, arrivals, served, weeks)
    truth = float(mean_wait(arrivals, 1 / served / 1.1) - mean_wait(arrivals, 1 / served))
    for when, wait in zip(opened, waited, strict=True):
        inside = (when >= 0) & (when < weeks)
        part = (when[inside] / weeks * BATCHES).astype(int)
        found = more_capacity(np.bincount(part, minlength=BATCHES), np.bincount(part, wait[inside], BATCHES), batch_time=weeks / BATCHES)
        covered.append(found.change.low <= truth <= found.change.high)
    assert weeks * (np.sqrt(served) - np.sqrt(arrivals)) ** 2 >= STEADY_FROM
    told("change of the wait", f"{arrivals * weeks:.0f} tickets", covered)


def _three(gains):
    return np.stack([gains.moves[..., 0, 1], gains.moves[..., 1, 2], gains.ends[..., 2]], axis=-1)


def _walked(rng, start, chances):
    """Counts of moves of journeys that walk until all have ended."""
    counts, now = np.zeros(chances.shape), start
    while now.sum():
        moved = np.array([rng.multinomial(n, row) for n, row in zip(now, chances, strict=True)])
        counts += moved
        now = moved[:, :3].sum(axis=0)
    return counts


def _queue(rng, runs, arrivals, served, weeks):
    """Arrival times from the first of many on, and waits by Lindley's recursion, after a start long enough to be forgotten."""
    before, n = 500, int(arrivals * weeks * 1.15) + 500
    when = rng.exponential(1 / arrivals, (runs, n)).cumsum(axis=1)
    service, wait = rng.exponential(1 / served, (runs, n)), np.zeros((runs, n))
    for k in range(1, n):
        wait[:, k] = np.maximum(wait[:, k - 1] + service[:, k - 1] - (when[:, k] - when[:, k - 1]), 0)
    return when[:, before:] - when[:, [before]], wait[:, before:]
