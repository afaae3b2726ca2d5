"""How good the client's data are: per column and per table, from the prepared tables and what was rejected."""

from __future__ import annotations

from itertools import combinations

import ibis
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.methods import data_quality as methods
from cvclib.methods.shares import benjamini_hochberg
from cvclib.steps.memo import once_per_client
from cvclib.tables import TABLES, Column, Table

# A blank here says "not yet" or "never", and is no fault.
BLANK_MAY_BE_RIGHT = frozenset(
    {
        "customers.referred_by", "customers.acquired_at", "interactions.outcome", "touchpoints.customer_alternative_cost",
        "activity_touchpoints.weight", "survey.customer_id", "initiatives.expected_change", "initiatives.metric", "initiatives.expected_benefit", "initiatives.benefit_low",
        "initiatives.benefit_high", "initiatives.requires", "initiatives.excludes",
        "attribute_ratings.importance", "attribute_ratings.performance", "orders.customer_id", "orders.account_id", "orders.discount", "orders.delivered_at", "orders.shipped_at",
        "orders.returned_at", "orders.cancelled_at", "tickets.reopened_at", "accounts.customer_id", "leads.customer_id", "leads.qualified_at", "leads.won_at",
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
SILENT = 0.05  # a silence less likely than this by chance, corrected over the tables, is told


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
        days_silent`` (from the last record to the period's end) and ``p_silent`` (Benjamini-Hochberg over the tables).

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
    frame = pd.DataFrame(rows)
    return frame.assign(p_silent=benjamini_hochberg(frame["p_silent"].to_numpy(float)))


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
    keys = client.whole(table.name).group_by(*table.key).aggregate(times=ibis._.count())
    n, distinct = (int(x) for x in keys.aggregate(n=keys.times.sum().fill_null(0), distinct=keys.count()).to_pandas().iloc[0])
    rejected = rejected_by_check(client, f"{table.name}.duplicate_key")
    return n - distinct + rejected, n + rejected


def _references(client: Client) -> list[tuple[str, str, int, int]]:
    found = []
    for name in client.table_names:
        columns = [c for c in TABLES[name].columns if c.references and client.has(f"{name}.{c.name}", c.references)]
        if columns:
            found += _references_of(client, name, columns)
    return found


def _references_of(client: Client, name: str, columns: list[Column]) -> list[tuple[str, str, int, int]]:
    """All references of one table, asked of the engine at once."""
    rows = client.whole(name)
    orphans, targets = {}, []
    for i, column in enumerate(columns):
        target, key = column.references.split(".")
        known = client.whole(target)
        known = known.filter(known[key].notnull()).select(key).distinct()
        orphans[f"orphan_{i}"] = rows[column.name].notnull() & ~rows[column.name].isin(known[key])
        targets.append(target)
    marked = rows.select(**{f"filled_{i}": rows[c.name].notnull() for i, c in enumerate(columns)}, **orphans)
    counts = marked.aggregate(**{mark: marked[mark].sum().fill_null(0) for mark in marked.columns}).to_pandas().iloc[0]
    found = []
    for i, (column, target) in enumerate(zip(columns, targets, strict=True)):
        rejected = rejected_by_check(client, f"{name}.{column.name}.orphan")
        words = f"{column.name} is found in {target}"
        found.append((name, words, int(counts[f"filled_{i}"]) + rejected, int(counts[f"orphan_{i}"]) + rejected))
    return found


def _time_orders(client: Client) -> list[tuple[str, str, int, int]]:
    found = []
    for name in client.table_names:
        times = [c for c in TABLES[name].in_time_order if client.has(f"{name}.{c}")]
        pairs = list(combinations(times, 2))
        if pairs:
            rows = client.whole(name)
            # By day: an export that gives one of the two without its hour is not at fault. Blanks make no fault.
            backwards = [rows[later].cast("date") < rows[earlier].cast("date") for earlier, later in pairs]
            both = [rows[earlier].notnull() & rows[later].notnull() for earlier, later in pairs]
            counted = {f"n_{i}": one.sum().fill_null(0) for i, one in enumerate(both)}
            counted |= {f"faults_{i}": one.sum().fill_null(0) for i, one in enumerate(backwards)}
            counts = rows.aggregate(**counted).to_pandas().iloc[0]
            for i, (earlier, later) in enumerate(pairs):
                found.append((name, f"{later} is not before {earlier}", int(counts[f"n_{i}"]), int(counts[f"faults_{i}"])))
        if times and (rejected := rejected_by_check(client, f"{name}.time_order")):
            n = int(client.whole(name).count().to_pandas()) + rejected
            found.append((name, "times run forward (rows left out for it)", n, rejected))
    return found


def _timeliness(client: Client, name: str) -> tuple[str | None, float, float]:
    column = RECORDED_AT.get(name)
    if column is None or not client.has(f"{name}.{column}"):
        return None, np.nan, np.nan
    rows = client.whole(name)
    days = rows.select(day=rows[column].cast("date")).filter(ibis._.day.notnull()).distinct().order_by("day").to_pandas()["day"]
    dates = [pd.Timestamp(day).date() for day in days]
    silent = max((client.period.end - dates[-1]).days, 0)
    return dates[-1].isoformat(), float(silent), methods.silence_p_value(dates, client.period.end)
