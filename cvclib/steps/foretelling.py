"""Whether the recommendation score foretells what customers do here: order again, refer others.

Part of step 6; `cvclib.steps.advocacy` is its public face.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cvclib.charts import advocacy as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.kpis import metrics_supplied
from cvclib.methods import shares
from cvclib.methods.advocacy import auc
from cvclib.methods.estimate import Estimate
from cvclib.methods.scores import DETRACTOR_UP_TO, PROMOTER_FROM
from cvclib.params import Period
from cvclib.privacy import suppress_small
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.recommendation import ANSWERS, NOTHING_TO_READ, answers, still_missing
from cvclib.steps.referral import all_referrals
from cvclib.wording import interval, number, with_evidence

STEP = "advocacy"
DAYS = 180  # time given to do it, after the answer
CAPTION = "Who ordered again after answering"
ORDERED, REFERRED = "Ordered again", "Referred somebody"
GROUPS = {"Promoters": (PROMOTER_FROM, 10), "Passives": (DETRACTOR_UP_TO + 1, PROMOTER_FROM - 1), "Detractors": (0, DETRACTOR_UP_TO)}
NO_TIE = Gap(
    STEP,
    "Does the recommendation score foretell who buys again here?",
    (ANSWERS, "survey.customer_id", "survey.responded_at", "orders"),
    "With the customer and the time of each answer beside the orders, it shows whether the score is worth steering by.",
)


def afterwards(client: Client, *, days: int = DAYS) -> pd.DataFrame:
    """Count what customers did within some days of answering, by their score.

    Parameters
    ----------
    client : Client
    days : int
        Time given; answers later than so many days before the period's end are left out.

    Returns
    -------
    pandas.DataFrame
        ``score``, ``ordered``, ``referred`` (bool; False throughout where there are no referrals), ``n``. A customer
        counts once, with the first answer since the start of the period compared with.

    Raises
    ------
    MissingDataError
        If answers, their customers and times, or orders are not supplied.
    """
    client.require("survey.responded_at", "orders")
    both = Period(start=min(client.previous_period.start, client.period.start), end=client.period.end)
    asked = answers(client, both)
    asked = asked.filter(
        asked.customer_id.notnull(),
        asked.responded_at + ibis.interval(days=days) < ibis.date(client.period.until),
    )
    asked = asked.mutate(place=ibis.row_number().over(group_by=asked.customer_id, order_by=[asked.responded_at, asked.response_id]))
    asked = asked.filter(asked.place == 0).select("customer_id", "responded_at", "score")
    orders = orders_of_customers(client)
    did = asked.mutate(ordered=_did(asked, orders.filter(orders.cancelled_at.isnull()), "known_customer_id", "ordered_at", days))
    if client.has("referrals"):
        did = did.mutate(referred=_did(asked, all_referrals(client), "referrer_id", "referred_at", days))
    else:
        did = did.mutate(referred=ibis.literal(False))
    return did.group_by("score", "ordered", "referred").agg(n=ibis._.count()).order_by("score", "ordered", "referred").execute()


def foretelling(client: Client, *, days: int = DAYS) -> Figure | Gap:
    """Show what share of promoters, passives and detractors ordered again after answering."""
    counted = _afterwards_or_none(client, days)
    if counted is None:
        return still_missing(client, NO_TIE)
    rows = []
    for outcome, column in _outcomes(client).items():
        part = {name: counted[counted["score"].between(*ends)] for name, ends in GROUPS.items()}
        rows += [{"group": name, "outcome": outcome, **_share(of, column)._asdict()} for name, of in part.items()]
    frame = suppress_small(pd.DataFrame(rows), minimum=client.params.report.minimum_group, keep=("group", "outcome"))
    table = Table(
        frame, caption=f"{CAPTION}, in numbers", units={"value": "share", "low": "share", "high": "share", "n": "count"},
        labels={"outcome": f"Within {days} days", "value": "Share", "low": "95% from", "high": "to", "n": "Customers"},
        note="A customer counts once, with the first answer of the two periods that leaves time enough afterwards.",
    )  # fmt: skip
    drawn = frame[frame["outcome"] == ORDERED]
    alt = "; ".join(f"{row.group}: {number(row.value, 'share')}" for row in drawn.dropna(subset="value").itertuples())
    return Figure(charts.behaviour(drawn, outcome=f"{ORDERED} within {days} days"), caption=CAPTION, alt=f"{alt}.", data=table)


def foretelling_reading(client: Client, *, days: int = DAYS) -> Reading:
    """Say in words whether the score foretells who orders again and who refers."""
    counted = _afterwards_or_none(client, days)
    if counted is None:
        return NOTHING_TO_READ
    words = []
    for outcome, column in _outcomes(client).items():
        area = _area(counted, column)
        if not np.isfinite(area.value):
            words.append(f"{outcome} within {days} days did all or none, so that no score could tell them apart.")
            continue
        verdict = "the score tells them apart better than chance" if area.low > 0.5 else (
            "the score points the wrong way" if area.high < 0.5 else "no better than chance"
        )  # fmt: skip
        words.append(f"{outcome} within {days} days: of two customers of whom one did, that one had given the higher score in "
                     f"{with_evidence(area, 'share')} of cases; {verdict}.")  # fmt: skip
    return Reading(" ".join(words))


def foretelling_findings(client: Client, *, days: int = DAYS) -> list[Finding]:
    """The finding on whether the score foretells repurchase."""
    counted = _afterwards_or_none(client, days)
    if counted is None:
        return []
    area = _area(counted, "ordered")
    if not np.isfinite(area.value):
        return []
    up, down = (_share(counted[counted["score"].between(*GROUPS[name])], "ordered") for name in ("Promoters", "Detractors"))
    foretells = area.low > 0.5
    minimum = client.params.report.minimum_group
    compared = (
        f": {number(up.value, 'share')} of promoters and {number(down.value, 'share')} of detractors ordered again within {days} days"
        if min(up.n, down.n) >= minimum
        else ""
    )
    return [
        Finding(
            STEP,
            claim=f"The recommendation score {'foretells' if foretells else 'does not foretell'} who orders again here{compared}.",
            evidence=f"Area under the curve {number(area.value)}, 95% interval {interval(area)}, n = {area.n:,}; 0.50 is chance.",
            estimate=area,
            action="Follow up low scores as customers about to leave."
            if foretells
            else "Do not steer by the score alone: beside it, watch what customers do.",
            table=CAPTION,
            kind="chance" if foretells else "no signal",
        )
    ]


def foretelling_gap(client: Client) -> Gap | None:
    """What is missing to tell whether the score foretells behaviour; None if nothing is."""
    return still_missing(client, NO_TIE) if _afterwards_or_none(client, DAYS) is None else None


def _did(asked: ir.Table, events: ir.Table, who: str, when: str, days: int) -> ir.BooleanValue:
    """Whether a customer has an event within some days after answering, the moment of answering left out."""
    events = events.filter(events[who].notnull()).select(who=who, when=when)
    both = asked.inner_join(events, asked.customer_id == events.who)
    within = both.filter(both.when > both.responded_at, both.when <= both.responded_at + ibis.interval(days=days))
    return asked.customer_id.isin(within.customer_id)


def _afterwards_or_none(client: Client, days: int) -> pd.DataFrame | None:
    tied = client.has("survey.customer_id") or client.has("survey.order_id")
    ordered = client.has("orders.customer_id") or client.has("accounts", "orders.account_id")
    if not (tied and ordered and client.has("survey.responded_at") and "nps" in metrics_supplied(client)):
        return None
    counted = afterwards(client, days=days)
    return counted if counted["n"].sum() >= client.params.report.minimum_group else None


def _outcomes(client: Client) -> dict[str, str]:
    return {ORDERED: "ordered", **({REFERRED: "referred"} if client.has("referrals") else {})}


def _share(counted: pd.DataFrame, column: str) -> Estimate:
    return shares.share(int(counted.loc[counted[column], "n"].sum()), int(counted["n"].sum()))


def _area(counted: pd.DataFrame, column: str) -> Estimate:
    each = counted.loc[counted.index.repeat(counted["n"])]
    return auc(each["score"], each[column])
