"""What step 1 asks and needs, and what its exhibits are called."""

from __future__ import annotations

from cvclib.client import Client
from cvclib.exhibits import Reading
from cvclib.findings import Gap
from cvclib.steps.journeys import RULE, n_journeys
from cvclib.steps.questions import Question

STEP = "process_mapping"
CAPTIONS = {
    "map": "The journey by stage: touchpoints, how much they are used, and satisfaction at each",
    "graph": "What follows what",
    "transitions": "From touchpoint to touchpoint: how often and how fast",
    "loops": "Touchpoints that journeys come back to",
    "variants": "The most frequent ways through",
    "funnel": "How many journeys reach each stage",
    "fates": "What became of the journeys that reached each stage",
    "drop_offs": "Where journeys that went no further were seen last",
    "times": "How long going on to the next stage takes",
    "activities": "Which activities serve which stage",
    "costs": "What each touchpoint costs",
    "activity_list": "Activities, what they do to customer value, and where they are spent",
    "external": "Activities in other hands",
    "flows": "Money, goods, information and complaints between the parties",
    "compared": "What differs between the two",
    "design": "The designed journey against the one that customers take, by stage",
    "design_touchpoints": "The designed journey against the one that customers take, by touchpoint",
}

QUESTIONS = {
    "journeys": Question(
        "How do customers' journeys run, and where do they turn round?",
        ("interactions",),
        "A log of touches (customer, moment, touchpoint) brings the journey map, what follows what, loops and variants.",
    ),
    "stages": Question(
        "At which stage do journeys stop, and how long does going on take?",
        ("interactions", "touchpoints.stage"),
        "The stage of each touchpoint brings the funnel from awareness to advocacy and the time to the next stage.",
    ),
    "satisfaction": Question(
        "At which touchpoint are customers least satisfied?",
        ("survey.touchpoint",),
        "Answers that say which touchpoint they are about bring the line of satisfaction and its pain points.",
    ),
    "activities": Question(
        "Which activities serve which stage of the journey?",
        ("activities.category", "activity_touchpoints"),
        "Activities with Porter's category and the touchpoints they serve bring the activity map.",
    ),
    "costs": Question(
        "What does each touchpoint cost?",
        ("activities.annual_cost", "activity_touchpoints"),
        "The annual cost of activities brings the cost of each touchpoint and of a touch.",
    ),
    "external": Question(
        "Which suppliers and distributors reach the customer?",
        ("activities.category",),
        "Activities marked external bring the links to others.",
    ),
    "flows": Question(
        "What passes between the company, its customers and those who work for it?",
        ("orders|interactions|tickets|leads",),
        "Orders, touches, service cases and external activities bring the page of money, goods, information and complaints.",
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


def p_text(p_value: float) -> str:
    """A p value behind the letter p: ``< 0.001`` or ``= 0.012``.

    Examples
    --------
    >>> p_text(0.0123), p_text(1e-9)
    ('= 0.012', '< 0.001')
    """
    return "< 0.001" if p_value < 0.001 else f"= {p_value:.3f}"
