"""Since when: the main KPIs by month."""

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
from cvclib.steps.kpi_words import STEP, value_text
from cvclib.steps.scorecard import TOTALS, monthly
from cvclib.wording import joined

MONTHLY = ("on_time_share", "delivery_days", "csat", "overall", "nps", "conversion", "revenue", "average_order_value")
MOST_PANELS = 6


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
