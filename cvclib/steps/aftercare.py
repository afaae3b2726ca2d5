"""Does care after the sale, or a discount for who comes back, bring customers back? Who was treated, and what followed.

Nobody drew lots over who was called or who got a discount, so customers are compared with others alike in what is known of
them. Time is kept apart: what is done before a landmark is set against what follows it, since a customer who orders again
at once would otherwise count as one whom the call did not reach. Part of step 6; exhibits are in `aftercare_exhibits`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _

from cvclib.client import Client
from cvclib.methods.treatment import EValue, NoOverlapError, TreatmentEffect, e_value, treatment_effect
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import Question, TooFewAnswersError
from cvclib.steps.referral import referred_customers

Care = Literal["contact", "discount"]

WITHIN_DAYS = 30  # after delivery: a contact within it counts, and only customers who did not order within it are compared
FOLLOW_DAYS = 180  # after the landmark: an order within it is a repeat purchase
FEWEST_ORDERS = 10  # of treated and of untreated, and as many without one, before anything is told
LEAST_SHARE = 0.05  # of all: a rarer level of a category is one of "others"
CONTACT = Question(
    "Does an after-sales contact bring customers back?",
    ("orders", "interactions", "touchpoints.stage"),
    "With the contacts after a first delivery, and the stage of each touchpoint, customers contacted can be compared with others alike.",
)
DISCOUNT = Question(
    "Does a discount for returning customers bring them back once more?",
    ("orders", "orders.discount"),
    "With the discount on each order, returning customers who got one can be compared with others alike.",
)
QUESTIONS: dict[Care, Question] = {"contact": CONTACT, "discount": DISCOUNT}


class Cared(NamedTuple):
    """What came of a contact or a discount.

    Parameters
    ----------
    treatment : str
        In words, as a heading: ``"Comfort call within 30 days of delivery"``.
    effect : TreatmentEffect
    doubt : EValue
    treated : ndarray of bool
        Who was treated, of those whose propensity `effect` holds.
    n_again : int
        Of all compared, those who ordered again in time.
    """

    treatment: str
    effect: TreatmentEffect
    doubt: EValue
    treated: np.ndarray
    n_again: int


@once_per_client
def cared(
    client: Client, *, care: Care = "contact", touchpoint: str = "", within_days: int = WITHIN_DAYS, follow_days: int = FOLLOW_DAYS
) -> Cared:
    """Compare customers who were contacted, or got a discount, with others alike.

    Parameters
    ----------
    client : Client
    care : {"contact", "discount"}
        A contact soon after the first delivery; or a discount on the second order.
    touchpoint : str
        Name of the contact; by default the touchpoint of the ownership stage that most customers meet at least a day after
        the first delivery and within `within_days` of it.
    within_days, follow_days : int
        Time for the contact, and time given after it for an order.

    Returns
    -------
    Cared

    Raises
    ------
    MissingDataError
        If orders, or what the treatment is read from, are not supplied.
    TooFewAnswersError
        If too few were treated, were not, or ordered again; or if the two are too unlike.
    """
    if care == "contact":
        touchpoint = touchpoint or after_sales_touchpoint(client, within_days=within_days)
        frame = contacted(client, touchpoint=touchpoint, within_days=within_days, follow_days=follow_days)
        words = f"{touchpoint} within {within_days} days of the first delivery"
    else:
        frame, words = discounted(client, follow_days=follow_days), "Discount on the second order"
    treated, again = frame["treated"].to_numpy(dtype=bool), frame["again"].to_numpy(dtype=bool)
    for group, name in ((treated, "treated"), (~treated, "untreated")):
        did, did_not = int(again[group].sum()), int((~again[group]).sum())
        if min(did, did_not) < FEWEST_ORDERS:
            raise TooFewAnswersError(
                f"{words}: of {did + did_not:,} {name} customers who could be followed, {did:,} ordered again within {follow_days} days; it "
                f"takes {FEWEST_ORDERS} who did and {FEWEST_ORDERS} who did not to compare."
            )
    try:
        effect = treatment_effect(covariates(frame), treated, again)
    except NoOverlapError as error:
        raise TooFewAnswersError(f"{words}: {error}. No effect is told.") from error
    doubt = e_value(effect.ratio) if effect.ratio.value > 0 else EValue(np.nan, np.nan)
    return Cared(words, effect, doubt, treated, int(again.sum()))


@once_per_client
def after_sales_touchpoint(client: Client, *, within_days: int = WITHIN_DAYS) -> str:
    """The touchpoint of the ownership stage that most customers meet after the first delivery.

    Raises
    ------
    MissingDataError
        If interactions, orders or the stages of touchpoints are not supplied.
    TooFewAnswersError
        If there is none.
    """
    client.require("interactions", "touchpoints.stage", "orders")
    touchpoints = client.whole("touchpoints")
    owned = client.whole("interactions").semi_join(touchpoints.filter(touchpoints.stage == "ownership"), "touchpoint")
    first = _first(client, within_days).select("customer", "since", "landmark")
    met = owned.join(first, owned.customer_id == first.customer)
    met = met.filter(met.at > met.since + ibis.interval(days=1), met.at <= met.landmark)
    counted = met.group_by("touchpoint").agg(n=_.customer.nunique()).order_by(ibis.desc("n"), "touchpoint").limit(1).execute()
    if not len(counted):
        raise TooFewAnswersError(f"No touchpoint of the ownership stage is met in the {within_days} days after a first delivery.")
    return str(counted["touchpoint"][0])


def contacted(client: Client, *, touchpoint: str, within_days: int = WITHIN_DAYS, follow_days: int = FOLLOW_DAYS) -> pd.DataFrame:
    """First-time customers by whether they were contacted before the landmark, and whether they ordered after it.

    Parameters
    ----------
    client : Client
    touchpoint : str
    within_days, follow_days : int
        Landmark in days after the first delivery (the order itself, where deliveries are not recorded), and days followed
        from there.

    Returns
    -------
    pandas.DataFrame
        A row a customer who had not ordered again by the landmark and could be followed for so long: ``treated``, ``again``
        (bool), and the covariates, all fixed by the landmark. No customer numbers.
    """
    client.require("orders", "interactions")
    first = _first(client, within_days)
    at_risk = first.filter(
        first.landmark + ibis.interval(days=follow_days) <= ibis.timestamp(str(client.period.until)),
        first.second_at.isnull() | (first.second_at > first.landmark),
    )
    touches = client.whole("interactions")
    touches = touches.filter(touches.touchpoint == touchpoint).select(who="customer_id", touched="at")
    base = at_risk.select("customer", "since", "landmark")
    met = touches.join(base, touches.who == base.customer)
    met = met.filter(met.touched > met.since, met.touched <= met.landmark).select("customer").distinct().mutate(treated=True)
    marked = at_risk.left_join(met, "customer")
    again = marked.second_at.notnull() & (marked.second_at <= marked.landmark + ibis.interval(days=follow_days))
    return _with_covariates(client, marked.mutate(treated=marked.treated.fill_null(False), again=again.fill_null(False)))


def discounted(client: Client, *, follow_days: int = FOLLOW_DAYS) -> pd.DataFrame:
    """Customers at their second order by whether it bore a discount, and whether a third followed in time.

    Parameters
    ----------
    client : Client
    follow_days : int
        From the second order, which is the landmark: the discount is given with it.

    Returns
    -------
    pandas.DataFrame
        As `contacted`; the order's value is that before the discount.
    """
    client.require("orders.discount")
    each = _customers_with_orders(client)
    each = each.filter(each.second_at.notnull()).mutate(
        landmark=each.second_at, since=each.first_at, ordered_at=each.second_at, channel=each.second_channel,
        revenue=each.second_revenue + each.second_discount.fill_null(0.0), gap_days=_days(each.second_at, each.first_at),
    )  # fmt: skip
    each = each.filter(each.landmark + ibis.interval(days=follow_days) <= ibis.timestamp(str(client.period.until)))
    again = each.third_at.notnull() & (each.third_at <= each.landmark + ibis.interval(days=follow_days))
    return _with_covariates(client, each.mutate(treated=(each.second_discount > 0).fill_null(False), again=again.fill_null(False)))


def covariates(frame: pd.DataFrame) -> pd.DataFrame:
    """Covariates as numbers: categories as indicators without the commonest level, rare levels together, skewed numbers as logs.

    Parameters
    ----------
    frame : pandas.DataFrame
        From `contacted` or `discounted`.

    Returns
    -------
    pandas.DataFrame
        Columns named for the reader. What does not vary is left out.
    """
    parts = {
        "Order value": np.log1p(frame["revenue"].clip(lower=0)),
        "Days late": np.log1p(frame["days_late"].clip(lower=0)),
        "Ticket before": frame["ticket"],
        "Referred": frame["referred"],
        "Days since the first order": np.log1p(frame["gap_days"].clip(lower=0)),
        "Month": frame["month"],
    }
    columns: dict[str, pd.Series] = {}
    for name, values in parts.items():
        numbers = values.astype(float)
        if numbers.isna().any() and numbers.notna().any():
            columns[f"{name} not known"] = numbers.isna().astype(float)
        columns[name] = numbers.fillna(numbers.mean())
    quarter = (frame["month"] % 12 // 3 + 1).map(lambda q: f"quarter {q:.0f}")
    for name, values in {
        "Segment": frame["segment"],
        "Channel": frame["channel"],
        "Won through": frame["acquisition_channel"],
        "Season": quarter,
    }.items():
        columns |= _indicators(name, values)
    numbers = pd.DataFrame(columns)
    return numbers.loc[:, numbers.std() > 0]


def _indicators(name: str, values: pd.Series) -> dict[str, pd.Series]:
    text = values.astype("object").where(values.notna(), "not known")
    share = text.value_counts(normalize=True)
    text = text.where(text.map(share) >= LEAST_SHARE, "others")
    if (text == "others").mean() < LEAST_SHARE:  # so few that they would stand alone in a group
        text = text.where(text != "others", share.index[0])
    levels = text.value_counts().sort_index(kind="stable").sort_values(ascending=False, kind="stable").index[1:]
    return {f"{name}: {level}": (text == level).astype(float) for level in levels}


def _first(client: Client, within_days: int) -> ir.Table:
    """Customers with their first delivery and the landmark after it."""
    each = _customers_with_orders(client)
    since = each.first_delivered if client.has("orders.delivered_at") else each.first_at
    each = each.mutate(since=since).filter(since.notnull())
    return each.mutate(
        landmark=each.since + ibis.interval(days=within_days), ordered_at=each.first_at, channel=each.first_channel,
        revenue=each.first_revenue, gap_days=ibis.null("float64"),
    )  # fmt: skip


def _customers_with_orders(client: Client) -> ir.Table:
    """A row a customer with what is known of their first three orders that stood."""
    orders = orders_of_customers(client)
    stood = orders.filter(
        orders.cancelled_at.isnull(), orders.known_customer_id.notnull(), orders.ordered_at < ibis.date(client.period.until)
    )
    place = ibis.row_number().over(group_by=stood.known_customer_id, order_by=[stood.ordered_at, stood.order_id])
    numbered = stood.mutate(place=place, days_late=_days(stood.delivered_at, stood.promised_at))
    one, two, three = (numbered.place == k for k in range(3))
    return numbered.group_by(customer="known_customer_id").agg(
        first_at=_.ordered_at.min(where=one), second_at=_.ordered_at.min(where=two), third_at=_.ordered_at.min(where=three),
        first_delivered=_.delivered_at.min(where=one), first_channel=_.channel.min(where=one), second_channel=_.channel.min(where=two),
        first_revenue=_.revenue.min(where=one), second_revenue=_.revenue.min(where=two), second_discount=_.discount.min(where=two),
        days_late=_.days_late.max(where=one),
    )  # fmt: skip


def _with_covariates(client: Client, each: ir.Table) -> pd.DataFrame:
    """The frame that is compared: treated, again and covariates, without whom they are of."""
    if client.has("customers"):
        customers = client.whole("customers").select(of="customer_id", segment="segment", acquisition_channel="acquisition_channel")
        each = each.left_join(customers, each.customer == customers.of).drop("of")
    else:
        each = each.mutate(segment=ibis.null("string"), acquisition_channel=ibis.null("string"))
    each = each.mutate(ticket=_asked_for_service(client, each), referred=_was_referred(client, each))
    month = (each.ordered_at.year() - 2000) * 12 + each.ordered_at.month() - 1
    chosen = each.select(
        "treated",
        "again",
        "segment",
        "channel",
        "acquisition_channel",
        "revenue",
        "days_late",
        "ticket",
        "referred",
        "gap_days",
        month=month,
    )
    return chosen.order_by(chosen.columns).execute()


def _asked_for_service(client: Client, each: ir.Table) -> ir.Value:
    """Whether the customer opened a ticket between the first order and the landmark."""
    if not client.has("tickets.customer_id"):
        return ibis.null("boolean")
    tickets = client.whole("tickets").select(who="customer_id", opened="opened_at")
    base = each.select("customer", "first_at", "landmark")
    asked = tickets.join(base, tickets.who == base.customer)
    asked = asked.filter(asked.opened >= asked.first_at, asked.opened <= asked.landmark)
    return each.customer.isin(asked.customer)


def _was_referred(client: Client, each: ir.Table) -> ir.Value:
    if not (client.has("referrals.referred_id") or client.has("customers.referred_by")):
        return ibis.null("boolean")
    return each.customer.isin(referred_customers(client).customer_id)


def _days(after: ir.Value, before: ir.Value) -> ir.Value:
    return (after.epoch_seconds() - before.epoch_seconds()) / 86_400
