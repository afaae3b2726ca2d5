"""Step 6, advocacy: who recommends, what that depends on, what comes of it, and what growth it earns.

The public names of the step. Each exhibit is a figure or a table where the client's tables allow it, and a
gap that says what is missing where they do not.
"""

from __future__ import annotations

from cvclib.client import Client
from cvclib.findings import Finding, Gap
from cvclib.steps.earned_growth import (
    earned_growth_findings,
    earned_growth_gap,
    earned_growth_rate,
    earned_growth_reading,
    earned_growth_table,
    revenue_origins,
)
from cvclib.steps.foretelling import DAYS, afterwards, foretelling, foretelling_findings, foretelling_gap, foretelling_reading
from cvclib.steps.recommendation import NO_GROUPS, recommendation_gap, recommendation_groups
from cvclib.steps.recommendation_exhibits import recommendation, recommendation_reading
from cvclib.steps.recommendation_findings import recommendation_findings
from cvclib.steps.referral import (
    following,
    following_gap,
    referral,
    referral_findings,
    referral_gap,
    referral_rates,
    referral_reading,
    referred_curves,
    referred_reading,
)
from cvclib.steps.separation import separating_attributes, separation, separation_gap, separation_reading

__all__ = [
    "NEEDS_ANY",
    "afterwards",
    "earned_growth_rate",
    "earned_growth_reading",
    "earned_growth_table",
    "findings",
    "following",
    "foretelling",
    "foretelling_reading",
    "gaps",
    "recommendation",
    "recommendation_groups",
    "recommendation_reading",
    "referral",
    "referral_rates",
    "referral_reading",
    "referred_curves",
    "referred_reading",
    "revenue_origins",
    "separating_attributes",
    "separation",
    "separation_reading",
]

NEEDS_ANY = ("survey", "referrals", "customers.referred_by", "orders.revenue")  # with none of them nothing can be said


def findings(client: Client, *, repurchase_days: int = DAYS) -> list[Finding]:
    """Findings of the step, in the order of its questions.

    Parameters
    ----------
    client : Client
    repurchase_days : int
        Days after an answer within which an order counts as repurchase.

    Returns
    -------
    list of Finding
        Empty where nothing can be computed.
    """
    return [
        *recommendation_findings(client),
        *foretelling_findings(client, days=repurchase_days),
        *referral_findings(client),
        *earned_growth_findings(client),
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
    found += [separation_gap(client), foretelling_gap(client), referral_gap(client), following_gap(client), earned_growth_gap(client)]
    return [gap for gap in found if gap is not None]
