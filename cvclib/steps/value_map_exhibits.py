"""Exhibits and readings of the customer value map: the grid, what drives satisfaction, what segments want."""

from __future__ import annotations

import pandas as pd

from cvclib.charts import value as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods.importance_performance import QUADRANTS
from cvclib.steps.answers import OUTCOME_NAMES
from cvclib.steps.questions import TooFewAnswersError, exhibit_of, findings_of, reading_of
from cvclib.steps.value_map import EVERYONE, MIN_ANSWERS, Drivers, ValueMap, drivers, segment_differences, value_map
from cvclib.steps.value_questions import ALPHA, MOST_ROWS, QUESTIONS, STEP, SURE
from cvclib.wording import joined, label, number, p_words, with_evidence


@exhibit_of(QUESTIONS["map"], STEP)
def value_grid(
    client: Client, *, importance: str = "", cross_hairs: str = "means", min_answers: int = MIN_ANSWERS
) -> Figure | Gap | Reading:
    """The importance and performance grid of all customers."""
    found = value_map(client, importance=importance, where=cross_hairs, min_answers=min_answers)
    frame, lines = found.of(), found.lines[EVERYONE]
    concentrate = frame.loc[frame["quadrant"] == QUADRANTS[0], "attribute"].tolist()
    table = Table(
        frame.drop(columns="segment").sort_values(["quadrant", "importance"], ascending=[True, False]),
        caption="Importance, performance and quadrant of each attribute",
        units={
            **dict.fromkeys(["importance", "importance_low", "importance_high"], "score" if found.basis == "stated" else "share"),
            **dict.fromkeys(["performance", "low", "high"], "score"), "probability": "share", "n": "count",
        },
        labels={"importance_low": "95% from", "importance_high": "to", "low": "95% from", "high": "to", "probability": "Sure of the quadrant"},
        note=_map_note(found),
    )  # fmt: skip
    return Figure(
        charts.grid(frame, lines, importance=_importance_title(found), performance="Performance, mean rating"),
        caption="What matters, against how well it is done",
        alt=f"Of {len(frame)} attributes, {len(concentrate)} matter more and are done less well than the average: {joined(concentrate) or 'none'}.",
        data=table,
    )


@reading_of(QUESTIONS["map"])
def value_reading(client: Client, *, importance: str = "", cross_hairs: str = "means", min_answers: int = MIN_ANSWERS) -> Reading:
    """What the grid says, and how surely."""
    found = value_map(client, importance=importance, where=cross_hairs, min_answers=min_answers)
    frame = found.of()
    here = frame[frame["quadrant"] == QUADRANTS[0]].sort_values("probability", ascending=False)
    if here.empty:
        return Reading(
            f"None of the {len(frame)} attributes is both above the average in importance and below it in performance. {_map_note(found)}"
        )
    sure = [_with_probability(row) for row in here.itertuples() if row.probability >= SURE]
    unsure = [_with_probability(row) for row in here.itertuples() if row.probability < SURE]
    words = [
        f"Important, yet done less well than the rest: {joined(sure)}."
        if sure
        else "No attribute is beyond doubt important and done less well than the rest."
    ]
    if unsure:
        words.append(f"Less sure: {joined(unsure)}.")
    return Reading(" ".join([*words, "In brackets: how often it comes out so when respondents are drawn again.", _map_note(found)]))


@exhibit_of(QUESTIONS["drivers"], STEP)
def driver_chart(client: Client, *, min_answers: int = MIN_ANSWERS) -> Figure | Gap | Reading:
    """How much each attribute weighs in satisfaction with the whole, with intervals."""
    found = drivers(client, min_answers=min_answers)
    frame = found.frame
    table = Table(
        frame[["attribute", "share", "low", "high", "contribution", "strongest", "n"]],
        caption="Derived importance of each attribute",
        units={"share": "share", "low": "share", "high": "share", "contribution": "share", "strongest": "share", "n": "count"},
        labels={"share": "Derived importance", "low": "95% from", "high": "to", "contribution": "Part of R²", "strongest": "Ranks first"},
        note=_driver_note(found),
    )
    return Figure(
        charts.ranking(
            frame.rename(columns={"attribute": "name", "share": "value"}), percent=True, line=(1 / len(frame), "if all weighed alike"),
            title="Share of what the ratings explain, with 95% interval",
        ),
        caption=f"What drives {OUTCOME_NAMES[found.metric]}",
        alt=f"{frame['attribute'][0]} weighs most, {number(frame['share'][0], 'share')}; "
            f"{frame['attribute'].iloc[-1]} least, {number(frame['share'].iloc[-1], 'share')}.",
        data=table,
    )  # fmt: skip


@reading_of(QUESTIONS["drivers"])
def driver_reading(client: Client, *, min_answers: int = MIN_ANSWERS) -> Reading:
    """What drives satisfaction, or that the ratings do not show it."""
    found = drivers(client, min_answers=min_answers)
    if not found.result.p_value < ALPHA:
        return Reading(
            f"The ratings do not explain {OUTCOME_NAMES[found.metric]} beyond chance: no attribute can be named. {_driver_note(found)}"
        )
    top = found.frame.iloc[0]
    rivals = found.frame["attribute"][1:][found.frame["strongest"][1:] > ALPHA].tolist()
    words = f"The strongest driver: {top['attribute']}, {number(top['share'], 'share')} of what the ratings explain (95% interval " \
            f"{number(top['low'], 'share')} to {number(top['high'], 'share')})."  # fmt: skip
    if rivals:
        words += f" It may as well be {joined(rivals, 'or')}: the answers do not tell which is first."
    return Reading(f"{words} {_driver_note(found)} What goes together need not be cause and effect.")


@exhibit_of(QUESTIONS["stated"], STEP)
def stated_chart(client: Client, *, min_answers: int = MIN_ANSWERS) -> Figure | Gap | Reading:
    """Stated importance against derived importance."""
    frame = _stated(client, min_answers)
    said, shown = frame["attribute"][frame["stated"].idxmax()], frame["attribute"][frame["share"].idxmax()]
    return Figure(
        charts.stated_and_derived(
            frame, stated="Stated importance, mean answer", derived="Derived importance, share of what the ratings explain"
        ),
        caption="What customers say matters, against what their satisfaction shows",
        alt=f"Said to matter most: {said}. Shown to matter most: {shown}.",
        data=Table(
            frame[["attribute", "stated", "rank_stated", "share", "rank_derived"]],
            caption="Stated and derived importance",
            units={"stated": "score", "rank_stated": "count", "share": "share", "rank_derived": "count"},
            labels={
                "stated": "Stated, mean",
                "rank_stated": "Rank as stated",
                "share": "Derived, share",
                "rank_derived": "Rank as derived",
            },
        ),
    )


@reading_of(QUESTIONS["stated"])
def stated_reading(client: Client, *, min_answers: int = MIN_ANSWERS) -> Reading:
    """Where the two importances part."""
    only_said, unsaid = only_said_and_unsaid(client, min_answers=min_answers)
    words = []
    if only_said:
        words.append(f"Said to matter, yet hardly moving satisfaction: {joined(only_said)}. Often a condition of being considered at all.")
    if unsaid:
        words.append(f"Moving satisfaction more than customers say: {joined(unsaid)}.")
    return Reading(" ".join(words) or "No attribute stands clearly apart in what is said and what satisfaction shows.")


def only_said_and_unsaid(client: Client, *, min_answers: int = MIN_ANSWERS) -> tuple[list[str], list[str]]:
    """Attributes stated above the average whose derived share is surely below an equal one, and the reverse.

    Parameters
    ----------
    client : Client
    min_answers : int

    Returns
    -------
    (list of str, list of str)
        Only said, and unsaid; both empty where the ratings explain nothing.

    Raises
    ------
    MissingDataError, TooFewAnswersError
        As `drivers` does.
    """
    frame, found = _stated(client, min_answers), drivers(client, min_answers=min_answers)
    if not found.result.p_value < ALPHA:
        return [], []
    equal, mean = 1 / len(found.frame), frame["stated"].mean()
    only_said = frame[(frame["stated_low"] > mean) & (frame["high"] < equal)].sort_values("stated", ascending=False)
    unsaid = frame[(frame["stated_high"] < mean) & (frame["low"] > equal)].sort_values("share", ascending=False)
    return only_said["attribute"].tolist(), unsaid["attribute"].tolist()


@findings_of(QUESTIONS["stated"])
def said_only(client: Client, *, min_answers: int = MIN_ANSWERS) -> list[str]:
    """Attributes that customers say matter, yet that hardly move their satisfaction; none where that cannot be known."""
    return only_said_and_unsaid(client, min_answers=min_answers)[0]


@exhibit_of(QUESTIONS["segment_map"], STEP)
def segment_map(
    client: Client, *, importance: str = "", cross_hairs: str = "means", min_answers: int = MIN_ANSWERS
) -> Table | Gap | Reading:
    """What each segment would have improved: its attributes in the quadrant to concentrate on."""
    found = value_map(client, importance=importance, where=cross_hairs, min_answers=min_answers)
    if len(found.lines) < 2:
        raise TooFewAnswersError(f"Fewer than two segments have {min_answers} respondents who rated the attributes.")
    rows = []
    for segment in found.lines:
        frame = found.of(segment)
        here = frame[frame["quadrant"] == QUADRANTS[0]].sort_values(["probability", "attribute"], ascending=[False, True])
        kept = frame[frame["quadrant"] == QUADRANTS[1]].sort_values(["probability", "attribute"], ascending=[False, True])
        rows.append(
            (
                segment,
                *("; ".join(_with_probability(r) for r in part.head(4).itertuples()) or "none" for part in (here, kept)),
                frame["n"].max(),
            )
        )
    return Table(
        pd.DataFrame(rows, columns=["segment", "concentrate_here", "keep_up", "n"]),
        caption="What each segment would have improved, and kept",
        units={"n": "count"},
        labels={"keep_up": "Keep up the good work", "n": "Respondents"},
        note="At most four a cell; in brackets how sure the quadrant is. " + _map_note(found),
    )


@exhibit_of(QUESTIONS["segments"], STEP)
def segment_table(client: Client, *, min_answers: int = MIN_ANSWERS) -> Table | Gap | Reading:
    """Segments that rate an attribute differently from the others, corrected for the number of comparisons."""
    frame = _differences(client, min_answers)
    clear = frame[frame["p_adjusted"] < ALPHA]
    shown = (clear if len(clear) else frame.head(5)).head(MOST_ROWS)
    more = len(clear) - len(shown)
    return Table(
        shown[["segment", "attribute", "question", "here", "elsewhere", "difference", "p_adjusted", "n"]].assign(
            question=shown["question"].map(label), difference=[_gap_words(row) for row in shown.itertuples()],
            p_adjusted=shown["p_adjusted"].map(p_words),
        ),
        caption="Where a segment differs from the others",
        units={"here": "score", "elsewhere": "score", "n": "count"},
        labels={"here": "In the segment", "elsewhere": "The others", "difference": "Difference (95% interval)", "p_adjusted": "Corrected p"},
        note=f"The others: those that do not stand out on the attribute. {len(frame):,} comparisons, corrected after Benjamini and Hochberg; {len(clear):,} are clear at 5 in 100."
        + (f" The {len(shown)} surest are shown." if more > 0 else "" if len(clear) else " Shown are the five least unlikely."),
    )  # fmt: skip


@reading_of(QUESTIONS["segments"])
def segment_reading(client: Client, *, min_answers: int = MIN_ANSWERS) -> Reading:
    """Which segments differ, or that none does."""
    frame = _differences(client, min_answers)
    clear = frame[frame["p_adjusted"] < ALPHA]
    if clear.empty:
        return Reading(
            f"No segment differs from the others on any attribute: none of {len(frame):,} comparisons is clear after correction."
        )
    row = clear.reindex(clear["difference"].abs().sort_values(ascending=False, kind="stable").index).iloc[0]
    rest = sorted(set(frame["segment"]) - set(clear["segment"]))
    side = "lower" if row["difference"] < 0 else "higher"
    words = f"The widest gap: segment {row['segment']} rates the {row['question']} of {row['attribute']} {number(abs(row['difference']), 'score')} " \
            f"{side} than the others do (95% interval {number(row['low'], 'score', signed=True)} to " \
            f"{number(row['high'], 'score', signed=True)}, n = {row['n']:,})."  # fmt: skip
    return Reading(words + (f" No clear difference: {joined(rest)}." if rest else ""))


def _differences(client: Client, min_answers: int) -> pd.DataFrame:
    frame = segment_differences(client, min_answers=min_answers)
    if frame.empty:
        raise TooFewAnswersError(f"Fewer than two segments have {min_answers} ratings of an attribute; there is nothing to compare.")
    return frame


def _stated(client: Client, min_answers: int) -> pd.DataFrame:
    frame = drivers(client, min_answers=min_answers).frame.dropna(subset="stated")
    if len(frame) < 2:
        raise TooFewAnswersError("Fewer than two attributes have both a stated and a derived importance.")
    ranks = {
        "rank_stated": frame["stated"].rank(ascending=False, method="min"),
        "rank_derived": frame["share"].rank(ascending=False, method="min"),
    }
    return frame.assign(**ranks).reset_index(drop=True)


def _gap_words(row: object) -> str:
    low, high = (number(end, "score", signed=True) for end in (row.low, row.high))
    return f"{number(row.difference, 'score', signed=True)} ({low} to {high})"


def _with_probability(row: object) -> str:
    return f"{row.attribute} ({sureness(row.probability)})"


def sureness(probability: float) -> str:
    """A probability from resamples in words: never quite certain.

    Examples
    --------
    >>> sureness(0.874), sureness(0.998)
    ('87%', 'over 99%')
    """
    return "over 99%" if probability > 0.99 else number(probability, "share", decimals=0)


def _importance_title(found: ValueMap) -> str:
    return "Importance as stated, mean answer" if found.basis == "stated" else "Derived importance, share of what the ratings explain"


def _map_note(found: ValueMap) -> str:
    importance, performance = found.lines[EVERYONE]
    unit = "score" if found.basis == "stated" else "share"
    how = "as customers state it" if found.basis == "stated" else "derived from satisfaction with the whole, for all customers together"
    return f"Importance is {how}; the cross-hairs stand at {number(importance, unit)} for importance and {number(performance, 'score')} for performance."


def _driver_note(found: Drivers) -> str:
    result = found.result
    rule = "respondents who rated every attribute" if result.blanks == "complete rows" else (
        "all respondents, each pair of questions correlated over those who answered both, as fewer than half rated every attribute"
    )  # fmt: skip
    left_out = f" Left out for want of answers: {joined(list(found.left_out))}." if found.left_out else ""
    return f"The ratings explain {with_evidence(result.r_squared, 'share')} of the differences in {OUTCOME_NAMES[found.metric]} " \
           f"({result.method}; {rule}).{left_out}"  # fmt: skip
