"""What recommendation does: referrals and what becomes of them, earned growth, and whether the score foretells behaviour.

Part of step 6; `cvclib.steps.advocacy` is its public face.
"""

from __future__ import annotations

from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cvclib.charts import advocacy as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods import shares, survival
from cvclib.methods.advocacy import rate_per_customer
from cvclib.methods.estimate import Estimate
from cvclib.params import Period
from cvclib.privacy import suppress_small
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.recommendation import NOTHING_TO_READ, still_missing
from cvclib.wording import interval, number, p_words, with_evidence

STEP = "advocacy"
SIGNIFICANT = 0.05
DAYS_SHOWN = 365  # repeat purchase within a year of the first order
NO_REFERRALS = Gap(
    STEP,
    "How many customers refer others, and how many of those become customers?",
    ("referrals",),
    "With a list of referrals it shows who refers, what share converts, and how many customers a customer brings.",
)
NO_CONVERSION = Gap(
    STEP,
    "What share of referrals becomes a customer?",
    ("referrals.converted_at",),
    "With the day on which a referred person first bought, it shows the conversion of referrals and the K-factor.",
)
NO_ORIGIN = Gap(
    STEP,
    "Do referred customers come back more than others?",
    ("customers.referred_by", "orders"),
    "With who referred whom, and the orders or contracts of customers, it shows whether recommendation brings better customers.",
)


class Following(NamedTuple):
    """Time from a customer's start to the event that is followed, for referred and for other customers.

    Parameters
    ----------
    counted : pandas.DataFrame
        ``referred`` (bool), ``days``, ``happened`` (bool), ``n``.
    event : str
        What is followed, as a verb: ``"ordered again"``.
    start : str
        Since when: ``"first order"``.
    """

    counted: pd.DataFrame
    event: str
    start: str


def all_referrals(client: Client) -> ir.Table:
    """Referrals of all times: the client's own list, else those that customers' records tell of.

    Returns
    -------
    ibis.Table
        ``referrer_id``, ``referred_id``, ``referred_at``, ``converted_at``.

    Raises
    ------
    MissingDataError
        If the client supplies neither.
    """
    if client.has("referrals"):
        return client.whole("referrals").select("referrer_id", "referred_id", "referred_at", "converted_at")
    client.require("customers.referred_by")
    customers = client.whole("customers")
    told = customers.filter(customers.referred_by.notnull())
    return told.select(referrer_id="referred_by", referred_id="customer_id", referred_at="acquired_at", converted_at=ibis.null("timestamp"))


def referred_customers(client: Client) -> ir.Table:
    """Customers who came by a referral, as the list of referrals or the customers' own records tell.

    Returns
    -------
    ibis.Table
        ``customer_id``, each once.

    Raises
    ------
    MissingDataError
        If the client supplies neither.
    """
    told = all_referrals(client).select(customer_id="referred_id")
    if client.has("customers.referred_by"):
        customers = client.whole("customers")
        told = told.union(customers.filter(customers.referred_by.notnull()).select("customer_id"))
    return told.filter(told.customer_id.notnull()).distinct()


def referral_rates(client: Client, *, period: Period | None = None, by_segment: bool = False) -> pd.DataFrame:
    """Estimate how many customers refer, what share of referrals converts, and how many customers a customer brings.

    Parameters
    ----------
    client : Client
    period : Period, optional
        The analysed one by default.
    by_segment : bool
        A row a segment of the referrer, instead of one for all.

    Returns
    -------
    pandas.DataFrame
        ``group``; ``n`` customers (won before the period's end); ``referrers``, those who referred in the period;
        ``referral_rate`` with ``rate_low``, ``rate_high`` (0 to 1); ``referrals`` made by them; ``conversion``
        with ``conversion_low``, ``conversion_high`` (0 to 1; blank where conversions are not recorded);
        ``k_factor`` with ``k_low``, ``k_high`` (converted referrals a customer). Groups too small are blank.

    Raises
    ------
    MissingDataError
        If the client supplies no customers or no referrals.

    Notes
    -----
    A referral of the period counts as converted whenever it converted: of the last weeks' some still may.
    """
    client.require("customers")
    period = period or client.period
    referrals = all_referrals(client)
    if client.has("referrals.referred_at") or client.has("customers.acquired_at"):
        referrals = client.in_period(referrals, "referred_at", period)
    of_customer = referrals.group_by("referrer_id").agg(made=ibis._.count(), converted=ibis._.converted_at.count())
    customers = client.tables.customers
    customers = customers.filter(customers.acquired_at.isnull() | (customers.acquired_at < ibis.date(period.until)))
    each = customers.select("customer_id", "segment").left_join(of_customer, customers.customer_id == of_customer.referrer_id)
    counted = each.group_by(
        group=each.segment if by_segment else ibis.literal("All customers"),
        made=each.made.fill_null(0),
        converted=each.converted.fill_null(0),
    ).agg(n=ibis._.count())
    counted = counted.order_by("group", "made", "converted").execute().dropna(subset="group")
    recorded = client.has("referrals.converted_at")
    frame = pd.DataFrame([_rates(name, of, recorded) for name, of in counted.groupby("group")], columns=_RATES)
    return suppress_small(frame, minimum=client.params.report.minimum_group, keep=("group",))


def referral(client: Client) -> Table | Gap:
    """Show referral rate, conversion of referrals and the K-factor, of this period and the one before."""
    frame = _rates_or_none(client)
    if frame is None:
        return NO_REFERRALS
    before = referral_rates(client, period=client.previous_period)
    now = frame.iloc[0]
    was = before.iloc[0] if len(before) else pd.Series(dtype=float).reindex(frame.columns)
    rows = [
        {"measure": "Customers", "value": number(now["n"], "count"), "before": number(was["n"], "count")},
        {"measure": "of whom referred somebody", "value": number(now["referrers"], "count"), "before": number(was["referrers"], "count")},
        {"measure": "Referral rate", **_pair(now, was, "referral_rate", "rate_low", "rate_high", "n", "share")},
        {"measure": "Referrals made", "value": number(now["referrals"], "count"), "before": number(was["referrals"], "count")},
        {"measure": "Conversion of referrals", **_pair(now, was, "conversion", "conversion_low", "conversion_high", "referrals", "share")},
        {"measure": "Customers a customer brings (K-factor)", **_pair(now, was, "k_factor", "k_low", "k_high", "n", "number")},
    ]
    return Table(
        pd.DataFrame(rows, columns=["measure", "value", "interval", "before", "change"]),
        caption="Referrals and what became of them",
        labels={
            "value": str(client.period),
            "interval": "95% interval",
            "before": str(client.previous_period),
            "change": "Change, 95% interval",
        },
        note="A referral counts in the period in which it was made, whenever it converted: of the last weeks' some still may. "
        "A K-factor above 1 would mean that customers alone make the number of customers grow.",
    )


def referral_reading(client: Client) -> Reading:
    """Say in words how many refer, what converts, and what changed."""
    frame = _rates_or_none(client)
    if frame is None or not frame["referral_rate"].notna().any():
        return NOTHING_TO_READ
    row = frame.iloc[0]
    words = [
        f"{with_evidence(_estimate(row, 'referral_rate', 'rate_low', 'rate_high', 'n'), 'share')} of customers referred somebody in the period."
    ]
    if pd.notna(row["conversion"]):
        converted = _estimate(row, "conversion", "conversion_low", "conversion_high", "referrals")
        words.append(f"Of their referrals {with_evidence(converted, 'share')} became customers, so that a customer brings "
                     f"{number(row['k_factor'], 'number', decimals=3)} new ones.")  # fmt: skip
    else:
        words.append("What became of the referrals is not recorded.")
    change = _rate_change(client)
    if change is not None:
        clear = "more than chance would give" if shares.p_value(change) < SIGNIFICANT else "no more than chance would give"
        words.append(f"Against {client.previous_period} the rate changed by {number(change.value, 'share', signed=True)} (95% interval "
                     f"{interval(change, 'share', signed=True)}): {clear}.")  # fmt: skip
    return Reading(" ".join(words))


def referral_gap(client: Client) -> Gap | None:
    """What is missing to show referrals and their conversion; None if nothing is."""
    if _rates_or_none(client) is None:
        return NO_REFERRALS
    return None if client.has("referrals.converted_at") else NO_CONVERSION


def following_gap(client: Client) -> Gap | None:
    """What is missing to compare referred customers with others; None if nothing is."""
    return still_missing(client, NO_ORIGIN) if _following_or_none(client) is None else None


def following(client: Client) -> Following:
    """Follow referred and other customers from their start to their next order, or to the end of their contract.

    Parameters
    ----------
    client : Client

    Returns
    -------
    Following
        Customers of all times up to the period's end, counted by days; those to whom nothing has happened yet
        are cut off at the period's end.

    Raises
    ------
    MissingDataError
        If it is not known who was referred, or the client supplies neither orders nor contracts.
    """
    client.require("customers")
    referred = referred_customers(client)
    until = ibis.timestamp(str(client.period.until))
    if client.has("orders"):
        orders = orders_of_customers(client)
        orders = orders.filter(orders.known_customer_id.notnull(), orders.cancelled_at.isnull(), orders.ordered_at < until)
        numbered = orders.mutate(
            place=ibis.row_number().over(group_by=orders.known_customer_id, order_by=[orders.ordered_at, orders.order_id])
        )
        spells = numbered.group_by(customer_id=numbered.known_customer_id).agg(
            start=numbered.ordered_at.min(), end=numbered.ordered_at.min(where=numbered.place == 1)
        )
        words = ("ordered again", "first order")
    else:
        client.require("subscriptions")
        contracts = client.tables.subscriptions
        contracts = contracts.filter(contracts.started_at < until)
        spells = contracts.group_by("customer_id").agg(
            start=contracts.started_at.min(), end=contracts.ended_at.max(where=contracts.ended_at < until)
        )
        words = ("ended their contract", "start of the contract")
    known = spells.semi_join(client.tables.customers, "customer_id")
    marked = known.left_join(referred.mutate(was=True), "customer_id")
    days = (ibis.coalesce(marked.end, until).epoch_seconds() - marked.start.epoch_seconds()) // 86_400
    counted = marked.group_by(referred=marked.was.fill_null(False), days=days, happened=marked.end.notnull()).agg(n=ibis._.count())
    return Following(counted.order_by("referred", "days", "happened").execute(), *words)


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
        f"of the others {with_evidence(others, 'share')}: {verdict} (log-rank {p_words(p)}). Nobody drew lots over who was referred, "
        "so the two may differ in other things too."
    )


def referral_findings(client: Client) -> list[Finding]:
    """Findings on referrals: the rate and its conversion, and whether referred customers are better ones."""
    found = []
    frame = _rates_or_none(client)
    if frame is not None and frame["referral_rate"].notna().any():
        found.append(_rate_finding(client, frame.iloc[0]))
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
    return found


_RATES = ["group", "n", "referrers", "referral_rate", "rate_low", "rate_high", "referrals", "conversion", "conversion_low",
          "conversion_high", "k_factor", "k_low", "k_high"]  # fmt: skip


def _rates(name: str, counted: pd.DataFrame, recorded: bool) -> dict[str, object]:
    n, made, converted = counted["n"].sum(), (counted["n"] * counted["made"]).sum(), (counted["n"] * counted["converted"]).sum()
    referrers = counted.loc[counted["made"] > 0, "n"].sum()
    rate = shares.share(int(referrers), int(n))
    unknown = Estimate(np.nan, np.nan, np.nan, 0)
    conversion = shares.share(int(converted), int(made)) if recorded else unknown
    k_factor = rate_per_customer(counted["converted"], counted["n"]) if recorded else unknown
    return dict(zip(_RATES, [name, int(n), int(referrers), *rate[:3], int(made), *conversion[:3], *k_factor[:3]], strict=True))


def _rates_or_none(client: Client) -> pd.DataFrame | None:
    if not client.has("customers") or not (client.has("referrals") or client.has("customers.referred_by")):
        return None
    frame = referral_rates(client)
    return frame if len(frame) else None


def _estimate(row: pd.Series, value: str, low: str, high: str, n: str) -> Estimate:
    return Estimate(float(row[value]), float(row[low]), float(row[high]), int(row[n]) if pd.notna(row[n]) else 0)


def _pair(now: pd.Series, was: pd.Series, value: str, low: str, high: str, n: str, unit: str) -> dict[str, str]:
    """The four cells of a measure: now, its interval, before, and the change with its interval."""
    one, other = _estimate(now, value, low, high, n), _estimate(was, value, low, high, n)
    places = 3 if unit == "number" else None
    change = shares.difference(one, other)
    known = np.isfinite(change.low)
    return {
        "value": number(one.value, unit, decimals=places),
        "interval": f"{number(one.low, unit, decimals=places)} to {number(one.high, unit, decimals=places)}" if np.isfinite(one.low) else None,
        "before": number(other.value, unit, decimals=places),
        "change": f"{number(change.value, unit, signed=True, decimals=places)} ({number(change.low, unit, signed=True, decimals=places)} to "
        f"{number(change.high, unit, signed=True, decimals=places)})" if known else None,
    }  # fmt: skip


def _rate_change(client: Client) -> Estimate | None:
    now, before = _rates_or_none(client), referral_rates(client, period=client.previous_period)
    if now is None or not len(before) or not before["referrals"].fillna(0).sum():
        return None
    of = ("referral_rate", "rate_low", "rate_high", "n")
    change = shares.difference(_estimate(now.iloc[0], *of), _estimate(before.iloc[0], *of))
    return change if np.isfinite(change.low) else None


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


def _rate_finding(client: Client, row: pd.Series) -> Finding:
    rate = _estimate(row, "referral_rate", "rate_low", "rate_high", "n")
    claim = f"{number(rate.value, 'share')} of customers referred somebody"
    evidence = f"95% interval {interval(rate, 'share')}, n = {rate.n:,}"
    if pd.notna(row["conversion"]):
        conversion = _estimate(row, "conversion", "conversion_low", "conversion_high", "referrals")
        claim += f", and {number(conversion.value, 'share')} of the referrals became customers"
        evidence += f"; conversion 95% interval {interval(conversion, 'share')}, n = {conversion.n:,}"
    change = _rate_change(client)
    moved = change is not None and shares.p_value(change) < SIGNIFICANT
    if change is not None:
        evidence += f"; rate {number(change.value, 'share', signed=True)} on {client.previous_period} ({p_words(shares.p_value(change))})"
    kind = ("strength" if change.value > 0 else "problem") if moved else "chance"
    return Finding(
        STEP, claim=f"{claim}.", evidence=f"{evidence}.", estimate=rate, kind=kind,
        action="Invite promoters to refer, at the moment when they say that they would.",
        table="Referrals and what became of them",
    )  # fmt: skip
