"""Exhibits and readings of what drives satisfaction: weights, penalties and rewards, and the witnesses side by side."""

from __future__ import annotations

import pandas as pd

from cvclib.charts import value as charts
from cvclib.charts.style import BAD, GOOD, INK
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods.estimate import Estimate
from cvclib.methods.penalty_reward import BASIC, EXCITEMENT, PERFORMANCE
from cvclib.steps.answers import OUTCOME_NAMES
from cvclib.steps.drivers import (
    MIN_ANSWERS,
    MUCH_INFLATED,
    AsymmetricDrivers,
    Drivers,
    asymmetric_drivers,
    drivers,
    scale_reliability,
)
from cvclib.steps.questions import TooFewAnswersError, exhibit_of, findings_of, reading_of
from cvclib.steps.value_questions import QUESTIONS, STEP
from cvclib.steps.witnesses import witnesses
from cvclib.wording import interval, joined, number, p_words, with_evidence

KIND_COLOURS = {BASIC: BAD, PERFORMANCE: INK, EXCITEMENT: GOOD}
KIND_WORDS = {BASIC: "can mostly hurt", PERFORMANCE: "counts both ways", EXCITEMENT: "can mostly delight"}
MOST_NAMED = 4  # attributes that a reading or finding names; the exhibit has the others
WORTH_DROPPING = 0.02  # rise of alpha from which an attribute is said not to belong
DRIVER_CAPTION = "What drives {}"
ASYMMETRY_CAPTION = "What a low rating costs, and what a high rating brings"
WITNESS_CAPTION = "Stated importance, derived importance and kind of each attribute on one line"
RELIABILITY_CAPTION = "How well the ratings hang together as one scale"


@exhibit_of(QUESTIONS["drivers"], STEP)
def driver_chart(client: Client, *, min_answers: int = MIN_ANSWERS) -> Figure | Gap | Reading:
    """How much each attribute weighs in satisfaction with the whole, with intervals."""
    found = drivers(client, min_answers=min_answers)
    frame = found.frame
    table = Table(
        frame[["attribute", "share", "low", "high", "contribution", "strongest", "inflation", "n"]].assign(
            rank=[ranks(row.best, row.worst) for row in frame.itertuples()]
        ),
        caption="Derived importance of each attribute",
        units={"share": "share", "low": "share", "high": "share", "contribution": "share", "strongest": "share", "inflation": "number",
               "n": "count"},
        labels={"share": "Derived importance", "low": "95% from", "high": "to", "contribution": "Part of R²", "strongest": "Ranks first",
                "inflation": "Variance inflation", "rank": "Rank"},
        note=f"Rank: where intervals overlap, attributes are not ranked among each other. {_driver_note(found)}",
    )  # fmt: skip
    return Figure(
        charts.ranking(
            frame.rename(columns={"attribute": "name", "share": "value"}), percent=True, line=(1 / len(frame), "if all weighed alike"),
            title="Share of what the ratings explain, with 95% interval",
        ),
        caption=DRIVER_CAPTION.format(OUTCOME_NAMES[found.metric]),
        alt=f"{frame['attribute'][0]} weighs most, {number(frame['share'][0], 'share')}; "
            f"{frame['attribute'].iloc[-1]} least, {number(frame['share'].iloc[-1], 'share')}.",
        data=table,
    )  # fmt: skip


@reading_of(QUESTIONS["drivers"])
def driver_reading(client: Client, *, min_answers: int = MIN_ANSWERS) -> Reading:
    """What drives satisfaction, or that the ratings do not show it."""
    found = drivers(client, min_answers=min_answers)
    if not found.signal:
        return Reading(
            f"The ratings do not explain {OUTCOME_NAMES[found.metric]} beyond chance: no attribute can be named. {_driver_note(found)}"
        )
    top, leaders = found.frame.iloc[0], found.leaders
    if len(leaders) == 1:
        words = f"The strongest driver: {top['attribute']}, {_share_words(top)}."
    elif len(leaders) == len(found.frame):
        words = "Every attribute's interval overlaps that of the first: none can be called stronger than another."
    else:
        words = f"The strongest drivers: {named(leaders)}. Their intervals overlap, so that they are not ranked among each other; " \
                f"{top['attribute']} is at {_share_words(top)}."  # fmt: skip
    return Reading(f"{words} {_driver_note(found)} What goes together need not be cause and effect.")


@exhibit_of(QUESTIONS["asymmetric"], STEP)
def asymmetric_chart(client: Client, *, min_answers: int = MIN_ANSWERS) -> Figure | Gap | Reading:
    """What a low and a high rating of each attribute do to satisfaction with the whole."""
    found = asymmetric_drivers(client, min_answers=min_answers)
    frame = found.frame
    table = Table(
        pd.DataFrame(
            {
                "attribute": frame["attribute"], "penalty": _with_ends(frame, "penalty"), "reward": _with_ends(frame, "reward"),
                "p_asymmetry": [p_words(p).removeprefix("p = ").removeprefix("p ") if pd.notna(p) else "" for p in frame["p_asymmetry"]],
                "kind": frame["kind"], "n_low": frame["n_low"], "n_high": frame["n_high"],
            }
        ),
        caption="Penalties and rewards in numbers",
        units={"n_low": "count", "n_high": "count"},
        labels={"penalty": "Low rating (95% interval)", "reward": "High rating (95% interval)", "p_asymmetry": "Corrected p of a bend",
                "n_low": "Low ratings", "n_high": "High ratings"},
        note=_asymmetry_note(client, found),
    )  # fmt: skip
    named = [f"{row.attribute}: {row.kind}" for row in frame.itertuples() if row.kind in KIND_WORDS]
    unit = OUTCOME_NAMES[found.metric]
    return Figure(
        charts.penalties_and_rewards(
            frame,
            title=f"Points of {unit}, against a middling rating, all other attributes alike; 95% intervals",
            colours=KIND_COLOURS,
        ),
        caption=ASYMMETRY_CAPTION,
        alt=f"{'; '.join(named) or 'No attribute can be classed'}.",
        data=table,
    )


@reading_of(QUESTIONS["asymmetric"])
def asymmetric_reading(client: Client, *, min_answers: int = MIN_ANSWERS) -> Reading:
    """Which attributes can mostly hurt, mostly delight, or count both ways."""
    found = asymmetric_drivers(client, min_answers=min_answers)
    kinds = kinds_of(client, min_answers=min_answers)
    words = [
        f"{joined(names)}: {kind} ({KIND_WORDS[kind]})." for kind in KIND_WORDS if (names := [a for a, k in kinds.items() if k == kind])
    ]
    if not words:
        words.append("No attribute can be classed: penalties, rewards and bends are not clear of chance.")
    else:
        left = found.frame[~found.frame["attribute"].isin(kinds)].groupby("kind")["attribute"].agg(list)
        words += [f"{kind.capitalize()}: {joined(names)}." for kind, names in left.items()]
    return Reading(" ".join([*words, _asymmetry_note(client, found)]))


@findings_of(QUESTIONS["asymmetric"])
def kinds_of(client: Client, *, min_answers: int = MIN_ANSWERS) -> dict[str, str]:
    """Attribute to its kind, for those that are classed; empty where the ratings explain nothing beyond chance."""
    if not drivers(client, min_answers=min_answers).signal:
        return {}
    frame = asymmetric_drivers(client, min_answers=min_answers).frame
    return {row.attribute: row.kind for row in frame.itertuples() if row.kind in KIND_WORDS}


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
    frame = _stated(client, min_answers)
    together = witnesses(client, min_answers=min_answers).set_index("attribute")["said_and_shown"]
    only_said = frame[frame["attribute"].map(together) == "said, not shown"].sort_values("stated", ascending=False)
    unsaid = frame[frame["attribute"].map(together) == "shown, not said"].sort_values("share", ascending=False)
    return only_said["attribute"].tolist(), unsaid["attribute"].tolist()


@findings_of(QUESTIONS["stated"])
def said_only(client: Client, *, min_answers: int = MIN_ANSWERS) -> list[str]:
    """Attributes that customers say matter, yet that hardly move their satisfaction; none where that cannot be known."""
    return only_said_and_unsaid(client, min_answers=min_answers)[0]


@exhibit_of(QUESTIONS["witnesses"], STEP)
def witness_table(client: Client, *, min_answers: int = MIN_ANSWERS) -> Table | Gap | Reading:
    """Stated importance, derived importance, penalty or reward and Kano class of each attribute, and where they disagree."""
    frame = witnesses(client, min_answers=min_answers)
    found = drivers(client, min_answers=min_answers)
    columns = pd.DataFrame({"attribute": frame["attribute"]})
    if frame["stated"].notna().any():
        columns["stated"] = [
            f"{number(r.stated, 'score')} ({number(r.rank_stated, 'count')})" if pd.notna(r.stated) else "" for r in frame.itertuples()
        ]
    columns["derived"] = [f"{number(r.share, 'share')} ({ranks(r.best, r.worst)})" for r in frame.itertuples()]
    columns["kind"] = frame["kind"]
    if frame["kano_class"].notna().any():
        columns["kano_class"] = frame["kano_class"].fillna("not asked")
    columns["disagreement"] = frame["disagreement"].where(frame["disagreement"] != "", "none that is clear")
    return Table(
        columns,
        caption=WITNESS_CAPTION,
        labels={"stated": "Stated, mean (rank)", "derived": "Derived, share (rank)", "kind": "Low against high ratings",
                "kano_class": "Kano class", "disagreement": "Where they disagree"},
        note="A disagreement is named only where both sides are clear of chance: intervals of the stated mean and the derived share "
             "on opposite sides of the average, Fong's test for a Kano class, a corrected test for a bend."
             + ("" if found.signal else " The ratings explain nothing beyond chance, so that nothing derived is held against what is said."),
    )  # fmt: skip


@reading_of(QUESTIONS["witnesses"])
def witness_reading(client: Client, *, min_answers: int = MIN_ANSWERS) -> Reading:
    """Where the witnesses disagree, attribute by attribute."""
    frame = witnesses(client, min_answers=min_answers)
    parted = frame[frame["disagreement"] != ""]
    asked = frame["kano_class"].notna().sum()
    about_kano = "" if asked else " No rated attribute was asked about in Kano's way under the same name."
    if parted.empty:
        return Reading(f"On none of {len(frame)} attributes do the witnesses clearly disagree.{about_kano}")
    said = "; ".join(f"{row.attribute}: {row.disagreement}" for row in parted.itertuples())
    return Reading(f"{said}. On the other {len(frame) - len(parted)} no disagreement is clear.{about_kano}")


@exhibit_of(QUESTIONS["reliability"], STEP)
def reliability_table(client: Client, *, min_answers: int = MIN_ANSWERS) -> Table | Gap | Reading:
    """Cronbach's alpha of the ratings, and what dropping each attribute would do to it."""
    found = scale_reliability(client, min_answers=min_answers)
    result = found.result
    return Table(
        found.frame,
        caption=RELIABILITY_CAPTION,
        units={"item_rest": "number", "dropped": "number"},
        labels={"item_rest": "Correlation with the others", "dropped": "Alpha without it"},
        note=f"Cronbach's alpha {with_evidence(result.alpha, 'number')}; {number(result.standardised, 'number')} with answers brought to the "
             f"same variance; mean correlation of two attributes {number(result.mean_correlation, 'number')}. Of {found.n_respondents:,} "
             f"respondents those count who rated every attribute.",
    )  # fmt: skip


@reading_of(QUESTIONS["reliability"])
def reliability_reading(client: Client, *, min_answers: int = MIN_ANSWERS) -> Reading:
    """Whether the ratings may be summed into one number."""
    found = scale_reliability(client, min_answers=min_answers)
    alpha = found.result.alpha
    better = found.frame[found.frame["dropped"] > max(alpha.high, alpha.value + WORTH_DROPPING)]["attribute"].tolist()
    if alpha.low >= 0.7:
        words = "The ratings hang together well enough to be summed into one score"
    elif alpha.high < 0.7:
        words = "The ratings do not hang together: their mean is not one thing, and is best not used as a score"
    else:
        words = "Whether the ratings may be summed into one score cannot be told"
    extra = f" Without {joined(better)} it would be clearly higher." if better else ""
    return Reading(f"{words}: alpha {with_evidence(alpha, 'number')}, 0.7 being the usual mark.{extra}")


def asymmetry_evidence(row: pd.Series) -> str:
    """Penalty and reward of an attribute with their intervals, as a finding cites them."""
    parts = []
    for side, words in (("penalty", "low ratings"), ("reward", "high ratings")):
        estimate = Estimate(float(row[side]), float(row[f"{side}_low"]), float(row[f"{side}_high"]), int(row[f"n_{words.split()[0]}"]))
        parts.append(
            f"{words} {number(estimate.value, 'score', signed=True)} (95% interval {interval(estimate, 'score', signed=True)}, n = {estimate.n:,})"
        )
    return f"{row['attribute']}: {joined(parts)}; corrected {p_words(row['p_asymmetry'])} of a bend."


def named(attributes: list[str]) -> str:
    """The first few of a list, and how many more there are.

    Examples
    --------
    >>> named(["Price"]), named(list("abcdef"))
    ('Price', 'a, b, c, d and 2 more')
    """
    more = len(attributes) - MOST_NAMED
    return joined([*attributes[:MOST_NAMED], f"{more} more"]) if more > 0 else joined(attributes)


def ranks(best: int, worst: int) -> str:
    """A rank, or the ranks between which it lies.

    Examples
    --------
    >>> ranks(1, 1), ranks(2, 4)
    ('1', '2 to 4')
    """
    return str(best) if best == worst else f"{best} to {worst}"


def _stated(client: Client, min_answers: int) -> pd.DataFrame:
    frame = witnesses(client, min_answers=min_answers).dropna(subset="stated")
    if len(frame) < 2:
        raise TooFewAnswersError("Fewer than two attributes have both a stated and a derived importance.")
    return frame.assign(rank_derived=frame["share"].rank(ascending=False, method="min")).reset_index(drop=True)


def _share_words(row: pd.Series) -> str:
    low, high = (number(row[end], "share") for end in ("low", "high"))
    return f"{number(row['share'], 'share')} of what the ratings explain (95% interval {low} to {high})"


def _with_ends(frame: pd.DataFrame, side: str) -> list[str]:
    rows = frame[[side, f"{side}_low", f"{side}_high"]].itertuples(index=False)
    signed = [[number(x, "score", signed=True) if pd.notna(x) else "" for x in row] for row in rows]
    return [f"{value} ({low} to {high})" if value else "" for value, low, high in signed]


def _driver_note(found: Drivers) -> str:
    result = found.result
    if result.blanks == "complete rows":
        rule = f"the {result.r_squared.n:,} respondents who rated every attribute and judged the whole"
    else:
        rule = f"all respondents, as fewer than half rated every attribute; each pair of questions correlated over those who answered " \
               f"both, {result.n_smallest:,} at least"  # fmt: skip
        rule += ", the correlations then brought to the nearest that do not contradict each other" if result.lifted else ""
    if found.weighted:
        rule += (
            f"; weighted, worth {result.n_effective:,.0f} unweighted answers{'' if result.blanks == 'complete rows' else ' in that pair'}"
        )
    words = f"The ratings explain {with_evidence(result.r_squared, 'share')} of the differences in {OUTCOME_NAMES[found.metric]} " \
            f"({result.method}; {rule})."  # fmt: skip
    close = found.frame.loc[found.frame["inflation"] >= MUCH_INFLATED, "attribute"].tolist()
    if close:
        words += f" Hard to tell apart from the other ratings (variance inflation {MUCH_INFLATED:.0f} or more): {joined(close)}."
    if found.left_out:
        words += f" Left out for want of answers: {joined(list(found.left_out))}."
    return words


def _asymmetry_note(client: Client, found: AsymmetricDrivers) -> str:
    low, high = client.params.scales.performance
    quarter = (high - low) / 4
    return f"A rating is low up to {low + quarter:g} and high from {high - quarter:g} on, on a scale from {low:g} to {high:g}; an " \
           f"unanswered rating counts as a class of its own. {found.result.n:,} respondents."  # fmt: skip
