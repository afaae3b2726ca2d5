"""The named checks of whole tables: keys that repeat, references that lead nowhere, times that run backwards, signs."""

from __future__ import annotations

from collections.abc import Collection

import duckdb

from cvclib.params import ClientFile, Policy
from cvclib.privacy import MASK
from cvclib.sources.casting import named, quoted
from cvclib.sources.planning import check_names
from cvclib.sources.staging import KEY, LEFT_OUT, Ledger
from cvclib.tables import TABLES, Table

DEFAULT: dict[str, Policy] = {"duplicate_key": "reject", "no_rating": "reject"}  # all others keep the row, and warn


def check_table(
    con: duckdb.DuckDBPyConnection, table: Table, staged: str, filled: Collection[str], params: ClientFile, ledger: Ledger
) -> None:
    """Make the checks that a table can be held to by itself, and take away the rows that a policy rejects.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
    table : Table
    staged : str
        Name of its staged rows.
    filled : collection of str
        Columns that the client maps.
    params : ClientFile
    ledger : Ledger
    """
    if table.one_of:
        name = next(n for n in (f"{table.name}.no_customer", f"{table.name}.no_rating") if n in check_names())
        lacking = " AND ".join(f"{named(c)} IS NULL" for c in table.one_of)
        _check(con, table, staged, name, lacking, "NULL", f"neither {' nor '.join(table.one_of)}", ", ".join(table.one_of), params, ledger)
    if table.key:
        _duplicates(con, table, staged, params, ledger)
    times = [c for c in table.in_time_order if c in filled]
    for_each_pair = [_runs_backwards(a, b) for i, a in enumerate(times) for b in times[i + 1 :]]
    if for_each_pair:
        wrong = " OR ".join(for_each_pair)
        shown = "concat_ws(', ', " + ", ".join(f"CAST({named(c)} AS VARCHAR)" for c in times) + ")"
        _check(con, table, staged, f"{table.name}.time_order", wrong, shown, "the times run backwards", ", ".join(times), params, ledger)
    for column in table.columns:
        if column.type == "money" and column.low is not None and column.name in filled:
            negative = f"{named(column.name)} < 0"
            if (table.name, column.name) == ("orders", "revenue"):
                negative += " AND cancelled_at IS NULL"  # a cancelled order may be a credit note
            name = f"{table.name}.{column.name}.sign"
            _check(con, table, staged, name, negative, f"CAST({named(column.name)} AS VARCHAR)", "below zero", column.name, params, ledger)


def check_references(
    con: duckdb.DuckDBPyConnection, staged: dict[str, str], filled: dict[str, set[str]], params: ClientFile, ledger: Ledger
) -> None:
    """Look up every reference in the table that should hold it, where the client supplies both."""
    for table_name, rows in staged.items():
        table = TABLES[table_name]
        for column in table.columns:
            target_name, _, target_column = column.references.partition(".")
            if not column.references or column.name not in filled[table_name] or target_column not in filled.get(target_name, ()):
                continue
            c = named(column.name)
            known = f"SELECT {named(target_column)} FROM {staged[target_name]} WHERE {named(target_column)} IS NOT NULL"
            orphan = f"{c} IS NOT NULL AND {c} NOT IN ({known})"
            reason = f"{column.references} does not hold it"
            _check(con, table, rows, f"{table_name}.{column.name}.orphan", orphan, c, reason, column.name, params, ledger)


def _runs_backwards(earlier: str, later: str) -> str:
    """A day without a time of day is before nothing on that same day."""
    a, b = named(earlier), named(later)
    return f"({b} < {a} AND NOT ({b} = date_trunc('day', {b}) AND date_trunc('day', {a}) = {b}))"


def _duplicates(con: duckdb.DuckDBPyConnection, table: Table, staged: str, params: ClientFile, ledger: Ledger) -> None:
    name = f"{table.name}.duplicate_key"
    keys = ", ".join(named(k) for k in table.key)
    same = " AND ".join(f"s.{named(k)} IS NOT DISTINCT FROM d.{named(k)}" for k in table.key)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE repeated AS SELECT {KEY} FROM (SELECT {', '.join('s.' + k for k in KEY.split(', '))}, "
        f"row_number() OVER (PARTITION BY {', '.join('s.' + named(k) for k in table.key)} ORDER BY s._part, s._row, s._cell) AS nth "
        f"FROM {staged} s JOIN (SELECT {keys} FROM {staged} GROUP BY ALL HAVING count(*) > 1) d ON {same}) WHERE nth > 1"
    )
    shown = "concat_ws(', ', " + ", ".join(named(k) for k in table.key) + ")"
    condition = f"({KEY}) IN (SELECT ({KEY}) FROM repeated)"
    (n,) = con.sql("SELECT count(*) FROM repeated").fetchone()
    _check(
        con, table, staged, name, condition if n else "false", shown, "an earlier row has the same key", ", ".join(table.key), params, ledger
    )
    con.execute("DROP TABLE repeated")


def _check(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    staged: str,
    name: str,
    condition: str,
    value: str,
    reason: str,
    column: str,
    params: ClientFile,
    ledger: Ledger,
) -> None:
    """Count the rows that a condition holds for; where the policy rejects them, note and remove them."""
    policy = params.checks.get(name, DEFAULT.get(name.rpartition(".")[2], "keep"))
    (n,) = con.sql(f"SELECT count(*) FROM {staged} WHERE {condition}").fetchone()
    ledger.check(name, n, policy)
    if n and policy == "reject":
        shown = quoted(MASK) if column in table.column_names and table[column].personal else value
        con.execute(
            f"INSERT INTO failed SELECT {quoted(table.name)}, _part, _row, {quoted(column)}, {shown}, {quoted(reason)}, "
            f"{quoted(LEFT_OUT)} FROM {staged} WHERE {condition} ORDER BY {KEY}"
        )
        con.execute(f"DELETE FROM {staged} WHERE {condition}")
