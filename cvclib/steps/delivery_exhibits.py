"""The exhibits of step 5 on delivery: how long it takes and who still waits, and how late the late ones are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.charts.waiting import draw_lateness, draw_wait
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding
from cvclib.kpis import KPIS
from cvclib.methods import competing, survival
from cvclib.steps.delivery import (
    CANCELLED,
    DELIVERED,
    LATE,
    WAIT,
    clear_groups,
    delivery_curve,
    delivery_groups,
    fates,
    lateness,
    promised_days,
    promises_kept,
    still_waiting,
    waits,
)
from cvclib.steps.kpi_words import STEP
from cvclib.steps.questions import exhibit_of, findings_of, reading_of
from cvclib.steps.waits import SIGNIFICANT, curve_of, last_day, until_text
from cvclib.wording import NOT_KNOWN, joined, label, number, p_cell, p_words, with_evidence

WAIT_CAPTION = "Share of orders delivered, by days since the order"
GROUPS_CAPTION = "Days until delivery, by segment and by channel"
LATE_CAPTION = "Orders by days from the promised day to delivery"
MOST_FINDINGS = 2
TAIL = 0.98  # share delivered at which the axis of days may end
LONGEST_AXIS = 90
MOST_MARKS = 8


@exhibit_of(WAIT, STEP)
def delivery_figure(client: Client) -> Figure:
    """Share of orders delivered by day, with its interval, the promise, and what still waits."""
    curve = delivery_curve(client)
    half, most = survival.time_until(curve), survival.time_until(curve, 0.9)
    promised = promised_days(client) if client.has("orders.promised_at") else None
    until = _axis_end(curve)
    waiting = (
        f"{still_waiting(client):,} of {int(waits(client)['n'].sum()):,} orders still waited on {last_day(client, 'orders'):%-d %B %Y}"
    )
    figure = draw_wait(
        curve,
        until=until,
        half=half.value,
        most=most.value,
        axis_label="Days since the order was placed",
        waiting=waiting,
        promised=promised,
    )
    return Figure(figure, WAIT_CAPTION, read_delivery(client).text, _wait_data(client, until))


def _axis_end(curve: pd.DataFrame) -> float:
    reached = curve.loc[1 - curve["survival"] >= TAIL, "time"]
    end = float(reached.iloc[0]) if len(reached) else float(curve["time"].iloc[-1])
    return float(np.clip(np.ceil(end * 1.1), 7, LONGEST_AXIS))


def _wait_data(client: Client, until: float) -> Table:
    curve, days = delivery_curve(client), sorted({round(until * k / MOST_MARKS) for k in range(1, MOST_MARKS + 1)})
    days = [day for day in days if day <= curve["time"].iloc[-1]]
    rows = []
    for day in days:
        got, all_of_them = competing.happened_by(curve, day), fates(client, day)
        gone = {end: all_of_them[end].value if end in all_of_them else 0.0 for end in (DELIVERED, CANCELLED)}
        rows.append((f"{day:,}", *got[:3], gone[DELIVERED], gone[CANCELLED], 1 - sum(gone.values())))
    labels = {"days": "By day", "value": "Delivered, of those not cancelled", "low": "95% from", "high": "to", "delivered": "Of all orders: delivered",
              "cancelled": "cancelled", "open": "still waiting"}  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(labels))
    note = (
        "Kaplan–Meier: orders not delivered by the last day seen are censored there. A cancelled order leaves the first share when it is cancelled; "
        "in the shares of all orders (Aalen–Johansen) it stays, so that delivered, cancelled and still waiting add up to 100%."
    )
    return Table(frame, "Share of orders delivered, in numbers", dict.fromkeys(list(labels)[1:], "share"), labels, note)


@reading_of(WAIT)
def read_delivery(client: Client) -> Reading:
    """Half and nine in ten delivered by when, how many still wait, how many cancelled."""
    frame, curve = waits(client), delivery_curve(client)
    half, most = survival.time_until(curve), survival.time_until(curve, 0.9)
    n = int(frame["n"].sum())
    last = last_day(client, "orders")
    text = f"Of the orders of the period, half were delivered within {until_text(half, 'days')}" if np.isfinite(half.value) else (
        f"Fewer than half of the {n:,} orders of the period were delivered within the days observed")  # fmt: skip
    text += (
        f", nine in ten within {number(most.value, 'days', decimals=0)}. " if np.isfinite(most.value) else "; nine in ten is not reached. "
    )
    cancelled = int(frame.loc[frame["end"] == CANCELLED, "n"].sum())
    text += f"By {last:%-d %B %Y} {still_waiting(client):,} of {n:,} still waited"
    text += f" and {cancelled:,} had been cancelled." if cancelled else "."
    return Reading(text + _groups_text(client))


def _groups_text(client: Client) -> str:
    table = delivery_groups(client)
    tested = table[table["p_adjusted"].notna()]
    if tested.empty:
        return ""
    clear = clear_groups(client)
    if clear.empty:
        return f" No segment or channel waits clearly longer or shorter than the others ({len(tested)} compared, corrected)."
    words = [f"{row.group} ({'sooner' if row.sooner else 'later'}, {_half_text(row.median)})" for row in clear.head(4).itertuples()]
    more = f" and {len(clear) - 4} more" if len(clear) > 4 else ""
    return f" Served sooner or later than the others: {joined(words)}{more}."


def _half_text(median: float) -> str:
    return f"half within {number(median, 'days', decimals=0)}" if np.isfinite(median) else "half not reached"


@reading_of(WAIT)
def delivery_table(client: Client) -> Table | Reading | None:
    """Days until delivery by segment and by channel, each compared with the others."""
    table = delivery_groups(client)
    if table.empty:
        return Reading("There are no segments or channels to compare: the client supplies fewer than two of either.")
    fewest = client.params.report.minimum_group
    rows = [
        (
            row.group,
            label(row.dimension),
            row.n if row.n >= fewest else None,
            row.waiting,
            row.median,
            row.low,
            row.high if np.isfinite(row.high) else np.nan,
            row.nine_in_ten,
            p_cell(row.p_adjusted),
            _verdict(row),
        )
        for row in table.itertuples()
    ]
    columns = ["group", "of", "n", "waiting", "median", "low", "high", "most", "p", "verdict"]
    labels = {"group": "Group", "of": "", "n": "Orders", "waiting": "still waiting", "median": "Half delivered within", "low": "95% from", "high": "to",
              "most": "nine in ten within", "p": "p, adjusted", "verdict": "Against the others"}  # fmt: skip
    units = {"n": "count", "waiting": "count", **dict.fromkeys(("median", "low", "high", "most"), "days")}
    note = (
        "Days are whole calendar days; orders not delivered yet are censored. Log-rank test of each group against all the others, corrected "
        "(Benjamini–Hochberg) over segments and channels together; a difference is told from 3% on. A dash: not reached within what was observed, or too few orders."
    )
    return Table(pd.DataFrame(rows, columns=columns), GROUPS_CAPTION, units, labels, note)


def _verdict(row: tuple) -> str:
    if not np.isfinite(row.p_adjusted):
        return NOT_KNOWN
    return ("sooner" if row.sooner else "later") if row.p_adjusted <= SIGNIFICANT else "no clear difference"


# ---- the promise ------------------------------------------------------------------------------------------------


@exhibit_of(LATE, STEP)
def lateness_figure(client: Client) -> Figure:
    """How many days before or after the promised day orders came, those not yet there apart."""
    frame, kept = lateness(client), promises_kept(client)
    came = frame[frame["delivered"]].groupby("days", as_index=False)["n"].sum()
    figure = draw_lateness(came["days"].tolist(), came["n"].tolist(), kept.n_overdue)
    rows = [
        ("On time by date, overdue orders counted as late", *kept.by_date),
        ("On time by date, of delivered orders only", *KPIS["on_time_share"].estimate(client)),
    ]
    if kept.by_time is not None:
        rows.insert(1, ("On time by the promised hour, overdue orders counted as late", *kept.by_time))
    rows.append(("More than a week late, of the late ones", *kept.over_a_week))
    note = "On time by date: delivered on or before the promised day, at any hour. Late ones: delivered after it, or overdue (censored)."
    note += "" if kept.by_time is not None else " Promises are given as days here, so that the hour cannot be judged."
    data = Table(
        pd.DataFrame(rows, columns=["share", "value", "low", "high", "n"]),
        "Promises kept, in numbers",
        {"value": "share", "low": "share", "high": "share", "n": "count"},
        {"share": "Share", "value": "Share of orders", "low": "95% from", "high": "to", "n": "Orders"},
        note,
    )
    return Figure(figure, LATE_CAPTION, read_lateness(client).text, data)


@reading_of(LATE)
def read_lateness(client: Client) -> Reading:
    """Which share of promises was kept, and how late the others were."""
    kept = promises_kept(client)
    text = f"Of the orders whose promised day has come, {with_evidence(kept.by_date, 'share')} were there by that day"
    text += (
        f", {number(kept.by_time.value, 'share')} by the promised hour. " if kept.by_time else " (promises are of a day, not of an hour). "
    )
    if not kept.n_late + kept.n_overdue:
        return Reading(text + "None was late.")
    overdue = f", {kept.n_overdue:,} of them not there yet" if kept.n_overdue else ""
    text += f"{kept.n_late + kept.n_overdue:,} were late{overdue}. "
    if np.isfinite(kept.half_late.value):
        text += f"Of the late ones, half came within {until_text(kept.half_late, 'days')} of the promised day; "
    else:
        text += "Fewer than half of the late ones have come at all; "
    if np.isfinite(kept.over_a_week.value):
        and_more = ", or more than a week already" if kept.n_overdue else ""
        text += f"{number(kept.over_a_week.value, 'share')} took more than a week longer{and_more}."
    return Reading(text.removesuffix("; ").rstrip() if text.endswith("; ") else text)


# ---- findings ---------------------------------------------------------------------------------------------------


@findings_of(WAIT)
def delivery_findings(client: Client) -> list[Finding]:
    """The segments and channels whose customers clearly wait longer, or less long, than the others."""
    found = []
    for row in clear_groups(client).head(MOST_FINDINGS).itertuples():
        sooner = bool(row.sooner)
        found.append(
            Finding(
                STEP,
                f"{label(row.dimension)} {row.group} gets its orders {'sooner' if sooner else 'later'} than the others: "
                f"{_half_text(row.median)}, against {_half_text(_others_median(client, row))}.",
                f"Log-rank test {p_words(row.p_adjusted)} after correction over segments and channels; n = {int(row.n):,} orders, "
                f"{int(row.waiting):,} still waiting are counted as such.",
                "See what is done for these orders that could be done for others."
                if sooner
                else "Follow one order of this group from day to day.",
                GROUPS_CAPTION,
                estimate=competing.Estimate(row.median, row.low, row.high, int(row.n)),
                kind="strength" if sooner else "problem",
            )
        )
    return found


def _others_median(client: Client, row: tuple) -> float:
    frame = waits(client)
    rest = frame[frame[row.dimension] != row.group]
    return survival.time_until(curve_of(rest, DELIVERED)).value
