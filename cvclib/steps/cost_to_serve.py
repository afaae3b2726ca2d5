"""What each customer costs to serve beside what they bring, summed per customer in the engine.

Cost to serve is what contact, service, discounts and returns cost: tickets and interactions as booked, discounts given, and the
margin given back on returned orders. What a customer brings is the margin before any of it.
"""

from __future__ import annotations

from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _

from cvclib.client import Client
from cvclib.kpi_estimates import means_of
from cvclib.kpis import NO_SEGMENT
from cvclib.methods.estimate import Estimate
from cvclib.methods.groups import against_the_rest
from cvclib.methods.shares import benjamini_hochberg, p_value, share
from cvclib.params import Period
from cvclib.privacy import suppress_small
from cvclib.steps.coming_back import SIGNIFICANT, with_segment
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError

PARTS = {"tickets": "service cases", "interactions": "contacts", "discounts": "discounts", "returns": "returns"}
COSTS = "tickets.cost|interactions.cost|orders.discount|orders.returned_at"
COLUMNS_TESTED = 2  # costs and remains
FEWEST_TO_TEST = 50  # customers of a segment, from which the interval of a skewed mean may be compared
STEPS_PER_E = (4, 3, 2)  # cells of the picture for each factor of e in money: the finest that hides few customers
MOST_HIDDEN = 0.1  # share of customers in cells too small to show


class Beside(NamedTuple):
    """Cost to serve beside what is brought, over all customers who ordered in the period.

    Parameters
    ----------
    n : int
    brings, costs, left : Estimate
        Money per customer in the period; `left` is what remains.
    losing : Estimate
        Share of customers who cost more than they bring.
    lost : float
        Money that these take away together.
    others_n : int
        Customers with costs in the period but no order in it.
    others_cost : float
        What these cost together.
    """

    n: int
    brings: Estimate
    costs: Estimate
    left: Estimate
    losing: Estimate
    lost: float
    others_n: int
    others_cost: float


def parts_supplied(client: Client) -> list[str]:
    """Parts of the cost to serve that the client's tables hold, by the names of `PARTS`."""
    needs = {
        "tickets": ("tickets.cost", "tickets.customer_id"), "interactions": ("interactions.cost", "interactions.customer_id"),
        "discounts": ("orders.discount",), "returns": ("orders.returned_at", "orders.margin"),
    }  # fmt: skip
    return [part for part, need in needs.items() if client.has(*need)]


def cost_rows(client: Client, period: Period) -> ir.Table | None:
    """Every cost of serving a known customer in a period.

    Returns
    -------
    ibis.Table or None
        ``customer, part, at, cost``; None where the client supplies none. A contact that is booked as a ticket and as an
        interaction counts as both.
    """
    rows = []
    supplied = parts_supplied(client)
    for table, at in (("tickets", "opened_at"), ("interactions", "at")):
        if table in supplied:
            booked = client.in_period(client.tables[table], at, period)
            rows.append(booked.select(customer="customer_id", part=ibis.literal(table), at=at, cost=booked.cost.fill_null(0.0)))
    if {"discounts", "returns"} & set(supplied):
        placed = _placed(client, period)
    if "discounts" in supplied:
        given = placed.select(
            customer="known_customer_id", part=ibis.literal("discounts"), at="ordered_at", cost=placed.discount.fill_null(0.0)
        )
        rows.append(given)
    if "returns" in supplied:
        back = placed.filter(placed.returned_at.notnull())
        rows.append(
            back.select(customer="known_customer_id", part=ibis.literal("returns"), at="ordered_at", cost=back.margin.fill_null(0.0))
        )
    if not rows:
        return None
    every = ibis.union(*rows) if len(rows) > 1 else rows[0]
    return every.filter(every.customer.notnull())


@once_per_client
def customers_with_costs(client: Client) -> ir.Table:
    """One row a known customer who ordered in the period: what they brought and what serving them cost.

    Returns
    -------
    ibis.Table
        ``customer, segment, n_orders, revenue, brings`` (margin before discounts and returns; NULL without margins), ``costs``, a column
        for each of `PARTS`, and ``remains``: ``brings - costs``.

    Raises
    ------
    MissingDataError
        If the client supplies no orders.
    TooFewAnswersError
        If no cost is known to be of a customer.
    """
    client.require("orders")
    costs = cost_rows(client, client.period)
    if costs is None:
        raise TooFewAnswersError("The costs supplied name no customer, so that they cannot be set beside what customers bring.")
    placed = _placed(client, client.period).filter(_.known_customer_id.notnull())
    placed = placed.mutate(own=placed.margin + placed.discount.fill_null(0.0))
    bought = placed.group_by(customer="known_customer_id").agg(n_orders=_.count(), revenue=_.revenue.sum(), brings=_.own.sum())
    each = costs.group_by(payer="customer").agg(**{part: _.cost.sum(where=_.part == part) for part in PARTS}, costs=_.cost.sum())
    joined = bought.left_join(each, bought.customer == each.payer).drop("payer")
    filled = joined.mutate(**{name: joined[name].fill_null(0.0) for name in (*PARTS, "costs")})
    return with_segment(client, filled.mutate(remains=filled.brings - filled.costs), "customer").cache()  # asked a dozen times


@once_per_client
def beside(client: Client) -> Beside:
    """Cost to serve beside what is brought, for all customers who ordered in the period.

    Raises
    ------
    MissingDataError
        If orders, margins or costs are missing.
    TooFewAnswersError
        If fewer customers ordered than may be shown.
    """
    client.require("orders.margin")
    rows = customers_with_costs(client).filter(_.brings.notnull())
    n, losing, lost = (
        rows.aggregate(n=_.count(), losing=_.count(where=_.remains < 0), lost=_.remains.sum(where=_.remains < 0)).to_pandas().iloc[0]
    )
    if n < max(2, client.params.report.minimum_group):
        raise TooFewAnswersError(f"{int(n)} known customers ordered in the period: too few to set costs beside what they bring.")
    moments = {name: _moments(rows, name)[""] for name in ("brings", "costs", "remains")}
    costs = cost_rows(client, client.period)
    others = costs.anti_join(rows, costs.customer == rows.customer) if costs is not None else rows
    others_n, others_cost = others.filter(_.cost > 0).aggregate(n=_.customer.nunique(), cost=_.cost.sum()).to_pandas().iloc[0]
    return Beside(
        int(n), moments["brings"], moments["costs"], moments["remains"], share(int(losing), int(n)), -float(lost or 0),
        int(others_n), float(others_cost or 0),
    )  # fmt: skip


@once_per_client
def by_segment(client: Client) -> pd.DataFrame:
    """What a customer of each segment costs and brings, and whether it differs from the other segments.

    Returns
    -------
    pandas.DataFrame
        ``segment, n, costs, costs_low, costs_high``, a column a part, the same three for ``brings`` and ``remains`` (NaN without
        margins), ``costs_p`` and ``remains_p``: of the difference from all other segments, corrected over both columns. Small
        groups are blank; the first row, ``""``, is all.
    """
    rows = customers_with_costs(client)
    parts = [part for part in PARTS if part in parts_supplied(client)]
    means = rows.group_by("segment").agg(**{part: _[part].mean() for part in parts}, n_orders=_.n_orders.sum())
    overall = (
        rows.mutate(segment=ibis.literal("")).group_by("segment").agg(**{part: _[part].mean() for part in parts}, n_orders=_.n_orders.sum())
    )
    frame = pd.concat([overall.to_pandas(), means.order_by("segment").to_pandas()], ignore_index=True)
    found: dict[str, dict[str, Estimate]] = {}
    for name in ("costs", *(["brings", "remains"] if client.has("orders.margin") else [])):
        found[name] = _moments(rows, name) | _moments(rows, name, "segment")
        told = [found[name].get(segment, Estimate(np.nan, np.nan, np.nan, 0)) for segment in frame["segment"]]
        frame[name], frame[f"{name}_low"], frame[f"{name}_high"], n = zip(*told, strict=True)
        frame["n"] = frame.get("n", pd.Series(n))  # of all customers; some may lack a margin
    ps = {name: _against_others(found[name]) for name in ("costs", "remains") if name in found}
    adjusted = benjamini_hochberg([p for own in ps.values() for p in own.values()])
    keys = [(name, segment) for name, own in ps.items() for segment in own]
    told = dict(zip(keys, adjusted, strict=True))
    for name in ("costs", "remains"):
        frame[f"{name}_p"] = [told.get((name, segment), np.nan) for segment in frame["segment"]]
    return suppress_small(frame, minimum=client.params.report.minimum_group, keep=["segment"])


def standing_out(client: Client, name: str) -> list[tuple[str, float, float]]:
    """Segments that differ in ``costs`` or ``remains``, the clearest first; each is set aside before the others are compared again.

    Returns
    -------
    list of (str, float, float)
        Segment, mean of the segments it was compared with, and p value, corrected over the segments and over the two columns.
    """
    frame = by_segment(client).dropna(subset=[name])
    known = frame[~frame["segment"].isin(["", NO_SEGMENT]) & (frame["n"] >= FEWEST_TO_TEST)]
    left = {row["segment"]: Estimate(*row[[name, f"{name}_low", f"{name}_high"]], int(row["n"])) for _, row in known.iterrows()}
    named: list[tuple[str, float, float]] = []
    while len(left) > 1:
        apart = against_the_rest(list(left.values()))
        ps = [p_value(d) for d in apart]
        adjusted = benjamini_hochberg(ps) * COLUMNS_TESTED
        first = int(np.argmin(ps))
        if not adjusted[first] <= SIGNIFICANT:
            break
        segment, estimate = list(left.items())[first]
        named.append((segment, estimate.value - apart[first].value, float(adjusted[first])))
        left = {other: e for other, e in left.items() if other != segment} if len(left) > 2 else {}
    return named


def cells(client: Client) -> tuple[pd.DataFrame, float, int]:
    """Customers by what they cost and what they bring, in cells as wide as money on a logarithmic scale.

    Returns
    -------
    (pandas.DataFrame, float, int)
        ``x, y`` (places of the cell for costs and for what is brought), ``costs, brings`` (its middle in money), ``n``; the money below
        which the scale is straight; and the number of customers in cells too small to show.
    """
    rows = customers_with_costs(client).filter(_.brings.notnull())
    straight = float(rows.costs.mean().to_pandas() or 1.0) / 10 or 1.0

    def counted(steps: int) -> pd.DataFrame:
        def place(value: ir.NumericColumn) -> ir.NumericColumn:
            return (value.sign() * (1 + value.abs() / straight).ln() * steps).round().cast("int64")

        return rows.group_by(x=place(rows.costs), y=place(rows.brings)).agg(n=_.count()).order_by("x", "y").to_pandas()

    for steps in STEPS_PER_E:
        frame = counted(steps)
        small = frame["n"] < client.params.report.minimum_group
        hidden = int(frame.loc[small, "n"].sum())
        if hidden <= MOST_HIDDEN * frame["n"].sum():
            break
    shown = frame[~small].reset_index(drop=True)
    places = {name: shown[c] / steps for name, c in (("x", "x"), ("y", "y"))}
    money = {name: np.sign(places[c]) * straight * np.expm1(places[c].abs()) for name, c in (("costs", "x"), ("brings", "y"))}
    return shown.assign(**places, **money)[["x", "y", "costs", "brings", "n"]], straight, hidden


def _moments(rows: ir.Table, name: str, by: str = "") -> dict[str, Estimate]:
    """Mean of a column for each group, with Hall's interval, from moments that the engine sums."""
    return means_of(rows.mutate(group=rows[by] if by else ibis.literal("")), name)


def _against_others(found: dict[str, Estimate]) -> dict[str, float]:
    named = [s for s, e in found.items() if s not in ("", NO_SEGMENT) and e.n >= FEWEST_TO_TEST]
    if len(named) < 2:
        return {}
    return {s: p_value(d) for s, d in zip(named, against_the_rest([found[s] for s in named]), strict=True)}


def _placed(client: Client, period: Period) -> ir.Table:
    return client.in_period(orders_of_customers(client), "ordered_at", period).filter(_.cancelled_at.isnull())
