"""The exhibits of step 5 on months: process behaviour charts of the main KPIs, their reading and findings."""

from __future__ import annotations

import pandas as pd

from cvclib.charts.process_behaviour import Panel, draw_process_charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods.estimate import Estimate
from cvclib.steps.kpi_words import STEP, value_text
from cvclib.steps.process_behaviour import ProcessChart, process_charts
from cvclib.wording import NOT_KNOWN, interval, joined

CAPTION = "The main KPIs by month, with the limits of their ordinary ups and downs"
QUESTION = "Which months differ from the ordinary ups and downs?"
BEYOND = "○"  # as the figure marks it


def monthly_figure(client: Client) -> Figure | Gap:
    """The main KPIs by month, each with mean, limits and signals named by their rule."""
    found = process_charts(client)
    if not found:
        return Gap(
            STEP, QUESTION, ("six months or more of dated orders, answers, leads or tickets",),
            "It would tell a real change from chance month by month.",
        )  # fmt: skip
    panels = [Panel(f"{c.label} ({c.kind})", c.unit, c.frame, c.centre, c.target) for c in found]
    figure = draw_process_charts(panels, period_start=pd.Timestamp(client.period.start))
    return Figure(
        figure, CAPTION, f"Monthly lines of {joined([c.label for c in found])}. {read_monthly(client).text}", _data(client, found)
    )


def _data(client: Client, found: tuple[ProcessChart, ...]) -> Table:
    columns = {c.label: [_month_text(client, c, row) for row in c.frame.itertuples()] for c in found}
    months = [m.strftime("%Y-%m") for m in max((c.frame["month"] for c in found), key=len)]
    frame = pd.DataFrame({"month": months})
    for c in found:
        own = pd.Series(columns[c.label], index=c.frame["month"].dt.strftime("%Y-%m"))
        frame[c.label] = own.reindex(months).fillna(NOT_KNOWN).to_numpy()
    limits = {c.label: f"{value_text(client, c.centre, c.unit)} ({_limits_text(client, c)})" for c in found}
    frame = pd.concat([frame, pd.DataFrame([{"month": "mean (action limits)", **limits}])], ignore_index=True)
    note = (
        f"{BEYOND} beyond the action limits (rule 1 of Western Electric and of Nelson, made stricter). A change of level is found by cumulative sum, which "
        "stands for the run on one side of the mean (Western Electric 4, Nelson 2). XmR: limits from the moving range, wider in months of few; p: shares, "
        "limits from the month's n; p′: shares that move more than their n explains (Laney). Where limits follow n, the last row gives their median. "
        "A dash: not shown, or not ripe yet."
    )
    return Table(frame, "The main KPIs by month, in numbers", labels={"month": "Month"}, note=note)


def _month_text(client: Client, chart: ProcessChart, row: tuple) -> str:
    return value_text(client, row.value, chart.unit) + (f" {BEYOND}" if row.outside else "")


def _limits_text(client: Client, chart: ProcessChart) -> str:
    low, high = chart.frame["action_low"].median(), chart.frame["action_high"].median()
    return interval(Estimate(chart.centre, low, high, len(chart.frame)), chart.unit, currency=client.params.currency)


def read_monthly(client: Client) -> Reading:
    """Which months stand out and by which rule, or that none does."""
    found = process_charts(client)
    if not found:
        return Reading("There are too few months to tell a signal from noise.")
    said = [f"{c.label}: {_signal_text(client, c)}" for c in found if not c.quiet]
    names = joined([c.label for c in found])
    if not said:
        return Reading(
            f"No month of {names} stands out from the ordinary ups and downs. The limits are such that of clients with nothing but chance one in thirty would show a signal on any of these charts."
        )
    quiet = [c.label for c in found if c.quiet]
    rest = f" No month of {joined(quiet)} stands out." if quiet else ""
    return Reading(f"{'. '.join(said)}.{rest} Ask what changed then; the other ups and downs need no explanation.")


def _signal_text(client: Client, chart: ProcessChart) -> str:
    parts = []
    if chart.levels:
        before, after, since = chart.levels
        values = (value_text(client, x, chart.unit) for x in (after, before))
        parts.append(f"{next(values)} on average from {since:%B %Y} on, {next(values)} before")
    if len(chart.signals):
        months = [f"{row.month:%B %Y} ({value_text(client, row.value, chart.unit)})" for row in chart.signals.tail(3).itertuples()]
        earlier = len(chart.signals) - len(months)
        parts.append(f"beyond the limits in {joined(months)}" + (f" and {earlier} earlier months" if earlier else ""))
    return "; ".join(parts)


def process_findings(client: Client) -> list[Finding]:
    """The KPIs that left their ordinary ups and downs, each with its latest signal."""
    found = process_charts(client)
    return [_finding(client, chart, len(found)) for chart in found if not chart.quiet]


def _finding(client: Client, chart: ProcessChart, n_charts: int) -> Finding:
    if chart.levels:
        rises = chart.levels[1] > chart.levels[0]
        claim = f"{chart.label} changed its level: {_signal_text(client, chart)}."
    else:
        rises = bool(chart.signals["value"].iloc[-1] > chart.centre)
        claim = f"{chart.label} left its ordinary ups and downs: {_signal_text(client, chart)}."
    good = rises == (chart.better == "higher")
    n_months = int(chart.frame["value"].notna().sum())
    return Finding(
        STEP,
        claim,
        f"{chart.kind} chart of {n_months} months, mean {value_text(client, chart.centre, chart.unit)}, action limits {_limits_text(client, chart)}. Of clients "
        f"with nothing but chance, one in thirty would show a signal on any of these {n_charts} charts.",
        "Ask what was done differently then, and keep it." if good else "Ask what changed then, and undo it or make up for it.",
        CAPTION,
        estimate=_latest(chart),
        kind="strength" if good else "problem",
    )


def _latest(chart: ProcessChart) -> Estimate:
    last = (chart.frame.dropna(subset="value") if chart.levels else chart.signals).iloc[-1]
    return Estimate(float(last["value"]), float(last["low"]), float(last["high"]), int(last["n"]))
