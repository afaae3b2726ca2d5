"""Who refers, what share of referrals becomes a customer, how soon, and how many customers a customer brings.

Part of step 6; exhibits are in `referral_exhibits`, the tree of referrals in `referral_tree`, those referred in `referred`.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.methods import shares, survival
from cvclib.methods.estimate import Estimate
from cvclib.methods.referral import k_factor, rate_of_rare
from cvclib.params import Period
from cvclib.privacy import suppress_small

ALL = "All customers"
WINDOW_DAYS = 90  # within which a referral counts as converted in the K-factor


def all_referrals(client: Client) -> ir.Table:
    """Referrals of all times: the client's own list, else those that customers' records tell of.

    Returns
    -------
    ibis.Table
        ``referrer_id``, ``referred_id``, ``referred_at``, ``converted_at``. Who is said to have referred themselves is left out.

    Raises
    ------
    MissingDataError
        If the client supplies neither.
    """
    told = told_referrals(client)
    return told.filter(told.referred_id.isnull() | (told.referred_id != told.referrer_id))


def told_referrals(client: Client) -> ir.Table:
    """Referrals as they are recorded, also those of oneself; else as `all_referrals`."""
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
        told = told.union(customers.filter(customers.referred_by != customers.customer_id).select("customer_id"))
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
        with ``conversion_low``, ``conversion_high`` (0 to 1, so far; blank where conversions are not recorded); ``within``
        with ``within_low``, ``within_high``, the share that converts within `WINDOW_DAYS`, those not followed for so long cut
        off; ``invitations`` a customer with ``invitations_low``, ``invitations_high``; ``k_factor`` with ``k_low``, ``k_high``,
        which is ``invitations`` times ``within``. Groups too small are blank.

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
    referrals = _made_in(client, period)
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
    lags = conversion_lags(client, period=period, by_segment=by_segment) if client.has("referrals.converted_at") else None
    frame = pd.DataFrame([_rates(name, of, lags) for name, of in counted.groupby("group")], columns=_RATES)
    return suppress_small(frame, minimum=client.params.report.minimum_group, keep=("group",))


def conversion_lags(client: Client, *, period: Period | None = None, by_segment: bool = False) -> pd.DataFrame:
    """Days from a referral to the first purchase, counted; who has not bought by the end of the client's period is cut off there.

    Parameters
    ----------
    client : Client
    period : Period, optional
        In which the referrals were made; the analysed one by default.
    by_segment : bool
        By the segment of the referrer.

    Returns
    -------
    pandas.DataFrame
        ``group``, ``days``, ``happened``, ``n``.

    Raises
    ------
    MissingDataError
        If referrals, or when they converted, are not supplied.
    """
    client.require("referrals.converted_at")
    made = _made_in(client, period or client.period)
    until = ibis.timestamp(str(client.period.until))
    if client.has("customers"):
        customers = client.tables.customers.select(of="customer_id", segment="segment")
        made = made.join(customers, made.referrer_id == customers.of)
    else:
        made = made.mutate(segment=ibis.null("string"))
    happened = (made.converted_at < until).fill_null(False)
    end = ibis.ifelse(happened, made.converted_at, until)
    days = (end.epoch_seconds() - made.referred_at.epoch_seconds()) // 86_400
    group = made.segment if by_segment else ibis.literal(ALL)
    counted = (
        made.mutate(group=group, days=ibis.greatest(days, 0), happened=happened).group_by("group", "days", "happened").agg(n=ibis._.count())
    )
    return counted.order_by("group", "days", "happened").execute().dropna(subset="group")


_RATES = ["group", "n", "referrers", "referral_rate", "rate_low", "rate_high", "referrals", "conversion", "conversion_low",
          "conversion_high", "within", "within_low", "within_high", "invitations", "invitations_low", "invitations_high",
          "k_factor", "k_low", "k_high"]  # fmt: skip


def _made_in(client: Client, period: Period) -> ir.Table:
    referrals = all_referrals(client)
    if client.has("referrals.referred_at") or client.has("customers.acquired_at"):
        return client.in_period(referrals, "referred_at", period)
    return referrals


def _rates(name: str, counted: pd.DataFrame, lags: pd.DataFrame | None) -> dict[str, object]:
    n, made, converted = counted["n"].sum(), (counted["n"] * counted["made"]).sum(), (counted["n"] * counted["converted"]).sum()
    referrers = counted.loc[counted["made"] > 0, "n"].sum()
    rate = shares.share(int(referrers), int(n))
    invitations = rate_of_rare(counted["made"], counted["n"])
    conversion = within = k = Estimate(np.nan, np.nan, np.nan, 0)
    if lags is not None:
        conversion = shares.share(int(converted), int(made))
        within = _within(lags[lags["group"] == name], WINDOW_DAYS)
        k = k_factor(invitations, within, rate_of_rare(counted["converted"], counted["n"]))
    estimates = (*conversion[:3], *within[:3], *invitations[:3], *k[:3])
    return dict(zip(_RATES, [name, int(n), int(referrers), *rate[:3], int(made), *estimates], strict=True))


def _within(lags: pd.DataFrame, days: int) -> Estimate:
    if not len(lags):
        return Estimate(np.nan, np.nan, np.nan, 0)
    away = survival.survival_at(survival.kaplan_meier(lags["days"], lags["happened"], counts=lags["n"]), days)
    return Estimate(1 - away.value, 1 - away.high, 1 - away.low, away.n)
