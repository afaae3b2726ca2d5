"""One customer in two systems: who in the ERP is whom in the CRM, what the match ties together, and who stands in the CRM twice."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cvclib.charts import data_quality as charts
from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods import record_linkage
from cvclib.methods.estimate import Estimate
from cvclib.methods.shares import difference, share, weighted_share_of_sums
from cvclib.steps.customer_view import linked_accounts, orders_of_customers
from cvclib.steps.memo import once_per_client
from cvclib.wording import label, number, with_evidence

STEP = "technology_integration"
MATCH = "CRM and ERP matched by exact keys"
TIED = "What belongs to a known customer, before and after the match"
DUPLICATES = "Customers that the CRM holds more than once"


# ---- one customer in two systems --------------------------------------------------------------------------------


@once_per_client
def match_summary(client: Client) -> pd.DataFrame:
    """How the ERP's accounts are tied to the CRM.

    Returns
    -------
    pandas.DataFrame
        ``outcome`` (the key that ties them; "ambiguous"; "not found"), ``n, share, low, high`` of all accounts.

    Raises
    ------
    MissingDataError
        If the client supplies no accounts, or nothing by which to tie them.
    """
    client.require("accounts")
    if not client.has("accounts.customer_id") and not any(
        client.has(f"customers.{key}", f"accounts.{key}") for key in ("email", "phone", "birth_date")
    ):
        raise MissingDataError(["customers.email and accounts.email, or the same telephone, or name, postcode and birth date in both"])
    n_accounts = int(client.whole("accounts").account_id.nunique().to_pandas())
    linked = linked_accounts(client)
    outcome = ibis.cases((linked.customer_id.isnull(), "ambiguous"), else_=linked["key"])
    counted = linked.mutate(outcome=outcome).group_by("outcome").agg(n=_.count()).to_pandas()
    counts = {row.outcome: int(row.n) for row in counted.itertuples()}
    counts["not found"] = n_accounts - sum(counts.values())
    order = [k for k in counts if k not in ("ambiguous", "not found")]
    rows = [(k, counts.get(k, 0), *share(counts.get(k, 0), n_accounts)[:3]) for k in (*sorted(order), "ambiguous", "not found")]
    return pd.DataFrame(rows, columns=["outcome", "n", "share", "low", "high"])


def match_table(client: Client) -> Table | Gap:
    """The outcome of the match as a table."""
    try:
        frame = match_summary(client)
    except MissingDataError as error:
        return Gap(
            STEP,
            "Which ERP account is which customer?",
            error.needs,
            "It would bring what a customer buys and what they say into one view.",
        )
    frame = frame.assign(outcome=frame["outcome"].map(label))
    return Table(
        frame,
        MATCH,
        units={"n": "count", "share": "share", "low": "share", "high": "share"},
        labels={"outcome": "Tied by", "n": "Accounts", "low": "95% from", "high": "to"},
        note=(
            "A row counts the accounts that this key, the strictest that fits, ties to exactly one customer. Ambiguous: the keys point to several "
            "customers or disagree; these are not tied. E-mail in lower case; names without accents; telephone by its last nine digits."
        ),
    )


def read_match(client: Client) -> Reading:
    """How much of the ERP is tied."""
    try:
        frame = match_summary(client).set_index("outcome")
    except MissingDataError:
        return Reading("CRM and ERP cannot be matched with what is supplied.")
    n = int(frame["n"].sum())
    estimate = share(n - int(frame.loc["ambiguous", "n"]) - int(frame.loc["not found", "n"]), n)
    return Reading(
        f"Of the ERP's accounts {with_evidence(estimate, 'share')} are tied to one customer of the CRM; "
        f"{int(frame.loc['ambiguous', 'n']):,} are ambiguous and {int(frame.loc['not found', 'n']):,} are not found."
    )


@once_per_client
def tied(client: Client) -> pd.DataFrame:
    """Share of orders, revenue, tickets and answers that belong to a known customer, before and after the match.

    Returns
    -------
    pandas.DataFrame
        ``what, n``, ``before`` and ``after``, each with ``_low`` and ``_high``. Orders and revenue: with a
        customer of the CRM. Tickets and answers: of a customer whose orders are known, too; before the match
        that is one whose orders bear the CRM's number.

    Raises
    ------
    MissingDataError
        If there are no orders.
    """
    client.require("orders")
    orders = client.in_period(orders_of_customers(client), "ordered_at")
    known_customer = _in_crm(client, orders.known_customer_id)
    before = _in_crm(client, orders.customer_id)
    weight = orders.revenue.fill_null(0.0).clip(lower=0)
    flagged = orders.mutate(before=before.ifelse(1, 0), after=known_customer.ifelse(1, 0), w=weight)
    sums = flagged.aggregate(
        n=_.count(), before=_.before.sum(), after=_.after.sum(), w=_.w.sum(), ww=(_.w * _.w).sum(),
        w_before=(_.w * _.before).sum(), w_after=(_.w * _.after).sum(), n_w=(_.w > 0).ifelse(1, 0).sum(),
    ).to_pandas().iloc[0]  # fmt: skip
    n = int(sums["n"])
    if n == 0:
        raise MissingDataError(["orders in the period"])
    rows = [_tied_row("Orders", share(int(sums["before"]), n), share(int(sums["after"]), n))]
    if client.has("orders.revenue") and sums["w"] > 0:
        made = (weighted_share_of_sums(sums[k], sums["w"], sums["ww"], int(sums["n_w"])) for k in ("w_before", "w_after"))
        rows.append(_tied_row("Revenue", *made))
    for name, what, at in (("tickets", "Tickets of customers whose orders are known", "opened_at"),
                           ("survey", "Survey answers of customers whose orders are known", "responded_at")):  # fmt: skip
        if client.has(f"{name}.customer_id"):
            rows.append(_tied_row(what, *_of_buyers(client, name, at)))
    return pd.DataFrame(rows)


def tied_figure(client: Client) -> Figure | Gap:
    """What the match ties together, drawn."""
    try:
        frame = tied(client)
    except MissingDataError as error:
        return Gap(
            STEP,
            "What does one view of the customer bring?",
            error.needs,
            "It would tell how much of revenue and service belongs to a known customer.",
        )
    units = dict.fromkeys(["before", "before_low", "before_high", "after", "after_low", "after_high"], "share")
    labels = {"what": "Of", "before_low": "95% from", "before_high": "to", "after_low": "95% from ", "after_high": "to "}
    data = Table(frame, f"{TIED}, in numbers", units={"n": "count", **units}, labels=labels)
    return Figure(charts.tied(frame), TIED, read_tied(client).text, data)


def read_tied(client: Client) -> Reading:
    """What the match adds."""
    try:
        frame = tied(client)
    except MissingDataError:
        return Reading("Without orders there is nothing to tie to a customer.")
    said = []
    for row in frame.itertuples():
        gain = difference(
            Estimate(row.after, row.after_low, row.after_high, row.n), Estimate(row.before, row.before_low, row.before_high, row.n)
        )
        start, end = number(row.before, "share"), number(row.after, "share")
        said.append(
            f"{row.what[:1].lower()}{row.what[1:]} {f'{end}, as before' if gain.value == 0 else f'from {start} to {end}'} (n = {row.n:,})"
        )
    return Reading(f"What belongs to a known customer, by the match: {'; '.join(said)}.")


def _in_crm(client: Client, customer: ibis.expr.types.StringColumn) -> ibis.expr.types.BooleanValue:
    """Whether a customer number is one of the CRM's; where there is no CRM table, whether there is a number."""
    if client.has("customers"):
        return customer.notnull() & customer.isin(client.whole("customers").customer_id)
    return customer.notnull()


def _of_buyers(client: Client, name: str, at: str) -> tuple[Estimate, Estimate]:
    rows = client.tables[name]
    if client.has(f"{name}.{at}"):
        rows = client.in_period(rows, at)
    orders = orders_of_customers(client)
    buyers_before = orders.filter(orders.customer_id.notnull()).customer_id
    buyers_after = orders.filter(orders.known_customer_id.notnull()).known_customer_id
    known = rows.mutate(
        before=rows.customer_id.isin(buyers_before).fill_null(False).ifelse(1, 0),
        after=rows.customer_id.isin(buyers_after).fill_null(False).ifelse(1, 0),
    )
    n, before, after = known.aggregate(n=_.count(), before=_.before.sum(), after=_.after.sum()).to_pandas().fillna(0).iloc[0].astype(int)
    return share(int(before), int(n)), share(int(after), int(n))


def _tied_row(what: str, before: Estimate, after: Estimate) -> dict[str, object]:
    return {
        "what": what, "n": after.n, "before": before.value, "before_low": before.low, "before_high": before.high,
        "after": after.value, "after_low": after.low, "after_high": after.high,
    }  # fmt: skip


# ---- the same customer twice ------------------------------------------------------------------------------------


@once_per_client
def duplicate_customers(client: Client) -> pd.DataFrame:
    """CRM records that share an exact key with another one, in groups.

    Returns
    -------
    pandas.DataFrame
        ``customer_id, group``. A telephone alone makes no group, as a household shares it: the folded name
        must be the same, too.

    Raises
    ------
    MissingDataError
        If the customers have neither e-mail, nor telephone, nor name, postcode and birth date.
    """
    client.require("customers")
    enough = (["email"], ["name", "phone"], ["name", "postcode", "birth_date"])
    if not any(client.has(*(f"customers.{column}" for column in columns)) for columns in enough):
        raise MissingDataError(["customers.email, or customers.name with phone or with postcode and birth_date"])
    return record_linkage.duplicate_groups(_shared_keys(client)).rename(columns={"id": "customer_id"})


def duplicates_table(client: Client) -> Table | Gap:
    """How many customers the CRM holds more than once."""
    try:
        groups = duplicate_customers(client)
    except MissingDataError as error:
        return Gap(
            STEP, "Does the CRM hold customers twice?", error.needs, "It would show how many customers are counted, and written to, twice."
        )
    sizes = groups["group"].value_counts()
    n, surplus = n_customers(client), len(groups) - groups["group"].nunique()
    shares = {"Records in a group of duplicates": share(len(groups), n), "Records too many": share(surplus, n)}
    rows = [(what, round(e.value * n) if n else 0, *e[:3]) for what, e in shares.items()]
    rows.insert(1, ("Persons or firms behind them", groups["group"].nunique(), np.nan, np.nan, np.nan))
    rows.insert(2, ("Records in the largest group", int(sizes.max()) if len(sizes) else 0, np.nan, np.nan, np.nan))
    return Table(
        pd.DataFrame(rows, columns=["what", "n", "share", "low", "high"]),
        DUPLICATES,
        units={"n": "count", "share": "share", "low": "share", "high": "share"},
        labels={"what": "", "low": "95% from", "high": "to", "share": "Of all records"},
        note="Same e-mail; or same name, postcode and birth date; or same name and telephone. Misspelt names and changed addresses are not found.",
    )


def read_duplicates(client: Client) -> Reading:
    """What the duplicates come to."""
    try:
        groups = duplicate_customers(client)
    except MissingDataError:
        return Reading("Duplicates cannot be looked for without names or addresses.")
    if groups.empty:
        return Reading(f"No two of the {n_customers(client):,} records in the CRM share an exact key.")
    surplus = share(len(groups) - groups["group"].nunique(), n_customers(client))
    return Reading(
        f"Records in the CRM that repeat another one: {with_evidence(surplus, 'share')}. Exact keys find only the sure cases; there may be more."
    )


def _shared_keys(client: Client) -> pd.DataFrame:
    """Key values that two records or more share; the rest never leaves the engine."""
    customers = client.whole("customers")
    keys = record_linkage.exact_keys(customers, "customer_id")
    named = customers.select(id="customer_id", folded=record_linkage.fold(customers.name))
    telephone = record_linkage.KEYS.index("telephone")
    keys = keys.left_join(named, "id").select("id", "key", "value", "folded")
    keys = keys.filter((keys["key"] != telephone) | keys.folded.notnull())
    keys = keys.mutate(value=ibis.cases((keys["key"] == telephone, keys.value + "|" + keys.folded), else_=keys.value)).drop("folded")
    shared = keys.group_by("key", "value").agg(n=_.count()).filter(_.n > 1)
    return keys.semi_join(shared, ["key", "value"]).select("id", "key", "value").order_by("id", "key").to_pandas()


def n_customers(client: Client) -> int:
    """Records in the CRM."""
    return int(client.whole("customers").count().to_pandas())
