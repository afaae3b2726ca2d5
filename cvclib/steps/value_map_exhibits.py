"""Exhibits and readings of the customer value map: the grid, and what segments want."""

from __future__ import annotations

import pandas as pd

from cvclib.charts import value as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods.importance_performance import CANNOT_TELL, QUADRANTS, SURE, ellipse
from cvclib.steps.driver_exhibits import MOST_NAMED, named
from cvclib.steps.drivers import MIN_ANSWERS
from cvclib.steps.questions import TooFewAnswersError, exhibit_of, reading_of
from cvclib.steps.value_map import CHANCES, EVERYONE, ValueMap, segment_differences, value_map
from cvclib.steps.value_questions import ALPHA, MOST_ROWS, QUESTIONS, STEP
from cvclib.wording import joined, label, number, p_words

GRID_CAPTION = "What matters, against how well it is done"


@exhibit_of(QUESTIONS["map"], STEP)
def value_grid(
    client: Client, *, importance: str = "", cross_hairs: str = "means", min_answers: int = MIN_ANSWERS
) -> Figure | Gap | Reading:
    """The importance and performance grid of all customers."""
    found = value_map(client, importance=importance, where=cross_hairs, min_answers=min_answers)
    frame, lines = found.of(), found.lines[EVERYONE]
    concentrate = frame.loc[frame["quadrant"] == QUADRANTS[0], "attribute"].tolist()
    unit = "score" if found.basis == "stated" else "share"
    shown = frame.sort_values(["quadrant", "probability", "attribute"], ascending=[True, False, True])
    table = Table(
        pd.DataFrame(
            {
                "attribute": shown["attribute"], "importance": _with_ends(shown, "importance", "importance_", unit),
                "performance": _with_ends(shown, "performance", "", "score"), "quadrant": shown["quadrant"],
                **{name: shown[name] for name in CHANCES}, "n": shown["n"],
            }
        ),
        caption="Importance, performance and quadrant of each attribute",
        units={**dict.fromkeys(CHANCES, "share"), "n": "count"},
        labels={"importance": "Importance (95% interval)", "performance": "Performance (95% interval)",
                **{name: f"P({corner})" for name, corner in zip(CHANCES, QUADRANTS, strict=True)}},
        note=_map_note(found),
    )  # fmt: skip
    points = frame[["performance", "importance"]].to_numpy(float)
    regions = [
        ellipse(centre, [[row.var_performance, row.covariance], [row.covariance, row.var_importance]])
        for centre, row in zip(points, frame.itertuples(), strict=True)
    ]
    return Figure(
        charts.grid(
            frame, regions, lines, importance=_importance_title(found), performance="Performance, mean rating", percent=unit == "share"
        ),
        caption=GRID_CAPTION,
        alt=f"Of {len(frame)} attributes, {len(concentrate)} surely matter more and are done less well than the line: "
            f"{joined(concentrate) or 'none'}; of {int((frame['quadrant'] == CANNOT_TELL).sum())} the corner cannot be told.",
        data=table,
    )  # fmt: skip


@reading_of(QUESTIONS["map"])
def value_reading(client: Client, *, importance: str = "", cross_hairs: str = "means", min_answers: int = MIN_ANSWERS) -> Reading:
    """What the grid says, and how surely."""
    found = value_map(client, importance=importance, where=cross_hairs, min_answers=min_answers)
    frame, (matters, done) = found.of(), found.differ[EVERYONE]
    if not (matters and done):
        alike = [word for word, differs in (("importance", matters), ("performance", done)) if not differs]
        return Reading(f"The attributes do not differ in {joined(alike)} beyond chance: none is placed in a corner. {_map_note(found)}")
    words = []
    for corner in QUADRANTS:
        there = frame[frame["quadrant"] == corner].sort_values("probability", ascending=False)
        if len(there):
            words.append(f"{corner.capitalize()}: {named([_with_probability(row) for row in there.itertuples()])}.")
        elif corner == QUADRANTS[0]:
            words.append("No attribute is surely important and done less well than the rest.")
    unsure = int((frame["quadrant"] == CANNOT_TELL).sum())
    if unsure:
        words.append(f"Of {unsure} the corner cannot be told.")
    return Reading(" ".join([*words, "In brackets: how often it comes out so when respondents are drawn again.", _map_note(found)]))


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
        frame = found.of(segment).sort_values(["probability", "attribute"], ascending=[False, True])
        corners = [frame[frame["quadrant"] == corner] for corner in QUADRANTS[:2]]
        unsure = int((frame["quadrant"] == CANNOT_TELL).sum())
        rows.append((segment, *("; ".join(_with_probability(r) for r in part.head(MOST_NAMED).itertuples()) or "none surely" for part in corners),
                     unsure, frame["n"].max()))  # fmt: skip
    return Table(
        pd.DataFrame(rows, columns=["segment", "concentrate_here", "keep_up", "cannot_tell", "n"]),
        caption="What each segment would have improved, and kept",
        units={"cannot_tell": "count", "n": "count"},
        labels={"keep_up": "Keep up the good work", "cannot_tell": "Corner cannot be told", "n": "Respondents"},
        note=f"At most {MOST_NAMED} a cell; in brackets how sure the quadrant is. {_map_note(found)}",
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
        note=f"The others: those that do not stand out on the attribute. {len(frame):,} comparisons, corrected after Benjamini and Hochberg; {len(clear):,} {'is' if len(clear) == 1 else 'are'} clear at 5 in 100."
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
    weighted = f" Answers are weighted: the respondents are worth {found.n_effective:,.0f} unweighted ones." if found.weighted else ""
    return f"Importance is {how}. The cross-hairs stand {found.rule}: {number(importance, unit)} for importance, " \
           f"{number(performance, 'score')} for performance. A quadrant is named from {number(SURE, 'share', decimals=0)} on.{weighted}"  # fmt: skip


def _with_ends(frame: pd.DataFrame, name: str, prefix: str, unit: str) -> list[str]:
    return [
        f"{number(value, unit)} ({number(low, unit)} to {number(high, unit)})"
        for value, low, high in frame[[name, f"{prefix}low", f"{prefix}high"]].itertuples(index=False)
    ]
