"""The findings on who recommends: the score, and the groups that stand out."""

from __future__ import annotations

import pandas as pd

from cvclib.client import Client
from cvclib.findings import Finding
from cvclib.methods import shares
from cvclib.methods.estimate import Estimate
from cvclib.steps.recommendation import SIGNIFICANT, STEP, By, nps_of, recommendation_gap, recommendation_groups, score_change
from cvclib.wording import interval, label, number, p_words


def recommendation_findings(client: Client) -> list[Finding]:
    """Findings on who recommends: the score, and the groups that stand out."""
    if recommendation_gap(client):
        return []
    whole = recommendation_groups(client)
    if not whole["nps"].notna().any():
        return []
    found = [_score_finding(client, nps_of(whole.iloc[0]))]
    for by in ("segment", "stage", "channel"):
        if recommendation_gap(client, by) is None:
            found += _group_findings(recommendation_groups(client, by), by)
    return found


def _score_finding(client: Client, score: Estimate) -> Finding:
    change, target = score_change(client), client.params.targets.get("nps")
    claim = f"The net promoter score is {number(score.value, 'points')}"
    kind = "strength" if score.low > 0 else "problem" if score.high < 0 else "no signal"
    if target is not None:
        below, above = score.high < target, score.low >= target
        claim += f", {'below' if below else 'at or above' if above else 'not clearly off'} the target of {number(target, 'points')}"
        kind = "problem" if below else "strength" if above else "no signal"
    evidence = f"95% interval {interval(score, 'points')}, n = {score.n:,}"
    if change is not None:
        evidence += (
            f"; {number(change.value, 'points', signed=True)} on {client.previous_period} (95% interval "
            f"{interval(change, 'points', signed=True)}, {p_words(shares.p_value(change))})"
        )
    action = {
        "problem": "Call back detractors within days, and pass on what they say to those who can mend it.",
        "strength": "Ask promoters for a referral or a review while the experience is fresh.",
        "no signal": "Keep asking: with more answers the score can be told from its target.",
    }[kind]
    return Finding(STEP, claim=f"{claim}.", evidence=f"{evidence}.", estimate=score, action=action, kind=kind,
                   table="Promoters, passives and detractors by segment")  # fmt: skip


def _group_findings(frame: pd.DataFrame, by: By) -> list[Finding]:
    table = f"Promoters, passives and detractors by {by}"
    tested = frame[frame["p_adjusted"].notna()]
    if len(tested) < 2:
        return []
    outside = tested[tested["p_adjusted"] < SIGNIFICANT].sort_values("difference")
    if not len(outside):
        return [
            Finding(
                STEP,
                claim=f"The {len(tested)} {by}s show no difference in recommendation.",
                evidence=f"No {by} differs from the others beyond chance (smallest corrected p = {tested['p_adjusted'].min():.2f}, "
                f"n = {int(tested['n'].sum()):,}).",
                action=f"Do not split the programme by {by} on this evidence.",
                table=table,
                kind="no signal",
            )
        ]
    found = []
    ends = [0] if len(tested) == 2 else [0, -1]  # of two that differ the one says it all
    for row in {row["group"]: row for row in outside.iloc[ends].to_dict("records")}.values():
        name = label(row["group"]) if by == "stage" else row["group"]
        gap = Estimate(row["difference"], row["difference_low"], row["difference_high"], int(row["n"]))
        less = gap.value < 0
        found.append(
            Finding(
                STEP,
                claim=f"{label(by)} {name} recommends {'less' if less else 'more'} than the others: a score of "
                f"{number(row['nps'], 'points')}, {number(gap.value, 'points', signed=True)} against them.",
                evidence=f"95% interval of the difference {interval(gap, 'points', signed=True)}, n = {gap.n:,}, corrected {p_words(row['p_adjusted'])}.",
                estimate=gap,
                action=f"Ask {'detractors' if less else 'promoters'} there what {'went wrong' if less else 'went well'}"
                f"{', and mend it there first.' if less else ', and carry it over to the others.'}",
                table=table,
                kind="problem" if less else "strength",
            )
        )
    return found
