"""KPIs of survey answers: promoters, satisfied and effort, weighted where answers have weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import ibis
import ibis.expr.types as ir
import pandas as pd  # noqa: F401 (the examples make their tables with it)
from ibis import _

from cvclib.client import Client
from cvclib.kpi_estimates.rows import NO_SEGMENT, NOTHING, By, Estimates
from cvclib.methods import scores
from cvclib.methods.estimate import Estimate
from cvclib.methods.scores import ScoreCounts
from cvclib.params import Period
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.memo import once_per_client


@once_per_client
def answers(client: Client, period: Period, metric: str) -> ir.Table:
    """Answers to one survey question in a period, each with the customer and the segment it is known to be of.

    Parameters
    ----------
    client : Client
    period : Period
        Answers without a time belong to the period analysed.
    metric : str

    Returns
    -------
    ibis.Table
        The columns of survey; ``customer_id`` is filled through the order where the answer names one, and
        ``segment`` through the customer. Where one segment is analysed, its answers only.

    Examples
    --------
    >>> survey = pd.DataFrame({"response_id": ["1", "2"], "metric": ["nps", "ces"], "score": [9, 5]})
    >>> client = Client.from_frames({"survey": survey})
    >>> answers(client, client.period, "nps").count().to_pandas()
    1
    """
    rows = client.whole("survey")
    if client.has("survey.responded_at"):
        rows = client.in_period(rows, "responded_at", period)
    elif period != client.period:
        rows = rows.filter(ibis.literal(False))
    rows = rows.filter(rows.metric == metric)
    if client.has("survey.order_id", "orders"):
        owners = orders_of_customers(client).select(named_order="order_id", owner="known_customer_id")
        owners = owners.group_by("named_order").agg(owner=_.owner.min())
        rows = rows.left_join(owners, rows.order_id == owners.named_order)
        rows = rows.mutate(customer_id=ibis.coalesce(rows.customer_id, rows.owner)).drop("named_order", "owner")
    if client.has("customers.segment"):
        members = client.whole("customers").group_by(member="customer_id").agg(member_segment=_.segment.min())
        rows = rows.left_join(members, rows.customer_id == members.member)
        rows = rows.mutate(segment=ibis.coalesce(rows.segment, rows.member_segment)).drop("member", "member_segment")
    return rows.filter(rows.segment == client.segment) if client.segment else rows


def unweighted(client: Client, metric: str) -> Estimate:
    """NPS or the top-two-box share of a metric without the sampling weights, to state beside the weighted one.

    Examples
    --------
    >>> survey = pd.DataFrame({"response_id": ["1", "2"], "metric": "nps", "score": [9, 0], "weight": [3, 1]})
    >>> client = Client.from_frames({"survey": survey})
    >>> unweighted(client, "nps").value, net_promoter(client, client.period, "")[""].value
    (0.0, 50.0)
    """
    highest = getattr(client.params.scales, metric)[1] if metric != "nps" else 10
    made: dict[str, Callable[[ScoreCounts], Estimate]] = {"nps": scores.net_promoter_score_of, "ces": scores.mean_score_of}
    estimate = made.get(metric, lambda counts: scores.top_two_box_of(counts, highest))
    return _answers(client, client.period, "", metric, estimate, weighted=False).get("", NOTHING)


def net_promoter(client: Client, period: Period, by: By) -> Estimates:
    """Net promoter score, in points; customers who answer repeatedly widen its interval."""
    return _answers(client, period, by, "nps", scores.net_promoter_score_of)


def satisfied(metric: Literal["csat", "overall"]) -> Callable[[Client, Period, By], Estimates]:
    """Estimator of the share of answers in the two highest boxes of a scale."""

    def estimate(client: Client, period: Period, by: By) -> Estimates:
        highest = getattr(client.params.scales, metric)[1]
        return _answers(client, period, by, metric, lambda counts: scores.top_two_box_of(counts, highest))

    return estimate


def mean_score(metric: Literal["csat", "overall", "ces"]) -> Callable[[Client, Period, By], Estimates]:
    """Estimator of the mean answer to a question."""

    def estimate(client: Client, period: Period, by: By) -> Estimates:
        return _answers(client, period, by, metric, scores.mean_score_of)

    return estimate


def _answers(
    client: Client, period: Period, by: By, metric: str, estimate: Callable[[ScoreCounts], Estimate], weighted: bool = True
) -> Estimates:
    rows = answers(client, period, metric)
    rows = rows.mutate(group=_answer_group(rows, by))
    weight = rows.weight if client.has("survey.weight") and weighted else ibis.literal(1.0)
    rows = rows.mutate(w=weight).filter(_.w > 0)  # an answer without a weight stands for nobody
    counted = rows.group_by("group", "score").agg(n=_.count(), w=_.w.sum(), ww=(_.w * _.w).sum()).order_by("group", "score").to_pandas()
    counts = {
        str(g): ScoreCounts(*(part[c].to_numpy(dtype=float) for c in ("score", "n", "w", "ww")))
        for g, part in counted.groupby("group", sort=True)
    }
    if metric == "nps":  # customers who answer more than once tell less than as many customers
        sums = _customer_sums(rows)
        counts = {g: own.answered_by(sums[g]) for g, own in counts.items()}
    return {g: estimate(own) for g, own in counts.items()}


def _customer_sums(rows: ir.Table) -> dict[str, scores.CustomerSums]:
    """Sums over customers of their promoting and detracting answers, by group; an answer of nobody known stands for itself."""
    side = ibis.cases((_.score >= scores.PROMOTER_FROM, 1.0), (_.score <= scores.DETRACTOR_UP_TO, -1.0), else_=0.0)
    who = ibis.coalesce(ibis.literal("customer ") + rows.customer_id, ibis.literal("answer ") + rows.response_id)
    each = rows.mutate(who=who, y=_.w * side).group_by("group", "who").agg(m=_.w.sum(), y=_.y.sum())
    sums = each.group_by("group").agg(n=_.count(), mm=(_.m * _.m).sum(), my=(_.m * _.y).sum(), yy=(_.y * _.y).sum()).to_pandas()
    return {str(row.group): scores.CustomerSums(int(row.n), row.mm, row.my, row.yy) for row in sums.itertuples()}


def _answer_group(rows: ir.Table, by: By) -> ir.StringValue:
    if by == "month":
        return rows.responded_at.strftime("%Y-%m-01")
    return rows.segment.fill_null(NO_SEGMENT) if by == "segment" else ibis.literal("")
