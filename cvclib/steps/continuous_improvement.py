"""Step 7, continuous improvement: where to improve next, what past improvements did, and how to see the next change.

The public names of the step: exhibits, readings, findings and gaps. The analyses behind them are in `opportunities`, `what_if`,
`journey_gain`, `capacity`, `cut_keep_invest`, `past_initiatives`, `portfolio`, `initiatives`, `next_look` and `next_change`.
"""

from __future__ import annotations

from cvclib.client import Client
from cvclib.findings import Finding, Gap
from cvclib.steps import (
    between_periods,
    capacity_exhibits,
    cut_keep_invest_exhibits,
    journey_gain_exhibits,
    opportunity_exhibits,
    past_exhibits,
    portfolio_exhibits,
    roadmap_exhibits,
    sample_exhibits,
    what_if_exhibits,
)
from cvclib.steps.between_periods import between_reading, between_table
from cvclib.steps.capacity_exhibits import capacity_chart, capacity_reading
from cvclib.steps.cut_keep_invest_exhibits import cut_keep_invest_chart, cut_keep_invest_reading
from cvclib.steps.initiatives import initiative_results, roadmap
from cvclib.steps.journey_gain_exhibits import journey_gain_chart, journey_gain_reading
from cvclib.steps.next_change import answers_needed
from cvclib.steps.opportunities import opportunities
from cvclib.steps.opportunity_exhibits import opportunity_chart, opportunity_reading, opportunity_segments
from cvclib.steps.past_exhibits import initiative_chart, initiative_reading
from cvclib.steps.past_initiatives import past_initiatives
from cvclib.steps.portfolio import portfolio
from cvclib.steps.portfolio_exhibits import portfolio_chart, portfolio_reading
from cvclib.steps.questions import gaps_of
from cvclib.steps.roadmap_exhibits import roadmap_reading, roadmap_table
from cvclib.steps.sample_exhibits import sample_reading, sample_table
from cvclib.steps.value_map import MIN_ANSWERS
from cvclib.steps.what_if_exhibits import what_if_chart, what_if_reading

__all__ = [
    "NEEDS_ANY",
    "QUESTIONS",
    "STEP",
    "answers_needed",
    "between_reading",
    "between_table",
    "capacity_chart",
    "capacity_reading",
    "cut_keep_invest_chart",
    "cut_keep_invest_reading",
    "findings",
    "gaps",
    "initiative_chart",
    "initiative_reading",
    "initiative_results",
    "journey_gain_chart",
    "journey_gain_reading",
    "opportunities",
    "opportunity_chart",
    "opportunity_reading",
    "opportunity_segments",
    "past_initiatives",
    "portfolio",
    "portfolio_chart",
    "portfolio_reading",
    "roadmap",
    "roadmap_reading",
    "roadmap_table",
    "sample_reading",
    "sample_table",
    "what_if_chart",
    "what_if_reading",
]

STEP = "continuous_improvement"
NEEDS_ANY = ("attribute_ratings.performance", "initiatives", "survey.score", "interactions", "tickets.first_response_at")

QUESTIONS = {
    "opportunities": opportunity_exhibits.QUESTION,
    "what_if": what_if_exhibits.QUESTION,
    "journey": journey_gain_exhibits.QUESTION,
    "capacity": capacity_exhibits.QUESTION,
    "touchpoints": cut_keep_invest_exhibits.QUESTION,
    "initiatives": past_exhibits.QUESTION,
    "portfolio": portfolio_exhibits.QUESTION,
    "roadmap": roadmap_exhibits.QUESTION,
    "sample": sample_exhibits.QUESTION,
}


def gaps(client: Client) -> list[Gap]:
    """Questions of this step that the client's tables leave open, and what would answer them."""
    return gaps_of(client, STEP, QUESTIONS)


def findings(client: Client, *, min_answers: int = MIN_ANSWERS) -> list[Finding]:
    """What the step found and the evidence carries; says so where there is no signal.

    Parameters
    ----------
    client : Client
    min_answers : int
        Answers below which an estimate is not made.

    Returns
    -------
    list of Finding
    """
    settings = {"min_answers": min_answers}
    return [
        *opportunity_exhibits.opportunity_findings(client, **settings),
        *what_if_exhibits.what_if_findings(client, **settings),
        *journey_gain_exhibits.journey_gain_findings(client),
        *capacity_exhibits.capacity_findings(client),
        *cut_keep_invest_exhibits.cut_keep_invest_findings(client, **settings),
        *past_exhibits.initiative_findings(client, **settings),
        *between_periods.between_findings(client),
        *portfolio_exhibits.portfolio_findings(client),
        *sample_exhibits.sample_findings(client, **settings),
    ]
