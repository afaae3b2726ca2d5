"""The exhibits of step 1 on activities: Porter's activities by stage, the cost of touchpoints, what is in other hands."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.charts.matrix import draw_matrix
from cvclib.charts.style import INK
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.steps import activity_map
from cvclib.steps.activity_map import touchpoint_costs
from cvclib.steps.process_questions import CAPTIONS, gap_of
from cvclib.wording import joined, label, number

MOST_NAMED = 4  # activities in other hands that the reading names


def activity_matrix(client: Client) -> Figure | Gap:
    """Porter's activities against the stages they serve, with their annual cost where it is known."""
    if cannot := gap_of(client, "activities"):
        return cannot
    table, currency = activity_map.activities_by_stage(client), client.params.currency
    costed = client.has("activities.annual_cost")
    shown = table.rename(index=label, columns=label)
    n_categories = len(shown)
    shown = pd.concat([shown, activity_map.kinds_by_stage(client).rename(columns=label)])
    texts = shown.map(lambda x: f"{x:,.0f}" if x else "")
    unit = "money" if costed else "count"
    data = Table(
        shown.assign(All=shown.sum(axis=1)).rename_axis("Activity").reset_index(), "Activities by stage in numbers",
        dict.fromkeys([*shown.columns, "All"], unit), currency=currency if costed else "",
    )  # fmt: skip
    largest = shown.head(n_categories).stack().idxmax()
    alt = f"{n_categories} categories of activity over {shown.shape[1]} stages; the most stands at {largest[0].lower()} for {largest[1].lower()}."
    title = f"Stage served; annual cost in {currency}" if costed else "Stage served; number of activities"
    drawing = draw_matrix(shown, texts, row_title="Activity, Porter's category", column_title=title, highest=float(table.to_numpy().max()))
    if len(shown) > n_categories:  # the same cost again, by what it does to customer value
        above, below = drawing.axes[0].get_yticks()[n_categories - 1 : n_categories + 1]
        drawing.axes[0].axhline((above + below) / 2, color=INK, linewidth=2)
    return Figure(drawing, CAPTIONS["activities"], alt, data)


def activity_list_table(client: Client) -> Table | Gap:
    """Every activity with its category, what it does to customer value, its cost and where its effort goes."""
    if cannot := gap_of(client, "activities"):
        return cannot
    frame = activity_map.activity_list(client)
    frame = frame.assign(category=[label(c) if isinstance(c, str) else None for c in frame["category"]]).dropna(axis="columns", how="all")
    note = "Shares of effort are the weights brought to a sum of one; blank weights share equally what the given ones leave."
    labels = {"kind": "To customer value", "annual_cost": "Cost a year", "touchpoints": "Touchpoints served, share of effort"}
    return Table(frame, CAPTIONS["activity_list"], {"annual_cost": "money"}, labels, note, client.params.currency)


def read_activity_matrix(client: Client) -> Reading | None:
    """What the activity map shows and whether its weights add up, in words."""
    if gap_of(client, "activities"):
        return None
    table, uneven = activity_map.activities_by_stage(client), activity_map.uneven_weights(client)
    text = ""
    if client.has("activities.annual_cost"):
        total, by_stage = float(table.to_numpy().sum()), table.sum()
        stage = by_stage.idxmax()
        text = f"Of {number(total, 'money', currency=client.params.currency)} a year, {number(by_stage[stage] / total, 'share')} goes to {stage}. "
    kinds = activity_map.kinds_by_stage(client)
    if len(kinds) and client.has("activities.annual_cost") and (whole := float(kinds.to_numpy().sum())):
        told = [
            f"{number(cost / whole, 'share')} {kind[:1].lower() + kind[1:]}"
            for kind, cost in kinds.sum(axis=1).items()
            if kind != activity_map.KINDS[""]
        ]
        text += f"By what the company says of its activities, {joined(told)}. "
    text += (
        "The weights of every activity sum to one or to a hundred. " if uneven.empty
        else f"The weights of {joined([f'{r.activity} ({r.given_sum:.2f})' for r in uneven.head(5).itertuples()])} sum neither to one nor to a hundred; they were scaled so that they do. "
    )  # fmt: skip
    unserved = activity_map.touchpoints_without_activity(client)
    text += f"No activity is named for {joined(unserved[:6])}." if unserved else "Every touchpoint is served by an activity."
    return Reading(text)


def cost_table(client: Client, *, most: int = 20) -> Table | Gap:
    """What each touchpoint costs a year and a touch, by the activities that serve it."""
    if cannot := gap_of(client, "costs"):
        return cannot
    frame = touchpoint_costs(client)
    if len(frame) > most:
        rest = frame.iloc[most:]
        gathered = {
            "touchpoint": f"other ({len(rest)})",
            "n_activities": np.nan,
            "annual_cost": rest["annual_cost"].sum(),
            "share": rest["share"].sum(),
        }
        frame = pd.concat([frame.head(most), pd.DataFrame([gathered])], ignore_index=True)
    frame["stage"] = [label(s) if isinstance(s, str) else None for s in frame["stage"]]
    units = {"n_activities": "count", "annual_cost": "money", "share": "share", "touches_a_year": "count", "cost_per_touch": "money"}
    labels = {
        "n_activities": "Activities",
        "annual_cost": "Cost a year",
        "share": "Share of all cost",
        "touches_a_year": "Touches a year",
        "cost_per_touch": "Cost of a touch",
    }
    note = "Activity-based: each activity's annual cost goes to touchpoints by its weights. Touches: all of the period, brought to a year."
    return Table(frame, CAPTIONS["costs"], units, labels, note, client.params.currency)


def read_cost_table(client: Client) -> Reading | None:
    """The dearest touchpoint in words."""
    if gap_of(client, "costs"):
        return None
    frame, currency = touchpoint_costs(client), client.params.currency
    first = frame.iloc[0]
    text = (
        f"{first.touchpoint} takes {number(first.annual_cost, 'money', currency=currency)} a year, {number(first.share, 'share')} of all."
    )
    per_touch = frame.dropna(subset=["cost_per_touch"])
    if len(per_touch):
        dear = per_touch.loc[per_touch["cost_per_touch"].idxmax()]
        text += f" A touch is dearest at {dear.touchpoint}: {number(dear.cost_per_touch, 'money', currency=currency)}."
    return Reading(text + " What it is worth to the customer is the question of step 2.")


def external_table(client: Client) -> Table | Gap | Reading:
    """Activities of suppliers, distributors and other outsiders, and the touchpoints they reach."""
    if cannot := gap_of(client, "external"):
        return cannot
    frame = activity_map.external_links(client)
    if frame.empty:
        return Reading("No activity is marked as external.")
    frame = frame.assign(**{column: [label(k) if isinstance(k, str) else None for k in frame[column]] for column in ("kind", "stages")})
    frame = frame.dropna(axis="columns", how="all")  # a column of dashes only takes room
    return Table(
        frame,
        CAPTIONS["external"],
        {"annual_cost": "money"},
        {"kind": "To customer value", "annual_cost": "Cost a year"},
        currency=client.params.currency,
    )


def read_external_table(client: Client) -> Reading | None:
    """How far customers meet outsiders, in words."""
    if gap_of(client, "external"):
        return None
    frame = activity_map.external_links(client)
    if frame.empty:
        return None
    reach = frame[frame["touchpoints"].fillna(activity_map.NO_TOUCHPOINT) != activity_map.NO_TOUCHPOINT]
    names = [f"{r.activity} at {r.touchpoints}" for r in reach.head(MOST_NAMED).itertuples()]
    names += [f"{len(reach) - MOST_NAMED} more"] if len(reach) > MOST_NAMED else []
    are = "activity is" if len(frame) == 1 else "activities are"
    met = "none" if reach.empty else "one" if len(reach) == 1 else f"{len(reach)}"
    return Reading(f"{len(frame)} {are} in other hands; customers meet {met} of them" + (f": {joined(names)}." if names else "."))
