"""Step 2, value identification: what customers value, how well it is done for them, and what it costs.

The public names of the step: analyses, exhibits, readings, findings and gaps.
"""

from __future__ import annotations

from cvclib.client import Client
from cvclib.findings import Finding, Gap
from cvclib.methods.value_index import TOLERANCE
from cvclib.steps.comment_exhibits import key_words_chart, key_words_reading, read_as_coded, theme_quotes, themes_chart, themes_reading
from cvclib.steps.comment_themes import comment_themes, key_words
from cvclib.steps.comments import shared_comments
from cvclib.steps.cost_exhibits import cost_value_chart, cost_value_reading, worth_chart, worth_reading, worth_table
from cvclib.steps.driver_exhibits import (
    asymmetric_chart,
    asymmetric_reading,
    driver_chart,
    driver_reading,
    only_said_and_unsaid,
    reliability_reading,
    reliability_table,
    said_only,
    stated_chart,
    stated_reading,
    witness_reading,
    witness_table,
)
from cvclib.steps.drivers import MIN_ANSWERS, asymmetric_drivers, drivers, scale_reliability
from cvclib.steps.empathy import coded_quotes, empathy_counts, empathy_map, empathy_reading
from cvclib.steps.kano_exhibits import kano_map, kano_reading, kano_segment_map, kano_segment_reading, kano_table
from cvclib.steps.market import market, quality_and_price
from cvclib.steps.market_exhibits import brand_map, brand_reading, price_profile, quality_profile
from cvclib.steps.needs_and_wants import kano_results, kano_segments
from cvclib.steps.questions import gaps_of
from cvclib.steps.touchpoint_value import cost_and_value, cost_by_kind, touchpoint_costs, value_to_the_customer
from cvclib.steps.value_exhibits import comments_reading, comments_table
from cvclib.steps.value_findings import value_findings
from cvclib.steps.value_map import importance_basis, segment_differences, value_map
from cvclib.steps.value_map_exhibits import (
    segment_map,
    segment_reading,
    segment_table,
    value_grid,
    value_reading,
)
from cvclib.steps.value_questions import NEEDS_ANY, QUESTIONS, STEP
from cvclib.steps.witnesses import witnesses

__all__ = [
    "NEEDS_ANY",
    "QUESTIONS",
    "STEP",
    "asymmetric_chart",
    "asymmetric_drivers",
    "asymmetric_reading",
    "brand_map",
    "brand_reading",
    "coded_quotes",
    "comment_themes",
    "comments_reading",
    "comments_table",
    "cost_and_value",
    "cost_by_kind",
    "cost_value_chart",
    "cost_value_reading",
    "driver_chart",
    "driver_reading",
    "drivers",
    "empathy_counts",
    "empathy_map",
    "empathy_reading",
    "findings",
    "gaps",
    "importance_basis",
    "kano_map",
    "kano_reading",
    "kano_results",
    "kano_segment_map",
    "kano_segment_reading",
    "kano_segments",
    "kano_table",
    "key_words",
    "key_words_chart",
    "key_words_reading",
    "market",
    "only_said_and_unsaid",
    "price_profile",
    "quality_and_price",
    "quality_profile",
    "read_as_coded",
    "reliability_reading",
    "reliability_table",
    "said_only",
    "scale_reliability",
    "segment_differences",
    "segment_map",
    "segment_reading",
    "segment_table",
    "shared_comments",
    "stated_chart",
    "stated_reading",
    "theme_quotes",
    "themes_chart",
    "themes_reading",
    "touchpoint_costs",
    "value_grid",
    "value_map",
    "value_reading",
    "value_to_the_customer",
    "witness_reading",
    "witness_table",
    "witnesses",
    "worth_chart",
    "worth_reading",
    "worth_table",
]


def gaps(client: Client) -> list[Gap]:
    """Questions of this step that the client's tables leave open, and what would answer them."""
    return gaps_of(client, STEP, QUESTIONS)


def findings(client: Client, *, min_answers: int = MIN_ANSWERS, tolerance: float = TOLERANCE) -> list[Finding]:
    """What the step found and the evidence carries; says so where there is no signal.

    Parameters
    ----------
    client : Client
    min_answers : int
        Answers below which an estimate is not made.
    tolerance : float
        How far the shares of cost and value of a touchpoint may part, as a share.

    Returns
    -------
    list of Finding
    """
    return value_findings(client, min_answers=min_answers, tolerance=tolerance)
