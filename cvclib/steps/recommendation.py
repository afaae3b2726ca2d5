"""Who recommends: the answers to the recommendation question, and the score of all and of each group.

Part of step 6; `cvclib.steps.advocacy` is its public face. Exhibits and findings are made in `recommendation_exhibits` and
`recommendation_findings`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cvclib import kpis
from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.exhibits import Reading
from cvclib.findings import Gap
from cvclib.methods import shares
from cvclib.methods.advocacy import compare_groups, score_groups
from cvclib.methods.estimate import Estimate
from cvclib.methods.score_bootstrap import chances_of_lowest
from cvclib.methods.scores import DETRACTOR_UP_TO, PROMOTER_FROM, CustomerSums, ScoreCounts
from cvclib.params import Period
from cvclib.privacy import suppress_small
from cvclib.steps.memo import once_per_client
from cvclib.tables import STAGES
from cvclib.wording import joined

By = Literal["segment", "stage", "channel"]

STEP = "advocacy"
ANSWERS = "survey.metric = nps"
ALL = "All answers"
SIGNIFICANT = 0.05
SEED = 1  # of the draws that tell which group is lowest
NOTHING_TO_READ = Reading("There is nothing to read here; what is missing is said above.")
NO_ANSWERS = Gap(
    STEP,
    "Who recommends us, and who warns others off?",
    (ANSWERS,),
    "Ask customers how likely they are to recommend you, from 0 to 10: it gives promoters, passives and detractors.",
)
NO_GROUPS = {
    "segment": Gap(
        STEP,
        "Do some segments recommend us more than others?",
        (ANSWERS, "survey.segment"),
        "With each answer's segment, or a customer number that leads to customers.segment, segments can be compared.",
    ),
    "stage": Gap(
        STEP,
        "At which stage of the journey are promoters made and lost?",
        (ANSWERS, "survey.touchpoint", "touchpoints.stage"),
        "With the touchpoint that each answer is about, and its stage, the stages can be compared.",
    ),
    "channel": Gap(
        STEP,
        "Through which channel do promoters come?",
        (ANSWERS, "survey.order_id", "orders.channel"),
        "With the order that each answer is about, and its sales channel, the channels can be compared.",
    ),
}
# Where the channel of an answer is looked up: the first that the client supplies.
CHANNELS = {
    "the sales channel of the order that the answer is about": ("survey.order_id", "orders.channel"),
    "the channel of the touchpoint that the answer is about": ("survey.touchpoint", "touchpoints.channel"),
    "the channel through which the customer was won": ("survey.customer_id", "customers.acquisition_channel"),
}


@once_per_client
def answers(client: Client, period: Period | None = None) -> ir.Table:
    """All answers of a period to the recommendation question, each with its customer, segment, stage and channel.

    Parameters
    ----------
    client : Client
    period : Period, optional
        The analysed one by default. Answers without a time belong to that one.

    Returns
    -------
    ibis.Table
        ``response_id``, ``customer_id``, ``responded_at``, ``score``, ``weight`` (1 where the client supplies none),
        ``segment`` (the answer's own, else its customer's), ``stage`` and ``channel`` (see `channel_of`; NULL where not known),
        and ``who``, the customer or, where not known, the answer itself.

    Raises
    ------
    MissingDataError
        If nobody was asked.
    """
    if not _asked(client):
        raise MissingDataError([ANSWERS])
    survey = kpis.answers(client, period or client.period, "nps")
    weighted = client.has("survey.weight")
    survey = survey.select(
        "response_id", "customer_id", "responded_at", "score", "segment", "touchpoint", "order_id",
        weight=survey.weight if weighted else ibis.literal(1.0),
        who=ibis.coalesce(ibis.literal("customer ") + survey.customer_id, ibis.literal("answer ") + survey.response_id),
    )  # fmt: skip
    survey = survey.filter(survey.weight > 0)  # an answer without a weight stands for nobody
    return _with_channel(client, _with_stage(client, survey)).drop("touchpoint", "order_id")


def channel_of(client: Client) -> str:
    """What the channel of an answer is here, in words; empty where none is known."""
    return next((words for words, needs in CHANNELS.items() if client.has(*needs)), "")


def score_counts(asked: ir.Table, by: str | None = None) -> dict[str, ScoreCounts]:
    """Answers counted by score, with the error that customers who answer repeatedly have.

    Parameters
    ----------
    asked : ibis.Table
        From `answers`.
    by : str, optional
        The column to count by; by default one for all, named with the empty string.

    Returns
    -------
    dict of str to ScoreCounts
        Answers whose group is not known are left out; empty where there are none.
    """
    asked = asked.mutate(group=asked[by] if by else ibis.literal(""))
    asked = asked.filter(asked.group.notnull())
    counted = asked.group_by("group", "score").agg(
        n=ibis._.count(), weight=ibis._.weight.sum(), weight_squared=(ibis._.weight * ibis._.weight).sum()
    )
    counted = counted.order_by("group", "score").execute()
    side = ibis.cases((asked.score >= PROMOTER_FROM, 1.0), (asked.score <= DETRACTOR_UP_TO, -1.0), else_=0.0)
    each = asked.mutate(y=asked.weight * side).group_by("group", "who").agg(m=ibis._.weight.sum(), y=ibis._.y.sum())
    sums = each.group_by("group").agg(
        n=ibis._.count(), mm=(ibis._.m * ibis._.m).sum(), my=(ibis._.m * ibis._.y).sum(), yy=(ibis._.y * ibis._.y).sum()
    )
    clusters = {row.group: CustomerSums(int(row.n), row.mm, row.my, row.yy) for row in sums.execute().itertuples()}
    return {str(name): _counts(own).answered_by(clusters[name]) for name, own in counted.groupby("group")}


@once_per_client
def recommendation_groups(client: Client, by: By | None = None, *, period: Period | None = None) -> pd.DataFrame:
    """Estimate shares of promoters, passives and detractors and the net promoter score, of all and by group.

    Parameters
    ----------
    client : Client
    by : {"segment", "stage", "channel"}, optional
        What to compare; all answers together by default.
    period : Period, optional
        The analysed one by default.

    Returns
    -------
    pandas.DataFrame
        First a row for all answers, then one a group (from the highest score down, stages in the order of the
        journey): ``group``, ``promoters``, ``passives``, ``detractors`` (0 to 1), ``nps``, ``low``,
        ``high`` (points), ``n``, and against the groups that do not stand out ``difference``, ``difference_low``,
        ``difference_high`` (points) and ``p_adjusted``, after Benjamini and Hochberg over segments, stages and channels together, and ``lowest``, how likely
        its score is the lowest of all (0 to 1). Groups below
        the client's minimum hold blanks. No rows where there are no answers in the period.

    Raises
    ------
    MissingDataError
        If nobody was asked.

    See Also
    --------
    cvclib.methods.advocacy.compare_groups : how the groups are compared.
    """
    asked = answers(client, period)
    whole = score_counts(asked)
    if not whole:
        return pd.DataFrame(columns=_COLUMNS)
    minimum = client.params.report.minimum_group
    rows = []
    if by:
        families = _families(client, period=period or client.period)
        of, compared = families.counts[by], families.compared[by]
        rows = [{"group": name, **_scored(own), **compared.get(name, {})} for name, own in of.items()]
    frame = pd.DataFrame([{"group": ALL, **_scored(whole[""])}, *_in_order(rows, by)], columns=_COLUMNS)
    return suppress_small(frame, minimum=minimum, keep=("group",))


@once_per_client
def recommendation_gap(client: Client, by: By | None = None) -> Gap | None:
    """What is missing to show recommendation, as a whole or by segment or stage; None if nothing is."""
    try:
        asked = answers(client)
    except MissingDataError:
        return still_missing(client, NO_GROUPS[by]) if by else NO_ANSWERS
    if by and asked[by].count().execute() == 0:
        return still_missing(client, NO_GROUPS[by])
    return None


def still_missing(client: Client, gap: Gap) -> Gap:
    """The same gap with those of its needs that this client lacks; where it lacks none, there are too few rows."""
    lacks = [need for need in gap.needs if (need == ANSWERS and not _asked(client)) or (need != ANSWERS and not client.has(need))]
    return replace(
        gap, needs=tuple(lacks) or (f"enough rows of {joined(sorted({need.split('.')[0] for need in gap.needs if need != ANSWERS}))}",)
    )


@once_per_client
def score_change(client: Client) -> Estimate | None:
    """Change of the net promoter score on the period compared with, in points; None where one of the two has no answers."""
    if recommendation_gap(client) or not client.has("survey.responded_at"):
        return None
    now, before = (recommendation_groups(client, period=period) for period in (client.period, client.previous_period))
    if not (now["nps"].notna().any() and before["nps"].notna().any()):
        return None
    return shares.difference(nps_of(now.iloc[0]), nps_of(before.iloc[0]))


def nps_of(row: pd.Series | dict[str, float]) -> Estimate:
    """The net promoter score of a row of `recommendation_groups`."""
    return Estimate(float(row["nps"]), float(row["low"]), float(row["high"]), int(row["n"]))


_COLUMNS = ["group", "promoters", "passives", "detractors", "nps", "low", "high", "n",
            "difference", "difference_low", "difference_high", "p_adjusted", "lowest"]  # fmt: skip


def _asked(client: Client) -> bool:
    return "nps" in kpis.metrics_supplied(client)


def _counts(counted: pd.DataFrame) -> ScoreCounts:
    sums = counted.groupby("score")[["n", "weight", "weight_squared"]].sum()
    return ScoreCounts(sums.index.to_numpy(dtype=float), *(sums[c].to_numpy() for c in sums))


class _Families(NamedTuple):
    counts: dict[By, dict[str, ScoreCounts]]
    compared: dict[By, dict[str, dict[str, float]]]


@once_per_client
def _families(client: Client, *, period: Period) -> _Families:
    """Answers by segment, stage and channel, each group compared with the others; p corrected over all three together."""
    asked = answers(client, period)
    minimum = client.params.report.minimum_group
    counts = {by: score_counts(asked, by) for by in NO_GROUPS}
    large = {by: {name: own for name, own in of.items() if own.n.sum() >= minimum} for by, of in counts.items()}
    gaps = {(by, name): gap.difference for by, of in large.items() for name, gap in compare_groups(of, level=SIGNIFICANT).items()}
    adjusted = shares.benjamini_hochberg([shares.p_value(gap) for gap in gaps.values()]) if gaps else []
    compared: dict[By, dict[str, dict[str, float]]] = {by: {} for by in NO_GROUPS}
    for ((by, name), gap), p in zip(gaps.items(), adjusted, strict=True):
        compared[by][name] = {"difference": gap.value, "difference_low": gap.low, "difference_high": gap.high, "p_adjusted": float(p)}
    for by, of in large.items():
        chances = chances_of_lowest(list(of.values()), rng=np.random.default_rng(SEED)) if compared[by] else []
        for name, chance in zip(of, chances, strict=False):
            compared[by][name]["lowest"] = float(chance)
    return _Families(counts, compared)


def _with_stage(client: Client, survey: ir.Table) -> ir.Table:
    if not client.has("survey.touchpoint", "touchpoints.stage"):
        return survey.mutate(stage=ibis.null("string"))
    touchpoints = client.whole("touchpoints").select(at="touchpoint", stage="stage")
    return survey.left_join(touchpoints, survey.touchpoint == touchpoints.at).drop("at")


def _with_channel(client: Client, survey: ir.Table) -> ir.Table:
    needs = CHANNELS.get(channel_of(client))
    if needs is None:
        return survey.mutate(channel=ibis.null("string"))
    key, column = needs[0].split(".")[1], needs[1].split(".")
    known = client.whole(column[0]).group_by(at=key).agg(channel=ibis._[column[1]].min())
    return survey.left_join(known, survey[key] == known["at"]).drop("at")


def _scored(counts: ScoreCounts) -> dict[str, float]:
    groups = score_groups(counts)
    return {
        **{name: getattr(groups, name).value for name in ("promoters", "passives", "detractors")},
        "nps": groups.nps.value, "low": groups.nps.low, "high": groups.nps.high, "n": groups.nps.n,
    }  # fmt: skip


def _in_order(rows: list[dict], by: By | None) -> list[dict]:
    if by == "stage":
        return sorted(rows, key=lambda row: STAGES.index(row["group"]))
    return sorted(rows, key=lambda row: (-row["nps"], row["group"]))
