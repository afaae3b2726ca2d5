"""Step 3, technology integration: how good the data are, and what bringing CRM and ERP together ties up."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cvclib.charts import data_quality as charts
from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods import record_linkage
from cvclib.methods.estimate import Estimate
from cvclib.methods.shares import difference, share, weighted_share_of_sums
from cvclib.steps.customer_view import linked_accounts, matched_accounts, orders_of_customers
from cvclib.steps.data_quality import SILENT, column_quality, consistency, table_quality
from cvclib.steps.memo import once_per_client
from cvclib.steps.systems import blind_spots, read_systems, system_coverage, systems_figure, systems_table
from cvclib.wording import interval, joined, label, number, with_evidence

__all__ = [
    "blind_spots", "column_figure", "column_quality", "column_table", "consistency", "consistency_table", "duplicate_customers",
    "duplicates_table", "findings", "gaps", "match_summary", "match_table", "matched_accounts", "orders_of_customers", "quality_figure",
    "read_columns", "read_duplicates", "read_match", "read_quality", "read_systems", "read_tied", "system_coverage", "systems_figure",
    "systems_table", "table_quality", "tied", "tied_figure",
]  # fmt: skip

STEP = "technology_integration"
NEEDS_ANY = ("customers", "accounts", "orders", "tickets", "survey", "interactions", "systems")
QUALITY = "Data quality of each table"
COLUMNS = "How filled each column is"
CONSISTENCY = "References and orders of time that were checked"
MATCH = "CRM and ERP matched by exact keys"
TIED = "What belongs to a known customer, before and after the match"
DUPLICATES = "Customers that the CRM holds more than once"
DIMENSIONS = {"complete": "Complete", "valid": "Valid", "unique": "Unique", "consistent": "Consistent"}
POOR = 0.95  # share below which, with the whole interval, a column's blanks become a finding
MOST_COLUMN_FINDINGS = 3


# ---- how good are the data --------------------------------------------------------------------------------------


def quality_figure(client: Client) -> Figure | Gap:
    """Tables by dimension of quality."""
    try:
        frame = table_quality(client)
    except MissingDataError as error:
        return Gap(STEP, "How good are the data?", error.needs, "It would show what can be relied on.")
    drawn = frame.set_index(frame["table"].map(label))[list(DIMENSIONS)].rename(columns=DIMENSIONS)
    columns = ["table", "rows_read", "rows_rejected", "rows_kept", *DIMENSIONS, "n_duplicates", "n_inconsistent", "last_record", "days_silent"]
    shown = frame[columns].assign(table=frame["table"].map(label))
    units = {"rows_read": "count", "rows_rejected": "count", "rows_kept": "count", "n_duplicates": "count", "n_inconsistent": "count", "days_silent": "count"}
    data = Table(
        shown,
        caption=f"{QUALITY}, in numbers",
        units={**units, **dict.fromkeys(DIMENSIONS, "share")},
        labels={"n_duplicates": "Duplicate keys", "n_inconsistent": "Inconsistent", "days_silent": "Days from last record to period's end"},
        note=(
            "Complete: filled cells, without the columns in which a blank may be right. Valid: cells that could be read. Unique: rows whose key "
            "is not used twice. Consistent: references found and times in order. Rejected rows are counted as faults."
        ),
    )
    worst = read_quality(client).text
    return Figure(charts.table_quality(drawn), QUALITY, f"A table of {len(frame)} tables by {len(DIMENSIONS)} dimensions of quality. {worst}", data)


def read_quality(client: Client) -> Reading:
    """Where quality falls short, or that it does not."""
    try:
        frame = table_quality(client).set_index("table")
    except MissingDataError:
        return Reading("No table is supplied.")
    said = []
    for name, meaning in DIMENSIONS.items():
        known = frame[name].dropna()
        known = known[known < 1]
        if len(known):
            said.append(f"least {meaning.lower()} is {label(known.idxmin()).lower()} ({number(known.min(), 'share')})")
    late = frame[frame["p_silent"] < SILENT]
    silent = [f"{label(name).lower()} ({int(row.days_silent)} days)" for name, row in late.iterrows()]
    text = f"Of {_n_of(len(frame), 'table')} {joined(said)}." if said else f"No fault was found in the {_n_of(len(frame), 'table')} supplied."
    return Reading(text + (f" Records stop earlier before the period's end than their usual pace explains: {joined(silent)}." if silent else ""))


def column_figure(client: Client) -> Figure | Gap:
    """How filled each column is, a panel a table; full columns are left out of the drawing."""
    frame = column_quality(client)
    if frame.empty:
        return Gap(STEP, "Which columns have blanks?", ("any table",), "It would show where information is lost.")
    rows = frame[(frame["complete"] < 1) & frame["complete"].notna()]
    if rows.empty:
        return column_table(client)
    return Figure(
        charts.completeness(rows), f"{COLUMNS}; columns without a blank are left out", read_columns(client).text, column_table(client)
    )


def column_table(client: Client) -> Table:
    """Completeness and validity of every column supplied."""
    frame = column_quality(client)
    frame = frame.assign(column=[f"{row.table}.{row.column}" for row in frame.itertuples()]).drop(columns="table")
    shares = ("complete", "complete_low", "complete_high", "valid", "valid_low", "valid_high")
    return Table(
        frame,
        caption=f"{COLUMNS}, and how much of it could be read",
        units={"n_rows": "count", "n_invalid": "count", **dict.fromkeys(shares, "share")},
        labels={
            "complete_low": "95% from", "complete_high": "to", "valid_low": "95% from ", "valid_high": "to ", "n_rows": "Rows", "blank_is": "A blank is",
            "n_invalid": "Cells not readable",
        },
    )  # fmt: skip


def read_columns(client: Client) -> Reading:
    """Which columns lack most."""
    frame = column_quality(client)
    lacking = frame[(frame["blank_is"] == "a gap") & (frame["complete"] < 1)].sort_values(["complete", "table", "column"])
    if lacking.empty:
        return Reading("No column has a blank that is a gap.")
    said = []
    for row in lacking.head(3).itertuples():
        estimate = Estimate(row.complete, row.complete_low, row.complete_high, row.n_rows)
        said.append(f"{row.table}.{row.column}, filled in {with_evidence(estimate, 'share')}")
    unreadable = frame[frame["n_invalid"] > 0]
    more = f" Cells that could not be read: {int(unreadable['n_invalid'].sum()):,}, in {_n_of(len(unreadable), 'column')}." if len(unreadable) else ""
    return Reading(f"Most is lacking in {joined(said)}.{more}")


def consistency_table(client: Client) -> Table | Gap:
    """The references and orders of times checked, with how often each fails."""
    frame = consistency(client)
    if frame.empty:
        return Gap(STEP, "Do the tables fit together?", ("two tables that refer to each other",), "It would show records that belong to nobody.")
    passed = [share(row.n_checked - row.n_faults, row.n_checked) for row in frame.itertuples()]
    frame = frame.assign(table=frame["table"].map(label), passed=[e.value for e in passed], low=[e.low for e in passed], high=[e.high for e in passed])
    units = {"n_checked": "count", "n_faults": "count", "passed": "share", "low": "share", "high": "share"}
    labels = {"n_checked": "Checked", "n_faults": "Faults", "low": "95% from", "high": "to"}
    return Table(frame, CONSISTENCY, units=units, labels=labels, note="Times are compared by day. A row can be at fault in several checks.")


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
        return Gap(STEP, "Which ERP account is which customer?", error.needs, "It would bring what a customer buys and what they say into one view.")
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
        return Gap(STEP, "What does one view of the customer bring?", error.needs, "It would tell how much of revenue and service belongs to a known customer.")
    units = dict.fromkeys(["before", "before_low", "before_high", "after", "after_low", "after_high"], "share")
    labels = {"what": "Of", "before_low": "95% from", "before_high": "to", "after_low": "95% from ", "after_high": "to "}
    data = Table(frame, f"{TIED}, in numbers", units={"n": "count", **units}, labels=labels)
    return Figure(charts.tied(frame), f"{TIED}, with 95% intervals", read_tied(client).text, data)


def read_tied(client: Client) -> Reading:
    """What the match adds."""
    try:
        frame = tied(client)
    except MissingDataError:
        return Reading("Without orders there is nothing to tie to a customer.")
    said = []
    for row in frame.itertuples():
        gain = difference(Estimate(row.after, row.after_low, row.after_high, row.n), Estimate(row.before, row.before_low, row.before_high, row.n))
        start, end = number(row.before, "share"), number(row.after, "share")
        said.append(f"{row.what[:1].lower()}{row.what[1:]} {f'{end}, as before' if gain.value == 0 else f'from {start} to {end}'} (n = {row.n:,})")
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
        return Gap(STEP, "Does the CRM hold customers twice?", error.needs, "It would show how many customers are counted, and written to, twice.")
    sizes = groups["group"].value_counts()
    n, surplus = _n_customers(client), len(groups) - groups["group"].nunique()
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
        return Reading(f"No two of the {_n_customers(client):,} records in the CRM share an exact key.")
    surplus = share(len(groups) - groups["group"].nunique(), _n_customers(client))
    return Reading(f"Records that are one too many: {with_evidence(surplus, 'share')}. Exact keys find the least: there may be more.")


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


def _n_customers(client: Client) -> int:
    return int(client.whole("customers").count().to_pandas())


# ---- what it comes to -------------------------------------------------------------------------------------------


def gaps(client: Client) -> list[Gap]:
    """What cannot be told about data and systems, and what would tell it."""
    found = []
    for exhibit in (match_table, tied_figure, duplicates_table, systems_table):
        result = exhibit(client)
        if isinstance(result, Gap):
            found.append(result)
    return found


def findings(client: Client) -> list[Finding]:
    """Faults in the data that matter, what the match ties together, duplicates and blind spots."""
    if not client.table_names:
        return []
    found = [*_column_findings(client), *_silence_findings(client), *_consistency_findings(client)]
    for part in (_tied_findings, _duplicate_findings, _blind_findings):
        try:
            found += part(client)
        except MissingDataError:
            continue  # said by the gaps
    if not found:
        found = [
            Finding(
                STEP,
                "The data supplied show no fault that matters.",
                f"{_n_of(len(client.table_names), 'table')} checked for blanks, unreadable cells, duplicate keys, orphans and times in the wrong order.",
                "Keep checking with every delivery of data.",
                QUALITY,
                kind="no signal",
            )
        ]
    return found


def _column_findings(client: Client) -> list[Finding]:
    frame = column_quality(client)
    poor = frame[(frame["blank_is"] == "a gap") & (frame["complete_high"] < POOR)].sort_values(["complete", "table", "column"])
    found = []
    for row in poor.head(MOST_COLUMN_FINDINGS).itertuples():
        estimate = Estimate(row.complete, row.complete_low, row.complete_high, row.n_rows)
        found.append(
            Finding(
                STEP,
                f"{row.table}.{row.column} is filled in {number(row.complete, 'share')} of the rows only.",
                f"{with_evidence(estimate, 'share')}.",
                "Make it part of the form where the record begins, or stop asking for it.",
                COLUMNS,
                estimate=estimate,
            )
        )
    return found


def _silence_findings(client: Client) -> list[Finding]:
    frame = table_quality(client)
    return [
        Finding(
            STEP,
            f"The records of {label(row.table).lower()} stop {int(row.days_silent)} days before the period ends.",
            f"Last record {row.last_record}; at their usual pace so long a silence has a probability of "
            f"{'less than 0.001' if row.p_silent < 0.001 else f'{row.p_silent:.3f}'}.",
            "Ask for the rest of the export, or end the period there.",
            QUALITY,
        )
        for row in frame[frame["p_silent"] < SILENT].itertuples()
    ]


def _consistency_findings(client: Client) -> list[Finding]:
    frame = consistency(client)
    faulty = frame[frame["n_faults"] > 0].sort_values(["n_faults", "table", "check"], ascending=[False, True, True])
    found = []
    for row in faulty.head(2).itertuples():
        estimate = share(row.n_faults, row.n_checked)
        found.append(
            Finding(
                STEP,
                f"{label(row.table)}: {_n_of(row.n_faults, 'row')} {'fails' if row.n_faults == 1 else 'fail'} the check “{row.check}”.",
                f"{with_evidence(estimate, 'share')} of the rows that could be checked.",
                "Mend it where the record is made; here it stands as delivered.",
                CONSISTENCY,
                estimate=estimate,
            )
        )
    return found


def _tied_findings(client: Client) -> list[Finding]:
    match_summary(client)  # without two systems there is nothing to bring together
    rows = tied(client).set_index("what")
    row = rows.loc["Revenue"] if "Revenue" in rows.index else rows.loc["Orders"]
    what = str(row.name).lower()
    after = Estimate(row["after"], row["after_low"], row["after_high"], int(row["n"]))
    gain = difference(after, Estimate(row["before"], row["before_low"], row["before_high"], int(row["n"])))
    if gain.value == 0:
        return []
    return [
        Finding(
            STEP,
            f"Bringing CRM and ERP together ties {number(after.value, 'share')} of {what} to a known customer, up from {number(row['before'], 'share')}.",
            f"After the match {with_evidence(after, 'share')}; gain {interval(gain, 'share', signed=True)} (95%).",
            "Carry the customer number into the ERP, so that the tie is made once and at the source.",
            TIED,
            estimate=after,
            kind="chance",
        )
    ]


def _duplicate_findings(client: Client) -> list[Finding]:
    groups = duplicate_customers(client)
    if groups.empty:
        return []
    surplus = len(groups) - groups["group"].nunique()
    estimate = share(surplus, _n_customers(client))
    return [
        Finding(
            STEP,
            f"The CRM holds {_n_of(surplus, 'record')} too many: {number(estimate.value, 'share')} of its records repeat a customer.",
            f"{with_evidence(estimate, 'share')}, found by exact keys: at least so many.",
            "Merge them, and look a customer up before a new record is made.",
            DUPLICATES,
            estimate=estimate,
        )
    ]


def _n_of(n: int, thing: str) -> str:
    return f"{n:,} {thing}" if n == 1 else f"{n:,} {thing}s"


def _blind_findings(client: Client) -> list[Finding]:
    blind = blind_spots(client)
    if not blind:
        return []
    return [
        Finding(
            STEP,
            f"{len(blind)} {'touchpoint is' if len(blind) == 1 else 'touchpoints are'} recorded by no system: {joined(blind[:5])}"
            f"{f' and {len(blind) - 5} more' if len(blind) > 5 else ''}.",
            f"{len(blind)} of {len(system_coverage(client))} touchpoints, neither declared nor seen with a system.",
            "Decide for each whether it is worth recording; what is not recorded cannot be improved by the figures.",
            "Which system records which touchpoint",
        )
    ]
