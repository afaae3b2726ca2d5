"""How good the client's data are: per column and per table, from the prepared tables and what was rejected."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.methods import data_quality as methods
from cvclib.tables import TABLES, Column, Table

# A blank here says "not yet" or "never", and is no fault.
BLANK_MAY_BE_RIGHT = frozenset(
    {
        "customers.referred_by", "orders.customer_id", "orders.account_id", "orders.discount", "orders.delivered_at", "orders.shipped_at",
        "orders.returned_at", "orders.cancelled_at", "accounts.customer_id", "leads.customer_id", "leads.qualified_at", "leads.won_at",
        "leads.lost_at", "tickets.first_response_at", "tickets.closed_at", "survey.comment", "survey.order_id", "survey.touchpoint",
        "attribute_ratings.brand", "referrals.referred_id", "referrals.converted_at", "subscriptions.ended_at", "interactions.case_id",
        "systems.records_touchpoint", "quotes.segment", "quotes.touchpoint",
    }
)  # fmt: skip
# When a row came about; what a table's timeliness is read from.
RECORDED_AT = {
    "customers": "acquired_at", "interactions": "at", "leads": "created_at", "orders": "ordered_at", "tickets": "opened_at",
    "survey": "responded_at", "attribute_ratings": "responded_at", "referrals": "referred_at", "subscriptions": "started_at",
}  # fmt: skip
SILENT = 0.01  # a silence less likely than this by chance is told


def column_quality(client: Client) -> pd.DataFrame:
    """Completeness and validity of every column that the client supplies.

    Returns
    -------
    pandas.DataFrame
        ``table, column, n_rows, complete, complete_low, complete_high, blank_is`` ("a gap" or "maybe right"),
        ``valid, valid_low, valid_high, n_invalid``. Invalid: cells handed in that could not be read, and were
        blanked or had their row rejected.
    """
    supplied = client.inventory[client.inventory["mapped"].astype(bool)]
    failed = _failed_cells(client)
    rows = []
    for row in supplied.itertuples():
        name = f"{row.table}.{row.column}"
        n_invalid = failed.get(name, 0)
        complete = methods.completeness(int(row.filled), int(row.n_rows))
        valid = methods.validity(int(row.filled), n_invalid)
        blank = "maybe right" if name in BLANK_MAY_BE_RIGHT else "a gap"
        rows.append((row.table, row.column, int(row.n_rows), *complete[:3], blank, *valid[:3], n_invalid))
    columns = ["table", "column", "n_rows", "complete", "complete_low", "complete_high", "blank_is", "valid", "valid_low", "valid_high", "n_invalid"]
    return pd.DataFrame(rows, columns=columns)


def table_quality(client: Client) -> pd.DataFrame:
    """Uniqueness, consistency and timeliness of every table that the client supplies.

    Returns
    -------
    pandas.DataFrame
        ``table, rows_read, rows_rejected, rows_kept, complete`` (mean over the columns in which a blank is a
        gap), ``valid`` (share of cells), ``unique`` (share of rows whose key is not used twice), ``consistent``
        (share of checks passed: references found, times in order), ``n_duplicates, n_inconsistent, last_record,
        days_silent`` (from the last record to the period's end) and ``p_silent``.

    Raises
    ------
    MissingDataError
        If the client supplies no table at all.
    """
    if not client.table_names:
        raise MissingDataError(["any table"])
    columns = column_quality(client)
    counts = client.sources.groupby("table")[["rows_read", "rows_rejected", "rows_kept"]].sum()
    faults = consistency(client)
    rows = []
    for name in client.table_names:
        own = columns[columns["table"] == name]
        gaps = own[own["blank_is"] == "a gap"]
        filled = (own["complete"] * own["n_rows"]).sum()
        checked = faults[faults["table"] == name]
        duplicates, n = _duplicates(client, TABLES[name])
        n_faults, n_checked = int(checked["n_faults"].sum()), int(checked["n_checked"].sum())
        last, silent, p_silent = _timeliness(client, name)
        rows.append(
            {
                "table": name,
                **counts.loc[name].to_dict(),
                "complete": gaps["complete"].mean() if len(gaps) else np.nan,
                "valid": methods.validity(round(filled), int(own["n_invalid"].sum())).value,
                "unique": methods.faultless(duplicates, n).value if TABLES[name].key else np.nan,
                "consistent": methods.faultless(n_faults, n_checked).value,
                "n_duplicates": duplicates,
                "n_inconsistent": n_faults,
                "last_record": last,
                "days_silent": silent,
                "p_silent": p_silent,
            }
        )
    return pd.DataFrame(rows)


def consistency(client: Client) -> pd.DataFrame:
    """Every reference and every order of times that can be checked, with how often it fails.

    Returns
    -------
    pandas.DataFrame
        ``table, check`` (in words), ``n_checked, n_faults``; rows that preparation rejected for it included.
    """
    rows = [*_references(client), *_time_orders(client)]
    return pd.DataFrame(rows, columns=["table", "check", "n_checked", "n_faults"])


def _failed_cells(client: Client) -> dict[str, int]:
    rejected = client.connection.table("rejected_rows", database="meta")
    named = rejected.filter(rejected["column"].notnull())
    counted = named.group_by("table", "column").agg(n=ibis._.count()).to_pandas()
    columns = {(name, column) for name, table in TABLES.items() for column in table.column_names}
    return {f"{row.table}.{row.column}": int(row.n) for row in counted.itertuples() if (row.table, row.column) in columns}


def _rejected_by_check(client: Client, check: str) -> int:
    """Rows that a named check took out before the tables were ready; those that it kept are counted in the tables."""
    checks = client.checks
    hit = checks[(checks["check"] == check) & (checks["policy"] == "reject")]
    return int(hit["n"].sum())


def _duplicates(client: Client, table: Table) -> tuple[int, int]:
    if not table.key:
        return 0, 0
    rows = client.whole(table.name)
    n, distinct = rows.count().to_pandas(), rows.select(*table.key).distinct().count().to_pandas()
    rejected = _rejected_by_check(client, f"{table.name}.duplicate_key")
    return int(n - distinct) + rejected, int(n) + rejected


def _references(client: Client) -> list[tuple[str, str, int, int]]:
    found = []
    for name in client.table_names:
        for column in TABLES[name].columns:
            if column.references and client.has(f"{name}.{column.name}", column.references):
                found.append(_reference(client, name, column))
    return found


def _reference(client: Client, name: str, column: Column) -> tuple[str, str, int, int]:
    target, key = column.references.split(".")
    rows = client.whole(name)
    rows = rows.filter(rows[column.name].notnull())
    known = client.whole(target)
    known = known.select(known_key=known[key]).distinct()
    n_orphans = rows.anti_join(known, rows[column.name] == known.known_key).count().to_pandas()
    rejected = _rejected_by_check(client, f"{name}.orphan_{column.name}")
    n = rows.count().to_pandas()
    return name, f"{column.name} is found in {target}", int(n) + rejected, int(n_orphans) + rejected


def _time_orders(client: Client) -> list[tuple[str, str, int, int]]:
    found = []
    for name in client.table_names:
        times = [c for c in TABLES[name].in_time_order if client.has(f"{name}.{c}")]
        rows = client.whole(name)
        for i, earlier in enumerate(times):
            for later in times[i + 1 :]:
                found.append((name, f"{later} is not before {earlier}", *_time_order(rows, earlier, later)))
        if times and (rejected := _rejected_by_check(client, f"{name}.time_order")):
            found.append((name, "times in order, rows rejected for it", rejected, rejected))
    return found


def _time_order(rows: ir.Table, earlier: str, later: str) -> tuple[int, int]:
    both = rows.filter(rows[earlier].notnull(), rows[later].notnull())
    # By day: an export that gives one of the two without its hour is not at fault.
    backwards = both[later].cast("date") < both[earlier].cast("date")
    n, faults = both.aggregate(n=both.count(), faults=backwards.ifelse(1, 0).sum()).to_pandas().iloc[0]
    return int(n), 0 if pd.isna(faults) else int(faults)


def _timeliness(client: Client, name: str) -> tuple[str | None, float, float]:
    column = RECORDED_AT.get(name)
    if column is None or not client.has(f"{name}.{column}"):
        return None, np.nan, np.nan
    rows = client.whole(name)
    at = rows[column]
    first, last, n = rows.aggregate(first=at.min().cast("date"), last=at.max().cast("date"), n=at.count()).to_pandas().iloc[0]
    first, last = pd.Timestamp(first).date(), pd.Timestamp(last).date()
    silent = max((client.period.end - last).days, 0)
    return last.isoformat(), float(silent), _silence(first, last, int(n), client.period.end)


def _silence(first: date, last: date, n: int, end: date) -> float:
    return methods.silence_p_value(first, last, n, end)
