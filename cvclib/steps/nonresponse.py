"""Who did not answer the recommendation question, and what that could do to the score.

Part of step 6; `cvclib.steps.advocacy` is its public face.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from cvclib.charts import recommendation as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods import shares
from cvclib.methods.estimate import Estimate
from cvclib.methods.score_checks import FEWEST_IN_CELL, Reweighted, reweight
from cvclib.methods.scores import DETRACTOR_UP_TO, PROMOTER_FROM
from cvclib.privacy import suppress_small
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError
from cvclib.steps.recommendation import ANSWERS, NOTHING_TO_READ, SIGNIFICANT, STEP, answers, recommendation_gap, still_missing
from cvclib.wording import interval, joined, number, p_words, with_evidence

CAPTION = "Who answered, and the score weighed to all customers"
SHIFT_POINTS = 20.0  # by how much the silent are supposed to differ from those who answered
SURE = 0.025  # corrected p below which groups are said to answer otherwise: every client is given this look, none asked for it
FEWEST_ANSWERED = 30  # customers who answered, below which nothing is weighed
SEGMENT, RECENCY, VALUE = "Segment", "Last order in the period", "Revenue in the period"
THIRDS = {RECENCY: ("Earlier third", "Middle third", "Later third"), VALUE: ("Lowest third", "Middle third", "Highest third")}
NOT_KNOWN = "not known"
NO_CUSTOMERS = Gap(
    STEP,
    "Who did not answer, and would the score be another with them?",
    (ANSWERS, "survey.customer_id", "customers"),
    "With the customer behind each answer, it shows who stays silent, and how far the score could be off.",
)


@dataclass(frozen=True, eq=False)
class NonResponse:
    """Who answered of all who could have, and the score weighed to all of them.

    Parameters
    ----------
    base : str
        Who could have answered, in words.
    groups : pandas.DataFrame
        ``kind``, ``group``, ``n``, ``answered``, ``share``, ``low``, ``high``.
    tests : dict of str to float
        Kind to the corrected p value of its groups answering alike.
    whole : Estimate
        Share of all that answered.
    scores : Reweighted
    n_unknown : int
        Answers of the period whose customer is not known, or is not of the base.
    """

    base: str
    groups: pd.DataFrame
    tests: dict[str, float]
    whole: Estimate
    scores: Reweighted
    n_unknown: int


@once_per_client
def nonresponse(client: Client) -> NonResponse:
    """Compare who answered in the period with who could have.

    Parameters
    ----------
    client : Client

    Returns
    -------
    NonResponse
        Who could have answered are the customers who ordered in the period; without orders those who were in touch in it,
        else all customers.

    Raises
    ------
    MissingDataError
        If answers or customers are not supplied.
    TooFewAnswersError
        If fewer than `FEWEST_ANSWERED` of them answered.
    """
    client.require("customers")
    asked = answers(client)
    side = ibis.cases((asked.score >= PROMOTER_FROM, 1.0), (asked.score <= DETRACTOR_UP_TO, -1.0), else_=0.0)
    known = asked.filter(asked.customer_id.notnull())
    said = known.group_by(sayer="customer_id").agg(y=(side * known.weight).sum() / known.weight.sum(), n_answers=ibis._.count())
    everybody, base = _base(client)
    each = everybody.left_join(said, everybody.customer_id == said.sayer)
    keys = [key for key in (SEGMENT, RECENCY, VALUE) if key in each.columns]
    cells = each.group_by(*keys).agg(
        n=ibis._.count(),
        answered=ibis._.sayer.count(),
        total=ibis._.y.sum(),
        squares=(ibis._.y * ibis._.y).sum(),
        answers=ibis._.n_answers.sum(),
    )
    cells = cells.order_by(*keys).to_pandas().fillna({"total": 0.0, "squares": 0.0, "answers": 0})
    n, answered = int(cells["n"].sum()), int(cells["answered"].sum())
    if answered < FEWEST_ANSWERED:
        raise TooFewAnswersError(f"Of {n:,} {base} {answered:,} answered: too few to compare them with the others.")
    names = [tuple(str(row[key]) for key in keys) for row in cells.to_dict("records")] if keys else [("",)] * len(cells)
    scores = reweight(names, cells["n"], cells["answered"], cells["total"], cells["squares"])
    shown = [_by(cells, key) for key in keys]
    p = shares.benjamini_hochberg([_p_alike(frame) for frame in shown]) if shown else np.empty(0)
    groups = pd.concat(shown) if shown else pd.DataFrame(columns=["kind", "group", "n", "answered", "share", "low", "high"])
    tests = {key: float(value) for key, value in zip(keys, p, strict=True) if np.isfinite(value)}
    n_unknown = int(asked.count().to_pandas()) - int(cells["answers"].sum())
    return NonResponse(base, groups.reset_index(drop=True), tests, shares.share(answered, n), scores, n_unknown)


def nonresponse_chart(client: Client) -> Figure | Gap | Reading:
    """Show who answered, beside the score as answered and weighed to all."""
    if gap := nonresponse_gap(client):
        return gap
    try:
        found = nonresponse(client)
    except TooFewAnswersError as error:
        return Reading(str(error))
    groups = suppress_small(found.groups, minimum=client.params.report.minimum_group, keep=("kind", "group"))
    table = Table(
        groups[["group", "kind", "share", "low", "high", "answered", "n"]], "Who answered, in numbers",
        {"share": "share", "low": "share", "high": "share", "answered": "count", "n": "count"},
        {"group": "Group", "kind": "By", "share": "Answered", "low": "95% from", "high": "to", "answered": "Customers who answered", "n": "Customers"},
        f"Of {found.base}. {_unknown_words(found)}Weighed by {joined([kind.lower() for kind in found.groups['kind'].unique()]) or 'nothing'}; cells "
        f"of fewer than {FEWEST_IN_CELL} answers are put together. A customer counts once, with the mean of their answers.",
    )  # fmt: skip
    drawn = charts.who_answered(groups, _score_rows(found), whole=found.whole.value)
    alt = "; ".join(f"{row.group}: {number(row.share, 'share', decimals=0)} answered" for row in groups.dropna(subset="share").itertuples())
    return Figure(drawn, CAPTION, f"{alt}. {_score_words(found)}", table)


def nonresponse_reading(client: Client) -> Reading | None:
    """Say in words who answered, and how far the score could be off."""
    if nonresponse_gap(client):
        return NOTHING_TO_READ
    try:
        found = nonresponse(client)
    except TooFewAnswersError:
        return None  # said in place of the figure
    words = [f"Of {found.base} {with_evidence(found.whole, 'share')} answered."]
    clear = [kind for kind, p in found.tests.items() if p < SURE]
    if clear:
        words.append(
            f"Who answers differs by {joined([kind.lower() for kind in clear])}: {joined([_extremes(found, kind) for kind in clear])}."
        )
    elif found.tests:
        words.append("Who answers does not differ beyond chance in anything that is known of customers.")
    return Reading(" ".join([*words, _score_words(found)]))


def nonresponse_findings(client: Client) -> list[Finding]:
    """Whether who answers differs from who does not, and what that does to the score."""
    if nonresponse_gap(client):
        return []
    try:
        found = nonresponse(client)
    except TooFewAnswersError:
        return []
    if not found.tests:
        return []
    clear = {kind: p for kind, p in found.tests.items() if p < SURE}
    if not clear:
        return [
            Finding(
                STEP, claim=f"Those who answer are like those who do not, as far as is known: {number(found.whole.value, 'share')} of {found.base} answered.",
                evidence=f"By {joined([kind.lower() for kind in found.tests])} no difference beyond chance (smallest corrected {p_words(min(found.tests.values()))}, "
                f"n = {found.whole.n:,}). {_score_words(found)}",
                estimate=found.whole, action="Raise the share that answers all the same: the silent may differ in what is not known.", table=CAPTION, kind="no signal",
            )
        ]  # fmt: skip
    first = min(clear, key=lambda kind: clear[kind])
    return [
        Finding(
            STEP, claim=f"Who answers differs from who does not, by {joined([kind.lower() for kind in clear])}: {_extremes(found, first)}.",
            evidence=f"{p_words(clear[first]).capitalize()} after correction, n = {found.whole.n:,}. {_score_words(found)}",
            estimate=found.whole, action="Remind those who answer least, and read the weighed score beside the plain one.", table=CAPTION, kind="problem",
        )
    ]  # fmt: skip


def nonresponse_gap(client: Client) -> Gap | None:
    """What is missing to tell who did not answer; None if nothing is."""
    tied = client.has("survey.customer_id") or client.has("survey.order_id", "orders.customer_id")
    if recommendation_gap(client) or not tied or not client.has("customers"):
        return still_missing(client, NO_CUSTOMERS)
    return None


def _base(client: Client) -> tuple[ir.Table, str]:
    """Who could have answered: ``customer_id`` and what is known of each."""
    customers = client.tables.customers
    if client.has("orders") and (client.has("orders.customer_id") or client.has("accounts", "orders.account_id")):
        orders = client.in_period(orders_of_customers(client), "ordered_at", client.period)
        orders = orders.filter(orders.known_customer_id.notnull(), orders.cancelled_at.isnull())
        each = orders.group_by(customer_id=orders.known_customer_id).agg(last=orders.ordered_at.max(), revenue=orders.revenue.sum())
        known = each.semi_join(customers, "customer_id")
        known = known.mutate(**{RECENCY: _third_of_period(client, known.last)})
        if client.has("orders.revenue"):
            # Equal revenues fall into one third: the rank of the least of equals decides.
            place = (ibis.rank().over(order_by=known.revenue) * 3) // ibis.greatest(known.count().as_scalar(), 1)
            known = known.mutate(**{VALUE: _named_third(place, VALUE)})
        known, words = known.drop("last", "revenue"), "customers who ordered in the period"
    elif client.has("interactions.customer_id"):
        touched = client.in_period(client.tables.interactions, "at", client.period).filter(ibis._.customer_id.notnull())
        known, words = touched.select("customer_id").distinct().semi_join(customers, "customer_id"), "customers in touch in the period"
    else:
        known = customers.filter(customers.acquired_at.isnull() | (customers.acquired_at < ibis.date(client.period.until))).select(
            "customer_id"
        )
        words = "customers"
    if client.has("customers.segment"):
        of = customers.group_by(member="customer_id").agg(**{SEGMENT: ibis._.segment.min()})
        known = known.left_join(of, known.customer_id == of.member).drop("member")
        known = known.mutate(**{SEGMENT: known[SEGMENT].fill_null(NOT_KNOWN)})
    return known, words


def _third_of_period(client: Client, at: ir.TimestampValue) -> ir.StringValue:
    start, until = pd.Timestamp(client.period.start), pd.Timestamp(client.period.until)
    ends = [start + (until - start) * part / 3 for part in (1, 2)]
    first, second, third = THIRDS[RECENCY]
    return ibis.cases((at < ibis.timestamp(str(ends[0])), first), (at < ibis.timestamp(str(ends[1])), second), else_=third)


def _named_third(place: ir.IntegerValue, kind: str) -> ir.StringValue:
    first, second, third = THIRDS[kind]
    return ibis.cases((place == 0, first), (place == 1, second), else_=third)


def _by(cells: pd.DataFrame, key: str) -> pd.DataFrame:
    sums = cells.groupby(key)[["n", "answered"]].sum()
    if key in THIRDS:
        sums = sums.reindex([name for name in THIRDS[key] if name in sums.index])
    found = [shares.share(int(row.answered), int(row.n)) for row in sums.itertuples()]
    return pd.DataFrame(
        {
            "kind": key, "group": sums.index.astype(str), "n": sums["n"].to_numpy(), "answered": sums["answered"].to_numpy(),
            "share": [x.value for x in found], "low": [x.low for x in found], "high": [x.high for x in found],
        }
    )  # fmt: skip


def _p_alike(frame: pd.DataFrame) -> float:
    """P value of the groups answering alike: chi square, with groups expecting fewer than five either way left out."""
    rate = frame["answered"].sum() / max(frame["n"].sum(), 1)
    kept = frame[frame["n"] * min(rate, 1 - rate) >= 5]
    silent = kept["n"] - kept["answered"]
    if len(kept) < 2 or kept["answered"].sum() == 0 or silent.sum() == 0:
        return float("nan")
    return float(stats.chi2_contingency(np.column_stack([kept["answered"], silent]), correction=False).pvalue)


def _extremes(found: NonResponse, kind: str) -> str:
    own = found.groups[(found.groups["kind"] == kind) & (found.groups["n"] >= FEWEST_IN_CELL)]
    most, least = own.loc[own["share"].idxmax()], own.loc[own["share"].idxmin()]
    lead = {RECENCY: "those whose last order lies in the ", VALUE: "those with revenue in the "}.get(kind, "")
    first, last = (f"{lead}{row['group'].lower() if lead else row['group']}" for row in (most, least))
    return f"{number(most['share'], 'share')} of {first} answered, {number(least['share'], 'share')} of {last}"


def _score_rows(found: NonResponse) -> pd.DataFrame:
    scores, silent = found.scores, 1 - found.whole.value
    rows = [
        ("As answered", *scores.answered[:3]),
        ("Weighed to all customers", *scores.reweighted[:3]),
        (f"Were the silent {SHIFT_POINTS:g} points lower", scores.reweighted.value - silent * SHIFT_POINTS, np.nan, np.nan),
        (f"Were the silent {SHIFT_POINTS:g} points higher", scores.reweighted.value + silent * SHIFT_POINTS, np.nan, np.nan),
    ]
    return pd.DataFrame(rows, columns=["name", "value", "low", "high"])


def _score_words(found: NonResponse) -> str:
    scores = found.scores
    moved = "beyond chance" if scores.p_value < SIGNIFICANT else "no more than chance gives"
    return (
        f"Counting each customer once the score is {number(scores.answered.value, 'points')}; weighed to all customers "
        f"{number(scores.reweighted.value, 'points')} (95% interval {interval(scores.reweighted, 'points')}), a difference {moved}. "
        f"Whatever the silent of these would say, it lies between {number(scores.lowest, 'points')} and {number(scores.highest, 'points')}."
    )


def _unknown_words(found: NonResponse) -> str:
    return (
        f"{found.n_unknown:,} answers of the period are of customers not known or not among these, and left out. "
        if found.n_unknown > 0
        else ""
    )
