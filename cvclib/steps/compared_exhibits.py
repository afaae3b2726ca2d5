"""The exhibit of step 1 on two sets of journeys: what differs between them."""

from __future__ import annotations

import pandas as pd

from cvclib.charts.differences import draw_differences
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods.estimate import Estimate
from cvclib.steps.compared import FAMILIES, differences, followed_alike, lead_times, sides
from cvclib.steps.journeys import n_journeys
from cvclib.steps.process_questions import CAPTIONS, STEP, cannot_show, p_text
from cvclib.wording import interval, joined, label, number, with_evidence

ALPHA = 0.05
LEAST_GAP = 0.02  # a difference of less than two percentage points is no finding, however sure
MOST_DRAWN = 4  # of each family
NOTE = (
    "Shares are of all journeys; of a return, of the journeys that touch the touchpoint; of a step, within the horizon, the unfinished censored. p is adjusted within "
    "each kind of question (Benjamini–Hochberg) and for the four kinds (Bonferroni); journeys of one customer are not counted as independent."
)


def difference_chart(client: Client, *, compare: str = "", horizon_days: float = 90) -> Figure | Gap | Reading:
    """What differs between this period and the one before, or between two segments.

    Parameters
    ----------
    client : Client
    compare : str
        Empty: with the period before; ``"A vs B"``: two segments.
    horizon_days : float
        Days within which a journey is expected to go on.
    """
    if cannot := cannot_show(client, "journeys"):
        return cannot
    frame, (names, _) = differences(client, compare=compare, horizon_days=horizon_days), sides(client, compare=compare)
    if frame.empty:
        return Reading(_nothing(client, compare))
    frame = _ordered(frame)
    drawn = frame.groupby("family", sort=False).head(MOST_DRAWN)
    shown = drawn.assign(heading=drawn["family"].map(FAMILIES), name=drawn["name"].str.replace("_", " "), sure=drawn["p_value"] < ALPHA)
    table = frame.assign(family=frame["family"].map(FAMILIES))
    shares = ("here", "there", "difference", "low", "high", "p_value")
    units = {"n_here": "count", "n_there": "count", "p_value": "number"} | dict.fromkeys(shares[:-1], "share")
    labels = {
        "family": "What",
        "name": "Where",
        "here": names[0],
        "low": "95% from",
        "high": "to",
        "there": label(names[1]),
        "n_here": "Journeys",
        "n_there": "Journeys ",
        "p_value": "p, adjusted",
    }
    data = Table(table[["name", "family", *shares, "n_here", "n_there"]], "What differs, in numbers", units, labels, NOTE)
    sure = shown[shown["sure"]]
    told = [f"{r.heading.lower()}: {r.name} {number(r.here, 'share')} against {number(r.there, 'share')}" for r in sure.itertuples()]
    alt = f"{names[0]} against {names[1]}, {len(frame)} comparisons. " + (
        f"Beyond chance: {joined(told)}." if told else "None is beyond chance."
    )
    return Figure(draw_differences(shown, names), CAPTIONS["compared"], alt, data)


def read_difference_chart(client: Client, *, compare: str = "", horizon_days: float = 90) -> Reading | None:
    """What differs beyond chance, or that nothing does, in words."""
    if cannot_show(client, "journeys"):
        return None
    frame, (names, both) = differences(client, compare=compare, horizon_days=horizon_days), sides(client, compare=compare)
    if frame.empty:
        return None
    sure = _ordered(frame[frame["p_value"] < ALPHA])
    text = f"{names[0]} ({n_journeys(both[0]):,} journeys) against {names[1]} ({n_journeys(both[1]):,}): "
    if sure.empty:
        text += f"none of {len(frame)} comparisons lies beyond chance."
    else:
        told = [
            f"{FAMILIES[r.family].lower()}: {r.name}, {number(r.here, 'share')} against {number(r.there, 'share')} (p {p_text(r.p_value)})"
            for r in sure.head(4).itertuples()
        ]
        text += f"{len(sure)} of {len(frame)} comparisons lie beyond chance. {label('; '.join(told))}."
    text += "" if followed_alike(client, compare=compare) else f" {_uneven(both)}"
    return Reading(text + _lead_times_in_words(client, compare))


def findings_of_comparison(client: Client, *, compare: str = "", horizon_days: float = 90) -> list[Finding]:
    """The largest difference beyond chance and of at least two percentage points; none where there is none."""
    frame, (names, _) = differences(client, compare=compare, horizon_days=horizon_days), sides(client, compare=compare)
    large = frame[(frame["p_value"] < ALPHA) & (frame["difference"].abs() >= LEAST_GAP)]
    if large.empty:
        return []
    row = large.loc[large["difference"].abs().idxmax()]
    gap = Estimate(row["difference"], row["low"], row["high"], int(min(row["n_here"], row["n_there"])))
    others = f"; {len(large) - 1} more comparisons lie beyond chance" if len(large) > 1 else ""
    return [
        Finding(
            STEP, f"{names[0]} against {names[1]}, {FAMILIES[row['family']].lower()}: {row['name']}, {number(row['here'], 'share')} against {number(row['there'], 'share')}.",
            f"Difference {number(gap.value, 'share', signed=True)}, 95% interval {interval(gap, 'share', signed=True)}, n = {row['n_here']:,} and {row['n_there']:,}; adjusted p {p_text(row['p_value'])}{others}",
            "Find out what was done differently before calling it good or bad.", CAPTIONS["compared"], gap, kind="chance",
        )
    ]  # fmt: skip


def _lead_times_in_words(client: Client, compare: str) -> str:
    times = lead_times(client, compare=compare)
    if times is None:
        return ""
    if times.p_value >= ALPHA:
        return f" How long journeys take from first to last touch does not differ beyond chance (p {p_text(times.p_value)})."
    return (
        f" From first to last touch half of the customers take {with_evidence(times.here, 'days')} or less, against "
        f"{with_evidence(times.there, 'days')} (p {p_text(times.p_value)})."
    )


def _uneven(both: tuple[Client, Client]) -> str:
    here, there = (one.period.days for one in both)
    return (
        f"The periods are {here:,} and {there:,} days long: in the longer one more is seen of every journey, so that shares of touches, ways and "
        "returns are not compared; steps from stage to stage allow for the difference."
    )


def _nothing(client: Client, compare: str) -> str:
    both = sides(client, compare=compare).clients
    if all(n_journeys(one) for one in both) and not followed_alike(client, compare=compare):
        return _uneven(both)
    if compare:
        return "One of the two segments has too few journeys in the period to compare."
    return (
        f"No journey starts in {client.previous_period}, so there is nothing to compare the period with; two segments can be named instead."
    )


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """By family, the surest first, and of equals the largest."""
    place = frame["family"].map({family: i for i, family in enumerate(FAMILIES)})
    return frame.assign(place=place, size=-frame["difference"].abs()).sort_values(["place", "p_value", "size", "name"], kind="stable", ignore_index=True).drop(columns=["place", "size"])  # fmt: skip
