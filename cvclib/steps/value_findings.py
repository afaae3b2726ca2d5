"""What step 2 concludes: only what the evidence carries, and that there is no signal where there is none."""

from __future__ import annotations

import pandas as pd

from cvclib.client import Client
from cvclib.findings import Finding
from cvclib.methods.estimate import Estimate
from cvclib.methods.importance_performance import QUADRANTS
from cvclib.methods.value_index import control_zone
from cvclib.steps.answers import OUTCOME_NAMES
from cvclib.steps.comment_exhibits import comment_findings
from cvclib.steps.kano_exhibits import kano_findings, kano_segment_findings
from cvclib.steps.market_exhibits import market_findings
from cvclib.steps.questions import findings_of
from cvclib.steps.touchpoint_value import cost_and_value, value_to_the_customer
from cvclib.steps.value_map import EVERYONE, drivers, segment_differences, value_map
from cvclib.steps.value_map_exhibits import said_only, sureness
from cvclib.steps.value_questions import ALPHA, QUESTIONS, STEP, SURE
from cvclib.wording import interval, joined, number, p_words, with_evidence

MOST_OF_A_KIND = 3  # findings of one kind; the table they rest on has the others


def value_findings(client: Client, *, min_answers: int) -> list[Finding]:
    """All findings of the step, in the order of its questions.

    Parameters
    ----------
    client : Client
    min_answers : int
        Answers below which an estimate is not made.

    Returns
    -------
    list of Finding
    """
    settings = {"min_answers": min_answers}
    return [
        *_drivers(client, **settings), *_concentrate(client, **settings), *_stated(client, **settings), *_segments(client, **settings),
        *kano_findings(client, **settings), *kano_segment_findings(client, **settings), *_costs(client, **settings), *_worth(client), *market_findings(client, **settings), *comment_findings(client),
    ]  # fmt: skip


@findings_of(QUESTIONS["drivers"])
def _drivers(client: Client, *, min_answers: int) -> list[Finding]:
    found = drivers(client, min_answers=min_answers)
    r_squared, outcome = found.result.r_squared, OUTCOME_NAMES[found.metric]
    table = f"What drives {outcome}"
    test = f"F test with {found.result.n_effective:,.0f} effective answers"
    if not found.result.p_value < ALPHA:
        claim = f"The ratings of the attributes do not explain {outcome} beyond chance."
        evidence = f"R² {with_evidence(r_squared, 'share')}; {test}, p = {found.result.p_value:.2f}."
        return [Finding(STEP, claim, evidence, "Ask about other attributes, or more customers.", table, r_squared, kind="no signal")]
    top = found.frame.iloc[0]
    estimate = Estimate(float(top["share"]), float(top["low"]), float(top["high"]), int(top["n"]))
    rivals = found.frame["attribute"][1:][found.frame["strongest"][1:] > ALPHA].tolist()
    if rivals:
        claim = f"The strongest drivers of {outcome}: {joined([top['attribute'], *rivals])}; which of them is first cannot be told."
    else:
        claim = f"The strongest driver of {outcome}: {top['attribute']}, {number(top['share'], 'share')} of what the ratings explain."
    first = sureness(float(top["strongest"]))
    evidence = f"{top['attribute']} {with_evidence(estimate, 'share')}; ranks first in {first} of the resamples. R² {number(r_squared.value, 'share')}."
    action = f"Look first after {joined([top['attribute'], *rivals])}: what goes well or badly there moves satisfaction most."
    return [Finding(STEP, claim, evidence, action, table, estimate, kind="chance")]


@findings_of(QUESTIONS["map"])
def _concentrate(client: Client, *, min_answers: int) -> list[Finding]:
    found = value_map(client, min_answers=min_answers)
    frame = found.of(EVERYONE)
    if found.basis == "derived" and not drivers(client, min_answers=min_answers).result.p_value < ALPHA:
        return []  # an importance that explains nothing places nothing
    here = frame[(frame["quadrant"] == QUADRANTS[0]) & (frame["probability"] >= SURE)].sort_values("importance", ascending=False)
    here = here[~here["attribute"].isin(said_only(client, min_answers=min_answers))]  # better ratings there would move little
    findings = []
    for row in here.head(MOST_OF_A_KIND).itertuples():
        estimate = Estimate(float(row.performance), float(row.low), float(row.high), int(row.n))
        mean = number(found.lines[EVERYONE][1], "score")
        claim = f"{row.attribute}: important, yet rated below the average attribute, {number(row.performance, 'score')} against {mean}."
        evidence = f"Mean rating {with_evidence(estimate, 'score')}, average of the attributes {mean}; importance above theirs, {found.basis}; the quadrant comes out in {sureness(row.probability)} of the resamples."
        action = f"Improve {row.attribute} before anything that is done well already."
        findings.append(Finding(STEP, claim, evidence, action, "What matters, against how well it is done", estimate, kind="problem"))
    return findings


@findings_of(QUESTIONS["stated"])
def _stated(client: Client, *, min_answers: int) -> list[Finding]:
    only_said = said_only(client, min_answers=min_answers)
    if not only_said:
        return []
    frame = drivers(client, min_answers=min_answers).frame.set_index("attribute")
    row = frame.loc[only_said[0]]
    estimate = Estimate(float(row["share"]), float(row["low"]), float(row["high"]), int(row["n"]))
    claim = f"Said by customers to matter much, yet hardly moving their satisfaction: {joined(only_said)}."
    evidence = f"{only_said[0]}: stated {number(row['stated'], 'score')}, derived {with_evidence(estimate, 'share')}; alike would be " \
               f"{number(1 / len(frame), 'share')}."  # fmt: skip
    action = f"Keep level with the market on {joined(only_said)}; do not expect satisfaction to rise by more."
    return [
        Finding(STEP, claim, evidence, action, "What customers say matters, against what their satisfaction shows", estimate, kind="chance")
    ]


@findings_of(QUESTIONS["segments"])
def _segments(client: Client, *, min_answers: int) -> list[Finding]:
    frame = segment_differences(client, min_answers=min_answers)
    if frame.empty:
        return []
    clear = frame[frame["p_adjusted"] < ALPHA]
    table = "Where a segment differs from the others"
    if clear.empty:
        claim = f"No segment rates any attribute differently from the others: none of {len(frame):,} comparisons is clear."
        evidence = f"Smallest corrected p {frame['p_adjusted'].min():.2f} (Benjamini–Hochberg)."
        return [Finding(STEP, claim, evidence, "Treat the segments alike in this.", table, kind="no signal")]
    findings, widest = [], clear["difference"].abs().sort_values(ascending=False, kind="stable").index
    for row in clear.loc[widest].drop_duplicates("segment").head(MOST_OF_A_KIND).itertuples():
        estimate = Estimate(row.difference, row.low, row.high, int(row.n))
        lower = row.difference < 0
        rated = "the importance of " if row.question == "importance" else ""
        claim = (
            f"Segment {row.segment} rates {rated}{row.attribute} {number(abs(row.difference), 'score')} {'lower' if lower else 'higher'} "
            f"than the others: {number(row.here, 'score')} against {number(row.elsewhere, 'score')}."
        )
        evidence = f"Difference {with_evidence(estimate, 'score')}; corrected {p_words(row.p_adjusted)} among {len(frame):,} comparisons."
        poor = lower and row.question == "performance"
        action = (
            f"Find out what customers in segment {row.segment} meet there that others do not."
            if poor
            else f"Find out what customers in segment {row.segment} get there that others miss."
        )
        if row.question == "importance":
            action = f"Let the offer to segment {row.segment} reflect it."
        kind = "problem" if poor else "strength" if row.question == "performance" else "chance"
        findings.append(Finding(STEP, claim, evidence, action, table, estimate, kind=kind))
    return findings


@findings_of(QUESTIONS["cost"])
def _costs(client: Client, *, min_answers: int) -> list[Finding]:
    frame = cost_and_value(client, min_answers=min_answers)
    low, _ = control_zone(frame["cost_share"])
    findings = []
    for row in frame[frame["high"] < low].rename(columns={"index": "value_index"}).head(MOST_OF_A_KIND).itertuples():
        estimate = Estimate(row.value_index, row.index_low, row.index_high, int(row.n))
        claim = f"{row.touchpoint} takes {number(row.cost_share, 'share')} of the cost and brings {number(row.value_share, 'share')} of the value."
        evidence = f"Value index {with_evidence(estimate, 'index')}, below Tanaka's zone of balance."
        action = f"Make {row.touchpoint} cheaper without letting it get worse, or let it do more for customers."
        findings.append(Finding(STEP, claim, evidence, action, "Share of the cost against share of the value, by touchpoint", estimate))
    return findings


@findings_of(QUESTIONS["worth"])
def _worth(client: Client) -> list[Finding]:
    frame, currency = value_to_the_customer(client), client.params.currency
    table, findings = "What it costs the company, and what it is worth to the customer", []
    best = frame.iloc[0]
    if best["low"] < best["alternative"] and best["high"] < best["alternative"]:
        cost, other = (number(best[c], "money", currency=currency) for c in ("cost", "alternative"))
        claim = f"{best['touchpoint']} costs {cost} a time and saves the customer {other}."
        estimate = Estimate(float(best["cost"]), float(best["low"]), float(best["high"]), round(best["times_a_year"]))
        evidence = f"{_cost_words(best, currency)}; the alternative is {best['ratio']:.1f} times its cost."
        action = f"Say what {best['touchpoint']} is worth, and keep it: few things bring the customer more for less."
        findings.append(Finding(STEP, claim, evidence, action, table, estimate, kind="strength"))
    for _, row in frame[(frame["surplus"] < 0) & ~(frame["low"] <= frame["alternative"])].iterrows():
        cost, other = (number(row[c], "money", currency=currency) for c in ("cost", "alternative"))
        claim = f"{row['touchpoint']} costs {cost} a time, more than the {other} that the customer would pay elsewhere."
        action = f"Buy in or simplify {row['touchpoint']}, unless it earns its cost in another way."
        findings.append(Finding(STEP, claim, f"{_cost_words(row, currency)}.", action, table, value_at_stake=float(-row["annual_surplus"])))
    return findings[: MOST_OF_A_KIND + 1]


def _cost_words(row: pd.Series, currency: str) -> str:
    booked = Estimate(row["cost"], row["low"], row["high"], 0)
    how = (
        f"95% interval {interval(booked, 'money', currency=currency)}" if pd.notna(row["low"]) else "full cost of the activities behind it"
    )
    return f"Cost a time {number(row['cost'], 'money', currency=currency)} ({how}), {row['times_a_year']:,.0f} times a year; the alternative as given"
