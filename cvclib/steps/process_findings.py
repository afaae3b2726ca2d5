"""What step 1 concludes from journeys: the leakiest step, the worst loop, the lowest satisfaction."""

from __future__ import annotations

import pandas as pd

from cvclib.client import Client
from cvclib.findings import Finding
from cvclib.methods import shares
from cvclib.methods.estimate import Estimate
from cvclib.steps.activity_map import DAYS_PER_YEAR
from cvclib.steps.journeys import volumes
from cvclib.steps.pain_points import pain_points, repeated_touchpoints, satisfaction_by_touchpoint
from cvclib.steps.process_questions import CAPTIONS, STEP, p_text
from cvclib.steps.stage_flow import leakiest, leaks
from cvclib.wording import METRIC_NAMES, interval, joined, label, number


def of(client: Client, *, horizon_days: float, loop_share: float) -> list[Finding]:
    """All findings of the step, each question answered or said to give no signal."""
    found = []
    if client.has("touchpoints.stage"):
        found += _leak(client, horizon_days)
    pains = pain_points(client, loop_share=loop_share)
    found += _loop(client, pains[pains["kind"] == "repetition"], loop_share)
    if client.has("survey.touchpoint"):
        found += _sore(client, pains[pains["kind"] == "satisfaction"])
    return found


def _leak(client: Client, horizon_days: float) -> list[Finding]:
    steps = leaks(client, horizon_days=horizon_days)
    compared = steps.dropna(subset=["p_value"])
    if compared.empty:
        return []
    leak = leakiest(steps)
    if leak is None:
        low = compared.loc[compared["conversion"].idxmin()]
        estimate = shares.share(int(low["n_on"]), int(low["n"]))
        return [
            Finding(
                STEP, f"No step from stage to stage loses significantly more journeys than the others; the lowest is {low['stage']} to {low['next_stage']} "
                f"with {number(estimate.value, 'share')}.",
                f"95% interval {interval(estimate, 'share')}, n = {estimate.n:,}; adjusted p = {low['p_value']:.2f}", "Look within stages instead.",
                CAPTIONS["funnel"], estimate, kind="no signal",
            )
        ]  # fmt: skip
    on = Estimate(leak["within"], leak["within_low"], leak["within_high"], int(leak["n"]))
    stake = _revenue_lost(client, steps, leak)
    most = " The value at stake is the most there is to win: it counts all who stop here as going on like the others." if stake else ""
    return [
        Finding(
            STEP,
            f"The leakiest step is from {leak['stage']} to {leak['next_stage']}: {number(on.value, 'share')} of journeys make it within {horizon_days:,.0f} days.",
            f"Kaplan–Meier, unfinished journeys censored; 95% interval {interval(on, 'share')}, n = {on.n:,}; counted as they stand "
            f"{number(leak['n_on'] / leak['n'], 'share')}, over the other steps up to ownership {number(leak['others'], 'share')}, adjusted p {p_text(leak['p_value'])}",
            f"Ask those who stopped after {leak['stage']} why, beginning at the touchpoint where most were seen last.{most}",
            CAPTIONS["funnel"], on, stake,
        )
    ]  # fmt: skip


def _revenue_lost(client: Client, steps: pd.DataFrame, leak: pd.Series) -> float | None:
    """Revenue a year of the journeys that stop here, had they gone on as the others; None where it cannot be known."""
    if (
        not client.has("orders.revenue")
        or "purchase" not in set(steps["next_stage"])
        or leak["next_stage"] not in ("consideration", "purchase")
    ):
        return None
    orders = client.in_period(client.tables.orders, "ordered_at")
    orders = orders.filter(orders.cancelled_at.isnull(), orders.revenue > 0)
    per_order = orders.revenue.mean().to_pandas()
    if pd.isna(per_order):
        return None
    on_from_here = steps.loc[steps.index > leak.name]
    until_purchase = on_from_here[on_from_here["next_stage"].isin(("consideration", "purchase"))]["conversion"].prod()
    return float(leak["n"] * (1 - leak["within"]) * until_purchase * per_order * DAYS_PER_YEAR / client.period.days)


def _loop(client: Client, loops: pd.DataFrame, loop_share: float) -> list[Finding]:
    again = repeated_touchpoints(client)
    if again.empty:
        return []
    if loops.empty:
        most = again.loc[again["share"].idxmax()]
        estimate = shares.share(int(most["n_cases_repeating"]), int(most["n_cases"]))
        claim = f"No touchpoint surely sends back more than {number(loop_share, 'share', decimals=0)} of its journeys"
        claim += (
            f"; the most is {most['touchpoint']} with {number(estimate.value, 'share')}."
            if estimate.value and estimate.n >= client.params.report.minimum_group
            else "."
        )
        evidence = f"95% interval {interval(estimate, 'share')}, n = {estimate.n:,}"
        return [Finding(STEP, claim, evidence, "Nothing to mend here.", CAPTIONS["loops"], estimate, kind="no signal")]
    worst = again[again["touchpoint"].isin(loops["touchpoint"])].iloc[0]
    estimate = shares.share(int(worst["n_cases_repeating"]), int(worst["n_cases"]))
    stake = _cost_of_repeats(client, again[again["touchpoint"].isin(loops["touchpoint"])])
    also = loops.loc[loops["touchpoint"] != worst["touchpoint"], "touchpoint"].tolist()
    return [
        Finding(
            STEP,
            f"{number(estimate.value, 'share')} of the journeys that touch {worst['touchpoint']} come back to it.",
            f"95% interval {interval(estimate, 'share')}, n = {estimate.n:,}; {int(worst['n_repeats']):,} repeats; adjusted p against the other touchpoints "
            f"{p_text(worst['p_value'])}" + (f"; likewise {joined(also)}" if also else ""),
            "Find out what the first touch leaves open, and settle it there." + (" The value at stake is what the repeats at the touchpoints named cost." if stake else ""),
            CAPTIONS["loops"], estimate, stake,
        )
    ]  # fmt: skip


def _cost_of_repeats(client: Client, looped: pd.DataFrame) -> float | None:
    """What a year's repeats cost by the recorded cost of a touch; None where none is recorded."""
    cost = looped["touchpoint"].map(volumes(client).set_index("touchpoint")["cost_per_touch"])
    if cost.isna().all():
        return None
    return float((looped["n_repeats"] * cost).sum() * DAYS_PER_YEAR / client.period.days)


def _sore(client: Client, sore: pd.DataFrame) -> list[Finding]:
    found = satisfaction_by_touchpoint(client)
    if len(found.frame) < 2:
        return []
    unit = "points" if found.metric == "nps" else "score"
    if sore.empty:
        low = found.frame.loc[found.frame["value"].idxmin()]
        estimate = Estimate(low["value"], low["low"], low["high"], int(low["n"]))
        claim = f"At no touchpoint is satisfaction clearly below the rest; the lowest is {low['touchpoint']} with {number(estimate.value, unit)}."
        evidence = f"95% interval {interval(estimate, unit)}, n = {estimate.n:,}; adjusted p = {low['p_value']:.2f}"
        return [Finding(STEP, claim, evidence, "Ask more customers there before acting.", CAPTIONS["map"], estimate, kind="no signal")]
    worst = sore.loc[sore["value"].idxmin()]
    estimate = Estimate(worst["value"], worst["low"], worst["high"], int(worst["n"]))
    others = [name for name in sore.sort_values("value")["touchpoint"] if name != worst["touchpoint"]]
    return [
        Finding(
            STEP,
            f"Customers are least satisfied at {worst['touchpoint']}: {number(estimate.value, unit)}, against {number(worst['compared_with'], unit)} at all other touchpoints.",
            f"{label(METRIC_NAMES[found.metric])}; 95% interval {interval(estimate, unit)}, n = {estimate.n:,}; adjusted p {p_text(worst['p_value'])}"
            + (f"; also below the rest: {joined(others)}" if others else ""),
            "Go through the touchpoint with customers, and mend first what they name first.", CAPTIONS["map"], estimate,
        )
    ]  # fmt: skip
