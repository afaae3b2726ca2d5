"""On how few customers revenue and profit rest: Lorenz curve, Gini coefficient, shares of the largest, whale curve."""

from __future__ import annotations

from typing import NamedTuple

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cvclib.charts import customer_value as charts
from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.exhibits import Figure, Reading, Table
from cvclib.methods.concentration import FEWEST_FOR_GINI, FEWEST_IF_UNEQUAL, gini, lorenz_curve, peak_share, top_share, whale_curve
from cvclib.methods.estimate import Estimate
from cvclib.steps.cost_to_serve import PARTS, customers_with_costs, parts_supplied
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.kpi_words import STEP
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import Question, TooFewAnswersError, exhibit_of, reading_of
from cvclib.wording import interval, joined, number, with_evidence

CONCENTRATION = Question(
    "On how few customers does the value rest?", ("orders.revenue",), "It would tell how much depends on the largest customers."
)
TOPS = (0.1, 0.2)
FEWEST = 20  # customers, below which a share of the largest tenth is one of two
UNEQUAL = 0.5  # a Gini coefficient from which values are as unequal as to need many for their interval


class Concentration(NamedTuple):
    """How a total is spread over the customers who ordered in the period.

    Parameters
    ----------
    n : int
    curve : pandas.DataFrame
        ``share_of_customers``, ``share_of_total``.
    gini : Estimate or None
        None for profits, which may be negative.
    tops : dict of float to Estimate
        Share of the total that the largest part of the customers bring.
    peak : Estimate or None
        How high the whale curve rises; None for revenue.
    peak_at : float
        Share of customers at the peak.
    """

    n: int
    curve: pd.DataFrame
    gini: Estimate | None
    tops: dict[float, Estimate]
    peak: Estimate | None
    peak_at: float


@once_per_client
def revenue_concentration(client: Client) -> Concentration:
    """How the period's revenue is spread over the customers who ordered; orders of nobody known are left out.

    Raises
    ------
    MissingDataError
        If the client supplies no orders with revenue.
    TooFewAnswersError
        If fewer than `FEWEST` customers ordered.
    """
    client.require("orders.revenue")
    rows = client.in_period(orders_of_customers(client), "ordered_at").filter(_.cancelled_at.isnull())
    rows = rows.mutate(buyer=ibis.coalesce(ibis.literal("customer ") + rows.known_customer_id, ibis.literal("account ") + rows.account_id))
    each = rows.filter(_.buyer.notnull()).group_by("buyer").agg(revenue=_.revenue.sum())
    values = each.select("revenue").filter(_.revenue >= 0).to_pandas()["revenue"].to_numpy(float)
    steps = _steps(client, values)
    return Concentration(len(values), lorenz_curve(values, steps), gini(values), {top: top_share(values, top) for top in TOPS}, None, 1.0)


@once_per_client
def profit_concentration(client: Client) -> Concentration:
    """How the margin that is left after cost to serve is spread over the known customers who ordered in the period.

    Raises
    ------
    MissingDataError
        If orders, margins or costs are missing.
    TooFewAnswersError
        If fewer than `FEWEST` customers ordered, or nothing is left in all.
    """
    client.require("orders.margin")
    rows = customers_with_costs(client).filter(_.remains.notnull())
    values = rows.select("remains").to_pandas()["remains"].to_numpy(float)
    steps = _steps(client, values)
    return Concentration(
        len(values),
        whale_curve(values, steps),
        None,
        {top: top_share(values, top) for top in TOPS},
        peak_share(values),
        float((values > 0).mean()),
    )


@exhibit_of(CONCENTRATION, STEP)
def concentration_figure(client: Client) -> Figure:
    """A Lorenz curve of revenue and, where margins and costs are known, a whale curve of profit."""
    revenue, profit = revenue_concentration(client), _profit(client)
    top = revenue.tops[0.2]
    curves = [
        charts.Curve(
            "Revenue, smallest customers first", "Share of customers", "Share of revenue", revenue.curve,
            [(0.8, 1 - top.value, f"the largest 20% bring {number(top.value, 'share', decimals=0)}")],
        )
    ]  # fmt: skip
    if profit is not None and profit.peak is not None:
        mark = f"{number(profit.peak_at, 'share', decimals=0)} of customers bring {number(profit.peak.value, 'share')} of the profit"
        curves.append(
            charts.Curve("Profit, most profitable first", "Share of customers", "Share of profit after cost to serve", profit.curve, [(profit.peak_at, profit.peak.value, mark)])
        )  # fmt: skip
    return Figure(
        charts.concentration(curves),
        "Share of revenue and of profit by share of customers",
        read_concentration(client).text,
        _numbers(revenue, profit),
    )


@reading_of(CONCENTRATION)
def read_concentration(client: Client) -> Reading:
    """How much the largest customers bring, how unequal that is, and how many take away."""
    revenue, profit = revenue_concentration(client), _profit(client)
    said = [
        f"The largest 20% of {revenue.n:,} customers bring {number(revenue.tops[0.2].value, 'share')} of the revenue "
        f"(95% interval {interval(revenue.tops[0.2], 'share')}), the largest 10% {number(revenue.tops[0.1].value, 'share')}."
    ]
    if revenue.gini is not None:
        said.append(f"The Gini coefficient is {with_evidence(revenue.gini, 'number')}: 0 would be all alike, 1 all from one.")
        if revenue.n < FEWEST_FOR_GINI or (revenue.n < FEWEST_IF_UNEQUAL and revenue.gini.value >= UNEQUAL):
            said.append(f"With fewer than {FEWEST_IF_UNEQUAL:,} customers of so unequal size, these intervals are somewhat too narrow.")
    if profit is not None and profit.peak is not None:
        said.append(
            f"After cost to serve ({joined([PARTS[part] for part in parts_supplied(client)])}), the largest 20% bring "
            f"{number(profit.tops[0.2].value, 'share')} of the profit ({interval(profit.tops[0.2], 'share')})"
        )
        taken = profit.peak.value - 1
        if taken > 0:
            said[-1] += f"; the profitable {number(profit.peak_at, 'share')} bring {number(profit.peak.value, 'share')} of it, and the others take {number(taken, 'share')} away again."  # fmt: skip
        else:
            said[-1] += "; none costs more than they bring."
    return Reading(" ".join(said))


def _profit(client: Client) -> Concentration | None:
    try:
        return profit_concentration(client)
    except (MissingDataError, TooFewAnswersError):
        return None


def _steps(client: Client, values: np.ndarray) -> int:
    """Steps of the curve, each of as many customers as may be shown."""
    if len(values) < FEWEST:
        raise TooFewAnswersError(f"{len(values)} known customers ordered in the period: too few to tell on how few the value rests.")
    if not values.sum() > 0:
        raise TooFewAnswersError("What the customers of the period brought does not sum to more than nought.")
    return int(np.clip(len(values) // max(client.params.report.minimum_group, 1), 2, 100))


def _numbers(revenue: Concentration, profit: Concentration | None) -> Table:
    rows: list[tuple[str, str, Estimate | None]] = [
        *((f"Largest {top:.0%} of customers", "revenue", revenue.tops[top]) for top in TOPS), ("Gini coefficient", "revenue", revenue.gini),
    ]  # fmt: skip
    if profit is not None:
        rows += [
            *((f"Largest {top:.0%} of customers", "profit", profit.tops[top]) for top in TOPS),
            ("Peak of the whale curve", "profit", profit.peak),
        ]
    told = [(what, of, *(_text(what, x) for x in e[:3]), e.n) for what, of, e in rows if e is not None]
    return Table(
        pd.DataFrame(told, columns=["what", "of", "value", "low", "high", "n"]),
        "Concentration, in numbers",
        units={"n": "count"},
        labels={"what": "What", "of": "Share of", "low": "95% from", "high": "to", "n": "Customers"},
        note=(
            "Revenue of customers with an order in the period, cancelled orders left out. Profit: margin less cost to serve in the period. "
            "The Gini coefficient is corrected for small samples (n/(n − 1)); its interval is the jackknife's, those of shares rest on their "
            "influence functions, that of the peak on the logarithm of what lies above 100%."
        ),
    )


def _text(what: str, value: float) -> str:
    return number(value, "number" if what.startswith("Gini") else "share")
