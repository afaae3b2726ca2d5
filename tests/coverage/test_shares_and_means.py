"""How often the intervals of shares, means and their differences hold the truth: nominal 95%.

Of a share every possible count is weighed by its chance, so that the coverage is exact; the rest are 4,000 draws. Wilson's
interval wavers about 95% as counts are whole, most where a share is near 0 or 1: there more records are asked for.
Each test prints ``name | n | coverage``.
"""

import numpy as np
import pytest
from scipy import stats

from cvclib.methods import shares
from cvclib.methods.clustered import Tally
from cvclib.methods.quantiles import quantile_of
from cvclib.methods.skewed import FEWEST_SKEWED, clustered_skewed_mean

DRAWS = 4_000


@pytest.mark.parametrize(("truth", "n"), [(0.5, 40), (0.3, 40), (0.8, 100), (0.1, 120), (0.95, 300)])
def test_wilsons_interval_of_a_share_covers(truth: float, n: int) -> None:
    found = [shares.share(k, n) for k in range(n + 1)]
    covers = np.array([e.low <= truth <= e.high for e in found])
    told("share (Wilson), truth " + str(truth), n, float(stats.binom.pmf(np.arange(n + 1), n, truth) @ covers))


@pytest.mark.parametrize(("one", "other", "n"), [(0.5, 0.4, 50), (0.2, 0.3, 80), (0.9, 0.85, 100)])
def test_the_difference_of_two_shares_covers(one: float, other: float, n: int) -> None:
    first, second = ([shares.share(k, n) for k in range(n + 1)] for _ in range(2))
    covers = np.array([[d.low <= one - other <= d.high for d in (shares.difference(a, b) for b in second)] for a in first])
    chances = np.outer(stats.binom.pmf(np.arange(n + 1), n, one), stats.binom.pmf(np.arange(n + 1), n, other))
    told(f"difference of shares (Newcombe), {one} and {other}", n, float((chances * covers).sum()))


@pytest.mark.parametrize("n", [100, 300])
def test_a_weighted_share_covers_on_its_effective_size(n: int) -> None:
    """Weights between 0.4 and 2.5 that have nothing to do with the answer."""
    rng = np.random.default_rng([1, n])
    has, weights = rng.random((DRAWS, n)) < 0.4, np.exp(rng.uniform(np.log(0.4), np.log(2.5), (DRAWS, n)))
    found = [shares.weighted_share(has[i], weights[i]) for i in range(DRAWS)]
    told("weighted share (Wilson on the effective size)", n, float(np.mean([e.low <= 0.4 <= e.high for e in found])))


@pytest.mark.parametrize("n", [20, 100])
def test_the_mean_of_answers_on_a_scale_covers(n: int) -> None:
    """Answers from 1 to 7, skewed as satisfied customers give them."""
    rng = np.random.default_rng([2, n])
    chances = np.array([0.02, 0.04, 0.07, 0.12, 0.25, 0.30, 0.20])
    answers = rng.choice(np.arange(1, 8), (DRAWS, n), p=chances)
    found = [shares.mean(row) for row in answers]
    truth = chances @ np.arange(1, 8)
    told("mean answer (Student)", n, float(np.mean([e.low <= truth <= e.high for e in found])))


@pytest.mark.parametrize("n", [20, 100])
def test_the_difference_of_two_means_covers(n: int) -> None:
    rng = np.random.default_rng([3, n])
    one, other = rng.normal(5.5, 1.0, (DRAWS, n)), rng.normal(5.2, 1.6, (DRAWS, 2 * n))
    found = [shares.difference(shares.mean(one[i]), shares.mean(other[i])) for i in range(DRAWS)]
    told("difference of means", n, float(np.mean([e.low <= 0.3 <= e.high for e in found])))


@pytest.mark.parametrize("q", [0.5, 0.9])
def test_quantiles_cover(q: float) -> None:
    n = 200 if q == 0.5 else 400
    rng = np.random.default_rng([4, n])
    values = np.sort(rng.exponential(10, (DRAWS, n)), axis=1)
    truth = -10 * np.log(1 - q)
    found = [quantile_of(row, np.ones(n, dtype=int), q) for row in values]
    told(f"quantile {q} (order statistics)", n, float(np.mean([e.low <= truth <= e.high for e in found])))


def told(name: str, n: int, coverage: float) -> None:
    print(f"{name} | {n} | {coverage:.3f}")
    assert 0.935 <= coverage <= 0.965


@pytest.mark.parametrize("n", [100, 300])
def test_a_share_of_the_orders_of_customers_covers(n: int) -> None:
    """n customers with one to some ten orders each, each with a chance of their own: customers are the unit, not orders."""
    rng = np.random.default_rng([4, n])
    found, plain = [], []
    for _ in range(DRAWS):
        orders = orders_of_customers(rng, n)
        late = rng.binomial(orders, rng.beta(0.6, 2.4, n))
        found.append(Tally(*map(float, (orders.sum(), late.sum(), n, late @ late, late @ orders, orders @ orders))).estimate)
        plain.append(shares.share(int(late.sum()), int(orders.sum())))
    told("share of customers' orders (Wilson, clustered)", n, float(np.mean([e.low <= 0.2 <= e.high for e in found])))
    assert np.mean([e.low <= 0.2 <= e.high for e in plain]) < 0.90


@pytest.mark.parametrize("n", [FEWEST_SKEWED, 600])
def test_the_mean_of_the_orders_of_customers_covers(n: int) -> None:
    """As above, each customer with a size of order of their own, log-normal as a single order's is around it."""
    rng = np.random.default_rng([5, n])
    found = []
    for _ in range(DRAWS):
        whose = np.repeat(np.arange(n), orders_of_customers(rng, n))
        values = np.exp(rng.normal(0, 0.6, n)[whose] + rng.normal(0, 0.5, len(whose)))
        apart = np.bincount(whose, values - values.mean())
        found.append(clustered_skewed_mean(len(values), n, values.mean(), (apart**2).sum(), (apart**3).sum()))
    truth = np.exp((0.6**2 + 0.5**2) / 2)
    told("mean of customers' orders (Hall, clustered)", n, float(np.mean([e.low <= truth <= e.high for e in found])))


def orders_of_customers(rng: np.random.Generator, n: int) -> np.ndarray:
    return 1 + rng.poisson(rng.gamma(1.5, 1.5, n))
