"""What customers are worth over the time to come: per customer, segment, cohort, and all together.

Without a contract a model of buying again (the likeliest of three) times the Gamma-Gamma model of value per purchase; under
contract the shifted beta-geometric model times the revenue a month. Nothing is claimed where a forecast of a time on
record did not hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from ibis import _

from cvclib.client import Client
from cvclib.kpis import NO_SEGMENT
from cvclib.methods import gamma_gamma, shifted_beta_geometric
from cvclib.methods.discounting import present_value, rate_per_month
from cvclib.methods.estimate import Estimate
from cvclib.methods.maximum_likelihood import Fit, NotFittedError
from cvclib.steps.buying_forecast import Forecast, Model, fit_of, forecast
from cvclib.steps.contract_forecast import ContractForecast, contract_forecast, contract_worth
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.memo import once_per_client
from cvclib.steps.purchase_history import DAYS_A_WEEK, histories
from cvclib.steps.questions import TooFewAnswersError

DAYS_A_MONTH = 30.4375
DRAWS = 400
MOST_DRAWN = 20_000_000  # customers times draws
ROWS_AT_ONCE = 20_000
TOLD = ("frequency", "recency_weeks", "age_weeks")

FEWEST_COVERING = {
    "orders": 800,
    "contracts": shifted_beta_geometric.FEWEST_COVERING,
}  # customers from which the interval of what they bring covers (simulated)
Setting = Literal["orders", "contracts"]


@dataclass(frozen=True)
class LifetimeValues:
    """What customers are worth over a horizon, discounted.

    Parameters
    ----------
    setting : str
        "orders" or "contracts".
    model : str
    fits : bool
        Whether a forecast of a time on record held. Where it did not, no value is given: `customers` is empty, `equity` is NaN.
    verdict : str
    customers : pandas.DataFrame
        ``customer_id, segment, cohort`` (year and quarter of the first purchase or contract), ``expected_orders`` (months of contract)
        over the horizon, ``value_per_order`` (per month), ``clv, clv_low, clv_high``: 95% prediction interval of what that customer will
        bring, from the uncertainty of the model's parameters and the chance in what a single customer does.
    equity : Estimate
        Sum over all customers, with the interval of that sum, which covers from about `FEWEST_COVERING` customers on.
    horizon_months : int
    discount_rate_per_year : float
    groups : pandas.DataFrame
        ``kind`` ("segment" or "cohort"), ``group``, ``n``, ``value``, ``low``, ``high``: mean value of a customer, with interval.
    measured_in : str
        "margin" or "revenue", with how it was arrived at.
    check : Forecast or ContractForecast
        The forecast of a time on record.
    independence : Estimate or None
        Correlation of how often customers buy and what they spend, which the model takes to be 0.
    """

    setting: Setting
    model: str
    fits: bool
    verdict: str
    customers: pd.DataFrame
    equity: Estimate
    horizon_months: int
    discount_rate_per_year: float
    groups: pd.DataFrame
    measured_in: str
    check: Forecast | ContractForecast
    independence: Estimate | None


@once_per_client
def setting_of(client: Client) -> tuple[Setting, str]:
    """Contract or no contract, decided from what the client's customers pay for, and why.

    Raises
    ------
    MissingDataError
        If there are neither orders nor contracts.
    """
    if not client.has("subscriptions"):
        client.require("orders")
        return "orders", "No contracts are supplied: customers come back order by order."
    if not client.has("orders"):
        return "contracts", "Only contracts are supplied."
    by_orders = orders_of_customers(client).filter(_.cancelled_at.isnull()).known_customer_id.nunique().to_pandas()
    by_contracts = client.tables.subscriptions.customer_id.nunique().to_pandas()
    if by_contracts > by_orders:
        return (
            "contracts",
            f"More customers have a contract ({by_contracts:,}) than orders ({by_orders:,}): what their contracts bring is told.",
        )
    return "orders", (
        f"More customers have orders ({by_orders:,}) than a contract ({by_contracts:,}): what their orders bring is told, without what "
        "contracts add."
    )


@once_per_client
def lifetime_values(
    client: Client, *, horizon_months: int = 36, discount_rate_per_year: float = 0.10, seed: int = 1
) -> LifetimeValues:  # fmt: skip
    """Estimate what customers are worth over the time to come.

    Parameters
    ----------
    client : Client
    horizon_months : int
    discount_rate_per_year : float
    seed : int

    Returns
    -------
    LifetimeValues

    Raises
    ------
    MissingDataError
        If the client supplies neither orders nor contracts, or no revenue.
    TooFewAnswersError
        If too few bought again, or were lost, to fit a model.
    """
    rng = np.random.default_rng(seed)
    if setting_of(client)[0] == "contracts":
        return _of_contracts(client, horizon_months, discount_rate_per_year, rng)
    client.require("orders.revenue")
    check = forecast(client, seed=seed)
    if not check.fits:
        return _without(check, "orders", check.model.name, horizon_months, discount_rate_per_year)
    customers = histories(client)
    model, fit = check.model, fit_of(check.model, customers)
    if fit is None:
        raise TooFewAnswersError(
            f"{check.model.name}, which forecast best, cannot be fitted to all orders: no lifetime value is estimated."
        )
    value_fit, independence = _value_per_purchase(customers)
    share, measured_in = _margin_share(client)
    weights = (1 + rate_per_month(discount_rate_per_year)) ** -np.arange(1, horizon_months + 1)
    expected, discounted = _purchases(model, fit, customers, weights)
    per_order = _values(value_fit, customers) * share
    drawn = Drawn(model, fit, value_fit, share, horizon_months * DAYS_A_MONTH / DAYS_A_WEEK)
    totals, low, high = drawn.all(customers, discounted / np.maximum(expected, 1e-300), rng)
    frame = pd.DataFrame(
        {
            "customer_id": customers["customer_id"], "segment": customers["segment"], "cohort": quarter(customers["first"]),
            "expected_orders": expected, "value_per_order": per_order, "clv": discounted * per_order, "clv_low": low, "clv_high": high,
        }
    )  # fmt: skip
    equity = Estimate(float(frame["clv"].sum()), *_ends(totals["all"]), len(frame))
    return LifetimeValues(
        "orders", f"{model.name} with {'Gamma-Gamma' if value_fit else 'mean value per purchase'}", True, check.verdict, frame, equity,
        horizon_months, discount_rate_per_year, _groups(frame, totals), measured_in, check, independence,
    )  # fmt: skip


def quarter(days: pd.Series) -> pd.Series:
    """Year and quarter of each day."""
    return pd.to_datetime(days).dt.year.astype(str) + " Q" + pd.to_datetime(days).dt.quarter.astype(str)


def _of_contracts(client: Client, horizon_months: int, rate: float, rng: np.random.Generator) -> LifetimeValues:
    check = contract_forecast(client)
    name = "Shifted beta-geometric"
    if not check.fits:
        return _without(check, "contracts", name, horizon_months, rate)
    frame, draws = contract_worth(client, horizon_months=horizon_months, rate_per_month=rate_per_month(rate), rng=rng)
    frame = frame.assign(cohort=quarter(frame["started"])).drop(columns="started")
    totals = {"all": draws.sum(axis=1)}
    for kind in ("segment", "cohort"):
        totals |= {(kind, name): draws[:, rows].sum(axis=1) for name, rows in frame.groupby(kind).indices.items()}
    equity = Estimate(float(frame["clv"].sum()), *_ends(totals["all"]), len(frame))
    return LifetimeValues(
        "contracts", name, True, check.verdict, frame, equity, horizon_months, rate, _groups(frame, totals), "revenue of the contracts", check, None
    )  # fmt: skip


def _without(check: Forecast | ContractForecast, setting: Setting, name: str, horizon_months: int, rate: float) -> LifetimeValues:
    nothing = Estimate(np.nan, np.nan, np.nan, 0)
    columns = ["customer_id", "segment", "cohort", "expected_orders", "value_per_order", "clv", "clv_low", "clv_high"]
    groups = pd.DataFrame(columns=["kind", "group", "n", "value", "low", "high"])
    empty = pd.DataFrame(columns=columns)
    return LifetimeValues(setting, name, False, check.verdict, empty, nothing, horizon_months, rate, groups, "", check, None)


def _value_per_purchase(customers: pd.DataFrame) -> tuple[Fit | None, Estimate]:
    buyers = customers[(customers["frequency"] > 0) & (customers["mean_repeat_value"] > 0)]
    independence = gamma_gamma.independence(buyers["frequency"], buyers["mean_repeat_value"])
    try:
        fit = gamma_gamma.fit(buyers["frequency"], buyers["mean_repeat_value"])
    except NotFittedError:
        return None, independence
    return (fit if fit.values[1] > 1 else None), independence  # up to q = 1 the mean over customers is infinite


def _values(fit: Fit | None, customers: pd.DataFrame) -> np.ndarray:
    """Expected revenue of a purchase."""
    times = np.where(customers["mean_repeat_value"] > 0, customers["frequency"], 0.0)
    if fit is not None:
        return gamma_gamma.expected_value(fit.values, times, customers["mean_repeat_value"])
    return np.full(len(customers), float(np.average(customers["mean_repeat_value"], weights=times)) if times.sum() else np.nan)


def _margin_share(client: Client) -> tuple[float, str]:
    if not client.has("orders.margin"):
        return 1.0, "revenue, as no margins are supplied"
    stood = orders_of_customers(client).filter(_.cancelled_at.isnull() & _.margin.notnull() & _.revenue.notnull())
    sums = stood.aggregate(margin=_.margin.sum(), revenue=_.revenue.sum()).to_pandas().iloc[0]
    if not sums["revenue"] or sums["revenue"] <= 0:
        return 1.0, "revenue, as margins cannot be set against it"
    share = float(sums["margin"] / sums["revenue"])
    return share, f"margin, taken as {share:.1%} of revenue, its share over all orders"


def _purchases(model: Model, fit: Fit, customers: pd.DataFrame, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Purchases expected of each customer over the horizon, and the same discounted month by month; alike customers once."""
    alike, place = np.unique(customers[list(TOLD)].to_numpy(float), axis=0, return_inverse=True)
    ends = np.arange(len(weights) + 1) * DAYS_A_MONTH / DAYS_A_WEEK
    up_to = np.array([model.expected(fit.values, end, *alike.T, **model.settings) for end in ends])
    monthly = np.diff(up_to, axis=0)
    rate = 1 / weights[0] - 1
    return monthly.sum(axis=0)[place.ravel()], present_value(monthly, rate)[place.ravel()]


@dataclass(frozen=True)
class Drawn:
    """What customers may bring, drawn: parameters from their uncertainty, then purchases and their value."""

    model: Model
    fit: Fit
    value_fit: Fit | None
    share: float
    weeks: float

    def all(
        self, customers: pd.DataFrame, discount: np.ndarray, rng: np.random.Generator
    ) -> tuple[dict[object, np.ndarray], np.ndarray, np.ndarray]:  # fmt: skip
        """Draws of the sums over all, by segment and by cohort, and the ends of each customer's interval."""
        n = int(np.clip(MOST_DRAWN / len(customers), 100, DRAWS))
        buying = self.fit.draws(rng, n)
        spending = np.full((n, 3), np.nan) if self.value_fit is None else self.value_fit.draws(rng, n)
        names = {"segment": customers["segment"].to_numpy(), "cohort": quarter(customers["first"]).to_numpy()}
        totals: dict[object, np.ndarray] = {"all": np.zeros(n)}
        ends = []
        for begin in range(0, len(customers), ROWS_AT_ONCE):
            here = slice(begin, begin + ROWS_AT_ONCE)
            part = customers.iloc[here]
            worth = np.array([self._once(part, discount[here], b, s, rng) for b, s in zip(buying, spending, strict=True)])
            ends.append(np.quantile(worth, [0.025, 0.975], axis=0))
            totals["all"] = totals["all"] + worth.sum(axis=1)
            for kind, of in names.items():
                for name in np.unique(of[here]):
                    own = worth[:, of[here] == name].sum(axis=1)
                    totals[kind, name] = totals.get((kind, name), 0.0) + own
        low, high = np.hstack(ends)
        return totals, low, high

    def _once(
        self, part: pd.DataFrame, discount: np.ndarray, buying: np.ndarray, spending: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:  # fmt: skip
        told = [part[name].to_numpy(float) for name in TOLD]
        bought = self.model.simulated(buying, self.weeks, *told, rng, **self.model.settings)
        if self.value_fit is None:
            return bought * discount * _values(None, part) * self.share
        p, q, gamma = spending
        times = np.where(part["mean_repeat_value"] > 0, part["frequency"], 0.0)
        scale = rng.gamma(q + p * times, 1 / (gamma + times * part["mean_repeat_value"].to_numpy(float)))
        return rng.gamma(p * np.maximum(bought, 1e-300)) / scale * (bought > 0) * discount * self.share


def _groups(frame: pd.DataFrame, totals: dict[object, np.ndarray]) -> pd.DataFrame:
    rows = []
    for kind in ("segment", "cohort"):
        for name, part in frame.groupby(kind):
            if kind == "segment" and name == NO_SEGMENT:
                continue
            low, high = _ends(totals[kind, name] / len(part))
            rows.append((kind, name, len(part), float(part["clv"].mean()), low, high))
    return pd.DataFrame(rows, columns=["kind", "group", "n", "value", "low", "high"])


def _ends(drawn: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)
