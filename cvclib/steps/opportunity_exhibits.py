"""Where improving would matter most, as the reader sees it: scores and ranks, segments, reading, finding."""

from __future__ import annotations

import pandas as pd

from cvclib.charts import opportunity as charts
from cvclib.charts.style import ACCENT, MUTED
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods.estimate import Estimate
from cvclib.methods.opportunity import UNDERSERVED_FROM
from cvclib.steps.opportunities import Opportunities, opportunities
from cvclib.steps.questions import Question, exhibit_of, findings_of, reading_of
from cvclib.steps.value_identification import said_only
from cvclib.steps.value_map import MIN_ANSWERS
from cvclib.wording import joined, number, p_words, with_evidence

STEP = "continuous_improvement"
CAPTION = "Where improving would matter most"
ALPHA = 0.05  # corrected p value below which a segment's difference is stated, and probability above which an attribute may rank first
FIRST_FROM = 0.9  # probability of ranking first from which one opportunity is named alone
MOST_SHOWN = 20
QUESTION = Question(
    "Where is the largest opportunity to improve?",
    ("attribute_ratings.performance", "attribute_ratings.importance|survey.score"),
    "Ratings of how well each attribute is done, with stated importance or satisfaction with the whole, rank the opportunities.",
)
SEGMENTS = Question(
    "Does the largest opportunity differ by segment?",
    (*QUESTION.needs, "attribute_ratings.segment|survey.segment|customers.segment"),
    "The segment of those who answer shows whose needs are met worst.",
)


@exhibit_of(QUESTION, STEP)
def opportunity_chart(client: Client, *, min_answers: int = MIN_ANSWERS) -> Figure | Gap | Reading:
    """Attributes by opportunity score with intervals, and how likely each holds each rank."""
    found = opportunities(client, min_answers=min_answers)
    frame, stated = found.frame, found.basis == "stated"
    table = Table(
        frame, caption="Opportunity of each attribute",
        units={**dict.fromkeys(["importance", "satisfaction", "score", "low", "high"], "number"), "first": "share", "n": "count"},
        labels={"importance": "Importance, 0 to 10", "satisfaction": "Satisfaction, 0 to 10", "score": "Opportunity", "low": "95% from",
                "high": "to", "first": "Ranks first"},
        note=basis_note(found),
    )  # fmt: skip
    shown = frame.head(MOST_SHOWN).rename(columns={"attribute": "name", "score": "value"})
    colours = [ACCENT if not stated or score >= UNDERSERVED_FROM else MUTED for score in shown["value"]]
    return Figure(
        charts.scores_and_ranks(
            shown.assign(colour=colours), found.ranks[:MOST_SHOWN, :MOST_SHOWN], title="Opportunity score, with 95% interval",
            line=(UNDERSERVED_FROM, "underserved from 10") if stated else None,
        ),
        caption=CAPTION,
        alt=f"Largest opportunity: {frame['attribute'][0]}, {frame['score'][0]:.1f}; smallest: {frame['attribute'].iloc[-1]}, "
            f"{frame['score'].iloc[-1]:.1f}.",
        data=table,
    )  # fmt: skip


@reading_of(QUESTION)
def opportunity_reading(client: Client, *, min_answers: int = MIN_ANSWERS) -> Reading:
    """The largest opportunity, what may as well be it, and where segments differ."""
    found = opportunities(client, min_answers=min_answers)
    top, rivals = found.frame.iloc[0], _rivals(found)
    words = f"{top['attribute']} is the largest opportunity: {top['score']:.1f} (95% interval {top['low']:.1f} to {top['high']:.1f}, n = {top['n']:,})."
    if rivals:
        words += f" {joined(rivals, 'or')} may as well be the largest."
    if found.basis == "stated":
        under = found.frame.loc[found.frame["low"] >= UNDERSERVED_FROM, "attribute"].tolist()
        words += (
            f" Surely underserved, above 10: {joined(under)}." if under else " None lies surely above 10, the mark of an underserved need."
        )
    if top["attribute"] in said_only(client, min_answers=min_answers):
        words += f" Yet satisfaction hardly moves with {top['attribute']}: see step 2 before spending on it."
    return Reading(f"{words}{_segment_words(found)} {basis_note(found)}")


@exhibit_of(SEGMENTS, STEP)
def opportunity_segments(client: Client, *, min_answers: int = MIN_ANSWERS) -> Table | Gap | Reading:
    """Scores by segment that differ from those of all respondents, and each segment's largest."""
    found = opportunities(client, min_answers=min_answers)
    if found.segments.empty:
        return Reading(
            f"There are not two segments with {min_answers} answers on an attribute, so that opportunities cannot be told by segment."
        )
    largest = found.segments.sort_values("score", ascending=False).groupby("segment").head(1).index
    kept = found.segments.index.isin(largest) | (found.segments["p_adjusted"] < ALPHA)
    frame = found.segments[kept].sort_values(["segment", "score"], ascending=[True, False], ignore_index=True)
    return Table(
        frame.head(30), caption="Opportunities by segment: the largest of each, and those that differ from all respondents",
        units={**dict.fromkeys(["score", "low", "high", "difference", "p_adjusted"], "number"), "n": "count"},
        labels={"score": "Opportunity", "low": "95% from", "high": "to", "difference": "Against all", "p_adjusted": "Corrected p"},
        note=f"p values are corrected over all segments and attributes. {basis_note(found)}",
    )  # fmt: skip


@findings_of(QUESTION)
def opportunity_findings(client: Client, *, min_answers: int = MIN_ANSWERS) -> list[Finding]:
    """The largest opportunity and its rivals; where needs are stated and none is underserved, that there is none."""
    found = opportunities(client, min_answers=min_answers)
    top, rivals = found.frame.iloc[0], _rivals(found)
    estimate = Estimate(float(top["score"]), float(top["low"]), float(top["high"]), int(top["n"]))
    evidence = (
        f"{top['attribute']}: opportunity {with_evidence(estimate, 'number')}, first in {number(top['first'], 'share', decimals=0)} of the resamples."
        f"{_segment_words(found)} {basis_note(found)}"
    )
    if found.basis == "stated" and top["high"] < UNDERSERVED_FROM:
        claim = f"No attribute is clearly underserved: the largest opportunity, {top['attribute']}, scores {top['score']:.1f}."
        return [
            Finding(STEP, claim, evidence, "Look for opportunities beyond the attributes rated here.", CAPTION, estimate, kind="no signal")
        ]
    names = [top["attribute"], *rivals]
    claim = f"{joined(names)} {'is the largest opportunity' if len(names) == 1 else 'are the largest opportunities; which is first cannot be told'}."
    hollow = said_only(client, min_answers=min_answers)
    begin = next((name for name in found.frame["attribute"] if name not in hollow), None)
    action = f"Begin with {begin}." if begin == top["attribute"] or begin is None else (
        f"Begin with {begin}, the largest that also moves satisfaction; {joined(names[:1])} is said to matter but hardly does."
    )  # fmt: skip
    return [Finding(STEP, claim, evidence, action, CAPTION, estimate, kind="chance")]


def basis_note(found: Opportunities) -> str:
    """What the scores rest on, and whether Ulwick's mark applies."""
    if found.basis == "stated":
        return "Importance as customers state it; satisfaction and importance are shares of the two highest answers, times 10."
    return (
        "Importance is derived from satisfaction with the whole, 10 for the strongest driver, as customers were not asked for it; "
        "these scores rank the attributes but cannot be held against Ulwick's mark of 10."
    )


def _segment_words(found: Opportunities) -> str:
    """The segment whose opportunity lies furthest above that of all, where it does so beyond chance."""
    above = found.segments[(found.segments["p_adjusted"] < ALPHA) & (found.segments["difference"] > 0)]
    if above.empty:
        return ""
    row: pd.Series = above.loc[above["difference"].idxmax()]
    ends = f"{row['low']:.1f} to {row['high']:.1f}"
    return (
        f" For {row['segment']} {row['attribute']} is a larger one than for the rest: {row['score']:.1f} (95% interval {ends}, n = {row['n']:,}, corrected "
        f"{p_words(row['p_adjusted'])})."
    )


def _rivals(found: Opportunities) -> list[str]:
    """Attributes that may as well rank first; none where the first is sure enough."""
    rest = found.frame.iloc[1:]
    return [] if found.frame["first"][0] >= FIRST_FROM else rest.loc[rest["first"] > ALPHA, "attribute"].tolist()
