"""The KPI scorecard as numbers: value, interval, target, status and change; by segment and by month.

What step 5 shows and concludes is made from these frames; the KPIs themselves are in `cvclib.kpis`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib import kpis
from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.findings import Status
from cvclib.kpi_estimates import recorded_throughout
from cvclib.kpis import NO_SEGMENT, NOTHING, Kpi, registry, target_of
from cvclib.methods import control_charts
from cvclib.methods.estimate import Estimate
from cvclib.methods.groups import against_the_rest
from cvclib.methods.shares import benjamini_hochberg, difference, p_value
from cvclib.params import Period
from cvclib.privacy import suppress_small
from cvclib.steps.memo import once_per_client

SIGNIFICANT = 0.05  # of an adjusted p value
STILL_OPEN = ("conversion", "on_time_share", "on_time_to_the_hour")  # shares of what has ended by now; others follow the unfinished
FEWEST_MONTHS = 6  # fewer points give no natural limits worth drawing
FEWEST_ANSWERS_A_MONTH = 5  # a month with fewer is not shown, whatever the client's minimum group
TOTALS = ("customers", "orders", "revenue")
NEVER_BELOW_NOUGHT = ("average_order_value", "revenue_per_customer")  # means of orders that stood


@once_per_client
def scorecard(client: Client) -> pd.DataFrame:
    """Every KPI that the client's tables allow, over the period and against the period before.

    Returns
    -------
    pandas.DataFrame
        A row a KPI, index its name: ``label, unit, better, value, low, high, n, target, status, previous,
        change, change_low, change_high, p, p_adjusted, verdict``. ``p_adjusted`` is corrected after Benjamini
        and Hochberg over the scorecard. ``verdict`` is "better", "worse", "no clear change" or "not compared".
        Rows with fewer observations than the client shows are blank.

    Raises
    ------
    MissingDataError
        If no KPI can be estimated.
    """
    able = kpis.supplied(client)
    rows = [row for kpi in able if (row := _row(client, kpi))]
    if not rows:
        raise MissingDataError(["orders", "survey", "leads", "tickets or subscriptions"] if not able else ["records in the period"])
    frame = pd.DataFrame(rows).set_index("name")
    frame["p_adjusted"] = benjamini_hochberg(frame["p"])
    frame["verdict"] = [_verdict(row) for row in frame.itertuples()]
    named = ["label", "unit", "better", "target", "status"]
    small = frame["n"] < client.params.report.minimum_group
    frame = suppress_small(frame, minimum=client.params.report.minimum_group, keep=named)
    frame.loc[small, "verdict"] = "not compared"
    frame.loc[small & (frame["status"] != "no target"), "status"] = "cannot tell"
    return frame


def status_of(estimate: Estimate, target: float | None, better: str) -> Status:
    """Whether a target is met, as far as the interval can tell; a total is compared as it stands.

    Examples
    --------
    >>> status_of(Estimate(0.9, 0.85, 0.95, 100), 0.8, "higher"), status_of(Estimate(0.9, 0.85, 0.95, 100), 0.92, "higher")
    ('met', 'cannot tell')
    """
    if target is None or not np.isfinite(target):
        return "no target"
    if not np.isfinite(estimate.value):
        return "cannot tell"
    low = estimate.low if np.isfinite(estimate.low) else estimate.value
    high = estimate.high if np.isfinite(estimate.high) else estimate.value
    if better == "lower":
        low, high, target = -high, -low, -target
    return "met" if low >= target else "missed" if high < target else "cannot tell"


@once_per_client
def segments(client: Client, kpi: str) -> pd.DataFrame:
    """One KPI for each segment, and how it differs from the other segments.

    Returns
    -------
    pandas.DataFrame
        ``segment, value, low, high, n, difference, p, p_adjusted``, in order of value; small groups blank.
        The p values are corrected over the segments.

    Raises
    ------
    MissingDataError
        If the KPI or the segments are missing.
    """
    chosen = registry(client)[kpi]
    if not client.segments:
        raise MissingDataError(["customers.segment"])
    found = chosen.by(client, client.period, "segment")
    frame = pd.DataFrame([(g, *e) for g, e in found.items()], columns=["segment", "value", "low", "high", "n"])
    frame = frame.astype({"value": float, "low": float, "high": float, "n": float})
    frame = frame[np.isfinite(frame["value"])].sort_values(["value", "segment"], ascending=[False, True], ignore_index=True)
    frame = suppress_small(frame, minimum=client.params.report.minimum_group, keep=["segment"])
    frame = frame.assign(difference=np.nan, p=np.nan, p_adjusted=np.nan)
    known = frame[np.isfinite(frame["low"]) & (frame["segment"] != NO_SEGMENT)].index
    if len(known) > 1:
        differences = against_the_rest([Estimate(*frame.loc[i, ["value", "low", "high", "n"]]) for i in known])
        frame.loc[known, "difference"] = [d.value for d in differences]
        frame.loc[known, "p"] = [p_value(d) for d in differences]
        frame.loc[known, "p_adjusted"] = benjamini_hochberg(frame.loc[known, "p"])
    if kpi in NEVER_BELOW_NOUGHT:  # only now: the tests need the whole width
        frame["low"] = frame["low"].clip(lower=0.0)
    shown_first = frame["segment"] != NO_SEGMENT
    return pd.concat([frame[shown_first], frame[~shown_first]], ignore_index=True)


@once_per_client
def segment_differences(client: Client) -> pd.DataFrame:
    """Every KPI in every segment, corrected as one family.

    Returns
    -------
    pandas.DataFrame
        Rows of `segments` with ``kpi``; ``p_adjusted`` over all of them.
    """
    if not client.segments:
        raise MissingDataError(["customers.segment"])
    parts = [segments(client, name).assign(kpi=name) for name in scorecard(client).index if not registry(client)[name].counted]
    parts = [part for part in parts if len(part)]
    if not parts:
        raise MissingDataError(["a KPI with an interval"])
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(p_adjusted=benjamini_hochberg(frame["p"].astype(float)))


@once_per_client
def monthly(client: Client, kpi: str) -> pd.DataFrame:
    """One KPI by month, from the first day of the period before to the end of the period.

    Returns
    -------
    pandas.DataFrame
        ``month`` (first day), ``value, low, high, n`` and ``signal``: outside the natural limits of an
        individuals chart, or in a run of eight on one side of the mean. ``attrs`` hold ``centre``,
        ``limit_low`` and ``limit_high``. Months outside both periods, and those with fewer than five
        observations, are blank. Only whole months of the span give limits; all are shown.

    Raises
    ------
    MissingDataError
        If the KPI cannot be estimated, or fewer than six months can be shown.
    """
    span = Period(start=min(client.previous_period.start, client.period.start), end=client.period.end)
    chosen = registry(client)[kpi]
    found = chosen.by(client, span, "month")
    first = pd.Timestamp(min(found)) if found else pd.Timestamp(span.start)
    months = pd.date_range(max(first, pd.Timestamp(span.start).replace(day=1)), pd.Timestamp(span.end), freq="MS")
    rows = [found.get(f"{month:%Y-%m-%d}", NOTHING) for month in months]
    frame = pd.DataFrame(rows, columns=["value", "low", "high", "n"]).astype(float)
    frame.insert(0, "month", months)
    fewest = max(FEWEST_ANSWERS_A_MONTH, client.params.report.minimum_group)
    frame.loc[frame["n"] < fewest, ["value", "low", "high", "n"]] = np.nan
    ripe = kpis.ripe_until(client, kpi)
    if ripe is not None:  # a month whose leads may still be won, or whose late orders are still on their way, misleads
        frame.loc[frame["month"] + pd.offsets.MonthEnd() > ripe, ["value", "low", "high", "n"]] = np.nan
    if frame["value"].notna().sum() < FEWEST_MONTHS:
        raise MissingDataError([f"{FEWEST_MONTHS} months of {chosen.label}"])
    values = frame["value"].to_numpy(copy=True)
    if chosen.counted:  # a month cut off by the span is a smaller total, not a smaller month
        cut = (months < pd.Timestamp(span.start)) | (months + pd.offsets.MonthEnd() > pd.Timestamp(span.end))
        values[cut] = np.nan
    limits = control_charts.individuals(values)
    frame["signal"] = control_charts.signals(values, limits)
    low, high = limits.low[0], limits.high[0]
    if chosen.unit == "share":
        low, high = max(low, 0.0), min(high, 1.0)
    elif chosen.unit != "points":
        low = max(low, 0.0)
    frame.attrs = {"centre": limits.centre, "limit_low": float(low), "limit_high": float(high)}
    return frame


def _followed(client: Client, kpi: Kpi, now: Estimate) -> Estimate:
    """The period without its last records, whose end is not seen yet: those of the period before had time enough."""
    if kpi.name not in STILL_OPEN:
        return now
    ripe = kpis.ripe_until(client, kpi.name)
    if ripe is None or pd.isna(ripe) or ripe.date() >= client.period.end:
        return now
    if ripe.date() <= client.period.start:
        return NOTHING
    found = kpi.estimate(client, Period(start=client.period.start, end=ripe.date()))
    return found if found.n >= client.params.report.minimum_group else NOTHING


def _row(client: Client, kpi: Kpi) -> dict[str, object] | None:
    now = kpi.estimate(client)
    if now.n == 0 or (np.isnan(now.value) and now.n >= client.params.report.minimum_group):
        return None  # nothing was seen, or not long enough to tell
    before = NOTHING
    if not (kpi.looks_back and kpi.needs[0].startswith("orders")) or kpis.covers(client, client.previous_period):
        before = kpi.estimate(client, client.previous_period)
    if before.n < client.params.report.minimum_group:
        before = NOTHING
    if before.n and kpi.name == "conversion" and not recorded_throughout(client, kpi.name, client.previous_period):
        before = NOTHING  # few ends are on record because recording began later, not because few came about
    change = difference(_followed(client, kpi, now), before)
    if kpi.name in NEVER_BELOW_NOUGHT:  # only now: the test of the change needs the whole width
        now = now._replace(low=float(np.fmax(now.low, 0.0)) if np.isfinite(now.low) else now.low)
    target = target_of(client, kpi)
    status = status_of(now, target, kpi.better)
    if status in ("met", "missed") and not kpi.counted and not (np.isfinite(now.low) and np.isfinite(now.high)):
        status = "cannot tell"  # the data bound it on one side at most
    return {
        "name": kpi.name, "label": kpi.label, "unit": kpi.unit, "better": kpi.better,
        "value": now.value, "low": now.low, "high": now.high, "n": now.n,
        "target": np.nan if target is None else float(target), "status": status,
        "previous": before.value, "change": change.value, "change_low": change.low, "change_high": change.high,
        "p": p_value(change),
    }  # fmt: skip


def _verdict(row) -> str:
    if not np.isfinite(row.p_adjusted):
        return "not compared" if not np.isfinite(row.change) else "not tested"
    if row.p_adjusted > SIGNIFICANT:
        return "no clear change"
    return "better" if (row.change > 0) == (row.better == "higher") else "worse"
