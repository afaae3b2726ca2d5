"""Step 4, collaboration: who does what, where customers change hands, and whether departments share one picture.

The public names for the notebook; exhibits and readings are made in `role_exhibits`, `handoff_exhibits`, `network_exhibits` and
`picture_exhibits`. An exhibit that cannot be made is a `Gap`, its reading then None.
"""

from __future__ import annotations

from cvclib.client import Client
from cvclib.findings import Finding, Gap
from cvclib.steps import collaboration_findings
from cvclib.steps.collaboration_questions import QUESTIONS, RACI_BY, STEP, cannot_show, gap_of, raci_roles
from cvclib.steps.handoff_exhibits import (
    handoff_matrix,
    handoff_table,
    ping_pong_table,
    read_handoff_matrix,
    read_handoff_table,
    read_ping_pong_table,
    read_relation_table,
    read_satisfaction_by_handoffs,
    relation_table,
    satisfaction_by_handoffs,
)
from cvclib.steps.network_exhibits import (
    community_list,
    community_table,
    network_figure,
    network_table,
    read_community_list,
    read_community_table,
    read_network_figure,
    read_network_table,
)
from cvclib.steps.picture_exhibits import picture_matrix, picture_table, read_picture_matrix, read_picture_table
from cvclib.steps.questions import gaps_of
from cvclib.steps.role_exhibits import (
    in_use_table,
    raci_faults,
    raci_matrix,
    read_in_use_table,
    read_raci_faults,
    read_raci_matrix,
)

__all__ = [
    "NEEDS_ANY", "community_list", "community_table", "findings", "gaps", "handoff_matrix", "handoff_table", "in_use_table", "network_figure",
    "network_table", "picture_matrix", "picture_table", "ping_pong_table", "raci_faults", "raci_matrix", "raci_roles", "read_community_list",
    "read_community_table", "read_handoff_matrix", "read_handoff_table", "read_in_use_table", "read_network_figure", "read_network_table",
    "read_picture_matrix", "read_picture_table", "read_ping_pong_table", "read_raci_faults", "read_raci_matrix", "read_relation_table",
    "read_satisfaction_by_handoffs", "relation_table", "satisfaction_by_handoffs",
]  # fmt: skip

NEEDS_ANY = ("activity_touchpoints.raci", "interactions", "department_views")


def gaps(client: Client) -> list[Gap]:
    """What cannot be computed for this client, and what to supply for it."""
    return gaps_of(client, STEP, QUESTIONS)


def findings(client: Client, *, by: str = RACI_BY[0]) -> list[Finding]:
    """What collaboration carries: RACI faults, the longest wait, handoffs and satisfaction, the shared picture.

    Parameters
    ----------
    client : Client
    by : str
        As in `raci_roles`.
    """
    found: list[Finding] = []
    if not gap_of(client, "raci"):
        found += collaboration_findings.on_roles(client, by)
    if not cannot_show(client, "in_use"):
        found += collaboration_findings.on_who_acts(client)
    if not cannot_show(client, "handoffs"):
        found += collaboration_findings.on_waits(client)
        found += collaboration_findings.on_returns(client)
    if not cannot_show(client, "satisfaction"):
        found += collaboration_findings.on_satisfaction(client)
    if not gap_of(client, "picture"):
        found += collaboration_findings.on_the_picture(client)
    return found
