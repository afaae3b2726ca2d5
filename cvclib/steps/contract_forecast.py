"""What contracts will bring: the shifted beta-geometric model, held against the last third of the time on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cvclib.client import Client
from cvclib.methods import shifted_beta_geometric as sbg
from cvclib.methods.estimate import Estimate
from cvclib.methods.maximum_likelihood import Fit, NotFittedError
from cvclib.steps.coming_back import with_segment
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError

DAYS_A_MONTH = 30.4375
FEWEST_LOST = 30  # contracts, before the cut and after it
HOLD_OUT_SHARE = 1 / 3
TOLERATED = 0.20  # of the contracts forecast to be lost
DRAWS = 400
LEVEL = 0.98  # of the prediction interval: a true model passes in 98%


@dataclass(frozen=True)
class ContractForecast:
    """Contracts forecast to be lost after a cut, and those that were.

    Parameters
    ----------
    by_month : pandas.DataFrame
        ``month`` after the cut, ``expected`` and ``came``: contracts still running of those that ran at the cut.
    lost : Estimate
        Expected to be lost, with the 98% prediction interval; n contracts that ran at the cut.
    came : int
    fits : bool
    verdict : str
    cut : datetime.date
    """

    by_month: pd.DataFrame
    lost: Estimate
    came: int
    fits: bool
    verdict: str
    cut: date


@once_per_client
def contract_forecast(client: Client, *, seed: int = 1) -> ContractForecast:
    """Forecast the last third of the time on record from the first two.

    Raises
    ------
    MissingDataError
        If the client supplies no contracts.
    TooFewAnswersError
        If too few contracts were lost.
    """
    rows = _contracts(client)
    until, first = pd.Timestamp(client.period.until), rows["started"].min()
    cut = until - (until - first) * HOLD_OUT_SHARE
    cut = cut.normalize()
    fit = _fitted(rows, cut)
    running = rows[(rows["started"] < cut) & ~(rows["ended"] < cut)]
    age = _whole_months(cut - running["started"])
    months = int((until - cut).days / DAYS_A_MONTH)
    kept = np.array([sbg.survival_from(fit.values, age, month) for month in range(months + 1)])
    stays = (running["ended"].fillna(until) - cut).dt.days.to_numpy() / DAYS_A_MONTH
    gone = running["ended"].notna() & (running["ended"] < until)
    came = np.array([len(running) - int((gone & (stays <= month)).sum()) for month in range(months + 1)])
    rng = np.random.default_rng(seed)
    drawn = [(rng.random(len(age)) >= sbg.survival_from(values, age, months)).sum() for values in fit.draws(rng, DRAWS)]
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    lost, seen = Estimate(float(len(running) - kept[-1].sum()), float(low), float(high), len(running)), int(came[0] - came[-1])
    fits = bool(low <= seen <= high or abs(seen - lost.value) <= TOLERATED * lost.value)
    verdict = (
        f"The forecast {'holds' if fits else 'does not hold'}: of {len(running):,} contracts running on {cut:%-d %B %Y} the model forecast "
        f"{lost.value:,.0f} to be lost within {months} months ({low:,.0f} to {high:,.0f} within chance); {seen:,} were."
    )
    by_month = pd.DataFrame({"month": range(months + 1), "expected": kept.sum(axis=1), "came": came})
    return ContractForecast(by_month, lost, seen, fits, verdict if fits else f"{verdict} No lifetime value is claimed.", cut.date())


def contract_worth(
    client: Client, *, horizon_months: int, rate_per_month: float, rng: np.random.Generator
) -> tuple[pd.DataFrame, np.ndarray]:  # fmt: skip
    """What running contracts will bring within the horizon, and draws of it, one row a draw.

    Raises
    ------
    MissingDataError
        If the client supplies no contracts or no revenue of theirs.
    """
    client.require("subscriptions.monthly_revenue")
    rows = _contracts(client)
    until = pd.Timestamp(client.period.until)
    fit = _fitted(rows, until)
    running = rows[~(rows["ended"] < until) & rows["revenue"].notna()].reset_index(drop=True)
    age = _whole_months(until - running["started"])
    weights = (1 + rate_per_month) ** -np.arange(1, horizon_months + 1)
    summed = np.concatenate([[0.0], np.cumsum(weights)])
    kept = np.array([sbg.survival_from(fit.values, age, month) for month in range(1, horizon_months + 1)])
    revenue = running["revenue"].to_numpy(float)
    draws = np.array([summed[months_kept(values, age, horizon_months, rng)] * revenue for values in fit.draws(rng, DRAWS)])
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    frame = running[["customer_id", "segment", "started"]].assign(
        expected_orders=kept.sum(axis=0), value_per_order=revenue, clv=weights @ kept * revenue, clv_low=low, clv_high=high
    )
    return frame, draws


def months_kept(values: np.ndarray, age: np.ndarray, horizon: int, rng: np.random.Generator) -> np.ndarray:
    """Whole months that each contract goes on, at most the horizon: each has a chance of its own to be given up a month."""
    alpha, beta = values
    chance = np.clip(rng.beta(alpha, beta + age), 1e-12, 1 - 1e-12)
    return np.minimum(rng.geometric(chance) - 1, horizon)


def _contracts(client: Client) -> pd.DataFrame:
    client.require("subscriptions")
    contracts = client.tables.subscriptions.filter(_.started_at < ibis.date(client.period.until))
    rows = contracts.select("customer_id", started="started_at", ended="ended_at", revenue="monthly_revenue")
    frame = with_segment(client, rows, "customer_id").order_by("customer_id", "started").to_pandas()
    if frame.empty:
        raise TooFewAnswersError("No contract began before the end of the period.")
    return frame.assign(started=pd.to_datetime(frame["started"]), ended=pd.to_datetime(frame["ended"]))


def _fitted(rows: pd.DataFrame, until: pd.Timestamp) -> Fit:
    seen = rows[rows["started"] < until]
    gone = (seen["ended"] < until).to_numpy()
    if gone.sum() < FEWEST_LOST:
        raise TooFewAnswersError(
            f"Of {len(seen):,} contracts {gone.sum():,} had ended by {until:%-d %B %Y}; with fewer than {FEWEST_LOST} no lifetime value is estimated."
        )
    months = _whole_months(seen["ended"].where(gone, until) - seen["started"])
    most = int(months.max()) + 1
    lost = np.bincount(months[gone] + 1, minlength=most + 1)[1:]
    kept = np.bincount(months[~gone], minlength=most + 1)[1:]  # younger than a month: nothing known yet
    try:
        return sbg.fit(lost, kept)
    except NotFittedError as error:
        raise TooFewAnswersError(
            f"Contracts end in a way that the model does not describe ({error}): no lifetime value is estimated."
        ) from error


def _whole_months(spans: pd.Series) -> np.ndarray:
    return np.floor(spans.dt.days.to_numpy() / DAYS_A_MONTH).astype(int)
