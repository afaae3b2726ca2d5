"""Step 6, advocacy: who recommends, what that depends on, what comes of it, and what growth it earns.

The public names of the step. Each exhibit is a figure or a table where the client's tables allow it, and a
gap that says what is missing where they do not.
"""

from __future__ import annotations

from cvclib.client import Client
from cvclib.findings import Finding, Gap
from cvclib.steps.aftercare import FOLLOW_DAYS, WITHIN_DAYS, cared
from cvclib.steps.aftercare_exhibits import aftercare, aftercare_findings, aftercare_gaps, aftercare_overlap, aftercare_reading
from cvclib.steps.attribution import attributed, attribution_chart, attribution_findings, attribution_gap, attribution_reading
from cvclib.steps.earned_growth import (
    earned_growth_findings,
    earned_growth_gap,
    earned_growth_rate,
    earned_growth_reading,
    earned_growth_table,
    revenue_origins,
)
from cvclib.steps.foretelling import (
    DAYS,
    afterwards,
    foretelling,
    foretelling_findings,
    foretelling_gap,
    foretelling_reading,
    until_next_order,
)
from cvclib.steps.ladder import SILENT_DAYS, ladder, ladder_chart, ladder_findings, ladder_gap, ladder_reading
from cvclib.steps.nonresponse import nonresponse, nonresponse_chart, nonresponse_findings, nonresponse_gap, nonresponse_reading
from cvclib.steps.recommendation import NO_GROUPS, recommendation_gap, recommendation_groups
from cvclib.steps.recommendation_drivers import (
    recommendation_drivers,
    recommendation_drivers_chart,
    recommendation_drivers_findings,
    recommendation_drivers_gap,
    recommendation_drivers_reading,
)
from cvclib.steps.recommendation_exhibits import recommendation, recommendation_reading
from cvclib.steps.recommendation_findings import recommendation_findings
from cvclib.steps.recommendation_time import (
    recommendation_over_time,
    recommendation_time_findings,
    recommendation_time_gap,
    recommendation_time_reading,
    scores_over_time,
)
from cvclib.steps.referral import conversion_lags, referral_rates
from cvclib.steps.referral_exhibits import referral, referral_findings, referral_gap, referral_reading
from cvclib.steps.referral_tree import referral_tree, referral_tree_gap, referral_tree_reading, referral_trees
from cvclib.steps.referral_value import (
    referral_value,
    referral_value_gap,
    referral_value_reading,
    referral_values,
)
from cvclib.steps.referred import brought, following, pace
from cvclib.steps.referred_exhibits import (
    following_gap,
    referred_curves,
    referred_findings,
    referred_reading,
    referred_value,
    referred_value_reading,
)
from cvclib.steps.separation import separating_attributes, separation, separation_reading

__all__ = [
    "NEEDS_ANY",
    "aftercare",
    "aftercare_overlap",
    "aftercare_reading",
    "afterwards",
    "attributed",
    "attribution_chart",
    "attribution_reading",
    "brought",
    "cared",
    "conversion_lags",
    "earned_growth_rate",
    "earned_growth_reading",
    "earned_growth_table",
    "findings",
    "following",
    "foretelling",
    "foretelling_reading",
    "gaps",
    "ladder",
    "ladder_chart",
    "ladder_reading",
    "nonresponse",
    "nonresponse_chart",
    "nonresponse_reading",
    "pace",
    "recommendation",
    "recommendation_drivers",
    "recommendation_drivers_chart",
    "recommendation_drivers_reading",
    "recommendation_groups",
    "recommendation_over_time",
    "recommendation_reading",
    "recommendation_time_reading",
    "referral",
    "referral_rates",
    "referral_reading",
    "referral_tree",
    "referral_tree_reading",
    "referral_trees",
    "referral_value",
    "referral_value_reading",
    "referral_values",
    "referred_curves",
    "referred_reading",
    "referred_value",
    "referred_value_reading",
    "revenue_origins",
    "scores_over_time",
    "separating_attributes",
    "separation",
    "separation_reading",
    "until_next_order",
]

NEEDS_ANY = ("survey", "referrals", "customers.referred_by", "orders.revenue")  # with none of them nothing can be said


def findings(
    client: Client,
    *,
    repurchase_days: int = DAYS,
    silent_days: int = SILENT_DAYS,
    touchpoint: str = "",
    within_days: int = WITHIN_DAYS,
    follow_days: int = FOLLOW_DAYS,
) -> list[Finding]:
    """Findings of the step, in the order of its questions.

    Parameters
    ----------
    client : Client
    repurchase_days : int
        Days after an answer within which an order counts as repurchase.
    silent_days : int
        Days without any sign of life after which a customer has left the loyalty ladder.
    touchpoint : str
        The after-sales contact judged; empty takes the commonest one after a first delivery.
    within_days, follow_days : int
        Days after the first delivery within which it counts, and days followed from there.

    Returns
    -------
    list of Finding
        Empty where nothing can be computed.
    """
    return [
        *recommendation_findings(client),
        *recommendation_time_findings(client),
        *nonresponse_findings(client),
        *recommendation_drivers_findings(client),
        *foretelling_findings(client, days=repurchase_days),
        *ladder_findings(client, silent_days=silent_days),
        *attribution_findings(client),
        *referral_findings(client),
        *referred_findings(client),
        *earned_growth_findings(client),
        *aftercare_findings(client, touchpoint=touchpoint, within_days=within_days, follow_days=follow_days),
    ]


def gaps(client: Client) -> list[Gap]:
    """Questions of the step that this client's tables leave open, and what would answer them.

    Parameters
    ----------
    client : Client

    Returns
    -------
    list of Gap
        Empty where all can be answered.
    """
    asked = recommendation_gap(client)
    found = [asked] if asked else [recommendation_gap(client, by) for by in NO_GROUPS]
    if asked is None:
        found += [recommendation_time_gap(client), nonresponse_gap(client), recommendation_drivers_gap(client)]
    found += [
        foretelling_gap(client),
        ladder_gap(client),
        attribution_gap(client),
        referral_gap(client),
        referral_tree_gap(client),
        following_gap(client),
        referral_value_gap(client),
        earned_growth_gap(client),
        *aftercare_gaps(client),
    ]
    return [gap for gap in found if gap is not None]
