"""Whether the recommendation score foretells what customers do here: order again, refer others.

Part of step 6; `cvclib.steps.advocacy` is its public face. Said stands beside done: each customer's first answer, and what
followed it, counted only while the customer was in view.
"""

from __future__ import annotations

from dataclasses import dataclass

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
from cvclib.methods import survival as sv
from cvclib.methods.advocacy import auc
from cvclib.methods.estimate import Estimate
from cvclib.methods.scores import DETRACTOR_UP_TO, PROMOTER_FROM
from cvclib.params import Period
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.memo import once_per_client
from cvclib.steps.recommendation import ANSWERS, NOTHING_TO_READ, SIGNIFICANT, STEP, answers, still_missing
from cvclib.steps.referral import all_referrals
from cvclib.wording import interval, joined, number, p_words, with_evidence

DAYS = 180  # time given to do it, after the answer
CAPTION = "Who ordered again after answering"
ORDERED, REFERRED = "Ordered again", "Referred somebody"
OUTCOMES = {ORDERED: "ordered", REFERRED: "referred"}
GROUPS = {"Promoters": (PROMOTER_FROM, 10), "Passives": (DETRACTOR_UP_TO + 1, PROMOTER_FROM - 1), "Detractors": (0, DETRACTOR_UP_TO)}
FEWEST_EITHER = 10  # customers who did it, and who did not, below which nothing can be told
LITTLE = 0.60  # an area below this is of little use to steer by
NO_TIE = Gap(
    STEP,
    "Does the recommendation score foretell who buys again here?",
    (ANSWERS, "survey.customer_id", "survey.responded_at", "orders"),
    "With the customer and the time of each answer beside the orders, it shows whether the score is worth steering by.",
)


@dataclass(frozen=True)
class Foretold:
    """How well the score tells who will do something.

    Parameters
    ----------
    outcome : str
        What they did.
    area : Estimate
        Area under the curve: 0.5 is chance.
    p : float
        Of the area being chance, corrected over the outcomes and the curves.
    n_did : int
    enough : bool
        Whether enough did it, and enough did not, for anything to be told.
    """

    outcome: str
    area: Estimate
    p: float
    n_did: int
    enough: bool

    @property
    def verdict(self) -> str:
        """In words: foretells, hardly foretells, points the wrong way, or cannot be told."""
        if not self.enough:
            return "too few did, or did not, to tell"
        if self.p < SIGNIFICANT:
            return "the score tells them apart better than chance" if self.area.value > 0.5 else "the score points the wrong way"
        if self.area.high < LITTLE:
            return "if the score tells them apart at all, then by little"
        return "no better than chance, though so few customers cannot rule out that it does"


@once_per_client
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
        counts once, with the first answer after an order since the start of the period compared with.

    Raises
    ------
    MissingDataError
        If answers, their customers and times, or orders are not supplied.
    """
    asked = _first_answers(client)
    asked = asked.filter(asked.responded_at + ibis.interval(days=days) < ibis.date(client.period.until))
    did = asked.mutate(ordered=_did(asked, _orders(client), days))
    did = did.mutate(referred=_did(asked, _referrals(client), days) if client.has("referrals") else ibis.literal(False))
    return did.group_by("score", "ordered", "referred").agg(n=ibis._.count()).order_by("score", "ordered", "referred").execute()


@once_per_client
def until_next_order(client: Client) -> pd.DataFrame:
    """Follow customers from their first answer after an order to their next order, however short they could be followed.

    Parameters
    ----------
    client : Client

    Returns
    -------
    pandas.DataFrame
        ``group`` (Promoters, Passives, Detractors), ``days``, ``happened`` (False for those still without an order at the
        period's end: censored), ``n``.

    Raises
    ------
    MissingDataError
        If answers, their customers and times, or orders are not supplied.
    """
    asked, until = _first_answers(client), ibis.timestamp(str(client.period.until))
    orders = _orders(client)
    both = asked.left_join(orders.filter(orders.when < until), [asked.customer_id == orders.who, asked.responded_at < orders.when])
    spells = both.group_by("customer_id", "score", "responded_at").agg(end=ibis._.when.min())
    days = (ibis.coalesce(spells.end, until).epoch_seconds() - spells.responded_at.epoch_seconds()) // 86_400
    group = ibis.cases((spells.score >= PROMOTER_FROM, "Promoters"), (spells.score <= DETRACTOR_UP_TO, "Detractors"), else_="Passives")
    counted = spells.group_by(group=group, days=days, happened=spells.end.notnull()).agg(n=ibis._.count())
    return counted.order_by("group", "days", "happened").execute()


def foretold(client: Client, *, days: int = DAYS) -> list[Foretold]:
    """How well the score tells who will order again and who will refer, each with its area under the curve.

    Parameters
    ----------
    client : Client
    days : int

    Returns
    -------
    list of Foretold
        P values are corrected over these and the comparison of the curves.
    """
    counted = afterwards(client, days=days)
    outcomes = [ORDERED, *([REFERRED] if client.has("referrals") else [])]
    areas = [_area(counted, OUTCOMES[outcome]) for outcome in outcomes]
    did = [int(counted.loc[counted[OUTCOMES[outcome]], "n"].sum()) for outcome in outcomes]
    total = int(counted["n"].sum())
    enough = [min(k, total - k) >= FEWEST_EITHER for k in did]
    p = [_p_of_area(area) if able else np.nan for area, able in zip(areas, enough, strict=True)]
    corrected = shares.benjamini_hochberg([*p, _p_of_curves(client)])
    return [Foretold(*row) for row in zip(outcomes, areas, corrected[: len(areas)].tolist(), did, enough, strict=True)]


def foretelling(client: Client, *, days: int = DAYS) -> Figure | Gap | Reading:
    """Show how soon promoters, passives and detractors ordered again after answering."""
    counted = _afterwards_or_none(client, days)
    if counted is None:
        return still_missing(client, NO_TIE)
    curves, horizon = _curves(client), _horizon(client)
    if not curves:
        return Reading(
            "Too few customers of any group answered and could be followed, so that what they did cannot be set beside what they said."
        )
    rows = [
        {"group": name, "outcome": f"{ORDERED} within {horizon} days, followed", **_by_day(curve, horizon)._asdict()}
        for name, curve in curves.items()
    ]
    for found in foretold(client, days=days):
        for name, ends in GROUPS.items():
            of = counted[counted["score"].between(*ends)]
            if of["n"].sum() >= client.params.report.minimum_group:
                rows.append(
                    {"group": name, "outcome": f"{found.outcome} within {days} days", **_share(of, OUTCOMES[found.outcome])._asdict()}
                )
    table = Table(
        pd.DataFrame(rows), caption=f"{CAPTION}, in numbers", units={"value": "share", "low": "share", "high": "share", "n": "count"},
        labels={"outcome": "What they did", "value": "Share", "low": "95% from", "high": "to", "n": "Customers"},
        note="A customer counts once, with the first answer of the two periods that comes after an order. Followed: after Kaplan and Meier, who has not ordered by the period's end is "
        "counted up to then and not as staying away. The other rows hold only those who could be followed for all the days.",
    )  # fmt: skip
    drawn = {
        name: curve.assign(share=1 - curve["survival"], low=1 - curve["high"], high=1 - curve["low"]) for name, curve in curves.items()
    }
    figure = charts.event_curves(
        drawn, ylabel="Share that ordered again,\nwith 95% interval", xlabel="Days since the answer", until=horizon
    )
    alt = "; ".join(f"{row['group']}: {number(row['value'], 'share')} within {horizon} days" for row in rows[: len(curves)])
    return Figure(figure, caption=CAPTION, alt=f"{alt}.", data=table)


def foretelling_reading(client: Client, *, days: int = DAYS) -> Reading:
    """Say in words whether the score foretells who orders again and who refers."""
    if _afterwards_or_none(client, days) is None:
        return NOTHING_TO_READ
    words = []
    p = _p_of_curves(client)
    if np.isfinite(p):
        curves, horizon = _curves(client), _horizon(client)
        said = [f"{number(_by_day(curve, horizon).value, 'share')} of {name.lower()}" for name, curve in curves.items()]
        alike = "the curves differ" if p < SIGNIFICANT else "the curves do not differ beyond chance"
        words.append(f"Within {horizon} days of answering {joined(said)} ordered again; {alike} (log-rank {p_words(p)}).")
    for found in foretold(client, days=days):
        if not found.enough:
            words.append(f"{found.outcome} within {days} days: {found.n_did:,} of {found.area.n:,} did; {found.verdict}.")
            continue
        words.append(f"{found.outcome} within {days} days: of two customers of whom one did, that one had given the higher score in "
                     f"{with_evidence(found.area, 'share')} of cases; {found.verdict}.")  # fmt: skip
    return Reading(" ".join(words))


def foretelling_findings(client: Client, *, days: int = DAYS) -> list[Finding]:
    """Whether the score foretells who orders again, and who refers."""
    counted = _afterwards_or_none(client, days)
    if counted is None:
        return []
    return [_finding(client, counted, found, days) for found in foretold(client, days=days) if found.enough]


def foretelling_gap(client: Client) -> Gap | None:
    """What is missing to tell whether the score foretells behaviour; None if nothing is."""
    return still_missing(client, NO_TIE) if _afterwards_or_none(client, DAYS) is None else None


@once_per_client
def _first_answers(client: Client) -> ir.Table:
    """Each customer's first answer of the two periods after an order: ``customer_id``, ``responded_at``, ``score``.

    Whoever answers before the first order, as after looking round, cannot order again.
    """
    client.require("survey.responded_at", "orders")
    both = Period(start=min(client.previous_period.start, client.period.start), end=client.period.end)
    asked = answers(client, both)
    asked = asked.filter(asked.customer_id.notnull(), asked.responded_at.notnull())
    first = _orders(client).group_by(buyer="who").agg(bought_at=ibis._.when.min())
    asked = asked.inner_join(first, asked.customer_id == first.buyer).filter(ibis._.bought_at <= ibis._.responded_at)
    asked = asked.mutate(place=ibis.row_number().over(group_by=asked.customer_id, order_by=[asked.responded_at, asked.response_id]))
    return asked.filter(asked.place == 0).select("customer_id", "responded_at", "score")


@once_per_client
def _orders(client: Client) -> ir.Table:
    orders = orders_of_customers(client)
    orders = orders.filter(orders.cancelled_at.isnull(), orders.known_customer_id.notnull())
    return orders.select(who="known_customer_id", when="ordered_at")


def _referrals(client: Client) -> ir.Table:
    told = all_referrals(client)
    return told.filter(told.referrer_id.notnull()).select(who="referrer_id", when="referred_at")


def _did(asked: ir.Table, events: ir.Table, days: int) -> ir.BooleanValue:
    """Whether a customer has an event within some days after answering, the moment of answering left out."""
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


def _curves(client: Client) -> dict[str, pd.DataFrame]:
    spells = until_next_order(client)
    parts = {name: spells[spells["group"] == name] for name in GROUPS}
    large = {name: of for name, of in parts.items() if of["n"].sum() >= client.params.report.minimum_group}
    return {name: sv.kaplan_meier(of["days"], of["happened"], counts=of["n"]) for name, of in large.items()}


def _horizon(client: Client) -> int:
    """Days up to which at least one in ten of the smallest group is still followed; a year at most."""
    spells = until_next_order(client)
    last = []
    for _, of in spells[spells["group"].isin(_curves(client))].groupby("group"):
        followed = of.sort_values("days", ascending=False)
        reached = followed["n"].cumsum() >= max(0.1 * of["n"].sum(), 1)
        last.append(int(followed.loc[reached, "days"].iloc[0]))
    return max(min([365, *last]), 1)


def _p_of_curves(client: Client) -> float:
    spells = until_next_order(client)
    spells = spells[spells["group"].isin(_curves(client))]
    if spells["group"].nunique() < 2 or spells.loc[spells["happened"], "n"].sum() < FEWEST_EITHER:
        return float("nan")
    return sv.log_rank(spells["days"], spells["happened"], spells["group"], counts=spells["n"]).p_value


def _by_day(curve: pd.DataFrame, day: float) -> Estimate:
    known = sv.survival_at(curve, min(day, float(curve["time"].iloc[-1])))
    return Estimate(1 - known.value, 1 - known.high, 1 - known.low, known.n)


def _share(counted: pd.DataFrame, column: str) -> Estimate:
    return shares.share(int(counted.loc[counted[column], "n"].sum()), int(counted["n"].sum()))


def _area(counted: pd.DataFrame, column: str) -> Estimate:
    each = counted.loc[counted.index.repeat(counted["n"])]
    return auc(each["score"], each[column])


def _p_of_area(area: Estimate) -> float:
    """P value of an area being one half, read from its interval."""
    return shares.p_value(Estimate(area.value - 0.5, area.low - 0.5, area.high - 0.5, area.n))


def _finding(client: Client, counted: pd.DataFrame, found: Foretold, days: int) -> Finding:
    up, down = (_share(counted[counted["score"].between(*GROUPS[name])], OUTCOMES[found.outcome]) for name in ("Promoters", "Detractors"))
    foretells = found.p < SIGNIFICANT and found.area.value > 0.5
    does, did = ("orders again", "ordered again") if found.outcome == ORDERED else ("refers others", "referred somebody")
    shown = min(up.n, down.n) >= client.params.report.minimum_group
    compared = (
        f": {number(up.value, 'share')} of promoters and {number(down.value, 'share')} of detractors {did} within {days} days"
        if shown
        else ""
    )
    use = "Follow up low scores as customers about to leave." if found.outcome == ORDERED else "Ask those who score high for a referral."
    return Finding(
        STEP,
        claim=f"The recommendation score {'foretells' if foretells else 'does not foretell'} who {does} here{compared}.",
        evidence=f"Area under the curve {number(found.area.value)}, 95% interval {interval(found.area)}, n = {found.area.n:,}, corrected {p_words(found.p)}; "
        f"0.50 is chance. In short: {found.verdict}.",
        estimate=found.area,
        action=use if foretells else "Do not steer by the score alone: beside it, watch what customers do.",
        table=CAPTION,
        kind="chance" if foretells else "no signal",
    )
