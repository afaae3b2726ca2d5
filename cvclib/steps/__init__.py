"""The seven steps: each asks the client's tables its question and answers with exhibits and findings."""

from __future__ import annotations

import pandas as pd

from cvclib.client import Client
from cvclib.exhibits import Table
from cvclib.tables import TABLES
from cvclib.wording import label

STEPS = (
    "process_mapping",
    "value_identification",
    "technology_integration",
    "collaboration",
    "performance_evaluation",
    "advocacy",
    "continuous_improvement",
)

# The tables each step reads; what of them is missing is said by the step's own gaps.
READS: dict[str, tuple[str, ...]] = {
    "process_mapping": ("interactions", "touchpoints", "activities", "activity_touchpoints", "survey", "orders"),
    "value_identification": (
        "attribute_ratings", "survey", "kano", "prices", "quotes", "touchpoints", "interactions", "activities", "activity_touchpoints",
    ),
    "technology_integration": ("customers", "accounts", "orders", "tickets", "survey", "interactions", "systems", "touchpoints"),
    "collaboration": ("activity_touchpoints", "activities", "interactions", "survey", "department_views", "attribute_ratings"),
    "performance_evaluation": ("orders", "leads", "survey", "tickets", "interactions", "subscriptions", "customers"),
    "advocacy": ("survey", "touchpoints", "referrals", "customers", "orders", "attribute_ratings"),
    "continuous_improvement": (
        "attribute_ratings", "survey", "customers", "orders", "subscriptions", "interactions", "touchpoints", "activities", "activity_touchpoints",
        "tickets", "initiatives",
    ),
}  # fmt: skip


def what_we_have(client: Client, step: str) -> Table:
    """What the client supplies of the tables that a step reads.

    Parameters
    ----------
    client : Client
    step : str
        One of `STEPS`.

    Returns
    -------
    Table
        A row a table: rows read, left out, rejected and kept, columns filled; a dash where there is none.
    """
    counts = (
        client.sources_of(READS[step]).groupby("table")[["rows_read", "rows_left_out", "rows_rejected", "cells_blanked", "rows_kept"]].sum()
    )
    columns = client.inventory_of(READS[step])
    filled = columns[columns["filled"] > 0].groupby("table")["column"].count()
    frame = pd.DataFrame({"table": READS[step]}).set_index("table").join(counts).join(filled.rename("columns_filled")).reset_index()
    frame.insert(1, "one_row_is", [TABLES[name].row_is for name in frame["table"]])
    frame["table"] = frame["table"].map(label)
    segment = f", segment {client.segment} only" if client.segment else ""
    return Table(
        frame,
        caption="What this step can read",
        units=dict.fromkeys(frame.columns[2:], "count"),
        note=f"Period {client.period}, compared with {client.previous_period}{segment}. A dash: not supplied by this client.",
    )
