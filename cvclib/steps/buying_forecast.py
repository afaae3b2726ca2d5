"""Whether a model of buying again can be trusted with a client: it forecasts a time that is already on record.

The model is fitted to purchases up to a cut, forecasts those after it, and is held against what came. Where it misses by more
than chance and a fifth, or misses which customers buy, no lifetime value is claimed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.methods import bg_nbd, nbd, pareto_nbd
from cvclib.methods.estimate import Estimate
from cvclib.methods.maximum_likelihood import Fit, NotFittedError
from cvclib.steps.memo import once_per_client
from cvclib.steps.purchase_history import DAYS_A_WEEK, HeldOut, held_out
from cvclib.steps.questions import TooFewAnswersError

FEWEST_REPEATS = 50  # customers who bought again before the cut, and purchases after it: with fewer nothing is held against anything
TOLERATED = 0.20  # of the forecast: what came may miss it by so much, however surely
MISPLACED = 0.25  # share of the forecast purchases that may fall to customers with other numbers of repeats than forecast
TOTAL_LEVEL, SHAPE_LEVEL = 0.98, 0.99  # of the prediction interval and the simulated misplacement: a true model passes in 97%
DRAWS = 400
MOST_DRAWN = 40_000_000  # customers times draws
GROUPS = 7  # this many repeats or more are one group

Expects = Callable[..., np.ndarray]


@dataclass(frozen=True)
class Model:
    """A model of buying again: how it is fitted, what it expects, and how it is simulated.

    Parameters
    ----------
    name : str
    fit, expected, of_new, simulated : callable
        As in `cvclib.methods.bg_nbd`.
    settings : dict
        Passed to each of them.
    """

    name: str
    fit: Callable[..., Fit]
    expected: Expects
    of_new: Expects
    simulated: Expects
    settings: dict[str, Any]


MODELS = (
    Model("BG/NBD", bg_nbd.fit, bg_nbd.expected_purchases, bg_nbd.expected_of_new, bg_nbd.simulated_purchases, {}),
    Model("MBG/NBD", bg_nbd.fit, bg_nbd.expected_purchases, bg_nbd.expected_of_new, bg_nbd.simulated_purchases, {"modified": True}),
    Model("Pareto/NBD", pareto_nbd.fit, pareto_nbd.expected_purchases, pareto_nbd.expected_of_new, pareto_nbd.simulated_purchases, {}),
)
STAYING = Model("NBD", nbd.fit, nbd.expected_purchases, nbd.expected_of_new, nbd.simulated_purchases, {})  # where nobody is seen to leave


@dataclass(frozen=True)
class Forecast:
    """A forecast of a time on record, and what came.

    Parameters
    ----------
    model : Model
        The likeliest of `MODELS` before the cut; `STAYING` where none can be fitted.
    models : pandas.DataFrame
        ``model``, ``log_likelihood`` (NaN where it cannot be fitted), ``expected`` purchases after the cut; likeliest first.
    total : Estimate
        Purchases expected after the cut, with the 98% prediction interval; n customers.
    came : int
    by_repeats : pandas.DataFrame
        ``repeats`` ("7+" last), ``n``, ``expected``, ``low``, ``high`` (95% prediction interval), ``came``: purchases a customer.
    by_week : pandas.DataFrame
        ``week``, ``expected`` and ``came``, both summed up from the first purchase on record.
    misplaced, tolerated : float
        Purchases in groups where more or fewer came than forecast, over those forecast, after the total is set right; and how much of
        that is tolerated.
    fits : bool
    verdict : str
    held : HeldOut
    """

    model: Model
    models: pd.DataFrame
    total: Estimate
    came: int
    by_repeats: pd.DataFrame
    by_week: pd.DataFrame
    misplaced: float
    tolerated: float
    fits: bool
    verdict: str
    held: HeldOut


@once_per_client
def forecast(client: Client, *, seed: int = 1) -> Forecast:
    """Forecast the last third of the orders on record from the first two.

    Raises
    ------
    MissingDataError
        If the client supplies no orders.
    TooFewAnswersError
        If too few customers bought again, or no model can be fitted.
    """
    return forecast_of(held_out(client), np.random.default_rng(seed))


def forecast_of(held: HeldOut, rng: np.random.Generator) -> Forecast:
    """Forecast what was held out.

    Parameters
    ----------
    held : HeldOut
    rng : numpy.random.Generator

    Returns
    -------
    Forecast

    Raises
    ------
    TooFewAnswersError
        If too few customers bought again, or no model can be fitted.
    """
    customers = held.customers
    again = int((customers["frequency"] > 0).sum())
    if again < FEWEST_REPEATS:
        raise TooFewAnswersError(
            f"Of {len(customers):,} customers by {held.cut:%-d %B %Y} {again:,} had bought again by then; with fewer than {FEWEST_REPEATS} no "
            "lifetime value is estimated."
        )
    fits = fitted(customers)
    models = pd.DataFrame(
        [(model.name, fit.log_likelihood, float(_expected(model, fit, held.weeks, customers).sum())) for model, fit in fits],
        columns=["model", "log_likelihood", "expected"],
    )
    model, fit = fits[0]
    groups = np.minimum(customers["frequency"].to_numpy(int), GROUPS)
    drawn = _drawn(model, fit, held.weeks, customers, groups, rng)
    expected = np.bincount(groups, _expected(model, fit, held.weeks, customers), GROUPS + 1)
    came = np.bincount(groups, customers["bought"].to_numpy(float), GROUPS + 1)
    total = Estimate(float(expected.sum()), *_ends(drawn.sum(axis=1), TOTAL_LEVEL), len(customers))
    misplaced = float(_misplaced(came[None], expected)[0])
    tolerated = max(MISPLACED, float(np.quantile(_misplaced(drawn, expected), SHAPE_LEVEL)))
    right, verdict = _verdict(held, total, int(came.sum()), misplaced, tolerated, model.name)
    by_repeats = _by_repeats(np.bincount(groups, minlength=GROUPS + 1), expected, drawn, came)
    by_week = _by_week(held, model, fit)
    return Forecast(model, models, total, int(came.sum()), by_repeats, by_week, misplaced, tolerated, right, verdict, held)


def fitted(customers: pd.DataFrame) -> list[tuple[Model, Fit]]:
    """The models that can be fitted, likeliest first; all have four parameters, so that likelihoods compare as they are.

    Where no model with leaving can be fitted, as nobody is seen to leave, their common limit stands in: NBD.

    Raises
    ------
    TooFewAnswersError
        If none can be fitted.
    """
    found = [(model, fit) for model in MODELS if (fit := fit_of(model, customers))]
    if not found and (fit := fit_of(STAYING, customers)):
        found = [(STAYING, fit)]
    if not found:
        raise TooFewAnswersError(
            f"Of {len(customers):,} customers {(customers['frequency'] > 0).sum():,} bought again, and in a way that no model of buying again "
            "describes: no lifetime value is estimated."
        )
    return sorted(found, key=lambda pair: -pair[1].log_likelihood)


def fit_of(model: Model, customers: pd.DataFrame) -> Fit | None:
    """The model fitted to customers, alike ones taken together; None where they do not determine it."""
    alike = customers.groupby(["frequency", "recency_weeks", "age_weeks"]).size().rename("n").reset_index()
    try:
        return model.fit(alike["frequency"], alike["recency_weeks"], alike["age_weeks"], alike["n"], **model.settings)
    except NotFittedError:
        return None


def _expected(model: Model, fit: Fit, weeks: float, customers: pd.DataFrame) -> np.ndarray:
    told = (customers[name].to_numpy(float) for name in ("frequency", "recency_weeks", "age_weeks"))
    return model.expected(fit.values, weeks, *told, **model.settings)


def _drawn(
    model: Model, fit: Fit, weeks: float, customers: pd.DataFrame, groups: np.ndarray, rng: np.random.Generator
) -> np.ndarray:  # fmt: skip
    """Purchases by group as they may fall out: parameters drawn from their uncertainty, then each customer."""
    told = [customers[name].to_numpy(float) for name in ("frequency", "recency_weeks", "age_weeks")]
    n = int(np.clip(MOST_DRAWN / len(customers), 100, DRAWS))
    rows = [model.simulated(values, weeks, *told, rng, **model.settings) for values in fit.draws(rng, n)]
    return np.array([np.bincount(groups, row, GROUPS + 1) for row in rows])


def _misplaced(came: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Share of purchases that fell into other groups than expected, the total apart."""
    totals = np.maximum(came.sum(axis=1, keepdims=True), 1)
    return np.abs(came / totals - expected / expected.sum()).sum(axis=1) / 2


def _ends(drawn: np.ndarray, level: float) -> tuple[float, float]:
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _verdict(held: HeldOut, total: Estimate, came: int, misplaced: float, tolerated: float, name: str) -> tuple[bool, str]:
    by_chance = total.low <= came <= total.high
    near = abs(came - total.value) <= TOLERATED * total.value
    whose = " (nobody is seen to leave)" if name == STAYING.name else ""
    told = (
        f"{name}{whose} fitted to orders up to {held.cut:%-d %B %Y} forecast {total.value:,.0f} purchases after it ({total.low:,.0f} to "
        f"{total.high:,.0f} within chance); {came:,} came, {abs(came / total.value - 1):.0%} {'more' if came > total.value else 'fewer'}."
    )
    if not (by_chance or near):
        return False, f"The forecast does not hold: {told} No lifetime value is claimed."
    if misplaced > tolerated:
        return False, (
            f"The forecast does not hold: {told} But {misplaced:.0%} of them came from customers with other numbers of purchases than "
            "forecast. No lifetime value is claimed."
        )
    if not by_chance:
        return True, f"The forecast misses by more than chance, though by less than {TOLERATED:.0%}, and is taken to hold: {told}"
    return True, f"The forecast holds: {told}"


def _by_repeats(n: np.ndarray, expected: np.ndarray, drawn: np.ndarray, came: np.ndarray) -> pd.DataFrame:
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    frame = pd.DataFrame({"repeats": [*map(str, range(GROUPS)), f"{GROUPS}+"], "n": n})
    with np.errstate(divide="ignore", invalid="ignore"):
        return frame.assign(expected=expected / n, low=low / n, high=high / n, came=came / n)[n > 0].reset_index(drop=True)


def _by_week(held: HeldOut, model: Model, fit: Fit) -> pd.DataFrame:
    """Repeat purchases summed up: expected of customers from their first purchase on, as new ones, and as they came."""
    begun = (held.customers["first"] - pd.Timestamp(held.first)).dt.days.to_numpy() / DAYS_A_WEEK
    starts, n = np.unique(begun, return_counts=True)
    weeks = np.arange(1, int((held.until - held.first).days / DAYS_A_WEEK) + 1)
    grid = np.maximum(weeks[:, None] - starts[None, :], 0.0)
    expected = model.of_new(fit.values, grid.ravel(), **model.settings).reshape(grid.shape) @ n
    came = held.by_week.set_index("week")["bought"].reindex(range(len(weeks)), fill_value=0).cumsum()
    return pd.DataFrame({"week": weeks, "expected": expected, "came": came.to_numpy()})
