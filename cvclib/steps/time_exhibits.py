"""Since when: the main KPIs by month, and who comes back by months since the first order."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib import kpis
from cvclib.charts import scorecard as charts
from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.kpis import KPIS
from cvclib.methods.retention import cohort_table
from cvclib.methods.shares import share
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.kpi_words import STEP, unanswered, value_text
from cvclib.steps.memo import once_per_client
from cvclib.steps.scorecard import TOTALS, monthly
from cvclib.wording import joined, with_evidence

MONTHLY = ("on_time_share", "delivery_days", "csat", "overall", "nps", "conversion", "revenue", "average_order_value")
MOST_PANELS = 6
LONGEST_COHORTS = 24  # months shown; older cohorts are left out of the figure, not of the table


# ---- month by month ---------------------------------------------------------------------------------------------


def monthly_figure(client: Client) -> Figure | Gap:
    """The main KPIs by month, with interval and natural limits."""
    lines = _lines(client)
    if not lines:
        return Gap(
            STEP, "Which months differ from the ordinary ups and downs?", ("six months or more of dated orders, answers or leads",),
            "It would tell a real change from chance month by month.",
        )  # fmt: skip
    figure = charts.monthly(lines, period_start=pd.Timestamp(client.period.start))
    data = pd.concat([line.frame.assign(kpi=line.label, text=[line.show(x) for x in line.frame["value"]]) for line in lines])
    wide = data.assign(month=data["month"].dt.strftime("%Y-%m")).pivot(index="month", columns="kpi", values="text")
    wide = wide[[line.label for line in lines]].reset_index()
    return Figure(
        figure,
        "The main KPIs by month: 95% interval shaded, mean and natural limits in grey, signals ringed",
        f"Monthly lines of {joined([line.label for line in lines])}. {read_monthly(client).text}",
        Table(wide, "The main KPIs by month, in numbers", labels={"month": "Month"}),
    )


def read_monthly(client: Client) -> Reading:
    """Which months stand out, or that none does."""
    lines = _lines(client)
    if not lines:
        return Reading("There are too few months to tell a signal from noise.")
    said = []
    for line in lines:
        odd = line.frame[line.frame["signal"]]
        if len(odd):
            last = odd.iloc[-1]
            side = "above" if last["value"] > line.centre else "below"
            n_seen = int(line.frame["value"].notna().sum())
            said.append(
                f"{line.label} in {len(odd)} of {n_seen} months, last in {last['month']:%B %Y} ({line.show(last['value'])}, {side} the mean)"
            )
    if not said:
        return Reading(f"No month of {joined([line.label for line in lines])} stands out from the ordinary ups and downs.")
    return Reading(
        f"Beyond the natural limits, or in a run of eight months on one side of the mean: {'; '.join(said)}. Look for what changed then."
    )


def _lines(client: Client) -> list[charts.Line]:
    lines = []
    able = {kpi.name for kpi in kpis.supplied(client)}
    for name in MONTHLY:
        if name not in able or len(lines) == MOST_PANELS:
            continue
        try:
            frame = monthly(client, name)
        except MissingDataError:
            continue
        kpi = KPIS[name]
        target = client.params.targets.get(name, np.nan) if name not in TOTALS else np.nan  # a year's target is not a month's
        lines.append(
            charts.Line(kpi.label, frame, lambda x, unit=kpi.unit: value_text(client, x, unit), target=target, unit=kpi.unit, **frame.attrs)
        )
    return lines


# ---- who comes back ---------------------------------------------------------------------------------------------


@once_per_client
def cohorts(client: Client) -> pd.DataFrame:
    """Customers by the month of their first order, and how many of them ordered in each month after it.

    Returns
    -------
    pandas.DataFrame
        As `cvclib.methods.retention.cohort_table`; cancelled orders do not count.
    """
    client.require("orders")
    orders = orders_of_customers(client)
    placed = orders.filter(orders.cancelled_at.isnull())
    return cohort_table(placed, customer="known_customer_id", at="ordered_at", until=pd.Timestamp(client.period.until))


def cohort_figure(client: Client) -> Figure | Gap:
    """Share of each cohort that ordered again, by months since its first order."""
    question = "Who comes back, and when?"
    try:
        shares = _cohort_shares(client)
    except MissingDataError as error:
        return unanswered(question, error)
    if shares.empty or shares.shape[1] < 2:
        return Gap(STEP, question, ("orders of known customers over two months or more",), "It would show how soon customers come back.")
    data = shares.reset_index(names="cohort").rename(columns=str)
    later = dict.fromkeys(data.columns[2:], "share")
    return Figure(
        charts.cohorts(shares.drop(columns="customers")),
        "Share of each month's new customers who ordered again, in per cent, by months since their first order",
        f"A triangle of shares for {len(shares)} monthly cohorts. {read_cohorts(client).text}",
        Table(
            data,
            "Cohort retention, in numbers",
            units={"customers": "count", **later},
            note="A dash: not yet seen, or a cohort too small to show.",
        ),
    )


def read_cohorts(client: Client) -> Reading:
    """How many come back in the month after their first order, over all cohorts seen."""
    try:
        table = cohorts(client)
    except MissingDataError:
        return Reading("Cohorts cannot be followed without orders.")
    if table.empty or table.shape[1] < 2:
        return Reading("There are no two months in which to follow a customer.")
    said = []
    for months in (1, 3, 6, 12):
        if months in table and table[months].notna().any():
            seen = table[table[months].notna()]
            estimate = share(int(seen[months].sum()), int(seen[0].sum()))
            said.append(f"{with_evidence(estimate, 'share')} in month {months}")
    caution = "The first cohorts also hold customers who had bought before the data begin."
    return Reading(
        f"Of the customers that can be followed so long, there ordered again, counted from their first order: {'; '.join(said)}. {caution}"
    )


def _cohort_shares(client: Client) -> pd.DataFrame:
    table = cohorts(client)
    if table.empty:
        return table
    size = table[0].where(table[0] >= client.params.report.minimum_group)
    shares = table.drop(columns=0).div(size, axis=0)
    shares.insert(0, "customers", size)
    return shares[size.notna()].tail(LONGEST_COHORTS).dropna(axis=1, how="all")
