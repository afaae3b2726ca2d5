"""How often the intervals of the lifetime models hold the truth, at the sizes stated; nominal 95%.

As each draw is a fit, fewer are made here than of other estimators, and as much more room as chance needs is left. The 2,000
of the others: ``CVC_COVERAGE_DRAWS=2000 pytest tests/coverage/test_lifetime_models.py -rP``. Each test prints
``name | n | coverage | draws``. What customers will buy is a prediction: its interval must hold what they then bought.
"""

import os

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cvclib.methods import bg_nbd, gamma_gamma, pareto_nbd
from cvclib.methods import shifted_beta_geometric as sbg
from cvclib.methods.discounting import rate_per_month
from cvclib.methods.maximum_likelihood import NotFittedError
from cvclib.steps.buying_forecast import MODELS
from cvclib.steps.contract_forecast import months_kept
from cvclib.steps.lifetime_value import FEWEST_COVERING, Drawn

LOW, HIGH = 0.935, 0.965
REDRAWN, OUTSIDE = 79, 2  # of 79 draws the second from either end: as far out as the truth would be in 4 of 80, which is 5%
WEEKS, NEXT = 78.0, 52.0  # followed at most; the year to come
BUYING = {
    # rate: gamma(r, alpha); leaving after a purchase: beta(a, b), or at a rate gamma(s, beta)
    "BG/NBD": (bg_nbd, {}, np.array([0.9, 10.0, 0.8, 2.6])),
    "MBG/NBD": (bg_nbd, {"modified": True}, np.array([0.9, 10.0, 0.8, 2.6])),
    "Pareto/NBD": (pareto_nbd, {}, np.array([0.9, 10.0, 0.9, 26.0])),
}
GAMMA_GAMMA = np.array([6.0, 3.7, 15.0])
DRAWS = {"BG/NBD": 250, "MBG/NBD": 150, "Pareto/NBD": 60}  # what some 12 seconds of CPU allow
CUSTOMERS = {"BG/NBD": bg_nbd.FEWEST_COVERING, "MBG/NBD": bg_nbd.FEWEST_COVERING_MODIFIED, "Pareto/NBD": pareto_nbd.FEWEST_COVERING}
CONTRACTS = np.array([0.7, 9.0])


def draws_of(usual: int) -> int:
    return int(os.environ.get("CVC_COVERAGE_DRAWS", usual))


def told(name: str, n: int, covered: list[bool] | np.ndarray) -> None:
    """Print a line of the table. With fewer draws than 2,000, what lies within 93.5% to 96.5% fails by chance 1 in 100 times."""
    hits, draws = int(np.sum(covered)), len(covered)
    print(f"{name} | {n} | {hits / draws:.3f} | {draws} draws")
    least, most = (LOW * draws, HIGH * draws) if draws >= 2_000 else stats.binom.ppf((0.01, 0.99), draws, (LOW, HIGH))
    assert least <= hits <= most, f"{name}: {hits} of {draws}"


def lived(name: str, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Repeats, recency and age of customers, purchase by purchase, and how often they buy in the year after."""
    r, alpha, third, fourth = BUYING[name][2]
    rate, age = rng.gamma(r, 1 / alpha, n), rng.uniform(0.3, 1, n) * WEEKS
    chance = np.ones(n) if name == "Pareto/NBD" else rng.beta(third, fourth, n)
    end = rng.exponential(size=n) / rng.gamma(third, 1 / fourth, n) if name == "Pareto/NBD" else np.full(n, np.inf)
    frequency, recency, later, at = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    here = np.flatnonzero(rng.random(n) >= chance) if name == "MBG/NBD" else np.arange(n)
    while here.size:
        at[here] += rng.exponential(size=here.size) / np.maximum(rate[here], 1e-300)
        here = here[at[here] <= np.minimum(end[here], age[here] + NEXT)]
        before = at[here] <= age[here]
        frequency[here[before]] += 1
        recency[here[before]] = at[here[before]]
        later[here[~before]] += 1
        if name != "Pareto/NBD":
            here = here[rng.random(here.size) >= chance[here]]
    return frequency, recency, age, later


@pytest.mark.parametrize("name", BUYING)
def test_parameters_and_the_purchases_of_the_coming_year_are_covered(name: str) -> None:
    """Customers followed for 23 to 78 weeks."""
    model, settings, truth = BUYING[name]
    rng, n, covered = np.random.default_rng([1, len(name)]), CUSTOMERS[name], []
    for _ in range(draws_of(DRAWS[name])):
        *known, later = lived(name, n, rng)
        fit = model.fit(*known, **settings)
        bought = [model.simulated_purchases(values, NEXT, *known, rng, **settings).sum() for values in fit.draws(rng, REDRAWN)]
        covered.append([e.low <= t <= e.high for e, t in zip(fit.estimates().values(), truth, strict=True)] + [within(later.sum(), bought)])
    for part, hits in zip((*model.NAMES, "purchases of the coming year"), np.transpose(covered), strict=True):
        told(f"{name}, {part}", n, hits)


def within(truth: float, drawn: list[float] | np.ndarray) -> bool:
    return OUTSIDE <= np.sum(np.asarray(drawn) < truth) <= REDRAWN - OUTSIDE


def test_parameters_and_the_mean_value_of_a_purchase_are_covered() -> None:
    """Where the likelihood has no maximum, which is rare at this size, the step says so and takes the mean."""
    p, q, gamma = GAMMA_GAMMA
    rng, n, draws, covered = np.random.default_rng(2), gamma_gamma.FEWEST_COVERING, draws_of(600), []
    for _ in range(draws):
        times = 1 + rng.poisson(1.5, n)
        values = rng.gamma(p * times) / times / rng.gamma(q, 1 / gamma, n)
        try:
            fit = gamma_gamma.fit(times, values)
        except NotFittedError:
            continue
        means = [gamma_gamma.expected_value(values, 0, 0.0) for values in fit.draws(rng, REDRAWN)]
        hits = [e.low <= t <= e.high for e, t in zip(fit.estimates().values(), GAMMA_GAMMA, strict=True)]
        covered.append([*hits, within(p * gamma / (q - 1), means)])
    assert len(covered) >= 0.98 * draws
    for part, hits in zip((*gamma_gamma.NAMES, "mean value of a purchase"), np.transpose(covered), strict=True):
        told(f"Gamma-Gamma, {part}", n, hits)


def test_parameters_and_the_months_that_contracts_go_on_are_covered() -> None:
    """Contracts of 1 to 36 months' standing; those still running bring a sum a month, discounted over 36 months more: customer equity."""
    rng, n, horizon, covered = np.random.default_rng(3), FEWEST_COVERING["contracts"], 36, []
    worth = np.concatenate([[0.0], np.cumsum((1 + rate_per_month(0.10)) ** -np.arange(1, horizon + 1))])
    for _ in range(draws_of(600)):
        age, revenue = rng.integers(1, 37, n), rng.gamma(4, 25, n)
        ends = rng.geometric(np.clip(rng.beta(*CONTRACTS, n), 1e-12, 1))
        gone, runs = ends <= age, ends > age
        fit = sbg.fit(np.bincount(ends[gone] - 1, minlength=36), np.bincount(age[runs] - 1, minlength=36))
        later = np.minimum(ends[runs] - age[runs] - 1, horizon)
        drawn = [months_kept(values, age[runs], horizon, rng) for values in fit.draws(rng, REDRAWN)]
        next_month = np.sum(later >= 1) + rng.random(), [np.sum(months >= 1) + rng.random() for months in drawn]  # ties broken by lot
        equity = worth[later] @ revenue[runs], [worth[months] @ revenue[runs] for months in drawn]
        hits = [e.low <= t <= e.high for e, t in zip(fit.estimates().values(), CONTRACTS, strict=True)]
        covered.append([*hits, within(*next_month), within(*equity)])
    for part, hits in zip((*sbg.NAMES, "contracts kept next month", "customer equity"), np.transpose(covered), strict=True):
        told(f"shifted beta-geometric, {part}", n, hits)


def test_customer_equity_from_orders_is_covered() -> None:
    """BG/NBD with Gamma-Gamma, both fitted: the sum that 800 customers bring in the year to come, undiscounted."""
    p, q, gamma = GAMMA_GAMMA
    rng, n, covered = np.random.default_rng(4), FEWEST_COVERING["orders"], []
    buying = next(model for model in MODELS if model.name == "BG/NBD")
    for _ in range(draws_of(60)):
        frequency, recency, age, later = lived("BG/NBD", n, rng)
        scale, again = rng.gamma(q, 1 / gamma, n), frequency > 0
        mean = np.where(again, rng.gamma(p * np.maximum(frequency, 1)) / np.maximum(frequency, 1) / scale, np.nan)
        told_of = {"frequency": frequency, "recency_weeks": recency, "age_weeks": age, "mean_repeat_value": np.where(again, mean, 0.0)}
        customers = pd.DataFrame({**told_of, "segment": "All", "first": pd.Timestamp("2025-01-01")})
        drawn = Drawn(buying, bg_nbd.fit(frequency, recency, age), gamma_gamma.fit(frequency[again], mean[again]), 1.0, NEXT)
        low, high = np.quantile(drawn.all(customers, np.ones(n), rng)[0]["all"], [0.025, 0.975])
        covered.append(low <= np.sum(rng.gamma(p * later[later > 0]) / scale[later > 0]) <= high)
    told("customer equity, BG/NBD with Gamma-Gamma", n, covered)
