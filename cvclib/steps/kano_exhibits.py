"""Exhibits, readings and findings of needs and wants."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.charts import kano as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods.estimate import Estimate
from cvclib.methods.kano import CATEGORIES, NAMES
from cvclib.methods.shares import share
from cvclib.steps.needs_and_wants import EVERYONE, MIN_ANSWERS, SHARES, kano_results, kano_segments
from cvclib.steps.questions import exhibit_of, findings_of, reading_of
from cvclib.steps.value_questions import ALPHA, QUESTIONS, STEP
from cvclib.wording import interval, joined, number, p_words, with_evidence

MAP = "Needs and wants: what a feature does when it is there, and when it is not"
BY_SEGMENT = "Kano class of each feature, by segment"
MANY_QUESTIONABLE = 0.05  # share of contradictory answers from which the wording of a question is doubted
MOST_NAMED = 6  # features named in a sentence; the table has the others
MOST_FINDINGS = 3
STARTS = {
    "must-be": "Must be there", "one-dimensional": "The more the better", "attractive": "Delight when there, not missed when not",
    "indifferent": "Leave customers cold", "reverse": "Rather not",
}  # fmt: skip


@exhibit_of(QUESTIONS["kano"], STEP)
def kano_map(client: Client, *, min_answers: int = MIN_ANSWERS) -> Figure | Gap | Reading:
    """Features by how much they satisfy when there and dissatisfy when missing."""
    frame = kano_results(client, min_answers=min_answers)
    needs = frame.loc[(frame["category"] == "must-be") & frame["clear"], "attribute"].tolist()
    table = frame[["attribute", "kano_class", "category_share"]].assign(
        satisfaction=_with_interval(frame, "satisfaction"), dissatisfaction=_with_interval(frame, "dissatisfaction"), n=frame["n"]
    )
    return Figure(
        charts.needs_and_wants(frame),
        caption=MAP,
        alt=f"Must be there: {joined(needs) or 'none of the features, clearly'}.",
        data=Table(
            table,
            caption="Kano class of each feature",
            units={"category_share": "share", "n": "count"},
            labels={"kano_class": "Class", "category_share": "Share of answers", "satisfaction": "CS+ (95% interval)",
                    "dissatisfaction": "CS− (95% interval)"},
            note="Two classes are given where Fong's test does not set the first clearly above the second.",
        ),
    )  # fmt: skip


@reading_of(QUESTIONS["kano"])
def kano_reading(client: Client, *, min_answers: int = MIN_ANSWERS) -> Reading:
    """Needs, wants and what leaves cold, where one class is clearly first; and whether the questions were understood."""
    frame = kano_results(client, min_answers=min_answers)
    clear = frame[frame["clear"]]
    words = [
        f"{start}: {_named(names)}."
        for kind, start in STARTS.items()
        if (names := clear.loc[clear["category"] == kind, "attribute"].tolist())
    ]
    mixed = frame[~frame["clear"]]
    if len(mixed):
        words.append(f"Mixed, two classes run close: {_named([f'{r.attribute} ({r.kano_class})' for r in mixed.itertuples()])}.")
    return Reading(" ".join([*words, f"From {frame['n'].min():,} or more answers a feature.", _understood(frame)]))


@exhibit_of(QUESTIONS["kano"], STEP)
def kano_table(client: Client, *, min_answers: int = MIN_ANSWERS) -> Table | Gap | Reading:
    """How the answers about each feature spread over the categories, and the tests of its class."""
    frame = kano_results(client, min_answers=min_answers)
    table = frame[["attribute"]].assign(
        **{column: [_percent(share) for share in frame[column]] for column in SHARES},
        strength=[f"{_percent(r.total_strength)}, {_percent(r.category_strength)}" for r in frame.itertuples()],
        ruled=frame["ruled"].map({name: letter for letter, name in NAMES.items()}),
        fong=[f"{r.gap:.0f}, {r.limit:.1f}" for r in frame.itertuples()],
        first=frame["p_mode_adjusted"].map(p_words), n=frame["n"],
    )  # fmt: skip
    return Table(
        table,
        caption="Answers about each feature by Kano category",
        units={"n": "count"},
        labels={**dict(zip(SHARES, CATEGORIES, strict=True)), "strength": "Strength: total, category", "ruled": "By rule",
                "fong": "Fong: gap, limit", "first": "First by chance"},
        note="M must-be, O one-dimensional, A attractive, I indifferent, R reverse, Q questionable. Total strength: share of M, O and A; "
             "category strength: largest share less the second. By rule: M > O > A > I decides where these two lie within 5 points of 100. "
             "First by chance: binomial test of the two largest, corrected over the features.",
    )  # fmt: skip


@exhibit_of(QUESTIONS["kano_segments"], STEP)
def kano_segment_map(client: Client, *, min_answers: int = MIN_ANSWERS) -> Figure | Gap | Reading:
    """Kano class of each feature, in each segment beside all customers."""
    segments, everyone = kano_segments(client, min_answers=min_answers), kano_results(client, min_answers=min_answers)
    order = everyone["attribute"][everyone["attribute"].isin(segments["attribute"])].tolist()
    names = sorted(segments["segment"].unique())
    drawn = pd.concat([everyone.assign(segment=EVERYONE, differs=False), segments], ignore_index=True)
    drawn = drawn[drawn["attribute"].isin(order)]
    places = drawn["attribute"].map({name: i for i, name in enumerate(order)}), drawn["segment"].map({n: i for i, n in enumerate(names, 1)})
    drawn = drawn.assign(row=places[0], column=places[1].fillna(0)).sort_values(["row", "column"], ignore_index=True)
    differing = segments.loc[segments["differs"], "attribute"].unique().tolist()
    table = segments[["attribute", "segment", "kano_class", "category_share"]].assign(
        cs_plus=_with_interval(segments, "satisfaction"), cs_minus=_with_interval(segments, "dissatisfaction"),
        alike=segments["p_adjusted"].map(_p), others=segments["p_segment"].map(_p), n=segments["n"],
    )  # fmt: skip
    return Figure(
        charts.classes_by_segment(drawn),
        caption=BY_SEGMENT,
        alt=f"The segments differ about {joined(differing)}." if differing else "The segments differ clearly about none of the features.",
        data=Table(
            table,
            caption="Kano class by feature and segment",
            units={"category_share": "share", "n": "count"},
            labels={"kano_class": "Class", "category_share": "Share", "cs_plus": "CS+ (95% interval)", "cs_minus": "CS− (95% interval)",
                    "alike": "All alike", "others": "As the others"},
            note="All alike: test that all segments spread their answers in the same way, corrected over the features. As the others: "
                 "the same of this segment against all others, made only where the segments are not all alike, and corrected.",
        ),
    )  # fmt: skip


@reading_of(QUESTIONS["kano_segments"])
def kano_segment_reading(client: Client, *, min_answers: int = MIN_ANSWERS) -> Reading:
    """About which features the segments differ beyond chance, and what each of these is to whom."""
    frame = kano_segments(client, min_answers=min_answers)
    features = frame["attribute"].nunique()
    differing = frame[frame["differs"]]
    if differing.empty:
        return Reading(
            f"No feature is clearly something else to one segment than to another: of {features:,} tested, the smallest corrected "
            f"p is {frame['p_adjusted'].min():.2f}."
        )
    words = [f"{name}: {_to_whom(part)}." for name, part in list(differing.groupby("attribute", sort=False))[:MOST_FINDINGS]]
    n = differing["attribute"].nunique()
    more = f" {n - MOST_FINDINGS} more in the table." if n > MOST_FINDINGS else ""
    return Reading(f"The segments differ about {n} of {features:,} features, corrected. {' '.join(words)}{more}")


@findings_of(QUESTIONS["kano"])
def kano_findings(client: Client, *, min_answers: int = MIN_ANSWERS) -> list[Finding]:
    """Needs and wants of all customers, where the class is first beyond chance among all features tested."""
    frame = kano_results(client, min_answers=min_answers)
    sure = frame[frame["clear"] & (frame["p_mode_adjusted"] < ALPHA)]
    findings = []
    for kind, column, is_one, are_many, action in (
        ("must-be", "dissatisfaction", "is a need: its absence dissatisfies, its presence hardly delights",
         "are needs: their absence dissatisfies, their presence hardly delights",
         "Never let it fail, and do not spend on doing it better than well enough."),
        ("attractive", "satisfaction", "is a want: it delights where it is there, and is not missed where it is not",
         "are wants: they delight where they are there, and are not missed where they are not",
         "Offer it where it sets the company apart and costs little; do not count on it where a need fails."),
    ):  # fmt: skip
        part = sure[sure["category"] == kind]
        if part.empty:
            continue
        part = part.loc[part[column].abs().sort_values(ascending=False, kind="stable").index]
        top, names = part.iloc[0], part["attribute"].tolist()
        estimate = Estimate(float(top[column]), float(top[f"{column}_low"]), float(top[f"{column}_high"]), int(top["n"]))
        sign = "CS−" if column == "dissatisfaction" else "CS+"
        evidence = (
            f"{top['attribute']}: {sign} {with_evidence(estimate, 'number')}; {number(top['category_share'], 'share')} of answers, first "
            f"beyond chance (corrected {p_words(top['p_mode_adjusted'])})."
        )
        claim = f"{_named(names)} {is_one if len(names) == 1 else are_many}."
        findings.append(Finding(STEP, claim, evidence, action, MAP, estimate, kind="strength"))
    return findings


@findings_of(QUESTIONS["kano_segments"])
def kano_segment_findings(client: Client, *, min_answers: int = MIN_ANSWERS) -> list[Finding]:
    """Features that are clearly one thing to one segment and another to another."""
    frame = kano_segments(client, min_answers=min_answers)
    findings = []
    for name, part in frame[frame["differs"]].groupby("attribute", sort=False):
        clear = part[part["clear"] & (part["p_segment"] < ALPHA)]
        if clear.empty or part.loc[part["clear"], "category"].nunique() < 2:
            continue
        evidence = (
            f"Segments do not answer alike: corrected {p_words(part['p_adjusted'].iloc[0])} among {frame['attribute'].nunique():,} features; "
            + "; ".join(f"{r.segment} {number(r.category_share, 'share')} {r.category}, n = {r.n:,}" for r in clear.itertuples())
            + "."
        )
        action = f"Decide on {name} segment by segment: where it is a need it must not fail, where it leaves cold it need not be paid for."
        findings.append(Finding(STEP, f"{name} is not the same to all: {_to_whom(part)}.", evidence, action, BY_SEGMENT, kind="chance"))
    return findings[:MOST_FINDINGS]


def _with_interval(frame: pd.DataFrame, column: str) -> list[str]:
    """Coefficients with their intervals, as text."""
    return [
        f"{number(value, 'number')} ({interval(Estimate(value, low, high, 0), 'number')})"
        for value, low, high in zip(frame[column], frame[f"{column}_low"], frame[f"{column}_high"], strict=True)
    ]


def _to_whom(part: pd.DataFrame) -> str:
    """What a feature is to which segments, the classes in the order of the table."""
    groups = part.sort_values("segment").groupby("kano_class")["segment"].apply(list)
    return "; ".join(f"{kind} to {joined(names)}" for kind, names in groups.items())


def _understood(frame: pd.DataFrame) -> str:
    """Check of the questionnaire: how many answers contradict themselves, or want the feature gone."""
    n = frame["n"].sum()
    questionable, reverse = (float((frame[column] * frame["n"]).sum() / n) for column in ("share_Q", "share_R"))
    words = f"Check of the questionnaire: {number(questionable, 'share')} of the answers contradict themselves, {number(reverse, 'share')} would rather not have the feature"
    odd = frame[[share(round(q * n_), int(n_)).low > MANY_QUESTIONABLE for q, n_ in zip(frame["share_Q"], frame["n"], strict=True)]]
    if odd.empty:
        return f"{words}."
    worst = odd.loc[odd["share_Q"].idxmax()]
    which = "one feature" if len(odd) == 1 else f"{len(odd)} of {len(frame)} features"
    return (
        f"{words}. About {which} surely more than {number(MANY_QUESTIONABLE, 'share', decimals=0)} contradict themselves, most about "
        f"{worst['attribute']} ({number(worst['share_Q'], 'share')}): read the classes with reserve, and ask again in other words."
    )


def _named(names: list[str]) -> str:
    shown, more = names[:MOST_NAMED], len(names) - MOST_NAMED
    return joined(names) if more <= 1 else f"{', '.join(shown)} and {more} more"


def _p(p: float) -> str:
    return p_words(p) if np.isfinite(p) else "not tested"


def _percent(share: float) -> str:
    return number(share, "share", decimals=0)
