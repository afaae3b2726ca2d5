"""Exhibits of who does what: the RACI matrix, what is wrong with it, and who acts in the log."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.charts.matrix import draw_matrix
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods import raci
from cvclib.methods.estimate import Estimate
from cvclib.steps import roles_in_use
from cvclib.steps.collaboration_questions import CAPTIONS, RACI_BY, cannot_show, gap_of, raci_roles
from cvclib.wording import joined, label, with_evidence

NAMED = 3  # places named for each kind of remark
MOST_ROWS = 40  # tasks drawn in the matrix; the rest stands in the table behind it


def raci_matrix(client: Client, *, by: str = RACI_BY[0]) -> Figure | Gap:
    """The RACI matrix, tinted where a department is accountable or responsible."""
    if cannot := gap_of(client, "raci"):
        return cannot
    table = raci.matrix(raci_roles(client, by=by))
    shown = table.head(MOST_ROWS)
    weight = shown.map(lambda cell: 3.0 if "A" in cell else 2.0 if "R" in cell else 1.0 if cell else np.nan)
    data = Table(table.rename_axis(label(by)).reset_index(), "The RACI matrix in letters")
    more = f" The first {MOST_ROWS} of {len(table)} are drawn." if len(table) > MOST_ROWS else ""
    counts = raci.load(raci_roles(client, by=by))
    alt = f"{len(table)} tasks by {table.shape[1]} departments.{more} Accountable: {joined([f'{r.department} for {r.A}' for r in counts.itertuples() if r.A]) or 'none'}."
    return Figure(draw_matrix(weight, shown, row_title=label(by), column_title="Department", highest=4.0), CAPTIONS["raci"], alt, data)


def read_raci_matrix(client: Client, *, by: str = RACI_BY[0]) -> Reading | None:
    """Who carries most, in words."""
    if gap_of(client, "raci"):
        return None
    counts, n_tasks = raci.load(raci_roles(client, by=by)), raci_roles(client, by=by)["task"].nunique()
    does, answers = counts.loc[counts["R"].idxmax()], counts.loc[counts["A"].idxmax()]
    return Reading(
        f"{len(counts)} departments share {n_tasks} tasks. {does['department']} does the work in {does['R']} of them, "
        f"{answers['department']} answers for {answers['A']}."
    )


def raci_faults(client: Client, *, by: str = RACI_BY[0], most_responsible: float = raci.MOST_RESPONSIBLE) -> Table | Gap | Reading:
    """What is wrong with who does what: no A, two A's, no R, overload.

    Parameters
    ----------
    client : Client
    by : str
        As in `raci_roles`.
    most_responsible : float
        Share of tasks above which a department that does them is overloaded.
    """
    if cannot := gap_of(client, "raci"):
        return cannot
    roles = raci_roles(client, by=by)
    faults, remarks = raci.faults(roles, most_responsible=most_responsible), _gathered(raci.remarks(roles))
    if faults.empty and remarks.empty:
        return Reading(
            "The RACI matrix has no fault: every task has one accountable and at least one responsible department, and none is overloaded."
        )
    frame = pd.concat([faults.assign(weight="Fault"), remarks.assign(weight="Worth a look")], ignore_index=True)
    frame = frame.assign(fault=frame["fault"].map(label), mend=frame["mend"].map(label), departments=frame["departments"].replace("", None))
    labels = {"where": "Where", "weight": "Kind", "fault": "What", "mend": "What to do"}
    note = "A fault breaks a rule of RACI; what is worth a look breaks none."
    return Table(frame[["where", "weight", "fault", "departments", "mend"]], CAPTIONS["faults"], labels=labels, note=note)


def _gathered(remarks: pd.DataFrame) -> pd.DataFrame:
    """Remarks of one kind in one row, so that the faults stay in sight."""
    rows = []
    for fault, own in remarks.groupby("fault", sort=False):
        places = own["where"].tolist()
        where = joined(places if len(places) <= NAMED else [*places[:NAMED], f"{len(places) - NAMED} more"])
        rows.append((fault, where, own.iloc[0]["departments"] if len(own) == 1 else "", own.iloc[0]["mend"]))
    return pd.DataFrame(rows, columns=["fault", "where", "departments", "mend"])


def read_raci_faults(client: Client, *, by: str = RACI_BY[0], most_responsible: float = raci.MOST_RESPONSIBLE) -> Reading | None:
    """The faults counted, in words."""
    if gap_of(client, "raci"):
        return None
    roles = raci_roles(client, by=by)
    frame = raci.faults(roles, most_responsible=most_responsible)
    if frame.empty:
        none = "No fault: every task has one accountable and at least one responsible department, and none is overloaded."
        return None if raci.remarks(roles).empty else Reading(none)
    counts = joined([f"{fault} ({n})" for fault, n in frame["fault"].value_counts(sort=False).items()])
    faults = f"{len(frame)} faults" if len(frame) > 1 else "one fault"
    return Reading(f"{roles['task'].nunique()} tasks have {faults}: {counts}.")


def in_use_table(client: Client, *, most: int = 12) -> Table | Gap | Reading:
    """Touches handled by a department that is neither responsible nor accountable, by touchpoint."""
    if cannot := cannot_show(client, "in_use"):
        return cannot
    found = roles_in_use.in_use(client).by_touchpoint
    shown = found[found["n"] >= client.params.report.minimum_group]
    if shown.empty:
        return Reading("No touchpoint with an R or an A has enough touches of a known department to be compared.")
    shown = shown.head(most).assign(others=[joined(who[:3]) or None for who in shown.head(most)["others"]])
    units = {"n": "count", "value": "share", "low": "share", "high": "share"}
    labels = {
        "bound": "Responsible or accountable",
        "n": "Touches",
        "value": "By others",
        "low": "95% from",
        "high": "to",
        "others": "Who else acts",
    }
    more = (
        f" {len(found) - len(shown)} more touchpoints are not listed: fewer touches by others, or too few touches."
        if len(found) > len(shown)
        else ""
    )
    note = f"By others: share of touches whose own department is neither R nor A at the touchpoint. Touches of one journey hang together; the intervals allow for it.{more}"
    return Table(shown[["touchpoint", *labels]], CAPTIONS["in_use"], units, labels, note)


def read_in_use_table(client: Client) -> Reading | None:
    """How far the log keeps to the matrix, in words."""
    if cannot_show(client, "in_use"):
        return None
    found = roles_in_use.in_use(client)
    if found.overall.n < client.params.report.minimum_group:
        return None
    text = f"Departments that are neither responsible nor accountable handle {with_evidence(found.overall, 'share')} of the touches that can be compared."
    worst = found.by_touchpoint[
        (found.by_touchpoint["low"] > roles_in_use.TOLERATED_SHARE) & (found.by_touchpoint["n"] >= client.params.report.minimum_group)
    ]
    if len(worst):
        first = worst.sort_values("n_others", ascending=False).iloc[0]
        estimate = Estimate(first["value"], first["low"], first["high"], int(first["n"]))
        text += f" Most of them at {first['touchpoint']}: {with_evidence(estimate, 'share')}, by {joined(first['others'][:3])}."
    else:
        text += " At no touchpoint is that surely more than the slips of a log (5%)."
    idle = found.idle[found.idle["n"] >= client.params.report.minimum_group]
    if len(idle):
        named = [f"{row.department} ({row.touchpoint})" for row in idle.head(3).itertuples()]
        named += [f"{len(idle) - 3} more"] if len(idle) > 3 else []
        text += f" Responsible, but never in the log there, perhaps as the work is behind the scenes: {joined(named)}."
    return Reading(text)
