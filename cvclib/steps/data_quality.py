"""How good the client's data are: per column and per table, from the prepared tables and what was rejected."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.methods import data_quality as methods
from cvclib.steps.memo import once_per_client
from cvclib.tables import TABLES, Column, Table

# A blank here says "not yet" or "never", and is no fault.
BLANK_MAY_BE_RIGHT = frozenset(
    {
        "customers.referred_by", "customers.acquired_at", "interactions.outcome", "touchpoints.customer_alternative_cost",
        "activity_touchpoints.weight", "survey.customer_id", "initiatives.expected_change", "initiatives.metric",
        "attribute_ratings.importance", "attribute_ratings.performance", "orders.customer_id", "orders.account_id", "orders.discount", "orders.delivered_at", "orders.shipped_at",
        "orders.returned_at", "orders.cancelled_at", "accounts.customer_id", "leads.customer_id", "leads.qualified_at", "leads.won_at",
        "leads.lost_at", "tickets.first_response_at", "tickets.closed_at", "survey.comment", "survey.order_id", "survey.touchpoint",
        "attribute_ratings.brand", "referrals.referred_id", "referrals.converted_at", "subscriptions.ended_at", "interactions.case_id",
        "systems.records_touchpoint", "quotes.segment", "quotes.touchpoint", "interactions.recorded_at", "orders.recorded_at", "tickets.recorded_at",
    }
)  # fmt: skip
# When a row came about; what a table's timeliness is read from.
RECORDED_AT = {
    "customers": "acquired_at", "interactions": "at", "leads": "created_at", "orders": "ordered_at", "tickets": "opened_at",
    "survey": "responded_at", "attribute_ratings": "responded_at", "referrals": "referred_at", "subscriptions": "started_at",
}  # fmt: skip
UNREADABLE = (".unreadable", ".range")  # checks of a single cell; the others are of rows
SILENT = 0.01  # a silence less likely than this by chance is told


@once_per_client
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
        blank = "maybe right" if name in BLANK_MAY_BE_RIGHT or _only_in_some(client, row.table, row.column) else "a gap"
        rows.append((row.table, row.column, int(row.n_rows), *complete[:3], blank, *valid[:3], n_invalid))
    columns = [
        "table",
        "column",
        "n_rows",
        "complete",
        "complete_low",
        "complete_high",
        "blank_is",
        "valid",
        "valid_low",
        "valid_high",
        "n_invalid",
    ]
    return pd.DataFrame(rows, columns=columns)


@once_per_client
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


@once_per_client
def consistency(client: Client) -> pd.DataFrame:
    """Every reference and every order of times that can be checked, with how often it fails.

    Returns
    -------
    pandas.DataFrame
        ``table, check`` (in words), ``n_checked, n_faults``; rows that preparation rejected for it included.
    """
    rows = [*_references(client), *_time_orders(client)]
    return pd.DataFrame(rows, columns=["table", "check", "n_checked", "n_faults"])


def _only_in_some(client: Client, table: str, column: str) -> bool:
    """Whether a table comes from several files of which only some hold the column: the others' blanks are no gaps."""
    sources = client.params.tables.get(table)
    if not isinstance(sources, list):
        return False
    holding = [s for s in sources if column in s.columns or (s.unpivot and column in (s.unpivot.name_to, s.unpivot.value_to))]
    return 0 < len(holding) < len(sources)


def _failed_cells(client: Client) -> dict[str, int]:
    """Cells handed in that were not what they should be, by canonical column."""
    checks = client.checks
    unreadable = checks[checks["check"].str.endswith(UNREADABLE)]
    return {str(name): int(n) for name, n in (unreadable["table"] + "." + unreadable["column"]).pipe(unreadable.groupby)["n"].sum().items()}


def rejected_by_check(client: Client, check: str) -> int:
    """Rows that a named check took out before the tables were ready; those that it kept are counted in the tables."""
    checks = client.checks
    hit = checks[(checks["check"] == check) & (checks["policy"] == "reject")]
    return int(hit["n"].sum())


def _duplicates(client: Client, table: Table) -> tuple[int, int]:
    if not table.key:
        return 0, 0
    rows = client.whole(table.name)
    n, distinct = rows.count().to_pandas(), rows.select(*table.key).distinct().count().to_pandas()
    rejected = rejected_by_check(client, f"{table.name}.duplicate_key")
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
    rejected = rejected_by_check(client, f"{name}.{column.name}.orphan")
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
        if times and (rejected := rejected_by_check(client, f"{name}.time_order")):
            n = int(rows.count().to_pandas()) + rejected
            found.append((name, "times run forward (rows left out for it)", n, rejected))
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
    days = rows.select(day=rows[column].cast("date")).filter(ibis._.day.notnull()).distinct().order_by("day").to_pandas()["day"]
    dates = [pd.Timestamp(day).date() for day in days]
    silent = max((client.period.end - dates[-1]).days, 0)
    return dates[-1].isoformat(), float(silent), methods.silence_p_value(dates, client.period.end)
