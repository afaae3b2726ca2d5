"""BG/NBD, MBG/NBD, Pareto/NBD and Gamma-Gamma against published fits on CDNOW, by hand, and on simulated customers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cvclib.methods import bg_nbd, gamma_gamma, nbd, pareto_nbd
from cvclib.methods.maximum_likelihood import Fit, NotFittedError

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
BG = [0.2426, 4.4136, 0.7929, 2.4259]
CUSTOMERS = ([2, 0, 1, 7, 26], [30.43, 0, 5, 29.43, 30.86], [38.86, 38.86, 38.86, 38.86, 31])


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "cdnow_summary.csv")


@pytest.fixture(scope="module")
def bg_fit(cdnow: pd.DataFrame) -> Fit:
    return bg_nbd.fit(cdnow["frequency"], cdnow["recency_weeks"], cdnow["T_weeks"])


def test_bg_nbd_on_cdnow_is_as_published(bg_fit: Fit) -> None:
    """Fader, Hardie and Lee 2005: .243, 4.414, .793, 2.426; log-likelihood -9582.4."""
    assert bg_fit.values == pytest.approx(BG, abs=0.002)
    assert bg_fit.log_likelihood == pytest.approx(-9582.43, abs=0.01)
    assert bg_fit.n == 2357


def test_alike_customers_taken_together_give_the_same_fit(cdnow: pd.DataFrame, bg_fit: Fit) -> None:
    alike = cdnow.groupby(["frequency", "recency_weeks", "T_weeks"]).size().reset_index(name="n")
    found = bg_nbd.fit(alike["frequency"], alike["recency_weeks"], alike["T_weeks"], alike["n"])
    assert found.values == pytest.approx(bg_fit.values, rel=1e-4)
    assert found.log_likelihood == pytest.approx(bg_fit.log_likelihood, abs=1e-4)


def test_the_unit_of_time_changes_alpha_and_nothing_else(cdnow: pd.DataFrame, bg_fit: Fit) -> None:
    in_days = bg_nbd.fit(cdnow["frequency"], cdnow["recency_weeks"] * 7, cdnow["T_weeks"] * 7)
    assert in_days.values == pytest.approx(bg_fit.values * [1, 7, 1, 1], rel=1e-3)


def test_what_bg_nbd_foretells_of_a_customer_is_as_published(bg_fit: Fit) -> None:
    """E[Y(39 weeks)] and P(alive); the first is in the paper, the others from BTYD and lifetimes."""
    assert bg_nbd.expected_purchases(bg_fit.values, 39, *CUSTOMERS) == pytest.approx([1.226, 0.19478, 0.30160, 3.3372, 20.7505], abs=0.0006)
    assert bg_nbd.probability_alive(bg_fit.values, *CUSTOMERS) == pytest.approx([0.72661, 1, 0.31492, 0.64180, 0.96892], abs=0.0005)


def test_what_bg_nbd_foretells_of_new_customers_is_as_published(bg_fit: Fit) -> None:
    expected = [0.05318, 0.53364, 1.19502, 1.44402, 1.85797]
    assert bg_nbd.expected_of_new(bg_fit.values, [1, 13, 39, 52, 78]) == pytest.approx(expected, abs=0.0005)
    shares = bg_nbd.probability_of_purchases(bg_fit.values, [0, 1, 2, 3], 39)
    assert shares == pytest.approx([0.57431, 0.19919, 0.08532, 0.04580], abs=0.0005)


def test_the_second_half_of_cdnow_is_forecast_as_published(cdnow: pd.DataFrame, bg_fit: Fit) -> None:
    """Weeks 40 to 78: 1653.4 in all (1882 were seen), and by number of repeats."""
    each = bg_nbd.expected_purchases(bg_fit.values, 39, cdnow["frequency"], cdnow["recency_weeks"], cdnow["T_weeks"])
    assert each.sum() == pytest.approx(1653.4, abs=0.5)
    means = pd.Series(each).groupby(cdnow["frequency"].clip(upper=7)).mean()
    assert means.to_numpy() == pytest.approx([0.2251, 0.5231, 1.0441, 1.5203, 2.1639, 2.6538, 3.5040, 6.1572], abs=0.001)


def test_mbg_nbd_on_cdnow_is_as_lifetimes_fits_it(cdnow: pd.DataFrame) -> None:
    found = bg_nbd.fit(cdnow["frequency"], cdnow["recency_weeks"], cdnow["T_weeks"], modified=True)
    assert found.values == pytest.approx([0.525, 6.183, 0.891, 1.614], abs=0.002)


def test_pareto_nbd_on_cdnow_is_as_published(cdnow: pd.DataFrame) -> None:
    """Fader, Hardie and Lee 2005: .553, 10.578, .606, 11.669; log-likelihood -9595.0."""
    found = pareto_nbd.fit(cdnow["frequency"], cdnow["recency_weeks"], cdnow["T_weeks"])
    assert found.values[:3] == pytest.approx([0.5534, 10.580, 0.6061], abs=0.005)
    assert found.values[3] == pytest.approx(11.66, abs=0.03)
    assert found.log_likelihood == pytest.approx(-9594.98, abs=0.01)
    assert pareto_nbd.expected_purchases(found.values, 39, [2], [30.43], [38.86])[0] == pytest.approx(1.4551, abs=0.0005)
    assert pareto_nbd.probability_alive(found.values, [2, 26], [30.43, 30.86], [38.86, 31]) == pytest.approx([0.86912, 0.99792], abs=0.0005)
    assert pareto_nbd.expected_purchases(found.values, 52, [26], [30.86], [31])[0] == pytest.approx(25.455, abs=0.005)


def test_gamma_gamma_on_cdnow_is_as_published(cdnow: pd.DataFrame) -> None:
    """Fader and Hardie 2013: 6.25, 3.74, 15.44 on the 946 repeat buyers."""
    again = cdnow[cdnow["frequency"] > 0]
    found = gamma_gamma.fit(again["frequency"], again["mean_repeat_value"])
    assert found.n == 946
    assert found.values == pytest.approx([6.249, 3.745, 15.447], abs=0.02)
    each = gamma_gamma.expected_value(found.values, cdnow["frequency"], cdnow["mean_repeat_value"])
    assert each[[0, 1, 5, 8]] == pytest.approx([24.6586, 18.9115, 71.4629, 27.2824], abs=0.01)
    assert gamma_gamma.expected_value(found.values, [0], [0])[0] == pytest.approx(35.1710, abs=0.01)
    assert gamma_gamma.independence(again["frequency"], again["mean_repeat_value"]).value == pytest.approx(0.1139, abs=0.0001)


def test_by_hand_nobody_leaves_and_purchases_are_negative_binomial() -> None:
    """With a = 1e-6 nobody leaves: E[X(10)] = r t / alpha = 2 * 10 / 5 = 4."""
    assert bg_nbd.expected_of_new([2, 5, 1e-6, 1], [10]) == pytest.approx([4], abs=1e-4)
    assert pareto_nbd.expected_of_new([2, 5, 1, 1e9], [10]) == pytest.approx([4], abs=1e-4)


@pytest.mark.parametrize("modified", [False, True])
def test_chances_of_all_numbers_of_purchases_add_up_and_give_the_mean(*, modified: bool) -> None:
    numbers = np.arange(400)
    chances = bg_nbd.probability_of_purchases(BG, numbers, 39, modified=modified)
    assert chances.sum() == pytest.approx(1)
    assert chances @ numbers == pytest.approx(bg_nbd.expected_of_new(BG, [39], modified=modified)[0])


@pytest.mark.parametrize("modified", [False, True])
def test_simulated_customers_buy_as_often_as_expected_and_give_their_parameters_back(*, modified: bool) -> None:
    rng = np.random.default_rng(5)
    truth, n, age = np.array([0.9, 10.0, 0.8, 2.6]), 12_000, 78.0
    frequency, recency = simulated_history(truth, n, age, rng, modified=modified)
    found = bg_nbd.fit(frequency, recency, np.full(n, age), modified=modified)
    ends = [(e.low, e.high) for e in found.estimates().values()]
    assert all(low * 0.9 < value < high * 1.1 for value, (low, high) in zip(truth, ends, strict=True))
    assert bg_nbd.expected_of_new(truth, [age], modified=modified)[0] == pytest.approx(frequency.mean(), rel=0.05)


def test_pareto_customers_give_their_parameters_back() -> None:
    rng = np.random.default_rng(6)
    truth, n, age = np.array([0.9, 10.0, 0.8, 20.0]), 12_000, 78.0
    rate, life = rng.gamma(truth[0], 1 / truth[1], n), np.minimum(rng.exponential(size=n) / rng.gamma(truth[2], 1 / truth[3], n), age)
    frequency = rng.poisson(rate * life)
    recency = np.where(frequency > 0, life * rng.beta(np.maximum(frequency, 1), 1), 0.0)  # the last of x uniform times
    found = pareto_nbd.fit(frequency, recency, np.full(n, age))
    assert all(e.low * 0.9 < value < e.high * 1.1 for value, e in zip(truth, found.estimates().values(), strict=True))


def test_hundreds_of_purchases_stay_finite() -> None:
    many = ([400, 0], [38.0, 0.0], [39.0, 39.0])
    for found in (
        bg_nbd.expected_purchases(BG, 520, *many), pareto_nbd.expected_purchases([0.55, 10.6, 0.61, 11.7], 520, *many),
    ):  # fmt: skip
        assert np.all(np.isfinite(found))
        assert 1 < found[0] < 520 * 400 / 39
    rng = np.random.default_rng(9)
    heavy = np.append(rng.poisson(rng.gamma(0.5, 4, 500)), 400)
    recency = np.where(heavy > 0, 39 * rng.beta(np.maximum(heavy, 1), 1), 0.0)
    assert np.isfinite(bg_nbd.fit(heavy, recency, np.full(501, 40.0)).log_likelihood)


def test_nobody_who_bought_again_is_refused() -> None:
    for fit in (bg_nbd.fit, pareto_nbd.fit):
        with pytest.raises(NotFittedError, match="nobody bought again"):
            fit([0, 0], [0, 0], [10, 20])
    with pytest.raises(NotFittedError, match="nobody bought again"):
        gamma_gamma.fit([], [])


def test_impossible_histories_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and age"):
        bg_nbd.fit([1], [20], [10])
    with pytest.raises(ValueError, match="recency 0"):
        pareto_nbd.fit([0], [5], [10])
    with pytest.raises(ValueError, match="above 0"):
        gamma_gamma.fit([1], [-3.0])


def simulated_history(truth: np.ndarray, n: int, age: float, rng: np.random.Generator, *, modified: bool) -> tuple[np.ndarray, np.ndarray]:
    """Purchases one by one: wait, buy, leave or not; independent of the formulas tested."""
    rate, leaving = rng.gamma(truth[0], 1 / truth[1], n), rng.beta(truth[2], truth[3], n)
    at, frequency, recency = np.zeros(n), np.zeros(n), np.zeros(n)
    alive = rng.random(n) >= leaving if modified else np.ones(n, dtype=bool)
    while alive.any():
        at = at + rng.exponential(size=n) / rate
        alive = alive & (at <= age)
        frequency, recency = frequency + alive, np.where(alive, at, recency)
        alive = alive & (rng.random(n) >= leaving)
    return frequency, recency


def test_where_nobody_leaves_the_models_with_leaving_run_away_and_their_limit_is_fitted() -> None:
    """Purchases negative binomial, by construction: r 1.2, alpha 8 weeks, followed for 60."""
    rng = np.random.default_rng(12)
    n, age = 1500, np.full(1500, 60.0)
    frequency = rng.poisson(rng.gamma(1.2, 1 / 8, n) * 60)
    recency = np.where(frequency > 0, 60 * rng.beta(np.maximum(frequency, 1), 1), 0.0)
    found = nbd.fit(frequency, recency, age).estimates()
    assert found["r"].low < 1.2 < found["r"].high
    assert found["alpha"].low < 8 < found["alpha"].high
    assert nbd.expected_purchases([1.2, 8], 10, [4], [30], [52]) == pytest.approx([10 * 5.2 / 60])
    drawn = nbd.simulated_purchases([1.2, 8], 10, np.full(50_000, 4), np.full(50_000, 30.0), np.full(50_000, 52.0), rng)
    assert drawn.mean() == pytest.approx(10 * 5.2 / 60, rel=0.03)
