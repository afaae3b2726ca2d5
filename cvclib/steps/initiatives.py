"""Improvements of the past tested, and those of the future set against what they should address."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.kpis import registry
from cvclib.methods import shares
from cvclib.methods.estimate import Estimate
from cvclib.methods.opportunity import UNDERSERVED_FROM
from cvclib.params import Period
from cvclib.steps.answers import fewest
from cvclib.steps.memo import once_per_client
from cvclib.steps.next_change import score_of
from cvclib.steps.opportunities import opportunities
from cvclib.steps.questions import TooFewAnswersError
from cvclib.steps.value_identification import said_only
from cvclib.steps.value_map import MIN_ANSWERS
from cvclib.tables import METRICS

STARTED = ("done", "running", "stopped")
ORDER_OF_STATUS = ("running", "proposed", "planned", "done", "stopped")
MOST_PROPOSALS = 3
NOTHING = Estimate(np.nan, np.nan, np.nan, 0)


class Change(NamedTuple):
    """A metric before and after a start, and the same elsewhere where there is an elsewhere."""

    before: Estimate
    after: Estimate
    elsewhere: Estimate  # change of the comparison group; NaN without one
    compared_with: str


@once_per_client
def initiative_results(client: Client, *, min_answers: int = MIN_ANSWERS) -> pd.DataFrame:
    """Test whether what an initiative should move has moved since it began.

    Parameters
    ----------
    client : Client
    min_answers : int
        Observations needed before and after.

    Returns
    -------
    pandas.DataFrame
        A row an initiative that has begun and whose metric can be followed: ``initiative``, ``target``,
        ``metric``, ``started_on``, ``before``, ``after``, ``effect`` with ``low`` and ``high``, ``expected``,
        ``p``, ``p_adjusted``, ``compared_with`` (empty without a comparison group), ``n_before``, ``n_after``.

    Raises
    ------
    MissingDataError, TooFewAnswersError
        If there are no initiatives with a start and a metric, or none can be followed.

    Notes
    -----
    Before reaches from the start of the period compared with to the day before; after, to the end of the
    period. A survey metric at a touchpoint is set against the same metric at all other touchpoints, the rating
    of an attribute against the mean rating of all others: the effect is then the difference of the two
    changes (difference in differences), which takes out what moved everywhere. Any other KPI has no comparison
    group here, and its effect is the plain change, seasons and all. p values are corrected over the initiatives.

    References
    ----------
    .. [1] D. Card, A. B. Krueger, "Minimum wages and employment", American Economic Review 84, 1994.
    """
    client.require("initiatives.started_at")
    min_answers = fewest(client, min_answers)
    rows = []
    for row in _begun(client).itertuples():
        spans = spans_of(client, row.started_at.date())
        change = change_of(client, row.target, row.metric, *spans) if spans else None
        if change and min(change.before.n, change.after.n) >= min_answers and np.isfinite(change.after.value - change.before.value):
            moved = shares.difference(change.after, change.before)
            effect = shares.difference(moved, change.elsewhere) if change.compared_with else moved
            rows.append(
                (row.initiative, row.target, row.metric, row.started_at.date(), change.before.value, change.after.value, effect.value, effect.low,
                 effect.high, row.expected_change, shares.p_value(effect), change.compared_with, change.before.n, change.after.n)
            )  # fmt: skip
    if not rows:
        raise TooFewAnswersError(
            f"No initiative has begun within the two periods whose metric is known {min_answers} times before it and after it."
        )
    columns = ["initiative", "target", "metric", "started_on", "before", "after", "effect", "low", "high", "expected", "p",
               "compared_with", "n_before", "n_after"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    frame.insert(11, "p_adjusted", shares.benjamini_hochberg(frame["p"]))
    return frame


def tested(client: Client, *, min_answers: int = MIN_ANSWERS) -> pd.DataFrame:
    """The initiatives that have begun and whose metric is known often enough before and after, as rows of the table.

    Raises
    ------
    MissingDataError, TooFewAnswersError
        As `initiative_results`.
    """
    names = initiative_results(client, min_answers=min_answers)["initiative"]
    begun = _begun(client)
    return begun[begun["initiative"].isin(names)]


def roadmap(client: Client, *, min_answers: int = MIN_ANSWERS) -> pd.DataFrame:
    """Initiatives beside what they address, and proposals for opportunities that none addresses.

    Parameters
    ----------
    client : Client
    min_answers : int
        As in `opportunities`.

    Returns
    -------
    pandas.DataFrame
        ``initiative``, ``target``, ``addresses`` (rank and score of the opportunity, or the touchpoint),
        ``metric``, ``expected_change``, ``cost``, ``owner``, ``started_at``, ``status``; running first, then
        what is proposed. At most three proposals: attributes that score from 10 up by stated importance, or
        of derived importance those that surely lie above the middle one; none that customers only say matters.

    Raises
    ------
    MissingDataError, TooFewAnswersError
        If there is neither an initiative nor an opportunity.
    """
    ranked = _ranked(client, min_answers)
    columns = ["initiative", "target", "metric", "expected_change", "cost", "owner", "started_at", "status"]
    known = client.tables.initiatives.select(columns).to_pandas() if client.has("initiatives") else pd.DataFrame(columns=columns)
    served = set(known["target"].dropna().str.casefold())
    proposals = [
        {"initiative": f"Improve {name}", "target": name, "metric": "rating of the attribute", "owner": "to be named", "status": "proposed"}
        for name in _worth_proposing(ranked, client, min_answers)
        if name.casefold() not in served
    ]
    if known.empty and not proposals:
        raise TooFewAnswersError("There is no initiative, and no opportunity that calls for one.")
    frame = pd.concat([known, pd.DataFrame(proposals, columns=columns)], ignore_index=True) if proposals else known
    frame.insert(2, "addresses", [_addressed(client, target, ranked) for target in frame["target"]])
    order = frame["status"].map({status: i for i, status in enumerate(ORDER_OF_STATUS)}).fillna(len(ORDER_OF_STATUS))
    return frame.assign(order=order).sort_values(["order", "started_at"], ignore_index=True).drop(columns="order")


def _begun(client: Client) -> pd.DataFrame:
    table = client.tables.initiatives
    table = table.filter(table.started_at.notnull(), table.status.isnull() | table.status.isin(STARTED))
    return table.order_by("started_at", "initiative").to_pandas()


def spans_of(client: Client, started: date) -> tuple[Period, Period] | None:
    """The days before a start and those from it on, within the two periods; None where it lies outside them."""
    first, last = client.previous_period.start, client.period.end
    if not first < started <= last:
        return None
    return Period(start=first, end=started - timedelta(days=1)), Period(start=started, end=last)


def change_of(client: Client, target: str | None, metric: str | None, before: Period, after: Period) -> Change | None:
    """A metric over all records before and after, and its change elsewhere; None where it cannot be followed."""
    if metric in METRICS and client.has("survey.responded_at"):
        return _survey_change(client, target, metric, before, after)
    kpi = registry(client).get(metric or "")
    if kpi and not kpi.looks_back and not kpi.missing(client):
        return Change(kpi.estimate(client, before), kpi.estimate(client, after), NOTHING, "")
    if target and client.has("attribute_ratings.performance", "attribute_ratings.responded_at"):
        return _rating_change(client, target, before, after)
    return None


def _survey_change(client: Client, target: str | None, metric: str, before: Period, after: Period) -> Change:
    survey = client.tables.survey
    answers = survey.filter(survey.metric == metric)
    here = answers.filter(answers.touchpoint == target) if target else answers
    if not client.has("survey.touchpoint") or here.count().to_pandas() == 0:
        return Change(*(_score(client, answers, metric, span) for span in (before, after)), NOTHING, "")
    there = answers.filter(answers.touchpoint != target)
    (here_before, here_after), (there_before, there_after) = (
        [_score(client, part, metric, span) for span in (before, after)] for part in (here, there)
    )
    if min(there_before.n, there_after.n) < 2:
        return Change(here_before, here_after, NOTHING, "")
    return Change(here_before, here_after, shares.difference(there_after, there_before), "other touchpoints")


def _rating_change(client: Client, attribute: str, before: Period, after: Period) -> Change | None:
    here, others = own_and_other_ratings(client, attribute)
    if here.count().to_pandas() == 0:
        return None
    (here_before, here_after), (there_before, there_after) = (
        [_score(client, part, "rating", span) for span in (before, after)] for part in (here, others)
    )
    if min(there_before.n, there_after.n) < 2:
        return Change(here_before, here_after, NOTHING, "")
    return Change(here_before, here_after, shares.difference(there_after, there_before), "other attributes")


def own_and_other_ratings(client: Client, attribute: str) -> tuple[ir.Table, ir.Table]:
    """Ratings of an attribute as ``score``, and the mean rating of all others; the others of a questionnaire are one observation."""
    ratings = client.tables.attribute_ratings
    ratings = ratings.filter(ratings.performance.notnull(), ratings.brand.isnull() | (ratings.brand == ""))
    ratings = ratings.mutate(score=ratings.performance)
    others = ratings.filter(ratings.attribute != attribute)
    others = others.group_by("response_id").aggregate(
        score=others.score.mean(), weight=others.weight.max(), responded_at=others.responded_at.max()
    )
    return ratings.filter(ratings.attribute == attribute), others


def _score(client: Client, answers: ir.Table, metric: str, span: Period) -> Estimate:
    inside = client.in_period(answers, "responded_at", span)
    frame = inside.select("response_id", "score", "weight").order_by("response_id").to_pandas()
    if frame.empty:
        return NOTHING
    weights = frame["weight"].fillna(1.0).to_numpy(float) if frame["weight"].notna().any() else None
    return score_of(metric, frame["score"].to_numpy(float), weights, client.params.scales)


def _ranked(client: Client, min_answers: int) -> pd.DataFrame:
    if client.missing("attribute_ratings.performance") or (
        client.missing("attribute_ratings.importance") and client.missing("survey.score")
    ):
        return pd.DataFrame(columns=["attribute", "score", "low"])
    try:
        return opportunities(client, min_answers=min_answers).frame
    except TooFewAnswersError:
        return pd.DataFrame(columns=["attribute", "score", "low"])


def _worth_proposing(ranked: pd.DataFrame, client: Client, min_answers: int) -> list[str]:
    if ranked.empty:
        return []
    stated = opportunities(client, min_answers=min_answers).basis == "stated"
    mark = UNDERSERVED_FROM if stated else ranked["score"].median()
    clear = ranked["score"] >= mark if stated else ranked["low"] > mark
    clear &= ~ranked["attribute"].isin(said_only(client, min_answers=min_answers))
    return ranked.loc[clear, "attribute"].head(MOST_PROPOSALS).tolist()


def _addressed(client: Client, target: str | None, ranked: pd.DataFrame) -> str:
    if target is None or pd.isna(target):
        return "no target named"
    place = ranked.index[ranked["attribute"].str.casefold() == str(target).casefold()] if len(ranked) else []
    if len(place):
        return f"opportunity {place[0] + 1} of {len(ranked)}, score {ranked['score'][place[0]]:.1f}"
    if client.has("touchpoints"):
        table = client.tables.touchpoints
        found = table.filter(table.touchpoint == target).select("stage").to_pandas()
        if len(found):
            stage = found["stage"].iloc[0]
            return f"touchpoint, {stage}" if isinstance(stage, str) else "touchpoint"
    return "not among the attributes and touchpoints"
