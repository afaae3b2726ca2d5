"""What step 5 concludes: targets surely met or missed, changes beyond chance, segments that differ, the promise kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.findings import Finding
from cvclib.kpis import registry
from cvclib.methods.estimate import Estimate
from cvclib.steps.coming_back_exhibits import coming_back_findings
from cvclib.steps.contract_exhibits import contract_findings
from cvclib.steps.conversion_exhibits import conversion_findings
from cvclib.steps.customer_cost_exhibits import cost_findings
from cvclib.steps.delivery_exhibits import delivery_findings
from cvclib.steps.kpi_words import STEP, change_text, estimate_of, value_text
from cvclib.steps.lifetime_exhibits import lifetime_findings
from cvclib.steps.process_exhibits import process_findings
from cvclib.steps.promise import CAPTION as PROMISE
from cvclib.steps.promise import promise_kept
from cvclib.steps.scorecard import SIGNIFICANT, scorecard, segment_differences
from cvclib.steps.service_exhibits import service_findings
from cvclib.wording import interval, number, p_words

SCORECARD = "KPI scorecard"
SEGMENTS = "KPIs by segment"
MOST_SEGMENT_FINDINGS = 3
RECOMMENDATION = "nps"  # target and segments are told in chapter 6, which asks further
DAYS_A_YEAR = 365.25


def findings(client: Client, *, horizon_months: int = 36, discount_rate_per_year: float = 0.10) -> list[Finding]:
    """Targets missed or met, changes beyond chance, segments that differ; or that there is no signal.

    Parameters
    ----------
    client : Client
    horizon_months : int
        Months ahead over which customers are valued.
    discount_rate_per_year : float
        What money a year later is worth less.

    Returns
    -------
    list of Finding
    """
    try:
        frame = scorecard(client)
    except MissingDataError:
        return []
    aimed = [row for row in frame.itertuples() if row.status in ("missed", "met")]
    found = [_target_finding(client, row) for row in aimed if row.Index != RECOMMENDATION]
    twice = _told_by_date(frame)
    found += [_change_finding(client, row) for row in frame.itertuples() if row.verdict in ("better", "worse") and row.Index not in twice]
    differing = _clear_segments(client)
    found += [_segment_finding(client, row) for row in differing if row.kpi != RECOMMENDATION][:MOST_SEGMENT_FINDINGS]
    found += process_findings(client)
    found += _promise_findings(client)
    found += [*delivery_findings(client), *conversion_findings(client), *service_findings(client)]
    found += coming_back_findings(client) + contract_findings(client) + cost_findings(client)
    found += lifetime_findings(client, horizon_months=horizon_months, discount_rate_per_year=discount_rate_per_year)
    if not found:
        told = RECOMMENDATION in [row.Index for row in aimed] + [row.kpi for row in differing]
        found = [
            Finding(
                STEP,
                "Beside recommendation, of which chapter 6 tells, the KPIs show no clear signal."
                if told
                else "The KPIs show no clear signal.",
                f"{len(frame)} KPIs: no target surely met or missed, no change beyond chance, no segment that differs (5%, corrected).",
                "Set targets, or gather more records before acting on these figures.",
                SCORECARD,
                kind="no signal",
            )
        ]
    return found


def _target_finding(client: Client, row: Any) -> Finding:
    estimate, currency = estimate_of(row), client.params.currency
    value, target = value_text(client, row.value, row.unit), value_text(client, row.target, row.unit)
    missed = row.status == "missed"
    if np.isfinite(row.low):
        evidence = f"95% interval {interval(estimate, row.unit, currency=currency)}, n = {estimate.n:,}"
        evidence += "; the target lies outside it." if missed else "; the whole of it meets the target."
    else:
        evidence = f"A total over {estimate.n:,} {'customers' if row.Index == 'customers' else 'orders'}."
    return Finding(
        STEP,
        f"{row.label}: {value}, which {'misses' if missed else 'meets'} the target of {target}.",
        evidence,
        "Find the segment, the month and the touchpoint where it falls short."
        if missed
        else "Keep it, and ask whether the target still stretches.",
        SCORECARD,
        estimate=estimate,
        value_at_stake=_at_stake(client, row.Index, abs(row.target - row.value)) if missed else None,
        kind="problem" if missed else "strength",
    )


def _change_finding(client: Client, row: Any) -> Finding:
    change = Estimate(row.change, row.change_low, row.change_high, int(row.n))
    worse, made_up = row.verdict == "worse", _made_up_for(client, row.Index)
    before = value_text(client, row.previous, row.unit)
    return Finding(
        STEP,
        f"{row.label} got {row.verdict}: from {before} to {value_text(client, row.value, row.unit)}.",
        f"Change {change_text(client, row)}, n = {int(row.n):,}, {p_words(row.p_adjusted)} after correction over the scorecard.{made_up}",
        "Find out what changed between the periods before it goes further." if worse else "Find out what brought it, and hold on to that.",
        SCORECARD,
        estimate=change,
        value_at_stake=_at_stake(client, row.Index, abs(row.change)) if worse and not made_up else None,
        kind="problem" if worse else "strength",
    )


def _told_by_date(frame: pd.DataFrame) -> tuple[str, ...]:
    """On time to the hour, where it says no more than on time by date."""
    both = ["on_time_share", "on_time_to_the_hour"]
    if not set(both) <= set(frame.index):
        return ()
    by_date, by_hour = (frame.loc[name, ["value", "previous"]].to_numpy(float) for name in both)
    return ("on_time_to_the_hour",) if np.allclose(by_date, by_hour, equal_nan=True) else ()


def _made_up_for(client: Client, name: str) -> str:
    """That a smaller order is not money lost, where customers are not seen to spend less in all."""
    frame = scorecard(client)
    if name != "average_order_value" or "revenue_per_customer" not in frame.index:
        return ""
    spent = frame.loc["revenue_per_customer"]
    if not np.isfinite(spent.change) or spent.verdict == "worse":
        return ""
    return f" Revenue per customer did not clearly fall with it ({change_text(client, spent)})."


def _clear_segments(client: Client) -> list[Any]:
    """Of each KPI that differs by segment, the surest first, the segment furthest from the others.

    A large segment is told from the others the more surely, however little it stands apart: so the p value orders the KPIs
    and not the segments.
    """
    if len(client.segments) < 2 or client.segment:
        return []
    frame = segment_differences(client)
    clear = frame[frame["p_adjusted"] <= SIGNIFICANT].sort_values(["p_adjusted", "p", "kpi", "segment"])
    apart = clear.assign(apart=clear["difference"].abs()).sort_values("apart", ascending=False, kind="stable").drop_duplicates("kpi")
    return list(apart.set_index("kpi", drop=False).loc[clear["kpi"].unique()].itertuples())


def _segment_finding(client: Client, row: Any) -> Finding:
    kpi = registry(client)[row.kpi]
    good = (row.difference > 0) == (kpi.better == "higher")
    size = number(abs(row.difference), kpi.unit, currency=client.params.currency)
    if kpi.unit == "share":
        size = size.replace("%", " percentage points")
    return Finding(
        STEP,
        f"{row.segment}: {kpi.label} at {value_text(client, row.value, kpi.unit)}, {size} {'above' if row.difference > 0 else 'below'} the other segments.",
        f"95% interval {interval(estimate_of(row), kpi.unit, currency=client.params.currency)}, n = {int(row.n):,}; "
        f"{p_words(row.p_adjusted)} after correction over all KPIs and segments.",
        "See what is done for this segment that could be done for others." if good else "Look at this segment's journey first.",
        SEGMENTS,
        estimate=estimate_of(row),
        kind="strength" if good else "problem",
    )


def _promise_findings(client: Client) -> list[Finding]:
    try:
        result = promise_kept(client)
    except MissingDataError:
        return []
    gap = result.difference
    if not result.clear:
        return []
    return [
        Finding(
            STEP,
            f"After a late delivery {result.label} is {number(result.late.value, result.unit)}, after one on time {number(result.on_time.value, result.unit)}.",
            f"95% interval of the difference {interval(gap, result.unit, signed=True)}; {result.on_time.n:,} answers after a delivery on time, "
            f"{result.late.n:,} after a late one. Observed, not tried out: late orders may differ in other ways.",
            "Promise what can be kept, keep it, and warn in time where it cannot."
            if gap.value > 0
            else "Check the promised dates and the survey.",
            PROMISE,
            estimate=gap,
        )
    ]


def _at_stake(client: Client, name: str, gap: float) -> float | None:
    """Money a year that closing a gap is worth, where a KPI's unit leads to money directly."""
    frame = scorecard(client)
    a_year = DAYS_A_YEAR / client.period.days
    worth = {"retention": "revenue_per_customer", "conversion": "revenue_per_customer", "cancelled_share": "average_order_value",
             "returned_share": "average_order_value"}  # fmt: skip
    n = float(frame.loc[name, "n"])
    if name in worth and worth[name] in frame.index:
        return float(gap * n * frame.loc[worth[name], "value"] * a_year)
    if name in ("cost_to_serve", "revenue_per_customer", "average_order_value"):
        return float(gap * n * a_year)
    return float(gap * a_year) if name == "revenue" else None
