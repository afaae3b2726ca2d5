"""Exhibits and readings of comments: themes or shared texts, as the data are, and words that part two groups."""

from __future__ import annotations

import pandas as pd

from cvclib.charts import comments as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods.estimate import Estimate
from cvclib.steps.comment_themes import Given, comment_themes, comment_words, given_comments, key_words, telling_words
from cvclib.steps.questions import exhibit_of, findings_of, reading_of
from cvclib.steps.value_exhibits import comments_reading, comments_table
from cvclib.steps.value_questions import ALPHA, QUESTIONS, STEP
from cvclib.wording import interval, joined, label, number, p_cell, p_words, with_evidence

THEMES_CAPTION = "What customers write about, and who does"
WORDS_IN_NAME = 5  # leading words of a theme in the figure
WORDS_A_SIDE = 10  # in the figure of key words
THEMES_IN_READING = 2
MOST_FINDINGS = 3


def read_as_coded(client: Client) -> bool:
    """Whether the comments are common texts to be counted, and not words of the customers' own.

    Parameters
    ----------
    client : Client

    Returns
    -------
    bool
        True where at least half of the comments of three words or more are given word for word by five or more.
    """
    return given_comments(client).coded


@exhibit_of(QUESTIONS["comments"], STEP)
def themes_chart(client: Client, *, seed: int = 1) -> Figure | Table | Gap | Reading:
    """Themes of the comments; the shared texts where the comments have been coded."""
    if read_as_coded(client):
        return comments_table(client)
    given, said = given_comments(client), comment_themes(client, seed=seed)
    if said.frame.empty:
        return Reading(f"{_set_aside(given)} No theme comes out of them that would come out again: none is stated.")
    frame = said.frame.assign(theme=[", ".join(words.split(", ")[:WORDS_IN_NAME]) for words in said.frame["words"]])
    first = said.frame.iloc[0]
    return Figure(
        charts.themes(frame, given.sides),
        caption=THEMES_CAPTION,
        alt=f"{len(frame)} themes. The most frequent, {first['theme']}, is in {number(first['share'], 'share')} of the comments.",
        data=_themes_table(frame, given, said.in_none, said.unstable),
    )


def _themes_table(frame: pd.DataFrame, given: Given, in_none: Estimate, unstable: int) -> Table:
    columns = ["words", "n", "share", "low", "high", "score", "score_low", "score_high", "here", "there", "difference", "difference_low",
               "difference_high"]  # fmt: skip
    promoters, detractors = (label(side) for side in given.sides)
    left = (
        ""
        if not unstable
        else f" {unstable:,} further group{'s' if unstable > 1 else ''} of words did not hold and {'are' if unstable > 1 else 'is'} not shown."
    )
    return Table(
        frame[columns].assign(corrected_p=frame["p_adjusted"].map(p_cell), stability=frame["stability"], lift=frame["lift"]),
        caption="Themes of the comments",
        units={
            "n": "count", **dict.fromkeys(["share", "low", "high", "here", "there", "difference", "difference_low", "difference_high"], "share"),
            **dict.fromkeys(["score", "score_low", "score_high"], "score"), "stability": "number", "lift": "number",
        },
        labels={
            "words": "Leading words", "n": "Comments", "low": "95% from", "high": "to", "score": "Mean score", "score_low": "Score 95% from",
            "score_high": "Score to", "here": promoters, "there": detractors, "difference_low": "Difference 95% from",
            "difference_high": "Difference to", "stability": "Stability over 20 runs", "lift": "Words together, times chance",
        },
        note=f"{_set_aside(given)} In no theme: {with_evidence(in_none, 'share')}.{left}",
    )  # fmt: skip


def _set_aside(given: Given) -> str:
    parts = [f"{n:,} {what}" for n, what in ((given.empty, "say nothing"), (given.repeated, "repeat what the same customer wrote")) if n]
    aside = f"; of these {joined(parts)} and are set aside" if parts else ""
    return f"{given.commented:,} comments were given{aside}."


@reading_of(QUESTIONS["comments"])
def themes_reading(client: Client, *, seed: int = 1) -> Reading | None:
    """The themes that one side raises more, how much of the comments no theme holds, and in which languages they are."""
    if read_as_coded(client):
        return comments_reading(client)
    given, said = given_comments(client), comment_themes(client, seed=seed)
    if said.frame.empty:
        return None
    words = [_set_aside(given), f"{number(said.in_none.value, 'share')} of the comments read are in none of the themes."]
    clear = said.frame[said.frame["p_adjusted"] < ALPHA]
    for part, side in ((clear[clear["difference"] < 0], given.sides[1]), (clear[clear["difference"] > 0], given.sides[0])):
        names = part.sort_values("difference", key=abs, ascending=False, kind="stable").head(THEMES_IN_READING)
        if len(names):
            words.append(f"{label(side)} raise more: {joined([_theme_words(row) for row in names.itertuples()])}.")
    if clear.empty and said.frame["p_adjusted"].notna().any():
        words.append(f"No theme is raised clearly more by {given.sides[0]} or by {given.sides[1]}.")
    spoken = comment_words(client)[2]
    if len(spoken) > 1:
        words.append(f"The comments are in {joined([label(language) for language in spoken])}: a subject can be a theme in each.")
    return Reading(" ".join(words))


def _theme_words(row: object) -> str:
    return f"“{row.theme}” ({number(row.there, 'share')} of theirs against {number(row.here, 'share')})" if row.difference < 0 else (
        f"“{row.theme}” ({number(row.here, 'share')} of theirs against {number(row.there, 'share')})"
    )  # fmt: skip


@exhibit_of(QUESTIONS["comments"], STEP)
def theme_quotes(client: Client, *, seed: int = 1) -> Table | Gap | Reading | None:
    """Two typical comments of each theme, redacted."""
    if read_as_coded(client):
        return None
    frame = comment_themes(client, seed=seed).frame
    if frame.empty:
        return None
    rows = [(row.theme, int(row.n), quote) for row in frame.itertuples() for quote in row.quotes]
    return Table(
        pd.DataFrame(rows, columns=["theme", "n", "quote"]).assign(theme=lambda t: t["theme"].mask(t["theme"].duplicated(), "")),
        caption="Themes in customers' own words",
        units={"n": "count"},
        labels={"n": "Comments", "quote": "Typical comments"},
        note="Comments close to their theme, those first in which nothing had to be masked. Names, numbers and addresses are masked.",
    )


@exhibit_of(QUESTIONS["keyness"], STEP)
def key_words_chart(client: Client) -> Figure | Gap | Reading:
    """Words that promoters use and detractors do not, and the reverse."""
    if read_as_coded(client):
        return Reading("The comments have been coded: they are compared text by text above, as their words are not the customers' own.")
    given, frame = given_comments(client), key_words(client)
    clear = telling_words(frame, ALPHA)
    if clear.empty:
        return Reading(f"None of {len(frame):,} words and pairs of words parts {given.sides[0]} from {given.sides[1]} beyond chance.")
    top = pd.concat(
        [clear[clear["log_ratio"] > 0].nlargest(WORDS_A_SIDE, "g2"), clear[clear["log_ratio"] < 0].nlargest(WORDS_A_SIDE, "g2")]
    )
    top = top.sort_values(["log_ratio", "word"], ascending=[False, True], ignore_index=True)
    promoters, detractors = (label(side) for side in given.sides)
    shown = top[["word", "share_here", "share_there", "log_ratio", "low", "high", "g2"]]
    return Figure(
        charts.key_words(top, given.sides),
        caption=f"Words that part {given.sides[0]} from {given.sides[1]}",
        alt=f"{len(clear):,} of {len(frame):,} words and pairs of words differ beyond chance; the {len(top):,} clearest are drawn.",
        data=Table(
            shown.assign(corrected_p=top["p_adjusted"].map(p_cell)),
            caption="Key words of either side",
            units={"share_here": "share", "share_there": "share", **dict.fromkeys(["log_ratio", "low", "high", "g2"], "number")},
            labels={"share_here": f"{promoters} who say it", "share_there": f"{detractors} who say it", "log_ratio": "Log₂ ratio",
                    "low": "95% from", "high": "to", "g2": "G²"},
            note=f"{len(clear):,} of {len(frame):,} words and pairs that ten or more customers use differ beyond chance (exact test, "
            "Benjamini–Hochberg); shown are the clearest of either side. Each customer counts once.",
        ),
    )  # fmt: skip


@reading_of(QUESTIONS["keyness"])
def key_words_reading(client: Client) -> Reading | None:
    """The clearest words of either side, with their shares."""
    if read_as_coded(client):
        return None
    given, clear = given_comments(client), telling_words(key_words(client), ALPHA)
    words = []
    for part, side, own, other in (
        (clear[clear["log_ratio"] < 0], given.sides[1], "share_there", "share_here"),
        (clear[clear["log_ratio"] > 0], given.sides[0], "share_here", "share_there"),
    ):
        if len(part):
            named = [
                f"“{row['word']}” ({number(row[own], 'share')} against {number(row[other], 'share')})"
                for _, row in part.nlargest(3, "g2").iterrows()
            ]
            words.append(f"{label(side)} say more often: {joined(named)}.")
    return Reading(" ".join(words)) if words else None


@findings_of(QUESTIONS["comments"])
def comment_findings(client: Client) -> list[Finding]:
    """Themes that detractors raise more than promoters, beyond chance.

    Parameters
    ----------
    client : Client

    Returns
    -------
    list of Finding
        Three at most, the widest difference first; none where comments are coded.
    """
    if read_as_coded(client):
        return []
    sides, frame = given_comments(client).sides, comment_themes(client).frame
    clear = frame[(frame["p_adjusted"] < ALPHA) & (frame["difference"] < 0)].sort_values("difference", kind="stable")
    findings = []
    for row in clear.head(MOST_FINDINGS).itertuples():
        estimate = Estimate(row.difference, row.difference_low, row.difference_high, int(row.n))
        claim = (
            f"{label(sides[1])} write about “{row.theme}” more than {sides[0]} do: {number(row.there, 'share')} of their comments "
            f"against {number(row.here, 'share')}."
        )
        evidence = (
            f"Difference {number(-estimate.value, 'share', signed=True)} (95% interval "
            f"{interval(Estimate(-estimate.value, -estimate.high, -estimate.low, estimate.n), 'share', signed=True)}, n = {estimate.n:,}); corrected {p_words(row.p_adjusted)} among {len(frame):,} themes. The theme comes "
            f"out of 20 runs with a mean likeness of {row.stability:.2f} (1 is the same)."
        )
        heard = f" One writes: “{row.quotes[0]}”" if row.quotes else ""
        action = f"Read what they write about “{row.theme}” and mend what they name.{heard}"
        findings.append(Finding(STEP, claim, evidence, action, THEMES_CAPTION, estimate))
    return findings
