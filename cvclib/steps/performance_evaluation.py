"""Step 5, performance evaluation: what the KPIs are, against target and the period before, by segment and month."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib import kpis
from cvclib.charts import scorecard as charts
from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap, Indicator
from cvclib.methods.estimate import Estimate
from cvclib.steps.coming_back import cohorts, waits
from cvclib.steps.coming_back_exhibits import cohort_figure, next_order_figure, read_cohorts, read_next_order
from cvclib.steps.concentration import concentration_figure, profit_concentration, read_concentration, revenue_concentration
from cvclib.steps.contract_exhibits import read_staying, staying_figure
from cvclib.steps.contracts import kept_in_period, stays
from cvclib.steps.conversion_exhibits import conversion_figure, read_conversion
from cvclib.steps.cost_to_serve import customers_with_costs
from cvclib.steps.customer_cost_exhibits import cost_figure, cost_table, read_cost
from cvclib.steps.delivery_exhibits import delivery_figure, delivery_table, lateness_figure, read_delivery, read_lateness
from cvclib.steps.kpi_words import STEP, change_text, estimate_of, interval_text, unanswered, value_text
from cvclib.steps.lifetime_cost import lifetime_cost_table
from cvclib.steps.lifetime_exhibits import (
    forecast_figure,
    read_forecast,
    read_worth,
    read_worth_groups,
    worth_figure,
    worth_groups_figure,
)
from cvclib.steps.lifetime_value import lifetime_values
from cvclib.steps.performance_findings import SCORECARD, findings
from cvclib.steps.process_exhibits import monthly_figure, read_monthly
from cvclib.steps.promise import promise_kept, promise_table, read_promise, undelivered
from cvclib.steps.scorecard import monthly, scorecard, segment_differences, segments, status_of
from cvclib.steps.segment_exhibits import read_segments, segment_figure, segment_tables
from cvclib.steps.service_exhibits import read_service, service_figure, service_table
from cvclib.tables import METRICS
from cvclib.wording import joined, number, with_evidence

TOLD_ELSEWHERE = frozenset({"referral_rate"})  # step 6 tells of the gap

__all__ = [
    "cohort_figure",
    "cohorts",
    "concentration_figure",
    "conversion_figure",
    "cost_figure",
    "cost_table",
    "customers_with_costs",
    "definitions",
    "delivery_figure",
    "delivery_table",
    "findings",
    "forecast_figure",
    "gaps",
    "indicators",
    "kept_in_period",
    "lateness_figure",
    "lifetime_cost_table",
    "lifetime_values",
    "monthly",
    "monthly_figure",
    "next_order_figure",
    "profit_concentration",
    "promise_kept",
    "promise_table",
    "read_cohorts",
    "read_concentration",
    "read_conversion",
    "read_cost",
    "read_delivery",
    "read_forecast",
    "read_lateness",
    "read_monthly",
    "read_next_order",
    "read_promise",
    "read_scorecard",
    "read_segments",
    "read_service",
    "read_staying",
    "read_worth",
    "read_worth_groups",
    "revenue_concentration",
    "scorecard",
    "scorecard_figure",
    "scorecard_table",
    "segment_differences",
    "segment_figure",
    "segment_tables",
    "segments",
    "service_figure",
    "service_table",
    "status_of",
    "staying_figure",
    "stays",
    "undelivered",
    "waits",
    "worth_figure",
    "worth_groups_figure",
]  # fmt: skip


SCORECARD_LABELS = {
    "kpi": "KPI",
    "value": "This period",
    "interval": "95% interval",
    "change": "Change (95% interval)",
    "verdict": "Against the period before",
}


def scorecard_table(client: Client) -> Table | Gap:
    """The scorecard as the reader sees it."""
    try:
        frame = scorecard(client)
    except MissingDataError as error:
        return unanswered("How are we doing, against target and against the period before?", error)
    return Table(
        _as_shown(client, frame),
        caption=SCORECARD,
        units={"n": "count"},
        labels=SCORECARD_LABELS,
        note=(
            f"Period {client.period}, compared with {client.previous_period}. A target is met or missed only where the whole interval lies on "
            "one side of it. Better or worse: the change differs from nought after correction for the number of KPIs (Benjamini–Hochberg, 5%). "
            "Leads and deliveries whose end could not be seen yet are left out of the change, though not of the figure. "
            f"A total is counted, not estimated, and has no interval.{_undelivered_text(client)} The definitions of the KPIs stand in the appendix."
        ),
    )


def scorecard_figure(client: Client) -> Figure | Gap:
    """The scorecard drawn: each KPI with its interval, its target and the period before."""
    try:
        frame = scorecard(client)
    except MissingDataError as error:
        return unanswered("Which KPIs reach their target?", error)
    rows = frame[frame["value"].notna() & (frame["low"].notna() | frame["target"].notna())]  # a bare total has nothing to draw
    if rows.empty:
        return Gap(STEP, "Which KPIs reach their target?", ("more records in the period",), "Groups this small are not shown.")
    rows = rows.assign(text=[_card_text(client, row) for row in rows.itertuples()]).reset_index(drop=True)
    alt = "; ".join(f"{row.label} {row.text}" for row in rows.itertuples())
    drawn = _as_shown(client, rows)[["kpi", "value", "interval", "n", "target"]].assign(before=_before(client, rows))
    labels = {**SCORECARD_LABELS, "before": "Period before"}
    data = Table(drawn, "Each KPI, its target and the period before, in numbers", {"n": "count"}, labels)
    return Figure(charts.scorecard(rows), "Each KPI with its interval, against its target and the period before", f"{alt}.", data)


def _before(client: Client, rows: pd.DataFrame) -> list[str]:
    return [value_text(client, row.previous, row.unit) for row in rows.itertuples()]


def _as_shown(client: Client, frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kpi": frame["label"],
            "value": [value_text(client, row.value, row.unit) for row in frame.itertuples()],
            "interval": [interval_text(client, row) for row in frame.itertuples()],
            "n": frame["n"],
            "target": [value_text(client, row.target, row.unit) for row in frame.itertuples()],
            "status": frame["status"],
            "change": [change_text(client, row) for row in frame.itertuples()],
            "verdict": frame["verdict"],
        }
    ).reset_index(drop=True)


def read_scorecard(client: Client) -> Reading:
    """What the scorecard says, in words."""
    try:
        frame = scorecard(client)
    except MissingDataError:
        return Reading("There is nothing to read: the tables supplied allow no KPI.")
    said = []
    for status, verb in (("met", "surely met"), ("missed", "surely missed"), ("cannot tell", "neither surely met nor surely missed")):
        labels = frame.loc[frame["status"] == status, "label"].tolist()
        if labels:
            said.append(f"{joined(labels)}: target {verb}.")
    if not (frame["status"] != "no target").any():
        said.append("The client file sets no target for these KPIs.")
    for verdict in ("better", "worse"):
        rows = frame[frame["verdict"] == verdict]
        if len(rows):
            words = [f"{row.label} by {change_text(client, row)}" for row in rows.itertuples()]
            said.append(f"{verdict.capitalize()} than in the period before: {'; '.join(words)}.")
    tested = frame["verdict"].isin(["better", "worse", "no clear change"])
    if tested.any() and not frame["verdict"].isin(["better", "worse"]).any():
        said.append(f"Of the KPIs that can be compared ({tested.sum()}) none changed beyond what chance explains.")
    if not tested.any():
        said.append("Nothing can be compared with the period before: it holds too few records.")
    if client.has("survey.weight"):
        plain = [(row.label, kpis.unweighted(client, row.Index), row.unit) for row in frame.itertuples() if row.Index in METRICS]
        words = [
            f"{name} {with_evidence(estimate, unit)}" for name, estimate, unit in plain if estimate.n >= client.params.report.minimum_group
        ]
        said += [f"Answers are weighted; without the weights: {joined(words)}."] if words else []
    return Reading(" ".join(said))


def indicators(client: Client) -> list[Indicator]:
    """The KPIs as the cards of the report's summary show them."""
    try:
        frame = scorecard(client)
    except MissingDataError:
        return []
    rows = [row for row in frame.itertuples() if np.isfinite(row.value)]
    rows.sort(key=lambda row: bool(kpis.registry(client)[row.Index].beside))  # other views of a KPI stand after all KPIs
    return [_indicator(client, row) for row in rows]


def definitions(client: Client) -> Table:
    """What each KPI means and how it is computed; those that this client's tables do not allow are marked."""
    known = kpis.registry(client)
    frame = pd.DataFrame(
        {
            "kpi": [kpi.label for kpi in known.values()],
            "definition": [kpi.definition for kpi in known.values()],
            "unit": [client.params.currency if kpi.unit == "money" else kpi.unit for kpi in known.values()],
            "formula": [kpi.formula for kpi in known.values()],
            "interval": [kpi.interval for kpi in known.values()],
            "better": [f"{kpi.better} is better" for kpi in known.values()],
            "here": [_here(client, kpi) for kpi in known.values()],
        }
    )
    labels = {"kpi": "KPI", "formula": "How it is computed", "interval": "95% interval", "here": "For this client"}
    return Table(
        frame,
        "KPI definitions",
        labels=labels,
        note="“By now” is as far as the data reach. Intervals take customers as independent where they are said to be clustered, else records.",
    )


def gaps(client: Client) -> list[Gap]:
    """KPIs that this client's tables do not allow, and what they would bring."""
    known = kpis.registry(client)
    lacking = {kpi.name: kpi.missing(client) for kpi in known.values() if not kpi.beside and kpi.name not in TOLD_ELSEWHERE}
    if not lacking["csat"]:
        lacking["overall"] = ()
    if not lacking["overall"]:
        lacking["csat"] = ()
    if not lacking["retention"] or not lacking["contract_retention"]:
        lacking["contract_retention"] = ()  # most clients have orders or contracts, not both
    found = [Gap(STEP, f"{known[name].label}?", needs, known[name].brings) for name, needs in lacking.items() if needs]
    if not lacking["retention"] and not kpis.covers(client, client.previous_period):
        found.append(
            Gap(
                STEP,
                "Customer retention, and the change in totals?",
                (f"orders that span {client.previous_period}",),
                "It would tell which share of customers comes back, and compare totals with the period before.",
            )
        )
    if not client.segments:
        found.append(
            Gap(STEP, "Do the segments differ?", ("customers.segment",), "It would show for whom the figures are good, and for whom not.")
        )
    return found


def _undelivered_text(client: Client) -> str:
    """What the figures of delivery leave out, and what it would do to the share on time."""
    try:
        left = undelivered(client)
    except MissingDataError:
        return ""
    if not left.n_undelivered:
        return " No order of the period is still undelivered."
    said = f" The figures of delivery are of orders that were delivered; {left.n_undelivered:,} of the period's {left.n_orders:,} still were not"
    if left.n_overdue is None:
        return f"{said}."
    said += f", {left.n_overdue:,} of them past the promised date by the period's end"
    return f"{said}. Counted as late, those would make it {number(left.on_time_share, 'share')} on time." if left.n_overdue else f"{said}."


def _card_text(client: Client, row) -> str:
    value = value_text(client, row.value, row.unit)
    ends = f" ({interval_text(client, row)})" if pd.notna(row.low) else ""
    return f"{value}{ends}{'' if row.status == 'no target' else ', ' + row.status}"


def _indicator(client: Client, row) -> Indicator:
    target = None if pd.isna(row.target) else float(row.target)
    change = None if pd.isna(row.change) else Estimate(float(row.change), float(row.change_low), float(row.change_high), int(row.n))
    text = {
        "value": value_text(client, row.value, row.unit),
        "interval": interval_text(client, row),
        "change": f"{change_text(client, row)}, {row.verdict}" if change else "not compared",
        "target": value_text(client, row.target, row.unit) if target is not None else "no target",
    }
    return Indicator(row.Index, row.label, row.unit, estimate_of(row), row.better, target, change, row.status, text)


def _here(client: Client, kpi: kpis.Kpi) -> str:
    missing = kpi.missing(client)
    return f"missing: {', '.join(missing)}" if missing else "computed"
