"""Who acts, held against who is named: the departments of the touches beside those that the RACI matrix binds.

A department is bound to a touchpoint when it is responsible (R) or accountable (A) for an activity there. A touch is handled as laid down when its
own department, not the touchpoint's owner, is bound. Touchpoints without any R or A are left to the matrix's own faults.
"""

from __future__ import annotations

from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.methods import handovers, shares
from cvclib.methods.estimate import Estimate
from cvclib.steps.collaboration_questions import raci_roles
from cvclib.steps.journeys import journeys
from cvclib.steps.memo import once_per_client

TOLERATED_SHARE = 0.05  # of touches handled by others: slips of a log, not a way of working


class InUse(NamedTuple):
    """The RACI matrix beside the log.

    Parameters
    ----------
    by_touchpoint : pandas.DataFrame
        A row a touchpoint with an R or A, most touches of others first: ``touchpoint``, ``bound`` (departments with R or A), ``n`` touches with
        a known department, ``n_others``, ``value``, ``low``, ``high`` (share handled by others), ``others`` (who, most often first).
    overall : Estimate
        The same share over all of them.
    idle : pandas.DataFrame
        ``touchpoint``, ``department``, ``n`` touches there: responsible (R), yet it handles no touch of a touchpoint that is used.
    n_left_out : int
        Touches at touchpoints without an R or A, or of no known department.
    """

    by_touchpoint: pd.DataFrame
    overall: Estimate
    idle: pd.DataFrame
    n_left_out: int


@once_per_client
def in_use(client: Client) -> InUse:
    """Hold the departments that handle the touches of the period against those that are responsible or accountable there.

    Parameters
    ----------
    client : Client
        With roles, and ``interactions.department``.

    Returns
    -------
    InUse

    Notes
    -----
    Touches of a journey are not independent of each other: the intervals are Wilson's at the effective number of touches,
    ``p (1 - p) / v``, v the variance between journeys of the share.
    """
    client.require("interactions", "activity_touchpoints")
    roles = raci_roles(client, by="touchpoint").dropna(subset=["department", "role"])
    bound = roles[roles["role"].isin(["R", "A"])].groupby("task")["department"].agg(lambda d: frozenset(d)).to_dict()
    touches = _touches(client)
    counted = touches.group_by("touchpoint", "acting").aggregate(n=touches.count()).order_by("touchpoint", "acting").to_pandas()
    known = counted[counted["touchpoint"].isin(bound)].dropna(subset=["acting"])
    known = known.assign(other=[acting not in bound[point] for point, acting in zip(known["touchpoint"], known["acting"], strict=True)])
    known = known.assign(n_others=known["n"].where(known["other"], 0))
    by_point, overall = _by_case(touches, known)
    rows = []
    for point, own in known.groupby("touchpoint"):
        who = own[own["other"]].groupby("acting")["n"].sum().sort_values(ascending=False, kind="stable")
        estimate = _share_over_cases(by_point[by_point["touchpoint"] == point])
        rows.append(
            (point, ", ".join(sorted(bound[point])), int(own["n"].sum()), int(own["n_others"].sum()), *estimate[:3], list(who.index))
        )
    columns = ["touchpoint", "bound", "n", "n_others", "value", "low", "high", "others"]
    frame = pd.DataFrame(rows, columns=columns).sort_values(["n_others", "touchpoint"], ascending=[False, True], ignore_index=True)
    left_out = int(counted["n"].sum() - known["n"].sum())
    return InUse(frame, _share_over_cases(overall), _idle(roles, known), left_out)


def _touches(client: Client) -> ir.Table:
    """Touches of the period's journeys: case, touchpoint and the department in the log itself."""
    log = journeys(client)
    stored = client.tables.interactions
    # The journeys' department falls back on the owner of the touchpoint: who acts is only what the log says.
    key = ibis.coalesce(stored.case_id, ibis.literal("customer ") + stored.customer_id)
    acting = stored.filter(stored["at"] < ibis.date(client.period.until)).select(
        case=key, touchpoint=stored.touchpoint, acting=stored.department
    )
    return acting.semi_join(log, "case")


def _by_case(touches: ir.Table, known: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """How many touches of a case there are, how many of them by others, and in how many cases so: by touchpoint, and over all.

    Counted in the engine: there are as many journeys as customers, yet few numbers of touches that one can have.
    """
    met = touches.filter(touches.touchpoint.isin(known["touchpoint"].unique().tolist()), touches.acting.notnull())
    pairs = known.loc[known["other"], ["touchpoint", "acting"]].itertuples(index=False)
    by_others = ibis.or_(ibis.literal(False), *((met.touchpoint == point) & (met.acting == acting) for point, acting in pairs))
    counted = met.group_by("case", "touchpoint").aggregate(n=met.count(), n_others=met.count(where=by_others))
    whole = counted.group_by("case").aggregate(n=counted.n.sum(), n_others=counted.n_others.sum())

    def alike(table: ir.Table, *by: str) -> pd.DataFrame:
        columns = [*by, "n", "n_others"]
        return table.group_by(*columns).aggregate(n_cases=table.count()).order_by(*columns).to_pandas()

    return alike(counted, "touchpoint"), alike(whole)


def _share_over_cases(cases: pd.DataFrame) -> Estimate:
    return handovers.share_over_cases(cases["n_others"], cases["n"], cases["n_cases"]) if len(cases) else shares.share(0, 0)


def _idle(roles: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Departments that are responsible where they never act; a touchpoint without touches says nothing of them."""
    volume = known.groupby("touchpoint")["n"].sum()
    acts = set(zip(known["touchpoint"], known["acting"], strict=True))
    pairs = roles[roles["role"] == "R"][["task", "department"]].drop_duplicates()
    rows = [(t, d, int(volume[t])) for t, d in pairs.itertuples(index=False) if t in volume.index and (t, d) not in acts]
    frame = pd.DataFrame(rows, columns=["touchpoint", "department", "n"])
    return frame.sort_values(["n", "touchpoint", "department"], ascending=[False, True, True], ignore_index=True).astype({"n": np.int64})
