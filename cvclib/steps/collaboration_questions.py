"""What step 4 asks and needs, what counts as a task in it, and what its exhibits are called."""

from __future__ import annotations

import pandas as pd

from cvclib.client import Client
from cvclib.exhibits import Reading
from cvclib.findings import Gap
from cvclib.methods import raci
from cvclib.steps import handoffs as hand
from cvclib.steps.journeys import RULE, n_journeys
from cvclib.steps.questions import Question

STEP = "collaboration"
ALPHA = 0.05
RACI_BY = ("activity and touchpoint", "activity", "touchpoint")
CAPTIONS = {
    "raci": "Who is responsible (R), accountable (A), consulted (C) and informed (I)",
    "faults": "Faults in who does what",
    "in_use": "Who acts, against who is named",
    "matrix": "Where customers change hands",
    "handoffs": "Handoffs between departments and the wait at each",
    "ping_pong": "Customers sent from one department to another and straight back",
    "network": "Who passes customers to whom",
    "network_table": "Departments in the network of handoffs",
    "communities": "Customers' ways against the organisation chart",
    "community_list": "Touchpoints that customers' ways tie together",
    "by_handoffs": "Satisfaction by number of handoffs",
    "relation": "Handoffs, waits and satisfaction",
    "picture": "What matters to customers, as departments and customers rank it",
    "departments": "How close each department's picture is to the customers'",
}
QUESTIONS = {
    "raci": Question(
        "Who is responsible and accountable for what the customer meets?",
        ("activity_touchpoints.raci", "activity_touchpoints.raci_department"),
        "A role (R, A, C, I; several in a cell will do) and a department for each activity and touchpoint bring the RACI matrix and its faults. A sheet with a "
        "column a department is read with 'unpivot'.",
    ),
    "in_use": Question(
        "Do those act who are named?",
        ("activity_touchpoints.raci", "activity_touchpoints.raci_department", "interactions.department"),
        "Roles beside touches that say which department handled them show who acts without being named.",
    ),
    "handoffs": Question(
        "Where do customers change hands between departments, and how long do they wait there?",
        hand.NEEDS,
        "Touches with the department that handled them bring handoffs and their waiting times.",
    ),
    "satisfaction": Question(
        "Do handoffs go together with lower satisfaction?",
        (*hand.NEEDS, "survey.customer_id"),
        "Answers that can be tied to customers bring the relation of handoffs and waits to satisfaction.",
    ),
    "picture": Question(
        "Do departments agree on what matters to customers?",
        ("department_views",),
        "A short round in which each department ranks the attributes brings their agreement.",
    ),
    "customers": Question(
        "Do departments see what customers see?",
        ("department_views", "attribute_ratings.importance"),
        "Customers' stated importance of the same attributes shows whose picture is theirs.",
    ),
}


def gap_of(client: Client, question: str) -> Gap | None:
    """The gap that a question of the step is for the client; None where it can be asked."""
    return QUESTIONS[question].gap(client, STEP)


def cannot_show(client: Client, question: str) -> Gap | Reading | None:
    """Why a question about journeys has no answer; None where it has."""
    if gap := gap_of(client, question):
        return gap
    return None if n_journeys(client) else Reading(f"No journey starts in the period {client.period}, so there is nothing to show. {RULE}")


def shown_handoffs(client: Client) -> pd.DataFrame:
    """Handoffs made in enough journeys to be shown."""
    found = hand.handoffs(client)
    return found[found["n_cases"] >= client.params.report.minimum_group].reset_index(drop=True)


def raci_roles(client: Client, *, by: str = RACI_BY[0]) -> pd.DataFrame:
    """Roles as the RACI methods read them.

    Parameters
    ----------
    client : Client
        With ``activity_touchpoints``.
    by : {"activity and touchpoint", "activity", "touchpoint"}
        What counts as one task, for which one department has to be accountable.

    Returns
    -------
    pandas.DataFrame
        ``task``, ``department``, ``role``.

    Raises
    ------
    ValueError
        If `by` is none of these.
    """
    if by not in RACI_BY:
        raise ValueError(f"by must be one of {', '.join(map(repr, RACI_BY))}, not {by!r}")
    table = client.tables.activity_touchpoints.to_pandas()
    # A client file's rows hold one role each; frames in memory come as they are.
    table = table.assign(raci=[raci.read_cell(cell) or None for cell in table["raci"].astype(object).where(table["raci"].notna(), None)])
    table = table.explode("raci").sort_values(["activity", "touchpoint", "raci", "raci_department"], kind="stable", ignore_index=True)
    task = table["activity"] + " · " + table["touchpoint"] if by == RACI_BY[0] else table[by]
    return pd.DataFrame({"task": task, "department": table["raci_department"], "role": table["raci"]})


def p_text(p_value: float) -> str:
    """A p value behind the letter p: ``< 0.001`` or ``= 0.012``; a dash where there is none.

    Examples
    --------
    >>> p_text(0.0123), p_text(float("nan"))
    ('= 0.012', '–')
    """
    return "–" if pd.isna(p_value) else "< 0.001" if p_value < 0.001 else f"= {p_value:.3f}"
