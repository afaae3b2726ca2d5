"""What customers bring by referral beside what they are worth themselves: Kumar's two-by-two of customers.

A customer's referral value is the worth of those they brought, times the share of them who would not have come otherwise;
that share nobody knows, so it is a parameter and what hangs on it is shown. Worth is lifetime value where its model fits, and
what was earned so far where it does not. Part of step 6; `cvclib.steps.advocacy` is its public face.
"""

from __future__ import annotations

from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from cvclib.charts import referral as charts
from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods.advocacy import ratio_of_sums
from cvclib.methods.estimate import Estimate
from cvclib.privacy import suppress_small
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.lifetime_value import lifetime_values
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError
from cvclib.steps.referral_tree import referral_edges
from cvclib.wording import number, with_evidence

STEP = "advocacy"
CAPTION = "What customers bring by referral beside what they are worth themselves"
BROUGHT_SHARE = 0.5  # of those referred, who would not have come otherwise: nobody knows, half is the middle
SHARES_SHOWN = (0.25, 0.5, 1.0)
TYPES = ("Champions", "Affluents", "Advocates", "Misers")  # worth and bring much; worth much; bring much; neither
NO_VALUE = Gap(
    STEP,
    "What do customers bring by referral, beside what they are worth themselves?",
    ("referrals.referred_id", "orders.revenue", "customers"),
    "With who brought whom, and the revenue or margin of orders, the customers who are worth much by whom they bring can be counted.",
)


class ReferralValue(NamedTuple):
    """The two-by-two in numbers.

    Parameters
    ----------
    types : pandas.DataFrame
        ``type``, ``n`` customers, ``worth`` a customer, ``brought`` a customer: the worth of those brought, all of it.
    ratio : Estimate
        Worth of all who were brought, as a share of the worth of all customers, were all of it due to the referral.
    basis : str
        What worth is, in words.
    median : float
        Worth above which a customer counts as worth much.
    n_referrers : int
        Customers who brought somebody that bought.
    """

    types: pd.DataFrame
    ratio: Estimate
    basis: str
    median: float
    n_referrers: int


@once_per_client
def referral_values(client: Client) -> ReferralValue:
    """Set what each customer brought by referral beside what they are worth, and count the four types.

    Parameters
    ----------
    client : Client

    Returns
    -------
    ReferralValue

    Raises
    ------
    MissingDataError
        If it is not recorded who brought whom, or what orders brought.
    TooFewAnswersError
        If too few customers brought somebody who bought.

    Notes
    -----
    After Kumar, Petersen and Leone: high and low part at the median. As most customers bring nobody, the median referral value
    is nought, and all who brought somebody that bought are high.

    References
    ----------
    .. [1] V. Kumar, J. A. Petersen, R. P. Leone, "How valuable is word of mouth?", Harvard Business Review, October 2007.
    .. [2] V. Kumar, J. A. Petersen, R. P. Leone, "Driving profitability by encouraging customer referrals: who, when, and how",
       Journal of Marketing 74, 2010.
    """
    client.require("customers", "orders.revenue")
    worth, basis = _worth(client)
    edges = referral_edges(client)
    of_referrer = edges.join(worth, edges.referred == worth.customer).group_by("referrer").agg(brought=_.worth.sum())
    each = worth.left_join(of_referrer, worth.customer == of_referrer.referrer).select(
        "customer", "worth", brought=_.brought.fill_null(0.0)
    )
    each = each.cache()
    middle = (
        each.aggregate(worth=each.worth.median(), brought=each.brought.median(), n=(each.brought > 0).sum(), all=_.count())
        .to_pandas()
        .iloc[0]
    )
    if not middle["n"] >= max(client.params.report.minimum_group, 2):
        raise TooFewAnswersError(
            f"{int(middle['n'] or 0):,} customers brought somebody who bought: too few to set beside what customers are worth."
        )
    much, many = each.worth > float(middle["worth"]), each.brought > float(middle["brought"])
    name = ibis.cases((much & many, TYPES[0]), (much, TYPES[1]), (many, TYPES[2]), else_=TYPES[3])
    sums = (
        each.group_by(type=name).agg(n=_.count(), worth=_.worth.mean(), brought=_.brought.mean()).execute().set_index("type").reindex(TYPES)
    )
    sums["n"] = sums["n"].fillna(0).astype(int)
    moments = each.aggregate(
        y=each.brought.sum(), x=each.worth.sum(), yy=(each.brought * each.brought).sum(), xx=(each.worth * each.worth).sum(),
        xy=(each.brought * each.worth).sum(),
    ).to_pandas().iloc[0]  # fmt: skip
    if not moments["x"] > 0:
        raise TooFewAnswersError("Customers brought nothing in all: there is no worth to set referrals beside.")
    ratio = ratio_of_sums(n=int(middle["all"]), **{k: float(v) for k, v in moments.items()})
    return ReferralValue(sums.reset_index(), ratio, basis, float(middle["worth"]), int(middle["n"]))


def referral_value(client: Client, *, brought_share: float = BROUGHT_SHARE) -> Figure | Gap | Reading:
    """Show the two-by-two of customers, and what the share assumed makes of it."""
    if not _told(client):
        return NO_VALUE
    try:
        found = referral_values(client)
    except TooFewAnswersError as error:
        return Reading(str(error))
    shares = sorted({*SHARES_SHOWN, brought_share})
    frame = found.types.assign(**{f"at_{k}": found.types["brought"] * part for k, part in enumerate(shares)}).drop(columns="brought")
    frame = suppress_small(frame, minimum=client.params.report.minimum_group, keep=("type",))
    figure = charts.two_by_two(frame.assign(brought=frame[f"at_{shares.index(brought_share)}"]), currency=client.params.currency)
    table = Table(
        frame, caption=f"{CAPTION}, in numbers", units={"n": "count", "worth": "money"} | {f"at_{k}": "money" for k in range(len(shares))},
        labels={"type": "Customers", "n": "How many", "worth": "Worth each"}
        | {f"at_{k}": f"Referral value each, if {part:.0%} came by it alone" for k, part in enumerate(shares)},
        note=f"Worth is {found.basis}; much is above the median. Most customers brought nobody who bought, so that bringing much is "
        "bringing anybody. Those brought count with what they are worth, times the share who would not have come otherwise.",
        currency=client.params.currency,
    )  # fmt: skip
    alt = "; ".join(f"{row.type}: {number(row.n, 'count')}" for row in frame.itertuples())
    return Figure(figure, caption=CAPTION, alt=f"Customers by type. {alt}.", data=table)


def referral_value_reading(client: Client, *, brought_share: float = BROUGHT_SHARE) -> Reading | None:
    """Say in words how many are of each type, and how much of worth comes by referral at each share assumed."""
    if not _told(client):
        return None
    try:
        found = referral_values(client)
    except TooFewAnswersError:
        return None
    n = found.types.set_index("type")["n"]
    least = client.params.report.minimum_group
    low, high = (number(found.ratio.value * part, "share") for part in (SHARES_SHOWN[0], 1.0))
    scaled = Estimate(*(x * brought_share for x in found.ratio[:3]), found.ratio.n)
    words = [f"Of {found.ratio.n:,} customers who bought, {found.n_referrers:,} brought somebody who bought."]
    if n["Advocates"] >= least:
        words.append(
            f"{n['Advocates']:,} of them are worth no more than the median themselves (advocates): by their own orders alone they would be overlooked."
        )
    words.append(
        f"If {brought_share:.0%} of those brought would not have come otherwise, referral brings {with_evidence(scaled, 'share')} of what customers are "
        f"worth; {low} if a quarter, {high} if all. Worth is {found.basis}."
    )
    return Reading(" ".join(words))


def referral_value_gap(client: Client) -> Gap | None:
    """What is missing to set referral value beside worth; None if nothing is."""
    return None if _told(client) else NO_VALUE


def _told(client: Client) -> bool:
    return client.has("customers", "orders.revenue") and (client.has("referrals.referred_id") or client.has("customers.referred_by"))


def _worth(client: Client) -> tuple[ir.Table, str]:
    """``customer`` and ``worth`` of all who bought, and what worth is in words."""
    if lifetime_values is not None:
        try:
            values = lifetime_values(client)
        except (MissingDataError, TooFewAnswersError):
            values = None
        if values is not None and values.fits and values.customers["clv"].notna().any():
            frame = values.customers[["customer_id", "clv"]].dropna().rename(columns={"customer_id": "customer", "clv": "worth"})
            return ibis.memtable(
                frame.astype({"customer": str, "worth": float})
            ), f"lifetime value over {values.horizon_months} months to come"
    money = "margin" if client.has("orders.margin") else "revenue"
    orders = orders_of_customers(client)
    kept = orders.filter(
        orders.known_customer_id.notnull(), orders.ordered_at < ibis.timestamp(str(client.period.until)),
        orders.cancelled_at.isnull() | (orders.revenue < 0),
    )  # fmt: skip
    worth = kept.group_by(customer="known_customer_id").agg(worth=kept[money].sum().fill_null(0.0))
    return worth, f"the {money} of all orders so far, as no lifetime value that its hold-out carries is at hand"
