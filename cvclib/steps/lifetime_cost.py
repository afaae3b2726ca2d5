"""Lifetime cost to serve beside lifetime value, by segment; and what to show where no lifetime value may be claimed.

The cost to come is what an order costs to serve now, times the orders to come, discounted as the lifetime value discounts them.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from ibis import _

from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.exhibits import Reading, Table
from cvclib.findings import Gap
from cvclib.kpis import NO_SEGMENT
from cvclib.steps.cost_to_serve import customers_with_costs
from cvclib.steps.customer_cost_exhibits import BY_SEGMENT, COST
from cvclib.steps.kpi_words import STEP
from cvclib.steps.lifetime_value import lifetime_values
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError
from cvclib.wording import number

LIFETIME = "Lifetime value beside lifetime cost to serve, by segment"
FEWEST = 20  # customers of a segment, below which an order's cost is taken from all customers


@once_per_client
def lifetime_costs(client: Client, *, horizon_months: int = 36, discount_rate_per_year: float = 0.10) -> pd.DataFrame:
    """Lifetime value and lifetime cost to serve of a customer, by segment; the first row is all.

    Parameters
    ----------
    client : Client
    horizon_months : int
        Months ahead over which customers are valued.
    discount_rate_per_year : float
        What money a year later is worth less.

    Returns
    -------
    pandas.DataFrame
        ``segment, n, clv, clv_low, clv_high`` (mean of a customer, as the lifetime value gives it), ``cost_per_order, cost`` (to come,
        discounted as the value is) and ``share`` (cost over value).

    Raises
    ------
    MissingDataError, TooFewAnswersError
        If there is no lifetime value, it may not be claimed, or costs are missing.
    """
    client.require("orders")
    values = lifetime_values(client, horizon_months=horizon_months, discount_rate_per_year=discount_rate_per_year)
    if not values.fits:
        raise TooFewAnswersError(_unclaimed(values.verdict))
    if values.setting != "orders":
        raise TooFewAnswersError("Costs of serving are known by order; the lifetime value here is that of contracts.")
    rows = customers_with_costs(client)
    spent = rows.group_by("segment").agg(n=_.count(), costs=(_.costs - _.discounts).sum(), n_orders=_.n_orders.sum()).to_pandas()
    overall = spent["costs"].sum() / spent["n_orders"].sum()
    own = spent[spent["n"] >= FEWEST].set_index("segment")
    each = values.customers.assign(segment=values.customers["segment"].fillna(NO_SEGMENT).replace("", NO_SEGMENT))
    per_order = each["segment"].map(own["costs"] / own["n_orders"]).fillna(overall)
    orders_to_come = (each["clv"] / each["value_per_order"].where(each["value_per_order"] > 0)).fillna(0.0)  # discounted
    each = each.assign(cost=per_order * orders_to_come, per_order=per_order)
    worth = values.groups[values.groups["kind"] == "segment"].set_index("group")
    whole = values.equity
    ends = {"": tuple(x / whole.n for x in whole[:3])} | {
        str(name): (row["value"], row["low"], row["high"]) for name, row in worth.iterrows()
    }
    parts = [("", each), *((name, part) for name, part in each.groupby("segment", sort=True) if name in ends)]
    told = [(name, len(part), *ends[name], float(part["per_order"].mean()), float(part["cost"].mean())) for name, part in parts]
    frame = pd.DataFrame(told, columns=["segment", "n", "clv", "clv_low", "clv_high", "cost_per_order", "cost"])
    frame["share"] = frame["cost"] / frame["clv"].where(frame["clv"] > 0)
    smallest = client.params.report.minimum_group
    return frame[(frame["n"] >= smallest)].reset_index(drop=True)


def lifetime_cost_table(client: Client, *, horizon_months: int = 36, discount_rate_per_year: float = 0.10) -> Table | Reading | Gap:
    """Lifetime cost beside lifetime value by segment; where none may be claimed, where to look instead."""
    if gap := COST.gap(client, STEP):
        return gap
    try:
        frame = lifetime_costs(client, horizon_months=horizon_months, discount_rate_per_year=discount_rate_per_year)
        values = lifetime_values(client, horizon_months=horizon_months, discount_rate_per_year=discount_rate_per_year)
    except (MissingDataError, TooFewAnswersError) as error:
        return Reading(str(error) if isinstance(error, TooFewAnswersError) else _unclaimed("Its tables are missing."))
    shown = frame.assign(segment=frame["segment"].replace("", "All"), between=[_between(row) for row in frame.itertuples()])
    shown = shown[["segment", "n", "clv", "between", "cost_per_order", "cost", "share"]]
    return Table(
        shown,
        LIFETIME,
        units={"n": "count", "clv": "money", "cost_per_order": "money", "cost": "money", "share": "share"},
        labels={
            "n": "Customers", "clv": "Lifetime value", "between": "95% interval", "cost_per_order": "An order costs", "cost": "Lifetime cost",
            "share": "Cost of value",
        },
        note=(
            f"A customer, over {values.horizon_months} months, discounted at {number(values.discount_rate_per_year, 'share', decimals=0)} a year; model: "
            f"{values.model}; value is {values.measured_in}. Lifetime cost: what contacts, service cases and returns of an order of the segment's "
            "customers cost in the period, times the discounted orders to come. Discounts are not in it: margins are taken to be after them."
        ),
        currency=client.params.currency,
    )  # fmt: skip


def _between(row: Any) -> str:
    return f"{number(row.clv_low, 'money', decimals=0)} to {number(row.clv_high, 'money', decimals=0)}"


def _unclaimed(why: str) -> str:
    return (
        f"No lifetime value is claimed, and so no lifetime cost. {why} What remained of a customer in the period stands in “{BY_SEGMENT}”."
    )
