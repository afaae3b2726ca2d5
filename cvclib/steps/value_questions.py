"""What step 2 asks, what each question needs, and from which level on an answer is stated."""

from __future__ import annotations

from cvclib.steps.questions import Question

STEP = "value_identification"
NEEDS_ANY = (
    "attribute_ratings",
    "kano",
    "touchpoints.customer_alternative_cost",
    "activities.annual_cost",
    "survey.comment",
    "quotes.text",
)
ALPHA = 0.05  # adjusted p value below which a difference is stated
MOST_ROWS = 15  # of a long table; the rest is counted in its note

QUESTIONS = {
    "map": Question(
        "What matters to customers, and how well is it done?",
        ("attribute_ratings.performance", "attribute_ratings.importance|survey.score"),
        "Ratings of how well each attribute is done, with either its stated importance or an answer about satisfaction with the "
        "whole under the same response_id, place every attribute on the importance and performance grid.",
    ),
    "drivers": Question(
        "What drives satisfaction?",
        ("attribute_ratings.performance", "survey.score"),
        "Answers about overall satisfaction, CSAT or recommendation under the same response_id as the ratings show how much each "
        "attribute weighs in satisfaction.",
    ),
    "asymmetric": Question(
        "Where can we only lose, and where can we delight?",
        ("attribute_ratings.performance", "survey.score"),
        "Answers about satisfaction with the whole under the same response_id as the ratings show whether doing badly costs more than "
        "doing well brings.",
    ),
    "stated": Question(
        "Do customers say what their satisfaction shows?",
        ("attribute_ratings.importance", "attribute_ratings.performance", "survey.score"),
        "Stated importance beside the ratings shows which attributes customers only say matter, and which matter unsaid.",
    ),
    "witnesses": Question(
        "Do all witnesses agree, attribute by attribute?",
        ("attribute_ratings.importance|kano.functional", "attribute_ratings.performance", "survey.score"),
        "Stated importance, or Kano answers about attributes of the same name, beside what ratings and satisfaction show, tell where "
        "customers say one thing and show another.",
    ),
    "reliability": Question(
        "Do the ratings make one scale?",
        ("attribute_ratings.performance",),
        "Ratings of all attributes by the same respondents show whether they may be summed into one score.",
    ),
    "segment_map": Question(
        "What would each segment have improved?",
        ("attribute_ratings.performance", "attribute_ratings.importance|survey.score",
         "attribute_ratings.segment|survey.segment|customers.segment"),
        "A segment for each respondent gives each segment a map of its own.",
    ),
    "segments": Question(
        "Which segments differ, beyond chance?",
        ("attribute_ratings", "attribute_ratings.segment|survey.segment|customers.segment"),
        "A segment for each respondent shows who rates what differently from the others.",
    ),
    "kano": Question(
        "Which features are needs, and which are wants?",
        ("kano",),
        "Paired Kano questions (if it is there, if it is not) tell what must be there from what delights.",
    ),
    "kano_segments": Question(
        "Is a need of one segment a want of another?",
        ("kano", "kano.segment|attribute_ratings.segment|survey.segment"),
        "A segment for each respondent of the Kano questions tells to whom a feature must be there and whom it delights.",
    ),
    "cost": Question(
        "Does the cost go where the value arises?",
        ("activities.annual_cost|interactions.cost", "activity_touchpoints.touchpoint|interactions.cost", "interactions.touchpoint",
         "survey.touchpoint"),
        "Activities with their cost and the touchpoints they serve, beside satisfaction by touchpoint, show what costs more than it brings.",
    ),
    "worth": Question(
        "What is a touchpoint worth to the customer?",
        ("touchpoints.customer_alternative_cost", "interactions.touchpoint", "activities.annual_cost|interactions.cost",
         "activity_touchpoints.touchpoint|interactions.cost"),
        "What the customer would pay for the next best alternative shows where a small cost to the company is a great value to the customer.",
    ),
    "market": Question(
        "Is the price right for the quality, beside competitors?",
        ("prices.price", "attribute_ratings.brand"),
        "Ratings of competing brands and their prices place each brand against the line of fair value.",
    ),
    "comments": Question(
        "What do customers say in their own words?",
        ("survey.comment",),
        "Open comments show what customers write about, and what promoters and detractors each raise.",
    ),
    "keyness": Question(
        "Which words part promoters from detractors?",
        ("survey.comment", "survey.score"),
        "Open comments beside a score show the words that one side uses and the other does not.",
    ),
    "empathy": Question(
        "What do customers say, think, do and feel?",
        ("quotes.text", "quotes.empathy"),
        "Quotations from interviews, observation and social media, each coded as said, thought, done or felt, fill an empathy map.",
    ),
}  # fmt: skip
