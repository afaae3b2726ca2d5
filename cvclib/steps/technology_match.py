"""One customer in two systems: who in the ERP is whom in the CRM, what the match ties together, and who stands in the CRM twice."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
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
from cvclib.steps.customer_view import ALIKE, DECIDED, linked_accounts, orders_of_customers
from cvclib.steps.linkage import NUMBER, PROBABILITY, duplicate_clusters, duplicate_pairs
from cvclib.steps.memo import once_per_client
from cvclib.wording import label, number, with_evidence

STEP = "technology_integration"
MATCH = "What ties the ERP's accounts to customers of the CRM"
TIED = "What belongs to a known customer, before and after the match"
DUPLICATES = "Customers that the CRM holds more than once"
# What is believed before what; exact keys stand between, the strictest first.
_BELIEVED = {DECIDED: 0, NUMBER: 1} | {key: i for i, key in enumerate(record_linkage.KEYS, start=2)} | {ALIKE: 9}
_STAGES = {"before": "customer_id", "exact": "exact_customer_id", "after": "known_customer_id"}  # stage: the order's customer then


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
    tied_by = sorted((k for k in counts if k not in ("ambiguous", "not found")), key=lambda k: _BELIEVED.get(k, 1))
    rows = [(k, counts.get(k, 0), *share(counts.get(k, 0), n_accounts)[:3]) for k in (*tied_by, "ambiguous", "not found")]
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
            "A row counts the accounts that this ties to exactly one customer: the ERP's own customer number, else the strictest exact key, else "
            "several fields that are alike, as probable as the threshold asks. Ambiguous: two customers are as good; these are not tied."
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
    """Share of orders, revenue, tickets and answers that belong to a known customer, by stage of the match.

    Returns
    -------
    pandas.DataFrame
        ``what, n``, ``before`` (the CRM's number on the order itself), ``exact`` (also customer numbers and exact keys of
        the account) and ``after`` (also likeness and people's decisions), each with ``_low`` and ``_high``. Orders and revenue: with a
        customer of the CRM. Tickets and answers: of a customer whose orders are known, too; before the match
        that is one whose orders bear the CRM's number.

    Raises
    ------
    MissingDataError
        If there are no orders.
    """
    client.require("orders")
    orders = client.in_period(_orders_by_stage(client), "ordered_at")
    flags = {stage: _in_crm(client, orders[column]).fill_null(False).ifelse(1, 0) for stage, column in _STAGES.items()}
    flagged = orders.mutate(**flags, w=orders.revenue.fill_null(0.0).clip(lower=0))
    sums = flagged.aggregate(
        n=_.count(), w=_.w.sum(), ww=(_.w * _.w).sum(), n_w=(_.w > 0).ifelse(1, 0).sum(),
        **{stage: flagged[stage].sum() for stage in _STAGES}, **{f"w_{stage}": (flagged.w * flagged[stage]).sum() for stage in _STAGES},
    ).to_pandas().iloc[0]  # fmt: skip
    n = int(sums["n"])
    if n == 0:
        raise MissingDataError(["orders in the period"])
    rows = [_tied_row("Orders", [share(int(sums[stage]), n) for stage in _STAGES])]
    if client.has("orders.revenue") and sums["w"] > 0:
        made = [weighted_share_of_sums(sums[f"w_{stage}"], sums["w"], sums["ww"], int(sums["n_w"])) for stage in _STAGES]
        rows.append(_tied_row("Revenue", made))
    for name, what, at in (("tickets", "Tickets of customers whose orders are known", "opened_at"),
                           ("survey", "Survey answers of customers whose orders are known", "responded_at")):  # fmt: skip
        if client.has(f"{name}.customer_id"):
            rows.append(_tied_row(what, _of_buyers(client, name, at)))
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
    units = {f"{stage}{end}": "share" for stage in _STAGES for end in ("", "_low", "_high")}
    labels = {"what": "Of", "before": "Before", "exact": "By exact keys", "after": "By the whole match"}
    labels |= {f"{stage}{end}": text + " " * i for i, stage in enumerate(_STAGES) for end, text in (("_low", "95% from"), ("_high", "to"))}
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
        between = f" by exact keys, {end} by likeness, too" if row.after > row.exact > row.before else ""
        reached = f"from {start} to {number(row.exact, 'share')}{between}" if between else f"from {start} to {end}"
        said.append(f"{row.what[:1].lower()}{row.what[1:]} {f'{end}, as before' if gain.value == 0 else reached} (n = {row.n:,})")
    return Reading(f"What belongs to a known customer, by the match: {'; '.join(said)}.")


def _in_crm(client: Client, customer: ibis.expr.types.StringColumn) -> ibis.expr.types.BooleanValue:
    """Whether a customer number is one of the CRM's; where there is no CRM table, whether there is a number."""
    if client.has("customers"):
        return customer.notnull() & customer.isin(client.whole("customers").customer_id)
    return customer.notnull()


def _orders_by_stage(client: Client) -> ir.Table:
    """Orders with their customer at each stage of the match: `orders_of_customers`, and who is known by exact keys alone."""
    orders = orders_of_customers(client)
    if not client.has("accounts", "orders.account_id"):
        return orders.mutate(exact_customer_id=orders.customer_id)
    linked = linked_accounts(client)
    exact = linked.filter(linked.customer_id.notnull(), linked["key"].notin([ALIKE, DECIDED]))
    exact = exact.select(exact_account="account_id", exact_customer="customer_id")
    joined = orders.left_join(exact, orders.account_id == exact.exact_account)
    return joined.mutate(exact_customer_id=ibis.coalesce(joined.customer_id, joined.exact_customer)).drop("exact_account", "exact_customer")


def _of_buyers(client: Client, name: str, at: str) -> list[Estimate]:
    rows = client.tables[name]
    if client.has(f"{name}.{at}"):
        rows = client.in_period(rows, at)
    orders = _orders_by_stage(client)
    buyers = {stage: orders.filter(orders[column].notnull())[column] for stage, column in _STAGES.items()}
    known = rows.mutate(**{stage: rows.customer_id.isin(who).fill_null(False).ifelse(1, 0) for stage, who in buyers.items()})
    counts = known.aggregate(n=_.count(), **{stage: known[stage].sum() for stage in _STAGES}).to_pandas().fillna(0).iloc[0].astype(int)
    return [share(int(counts[stage]), int(counts["n"])) for stage in _STAGES]


def _tied_row(what: str, estimates: list[Estimate]) -> dict[str, object]:
    row: dict[str, object] = {"what": what, "n": estimates[-1].n}
    for stage, e in zip(_STAGES, estimates, strict=True):
        row |= {stage: e.value, f"{stage}_low": e.low, f"{stage}_high": e.high}
    return row


# ---- the same customer twice ------------------------------------------------------------------------------------


@once_per_client
def duplicate_customers(client: Client) -> pd.DataFrame:
    """CRM records that are one customer with another one, in groups: by an exact key, likeness or a person's decision.

    Returns
    -------
    pandas.DataFrame
        ``customer_id, group`` (numbered from 0). A telephone alone makes no group, as a household shares it.

    Raises
    ------
    MissingDataError
        If the customers have neither e-mail, nor telephone, nor name, postcode and birth date.
    """
    client.require("customers")
    enough = (["email"], ["name", "phone"], ["name", "postcode", "birth_date"])
    if not any(client.has(*(f"customers.{column}" for column in columns)) for columns in enough):
        raise MissingDataError(["customers.email, or customers.name with phone or with postcode and birth_date"])
    clusters = duplicate_clusters(client).sort_values("customer_id", ignore_index=True)
    return pd.DataFrame({"customer_id": clusters["customer_id"], "group": pd.factorize(clusters["cluster"])[0]})


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
    pairs = duplicate_pairs(client).query("tied")
    rows.append(("Pairs found by likeness, not by an exact key", int((pairs["how"] == PROBABILITY).sum()), np.nan, np.nan, np.nan))
    return Table(
        pd.DataFrame(rows, columns=["what", "n", "share", "low", "high"]),
        DUPLICATES,
        units={"n": "count", "share": "share", "low": "share", "high": "share"},
        labels={"what": "", "low": "95% from", "high": "to", "share": "Of all records"},
        note="Same e-mail; or same name, postcode and birth date; or same name and telephone; or so much alike that they are probably one.",
    )


def read_duplicates(client: Client) -> Reading:
    """What the duplicates come to."""
    try:
        groups = duplicate_customers(client)
    except MissingDataError:
        return Reading("Duplicates cannot be looked for without names or addresses.")
    if groups.empty:
        return Reading(f"No two of the {n_customers(client):,} records in the CRM are found to be one customer.")
    surplus = share(len(groups) - groups["group"].nunique(), n_customers(client))
    return Reading(
        f"Records in the CRM that repeat another one: {with_evidence(surplus, 'share')}. Those in doubt are not counted; “cvc review” lists them."
    )


def n_customers(client: Client) -> int:
    """Records in the CRM."""
    return int(client.whole("customers").count().to_pandas())
