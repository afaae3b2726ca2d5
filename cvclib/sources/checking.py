"""The named checks of whole tables: keys that repeat, references that lead nowhere, times that run backwards, signs."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from cvclib.params import ClientFile, Policy
from cvclib.privacy import MASK
from cvclib.sources.casting import named, quoted
from cvclib.sources.ledger import KEY, LEFT_OUT, Ledger
from cvclib.sources.planning import check_names
from cvclib.tables import Table

DEFAULT: dict[str, Policy] = {"duplicate_key": "reject", "no_rating": "reject"}  # all others keep the row, and warn


@dataclass(frozen=True)
class Staged:
    """A canonical table's typed rows, before they are checked as a whole.

    Parameters
    ----------
    table : Table
    rows : str
        Name of the engine's table that holds them.
    names : dict of int to dict of str to str
        For each part, the client's own name of each column that is mapped.
    """

    table: Table
    rows: str
    names: dict[int, dict[str, str]]

    def has(self, column: str) -> bool:
        """Whether the client maps a column."""
        return any(column in names for names in self.names.values())

    def called(self, *columns: str) -> str:
        """SQL of what the client calls some columns, in the part that a row comes from."""
        whens = [
            f"WHEN {part} THEN {quoted(', '.join(dict.fromkeys(names.get(c, c) for c in columns)))}" for part, names in self.names.items()
        ]
        return f"CASE _part {' '.join(whens)} END"


def check_table(con: duckdb.DuckDBPyConnection, staged: Staged, params: ClientFile, ledger: Ledger) -> None:
    """Make the checks that a table can be held to by itself, and take away the rows that a policy rejects."""
    table = staged.table
    if table.one_of:
        name = next(n for n in (f"{table.name}.no_customer", f"{table.name}.no_rating") if n in check_names())
        lacking = " AND ".join(f"{named(c)} IS NULL" for c in table.one_of)
        mapped = [c for c in table.one_of if staged.has(c)]
        _check(con, staged, name, lacking, "NULL", f"neither {' nor '.join(table.one_of)}", mapped, params, ledger)
    if table.key:
        _duplicates(con, staged, params, ledger)
    times = [c for c in table.in_time_order if staged.has(c)]
    pairs = [_runs_backwards(a, b) for i, a in enumerate(times) for b in times[i + 1 :]]
    if pairs:
        shown = "concat_ws(', ', " + ", ".join(f"CAST({named(c)} AS VARCHAR)" for c in times) + ")"
        _check(con, staged, f"{table.name}.time_order", " OR ".join(pairs), shown, "the times run backwards", times, params, ledger)
    for column in table.columns:
        if column.type == "money" and column.low is not None and staged.has(column.name):
            negative = f"{named(column.name)} < 0"
            if (table.name, column.name) == ("orders", "revenue"):
                negative += " AND cancelled_at IS NULL"  # a cancelled order may be a credit note
            name = f"{table.name}.{column.name}.sign"
            _check(con, staged, name, negative, f"CAST({named(column.name)} AS VARCHAR)", "below zero", [column.name], params, ledger)


def check_references(con: duckdb.DuckDBPyConnection, tables: dict[str, Staged], params: ClientFile, ledger: Ledger) -> None:
    """Look up every reference in the table that should hold it, where the client supplies both."""
    for name, staged in tables.items():
        for column in staged.table.columns:
            target_name, _, target_column = column.references.partition(".")
            target = tables.get(target_name)
            if target is None or not staged.has(column.name) or not target.has(target_column):
                continue
            c = named(column.name)
            known = f"SELECT {named(target_column)} FROM {target.rows} WHERE {named(target_column)} IS NOT NULL"
            orphan = f"{c} IS NOT NULL AND {c} NOT IN ({known})"
            reason = f"{column.references} does not hold it"
            _check(con, staged, f"{name}.{column.name}.orphan", orphan, c, reason, [column.name], params, ledger)


def _runs_backwards(earlier: str, later: str) -> str:
    """A day without a time of day is before nothing on that same day."""
    a, b = named(earlier), named(later)
    return f"({b} < {a} AND NOT ({b} = date_trunc('day', {b}) AND date_trunc('day', {a}) = {b}))"


def _duplicates(con: duckdb.DuckDBPyConnection, staged: Staged, params: ClientFile, ledger: Ledger) -> None:
    table, rows = staged.table, staged.rows
    keys = ", ".join(named(k) for k in table.key)
    same = " AND ".join(f"s.{named(k)} IS NOT DISTINCT FROM d.{named(k)}" for k in table.key)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE repeated AS SELECT {KEY} FROM (SELECT {', '.join('s.' + k for k in KEY.split(', '))}, "
        f"row_number() OVER (PARTITION BY {', '.join('s.' + named(k) for k in table.key)} ORDER BY s._part, s._row, s._cell) AS nth "
        f"FROM {rows} s JOIN (SELECT {keys} FROM {rows} GROUP BY ALL HAVING count(*) > 1) d ON {same}) WHERE nth > 1"
    )
    (n,) = con.sql("SELECT count(*) FROM repeated").fetchone()
    shown = "concat_ws(', ', " + ", ".join(named(k) for k in table.key) + ")"
    condition = f"({KEY}) IN (SELECT ({KEY}) FROM repeated)" if n else "false"
    mapped = [k for k in table.key if staged.has(k)]
    _check(con, staged, f"{table.name}.duplicate_key", condition, shown, "an earlier row has the same key", mapped, params, ledger)
    con.execute("DROP TABLE repeated")


def _check(
    con: duckdb.DuckDBPyConnection,
    staged: Staged,
    name: str,
    condition: str,
    value: str,
    reason: str,
    columns: list[str],
    params: ClientFile,
    ledger: Ledger,
) -> None:
    """Count the rows that a condition holds for; where the policy rejects them, note and remove them."""
    policy = params.checks.get(name, DEFAULT.get(name.rpartition(".")[2], "keep"))
    (n,) = con.sql(f"SELECT count(*) FROM {staged.rows} WHERE {condition}").fetchone()
    ledger.check(name, n, policy)
    if n and policy == "reject":
        shown = quoted(MASK) if any(staged.table[c].personal for c in columns) else value
        con.execute(
            f"INSERT INTO failed SELECT {quoted(staged.table.name)}, {KEY}, {staged.called(*columns)}, {shown}, {quoted(reason)}, "
            f"{quoted(LEFT_OUT)} FROM {staged.rows} WHERE {condition} ORDER BY {KEY}"
        )
        con.execute(f"DELETE FROM {staged.rows} WHERE {condition}")
