"""The exhibits of who recommends: the groups side by side, and what they say in words."""

from __future__ import annotations

import pandas as pd

from cvclib.charts import advocacy as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods import shares
from cvclib.methods.estimate import Estimate
from cvclib.steps.recommendation import (
    NO_ANSWERS,
    NOTHING_TO_READ,
    SIGNIFICANT,
    By,
    channel_of,
    nps_of,
    recommendation_gap,
    recommendation_groups,
    score_change,
)
from cvclib.wording import NOT_KNOWN, interval, joined, label, number, p_words, with_evidence


def recommendation(client: Client, by: By) -> Figure | Gap:
    """Show promoters, passives and detractors by segment, stage or channel, with the net promoter score.

    Parameters
    ----------
    client : Client
    by : {"segment", "stage", "channel"}

    Returns
    -------
    Figure or Gap
    """
    if gap := recommendation_gap(client, None if by == "segment" else by):
        return gap  # without segments there is still the row of all answers
    frame = recommendation_groups(client, by)
    frame = frame.assign(group=[label(group) if by == "stage" else group for group in frame["group"]])
    shown = frame.dropna(subset="nps")
    if not len(shown):
        return NO_ANSWERS
    caption = f"Promoters, passives and detractors by {by}"
    numbers = frame[["group", "promoters", "passives", "detractors"]].assign(
        nps=with_interval(frame, ("nps", "low", "high"), 1),
        n=frame["n"],
        difference=with_interval(frame, ("difference", "difference_low", "difference_high"), 1),
        p_adjusted=p_texts(frame["p_adjusted"]),
        lowest=frame["lowest"],
    )
    table = Table(
        numbers,
        caption=f"{caption}, in numbers",
        units={"promoters": "share", "passives": "share", "detractors": "share", "n": "count", "lowest": "share"},
        labels={"group": label(by), "nps": "NPS (95% interval)", "n": "Answers", "difference": "Against the others (95% interval)",
                "p_adjusted": "p, corrected", "lowest": "Chance of the lowest score"},
        note=f"Groups of fewer than {client.params.report.minimum_group} answers are not shown. The others are the {by}s that do not stand out, or all others where no two are alike; "
        "p is corrected for all comparisons of segments, stages and channels together."
        + (f" The channel is {channel_of(client)}." if by == "channel" else "")
        + _untied(frame, by, client.params.report.minimum_group)
        + " Customers who answered more than once make the intervals wider.",
    )  # fmt: skip
    alt = "; ".join(f"{row.group}: {number(row.promoters, 'share', decimals=0)} promoters, {number(row.detractors, 'share', decimals=0)} "
                    f"detractors, score {number(row.nps, 'points', decimals=0)}" for row in shown.itertuples())  # fmt: skip
    drawn = charts.recommendation(frame, target=client.params.targets.get("nps"))
    return Figure(drawn, caption=caption, alt=f"{alt}.", data=table)


def _untied(frame: pd.DataFrame, by: By, minimum: int) -> str:
    """How many answers count for all but for no group; with them the groups together can score above, or below, the whole."""
    untied = frame["n"].iloc[0] - frame["n"].iloc[1:].sum()  # not known where a small group's number is not shown
    shown = frame["n"].notna().all() and untied >= minimum
    return f" {int(untied):,} answers of which the {by} is not known count in the first row only." if shown else ""


def recommendation_reading(client: Client, by: By) -> Reading:
    """Say in words how many recommend, what changed, and which groups stand out.

    Parameters
    ----------
    client : Client
    by : {"segment", "stage", "channel"}

    Returns
    -------
    Reading
    """
    if recommendation_gap(client, None if by == "segment" else by):
        return NOTHING_TO_READ
    frame = recommendation_groups(client, by)
    if not frame["nps"].notna().any():
        return Reading("Too few answers fall in the period to say anything.")
    words = [_about_all(frame.iloc[0])] if by == "segment" else []
    if by == "segment" and (change := score_change(client)) is not None:
        p = shares.p_value(change)  # step 5 tests the same change among all KPIs, and may hold it to be none
        clear = (
            f"tested alone, a change ({p_words(p)}); step 5 tests it among all KPIs"
            if p < SIGNIFICANT
            else "no more than chance would give"
        )
        words.append(f"Against {client.previous_period} that is {number(change.value, 'points', signed=True)} (95% interval "
                     f"{interval(change, 'points', signed=True)}): {clear}.")  # fmt: skip
    tested = frame[frame["p_adjusted"].notna()]
    outside = tested[tested["p_adjusted"] < SIGNIFICANT]
    if len(outside):
        words.append("Standing out from the others: " + joined([_against(row, by) for row in outside.to_dict("records")]) + ".")
    elif len(tested) > 1:
        words.append(f"No {by} stands out from the others: the {len(tested)} differ no more than chance would give.")
    else:
        words.append(f"There are not two {by}s with answers enough to compare.")
    return Reading(" ".join(words))


def with_interval(frame: pd.DataFrame, columns: tuple[str, str, str], decimals: int) -> list[str | None]:
    """Values with their intervals as text, in one column instead of three; None where there is none."""
    rows = frame[list(columns)].astype(float).itertuples(index=False, name=None)
    texts = [[number(x, "number", decimals=decimals) for x in row] for row in rows]
    return [None if NOT_KNOWN in text else "{} ({} to {})".format(*text) for text in texts]


def p_texts(p_values: pd.Series) -> list[str | None]:
    """P values as cells of a table; None where there is none."""
    return [p_words(p).removeprefix("p ").removeprefix("= ") if pd.notna(p) else None for p in p_values]


def _about_all(row: pd.Series) -> str:
    return (
        f"{number(row['promoters'], 'share')} promote and {number(row['detractors'], 'share')} detract: a net promoter score of "
        f"{with_evidence(nps_of(row), 'points')}."
    )


def _against(row: dict, by: By) -> str:
    name = label(row["group"]) if by == "stage" else row["group"]
    gap = Estimate(row["difference"], row["difference_low"], row["difference_high"], int(row["n"]))
    return f"{name}, {number(gap.value, 'points', signed=True)} (95% interval {interval(gap, 'points', signed=True)}, n = {gap.n:,})"
