"""The exhibits of step 5 on leads: which sources become customers and how fast, with reading and findings."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.charts.waiting import MOST_NAMED, draw_sources
from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods.estimate import Estimate
from cvclib.steps.conversion import (
    CONVERSION,
    HORIZON_DAYS,
    LOST,
    OPEN,
    clear_sources,
    days_to_win,
    horizon_of,
    lead_curves,
    lead_waits,
    sources,
    won_within,
)
from cvclib.steps.kpi_words import STEP, unanswered
from cvclib.steps.questions import exhibit_of, findings_of, reading_of
from cvclib.steps.waits import SIGNIFICANT, until_text
from cvclib.wording import interval, joined, number, p_cell, p_words, with_evidence

CAPTION = "Share of leads won, by source"
MOST_FINDINGS = 3
MOST_ROWS = 12  # sources drawn; the table beneath has all


@exhibit_of(CONVERSION, STEP)
def conversion_figure(client: Client, *, horizon_days: int = HORIZON_DAYS) -> Figure | Gap:
    """Share of leads won by day for each source, and by the horizon with its interval."""
    try:
        table = sources(client, horizon_days=horizon_days)
    except MissingDataError as error:
        return unanswered(CONVERSION.asks, error)
    horizon = horizon_of(client, horizon_days=horizon_days)
    shown = table[table["value"].notna()]
    if len(shown) > MOST_ROWS:
        shown = table.loc[table.loc[shown.index, "n"].nlargest(MOST_ROWS).index.sort_values()]
    every = won_within(client, horizon_days=horizon_days)
    rows = shown if len(shown) else pd.DataFrame([("all leads", *every)], columns=["group", "value", "low", "high", "n"])
    curves = [(name, curve) for name, curve in lead_curves(client).items() if name in ("", *shown["group"])]
    named = [name for name in clear_sources(client, horizon_days=horizon_days)["group"].head(MOST_NAMED) if name in set(shown["group"])]
    figure = draw_sources(curves, rows, until=horizon, named=named, overall=every.value, event="won")
    return Figure(figure, CAPTION, read_conversion(client, horizon_days=horizon_days).text, _data(client, horizon_days))


def _data(client: Client, horizon_days: int) -> Table:
    table, fewest = sources(client, horizon_days=horizon_days), client.params.report.minimum_group
    every, days = won_within(client, horizon_days=horizon_days), days_to_win(client, horizon_days=horizon_days)
    usual = days.get("", Estimate(np.nan, np.nan, np.nan, 0))
    rows = [
        (row.group, row.n if row.n >= fewest else None, row.value, row.low, row.high, row.days, row.days_low, row.days_high,
         p_cell(row.p_adjusted), _verdict(row))
        for row in table.itertuples()
    ]  # fmt: skip
    rows.append(("All leads", every.n, *every[:3], *usual[:3], "–", "–"))
    labels = {"group": "Source", "n": "Leads", "value": f"Won within {horizon_of(client, horizon_days=horizon_days):,.0f} days", "low": "95% from", "high": "to",
              "days": "Half of these within", "days_low": "95% from ", "days_high": "to ", "p": "p, adjusted", "verdict": "Against the others"}  # fmt: skip
    units = {"n": "count", **dict.fromkeys(("value", "low", "high"), "share"), **dict.fromkeys(("days", "days_low", "days_high"), "days")}
    note = (
        "Kaplan–Meier: leads still open are censored at the last day seen; lost ones stay in the count as not won. Log-rank test of each source against "
        "all the others over all days seen, corrected (Benjamini–Hochberg) over the sources and told from 3% on. Half of these: of the leads won within the horizon, "
        "among those followed that long."
    )
    return Table(pd.DataFrame(rows, columns=list(labels)), "Share of leads won by source, in numbers", units, labels, note)


def _verdict(row: tuple) -> str:
    if not np.isfinite(row.p_adjusted):
        return "–"
    return ("more or sooner" if row.sooner else "fewer or later") if row.p_adjusted <= SIGNIFICANT else "no clear difference"


@reading_of(CONVERSION)
def read_conversion(client: Client, *, horizon_days: int = HORIZON_DAYS) -> Reading | None:
    """Share of all leads won within the horizon, how fast, and which sources differ."""
    try:
        frame, table = lead_waits(client), sources(client, horizon_days=horizon_days)
    except MissingDataError:
        return None
    horizon = horizon_of(client, horizon_days=horizon_days)
    text = f"Within {horizon:,.0f} days {with_evidence(won_within(client, horizon_days=horizon_days), 'share')} of the leads were won"
    days = days_to_win(client, horizon_days=horizon_days).get("")
    if days is not None and days.high == 0:
        text += ", most of these on the day they came in. "
    else:
        text += f", half of these within {until_text(days, 'days')}. " if days is not None else ". "
    ends = frame.groupby("end")["n"].sum()
    text += f"{int(ends.get(OPEN, 0)):,} are still open" + (
        f", {int(ends.get(LOST, 0)):,} are known to be lost. " if LOST in ends else ". "
    )
    tested = int(table["p_adjusted"].notna().sum())
    clear = clear_sources(client, horizon_days=horizon_days)
    if len(clear):
        words = [
            f"{row.group.replace('_', ' ')} {number(row.value, 'share')}"
            for row in clear.sort_values("value", ascending=False).itertuples()
        ]
        return Reading(f"{text}Sources that differ from the others after correction: {joined(words)}.")
    if tested > 1:
        return Reading(f"{text}No source differs from the others beyond what chance explains ({tested} compared, corrected).")
    return Reading(f"{text}There are no two sources with enough leads to compare.")


@findings_of(CONVERSION)
def conversion_findings(client: Client, *, horizon_days: int = HORIZON_DAYS) -> list[Finding]:
    """The sources whose leads clearly become customers more, or less, than the others'."""
    try:
        clear = clear_sources(client, horizon_days=horizon_days).head(MOST_FINDINGS)
    except MissingDataError:
        return []
    horizon, found = horizon_of(client, horizon_days=horizon_days), []
    for row in clear.itertuples():
        more, here = row.difference > 0, Estimate(row.value, row.low, row.high, int(row.n))
        found.append(
            Finding(
                STEP,
                f"Leads of {_name(row.group)}: {number(row.value, 'share')} are won within {horizon:,.0f} days, against "
                f"{number(row.others, 'share')} of the others.",
                f"95% interval {interval(here, 'share')}, n = {here.n:,}; log-rank test {p_words(row.p_adjusted)} after correction over the sources. "
                "Observed: sources may bring different people.",
                "Ask what these leads look for, and what more of them would cost."
                if more
                else "Find out where these leads are lost before paying for more.",
                CAPTION,
                estimate=here,
                kind="strength" if more else "problem",
            )
        )
    return found


def _name(source: str) -> str:
    return f"source {source.replace('_', ' ')}"
