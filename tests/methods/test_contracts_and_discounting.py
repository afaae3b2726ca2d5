"""The shifted beta-geometric model and discounting against published figures, by hand and on simulated contracts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cvclib.methods import bg_nbd, discounting, gamma_gamma, shifted_beta_geometric
from cvclib.methods.maximum_likelihood import NotFittedError

REFERENCE = Path(__file__).resolve().parents[1] / "reference"


def _kept(segment: str, years: int) -> tuple[np.ndarray, np.ndarray]:
    """Lost a year and still there after the last, per 1,000."""
    table = pd.read_csv(REFERENCE / "retention_sbg.csv")
    alive = table[segment].to_numpy(dtype=float)[: years + 1]
    alive = alive * 1000 / alive[0]
    still = np.zeros(years)
    still[-1] = alive[-1]
    return -np.diff(alive), still


@pytest.mark.parametrize(
    ("segment", "years", "alpha", "beta"),
    [("high_end", 7, 0.668, 3.806), ("regular", 7, 0.704, 1.182), ("high_end", 4, 1.2810, 7.7904), ("regular", 4, 0.7637, 1.2958)],
)
def test_contracts_are_fitted_as_published(segment: str, years: int, alpha: float, beta: float) -> None:
    """Fader and Hardie 2007."""
    assert shifted_beta_geometric.fit(*_kept(segment, years)).values == pytest.approx([alpha, beta], abs=0.001)


@pytest.mark.parametrize(("segment", "likelihood", "at_12"), [("high_end", -1611.16, 0.3780), ("regular", -1680.27, 0.1700)])
def test_contracts_are_foretold_as_published(segment: str, likelihood: float, at_12: float) -> None:
    """Log-likelihood per 1,000 customers, and the share left in year 12 foretold from years 0 to 7."""
    found = shifted_beta_geometric.fit(*_kept(segment, 7))
    assert found.log_likelihood == pytest.approx(likelihood, abs=0.01)
    assert shifted_beta_geometric.survival(found.values, 12) == pytest.approx(at_12, abs=0.0001)


def test_by_hand_the_share_kept_rises_with_age() -> None:
    """alpha 1, beta 3: kept 3/4, then 4/5; so 3/5 outlive two periods, and of those a period old 4/5 the next."""
    assert shifted_beta_geometric.retention_rate([1, 3], [1, 2]) == pytest.approx([3 / 4, 4 / 5])
    assert shifted_beta_geometric.survival([1, 3], [0, 1, 2]) == pytest.approx([1, 3 / 4, 3 / 5])
    assert shifted_beta_geometric.survival_from([1, 3], 1, 1) == pytest.approx(4 / 5)


def test_contracts_that_began_at_different_times_give_their_parameters_back() -> None:
    rng = np.random.default_rng(4)
    n, truth = 20_000, (0.9, 9.0)
    life = rng.geometric(rng.beta(*truth, n))
    watched = rng.integers(1, 25, n)  # periods since the start
    lost = np.bincount(life[life <= watched], minlength=25)[1:]
    kept = np.bincount(watched[life > watched], minlength=25)[1:]
    found = shifted_beta_geometric.fit(lost, kept).estimates()
    assert found["alpha"].low < truth[0] < found["alpha"].high
    assert found["beta"].low < truth[1] < found["beta"].high


def test_contracts_of_which_none_was_lost_are_refused() -> None:
    with pytest.raises(NotFittedError, match="no contract"):
        shifted_beta_geometric.fit([0, 0], [10, 20])


def test_lifetime_value_of_cdnow_is_as_published_in_the_right_unit() -> None:
    """lifetimes with weeks: 12 months of 4.345 weeks at 1% a month. The figures of its documentation took weeks as days."""
    people = pd.read_csv(REFERENCE / "cdnow_summary.csv")
    history = (people["frequency"], people["recency_weeks"], people["T_weeks"])
    buying = bg_nbd.fit(*history).values
    again = people[people["frequency"] > 0]
    spending = gamma_gamma.fit(again["frequency"], again["mean_repeat_value"]).values
    months = np.array([bg_nbd.expected_purchases(buying, 4.345 * i, *history) for i in range(13)])
    value = gamma_gamma.expected_value(spending, people["frequency"], people["mean_repeat_value"])
    worth = value * discounting.present_value(np.diff(months, axis=0), 0.01)
    assert worth[[0, 1, 2, 5, 8]] == pytest.approx([36.2785, 4.6375, 8.3441, 283.5236, 43.3536], rel=0.001)
    assert worth.sum() == pytest.approx(71_509.90, rel=0.001)


def test_margin_multiples_are_as_published() -> None:
    """Gupta and Lehmann 2003, retention 60% and 80% at 10, 12, 14 and 16%."""
    assert discounting.margin_multiple(0.6, [0.10, 0.12, 0.14, 0.16]).round(2).tolist() == [1.20, 1.15, 1.11, 1.07]
    assert discounting.margin_multiple(0.8, [0.10, 0.12, 0.14, 0.16]).round(2).tolist() == [2.67, 2.50, 2.35, 2.22]


def test_a_margin_that_comes_at_once_adds_one() -> None:
    """Farris et al.: (19.95 - 1.50 - 6/12) a month, retention .995, discount .01: 1,190.68, and one margin more if it comes at once."""
    assert (19.95 - 1.50 - 6 / 12) * (1 + discounting.margin_multiple(0.995, 0.01)) == pytest.approx(1_208.63, abs=0.01)
    assert (19.95 - 1.50 - 6 / 12) * discounting.margin_multiple(0.995, 0.01) == pytest.approx(1_190.68, abs=0.01)


def test_twelve_monthly_rates_make_the_yearly_one() -> None:
    assert (1 + discounting.rate_per_month(0.1)) ** 12 == pytest.approx(1.1)
