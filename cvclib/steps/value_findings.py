"""What step 2 concludes: only what the evidence carries, and that there is no signal where there is none."""

from __future__ import annotations

from cvclib.client import Client
from cvclib.findings import Finding
from cvclib.methods.estimate import Estimate
from cvclib.methods.importance_performance import QUADRANTS
from cvclib.steps.comment_exhibits import comment_findings
from cvclib.steps.cost_exhibits import cost_findings, worth_findings
from cvclib.steps.driver_exhibits import said_only
from cvclib.steps.driver_findings import asymmetry_findings, driver_findings, stated_findings
from cvclib.steps.kano_exhibits import kano_findings, kano_segment_findings
from cvclib.steps.market_exhibits import market_findings
from cvclib.steps.questions import findings_of
from cvclib.steps.value_map import EVERYONE, segment_differences, value_map
from cvclib.steps.value_map_exhibits import GRID_CAPTION, sureness
from cvclib.steps.value_questions import ALPHA, QUESTIONS, STEP
from cvclib.wording import number, p_words, with_evidence

MOST_OF_A_KIND = 3  # findings of one kind; the table they rest on has the others


def value_findings(client: Client, *, min_answers: int, tolerance: float) -> list[Finding]:
    """All findings of the step, in the order of its questions.

    Parameters
    ----------
    client : Client
    min_answers : int
        Answers below which an estimate is not made.
    tolerance : float
        How far the shares of cost and value of a touchpoint may part, as a share.

    Returns
    -------
    list of Finding
    """
    settings = {"min_answers": min_answers}
    return [
        *driver_findings(client, **settings), *asymmetry_findings(client, **settings), *_concentrate(client, **settings),
        *stated_findings(client, **settings), *_segments(client, **settings),
        *kano_findings(client, **settings), *kano_segment_findings(client, **settings), *cost_findings(client, tolerance=tolerance, **settings),
        *worth_findings(client),
        *market_findings(client, **settings), *comment_findings(client),
    ]  # fmt: skip


@findings_of(QUESTIONS["map"])
def _concentrate(client: Client, *, min_answers: int) -> list[Finding]:
    found = value_map(client, min_answers=min_answers)
    frame = found.of(EVERYONE)
    here = frame[frame["quadrant"] == QUADRANTS[0]].sort_values("importance", ascending=False)
    here = here[~here["attribute"].isin(said_only(client, min_answers=min_answers))]  # better ratings there would move little
    findings = []
    for row in here.head(MOST_OF_A_KIND).itertuples():
        estimate = Estimate(float(row.performance), float(row.low), float(row.high), int(row.n))
        line = number(found.lines[EVERYONE][1], "score")
        claim = f"{row.attribute}: important, yet rated below the average attribute, {number(row.performance, 'score')} against {line}."
        evidence = f"Mean rating {with_evidence(estimate, 'score')}, average of the attributes {line}; importance above theirs, " \
                   f"{found.basis}; the quadrant comes out in {sureness(row.probability)} of the resamples."  # fmt: skip
        action = f"Improve {row.attribute} before anything that is done well already."
        findings.append(Finding(STEP, claim, evidence, action, GRID_CAPTION, estimate, kind="problem"))
    return findings


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
