"""Earned growth: how much of this period's revenue loyal customers brought, by coming back and by recommending.

Part of step 6; `cvclib.steps.advocacy` is its public face.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.exhibits import Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods import advocacy as methods
from cvclib.methods.estimate import Estimate
from cvclib.privacy import suppress_small
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.recommendation import NOTHING_TO_READ, still_missing
from cvclib.steps.referral import referred_customers
from cvclib.wording import interval, number, with_evidence

STEP = "advocacy"
CAPTION = "Where this period's revenue came from"
EARNED_CHANNELS = ("referral", "word of mouth", "recommendation", "friend")  # acquisition channels that are recommendation
STAYED, EARNED, BOUGHT, UNKNOWN, RETURNED, UNTIED = (
    "Customers of the period before",
    "New, by recommendation",
    "New, won otherwise",
    "New, how they came not known",
    "Back after a longer pause",
    "Orders tied to no customer",
)
NO_REVENUE = Gap(
    STEP,
    "How much of our growth do loyal customers bring?",
    ("orders.revenue", "orders.customer_id"),
    "With revenue by customer over two periods it shows net revenue retention and the earned growth rate.",
)
NO_ORIGIN = Gap(
    STEP,
    "How much of the revenue from new customers was earned by recommendation?",
    ("customers.referred_by",),
    "With who referred each customer, or customers.acquisition_channel, new revenue splits into earned and bought, and the earned growth "
    "rate follows.",
)


def revenue_origins(client: Client) -> pd.DataFrame:
    """Split this period's revenue by how its customers came, beside the revenue of the period before.

    Parameters
    ----------
    client : Client

    Returns
    -------
    pandas.DataFrame
        A row an origin: ``origin``, ``n`` customers with revenue in the period, ``revenue``, ``share_of_before``
        (as a share of all tied revenue of the period before, with ``low`` and ``high``), and the sums from
        which that comes: ``now``, ``before``, ``now_now``, ``before_before``, ``now_before``.

    Raises
    ------
    MissingDataError
        If orders, their revenue or their customers are not supplied.

    Notes
    -----
    Cancelled orders do not count, credit notes (negative) do. A customer is new who never ordered before the
    period; one who ordered before, but not in the period before, is back after a longer pause.
    """
    client.require("orders.revenue")
    orders = orders_of_customers(client)
    kept = orders.filter(orders.cancelled_at.isnull() | (orders.revenue < 0), orders.revenue.notnull())
    now_from, now_until = (ibis.date(day) for day in (client.period.start, client.period.until))
    was_from, was_until = (ibis.date(day) for day in (client.previous_period.start, client.previous_period.until))
    in_now = (kept.ordered_at >= now_from) & (kept.ordered_at < now_until)
    in_before = (kept.ordered_at >= was_from) & (kept.ordered_at < was_until)
    each = kept.group_by(customer_id=kept.known_customer_id).agg(
        now=kept.revenue.sum(where=in_now).fill_null(0.0),
        before=kept.revenue.sum(where=in_before).fill_null(0.0),
        bought_before=in_before.any(),
        active=in_now.any(),
        first=kept.ordered_at.min(),
    )
    each = each.filter(each.active | each.bought_before)
    each = _with_way_of_coming(client, each)
    origin = ibis.cases(
        (each.customer_id.isnull(), UNTIED),
        (each.bought_before, STAYED),
        (each["first"] < now_from, RETURNED),
        (each.way == "earned", EARNED),
        (each.way == "bought", BOUGHT),
        else_=UNKNOWN,
    )
    sums = each.group_by(origin=origin).agg(
        n=(each.active & each.customer_id.notnull()).sum().cast("int64"),
        all_customers=ibis._.count(),
        now=each.now.sum(),
        before=each.before.sum(),
        now_now=(each.now * each.now).sum(),
        before_before=(each.before * each.before).sum(),
        now_before=(each.now * each.before).sum(),
    )
    frame = sums.execute().set_index("origin").reindex([STAYED, EARNED, BOUGHT, UNKNOWN, RETURNED, UNTIED]).dropna(how="all")
    frame["revenue"] = frame["now"]
    frame["n"] = frame["n"].astype(float).mask(frame.index == UNTIED)  # how many customers those are, nobody knows
    estimates = [_against_before(frame, (name,)) if name != UNTIED else _unknown() for name in frame.index]
    frame["share_of_before"], frame["low"], frame["high"] = zip(*[e[:3] for e in estimates], strict=True) if len(frame) else ([], [], [])
    return frame.reset_index()


def earned_growth_rate(client: Client) -> Estimate | None:
    """Earned growth rate, 0.1 for ten per cent, with its interval; None where it is not known who came by recommendation."""
    frame = _origins_or_none(client)
    if frame is None or not _ways_known(client):
        return None
    share = _against_before(frame.set_index("origin"), (STAYED, EARNED))
    return Estimate(share.value - 1, share.low - 1, share.high - 1, share.n)


def earned_growth_table(client: Client) -> Table | Gap:
    """Show where the period's revenue came from."""
    frame = _origins_or_none(client)
    if frame is None:
        return still_missing(client, NO_REVENUE)
    shown = suppress_small(
        frame[["origin", "n", "revenue", "share_of_before", "low", "high"]], minimum=client.params.report.minimum_group, keep=("origin",)
    )
    tied = frame[frame["origin"] != UNTIED]
    before = number(tied["before"].sum(), "money", currency=client.params.currency)
    return Table(
        shown,
        caption=CAPTION,
        units={"n": "count", "revenue": "money", "share_of_before": "share", "low": "share", "high": "share"},
        labels={"origin": "Customers", "n": "How many", "share_of_before": "Of last period's revenue", "low": "95% from", "high": "to"},
        note=f"Period {client.period}; revenue of customers in {client.previous_period}: {before}. Cancelled orders left out. "
        "The first row is net revenue retention; the earned growth rate is the first two together, less 100%.",
        currency=client.params.currency,
    )


def earned_growth_reading(client: Client) -> Reading:
    """Say in words what customers kept and brought."""
    frame = _origins_or_none(client)
    if frame is None:
        return NOTHING_TO_READ
    by = frame.set_index("origin")
    kept = _against_before(by, (STAYED,))
    words = [
        f"Net revenue retention is {with_evidence(kept, 'share')}: so much of last period's revenue came again from the same customers."
    ]
    rate = earned_growth_rate(client)
    if rate is not None:
        words.append(f"With new customers who came by recommendation the earned growth rate is {with_evidence(rate, 'share')}.")
        growth = methods.earned_growth(
            before=_before(by), retained=_now(by, STAYED), earned=_now(by, EARNED), bought=_now(by, BOUGHT, UNKNOWN, RETURNED)
        )
        if growth.ratio > 0:
            words.append(f"That is {number(growth.ratio, 'share')} of all growth.")
    else:
        most = _against_before(by, (STAYED, UNKNOWN))
        words.append(
            f"How new customers came is not known: the earned growth rate lies between {number(kept.value - 1, 'share')}, if none was recommended, "
            f"and {number(most.value - 1, 'share')}, if all were."
        )
    return Reading(" ".join(words))


def earned_growth_findings(client: Client) -> list[Finding]:
    """The finding on earned growth.

    No value at stake is given: what last period's customers did not spend again is in part what nobody could have sold them,
    as with goods bought once in years, and no table tells that part from the customers lost.
    """
    frame = _origins_or_none(client)
    if frame is None:
        return []
    by = frame.set_index("origin")
    kept, rate = _against_before(by, (STAYED,)), earned_growth_rate(client)
    claim = f"Of last period's revenue, {number(kept.value, 'share')} came again from the same customers"
    evidence = f"Net revenue retention, 95% interval {interval(kept, 'share')}, n = {kept.n:,} customers"
    if rate is not None:
        claim += f"; with customers who came by recommendation, the earned growth rate is {number(rate.value, 'share')}"
        evidence += f"; earned growth rate, 95% interval {interval(rate, 'share')}"
    judged = rate or Estimate(kept.value - 1, kept.low - 1, kept.high - 1, kept.n)
    kind = "strength" if judged.low > 0 else "problem" if judged.high < 0 else "no signal"
    return [
        Finding(
            STEP,
            claim=f"{claim}.",
            evidence=f"{evidence}.",
            estimate=judged,
            action={
                "problem": "Find out who could have bought again and did not, and win those back first; what is bought once in years cannot come back every period.",
                "strength": "Put more of the budget for new customers into asking present ones to recommend.",
                "no signal": "Watch the rate over more periods: a few large customers move it.",
            }[kind],
            table=CAPTION,
            kind=kind,
        )
    ]


def earned_growth_gap(client: Client) -> Gap | None:
    """What is missing to show earned growth; None if nothing is."""
    if _origins_or_none(client) is None:
        return still_missing(client, NO_REVENUE)
    return None if _ways_known(client) else NO_ORIGIN


def _ways_known(client: Client) -> bool:
    return client.has("customers.referred_by") or client.has("referrals.referred_id") or client.has("customers.acquisition_channel")


def _with_way_of_coming(client: Client, each: ir.Table) -> ir.Table:
    """Add ``way``: earned, bought, or NULL where nothing tells."""
    if client.has("referrals.referred_id") or client.has("customers.referred_by"):
        referred = referred_customers(client).select(of="customer_id").mutate(was=True)
        each = each.left_join(referred, each.customer_id == referred.of).drop("of")
        otherwise = ibis.literal("bought")  # where referrals are recorded, one without a referrer was not referred
    else:
        each, otherwise = each.mutate(was=ibis.null("boolean")), ibis.null("string")
    if client.has("customers.acquisition_channel"):
        came = client.whole("customers").select(of="customer_id", channel="acquisition_channel")
        each = each.left_join(came, each.customer_id == came.of).drop("of")
        plain = each.channel.lower().replace("_", " ").replace("-", " ").strip()
        by_channel = ibis.cases((plain.isin(EARNED_CHANNELS), "earned"), (plain.notnull(), "bought"), else_=otherwise)
    else:
        by_channel = otherwise
    return each.mutate(way=ibis.cases((each.was.fill_null(False), "earned"), else_=by_channel))


def _origins_or_none(client: Client) -> pd.DataFrame | None:
    """Origins of revenue, where last period's customers and their revenue are known; else None."""
    if not client.has("orders.revenue") or not (client.has("orders.customer_id") or client.has("accounts", "orders.account_id")):
        return None
    frame = revenue_origins(client)
    by = frame.set_index("origin")
    enough = STAYED in by.index and by.loc[STAYED, "all_customers"] >= client.params.report.minimum_group
    return frame if enough and _before(by) > 0 and frame["now"].sum() > 0 else None


def _before(by: pd.DataFrame) -> float:
    return float(by.loc[[name for name in by.index if name != UNTIED], "before"].sum())


def _now(by: pd.DataFrame, *origins: str) -> float:
    return float(by.loc[[name for name in origins if name in by.index], "now"].sum())


def _unknown() -> Estimate:
    return Estimate(np.nan, np.nan, np.nan, 0)


def _against_before(by: pd.DataFrame, origins: tuple[str, ...]) -> Estimate:
    """Revenue of some origins as a share of all revenue of the period before; customers are what varies."""
    present = [name for name in origins if name in by.index]
    tied = by.loc[[name for name in by.index if name != UNTIED]]
    if not tied["before"].sum() > 0:
        return _unknown()
    of = by.loc[present]
    count = int(tied.loc[list({*present, STAYED} & set(tied.index)), "all_customers"].sum())
    return methods.ratio_of_sums(
        n=count,
        y=of["now"].sum(),
        x=tied["before"].sum(),
        yy=of["now_now"].sum(),
        xx=tied["before_before"].sum(),
        xy=of["now_before"].sum(),
    )
