"""Which of the company's activities serve which touchpoint and stage, and what each touchpoint costs by that."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.steps.journeys import volumes
from cvclib.tables import ACTIVITY_CATEGORIES, STAGES

DAYS_PER_YEAR = 365.25
WEIGHT_TOLERANCE = 0.005  # weights typed with two decimals may miss 1 by this much
NO_STAGE = "no stage"
NO_TOUCHPOINT = "no touchpoint"


def activity_weights(client: Client) -> pd.DataFrame:
    """Each activity's effort over touchpoints, as given and brought to a sum of one.

    Parameters
    ----------
    client : Client
        With ``activity_touchpoints``.

    Returns
    -------
    pandas.DataFrame
        ``activity``, ``touchpoint``, ``weight`` (as given, repeated rows of one pair counted once), ``given_sum``
        of the activity, ``n_blank`` (its touchpoints without a weight), ``share`` (sums to 1 within an activity).

    Notes
    -----
    Weights should sum to 1, or to 100 where they are given in per cent (any weight above 1). Blanks share equally what the
    given ones leave of that, so that an activity without any weight is spread evenly. What then does not sum to it
    is scaled so that it does, and said (`uneven_weights`). A pair given with two weights counts with the larger.
    """
    client.require("activity_touchpoints")
    pairs = client.tables.activity_touchpoints
    frame = pairs.group_by("activity", "touchpoint").aggregate(weight=pairs.weight.max()).order_by("activity", "touchpoint").to_pandas()
    frame["weight"] = frame["weight"].astype(float)
    frame["given_sum"] = frame.groupby("activity")["weight"].transform("sum")
    by_activity = frame.groupby("activity")
    frame["n_blank"] = by_activity["weight"].transform(lambda w: int(w.isna().sum()))
    left = (_whole(frame) - frame["given_sum"]).clip(lower=0) / frame["n_blank"].where(frame["n_blank"] > 0, 1)
    filled = frame["weight"].fillna(left)
    summed = filled.groupby(frame["activity"]).transform("sum")
    frame["share"] = (filled / summed).where(summed > 0, 1 / by_activity["touchpoint"].transform("size"))
    return frame


def _whole(frame: pd.DataFrame) -> pd.Series:
    """What the weights of each row's activity should sum to: 1, or 100 where one of them lies above 1."""
    return frame.groupby("activity")["weight"].transform("max").gt(1).map({True: 100.0, False: 1.0})


def uneven_weights(client: Client) -> pd.DataFrame:
    """Activities whose weights sum neither to 1 nor to 100, those without blanks: ``activity`` and ``given_sum``."""
    frame = activity_weights(client)
    frame = frame.assign(whole=_whole(frame)).drop_duplicates("activity")
    excess = frame["given_sum"] / frame["whole"] - 1
    wrong = (excess.abs() > WEIGHT_TOLERANCE) & ((frame["n_blank"] == 0) | (excess > 0))
    return frame.loc[wrong, ["activity", "given_sum"]].reset_index(drop=True)


def allocated_costs(client: Client) -> pd.DataFrame:
    """Annual cost of each activity at each touchpoint and stage; nothing is lost on the way.

    Parameters
    ----------
    client : Client
        With ``activities`` and ``activity_touchpoints``.

    Returns
    -------
    pandas.DataFrame
        ``activity``, ``category``, ``kind``, ``department``, ``touchpoint``, ``stage``, ``annual_cost``. An activity that
        serves no touchpoint stands under ``no touchpoint``; one whose cost is not given has NaN.
    """
    client.require("activities", "activity_touchpoints")
    activities = client.tables.activities.to_pandas()[["activity", "category", "kind", "department", "annual_cost"]]
    frame = activities.merge(activity_weights(client)[["activity", "touchpoint", "share"]], on="activity", how="left")
    frame["annual_cost"] = frame["annual_cost"].astype(float) * frame["share"].fillna(1)
    if client.has("touchpoints.stage"):
        stages = client.tables.touchpoints.to_pandas().set_index("touchpoint")["stage"]
        frame["stage"] = frame["touchpoint"].map(stages).fillna(NO_STAGE)
    else:
        frame["stage"] = NO_STAGE
    frame.loc[frame["touchpoint"].isna(), "stage"] = NO_TOUCHPOINT
    frame["touchpoint"] = frame["touchpoint"].fillna(NO_TOUCHPOINT)
    frame["category"] = frame["category"].fillna("not given")
    columns = ["activity", "category", "kind", "department", "touchpoint", "stage", "annual_cost"]
    return frame.sort_values(["activity", "touchpoint"], ignore_index=True)[columns]


def activities_by_stage(client: Client) -> pd.DataFrame:
    """Annual cost by Porter's category and stage; without costs the number of activities.

    Returns
    -------
    pandas.DataFrame
        Index category in Porter's order, columns stage in the journey's; 0 where no activity serves.
    """
    frame = allocated_costs(client)
    values = (
        {"values": "annual_cost", "aggfunc": "sum"}
        if client.has("activities.annual_cost")
        else {"values": "activity", "aggfunc": "nunique"}
    )
    table = frame.pivot_table(index="category", columns="stage", fill_value=0, **values)
    rows = [c for c in (*ACTIVITY_CATEGORIES, "not given") if c in table.index]
    columns = [s for s in (*STAGES, NO_STAGE, NO_TOUCHPOINT) if s in table.columns]
    return table.loc[rows, columns].rename_axis(index=None, columns=None)


KINDS = {"creates": "Creates value", "charges_for": "Charges for value", "erodes": "Erodes value", "": "Not said"}


def kinds_by_stage(client: Client) -> pd.DataFrame:
    """Annual cost by what an activity does to customer value and by stage; without costs the number of activities.

    Returns
    -------
    pandas.DataFrame
        Index the kind in words, columns the stages of `activities_by_stage`; empty where no activity has a kind.
    """
    columns = activities_by_stage(client).columns
    if not client.has("activities.kind"):
        return pd.DataFrame(columns=columns)
    frame = allocated_costs(client).assign(kind=lambda t: t["kind"].fillna("").map(KINDS))
    costed = client.has("activities.annual_cost")
    table = frame.pivot_table(
        index="kind", columns="stage", values="annual_cost" if costed else "activity", aggfunc="sum" if costed else "nunique", fill_value=0
    )
    return table.reindex(index=[k for k in KINDS.values() if k in table.index], columns=columns, fill_value=0).rename_axis(
        index=None, columns=None
    )


def activity_list(client: Client) -> pd.DataFrame:
    """Every activity with what it does to customer value and where its effort goes.

    Returns
    -------
    pandas.DataFrame
        ``activity``, ``category``, ``kind`` (in words), ``department``, ``annual_cost`` and ``touchpoints`` with their
        shares; by category in Porter's order, the dearest first.
    """
    client.require("activities", "activity_touchpoints")
    activities = client.tables.activities.to_pandas()[["activity", "category", "kind", "department", "annual_cost"]]
    weights = activity_weights(client).sort_values(["share", "touchpoint"], ascending=[False, True])
    served = weights.groupby("activity")[["touchpoint", "share"]].apply(
        lambda t: ", ".join(f"{x} {100 * s:.0f}%" for x, s in t.itertuples(index=False))
    )
    order = activities["category"].map({c: i for i, c in enumerate(ACTIVITY_CATEGORIES)}).fillna(len(ACTIVITY_CATEGORIES))
    frame = activities.assign(order=order, kind=activities["kind"].fillna("").map(KINDS), touchpoints=activities["activity"].map(served))
    return frame.sort_values(["order", "annual_cost", "activity"], ascending=[True, False, True], ignore_index=True).drop(columns="order")


def touchpoint_costs(client: Client) -> pd.DataFrame:
    """What each touchpoint costs a year, and a touch, by the activities that serve it.

    Parameters
    ----------
    client : Client
        With ``activities.annual_cost`` and ``activity_touchpoints``; ``interactions`` adds the cost of a touch.

    Returns
    -------
    pandas.DataFrame
        Dearest first: ``touchpoint``, ``stage``, ``n_activities``, ``annual_cost``, ``share`` of all cost,
        ``touches_a_year`` (all touches of the period, brought to a year) and ``cost_per_touch``. A last row holds
        what serves no touchpoint, so that the column sums to the cost of all activities.

    Notes
    -----
    Activity-based costing: an activity's annual cost goes to touchpoints by its weights.

    References
    ----------
    .. [1] R. Cooper, R. S. Kaplan, "Measure Costs Right: Make the Right Decisions", Harvard Business Review, 1988.
    """
    client.require("activities.annual_cost", "activity_touchpoints")
    costs = allocated_costs(client)
    frame = costs.groupby("touchpoint", as_index=False).agg(
        stage=("stage", "first"), n_activities=("activity", "nunique"), annual_cost=("annual_cost", "sum")
    )
    frame["share"] = frame["annual_cost"] / frame["annual_cost"].sum()
    frame["touches_a_year"] = frame["touchpoint"].map(_touches_a_year(client))
    frame["cost_per_touch"] = (frame["annual_cost"] / frame["touches_a_year"]).replace(np.inf, np.nan)
    last = frame["touchpoint"] == NO_TOUCHPOINT
    return (
        frame.assign(last=last)
        .sort_values(["last", "annual_cost", "touchpoint"], ascending=[True, False, True], ignore_index=True)
        .drop(columns="last")
    )


def _touches_a_year(client: Client) -> pd.Series:
    """All touches in the period, also of journeys that began before it: they cost as much."""
    if not client.has("interactions"):
        return pd.Series(dtype=float)
    touches = client.in_period(client.tables.interactions, "at")
    counted = touches.group_by("touchpoint").aggregate(n=touches.count()).to_pandas().set_index("touchpoint")["n"]
    return counted * (DAYS_PER_YEAR / client.period.days)


def external_links(client: Client) -> pd.DataFrame:
    """Suppliers, distributors and other outsiders whose activities reach the customer.

    Returns
    -------
    pandas.DataFrame
        ``activity``, ``kind``, ``touchpoints`` served, ``stages``, ``annual_cost``, ``system``; dearest first.
    """
    client.require("activities")
    activities = client.tables.activities.to_pandas()
    external = activities[activities["category"] == "external"][["activity", "kind", "system", "annual_cost"]]
    served = pd.DataFrame(columns=["activity", "touchpoint", "stage"])
    if client.has("activity_touchpoints"):
        served = allocated_costs(client)[["activity", "touchpoint", "stage"]]
    names = served.groupby("activity").agg(
        touchpoints=("touchpoint", lambda t: ", ".join(sorted(set(t)))),
        stages=("stage", lambda s: ", ".join(x for x in (*STAGES, NO_STAGE, NO_TOUCHPOINT) if x in set(s))),
    )
    frame = external.merge(names, on="activity", how="left").sort_values(
        ["annual_cost", "activity"], ascending=[False, True], ignore_index=True
    )
    return frame[["activity", "kind", "touchpoints", "stages", "annual_cost", "system"]]


def touchpoints_without_activity(client: Client) -> list[str]:
    """Touchpoints of the client that no activity serves."""
    known = set(client.tables.touchpoints.to_pandas()["touchpoint"]) if client.has("touchpoints") else set()
    known |= set(volumes(client)["touchpoint"]) if client.has("interactions") else set()
    return sorted(known - set(activity_weights(client)["touchpoint"]))
