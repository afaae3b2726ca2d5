"""Step 1, process mapping: how journeys run, where they hurt, turn round and stop, and which activities carry them.

The public names of the step. Exhibits stand in `journey_exhibits`, `path_exhibits`, `stage_exhibits` and `activity_exhibits`; what they
show is worked out in `journeys`, `pain_points`, `stage_flow` and `activity_map`. An exhibit that cannot be made is a
`Gap`, its reading then None.
"""

from __future__ import annotations

from cvclib.client import Client
from cvclib.findings import Finding, Gap
from cvclib.steps import process_findings
from cvclib.steps.activity_exhibits import (
    activity_list_table,
    activity_matrix,
    cost_table,
    external_table,
    read_activity_matrix,
    read_cost_table,
    read_external_table,
)
from cvclib.steps.activity_map import touchpoint_costs
from cvclib.steps.compared_exhibits import difference_chart, findings_of_comparison, read_difference_chart
from cvclib.steps.designed_exhibits import design_table, design_touchpoint_table, read_design_table
from cvclib.steps.flow_exhibits import flow_page, read_flow_page
from cvclib.steps.journey_exhibits import journey_map, read_journey_map
from cvclib.steps.journeys import n_journeys
from cvclib.steps.outcomes import outcome_table, outcomes, read_outcome_table
from cvclib.steps.pain_points import pain_points
from cvclib.steps.path_exhibits import (
    loop_table,
    process_graph,
    read_loop_table,
    read_process_graph,
    read_transition_table,
    read_variant_table,
    transition_table,
    variant_table,
)
from cvclib.steps.process_questions import QUESTIONS, STEP
from cvclib.steps.questions import gaps_of
from cvclib.steps.stage_exhibits import (
    drop_off_table,
    funnel,
    next_stage_curves,
    read_drop_off_table,
    read_funnel,
    read_next_stage_curves,
)
from cvclib.steps.stopped_exhibits import fate_bars, read_fate_bars
from cvclib.steps.time_spent import read_time_table, time_table

__all__ = [
    "NEEDS_ANY", "activity_list_table", "activity_matrix", "cost_table", "design_table", "design_touchpoint_table", "difference_chart", "drop_off_table", "external_table", "fate_bars", "findings", "flow_page", "funnel", "gaps", "journey_map", "loop_table",
    "next_stage_curves", "outcome_table", "outcomes", "pain_points", "process_graph", "read_activity_matrix", "read_cost_table", "read_design_table", "read_difference_chart", "read_drop_off_table", "read_external_table", "read_fate_bars", "read_flow_page",
    "read_funnel", "read_journey_map", "read_loop_table", "read_next_stage_curves", "read_outcome_table", "read_process_graph", "read_time_table", "read_transition_table",
    "read_variant_table", "time_table", "touchpoint_costs", "transition_table", "variant_table",
]  # fmt: skip

NEEDS_ANY = ("interactions", "activities")


def gaps(client: Client) -> list[Gap]:
    """What cannot be computed for this client, and what to supply for it."""
    return gaps_of(client, STEP, QUESTIONS)


def findings(client: Client, *, horizon_days: float = 90, loop_share: float = 0.2, compare: str = "") -> list[Finding]:
    """What the journeys carry: the leakiest step, the worst loop, the lowest satisfaction, or that there is no signal.

    Parameters
    ----------
    client : Client
    horizon_days : float
        Days within which a journey is expected to go on to the next stage.
    loop_share : float
        Share of journeys that a repeated touchpoint must surely exceed to count as a problem.
    compare : str
        Empty: what differs from the period before; ``"A vs B"``: between two segments.
    """
    if not n_journeys(client):
        return []
    found = process_findings.of(client, horizon_days=horizon_days, loop_share=loop_share)
    return found + findings_of_comparison(client, compare=compare, horizon_days=horizon_days)
