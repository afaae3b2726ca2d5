"""What is known of the prepared tables beside their rows: schema ``meta``, and frames made into a client's tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
import ibis
import pandas as pd

from cvclib.errors import InputError, Problem
from cvclib.sources.compiled import keep_compiled
from cvclib.sources.remembering import remember_answers
from cvclib.tables import TABLES

META_SCHEMA = "meta"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet takes a cell that begins so for a formula


def prepare_frames(frames: Mapping[str, pd.DataFrame]) -> ibis.BaseBackend:
    """Put canonical tables that are already frames onto an engine in memory.

    Parameters
    ----------
    frames : mapping of str to pandas.DataFrame
        Canonical table name to rows with canonical column names; missing columns come out empty.

    Returns
    -------
    ibis.BaseBackend
        DuckDB in memory, with the tables and, in schema ``meta``, their inventory.

    Raises
    ------
    InputError
        If a table or a column is not canonical, or a required column is missing.
    """
    problems = [Problem("frames", f"table {name!r}", "a canonical table") for name in frames if name not in TABLES]
    for name in set(frames) & set(TABLES):
        unknown = [c for c in frames[name].columns if c not in TABLES[name].column_names]
        absent = [c for c in TABLES[name].required if c not in frames[name].columns]
        problems += [Problem(f"frame {name!r}", f"column {c!r}", "a canonical column") for c in unknown]
        problems += [Problem(f"frame {name!r}", f"no column {c!r}", "every required column") for c in absent]
    if problems:
        raise InputError(problems)

    connection = ibis.duckdb.connect()
    for name, frame in frames.items():
        connection.con.register("incoming", frame)
        selected = ", ".join(
            f'CAST({chr(34) + c.name + chr(34) if c.name in frame.columns else "NULL"} AS {c.sql_type}) AS "{c.name}"'
            for c in TABLES[name].columns
        )
        connection.raw_sql(f'CREATE TABLE "{name}" AS SELECT {selected} FROM incoming')
        connection.con.unregister("incoming")
    write_inventory(connection.con, {name: list(frame.columns) for name, frame in frames.items()})
    for name, frame in frames.items():
        add_source(connection.con, (name, "frame", None, len(frame), 0, 0, 0, 0, len(frame), None))
    write_digests(connection.con, frames)
    return remember_answers(keep_compiled(connection))


def write_inventory(con: duckdb.DuckDBPyConnection, mapped: Mapping[str, Iterable[str]]) -> None:
    """Make schema ``meta``: the inventory of the tables, and the tables of sources, checks, rejected rows and digests, empty.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Where the canonical tables are.
    mapped : mapping of str to iterable of str
        Table name to the columns that the client supplies.
    """
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {META_SCHEMA}")
    con.execute(f'CREATE TABLE {META_SCHEMA}.inventory ("table" VARCHAR, "column" VARCHAR, mapped BOOLEAN, filled BIGINT, n_rows BIGINT)')
    con.execute(
        f'CREATE TABLE {META_SCHEMA}.sources ("table" VARCHAR, file VARCHAR, sheet VARCHAR, rows_read BIGINT, rows_left_out BIGINT, '
        "rows_rejected BIGINT, rows_combined BIGINT, cells_blanked BIGINT, rows_kept BIGINT, digest VARCHAR)"
    )
    con.execute(
        f'CREATE TABLE {META_SCHEMA}.checks ("check" VARCHAR, "table" VARCHAR, "column" VARCHAR, meaning VARCHAR, n BIGINT, policy VARCHAR)'
    )
    con.execute(
        f'CREATE TABLE {META_SCHEMA}.rejected_rows ("table" VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, "column" VARCHAR, '
        "value VARCHAR, reason VARCHAR, action VARCHAR)"
    )
    con.execute(f'CREATE TABLE {META_SCHEMA}.digests ("table" VARCHAR, digest VARCHAR)')
    for name, columns in mapped.items():
        supplied = set(columns)
        counts = ", ".join(f'count("{c.name}")' for c in TABLES[name].columns)
        n_rows, *filled = con.execute(f'SELECT count(*), {counts} FROM "{name}"').fetchone()
        con.executemany(
            f"INSERT INTO {META_SCHEMA}.inventory VALUES (?, ?, ?, ?, ?)",
            [(name, c.name, c.name in supplied, n, n_rows) for c, n in zip(TABLES[name].columns, filled, strict=True)],
        )


def add_source(con: duckdb.DuckDBPyConnection, row: tuple[object, ...]) -> None:
    """Add a row to ``meta.sources``, its columns in their order."""
    con.execute(f"INSERT INTO {META_SCHEMA}.sources VALUES ({', '.join('?' * len(row))})", row)


def write_digests(con: duckdb.DuckDBPyConnection, names: Iterable[str]) -> None:
    """Write into ``meta.digests`` what tells one content of a table from another, once all tables are written.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
    names : iterable of str
        The canonical tables; ``rejected_rows`` is written with them.

    Notes
    -----
    Two sums of 64-bit hashes, each of a whole row with its place: a cell changed, rows in another order, a row more or less
    change them. It takes about 0.2 s of one core a million rows of ten columns.
    """
    for name, place in [*((name, f'"{name}"') for name in names), ("rejected_rows", f"{META_SCHEMA}.rejected_rows")]:
        columns = [f'"{row[0]}"' for row in con.execute(f"DESCRIBE {place}").fetchall()]
        one, other = ", ".join(["rowid", *columns]), ", ".join([*reversed(columns), "rowid"])
        parts = con.execute(f"SELECT count(*), sum(hash({one})), bit_xor(hash({other})) FROM {place}").fetchone()
        digest = hashlib.sha256(repr((columns, parts)).encode()).hexdigest()[:32]
        con.execute(f"INSERT INTO {META_SCHEMA}.digests VALUES (?, ?)", (name, digest))


def rejected_rows(backend: ibis.BaseBackend) -> pd.DataFrame:
    """Rows and cells of a client's files that were not used, with the reason; personal values are masked.

    Parameters
    ----------
    backend : ibis.BaseBackend
        Prepared tables.

    Returns
    -------
    pandas.DataFrame
        Table, file, sheet, row (as a spreadsheet counts it), column (the client's name), value, reason, action.
    """
    rows = backend.table("rejected_rows", database=META_SCHEMA).to_pandas()
    return rows.sort_values(["table", "file", "sheet", "row", "column"], kind="stable", ignore_index=True)


def write_rejected_rows(backend: ibis.BaseBackend, path: str | Path) -> int:
    """Write the rejected rows as CSV that a spreadsheet opens without running anything; returns how many.

    Notes
    -----
    A text that begins as a formula does, and is no number, gets an apostrophe before it.
    """
    rows = rejected_rows(backend)
    texts = rows.select_dtypes(include=["object", "str"]).columns
    safe = rows.assign(**{name: _harmless(rows[name]) for name in texts})
    safe.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
    return len(rows)


def _harmless(column: pd.Series) -> pd.Series:
    text = column.astype("str")
    formula = text.str.startswith(FORMULA_STARTS) & pd.to_numeric(text, errors="coerce").isna() & column.notna()
    return column.where(~formula, "'" + text)
