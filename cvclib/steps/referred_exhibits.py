"""Referred against other customers: the curves, what they bring, the words, the findings and the gap.

Part of step 6; `cvclib.steps.advocacy` is its public face.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.charts import advocacy as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods import shares, survival
from cvclib.methods.estimate import Estimate
from cvclib.methods.referral import FEWEST_MATCHED
from cvclib.steps.recommendation import NOTHING_TO_READ, still_missing
from cvclib.steps.referred import BROUGHT, Brought, Following, brought, corrected, following, pace
from cvclib.wording import interval, number, p_words, with_evidence

STEP = "advocacy"
SIGNIFICANT = 0.05
DAYS_SHOWN = 365  # repeat purchase within a year of the first order
BROUGHT_CAPTION = "What referred and other customers bring after their first order"
OBSERVED = "Nobody drew lots over who was referred, so the two may differ in other things too."
NO_ORIGIN = Gap(
    STEP,
    "Do referred customers come back more than others?",
    ("customers.referred_by", "orders"),
    "With who referred whom, and the orders or contracts of customers, it shows whether recommendation brings better customers.",
)


def following_gap(client: Client) -> Gap | None:
    """What is missing to compare referred customers with others; None if nothing is."""
    return still_missing(client, NO_ORIGIN) if _following_or_none(client) is None else None


def referred_curves(client: Client) -> Figure | Gap:
    """Show how soon referred and other customers come back."""
    followed = _following_or_none(client)
    if followed is None:
        return still_missing(client, NO_ORIGIN)
    curves = _curves(followed)
    horizon = _horizon(curves)
    summary = pd.DataFrame([{"group": name, **_at_horizon(curve, horizon)._asdict()} for name, curve in curves.items()])
    caption = f"Referred and other customers: share that {followed.event}"
    table = Table(
        summary, caption=f"{caption}, in numbers", units={"value": "share", "low": "share", "high": "share", "n": "count"},
        labels={"group": "Customers", "value": f"{followed.event.capitalize()} within {horizon} days", "low": "95% from",
                "high": "to", "n": "Customers"},
        note="Estimated after Kaplan and Meier: customers who have not had the time yet are not counted as staying away.",
    )  # fmt: skip
    drawn = {
        name: curve.assign(share=1 - curve["survival"], low=1 - curve["high"], high=1 - curve["low"]) for name, curve in curves.items()
    }
    figure = charts.event_curves(drawn, ylabel=f"Share that {followed.event}", xlabel=f"Days since the {followed.start}", until=horizon)
    alt = "; ".join(f"{row.group}: {number(row.value, 'share')} within {horizon} days" for row in summary.itertuples())
    return Figure(figure, caption=caption, alt=f"{alt}.", data=table)


def referred_reading(client: Client) -> Reading:
    """Say in words whether referred customers come back more than others."""
    followed = _following_or_none(client)
    if followed is None:
        return NOTHING_TO_READ
    referred, others, p, horizon = _compared(followed)
    verdict = "a difference that chance does not give" if p < SIGNIFICANT else "no more of a difference than chance gives"
    return Reading(
        f"Within {horizon} days of the {followed.start} {with_evidence(referred, 'share')} of referred customers {followed.event}, "
        f"of the others {with_evidence(others, 'share')}: {verdict} (log-rank {p_words(p)}). {_pace_words(client, followed)}{OBSERVED}"
    )


def referred_value(client: Client) -> Table | Gap | Reading:
    """Show what referred and other customers order and bring a year after the first order, matched on the month of that order."""
    found = _brought_or_none(client)
    if found is None:
        return still_missing(client, NO_ORIGIN) if _following_or_none(client) is None else Reading(
            "Contracts are followed above; without orders there is nothing else to compare referred customers by."
        )  # fmt: skip
    currency = client.params.currency
    rows = []
    for one, p in zip(found, corrected(found), strict=True):
        unit = "number" if one.what == "orders" else "money"
        rows.append({"what": BROUGHT[one.what], "referred": number(one.referred, unit, currency=currency),
                     "others": number(one.others, unit, currency=currency), "ratio": one.ratio.value, "low": one.ratio.low,
                     "high": one.ratio.high, "p": p_words(p) if np.isfinite(p) else None})  # fmt: skip
    few = "" if found[0].n_referred >= FEWEST_MATCHED else f" Below some {FEWEST_MATCHED} referred customers the interval is a rough one."
    return Table(
        pd.DataFrame(rows), caption=BROUGHT_CAPTION, units={"ratio": "number", "low": "number", "high": "number"},
        labels={"what": "A customer a year", "referred": "Referred", "others": "Others", "ratio": "Ratio, same month", "low": "95% from",
                "high": "to", "p": "Corrected"},
        note=f"{found[0].n_referred:,} referred and {found[0].n_others:,} other customers, from the first order to the end of the period; "
        f"the first order itself does not count. The ratio compares customers whose first order fell in the same month.{few}",
    )  # fmt: skip


def referred_value_reading(client: Client) -> Reading | None:
    """Say in words whether referred customers bring more."""
    found = _brought_or_none(client)
    if found is None:
        return None
    words = []
    for one, p in zip(found, corrected(found), strict=True):
        if not np.isfinite(p):
            continue
        verdict = "more than chance gives" if p < SIGNIFICANT else "no more than chance gives"
        words.append(
            f"{BROUGHT[one.what]} of referred customers a year: {_times(one.ratio)} that of others won in the same month, {verdict}."
        )
    return Reading(" ".join([*words, OBSERVED])) if words else None


def referred_findings(client: Client) -> list[Finding]:
    """Findings on referred customers: whether they come back sooner, and whether they bring more."""
    found = []
    followed = _following_or_none(client)
    if followed is not None:
        referred, others, p, horizon = _compared(followed)
        gap = shares.difference(referred, others)
        good = (gap.value > 0) == (followed.event == "ordered again")
        clear = p < SIGNIFICANT
        shares_told = (
            f"{number(referred.value, 'share')} {followed.event} within {horizon} days, of the others {number(others.value, 'share')}"
        )
        told = f"Referred customers {_how_they_differ(followed, gap) if clear else 'do not differ clearly from others'}: {shares_told}."
        found.append(
            Finding(
                STEP,
                claim=told,
                evidence=f"Difference {number(gap.value, 'share', signed=True)}, 95% interval {interval(gap, 'share', signed=True)}, "
                f"n = {referred.n:,} and {others.n:,}, log-rank {p_words(p)}; observational.",
                estimate=gap,
                action="Ask for referrals where customers are most satisfied; they bring customers who stay."
                if clear and good
                else "Look at who is referred, and at what they were promised."
                if clear
                else "Judge referrals by how many customers they bring, not by better ones.",
                table=f"Referred and other customers: share that {followed.event}",
                kind=("strength" if good else "problem") if clear else "no signal",
            )
        )
    values = _brought_or_none(client)
    if values is not None:
        found += _value_findings(values)
    return found


def _value_findings(values: list[Brought]) -> list[Finding]:
    """One finding, on margin or else revenue; orders are told of by the curves. Only where it is clear."""
    told = [(one, p) for one, p in zip(values, corrected(values), strict=True) if one.what != "orders" and p < SIGNIFICANT]
    if not told:
        return []
    one, p = told[-1]
    more = one.ratio.value > 1
    return [
        Finding(
            STEP,
            claim=f"Referred customers bring {_times(one.ratio, evidence=False)} the {one.what} a year of others won in the same month, after their first order.",
            evidence=f"Ratio {_times(one.ratio)}, n = {one.n_referred:,} and {one.n_others:,} ({p_words(p)}, corrected); observational.",
            estimate=one.ratio,
            action="Weigh what a referral may cost against what a referred customer brings." if more else "Look at who is referred, and at what they were promised.",
            table=BROUGHT_CAPTION,
            kind="strength" if more else "problem",
        )
    ]  # fmt: skip


def _times(ratio: Estimate, *, evidence: bool = True) -> str:
    value = f"{number(ratio.value, 'number')} times"
    return f"{value} (95% interval {interval(ratio, 'number')}, n = {ratio.n:,})" if evidence else value


def _pace_words(client: Client, followed: Following) -> str:
    if followed.event != "ordered again":
        return ""
    ratio = pace(client)
    if not np.isfinite(ratio.low):
        return ""
    return f"They come to their second order {_times(ratio)} as fast, each customer having a pace of their own. "


def _brought_or_none(client: Client) -> list[Brought] | None:
    if _following_or_none(client) is None or not client.has("orders"):
        return None
    return brought(client)


def _following_or_none(client: Client) -> Following | None:
    """What can be followed, with enough of both kinds of customers; else None."""
    told = client.has("customers") and (client.has("referrals.referred_id") or client.has("customers.referred_by"))
    if not told or not (client.has("orders") or client.has("subscriptions")):
        return None
    followed = following(client)
    sizes = followed.counted.groupby("referred")["n"].sum()
    least = max(client.params.report.minimum_group, 2)
    return followed if len(sizes) == 2 and (sizes >= least).all() else None


def _curves(followed: Following) -> dict[str, pd.DataFrame]:
    parts = {"Referred": followed.counted["referred"], "Others": ~followed.counted["referred"]}
    return {
        name: survival.kaplan_meier(of["days"], of["happened"], counts=of["n"])
        for name, of in ((name, followed.counted[part]) for name, part in parts.items())
    }


def _horizon(curves: dict[str, pd.DataFrame]) -> int:
    """Days up to which both groups can be followed, a year at most; a group to whom it happened to all needs no longer."""
    ends = (curve.iloc[-1] for curve in curves.values())
    return int(min(DAYS_SHOWN, *(end["time"] if end["survival"] > 0 else DAYS_SHOWN for end in ends)))


def _at_horizon(curve: pd.DataFrame, horizon: int) -> Estimate:
    away = survival.survival_at(curve, horizon)
    return Estimate(1 - away.value, 1 - away.high, 1 - away.low, away.n)


def _compared(followed: Following) -> tuple[Estimate, Estimate, float, int]:
    """Share to whom it happened, of referred and of others, p of the log-rank test, and after how many days."""
    curves = _curves(followed)
    horizon = _horizon(curves)
    referred, others = (_at_horizon(curve, horizon) for curve in curves.values())
    each = followed.counted.loc[followed.counted.index.repeat(followed.counted["n"])]
    return referred, others, survival.log_rank(each["days"], each["happened"], each["referred"]).p_value, horizon


def _how_they_differ(followed: Following, gap: Estimate) -> str:
    if followed.event == "ordered again":
        return "come back sooner" if gap.value > 0 else "come back later"
    return "leave sooner" if gap.value > 0 else "stay longer"
