"""From a client's files to canonical tables: reads, renames, casts and checks in the engine.

Rows that fail are kept with their reason. Nothing here knows the seven steps.
"""

from collections.abc import Mapping
from pathlib import Path

import ibis
import pandas as pd

from cvclib.errors import InputError, Problem
from cvclib.tables import TABLES

META_SCHEMA = "meta"


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
    write_inventory(connection, {name: list(frame.columns) for name, frame in frames.items()})
    return connection


def write_inventory(connection: ibis.BaseBackend, mapped: Mapping[str, list[str]]) -> None:
    """Write schema ``meta``: inventory (table, column, mapped, filled, rows), sources, checks, rejected_rows."""
    connection.raw_sql(f"CREATE SCHEMA IF NOT EXISTS {META_SCHEMA}")
    connection.raw_sql(
        f'CREATE TABLE {META_SCHEMA}.inventory ("table" VARCHAR, "column" VARCHAR, mapped BOOLEAN, filled BIGINT, n_rows BIGINT)'
    )
    connection.raw_sql(
        f'CREATE TABLE {META_SCHEMA}.sources ("table" VARCHAR, file VARCHAR, sheet VARCHAR, rows_read BIGINT, '
        "rows_left_out BIGINT, rows_rejected BIGINT, cells_blanked BIGINT, rows_kept BIGINT, digest VARCHAR)"
    )
    connection.raw_sql(
        f'CREATE TABLE {META_SCHEMA}.checks ("check" VARCHAR, "table" VARCHAR, "column" VARCHAR, meaning VARCHAR, n BIGINT, policy VARCHAR)'
    )
    connection.raw_sql(
        f'CREATE TABLE {META_SCHEMA}.rejected_rows ("table" VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, "column" VARCHAR, '
        "value VARCHAR, reason VARCHAR, action VARCHAR)"
    )
    for name, columns in mapped.items():
        counts = ", ".join(f'count("{c.name}")' for c in TABLES[name].columns)
        n_rows, *filled = connection.raw_sql(f'SELECT count(*), {counts} FROM "{name}"').fetchone()
        connection.raw_sql(
            f"INSERT INTO {META_SCHEMA}.inventory VALUES "
            + ", ".join(f"('{name}', '{c.name}', {c.name in columns}, {n}, {n_rows})" for c, n in zip(TABLES[name].columns, filled, strict=True))
        )
        connection.raw_sql(f"INSERT INTO {META_SCHEMA}.sources VALUES ('{name}', 'frame', NULL, {n_rows}, 0, 0, 0, {n_rows}, NULL)")


def prepare(params):
    raise NotImplementedError


def open_prepared(path):
    raise NotImplementedError
