"""Exhibits and readings of what customers say in their own words."""

from __future__ import annotations

from cvclib.client import Client
from cvclib.exhibits import Reading, Table
from cvclib.findings import Gap
from cvclib.steps.comments import shared_comments
from cvclib.steps.questions import exhibit_of, reading_of
from cvclib.steps.value_questions import ALPHA, QUESTIONS, STEP
from cvclib.wording import joined, p_words

MOST_COMMENTS = 10  # of the shared comments; the note counts the rest


@exhibit_of(QUESTIONS["comments"], STEP)
def comments_table(client: Client) -> Table | Gap | Reading:
    """Comments that several customers gave in the same words, by promoters and detractors."""
    found = shared_comments(client)
    if found.frame.empty:
        return Reading(
            f"{found.commented:,} comments were given, each in words of its own. None is shown: a comment may name a person. "
            "Coding them to common texts would let them be counted here."
        )
    frame, more = found.frame.head(MOST_COMMENTS), max(len(found.frame) - MOST_COMMENTS, 0)
    return Table(
        frame[["comment", "n", "promoters", "detractors", "difference"]].assign(corrected_p=frame["p_adjusted"].map(p_words)),
        caption="Comments that customers share",
        units={"n": "count", **dict.fromkeys(["promoters", "detractors", "difference"], "share")},
        labels={"n": "Comments", "promoters": "Of promoters' comments", "detractors": "Of detractors' comments"},
        note=f"{found.shown:,} of {found.commented:,} comments are given in words that several respondents share; of the rest none is shown."
        + (f" Shown are the {MOST_COMMENTS} most frequent texts; {more:,} more are shared." if more else ""),
    )


@reading_of(QUESTIONS["comments"])
def comments_reading(client: Client) -> Reading | None:
    """What detractors say more often than promoters, and the reverse."""
    frame = shared_comments(client).frame
    clear = frame[frame["p_adjusted"] < ALPHA]
    if frame.empty or frame["p_adjusted"].isna().all():
        return None
    if clear.empty:
        return Reading("No shared comment comes clearly more often from promoters or from detractors.")
    words = []
    for part, who in ((clear[clear["difference"] < 0], "Detractors"), (clear[clear["difference"] > 0], "Promoters")):
        if len(part):
            named = [f"“{comment}”" for comment in part.sort_values("difference", key=abs, ascending=False)["comment"].head(3)]
            words.append(f"{who} say more often: {joined(named)}.")
    return Reading(" ".join(words))
