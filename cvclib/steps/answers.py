"""The answered questionnaires as arrays: ratings of the attributes beside satisfaction with the whole.

Reads `attribute_ratings` and `survey`; one row is a respondent, pivoted in the engine.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np

from cvclib.client import Client
from cvclib.params import Period
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError

OUTCOMES = ("overall", "csat", "nps")  # satisfaction with the whole: the first that was asked with the ratings
OUTCOME_NAMES = {"overall": "overall satisfaction", "csat": "satisfaction (CSAT)", "nps": "willingness to recommend"}


@dataclass(frozen=True)
class Answers:
    """Ratings of the client's own attributes, one row a respondent.

    Parameters
    ----------
    attributes : tuple of str
        Names, sorted; the columns of the arrays.
    performance, importance : ndarray, shape (n, k)
        NaN where not answered.
    segment : ndarray of object, shape (n,)
        None where not known.
    weights : ndarray, shape (n,), or None
        Sampling weights, if the client supplies them.
    outcome : ndarray, shape (n,)
        Satisfaction with the whole; NaN where not answered.
    metric : str
        Which survey metric the outcome is; empty if none was asked with the ratings.
    """

    attributes: tuple[str, ...]
    performance: np.ndarray
    importance: np.ndarray
    segment: np.ndarray
    weights: np.ndarray | None
    outcome: np.ndarray
    metric: str

    @property
    def stated(self) -> bool:
        """Whether respondents said how much each attribute matters."""
        return bool(np.isfinite(self.importance).any())

    def rows(self, keep: np.ndarray) -> Answers:
        """The same for some of the respondents."""
        weights = None if self.weights is None else self.weights[keep]
        return Answers(
            self.attributes, self.performance[keep], self.importance[keep], self.segment[keep], weights, self.outcome[keep], self.metric
        )


def fewest(client: Client, min_answers: int) -> int:
    """Answers below which nothing is shown: as asked for, yet never below the client's smallest group."""
    return max(min_answers, client.params.report.minimum_group)


@once_per_client
def attribute_answers(client: Client, *, period: Period | None = None) -> Answers:
    """Read the ratings of a period, the analysed one by default.

    Parameters
    ----------
    client : Client
    period : Period, optional

    Returns
    -------
    Answers
        Ratings of other brands are left out. A questionnaire has the time, segment and weight that its
        ratings hold, else those of its survey answers.

    Raises
    ------
    MissingDataError
        If the client supplies no attribute ratings.
    TooFewAnswersError
        If none lies in the period.
    """
    client.require("attribute_ratings")
    ratings = client.tables.attribute_ratings
    ratings = ratings.filter(ratings.brand.isnull() | (ratings.brand == "") | (ratings.brand.lower() == client.params.client.lower()))
    names = tuple(sorted(ratings.attribute.as_table().distinct().to_pandas()["attribute"]))
    respondents = _in_period(client, _with_survey(client, _pivoted(ratings, names)), period or client.period)
    frame = respondents.order_by("response_id").to_pandas()
    if frame.empty:
        raise TooFewAnswersError(f"No attribute was rated between {str(period or client.period).replace(' to ', ' and ')}.")
    metric = next((m for m in OUTCOMES if frame[m].notna().any()), "")
    weighted = frame["weight"].notna().any()
    return Answers(
        attributes=names,
        performance=frame[[f"p{i}" for i in range(len(names))]].to_numpy(float),
        importance=frame[[f"i{i}" for i in range(len(names))]].to_numpy(float),
        segment=frame["segment"].astype(object).where(frame["segment"].notna(), None).to_numpy(),
        weights=frame["weight"].fillna(1.0).to_numpy(float) if weighted else None,
        outcome=frame[metric].to_numpy(float) if metric else np.full(len(frame), np.nan),
        metric=metric,
    )


def _pivoted(ratings: ir.Table, names: tuple[str, ...]) -> ir.Table:
    cells = {}
    for i, name in enumerate(names):
        here = ratings.attribute == name
        cells[f"p{i}"] = ratings.performance.mean(where=here)
        cells[f"i{i}"] = ratings.importance.mean(where=here)
    return ratings.group_by("response_id").aggregate(
        rated_at=ratings.responded_at.max(), rated_segment=ratings.segment.max(), rated_weight=ratings.weight.max(), **cells
    )


def _with_survey(client: Client, respondents: ir.Table) -> ir.Table:
    if not client.has("survey"):
        nothing = {m: ibis.null("float64") for m in OUTCOMES}
        return respondents.mutate(at=respondents.rated_at, segment=respondents.rated_segment, weight=respondents.rated_weight, **nothing)
    survey = client.tables.survey
    answers = survey.group_by("response_id").aggregate(
        surveyed_at=survey.responded_at.max(),
        survey_segment=survey.segment.max(),
        survey_weight=survey.weight.max(),
        customer_id=survey.customer_id.max(),
        **{m: survey.score.mean(where=survey.metric == m) for m in OUTCOMES},
    )
    joined = respondents.left_join(answers, "response_id").drop("response_id_right")
    segment = ibis.coalesce(joined.rated_segment, joined.survey_segment)
    joined = joined.mutate(
        at=ibis.coalesce(joined.rated_at, joined.surveyed_at),
        weight=ibis.coalesce(joined.rated_weight, joined.survey_weight),
        segment=segment,
    )
    if not client.has("customers.segment", "survey.customer_id"):
        return joined
    customers = client.tables.customers.select(known_id="customer_id", known_segment="segment")
    joined = joined.left_join(customers, joined.customer_id == customers.known_id)
    return joined.mutate(segment=ibis.coalesce(joined.segment, joined.known_segment))


def _in_period(client: Client, respondents: ir.Table, period: Period) -> ir.Table:
    """Respondents of the period and segment; one whose time is not known counts as belonging to the period."""
    inside = (respondents.at >= ibis.date(period.start)) & (respondents.at < ibis.date(period.until))
    kept = respondents.filter(inside | respondents.at.isnull())
    return kept.filter(kept.segment == client.segment) if client.segment else kept
