"""Which of the planned improvements fit a budget: what each brings and costs, which needs or excludes which, the best choice.

The benefit is the client's own figure where it is stated; else the expected change times what a unit of the metric is
worth in the period, where that can be known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from ibis import _

from cvclib.client import Client
from cvclib.kpis import KPIS
from cvclib.methods import portfolio as methods
from cvclib.methods.estimate import Z_95
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError

OPEN = ("planned",)  # what can still be chosen; no status counts as planned
IN_PLACE = ("done", "running")
DAYS_A_YEAR = 365.25
N_DRAWS = 500
SPREAD = 0.5  # a benefit without a range may be this share lower or higher
# metric: the KPI whose n, or which itself, says how many there are; sign of a good change
COUNTED_BY = {"average_order_value": "orders", "revenue_per_customer": "customers", "cost_to_serve": "cost_to_serve",
              "conversion": "conversion", "cancelled_share": "orders", "returned_share": "orders"}  # fmt: skip
IN_ORDERS = ("conversion", "cancelled_share", "returned_share")  # a change of one of these is orders won or kept
ABROAD = ("revenue",)  # money itself


@dataclass(frozen=True)
class Portfolio:
    """The planned initiatives, the best choice for a budget, and how it changes with the budget.

    Parameters
    ----------
    frame : pandas.DataFrame
        A row an initiative that can be chosen: ``initiative, cost, benefit, low, high, basis`` (stated or worked out),
        ``chosen, first, steady, probability``: the smallest budget at which it is in, the budget from which on it always
        is (NaN for never), and the share of draws in which it is chosen. By how early it is in.
    steps : pandas.DataFrame
        ``cost, benefit, chosen`` (array in the order of `frame`): the best choice, from each cost up to the next.
    budget, benefit, cost : float
        Of the choice looked at.
    left_out : dict of str to str
        Initiative: why it could not be compared.
    unknown : tuple of str
        Names under requires or excludes that are no initiative.
    """

    frame: pd.DataFrame
    steps: pd.DataFrame
    budget: float
    benefit: float
    cost: float
    left_out: dict[str, str]
    unknown: tuple[str, ...]


@once_per_client
def portfolio(client: Client, *, budget: float = 0.0, spread: float = SPREAD, seed: int = 1) -> Portfolio:
    """The choice of planned initiatives that brings most within a budget.

    Parameters
    ----------
    client : Client
    budget : float
        In the client's currency; 0 for half of what all would cost.
    spread : float
        How much lower or higher a benefit without a range may be, as a share of it.
    seed : int
        Of the draws of the benefits.

    Returns
    -------
    Portfolio

    Raises
    ------
    MissingDataError, TooFewAnswersError
        If there are no initiatives with a cost, or fewer than two that can be compared.

    Notes
    -----
    An integer programme (`cvclib.methods.portfolio`). A range is read as a 95% interval of a normal distribution;
    every draw of the benefits is used for all initiatives at once. What an initiative requires that is done or running
    is there already.
    """
    client.require("initiatives.cost")
    rows = _initiatives(client)
    candidates, left_out, unknown, requires, excludes = _candidates(client, rows, spread)
    if len(candidates) < 2:
        reasons = "; ".join(f"{name}: {why}" for name, why in left_out.items())
        raise TooFewAnswersError(
            f"Fewer than two planned initiatives have a cost and a benefit to compare.{f' {reasons}.' if reasons else ''}"
        )
    benefits, costs = candidates["benefit"].to_numpy(float), candidates["cost"].to_numpy(float)
    rules = {"requires": requires, "excludes": excludes}
    budget = budget if budget > 0 else float(costs.sum()) / 2
    best = methods.best_choice(benefits, costs, budget, **rules)
    steps = methods.frontier(benefits, costs, **rules)
    deviation = (candidates["high"] - candidates["low"]).to_numpy(float) / (2 * Z_95)
    draws = np.random.default_rng(seed).normal(benefits, deviation, (N_DRAWS, len(benefits)))
    chosen = np.array([step.chosen for step in steps])
    frame = candidates.assign(
        chosen=best.chosen, probability=methods.chosen_shares(draws, costs, budget, **rules),
        first=[_first(column, steps) for column in chosen.T], steady=[_steady(column, steps) for column in chosen.T],
    )  # fmt: skip
    order = frame.sort_values(["chosen", "probability", "initiative"], ascending=[False, False, True], kind="stable").index
    table = pd.DataFrame(
        {"cost": [s.cost for s in steps], "benefit": [s.benefit for s in steps], "chosen": [s.chosen[order] for s in steps]}
    )
    return Portfolio(frame.loc[order].reset_index(drop=True), table, budget, best.benefit, best.cost, left_out, unknown)


def _first(chosen: np.ndarray, steps: list[methods.Choice]) -> float:
    return next((step.cost for is_in, step in zip(chosen, steps, strict=True) if is_in), np.nan)


def _steady(chosen: np.ndarray, steps: list[methods.Choice]) -> float:
    if not chosen[-1]:
        return np.nan
    out = np.flatnonzero(~chosen)
    return steps[out[-1] + 1].cost if out.size else 0.0


def _initiatives(client: Client) -> pd.DataFrame:
    names = [
        "initiative",
        "cost",
        "expected_change",
        "metric",
        "status",
        "expected_benefit",
        "benefit_low",
        "benefit_high",
        "requires",
        "excludes",
    ]
    return client.tables.initiatives.select(names).order_by("initiative").to_pandas()


def _candidates(
    client: Client, rows: pd.DataFrame, spread: float
) -> tuple[pd.DataFrame, dict[str, str], tuple[str, ...], list[tuple[int, int]], list[tuple[int, int]]]:
    """What can be chosen, what not and why, names that are no initiative, and the rules as pairs of places."""
    named = {name.casefold(): name for name in rows["initiative"]}
    status = dict(zip(rows["initiative"], rows["status"], strict=True))
    open_rows = rows[rows["status"].isna() | rows["status"].isin(OPEN)].set_index("initiative", drop=False)
    needs = {name: _listed(text) for name, text in open_rows["requires"].items()}
    bars = {name: _listed(text) for name, text in open_rows["excludes"].items()}
    every = [part for listed in (*needs.values(), *bars.values()) for part in listed]
    unknown = tuple(dict.fromkeys(part for part in every if part.casefold() not in named))
    needs, bars = (
        {name: [named[p.casefold()] for p in listed if p.casefold() in named] for name, listed in one.items()} for one in (needs, bars)
    )
    wanted = {part for listed in needs.values() for part in listed}
    valued = {name: _value(client, row, spread, name in wanted) for name, row in open_rows.iterrows()}
    left_out = {name: value for name, value in valued.items() if isinstance(value, str)}
    places = {name: i for i, name in enumerate(open_rows.index)}
    pairs = [(places[a], places[b]) for a, listed in needs.items() for b in listed if b in places]
    circles = methods.circles(pairs)
    for circle in circles:
        names = [open_rows.index[i] for i in circle]
        left_out |= {
            name: f"it needs what cannot begin without it ({', '.join(other for other in names if other != name) or 'itself'})"
            for name in names
        }
    for name in open_rows.index:
        if both := set(needs[name]) & set(bars[name]):
            left_out[name] = f"it both needs and excludes {min(both)}"
    _drop_dependents(left_out, needs, status)
    keep = [name for name in open_rows.index if name not in left_out]
    at = {name: i for i, name in enumerate(keep)}
    frame = pd.DataFrame([valued[name] for name in keep], columns=["initiative", "cost", "benefit", "low", "high", "basis"])
    requires = [(at[a], at[b]) for a in keep for b in needs[a] if b in at]
    running = {a: [b for b in bars[a] if status.get(b) in IN_PLACE] for a in keep}
    excludes = sorted({tuple(sorted((at[a], at[b]))) for a in keep for b in bars[a] if b in at and a != b})
    barred = {a for a, there in running.items() if there}
    if barred:
        left_out |= {a: f"it excludes {running[a][0]}, which is {status[running[a][0]]}" for a in barred}
        return _without(frame, requires, excludes, barred, left_out, unknown)
    return frame, left_out, unknown, requires, excludes


def _without(
    frame: pd.DataFrame, requires: list, excludes: list, barred: set[str], left_out: dict[str, str], unknown: tuple[str, ...]
) -> tuple[pd.DataFrame, dict[str, str], tuple[str, ...], list[tuple[int, int]], list[tuple[int, int]]]:
    """The same without some initiatives, and without those that need them."""
    out = {i for i, name in enumerate(frame["initiative"]) if name in barred}
    while more := {i for i, j in requires if j in out and i not in out}:
        left_out |= {frame["initiative"][i]: "it needs one that cannot be carried out" for i in more}
        out |= more
    keep = [i for i in range(len(frame)) if i not in out]
    new = {old: i for i, old in enumerate(keep)}
    rules = ([(new[i], new[j]) for i, j in pairs if i in new and j in new] for pairs in (requires, excludes))
    return frame.iloc[keep].reset_index(drop=True), left_out, unknown, *rules


def _drop_dependents(left_out: dict[str, str], needs: dict[str, list[str]], status: dict[str, str | None]) -> None:
    """Leave out, too, what needs an initiative that was left out or stopped."""
    again = True
    while again:
        again = False
        for name, listed in needs.items():
            for other in listed:
                if name not in left_out and (other in left_out or status.get(other) == "stopped"):
                    left_out[name] = f"it needs {other}, which {'was stopped' if status.get(other) == 'stopped' else 'cannot be compared'}"
                    again = True


def _listed(text: object) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()] if isinstance(text, str) else []


def _value(client: Client, row: pd.Series, spread: float, wanted: bool) -> tuple | str:
    """Cost, benefit and its range; or why there is none. What others need may bring nothing of its own."""
    name, benefit, basis = row["initiative"], row["expected_benefit"], "stated"
    if pd.isna(row["cost"]):
        return "no cost is given"
    if pd.isna(benefit):
        worth = _worth_of_a_unit(client, row["metric"])
        benefit, basis = (row["expected_change"] * worth, "worked out") if pd.notna(worth) else (np.nan, "")
    if pd.isna(benefit):
        if not wanted:
            return "no benefit is given, and none can be worked out from its metric"
        benefit, basis = 0.0, "needed by another"
    low, high = row["benefit_low"], row["benefit_high"]
    if pd.isna(low) or pd.isna(high) or not low <= high:
        low, high = sorted((benefit * (1 - spread), benefit * (1 + spread)))
    return name, float(row["cost"]), float(benefit), float(low), float(high), basis


@once_per_client
def _money_of_an_order(client: Client) -> float:
    """Margin of an order where known, else its revenue, in the period."""
    column = "margin" if client.has("orders.margin") else "revenue"
    if not client.has(f"orders.{column}"):
        return float("nan")
    orders = client.in_period(client.tables.orders, "ordered_at").filter(_.cancelled_at.isnull())
    return float(orders[column].mean().to_pandas() or np.nan)


def _worth_of_a_unit(client: Client, metric: str | None) -> float:
    """Money a year that a change of the metric by one unit brings; NaN where it cannot be known."""
    if metric in ABROAD:
        return DAYS_A_YEAR / client.period.days
    if metric not in COUNTED_BY or KPIS[metric].missing(client) or KPIS[COUNTED_BY[metric]].missing(client):
        return float("nan")
    counted = KPIS[COUNTED_BY[metric]].estimate(client)
    number = counted.value if COUNTED_BY[metric] in ("orders", "customers") else counted.n
    sign = 1 if KPIS[metric].better == "higher" else -1
    each = _money_of_an_order(client) if metric in IN_ORDERS else 1.0
    return sign * float(number) * each * DAYS_A_YEAR / client.period.days
